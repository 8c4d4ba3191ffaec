/* SPDX-License-Identifier: MIT */
/* Vector operands where there is no V extension: places in the env. */
#ifndef TCG_RISCV64_NVEC_H
#define TCG_RISCV64_NVEC_H

#include "tcg/riscv64/rv-int.h"

typedef struct RVNVec {
    int32_t a, b, d;        /* in0, in1, out0, if they are vectors */
    unsigned reg;           /* out0's "register" */
} RVNVec;

/* False: what one instruction does not reach, or 256 bits. */
bool nv_begin(RVJit *j, const TCGOp *op, RVNVec *v);
void nv_end(RVJit *j, const TCGOp *op, const RVNVec *v);

#endif
