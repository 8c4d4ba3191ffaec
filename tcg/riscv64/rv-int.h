/* SPDX-License-Identifier: MIT */
/*
 * What the files of the riscv64 host back end share: the encoder, the state
 * of one compilation, and the record that ties an IR op to its lowering.
 *
 * Register plan: s0 s1 s2-s7 a0-a7 hold the sixteen guest registers; t3-t6
 * are the allocator's temporaries; t0-t2 and ra are for use inside one
 * lowering.  s8 holds a result that flags are made of, s9 is non-zero if
 * MXCSR is not at its default, s10 is the shadow return stack, s11 the env
 * plus ENV_BIAS.  sp is the C stack all the time, gp and tp are C's.
 *
 * With the V extension v16-v31 hold the low halves of the vector globals
 * (upper halves stay in the env), v8-v13 are temporaries, v0-v7 scratch.
 * Without it a "vector register" is 16 bytes of memory: a global's home, or
 * one of six slots.
 *
 * Source for encodings: The RISC-V Instruction Set Manual, vol. I.
 */
#ifndef TCG_RISCV64_INT_H
#define TCG_RISCV64_INT_H

#include "tcg/regalloc.h"

enum {
    ZR = 0, R_LR = 1, HSP = 2, R_TP = 4,
    T0 = 5, T1 = 6, T2 = 7, T3 = 1,         /* scratch; T3: see rv_wr() */
    A0 = 10,
    R_FR = 24, R_FPX = 25, R_SHADOW = 26, R_ENV = 27,
    NB_PIN = 16, VPIN = 16, VTMP = 8, NB_VTMP = 6,
    ENV_BIAS = 2048,
};

/* ---- the host ---------------------------------------------------------------- */

typedef struct RVHost {
    bool zba, zbb, zbs, zicond, zacas, ztso, v;
} RVHost;
extern RVHost rv_host;
void rv_host_detect(void);

/* ---- flags ------------------------------------------------------------------- */

/* What the host's flags are made of; see flags.c. */
enum { K_SUB, K_ADD, K_LOGIC, K_RES, K_FCOM, K_BOOL };
enum { LOC_CONST = 32, LOC_MEM, LOC_NONE };     /* or a register */
enum { AF_ZERO, AF_ONE, AF_MEM };
typedef struct RVSrc {
    uint8_t loc;
    bool raw;               /* wants sign extension from the flags' size */
} RVSrc;
typedef struct RVFlags {
    uint8_t kind, sz, af;
    RVSrc a, b, r;
    int64_t kb;             /* b, if constant */
} RVFlags;

/* A fault's view of them, kept behind the TB's code. */
typedef struct RVFaultFlags {
    RVFlags f;
    uint8_t mask;           /* flags to be taken from it */
} RVFaultFlags;

/* ---- the state of one compilation ------------------------------------------- */

typedef struct RVJit RVJit;
typedef struct RVFixup {
    struct RVFixup *next;
    uint32_t *loc;
} RVFixup;

/* Per label of the region. */
typedef struct RVLabel {
    uint32_t *code;                     /* NULL: not yet emitted */
    RVFixup *fixups;
    uint16_t refs;
    uint8_t fl_live;
    bool have_state;                    /* the one branch to it left these */
    bool only_branch;                   /* no fall-through into it */
    bool seen;
    bool loop;                          /* target of a backward branch */
    uint8_t fl_h, fl_m;
    RVFlags fl;
    int32_t exit_op;                    /* nothing but this goto_pc behind */
} RVLabel;

/* Out-of-line code, emitted behind the region. */
typedef struct RVStub RVStub;
struct RVStub {
    RVStub *next;
    uint32_t *loc;                      /* branch to bind, or NULL */
    uint32_t *back;                     /* where it goes on */
    void (*emit)(RVJit *j, RVStub *st);
    uint64_t a, b;
    const TCGOp *op;
    unsigned insn;
    uint8_t reg[6];
    uint8_t fl_h, fl_m;
    uint16_t vtype;
    RVFlags fl;
    uint16_t fc[32];                    /* RVJit.fc where it goes on */
};

