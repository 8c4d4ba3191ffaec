/* SPDX-License-Identifier: MIT */
/*
 * Firmware images, and Linux kernels by the boot protocol (Linux,
 * Documentation/arch/x86/boot.rst): the setup header is filled in here, the
 * option ROM linuxboot does the rest inside the guest.
 */
#include "util/osdep.h"
#include "hw/i386/x86-load.h"
#include "hw/i386/roms/kernelboot.h"
#include "hw/i386/roms/linuxboot.h"
#include "loader/bootimage.h"
#include "util/bytes.h"

enum {
    HDR_SETUP_SECTS = 0x1f1, HDR_VIDEO_MODE = 0x1fa, HDR_BOOT_FLAG = 0x1fe, HDR_MAGIC = 0x202,
    HDR_VERSION = 0x206, HDR_LOADER = 0x210, HDR_LOADFLAGS = 0x211,
    HDR_RAMDISK = 0x218, HDR_RAMDISK_SIZE = 0x21c, HDR_HEAP_END = 0x224,
    HDR_CMDLINE = 0x228, HDR_INITRD_MAX = 0x22c, HDR_CMDLINE_MAX = 0x238,
    LOADED_HIGH = 0x01, CAN_USE_HEAP = 0x80, HEADER_END = 0x260,
};
enum { SETUP_AT = 0x10000, CMDLINE_AT = 0x20000, KERNEL_AT = 0x100000 };
/* Firmware puts its tables at the top of RAM. */
#define FIRMWARE_TOP (1u << 20)

bool x86_load_firmware(MachineState *m, MemoryRegion *pci_mem, GError **errp)
{
    const char *name = m->firmware ?: "bios-256k.bin";
    char *path = machine_find_file(name), *data = NULL;
    MemoryRegion *rom, *low;
    gsize size;

    if (!path) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "cannot find the firmware image '%s'", name);
        return false;
    }
    if (!g_file_get_contents(path, &data, &size, errp)) {
        g_free(path);
        return false;
    }
    g_free(path);
    if (size == 0 || size % 65536 || size > 16 << 20) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "'%s' is no firmware image: its size must be a multiple "
                    "of 64 KiB, up to 16 MiB", name);
        g_free(data);
        return false;
    }
    rom = g_new0(MemoryRegion, 1);
    low = g_new0(MemoryRegion, 1);
    if (!memory_region_init_rom(rom, OBJECT(m), "pc.bios", size, errp)) {
        g_free(data);
        return false;
    }
    memcpy(memory_region_get_ram_ptr(rom), data, size);
    g_free(data);
    memory_region_add_subregion(pci_mem, (1ull << 32) - size, rom);
    memory_region_init_alias(low, OBJECT(m), "isa-bios", rom,
                             size - MIN(size, 128 << 10),
                             MIN(size, 128 << 10));
    memory_region_add_subregion_overlap(pci_mem,
                                        (1 << 20) - MIN(size, 128 << 10),
                                        low, 1);
    return true;
}

static bool read_file(const char *what, const char *name, char **data,
                      gsize *size, GError **errp)
{
    GError *err = NULL;

    if (g_file_get_contents(name, data, size, &err)) {
        return true;
    }
    g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                "cannot read the %s '%s': %s", what, name, err->message);
    g_error_free(err);
    return false;
}

