/* SPDX-License-Identifier: MIT */
/*
 * System V IPC control on other hosts: x86-64's ipc64_perm, shmid64_ds,
 * msqid64_ds and semid64_ds (<asm/ipcbuf.h> and so on) from and to the C
 * library's, which are the host kernel's; the order and width of fields differ
 * by host.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define CMD_IPC_64      0x100
#define CMD_STAT_ANY_SHM 15
#define CMD_STAT_ANY_MSG 13
#define CMD_STAT_ANY_SEM 20

typedef struct GuestPerm {
    uint32_t key, uid, gid, cuid, cgid, mode;
    uint16_t seq, pad1;
    uint32_t pad2;
    uint64_t unused[2];
} GuestPerm;

typedef struct GuestShmid {
    GuestPerm perm;
    uint64_t segsz, atime, dtime, ctime;
    uint32_t cpid, lpid;
    uint64_t nattch, unused[2];
} GuestShmid;

typedef struct GuestMsqid {
    GuestPerm perm;
    uint64_t stime, rtime, ctime, cbytes, qnum, qbytes;
    uint32_t lspid, lrpid;
    uint64_t unused[2];
} GuestMsqid;

typedef struct GuestSemid {
    GuestPerm perm;
    uint64_t otime, unused1, ctime, unused2, nsems, unused3, unused4;
} GuestSemid;

G_STATIC_ASSERT(sizeof(GuestPerm) == 48);
G_STATIC_ASSERT(sizeof(GuestShmid) == 112);
G_STATIC_ASSERT(sizeof(GuestMsqid) == 120);
G_STATIC_ASSERT(sizeof(GuestSemid) == 104);

static GuestPerm perm_to_guest(const struct ipc_perm *p)
{
    return (GuestPerm) {
        le32(p->__key), le32(p->uid), le32(p->gid), le32(p->cuid),
        le32(p->cgid), le32(p->mode), le16(p->__seq),
    };
}

/* What IPC_SET looks at. */
static void perm_to_host(const GuestPerm *g, struct ipc_perm *p)
{
    p->uid = le32(g->uid);
    p->gid = le32(g->gid);
    p->mode = le32(g->mode);
}

/* IPC_INFO and the like, which differ in order only. */
static int64_t info(long nr, const uint64_t b[6], unsigned arg,
                    const char *fields, size_t size)
{
    uint8_t buf[128] = { 0 };
    uint64_t c[6];
    int64_t ret;

    memcpy(c, b, sizeof(c));
    c[arg] = (uintptr_t)buf;
    ret = host_syscall(nr, c[0], c[1], c[2], c[3], 0, 0);
    if (ret >= 0) {
        swap_fields(buf, fields);
        if (copy_to_guest(b[arg], buf, size)) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys_shmctl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[1] & ~CMD_IPC_64;
    struct shmid_ds h = { 0 };
    GuestShmid g = { 0 };
    int64_t ret;

    switch (cmd) {
    case IPC_INFO:
        return info(__NR_shmctl, a, 2, "9q", 72);
    case SHM_INFO:
        return info(__NR_shmctl, a, 2, "2i5q", 48);
    case IPC_SET:
        if (get_guest(&g, a[2]) < 0) {
            return -EFAULT;
        }
        perm_to_host(&g.perm, &h.shm_perm);
        break;
    case IPC_STAT:
    case SHM_STAT:
    case CMD_STAT_ANY_SHM:
        break;
    default:
        return host_syscall(__NR_shmctl, a[0], a[1], a[2], 0, 0, 0);
    }
    ret = host_syscall(__NR_shmctl, a[0], cmd, (long)&h, 0, 0, 0);
    if (ret < 0 || cmd == IPC_SET) {
        return ret;
    }
    g = (GuestShmid) {
        perm_to_guest(&h.shm_perm), le64(h.shm_segsz), le64(h.shm_atime),
        le64(h.shm_dtime), le64(h.shm_ctime), le32(h.shm_cpid),
        le32(h.shm_lpid), le64(h.shm_nattch),
    };
    return put_guest(a[2], &g) < 0 ? -EFAULT : ret;
}

int64_t sys_msgctl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[1] & ~CMD_IPC_64;
    struct msqid_ds h = { 0 };
    GuestMsqid g = { 0 };
    int64_t ret;

    switch (cmd) {
    case IPC_INFO:
    case MSG_INFO:
        return info(__NR_msgctl, a, 2, "7ih", 32);
    case IPC_SET:
        if (get_guest(&g, a[2]) < 0) {
            return -EFAULT;
        }
        perm_to_host(&g.perm, &h.msg_perm);
        h.msg_qbytes = le64(g.qbytes);
        break;
    case IPC_STAT:
    case MSG_STAT:
    case CMD_STAT_ANY_MSG:
        break;
    default:
        return host_syscall(__NR_msgctl, a[0], a[1], a[2], 0, 0, 0);
    }
    ret = host_syscall(__NR_msgctl, a[0], cmd, (long)&h, 0, 0, 0);
    if (ret < 0 || cmd == IPC_SET) {
        return ret;
    }
    g = (GuestMsqid) {
        perm_to_guest(&h.msg_perm), le64(h.msg_stime), le64(h.msg_rtime),
        le64(h.msg_ctime), le64(h.__msg_cbytes), le64(h.msg_qnum),
        le64(h.msg_qbytes), le32(h.msg_lspid), le32(h.msg_lrpid),
    };
    return put_guest(a[2], &g) < 0 ? -EFAULT : ret;
}

