/* SPDX-License-Identifier: MIT */
/*
 * SysV IPC control structures.  x86-64's semid64_ds has unused words between
 * its times; the other structures are the same on every 64-bit host of the
 * same byte order.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/sem.h>

typedef struct GuestSemid {
    uint8_t perm[48];           /* ipc64_perm */
    uint64_t otime, unused1, ctime, unused2, nsems, unused3, unused4;
} GuestSemid;

typedef struct HostSemid {
    uint8_t perm[48];
    uint64_t otime, ctime, nsems, unused3, unused4;
} HostSemid;

int64_t sys_semctl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[2] & ~0x100;            /* IPC_64 */
    HostSemid h = { 0 };
    GuestSemid g = { 0 };
    int64_t ret;

    if (cmd != IPC_STAT && cmd != IPC_SET && cmd != SEM_STAT &&
        cmd != 20 /* SEM_STAT_ANY */) {
        return host_syscall(__NR_semctl, a[0], a[1], a[2], a[3], 0, 0);
    }
    if (cmd == IPC_SET) {
        if (get_guest(&g, a[3]) < 0) {
            return -EFAULT;
        }
        memcpy(h.perm, g.perm, sizeof(h.perm));
    }
    ret = host_syscall(__NR_semctl, a[0], a[1], a[2], (long)&h, 0, 0);
    if (ret < 0 || cmd == IPC_SET) {
        return ret;
    }
    memcpy(g.perm, h.perm, sizeof(g.perm));
    g.otime = h.otime;
    g.ctime = h.ctime;
    g.nsems = h.nsems;
    return put_guest(a[3], &g) < 0 ? -EFAULT : ret;
}

int64_t sys_shmctl(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_shmctl, a[0], a[1], a[2], 0, 0, 0);
}

int64_t sys_msgctl(CPUX86State *env, const uint64_t a[6])
{
    return host_syscall(__NR_msgctl, a[0], a[1], a[2], 0, 0, 0);
}
