/* SPDX-License-Identifier: MIT */
/*
 * Private to fpu/x87-trans*.c: inexact arithmetic on 128-bit significands, in
 * which the transcendental functions are computed before they are rounded to
 * 64 bits.  Each operation is good to about 2^-124.
 */
#ifndef FPU_X87_TRANS_INT_H
#define FPU_X87_TRANS_INT_H

#include "fpu/softfloat-int.h"

typedef FPParts Wide;   /* CLS_NORMAL or CLS_ZERO only */

#define WIDE(e, h, l) \
    { .cls = CLS_NORMAL, .exp = (e), .hi = (h), .lo = (l) }

Wide w_mul(Wide a, Wide b);
Wide w_div(Wide a, Wide b);
Wide w_add(Wide a, Wide b);
Wide w_divn(Wide a, uint64_t n);

static inline Wide w_neg(Wide a)
{
    a.sign ^= true;
    return a;
}

static inline Wide w_sub(Wide a, Wide b)
{
    return w_add(a, w_neg(b));
}

static inline Wide w_int(int64_t n)
{
    return fp_from_int(n);
}

/* Operand to Wide: forgets that it was denormal. */
static inline Wide w_from(FPParts a)
{
    a.denormal = false;
    return a;
}

static inline Wide w_scale(Wide a, int n)
{
    a.exp += n;
    return a;
}

/* How many terms of a series in r give 128 bits, at most max. */
static inline int w_terms(const Wide *r, int max)
{
    int n;

    if (r->cls == CLS_ZERO || r->exp < -64) {
        return 2;
    }
    n = 128 / (r->exp < -1 ? -r->exp - 1 : 1) + 2;
    return n < max ? n : max;
}

/* An inexact result: rounds at full precision, always with FP_PE.  nudge
 * moves a value whose distance from a 64-bit number is too small to show to
 * the right side of it: towards (-1) or away from (1) zero. */
float80 w_result(Wide a, int nudge, FPStatus *st);
/* Exact constants' kin: sign, multiple of pi/4, rounded. */
float80 w_pi_4(int n, bool sign, FPStatus *st);
extern const Wide w_pi;

/* Common start: NaN operands and unsupported ones.  True if *r is set. */
bool w_special1(FPParts *a, float80 *r, FPStatus *st);
bool w_special2(FPParts *a, FPParts *b, float80 *r, FPStatus *st);
/* Notes denormals; true if that stops the operation. */
bool w_denormal(const FPParts *a, const FPParts *b, FPStatus *st);

#endif
