/* SPDX-License-Identifier: MIT */
/*
 * mmap, munmap, mprotect, mremap and brk.  The host kernel does the work and
 * finds the errors; this keeps the emulator's own mappings out of it, and the
 * set of areas and the marks of code pages up to date.
 *
 * Guest requests for a fixed place may only cover guest areas and free space.
 * Free space is claimed with MAP_FIXED_NOREPLACE, which fails exactly where
 * the emulator has something.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "linux-user/mm-int.h"
#include <linux/magic.h>
#include <sys/vfs.h>

#define MREMAP_KNOWN (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)
#define PROT_KNOWN (PROT_READ | PROT_WRITE | PROT_EXEC | 0x8 /* PROT_SEM */)
#define PROT_RWX   (PROT_READ | PROT_WRITE | PROT_EXEC)

vaddr mm_task_size = 0x7ffffffff000ull;
static vaddr brk_start, brk_now;

/* ---- claiming ------------------------------------------------------------ */

void mm_claim_undo(Claim *c)
{
    for (size_t i = 0; i < c->nb; i++) {
        munmap((void *)c->hole[i].start, c->hole[i].end - c->hole[i].start);
    }
    g_clear_pointer(&c->hole, g_free);
    c->nb = 0;
}

bool mm_claim_hole(Claim *c, vaddr start, vaddr end)
{
    void *p = mmap((void *)start, end - start, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                   MAP_FIXED_NOREPLACE, -1, 0);

    if (p == MAP_FAILED) {
        return false;
    }
    if (p != (void *)start) {       /* a kernel that does not know the flag */
        munmap(p, end - start);
        return false;
    }
    c->hole = g_renew(MMArea, c->hole, c->nb + 1);
    c->hole[c->nb++] = (MMArea) { .start = start, .end = end };
    return true;
}

/* Makes all of [start, end) guest areas or claimed; 0 or -ENOMEM/-EPERM. */
static int claim_range(Claim *c, vaddr start, vaddr end)
{
    *c = (Claim) { 0 };
    while (start < end) {
        const MMArea *a = area_find_locked(start);
        vaddr hole_end = a ? MIN(a->start, end) : end;

        if (start < hole_end && !mm_claim_hole(c, start, hole_end)) {
            int err = errno == EPERM || errno == EACCES ? -EPERM : -ENOMEM;
            mm_claim_undo(c);
            return err;
        }
        start = a ? MAX(a->end, hole_end) : end;
    }
    return 0;
}

/* ---- mmap ---------------------------------------------------------------- */

static int64_t host_mmap(vaddr addr, uint64_t len, int prot, int flags, int fd,
                         uint64_t off)
{
    void *p = mmap((void *)addr, len, mm_host_prot(prot), flags, fd, off);

    return p == MAP_FAILED ? -errno : (int64_t)(uintptr_t)p;
}

static unsigned area_flags_of(int flags)
{
    int type = flags & MAP_TYPE;

    return (type == MAP_SHARED || type == MAP_SHARED_VALIDATE ? MA_SHARED : 0) |
           (flags & MAP_GROWSDOWN ? MA_GROWSDOWN : 0) |
           (mm_split() && !(flags & MAP_ANONYMOUS) ? MA_FILE : 0);
}

/* MAP_FIXED over guest areas and free space; *dirty: invalidate after. */
static int64_t mmap_fixed_locked(vaddr addr, uint64_t len, int prot, int flags,
                                 int fd, uint64_t off, bool *dirty)
{
    const MMArea *a = area_find_locked(addr);
    bool free = !a || a->start >= addr + len;
    int64_t ret;
    Claim c;

    if (mm_split()) {
        if (!free && (flags & MAP_FIXED_NOREPLACE)) {
            return -EEXIST;
        }
        *dirty = mm_code_forget_locked(addr, addr + len);
        return mm_split_map_locked(addr, len, prot, flags, fd, off);
    }
    if (free) {
        ret = host_mmap(addr, len, prot, (flags & ~MAP_FIXED) |
                        MAP_FIXED_NOREPLACE, fd, off);
        return ret == -EEXIST ? -ENOMEM : ret;
    }
    if (flags & MAP_FIXED_NOREPLACE) {
        return -EEXIST;
    }
    ret = claim_range(&c, addr, addr + len);
    if (ret) {
        return ret;
    }
    *dirty = mm_code_forget_locked(addr, addr + len);
    ret = host_mmap(addr, len, prot, flags | MAP_FIXED, fd, off);
    if (ret < 0) {
        mm_claim_undo(&c);
        /* Forgotten marks would leave pages unwritable. */
        if (*dirty) {
            size_t nb;
            MMArea *p = area_pieces_locked(addr, addr + len, &nb);
            for (size_t i = 0; i < nb; i++) {
                mm_host_protect_locked(p[i].start, p[i].end, p[i].prot);
            }
            g_free(p);
        }
    }
    g_free(c.hole);
    return ret;
}

