/* SPDX-License-Identifier: MIT */
/*
 * ELF program loading: System V gABI ch. 5 and the x86-64 psABI, with Linux's
 * rules where they differ.  Every field of the file is distrusted.
 */
#include "util/osdep.h"
#include "loader/elf.h"
#include <elf.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE        4096ull
#define PAGE_OF(x)  ((x) & ~(PAGE - 1))
#define USER_TOP    0x7ffffffff000ull
#define USER_TOP_32 0xffffe000ull
#define MAX_PHNUM   (65536 / sizeof(Elf64_Phdr))

GQuark loader_error_quark(void)
{
    return g_quark_from_static_string("loader");
}

static bool fail(GError **errp, LoaderError code, const char *name,
                 const char *fmt, ...) G_GNUC_PRINTF(4, 5);
static bool fail(GError **errp, LoaderError code, const char *name,
                 const char *fmt, ...)
{
    va_list ap;
    char *what;

    va_start(ap, fmt);
    what = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_set_error(errp, LOADER_ERROR, code, "%s: %s", name, what);
    g_free(what);
    return false;
}

/* pread of exactly len bytes. */
static bool read_at(int fd, void *buf, size_t len, uint64_t off)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pread(fd, (char *)buf + done, len - done, off + done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        done += n;
    }
    return true;
}

static const char *machine_name(unsigned machine)
{
    static const struct { uint16_t machine; const char *name; } names[] = {
        { EM_386, "32-bit x86" }, { EM_ARM, "arm" }, { EM_AARCH64, "aarch64" },
        { EM_RISCV, "riscv" }, { EM_PPC64, "ppc64" }, { EM_PPC, "ppc" },
        { EM_S390, "s390" }, { EM_MIPS, "mips" }, { EM_SPARCV9, "sparc64" },
        { EM_LOONGARCH, "loongarch" }, { EM_68K, "m68k" },
        { EM_X86_64, "x86-64" },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].machine == machine) {
            return names[i].name;
        }
    }
    return NULL;
}

static bool check_ident(const Elf64_Ehdr *eh, size_t got, bool want_32,
                        const char *name, GError **errp)
{
    const uint8_t *id = eh->e_ident;
    unsigned machine;

    if (got < EI_NIDENT || memcmp(id, ELFMAG, SELFMAG) != 0) {
        return fail(errp, LOADER_ERROR_NOEXEC, name, "Exec format error");
    }
    if (got < sizeof(Elf32_Ehdr)) {
        return fail(errp, LOADER_ERROR_BAD, name, "truncated ELF header");
    }
    machine = id[EI_DATA] == ELFDATA2MSB
            ? GUINT16_FROM_BE(eh->e_machine) : GUINT16_FROM_LE(eh->e_machine);
    unsigned wanted = want_32 ? EM_386 : EM_X86_64;
    if (id[EI_DATA] != ELFDATA2LSB && (id[EI_DATA] != ELFDATA2MSB ||
                                       machine == wanted)) {
        return fail(errp, LOADER_ERROR_NOEXEC, name, "Exec format error: "
                    "not a little-endian ELF file (data encoding %u)",
                    id[EI_DATA]);
    }
    if (machine != wanted || id[EI_DATA] != ELFDATA2LSB) {
        const char *mn = machine_name(machine);
        char num[16];
        snprintf(num, sizeof(num), "number %u", machine);
        return fail(errp, LOADER_ERROR_NOEXEC, name, "Exec format error: "
                    "ELF file for another machine (%s), %s is needed",
                    mn ? mn : num, want_32 ? "32-bit x86" : "x86-64");
    }
    if (id[EI_CLASS] != (want_32 ? ELFCLASS32 : ELFCLASS64)) {
        return fail(errp, LOADER_ERROR_NOEXEC, name, "Exec format error: "
                    "not a %d-bit ELF file (class %u)", want_32 ? 32 : 64,
                    id[EI_CLASS]);
    }
    if (!want_32 && got < sizeof(Elf64_Ehdr)) {
        return fail(errp, LOADER_ERROR_BAD, name, "truncated ELF header");
    }
    return true;
}

static bool check_header(const Elf64_Ehdr *eh, const char *name, GError **errp)
{
    if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN) {
        return fail(errp, LOADER_ERROR_NOEXEC, name, "Exec format error: "
                    "ELF type %u is not a program", eh->e_type);
    }
    if (eh->e_phentsize != (eh->e_ident[EI_CLASS] == ELFCLASS32
                            ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr))) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "bad ELF program header size %u", eh->e_phentsize);
    }
    if (eh->e_phnum < 1 || eh->e_phnum > MAX_PHNUM) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "bad number of ELF program headers %u", eh->e_phnum);
    }
    return true;
}

