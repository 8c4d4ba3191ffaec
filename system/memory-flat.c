/* SPDX-License-Identifier: MIT */
/*
 * Flat views: a region tree drawn as sorted ranges, and the difference of two
 * views as listeners are told it.
 */
#include "util/osdep.h"
#include "system/memory.h"
#include "system/memory-int.h"

typedef struct Clip {
    Int128 start;
    Int128 end;
} Clip;

bool memory_global_log;

void flatview_unref(FlatView *view)
{
    if (__atomic_fetch_sub(&view->ref, 1, __ATOMIC_ACQ_REL) != 1) {
        return;
    }
    for (int i = 0; i < view->n; i++) {
        memory_region_unref(view->ranges[i].mr);
    }
    g_free(view->ranges);
    g_free(view);
}

FlatView *flatview_get(AddressSpace *as)
{
    FlatView *view;

    g_mutex_lock(&as->lock);
    view = as->view;
    __atomic_fetch_add(&view->ref, 1, __ATOMIC_RELAXED);
    g_mutex_unlock(&as->lock);
    return view;
}

/* The index of the first range that ends after ADDR. */
static int first_after(const FlatView *view, Int128 addr)
{
    int low = 0, high = view->n;

    while (low < high) {
        int mid = low + (high - low) / 2;

        if (range_end(&view->ranges[mid]) > addr) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

const FlatRange *flatview_find(const FlatView *view, paddr addr, Int128 *gap)
{
    int i = first_after(view, addr);
    const FlatRange *r = &view->ranges[i];

    if (i < view->n && r->start <= addr) {
        return r;
    }
    *gap = (i < view->n ? (Int128)r->start : (Int128)1 << 64) - addr;
    return NULL;
}

static void insert_range(FlatView *view, int at, const FlatRange *r)
{
    if (view->n == view->allocated) {
        view->allocated = MAX(2 * view->allocated, 16);
        view->ranges = g_renew(FlatRange, view->ranges, view->allocated);
    }
    memmove(&view->ranges[at + 1], &view->ranges[at],
            (view->n - at) * sizeof(FlatRange));
    view->ranges[at] = *r;
    view->n++;
    memory_region_ref(r->mr);
}

/* A leaf fills what is free of CLIP: what is there has a higher priority. */
static void draw_leaf(FlatView *view, MemoryRegion *mr, Int128 base, Clip clip,
                      bool readonly)
{
    FlatRange r = {
        .mr = mr,
        .log_mask = memory_region_get_log_mask(mr),
        .readonly = readonly,
        .romd = mr->romd_mode,
    };
    int i = first_after(view, clip.start);

    while (clip.start < clip.end) {
        Int128 end = clip.end;

        if (i < view->n && view->ranges[i].start <= clip.start) {
            clip.start = range_end(&view->ranges[i++]);
            continue;
        }
        if (i < view->n && view->ranges[i].start < end) {
            end = view->ranges[i].start;
        }
        r.start = clip.start;
        r.size = end - clip.start;
        r.offset = clip.start - base;
        insert_range(view, i++, &r);
        clip.start = end;
    }
}

/* BASE: where MR's container begins. */
static void draw(FlatView *view, MemoryRegion *mr, Int128 base, Clip clip,
                 bool readonly)
{
    if (!mr->enabled) {
        return;
    }
    base += mr->addr;
    readonly |= mr->readonly;
    clip.start = MAX(clip.start, base);
    clip.end = MIN(clip.end, base + mr->size);
    if (clip.start >= clip.end) {
        return;
    }
    if (mr->alias) {
        base -= mr->alias->addr;
        base -= mr->alias_offset;
        draw(view, mr->alias, base, clip, readonly);
        return;
    }
    for (MemoryRegion *sub = mr->subregions; sub; sub = sub->next) {
        draw(view, sub, base, clip, readonly);
    }
    if (mr->terminates) {
        draw_leaf(view, mr, base, clip, readonly);
    }
}

static bool same_kind(const FlatRange *a, const FlatRange *b)
{
    return a->mr == b->mr && a->readonly == b->readonly &&
           a->romd == b->romd;
}

/* Joins neighbours that go on in the same region. */
static void simplify(FlatView *view)
{
    int n = 0;

    for (int i = 0; i < view->n; i++) {
        FlatRange *r = &view->ranges[i];
        FlatRange *last = n ? &view->ranges[n - 1] : NULL;

        if (last && range_end(last) == r->start && same_kind(last, r) &&
            last->log_mask == r->log_mask &&
            (Int128)last->offset + last->size == r->offset) {
            last->size += r->size;
            memory_region_unref(r->mr);
        } else {
            view->ranges[n++] = *r;
        }
    }
    view->n = n;
}

static FlatView *make_view(MemoryRegion *root)
{
    FlatView *view = g_new0(FlatView, 1);
    Clip all = { 0, (Int128)1 << 64 };

    view->ref = 1;
    if (root) {
        draw(view, root, -(Int128)root->addr, all, false);
        simplify(view);
    }
    return view;
}

static MemoryRegionSection section_of(AddressSpace *as, const FlatRange *r)
{
    return (MemoryRegionSection){
        .mr = r->mr,
        .as = as,
        .offset_within_region = r->offset,
        .offset_within_address_space = r->start,
        .size = r->size,
        .readonly = r->readonly,
    };
}

#define TELL(listener, event, ...)                                    \
    do {                                                              \
        if ((listener)->event) {                                      \
            (listener)->event(listener, ##__VA_ARGS__);               \
        }                                                             \
    } while (0)

typedef enum Change { CHANGE_ADD, CHANGE_DEL, CHANGE_STAY } Change;

static void tell_change(AddressSpace *as, const FlatRange *r,
                        unsigned old_mask, Change change)
{
    MemoryRegionSection s = section_of(as, r);
    GPtrArray *ls = as->listeners;

    for (guint i = 0; i < ls->len; i++) {
        MemoryListener *l = g_ptr_array_index(ls, change == CHANGE_DEL
                                                  ? ls->len - 1 - i : i);

        switch (change) {
        case CHANGE_ADD:
            TELL(l, region_add, &s);
            break;
        case CHANGE_DEL:
            TELL(l, region_del, &s);
            continue;
        case CHANGE_STAY:
            TELL(l, region_nop, &s);
            break;
        }
        if (r->log_mask & ~old_mask) {
            TELL(l, log_start, &s, old_mask, r->log_mask);
        }
        if (old_mask & ~r->log_mask) {
            TELL(l, log_stop, &s, old_mask, r->log_mask);
        }
    }
}

static bool same_range(const FlatRange *a, const FlatRange *b)
{
    return a->start == b->start && a->size == b->size &&
           a->offset == b->offset && same_kind(a, b);
}

/* All that goes is told before anything that comes: it may be in the way. */
static void tell_difference(AddressSpace *as, const FlatView *was,
                            const FlatView *is, bool adding)
{
    int i = 0, j = 0;

    while (i < was->n || j < is->n) {
        const FlatRange *a = i < was->n ? &was->ranges[i] : NULL;
        const FlatRange *b = j < is->n ? &is->ranges[j] : NULL;

        if (a && b && same_range(a, b)) {
            if (adding) {
                tell_change(as, b, a->log_mask, CHANGE_STAY);
            }
            i++;
            j++;
        } else if (a && (!b || a->start <= b->start)) {
            if (!adding) {
                tell_change(as, a, 0, CHANGE_DEL);
            }
            i++;
        } else {
            if (adding) {
                tell_change(as, b, 0, CHANGE_ADD);
            }
            j++;
        }
    }
}

static void tell_begin(AddressSpace *as)
{
    for (guint i = 0; i < as->listeners->len; i++) {
        MemoryListener *l = g_ptr_array_index(as->listeners, i);

        TELL(l, begin);
    }
}

static void tell_commit(AddressSpace *as)
{
    for (guint i = 0; i < as->listeners->len; i++) {
        MemoryListener *l = g_ptr_array_index(as->listeners, i);

        TELL(l, commit);
    }
}

void address_space_update(AddressSpace *as)
{
    FlatView *was = as->view;
    FlatView *is = make_view(as->root);

    tell_begin(as);
    tell_difference(as, was, is, false);
    g_mutex_lock(&as->lock);
    as->view = is;
    g_mutex_unlock(&as->lock);
    tell_difference(as, was, is, true);
    tell_commit(as);
    flatview_unref(was);
}

void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name)
{
    memset(as, 0, sizeof(*as));
    as->name = g_strdup(name);
    as->root = root;
    memory_region_ref(root);
    g_mutex_init(&as->lock);
    as->listeners = g_ptr_array_new();
    as->maps = g_ptr_array_new();
    as->view = make_view(root);
    if (!address_spaces) {
        address_spaces = g_ptr_array_new();
    }
    g_ptr_array_add(address_spaces, as);
}

void memory_listener_register(MemoryListener *l, AddressSpace *as)
{
    guint at = 0;

    l->as = as;
    while (at < as->listeners->len) {
        MemoryListener *other = g_ptr_array_index(as->listeners, at);

        if (other->priority > l->priority) {
            break;
        }
        at++;
    }
    g_ptr_array_insert(as->listeners, at, l);
    TELL(l, begin);
    for (int i = 0; i < as->view->n; i++) {
        const FlatRange *r = &as->view->ranges[i];
        MemoryRegionSection s = section_of(as, r);

        TELL(l, region_add, &s);
        if (r->log_mask) {
            TELL(l, log_start, &s, 0, r->log_mask);
        }
    }
    TELL(l, commit);
}

void memory_listener_unregister(MemoryListener *l)
{
    AddressSpace *as = l->as;

    if (!as) {
        return;
    }
    TELL(l, begin);
    for (int i = as->view->n - 1; i >= 0; i--) {
        MemoryRegionSection s = section_of(as, &as->view->ranges[i]);

        TELL(l, region_del, &s);
    }
    TELL(l, commit);
    g_ptr_array_remove(as->listeners, l);
    l->as = NULL;
}
