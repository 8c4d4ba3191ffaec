/* SPDX-License-Identifier: MIT */
/*
 * Open flags, fcntl and options on hosts that number them differently, and
 * calls whose structures differ in byte order only.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/mman.h>
#include <sys/socket.h>

/* The C library hides it on 64-bit hosts; <asm/fcntl.h> has it. */
#undef O_LARGEFILE
#if defined(HOST_AARCH64)
#define O_LARGEFILE 0400000
#elif defined(HOST_PPC64)
#define O_LARGEFILE 0200000
#else
#define O_LARGEFILE 0100000
#endif

/* Guest bit, host bit; those not listed are the same everywhere. */
static const struct {
    int guest, host;
} open_bits[] = {
    { 040000, O_DIRECT },
    { 0100000, O_LARGEFILE },
    { 0200000, O_DIRECTORY },
    { 0400000, O_NOFOLLOW },
};

int convert_open_flags_to_host(int flags)
{
    int out = flags & ~0740000;
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(open_bits); i++) {
        if (flags & open_bits[i].guest) {
            out |= open_bits[i].host;
        }
    }
    return out;
}

int convert_open_flags_to_guest(int flags)
{
    int out = flags & ~(O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW);
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(open_bits); i++) {
        if (flags & open_bits[i].host) {
            out |= open_bits[i].guest;
        }
    }
    return out;
}

static int64_t plain_fcntl(const uint64_t b[6])
{
    return host_syscall(__NR_fcntl, b[0], b[1], b[2], 0, 0, 0);
}

int64_t convert_fcntl(CPUX86State *env, const uint64_t a[6])
{
    int64_t ret;

    switch ((int)a[1]) {
    case F_GETFL:
        ret = host_syscall(__NR_fcntl, a[0], F_GETFL, 0, 0, 0, 0);
        return ret < 0 ? ret : convert_open_flags_to_guest(ret);
    case F_SETFL:
        return host_syscall(__NR_fcntl, a[0], F_SETFL,
                            convert_open_flags_to_host(a[2]), 0, 0, 0);
    case 5:                             /* F_GETLK, F_SETLK, F_SETLKW, OFD */
    case 6:
    case 7:
    case 36:
    case 37:
    case 38:
        if (HOST_BIG_ENDIAN) {
            return swap_through(plain_fcntl, a, 2, "2hi2q2i", 32);
        }
        /* fall through */
    default:
        return safe_syscall(&env->h.exit_request, __NR_fcntl, a[0], a[1],
                            a[2], 0, 0, 0);
    }
}

/* ---- numbers of ppc64 ---------------------------------------------------- */

/* SO_PASSCRED and the five behind it, in x86-64's order. */
static int socket_option(int level, int option)
{
    static const int host[] = {
        SO_PASSCRED, SO_PEERCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO,
        SO_SNDTIMEO,
    };

    return level == SOL_SOCKET && option >= 16 && option <= 21
        ? host[option - 16] : option;
}

int64_t sys_setsockopt(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_setsockopt, a[0], a[1],
                        socket_option(a[1], a[2]), a[3], a[4], 0);
}

int64_t sys_getsockopt(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_getsockopt, a[0], a[1],
                        socket_option(a[1], a[2]), a[3], a[4], 0);
}

int64_t sys_mlockall(CPUX86State *env, const uint64_t a[6])
{
    int flags = (a[0] & ~7ull) ? -1 : (a[0] & 1 ? MCL_CURRENT : 0) |
                (a[0] & 2 ? MCL_FUTURE : 0) | (a[0] & 4 ? MCL_ONFAULT : 0);

    return host_syscall(__NR_mlockall, flags, 0, 0, 0, 0, 0);
}

/* ---- byte order ---------------------------------------------------------- */

int64_t sys_signalfd4(CPUX86State *env, const uint64_t a[6])
{
    uint64_t set;

    if (a[2] != sizeof(set)) {
        return -EINVAL;
    }
    if (get_guest(&set, a[1]) < 0) {
        return -EFAULT;
    }
    set = le64(set);
    return host_syscall(__NR_signalfd4, a[0], (long)&set, a[2], a[3], 0, 0);
}

int64_t sys_signalfd(CPUX86State *env, const uint64_t a[6])
{
    uint64_t b[6] = { a[0], a[1], a[2], 0 };

    return sys_signalfd4(env, b);
}

int64_t sys_timer_create(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_timer_create, a[0], a[1], a[2], 0, 0, 0);
}

int64_t sys_mq_notify(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_mq_notify, a[0], a[1], 0, 0, 0, 0);
}
