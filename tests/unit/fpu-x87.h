/* SPDX-License-Identifier: MIT */
/*
 * Corner and random 80-bit operands, and running an x87 instruction natively,
 * for the tests of fpu/ and of the x87 helpers.  x86-64 hosts only.
 */
#ifndef TESTS_UNIT_FPU_X87_H
#define TESTS_UNIT_FPU_X87_H

#include "fpu/softfloat.h"

typedef struct NativeX87 {      /* memory image: 10 bytes a register */
    uint8_t st[2][16];          /* in and out: ST0, ST1 */
    uint8_t mem[16];            /* memory operand */
    uint16_t cw, sw, tag;       /* sw out, before anything is popped */
    uint64_t eflags;
} NativeX87;

static inline float80 x87_get(const uint8_t *p)
{
    float80 r;

    memcpy(&r.mant, p, 8);
    memcpy(&r.se, p + 8, 2);
    return r;
}

static inline void x87_put(uint8_t *p, float80 v)
{
    memcpy(p, &v.mant, 8);
    memcpy(p + 8, &v.se, 2);
}

/* Code sees ST0, ST1 loaded and the memory operand at %4 (rsi).  depth = how
 * many registers are read back. */
#define X87_NATIVE(name, code)                                               \
static void name(NativeX87 *n)                                               \
{                                                                            \
    static const uint16_t quiet = 0x37f;                                     \
                                                                             \
    asm volatile("fninit\n\tfldt 16(%0)\n\tfldt (%0)\n\tfldcw 48(%0)\n\t"    \
                 code "\n\tpushf\n\tpop 56(%0)\n\tfnstsw 50(%0)\n\t"         \
                 "fnclex\n\tfldcw %1\n\tfstpt (%0)\n\tfstpt 16(%0)\n\t"      \
                 "fninit"                                                    \
                 : : "r"(n), "m"(quiet), "S"(n->mem) : "memory", "cc");      \
}

static uint64_t x87_seed = 0x9e3779b97f4a7c15;

static inline uint64_t x87_rnd(void)
{
    x87_seed ^= x87_seed << 13;
    x87_seed ^= x87_seed >> 7;
    x87_seed ^= x87_seed << 17;
    return x87_seed * 0x2545f4914f6cdd1d;
}

static const float80 x87_corners[] = {
    { 0, 0 }, { 1, 0 }, { 2, 0 }, { 0x7fffffffffffffff, 0 },
    { 0x4000000000000000, 0 },
    { 0x8000000000000000, 0 }, { 0x8000000000000001, 0 },   /* pseudo-denormal */
    { 0x8000000000000000, 1 }, { 0x8000000000000001, 1 },
    { 0xffffffffffffffff, 1 }, { 0x8000000000000000, 2 },
    { 0x8000000000000000, 64 }, { 0x8000000000000000, 65 },
    { 0x8000000000000000, 0x3fff }, { 0x8000000000000001, 0x3fff },
    { 0xffffffffffffffff, 0x3ffe }, { 0x8000000000000000, 0x3ffe },
    { 0x8000000000000001, 0x3ffe }, { 0xffffffffffffffff, 0x3ffd },
    { 0x8000000000000000, 0x4000 }, { 0xc000000000000000, 0x4000 },
    { 0xc000000000000000, 0x3fff }, { 0xa000000000000000, 0x4000 },
    { 0xfffe000000000000, 0x400d }, { 0xffff000000000000, 0x400d },
    { 0xfffffffe00000000, 0x401d }, { 0xffffffff00000000, 0x401d },
    { 0xffffffffffffffff, 0x403d }, { 0x8000000000000000, 0x403e },
    { 0x8000000000000000, 0x403d }, { 0xde0b6b3a763fffff, 0x403a },
    { 0xde0b6b3a76400000, 0x403a }, { 0x8000000000000001, 0x4040 },
    { 0xffffffffffffffff, 0x7ffe }, { 0x8000000000000000, 0x7ffe },
    { 0xffffff0000000000, 0x407e }, { 0xffffff8000000000, 0x407e },
    { 0xfffffffffffff800, 0x43fe }, { 0xfffffffffffffc00, 0x43fe },
    { 0x8000000000000000, 0x3f81 }, { 0x8000000000000000, 0x3f6a },
    { 0x8000000000000000, 0x3c01 }, { 0x8000000000000000, 0x3bcd },
    { 0xc90fdaa22168c235, 0x3fff }, { 0xb504f333f9de6485, 0x3fff },
    { 0x8000000000000000, 0x7fff }, { 0x8000000000000001, 0x7fff },
    { 0xbfffffffffffffff, 0x7fff }, { 0xc000000000000000, 0x7fff },
    { 0xc000000000000001, 0x7fff }, { 0xffffffffffffffff, 0x7fff },
    { 0, 0x7fff }, { 0x4000000000000000, 0x7fff },          /* unsupported */
    { 0, 0x3fff }, { 0x7fffffffffffffff, 0x4000 },
};

static inline float80 x87_operand(void)
{
    uint64_t r = x87_rnd();
    float80 v = { x87_rnd() | 1ull << 63, r >> 48 };

    switch (r % 6) {
    case 0:
        v = x87_corners[(r >> 8) % ARRAY_SIZE(x87_corners)];
        v.se ^= r >> 32 & 0x8000;
        break;
    case 1:
        break;
    case 2:     /* few significant bits */
        v.mant &= ~0ull << (r >> 8 & 63);
        v.se = (v.se & 0x8000) | (0x3fff + (r >> 16) % 70);
        break;
    default:
        v.se = (v.se & 0x8000) | (0x3ff0 + (r >> 16) % 32);
        break;
    }
    return v;
}

#endif
