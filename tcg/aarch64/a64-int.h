/* SPDX-License-Identifier: MIT */
/*
 * What the files of the aarch64 host back end share: the encoder, the state
 * of one compilation, and the record that ties an IR op to its lowering.
 *
 * Register plan: x6-x15 and x19-x24 hold the sixteen guest registers, v16-v31
 * the low halves of the vector ones (upper halves stay in the env).  x0-x5
 * and v0-v3 are the allocator's temporaries; x16-x18, x30 and v4-v9 are for
 * use inside one lowering.  x25 is non-zero if MXCSR is not at its default,
 * x26 and x27 are the sources of PF and AF, x28 is the env, x29 the shadow
 * return stack; sp is the C stack all the time.
 *
 * Source for encodings: Arm Architecture Reference Manual, C4 and C6.
 */
#ifndef TCG_AARCH64_INT_H
#define TCG_AARCH64_INT_H

#include "tcg/regalloc.h"

enum {
    T0 = 16, T1 = 17, T2 = 18, T3 = 30,     /* scratch */
    R_FPX = 25, R_PF = 26, R_AF = 27, R_ENV = 28, R_SHADOW = 29, R_LR = 30,
    ZR = 31, HSP = 31,
    V4 = 4, V5, V6, V7, V8, V9,             /* vector scratch */
    NB_PIN = 16,
};

enum { EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL };

/* ---- the state of one compilation ------------------------------------------- */

typedef struct A64Jit A64Jit;
typedef struct A64Fixup {
    struct A64Fixup *next;
    uint32_t *loc;
} A64Fixup;

/* Per label of the region. */
typedef struct A64Label {
    uint32_t *code;                     /* NULL: not yet emitted */
    A64Fixup *fixups;
    uint16_t refs;
    uint8_t fl_live;
    bool have_state;                    /* the one branch to it left these */
    bool only_branch;                   /* no fall-through into it */
    bool seen;
    bool loop;                          /* target of a backward branch */
    uint8_t fl_h, fl_m;
    bool cinv;
    int32_t exit_op;                    /* nothing but this goto_pc behind */
} A64Label;

/* Out-of-line code, emitted behind the region. */
typedef struct A64Stub A64Stub;
struct A64Stub {
    A64Stub *next;
    uint32_t *loc;                      /* branch to bind, or NULL */
    uint32_t *back;                     /* where it goes on */
    void (*emit)(A64Jit *j, A64Stub *st);
    uint64_t a, b;
    const TCGOp *op;
    unsigned insn;
    uint8_t reg[6];
    uint8_t fl_h, fl_m;
    bool cinv;
    bool fcom;
};

struct A64Jit {
    RA ra;                              /* ORDER: first */
    TCGContext *s;
    TCGTB *tb;
    uint32_t *p, *end;                  /* emission */
    uint32_t *code;                     /* tb's entry */
    const TCGOp *op;
    unsigned insn;                      /* index of the guest instruction */
    uint8_t fl_h, fl_m;                 /* flags valid in the host, at home */
    bool cinv;                          /* the host's C is the borrow's inverse */
    bool pf_bit;                        /* R_PF is 0 or 1 */
    bool reachable, falls;              /* falls: a br to the next op */
    bool fell_back;                     /* flags were dealt with */
    bool fp_exact;                      /* the region touches MXCSR */
    bool fp_guarded;                    /* MXCSR was asked for */
    bool upper;                         /* each_half: the upper half's turn */
    A64Label *labels;
    unsigned nb_labels;
    A64Stub *stubs, **stubs_tail;
    unsigned cap_faults, cap_rets, next_exit, nb_stubs;
};

/* The record of an op. */
typedef struct A64Op {
    void (*emit)(A64Jit *j, const TCGOp *op, const struct A64Op *x);
    uint32_t arg;           /* opcode word or kind, for the lowering */
    uint8_t clob;           /* host flags the sequence destroys; SELF */
    uint8_t sizes;          /* op->sz it is good for; 0 = all */
    uint16_t need;          /* host features (HF_*) */
} A64Op;
extern const A64Op a64_ops[TCG_NB_OPS];
enum { A64_SZ = 1, A64_SWAP = 2 };      /* vec.c, in arg */
enum { FL_NZCV = FL_C | FL_Z | FL_S | FL_O, CLOB_SELF = 0xff };

/* The process has a second thread or shares memory: keep x86's order. */
extern bool a64_ordered;

