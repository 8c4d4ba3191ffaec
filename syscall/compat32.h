/* SPDX-License-Identifier: MIT */
/*
 * What the 32-bit forms of system calls share.  They convert structures
 * between the i386 layout in guest memory and the x86-64 one on the C stack
 * and then run the 64-bit row: guest addresses are host addresses, so a row
 * takes a pointer to either.
 */
#ifndef SYSCALL_COMPAT32_H
#define SYSCALL_COMPAT32_H

#include "syscall/table.h"

/* One declaration of sys32_NAME() for each row of syscall32.def. */
#define S32(name, nr) SysHandler sys32_##name;
#define A32(name, nr)
#define B32(name, nr)
#include "syscall/syscall32.def"
#undef S32
#undef A32
#undef B32

/* 64-bit numbers by name. */
enum {
#define S(name, nr64, ...) NR64_##name = (nr64),
#include "syscall/syscall.def"
#undef S
};

#define P(x) ((uint64_t)(uintptr_t)(x))
/* CALL(name, args...): the 64-bit row with at most six arguments. */
#define CALL(name, ...) \
    sys_call_row(env, &sys_table64[NR64_##name], \
                 (const uint64_t[6]) { __VA_ARGS__ })
#define LOHI(lo, hi) ((uint32_t)(lo) | (uint64_t)(hi) << 32)

typedef struct Timespec64 { int64_t sec, nsec; } Timespec64;
typedef struct Itimerspec64 { Timespec64 interval, value; } Itimerspec64;
typedef struct Stack32 { uint32_t sp; int32_t flags; uint32_t size; } Stack32;
typedef struct Iovec64 { uint64_t base, len; } Iovec64;

/* 0 or -EFAULT.  The 64 forms take time64 structures, whose padding is
 * ignored as the kernel does for 32-bit programs. */
int get_timespec32(Timespec64 *ts, vaddr at);
int get_timespec64(Timespec64 *ts, vaddr at);
int put_timespec32(vaddr at, const Timespec64 *ts);
int get_itimerspec32(Itimerspec64 *it, vaddr at);
int get_itimerspec64(Itimerspec64 *it, vaddr at);
int put_itimerspec32(vaddr at, const Itimerspec64 *it);

void siginfo_to_32(const siginfo_t *info, uint8_t out[128]);
int siginfo_from_32(siginfo_t *info, vaddr at);

/* 32-bit rusage, 72 bytes. */
int put_rusage32(vaddr at, const int64_t ru[18]);

/* The iovecs at `at` widened into new memory (g_free), or NULL and *err.
 * writes: the kernel will write to them. */
Iovec64 *get_iovec32(vaddr at, uint64_t count, bool writes, int *err);

#endif
