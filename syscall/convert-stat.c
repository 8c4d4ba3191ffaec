/* SPDX-License-Identifier: MIT */
/*
 * struct stat and struct statfs on hosts that lay them out differently.
 * Guest layouts: <asm/stat.h>, <asm/statfs.h> of x86-64.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/uaccess.h"

#include <sys/stat.h>
#include <sys/vfs.h>

typedef struct GuestStat {
    uint64_t st_dev, st_ino, st_nlink;
    uint32_t st_mode, st_uid, st_gid, pad;
    uint64_t st_rdev;
    int64_t st_size, st_blksize, st_blocks;
    uint64_t atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
    int64_t unused[3];
} GuestStat;
G_STATIC_ASSERT(sizeof(GuestStat) == 144);

typedef struct GuestStatfs {
    int64_t f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree;
    int32_t f_fsid[2];
    int64_t f_namelen, f_frsize, f_flags, f_spare[4];
} GuestStatfs;
G_STATIC_ASSERT(sizeof(GuestStatfs) == 120);

static int64_t put_stat(vaddr addr, const struct stat *s)
{
    GuestStat g = {
        .st_dev = le64(s->st_dev), .st_ino = le64(s->st_ino),
        .st_nlink = le64(s->st_nlink), .st_mode = le32(s->st_mode),
        .st_uid = le32(s->st_uid), .st_gid = le32(s->st_gid),
        .st_rdev = le64(s->st_rdev), .st_size = le64(s->st_size),
        .st_blksize = le64(s->st_blksize), .st_blocks = le64(s->st_blocks),
        .atime = le64(s->st_atim.tv_sec),
        .atime_nsec = le64(s->st_atim.tv_nsec),
        .mtime = le64(s->st_mtim.tv_sec),
        .mtime_nsec = le64(s->st_mtim.tv_nsec),
        .ctime = le64(s->st_ctim.tv_sec),
        .ctime_nsec = le64(s->st_ctim.tv_nsec),
    };

    return put_guest(addr, &g);
}

static int64_t do_stat(int dirfd, vaddr path, vaddr out, int flags)
{
    struct stat s;

    if (fstatat(dirfd, (const char *)(uintptr_t)path, &s, flags) < 0) {
        return -errno;
    }
    return put_stat(out, &s);
}

int64_t sys_stat(CPUX86State *env, const uint64_t a[6])
{
    return do_stat(AT_FDCWD, a[0], a[1], 0);
}

int64_t sys_lstat(CPUX86State *env, const uint64_t a[6])
{
    return do_stat(AT_FDCWD, a[0], a[1], AT_SYMLINK_NOFOLLOW);
}

int64_t sys_newfstatat(CPUX86State *env, const uint64_t a[6])
{
    return do_stat(a[0], a[1], a[2], a[3]);
}

int64_t sys_fstat(CPUX86State *env, const uint64_t a[6])
{
    struct stat s;

    return fstat(a[0], &s) < 0 ? -errno : put_stat(a[1], &s);
}

static int64_t put_statfs(vaddr addr, const struct statfs *s)
{
    GuestStatfs g = {
        .f_type = le64(s->f_type), .f_bsize = le64(s->f_bsize),
        .f_blocks = le64(s->f_blocks), .f_bfree = le64(s->f_bfree),
        .f_bavail = le64(s->f_bavail), .f_files = le64(s->f_files),
        .f_ffree = le64(s->f_ffree),
        .f_fsid = { le32(s->f_fsid.__val[0]), le32(s->f_fsid.__val[1]) },
        .f_namelen = le64(s->f_namelen), .f_frsize = le64(s->f_frsize),
        .f_flags = le64(s->f_flags),
    };

    return put_guest(addr, &g);
}

int64_t sys_statfs(CPUX86State *env, const uint64_t a[6])
{
    struct statfs s;

    return statfs((const char *)(uintptr_t)a[0], &s) < 0
        ? -errno : put_statfs(a[1], &s);
}

int64_t sys_fstatfs(CPUX86State *env, const uint64_t a[6])
{
    struct statfs s;

    return fstatfs(a[0], &s) < 0 ? -errno : put_statfs(a[1], &s);
}