/* What the host's processor has beyond Armv8.0 (features.c). */
enum {
    HF_AES = 1, HF_PMULL = 2, HF_SHA1 = 4, HF_SHA2 = 8, HF_CRC32 = 16,
    HF_LSE = 32, HF_LRCPC = 64, HF_LRCPC2 = 128, HF_FLAGM = 256, HF_AFP = 512,
    HF_LSE2 = 1024,
};
extern unsigned a64_features;
void a64_features_init(void);
static inline bool has(unsigned feature)
{
    return (a64_features & feature) == feature;
}

/* ---- encoder ---------------------------------------------------------------- */

static inline void o32(A64Jit *j, uint32_t w)
{
    *j->p++ = w;
}

/* Shifted-register forms, by 32-bit opcode word. */
enum {
    A_ADD = 0x0b000000, A_ADDS = 0x2b000000, A_SUB = 0x4b000000,
    A_SUBS = 0x6b000000, A_AND = 0x0a000000, A_BIC = 0x0a200000,
    A_ORR = 0x2a000000, A_ORN = 0x2a200000, A_EOR = 0x4a000000,
    A_ANDS = 0x6a000000, A_ADC = 0x1a000000, A_ADCS = 0x3a000000,
    A_SBC = 0x5a000000, A_SBCS = 0x7a000000, A_UDIV = 0x1ac00800,
    A_SDIV = 0x1ac00c00, A_LSLV = 0x1ac02000, A_LSRV = 0x1ac02400,
    A_ASRV = 0x1ac02800, A_RORV = 0x1ac02c00, A_MUL = 0x1b007c00,
    A_SF = (int)0x80000000,
};
enum { LSL, LSR, ASR, ROR };

static inline void out_rrr(A64Jit *j, uint32_t w, bool sf, unsigned rd,
                           unsigned rn, unsigned rm)
{
    o32(j, w | (uint32_t)sf << 31 | rm << 16 | rn << 5 | rd);
}

static inline void out_rrs(A64Jit *j, uint32_t w, bool sf, unsigned rd,
                           unsigned rn, unsigned rm, unsigned type, unsigned n)
{
    o32(j, w | (uint32_t)sf << 31 | type << 22 | rm << 16 | n << 10 |
        rn << 5 | rd);
}

static inline void out_mov(A64Jit *j, bool sf, unsigned rd, unsigned rn)
{
    out_rrr(j, A_ORR, sf, rd, ZR, rn);
}

/* Bit fields. */
static inline void out_bfm(A64Jit *j, uint32_t w, bool sf, unsigned rd,
                           unsigned rn, unsigned immr, unsigned imms)
{
    o32(j, w | (uint32_t)sf << 31 | (uint32_t)sf << 22 | immr << 16 |
        imms << 10 | rn << 5 | rd);
}
enum { A_SBFM = 0x13000000, A_BFM = 0x33000000, A_UBFM = 0x53000000 };

static inline void out_ubfx(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                            unsigned pos, unsigned len)
{
    out_bfm(j, A_UBFM, sf, rd, rn, pos, pos + len - 1);
}

static inline void out_bfi(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                           unsigned pos, unsigned len)
{
    out_bfm(j, A_BFM, sf, rd, rn, -pos & (sf ? 63 : 31), len - 1);
}

static inline void out_lsl(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                           unsigned n)
{
    unsigned b = sf ? 64 : 32;

    out_bfm(j, A_UBFM, sf, rd, rn, (b - n) & (b - 1), b - 1 - n);
}

static inline void out_lsr(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                           unsigned n)
{
    out_bfm(j, A_UBFM, sf, rd, rn, n, sf ? 63 : 31);
}

static inline void out_asr(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                           unsigned n)
{
    out_bfm(j, A_SBFM, sf, rd, rn, n, sf ? 63 : 31);
}

/* cond ? rn : rm */
static inline void out_csel(A64Jit *j, bool sf, unsigned rd, unsigned rn,
                            unsigned rm, unsigned cond)
{
    o32(j, 0x1a800000u | (uint32_t)sf << 31 | rm << 16 | cond << 12 |
        rn << 5 | rd);
}

static inline void out_cset(A64Jit *j, unsigned rd, unsigned cond)
{
    o32(j, 0x1a800400u | ZR << 16 | (cond ^ 1) << 12 | ZR << 5 | rd);
}

static inline void out_mrs_nzcv(A64Jit *j, unsigned rt)
{
    o32(j, 0xd53b4200u | rt);
}

static inline void out_msr_nzcv(A64Jit *j, unsigned rt)
{
    o32(j, 0xd51b4200u | rt);
}

