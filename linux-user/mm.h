/* SPDX-License-Identifier: MIT */
/*
 * The guest's address space.  A 64-bit guest address is the host address;
 * what belongs to the guest is tracked here, everything else in the process
 * is the emulator's and out of the guest's reach.
 */
#ifndef LINUX_USER_MM_H
#define LINUX_USER_MM_H

#include "syscall/process.h"

#define TARGET_PAGE_BITS 12
#define TARGET_PAGE_SIZE 4096ull
#define TARGET_PAGE_MASK (~(TARGET_PAGE_SIZE - 1))
#define TARGET_PAGE_ALIGN(x) (((x) + TARGET_PAGE_SIZE - 1) & TARGET_PAGE_MASK)
/* End of the guest's address space. */
extern vaddr mm_task_size;
#define TASK_SIZE_MAX mm_task_size
#define TASK_SIZE_32  0xffffe000ull

enum {      /* MMArea.flags */
    MA_SHARED = 1,
    MA_GROWSDOWN = 2,
    MA_SHM = 4,         /* System V segment */
    MA_STACK = 8,       /* names in /proc/self/maps */
    MA_HEAP = 16,
    MA_VDSO = 32,
    MA_FILE = 128,      /* private mapping of a file (mm_split() hosts only) */
    MA_CODE = 64,       /* lost PROT_EXEC while translations may exist */
};

typedef struct MMArea {
    vaddr start, end;
    uint16_t prot;      /* the guest's PROT_* */
    uint16_t flags;
    uint32_t file;      /* shared file mappings: which file (mm-code.c), or 0 */
    uint64_t off;       /* and the offset of start in it */
} MMArea;

/* The host's page size, or a larger one that -p asks to act for. */
extern uint64_t mm_host_page;

static inline bool mm_split(void)
{
    return unlikely(mm_host_page > TARGET_PAGE_SIZE);
}

void mm_init(void);
void mm_fork_prepare(void);
void mm_fork_parent(void);
void mm_fork_child(void);

/* Results as the kernel's: an address or 0, or a negative errno. */
int64_t mm_mmap(vaddr addr, uint64_t len, int prot, int flags, int fd,
                uint64_t off, unsigned area_flags);
int64_t mm_munmap(vaddr addr, uint64_t len);
int64_t mm_mprotect(vaddr addr, uint64_t len, int prot);
int64_t mm_mremap(vaddr old, uint64_t old_len, uint64_t new_len, int flags,
                  vaddr new_addr);

/* mm-place32.c: a 32-bit guest from here on; mappings go below base. */
void mm_set_guest32(vaddr base);

/* Takes a mapping from the guest and leaves it where it is. */
void mm_disown(vaddr addr, uint64_t len);

void mm_set_brk_start(vaddr start);

/* The area of addr into *out; false if nothing is mapped there. */
bool mm_lookup(vaddr addr, MMArea *out);
/* A copy of all guest areas in order; *out is new (g_free). */
void mm_snapshot(MMArea **out, size_t *nb);

/*
 * A write fault at addr, for the host signal handler: true if the page was
 * only protected because of translated code, which is now gone; retry.
 */
bool mm_code_write_fault(vaddr addr, bool protection);
/* This thread is about to execute one instruction that writes to the page it
 * comes from (tcg_step_once): do not protect it. */
extern __thread bool mm_smc_step;

#endif
