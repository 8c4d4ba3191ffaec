/* SPDX-License-Identifier: MIT */
/* Clocks and timers, with the virtual clock stepped by hand. */
#include "util/osdep.h"
#include "system/timer.h"

#include <criterion/criterion.h>

static int64_t start;
static char trace[64];

static void note(void *opaque)
{
    strcat(trace, opaque);
}

static void setup(void)
{
    virtual_clock_set_manual(true);
    start = clock_get_ns(CLOCK_TYPE_VIRTUAL);
}

TestSuite(timer, .init = setup);

Test(timer, order_of_expiry)
{
    Timer *a = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, note, "a");
    Timer *b = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, note, "b");
    Timer *c = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, note, "c");

    timer_mod_ns(a, start + 200);
    timer_mod_ns(b, start + 100);
    timer_mod_ns(c, start + 200);
    cr_assert_eq(timers_deadline_ns(CLOCK_TYPE_VIRTUAL), 100);
    virtual_clock_step(99);
    cr_assert_str_eq(trace, "");
    virtual_clock_step(1);
    cr_assert_str_eq(trace, "b");
    timer_mod_ns(a, start + 200);       /* now behind c */
    virtual_clock_step(1000);
    cr_assert_str_eq(trace, "bca");
    cr_assert_eq(clock_get_ns(CLOCK_TYPE_VIRTUAL), start + 1100);
    cr_assert_eq(timers_deadline_ns(CLOCK_TYPE_VIRTUAL), -1);
    timer_free(a);
    timer_free(b);
    timer_free(c);
}

Test(timer, del_and_anticipate)
{
    Timer t;

    timer_init_ms(&t, CLOCK_TYPE_VIRTUAL, note, "t");
    cr_assert_not(timer_pending(&t));
    timer_mod(&t, start / SCALE_MS + 5);
    cr_assert(timer_pending(&t));
    timer_mod_anticipate_ns(&t, INT64_MAX);
    cr_assert_neq(timer_expire_time_ns(&t), INT64_MAX);
    timer_mod_anticipate_ns(&t, start + 10);
    cr_assert_eq(timer_expire_time_ns(&t), start + 10);
    timer_del(&t);
    virtual_clock_step(20);
    cr_assert_str_eq(trace, "");
    timer_mod(&t, INT64_MAX);
    cr_assert_eq(timer_expire_time_ns(&t), INT64_MAX);
    timer_mod(&t, -1);
    cr_assert(timer_expired(&t, 0));
    timer_del(&t);
}

static Timer again;
static int64_t seen[4];
static int n_seen;

static void periodic(void *opaque)
{
    seen[n_seen++ & 3] = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    timer_mod_ns(&again, clock_get_ns(CLOCK_TYPE_VIRTUAL) +
                             *(int64_t *)opaque);
}

Test(timer, periodic_sees_its_own_time)
{
    int64_t period = 30;

    timer_init_ns(&again, CLOCK_TYPE_VIRTUAL, periodic, &period);
    timer_mod_ns(&again, start + period);
    virtual_clock_step(100);
    cr_assert_eq(n_seen, 3);
    cr_assert_eq(seen[0], start + 30);
    cr_assert_eq(seen[2], start + 90);
    cr_assert_eq(virtual_clock_step_next(), start + 120);
    cr_assert_eq(n_seen, 4);
    period = 0;                         /* never comes to rest */
    cr_assert_eq(virtual_clock_step(1000), start + 1120);
    timer_del(&again);
}

static void free_other(void *opaque)
{
    Timer **other = opaque;

    timer_free(*other);
    *other = NULL;
}

Test(timer, callback_may_free)
{
    Timer *victim = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, note, "x");
    Timer *self;

    timer_mod_ns(victim, start + 10);
    self = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, free_other, &victim);
    timer_mod_ns(self, start + 5);
    virtual_clock_step(20);
    cr_assert_str_eq(trace, "");
    timer_free(self);
    self = timer_new(CLOCK_TYPE_VIRTUAL, SCALE_NS, free_other, &self);
    timer_mod_ns(self, start + 25);
    virtual_clock_step(20);
    cr_assert_null(self);
}

static void count(ClockType clock, void *opaque)
{
    ++*(int *)opaque;
}

Test(timer, stop_start_and_notify)
{
    int notified = 0;
    int64_t stopped;
    Timer *t = timer_new(CLOCK_TYPE_REALTIME, SCALE_NS, note, "r");

    virtual_clock_set_manual(false);
    virtual_clock_start();
    virtual_clock_stop();
    stopped = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    g_usleep(1000);
    cr_assert_eq(clock_get_ns(CLOCK_TYPE_VIRTUAL), stopped);
    virtual_clock_start();
    g_usleep(1000);
    cr_assert_gt(clock_get_ns(CLOCK_TYPE_VIRTUAL), stopped);
    timers_set_notify(count, &notified);
    timer_mod_ns(t, clock_get_ns(CLOCK_TYPE_REALTIME) + SCALE_MS);
    cr_assert_eq(notified, 1);
    timer_mod_anticipate_ns(t, INT64_MAX);
    cr_assert_eq(notified, 1);
    cr_assert_geq(timers_deadline_all_ns(), 0);
    g_usleep(1500);
    cr_assert(timers_run_all());
    cr_assert_str_eq(trace, "r");
    timers_set_notify(NULL, NULL);
    timer_free(t);
}

/* A timer that falls due while one asks is due, not absent. */
Test(timer, deadline_that_passes)
{
    Timer *t = timer_new(CLOCK_TYPE_REALTIME, SCALE_NS, note, "t");

    for (unsigned i = 0; i < 200000; i++) {
        timer_mod_ns(t, clock_get_ns(CLOCK_TYPE_REALTIME) + i % 1000);
        cr_assert_geq(timers_deadline_ns(CLOCK_TYPE_REALTIME), 0);
    }
    timer_free(t);
}
