/* SPDX-License-Identifier: MIT */
/*
 * Multiboot and PVH kernels: see bootimage.h.
 * Sources: Multiboot Specification 0.6.96; Xen's hvm/start_info.h layout as
 * documented in its "x86/HVM direct boot ABI (PVH)"; the ELF specification.
 */
#include "util/osdep.h"
#include "loader/bootimage.h"

#include "util/bytes.h"

#include <elf.h>

#define BOOT_ERROR g_quark_from_static_string("boot-image")

enum {
    MB_MAGIC = 0x1badb002, MB_BOOTED = 0x2badb002, MB_SEARCH = 8192,
    MB_ADDRESSES = 1 << 16,
    MBI_MEMORY = 1 << 0, MBI_CMDLINE = 1 << 2, MBI_MODS = 1 << 3,
    MBI_MMAP = 1 << 6, MBI_NAME = 1 << 9,
    PVH_MAGIC = 0x336ec578, PVH_NOTE = 18,
    IMAGE_MAX = 512 << 20,
};

static uint32_t get32(const uint8_t *p)
{
    return get_le(p, 4);
}

static bool fail(GError **errp, const BootMachine *m, const char *why)
{
    g_set_error(errp, BOOT_ERROR, 0, "the kernel '%s' %s", m->name, why);
    return false;
}

/* Room for SIZE bytes at ADDR, zeroed; more than RAM is not asked of the host. */
static bool new_image(BootImage *out, uint64_t addr, uint64_t size,
                      const BootMachine *m, GError **errp)
{
    if (addr < 1 << 20 || addr > m->ram_below_4g ||
        size > m->ram_below_4g - addr || size > IMAGE_MAX) {
        return fail(errp, m, "does not fit into memory");
    }
    out->addr = addr;
    out->size = size;
    out->data = g_malloc0(size);
    return true;
}

/* ---- ELF ------------------------------------------------------------------------ */

/* Either class as one. */
typedef struct Segment {
    uint32_t type;
    uint64_t offset, paddr, filesz, memsz;
} Segment;

typedef struct Elf {
    const uint8_t *file;
    size_t size;
    bool wide;
    unsigned nb;
    uint64_t entry, phoff;
    unsigned phsize;
} Elf;

static bool elf_open(const uint8_t *file, size_t size, Elf *e)
{
    Elf64_Ehdr h64;
    Elf32_Ehdr h32;

    if (size < sizeof(h64) || memcmp(file, ELFMAG, SELFMAG) ||
        file[EI_DATA] != ELFDATA2LSB) {
        return false;
    }
    *e = (Elf){ .file = file, .size = size,
                .wide = file[EI_CLASS] == ELFCLASS64 };
    memcpy(&h64, file, sizeof(h64));
    memcpy(&h32, file, sizeof(h32));
    e->entry = e->wide ? h64.e_entry : h32.e_entry;
    e->phoff = e->wide ? h64.e_phoff : h32.e_phoff;
    e->nb = e->wide ? h64.e_phnum : h32.e_phnum;
    e->phsize = e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    return e->phoff <= size && e->nb <= (size - e->phoff) / e->phsize;
}

static Segment elf_segment(const Elf *e, unsigned i)
{
    const uint8_t *p = e->file + e->phoff + i * e->phsize;
    Elf64_Phdr h64;
    Elf32_Phdr h32;

    if (e->wide) {
        memcpy(&h64, p, sizeof(h64));
        return (Segment){ h64.p_type, h64.p_offset, h64.p_paddr,
                          h64.p_filesz, h64.p_memsz };
    }
    memcpy(&h32, p, sizeof(h32));
    return (Segment){ h32.p_type, h32.p_offset, h32.p_paddr, h32.p_filesz,
                      h32.p_memsz };
}

/* All loadable segments in one piece at their physical addresses. */
static bool elf_image(const Elf *e, const BootMachine *m, BootImage *out,
                      GError **errp)
{
    uint64_t lo = UINT64_MAX, hi = 0;

    for (unsigned i = 0; i < e->nb; i++) {
        Segment s = elf_segment(e, i);

        if (s.type != PT_LOAD || !s.memsz) {
            continue;
        }
        if (s.filesz > s.memsz || s.offset > e->size ||
            s.filesz > e->size - s.offset || s.paddr + s.memsz < s.paddr) {
            return fail(errp, m, "is cut short or damaged");
        }
        lo = MIN(lo, s.paddr);
        hi = MAX(hi, s.paddr + s.memsz);
    }
    if (lo >= hi) {
        return fail(errp, m, "has no segments to load");
    }
    if (!new_image(out, lo, hi - lo, m, errp)) {
        return false;
    }
    for (unsigned i = 0; i < e->nb; i++) {
        Segment s = elf_segment(e, i);

        if (s.type == PT_LOAD && s.memsz) {
            memcpy(out->data + (s.paddr - lo), e->file + s.offset, s.filesz);
        }
    }
    return true;
}

