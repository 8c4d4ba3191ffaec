/* SPDX-License-Identifier: MIT */
/*
 * The intermediate representation: ops, values, labels, and how a front end
 * emits them.  Flow: front end -> (this) -> passes -> back end.
 */
#ifndef TCG_IR_H
#define TCG_IR_H

#include "util/osdep.h"
#include "tcg/env.h"

typedef enum TCGType { TCG_I64, TCG_V128, TCG_V256, TCG_NTYPES } TCGType;

/* log2 of an operand's bytes */
enum { MO_8, MO_16, MO_32, MO_64, MO_128, MO_256 };

/* x86 condition codes, encoded as the hardware's low opcode nibble. */
typedef enum TCGCc {
    CC_O, CC_NO, CC_C, CC_NC, CC_Z, CC_NZ, CC_BE, CC_A,
    CC_S, CC_NS, CC_P, CC_NP, CC_L, CC_GE, CC_LE, CC_G,
} TCGCc;

typedef enum TCGCond {
    TCG_COND_EQ, TCG_COND_NE, TCG_COND_LT, TCG_COND_GE, TCG_COND_LE,
    TCG_COND_GT, TCG_COND_LTU, TCG_COND_GEU, TCG_COND_LEU, TCG_COND_GTU,
} TCGCond;

typedef enum TCGRmw {
    TCG_RMW_ADD, TCG_RMW_OR, TCG_RMW_ADC, TCG_RMW_SBB, TCG_RMW_AND,
    TCG_RMW_SUB, TCG_RMW_XOR, TCG_RMW_INC, TCG_RMW_DEC, TCG_RMW_NEG,
    TCG_RMW_NOT, TCG_RMW_BTS, TCG_RMW_BTR, TCG_RMW_BTC,
} TCGRmw;

typedef enum TCGOpProp {
    P_FLD   = 1 << 0,   /* may define flags (op->fl_def) */
    P_FLU   = 1 << 1,   /* may read flags (op->fl_use) */
    P_MERGE = 1 << 2,   /* sz 0/1: upper bits of the result from in[0] */
    P_COMM  = 1 << 3,   /* in[0], in[1] commute (sz >= 2 or in-place) */
    P_MEM   = 1 << 4,   /* has an address operand */
    P_LD    = 1 << 5,
    P_ST    = 1 << 6,
    P_FAULT = 1 << 7,   /* may raise a guest fault: state must be exact */
    P_END   = 1 << 8,   /* ends a basic block */
    P_SIDE  = 1 << 9,   /* never removed */
    P_IMM   = 1 << 10,  /* uses op->imm (and imm2) */
    P_CC    = 1 << 11,  /* uses op->cond as TCGCc */
    P_COND  = 1 << 12,  /* uses op->cond as TCGCond */
    P_LABEL = 1 << 13,  /* uses op->label */
    P_CALL  = 1 << 14,  /* leaves and comes back: no temp survives in regs */
    P_VEC   = 1 << 15,
    P_FP    = 1 << 16,  /* reads and updates TCGEnv.fpcr */
} TCGOpProp;

/* op->attr */
enum {
    OPA_ZU = 1,         /* zero the destination above 128 bits */
    OPA_ALIGN = 2,      /* fault if the address is not aligned to the size */
    OPA_LOCK = 4,       /* atomic */
    OPA_SCALAR = 8,
    OPA_NT = 16,        /* non-temporal hint */
    OPA_SIG = 32,       /* fcom: signal on quiet NaNs too */
    OPA_TRUNC = 64,     /* round toward zero */
    OPA_EXPL = 128,     /* vpcmpstr: explicit lengths; REX.W in OPA_W */
    OPA_W = 256,
    OPA_HOST = 1024,    /* softmmu: the address is a host address */
    OPA_FUSED = 512,    /* back end: emitted as an operand of the next op */
};

typedef enum TCGOpcode {
#define DEF(name, outs, ins, props) TCG_##name,
#include "tcg/ops.def"
#undef DEF
    TCG_NB_OPS
} TCGOpcode;

typedef struct TCGOpDef {
    const char *name;
    const char *outs, *ins;     /* letters, see ops.def */
    uint8_t nb_out, nb_in;
    uint32_t props;
} TCGOpDef;
extern const TCGOpDef tcg_op_defs[TCG_NB_OPS];

/* A value: index into TCGContext.temps. */
typedef uint16_t TCGRef;
#define TCG_NONE ((TCGRef)0xffff)

typedef enum TCGTempKind {
    TEMP_GLOBAL,    /* guest state at a fixed env offset; the back end may pin it */
    TEMP_CONST,     /* 64-bit constant, interned per region */
    TEMP_EBB,       /* dies at the next label or P_END op */
    TEMP_LOCAL,     /* survives labels and branches (kept in memory there) */
} TCGTempKind;

typedef struct TCGTemp {
    TCGTempKind kind:8;
    TCGType type:8;
    uint16_t pin;       /* globals: ordinal among those of its class (integer
                           or vector), in order of creation */
    int32_t offset;     /* globals: byte offset in the env */
    uint64_t val;       /* constants */
    const char *name;   /* globals */
    uint64_t priv[2];   /* for passes and back ends; reset by each */
} TCGTemp;

typedef struct TCGMem {
    TCGRef base, index; /* TCG_NONE if absent */
    uint8_t scale;      /* log2, 0..3 */
    int32_t disp;
} TCGMem;

typedef struct TCGLabel TCGLabel;
struct TCGLabel {
    uint32_t id;
    bool placed;
    uint16_t refs;
    uint64_t priv;      /* back end: code offset */
};

