/* SPDX-License-Identifier: MIT */
/*
 * Exponential and logarithm instructions of the x87 and the wide arithmetic
 * under all transcendental ones.  SDM vol. 1, 8.3.8 to 8.3.10; vol. 2 F2XM1,
 * FYL2X, FYL2XP1.
 */
#include "util/osdep.h"
#include "fpu/x87-trans-int.h"

/* ---- wide arithmetic ----------------------------------------------------- */

Wide w_mul(Wide a, Wide b)
{
    Wide r = { .sign = a.sign ^ b.sign };
    u128 hh, mid, p;

    if (a.cls == CLS_ZERO || b.cls == CLS_ZERO) {
        return r;
    }
    hh = (u128)a.hi * b.hi;
    mid = (u128)a.lo * b.lo >> 64;
    p = (u128)a.hi * b.lo;
    mid += (uint64_t)p;
    hh += p >> 64;
    p = (u128)a.lo * b.hi;
    mid += (uint64_t)p;
    hh += p >> 64;
    r.exp = a.exp + b.exp + 1;
    parts_normalise(&r, hh + (mid >> 64));
    return r;
}

Wide w_div(Wide a, Wide b)
{
    Wide r = { .sign = a.sign ^ b.sign, .exp = a.exp - b.exp };
    u128 n = parts_sig(&a), d = parts_sig(&b), q = 0;

    if (a.cls == CLS_ZERO) {
        return r;
    }
    for (int i = 0; i < 128; i++) {
        bool carry = n >> 127;
        q <<= 1;
        if (i == 0 ? n >= d : carry || n << 1 >= d) {
            n = (i ? n << 1 : n) - d;
            q |= 1;
        } else if (i) {
            n <<= 1;
        }
    }
    parts_normalise(&r, q);
    return r;
}

Wide w_add(Wide a, Wide b)
{
    FPStatus st = { .rounding = FP_RN };

    return fp_add(a, b, &st);
}

Wide w_divn(Wide a, uint64_t n)
{
    if (a.cls != CLS_ZERO) {
        parts_normalise(&a, parts_sig(&a) / n);
    }
    return a;
}

float80 w_result(Wide a, int nudge, FPStatus *st)
{
    FPStatus full = *st;
    float80 r;

    if (a.cls == CLS_NORMAL) {
        if (a.lo == 0 && nudge < 0) {
            parts_normalise(&a, parts_sig(&a) - 1);
        }
        a.lo |= 1;
    }
    full.precision = 64;
    r = f80_round_pack(a, &full);
    st->flags = full.flags;
    st->c1 = full.c1;
    return r;
}

bool w_denormal(const FPParts *a, const FPParts *b, FPStatus *st)
{
    if (a->denormal || b->denormal) {
        st->flags |= FP_DE;
    }
    return fp_unmasked(st) & FP_DE;
}

bool w_special1(FPParts *a, float80 *r, FPStatus *st)
{
    if (a->cls >= CLS_QNAN) {
        *r = f80_pack(fp_nan1(*a, st));
        return true;
    }
    return false;
}

bool w_special2(FPParts *a, FPParts *b, float80 *r, FPStatus *st)
{
    if (fp_has_nan(a, b)) {
        *r = f80_pack(fp_nan2(*a, *b, st));
        return true;
    }
    return false;
}

/* ---- exponential --------------------------------------------------------- */

static const Wide ln2 = WIDE(-1, 0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af);
static const Wide log2e = WIDE(0, 0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89);

/* exp(z) - 1, |z| <= ln 2 */
static Wide w_expm1(Wide z)
{
    Wide one = w_int(1), acc = one;

    for (int n = w_terms(&z, 34); n >= 2; n--) {
        acc = w_add(one, w_divn(w_mul(z, acc), n));
    }
    return w_mul(z, acc);
}

float80 f80_2xm1(float80 fa, FPStatus *st)
{
    FPParts a = f80_unpack(fa);
    float80 r;

    if (w_special1(&a, &r, st)) {
        return r;
    }
    if (a.cls == CLS_ZERO) {
        return fa;
    }
    if (a.cls == CLS_INF) {
        return a.sign ? f80_neg(f80_from_i64(1)) : fa;
    }
    if (w_denormal(&a, &a, st)) {
        return fa;
    }
    if (a.exp >= 0) {
        /* Defined for |a| <= 1 only; beyond, the operand comes back. */
        st->flags |= FP_PE;
        if (a.exp > 0 || a.hi != BIT63) {
            return fa;
        }
        r = f80_from_i64(1);
        return a.sign ? (r.se = 0xbffe, r) : r;
    }
    return w_result(w_expm1(w_mul(w_from(a), ln2)), 0, st);
}

/* ---- logarithms ---------------------------------------------------------- */

