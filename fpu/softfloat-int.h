/* SPDX-License-Identifier: MIT */
/*
 * Private to fpu/: the unpacked form that all arithmetic works on, and the
 * one place where results are rounded (fp_round).
 *
 * A normal FPParts is (-1)^sign * hi:lo * 2^(exp - 127), hi's bit 63 set;
 * that is, 1.fraction * 2^exp with 127 fraction bits.  Operands have lo = 0;
 * results before rounding may keep a sticky bit in lo's bit 0.
 */
#ifndef FPU_SOFTFLOAT_INT_H
#define FPU_SOFTFLOAT_INT_H

#include "fpu/softfloat.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

#define BIT63 (1ull << 63)

typedef enum FPClass {
    CLS_ZERO, CLS_NORMAL, CLS_INF, CLS_QNAN, CLS_SNAN, CLS_UNSUPPORTED,
} FPClass;

typedef struct FPParts {
    uint8_t cls;
    bool sign;
    bool denormal;      /* the operand was denormal (or pseudo-denormal) */
    int32_t exp;
    uint64_t hi, lo;    /* NaN: hi = significand, left-aligned at bit 63 */
} FPParts;

/* A format: significand bits with the integer bit, exponent range. */
typedef struct FPFormat {
    uint8_t prec;
    int16_t emin, emax;
    int16_t adjust;     /* bias adjustment of unmasked results */
} FPFormat;

extern const FPFormat fp_format32, fp_format64;
/* The x87's: 15-bit exponent, significand by precision control. */
FPFormat fp_format80(const FPStatus *st);

static inline u128 parts_sig(const FPParts *p)
{
    return (u128)p->hi << 64 | p->lo;
}

static inline void parts_set_sig(FPParts *p, u128 sig)
{
    p->hi = sig >> 64;
    p->lo = sig;
}

static inline unsigned clz128(u128 v)
{
    uint64_t hi = v >> 64;
    return hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((uint64_t)v);
}

/* Right shift that ORs what is lost into bit 0. */
static inline u128 shr_sticky(u128 v, unsigned n)
{
    if (n == 0) {
        return v;
    }
    if (n > 127) {
        return v != 0;
    }
    return v >> n | ((v << (128 - n)) != 0);
}

static inline bool parts_is_nan(const FPParts *p)
{
    return p->cls == CLS_QNAN || p->cls == CLS_SNAN;
}

/* Makes a normal number (or zero) out of sig * 2^(exp - 127). */
static inline void parts_normalise(FPParts *p, u128 sig)
{
    if (sig == 0) {
        p->cls = CLS_ZERO;
        p->hi = p->lo = 0;
        return;
    }
    unsigned n = clz128(sig);
    p->cls = CLS_NORMAL;
    p->exp -= n;
    parts_set_sig(p, sig << n);
}

static inline FPParts parts_of_class(FPClass cls, bool sign)
{
    return (FPParts) { .cls = cls, .sign = sign };
}

static inline FPParts parts_default_nan(void)
{
    return (FPParts) { .cls = CLS_QNAN, .sign = true, .hi = 3ull << 62 };
}

/* Unpack; DAZ applies, no flag is raised. */
FPParts f32_unpack(float32 a, const FPStatus *st);
FPParts f64_unpack(float64 a, const FPStatus *st);
FPParts f80_unpack(float80 a);

/* Rounds to the format: the result has at most fmt->prec significand bits and
 * an exponent in range (denormals: exponent below emin). */
FPParts fp_round(FPParts p, const FPFormat *fmt, FPStatus *st);
/* Pack what fp_round() of the same format made. */
float32 f32_pack(FPParts p);
float64 f64_pack(FPParts p);
float80 f80_pack(FPParts p);

static inline float32 f32_round_pack(FPParts p, FPStatus *st)
{
    return f32_pack(fp_round(p, &fp_format32, st));
}

static inline float64 f64_round_pack(FPParts p, FPStatus *st)
{
    return f64_pack(fp_round(p, &fp_format64, st));
}

static inline float80 f80_round_pack(FPParts p, FPStatus *st)
{
    FPFormat fmt = fp_format80(st);
    return f80_pack(fp_round(p, &fmt, st));
}

/* The result if an operand is a NaN or unsupported: raises what it must. */
FPParts fp_nan1(FPParts a, FPStatus *st);
FPParts fp_nan2(FPParts a, FPParts b, FPStatus *st);
FPParts fp_invalid(FPStatus *st);       /* default NaN, FP_IE */

static inline bool fp_has_nan(const FPParts *a, const FPParts *b)
{
    return a->cls >= CLS_QNAN || b->cls >= CLS_QNAN;
}

/* Arithmetic on unpacked values, exact but for a sticky bit in lo. */
FPParts fp_add(FPParts a, FPParts b, FPStatus *st);
FPParts fp_mul(FPParts a, FPParts b, FPStatus *st);
FPParts fp_div(FPParts a, FPParts b, FPStatus *st);
FPParts fp_sqrt(FPParts a, FPStatus *st);
FPParts fp_fma(FPParts a, FPParts b, FPParts c, FPStatus *st);
/* To an integral value by rc; exact sets *inexact = false. */
FPParts fp_to_integral(FPParts a, unsigned rc, bool *inexact, bool *up);
/* To an integer of the given bits; indefinite and FP_IE if out of range. */
int64_t fp_to_int(FPParts a, unsigned bits, unsigned rc, FPStatus *st);
FPParts fp_from_int(int64_t a);

/* Common shape of the comparisons. */
int fp_compare(FPParts a, FPParts b, bool quiet, FPStatus *st);

/* Does a significand inexact at ulp round up?  half, rest: the bits below. */
static inline bool fp_round_up(unsigned rc, bool sign, bool odd, bool half,
                               bool rest)
{
    switch (rc) {
    case FP_RN:
        return half && (rest || odd);
    case FP_RD:
        return sign && (half || rest);
    case FP_RU:
        return !sign && (half || rest);
    default:
        return false;
    }
}

#endif
