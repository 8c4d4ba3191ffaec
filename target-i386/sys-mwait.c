/* SPDX-License-Identifier: MIT */
/*
 * Waiting: PAUSE, MONITOR and MWAIT.  In MWAIT the processor sleeps until an
 * event, or until the line that MONITOR named is written.  tcg/softmmu-line.c
 * tells of stores to it; the few that go unseen there are found by comparing,
 * which the front does now and then.
 * Flow: gen-sys.c -> (this) -> sys-exec.c, the front's vCPU thread.
 * Source: Intel SDM vol. 2 (MONITOR, MWAIT), vol. 3 ch. 8.10.
 */
#include "util/osdep.h"

#include <sched.h>

#include "target-i386/sys-helper.h"
#include "target-i386/translate.h"

enum { MWAIT_BREAK_MASKED = 1 << 0 };       /* ECX */

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

static void check_enabled(CPUX86State *env, uint32_t extensions)
{
    const X86Sys *s = env->sys;

    if (s->cpl || !(s->misc_enable & MISC_ENABLE_MONITOR)) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (env->regs[R_ECX] & UINT32_MAX & ~extensions) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
}

static void helper_monitor(TCGEnv *h, uint64_t addr)
{
    CPUX86State *env = x86_env(h);
    X86Sys *s = env->sys;

    check_enabled(env, 0);
    s->line = (uintptr_t)softmmu_host(h, addr, 1, MMU_READ, h->mmu->mode) &
              ~(uintptr_t)(MMU_LINE_SIZE - 1);
    if (s->line) {
        memcpy(s->line_was, (void *)s->line, MMU_LINE_SIZE);
    }
}
X86_HELPER(helper_monitor, 1, false, HE_RDONLY);

/* Without a line that can be watched it is no wait at all. */
static void helper_mwait(TCGEnv *h, uint64_t next)
{
    CPUX86State *env = x86_env(h);

    check_enabled(env, MWAIT_BREAK_MASKED);
    if (env->sys->line) {
        h->pc = next;
        tcg_exit_helper(h, EXCP_MWAIT, false);
    }
}
X86_HELPER(helper_mwait, 1, false, HE_RDONLY);

/* PAUSE: what is waited for may be another vCPU's to do, which has no host CPU
 * while this one spins. */
static void helper_spin(TCGEnv *h)
{
    enum { PATIENCE = 64 };

    if (++x86_env(h)->sys->spins % PATIENCE == 0) {
        sched_yield();
    }
}
X86_HELPER(helper_spin, 0, false, HE_NOGLOBALS | HE_NOFAULT);

bool x86_mwait_over(const CPUX86State *env)
{
    const X86Sys *s = env->sys;

    return memcmp((void *)s->line, s->line_was, MMU_LINE_SIZE) ||
           (s->mwait_masked &&
            (__atomic_load_n(&env->intr, __ATOMIC_SEQ_CST) & CPU_INTR_HARD));
}

void x86_mwait(CPUX86State *env)
{
    X86Sys *s = env->sys;

    s->mwait_masked = env->regs[R_ECX] & MWAIT_BREAK_MASKED;
    s->halted = s->mwait = true;
    if (x86_sys_has_work(env)) {
        return;
    }
    x86_sys_interrupt_clear(env, CPU_INTR_LINE);
    softmmu_await_line(s->index, s->line);
}

void x86_sys_wake(CPUX86State *env)
{
    X86Sys *s = env->sys;

    s->halted = false;
    if (s->mwait) {
        s->mwait = false;
        s->line = 0;
        softmmu_await_line(s->index, 0);
    }
}
