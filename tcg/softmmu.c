/* SPDX-License-Identifier: MIT */
/*
 * The software TLB: look-up, filling, flushing, the slow path of accesses that
 * are not plain memory, and the watch over pages with translated code.
 * Flow: generated code's miss -> (this) -> mmu_hooks (page walk, memory).
 *
 * Entries belong to their vCPU's thread; under `lock` other threads may spoil
 * tags, and the thread itself fills entries in.
 */
#include "util/osdep.h"

#include "tcg/softmmu.h"
#include "tcg/tb-int.h"

enum { PAGE = MMU_PAGE, OFF = PAGE - 1 };
#define PAGE_OF(a) ((a) & ~(uint64_t)OFF)

MMUHooks mmu_hooks;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static SoftMMU *all;                    /* list_lock */
static QEMU_ALIGNED(4096) uint8_t open_bus[PAGE];

/* ---- tables -------------------------------------------------------------------- */

static inline unsigned slot_of(const SoftTLB *t, uint64_t addr)
{
    return (addr >> 12) & ((1u << t->bits) - 1);
}

static inline uint64_t no_tag(unsigned slot)
{
    return (uint64_t)(slot ^ 2) << 12;
}

static void entry_clear(TLBEntry *e, TLBFull *f, unsigned slot)
{
    e->read = e->write = no_tag(slot);
    e->host = 0;
    f->page = 1;
}

/* Only what was filled costs time.  all: global pages, too. */
static void tlb_clear(SoftTLB *t, bool all)
{
    unsigned i, k;

    for (k = 0; k <= all; k++) {
        for (i = 0; i < t->used[k]; i++) {
            unsigned s = t->slots[k][i];

            if (all || !t->full[s].global) {
                entry_clear(&t->table[s], &t->full[s], s);
            }
            t->full[s].listed &= ~(1 << k);
        }
        t->used[k] = 0;
    }
    for (i = 0; i < TLB_VICTIMS; i++) {
        if (all || !t->victim_full[i].global) {
            t->victim_full[i].page = 1;
        }
    }
    t->evicted = 0;
    if (all) {
        memset(t->large, 0, sizeof(t->large));
    }
}

static void tlb_free(SoftTLB *t)
{
    g_free(t->table);
    g_free(t->full);
    g_free(t->slots[0]);
    g_free(t->slots[1]);
}

static void tlb_alloc(SoftTLB *t, unsigned bits)
{
    unsigned n = 1u << bits, i;

    t->bits = bits;
    t->table = g_new(TLBEntry, n);
    t->full = g_new0(TLBFull, n);
    t->slots[0] = g_new(uint16_t, n);
    t->slots[1] = g_new(uint16_t, n);
    t->used[0] = t->used[1] = 0;
    for (i = 0; i < n; i++) {
        entry_clear(&t->table[i], &t->full[i], i);
    }
    tlb_clear(t, true);
}

static void publish_table(SoftMMU *m)
{
    SoftTLB *t = &m->tlb[m->mode];

    m->env->tlb_table = (uintptr_t)t->table;
    m->env->tlb_mask = ((1ull << t->bits) - 1) << TLB_ENTRY_BITS;
}

void softmmu_init(TCGEnv *env)
{
    SoftMMU *m = g_aligned_alloc0(1, sizeof(*m), 64);
    unsigned i;

    m->env = env;
    m->addr_mask = UINT64_MAX;
    pthread_mutex_init(&m->lock, NULL);
    for (i = 0; i < MMU_MODES; i++) {
        tlb_alloc(&m->tlb[i], TLB_MIN_BITS);
    }
    memset(open_bus, 0xff, sizeof(open_bus));
    env->mmu = m;
    publish_table(m);
    pthread_mutex_lock(&list_lock);
    m->next = all;
    all = m;
    pthread_mutex_unlock(&list_lock);
}

