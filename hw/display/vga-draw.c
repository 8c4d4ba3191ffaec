/* SPDX-License-Identifier: MIT */
/*
 * What the VGA shows: text, planar and packed graphics, Bochs VBE modes, drawn
 * into the console's 32-bit surface.
 *
 * Nothing is logged while the guest writes, so that video memory is as fast as
 * any other: what is drawn is compared with a copy of what was drawn last.
 */
#include "util/osdep.h"
#include "hw/display/vga-int.h"
#include "system/timer.h"

#define BLINK_NS (NANOSECONDS_PER_SECOND / 4)

/* LEN bytes from AT into the copy; true if they were others. */
static bool fetch(VGAState *s, uint32_t at, uint32_t len)
{
    bool changed = false;

    len = MIN(len, s->size);
    while (len) {
        uint32_t n;

        at &= s->size - 1;
        n = MIN(len, s->size - at);
        if (memcmp(s->shown + at, s->mem + at, n)) {
            memcpy(s->shown + at, s->mem + at, n);
            changed = true;
        }
        at += n;
        len -= n;
    }
    return changed;
}

static uint32_t rgb(uint8_t r, uint8_t g, uint8_t b)
{
    return (uint32_t)r << 16 | g << 8 | b;
}

static uint8_t wide(const VGAState *s, uint8_t v)
{
    if ((s->vbe[VBE_ENABLE] & VBE_ENABLED) &&
        (s->vbe[VBE_ENABLE] & VBE_8BIT_DAC)) {
        return v;
    }
    v &= 0x3f;
    return v << 2 | v >> 4;
}

static uint32_t dac_color(const VGAState *s, uint8_t i)
{
    const uint8_t *c = s->dac + 3 * (i & s->dac_mask);

    return rgb(wide(s, c[0]), wide(s, c[1]), wide(s, c[2]));
}

/* The attribute controller's 16 colors. */
static void load_palette16(VGAState *s)
{
    for (int i = 0; i < 16; i++) {
        uint8_t v = s->attr[i], high = s->attr[ATTR_COLOR];

        v = s->attr[ATTR_MODE] & 0x80 ? (v & 0x0f) | (high & 0x0f) << 4
                                      : (v & 0x3f) | (high & 0x0c) << 4;
        s->palette[i] = dac_color(s, v);
    }
}

static void load_palette256(VGAState *s)
{
    for (int i = 0; i < 256; i++) {
        s->palette[i] = dac_color(s, i);
    }
}

static unsigned vertical_end(const VGAState *s)
{
    return (s->crtc[CRTC_VDISP] | (s->crtc[CRTC_OVERFLOW] & 0x02) << 7 |
            (s->crtc[CRTC_OVERFLOW] & 0x40) << 3) + 1;
}

static unsigned line_compare(const VGAState *s)
{
    return s->crtc[CRTC_LINE_COMPARE] |
           (s->crtc[CRTC_OVERFLOW] & 0x10) << 4 |
           (s->crtc[CRTC_MAX_LINE] & 0x40) << 3;
}

static uint32_t start_address(const VGAState *s)
{
    return s->crtc[CRTC_START_HIGH] << 8 | s->crtc[CRTC_START_LOW];
}

static bool set_size(VGAState *s, unsigned w, unsigned h)
{
    if (w < 1 || h < 1 || w > VBE_MAX_X || h > VBE_MAX_Y) {
        return false;
    }
    if (console_width(s->con) != (int)w || console_height(s->con) != (int)h) {
        console_resize(s->con, w, h);
        s->redraw = true;
    }
    return true;
}

/* Text */

typedef struct Text {
    unsigned cols, rows, cell_w, cell_h;
    uint32_t start, stride;     /* bytes */
    const uint8_t *fonts[2];
    uint32_t cursor;            /* cell address; UINT32_MAX: hidden */
    unsigned cursor_first, cursor_last;
    bool blink_attr, blink_off;
} Text;

