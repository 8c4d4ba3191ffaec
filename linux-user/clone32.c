/* SPDX-License-Identifier: MIT */
/*
 * What differs for a 32-bit guest's threads and processes: clone's argument
 * order, 32-bit robust lists and argument vectors.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include <sched.h>
#include <sys/syscall.h>

#define ROBUST_LIMIT    2048
#define MAX_STRINGS     (1 << 20)

static pid_t host_gettid(void)
{
    return syscall(SYS_gettid);
}

/* i386 has the TLS argument before the child's tid address. */
int64_t sys32_clone(CPUX86State *env, const uint64_t a[6])
{
    const uint64_t b[6] = { a[0], a[1], a[2], a[4], a[3] };

    if (a[0] & CLONE_SETTLS) {
        int err = clone32_check_tls(a[3]);
        if (err) {
            return err;
        }
    }
    return sys_clone(env, b);
}

/* ---- robust futexes ------------------------------------------------------ */

int64_t sys32_set_robust_list(CPUX86State *env, const uint64_t a[6])
{
    if (a[1] != 12) {
        return -EINVAL;
    }
    task_of(env)->robust_list = a[0];
    return 0;
}

int64_t sys32_get_robust_list(CPUX86State *env, const uint64_t a[6])
{
    uint32_t head = task_of(env)->robust_list, len = 12;

    if (a[0] && (int)a[0] != host_gettid()) {
        return -EPERM;      /* the kernel does not know other threads' */
    }
    if (copy_to_guest(a[2], &len, 4) || copy_to_guest(a[1], &head, 4)) {
        return -EFAULT;
    }
    return 0;
}

void robust_list_walk32(TaskState *t)
{
    uint32_t head[3], entry, next;
    uint32_t tid = host_gettid();
    unsigned limit = ROBUST_LIMIT;

    if (!t->robust_list || copy_from_guest(head, t->robust_list, 12)) {
        return;
    }
    for (entry = head[0]; (entry & ~1u) != t->robust_list && limit--;
         entry = next) {
        bool ok = copy_from_guest(&next, entry & ~1u, 4) == 0;
        if ((entry & ~1u) != (head[2] & ~1u) &&
            !robust_death(entry, (int32_t)head[1], tid)) {
            return;
        }
        if (!ok) {
            return;
        }
    }
    if (head[2]) {
        robust_death(head[2], (int32_t)head[1], tid);
    }
}

/* ---- execve -------------------------------------------------------------- */

/* A vector of 64-bit pointers to the strings of a 32-bit one; NULL: *err. */
static uint64_t *widen_vector(uint64_t v, int *err)
{
    GArray *out = g_array_new(false, false, sizeof(uint64_t));
    uint64_t wide = 0;
    uint32_t p = 0;

    *err = 0;
    do {
        if (v && copy_from_guest(&p, v, 4)) {
            *err = -EFAULT;
        } else if (out->len > MAX_STRINGS) {
            *err = -E2BIG;
        }
        wide = p;
        g_array_append_val(out, wide);
        v += v ? 4 : 0;
    } while (p && !*err);
    return (uint64_t *)g_array_free(out, false);
}

static int64_t exec_wide(CPUX86State *env, SysHandler *fn, const uint64_t a[6],
                         unsigned at)
{
    TaskState *t = task_of(env);
    uint64_t b[6], *v[2];
    int err[2];
    int64_t ret;

    memcpy(b, a, sizeof(b));
    for (unsigned i = 0; i < 2; i++) {
        v[i] = widen_vector(a[at + i], &err[i]);
        b[at + i] = (uintptr_t)v[i];
    }
    ret = err[0] ? err[0] : err[1];
    /* A vfork child's memory is its parent's, who frees it. */
    if (t->garbage) {
        g_ptr_array_add(t->garbage, v[0]);
        g_ptr_array_add(t->garbage, v[1]);
    }
    if (!ret) {
        ret = fn(env, b);
    }
    if (!t->garbage) {
        g_free(v[0]);
        g_free(v[1]);
    }
    return ret;
}

int64_t sys32_execve(CPUX86State *env, const uint64_t a[6])
{
    return exec_wide(env, sys_execve, a, 1);
}

int64_t sys32_execveat(CPUX86State *env, const uint64_t a[6])
{
    return exec_wide(env, sys_execveat, a, 2);
}

/* ---- memory -------------------------------------------------------------- */

int64_t sys32_mmap2(CPUX86State *env, const uint64_t a[6])
{
    const uint64_t b[6] = { a[0], a[1], a[2], a[3], a[4], a[5] << 12 };

    return sys_mmap(env, b);
}

/* The old call: six words in memory. */
int64_t sys32_mmap(CPUX86State *env, const uint64_t a[6])
{
    uint32_t w[6];

    if (copy_from_guest(w, a[0], sizeof(w))) {
        return -EFAULT;
    }
    const uint64_t b[6] = { w[0], w[1], w[2], w[3], w[4], w[5] };
    return w[5] & ~TARGET_PAGE_MASK ? -EINVAL : sys_mmap(env, b);
}