static bool read_interp(int fd, const Elf64_Phdr *ph, const char *name,
                        ElfImage *img, GError **errp)
{
    if (img->interp) {
        return true;    /* the first one counts */
    }
    if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "bad ELF interpreter name length %" PRIu64,
                    (uint64_t)ph->p_filesz);
    }
    img->interp = g_malloc0(ph->p_filesz);
    if (ph->p_offset > INT64_MAX - PATH_MAX ||
        !read_at(fd, img->interp, ph->p_filesz, ph->p_offset)) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "truncated ELF file (interpreter name)");
    }
    if (img->interp[ph->p_filesz - 1] != 0) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "ELF interpreter name is not terminated");
    }
    return true;
}

static int seg_prot(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
           (flags & PF_X ? PROT_EXEC : 0);
}

static bool add_load(const Elf64_Phdr *ph, uint64_t file_size,
                     const char *name, ElfImage *img, GError **errp)
{
    ElfSegment *s = &img->segs[img->nb_segs];
    vaddr end, top = img->is_32 ? USER_TOP_32 : USER_TOP;

    if (ph->p_memsz == 0) {
        return true;
    }
    if (ph->p_filesz > ph->p_memsz) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "ELF segment has more file bytes than memory");
    }
    if (ph->p_vaddr >= top || ph->p_memsz >= top - ph->p_vaddr) {
        return fail(errp, LOADER_ERROR_BAD, name, "ELF segment at 0x%" PRIx64
                    " size 0x%" PRIx64 " is outside the address space",
                    (uint64_t)ph->p_vaddr, (uint64_t)ph->p_memsz);
    }
    if (ph->p_filesz) {
        if (ph->p_offset > file_size ||
            ph->p_filesz > file_size - ph->p_offset) {
            return fail(errp, LOADER_ERROR_BAD, name, "truncated ELF file "
                        "(segment ends at 0x%" PRIx64 ", file at 0x%" PRIx64
                        ")", (uint64_t)(ph->p_offset + ph->p_filesz),
                        file_size);
        }
        if ((ph->p_vaddr - ph->p_offset) & (PAGE - 1)) {
            return fail(errp, LOADER_ERROR_BAD, name, "ELF segment at 0x%"
                        PRIx64 " is misaligned in the file",
                        (uint64_t)ph->p_vaddr);
        }
    }
    *s = (ElfSegment) {
        .vaddr = ph->p_vaddr, .filesz = ph->p_filesz, .memsz = ph->p_memsz,
        .offset = ph->p_offset, .prot = seg_prot(ph->p_flags),
    };
    end = ROUND_UP(ph->p_vaddr + ph->p_memsz, PAGE);
    if (!img->nb_segs || PAGE_OF(ph->p_vaddr) < img->low) {
        img->low = PAGE_OF(ph->p_vaddr);
    }
    if (end > img->high) {
        img->high = end;
    }
    if (ph->p_align > img->align && (ph->p_align & (ph->p_align - 1)) == 0 &&
        ph->p_align <= (1ull << 40)) {
        img->align = ph->p_align;
    }
    img->nb_segs++;
    return true;
}

/* Where the program headers are in memory: inside the segment that holds
 * them; PT_PHDR wins, as in the kernel. */
static void find_phdr(const Elf64_Phdr *ph, ElfImage *img)
{
    for (unsigned i = 0; i < img->phnum; i++) {
        if (ph[i].p_type == PT_PHDR) {
            img->link_phdr = ph[i].p_vaddr;
            return;
        }
    }
    for (unsigned i = 0; i < img->nb_segs; i++) {
        const ElfSegment *s = &img->segs[i];
        if (img->phoff >= s->offset && img->phoff - s->offset < s->filesz) {
            img->link_phdr = s->vaddr + (img->phoff - s->offset);
            return;
        }
    }
}

static bool read_segments(int fd, const char *name, const Elf64_Phdr *ph,
                          uint64_t file_size, ElfImage *img, GError **errp)
{
    for (unsigned i = 0; i < img->phnum; i++) {
        switch (ph[i].p_type) {
        case PT_LOAD:
            if (!add_load(&ph[i], file_size, name, img, errp)) {
                return false;
            }
            break;
        case PT_INTERP:
            if (!read_interp(fd, &ph[i], name, img, errp)) {
                return false;
            }
            break;
        case PT_GNU_STACK:
            img->has_gnu_stack = true;
            img->exec_stack = ph[i].p_flags & PF_X;
            break;
        }
    }
    if (!img->nb_segs) {
        return fail(errp, LOADER_ERROR_BAD, name,
                    "ELF file has no loadable segment");
    }
    return true;
}

