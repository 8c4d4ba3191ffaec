/* SPDX-License-Identifier: MIT */
/*
 * The TCGBackend of riscv64 hosts: set-up, entering code, patching it while
 * other threads run it, and reading the guest state out of signal frames.
 */
#include "util/osdep.h"

#include <capstone/capstone.h>
#include <ucontext.h>

#include "tcg/riscv64/rv-int.h"
#include "tcg/tci/tci-int.h"

bool rv_ordered, rv_exact_fp;

/* ---- set-up ------------------------------------------------------------------------- */

static bool rv_init(uint8_t *buf, size_t size, size_t *used, GError **errp)
{
    rv_host_detect();
    if (!rv_thunks_reserve(buf, size, used)) {
        g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_NOMEM,
                    "code cache too small");
        return false;
    }
    return true;
}

/* Above the base stand frames no return address equals. */
static void rv_thread_init(TCGEnv *env)
{
    static void *first;
    void *none = NULL;
    uint64_t *frame = (uint64_t *)env->shadow_base;

    for (unsigned i = 0; i < 64; i++) {
        *frame++ = 0x8000000000000001;     /* no guest pc */
        *frame++ = (uintptr_t)rv_thunks.ret_base;
    }
    /* The children of fork() and vfork() are the thread they come from. */
    if (!__atomic_compare_exchange_n(&first, &none, env->thread, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
        none != env->thread && !rv_ordered) {
        /* What was translated so far keeps no order between threads. */
        rv_ordered = true;
        tcg_flush_all();
    }
}

/* The exit whose stub left at the place that exit_arg names. */
static TCGExit *find_exit(uintptr_t at)
{
    TCGTB *tb = tcg_tb_from_host(at);
    uint32_t stub = at - (uintptr_t)tb->code;
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

static unsigned rv_enter(TCGEnv *env, TCGTB *tb)
{
    typedef unsigned Enter(TCGEnv *, const void *);

    unsigned reason = ((Enter *)rv_thunks.enter)(env, tb->code);

    if (reason == TCG_EXIT_LINK) {
        env->exit_arg = (uintptr_t)find_exit(env->exit_arg);
    }
    return reason;
}

/* ---- patching ------------------------------------------------------------------------ */

static bool jal_reaches(const uint8_t *at, const uint8_t *to)
{
    intptr_t d = to - at;

    return d >= -(1 << 20) && d < 1 << 20;
}

static void set_jal(uint8_t *at, const uint8_t *to, unsigned rd)
{
    intptr_t d = to - at;
    uint32_t w = JAL | rd << 7 | (uint32_t)(d >> 20 & 1) << 31 |
                 (d >> 1 & 0x3ff) << 21 | (d >> 11 & 1) << 20 |
                 (d >> 12 & 0xff) << 12;

    __atomic_store_n((uint32_t *)at, w, __ATOMIC_RELEASE);
    __builtin___clear_cache((char *)at, (char *)at + 4);
}

static void set_word(uint8_t *at, const void *to)
{
    __atomic_store_n((uint64_t *)at, (uintptr_t)to, __ATOMIC_RELEASE);
}

static void rv_patch(TCGExit *e, TCGTB *dest)
{
    uint8_t *at = e->tb->code + e->patch, *stub = e->tb->code + e->stub;
    const uint8_t *to = dest ? dest->code : stub;
    unsigned rd = *(uint32_t *)at >> 7 & 31;

    set_word(stub + RV_STUB_WORD, dest ? dest->code : stub + RV_STUB_SLOW);
    set_jal(at, jal_reaches(at, to) ? to : stub, rd);
}

static void rv_redirect(TCGTB *old, TCGTB *fresh)
{
    uint8_t *retired = old->code + old->retired;

    set_word(retired + RV_RETIRED_WORD, fresh->code);
    set_jal(old->code, jal_reaches(old->code, fresh->code)
            ? fresh->code : retired, ZR);
}

/* rets: pairs of a return place and what it becomes. */
static void rv_retire(TCGTB *tb)
{
    uint8_t *retired = tb->code + tb->retired;

    set_word(retired + RV_RETIRED_WORD, retired + RV_RETIRED_LOOKUP);
    set_jal(tb->code, retired, ZR);
    for (unsigned i = 0; i + 1 < tb->nb_rets; i += 2) {
        set_jal(tb->code + tb->rets[i], tb->code + tb->rets[i + 1], ZR);
    }
}

/* ---- signals -------------------------------------------------------------------------- */

/* The vector part of a signal frame, if it has one (Linux's
 * arch/riscv/include/uapi/asm/sigcontext.h, ptrace.h). */
typedef struct FrameV {
    uint32_t magic, size;
    uint64_t vstart, vl, vtype, vcsr, vlenb;
    const uint8_t *data;
} FrameV;
enum { V_MAGIC = 0x53465457 };

static const FrameV *frame_v(const ucontext_t *uc)
{
    /* The header stands at the end of the FP union. */
    const uint8_t *fp = (const uint8_t *)&uc->uc_mcontext.__fpregs;
    const FrameV *v = (const void *)(fp + 129 * 4 + 4);

    return v->magic == V_MAGIC ? v : NULL;
}

/* Where frames have none, the registers are as they were. */
static void live_vectors(uint8_t (*out)[16])
{
    register uint8_t (*p)[16] __asm__("a0") = out;

    /* vsetivli x0, 16, e8; then vse8.v of v16 to v31 */
    __asm__ volatile(
        ".4byte 0xc0087057\n"
        ".4byte 0x02050827\n\taddi a0, a0, 16\n"
        ".4byte 0x020508a7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050927\n\taddi a0, a0, 16\n"
        ".4byte 0x020509a7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050a27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050aa7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050b27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050ba7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050c27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050ca7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050d27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050da7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050e27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050ea7\n\taddi a0, a0, 16\n"
        ".4byte 0x02050f27\n\taddi a0, a0, 16\n"
        ".4byte 0x02050fa7\n"
        : "+r"(p) : : "memory");
}

static void read_vectors(TCGEnv *env, const ucontext_t *uc)
{
    const FrameV *v = frame_v(uc);
    uint8_t live[16][16];

    if (!rv_host.v) {
        return;
    }
    if (!v) {
        live_vectors(live);
    }
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_vec[i]) {
            memcpy((uint8_t *)env + rv_off_vec[i],
                   v ? v->data + rv_pin_vec[i] * v->vlenb
                     : live[rv_pin_vec[i] - VPIN], 16);
        }
    }
}

