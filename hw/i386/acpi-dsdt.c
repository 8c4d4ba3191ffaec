/* SPDX-License-Identifier: MIT */
/*
 * The machine in ACPI machine language: PCI root with its windows and
 * interrupt links (PIIX3's PIRQ registers), the ISA devices, sleep states.
 */
#include "util/osdep.h"
#include "hw/i386/acpi-build.h"

static void link_status(Aml *a, const char *reg)
{
    aml_method(a, "_STA", 0, false);
    aml_if(a);                          /* PRQ & 80h: not routed */
    aml_op(a, AML_AND);
    aml_name_string(a, reg);
    aml_int(a, 0x80);
    aml_op(a, AML_NULL);
    aml_op(a, AML_RETURN);
    aml_int(a, 0x09);
    aml_end(a);
    aml_op(a, AML_RETURN);
    aml_int(a, 0x0b);
    aml_end(a);
}

static void link_disable(Aml *a, const char *reg)
{
    aml_method(a, "_DIS", 0, false);
    aml_op(a, AML_OR);
    aml_name_string(a, reg);
    aml_int(a, 0x80);
    aml_name_string(a, reg);
    aml_end(a);
}

static void link_get(Aml *a, const char *reg)
{
    static const uint32_t none[] = { 0 };

    aml_method(a, "_CRS", 0, true);
    aml_name(a, "BUF0");
    aml_resources(a);
    aml_interrupts(a, none, 1);
    aml_end(a);
    aml_op(a, AML_CREATE_DWORD_FIELD);
    aml_name_string(a, "BUF0");
    aml_int(a, 5);
    aml_name_string(a, "NUM0");
    aml_if(a);
    aml_op(a, AML_LLESS);
    aml_name_string(a, reg);
    aml_int(a, 0x80);
    aml_op(a, AML_STORE);
    aml_name_string(a, reg);
    aml_name_string(a, "NUM0");
    aml_end(a);
    aml_op(a, AML_RETURN);
    aml_name_string(a, "BUF0");
    aml_end(a);
}

static void link_set(Aml *a, const char *reg)
{
    aml_method(a, "_SRS", 1, true);
    aml_op(a, AML_CREATE_DWORD_FIELD);
    aml_op(a, AML_ARG0);
    aml_int(a, 5);
    aml_name_string(a, "NUM1");
    aml_op(a, AML_STORE);
    aml_name_string(a, "NUM1");
    aml_name_string(a, reg);
    aml_end(a);
}

static void links(Aml *a)
{
    static const uint32_t choices[] = { 5, 10, 11 };

    for (int i = 0; i < 4; i++) {
        char name[] = "LNKA", reg[] = "\\_SB.PCI0.ISA.PRQ0";

        name[3] += i;
        reg[sizeof(reg) - 2] += i;
        aml_device(a, name);
        aml_name_eisaid(a, "_HID", "PNP0C0F");
        aml_name_int(a, "_UID", i);
        aml_name(a, "_PRS");
        aml_resources(a);
        aml_interrupts(a, choices, ARRAY_SIZE(choices));
        aml_end(a);
        link_status(a, reg);
        link_disable(a, reg);
        link_get(a, reg);
        link_set(a, reg);
        aml_end(a);
    }
}

/* Slot S pin P is on link (S + P - 1) mod 4; power management has its own. */
static void routing(Aml *a)
{
    aml_name(a, "_PRT");
    aml_package(a, 31 * 4);
    for (unsigned slot = 1; slot < 32; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            char name[] = "LNKA";

            name[3] += (slot + pin - 1) & 3;
            aml_package(a, 4);
            aml_int(a, slot << 16 | 0xffff);
            aml_int(a, pin);
            if (slot == 1 && pin == 0) {
                aml_int(a, 0);          /* the SCI: global interrupt 9 */
                aml_int(a, 9);
            } else {
                aml_name_string(a, name);
                aml_int(a, 0);
            }
            aml_end(a);
        }
    }
    aml_end(a);
}

