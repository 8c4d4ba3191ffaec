/* SPDX-License-Identifier: MIT */
/*
 * A guest that counts a timer's interrupts misses those that fall due while
 * the host runs neither it nor us: an edge that meets one still waiting at an
 * interrupt controller is lost.  Such ticks are owed, and come when the guest
 * has taken the one before.  All of this is under the big lock.
 */
#ifndef HW_CORE_OWED_TICKS_H
#define HW_CORE_OWED_TICKS_H

#include "util/osdep.h"

typedef struct OwedTicks {
    void (*fire)(void *opaque);     /* an edge */
    void *opaque;
    uint32_t n;
    unsigned vector;                /* that the last one became */
    bool listed;
    struct OwedTicks *next;
} OwedTicks;

/* A tick; MISSED more fell due before it and were not fired. */
void owed_ticks_fire(OwedTicks *o, uint64_t missed);
void owed_ticks_clear(OwedTicks *o);

/*
 * For local APICs: an edge became VECTOR, lost if that was waiting already; a
 * processor is through with VECTOR.
 */
void owed_ticks_edge(unsigned vector, bool lost);
void owed_ticks_retry(unsigned vector);

#endif
