/* SPDX-License-Identifier: MIT */
/*
 * Files and directories: every way to open, read, write, stat, link, list and
 * lock them, with what each call says when it fails.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "show.h"

static void show(const char *path)
{
    struct stat st;
    struct statx sx;

    if (lstat(path, &st) < 0) {
        printf("%s: %s\n", path, strerrorname_np(errno));
        return;
    }
    T(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx));
    printf("%s: mode %o nlink %d size %d blksize %d same %d\n", path,
           st.st_mode, (int)st.st_nlink, S_ISDIR(st.st_mode)
           ? 0 : (int)st.st_size, (int)st.st_blksize,
           sx.stx_ino == st.st_ino && sx.stx_mode == st.st_mode &&
           sx.stx_size == st.st_size &&
           sx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
}

static void basic(void)
{
    char buf[64] = { 0 };
    struct iovec v[3] = { { buf, 3 }, { buf + 10, 4 }, { buf + 20, 5 } };
    int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0640);
    struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_BENEATH };

    T(fd);
    T(write(fd, "hello, world of files", 21));
    T(pwrite(fd, "W", 1, 7));
    T(lseek(fd, 0, SEEK_SET));
    T(readv(fd, v, 3));
    printf("%s|%s|%s\n", buf, buf + 10, buf + 20);
    T(preadv(fd, v, 3, 7));
    printf("%s|%s|%s\n", buf, buf + 10, buf + 20);
    T(preadv2(fd, v, 1, 1, RWF_NOWAIT | 0x4000));
    T(writev(fd, v, 2));
    T(pwritev2(fd, v, 2, 100, RWF_DSYNC));
    T(lseek(fd, 0, SEEK_END));
    T(lseek(fd, 50, SEEK_DATA) >= 0);
    T(lseek(fd, -1, SEEK_SET));
    T(ftruncate(fd, 10));
    T(ftruncate(fd, -1));
    T(fallocate(fd, 0, 0, 4096));
    T(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    T(fsync(fd));
    T(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    T(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
    T(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
    T(fcntl(fd, F_GETFD));
    T(ioctl(fd, FIOCLEX));
    T(fcntl(fd, F_GETFD));
    T(fcntl(fd, F_DUPFD, 20));
    T(fcntl(20, F_GETFD));
    T(fcntl(fd, F_DUPFD_CLOEXEC, 20));
    T(fcntl(21, F_GETFD));
    T(dup2(fd, 30));
    T(dup3(fd, 31, O_CLOEXEC));
    T(dup3(fd, 31, 12345678));
    T(dup3(fd, fd, 0));
    T(dup2(fd, fd));
    T(dup2(99, 99));
    T(dup2(fd, -1));
    T(syscall(SYS_close_range, 20, 25, 0));
    T(fcntl(20, F_GETFD));
    T(syscall(SYS_close_range, 30, 40, 4 /* CLOEXEC */));
    T(fcntl(30, F_GETFD));
    T(fcntl(fd, F_GETLEASE));
    T(fcntl(fd, 77777));
    T(close(fd));
    T(close(fd));
    T(open("a", O_RDONLY | O_DIRECTORY));
    T(open("nope", O_RDONLY));
    T(open("a/b", O_RDONLY));
    T(open("a", O_CREAT | O_EXCL, 0600));
    T(syscall(SYS_openat2, AT_FDCWD, "a", &how, sizeof(how)) >= 0);
    T(syscall(SYS_openat2, AT_FDCWD, "/a", &how, sizeof(how)));
    T(syscall(SYS_openat2, AT_FDCWD, "a", &how, 8));
    how.flags = 1ull << 40;
    T(syscall(SYS_openat2, AT_FDCWD, "a", &how, sizeof(how)));
    T(syscall(SYS_creat, "c", 0600) >= 0);
    T(syscall(SYS_open, "c", O_RDONLY) >= 0);
    show("a");
}

static void tree(void)
{
    char buf[4096];
    struct dirent *e;
    struct dirent **list;
    int n, d;

    T(mkdir("d", 0755));
    T(mkdirat(AT_FDCWD, "d/sub", 0700));
    T(mkdir("d", 0755));
    T(d = open("d", O_PATH));
    T(symlink("../a", "d/link"));
    T(linkat(AT_FDCWD, "a", d, "hard", 0));
    T(mknodat(d, "fifo", S_IFIFO | 0600, 0));
    T(readlinkat(d, "link", buf, 3));
    T(readlink("d/link", buf, sizeof(buf)));
    T(readlink("d/link", buf, 0));
    T(readlink("a", buf, 10));
    show("d"), show("d/link"), show("d/hard"), show("d/fifo"), show("zz");
    T(faccessat(d, "hard", R_OK, 0));
    T(access("d/none", F_OK));
    T(syscall(439 /* faccessat2 */, d, "link", F_OK, AT_SYMLINK_NOFOLLOW));
    T(rename("d/hard", "d/sub/moved"));
    T(syscall(SYS_renameat2, d, "link", d, "fifo", 1 /* NOREPLACE */));
    T(syscall(SYS_renameat2, d, "link", d, "fifo", 2 /* EXCHANGE */));
    show("d/link"), show("d/fifo");
    T(rmdir("d"));
    T(unlink("d"));
    T(unlinkat(d, "sub", 0));
    T(chmod("d/sub/moved", 0604));
    T(fchmodat(d, "sub", 01777, 0));
    T(chown("a", getuid(), getgid()));
    T(lchown("d/fifo", getuid(), -1));
    show("a"), show("d/sub");
    n = scandir("d", &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        printf("entry %s type %d\n", list[i]->d_name, list[i]->d_type);
    }
    T(syscall(SYS_getdents64, d, buf, sizeof(buf)));
    T((d = open("d", O_RDONLY), syscall(SYS_getdents64, d, buf, 3)));
    T(syscall(SYS_getdents64, d, buf, sizeof(buf)) > 0);
    T(syscall(SYS_getdents64, d, buf, sizeof(buf)));
    T(lseek(d, 0, SEEK_SET));
    T(syscall(SYS_getdents, d, buf, sizeof(buf)) > 0);
    T(chdir("d/sub"));
    T(strcmp(strrchr(getcwd(buf, sizeof(buf)), '/'), "/sub"));
    T(syscall(SYS_getcwd, buf, 2));
    T(fchdir(d));
    T(chdir(".."));
    T(chdir("a"));
    T(umask(022));
    T(umask(077));
    (void)e;
}

