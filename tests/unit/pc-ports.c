/* SPDX-License-Identifier: MIT */
/* Keyboard controller, serial port, DMA, fw_cfg, small ports. */
#include "util/osdep.h"
#include "chardev/char.h"
#include "hw/dma/i8257.h"
#include "tests/unit/pc.h"
#include "ui/console.h"

static MachineState *m;

static void setup(void)
{
    m = pc_make(NULL);
    pc_init_pic();
}

TestSuite(pc_ports, .init = setup);

static int irr(unsigned irq)
{
    outb(irq < 8 ? 0x20 : 0xa0, 0x0a);
    return inb(irq < 8 ? 0x20 : 0xa0) >> (irq & 7) & 1;
}

/* What comes out of port 60h; -1: nothing. */
static int data(void)
{
    return inb(0x64) & 1 ? inb(0x60) : -1;
}

Test(pc_ports, keyboard_controller)
{
    outb(0x64, 0xaa);
    cr_assert_eq(data(), 0x55);
    outb(0x64, 0x20);
    cr_assert_eq(data(), 0x03);
    outb(0x64, 0x60);
    outb(0x60, 0x47);                   /* interrupts, translation */
    cr_assert_eq(data(), -1);
    outb(0x64, 0xab);
    cr_assert_eq(data(), 0);
    outb(0x60, 0xff);                   /* keyboard reset */
    cr_assert_eq(data(), 0xfa);
    cr_assert_eq(data(), 0xaa);
    outb(0x60, 0xf2);
    cr_assert_eq(data(), 0xfa);
    cr_assert_eq(data(), 0xab);
    cr_assert_eq(data(), 0x41, "83h translated");
    outb(0x60, 0xee);
    cr_assert_eq(data(), 0xee);
    outb(0x64, 0xd2);
    outb(0x60, 0x77);
    cr_assert_eq(data(), 0x77);
    cr_assert_eq(data(), -1);
}

Test(pc_ports, keys)
{
    outb(0x64, 0x60);
    outb(0x60, 0x47);
    input_key(0x1e, true);
    cr_assert(irr(1));
    cr_assert_eq(data(), 0x1e);
    cr_assert_not(irr(1));
    input_key(0x1e, false);
    cr_assert_eq(data(), 0x9e);
    input_key(KEY_EXTENDED | 0x48, true);
    cr_assert_eq(data(), 0xe0);
    cr_assert_eq(data(), 0x48);
    input_key(KEY_EXTENDED | 0x48, false);
    cr_assert_eq(data(), 0xe0);
    cr_assert_eq(data(), 0xc8);
    outb(0x64, 0x60);
    outb(0x60, 0x07);                   /* not translated: set 2 */
    input_key(0x41, true);              /* F7 */
    pc_save_and_load();
    cr_assert_eq(data(), 0x83);
    input_key(0x41, false);
    cr_assert_eq(data(), 0xf0);
    cr_assert_eq(data(), 0x83);
    for (int i = 0; i < 100; i++) {     /* more than the buffer holds */
        input_key(0x10, true);
    }
    for (int i = 0; i < 17; i++) {
        cr_assert_eq(data(), 0x15);
    }
    cr_assert_eq(data(), -1);
}

static void mouse(uint8_t v)
{
    outb(0x64, 0xd4);
    outb(0x60, v);
    cr_assert_eq(inb(0x64) & 0x21, 0x21);
    cr_assert_eq(data(), 0xfa);
}

Test(pc_ports, mouse)
{
    static const uint8_t knock[] = { 200, 100, 80 };

    outb(0x64, 0xa8);
    outb(0x64, 0x60);
    outb(0x60, 0x43);
    mouse(0xff);
    cr_assert_eq(data(), 0xaa);
    cr_assert_eq(data(), 0x00);
    for (size_t i = 0; i < sizeof(knock); i++) {
        mouse(0xf3);
        mouse(knock[i]);
    }
    mouse(0xf2);
    cr_assert_eq(data(), 3, "a wheel");
    mouse(0xf4);
    input_mouse(5, 3, -1, MOUSE_BUTTON_LEFT);
    cr_assert(irr(12));
    cr_assert_eq(data(), 0x29);
    cr_assert_eq(data(), 5);
    cr_assert_eq(data(), 0xfd);
    cr_assert_eq(data(), 0xff);
    cr_assert_eq(data(), -1);
}

