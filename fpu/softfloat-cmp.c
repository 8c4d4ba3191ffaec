/* SPDX-License-Identifier: MIT */
/*
 * Comparisons, minimum and maximum, and the reciprocal approximations.
 * SDM vol. 1, 8.3.6 and 11.4.3; vol. 2 CMPPS, MINPS, MAXPS.
 */
#include "util/osdep.h"
#include "fpu/softfloat-int.h"

static int compare_magnitude(const FPParts *a, const FPParts *b)
{
    int ka = a->cls == CLS_ZERO ? INT_MIN : a->cls == CLS_INF ? INT_MAX : a->exp;
    int kb = b->cls == CLS_ZERO ? INT_MIN : b->cls == CLS_INF ? INT_MAX : b->exp;

    if (ka != kb) {
        return ka < kb ? FP_LESS : FP_GREATER;
    }
    if (a->cls != CLS_NORMAL || a->hi == b->hi) {
        return FP_EQUAL;
    }
    return a->hi < b->hi ? FP_LESS : FP_GREATER;
}

static int compare_ordered(const FPParts *a, const FPParts *b)
{
    if (a->cls == CLS_ZERO && b->cls == CLS_ZERO) {
        return FP_EQUAL;
    }
    if (a->sign != b->sign) {
        return a->sign ? FP_LESS : FP_GREATER;
    }
    return a->sign ? compare_magnitude(b, a) : compare_magnitude(a, b);
}

int fp_compare(FPParts a, FPParts b, bool quiet, FPStatus *st)
{
    if (unlikely(fp_has_nan(&a, &b))) {
        if (!quiet || a.cls >= CLS_SNAN || b.cls >= CLS_SNAN) {
            st->flags |= FP_IE;
        }
        return FP_UNORDERED;
    }
    if (a.denormal || b.denormal) {
        st->flags |= FP_DE;
    }
    return compare_ordered(&a, &b);
}

#define COMPARE(f, ty, unpack)                                               \
int f##_compare(ty a, ty b, FPStatus *st)                                    \
{                                                                            \
    return fp_compare(unpack(a), unpack(b), false, st);                      \
}                                                                            \
int f##_compare_quiet(ty a, ty b, FPStatus *st)                              \
{                                                                            \
    return fp_compare(unpack(a), unpack(b), true, st);                       \
}

/* What the predicates' low three bits hold for, and whether they signal on
 * quiet NaNs; bit 4 of the predicate flips the latter. */
#define R(rel) (1 << ((rel) + 1))
static const struct { uint8_t holds; bool signals; } predicates[16] = {
    { R(FP_EQUAL), false },                                     /* EQ */
    { R(FP_LESS), true },                                       /* LT */
    { R(FP_LESS) | R(FP_EQUAL), true },                         /* LE */
    { R(FP_UNORDERED), false },                                 /* UNORD */
    { R(FP_LESS) | R(FP_GREATER) | R(FP_UNORDERED), false },    /* NEQ */
    { R(FP_EQUAL) | R(FP_GREATER) | R(FP_UNORDERED), true },    /* NLT */
    { R(FP_GREATER) | R(FP_UNORDERED), true },                  /* NLE */
    { R(FP_LESS) | R(FP_EQUAL) | R(FP_GREATER), false },        /* ORD */
    { R(FP_EQUAL) | R(FP_UNORDERED), false },                   /* EQ_U */
    { R(FP_LESS) | R(FP_UNORDERED), true },                     /* NGE */
    { R(FP_LESS) | R(FP_EQUAL) | R(FP_UNORDERED), true },       /* NGT */
    { 0, false },                                               /* FALSE */
    { R(FP_LESS) | R(FP_GREATER), false },                      /* NEQ_O */
    { R(FP_EQUAL) | R(FP_GREATER), true },                      /* GE */
    { R(FP_GREATER), true },                                    /* GT */
    { 15, false },                                              /* TRUE */
};

#define PREDICATE(f, ty, unpack)                                             \
bool f##_predicate(ty a, ty b, unsigned pred, FPStatus *st)                  \
{                                                                            \
    bool signals = predicates[pred & 15].signals ^ (pred >> 4 & 1);          \
    int rel = fp_compare(unpack(a), unpack(b), !signals, st);                \
                                                                             \
    return predicates[pred & 15].holds >> (rel + 1) & 1;                     \
}

/* want = FP_LESS for min.  DAZ shows in the result as well. */
#define PICK(f, ty, bits)                                                    \
static ty f##_pick(ty a, ty b, int want, FPStatus *st)                       \
{                                                                            \
    FPParts x = f##_unpack(a, st), y = f##_unpack(b, st);                    \
    int rel = fp_compare(x, y, false, st);                                   \
                                                                             \
    if (rel == want) {                                                       \
        return x.cls == CLS_ZERO ? a & (ty)1 << (bits - 1) : a;              \
    }                                                                        \
    return y.cls == CLS_ZERO ? b & (ty)1 << (bits - 1) : b;                  \
}                                                                            \
ty f##_min(ty a, ty b, FPStatus *st)                                         \
{                                                                            \
    return f##_pick(a, b, FP_LESS, st);                                      \
}                                                                            \
ty f##_max(ty a, ty b, FPStatus *st)                                         \
{                                                                            \
    return f##_pick(a, b, FP_GREATER, st);                                   \
}

#define UNPACK32(a) f32_unpack(a, st)
#define UNPACK64(a) f64_unpack(a, st)

COMPARE(f32, float32, UNPACK32)
COMPARE(f64, float64, UNPACK64)
COMPARE(f80, float80, f80_unpack)
PREDICATE(f32, float32, UNPACK32)
PREDICATE(f64, float64, UNPACK64)
PICK(f32, float32, 32)
PICK(f64, float64, 64)

/* ---- approximations ------------------------------------------------------ */

static const FPStatus approx_status = {
    .rounding = FP_RN, .daz = true, .ftz = true, .masks = FP_ALL,
};

/* The correctly rounded value with its low 11 bits rounded away: 13
 * significant bits are well inside the allowed error. */
static float32 approx_result(FPParts p, FPStatus *st)
{
    FPFormat fmt = { 13, -126, 127, 0 };

    return f32_pack(fp_round(p, &fmt, st));
}

float32 f32_rcp(float32 a)
{
    FPStatus st = approx_status;
    FPParts one = fp_from_int(1);

    return approx_result(fp_div(one, f32_unpack(a, &st), &st), &st);
}

float32 f32_rsqrt(float32 a)
{
    FPStatus st = approx_status;
    FPParts p = fp_sqrt(f32_unpack(a, &st), &st);

    if (p.cls >= CLS_QNAN) {
        return f32_pack(p);
    }
    return approx_result(fp_div(fp_from_int(1), p, &st), &st);
}