/* The entry that a Xen note names; 0: none. */
static uint32_t elf_pvh_entry(const Elf *e)
{
    for (unsigned i = 0; i < e->nb; i++) {
        Segment s = elf_segment(e, i);
        const uint8_t *p, *end;

        if (s.type != PT_NOTE || s.offset > e->size ||
            s.filesz > e->size - s.offset) {
            continue;
        }
        p = e->file + s.offset;
        end = p + s.filesz;
        while (end - p >= 12) {
            uint64_t namesz = get32(p), descsz = get32(p + 4);
            uint64_t len = 12 + ROUND_UP(namesz, 4ull) + ROUND_UP(descsz, 4ull);
            const uint8_t *desc = p + 12 + ROUND_UP(namesz, 4ull);

            if (len > (uint64_t)(end - p)) {
                break;
            }
            if (get32(p + 8) == PVH_NOTE && namesz == 4 && descsz >= 4 &&
                !memcmp(p + 12, "Xen", 4)) {
                return get32(desc);
            }
            p += len;
        }
    }
    return 0;
}

/* ---- the information block --------------------------------------------------------- */

typedef struct Info {
    uint8_t b[BOOT_INFO_MAX];
    size_t used;
} Info;

static void put(Info *t, size_t at, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        t->b[at + i] = v >> (8 * i);
    }
}

/* Returns the place in the block. */
static size_t room(Info *t, size_t n)
{
    size_t at = ROUND_UP(t->used, (size_t)8);

    g_assert(at + n <= sizeof(t->b));
    t->used = at + n;
    return at;
}

static size_t put_string(Info *t, const char *s)
{
    size_t n = strlen(s) + 1, at = room(t, n);

    memcpy(t->b + at, s, n);
    return at;
}

typedef struct Range { uint64_t start, size; unsigned type; } Range;

static unsigned memory_map(const BootMachine *m, Range r[6])
{
    unsigned n = 0;

    r[n++] = (Range){ 0, 0x9fc00, 1 };
    r[n++] = (Range){ 0x9fc00, 0x400, 2 };
    r[n++] = (Range){ 0xf0000, 0x10000, 2 };
    r[n++] = (Range){ 0x100000, m->ram_below_4g - 0x100000, 1 };
    r[n++] = (Range){ 0xfffc0000, 0x40000, 2 };
    if (m->ram_above_4g) {
        r[n++] = (Range){ 1ull << 32, m->ram_above_4g, 1 };
    }
    return n;
}

static void put_start(Info *t, uint32_t entry, uint32_t eax, uint32_t ebx)
{
    put(t, 0, entry, 4);
    put(t, 4, eax, 4);
    put(t, 8, ebx, 4);
}

static void multiboot_info(Info *t, const BootMachine *m, uint32_t entry,
                           uint64_t initrd_at)
{
    char *line = g_strdup_printf("%s%s%s", m->name, *m->cmdline ? " " : "",
                                 m->cmdline);
    size_t at, mods, map;
    unsigned n;
    Range r[6];

    t->used = 16;
    at = room(t, 120);
    put_start(t, entry, MB_BOOTED, BOOT_INFO_AT + at);
    put(t, at, MBI_MEMORY | MBI_CMDLINE | MBI_MMAP | MBI_NAME |
        (m->initrd_name ? MBI_MODS : 0), 4);
    put(t, at + 4, 639, 4);
    put(t, at + 8, (m->ram_below_4g >> 10) - 1024, 4);
    put(t, at + 16, BOOT_INFO_AT + put_string(t, line), 4);
    g_free(line);
    if (m->initrd_name) {
        mods = room(t, 16);
        put(t, at + 20, 1, 4);
        put(t, at + 24, BOOT_INFO_AT + mods, 4);
        put(t, mods, initrd_at, 4);
        put(t, mods + 4, initrd_at + m->initrd_size, 4);
        put(t, mods + 8, BOOT_INFO_AT + put_string(t, m->initrd_name), 4);
    }
    n = memory_map(m, r);
    map = room(t, n * 24);
    put(t, at + 44, n * 24, 4);
    put(t, at + 48, BOOT_INFO_AT + map, 4);
    for (unsigned i = 0; i < n; i++) {
        put(t, map + i * 24, 20, 4);
        put(t, map + i * 24 + 4, r[i].start, 8);
        put(t, map + i * 24 + 12, r[i].size, 8);
        put(t, map + i * 24 + 20, r[i].type, 4);
    }
    put(t, at + 64, BOOT_INFO_AT + put_string(t, "qemu"), 4);
}