/* The two layouts differ in the widths and order of fields only. */
static void widen_header(Elf64_Ehdr *eh)
{
    Elf32_Ehdr h;

    memcpy(&h, eh, sizeof(h));
    eh->e_entry = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.e_entry));
    eh->e_phoff = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.e_phoff));
    eh->e_phentsize = h.e_phentsize;
    eh->e_phnum = h.e_phnum;
}

static void widen_phdrs(Elf64_Phdr *ph, unsigned n)
{
    const Elf32_Phdr *p = (const Elf32_Phdr *)ph;

    /* From the last on: the wide ones grow over the narrow ones. */
    while (n-- > 0) {
        Elf32_Phdr h = p[n];
        ph[n] = (Elf64_Phdr) {
            .p_type = h.p_type, .p_flags = h.p_flags,
            .p_offset = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.p_offset)),
            .p_vaddr = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.p_vaddr)),
            .p_filesz = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.p_filesz)),
            .p_memsz = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.p_memsz)),
            .p_align = GUINT64_TO_LE((uint64_t)GUINT32_FROM_LE(h.p_align)),
        };
    }
}

bool elf_read(int fd, const char *name, bool want_32, ElfImage *img,
              GError **errp)
{
    Elf64_Ehdr eh = { 0 };
    Elf64_Phdr *ph;
    struct stat st;
    ssize_t got;
    bool ok;

    *img = (ElfImage) {
        .is_32 = want_32, .align = PAGE, .exec_stack = true,
    };
    if (fstat(fd, &st) < 0 || (got = pread(fd, &eh, sizeof(eh), 0)) < 0) {
        return fail(errp, LOADER_ERROR_IO, name, "%s", g_strerror(errno));
    }
    if (!check_ident(&eh, got, want_32, name, errp)) {
        return false;
    }
    if (want_32) {
        widen_header(&eh);
    }
    eh.e_type = GUINT16_FROM_LE(eh.e_type);
    eh.e_phentsize = GUINT16_FROM_LE(eh.e_phentsize);
    eh.e_phnum = GUINT16_FROM_LE(eh.e_phnum);
    eh.e_phoff = GUINT64_FROM_LE(eh.e_phoff);
    eh.e_entry = GUINT64_FROM_LE(eh.e_entry);
    if (!check_header(&eh, name, errp)) {
        return false;
    }
    img->is_dyn = eh.e_type == ET_DYN;
    img->phoff = eh.e_phoff;
    img->phnum = eh.e_phnum;
    img->phentsize = eh.e_phentsize;
    img->link_entry = eh.e_entry;

    ph = g_new(Elf64_Phdr, img->phnum);
    if (eh.e_phoff > INT64_MAX - (1 << 20) ||
        !read_at(fd, ph, img->phnum * img->phentsize, eh.e_phoff)) {
        g_free(ph);
        return fail(errp, LOADER_ERROR_BAD, name,
                    "truncated ELF file (program headers)");
    }
    if (want_32) {
        widen_phdrs(ph, img->phnum);
    }
    for (unsigned i = 0; i < img->phnum && HOST_BIG_ENDIAN; i++) {
        ph[i].p_type = GUINT32_FROM_LE(ph[i].p_type);
        ph[i].p_flags = GUINT32_FROM_LE(ph[i].p_flags);
        ph[i].p_offset = GUINT64_FROM_LE(ph[i].p_offset);
        ph[i].p_vaddr = GUINT64_FROM_LE(ph[i].p_vaddr);
        ph[i].p_filesz = GUINT64_FROM_LE(ph[i].p_filesz);
        ph[i].p_memsz = GUINT64_FROM_LE(ph[i].p_memsz);
        ph[i].p_align = GUINT64_FROM_LE(ph[i].p_align);
    }
    img->segs = g_new0(ElfSegment, img->phnum);
    ok = read_segments(fd, name, ph, st.st_size, img, errp);
    if (ok) {
        find_phdr(ph, img);
    }
    g_free(ph);
    if (!ok) {
        elf_image_clear(img);
    }
    return ok;
}

static bool map_failed(GError **errp, const char *name, vaddr addr, int err)
{
    return fail(errp, LOADER_ERROR_NOMEM, name,
                "can't map the ELF segment at 0x%" PRIx64 ": %s", addr,
                g_strerror(-err));
}