void softmmu_exit(TCGEnv *env)
{
    SoftMMU *m = env->mmu, **link;
    unsigned i;

    pthread_mutex_lock(&list_lock);
    for (link = &all; *link != m; link = &(*link)->next) {
    }
    *link = m->next;
    pthread_mutex_unlock(&list_lock);
    for (i = 0; i < MMU_MODES; i++) {
        tlb_free(&m->tlb[i]);
    }
    pthread_mutex_destroy(&m->lock);
    g_aligned_free(m);
    env->mmu = NULL;
}

void softmmu_set_mode(TCGEnv *env, unsigned mode)
{
    SoftMMU *m = env->mmu;

    if (m->mode != mode) {
        m->mode = mode;
        publish_table(m);
    }
}

void softmmu_set_addr_mask(TCGEnv *env, uint64_t mask)
{
    env->mmu->addr_mask = mask;
}

/* ---- flushing ------------------------------------------------------------------- */

/* Shrinks a table that was nearly empty; growing is install()'s. */
static void tlb_flush(SoftTLB *t)
{
    if ((t->used[0] + t->used[1]) * 16 < 1u << t->bits &&
        t->bits > TLB_MIN_BITS) {
        tlb_free(t);
        tlb_alloc(t, t->bits - 1);
    } else {
        tlb_clear(t, true);
    }
}

void softmmu_flush(TCGEnv *env, bool keep_global)
{
    SoftMMU *m = env->mmu;
    unsigned i;

    pthread_mutex_lock(&m->lock);
    for (i = 0; i < MMU_MODES; i++) {
        if (keep_global) {
            tlb_clear(&m->tlb[i], false);
        } else {
            tlb_flush(&m->tlb[i]);
        }
    }
    pthread_mutex_unlock(&m->lock);
    publish_table(m);
    tcg_forget_pcs(env, keep_global);
}

/* May addr be in a large page? */
static bool may_be_large(const SoftTLB *t, uint64_t addr)
{
    unsigned half = addr >> 63;

    return t->large[half].mask &&
           (addr & t->large[half].mask) == t->large[half].page;
}

/* Pieces of the large page that addr is in. */
static void flush_large(SoftTLB *t, uint64_t addr)
{
    unsigned i, k;

    for (k = 0; k < 2; k++) {
        for (i = 0; i < t->used[k]; i++) {
            unsigned s = t->slots[k][i];
            TLBFull *f = &t->full[s];

            if (!(f->page & 1) && !((f->page ^ addr) >> f->bits)) {
                entry_clear(&t->table[s], f, s);
            }
        }
    }
    for (i = 0; i < TLB_VICTIMS; i++) {
        if (!((t->victim_full[i].page ^ addr) >> t->victim_full[i].bits)) {
            t->victim_full[i].page = 1;
        }
    }
}

static void flush_small(SoftTLB *t, uint64_t page)
{
    unsigned s = slot_of(t, page), i;

    if (t->full[s].page == page) {
        entry_clear(&t->table[s], &t->full[s], s);
    }
    for (i = 0; i < TLB_VICTIMS; i++) {
        if (t->victim_full[i].page == page) {
            t->victim_full[i].page = 1;
        }
    }
}

void softmmu_flush_page(TCGEnv *env, uint64_t addr)
{
    const uint64_t largest = (1ull << 30) - 1;
    SoftMMU *m = env->mmu;
    bool large = false;
    unsigned i;

    pthread_mutex_lock(&m->lock);
    for (i = 0; i < MMU_MODES; i++) {
        if (may_be_large(&m->tlb[i], addr)) {
            flush_large(&m->tlb[i], addr);
            large = true;
        } else {
            flush_small(&m->tlb[i], PAGE_OF(addr));
        }
    }
    pthread_mutex_unlock(&m->lock);
    if (large) {
        tcg_forget_pcs_in(env, addr & ~largest, addr | largest);
    } else {
        tcg_forget_pcs_in(env, addr, addr);
    }
}

/* ---- filling -------------------------------------------------------------------- */

static bool is_plain(const TLBFull *f)
{
    return f->host && !f->io && !f->watched;
}

/* Must writes to the host page come here first? */
static bool watches_writes(uintptr_t page)
{
    return tcg_page_guarded(page >> 12) ||
           (unlikely(__atomic_load_n(&softmmu_nb_lines, __ATOMIC_SEQ_CST)) &&
            softmmu_page_has_line(page));
}

