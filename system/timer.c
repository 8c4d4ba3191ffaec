/* SPDX-License-Identifier: MIT */
/* Clocks and timers: see timer.h. */
#include "util/osdep.h"
#include "system/timer.h"

typedef struct ClockList {
    GMutex lock;                /* active, and the timers in it */
    Timer *active;              /* by expiry */
} ClockList;

static ClockList lists[CLOCK_TYPES];

static struct {
    GMutex lock;                /* all of this */
    bool running;
    bool manual;
    int64_t offset;             /* running: virtual - real; else: virtual */
} virtual;

static void (*notify_fn)(ClockType clock, void *opaque);
static void *notify_opaque;

static int64_t now_of(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return ts.tv_sec * NANOSECONDS_PER_SECOND + ts.tv_nsec;
}

static bool ticking_locked(void)
{
    return virtual.running && !virtual.manual;
}

static int64_t virtual_now_locked(void)
{
    return virtual.offset + (ticking_locked() ? now_of(CLOCK_MONOTONIC) : 0);
}

/* Changes how the virtual clock runs without a jump. */
static void virtual_change(bool running, bool manual)
{
    int64_t now;

    g_mutex_lock(&virtual.lock);
    now = virtual_now_locked();
    virtual.running = running;
    virtual.manual = manual;
    virtual.offset = now - (ticking_locked() ? now_of(CLOCK_MONOTONIC) : 0);
    g_mutex_unlock(&virtual.lock);
}

static void notify(ClockType clock)
{
    if (notify_fn) {
        notify_fn(clock, notify_opaque);
    }
}

int64_t clock_get_ns(ClockType clock)
{
    int64_t now;

    switch (clock) {
    case CLOCK_TYPE_REALTIME:
        return now_of(CLOCK_MONOTONIC);
    case CLOCK_TYPE_HOST:
        return now_of(CLOCK_REALTIME);
    default:
        g_mutex_lock(&virtual.lock);
        now = virtual_now_locked();
        g_mutex_unlock(&virtual.lock);
        return now;
    }
}

void virtual_clock_start(void)
{
    virtual_change(true, virtual.manual);
    notify(CLOCK_TYPE_VIRTUAL);
}

void virtual_clock_stop(void)
{
    virtual_change(false, virtual.manual);
}

void virtual_clock_set_manual(bool manual)
{
    virtual_change(virtual.running, manual);
    notify(CLOCK_TYPE_VIRTUAL);
}

bool virtual_clock_is_manual(void)
{
    return virtual.manual;
}

void virtual_clock_set_ns(int64_t ns)
{
    g_mutex_lock(&virtual.lock);
    virtual.offset = ns - (ticking_locked() ? now_of(CLOCK_MONOTONIC) : 0);
    g_mutex_unlock(&virtual.lock);
    notify(CLOCK_TYPE_VIRTUAL);
}

void timer_init_full(Timer *t, ClockType clock, int scale, TimerCallback *cb,
                     void *opaque)
{
    *t = (Timer){
        .clock = clock,
        .scale = scale,
        .expire_ns = -1,
        .cb = cb,
        .opaque = opaque,
    };
}

Timer *timer_new(ClockType clock, int scale, TimerCallback *cb, void *opaque)
{
    Timer *t = g_new(Timer, 1);

    timer_init_full(t, clock, scale, cb, opaque);
    return t;
}

void timer_free(Timer *t)
{
    if (t) {
        timer_del(t);
        g_free(t);
    }
}

static void remove_locked(ClockList *list, Timer *t)
{
    if (t->expire_ns < 0) {
        return;
    }
    for (Timer **at = &list->active; *at; at = &(*at)->next) {
        if (*at == t) {
            *at = t->next;
            break;
        }
    }
    t->next = NULL;
    __atomic_store_n(&t->expire_ns, -1, __ATOMIC_RELAXED);
}

/* True when it is the first now. */
static bool insert_locked(ClockList *list, Timer *t, int64_t expire_ns)
{
    Timer **at = &list->active;

    __atomic_store_n(&t->expire_ns, MAX(expire_ns, 0), __ATOMIC_RELAXED);
    while (*at && (*at)->expire_ns <= t->expire_ns) {
        at = &(*at)->next;
    }
    t->next = *at;
    *at = t;
    return at == &list->active;
}

static void set_timer(Timer *t, int64_t expire_ns, bool only_earlier)
{
    ClockList *list = &lists[t->clock];
    bool first = false;

    g_mutex_lock(&list->lock);
    if (!only_earlier || t->expire_ns < 0 || t->expire_ns > expire_ns) {
        remove_locked(list, t);
        first = insert_locked(list, t, expire_ns);
    }
    g_mutex_unlock(&list->lock);
    if (first) {
        notify(t->clock);
    }
}

void timer_mod_ns(Timer *t, int64_t expire_ns)
{
    set_timer(t, expire_ns, false);
}

