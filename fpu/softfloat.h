/* SPDX-License-Identifier: MIT */
/*
 * Exact software floating point with x86 semantics: binary32, binary64 and
 * the x87's 80-bit format.  Used by the reference meaning of the FP ops, by
 * the interpreter, and by the x87 helpers of hosts without an x87.
 * Source: Intel SDM vol. 1 ch. 4, 8, 10, 11, 14 (FMA), IEEE 754.
 *
 * A function takes its operands as bit patterns and an FPStatus; it ORs what
 * it raises into st->flags.  Results are the masked responses, except that
 * with st->x87 an unmasked overflow or underflow gives the bias-adjusted
 * result.  SSE code that finds fp_unmasked(st) != 0 raises #XM and drops the
 * result.
 *
 * x87 callers start each operation with flags = 0: an unmasked FP_IE, FP_DE
 * or FP_ZE found before computing stops it, and the result is void.
 */
#ifndef FPU_SOFTFLOAT_H
#define FPU_SOFTFLOAT_H

#include "util/osdep.h"

typedef uint32_t float32;
typedef uint64_t float64;
typedef struct float80 {
    uint64_t mant;      /* explicit integer bit at 63 */
    uint16_t se;        /* sign at 15, biased exponent */
} float80;

/* Exception flags, x86 bit order (MXCSR bits 0..5, x87 status and control). */
enum {
    FP_IE = 1, FP_DE = 2, FP_ZE = 4, FP_OE = 8, FP_UE = 16, FP_PE = 32,
    FP_ALL = 63,
};

/* Rounding, x86 RC encoding. */
enum { FP_RN, FP_RD, FP_RU, FP_RZ };

/* Result of a comparison. */
enum { FP_LESS = -1, FP_EQUAL = 0, FP_GREATER = 1, FP_UNORDERED = 2 };

typedef struct FPStatus {
    uint8_t rounding;   /* FP_RN.. */
    uint8_t precision;  /* x87 significand bits: 24, 53 or 64 */
    bool daz, ftz;      /* SSE only */
    bool x87;           /* x87 rules for NaNs, denormals, unmasked results */
    uint8_t masks;      /* FP_*: exceptions that are masked */
    uint8_t flags;      /* FP_*: sticky */
    bool c1;            /* x87: last inexact result was rounded up */
} FPStatus;

/* ---- status -------------------------------------------------------------- */

static inline FPStatus fp_status_mxcsr(uint32_t mxcsr)
{
    return (FPStatus) {
        .rounding = (mxcsr >> 13) & 3,
        .precision = 64,
        .daz = (mxcsr >> 6) & 1,
        .ftz = (mxcsr >> 15) & 1,
        .masks = (mxcsr >> 7) & FP_ALL,
    };
}

/* mxcsr with the flags that were raised. */
static inline uint32_t fp_mxcsr(const FPStatus *st, uint32_t mxcsr)
{
    return mxcsr | (st->flags & FP_ALL);
}

static inline FPStatus fp_status_x87(uint16_t fpuc)
{
    static const uint8_t prec[4] = { 24, 64, 53, 64 };
    return (FPStatus) {
        .rounding = (fpuc >> 10) & 3,
        .precision = prec[(fpuc >> 8) & 3],
        .x87 = true,
        .masks = fpuc & FP_ALL,
    };
}

/* Raised exceptions that are not masked. */
static inline unsigned fp_unmasked(const FPStatus *st)
{
    return st->flags & ~st->masks & FP_ALL;
}

/* ---- classification ------------------------------------------------------ */

#define F32_DEFAULT_NAN 0xffc00000u
#define F80_DEFAULT_NAN ((float80) { 0xc000000000000000ull, 0xffff })

static inline bool f32_is_nan(float32 a)
{
    return (a & 0x7fffffff) > 0x7f800000;
}

static inline bool f32_is_snan(float32 a)
{
    return f32_is_nan(a) && !(a & 0x400000);
}

static inline bool f64_is_nan(float64 a)
{
    return (a & INT64_MAX) > 0x7ff0000000000000ull;
}

static inline bool f64_is_snan(float64 a)
{
    return f64_is_nan(a) && !(a & 0x8000000000000ull);
}

typedef enum F80Class {
    F80_UNSUPPORTED, F80_ZERO, F80_DENORMAL, F80_NORMAL, F80_INF, F80_NAN,
    F80_PSEUDO_DENORMAL,
} F80Class;
F80Class f80_class(float80 a);
bool f80_is_nan(float80 a);     /* not the unsupported encodings */

/* ---- binary32, binary64 -------------------------------------------------- */

/* SSE NaN rule: the first operand if it is a NaN, else the second. */
float32 f32_add(float32 a, float32 b, FPStatus *st);
float32 f32_sub(float32 a, float32 b, FPStatus *st);
float32 f32_mul(float32 a, float32 b, FPStatus *st);
float32 f32_div(float32 a, float32 b, FPStatus *st);
float32 f32_sqrt(float32 a, FPStatus *st);
float64 f64_add(float64 a, float64 b, FPStatus *st);
float64 f64_sub(float64 a, float64 b, FPStatus *st);
float64 f64_mul(float64 a, float64 b, FPStatus *st);
float64 f64_div(float64 a, float64 b, FPStatus *st);
float64 f64_sqrt(float64 a, FPStatus *st);

