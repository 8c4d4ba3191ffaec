/* SPDX-License-Identifier: MIT */
/*
 * The TCGBackend of x86-64 hosts: set-up, entering code, patching it while
 * other threads run it, and reading the guest state out of signal frames.
 */
#include "util/osdep.h"

#include <asm/prctl.h>
#include <capstone/capstone.h>
#include <cpuid.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "tcg/x86_64/x86-int.h"

unsigned x86_host_features;

/* ---- set-up ------------------------------------------------------------------------- */

static unsigned bit(uint32_t word, unsigned n, unsigned feature)
{
    return word >> n & 1 ? feature : 0;
}

static unsigned detect(void)
{
    uint32_t a, b, c, d, f = 0, fma, xcr0 = 0, hi;

    __cpuid(1, a, b, c, d);
    f |= bit(c, 0, HF_SSE3) | bit(c, 9, HF_SSSE3) | bit(c, 19, HF_SSE41) |
         bit(c, 20, HF_SSE42) | bit(c, 23, HF_POPCNT) | bit(c, 25, HF_AES) |
         bit(c, 1, HF_PCLMUL) | bit(c, 13, HF_CX16);
    fma = bit(c, 12, HF_FMA) | bit(c, 29, HF_F16C);
    if (c >> 27 & 1) {
        __asm__("xgetbv" : "=a"(xcr0), "=d"(hi) : "c"(0));
    }
    bool avx = (c >> 28 & 1) && (xcr0 & 6) == 6;

    f |= avx ? HF_AVX | fma : 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        f |= bit(b, 3, HF_BMI1) | bit(b, 8, HF_BMI2) | bit(b, 29, HF_SHA) |
             bit(b, 19, HF_ADX) | bit(c, 8, HF_GFNI) | (avx ? bit(b, 5, HF_AVX2) : 0) |
             (avx ? bit(c, 9, HF_VAES) | bit(c, 10, HF_VPCLMUL) : 0);
    }
    if (!avx) {
        f &= ~(HF_BMI1 | HF_BMI2);      /* VEX needs the OS's consent */
    }
    if (__get_cpuid(0x80000001, &a, &b, &c, &d)) {
        f |= bit(c, 0, HF_LAHF) | bit(c, 5, HF_LZCNT);
    }
    return f;
}

static bool x86_init(uint8_t *buf, size_t size, size_t *used, GError **errp)
{
    x86_host_features = detect();
    if (!have(HF_LAHF)) {
        g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_NOSYS,
                    "this processor lacks LAHF in 64-bit mode");
        return false;
    }
    if (!x86_thunks_reserve(buf, size, used)) {
        g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                    "code cache too small");
        return false;
    }
    return true;
}

/* Above the base stand frames that lead to a thunk that looks the target
 * up. */
static void x86_thread_init(TCGEnv *env)
{
    uint64_t *frame = (uint64_t *)env->shadow_base;

    for (unsigned i = 0; i < 64; i++) {
        *frame++ = (uintptr_t)x86_thunks.ret_base_vec;
    }
    syscall(SYS_arch_prctl, ARCH_SET_GS, env);
}

