/* SPDX-License-Identifier: MIT */
/*
 * Conversions between the x86-64 kernel ABI and the host's where they differ
 * (HOST_SAME_LAYOUT == 0).  On an x86-64 host all of this compiles to
 * nothing; convert-*.c and legacy.c belong to the other hosts.
 */
#ifndef SYSCALL_CONVERT_H
#define SYSCALL_CONVERT_H

#include "syscall/order.h"
#include "syscall/table.h"

int convert_open_flags_to_host(int flags);
int convert_open_flags_to_guest(int flags);
int64_t convert_fcntl(CPUX86State *env, const uint64_t a[6]);
int64_t convert_ioctl(CPUX86State *env, const uint64_t a[6]);
int64_t convert_epoll_pwait(CPUX86State *env, long nr, const uint64_t a[6]);

/* On a host of the other byte order: runs a row on swapped copies of what its
 * arguments point to.  syscall/swap.c. */
int64_t swap_call(CPUX86State *env, const SysRow *row, const uint64_t a[6],
                  int64_t (*run)(CPUX86State *env, const SysRow *row,
                                 const uint64_t a[6]));

/* The directory entries at `at` to the guest's order; size or an error. */
int64_t dents_to_guest(uint64_t at, int64_t size);

/* call(a) with a swapped copy of the one structure argument i points to. */
int64_t swap_through(int64_t (*call)(const uint64_t b[6]), const uint64_t a[6],
                     unsigned i, const char *fields, size_t size);

/* A wait with its mask in argument m and the mask's size in the next.
 * syscall/wait.c. */
int64_t wait_with_mask(CPUX86State *env, long nr, const uint64_t a[6],
                       unsigned m);

static inline int convert_open_flags(int flags)
{
    return HOST_SAME_LAYOUT ? flags : convert_open_flags_to_host(flags);
}

#endif
