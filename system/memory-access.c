/* SPDX-License-Identifier: MIT */
/*
 * Accesses: through a flat view to host memory or to a device's functions,
 * with the sizes and byte order that the device declares.
 */
#include "util/osdep.h"
#include "system/memory.h"
#include "system/memory-int.h"

#define BOUNCE_MAX (64 * 1024)

/* Bytes as they lie at their addresses, from and to a number. */

static uint64_t number_from(const uint8_t *bytes, unsigned size, bool big)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < size; i++) {
        v |= (uint64_t)bytes[big ? size - 1 - i : i] << (8 * i);
    }
    return v;
}

static void bytes_from(uint8_t *bytes, uint64_t v, unsigned size, bool big)
{
    for (unsigned i = 0; i < size; i++) {
        bytes[big ? size - 1 - i : i] = v >> (8 * i);
    }
}

static uint64_t mask_of(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ull << (8 * size)) - 1;
}

/* Device accesses */

static MemTxResult call_read(MemoryRegion *mr, paddr at, uint64_t *v,
                             unsigned size, MemTxAttrs attrs)
{
    const MemoryRegionOps *ops = mr->ops;

    if (ops->read) {
        *v = ops->read(mr->opaque, at, size);
        return MEMTX_OK;
    }
    if (ops->read_with_attrs) {
        return ops->read_with_attrs(mr->opaque, at, v, size, attrs);
    }
    *v = UINT64_MAX;
    return MEMTX_DECODE_ERROR;
}

static MemTxResult call_write(MemoryRegion *mr, paddr at, uint64_t v,
                              unsigned size, MemTxAttrs attrs)
{
    const MemoryRegionOps *ops = mr->ops;

    if (ops->write) {
        ops->write(mr->opaque, at, v & mask_of(size), size);
        return MEMTX_OK;
    }
    if (ops->write_with_attrs) {
        return ops->write_with_attrs(mr->opaque, at, v & mask_of(size), size,
                                     attrs);
    }
    return MEMTX_DECODE_ERROR;
}

static bool access_allowed(MemoryRegion *mr, paddr at, unsigned size,
                           bool is_write, MemTxAttrs attrs)
{
    const MemoryRegionOps *ops = mr->ops;

    if (!ops || size < ops->valid.min_access_size ||
        size > (ops->valid.max_access_size ?: 4)) {
        return false;
    }
    if (!ops->valid.unaligned && (at & (size - 1))) {
        return false;
    }
    return !ops->valid.accepts ||
           ops->valid.accepts(mr->opaque, at, size, is_write, attrs);
}

/* The size of the pieces in which the device's functions are called. */
static unsigned unit_of(const MemoryRegionOps *ops, unsigned size)
{
    unsigned low = ops->impl.min_access_size ?: 1;
    unsigned high = ops->impl.max_access_size ?: 4;

    return CLAMP(size, low, high);
}

static paddr first_unit(const MemoryRegionOps *ops, paddr at, unsigned unit)
{
    return ops->impl.unaligned ? at : at & ~(paddr)(unit - 1);
}

MemTxResult memory_region_dispatch_read(MemoryRegion *mr, paddr at,
                                        uint64_t *value, unsigned size,
                                        MemTxAttrs attrs)
{
    uint8_t bytes[32];
    MemTxResult r = MEMTX_OK;
    bool big;
    unsigned unit;
    paddr first;

    *value = mask_of(size);
    if (mr->ram_block && (!mr->rom_device || mr->romd_mode)) {
        if (at > mr->ram_block->size || size > mr->ram_block->size - at) {
            return MEMTX_DECODE_ERROR;
        }
        *value = number_from(mr->ram_block->host + at, size, false);
        return MEMTX_OK;
    }
    if (!access_allowed(mr, at, size, false, attrs)) {
        return MEMTX_DECODE_ERROR;
    }
    big = mr->ops->endianness == DEVICE_BIG_ENDIAN;
    unit = unit_of(mr->ops, size);
    first = first_unit(mr->ops, at, unit);
    for (paddr a = first; a - first < at - first + size; a += unit) {
        uint64_t v = 0;

        r |= call_read(mr, a, &v, unit, attrs);
        bytes_from(bytes + (a - first), v, unit, big);
    }
    *value = number_from(bytes + (at - first), size, false);
    return r;
}

