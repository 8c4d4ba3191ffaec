/* SPDX-License-Identifier: MIT */
/*
 * Floating point on the host's own unit, for the interpreter.
 *
 * While operands and result are ordinary (zero or normal, and far enough from
 * the limits) and MXCSR is at its default, IEEE arithmetic leaves no choice
 * but the result the host computes, and the only exception there can be is
 * inexact.  The host's own sticky bit collects that: guest PE is fpcr's bit or
 * the host's, joined by tci_fp_fold() wherever somebody may look.  Anything
 * else is left to the reference functions.
 */
#ifndef TCG_TCI_FP_H
#define TCG_TCI_FP_H

#include "tcg/tci/tci-int.h"
#include "tcg/ops-ref-vec.h"

#ifndef HOST_X86_64
#include <fenv.h>
#endif

#define FPCR_PE 0x20

/* Moves the host's sticky inexact bit to the guest's. */
static inline void tci_fp_fold(TCGEnv *env)
{
#ifdef HOST_X86_64
    uint32_t csr;

    asm volatile("stmxcsr %0" : "=m"(csr) : : "memory");
    if (unlikely(csr & FPCR_PE)) {
        csr &= ~FPCR_PE;
        asm volatile("ldmxcsr %0" : : "m"(csr) : "memory");
        env->fpcr |= FPCR_PE;
    }
#else
    if (fetestexcept(FE_INEXACT)) {
        feclearexcept(FE_INEXACT);
        env->fpcr |= FPCR_PE;
    }
#endif
}

/* Forgets what the emulator's own code did. */
static inline void tci_fp_clear(void)
{
#ifdef HOST_X86_64
    uint32_t csr;

    asm volatile("stmxcsr %0" : "=m"(csr) : : "memory");
    if (unlikely(csr & FPCR_PE)) {
        csr &= ~FPCR_PE;
        asm volatile("ldmxcsr %0" : : "m"(csr) : "memory");
    }
#else
    feclearexcept(FE_INEXACT);
#endif
}

/* Nearest, no flushing, everything masked. */
static inline bool tci_fp_default(const TCGEnv *env)
{
    return (env->fpcr & 0xffc0) == 0x1f80;
}

static inline double tci_f64(uint64_t a)
{
    double d;
    memcpy(&d, &a, 8);
    return d;
}

static inline uint64_t tci_b64(double d)
{
    uint64_t a;
    memcpy(&a, &d, 8);
    return a;
}

static inline float tci_f32(uint32_t a)
{
    float d;
    memcpy(&d, &a, 4);
    return d;
}

static inline uint32_t tci_b32(float d)
{
    uint32_t a;
    memcpy(&a, &d, 4);
    return a;
}

/* Zero or normal. */
static inline bool tci_ord64(uint64_t a)
{
    return (a >> 52 & 0x7ff) - 1 < 0x7fe || !(a << 1);
}

static inline bool tci_ord32(uint32_t a)
{
    return (a >> 23 & 0xff) - 1u < 0xfe || !(a << 1);
}

static inline bool tci_zero64(uint64_t a)
{
    return !(a << 1);
}

static inline bool tci_zero32(uint32_t a)
{
    return !(a << 1);
}

/* Finite. */
static inline bool tci_fin64(uint64_t a)
{
    return (a >> 52 & 0x7ff) != 0x7ff;
}

static inline bool tci_fin32(uint32_t a)
{
    return (a >> 23 & 0xff) != 0xff;
}

/* Normal and above the least one, which tiny values may have rounded to. */
static inline bool tci_safe64(uint64_t a)
{
    return (a >> 52 & 0x7ff) - 2 < 0x7fd;
}

static inline bool tci_safe32(uint32_t a)
{
    return (a >> 23 & 0xff) - 2u < 0xfd;
}

/*
 * One operation: r = a op b for ordinary a, b; false if the result needs a
 * closer look.  A sum of normals that is denormal is exact.
 */
#define TCI_FP_OPS(N, UT, T)                                                \
    static inline bool tci_fadd##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        *r = tci_b##N(tci_f##N(a) + tci_f##N(b));                           \
        return tci_fin##N(*r);                                              \
    }                                                                       \
    static inline bool tci_fsub##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        *r = tci_b##N(tci_f##N(a) - tci_f##N(b));                           \
        return tci_fin##N(*r);                                              \
    }                                                                       \
    static inline bool tci_fmul##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        *r = tci_b##N(tci_f##N(a) * tci_f##N(b));                           \
        return tci_safe##N(*r) || tci_zero##N(a) || tci_zero##N(b);         \
    }                                                                       \
    static inline bool tci_fdiv##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        if (unlikely(tci_zero##N(b))) {                                     \
            return false;                                                   \
        }                                                                   \
        *r = tci_b##N(tci_f##N(a) / tci_f##N(b));                           \
        return tci_safe##N(*r) || tci_zero##N(a);                           \
    }                                                                       \
    static inline bool tci_fmin##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        *r = tci_f##N(a) < tci_f##N(b) ? a : b;                             \
        return true;                                                        \
    }                                                                       \
    static inline bool tci_fmax##N(UT a, UT b, UT *r)                       \
    {                                                                       \
        *r = tci_f##N(a) > tci_f##N(b) ? a : b;                             \
        return true;                                                        \
    }                                                                       \
    static inline bool tci_fsqrt##N(UT a, UT b, UT *r)                      \
    {                                                                       \
        if (unlikely(tci_f##N(b) < 0)) {                                    \
            return false;                                                   \
        }                                                                   \
        *r = tci_b##N(TCI_SQRT##N(tci_f##N(b)));                            \
        return true;                                                        \
    }
#define TCI_SQRT64(x) __builtin_sqrt(x)
#define TCI_SQRT32(x) __builtin_sqrtf(x)

TCI_FP_OPS(64, uint64_t, double)
TCI_FP_OPS(32, uint32_t, float)

/* Predicates 0..7 of ordinary operands: never unordered. */
static inline bool tci_fcmp(unsigned pred, bool lt, bool eq)
{
    bool r = pred == 3 || pred == 7 ? false
           : (pred & 3) == 0 ? eq : (pred & 3) == 1 ? lt : lt || eq;
    return r ^ (pred >> 2 & 1);
}

static inline uint32_t tci_fcom_flags(bool lt, bool eq)
{
    return lt ? FLHOME_C : eq ? FLHOME_Z : 0;
}

#endif
