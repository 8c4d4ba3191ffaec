/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of SSE floating point with the V extension; what fp.c says of
 * NaNs, MXCSR and the reference holds here too.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-fp.h"
#include "tcg/riscv64/rv-vec.h"

void fp_from_vec(RVJit *j, unsigned sz, unsigned f, unsigned v)
{
    unsigned e = sz == MO_64 ? VT_E64 : VT_E32;

    if (j->vtype == VT_NONE || (j->vtype & 3) != e) {
        vtype_set(j, e | VT_ONE);
    }
    o32(j, 0x42001057 | v << 20 | f << 7);              /* vfmv.f.s */
}

void fp_to_vec(RVJit *j, unsigned sz, unsigned v, unsigned f)
{
    unsigned e = sz == MO_64 ? VT_E64 : VT_E32;

    if (j->vtype == VT_NONE || (j->vtype & 3) != e) {
        vtype_set(j, e | VT_ONE);
    }
    o32(j, 0x42005057 | f << 15 | v << 7);              /* vfmv.s.f */
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

static unsigned fp_type(const TCGOp *op)
{
    return (op->sz == MO_64 ? VT_E64 : VT_E32) |
           (op->attr & OPA_SCALAR ? VT_ONE : 0);
}

/* V4 = a op b; true if it may be a NaN. */
static bool fp_core(RVJit *j, const TCGOp *op, unsigned a, unsigned b)
{
    uint32_t w;

    switch (op->opc) {
    case TCG_fmin:
        out_vvv(j, VW(0x1b, OPFVV), V0, a, b);          /* vmflt */
        out_vvv(j, V_MERGE, V4, b, a);
        return false;
    case TCG_fmax:
        out_vvv(j, VW(0x1b, OPFVV), V0, b, a);
        out_vvv(j, V_MERGE, V4, b, a);
        return false;
    case TCG_fsqrt:
        out_vvv(j, VW(0x13, OPFVV), V4, b, 0);
        return true;
    default:
        w = op->opc == TCG_fadd ? VW(0x00, OPFVV)
          : op->opc == TCG_fsub ? VW(0x02, OPFVV)
          : op->opc == TCG_fmul ? VW(0x24, OPFVV) : VW(0x20, OPFVV);
        out_vvv(j, w, V4, a, b);
        return true;
    }
}

/* A branch taken if V4 has a NaN. */
static uint32_t *if_nan(RVJit *j)
{
    out_vvv(j, VW(0x1c, OPFVV), V0, V4, V4);            /* vmfne */
    out_vvv(j, 0x4208a057, T1, V0, 0);                  /* vfirst.m */
    return out_b(j, (RVCond){ BGE, T1, ZR }, NULL);
}

/* V4 = -1 where a and b compare so. */
static void compare_core(RVJit *j, const TCGOp *op, unsigned a, unsigned b)
{
    bool not = op->imm >= 3 && op->imm != 7;

    switch (op->imm & 3) {
    case 0:
        out_vvv(j, VW(0x18, OPFVV), V0, a, b);
        break;
    case 1:
        out_vvv(j, VW(0x1b, OPFVV), V0, a, b);
        break;
    case 2:
        out_vvv(j, VW(0x19, OPFVV), V0, a, b);
        break;
    default:
        out_vvv(j, VW(0x18, OPFVV), V0, a, a);
        out_vvv(j, VW(0x18, OPFVV), V5, b, b);
        out_vvv(j, VW(0x19, OPMVV), V0, V0, V5);        /* vmand.mm */
        break;
    }
    out_vvv(j, 0x5e003057, V4, 0, not ? 31 : 0);        /* vmv.v.i */
    out_vvv(j, vi(V_MERGE), V4, V4, not ? 0 : 31);
}

/* One half, of op with vt = V128; the result in d.  a is not V4. */
static void fp_half(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                    unsigned b)
{
    RVSlow s = { .n = 0 };

    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    vtype_set(j, fp_type(op));
    if (op->opc == TCG_fcmp) {
        compare_core(j, op, a, b);
    } else if (fp_core(j, op, a, b)) {
        fp_slow_if(j, &s, op, if_nan(j), a, b, d);
    }
    if (op->attr & OPA_SCALAR) {
        out_vmov(j, d, a);
        out_vvv(j, 0x5e000057, d, 0, V4);               /* vmv.v.v */
    } else {
        out_vmov(j, d, V4);
    }
    fp_slow_join(j, &s);
}

void lower_vfp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b, d;
    TCGOp *half;

    if (op->opc == TCG_fcmp && op->imm > 7) {
        lower_fallback(j, op, x);
        return;
    }
    half = tcg_malloc(j->s, sizeof(*half));
    *half = *op;
    half->vt = TCG_V128;
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        if (vupper(j, op->in[0])) {
            out_ldv_env(j, V6, vupper(j, op->in[0]));
        }
        if (vupper(j, op->in[1])) {
            out_ldv_env(j, V7, vupper(j, op->in[1]));
        }
        fp_half(j, half, V6, V6, V7);
        out_stv_env(j, V6, vupper(j, op->out[0]));
    }
    fp_half(j, half, d, a, b);
    vout_done(j, op, op->out[0], d);
}

/* ---- packed conversions, 128 bits ------------------------------------------------------------- */

void lower_vcvt(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVSlow s = { .n = 0 };
    unsigned a, d;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    if (op->opc == TCG_cvt_pd2ps) {
        vtype_set(j, VT_E64);
        out_vvv(j, 0x5e003057, V4, 0, 0);
    }
    vtype_set(j, op->opc == TCG_cvt_dq2ps ? VT_E32 : VT_E32 | VT_HALF);
    out_vvv(j, VW(0x12, OPFVV), V4, a, x->arg);
    if (op->opc == TCG_cvt_ps2pd) {
        vtype_set(j, VT_E64);
        fp_slow_if(j, &s, op, if_nan(j), a, 0, d);
    } else if (op->opc == TCG_cvt_pd2ps) {
        fp_slow_if(j, &s, op, if_nan(j), a, 0, d);
    }
    out_vmov(j, d, V4);
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ps2dq, pd2dq; results at either end of the range may be saturated ones. */
void lower_vcvt_dq(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool dbl = op->opc == TCG_cvt_pd2dq, trunc = op->attr & OPA_TRUNC;
    RVSlow s = { .n = 0 };
    unsigned a, d;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    if (dbl) {
        vtype_set(j, VT_E64);
        out_vvv(j, 0x5e003057, V4, 0, 0);
    }
    vtype_set(j, dbl ? VT_E32 | VT_HALF : VT_E32);
    out_vvv(j, VW(0x12, OPFVV), V4, a, (dbl ? 16 : 0) + (trunc ? 7 : 1));
    /* x ^ (x >> 31) is 0x7fffffff for both. */
    out_vvv(j, vi(V_SRA), V5, V4, 31);
    out_vvv(j, V_XOR, V5, V5, V4);
    out_movi(j, T0, 0x7fffffff);
    out_vvv(j, vx(V_MSEQ), V0, V5, T0);
    out_vvv(j, 0x4208a057, T1, V0, 0);
    fp_slow_if(j, &s, op, out_b(j, (RVCond){ BGE, T1, ZR }, NULL), a, 0, d);
    out_vmov(j, d, V4);
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}
