/* SPDX-License-Identifier: MIT */
/* 8259 pair, local APICs, I/O APIC, by their registers. */
#include "util/osdep.h"
#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "tests/unit/pc.h"

#define APIC(reg) (0xfee00000u + (reg))

static DeviceState *pic, *ioapic;

static void setup(void)
{
    MachineState *m = pc_make(NULL);

    pic = DEVICE(object_resolve_path_component(OBJECT(m), "pic"));
    ioapic = DEVICE(object_resolve_path_component(OBJECT(m), "ioapic"));
    vcpu_current = 0;
}

TestSuite(pc_interrupts, .init = setup);

static void line(int n, int level)
{
    qemu_set_irq(qdev_get_gpio_in(pic, n), level);
}

Test(pc_interrupts, pic_priorities_and_eoi)
{
    pc_init_pic();
    outb(0x21, 0x00);
    outb(0xa1, 0x00);
    line(4, 1);
    cr_assert(pc_cpus[0].intr);
    line(1, 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x21);
    cr_assert_not(pc_cpus[0].intr, "4 is below 1, which is in service");
    outb(0x20, 0x0b);
    cr_assert_eq(inb(0x20), 0x02);
    outb(0x20, 0x20);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x24);
    outb(0x20, 0x64);                   /* specific EOI */
    cr_assert_eq(inb(0x20), 0);
    line(10, 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x2a);
    outb(0xa0, 0x20);
    outb(0x20, 0x20);
    cr_assert_not(pc_cpus[0].intr);
}

Test(pc_interrupts, pic_masks_and_spurious)
{
    pc_init_pic();
    line(3, 1);
    cr_assert_not(pc_cpus[0].intr);
    outb(0x20, 0x0a);
    cr_assert_eq(inb(0x20), 0x08);
    outb(0x21, 0xf7);
    cr_assert(pc_cpus[0].intr);
    line(3, 0);                         /* gone before INTA */
    cr_assert_not(pc_cpus[0].intr);
    cr_assert_eq(i8259_acknowledge(pic), 0x27);
    outb(0x20, 0x0b);
    cr_assert_eq(inb(0x20), 0);
}

Test(pc_interrupts, pic_level_triggered_stays)
{
    pc_init_pic();
    outb(0x4d1, 0x0c);
    outb(0x21, 0xfb);
    outb(0xa1, 0xf3);
    line(11, 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x2b);
    outb(0xa0, 0x20);
    outb(0x20, 0x20);
    cr_assert(pc_cpus[0].intr, "the line is still up");
    line(11, 0);
    cr_assert_not(pc_cpus[0].intr);
    cr_assert_eq(inb(0x4d1), 0x0c);
    outb(0x4d0, 0xff);
    cr_assert_eq(inb(0x4d0), 0xf8, "0, 1, 2 are edges for ever");
}

Test(pc_interrupts, pic_rotation_polling_and_state)
{
    pc_init_pic();
    outb(0x21, 0x00);
    outb(0x20, 0xc3);                   /* 3 is the lowest now */
    line(3, 1);
    line(5, 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x25);
    pc_save_and_load();
    outb(0x20, 0x20);
    outb(0x20, 0x0c);                   /* poll */
    cr_assert_eq(inb(0x20), 0x83);
}

Test(pc_interrupts, apic_registers)
{
    uint64_t v;

    cr_assert_eq(readl(APIC(0x30)), 0x50014);
    cr_assert_eq(readl(APIC(0xf0)), 0xff);
    cr_assert_eq(readl(APIC(0x350)), 0x700, "virtual wire");
    writel(APIC(0x320), 0xffffffff);
    cr_assert_eq(readl(APIC(0x320)), 0x700ff);
    writel(APIC(0xe0), 0);
    cr_assert_eq(readl(APIC(0xe0)), 0x0fffffff);
    writel(APIC(0x400), 1);             /* there is none */
    writel(APIC(0x280), 0);
    cr_assert_eq(readl(APIC(0x280)), 0x80);
    vcpu_current = 3;
    cr_assert_eq(readl(APIC(0x20)), 3u << 24);
    cr_assert_eq(readl(APIC(0x350)), 0x10000);
    cr_assert_eq(apic_get_base(0), 0xfee00900);
    cr_assert_eq(apic_get_base(3), 0xfee00800);
    cr_assert_not(apic_msr_read(3, 0x802, &v), "not in x2APIC mode");
    cr_assert_not(apic_set_base(3, 0xfee00400));
    cr_assert(apic_set_base(3, 0xfee00c00));
    cr_assert(apic_msr_read(3, 0x802, &v) && v == 3);
    cr_assert(apic_msr_read(3, 0x80d, &v) && v == 8);
    cr_assert_not(apic_msr_write(3, 0x80d, 1));
    cr_assert_not(apic_set_base(3, 0xfee00800));
}

Test(pc_interrupts, apic_accepts_by_priority)
{
    pc_enable_apic();
    apic_bus_deliver(0, false, 0, 0x51, false);
    apic_bus_deliver(0, false, 0, 0x61, false);
    cr_assert(pc_cpus[0].intr);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x61);
    cr_assert_not(pc_cpus[0].intr);
    writel(APIC(0xb0), 0);
    cr_assert(pc_cpus[0].intr);
    apic_set_tpr(0, 0x50);
    cr_assert_not(pc_cpus[0].intr);
    cr_assert_eq(x86_interrupt_acknowledge(0), -1);
    writel(APIC(0x80), 0x40);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x51);
    cr_assert_eq(readl(APIC(0xa0)), 0x50);
    apic_bus_deliver(0, false, 0, 5, false);
    writel(APIC(0x280), 0);
    cr_assert_eq(readl(APIC(0x280)), 0x40, "vectors below 16 are errors");
}

