/* SPDX-License-Identifier: MIT */
/* Private to hw/display/vga*.c: the VGA's registers and memory. */
#ifndef HW_DISPLAY_VGA_INT_H
#define HW_DISPLAY_VGA_INT_H

#include "hw/core/qdev.h"
#include "system/memory.h"
#include "ui/console.h"

enum {
    SEQ_RESET, SEQ_CLOCKING, SEQ_PLANES, SEQ_FONTS, SEQ_MODE, N_SEQ = 8,
    GFX_SET_RESET = 0, GFX_ENABLE_SR, GFX_COMPARE, GFX_ROTATE, GFX_READ_MAP,
    GFX_MODE, GFX_MISC, GFX_DONT_CARE, GFX_BIT_MASK, N_GFX = 16,
    CRTC_HDISP = 0x01, CRTC_OVERFLOW = 0x07, CRTC_PRESET = 0x08,
    CRTC_MAX_LINE = 0x09, CRTC_CURSOR_START = 0x0a, CRTC_CURSOR_END = 0x0b,
    CRTC_START_HIGH = 0x0c, CRTC_START_LOW = 0x0d, CRTC_CURSOR_HIGH = 0x0e,
    CRTC_CURSOR_LOW = 0x0f, CRTC_VSYNC_END = 0x11, CRTC_VDISP = 0x12,
    CRTC_OFFSET = 0x13, CRTC_MODE = 0x17, CRTC_LINE_COMPARE = 0x18,
    N_CRTC = 256,
    ATTR_MODE = 0x10, ATTR_OVERSCAN = 0x11, ATTR_PLANES = 0x12,
    ATTR_PANNING = 0x13, ATTR_COLOR = 0x14, N_ATTR = 32,
};
enum {
    VBE_ID, VBE_XRES, VBE_YRES, VBE_BPP, VBE_ENABLE, VBE_BANK, VBE_VIRT_WIDTH,
    VBE_VIRT_HEIGHT, VBE_X_OFFSET, VBE_Y_OFFSET, VBE_MEMORY, N_VBE,
    VBE_ENABLED = 0x01, VBE_GETCAPS = 0x02, VBE_8BIT_DAC = 0x20,
    VBE_LFB = 0x40, VBE_NO_CLEAR = 0x80,
    VBE_ID_LAST = 0xb0c5, VBE_ID_FIRST = 0xb0c0,
    VBE_MAX_X = 16000, VBE_MAX_Y = 12000,
};

typedef struct VGAState {
    MemoryRegion vram;
    MemoryRegion window;        /* A0000h to BFFFFh */
    MemoryRegion ports[5];
    MemoryRegion vbe_index_io, vbe_data_io;
    uint8_t *mem;
    uint32_t size;              /* a power of two */
    uint8_t misc, feature;
    uint8_t seq_index, seq[N_SEQ];
    uint8_t gfx_index, gfx[N_GFX];
    uint8_t crtc_index, crtc[N_CRTC];
    uint8_t attr_index, attr[N_ATTR];
    bool attr_data;             /* the flip-flop at 3C0h */
    uint8_t dac_mask, dac_read, dac_write, dac_sub, dac_state;
    uint8_t dac_latch[3];
    uint8_t dac[768];
    uint8_t latch[4];
    uint16_t vbe_index, vbe[N_VBE];
    /* Drawing */
    Console *con;
    uint8_t *shown;             /* memory as it was drawn last */
    bool redraw;                /* everything */
    bool cursor_on;
    uint32_t cursor_at;
    uint32_t palette[256];
} VGAState;

/* vga.c */
bool vga_init(VGAState *s, Object *owner, uint32_t size, GError **errp);
void vga_map(VGAState *s, MemoryRegion *mem, MemoryRegion *io);
void vga_unmap(VGAState *s, MemoryRegion *mem, MemoryRegion *io);
void vga_reset(VGAState *s);
uint64_t vga_port_read(VGAState *s, unsigned port);
void vga_port_write(VGAState *s, unsigned port, uint8_t v);
uint16_t vga_vbe_read(VGAState *s, unsigned index);
void vga_vbe_write(VGAState *s, unsigned index, uint16_t v);
extern const VMStateDescription vmstate_vga;

/* vga-mem.c */
extern const MemoryRegionOps vga_mem_ops;

/* vga-draw.c */
extern const ConsoleOps vga_console_ops;

#endif
