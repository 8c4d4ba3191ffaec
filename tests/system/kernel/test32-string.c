/* SPDX-License-Identifier: MIT */
/*
 * REP MOVS and STOS in both directions, across pages, overlapping, against
 * one element at a time.  Source: Intel SDM vol. 2, "MOVS", "STOS".
 */
#include "test32.h"

enum { ROOM = 3 * 4096, COUNT = 700 };

static uint8_t was[ROOM] __attribute__((aligned(4096)));
static uint8_t got[ROOM] __attribute__((aligned(4096)));

typedef struct Regs {
    uint32_t di, si, cx;
} Regs;

#define REP(insn, r, al)                                                    \
    __asm__ volatile(insn : "+D"((r)->di), "+S"((r)->si), "+c"((r)->cx)      \
                     : "a"(al) : "memory", "cc")

static void rep(bool stos, unsigned size, bool down, Regs *r)
{
    static const uint32_t pattern = 0x87654321;

    switch (stos << 4 | down << 3 | size) {
    case 0x01:
        REP("rep movsb", r, 0);
        break;
    case 0x02:
        REP("rep movsw", r, 0);
        break;
    case 0x04:
        REP("rep movsl", r, 0);
        break;
    case 0x09:
        REP("std; rep movsb; cld", r, 0);
        break;
    case 0x0a:
        REP("std; rep movsw; cld", r, 0);
        break;
    case 0x0c:
        REP("std; rep movsl; cld", r, 0);
        break;
    case 0x14:
        REP("rep stosl", r, pattern);
        break;
    case 0x1c:
        REP("std; rep stosl; cld", r, pattern);
        break;
    }
}

static void one_by_one(bool stos, unsigned size, bool down, Regs *r)
{
    for (; r->cx; r->cx--) {
        for (unsigned i = 0, v = 0x87654321; stos && i < size; i++) {
            ((volatile uint8_t *)r->di)[i] = v >> (8 * i);
        }
        if (!stos) {
            uint8_t v[4];

            memcpy(v, (void *)r->si, size);
            memcpy((void *)r->di, v, size);
            r->si += down ? -size : size;
        }
        r->di += down ? -size : size;
    }
}

static void fill_both(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        was[i] = got[i] = i * 7 + (i >> 8);
    }
}

/* From an element in the middle to one DISTANCE bytes from it. */
static void compare(bool stos, unsigned size, bool down, int distance)
{
    uint32_t at = ROOM / 2 + (down ? COUNT : -COUNT) * (int)size / 2 + 1;
    Regs a = { (uint32_t)got + at + distance, (uint32_t)got + at, COUNT };
    Regs b = { (uint32_t)was + at + distance, (uint32_t)was + at, COUNT };
    unsigned differ = 0;

    fill_both();
    rep(stos, size, down, &a);
    one_by_one(stos, size, down, &b);
    for (unsigned i = 0; i < ROOM; i++) {
        differ += was[i] != got[i];
    }
    equal("rep string", "bytes that differ", differ, 0);
    equal("rep string", "rdi", a.di - (uint32_t)got, b.di - (uint32_t)was);
    equal("rep string", "rsi", a.si - (uint32_t)got, b.si - (uint32_t)was);
    equal("rep string", "rcx", a.cx, 0);
}

void test_string(void)
{
    static const int distances[] = { -4097, -2000, -5, -1, 1, 3, 8, 2800, 4096 };

    for (unsigned down = 0; down < 2; down++) {
        for (unsigned i = 0; i < 9; i++) {
            for (unsigned size = 1; size <= 4; size *= 2) {
                compare(false, size, down, distances[i]);
            }
        }
        compare(true, 4, down, 2);
    }
}
