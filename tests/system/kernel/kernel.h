/* SPDX-License-Identifier: MIT */
/* What the two test kernels share: output, checks, registers. */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void outb(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

/* The PIC pair's lines: the firmware leaves the timer's open. */
void mask_irqs(void);
void put_string(const char *s);
void put_hex(uint64_t v);
/* A check that failed. */
void report(const char *name, const char *what, uint64_t got, uint64_t want);
/* A check: fails if got is not want. */
void equal(const char *name, const char *what, uint64_t got, uint64_t want);

#define REG(name)                                                       \
    static inline unsigned long read_##name(void)                       \
    {                                                                   \
        unsigned long v;                                                \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(v));              \
        return v;                                                       \
    }                                                                   \
    static inline void write_##name(unsigned long v)                    \
    {                                                                   \
        __asm__ volatile("mov %0, %%" #name : : "r"(v) : "memory");     \
    }
REG(cr0) REG(cr2) REG(cr3) REG(cr4) REG(dr0) REG(dr6) REG(dr7)
#undef REG

static inline void invlpg(void *p)
{
    __asm__ volatile("invlpg (%0)" : : "r"(p) : "memory");
}

static inline uint64_t rdmsr(uint32_t n)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(n));
    return lo | (uint64_t)hi << 32;
}

static inline void wrmsr(uint32_t n, uint64_t v)
{
    __asm__ volatile("wrmsr" : : "c"(n), "a"((uint32_t)v),
                     "d"((uint32_t)(v >> 32)));
}

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]),
                     "=d"(r[3]) : "a"(leaf), "c"(sub));
}

/* "PASS n checks" or "FAILED ..."; ends the machine. */
void finish(void);

void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);

#endif
