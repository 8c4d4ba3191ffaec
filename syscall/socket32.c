/* SPDX-License-Identifier: MIT */
/*
 * Sockets of a 32-bit guest: socketcall, and messages, whose headers, vectors
 * and control data have narrow pointers and lengths.
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

#include <sys/socket.h>

typedef struct Msghdr32 {
    uint32_t name;
    int32_t namelen;
    uint32_t iov, iovlen, control, controllen, flags;
} Msghdr32;

typedef struct Cmsg32 { uint32_t len; int32_t level, type; } Cmsg32;

#define ALIGN4(x) ROUND_UP(x, 4)
#define CONTROL_MAX 65536

/* ---- control data -------------------------------------------------------- */

static bool is_time(const struct cmsghdr *c)
{
    /* SCM_TIMESTAMP, SCM_TIMESTAMPNS and SCM_TIMESTAMPING: pairs of longs */
    return c->cmsg_level == SOL_SOCKET &&
           (c->cmsg_type == 29 || c->cmsg_type == 35 || c->cmsg_type == 37);
}

/* The guest's control data widened into buf; its length, or a negative
 * errno. */
static int64_t widen_control(const Msghdr32 *m, uint8_t *buf, size_t room)
{
    uint32_t at = 0;
    size_t used = 0;
    Cmsg32 c;

    while (at + sizeof(c) <= m->controllen) {
        struct cmsghdr h;
        size_t data;
        if (copy_from_guest(&c, m->control + at, sizeof(c))) {
            return -EFAULT;
        }
        if (c.len < sizeof(c) || c.len > m->controllen - at) {
            return -EINVAL;
        }
        data = c.len - sizeof(c);
        if (used + CMSG_SPACE(data) > room) {
            return -ENOBUFS;
        }
        h = (struct cmsghdr) { .cmsg_len = CMSG_LEN(data),
                               .cmsg_level = c.level, .cmsg_type = c.type };
        memset(buf + used, 0, CMSG_SPACE(data));
        memcpy(buf + used, &h, sizeof(h));
        if (copy_from_guest(buf + used + sizeof(h), m->control + at +
                            sizeof(c), data)) {
            return -EFAULT;
        }
        used += CMSG_SPACE(data);
        at += ALIGN4(c.len);
    }
    return used;
}

/* What was received, narrowed into the guest's buffer. */
static int narrow_control(Msghdr32 *m, struct msghdr *h)
{
    uint32_t at = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        uint8_t *data = CMSG_DATA(c);
        size_t len = c->cmsg_len - CMSG_LEN(0);
        Cmsg32 o = { 0, c->cmsg_level, c->cmsg_type };
        if (is_time(c)) {
            for (size_t i = 0; i < len / 8; i++) {
                memmove(data + i * 4, data + i * 8, 4);
            }
            len /= 2;
        }
        if (at + sizeof(o) > m->controllen) {
            h->msg_flags |= MSG_CTRUNC;
            break;
        }
        if (at + sizeof(o) + len > m->controllen) {
            h->msg_flags |= MSG_CTRUNC;
            len = m->controllen - at - sizeof(o);
        }
        o.len = sizeof(o) + len;
        if (copy_to_guest(m->control + at, &o, sizeof(o)) ||
            copy_to_guest(m->control + at + sizeof(o), data, len)) {
            return -EFAULT;
        }
        at = MIN(at + ALIGN4(o.len), m->controllen);
    }
    m->controllen = at;
    return 0;
}

/* ---- messages ------------------------------------------------------------ */

typedef struct Message {
    Msghdr32 m;
    struct msghdr h;
    Iovec64 *iov;
    uint8_t *control;
} Message;

static void message_free(Message *x)
{
    g_free(x->iov);
    g_free(x->control);
}

