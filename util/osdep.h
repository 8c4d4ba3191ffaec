/* SPDX-License-Identifier: MIT */
/*
 * First include of every .c file: the C library, GLib, and the host macros.
 * Only this file and the back-end folders test compiler-defined host macros.
 */
#ifndef UTIL_OSDEP_H
#define UTIL_OSDEP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#if defined(__x86_64__)
#define HOST_X86_64 1
#define HOST_RUNS_X86 true      /* the kernel can run the guests itself */
#define HOST_NAME "x86_64"
#elif defined(__aarch64__)
#define HOST_AARCH64 1
#define HOST_NAME "aarch64"
#elif defined(__riscv) && __riscv_xlen == 64
#define HOST_RISCV64 1
#define HOST_NAME "riscv64"
#elif defined(__s390x__)
#define HOST_S390X 1
#define HOST_NAME "s390x"
#elif defined(__powerpc64__)
#define HOST_PPC64 1
#define HOST_NAME "ppc64"
#else
#error "unsupported host: a 64-bit Linux host is required"
#endif

#ifndef HOST_RUNS_X86
#define HOST_RUNS_X86 false
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define HOST_BIG_ENDIAN 1
#else
#define HOST_BIG_ENDIAN 0
#endif

/* Memory is ordered as x86's, or more strongly. */
#if defined(HOST_X86_64) || defined(HOST_S390X)
#define HOST_STRONG_ORDER true
#else
#define HOST_STRONG_ORDER false
#endif

/* setjmp: GCC's own needs no call; Clang has it on few hosts. */
#if defined(__clang__) && !defined(HOST_X86_64)
#include <setjmp.h>
typedef jmp_buf HostJmpBuf;
#define host_setjmp(b)  _setjmp(b)
#define host_longjmp(b) _longjmp(b, 1)
#else
typedef void *HostJmpBuf[5];
#define host_setjmp(b)  __builtin_setjmp(b)
#define host_longjmp(b) __builtin_longjmp(b, 1)
#endif

/* What a signal handler may look at is in memory. */
#define COMPILER_BARRIER() __asm__ __volatile__("" : : : "memory")

/* The kernel's struct sigaction has a restorer. */
#if defined(HOST_RISCV64)
#define HOST_HAS_SA_RESTORER 0
#else
#define HOST_HAS_SA_RESTORER 1
#endif

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(x)  (sizeof(x) / sizeof((x)[0]))
#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr) - offsetof(type, member)))
#define ROUND_DOWN(n, d)  ((n) & -(0 ? (n) : (d)))
#define ROUND_UP(n, d)    ROUND_DOWN((n) + (d) - 1, (d))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define QEMU_PACKED    __attribute__((packed))
#define QEMU_ALIGNED(x) __attribute__((aligned(x)))
#define QEMU_NORETURN  __attribute__((noreturn))
#define QEMU_NOINLINE  __attribute__((noinline))

/* A counter that never stops, at the host's time-stamp rate. */
static inline uint64_t host_ticks(void)
{
#if defined(HOST_X86_64)
    return __builtin_ia32_rdtsc();
#else
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000000000ull + ts.tv_nsec;
#endif
}

/* Guest virtual, guest physical and host addresses are never mixed. */
typedef uint64_t vaddr;
typedef uint64_t paddr;
typedef uintptr_t haddr;

#endif
