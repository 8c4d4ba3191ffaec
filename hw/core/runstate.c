/* SPDX-License-Identifier: MIT */
/* Requests to and from the machine as a whole: see runstate.h. */
#include "util/osdep.h"
#include "hw/core/runstate.h"

typedef struct Notifier {
    void (*fn)(void *opaque);
    void *opaque;
} Notifier;

static void (*handler)(MachineRequest what, int arg);
static unsigned counts[MACHINE_REQUESTS];
static GArray *powerdown, *wakeup;

void machine_set_request_handler(void (*fn)(MachineRequest what, int arg))
{
    handler = fn;
}

void machine_request(MachineRequest what, int arg)
{
    counts[what]++;
    if (handler) {
        handler(what, arg);
    }
}

unsigned machine_request_count(MachineRequest what)
{
    return counts[what];
}

static void add(GArray **list, void (*fn)(void *opaque), void *opaque)
{
    Notifier n = { fn, opaque };

    if (!*list) {
        *list = g_array_new(false, false, sizeof(Notifier));
    }
    g_array_append_val(*list, n);
}

static void call(GArray *list)
{
    for (guint i = 0; list && i < list->len; i++) {
        Notifier *n = &g_array_index(list, Notifier, i);

        n->fn(n->opaque);
    }
}

void machine_powerdown(void)
{
    call(powerdown);
}

void powerdown_notifier_add(void (*fn)(void *opaque), void *opaque)
{
    add(&powerdown, fn, opaque);
}

void powerdown_notifier_remove(void *opaque)
{
    for (guint i = powerdown ? powerdown->len : 0; i > 0; i--) {
        if (g_array_index(powerdown, Notifier, i - 1).opaque == opaque) {
            g_array_remove_index(powerdown, i - 1);
        }
    }
}

void machine_wakeup(void)
{
    call(wakeup);
}

void wakeup_notifier_add(void (*fn)(void *opaque), void *opaque)
{
    add(&wakeup, fn, opaque);
}
