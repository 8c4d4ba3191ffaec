/* SPDX-License-Identifier: MIT */
/*
 * Translated blocks: finding them by (pc, mode), linking their direct exits,
 * and dropping them when the guest code they came from changes.
 *
 * Look-ups take no lock: chains are singly linked, a node stays readable until
 * a full flush, and dead ones are skipped.  Everything that changes the
 * structure holds tb_lock, which is never held while guest memory is touched,
 * so that the handler of a write fault may take it.
 */
#include "util/osdep.h"

#include "tcg/tb-int.h"

enum {
    PAGE_BITS = 12,
    RING = 32,              /* remembered invalidations */
    CHECK_AFTER = 40,       /* losses until a page's code checks itself */
};

pthread_mutex_t tb_lock = PTHREAD_MUTEX_INITIALIZER;
uint32_t tb_publish_seq;
uint32_t tcg_fetch_epoch = 1;

/* ---- finding ----------------------------------------------------------------- */

/*
 * Open addressing, so that a miss costs one cache line.  A key is never
 * changed and a slot never emptied: removal takes the TB out, a new one of the
 * same key comes in again.  The table starts small, as most processes are, and
 * grows by four into a new one; whoever still looks into the old one misses at
 * worst, which publishing sorts out.  Tables live until the next flush.
 */
typedef struct TBSlot {
    uint64_t key;           /* 0: free */
    CoreTB *tb;             /* NULL: removed */
} TBSlot;

typedef struct TBHash {
    struct TBHash *older;
    unsigned bits;
    TBSlot slot[];
} TBHash;

enum { HASH_MIN_BITS = 10 };

static TBHash *hash;        /* atomic */
static unsigned nb_hashed;  /* slots in use */

static inline uint64_t hash_key(uint64_t pc, uint64_t mode, TBPlace at)
{
    if (at.host) {
        pc ^= (at.host * 0x9e3779b97f4a7c15ull) ^
              (at.host2 * 0xc2b2ae3d27d4eb4full) ^
              (mode * 0x165667b19e3779f9ull);
    }
    return (pc ^ (mode << 48) ^ (mode >> 32) * 0x9e3779b9) | (1ull << 63);
}

static inline TBPlace place_of(const CoreTB *t)
{
    return (TBPlace){ t->host, t->host2 };
}

/* The slot of key, or the free one where it would go. */
static inline TBSlot *hash_slot(TBHash *h, uint64_t key)
{
    unsigned mask = (1u << h->bits) - 1;
    unsigned i = (key * 0x9e3779b97f4a7c15ull) >> (64 - h->bits);

    for (;; i = (i + 1) & mask) {
        uint64_t k = __atomic_load_n(&h->slot[i].key, __ATOMIC_ACQUIRE);

        if (k == key || k == 0) {
            return &h->slot[i];
        }
    }
}

CoreTB *tb_find(uint64_t pc, uint64_t mode, TBPlace at)
{
    TBHash *h = __atomic_load_n(&hash, __ATOMIC_ACQUIRE);
    CoreTB *t;

    if (unlikely(!h)) {
        return NULL;
    }
    t = __atomic_load_n(&hash_slot(h, hash_key(pc, mode, at))->tb,
                        __ATOMIC_ACQUIRE);
    /* Two places of one key share a slot: the later one has it. */
    if (t && t->tb.pc == pc && t->tb.mode == mode && t->host == at.host &&
        t->host2 == at.host2 &&
        !__atomic_load_n(&t->tb.invalid, __ATOMIC_RELAXED)) {
        return t;
    }
    return NULL;
}

static void hash_put(TBHash *h, CoreTB *t)
{
    uint64_t key = hash_key(t->tb.pc, t->tb.mode, place_of(t));
    TBSlot *s = hash_slot(h, key);

    nb_hashed += s->key == 0;
    __atomic_store_n(&s->tb, t, __ATOMIC_RELEASE);
    __atomic_store_n(&s->key, key, __ATOMIC_RELEASE);
}

