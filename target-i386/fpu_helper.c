/* SPDX-License-Identifier: MIT */
/*
 * Software x87: the register stack, loads, stores, moves and control.
 * Flow: gen-x87.c -> (these) -> fpu/.  SDM vol. 1 ch. 8, vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/fpu-int.h"

const TCGHelper x87_helpers[X87_NB_HELPERS] = {
#define H(fn, eff) [X87_H_##fn] = {                                          \
        .func = (const void *)helper_x87_##fn, .name = "x87_" #fn,           \
        .nb_args = 2, .effects = eff,                                        \
    },
    X87_HELPERS(H)
#undef H
};

#define HELPER(name) \
    void helper_x87_##name(CPUX86State *env, uint64_t a, uint64_t param)

/* ---- exceptions and the stack -------------------------------------------- */

void x87_update_es(CPUX86State *env)
{
    if (env->fpus & ~env->fpuc & FP_ALL) {
        env->fpus |= FS_ES | FS_B;
    } else {
        env->fpus &= ~(FS_ES | FS_B);
    }
}

void x87_signal(CPUX86State *env, unsigned flags)
{
    env->fpus |= flags;
    x87_update_es(env);
}

void x87_wait(CPUX86State *env)
{
    if (unlikely(env->fpus & FS_ES)) {
        x86_raise(env, EXCP10_COPR, 0);
    }
}

bool x87_have(CPUX86State *env, unsigned i, bool *masked)
{
    if (likely(!x87_empty(env, i))) {
        return true;
    }
    env->fpus &= ~FS_C1;
    x87_signal(env, FP_IE | FS_SF);
    *masked = env->fpuc & FP_IE;
    return false;
}

bool x87_room(CPUX86State *env)
{
    if (likely(x87_empty(env, 7))) {
        env->fpus &= ~FS_C1;
        return true;
    }
    env->fpus |= FS_C1;
    x87_signal(env, FP_IE | FS_SF);
    if (env->fpuc & FP_IE) {
        x87_set_top(env, x87_top(env) - 1);
        x87_set_st(env, 0, F80_DEFAULT_NAN);
    }
    return false;
}

void x87_push(CPUX86State *env, float80 v)
{
    if (x87_room(env)) {
        x87_set_top(env, x87_top(env) - 1);
        x87_set_st(env, 0, v);
    }
}

bool x87_accept(CPUX86State *env, const FPStatus *st)
{
    env->fpus &= ~FS_C1;
    if (st->c1 && (st->flags & FP_PE)) {
        env->fpus |= FS_C1;
    }
    if (st->flags) {
        x87_signal(env, st->flags);
    }
    return !(fp_unmasked(st) & (FP_IE | FP_DE | FP_ZE));
}

/* ---- loads --------------------------------------------------------------- */

/* An unmasked FP_DE does not keep the value from being loaded. */
static void load(CPUX86State *env, float80 v, const FPStatus *st)
{
    if (x87_room(env) && (x87_accept(env, st) || !(st->flags & FP_IE))) {
        x87_set_top(env, x87_top(env) - 1);
        x87_set_st(env, 0, v);
    }
}

HELPER(ld_m32)
{
    FPStatus st = x87_status(env);

    x87_wait(env);
    load(env, f80_from_f32(x87_ld32(a), &st), &st);
}

HELPER(ld_m64)
{
    FPStatus st = x87_status(env);

    x87_wait(env);
    load(env, f80_from_f64(x87_ld64(a), &st), &st);
}

HELPER(ld_m80)
{
    float80 v;

    x87_wait(env);
    v.mant = x87_ld64(a);
    v.se = x87_ld16(a + 8);
    x87_push(env, v);
}

HELPER(ld_st)
{
    bool masked;

    x87_wait(env);
    if (x87_have(env, a, &masked)) {
        x87_push(env, x87_st(env, a));
    } else if (masked) {
        x87_set_top(env, x87_top(env) - 1);
        x87_set_st(env, 0, F80_DEFAULT_NAN);
    }
}

HELPER(ild_m16)
{
    x87_wait(env);
    x87_push(env, f80_from_i64((int16_t)x87_ld16(a)));
}

