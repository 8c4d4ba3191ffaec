/* SPDX-License-Identifier: MIT */
/* ACPI machine language: see aml.h.  Sections are of ACPI 6.4. */
#include "util/osdep.h"
#include "hw/acpi/aml.h"

static void put(Aml *a, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = v >> (8 * i);

        g_byte_array_append(a->buf, &b, 1);
    }
}

void aml_op(Aml *a, unsigned op)
{
    if (op > 0xff) {
        put(a, op >> 8, 1);
    }
    put(a, op & 0xff, 1);
}

static void insert(Aml *a, guint at, const uint8_t *bytes, guint n)
{
    guint tail = a->buf->len - at;

    g_byte_array_set_size(a->buf, a->buf->len + n);
    memmove(a->buf->data + at + n, a->buf->data + at, tail);
    memcpy(a->buf->data + at, bytes, n);
}

static void open_length(Aml *a, bool buffer)
{
    g_assert(a->depth < AML_DEPTH);
    a->open[a->depth] = a->buf->len;
    a->buffer[a->depth++] = buffer;
}

/* 20.2.4: the length counts its own bytes. */
static unsigned encode_length(uint32_t len, uint8_t *out)
{
    if (len + 1 < 64) {
        out[0] = len + 1;
        return 1;
    }
    for (unsigned n = 2; n < 4; n++) {
        if (len + n < 1u << (4 + 8 * (n - 1))) {
            uint32_t all = len + n;

            out[0] = (n - 1) << 6 | (all & 15);
            for (unsigned i = 1; i < n; i++) {
                out[i] = all >> (4 + 8 * (i - 1));
            }
            return n;
        }
    }
    g_assert_not_reached();
}

void aml_end(Aml *a)
{
    uint8_t len[4];
    guint at;

    g_assert(a->depth > 0);
    at = a->open[--a->depth];
    if (a->buffer[a->depth]) {
        uint8_t size[3] = { 0x0b };
        guint n;

        put(a, 0x0079, 2);              /* end tag; checksum 0: ignored */
        n = a->buf->len - at;
        size[1] = n;
        size[2] = n >> 8;
        insert(a, at, size, 3);
    }
    insert(a, at, len, encode_length(a->buf->len - at, len));
}

static void put_segment(Aml *a, const char *from, size_t n)
{
    char seg[4] = "____";

    g_assert(n >= 1 && n <= 4);
    memcpy(seg, from, n);
    g_byte_array_append(a->buf, (const guint8 *)seg, 4);
}

/* 20.2.2 */
void aml_name_string(Aml *a, const char *name)
{
    char **parts;
    guint n;

    while (*name == '\\' || *name == '^') {
        put(a, *name++, 1);
    }
    if (!*name) {
        put(a, 0, 1);
        return;
    }
    parts = g_strsplit(name, ".", -1);
    n = g_strv_length(parts);
    if (n == 2) {
        put(a, 0x2e, 1);
    } else if (n > 2) {
        put(a, 0x2f, 1);
        put(a, n, 1);
    }
    for (guint i = 0; i < n; i++) {
        put_segment(a, parts[i], strlen(parts[i]));
    }
    g_strfreev(parts);
}

void aml_int(Aml *a, uint64_t v)
{
    if (v <= 1) {
        put(a, v, 1);
    } else if (v <= 0xff) {
        put(a, 0x0a, 1);
        put(a, v, 1);
    } else if (v <= 0xffff) {
        put(a, 0x0b, 1);
        put(a, v, 2);
    } else if (v <= 0xffffffff) {
        put(a, 0x0c, 1);
        put(a, v, 4);
    } else {
        put(a, 0x0e, 1);
        put(a, v, 8);
    }
}

void aml_string(Aml *a, const char *text)
{
    put(a, 0x0d, 1);
    g_byte_array_append(a->buf, (const guint8 *)text, strlen(text) + 1);
}

/* 19.3.4: three letters in five bits each, four digits. */
void aml_eisaid(Aml *a, const char *id)
{
    uint32_t v = (id[0] - 0x40) << 26 | (id[1] - 0x40) << 21 |
                 (id[2] - 0x40) << 16 | strtoul(id + 3, NULL, 16);

    put(a, 0x0c, 1);
    put(a, __builtin_bswap32(v), 4);
}

void aml_scope(Aml *a, const char *name)
{
    aml_op(a, 0x10);
    open_length(a, false);
    aml_name_string(a, name);
}