Test(pc_ports, a20)
{
    cr_assert(pc_a20);
    outb(0x64, 0xdd);
    cr_assert_not(pc_a20);
    outb(0x92, 2);
    cr_assert(pc_a20);
    outb(0x92, 0);
    outb(0x64, 0xd1);
    outb(0x60, 0x03);
    cr_assert(pc_a20);
}

Test(pc_ports, serial)
{
    GError *err = NULL;

    cr_assert(chardev_new("null,id=c", &err));
    cr_assert(qdev_device_add_str("isa-serial,chardev=c", &err), "%s",
              err ? err->message : "");
    cr_assert_eq(inb(0x3fd), 0x60);
    outb(0x3fb, 0x83);
    outb(0x3f8, 0x34);
    outb(0x3f9, 0x12);
    cr_assert_eq(inb(0x3f8) | inb(0x3f9) << 8, 0x1234);
    outb(0x3fb, 0x03);
    outb(0x3ff, 0xa5);
    cr_assert_eq(inb(0x3ff), 0xa5);
    outb(0x3fc, 0x08);
    outb(0x3f9, 0x02);                  /* transmitter empty */
    cr_assert(irr(4));
    cr_assert_eq(inb(0x3fa), 0x02);
    cr_assert_eq(inb(0x3fa), 0x01);
    cr_assert_not(irr(4));
    outb(0x3fc, 0x1b);                  /* loop; RTS, DTR, OUT2 */
    cr_assert_eq(inb(0x3fe) & 0xf0, 0xb0);
    outb(0x3fa, 0x07);
    outb(0x3f9, 0x01);
    outb(0x3f8, 0x41);
    outb(0x3f8, 0x42);
    cr_assert_eq(inb(0x3fd) & 1, 1);
    pc_save_and_load();
    cr_assert_eq(inb(0x3fa), 0xc4);
    cr_assert_eq(inb(0x3f8), 0x41);
    cr_assert_eq(inb(0x3f8), 0x42);
    cr_assert_eq(inb(0x3fd) & 1, 0);
    outb(0x3fa, 0xc7);                  /* emptied; interrupts from 14 on */
    outb(0x3f8, 0x43);
    cr_assert_eq(inb(0x3fa), 0xc1, "neither full nor old");
    virtual_clock_step(4000000000ll);
    cr_assert_eq(inb(0x3fa), 0xcc, "old");
    outb(0x3f9, 0x00);
    cr_assert_eq(inb(0x3fa), 0xc1, "nobody wants to know");
    outb(0x3f9, 0x01);
    cr_assert_eq(inb(0x3f8), 0x43);
    for (int i = 0; i < 20; i++) {
        outb(0x3f8, i);
    }
    cr_assert_eq(inb(0x3fd) & 3, 3, "overrun");
    cr_assert_not(qdev_device_add_str("isa-serial,chardev=c", &err));
    g_clear_error(&err);
    cr_assert_not(qdev_device_add_str("isa-serial,iobase=0xfffc", &err));
    g_clear_error(&err);
    cr_assert_not(qdev_device_add_str("isa-serial,irq=16", &err));
}

Test(pc_ports, dma)
{
    DeviceState *dma = DEVICE(object_resolve_path_component(OBJECT(m),
                                                            "dma"));
    uint8_t buf[16] = "0123456789abcdef";
    bool tc;

    cr_assert_eq(i8257_transfer(dma, 2, buf, 16, true, &tc), 0, "masked");
    outb(0x0c, 0);
    outb(0x04, 0x00);
    outb(0x04, 0x20);
    outb(0x05, 0x07);                   /* eight bytes */
    outb(0x05, 0x00);
    outb(0x81, 0x01);
    outb(0x0b, 0x46);
    outb(0x0a, 0x02);
    cr_assert_eq(i8257_transfer(dma, 2, buf, 5, true, &tc), 5);
    cr_assert_not(tc);
    cr_assert_eq(readl(0x12000), 0x33323130);
    outb(0x0c, 0);
    cr_assert_eq(inb(0x05), 2);
    cr_assert_eq(inb(0x05), 0);
    cr_assert_eq(i8257_transfer(dma, 2, buf, 16, true, &tc), 3);
    cr_assert(tc);
    cr_assert_eq(inb(0x08), 0x04);
    cr_assert_eq(inb(0x08), 0x00);
    cr_assert_eq(inb(0x0f) & 0x0f, 0x0f);
}