static const uint8_t *font_of(VGAState *s, unsigned n)
{
    static const uint16_t at[8] = { 0x0000, 0x4000, 0x8000, 0xc000, 0x2000,
                                    0x6000, 0xa000, 0xe000 };

    return s->shown + 4 * at[n & 7] + 2;
}

static void draw_cell(VGAState *s, const Text *t, uint32_t at, unsigned x,
                      unsigned y)
{
    const uint8_t *cell = s->shown + (at & (s->size - 1) & ~3u);
    uint8_t ch = cell[0], attr = cell[1];
    const uint8_t *font = t->fonts[attr & 8 ? 0 : 1] + ch * 32 * 4;
    uint32_t fg = s->palette[attr & 15];
    uint32_t bg = s->palette[t->blink_attr ? attr >> 4 & 7 : attr >> 4];
    unsigned width = console_width(s->con);
    uint32_t *out = console_pixels(s->con) + y * t->cell_h * width +
                    x * t->cell_w;
    bool cursor = at / 4 == t->cursor;
    bool line9 = ch >= 0xc0 && ch <= 0xdf && (s->attr[ATTR_MODE] & 4);

    if (t->blink_attr && (attr & 0x80) && t->blink_off) {
        fg = bg;
    }
    for (unsigned l = 0; l < t->cell_h; l++, out += width) {
        uint8_t bits = font[4 * l];

        if (cursor && l >= t->cursor_first && l <= t->cursor_last) {
            bits = 0xff;
        }
        for (unsigned i = 0; i < 8; i++) {
            out[i] = bits >> (7 - i) & 1 ? fg : bg;
        }
        if (t->cell_w == 9) {
            out[8] = (line9 || bits == 0xff) && (bits & 1) ? fg : bg;
        }
    }
}

static bool text_setup(VGAState *s, Text *t)
{
    unsigned fonts = s->seq[SEQ_FONTS];

    t->cell_h = (s->crtc[CRTC_MAX_LINE] & 31) + 1;
    t->cell_w = s->seq[SEQ_CLOCKING] & 1 ? 8 : 9;
    t->cols = s->crtc[CRTC_HDISP] + 1;
    t->rows = vertical_end(s) / t->cell_h;
    t->start = start_address(s) * 4;
    t->stride = (s->crtc[CRTC_OFFSET] ?: t->cols / 2) * 8;
    t->fonts[0] = font_of(s, (fonts >> 2 & 3) | (fonts >> 3 & 4));
    t->fonts[1] = font_of(s, (fonts & 3) | (fonts >> 2 & 4));
    t->blink_attr = s->attr[ATTR_MODE] & 8;
    t->cursor = s->crtc[CRTC_CURSOR_HIGH] << 8 | s->crtc[CRTC_CURSOR_LOW];
    t->cursor_first = s->crtc[CRTC_CURSOR_START] & 31;
    t->cursor_last = s->crtc[CRTC_CURSOR_END] & 31;
    if (s->crtc[CRTC_CURSOR_START] & 0x20) {
        t->cursor = UINT32_MAX;
    }
    return t->rows > 0 && t->rows <= 256;
}

static void draw_text(VGAState *s)
{
    bool phase = clock_get_ns(CLOCK_TYPE_REALTIME) / BLINK_NS & 1;
    uint32_t cursor;
    bool changed;
    Text t;

    if (!text_setup(s, &t) ||
        !set_size(s, t.cols * t.cell_w, t.rows * t.cell_h)) {
        return;
    }
    load_palette16(s);
    cursor = t.cursor;
    t.blink_off = !(phase);
    if (!phase) {
        t.cursor = UINT32_MAX;
    }
    changed = fetch(s, 0, 0x40000);     /* the fonts are there, too */
    changed |= fetch(s, t.start, t.rows * t.stride);
    if (s->redraw || changed || s->cursor_on != phase ||
        s->cursor_at != cursor) {
        for (unsigned y = 0; y < t.rows; y++) {
            for (unsigned x = 0; x < t.cols; x++) {
                draw_cell(s, &t, t.start + y * t.stride + 4 * x, x, y);
            }
        }
        console_damage(s->con, 0, 0, t.cols * t.cell_w, t.rows * t.cell_h);
    }
    s->cursor_on = phase;
    s->cursor_at = cursor;
    s->redraw = false;
}

