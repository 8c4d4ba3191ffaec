/* SPDX-License-Identifier: MIT */
/*
 * Clocks and timers.
 *
 * Three clocks, in nanoseconds: real time (monotonic, always runs), virtual
 * (the guest's, stands while the machine is stopped), host (wall clock).  Every
 * clock has a list of timers ordered by expiry; the main loop asks when the
 * next one is due and runs those that are.  Equal times run in the order they
 * were set.  Timers may be set and deleted from any thread, and from callbacks;
 * callbacks run in the thread that calls timers_run.
 *
 * Tests switch the virtual clock to manual: it stands still until stepped, and
 * each timer on the way sees exactly the time it was set for.
 */
#ifndef SYSTEM_TIMER_H
#define SYSTEM_TIMER_H

#include "util/osdep.h"

typedef enum ClockType {
    CLOCK_TYPE_REALTIME,
    CLOCK_TYPE_VIRTUAL,
    CLOCK_TYPE_HOST,
    CLOCK_TYPES
} ClockType;

#define NANOSECONDS_PER_SECOND 1000000000ll
#define SCALE_NS 1
#define SCALE_MS 1000000

typedef void TimerCallback(void *opaque);

typedef struct Timer Timer;
struct Timer {
    ClockType clock;
    int scale;                  /* nanoseconds per unit */
    int64_t expire_ns;          /* -1: not pending */
    TimerCallback *cb;
    void *opaque;
    Timer *next;                /* in the clock's list; under its lock */
};

int64_t clock_get_ns(ClockType clock);
static inline int64_t clock_get_ms(ClockType clock)
{
    return clock_get_ns(clock) / SCALE_MS;
}

/* Embedded timers. */
void timer_init_full(Timer *t, ClockType clock, int scale, TimerCallback *cb,
                     void *opaque);
static inline void timer_init_ns(Timer *t, ClockType clock, TimerCallback *cb,
                                 void *opaque)
{
    timer_init_full(t, clock, SCALE_NS, cb, opaque);
}
static inline void timer_init_ms(Timer *t, ClockType clock, TimerCallback *cb,
                                 void *opaque)
{
    timer_init_full(t, clock, SCALE_MS, cb, opaque);
}
/* Returns new; timer_free deletes it first and takes NULL. */
Timer *timer_new(ClockType clock, int scale, TimerCallback *cb, void *opaque);
void timer_free(Timer *t);

/* At an absolute time; times below 0 count as 0. */
void timer_mod_ns(Timer *t, int64_t expire_ns);
void timer_mod(Timer *t, int64_t expire);               /* in its unit */
/* Only when that is earlier than what is set. */
void timer_mod_anticipate_ns(Timer *t, int64_t expire_ns);
void timer_del(Timer *t);
bool timer_pending(const Timer *t);
bool timer_expired(const Timer *t, int64_t now_ns);
int64_t timer_expire_time_ns(const Timer *t);           /* -1: not pending */

/* For the main loop. */
/* Nanoseconds until a timer of CLOCK is due (0: now); -1: none. */
int64_t timers_deadline_ns(ClockType clock);
/* Of all clocks that run by themselves. */
int64_t timers_deadline_all_ns(void);
/* Runs what is due; true if there was anything. */
bool timers_run(ClockType clock);
bool timers_run_all(void);
/* Called, without locks, whenever a clock's first deadline gets earlier. */
void timers_set_notify(void (*fn)(ClockType clock, void *opaque),
                       void *opaque);

/* The virtual clock. */
void virtual_clock_start(void);
void virtual_clock_stop(void);
void virtual_clock_set_ns(int64_t ns);          /* after loading state */
/* Manual mode on or off; the time goes on from where it is. */
void virtual_clock_set_manual(bool manual);
bool virtual_clock_is_manual(void);
/* Manual mode: goes on NS, running timers on the way; returns the time. */
int64_t virtual_clock_step(int64_t ns);
/* The same up to the next timer; nothing if there is none. */
int64_t virtual_clock_step_next(void);

#endif
