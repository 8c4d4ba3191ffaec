/* SPDX-License-Identifier: MIT */
/*
 * Software x87: arithmetic, comparisons and functions.
 * Flow: gen-x87.c -> (these) -> fpu/.  SDM vol. 1, 8.3; vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/fpu-int.h"

#define HELPER(name) \
    void helper_x87_##name(CPUX86State *env, uint64_t a, uint64_t param)

/* ---- comparisons --------------------------------------------------------- */

static unsigned cc_of(int rel)
{
    static const uint16_t cc[] = {
        [FP_LESS + 1] = FS_C0, [FP_EQUAL + 1] = FS_C3, [FP_GREATER + 1] = 0,
        [FP_UNORDERED + 1] = FS_C0 | FS_C2 | FS_C3,
    };
    return cc[rel + 1];
}

static void set_cc(CPUX86State *env, unsigned cc)
{
    env->fpus = (env->fpus & ~(FS_C0 | FS_C2 | FS_C3)) | cc;
}

static void pops(CPUX86State *env, unsigned n)
{
    for (; n; n--) {
        x87_pop(env);
    }
}

/* masked: false after an unmasked stack fault.  The condition codes are set
 * even if an unmasked exception keeps the operands on the stack. */
static void com_done(CPUX86State *env, int rel, const FPStatus *st,
                     bool masked, unsigned npop)
{
    masked &= x87_accept(env, st);
    set_cc(env, cc_of(rel));
    if (masked) {
        pops(env, npop);
    }
}

/* ST0 and ST(i) compared; a stack fault leaves them unordered. */
static bool relate(CPUX86State *env, unsigned i, bool quiet, int *rel,
                   FPStatus *st)
{
    bool masked = true;

    *rel = FP_UNORDERED;
    if (x87_have(env, 0, &masked) && x87_have(env, i, &masked)) {
        float80 v = x87_st(env, 0), w = x87_st(env, i);
        *rel = quiet ? f80_compare_quiet(v, w, st) : f80_compare(v, w, st);
    }
    return masked;
}

static void com_st(CPUX86State *env, unsigned i, bool quiet, unsigned npop)
{
    FPStatus st = x87_status(env);
    int rel;
    bool masked = relate(env, i, quiet, &rel, &st);

    com_done(env, rel, &st, masked, npop);
}

HELPER(com)
{
    x87_wait(env);
    com_st(env, a, param & X87_QUIET, param & X87_POP);
}

HELPER(com2)
{
    x87_wait(env);
    com_st(env, 1, param & X87_QUIET, 2);
}

HELPER(tst)
{
    FPStatus st = x87_status(env);
    bool masked = true;
    int rel = FP_UNORDERED;

    x87_wait(env);
    if (x87_have(env, 0, &masked)) {
        rel = f80_compare(x87_st(env, 0), (float80) { 0, 0 }, &st);
    }
    com_done(env, rel, &st, masked, 0);
}

HELPER(comi)
{
    static const uint16_t fl[] = {
        [FP_LESS + 1] = FLHOME_C, [FP_EQUAL + 1] = FLHOME_Z,
        [FP_GREATER + 1] = 0,
        [FP_UNORDERED + 1] = FLHOME_Z | FLHOME_P | FLHOME_C,
    };
    FPStatus st = x87_status(env);
    unsigned c1;
    int rel;
    bool ok;

    x87_wait(env);
    /* C1 is left alone but for a stack fault. */
    c1 = x87_empty(env, 0) || x87_empty(env, a) ? 0 : env->fpus & FS_C1;
    ok = relate(env, a, param & X87_QUIET, &rel, &st);
    ok &= x87_accept(env, &st);
    env->fpus |= c1;
    env->h.flags = fl[rel + 1];
    if (ok) {
        pops(env, param & X87_POP);
    }
}

HELPER(xam)
{
    static const uint16_t cc[] = {
        [F80_UNSUPPORTED] = 0, [F80_NAN] = FS_C0, [F80_NORMAL] = FS_C2,
        [F80_INF] = FS_C2 | FS_C0, [F80_ZERO] = FS_C3,
        [F80_DENORMAL] = FS_C3 | FS_C2, [F80_PSEUDO_DENORMAL] = FS_C3 | FS_C2,
    };
    float80 v = x87_st(env, 0);

    x87_wait(env);
    set_cc(env, x87_empty(env, 0) ? FS_C3 | FS_C0 : cc[f80_class(v)]);
    env->fpus = (env->fpus & ~FS_C1) | (v.se >> 15 ? FS_C1 : 0);
}

/* ---- arithmetic ---------------------------------------------------------- */

static float80 arith(unsigned op, float80 x, float80 y, FPStatus *st)
{
    switch (op) {
    case X87_ADD:
        return f80_add(x, y, st);
    case X87_MUL:
        return f80_mul(x, y, st);
    case X87_SUB:
        return f80_sub(x, y, st);
    case X87_SUBR:
        return f80_sub(y, x, st);
    case X87_DIV:
        return f80_div(x, y, st);
    default:
        return f80_div(y, x, st);
    }
}

