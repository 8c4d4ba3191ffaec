/* SPDX-License-Identifier: MIT */
/*
 * What the files of the x86-64 host back end share: the encoder, the state of
 * one compilation, and the record that ties an IR op to its lowering.
 *
 * Register plan: rcx rdx rbx rbp rsi rdi r8 r9 r12 r13 hold the guest
 * registers of those names, r10 guest rax, r11 guest rsp.  rax, r14, r15 are
 * temporaries.  rsp is the shadow return stack, gs the env.  xmm0-13 are
 * pinned, xmm14-15 temporaries.
 */
#ifndef TCG_X86_64_INT_H
#define TCG_X86_64_INT_H

#include "tcg/regalloc.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13,
       R14, R15 };
enum { HOST_GUEST_RAX = R10, HOST_GUEST_RSP = R11 };

/* ---- host features ---------------------------------------------------------- */

enum {
    HF_SSE3 = 1 << 0, HF_SSSE3 = 1 << 1, HF_SSE41 = 1 << 2, HF_SSE42 = 1 << 3,
    HF_POPCNT = 1 << 4, HF_LZCNT = 1 << 5, HF_BMI1 = 1 << 6, HF_BMI2 = 1 << 7,
    HF_AES = 1 << 8, HF_PCLMUL = 1 << 9, HF_SHA = 1 << 10, HF_AVX = 1 << 11,
    HF_AVX2 = 1 << 12, HF_CX16 = 1 << 13, HF_LAHF = 1 << 14,
    HF_FMA = 1 << 15, HF_F16C = 1 << 16, HF_VAES = 1 << 17,
    HF_VPCLMUL = 1 << 18, HF_ADX = 1 << 19, HF_GFNI = 1 << 20,
};
extern unsigned x86_host_features;
static inline bool have(unsigned f)
{
    return (x86_host_features & f) == f;
}

/* ---- operands --------------------------------------------------------------- */

/* A register (reg >= 0) or memory. */
typedef struct Opnd {
    int8_t reg, base, index;
    uint8_t scale;
    bool gs;
    int32_t disp;
    uint64_t rip;               /* absolute address reached by rip, or 0 */
} Opnd;

static inline Opnd R(unsigned reg)
{
    return (Opnd){ .reg = reg, .base = -1, .index = -1 };
}

static inline Opnd M(unsigned base, int32_t disp)
{
    return (Opnd){ .reg = -1, .base = base, .index = -1, .disp = disp };
}

static inline Opnd GS(int32_t off)
{
    return (Opnd){ .reg = -1, .base = -1, .index = -1, .gs = true,
                   .disp = off };
}
#define ENV(field) GS(offsetof(TCGEnv, field))

/* Opcode words: the byte and how it is reached. */
enum {
    X_0F = 1 << 8, X_38 = 1 << 9, X_3A = 1 << 10,   /* map */
    X_66 = 1 << 11, X_F3 = 1 << 12, X_F2 = 1 << 13, /* prefix */
    X_W = 1 << 14,
    X_BR = 1 << 15, X_BM = 1 << 16,     /* byte-sized reg, r/m */
    X_LOCK = 1 << 17,
    X_L = 1 << 18,                      /* VEX: 256 bits */
};

/* ---- the state of one compilation ------------------------------------------- */

typedef struct X86Jit X86Jit;
typedef struct X86Fixup {
    struct X86Fixup *next;
    uint8_t *loc;                       /* rel32 or rel8 field */
    bool near;
} X86Fixup;

/* Per label of the region. */
typedef struct X86Label {
    uint8_t *code;                      /* NULL: not yet emitted */
    X86Fixup *fixups;
    uint16_t refs;
    uint32_t pos;                       /* index of its op */
    uint8_t fl_live;
    bool have_state;                    /* the one branch to it left these */
    bool only_branch;                   /* no fall-through into it */
    bool seen;
    bool loop;                          /* target of a backward branch */
    uint8_t fl_h, fl_m;
    int32_t exit_op;                    /* nothing but this goto_pc behind */
} X86Label;

/* What set the flags that EFLAGS holds, while doing it again would give the
 * same: lets rare ways out make them anew instead of every way saving them. */
typedef struct X86FlagSrc {
    bool valid, imm;
    uint8_t digit;                      /* as in out_alu_imm; 8: test */
    uint8_t sz, a, b;                   /* pinned registers */
    uint8_t flags;                      /* that it defines */
    int32_t val;
} X86FlagSrc;

/* Out-of-line code, emitted behind the region. */
typedef struct X86Stub X86Stub;
struct X86Stub {
    X86Stub *next;
    uint8_t *loc;                       /* rel32 field to bind, or NULL */
    void (*emit)(X86Jit *j, X86Stub *st);
    uint64_t a, b;
    unsigned insn;
    X86FlagSrc src;                     /* flags still to be made */
};

