/* SPDX-License-Identifier: MIT */
/* RAM blocks: host memory behind RAM regions, and its dirty bitmaps. */
#include "util/osdep.h"
#include "system/memory.h"
#include "system/memory-int.h"

#include <sys/mman.h>

#define LONG_BITS (8 * sizeof(unsigned long))

struct DirtySnapshot {
    uint64_t first;             /* page */
    uint64_t end;
    unsigned long bits[];
};

static RAMBlock *blocks;
static GMutex blocks_lock;      /* blocks */

static uint64_t bitmap_longs(uint64_t size)
{
    return DIV_ROUND_UP(DIV_ROUND_UP(size, GUEST_PAGE_SIZE), LONG_BITS);
}

RAMBlock *ram_block_new(MemoryRegion *mr, uint64_t size, void *host,
                        GError **errp)
{
    RAMBlock *block;
    uint64_t whole = ROUND_UP(size, GUEST_PAGE_SIZE);
    bool owned = !host;

    if (whole < size || whole > INT64_MAX) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "%" PRIu64 " bytes are too much memory for '%s'", size,
                    mr->name);
        return NULL;
    }
    if (owned) {
        host = mmap(NULL, whole ?: GUEST_PAGE_SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (host == MAP_FAILED) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_GENERIC,
                        "cannot allocate %" PRIu64 " bytes for '%s': %s",
                        size, mr->name, g_strerror(errno));
            return NULL;
        }
    }
    block = g_new0(RAMBlock, 1);
    block->mr = mr;
    block->host = host;
    block->size = owned ? whole : size;
    block->owned = owned;
    for (int c = 0; c < DIRTY_CLIENTS; c++) {
        /* Nobody has seen anything yet: all is dirty. */
        block->dirty[c] = g_malloc(bitmap_longs(whole) * sizeof(long));
        memset(block->dirty[c], 0xff, bitmap_longs(whole) * sizeof(long));
    }
    g_mutex_lock(&blocks_lock);
    block->next = blocks;
    blocks = block;
    g_mutex_unlock(&blocks_lock);
    return block;
}

void ram_block_free(RAMBlock *block)
{
    RAMBlock **at = &blocks;

    if (!block) {
        return;
    }
    g_mutex_lock(&blocks_lock);
    while (*at != block) {
        at = &(*at)->next;
    }
    *at = block->next;
    g_mutex_unlock(&blocks_lock);
    if (block->owned) {
        munmap(block->host, block->size ?: GUEST_PAGE_SIZE);
    }
    for (int c = 0; c < DIRTY_CLIENTS; c++) {
        g_free(block->dirty[c]);
    }
    g_free(block);
}

MemoryRegion *memory_region_from_host(const void *host, paddr *offset)
{
    MemoryRegion *mr = NULL;
    const uint8_t *p = host;

    g_mutex_lock(&blocks_lock);
    for (RAMBlock *b = blocks; b && !mr; b = b->next) {
        if (p >= b->host && (uint64_t)(p - b->host) < b->size) {
            mr = b->mr;
            *offset = p - b->host;
        }
    }
    g_mutex_unlock(&blocks_lock);
    return mr;
}

unsigned memory_region_get_log_mask(const MemoryRegion *mr)
{
    unsigned mask = mr->dirty_log_mask;

    if (mr->ram_block && memory_global_log) {
        mask |= 1u << DIRTY_MIGRATION;
    }
    return mask;
}

typedef struct Pages {
    uint64_t first;
    uint64_t end;               /* none when not above first */
} Pages;

static Pages pages_of(const MemoryRegion *mr, paddr addr, uint64_t size)
{
    uint64_t limit = mr->ram_block ? mr->ram_block->size : 0;

    if (addr >= limit || size == 0) {
        return (Pages){ 0, 0 };
    }
    size = MIN(size, limit - addr);
    return (Pages){ addr >> GUEST_PAGE_BITS,
                    ((addr + size - 1) >> GUEST_PAGE_BITS) + 1 };
}

void (*memory_ram_written)(void *host, uint64_t len);

void memory_region_set_dirty(MemoryRegion *mr, paddr addr, uint64_t size)
{
    Pages p = pages_of(mr, addr, size);

    if (memory_ram_written && p.end > p.first) {
        memory_ram_written(mr->ram_block->host + addr,
                           MIN(size, mr->ram_block->size - addr));
    }

    for (uint64_t i = p.first; i < p.end; i++) {
        unsigned long bit = 1ul << (i % LONG_BITS);

        for (int c = 0; c < DIRTY_CLIENTS; c++) {
            unsigned long *word = &mr->ram_block->dirty[c][i / LONG_BITS];

            if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit)) {
                __atomic_fetch_or(word, bit, __ATOMIC_RELEASE);
            }
        }
    }
}

bool memory_region_get_dirty(MemoryRegion *mr, paddr addr, uint64_t size,
                             DirtyClient client)
{
    Pages p = pages_of(mr, addr, size);

    for (uint64_t i = p.first; i < p.end; i++) {
        unsigned long *word = &mr->ram_block->dirty[client][i / LONG_BITS];

        if (__atomic_load_n(word, __ATOMIC_ACQUIRE) >> (i % LONG_BITS) & 1) {
            return true;
        }
    }
    return false;
}

static bool take_bit(unsigned long *map, uint64_t i)
{
    unsigned long bit = 1ul << (i % LONG_BITS);
    unsigned long *word = &map[i / LONG_BITS];

    return (__atomic_load_n(word, __ATOMIC_RELAXED) & bit) &&
           (__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit);
}

void memory_region_reset_dirty(MemoryRegion *mr, paddr addr, uint64_t size,
                               DirtyClient client)
{
    Pages p = pages_of(mr, addr, size);

    for (uint64_t i = p.first; i < p.end; i++) {
        take_bit(mr->ram_block->dirty[client], i);
    }
}

DirtySnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                      paddr addr,
                                                      uint64_t size,
                                                      DirtyClient client)
{
    Pages p = pages_of(mr, addr, size);
    uint64_t longs = DIV_ROUND_UP(p.end - p.first, LONG_BITS);
    DirtySnapshot *snap = g_malloc0(sizeof(*snap) + longs * sizeof(long));

    snap->first = p.first;
    snap->end = p.end;
    for (uint64_t i = p.first; i < p.end; i++) {
        if (take_bit(mr->ram_block->dirty[client], i)) {
            uint64_t n = i - p.first;

            snap->bits[n / LONG_BITS] |= 1ul << (n % LONG_BITS);
        }
    }
    return snap;
}

bool dirty_snapshot_get(const DirtySnapshot *snap, paddr addr, uint64_t size)
{
    uint64_t last = (addr + size - 1) >> GUEST_PAGE_BITS;

    for (uint64_t i = addr >> GUEST_PAGE_BITS; size && i <= last; i++) {
        uint64_t n = i - snap->first;

        if (i >= snap->end) {
            break;
        }
        if (i >= snap->first &&
            snap->bits[n / LONG_BITS] >> (n % LONG_BITS) & 1) {
            return true;
        }
    }
    return false;
}
