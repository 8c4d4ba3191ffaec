/* SPDX-License-Identifier: MIT */
/*
 * Machine states for the instruction tests: values that sit on the corners of
 * each data type, mixed with random ones.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

/* The low n bytes of v, in the guest's order. */
static void put(uint8_t *p, unsigned n, uint64_t v)
{
    for (unsigned i = 0; i < n; i++) {
        p[i] = v >> 8 * i;
    }
}

static uint64_t rnd_state[2] = { 1, 2 };

/* xorshift128+ */
uint64_t isa_rnd(void)
{
    uint64_t a = rnd_state[0], b = rnd_state[1];

    rnd_state[0] = b;
    a ^= a << 23;
    a ^= a >> 17;
    a ^= b ^ (b >> 26);
    rnd_state[1] = a;
    return a + b;
}

void isa_srnd(uint64_t seed)
{
    rnd_state[0] = seed * 0x9e3779b97f4a7c15ull + 1;
    rnd_state[1] = ~seed;
    for (int i = 0; i < 8; i++) {
        isa_rnd();
    }
}

static const uint64_t int_corner[] = {
    0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x100,
    0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
    0x100000000, 0x7fffffffffffffff, 0x8000000000000000, ~0ull, ~1ull,
    0xffffffffffffff80, 0xffffffffffff8000, 0xffffffff80000000,
    0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x0123456789abcdef,
};

uint64_t isa_int(void)
{
    switch (isa_below(8)) {
    case 0:
    case 1:
        return int_corner[isa_below(ARRAY_SIZE(int_corner))];
    case 2:
        return 1ull << isa_below(64);
    case 3:
        return (1ull << isa_below(64)) - 1;
    case 4:
        return isa_rnd() >> isa_below(64);
    case 5:
        return (int64_t)isa_rnd() >> isa_below(64);
    default:
        return isa_rnd();
    }
}

static const uint32_t f32_corner[] = {
    0, 0x80000000, 0x3f800000, 0xbf800000, 0x40000000, 0x3f000000, 0x7f800000,
    0xff800000, 0x7fc00000, 0xffc00000, 0x7fa12345, 0xff812345, 0x7fd54321,
    1, 0x80000001, 0x007fffff, 0x00800000, 0x807fffff, 0x7f7fffff, 0xff7fffff,
    0x4f000000, 0xcf000000, 0x4effffff, 0xcf000001, 0x5f000000, 0xdf000000,
    0x4b000000, 0x4b000001, 0x3effffff, 0x3f000001, 0x40200000, 0x34000000,
};

static const uint64_t f64_corner[] = {
    0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
    0x4000000000000000, 0x3fe0000000000000, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000000000,
    0x7ff4123456789abc, 0xfff0000000000001, 0x7ff9876543210fed, 1,
    0x8000000000000001, 0x000fffffffffffff, 0x0010000000000000,
    0x7fefffffffffffff, 0xffefffffffffffff, 0x41dfffffffc00000,
    0x41e0000000000000, 0xc1e0000000000000, 0xc1e0000000200000,
    0x43e0000000000000, 0xc3e0000000000000, 0x43dfffffffffffff,
    0x4330000000000000, 0x4330000000000001, 0x3fdfffffffffffff,
    0x4004000000000000, 0x3cb0000000000000, 0x47efffffe0000000,
    0x47f0000000000000, 0x3810000000000000, 0x36a0000000000000,
    0x3690000000000000, 0x380fffffffffffff,
};

static uint32_t isa_f32(void)
{
    switch (isa_below(4)) {
    case 0:
        return f32_corner[isa_below(ARRAY_SIZE(f32_corner))];
    case 1:     /* around one, where sums and products are interesting */
        return (isa_rnd() & 0x80000000) |
               ((127 - 24 + isa_below(60)) << 23) | (isa_rnd() & 0x7fffff);
    case 2:     /* few bits: exact results and ties */
        return (isa_rnd() & 0x80000000) |
               ((127 - 4 + isa_below(32)) << 23) |
               ((isa_rnd() & 15) << 19) | (isa_below(8) ? 0 : 1);
    default:
        return isa_rnd() >> 32;
    }
}

static uint64_t isa_f64(void)
{
    uint64_t r = isa_rnd();

    switch (isa_below(5)) {
    case 0:
        return f64_corner[isa_below(ARRAY_SIZE(f64_corner))];
    case 1:
        return (r & (1ull << 63)) |
               ((uint64_t)(1023 - 60 + isa_below(130)) << 52) |
               (isa_rnd() >> 12);
    case 2:
        return (r & (1ull << 63)) |
               ((uint64_t)(1023 - 4 + isa_below(68)) << 52) |
               ((r & 15) << 48) | (isa_below(8) ? 0 : 1);
    case 3:     /* in reach of f32, its denormals included */
        return (r & (1ull << 63)) |
               ((uint64_t)(1023 - 152 + isa_below(284)) << 52) |
               (isa_rnd() >> 12 & ~(isa_below(2) ? 0x1fffffffull : 0));
    default:
        return r;
    }
}

