/* SPDX-License-Identifier: MIT */
/*
 * Calls that newer architectures no longer have, in terms of those that
 * replaced them.  Only built for hosts other than x86-64; the L_ rows of
 * syscall.def use a function here where the host's own call is missing.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/time.h>
#include <time.h>

#define CALL(nr, ...) CALL_(nr, ##__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(nr, a, b, c, d, e, f, ...) \
    host_syscall(__NR_##nr, a, b, c, d, e, f)

#define LEGACY(name, ...)                                           \
    int64_t sys_##name(CPUX86State *env, const uint64_t a[6])       \
    {                                                               \
        return CALL(__VA_ARGS__);                                   \
    }

LEGACY(access, faccessat, AT_FDCWD, a[0], a[1])
LEGACY(pipe, pipe2, a[0], 0)
LEGACY(mkdir, mkdirat, AT_FDCWD, a[0], a[1])
LEGACY(rmdir, unlinkat, AT_FDCWD, a[0], AT_REMOVEDIR)
LEGACY(unlink, unlinkat, AT_FDCWD, a[0], 0)
LEGACY(link, linkat, AT_FDCWD, a[0], AT_FDCWD, a[1], 0)
LEGACY(symlink, symlinkat, a[0], AT_FDCWD, a[1])
LEGACY(rename, renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], 0)
LEGACY(renameat, renameat2, a[0], a[1], a[2], a[3], 0)
LEGACY(chmod, fchmodat, AT_FDCWD, a[0], a[1])
LEGACY(chown, fchownat, AT_FDCWD, a[0], a[1], a[2], 0)
LEGACY(lchown, fchownat, AT_FDCWD, a[0], a[1], a[2], AT_SYMLINK_NOFOLLOW)
LEGACY(mknod, mknodat, AT_FDCWD, a[0], a[1], a[2])
LEGACY(getpgrp, getpgid, 0)
LEGACY(inotify_init, inotify_init1, 0)
LEGACY(eventfd, eventfd2, a[0], 0)

/* ppc64 has the arguments in another order. */
#ifdef __NR_sync_file_range2
LEGACY(sync_file_range, sync_file_range2, a[0], a[3], a[1], a[2])
#else
LEGACY(sync_file_range, fdatasync, a[0])
#endif

int64_t sys_accept(CPUX86State *env, const uint64_t a[6])
{
    return safe_syscall(&env->h.exit_request, __NR_accept4, a[0], a[1], a[2],
                        0, 0, 0);
}

int64_t sys_semop(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret = safe_syscall(&env->h.exit_request, __NR_semtimedop, a[0],
                               a[1], a[2], 0, 0, 0);

    return ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND : ret;
}

int64_t sys_epoll_create(CPUX86State *env, const uint64_t a[6])
{
    return (int)a[0] <= 0 ? -EINVAL : CALL(epoll_create1, 0);
}

/* Gone from the kernel, or never of use without the old call. */
int64_t sys_ustat(CPUX86State *env, const uint64_t a[6])
{
    return -ENOSYS;
}

int64_t sys_sysfs(CPUX86State *env, const uint64_t a[6])
{
    return -ENOSYS;
}

int64_t sys_alarm(CPUX86State *env, const uint64_t a[6])
{
    struct itimerval new = { .it_value.tv_sec = (uint32_t)a[0] }, old;

    if (setitimer(ITIMER_REAL, &new, &old) < 0) {
        return -errno;
    }
    /* Half a second and more is rounded up, and what is left is never 0. */
    return old.it_value.tv_sec +
        ((!old.it_value.tv_sec && old.it_value.tv_usec) ||
         old.it_value.tv_usec >= 500000);
}

int64_t sys_poll(CPUX86State *env, const uint64_t a[6])
{
    int ms = a[2];
    struct timespec ts = { ms / 1000, ms % 1000 * 1000000l };
    int64_t ret;

    ret = safe_syscall(&env->h.exit_request, __NR_ppoll, a[0], a[1],
                       ms < 0 ? 0 : (long)&ts, 0, 0, 0);
    return ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND : ret;
}

int64_t sys_select(CPUX86State *env, const uint64_t a[6])
{
    struct timespec ts;
    struct timeval tv;
    int64_t ret;

    if (a[4]) {
        if (get_guest(&tv, a[4]) < 0) {
            return -EFAULT;
        }
        if (tv.tv_sec < 0 || tv.tv_usec < 0) {
            return -EINVAL;
        }
        ts.tv_sec = tv.tv_sec + tv.tv_usec / 1000000;
        ts.tv_nsec = tv.tv_usec % 1000000 * 1000;
    }
    ret = safe_syscall(&env->h.exit_request, __NR_pselect6, a[0], a[1], a[2],
                       a[3], a[4] ? (long)&ts : 0, 0);
    if (a[4]) {
        tv.tv_sec = ts.tv_sec;
        tv.tv_usec = ts.tv_nsec / 1000;
        put_guest(a[4], &tv);
    }
    return ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND : ret;
}

static int64_t set_times(int dirfd, vaddr path, vaddr times)
{
    struct timeval tv[2];
    struct timespec ts[2];
    unsigned i;

    if (!times) {
        return CALL(utimensat, dirfd, path, 0, 0);
    }
    if (get_guest(&tv, times) < 0) {
        return -EFAULT;
    }
    for (i = 0; i < 2; i++) {
        if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000) {
            return -EINVAL;
        }
        ts[i].tv_sec = tv[i].tv_sec;
        ts[i].tv_nsec = tv[i].tv_usec * 1000;
    }
    return CALL(utimensat, dirfd, path, (long)ts, 0);
}

int64_t sys_utimes(CPUX86State *env, const uint64_t a[6])
{
    return set_times(AT_FDCWD, a[0], a[1]);
}

int64_t sys_futimesat(CPUX86State *env, const uint64_t a[6])
{
    return set_times(a[0], a[1], a[2]);
}

int64_t sys_utime(CPUX86State *env, const uint64_t a[6])
{
    struct timespec ts[2] = { 0 };
    int64_t t[2];

    if (!a[1]) {
        return CALL(utimensat, AT_FDCWD, a[0], 0, 0);
    }
    if (get_guest(&t, a[1]) < 0) {
        return -EFAULT;
    }
    ts[0].tv_sec = t[0];
    ts[1].tv_sec = t[1];
    return CALL(utimensat, AT_FDCWD, a[0], (long)ts, 0);
}

/*
 * linux_dirent64 { u64 ino; u64 off; u16 reclen; u8 type; char name[] }
 * to linux_dirent { u64 ino; u64 off; u16 reclen; char name[]; ...; u8 type }:
 * the name moves down by one and the type goes last, in the same length.
 */
int64_t sys_getdents(CPUX86State *env, const uint64_t a[6])
{
    uint32_t size = MIN((uint32_t)a[2], 65536);
    uint8_t *buf = g_malloc(size), *p;
    uint16_t len;
    int64_t ret;

    ret = CALL(getdents64, a[0], (long)buf, size);
    for (p = buf; p < buf + MAX(ret, 0); p += len) {
        uint8_t type = p[18];
        memcpy(&len, p + 16, 2);
        memmove(p + 18, p + 19, len - 19);
        p[len - 1] = type;
    }
    if (ret > 0 && copy_to_guest(a[1], buf, ret) < 0) {
        ret = -EFAULT;
    }
    g_free(buf);
    return ret;
}
