/* SPDX-License-Identifier: MIT */
/* The VGA by its registers: planes, text, palette, VBE modes, the picture. */
#include "util/osdep.h"
#include "tests/unit/pc.h"
#include "ui/console.h"

static void setup(void)
{
    static const char *const opts[] = { "vga=std", NULL };

    pc_make(opts);
    pci_out(2, 0, 0x10, 0xfd000000);
    pci_out(2, 0, 0x04, 3);
    outb(0x3c2, 0x67);
}

TestSuite(pc_vga, .init = setup);

static void reg(unsigned port, uint8_t index, uint8_t v)
{
    outw(port, index | v << 8);
}

static void vbe(unsigned index, uint16_t v)
{
    outw(0x1ce, index);
    outw(0x1cf, v);
}

static uint32_t pixel(int x, int y)
{
    Console *con = console_get(0);

    console_update(con);
    cr_assert(x < console_width(con) && y < console_height(con), "%dx%d",
              console_width(con), console_height(con));
    return console_pixels(con)[y * console_width(con) + x];
}

Test(pc_vga, write_modes)
{
    reg(0x3ce, 6, 0x05);                /* A0000h, 64 KiB */
    reg(0x3c4, 4, 0x06);
    reg(0x3c4, 2, 0x0f);
    reg(0x3ce, 8, 0xff);
    reg(0x3ce, 5, 0x00);
    writeb(0xa0010, 0x3c);
    for (int p = 0; p < 4; p++) {
        reg(0x3ce, 4, p);
        cr_assert_eq(readb(0xa0010), 0x3c);
    }
    reg(0x3c4, 2, 0x02);                /* one plane */
    writeb(0xa0010, 0xff);
    reg(0x3ce, 4, 1);
    cr_assert_eq(readb(0xa0010), 0xff);
    reg(0x3ce, 4, 0);
    cr_assert_eq(readb(0xa0010), 0x3c);
    reg(0x3c4, 2, 0x0f);
    reg(0x3ce, 5, 0x02);                /* mode 2: a color, bit mask */
    reg(0x3ce, 8, 0x0f);
    readb(0xa0010);
    writeb(0xa0010, 0x01);
    reg(0x3ce, 4, 0);
    cr_assert_eq(readb(0xa0010), 0x3f);
    reg(0x3ce, 4, 1);
    cr_assert_eq(readb(0xa0010), 0xf0);
    reg(0x3ce, 5, 0x01);                /* mode 1: the latches */
    readb(0xa0010);
    writeb(0xa0020, 0);
    reg(0x3ce, 4, 1);
    cr_assert_eq(readb(0xa0020), 0xf0);
    reg(0x3ce, 5, 0x08);                /* read mode 1: compare */
    reg(0x3ce, 7, 0x03);
    reg(0x3ce, 2, 0x01);
    cr_assert_eq(readb(0xa0020), 0x0f);
    reg(0x3ce, 5, 0x00);
    reg(0x3ce, 8, 0xff);
    reg(0x3ce, 3, 0x1a);                /* XOR, rotated by 2 */
    readb(0xa0020);
    writeb(0xa0020, 0x03);
    reg(0x3ce, 4, 1);
    cr_assert_eq(readb(0xa0020), 0x30);
}

Test(pc_vga, dac)
{
    outb(0x3c8, 10);
    outb(0x3c9, 1);
    outb(0x3c9, 2);
    outb(0x3c9, 63);
    outb(0x3c7, 10);
    cr_assert_eq(inb(0x3c7), 3);
    cr_assert_eq(inb(0x3c9), 1);
    cr_assert_eq(inb(0x3c9), 2);
    pc_save_and_load();
    cr_assert_eq(inb(0x3c9), 63);
    inb(0x3da);
    outb(0x3c0, 0x31);
    outb(0x3c0, 0x07);
    inb(0x3da);
    cr_assert_eq(inb(0x3c1), 0x07);
    cr_assert_eq(inb(0x3b4), 0xff, "color: nobody at 3B4h");
}

Test(pc_vga, vbe_modes)
{
    cr_assert_eq((outw(0x1ce, 0), inw(0x1cf)), 0xb0c5);
    cr_assert_eq((outw(0x1ce, 10), inw(0x1cf)), 256);
    vbe(1, 640);
    vbe(2, 480);
    vbe(3, 32);
    vbe(4, 0x41);
    writel(0xfd000000 + (100 * 640 + 200) * 4, 0x00ff8040);
    cr_assert_eq(pixel(200, 100), 0x00ff8040);
    outw(0x1ce, 7);
    cr_assert_eq(inw(0x1cf), (16 << 20) / (640 * 4), "lines in memory");
    vbe(8, 200);                        /* pan */
    vbe(9, 100);
    cr_assert_neq(pixel(0, 0), 0x00ff8040, "no room to pan to the right");
    vbe(6, 1024);
    vbe(8, 200);
    vbe(4, 0x00);
    vbe(1, 320);
    vbe(2, 200);
    vbe(3, 16);
    vbe(4, 0x41);
    writel(0xfd000000, 0xf80007e0);
    cr_assert_eq(pixel(0, 0), 0x0000fc00);
    cr_assert_eq(pixel(1, 0), 0x00f80000);
    vbe(5, 3);                          /* the window, bank 3 */
    writeb(0xa0004, 0x77);
    cr_assert_eq(readb(0xfd030004), 0x77);
    vbe(4, 0);
    vbe(1, 0xffff);
    vbe(2, 0xffff);
    vbe(3, 77);
    vbe(4, 0x41);
    pixel(0, 0);
    cr_assert(console_width(console_get(0)) <= 16000);
}

Test(pc_vga, text)
{
    static const uint8_t crtc[] = { 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf,
        0x1f, 0x00, 0x4f, 0x20, 0x0e, 0, 0, 0, 0, 0x9c, 0x0e, 0x8f, 0x28,
        0x1f, 0x96, 0xb9, 0xa3, 0xff };

    for (size_t i = 0; i < sizeof(crtc); i++) {
        reg(0x3d4, i, crtc[i]);
    }
    reg(0x3c4, 1, 0x01);                /* 8 dots */
    reg(0x3c4, 4, 0x06);
    reg(0x3c4, 2, 0x04);                /* the font is in plane 2 */
    reg(0x3ce, 6, 0x04);
    reg(0x3ce, 8, 0xff);
    for (int l = 0; l < 16; l++) {
        writeb(0xa0000 + 'A' * 32 + l, l ? 0x00 : 0xf0);
    }
    reg(0x3c4, 2, 0x03);
    reg(0x3c4, 4, 0x02);
    reg(0x3ce, 5, 0x10);
    reg(0x3ce, 6, 0x0e);
    for (int i = 0; i < 16; i++) {
        inb(0x3da);
        outb(0x3c0, i);
        outb(0x3c0, i);
        outb(0x3c8, i);
        outb(0x3c9, i);
        outb(0x3c9, i);
        outb(0x3c9, i);
    }
    inb(0x3da);
    outb(0x3c0, 0x20);
    writew(0xb8000 + 2 * (80 + 2), 0x1f00 | 'A');
    cr_assert_eq(readw(0xb8000 + 2 * 82), 0x1f41);
    cr_assert_eq(pixel(16, 16), 0x3c3c3c);
    cr_assert_eq(pixel(20, 16), 0x040404);
    cr_assert_eq(pixel(16, 17), 0x040404);
    cr_assert_eq(console_width(console_get(0)), 640);
    cr_assert_eq(console_height(console_get(0)), 400);
}