/* The exit whose stub made the call that would return to ra. */
static TCGExit *find_exit(uintptr_t ra)
{
    TCGTB *tb = tcg_tb_from_host(ra - 1);
    uint32_t stub = ra - 5 - (uintptr_t)tb->code;
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

static unsigned x86_enter(TCGEnv *env, TCGTB *tb)
{
    typedef unsigned Enter(TCGEnv *, const void *);

    unsigned reason = ((Enter *)x86_thunks.enter)(env, tb->code);

    if (reason == TCG_EXIT_LINK) {
        env->exit_arg = (uintptr_t)find_exit(env->exit_arg);
    }
    return reason;
}

/* ---- patching ------------------------------------------------------------------------ */

static void set_rel32(uint8_t *loc, const uint8_t *target)
{
    int32_t rel = target - (loc + 4);

    __atomic_store_n((int32_t *)loc, rel, __ATOMIC_RELEASE);
}

static void x86_patch(TCGExit *e, TCGTB *dest)
{
    set_rel32(e->tb->code + e->patch,
              dest ? dest->code : e->tb->code + e->stub);
}

/* The entry becomes a short jump to the jump in front of it. */
static void entry_to_header(TCGTB *tb)
{
    __atomic_store_n((uint16_t *)tb->code, 0xf6eb, __ATOMIC_RELEASE);
}

static void x86_redirect(TCGTB *old, TCGTB *fresh)
{
    set_rel32(old->code - 7, fresh->code);
    entry_to_header(old);
}

static void x86_retire(TCGTB *tb)
{
    set_rel32(tb->code - 7, tb->code + tb->retired);
    entry_to_header(tb);
    for (unsigned i = 0; i < tb->nb_rets; i++) {
        /* Make the comparison fail: no guest pc is one in the code cache. */
        uint8_t *site = tb->code + tb->rets[i];
        int32_t bad = site[0] == 0x48 ? -2 : -16;
        uint8_t *field = site + (site[0] == 0x4c ? 3 : 2);

        __atomic_store_n((int32_t *)field, bad, __ATOMIC_RELEASE);
    }
}

/* ---- signals -------------------------------------------------------------------------- */

static const uint8_t greg_of[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static void read_vectors(TCGEnv *env, const ucontext_t *uc)
{
    const uint8_t *fp = (const uint8_t *)uc->uc_mcontext.fpregs;
    bool upper;

    if (!fp) {
        return;
    }
    /* Software bytes at 464 tell of the extended area; its header at 512 which
     * parts are not in their initial state; YMM upper halves are at 576. */
    upper = have(HF_AVX) && *(const uint32_t *)(fp + 464) == 0x46505853;
    for (unsigned i = 0; i < 14; i++) {
        uint8_t *v = (uint8_t *)env + x86_off_vec[i];

        if (!x86_off_vec[i]) {
            continue;
        }
        memcpy(v, fp + 160 + 16 * i, 16);
        if (upper && (*(const uint64_t *)(fp + 512) & 4)) {
            memcpy(v + 16, fp + 576 + 16 * i, 16);
        } else if (have(HF_AVX)) {
            memset(v + 16, 0, 16);
        }
    }
    env->fpcr = uc->uc_mcontext.fpregs->mxcsr;
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

static bool guard_hit(const TCGEnv *env, const ucontext_t *uc)
{
    const greg_t *g = uc->uc_mcontext.gregs;
    uintptr_t addr = g[REG_CR2];

    return g[REG_TRAPNO] == 14 && addr < env->shadow_limit &&
           (uintptr_t)g[REG_RSP] - addr <= 16;
}

static TCGWhere in_code(TCGEnv *env, ucontext_t *uc, const TCGTB *tb)
{
    greg_t *g = uc->uc_mcontext.gregs;
    const TCGFaultPoint *fp;

    if (guard_hit(env, uc)) {
        /* The oldest returns are forgotten; they will miss. */
        g[REG_RSP] = env->shadow_base;
        return TCG_WHERE_RESUME;
    }
    fp = fault_at(tb, g[REG_RIP] - (uintptr_t)tb->code);
    if (!fp) {
        return TCG_WHERE_OUTSIDE;
    }
    for (unsigned i = 0; i < 12; i++) {
        if (x86_off_gpr[i]) {
            *(uint64_t *)((uint8_t *)env + x86_off_gpr[i]) =
                g[greg_of[x86_pin_gpr[i]]];
        }
    }
    if (fp->sp_delta) {
        uint64_t *sp = (uint64_t *)((uint8_t *)env + x86_off_gpr[4]);

        *sp += fp->sp_delta;
        if (tcg_addr32(tb->mode)) {
            *sp = (uint32_t)*sp;
        }
    }
    read_vectors(env, uc);
    if (fp->fl_in_host) {
        env->flags = tcg_flags_from_eflags(g[REG_EFL]);
    }
    env->shadow_sp = g[REG_RSP];
    env->pc = fp->where < tb->nb_insns ? tb->insn_pc[fp->where] : tb->pc;
    return TCG_WHERE_CODE;
}

static TCGWhere x86_state_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;
    const TCGTB *tb = tcg_tb_from_host(uc->uc_mcontext.gregs[REG_RIP]);
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

static void x86_exit_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;

    uc->uc_mcontext.gregs[REG_RIP] = (uintptr_t)x86_thunks.leave_raw;
}

static void QEMU_NORETURN x86_exit_helper(TCGEnv *env)
{
    __asm__ volatile("jmp *%0" : : "r"(x86_thunks.leave_raw) : "memory");
    __builtin_unreachable();
}

const TCGBackend tcg_backend_native = {
    .name = "x86_64",
    .has_x87 = true,
    .jc_split = true,
    .jc_banks = true,
    .has_mmu = true,
    .nb_pinned_gpr = 12,
    .nb_pinned_vec = 14,
    .init = x86_init,
    .thread_init = x86_thread_init,
    .compile = x86_compile,
    .enter = x86_enter,
    .patch = x86_patch,
    .retire = x86_retire,
    .redirect = x86_redirect,
    .state_from_signal = x86_state_from_signal,
    .exit_from_signal = x86_exit_from_signal,
    .exit_helper = x86_exit_helper,
    .cs_arch = CS_ARCH_X86,
    .cs_mode = CS_MODE_64,
};