/* a * b + c rounded once; negations as in FMSUB, FNMADD, FNMSUB. */
enum { FP_FMA_NEG_PRODUCT = 1, FP_FMA_NEG_ADDEND = 2 };
float32 f32_fma(float32 a, float32 b, float32 c, unsigned neg, FPStatus *st);
float64 f64_fma(float64 a, float64 b, float64 c, unsigned neg, FPStatus *st);

/* MINPS and kin: b if either is a NaN (then FP_IE) or both are zero. */
float32 f32_min(float32 a, float32 b, FPStatus *st);
float32 f32_max(float32 a, float32 b, FPStatus *st);
float64 f64_min(float64 a, float64 b, FPStatus *st);
float64 f64_max(float64 a, float64 b, FPStatus *st);

/* FP_LESS.. ; the quiet form raises FP_IE for signalling NaNs only. */
int f32_compare(float32 a, float32 b, FPStatus *st);
int f32_compare_quiet(float32 a, float32 b, FPStatus *st);
int f64_compare(float64 a, float64 b, FPStatus *st);
int f64_compare_quiet(float64 a, float64 b, FPStatus *st);
/* CMPPS predicate 0..31 (0..7 without VEX). */
bool f32_predicate(float32 a, float32 b, unsigned pred, FPStatus *st);
bool f64_predicate(float64 a, float64 b, unsigned pred, FPStatus *st);

/* ROUNDPS with its control byte: bits 0-1 mode, 2 MXCSR's mode, 3 no FP_PE. */
float32 f32_round(float32 a, unsigned control, FPStatus *st);
float64 f64_round(float64 a, unsigned control, FPStatus *st);

/* RCPSS, RSQRTSS: within 1.5 * 2^-12, no exceptions, denormals as zero. */
float32 f32_rcp(float32 a);
float32 f32_rsqrt(float32 a);

/* ---- conversions --------------------------------------------------------- */

/* To integers: rc is FP_RN..FP_RZ (st->rounding or FP_RZ for the truncating
 * forms); out of range gives the integer indefinite (INTn_MIN) and FP_IE. */
int32_t f32_to_i32(float32 a, unsigned rc, FPStatus *st);
int64_t f32_to_i64(float32 a, unsigned rc, FPStatus *st);
int32_t f64_to_i32(float64 a, unsigned rc, FPStatus *st);
int64_t f64_to_i64(float64 a, unsigned rc, FPStatus *st);
int16_t f80_to_i16(float80 a, unsigned rc, FPStatus *st);
int32_t f80_to_i32(float80 a, unsigned rc, FPStatus *st);
int64_t f80_to_i64(float80 a, unsigned rc, FPStatus *st);
float32 f32_from_i64(int64_t a, FPStatus *st);  /* serves int32 too */
float64 f64_from_i64(int64_t a, FPStatus *st);
float80 f80_from_i64(int64_t a);
float64 f64_from_f32(float32 a, FPStatus *st);
float32 f32_from_f64(float64 a, FPStatus *st);
float80 f80_from_f32(float32 a, FPStatus *st);
float80 f80_from_f64(float64 a, FPStatus *st);
float32 f32_from_f80(float80 a, FPStatus *st);
float64 f64_from_f80(float80 a, FPStatus *st);

/* FBLD, FBSTP: 10 bytes. */
float80 f80_from_bcd(const uint8_t bcd[10]);
void f80_to_bcd(float80 a, uint8_t bcd[10], FPStatus *st);

/* ---- 80 bits ------------------------------------------------------------- */

/* x87 NaN rule: quiet before signalling, then the larger significand. */
float80 f80_add(float80 a, float80 b, FPStatus *st);
float80 f80_sub(float80 a, float80 b, FPStatus *st);
float80 f80_mul(float80 a, float80 b, FPStatus *st);
float80 f80_div(float80 a, float80 b, FPStatus *st);
float80 f80_sqrt(float80 a, FPStatus *st);
float80 f80_round(float80 a, FPStatus *st);             /* FRNDINT */
float80 f80_scale(float80 a, float80 b, FPStatus *st);  /* FSCALE */
/* FXTRACT: returns the significand, *exp the exponent as a number. */
float80 f80_extract(float80 a, float80 *exp, FPStatus *st);
/* FPREM (truncate) or FPREM1 (nearest).  *quot = low three quotient bits, or
 * -1 if the reduction is partial. */
float80 f80_rem(float80 a, float80 b, bool nearest, int *quot, FPStatus *st);
int f80_compare(float80 a, float80 b, FPStatus *st);
int f80_compare_quiet(float80 a, float80 b, FPStatus *st);

static inline float80 f80_neg(float80 a)
{
    a.se ^= 0x8000;
    return a;
}

static inline float80 f80_abs(float80 a)
{
    a.se &= 0x7fff;
    return a;
}

/* Transcendental ones, fpu/x87-trans*.c: within 1 ulp. */
float80 f80_2xm1(float80 a, FPStatus *st);
float80 f80_yl2x(float80 y, float80 x, FPStatus *st);
float80 f80_yl2xp1(float80 y, float80 x, FPStatus *st);
float80 f80_patan(float80 y, float80 x, FPStatus *st);
/* False (and nothing done) if |a| is out of range, 2^63 and above.  Either
 * result pointer may be NULL. */
bool f80_sincos(float80 a, float80 *sin, float80 *cos, FPStatus *st);
bool f80_tan(float80 a, float80 *tan, FPStatus *st);

#endif
