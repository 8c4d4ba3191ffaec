/* SPDX-License-Identifier: MIT */
/*
 * Guest memory access from C, and the fix-ups that the host signal handlers
 * of linux-user apply.  A 64-bit guest's addresses are the host's, so a copy
 * is a plain one inside a guarded range of code: no page-table walk, no
 * sigsetjmp, nothing to undo.
 */
#include "util/osdep.h"
#include "syscall/process.h"
#include "syscall/uaccess.h"

/* The kernel accepts no user address from here on. */
#define GUEST_TOP 0x7ffffffff000ull

static bool range_plausible(vaddr addr, size_t len)
{
    return addr < GUEST_TOP && len <= GUEST_TOP - addr;
}

int copy_from_guest(void *dst, vaddr src, size_t len)
{
    if (!range_plausible(src, len)) {
        return -EFAULT;
    }
    return uaccess_copy(dst, (const void *)(uintptr_t)src, len);
}

int copy_to_guest(vaddr dst, const void *src, size_t len)
{
    if (!range_plausible(dst, len)) {
        return -EFAULT;
    }
    guest_prepare_write(dst, len);
    return uaccess_copy((void *)(uintptr_t)dst, src, len);
}

ssize_t strncpy_from_guest(char *dst, vaddr src, size_t max)
{
    ssize_t len;

    if (!range_plausible(src, 1)) {
        return -EFAULT;
    }
    len = uaccess_strncpy(dst, (const char *)(uintptr_t)src, max);
    return len == (ssize_t)max ? -ENAMETOOLONG : len;
}

bool uaccess_fixup(void *ucontext)
{
    uintptr_t pc = host_context_pc(ucontext);

    if (pc < (uintptr_t)uaccess_start || pc >= (uintptr_t)uaccess_end) {
        return false;
    }
    host_context_set_pc(ucontext, (uintptr_t)uaccess_fault);
    return true;
}

void safe_syscall_fixup(void *ucontext)
{
    uintptr_t pc = host_context_pc(ucontext);

    if (pc >= (uintptr_t)safe_syscall_start &&
        pc < (uintptr_t)safe_syscall_end) {
        host_context_set_pc(ucontext, (uintptr_t)safe_syscall_interrupted);
    }
}