/* A host without MAP_32BIT: first fit below 2 GiB. */
static int64_t mmap_low_locked(uint64_t len, int prot, int flags, int fd,
                               uint64_t off)
{
    if (HOST_HAS_MAP_32BIT && !mm_split()) {
        return host_mmap(0, len, prot, flags | GUEST_MAP_32BIT, fd, off);
    }
    for (vaddr at = 0x40000000; at + len <= 0x80000000ull; at += 0x10000) {
        const MMArea *a = area_find_locked(at);
        int64_t ret;
        if (a && a->start < at + len) {
            at = (a->end - 1) & ~0xffffull;
            continue;
        }
        ret = host_mmap(at, len, prot, flags | MAP_FIXED_NOREPLACE, fd, off);
        if (ret != -EEXIST) {
            return ret;
        }
    }
    return -ENOMEM;
}

static int64_t place_locked(vaddr hint, uint64_t len, int prot, int flags,
                            int fd, uint64_t off)
{
    if (process_options.guest32) {
        return mm_place32_locked(hint, len, prot, flags & ~GUEST_MAP_32BIT,
                                 fd, off);
    }
    if (flags & GUEST_MAP_32BIT) {
        return mmap_low_locked(len, prot, flags & ~GUEST_MAP_32BIT, fd, off);
    }
    return host_mmap(hint, len, prot, flags, fd, off);
}

/* Where -p alone makes pages large, the kernel's places are too fine. */
static int64_t align_place_locked(int64_t at, uint64_t len, int prot,
                                  int flags, int fd, uint64_t off)
{
    uint64_t room = len + mm_host_page;
    vaddr p, to;

    if (at < 0 || !(at & (mm_host_page - 1))) {
        return at;
    }
    munmap((void *)at, len);
    at = host_mmap(0, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
                   MAP_NORESERVE, -1, 0);
    if (at < 0) {
        return at;
    }
    p = at;
    to = ROUND_UP(p, mm_host_page);
    munmap((void *)(to + len), p + room - (to + len));
    munmap((void *)p, to - p);
    at = host_mmap(to, len, prot, flags | MAP_FIXED, fd, off);
    if (at < 0) {
        munmap((void *)to, len);
    }
    return at;
}

/* The same on a host of larger pages: whole ones, the place chosen so that a
 * file can be mapped as it is. */
int64_t mm_place_locked(vaddr hint, uint64_t len, int prot, int flags, int fd,
                        uint64_t off)
{
    uint64_t skew = flags & MAP_ANONYMOUS ? 0 : off & (mm_host_page - 1);
    uint64_t whole = ROUND_UP(len + skew, mm_host_page);
    int64_t ret = place_locked(ROUND_UP(hint, mm_host_page), whole, prot,
                               flags, fd, off - skew);

    ret = align_place_locked(ret, whole, prot, flags & ~GUEST_MAP_32BIT, fd,
                             off - skew);
    return ret < 0 ? ret : ret + skew;
}

static void put_mapping_locked(vaddr addr, uint64_t size, int prot,
                               unsigned area_flags, int flags, int fd,
                               uint64_t off)
{
    MMArea a = {
        .start = addr, .end = addr + size, .prot = prot, .flags = area_flags,
    };

    if ((area_flags & MA_SHARED) && !(flags & MAP_ANONYMOUS)) {
        a.file = mm_file_id_locked(fd);
        a.off = off;
    }
    area_put_locked(&a);
    if (a.file && (prot & PROT_WRITE)) {
        mm_code_alias_locked(&a);
    }
}

/* A reader's view of a file on a disk does not count: system-wide caches are
 * mapped like that, by programs that share nothing else. */
