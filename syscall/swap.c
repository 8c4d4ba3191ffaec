/* SPDX-License-Identifier: MIT */
/*
 * Big-endian hosts: what a call's arguments point to is copied, swapped field
 * by field as structs.def says, used by the host's call in place of the
 * guest's memory, and swapped and copied back where the kernel may write.
 * Byte buffers go to the kernel as they are.  What a read from an eventfd,
 * timerfd, signalfd or inotify descriptor holds is not swapped.
 */
#include "util/osdep.h"
#include "syscall/convert.h"
#include "syscall/uaccess.h"

#include <sys/socket.h>
#include <sys/uio.h>

#define MAX_ITEMS 65536

static const char *const fields[ST_MAX] = {
#define T(name, size, show, layout) layout,
#include "syscall/structs.def"
#undef T
};

/* OWN and C_ rows whose functions work on host structures: nanosleep,
 * clock_nanosleep, clock_gettime, gettimeofday, time, the limits, pselect6,
 * ppoll, openat2, timer_create, mq_notify, shmctl, msgctl. */
static const uint16_t own_rows[] = {
    35, 230, 228, 96, 201, 97, 160, 302, 270, 271, 437, 222, 244, 31, 71,
};

typedef struct Copy {
    vaddr guest;
    uint8_t *host;
    size_t size;            /* of one item */
    size_t count;
    const char *fields;     /* of one item */
    bool back;
} Copy;

void swap_bytes(void *at, const char *f)
{
    uint8_t *p = at;

    while (*f) {
        unsigned n = g_ascii_isdigit(*f) ? strtoul(f, (char **)&f, 10) : 1;
        unsigned size = *f == 'q' ? 8 : *f == 'i' ? 4 : *f == 'h' ? 2 : 1;

        f++;
        for (; n; n--, p += size) {
            for (unsigned i = 0; i < size / 2; i++) {
                uint8_t t = p[i];
                p[i] = p[size - 1 - i];
                p[size - 1 - i] = t;
            }
        }
    }
}

static void swap_all(Copy *c)
{
    for (size_t i = 0; i < c->count; i++) {
        swap_bytes(c->host + i * c->size, c->fields);
    }
}

/* Makes a swapped copy and puts its address into *arg; leaves a bad pointer
 * to the kernel. */
static bool copy_in(Copy *c, uint64_t *arg, const char *f, size_t size,
                    uint64_t count, bool back)
{
    if (!*arg || !count || count > MAX_ITEMS) {
        return false;
    }
    c->host = g_malloc(size * count);
    if (copy_from_guest(c->host, *arg, size * count) < 0) {
        g_free(c->host);
        c->host = NULL;
        return false;
    }
    c->guest = *arg;
    c->size = size;
    c->count = count;
    c->fields = f;
    c->back = back;
    swap_all(c);
    *arg = (uintptr_t)c->host;
    return true;
}

static bool copy_out(Copy *c)
{
    bool ok = true;

    if (c->host && c->back) {
        swap_all(c);
        ok = copy_to_guest(c->guest, c->host, c->size * c->count) == 0;
    }
    g_free(c->host);
    return ok;
}

/* Only the family of a socket address is in host order. */
static void address_in(Copy *c, uint64_t *arg, uint32_t len, bool back)
{
    if (len >= 2 && len <= 128) {
        char f[16];
        snprintf(f, sizeof(f), "h%uc", len - 2);
        copy_in(c, arg, g_intern_string(f), len, 1, back);
    }
}

static uint32_t guest_u32(vaddr p)
{
    uint32_t v;

    return p && get_guest(&v, p) == 0 ? le32(v) : 0;
}

static void arg_in(const SysArg *k, Copy *c, const uint64_t a[6],
                   uint64_t *arg)
{
    size_t size = sys_struct_size[k->p < ST_MAX ? k->p : 0];
    const char *f = fields[k->p < ST_MAX ? k->p : 0];

    switch ((SysArgKind)k->kind) {
    case AKK_IN:
        if (k->p != ST_sigset) {        /* wait.c and others do by themselves */
            copy_in(c, arg, f, size, 1, false);
        }
        break;
    case AKK_OUT:
    case AKK_IO:
        copy_in(c, arg, f, size, 1, true);
        break;
    case AKK_INA:
    case AKK_INN:
        copy_in(c, arg, f, size, k->kind == AKK_INN ? k->n : a[k->n], false);
        break;
    case AKK_OUTA:
    case AKK_IOA:
        copy_in(c, arg, f, size, a[k->n], true);
        break;
    case AKK_IIOV:
    case AKK_OIOV:
        copy_in(c, arg, "2q", sizeof(struct iovec), a[k->p], false);
        break;
    case AKK_FDS:
        copy_in(c, arg, "q", 8, DIV_ROUND_UP((uint32_t)a[0], 64), true);
        break;
    case AKK_ISA:
        address_in(c, arg, a[k->p], false);
        break;
    case AKK_OSA:
        address_in(c, arg, guest_u32(a[k->p]), true);
        break;
    default:
        break;
    }
}