static void hash_grow_locked(void)
{
    unsigned bits = hash ? hash->bits + 2 : HASH_MIN_BITS, i;
    TBHash *h = g_malloc0(sizeof(*h) + (sizeof(TBSlot) << bits));

    h->bits = bits;
    h->older = hash;
    nb_hashed = 0;
    for (i = 0; hash && i < 1u << hash->bits; i++) {
        if (hash->slot[i].tb) {
            hash_put(h, hash->slot[i].tb);
        }
    }
    __atomic_store_n(&hash, h, __ATOMIC_RELEASE);
}

static void hash_insert_locked(CoreTB *t)
{
    if (!hash || nb_hashed >> (hash->bits - 1)) {
        hash_grow_locked();
    }
    hash_put(hash, t);
}

static void hash_remove_locked(CoreTB *t)
{
    TBSlot *s;

    if (!hash) {
        return;
    }
    s = hash_slot(hash, hash_key(t->tb.pc, t->tb.mode, place_of(t)));
    if (s->tb == t) {
        __atomic_store_n(&s->tb, NULL, __ATOMIC_RELEASE);
    }
}

static void hash_reset_locked(void)
{
    TBHash *h, *older;

    for (h = hash; h; h = older) {
        older = h->older;
        g_free(h);
    }
    hash = NULL;
    nb_hashed = 0;
}

/* ---- guest pages ------------------------------------------------------------- */

/* Pages that hold translated code: an open-addressed table that only grows
 * (until a flush); an entry's list may be empty. */
struct TBPage {
    uint64_t nr;
    bool used;
    bool guarded;           /* softmmu: writes are told */
    uint16_t losses;        /* times its TBs were dropped */
    uint64_t code;          /* pieces that TBs trust; more after a drop by pc */
    TBPageRef *first;
};

uint8_t tcg_checked_page[TCG_CHECKED_SLOTS];
bool tcg_any_checked;
static TBPage *pages;
static unsigned pages_size, nb_pages;

static TBPage *page_slot(TBPage *table, unsigned size, uint64_t nr)
{
    unsigned i = (nr * 0x9e3779b97f4a7c15ull) >> 40;

    for (;; i++) {
        TBPage *p = &table[i & (size - 1)];

        if (!p->used || p->nr == nr) {
            return p;
        }
    }
}

static void pages_grow_locked(void)
{
    unsigned size = pages_size ? pages_size * 2 : 256, i;
    TBPage *table = g_new0(TBPage, size);

    for (i = 0; i < pages_size; i++) {
        if (pages[i].used) {
            TBPage *p = page_slot(table, size, pages[i].nr);

            *p = pages[i];
            if (p->first) {
                p->first->pprev = &p->first;
            }
        }
    }
    g_free(pages);
    pages = table;
    pages_size = size;
}

/* The 64-byte pieces of page nr in [start, last], a bit each. */
static uint64_t pieces(uint64_t nr, uint64_t start, uint64_t last)
{
    uint64_t first = nr << PAGE_BITS, end = first + (1u << PAGE_BITS) - 1;

    if (start > end || last < first) {
        return 0;
    }
    start = (MAX(start, first) - first) / 64;
    last = (MIN(last, end) - first) / 64;
    return (~0ull << start) & (~0ull >> (63 - last));
}

/* What t takes on trust in page nr: all its code unless it checks itself. */
static uint64_t trusted_pieces(const CoreTB *t, uint64_t nr)
{
    uint64_t mask = 0;
    unsigned i;

    for (i = 0; !t->check && i < t->tb.nb_ranges; i++) {
        mask |= pieces(nr, t->tb.ranges[i].start, t->tb.ranges[i].last);
    }
    return mask;
}

static void page_add_locked(TBPageRef *ref, uint64_t nr)
{
    TBPage *p;

    if (nb_pages * 2 >= pages_size) {
        pages_grow_locked();
    }
    p = page_slot(pages, pages_size, nr);
    if (!p->used) {
        p->used = true;
        p->nr = nr;
        nb_pages++;
    }
    ref->next = p->first;
    ref->pprev = &p->first;
    if (ref->next) {
        ref->next->pprev = &ref->next;
    }
    p->first = ref;
    p->code |= trusted_pieces(ref->tb, nr);
}

