/* SPDX-License-Identifier: MIT */
/* The 82540EM by its registers: EEPROM, PHY, interrupts, descriptors. */
#include "util/osdep.h"
#include "hw/intc/i8259.h"
#include "hw/net/e1000-int.h"
#include "tests/unit/pc.h"

#define REG(r) (0xfebc0000u + (r))

static DeviceState *card;

static void setup(void)
{
    pc_make(NULL);
    pc_init_pic();
    card = qdev_device_add_str("e1000,addr=3,mac=52:54:00:aa:bb:cc", NULL);
    cr_assert_not_null(card);
    cr_assert_eq(pci_in(3, 0, 0), 0x100e8086);
    pci_out(1, 0, 0x60, 0x800b8080);            /* slot 3, INTA: PIRQ C */
    outb(0x4d1, 0x0c);
    pci_out(3, 0, 0x10, 0xfebc0000);
    pci_out(3, 0, 0x14, 0xc040);
    pci_out(3, 0, 0x04, 7);
}

TestSuite(pc_e1000, .init = setup);

/* A rising edge of the clock with DI. */
static unsigned clock_bit(unsigned di)
{
    unsigned base = 0x42 | (di ? 4 : 0), out;

    writel(REG(0x10), base);
    writel(REG(0x10), base | 1);
    out = readl(REG(0x10)) >> 3 & 1;
    writel(REG(0x10), base);
    return out;
}

static uint16_t microwire(unsigned word)
{
    unsigned command = 6 << 6 | word, v = 0;

    writel(REG(0x10), 0x40);
    cr_assert(readl(REG(0x10)) & 0x80, "granted");
    writel(REG(0x10), 0x42);
    for (int i = 8; i >= 0; i--) {
        clock_bit(command >> i & 1);
    }
    for (int i = 0; i < 16; i++) {
        v = v << 1 | clock_bit(0);
    }
    writel(REG(0x10), 0);
    return v;
}

Test(pc_e1000, eeprom)
{
    uint16_t sum = 0;

    for (unsigned i = 0; i < 64; i++) {
        writel(REG(0x14), i << 8 | 1);
        cr_assert_eq(readl(REG(0x14)) & 0x10, 0x10);
        cr_assert_eq(readl(REG(0x14)) >> 16, microwire(i), "word %u", i);
        sum += microwire(i);
    }
    cr_assert_eq(sum, 0xbaba);
    cr_assert_eq(microwire(0), 0x5452);
    cr_assert_eq(readl(REG(0x5400)), 0xaa005452);
    outl(0xc040, 0x5404);
    cr_assert_eq(inl(0xc044), 0x8000ccbb);
}

Test(pc_e1000, phy_and_interrupts)
{
    writel(REG(0x20), 2 << 26 | 1 << 21 | 2 << 16);
    cr_assert_eq(readl(REG(0x20)) & 0x5000ffff, 0x10000141);
    writel(REG(0x20), 2 << 26 | 3 << 21 | 2 << 16);
    cr_assert(readl(REG(0x20)) & 0x40000000, "nobody at address 3");
    writel(REG(0xc8), 0x04);
    outb(0xa0, 0x0a);
    cr_assert_eq(inb(0xa0) & 8, 0, "masked");
    writel(REG(0xd0), 0x04);
    cr_assert_eq(inb(0xa0) & 8, 8);
    pc_save_and_load();
    outb(0xa0, 0x0a);
    cr_assert_eq(readl(REG(0xc0)), 0x80000004);
    cr_assert_eq(inb(0xa0) & 8, 0);
    cr_assert_eq(readl(REG(0xc0)), 0);
    writel(REG(0x00), 1 << 26);
    cr_assert_eq(readl(REG(0xd0)), 0);
}

static void descriptor(unsigned i, uint64_t addr, uint32_t lower,
                       uint32_t upper)
{
    writel(0x10000 + 16 * i, addr);
    writel(0x10000 + 16 * i + 4, addr >> 32);
    writel(0x10000 + 16 * i + 8, lower);
    writel(0x10000 + 16 * i + 12, upper);
}

