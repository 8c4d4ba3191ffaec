/* SPDX-License-Identifier: MIT */
/*
 * ELF images into guest memory.  The loader validates and decides; where the
 * bytes go is the caller's business (ElfMapper), so that the process front and
 * the system front share it.
 */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

#include "util/osdep.h"

typedef enum LoaderError {
    LOADER_ERROR_NOEXEC,        /* not a program for us: "Exec format error" */
    LOADER_ERROR_BAD,           /* damaged or unsupported file */
    LOADER_ERROR_NOMEM,         /* the address space does not allow it */
    LOADER_ERROR_IO,
} LoaderError;
#define LOADER_ERROR loader_error_quark()
GQuark loader_error_quark(void);

/* All functions return 0 or a negative errno. */
typedef struct ElfMapper {
    /* Reserve [addr, addr + len) exactly there (fixed), or anywhere the caller
     * likes (!fixed, hint in *addr); *addr receives the place. */
    int (*reserve)(void *opaque, vaddr *addr, uint64_t len, bool fixed);
    /* Map len bytes of fd from off over reserved space, private. */
    int (*map_file)(void *opaque, vaddr addr, uint64_t len, int prot, int fd,
                    uint64_t off);
    int (*map_zero)(void *opaque, vaddr addr, uint64_t len, int prot);
    /* Clear bytes of a mapped page; failing is not fatal. */
    void (*clear)(void *opaque, vaddr addr, uint64_t len);
    /* Give back what no segment covers. */
    void (*unmap)(void *opaque, vaddr addr, uint64_t len);
    void *opaque;
} ElfMapper;

typedef struct ElfSegment {
    vaddr vaddr;                /* link-time address */
    uint64_t filesz, memsz, offset;
    int prot;
} ElfSegment;

typedef struct ElfImage {
    bool is_32;                 /* ELFCLASS32, EM_386 */
    bool is_dyn;                /* ET_DYN */
    bool exec_stack;            /* PT_GNU_STACK with X */
    bool has_gnu_stack;
    char *interp;               /* PT_INTERP or NULL; owned */
    ElfSegment *segs;           /* PT_LOADs in file order; owned */
    unsigned nb_segs;
    vaddr low, high;            /* page-rounded span of the segments */
    uint64_t align;             /* largest p_align of a PT_LOAD, >= page */
    uint64_t phoff;
    unsigned phnum, phentsize;
    vaddr link_entry, link_phdr;
    /* After elf_map(): */
    uint64_t bias;
    vaddr entry, phdr;
    vaddr start_code, end_code, end_data, brk;
} ElfImage;

/* Reads and checks the headers of fd; name is for messages.  want_32: an i386
 * file instead of an x86-64 one. */
bool elf_read(int fd, const char *name, bool want_32, ElfImage *img,
              GError **errp);
/* Maps the segments at bias (from hint for ET_DYN) through m. */
bool elf_map(int fd, const char *name, ElfImage *img, vaddr hint,
             const ElfMapper *m, GError **errp);
void elf_image_clear(ElfImage *img);

#endif
