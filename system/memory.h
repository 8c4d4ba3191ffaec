/* SPDX-License-Identifier: MIT */
/*
 * Memory regions: what a guest sees at its physical addresses and ports.
 *
 * Regions form a tree: containers hold subregions at offsets, with priorities
 * where they overlap; leaves are RAM, ROM, ROM devices or MMIO; an alias shows
 * a window of another region.  An address space is the view of a root region.
 * It keeps a flat view (sorted ranges without overlap), made again when a
 * transaction that changed the tree ends; listeners are told the difference.
 *
 * The tree changes under the big lock.  Accesses take a reference to the flat
 * view, so they may come from any thread.
 *
 * This file and timer.h are what devices stand on: they include qom/ and util/
 * alone, and hw/ may include them.
 */
#ifndef SYSTEM_MEMORY_H
#define SYSTEM_MEMORY_H

#include "qom/object.h"

#define TYPE_MEMORY_REGION "memory-region"
OBJECT_DECLARE_SIMPLE_TYPE(MemoryRegion, MEMORY_REGION)

#define GUEST_PAGE_BITS 12
#define GUEST_PAGE_SIZE (1ull << GUEST_PAGE_BITS)
/* As a region's size: all of the 64-bit space, 2^64 bytes. */
#define MEMORY_SIZE_ALL UINT64_MAX

/* Sizes up to 2^64, and offsets below 0 on the way through aliases. */
typedef __int128 Int128;

typedef struct AddressSpace AddressSpace;
typedef struct FlatView FlatView;
typedef struct RAMBlock RAMBlock;
typedef struct MemoryListener MemoryListener;

/* Results are or-ed when an access has several parts. */
typedef unsigned MemTxResult;
#define MEMTX_OK           0u
#define MEMTX_ERROR        1u   /* the device says no */
#define MEMTX_DECODE_ERROR 2u   /* nobody there, or not with this size */

typedef struct MemTxAttrs {
    unsigned unspecified : 1;
    unsigned secure : 1;
    unsigned user : 1;
    unsigned requester_id : 16; /* PCI bus, device, function */
} MemTxAttrs;
#define MEMTXATTRS_UNSPECIFIED ((MemTxAttrs){ .unspecified = 1 })

/* The guest is little-endian. */
typedef enum DeviceEndian {
    DEVICE_NATIVE_ENDIAN,
    DEVICE_LITTLE_ENDIAN,
    DEVICE_BIG_ENDIAN,
} DeviceEndian;

/*
 * A device's accessors: either kind for each direction.  Offsets are from the
 * start of the region, sizes 1, 2, 4 or 8 bytes.
 */
typedef struct MemoryRegionOps {
    uint64_t (*read)(void *opaque, paddr offset, unsigned size);
    void (*write)(void *opaque, paddr offset, uint64_t value, unsigned size);
    MemTxResult (*read_with_attrs)(void *opaque, paddr offset, uint64_t *value,
                                   unsigned size, MemTxAttrs attrs);
    MemTxResult (*write_with_attrs)(void *opaque, paddr offset, uint64_t value,
                                    unsigned size, MemTxAttrs attrs);
    DeviceEndian endianness;
    /* What the guest may do; others get MEMTX_DECODE_ERROR. */
    struct {
        uint8_t min_access_size;        /* 0: 1 */
        uint8_t max_access_size;        /* 0: 4 */
        bool unaligned;
        bool (*accepts)(void *opaque, paddr offset, unsigned size,
                        bool is_write, MemTxAttrs attrs);
    } valid;
    /*
     * What the functions handle: a wider access is split; of a narrower read
     * the bytes asked for are taken; of a narrower write the other bytes are 0.
     */
    struct {
        uint8_t min_access_size;        /* 0: 1 */
        uint8_t max_access_size;        /* 0: 4 */
        bool unaligned;
    } impl;
} MemoryRegionOps;

struct MemoryRegion {
    Object parent;
    char *name;
    Object *owner;              /* borrowed; references go to it */
    MemoryRegion *container;
    MemoryRegion *subregions;   /* highest priority first */
    MemoryRegion *next;
    Int128 size;
    paddr addr;                 /* in the container */
    int priority;
    bool enabled;
    bool terminates;            /* a leaf: what it covers is decoded */
    bool readonly;
    bool rom_device;
    bool romd_mode;             /* a ROM device that reads as memory now */
    uint8_t dirty_log_mask;     /* clients that asked for a log */
    MemoryRegion *alias;
    bool holds_alias;           /* the alias has another owner */
    paddr alias_offset;
    const MemoryRegionOps *ops;
    void *opaque;
    RAMBlock *ram_block;
};

/*
 * Making regions.  OWNER's child they become (named NAME, "[*]" added);
 * without an owner the caller unrefs them.  MR is not zeroed by the caller.
 */
