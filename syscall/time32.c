/* SPDX-License-Identifier: MIT */
/* Clocks, timers and file times of a 32-bit guest, in both its time types. */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

int64_t sys32_time(CPUX86State *env, const uint64_t a[6])
{
    int32_t t = CALL(time, 0);

    return a[0] && put_guest(a[0], &t) ? -EFAULT : t;
}

int64_t sys32_stime(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts = { 0 };
    int32_t t;

    if (get_guest(&t, a[0])) {
        return -EFAULT;
    }
    ts.sec = t;
    return CALL(clock_settime, 0, P(&ts));
}

int64_t sys32_times(CPUX86State *env, const uint64_t a[6])
{
    int64_t v[4], ret = CALL(times, a[0] ? P(v) : 0);
    int32_t o[4];

    if (a[0]) {
        for (unsigned i = 0; i < 4; i++) {
            o[i] = v[i];
        }
        if (put_guest(a[0], &o)) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys32_gettimeofday(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 tv;
    int64_t ret = CALL(gettimeofday, P(&tv), a[1]);

    return ret == 0 && a[0] ? put_timespec32(a[0], &tv) : ret;
}

int64_t sys32_settimeofday(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 tv;

    if (a[0] && get_timespec32(&tv, a[0])) {
        return -EFAULT;
    }
    return CALL(settimeofday, a[0] ? P(&tv) : 0, a[1]);
}

int64_t sys32_getitimer(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it;
    int64_t ret = CALL(getitimer, a[0], P(&it));

    return ret ? ret : put_itimerspec32(a[1], &it);
}

int64_t sys32_setitimer(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it, old;
    int64_t ret;

    if (a[1] && get_itimerspec32(&it, a[1])) {
        return -EFAULT;
    }
    ret = CALL(setitimer, a[0], a[1] ? P(&it) : 0, a[2] ? P(&old) : 0);
    return ret == 0 && a[2] ? put_itimerspec32(a[2], &old) : ret;
}

/* struct timex: 20 words, then tai; ints have padding on x86-64. */
static int64_t timex(CPUX86State *env, uint64_t at, bool clock, uint64_t id)
{
    union { int64_t w[26]; int32_t i[52]; } t = { 0 };
    int32_t v[32];
    int64_t ret;

    if (get_guest(&v, at)) {
        return -EFAULT;
    }
    for (unsigned i = 0; i < 20; i++) {
        t.w[i] = v[i];
    }
    t.i[40] = v[20];
    ret = clock ? CALL(clock_adjtime, id, P(&t)) : CALL(adjtimex, P(&t));
    if (ret >= 0) {
        for (unsigned i = 0; i < 20; i++) {
            v[i] = t.w[i];
        }
        v[20] = t.i[40];
        if (put_guest(at, &v)) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys32_adjtimex(CPUX86State *env, const uint64_t a[6])
{
    return timex(env, a[0], false, 0);
}

int64_t sys32_clock_adjtime(CPUX86State *env, const uint64_t a[6])
{
    return timex(env, a[1], true, a[0]);
}

int64_t sys32_sched_rr_get_interval(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret = CALL(sched_rr_get_interval, a[0], P(&ts));

    return ret ? ret : put_timespec32(a[1], &ts);
}

/* ---- clocks -------------------------------------------------------------- */

int64_t sys32_clock_gettime(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret = CALL(clock_gettime, a[0], P(&ts));

    return ret ? ret : put_timespec32(a[1], &ts);
}

int64_t sys32_clock_getres(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret = CALL(clock_getres, a[0], P(&ts));

    return ret || !a[1] ? ret : put_timespec32(a[1], &ts);
}

int64_t sys32_clock_settime(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    return get_timespec32(&ts, a[1]) ? -EFAULT
                                     : CALL(clock_settime, a[0], P(&ts));
}

int64_t sys32_clock_settime64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    return get_timespec64(&ts, a[1]) ? -EFAULT
                                     : CALL(clock_settime, a[0], P(&ts));
}

/* The remaining time is wanted only if a signal ended the sleep. */
static int64_t put_rest(int64_t ret, vaddr at, const Timespec64 *rem)
{
    bool cut = ret == -EINTR || ret == -QEMU_ERESTARTNOHAND;

    return cut && at && put_timespec32(at, rem) ? -EFAULT : ret;
}

int64_t sys32_nanosleep(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts, rem = { 0 };
    int64_t ret;

    if (get_timespec32(&ts, a[0])) {
        return -EFAULT;
    }
    ret = CALL(nanosleep, P(&ts), P(&rem));
    return put_rest(ret, a[1], &rem);
}

int64_t sys32_clock_nanosleep(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts, rem = { 0 };
    int64_t ret;

    if (get_timespec32(&ts, a[2])) {
        return -EFAULT;
    }
    ret = CALL(clock_nanosleep, a[0], a[1], P(&ts), P(&rem));
    return put_rest(ret, a[1] & 1 ? 0 : a[3], &rem);
}

int64_t sys32_clock_nanosleep64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (get_timespec64(&ts, a[2])) {
        return -EFAULT;
    }
    return CALL(clock_nanosleep, a[0], a[1], P(&ts), a[3]);
}

/* ---- timers -------------------------------------------------------------- */

int64_t sys32_timer_create(CPUX86State *env, const uint64_t a[6])
{
    /* sigevent: value, signo, notify, thread id */
    struct { uint64_t value; int32_t signo, notify, tid, pad[11]; } ev = { 0 };
    int32_t v[4];

    if (!a[1]) {
        return CALL(timer_create, a[0], 0, a[2]);
    }
    if (get_guest(&v, a[1])) {
        return -EFAULT;
    }
    ev.value = (uint32_t)v[0];
    ev.signo = v[1];
    ev.notify = v[2];
    ev.tid = v[3];
    return CALL(timer_create, a[0], P(&ev), a[2]);
}

int64_t sys32_timer_gettime(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it;
    int64_t ret = CALL(timer_gettime, a[0], P(&it));

    return ret ? ret : put_itimerspec32(a[1], &it);
}

int64_t sys32_timer_settime(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it, old;
    int64_t ret;

    if (get_itimerspec32(&it, a[2])) {
        return -EFAULT;
    }
    ret = CALL(timer_settime, a[0], a[1], P(&it), a[3] ? P(&old) : 0);
    return ret == 0 && a[3] ? put_itimerspec32(a[3], &old) : ret;
}

int64_t sys32_timer_settime64(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it;

    return get_itimerspec64(&it, a[2])
           ? -EFAULT : CALL(timer_settime, a[0], a[1], P(&it), a[3]);
}

int64_t sys32_timerfd_gettime(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it;
    int64_t ret = CALL(timerfd_gettime, a[0], P(&it));

    return ret ? ret : put_itimerspec32(a[1], &it);
}

int64_t sys32_timerfd_settime(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it, old;
    int64_t ret;

    if (get_itimerspec32(&it, a[2])) {
        return -EFAULT;
    }
    ret = CALL(timerfd_settime, a[0], a[1], P(&it), a[3] ? P(&old) : 0);
    return ret == 0 && a[3] ? put_itimerspec32(a[3], &old) : ret;
}

int64_t sys32_timerfd_settime64(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 it;

    return get_itimerspec64(&it, a[2])
           ? -EFAULT : CALL(timerfd_settime, a[0], a[1], P(&it), a[3]);
}

/* ---- file times ---------------------------------------------------------- */

int64_t sys32_utime(CPUX86State *env, const uint64_t a[6])
{
    int64_t w[2];
    int32_t v[2];

    if (!a[1]) {
        return CALL(utime, a[0], 0);
    }
    if (get_guest(&v, a[1])) {
        return -EFAULT;
    }
    w[0] = v[0];
    w[1] = v[1];
    return CALL(utime, a[0], P(w));
}

int64_t sys32_utimes(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 tv;

    if (a[1] && get_itimerspec32(&tv, a[1])) {
        return -EFAULT;
    }
    return CALL(utimes, a[0], a[1] ? P(&tv) : 0);
}

int64_t sys32_futimesat(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 tv;

    if (a[2] && get_itimerspec32(&tv, a[2])) {
        return -EFAULT;
    }
    return CALL(futimesat, (int)a[0], a[1], a[2] ? P(&tv) : 0);
}

int64_t sys32_utimensat(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 ts;

    if (a[2] && get_itimerspec32(&ts, a[2])) {
        return -EFAULT;
    }
    return CALL(utimensat, (int)a[0], a[1], a[2] ? P(&ts) : 0, a[3]);
}

int64_t sys32_utimensat64(CPUX86State *env, const uint64_t a[6])
{
    Itimerspec64 ts;

    if (a[2] && get_itimerspec64(&ts, a[2])) {
        return -EFAULT;
    }
    return CALL(utimensat, (int)a[0], a[1], a[2] ? P(&ts) : 0, a[3]);
}
