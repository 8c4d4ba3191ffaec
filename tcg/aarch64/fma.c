/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of fused multiply-add, rounding to integers and horizontal
 * floating-point sums; see fp.c.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- fused multiply-add --------------------------------------------------------- */

/* -v of some elements: the sign bits of tbl, or all for NULL. */
static void negate(A64Jit *j, unsigned sz, unsigned d, unsigned v,
                   const A64Table *t)
{
    if (t) {
        out_table(j, V5, t);
        out_vvv(j, 0x6e201c00, d, v, V5);               /* eor */
    } else {
        out_vv(j, 0x6ea0f800 | fp_ty(sz), d, v);        /* fneg */
    }
}

/* Sign bits of the even (first = 0) or odd elements. */
static A64Table signs(unsigned sz, unsigned first)
{
    A64Table t = { { 0 } };

    for (unsigned i = first; i < 16u >> sz; i += 2) {
        t.b[(i << sz) + (1 << sz) - 1] = 0x80;
    }
    return t;
}

/* V4 = r[0] * r[1] + r[2] with signs as op->imm says. */
static void fused(A64Jit *j, const TCGOp *op, bool scalar, const uint8_t *r)
{
    unsigned kind = op->imm & 15;
    A64Table t;

    if (scalar) {
        static const uint32_t w[] = {
            0x1f000000, 0x1f008000, 0x1f208000, 0x1f200000,
        };  /* fmadd, fmsub, fnmsub, fnmadd */

        o32(j, w[kind & 3] | fp_ty(op->sz) | r[1] << 16 | r[2] << 10 |
            r[0] << 5 | V4);
        return;
    }
    if (kind >= 4) {
        t = signs(op->sz, kind & 1);
        negate(j, op->sz, V4, r[2], &t);
    } else if (kind >= 2) {
        negate(j, op->sz, V4, r[2], NULL);
    } else {
        out_vmov(j, V4, r[2]);
    }
    /* fmls, fmla */
    out_vvv(j, (kind < 4 && (kind & 1) ? 0x4ea0cc00 : 0x4e20cc00) |
            fp_ty(op->sz), V4, r[0], r[1]);
}

/* in: registers of the three operands. */
static void fma_half(A64Jit *j, const TCGOp *op, const uint8_t *in)
{
    static const uint8_t order[3][3] = {
        { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
    };
    bool scalar = op->attr & OPA_SCALAR;
    A64Slow s = { .op = op, .reg = { in[0], in[1], in[2], V4 } };
    const uint8_t *o = order[MIN(op->imm >> 4 & 3, 2)];
    uint8_t r[3] = { in[o[0]], in[o[1]], in[o[2]] };

    slow_if(j, &s, if_fpx(j));
    for (unsigned k = 0; k < 3; k++) {
        exact_in(j, &s, op->sz, scalar, r[k]);
    }
    /* Arm takes infinity times zero plus a NaN as invalid. */
    slow_if(j, &s, if_nan(j, op->sz, scalar, r[2]));
    fused(j, op, scalar, r);
    if (!has(HF_AFP)) {
        slow_if(j, &s, if_nan(j, op->sz, scalar, V4));
    }
    exact_out(j, &s, op->sz, scalar, V4);
    slow_join(j, &s);
}

void lower_ffma(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGOp *half = fp_half_op(j, op);
    uint8_t in[3], up[3] = { V6, V7 };
    unsigned d;

    fl_begin(j, op, FL_NZCV);
    for (unsigned k = 0; k < 3; k++) {
        in[k] = vin(j, op->in[k]);
    }
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256) {
        up[2] = ra_tmp(&j->ra, RC_VEC);
        for (unsigned k = 0; k < 3; k++) {
            vld_upper(j, up[k], op->in[k]);
        }
        fma_half(j, half, up);
        vst_upper(j, V4, op->out[0]);
    }
    fma_half(j, half, in);
    if (op->attr & OPA_SCALAR) {
        out_scalar(j, op->sz, d, in[0]);
    } else {
        out_vmov(j, d, V4);
    }
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, FL_NZCV, false);
}

