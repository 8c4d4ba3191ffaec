/* SPDX-License-Identifier: MIT */
/*
 * What the machine "pc" tells firmware: CMOS bytes (as SeaBIOS reads them),
 * fw_cfg items, ACPI and SMBIOS tables, the boot order.
 */
#include "util/osdep.h"
#include "hw/acpi/table-loader.h"
#include "hw/core/bootorder.h"
#include "hw/i386/acpi-build.h"
#include "hw/i386/pc-int.h"
#include "hw/rtc/mc146818.h"
#include "hw/smbios/smbios.h"

enum {
    CMOS_BASE_MEMORY = 0x15, CMOS_EXTENDED = 0x17, CMOS_EXTENDED2 = 0x30,
    CMOS_ABOVE_16M = 0x34, CMOS_ABOVE_4G = 0x5b, CMOS_CPUS = 0x5f,
    CMOS_BOOT_FLAG1 = 0x38, CMOS_BOOT_FLAG2 = 0x3d, CMOS_EQUIPMENT = 0x14,
    EQUIPMENT_FPU = 0x02, EQUIPMENT_MOUSE = 0x04,
    E820_RAM = 1,
};

static void cmos_number(PCMachineState *s, unsigned at, uint64_t v,
                        unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        rtc_set_memory(s->rtc, at + i, v >> (8 * i));
    }
}

/*
 * The boot order in CMOS: -boot once= for the first start, order= from the
 * next on.  A device as resets reach it.
 */
#define TYPE_PC_BOOT "pc-boot"

typedef struct PCBoot {
    DeviceState parent;
    DeviceState *rtc;           /* borrowed */
    uint8_t once[3], order[3];
    uint8_t resets;             /* 0, 1, many */
} PCBoot;

static void boot_reset_hold(Object *obj, ResetType type)
{
    PCBoot *s = (PCBoot *)obj;
    const uint8_t *b = s->resets ? s->order : s->once;

    s->resets = 1;
    if (s->rtc) {
        rtc_set_memory(s->rtc, CMOS_BOOT_FLAG2, b[1] << 4 | b[0]);
        rtc_set_memory(s->rtc, CMOS_BOOT_FLAG1, b[2] << 4 | 1);
    }
}

static void boot_class_init(ObjectClass *oc, const void *data)
{
    DEVICE_CLASS(oc)->user_creatable = false;
    RESETTABLE_CLASS(oc)->phases.hold = boot_reset_hold;
}

static const TypeInfo boot_types[] = {
    {
        .name = TYPE_PC_BOOT,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCBoot),
        .class_init = boot_class_init,
    },
};
DEFINE_TYPES(boot_types)

/* Codes of "a", "c", "d", "n" as CMOS has them. */
static bool boot_codes(const char *order, uint8_t codes[3], GError **errp)
{
    static const struct {
        char letter;
        uint8_t code;
    } drives[] = { { 'a', 1 }, { 'b', 1 }, { 'c', 2 }, { 'd', 3 },
                   { 'n', 4 } };
    unsigned n = 0;

    for (const char *p = order; *p; p++) {
        uint8_t code = 0;

        for (size_t i = 0; i < ARRAY_SIZE(drives); i++) {
            if (*p == drives[i].letter) {
                code = drives[i].code;
            }
        }
        if (!code) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                        "'%c' in the boot order is no drive (a, c, d, n)", *p);
            return false;
        }
        if (n == 3) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                        "'%s' in the boot order are more than three drives",
                        order);
            return false;
        }
        codes[n++] = code;
    }
    return true;
}

