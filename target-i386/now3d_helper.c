/* SPDX-License-Identifier: MIT */
/*
 * 3DNow! and its extensions: two binary32 numbers in an MMX register, with
 * arithmetic that never raises, rounds to nearest, takes and gives zero for
 * denormals and the largest number for what is too large.
 * Flow: gen_now3d (gen-mmx.c) -> tcg_call -> (this).
 * Source: AMD 21928, 3DNow! Technology Manual; AMD 22466, its extensions.
 */
#include "util/osdep.h"
#include <fenv.h>
#include <math.h>
#include "target-i386/now3d.h"
#include "target-i386/fpu_state.h"

#define F32_MAX 0x7f7fffffu
#define F32_SIGN 0x80000000u

static double to_double(uint32_t a)
{
    float f;

    if (!(a & 0x7f800000)) {
        a &= F32_SIGN;              /* denormals are zero */
    }
    memcpy(&f, &a, sizeof(f));
    return f;
}

/* The two operands are binary32, so rounding twice is rounding once. */
static uint32_t from_double(double d)
{
    float f = d;
    uint32_t a;

    memcpy(&a, &f, sizeof(a));
    if (!(a & 0x7f800000)) {
        return a & F32_SIGN;
    }
    return (a & 0x7f800000) == 0x7f800000 ? (a & F32_SIGN) | F32_MAX : a;
}

/* Toward zero, which PI2FD and PI2FW do. */
static uint32_t from_int(int32_t i)
{
    uint32_t m = i < 0 ? -(uint32_t)i : i;
    unsigned n = m ? 31 - __builtin_clz(m) : 0;

    if (!m) {
        return 0;
    }
    m = n > 23 ? m >> (n - 23) : m << (23 - n);
    return (i < 0 ? F32_SIGN : 0) | (n + 127) << 23 | (m & 0x7fffff);
}

static int32_t to_int(uint32_t a, int32_t min, int32_t max)
{
    double d = to_double(a);

    return d >= max ? max : d <= min ? min : (int32_t)d;
}

/* ---- one element --------------------------------------------------------- */

typedef uint32_t Op32(uint32_t a, uint32_t b);

static uint32_t op_add(uint32_t a, uint32_t b)
{
    return from_double(to_double(a) + to_double(b));
}

static uint32_t op_sub(uint32_t a, uint32_t b)
{
    return from_double(to_double(a) - to_double(b));
}

static uint32_t op_subr(uint32_t a, uint32_t b)
{
    return op_sub(b, a);
}

static uint32_t op_mul(uint32_t a, uint32_t b)
{
    return from_double(to_double(a) * to_double(b));
}

static uint32_t op_max(uint32_t a, uint32_t b)
{
    uint32_t r = to_double(a) > to_double(b) ? a : b;

    return to_double(r) == 0 ? 0 : r;
}

static uint32_t op_min(uint32_t a, uint32_t b)
{
    uint32_t r = to_double(a) < to_double(b) ? a : b;

    return to_double(r) == 0 ? 0 : r;
}

static uint32_t op_eq(uint32_t a, uint32_t b)
{
    return to_double(a) == to_double(b) ? UINT32_MAX : 0;
}

static uint32_t op_ge(uint32_t a, uint32_t b)
{
    return to_double(a) >= to_double(b) ? UINT32_MAX : 0;
}

static uint32_t op_gt(uint32_t a, uint32_t b)
{
    return to_double(a) > to_double(b) ? UINT32_MAX : 0;
}

static uint32_t op_pi2fd(uint32_t a, uint32_t b)
{
    return from_int(b);
}

static uint32_t op_pi2fw(uint32_t a, uint32_t b)
{
    return from_int((int16_t)b);
}

static uint32_t op_pf2id(uint32_t a, uint32_t b)
{
    return to_int(b, INT32_MIN, INT32_MAX);
}

static uint32_t op_pf2iw(uint32_t a, uint32_t b)
{
    return to_int(b, INT16_MIN, INT16_MAX);
}

/* The approximations are as good as can be, so their refinements, PFRCPIT1,
 * PFRSQIT1 and PFRCPIT2, have nothing to add. */
