/* SPDX-License-Identifier: MIT */
/*
 * What the vector generators share: registers, the r/m source, and how one IR
 * op is emitted with the width and upper-half rule of the encoding.
 */
#ifndef TARGET_I386_GEN_SSE_H
#define TARGET_I386_GEN_SSE_H

#include "target-i386/translate.h"

static inline bool sse_is_vex(const X86Insn *in)
{
    return in->row->attr & XA_VEX;
}

static inline TCGRef sse_reg(DisasContext *dc, unsigned n)
{
    return dc->xmm[n];
}

/* The destination of a row whose operand 0 is V */
static inline TCGRef sse_dst(DisasContext *dc, const X86Insn *in)
{
    return dc->xmm[in->reg];
}

/* First source: vvvv, or the destination of a legacy encoding */
static inline TCGRef sse_src1(DisasContext *dc, const X86Insn *in)
{
    return dc->xmm[in->row->attr & XA_VVVV ? in->vvvv : in->reg];
}

/* The operand in r/m, loaded */
static inline TCGRef sse_src(DisasContext *dc, const X86Insn *in)
{
    unsigned i = in->row->attr & XA_VVVV ? 2 : 1;

    return dc->v[i] != TCG_NONE ? dc->v[i] : x86_ld_opnd(dc, in, i);
}

/* d = opc(a, b), element size from row->arg, width from VEX.L unless the row
 * is scalar (arg 0x10) */
static inline TCGOp *sse_op(DisasContext *dc, const X86Insn *in,
                            TCGOpcode opc, TCGRef d, TCGRef a, TCGRef b)
{
    TCGOp *op = tcg_vop(dc->s, opc, in->row->arg & 15, d, a, b);

    if (sse_is_vex(in)) {
        op->vt = in->l && !(in->row->arg & 0x10) ? TCG_V256 : TCG_V128;
        op->attr = OPA_ZU;
    }
    return op;
}

static inline unsigned sse_align(const X86Insn *in)
{
    return in->row->attr & XA_UA ? 0 : OPA_ALIGN;
}

/* Whole-register load and store: the moves, whose aligned forms check even
 * under VEX */
static inline TCGOp *sse_load(DisasContext *dc, const X86Insn *in, TCGRef d)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_ldv, d, TCG_NONE, TCG_NONE);

    op->mem = m;
    op->attr |= sse_align(in);
    return op;
}

static inline TCGOp *sse_store(DisasContext *dc, const X86Insn *in, TCGRef v)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_vop(dc->s, TCG_stv, 0, TCG_NONE, v, TCG_NONE);

    op->mem = m;
    op->vt = sse_is_vex(in) && in->l ? TCG_V256 : TCG_V128;
    op->attr |= sse_align(in);
    return op;
}

/* One element: load zeroes the rest of the register */
static inline void sse_load_sz(DisasContext *dc, const X86Insn *in, TCGRef d,
                               unsigned sz)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_vop(dc->s, TCG_ldvs, sz, d, TCG_NONE, TCG_NONE);

    op->mem = m;
    op->attr = sse_is_vex(in) ? OPA_ZU : 0;
}

static inline void sse_load_elem(DisasContext *dc, const X86Insn *in,
                                 TCGRef d)
{
    sse_load_sz(dc, in, d, in->row->arg & 15);
}

static inline void sse_store_elem(DisasContext *dc, const X86Insn *in,
                                  TCGRef v, unsigned sz)
{
    TCGMem m = x86_mem(dc, in);

    tcg_vop(dc->s, TCG_stvs, sz, TCG_NONE, v, TCG_NONE)->mem = m;
}

/* q = element n of v */
static inline void sse_get(DisasContext *dc, TCGRef q, TCGRef v, unsigned sz,
                           unsigned n)
{
    tcg_vop(dc->s, TCG_vget, sz, q, v, TCG_NONE)->imm = n;
}

/* gen-sse.c */
void sse_masked_store(DisasContext *dc, const X86Insn *in, TCGRef v,
                      TCGRef mask, unsigned n);

#endif
