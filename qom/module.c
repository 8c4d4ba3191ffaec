/* SPDX-License-Identifier: MIT */
/* Module lists: see module.h. */
#include "util/osdep.h"
#include "qom/module.h"

static struct {
    ModuleEntry *first;
    ModuleEntry *last;
} lists[MODULE_INIT__MAX];

void module_register(ModuleInit kind, ModuleEntry *entry)
{
    entry->next = NULL;
    if (lists[kind].last) {
        lists[kind].last->next = entry;
    } else {
        lists[kind].first = entry;
    }
    lists[kind].last = entry;
}

void module_call_init(ModuleInit kind)
{
    ModuleEntry *e;

    /* A function may register more: take entries off one at a time. */
    while ((e = lists[kind].first)) {
        lists[kind].first = e->next;
        if (!e->next) {
            lists[kind].last = NULL;
        }
        e->fn();
    }
}
