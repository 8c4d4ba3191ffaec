/* SPDX-License-Identifier: MIT */
/* C helpers of vector instructions; vec_helper.c. */
#ifndef TARGET_I386_VEC_HELPER_H
#define TARGET_I386_VEC_HELPER_H

#include "target-i386/cpu.h"

/* Registers and shape packed into one argument: dst, mask, index, log2 of the
 * element bytes, VEX.L. */
#define VEC_DESC(d, m, x, sz, l) \
    ((uint64_t)((d) | (m) << 4 | (x) << 8 | (sz) << 12 | (l) << 15))

extern const TCGHelper helper_vmaskload_info;   /* address, desc */
extern const TCGHelper helper_vmaskstore_info;  /* address, desc */
/* base, segment base, desc | index size << 16 | scale << 20 | a32 << 24 */
extern const TCGHelper helper_vgather_info;

#endif