HELPER(ild_m32)
{
    x87_wait(env);
    x87_push(env, f80_from_i64((int32_t)x87_ld32(a)));
}

HELPER(ild_m64)
{
    x87_wait(env);
    x87_push(env, f80_from_i64(x87_ld64(a)));
}

HELPER(bld)
{
    uint8_t bcd[10];

    x87_wait(env);
    memcpy(bcd, x87_mem(a), 10);
    x87_push(env, f80_from_bcd(bcd));
}

HELPER(ld_const)
{
    /* Truncated significand, and whether nearest and up round it up. */
    static const struct { uint64_t mant; uint16_t se; bool near, inexact; }
    consts[7] = {
        { 0x8000000000000000, 0x3fff, false, false },   /* 1 */
        { 0xd49a784bcd1b8afe, 0x4000, false, true },    /* log2(10) */
        { 0xb8aa3b295c17f0bb, 0x3fff, true, true },     /* log2(e) */
        { 0xc90fdaa22168c234, 0x4000, true, true },     /* pi */
        { 0x9a209a84fbcff798, 0x3ffd, true, true },     /* log10(2) */
        { 0xb17217f7d1cf79ab, 0x3ffe, true, true },     /* ln(2) */
        { 0, 0, false, false },
    };
    unsigned rc = env->fpuc >> 10 & 3;
    float80 v = { consts[param].mant, consts[param].se };

    x87_wait(env);
    v.mant += rc == FP_RN ? consts[param].near :
              rc == FP_RU ? consts[param].inexact : 0;
    x87_push(env, v);
}

/* ---- stores -------------------------------------------------------------- */

/* Writes the operand's little-endian image to out. */
typedef void Convert(float80 v, uint64_t param, uint8_t *out, FPStatus *st);

/* The operand is accessed even if an exception keeps it from being written;
 * across a page, nothing is written if either half faults. */
static void probe_store(uint64_t addr, unsigned size, bool written)
{
    uint64_t last = addr + size - 1;

    if (!written || ((addr ^ last) >> 12)) {
        x87_probe_write(addr);
        x87_probe_write((addr ^ last) >> 12 ? last & ~0xfffull : last);
    }
}

static void store(CPUX86State *env, uint64_t addr, uint64_t param,
                  unsigned size, Convert *convert)
{
    FPStatus st = x87_status(env);
    bool empty = x87_empty(env, 0), masked, write;
    uint8_t out[10];

    x87_wait(env);
    convert(empty ? F80_DEFAULT_NAN : x87_st(env, 0), param, out, &st);
    write = empty ? env->fpuc & FP_IE : !(fp_unmasked(&st) & ~FP_PE);
    probe_store(addr, size, write);
    if (write) {
        memcpy(x87_mem(addr), out, size);
    }
    if (empty) {
        x87_have(env, 0, &masked);
    } else {
        x87_accept(env, &st);
    }
    if (write && (param & X87_POP)) {
        x87_pop(env);
    }
}

static void put(uint8_t *out, uint64_t v)
{
    v = GUINT64_TO_LE(v);
    memcpy(out, &v, 8);
}

static unsigned store_rounding(uint64_t param, const FPStatus *st)
{
    return param & X87_TRUNC ? FP_RZ : st->rounding;
}

static void to_f32(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, f32_from_f80(v, st));
}

static void to_f64(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, f64_from_f80(v, st));
}

static void to_f80(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, v.mant);
    out[8] = v.se;
    out[9] = v.se >> 8;
}

static void to_i16(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, f80_to_i16(v, store_rounding(param, st), st));
}

static void to_i32(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, f80_to_i32(v, store_rounding(param, st), st));
}

static void to_i64(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    put(out, f80_to_i64(v, store_rounding(param, st), st));
}

static void to_bcd(float80 v, uint64_t param, uint8_t *out, FPStatus *st)
{
    f80_to_bcd(v, out, st);
}

HELPER(st_m32)  { store(env, a, param, 4, to_f32); }
HELPER(st_m64)  { store(env, a, param, 8, to_f64); }
HELPER(st_m80)  { store(env, a, X87_POP, 10, to_f80); }
HELPER(ist_m16) { store(env, a, param, 2, to_i16); }
HELPER(ist_m32) { store(env, a, param, 4, to_i32); }
HELPER(ist_m64) { store(env, a, param, 8, to_i64); }
HELPER(bstp)    { store(env, a, X87_POP, 10, to_bcd); }

