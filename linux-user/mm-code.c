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
#include "syscall/uaccess.h"
#include <sys/auxv.h>
#include <sys/stat.h>

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

bool mm_code_may_be_in_locked(vaddr start, vaddr end)
{
    return end - start > 1ull << 30 || next_marked(start, end) < end;
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

/* What the pieces of a host page need together; none may write while one of
 * them is writable and holds code. */
int mm_split_protect_locked(vaddr hp, vaddr start, vaddr end, int prot)
{
    const MMArea *a = area_find_locked(hp);
    bool trap = false;
    int all = 0;

    for (vaddr p = hp; p < hp + mm_host_page; p += TARGET_PAGE_SIZE) {
        int one = 0;
        while (a && a->end <= p) {
            a = area_next_locked(a);
        }
        if (p >= start && p < end) {
            one = prot;
        } else if (a && a->start <= p) {
            one = a->prot;
        }
        all |= mm_host_prot(one);
        trap |= (one & PROT_WRITE) && marked(p);
    }
    if (trap) {
        __atomic_store_n(&have_writable, true, __ATOMIC_RELAXED);
        all = PROT_READ;
    }
    return host_mprotect(hp, hp + mm_host_page, all);
}

/* mprotect of part of a host page at the ends, of whole ones between. */
static int split_range_locked(vaddr start, vaddr end, int prot)
{
    vaddr lo = ROUND_UP(start, mm_host_page), hi = end & -mm_host_page;
    int err = 0;

    if (start < lo) {
        err = mm_split_protect_locked(lo - mm_host_page, start, end, prot);
    }
    if (!err && hi >= lo && hi < end) {
        err = mm_split_protect_locked(hi, start, end, prot);
    }
    if (err || lo >= hi) {
        return err;
    }
    err = host_mprotect(lo, hi, mm_host_prot(prot));
    for (vaddr p = next_marked(lo, hi); !err && p < hi && (prot & PROT_WRITE);
         p = next_marked(p, hi)) {
        p &= -mm_host_page;
        err = mm_split_protect_locked(p, start, end, prot);
        p += mm_host_page;
    }
    return err;
}

/* One guest page: gets prot or, where host pages are larger, what its
 * neighbours' areas and marks make of it. */
static void page_protect_locked(vaddr page, int host_prot)
{
    if (mm_split()) {
        mm_split_protect_locked(page & -mm_host_page, 0, 0, 0);
    } else {
        host_mprotect(page, page + TARGET_PAGE_SIZE, host_prot);
    }
}

int mm_host_protect_locked(vaddr start, vaddr end, int guest_prot)
{
    int hp = mm_host_prot(guest_prot), err;

    if (mm_split()) {
        return split_range_locked(start, end, guest_prot);
    }
    err = host_mprotect(start, end, hp);
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
            page_protect_locked(p, mm_host_prot(a->prot));
        }
    }
    return any;
}

static void mark_page_locked(vaddr page, const MMArea *a)
{
    set_mark(page, true);
    if (a->prot & PROT_WRITE) {
        __atomic_store_n(&have_writable, true, __ATOMIC_RELAXED);
        page_protect_locked(page, PROT_READ);
    }
}

/* ---- shared files -------------------------------------------------------- */

/* A JIT may map its memory twice, to write here and to execute there. */
static struct { dev_t dev; ino_t ino; } *files;
static uint32_t nb_files;

uint32_t mm_file_id_locked(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0) {
        return 0;
    }
    for (uint32_t i = 0; i < nb_files; i++) {
        if (files[i].dev == st.st_dev && files[i].ino == st.st_ino) {
            return i + 1;
        }
    }
    files = g_realloc(files, (nb_files + 1) * sizeof(*files));
    files[nb_files].dev = st.st_dev;
    files[nb_files].ino = st.st_ino;
    return ++nb_files;
}

/* Area and address of the next other mapping of a file page after *at. */
static const MMArea *next_alias_locked(const MMArea *at, uint32_t file,
                                       uint64_t off, vaddr *page)
{
    for (; at; at = area_next_locked(at)) {
        if (at->file == file && off >= at->off &&
            off - at->off < at->end - at->start) {
            *page = at->start + (off - at->off);
            return at;
        }
    }
    return NULL;
}

static uint64_t file_off(const MMArea *a, vaddr page)
{
    return a->off + (page - a->start);
}