/* Vector instructions with three registers. */
static inline void out_vvv(A64Jit *j, uint32_t w, unsigned d, unsigned n,
                           unsigned m)
{
    o32(j, w | m << 16 | n << 5 | d);
}

static inline void out_vv(A64Jit *j, uint32_t w, unsigned d, unsigned n)
{
    o32(j, w | n << 5 | d);
}

static inline void out_vmov(A64Jit *j, unsigned d, unsigned n)
{
    if (d != n) {
        out_vvv(j, 0x4ea01c00, d, n, n);
    }
}

/* N, immr, imms fields of a logical immediate, or -1. */
int a64_bitmask(uint64_t v, bool sf);
void out_movi(A64Jit *j, unsigned rd, uint64_t v);
/* rd = rn + v (no flags); T0 to T2 may be rd, and tmp is used if need be. */
void out_add_imm(A64Jit *j, bool sf, unsigned rd, unsigned rn, int64_t v,
                 unsigned tmp);
/* Fits ADD/SUB immediate? */
static inline bool arith_imm(uint64_t v)
{
    return v < 4096 || (!(v & 0xfff) && v < (4096 << 12));
}
/* w: A_ADD... of the shifted-register form; immediate form. */
void out_arith_imm(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn,
                   uint64_t v);
void out_logic_imm(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn,
                   int enc);
/* Zero- and sign-extension from a size. */
void out_zext(A64Jit *j, unsigned sz, unsigned rd, unsigned rn);
void out_sext(A64Jit *j, unsigned sz, bool sf, unsigned rd, unsigned rn);
/* Loads and stores in the env; sz MO_8..MO_64, 4 = a whole vector. */
void out_ld_env(A64Jit *j, unsigned sz, unsigned rt, int32_t off);
void out_st_env(A64Jit *j, unsigned sz, unsigned rt, int32_t off);
void out_ldv_env(A64Jit *j, unsigned rt, int32_t off);
void out_stv_env(A64Jit *j, unsigned rt, int32_t off);
#define ENVOFF(field) ((int32_t)offsetof(TCGEnv, field))
/* Branches; return their place for out_bind.  target may be NULL. */
uint32_t *out_b(A64Jit *j, const void *target);
uint32_t *out_bl(A64Jit *j, const void *target);
uint32_t *out_bcond(A64Jit *j, unsigned cond, const void *target);
uint32_t *out_cbz(A64Jit *j, bool nz, bool sf, unsigned rt,
                  const void *target);
void out_bind(uint32_t *loc, const void *target);
/* Jump-cache look-up of the pc in t: jumps, or goes to the branch returned.
 * Clobbers T0, T1 and, if flags, NZCV. */
uint32_t *out_jc_jump(A64Jit *j, unsigned t, bool call);

/* ---- flags (flags.c) ----------------------------------------------------- */

/* Host flags in want, if not home yet, are saved; live ones already there are
 * kept. */
void fl_save_for(A64Jit *j, unsigned want, unsigned live);
void fl_save(A64Jit *j, unsigned live);
void fl_load(A64Jit *j, unsigned mask);
/* Emits NZCV, PF and AF sources = the flags of mask at home. */
void fl_emit_load(A64Jit *j, unsigned mask, bool cinv);
void fl_begin(A64Jit *j, const TCGOp *op, unsigned clob);
/* cinv: what the op made of the host's C, if it defines it. */
void fl_end(A64Jit *j, const TCGOp *op, unsigned clob, bool cinv);
/* Makes the host's C inverted, or not. */
void fl_polarity(A64Jit *j, bool inv);
/* T0 = 1 if PF is clear. */
void fl_parity(A64Jit *j);
/* NZCV's bit flag (28 to 31) = bit of r, which is lost; T1 or T2 is used. */
void out_flag_bit(A64Jit *j, unsigned flag, unsigned r, unsigned bit);
/* NZCV = N, Z of r; C = bit 0 of T2, if c; V = bit 0 of `of`, if not -1.  T1
 * is used. */
void nzcv_with(A64Jit *j, unsigned sz, unsigned r, bool c, int of);
/* Host condition for cc; its flags are loaded; P may cost the host's NZCV. */
unsigned fl_cond(A64Jit *j, const TCGOp *op, unsigned cc);

/* ---- operands of ops (opnd.c) ------------------------------------------- */

