/* SPDX-License-Identifier: MIT */
/* Tables for firmware to place: see table-loader.h. */
#include "util/osdep.h"
#include "hw/acpi/table-loader.h"

enum { CMD_ALLOCATE = 1, CMD_ADD_POINTER, CMD_ADD_CHECKSUM };
enum { ENTRY_SIZE = 128, NAME_SIZE = 56 };

void table_put(GByteArray *buf, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = v >> (8 * i);

        g_byte_array_append(buf, &b, 1);
    }
}

static void put_name(GByteArray *buf, const char *name)
{
    char padded[NAME_SIZE] = { 0 };

    g_strlcpy(padded, name, NAME_SIZE);
    g_byte_array_append(buf, (const guint8 *)padded, NAME_SIZE);
}

static void end_entry(TableLoader *l)
{
    while (l->script->len % ENTRY_SIZE) {
        table_put(l->script, 0, 1);
    }
}

void loader_allocate(TableLoader *l, const char *file, uint32_t align,
                     bool fseg)
{
    table_put(l->script, CMD_ALLOCATE, 4);
    put_name(l->script, file);
    table_put(l->script, align, 4);
    table_put(l->script, fseg ? 2 : 1, 1);
    end_entry(l);
}

void loader_add_pointer(TableLoader *l, const char *dest, uint32_t offset,
                        uint8_t size, const char *src)
{
    table_put(l->script, CMD_ADD_POINTER, 4);
    put_name(l->script, dest);
    put_name(l->script, src);
    table_put(l->script, offset, 4);
    table_put(l->script, size, 1);
    end_entry(l);
}

void loader_add_checksum(TableLoader *l, const char *file, uint32_t at,
                         uint32_t start, uint32_t len)
{
    table_put(l->script, CMD_ADD_CHECKSUM, 4);
    put_name(l->script, file);
    table_put(l->script, at, 4);
    table_put(l->script, start, 4);
    table_put(l->script, len, 4);
    end_entry(l);
}

uint32_t acpi_table_begin(GByteArray *buf, const char *sig, uint8_t revision)
{
    uint32_t start = buf->len;

    g_byte_array_append(buf, (const guint8 *)sig, 4);
    table_put(buf, 0, 4);
    table_put(buf, revision, 1);
    table_put(buf, 0, 1);
    /* Guests look at these names to know where they run. */
    g_byte_array_append(buf, (const guint8 *)"BOCHS BXPC    ", 14);
    table_put(buf, 1, 4);
    g_byte_array_append(buf, (const guint8 *)"BXPC", 4);
    table_put(buf, 1, 4);
    return start;
}

void acpi_table_end(GByteArray *buf, uint32_t start, TableLoader *l)
{
    uint32_t len = buf->len - start;

    for (int i = 0; i < 4; i++) {
        buf->data[start + 4 + i] = len >> (8 * i);
    }
    loader_add_checksum(l, ACPI_TABLES_FILE, start + 9, start, len);
}