void mm_note_shared(unsigned area_flags, int prot, int flags, int fd)
{
    struct statfs fs;

    if (!(area_flags & MA_SHARED)) {
        return;
    }
    if (!(flags & MAP_ANONYMOUS) && !(prot & PROT_WRITE) &&
        (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY &&
        (fstatfs(fd, &fs) < 0 || (fs.f_type != TMPFS_MAGIC &&
                                  fs.f_type != HUGETLBFS_MAGIC))) {
        return;
    }
    tcg_memory_shared();
}

int64_t mm_mmap(vaddr addr, uint64_t len, int prot, int flags, int fd,
                uint64_t off, unsigned area_flags)
{
    bool fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE), dirty = false;
    uint64_t size = TARGET_PAGE_ALIGN(len);
    int64_t ret;

    if (!len || (off & ~TARGET_PAGE_MASK)) {
        return -EINVAL;
    }
    if (size < len || size > TASK_SIZE_MAX) {
        return -ENOMEM;
    }
    if (fixed && (addr & ~TARGET_PAGE_MASK)) {
        return -EINVAL;
    }
    if (range_bad(addr, size)) {
        if (fixed) {
            return -ENOMEM;
        }
        addr = 0;
    }
    prot &= PROT_RWX;
    area_flags |= area_flags_of(flags);
    flags &= ~MAP_DENYWRITE;
    mm_lock();
    if (fixed) {
        ret = mmap_fixed_locked(addr, size, prot, flags & ~GUEST_MAP_32BIT,
                                fd, off, &dirty);
    } else {
        ret = mm_place_locked(addr, size, prot, flags, fd, off);
    }
    if (ret >= 0) {
        if (flags & MAP_HUGETLB) {
            unsigned shift = (flags >> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;
            size = ROUND_UP(size, 1ull << (shift ? shift : 21));
        }
        put_mapping_locked(ret, size, prot, area_flags, flags, fd, off);
    }
    mm_unlock();
    if (dirty) {
        tcg_invalidate(addr, addr + size - 1);
    }
    if (ret >= 0) {
        mm_note_shared(area_flags, prot, flags, fd);
    }
    return ret;
}

/* ---- munmap -------------------------------------------------------------- */

static int unmap_locked(vaddr start, vaddr end, bool *dirty)
{
    size_t nb, j;
    MMArea *p = area_pieces_locked(start, end, &nb);
    int err = 0;

    for (size_t i = 0; i < nb && !err; i = j) {
        vaddr lo = p[i].start, hi = p[i].end;
        for (j = i + 1; j < nb && p[j].start == hi; j++) {
            hi = p[j].end;
        }
        err = mm_split() ? mm_split_unmap_locked(lo, hi)
                         : munmap((void *)lo, hi - lo) < 0 ? -errno : 0;
        if (err) {
            break;
        }
        *dirty |= mm_code_forget_locked(lo, hi);
        area_clear_locked(lo, hi);
    }
    g_free(p);
    return err;
}

int64_t mm_munmap(vaddr addr, uint64_t len)
{
    uint64_t size = TARGET_PAGE_ALIGN(len);
    bool dirty = false;
    int err;

    if ((addr & ~TARGET_PAGE_MASK) || !size || range_bad(addr, size)) {
        return -EINVAL;
    }
    mm_lock();
    err = unmap_locked(addr, addr + size, &dirty);
    mm_unlock();
    if (dirty) {
        tcg_invalidate(addr, addr + size - 1);
    }
    return err;
}

/* ---- mprotect ------------------------------------------------------------ */

/* How often translated code turned writable.  A process that does so all the
 * time is a JIT, and keeps what it does not overwrite. */
static unsigned nb_flips;
#define LAZY_FLIPS 16

static int protect_piece_locked(const MMArea *p, int prot, bool *dirty)
{
    unsigned flags = p->flags & ~MA_CODE;
    bool had_code = (p->prot & PROT_EXEC) || (p->flags & MA_CODE);
    int err;

    if (p->prot == prot) {
        return 0;
    }
    if (had_code && !(prot & PROT_EXEC)) {
        if ((prot & PROT_WRITE) && nb_flips >= LAZY_FLIPS) {
            flags |= MA_CODE;
        } else if (mm_code_forget_locked(p->start, p->end)) {
            nb_flips += (prot & PROT_WRITE) != 0;
            *dirty = true;
        }
    }
    err = mm_host_protect_locked(p->start, p->end, prot);
    if (!err) {
        MMArea a = *p;
        a.prot = prot;
        a.flags = flags;
        area_put_locked(&a);
        if (a.file && (prot & PROT_WRITE)) {
            mm_code_alias_locked(&a);
        }
    }
    return err;
}

/* PROT_GROWSDOWN extends the range to the start of its area. */
static int grows_start_locked(vaddr *start)
{
    const MMArea *a = area_find_locked(*start);

    if (!a || a->start > *start) {
        return -ENOMEM;
    }
    if (!(a->flags & (MA_GROWSDOWN | MA_STACK))) {
        return -EINVAL;
    }
    *start = a->start;
    return 0;
}

int64_t mm_mprotect(vaddr addr, uint64_t len, int prot)
{
    uint64_t size = TARGET_PAGE_ALIGN(len);
    int grows = prot & (PROT_GROWSDOWN | PROT_GROWSUP), err = 0;
    vaddr end = addr + size, at = addr;
    bool dirty = false;
    MMArea *p;
    size_t nb;

    prot &= ~(PROT_GROWSDOWN | PROT_GROWSUP);
    if (grows == (PROT_GROWSDOWN | PROT_GROWSUP) ||
        (addr & ~TARGET_PAGE_MASK)) {
        return -EINVAL;
    }
    if (!len) {
        return 0;
    }
    if (size < len || range_bad(addr, size)) {
        return -ENOMEM;
    }
    if (prot & ~PROT_KNOWN) {
        return -EINVAL;
    }
    prot &= PROT_RWX;
    mm_lock();
    if (grows) {
        err = grows == PROT_GROWSUP ? -EINVAL : grows_start_locked(&at);
    }
    p = err ? NULL : area_pieces_locked(at, end, &nb);
    for (size_t i = 0; p && i < nb && !err; i++) {
        if (p[i].start != at) {
            break;
        }
        err = protect_piece_locked(&p[i], prot, &dirty);
        at = p[i].end;
    }
    mm_unlock();
    g_free(p);
    if (dirty) {
        tcg_invalidate(addr, end - 1);
    }
    return err ? err : at < end ? -ENOMEM : 0;
}

/* ---- mremap -------------------------------------------------------------- */

/* The areas of the moved range appear at their new place. */
static void move_areas_locked(vaddr old, uint64_t old_size, vaddr to,
                              uint64_t size, int flags)
{
    size_t nb;
    MMArea *p = area_pieces_locked(old, old + MAX(old_size, 1), &nb);
    uint64_t keep = MIN(old_size, size);

    if (to != old) {
        if (!(flags & MREMAP_DONTUNMAP) && old_size) {
            area_clear_locked(old, old + old_size);
        }
    } else if (size < old_size) {
        area_clear_locked(old + size, old + old_size);
    }
    for (size_t i = 0; i < nb; i++) {
        vaddr lo = p[i].start - old + to, hi = p[i].end - old + to;
        if (i == nb - 1 && (size > old_size || hi > to + keep)) {
            hi = to + size;
        }
        if (lo < to + size) {
            MMArea a = p[i];
            a.start = lo;
            a.end = MIN(hi, to + size);
            area_put_locked(&a);
            if (a.file && (a.prot & PROT_WRITE)) {
                mm_code_alias_locked(&a);
            }
        }
    }
    g_free(p);
}

static int64_t mremap_split_locked(vaddr old, uint64_t old_size, uint64_t size,
                                   int flags, vaddr to, bool *dirty)
{
    MMArea *p;
    int64_t at;
    size_t nb;

    *dirty = mm_code_release_locked(old, old + old_size);
    if (flags & MREMAP_FIXED) {
        *dirty |= mm_code_forget_locked(to, to + size);
    }
    at = mm_split_remap_locked(old, old_size, size, flags, to);
    if (at < 0) {
        return at;
    }
    move_areas_locked(old, old_size, at, size, flags);
    p = area_pieces_locked(at, at + size, &nb);
    for (size_t i = 0; i < nb; i++) {
        mm_host_protect_locked(p[i].start, p[i].end, p[i].prot);
    }
    g_free(p);
    return at;
}

static int64_t mremap_locked(vaddr old, uint64_t old_size, uint64_t size,
                             int flags, vaddr to, bool *dirty)
{
    Claim c = { 0 };
    int64_t ret;
    void *p;

    if (!area_covers_locked(old, old + MAX(old_size, 1))) {
        return -EFAULT;
    }
    if (mm_split()) {
        return mremap_split_locked(old, old_size, size, flags, to, dirty);
    }
    if (flags & MREMAP_FIXED) {
        ret = claim_range(&c, to, to + size);
        if (ret) {
            return ret;
        }
    }
    *dirty = mm_code_release_locked(old, old + old_size);
    if (process_options.guest32 && !(flags & MREMAP_FIXED)) {
        ret = mm_remap32_locked(old, old_size, size, flags);
        p = ret < 0 ? MAP_FAILED : (void *)ret;
    } else {
        p = mremap((void *)old, old_size, size, flags, (void *)to);
        ret = -errno;
    }
    if (p == MAP_FAILED) {
        mm_claim_undo(&c);
        return ret;
    }
    g_free(c.hole);
    if (flags & MREMAP_FIXED) {
        *dirty |= mm_code_forget_locked(to, to + size);
    }
    move_areas_locked(old, old_size, (vaddr)p, size, flags);
    return (vaddr)p;
}

int64_t mm_mremap(vaddr old, uint64_t old_len, uint64_t new_len, int flags,
                  vaddr new_addr)
{
    uint64_t old_size = TARGET_PAGE_ALIGN(old_len);
    uint64_t size = TARGET_PAGE_ALIGN(new_len);
    bool dirty = false;
    int64_t ret;

    if ((flags & ~MREMAP_KNOWN) || (old & ~TARGET_PAGE_MASK) || !size ||
        ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) &&
         !(flags & MREMAP_MAYMOVE))) {
        return -EINVAL;
    }
    if (range_bad(old, old_size)) {
        return -EFAULT;
    }
    if (size < new_len || range_bad(0, size)) {
        return -ENOMEM;
    }
    if (flags & MREMAP_FIXED) {
        if ((new_addr & ~TARGET_PAGE_MASK) || range_bad(new_addr, size) ||
            (new_addr < old + old_size && old < new_addr + size)) {
            return -EINVAL;
        }
    }
    mm_lock();
    ret = mremap_locked(old, old_size, size, flags, new_addr, &dirty);
    mm_unlock();
    if (dirty) {
        if (old_size) {
            tcg_invalidate(old, old + old_size - 1);
        }
        if (ret >= 0) {
            tcg_invalidate(ret, ret + size - 1);
        }
    }
    return ret;
}