/* 2 atanh(t) / ln 2 */
static Wide w_log2_ratio(Wide t)
{
    Wide t2 = w_mul(t, t), acc = { .cls = CLS_ZERO };

    for (int k = w_terms(&t2, 28); k >= 0; k--) {
        acc = w_add(w_mul(t2, acc), w_divn(w_int(1), 2 * k + 1));
    }
    return w_scale(w_mul(w_mul(t, acc), log2e), 1);
}

/* v > 0; the result is exact if v is a power of two. */
static Wide w_log2(Wide v)
{
    int e = v.exp;
    Wide one = w_int(1);

    v.exp = 0;
    if (v.hi > 0xb504f333f9de6484) {
        v.exp = -1;
        e++;
    }
    return w_add(w_log2_ratio(w_div(w_sub(v, one), w_add(v, one))), w_int(e));
}

/* y * log2(...) where the logarithm is infinite, or y is. */
static float80 log_times_inf(FPParts y, int log_sign, FPStatus *st)
{
    if (log_sign == 0) {
        return f80_pack(fp_invalid(st));
    }
    return f80_pack(parts_of_class(CLS_INF, y.sign ^ (log_sign < 0)));
}

/* y * e where the logarithm is the integer e: no more inexact than that, but
 * the hardware always calls it so. */
static float80 exact_log(FPParts y, int e, FPStatus *st)
{
    FPStatus full = *st;
    float80 r;

    full.precision = 64;
    r = f80_round_pack(fp_mul(w_from(y), w_int(e), &full), &full);
    st->flags = full.flags | FP_PE;
    st->c1 = full.c1;
    if (f80_class(r) == F80_DENORMAL) {
        st->flags |= FP_UE;
    }
    return r;
}

float80 f80_yl2x(float80 fy, float80 fx, FPStatus *st)
{
    FPParts x = f80_unpack(fx), y = f80_unpack(fy);
    bool power = x.hi == BIT63;
    int log_sign;
    float80 r;

    if (w_special2(&y, &x, &r, st)) {
        return r;
    }
    if (x.cls == CLS_ZERO) {
        if (y.cls == CLS_ZERO) {
            return f80_pack(fp_invalid(st));
        }
        if (y.cls == CLS_NORMAL) {
            st->flags |= FP_ZE;
        }
        return f80_pack(parts_of_class(CLS_INF, !y.sign));
    }
    if (x.sign) {
        return f80_pack(fp_invalid(st));
    }
    log_sign = x.cls == CLS_INF ? 1 : x.exp < 0 ? -1 :
               x.exp > 0 || !power ? 1 : 0;
    if (x.cls == CLS_INF && y.cls == CLS_ZERO) {
        return f80_pack(fp_invalid(st));
    }
    if (y.cls == CLS_INF && log_sign == 0) {
        return f80_pack(fp_invalid(st));
    }
    if (w_denormal(&x, &y, st)) {
        return fy;
    }
    if (x.cls == CLS_INF || y.cls == CLS_INF) {
        return log_times_inf(y, log_sign, st);
    }
    if (y.cls == CLS_ZERO || log_sign == 0) {
        return f80_pack(parts_of_class(CLS_ZERO, y.sign ^ (log_sign < 0)));
    }
    if (power) {
        return exact_log(y, x.exp, st);
    }
    return w_result(w_mul(w_from(y), w_log2(w_from(x))), 0, st);
}

float80 f80_yl2xp1(float80 fy, float80 fx, FPStatus *st)
{
    FPParts x = f80_unpack(fx), y = f80_unpack(fy);
    float80 r;
    Wide l;

    if (w_special2(&y, &x, &r, st)) {
        return r;
    }
    if ((x.cls == CLS_INF && (x.sign || y.cls == CLS_ZERO)) ||
        (x.cls == CLS_ZERO && y.cls == CLS_INF)) {
        return f80_pack(fp_invalid(st));
    }
    if (w_denormal(&x, &y, st)) {
        return fy;
    }
    if (x.cls == CLS_INF || y.cls == CLS_INF) {
        return f80_pack(parts_of_class(CLS_INF, x.sign ^ y.sign));
    }
    if (x.cls == CLS_ZERO || y.cls == CLS_ZERO) {
        return f80_pack(parts_of_class(CLS_ZERO, x.sign ^ y.sign));
    }
    x = w_from(x);
    if (x.exp < -1) {
        l = w_log2_ratio(w_div(x, w_add(x, w_int(2))));
    } else {
        l = w_add(x, w_int(1));
        if (l.cls == CLS_ZERO || l.sign) {
            st->flags |= FP_PE;     /* undefined range: as the hardware */
            return fx;
        }
        if (l.hi == BIT63 && l.lo == 0) {
            return exact_log(y, l.exp, st);
        }
        l = w_log2(l);
    }
    if (l.cls == CLS_ZERO) {
        return f80_pack(l);
    }
    return w_result(w_mul(w_from(y), l), 0, st);
}
