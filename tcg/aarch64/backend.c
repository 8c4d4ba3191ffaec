/* SPDX-License-Identifier: MIT */
/*
 * The TCGBackend of aarch64 hosts: set-up, entering code, patching it while
 * other threads run it, and reading the guest state out of signal frames.
 */
#include "util/osdep.h"

#include <capstone/capstone.h>
#include <ucontext.h>

#include "tcg/aarch64/a64-int.h"
#include "tcg/tci/tci-int.h"

bool a64_ordered;

/* ---- set-up ------------------------------------------------------------------------- */

static bool a64_init(uint8_t *buf, size_t size, size_t *used, GError **errp)
{
    a64_features_init();
    if (!a64_thunks_reserve(buf, size, used)) {
        g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                    "code cache too small");
        return false;
    }
    return true;
}

/* Above the base stand frames no return address equals. */
static void a64_thread_init(TCGEnv *env)
{
    static void *first;
    void *none = NULL;
    uint64_t *frame = (uint64_t *)env->shadow_base;

    for (unsigned i = 0; i < 64; i++) {
        *frame++ = 0x8000000000000001;     /* no guest pc */
        *frame++ = (uintptr_t)a64_thunks.ret_base;
    }
    /* The children of fork() and vfork() are the thread they come from. */
    if (!__atomic_compare_exchange_n(&first, &none, env->thread, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
        none != env->thread && !a64_ordered) {
        /* What was translated so far keeps no order between threads. */
        a64_ordered = true;
        tcg_flush_all();
    }
}

/* The exit whose stub made the call that would return to ra. */
static TCGExit *find_exit(uintptr_t ra)
{
    TCGTB *tb = tcg_tb_from_host(ra - 4);
    uint32_t stub = ra - 4 - (uintptr_t)tb->code;
    unsigned lo = 0, hi = tb->nb_exits;

    while (lo + 1 < hi) {
        unsigned mid = (lo + hi) / 2;

        if (tb->exits[mid].stub <= stub) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return &tb->exits[lo];
}

static unsigned a64_enter(TCGEnv *env, TCGTB *tb)
{
    typedef unsigned Enter(TCGEnv *, const void *);

    unsigned reason;

    if (unlikely(!a64_fpx_seen && a64_fpx(env->fpcr))) {
        a64_fpx_seen = true;
        env->pc = tb->pc;
        tcg_flush_inside(env);
        return TCG_EXIT_LOOKUP;
    }
    reason = ((Enter *)a64_thunks.enter)(env, tb->code);

    if (reason == TCG_EXIT_LINK) {
        env->exit_arg = (uintptr_t)find_exit(env->exit_arg);
    }
    return reason;
}

/* ---- patching ------------------------------------------------------------------------ */

static void set_branch(uint8_t *at, const uint8_t *target, uint32_t w)
{
    int64_t d = (target - at) / 4;

    __atomic_store_n((uint32_t *)at, w | (d & 0x3ffffff), __ATOMIC_RELEASE);
    __builtin___clear_cache((char *)at, (char *)at + 4);
}

static void a64_patch(TCGExit *e, TCGTB *dest)
{
    uint8_t *at = e->tb->code + e->patch;
    const uint8_t *to = dest ? dest->code : e->tb->code + e->stub;
    intptr_t d = to - at;

    if (d >= 1 << 27 || d < -(1 << 27)) {
        to = e->tb->code + e->stub;
    }
    set_branch(at, to, *(uint32_t *)at & 0xfc000000);
}

static void a64_redirect(TCGTB *old, TCGTB *fresh)
{
    set_branch(old->code, fresh->code, 0x14000000);
}

/* rets: pairs of a return place and what it becomes. */
static void a64_retire(TCGTB *tb)
{
    set_branch(tb->code, tb->code + tb->retired, 0x14000000);
    for (unsigned i = 0; i + 1 < tb->nb_rets; i += 2) {
        set_branch(tb->code + tb->rets[i], tb->code + tb->rets[i + 1],
                   0x14000000);
    }
}

/* ---- signals -------------------------------------------------------------------------- */

typedef struct FrameFP {
    uint32_t magic, size, fpsr, fpcr;
    uint64_t v[32][2];
} FrameFP;

static const FrameFP *frame_fp(const ucontext_t *uc)
{
    const uint8_t *p = uc->uc_mcontext.__reserved;
    const uint8_t *end = p + sizeof(uc->uc_mcontext.__reserved) - 16;

    while (p <= end) {
        const FrameFP *r = (const void *)p;

        if (r->magic == 0x46508001) {
            return r;
        }
        if (!r->magic || r->size < 8) {
            break;
        }
        p += r->size;
    }
    return NULL;
}

static void read_vectors(TCGEnv *env, const ucontext_t *uc)
{
    const FrameFP *fp = frame_fp(uc);

    if (!fp) {
        return;
    }
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (a64_off_vec[i]) {
            memcpy((uint8_t *)env + a64_off_vec[i], fp->v[a64_pin_vec[i]], 16);
        }
    }
    env->fpcr |= (fp->fpsr & 1) | (fp->fpsr >> 1 & 15) << 2;
    if (has(HF_AFP)) {
        env->fpcr |= (fp->fpsr >> 7 & 1) << 1;
    }
}

static const TCGFaultPoint *fault_at(const TCGTB *tb, uint32_t host)
{
    unsigned lo = 0, hi = tb->nb_faults;

    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;

        if (tb->faults[mid].host < host) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < tb->nb_faults && tb->faults[lo].host == host
           ? &tb->faults[lo] : NULL;
}

static void read_flags(TCGEnv *env, const ucontext_t *uc,
                       const TCGFaultPoint *fp)
{
    unsigned h = fp->sp_delta & 0xff & ~(fp->sp_delta >> 8), f = 0;
    uint64_t st = uc->uc_mcontext.pstate;
    bool cinv = fp->sp_delta >> 16 & 1;
    uint32_t mask = tcg_flags_home(h);

    f |= st >> 31 & 1 ? FL_S : 0;
    f |= st >> 30 & 1 ? FL_Z : 0;
    f |= (st >> 29 & 1) != cinv ? FL_C : 0;
    f |= st >> 28 & 1 ? FL_O : 0;
    f |= __builtin_parity(uc->uc_mcontext.regs[R_PF] & 0xff) ? 0 : FL_P;
    f |= uc->uc_mcontext.regs[R_AF] & 0x10 ? FL_A : 0;
    env->flags = (env->flags & ~mask) | (tcg_flags_home(f) & mask);
}

static TCGWhere in_code(TCGEnv *env, ucontext_t *uc, const TCGTB *tb)
{
    uint64_t *r = (uint64_t *)uc->uc_mcontext.regs;
    uint64_t addr = uc->uc_mcontext.fault_address;
    const TCGFaultPoint *fp;

    if (a64_patch_misaligned(uc)) {
        return TCG_WHERE_RESUME;
    }
    fp = fault_at(tb, uc->uc_mcontext.pc - (uintptr_t)tb->code);
    if (!fp) {
        if (addr < env->shadow_limit && r[R_SHADOW] - addr <= 32) {
            /* The oldest returns are forgotten; they will miss. */
            r[R_SHADOW] = env->shadow_base;
            return TCG_WHERE_RESUME;
        }
        return TCG_WHERE_OUTSIDE;
    }
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (a64_off_gpr[i]) {
            *(uint64_t *)((uint8_t *)env + a64_off_gpr[i]) = r[a64_pin_gpr[i]];
        }
    }
    read_vectors(env, uc);
    read_flags(env, uc, fp);
    env->shadow_sp = r[R_SHADOW];
    env->pc = fp->where < tb->nb_insns ? tb->insn_pc[fp->where] : tb->pc;
    return TCG_WHERE_CODE;
}

