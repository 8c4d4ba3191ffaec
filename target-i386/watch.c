/* SPDX-License-Identifier: MIT */
/* See watch.h. */
#include "util/osdep.h"
#include "target-i386/watch.h"

typedef struct Watch {
    uint64_t addr, len;
    unsigned kind;
} Watch;

unsigned x86_nb_watches;
static Watch *watches;

void x86_watch_add(uint64_t addr, uint64_t len, unsigned kind)
{
    watches = g_renew(Watch, watches, x86_nb_watches + 1);
    watches[x86_nb_watches++] = (Watch) { addr, len, kind };
}

void x86_watch_remove(uint64_t addr, uint64_t len, unsigned kind)
{
    for (unsigned i = 0; i < x86_nb_watches; i++) {
        const Watch *w = &watches[i];

        if (w->addr == addr && w->len == len && w->kind == kind) {
            watches[i] = watches[--x86_nb_watches];
            return;
        }
    }
}

static bool overlaps(const Watch *w, uint64_t addr, uint64_t len)
{
    return addr - w->addr < w->len || w->addr - addr < len;
}

bool x86_watch_in_page(uint64_t addr)
{
    for (unsigned i = 0; i < x86_nb_watches; i++) {
        if (overlaps(&watches[i], addr & ~4095ull, 4096)) {
            return true;
        }
    }
    return false;
}

bool x86_watch_access(CPUX86State *env, uint64_t addr, unsigned size,
                      bool write)
{
    for (unsigned i = 0; i < x86_nb_watches && !env->watch_kind; i++) {
        const Watch *w = &watches[i];

        if ((w->kind & (write ? X86_WATCH_WRITE : X86_WATCH_READ)) &&
            overlaps(w, addr, size)) {
            env->watch_kind = w->kind;
            env->watch_addr = w->addr;
            return true;
        }
    }
    return false;
}