/* ---- register moves ------------------------------------------------------ */

HELPER(st_st)
{
    bool masked = true;

    x87_wait(env);
    env->fpus &= ~FS_C1;
    if ((param & X87_NCE) && x87_empty(env, 0)) {
        /* Nothing moves, nothing is signalled. */
    } else if (x87_have(env, 0, &masked)) {
        x87_set_st(env, a, x87_st(env, 0));
    } else if (masked) {
        x87_set_st(env, a, F80_DEFAULT_NAN);
    } else {
        return;
    }
    if (param & X87_POP) {
        x87_pop(env);
    }
}

/* ST0 and ST(i) both there?  Fills the empty ones if that is masked; false if
 * the instruction is to do nothing more. */
static bool have_both(CPUX86State *env, unsigned i)
{
    bool masked = true;

    for (unsigned n = 0; n < 2; n++, i = 0) {
        if (x87_empty(env, i)) {
            x87_have(env, i, &masked);
            if (!masked) {
                return false;
            }
            x87_set_st(env, i, F80_DEFAULT_NAN);
        }
    }
    return true;
}

HELPER(xch)
{
    x87_wait(env);
    env->fpus &= ~FS_C1;
    if (have_both(env, a)) {
        float80 v = x87_st(env, 0);
        x87_set_st(env, 0, x87_st(env, a));
        x87_set_st(env, a, v);
    }
}

HELPER(cmov)
{
    unsigned fl = tcg_flags_compact(env->h.flags), use = 0;
    bool masked, cond;

    x87_wait(env);
    switch (param & ~1) {
    case CC_C:
        use = FL_C;
        break;
    case CC_Z:
        use = FL_Z;
        break;
    case CC_BE:
        use = FL_C | FL_Z;
        break;
    default:
        use = FL_P;
        break;
    }
    cond = ((fl & use) != 0) ^ (param & 1);
    if (!x87_have(env, 0, &masked) || !x87_have(env, a, &masked)) {
        if (masked) {
            x87_set_st(env, 0, F80_DEFAULT_NAN);
        }
    } else if (cond) {
        x87_set_st(env, 0, x87_st(env, a));
    }
}

HELPER(chs)
{
    bool masked = true;

    x87_wait(env);
    env->fpus &= ~FS_C1;
    if (x87_have(env, 0, &masked)) {
        x87_set_st(env, 0, f80_neg(x87_st(env, 0)));
    } else if (masked) {
        x87_set_st(env, 0, F80_DEFAULT_NAN);
    }
}

HELPER(abs)
{
    bool masked = true;

    x87_wait(env);
    env->fpus &= ~FS_C1;
    if (x87_have(env, 0, &masked)) {
        x87_set_st(env, 0, f80_abs(x87_st(env, 0)));
    } else if (masked) {
        x87_set_st(env, 0, F80_DEFAULT_NAN);
    }
}

/* ---- stack and control --------------------------------------------------- */

HELPER(incstp)
{
    x87_wait(env);
    env->fpus &= ~FS_C1;
    x87_set_top(env, x87_top(env) + param);
}

HELPER(free)
{
    x87_wait(env);
    env->fpus &= ~FS_C1;
    env->fptags &= ~(1 << x87_phys(env, a));
    if (param & X87_POP) {
        x87_pop(env);
    }
}

HELPER(nop)
{
    x87_wait(env);
}

HELPER(clex)
{
    env->fpus &= ~(FP_ALL | FS_SF | FS_ES | FS_B);
}

HELPER(init)
{
    env->fpuc = FC_INIT;
    env->fpus = 0;
    env->fptags = 0;
    env->fpop = 0;
    env->fpip = env->fpdp = 0;
}

HELPER(ldcw)
{
    x87_wait(env);
    env->fpuc = (x87_ld16(a) & FC_BITS) | FC_ONE;
    x87_update_es(env);
}

HELPER(stcw)
{
    x87_st16(a, env->fpuc);
}

HELPER(stsw)
{
    x87_st16(a, env->fpus);
}
