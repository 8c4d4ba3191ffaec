/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of SSE floating point.  While MXCSR is at its default (R_FPX is
 * zero) the host computes; a NaN result, whose payload rules differ, and
 * whatever else the two disagree on goes to the reference out of line.  The
 * sticky exception bits collect in FPSR and are joined with MXCSR's whenever C
 * code runs.  Not seen here: DE, for which the host has no bit.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* reg: up to two inputs, [2] = the result's register. */
static void emit_fp_slow(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, st->reg + 2);
    out_b(j, st->back);
}

typedef struct Slow {
    A64Stub *st[4];
    unsigned n;
} Slow;

static void slow_if(A64Jit *j, Slow *s, const TCGOp *op, uint32_t *loc,
                    unsigned a, unsigned b, unsigned d)
{
    A64Stub *st = stub_new(j, emit_fp_slow, loc);

    st->op = op;
    st->reg[0] = a;
    st->reg[1] = b;
    st->reg[2] = d;
    s->st[s->n++] = st;
}

static void slow_join(A64Jit *j, Slow *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        s->st[i]->back = j->p;
    }
}

/* Branches if v, or any element of it, is a NaN. */
static uint32_t *if_nan(A64Jit *j, unsigned sz, bool scalar, unsigned v)
{
    if (!scalar) {
        /* fmaxp d, v.2d; fmaxv s, v.4s */
        out_vv(j, sz == MO_64 ? 0x7e70f800 : 0x6e30f800, V5, v);
        v = V5;
    }
    o32(j, 0x1e202000 | (sz == MO_64) << 22 | v << 16 | v << 5);    /* fcmp */
    return out_bcond(j, VS, NULL);
}

static void minmax(A64Jit *j, const TCGOp *op, bool scalar, unsigned a,
                   unsigned b)
{
    uint32_t w = (scalar ? 0x7ea0e400 : 0x6ea0e400) | (op->sz == MO_64) << 22;

    /* min: b > a ? a : b */
    if (op->opc == TCG_fmin) {
        out_vvv(j, w, V4, b, a);
    } else {
        out_vvv(j, w, V4, a, b);
    }
    out_vvv(j, 0x6e601c00, V4, a, b);                   /* bsl */
}

static void predicate(A64Jit *j, const TCGOp *op, bool scalar, unsigned a,
                      unsigned b)
{
    uint32_t ty = (op->sz == MO_64) << 22;
    uint32_t eq = (scalar ? 0x5e20e400 : 0x4e20e400) | ty;
    uint32_t ge = (scalar ? 0x7e20e400 : 0x6e20e400) | ty;
    uint32_t gt = (scalar ? 0x7ea0e400 : 0x6ea0e400) | ty;
    bool not = op->imm >= 3 && op->imm != 7;

    switch (op->imm & 3) {
    case 0:
        out_vvv(j, eq, V4, a, b);
        break;
    case 1:
        out_vvv(j, gt, V4, b, a);
        break;
    case 2:
        out_vvv(j, ge, V4, b, a);
        break;
    default:
        out_vvv(j, eq, V4, a, a);
        out_vvv(j, eq, V5, b, b);
        out_vvv(j, 0x4e201c00, V4, V4, V5);
        break;
    }
    if (not) {
        out_vv(j, 0x6e205800, V4, V4);
    }
}

/* V4 = a op b for one half; op is a V128 one. */
static void fp_half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b)
{
    static const struct {
        uint16_t opc;
        uint32_t s, v;
    } arith[] = {
        { TCG_fadd, 0x1e202800, 0x4e20d400 },
        { TCG_fsub, 0x1e203800, 0x4ea0d400 },
        { TCG_fmul, 0x1e200800, 0x6e20dc00 },
        { TCG_fdiv, 0x1e201800, 0x6e20fc00 },
        { TCG_fsqrt, 0x1e21c000, 0x6ea1f800 },
    };
    bool scalar = op->attr & OPA_SCALAR, sqrt = op->opc == TCG_fsqrt;
    uint32_t ty = (op->sz == MO_64) << 22;
    Slow s = { .n = 0 };

    slow_if(j, &s, op, out_cbz(j, true, false, R_FPX, NULL), a, b, V4);
    if (op->opc == TCG_fmin || op->opc == TCG_fmax) {
        minmax(j, op, scalar, a, b);
    } else if (op->opc == TCG_fcmp) {
        predicate(j, op, scalar, a, b);
    } else {
        for (unsigned i = 0; i < ARRAY_SIZE(arith); i++) {
            if (arith[i].opc == op->opc) {
                uint32_t w = (scalar ? arith[i].s : arith[i].v) | ty;

                out_vvv(j, w, V4, sqrt ? b : a, sqrt ? 0 : b);
            }
        }
        slow_if(j, &s, op, if_nan(j, op->sz, scalar, V4), a, b, V4);
    }
    slow_join(j, &s);
}

/* Element 0 of d = V4's, the rest a's. */
static void out_scalar(A64Jit *j, unsigned sz, unsigned d, unsigned a)
{
    out_vmov(j, d, a);
    out_vv(j, 0x6e000400 | (1 << sz) << 16, d, V4);
}

void lower_fp(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b, d;
    TCGOp *half;

    if (op->opc == TCG_fcmp && op->imm > 7) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, FL_NZCV);
    half = tcg_malloc(j->s, sizeof(*half));
    *half = *op;
    half->vt = TCG_V128;
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        int32_t ua = vupper(j, op->in[0]), ub = vupper(j, op->in[1]);

        if (ua) {
            out_ldv_env(j, V6, ua);
        }
        if (ub) {
            out_ldv_env(j, V7, ub);
        }
        fp_half(j, half, V6, V7);
        out_stv_env(j, V4, vupper(j, op->out[0]));
    }
    fp_half(j, half, a, b);
    if (op->attr & OPA_SCALAR) {
        out_scalar(j, op->sz, d, a);
    } else {
        out_vmov(j, d, V4);
    }
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, FL_NZCV, false);
}

