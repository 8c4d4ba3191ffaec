/* SPDX-License-Identifier: MIT */
/*
 * Pages that code was translated from.  Such a page carries a mark; where the
 * guest may write to it, the host mapping lacks PROT_WRITE, the first write
 * traps (mm_code_write_fault), the page's TBs die and the write is retried.
 * The marks stay while the guest flips a page between RX and RW, so that a
 * JIT loses only what it really overwrites.
 */
#include "util/osdep.h"
#include "linux-user/mm-int.h"

/* A bit a page, in leaves of 2^15 pages made on demand. */
#define LEAF_BITS   15
#define LEAF_WORDS  ((1u << LEAF_BITS) / 64)
#define NB_LEAVES   (1u << (47 - TARGET_PAGE_BITS - LEAF_BITS))

static uint64_t **leaves;
/* Some marked page is (or was) writable for the guest: atomic, sticky. */
static bool have_writable;
__thread bool mm_smc_step;

static uint64_t *mark_word(vaddr addr, bool create)
{
    uint64_t page = addr >> TARGET_PAGE_BITS, **leaf;

    if (addr >> 47) {
        return NULL;
    }
    leaf = &leaves[page >> LEAF_BITS];
    if (!*leaf) {
        if (!create) {
            return NULL;
        }
        *leaf = g_new0(uint64_t, LEAF_WORDS);
    }
    return &(*leaf)[(page % (1u << LEAF_BITS)) / 64];
}

static uint64_t mark_bit(vaddr addr)
{
    return 1ull << ((addr >> TARGET_PAGE_BITS) % 64);
}

static bool marked(vaddr addr)
{
    const uint64_t *w = mark_word(addr, false);

    return w && (__atomic_load_n(w, __ATOMIC_RELAXED) & mark_bit(addr));
}

static void set_mark(vaddr addr, bool on)
{
    uint64_t *w = mark_word(addr, on);

    if (!w) {
        return;
    }
    if (on) {
        __atomic_fetch_or(w, mark_bit(addr), __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_and(w, ~mark_bit(addr), __ATOMIC_RELAXED);
    }
}

/* First marked page in [addr, end), or end. */
static vaddr next_marked(vaddr addr, vaddr end)
{
    while (addr < end) {
        const uint64_t *w = mark_word(addr, false);
        uint64_t bits;

        if (!w) {
            addr = ((addr >> (TARGET_PAGE_BITS + LEAF_BITS)) + 1)
                   << (TARGET_PAGE_BITS + LEAF_BITS);
            continue;
        }
        bits = *w & -mark_bit(addr);
        if (bits) {
            addr = (addr >> (TARGET_PAGE_BITS + 6) << 6 |
                    __builtin_ctzll(bits)) << TARGET_PAGE_BITS;
            return MIN(addr, end);
        }
        addr = ((addr >> (TARGET_PAGE_BITS + 6)) + 1)
               << (TARGET_PAGE_BITS + 6);
    }
    return end;
}

static vaddr next_unmarked(vaddr addr, vaddr end)
{
    while (addr < end && marked(addr)) {
        addr += TARGET_PAGE_SIZE;
    }
    return addr;
}

int mm_host_prot(int prot)
{
    return (prot & (PROT_READ | PROT_WRITE)) |
           (prot & PROT_EXEC ? PROT_READ : 0);
}

static int host_mprotect(vaddr start, vaddr end, int host_prot)
{
    return mprotect((void *)start, end - start, host_prot) < 0 ? -errno : 0;
}

int mm_host_protect_locked(vaddr start, vaddr end, int guest_prot)
{
    int hp = mm_host_prot(guest_prot);
    int err = host_mprotect(start, end, hp);

    if (err || !(hp & PROT_WRITE)) {
        return err;
    }
    for (vaddr p = next_marked(start, end); p < end; p = next_marked(p, end)) {
        vaddr q = next_unmarked(p, end);
        __atomic_store_n(&have_writable, true, __ATOMIC_RELAXED);
        err = host_mprotect(p, q, PROT_READ);
        if (err) {
            return err;
        }
        p = q;
    }
    return 0;
}

bool mm_code_forget_locked(vaddr start, vaddr end)
{
    bool any = false;

    for (vaddr p = next_marked(start, end); p < end; p = next_marked(p, end)) {
        set_mark(p, false);
        any = true;
    }
    return any;
}

bool mm_code_release_locked(vaddr start, vaddr end)
{
    bool any = false;

    for (vaddr p = next_marked(start, end); p < end; p = next_marked(p, end)) {
        const MMArea *a = area_find_locked(p);
        set_mark(p, false);
        any = true;
        if (a && a->start <= p && (a->prot & PROT_WRITE)) {
            host_mprotect(p, p + TARGET_PAGE_SIZE, mm_host_prot(a->prot));
        }
    }
    return any;
}

/* Marks the page of addr, withholding PROT_WRITE. */
static void protect_page_locked(vaddr page, const MMArea *a)
{
    if (marked(page)) {
        return;
    }
    set_mark(page, true);
    if (a->prot & PROT_WRITE) {
        __atomic_store_n(&have_writable, true, __ATOMIC_RELAXED);
        host_mprotect(page, page + TARGET_PAGE_SIZE, PROT_READ);
    }
}

static bool executable(const MMArea *a)
{
    return a->prot & PROT_EXEC;
}

static const uint8_t *fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    const MMArea *a;
    vaddr end = pc;

    *avail = 0;
    if (pc >= TASK_SIZE_MAX) {
        return NULL;
    }
    mm_lock();
    a = area_find_locked(pc);
    if (a && a->start <= pc && executable(a)) {
        if (!mm_smc_step) {
            protect_page_locked(pc & TARGET_PAGE_MASK, a);
        }
        for (; a && a->start <= end && executable(a);
             a = area_next_locked(a)) {
            end = a->end;
        }
    }
    mm_unlock();
    *avail = end - pc;
    return end > pc ? (const uint8_t *)pc : NULL;
}

