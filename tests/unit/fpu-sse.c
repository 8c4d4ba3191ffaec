/* SPDX-License-Identifier: MIT */
/*
 * binary32 and binary64 of fpu/ against the host's SSE unit: results and
 * exception flags in every rounding mode, with and without DAZ and FTZ, on
 * all pairs of corner values and on random ones.  x86-64 hosts only.
 */
#include "util/osdep.h"
#include <math.h>
#include <criterion/criterion.h>
#include "fpu/softfloat.h"

#ifdef HOST_X86_64

typedef uint64_t Soft(uint64_t a, uint64_t b, uint64_t c, FPStatus *st);
typedef uint64_t Native(uint64_t a, uint64_t b, uint64_t c, uint32_t *mxcsr);

typedef struct Op {
    const char *name;
    bool is64;
    Soft *soft;
    Native *native;
} Op;

#define NATIVE_FN(name, code, ...)                                           \
static uint64_t name(uint64_t a, uint64_t b, uint64_t c, uint32_t *mxcsr)    \
{                                                                            \
    uint32_t old;                                                            \
    uint64_t r = 0;                                                          \
                                                                             \
    asm volatile("stmxcsr %1\n\tldmxcsr %2\n\t"                              \
                 "movq %3, %%xmm0\n\tmovq %4, %%xmm1\n\tmovq %5, %%xmm2\n\t" \
                 "xor %%eax, %%eax\n\t" code "\n\tstmxcsr %2\n\tldmxcsr %1"  \
                 : "=&a"(r), "=m"(old), "+m"(*mxcsr)                         \
                 : "r"(a), "r"(b), "r"(c) : "xmm0", "xmm1", "xmm2", "cc");   \
    return r;                                                                \
}

#define GET32 "\n\tmovd %%xmm0, %%eax"
#define GET64 "\n\tmovq %%xmm0, %%rax"
#define FLAGS "\n\tpushf\n\tpop %%rax\n\tand $0x45, %%eax"