/* ---- comparisons into flags -------------------------------------------------------------- */

static void emit_unordered(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_movi(j, T0, 0x40000000);        /* ZF, CF by an inverted C */
    out_msr_nzcv(j, T0);
    if (st->op->fl_def & FL_P) {
        out_movi(j, R_PF, 0);
    }
    out_b(j, st->back);
}

static void emit_fcom_slow(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, NULL);
    fl_emit_load(j, st->op->fl_def, true);
    out_b(j, st->back);
}

void lower_fcom(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b;
    A64Stub *slow, *un;

    fl_begin(j, op, FL_ALL);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    slow = stub_new(j, emit_fcom_slow, out_cbz(j, true, false, R_FPX, NULL));
    slow->reg[0] = a;
    slow->reg[1] = b;
    if (op->fl_def & FL_P) {
        out_movi(j, R_PF, 1);
    }
    if (op->fl_def & FL_A) {
        out_movi(j, R_AF, 0);
    }
    o32(j, 0x1e202000 | (op->sz == MO_64) << 22 | b << 16 | a << 5 |
        (op->attr & OPA_SIG ? 0x10 : 0));
    un = stub_new(j, emit_unordered, out_bcond(j, VS, NULL));
    if (op->fl_def & FL_S) {
        out_mrs_nzcv(j, T0);
        out_logic_imm(j, A_AND, false, T0, T0, a64_bitmask(0x7fffffff, false));
        out_msr_nzcv(j, T0);
    }
    slow->back = un->back = j->p;
    fl_end(j, op, FL_ALL, true);
}

/* ---- conversions --------------------------------------------------------------------------- */

void lower_cvt_i2f(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), r = inz(j, op->in[1]), d;
    Slow s = { .n = 0 };

    d = vout(j, op->out[0]);
    slow_if(j, &s, op, out_cbz(j, true, false, R_FPX, NULL), a, r, V4);
    o32(j, 0x1e220000 | (uint32_t)(op->imm == MO_64) << 31 |
        (op->sz == MO_64) << 22 | r << 5 | V4);         /* scvtf */
    slow_join(j, &s);
    out_scalar(j, op->sz, d, a);
    vout_done(j, op, op->out[0], d);
}

void lower_cvt_f2i(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->imm == MO_64;
    unsigned a, rd;
    Slow s = { .n = 0 };

    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    slow_if(j, &s, op, out_cbz(j, true, false, R_FPX, NULL), a, 0, T1);
    slow_if(j, &s, op, if_nan(j, op->sz, true, a), a, 0, T1);
    /* fcvtzs, fcvtns */
    o32(j, (op->attr & OPA_TRUNC ? 0x1e380000 : 0x1e200000) |
        (uint32_t)sf << 31 | (op->sz == MO_64) << 22 | a << 5 | T1);
    /* The largest and the smallest may be saturated ones. */
    out_rrs(j, A_EOR, sf, T0, T1, T1, ASR, sf ? 63 : 31);
    out_arith_imm(j, A_ADD, sf, T0, T0, 1);
    out_lsr(j, sf, T0, T0, sf ? 63 : 31);
    slow_if(j, &s, op, out_cbz(j, true, false, T0, NULL), a, 0, T1);
    slow_join(j, &s);
    rd = out_reg(j, op->out[0]);
    out_mov(j, sf, rd, T1);
    out_done(j, op->out[0], rd);
    fl_end(j, op, FL_NZCV, false);
}

/* sz 2: f32 to f64, sz 3: f64 to f32, of in1. */
void lower_cvt_f2f(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned to = op->sz == MO_32 ? MO_64 : MO_32, a, b, d;
    Slow s = { .n = 0 };

    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    slow_if(j, &s, op, out_cbz(j, true, false, R_FPX, NULL), a, b, V4);
    out_vv(j, to == MO_64 ? 0x1e22c000 : 0x1e624000, V4, b);
    slow_if(j, &s, op, if_nan(j, to, true, V4), a, b, V4);
    slow_join(j, &s);
    out_scalar(j, to, d, a);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, FL_NZCV, false);
}

/* Packed ones that need no check but of NaNs; 128 bits. */
void lower_cvt_packed(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, d;
    Slow s = { .n = 0 };

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    slow_if(j, &s, op, out_cbz(j, true, false, R_FPX, NULL), a, 0, V4);
    switch (op->opc) {
    case TCG_cvt_dq2ps:
        out_vv(j, 0x4e21d800, V4, a);
        break;
    case TCG_cvt_dq2pd:
        out_vv(j, 0x0f20a400, V4, a);                   /* sxtl 2d */
        out_vv(j, 0x4e61d800, V4, V4);
        break;
    case TCG_cvt_ps2pd:
        out_vv(j, 0x0e617800, V4, a);                   /* fcvtl 2d */
        slow_if(j, &s, op, if_nan(j, MO_64, false, V4), a, 0, V4);
        break;
    default:
        out_vv(j, 0x0e616800, V4, a);                   /* fcvtn 2s */
        slow_if(j, &s, op, if_nan(j, MO_32, false, V4), a, 0, V4);
        break;
    }
    slow_join(j, &s);
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, FL_NZCV, false);
}
