/* SPDX-License-Identifier: MIT */
/*
 * Tables for firmware to place: blobs in fw_cfg, and the script of
 * "etc/table-loader" that allocates them, fills in pointers and checksums.
 */
#ifndef HW_ACPI_TABLE_LOADER_H
#define HW_ACPI_TABLE_LOADER_H

#include "util/osdep.h"

#define ACPI_TABLES_FILE "etc/acpi/tables"
#define ACPI_RSDP_FILE   "etc/acpi/rsdp"
#define ACPI_LOADER_FILE "etc/table-loader"

typedef struct TableLoader {
    GByteArray *script;
} TableLoader;

void loader_allocate(TableLoader *l, const char *file, uint32_t align,
                     bool fseg);
/* SIZE bytes at OFFSET of DEST point into SRC; they hold the offset there. */
void loader_add_pointer(TableLoader *l, const char *dest, uint32_t offset,
                        uint8_t size, const char *src);
void loader_add_checksum(TableLoader *l, const char *file, uint32_t at,
                         uint32_t start, uint32_t len);

/* Little-endian numbers at the end of BUF. */
void table_put(GByteArray *buf, uint64_t v, unsigned bytes);
/* A header (its length and checksum come with acpi_table_end); its offset. */
uint32_t acpi_table_begin(GByteArray *buf, const char *sig, uint8_t revision);
void acpi_table_end(GByteArray *buf, uint32_t start, TableLoader *l);

#endif
