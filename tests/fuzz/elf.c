/* SPDX-License-Identifier: MIT */
/*
 * ELF files and script lines through the loader of user programs.  Every
 * refusal must carry one line of text; everything mapped must lie inside what
 * was reserved.
 */
#include "tests/fuzz/fuzz.h"

#include "loader/elf.h"
#include <elf.h>
#include "loader/script.h"
#include <sys/mman.h>

typedef struct Model {
    vaddr start, end;
    unsigned maps;
} Model;

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

static int memory;              /* the file under test */

static void die(const char *what)
{
    fprintf(stderr, "elf: %s\n", what);
    abort();
}

static int reserve(void *opaque, vaddr *addr, uint64_t len, bool fixed)
{
    Model *m = opaque;

    if (len == 0 || (len & 4095) || (*addr & 4095))
        die("reserve: not whole pages");
    if (len > (uint64_t)1 << 46 || *addr > ((uint64_t)1 << 47) - len)
        return -ENOMEM;
    if (m->end)
        die("reserved twice");
    m->start = *addr;
    m->end = *addr + len;
    return 0;
}

static void inside(const Model *m, vaddr addr, uint64_t len)
{
    if (len == 0 || addr < m->start || addr > m->end || len > m->end - addr)
        die("mapped outside of what was reserved");
}

static int map_file(void *opaque, vaddr addr, uint64_t len, int prot, int fd,
                    uint64_t off)
{
    Model *m = opaque;

    inside(m, addr, len);
    if (off & 4095)
        return -EINVAL;
    m->maps++;
    return m->maps % 8 ? 0 : -ENOMEM;
}

static int map_zero(void *opaque, vaddr addr, uint64_t len, int prot)
{
    inside(opaque, addr, len);
    return 0;
}

static void clear(void *opaque, vaddr addr, uint64_t len)
{
    if (len)
        inside(opaque, addr, len);
}

static void unmap(void *opaque, vaddr addr, uint64_t len)
{
    if (len)
        inside(opaque, addr, len);
}

static void check_error(GError *err, bool ok)
{
    if (ok != (err == NULL))
        die("result and error disagree");
    if (err && (!*err->message || strchr(err->message, '\n')))
        die("an error's text must be one line");
    g_clear_error(&err);
}

static bool try_image(int fd)
{
    uint8_t class = ELFCLASS64;

    if (pread(fd, &class, 1, EI_CLASS) < 0)
        die("pread");
    ElfImage img = {0};
    Model m = {0};
    ElfMapper mapper = {reserve, map_file, map_zero, clear, unmap, &m};
    GError *err = NULL;
    bool ok = elf_read(fd, "mutant", class == ELFCLASS32, &img, &err);

    check_error(err, ok);
    if (ok) {
        err = NULL;
        ok = elf_map(fd, "mutant", &img, 0x555555554000, &mapper, &err);
        check_error(err, ok);
    }
    elf_image_clear(&img);
    return ok;
}

static bool try_bytes(const void *data, size_t size)
{
    if (ftruncate(memory, 0) || ftruncate(memory, size) ||
        pwrite(memory, data, size, 0) != (ssize_t)size) {
        die("can't write the file");
    }
    return try_image(memory);
}

/* Interesting values land in fields of the headers. */
static void set_field(uint8_t *data, size_t size, unsigned random)
{
    static const uint64_t odd[] = {
        0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x1001, 0xffff,
        0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffff, 0x800000000000,
        0x7fffffffffffffff, 0x8000000000000000, ~0ull, ~0ull - 4095,
    };
    unsigned width = 1u << (random & 3);
    size_t at = (random >> 2) % MIN(size, 64 + 56 * 14) & ~(size_t)(width - 1);

    memcpy(data + at, &odd[(random >> 16) % ARRAY_SIZE(odd)],
           MIN(width, size - at));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed)
{
    unsigned n = seed % 7;

    if (!size || !n) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    while (n--) {
        seed = seed * 1664525u + 1013904223u;
        set_field(data, size, seed >> 4);
    }
    return size;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const good[] = { "/bin/true", "/bin/busybox" };

    memory = memfd_create("elf", 0);
    for (unsigned i = 0; i < ARRAY_SIZE(good); i++) {
        g_autofree char *data = NULL;
        size_t size;

        if (!g_file_get_contents(good[i], &data, &size, NULL) ||
            !try_bytes(data, size)) {
            die("a good file must load");
        }
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_malloc(size + 2);
    ScriptLine line;

    try_bytes(data, size);
    memcpy(text, "#!", 2);
    memcpy(text + 2, data, size);
    script_parse(text, size + 2, &line);
    return 0;
}
