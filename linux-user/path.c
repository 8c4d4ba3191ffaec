/* SPDX-License-Identifier: MIT */
/* -L: absolute paths are looked up below the prefix first. */
#include "util/osdep.h"
#include "syscall/process.h"
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* An absolute symbolic link below the prefix means a place below the prefix:
 * let the kernel resolve the path as if chrooted.  Returns new, or NULL. */
static char *resolve_in_root(const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT,
    };
    int root = open(process_options.interp_prefix,
                    O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
    char link[32], buf[PATH_MAX];
    ssize_t n = -1;

    if (root < 0) {
        return NULL;
    }
    fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
    close(root);
    if (fd >= 0) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, buf, sizeof(buf) - 1);
        close(fd);
    }
    return n > 0 ? g_strndup(buf, n) : NULL;
}

const char *process_path(const char *path, char **tofree)
{
    struct stat st;
    char *full;

    *tofree = NULL;
    if (!process_options.interp_prefix || *path != '/') {
        return path;
    }
    full = g_strconcat(process_options.interp_prefix, path, NULL);
    if (lstat(full, &st) == 0) {
        if (!S_ISLNK(st.st_mode) || stat(full, &st) == 0) {
            return *tofree = full;
        }
    }
    g_free(full);
    *tofree = resolve_in_root(path);
    return *tofree ? *tofree : path;
}
