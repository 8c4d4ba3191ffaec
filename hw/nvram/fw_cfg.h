/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg: how the machine describes itself to firmware (the interface is in
 * QEMU's docs/specs/fw_cfg.rst; firmware and Linux's qemu_fw_cfg know it).
 * Items have 16-bit keys; files are items with names in a directory.
 */
#ifndef HW_NVRAM_FW_CFG_H
#define HW_NVRAM_FW_CFG_H

#include "hw/core/qdev.h"

#define TYPE_FW_CFG "fw_cfg_io"

enum {
    FW_CFG_SIGNATURE = 0x00, FW_CFG_ID = 0x01, FW_CFG_UUID = 0x02,
    FW_CFG_RAM_SIZE = 0x03, FW_CFG_NOGRAPHIC = 0x04, FW_CFG_NB_CPUS = 0x05,
    FW_CFG_KERNEL_ADDR = 0x07, FW_CFG_KERNEL_SIZE = 0x08,
    FW_CFG_INITRD_ADDR = 0x0a, FW_CFG_INITRD_SIZE = 0x0b,
    FW_CFG_BOOT_DEVICE = 0x0c, FW_CFG_NUMA = 0x0d, FW_CFG_BOOT_MENU = 0x0e,
    FW_CFG_MAX_CPUS = 0x0f, FW_CFG_KERNEL_ENTRY = 0x10,
    FW_CFG_KERNEL_DATA = 0x11, FW_CFG_INITRD_DATA = 0x12,
    FW_CFG_CMDLINE_ADDR = 0x13, FW_CFG_CMDLINE_SIZE = 0x14,
    FW_CFG_CMDLINE_DATA = 0x15, FW_CFG_SETUP_ADDR = 0x16,
    FW_CFG_SETUP_SIZE = 0x17, FW_CFG_SETUP_DATA = 0x18,
    FW_CFG_FILE_DIR = 0x19, FW_CFG_FILE_FIRST = 0x20, FW_CFG_FILES = 64,
    FW_CFG_ARCH_LOCAL = 0x8000,
    FW_CFG_IRQ0_OVERRIDE = FW_CFG_ARCH_LOCAL + 2,
    FW_CFG_E820 = FW_CFG_ARCH_LOCAL + 3, FW_CFG_HPET = FW_CFG_ARCH_LOCAL + 4,
};

typedef struct FWCfgState FWCfgState;

FWCfgState *fw_cfg_create(Object *owner, GError **errp);    /* borrowed */
/* The machine's; NULL: there is none. */
FWCfgState *fw_cfg_find(void);
/* DATA is copied; a second item of the same key replaces the first. */
void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, const void *data,
                      size_t len);
/* DATA is taken over (g_free). */
void fw_cfg_give_bytes(FWCfgState *s, uint16_t key, void *data, size_t len);
void fw_cfg_add_string(FWCfgState *s, uint16_t key, const char *text);
void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t v);
void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t v);
void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t v);
#define FW_CFG_NAME_MAX 55      /* characters in the name of a file */
/* False when the directory is full or the name too long. */
bool fw_cfg_add_file(FWCfgState *s, const char *name, const void *data,
                     size_t len);
bool fw_cfg_has_file(const FWCfgState *s, const char *name);

#endif
