/* SPDX-License-Identifier: MIT */
#include "util/osdep.h"
#include "hw/core/owed-ticks.h"

/* More is not lateness, but a counter that was set. */
#define MOST_OWED 1000u

static OwedTicks *owing;
static unsigned nb_lost, last_vector;

void owed_ticks_edge(unsigned vector, bool lost)
{
    last_vector = vector;
    nb_lost += lost;
}

/* False: the one before still waits. */
static bool fire_alone(OwedTicks *o)
{
    unsigned lost = nb_lost;

    o->fire(o->opaque);
    o->vector = last_vector;
    return nb_lost == lost;
}

void owed_ticks_fire(OwedTicks *o, uint64_t missed)
{
    missed = missed > MOST_OWED ? 0 : missed;
    missed += !fire_alone(o);
        o->n = MIN(o->n + (uint32_t)missed, MOST_OWED);
    if (o->n && !o->listed) {
        o->listed = true;
        o->next = owing;
        owing = o;
    }
}

void owed_ticks_clear(OwedTicks *o)
{
    OwedTicks **link = &owing;

    o->n = 0;
    if (!o->listed) {
        return;
    }
    while (*link != o) {
        link = &(*link)->next;
    }
    *link = o->next;
    o->listed = false;
}

void owed_ticks_retry(unsigned vector)
{
    OwedTicks *o, *next;

    for (o = owing; o; o = next) {
        next = o->next;
        /* Lost again, it is given up: two processors may get it. */
        if (o->vector == vector) {
            fire_alone(o);
            if (--o->n == 0) {
                owed_ticks_clear(o);
            }
        }
    }
}
