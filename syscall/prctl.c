/* SPDX-License-Identifier: MIT */
/*
 * prctl: most operations are about the process and pass; those that would
 * change how the emulator itself runs do not.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/host-nr.h"
#include "syscall/order.h"
#include "syscall/uaccess.h"

/* Operations that do not pass, and the answer; by number because headers
 * differ in age. */
static const struct {
    uint32_t op;
    int answer;
} refused[] = {
    /* A filter would judge the emulator's own calls: as a kernel without
     * CONFIG_SECCOMP, like seccomp(). */
    { 21, -EINVAL },                    /* PR_GET_SECCOMP */
    { 22, -EINVAL },                    /* PR_SET_SECCOMP */
    /* The time-stamp counter is read by the emulator and its vdso. */
    { 26, -EINVAL },                    /* PR_SET_TSC */
    /* These describe the emulator's own image to the kernel. */
    { 35, -EPERM },                     /* PR_SET_MM */
    /* Would divert the emulator's own calls. */
    { 59, -EINVAL },                    /* PR_SET_SYSCALL_USER_DISPATCH */
    /* The translator writes code and executes it. */
    { 65, -EINVAL },                    /* PR_SET_MDWE */
};

#define OP_GET_AUXV 0x41555856u

static int64_t get_auxv(const uint64_t a[6])
{
    const void *auxv;
    size_t size;

    if (a[3] || a[4]) {
        return -EINVAL;
    }
    auxv = process_auxv(&size);
    if (copy_to_guest(a[1], auxv, MIN(size, a[2])) < 0) {
        return -EFAULT;
    }
    return size;
}

/* Operations that write an int through their argument. */
static bool writes_int(uint32_t op)
{
    return op == 2 /* GET_PDEATHSIG */ || op == 5 || op == 9 || op == 11 ||
           op == 19 || op == 25 || op == 37 /* GET_CHILD_SUBREAPER */;
}

int64_t sys_prctl(CPUX86State *env, const uint64_t a[6])
{
    uint32_t op = a[0];
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(refused); i++) {
        if (refused[i].op == op) {
            return refused[i].answer;
        }
    }
    if (op == OP_GET_AUXV) {
        return get_auxv(a);
    }
    /* No operation writes more than 16 bytes through its argument, and for
     * those that do not write it is harmless. */
    guest_prepare_write(a[1], 16);
    if (HOST_BIG_ENDIAN && writes_int(op)) {
        int32_t v;
        int64_t ret = host_syscall(__NR_prctl, a[0], (long)&v, a[2], a[3],
                                   a[4], 0);
        return ret < 0 ? ret : put_u32(a[1], v) < 0 ? -EFAULT : ret;
    }
    return host_syscall(__NR_prctl, a[0], a[1], a[2], a[3], a[4], 0);
}