MemTxResult memory_region_dispatch_write(MemoryRegion *mr, paddr at,
                                         uint64_t value, unsigned size,
                                         MemTxAttrs attrs)
{
    uint8_t bytes[32] = { 0 };
    MemTxResult r = MEMTX_OK;
    bool big;
    unsigned unit;
    paddr first;

    if (mr->ram_block && !mr->rom_device) {
        if (at > mr->ram_block->size || size > mr->ram_block->size - at) {
            return MEMTX_DECODE_ERROR;
        }
        if (!mr->readonly) {
            bytes_from(mr->ram_block->host + at, value, size, false);
            memory_region_set_dirty(mr, at, size);
        }
        return MEMTX_OK;
    }
    if (!access_allowed(mr, at, size, true, attrs)) {
        return MEMTX_DECODE_ERROR;
    }
    big = mr->ops->endianness == DEVICE_BIG_ENDIAN;
    unit = unit_of(mr->ops, size);
    first = first_unit(mr->ops, at, unit);
    bytes_from(bytes + (at - first), value, size, false);
    for (paddr a = first; a - first < at - first + size; a += unit) {
        r |= call_write(mr, a, number_from(bytes + (a - first), unit, big),
                        unit, attrs);
    }
    return r;
}

/* How many of LEN bytes at AT one device access may take. */
static unsigned access_size(MemoryRegion *mr, paddr at, uint64_t len)
{
    unsigned high = 4;

    if (mr->ops) {
        high = mr->ops->valid.max_access_size ?: 4;
    }
    if (!mr->ops || !mr->ops->valid.unaligned) {
        unsigned alignment = at & -at & 0xff;

        if (alignment && alignment < high) {
            high = alignment;
        }
    }
    while (high > len) {
        high /= 2;
    }
    return high;
}

/* Address space accesses */

typedef enum Way { WAY_READ, WAY_WRITE, WAY_WRITE_ROM } Way;

/* Powers of two in one move: other threads see all of it or nothing. */
static void copy(void *to, const void *from, uint64_t len)
{
    switch (len) {
    case 1:
        memcpy(to, from, 1);
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    case 8:
        memcpy(to, from, 8);
        break;
    default:
        memcpy(to, from, len);
    }
}

/* One piece within R; returns how many bytes it took. */
static uint64_t access_piece(const FlatRange *r, paddr at, MemTxAttrs attrs,
                             uint8_t *buf, uint64_t len, Way way,
                             MemTxResult *result)
{
    MemoryRegion *mr = r->mr;
    uint64_t v;
    unsigned size;

    if (way == WAY_WRITE_ROM && mr->ram_block) {
        copy(mr->ram_block->host + at, buf, len);
        memory_region_set_dirty(mr, at, len);
        return len;
    }
    if (range_is_direct(r, way != WAY_READ)) {
        if (way == WAY_READ) {
            copy(buf, mr->ram_block->host + at, len);
        } else {
            copy(mr->ram_block->host + at, buf, len);
            memory_region_set_dirty(mr, at, len);
        }
        return len;
    }
    if (way != WAY_READ && r->readonly) {
        return len;
    }
    size = access_size(mr, at, len);
    if (way == WAY_READ) {
        *result |= memory_region_dispatch_read(mr, at, &v, size, attrs);
        bytes_from(buf, v, size, false);
    } else {
        v = number_from(buf, size, false);
        *result |= memory_region_dispatch_write(mr, at, v, size, attrs);
    }
    return size;
}

static void access_view(const FlatView *view, paddr addr, MemTxAttrs attrs,
                        uint8_t *buf, uint64_t len, Way way,
                        MemTxResult *result)
{
    while (len) {
        Int128 gap = 0;
        const FlatRange *r = flatview_find(view, addr, &gap);
        uint64_t n;

        if (r) {
            n = MIN((Int128)len, range_end(r) - addr);
            n = access_piece(r, addr - r->start + r->offset, attrs, buf, n,
                             way, result);
        } else {
            n = MIN((Int128)len, gap);
            *result |= MEMTX_DECODE_ERROR;
            if (way == WAY_READ) {
                memset(buf, 0xff, n);
            }
        }
        addr += n;
        buf += n;
        len -= n;
    }
}

static MemTxResult access_all(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                              uint8_t *buf, uint64_t len, Way way)
{
    FlatView *view = flatview_get(as);
    MemTxResult result = MEMTX_OK;

    access_view(view, addr, attrs, buf, len, way, &result);
    flatview_unref(view);
    return result;
}

void address_space_repeat(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                          uint8_t *buf, unsigned size, uint64_t n,
                          bool is_write)
{
    Way way = is_write ? WAY_WRITE : WAY_READ;
    FlatView *view = flatview_get(as);
    MemTxResult result = MEMTX_OK;

    for (; n; n--, buf += size) {
        access_view(view, addr, attrs, buf, size, way, &result);
    }
    flatview_unref(view);
}

MemTxResult address_space_read(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                               void *buf, uint64_t len)
{
    return access_all(as, addr, attrs, buf, len, WAY_READ);
}

MemTxResult address_space_write(AddressSpace *as, paddr addr,
                                MemTxAttrs attrs, const void *buf,
                                uint64_t len)
{
    return access_all(as, addr, attrs, (uint8_t *)buf, len, WAY_WRITE);
}

MemTxResult address_space_rw(AddressSpace *as, paddr addr, MemTxAttrs attrs,
                             void *buf, uint64_t len, bool is_write)
{
    return access_all(as, addr, attrs, buf, len,
                      is_write ? WAY_WRITE : WAY_READ);
}

