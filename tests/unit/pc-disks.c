/* SPDX-License-Identifier: MIT */
/* IDE by PIO and bus mastering, CD-ROM packets, virtio-blk: real images. */
#include "util/osdep.h"
#include "block/block.h"
#include "tests/unit/pc.h"

#define SIZE (1 << 20)

static char disk[] = "/tmp/pc-disk-XXXXXX", cd[] = "/tmp/pc-cd-XXXXXX",
            vd[] = "/tmp/pc-vd-XXXXXX";
static uint8_t content[SIZE];

static void image(char *name, const char *options, BlockInterface interface)
{
    int fd = mkstemp(name);
    char *text = g_strdup_printf("file=%s,format=raw,%s", name, options);
    GError *err = NULL;

    cr_assert_eq(write(fd, content, SIZE), SIZE);
    close(fd);
    cr_assert(block_open_drive(text, interface, &err), "%s",
              err ? err->message : "");
    g_free(text);
}

static void setup(void)
{
    for (int i = 0; i < SIZE; i++) {
        content[i] = i * 7 + (i >> 8) * 13 + (i >> 16);
    }
    image(disk, "if=ide,index=0", IF_IDE);
    image(cd, "if=ide,index=2,media=cdrom", IF_IDE);
    image(vd, "if=virtio", IF_VIRTIO);
    pc_make(NULL);
    pc_init_pic();
}

static void teardown(void)
{
    block_close_all();
    unlink(disk);
    unlink(cd);
    unlink(vd);
}

TestSuite(pc_disks, .init = setup, .fini = teardown);

static void command(unsigned base, uint32_t lba, uint8_t count, uint8_t cmd)
{
    outb(base + 6, 0xe0 | lba >> 24);
    outb(base + 2, count);
    outb(base + 3, lba);
    outb(base + 4, lba >> 8);
    outb(base + 5, lba >> 16);
    outb(base + 7, cmd);
}

static uint8_t wait_ready(unsigned base)
{
    for (int i = 0; i < 20 && inb(base + 7) & 0x80; i++) {
        pc_run_host();
    }
    return inb(base + 7);
}

Test(pc_disks, identify)
{
    uint16_t id[256];

    command(0x1f0, 0, 0, 0xec);
    cr_assert_eq(inb(0x3f6), 0x58);
    for (int i = 0; i < 256; i++) {
        id[i] = inw(0x1f0);
    }
    cr_assert_eq(inb(0x1f7), 0x50);
    cr_assert_eq(id[60] | id[61] << 16, SIZE / 512);
    cr_assert_eq(id[27], 'Q' << 8 | 'E');
    command(0x170, 0, 0, 0xec);
    cr_assert_eq(inb(0x177) & 1, 1);
    cr_assert_eq(inb(0x174) | inb(0x175) << 8, 0xeb14, "ATAPI");
    outb(0x1f6, 0xf0);
    cr_assert_eq(inb(0x1f7), 0, "no second drive");
}

Test(pc_disks, pio)
{
    command(0x1f0, 3, 2, 0x20);
    for (int s = 0; s < 2; s++) {
        cr_assert_eq(wait_ready(0x1f0), 0x58);
        for (int i = 0; i < 256; i++) {
            cr_assert_eq(inw(0x1f0), content[(3 + s) * 512 + 2 * i] |
                         content[(3 + s) * 512 + 2 * i + 1] << 8);
        }
    }
    cr_assert_eq(inb(0x1f7), 0x50);
    command(0x1f0, 10, 1, 0x30);
    for (int i = 0; i < 256; i++) {
        outw(0x1f0, 0x1234 + i);
    }
    cr_assert_eq(wait_ready(0x1f0), 0x50);
    command(0x1f0, 10, 1, 0x20);
    cr_assert_eq(wait_ready(0x1f0), 0x58);
    cr_assert_eq(inw(0x1f0), 0x1234);
    pc_save_and_load();
    cr_assert_eq(inw(0x1f0), 0x1235);
    outb(0x3f6, 4);
    outb(0x3f6, 0);
    command(0x1f0, SIZE / 512, 1, 0x20);
    cr_assert_eq(wait_ready(0x1f0) & 1, 1, "beyond the end");
    command(0x1f0, 0, 1, 0xb0);
    cr_assert_eq(wait_ready(0x1f0), 0x41, "no such command");
    cr_assert_eq(inb(0x1f1), 4);
}

