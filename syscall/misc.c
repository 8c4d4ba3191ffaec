/* SPDX-License-Identifier: MIT */
/*
 * Small calls about the system and the process as a whole.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/table.h"
#include "syscall/uaccess.h"

#include <sys/utsname.h>

int64_t sys_uname(CPUX86State *env, const uint64_t a[6])
{
    struct utsname u;
    int64_t ret = host_syscall(__NR_uname, (long)&u, 0, 0, 0, 0, 0);

    if (ret < 0) {
        return ret;
    }
    if (!HOST_SAME_LAYOUT) {            /* else personality() has its say */
        strcpy(u.machine, "x86_64");
    }
    if (process_options.uname_release) {
        g_strlcpy(u.release, process_options.uname_release,
                  sizeof(u.release));
    }
    return put_guest(a[0], &u);
}

/* There is nothing to restart from: restarts happen by executing the
 * instruction again. */
int64_t sys_restart_syscall(CPUX86State *env, const uint64_t a[6])
{
    return -EINTR;
}

/* The guest's CPU has no I/O instructions to allow; what an unprivileged
 * process gets. */
int64_t sys_iopl(CPUX86State *env, const uint64_t a[6])
{
    unsigned level = a[0];

    return level > 3 ? -EINVAL : level ? -EPERM : 0;
}

int64_t sys_ioperm(CPUX86State *env, const uint64_t a[6])
{
    if (a[0] + a[1] <= a[0] || a[0] + a[1] > 65536) {
        return -EINVAL;
    }
    return (int)a[2] ? -EPERM : 0;
}

/* Protection keys are not announced by CPUID: what the kernel says then. */
int64_t sys_pkey_alloc(CPUX86State *env, const uint64_t a[6])
{
    return -EINVAL;
}

int64_t sys_pkey_free(CPUX86State *env, const uint64_t a[6])
{
    return -EINVAL;
}
