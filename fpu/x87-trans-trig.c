/* SPDX-License-Identifier: MIT */
/*
 * Trigonometric instructions of the x87.  Arguments are reduced by the
 * 66-bit value of pi that the hardware uses, exactly; the functions of the
 * reduced argument are correctly rounded in all but rare cases.
 * SDM vol. 1, 8.3.8; vol. 2 FSIN, FCOS, FSINCOS, FPTAN, FPATAN.
 */
#include "util/osdep.h"
#include "fpu/x87-trans-int.h"

const Wide w_pi = WIDE(1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1);

float80 w_pi_4(int n, bool sign, FPStatus *st)
{
    Wide v = w_mul(w_pi, w_int(n));

    v.exp -= 2;
    v.sign = sign;
    return w_result(v, 0, st);
}

/* ---- reduction ----------------------------------------------------------- */

/* |a| < 2^63: a = n * pi/2 + r with |r| <= pi/4.  Returns n mod 4. */
static unsigned reduce(FPParts a, Wide *r)
{
    /* pi/2 in units of 2^-65 */
    const u128 half_pi = (u128)3 << 64 | 0x243f6a8885a308d3;
    u128 x, rem;
    unsigned n;

    *r = w_from(a);
    if (a.exp < -1) {
        return 0;
    }
    x = (u128)a.hi << (a.exp + 2);
    n = (x / half_pi) & 3;
    rem = x % half_pi;
    if (rem > half_pi >> 1) {
        rem = half_pi - rem;
        r->sign ^= true;
        n++;
    }
    r->exp = 127 - 65;
    parts_normalise(r, rem);
    return (a.sign ? -n : n) & 3;
}

static Wide w_sin(Wide r)
{
    Wide r2 = w_mul(r, r), one = w_int(1), acc = one;

    for (int k = w_terms(&r2, 17); k >= 1; k--) {
        acc = w_sub(one, w_divn(w_mul(r2, acc), 2 * k * (2 * k + 1)));
    }
    return w_mul(r, acc);
}

static Wide w_cos(Wide r)
{
    Wide r2 = w_mul(r, r), one = w_int(1), acc = one;

    for (int k = w_terms(&r2, 17); k >= 1; k--) {
        acc = w_sub(one, w_divn(w_mul(r2, acc), 2 * k * (2 * k - 1)));
    }
    return acc;
}

/* sin(n * pi/2 + r) */
static float80 sin_quadrant(unsigned n, Wide r, FPStatus *st)
{
    Wide v = n & 1 ? w_cos(r) : w_sin(r);

    v.sign ^= n >> 1 & 1;
    return w_result(v, -1, st);
}

static void put(float80 *p, float80 v)
{
    if (p) {
        *p = v;
    }
}

bool f80_sincos(float80 fa, float80 *sin, float80 *cos, FPStatus *st)
{
    FPParts a = f80_unpack(fa);
    FPStatus st2 = *st;
    float80 nan;
    unsigned n;
    Wide r;

    if (a.cls == CLS_INF) {
        a = fp_invalid(st);
    }
    if (w_special1(&a, &nan, st)) {
        put(sin, nan);
        put(cos, nan);
        return true;
    }
    if (a.cls == CLS_ZERO) {
        put(sin, fa);
        put(cos, f80_from_i64(1));
        return true;
    }
    if (a.exp >= 63) {
        return false;
    }
    if (w_denormal(&a, &a, st)) {
        put(sin, fa);
        put(cos, fa);
        return true;
    }
    /* Either result alone when the caller wants one: flags are per result. */
    n = reduce(a, &r);
    st2.flags = st->flags;
    if (cos) {
        *cos = sin_quadrant((n + 1) & 3, r, sin ? &st2 : st);
    }
    if (sin) {
        *sin = sin_quadrant(n, r, st);
        st->flags |= st2.flags;
    }
    return true;
}

