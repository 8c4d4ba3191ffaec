/* SPDX-License-Identifier: MIT */
/*
 * SMBIOS structures: see smbios.h.  Firmware adds its own type 0 unless -smbios
 * gives one.
 */
#include "util/osdep.h"
#include "hw/smbios/smbios.h"

#include "util/optstr.h"

typedef struct Builder {
    GByteArray *out;
    GString *strings;           /* of the structure being built */
    uint8_t n_strings;
    guint start;
    uint16_t structures, largest;
} Builder;

static void put(Builder *b, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t byte = v >> (8 * i);

        g_byte_array_append(b->out, &byte, 1);
    }
}

/* Its number goes to the formatted part; 0: no string. */
static void put_string(Builder *b, const char *text)
{
    if (!text || !*text) {
        put(b, 0, 1);
        return;
    }
    put(b, ++b->n_strings, 1);
    g_string_append_len(b->strings, text, strlen(text) + 1);
}

static void begin(Builder *b, uint8_t type, uint16_t handle)
{
    b->start = b->out->len;
    b->n_strings = 0;
    g_string_truncate(b->strings, 0);
    put(b, type, 1);
    put(b, 0, 1);
    put(b, handle, 2);
}

static void end(Builder *b)
{
    b->out->data[b->start + 1] = b->out->len - b->start;
    if (b->strings->len) {
        g_byte_array_append(b->out, (const guint8 *)b->strings->str,
                            b->strings->len);
        put(b, 0, 1);
    } else {
        put(b, 0, 2);
    }
    b->structures++;
    b->largest = MAX(b->largest, b->out->len - b->start);
}

/* What -smbios says, or OTHERWISE (may be NULL). */
static void put_option(Builder *b, unsigned type, const char *name,
                       const char *otherwise)
{
    put_string(b, smbios_option(type, name) ?: otherwise);
}

static void type0_firmware(Builder *b)
{
    unsigned major = 0xff, minor = 0xff;
    const char *release = smbios_option(0, "release");
    bool uefi = false;

    if (release) {
        sscanf(release, "%u.%u", &major, &minor);
    }
    if (smbios_option(0, "uefi")) {
        opt_bool(smbios_option(0, "uefi"), &uefi);
    }
    begin(b, 0, 0);
    put_option(b, 0, "vendor", NULL);
    put_option(b, 0, "version", NULL);
    put(b, 0xe800, 2);                  /* segment of its start */
    put_option(b, 0, "date", NULL);
    put(b, 0, 1);                       /* size: 64 KiB */
    put(b, 1 << 3, 8);                  /* characteristics: not known */
    put(b, 0, 1);
    put(b, 1 << 4 | (uefi ? 1 << 3 : 0), 1);    /* a virtual machine */
    put(b, major, 1);
    put(b, minor, 1);
    put(b, 0xffff, 2);                  /* no embedded controller */
    end(b);
}

static void type1_system(Builder *b, const SmbiosMachine *m)
{
    static const uint8_t none[16];

    begin(b, 1, 0x100);
    put_option(b, 1, "manufacturer", "QEMU");
    put_option(b, 1, "product", m->product);
    put_option(b, 1, "version", m->version);
    put_option(b, 1, "serial", NULL);
    g_byte_array_append(b->out, m->uuid ?: none, 16);
    put(b, 6, 1);                       /* wake-up: power switch */
    put_option(b, 1, "sku", NULL);
    put_option(b, 1, "family", NULL);
    end(b);
}

static void type2_board(Builder *b)
{
    begin(b, 2, 0x200);
    put_option(b, 2, "manufacturer", "QEMU");
    put_option(b, 2, "product", NULL);
    put_option(b, 2, "version", NULL);
    put_option(b, 2, "serial", NULL);
    put_option(b, 2, "asset", NULL);
    put(b, 1, 1);                       /* hosts the processor */
    put_option(b, 2, "location", NULL);
    put(b, 0x300, 2);                   /* in this chassis */
    put(b, 10, 1);                      /* a motherboard */
    put(b, 0, 1);
    end(b);
}

static void type3_chassis(Builder *b, const SmbiosMachine *m)
{
    begin(b, 3, 0x300);
    put_option(b, 3, "manufacturer", "QEMU");
    put(b, 1, 1);                       /* other */
    put_option(b, 3, "version", m->version);
    put_option(b, 3, "serial", NULL);
    put_option(b, 3, "asset", NULL);
    put(b, 3, 1);                       /* boot-up, supply, thermal: safe */
    put(b, 3, 1);
    put(b, 3, 1);
    put(b, 2, 1);
    put(b, 0, 4);
    put(b, 0, 4);
    put_option(b, 3, "sku", NULL);
    end(b);
}

static void count_string(const char *value, void *opaque)
{
    ++*(unsigned *)opaque;
}

static void add_string(const char *value, void *opaque)
{
    Builder *b = opaque;

    g_string_append_len(b->strings, value, strlen(value) + 1);
}

static void type11_strings(Builder *b)
{
    unsigned n = 0;

    smbios_option_foreach(11, "value", count_string, &n);
    begin(b, 11, 0xe00);
    put(b, MIN(n, 255), 1);
    smbios_option_foreach(11, "value", add_string, b);
    end(b);
}

