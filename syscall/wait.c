/* SPDX-License-Identifier: MIT */
/*
 * Waits under a temporary signal mask.  The mask goes into force in the
 * emulator first (signals it already holds become deliverable and make
 * safe_syscall return at once) and in the kernel atomically with the wait, so
 * that no signal slips between.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#define SIGSET_SIZE 8

/* Reads the guest's mask.  Where that fails the kernel gets the arguments as
 * they are, to complain about the first wrong one. */
static bool get_mask(uint64_t *set, vaddr addr, uint64_t size)
{
    if (size != SIGSET_SIZE || get_guest(set, addr) < 0) {
        return false;
    }
    *set = le64(*set);
    return true;
}

/* One call, with the address of the mask for the kernel in argument m. */
static int64_t masked_wait(CPUX86State *env, long nr, const uint64_t a[6],
                           uint64_t set, unsigned m)
{
    struct { uint64_t addr, size; } pair;
    uint64_t b[6], host;
    int64_t ret;

    memcpy(b, a, sizeof(b));
    process_sigmask_begin(env, set, &host);
    if (nr == __NR_pselect6 || nr == __NR_io_pgetevents) {
        pair.addr = (uintptr_t)&host;
        pair.size = SIGSET_SIZE;
        b[m] = (uintptr_t)&pair;
    } else {
        b[m] = (uintptr_t)&host;
    }
    ret = safe_syscall(&env->h.exit_request, nr, b[0], b[1], b[2], b[3], b[4],
                       b[5]);
    if (ret == -QEMU_ERESTARTSYS) {
        ret = -QEMU_ERESTARTNOHAND;
    }
    process_sigmask_end(env, ret);
    return ret;
}

static int64_t plain_wait(CPUX86State *env, long nr, const uint64_t a[6])
{
    int64_t ret = safe_syscall(&env->h.exit_request, nr, a[0], a[1], a[2],
                               a[3], a[4], a[5]);

    return ret == -QEMU_ERESTARTSYS ? -QEMU_ERESTARTNOHAND : ret;
}

int64_t wait_with_mask(CPUX86State *env, long nr, const uint64_t a[6],
                       unsigned m)
{
    uint64_t set;

    if (!a[m] || !get_mask(&set, a[m], a[m + 1])) {
        return plain_wait(env, nr, a);
    }
    return masked_wait(env, nr, a, set, m);
}

/* Argument m points to a pair: address of the mask, its size. */
static int64_t wait_pair(CPUX86State *env, long nr, const uint64_t a[6],
                         unsigned m)
{
    struct { uint64_t addr, size; } pair = { 0 };
    uint64_t set;

    if (!a[m] || get_guest(&pair, a[m]) < 0 || !pair.addr ||
        !get_mask(&set, le64(pair.addr), le64(pair.size))) {
        return plain_wait(env, nr, a);
    }
    return masked_wait(env, nr, a, set, m);
}

int64_t sys_pselect6(CPUX86State *env, const uint64_t a[6])
{
    return wait_pair(env, __NR_pselect6, a, 5);
}

int64_t sys_io_pgetevents(CPUX86State *env, const uint64_t a[6])
{
    return wait_pair(env, __NR_io_pgetevents, a, 5);
}

int64_t sys_ppoll(CPUX86State *env, const uint64_t a[6])
{
    return wait_with_mask(env, __NR_ppoll, a, 3);
}

int64_t sys_epoll_pwait(CPUX86State *env, const uint64_t a[6])
{
    return HOST_SAME_LAYOUT ? wait_with_mask(env, __NR_epoll_pwait, a, 4)
                            : convert_epoll_pwait(env, __NR_epoll_pwait, a);
}

int64_t sys_epoll_pwait2(CPUX86State *env, const uint64_t a[6])
{
    return HOST_SAME_LAYOUT ? wait_with_mask(env, __NR_epoll_pwait2, a, 4)
                            : convert_epoll_pwait(env, __NR_epoll_pwait2, a);
}