void mm_disown(vaddr addr, uint64_t len)
{
    mm_lock();
    area_clear_locked(addr, addr + len);
    mm_unlock();
}

/* ---- brk ----------------------------------------------------------------- */

void mm_set_brk_start(vaddr start)
{
    brk_start = brk_now = start;
}

static int64_t brk_locked(vaddr to, bool *dirty)
{
    vaddr old_page = TARGET_PAGE_ALIGN(brk_now);
    vaddr new_page = TARGET_PAGE_ALIGN(to);

    if (to < brk_start || to >= TASK_SIZE_MAX) {
        return brk_now;
    }
    if (new_page > old_page) {
        const MMArea *a = area_find_locked(old_page);
        int prot = PROT_READ | PROT_WRITE;
        int64_t at;
        if (a && a->start < new_page) {
            return brk_now;
        }
        at = mm_split()
            ? mm_split_map_locked(old_page, new_page - old_page, prot,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                                  0)
            : host_mmap(old_page, new_page - old_page, prot, MAP_PRIVATE |
                        MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (at != (int64_t)old_page) {
            if (at >= 0) {
                munmap((void *)at, new_page - old_page);
            }
            return brk_now;
        }
        area_set_locked(old_page, new_page, prot, MA_HEAP);
    } else if (new_page < old_page &&
               unmap_locked(new_page, old_page, dirty)) {
        return brk_now;
    }
    return brk_now = to;
}

int64_t sys_brk(CPUX86State *env, const uint64_t a[6])
{
    bool dirty = false;
    int64_t ret;

    mm_lock();
    ret = brk_locked(a[0], &dirty);
    mm_unlock();
    if (dirty) {
        tcg_invalidate(ret, ret + (1ull << 40));
    }
    return ret;
}
