/* SPDX-License-Identifier: MIT */
/* Physical memory as virtual CPUs see it: see cpu-memory.h. */
#include "util/osdep.h"
#include "system/cpu-memory.h"

#include "hw/i386/pc.h"
#include "hw/intc/apic.h"
#include "system/main-loop.h"
#include "system/memory-int.h"

/* Pages of host memory, sorted; made anew when the view changes. */
typedef struct RamRange {
    paddr start, end;           /* whole pages */
    uint8_t *host;              /* of start */
    bool io_write;              /* writes are the address space's business */
} RamRange;

typedef struct RamMap {
    struct RamMap *older;
    unsigned n;
    RamRange r[];
} RamMap;

typedef struct View {
    MemoryListener listener;
    AddressSpace *as;
    RamMap *map;                /* atomic */
} View;

static View normal, smm;
static void (*on_change)(void);

/* ---- the map --------------------------------------------------------------------- */

/* Does this piece of the flat view read as host memory? */
static bool reads_direct(const FlatRange *f)
{
    return f->mr->ram_block && (!f->mr->rom_device || f->romd);
}

static RamMap *make_map(AddressSpace *as)
{
    FlatView *view = flatview_get(as);
    RamMap *m = g_malloc(sizeof(*m) + view->n * sizeof(RamRange));

    m->n = 0;
    for (int i = 0; i < view->n; i++) {
        const FlatRange *f = &view->ranges[i];
        paddr start = ROUND_UP(f->start, GUEST_PAGE_SIZE);
        paddr end = (f->start + (paddr)f->size) & ~(GUEST_PAGE_SIZE - 1);
        RamRange *r = &m->r[m->n];

        if (!reads_direct(f) || end <= start) {
            continue;
        }
        r->start = start;
        r->end = end;
        r->host = f->mr->ram_block->host + f->offset + (start - f->start);
        r->io_write = f->readonly || f->mr->rom_device || f->log_mask;
        /* Host pages and guest pages must coincide. */
        if (!((uintptr_t)r->host & (GUEST_PAGE_SIZE - 1))) {
            m->n++;
        }
    }
    flatview_unref(view);
    return m;
}

static void view_commit(MemoryListener *l)
{
    View *v = container_of(l, View, listener);
    RamMap *m = make_map(v->as);

    m->older = v->map;
    __atomic_store_n(&v->map, m, __ATOMIC_RELEASE);
    on_change();
}

static void watch(View *v, AddressSpace *as)
{
    v->as = as;
    v->listener.commit = view_commit;
    v->map = make_map(as);
    v->map->older = NULL;
    memory_listener_register(&v->listener, as);
}

void cpu_memory_init(void (*changed)(void))
{
    on_change = changed;
    if (!normal.as) {
        watch(&normal, &address_space_memory);
    }
    if (!smm.as && pc_smm_address_space()) {
        watch(&smm, pc_smm_address_space());
    }
}

void cpu_memory_collect(void)
{
    View *views[] = { &normal, &smm };

    for (unsigned i = 0; i < ARRAY_SIZE(views); i++) {
        RamMap *m = views[i]->map ? views[i]->map->older : NULL;

        while (m) {
            RamMap *older = m->older;

            g_free(m);
            m = older;
        }
        if (views[i]->map) {
            views[i]->map->older = NULL;
        }
    }
}

/* ---- accesses ---------------------------------------------------------------------- */

static const View *view_of(const CPUX86State *env)
{
    return env->sys->smm && smm.as ? &smm : &normal;
}

/* The local APIC's registers come before what else is at their place. */
static bool in_apic(const CPUX86State *env, uint64_t phys)
{
    return (phys & ~(GUEST_PAGE_SIZE - 1)) == env->sys->apic_page;
}

uint8_t *cpu_memory_ram(CPUX86State *env, uint64_t phys, bool *io_write)
{
    const RamMap *m = __atomic_load_n(&view_of(env)->map, __ATOMIC_ACQUIRE);
    unsigned lo = 0, hi = m->n;

    if (unlikely(in_apic(env, phys))) {
        return NULL;
    }
    while (lo < hi) {
        unsigned mid = (lo + hi) / 2;
        const RamRange *r = &m->r[mid];

        if (phys < r->start) {
            hi = mid;
        } else if (phys >= r->end) {
            lo = mid + 1;
        } else {
            *io_write = r->io_write;
            return r->host + (phys - r->start);
        }
    }
    return NULL;
}

uint64_t cpu_memory_read(CPUX86State *env, uint64_t phys, unsigned size)
{
    unsigned index = env->sys->index, at = phys & (GUEST_PAGE_SIZE - 1);
    uint64_t v;

    bql_lock();
    if (in_apic(env, phys)) {
        v = apic_page_read(index, at);
        if (size == 8) {
            v |= (uint64_t)apic_page_read(index, at + 4) << 32;
        }
    } else {
        v = address_space_load(view_of(env)->as, phys, size,
                               MEMTXATTRS_UNSPECIFIED, NULL);
    }
    bql_unlock();
    return v;
}

void cpu_memory_write(CPUX86State *env, uint64_t phys, uint64_t val,
                      unsigned size)
{
    bql_lock();
    if (in_apic(env, phys)) {
        apic_page_write(env->sys->index, phys & (GUEST_PAGE_SIZE - 1), val);
    } else {
        address_space_store(view_of(env)->as, phys, val, size,
                            MEMTXATTRS_UNSPECIFIED, NULL);
    }
    bql_unlock();
}

uint64_t cpu_port_in(CPUX86State *env, unsigned port, unsigned size)
{
    uint64_t v;

    bql_lock();
    v = address_space_load(&address_space_io, port, size,
                           MEMTXATTRS_UNSPECIFIED, NULL);
    bql_unlock();
    return v;
}

void cpu_port_out(CPUX86State *env, unsigned port, uint64_t val,
                  unsigned size)
{
    bql_lock();
    address_space_store(&address_space_io, port, val, size,
                        MEMTXATTRS_UNSPECIFIED, NULL);
    bql_unlock();
}

void cpu_port_in_string(CPUX86State *env, unsigned port, unsigned size,
                        uint8_t *buf, uint64_t n)
{
    bql_lock();
    address_space_repeat(&address_space_io, port, MEMTXATTRS_UNSPECIFIED, buf,
                         size, n, false);
    bql_unlock();
}

void cpu_port_out_string(CPUX86State *env, unsigned port, unsigned size,
                         const uint8_t *buf, uint64_t n)
{
    bql_lock();
    address_space_repeat(&address_space_io, port, MEMTXATTRS_UNSPECIFIED,
                         (uint8_t *)buf, size, n, true);
    bql_unlock();
}
