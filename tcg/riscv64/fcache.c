/* SPDX-License-Identifier: MIT */
/*
 * F registers as a cache of the memory that stands for vector registers where
 * there is no V extension.  Every change is written through at once, so that
 * faults and C code find it; a value used again need not be loaded again.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-fp.h"

/* ft1 to ft7, fa0 to fa7, ft8 to ft11: what C code may destroy. */
#define FC_REGS 0xf003fcfeu
enum { FC_DOUBLE = 0x8000 };

static unsigned key(unsigned sz, int32_t off)
{
    return off | (sz == MO_64 ? FC_DOUBLE : 0);
}

unsigned fc_new(RVJit *j)
{
    uint32_t avail = FC_REGS & ~j->fc_lock;
    unsigned f;

    /* Round robin, empty ones first. */
    if (avail & ~j->fc_used) {
        avail &= ~j->fc_used;
    }
    if (avail >> j->fc_next) {
        avail = avail >> j->fc_next << j->fc_next;
    }
    f = __builtin_ctz(avail);
    j->fc_next = (f + 1) & 31;
    j->fc_used &= ~(1u << f);
    j->fc_lock |= 1u << f;
    return f;
}

unsigned fc_get(RVJit *j, unsigned sz, int32_t off)
{
    unsigned f, k = key(sz, off);

    for (uint32_t m = j->fc_used; m; m &= m - 1) {
        f = __builtin_ctz(m);
        if (j->fc[f] == k) {
            j->fc_lock |= 1u << f;
            return f;
        }
    }
    f = fc_new(j);
    out_rri(j, sz == MO_64 ? FLD : FLW, f, R_ENV, off - ENV_BIAS);
    j->fc[f] = k;
    j->fc_used |= 1u << f;
    return f;
}

void fc_kill(RVJit *j, int32_t off, unsigned n)
{
    for (uint32_t m = j->fc_used; m; m &= m - 1) {
        unsigned f = __builtin_ctz(m);
        int32_t at = j->fc[f] & ~FC_DOUBLE;

        if (at < off + (int32_t)n &&
            off < at + (j->fc[f] & FC_DOUBLE ? 8 : 4)) {
            j->fc_used &= ~(1u << f);
        }
    }
}

void fc_put(RVJit *j, unsigned sz, unsigned f, int32_t off)
{
    fc_kill(j, off, 1 << sz);
    out_st(j, sz == MO_64 ? FSD : FSW, f, R_ENV, off - ENV_BIAS);
    if (f != FC_SCRATCH) {
        j->fc[f] = key(sz, off);
        j->fc_used |= 1u << f;
    }
}

void fc_unlock(RVJit *j)
{
    j->fc_lock = 0;
}
