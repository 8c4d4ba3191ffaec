/* SPDX-License-Identifier: MIT */
/*
 * Conversions between the formats, integers and packed decimal, and rounding
 * to integral values.  SDM vol. 1, 4.8.4, 8.3 and 11.4.
 */
#include "util/osdep.h"
#include "fpu/softfloat-int.h"

/* ---- integers ------------------------------------------------------------ */

FPParts fp_to_integral(FPParts a, unsigned rc, bool *inexact, bool *up)
{
    u128 sig = parts_sig(&a), rest, ulp;

    *inexact = *up = false;
    if (a.cls != CLS_NORMAL || a.exp >= 127) {
        return a;
    }
    if (a.exp < 0) {
        bool half = a.exp == -1;
        bool more = a.exp < -1 || sig << 1 != 0;
        *inexact = true;
        *up = fp_round_up(rc, a.sign, false, half, more);
        if (!*up) {
            return parts_of_class(CLS_ZERO, a.sign);
        }
        a.exp = 0;
        parts_set_sig(&a, (u128)1 << 127);
        return a;
    }
    ulp = (u128)1 << (127 - a.exp);
    rest = sig & (ulp - 1);
    if (rest == 0) {
        return a;
    }
    *inexact = true;
    *up = fp_round_up(rc, a.sign, (sig & ulp) != 0, (rest & ulp >> 1) != 0,
                      (rest & ((ulp >> 1) - 1)) != 0);
    sig -= rest;
    if (*up) {
        sig += ulp;
        if (sig == 0) {
            sig = (u128)1 << 127;
            a.exp++;
        }
    }
    parts_set_sig(&a, sig);
    return a;
}

int64_t fp_to_int(FPParts a, unsigned bits, unsigned rc, FPStatus *st)
{
    int64_t indefinite = (int64_t)(~0ull << (bits - 1));
    bool inexact, up;
    uint64_t v;

    if (a.cls == CLS_ZERO) {
        return 0;
    }
    if (a.cls != CLS_NORMAL) {
        st->flags |= FP_IE;
        return indefinite;
    }
    a = fp_to_integral(a, rc, &inexact, &up);
    v = a.cls == CLS_ZERO ? 0 : a.exp > 63 ? 0 : a.hi >> (63 - a.exp);
    if (a.cls == CLS_NORMAL &&
        (a.exp > 63 || v > (1ull << (bits - 1)) - !a.sign)) {
        st->flags |= FP_IE;
        return indefinite;
    }
    if (inexact) {
        st->flags |= FP_PE;
        st->c1 = up;
    }
    return a.sign ? (int64_t)-v : (int64_t)v;
}

FPParts fp_from_int(int64_t a)
{
    FPParts p = { .sign = a < 0, .exp = 63 };

    parts_normalise(&p, (u128)(a < 0 ? -(uint64_t)a : (uint64_t)a) << 64);
    return p;
}

int32_t f32_to_i32(float32 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f32_unpack(a, st), 32, rc, st);
}

int64_t f32_to_i64(float32 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f32_unpack(a, st), 64, rc, st);
}

int32_t f64_to_i32(float64 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f64_unpack(a, st), 32, rc, st);
}

int64_t f64_to_i64(float64 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f64_unpack(a, st), 64, rc, st);
}

int16_t f80_to_i16(float80 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f80_unpack(a), 16, rc, st);
}

int32_t f80_to_i32(float80 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f80_unpack(a), 32, rc, st);
}

int64_t f80_to_i64(float80 a, unsigned rc, FPStatus *st)
{
    return fp_to_int(f80_unpack(a), 64, rc, st);
}

float32 f32_from_i64(int64_t a, FPStatus *st)
{
    return f32_round_pack(fp_from_int(a), st);
}

float64 f64_from_i64(int64_t a, FPStatus *st)
{
    return f64_round_pack(fp_from_int(a), st);
}

float80 f80_from_i64(int64_t a)
{
    return f80_pack(fp_from_int(a));
}

/* ---- integral values ----------------------------------------------------- */

