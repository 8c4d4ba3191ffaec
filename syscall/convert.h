/* SPDX-License-Identifier: MIT */
/*
 * Conversions between the x86-64 kernel ABI and the host's where they differ
 * (HOST_SAME_LAYOUT == 0).  On an x86-64 host all of this compiles to
 * nothing; convert-*.c belong to the other hosts.
 */
#ifndef SYSCALL_CONVERT_H
#define SYSCALL_CONVERT_H

#include "syscall/table.h"

int convert_open_flags_to_host(int flags);
int convert_open_flags_to_guest(int flags);
int64_t convert_fcntl(CPUX86State *env, const uint64_t a[6]);
int64_t convert_ioctl(CPUX86State *env, const uint64_t a[6]);

static inline int convert_open_flags(int flags)
{
    return HOST_SAME_LAYOUT ? flags : convert_open_flags_to_host(flags);
}

#endif