static void pvh_info(Info *t, const BootMachine *m, uint32_t entry,
                     uint64_t initrd_at)
{
    size_t at, mod, map;
    unsigned n;
    Range r[6];

    t->used = 16;
    at = room(t, 56);
    put_start(t, entry, 0, BOOT_INFO_AT + at);
    put(t, at, PVH_MAGIC, 4);
    put(t, at + 4, 1, 4);                   /* version */
    if (m->initrd_name) {
        mod = room(t, 32);
        put(t, at + 12, 1, 4);
        put(t, at + 16, BOOT_INFO_AT + mod, 8);
        put(t, mod, initrd_at, 8);
        put(t, mod + 8, m->initrd_size, 8);
    }
    put(t, at + 24, BOOT_INFO_AT + put_string(t, m->cmdline), 8);
    n = memory_map(m, r);
    map = room(t, n * 24);
    put(t, at + 40, BOOT_INFO_AT + map, 8);
    put(t, at + 48, n, 4);
    for (unsigned i = 0; i < n; i++) {
        put(t, map + i * 24, r[i].start, 8);
        put(t, map + i * 24 + 8, r[i].size, 8);
        put(t, map + i * 24 + 16, r[i].type, 4);
    }
}

/* ---- Multiboot ---------------------------------------------------------------------- */

/* Offset of the header, or -1. */
static ssize_t find_multiboot(const uint8_t *file, size_t size)
{
    for (size_t i = 0; i + 12 <= MIN(size, (size_t)MB_SEARCH); i += 4) {
        if (get32(file + i) == MB_MAGIC &&
            MB_MAGIC + get32(file + i + 4) + get32(file + i + 8) == 0) {
            return i;
        }
    }
    return -1;
}

/* The addresses are in the header itself. */
static bool raw_image(const uint8_t *file, size_t size, size_t at,
                      const BootMachine *m, BootImage *out, uint32_t *entry,
                      GError **errp)
{
    uint32_t header, load, load_end, bss_end;
    size_t from, len;

    if (size < at + 32) {
        return fail(errp, m, "is cut short");
    }
    header = get32(file + at + 12);
    load = get32(file + at + 16);
    load_end = get32(file + at + 20);
    bss_end = get32(file + at + 24);
    *entry = get32(file + at + 28);
    if (load > header || header - load > at) {
        return fail(errp, m, "has addresses that do not fit together");
    }
    from = at - (header - load);
    len = load_end ? load_end - load : size - from;
    if ((load_end && load_end < load) || len > size - from ||
        (bss_end && bss_end < load) || !len) {
        return fail(errp, m, "has addresses that do not fit together");
    }
    if (!new_image(out, load, MAX(len, bss_end ? bss_end - load : 0), m,
                   errp)) {
        return false;
    }
    memcpy(out->data, file + from, len);
    return true;
}

/* ---- both ---------------------------------------------------------------------------- */

static bool place_initrd(const BootMachine *m, BootImage *out, GError **errp)
{
    uint64_t end = ROUND_UP(out->addr + out->size, 4096ull);

    if (!m->initrd_name) {
        return true;
    }
    if (end > m->ram_below_4g || m->initrd_size > m->ram_below_4g - end) {
        g_set_error(errp, BOOT_ERROR, 0,
                    "the module '%s' does not fit into memory",
                    m->initrd_name);
        return false;
    }
    out->initrd_at = end;
    return true;
}

bool boot_image_load(const uint8_t *file, size_t size, const BootMachine *m,
                     BootImage *out, bool *known, GError **errp)
{
    ssize_t at = find_multiboot(file, size);
    uint32_t entry = 0;
    bool ok, is_elf;
    Info *t;
    Elf e;

    memset(out, 0, sizeof(*out));
    is_elf = elf_open(file, size, &e);
    if (at < 0 && is_elf) {
        entry = elf_pvh_entry(&e);
    }
    *known = at >= 0 || entry;
    if (!*known) {
        return false;
    }
    if (strlen(m->cmdline) > BOOT_INFO_MAX / 2 ||
        strlen(m->name) > BOOT_INFO_MAX / 4) {
        return fail(errp, m, "has too long a command line");
    }
    if (at >= 0 && (get32(file + at + 4) & MB_ADDRESSES)) {
        ok = raw_image(file, size, at, m, out, &entry, errp);
    } else if (is_elf) {
        entry = entry ? entry : e.entry;
        ok = elf_image(&e, m, out, errp);
    } else {
        ok = fail(errp, m, "is neither ELF nor names its addresses");
    }
    if (!ok || !place_initrd(m, out, errp)) {
        g_clear_pointer(&out->data, g_free);
        return false;
    }
    t = g_new0(Info, 1);
    if (at >= 0) {
        multiboot_info(t, m, entry, out->initrd_at);
    } else {
        pvh_info(t, m, entry, out->initrd_at);
    }
    out->info_size = t->used;
    out->info = g_memdup2(t->b, t->used);
    g_free(t);
    return true;
}