struct RVJit {
    RA ra;                              /* ORDER: first */
    TCGContext *s;
    TCGTB *tb;
    uint32_t *p, *end;                  /* emission */
    uint32_t *code;                     /* tb's entry */
    const TCGOp *op;
    unsigned insn;                      /* index of the guest instruction */
    uint8_t fl_h, fl_m;                 /* flags valid in the host, at home */
    RVFlags fl;
    uint16_t vtype;                     /* VT_*, what the host is set to */
    uint16_t fc[32];                    /* what F registers hold; see fc_get */
    uint32_t fc_used, fc_lock;
    unsigned fc_next;
    bool far;                           /* branches reach beyond 4 KiB */
    bool unreached;                     /* one did not */
    bool reachable, falls;              /* falls: a br to the next op */
    RVLabel *labels;
    unsigned nb_labels;
    RVStub *stubs, **stubs_tail;
    RVFaultFlags *ff;                   /* grows; by TCGFaultPoint.sp_delta */
    unsigned nb_ff, cap_ff;
    unsigned cap_faults, cap_rets, next_exit, nb_stubs;
};

/* The record of an op. */
typedef struct RVOp {
    void (*emit)(RVJit *j, const TCGOp *op, const struct RVOp *x);
    uint32_t arg;           /* opcode word or kind, for the lowering */
    uint8_t sizes;          /* op->sz it is good for; 0 = all */
    uint8_t flags;          /* RV_* */
} RVOp;
enum {
    RV_V = 1,               /* wants the V extension */
};
extern const RVOp rv_ops[TCG_NB_OPS];
/* Lowerings that take precedence where there is no V. */
extern const RVOp rv_ops_nov[TCG_NB_OPS];

/* The process has a second thread: keep x86's memory order. */
extern bool rv_ordered;
/* MXCSR's DE, for which the host has no bit, is wanted: FP in C alone. */
extern bool rv_exact_fp;

/* ---- encoder ---------------------------------------------------------------- */

static inline void o32(RVJit *j, uint32_t w)
{
    *j->p++ = w;
}

/* Instruction words without operands. */
enum {
    ADD = 0x33, SUB = 0x40000033, SLL = 0x1033, SLT = 0x2033, SLTU = 0x3033,
    XOR = 0x4033, SRL = 0x5033, SRA = 0x40005033, OR = 0x6033, AND = 0x7033,
    SUBW = 0x4000003b,
    ADDI = 0x13, SLLI = 0x1013, SLTIU = 0x3013, XORI = 0x4013,
    SRLI = 0x5013, SRAI = 0x40005013, ORI = 0x6013, ANDI = 0x7013,
    ADDIW = 0x1b, SLLIW = 0x101b, SRLIW = 0x501b, SRAIW = 0x4000501b,
    MUL = 0x02000033, MULH = 0x02001033, MULHU = 0x02003033,
    DIV = 0x02004033, DIVU = 0x02005033, REM = 0x02006033, REMU = 0x02007033,
    W = 8,                              /* the 32-bit form of some */
    LB = 0x0003, LH = 0x1003, LW = 0x2003, LD = 0x3003, LBU = 0x4003,
    LHU = 0x5003, LWU = 0x6003,
    SB = 0x0023, SH = 0x1023, SW = 0x2023, SD = 0x3023,
    FLW = 0x2007, FLD = 0x3007, FSW = 0x2027, FSD = 0x3027,
    BEQ = 0x0063, BNE = 0x1063, BLT = 0x4063, BGE = 0x5063, BLTU = 0x6063,
    BGEU = 0x7063, B_NOT = 0x1000,
    JAL = 0x6f, JALR = 0x67, LUI = 0x37, AUIPC = 0x17,
    /* Zba */
    ADD_UW = 0x0800003b, SH1ADD = 0x20002033,
    /* Zbb */
    ANDN = 0x40007033,
    CLZ = 0x60001013, CTZ = 0x60101013, CPOP = 0x60201013,
    SEXT_B = 0x60401013, SEXT_H = 0x60501013, ZEXT_H = 0x0800403b,
    ROL = 0x60001033, ROR = 0x60005033, RORI = 0x60005013,
    REV8 = 0x6b805013,
    /* Zbs */
    BCLR = 0x48001033, BEXT = 0x48005033, BINV = 0x68001033,
    BSET = 0x28001033, BEXTI = 0x48005013,
    /* Zicond */
    CZERO_EQZ = 0x0e005033, CZERO_NEZ = 0x0e007033,
    /* A */
    AMO_W = 0x202f, AMO_D = 0x302f, AMO_Q = 0x402f,
    A_AQ = 1 << 26, A_RL = 1 << 25,
    AMOADD = 0, AMOSWAP = 1 << 27, LR = 2 << 27, SC = 3 << 27,
    AMOXOR = 4 << 27, AMOCAS = 5 << 27, AMOOR = 8 << 27, AMOAND = 12 << 27,
};