static void page_remove_locked(TBPageRef *ref)
{
    if (ref->pprev) {
        *ref->pprev = ref->next;
        if (ref->next) {
            ref->next->pprev = ref->pprev;
        }
        ref->pprev = NULL;
    }
}

static void pages_add_tb_locked(CoreTB *t)
{
    uint64_t nr, last_nr = ~0ull;
    unsigned i, n = 0;

    for (i = 0; i < t->tb.nb_ranges; i++) {
        nr = t->tb.ranges[i].start >> PAGE_BITS;
        for (; nr <= t->tb.ranges[i].last >> PAGE_BITS; nr++) {
            if (nr != last_nr) {
                page_add_locked(&t->refs[n++], nr);
                last_nr = nr;
            }
        }
    }
    t->nb_refs = n;
}

/* ---- links ------------------------------------------------------------------- */

static void link_locked(TCGExit *e, CoreTB *dest)
{
    if (e->dest || e->tb->invalid || dest->tb.invalid || tcg_no_chain) {
        return;
    }
    e->dest = &dest->tb;
    e->next_in = dest->incoming;
    dest->incoming = e;
    tcg_backend->patch(e, &dest->tb);
}

void tb_link(TCGExit *e, CoreTB *dest)
{
    if (__atomic_load_n(&e->dest, __ATOMIC_RELAXED) ||
        dest->host != core_tb(e->tb)->host || dest->host2) {
        return;
    }
    pthread_mutex_lock(&tb_lock);
    link_locked(e, dest);
    pthread_mutex_unlock(&tb_lock);
}

static void unlink_incoming_locked(CoreTB *t)
{
    TCGExit *e, *next;

    for (e = t->incoming; e; e = next) {
        next = e->next_in;
        e->next_in = NULL;
        e->dest = NULL;
        tcg_backend->patch(e, NULL);
    }
    t->incoming = NULL;
}

/* The exits' jumps stay as they are: nobody will take them for long. */
static void unlink_outgoing_locked(CoreTB *t)
{
    unsigned i;

    for (i = 0; i < t->tb.nb_exits; i++) {
        TCGExit *e = &t->tb.exits[i], **link;

        if (!e->dest) {
            continue;
        }
        link = &core_tb(e->dest)->incoming;
        while (*link != e) {
            link = &(*link)->next_in;
        }
        *link = e->next_in;
        e->next_in = NULL;
        e->dest = NULL;
        tcg_backend->patch(e, NULL);
    }
}

/* The exits that led to old now lead to fresh. */
static void move_incoming_locked(CoreTB *old, CoreTB *fresh)
{
    TCGExit *e, *next;

    for (e = old->incoming; e; e = next) {
        next = e->next_in;
        e->dest = &fresh->tb;
        e->next_in = fresh->incoming;
        fresh->incoming = e;
        tcg_backend->patch(e, &fresh->tb);
    }
    old->incoming = NULL;
}

/* ---- life -------------------------------------------------------------------- */

static unsigned count_pages(const TCGRegion *r)
{
    unsigned i, n = 0;

    if (r->soft) {
        return r->nb_ranges + 1;
    }
    for (i = 0; i < r->nb_ranges; i++) {
        n += (r->ranges[i].last >> PAGE_BITS) -
             (r->ranges[i].start >> PAGE_BITS) + 1;
    }
    return n;
}

/*
 * What belongs to TBs is never freed alone: it is cut from chunks that go with
 * the next flush.
 */
typedef struct TBChunk {
    struct TBChunk *next;
    QEMU_ALIGNED(16) uint8_t data[];
} TBChunk;

enum { TB_CHUNK = 64 * 1024 - sizeof(TBChunk) - 32 };

static TBChunk *chunks;         /* tb_lock */
static uint32_t chunk_gen;      /* flushes so far */

