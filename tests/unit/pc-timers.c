/* SPDX-License-Identifier: MIT */
/* HPET, real-time clock, ACPI PM timer and events, by their registers. */
#include "util/osdep.h"
#include "hw/timer/hpet.h"
#include "tests/unit/pc.h"

#define HPET(reg) (HPET_ADDRESS + (reg))
#define SECOND NANOSECONDS_PER_SECOND

static void setup(void)
{
    pc_make(NULL);
    vcpu_current = 0;
    pc_init_pic();
}

TestSuite(pc_timers, .init = setup);

static uint8_t cmos(unsigned i)
{
    outb(0x70, i);
    return inb(0x71);
}

static void set_cmos(unsigned i, uint8_t v)
{
    outb(0x70, i);
    outb(0x71, v);
}

static int pending(unsigned irq)
{
    outb(irq < 8 ? 0x20 : 0xa0, 0x0a);
    return inb(irq < 8 ? 0x20 : 0xa0) >> (irq & 7) & 1;
}

Test(pc_timers, hpet_counts)
{
    cr_assert_eq(readl(HPET(0)), HPET_ID);
    cr_assert_eq(readl(HPET(4)), 10000000);
    virtual_clock_step(1000);
    cr_assert_eq(readl(HPET(0xf0)), 0);
    writel(HPET(0x10), 1);
    virtual_clock_step(1000);
    cr_assert_eq(readl(HPET(0xf0)), 100);
    writel(HPET(0x10), 0);
    virtual_clock_step(1000);
    cr_assert_eq(readl(HPET(0xf0)), 100);
    writel(HPET(0xf0), 0xfffffff0);
    writel(HPET(0xf4), 5);
    writel(HPET(0x10), 1);
    virtual_clock_step(160);
    pc_save_and_load();
    cr_assert_eq(readl(HPET(0xf0)), 0);
    cr_assert_eq(readl(HPET(0xf4)), 6);
}

Test(pc_timers, hpet_fires)
{
    pc_enable_apic();
    writel(HPET(0x110), 0x0000004a);            /* message: value */
    writel(HPET(0x114), 0xfee00000);
    writel(HPET(0x100), 0x4004);
    writel(HPET(0x108), 50);
    writel(HPET(0x10c), 0);
    writel(HPET(0x10), 1);
    virtual_clock_step(499);
    cr_assert_not(pc_cpus[0].intr);
    virtual_clock_step(1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x4a);
    writel(0xfee000b0, 0);
    /* Periodic: the first match, then the period. */
    writel(HPET(0x10), 0);
    writel(HPET(0xf0), 0);
    writel(HPET(0xf4), 0);
    writel(HPET(0x100), 0x404c);
    writel(HPET(0x108), 2000);
    writel(HPET(0x108), 1500);
    writel(HPET(0x10), 1);
    virtual_clock_step(19999);
    cr_assert_not(pc_cpus[0].intr);
    virtual_clock_step(1);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(x86_interrupt_acknowledge(0), 0x4a);
        writel(0xfee000b0, 0);
        virtual_clock_step(15000);
    }
}

/* Ticks that nobody takes in time come when the ones before are taken. */
Test(pc_timers, hpet_owes_ticks)
{
    pc_enable_apic();
    writel(HPET(0x110), 0x0000004a);
    writel(HPET(0x114), 0xfee00000);
    writel(HPET(0x108), 0);
    writel(HPET(0x10c), 0);
    writel(HPET(0x100), 0x404c);
    writel(HPET(0x108), 2000);
    writel(HPET(0x108), 2000);
    writel(HPET(0x10), 1);
    virtual_clock_step(20000);
    virtual_clock_step(20000);          /* meets the first */
    virtual_clock_step(45000);          /* two at once */
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(x86_interrupt_acknowledge(0), 0x4a);
        cr_assert_not(pc_cpus[0].intr);
        writel(0xfee000b0, 0);
    }
    cr_assert_not(pc_cpus[0].intr);
    virtual_clock_step(60000);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x4a);
    writel(HPET(0x100), 0x4048);        /* off: nothing is owed */
    writel(0xfee000b0, 0);
    cr_assert_not(pc_cpus[0].intr);
}

/* Half of all numbers away is "just missed", again and again. */
Test(pc_timers, hpet_comes_to_rest)
{
    writel(HPET(0x100), 0x4c);
    address_space_store(&address_space_memory, HPET(0x108), 1ull << 63, 8,
                        MEMTXATTRS_UNSPECIFIED, NULL);
    writel(HPET(0x10), 1);
    timers_run(CLOCK_TYPE_VIRTUAL);
    cr_assert_gt(timers_deadline_ns(CLOCK_TYPE_VIRTUAL), 0);
}