static bool add_initrd(MachineState *m, FWCfgState *fw, uint8_t *setup,
                       uint64_t ram_below_4g, uint64_t kernel_end,
                       GError **errp)
{
    unsigned version = get_le(setup + HDR_VERSION, 2);
    uint64_t limit = version >= 0x203 ? get_le(setup + HDR_INITRD_MAX, 4)
                                      : 0x37ffffff;
    uint64_t at;
    char *data;
    gsize size;

    if (!read_file("initial RAM disk", m->initrd, &data, &size, errp)) {
        return false;
    }
    limit = MIN(limit + 1, ram_below_4g - MIN(ram_below_4g, FIRMWARE_TOP));
    if (size > limit || limit - size < kernel_end) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the initial RAM disk '%s' (%" G_GSIZE_FORMAT " bytes) "
                    "does not fit into memory", m->initrd, size);
        g_free(data);
        return false;
    }
    at = (limit - size) & ~4095ull;
    put_le(setup + HDR_RAMDISK, at, 4);
    put_le(setup + HDR_RAMDISK_SIZE, size, 4);
    fw_cfg_add_i32(fw, FW_CFG_INITRD_ADDR, at);
    fw_cfg_add_i32(fw, FW_CFG_INITRD_SIZE, size);
    fw_cfg_give_bytes(fw, FW_CFG_INITRD_DATA, data, size);
    return true;
}

/* "vga=" is the loader's to pass on; -1: not there. */
static int video_mode(const char *cmdline)
{
    const char *p = cmdline;

    while ((p = strstr(p, "vga="))) {
        if (p == cmdline || p[-1] == ' ') {
            p += 4;
            return g_str_has_prefix(p, "normal") ? 0xffff
                 : g_str_has_prefix(p, "ext") ? 0xfffe
                 : g_str_has_prefix(p, "ask") ? 0xfffd
                 : (int)(strtoul(p, NULL, 0) & 0xffff);
        }
        p += 4;
    }
    return -1;
}

static bool is_bzimage(const uint8_t *data, gsize size)
{
    return size > HEADER_END && get_le(data + HDR_BOOT_FLAG, 2) == 0xaa55 &&
           memcmp(data + HDR_MAGIC, "HdrS", 4) == 0;
}

static bool load_bzimage(MachineState *m, FWCfgState *fw, uint8_t *data,
                         gsize size, uint64_t ram_below_4g, GError **errp)
{
    unsigned version = get_le(data + HDR_VERSION, 2);
    gsize setup_size = ((data[HDR_SETUP_SECTS] ?: 4) + 1) * 512;
    const char *cmdline = m->append ?: "";
    gsize cmdline_max = version >= 0x206 ? get_le(data + HDR_CMDLINE_MAX, 4)
                                         : 255;

    if (version < 0x202 || !(data[HDR_LOADFLAGS] & LOADED_HIGH)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the kernel '%s' is too old (boot protocol %u.%02u)",
                    m->kernel, version >> 8, version & 0xff);
        return false;
    }
    if (setup_size >= size || setup_size > 0x8000 ||
        KERNEL_AT + (size - setup_size) > ram_below_4g) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the kernel '%s' is cut short or does not fit into memory",
                    m->kernel);
        return false;
    }
    if (strlen(cmdline) > MIN(cmdline_max, 0xffff)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the kernel's command line is longer than %u bytes",
                    (unsigned)MIN(cmdline_max, 0xffff));
        return false;
    }
    data[HDR_LOADER] = 0xb0;            /* QEMU's number, revision 0 */
    data[HDR_LOADFLAGS] |= CAN_USE_HEAP;
    put_le(data + HDR_HEAP_END, 0xfe00 - 0x200, 2);
    put_le(data + HDR_CMDLINE, CMDLINE_AT, 4);
    if (video_mode(cmdline) >= 0) {
        put_le(data + HDR_VIDEO_MODE, video_mode(cmdline), 2);
    }
    if (m->initrd && !add_initrd(m, fw, data, ram_below_4g,
                                 KERNEL_AT + (size - setup_size), errp)) {
        return false;
    }
    fw_cfg_add_i32(fw, FW_CFG_SETUP_ADDR, SETUP_AT);
    fw_cfg_add_i32(fw, FW_CFG_SETUP_SIZE, setup_size);
    fw_cfg_add_bytes(fw, FW_CFG_SETUP_DATA, data, setup_size);
    fw_cfg_add_i32(fw, FW_CFG_CMDLINE_ADDR, CMDLINE_AT);
    fw_cfg_add_i32(fw, FW_CFG_CMDLINE_SIZE, strlen(cmdline) + 1);
    fw_cfg_add_string(fw, FW_CFG_CMDLINE_DATA, cmdline);
    fw_cfg_add_i32(fw, FW_CFG_KERNEL_ADDR, KERNEL_AT);
    fw_cfg_add_i32(fw, FW_CFG_KERNEL_SIZE, size - setup_size);
    fw_cfg_add_bytes(fw, FW_CFG_KERNEL_DATA, data + setup_size,
                     size - setup_size);
    return true;
}