void mm_code_alias_locked(const MMArea *a)
{
    uint64_t size = a->end - a->start;

    for (const MMArea *b = area_find_locked(0); b; b = area_next_locked(b)) {
        vaddr p, end;
        if (b->file != a->file || b->off >= a->off + size ||
            a->off >= b->off + (b->end - b->start)) {
            continue;
        }
        p = b->start + (a->off > b->off ? a->off - b->off : 0);
        end = MIN(b->end, b->start + (a->off + size - b->off));
        for (p = next_marked(p, end); p < end;
             p = next_marked(p + TARGET_PAGE_SIZE, end)) {
            vaddr mine = a->start + (file_off(b, p) - a->off);
            if (!marked(mine)) {
                mark_page_locked(mine, a);
            }
        }
    }
}

/* Marks the page of addr, withholding PROT_WRITE, wherever it is mapped. */
static void protect_page_locked(vaddr page, const MMArea *a)
{
    const MMArea *b;
    uint64_t off;
    vaddr other;

    if (marked(page)) {
        return;
    }
    mark_page_locked(page, a);
    if (!a->file) {
        return;
    }
    off = file_off(a, page);
    for (b = next_alias_locked(area_find_locked(0), a->file, off, &other); b;
         b = next_alias_locked(area_next_locked(b), a->file, off, &other)) {
        if (!marked(other)) {
            mark_page_locked(other, b);
        }
    }
}

static bool executable(const MMArea *a)
{
    return a->prot & PROT_EXEC;
}

/*
 * Being mapped is no promise: a file may be shorter than its mapping, and
 * another thread may take the page away.  So the bytes are copied by code whose
 * faults are survived.
 */
enum { FETCH_MAX = TCG_NEAR_MIN, WINDOW_STEP = 128, WINDOW_SIZE = WINDOW_STEP + FETCH_MAX,
       NB_WINDOWS = 32 };

/*
 * Bytes around recent fetches, by address.  A window of a marked page is good
 * until areas or code change: writes to it trap.
 */
typedef struct Window {
    vaddr start;
    uint32_t len, epoch;    /* tcg_fetch_epoch */
    uint32_t gen;           /* the region it is for, if plain */
    bool plain;             /* its page is not marked */
    QEMU_ALIGNED(8) uint8_t bytes[WINDOW_SIZE];
} Window;

static __thread Window windows[NB_WINDOWS];

static inline bool unprotected(const TCGContext *s)
{
    return s->no_protect || mm_smc_step;
}

/* How many bytes from pc on may be executed, at most max; marks pc's page. */
static size_t executable_bytes(vaddr pc, size_t max, bool mark)
{
    const MMArea *a;
    vaddr end = pc;

    mm_lock();
    a = area_find_locked(pc);
    if (a && a->start <= pc && executable(a)) {
        if (mark) {
            protect_page_locked(pc & TARGET_PAGE_MASK, a);
        }
        do {
            end = a->end;
            a = area_next_locked(a);
        } while (end - pc < max && a && a->start == end && executable(a));
    }
    mm_unlock();
    return MIN(end - pc, max);
}

/* Reads from pc on, over the end of its page. */
static size_t fetch_edge(TCGContext *s, vaddr pc, uint8_t *buf)
{
    size_t n = executable_bytes(pc, FETCH_MAX, !unprotected(s));
    size_t first = MIN(n, TARGET_PAGE_SIZE - (pc & ~TARGET_PAGE_MASK));
    const uint8_t *p = (const uint8_t *)pc;

    if (uaccess_copy(buf, p, first) < 0) {
        return 0;
    }
    return n > first &&
           uaccess_copy(buf + first, p + first, n - first) < 0 ? first : n;
}

/* Pages that were found executable from end to end, and marked. */
static __thread struct { vaddr page; uint32_t epoch; } good_page[8];

static inline unsigned good_slot(vaddr page)
{
    return page / TARGET_PAGE_SIZE % ARRAY_SIZE(good_page);
}

static size_t window_bytes(TCGContext *s, Window *w, vaddr start, size_t max)
{
    vaddr page = start & TARGET_PAGE_MASK;
    unsigned i = good_slot(page);

    if (good_page[i].page == page && good_page[i].epoch == w->epoch) {
        return max;
    }
    max = executable_bytes(start, max, !unprotected(s));
    if (!w->plain && max >= FETCH_MAX) {
        good_page[i].page = page;
        good_page[i].epoch = w->epoch;
    }
    return max;
}

static bool fill(TCGContext *s, Window *w, vaddr start)
{
    bool plain = unprotected(s) && !marked(start);
    size_t max = MIN((size_t)WINDOW_SIZE,
                     TARGET_PAGE_SIZE - (start & ~TARGET_PAGE_MASK));

    w->len = 0;
    /* ORDER: this, the mark, the bytes. */
    w->epoch = __atomic_load_n(&tcg_fetch_epoch, __ATOMIC_ACQUIRE);
    w->gen = s->fetch_gen;
    w->plain = plain;
    max = window_bytes(s, w, start, max);
    if (max < FETCH_MAX ||
        uaccess_copy(w->bytes, (const void *)start, max) < 0) {
        return false;
    }
    w->start = start;
    w->len = max;
    return true;
}