static uint64_t fw_number(uint16_t key, unsigned n)
{
    uint64_t v = 0;

    outw(0x510, key);
    for (unsigned i = 0; i < n; i++) {
        v |= (uint64_t)inb(0x511) << (8 * i);
    }
    return v;
}

Test(pc_ports, fw_cfg)
{
    unsigned n = 0, key = 0;

    cr_assert_eq(fw_number(0, 4), 0x554d4551, "QEMU");
    cr_assert_eq(fw_number(1, 4), 3);
    cr_assert_eq(fw_number(3, 8), 64 << 20);
    cr_assert_eq(fw_number(5, 2), PC_CPUS);
    cr_assert_eq(fw_number(0x7777, 4), 0);
    cr_assert_eq(inl(0x514), 0x554d4551);
    outw(0x510, 0x19);
    for (int i = 0; i < 4; i++) {
        n = n << 8 | inb(0x511);
    }
    for (unsigned i = 0; i < n; i++) {
        uint8_t e[64];

        for (int j = 0; j < 64; j++) {
            e[j] = inb(0x511);
        }
        if (!strcmp((char *)e + 8, "etc/e820")) {
            key = e[4] << 8 | e[5];
            cr_assert_eq(e[3], 20);
        }
    }
    cr_assert(key);
    /* The same by DMA: select and read. */
    writel(0x1000, __builtin_bswap32(key << 16 | 0x0a));
    writel(0x1004, __builtin_bswap32(24));
    writel(0x1008, 0);
    writel(0x100c, __builtin_bswap32(0x2000));
    writel(0x2014, 0xffffffff);
    outl(0x514, 0);
    outl(0x518, __builtin_bswap32(0x1000));
    cr_assert_eq(readl(0x1000), 0, "done, no error");
    cr_assert_eq(readl(0x2008), 64 << 20);
    cr_assert_eq(readl(0x2010), 1);
    cr_assert_eq(readl(0x2014), 0, "beyond the end: zeroes");
    writel(0x1000, __builtin_bswap32(0x10));    /* a write: refused */
    outl(0x518, __builtin_bswap32(0x1000));
    cr_assert_eq(readl(0x1000), __builtin_bswap32(1));
    writel(0x1000, __builtin_bswap32(2));   /* 4 GiB from A0000h, no memory, on */
    writel(0x1004, 0xffffffff);
    writel(0x1008, 0);
    writel(0x100c, __builtin_bswap32(0xa0000));
    outl(0x514, 0);
    outl(0x518, __builtin_bswap32(0x1000));
    cr_assert_eq(readl(0x1000), __builtin_bswap32(1));
    outl(0x514, 0xffffffff);            /* a descriptor nowhere */
    outl(0x518, 0xffffffff);
}

Test(pc_ports, debug_exit_and_speaker)
{
    cr_assert(qdev_device_add_str("isa-debug-exit,iobase=0xf4", NULL));
    outb(0xf4, 5);
    cr_assert_eq(machine_request_count(MACHINE_EXIT), 1);
    outb(0x80, 0x99);
    cr_assert_eq(inb(0x80), 0x99);
    outb(0x43, 0xb0);                   /* counter 2, mode 0 */
    outb(0x61, 0x01);
    outb(0x42, 100);
    outb(0x42, 0);
    cr_assert_eq(inb(0x61) & 0x21, 0x01);
    virtual_clock_step(NANOSECONDS_PER_SECOND / 1000);
    cr_assert_eq(inb(0x61) & 0x21, 0x21);
}