static void times_and_attrs(void)
{
    struct timespec ts[2] = { { 1000000, 5 }, { 2000000, 7 } };
    struct timeval tv[2] = { { 3, 4 }, { 5, 6 } };
    struct utimbuf ut = { 111, 222 };
    struct stat st;
    struct statfs sf;
    char buf[64];

    T(utimensat(AT_FDCWD, "a", ts, 0));
    stat("a", &st);
    printf("%ld.%ld %ld.%ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec,
           st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    T(utimes("a", tv));
    stat("a", &st);
    printf("%ld.%ld %ld.%ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec,
           st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    T(utime("a", &ut));
    stat("a", &st);
    printf("%ld %ld\n", st.st_atim.tv_sec, st.st_mtim.tv_sec);
    ts[0].tv_nsec = 2000000000;
    T(utimensat(AT_FDCWD, "a", ts, 0));
    T(utimensat(AT_FDCWD, "none", NULL, 0));
    T(statfs(".", &sf));
    T(sf.f_bsize > 0 && sf.f_namelen == 255);
    T(statfs("none", &sf));
    T(setxattr("a", "user.test", "value", 5, 0) < 0
      ? errno == EOPNOTSUPP : getxattr("a", "user.test", buf, 64) == 5);
    T(getxattr("a", "user.none", buf, 64) < 0);
    T(truncate("a", 3));
    show("a");
    T(mknod("dev", S_IFREG | 0600, 0));
    show("dev");
}

static void moving(void)
{
    int in = open("src", O_RDWR | O_CREAT, 0600);
    int out = open("dst", O_RDWR | O_CREAT, 0600);
    int p[2];
    off_t off = 3;
    loff_t a = 1, b = 2;
    char buf[32] = { 0 };

    T(write(in, "0123456789abcdef", 16));
    T(sendfile(out, in, &off, 4));
    T(off);
    T(copy_file_range(in, &a, out, &b, 5, 0));
    printf("%d %d\n", (int)a, (int)b);
    T(pipe2(p, O_CLOEXEC));
    a = 8;
    T(splice(in, &a, p[1], NULL, 6, 0));
    T(read(p[0], buf, 2));
    T(splice(p[0], NULL, out, NULL, 100, SPLICE_F_NONBLOCK));
    T(splice(p[0], NULL, out, NULL, 100, SPLICE_F_NONBLOCK));
    T(vmsplice(p[1], &(struct iovec){ "vm", 2 }, 1, 0));
    T(tee(p[0], p[1], 2, SPLICE_F_NONBLOCK));
    T(read(p[0], buf, 32));
    printf("%s\n", buf);
    T(pread(out, buf, 32, 0));
    printf("%s\n", buf);
    T(splice(in, NULL, out, NULL, 5, 0));
}

static void locks(void)
{
    int fd = open("a", O_RDWR), fd2 = open("a", O_RDWR), p[2], st;
    struct flock l = { .l_type = F_WRLCK, .l_start = 10, .l_len = 5 };
    char c;

    T(fcntl(fd, F_SETLK, &l));
    T(pipe(p));
    if (fork() == 0) {
        struct flock m = { .l_type = F_RDLCK, .l_start = 0, .l_len = 0 };
        T(fcntl(fd, F_GETLK, &m));
        printf("%d %d %d mine %d\n", m.l_type, (int)m.l_start, (int)m.l_len,
               m.l_pid == getppid());
        T(fcntl(fd, F_SETLK, &m));
        fflush(stdout);
        write(p[1], "x", 1);
        T(fcntl(fd, F_SETLKW, &m));
        fflush(stdout);
        _exit(0);
    }
    read(p[0], &c, 1);
    usleep(20000);
    l.l_type = F_UNLCK;
    int unlocked = fcntl(fd, F_SETLK, &l), err = errno;
    wait(&st);      /* the child's line comes first */
    errno = err;
    show_result("unlock", unlocked);
    T(st);
    l = (struct flock){ .l_type = F_WRLCK };
    T(fcntl(fd, F_OFD_SETLK, &l));
    T(fcntl(fd2, F_OFD_SETLK, &l));
    T(fcntl(fd2, F_OFD_GETLK, &l));
    T(l.l_pid);
    T(flock(fd, LOCK_EX));
    T(flock(fd2, LOCK_SH | LOCK_NB));
    T(flock(fd, LOCK_UN));
    T(flock(fd2, LOCK_SH | LOCK_NB));
    T(flock(fd2, 77));
}

static void memory_files(void)
{
    int fd = memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    char *m;

    T(ftruncate(fd, 4096));
    m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(m, "shared");
    T(msync(m, 4096, MS_SYNC));
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
    T(fcntl(fd, F_GET_SEALS));
    T(ftruncate(fd, 100));
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    T(munmap(m, 4096));
    T(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    T(write(fd, "x", 1));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    basic();
    tree();
    times_and_attrs();
    moving();
    locks();
    memory_files();
    return 0;
}
