/* SPDX-License-Identifier: MIT */
/*
 * The files of /proc that show the guest instead of the emulator, served from
 * sealed memory files.  Formats: proc(5).
 */
#include "util/osdep.h"
#include "syscall/path.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"

#include <sys/mman.h>

#define G_O_ACCMODE   03
#define G_O_RDONLY    0
#define G_O_CREAT     0100
#define G_O_EXCL      0200
#define G_O_DIRECTORY 0200000
#define G_O_CLOEXEC   02000000
#define G_O_PATH      010000000

static int64_t write_all(int fd, const char *p, size_t len)
{
    while (len) {
        long n = host_syscall(__NR_write, fd, (long)p, len, 0, 0, 0);
        if (n < 0) {
            return n;
        }
        p += n;
        len -= n;
    }
    return 0;
}

/* A descriptor to read text from; frees it. */
static int64_t serve(const char *name, GString *text, int flags)
{
    int64_t ret;
    int fd;

    fd = host_syscall(__NR_memfd_create, (long)name, MFD_ALLOW_SEALING |
                      (flags & G_O_CLOEXEC ? MFD_CLOEXEC : 0), 0, 0, 0, 0);
    ret = fd;
    if (fd >= 0) {
        ret = write_all(fd, text->str, text->len);
        host_syscall(__NR_lseek, fd, 0, SEEK_SET, 0, 0, 0);
        host_syscall(__NR_fcntl, fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW |
                     F_SEAL_SHRINK | F_SEAL_SEAL, 0, 0, 0);
        if (ret < 0) {
            host_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
        } else {
            ret = fd;
        }
    }
    g_string_free(text, true);
    return ret;
}

/* The host's file, whole; NULL and *err if it cannot be read. */
static GString *read_host(const char *path, int64_t *err)
{
    GString *s = g_string_new(NULL);
    char buf[4096];
    long n;
    int fd;

    fd = host_syscall(__NR_openat, AT_FDCWD, (long)path,
                      O_RDONLY | O_CLOEXEC, 0, 0, 0);
    n = fd;
    if (fd >= 0) {
        while ((n = host_syscall(__NR_read, fd, (long)buf, sizeof(buf), 0, 0,
                                 0)) > 0) {
            g_string_append_len(s, buf, n);
        }
        host_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
    }
    if (n < 0) {
        *err = n;
        g_string_free(s, true);
        return NULL;
    }
    return s;
}

/* /proc/PID/stat with the addresses of the guest's image.  Fields 26, 27, 28
 * are startcode, endcode, startstack; 45..51 describe data, brk, arguments. */
static GString *stat_text(const char *path, int64_t *err)
{
    GString *in = read_host(path, err), *out;
    char *p, **f;
    unsigned i, n;

    if (!in) {
        return NULL;
    }
    p = strrchr(in->str, ')');          /* the name may hold anything */
    if (!p || p[1] != ' ') {
        return in;
    }
    out = g_string_new_len(in->str, p + 1 - in->str);
    f = g_strsplit(g_strchomp(p + 2), " ", 0);
    n = g_strv_length(f);
    for (i = 0; i < n; i++) {
        unsigned field = i + 3;
        if (field == 26) {
            g_string_append_printf(out, " %" PRIu64, process_start_code());
        } else if (field == 27) {
            g_string_append_printf(out, " %" PRIu64, process_end_code());
        } else if (field == 28) {
            g_string_append_printf(out, " %" PRIu64, process_start_stack());
        } else if (field >= 45 && field <= 51) {
            g_string_append(out, " 0");
        } else {
            g_string_append_printf(out, " %s", f[i]);
        }
    }
    g_string_append_c(out, '\n');
    g_strfreev(f);
    g_string_free(in, true);
    return out;
}

static GString *auxv_text(void)
{
    size_t size;
    const void *p = process_auxv(&size);

    return g_string_new_len(p, size);
}

static int64_t open_exe(int flags)
{
    char buf[32];

    if ((flags & G_O_ACCMODE) != G_O_RDONLY && !(flags & G_O_PATH)) {
        return -ETXTBSY;
    }
    return host_syscall(__NR_openat, AT_FDCWD, (long)proc_exe_host_path(buf),
                        convert_open_flags(flags), 0, 0, 0);
}

int64_t proc_open(CPUX86State *env, ProcFile file, const char *path,
                  int flags)
{
    GString *text = NULL;
    int64_t err = -ENOENT;

    if ((flags & G_O_CREAT) && (flags & G_O_EXCL)) {
        return -EEXIST;
    }
    if (flags & G_O_DIRECTORY) {
        return -ENOTDIR;
    }
    if (file == PROC_EXE) {
        return open_exe(flags);
    }
    if (flags & G_O_PATH) {
        return host_syscall(__NR_openat, AT_FDCWD, (long)path,
                            convert_open_flags(flags), 0, 0, 0);
    }
    if ((flags & G_O_ACCMODE) != G_O_RDONLY) {
        return -EACCES;
    }
    switch (file) {
    case PROC_MAPS:
        text = process_maps(false);
        break;
    case PROC_SMAPS:
        text = process_maps(true);
        break;
    case PROC_AUXV:
        text = auxv_text();
        break;
    case PROC_CMDLINE:
        text = process_cmdline();
        break;
    case PROC_STAT:
        text = stat_text(path, &err);
        break;
    case PROC_CPUINFO:
        text = proc_cpuinfo(env);
        break;
    default:
        break;
    }
    return text ? serve(strrchr(path, '/') + 1, text, flags) : err;
}