static inline bool fresh(const TCGContext *s, const Window *w)
{
    return (!w->plain || (w->gen == s->fetch_gen && unprotected(s))) &&
           w->epoch == __atomic_load_n(&tcg_fetch_epoch, __ATOMIC_ACQUIRE);
}

/* The bytes stay until the thread fetches again. */
static const uint8_t *fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    static __thread uint8_t edge[FETCH_MAX];
    Window *w = &windows[(pc / WINDOW_STEP ^ pc >> 12) % NB_WINDOWS];

    s->near.starts = 0;
    if (unlikely(pc >= TASK_SIZE_MAX)) {
        *avail = 0;
        return NULL;
    }
    if (likely(pc - w->start < w->len && fresh(s, w)) ||
        fill(s, w, pc & -(vaddr)WINDOW_STEP)) {
        *avail = w->start + w->len - pc;
        if (likely(*avail >= FETCH_MAX)) {
            if (!w->plain) {
                s->near.pc = w->start;
                s->near.bytes = w->bytes;
                s->near.starts = w->len - FETCH_MAX + 1;
                s->near.epoch = w->epoch;
            }
            return w->bytes + (pc - w->start);
        }
    }
    *avail = fetch_edge(s, pc, edge);
    return *avail ? edge : NULL;
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

/* ---- writes -------------------------------------------------------------- */

#define MAX_ALIASES 32      /* a page of 64 KiB has 16 of the guest's */

typedef struct Lifted {
    vaddr page[MAX_ALIASES];
    unsigned nb;
} Lifted;

static void lift_one_locked(vaddr page, const MMArea *a, Lifted *l)
{
    set_mark(page, false);
    if (a->prot & PROT_WRITE) {
        page_protect_locked(page, mm_host_prot(a->prot));
    }
    if (l->nb < MAX_ALIASES) {
        l->page[l->nb++] = page;
    }
}

static bool lift_page_locked(vaddr page, Lifted *l)
{
    const MMArea *a = area_find_locked(page), *b;
    vaddr other;

    if (!a || a->start > page || !(a->prot & PROT_WRITE) || !marked(page)) {
        return false;
    }
    lift_one_locked(page, a, l);
    if (a->file) {
        uint64_t off = file_off(a, page);
        for (b = next_alias_locked(area_find_locked(0), a->file, off, &other);
             b; b = next_alias_locked(area_next_locked(b), a->file, off,
                                      &other)) {
            if (marked(other)) {
                lift_one_locked(other, b, l);
            }
        }
    }
    return true;
}

/* Lifts the protection of one page if the guest may write to it; of all in a
 * larger page of the host. */
static bool lift_locked(vaddr page, Lifted *l)
{
    vaddr first = page & -mm_host_page;
    bool any = false;

    l->nb = 0;
    for (vaddr p = first; p < first + mm_host_page; p += TARGET_PAGE_SIZE) {
        any |= lift_page_locked(p, l);
    }
    return any;
}

static void invalidate_lifted(const Lifted *l)
{
    for (unsigned i = 0; i < l->nb; i++) {
        tcg_invalidate(l->page[i], l->page[i] + TARGET_PAGE_SIZE - 1);
    }
}

bool mm_code_write_fault(vaddr addr, bool protection)
{
    static __thread vaddr last_spurious;
    static __thread unsigned nb_spurious;
    vaddr page = addr & TARGET_PAGE_MASK;
    const MMArea *a;
    bool lifted, writable;
    Lifted l;

    if (addr >= TASK_SIZE_MAX) {
        return false;
    }
    mm_lock();
    lifted = lift_locked(page, &l);
    a = area_find_locked(addr);
    writable = a && a->start <= addr && (a->prot & PROT_WRITE);
    mm_unlock();
    if (lifted) {
        invalidate_lifted(&l);
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
    start &= -mm_host_page;
    end = mm_split() ? ROUND_UP(end, mm_host_page) : end;
    for (vaddr p = next_marked(start, end); p < end; p = next_marked(p, end)) {
        Lifted l;

        p &= TARGET_PAGE_MASK;
        mm_lock();
        lift_locked(p, &l);
        mm_unlock();
        invalidate_lifted(&l);
        p += TARGET_PAGE_SIZE;
    }
}

void mm_init(void)
{
    void *p = mmap(NULL, NB_LEAVES * sizeof(*leaves), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    g_assert(p != MAP_FAILED);
    leaves = p;
    mm_host_page = MAX(mm_host_page, getauxval(AT_PAGESZ));
}