bool f80_tan(float80 fa, float80 *tan, FPStatus *st)
{
    FPParts a = f80_unpack(fa);
    unsigned n;
    Wide r, s, c;

    if (a.cls == CLS_INF) {
        a = fp_invalid(st);
    }
    if (w_special1(&a, tan, st)) {
        return true;
    }
    if (a.cls == CLS_ZERO) {
        *tan = fa;
        return true;
    }
    if (a.exp >= 63) {
        return false;
    }
    if (w_denormal(&a, &a, st)) {
        *tan = fa;
        return true;
    }
    n = reduce(a, &r);
    s = w_sin(r);
    c = w_cos(r);
    *tan = w_result(n & 1 ? w_neg(w_div(c, s)) : w_div(s, c), 0, st);
    return true;
}

/* ---- arc tangent --------------------------------------------------------- */

/* atan(k / 8) */
static const Wide atan_eighths[9] = {
    { .cls = CLS_ZERO },
    WIDE(-4, 0xfeadd4d5617b6e32, 0xc897989f3e888ef8),
    WIDE(-3, 0xfadbafc96406eb15, 0x6dc79ef5f7a217e6),
    WIDE(-2, 0xb7b0ca0f26f78473, 0x8aa32122dcfe4483),
    WIDE(-2, 0xed63382b0dda7b45, 0x6fe445ecbc3a8d03),
    WIDE(-1, 0x8f005d5ef7f59f9b, 0x5c835e1665c43748),
    WIDE(-1, 0xa4bc7d1934f70924, 0x19a87f2a457dac9f),
    WIDE(-1, 0xb8053e2bc2319e73, 0xcb2da55210a4443d),
    WIDE(-1, 0xc90fdaa22168c234, 0xc4c6628b80dc1cd1),
};

/* atan(a / b), 0 < a <= b */
static Wide w_atan_ratio(Wide a, Wide b)
{
    Wide z = w_div(a, b), c, t, t2, acc = { .cls = CLS_ZERO };
    int k = 0;

    if (z.exp >= -4) {
        /* Nearest eighth: (a - cb) / (b + ca) */
        k = ((z.hi >> (-z.exp)) + (1ull << 59)) >> 60;
        c = w_scale(w_int(k), -3);
        t = w_div(w_sub(z, c), w_add(w_int(1), w_mul(c, z)));
    } else {
        t = z;
    }
    t2 = w_mul(t, t);
    for (int i = w_terms(&t2, 20); i >= 0; i--) {
        acc = w_sub(w_divn(w_int(1), 2 * i + 1), w_mul(t2, acc));
    }
    return w_add(atan_eighths[k], w_mul(t, acc));
}

static float80 atan_infinite(FPParts y, FPParts x, FPStatus *st)
{
    if (y.cls == CLS_INF) {
        return w_pi_4(x.cls != CLS_INF ? 2 : x.sign ? 3 : 1, y.sign, st);
    }
    if (x.sign) {
        return w_pi_4(4, y.sign, st);
    }
    return f80_pack(parts_of_class(CLS_ZERO, y.sign));
}

float80 f80_patan(float80 fy, float80 fx, FPStatus *st)
{
    FPParts y = f80_unpack(fy), x = f80_unpack(fx);
    bool steep;
    float80 r;
    Wide v;

    if (w_special2(&y, &x, &r, st)) {
        return r;
    }
    if (w_denormal(&x, &y, st)) {
        return fy;
    }
    if (y.cls == CLS_INF || x.cls == CLS_INF) {
        return atan_infinite(y, x, st);
    }
    if (y.cls == CLS_ZERO) {
        return x.sign ? w_pi_4(4, y.sign, st) :
               f80_pack(parts_of_class(CLS_ZERO, y.sign));
    }
    if (x.cls == CLS_ZERO) {
        return w_pi_4(2, y.sign, st);
    }
    steep = y.exp > x.exp || (y.exp == x.exp && y.hi > x.hi);
    Wide ay = w_from(y), ax = w_from(x);
    ay.sign = ax.sign = false;
    if (!steep && !x.sign && y.exp - x.exp < -70) {
        /* The ratio itself, an atom smaller. */
        v = fp_div(ay, ax, &(FPStatus) { 0 });
        v.sign = y.sign;
        return w_result(v, -1, st);
    }
    v = steep ? w_atan_ratio(ax, ay) : w_atan_ratio(ay, ax);
    if (steep) {
        v = w_sub(w_scale(w_pi, -1), v);
    }
    if (x.sign) {
        v = w_sub(w_pi, v);
    }
    v.sign = y.sign;
    return w_result(v, 0, st);
}