/* The tags that follow from f; under lock, so that a page becoming guarded
 * is seen here or spoils the tag afterwards. */
static void set_tags_locked(TLBEntry *e, const TLBFull *f, unsigned slot)
{
    uint64_t none = no_tag(slot);
    bool plain = is_plain(f);

    e->host = f->host;
    e->read = plain && (f->prot & MMU_PROT_R) ? f->page : none;
    __atomic_store_n(&e->write,
                     plain && !f->io_write && (f->prot & MMU_PROT_W) &&
                     !watches_writes(f->host) ? f->page : none,
                     __ATOMIC_RELAXED);
}

static void put_locked(SoftTLB *t, unsigned s, const TLBFull *fresh)
{
    TLBFull *f = &t->full[s];
    unsigned listed = f->listed, k = fresh->global;

    *f = *fresh;
    f->listed = listed | 1 << k;
    if (!(listed >> k & 1)) {
        t->slots[k][t->used[k]++] = s;
    }
    set_tags_locked(&t->table[s], f, s);
}

/* Twice as many slots; entries stay. */
static void tlb_grow_locked(SoftTLB *t)
{
    SoftTLB old = *t;
    unsigned i, k;

    tlb_alloc(t, old.bits + 1);
    memcpy(t->large, old.large, sizeof(t->large));
    for (k = 0; k < 2; k++) {
        for (i = 0; i < old.used[k]; i++) {
            TLBFull *f = &old.full[old.slots[k][i]];

            if (!(f->page & 1)) {
                f->listed = 0;
                put_locked(t, slot_of(t, f->page), f);
            }
        }
    }
    tlb_free(&old);
}

static TLBFull *install(SoftMMU *m, SoftTLB *t, const TLBFull *fresh)
{
    unsigned s;
    TLBFull *f;

    pthread_mutex_lock(&m->lock);
    if (t->evicted > 1u << (t->bits - 1) && t->bits < TLB_MAX_BITS) {
        tlb_grow_locked(t);
        publish_table(m);
    }
    s = slot_of(t, fresh->page);
    f = &t->full[s];
    if (!(f->page & 1) && f->page != fresh->page) {
        t->victim_full[t->next_victim++ % TLB_VICTIMS] = *f;
        t->evicted++;
    }
    put_locked(t, s, fresh);
    pthread_mutex_unlock(&m->lock);
    return f;
}

static void note_large(SoftTLB *t, uint64_t addr, uint64_t size)
{
    unsigned half = addr >> 63;
    uint64_t mask = ~(size - 1);

    if (t->large[half].mask) {
        /* One range that covers all of them. */
        mask &= t->large[half].mask;
        while ((addr ^ t->large[half].page) & mask) {
            mask <<= 1;
        }
    }
    t->large[half].mask = mask;
    t->large[half].page = addr & mask;
}

static uint8_t prot_of(unsigned access)
{
    return 1 << access;
}

/* The page of addr, filled in; NULL only if probe. */
static TLBFull *lookup(SoftMMU *m, unsigned mode, uint64_t addr,
                       unsigned access, bool probe)
{
    SoftTLB *t = &m->tlb[mode];
    uint64_t page = PAGE_OF(addr);
    TLBFull *f = &t->full[slot_of(t, addr)], fresh;
    MMUWalk w = { .size = PAGE };
    unsigned i;

    if (f->page == page && (f->prot & prot_of(access))) {
        return f;
    }
    for (i = 0; i < TLB_VICTIMS; i++) {
        f = &t->victim_full[i];
        if (f->page == page && (f->prot & prot_of(access))) {
            fresh = *f;
            f->page = 1;
            return install(m, t, &fresh);
        }
    }
    if (!mmu_hooks.walk(m->env, addr, access, mode, probe, &w)) {
        return NULL;
    }
    fresh = (TLBFull){ .page = page, .phys = PAGE_OF(w.phys), .prot = w.prot,
                       .global = w.global, .watched = w.watched,
                       .bits = __builtin_ctzll(w.size) };
    fresh.host = mmu_hooks.host(m->env, fresh.phys, &fresh.io_write);
    fresh.io = !fresh.host;
    for (i = 0; i < TLB_VICTIMS; i++) {
        if (t->victim_full[i].page == page) {
            t->victim_full[i].page = 1;     /* less was allowed then */
        }
    }
    if (w.size > PAGE) {
        note_large(t, page, w.size);
    }
    return install(m, t, &fresh);
}

