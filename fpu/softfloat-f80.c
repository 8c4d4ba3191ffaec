/* SPDX-License-Identifier: MIT */
/*
 * The operations only the x87 has: remainder with partial reduction, scaling
 * and taking apart.  SDM vol. 2 FPREM, FPREM1, FSCALE, FXTRACT.
 */
#include "util/osdep.h"
#include "fpu/softfloat-int.h"

/* Remainder of a * 2^n by b, significands; the quotient's low bits in *q. */
static uint64_t rem_steps(uint64_t a, uint64_t b, unsigned n, uint64_t *q)
{
    u128 r = a;

    for (*q = 0; ; n--, r <<= 1) {
        *q <<= 1;
        if (r >= b) {
            r -= b;
            *q |= 1;
        }
        if (n == 0) {
            return r;
        }
    }
}

/* The exact result, whatever the precision control says. */
static float80 pack_exact(FPParts p, FPStatus *st)
{
    FPStatus full = *st;
    float80 r;

    full.precision = 64;
    r = f80_round_pack(p, &full);
    st->flags = full.flags;
    st->c1 = full.c1;
    return r;
}

/* r = remainder of a truncating division in units of 2^(exp - 63): to nearest
 * instead, ties to the even quotient.  twice_b is the divisor times two. */
static u128 rem_nearest(u128 r, u128 twice_b, uint64_t *q, bool *sign)
{
    u128 twice_r = r << 1, b = twice_b >> 1;

    if (twice_r > b || (twice_r == b && (*q & 1))) {
        *sign ^= true;
        ++*q;
        return b - r;
    }
    return r;
}

float80 f80_rem(float80 fa, float80 fb, bool nearest, int *quot, FPStatus *st)
{
    FPParts a = f80_unpack(fa), b = f80_unpack(fb);
    uint64_t q = 0;
    u128 r;
    int d;

    *quot = 0;
    if (fp_has_nan(&a, &b)) {
        return f80_pack(fp_nan2(a, b, st));
    }
    if (a.cls == CLS_INF || b.cls == CLS_ZERO) {
        return f80_pack(fp_invalid(st));
    }
    if (a.denormal || b.denormal) {
        st->flags |= FP_DE;
    }
    if (a.cls == CLS_ZERO || b.cls == CLS_INF) {
        return pack_exact(a, st);
    }
    d = a.exp - b.exp;
    if (d < -1 || (d < 0 && !nearest)) {
        return pack_exact(a, st);
    }
    if (d == -1) {
        /* In units of 2^(a.exp - 63). */
        r = rem_nearest(a.hi, (u128)b.hi << 2, &q, &a.sign);
    } else if (d < 64) {
        r = rem_steps(a.hi, b.hi, d, &q);
        a.exp = b.exp;
        if (nearest) {
            r = rem_nearest(r, (u128)b.hi << 1, &q, &a.sign);
        }
    } else {
        /* Partial: 32..63 quotient bits at a time. */
        unsigned n = (d & 31) + 32;

        r = rem_steps(a.hi, b.hi, n, &q);
        a.exp -= n;
    }
    *quot = d < 64 ? q & 7 : -1;
    parts_normalise(&a, r << 64);
    return pack_exact(a, st);
}

float80 f80_scale(float80 fa, float80 fb, FPStatus *st)
{
    FPParts a = f80_unpack(fa), b = f80_unpack(fb);
    bool inexact, up;
    int n;

    if (fp_has_nan(&a, &b)) {
        return f80_pack(fp_nan2(a, b, st));
    }
    if (b.cls == CLS_INF) {
        if (a.cls == (b.sign ? CLS_INF : CLS_ZERO)) {
            return f80_pack(fp_invalid(st));
        }
        if (a.denormal) {
            st->flags |= FP_DE;
        }
        return f80_pack(parts_of_class(b.sign ? CLS_ZERO : CLS_INF, a.sign));
    }
    if (a.denormal || b.denormal) {
        st->flags |= FP_DE;
    }
    if (a.cls != CLS_NORMAL) {
        return f80_pack(a);
    }
    b = fp_to_integral(b, FP_RZ, &inexact, &up);
    if (b.cls == CLS_ZERO) {
        n = 0;
    } else {
        n = b.exp > 16 ? 0x18000 : b.hi >> (63 - b.exp);
        n = b.sign ? -n : n;
    }
    a.exp += n;
    return pack_exact(a, st);
}

float80 f80_extract(float80 fa, float80 *exp, FPStatus *st)
{
    FPParts a = f80_unpack(fa);

    if (a.cls >= CLS_QNAN) {
        *exp = f80_pack(fp_nan1(a, st));
        return *exp;
    }
    if (a.cls == CLS_ZERO) {
        st->flags |= FP_ZE;
        *exp = f80_pack(parts_of_class(CLS_INF, true));
        return fa;
    }
    if (a.cls == CLS_INF) {
        *exp = f80_pack(parts_of_class(CLS_INF, false));
        return fa;
    }
    if (a.denormal) {
        st->flags |= FP_DE;
    }
    *exp = f80_from_i64(a.exp);
    a.exp = 0;
    return f80_pack(a);
}
