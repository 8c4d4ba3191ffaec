/* SPDX-License-Identifier: MIT */
/*
 * Unpacking, rounding, packing and NaN propagation: what every operation of
 * the software floating point shares.  SDM vol. 1, 4.8 and 8.5, 11.5.
 */
#include "util/osdep.h"
#include "fpu/softfloat-int.h"

const FPFormat fp_format32 = { 24, -126, 127, 192 };
const FPFormat fp_format64 = { 53, -1022, 1023, 1536 };

FPFormat fp_format80(const FPStatus *st)
{
    return (FPFormat) { st->precision, -16382, 16383, 24576 };
}

/* ---- unpack -------------------------------------------------------------- */

/* frac is left-aligned below the integer bit. */
static FPParts unpack_binary(bool sign, int biased, uint64_t frac,
                             int max_biased, int bias, bool daz)
{
    FPParts p = { .sign = sign };

    if (biased == max_biased) {
        if (frac == 0) {
            p.cls = CLS_INF;
        } else {
            p.cls = frac >> 62 & 1 ? CLS_QNAN : CLS_SNAN;
            p.hi = BIT63 | frac;
        }
    } else if (biased) {
        p.cls = CLS_NORMAL;
        p.exp = biased - bias;
        p.hi = BIT63 | frac;
    } else if (frac && !daz) {
        unsigned n = __builtin_clzll(frac);
        p.cls = CLS_NORMAL;
        p.denormal = true;
        p.exp = 1 - bias - n;
        p.hi = frac << n;
    }
    return p;
}

FPParts f32_unpack(float32 a, const FPStatus *st)
{
    return unpack_binary(a >> 31, a >> 23 & 0xff, (uint64_t)a << 41 >> 1, 0xff,
                         127, st->daz);
}

FPParts f64_unpack(float64 a, const FPStatus *st)
{
    return unpack_binary(a >> 63, a >> 52 & 0x7ff, a << 12 >> 1, 0x7ff, 1023,
                         st->daz);
}

FPParts f80_unpack(float80 a)
{
    FPParts p = { .sign = a.se >> 15, .hi = a.mant };
    int biased = a.se & 0x7fff;

    switch (f80_class(a)) {
    case F80_ZERO:
        break;
    case F80_DENORMAL:
    case F80_PSEUDO_DENORMAL:
        p.cls = CLS_NORMAL;
        p.denormal = true;
        p.exp = -16382 - __builtin_clzll(a.mant);
        p.hi = a.mant << __builtin_clzll(a.mant);
        break;
    case F80_NORMAL:
        p.cls = CLS_NORMAL;
        p.exp = biased - 16383;
        break;
    case F80_INF:
        p.cls = CLS_INF;
        break;
    case F80_NAN:
        p.cls = a.mant >> 62 & 1 ? CLS_QNAN : CLS_SNAN;
        break;
    default:
        p.cls = CLS_UNSUPPORTED;
        break;
    }
    return p;
}

F80Class f80_class(float80 a)
{
    unsigned biased = a.se & 0x7fff;
    bool integer = a.mant >> 63;

    if (biased == 0) {
        return integer ? F80_PSEUDO_DENORMAL :
               a.mant ? F80_DENORMAL : F80_ZERO;
    }
    if (!integer) {
        return F80_UNSUPPORTED;
    }
    if (biased == 0x7fff) {
        return a.mant == BIT63 ? F80_INF : F80_NAN;
    }
    return F80_NORMAL;
}

bool f80_is_nan(float80 a)
{
    return f80_class(a) == F80_NAN;
}

/* ---- round --------------------------------------------------------------- */

/* Rounds sig to n bits (1..127) from the top; the carry out is *carry. */
static u128 round_sig(u128 sig, unsigned n, unsigned rc, bool sign,
                      bool *inexact, bool *up, bool *carry)
{
    u128 ulp = (u128)1 << (128 - n);
    u128 rest = sig & (ulp - 1);

    sig &= ~(ulp - 1);
    *inexact = rest != 0;
    *carry = false;
    *up = fp_round_up(rc, sign, (sig & ulp) != 0, (rest & ulp >> 1) != 0,
                      (rest & ((ulp >> 1) - 1)) != 0);
    if (*up) {
        sig += ulp;
        if (sig == 0) {
            sig = (u128)1 << 127;
            *carry = true;
        }
    }
    return sig;
}

static FPParts round_overflow(FPParts p, const FPFormat *fmt, FPStatus *st)
{
    unsigned rc = st->rounding;
    bool inf = rc == FP_RN || rc == (p.sign ? FP_RD : FP_RU);

    st->flags |= FP_OE | FP_PE;
    st->c1 = inf;
    if (inf) {
        return parts_of_class(CLS_INF, p.sign);
    }
    p.exp = fmt->emax;
    parts_set_sig(&p, ~(u128)0 << (128 - fmt->prec));
    return p;
}

/* A result below emin after rounding: denormalise. */
static FPParts round_tiny(FPParts p, const FPFormat *fmt, FPStatus *st)
{
    unsigned shift = fmt->emin - p.exp;
    bool inexact, up, carry;
    u128 sig;

    if (st->ftz && (st->masks & FP_UE)) {
        st->flags |= FP_UE | FP_PE;
        return parts_of_class(CLS_ZERO, p.sign);
    }
    sig = shr_sticky(parts_sig(&p), shift > 127 ? 127 : shift);
    sig = round_sig(sig, fmt->prec, st->rounding, p.sign, &inexact, &up,
                    &carry);
    if (inexact) {
        st->flags |= FP_PE;
        st->c1 = up;
    }
    if (inexact || !(st->masks & FP_UE)) {
        st->flags |= FP_UE;
    }
    p.exp = fmt->emin;
    parts_normalise(&p, sig);
    return p;
}

