/* SPDX-License-Identifier: MIT */
/* Calls of a 32-bit guest that wait: select, poll, futex, wait, queues. */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

/* ---- select -------------------------------------------------------------- */

typedef struct Sets {
    uint64_t set[3][65536 / 64];
    uint64_t addr[3];           /* arguments for the 64-bit call */
    unsigned bytes;             /* in the guest: a multiple of 4 */
} Sets;

/* fd_sets are arrays of longs; the kernel writes whole ones of its own. */
static Sets *get_sets(const uint64_t a[6], int *err)
{
    int n = a[0];
    Sets *s;

    *err = -EINVAL;
    if (n < 0) {
        return NULL;
    }
    s = g_new0(Sets, 1);
    s->bytes = DIV_ROUND_UP(MIN(n, 65536), 32) * 4;
    for (unsigned i = 0; i < 3; i++) {
        if (a[i + 1]) {
            s->addr[i] = P(s->set[i]);
            if (copy_from_guest(s->set[i], a[i + 1], s->bytes)) {
                *err = -EFAULT;
                g_free(s);
                return NULL;
            }
        }
    }
    return s;
}

static int64_t put_sets(Sets *s, const uint64_t a[6], int64_t ret)
{
    for (unsigned i = 0; i < 3 && ret >= 0; i++) {
        if (a[i + 1] && copy_to_guest(a[i + 1], s->set[i], s->bytes)) {
            ret = -EFAULT;
        }
    }
    g_free(s);
    return ret;
}

int64_t sys32_select(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 tv;
    Sets *s;
    int64_t ret;
    int err;

    if (a[4] && get_timespec32(&tv, a[4])) {
        return -EFAULT;
    }
    s = get_sets(a, &err);
    if (!s) {
        return err;
    }
    ret = CALL(select, MIN((int)a[0], 65536), s->addr[0], s->addr[1],
               s->addr[2], a[4] ? P(&tv) : 0);
    if (a[4] && ret != -EINVAL) {
        (void)put_timespec32(a[4], &tv);
    }
    return put_sets(s, a, ret);
}

int64_t sys32_oldselect(CPUX86State *env, const uint64_t a[6])
{
    uint32_t w[5];

    if (get_guest(&w, a[0])) {
        return -EFAULT;
    }
    const uint64_t b[6] = { w[0], w[1], w[2], w[3], w[4] };
    return sys32_select(env, b);
}

static int64_t wait_sets(CPUX86State *env, const uint64_t a[6], Timespec64 *ts)
{
    struct { uint32_t addr, size; } m = { 0 };
    struct { uint64_t addr, size; } pair;
    Sets *s;
    int err;

    if (a[5] && get_guest(&m, a[5])) {
        return -EFAULT;
    }
    pair.addr = m.addr;
    pair.size = m.size;
    s = get_sets(a, &err);
    if (!s) {
        return err;
    }
    return put_sets(s, a, CALL(pselect6, MIN((int)a[0], 65536), s->addr[0],
                               s->addr[1], s->addr[2], P(ts),
                               a[5] ? P(&pair) : 0));
}

int64_t sys32_pselect6(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret;

    if (a[4] && get_timespec32(&ts, a[4])) {
        return -EFAULT;
    }
    ret = wait_sets(env, a, a[4] ? &ts : NULL);
    if (a[4] && ret != -EINVAL) {
        (void)put_timespec32(a[4], &ts);
    }
    return ret;
}

int64_t sys32_pselect6_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret;

    if (a[4] && get_timespec64(&ts, a[4])) {
        return -EFAULT;
    }
    ret = wait_sets(env, a, a[4] ? &ts : NULL);
    if (a[4] && ret != -EINVAL) {
        (void)put_guest(a[4], &ts);
    }
    return ret;
}

int64_t sys32_ppoll(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret;

    if (a[2] && get_timespec32(&ts, a[2])) {
        return -EFAULT;
    }
    ret = CALL(ppoll, a[0], a[1], a[2] ? P(&ts) : 0, a[3], a[4]);
    if (a[2] && ret != -EINVAL) {
        (void)put_timespec32(a[2], &ts);
    }
    return ret;
}

int64_t sys32_ppoll_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;
    int64_t ret;

    if (a[2] && get_timespec64(&ts, a[2])) {
        return -EFAULT;
    }
    ret = CALL(ppoll, a[0], a[1], a[2] ? P(&ts) : 0, a[3], a[4]);
    if (a[2] && ret != -EINVAL) {
        (void)put_guest(a[2], &ts);
    }
    return ret;
}

int64_t sys32_epoll_pwait2(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[3] && get_timespec64(&ts, a[3])) {
        return -EFAULT;
    }
    return CALL(epoll_pwait2, a[0], a[1], a[2], a[3] ? P(&ts) : 0, a[4],
                a[5]);
}

/* ---- futex --------------------------------------------------------------- */

/* Operations whose fourth argument is a timeout and not a count. */
static bool futex_has_timeout(uint64_t op)
{
    op &= 127;
    return op == 0 || op == 6 || op == 9 || op == 11 || op == 13;
}