/* The pages should be marked since fetch(); one that isn't (the second page
 * of an instruction, or a write came between) makes the core read again. */
static bool protect(uint64_t start, uint64_t last)
{
    bool ok = true;

    if (mm_smc_step) {
        return true;
    }
    mm_lock();
    for (vaddr p = start & TARGET_PAGE_MASK; p <= last;
         p += TARGET_PAGE_SIZE) {
        const MMArea *a;
        if (marked(p)) {
            continue;
        }
        a = area_find_locked(p);
        if (a && a->start <= p) {
            ok = ok && !(a->prot & PROT_WRITE);
            protect_page_locked(p, a);
        }
    }
    mm_unlock();
    return ok;
}

TCGCodeHooks tcg_code_hooks = { .fetch = fetch, .protect = protect };

/* Lifts the protection of one page if the guest may write to it. */
static bool lift_locked(vaddr page)
{
    const MMArea *a = area_find_locked(page);

    if (!a || a->start > page || !(a->prot & PROT_WRITE) || !marked(page)) {
        return false;
    }
    set_mark(page, false);
    host_mprotect(page, page + TARGET_PAGE_SIZE, mm_host_prot(a->prot));
    return true;
}

bool mm_code_write_fault(vaddr addr, bool protection)
{
    static __thread vaddr last_spurious;
    static __thread unsigned nb_spurious;
    vaddr page = addr & TARGET_PAGE_MASK;
    const MMArea *a;
    bool lifted, writable;

    if (addr >= TASK_SIZE_MAX) {
        return false;
    }
    mm_lock();
    lifted = lift_locked(page);
    a = area_find_locked(addr);
    writable = a && a->start <= addr && (a->prot & PROT_WRITE);
    mm_unlock();
    if (lifted) {
        tcg_invalidate(page, page + TARGET_PAGE_SIZE - 1);
        return true;
    }
    /* Another thread lifted it first: try again, but not for ever. */
    if (protection && writable &&
        __atomic_load_n(&have_writable, __ATOMIC_RELAXED)) {
        nb_spurious = last_spurious == addr ? nb_spurious + 1 : 0;
        last_spurious = addr;
        return nb_spurious < 1000;
    }
    return false;
}

void guest_prepare_write(vaddr start, uint64_t len)
{
    vaddr end;

    if (likely(!__atomic_load_n(&have_writable, __ATOMIC_RELAXED)) || !len ||
        range_bad(start, len)) {
        return;
    }
    end = start + len;
    start &= TARGET_PAGE_MASK;
    for (vaddr p = next_marked(start, end); p < end; p = next_marked(p, end)) {
        bool lifted;

        p &= TARGET_PAGE_MASK;
        mm_lock();
        lifted = lift_locked(p);
        mm_unlock();
        if (lifted) {
            tcg_invalidate(p, p + TARGET_PAGE_SIZE - 1);
        }
        p += TARGET_PAGE_SIZE;
    }
}

void mm_init(void)
{
    void *p = mmap(NULL, NB_LEAVES * sizeof(*leaves), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    g_assert(p != MAP_FAILED);
    leaves = p;
}