static uint32_t op_refine(uint32_t a, uint32_t b)
{
    return b;
}

/* ---- two elements -------------------------------------------------------- */

static uint64_t pair(uint32_t lo, uint32_t hi)
{
    return lo | (uint64_t)hi << 32;
}

static uint64_t reciprocal(uint32_t b, bool root)
{
    double d = to_double(b);
    uint32_t r = root ? from_double(1 / sqrt(fabs(d))) : from_double(1 / d);

    r = root ? (r & ~F32_SIGN) | (b & F32_SIGN) : r;
    return pair(r, r);
}

static uint64_t average_bytes(uint64_t a, uint64_t b)
{
    uint64_t r = 0;

    for (int i = 0; i < 64; i += 8) {
        r |= (uint64_t)(((uint8_t)(a >> i) + (uint8_t)(b >> i) + 1) >> 1) << i;
    }
    return r;
}

static uint64_t multiply_round(uint64_t a, uint64_t b)
{
    uint64_t r = 0;

    for (int i = 0; i < 64; i += 16) {
        int32_t p = (int16_t)(a >> i) * (int16_t)(b >> i) + 0x8000;
        r |= (uint64_t)(uint16_t)(p >> 16) << i;
    }
    return r;
}

static Op32 *const element_ops[256] = {
    [0x0c] = op_pi2fw, [0x0d] = op_pi2fd, [0x1c] = op_pf2iw, [0x1d] = op_pf2id,
    [0x90] = op_ge, [0x94] = op_min, [0x9a] = op_sub, [0x9e] = op_add,
    [0xa0] = op_gt, [0xa4] = op_max, [0xa6] = op_refine, [0xa7] = op_refine,
    [0xaa] = op_subr, [0xb0] = op_eq, [0xb4] = op_mul, [0xb6] = op_refine,
};

static QEMU_NOINLINE uint64_t compute(uint64_t a, uint64_t b, uint8_t suffix)
{
    Op32 *f = element_ops[suffix];

    if (f) {
        return pair(f(a, b), f(a >> 32, b >> 32));
    }
    switch (suffix) {
    case 0x8a:                      /* PFNACC */
        return pair(op_sub(a, a >> 32), op_sub(b, b >> 32));
    case 0x8e:                      /* PFPNACC */
        return pair(op_sub(a, a >> 32), op_add(b, b >> 32));
    case 0xae:                      /* PFACC */
        return pair(op_add(a, a >> 32), op_add(b, b >> 32));
    case 0x96:                      /* PFRCP */
    case 0x97:                      /* PFRSQRT */
        return reciprocal(b, suffix == 0x97);
    case 0xb7:                      /* PMULHRW */
        return multiply_round(a, b);
    case 0xbb:                      /* PSWAPD */
        return b >> 32 | b << 32;
    default:                        /* BF: PAVGUSB */
        return average_bytes(a, b);
    }
}

bool x86_now3d_valid(uint8_t suffix, bool ext)
{
    switch (suffix) {
    case 0x0c: case 0x1c: case 0x8a: case 0x8e: case 0xbb:
        return ext;
    case 0x96: case 0x97: case 0xae: case 0xb7: case 0xbf:
        return true;
    default:
        return element_ops[suffix] != NULL;
    }
}

/* MXCSR, which may be the host's, plays no part and is left alone. */
static uint64_t helper_now3d(TCGEnv *h, uint64_t a, uint64_t b,
                             uint64_t suffix)
{
    CPUX86State *env = container_of(h, CPUX86State, h);
    uint64_t r;

    if (tcg_backend->has_x87) {
        uint32_t mxcsr = x86_get_mxcsr(env);
        x86_set_mxcsr(env, X86_MXCSR_INIT);
        r = compute(a, b, suffix);
        x86_set_mxcsr(env, mxcsr);
    } else {
        fenv_t host;
        fegetenv(&host);
        fesetenv(FE_DFL_ENV);
        r = compute(a, b, suffix);
        fesetenv(&host);
    }
    return r;
}

const TCGHelper helper_now3d_info = {
    helper_now3d, "now3d", 3, true, HE_NOGLOBALS | HE_NOFAULT
};
