/* SPDX-License-Identifier: MIT */
/*
 * The code cache: one mapping, cut into slabs.  A translating thread borrows a
 * slab, appends one TB and gives the slab back, so that threads translate in
 * parallel and no memory is tied to a thread.  Inside a slab TBs lie in
 * ascending order, which makes host pc -> TB a binary search without a lock,
 * fit for signal handlers.
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "tcg/tb-int.h"

enum {
    SLAB_SIZE = 1 << 20,
    SLAB_MAX_TBS = SLAB_SIZE / 64,
    SLAB_DREGS = 2048,          /* less left than this: the slab is done */
    CODE_ALIGN = 16,
    DEFAULT_SIZE = 128 << 20,
};

struct CodeSlab {
    uint8_t *base;
    uint32_t size, used;
    uint32_t nb_tbs;            /* atomic */
    CoreTB **tbs;               /* by address */
    CodeSlab *next;             /* on the list of borrowable ones */
};

static pthread_mutex_t slab_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t *cache_base, *cache_end;
static size_t thunks_size;      /* the back end's, at the start of slab 0 */
static CodeSlab *slabs;
static unsigned nb_slabs, nb_opened;
static CodeSlab *avail;

/* A place near the guest's image lets code reach it pc-relative. */
static void *map_cache(size_t size, uint64_t near)
{
    const int prot = PROT_READ | PROT_WRITE | PROT_EXEC;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    uint64_t hint = ROUND_DOWN(near, (uint64_t)SLAB_SIZE);
    unsigned i;

    for (i = 1; near && i <= 8; i++) {
        uint64_t at = hint - size - ((uint64_t)i << 26);
        void *p;

        if (at > hint || at < (1 << 20)) {
            break;
        }
        p = mmap((void *)at, size, prot, flags | MAP_FIXED_NOREPLACE, -1, 0);
        if (p == (void *)at) {
            return p;
        }
        if (p != MAP_FAILED) {
            munmap(p, size);    /* a kernel that takes it for a mere hint */
        }
    }
    return mmap(NULL, size, prot, flags, -1, 0);
}

bool code_cache_init(size_t size, uint64_t near, GError **errp)
{
    CoreTB **tbs;
    size_t used = 0;
    unsigned i;

    size = size ? MAX(size, (size_t)4 << 20) : DEFAULT_SIZE;
    size = ROUND_UP(MIN(size, (size_t)1 << 30), (size_t)SLAB_SIZE);
    if (tcg_backend->max_cache) {
        size = MIN(size, tcg_backend->max_cache);
    }
    cache_base = map_cache(size, near);
    if (cache_base == MAP_FAILED) {
        g_set_error(errp, g_quark_from_static_string("tcg"), errno,
                    "cannot map %zu bytes of code cache: %s", size,
                    strerror(errno));
        return false;
    }
    cache_end = cache_base + size;
    nb_slabs = size / SLAB_SIZE;
    slabs = g_new0(CodeSlab, nb_slabs);
    tbs = tcg_lazy_alloc((size_t)nb_slabs * SLAB_MAX_TBS * sizeof(*tbs));
    for (i = 0; i < nb_slabs; i++) {
        slabs[i].base = cache_base + (size_t)i * SLAB_SIZE;
        slabs[i].size = SLAB_SIZE;
        slabs[i].tbs = tbs + (size_t)i * SLAB_MAX_TBS;
    }
    if (!tcg_backend->init(cache_base, SLAB_SIZE, &used, errp)) {
        return false;
    }
    thunks_size = ROUND_UP(used, (size_t)CODE_ALIGN);
    code_cache_reset();
    return true;
}

void code_cache_reset(void)
{
    unsigned i;

    for (i = 0; i < nb_opened; i++) {
        slabs[i].used = 0;
        __atomic_store_n(&slabs[i].nb_tbs, 0, __ATOMIC_RELEASE);
    }
    slabs[0].used = thunks_size;
    slabs[0].next = NULL;
    nb_opened = 1;
    avail = &slabs[0];
}

CodeSlab *code_slab_get(size_t need, uint8_t **place, size_t *room)
{
    CodeSlab *s, **link;

    pthread_mutex_lock(&slab_lock);
    for (link = &avail; (s = *link); link = &s->next) {
        if (s->size - s->used >= need) {
            *link = s->next;
            break;
        }
    }
    if (!s && nb_opened < nb_slabs && need <= SLAB_SIZE) {
        s = &slabs[nb_opened++];
    }
    pthread_mutex_unlock(&slab_lock);
    if (s) {
        *place = s->base + s->used;
        *room = s->size - s->used;
    }
    return s;
}

void code_slab_put(CodeSlab *s, CoreTB *tb)
{
    if (tb) {
        uint32_t end = tb->tb.code + tb->tb.code_size - s->base;

        s->tbs[s->nb_tbs] = tb;
        __atomic_store_n(&s->nb_tbs, s->nb_tbs + 1, __ATOMIC_RELEASE);
        /* A return address may stand just behind a TB's last call. */
        s->used = MIN(ROUND_UP(end + 1, CODE_ALIGN), s->size);
    }
    if (s->size - s->used < SLAB_DREGS || s->nb_tbs == SLAB_MAX_TBS) {
        return;
    }
    pthread_mutex_lock(&slab_lock);
    s->next = avail;
    avail = s;
    pthread_mutex_unlock(&slab_lock);
}

bool code_cache_contains(uintptr_t host_pc)
{
    return host_pc >= (uintptr_t)cache_base && host_pc < (uintptr_t)cache_end;
}

uintptr_t tcg_code_address(uint32_t low)
{
    uintptr_t a = (uintptr_t)cache_base + (uint32_t)(low - (uintptr_t)cache_base);

    return code_cache_contains(a) ? a : 0;
}

CoreTB *code_find(uintptr_t host_pc)
{
    const CodeSlab *s;
    unsigned lo = 0, hi;

    if (!code_cache_contains(host_pc)) {
        return NULL;
    }
    s = &slabs[(host_pc - (uintptr_t)cache_base) / SLAB_SIZE];
    hi = __atomic_load_n(&s->nb_tbs, __ATOMIC_ACQUIRE);
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;

        if ((uintptr_t)s->tbs[mid]->tb.code <= host_pc) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == 0) {
        return NULL;
    }
    {
        CoreTB *tb = s->tbs[lo - 1];
        uintptr_t off = host_pc - (uintptr_t)tb->tb.code;

        return off <= tb->tb.code_size ? tb : NULL;
    }
}

void code_cache_lock(void)
{
    pthread_mutex_lock(&slab_lock);
}

void code_cache_unlock(void)
{
    pthread_mutex_unlock(&slab_lock);
}

/* A slab that another thread had borrowed is lost until the next flush. */
void code_cache_fork_child(void)
{
    pthread_mutex_init(&slab_lock, NULL);
}
