/* SPDX-License-Identifier: MIT */
/*
 * System V IPC of a 32-bit guest: the ipc multiplexer, and the control
 * structures in their new (IPC_64) and old i386 layouts (asm/ipcbuf.h...).
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

#define IPC_64 0x100
enum { CMD_RMID, CMD_SET, CMD_STAT, CMD_INFO };

/* x86-64's and i386's struct ipc64_perm, and the first one of all. */
typedef struct Perm {
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;
    uint16_t seq, pad;
    uint64_t unused[2];
} Perm;

typedef struct Perm32 {
    int32_t key;
    uint32_t uid, gid, cuid, cgid, mode;    /* mode is 16 bits and padding */
    uint16_t seq, pad;
    uint32_t unused[2];
} Perm32;

typedef struct OldPerm32 {
    int32_t key;
    uint16_t uid, gid, cuid, cgid, mode, seq;
} OldPerm32;

static void perm_out(Perm32 *o, const Perm *p)
{
    *o = (Perm32) { p->key, p->uid, p->gid, p->cuid, p->cgid, p->mode, p->seq };
}

static void old_perm_out(OldPerm32 *o, const Perm *p)
{
    *o = (OldPerm32) { p->key, p->uid, p->gid, p->cuid, p->cgid, p->mode,
                       p->seq };
}

/* IPC_SET looks at owner and mode only. */
static int perm_in(Perm *p, vaddr at, bool new)
{
    Perm32 n;
    OldPerm32 o;

    if (new ? get_guest(&n, at) : get_guest(&o, at)) {
        return -EFAULT;
    }
    p->uid = new ? n.uid : o.uid;
    p->gid = new ? n.gid : o.gid;
    p->mode = new ? n.mode & 0xffff : o.mode;
    return 0;
}

/* ---- semaphores ---------------------------------------------------------- */

typedef struct Semid {
    Perm perm;
    int64_t otime, unused1, ctime, unused2;
    uint64_t nsems, unused[2];
} Semid;

static int64_t put_semid(vaddr at, const Semid *s, bool new)
{
    struct {
        Perm32 perm;
        uint32_t otime, otime_high, ctime, ctime_high, nsems, unused[2];
    } n = { .otime = s->otime, .otime_high = s->otime >> 32,
            .ctime = s->ctime, .ctime_high = s->ctime >> 32,
            .nsems = s->nsems };
    struct {
        OldPerm32 perm;
        uint32_t otime, ctime, base, pending, last, undo;
        uint16_t nsems;
    } o = { .otime = s->otime, .ctime = s->ctime, .nsems = s->nsems };

    perm_out(&n.perm, &s->perm);
    old_perm_out(&o.perm, &s->perm);
    return new ? put_guest(at, &n) : put_guest(at, &o);
}

static int64_t do_semctl(CPUX86State *env, uint64_t id, uint64_t num,
                         unsigned cmd, uint32_t arg, bool new)
{
    Semid s = { 0 };
    int64_t ret;

    switch (cmd) {
    case CMD_STAT: case 18: case 20:        /* SEM_STAT, SEM_STAT_ANY */
        ret = CALL(semctl, id, num, cmd, P(&s));
        return ret < 0 ? ret : put_semid(arg, &s, new) ? -EFAULT : ret;
    case CMD_SET:
        return perm_in(&s.perm, arg, new) ? -EFAULT
               : CALL(semctl, id, num, cmd, P(&s));
    case 16:                                /* SETVAL: an int */
        return CALL(semctl, id, num, cmd, (int32_t)arg);
    default:
        return CALL(semctl, id, num, cmd, arg);
    }
}

int64_t sys32_semctl(CPUX86State *env, const uint64_t a[6])
{
    return do_semctl(env, a[0], a[1], a[2] & ~IPC_64, a[3], true);
}

int64_t sys32_semtimedop_time64(CPUX86State *env, const uint64_t a[6])
{
    Timespec64 ts;

    if (a[3] && get_timespec64(&ts, a[3])) {
        return -EFAULT;
    }
    return CALL(semtimedop, a[0], a[1], a[2], a[3] ? P(&ts) : 0);
}

/* ---- messages ------------------------------------------------------------ */

typedef struct Msqid {
    Perm perm;
    int64_t stime, rtime, ctime;
    uint64_t cbytes, qnum, qbytes;
    int32_t lspid, lrpid;
    uint64_t unused[2];
} Msqid;