struct X86Jit {
    RA ra;                              /* ORDER: first */
    TCGContext *s;
    TCGTB *tb;
    uint8_t *p, *end;                   /* emission */
    uint8_t *code;                      /* tb's entry */
    unsigned bank;                      /* of the indirect-branch cache */
    uint8_t *rip_loc;                   /* last rip-relative field */
    const TCGOp *op;
    const TCGOp *fuse;                  /* load folded into op, or NULL */
    TCGRef fuse_ref;
    Opnd fuse_mem;
    unsigned insn;                      /* index of the guest instruction */
    TCGRef sp;                          /* guest rsp */
    int32_t sp_delta;                   /* it is this much above its register */
    unsigned sp_sz;                     /* width of its changes that can wait */
    uint8_t fl_h, fl_m;                 /* flags valid in EFLAGS, at home */
    bool reachable, falls;              /* falls: a br to the next op */
    unsigned at;                        /* index of the current op */
    X86FlagSrc flsrc, flsrc_new;
    bool no_near, too_far;              /* see is_near() */
    uint8_t *tight;                     /* by op: lower it with few registers */
    unsigned nb_tight;
    bool fell_back;                     /* the reference did the op, flags too */
    X86Label *labels;
    unsigned nb_labels;
    X86Stub *stubs, **stubs_tail;
    unsigned cap_faults, cap_rets, next_exit, nb_stubs;
};

/* The record of an op: its lowering and the host facts that go with it. */
typedef struct X86Op {
    void (*emit)(X86Jit *j, const TCGOp *op, const struct X86Op *x);
    uint32_t arg;           /* opcode or digit, for the lowering */
    uint8_t clob;           /* flags the host sequence destroys */
    uint8_t fuse;           /* bit i: in[i] may be a folded load */
    uint32_t need;          /* HF_* or else the reference runs it */
} X86Op;
extern const X86Op x86_ops[TCG_NB_OPS];
enum { X86_CLOB_SELF = 0xff, X86_FUSE_ANY = 0x80 };

/* ---- encoder (asm.c) ---------------------------------------------------- */

static inline void o8(X86Jit *j, unsigned b)
{
    *j->p++ = b;
}

static inline void o32(X86Jit *j, uint32_t v)
{
    memcpy(j->p, &v, 4);
    j->p += 4;
}

/* An immediate behind a modrm: a rip-relative operand counts from behind it. */
static inline void oimm(X86Jit *j, unsigned n, uint32_t v)
{
    if (j->rip_loc && j->rip_loc + 4 == j->p) {
        int32_t rel;

        memcpy(&rel, j->rip_loc, 4);
        rel -= n;
        memcpy(j->rip_loc, &rel, 4);
    }
    memcpy(j->p, &v, 4);
    j->p += n;
}

/* Can code here reach addr with a rip-relative displacement? */
static inline bool rip_reach(X86Jit *j, uint64_t addr)
{
    int64_t d = addr - (uintptr_t)j->p;

    return d < INT32_MAX - (1 << 20) && d > INT32_MIN + (1 << 20);
}

static inline void o64(X86Jit *j, uint64_t v)
{
    memcpy(j->p, &v, 8);
    j->p += 8;
}

/* Any instruction with a modrm byte; reg is a register or a /digit. */
void out_op(X86Jit *j, uint32_t opc, unsigned reg, Opnd rm);
void out_op_imm8(X86Jit *j, uint32_t opc, unsigned reg, Opnd rm, unsigned imm);
/* The same VEX-encoded. */
void out_vex(X86Jit *j, uint32_t opc, unsigned reg, unsigned v, Opnd rm);
/* Group 80/81/83: digit 0 add, 1 or, 2 adc, 3 sbb, 4 and, 5 sub, 6 xor, 7 cmp */
void out_alu_imm(X86Jit *j, unsigned sz, unsigned digit, Opnd rm, int32_t imm,
                 uint32_t extra);
void out_mov_rr(X86Jit *j, unsigned sz, unsigned dst, unsigned src);
/* flags: EFLAGS may be clobbered. */
void out_movi(X86Jit *j, unsigned reg, uint64_t val, bool flags);
void out_nops(X86Jit *j, unsigned n);
/* e8 / e9 / 0f 8x with a rel32; returns the field's address. */
uint8_t *out_jmp(X86Jit *j, const void *target);
uint8_t *out_call(X86Jit *j, const void *target);
uint8_t *out_jcc(X86Jit *j, unsigned cc, const void *target);
void out_bind(uint8_t *loc, const void *target);
/* Pads so that p + skip, and the n bytes from there, lie in one aligned 16. */
void out_align_field(X86Jit *j, unsigned skip, unsigned n);