static bool init_cmos(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;
    uint64_t low = s->ram_below_4g, kb;
    PCBoot *boot = (PCBoot *)qdev_new(TYPE_PC_BOOT);

    object_property_add_child(OBJECT(s), "boot", OBJECT(boot));
    boot->rtc = s->rtc;
    if (!boot_codes(m->boot_order ?: "cad", boot->order, errp) ||
        !boot_codes(m->boot_once ?: m->boot_order ?: "cad", boot->once,
                    errp) ||
        !qdev_realize_and_unref(&boot->parent, NULL, errp)) {
        return false;
    }
    cmos_number(s, CMOS_BASE_MEMORY, 640, 2);
    kb = MIN((low >> 10) - 1024, 0xfc00);
    cmos_number(s, CMOS_EXTENDED, kb, 2);
    cmos_number(s, CMOS_EXTENDED2, kb, 2);
    kb = low > 16 << 20 ? MIN((low - (16 << 20)) >> 16, 0xffff) : 0;
    cmos_number(s, CMOS_ABOVE_16M, kb, 2);
    cmos_number(s, CMOS_ABOVE_4G, (m->ram_size - low) >> 16, 3);
    rtc_set_memory(s->rtc, CMOS_CPUS, m->smp.cpus - 1);
    rtc_set_memory(s->rtc, CMOS_EQUIPMENT, EQUIPMENT_FPU | EQUIPMENT_MOUSE);
    return true;
}

static void add_e820(PCMachineState *s)
{
    MachineState *m = &s->parent;
    GByteArray *map = g_byte_array_new();

    table_put(map, 0, 8);
    table_put(map, s->ram_below_4g, 8);
    table_put(map, E820_RAM, 4);
    if (m->ram_size > s->ram_below_4g) {
        table_put(map, 1ull << 32, 8);
        table_put(map, m->ram_size - s->ram_below_4g, 8);
        table_put(map, E820_RAM, 4);
    }
    fw_cfg_add_file(s->fw, "etc/e820", map->data, map->len);
    g_byte_array_free(map, true);
}

static void add_acpi(PCMachineState *s)
{
    MachineState *m = &s->parent;
    uint64_t ram_end = m->ram_size > s->ram_below_4g
        ? (1ull << 32) + m->ram_size - s->ram_below_4g : 1ull << 32;
    AcpiMachine am = {
        .cpus = m->smp.cpus,
        .hpet = m->hpet,
        .pci_hole_start = s->ram_below_4g,
        .pci_hole64_start = ROUND_UP(ram_end, 1ull << 30),
        .serials = s->serials,
    };
    AcpiBlobs b;

    am.pci_hole64_end = am.pci_hole64_start + (2ull << 30) - 1;
    b = acpi_build(&am);
    fw_cfg_add_file(s->fw, ACPI_TABLES_FILE, b.tables->data, b.tables->len);
    fw_cfg_add_file(s->fw, ACPI_RSDP_FILE, b.rsdp->data, b.rsdp->len);
    fw_cfg_add_file(s->fw, ACPI_LOADER_FILE, b.loader->data, b.loader->len);
    acpi_blobs_free(&b);
}

static bool parse_uuid(const char *text, uint8_t out[16], GError **errp)
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11,
                                       12, 13, 14, 15 };
    unsigned n = 0;

    if (!g_uuid_string_is_valid(text)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE, "'%s' is no UUID", text);
        return false;
    }
    for (const char *p = text; *p && n < 32; p++) {
        if (*p != '-') {
            uint8_t nibble = g_ascii_xdigit_value(*p);

            /* The first three fields are little-endian. */
            out[order[n / 2]] = n & 1 ? out[order[n / 2]] | nibble
                                      : nibble << 4;
            n++;
        }
    }
    return true;
}

static bool add_smbios(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;
    uint8_t uuid[16] = { 0 };
    SmbiosMachine sm = {
        .product = MACHINE_GET_CLASS(m)->desc,
        .version = "pc-i440fx",
        .sockets = m->smp.sockets, .cores = m->smp.cores,
        .threads = m->smp.threads,
        .ram_size = m->ram_size, .ram_below_4g = s->ram_below_4g,
    };
    const char *text = smbios_option(1, "uuid") ?: m->uuid;
    GByteArray *tables, *anchor;

    if (text) {
        if (!parse_uuid(text, uuid, errp)) {
            return false;
        }
        sm.uuid = uuid;
        fw_cfg_add_bytes(s->fw, FW_CFG_UUID, uuid, sizeof(uuid));
    }
    smbios_build(&sm, &tables, &anchor);
    fw_cfg_add_file(s->fw, "etc/smbios/smbios-tables", tables->data,
                    tables->len);
    fw_cfg_add_file(s->fw, "etc/smbios/smbios-anchor", anchor->data,
                    anchor->len);
    g_byte_array_free(tables, true);
    g_byte_array_free(anchor, true);
    return true;
}