Test(pc_timers, hpet_replaces_the_8254)
{
    outb(0x43, 0x34);
    outb(0x40, 100);
    outb(0x40, 0);
    virtual_clock_step(SECOND / 1000);
    cr_assert(pending(0));
    writel(HPET(0x10), 3);
    cr_assert_not(pending(0), "the line is ours now");
    virtual_clock_step(SECOND / 1000);
    cr_assert_not(pending(0));
    writel(HPET(0x100), 0x04);
    writel(HPET(0x108), readl(HPET(0xf0)) + 100);
    outb(0x21, 0xfe);
    virtual_clock_step(2000);
    /* An edge: it is gone from the line, and was seen. */
    cr_assert_eq(readl(HPET(0x20)), 0);
}

Test(pc_timers, rtc_keeps_time)
{
    set_cmos(0x0b, 0x82);                       /* set, 24 hours, BCD */
    set_cmos(0x00, 0x58);
    set_cmos(0x02, 0x59);
    set_cmos(0x04, 0x23);
    set_cmos(0x07, 0x28);
    set_cmos(0x08, 0x02);
    set_cmos(0x09, 0x24);
    set_cmos(0x32, 0x20);
    set_cmos(0x0b, 0x02);
    cr_assert_eq(cmos(0x04), 0x23);
    cr_assert_eq(cmos(0x09), 0x24);
    cr_assert_eq(cmos(0x06), 4, "28 February 2024 was a Wednesday");
    set_cmos(0x0b, 0x06);                       /* binary */
    cr_assert_eq(cmos(0x04), 23);
    set_cmos(0x0b, 0x04);                       /* 12 hours */
    cr_assert_eq(cmos(0x04), 0x80 | 11);
    cr_assert_eq(cmos(0x0d), 0x80);
    set_cmos(0x7f, 0x5a);
    pc_save_and_load();
    cr_assert_eq(cmos(0x7f), 0x5a);
    cr_assert_eq(cmos(0x34) | cmos(0x35) << 8, (64 - 16) << 4);
    cr_assert_eq(cmos(0x5f), PC_CPUS - 1);
}

static int64_t pm_ticks(int64_t ns)
{
    return (Int128)ns * 3579545 / SECOND;
}

static void enable_pm(void)
{
    pci_out(1, 3, 0x40, 0x601);
    pci_out(1, 3, 0x80, 0x01);
}

Test(pc_timers, pm_timer)
{
    int64_t now;

    cr_assert_eq(inw(0x600), 0xffff, "nobody there yet");
    enable_pm();
    virtual_clock_step(1234567);
    now = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    cr_assert_eq(inl(0x608), pm_ticks(now) & 0xffffff);
    /* Bit 23 changes after 2.34 seconds. */
    outw(0x602, 1);
    outb(0xb2, 0xf1);
    cr_assert_eq(inw(0x604), 1, "SCI_EN");
    virtual_clock_step(2 * SECOND);
    cr_assert_eq(inw(0x600), 0);
    cr_assert_not(pending(9));
    virtual_clock_step(SECOND / 2);
    cr_assert_eq(inw(0x600), 1);
    cr_assert(pending(9));
    outw(0x600, 1);
    cr_assert_eq(inw(0x600), 0);
    outb(0xb2, 0xf0);
    cr_assert_eq(inw(0x604), 0);
}

Test(pc_timers, power_button_and_sleep)
{
    enable_pm();
    outw(0x602, 0x100);
    outb(0xb2, 0xf1);
    machine_powerdown();
    cr_assert_eq(inw(0x600), 0x100);
    cr_assert(pending(9));
    outw(0x600, 0x100);
    cr_assert_eq(machine_request_count(MACHINE_SHUTDOWN), 0);
    outw(0x604, 0x2001);                        /* SLP_EN, type 0: S5 */
    cr_assert_eq(machine_request_count(MACHINE_SHUTDOWN), 1);
    outw(0x604, 0x2401);
    cr_assert_eq(machine_request_count(MACHINE_SUSPEND), 1);
    cr_assert_eq(inw(0x604), 0x0401, "SLP_EN reads as 0");
}

Test(pc_timers, boot_order)
{
    cr_assert_eq(cmos(0x3d), 0x12, "c, then a, the default");
    cr_assert_eq(cmos(0x38), 0x31);
    pc_reset();
    cr_assert_eq(cmos(0x3d), 0x12);
}

Test(pc_boot, once)
{
    static const char *const opts[] = { "boot-order=dc", "boot-once=n", NULL };

    pc_make(opts);
    cr_assert_eq(cmos(0x3d), 0x04);
    pc_reset();
    cr_assert_eq(cmos(0x3d), 0x23);
}

Test(pc_timers, smi_command)
{
    pci_out(1, 3, 0x58, 0x02000000);
    outb(0xb3, 0x12);
    outb(0xb2, 0x34);
    cr_assert_eq(pc_cpus[0].events[VCPU_EVENT_SMI], 1);
    cr_assert_eq(inb(0xb2), 0x34);
    cr_assert_eq(inb(0xb3), 0x12);
}
