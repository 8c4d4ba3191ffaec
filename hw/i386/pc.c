/* SPDX-License-Identifier: MIT */
/*
 * The machine "pc": Intel 440FX and PIIX3, as firmware and systems of the last
 * decades know it.  Everything is wired here; what firmware is told is in
 * pc-config.c.
 */
#include "util/osdep.h"
#include "hw/acpi/piix4-pm.h"
#include "hw/core/runstate.h"
#include "hw/dma/i8257.h"
#include "hw/i386/pc-int.h"
#include "hw/input/i8042.h"
#include "hw/intc/apic.h"
#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "hw/isa/piix3.h"
#include "hw/misc/pc-ports.h"
#include "hw/pci-host/i440fx.h"
#include "hw/rtc/mc146818.h"
#include "hw/timer/hpet.h"
#include "hw/timer/i8254.h"
#include "system/timer.h"

/* RAM ends here below 4 GiB; machines with more leave more room. */
#define LOW_RAM_MAX  0xe0000000ull
#define LOW_RAM_BIG  0xc0000000ull

/* What the shutdown byte of the CMOS tells firmware. */
enum { CMOS_SHUTDOWN = 0x0f, SHUTDOWN_RESUME = 0xfe };

AddressSpace *pc_smm_address_space(void)
{
    return i440fx_smm_address_space();
}

/* Global interrupts: ISA lines reach the 8259 pair and the I/O APIC. */
static void on_gsi(void *opaque, int n, int level)
{
    PCMachineState *s = opaque;

    if (n < ISA_IRQS) {
        qemu_set_irq(qdev_get_gpio_in(s->pic, n), level);
    }
    qemu_set_irq(qdev_get_gpio_in(s->ioapic, n == 0 ? 2 : n), level);
}

/* To the processors' LINT0, and to the I/O APIC's first input. */
static void on_pic_int(void *opaque, int n, int level)
{
    PCMachineState *s = opaque;

    apic_extint_level(level);
    qemu_set_irq(qdev_get_gpio_in(s->ioapic, 0), level);
}

static int acknowledge_pic(void *opaque)
{
    return i8259_acknowledge(opaque);
}

static bool init_memory(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;
    MemoryRegion *ram = g_new0(MemoryRegion, 1);
    MemoryRegion *low = g_new0(MemoryRegion, 1), *high;

    if (m->ram_size < 1 << 20 || m->ram_size > 1ull << 40) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the machine's memory must be 1 MiB to 1 TiB");
        g_free(ram);
        g_free(low);
        return false;
    }
    m->ram_size = ROUND_UP(m->ram_size, 8192);
    s->ram_below_4g = m->ram_size >= LOW_RAM_MAX ? LOW_RAM_BIG : m->ram_size;
    if (!memory_region_init_ram(ram, OBJECT(s), "pc.ram", m->ram_size, errp)) {
        return false;
    }
    m->ram = ram;
    memory_region_transaction_begin();
    memory_region_init(&s->pci_mem, OBJECT(s), "pci", MEMORY_SIZE_ALL);
    memory_region_add_subregion_overlap(get_system_memory(), 0, &s->pci_mem,
                                        -1);
    memory_region_init_alias(low, OBJECT(s), "ram-below-4g", ram, 0,
                             s->ram_below_4g);
    memory_region_add_subregion(get_system_memory(), 0, low);
    if (m->ram_size > s->ram_below_4g) {
        high = g_new0(MemoryRegion, 1);
        memory_region_init_alias(high, OBJECT(s), "ram-above-4g", ram,
                                 s->ram_below_4g,
                                 m->ram_size - s->ram_below_4g);
        memory_region_add_subregion(get_system_memory(), 1ull << 32, high);
    }
    memory_region_transaction_commit();
    return true;
}

/* A device of the board; borrowed. */
static DeviceState *board_device(PCMachineState *s, const char *name,
                                 const char *type, GError **errp)
{
    DeviceState *dev = qdev_new(type);

    object_property_add_child(OBJECT(s), name, OBJECT(dev));
    return qdev_realize_and_unref(dev, NULL, errp) ? dev : NULL;
}

