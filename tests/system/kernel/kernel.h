/* SPDX-License-Identifier: MIT */
/*
 * What the test kernels share: ports and registers, output, checks and what a
 * piece of code is expected to raise (kernel.c).  Each kernel brings a start
 * file with the trap stubs, try() and enter_user().
 */
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
                     "d"((uint32_t)(v >> 32)) : "memory");
}

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]),
                     "=d"(r[3]) : "a"(leaf), "c"(sub));
}

/* A segment descriptor; flags: bits 40 to 47, then 52 to 55. */
#define DESCRIPTOR(base, limit, flags)                                  \
    (((uint64_t)(limit) & 0xffff) |                                     \
     ((uint64_t)(base) & 0xffffff) << 16 |                              \
     ((uint64_t)(flags) & 0xff) << 40 |                                 \
     ((uint64_t)(limit) >> 16 & 15) << 48 |                             \
     ((uint64_t)(flags) >> 8 & 15) << 52 |                              \
     ((uint64_t)(base) >> 24 & 0xff) << 56)

void *memset(void *p, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);

/* The PIC pair's lines: the firmware leaves the timer's open. */
void mask_irqs(void);

/* ---- output and checks ---------------------------------------------------- */

void put_string(const char *s);
void report(const char *name, const char *what, uint64_t got, uint64_t want);
void equal(const char *name, const char *what, uint64_t got, uint64_t want);
/* "PASS n checks" or "FAILED ..."; ends the machine. */
void finish(void) __attribute__((noreturn));

/* ---- code that traps -------------------------------------------------------- */

/* A function in assembly: in ring 0; in ring 3, where int 80h is its end. */
#define FN(name, text)                                                  \
    void name(void);                                                    \
    __asm__(".pushsection .text; .globl " #name "\n" #name ": " text    \
            "; ret; .popsection");
#define USER(name, text)                                                \
    void name(void);                                                    \
    __asm__(".pushsection .user.text, \"ax\"; .globl " #name "\n"       \
            #name ": " text "; int $0x80; .popsection");

/* What the last trap left; user_cs and user_flags: where enter_user() goes. */
extern volatile unsigned long trap_vector, trap_error, trap_ip, trap_cs,
    trap_flags, trap_cr2;
extern unsigned long user_cs, user_flags;
/* 1 if fn trapped. */
int try(void (*fn)(void));
/* Ring 3, flat; comes back by a trap. */
void enter_user(void (*fn)(void));

/* fn must raise vector with this error code. */
void traps(const char *name, void (*fn)(void), unsigned vector,
           unsigned long error);
/* fn must not trap. */
void fine(const char *name, void (*fn)(void));
/* The same in ring 3; vector 0x80 means that it came to its end. */
void user_traps(const char *name, void (*fn)(void), unsigned vector,
                unsigned long error);

#endif
