/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables: FACS, DSDT, FADT (ACPI 1.0), MADT, HPET, WAET, RSDT, RSDP, and
 * the script by which firmware places them.
 */
#include "util/osdep.h"
#include "hw/acpi/piix4-pm.h"
#include "hw/acpi/table-loader.h"
#include "hw/i386/acpi-build.h"
#include "hw/intc/apic.h"
#include "hw/intc/ioapic.h"
#include "hw/timer/hpet.h"

enum { FADT_FLAGS = 0x80a5 };   /* WBINVD, C1, sleep button, RTC, 32-bit tmr */

static void build_facs(GByteArray *t)
{
    g_byte_array_append(t, (const guint8 *)"FACS", 4);
    table_put(t, 64, 4);
    for (int i = 0; i < 56; i++) {
        table_put(t, 0, 1);
    }
}

static uint32_t build_dsdt(GByteArray *t, TableLoader *l, const AcpiMachine *m)
{
    uint32_t start = acpi_table_begin(t, "DSDT", 1);
    Aml a = { .buf = t };

    acpi_build_dsdt(&a, m);
    acpi_table_end(t, start, l);
    return start;
}

static uint32_t build_fadt(GByteArray *t, TableLoader *l, uint32_t facs,
                           uint32_t dsdt)
{
    uint32_t start = acpi_table_begin(t, "FACP", 1);

    loader_add_pointer(l, ACPI_TABLES_FILE, t->len, 4, ACPI_TABLES_FILE);
    table_put(t, facs, 4);
    loader_add_pointer(l, ACPI_TABLES_FILE, t->len, 4, ACPI_TABLES_FILE);
    table_put(t, dsdt, 4);
    table_put(t, 1, 1);                 /* multiple APICs */
    table_put(t, 0, 1);
    table_put(t, ACPI_SCI, 2);
    table_put(t, ACPI_SMI_COMMAND, 4);
    table_put(t, ACPI_ENABLE, 1);
    table_put(t, ACPI_DISABLE, 1);
    table_put(t, 0, 2);
    table_put(t, ACPI_PM_BASE, 4);      /* PM1a events */
    table_put(t, 0, 4);
    table_put(t, ACPI_PM_BASE + 4, 4);  /* PM1a control */
    table_put(t, 0, 8);
    table_put(t, ACPI_PM_BASE + 8, 4);  /* PM timer */
    table_put(t, ACPI_GPE0_BASE, 4);
    table_put(t, 0, 4);
    table_put(t, 4, 1);                 /* lengths of these blocks */
    table_put(t, 2, 1);
    table_put(t, 0, 1);
    table_put(t, 4, 1);
    table_put(t, 4, 1);
    table_put(t, 0, 3);
    table_put(t, 0xfff, 2);             /* no C2 */
    table_put(t, 0xfff, 2);             /* no C3 */
    table_put(t, 0, 8);
    table_put(t, 0x32, 4);              /* century; no boot flags */
    table_put(t, FADT_FLAGS, 4);
    acpi_table_end(t, start, l);
    return start;
}

static void put_override(GByteArray *t, uint8_t source, uint32_t gsi,
                         uint16_t flags)
{
    table_put(t, 2, 1);
    table_put(t, 10, 1);
    table_put(t, 0, 1);
    table_put(t, source, 1);
    table_put(t, gsi, 4);
    table_put(t, flags, 2);
}

static uint32_t build_madt(GByteArray *t, TableLoader *l, const AcpiMachine *m)
{
    static const uint8_t pci_irqs[] = { 5, 9, 10, 11 };
    uint32_t start = acpi_table_begin(t, "APIC", 1);

    table_put(t, APIC_DEFAULT_ADDRESS, 4);
    table_put(t, 1, 4);                 /* there is an 8259 pair */
    for (unsigned i = 0; i < m->cpus; i++) {
        table_put(t, 0, 1);
        table_put(t, 8, 1);
        table_put(t, i, 1);
        table_put(t, i, 1);
        table_put(t, 1, 4);
    }
    table_put(t, 1, 1);
    table_put(t, 12, 1);
    table_put(t, 0, 2);
    table_put(t, IOAPIC_ADDRESS, 4);
    table_put(t, 0, 4);
    put_override(t, 0, 2, 0);
    for (size_t i = 0; i < ARRAY_SIZE(pci_irqs); i++) {
        put_override(t, pci_irqs[i], pci_irqs[i], 0x0d);    /* level, high */
    }
    table_put(t, 4, 1);                 /* NMI: LINT1 of all */
    table_put(t, 6, 1);
    table_put(t, 0xff, 1);
    table_put(t, 0, 2);
    table_put(t, 1, 1);
    acpi_table_end(t, start, l);
    return start;
}

static uint32_t build_hpet(GByteArray *t, TableLoader *l)
{
    uint32_t start = acpi_table_begin(t, "HPET", 1);

    table_put(t, HPET_ID, 4);
    table_put(t, 0, 4);
    table_put(t, HPET_ADDRESS, 8);
    table_put(t, 0, 4);
    acpi_table_end(t, start, l);
    return start;
}

/* Windows: the PM timer is good, no need to read it twice. */
static uint32_t build_waet(GByteArray *t, TableLoader *l)
{
    uint32_t start = acpi_table_begin(t, "WAET", 1);

    table_put(t, 2, 4);
    acpi_table_end(t, start, l);
    return start;
}

static void build_rsdp(GByteArray *r, TableLoader *l, uint32_t rsdt)
{
    g_byte_array_append(r, (const guint8 *)"RSD PTR ", 8);
    table_put(r, 0, 1);
    g_byte_array_append(r, (const guint8 *)"BOCHS ", 6);
    table_put(r, 0, 1);
    table_put(r, rsdt, 4);
    loader_allocate(l, ACPI_RSDP_FILE, 16, true);
    loader_add_pointer(l, ACPI_RSDP_FILE, 16, 4, ACPI_TABLES_FILE);
    loader_add_checksum(l, ACPI_RSDP_FILE, 8, 0, 20);
}

AcpiBlobs acpi_build(const AcpiMachine *m)
{
    AcpiBlobs b = { g_byte_array_new(), g_byte_array_new(),
                    g_byte_array_new() };
    TableLoader l = { b.loader };
    uint32_t list[8], n = 0, start, dsdt;

    loader_allocate(&l, ACPI_TABLES_FILE, 64, false);
    build_facs(b.tables);
    dsdt = build_dsdt(b.tables, &l, m);
    list[n++] = build_fadt(b.tables, &l, 0, dsdt);
    list[n++] = build_madt(b.tables, &l, m);
    if (m->hpet) {
        list[n++] = build_hpet(b.tables, &l);
    }
    list[n++] = build_waet(b.tables, &l);
    start = acpi_table_begin(b.tables, "RSDT", 1);
    for (uint32_t i = 0; i < n; i++) {
        loader_add_pointer(&l, ACPI_TABLES_FILE, b.tables->len, 4,
                           ACPI_TABLES_FILE);
        table_put(b.tables, list[i], 4);
    }
    acpi_table_end(b.tables, start, &l);
    build_rsdp(b.rsdp, &l, start);
    return b;
}

void acpi_blobs_free(AcpiBlobs *b)
{
    g_byte_array_free(b->tables, true);
    g_byte_array_free(b->rsdp, true);
    g_byte_array_free(b->loader, true);
}
