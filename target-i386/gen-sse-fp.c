/* SPDX-License-Identifier: MIT */
/*
 * Generators of SSE and AVX floating point: arithmetic, comparison,
 * conversion, the MXCSR.  The rows give the IR op and the element size; for
 * arithmetic both size and scalar-ness follow from the mandatory prefix.
 * SDM vol. 2; exceptions vol. 1 ch. 11.
 */
#include "util/osdep.h"
#include "target-i386/gen-sse.h"

/* arg = element size, 0x10 = scalar */
static unsigned fp_attr(const X86Insn *in)
{
    return in->row->arg & 0x10 ? OPA_SCALAR : 0;
}

/* ADDPS, ADDSD... and the scalar ones of one source, SQRTSS, RCPSS...: what
 * they keep comes from in0 */
void gen_fp2(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), sse_src1(dc, in), b)->attr |=
        fp_attr(in);
}

/* Packed SQRT, RCP, RSQRT */
void gen_fp1(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, b);
}

/* CMPPS and kin: the legacy predicate has three bits */
void gen_fcmp(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_fcmp, sse_dst(dc, in), sse_src1(dc, in), b);

    op->attr |= fp_attr(in);
    op->imm = in->imm & (sse_is_vex(in) ? 31 : 7);
}

/* UCOMISS, COMISS: arg bit 5 = signalling */
void gen_fcom(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_fcom, TCG_NONE, sse_reg(dc, in->reg), b);

    op->attr |= OPA_SCALAR | (in->row->arg & 0x20 ? OPA_SIG : 0);
    op->fl_def = FL_ALL;
}

/* ROUNDPS, DPPS: with an immediate */
void gen_fp2i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, in->row->op, sse_dst(dc, in),
                       sse_src1(dc, in), b);

    op->attr |= fp_attr(in);
    op->imm = in->imm & 0xff;
}

/* Packed ROUND */
void gen_fp1i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, b)->imm = in->imm & 0xff;
}

/* ---- conversions ------------------------------------------------------------ */

/* CVTSI2SS, CVTSI2SD */
void gen_cvt_i2f(DisasContext *dc, const X86Insn *in)
{
    unsigned isz = in->w ? MO_64 : MO_32;
    TCGRef t = sse_src(dc, in);

    sse_op(dc, in, TCG_cvt_i2f, sse_dst(dc, in), sse_src1(dc, in), t)->imm =
        isz;
}

/* CVTSS2SI, CVTTSS2SI... : arg bit 5 = truncate */
void gen_cvt_f2i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_cvt_f2i, dc->gpr[in->reg], b, TCG_NONE);

    op->attr = in->row->arg & 0x20 ? OPA_TRUNC : 0;
    op->imm = in->w ? MO_64 : MO_32;
}

/* Packed conversions: arg bit 5 = truncate */
void gen_cvt(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, TCG_NONE)->attr |=
        in->row->arg & 0x20 ? OPA_TRUNC : 0;
}

/* ---- MXCSR ------------------------------------------------------------------- */

#define MXCSR_RESERVED 0xffff0000u

void gen_ldmxcsr(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    TCGRef v = tcg_local_new(s, TCG_I64), t = tcg_temp_new(s, TCG_I64);
    TCGLabel *ok = tcg_label_new(s);

    tcg_ld(s, MO_32, 0, v, x86_mem(dc, in));
    tcg_op2(s, TCG_and, MO_64, t, v, tcg_const(s, MXCSR_RESERVED));
    tcg_brcond(s, TCG_COND_EQ, MO_64, t, tcg_const(s, 0), ok);
    x86_gen_raise(dc, EXCP0D_GPF);
    tcg_label_place(s, ok);
    tcg_emit(s, TCG_fpcr_set, MO_32)->in[0] = v;
}

void gen_stmxcsr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = tcg_temp_new(dc->s, TCG_I64);

    tcg_emit(dc->s, TCG_fpcr_get, MO_32)->out[0] = t;
    tcg_st(dc->s, MO_32, t, x86_mem(dc, in));
}
