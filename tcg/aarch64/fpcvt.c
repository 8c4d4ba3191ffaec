/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of floating-point conversions; see fp.c.  Arm saturates where x86
 * gives the indefinite integer.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- scalars -------------------------------------------------------------------- */

void lower_cvt_i2f(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), r = inz(j, op->in[1]);
    unsigned d = vout(j, op->out[0]), to = has(HF_AFP) && d == a ? d : V4;
    A64Slow s = { .op = op, .reg = { a, r, 0, to } };

    slow_if(j, &s, if_fpx(j));
    o32(j, 0x1e220000 | (uint32_t)(op->imm == MO_64) << 31 | fp_ty(op->sz) |
        r << 5 | to);                                   /* scvtf */
    slow_join(j, &s);
    if (to != d) {
        out_scalar(j, op->sz, d, a);
    }
    vout_done(j, op, op->out[0], d);
}

void lower_cvt_f2i(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->imm == MO_64;
    unsigned a, rd;
    A64Slow s = { .op = op };

    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    s.reg[0] = a;
    s.reg[3] = T1;
    slow_if(j, &s, if_fpx(j));
    exact_to_int(j, &s, op->sz, true, a);
    slow_if(j, &s, if_nan(j, op->sz, true, a));
    /* fcvtzs, fcvtns */
    o32(j, (op->attr & OPA_TRUNC ? 0x1e380000 : 0x1e200000) |
        (uint32_t)sf << 31 | fp_ty(op->sz) | a << 5 | T1);
    /* The largest may be a saturated one; the smallest is x86's answer. */
    out_arith_imm(j, A_ADDS, sf, ZR, T1, 1);
    slow_if(j, &s, out_bcond(j, VS, NULL));
    slow_join(j, &s);
    rd = out_reg(j, op->out[0]);
    out_mov(j, sf, rd, T1);
    out_done(j, op->out[0], rd);
    fl_end(j, op, FL_NZCV, false);
}

/* sz 2: f32 to f64, sz 3: f64 to f32, of in1. */
void lower_cvt_f2f(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned size = op->sz == MO_32 ? MO_64 : MO_32, a, b, d, to, c = fp_clob();
    A64Slow s = { .op = op };

    fl_begin(j, op, c);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    to = has(HF_AFP) && d == a ? d : V4;
    s.reg[0] = a;
    s.reg[1] = b;
    s.reg[3] = to;
    slow_if(j, &s, if_fpx(j));
    exact_in(j, &s, op->sz, true, b);
    out_vv(j, size == MO_64 ? 0x1e22c000 : 0x1e624000, to, b);
    if (!has(HF_AFP)) {
        slow_if(j, &s, if_nan(j, size, true, V4));
    }
    if (size == MO_32) {
        exact_out(j, &s, size, true, to);
    }
    slow_join(j, &s);
    if (to != d) {
        out_scalar(j, size, d, a);
    }
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, c, false);
}

/* ---- packed, between sizes --------------------------------------------------------- */

/* V4 = two or four results from a; the sources stand in a's upper half if
 * high.  Only conversions of NaNs want a check. */
static void convert(A64Jit *j, const TCGOp *op, A64Slow *s, unsigned a,
                    bool high)
{
    uint32_t q = high ? 1 << 30 : 0;
    int nan = -1;

    switch (op->opc) {
    case TCG_cvt_dq2ps:
        out_vv(j, 0x4e21d800, V4, a);                   /* scvtf 4s */
        break;
    case TCG_cvt_dq2pd:
        out_vv(j, 0x0f20a400 | q, V4, a);               /* sxtl 2d */
        out_vv(j, 0x4e61d800, V4, V4);                  /* scvtf 2d */
        break;
    case TCG_cvt_ps2pd:
        out_vv(j, 0x0e617800 | q, V4, a);               /* fcvtl 2d */
        nan = MO_64;
        break;
    default:
        out_vv(j, 0x0e616800, V4, a);                   /* fcvtn 2s */
        nan = MO_32;
        break;
    }
    if (nan >= 0 && !has(HF_AFP)) {
        slow_if(j, s, if_nan(j, nan, false, V4));
    }
}

/* One half: V4.  in: the register with the sources, for the reference. */
static void packed_half(A64Jit *j, const TCGOp *half, unsigned a)
{
    A64Slow s = { .op = half, .reg = { a, 0, 0, V4 } };

    slow_if(j, &s, if_fpx(j));
    if (half->opc == TCG_cvt_ps2pd) {
        out_vv(j, 0x0ea0f800, V4, a);                   /* fabs 2s: low ones */
        out_ins(j, MO_64, V4, 1, V4, 0);
        exact_in(j, &s, MO_32, false, V4);
    } else if (half->opc == TCG_cvt_pd2ps) {
        exact_in(j, &s, MO_64, false, a);
    }
    convert(j, half, &s, a, false);
    if (half->opc == TCG_cvt_pd2ps) {
        exact_out(j, &s, MO_32, false, V4);
    }
    slow_join(j, &s);
}