/* Opcode of the byte form given (even), by operand size. */
static inline uint32_t osz(unsigned sz, uint32_t opc)
{
    return sz == MO_8 ? opc | X_BR | X_BM
         : (opc | 1) | (sz == MO_16 ? X_66 : sz == MO_64 ? X_W : 0);
}

/* Opcode without a byte form. */
static inline uint32_t wsz(unsigned sz, uint32_t opc)
{
    return opc | (sz == MO_16 ? X_66 : sz == MO_64 ? X_W : 0);
}

/* i = tcg_jc_index(t); clobbers EFLAGS. */
void out_jc_index(X86Jit *j, unsigned i, unsigned t);
/* Entry `index` of a half of the bank: off is TCG_JC_{TAG,HOST}_OFFSET. */
static inline Opnd jc_opnd(unsigned bank, unsigned index, int32_t off)
{
    return (Opnd){ .reg = -1, .base = -1, .index = index, .scale = 3,
                   .gs = true, .disp = off + bank * TCG_JC_BANK_SIZE };
}

/* ---- flags (flags.c) ----------------------------------------------------- */

/* Host flags needed at or after the op, when saved to the home. */
void fl_save(X86Jit *j, unsigned live);
/* The same, for a way out that wants only some of them. */
void fl_save_for(X86Jit *j, unsigned want, unsigned live);
/* Makes these valid in EFLAGS. */
void fl_load(X86Jit *j, unsigned mask);
/* Around the op's arithmetic; clob as in X86Op.  begin may move temporaries:
 * call it before taking operands. */
void fl_begin(X86Jit *j, const TCGOp *op, unsigned clob);
void fl_end(X86Jit *j, const TCGOp *op, unsigned clob);
/* The op being lowered left flags that `digit sz a, b` would give again. */
void fl_source(X86Jit *j, const TCGOp *op, unsigned digit, unsigned sz, Opnd a,
               const Opnd *b, int32_t imm);
/* After each op: forgets the source if a register of it was written. */
void fl_source_step(X86Jit *j, const TCGOp *op);
/* fl_save for a way out whose stubs can call fl_remake: false if saved. */
bool fl_defer(X86Jit *j, unsigned want);
/* In a stub: makes the flags again and saves them; scratch is free. */
void fl_remake(X86Jit *j, const X86FlagSrc *src, unsigned keep,
               unsigned scratch);
static inline bool fl_precious(const X86Jit *j, const TCGOp *op)
{
    return op->fl_live & j->fl_h & ~j->fl_m;
}

/* ---- operands of ops (opnd.c) ------------------------------------------- */

/* r as a register or memory operand. */
Opnd in_rm(X86Jit *j, TCGRef r);
/* r as a register, folded loads included. */
unsigned in_reg(X86Jit *j, TCGRef r, unsigned sz);
bool in_dies(X86Jit *j, TCGRef r);
bool is_imm(X86Jit *j, TCGRef r, unsigned sz, int32_t *imm);
static inline bool is_const(X86Jit *j, TCGRef r)
{
    return ra_is_const(&j->ra, r);
}
static inline uint64_t const_val(X86Jit *j, TCGRef r)
{
    return j->s->temps[r].val;
}
/* At most two temporaries, in a tight op one. */
Opnd mem_opnd(X86Jit *j, const TCGMem *m);
static inline bool is_tight(const X86Jit *j, unsigned i)
{
    return unlikely(j->tight) && j->tight[i];
}
/* Guest rsp is kept lazily: sums of pushes and pops go to one instruction. */
void sp_settle(X86Jit *j);
/* Register for d that already holds a; other inputs must have been taken. */
unsigned out_from(X86Jit *j, TCGRef d, TCGRef a, unsigned sz);
/* Register for d, contents arbitrary; never one of the taken inputs. */
unsigned out_fresh(X86Jit *j, TCGRef d);
/* As out_fresh but may be an input's: for one-instruction lowerings. */
unsigned out_any(X86Jit *j, TCGRef d, TCGRef a);
void out_done(X86Jit *j, TCGRef d, unsigned reg);
/* reg = r without touching flags; size at least sz matters. */
void load_to(X86Jit *j, unsigned reg, TCGRef r, unsigned sz);
/* Notes that the next host instruction may fault, or that this is a helper's
 * return address.  out_op() does it for guest memory operands. */
void fault_point(X86Jit *j);
X86Stub *stub_new(X86Jit *j, void (*emit)(X86Jit *, X86Stub *), uint8_t *loc);
/* Runs op by the reference. */
void lower_fallback(X86Jit *j, const TCGOp *op, const X86Op *x);
void note_ret_site(X86Jit *j);
/* Behind a call of a helper: notes its return address. */
void fault_point_call(X86Jit *j);