/* Graphics: one line of W pixels from the bytes at AT. */
typedef void DrawLine(VGAState *s, uint32_t *out, uint32_t at, unsigned w);

static uint8_t byte_at(const VGAState *s, uint32_t at)
{
    return s->shown[at & (s->size - 1)];
}

static void line_planar(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    uint8_t planes = s->attr[ATTR_PLANES] & 15;

    for (unsigned x = 0; x < w; x += 8, at += 4) {
        uint8_t p[4];

        for (int i = 0; i < 4; i++) {
            p[i] = planes >> i & 1 ? byte_at(s, at + i) : 0;
        }
        for (unsigned b = 0; b < 8 && x + b < w; b++) {
            unsigned n = 7 - b;

            out[x + b] = s->palette[(p[0] >> n & 1) | (p[1] >> n & 1) << 1 |
                                    (p[2] >> n & 1) << 2 |
                                    (p[3] >> n & 1) << 3];
        }
    }
}

/* Two bits a pixel from planes 0 and 1 in turn: CGA's. */
static void line_cga(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x += 8, at += 4) {
        uint16_t v = byte_at(s, at) << 8 | byte_at(s, at + 1);

        for (unsigned b = 0; b < 8 && x + b < w; b++) {
            out[x + b] = s->palette[v >> (14 - 2 * b) & 3];
        }
    }
}

static void line_8(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x++) {
        out[x] = s->palette[byte_at(s, at + x)];
    }
}

static void line_15(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x++, at += 2) {
        uint16_t v = byte_at(s, at) | byte_at(s, at + 1) << 8;

        out[x] = rgb(v >> 7 & 0xf8, v >> 2 & 0xf8, v << 3 & 0xf8);
    }
}

static void line_16(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x++, at += 2) {
        uint16_t v = byte_at(s, at) | byte_at(s, at + 1) << 8;

        out[x] = rgb(v >> 8 & 0xf8, v >> 3 & 0xfc, v << 3 & 0xf8);
    }
}

static void line_24(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x++, at += 3) {
        out[x] = rgb(byte_at(s, at + 2), byte_at(s, at + 1), byte_at(s, at));
    }
}

static void line_32(VGAState *s, uint32_t *out, uint32_t at, unsigned w)
{
    for (unsigned x = 0; x < w; x++, at += 4) {
        out[x] = rgb(byte_at(s, at + 2), byte_at(s, at + 1), byte_at(s, at));
    }
}

typedef struct Graphics {
    unsigned w, h;
    uint32_t start, stride, line_bytes;
    unsigned repeat;            /* scan lines a line */
    unsigned split;             /* from this line on memory from 0 */
    bool interleave;            /* CGA: odd lines 8 KiB further */
    DrawLine *draw;
} Graphics;

static bool vbe_setup(VGAState *s, Graphics *g)
{
    static DrawLine *const by_bpp[33] = {
        [8] = line_8, [15] = line_15, [16] = line_16, [24] = line_24,
        [32] = line_32,
    };
    const uint16_t *r = s->vbe;
    unsigned bytes = DIV_ROUND_UP(r[VBE_BPP], 8);

    *g = (Graphics){ .w = r[VBE_XRES], .h = r[VBE_YRES], .repeat = 1,
                     .split = UINT_MAX };
    if (r[VBE_BPP] == 4) {
        g->draw = line_planar;
        g->stride = r[VBE_VIRT_WIDTH] / 2;
        g->line_bytes = g->w / 2;
        g->start = r[VBE_Y_OFFSET] * g->stride + r[VBE_X_OFFSET] / 2;
        load_palette16(s);
        return true;
    }
    g->draw = r[VBE_BPP] <= 32 ? by_bpp[r[VBE_BPP]] : NULL;
    g->stride = r[VBE_VIRT_WIDTH] * bytes;
    g->line_bytes = g->w * bytes;
    g->start = r[VBE_Y_OFFSET] * g->stride + r[VBE_X_OFFSET] * bytes;
    if (r[VBE_BPP] == 8) {
        load_palette256(s);
    }
    return g->draw != NULL;
}

