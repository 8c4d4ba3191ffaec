/* SPDX-License-Identifier: MIT */
/*
 * The set of guest areas: a sorted array of disjoint intervals, neighbours
 * with equal attributes merged.  Look-up is a binary search; a change moves
 * the tail of the array, which stays small next to the system call around it.
 */
#include "util/osdep.h"
#include "linux-user/mm-int.h"
#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    MMArea *area;
    size_t nb, cap;
} set = { .lock = PTHREAD_MUTEX_INITIALIZER };

void mm_lock(void)
{
    pthread_mutex_lock(&set.lock);
}

void mm_unlock(void)
{
    pthread_mutex_unlock(&set.lock);
}

void mm_fork_prepare(void)
{
    mm_lock();
}

void mm_fork_parent(void)
{
    mm_unlock();
}

void mm_fork_child(void)
{
    pthread_mutex_init(&set.lock, NULL);
}

/* Index of the first area that ends above addr. */
static size_t lower(vaddr addr)
{
    size_t lo = 0, hi = set.nb;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (set.area[mid].end > addr) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

static bool same(const MMArea *a, const MMArea *b)
{
    return a->end == b->start && a->prot == b->prot && a->flags == b->flags &&
           a->file == b->file &&
           (!a->file || a->off + (a->end - a->start) == b->off);
}

/* Cuts what lies below start off a. */
static void cut_front(MMArea *a, vaddr start)
{
    if (a->file) {
        a->off += start - a->start;
    }
    a->start = start;
}

/* Replaces areas [i, j) by n new ones. */
static void splice_areas(size_t i, size_t j, const MMArea *with, size_t n)
{
    size_t nb = set.nb - (j - i) + n;

    if (nb > set.cap) {
        set.cap = MAX(nb * 2, 64);
        set.area = g_renew(MMArea, set.area, set.cap);
    }
    memmove(&set.area[i + n], &set.area[j],
            (set.nb - j) * sizeof(MMArea));
    memcpy(&set.area[i], with, n * sizeof(MMArea));
    set.nb = nb;
}

static void replace(vaddr start, vaddr end, const MMArea *mid)
{
    MMArea with[3];
    size_t i = lower(start), j = i, n = 0;

    while (j < set.nb && set.area[j].start < end) {
        j++;
    }
    if (i < j && set.area[i].start < start) {
        with[n] = set.area[i];
        with[n++].end = start;
    } else if (mid && i > 0 && same(&set.area[i - 1], mid)) {
        with[n++] = set.area[--i];
    }
    if (mid) {
        if (n && same(&with[n - 1], mid)) {
            with[n - 1].end = mid->end;
        } else {
            with[n++] = *mid;
        }
    }
    if (j > i && set.area[j - 1].end > end) {
        MMArea right = set.area[j - 1];
        cut_front(&right, end);
        if (n && same(&with[n - 1], &right)) {
            with[n - 1].end = right.end;
        } else {
            with[n++] = right;
        }
    } else if (mid && j < set.nb && same(&with[n - 1], &set.area[j])) {
        with[n - 1].end = set.area[j++].end;
    }
    if (mm_code_may_be_in_locked(start, end)) {
        tcg_fetch_changed();
    }
    splice_areas(i, j, with, n);
}

void area_put_locked(const MMArea *a)
{
    if (a->start < a->end) {
        replace(a->start, a->end, a);
    }
}

void area_set_locked(vaddr start, vaddr end, unsigned prot, unsigned flags)
{
    area_put_locked(&(MMArea) {
        .start = start, .end = end, .prot = prot, .flags = flags,
    });
}

void area_clear_locked(vaddr start, vaddr end)
{
    if (start < end) {
        replace(start, end, NULL);
    }
}

const MMArea *area_find_locked(vaddr addr)
{
    size_t i = lower(addr);

    return i < set.nb ? &set.area[i] : NULL;
}

const MMArea *area_next_locked(const MMArea *a)
{
    return a + 1 < set.area + set.nb ? a + 1 : NULL;
}

bool area_covers_locked(vaddr start, vaddr end)
{
    for (const MMArea *a = area_find_locked(start); start < end;
         a = area_next_locked(a)) {
        if (!a || a->start > start) {
            return false;
        }
        start = a->end;
    }
    return true;
}

MMArea *area_pieces_locked(vaddr start, vaddr end, size_t *nb)
{
    size_t i = lower(start), n = 0;
    MMArea *out;

    while (i + n < set.nb && set.area[i + n].start < end) {
        n++;
    }
    *nb = n;
    if (!n) {
        return NULL;
    }
    out = g_new(MMArea, n);
    memcpy(out, &set.area[i], n * sizeof(*out));
    if (out[0].start < start) {
        cut_front(&out[0], start);
    }
    out[n - 1].end = MIN(out[n - 1].end, end);
    return out;
}

bool mm_lookup(vaddr addr, MMArea *out)
{
    const MMArea *a;
    bool ok;

    mm_lock();
    a = area_find_locked(addr);
    ok = a && a->start <= addr;
    if (ok && out) {
        *out = *a;
    }
    mm_unlock();
    return ok;
}

void mm_snapshot(MMArea **out, size_t *nb)
{
    mm_lock();
    *out = area_pieces_locked(0, UINT64_MAX, nb);
    mm_unlock();
}

bool guest_range_ok(vaddr start, uint64_t len, int prot)
{
    bool ok = true;
    vaddr end = start + len;

    if (range_bad(start, len)) {
        return false;
    }
    if (prot & PROT_READ) {     /* x86: any access right includes reading */
        prot &= ~PROT_READ;
    }
    mm_lock();
    for (const MMArea *a = area_find_locked(start); start < end;
         a = area_next_locked(a)) {
        if (!a || a->start > start || !a->prot || (a->prot & prot) != prot) {
            ok = false;
            break;
        }
        start = a->end;
    }
    mm_unlock();
    return ok;
}
