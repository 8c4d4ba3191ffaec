/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of packed integer arithmetic that takes NEON more than one
 * instruction: rounding and mixed-sign products, horizontal sums, shifts by
 * counts in a register.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- products ---------------------------------------------------------------- */

/* PMULHRSW: (a * b + 0x4000) >> 15, which wraps for the least values. */
static void lanes_mulhrs(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    out_vvv(j, 0x0e60c000, V4, a, b);                   /* smull 4s */
    out_vvv(j, 0x4e60c000, V5, a, b);                   /* smull2 */
    out_vv(j, 0x0f118c00, d, V4);                       /* rshrn 4h, 15 */
    out_vv(j, 0x4f118c00, d, V5);                       /* rshrn2 */
}

void lower_vmulhrs(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_mulhrs);
}

/* PMADDUBSW: products of a's unsigned with b's signed bytes, added in pairs
 * with saturation. */
static void lanes_maddubs(A64Jit *j, const TCGOp *op, const A64Op *x,
                          unsigned d, unsigned a, unsigned b)
{
    out_vv(j, 0x6f180400, V4, a);                       /* ushr 8h, 8 */
    out_vv(j, 0x4f180400, V5, b);                       /* sshr 8h, 8 */
    out_vvv(j, 0x4e609c00, V4, V4, V5);                 /* mul 8h: odd ones */
    out_vv(j, 0x4f185400, V5, b);                       /* shl 8h, 8 */
    out_vv(j, 0x4f180400, V5, V5);                      /* sshr 8h, 8 */
    out_vv(j, 0x4f185400, d, a);
    out_vv(j, 0x6f180400, d, d);
    out_vvv(j, 0x4e609c00, d, d, V5);                   /* mul 8h: even ones */
    out_vvv(j, 0x4e600c00, d, d, V4);                   /* sqadd 8h */
}

void lower_vmaddubs(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_maddubs);
}

/* ---- others ------------------------------------------------------------------- */

static void lanes_sign(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                       unsigned a, unsigned b)
{
    uint32_t sz = op->sz << 22;

    out_vv(j, 0x4e20a800 | sz, V4, b);                  /* cmlt 0 */
    out_vv(j, 0x6e20b800 | sz, V5, a);                  /* neg */
    out_vvv(j, 0x6e601c00, V4, V5, a);                  /* bsl */
    out_vv(j, 0x4e209800 | sz, V5, b);                  /* cmeq 0 */
    out_vvv(j, 0x4e601c00, d, V4, V5);                  /* bic */
}

void lower_vsign(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sign);
}

/* x->arg: the instruction that joins even and odd elements. */
static void lanes_horiz(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                        unsigned a, unsigned b)
{
    uint32_t sz = op->sz << 22;

    if (op->opc == TCG_vhadd) {
        out_vvv(j, 0x4e20bc00 | sz, d, a, b);           /* addp */
        return;
    }
    out_vvv(j, 0x4e001800 | sz, V4, a, b);              /* uzp1 */
    out_vvv(j, 0x4e005800 | sz, V5, a, b);              /* uzp2 */
    out_vvv(j, x->arg | sz, d, V4, V5);
}

void lower_vhoriz(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_horiz);
}

/* The least word and where it is; 128 bits only. */
void lower_vphminpos(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    static const A64Table index = { { 0, 0, 1, 0, 2, 0, 3, 0,
                                      4, 0, 5, 0, 6, 0, 7, 0 } };
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    out_vv(j, 0x6e71a800, V4, a);                       /* uminv h */
    out_vv(j, 0x4e020400, V5, V4);                      /* dup 8h, h[0] */
    out_vvv(j, 0x6e608c00, V5, V5, a);                  /* cmeq 8h */
    out_vv(j, 0x6e205800, V5, V5);                      /* mvn */
    out_table(j, V7, &index);
    out_vvv(j, 0x4ea01c00, V5, V5, V7);                 /* orr */
    out_vv(j, 0x6e71a800, V5, V5);
    out_ins(j, MO_16, V4, 1, V5, 0);
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
}

/* ---- shifts -------------------------------------------------------------------- */

/* One count for all, the low 64 bits of in1.  USHL and SSHL go by the signed
 * low byte of each element. */
void lower_vshiftv(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);
    uint32_t w = (op->opc == TCG_vsarv ? 0x4e204400 : 0x6e204400) |
                 op->sz << 22, *loc;

    out_vv(j, 0x9e660000, T0, b);                       /* fmov x, d */
    out_lsr(j, true, T1, T0, 6);
    loc = out_cbz(j, false, true, T1, NULL);
    out_movi(j, T0, 64);
    out_bind(loc, j->p);
    if (op->opc != TCG_vshlv) {
        out_rrr(j, A_SUB, false, T0, ZR, T0);
    }
    out_vv(j, 0x4e010c00, V5, T0);                      /* dup 16b */
    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        out_vvv(j, w, V6, V6, V5);
        vst_upper(j, V6, op->out[0]);
    }
    out_vvv(j, w, d, a, V5);
    vout_done(j, op, op->out[0], d);
}

/* Each element by its own count. */
static void lanes_shifte(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    bool left = op->opc == TCG_vshle, sar = op->opc == TCG_vsare;
    uint32_t w = (sar ? 0x4e204400 : 0x6e204400) | op->sz << 22;

    if (op->sz == MO_32) {
        out_movi_s(j, V4, sar ? 31 : 32);
        out_vvv(j, 0x6ea06c00, V5, b, V4);              /* umin 4s */
        if (!left) {
            out_vv(j, 0x6ea0b800, V5, V5);              /* neg 4s */
        }
        out_vvv(j, w, d, a, V5);
        return;
    }
    out_movi(j, T0, 63);
    out_vv(j, 0x4e080c00, V4, T0);                      /* dup 2d */
    out_vvv(j, 0x6ee03c00, V4, V4, b);                  /* cmhs 2d */
    if (!left) {
        out_vv(j, 0x6ee0b800, V5, b);
        b = V5;
    }
    out_vvv(j, w, d, a, b);
    out_vvv(j, 0x4e201c00, d, d, V4);                   /* and */
}

void lower_vshifte(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_shifte);
}