Test(pc_e1000, transmit)
{
    writel(REG(0x3800), 0x10000);
    writel(REG(0x3808), 128);
    writel(REG(0x400), 2);
    descriptor(0, 0x20000, 0x0b000040, 0);      /* legacy, EOP, RS */
    descriptor(1, 0x10001000, 0x2f000000, 0);   /* context, nonsense */
    descriptor(2, 0x20000, 0x2f1fffff, 0x0300); /* TSE, too long */
    descriptor(3, REG(0x3818), 0x2f100010, 0);  /* our own registers */
    writel(REG(0x3818), 4);
    cr_assert_eq(readl(REG(0x3810)), 4);
    cr_assert_eq(readl(0x1000c) & 1, 1);
    cr_assert_eq(readl(0x1003c) & 1, 1);
    cr_assert_eq(readl(REG(0xc0)) & 3, 3);
    writel(REG(0x3818), 0xffff);                /* beyond the ring */
    cr_assert_eq(readl(REG(0x3810)) < 8, 1);
}

Test(pc_e1000, a_full_ring_takes_turns)
{
    writel(REG(0x3800), 0x100000);              /* empty descriptors */
    writel(REG(0x3808), 65000 * 16);
    writel(REG(0x400), 2);
    writel(REG(0x3818), 60000);
    cr_assert_lt(readl(REG(0x3810)), 10000);
    virtual_clock_step(10000000);
    cr_assert_eq(readl(REG(0x3810)), 60000);
}

/* A frame of N bytes to MAC; true if it took a descriptor. */
static bool arrives(const char *mac, unsigned n)
{
    uint32_t head = readl(REG(0x2810));
    uint8_t frame[256];

    memcpy(frame, mac, 6);
    for (unsigned i = 6; i < n; i++) {
        frame[i] = i * 3;
    }
    e1000_receive(card, frame, n);
    return readl(REG(0x2810)) != head;
}

Test(pc_e1000, receive)
{
    const char *ours = "\x52\x54\0\xaa\xbb\xcc";
    const char *all = "\xff\xff\xff\xff\xff\xff";
    const char *group = "\x01\0\x5e\0\0\x01";

    for (unsigned i = 0; i < 8; i++) {
        writel(0x30000 + 16 * i, 0x40000 + 2048 * i);
        writel(0x30004 + 16 * i, 0);
    }
    writel(REG(0x2800), 0x30000);
    writel(REG(0x2808), 128);
    writel(REG(0x2818), 7);
    cr_assert_not(arrives(ours, 100), "not enabled");
    writel(REG(0x100), 2);
    readl(REG(0xc0));
    cr_assert(arrives(ours, 100));
    cr_assert_eq(readl(REG(0xc0)) & 0x80, 0x80, "the receive timer");
    cr_assert_eq(readw(0x30008), 104, "with its CRC");
    cr_assert_eq(readb(0x3000c) & 3, 3, "done, and the last of its frame");
    cr_assert_eq(readl(0x40000), 0xaa005452);
    cr_assert_eq(readb(0x40000 + 99), (uint8_t)(99 * 3));
    cr_assert(arrives(ours, 20));
    cr_assert_eq(readw(0x30018), 64, "padded");
    cr_assert_eq(readl(0x40800 + 20), 0);
    cr_assert_not(arrives("\x52\x54\0\xaa\xbb\xcd", 100), "somebody else");
    cr_assert_not(arrives(all, 100));
    writel(REG(0x100), 2 | 1 << 15);
    cr_assert(arrives(all, 100), "broadcasts are wanted");
    cr_assert_not(arrives(group, 100));
    writel(REG(0x5200), 1 << 16);               /* its bit in the table */
    cr_assert(arrives(group, 100));
    for (unsigned i = 4; i < 7; i++) {
        cr_assert(arrives(ours, 100));
    }
    cr_assert_not(arrives(ours, 100), "no descriptor is left");
    cr_assert_eq(readl(REG(0xc0)) & 0x10, 0x10, "the ring runs low");
}
