/* SPDX-License-Identifier: MIT */
/*
 * Random accesses to all ports and device memory: nothing may assert, read out
 * of bounds (MODE=asan) or hang.  PC_SEED and PC_ROUNDS choose others and more.
 */
#include "util/osdep.h"
#include "block/block.h"
#include "tests/unit/pc.h"
#include "ui/console.h"

static uint64_t state;

static uint32_t rnd(void)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return state >> 33;
}

static const uint16_t ports[] = {
    0x00, 0x20, 0x40, 0x60, 0x64, 0x70, 0x80, 0x92, 0xa0, 0xb2, 0xc0, 0xf0,
    0x170, 0x1ce, 0x1f0, 0x376, 0x3b4, 0x3c0, 0x3d4, 0x3f6, 0x3f8, 0x4d0,
    0x510, 0x514, 0x600, 0x700, 0xafe0, 0xcf8, 0xcfc, 0xc000, 0xc010, 0xc080,
    0xc100, 0xc180,
};
static const uint32_t places[] = {
    0xa0000, 0xb8000, 0xc0000, 0xe0000, 0xfd000000, 0xfe000000, 0xfe001000,
    0xfe002000, 0xfe003000, 0xfe004000, 0xfe005000, 0xfe006000, 0xfe007000,
    0xfebf0400, 0xfebc0000, 0xfebc0100,
    0xfebc2800, 0xfebc3800, 0xfebc5400, 0xfebf1000, 0xfebf2000, 0xfec00000, 0xfed00000, 0xfed00100,
    0xfee00000, 0xfee00300, 0x1000, 0x100000,
};

static void place_bars(void)
{
    pci_out(1, 1, 0x20, 0xc000);
    pci_out(1, 1, 0x04, 7);
    pci_out(1, 3, 0x40, 0x601);
    pci_out(1, 3, 0x80, 1);
    pci_out(2, 0, 0x10, 0xfd000000);
    pci_out(2, 0, 0x18, 0xfebf0000);
    pci_out(2, 0, 0x04, 7);
    pci_out(5, 0, 0x10, 0xfebc0000);
    pci_out(5, 0, 0x14, 0xc180);
    pci_out(5, 0, 0x04, 7);
    for (int i = 0; i < 2; i++) {
        pci_out(3 + i, 0, 0x10, 0xc080 + i * 0x80);
        pci_out(3 + i, 0, 0x14, 0xfebf1000 + i * 0x1000);
        pci_out(3 + i, 0, 0x20, 0xfe000000 + i * 0x4000);
        pci_out(3 + i, 0, 0x24, 0);
        pci_out(3 + i, 0, 0x04, 7);
    }
}

static uint32_t value(void)
{
    static const uint32_t some[] = { 0, 1, 0xff, 0xffff, 0x80000000,
                                     0xffffffff, 0x1000, 0x100000, 7, 15 };

    return rnd() & 1 ? some[rnd() % ARRAY_SIZE(some)]
                     : rnd() >> (rnd() % 31);
}

static void one(void)
{
    uint32_t v = value();
    unsigned port = ports[rnd() % ARRAY_SIZE(ports)] + rnd() % 16;
    paddr at = places[rnd() % ARRAY_SIZE(places)] + rnd() % 64;

    switch (rnd() % 16) {
    case 0 ... 2:
        outb(port, v);
        break;
    case 3:
        outw(port, v);
        break;
    case 4:
        outl(port, v);
        break;
    case 5:
        inb(port);
        inw(port);
        inl(port);
        break;
    case 6 ... 8:
        writel(at & ~3ull, v);
        break;
    case 9:
        writew(at & ~1ull, v);
        break;
    case 10:
        writeb(at, v);
        break;
    case 11:
        readl(at & ~3ull);
        readb(at);
        break;
    case 12:
        virtual_clock_step(rnd() % 100000);
        x86_interrupt_acknowledge(rnd() % PC_CPUS);
        break;
    case 13:
        pci_out(rnd() % 6, rnd() % 4, rnd(), v);
        break;
    case 14:
        vcpu_current = rnd() % PC_CPUS;
        input_mouse(v, rnd(), rnd() % 5 - 2, rnd() & 7);
        input_key(rnd() & 0xff, rnd() & 1);
        break;
    default:
        while (g_main_context_iteration(NULL, false)) {
        }
    }
}

Test(pc_random, registers, .timeout = 120)
{
    static const char *const opts[] = { "vga=std", NULL };
    char disk[] = "/tmp/pc-random-XXXXXX";
    const char *seed = getenv("PC_SEED"), *rounds = getenv("PC_ROUNDS");
    int fd = mkstemp(disk), n = rounds ? atoi(rounds) : 40;
    char *text;

    state = seed ? atoi(seed) : 1;
    cr_assert_eq(ftruncate(fd, 1 << 20), 0);
    text = g_strdup_printf("file=%s,format=raw,if=virtio", disk);
    cr_assert(block_open_drive(text, IF_VIRTIO, NULL));
    text = g_strdup_printf("file=%s,format=raw,if=ide,snapshot=on,index=0,"
                           "file.locking=off", disk);
    block_open_drive(text, IF_IDE, NULL);
    text = g_strdup("if=ide,index=2,media=cdrom");
    block_open_drive(text, IF_IDE, NULL);
    pc_make(opts);
    cr_assert(qdev_device_add_str("virtio-net-pci,addr=4", NULL));
    cr_assert(qdev_device_add_str("e1000,addr=5", NULL));
    for (int i = 0; i < n; i++) {
        place_bars();
        for (int j = 0; j < 2000; j++) {
            one();
        }
        console_invalidate(console_get(0));
        console_update(console_get(0));
        if (i % 8 == 7) {
            pc_reset();
        }
    }
    close(fd);
    unlink(disk);
}
