/* SPDX-License-Identifier: MIT */
/*
 * open, readlink and the redirection of paths: /proc/self/exe and its like
 * show the guest, and -L PREFIX shadows absolute paths.  Everything else
 * reaches the kernel with the guest's own pointer.
 */
#include "util/osdep.h"
#include "syscall/path.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/convert.h"
#include "syscall/uaccess.h"

#include <linux/openat2.h>

/* The guest's values, octal as in its <asm/fcntl.h>. */
#define G_O_WRONLY    01
#define G_O_CREAT     0100
#define G_O_EXCL      0200
#define G_O_TRUNC     01000
#define G_O_NOFOLLOW  0400000

bool path_interesting(vaddr p)
{
    union { uint64_t u; char c[9]; } head = { 0 };

    if (uaccess_peek(&head.u, (const void *)(uintptr_t)p) < 0 &&
        strncpy_from_guest(head.c, p, 8) == -EFAULT) {
        return false;
    }
    if (head.c[0] != '/') {
        return false;
    }
    return process_options.interp_prefix || !memcmp(head.c, "/proc/", 6);
}

static const struct {
    const char *name;
    ProcFile file;
} proc_files[] = {
    { "exe", PROC_EXE },
    { "maps", PROC_MAPS },
    { "smaps", PROC_SMAPS },
    { "auxv", PROC_AUXV },
    { "cmdline", PROC_CMDLINE },
    { "stat", PROC_STAT },
};

static ProcFile proc_file_by_name(const char *name)
{
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(proc_files); i++) {
        if (!strcmp(name, proc_files[i].name)) {
            return proc_files[i].file;
        }
    }
    return PROC_NONE;
}

static const char *skip_slashes(const char *p)
{
    while (*p == '/') {
        p++;
    }
    return p;
}

/* After the component `word`, or NULL if p does not start with it. */
static const char *skip_word(const char *p, const char *word)
{
    size_t n = strlen(word);

    return !strncmp(p, word, n) && p[n] == '/' ? skip_slashes(p + n) : NULL;
}

static const char *skip_number(const char *p, long *value)
{
    char *end;

    if (*p < '1' || *p > '9') {
        return NULL;
    }
    *value = strtol(p, &end, 10);
    return *end == '/' ? skip_slashes(end) : NULL;
}

ProcFile proc_classify(const char *path)
{
    const char *p, *q;
    long id;

    if (strncmp(path, "/proc/", 6)) {
        return PROC_NONE;
    }
    p = skip_slashes(path + 6);
    if (!strcmp(p, "cpuinfo")) {
        return PROC_CPUINFO;
    }
    if (!(q = skip_word(p, "self")) && !(q = skip_word(p, "thread-self"))) {
        q = skip_number(p, &id);
        if (!q || id != getpid()) {
            return PROC_NONE;
        }
    }
    if ((p = skip_word(q, "task")) && !(q = skip_number(p, &id))) {
        return PROC_NONE;
    }
    return proc_file_by_name(q);
}

/*
 * The absolute form of a relative path whose last component is one of
 * proc_files and whose directory is below /proc; true if it is in buf.
 */
static bool proc_relative(int dirfd, const char *path, char buf[PATH_MAX])
{
    const char *base = strrchr(path, '/');
    char link[32];
    ssize_t n;

    base = base ? base + 1 : path;
    if (proc_file_by_name(base) == PROC_NONE && strcmp(base, "cpuinfo")) {
        return false;
    }
    if (dirfd == AT_FDCWD) {
        snprintf(link, sizeof(link), "/proc/self/cwd");
    } else {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
    }
    n = host_syscall(__NR_readlinkat, AT_FDCWD, (long)link, (long)buf,
                     PATH_MAX - 1, 0, 0);
    if (n <= 0 || n + strlen(path) + 2 > PATH_MAX) {
        return false;
    }
    buf[n] = 0;
    if (strcmp(buf, "/proc") && strncmp(buf, "/proc/", 6)) {
        return false;
    }
    buf[n] = '/';
    strcpy(buf + n + 1, path);
    return true;
}

const char *proc_exe_host_path(char *buf)
{
    if (process_exe_fd() >= 0) {
        snprintf(buf, 32, "/proc/self/fd/%d", process_exe_fd());
        return buf;
    }
    return process_exe_path();
}

static bool row_nofollow(const SysRow *row, const uint64_t a[6])
{
    unsigned i;

    if (row == &sys_table64[6]) {               /* lstat */
        return true;
    }
    for (i = 0; i < 6; i++) {
        if (row->arg[i].kind == AKK_FL && row->arg[i].p == FS_at) {
            return a[i] & AT_SYMLINK_NOFOLLOW;
        }
    }
    return false;
}

