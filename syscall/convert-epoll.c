/* SPDX-License-Identifier: MIT */
/*
 * struct epoll_event is packed on x86-64 only.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/convert.h"
#include "syscall/host-nr.h"
#include "syscall/uaccess.h"

#include <sys/epoll.h>

#define MAX_EVENTS 1024

typedef struct QEMU_PACKED GuestEvent {
    uint32_t events;
    uint64_t data;
} GuestEvent;

int64_t sys_epoll_ctl(CPUX86State *env, const uint64_t a[6])
{
    struct epoll_event e;
    GuestEvent g;

    if (a[1] == EPOLL_CTL_DEL) {
        return host_syscall(__NR_epoll_ctl, a[0], a[1], a[2], (long)&e, 0, 0);
    }
    if (get_guest(&g, a[3]) < 0) {
        return -EFAULT;
    }
    e.events = le32(g.events);
    e.data.u64 = le64(g.data);
    return host_syscall(__NR_epoll_ctl, a[0], a[1], a[2], (long)&e, 0, 0);
}

int64_t convert_epoll_pwait(CPUX86State *env, long nr, const uint64_t a[6])
{
    struct epoll_event e[MAX_EVENTS];
    uint64_t b[6], ts[2];
    int64_t ret, i;
    GuestEvent g;

    memcpy(b, a, sizeof(b));
    b[1] = (uintptr_t)e;
    b[2] = MIN((int)a[2], MAX_EVENTS);
    if (nr == __NR_epoll_pwait2 && a[3] && get_guest(&ts, a[3]) == 0) {
        ts[0] = le64(ts[0]);
        ts[1] = le64(ts[1]);
        b[3] = (uintptr_t)ts;
    }
    ret = wait_with_mask(env, nr, b, 4);
    for (i = 0; i < ret; i++) {
        g.events = le32(e[i].events);
        g.data = le64(e[i].data.u64);
        if (put_guest(a[1] + i * sizeof(g), &g) < 0) {
            return -EFAULT;
        }
    }
    return ret;
}

int64_t sys_epoll_wait(CPUX86State *env, const uint64_t a[6])
{
    uint64_t b[6] = { a[0], a[1], a[2], a[3], 0, 0 };

    return convert_epoll_pwait(env, __NR_epoll_pwait, b);
}