Test(pc_disks, dma)
{
    pci_out(1, 1, 0x20, 0xc000);
    pci_out(1, 1, 0x04, 5);
    writel(0x1000, 0x20000);            /* two descriptors */
    writel(0x1004, 512);
    writel(0x1008, 0x30000);
    writel(0x100c, 0x80000000 | 1536);
    outl(0xc004, 0x1000);
    outb(0xc002, 6);
    command(0x1f0, 5, 4, 0xc8);
    outb(0xc000, 9);
    cr_assert_eq(wait_ready(0x1f0), 0x50);
    cr_assert_eq(inb(0xc002) & 7, 4);
    cr_assert_eq(readb(0x20000), content[5 * 512]);
    cr_assert_eq(readb(0x305ff), content[9 * 512 - 1]);
    outb(0xc000, 0);
    writel(0x100c, 0x80000000 | 512);   /* too short for the drive */
    outb(0xc002, 6);
    command(0x1f0, 5, 4, 0xc8);
    outb(0xc000, 9);
    cr_assert_eq(wait_ready(0x1f0) & 1, 1);
    cr_assert_eq(inb(0xc002) & 2, 2);
    outb(0xc000, 0);
    outl(0xc004, 0xfffffff0);           /* descriptors nowhere */
    command(0x1f0, 5, 4, 0xca);
    outb(0xc000, 1);
    wait_ready(0x1f0);
}

static void packet(const uint8_t *p, unsigned limit)
{
    outb(0x176, 0xa0);
    outb(0x171, 0);
    outb(0x174, limit);
    outb(0x175, limit >> 8);
    outb(0x177, 0xa0);
    cr_assert_eq(inb(0x376), 0x58);
    for (int i = 0; i < 12; i += 2) {
        outw(0x170, p[i] | p[i + 1] << 8);
    }
}

Test(pc_disks, cdrom)
{
    static const uint8_t capacity[12] = { 0x25 }, read[12] = {
        0x28, 0, 0, 0, 0, 7, 0, 0, 2 }, sense[12] = { 0x03, 0, 0, 0, 18 },
        bad[12] = { 0xff }, far[12] = { 0x28, 0, 0x7f, 0, 0, 0, 0, 0, 1 };
    uint32_t at = 7 * 2048;

    packet(capacity, 2048);
    cr_assert_eq(inb(0x177), 0x58);
    cr_assert_eq(inw(0x170), 0);
    cr_assert_eq(inw(0x170), __builtin_bswap16(SIZE / 2048 - 1));
    cr_assert_eq(inl(0x170), 0x00080000);
    cr_assert_eq(inb(0x177), 0x50);
    packet(read, 1000);
    while (wait_ready(0x170) & 8) {
        unsigned n = inb(0x174) | inb(0x175) << 8;

        cr_assert(n && n <= 1000 && n % 2 == 0);
        for (unsigned i = 0; i < n; i += 2, at += 2) {
            cr_assert_eq(inw(0x170), content[at] | content[at + 1] << 8);
        }
    }
    cr_assert_eq(at, 9 * 2048);
    packet(bad, 2048);
    cr_assert_eq(inb(0x177), 0x41);
    packet(sense, 18);
    cr_assert_eq(inw(0x170), 0x70);
    cr_assert_eq(inw(0x170), 5);
    outb(0x177, 0x08);
    packet(far, 2048);
    cr_assert_eq(inb(0x177), 0x41);
}

/* virtio-blk at slot 2: the version 1 registers. */
#define COMMON 0xfe000000u
#define RING 0x100000u

static void start_virtio(unsigned size)
{
    pci_out(2, 0, 0x20, COMMON);
    pci_out(2, 0, 0x24, 0);
    pci_out(2, 0, 0x04, 6);
    cr_assert_eq(pci_in(2, 0, 0), 0x10011af4);
    writeb(COMMON + 0x14, 0);
    writeb(COMMON + 0x14, 3);
    writel(COMMON + 0x08, 1);
    writel(COMMON + 0x0c, 1);           /* version 1 */
    writeb(COMMON + 0x14, 11);
    writew(COMMON + 0x16, 0);
    cr_assert_eq(readw(COMMON + 0x18), 256);
    writew(COMMON + 0x18, size);
    writel(COMMON + 0x20, RING);
    writel(COMMON + 0x28, RING + 0x1000);
    writel(COMMON + 0x30, RING + 0x2000);
    writew(COMMON + 0x1c, 1);
    writeb(COMMON + 0x14, 15);
}

static void desc(unsigned i, uint32_t addr, uint32_t len, unsigned flags,
                 unsigned next)
{
    writel(RING + 16 * i, addr);
    writel(RING + 16 * i + 4, 0);
    writel(RING + 16 * i + 8, len);
    writew(RING + 16 * i + 12, flags);
    writew(RING + 16 * i + 14, next);
}

