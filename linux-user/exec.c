/* SPDX-License-Identifier: MIT */
/*
 * execve and execveat.  By default the host does it: programs of the host run
 * natively, those of the guest come back through binfmt_misc.  With
 * -follow-exec an x86-64 program (or a script whose interpreter is one) is run
 * by this same emulator with the same options.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/path.h"
#include "linux-user/exec.h"
#include "linux-user/signal.h"
#include "loader/script.h"
#include <elf.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MAX_SCRIPTS 5
#define MAX_STRINGS (1 << 20)

static char **self_args;
static unsigned nb_self_args;
static int self_fd = -1;

void exec_set_self(int fd, char **args, unsigned nb)
{
    self_fd = fd;
    self_args = args;
    nb_self_args = nb;
}

void exec_self_fd_moved(int fd)
{
    self_fd = fd;
}

/* ---- is it ours? --------------------------------------------------------- */

/* 64, 32: an x86-64 or i386 program; 0: something else; negative errno. */
static int classify(int fd, int depth)
{
    uint8_t buf[256] = { 0 };
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)buf;
    ScriptLine line;
    ssize_t n = pread(fd, buf, sizeof(buf), 0);
    int ret, next;

    if (n < 0) {
        return -errno;
    }
    if (n >= (ssize_t)sizeof(*eh) && !memcmp(buf, ELFMAG, SELFMAG)) {
        unsigned machine = GUINT16_FROM_LE(eh->e_machine);
        if (eh->e_ident[EI_DATA] != ELFDATA2LSB) {
            return 0;
        }
        return eh->e_ident[EI_CLASS] == ELFCLASS64
               ? (machine == EM_X86_64 ? 64 : 0)
               : eh->e_ident[EI_CLASS] == ELFCLASS32 && machine == EM_386
               ? 32 : 0;
    }
    if (script_parse((char *)buf, n, &line) != 0 || depth == MAX_SCRIPTS) {
        return 0;
    }
    char *tofree = NULL;
    next = open(process_path(line.interp, &tofree), O_RDONLY | O_CLOEXEC);
    g_free(tofree);
    if (next < 0) {
        return -errno;
    }
    ret = classify(next, depth + 1);
    close(next);
    return ret;
}

/* May the guest execute it, and is it a program of ours? */
static int examine(int dirfd, const char *path, int flags)
{
    int oflags = O_RDONLY | O_CLOEXEC | O_NONBLOCK |
                 (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    char link[32];
    struct stat st;
    int fd, ret;

    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) {
        return -EINVAL;
    }
    if (*path) {
        fd = openat(dirfd, path, oflags);
    } else if (flags & AT_EMPTY_PATH) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
        fd = open(link, oflags);
    } else {
        return -ENOENT;
    }
    if (fd < 0) {
        /* Execute-only and odd ones: the host shall judge. */
        return errno == EACCES || errno == ELOOP ? 0 : -errno;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        faccessat(AT_FDCWD, link, X_OK, AT_EACCESS) < 0) {
        ret = -EACCES;
    } else {
        ret = classify(fd, 0);
    }
    close(fd);
    return ret;
}

/* ---- running ourselves --------------------------------------------------- */

/* The guest's string vectors are host ones; count, but don't trust. */
static int64_t count_strings(uint64_t v)
{
    uint64_t p;
    int64_t n = 0;

    for (; v; v += 8, n++) {
        if (copy_from_guest(&p, v, 8)) {
            return -EFAULT;
        }
        if (!p) {
            break;
        }
        if (n == MAX_STRINGS) {
            return -E2BIG;
        }
    }
    return n;
}