static int64_t put_msqid(vaddr at, const Msqid *s, bool new)
{
    struct {
        Perm32 perm;
        uint32_t stime[2], rtime[2], ctime[2], cbytes, qnum, qbytes;
        int32_t lspid, lrpid;
        uint32_t unused[2];
    } n = {
        .stime = { s->stime, s->stime >> 32 },
        .rtime = { s->rtime, s->rtime >> 32 },
        .ctime = { s->ctime, s->ctime >> 32 }, .cbytes = s->cbytes,
        .qnum = s->qnum, .qbytes = s->qbytes, .lspid = s->lspid,
        .lrpid = s->lrpid,
    };
    struct {
        OldPerm32 perm;
        uint32_t first, last, stime, rtime, ctime, lcbytes, lqbytes;
        uint16_t cbytes, qnum, qbytes, lspid, lrpid;
    } o = {
        .stime = s->stime, .rtime = s->rtime, .ctime = s->ctime,
        .lcbytes = s->cbytes, .lqbytes = s->qbytes,
        .cbytes = MIN(s->cbytes, 0xffff), .qnum = MIN(s->qnum, 0xffff),
        .qbytes = MIN(s->qbytes, 0xffff), .lspid = s->lspid,
        .lrpid = s->lrpid,
    };

    perm_out(&n.perm, &s->perm);
    old_perm_out(&o.perm, &s->perm);
    return new ? put_guest(at, &n) : put_guest(at, &o);
}

static int64_t do_msgctl(CPUX86State *env, uint64_t id, unsigned cmd,
                         uint32_t arg, bool new)
{
    Msqid s = { 0 };
    int64_t ret;

    switch (cmd) {
    case CMD_STAT: case 11: case 13:
        ret = CALL(msgctl, id, cmd, P(&s));
        return ret < 0 ? ret : put_msqid(arg, &s, new) ? -EFAULT : ret;
    case CMD_SET: {
        /* new: behind perm and three times; old: the two forms of qbytes */
        uint32_t q = 0;
        uint16_t q16 = 0;
        if (perm_in(&s.perm, arg, new) ||
            (new ? copy_from_guest(&q, arg + sizeof(Perm32) + 32, 4)
                 : (copy_from_guest(&q, arg + sizeof(OldPerm32) + 24, 4) ||
                    copy_from_guest(&q16, arg + sizeof(OldPerm32) + 32,
                                    2)))) {
            return -EFAULT;
        }
        s.qbytes = q ? q : q16;
        return CALL(msgctl, id, cmd, P(&s));
    }
    default:
        return CALL(msgctl, id, cmd, arg);
    }
}

int64_t sys32_msgctl(CPUX86State *env, const uint64_t a[6])
{
    return do_msgctl(env, a[0], a[1] & ~IPC_64, a[2], true);
}

/* A message begins with its type, a long. */
int64_t sys32_msgsnd(CPUX86State *env, const uint64_t a[6])
{
    uint64_t size = a[2];
    int32_t type;
    int64_t *buf, ret;

    if (size > (1 << 24)) {
        return -EINVAL;
    }
    if (get_guest(&type, a[1])) {
        return -EFAULT;
    }
    buf = g_malloc(8 + size);
    buf[0] = type;
    ret = copy_from_guest(buf + 1, a[1] + 4, size)
          ? -EFAULT : CALL(msgsnd, a[0], P(buf), size, a[3]);
    g_free(buf);
    return ret;
}

int64_t sys32_msgrcv(CPUX86State *env, const uint64_t a[6])
{
    uint64_t size = a[2];
    int64_t *buf, ret;
    int32_t type;

    if ((int32_t)size < 0) {
        return -EINVAL;
    }
    size = MIN(size, 1 << 24);
    buf = g_malloc(8 + size);
    ret = CALL(msgrcv, a[0], P(buf), size, (int32_t)a[3], a[4]);
    if (ret >= 0) {
        type = buf[0];
        if (put_guest(a[1], &type) || copy_to_guest(a[1] + 4, buf + 1, ret)) {
            ret = -EFAULT;
        }
    }
    g_free(buf);
    return ret;
}

/* ---- shared memory ------------------------------------------------------- */

typedef struct Shmid {
    Perm perm;
    uint64_t segsz;
    int64_t atime, dtime, ctime;
    int32_t cpid, lpid;
    uint64_t nattch, unused[2];
} Shmid;

static int64_t put_shmid(vaddr at, const Shmid *s, bool new)
{
    struct {
        Perm32 perm;
        uint32_t segsz, atime[2], dtime[2], ctime[2];
        int32_t cpid, lpid;
        uint32_t nattch, unused[2];
    } n = {
        .segsz = s->segsz, .atime = { s->atime, s->atime >> 32 },
        .dtime = { s->dtime, s->dtime >> 32 },
        .ctime = { s->ctime, s->ctime >> 32 }, .cpid = s->cpid,
        .lpid = s->lpid, .nattch = s->nattch,
    };
    struct {
        OldPerm32 perm;
        uint32_t segsz, atime, dtime, ctime;
        uint16_t cpid, lpid, nattch, unused;
        uint32_t unused2, unused3;
    } o = {
        .segsz = s->segsz, .atime = s->atime, .dtime = s->dtime,
        .ctime = s->ctime, .cpid = s->cpid, .lpid = s->lpid,
        .nattch = s->nattch,
    };

    perm_out(&n.perm, &s->perm);
    old_perm_out(&o.perm, &s->perm);
    return new ? put_guest(at, &n) : put_guest(at, &o);
}

