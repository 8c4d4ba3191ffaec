/* SPDX-License-Identifier: MIT */
/*
 * System calls about signals in their 32-bit forms, old and rt.  They convert
 * the structures and leave the rest to the 64-bit handlers.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"
#include "linux-user/signal.h"

typedef struct SigAction32 {
    uint32_t handler, flags, restorer, mask[2];
} SigAction32;

typedef struct OldSigAction32 {
    uint32_t handler, mask, flags, restorer;
} OldSigAction32;

int64_t sys32_rt_sigaction(CPUX86State *env, const uint64_t a[6])
{
    GuestSigAction act, old;
    SigAction32 s;
    int64_t ret;

    if (a[1]) {
        if (copy_from_guest(&s, a[1], sizeof(s))) {
            return -EFAULT;
        }
        act = (GuestSigAction) {
            .handler = s.handler, .flags = s.flags, .restorer = s.restorer,
            .mask = s.mask[0] | (uint64_t)s.mask[1] << 32,
        };
    }
    ret = CALL(rt_sigaction, a[0], a[1] ? P(&act) : 0, P(&old), a[3]);
    if (ret == 0 && a[2]) {
        s = (SigAction32) {
            old.handler, old.flags, old.restorer, { old.mask, old.mask >> 32 }
        };
        ret = copy_to_guest(a[2], &s, sizeof(s));
    }
    return ret;
}

int64_t sys32_sigaction(CPUX86State *env, const uint64_t a[6])
{
    GuestSigAction act, old;
    OldSigAction32 s;
    int64_t ret;

    if (a[1]) {
        if (copy_from_guest(&s, a[1], sizeof(s))) {
            return -EFAULT;
        }
        act = (GuestSigAction) { s.handler, s.flags, s.restorer, s.mask };
    }
    ret = CALL(rt_sigaction, a[0], a[1] ? P(&act) : 0, P(&old), 8);
    if (ret == 0 && a[2]) {
        s = (OldSigAction32) {
            old.handler, old.mask, old.flags, old.restorer
        };
        ret = copy_to_guest(a[2], &s, sizeof(s));
    }
    return ret;
}

int64_t sys32_signal(CPUX86State *env, const uint64_t a[6])
{
    GuestSigAction act = {
        .handler = a[1], .flags = (unsigned)SA_RESETHAND | SA_NODEFER,
    }, old;
    int64_t ret = CALL(rt_sigaction, a[0], P(&act), P(&old), 8);

    return ret ? ret : (int64_t)old.handler;
}

int64_t sys32_sigprocmask(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set = 0, old;
    int64_t ret;

    if (a[1] && copy_from_guest(&set, a[1], 4)) {
        return -EFAULT;
    }
    if (a[1] && a[0] == SIG_SETMASK) {
        set |= task_of(env)->sigmask & ~0xffffffffull;
    }
    ret = CALL(rt_sigprocmask, a[0], a[1] ? P(&set) : 0, P(&old), 8);
    return ret == 0 && a[2] ? copy_to_guest(a[2], &old, 4) : ret;
}

int64_t sys32_sgetmask(CPUX86State *env, const uint64_t a[6])
{
    return (uint32_t)task_of(env)->sigmask;
}

int64_t sys32_ssetmask(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set = (uint32_t)a[0], old;
    int64_t ret = CALL(rt_sigprocmask, SIG_SETMASK, P(&set), P(&old), 8);

    return ret ? ret : (uint32_t)old;
}

int64_t sys32_sigpending(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set;
    int64_t ret = CALL(rt_sigpending, P(&set), 8);

    return ret ? ret : copy_to_guest(a[0], &set, 4);
}

int64_t sys32_sigsuspend(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set = (uint32_t)a[2];

    return CALL(rt_sigsuspend, P(&set), 8);
}

int64_t sys32_sigaltstack(CPUX86State *env, const uint64_t a[6])
{
    uint64_t sp = (uint32_t)env->regs[R_ESP];
    TaskState *t = task_of(env);
    GuestStack old = signal_get_altstack(t, sp), ss;
    Stack32 s;

    if (a[0]) {
        int err;
        if (copy_from_guest(&s, a[0], sizeof(s))) {
            return -EFAULT;
        }
        ss = (GuestStack) { .sp = s.sp, .flags = s.flags, .size = s.size };
        err = signal_set_altstack(t, &ss, sp, 2048);
        if (err) {
            return err;
        }
    }
    s = (Stack32) { old.sp, old.flags, old.size };
    return a[1] ? copy_to_guest(a[1], &s, sizeof(s)) : 0;
}

static int64_t timedwait(CPUX86State *env, const uint64_t a[6], uint64_t ts)
{
    uint8_t out[128];
    siginfo_t info;
    int64_t ret = CALL(rt_sigtimedwait, a[0], P(&info), ts, a[3]);

    if (ret > 0 && a[1]) {
        siginfo_to_32(&info, out);
        if (copy_to_guest(a[1], out, sizeof(out))) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys32_rt_sigtimedwait(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[2] && get_timespec32(&ts, a[2])) {
        return -EFAULT;
    }
    return timedwait(env, a, a[2] ? P(&ts) : 0);
}

int64_t sys32_rt_sigtimedwait_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[2] && get_timespec64(&ts, a[2])) {
        return -EFAULT;
    }
    return timedwait(env, a, a[2] ? P(&ts) : 0);
}

int64_t sys32_rt_sigqueueinfo(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    return siginfo_from_32(&info, a[2])
           ? -EFAULT : CALL(rt_sigqueueinfo, a[0], a[1], P(&info));
}

int64_t sys32_rt_tgsigqueueinfo(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    return siginfo_from_32(&info, a[3])
           ? -EFAULT : CALL(rt_tgsigqueueinfo, a[0], a[1], a[2], P(&info));
}

int64_t sys32_pidfd_send_signal(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    if (a[2] && siginfo_from_32(&info, a[2])) {
        return -EFAULT;
    }
    return CALL(pidfd_send_signal, a[0], a[1], a[2] ? P(&info) : 0, a[3]);
}
