/* SPDX-License-Identifier: MIT */
/*
 * getrlimit, setrlimit, prlimit64.  Limits on address space, data and stack
 * describe the guest's memory; in force on the host they would starve the
 * translator.  They are remembered instead, checked as the kernel checks
 * them.  A stack limit is also given to the host, for programs executed later
 * to inherit, but never below what the emulator's own stack needs.
 * Resource numbers are x86-64's, which are those of every supported host.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/limits.h"
#include "syscall/uaccess.h"

#include <pthread.h>

#define MIN_HOST_STACK (1024 * 1024)

static struct {
    bool set;
    struct rlimit r;
} kept[RLIM_NLIMITS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_kept(unsigned resource)
{
    return resource == RLIMIT_AS || resource == RLIMIT_DATA ||
           resource == RLIMIT_STACK;
}

static void get_locked(int resource, struct rlimit *out)
{
    if (is_kept(resource) && kept[resource].set) {
        *out = kept[resource].r;
    } else {
        getrlimit(resource, out);
    }
}

void limits_get(int resource, struct rlimit *out)
{
    pthread_mutex_lock(&lock);
    get_locked(resource, out);
    pthread_mutex_unlock(&lock);
}

static void inherit_stack(const struct rlimit *r)
{
    struct rlimit host, want = *r;

    if (getrlimit(RLIMIT_STACK, &host) < 0) {
        return;
    }
    want.rlim_max = MAX(want.rlim_max, MIN(host.rlim_max, MIN_HOST_STACK));
    want.rlim_cur = MIN(MAX(want.rlim_cur, MIN_HOST_STACK), want.rlim_max);
    setrlimit(RLIMIT_STACK, &want);
}

static int64_t set_kept(int resource, const struct rlimit *r)
{
    struct rlimit old;
    int64_t ret = 0;

    if (r->rlim_cur > r->rlim_max) {
        return -EINVAL;
    }
    pthread_mutex_lock(&lock);
    get_locked(resource, &old);
    if (r->rlim_max > old.rlim_max && geteuid() != 0) {
        ret = -EPERM;
    } else {
        kept[resource].r = *r;
        kept[resource].set = true;
        if (resource == RLIMIT_STACK) {
            inherit_stack(r);
        }
    }
    pthread_mutex_unlock(&lock);
    return ret;
}

int64_t sys_prlimit64(CPUX86State *env, const uint64_t a[6])
{
    unsigned resource = a[1];
    struct rlimit old, new;
    int64_t ret;

    if (!is_kept(resource) || ((int)a[0] != 0 && (int)a[0] != getpid())) {
        return host_syscall(__NR_prlimit64, a[0], a[1], a[2], a[3], 0, 0);
    }
    if (a[2] && get_guest(&new, a[2]) < 0) {
        return -EFAULT;
    }
    limits_get(resource, &old);
    if (a[2]) {
        ret = set_kept(resource, &new);
        if (ret < 0) {
            return ret;
        }
    }
    return a[3] ? put_guest(a[3], &old) : 0;
}

int64_t sys_getrlimit(CPUX86State *env, const uint64_t a[6])
{
    struct rlimit r;

    if (!is_kept(a[0])) {
        /* prlimit64 takes a null pointer for "not wanted". */
        return host_syscall(__NR_prlimit64, 0, a[0], 0, a[1] ? a[1] : 1, 0,
                            0);
    }
    limits_get(a[0], &r);
    return put_guest(a[1], &r);
}

int64_t sys_setrlimit(CPUX86State *env, const uint64_t a[6])
{
    struct rlimit r;

    if (!is_kept(a[0])) {
        return host_syscall(__NR_prlimit64, 0, a[0], a[1] ? a[1] : 1, 0, 0,
                            0);
    }
    if (get_guest(&r, a[1]) < 0) {
        return -EFAULT;
    }
    return set_kept(a[0], &r);
}