/* ---- rounding ----------------------------------------------------------------------- */

/* V4 = b rounded; imm 1:0 the direction, 2 MXCSR's (nearest here), 3 no PE. */
static void round_half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b)
{
    static const uint32_t sc[4] = {
        0x1e244000, 0x1e254000, 0x1e24c000, 0x1e25c000,
    };  /* frintn, frintm, frintp, frintz */
    static const uint32_t ve[4] = {
        0x4e218800, 0x4e219800, 0x4ea18800, 0x4ea19800,
    };
    bool scalar = op->attr & OPA_SCALAR;
    unsigned rc = op->imm & 4 ? 0 : op->imm & 3;
    uint32_t frintx = (scalar ? 0x1e274000 : 0x6e219800) | fp_ty(op->sz);
    A64Slow s = { .op = op, .reg = { a, b, 0, V4 } };

    slow_if(j, &s, if_fpx(j));
    if (!(op->imm & 8)) {
        out_vv(j, frintx, V4, b);
    }
    if ((op->imm & 8) || rc) {
        out_vv(j, (scalar ? sc : ve)[rc] | fp_ty(op->sz), V4, b);
    }
    if (!has(HF_AFP)) {
        slow_if(j, &s, if_nan(j, op->sz, scalar, V4));
    }
    slow_join(j, &s);
}

/* Lowers op by f, which leaves a half's result in V4. */
typedef void Half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b);

static void by_halves(A64Jit *j, const TCGOp *op, Half *f)
{
    const TCGOp *half = fp_half_op(j, op);
    unsigned a, b, d;

    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        vld_upper(j, V7, op->in[1]);
        f(j, half, V6, V7);
        vst_upper(j, V4, op->out[0]);
    }
    f(j, half, a, b);
    if (op->attr & OPA_SCALAR) {
        out_scalar(j, op->sz, d, a);
    } else {
        out_vmov(j, d, V4);
    }
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, FL_NZCV, false);
}

void lower_fround(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    by_halves(j, op, round_half);
}

/* ---- horizontal sums ------------------------------------------------------------------ */

static void horiz_half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b)
{
    uint32_t ty = fp_ty(op->sz), sz = op->sz << 22;
    A64Slow s = { .op = op, .reg = { a, b, 0, V4 } };

    slow_if(j, &s, if_fpx(j));
    exact_in(j, &s, op->sz, false, a);
    exact_in(j, &s, op->sz, false, b);
    if (op->opc == TCG_fhadd) {
        out_vvv(j, 0x6e20d400 | ty, V4, a, b);          /* faddp */
    } else {
        out_vvv(j, 0x4e001800 | sz, V4, a, b);          /* uzp1, uzp2 */
        out_vvv(j, 0x4e005800 | sz, V5, a, b);
        out_vvv(j, 0x4ea0d400 | ty, V4, V4, V5);        /* fsub */
    }
    if (!has(HF_AFP)) {
        slow_if(j, &s, if_nan(j, op->sz, false, V4));
    }
    exact_out(j, &s, op->sz, false, V4);
    slow_join(j, &s);
}

void lower_fhoriz(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    by_halves(j, op, horiz_half);
}

/* Even elements are subtracted. */
static void addsub_half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b)
{
    A64Slow s = { .op = op, .reg = { a, b, 0, V4 } };
    A64Table t = signs(op->sz, 0);

    slow_if(j, &s, if_fpx(j));
    exact_in(j, &s, op->sz, false, a);
    exact_in(j, &s, op->sz, false, b);
    negate(j, op->sz, V4, b, &t);
    out_vvv(j, 0x4e20d400 | fp_ty(op->sz), V4, a, V4);  /* fadd */
    slow_if(j, &s, if_nan(j, op->sz, false, V4));
    exact_out(j, &s, op->sz, false, V4);
    slow_join(j, &s);
}

void lower_faddsub(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    by_halves(j, op, addsub_half);
}
