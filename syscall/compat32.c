/* SPDX-License-Identifier: MIT */
/* The structures that many 32-bit system calls share. */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

int get_timespec32(Timespec64 *ts, vaddr at)
{
    int32_t v[2];

    if (get_guest(&v, at)) {
        return -EFAULT;
    }
    *ts = (Timespec64) { v[0], v[1] };
    return 0;
}

int get_timespec64(Timespec64 *ts, vaddr at)
{
    if (get_guest(ts, at)) {
        return -EFAULT;
    }
    ts->nsec = (uint32_t)ts->nsec;
    return 0;
}

int put_timespec32(vaddr at, const Timespec64 *ts)
{
    const int32_t v[2] = { ts->sec, ts->nsec };

    return put_guest(at, &v);
}

int get_itimerspec32(Itimerspec64 *it, vaddr at)
{
    return get_timespec32(&it->interval, at) ||
           get_timespec32(&it->value, at + 8) ? -EFAULT : 0;
}

int get_itimerspec64(Itimerspec64 *it, vaddr at)
{
    return get_timespec64(&it->interval, at) ||
           get_timespec64(&it->value, at + 16) ? -EFAULT : 0;
}

int put_itimerspec32(vaddr at, const Itimerspec64 *it)
{
    return put_timespec32(at, &it->interval) ||
           put_timespec32(at + 8, &it->value) ? -EFAULT : 0;
}

int put_rusage32(vaddr at, const int64_t ru[18])
{
    int32_t v[18];

    for (unsigned i = 0; i < 18; i++) {
        v[i] = ru[i];
    }
    return put_guest(at, &v);
}

Iovec64 *get_iovec32(vaddr at, uint64_t count, bool writes, int *err)
{
    struct { uint32_t base, len; } v;
    Iovec64 *out;

    *err = 0;
    if (count > 1024) {
        *err = -EINVAL;
        return NULL;
    }
    out = g_new0(Iovec64, count + 1);
    for (uint64_t i = 0; i < count; i++) {
        if (get_guest(&v, at + i * 8)) {
            *err = -EFAULT;
        } else if ((int32_t)v.len < 0) {
            *err = -EINVAL;
        }
        if (*err) {
            g_free(out);
            return NULL;
        }
        out[i] = (Iovec64) { v.base, v.len };
        if (writes && v.len) {
            guest_prepare_write(v.base, v.len);
        }
    }
    return out;
}

/* ---- siginfo ------------------------------------------------------------- */

/* The union starts at 12 instead of 16 and its longs have half the size. */
void siginfo_to_32(const siginfo_t *info, uint8_t out[128])
{
    uint32_t *o = (uint32_t *)out;
    int sig = info->si_signo, code = info->si_code;

    memset(out, 0, 128);
    o[0] = sig;
    o[1] = info->si_errno;
    o[2] = code;
    if (code == SI_TIMER) {
        o[3] = info->si_timerid;
        o[4] = info->si_overrun;
        o[5] = (uintptr_t)info->si_value.sival_ptr;
    } else if (code <= 0) {
        o[3] = info->si_pid;
        o[4] = info->si_uid;
        o[5] = (uintptr_t)info->si_value.sival_ptr;
    } else if (code == SI_KERNEL) {
        o[3] = (uintptr_t)info->si_addr;
    } else if (sig == SIGCHLD) {
        o[3] = info->si_pid;
        o[4] = info->si_uid;
        o[5] = info->si_status;
        o[6] = info->si_utime;
        o[7] = info->si_stime;
    } else if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE ||
               sig == SIGILL || sig == SIGTRAP) {
        o[3] = (uintptr_t)info->si_addr;
        if (sig == SIGBUS) {
            o[4] = (uint16_t)info->si_addr_lsb;
        } else if (sig == SIGSEGV && code == SEGV_BNDERR) {
            o[5] = (uintptr_t)info->si_lower;
            o[6] = (uintptr_t)info->si_upper;
        }
    } else if (sig == SIGPOLL) {
        o[3] = info->si_band;
        o[4] = info->si_fd;
    } else if (sig == SIGSYS) {
        o[3] = (uintptr_t)info->si_call_addr;
        o[4] = info->si_syscall;
        o[5] = info->si_arch;
    } else {
        o[3] = info->si_pid;
        o[4] = info->si_uid;
        o[5] = (uintptr_t)info->si_value.sival_ptr;
    }
}

int siginfo_from_32(siginfo_t *info, vaddr at)
{
    uint32_t v[32];

    if (get_guest(&v, at)) {
        return -EFAULT;
    }
    memset(info, 0, sizeof(*info));
    info->si_signo = v[0];
    info->si_errno = v[1];
    info->si_code = v[2];
    info->si_pid = v[3];
    info->si_uid = v[4];
    info->si_value.sival_ptr = (void *)(uintptr_t)v[5];
    return 0;
}
