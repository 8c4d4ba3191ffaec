/* SPDX-License-Identifier: MIT */
/*
 * Big-endian hosts: what a call's arguments point to is copied, swapped field
 * by field as structs.def says, used by the host's call in place of the
 * guest's memory, and swapped and copied back where the kernel may write.
 * Byte buffers go to the kernel as they are, but for those that swap-data.c
 * knows.
 */
#include "util/osdep.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/swap.h"
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
 * ppoll, openat2, timer_create, mq_notify, setsockopt, getsockopt, accept, semop. */
static const uint16_t own_rows[] = {
    35, 230, 228, 96, 201, 97, 160, 302, 270, 271, 437, 222, 244, 54, 55,
    43, 65,
};

typedef struct Copy {
    vaddr guest;
    uint8_t *host;
    size_t size;            /* of one item */
    size_t count;
    const char *fields;     /* of one item, or one of those below */
    bool back;
} Copy;

/* Instead of fields: a socket address, control messages. */
static const char address[] = "", control[] = "";

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

static void swap_all(Copy *c, bool to_host)
{
    if (c->fields == address) {
        swap_address(c->host, c->size, to_host);
        return;
    }
    if (c->fields == control) {
        swap_control(c->host, c->size, to_host);
        return;
    }
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
    swap_all(c, true);
    *arg = (uintptr_t)c->host;
    return true;
}

static bool copy_out(Copy *c)
{
    bool ok = true;

    if (c->host && c->back) {
        swap_all(c, false);
        ok = copy_to_guest(c->guest, c->host, c->size * c->count) == 0;
    }
    g_free(c->host);
    return ok;
}

static void address_in(Copy *c, uint64_t *arg, uint32_t len, bool back)
{
    if (len >= 2 && len <= 128) {
        copy_in(c, arg, address, len, 1, back);
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

/* Socket options that are not ints; NULL: bytes. */
static const struct {
    uint8_t level, option;
    const char *fields;
    uint8_t size;
} options[] = {
    { 1, 20, "2q", 16 },            /* SO_RCVTIMEO, SO_SNDTIMEO */
    { 1, 21, "2q", 16 },
    { 1, 66, "2q", 16 },
    { 1, 67, "2q", 16 },
    { 1, 25 }, { 1, 28 }, { 1, 31 },    /* BINDTODEVICE, PEERNAME, PEERSEC */
    { 0, 35, "8ci", 12 },           /* IP_ADD_MEMBERSHIP, DROP, MULTICAST_IF */
    { 0, 36, "8ci", 12 },
    { 0, 32, "8ci", 12 },
    { 41, 20, "16ci", 20 },         /* IPV6_ADD_MEMBERSHIP, DROP */
    { 41, 21, "16ci", 20 },
    { 6, 13 }, { 6, 31 },           /* TCP_CONGESTION, TCP_ULP */
};

static void option_in(Copy *c, uint64_t *arg, int level, int option,
                      uint32_t len, bool back)
{
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        if (options[i].level == level && options[i].option == option) {
            if (options[i].fields && len >= options[i].size) {
                copy_in(c, arg, options[i].fields, options[i].size, 1, back);
            }
            return;
        }
    }
    copy_in(c, arg, "i", 4, len / 4, back);
}

/* Arguments that the kinds do not tell. */
static void special_in(const SysRow *row, Copy *c, const uint64_t a[6],
                       uint64_t b[6])
{
    switch (row - sys_table64) {
    case 1:                             /* write: an eventfd's number */
        if (a[2] == 8 && swap_fd_counter(a[0])) {
            copy_in(&c[1], &b[1], "q", 8, 1, false);
        }
        break;
    case 54:                            /* setsockopt */
        option_in(&c[3], &b[3], a[1], a[2], a[4], false);
        break;
    case 55:                            /* getsockopt */
        option_in(&c[3], &b[3], a[1], a[2], guest_u32(a[4]), true);
        break;
    case 69:                            /* msgsnd: the type in front */
        copy_in(&c[1], &b[1], "q", a[2] + 8, 1, false);
        break;
    case 70:                            /* msgrcv */
        copy_in(&c[1], &b[1], "q", a[2] + 8, 1, true);
        break;
    case 203:                           /* sched_setaffinity */
        copy_in(&c[2], &b[2], "q", 8, a[1] / 8, false);
        break;
    case 204:                           /* sched_getaffinity */
        copy_in(&c[2], &b[2], "q", 8, a[1] / 8, true);
        break;
    case 310:                           /* process_vm_readv, writev */
    case 311:
        copy_in(&c[3], &b[3], "2q", 16, a[4], false);
        break;
    case 314:                           /* sched_setattr, sched_getattr */
    case 315:
        copy_in(&c[1], &b[1], "2iq2i3q", 48, 1, row - sys_table64 == 315);
        break;
    }
}

/* What the kernel has written straight into the guest's buffer. */
static bool special_out(const SysRow *row, const uint64_t a[6], int64_t ret)
{
    switch (row - sys_table64) {
    case 0:                             /* read */
        return swap_fd_data(a[0], a[1], ret);
    case 78:                            /* getdents */
        return ret <= 0 || dents_to_guest(a[1], ret) >= 0;
    default:
        return true;
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
    Copy head, name, iov, control;
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
    if (h->msg_controllen <= 65536) {
        copy_in(&m->control, (uint64_t *)&h->msg_control, control,
                h->msg_controllen, 1, back);
    }
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
    if (h && m->control.host) {
        h->msg_control = (void *)(uintptr_t)m->control.guest;
        m->control.size = MIN(m->control.size, h->msg_controllen);
    }
    bool ok = copy_out(&m->name);

    ok &= copy_out(&m->control);
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

/* sendmmsg and recvmmsg, one by one; the timeout counts for each. */
static int64_t many_messages(CPUX86State *env, const SysRow *row,
                             const uint64_t a[6],
                             int64_t (*run)(CPUX86State *env,
                                            const SysRow *row,
                                            const uint64_t a[6]))
{
    bool receive = row - sys_table64 == 299;
    const SysRow *one = &sys_table64[receive ? 47 : 46];
    unsigned count = MIN((uint32_t)a[2], 1024), i;
    uint64_t b[6] = { a[0], a[1], a[3] & ~(uint64_t)MSG_WAITFORONE };
    int64_t ret = 0;

    for (i = 0; i < count; i++, b[1] += sizeof(struct mmsghdr)) {
        ret = swap_call(env, one, b, run);
        if (ret < 0 ||
            put_u32(b[1] + offsetof(struct mmsghdr, msg_len), ret) < 0) {
            break;
        }
        if (receive && (a[3] & MSG_WAITFORONE)) {
            b[2] |= MSG_DONTWAIT;
        }
    }
    return i ? i : ret;
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
    if (row - sys_table64 == 299 || row - sys_table64 == 307) {
        return many_messages(env, row, a, run);
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
    ok &= special_out(row, a, ret);
    return ret >= 0 && !ok ? -EFAULT : ret;
}
