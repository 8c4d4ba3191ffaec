/* SPDX-License-Identifier: MIT */
/*
 * Where a 32-bit guest's mappings go.  Its addresses are host addresses below
 * 4 GiB, and no host kernel looks there by itself, so the free space is found
 * here: downwards from a base below the stack, as the kernel does it, then
 * between the base and the stack.
 */
#include "util/osdep.h"
#include "linux-user/mm-int.h"

#define LOWEST      0x10000ull      /* vm.mmap_min_addr */
#define HUGE_ALIGN  (2ull << 20)

static vaddr place_base;

void mm_set_guest32(vaddr base)
{
    mm_task_size = TASK_SIZE_32;
    place_base = base & TARGET_PAGE_MASK;
}

/* Start of the highest free range of len bytes that ends at limit or below;
 * 0: none. */
static vaddr highest_gap_locked(vaddr limit, uint64_t len, uint64_t align)
{
    vaddr from = LOWEST, best = 0;
    const MMArea *a = area_find_locked(from);

    for (;;) {
        vaddr to = a ? MIN(a->start, limit) : limit;
        if (to > from && to - from >= len) {
            vaddr at = (to - len) & ~(align - 1);
            best = at >= from ? at : best;
        }
        if (!a || a->end >= limit) {
            return best;
        }
        from = MAX(a->end, from);
        a = area_next_locked(a);
    }
}

static int64_t map_at(vaddr at, uint64_t len, int prot, int flags, int fd,
                      uint64_t off)
{
    void *p = mmap((void *)at, len, mm_host_prot(prot),
                   flags | MAP_FIXED_NOREPLACE, fd, off);

    if (p == MAP_FAILED) {
        return -errno;
    }
    if (p != (void *)at) {      /* a kernel that does not know the flag */
        munmap(p, len);
        return -EEXIST;
    }
    return at;
}

int64_t mm_place32_locked(vaddr hint, uint64_t len, int prot, int flags,
                          int fd, uint64_t off)
{
    uint64_t align = flags & MAP_HUGETLB ? HUGE_ALIGN : mm_host_page;
    const vaddr limits[2] = { place_base, TASK_SIZE_32 };
    int64_t ret;

    hint = ROUND_UP(hint, mm_host_page);
    if (hint >= LOWEST && !range_bad(hint, len)) {
        const MMArea *a = area_find_locked(hint);
        if (!a || a->start >= hint + len) {
            ret = map_at(hint, len, prot, flags, fd, off);
            if (ret != -EEXIST) {
                return ret;
            }
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        vaddr limit = limits[i];
        vaddr at;
        /* Something of the emulator's is in a gap: look below it. */
        while ((at = highest_gap_locked(limit, len, align)) != 0) {
            ret = map_at(at, len, prot, flags, fd, off);
            if (ret != -EEXIST) {
                return ret;
            }
            limit = ROUND_UP(at + len - MAX(len / 16, 1), mm_host_page) -
                    mm_host_page;
        }
    }
    return -ENOMEM;
}

int64_t mm_remap32_locked(vaddr old, uint64_t old_size, uint64_t size,
                          int flags)
{
    int64_t to;
    void *p;

    if (!(flags & MREMAP_DONTUNMAP) && old_size && old + size <= TASK_SIZE_32) {
        p = mremap((void *)old, old_size, size, 0);
        if (p != MAP_FAILED) {
            return (uintptr_t)p;
        }
        if (errno != ENOMEM) {
            return -errno;
        }
    }
    if (!(flags & MREMAP_MAYMOVE)) {
        return -ENOMEM;
    }
    to = mm_place32_locked(0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
                           MAP_NORESERVE, -1, 0);
    if (to < 0) {
        return to;
    }
    p = mremap((void *)old, old_size, size, flags | MREMAP_FIXED, (void *)to);
    if (p == MAP_FAILED) {
        int err = errno;
        munmap((void *)to, size);
        return -err;
    }
    return to;
}
