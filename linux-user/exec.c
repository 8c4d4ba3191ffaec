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

typedef struct ExecCall {
    int dirfd, flags;
    const char *path;           /* on the host */
    const char *execfn;
    char **argv, **envp;
    int64_t argc;
    GPtrArray *bin;             /* what is to be freed if it fails */
} ExecCall;

/* A guest's vector of strings as the host's; the strings are the guest's own,
 * the vector bin's.  A negative errno, or their number. */
static int64_t string_vector(uint64_t v, GPtrArray *bin, char ***out)
{
    GPtrArray *a = g_ptr_array_new();
    int64_t ret = 0;
    uint64_t p;

    *out = NULL;
    for (; v; v += 8) {
        if (copy_from_guest(&p, v, 8)) {
            ret = -EFAULT;
            break;
        }
        p = GUINT64_FROM_LE(p);
        if (!p) {
            break;
        }
        if (a->len == MAX_STRINGS) {
            ret = -E2BIG;
            break;
        }
        g_ptr_array_add(a, (void *)(uintptr_t)p);
    }
    if (ret < 0) {
        g_ptr_array_free(a, true);
        return ret;
    }
    ret = a->len;
    g_ptr_array_add(a, NULL);
    *out = (char **)g_ptr_array_free(a, false);
    g_ptr_array_add(bin, *out);
    return ret;
}

/*
 * The emulator again.  Kernels before 3.19, and user-mode emulation of the
 * host, have no execveat: then by way of /proc, and where there is none by
 * the path it was started from.
 */
static int64_t exec_own_file(char **v, char **envp)
{
    char link[32];
    int64_t ret = host_syscall(SYS_execveat, self_fd, (long)"", (long)v,
                               (long)envp, AT_EMPTY_PATH, 0);

    if (ret != -ENOSYS) {
        return ret;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", self_fd);
    ret = host_syscall(SYS_execve, (long)link, (long)v, (long)envp, 0, 0, 0);
    if (ret == -ENOENT && process_options.self_path) {
        ret = host_syscall(SYS_execve, (long)process_options.self_path,
                           (long)v, (long)envp, 0, 0, 0);
    }
    return ret;
}

/* With -exec-runner: it is told argv[0] as qemu-HOST is.  v has room for three
 * more in front. */
static int64_t exec_by_runner(char **v, char **envp)
{
    const char *runner = process_options.exec_runner;

    v[-3] = (char *)runner;
    v[-2] = (char *)"-0";
    v[-1] = v[0];
    v[0] = (char *)process_options.self_path;
    return host_syscall(SYS_execve, (long)runner, (long)&v[-3], (long)envp, 0,
                        0, 0);
}

static int64_t exec_self(const ExecCall *c, int bits, const char *path)
{
    char **v = g_new0(char *, 3 + nb_self_args + c->argc + 8);
    unsigned n = 0;

    g_ptr_array_add(c->bin, v);
    v += 3;
    for (; n < nb_self_args; n++) {
        v[n] = self_args[n];
    }
    if (bits != (process_options.guest32 ? 32 : 64)) {
        v[0] = (char *)(bits == 32 ? "qemu-i386" : "qemu-x86_64");
    }
    v[n++] = (char *)"-0";
    v[n++] = c->argc ? c->argv[0] : (char *)"";
    if (strcmp(path, c->execfn)) {
        v[n++] = (char *)"-execfn";
        v[n++] = (char *)c->execfn;
    }
    v[n++] = (char *)path;
    for (int64_t i = 1; i < c->argc; i++) {
        v[n++] = c->argv[i];
    }
    return process_options.exec_runner && process_options.self_path
        ? exec_by_runner(v, c->envp) : exec_own_file(v, c->envp);
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

/* The host's own execve; a host without execveat (exec_own_file()) can do all
 * but AT_SYMLINK_NOFOLLOW by paths. */
static int64_t exec_host(int dirfd, const char *path, char **argv,
                         char **envp, int flags)
{
    char *full;
    int64_t ret;

    if (!flags && dirfd == AT_FDCWD) {
        return host_syscall(SYS_execve, (long)path, (long)argv, (long)envp,
                            0, 0, 0);
    }
    ret = host_syscall(SYS_execveat, dirfd, (long)path, (long)argv,
                       (long)envp, flags, 0);
    if (ret != -ENOSYS || (flags & ~AT_EMPTY_PATH)) {
        return ret;
    }
    if (*path == '/' || (*path && dirfd == AT_FDCWD)) {
        return exec_host(AT_FDCWD, path, argv, envp, 0);
    }
    full = g_strdup_printf("/proc/self/fd/%d%s%s", dirfd, *path ? "/" : "",
                           path);
    ret = exec_host(AT_FDCWD, full, argv, envp, 0);
    g_free(full);
    return ret;
}

static int64_t run_exec(ExecCall *c, uint64_t argv, uint64_t envp)
{
    char *tofree = NULL;
    int64_t ret;
    int ours = 0;

    if (process_options.follow_exec) {
        ours = examine(c->dirfd, c->path, c->flags);
        if (ours < 0) {
            return ours;
        }
    }
    if (ours || HOST_BIG_ENDIAN) {
        c->argc = string_vector(argv, c->bin, &c->argv);
        if (c->argc < 0) {
            return c->argc;
        }
        ret = string_vector(envp, c->bin, &c->envp);
        if (ret < 0) {
            return ret;
        }
    } else {
        c->argv = (char **)(uintptr_t)argv;
        c->envp = (char **)(uintptr_t)envp;
    }
    if (ours) {
        const char *path = path_for_self(c->dirfd, c->path, &tofree);
        g_ptr_array_add(c->bin, tofree);
        return exec_self(c, ours, path);
    }
    return exec_host(c->dirfd, c->path, c->argv, c->envp, c->flags);
}

static int64_t do_exec(CPUX86State *env, int dirfd, uint64_t path_addr,
                       uint64_t argv, uint64_t envp, int flags)
{
    TaskState *t = task_of(env);
    char path[PATH_MAX], fn[PATH_MAX + 32], exe[32], *tofree = NULL;
    ssize_t len = strncpy_from_guest(path, path_addr, sizeof(path));
    ExecCall c = { .dirfd = dirfd, .flags = flags, .path = path };
    int64_t ret;

    if (len < 0) {
        return len;
    }
    /* A vfork child may not come back: its parent frees. */
    c.bin = t->garbage ? t->garbage : g_ptr_array_new_with_free_func(g_free);
    if (proc_classify(path) == PROC_EXE) {
        /* Our descriptor of it closes on exec. */
        c.path = process_exe_path();
        if (faccessat(AT_FDCWD, c.path, X_OK, AT_EACCESS) < 0) {
            c.path = proc_exe_host_path(exe);
        }
    } else if (process_options.follow_exec) {
        c.path = process_path(path, &tofree);
        g_ptr_array_add(c.bin, tofree);
    }
    c.execfn = execfn_of(dirfd, path, fn);
    fflush(NULL);
    signal_exec_prepare(t);
    ret = run_exec(&c, argv, envp);
    signal_exec_failed(t);
    if (!t->garbage) {
        g_ptr_array_free(c.bin, true);
    }
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
