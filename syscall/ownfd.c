/* SPDX-License-Identifier: MIT */
/*
 * The emulator's own descriptors, see ownfd.h.  Added at start-up; later only
 * own_fd_vacate() changes an entry, under the lock.
 */
#include "util/osdep.h"
#include "syscall/ownfd.h"
#include "syscall/process.h"
#include "syscall/host-nr.h"

#include <pthread.h>
#include <sys/resource.h>

#define OWN_FD_MAX 8

static struct {
    int fd;
    void (*moved)(int newfd);
} own[OWN_FD_MAX];
int own_fd_count;
static pthread_mutex_t own_lock = PTHREAD_MUTEX_INITIALIZER;

/* A close-on-exec duplicate near the top of the usual range. */
static int dup_high(int fd)
{
    struct rlimit r;
    int base = 1000, n;

    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < 1024) {
        base = r.rlim_cur > 2 * OWN_FD_MAX ? r.rlim_cur - 2 * OWN_FD_MAX : 3;
    }
    n = fcntl(fd, F_DUPFD_CLOEXEC, base);
    return n >= 0 ? n : fcntl(fd, F_DUPFD_CLOEXEC, 3);
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
        }
    }
    pthread_mutex_unlock(&own_lock);
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
