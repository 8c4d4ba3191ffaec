/* SPDX-License-Identifier: MIT */
/*
 * Add, multiply, divide, square root and fused multiply-add on unpacked
 * values, and their binary32, binary64 and 80-bit fronts.
 *
 * The denormal-operand flag has a lower priority than the invalid operation
 * and the zero divide (SDM vol. 1, 4.9.2), so it is raised last.
 */
#include "util/osdep.h"
#include "fpu/softfloat-int.h"

static void note_denormals(const FPParts *a, const FPParts *b, FPStatus *st)
{
    if (a->denormal || b->denormal) {
        st->flags |= FP_DE;
    }
}

static FPParts add_zeros(FPParts a, FPParts b, FPStatus *st)
{
    if (a.cls == CLS_ZERO && b.cls == CLS_ZERO) {
        if (a.sign != b.sign) {
            a.sign = st->rounding == FP_RD;
        }
        return a;
    }
    return a.cls == CLS_ZERO ? b : a;
}

/* |a| >= |b|, both normal. */
static FPParts add_ordered(FPParts a, FPParts b, FPStatus *st)
{
    u128 x = parts_sig(&a), y = parts_sig(&b);
    unsigned shift = a.exp - b.exp;

    /* One bit of head room for the carry; lo is 0 or sticky in bit 0 with at
     * least 62 zeros above, so nothing but the sticky is lost. */
    x = shr_sticky(x, 1);
    y = shr_sticky(y, shift > 126 ? 127 : shift + 1);
    if (a.sign == b.sign) {
        x += y;
    } else {
        x -= y;
        if (x == 0) {
            return parts_of_class(CLS_ZERO, st->rounding == FP_RD);
        }
    }
    a.exp++;
    parts_normalise(&a, x);
    return a;
}

FPParts fp_add(FPParts a, FPParts b, FPStatus *st)
{
    if (unlikely(fp_has_nan(&a, &b))) {
        return fp_nan2(a, b, st);
    }
    if (a.cls == CLS_INF && b.cls == CLS_INF && a.sign != b.sign) {
        return fp_invalid(st);
    }
    note_denormals(&a, &b, st);
    if (a.cls == CLS_INF || b.cls == CLS_INF) {
        return a.cls == CLS_INF ? a : b;
    }
    if (a.cls == CLS_ZERO || b.cls == CLS_ZERO) {
        return add_zeros(a, b, st);
    }
    if (a.exp > b.exp ||
        (a.exp == b.exp && parts_sig(&a) >= parts_sig(&b))) {
        return add_ordered(a, b, st);
    }
    return add_ordered(b, a, st);
}

FPParts fp_mul(FPParts a, FPParts b, FPStatus *st)
{
    FPParts r = { .sign = a.sign ^ b.sign };

    if (unlikely(fp_has_nan(&a, &b))) {
        return fp_nan2(a, b, st);
    }
    if ((a.cls == CLS_INF && b.cls == CLS_ZERO) ||
        (a.cls == CLS_ZERO && b.cls == CLS_INF)) {
        return fp_invalid(st);
    }
    note_denormals(&a, &b, st);
    if (a.cls == CLS_INF || b.cls == CLS_INF) {
        r.cls = CLS_INF;
    } else if (a.cls == CLS_NORMAL && b.cls == CLS_NORMAL) {
        r.exp = a.exp + b.exp + 1;
        parts_normalise(&r, (u128)a.hi * b.hi);
    }
    return r;
}