static inline bool is_const(const A64Jit *j, TCGRef r)
{
    return ra_is_const(&j->ra, r);
}
static inline uint64_t const_val(const A64Jit *j, TCGRef r)
{
    return j->s->temps[r].val;
}
/* r as a register; inz: the zero register for 0. */
static inline unsigned in_reg(A64Jit *j, TCGRef r)
{
    return ra_in(&j->ra, r);
}
unsigned inz(A64Jit *j, TCGRef r);
/* Register for the result; never an unpinned input's. */
unsigned out_reg(A64Jit *j, TCGRef d);
void out_done(A64Jit *j, TCGRef d, unsigned reg);
static inline bool out_dead(const TCGOp *op, unsigned k)
{
    return op->out[k] == TCG_NONE || (op->dead & OPD_OUT << k);
}

/* An address ready for a load or store of one size. */
typedef struct A64Mem {
    uint8_t base;
    int8_t index;           /* -1: none */
    bool shift;             /* index << size */
    int32_t disp;
} A64Mem;
/* May use T0 as the base. */
A64Mem mem_opnd(A64Jit *j, const TCGMem *m, unsigned sz);
/* The whole address in one register (T0 or base's own). */
unsigned mem_addr(A64Jit *j, const TCGMem *m);
/* opc: 0 store, 1 load, 2 load signed to 64, 3 to 32 bits.  vec: sz up to 4. */
void out_mem(A64Jit *j, unsigned opc, unsigned sz, bool vec, unsigned rt,
             A64Mem m);
/* x86's order (order.c): barriers around plain accesses, nothing unless
 * a64_ordered; accesses that are ordered themselves, which may use T0. */
void out_after_load(A64Jit *j);
void out_before_store(A64Jit *j);
void out_after_locked(A64Jit *j);
A64Mem ordered_mem(A64Jit *j, const TCGMem *m);
void out_load_acquire(A64Jit *j, unsigned sz, unsigned rt, A64Mem m);
void out_store_release(A64Jit *j, unsigned sz, unsigned rt, A64Mem m);
/* The signal is a misaligned ordered access, now patched: just go on. */
bool a64_patch_misaligned(void *ucontext);

/* The next instruction may fault (or: is the call of a helper). */
void fault_point(A64Jit *j);
A64Stub *stub_new(A64Jit *j, void (*emit)(A64Jit *, A64Stub *),
                  uint32_t *loc);
void lower_fallback(A64Jit *j, const TCGOp *op, const A64Op *x);
/* From a stub: the reference does op with these inputs (register per input),
 * every register but the results' is kept. */
void emit_ref_keep(A64Jit *j, const TCGOp *op, const uint8_t *in,
                   const uint8_t *out);
/* Helper call in the open: arguments are in the slots, temps spilled. */
void out_helper_call(A64Jit *j, const void *func);

/* Vectors: low half in a register, upper half's place in the env. */
static inline unsigned vin(A64Jit *j, TCGRef r)
{
    return ra_in(&j->ra, r);
}
unsigned vout(A64Jit *j, TCGRef d);
/* reg holds the low half; V128 ops with OPA_ZU clear the upper. */
void vout_done(A64Jit *j, const TCGOp *op, TCGRef d, unsigned reg);
/* Env offset of the upper half, or 0 if it has none. */
int32_t vupper(A64Jit *j, TCGRef r);

/* One half of a vector op: d = op(a, b), all of 128 bits.  V4 and V5 are free;
 * d may be a or b.  Runs on V6, V7 for the upper halves (j->upper). */
typedef void A64Lanes(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                      unsigned a, unsigned b);
void each_half(A64Jit *j, const TCGOp *op, const A64Op *x, A64Lanes *f);
/* Loads the upper half of r, if it has one. */
void vld_upper(A64Jit *j, unsigned v, TCGRef r);
void vst_upper(A64Jit *j, unsigned v, TCGRef r);

/* v = 16 constant bytes. */
typedef struct A64Table {
    uint8_t b[16];
} A64Table;
void out_table(A64Jit *j, unsigned v, const A64Table *t);
/* MOVI of a byte to all bytes or all words. */
static inline void out_movi_b(A64Jit *j, unsigned v, unsigned imm)
{
    o32(j, 0x4f00e400 | (imm >> 5) << 16 | (imm & 31) << 5 | v);
}
static inline void out_movi_s(A64Jit *j, unsigned v, unsigned imm)
{
    o32(j, 0x4f000400 | (imm >> 5) << 16 | (imm & 31) << 5 | v);
}
static inline void out_vzero(A64Jit *j, unsigned v)
{
    o32(j, 0x6f00e400 | v);
}
/* d = 16 bytes of hi:lo from byte n on. */
static inline void out_ext(A64Jit *j, unsigned d, unsigned lo, unsigned hi,
                           unsigned n)
{
    o32(j, 0x6e000000 | hi << 16 | n << 11 | lo << 5 | d);
}
/* INS of one element: d[i] = n[k]. */
static inline void out_ins(A64Jit *j, unsigned sz, unsigned d, unsigned i,
                           unsigned n, unsigned k)
{
    o32(j, 0x6e000400 | (1 << sz | i << (sz + 1)) << 16 | (k << sz) << 11 |
        n << 5 | d);
}

