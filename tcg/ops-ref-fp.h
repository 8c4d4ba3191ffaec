/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the floating-point IR ops; see ops-ref.h.  All of
 * them run in software (fpu/softfloat.h), obey TCGEnv.fpcr and set its sticky
 * bits.  An exception that fpcr does not mask goes to tcg_ref_fp_trap, which
 * does not come back if the guest is to take it; the result is then lost, as
 * on hardware.
 */
#ifndef TCG_OPS_REF_FP_H
#define TCG_OPS_REF_FP_H

#include "fpu/softfloat.h"
#include "tcg/ops-ref-perm.h"

static inline FPStatus ref_fp_begin(const TCGEnv *env)
{
    return fp_status_mxcsr(env->fpcr);
}

static inline void ref_fp_end(TCGEnv *env, const FPStatus *st)
{
    const unsigned before = FP_IE | FP_DE | FP_ZE;
    FPStatus seen = *st;

    /* One found before the computation keeps the others' from being made. */
    if (unlikely(fp_unmasked(st) & before)) {
        seen.flags &= before;
    }
    env->fpcr = fp_mxcsr(&seen, env->fpcr);
    if (unlikely(fp_unmasked(&seen)) && tcg_ref_fp_trap) {
        tcg_ref_fp_trap(env);
    }
}

/* Elements an op works on. */
static inline unsigned ref_fp_count(const TCGRefOp *op)
{
    return op->attr & OPA_SCALAR ? 1 : ref_vbytes(op) >> op->sz;
}

/* ---- arithmetic ---------------------------------------------------------- */

/* Elementwise; E32 and E64 are expressions over a (in0), b (in1), st. */
#define REF_FP(name, E32, E64)                                          \
    REF(name)                                                           \
    {                                                                   \
        FPStatus st = ref_fp_begin(env);                                \
        TCGVec r = v[0].v;                                              \
        for (unsigned i = 0; i < ref_fp_count(op); i++) {               \
            if (op->sz == MO_32) {                                      \
                float32 a = V32(&v[0].v, i), b = V32(&v[1].v, i);       \
                (void)a;                                                \
                V32S(&r, i, E32);                                       \
            } else {                                                    \
                float64 a = V64(&v[0].v, i), b = V64(&v[1].v, i);       \
                (void)a;                                                \
                V64S(&r, i, E64);                                       \
            }                                                           \
        }                                                               \
        ref_fp_end(env, &st);                                           \
        ref_vout(op, v, &r);                                            \
    }

REF_FP(fadd, f32_add(a, b, &st), f64_add(a, b, &st))
REF_FP(fsub, f32_sub(a, b, &st), f64_sub(a, b, &st))
REF_FP(fmul, f32_mul(a, b, &st), f64_mul(a, b, &st))
REF_FP(fdiv, f32_div(a, b, &st), f64_div(a, b, &st))
REF_FP(fmin, f32_min(a, b, &st), f64_min(a, b, &st))
REF_FP(fmax, f32_max(a, b, &st), f64_max(a, b, &st))
REF_FP(fsqrt, f32_sqrt(b, &st), f64_sqrt(b, &st))
REF_FP(fround, f32_round(b, op->imm, &st), f64_round(b, op->imm, &st))
REF_FP(fcmp, f32_predicate(a, b, op->imm & 31, &st) ? UINT32_MAX : 0,
       f64_predicate(a, b, op->imm & 31, &st) ? UINT64_MAX : 0)
REF_FP(frcp, tcg_ref_rcp(b), b)
REF_FP(frsqrt, tcg_ref_rsqrt(b), b)
REF_FP(faddsub, i & 1 ? f32_add(a, b, &st) : f32_sub(a, b, &st),
       i & 1 ? f64_add(a, b, &st) : f64_sub(a, b, &st))

