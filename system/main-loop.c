/* SPDX-License-Identifier: MIT */
/* The main loop and the big lock: see main-loop.h. */
#include "util/osdep.h"
#include "system/main-loop.h"

#include "system/timer.h"

#include <poll.h>

G_STATIC_ASSERT(sizeof(GPollFD) == sizeof(struct pollfd));

static GMutex big_lock;
static _Thread_local bool locked;

void bql_lock(void)
{
    g_assert(!locked);
    g_mutex_lock(&big_lock);
    locked = true;
}

void bql_unlock(void)
{
    g_assert(locked);
    locked = false;
    g_mutex_unlock(&big_lock);
}

bool bql_locked(void)
{
    return locked;
}

void bql_wait(GCond *cond, int64_t us)
{
    g_assert(locked);
    locked = false;
    if (us < 0) {
        g_cond_wait(cond, &big_lock);
    } else {
        g_cond_wait_until(cond, &big_lock, g_get_monotonic_time() + us);
    }
    locked = true;
}

/*
 * GLib's poll: in nanoseconds, no longer than until the next timer, without
 * the lock.
 */
static gint loop_poll(GPollFD *fds, guint n, gint timeout_ms)
{
    int64_t ns = timeout_ms < 0 ? -1 : timeout_ms * (int64_t)SCALE_MS;
    int64_t timer = timers_deadline_all_ns();
    bool release = locked;
    struct timespec ts;
    int ret;

    if (timer >= 0 && (ns < 0 || timer < ns)) {
        ns = timer;
    }
    ts.tv_sec = ns / NANOSECONDS_PER_SECOND;
    ts.tv_nsec = ns % NANOSECONDS_PER_SECOND;
    if (release) {
        bql_unlock();
    }
    ret = ppoll((struct pollfd *)fds, n, ns < 0 ? NULL : &ts, NULL);
    if (release) {
        bql_lock();
    }
    return ret;
}

static void on_earlier_timer(ClockType clock, void *opaque)
{
    main_loop_wake();
}

void main_loop_init(void)
{
    g_main_context_set_poll_func(NULL, loop_poll);
    timers_set_notify(on_earlier_timer, NULL);
    bql_lock();
    g_assert(g_main_context_acquire(NULL));
}

void main_loop_turn(void)
{
    g_main_context_iteration(NULL, TRUE);
    timers_run_all();
}

void main_loop_wake(void)
{
    g_main_context_wakeup(NULL);
}