Test(pc_interrupts, apic_sends)
{
    pc_enable_apic();
    vcpu_current = 2;
    pc_enable_apic();
    writel(APIC(0x310), 1u << 24);
    writel(APIC(0x300), 0x4500);        /* INIT to 1 */
    cr_assert_eq(pc_cpus[1].events[VCPU_EVENT_INIT], 1);
    writel(APIC(0x300), 0x8500);        /* de-assert: nothing */
    cr_assert_eq(pc_cpus[1].events[VCPU_EVENT_INIT], 1);
    writel(APIC(0x300), 0x4608);
    cr_assert_eq(pc_cpus[1].events[VCPU_EVENT_SIPI], 1);
    cr_assert_eq(pc_cpus[1].arg[VCPU_EVENT_SIPI], 8);
    writel(APIC(0x300), 0xc4400);       /* NMI to all but me */
    cr_assert_eq(pc_cpus[0].events[VCPU_EVENT_NMI], 1);
    cr_assert_eq(pc_cpus[2].events[VCPU_EVENT_NMI], 0);
    cr_assert_eq(pc_cpus[3].events[VCPU_EVENT_NMI], 1);
    writel(APIC(0x300), 0x44071);       /* to myself */
    cr_assert_eq(x86_interrupt_acknowledge(2), 0x71);
    writel(APIC(0x310), 0);
    writel(APIC(0x300), 0x4072);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x72);
}

Test(pc_interrupts, apic_logical_destinations)
{
    for (vcpu_current = 0; vcpu_current < PC_CPUS; vcpu_current++) {
        pc_enable_apic();
        writel(APIC(0xd0), 1u << (24 + vcpu_current));
    }
    vcpu_current = 0;
    apic_bus_deliver(0x0a, true, 0, 0x40, false);
    cr_assert(!pc_cpus[0].intr && pc_cpus[1].intr && !pc_cpus[2].intr &&
              pc_cpus[3].intr);
    apic_set_tpr(0, 0x80);
    apic_bus_deliver(0x05, true, 1, 0x90, false);       /* lowest: 2 */
    cr_assert(!pc_cpus[0].intr && pc_cpus[2].intr);
    apic_send_msi(0xfee00000 | 1 << 12, 0x0099);
    cr_assert_eq(x86_interrupt_acknowledge(1), 0x99);
}

Test(pc_interrupts, apic_timer)
{
    pc_enable_apic();
    writel(APIC(0x3e0), 0xb);           /* by 1: a tick a nanosecond */
    writel(APIC(0x320), 0x30);
    writel(APIC(0x380), 1000);
    virtual_clock_step(400);
    cr_assert_eq(readl(APIC(0x390)), 600);
    virtual_clock_step(599);
    cr_assert_not(pc_cpus[0].intr);
    virtual_clock_step(1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x30);
    cr_assert_eq(readl(APIC(0x390)), 0);
    writel(APIC(0xb0), 0);
    writel(APIC(0x3e0), 0x0);           /* by 2 */
    writel(APIC(0x320), 0x20031);       /* periodic */
    writel(APIC(0x380), 50000);
    for (int i = 0; i < 3; i++) {
        virtual_clock_step(100000);
        cr_assert_eq(x86_interrupt_acknowledge(0), 0x31);
        writel(APIC(0xb0), 0);
        if (i == 1) {
            pc_save_and_load();
        }
    }
    writel(APIC(0x320), 0x40032);       /* TSC deadline */
    cr_assert_eq(apic_get_tsc_deadline(0), 0);
    apic_set_tsc_deadline(0, vcpu_get_tsc(0) + 5000);
    virtual_clock_step(4999);
    cr_assert_not(pc_cpus[0].intr);
    virtual_clock_step(1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x32);
    cr_assert_eq(apic_get_tsc_deadline(0), 0);
}

static void redirect(unsigned pin, uint32_t low, uint32_t high)
{
    writel(IOAPIC_ADDRESS, 0x11 + 2 * pin);
    writel(IOAPIC_ADDRESS + 0x10, high);
    writel(IOAPIC_ADDRESS, 0x10 + 2 * pin);
    writel(IOAPIC_ADDRESS + 0x10, low);
}

Test(pc_interrupts, ioapic_level_and_edge)
{
    qemu_irq pin = qdev_get_gpio_in(ioapic, 11);

    pc_enable_apic();
    writel(IOAPIC_ADDRESS, 1);
    cr_assert_eq(readl(IOAPIC_ADDRESS + 0x10), 0x00170020);
    redirect(11, 0x8045, 0);
    qemu_set_irq(pin, 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x45);
    cr_assert_eq(readl(IOAPIC_ADDRESS + 0x10) & 0x4000, 0x4000);
    qemu_set_irq(pin, 1);
    cr_assert_not(pc_cpus[0].intr);
    writel(APIC(0xb0), 0);
    cr_assert(pc_cpus[0].intr, "still up: again");
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x45);
    pc_save_and_load();
    qemu_set_irq(pin, 0);
    writel(APIC(0xb0), 0);
    cr_assert_not(pc_cpus[0].intr);
    redirect(4, 0x10046, 0);
    qemu_set_irq(qdev_get_gpio_in(ioapic, 4), 1);
    redirect(4, 0x46, 0);
    cr_assert_not(pc_cpus[0].intr, "an edge while masked is lost");
    qemu_set_irq(qdev_get_gpio_in(ioapic, 4), 0);
    qemu_set_irq(qdev_get_gpio_in(ioapic, 4), 1);
    cr_assert_eq(x86_interrupt_acknowledge(0), 0x46);
}