static inline void out_rrr(RVJit *j, uint32_t w, unsigned rd, unsigned rs1,
                           unsigned rs2)
{
    o32(j, w | rs2 << 20 | rs1 << 15 | rd << 7);
}

static inline void out_rri(RVJit *j, uint32_t w, unsigned rd, unsigned rs1,
                           int imm)
{
    o32(j, w | (uint32_t)imm << 20 | rs1 << 15 | rd << 7);
}

static inline void out_st(RVJit *j, uint32_t w, unsigned rs2, unsigned rs1,
                          int imm)
{
    o32(j, w | (uint32_t)(imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 |
        (imm & 31) << 7);
}

static inline void out_mv(RVJit *j, unsigned rd, unsigned rs)
{
    if (rd != rs) {
        out_rri(j, ADDI, rd, rs, 0);
    }
}

static inline bool imm12(int64_t v)
{
    return v >= -2048 && v < 2048;
}

/* 32-bit form of ADD and so on. */
static inline uint32_t wide(unsigned sz, uint32_t w)
{
    return sz == MO_64 ? w : w | W;
}

void out_movi(RVJit *j, unsigned rd, uint64_t v);
/* rd = rs + v; tmp may be rd, unless that is rs. */
void out_addi(RVJit *j, unsigned rd, unsigned rs, int64_t v, unsigned tmp);
void out_zext(RVJit *j, unsigned sz, unsigned rd, unsigned rs);
void out_sext(RVJit *j, unsigned sz, unsigned rd, unsigned rs);
/* rd = rs + (x << n); tmp is not rs, and used if need be. */
void out_shadd(RVJit *j, unsigned n, unsigned rd, unsigned x, unsigned rs,
               unsigned tmp);
/* Integers in the env; T3 is used for far places. */
void out_ld_env(RVJit *j, unsigned sz, unsigned rt, int32_t off);
void out_st_env(RVJit *j, unsigned sz, unsigned rt, int32_t off);
#define ENVOFF(field) ((int32_t)offsetof(TCGEnv, field))
enum { FLAG_A = offsetof(TCGEnv, host), FLAG_B = FLAG_A + 8,
       FLAG_R = FLAG_A + 16, FLAG_AF = FLAG_A + 24,
       FLAG_TMP = FLAG_A + 32,
       FLAG_FR = FLAG_A + 40 };     /* R_FR while a stub's C code runs */

/* A comparison of two registers, as a branch instruction. */
typedef struct RVCond {
    uint32_t w;
    uint8_t a, b;
} RVCond;

static inline RVCond cond_not(RVCond c)
{
    c.w ^= B_NOT;
    return c;
}

/* Branches; return their place for out_bind.  target may be NULL.  Short
 * ones stay within a lowering. */
uint32_t *out_b(RVJit *j, RVCond c, const void *target);
uint32_t *out_b_short(RVJit *j, RVCond c, const void *target);
uint32_t *out_jal(RVJit *j, unsigned rd, const void *target);
void out_bind(RVJit *j, uint32_t *loc, const void *target);
static inline uint32_t *out_bnez(RVJit *j, unsigned r)
{
    return out_b(j, (RVCond){ BNE, r, ZR }, NULL);
}
static inline uint32_t *out_beqz(RVJit *j, unsigned r)
{
    return out_b(j, (RVCond){ BEQ, r, ZR }, NULL);
}
/* rd = c ? 1 : 0; rd may be one of c's. */
void out_setcond(RVJit *j, unsigned rd, RVCond c);
/* rd = t ? x : y; t is 0 or not; t and rd may not be x or y, or each other
 * unless Zicond is missing; tmp too. */
void out_select(RVJit *j, unsigned rd, RVCond c, unsigned x, unsigned y);
/* To shared code anywhere: T1 is lost by a jump, ra by a call. */
void out_jump(RVJit *j, const void *target);
void out_call(RVJit *j, const void *target);
/* rd = address of p (pc-relative), bound later by out_bind. */
uint32_t *out_auipc(RVJit *j, unsigned rd);
/* Jump-cache look-up of the pc in t: jumps, or goes to the branch returned.
 * Clobbers T0 to T2; link: the register for the return address, or 0. */
uint32_t *out_jc_jump(RVJit *j, unsigned t, unsigned link);

/* ---- flags (flags.c) ----------------------------------------------------- */

/* Host flags in want, if not home yet, are saved; live ones already there are
 * kept.  T0 to T3 are used. */
void fl_save_for(RVJit *j, unsigned want, unsigned live);
void fl_save(RVJit *j, unsigned live);
/* Before an op that defines some: saves the live others. */
void fl_begin(RVJit *j, const TCGOp *op);
/* After it: its flags are made of f. */
void fl_end(RVJit *j, const TCGOp *op, const RVFlags *f);
/* The op left its flags at home. */
void fl_home(RVJit *j, const TCGOp *op);
/* Register reg (a guest's) is about to change: what flags are made of it moves.
 * T3 is used. */
void rv_wr(RVJit *j, unsigned reg);
/* Comparison that is true if cc is; uses T0 to T2. */
RVCond fl_cond(RVJit *j, const TCGOp *op, unsigned cc);
/* rd = CF (0 or 1); uses T0, T1. */
void fl_carry(RVJit *j, unsigned rd);
/* Are op's flags read by the next op and by nobody else? */
bool fl_fused(RVJit *j, const TCGOp *op);

/* ---- operands of ops (opnd.c) ------------------------------------------- */

static inline bool is_const(const RVJit *j, TCGRef r)
{
    return ra_is_const(&j->ra, r);
}
static inline uint64_t const_val(const RVJit *j, TCGRef r)
{
    return j->s->temps[r].val;
}
/* r as a register, x0 for zero. */
unsigned inz(RVJit *j, TCGRef r);
/* Register for the result; never an unpinned input's.  Moves flags' sources
 * out of its way, which uses T3. */
unsigned out_reg(RVJit *j, TCGRef d);
void out_done(RVJit *j, TCGRef d, unsigned reg);
static inline bool out_dead(const TCGOp *op, unsigned k)
{
    return op->out[k] == TCG_NONE || (op->dead & OPD_OUT << k);
}

/* An address without its constants, which are in disp. */
typedef struct RVAddr {
    TCGRef base, index;     /* or TCG_NONE */
    uint64_t disp;
} RVAddr;
RVAddr addr_parts(RVJit *j, const TCGMem *m);
/* Register with the rest, of which there is some: T0, or one's own. */
unsigned addr_sum(RVJit *j, const TCGMem *m, const RVAddr *a);
/* An address ready for a load or store. */
typedef struct RVMem {
    uint8_t base;
    int16_t disp;
} RVMem;
/* May use T0 as the base, and T1; room: bytes that are accessed beyond. */
RVMem mem_opnd(RVJit *j, const TCGMem *m, unsigned room);
/* The whole address in one register (T0 or base's own). */
unsigned mem_addr(RVJit *j, const TCGMem *m);
/* Loads (LB...) and stores of the guest's; note the fault. */
void out_guest_ld(RVJit *j, uint32_t w, unsigned rd, RVMem m);
void out_guest_st(RVJit *j, uint32_t w, unsigned rs, RVMem m);
void out_after_load(RVJit *j);
void out_before_store(RVJit *j);

/* A bigger copy of a full array, in the region's arena. */
void *array_grow(RVJit *j, const void *p, size_t size, unsigned *cap);
/* The next instruction may fault (or: is the call of a helper). */
void fault_point(RVJit *j);
RVStub *stub_new(RVJit *j, void (*emit)(RVJit *, RVStub *), uint32_t *loc);
/* st goes on here, and the host is as it is now. */
void stub_back(RVJit *j, RVStub *st);
/* In a stub, after C code: goes there. */
void stub_return(RVJit *j, RVStub *st);
void lower_fallback(RVJit *j, const TCGOp *op, const RVOp *x);
/* From a stub: the reference does op with these inputs (register per input),
 * every register but the results' is kept. */
void emit_ref_keep(RVJit *j, const TCGOp *op, const uint8_t *in,
                   const uint8_t *out);
/* Helper call in the open: arguments are in the slots, temps spilled. */
void out_helper_call(RVJit *j, const void *func);
/* rd = an address near pc, of 8-byte data that stubs emit. */
void out_literal(RVJit *j, unsigned rd, uint64_t v);

/* ---- vectors ------------------------------------------------------------------- */

/* Kinds of vtype: element size | VT_ONE for one element. */
enum { VT_E8, VT_E16, VT_E32, VT_E64, VT_ONE = 4, VT_NONE = 0xff };
/* Sets the host's if it is another. */
void vtype_set(RVJit *j, unsigned vt);
static inline unsigned vin(RVJit *j, TCGRef r)
{
    return ra_in(&j->ra, r);
}
unsigned vout(RVJit *j, TCGRef d);
/* reg holds the low half; V128 ops with OPA_ZU clear the upper. */
void vout_done(RVJit *j, const TCGOp *op, TCGRef d, unsigned reg);
/* Env offset of the upper half, or 0 if it has none. */
int32_t vupper(RVJit *j, TCGRef r);
/* Without V: env offset of a vector "register". */
int32_t voff(RVJit *j, unsigned reg);
/* Whole registers from and to the env, and between; T0 to T2 are used. */
void out_ldv_env(RVJit *j, unsigned reg, int32_t off);
void out_stv_env(RVJit *j, unsigned reg, int32_t off);
void out_vmov(RVJit *j, unsigned d, unsigned s);

/* d = r's low sz (2, 3) bytes, zero above. */
void vec_from_int(RVJit *j, unsigned sz, unsigned d, unsigned r);

/* Without V, F registers (but the callee's and FC_SCRATCH) cache parts of the
 * vector registers' memory.  fc_get: one with what is at env offset off,
 * fc_new: one to compute in; both stay until fc_unlock.  fc_put stores. */
enum { FC_SCRATCH = 0 };
unsigned fc_get(RVJit *j, unsigned sz, int32_t off);
unsigned fc_new(RVJit *j);
void fc_put(RVJit *j, unsigned sz, unsigned f, int32_t off);
void fc_unlock(RVJit *j);
/* That memory was changed otherwise; or the F registers, by C code. */
void fc_kill(RVJit *j, int32_t off, unsigned n);
static inline void fc_clear(RVJit *j)
{
    j->fc_used = 0;
}

/* ---- thunks (thunks.c) ------------------------------------------------------ */

typedef struct RVThunks {
    uint32_t *enter, *leave, *leave_raw, *exit_link, *exit_hot;
    uint32_t *helper, *helper_regs, *keep, *mmu, *lookup, *lookup_ret, *ret_miss;
    uint32_t *ret_base, *poll;
} RVThunks;
extern RVThunks rv_thunks;
/* An exit's stub: three instructions, the way if it is not linked (six
 * instructions from the stub's start), and the word it jumps by. */
enum { RV_STUB_SLOW = 12, RV_STUB_WORD = 24 };
/* A retired entry's: a jump by the word, behind that the look-up. */
enum { RV_RETIRED_WORD = 16, RV_RETIRED_LOOKUP = 24 };
bool rv_thunks_reserve(uint8_t *buf, size_t size, size_t *used);
void rv_thunks_ready(TCGContext *s);
int rv_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size);

