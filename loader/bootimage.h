/* SPDX-License-Identifier: MIT */
/*
 * Kernels that start in 32-bit protected mode: Multiboot (version 1) images and
 * ELF files with a PVH entry.  From the file's bytes to what is to be put where
 * in guest memory.
 */
#ifndef LOADER_BOOTIMAGE_H
#define LOADER_BOOTIMAGE_H

#include "util/osdep.h"

enum {
    BOOT_INFO_AT = 0x40000,     /* where the information block goes */
    BOOT_INFO_MAX = 0x10000,
};

typedef struct BootMachine {
    uint64_t ram_below_4g, ram_above_4g;
    const char *name;           /* the kernel's, as the user says it */
    const char *cmdline;
    const char *initrd_name;    /* NULL: none */
    const uint8_t *initrd;
    size_t initrd_size;
} BootMachine;

typedef struct BootImage {
    uint8_t *data;              /* g_free; goes to addr */
    uint64_t addr;
    size_t size;
    uint8_t *info;              /* g_free; goes to BOOT_INFO_AT.  Its first four
                                   words: entry point, EAX, EBX, ESI */
    size_t info_size;
    uint64_t initrd_at;
} BootImage;

/* *known is false if the file is of neither kind (then nothing is set). */
bool boot_image_load(const uint8_t *file, size_t size, const BootMachine *m,
                     BootImage *out, bool *known, GError **errp);

#endif
