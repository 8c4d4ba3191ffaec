/* SPDX-License-Identifier: MIT */
/*
 * The end of threads and processes, and what the kernel does on the way:
 * robust futexes and the cleared thread id.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/order.h"
#include "linux-user/gdb.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include <linux/futex.h>
#include <sys/syscall.h>

#define ROBUST_LIMIT 2048

static void futex_wake(uint64_t addr, bool private)
{
    syscall(SYS_futex, addr, FUTEX_WAKE | (private ? FUTEX_PRIVATE_FLAG : 0),
            1, NULL, NULL, 0);
}

/* The owner of a robust futex dies (kernel's handle_futex_death). */
bool robust_death(uint64_t entry, int64_t offset, uint32_t tid)
{
    uint64_t addr = (entry & ~1ull) + offset;
    uint32_t val;

    if ((addr & 3) || copy_from_guest(&val, addr, 4) ||
        !guest_range_ok(addr, 4, 2 /* PROT_WRITE */)) {
        return false;
    }
    while ((le32(val) & FUTEX_TID_MASK) == tid) {
        uint32_t now = le32((le32(val) & FUTEX_WAITERS) | FUTEX_OWNER_DIED);
        if (__atomic_compare_exchange_n((uint32_t *)addr, &val, now, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            if (!(entry & 1) && (le32(val) & FUTEX_WAITERS)) {
                futex_wake(addr, false);
            }
            break;
        }
    }
    return true;
}

/* Done here and not left to the kernel: the list may be gone once whoever
 * joins the thread has been told. */
static void walk_robust_list(TaskState *t)
{
    uint64_t head[3], entry;    /* list.next, futex_offset, list_op_pending */
    uint32_t tid = syscall(SYS_gettid);
    unsigned limit = ROBUST_LIMIT;

    if (process_options.guest32) {
        robust_list_walk32(t);
        return;
    }
    if (!t->robust_list || get_words(head, t->robust_list, 3)) {
        return;
    }
    for (entry = head[0]; (entry & ~1ull) != t->robust_list && limit--; ) {
        uint64_t next;
        bool ok = get_words(&next, entry & ~1ull, 1) == 0;
        if ((entry & ~1ull) != (head[2] & ~1ull) &&
            !robust_death(entry, head[1], tid)) {
            return;
        }
        if (!ok) {
            return;
        }
        entry = next;
    }
    if (head[2]) {
        robust_death(head[2], head[1], tid);
    }
}

int64_t sys_exit(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    int32_t zero = 0;

    signal_host_block_all(t);
    if (t->is_thread) {
        walk_robust_list(t);
        if (t->clear_child_tid) {
            if (copy_to_guest(t->clear_child_tid, &zero, 4) == 0) {
                futex_wake(t->clear_child_tid, false);
            }
        }
        t->exiting = true;
        return -QEMU_ESIGRETURN;
    }
    fflush(NULL);
    walk_robust_list(t);
    if (t->clear_child_tid &&
        copy_to_guest(t->clear_child_tid, &zero, 4) == 0) {
        futex_wake(t->clear_child_tid, false);
    }
    if (t->gdb) {
        gdb_user_task_end(env, (int)a[0]);
    }
    syscall(SYS_exit, (int)a[0]);
    __builtin_unreachable();
}

int64_t sys_exit_group(CPUX86State *env, const uint64_t a[6])
{
    /* The kernel knows a 64-bit guest's lists, and sees to all threads; not
     * in the other byte order. */
    if (process_options.guest32 || HOST_BIG_ENDIAN) {
        walk_robust_list(task_of(env));
    }
    if (task_of(env)->gdb) {
        gdb_user_exited(env, (int)a[0], 0);
    }
    syscall(SYS_exit_group, (int)a[0]);
    __builtin_unreachable();
}

int64_t sys_set_tid_address(CPUX86State *env, const uint64_t a[6])
{
    task_of(env)->clear_child_tid = a[0];
    return syscall(SYS_gettid);
}

int64_t sys_set_robust_list(CPUX86State *env, const uint64_t a[6])
{
    if (a[1] != 24) {
        return -EINVAL;
    }
    task_of(env)->robust_list = a[0];
    if (HOST_BIG_ENDIAN) {
        return 0;
    }
    /* For a death that nobody sees coming (SIGKILL) the kernel knows it. */
    return syscall(SYS_set_robust_list, a[0], 24) < 0 ? -errno : 0;
}

int64_t sys_get_robust_list(CPUX86State *env, const uint64_t a[6])
{
    uint64_t head = 0, len = 24;
    int pid = a[0];

    if (pid == 0 || pid == syscall(SYS_gettid)) {
        head = task_of(env)->robust_list;
    } else if (syscall(SYS_get_robust_list, pid, &head, &len) < 0) {
        return -errno;
    }
    if (put_words(a[2], &len, 1) || put_words(a[1], &head, 1)) {
        return -EFAULT;
    }
    return 0;
}

/* ---- segment bases ------------------------------------------------------- */

enum {
    GUEST_ARCH_SET_GS = 0x1001, GUEST_ARCH_SET_FS, GUEST_ARCH_GET_FS,
    GUEST_ARCH_GET_GS, GUEST_ARCH_GET_CPUID = 0x1011, GUEST_ARCH_SET_CPUID,
};

int64_t sys_arch_prctl(CPUX86State *env, const uint64_t a[6])
{
    switch ((int)a[0]) {
    case GUEST_ARCH_SET_FS:
    case GUEST_ARCH_SET_GS:
        if (a[1] >= TASK_SIZE_MAX) {
            return -EPERM;
        }
        env->segs[(int)a[0] == GUEST_ARCH_SET_FS ? R_FS : R_GS].base = a[1];
        return 0;
    case GUEST_ARCH_GET_FS:
        return put_words(a[1], &env->segs[R_FS].base, 1);
    case GUEST_ARCH_GET_GS:
        return put_words(a[1], &env->segs[R_GS].base, 1);
    case GUEST_ARCH_GET_CPUID:
        return 1;
    case GUEST_ARCH_SET_CPUID:
        return -ENODEV;
    default:
        return -EINVAL;
    }
}
