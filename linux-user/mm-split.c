/* SPDX-License-Identifier: MIT */
/*
 * Hosts whose pages are larger than the guest's 4 KiB (16 or 64 KiB, or what
 * -p says).  The host maps whole pages of its own; mm-map.c comes here where
 * that makes a difference.
 *
 * A host page that one request fills alone, at a file offset that allows it,
 * is mapped as asked for.  A page with pieces of several requests, or at an
 * odd offset, is anonymous private memory; what a file holds is copied into
 * it.  Its protection is the union of its pieces' (mm-code.c).  So private
 * memory behaves as on a 4 KiB host but for accesses that a neighbour's rights
 * let through; shared memory that would have to be split is refused.
 *
 * Invariant: a host page is mapped for the guest exactly while an area touches
 * it.  Its rest is nobody's.
 */
#include "util/osdep.h"
#include "linux-user/mm-int.h"
#include "syscall/uaccess.h"

uint64_t mm_host_page = TARGET_PAGE_SIZE;

static vaddr down(vaddr a)
{
    return a & -mm_host_page;
}

static vaddr up(vaddr a)
{
    return (a + mm_host_page - 1) & -mm_host_page;
}

static bool is_shared(int flags)
{
    int type = flags & MAP_TYPE;

    return type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
}

/* Is some of [start, end) the guest's?  *flags: what its areas have. */
static bool touched_locked(vaddr start, vaddr end, unsigned *flags)
{
    bool any = false;

    for (const MMArea *a = area_find_locked(start);
         start < end && a && a->start < end; a = area_next_locked(a)) {
        any = true;
        *flags |= a->flags;
    }
    return any;
}

/* Has the host page hp pieces outside [lo, hi)? */
static bool others_locked(vaddr hp, vaddr lo, vaddr hi, unsigned *flags)
{
    bool below = touched_locked(hp, MAX(lo, hp), flags);

    return touched_locked(MIN(hi, hp + mm_host_page), hp + mm_host_page,
                          flags) || below;
}

int mm_split_claim_locked(Claim *c, vaddr start, vaddr end)
{
    vaddr at = down(start);

    *c = (Claim) { 0 };
    end = up(end);
    while (at < end) {
        const MMArea *a = area_find_locked(at);
        vaddr hole_end;

        if (a && a->start < at + mm_host_page) {
            at = up(a->end);
            continue;
        }
        hole_end = a ? MIN(down(a->start), end) : end;
        if (!mm_claim_hole(c, at, hole_end)) {
            int err = errno == EPERM || errno == EACCES ? -EPERM : -ENOMEM;
            mm_claim_undo(c);
            return err;
        }
        at = hole_end;
    }
    return 0;
}

/* ---- mapping at a fixed place -------------------------------------------- */

typedef struct Request {
    vaddr start, end;
    int prot, flags, fd;
    uint64_t off;
} Request;

static bool anonymous(const Request *r)
{
    return r->flags & MAP_ANONYMOUS;
}

/* File offset of an address, which may lie in front of the range. */
static int64_t offset_at(const Request *r, vaddr a)
{
    return (int64_t)r->off + (int64_t)(a - r->start);
}

static bool can_be_direct(const Request *r, vaddr hp)
{
    int64_t off = offset_at(r, hp);

    return anonymous(r) || (off >= 0 && !(off & (mm_host_page - 1)));
}

static int map_direct(const Request *r, vaddr lo, vaddr hi)
{
    void *p = mmap((void *)lo, hi - lo, mm_host_prot(r->prot),
                   (r->flags & ~MAP_FIXED_NOREPLACE) | MAP_FIXED, r->fd,
                   anonymous(r) ? 0 : offset_at(r, lo));

    return p == MAP_FAILED ? -errno : 0;
}

static int map_blank(vaddr lo, vaddr hi)
{
    void *p = mmap((void *)lo, hi - lo, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    return p == MAP_FAILED ? -errno : 0;
}

/* The file's bytes; what lies behind its end stays zero. */
static int read_file(const Request *r, vaddr lo, vaddr hi)
{
    while (lo < hi) {
        ssize_t n = pread(r->fd, (void *)lo, hi - lo, offset_at(r, lo));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -errno;
        }
        if (n == 0) {
            break;
        }
        lo += n;
    }
    return 0;
}

/* Zeroes guest pages; false where the host has none, behind a file's end. */
static bool clear_pages(vaddr lo, vaddr hi)
{
    static const uint8_t zero[TARGET_PAGE_SIZE];

    for (; lo < hi; lo += TARGET_PAGE_SIZE) {
        if (uaccess_copy((void *)lo, zero, TARGET_PAGE_SIZE) < 0) {
            return false;
        }
    }
    return true;
}

/* As much of [from, from + size) as there is. */
static void copy_pages(vaddr to, vaddr from, uint64_t size)
{
    for (uint64_t i = 0; i < size; i += TARGET_PAGE_SIZE) {
        (void)uaccess_copy((void *)(to + i), (void *)(from + i),
                           TARGET_PAGE_SIZE);
    }
}

