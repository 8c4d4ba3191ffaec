/* SPDX-License-Identifier: MIT */
/*
 * futex.  Guest addresses are host addresses, so the kernel works on the
 * guest's words directly; only the operations that wait take the race-free
 * way.  Wake-up at thread exit is linux-user's.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"

enum {
    OP_WAIT = 0, OP_CMP_REQUEUE = 4, OP_WAKE_OP = 5, OP_LOCK_PI = 6, OP_UNLOCK_PI = 7,
    OP_TRYLOCK_PI = 8, OP_WAIT_BITSET = 9, OP_WAIT_REQUEUE_PI = 11,
    OP_CMP_REQUEUE_PI = 12, OP_LOCK_PI2 = 13,
    OP_MASK = 127,
};

/* May sleep. */
#define WAITING (1u << OP_WAIT | 1u << OP_LOCK_PI | 1u << OP_WAIT_BITSET | \
                 1u << OP_WAIT_REQUEUE_PI | 1u << OP_LOCK_PI2)
/* The kernel writes the first word; the second one. */
#define WRITES_1 (1u << OP_LOCK_PI | 1u << OP_UNLOCK_PI | \
                  1u << OP_TRYLOCK_PI | 1u << OP_LOCK_PI2)
#define WRITES_2 (1u << OP_WAKE_OP | 1u << OP_WAIT_REQUEUE_PI | \
                  1u << OP_CMP_REQUEUE_PI)

/* The kernel compares words of the guest's memory in the host's order. */
static void swap_values(unsigned op, uint64_t b[6], uint64_t ts[2])
{
    if ((op == OP_WAIT || op == OP_WAIT_BITSET) && b[3] &&
        copy_from_guest(ts, b[3], 16) == 0) {
        ts[0] = le64(ts[0]);
        ts[1] = le64(ts[1]);
        b[3] = (uintptr_t)ts;
    }
    if (op == OP_WAIT || op == OP_WAIT_BITSET || op == OP_WAIT_REQUEUE_PI) {
        b[2] = le32(b[2]);
    } else if (op == OP_CMP_REQUEUE || op == OP_CMP_REQUEUE_PI) {
        b[5] = le32(b[5]);
    }
}

int64_t sys_futex(CPUX86State *env, const uint64_t args[6])
{
    uint64_t ts[2], swapped[6];
    const uint64_t *a = args;
    unsigned op = args[1] & OP_MASK;
    uint32_t bit = op < 32 ? 1u << op : 0;
    int64_t ret;

    if (HOST_BIG_ENDIAN) {
        memcpy(swapped, a, sizeof(swapped));
        swap_values(op, swapped, ts);
        a = swapped;
    }
    if (bit & (WRITES_1 | WRITES_2)) {
        guest_prepare_write(bit & WRITES_1 ? a[0] : a[4], 4);
    }
    if (!(bit & WAITING)) {
        return host_syscall(__NR_futex, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    ret = safe_syscall(&env->h.exit_request, __NR_futex, a[0], a[1], a[2],
                       a[3], a[4], a[5]);
    /* A wait with a timeout is not restarted after a handler. */
    if (ret == -QEMU_ERESTARTSYS && a[3] &&
        (op == OP_WAIT || op == OP_WAIT_BITSET)) {
        ret = -QEMU_ERESTARTNOHAND;
    }
    return ret;
}