/* Effects of a C helper on the guest state. */
enum {
    HE_NOGLOBALS = 1,   /* touches no global at all (pure on its arguments) */
    HE_RDONLY    = 2,   /* reads globals (they are stored first), writes none */
    HE_NOFAULT   = 4,   /* never raises a guest fault nor exits */
    HE_NORETURN  = 8,
    HE_FLREAD    = 16,  /* reads TCGEnv.flags */
    HE_FLWRITE   = 32,  /* replaces all of TCGEnv.flags */
    HE_VREGS     = 64,  /* reads or writes vector globals (else only integer ones) */
};
typedef struct TCGHelper {
    const void *func;   /* uint64_t or void f(TCGEnv *env, uint64_t...) */
    const char *name;
    uint8_t nb_args;    /* integer arguments behind env, at most 5 */
    bool has_ret;       /* returns uint64_t */
    uint8_t effects;
} TCGHelper;

typedef struct TCGOp {
    uint16_t opc;
    uint8_t sz;
    uint8_t vt;         /* TCGType, for P_VEC */
    uint8_t cond;
    uint8_t fl_def, fl_use;
    uint8_t fl_live;    /* set by the dead-flag pass: live after this op */
    uint16_t attr;
    /* Set by liveness.  Bit i: in[i] dies here (a value named twice has both
     * bits); bit 6/7: mem.base/index; bit 8 + i: out[i] is never read. */
    uint16_t dead;
    TCGRef out[3];
    TCGRef in[5];
    TCGMem mem;
    union {
        uint64_t imm;
        const TCGHelper *helper;
    };
    union {
        uint64_t imm2;
        TCGLabel *label;
    };
} TCGOp;

typedef struct TCGContext TCGContext;

/* Values.  Globals must be created in init, in order of worth: the back end
 * pins as many of each class as it has registers for. */
TCGRef tcg_global_new(TCGContext *s, TCGType type, size_t env_offset,
                      const char *name);
TCGRef tcg_temp_new(TCGContext *s, TCGType type);
TCGRef tcg_local_new(TCGContext *s, TCGType type);
TCGRef tcg_const(TCGContext *s, uint64_t val);

/* Appends an op with the given opcode and size; every other field is zero and
 * each value TCG_NONE.  The pointer stays valid only until the next emission. */
TCGOp *tcg_emit(TCGContext *s, TCGOpcode opc, unsigned sz);

static inline TCGOp *tcg_op1(TCGContext *s, TCGOpcode opc, unsigned sz,
                             TCGRef d, TCGRef a)
{
    TCGOp *op = tcg_emit(s, opc, sz);
    op->out[0] = d;
    op->in[0] = a;
    return op;
}

static inline TCGOp *tcg_op2(TCGContext *s, TCGOpcode opc, unsigned sz,
                             TCGRef d, TCGRef a, TCGRef b)
{
    TCGOp *op = tcg_op1(s, opc, sz, d, a);
    op->in[1] = b;
    return op;
}

static inline TCGOp *tcg_op3(TCGContext *s, TCGOpcode opc, unsigned sz,
                             TCGRef d, TCGRef a, TCGRef b, TCGRef c)
{
    TCGOp *op = tcg_op2(s, opc, sz, d, a, b);
    op->in[2] = c;
    return op;
}

/* Vector forms: same with vt = TCG_V128. */
static inline TCGOp *tcg_vop(TCGContext *s, TCGOpcode opc, unsigned esz,
                             TCGRef d, TCGRef a, TCGRef b)
{
    TCGOp *op = tcg_op2(s, opc, esz, d, a, b);
    op->vt = TCG_V128;
    return op;
}

static inline TCGOp *tcg_ld(TCGContext *s, unsigned sz, unsigned ext,
                            TCGRef d, TCGMem m)
{
    TCGOp *op = tcg_emit(s, TCG_ld, sz);
    op->out[0] = d;
    op->imm = ext;
    op->mem = m;
    return op;
}

static inline TCGOp *tcg_st(TCGContext *s, unsigned sz, TCGRef v, TCGMem m)
{
    TCGOp *op = tcg_emit(s, TCG_st, sz);
    op->in[0] = v;
    op->mem = m;
    return op;
}

TCGLabel *tcg_label_new(TCGContext *s);
void tcg_label_place(TCGContext *s, TCGLabel *l);
void tcg_br(TCGContext *s, TCGLabel *l);
void tcg_brcond(TCGContext *s, TCGCond c, unsigned sz, TCGRef a, TCGRef b,
                TCGLabel *l);
void tcg_brcc(TCGContext *s, TCGCc cc, TCGLabel *l);   /* fl_use from cc */
/* ret may be TCG_NONE; nargs values follow as TCGRef (int). */
void tcg_call(TCGContext *s, const TCGHelper *h, unsigned ret, ...);
unsigned tcg_cc_flags(TCGCc cc);    /* the FL_* a condition reads */

/*
 * Control flow by guest pc: the region builder turns these into branches to
 * blocks of the same region, with a poll on backward ones, or into exits.
 */
void tcg_goto_pc(TCGContext *s, uint64_t pc);
void tcg_brcc_pc(TCGContext *s, TCGCc cc, uint64_t taken, uint64_t next);
void tcg_brcond_pc(TCGContext *s, TCGCond c, unsigned sz, TCGRef a, TCGRef b,
                   uint64_t taken, uint64_t next);
void tcg_exit(TCGContext *s, unsigned reason, uint64_t arg, uint64_t pc);
void tcg_call_pc(TCGContext *s, uint64_t target, uint64_t retpc);
void tcg_call_ind(TCGContext *s, TCGRef target, uint64_t retpc);
void tcg_goto_ind(TCGContext *s, TCGRef target);
void tcg_ret(TCGContext *s, TCGRef target);

/* Prints ops; used by -d op and op_opt. */
void tcg_dump_ops(TCGContext *s, FILE *f);

#endif
