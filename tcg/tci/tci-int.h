/* SPDX-License-Identifier: MIT */
/*
 * The interpreter back end's private parts: its bytecode, where values live,
 * and per-thread state.
 *
 * An instruction is a run of 64-bit words.  Word 0 is the address of the
 * handler (direct threading); word 1 mostly holds up to four 16-bit operands,
 * which are byte offsets from the env; immediates and targets are whole words.
 * Temps live in a frame inside the env block, so that a 16-bit offset reaches
 * globals and temps alike.
 *
 * Before each TB's code stand two words: the guest pc (for retired TBs) and
 * the code that replaced it (for redirected ones).
 */
#ifndef TCG_TCI_INT_H
#define TCG_TCI_INT_H

#include "util/osdep.h"
#include "tcg/backend.h"
#include "tcg/ops-ref.h"

typedef union TCIWord TCIWord;
union TCIWord {
    const void *h;
    const TCIWord *p;
    uint64_t q;
    struct {
        uint16_t a, b, c, d;
    };
};

enum {
    TCI_HEAD_PC, TCI_HEAD_DEST, TCI_HEAD_WORDS,
};

/* The frame: below the jump cache, above any front end's state. */
enum {
    TCI_FRAME_END = TCG_JC_TAG_OFFSET,
    TCI_FRAME = TCI_FRAME_END - 0x1680,
    TCI_STATE = TCI_FRAME,              /* TCIState, up to 768 bytes */
    TCI_ZERO = TCI_FRAME + 0x300,       /* always zero */
    TCI_TRASH = TCI_FRAME + 0x320,      /* results nobody wants, 2 x 32 bytes */
    TCI_VSLOTS = TCI_FRAME + 0x380,     /* vector temps */
    TCI_NB_VSLOTS = 64,
    TCI_QSLOTS = TCI_VSLOTS + 32 * TCI_NB_VSLOTS,
    TCI_NB_QSLOTS = (TCI_FRAME_END - TCI_QSLOTS) / 8,
};

typedef struct TCIState {
    HostJmpBuf jmpbuf;
    bool running;       /* in tci_run(): host faults are the guest's */
    bool locked;        /* holds the lock of unaligned atomics */
} TCIState;

static inline TCIState *tci_state(TCGEnv *env)
{
    return (TCIState *)((char *)env + TCI_STATE);
}

/* ---- handlers ------------------------------------------------------------ */

