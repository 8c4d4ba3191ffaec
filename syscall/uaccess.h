/* SPDX-License-Identifier: MIT */
/*
 * Guest memory access that cannot crash, and host signal contexts.  The
 * public part is in syscall/process.h; this is what host/ARCH/ supplies and
 * what the handlers of this folder use besides.
 */
#ifndef SYSCALL_UACCESS_H
#define SYSCALL_UACCESS_H

#include "util/osdep.h"

/* host/ARCH/syscall.S */
long uaccess_copy(void *dst, const void *src, size_t len);
long uaccess_strncpy(char *dst, const char *src, size_t max);
long uaccess_peek(uint64_t *dst, const void *src);
extern const char uaccess_start[], uaccess_end[], uaccess_fault[];
extern const char safe_syscall_start[], safe_syscall_end[];
extern const char safe_syscall_interrupted[];

/* host/ARCH/context.c */
uintptr_t host_context_pc(const void *ucontext);
void host_context_set_pc(void *ucontext, uintptr_t pc);

/* Fixed-size forms, for `T local; if (get_guest(&local, a[1]) < 0)` . */
#define get_guest(ptr, addr) copy_from_guest(ptr, addr, sizeof(*(ptr)))
#define put_guest(addr, ptr) copy_to_guest(addr, ptr, sizeof(*(ptr)))

#endif