/* NX UF OF DZ NV from bit 0 up. */
static void read_sticky(TCGEnv *env, const ucontext_t *uc)
{
    uint32_t f = uc->uc_mcontext.__fpregs.__d.__fcsr;

    env->fpcr |= (f >> 4 & 1) | (f >> 3 & 1) << 2 | (f >> 2 & 1) << 3 |
                 (f >> 1 & 1) << 4 | (f & 1) << 5;
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

static int64_t flag_source(TCGEnv *env, const uint64_t *r, const RVFlags *f,
                           RVSrc s, int32_t place)
{
    int64_t v = s.loc == LOC_CONST ? f->kb
              : s.loc == LOC_MEM ? *(int64_t *)((uint8_t *)env + place)
              : s.loc < LOC_CONST && s.loc ? (int64_t)r[s.loc] : 0;

    return s.raw ? sext_of(f->sz, v) : v;
}

/* Compact flags that f stands for. */
static unsigned flags_of(TCGEnv *env, const uint64_t *regs, const RVFlags *f)
{
    int64_t a = flag_source(env, regs, f, f->a, FLAG_A);
    int64_t b = flag_source(env, regs, f, f->b, FLAG_B);
    int64_t r = f->r.loc == LOC_NONE
                ? sext_of(f->sz, (uint64_t)a - b)
                : flag_source(env, regs, f, f->r, FLAG_R);
    unsigned fl = (r == 0 ? FL_Z : 0) | (r < 0 ? FL_S : 0) |
                  (__builtin_parity(r & 0xff) ? 0 : FL_P);

    switch (f->kind) {
    case K_SUB:
        fl |= (uint64_t)a < (uint64_t)b ? FL_C : 0;
        fl |= ((a ^ b) & (a ^ r)) < 0 ? FL_O : 0;
        fl |= (a ^ b ^ r) & 16 ? FL_A : 0;
        break;
    case K_ADD:
        fl |= (uint64_t)r < (uint64_t)(f->b.loc != LOC_NONE ? b : a)
              ? FL_C : 0;
        fl |= ((a ^ r) & (b ^ r)) < 0 ? FL_O : 0;
        fl |= (a ^ b ^ r) & 16 ? FL_A : 0;
        break;
    case K_RES:
        fl |= (a ? FL_C : 0) | (b ? FL_O : 0);
        if (f->af == AF_ONE ||
            (f->af == AF_MEM &&
             (*(uint64_t *)((uint8_t *)env + FLAG_AF) & 16))) {
            fl |= FL_A;
        }
        break;
    case K_FCOM:
        fl = (a ? FL_C : 0) | (b ? FL_P : 0) | (r ? FL_Z : 0);
        break;
    default:
        break;
    }
    return fl;
}

static void read_flags(TCGEnv *env, const uint64_t *regs, const TCGTB *tb,
                       const TCGFaultPoint *fp)
{
    const RVFaultFlags *ff;
    uint32_t mask;

    if (fp->sp_delta < 0) {
        return;
    }
    ff = (const void *)(tb->code + fp->sp_delta);
    mask = tcg_flags_home(ff->mask);
    env->flags = (env->flags & ~mask) |
                 (tcg_flags_home(flags_of(env, regs, &ff->f)) & mask);
}

/* Flags that a stub left where they were when it called C code; the guest's
 * registers are in the env. */
static void helper_flags(TCGEnv *env, const TCGTB *tb, const TCGFaultPoint *fp)
{
    uint64_t regs[32] = { 0 };

    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_gpr[i]) {
            regs[rv_pin_gpr[i]] = *(uint64_t *)((uint8_t *)env +
                                                rv_off_gpr[i]);
        }
    }
    regs[R_FR] = *(uint64_t *)((uint8_t *)env + FLAG_FR);
    read_flags(env, regs, tb, fp);
}