MemTxResult address_space_write_rom(AddressSpace *as, paddr addr,
                                    MemTxAttrs attrs, const void *buf,
                                    uint64_t len)
{
    return access_all(as, addr, attrs, (uint8_t *)buf, len, WAY_WRITE_ROM);
}

uint64_t address_space_load(AddressSpace *as, paddr addr, unsigned size,
                            MemTxAttrs attrs, MemTxResult *result)
{
    uint8_t bytes[8];
    MemTxResult r = address_space_read(as, addr, attrs, bytes, size);

    if (result) {
        *result = r;
    }
    return number_from(bytes, size, false);
}

void address_space_store(AddressSpace *as, paddr addr, uint64_t value,
                         unsigned size, MemTxAttrs attrs, MemTxResult *result)
{
    uint8_t bytes[8];
    MemTxResult r;

    bytes_from(bytes, value, size, false);
    r = address_space_write(as, addr, attrs, bytes, size);
    if (result) {
        *result = r;
    }
}

bool address_space_access_valid(AddressSpace *as, paddr addr, uint64_t len,
                                bool is_write, MemTxAttrs attrs)
{
    FlatView *view = flatview_get(as);
    bool ok = true;

    while (len && ok) {
        Int128 gap;
        const FlatRange *r = flatview_find(view, addr, &gap);
        uint64_t n = 0;

        if (!r) {
            ok = false;
        } else if (r->mr->ram_block) {
            n = MIN((Int128)len, range_end(r) - addr);
        } else {
            paddr at = addr - r->start + r->offset;

            n = access_size(r->mr, at, MIN((Int128)len, range_end(r) - addr));
            ok = access_allowed(r->mr, at, n, is_write, attrs);
        }
        addr += n;
        len -= n;
    }
    flatview_unref(view);
    return ok;
}

MemoryRegion *address_space_translate(AddressSpace *as, paddr addr,
                                      paddr *offset, uint64_t *len,
                                      bool *readonly)
{
    FlatView *view = flatview_get(as);
    Int128 gap;
    const FlatRange *r = flatview_find(view, addr, &gap);
    MemoryRegion *mr = NULL;

    if (r) {
        mr = r->mr;
        memory_region_ref(mr);
        *offset = addr - r->start + r->offset;
        *len = MIN((Int128)*len, range_end(r) - addr);
        *readonly = r->readonly;
    } else {
        *len = MIN((Int128)*len, gap);
    }
    flatview_unref(view);
    return mr;
}

/* DMA */

typedef struct Bounce {
    uint8_t *buf;
    paddr addr;
    MemTxAttrs attrs;
} Bounce;

void *address_space_map(AddressSpace *as, paddr addr, uint64_t *len,
                        bool is_write, MemTxAttrs attrs)
{
    FlatView *view = flatview_get(as);
    Int128 gap;
    const FlatRange *r = flatview_find(view, addr, &gap);
    void *host = NULL;

    if (!r || !*len) {
        *len = 0;
    } else if (range_is_direct(r, is_write)) {
        *len = MIN((Int128)*len, range_end(r) - addr);
        memory_region_ref(r->mr);
        host = r->mr->ram_block->host + (addr - r->start + r->offset);
    } else {
        Bounce *b = g_new0(Bounce, 1);

        *len = MIN((Int128)MIN(*len, BOUNCE_MAX), range_end(r) - addr);
        b->addr = addr;
        b->attrs = attrs;
        b->buf = host = g_malloc0(*len);
        if (!is_write) {
            address_space_read(as, addr, attrs, b->buf, *len);
        }
        g_mutex_lock(&as->lock);
        g_ptr_array_add(as->maps, b);
        g_mutex_unlock(&as->lock);
    }
    flatview_unref(view);
    return host;
}

static Bounce *take_bounce(AddressSpace *as, const void *buf)
{
    Bounce *found = NULL;

    g_mutex_lock(&as->lock);
    for (guint i = 0; i < as->maps->len && !found; i++) {
        Bounce *b = g_ptr_array_index(as->maps, i);

        if (b->buf == buf) {
            found = g_ptr_array_remove_index_fast(as->maps, i);
        }
    }
    g_mutex_unlock(&as->lock);
    return found;
}

void address_space_unmap(AddressSpace *as, void *buf, uint64_t len,
                         bool is_write, uint64_t accessed)
{
    Bounce *b = take_bounce(as, buf);
    MemoryRegion *mr;
    paddr offset;

    if (b) {
        if (is_write) {
            address_space_write(as, b->addr, b->attrs, buf, accessed);
        }
        g_free(b->buf);
        g_free(b);
        return;
    }
    mr = memory_region_from_host(buf, &offset);
    if (mr) {
        if (is_write) {
            memory_region_set_dirty(mr, offset, accessed);
        }
        memory_region_unref(mr);
    }
}