/* One PT_LOAD: file pages, the zeroed rest of the last one, zero pages. */
static bool map_segment(int fd, const char *name, const ElfSegment *s,
                        uint64_t bias, const ElfMapper *m, GError **errp)
{
    vaddr start = s->vaddr + bias;
    vaddr page = PAGE_OF(start), file_end = start + s->filesz;
    vaddr mem_end = ROUND_UP(start + s->memsz, PAGE);
    vaddr zero_from = page;
    int err;

    if (s->filesz) {
        uint64_t in_page = start - page;
        zero_from = ROUND_UP(file_end, PAGE);
        err = m->map_file(m->opaque, page, zero_from - page, s->prot, fd,
                          s->offset - in_page);
        if (err) {
            return map_failed(errp, name, start, err);
        }
        if (s->memsz > s->filesz && (s->prot & PROT_WRITE) &&
            file_end < zero_from) {
            m->clear(m->opaque, file_end, zero_from - file_end);
        }
    }
    if (mem_end > zero_from) {
        err = m->map_zero(m->opaque, zero_from, mem_end - zero_from, s->prot);
        if (err) {
            return map_failed(errp, name, start, err);
        }
    }
    return true;
}

/* Reserves the whole span and sets the bias. */
static bool place(const char *name, ElfImage *img, vaddr hint,
                  const ElfMapper *m, GError **errp)
{
    uint64_t span = img->high - img->low, extra;
    vaddr at;
    int err;

    if (!img->is_dyn) {
        at = img->low;
        err = m->reserve(m->opaque, &at, span, true);
        if (err) {
            return fail(errp, LOADER_ERROR_NOMEM, name, "can't place the "
                        "program at 0x%" PRIx64 "-0x%" PRIx64
                        ": %s", img->low, img->high,
                        err == -EEXIST ? "the range is occupied"
                                       : g_strerror(-err));
        }
        img->bias = 0;
        return true;
    }
    extra = img->align - PAGE;
    if (span > USER_TOP - extra) {
        return map_failed(errp, name, img->low, -ENOMEM);
    }
    at = hint;
    err = m->reserve(m->opaque, &at, span + extra, false);
    if (err) {
        return map_failed(errp, name, img->low, err);
    }
    /* bias must keep every p_align: align it, give back the slack. */
    vaddr want = ROUND_UP(at - (img->low & (img->align - 1)), img->align) +
                 (img->low & (img->align - 1));
    if (want > at) {
        m->unmap(m->opaque, at, want - at);
    }
    if (at + span + extra > want + span) {
        m->unmap(m->opaque, want + span, at + extra - want);
    }
    img->bias = want - img->low;
    return true;
}

/* Pages of the span that no segment covers go back. */
static void unmap_holes(const ElfImage *img, const ElfMapper *m)
{
    vaddr at = img->low;

    while (at < img->high) {
        vaddr covered = at, next = img->high;
        for (unsigned i = 0; i < img->nb_segs; i++) {
            const ElfSegment *s = &img->segs[i];
            vaddr lo = PAGE_OF(s->vaddr);
            vaddr hi = ROUND_UP(s->vaddr + s->memsz, PAGE);
            if (lo <= at && hi > covered) {
                covered = hi;
            } else if (lo > at && lo < next) {
                next = lo;
            }
        }
        if (covered > at) {
            at = covered;
        } else {
            m->unmap(m->opaque, at + img->bias, next - at);
            at = next;
        }
    }
}

bool elf_map(int fd, const char *name, ElfImage *img, vaddr hint,
             const ElfMapper *m, GError **errp)
{
    if (!place(name, img, hint, m, errp)) {
        return false;
    }
    img->start_code = UINT64_MAX;
    for (unsigned i = 0; i < img->nb_segs; i++) {
        const ElfSegment *s = &img->segs[i];
        vaddr start = s->vaddr + img->bias;

        if (!map_segment(fd, name, s, img->bias, m, errp)) {
            return false;
        }
        if (start < img->start_code) {
            img->start_code = start;
        }
        if ((s->prot & PROT_EXEC) && start + s->filesz > img->end_code) {
            img->end_code = start + s->filesz;
        }
        if (start + s->filesz > img->end_data) {
            img->end_data = start + s->filesz;
        }
        if (start + s->memsz > img->brk) {
            img->brk = start + s->memsz;
        }
    }
    unmap_holes(img, m);
    img->entry = img->link_entry + img->bias;
    img->phdr = img->link_phdr ? img->link_phdr + img->bias : 0;
    return true;
}

void elf_image_clear(ElfImage *img)
{
    g_clear_pointer(&img->interp, g_free);
    g_clear_pointer(&img->segs, g_free);
}