void timer_mod(Timer *t, int64_t expire)
{
    int64_t ns;

    if (__builtin_mul_overflow(expire, (int64_t)t->scale, &ns)) {
        ns = expire < 0 ? 0 : INT64_MAX;
    }
    set_timer(t, ns, false);
}

void timer_mod_anticipate_ns(Timer *t, int64_t expire_ns)
{
    set_timer(t, expire_ns, true);
}

void timer_del(Timer *t)
{
    ClockList *list = &lists[t->clock];

    g_mutex_lock(&list->lock);
    remove_locked(list, t);
    g_mutex_unlock(&list->lock);
}

int64_t timer_expire_time_ns(const Timer *t)
{
    return __atomic_load_n(&t->expire_ns, __ATOMIC_RELAXED);
}

bool timer_pending(const Timer *t)
{
    return timer_expire_time_ns(t) >= 0;
}

bool timer_expired(const Timer *t, int64_t now_ns)
{
    int64_t at = timer_expire_time_ns(t);

    return at >= 0 && at <= now_ns;
}

static int64_t first_expiry(ClockType clock)
{
    ClockList *list = &lists[clock];
    int64_t at;

    g_mutex_lock(&list->lock);
    at = list->active ? list->active->expire_ns : -1;
    g_mutex_unlock(&list->lock);
    return at;
}

int64_t timers_deadline_ns(ClockType clock)
{
    int64_t at = first_expiry(clock), left;

    if (at < 0) {
        return -1;
    }
    /* One look at the clock: what is due between two would be negative. */
    left = at - clock_get_ns(clock);
    return MAX(left, 0);
}

static bool runs_by_itself(ClockType clock)
{
    bool yes = true;

    if (clock == CLOCK_TYPE_VIRTUAL) {
        g_mutex_lock(&virtual.lock);
        yes = ticking_locked();
        g_mutex_unlock(&virtual.lock);
    }
    return yes;
}

int64_t timers_deadline_all_ns(void)
{
    int64_t first = -1;

    for (ClockType c = 0; c < CLOCK_TYPES; c++) {
        int64_t d = runs_by_itself(c) ? timers_deadline_ns(c) : -1;

        if (d >= 0 && (first < 0 || d < first)) {
            first = d;
        }
    }
    return first;
}

/* The first timer if it is due at NOW, taken off; its callback comes with it,
 * as the timer itself may be freed before the call. */
static bool take_due(ClockType clock, int64_t now, TimerCallback **cb,
                     void **opaque)
{
    ClockList *list = &lists[clock];
    Timer *t;

    g_mutex_lock(&list->lock);
    t = list->active;
    if (t && t->expire_ns > now) {
        t = NULL;
    }
    if (t) {
        *cb = t->cb;
        *opaque = t->opaque;
        remove_locked(list, t);
    }
    g_mutex_unlock(&list->lock);
    return t != NULL;
}

/* A timer that sets itself to "now" again and again can't hold the loop. */
#define MOST_AT_ONCE 10000

static bool run_until(ClockType clock, int64_t now)
{
    TimerCallback *cb;
    void *opaque;
    int n = 0;

    while (n < MOST_AT_ONCE && take_due(clock, now, &cb, &opaque)) {
        cb(opaque);
        n++;
    }
    return n > 0;
}

bool timers_run(ClockType clock)
{
    return run_until(clock, clock_get_ns(clock));
}

bool timers_run_all(void)
{
    bool any = false;

    for (ClockType c = 0; c < CLOCK_TYPES; c++) {
        if (runs_by_itself(c)) {
            any |= timers_run(c);
        }
    }
    return any;
}

void timers_set_notify(void (*fn)(ClockType clock, void *opaque),
                       void *opaque)
{
    notify_fn = fn;
    notify_opaque = opaque;
}

int64_t virtual_clock_step(int64_t ns)
{
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL);
    int64_t end;

    if (!virtual_clock_is_manual()) {
        return now;
    }
    if (__builtin_add_overflow(now, MAX(ns, 0), &end)) {
        end = INT64_MAX;
    }
    for (;;) {
        int64_t next = first_expiry(CLOCK_TYPE_VIRTUAL);

        if (next < 0 || next > end) {
            break;
        }
        now = MAX(now, next);
        virtual_clock_set_ns(now);
        run_until(CLOCK_TYPE_VIRTUAL, now);
        if (timers_deadline_ns(CLOCK_TYPE_VIRTUAL) == 0) {
            break;      /* one never comes to rest: the rest has to wait */
        }
    }
    virtual_clock_set_ns(end);
    return end;
}

int64_t virtual_clock_step_next(void)
{
    int64_t next = timers_deadline_ns(CLOCK_TYPE_VIRTUAL);

    return virtual_clock_step(MAX(next, 0));
}