static void type4_processor(Builder *b, const SmbiosMachine *m, unsigned n)
{
    char name[16];
    unsigned cores = MIN(m->cores, 255);
    unsigned threads = MIN(m->cores * m->threads, 255);

    g_snprintf(name, sizeof(name), "CPU %u", n);
    begin(b, 4, 0x400 + n);
    put_string(b, name);
    put(b, 3, 1);                       /* central processor */
    put(b, 1, 1);                       /* family: other */
    put_string(b, "QEMU");
    put(b, m->cpu_signature, 4);
    put(b, m->cpu_features, 4);
    put_string(b, m->version);
    put(b, 0, 1);
    put(b, 0, 2);
    put(b, 2000, 2);
    put(b, 2000, 2);
    put(b, 0x41, 1);                    /* populated, enabled */
    put(b, 1, 1);
    put(b, 0xffff, 2);                  /* no cache handles */
    put(b, 0xffff, 2);
    put(b, 0xffff, 2);
    put(b, 0, 3);
    put(b, cores, 1);
    put(b, cores, 1);
    put(b, threads, 1);
    put(b, 2, 2);
    put(b, 1, 2);
    put(b, m->cores, 2);
    put(b, m->cores, 2);
    put(b, m->cores * m->threads, 2);
    end(b);
}

#define DIMM_SIZE (16ull << 30)

static void type16_array(Builder *b, const SmbiosMachine *m, unsigned dimms)
{
    uint64_t kb = m->ram_size >> 10;

    begin(b, 16, 0x1000);
    put(b, 1, 1);                       /* location: other */
    put(b, 3, 1);                       /* system memory */
    put(b, 6, 1);                       /* multi-bit ECC */
    put(b, kb < 0x80000000 ? kb : 0x80000000, 4);
    put(b, 0xfffe, 2);
    put(b, dimms, 2);
    put(b, kb < 0x80000000 ? 0 : m->ram_size, 8);
    end(b);
}

static void type17_device(Builder *b, unsigned n, uint64_t size)
{
    char name[16];
    uint64_t mb = size >> 20;

    g_snprintf(name, sizeof(name), "DIMM %u", n);
    begin(b, 17, 0x1100 + n);
    put(b, 0x1000, 2);
    put(b, 0xfffe, 2);
    put(b, 0xffff, 2);                  /* widths: unknown */
    put(b, 0xffff, 2);
    put(b, mb < 0x7fff ? mb : 0x7fff, 2);
    put(b, 9, 1);                       /* DIMM */
    put(b, 0, 1);
    put_string(b, name);
    put(b, 0, 1);
    put(b, 7, 1);                       /* RAM */
    put(b, 2, 2);
    put(b, 0, 2);
    put_string(b, "QEMU");
    put(b, 0, 3);
    put(b, 0, 1);
    put(b, mb < 0x7fff ? 0 : mb, 4);
    put(b, 0, 2);
    put(b, 0, 6);
    end(b);
}

static void type19_mapped(Builder *b, unsigned n, uint64_t first,
                          uint64_t size)
{
    uint64_t start = first >> 10, last = ((first + size) >> 10) - 1;
    bool wide = last >= UINT32_MAX;

    begin(b, 19, 0x1300 + n);
    put(b, wide ? UINT32_MAX : start, 4);
    put(b, wide ? UINT32_MAX : last, 4);
    put(b, 0x1000, 2);
    put(b, 1, 1);
    put(b, wide ? first : 0, 8);
    put(b, wide ? first + size - 1 : 0, 8);
    end(b);
}

static void memory(Builder *b, const SmbiosMachine *m)
{
    unsigned dimms = MAX(DIV_ROUND_UP(m->ram_size, DIMM_SIZE), 1);

    type16_array(b, m, dimms);
    for (unsigned i = 0; i < dimms; i++) {
        type17_device(b, i, MIN(m->ram_size - i * DIMM_SIZE, DIMM_SIZE));
    }
    type19_mapped(b, 0, 0, m->ram_below_4g);
    if (m->ram_size > m->ram_below_4g) {
        type19_mapped(b, 1, 1ull << 32, m->ram_size - m->ram_below_4g);
    }
}

/* DSP0134, 5.2.1; addresses and checksums are firmware's. */
static GByteArray *build_anchor(const Builder *tables)
{
    Builder b = { .out = g_byte_array_new() };
    uint8_t sum = 0, middle = 0;

    g_byte_array_append(b.out, (const guint8 *)"_SM_", 4);
    put(&b, 0, 1);
    put(&b, 0x1f, 1);
    put(&b, 0x0802, 2);                 /* 2.8 */
    put(&b, tables->largest, 2);
    put(&b, 0, 6);
    g_byte_array_append(b.out, (const guint8 *)"_DMI_", 5);
    put(&b, 0, 1);
    put(&b, tables->out->len, 2);
    put(&b, 0, 4);
    put(&b, tables->structures, 2);
    put(&b, 0x28, 1);
    for (guint i = 16; i < b.out->len; i++) {
        middle += b.out->data[i];
    }
    b.out->data[21] = -middle;
    for (guint i = 0; i < b.out->len; i++) {
        sum += b.out->data[i];
    }
    b.out->data[4] = -sum;
    return b.out;
}

void smbios_build(const SmbiosMachine *m, GByteArray **tables,
                  GByteArray **anchor)
{
    Builder b = { .out = g_byte_array_new(), .strings = g_string_new(NULL) };

    if (smbios_option_given(0)) {
        type0_firmware(&b);
    }
    type1_system(&b, m);
    if (smbios_option_given(2)) {
        type2_board(&b);
    }
    type3_chassis(&b, m);
    for (unsigned i = 0; i < m->sockets; i++) {
        type4_processor(&b, m, i);
    }
    if (smbios_option_given(11)) {
        type11_strings(&b);
    }
    memory(&b, m);
    begin(&b, 32, 0x2000);              /* boot: no errors */
    put(&b, 0, 6);
    put(&b, 0, 1);
    end(&b);
    begin(&b, 127, 0x7f00);
    end(&b);
    *tables = b.out;
    *anchor = build_anchor(&b);
    g_string_free(b.strings, true);
}
