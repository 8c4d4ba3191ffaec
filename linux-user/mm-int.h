/* SPDX-License-Identifier: MIT */
/* Private to linux-user/mm*.c: the interval set and the code-page map. */
#ifndef LINUX_USER_MM_INT_H
#define LINUX_USER_MM_INT_H

#include "linux-user/mm.h"
#include <sys/mman.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* The lock that guards all of the below.  Nothing under it touches guest
 * memory, so a fault handler may take it; async handlers don't. */
void mm_lock(void);
void mm_unlock(void);

/* ---- mm-area.c: disjoint, sorted, merged areas -------------------------- */

/* First area that ends above addr (it may start above too); NULL if none. */
const MMArea *area_find_locked(vaddr addr);
const MMArea *area_next_locked(const MMArea *a);
/* [start, end) becomes one area with these attributes. */
void area_set_locked(vaddr start, vaddr end, unsigned prot, unsigned flags);
void area_put_locked(const MMArea *a);
void area_clear_locked(vaddr start, vaddr end);
bool area_covers_locked(vaddr start, vaddr end);
/* Copies the pieces of areas inside [start, end); returns new (g_free). */
MMArea *area_pieces_locked(vaddr start, vaddr end, size_t *nb);

/* ---- mm-code.c: pages that code was translated from --------------------- */

/* The host's protection for a guest's: no PROT_EXEC, EXEC implies READ. */
int mm_host_prot(int guest_prot);
/* mprotect of the host for a new guest protection, code pages kept unwritable;
 * 0 or a negative errno. */
int mm_host_protect_locked(vaddr start, vaddr end, int guest_prot);
/* May code have been fetched from there?  (Such pages are marked.) */
bool mm_code_may_be_in_locked(vaddr start, vaddr end);
/* The contents of [start, end) are going: forget the pages.  Returns true if
 * the caller must tcg_invalidate() the range after the change. */
bool mm_code_forget_locked(vaddr start, vaddr end);
/* Likewise, but make the host's protection the guest's again (mremap). */
bool mm_code_release_locked(vaddr start, vaddr end);

/* ---- mm-map.c ------------------------------------------------------------ */

typedef struct Claim {
    MMArea *hole;       /* parts of the range that were free and are ours now */
    size_t nb;
} Claim;

/* Takes free space; false with errno if there is something. */
bool mm_claim_hole(Claim *c, vaddr start, vaddr end);
void mm_claim_undo(Claim *c);
/* mmap where the kernel likes, or the guest's hint says. */
int64_t mm_place_locked(vaddr hint, uint64_t len, int prot, int flags, int fd,
                        uint64_t off);

/* ---- mm-split.c: host pages larger than the guest's ---------------------- */

/* As mmap with MAP_FIXED over guest areas and free space. */
int64_t mm_split_map_locked(vaddr addr, uint64_t len, int prot, int flags,
                            int fd, uint64_t off);
int mm_split_unmap_locked(vaddr start, vaddr end);
int64_t mm_split_remap_locked(vaddr old, uint64_t old_size, uint64_t size,
                              int flags, vaddr to);
/* The advice for a whole area. */
int mm_split_advise_locked(const MMArea *a, int advice);
int mm_split_claim_locked(Claim *c, vaddr start, vaddr end);
/* mm-code.c: the host page hp gets the protection that its pieces need, where
 * [start, end) counts as prot whatever its area says. */
int mm_split_protect_locked(vaddr hp, vaddr start, vaddr end, int prot);

/* MAP_32BIT is an x86 flag; others use its bit for something else. */
#ifdef MAP_32BIT
#define HOST_HAS_MAP_32BIT 1
#define GUEST_MAP_32BIT MAP_32BIT
#else
#define HOST_HAS_MAP_32BIT 0
#define GUEST_MAP_32BIT 0x40000000
#endif

/* mm-place32.c: mmap at hint (0: none) or anywhere below 4 GiB. */
int64_t mm_place32_locked(vaddr hint, uint64_t len, int prot, int flags,
                          int fd, uint64_t off);
/* mremap that stays below 4 GiB, as mremap(2): address or -errno. */
int64_t mm_remap32_locked(vaddr old, uint64_t old_size, uint64_t size,
                          int flags);

/* A mapping was made (without the lock): if others may write to it, or see what
 * is written, the translator must keep x86's memory order. */
void mm_note_shared(unsigned area_flags, int prot, int flags, int fd);

/* Number of the file behind fd, for shared mappings; 0: none. */
uint32_t mm_file_id_locked(int fd);
/* A new or newly writable shared area: where another mapping of the same file
 * holds translated code, this one must trap writes, too. */
void mm_code_alias_locked(const MMArea *a);

static inline bool range_bad(vaddr addr, uint64_t len)
{
    return len > TASK_SIZE_MAX || addr > TASK_SIZE_MAX - len;
}

#endif