static void *chunk_grow(TCGCore *c, size_t size)
{
    size_t n = MAX(size, (size_t)TB_CHUNK);
    TBChunk *fresh = g_malloc(sizeof(*fresh) + n);

    pthread_mutex_lock(&tb_lock);
    fresh->next = chunks;
    chunks = fresh;
    pthread_mutex_unlock(&tb_lock);
    c->tb_mem = fresh->data + size;
    c->tb_mem_end = fresh->data + n;
    c->tb_mem_gen = chunk_gen;
    return fresh->data;
}

void *tcg_tb_alloc(TCGContext *s, size_t size)
{
    TCGCore *c = tcg_core(s);
    uint8_t *p = c->tb_mem;

    size = ROUND_UP(size, (size_t)8);
    if (likely(c->tb_mem_gen == chunk_gen &&
               (size_t)(c->tb_mem_end - p) >= size)) {
        c->tb_mem = p + size;
    } else {
        p = chunk_grow(c, size);
    }
    return memset(p, 0, size);
}

static void add_range(CoreTB *t, uint64_t start, uint64_t last)
{
    t->tb.ranges[t->tb.nb_ranges].start = start;
    t->tb.ranges[t->tb.nb_ranges++].last = last;
}

/* softmmu: pcs to host addresses; only the last range may cross the page. */
static void host_ranges(CoreTB *t, const TCGRegion *r)
{
    unsigned i;

    t->host = r->host;
    t->host2 = r->host2;
    t->entry = r->host + (r->pc - r->page);
    for (i = 0; i < r->nb_ranges; i++) {
        uint64_t a = r->ranges[i].start - r->page;
        uint64_t b = r->ranges[i].last - r->page;

        if (a > 4095) {
            continue;
        }
        add_range(t, r->host + a, r->host + MIN(b, 4095ull));
        if (b > 4095 && b < 8192 && r->host2) {
            add_range(t, r->host2, r->host2 + b - 4096);
        }
    }
}

CoreTB *tb_new(TCGContext *s)
{
    const TCGRegion *r = s->region;
    unsigned n = count_pages(r), i;
    CoreTB *t = tcg_tb_alloc(s, sizeof(*t));

    t->seq = tcg_core(s)->publish_seq;
    t->tb.pc = r->pc;
    t->tb.mode = s->mode;
    t->entry_reads = tcg_core(s)->entry_reads;
    t->entry_live = tcg_core(s)->entry_live;
    t->refs = tcg_tb_alloc(s, n * sizeof(*t->refs));
    for (i = 0; i < n; i++) {
        t->refs[i].tb = t;
    }
    t->check = r->check;
    t->tb.ranges = tcg_tb_alloc(s, (r->nb_ranges + 1) *
                                   sizeof(t->tb.ranges[0]));
    if (r->soft) {
        host_ranges(t, r);
        return t;
    }
    t->tb.nb_ranges = r->nb_ranges;
    for (i = 0; i < r->nb_ranges; i++) {
        t->tb.ranges[i].start = r->ranges[i].start;
        t->tb.ranges[i].last = r->ranges[i].last;
    }
    return t;
}

static void *keep(TCGContext *s, const void *array, size_t size)
{
    return size ? memcpy(tcg_tb_alloc(s, size), array, size) : NULL;
}

void tb_keep_arrays(TCGContext *s, CoreTB *t)
{
    t->tb.faults = keep(s, t->tb.faults,
                        t->tb.nb_faults * sizeof(t->tb.faults[0]));
    t->tb.insn_pc = keep(s, t->tb.insn_pc,
                         t->tb.nb_insns * sizeof(t->tb.insn_pc[0]));
    t->tb.rets = keep(s, t->tb.rets, t->tb.nb_rets * sizeof(t->tb.rets[0]));
}

static void retire_locked(CoreTB *t)
{
    unsigned i;

    __atomic_store_n(&t->tb.invalid, 1, __ATOMIC_RELEASE);
    hash_remove_locked(t);
    for (i = 0; i < t->nb_refs; i++) {
        page_remove_locked(&t->refs[i]);
    }
    unlink_incoming_locked(t);
    unlink_outgoing_locked(t);
    tcg_backend->retire(&t->tb);
}