static int64_t sem_stat(const uint64_t a[6], int cmd)
{
    struct semid_ds h = { 0 };
    GuestSemid g = { 0 };
    int64_t ret;

    if (cmd == IPC_SET) {
        if (get_guest(&g, a[3]) < 0) {
            return -EFAULT;
        }
        perm_to_host(&g.perm, &h.sem_perm);
    }
    ret = host_syscall(__NR_semctl, a[0], a[1], cmd, (long)&h, 0, 0);
    if (ret < 0 || cmd == IPC_SET) {
        return ret;
    }
    g = (GuestSemid) {
        .perm = perm_to_guest(&h.sem_perm), .otime = le64(h.sem_otime),
        .ctime = le64(h.sem_ctime), .nsems = le64(h.sem_nsems),
    };
    return put_guest(a[3], &g) < 0 ? -EFAULT : ret;
}

/* All values of a set, 16 bits each, on a host of the other order. */
static int64_t sem_all(const uint64_t a[6], int cmd)
{
    struct semid_ds h = { 0 };
    int64_t ret = host_syscall(__NR_semctl, a[0], 0, IPC_STAT, (long)&h, 0, 0);
    uint16_t *v;

    if (ret < 0) {
        return ret;
    }
    v = g_new0(uint16_t, h.sem_nsems + 1);
    if (cmd == SETALL && copy_from_guest(v, a[3], h.sem_nsems * 2)) {
        ret = -EFAULT;
    }
    for (size_t i = 0; cmd == SETALL && i < h.sem_nsems; i++) {
        v[i] = le16(v[i]);
    }
    if (ret >= 0) {
        ret = host_syscall(__NR_semctl, a[0], a[1], cmd, (long)v, 0, 0);
    }
    for (size_t i = 0; cmd == GETALL && i < h.sem_nsems; i++) {
        v[i] = le16(v[i]);
    }
    if (ret >= 0 && cmd == GETALL && copy_to_guest(a[3], v, h.sem_nsems * 2)) {
        ret = -EFAULT;
    }
    g_free(v);
    return ret;
}

int64_t sys_semctl(CPUX86State *env, const uint64_t a[6])
{
    int cmd = a[2] & ~CMD_IPC_64;
    uint64_t val = a[3];

    switch (cmd) {
    case IPC_STAT:
    case IPC_SET:
    case SEM_STAT:
    case CMD_STAT_ANY_SEM:
        return sem_stat(a, cmd);
    case IPC_INFO:
    case SEM_INFO:
        return info(__NR_semctl, a, 3, "10i", 40);
    case GETALL:
    case SETALL:
        if (HOST_BIG_ENDIAN) {
            return sem_all(a, cmd);
        }
        break;
    case SETVAL:                /* the int of the union is its upper half */
        val = HOST_BIG_ENDIAN ? val << 32 : val;
        break;
    }
    return host_syscall(__NR_semctl, a[0], a[1], a[2], val, 0, 0);
}