static TCGWhere a64_state_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;
    const TCGTB *tb = tcg_tb_from_host(uc->uc_mcontext.pc);
    const TCGFaultPoint *fp;

    if (tb) {
        return in_code(env, uc, tb);
    }
    if (!env->helper_ra) {
        return TCG_WHERE_OUTSIDE;
    }
    tb = tcg_tb_from_host(env->helper_ra);
    if (!tb) {
        return TCG_WHERE_OUTSIDE;
    }
    env->pc = tcg_tb_guest_pc(tb, env->helper_ra - (uintptr_t)tb->code, &fp);
    return TCG_WHERE_HELPER;
}

static void a64_exit_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;

    if (tci_state(env)->locked) {
        tci_unlock(env);
    }
    uc->uc_mcontext.regs[R_ENV] = (uintptr_t)env;
    uc->uc_mcontext.pc = (uintptr_t)a64_thunks.leave_raw;
}

static void QEMU_NORETURN a64_exit_helper(TCGEnv *env)
{
    __asm__ volatile("mov x28, %0\n\tbr %1"
                     : : "r"(env), "r"(a64_thunks.leave_raw) : "memory");
    __builtin_unreachable();
}

static void a64_share(void)
{
    if (!a64_ordered) {
        a64_ordered = true;
        tcg_flush_all();
    }
}

static void a64_exact_fp(void)
{
    a64_fp_exact = true;
}

const TCGBackend tcg_backend_native = {
    .name = "aarch64",
    .has_mmu = true,
    .max_cache = 128 << 20,
    .nb_pinned_gpr = NB_PIN,
    .nb_pinned_vec = NB_PIN,
    .init = a64_init,
    .thread_init = a64_thread_init,
    .compile = a64_compile,
    .enter = a64_enter,
    .patch = a64_patch,
    .retire = a64_retire,
    .redirect = a64_redirect,
    .state_from_signal = a64_state_from_signal,
    .exit_from_signal = a64_exit_from_signal,
    .exit_helper = a64_exit_helper,
    .exact_fp = a64_exact_fp,
    .share = a64_share,
    .cs_arch = CS_ARCH_ARM64,
    .cs_mode = CS_MODE_ARM,
};
