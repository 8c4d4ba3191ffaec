/* SPDX-License-Identifier: MIT */
/*
 * Parts of -strace.
 */
#ifndef SYSCALL_STRACE_INT_H
#define SYSCALL_STRACE_INT_H

#include "syscall/table.h"

/* Appends argument i; ret is the call's result (0 before the call). */
void strace_arg(GString *s, const SysRow *row, const uint64_t a[6], unsigned i,
                int64_t ret);
/* Appends value decoded by a set of flags.def. */
void strace_flags(GString *s, unsigned set, uint64_t value);
/* Appends the structure `type` from its bytes; false: only its address is
 * shown. */
bool strace_struct(GString *s, unsigned type, const void *p);
/* Appends len bytes in double quotes. */
void strace_quoted(GString *s, const char *p, size_t len, bool cut);
void strace_signal(GString *s, int sig);
void strace_sockaddr(GString *s, const void *p, size_t len);

#endif