/* ---- pages with code ------------------------------------------------------------- */

static void spoil(SoftTLB *t, uintptr_t page)
{
    unsigned i, k;

    for (k = 0; k < 2; k++) {
        for (i = 0; i < t->used[k]; i++) {
            unsigned s = t->slots[k][i];

            if (t->table[s].host == page) {
                __atomic_store_n(&t->table[s].write, no_tag(s),
                                 __ATOMIC_RELAXED);
            }
        }
    }
}

void softmmu_guard_page(uintptr_t page)
{
    SoftMMU *m;
    unsigned i;

    pthread_mutex_lock(&list_lock);
    for (m = all; m; m = m->next) {
        pthread_mutex_lock(&m->lock);
        for (i = 0; i < MMU_MODES; i++) {
            spoil(&m->tlb[i], page);
        }
        pthread_mutex_unlock(&m->lock);
    }
    pthread_mutex_unlock(&list_lock);
}

/* Does the code that called this come from [start, last]? */
static bool is_own_code(TCGEnv *env, uint64_t start, uint64_t last)
{
    const TCGTB *tb = env->helper_ra ? tcg_tb_from_host(env->helper_ra) : NULL;
    uint32_t i;

    for (i = 0; tb && i < tb->nb_ranges; i++) {
        if (tb->ranges[i].start <= last && tb->ranges[i].last >= start) {
            return true;
        }
    }
    return false;
}

/* Writes to f's page go by the inline path again, if they may. */
static void restore_tags(SoftMMU *m, TLBFull *f)
{
    unsigned i;

    for (i = 0; i < MMU_MODES; i++) {
        SoftTLB *t = &m->tlb[i];
        unsigned s = f - t->full;

        if (f >= t->full && f < t->full + (1u << t->bits) &&
            t->table[s].write != f->page) {
            pthread_mutex_lock(&m->lock);
            set_tags_locked(&t->table[s], f, s);
            pthread_mutex_unlock(&m->lock);
        }
    }
}

/* A write to a page that may hold translated code or a line that somebody
 * waits for.  False: by code that is itself written over. */
static bool written(SoftMMU *m, TLBFull *f, uint64_t host, unsigned len,
                    bool may_be_own)
{
    TCGPageWrite kind = tcg_page_write(host, host + len - 1);

    if (kind != TCG_PAGE_CODE) {
        if (kind == TCG_PAGE_PLAIN) {
            restore_tags(m, f);
        }
        return true;
    }
    if (!may_be_own && is_own_code(m->env, host, host + len - 1)) {
        return false;
    }
    tcg_invalidate(host, host + len - 1);
    tcg_page_unguard(f->host >> 12);
    restore_tags(m, f);
    return true;
}

/* ---- piece by piece --------------------------------------------------------------- */

static void io_read(TCGEnv *env, uint64_t phys, uint8_t *buf, unsigned len)
{
    while (len) {
        unsigned n = len >= 8 ? 8 : len >= 4 ? 4 : len >= 2 ? 2 : 1, i;
        uint64_t v = mmu_hooks.read(env, phys, n);

        for (i = 0; i < n; i++) {
            *buf++ = v >> (8 * i);
        }
        phys += n;
        len -= n;
    }
}

static void io_write(TCGEnv *env, uint64_t phys, const uint8_t *buf,
                     unsigned len)
{
    while (len) {
        unsigned n = len >= 8 ? 8 : len >= 4 ? 4 : len >= 2 ? 2 : 1, i;
        uint64_t v = 0;

        for (i = 0; i < n; i++) {
            v |= (uint64_t)*buf++ << (8 * i);
        }
        mmu_hooks.write(env, phys, v, n);
        phys += n;
        len -= n;
    }
}