/* ---- publishing -------------------------------------------------------------- */

/* The latest invalidations, to tell a translation that was under way. */
static struct { uint64_t start, last; } ring[RING];

uint32_t tb_epoch(void)
{
    return __atomic_load_n(&tcg_code_epoch, __ATOMIC_ACQUIRE);
}

static bool changed_since_locked(const CoreTB *t, uint32_t epoch)
{
    uint32_t e;
    unsigned i;

    if (tcg_code_epoch - epoch > RING) {
        return true;
    }
    for (e = epoch; e != tcg_code_epoch; e++) {
        for (i = 0; i < t->tb.nb_ranges; i++) {
            if (t->tb.ranges[i].start <= ring[e % RING].last &&
                t->tb.ranges[i].last >= ring[e % RING].start) {
                return true;
            }
        }
    }
    return false;
}

static void own_exits(CoreTB *t)
{
    unsigned i;

    for (i = 0; i < t->tb.nb_exits; i++) {
        t->tb.exits[i].tb = &t->tb;
        t->tb.exits[i].dest = NULL;
        t->tb.exits[i].next_in = NULL;
    }
}

static void link_out_locked(CoreTB *t)
{
    unsigned i;

    for (i = 0; i < t->tb.nb_exits; i++) {
        TCGExit *e = &t->tb.exits[i];
        CoreTB *dest = tb_find(e->target,
                               t->tb.mode & ~tcg_frontend_slow_mode(),
                               (TBPlace){ t->host, 0 });

        if (dest) {
            link_locked(e, dest);
        }
    }
}

static CoreTB *publish_locked(CoreTB *t, CoreTB *old, uint32_t epoch)
{
    CoreTB *other = old || t->seq != tb_publish_seq
        ? tb_find(t->tb.pc, t->tb.mode, place_of(t)) : NULL;

    own_exits(t);
    if (changed_since_locked(t, epoch)) {
        t->tb.invalid = 1;
        return NULL;
    }
    if (other && (other != old || old->promoted)) {
        t->tb.invalid = 1;
        return other;
    }
    __atomic_store_n(&tb_publish_seq, tb_publish_seq + 1, __ATOMIC_RELAXED);
    pages_add_tb_locked(t);
    hash_insert_locked(t);
    link_out_locked(t);
    if (other) {
        old->promoted = true;
        hash_remove_locked(old);
        move_incoming_locked(old, t);
        tcg_backend->redirect(&old->tb, &t->tb);
    }
    return t;
}

void tb_keep_private(CoreTB *t)
{
    own_exits(t);
    t->tb.invalid = 1;
}

CoreTB *tb_publish(CoreTB *t, CoreTB *old, uint32_t epoch)
{
    CoreTB *res;

    pthread_mutex_lock(&tb_lock);
    res = publish_locked(t, old, epoch);
    pthread_mutex_unlock(&tb_lock);
    return res;
}

/* ---- invalidation ------------------------------------------------------------ */

static bool overlaps(const CoreTB *t, uint64_t start, uint64_t last)
{
    unsigned i;

    for (i = 0; i < t->tb.nb_ranges; i++) {
        if (t->tb.ranges[i].start <= last && t->tb.ranges[i].last >= start) {
            return true;
        }
    }
    return false;
}

static void drop_locked(CoreTB *t)
{
    retire_locked(t);
    thread_jc_purge(t->tb.pc);
}

static unsigned drop_overlapping_locked(TBPage *p, uint64_t start,
                                        uint64_t last)
{
    TBPageRef *ref = p->first, *next;
    unsigned n = 0;

    p->code = 0;
    for (; ref; ref = next) {
        CoreTB *t = ref->tb;

        next = ref->next;
        if (overlaps(t, start, last)) {
            drop_locked(t);
            n++;
        } else {
            p->code |= trusted_pieces(t, p->nr);
        }
    }
    return n;
}

