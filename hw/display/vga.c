/* SPDX-License-Identifier: MIT */
/*
 * VGA registers (IBM VGA XGA Technical Reference; ports 3B4h to 3DFh) and the
 * Bochs VBE extensions (ports 1CEh, 1CFh; bochs' "VBE Display API").
 */
#include "util/osdep.h"
#include "hw/display/vga-int.h"
#include "system/timer.h"

enum { STATUS1_DISABLED = 0x01, STATUS1_RETRACE = 0x08 };
/* 70 frames a second, a twentieth of each is retrace. */
#define FRAME_NS (NANOSECONDS_PER_SECOND / 70)
#define LINES 449

/* Bits that exist, by index. */
static const uint8_t seq_mask[N_SEQ] = { 0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0,
                                         0xff };
static const uint8_t gfx_mask[N_GFX] = { 0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b,
                                         0x0f, 0x0f, 0xff };

static bool is_color(const VGAState *s)
{
    return s->misc & 1;
}

static uint8_t read_status1(VGAState *s)
{
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    int64_t line = now % FRAME_NS * LINES / FRAME_NS;
    int64_t in_line = now % FRAME_NS * LINES % FRAME_NS;
    uint8_t v = 0;

    s->attr_data = false;
    if (line >= LINES - 37) {
        v |= STATUS1_DISABLED;
        v |= line >= LINES - 35 && line < LINES - 20 ? STATUS1_RETRACE : 0;
    } else if (in_line > FRAME_NS / 5 * 4) {
        v |= STATUS1_DISABLED;          /* horizontal */
    }
    return v;
}

static void write_attr(VGAState *s, uint8_t v)
{
    static const uint8_t masks[N_ATTR] = {
        [ATTR_MODE] = 0xef, [ATTR_OVERSCAN] = 0xff, [ATTR_PLANES] = 0x3f,
        [ATTR_PANNING] = 0x0f, [ATTR_COLOR] = 0x0f,
    };
    unsigned i = s->attr_index & 0x1f;

    if (!s->attr_data) {
        s->redraw |= (s->attr_index ^ v) & 0x20;
        s->attr_index = v & 0x3f;
    } else {
        s->attr[i] = v & (i < 16 ? 0x3f : masks[i]);
        s->redraw = true;
    }
    s->attr_data = !s->attr_data;
}

static void write_dac(VGAState *s, uint8_t v)
{
    s->dac_latch[s->dac_sub] = v;
    if (++s->dac_sub == 3) {
        memcpy(s->dac + s->dac_write * 3, s->dac_latch, 3);
        s->dac_sub = 0;
        s->dac_write++;
        s->redraw = true;
    }
}

static uint8_t read_dac(VGAState *s)
{
    uint8_t v = s->dac[s->dac_read * 3 + s->dac_sub];

    if (++s->dac_sub == 3) {
        s->dac_sub = 0;
        s->dac_read++;
    }
    return v;
}

static void write_crtc(VGAState *s, uint8_t v)
{
    uint8_t i = s->crtc_index;

    if ((s->crtc[CRTC_VSYNC_END] & 0x80) && i <= CRTC_OVERFLOW) {
        if (i == CRTC_OVERFLOW) {       /* the line compare bit stays free */
            s->crtc[i] = (s->crtc[i] & ~0x10) | (v & 0x10);
            s->redraw = true;
        }
        return;
    }
    s->crtc[i] = v;
    if (i != CRTC_CURSOR_HIGH && i != CRTC_CURSOR_LOW) {
        s->redraw = true;
    }
}

void vga_port_write(VGAState *s, unsigned port, uint8_t v)
{
    if ((port >= 0x3b0 && port <= 0x3bf && is_color(s)) ||
        (port >= 0x3d0 && !is_color(s))) {
        return;
    }
    switch (port) {
    case 0x3c0:
        write_attr(s, v);
        break;
    case 0x3c2:
        s->misc = v & ~0x10;
        break;
    case 0x3c4:
        s->seq_index = v & 7;
        break;
    case 0x3c5:
        s->seq[s->seq_index] = v & seq_mask[s->seq_index];
        s->redraw = true;
        break;
    case 0x3c6:
        s->dac_mask = v;
        break;
    case 0x3c7:
        s->dac_read = v;
        s->dac_sub = 0;
        s->dac_state = 3;
        break;
    case 0x3c8:
        s->dac_write = v;
        s->dac_sub = 0;
        s->dac_state = 0;
        break;
    case 0x3c9:
        write_dac(s, v);
        break;
    case 0x3ce:
        s->gfx_index = v & 15;
        break;
    case 0x3cf:
        s->gfx[s->gfx_index] = v & gfx_mask[s->gfx_index];
        s->redraw = true;
        break;
    case 0x3b4: case 0x3d4:
        s->crtc_index = v;
        break;
    case 0x3b5: case 0x3d5:
        write_crtc(s, v);
        break;
    case 0x3ba: case 0x3da:
        s->feature = v & 0x10;
        break;
    }
}