/* Limits (IPC_INFO) and use (SHM_INFO): longs, clamped. */
static int64_t shm_info(CPUX86State *env, uint64_t id, unsigned cmd,
                        uint32_t arg)
{
    uint64_t w[9] = { 0 };
    uint32_t v[6];
    int64_t ret = CALL(shmctl, id, cmd, P(w));

    if (ret < 0) {
        return ret;
    }
    for (unsigned i = 0; i < 6; i++) {
        v[i] = MIN(w[i], INT32_MAX);
    }
    v[0] = cmd == 14 ? (uint32_t)w[0] : v[0];   /* used_ids is an int */
    return copy_to_guest(arg, v, cmd == 14 ? 24 : 20) ? -EFAULT : ret;
}

static int64_t do_shmctl(CPUX86State *env, uint64_t id, unsigned cmd,
                         uint32_t arg, bool new)
{
    Shmid s = { 0 };
    int64_t ret;

    switch (cmd) {
    case CMD_STAT: case 13: case 15:        /* SHM_STAT, SHM_STAT_ANY */
        ret = CALL(shmctl, id, cmd, P(&s));
        return ret < 0 ? ret : put_shmid(arg, &s, new) ? -EFAULT : ret;
    case CMD_SET:
        return perm_in(&s.perm, arg, new) ? -EFAULT
               : CALL(shmctl, id, cmd, P(&s));
    case CMD_INFO: case 14:
        return shm_info(env, id, cmd, arg);
    default:
        return CALL(shmctl, id, cmd, arg);
    }
}

int64_t sys32_shmctl(CPUX86State *env, const uint64_t a[6])
{
    return do_shmctl(env, a[0], a[1] & ~IPC_64, a[2], true);
}

/* ---- ipc ----------------------------------------------------------------- */

static int64_t ipc_msgrcv(CPUX86State *env, const uint64_t a[6],
                          unsigned version)
{
    struct { uint32_t msgp; int32_t type; } k;
    uint64_t b[6] = { a[1], a[4], a[2], a[5], a[3] };

    if (version == 0) {
        if (!a[4]) {
            return -EINVAL;
        }
        if (get_guest(&k, a[4])) {
            return -EFAULT;
        }
        b[1] = k.msgp;
        b[3] = k.type;
    }
    return sys32_msgrcv(env, b);
}

static int64_t ipc_shmat(CPUX86State *env, const uint64_t a[6])
{
    int64_t at = CALL(shmat, a[1], a[4], a[2]);
    uint32_t v = at;

    if (at < 0) {
        return at;
    }
    return put_guest(a[3], &v) ? -EFAULT : 0;
}

/* call first second third ptr fifth */
int64_t sys32_ipc(CPUX86State *env, const uint64_t a[6])
{
    unsigned version = a[0] >> 16;
    bool new = a[2] & IPC_64, new3 = a[3] & IPC_64;
    uint32_t arg;
    Timespec64 ts;

    switch (a[0] & 0xffff) {
    case 1:
        return CALL(semtimedop, a[1], a[4], a[2], 0);
    case 4:
        if (a[5] && get_timespec32(&ts, a[5])) {
            return -EFAULT;
        }
        return CALL(semtimedop, a[1], a[4], a[2], a[5] ? P(&ts) : 0);
    case 2:
        return CALL(semget, a[1], a[2], a[3]);
    case 3:
        if (!a[4]) {
            return -EINVAL;
        }
        if (get_guest(&arg, a[4])) {
            return -EFAULT;
        }
        return do_semctl(env, a[1], a[2], a[3] & ~IPC_64, arg, new3);
    case 11:
        return sys32_msgsnd(env, (const uint64_t[6]) { a[1], a[4], a[2],
                                                       a[3] });
    case 12:
        return ipc_msgrcv(env, a, version);
    case 13:
        return CALL(msgget, a[1], a[2]);
    case 14:
        return do_msgctl(env, a[1], a[2] & ~IPC_64, a[4], new);
    case 21:
        return version == 1 ? -EINVAL : ipc_shmat(env, a);
    case 22:
        return CALL(shmdt, a[4]);
    case 23:
        return CALL(shmget, a[1], a[2], a[3]);
    case 24:
        return do_shmctl(env, a[1], a[2] & ~IPC_64, a[4], new);
    default:
        return -ENOSYS;
    }
}
