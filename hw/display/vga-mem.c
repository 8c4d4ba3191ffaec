/* SPDX-License-Identifier: MIT */
/*
 * The VGA's memory as the processor sees it at A0000h (IBM VGA XGA Technical
 * Reference, "Graphics Controller Registers", "Memory Maps").
 *
 * Byte P of the four at 4 * N is plane P at address N.  With chain 4 the
 * processor's addresses are the bytes' own; odd/even shows planes 0 and 1.
 */
#include "util/osdep.h"
#include "hw/display/vga-int.h"

enum { SEQ4_ODD_EVEN_OFF = 4, SEQ4_CHAIN4 = 8 };

/* Where ADDR of the window is on the card; false: not decoded. */
static bool decode(VGAState *s, paddr *addr)
{
    bool vbe = s->vbe[VBE_ENABLE] & VBE_ENABLED;

    switch (s->gfx[GFX_MISC] >> 2 & 3) {
    case 0:
        break;
    case 1:
        if (*addr >= 0x10000) {
            return false;
        }
        *addr += vbe ? (paddr)s->vbe[VBE_BANK] << 16 : 0;
        break;
    case 2:
        *addr -= 0x10000;
        if (*addr >= 0x8000) {
            return false;
        }
        break;
    default:
        *addr -= 0x18000;
        if (*addr >= 0x8000) {
            return false;
        }
    }
    return true;
}

static uint8_t read_planes(VGAState *s, paddr addr)
{
    const uint8_t *at;
    uint8_t v = 0xff;

    addr = addr * 4 & (s->size - 1);
    at = s->mem + addr;
    memcpy(s->latch, at, 4);
    if (!(s->gfx[GFX_MODE] & 8)) {
        return at[s->gfx[GFX_READ_MAP] & 3];
    }
    for (int p = 0; p < 4; p++) {       /* read mode 1: compare colors */
        if (s->gfx[GFX_DONT_CARE] >> p & 1) {
            v &= ~(at[p] ^ (s->gfx[GFX_COMPARE] >> p & 1 ? 0xff : 0));
        }
    }
    return v;
}

static uint64_t mem_read(void *opaque, paddr addr, unsigned size)
{
    VGAState *s = opaque;

    if (!decode(s, &addr)) {
        return 0xff;
    }
    if (s->seq[SEQ_MODE] & SEQ4_CHAIN4) {
        return s->mem[addr & (s->size - 1)];
    }
    if (s->gfx[GFX_MODE] & 0x10) {      /* odd/even */
        paddr plane = (s->gfx[GFX_READ_MAP] & 2) | (addr & 1);

        return s->mem[((addr & ~1ull) << 1 | plane) & (s->size - 1)];
    }
    return read_planes(s, addr);
}

static uint8_t logic(const VGAState *s, uint8_t v, uint8_t latch)
{
    switch (s->gfx[GFX_ROTATE] >> 3 & 3) {
    case 1:
        return v & latch;
    case 2:
        return v | latch;
    case 3:
        return v ^ latch;
    default:
        return v;
    }
}

static uint8_t rotate(const VGAState *s, uint8_t v)
{
    unsigned n = s->gfx[GFX_ROTATE] & 7;

    return v >> n | v << (8 - n);
}

static void write_planes(VGAState *s, paddr addr, uint8_t v)
{
    uint8_t mode = s->gfx[GFX_MODE] & 3, mask = s->gfx[GFX_BIT_MASK];
    uint8_t *at;

    addr = addr * 4 & (s->size - 1);
    at = s->mem + addr;
    if (mode == 0 || mode == 3) {
        v = rotate(s, v);
    }
    if (mode == 3) {
        mask &= v;
    }
    for (int p = 0; p < 4; p++) {
        uint8_t sr = s->gfx[GFX_SET_RESET] >> p & 1 ? 0xff : 0, data;

        if (!(s->seq[SEQ_PLANES] >> p & 1)) {
            continue;
        }
        if (mode == 1) {
            at[p] = s->latch[p];
            continue;
        }
        data = mode == 2 ? (v >> p & 1 ? 0xff : 0)
             : mode == 3 || (s->gfx[GFX_ENABLE_SR] >> p & 1) ? sr : v;
        data = logic(s, data, s->latch[p]);
        at[p] = (data & mask) | (s->latch[p] & ~mask);
    }
    memory_region_set_dirty(&s->vram, addr, 4);
}

static void mem_write(void *opaque, paddr addr, uint64_t v, unsigned size)
{
    VGAState *s = opaque;
    paddr plane;

    if (!decode(s, &addr)) {
        return;
    }
    if (s->seq[SEQ_MODE] & SEQ4_CHAIN4) {
        plane = addr & 3;
        addr &= s->size - 1;
    } else if (!(s->seq[SEQ_MODE] & SEQ4_ODD_EVEN_OFF)) {
        plane = addr & 1;
        addr = ((addr & ~1ull) << 1 | plane) & (s->size - 1);
    } else {
        write_planes(s, addr, v);
        return;
    }
    if (s->seq[SEQ_PLANES] >> plane & 1) {
        s->mem[addr] = v;
        memory_region_set_dirty(&s->vram, addr, 1);
    }
}

const MemoryRegionOps vga_mem_ops = {
    .read = mem_read,
    .write = mem_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};