uint64_t vga_port_read(VGAState *s, unsigned port)
{
    if ((port >= 0x3b0 && port <= 0x3bf && is_color(s)) ||
        (port >= 0x3d0 && !is_color(s))) {
        return 0xff;
    }
    switch (port) {
    case 0x3c0:
        return s->attr_data ? 0 : s->attr_index;
    case 0x3c1:
        return s->attr[s->attr_index & 0x1f];
    case 0x3c2:
        return 0x10;
    case 0x3c4:
        return s->seq_index;
    case 0x3c5:
        return s->seq[s->seq_index];
    case 0x3c6:
        return s->dac_mask;
    case 0x3c7:
        return s->dac_state;
    case 0x3c8:
        return s->dac_write;
    case 0x3c9:
        return read_dac(s);
    case 0x3ca:
        return s->feature;
    case 0x3cc:
        return s->misc;
    case 0x3ce:
        return s->gfx_index;
    case 0x3cf:
        return s->gfx[s->gfx_index];
    case 0x3b4: case 0x3d4:
        return s->crtc_index;
    case 0x3b5: case 0x3d5:
        return s->crtc[s->crtc_index];
    case 0x3ba: case 0x3da:
        return read_status1(s);
    default:
        return 0xff;
    }
}

/* Bochs VBE */

static unsigned bytes_a_line(const VGAState *s, unsigned width)
{
    unsigned bpp = s->vbe[VBE_BPP];

    return bpp == 4 ? width / 2 : width * DIV_ROUND_UP(bpp, 8);
}

/* Sizes that fit into memory, whatever was written. */
static void fix_geometry(VGAState *s)
{
    uint16_t *r = s->vbe;
    unsigned line, lines;

    if (!(r[VBE_ENABLE] & VBE_ENABLED)) {
        return;
    }
    if (r[VBE_BPP] != 4 && r[VBE_BPP] != 8 && r[VBE_BPP] != 15 &&
        r[VBE_BPP] != 16 && r[VBE_BPP] != 24) {
        r[VBE_BPP] = 32;
    }
    r[VBE_XRES] = CLAMP(r[VBE_XRES] & ~7u, 8, VBE_MAX_X);
    r[VBE_VIRT_WIDTH] = MAX(r[VBE_VIRT_WIDTH] & ~7u, r[VBE_XRES]);
    r[VBE_VIRT_WIDTH] = MIN(r[VBE_VIRT_WIDTH], VBE_MAX_X);
    r[VBE_YRES] = CLAMP(r[VBE_YRES], 1, VBE_MAX_Y);
    line = bytes_a_line(s, r[VBE_VIRT_WIDTH]);
    lines = s->size / line;
    r[VBE_YRES] = MIN(r[VBE_YRES], lines);
    r[VBE_VIRT_HEIGHT] = MIN(lines, 0xffff);
    r[VBE_X_OFFSET] = MIN(r[VBE_X_OFFSET], r[VBE_VIRT_WIDTH] - r[VBE_XRES]);
    r[VBE_Y_OFFSET] = MIN(r[VBE_Y_OFFSET], lines - r[VBE_YRES]);
    s->redraw = true;
}

static void write_enable(VGAState *s, uint16_t v)
{
    uint16_t *r = s->vbe;
    bool was = r[VBE_ENABLE] & VBE_ENABLED;

    r[VBE_ENABLE] = v;
    s->redraw = true;
    if (!(v & VBE_ENABLED) || was) {
        r[VBE_BANK] = v & VBE_ENABLED ? r[VBE_BANK] : 0;
        return;
    }
    r[VBE_VIRT_WIDTH] = r[VBE_XRES];
    r[VBE_X_OFFSET] = r[VBE_Y_OFFSET] = 0;
    fix_geometry(s);
    if (!(v & VBE_NO_CLEAR)) {
        uint64_t n = (uint64_t)r[VBE_YRES] *
                     bytes_a_line(s, r[VBE_VIRT_WIDTH]);

        memset(s->mem, 0, MIN(n, s->size));
        memory_region_set_dirty(&s->vram, 0, MIN(n, s->size));
    }
    /* The window shows memory as it is. */
    s->gfx[GFX_MISC] = (s->gfx[GFX_MISC] & ~0x0c) | 0x05;
    s->seq[SEQ_MODE] |= 0x0c;
    s->seq[SEQ_PLANES] = 0x0f;
}