/* 80-bit values: exponent and mantissa corners, unnormals included. */
static void isa_f80(uint8_t p[10])
{
    static const uint16_t exps[] = {
        0, 1, 0x3fff, 0x3ffe, 0x4000, 0x7ffe, 0x7fff, 0x403e, 0x401e, 0x400e,
        0x3fff - 64, 0x3f81, 0x3c01, 0x43fe, 0x407e, 0x4005, 0x3fbe,
    };
    static const uint64_t mants[] = {
        0, 0x8000000000000000, 0xc000000000000000, 0xa000000000000000, 1,
        0xffffffffffffffff, 0x7fffffffffffffff, 0x8000000000000001,
        0xfffffffffffff800, 0xffffff0000000000, 0x8000000000000400,
        0x8000008000000000, 0xc90fdaa22168c235,
    };
    uint64_t m = isa_rnd() | (1ull << 63);
    uint16_t e = 0x3fff - 70 + isa_below(140);

    switch (isa_below(6)) {
    case 0:
        e = exps[isa_below(ARRAY_SIZE(exps))];
        m = mants[isa_below(ARRAY_SIZE(mants))];
        break;
    case 1:
        e = isa_rnd() & 0x7fff;
        break;
    case 2:     /* small integers */
        m = (uint64_t)(8 + isa_below(8)) << 60;
        e = 0x3fff + isa_below(6);
        break;
    case 3:
        if (isa_below(4) == 0) {
            m = isa_rnd();
            e = isa_rnd() & 0x7fff;
        }
        break;
    }
    e |= isa_below(2) << 15;
    put(p, 8, m);
    put(p + 8, 2, e);
}

/* n (16 or 32) bytes of one kind of element each 16. */
void isa_vec(uint8_t *p, unsigned n)
{
    for (unsigned at = 0; at < n; at += 16) {
        unsigned kind = isa_below(8);

        for (unsigned j = 0; j < 16; j += 8) {
            uint64_t v;

            switch (kind) {
            case 0:
            case 1:
                v = isa_f32() | (uint64_t)isa_f32() << 32;
                break;
            case 2:
            case 3:
                v = isa_f64();
                break;
            case 4:
                v = isa_int();
                break;
            case 5:     /* byte and word corners */
                v = 0;
                for (int k = 0; k < 8; k++) {
                    static const uint8_t b[] = { 0, 1, 0x7f, 0x80, 0xff, 0x81,
                                                 'a', 0x10 };
                    v |= (uint64_t)b[isa_below(8)] << 8 * k;
                }
                break;
            case 6:
                v = (uint32_t)isa_int() | isa_int() << 32;
                break;
            default:
                v = isa_rnd();
            }
            put(p + at + j, 8, v);
        }
    }
}

static uint32_t rnd_mxcsr(void)
{
    uint32_t v = 0x1f80;

    switch (isa_below(8)) {
    case 0:
        return v | (isa_rnd() & 0xe03f);
    case 1:
        v |= (isa_rnd() & 0x6000);
        break;
    case 2:
        v |= isa_below(2) << 15 | isa_below(2) << 6;
        break;
    case 3:
        if (isa_below(3) == 0) {    /* some exceptions unmasked */
            v &= ~(isa_rnd() & 0x1f80);
        }
        break;
    }
    return v | (isa_below(2) ? 0 : isa_rnd() & 0x3f);
}

void isa_rnd_x87(uint8_t fx[512])
{
    uint16_t fcw = 0x37f, fsw;

    switch (isa_below(8)) {
    case 0:
        fcw = (fcw & ~0xf00) | (isa_rnd() & 0xf00);
        break;
    case 1:
        fcw = (fcw & ~0xc00) | (isa_rnd() & 0xc00);
        break;
    case 2:
        fcw = 0x27f;
        break;
    case 3:
        if (isa_below(4) == 0) {
            fcw &= ~(isa_rnd() & 0x3f);
        }
        break;
    }
    fsw = isa_rnd() & 0x7f3f & ~(isa_below(3) ? 0x3f : 0);
    fsw &= ~(~fcw & 0x3f);      /* no pending unmasked exception */
    memset(fx, 0, 24);
    memset(fx + 28, 0, 512 - 28);
    put(fx, 2, fcw);
    put(fx + 2, 2, fsw);
    fx[4] = isa_below(3) == 0 ? isa_rnd() : isa_below(8) ? 0xff : 0;
    for (int i = 0; i < 8; i++) {
        isa_f80(fx + 32 + 16 * i);
    }
}

void isa_rnd_control(IsaState *st)
{
    put(st->fx + 24, 4, rnd_mxcsr());
    for (int i = 0; i < 16; i++) {
        st->gpr[i] = i && isa_below(8) == 0 ? st->gpr[isa_below(i)] :
                     isa_int();
    }
    st->flags = 0x202 | (isa_rnd() & 0x8d5) | (isa_below(4) ? 0 : 0x400);
    st->base[0] = isa_rnd() >> 20;
    st->base[1] = isa_below(4) ? isa_rnd() >> 20 : 0;
}

void isa_rnd_state(IsaState *st)
{
    isa_rnd_x87(st->fx);
    for (int i = 0; i < 16; i++) {
        if (i && isa_below(6) == 0) {
            memcpy(st->vec[i], st->vec[isa_below(i)], 32);
        } else {
            isa_vec(st->vec[i], 32);
        }
    }
    isa_rnd_control(st);
}

void isa_state32(IsaState *st)
{
    for (int i = 0; i < 16; i++) {
        st->gpr[i] = i < 8 ? (uint32_t)st->gpr[i] : 0;
    }
}

void isa_rnd_memory(uint8_t *mem)
{
    isa_vec(mem, ISA_DATA_SIZE);
}
