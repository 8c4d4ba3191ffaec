/* SPDX-License-Identifier: MIT */
/* System calls about signals; the kernel's checks in the kernel's order. */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/order.h"
#include "linux-user/signal.h"
#include <sys/syscall.h>

#define SIGSET_SIZE 8
/* SA_* the kernel keeps; it clears what it does not know. */
#define SA_KNOWN (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | \
                  SA_RESTART | SA_NODEFER | (uint64_t)(unsigned)SA_RESETHAND | \
                  0x04000000u /* SA_RESTORER */ | 0x800 /* EXPOSE_TAGBITS */)

int64_t sys_rt_sigaction(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    GuestSigAction act, old;
    int sig = a[0];

    if (a[3] != SIGSET_SIZE) {
        return -EINVAL;
    }
    if (a[1] && get_words((uint64_t *)&act, a[1], 4)) {
        return -EFAULT;
    }
    if (sig < 1 || sig > GUEST_NSIG ||
        (a[1] && (sig_bit(sig) & SIGMASK_NEVER))) {
        return -EINVAL;
    }
    pthread_mutex_lock(&t->sighand->lock);
    old = t->sighand->action[sig - 1];
    if (a[1]) {
        act.flags &= SA_KNOWN;
        act.mask &= ~SIGMASK_NEVER;
        t->sighand->action[sig - 1] = act;
        signal_host_action(sig, &act);
        /* Ignoring a signal drops what is pending of it. */
        if (act.handler == (uintptr_t)SIG_IGN) {
            int i = signal_sync_index(sig);
            if (i >= 0) {
                __atomic_fetch_and(&t->queued, ~(1u << i), __ATOMIC_SEQ_CST);
            }
        }
    }
    pthread_mutex_unlock(&t->sighand->lock);
    if (a[2] && put_words(a[2], (uint64_t *)&old, 4)) {
        return -EFAULT;
    }
    return 0;
}

int64_t sys_rt_sigprocmask(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    uint64_t old = t->sigmask, set, mask = old;

    if (a[3] != SIGSET_SIZE) {
        return -EINVAL;
    }
    if (a[1]) {
        if (get_words(&set, a[1], 1)) {
            return -EFAULT;
        }
        switch ((int)a[0]) {
        case SIG_BLOCK:
            mask |= set;
            break;
        case SIG_UNBLOCK:
            mask &= ~set;
            break;
        case SIG_SETMASK:
            mask = set;
            break;
        default:
            return -EINVAL;
        }
        mask &= ~SIGMASK_NEVER;
        if (mask != old) {
            t->sigmask = mask;
            if (!t->host_blocked) {
                signal_sync_host_mask(t);
            }
            if (signal_deliverable(t)) {
                tcg_request_exit(&env->h);
            }
        }
    }
    if (a[2] && put_words(a[2], &old, 1)) {
        return -EFAULT;
    }
    return 0;
}

int64_t sys_rt_sigpending(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    uint64_t set = 0;

    if (a[1] > SIGSET_SIZE) {
        return -EINVAL;
    }
    syscall(SYS_rt_sigpending, &set, sizeof(set));
    for (int i = 0; i < NB_SYNC; i++) {
        if (t->queued & (1u << i)) {
            set |= sig_bit(t->slot[i].si_signo);
        }
    }
    set = le64(set & t->sigmask);
    return copy_to_guest(a[0], &set, a[1]);
}

int64_t sys_rt_sigsuspend(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set, host_set;
    int64_t ret;

    if (a[1] != SIGSET_SIZE) {
        return -EINVAL;
    }
    if (get_words(&set, a[0], 1)) {
        return -EFAULT;
    }
    process_sigmask_begin(env, set, &host_set);
    do {
        ret = safe_syscall(&env->h.exit_request, SYS_rt_sigsuspend,
                           (long)&host_set, sizeof(host_set), 0, 0, 0, 0);
        /* Woken for nothing the guest sees? */
    } while (ret == -EINTR && !env->h.exit_request);
    process_sigmask_end(env, ret);
    return ret == -EINTR || ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND
                                                     : ret;
}