int64_t path_redirect(const SysRow *row, uint64_t a[6], char **tofree)
{
    unsigned i = row->rpath - 1;
    char path[PATH_MAX], exe[32];
    const char *to = path;

    if (strncpy_from_guest(path, a[i], sizeof(path)) < 0) {
        return 0;                       /* the kernel says what is wrong */
    }
    if (proc_classify(path) == PROC_EXE) {
        if (!row_nofollow(row, a)) {
            to = *tofree = g_strdup(proc_exe_host_path(exe));
        }
    } else if (process_options.interp_prefix) {
        to = process_path(path, tofree);
    }
    if (to != path) {
        a[i] = (uintptr_t)to;
    }
    return 0;
}

/* Looks at the path of an open or readlink.  PROC_NONE with *to set if it is
 * to be replaced.  full[] receives the absolute path otherwise. */
static ProcFile examine(int dirfd, vaddr addr, char full[PATH_MAX],
                        const char **to, char **tofree)
{
    char path[PATH_MAX];
    const char *p;
    ProcFile file;

    *to = NULL;
    *tofree = NULL;
    if (strncpy_from_guest(path, addr, sizeof(path)) <= 0) {
        return PROC_NONE;
    }
    if (path[0] != '/') {
        return proc_relative(dirfd, path, full) ? proc_classify(full)
                                                : PROC_NONE;
    }
    file = proc_classify(path);
    if (file != PROC_NONE) {
        strcpy(full, path);
    } else if (process_options.interp_prefix) {
        p = process_path(path, tofree);
        if (p != path) {
            *to = strcpy(full, p);
        }
        g_clear_pointer(tofree, g_free);
    }
    return file;
}

static int64_t do_open(CPUX86State *env, int dirfd, vaddr path, int flags,
                       uint64_t mode)
{
    char full[PATH_MAX], *tofree;
    const char *to;
    ProcFile file = examine(dirfd, path, full, &to, &tofree);

    if (file == PROC_EXE && (flags & G_O_NOFOLLOW)) {
        file = PROC_NONE;               /* the link itself, or ELOOP */
    }
    if (file != PROC_NONE) {
        return proc_open(env, file, full, flags);
    }
    return safe_syscall(&env->h.exit_request, __NR_openat, dirfd,
                        to ? (long)to : (long)path,
                        convert_open_flags(flags), mode, 0, 0);
}

int64_t sys_open(CPUX86State *env, const uint64_t a[6])
{
    return do_open(env, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_openat(CPUX86State *env, const uint64_t a[6])
{
    return do_open(env, a[0], a[1], a[2], a[3]);
}

int64_t sys_creat(CPUX86State *env, const uint64_t a[6])
{
    return do_open(env, AT_FDCWD, a[0], G_O_CREAT | G_O_WRONLY | G_O_TRUNC,
                   a[1]);
}

/* Intercepts only plain resolutions: the restricting ones say what they must
 * about /proc's links by themselves. */
int64_t sys_openat2(CPUX86State *env, const uint64_t a[6])
{
    struct open_how how;
    char full[PATH_MAX], *tofree;
    const char *to = NULL;
    bool plausible = a[3] >= sizeof(how) && a[3] <= 4096 &&
                     get_guest(&how, a[2]) == 0;
    ProcFile file;

    if (plausible && !how.resolve) {
        file = examine(a[0], a[1], full, &to, &tofree);
        if (file != PROC_NONE &&
            !(file == PROC_EXE && (how.flags & G_O_NOFOLLOW))) {
            return how.mode && !(how.flags & G_O_CREAT)
                ? -EINVAL : proc_open(env, file, full, how.flags);
        }
    }
    if (HOST_SAME_LAYOUT || !plausible) {
        return safe_syscall(&env->h.exit_request, __NR_openat2, a[0],
                            to ? (long)to : (long)a[1], a[2], a[3], 0, 0);
    }
    how.flags = convert_open_flags(how.flags);
    return safe_syscall(&env->h.exit_request, __NR_openat2, a[0],
                        to ? (long)to : (long)a[1], (long)&how, sizeof(how),
                        0, 0);
}

static int64_t do_readlink(int dirfd, vaddr path, vaddr buf, uint64_t size)
{
    char full[PATH_MAX], *tofree;
    const char *to, *exe;
    size_t len;

    if (examine(dirfd, path, full, &to, &tofree) == PROC_EXE) {
        if ((int)size <= 0) {
            return -EINVAL;
        }
        exe = process_exe_path();
        len = MIN(strlen(exe), (size_t)(int)size);
        return copy_to_guest(buf, exe, len) < 0 ? -EFAULT : (int64_t)len;
    }
    return host_syscall(__NR_readlinkat, dirfd, to ? (long)to : (long)path,
                        buf, size, 0, 0);
}

int64_t sys_readlink(CPUX86State *env, const uint64_t a[6])
{
    return do_readlink(AT_FDCWD, a[0], a[1], a[2]);
}

int64_t sys_readlinkat(CPUX86State *env, const uint64_t a[6])
{
    return do_readlink(a[0], a[1], a[2], a[3]);
}
