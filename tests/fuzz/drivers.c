/* SPDX-License-Identifier: MIT */
/*
 * What drivers do in many steps, as one operation of a register program: a
 * command, a ring.  All values are the input's; only the order is sane.
 */
#include "tests/fuzz/fuzz.h"

#include "hw/pci/pci.h"
#include "tests/unit/pc-machine.h"

/* Where machine.c puts the cards. */
enum { SLOT_BLK = 3, SLOT_NET = 4, SLOT_E1000 = 5 };
/* Rings, behind one another. */
enum { DESC = FUZZ_WINDOW, AVAIL = DESC + 0x400, USED = AVAIL + 0x200,
       RX_RING = DESC + 0x1000, PRD = DESC + 0x2000, BUFFERS = DESC + 0x4000 };

static paddr buffer(FuzzInput *in)
{
    return BUFFERS + (fuzz_take(in, 1) << 6);
}

/* A command with its whole task file, and a packet for CD-ROMs. */
static void ide_command(FuzzInput *in)
{
    unsigned channel = fuzz_take(in, 1), base = channel & 1 ? 0x170 : 0x1f0;
    uint8_t command;

    outb(base + 6, fuzz_take(in, 1));
    for (unsigned reg = 1; reg <= 5; reg++) {
        if (channel & 2) {
            outb(base + reg, fuzz_take(in, 1));         /* 48 bits */
        }
        outb(base + reg, fuzz_take(in, 1));
    }
    command = fuzz_take(in, 1);
    outb(base + 7, command);
    for (unsigned i = 0; command == 0xa0 && i < 6; i++) {
        outw(base, fuzz_take(in, 2));
    }
}

static void ide_start_dma(FuzzInput *in)
{
    unsigned channel = fuzz_take(in, 1);
    uint32_t base = (pci_in(1, 1, 0x20) & 0xfff0) + 8 * (channel & 1);
    paddr at = PRD;

    for (unsigned n = 1 + (channel >> 2 & 3); n--; at += 8) {
        writel(at, buffer(in));
        writel(at + 4, fuzz_take(in, 2) | (n ? 0 : 0x80000000));
    }
    outl(base + 4, PRD);
    outb(base, channel & 2 ? 9 : 1);
}

static uint32_t virtio_bar(unsigned slot)
{
    return pci_in(slot, 0, 0x20) & ~15u;
}

static unsigned virtio_slot(FuzzInput *in)
{
    return fuzz_take(in, 1) & 1 ? SLOT_NET : SLOT_BLK;
}

static void virtio_start(FuzzInput *in)
{
    unsigned slot = virtio_slot(in), sizes = fuzz_take(in, 1);
    uint32_t bar = virtio_bar(slot);

    writeb(bar + 0x14, 0);
    writeb(bar + 0x14, 3);
    for (unsigned i = 0; i < 2; i++) {
        writel(bar + 0x08, i);
        writel(bar + 0x0c, fuzz_take(in, 4));
    }
    writeb(bar + 0x14, 11);
    for (unsigned q = 0; q < 3; q++) {
        writew(bar + 0x16, q);
        writew(bar + 0x18, 1u << (sizes & 7));
        writel(bar + 0x20, DESC);
        writel(bar + 0x28, AVAIL);
        writel(bar + 0x30, USED);
        writew(bar + 0x1c, 1);
    }
    writeb(bar + 0x14, 15);
}

static void virtio_start_legacy(FuzzInput *in)
{
    unsigned slot = virtio_slot(in);
    uint32_t io = pci_in(slot, 0, 0x10) & ~3u;

    outb(io + 18, 3);
    outl(io + 4, fuzz_take(in, 4));
    outw(io + 14, fuzz_take(in, 1));
    outl(io + 8, DESC >> 12);
    outb(io + 18, 7);
}

/* A chain, made available; its first buffer begins with bytes of the input. */
static void virtio_request(FuzzInput *in)
{
    unsigned slot = virtio_slot(in), n = 1 + (fuzz_take(in, 1) & 7);
    unsigned out = fuzz_take(in, 1) & 7, queue = fuzz_take(in, 1) & 3;
    uint16_t index = readw(AVAIL + 2);

    for (unsigned i = 0; i < n; i++) {
        paddr at = DESC + 16 * i, data = buffer(in);
        unsigned len = fuzz_take(in, 1) << (fuzz_take(in, 1) & 7);

        for (unsigned k = 0; k < 20 && !i; k++) {
            writeb(data + k, fuzz_take(in, 1));
        }
        writel(at, data);
        writel(at + 4, 0);
        writel(at + 8, len);
        writew(at + 12, (i < n - 1 ? 1 : 0) | (i > out ? 2 : 0));
        writew(at + 14, i + 1);
    }
    writew(AVAIL + 4 + 2 * (index & 127), 0);
    writew(AVAIL + 2, index + 1);
    writew(virtio_bar(slot) + 0x3000 + 4 * queue, 0);
}

static void e1000_start(FuzzInput *in)
{
    uint32_t bar = pci_in(SLOT_E1000, 0, 0x10) & ~15u;

    writel(bar + 0x3800, DESC);
    writel(bar + 0x3808, 0x400);
    writel(bar + 0x400, 2);
    writel(bar + 0x2800, RX_RING);
    writel(bar + 0x2808, 0x400);
    writel(bar + 0x2818, fuzz_take(in, 1));
    for (unsigned i = 0; i < 64; i++) {
        writel(RX_RING + 16 * i, BUFFERS + 2048 * (i & 7));
    }
    writel(bar + 0x100, fuzz_take(in, 4) | 2);
}

static void e1000_send(FuzzInput *in)
{
    uint32_t bar = pci_in(SLOT_E1000, 0, 0x10) & ~15u;
    unsigned n = 1 + (fuzz_take(in, 1) & 3), at = readl(bar + 0x3818) & 63;

    while (n--) {
        paddr d = DESC + 16 * at;

        writel(d, buffer(in));
        writel(d + 4, 0);
        writel(d + 8, fuzz_take(in, 2) | fuzz_take(in, 2) << 16);
        writel(d + 12, fuzz_take(in, 4));
        at = (at + 1) & 63;
    }
    writel(bar + 0x3818, at);
}

static void fw_cfg_dma(FuzzInput *in)
{
    uint32_t words[4] = { fuzz_take(in, 4), fuzz_take(in, 4), 0, buffer(in) };

    for (unsigned i = 0; i < 4; i++) {
        writel(DESC + 4 * i, GUINT32_TO_BE(words[i]));
    }
    outl(0x514, 0);
    outl(0x518, GUINT32_TO_BE(DESC));
}

void fuzz_drive(FuzzInput *in)
{
    static void (*const drivers[])(FuzzInput *in) = {
        ide_command, ide_start_dma, virtio_start, virtio_start_legacy,
        virtio_request, virtio_request, e1000_start, e1000_send, fw_cfg_dma,
    };

    drivers[fuzz_take(in, 1) % G_N_ELEMENTS(drivers)](in);
}