FPParts fp_div(FPParts a, FPParts b, FPStatus *st)
{
    FPParts r = { .sign = a.sign ^ b.sign };
    u128 n, q;
    uint64_t q1, q0, rem;

    if (unlikely(fp_has_nan(&a, &b))) {
        return fp_nan2(a, b, st);
    }
    if (a.cls == b.cls && a.cls != CLS_NORMAL) {
        return fp_invalid(st);
    }
    if (a.cls == CLS_NORMAL && b.cls == CLS_ZERO) {
        st->flags |= FP_ZE;
        r.cls = CLS_INF;
        return r;
    }
    note_denormals(&a, &b, st);
    if (a.cls == CLS_INF) {
        r.cls = CLS_INF;
    } else if (a.cls == CLS_NORMAL && b.cls == CLS_NORMAL) {
        /* 127-bit quotient by two 128/64 steps; the remainder is sticky. */
        n = (u128)a.hi << 63;
        q1 = n / b.hi;
        rem = n % b.hi;
        n = (u128)rem << 64;
        q0 = n / b.hi;
        rem = n % b.hi;
        q = (u128)q1 << 64 | q0 | (rem != 0);
        /* a.hi / b.hi = q / 2^127, in (1/2, 2). */
        r.exp = a.exp - b.exp;
        parts_normalise(&r, q);
    }
    return r;
}

/* Floor of the square root of v (v >= 2^126), and whether it is inexact. */
static uint64_t isqrt128(u128 v, bool *inexact)
{
    uint64_t hi = v >> 64;
    u128 r;
    uint64_t s = 0;

    /* One bit a step for the top half, then Newton for the low one. */
    for (uint64_t bit = 1ull << 31; bit; bit >>= 1) {
        uint64_t t = s | bit;
        if (t * t <= hi) {
            s = t;
        }
    }
    r = (u128)s << 32 | 0xffffffff;
    for (int i = 0; i < 2; i++) {
        r = (r + v / r) >> 1;
    }
    while (r >> 64 || r * r > v) {
        r--;
    }
    while (!((r + 1) >> 64) && (r + 1) * (r + 1) <= v) {
        r++;
    }
    *inexact = r * r != v;
    return r;
}

FPParts fp_sqrt(FPParts a, FPStatus *st)
{
    u128 v;
    bool inexact;
    uint64_t root;

    if (a.cls >= CLS_QNAN) {
        return fp_nan1(a, st);
    }
    if (a.cls == CLS_ZERO) {
        return a;
    }
    if (a.sign) {
        return fp_invalid(st);
    }
    if (a.denormal) {
        st->flags |= FP_DE;
    }
    if (a.cls == CLS_INF) {
        return a;
    }
    /* 64 result bits; one more bit is needed to round 64-bit significands
     * correctly: the remainder decides it. */
    v = (u128)a.hi << 63;               /* in [2^126, 2^127) */
    if (a.exp & 1) {
        v <<= 1;
    }
    root = isqrt128(v, &inexact);       /* in [2^63, 2^64) */
    a.exp = a.exp >> 1;
    a.hi = root;
    a.lo = 0;
    if (inexact) {
        /* Above the half if v > root^2 + root (the next half is never hit
         * exactly, as (root + 1/2)^2 is not an integer). */
        a.lo = v - (u128)root * root > root ? 3ull << 62 : 1;
    }
    return a;
}

/* ---- fused multiply-add -------------------------------------------------- */

/* Exact sum of two normals with full 128-bit significands. */
static FPParts fma_sum(FPParts p, FPParts c, FPStatus *st)
{
    FPParts big = p, small = c;
    u128 x, y, ylow = 0;
    unsigned shift;

    if (c.exp > p.exp || (c.exp == p.exp && parts_sig(&c) > parts_sig(&p))) {
        big = c;
        small = p;
    }
    x = parts_sig(&big);
    y = parts_sig(&small);
    shift = big.exp - small.exp;
    /* 256-bit alignment: y is the part above, ylow below x's last bit. */
    if (shift >= 256) {
        ylow = 1;
        y = 0;
    } else if (shift >= 128) {
        ylow = shr_sticky(y, shift - 128);
        y = 0;
    } else if (shift) {
        ylow = y << (128 - shift);
        y >>= shift;
    }
    if (big.sign == small.sign) {
        x += y;
        if (x < y) {
            x = shr_sticky(x, 1) | (ylow != 0) | (u128)1 << 127;
            big.exp++;
        } else {
            x |= ylow != 0;
        }
        parts_set_sig(&big, x);
        return big;
    }
    x -= y + (ylow != 0);
    ylow = -ylow;
    if (x == 0 && ylow == 0) {
        return parts_of_class(CLS_ZERO, st->rounding == FP_RD);
    }
    if (x == 0) {
        big.exp -= 128;
        parts_normalise(&big, ylow);
        return big;
    }
    unsigned n = clz128(x);
    if (n) {
        x = x << n | ylow >> (128 - n);
        ylow <<= n;
    }
    big.exp -= n;
    parts_set_sig(&big, x | (ylow != 0));
    return big;
}

