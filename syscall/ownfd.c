/* SPDX-License-Identifier: MIT */
/*
 * The emulator's own descriptors, see ownfd.h.  Added at start-up; later only
 * own_fd_vacate() changes an entry, under the lock.
 */
#include "util/osdep.h"
#include "syscall/ownfd.h"
#include "syscall/process.h"
#include "syscall/host-nr.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/resource.h>

#define OWN_FD_MAX 8
/* The kernel's table of descriptors grows with the highest. */
#define MAX_BASE 16384

static struct {
    int fd;
    void (*moved)(int newfd);
} own[OWN_FD_MAX];
int own_fd_count;
unsigned own_fd_min, own_fd_span;
static pthread_mutex_t own_lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * A close-on-exec duplicate out of the guest's sight: above the soft limit on
 * descriptors, which nobody looks beyond, where the hard limit leaves room.
 */
static int dup_high(int fd)
{
    struct rlimit r, raised;
    int n = -1;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < MAX_BASE) {
        raised = r;
        raised.rlim_cur = MIN(r.rlim_cur + 2 * OWN_FD_MAX, r.rlim_max);
        if (raised.rlim_cur > r.rlim_cur + OWN_FD_MAX &&
            setrlimit(RLIMIT_NOFILE, &raised) == 0) {
            n = fcntl(fd, F_DUPFD_CLOEXEC, (int)r.rlim_cur);
            setrlimit(RLIMIT_NOFILE, &r);
        } else if (r.rlim_cur > 2 * OWN_FD_MAX) {
            n = fcntl(fd, F_DUPFD_CLOEXEC, (int)r.rlim_cur - 2 * OWN_FD_MAX);
        }
    }
    if (n < 0) {
        n = fcntl(fd, F_DUPFD_CLOEXEC, 1000);
    }
    return n >= 0 ? n : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void update_span_locked(void)
{
    unsigned min = UINT_MAX, max = 0;
    int i;

    for (i = 0; i < own_fd_count; i++) {
        min = MIN(min, (unsigned)own[i].fd);
        max = MAX(max, (unsigned)own[i].fd);
    }
    own_fd_min = min;
    own_fd_span = max - min + 1;
}

int own_fd_add(int fd, void (*moved)(int newfd))
{
    int n = dup_high(fd);

    if (n < 0) {
        n = fd;
    } else {
        close(fd);
    }
    pthread_mutex_lock(&own_lock);
    if (own_fd_count < OWN_FD_MAX) {
        own[own_fd_count].fd = n;
        own[own_fd_count].moved = moved;
        own_fd_count++;
        update_span_locked();
    }
    pthread_mutex_unlock(&own_lock);
    return n;
}

bool own_fd_find(int fd)
{
    int i;

    for (i = 0; i < own_fd_count; i++) {
        if (own[i].fd == fd) {
            return true;
        }
    }
    return false;
}

void own_fd_vacate(int fd)
{
    int i, n;

    pthread_mutex_lock(&own_lock);
    for (i = 0; i < own_fd_count; i++) {
        if (own[i].fd == fd && (n = dup_high(fd)) >= 0) {
            own[i].fd = n;
            if (own[i].moved) {
                own[i].moved(n);
            }
            update_span_locked();
        }
    }
    pthread_mutex_unlock(&own_lock);
}

void own_fd_hide_entries(int dir, void *buf, int64_t *len)
{
    struct QEMU_PACKED Entry {
        uint64_t ino, off;
        uint16_t reclen;
        uint8_t type;
        char name[];
    } *e;
    char *p = buf, *end = p + *len, link[32], target[64];
    ssize_t n;

    while (p < end) {
        e = (struct Entry *)p;
        if (e->type != DT_LNK || !own_fd_find(atoi(e->name))) {
            p += e->reclen;
            continue;
        }
        snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
        n = readlink(link, target, sizeof(target) - 1);
        if (n < 6 || memcmp(target, "/proc/", 6) ||
            (target[n] = 0, !strstr(target, "/fd"))) {
            return;                     /* a link that is named so */
        }
        end -= e->reclen;
        *len -= e->reclen;
        memmove(p, p + e->reclen, end - p);
    }
}

int own_fd_next(unsigned first)
{
    int i, best = -1;

    for (i = 0; i < own_fd_count; i++) {
        if ((unsigned)own[i].fd >= first && (best < 0 || own[i].fd < best)) {
            best = own[i].fd;
        }
    }
    return best;
}