/* ---- floating point (fp.c) ---------------------------------------------------- */

/* The ways of one op, or half of one, to the reference. */
typedef struct A64Slow {
    const TCGOp *op;
    uint8_t reg[4];         /* inputs, result */
    unsigned n;
    A64Stub *st[8];
} A64Slow;
void slow_if(A64Jit *j, A64Slow *s, uint32_t *loc);
void slow_join(A64Jit *j, A64Slow *s);
/* Some thread's MXCSR was not as the host computes: translated code asks from
 * then on. */
extern bool a64_fpx_seen;
bool a64_fpx(uint32_t fpcr);
/* Branch if MXCSR is not as the host computes, or NULL as long as none was;
 * if there is a NaN in v.  slow_if() of NULL does nothing. */
uint32_t *if_fpx(A64Jit *j);
/* Behind a helper that may have changed MXCSR: leaves for pc if the code that
 * follows does not ask. */
void out_fpx_check(A64Jit *j, uint64_t pc);
uint32_t *if_nan(A64Jit *j, unsigned sz, bool scalar, unsigned v);
/* Flags that fp_begin() and what follows destroy. */
static inline unsigned fp_clob(void)
{
    return has(HF_AFP) ? 0 : FL_NZCV;
}
/* Element 0 of d = V4's, the rest a's. */
void out_scalar(A64Jit *j, unsigned sz, unsigned d, unsigned a);
/* Before the lowering of a 256-bit op: MXCSR is asked for; the stub's back is
 * behind the op. */
A64Stub *fp_guard(A64Jit *j, const TCGOp *op);
/* fadd and kin by the host's instruction. */
void fp_arithmetic(A64Jit *j, const TCGOp *op, bool scalar, unsigned d,
                   unsigned a, unsigned b);
unsigned fp_run(A64Jit *j, const TCGOp *ops, unsigned n);
/* The op as one of 128 bits, for the reference on one half. */
const TCGOp *fp_half_op(A64Jit *j, const TCGOp *op);
static inline uint32_t fp_ty(unsigned sz)
{
    return (sz == MO_64) << 22;
}

/* A denormal operand, or a result that may be called tiny wrongly, goes to
 * the reference, if anybody is to look (fpexact.c).  V8, V9, T0 are used. */
typedef struct A64Check {
    uint8_t sz;
    bool scalar, out;
} A64Check;
void exact_in(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v);
void exact_out(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v);
void exact_to_int(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v);
extern bool a64_fp_exact;

/* ---- thunks (thunks.c) ------------------------------------------------------ */

typedef struct A64Thunks {
    uint32_t *enter, *leave, *leave_raw, *exit_link, *exit_hot;
    uint32_t *helper, *helper_regs, *keep, *mmu, *lookup, *lookup_ret, *ret_miss, *ret_base;
    uint32_t *poll;
} A64Thunks;
extern A64Thunks a64_thunks;
bool a64_thunks_reserve(uint8_t *buf, size_t size, size_t *used);
void a64_thunks_ready(TCGContext *s);
int a64_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size);

/* Vector slots 10 to 15 of the env: operands of reference calls and helpers'
 * arguments, and arguments of calls from stubs. */
enum {
    REF_SLOT = offsetof(TCGEnv, vspill) + 10 * 32, ARG_SLOT = REF_SLOT,
    KEEP_SLOT = offsetof(TCGEnv, vspill) + 15 * 32,
};

extern const uint8_t a64_pin_gpr[NB_PIN], a64_pin_vec[NB_PIN];
extern int32_t a64_off_gpr[NB_PIN], a64_off_vec[NB_PIN];
extern const RAHost a64_ra_host;

/* ---- lowerings ---------------------------------------------------------------- */