static bool init_interrupts(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;

    s->gsi = qemu_allocate_irqs(on_gsi, s, IOAPIC_PINS);
    s->pic = board_device(s, "pic", TYPE_I8259_PAIR, errp);
    s->ioapic = s->pic ? board_device(s, "ioapic", TYPE_IOAPIC, errp) : NULL;
    if (!s->ioapic ||
        !apic_create(OBJECT(s), m->smp.cpus, m->x2apic, errp)) {
        return false;
    }
    apic_set_extint(acknowledge_pic, s->pic);
    qdev_connect_gpio_out(s->pic, 0, qemu_allocate_irq(on_pic_int, s, 0));
    return true;
}

/* Firmware goes on where the suspended system left off. */
static void on_wakeup(void *opaque)
{
    rtc_set_memory(((PCMachineState *)opaque)->rtc, CMOS_SHUTDOWN,
                   SHUTDOWN_RESUME);
}

/* -rtc base=: seconds the guest's clock is ahead of UTC. */
static bool rtc_offset(const char *base, int64_t *offset, GError **errp)
{
    time_t now = clock_get_ns(CLOCK_TYPE_HOST) / NANOSECONDS_PER_SECOND;
    GTimeZone *utc;
    GDateTime *at;
    struct tm tm;
    char *whole;

    *offset = 0;
    if (!base || !strcmp(base, "utc")) {
        return true;
    }
    if (!strcmp(base, "localtime")) {
        *offset = localtime_r(&now, &tm) ? tm.tm_gmtoff : 0;
        return true;
    }
    /* 2006-06-17 or 2006-06-17T16:01:21 */
    utc = g_time_zone_new_utc();
    whole = g_strdup_printf("%s%s", base, strchr(base, 'T') ? ""
                                                            : "T00:00:00");
    at = g_date_time_new_from_iso8601(whole, utc);
    g_time_zone_unref(utc);
    g_free(whole);
    if (!at) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "-rtc base=%s is no date; utc, localtime and "
                    "2006-06-17T16:01:21 are", base);
        return false;
    }
    *offset = g_date_time_to_unix(at) - now;
    g_date_time_unref(at);
    return true;
}

static bool init_timers(PCMachineState *s, DeviceState *pm, GError **errp)
{
    MachineState *m = &s->parent;
    DeviceState *pit, *hpet = NULL, *spk;
    int64_t offset;

    pit = board_device(s, "pit", TYPE_I8254, errp);
    if (!pit) {
        return false;
    }
    if (m->hpet) {
        hpet = board_device(s, "hpet-timer", TYPE_HPET, errp);
        if (!hpet) {
            return false;
        }
        for (int i = 0; i < IOAPIC_PINS; i++) {
            qdev_connect_gpio_out(hpet, i, s->gsi[i]);
        }
    }
    s->rtc = qdev_new(TYPE_MC146818);
    object_property_add_child(OBJECT(s), "rtc", OBJECT(s->rtc));
    if (!rtc_offset(m->rtc_base, &offset, errp)) {
        object_unref(s->rtc);
        return false;
    }
    object_property_set_int(OBJECT(s->rtc), "offset", offset, NULL);
    if (m->rtc_clock) {
        object_property_parse(OBJECT(s->rtc), "clock", m->rtc_clock, NULL);
    }
    if (!qdev_realize_and_unref(s->rtc, NULL, errp)) {
        return false;
    }
    qdev_connect_gpio_out(pit, 0, hpet
        ? qdev_get_gpio_in_named(hpet, HPET_LEGACY, 0) : s->gsi[0]);
    qdev_connect_gpio_out(s->rtc, 0, hpet
        ? qdev_get_gpio_in_named(hpet, HPET_LEGACY, 1) : s->gsi[8]);
    qdev_connect_gpio_out_named(s->rtc, MC146818_ALARM, 0,
                                qdev_get_gpio_in_named(pm, PIIX4_PM_ALARM, 0));
    wakeup_notifier_add(on_wakeup, s);
    spk = qdev_new(TYPE_PC_SPEAKER);
    object_property_add_child(OBJECT(s), "pcspk", OBJECT(spk));
    object_property_set_link(OBJECT(spk), "pit", OBJECT(pit), NULL);
    return qdev_realize_and_unref(spk, NULL, errp);
}