/*
 * An unmasked exception: the flag needs no inexactness, FP_PE is that of an
 * unbounded exponent.  In the x87's registers the exponent wraps by the
 * adjustment; memory (no FP_PE then) and SSE registers are not written.
 */
static bool round_unmasked(FPParts *p, const FPFormat *fmt, bool inexact,
                           bool up, FPStatus *st)
{
    bool over = p->exp > fmt->emax, wide = fmt->emax == 16383;

    if (st->masks & (over ? FP_OE : FP_UE)) {
        return false;
    }
    st->flags |= over ? FP_OE : FP_UE;
    if (inexact && (wide || !st->x87)) {
        st->flags |= FP_PE;
        st->c1 = up;
    }
    if (!wide) {
        return true;
    }
    p->exp += over ? -fmt->adjust : fmt->adjust;
    if (p->exp > fmt->emax || p->exp < fmt->emin) {     /* FSCALE */
        st->flags |= FP_PE;
        st->c1 = over;
        *p = parts_of_class(over ? CLS_INF : CLS_ZERO, p->sign);
    }
    return true;
}

FPParts fp_round(FPParts p, const FPFormat *fmt, FPStatus *st)
{
    FPParts r = p;
    bool inexact, up, carry;

    if (p.cls != CLS_NORMAL) {
        return p;
    }
    if (st->x87 && (fp_unmasked(st) & (FP_IE | FP_DE | FP_ZE))) {
        return parts_default_nan();     /* stopped before computing */
    }
    /* Tininess is detected after rounding with unbounded exponent. */
    parts_set_sig(&r, round_sig(parts_sig(&p), fmt->prec, st->rounding, p.sign,
                                &inexact, &up, &carry));
    r.exp += carry;
    if (unlikely(r.exp > fmt->emax || r.exp < fmt->emin)) {
        if (round_unmasked(&r, fmt, inexact, up, st)) {
            return r;
        }
        return r.exp > fmt->emax ? round_overflow(r, fmt, st)
                                 : round_tiny(p, fmt, st);
    }
    if (inexact) {
        st->flags |= FP_PE;
        st->c1 = up;
    }
    return r;
}

/* ---- pack ---------------------------------------------------------------- */

static uint64_t pack_binary(FPParts p, int max_biased, int bias, int fracbits)
{
    uint64_t frac = 0;
    int biased = 0;

    switch (p.cls) {
    case CLS_ZERO:
        break;
    case CLS_NORMAL:
        biased = p.exp + bias;
        frac = p.hi;
        if (biased <= 0) {
            frac = biased > -63 ? frac >> (1 - biased) : 0;
            biased = 0;
        }
        frac = frac << 1 >> 1;
        break;
    case CLS_INF:
        biased = max_biased;
        break;
    default:
        biased = max_biased;
        frac = p.hi << 1 >> 1;
        break;
    }
    return (uint64_t)p.sign << 63 | (uint64_t)biased << fracbits |
           frac >> (63 - fracbits);
}

float32 f32_pack(FPParts p)
{
    uint64_t v = pack_binary(p, 0xff, 127, 23);
    return (uint32_t)v | (uint32_t)(v >> 32);
}

float64 f64_pack(FPParts p)
{
    return pack_binary(p, 0x7ff, 1023, 52);
}

float80 f80_pack(FPParts p)
{
    float80 r = { .se = p.sign << 15 };

    switch (p.cls) {
    case CLS_ZERO:
        break;
    case CLS_NORMAL:
        if (p.exp < -16382) {
            r.mant = p.hi >> (-16382 - p.exp);
        } else {
            r.mant = p.hi;
            r.se |= p.exp + 16383;
        }
        break;
    case CLS_INF:
        r.mant = BIT63;
        r.se |= 0x7fff;
        break;
    default:
        r.mant = p.hi;
        r.se |= 0x7fff;
        break;
    }
    return r;
}

/* ---- NaNs ---------------------------------------------------------------- */

FPParts fp_invalid(FPStatus *st)
{
    st->flags |= FP_IE;
    return parts_default_nan();
}

static FPParts quieten(FPParts a)
{
    a.cls = CLS_QNAN;
    a.hi |= 1ull << 62;
    return a;
}

FPParts fp_nan1(FPParts a, FPStatus *st)
{
    if (a.cls == CLS_UNSUPPORTED) {
        return fp_invalid(st);
    }
    if (a.cls == CLS_SNAN) {
        st->flags |= FP_IE;
    }
    return quieten(a);
}

/* Table 4-7: a quiet one wins over a signalling one, else the larger. */
static FPParts nan2_x87(FPParts a, FPParts b)
{
    if (!parts_is_nan(&a) || !parts_is_nan(&b)) {
        return parts_is_nan(&a) ? a : b;
    }
    if (a.cls != b.cls) {
        return a.cls == CLS_QNAN ? a : b;
    }
    if (a.hi != b.hi) {
        return a.hi > b.hi ? a : b;
    }
    return a.sign ? b : a;
}

FPParts fp_nan2(FPParts a, FPParts b, FPStatus *st)
{
    if (a.cls == CLS_UNSUPPORTED || b.cls == CLS_UNSUPPORTED) {
        return fp_invalid(st);
    }
    if (a.cls == CLS_SNAN || b.cls == CLS_SNAN) {
        st->flags |= FP_IE;
    }
    if (st->x87) {
        return quieten(nan2_x87(a, b));
    }
    return quieten(parts_is_nan(&a) ? a : b);
}
