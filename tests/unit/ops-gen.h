/* SPDX-License-Identifier: MIT */
/*
 * Random IR: instances of every row of tcg/ops.def and programs made of them,
 * their meaning by the reference functions, and a front end whose only
 * instruction is "the current program".  A new op is drawn from the day its
 * row appears; ops-info.c says which sizes and immediates make sense for it.
 */
#ifndef TESTS_OPS_GEN_H
#define TESTS_OPS_GEN_H

#include "util/osdep.h"
#include "tcg/backend.h"

enum { NQ = 16, NV = 16, OPS_MEM = 4096, OPS_MAX = 64 };

typedef struct OpsState {
    TCGEnv h;
    uint64_t q[NQ];
    QEMU_ALIGNED(64) uint8_t v[NV][64];
} OpsState;

/* An operand: a global, a temp, a constant or nothing. */
typedef enum OpsKind { OPS_NONE, OPS_GLOBAL, OPS_TEMP, OPS_CONST } OpsKind;
typedef struct OpsArg {
    uint8_t kind;
    uint8_t index;
    bool vec;
    uint64_t val;
} OpsArg;

typedef struct OpsInsn {
    TCGRefOp op;
    OpsArg out[3], in[5];
    OpsArg base, index;     /* P_MEM: base is a constant */
    uint8_t scale;
    int32_t disp;
    uint8_t skip;           /* branches: instructions jumped over */
} OpsInsn;

typedef struct OpsProg {
    unsigned n;
    OpsInsn insn[OPS_MAX];
} OpsProg;

/* The value side: what a program starts from and what it leaves. */
typedef struct OpsValues {
    uint64_t q[NQ];
    uint8_t v[NV][32];
    uint32_t flags, fpcr;
    uint8_t mem[OPS_MEM];
} OpsValues;

/* ---- ops-info.c ---------------------------------------------------------- */

typedef struct OpsInfo {
    uint8_t sizes;          /* bit mask of sz; 0: nothing is known */
    uint8_t vts;            /* 1 V128, 2 V256 */
    uint8_t flags;          /* flags it may define */
    uint8_t imm;            /* OPS_IMM_* */
    uint16_t attr;          /* attributes drawn at random */
    uint16_t must;          /* attributes always there */
} OpsInfo;
enum {
    OPS_IMM_BYTE, OPS_IMM_EXT, OPS_IMM_FIELD, OPS_IMM_3, OPS_IMM_ELEM,
    OPS_IMM_INT, OPS_IMM_SHIFT, OPS_IMM_LOAD, OPS_IMM_RMW, OPS_IMM_STR,
    OPS_IMM_FMA, OPS_IMM_CMP,
};
OpsInfo ops_info(unsigned opc);

/* ---- ops-gen.c ----------------------------------------------------------- */

void ops_seed(uint64_t seed);
uint64_t ops_random(void);
/* One instruction of opc with random size, operands and immediate.  temps:
 * masks of the integer and vector temps that hold a value; NULL: none. */
void ops_random_insn(OpsInsn *i, unsigned opc, uint32_t temps[2]);
/* Whether the generator makes this op at all. */
bool ops_known(unsigned opc);
void ops_random_prog(OpsProg *p, unsigned n);
/* opc among operands that no register is pinned to, while temps and flags that
 * are used behind it want registers, too. */
void ops_scarce_prog(OpsProg *p, unsigned opc);
/* Whether every temp has a value where it is read. */
bool ops_valid(const OpsProg *p);
void ops_random_values(OpsValues *v, const OpsProg *p);
void ops_print(FILE *f, const OpsProg *p);

/* ---- ops-run.c ----------------------------------------------------------- */

/* Runs p by the reference functions.  False: it would leave by a fault. */
bool ops_oracle(const OpsProg *p, OpsValues *v);
bool ops_start(const char *backend);
TCGEnv *ops_env(void);
/* Memory behind a TLB (softmmu): programs have no branches and no temps then,
 * and each of their operations is an instruction. */
typedef struct OpsMem {
    uint64_t addr;          /* the guest's, of the middle */
    uint8_t *half[2];       /* where each half is */
} OpsMem;
void ops_use_memory(const OpsMem *mem);     /* NULL: plain memory */
enum { OPS_SOFT_MODE = 1 };                 /* of the env */
/* Exit reasons: the end, and what hooks may leave with. */
enum { OPS_DONE = 77, OPS_FAULT, OPS_SLOW };
void ops_translate(const OpsProg *p);       /* the one to run from now on */
/* How many operations were done: all but those from the one that faulted. */
unsigned ops_run(OpsValues *v);
/* Says what differs; true if nothing does. */
bool ops_compare(FILE *f, const OpsValues *want, const OpsValues *got);

#endif