/* Arguments that the kinds do not tell: option values of sockets are mostly
 * ints, CPU sets are words. */
static void special_in(const SysRow *row, Copy *c, const uint64_t a[6],
                       uint64_t b[6])
{
    switch (row - sys_table64) {
    case 54:                            /* setsockopt */
        copy_in(&c[3], &b[3], "i", 4, a[4] / 4, false);
        break;
    case 55:                            /* getsockopt */
        copy_in(&c[3], &b[3], "i", 4, guest_u32(a[4]) / 4, true);
        break;
    case 203:                           /* sched_setaffinity */
        copy_in(&c[2], &b[2], "q", 8, a[1] / 8, false);
        break;
    case 204:                           /* sched_getaffinity */
        copy_in(&c[2], &b[2], "q", 8, a[1] / 8, true);
        break;
    }
}

static bool swaps(const SysRow *row)
{
    unsigned i;

    if (row->how != SYS_OWN) {
        return true;
    }
    for (i = 0; i < ARRAY_SIZE(own_rows); i++) {
        if (row == &sys_table64[own_rows[i]]) {
            return true;
        }
    }
    return false;
}

/* sendmsg and recvmsg: a pointer structure inside a structure. */
typedef struct MsgCopy {
    Copy head, name, iov;
} MsgCopy;

static void msg_in(MsgCopy *m, uint64_t *arg, bool back)
{
    struct msghdr *h;

    if (!copy_in(&m->head, arg, "q2i4q2i", sizeof(*h), 1, back)) {
        return;
    }
    h = (struct msghdr *)m->head.host;
    address_in(&m->name, (uint64_t *)&h->msg_name, h->msg_namelen, back);
    copy_in(&m->iov, (uint64_t *)&h->msg_iov, "2q", sizeof(struct iovec),
            h->msg_iovlen, false);
}

static bool msg_out(MsgCopy *m)
{
    struct msghdr *h = (struct msghdr *)m->head.host;

    if (h && m->name.host) {
        h->msg_name = (void *)(uintptr_t)m->name.guest;
    }
    if (h && m->iov.host) {
        h->msg_iov = (void *)(uintptr_t)m->iov.guest;
    }
    bool ok = copy_out(&m->name);

    ok &= copy_out(&m->iov);
    ok &= copy_out(&m->head);
    return ok;
}

int64_t swap_through(int64_t (*call)(const uint64_t b[6]), const uint64_t a[6],
                     unsigned i, const char *f, size_t size)
{
    Copy c = { 0 };
    uint64_t b[6];
    int64_t ret;

    memcpy(b, a, sizeof(b));
    copy_in(&c, &b[i], f, size, 1, true);
    ret = call(b);
    return copy_out(&c) || ret < 0 ? ret : -EFAULT;
}

int64_t swap_call(CPUX86State *env, const SysRow *row, const uint64_t a[6],
                  int64_t (*run)(CPUX86State *env, const SysRow *row,
                                 const uint64_t a[6]))
{
    Copy copies[6] = { 0 };
    MsgCopy msg = { 0 };
    uint64_t b[6];
    bool ok = true;
    int64_t ret;
    unsigned i;

    if (!swaps(row)) {
        return run(env, row, a);
    }
    memcpy(b, a, sizeof(b));
    for (i = 0; i < 6; i++) {
        if (row->arg[i].kind == AKK_IMSG || row->arg[i].kind == AKK_OMSG) {
            msg_in(&msg, &b[i], row->arg[i].kind == AKK_OMSG);
        } else {
            arg_in(&row->arg[i], &copies[i], a, &b[i]);
        }
    }
    special_in(row, copies, a, b);
    ret = run(env, row, b);
    for (i = 0; i < 6; i++) {
        ok &= copy_out(&copies[i]);
    }
    ok &= msg_out(&msg);
    return ret >= 0 && !ok ? -EFAULT : ret;
}
