/* SPDX-License-Identifier: MIT */
/*
 * The main loop: GLib's default context, the clocks' timers, and the big lock.
 *
 * The loop holds the big lock all the time except while it sleeps in poll, so
 * sources and timers run under it.  A vCPU thread takes it only around devices.
 */
#ifndef SYSTEM_MAIN_LOOP_H
#define SYSTEM_MAIN_LOOP_H

#include "util/osdep.h"

/* Not recursive. */
void bql_lock(void);
void bql_unlock(void);
bool bql_locked(void);          /* by this thread */
/* Releases the lock while waiting; us: for so long at most, -1: for ever. */
void bql_wait(GCond *cond, int64_t us);

/* Takes the lock for the calling thread, which becomes the loop's. */
void main_loop_init(void);
/* One turn; sleeps when there is nothing to do. */
void main_loop_turn(void);
/* From any thread: the loop turns once more. */
void main_loop_wake(void);

#endif