/* ---- thunks (thunks.c) ------------------------------------------------------ */

typedef struct X86Thunks {
    uint8_t *enter, *leave, *leave_raw, *exit_link, *exit_hot;
    uint8_t *helper, *helper_pure, *ref, *lookup, *lookup_ret, *ret_base;
    uint8_t *lookup_split[TCG_JC_BANKS], *ret_miss[TCG_JC_BANKS];
    uint8_t *poll, *ret_base_vec, *mmu;
} X86Thunks;
extern X86Thunks x86_thunks;
/* Reserves room; the code itself waits for the globals' layout. */
bool x86_thunks_reserve(uint8_t *buf, size_t size, size_t *used);
void x86_thunks_ready(TCGContext *s);
int x86_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size);
/* Where arguments of helpers are put for the thunk. */
enum { ARG_SLOT = offsetof(TCGEnv, vspill) + 10 * 32,
       REF_SLOT = offsetof(TCGEnv, vspill) + 10 * 32 };

/* Globals by pin index. */
extern const uint8_t x86_pin_gpr[12], x86_pin_vec[14];
extern int32_t x86_off_gpr[12], x86_off_vec[14];   /* env offsets, or 0 */
extern const RAHost x86_ra_host;

/* ---- lowerings ---------------------------------------------------------------- */

typedef void X86Lower(X86Jit *j, const TCGOp *op, const X86Op *x);
X86Lower lower_mov, lower_ext_u, lower_ext_s, lower_extract, lower_deposit,
    lower_lea, lower_alu, lower_andn, lower_unary, lower_cmp, lower_test,
    lower_shift, lower_shiftd, lower_mul, lower_mul2, lower_mulx, lower_adx,
    lower_div, lower_bscan, lower_count, lower_bswap, lower_bt, lower_bls, lower_bzhi,
    lower_pdep, lower_crc32, lower_setcc, lower_cmov, lower_getfl,
    lower_setfl, lower_flmod, lower_setcond, lower_movcond;
X86Lower lower_mmu;
X86Lower lower_ld, lower_st, lower_rmw, lower_xadd, lower_xchg, lower_cmpxchg,
    lower_cmpxchg2, lower_fence, lower_prefetch, lower_rep_movs, lower_rep_stos;
X86Lower lower_brcond, lower_brcc, lower_br, lower_label, lower_insn_start,
    lower_poll, lower_goto_pc, lower_goto_ind, lower_call_pc, lower_call_ind,
    lower_ret, lower_exit, lower_call;
X86Lower lower_vec, lower_ldv, lower_stv, lower_vblendv, lower_vins,
    lower_vget, lower_vfromq, lower_vzx, lower_vmovmsk, lower_vzero,
    lower_vtest, lower_fcom, lower_cvt_i2f, lower_cvt_f2i, lower_pcmpstr,
    lower_fpcr_get, lower_fpcr_set, lower_sha256rnds2, lower_vpermd,
    lower_vget128, lower_ffma, lower_ps2ph, lower_vzeroupper;
X86Lower lower_x87r, lower_x87m, lower_x87stsw, lower_mmget, lower_mmput,
    lower_emms;

/* May EFLAGS be clobbered before the op proper? */
bool flags_free(X86Jit *j, const TCGOp *op);
/* dst = src zero-extended from sz. */
void out_zext(X86Jit *j, unsigned sz, unsigned dst, Opnd src);
/* dst = bits 8..15 of src by way of rax; no flags. */
void out_high_byte(X86Jit *j, unsigned dst, unsigned src);
/* Is the op an update of an unpinned global that only memory has? */
bool in_place_mem(X86Jit *j, TCGRef d, TCGRef a);
/* Exchanges the inputs of a commutative op if that saves a move. */
void alu_swap(X86Jit *j, const TCGOp *op, TCGRef *a, TCGRef *b);
void emit_cmp(X86Jit *j, const TCGOp *op, unsigned sz, TCGRef *a, TCGRef *b,
              unsigned *cond);
/* Can in[k] of op be the load ld?  (vec.c's part) */
bool vec_can_fuse(const TCGOp *op, unsigned k, const TCGOp *ld);
void vec_refresh(X86Jit *j, const TCGOp *op);
bool vec_native(const TCGOp *op);
static inline unsigned cond_cc(unsigned cond)
{
    static const uint8_t cc[] = { CC_Z, CC_NZ, CC_L, CC_GE, CC_LE, CC_G,
                                  CC_C, CC_NC, CC_BE, CC_A };
    return cc[cond];
}

#endif