/* Vector slots 10 to 15 of the env: operands of reference calls and helpers'
 * arguments, and arguments of calls from stubs. */
enum {
    REF_SLOT = offsetof(TCGEnv, vspill) + 10 * 32, ARG_SLOT = REF_SLOT,
    KEEP_SLOT = offsetof(TCGEnv, vspill) + 15 * 32,
};

extern const uint8_t rv_pin_gpr[NB_PIN], rv_pin_vec[NB_PIN];
extern int32_t rv_off_gpr[NB_PIN], rv_off_vec[NB_PIN];
extern const RAHost rv_ra_host;

/* ---- lowerings ---------------------------------------------------------------- */

typedef void RVLower(RVJit *j, const TCGOp *op, const RVOp *x);
RVLower lower_mov, lower_ext_u, lower_ext_s, lower_extract, lower_deposit,
    lower_lea, lower_alu, lower_carry, lower_andn, lower_neg, lower_not,
    lower_inc, lower_cmp, lower_test, lower_shift, lower_rotate, lower_shiftd,
    lower_mul, lower_mul2, lower_div, lower_count, lower_bscan, lower_popcnt,
    lower_bswap, lower_bt, lower_bls, lower_setcc, lower_cmov, lower_getfl,
    lower_setfl, lower_flmod, lower_setcond, lower_movcond;