static int message_get(Message *x, vaddr at, bool receive)
{
    size_t room;
    int err;

    memset(x, 0, sizeof(*x));
    if (get_guest(&x->m, at)) {
        return -EFAULT;
    }
    if (x->m.iovlen > 1024) {
        return -EMSGSIZE;
    }
    x->iov = get_iovec32(x->m.iov, x->m.iovlen, receive, &err);
    if (!x->iov) {
        return err;
    }
    x->h = (struct msghdr) {
        .msg_name = (void *)(uintptr_t)x->m.name,
        .msg_namelen = x->m.namelen,
        .msg_iov = (struct iovec *)x->iov, .msg_iovlen = x->m.iovlen,
        .msg_flags = x->m.flags,
    };
    if (receive && x->m.name) {
        guest_prepare_write(x->m.name, MAX(x->m.namelen, 0));
    }
    if (!x->m.control || !x->m.controllen) {
        return 0;
    }
    /* Headers grow from 12 to 16 bytes and alignment from 4 to 8. */
    room = MIN(x->m.controllen, CONTROL_MAX) * 2 + 64;
    x->control = g_malloc0(room);
    x->h.msg_control = x->control;
    x->h.msg_controllen = room;
    if (!receive) {
        int64_t len = widen_control(&x->m, x->control, room);
        if (len < 0) {
            return len;
        }
        x->h.msg_controllen = len;
    }
    return 0;
}

static int message_put(Message *x, vaddr at)
{
    int err = 0;

    if (x->control) {
        err = narrow_control(&x->m, &x->h);
    } else {
        x->m.controllen = 0;
    }
    x->m.namelen = x->h.msg_namelen;
    x->m.flags = x->h.msg_flags;
    return err ? err : put_guest(at, &x->m);
}

static int64_t one_message(CPUX86State *env, uint64_t fd, vaddr at,
                           uint64_t flags, bool receive)
{
    Message x;
    int64_t ret = message_get(&x, at, receive);

    if (!ret) {
        ret = receive ? CALL(recvmsg, fd, P(&x.h), flags)
                      : CALL(sendmsg, fd, P(&x.h), flags);
        if (receive && ret >= 0) {
            int err = message_put(&x, at);
            ret = err ? err : ret;
        }
    }
    message_free(&x);
    return ret;
}

int64_t sys32_sendmsg(CPUX86State *env, const uint64_t a[6])
{
    return one_message(env, a[0], a[1], a[2], false);
}

int64_t sys32_recvmsg(CPUX86State *env, const uint64_t a[6])
{
    return one_message(env, a[0], a[1], a[2], true);
}

int64_t sys32_sendmmsg(CPUX86State *env, const uint64_t a[6])
{
    uint64_t n = MIN((uint32_t)a[2], 1024), i;
    int64_t ret = 0;

    for (i = 0; i < n; i++) {
        vaddr at = a[1] + i * (sizeof(Msghdr32) + 4);
        ret = one_message(env, a[0], at, a[3], false);
        if (ret < 0) {
            break;
        }
        if (copy_to_guest(at + sizeof(Msghdr32), &(int32_t) { ret }, 4)) {
            return -EFAULT;
        }
    }
    return i ? (int64_t)i : ret;
}

/* Without a timeout; with one, after the first message nothing is awaited
 * beyond it, which is looked at between messages as in the kernel. */
static int64_t receive_many(CPUX86State *env, const uint64_t a[6],
                            const Timespec64 *ts)
{
    uint64_t n = MIN((uint32_t)a[2], 1024), flags = a[3] & ~0x10000ull, i;
    struct timespec now, end = { 0 };
    int64_t ret = 0;

    if (ts) {
        clock_gettime(CLOCK_MONOTONIC, &end);
        end.tv_sec += ts->sec + (end.tv_nsec + ts->nsec) / 1000000000;
        end.tv_nsec = (end.tv_nsec + ts->nsec) % 1000000000;
    }
    for (i = 0; i < n; i++) {
        vaddr at = a[1] + i * (sizeof(Msghdr32) + 4);
        ret = one_message(env, a[0], at, flags, true);
        if (ret < 0) {
            break;
        }
        if (copy_to_guest(at + sizeof(Msghdr32), &(int32_t) { ret }, 4)) {
            return -EFAULT;
        }
        if (a[3] & 0x10000) {           /* MSG_WAITFORONE */
            flags |= MSG_DONTWAIT;
        }
        if (ts) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            if (now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec &&
                                            now.tv_nsec >= end.tv_nsec)) {
                i++;
                break;
            }
        }
    }
    return i ? (int64_t)i : ret;
}