static void vga_setup(VGAState *s, Graphics *g)
{
    unsigned repeat = (s->crtc[CRTC_MAX_LINE] & 31) + 1;

    if (s->crtc[CRTC_MAX_LINE] & 0x80) {
        repeat *= 2;
    }
    *g = (Graphics){
        .w = (s->crtc[CRTC_HDISP] + 1) * 8, .repeat = repeat,
        .start = start_address(s) * 4,
        .stride = s->crtc[CRTC_OFFSET] * 8,
        .split = line_compare(s) / repeat,
    };
    if (!(s->crtc[CRTC_MODE] & 1)) {
        g->interleave = true;
        g->repeat = MAX(repeat / 2, 1);
        g->split = UINT_MAX;
    }
    g->h = vertical_end(s) / g->repeat;
    if (s->gfx[GFX_MODE] & 0x40) {              /* 256 colors */
        g->draw = line_8;
        g->w /= 2;
        load_palette256(s);
    } else {
        g->draw = s->gfx[GFX_MODE] & 0x20 ? line_cga : line_planar;
        load_palette16(s);
    }
    g->line_bytes = g->draw == line_8 ? g->w : g->w / 2;
}

static void draw_graphics(VGAState *s, const Graphics *g)
{
    unsigned first = UINT_MAX, last = 0;

    if (!set_size(s, g->w, g->h)) {
        return;
    }
    for (unsigned y = 0; y < g->h; y++) {
        uint32_t at = y >= g->split + 1u && g->split != UINT_MAX
            ? (y - g->split - 1) * g->stride : g->start + y * g->stride;

        if (g->interleave) {
            at = g->start + (y / 2) * g->stride + (y & 1) * 0x2000 * 4;
        }
        at &= s->size - 1;
        if (!fetch(s, at, g->line_bytes) && !s->redraw) {
            continue;
        }
        g->draw(s, console_pixels(s->con) + (size_t)y * g->w, at, g->w);
        first = MIN(first, y);
        last = y;
    }
    s->redraw = false;
    if (first != UINT_MAX) {
        console_damage(s->con, 0, first, g->w, last - first + 1);
    }
}

static void draw_blank(VGAState *s)
{
    int w = console_width(s->con), h = console_height(s->con);

    if (!s->redraw) {
        return;
    }
    s->redraw = false;
    if (w > 0 && h > 0) {
        memset(console_pixels(s->con), 0, (size_t)w * h * 4);
        console_damage(s->con, 0, 0, w, h);
    }
}

static void vga_update(void *opaque)
{
    VGAState *s = opaque;
    Graphics g;

    if (s->vbe[VBE_ENABLE] & VBE_ENABLED) {
        if (vbe_setup(s, &g)) {
            draw_graphics(s, &g);
        }
    } else if (!(s->attr_index & 0x20) || (s->seq[SEQ_CLOCKING] & 0x20)) {
        draw_blank(s);
    } else if (s->gfx[GFX_MISC] & 1) {
        vga_setup(s, &g);
        draw_graphics(s, &g);
    } else {
        draw_text(s);
    }
}

static void vga_invalidate(void *opaque)
{
    ((VGAState *)opaque)->redraw = true;
}

const ConsoleOps vga_console_ops = {
    .update = vga_update,
    .invalidate = vga_invalidate,
};