#define BOTH(name, insn, expr32, expr64)                                     \
NATIVE_FN(n32_##name, insn "ss %%xmm1, %%xmm0" GET32)                        \
NATIVE_FN(n64_##name, insn "sd %%xmm1, %%xmm0" GET64)                        \
static uint64_t s32_##name(uint64_t a, uint64_t b, uint64_t c, FPStatus *st) \
{                                                                            \
    return expr32;                                                           \
}                                                                            \
static uint64_t s64_##name(uint64_t a, uint64_t b, uint64_t c, FPStatus *st) \
{                                                                            \
    return expr64;                                                           \
}
#define BOTH_SIMPLE(name, insn) \
    BOTH(name, insn, f32_##name(a, b, st), f64_##name(a, b, st))
#define ONE(name, code, expr)                                                \
NATIVE_FN(n_##name, code)                                                    \
static uint64_t s_##name(uint64_t a, uint64_t b, uint64_t c, FPStatus *st)   \
{                                                                            \
    return expr;                                                             \
}

static uint64_t eflags_of(int rel)
{
    return rel == FP_UNORDERED ? 0x45 : rel == FP_LESS ? 1 :
           rel == FP_EQUAL ? 0x40 : 0;
}

BOTH_SIMPLE(add, "add")
BOTH_SIMPLE(sub, "sub")
BOTH_SIMPLE(mul, "mul")
BOTH_SIMPLE(div, "div")
BOTH_SIMPLE(min, "min")
BOTH_SIMPLE(max, "max")
BOTH(sqrt, "sqrt", f32_sqrt(b, st), f64_sqrt(b, st))

#define PRED(n, k)                                                           \
ONE(cmp##n##_32, "cmpss $" #k ", %%xmm1, %%xmm0" GET32,                      \
    f32_predicate(a, b, k, st) ? 0xffffffff : 0)                             \
ONE(cmp##n##_64, "cmpsd $" #k ", %%xmm1, %%xmm0" GET64,                      \
    f64_predicate(a, b, k, st) ? ~0ull : 0)                                  \
ONE(vcmp##n##_64, "vcmpsd $" #k " + 8, %%xmm1, %%xmm0, %%xmm0" GET64,        \
    f64_predicate(a, b, k + 8, st) ? ~0ull : 0)                              \
ONE(wcmp##n##_64, "vcmpsd $" #k " + 16, %%xmm1, %%xmm0, %%xmm0" GET64,       \
    f64_predicate(a, b, k + 16, st) ? ~0ull : 0)                             \
ONE(xcmp##n##_32, "vcmpss $" #k " + 24, %%xmm1, %%xmm0, %%xmm0" GET32,       \
    f32_predicate(a, b, k + 24, st) ? 0xffffffff : 0)
PRED(eq, 0)
PRED(lt, 1)
PRED(le, 2)
PRED(un, 3)
PRED(ne, 4)
PRED(nlt, 5)
PRED(nle, 6)
PRED(ord, 7)

ONE(comi32, "comiss %%xmm1, %%xmm0" FLAGS, eflags_of(f32_compare(a, b, st)))
ONE(comi64, "comisd %%xmm1, %%xmm0" FLAGS, eflags_of(f64_compare(a, b, st)))
ONE(ucomi32, "ucomiss %%xmm1, %%xmm0" FLAGS,
    eflags_of(f32_compare_quiet(a, b, st)))
ONE(ucomi64, "ucomisd %%xmm1, %%xmm0" FLAGS,
    eflags_of(f64_compare_quiet(a, b, st)))

#define ROUND(k)                                                             \
ONE(round32_##k, "roundss $" #k ", %%xmm1, %%xmm0" GET32,                    \
    f32_round(b, k, st))                                                     \
ONE(round64_##k, "roundsd $" #k ", %%xmm1, %%xmm0" GET64,                    \
    f64_round(b, k, st))
ROUND(0)
ROUND(1)
ROUND(2)
ROUND(3)
ROUND(4)
ROUND(8)
ROUND(12)

ONE(si32_32, "cvtss2si %%xmm0, %%eax", (uint32_t)f32_to_i32(a, st->rounding, st))
ONE(si32_64, "cvtss2si %%xmm0, %%rax", f32_to_i64(a, st->rounding, st))
ONE(si64_32, "cvtsd2si %%xmm0, %%eax", (uint32_t)f64_to_i32(a, st->rounding, st))
ONE(si64_64, "cvtsd2si %%xmm0, %%rax", f64_to_i64(a, st->rounding, st))
ONE(tsi32_32, "cvttss2si %%xmm0, %%eax", (uint32_t)f32_to_i32(a, FP_RZ, st))
ONE(tsi32_64, "cvttss2si %%xmm0, %%rax", f32_to_i64(a, FP_RZ, st))
ONE(tsi64_32, "cvttsd2si %%xmm0, %%eax", (uint32_t)f64_to_i32(a, FP_RZ, st))
ONE(tsi64_64, "cvttsd2si %%xmm0, %%rax", f64_to_i64(a, FP_RZ, st))
ONE(i32_32, "cvtsi2ss %k3, %%xmm0" GET32, f32_from_i64((int32_t)a, st))
ONE(i64_32, "cvtsi2ss %3, %%xmm0" GET32, f32_from_i64(a, st))
ONE(i32_64, "cvtsi2sd %k3, %%xmm0" GET64, f64_from_i64((int32_t)a, st))
ONE(i64_64, "cvtsi2sd %3, %%xmm0" GET64, f64_from_i64(a, st))
ONE(f32_64, "cvtss2sd %%xmm0, %%xmm0" GET64, f64_from_f32(a, st))
ONE(f64_32, "cvtsd2ss %%xmm0, %%xmm0" GET32, f32_from_f64(a, st))

/* xmm0 = xmm0 * xmm1 + xmm2 */
#define FMA_ONE(name, neg)                                                   \
ONE(name##32, #name "213ss %%xmm2, %%xmm1, %%xmm0" GET32,                    \
    f32_fma(b, a, c, neg, st))                                               \
ONE(name##64, #name "213sd %%xmm2, %%xmm1, %%xmm0" GET64,                    \
    f64_fma(b, a, c, neg, st))
FMA_ONE(vfmadd, 0)
FMA_ONE(vfmsub, FP_FMA_NEG_ADDEND)
FMA_ONE(vfnmadd, FP_FMA_NEG_PRODUCT)
FMA_ONE(vfnmsub, FP_FMA_NEG_PRODUCT | FP_FMA_NEG_ADDEND)

#define B(n) { #n "32", false, s32_##n, n32_##n }, \
             { #n "64", true, s64_##n, n64_##n }
#define O32(n) { #n, false, s_##n, n_##n }
#define O64(n) { #n, true, s_##n, n_##n }
#define P(n) O32(cmp##n##_32), O64(cmp##n##_64), O64(vcmp##n##_64), \
             O64(wcmp##n##_64), O32(xcmp##n##_32)
#define RO(k) O32(round32_##k), O64(round64_##k)

static const Op ops[] = {
    B(add), B(sub), B(mul), B(div), B(min), B(max), B(sqrt),
    P(eq), P(lt), P(le), P(un), P(ne), P(nlt), P(nle), P(ord),
    O32(comi32), O64(comi64), O32(ucomi32), O64(ucomi64),
    RO(0), RO(1), RO(2), RO(3), RO(4), RO(8), RO(12),
    O32(si32_32), O32(si32_64), O64(si64_32), O64(si64_64),
    O32(tsi32_32), O32(tsi32_64), O64(tsi64_32), O64(tsi64_64),
    O32(i32_32), O64(i64_32), O32(i32_64), O64(i64_64),
    O32(f32_64), O64(f64_32),
};
static const Op fma_ops[] = {
    O32(vfmadd32), O64(vfmadd64), O32(vfmsub32), O64(vfmsub64),
    O32(vfnmadd32), O64(vfnmadd64), O32(vfnmsub32), O64(vfnmsub64),
};

static const uint64_t corners32[] = {
    0, 1, 2, 0x7fffff, 0x400000, 0x800000, 0x800001, 0xffffff, 0x1000000,
    0x3f800000, 0x3f800001, 0x3f7fffff, 0x3f000000, 0x3f000001, 0x3effffff,
    0x40000000, 0x40400000, 0x3fc00000, 0x40200000, 0x4effffff, 0x4f000000,
    0x4b000001, 0x4a800001, 0x5effffff, 0x5f000000, 0x7f7fffff, 0x7f000000,
    0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fc12345, 0x7fffffff,
    0x20000000, 0x1fffffff, 0x5f7fffff, 0x00800123, 0x0c000000, 0x33800000,
};
static const uint64_t corners64[] = {
    0, 1, 2, 0xfffffffffffff, 0x8000000000000, 0x10000000000000,
    0x10000000000001, 0x1fffffffffffff, 0x20000000000000, 0x3ff0000000000000,
    0x3ff0000000000001, 0x3fefffffffffffff, 0x3fe0000000000000,
    0x3fe0000000000001, 0x3fdfffffffffffff, 0x4000000000000000,
    0x4008000000000000, 0x3ff8000000000000, 0x4004000000000000,
    0x41dfffffffc00000, 0x41e0000000000000, 0x41dfffffffe00000,
    0x43dfffffffffffff, 0x43e0000000000000, 0x4330000000000001,
    0x4320000000000001, 0x7fefffffffffffff, 0x7fe0000000000000,
    0x7ff0000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff,
    0x7ff8000000000000, 0x7ff8123456789abc, 0x7fffffffffffffff,
    0x47efffffe0000000, 0x47effffff0000000, 0x47efffffefffffff,
    0x3810000000000000, 0x380fffffffffffff, 0x380ffffff0000000,
    0x36a0000000000000, 0x3690000000000000, 0x36a0000000000001,
    0x36f8000000000000, 0x2000000000000000, 0x1fffffffffffffff,
};

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* Corner, random bits, or a random significand with a near exponent. */
static uint64_t operand(bool is64)
{
    uint64_t r = rnd();
    switch (rnd() % 6) {
    case 0:
        return is64 ? corners64[r % ARRAY_SIZE(corners64)] ^ (r >> 32) << 63
                    : corners32[r % ARRAY_SIZE(corners32)] ^ (r >> 63) << 31;
    case 1:
        return is64 ? r : r >> 32;
    case 2:     /* about the ends of the exponent range; of f32 in f64 */
        return is64 ? (r & ~(0x7ffull << 52)) |
                      (rnd() % 40 + (r & 1 ? 0x360 : r & 2 ? 0x468 : 0)) << 52
                    : ((r >> 32) & 0x807fffff) | (rnd() % 64 + (r & 1 ? 96 : 0))
                      << 23;
    case 3:     /* the same, few significant bits */
        return is64 ? (r & 0xfff0000000000000 & ~(0x7ffull << 52)) |
                      (r & 0xffffff) << 28 | (rnd() % 40 + 0x360) << 52
                    : ((r >> 32) & 0x80700000) | (rnd() % 64) << 23;
    default:
        return is64 ? (r & ~(0x7ffull << 52)) | (0x3f0 + rnd() % 32) << 52
                    : ((r >> 32) & 0x807fffff) | (0x70 + rnd() % 32) << 23;
    }
}

static void check(const Op *op, uint64_t a, uint64_t b, uint64_t c,
                  uint32_t mxcsr)
{
    FPStatus st = fp_status_mxcsr(mxcsr);
    uint32_t want_csr = mxcsr;
    uint64_t want = op->native(a, b, c, &want_csr);
    uint64_t got = op->soft(a, b, c, &st);

    if (got != want || fp_mxcsr(&st, mxcsr) != want_csr) {
        cr_assert_fail("%s(%" PRIx64 ", %" PRIx64 ", %" PRIx64 ") mxcsr %x: "
                       "got %" PRIx64 " flags %x, want %" PRIx64 " flags %x",
                       op->name, a, b, c, mxcsr, got, st.flags, want,
                       want_csr & 63);
    }
}

static uint32_t mxcsr_of(unsigned mode)
{
    return 0x1f80 | (mode & 3) << 13 | (mode & 4) << 4 | (mode & 8) << 12;
}

static void check_corners(const Op *op, unsigned mode)
{
    const uint64_t *v = op->is64 ? corners64 : corners32;
    unsigned n = op->is64 ? ARRAY_SIZE(corners64) : ARRAY_SIZE(corners32);
    uint64_t sign = op->is64 ? 1ull << 63 : 1ull << 31;

    for (unsigned i = 0; i < n * n; i++) {
        for (unsigned s = 0; s < 4; s++) {
            check(op, v[i / n] ^ (s & 1 ? sign : 0),
                  v[i % n] ^ (s & 2 ? sign : 0), 0, mxcsr_of(mode));
        }
    }
}

static void check_random(const Op *op, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        check(op, operand(op->is64), operand(op->is64), operand(op->is64),
              mxcsr_of(rnd() % 16));
    }
}

Test(fpu_sse, corners)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
        for (unsigned mode = 0; mode < 16; mode++) {
            check_corners(&ops[i], mode);
        }
    }
}

Test(fpu_sse, random)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
        check_random(&ops[i], 20000);
    }
}

Test(fpu_sse, fma)
{
    for (unsigned i = 0; i < ARRAY_SIZE(fma_ops); i++) {
        check_random(&fma_ops[i], 100000);
    }
}

Test(fpu_sse, approximations)
{
    for (unsigned i = 0; i < 100000; i++) {
        float32 a = operand(false) & 0x7fffffff, r = f32_rcp(a);
        float32 q = f32_rsqrt(a);
        float fa, fr, fq;

        memcpy(&fa, &a, 4);
        memcpy(&fr, &r, 4);
        memcpy(&fq, &q, 4);
        if (!(fa > 1e-30f && fa < 1e30f)) {
            continue;
        }
        cr_assert(fabs((double)fa * fr - 1) <= 1.5 / 4096, "rcp %x", a);
        cr_assert(fabs((double)fa * fq * fq - 1) <= 3.0 / 4096, "rsqrt %x", a);
    }
    cr_assert_eq(f32_rcp(0), 0x7f800000);
    cr_assert_eq(f32_rcp(0x80000001), 0xff800000);
    cr_assert_eq(f32_rcp(0x7f800000), 0);
    cr_assert_eq(f32_rsqrt(0xbf800000), F32_DEFAULT_NAN);
    cr_assert_eq(f32_rsqrt(0x80000000), 0xff800000);
}

#endif
