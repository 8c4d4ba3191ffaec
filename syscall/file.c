/* SPDX-License-Identifier: MIT */
/*
 * Calls on descriptors that need a look first: those that could hit the
 * emulator's own descriptors (as first argument, dispatch sees to it), and
 * fcntl and ioctl, whose request decides what the argument is.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/ioctl.h"
#include "syscall/ownfd.h"

int64_t sys_dup3(CPUX86State *env, const uint64_t a[6])
{
    if (own_fd_is(a[1])) {
        own_fd_vacate(a[1]);
    }
    return host_syscall(__NR_dup3, a[0], a[1], convert_open_flags(a[2]), 0, 0,
                        0);
}

int64_t sys_dup2(CPUX86State *env, const uint64_t a[6])
{
    uint64_t b[6] = { a[0], a[1], 0 };

    if ((int)a[0] == (int)a[1]) {       /* dup3 refuses that */
        int64_t ret = host_syscall(__NR_fcntl, a[0], F_GETFD, 0, 0, 0, 0);
        return ret < 0 ? ret : (int)a[0];
    }
    return sys_dup3(env, b);
}

int64_t sys_close_range(CPUX86State *env, const uint64_t a[6])
{
    unsigned first = a[0], last = a[1];
    int64_t ret;
    int own;

    if (likely(!own_fd_count) || first > last) {
        return host_syscall(__NR_close_range, first, last, a[2], 0, 0, 0);
    }
    for (;;) {
        own = own_fd_next(first);
        if (own < 0 || own > last) {
            return host_syscall(__NR_close_range, first, last, a[2], 0, 0, 0);
        }
        if (own > first) {
            ret = host_syscall(__NR_close_range, first, own - 1, a[2], 0, 0,
                               0);
            if (ret < 0) {
                return ret;
            }
        }
        if (own == last) {
            return 0;
        }
        first = own + 1;
    }
}

static int64_t getdents_host(const uint64_t a[6])
{
    int64_t ret, left;
    char buf[32768];

    do {
        ret = host_syscall(__NR_getdents64, a[0], a[1], a[2], 0, 0, 0);
        if (ret <= 0 || ret > sizeof(buf) || !own_fd_count ||
            copy_from_guest(buf, a[1], ret) < 0) {
            return ret;
        }
        left = ret;
        own_fd_hide_entries(a[0], buf, &left);
    } while (left == 0);                /* 0 would say that it is the end */
    if (left != ret && copy_to_guest(a[1], buf, left) < 0) {
        return -EFAULT;
    }
    return left;
}

/* linux_dirent64 { u64 ino; s64 off; u16 reclen; ... } to the guest's order. */
int64_t dents_to_guest(uint64_t at, int64_t size)
{
    uint8_t *buf = g_malloc(size), *p;
    int64_t ret = copy_from_guest(buf, at, size) < 0 ? -EFAULT : size;
    uint16_t len;

    for (p = buf; ret > 0 && p < buf + size; p += len) {
        uint64_t w[2];
        uint16_t guest_len;

        memcpy(w, p, 16);
        memcpy(&len, p + 16, 2);
        w[0] = le64(w[0]);
        w[1] = le64(w[1]);
        guest_len = le16(len);
        memcpy(p, w, 16);
        memcpy(p + 16, &guest_len, 2);
    }
    if (ret > 0 && copy_to_guest(at, buf, size) < 0) {
        ret = -EFAULT;
    }
    g_free(buf);
    return ret;
}

int64_t sys_getdents64(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret = getdents_host(a);

    return HOST_BIG_ENDIAN && ret > 0 ? dents_to_guest(a[1], ret) : ret;
}

/* Bytes the kernel writes through fcntl's third argument. */
static unsigned fcntl_out_size(int cmd)
{
    switch (cmd) {
    case 5:                             /* F_GETLK */
    case 36:                            /* F_OFD_GETLK */
        return 32;
    case 16:                            /* F_GETOWN_EX */
    case 17:                            /* F_GETOWNER_UIDS */
    case 1035:                          /* F_GET_RW_HINT */
    case 1037:                          /* F_GET_FILE_RW_HINT */
        return 8;
    default:
        return 0;
    }
}

int64_t sys_fcntl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[1];
    unsigned out = fcntl_out_size(cmd);

    if (out) {
        guest_prepare_write(a[2], out);
    }
    if (!HOST_SAME_LAYOUT) {
        return convert_fcntl(env, a);
    }
    if (cmd == 7 || cmd == 38) {        /* F_SETLKW, F_OFD_SETLKW */
        return safe_syscall(&env->h.exit_request, __NR_fcntl, a[0], cmd, a[2],
                            0, 0, 0);
    }
    return host_syscall(__NR_fcntl, a[0], cmd, a[2], 0, 0, 0);
}

int64_t sys_ioctl(CPUX86State *env, const uint64_t a[6])
{
    unsigned out = ioctl_out_size(a[1]);

    if (out && a[2]) {
        guest_prepare_write(a[2], out);
    }
    if (!HOST_SAME_LAYOUT) {
        return convert_ioctl(env, a);
    }
    return safe_syscall(&env->h.exit_request, __NR_ioctl, a[0], a[1], a[2], 0,
                        0, 0);
}