static bool init_isa(PCMachineState *s, GError **errp)
{
    DeviceState *kbd, *ports;

    ports = board_device(s, "ports", TYPE_PC_PORTS, errp);
    s->dma = ports ? board_device(s, "dma", TYPE_I8257, errp) : NULL;
    kbd = s->dma ? board_device(s, "i8042", TYPE_I8042, errp) : NULL;
    if (!kbd) {
        return false;
    }
    qdev_connect_gpio_out(ports, 0, s->gsi[13]);
    vcpu_connect_ferr(qdev_get_gpio_in_named(ports, PC_PORTS_FERR, 0));
    qdev_connect_gpio_out(kbd, 0, s->gsi[1]);
    qdev_connect_gpio_out(kbd, 1, s->gsi[12]);
    qdev_connect_gpio_out_named(kbd, I8042_A20, 0,
                                qdev_get_gpio_in_named(ports, PC_PORTS_A20,
                                                       0));
    return true;
}

static bool init_serials(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;

    for (size_t i = 0; i < ARRAY_SIZE(m->serials); i++) {
        DeviceState *dev;
        char *name;

        if (!m->serials[i]) {
            continue;
        }
        dev = qdev_new("isa-serial");
        name = g_strdup_printf("serial[%zu]", i);
        object_property_add_child(OBJECT(s), name, OBJECT(dev));
        g_free(name);
        object_property_set_uint(OBJECT(dev), "index", i, NULL);
        object_property_set_str(OBJECT(dev), "chardev", m->serials[i], NULL);
        if (!qdev_realize_and_unref(dev, &s->isa->parent, errp)) {
            return false;
        }
        s->serials |= 1u << i;
    }
    return true;
}

static bool pc_init(MachineState *m, GError **errp)
{
    PCMachineState *s = (PCMachineState *)m;
    PCIDevice *pm;

    if (m->usb) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "-machine usb=on: USB is not supported yet");
        return false;
    }
    if (!init_memory(s, errp) || !init_interrupts(s, errp)) {
        return false;
    }
    s->bus = i440fx_create(OBJECT(s), m->ram, &s->pci_mem, errp);
    if (!s->bus) {
        return false;
    }
    s->bus->send_msi = apic_send_msi;
    s->bus->first_slot = 2;
    s->isa = piix3_create(s->bus, s->gsi, errp);
    pm = s->isa ? piix4_pm_create(s->bus, s->gsi[ACPI_SCI], m->smm, errp)
                : NULL;
    if (!pm || !init_timers(s, &pm->parent, errp) || !init_isa(s, errp) ||
        !init_serials(s, errp) || !pc_init_pci(s, errp)) {
        return false;
    }
    return x86_load_firmware(m, &s->pci_mem, errp) && pc_configure(s, errp);
}

static void pc_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = MACHINE_CLASS(oc);

    mc->alias = "pc";
    mc->desc = "Standard PC (i440FX + PIIX, 1996)";
    mc->max_cpus = MAX_VCPUS;
    mc->default_cpu_type = "qemu64";
    mc->default_ram_size = 128 << 20;
    mc->is_default = true;
    mc->init = pc_init;
}

static const TypeInfo pc_types[] = {
    {
        .name = TYPE_PC_MACHINE,
        .parent = TYPE_MACHINE,
        .instance_size = sizeof(PCMachineState),
        .class_init = pc_class_init,
    },
};
DEFINE_TYPES(pc_types)
