/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of SSE floating point with the V extension; what fp.c says of
 * NaNs, MXCSR and the reference holds here too.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-fp.h"

void fp_from_vec(RVJit *j, unsigned sz, unsigned f, unsigned v)
{
    unsigned e = sz == MO_64 ? VT_E64 : VT_E32;

    if (j->vtype == VT_NONE || (j->vtype & 3) != e) {
        vtype_set(j, e | VT_ONE);
    }
    o32(j, 0x42001057 | v << 20 | f << 7);              /* vfmv.f.s */
}

void fp_to_vec(RVJit *j, unsigned sz, unsigned v, unsigned f)
{
    unsigned e = sz == MO_64 ? VT_E64 : VT_E32;

    if (j->vtype == VT_NONE || (j->vtype & 3) != e) {
        vtype_set(j, e | VT_ONE);
    }
    o32(j, 0x42005057 | f << 15 | v << 7);              /* vfmv.s.f */
}