uint16_t vga_vbe_read(VGAState *s, unsigned i)
{
    bool caps = s->vbe[VBE_ENABLE] & VBE_GETCAPS;

    if (i == VBE_MEMORY) {
        return s->size >> 16;
    }
    if (i >= N_VBE) {
        return 0;
    }
    if (caps && i == VBE_XRES) {
        return VBE_MAX_X;
    }
    if (caps && i == VBE_YRES) {
        return VBE_MAX_Y;
    }
    return caps && i == VBE_BPP ? 32 : s->vbe[i];
}

void vga_vbe_write(VGAState *s, unsigned i, uint16_t v)
{
    bool on = s->vbe[VBE_ENABLE] & VBE_ENABLED;

    switch (i) {
    case VBE_ID:
        if (v >= VBE_ID_FIRST && v <= VBE_ID_LAST) {
            s->vbe[i] = v;
        }
        break;
    case VBE_XRES:
    case VBE_YRES:
    case VBE_BPP:
        if (!on) {
            s->vbe[i] = v;
        }
        break;
    case VBE_ENABLE:
        write_enable(s, v);
        break;
    case VBE_BANK:
        s->vbe[i] = v & ((s->size >> 16) - 1);
        break;
    case VBE_VIRT_WIDTH:
    case VBE_X_OFFSET:
    case VBE_Y_OFFSET:
        s->vbe[i] = v;
        fix_geometry(s);
        break;
    }
}

static void vbe_index_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    ((VGAState *)opaque)->vbe_index = v;
}

static uint64_t vbe_index_read(void *opaque, paddr at, unsigned size)
{
    return ((VGAState *)opaque)->vbe_index;
}

static void vbe_data_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    VGAState *s = opaque;

    vga_vbe_write(s, s->vbe_index, v);
}

static uint64_t vbe_data_read(void *opaque, paddr at, unsigned size)
{
    VGAState *s = opaque;

    return vga_vbe_read(s, s->vbe_index);
}

#define VBE_OPS(name)                                                 \
    static const MemoryRegionOps vbe_##name##_ops = {                 \
        .read = vbe_##name##_read,                                    \
        .write = vbe_##name##_write,                                  \
        .endianness = DEVICE_LITTLE_ENDIAN,                           \
        .valid = { .min_access_size = 1, .max_access_size = 2,        \
                   .unaligned = true },                               \
        .impl = { .min_access_size = 1, .max_access_size = 2,         \
                  .unaligned = true },                                \
    }
VBE_OPS(index);
VBE_OPS(data);

/* Where the ports are. */
static const struct {
    uint16_t first, n;
} ranges[] = { { 0x3b4, 2 }, { 0x3ba, 1 }, { 0x3c0, 16 }, { 0x3d4, 2 },
               { 0x3da, 1 } };

static uint64_t ports_read(void *opaque, paddr at, unsigned size)
{
    return vga_port_read(opaque, at);
}

static void ports_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    vga_port_write(opaque, at, v);
}

/* One port at a time; word writes set index and data. */
#define RANGE_OPS(base)                                               \
    static uint64_t read_##base(void *opaque, paddr at, unsigned size) \
    {                                                                 \
        return ports_read(opaque, base + at, size);                   \
    }                                                                 \
    static void write_##base(void *opaque, paddr at, uint64_t v,      \
                             unsigned size)                           \
    {                                                                 \
        ports_write(opaque, base + at, v, size);                      \
    }                                                                 \
    static const MemoryRegionOps ops_##base = {                       \
        .read = read_##base, .write = write_##base,                   \
        .endianness = DEVICE_LITTLE_ENDIAN,                           \
        .valid = { .min_access_size = 1, .max_access_size = 4,        \
                   .unaligned = true },                               \
        .impl = { .min_access_size = 1, .max_access_size = 1 },       \
    }
RANGE_OPS(0x3b4);
RANGE_OPS(0x3ba);
RANGE_OPS(0x3c0);
RANGE_OPS(0x3d4);
RANGE_OPS(0x3da);
static const MemoryRegionOps *const range_ops[] = {
    &ops_0x3b4, &ops_0x3ba, &ops_0x3c0, &ops_0x3d4, &ops_0x3da,
};

