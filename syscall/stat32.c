/* SPDX-License-Identifier: MIT */
/* stat, stat64, statfs and statfs64 in i386's layouts (asm/stat.h). */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/uaccess.h"

/* x86-64's struct stat, what the 64-bit rows give. */
typedef struct Stat {
    uint64_t dev, ino, nlink;
    uint32_t mode, uid, gid, pad;
    uint64_t rdev;
    int64_t size, blksize, blocks;
    Timespec64 atime, mtime, ctime;
    int64_t unused[3];
} Stat;

typedef struct Stat32 {
    uint32_t dev, ino;
    uint16_t mode, nlink, uid, gid;
    uint32_t rdev, size, blksize, blocks;
    uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
    uint32_t unused[2];
} Stat32;

typedef struct QEMU_PACKED Stat6432 {
    uint64_t dev;
    uint8_t pad0[4];
    uint32_t ino32, mode, nlink, uid, gid;
    uint64_t rdev;
    uint8_t pad3[4];
    int64_t size;
    uint32_t blksize;
    int64_t blocks;
    uint32_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
    uint64_t ino;
} Stat6432;

typedef struct Statfs {
    int64_t type, bsize;
    uint64_t blocks, bfree, bavail, files, ffree;
    int32_t fsid[2];
    int64_t namelen, frsize, flags, spare[4];
} Statfs;

typedef struct Statfs32 {
    uint32_t type, bsize, blocks, bfree, bavail, files, ffree, fsid[2],
             namelen, frsize, flags, spare[4];
} Statfs32;

typedef struct QEMU_PACKED Statfs6432 {
    uint32_t type, bsize;
    uint64_t blocks, bfree, bavail, files, ffree;
    uint32_t fsid[2], namelen, frsize, flags, spare[4];
} Statfs6432;

G_STATIC_ASSERT(sizeof(Stat) == 144);
G_STATIC_ASSERT(sizeof(Stat32) == 64);
G_STATIC_ASSERT(sizeof(Stat6432) == 96);
G_STATIC_ASSERT(sizeof(Statfs) == 120);
G_STATIC_ASSERT(sizeof(Statfs32) == 64);
G_STATIC_ASSERT(sizeof(Statfs6432) == 84);

static uint16_t id16(uint32_t id)
{
    return id > 0xffff ? 65534 : id;
}

static int64_t put_stat32(vaddr at, const Stat *s)
{
    Stat32 o = {
        .dev = s->dev, .ino = s->ino, .mode = s->mode, .nlink = s->nlink,
        .uid = id16(s->uid), .gid = id16(s->gid), .rdev = s->rdev,
        .size = s->size, .blksize = s->blksize, .blocks = s->blocks,
        .atime = s->atime.sec, .atime_nsec = s->atime.nsec,
        .mtime = s->mtime.sec, .mtime_nsec = s->mtime.nsec,
        .ctime = s->ctime.sec, .ctime_nsec = s->ctime.nsec,
    };

    if (o.ino != s->ino || o.nlink != s->nlink || s->size > INT32_MAX) {
        return -EOVERFLOW;
    }
    return put_guest(at, &o);
}

static int64_t put_stat64(vaddr at, const Stat *s)
{
    Stat6432 o = {
        .dev = s->dev, .ino32 = s->ino, .mode = s->mode, .nlink = s->nlink,
        .uid = s->uid, .gid = s->gid, .rdev = s->rdev, .size = s->size,
        .blksize = s->blksize, .blocks = s->blocks,
        .atime = s->atime.sec, .atime_nsec = s->atime.nsec,
        .mtime = s->mtime.sec, .mtime_nsec = s->mtime.nsec,
        .ctime = s->ctime.sec, .ctime_nsec = s->ctime.nsec, .ino = s->ino,
    };

    return put_guest(at, &o);
}

#define STAT_CALLS(name)                                                \
int64_t sys32_##name(CPUX86State *env, const uint64_t a[6])             \
{                                                                       \
    Stat s;                                                             \
    int64_t ret = CALL(name, a[0], P(&s));                              \
    return ret ? ret : put_stat32(a[1], &s);                            \
}                                                                       \
int64_t sys32_##name##64(CPUX86State *env, const uint64_t a[6])         \
{                                                                       \
    Stat s;                                                             \
    int64_t ret = CALL(name, a[0], P(&s));                              \
    return ret ? ret : put_stat64(a[1], &s);                            \
}

STAT_CALLS(stat)
STAT_CALLS(lstat)
STAT_CALLS(fstat)

int64_t sys32_fstatat64(CPUX86State *env, const uint64_t a[6])
{
    Stat s;
    int64_t ret = CALL(newfstatat, a[0], a[1], P(&s), a[3]);

    return ret ? ret : put_stat64(a[2], &s);
}

static int64_t put_statfs32(vaddr at, const Statfs *s)
{
    Statfs32 o = {
        s->type, s->bsize, s->blocks, s->bfree, s->bavail, s->files, s->ffree,
        { s->fsid[0], s->fsid[1] }, s->namelen, s->frsize, s->flags,
    };

    if ((s->blocks | s->bfree | s->bavail) >> 32 ||
        (s->files != ~0ull && s->files >> 32) ||
        (s->ffree != ~0ull && s->ffree >> 32)) {
        return -EOVERFLOW;
    }
    return put_guest(at, &o);
}

static int64_t put_statfs64(vaddr at, uint64_t size, const Statfs *s)
{
    Statfs6432 o = {
        s->type, s->bsize, s->blocks, s->bfree, s->bavail, s->files, s->ffree,
        { s->fsid[0], s->fsid[1] }, s->namelen, s->frsize, s->flags,
    };

    return put_guest(at, &o);
}

int64_t sys32_statfs(CPUX86State *env, const uint64_t a[6])
{
    Statfs s;
    int64_t ret = CALL(statfs, a[0], P(&s));

    return ret ? ret : put_statfs32(a[1], &s);
}

int64_t sys32_fstatfs(CPUX86State *env, const uint64_t a[6])
{
    Statfs s;
    int64_t ret = CALL(fstatfs, a[0], P(&s));

    return ret ? ret : put_statfs32(a[1], &s);
}

/* The size may be that of the structure with or without tail padding. */
static bool statfs64_size_ok(uint64_t size)
{
    return size == sizeof(Statfs6432) || size == sizeof(Statfs6432) + 4;
}

int64_t sys32_statfs64(CPUX86State *env, const uint64_t a[6])
{
    Statfs s;
    int64_t ret = statfs64_size_ok(a[1]) ? CALL(statfs, a[0], P(&s)) : -EINVAL;

    return ret ? ret : put_statfs64(a[2], a[1], &s);
}

int64_t sys32_fstatfs64(CPUX86State *env, const uint64_t a[6])
{
    Statfs s;
    int64_t ret = statfs64_size_ok(a[1]) ? CALL(fstatfs, a[0], P(&s))
                                         : -EINVAL;

    return ret ? ret : put_statfs64(a[2], a[1], &s);
}

int64_t sys32_ustat(CPUX86State *env, const uint64_t a[6])
{
    struct { int32_t tfree; uint32_t pad; uint64_t tinode; char name[16]; } u;
    struct { int32_t tfree; uint32_t tinode; char name[12]; } o = { 0 };
    int64_t ret = CALL(ustat, a[0], P(&u));

    if (ret) {
        return ret;
    }
    o.tfree = u.tfree;
    o.tinode = u.tinode;
    return put_guest(a[1], &o);
}