int64_t sys_pause(CPUX86State *env, const uint64_t a[6])
{
    long ret;

    /* ppoll(NULL, 0, NULL, NULL) exists on every host. */
    do {
        ret = safe_syscall(&env->h.exit_request, SYS_ppoll, 0, 0, 0, 0, 8, 0);
    } while (ret == -EINTR && !env->h.exit_request);
    return -QEMU_ERESTARTNOHAND;
}

/* A queued fault-type signal of set, which the host knows nothing of. */
static bool take_queued(TaskState *t, uint64_t set, siginfo_t *info)
{
    for (int i = 0; i < NB_SYNC; i++) {
        if ((t->queued & (1u << i)) && (set & sig_bit(t->slot[i].si_signo))) {
            *info = t->slot[i];
            __atomic_fetch_and(&t->queued, ~(1u << i), __ATOMIC_SEQ_CST);
            return true;
        }
    }
    return false;
}

int64_t sys_rt_sigtimedwait(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    siginfo_t info = { 0 };
    uint64_t set, ts[2];
    uint8_t guest[128];
    int64_t ret;

    if (a[3] != SIGSET_SIZE) {
        return -EINVAL;
    }
    if (get_words(&set, a[0], 1) || (a[2] && get_words(ts, a[2], 2))) {
        return -EFAULT;
    }
    set &= ~SIGMASK_NEVER;
    if (a[2] && ((int64_t)ts[0] < 0 || ts[1] >= 1000000000)) {
        return -EINVAL;
    }
    if (take_queued(t, set, &info)) {
        ret = info.si_signo;
    } else {
        ret = safe_syscall(&env->h.exit_request, SYS_rt_sigtimedwait,
                           (long)&set, (long)&info, a[2] ? (long)ts : 0,
                           sizeof(set), 0, 0);
        if (ret < 0 && ret != -EAGAIN && take_queued(t, set, &info)) {
            ret = info.si_signo;
        }
    }
    if (ret > 0 && a[1]) {
        siginfo_to_guest(&info, guest);
        if (copy_to_guest(a[1], guest, sizeof(guest))) {
            return -EFAULT;
        }
    }
    return ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND : ret;
}

/* ---- sending ------------------------------------------------------------- */

static int64_t raw(long ret)
{
    return ret < 0 ? -errno : ret;
}

int64_t sys_kill(CPUX86State *env, const uint64_t a[6])
{
    return raw(syscall(SYS_kill, (int)a[0], (int)a[1]));
}

int64_t sys_tkill(CPUX86State *env, const uint64_t a[6])
{
    return raw(syscall(SYS_tkill, (int)a[0], (int)a[1]));
}

int64_t sys_tgkill(CPUX86State *env, const uint64_t a[6])
{
    return raw(syscall(SYS_tgkill, (int)a[0], (int)a[1], (int)a[2]));
}

/* The siginfo at addr for the host's call: the guest's own, or *copy. */
static long info_for_host(uint64_t addr, siginfo_t *copy)
{
    uint8_t guest[128];

    if (!HOST_BIG_ENDIAN || !addr || copy_from_guest(guest, addr, 128)) {
        return addr;
    }
    siginfo_from_guest(guest, copy);
    return (long)copy;
}

int64_t sys_rt_sigqueueinfo(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    return raw(syscall(SYS_rt_sigqueueinfo, (int)a[0], (int)a[1],
                       info_for_host(a[2], &info)));
}

int64_t sys_rt_tgsigqueueinfo(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    return raw(syscall(SYS_rt_tgsigqueueinfo, (int)a[0], (int)a[1],
                       (int)a[2], info_for_host(a[3], &info)));
}

int64_t sys_pidfd_send_signal(CPUX86State *env, const uint64_t a[6])
{
    siginfo_t info;

    return raw(syscall(SYS_pidfd_send_signal, (int)a[0], (int)a[1],
                       info_for_host(a[2], &info), (unsigned)a[3]));
}
