/* SPDX-License-Identifier: MIT */
/*
 * What differs for a 32-bit guest's threads and processes: thread-local
 * storage in three GDT entries, 32-bit robust lists and argument vectors.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include <sched.h>
#include <sys/syscall.h>

#define TLS_FIRST       12
#define TLS_NB          3
#define ROBUST_LIMIT    2048
#define MAX_STRINGS     (1 << 20)

static pid_t host_gettid(void)
{
    return syscall(SYS_gettid);
}

typedef struct UserDesc {
    uint32_t entry, base, limit;
    uint32_t flags;     /* seg_32bit 0, contents 1-2, read_exec_only 3,
                           limit_in_pages 4, seg_not_present 5, useable 6 */
} UserDesc;

enum { UD_32BIT = 1, UD_CONTENTS_SHIFT = 1, UD_RX_ONLY = 8, UD_PAGES = 16,
       UD_ABSENT = 32, UD_USEABLE = 64 };

static bool desc_empty(const UserDesc *d)
{
    return (!d->base && !d->limit && !d->flags) ||
           (!d->base && !d->limit && (d->flags & 0x7f) ==
            (UD_RX_ONLY | UD_ABSENT));
}

static bool desc_ok(const UserDesc *d)
{
    unsigned contents = d->flags >> UD_CONTENTS_SHIFT & 3;

    /* 32-bit data segments; the kernel refuses code and 16-bit ones. */
    return desc_empty(d) ||
           ((d->flags & UD_32BIT) && contents <= 1 && !(d->flags & UD_ABSENT));
}

static void desc_put(SegmentCache *s, const UserDesc *d)
{
    if (desc_empty(d)) {
        *s = (SegmentCache) { 0 };
        return;
    }
    *s = (SegmentCache) {
        .base = d->base,
        .limit = d->flags & UD_PAGES ? d->limit << 12 | 0xfff : d->limit,
        .flags = 0x0040f100 | (d->flags & UD_RX_ONLY ? 0 : 0x200) |
                 (d->flags >> UD_CONTENTS_SHIFT & 1 ? 0x400 : 0) |
                 (d->flags & UD_PAGES ? 0x00800000 : 0) |
                 (d->flags & UD_USEABLE ? 0x00100000 : 0) |
                 (d->limit & 0xf0000),
    };
}

/* Segment registers that hold the changed selector see it at once, as at the
 * next return from the kernel. */
static void reload_segments(CPUX86State *env)
{
    for (unsigned i = 0; i < 6; i++) {
        unsigned index = env->segs[i].selector >> 3;
        SegmentCache s;
        if (index >= TLS_FIRST && index < TLS_FIRST + TLS_NB) {
            x86_user_descriptor(env, i, env->segs[i].selector, &s);
            env->segs[i] = s;
        }
    }
    env->h.mode = (env->h.mode & ~(uint64_t)HF_SEG_BITS) |
                  x86_user_mode_bits(env);
}

int64_t sys32_set_thread_area(CPUX86State *env, const uint64_t a[6])
{
    UserDesc d;

    if (copy_from_guest(&d, a[0], sizeof(d))) {
        return -EFAULT;
    }
    if (!desc_ok(&d)) {
        return -EINVAL;
    }
    if (d.entry == UINT32_MAX) {
        uint32_t i = 0;
        while (i < TLS_NB && env->tls[i].flags) {
            i++;
        }
        if (i == TLS_NB) {
            return -ESRCH;
        }
        d.entry = TLS_FIRST + i;
        if (copy_to_guest(a[0], &d.entry, 4)) {
            return -EFAULT;
        }
    }
    if (d.entry - TLS_FIRST >= TLS_NB) {
        return -EINVAL;
    }
    desc_put(&env->tls[d.entry - TLS_FIRST], &d);
    reload_segments(env);
    return 0;
}

int64_t sys32_get_thread_area(CPUX86State *env, const uint64_t a[6])
{
    const SegmentCache *s;
    UserDesc d = { 0 };

    if (copy_from_guest(&d.entry, a[0], 4)) {
        return -EFAULT;
    }
    if (d.entry - TLS_FIRST >= TLS_NB) {
        return -EINVAL;
    }
    s = &env->tls[d.entry - TLS_FIRST];
    d.base = s->base;
    d.limit = s->flags & 0x00800000 ? s->limit >> 12 : s->limit;
    d.flags = !s->flags ? UD_RX_ONLY | UD_ABSENT
            : (s->flags & 0x00400000 ? UD_32BIT : 0) |
              (s->flags & 0x400 ? 1 << UD_CONTENTS_SHIFT : 0) |
              (s->flags & 0x200 ? 0 : UD_RX_ONLY) |
              (s->flags & 0x00800000 ? UD_PAGES : 0) |
              (s->flags & 0x00100000 ? UD_USEABLE : 0);
    return copy_to_guest(a[0], &d, sizeof(d));
}

int clone32_check_tls(uint64_t tls)
{
    UserDesc d;

    if (copy_from_guest(&d, tls, sizeof(d))) {
        return -EFAULT;
    }
    return desc_ok(&d) && d.entry - TLS_FIRST < TLS_NB ? 0 : -EINVAL;
}

void clone32_set_tls(CPUX86State *env, uint64_t tls)
{
    UserDesc d;

    if (copy_from_guest(&d, tls, sizeof(d)) == 0 &&
        d.entry - TLS_FIRST < TLS_NB && desc_ok(&d)) {
        desc_put(&env->tls[d.entry - TLS_FIRST], &d);
        reload_segments(env);
    }
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
