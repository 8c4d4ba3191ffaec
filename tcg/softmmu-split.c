/* SPDX-License-Identifier: MIT */
/*
 * Groups of accesses (softmmu-pass.c) that go over the end of a page, as stack
 * frames at an unlucky depth do: their first instruction runs alone, out of
 * line.  Where that happens again and again the group is given up: the code is
 * translated anew, with a look-up for each access from there on.
 */
#include "util/osdep.h"

#include "tcg/softmmu.h"
#include "tcg/tb-int.h"

/* So often, each within so many ticks of the other. */
enum { SPLIT_TIMES = 32, SPLIT_TICKS = 100000 };

/* By a hash of the code's host address; to share one only costs time. */
enum { COUNT_BITS = 10, GIVEN_UP_BITS = 16 };
static struct { uint64_t last; unsigned times; } counts[1 << COUNT_BITS];
static uint64_t given_up[(1 << GIVEN_UP_BITS) / 64];

static unsigned place_hash(uint64_t place, unsigned bits)
{
    return place * 0x9e3779b97f4a7c15ull >> (64 - bits);
}

bool softmmu_group_given_up(uint64_t place)
{
    unsigned bit = place_hash(place, GIVEN_UP_BITS);

    return __atomic_load_n(&given_up[bit / 64], __ATOMIC_RELAXED) >>
           bit % 64 & 1;
}

void softmmu_group_split(TCGEnv *env)
{
    const TCGTB *tb = env->helper_ra ? tcg_tb_from_host(env->helper_ra) : NULL;
    uint64_t place, now = host_ticks(), last;
    unsigned i, bit;

    if (!tb) {
        return;
    }
    place = container_of(tb, CoreTB, tb)->host | (tcg_helper_pc(env) & 4095);
    i = place_hash(place, COUNT_BITS);
    last = __atomic_exchange_n(&counts[i].last, now, __ATOMIC_RELAXED);
    if (now - last > SPLIT_TICKS) {
        __atomic_store_n(&counts[i].times, 0, __ATOMIC_RELAXED);
    } else if (__atomic_add_fetch(&counts[i].times, 1, __ATOMIC_RELAXED) >=
               SPLIT_TIMES) {
        __atomic_store_n(&counts[i].times, 0, __ATOMIC_RELAXED);
        bit = place_hash(place, GIVEN_UP_BITS);
        __atomic_fetch_or(&given_up[bit / 64], 1ull << bit % 64,
                          __ATOMIC_RELAXED);
        tb_translate_anew(place);
    }
}