void memory_region_init(MemoryRegion *mr, Object *owner, const char *name,
                        uint64_t size);
void memory_region_init_io(MemoryRegion *mr, Object *owner,
                           const MemoryRegionOps *ops, void *opaque,
                           const char *name, uint64_t size);
bool memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, GError **errp);
bool memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name,
                            uint64_t size, GError **errp);
/* Reads as memory (while romd), writes go to OPS. */
bool memory_region_init_rom_device(MemoryRegion *mr, Object *owner,
                                   const MemoryRegionOps *ops, void *opaque,
                                   const char *name, uint64_t size,
                                   GError **errp);
void memory_region_init_alias(MemoryRegion *mr, Object *owner,
                              const char *name, MemoryRegion *target,
                              paddr offset, uint64_t size);
void memory_region_ref(MemoryRegion *mr);
void memory_region_unref(MemoryRegion *mr);

/* The tree.  Each change is a transaction of its own unless one is open. */
void memory_region_add_subregion(MemoryRegion *mr, paddr offset,
                                 MemoryRegion *sub);
void memory_region_add_subregion_overlap(MemoryRegion *mr, paddr offset,
                                         MemoryRegion *sub, int priority);
void memory_region_del_subregion(MemoryRegion *mr, MemoryRegion *sub);
void memory_region_set_enabled(MemoryRegion *mr, bool enabled);
void memory_region_set_address(MemoryRegion *mr, paddr addr);
void memory_region_set_readonly(MemoryRegion *mr, bool readonly);
void memory_region_set_alias_offset(MemoryRegion *mr, paddr offset);
void memory_region_rom_device_set_romd(MemoryRegion *mr, bool romd);
void memory_region_transaction_begin(void);
void memory_region_transaction_commit(void);

static inline bool memory_region_is_ram(const MemoryRegion *mr)
{
    return mr->ram_block != NULL;
}
/* Saturates at MEMORY_SIZE_ALL. */
uint64_t memory_region_size(const MemoryRegion *mr);
/* Host address of the first byte; NULL when it is no RAM. */
void *memory_region_get_ram_ptr(const MemoryRegion *mr);
/* The RAM region HOST points into, borrowed; NULL: none. */
MemoryRegion *memory_region_from_host(const void *host, paddr *offset);

/* Called when host memory of a region was written by other than vCPUs' plain
 * stores: code translated from it is gone.  NULL: nobody cares. */
extern void (*memory_ram_written)(void *host, uint64_t len);

/* Dirty logs: a bit a page and client. */
typedef enum DirtyClient {
    DIRTY_VGA,
    DIRTY_CODE,
    DIRTY_MIGRATION,
    DIRTY_CLIENTS
} DirtyClient;
void memory_region_set_log(MemoryRegion *mr, bool log, DirtyClient client);
unsigned memory_region_get_log_mask(const MemoryRegion *mr);
void memory_region_set_dirty(MemoryRegion *mr, paddr addr, uint64_t size);
bool memory_region_get_dirty(MemoryRegion *mr, paddr addr, uint64_t size,
                             DirtyClient client);
void memory_region_reset_dirty(MemoryRegion *mr, paddr addr, uint64_t size,
                               DirtyClient client);
typedef struct DirtySnapshot DirtySnapshot;
/* Takes the bits of whole pages and clears them; g_free it. */
DirtySnapshot *memory_region_snapshot_and_clear_dirty(MemoryRegion *mr,
                                                      paddr addr,
                                                      uint64_t size,
                                                      DirtyClient client);
bool dirty_snapshot_get(const DirtySnapshot *snap, paddr addr, uint64_t size);
/* Everything logs for migration. */
void memory_global_dirty_log(bool on);

/* A piece of a flat view. */
typedef struct MemoryRegionSection {
    MemoryRegion *mr;
    AddressSpace *as;
    paddr offset_within_region;
    paddr offset_within_address_space;
    Int128 size;
    bool readonly;
} MemoryRegionSection;

/* Any function may be NULL.  Low priorities are called first (del: last). */
struct MemoryListener {
    void (*begin)(MemoryListener *l);
    void (*region_add)(MemoryListener *l, const MemoryRegionSection *s);
    void (*region_del)(MemoryListener *l, const MemoryRegionSection *s);
    void (*region_nop)(MemoryListener *l, const MemoryRegionSection *s);
    void (*log_start)(MemoryListener *l, const MemoryRegionSection *s,
                      unsigned old_mask, unsigned new_mask);
    void (*log_stop)(MemoryListener *l, const MemoryRegionSection *s,
                     unsigned old_mask, unsigned new_mask);
    void (*commit)(MemoryListener *l);
    int priority;
    AddressSpace *as;           /* set by register */
};
/* Tells of all ranges there are at once. */
void memory_listener_register(MemoryListener *l, AddressSpace *as);
void memory_listener_unregister(MemoryListener *l);

