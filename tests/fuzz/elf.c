/* SPDX-License-Identifier: MIT */
/*
 * Mutated and truncated ELF files and script lines through the loader, under
 * AddressSanitizer.  Every refusal must carry one line of text; everything
 * mapped must lie inside what was reserved.
 *
 *   elf-mutate COUNT SEED FILE...
 */
#include "util/osdep.h"
#include "loader/elf.h"
#include <elf.h>
#include "loader/script.h"
#include <sys/mman.h>

typedef struct Model {
    vaddr start, end;
    unsigned maps;
} Model;

static uint64_t rng;

static uint64_t next(void)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}

static void die(const char *what)
{
    fprintf(stderr, "elf-mutate: %s\n", what);
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
    return next() % 64 ? 0 : -ENOMEM;
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

/* Interesting values land in fields; random bits anywhere in the headers. */
static void mutate(uint8_t *b, size_t len)
{
    static const uint64_t odd[] = {
        0, 1, 2, 3, 4, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x1001, 0xffff,
        0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffff, 0x800000000000,
        0x7fffffffffffffff, 0x8000000000000000, ~0ull, ~0ull - 4095,
    };
    unsigned n = 1 + next() % 6;

    while (n--) {
        size_t header = MIN(len, 64 + 56 * 14);
        size_t at = next() % header;
        unsigned size = 1u << next() % 4;
        uint64_t v = odd[next() % ARRAY_SIZE(odd)];
        if (next() % 3 == 0) {
            b[at] ^= 1 << next() % 8;
        } else {
            at &= ~(size_t)(size - 1);
            memcpy(b + at, &v, MIN(size, len - at));
        }
    }
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? atoi(argv[1]) : 1000;
    unsigned accepted = 0, done = 0;

    if (argc < 4)
        die("usage: elf-mutate COUNT SEED FILE...");
    rng = strtoull(argv[2], NULL, 0) * 2 + 1;
    for (int f = 3; f < argc; f++) {
        g_autofree char *orig = NULL;
        size_t len;
        if (!g_file_get_contents(argv[f], &orig, &len, NULL))
            die("can't read the input");
        int fd = memfd_create("mutant", 0);
        if (write(fd, orig, len) != len || !try_image(fd))
            die("the file as it is must load");
        for (unsigned i = 0; i < count; i++, done++) {
            size_t head = MIN(len, 4096), size = len;
            uint8_t buf[4096];
            memcpy(buf, orig, head);
            mutate(buf, head);
            if (next() % 4 == 0)
                size = next() % (next() % 2 ? len : 1024);
            if (ftruncate(fd, 0) || ftruncate(fd, size) ||
                pwrite(fd, buf, MIN(head, size), 0) < 0)
                die("can't write the mutant");
            accepted += try_image(fd);
            ScriptLine line;
            buf[0] = '#', buf[1] = '!';
            script_parse((char *)buf, next() % sizeof(buf), &line);
        }
        close(fd);
    }
    printf("%u mutants, %u still load\n", done, accepted);
    return 0;
}