int64_t sys32_recvmmsg(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[4] && get_timespec32(&ts, a[4])) {
        return -EFAULT;
    }
    return receive_many(env, a, a[4] ? &ts : NULL);
}

int64_t sys32_recvmmsg_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[4] && get_timespec64(&ts, a[4])) {
        return -EFAULT;
    }
    return receive_many(env, a, a[4] ? &ts : NULL);
}

/* ---- options ------------------------------------------------------------- */

/* SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD: a timeval of two longs. */
static bool is_timeout(const uint64_t a[6])
{
    return (int)a[1] == SOL_SOCKET && (a[2] == 20 || a[2] == 21);
}

int64_t sys32_setsockopt(CPUX86State *env, const uint64_t a[6])
{
    struct { uint16_t len; uint32_t filter; } f;
    struct { uint16_t len; uint64_t filter; } w = { 0 };
    Timespec64 tv;

    if (is_timeout(a)) {
        if (a[4] < 8) {
            return -EINVAL;
        }
        return get_timespec32(&tv, a[3]) ? -EFAULT
               : CALL(setsockopt, a[0], a[1], a[2], P(&tv), sizeof(tv));
    }
    /* SO_ATTACH_FILTER, SO_ATTACH_REUSEPORT_CBPF */
    if ((int)a[1] == SOL_SOCKET && (a[2] == 26 || a[2] == 51)) {
        if (a[4] != sizeof(f)) {
            return -EINVAL;
        }
        if (get_guest(&f, a[3])) {
            return -EFAULT;
        }
        w.len = f.len;
        w.filter = f.filter;
        return CALL(setsockopt, a[0], a[1], a[2], P(&w), sizeof(w));
    }
    return CALL(setsockopt, a[0], a[1], a[2], a[3], a[4]);
}

int64_t sys32_getsockopt(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 tv;
    int32_t len = sizeof(tv), want;
    int64_t ret;

    if (!is_timeout(a)) {
        return CALL(getsockopt, a[0], a[1], a[2], a[3], a[4]);
    }
    if (get_guest(&want, a[4])) {
        return -EFAULT;
    }
    ret = CALL(getsockopt, a[0], a[1], a[2], P(&tv), P(&len));
    if (ret < 0) {
        return ret;
    }
    if (want < 8) {
        return -EINVAL;
    }
    want = 8;
    return put_timespec32(a[3], &tv) || put_guest(a[4], &want) ? -EFAULT : 0;
}

/* ---- socketcall ---------------------------------------------------------- */

int64_t sys32_socketcall(CPUX86State *env, const uint64_t a[6])
{
    static const struct { uint16_t nr64; uint8_t nargs; SysHandler *fn; }
    calls[21] = {
        [1] = { NR64_socket, 3 }, [2] = { NR64_bind, 3 },
        [3] = { NR64_connect, 3 }, [4] = { NR64_listen, 2 },
        [5] = { NR64_accept, 3 }, [6] = { NR64_getsockname, 3 },
        [7] = { NR64_getpeername, 3 }, [8] = { NR64_socketpair, 4 },
        [9] = { NR64_sendto, 4 }, [10] = { NR64_recvfrom, 4 },
        [11] = { NR64_sendto, 6 }, [12] = { NR64_recvfrom, 6 },
        [13] = { NR64_shutdown, 2 }, [14] = { 0, 5, sys32_setsockopt },
        [15] = { 0, 5, sys32_getsockopt }, [16] = { 0, 3, sys32_sendmsg },
        [17] = { 0, 3, sys32_recvmsg }, [18] = { NR64_accept4, 4 },
        [19] = { 0, 5, sys32_recvmmsg }, [20] = { 0, 4, sys32_sendmmsg },
    };
    uint32_t w[6] = { 0 };
    uint64_t b[6];

    if (a[0] < 1 || a[0] >= ARRAY_SIZE(calls)) {
        return -EINVAL;
    }
    if (copy_from_guest(w, a[1], calls[a[0]].nargs * 4)) {
        return -EFAULT;
    }
    for (unsigned i = 0; i < 6; i++) {
        b[i] = w[i];
    }
    return calls[a[0]].fn ? calls[a[0]].fn(env, b)
         : sys_call_row(env, &sys_table64[calls[a[0]].nr64], b);
}