#define TCI_SZ(X, n) X(n##_8) X(n##_16) X(n##_32) X(n##_64)
/* register-register, register-immediate; without and with flags */
#define TCI_ALU(X, n) TCI_SZ(X, n##_rr) TCI_SZ(X, n##_ri) \
                      TCI_SZ(X, n##f_rr) TCI_SZ(X, n##f_ri)
#define TCI_RRI(X, n) TCI_SZ(X, n##_rr) TCI_SZ(X, n##_ri)
/* The order is TCGCond's. */
#define TCI_CONDS(X, n) TCI_RRI(X, n##_eq) TCI_RRI(X, n##_ne) \
    TCI_RRI(X, n##_lt) TCI_RRI(X, n##_ge) TCI_RRI(X, n##_le) \
    TCI_RRI(X, n##_gt) TCI_RRI(X, n##_ltu) TCI_RRI(X, n##_geu) \
    TCI_RRI(X, n##_leu) TCI_RRI(X, n##_gtu)
/* The order is TCGCc's. */
#define TCI_CCS(X, n) X(n##_o) X(n##_no) X(n##_c) X(n##_nc) X(n##_z) \
    X(n##_nz) X(n##_be) X(n##_a) X(n##_s) X(n##_ns) X(n##_p) X(n##_np) \
    X(n##_l) X(n##_ge) X(n##_le) X(n##_g)
/* 128 (x) or 256 bits (y) wide */
#define TCI_VEC(X, w) X(vmov##w) X(vzero##w) X(vand##w) X(vandn##w) \
    X(vor##w) X(vxor##w) TCI_SZ(X, vadd##w) TCI_SZ(X, vsub##w) \
    TCI_SZ(X, vcmpeq##w) X(vminu##w##_8) X(vmovmsk##w##_8)
/* scalar, packed */
#define TCI_FP(X, n) X(n##_s_32) X(n##_s_64) X(n##_p_32) X(n##_p_64)
/* base + disp; base + index << scale + disp */
#define TCI_MEM(X, n) X(n##_b) X(n##_x)

#define TCI_HANDLERS(X) \
    X(movi) TCI_SZ(X, mov) X(movs_8_16) X(movs_8_32) X(movs_8_64) \
    X(movs_16_32) X(movs_16_64) X(movs_32_64) X(merge_8) X(merge_16) \
    X(extract) X(deposit) X(bswap_32) X(bswap_64) \
    X(lea_32) X(lea_64) X(lea_b_32) X(lea_b_64) \
    TCI_ALU(X, add) TCI_ALU(X, sub) TCI_ALU(X, and) TCI_ALU(X, or) \
    TCI_ALU(X, xor) TCI_ALU(X, adc) TCI_ALU(X, sbb) \
    TCI_RRI(X, cmp) TCI_RRI(X, test) \
    TCI_SZ(X, incf) TCI_SZ(X, decf) TCI_SZ(X, neg) TCI_SZ(X, negf) \
    TCI_SZ(X, not) \
    TCI_RRI(X, shl) TCI_RRI(X, shr) TCI_RRI(X, sar) TCI_RRI(X, rol) \
    TCI_RRI(X, mul) X(mulu2_32) X(mulu2_64) X(muls2_32) X(muls2_64) \
    TCI_CONDS(X, br) TCI_CONDS(X, sc) \
    TCI_RRI(X, brt_z) TCI_RRI(X, brt_nz) TCI_RRI(X, brt_s) \
    TCI_RRI(X, brt_ns) \
    TCI_CCS(X, brcc) TCI_CCS(X, setcc) X(sel_16) X(sel_32) X(sel_64) \
    X(br) \
    TCI_MEM(X, ld_8) TCI_MEM(X, ld_16) TCI_MEM(X, ld_32) TCI_MEM(X, ld_64) \
    TCI_MEM(X, lds_8_16) TCI_MEM(X, lds_8_32) TCI_MEM(X, lds_8_64) \
    TCI_MEM(X, lds_16_32) TCI_MEM(X, lds_16_64) TCI_MEM(X, lds_32_64) \
    TCI_MEM(X, st_8) TCI_MEM(X, st_16) TCI_MEM(X, st_32) TCI_MEM(X, st_64) \
    TCI_MEM(X, sti_8) TCI_MEM(X, sti_16) TCI_MEM(X, sti_32) \
    TCI_MEM(X, sti_64) \
    TCI_MEM(X, ldv_128) TCI_MEM(X, stv_128) TCI_MEM(X, ldva_128) \
    TCI_MEM(X, stva_128) X(ldv) X(stv) X(ldvs) X(stvs) \
    TCI_MEM(X, ldv_256) TCI_MEM(X, stv_256) \
    TCI_VEC(X, x) TCI_VEC(X, y) X(vfromq_32) X(vfromq_64) X(vzhigh) \
    X(rmw) X(xadd) X(xchg) X(cmpxchg) X(cmpxchg2) X(fence) \
    X(rep_movs) X(rep_stos) \
    TCI_FP(X, fadd) TCI_FP(X, fsub) TCI_FP(X, fmul) TCI_FP(X, fdiv) \
    TCI_FP(X, fmin) TCI_FP(X, fmax) TCI_FP(X, fsqrt) \
    X(fcmp_s_32) X(fcmp_s_64) X(fcom_32) X(fcom_64) \
    X(i2f_32_32) X(i2f_32_64) X(i2f_64_32) X(i2f_64_64) \
    X(f2i_32_32) X(f2i_32_64) X(f2i_64_32) X(f2i_64_64) \
    X(f2f_32) X(f2f_64) X(fp_fold) \
    X(ref) X(ref_q_qq) X(ref_v_v) X(ref_v_vv) X(ref_v_vvv) X(ref_q_v) \
    X(push) X(pushi) X(call_pc) X(pop) X(ret) \
    X(call) X(poll) X(heat) X(goto) X(link) X(goto_ind) X(exit) \
    X(retired) X(redirected)

enum {
#define X(n) H_##n,
    TCI_HANDLERS(X)
#undef X
    TCI_NB_HANDLERS
};

/* Handler addresses by H_*; set by tci_run(NULL, NULL). */
extern const void *const *tci_labels;

/* The loop; returns why it left.  tcg/tci/interp.c */
unsigned tci_run(TCGEnv *env, const TCIWord *ip);

/* tcg/tci/compile.c */
int tci_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size);

/* ---- operands of the bigger instructions --------------------------------- */

/* ref: word 1 inputs, word 2 outputs and shape, word 3 function, 4.. op */
enum {
    TCI_REF_OUTS = 2, TCI_REF_FN, TCI_REF_OP,
    TCI_REF_WORDS = TCI_REF_OP + (sizeof(TCGRefOp) + 7) / 8,
};
/* word 2 .c: kinds of values as 2-bit fields, inputs low, outputs from bit 8 */
enum { TCI_NONE, TCI_Q, TCI_V };

/* Memory forms: word 1: a = value, b = base, c = index, d = scale; word 2:
 * displacement; word 3: further operands; word 4: size, kind, attributes. */

/* ---- memory, tcg/tci/mem.c ----------------------------------------------- */

typedef struct TCIAtomic {
    uint8_t sz;
    bool lock;
    uint8_t kind;       /* TCGRmw */
    uint8_t fl_def;
} TCIAtomic;

/* Each returns the old value. */
uint64_t tci_rmw(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val);
uint64_t tci_xadd(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val);
uint64_t tci_xchg(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val);
uint64_t tci_cmpxchg(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t cmp,
                     uint64_t val);
/* v = old lo, hi; expected; new.  Leaves the old value in v[0..1]. */
void tci_cmpxchg2(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t v[4]);
void tci_rep_movs(TCGEnv *env, unsigned sz, uint64_t *di, uint64_t *si,
                  uint64_t *cx);
void tci_rep_stos(TCGEnv *env, unsigned sz, uint64_t *di, uint64_t *cx,
                  uint64_t val);
void tci_unlock(TCGEnv *env);
/* Raises the host fault of an aligned access that is not. */
void tci_probe_next_page(uint64_t addr);
void tci_unaligned(uint64_t addr) QEMU_NORETURN;

/* Guest memory is little-endian and may be unaligned. */
#if HOST_BIG_ENDIAN
#define TCI_LE(bits, x) (bits == 8 ? (x) : bits == 16 ? __builtin_bswap16(x) \
    : bits == 32 ? __builtin_bswap32(x) : __builtin_bswap64(x))
#else
#define TCI_LE(bits, x) (x)
#endif

/* x86 order on a weaker host: a load is an acquire, a store a release. */
#if defined(HOST_X86_64) || defined(HOST_S390X)
#define tci_after_load()   ((void)0)
#define tci_before_store() ((void)0)
#else
#define tci_after_load()   __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define tci_before_store() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif

#define TCI_LDST(bits)                                                      \
    static inline uint##bits##_t tci_ld##bits(uint64_t addr)                \
    {                                                                       \
        typedef uint##bits##_t QEMU_ALIGNED(1) T;                           \
        uint##bits##_t v = *(const volatile T *)(uintptr_t)addr;            \
        tci_after_load();                                                   \
        return TCI_LE(bits, v);                                             \
    }                                                                       \
    static inline void tci_st##bits(uint64_t addr, uint##bits##_t v)        \
    {                                                                       \
        typedef uint##bits##_t QEMU_ALIGNED(1) T;                           \
        tci_before_store();                                                 \
        *(volatile T *)(uintptr_t)addr = TCI_LE(bits, v);                   \
    }

TCI_LDST(8)
TCI_LDST(16)
TCI_LDST(32)
TCI_LDST(64)

static inline uint64_t tci_ld(unsigned sz, uint64_t addr)
{
    return sz == MO_8 ? tci_ld8(addr) : sz == MO_16 ? tci_ld16(addr)
         : sz == MO_32 ? tci_ld32(addr) : tci_ld64(addr);
}

static inline void tci_st(unsigned sz, uint64_t addr, uint64_t v)
{
    switch (sz) {
    case MO_8:
        tci_st8(addr, v);
        break;
    case MO_16:
        tci_st16(addr, v);
        break;
    case MO_32:
        tci_st32(addr, v);
        break;
    default:
        tci_st64(addr, v);
        break;
    }
}

#endif