static TCGWhere in_code(TCGEnv *env, ucontext_t *uc, const TCGTB *tb)
{
    uint64_t *r = (uint64_t *)uc->uc_mcontext.__gregs;
    const TCGFaultPoint *fp;

    fp = fault_at(tb, r[REG_PC] - (uintptr_t)tb->code);
    if (!fp) {
        if (r[R_SHADOW] < env->shadow_limit &&
            r[R_SHADOW] + 32 >= env->shadow_limit) {
            /* The oldest returns are forgotten; they will miss. */
            r[R_SHADOW] = env->shadow_base - 16;
            return TCG_WHERE_RESUME;
        }
        return TCG_WHERE_OUTSIDE;
    }
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_gpr[i]) {
            *(uint64_t *)((uint8_t *)env + rv_off_gpr[i]) = r[rv_pin_gpr[i]];
        }
    }
    read_vectors(env, uc);
    read_sticky(env, uc);
    read_flags(env, r, tb, fp);
    env->shadow_sp = r[R_SHADOW];
    env->pc = fp->where < tb->nb_insns ? tb->insn_pc[fp->where] : tb->pc;
    return TCG_WHERE_CODE;
}

/* The guest's pc and flags at the call of the helper that runs. */
static bool at_helper(TCGEnv *env, uint64_t *pc)
{
    const TCGTB *tb = env->helper_ra ? tcg_tb_from_host(env->helper_ra) : NULL;
    const TCGFaultPoint *fp;

    if (!tb) {
        return false;
    }
    *pc = tcg_tb_guest_pc(tb, env->helper_ra - (uintptr_t)tb->code, &fp);
    if (fp) {
        helper_flags(env, tb, fp);
    }
    return true;
}

static TCGWhere rv_state_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;
    const TCGTB *tb = tcg_tb_from_host(uc->uc_mcontext.__gregs[REG_PC]);

    if (tb) {
        return in_code(env, uc, tb);
    }
    return at_helper(env, &env->pc) ? TCG_WHERE_HELPER : TCG_WHERE_OUTSIDE;
}

static void rv_exit_from_signal(TCGEnv *env, void *ucontext)
{
    ucontext_t *uc = ucontext;

    if (tci_state(env)->locked) {
        tci_unlock(env);
    }
    uc->uc_mcontext.__gregs[R_ENV] = (uintptr_t)env + ENV_BIAS;
    uc->uc_mcontext.__gregs[REG_PC] = (uintptr_t)rv_thunks.leave_raw;
}

static void QEMU_NORETURN rv_exit_helper(TCGEnv *env)
{
    uint64_t pc;

    at_helper(env, &pc);
    __asm__ volatile("mv s11, %0\n\tjr %1"
                     : : "r"((uintptr_t)env + ENV_BIAS),
                         "r"(rv_thunks.leave_raw) : "memory");
    __builtin_unreachable();
}

static void rv_share(void)
{
    if (!rv_ordered) {
        rv_ordered = true;
        tcg_flush_all();
    }
}

static void rv_exact(void)
{
    rv_exact_fp = true;
}

const TCGBackend tcg_backend_native = {
    .name = "riscv64",
    .has_mmu = true,
    .max_cache = 1 << 30,
    .nb_pinned_gpr = NB_PIN,
    .nb_pinned_vec = NB_PIN,
    .init = rv_init,
    .thread_init = rv_thread_init,
    .compile = rv_compile,
    .enter = rv_enter,
    .patch = rv_patch,
    .retire = rv_retire,
    .redirect = rv_redirect,
    .state_from_signal = rv_state_from_signal,
    .exit_from_signal = rv_exit_from_signal,
    .exit_helper = rv_exit_helper,
    .exact_fp = rv_exact,
    .share = rv_share,
    .cs_arch = CS_ARCH_RISCV,
    .cs_mode = CS_MODE_RISCV64,
};