typedef void A64Lower(A64Jit *j, const TCGOp *op, const A64Op *x);
A64Lower lower_mov, lower_ext_u, lower_ext_s, lower_extract, lower_deposit,
    lower_lea, lower_alu, lower_andn, lower_neg, lower_not, lower_inc,
    lower_cmp, lower_test, lower_shift, lower_rotate, lower_shiftd, lower_mul,
    lower_mul2, lower_mulx, lower_div, lower_count, lower_bscan, lower_bswap,
    lower_bt, lower_bls, lower_crc32, lower_setcc, lower_cmov, lower_getfl,
    lower_setfl, lower_flmod, lower_setcond, lower_movcond;
A64Lower lower_mmu, lower_ld, lower_st, lower_rmw, lower_xadd, lower_xchg, lower_cmpxchg,
    lower_cmpxchg2, lower_fence, lower_prefetch, lower_rep_movs,
    lower_rep_stos;
A64Lower lower_brcond, lower_brcc, lower_br, lower_label, lower_insn_start,
    lower_poll, lower_goto_pc, lower_goto_ind, lower_call_pc, lower_call_ind,
    lower_ret, lower_exit, lower_call;
A64Lower lower_ldv, lower_stv, lower_ldvs, lower_stvs, lower_v3, lower_v3s,
    lower_v2, lower_vzero, lower_vshift, lower_vbytes, lower_valignr,
    lower_vpack, lower_vmulwide, lower_vsad, lower_vshuf, lower_vshufp,
    lower_vpshufb, lower_vinsel, lower_vins, lower_vget, lower_vfromq,
    lower_vzx, lower_vext, lower_vmovmsk, lower_vtest, lower_vdup,
    lower_vblendv,
    lower_vzeroupper, lower_vget128, lower_vins128;
A64Lower lower_vblendi, lower_vinsertps, lower_vtrn, lower_vbcast128,
    lower_vperm2, lower_vpermil, lower_vpermd, lower_vpermq;
A64Lower lower_vmulhrs, lower_vmaddubs, lower_vsign, lower_vhoriz,
    lower_vshiftv, lower_vshifte, lower_vphminpos;
A64Lower lower_aes, lower_aesimc, lower_aeskeygen, lower_pclmul,
    lower_sha1rnds4, lower_sha1nexte, lower_sha1msg1, lower_sha1msg2,
    lower_sha256rnds2, lower_sha256msg1, lower_sha256msg2;
A64Lower lower_popcnt, lower_bzhi, lower_bextr, lower_adx;
A64Lower lower_ffma, lower_fround, lower_fhoriz, lower_faddsub,
    lower_cvt_ps2dq, lower_cvt_pd2dq, lower_cvt_half, lower_fpcr_set;
A64Lower lower_fp, lower_fcom, lower_cvt_i2f, lower_cvt_f2i, lower_cvt_f2f,
    lower_cvt_packed;

/* ---- shared by the integer files --------------------------------------------- */

static inline unsigned bits_of(unsigned sz)
{
    return 8u << sz;
}

static inline uint64_t mask_of(unsigned sz)
{
    return UINT64_MAX >> (64 - bits_of(sz));
}

/* Host flags an op destroys: none if it defines none. */
static inline unsigned clob(const TCGOp *op)
{
    return (op->fl_def & FL_NZCV ? FL_NZCV : 0) | (op->fl_def & (FL_P | FL_A));
}

/* PF is that of r's low byte. */
static inline void pf_from(A64Jit *j, unsigned r)
{
    out_mov(j, false, R_PF, r);
    j->pf_bit = false;
}

/* N and Z of r, C = V = 0. */
static inline void out_nz(A64Jit *j, unsigned sz, unsigned r)
{
    out_rrs(j, A_ADDS, sz == MO_64, ZR, ZR, r, LSL,
            sz < MO_32 ? 32 - bits_of(sz) : 0);
}

/* out[0] = in0 with its low sz bytes from the bits of src at pos. */
void merge_done(A64Jit *j, const TCGOp *op, unsigned src, unsigned pos);

/* A register or a constant that an immediate form takes. */
typedef struct A64Src {
    bool imm;
    uint8_t reg;
    uint64_t v;
} A64Src;
A64Src alu_src(A64Jit *j, TCGRef r, unsigned sz, unsigned kind);
/* rd = a kind b of sz; rd's bits above sz are zero (sz 0, 1: or anything).
 * fl: flags to leave in the host; T3 is used.  rd is neither a nor b for
 * sz 0, 1.  Returns the polarity of C. */
bool out_alu(A64Jit *j, unsigned kind, unsigned sz, unsigned rd, unsigned a,
             A64Src b, unsigned fl);

#endif