static void add_number_file(PCMachineState *s, const char *name, uint64_t v,
                            unsigned bytes)
{
    GByteArray *data = g_byte_array_new();

    table_put(data, v, bytes);
    fw_cfg_add_file(s->fw, name, data->data, data->len);
    g_byte_array_free(data, true);
}

static bool add_splash(PCMachineState *s, GError **errp)
{
    const char *file = s->parent.boot_splash;
    GError *err = NULL;
    char *data;
    gsize size;
    bool jpeg, ok;

    if (!file) {
        return true;
    }
    if (!g_file_get_contents(file, &data, &size, &err)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "-boot splash=%s: %s", file, err->message);
        g_error_free(err);
        return false;
    }
    jpeg = size > 2 && !memcmp(data, "\xff\xd8", 2);
    ok = jpeg || (size > 2 && !memcmp(data, "BM", 2));
    if (ok) {
        fw_cfg_add_file(s->fw, jpeg ? "bootsplash.jpg" : "bootsplash.bmp",
                        data, size);
    } else {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "-boot splash=%s: neither a JPEG nor a BMP file", file);
    }
    g_free(data);
    return ok;
}

static bool add_boot_items(PCMachineState *s, const char *rom_name,
                           GError **errp)
{
    MachineState *m = &s->parent;
    char *order;

    fw_cfg_add_i16(s->fw, FW_CFG_BOOT_MENU, m->boot_menu);
    if (m->boot_menu_timeout) {
        add_number_file(s, "etc/boot-menu-wait", m->boot_menu_timeout, 2);
    }
    if (m->boot_fail_timeout != DEFAULT_BOOT_FAIL_TIMEOUT) {
        add_number_file(s, "etc/boot-fail-wait",
                        (uint32_t)m->boot_fail_timeout, 4);
    }
    bootorder_set_strict(m->boot_strict);
    if (rom_name) {
        order = g_strdup_printf("/rom@%s", rom_name);
        bootorder_add_path(0, order);
        g_free(order);
    }
    return add_splash(s, errp);
}

bool pc_configure(PCMachineState *s, GError **errp)
{
    MachineState *m = &s->parent;
    /* S3 and S4 are there (80h), S4 has type 2. */
    static const uint8_t states[6] = { 128, 0, 0, 129, 130, 128 };
    const char *rom_name = NULL;

    s->fw = fw_cfg_create(OBJECT(s), errp);
    if (!s->fw || !init_cmos(s, errp)) {
        return false;
    }
    fw_cfg_add_i64(s->fw, FW_CFG_RAM_SIZE, m->ram_size);
    fw_cfg_add_i16(s->fw, FW_CFG_NOGRAPHIC, !m->graphics);
    fw_cfg_add_i16(s->fw, FW_CFG_NB_CPUS, m->smp.cpus);
    fw_cfg_add_i16(s->fw, FW_CFG_MAX_CPUS, m->smp.cpus);
    fw_cfg_add_i32(s->fw, FW_CFG_IRQ0_OVERRIDE, 1);
    fw_cfg_add_file(s->fw, "etc/system-states", states, sizeof(states));
    add_e820(s);
    add_acpi(s);
    if (!add_smbios(s, errp) ||
        !x86_load_kernel(m, s->fw, s->ram_below_4g, &rom_name, errp)) {
        return false;
    }
    return add_boot_items(s, rom_name, errp);
}