static unsigned drop_page_locked(TBPage *p, uint64_t start, uint64_t last)
{
    unsigned n = drop_overlapping_locked(p, start, last);

    if (n && ++p->losses == CHECK_AFTER) {
        __atomic_store_n(&tcg_checked_page[tcg_checked_slot(p->nr << PAGE_BITS)], 1,
                         __ATOMIC_RELAXED);
        __atomic_store_n(&tcg_any_checked, true, __ATOMIC_RELAXED);
    }
    return n;
}

/* Tells translations under way, and those who keep what they fetched. */
static void note_change_locked(uint64_t start, uint64_t last)
{
    ring[tcg_code_epoch % RING].start = start;
    ring[tcg_code_epoch % RING].last = last;
    __atomic_store_n(&tcg_code_epoch, tcg_code_epoch + 1, __ATOMIC_RELEASE);
    tcg_fetch_changed();
}

static unsigned invalidate_locked(uint64_t start, uint64_t last)
{
    uint64_t nr = start >> PAGE_BITS, end = last >> PAGE_BITS;
    unsigned n = 0, i;

    note_change_locked(start, last);
    if (end - nr >= nb_pages) {
        for (i = 0; i < pages_size; i++) {
            if (pages[i].first && pages[i].nr >= nr && pages[i].nr <= end) {
                n += drop_page_locked(&pages[i], start, last);
            }
        }
        return n;
    }
    for (; nr <= end; nr++) {
        TBPage *p = page_slot(pages, pages_size, nr);

        if (p->first) {
            n += drop_page_locked(p, start, last);
        }
    }
    return n;
}

unsigned tcg_invalidate(uint64_t start, uint64_t last)
{
    unsigned n;

    pthread_mutex_lock(&tb_lock);
    n = invalidate_locked(start, last);
    pthread_mutex_unlock(&tb_lock);
    return n;
}

void tb_translate_anew(uint64_t place)
{
    TBPage *p;

    pthread_mutex_lock(&tb_lock);
    p = page_slot(pages, pages_size, place >> PAGE_BITS);
    if (p->first) {
        drop_overlapping_locked(p, place, place);
    }
    pthread_mutex_unlock(&tb_lock);
}

/* ---- softmmu: which pages are watched ------------------------------------------ */

/* Most pages hold no code, which can be told without the lock: a bit that is
 * clear, by a hash of the page's number, says so. */
enum { GUARD_BITS = 16 };
static uint64_t guard_filter[(1 << GUARD_BITS) / 64];

static unsigned guard_bit(uint64_t nr)
{
    return nr * 0x9e3779b97f4a7c15ull >> (64 - GUARD_BITS);
}

bool tcg_page_guarded(uint64_t nr)
{
    unsigned bit = guard_bit(nr);
    bool guarded;

    if (!(__atomic_load_n(&guard_filter[bit / 64], __ATOMIC_RELAXED) >>
          bit % 64 & 1)) {
        return false;
    }
    pthread_mutex_lock(&tb_lock);
    guarded = pages_size && page_slot(pages, pages_size, nr)->guarded;
    pthread_mutex_unlock(&tb_lock);
    return guarded;
}

TCGPageWrite tcg_page_write(uint64_t start, uint64_t last)
{
    uint64_t nr = start >> PAGE_BITS;
    TCGPageWrite res = TCG_PAGE_PLAIN;
    const TBPage *p;

    pthread_mutex_lock(&tb_lock);
    p = pages_size ? page_slot(pages, pages_size, nr) : NULL;
    if (p && p->guarded) {
        res = p->code && !(p->code & pieces(nr, start, last)) ? TCG_PAGE_DATA
                                                              : TCG_PAGE_CODE;
    }
    if (res == TCG_PAGE_DATA) {
        note_change_locked(start, last);
    }
    pthread_mutex_unlock(&tb_lock);
    return res;
}

bool tcg_page_guard(uint64_t nr)
{
    unsigned bit = guard_bit(nr);
    TBPage *p;
    bool was;

    pthread_mutex_lock(&tb_lock);
    if (nb_pages * 2 >= pages_size) {
        pages_grow_locked();
    }
    p = page_slot(pages, pages_size, nr);
    if (!p->used) {
        p->used = true;
        p->nr = nr;
        nb_pages++;
    }
    was = p->guarded;
    p->guarded = true;
    __atomic_fetch_or(&guard_filter[bit / 64], 1ull << bit % 64,
                      __ATOMIC_RELAXED);
    pthread_mutex_unlock(&tb_lock);
    return !was;
}

