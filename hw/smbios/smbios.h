/* SPDX-License-Identifier: MIT */
/* SMBIOS structures (DMTF DSP0134 2.8) of the machine, put into fw_cfg. */
#ifndef HW_SMBIOS_SMBIOS_H
#define HW_SMBIOS_SMBIOS_H

#include "util/osdep.h"

typedef struct SmbiosMachine {
    const char *product, *version;
    const uint8_t *uuid;        /* 16 bytes; NULL: none */
    unsigned sockets, cores, threads;
    uint64_t ram_size, ram_below_4g;
    uint32_t cpu_signature, cpu_features;
} SmbiosMachine;

/* Both return new. */
void smbios_build(const SmbiosMachine *m, GByteArray **tables,
                  GByteArray **anchor);

/* -smbios type=T[,NAME=TEXT]...: before smbios_build. */
#define SMBIOS_TYPES 128
bool smbios_option_add(const char *text, GError **errp);
bool smbios_option_given(unsigned type);
/* The last value of NAME, borrowed; NULL: not given. */
const char *smbios_option(unsigned type, const char *name);
/* FN for each value of NAME, in order. */
void smbios_option_foreach(unsigned type, const char *name,
                           void (*fn)(const char *value, void *opaque),
                           void *opaque);

#endif
