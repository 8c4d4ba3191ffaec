/* SPDX-License-Identifier: MIT */
/*
 * The virtual interrupt flag: virtual-8086 mode's extensions (CR4.VME) and
 * those of protected mode (CR4.PVI), and INT n there, which the task's bitmap
 * sends to the program's own table.
 * Flow: gen-priv.c, sys-seg.c, sys-exec.c -> (this).
 * Source: Intel SDM vol. 3 ch. 20.3 and 20.4; vol. 2 (CLI, STI, PUSHF, POPF,
 * IRET, INT n).
 */
#include "util/osdep.h"
#include "target-i386/sys-helper.h"
#include "target-i386/translate.h"

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

static void QEMU_NORETURN gp(CPUX86State *env)
{
    x86_raise(env, EXCP0D_GPF, 0);
}

bool x86_if_is_virtual(const CPUX86State *env)
{
    const X86Sys *s = env->sys;
    uint64_t need = env->eflags & VM_MASK ? CR4_VME : CR4_PVI;

    return (s->cr0 & CR0_PE) && s->cpl == 3 && x86_iopl(env) < 3 &&
           (s->cr4 & need);
}

void x86_set_virtual_if(CPUX86State *env, bool on)
{
    if (on && (env->eflags & VIP_MASK)) {
        gp(env);
    }
    env->eflags = (env->eflags & ~(uint64_t)VIF_MASK) | (on ? VIF_MASK : 0);
}

/* CLI and STI where the privilege must be looked at. */
static void helper_set_if(TCGEnv *h, uint64_t on)
{
    CPUX86State *env = x86_env(h);

    if (x86_if_is_virtual(env)) {
        x86_set_virtual_if(env, on);
    } else if (env->sys->cpl > x86_iopl(env)) {
        gp(env);
    } else {
        env->eflags = (env->eflags & ~(uint64_t)IF_MASK) | (on ? IF_MASK : 0);
    }
}
X86_HELPER(helper_set_if, 1, false, 0);

/* ---- virtual-8086 mode ------------------------------------------------------ */

void x86_check_v86_flags(CPUX86State *env, unsigned sz)
{
    if (x86_iopl(env) < 3 && !(x86_if_is_virtual(env) && sz == MO_16)) {
        gp(env);
    }
}

void x86_check_v86_new_flags(CPUX86State *env, uint32_t val)
{
    if (x86_if_is_virtual(env) &&
        ((val & TF_MASK) || ((val & IF_MASK) && (env->eflags & VIP_MASK)))) {
        gp(env);
    }
}

/* The flags as the program is to see them. */
static uint32_t v86_flags(const CPUX86State *env)
{
    uint32_t fl = x86_get_eflags(env) & ~(uint32_t)(RF_MASK | VM_MASK);

    if (x86_if_is_virtual(env)) {
        fl = (fl & ~(uint32_t)IF_MASK) | IOPL_MASK |
             (fl & VIF_MASK ? IF_MASK : 0);
    }
    return fl;
}

static uint64_t helper_v86_pushf(TCGEnv *h, uint64_t sz)
{
    x86_check_v86_flags(x86_env(h), sz);
    return v86_flags(x86_env(h));
}
X86_HELPER(helper_v86_pushf, 1, true, HE_RDONLY | HE_FLREAD);

static void helper_v86_popf(TCGEnv *h, uint64_t val, uint64_t sz)
{
    x86_check_v86_flags(x86_env(h), sz);
    x86_check_v86_new_flags(x86_env(h), val);
}
X86_HELPER(helper_v86_popf, 2, false, HE_RDONLY);

/* Does the bitmap below the I/O bitmap keep vector n in virtual-8086 mode? */
static bool stays(CPUX86State *env, unsigned n)
{
    const SegmentCache *tr = &env->sys->tr;
    unsigned at;

    if (tr->limit < 103) {
        gp(env);
    }
    at = (unsigned)x86_ld_sys(env, tr->base + 0x66, 2) - 32 + n / 8;
    if (at > tr->limit) {
        gp(env);
    }
    return !(x86_ld_sys(env, tr->base + at, 1) >> n % 8 & 1);
}

bool x86_v86_int(CPUX86State *env, unsigned n, uint64_t next_ip)
{
    bool virtual = x86_if_is_virtual(env);
    X86Stack st = x86_stack(env);
    uint32_t to;

    if (!(env->sys->cr4 & CR4_VME) || !stays(env, n)) {
        if (x86_iopl(env) < 3) {
            gp(env);
        }
        return false;
    }
    softmmu_read(&env->h, n * 4, &to, 4, MMU_USER);
    to = GUINT32_FROM_LE(to);
    x86_stack_push(&st, v86_flags(env), MO_16);
    x86_stack_push(&st, env->segs[R_CS].selector, MO_16);
    x86_stack_push(&st, next_ip, MO_16);
    x86_stack_done(&st);
    x86_set_eflags(env, x86_get_eflags(env) &
                   ~(uint32_t)(TF_MASK | RF_MASK |
                               (virtual ? VIF_MASK : IF_MASK)));
    x86_set_real_seg(env, R_CS, to >> 16, true);
    x86_sys_set_ip(env, to & 0xffff);
    return true;
}