void aml_device(Aml *a, const char *name)
{
    aml_op(a, 0x5b82);
    open_length(a, false);
    aml_name_string(a, name);
}

void aml_method(Aml *a, const char *name, unsigned args, bool serialized)
{
    aml_op(a, 0x14);
    open_length(a, false);
    aml_name_string(a, name);
    put(a, args | (serialized ? 8 : 0), 1);
}

void aml_if(Aml *a)
{
    aml_op(a, 0xa0);
    open_length(a, false);
}

void aml_package(Aml *a, unsigned n)
{
    aml_op(a, 0x12);
    open_length(a, false);
    put(a, n, 1);
}

void aml_resources(Aml *a)
{
    aml_op(a, 0x11);
    open_length(a, true);
}

void aml_field(Aml *a, const char *region)
{
    aml_op(a, 0x5b81);
    open_length(a, false);
    aml_name_string(a, region);
    put(a, 0x01, 1);                    /* byte access, preserve */
}

void aml_field_unit(Aml *a, const char *name, unsigned bits)
{
    uint8_t len[4];

    put_segment(a, name, strlen(name));
    /* This length does not count itself. */
    g_assert(bits < 63);
    len[0] = bits;
    g_byte_array_append(a->buf, len, 1);
}

void aml_region(Aml *a, const char *name, unsigned space, uint64_t at,
                uint64_t len)
{
    aml_op(a, 0x5b80);
    aml_name_string(a, name);
    put(a, space, 1);
    aml_int(a, at);
    aml_int(a, len);
}

void aml_name(Aml *a, const char *name)
{
    aml_op(a, 0x08);
    aml_name_string(a, name);
}

void aml_name_int(Aml *a, const char *name, uint64_t v)
{
    aml_name(a, name);
    aml_int(a, v);
}

void aml_name_string_value(Aml *a, const char *name, const char *text)
{
    aml_name(a, name);
    aml_string(a, text);
}

void aml_name_eisaid(Aml *a, const char *name, const char *id)
{
    aml_name(a, name);
    aml_eisaid(a, id);
}

/* Resource descriptors */

void aml_io(Aml *a, uint16_t base, unsigned len)
{
    put(a, 0x47, 1);
    put(a, 1, 1);                       /* 16 address bits */
    put(a, base, 2);
    put(a, base, 2);
    put(a, 1, 1);
    put(a, len, 1);
}

void aml_irq_no_flags(Aml *a, unsigned irq)
{
    put(a, 0x22, 1);
    put(a, 1u << irq, 2);
}

void aml_memory32_fixed(Aml *a, uint32_t base, uint32_t len, bool writable)
{
    put(a, 0x86, 1);
    put(a, 9, 2);
    put(a, writable, 1);
    put(a, base, 4);
    put(a, len, 4);
}

/* Level-triggered, active high, shared. */
void aml_interrupts(Aml *a, const uint32_t *irqs, unsigned n)
{
    put(a, 0x89, 1);
    put(a, 2 + 4 * n, 2);
    put(a, 0x09, 1);                    /* consumer, shared */
    put(a, n, 1);
    for (unsigned i = 0; i < n; i++) {
        put(a, irqs[i], 4);
    }
}

/* 6.4.3.5: fixed at both ends. */
static void address_space(Aml *a, unsigned tag, unsigned width, unsigned type,
                          unsigned flags, uint64_t first, uint64_t last)
{
    put(a, tag, 1);
    put(a, 3 + 5 * width, 2);
    put(a, type, 1);
    put(a, 0x0c, 1);
    put(a, flags, 1);
    put(a, 0, width);
    put(a, first, width);
    put(a, last, width);
    put(a, 0, width);
    put(a, last - first + 1, width);
}

void aml_word_bus(Aml *a, uint16_t first, uint16_t last)
{
    address_space(a, 0x88, 2, 2, 0, first, last);
}

void aml_word_io(Aml *a, uint16_t first, uint16_t last)
{
    address_space(a, 0x88, 2, 1, 3, first, last);
}

void aml_dword_memory(Aml *a, uint32_t first, uint32_t last, bool cacheable)
{
    address_space(a, 0x87, 4, 0, cacheable ? 3 : 1, first, last);
}

void aml_qword_memory(Aml *a, uint64_t first, uint64_t last)
{
    address_space(a, 0x8a, 8, 0, 3, first, last);
}
