/* SPDX-License-Identifier: MIT */
/*
 * The interpreter as a back end: entering, linking and retiring of TBs, and
 * what becomes of host faults.
 *
 * A guest access that faults does so in C code somewhere below tci_run();
 * env->helper_ra names the bytecode instruction.  To leave from there the
 * signal handler resumes in a function that jumps to tci_enter()'s buffer.
 */
#include "util/osdep.h"
#include <ucontext.h>
#include "tcg/tci/tci-int.h"
#include "tcg/tci/fp.h"

static bool tci_init(uint8_t *buf, size_t size, size_t *used, GError **errp)
{
    G_STATIC_ASSERT(sizeof(TCIState) <= TCI_ZERO - TCI_STATE);
    g_assert(!tcg_frontend || tcg_frontend->state_size <= TCI_FRAME);
    tci_run(NULL, NULL);
    *used = 0;
    return true;
}

static void tci_thread_init(TCGEnv *env)
{
    memset(tci_state(env), 0, sizeof(TCIState));
    memset((char *)env + TCI_ZERO, 0, 32);
}

/* Apart, as a function that calls __builtin_setjmp is compiled poorly. */
static unsigned __attribute__((noinline)) tci_enter(TCGEnv *env, TCGTB *tb)
{
    unsigned reason;

    tci_fp_clear();
    tci_state(env)->running = true;
    if (host_setjmp(tci_state(env)->jmpbuf)) {
        reason = env->exit_reason;
    } else {
        reason = tci_run(env, (const TCIWord *)tb->code);
    }
    tci_state(env)->running = false;
    env->helper_ra = 0;
    tci_fp_fold(env);
    return reason;
}

static void QEMU_NORETURN tci_exit_helper(TCGEnv *env)
{
    if (tci_state(env)->locked) {
        tci_unlock(env);
    }
    host_longjmp(tci_state(env)->jmpbuf);
}

/* ---- links --------------------------------------------------------------- */

static void tci_patch(TCGExit *e, TCGTB *dest)
{
    uint8_t *code = e->tb->code;
    const TCIWord *to = (const TCIWord *)(dest ? dest->code : code + e->stub);

    __atomic_store_n(&((TCIWord *)(code + e->patch))->p, to,
                     __ATOMIC_RELEASE);
}

/* Both change what the first instruction does; nothing else of the code. */
static void tci_retire(TCGTB *tb)
{
    __atomic_store_n(&((TCIWord *)tb->code)->h, tci_labels[H_retired],
                     __ATOMIC_RELEASE);
}

static void tci_redirect(TCGTB *old, TCGTB *fresh)
{
    TCIWord *w = (TCIWord *)old->code;

    __atomic_store_n(&w[TCI_HEAD_DEST - TCI_HEAD_WORDS].p,
                     (const TCIWord *)fresh->code, __ATOMIC_RELEASE);
    __atomic_store_n(&w->h, tci_labels[H_redirected], __ATOMIC_RELEASE);
}

/* ---- host signals -------------------------------------------------------- */

static TCGWhere tci_state_from_signal(TCGEnv *env, void *ucontext)
{
    const TCIWord *ip = (const TCIWord *)env->helper_ra;
    TCGTB *tb;

    if (!tci_state(env)->running || !ip) {
        return TCG_WHERE_OUTSIDE;
    }
    tb = tcg_tb_from_host(env->helper_ra);
    if (tb) {
        env->pc = tcg_tb_guest_pc(tb, env->helper_ra - (uintptr_t)tb->code,
                                  NULL);
    }
    return ip->h == tci_labels[H_call] ? TCG_WHERE_HELPER : TCG_WHERE_CODE;
}

/* Makes the context call f(arg), on its own stack. */
void tcg_resume_in(void *ucontext, uintptr_t f, uintptr_t arg)
{
    ucontext_t *uc = ucontext;

#if defined(HOST_X86_64)
    greg_t *r = uc->uc_mcontext.gregs;
    r[REG_RSP] = ((r[REG_RSP] - 256) & -16) - 8;
    r[REG_RDI] = arg;
    r[REG_RIP] = f;
#elif defined(HOST_AARCH64)
    uc->uc_mcontext.sp &= -16;
    uc->uc_mcontext.regs[0] = arg;
    uc->uc_mcontext.pc = f;
#elif defined(HOST_RISCV64)
    uc->uc_mcontext.__gregs[REG_A0] = arg;
    uc->uc_mcontext.__gregs[REG_PC] = f;
#elif defined(HOST_S390X)
    uc->uc_mcontext.gregs[2] = arg;
    uc->uc_mcontext.gregs[15] -= 160;
    uc->uc_mcontext.psw.addr = f;
#elif defined(HOST_PPC64)
    unsigned long *r = uc->uc_mcontext.gp_regs;
    r[1] = (r[1] - 512) & -16;
    r[3] = arg;
    r[12] = f;
    r[32] = f;      /* NIP */
#endif
}

static void tci_exit_from_signal(TCGEnv *env, void *ucontext)
{
    tcg_resume_in(ucontext, (uintptr_t)tci_exit_helper, (uintptr_t)env);
}

const TCGBackend tcg_backend_tci = {
    .name = "tci",
    .init = tci_init,
    .thread_init = tci_thread_init,
    .compile = tci_compile,
    .enter = tci_enter,
    .patch = tci_patch,
    .retire = tci_retire,
    .redirect = tci_redirect,
    .state_from_signal = tci_state_from_signal,
    .exit_from_signal = tci_exit_from_signal,
    .exit_helper = tci_exit_helper,
    .cs_arch = -1,
    .cs_mode = -1,
};
