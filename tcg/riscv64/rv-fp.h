/* SPDX-License-Identifier: MIT */
/* What the floating-point lowerings share: words, and the way to the reference. */
#ifndef TCG_RISCV64_FP_H
#define TCG_RISCV64_FP_H

#include "tcg/riscv64/rv-int.h"

enum {
    F_DYN = 7 << 12, F_RTZ = 1 << 12,
    F_ADD = 0x00000053 | F_DYN, F_SUB = 0x08000053 | F_DYN,
    F_MUL = 0x10000053 | F_DYN, F_DIV = 0x18000053 | F_DYN,
    F_SQRT = 0x58000053 | F_DYN, F_SGNJ = 0x20000053,
    F_EQ = (int)0xa0002053, F_LT = (int)0xa0001053, F_LE = (int)0xa0000053,
    F_CVT_I_F = (int)0xc0000053, F_CVT_F_I = (int)0xd0000053,
    F_CVT_S_D = 0x40000053 | F_DYN,     /* rs2 = 1 */
    F_CVT_D_S = 0x42000053,
    F_MV_W_X = (int)0xf0000053, F_MV_D_X = (int)0xf2000053,
    F_MV_X_D = (int)0xe2000053, F_MV_X_W = (int)0xe0000053,
};

/* The format field of an element size. */
static inline uint32_t fmt(unsigned sz)
{
    return sz == MO_64 ? 1u << 25 : 0;
}

/* Stubs that all come back to one place. */
typedef struct RVSlow {
    RVStub *st[6];
    unsigned n;
} RVSlow;

/* At branch loc: the reference does op on a and b into d, whole registers. */
void fp_slow_if(RVJit *j, RVSlow *s, const TCGOp *op, uint32_t *loc,
                unsigned a, unsigned b, unsigned d);
void fp_slow_join(RVJit *j, RVSlow *s);
/* Lowest element, with the V extension: f = v's, v's = f. */
void fp_from_vec(RVJit *j, unsigned sz, unsigned f, unsigned v);
void fp_to_vec(RVJit *j, unsigned sz, unsigned v, unsigned f);

#endif