struct AddressSpace {
    char *name;
    MemoryRegion *root;
    GMutex lock;                /* view */
    FlatView *view;
    GPtrArray *listeners;       /* by priority */
    GPtrArray *maps;            /* bounce buffers in use; under lock */
};
void address_space_init(AddressSpace *as, MemoryRegion *root,
                        const char *name);

/* The machine's own: made by memory_init(), which may be called again. */
extern AddressSpace address_space_memory;
extern AddressSpace address_space_io;
void memory_init(void);
MemoryRegion *get_system_memory(void);
MemoryRegion *get_system_io(void);

/*
 * Accesses.  Unassigned places read as all ones.  A write to ROM is dropped
 * and no error, as on the bus.
 */
MemTxResult address_space_read(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                               void *buf, uint64_t len);
MemTxResult address_space_write(AddressSpace *as, paddr addr,
                                MemTxAttrs attrs, const void *buf,
                                uint64_t len);
MemTxResult address_space_rw(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                             void *buf, uint64_t len, bool is_write);
/* N accesses of SIZE bytes at one address, as string instructions make them. */
void address_space_repeat(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                          uint8_t *buf, unsigned size, uint64_t n,
                          bool is_write);
/* Also into ROM: for loaders. */
MemTxResult address_space_write_rom(AddressSpace *as, paddr addr,
                                    MemTxAttrs attrs, const void *buf,
                                    uint64_t len);
/* One access of SIZE (1, 2, 4, 8) bytes, the value as the guest sees it. */
uint64_t address_space_load(AddressSpace *as, paddr addr, unsigned size,
                            MemTxAttrs attrs, MemTxResult *result);
void address_space_store(AddressSpace *as, paddr addr, uint64_t value,
                         unsigned size, MemTxAttrs attrs, MemTxResult *result);
/* Would an access of LEN bytes find somebody everywhere? */
bool address_space_access_valid(AddressSpace *as, paddr addr, uint64_t len,
                                bool is_write, MemTxAttrs attrs);
/*
 * The region behind ADDR with a reference that the caller drops (NULL: none),
 * the offset in it, and in LEN how much of LEN goes on there.
 */
MemoryRegion *address_space_translate(AddressSpace *as, paddr addr,
                                      paddr *offset, uint64_t *len,
                                      bool *readonly);
/*
 * Direct access for DMA: up to *LEN bytes from ADDR, fewer when the range ends
 * (*LEN says).  Not RAM: a copy, written back by unmap.  NULL: nobody there.
 */
void *address_space_map(AddressSpace *as, paddr addr, uint64_t *len,
                        bool is_write, MemTxAttrs attrs);
void address_space_unmap(AddressSpace *as, void *buf, uint64_t len,
                         bool is_write, uint64_t accessed);
/* One access to one region, as the TLB's slow path makes it. */
MemTxResult memory_region_dispatch_read(MemoryRegion *mr, paddr offset,
                                        uint64_t *value, unsigned size,
                                        MemTxAttrs attrs);
MemTxResult memory_region_dispatch_write(MemoryRegion *mr, paddr offset,
                                         uint64_t value, unsigned size,
                                         MemTxAttrs attrs);

/* address_space_ldl_le(as, addr, attrs, &result) and its family. */
#define ADDRESS_SPACE_LDST(ld, st, type, bits, end, swap)             \
    static inline type address_space_##ld##end(AddressSpace *as,      \
                                               paddr addr,            \
                                               MemTxAttrs attrs,      \
                                               MemTxResult *result)   \
    {                                                                 \
        type v = address_space_load(as, addr, bits / 8, attrs, result); \
        return swap(v);                                               \
    }                                                                 \
    static inline void address_space_##st##end(AddressSpace *as,      \
                                               paddr addr, type v,    \
                                               MemTxAttrs attrs,      \
                                               MemTxResult *result)   \
    {                                                                 \
        address_space_store(as, addr, swap(v), bits / 8, attrs, result); \
    }
ADDRESS_SPACE_LDST(ldub, stb, uint8_t, 8, , )
ADDRESS_SPACE_LDST(lduw, stw, uint16_t, 16, _le, )
ADDRESS_SPACE_LDST(lduw, stw, uint16_t, 16, _be, __builtin_bswap16)
ADDRESS_SPACE_LDST(ldl, stl, uint32_t, 32, _le, )
ADDRESS_SPACE_LDST(ldl, stl, uint32_t, 32, _be, __builtin_bswap32)
ADDRESS_SPACE_LDST(ldq, stq, uint64_t, 64, _le, )
ADDRESS_SPACE_LDST(ldq, stq, uint64_t, 64, _be, __builtin_bswap64)
#undef ADDRESS_SPACE_LDST

/* "info mtree": the trees of all address spaces, or their flat views. */
void memory_print_tree(GString *out, bool flat);

#endif
