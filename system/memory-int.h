/* SPDX-License-Identifier: MIT */
/* Private to the memory*.c files: flat views, RAM blocks. */
#ifndef SYSTEM_MEMORY_INT_H
#define SYSTEM_MEMORY_INT_H

#include "system/memory.h"

typedef struct FlatRange {
    MemoryRegion *mr;           /* referenced */
    paddr start;
    Int128 size;
    paddr offset;               /* in mr */
    unsigned log_mask;
    bool readonly;
    bool romd;
} FlatRange;

struct FlatView {
    unsigned ref;
    int n;
    int allocated;
    FlatRange *ranges;          /* sorted, disjoint */
};

struct RAMBlock {
    MemoryRegion *mr;
    uint8_t *host;
    uint64_t size;              /* whole host pages */
    bool owned;
    unsigned long *dirty[DIRTY_CLIENTS];
    RAMBlock *next;
};

extern GPtrArray *address_spaces;
extern bool memory_global_log;

FlatView *flatview_get(AddressSpace *as);       /* returns a reference */
void flatview_unref(FlatView *view);
/* Borrowed; NULL: nobody.  *GAP: how far the next range is, at least 1. */
const FlatRange *flatview_find(const FlatView *view, paddr addr, Int128 *gap);
void address_space_update(AddressSpace *as);

RAMBlock *ram_block_new(MemoryRegion *mr, uint64_t size, void *host,
                        GError **errp);
void ram_block_free(RAMBlock *block);

static inline Int128 range_end(const FlatRange *r)
{
    return (Int128)r->start + r->size;
}

/* Does an access touch host memory, and nothing else? */
static inline bool range_is_direct(const FlatRange *r, bool is_write)
{
    if (!r->mr->ram_block) {
        return false;
    }
    return is_write ? !r->readonly && !r->mr->rom_device
                    : !r->mr->rom_device || r->romd;
}

#endif