static FPParts round_control(FPParts p, unsigned control, FPStatus *st)
{
    bool inexact, up;

    if (p.cls >= CLS_QNAN) {
        return fp_nan1(p, st);
    }
    p = fp_to_integral(p, control & 4 ? st->rounding : control & 3, &inexact,
                       &up);
    if (inexact && !(control & 8)) {
        st->flags |= FP_PE;
    }
    return p;
}

float32 f32_round(float32 a, unsigned control, FPStatus *st)
{
    return f32_pack(round_control(f32_unpack(a, st), control, st));
}

float64 f64_round(float64 a, unsigned control, FPStatus *st)
{
    return f64_pack(round_control(f64_unpack(a, st), control, st));
}

float80 f80_round(float80 a, FPStatus *st)
{
    FPParts p = f80_unpack(a);
    bool inexact, up;

    if (p.cls >= CLS_QNAN) {
        return f80_pack(fp_nan1(p, st));
    }
    if (p.denormal) {
        st->flags |= FP_DE;
    }
    if (fp_unmasked(st) & FP_DE) {
        return a;
    }
    p = fp_to_integral(p, st->rounding, &inexact, &up);
    if (inexact) {
        st->flags |= FP_PE;
        st->c1 = up;
    }
    return f80_pack(p);
}

/* ---- formats ------------------------------------------------------------- */

/* Raises for the operand; NaNs come back quiet. */
static FPParts convert_operand(FPParts p, FPStatus *st)
{
    if (p.cls >= CLS_QNAN) {
        return fp_nan1(p, st);
    }
    if (p.denormal) {
        st->flags |= FP_DE;
    }
    return p;
}

float64 f64_from_f32(float32 a, FPStatus *st)
{
    return f64_pack(convert_operand(f32_unpack(a, st), st));
}

float32 f32_from_f64(float64 a, FPStatus *st)
{
    return f32_round_pack(convert_operand(f64_unpack(a, st), st), st);
}

float80 f80_from_f32(float32 a, FPStatus *st)
{
    return f80_pack(convert_operand(f32_unpack(a, st), st));
}

float80 f80_from_f64(float64 a, FPStatus *st)
{
    return f80_pack(convert_operand(f64_unpack(a, st), st));
}

/* Stores raise no FP_DE: the 80-bit denormal's result is tiny anyhow. */
float32 f32_from_f80(float80 a, FPStatus *st)
{
    FPParts p = f80_unpack(a);

    if (p.cls >= CLS_QNAN) {
        p = fp_nan1(p, st);
    }
    return f32_round_pack(p, st);
}

float64 f64_from_f80(float80 a, FPStatus *st)
{
    FPParts p = f80_unpack(a);

    if (p.cls >= CLS_QNAN) {
        p = fp_nan1(p, st);
    }
    return f64_round_pack(p, st);
}

/* ---- packed decimal ------------------------------------------------------ */

float80 f80_from_bcd(const uint8_t bcd[10])
{
    uint64_t v = 0;
    FPParts p;

    for (int i = 8; i >= 0; i--) {
        v = v * 100 + (bcd[i] >> 4) * 10 + (bcd[i] & 15);
    }
    p = fp_from_int(v);
    p.sign = bcd[9] >> 7;
    return f80_pack(p);
}

void f80_to_bcd(float80 a, uint8_t bcd[10], FPStatus *st)
{
    FPStatus tmp = *st;
    int64_t v = f80_to_i64(a, st->rounding, &tmp);
    uint64_t m = v < 0 ? -(uint64_t)v : (uint64_t)v;

    if ((tmp.flags & ~st->flags & FP_IE) || m > 999999999999999999ull) {
        static const uint8_t indefinite[10] = {
            0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff,
        };
        st->flags |= FP_IE;
        memcpy(bcd, indefinite, 10);
        return;
    }
    *st = tmp;
    for (int i = 0; i < 9; i++, m /= 100) {
        bcd[i] = m % 10 | m / 10 % 10 << 4;
    }
    bcd[9] = a.se >> 8 & 0x80;
}
