/* SPDX-License-Identifier: MIT */
/*
 * The 80-bit operations of fpu/ against the host's x87: results, exception
 * flags and C1 in every rounding mode and precision, exceptions masked and
 * unmasked, on all pairs of corner values and on random ones.
 */
#include "util/osdep.h"
#include <criterion/criterion.h>

#ifdef HOST_X86_64
#include "tests/unit/fpu-x87.h"

typedef struct Out {
    float80 r, r2;
    uint64_t mem[2];
    int cc;         /* C0..C3 as in the status word, or -1 */
    bool store;     /* the result is in mem */
} Out;

typedef struct Op {
    const char *name;
    void (*native)(NativeX87 *n);
    void (*soft)(float80 a, float80 b, FPStatus *st, Out *o);
} Op;

#define BINARY(name, expr)                                                   \
X87_NATIVE(n_##name, #name " %%st(1), %%st")                                 \
static void s_##name(float80 a, float80 b, FPStatus *st, Out *o)             \
{                                                                            \
    o->r = expr;                                                             \
}
#define OTHER(name, code, stmt)                                              \
X87_NATIVE(n_##name, code)                                                   \
static void s_##name(float80 a, float80 b, FPStatus *st, Out *o)             \
{                                                                            \
    stmt;                                                                    \
}

#define STORE(name, code, stmt) OTHER(name, code, o->store = true; stmt)

static int cc_of(int rel)
{
    return rel == FP_UNORDERED ? 0x4500 : rel == FP_LESS ? 0x100 :
           rel == FP_EQUAL ? 0x4000 : 0;
}

static int quot_cc(int q)
{
    return q < 0 ? 0x400 : (q & 4) << 6 | (q & 2) << 13 | (q & 1) << 9;
}

BINARY(fadd, f80_add(a, b, st))
BINARY(fsub, f80_sub(a, b, st))
BINARY(fmul, f80_mul(a, b, st))
BINARY(fdiv, f80_div(a, b, st))
OTHER(fsqrt, "fsqrt", o->r = f80_sqrt(a, st))
OTHER(frndint, "frndint", o->r = f80_round(a, st))
OTHER(fscale, "fscale", o->r = f80_scale(a, b, st))
OTHER(fprem, "fprem", int q; o->r = f80_rem(a, b, false, &q, st);
      o->cc = quot_cc(q))
OTHER(fprem1, "fprem1", int q; o->r = f80_rem(a, b, true, &q, st);
      o->cc = quot_cc(q))
OTHER(fcom, "fcom", o->cc = cc_of(f80_compare(a, b, st)))
OTHER(fucom, "fucom", o->cc = cc_of(f80_compare_quiet(a, b, st)))
STORE(fist16, "fistps (%2)",
      o->mem[0] = (uint16_t)f80_to_i16(a, st->rounding, st))
STORE(fist32, "fistpl (%2)",
      o->mem[0] = (uint32_t)f80_to_i32(a, st->rounding, st))
STORE(fist64, "fistpll (%2)",
      o->mem[0] = f80_to_i64(a, st->rounding, st))
STORE(fisttp64, "fisttpll (%2)",
      o->mem[0] = f80_to_i64(a, FP_RZ, st))
STORE(fbstp, "fbstp (%2)", f80_to_bcd(a, (uint8_t *)o->mem, st))
STORE(fst32, "fsts (%2)", o->mem[0] = f32_from_f80(a, st))
STORE(fst64, "fstl (%2)", o->mem[0] = f64_from_f80(a, st))

#define O(n) { #n, n_##n, s_##n }
static const Op ops[] = {
    O(fadd), O(fsub), O(fmul), O(fdiv), O(fsqrt), O(frndint), O(fscale),
    O(fprem), O(fprem1), O(fcom), O(fucom), O(fist16), O(fist32), O(fist64),
    O(fisttp64), O(fbstp), O(fst32), O(fst64),
};

#define X(v) (v).se, (v).mant

static void check(const Op *op, float80 a, float80 b, uint16_t cw)
{
    NativeX87 n = { .cw = cw };
    FPStatus st = fp_status_x87(cw);
    Out o = { .r = a, .r2 = b, .cc = -1 };
    float80 want;
    unsigned cc;
    bool ok;

    x87_put(n.st[0], a);
    x87_put(n.st[1], b);
    op->native(&n);
    want = x87_get(n.st[0]);
    op->soft(a, b, &st, &o);
    cc = (o.cc < 0 ? 0 : o.cc) | (st.c1 && (st.flags & FP_PE) ? 0x200 : 0);
    ok = (n.sw & 63) == st.flags;
    /* An unmasked exception that stores nothing is the caller's matter. */
    if (!(fp_unmasked(&st) & (FP_IE | FP_ZE | FP_DE))) {
        if (!o.store) {
            ok &= o.r.mant == want.mant && o.r.se == want.se;
        } else if (!(fp_unmasked(&st) & (FP_OE | FP_UE))) {
            ok &= memcmp(n.mem, o.mem, 10) == 0;
        }
        ok &= (n.sw & (o.cc < 0 ? 0x200 : 0x4700)) == cc;
    }
    if (!ok) {
        cr_assert_fail("%s(%04x:%016" PRIx64 ", %04x:%016" PRIx64 ") cw %x: "
                       "got %04x:%016" PRIx64 " mem %" PRIx64 " flags %x cc %x,"
                       " want %04x:%016" PRIx64 " mem %" PRIx64 " sw %x",
                       op->name, X(a), X(b), cw, X(o.r), o.mem[0], st.flags,
                       cc, X(want), *(uint64_t *)n.mem, n.sw);
    }
}

static uint16_t cw_of(unsigned mode, unsigned masks)
{
    static const uint8_t pc[3] = { 3, 2, 0 };

    return (mode & 3) << 10 | pc[mode / 4 % 3] << 8 | 0x40 | masks;
}

static void check_op(const Op *op)
{
    unsigned n = ARRAY_SIZE(x87_corners);

    for (unsigned i = 0; i < n * n * 4; i++) {
        float80 a = x87_corners[i / 4 / n], b = x87_corners[i / 4 % n];
        a.se ^= (i & 1) << 15;
        b.se ^= (i & 2) << 14;
        for (unsigned mode = 0; mode < 12; mode++) {
            check(op, a, b, cw_of(mode, 63));
        }
        check(op, a, b, cw_of(i, 0));
    }
    for (unsigned i = 0; i < 50000; i++) {
        check(op, x87_operand(), x87_operand(),
              cw_of(x87_rnd() % 12, x87_rnd() % 3 ? 63 : x87_rnd() % 64));
    }
}

#define T(n, k) Test(fpu_f80, n) { check_op(&ops[k]); }
T(fadd, 0)
T(fsub, 1)
T(fmul, 2)
T(fdiv, 3)
T(fsqrt, 4)
T(frndint, 5)
T(fscale, 6)
T(fprem, 7)
T(fprem1, 8)
T(fcom, 9)
T(fucom, 10)
T(fist16, 11)
T(fist32, 12)
T(fist64, 13)
T(fisttp64, 14)
T(fbstp, 15)
T(fst32, 16)
T(fst64, 17)

#endif