RVLower lower_mmu, lower_ld, lower_st, lower_rmw, lower_xadd, lower_xchg, lower_cmpxchg,
    lower_cmpxchg2, lower_fence, lower_prefetch, lower_rep_movs,
    lower_rep_stos;
RVLower lower_brcond, lower_brcc, lower_br, lower_label, lower_insn_start,
    lower_poll, lower_goto_pc, lower_goto_ind, lower_call_pc, lower_call_ind,
    lower_ret, lower_exit, lower_call;
RVLower lower_ldv, lower_stv, lower_ldvs, lower_stvs, lower_vmov, lower_vzero,
    lower_vzeroupper;
RVLower lower_fp, lower_fcmp, lower_fcom, lower_cvt_i2f, lower_cvt_f2i,
    lower_cvt_f2f, lower_cvt_packed, lower_cvt_to_dq;
RVLower lower_v3, lower_vbits, lower_vcmp, lower_vabs, lower_vsign,
    lower_vshift, lower_vshiftv, lower_vshifte, lower_vmuldq, lower_vmadd,
    lower_vsad, lower_vpack, lower_vunpack, lower_vbytes, lower_valignr,
    lower_vshuf, lower_vshufp, lower_vpshufb, lower_vbcast, lower_vext,
    lower_vinsel, lower_vhalves, lower_vins, lower_vget, lower_vfromq,
    lower_vzx, lower_vget128, lower_vins128, lower_vmovmsk, lower_vblendv,
    lower_vblendi, lower_vtest, lower_vfp, lower_vcvt, lower_vcvt_dq;