/* A denormal memory operand is a normal number in 80 bits: its exception is
 * added here, under the same priorities. */
static void add_denormal(FPStatus *st, bool nan)
{
    if (!nan && !(st->flags & (FP_IE | FP_ZE))) {
        st->flags = st->masks & FP_DE ? st->flags | FP_DE : FP_DE;
    }
}

static void com_mem(CPUX86State *env, float80 y, bool denormal, bool pop)
{
    FPStatus st = x87_status(env);
    bool masked = true;
    int rel = FP_UNORDERED;

    if (x87_have(env, 0, &masked)) {
        rel = f80_compare(x87_st(env, 0), y, &st);
        if (denormal) {
            add_denormal(&st, rel == FP_UNORDERED);
        }
    }
    com_done(env, rel, &st, masked, pop);
}

/* ST0 = ST0 op y, or the comparison. */
static void arith_mem(CPUX86State *env, unsigned op, float80 y, bool denormal)
{
    FPStatus st = x87_status(env);
    bool masked;
    float80 r;

    if (op == X87_COM || op == X87_COMP) {
        com_mem(env, y, denormal, op == X87_COMP);
        return;
    }
    if (!x87_have(env, 0, &masked)) {
        if (masked) {
            x87_set_st(env, 0, F80_DEFAULT_NAN);
        }
        return;
    }
    r = arith(op, x87_st(env, 0), y, &st);
    if (denormal) {
        add_denormal(&st, f80_is_nan(r));
    }
    if (x87_accept(env, &st)) {
        x87_set_st(env, 0, r);
    }
}

/* The value as it is: signalling NaNs stay so. */
static float80 widen32(float32 v, bool *denormal)
{
    FPStatus st = { 0 };
    float80 r = f80_from_f32(v, &st);

    if (f32_is_snan(v)) {
        r.mant &= ~(1ull << 62);
    }
    *denormal = st.flags & FP_DE;
    return r;
}

static float80 widen64(float64 v, bool *denormal)
{
    FPStatus st = { 0 };
    float80 r = f80_from_f64(v, &st);

    if (f64_is_snan(v)) {
        r.mant &= ~(1ull << 62);
    }
    *denormal = st.flags & FP_DE;
    return r;
}

HELPER(arith_m32)
{
    bool denormal;
    float80 v;

    x87_wait(env);
    v = widen32(x87_ld32(a), &denormal);
    arith_mem(env, param, v, denormal);
}

HELPER(arith_m64)
{
    bool denormal;
    float80 v;

    x87_wait(env);
    v = widen64(x87_ld64(a), &denormal);
    arith_mem(env, param, v, denormal);
}

HELPER(arith_i16)
{
    x87_wait(env);
    arith_mem(env, param, f80_from_i64((int16_t)x87_ld16(a)), false);
}

HELPER(arith_i32)
{
    x87_wait(env);
    arith_mem(env, param, f80_from_i64((int32_t)x87_ld32(a)), false);
}

/* ST(d) = ST(d) op ST(s) */
static bool arith_reg(CPUX86State *env, unsigned op, unsigned d, unsigned s)
{
    FPStatus st = x87_status(env);
    bool masked;
    float80 r;

    if (!x87_have(env, d, &masked) || !x87_have(env, s, &masked)) {
        if (masked) {
            x87_set_st(env, d, F80_DEFAULT_NAN);
        }
        return masked;
    }
    r = arith(op, x87_st(env, d), x87_st(env, s), &st);
    if (!x87_accept(env, &st)) {
        return false;
    }
    x87_set_st(env, d, r);
    return true;
}

HELPER(arith_st0)
{
    x87_wait(env);
    arith_reg(env, param, 0, a);
}

HELPER(arith_sti)
{
    x87_wait(env);
    arith_reg(env, param, a, 0);
}

HELPER(arith_pop)
{
    x87_wait(env);
    if (arith_reg(env, param, a, 0)) {
        x87_pop(env);
    }
}

/* ---- functions of ST0 ---------------------------------------------------- */

typedef float80 Unary(float80 v, FPStatus *st);
typedef float80 Binary(float80 v, float80 w, FPStatus *st);

static void unary(CPUX86State *env, Unary *f)
{
    FPStatus st = x87_status(env);
    bool masked;
    float80 r = F80_DEFAULT_NAN;

    x87_wait(env);
    if (x87_have(env, 0, &masked)) {
        r = f(x87_st(env, 0), &st);
        if (!x87_accept(env, &st)) {
            return;
        }
    } else if (!masked) {
        return;
    }
    x87_set_st(env, 0, r);
}