/* Descriptors and the like are read in one piece. */
static void copy_from(void *buf, const void *host, unsigned n)
{
    if (n == 8) {
        uint64_t v = __atomic_load_n((const uint64_t *)host, __ATOMIC_RELAXED);

        memcpy(buf, &v, 8);
    } else if (n == 4) {
        uint32_t v = __atomic_load_n((const uint32_t *)host, __ATOMIC_RELAXED);

        memcpy(buf, &v, 4);
    } else {
        memcpy(buf, host, n);
    }
}

/* Where the TLB says at once that an access may be made; NULL: it does not. */
static void *hit(SoftMMU *m, unsigned mode, uint64_t addr, unsigned len,
                 bool write)
{
    SoftTLB *t = &m->tlb[mode];
    const TLBEntry *e = &t->table[slot_of(t, addr)];
    uint64_t off = addr - (write ? __atomic_load_n(&e->write, __ATOMIC_RELAXED)
                                 : e->read);

    return len - 1 < PAGE && off <= PAGE - len ? (void *)(e->host + off)
                                               : NULL;
}

void softmmu_read(TCGEnv *env, uint64_t addr, void *buf, unsigned len,
                  unsigned mode)
{
    const void *known = hit(env->mmu, mode, addr, len, false);
    uint8_t *p = buf;

    if (likely(known)) {
        copy_from(buf, known, len);
        return;
    }
    while (len) {
        unsigned n = MIN(len, PAGE - (addr & OFF));
        TLBFull *f = lookup(env->mmu, mode, addr, MMU_READ, false);

        if (f->io) {
            io_read(env, f->phys + (addr & OFF), p, n);
        } else {
            copy_from(p, (void *)(f->host + (addr & OFF)), n);
        }
        addr += n;
        p += n;
        len -= n;
    }
}

void softmmu_probe(TCGEnv *env, uint64_t addr, unsigned len, unsigned access,
                   unsigned mode)
{
    lookup(env->mmu, mode, addr, access, false);
    if (len && (addr & OFF) + len > PAGE) {
        lookup(env->mmu, mode, PAGE_OF(addr + len - 1), access, false);
    }
}

void softmmu_write(TCGEnv *env, uint64_t addr, const void *buf, unsigned len,
                   unsigned mode)
{
    const uint8_t *p = buf;
    void *known = hit(env->mmu, mode, addr, len, true);

    if (likely(known)) {
        memcpy(known, buf, len);
        return;
    }
    softmmu_probe(env, addr, len, MMU_WRITE, mode);
    while (len) {
        unsigned n = MIN(len, PAGE - (addr & OFF));
        TLBFull *f = lookup(env->mmu, mode, addr, MMU_WRITE, false);

        if (f->io || f->io_write) {
            io_write(env, f->phys + (addr & OFF), p, n);
        } else {
            written(env->mmu, f, f->host + (addr & OFF), n, true);
            memcpy((void *)(f->host + (addr & OFF)), p, n);
            softmmu_line_written(f->host + (addr & OFF), n);
        }
        addr += n;
        p += n;
        len -= n;
    }
}

void *softmmu_host(TCGEnv *env, uint64_t addr, unsigned len, unsigned access,
                   unsigned mode)
{
    SoftMMU *m = env->mmu;
    TLBFull *f = lookup(m, mode, addr, access, false);

    if (!is_plain(f) || (addr & OFF) + len > PAGE ||
        (access == MMU_WRITE &&
         (f->io_write || softmmu_line_hit(f->host + (addr & OFF), len) ||
          !written(m, f, f->host + (addr & OFF), len, false)))) {
        return NULL;
    }
    return (void *)(f->host + (addr & OFF));
}

bool softmmu_locate(TCGEnv *env, uint64_t addr, unsigned mode, bool probe,
                    uint64_t *host)
{
    TLBFull *f = lookup(env->mmu, mode, addr, MMU_FETCH, probe);

    if (!f) {
        return false;
    }
    *host = (f->io ? (uintptr_t)open_bus : f->host) + (addr & OFF);
    env->code_global = f->global;
    return true;
}