static int64_t exec_self(TaskState *t, int bits, const char *path, 
                         const char *execfn, uint64_t argv, uint64_t envp)
{
    int64_t argc = count_strings(argv), ret;
    char **v, *argv0;
    unsigned n = 0;

    if (argc < 0) {
        return argc;
    }
    v = g_new0(char *, nb_self_args + argc + 8);
    for (; n < nb_self_args; n++) {
        v[n] = self_args[n];
    }
    if (bits != (process_options.guest32 ? 32 : 64)) {
        v[0] = (char *)(bits == 32 ? "qemu-i386" : "qemu-x86_64");
    }
    argv0 = argc ? *(char **)argv : (char *)"";
    v[n++] = (char *)"-0";
    v[n++] = argv0;
    if (strcmp(path, execfn)) {
        v[n++] = (char *)"-execfn";
        v[n++] = (char *)execfn;
    }
    v[n++] = (char *)path;
    for (int64_t i = 1; i < argc; i++) {
        v[n++] = ((char **)argv)[i];
    }
    if (t->garbage) {
        g_ptr_array_add(t->garbage, v);
    }
    ret = syscall(SYS_execveat, self_fd, "", v, envp, AT_EMPTY_PATH) < 0
          ? -errno : 0;
    if (!t->garbage) {
        g_free(v);
    }
    return ret;
}

/* A path by which the new process can open what fd is; returns new.  A file
 * without a name is kept open for it. */
static char *path_of_fd(int fd)
{
    char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    char *real = g_file_read_link(link, NULL);
    struct stat a, b;

    if (real && fstat(fd, &a) == 0 && stat(real, &b) == 0 &&
        a.st_dev == b.st_dev && a.st_ino == b.st_ino) {
        g_free(link);
        return real;
    }
    g_free(real);
    fcntl(fd, F_SETFD, 0);
    return link;
}

/* A path the new process can use for what dirfd and path name. */
static const char *path_for_self(int dirfd, const char *path, char **tofree)
{
    char *dir;

    if (*path == '/' || (*path && dirfd == AT_FDCWD)) {
        return path;
    }
    dir = path_of_fd(dirfd);
    if (!*path) {
        return *tofree = dir;
    }
    *tofree = g_strdup_printf("%s/%s", dir, path);
    g_free(dir);
    return *tofree;
}

/* AT_EXECFN as the kernel makes it for execveat. */
static const char *execfn_of(int dirfd, const char *path,
                             char buf[PATH_MAX + 32])
{
    if (*path == '/' || dirfd == AT_FDCWD) {
        return path;
    }
    snprintf(buf, PATH_MAX + 32, "/dev/fd/%d%s%s", dirfd, *path ? "/" : "",
             path);
    return buf;
}

/* ---- the system calls ---------------------------------------------------- */

static int64_t do_exec(CPUX86State *env, int dirfd, uint64_t path_addr,
                       uint64_t argv, uint64_t envp, int flags)
{
    TaskState *t = task_of(env);
    char path[PATH_MAX], fn[PATH_MAX + 32], exe[32], *tofree = NULL;
    ssize_t len = strncpy_from_guest(path, path_addr, sizeof(path));
    const char *p = path;
    int64_t ret;
    int ours = 0;

    if (len < 0) {
        return len;
    }
    if (proc_classify(path) == PROC_EXE) {
        /* Our descriptor of it closes on exec. */
        p = process_exe_path();
        if (faccessat(AT_FDCWD, p, X_OK, AT_EACCESS) < 0) {
            p = proc_exe_host_path(exe);
        }
    }
    if (process_options.follow_exec) {
        ours = examine(dirfd, p, flags);
        if (ours < 0) {
            return ours;
        }
    }
    fflush(NULL);
    signal_exec_prepare(t);
    if (ours) {
        ret = exec_self(t, ours, path_for_self(dirfd, p, &tofree),
                        execfn_of(dirfd, path, fn), argv, envp);
        g_free(tofree);
    } else {
        ret = host_syscall(SYS_execveat, dirfd, (long)p, argv, envp, flags, 0);
    }
    signal_exec_failed(t);
    return ret;
}

int64_t sys_execve(CPUX86State *env, const uint64_t a[6])
{
    return do_exec(env, AT_FDCWD, a[0], a[1], a[2], 0);
}

int64_t sys_execveat(CPUX86State *env, const uint64_t a[6])
{
    return do_exec(env, (int)a[0], a[1], a[2], a[3], (int)a[4]);
}
