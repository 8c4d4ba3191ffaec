/* SPDX-License-Identifier: MIT */
/*
 * A region: the guest blocks one TB is made of.  See tcg/region.c.
 */
#ifndef TCG_REGION_H
#define TCG_REGION_H

#include "tcg/tcg-int.h"

enum {
    REGION_MAX_INSNS = 512,
    REGION_HASH = 2048,     /* power of two, well above REGION_MAX_INSNS */
    REGION_MAX_STUBS = 2 * REGION_MAX_INSNS,
    REGION_CHECK_INSNS = 16,
    REGION_CHECK_BYTES = REGION_CHECK_INSNS * 16,
};

typedef struct RegionRange {
    uint64_t start, last;
} RegionRange;

typedef struct RegionBlock {
    uint64_t pc;
    uint16_t first, nb;     /* instructions */
    uint16_t pos;           /* place in the order of emission */
    bool wants_label;       /* something branches to it */
    bool loop_head;         /* closes a cycle: polls */
    bool emitted;
    uint8_t visit;          /* search for cycles: 0, 1 open, 2 done */
    uint8_t next_edge;
    TCGLabel *label;
} RegionBlock;

typedef struct RegionStub {
    uint64_t pc;
    TCGLabel *label;
} RegionStub;

typedef struct TCGRegion {
    uint64_t pc;
    bool step;              /* one instruction, then TCG_EXIT_STEP */
    bool check;             /* one block that compares its source on entry */
    bool linear;            /* a single block, by the short cut */
    bool cut;               /* the budget ended before the code did */
    unsigned max_insns, max_blocks;
    bool soft;              /* softmmu: only pcs within 4096 of page */
    uint64_t page;          /* pc of the page's first byte */
    uint64_t host, host2;   /* where pc's page is, and the next if pc is near */

    unsigned nb_insns, nb_blocks, nb_stubs, nb_ranges;
    unsigned cur;           /* position being emitted */
    uint32_t stamp;
    TCGInsn insns[REGION_MAX_INSNS];
    bool leader[REGION_MAX_INSNS];
    bool run_start[REGION_MAX_INSNS];
    uint16_t block_of[REGION_MAX_INSNS];    /* of a leader */
    struct { uint32_t stamp; uint16_t insn; } hash[REGION_HASH];
    unsigned q_head, q_tail;
    uint64_t queue[2 * REGION_MAX_INSNS + 2];
    RegionBlock blocks[REGION_MAX_INSNS];
    uint16_t order[REGION_MAX_INSNS];
    uint16_t work[REGION_MAX_INSNS];
    RegionStub stubs[REGION_MAX_STUBS];
    RegionRange ranges[REGION_MAX_INSNS];
    size_t nb_bytes;        /* check: what stood at pc before decoding */
    uint8_t bytes[REGION_CHECK_BYTES];
} TCGRegion;

/* Pcs above this in a page have TBs that depend on the next page, too. */
enum { REGION_NEAR_END = 4096 - 15 };

/*
 * Decodes the region at pc and emits its IR into s, which is reset first.
 * Sets s->region's ranges: sorted, disjoint, at least one.
 */
void tcg_region_build(TCGContext *s, uint64_t pc, uint64_t mode,
                      unsigned max_insns, unsigned max_blocks);

#endif
