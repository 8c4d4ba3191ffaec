/* SPDX-License-Identifier: MIT */
/* "info mtree": region trees and flat views as text. */
#include "util/osdep.h"
#include "system/memory.h"
#include "system/memory-int.h"

static const char *kind_of(const MemoryRegion *mr)
{
    if (mr->alias) {
        return kind_of(mr->alias);
    }
    if (mr->rom_device) {
        return "romd";
    }
    if (mr->ram_block) {
        return mr->readonly ? "rom" : "ram";
    }
    return "i/o";
}

static uint64_t last_of(Int128 start, Int128 size)
{
    return start + (size ? size - 1 : 0);
}

/* WAITING collects the targets of aliases, to be printed later once. */
static void print_region(GString *out, MemoryRegion *mr, int level,
                         Int128 base, GPtrArray *waiting)
{
    const char *off = mr->enabled ? "" : " [disabled]";

    base += mr->addr;
    g_string_append_printf(out, "%*s%016" PRIx64 "-%016" PRIx64
                           " (prio %d, %s): ", 2 * level, "", (uint64_t)base,
                           last_of(base, mr->size), mr->priority,
                           kind_of(mr));
    if (mr->alias) {
        g_string_append_printf(out, "alias %s @%s %016" PRIx64 "-%016" PRIx64
                               "%s\n", mr->name, mr->alias->name,
                               mr->alias_offset,
                               last_of(mr->alias_offset, mr->size), off);
        if (!g_ptr_array_find(waiting, mr->alias, NULL)) {
            g_ptr_array_add(waiting, mr->alias);
        }
    } else {
        g_string_append_printf(out, "%s%s\n", mr->name, off);
    }
    /* By address; the list is by priority. */
    for (Int128 from = -1;;) {
        Int128 next = (Int128)1 << 64;

        for (MemoryRegion *s = mr->subregions; s; s = s->next) {
            if (s->addr > from && s->addr < next) {
                next = s->addr;
            }
        }
        if (next >> 64) {
            break;
        }
        for (MemoryRegion *s = mr->subregions; s; s = s->next) {
            if (s->addr == next) {
                print_region(out, s, level + 1, base, waiting);
            }
        }
        from = next;
    }
}

static void print_flat(GString *out, AddressSpace *as, int number)
{
    FlatView *view = flatview_get(as);

    g_string_append_printf(out, "FlatView #%d\n AS \"%s\", root: %s\n"
                           " Root memory region: %s\n", number, as->name,
                           as->root->name, as->root->name);
    if (!view->n) {
        g_string_append(out, "  No rendered FlatView\n");
    }
    for (int i = 0; i < view->n; i++) {
        const FlatRange *r = &view->ranges[i];
        const char *kind = kind_of(r->mr);

        if (r->readonly && r->mr->ram_block) {
            kind = "rom";
        }
        g_string_append_printf(out, "  %016" PRIx64 "-%016" PRIx64
                               " (prio %d, %s): %s", r->start,
                               last_of(r->start, r->size), r->mr->priority,
                               kind, r->mr->name);
        if (r->offset) {
            g_string_append_printf(out, " @%016" PRIx64, r->offset);
        }
        g_string_append_c(out, '\n');
    }
    g_string_append_c(out, '\n');
    flatview_unref(view);
}

void memory_print_tree(GString *out, bool flat)
{
    GPtrArray *waiting = g_ptr_array_new();

    for (guint i = 0; address_spaces && i < address_spaces->len; i++) {
        AddressSpace *as = g_ptr_array_index(address_spaces, i);

        if (flat) {
            print_flat(out, as, i);
            continue;
        }
        g_string_append_printf(out, "address-space: %s\n", as->name);
        print_region(out, as->root, 1, 0, waiting);
        g_string_append_c(out, '\n');
    }
    /* Grows while it is printed. */
    for (guint i = 0; i < waiting->len; i++) {
        MemoryRegion *mr = g_ptr_array_index(waiting, i);

        g_string_append_printf(out, "memory-region: %s\n", mr->name);
        print_region(out, mr, 1, 0, waiting);
        g_string_append_c(out, '\n');
    }
    g_ptr_array_free(waiting, true);
}