RVLower lower_nbits, lower_nadd, lower_neq, lower_nless, lower_navg,
    lower_nshift, lower_nbytes, lower_nmovmsk, lower_ntest, lower_nshuf,
    lower_npick, lower_nunpack, lower_nins, lower_nget, lower_nzx, lower_next,
    lower_nelem, lower_nmulwide;

/* ---- shared by the integer files --------------------------------------------- */

static inline unsigned bits_of(unsigned sz)
{
    return 8u << sz;
}

static inline uint64_t mask_of(unsigned sz)
{
    return UINT64_MAX >> (64 - bits_of(sz));
}

static inline int64_t sext_of(unsigned sz, uint64_t v)
{
    unsigned n = 64 - bits_of(sz);

    return (int64_t)(v << n) >> n;
}

/* A second operand: a register or an immediate. */
typedef struct RVOpnd {
    bool imm;
    bool known;             /* a constant, immediate or not */
    uint8_t reg;
    int64_t v;              /* sign-extended from the size */
} RVOpnd;
/* neg: its negative must fit too. */
RVOpnd alu_src(RVJit *j, TCGRef r, unsigned sz, bool neg);
/* rd = a kind b (TCG_RMW_ADD, SUB, AND, OR, XOR); sums of sz 2 come out
 * sign-extended, all else as 64-bit operations leave them. */
void emit_alu(RVJit *j, unsigned kind, unsigned sz, unsigned rd, unsigned a,
              RVOpnd b);
void addsub_sources(RVJit *j, RVFlags *f, unsigned kind, unsigned sz,
                    unsigned fl, unsigned a, RVOpnd b, unsigned rd,
                    bool fused);
/* Is op's 32-bit result overwritten by the next op, which reads no more than
 * its low half?  Then nobody sees what is above. */
bool upper_dead(const RVJit *j, const TCGOp *op);
/* rd = r, for a result of sz 2 or 3. */
static inline void out_result(RVJit *j, const TCGOp *op, unsigned rd,
                              unsigned r)
{
    out_zext(j, upper_dead(j, op) ? MO_64 : op->sz, rd, r);
}
/* out[0] = in0 with its low sz bytes (0, 1) those of src; uses T1. */
void merge_done(RVJit *j, const TCGOp *op, unsigned src);

#endif