/* The host page hp becomes anonymous memory of the same contents. */
static int detach_page(vaddr hp)
{
    vaddr copy;
    void *p = mmap(NULL, mm_host_page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        return -errno;
    }
    copy = (vaddr)p;
    copy_pages(copy, hp, mm_host_page);
    if (mremap(p, mm_host_page, mm_host_page, MREMAP_MAYMOVE | MREMAP_FIXED,
               (void *)hp) == MAP_FAILED) {
        int err = errno;
        munmap(p, mm_host_page);
        return -err;
    }
    return 0;
}

/* Makes [lo, hi) of a page with other pieces zero and writable. */
static int blank_piece(vaddr hp, vaddr lo, vaddr hi)
{
    int err;

    if (mprotect((void *)hp, mm_host_page, PROT_READ | PROT_WRITE) < 0) {
        return -errno;
    }
    if (clear_pages(lo, hi)) {
        return 0;
    }
    err = detach_page(hp);
    return err ? err : clear_pages(lo, hi) ? 0 : -ENOMEM;
}

/* [lo, hi) of the host page hp, less than all of it. */
static int map_piece_locked(const Request *r, vaddr hp, vaddr lo, vaddr hi)
{
    unsigned flags = 0;
    bool others = others_locked(hp, lo, hi, &flags);
    int err;

    if (!others && can_be_direct(r, hp)) {
        return map_direct(r, hp, hp + mm_host_page);
    }
    err = others ? blank_piece(hp, lo, hi)
                 : map_blank(hp, hp + mm_host_page);
    if (!err && !anonymous(r)) {
        err = read_file(r, lo, hi);
    }
    return err ? err : mm_split_protect_locked(hp, lo, hi, r->prot);
}

static int map_body_locked(const Request *r, vaddr lo, vaddr hi)
{
    int err;

    if (can_be_direct(r, lo)) {
        return map_direct(r, lo, hi);
    }
    err = map_blank(lo, hi);
    err = err ? err : read_file(r, lo, hi);
    if (!err && mprotect((void *)lo, hi - lo, mm_host_prot(r->prot)) < 0) {
        err = -errno;
    }
    return err;
}

/* The partial host pages at the ends; lo == hi: there is none. */
typedef struct Ends {
    struct { vaddr page, lo, hi; } part[2];
    vaddr lo, hi;               /* whole pages between */
} Ends;

static Ends ends_of(vaddr start, vaddr end)
{
    Ends e = { .lo = up(start), .hi = down(end) };

    if (start & (mm_host_page - 1)) {
        e.part[0].page = down(start);
        e.part[0].lo = start;
        e.part[0].hi = MIN(end, up(start));
    }
    if ((end & (mm_host_page - 1)) && e.hi >= e.lo) {
        e.part[1].page = e.hi;
        e.part[1].lo = e.hi;
        e.part[1].hi = end;
    }
    return e;
}

/* What can't be done, before anything has been: shared memory in a page of
 * several pieces or at an odd offset; and what the kernel refuses. */
static int check_locked(const Request *r, const Ends *e)
{
    void *probe;

    for (unsigned i = 0; i < 2; i++) {
        vaddr hp = e->part[i].page;
        unsigned flags = 0;
        bool others;
        if (e->part[i].lo == e->part[i].hi) {
            continue;
        }
        others = others_locked(hp, e->part[i].lo, e->part[i].hi, &flags);
        if ((flags & MA_SHARED) ||
            (is_shared(r->flags) && (r->prot & PROT_WRITE) &&
             (others || !can_be_direct(r, hp)))) {
            return -EINVAL;
        }
    }
    if (e->lo < e->hi && !can_be_direct(r, e->lo) && is_shared(r->flags) &&
        (r->prot & PROT_WRITE)) {
        return -EINVAL;
    }
    if (anonymous(r)) {
        return 0;
    }
    probe = mmap(NULL, mm_host_page, mm_host_prot(r->prot),
                 r->flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE), r->fd,
                 down(r->off));
    if (probe == MAP_FAILED) {
        return -errno;
    }
    munmap(probe, mm_host_page);
    return 0;
}

int64_t mm_split_map_locked(vaddr addr, uint64_t len, int prot, int flags,
                            int fd, uint64_t off)
{
    Request r = { addr, addr + len, prot, flags, fd, off };
    Ends e = ends_of(r.start, r.end);
    int err = check_locked(&r, &e);
    Claim c = { 0 };

    err = err ? err : mm_split_claim_locked(&c, r.start, r.end);
    for (unsigned i = 0; i < 2 && !err; i++) {
        if (e.part[i].lo < e.part[i].hi) {
            err = map_piece_locked(&r, e.part[i].page, e.part[i].lo,
                                   e.part[i].hi);
        }
    }
    if (!err && e.lo < e.hi) {
        err = map_body_locked(&r, e.lo, e.hi);
    }
    if (err) {
        mm_claim_undo(&c);
    }
    g_free(c.hole);
    return err ? err : (int64_t)addr;
}