FPParts fp_fma(FPParts a, FPParts b, FPParts c, FPStatus *st)
{
    FPParts p = { .sign = a.sign ^ b.sign };
    bool invalid = (a.cls == CLS_INF && b.cls == CLS_ZERO) ||
                   (a.cls == CLS_ZERO && b.cls == CLS_INF);

    if (unlikely(fp_has_nan(&a, &b) || c.cls >= CLS_QNAN)) {
        if (a.cls == CLS_SNAN || b.cls == CLS_SNAN || c.cls == CLS_SNAN) {
            st->flags |= FP_IE;
        }
        if (fp_has_nan(&a, &b)) {
            return fp_nan2(a, b, st);
        }
        return fp_nan1(c, st);
    }
    if (invalid) {
        return fp_invalid(st);
    }
    if (a.cls == CLS_INF || b.cls == CLS_INF) {
        p.cls = CLS_INF;
    } else if (a.cls == CLS_NORMAL && b.cls == CLS_NORMAL) {
        p.exp = a.exp + b.exp + 1;
        parts_normalise(&p, (u128)a.hi * b.hi);
    }
    if (p.cls == CLS_INF && c.cls == CLS_INF && p.sign != c.sign) {
        return fp_invalid(st);
    }
    note_denormals(&a, &b, st);
    note_denormals(&c, &c, st);
    if (p.cls == CLS_INF || c.cls == CLS_INF) {
        return p.cls == CLS_INF ? p : c;
    }
    if (p.cls == CLS_ZERO || c.cls == CLS_ZERO) {
        return add_zeros(p, c, st);
    }
    return fma_sum(p, c, st);
}

/* ---- fronts -------------------------------------------------------------- */

#define ARITH2(f, ty, name, core, flip)                                      \
ty f##_##name(ty a, ty b, FPStatus *st)                                      \
{                                                                            \
    FPParts x = UNPACK_##f(a), y = UNPACK_##f(b);                            \
                                                                             \
    y.sign ^= (flip) && y.cls < CLS_QNAN;                                    \
    return f##_round_pack(core(x, y, st), st);                               \
}
#define ARITH(f, ty)                                                         \
ARITH2(f, ty, add, fp_add, false)                                            \
ARITH2(f, ty, sub, fp_add, true)                                             \
ARITH2(f, ty, mul, fp_mul, false)                                            \
ARITH2(f, ty, div, fp_div, false)                                            \
ty f##_sqrt(ty a, FPStatus *st)                                              \
{                                                                            \
    return f##_round_pack(fp_sqrt(UNPACK_##f(a), st), st);                   \
}
#define FMA(f, ty)                                                           \
ty f##_fma(ty a, ty b, ty c, unsigned neg, FPStatus *st)                     \
{                                                                            \
    FPParts x = UNPACK_##f(a), y = UNPACK_##f(b), z = UNPACK_##f(c);         \
                                                                             \
    x.sign ^= (neg & FP_FMA_NEG_PRODUCT) && x.cls < CLS_QNAN;                \
    z.sign ^= (neg & FP_FMA_NEG_ADDEND) && z.cls < CLS_QNAN;                 \
    return f##_round_pack(fp_fma(x, y, z, st), st);                          \
}

#define UNPACK_f32(a) f32_unpack(a, st)
#define UNPACK_f64(a) f64_unpack(a, st)
#define UNPACK_f80(a) f80_unpack(a)

ARITH(f32, float32)
ARITH(f64, float64)
ARITH(f80, float80)
FMA(f32, float32)
FMA(f64, float64)