int64_t sys32_futex(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (!a[3] || !futex_has_timeout(a[1])) {
        return CALL(futex, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    if (get_timespec32(&ts, a[3])) {
        return -EFAULT;
    }
    return CALL(futex, a[0], a[1], a[2], P(&ts), a[4], a[5]);
}

int64_t sys32_futex_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (!a[3] || !futex_has_timeout(a[1])) {
        return CALL(futex, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    if (get_timespec64(&ts, a[3])) {
        return -EFAULT;
    }
    return CALL(futex, a[0], a[1], a[2], P(&ts), a[4], a[5]);
}

int64_t sys32_futex_waitv(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[3] && get_timespec64(&ts, a[3])) {
        return -EFAULT;
    }
    return CALL(futex_waitv, a[0], a[1], a[2], a[3] ? P(&ts) : 0, a[4]);
}

/* ---- asynchronous I/O ---------------------------------------------------- */

/* The context is the address of a ring in our memory and does not fit. */
int64_t sys32_io_setup(CPUX86State *env, const uint64_t a[6])
{
    return -ENOSYS;
}

int64_t sys32_io_submit(CPUX86State *env, const uint64_t a[6])
{
    return -EINVAL;
}

int64_t sys32_io_getevents(CPUX86State *env, const uint64_t a[6])
{
    return -EINVAL;
}

/* ---- children ------------------------------------------------------------ */

int64_t sys32_wait4(CPUX86State *env, const uint64_t a[6])
{
    int64_t ru[18];
    int64_t ret = CALL(wait4, (int)a[0], a[1], a[2], a[3] ? P(ru) : 0);

    if (ret > 0 && a[3] && put_rusage32(a[3], ru)) {
        return -EFAULT;
    }
    return ret;
}

int64_t sys32_waitpid(CPUX86State *env, const uint64_t a[6])
{
    return CALL(wait4, (int)a[0], a[1], a[2], 0);
}

int64_t sys32_waitid(CPUX86State *env, const uint64_t a[6])
{
    uint8_t out[128];
    siginfo_t info = { 0 };
    int64_t ru[18];
    int64_t ret = CALL(waitid, a[0], (int)a[1], P(&info), a[3],
                       a[4] ? P(ru) : 0);

    if (ret < 0) {
        return ret;
    }
    if (a[4] && info.si_signo && put_rusage32(a[4], ru)) {
        return -EFAULT;
    }
    if (a[2]) {
        siginfo_to_32(&info, out);
        /* The kernel writes the fields one by one, up to the status. */
        if (copy_to_guest(a[2], out, 24)) {
            return -EFAULT;
        }
    }
    return ret;
}

/* ---- message queues ------------------------------------------------------ */

static int get_mq_attr(int64_t w[8], vaddr at)
{
    int32_t v[8];

    if (get_guest(&v, at)) {
        return -EFAULT;
    }
    for (unsigned i = 0; i < 8; i++) {
        w[i] = i < 4 ? v[i] : 0;
    }
    return 0;
}

int64_t sys32_mq_open(CPUX86State *env, const uint64_t a[6])
{
    int64_t w[8];

    if ((a[1] & O_CREAT) && a[3] && get_mq_attr(w, a[3])) {
        return -EFAULT;
    }
    return CALL(mq_open, a[0], a[1], a[2],
                (a[1] & O_CREAT) && a[3] ? P(w) : 0);
}

int64_t sys32_mq_getsetattr(CPUX86State *env, const uint64_t a[6])
{
    int64_t w[8], old[8], ret;
    int32_t v[8] = { 0 };

    if (a[1] && get_mq_attr(w, a[1])) {
        return -EFAULT;
    }
    ret = CALL(mq_getsetattr, a[0], a[1] ? P(w) : 0, a[2] ? P(old) : 0);
    if (ret == 0 && a[2]) {
        for (unsigned i = 0; i < 4; i++) {
            v[i] = old[i];
        }
        return put_guest(a[2], &v);
    }
    return ret;
}

int64_t sys32_mq_notify(CPUX86State *env, const uint64_t a[6])
{
    struct { uint64_t value; int32_t signo, notify, pad[12]; } ev = { 0 };
    int32_t v[3];

    if (!a[1]) {
        return CALL(mq_notify, a[0], 0);
    }
    if (get_guest(&v, a[1])) {
        return -EFAULT;
    }
    ev.value = (uint32_t)v[0];
    ev.signo = v[1];
    ev.notify = v[2];
    return CALL(mq_notify, a[0], P(&ev));
}

#define MQ_TIMED(name, suffix, get)                                     \
int64_t sys32_##name##suffix(CPUX86State *env, const uint64_t a[6])     \
{                                                                       \
    Timespec64 ts;                                                      \
    if (a[4] && get(&ts, a[4])) {                                       \
        return -EFAULT;                                                 \
    }                                                                   \
    return CALL(name, a[0], a[1], a[2], a[3], a[4] ? P(&ts) : 0);       \
}

MQ_TIMED(mq_timedsend, , get_timespec32)
MQ_TIMED(mq_timedreceive, , get_timespec32)
MQ_TIMED(mq_timedsend, 64, get_timespec64)
MQ_TIMED(mq_timedreceive, 64, get_timespec64)

/* An array of pointers, for tuning only. */
int64_t sys32_move_pages(CPUX86State *env, const uint64_t a[6])
{
    return -ENOSYS;
}