void tcg_page_unguard(uint64_t nr)
{
    const TBPageRef *ref = NULL;
    TBPage *p;

    pthread_mutex_lock(&tb_lock);
    p = pages_size ? page_slot(pages, pages_size, nr) : NULL;
    if (p && p->guarded) {
        for (ref = p->first; ref && ref->tb->check; ref = ref->next) {
            /* that one looks after itself */
        }
        if (!ref) {
            /* Whoever translates from it now must guard it again. */
            p->guarded = false;
            note_change_locked(nr << PAGE_BITS, (nr << PAGE_BITS) + 4095);
        }
    }
    pthread_mutex_unlock(&tb_lock);
}

void tb_drop(uint64_t pc, uint64_t mode, TBPlace at)
{
    CoreTB *t;

    pthread_mutex_lock(&tb_lock);
    t = tb_find(pc, mode, at);
    if (t) {
        drop_locked(t);
    }
    pthread_mutex_unlock(&tb_lock);
}

/* Does t cover the guest's pc?  Its ranges are host addresses with softmmu. */
static bool covers_pc(const CoreTB *t, uint64_t pc)
{
    uint64_t page = t->host ? t->tb.pc - (t->entry - t->host) : 0;
    uint64_t off = pc - page;

    if (!t->host) {
        return overlaps(t, pc, pc);
    }
    return off < 4096 ? overlaps(t, t->host + off, t->host + off)
         : off < 8192 && t->host2 &&
           overlaps(t, t->host2 + off - 4096, t->host2 + off - 4096);
}

void tb_drop_pc(uint64_t pc)
{
    pthread_mutex_lock(&tb_lock);
    for (unsigned i = 0; i < pages_size; i++) {
        TBPageRef *ref = pages[i].first, *next;

        for (; ref; ref = next) {
            next = ref->next;
            if (covers_pc(ref->tb, pc)) {
                drop_locked(ref->tb);
            }
        }
    }
    pthread_mutex_unlock(&tb_lock);
}

/* ---- all of them ------------------------------------------------------------- */

void tb_reset_all(void)
{
    TBChunk *c, *next;

    pthread_mutex_lock(&tb_lock);
    for (c = chunks; c; c = next) {
        next = c->next;
        g_free(c);
    }
    chunks = NULL;
    chunk_gen++;
    hash_reset_locked();
    if (pages) {
        memset(pages, 0, pages_size * sizeof(pages[0]));
    }
    nb_pages = 0;
    memset(guard_filter, 0, sizeof(guard_filter));
    memset(tcg_checked_page, 0, sizeof(tcg_checked_page));
    tcg_any_checked = false;
    __atomic_store_n(&tcg_code_epoch, tcg_code_epoch + RING + 1,
                     __ATOMIC_RELEASE);
    tcg_fetch_changed();
    pthread_mutex_unlock(&tb_lock);
}

void tb_fork_child(void)
{
    pthread_mutex_init(&tb_lock, NULL);
}

TCGTB *tcg_tb_from_host(uintptr_t host_pc)
{
    CoreTB *t = code_find(host_pc);

    return t ? &t->tb : NULL;
}

uint64_t tcg_tb_guest_pc(const TCGTB *tb, uint32_t host_offset,
                         const TCGFaultPoint **fp)
{
    unsigned lo = 0, hi = tb->nb_faults;

    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;

        if (tb->faults[mid].host < host_offset) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo < tb->nb_faults && tb->faults[lo].host == host_offset &&
        tb->faults[lo].where < tb->nb_insns) {
        if (fp) {
            *fp = &tb->faults[lo];
        }
        return tb->insn_pc[tb->faults[lo].where];
    }
    if (fp) {
        *fp = NULL;
    }
    return tb->pc;
}