static void submit(unsigned index, unsigned head)
{
    writew(RING + 0x1004 + 2 * (index % 8), head);
    writew(RING + 0x1002, index + 1);
    writew(COMMON + 0x3000, 0);
    for (int i = 0; i < 20 && readw(RING + 0x2002) != index + 1; i++) {
        pc_run_host();
    }
}

Test(pc_disks, virtio_blk)
{
    start_virtio(8);
    cr_assert_eq(readl(COMMON + 0x2000), SIZE / 512);
    desc(0, 0x5000, 16, 1, 1);
    desc(1, 0x6000, 1024, 3, 2);
    desc(2, 0x7000, 1, 2, 0);
    writel(0x5000, 0);
    writel(0x5004, 0);
    writel(0x5008, 9);
    writel(0x500c, 0);
    writeb(0x7000, 0xff);
    submit(0, 0);
    cr_assert_eq(readw(RING + 0x2002), 1);
    cr_assert_eq(readb(0x7000), 0);
    cr_assert_eq(readb(0x6000), content[9 * 512]);
    cr_assert_eq(readb(0x63ff), content[11 * 512 - 1]);
    cr_assert_eq(readl(RING + 0x2008), 1025);
    cr_assert_eq(readb(COMMON + 0x1000), 1, "ISR, cleared by reading");
    cr_assert_eq(readb(COMMON + 0x1000), 0);
    pc_save_and_load();
    writel(0x5000, 99);
    submit(1, 0);
    cr_assert_eq(readb(0x7000), 2, "no such request");
    writel(0x5000, 0);
    writel(0x5008, SIZE / 512);
    submit(2, 0);
    cr_assert_eq(readb(0x7000), 1);
}

/* Each answer's length lands on the index of what is available. */
Test(pc_disks, virtio_takes_turns)
{
    const uint32_t avail = RING + 0x4000, used = avail + 2 - 2048;

    start_virtio(256);
    writel(COMMON + 0x28, avail);
    writel(COMMON + 0x30, used);
    desc(0, 0x5000, 16, 1, 1);
    desc(1, 0x6000, 512, 2, 0);
    writel(0x5000, 8);                  /* the disk's name, at once */
    writew(avail + 2, 256);
    writew(COMMON + 0x3000, 0);
    cr_assert_eq(readw(avail + 2), 512);
    cr_assert_eq(readw(used + 2), 256);
    virtual_clock_step(1);
    cr_assert_eq(readw(used + 2), 512);
    virtual_clock_step(1000000);
    cr_assert_eq(readw(used + 2), 512);
}

/* The status of a request is a network card's tail of what to send. */
Test(pc_disks, dma_starts_no_dma)
{
    const uint32_t card = 0xfeb00000, head = card + 0x3810;

    cr_assert(qdev_device_add_str("e1000,addr=4", NULL));
    pci_out(4, 0, 0x10, card);
    pci_out(4, 0, 0x04, 7);
    writel(card + 0x3800, 0x30000);
    writel(card + 0x3808, 128);
    writel(card + 0x400, 2);
    start_virtio(8);
    desc(0, 0x5000, 16, 1, 1);
    desc(1, head + 8, 1, 2, 0);
    writel(0x5000, 99);                 /* status 2: unknown */
    submit(0, 0);
    cr_assert_eq(readl(head + 8), 2);
    cr_assert_eq(readl(head), 0);
    writel(head + 8, 2);
    cr_assert_eq(readl(head), 2, "the processor may");
}

static void broken(void)
{
    writew(RING + 0x1004, 0);
    writew(RING + 0x1002, 1);
    writew(COMMON + 0x3000, 0);
    pc_run_host();
    cr_assert(readb(COMMON + 0x14) & 0x40, "needs reset");
}

Test(pc_disks, virtio_bad_rings)
{
    start_virtio(8);
    desc(0, 0x5000, 16, 1, 0);          /* a loop */
    broken();
    start_virtio(8);
    desc(0, 0x5000, 16, 1, 200);        /* beyond the table */
    broken();
    start_virtio(8);
    desc(0, 0x5000, 15, 0, 0);          /* half a header */
    broken();
    start_virtio(8);
    desc(0, 0xf0000000, 16, 0, 0);      /* nobody there */
    broken();
    start_virtio(8);
    writew(RING + 0x1002, 100);         /* more than there can be */
    writew(COMMON + 0x3000, 0);
    cr_assert(readb(COMMON + 0x14) & 0x40);
    start_virtio(8);
    desc(0, COMMON + 0x3000, 16, 1, 1); /* our own registers */
    desc(1, COMMON + 0x3000, 512, 3, 2);
    desc(2, COMMON + 0x14, 1, 2, 0);
    writew(RING + 0x1004, 0);
    writew(RING + 0x1002, 1);
    writew(COMMON + 0x3000, 0);
    pc_run_host();
}
