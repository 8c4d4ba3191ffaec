/* SPDX-License-Identifier: MIT */
/* ACPI and SMBIOS tables: structure, checksums, and what iasl says. */
#include "util/osdep.h"
#include "hw/acpi/table-loader.h"
#include "hw/i386/acpi-build.h"
#include "hw/smbios/smbios.h"
#include "qom/module.h"

#include <criterion/criterion.h>

static const AcpiMachine machine = {
    .cpus = 3, .hpet = true, .pci_hole_start = 0x40000000,
    .pci_hole64_start = 0x100000000, .pci_hole64_end = 0x17fffffff,
    .serials = 3,
};

static uint32_t get(const uint8_t *p, unsigned n)
{
    uint32_t v = 0;

    while (n--) {
        v = v << 8 | p[n];
    }
    return v;
}

/* What firmware does, with the tables at 0. */
static void run_script(AcpiBlobs *b)
{
    for (guint at = 0; at < b->loader->len; at += 128) {
        const uint8_t *e = b->loader->data + at;
        GByteArray *file = strcmp((char *)e + 4, ACPI_RSDP_FILE) ? b->tables
                                                                 : b->rsdp;
        uint8_t sum = 0;

        if (get(e, 4) == 2) {
            cr_assert(get(e + 116, 4) + e[120] <= file->len);
        } else if (get(e, 4) == 3) {
            uint32_t start = get(e + 64, 4), len = get(e + 68, 4);

            cr_assert(start + len <= file->len);
            file->data[get(e + 60, 4)] = 0;
            for (uint32_t i = 0; i < len; i++) {
                sum += file->data[start + i];
            }
            file->data[get(e + 60, 4)] = -sum;
        } else {
            cr_assert_eq(get(e, 4), 1);
        }
    }
}

static const uint8_t *find(const AcpiBlobs *b, const char *sig)
{
    for (guint at = 0; at + 8 <= b->tables->len;) {
        const uint8_t *t = b->tables->data + at;

        if (!memcmp(t, sig, 4)) {
            return t;
        }
        cr_assert(get(t + 4, 4) >= 36);
        at += get(t + 4, 4);
    }
    return NULL;
}

Test(pc_tables, structure)
{
    AcpiBlobs b = acpi_build(&machine);
    static const char *const names[] = { "DSDT", "FACP", "APIC", "HPET",
                                         "WAET", "RSDT" };

    run_script(&b);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const uint8_t *t = find(&b, names[i]);
        uint8_t sum = 0;

        cr_assert(t, "%s", names[i]);
        for (uint32_t j = 0; j < get(t + 4, 4); j++) {
            sum += t[j];
        }
        cr_assert_eq(sum, 0, "%s", names[i]);
    }
    cr_assert_eq(get(find(&b, "FACP") + 4, 4), 116);
    cr_assert_eq(get(find(&b, "FACP") + 112, 4), 0x80a5);
    cr_assert_eq(get(find(&b, "APIC") + 4, 4), 44 + 3 * 8 + 12 + 5 * 10 + 6);
    cr_assert_eq(get(find(&b, "RSDT") + 4, 4), 36 + 4 * 4);
    acpi_blobs_free(&b);
}

/* The disassembler understands it, and the compiler takes that back. */
Test(pc_tables, iasl)
{
    AcpiBlobs b = acpi_build(&machine);
    char dir[] = "/tmp/pc-tables-XXXXXX";
    const uint8_t *dsdt;
    char *path, *cmd, *text = NULL;

    if (system("command -v iasl >/dev/null") != 0) {
        cr_skip_test("there is no iasl");
    }
    run_script(&b);
    dsdt = find(&b, "DSDT");
    cr_assert(mkdtemp(dir));
    path = g_build_filename(dir, "dsdt.aml", NULL);
    cr_assert(g_file_set_contents(path, (const char *)dsdt, get(dsdt + 4, 4),
                                  NULL));
    cmd = g_strdup_printf("cd %s && iasl -d dsdt.aml >log 2>&1 && "
                          "iasl -p again dsdt.dsl >log2 2>&1", dir);
    cr_assert_eq(system(cmd), 0, "iasl fails, see %s", dir);
    g_free(cmd);
    g_free(path);
    path = g_build_filename(dir, "log2", NULL);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert(strstr(text, " 0 Errors"), "%s", text);
    g_free(path);
    path = g_build_filename(dir, "dsdt.dsl", NULL);
    cr_assert(g_file_get_contents(path, &text, NULL, NULL));
    cr_assert(strstr(text, "PNP0A03") && strstr(text, "Device (COM2)") &&
              strstr(text, "\"QEMU0002\"") && strstr(text, "_S5"));
    cr_assert(strstr(text, "0x40000000,         // Range Minimum"));
    cmd = g_strdup_printf("rm -r %s", dir);
    cr_assert_eq(system(cmd), 0);
}

Test(pc_tables, smbios)
{
    SmbiosMachine m = {
        .product = "P", .version = "V", .sockets = 2, .cores = 2,
        .threads = 1, .ram_size = 20ull << 30, .ram_below_4g = 3ull << 30,
    };
    GByteArray *tables, *anchor;
    unsigned types[256] = { 0 }, n = 0;
    uint8_t sum = 0;

    smbios_build(&m, &tables, &anchor);
    for (guint at = 0; at < tables->len; n++) {
        const uint8_t *t = tables->data + at;

        types[t[0]]++;
        at += t[1];
        while (tables->data[at] || tables->data[at + 1]) {
            at++;
        }
        at += 2;
    }
    cr_assert_eq(types[4], 2);
    cr_assert_eq(types[17], 2, "two modules of at most 16 GiB");
    cr_assert_eq(types[19], 2);
    cr_assert_eq(types[127], 1);
    cr_assert_eq(get(anchor->data + 28, 2), n);
    cr_assert_eq(get(anchor->data + 22, 2), tables->len);
    for (guint i = 0; i < anchor->len; i++) {
        sum += anchor->data[i];
    }
    cr_assert_eq(sum, 0);
    cr_assert_eq(anchor->len, 31);
}