/* ---- munmap, madvise ----------------------------------------------------- */

int mm_split_unmap_locked(vaddr start, vaddr end)
{
    Ends e = ends_of(start, end);
    unsigned flags = 0;
    int err = 0;

    for (unsigned i = 0; i < 2; i++) {
        vaddr hp = e.part[i].page;
        if (e.part[i].lo == e.part[i].hi) {
            continue;
        }
        if (others_locked(hp, start, end, &flags)) {
            err = mm_split_protect_locked(hp, start, end, PROT_NONE);
        } else if (munmap((void *)hp, mm_host_page) < 0) {
            err = -errno;
        }
    }
    if (e.lo < e.hi && munmap((void *)e.lo, e.hi - e.lo) < 0) {
        err = -errno;
    }
    return err;
}

/* Zeroes part of a host page of private anonymous memory. */
static void drop_piece_locked(const MMArea *a, vaddr hp, vaddr lo, vaddr hi)
{
    if (a->flags & (MA_SHARED | MA_FILE)) {
        return;
    }
    if (mprotect((void *)hp, mm_host_page, PROT_READ | PROT_WRITE) == 0) {
        clear_pages(lo, hi);
    }
    mm_split_protect_locked(hp, 0, 0, PROT_NONE);
}

/* Whole pages get the advice; of the rest only MADV_DONTNEED of anonymous
 * memory can be told from no advice. */
int mm_split_advise_locked(const MMArea *a, int advice)
{
    Ends e = ends_of(a->start, a->end);

    for (unsigned i = 0; i < 2 && advice == MADV_DONTNEED; i++) {
        if (e.part[i].lo < e.part[i].hi) {
            drop_piece_locked(a, e.part[i].page, e.part[i].lo, e.part[i].hi);
        }
    }
    return e.lo < e.hi && madvise((void *)e.lo, e.hi - e.lo, advice) < 0
        ? -errno : 0;
}

/* ---- mremap -------------------------------------------------------------- */

static bool alone_locked(vaddr start, vaddr end)
{
    unsigned flags = 0;

    return !(start & (mm_host_page - 1)) &&
           !touched_locked(end, up(end), &flags);
}

/* Grows where it stands, into free space. */
static int64_t grow_locked(vaddr old, uint64_t old_size, uint64_t size)
{
    const MMArea *last = area_find_locked(old + old_size - 1);
    unsigned flags = 0;

    if (!last || (last->flags & (MA_SHARED | MA_FILE)) ||
        touched_locked(old + old_size, old + size, &flags)) {
        return -ENOMEM;
    }
    return mm_split_map_locked(old + old_size, size - old_size, last->prot,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Private memory to a new place, by hand. */
static int64_t move_locked(vaddr old, uint64_t old_size, uint64_t size,
                           int flags, vaddr to)
{
    unsigned has = 0;
    int64_t at;

    touched_locked(old, old + old_size, &has);
    if ((has & MA_SHARED) || (flags & MREMAP_DONTUNMAP) || !old_size) {
        return -ENOMEM;
    }
    at = flags & MREMAP_FIXED
        ? mm_split_map_locked(to, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
                              MAP_ANONYMOUS | MAP_FIXED, -1, 0)
        : mm_place_locked(0, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at >= 0) {
        mprotect((void *)down(old), up(old + old_size) - down(old),
                 PROT_READ | PROT_WRITE);
        copy_pages(at, old, MIN(old_size, size));
        mm_split_unmap_locked(old, old + old_size);
    }
    return at;
}

int64_t mm_split_remap_locked(vaddr old, uint64_t old_size, uint64_t size,
                              int flags, vaddr to)
{
    bool fixed = flags & MREMAP_FIXED;
    Claim c = { 0 };
    void *p;

    if (!fixed && old_size && size <= old_size &&
        !(flags & MREMAP_DONTUNMAP)) {
        int err = size < old_size
                ? mm_split_unmap_locked(old + size, old + old_size) : 0;
        return err ? err : (int64_t)old;
    }
    if (alone_locked(old, old + old_size) &&
        (fixed ? alone_locked(to, to + size) : !process_options.guest32)) {
        int err = fixed ? mm_split_claim_locked(&c, to, to + size) : 0;
        if (err) {
            return err;
        }
        p = mremap((void *)old, up(old_size), up(size), flags, (void *)to);
        err = -errno;
        if (p == MAP_FAILED) {
            mm_claim_undo(&c);
        }
        g_free(c.hole);
        return p == MAP_FAILED ? err : (int64_t)(uintptr_t)p;
    }
    if (!fixed && !(flags & MREMAP_DONTUNMAP) && old_size &&
        grow_locked(old, old_size, size) >= 0) {
        return old;
    }
    return flags & MREMAP_MAYMOVE ? move_locked(old, old_size, size, flags, to)
                                  : -ENOMEM;
}