/* ST(d) = f(ST1, ST0) or f(ST0, ST1), then pops. */
static void binary(CPUX86State *env, Binary *f, bool from_st1, unsigned npop)
{
    FPStatus st = x87_status(env);
    unsigned d = npop, x = from_st1;
    float80 r = F80_DEFAULT_NAN;
    bool masked;

    x87_wait(env);
    if (x87_have(env, 0, &masked) && x87_have(env, 1, &masked)) {
        r = f(x87_st(env, x), x87_st(env, !x), &st);
        if (!x87_accept(env, &st)) {
            return;
        }
    } else if (!masked) {
        return;
    }
    x87_set_st(env, d, r);
    pops(env, npop);
}

HELPER(xm1)     { unary(env, f80_2xm1); }
HELPER(sqrt)    { unary(env, f80_sqrt); }
HELPER(rndint)  { unary(env, f80_round); }
HELPER(scale)   { binary(env, f80_scale, false, 0); }
HELPER(yl2x)    { binary(env, f80_yl2x, true, 1); }
HELPER(yl2xp1)  { binary(env, f80_yl2xp1, true, 1); }
HELPER(patan)   { binary(env, f80_patan, true, 1); }

HELPER(prem)
{
    FPStatus st = x87_status(env);
    bool masked;
    float80 r;
    int q;

    x87_wait(env);
    env->fpus &= ~FS_C2;
    if (!x87_have(env, 0, &masked) || !x87_have(env, 1, &masked)) {
        if (masked) {
            x87_set_st(env, 0, F80_DEFAULT_NAN);
        }
        return;
    }
    r = f80_rem(x87_st(env, 0), x87_st(env, 1), param, &q, &st);
    if (!x87_accept(env, &st)) {
        return;
    }
    x87_set_st(env, 0, r);
    if (f80_is_nan(r)) {
        return;         /* the other condition codes stay */
    }
    set_cc(env, q < 0 ? FS_C2 : (q & 4 ? FS_C0 : 0) | (q & 2 ? FS_C3 : 0));
    env->fpus = (env->fpus & ~FS_C1) | (q > 0 && (q & 1) ? FS_C1 : 0);
}

/* ST0 becomes r and w is pushed; the slot was found free. */
static void replace_push(CPUX86State *env, float80 r, float80 w)
{
    x87_set_st(env, 0, r);
    x87_set_top(env, x87_top(env) - 1);
    x87_set_st(env, 0, w);
}

/* Common checks of the ones that push a second result.  False: done. */
static bool can_replace_push(CPUX86State *env)
{
    bool masked;

    if (x87_have(env, 0, &masked)) {
        if (x87_empty(env, 7)) {
            return true;
        }
        env->fpus |= FS_C1;
        x87_signal(env, FP_IE | FS_SF);
        masked = env->fpuc & FP_IE;
    }
    if (masked) {
        replace_push(env, F80_DEFAULT_NAN, F80_DEFAULT_NAN);
    }
    return false;
}

HELPER(xtract)
{
    FPStatus st = x87_status(env);
    float80 sig, exp;

    x87_wait(env);
    if (can_replace_push(env)) {
        sig = f80_extract(x87_st(env, 0), &exp, &st);
        if (x87_accept(env, &st)) {
            replace_push(env, exp, sig);
        }
    }
}

/* ---- trigonometry -------------------------------------------------------- */

static void out_of_range(CPUX86State *env)
{
    env->fpus = (env->fpus & ~FS_C1) | FS_C2;
}

static void sin_or_cos(CPUX86State *env, bool want_sin)
{
    FPStatus st = x87_status(env);
    float80 r = F80_DEFAULT_NAN, v = x87_st(env, 0);
    bool masked;

    x87_wait(env);
    env->fpus &= ~FS_C2;
    if (x87_have(env, 0, &masked)) {
        if (!f80_sincos(v, want_sin ? &r : NULL, want_sin ? NULL : &r, &st)) {
            out_of_range(env);
            return;
        }
        if (!x87_accept(env, &st)) {
            return;
        }
    } else if (!masked) {
        return;
    }
    x87_set_st(env, 0, r);
}

HELPER(sin)
{
    sin_or_cos(env, true);
}

HELPER(cos)
{
    sin_or_cos(env, false);
}

HELPER(sincos)
{
    FPStatus st = x87_status(env);
    float80 s, c;

    x87_wait(env);
    env->fpus &= ~FS_C2;
    if (!can_replace_push(env)) {
        return;
    }
    if (!f80_sincos(x87_st(env, 0), &s, &c, &st)) {
        out_of_range(env);
    } else if (x87_accept(env, &st)) {
        replace_push(env, s, c);
    }
}

HELPER(ptan)
{
    FPStatus st = x87_status(env);
    float80 t;

    x87_wait(env);
    env->fpus &= ~FS_C2;
    if (!can_replace_push(env)) {
        return;
    }
    if (!f80_tan(x87_st(env, 0), &t, &st)) {
        out_of_range(env);
    } else if (x87_accept(env, &st)) {
        replace_push(env, t, f80_is_nan(t) ? t : f80_from_i64(1));
    }
}