void lower_cvt_packed(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool wide = op->vt == TCG_V256, narrow = op->opc == TCG_cvt_pd2ps;
    const TCGOp *half = fp_half_op(j, op);
    unsigned a, d, c = fp_clob();

    fl_begin(j, op, c);
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    if (wide && op->opc == TCG_cvt_dq2ps) {
        vld_upper(j, V6, op->in[0]);
        packed_half(j, half, V6);
        vst_upper(j, V4, op->out[0]);
    } else if (wide && narrow) {
        vld_upper(j, V6, op->in[0]);
        packed_half(j, half, V6);
        out_vmov(j, V7, V4);
    } else if (wide) {
        out_ext(j, V6, a, a, 8);
        packed_half(j, half, V6);
        vst_upper(j, V4, op->out[0]);
    }
    packed_half(j, half, a);
    if (wide && narrow) {
        out_ins(j, MO_64, V4, 1, V7, 0);
        out_vzero(j, V5);
        vst_upper(j, V5, op->out[0]);
    }
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, c, false);
}

/* ---- packed, to integers ------------------------------------------------------------- */

/* V5 = 32-bit integers of a's four elements; those too large, and NaNs, for
 * which Arm raises the same exception, get the indefinite value. */
static void ps2dq_half(A64Jit *j, const TCGOp *op, unsigned a)
{
    A64Slow s = { .op = op, .reg = { a, 0, 0, V5 } };

    slow_if(j, &s, if_fpx(j));
    exact_to_int(j, &s, MO_32, false, a);
    /* fcvtzs, fcvtns 4s */
    out_vv(j, op->attr & OPA_TRUNC ? 0x4ea1b800 : 0x4e21a800, V4, a);
    o32(j, 0x4f026400 | 15 << 5 | V5);                  /* movi 4s, 2^31 */
    out_vvv(j, 0x6ea0e400, V5, V5, a);                  /* fcmgt: fits */
    o32(j, 0x4f046400 | V7);                            /* movi, 0x80 << 24 */
    out_vvv(j, 0x6e601c00, V5, V4, V7);                 /* bsl */
    slow_join(j, &s);
}

void lower_cvt_ps2dq(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGOp *half = fp_half_op(j, op);
    unsigned a, d;

    fl_begin(j, op, 0);
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        ps2dq_half(j, half, V6);
        vst_upper(j, V5, op->out[0]);
    }
    ps2dq_half(j, half, a);
    out_vmov(j, d, V5);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, 0, false);
}

/* Low half of V4 = 32-bit integers of a's two elements.  What may not fit is
 * found first: a fraction would be inexact as a 64-bit integer. */
static void pd2dq_half(A64Jit *j, const TCGOp *op, unsigned a)
{
    A64Slow s = { .op = op, .reg = { a, 0, 0, V4 } };

    slow_if(j, &s, if_fpx(j));
    exact_to_int(j, &s, MO_64, false, a);
    out_movi(j, T0, 0x41dfffffffc00000);                /* 2^31 - 1 */
    out_vv(j, 0x4e080c00, V5, T0);                      /* dup 2d */
    out_vvv(j, 0x6ee0ec00, V5, V5, a);                  /* facgt */
    out_vvv(j, 0x6ea0ac00, V5, V5, V5);                 /* uminp 4s */
    out_vv(j, 0x9e660000, T0, V5);
    out_rrr(j, A_ORN, true, T0, ZR, T0);
    slow_if(j, &s, out_cbz(j, true, true, T0, NULL));
    out_vv(j, op->attr & OPA_TRUNC ? 0x4ee1b800 : 0x4e61a800, V4, a);
    out_vv(j, 0x0ea12800, V4, V4);                      /* xtn 2s */
    slow_join(j, &s);
}

void lower_cvt_pd2dq(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGOp *half = fp_half_op(j, op);
    unsigned a, d;

    fl_begin(j, op, 0);
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        pd2dq_half(j, half, V6);
        out_vmov(j, V7, V4);
        pd2dq_half(j, half, a);
        out_ins(j, MO_64, V4, 1, V7, 0);
        out_vzero(j, V5);
        vst_upper(j, V5, op->out[0]);
    } else {
        pd2dq_half(j, half, a);
    }
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, 0, false);
}

/* ---- half precision -------------------------------------------------------------------- */

/* To half: only where rounding is MXCSR's or to nearest; the reference sees
 * to results that are tiny, about which the rules differ. */
void lower_cvt_half(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool up = op->opc == TCG_cvt_ph2ps;
    unsigned a, d;
    A64Slow s = { .op = op };

    if (op->vt == TCG_V256 || has(HF_AFP) || !up) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, 0);
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    s.reg[0] = a;
    s.reg[3] = V4;
    slow_if(j, &s, if_fpx(j));
    out_vv(j, 0x0e217800, V4, a);                       /* fcvtl 4s */
    slow_join(j, &s);
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, 0, false);
}