static void windows(Aml *a, const AcpiMachine *m)
{
    aml_name(a, "_CRS");
    aml_resources(a);
    aml_word_bus(a, 0, 0xff);
    aml_io(a, 0xcf8, 8);
    aml_word_io(a, 0, 0xcf7);
    aml_word_io(a, 0xd00, 0xffff);
    aml_dword_memory(a, 0xa0000, 0xbffff, true);
    aml_dword_memory(a, m->pci_hole_start, 0xfebfffff, false);
    if (m->pci_hole64_end) {
        aml_qword_memory(a, m->pci_hole64_start, m->pci_hole64_end);
    }
    aml_end(a);
}

static void isa_device(Aml *a, const char *name, const char *hid, int uid)
{
    aml_device(a, name);
    aml_name_eisaid(a, "_HID", hid);
    if (uid >= 0) {
        aml_name_int(a, "_UID", uid);
    }
    aml_name_int(a, "_STA", 0x0f);
    aml_name(a, "_CRS");
    aml_resources(a);
}

static void end_isa_device(Aml *a)
{
    aml_end(a);
    aml_end(a);
}

static void isa(Aml *a, const AcpiMachine *m)
{
    static const uint16_t com_ports[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };
    static const uint8_t com_irqs[] = { 4, 3, 4, 3 };

    aml_device(a, "ISA");
    aml_name_int(a, "_ADR", 0x00010000);
    aml_region(a, "P40C", AML_PCI_CONFIG, 0x60, 4);
    aml_field(a, "P40C");
    aml_field_unit(a, "PRQ0", 8);
    aml_field_unit(a, "PRQ1", 8);
    aml_field_unit(a, "PRQ2", 8);
    aml_field_unit(a, "PRQ3", 8);
    aml_end(a);
    isa_device(a, "KBD", "PNP0303", -1);
    aml_io(a, 0x60, 1);
    aml_io(a, 0x64, 1);
    aml_irq_no_flags(a, 1);
    end_isa_device(a);
    isa_device(a, "MOU", "PNP0F13", -1);
    aml_irq_no_flags(a, 12);
    end_isa_device(a);
    for (int i = 0; i < 4; i++) {
        char name[] = "COM1";

        if (m->serials >> i & 1) {
            name[3] += i;
            isa_device(a, name, "PNP0501", i + 1);
            aml_io(a, com_ports[i], 8);
            aml_irq_no_flags(a, com_irqs[i]);
            end_isa_device(a);
        }
    }
    isa_device(a, "RTC", "PNP0B00", -1);
    aml_io(a, 0x70, 8);
    aml_irq_no_flags(a, 8);
    end_isa_device(a);
    aml_end(a);
}

static void system_devices(Aml *a, const AcpiMachine *m)
{
    aml_device(a, "FWCF");
    aml_name_string_value(a, "_HID", "QEMU0002");
    aml_name_int(a, "_STA", 0x0b);
    aml_name(a, "_CRS");
    aml_resources(a);
    aml_io(a, 0x510, 0x0c);
    aml_end(a);
    aml_end(a);
    if (m->hpet) {
        aml_device(a, "HPET");
        aml_name_eisaid(a, "_HID", "PNP0103");
        aml_name_int(a, "_UID", 0);
        aml_name_int(a, "_STA", 0x0f);
        aml_name(a, "_CRS");
        aml_resources(a);
        aml_memory32_fixed(a, 0xfed00000, 0x400, false);
        aml_end(a);
        aml_end(a);
    }
}

static void sleep_state(Aml *a, const char *name, unsigned type)
{
    aml_name(a, name);
    aml_package(a, 4);
    aml_int(a, type);
    aml_int(a, type);
    aml_int(a, 0);
    aml_int(a, 0);
    aml_end(a);
}

void acpi_build_dsdt(Aml *a, const AcpiMachine *m)
{
    aml_scope(a, "\\_SB");
    aml_device(a, "PCI0");
    aml_name_eisaid(a, "_HID", "PNP0A03");
    aml_name_int(a, "_ADR", 0);
    aml_name_int(a, "_UID", 0);
    windows(a, m);
    routing(a);
    isa(a, m);
    aml_end(a);
    links(a);
    system_devices(a, m);
    aml_end(a);
    sleep_state(a, "_S3", 1);
    sleep_state(a, "_S4", 2);
    sleep_state(a, "_S5", 0);
}