/* HADDPS and kin, in PHADD's order. */
static inline void ref_fp_horiz(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                                bool sub)
{
    FPStatus st = ref_fp_begin(env);
    unsigned per = 16 >> op->sz;
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        unsigned j = i % per;
        const TCGVec *s = &v[j >= per / 2].v;
        unsigned k = i / per * per + 2 * (j % (per / 2));
        uint64_t a = ref_elget(s, op->sz, k), b = ref_elget(s, op->sz, k + 1);
        if (op->sz == MO_32) {
            V32S(&r, i, sub ? f32_sub(a, b, &st) : f32_add(a, b, &st));
        } else {
            V64S(&r, i, sub ? f64_sub(a, b, &st) : f64_add(a, b, &st));
        }
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(fhadd)
{
    ref_fp_horiz(env, op, v, false);
}

REF(fhsub)
{
    ref_fp_horiz(env, op, v, true);
}

/* Products, sums of pairs, sums of those: what one stage finds unmasked keeps
 * the next from being made, its own flags stay within that stage's rules. */
static inline bool ref_fp_stage(FPStatus *st, unsigned *total)
{
    const unsigned before = FP_IE | FP_DE | FP_ZE;
    bool trap;

    if (unlikely(fp_unmasked(st) & before)) {
        st->flags &= before;
    }
    trap = fp_unmasked(st);
    *total |= st->flags;
    st->flags = 0;
    return !trap;
}

static inline uint64_t ref_fp_mul_sz(unsigned sz, uint64_t a, uint64_t b,
                                     FPStatus *st)
{
    return sz == MO_32 ? f32_mul(a, b, st) : f64_mul(a, b, st);
}

static inline uint64_t ref_fp_add_sz(unsigned sz, uint64_t a, uint64_t b,
                                     FPStatus *st)
{
    return sz == MO_32 ? f32_add(a, b, st) : f64_add(a, b, st);
}

/* t[] = the dot products of n elements, per of them in each lane. */
static inline void ref_fp_dot(const TCGRefOp *op, const TCGVal *v, unsigned n,
                              unsigned per, uint64_t *t, FPStatus *st)
{
    unsigned total = 0, sz = op->sz;

    for (unsigned i = 0; i < n; i++) {
        t[i] = (op->imm >> (4 + i % per)) & 1
               ? ref_fp_mul_sz(sz, ref_elget(&v[0].v, sz, i),
                               ref_elget(&v[1].v, sz, i), st) : 0;
    }
    for (unsigned w = per; w > 1 && ref_fp_stage(st, &total); w /= 2) {
        for (unsigned lane = 0; lane < n; lane += per) {
            for (unsigned i = 0; i < w / 2; i++) {
                t[lane + i] = ref_fp_add_sz(sz, t[lane + 2 * i],
                                            t[lane + 2 * i + 1], st);
            }
        }
    }
    ref_fp_stage(st, &total);
    st->flags = total;
}

REF(fdp)
{
    FPStatus st = ref_fp_begin(env);
    unsigned per = 16 >> op->sz, n = ref_vbytes(op) >> op->sz;
    uint64_t t[8];

    ref_fp_dot(op, v, n, per, t, &st);
    env->fpcr = fp_mxcsr(&st, env->fpcr);
    if (unlikely(fp_unmasked(&st))) {
        if (tcg_ref_fp_trap) {
            tcg_ref_fp_trap(env);
        }
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        ref_elset(&v[0].v, op->sz, i,
                  (op->imm >> i % per) & 1 ? t[i / per * per] : 0);
    }
}

/* UCOMISS, COMISS and the double ones. */
REF(fcom)
{
    FPStatus st = ref_fp_begin(env);
    uint64_t a = ref_elget(&v[0].v, op->sz, 0);
    uint64_t b = ref_elget(&v[1].v, op->sz, 0);
    unsigned fl = 0;
    int r;

    if (op->sz == MO_32) {
        r = op->attr & OPA_SIG ? f32_compare(a, b, &st)
                               : f32_compare_quiet(a, b, &st);
    } else {
        r = op->attr & OPA_SIG ? f64_compare(a, b, &st)
                               : f64_compare_quiet(a, b, &st);
    }
    ref_fp_end(env, &st);
    if (r == FP_UNORDERED) {
        fl = FL_Z | FL_P | FL_C;
    } else if (r == FP_EQUAL) {
        fl = FL_Z;
    } else if (r == FP_LESS) {
        fl = FL_C;
    }
    ref_setfl_nat(env, op, FL_ALL, fl);
}

/* ---- conversions --------------------------------------------------------- */

static inline unsigned ref_fp_rc(const TCGRefOp *op, const FPStatus *st)
{
    return op->attr & OPA_TRUNC ? FP_RZ : st->rounding;
}

REF(cvt_i2f)
{
    FPStatus st = ref_fp_begin(env);
    int64_t x = ref_sext(op->imm, v[1].q);
    uint64_t r = op->sz == MO_32 ? f32_from_i64(x, &st) : f64_from_i64(x, &st);

    ref_fp_end(env, &st);
    ref_elset(&v[0].v, op->sz, 0, r);
}

REF(cvt_f2i)
{
    FPStatus st = ref_fp_begin(env);
    unsigned rc = ref_fp_rc(op, &st);
    uint64_t a = ref_elget(&v[0].v, op->sz, 0), r;

    if (op->imm == MO_32) {
        r = (uint32_t)(op->sz == MO_32 ? f32_to_i32(a, rc, &st)
                                       : f64_to_i32(a, rc, &st));
    } else {
        r = op->sz == MO_32 ? f32_to_i64(a, rc, &st) : f64_to_i64(a, rc, &st);
    }
    ref_fp_end(env, &st);
    v[0].q = r;
}

REF(cvt_f2f)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r = v[0].v;

    if (op->sz == MO_32) {
        V64S(&r, 0, f64_from_f32(V32(&v[1].v, 0), &st));
    } else {
        V32S(&r, 0, f32_from_f64(V64(&v[1].v, 0), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(cvt_dq2ps)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        V32S(&r, i, f32_from_i64((int32_t)V32(&v[0].v, i), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(cvt_ps2dq)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        V32S(&r, i, f32_to_i32(V32(&v[0].v, i), ref_fp_rc(op, &st), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(cvt_dq2pd)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        V64S(&r, i, f64_from_i64((int32_t)V32(&v[0].v, i), &st));
    }
    ref_vout(op, v, &r);
}

REF(cvt_pd2dq)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r = { 0 };

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        V32S(&r, i, f64_to_i32(V64(&v[0].v, i), ref_fp_rc(op, &st), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(cvt_ps2pd)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        V64S(&r, i, f64_from_f32(V32(&v[0].v, i), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(cvt_pd2ps)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r = { 0 };

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        V32S(&r, i, f32_from_f64(V64(&v[0].v, i), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

REF(fpcr_get)
{
    v[0].q = env->fpcr;
}

REF(fpcr_set)
{
    env->fpcr = v[0].q;
}

#endif