/* ---- the op's slow path ----------------------------------------------------------- */

static uint8_t *copy_in(SoftMMU *m, uint64_t addr, unsigned size)
{
    uint8_t *b = m->bounce + (addr & 63);

    softmmu_read(m->env, addr, b, size, m->mode);
    return b;
}

static void check(SoftMMU *m, uint64_t addr, uint64_t acc)
{
    if (mmu_hooks.check) {
        mmu_hooks.check(m->env, addr, acc & MMU_SIZE_MASK, acc);
    }
}

uint64_t softmmu_miss(TCGEnv *env, uint64_t addr, uint64_t acc)
{
    SoftMMU *m = env->mmu;
    unsigned size = acc & MMU_SIZE_MASK;
    bool st = acc & MMU_ACC_ST;

    addr &= m->addr_mask;
    if ((addr & OFF) + size <= PAGE) {
        bool load = !st || (acc & MMU_ACC_LD_FIRST);
        uint64_t first = addr + (acc >> MMU_FIRST_SHIFT & OFF);
        TLBFull *f = lookup(m, m->mode, first, load ? MMU_READ : MMU_WRITE,
                            false);
        uint64_t host = f->host + (addr & OFF);

        if (st && !(f->prot & MMU_PROT_W)) {
            mmu_hooks.slow(env);        /* the store will see to it */
        }
        if (is_plain(f) && (!st || (!f->io_write &&
                                    !softmmu_line_hit(host, size) &&
                                    written(m, f, host, size, false)))) {
            return host;
        }
    }
    if ((acc & MMU_ACC_GROUP) && (addr & OFF) + size > PAGE) {
        softmmu_group_split(env);
    }
    if (st || (acc & MMU_ACC_GROUP)) {
        m->crossed = st && (acc & MMU_ACC_LD) && (addr & OFF) + size > PAGE;
        mmu_hooks.slow(env);
    }
    check(m, addr, acc);
    return (uintptr_t)copy_in(m, addr, size);
}

bool softmmu_crossed(TCGEnv *env)
{
    bool crossed = env->mmu->crossed;

    env->mmu->crossed = false;
    return crossed;
}

static uint64_t softmmu_slow(TCGEnv *env, uint64_t addr, uint64_t acc)
{
    SoftMMU *m = env->mmu;
    unsigned size = acc & MMU_SIZE_MASK;

    addr &= m->addr_mask;
    check(m, addr, acc);
    m->commit_size = m->stored_size = 0;
    if (acc & MMU_ACC_ST) {
        unsigned rest = PAGE - (addr & OFF);
        TLBFull *f;

        softmmu_probe(env, addr, size, MMU_WRITE, m->mode);
        f = lookup(m, m->mode, addr, MMU_WRITE, false);
        if (size <= rest && f->host && !f->io && !f->io_write) {
            m->stored = f->host + (addr & OFF);
            m->stored_size = size;
            written(m, f, m->stored, size, true);
            return m->stored;
        }
        m->commit_addr = addr;
        m->commit_size = size;
        if (!(acc & MMU_ACC_LD)) {
            return (uintptr_t)m->bounce + (addr & 63);
        }
    }
    return (uintptr_t)copy_in(m, addr, size);
}

static void softmmu_commit(TCGEnv *env)
{
    SoftMMU *m = env->mmu;
    unsigned n = m->commit_size;

    m->commit_size = 0;
    if (n) {
        softmmu_write(env, m->commit_addr, m->bounce + (m->commit_addr & 63),
                      n, m->mode);
    }
    if (m->stored_size) {
        softmmu_line_written(m->stored, m->stored_size);
    }
}

/* The guest's registers must be in the env when a fault leaves. */
const TCGHelper softmmu_miss_info = {
    softmmu_miss, "mmu", 2, true, HE_RDONLY,
};
const TCGHelper softmmu_slow_info = {
    softmmu_slow, "mmu_slow", 2, true, HE_RDONLY,
};
const TCGHelper softmmu_commit_info = {
    softmmu_commit, "mmu_commit", 0, false, HE_RDONLY,
};