/* Multiboot and PVH.  *known: it was one. */
static bool load_flat(MachineState *m, FWCfgState *fw, const uint8_t *data,
                      gsize size, uint64_t ram_below_4g, bool *known,
                      GError **errp)
{
    BootMachine bm = {
        .ram_below_4g = ram_below_4g,
        .ram_above_4g = m->ram_size - MIN(m->ram_size, ram_below_4g),
        .name = m->kernel, .cmdline = m->append ?: "",
        .initrd_name = m->initrd,
    };
    char *initrd = NULL;
    gsize initrd_size = 0;
    BootImage im;

    *known = true;
    if (m->initrd && !read_file("module", m->initrd, &initrd, &initrd_size,
                                errp)) {
        return false;
    }
    bm.initrd = (uint8_t *)initrd;
    bm.initrd_size = initrd_size;
    if (!boot_image_load(data, size, &bm, &im, known, errp)) {
        g_free(initrd);
        return false;
    }
    fw_cfg_add_i32(fw, FW_CFG_SETUP_ADDR, BOOT_INFO_AT);
    fw_cfg_add_i32(fw, FW_CFG_SETUP_SIZE, im.info_size);
    fw_cfg_give_bytes(fw, FW_CFG_SETUP_DATA, im.info, im.info_size);
    fw_cfg_add_i32(fw, FW_CFG_KERNEL_ADDR, im.addr);
    fw_cfg_add_i32(fw, FW_CFG_KERNEL_SIZE, im.size);
    fw_cfg_give_bytes(fw, FW_CFG_KERNEL_DATA, im.data, im.size);
    if (initrd) {
        fw_cfg_add_i32(fw, FW_CFG_INITRD_ADDR, im.initrd_at);
        fw_cfg_add_i32(fw, FW_CFG_INITRD_SIZE, initrd_size);
        fw_cfg_give_bytes(fw, FW_CFG_INITRD_DATA, initrd, initrd_size);
    }
    return true;
}

bool x86_load_kernel(MachineState *m, FWCfgState *fw, uint64_t ram_below_4g,
                     const char **rom_name, GError **errp)
{
    char *data;
    gsize size;
    bool ok;

    if (!m->kernel) {
        if (m->initrd || m->append) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                        "-initrd and -append need -kernel");
            return false;
        }
        return true;
    }
    if (!read_file("kernel", m->kernel, &data, &size, errp)) {
        return false;
    }
    if (!is_bzimage((uint8_t *)data, size)) {
        bool known;

        ok = load_flat(m, fw, (uint8_t *)data, size, ram_below_4g, &known,
                       errp);
        if (known) {
            g_free(data);
            *rom_name = "genroms/kernelboot.bin";
            if (ok) {
                fw_cfg_add_file(fw, *rom_name, kernelboot_rom,
                                sizeof(kernelboot_rom));
            }
            return ok;
        }
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "'%s' is not a kernel image that can be started",
                    m->kernel);
        g_free(data);
        return false;
    }
    ok = load_bzimage(m, fw, (uint8_t *)data, size, ram_below_4g, errp);
    g_free(data);
    if (ok) {
        *rom_name = "genroms/linuxboot.bin";
        fw_cfg_add_file(fw, *rom_name, linuxboot_rom, sizeof(linuxboot_rom));
    }
    return ok;
}
