/* SPDX-License-Identifier: MIT */
/*
 * Clocks and sleeping.  The clocks go through the C library, whose vdso call
 * is cheaper than the kernel's.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/time.h>
#include <time.h>

/* Above are per-process and device clocks, which the kernel knows best. */
#define PLAIN_CLOCKS 12

int64_t sys_clock_gettime(CPUX86State *env, const uint64_t a[6])
{
    struct timespec ts;

    if ((uint32_t)a[0] >= PLAIN_CLOCKS) {
        guest_prepare_write(a[1], sizeof(ts));
        return host_syscall(__NR_clock_gettime, a[0], a[1], 0, 0, 0, 0);
    }
    if (clock_gettime((clockid_t)a[0], &ts) < 0) {
        return -errno;
    }
    return put_guest(a[1], &ts);
}

int64_t sys_gettimeofday(CPUX86State *env, const uint64_t a[6])
{
    struct timespec ts;
    struct timeval tv;

    if (a[0]) {
        clock_gettime(CLOCK_REALTIME, &ts);
        tv.tv_sec = ts.tv_sec;
        tv.tv_usec = ts.tv_nsec / 1000;
        if (put_guest(a[0], &tv) < 0) {
            return -EFAULT;
        }
    }
    if (a[1]) {
        guest_prepare_write(a[1], sizeof(struct timezone));
        return host_syscall(__NR_gettimeofday, 0, a[1], 0, 0, 0, 0);
    }
    return 0;
}

int64_t sys_time(CPUX86State *env, const uint64_t a[6])
{
    struct timespec ts;
    int64_t t;

    clock_gettime(CLOCK_REALTIME_COARSE, &ts);
    t = ts.tv_sec;
    if (a[0] && put_guest(a[0], &t) < 0) {
        return -EFAULT;
    }
    return t;
}

/* If the sleep did not begin because of a signal, the whole of it remains. */
static int64_t never_slept(vaddr req, vaddr rem)
{
    struct timespec ts;

    if (rem && get_guest(&ts, req) == 0 && put_guest(rem, &ts) < 0) {
        return -EFAULT;
    }
    return -QEMU_ERESTARTNOHAND;
}

int64_t sys_nanosleep(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret;

    guest_prepare_write(a[1], a[1] ? sizeof(struct timespec) : 0);
    ret = safe_syscall(&env->h.exit_request, __NR_nanosleep, a[0], a[1], 0, 0,
                       0, 0);
    return ret == -QEMU_ERESTARTSYS ? never_slept(a[0], a[1]) : ret;
}

int64_t sys_clock_nanosleep(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret;

    guest_prepare_write(a[3], a[3] ? sizeof(struct timespec) : 0);
    ret = safe_syscall(&env->h.exit_request, __NR_clock_nanosleep, a[0], a[1],
                       a[2], a[3], 0, 0);
    if (ret == -QEMU_ERESTARTSYS) {
        return never_slept(a[2], a[1] & TIMER_ABSTIME ? 0 : a[3]);
    }
    return ret;
}