bool vga_init(VGAState *s, Object *owner, uint32_t size, GError **errp)
{
    s->size = size;
    if (!memory_region_init_ram(&s->vram, owner, "vga.vram", size, errp)) {
        return false;
    }
    s->mem = memory_region_get_ram_ptr(&s->vram);
    s->shown = g_malloc0(size);
    memory_region_init_io(&s->window, owner, &vga_mem_ops, s, "vga-lowmem",
                          0x20000);
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        memory_region_init_io(&s->ports[i], owner, range_ops[i], s, "vga",
                              ranges[i].n);
    }
    memory_region_init_io(&s->vbe_index_io, owner, &vbe_index_ops, s, "vbe",
                          1);
    memory_region_init_io(&s->vbe_data_io, owner, &vbe_data_ops, s, "vbe", 2);
    s->con = console_new(&vga_console_ops, s);
    vga_reset(s);
    return true;
}

void vga_map(VGAState *s, MemoryRegion *mem, MemoryRegion *io)
{
    memory_region_transaction_begin();
    memory_region_add_subregion_overlap(mem, 0xa0000, &s->window, 1);
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        memory_region_add_subregion(io, ranges[i].first, &s->ports[i]);
    }
    memory_region_add_subregion(io, 0x1ce, &s->vbe_index_io);
    memory_region_add_subregion(io, 0x1cf, &s->vbe_data_io);
    memory_region_transaction_commit();
}

void vga_unmap(VGAState *s, MemoryRegion *mem, MemoryRegion *io)
{
    memory_region_transaction_begin();
    memory_region_del_subregion(mem, &s->window);
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        memory_region_del_subregion(io, &s->ports[i]);
    }
    memory_region_del_subregion(io, &s->vbe_index_io);
    memory_region_del_subregion(io, &s->vbe_data_io);
    memory_region_transaction_commit();
    console_free(s->con);
    g_clear_pointer(&s->shown, g_free);
}

void vga_reset(VGAState *s)
{
    s->misc = s->feature = 0;
    s->seq_index = s->gfx_index = s->crtc_index = s->attr_index = 0;
    memset(s->seq, 0, sizeof(s->seq));
    memset(s->gfx, 0, sizeof(s->gfx));
    memset(s->crtc, 0, sizeof(s->crtc));
    memset(s->attr, 0, sizeof(s->attr));
    memset(s->dac, 0, sizeof(s->dac));
    memset(s->vbe, 0, sizeof(s->vbe));
    memset(s->latch, 0, sizeof(s->latch));
    s->attr_data = false;
    s->dac_mask = 0xff;
    s->dac_read = s->dac_write = s->dac_sub = s->dac_state = 0;
    s->vbe_index = 0;
    s->vbe[VBE_ID] = VBE_ID_LAST;
    s->redraw = true;
}

static bool vga_post_load(void *opaque, int version, GError **errp)
{
    VGAState *s = opaque;

    s->seq_index &= 7;
    s->gfx_index &= 15;
    s->dac_sub %= 3;
    s->vbe[VBE_BANK] &= (s->size >> 16) - 1;
    fix_geometry(s);
    s->redraw = true;
    return true;
}

const VMStateDescription vmstate_vga = {
    .name = "vga",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = vga_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(misc, VGAState),
        VMSTATE_UINT8(feature, VGAState),
        VMSTATE_UINT8(seq_index, VGAState),
        VMSTATE_BUFFER(seq, VGAState),
        VMSTATE_UINT8(gfx_index, VGAState),
        VMSTATE_BUFFER(gfx, VGAState),
        VMSTATE_UINT8(crtc_index, VGAState),
        VMSTATE_BUFFER(crtc, VGAState),
        VMSTATE_UINT8(attr_index, VGAState),
        VMSTATE_BUFFER(attr, VGAState),
        VMSTATE_BOOL(attr_data, VGAState),
        VMSTATE_UINT8(dac_mask, VGAState),
        VMSTATE_UINT8(dac_read, VGAState),
        VMSTATE_UINT8(dac_write, VGAState),
        VMSTATE_UINT8(dac_sub, VGAState),
        VMSTATE_UINT8(dac_state, VGAState),
        VMSTATE_BUFFER(dac_latch, VGAState),
        VMSTATE_BUFFER(dac, VGAState),
        VMSTATE_BUFFER(latch, VGAState),
        VMSTATE_UINT16(vbe_index, VGAState),
        VMSTATE_UINT_ARRAY(vbe, VGAState, N_VBE),
        VMSTATE_END
    },
};
