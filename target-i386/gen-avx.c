/* SPDX-License-Identifier: MIT */
/*
 * Generators of what AVX, AVX2, FMA and F16C have beyond wider SSE: moves
 * across 128-bit lanes, broadcasts, masked moves, gathers, fused multiply-add.
 * The rest of their rows use gen-sse*.c.  SDM vol. 2; VEX in 2.3.
 */
#include "util/osdep.h"
#include "target-i386/gen-sse.h"
#include "target-i386/vec_helper.h"

static TCGRef v256(DisasContext *dc)
{
    return tcg_temp_new(dc->s, TCG_V256);
}

/* VPERM2F128, VINSERTF128: always 256 bits wide */
void gen_vlane2i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), sse_src1(dc, in), b)->imm =
        in->imm & 0xff;
}

/* VEXTRACTF128 */
void gen_vextract128(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = in->mem ? x86_vtmp(dc) : dc->xmm[in->rm];
    TCGOp *op = sse_op(dc, in, TCG_vget128, d, sse_reg(dc, in->reg), TCG_NONE);

    op->vt = TCG_V128;
    op->imm = in->imm & 1;
    if (in->mem) {
        TCGMem m = x86_mem(dc, in);
        tcg_vop(dc->s, TCG_stv, 0, TCG_NONE, d, TCG_NONE)->mem = m;
    }
}

/* VPERMD, VPERMPS: the indexes are the first source */
void gen_vpermd(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, TCG_vpermd, sse_dst(dc, in), b, sse_src1(dc, in));
}

/* VPERMILPD x, y, imm8: SHUFPD of y with itself */
void gen_vpermilpd_imm(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, TCG_vshufp, sse_dst(dc, in), b, b)->imm = in->imm & 15;
}

/* VBLENDVPS and kin: the mask register is in the immediate */
void gen_vblendv4(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, TCG_vblendv, sse_dst(dc, in), sse_src1(dc, in), b)->in[2] =
        dc->xmm[in->imm >> 4 & (in->mode64 ? 15 : 7)];
}

/* VTESTPS, VTESTPD: VPTEST of the sign bits */
void gen_vtestp(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->row->arg & 15, vt = in->l ? TCG_V256 : TCG_V128;
    TCGRef b = sse_src(dc, in), m = v256(dc), t = v256(dc);
    TCGOp *op;

    tcg_vop(dc->s, TCG_vfromq, MO_64, t, tcg_const(dc->s, sz == MO_32 ?
            0x8000000080000000ull : 0x8000000000000000ull), TCG_NONE);
    op = tcg_vop(dc->s, TCG_vbcast, MO_64, m, t, TCG_NONE);
    op->vt = vt;
    op->attr = OPA_ZU;
    tcg_vop(dc->s, TCG_vand, 0, m, m, b)->vt = vt;
    op = tcg_vop(dc->s, TCG_vtest, 0, TCG_NONE, sse_reg(dc, in->reg), m);
    op->vt = vt;
    op->fl_def = FL_ALL;
}

/* VZEROUPPER, VZEROALL (arg 1) */
void gen_vzero_regs(DisasContext *dc, const X86Insn *in)
{
    if (in->mode64 && !in->row->arg) {
        tcg_emit(dc->s, TCG_vzeroupper, 0)->vt = TCG_V256;
        return;
    }
    for (unsigned i = 0; i < (in->mode64 ? 16 : 8); i++) {
        TCGOp *op = in->row->arg
            ? tcg_vop(dc->s, TCG_vzero, 0, dc->xmm[i], TCG_NONE, TCG_NONE)
            : tcg_vop(dc->s, TCG_vmov, 0, dc->xmm[i], dc->xmm[i], TCG_NONE);
        op->attr = OPA_ZU;
    }
}

/* VFMADD132PS and kin: arg = size, 0x10 scalar; kind << 8, form << 12 */
void gen_ffma(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;
    TCGRef b = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_ffma, sse_dst(dc, in), sse_dst(dc, in),
                       sse_src1(dc, in));

    op->in[2] = b;
    op->sz = sz;
    op->imm = in->row->arg >> 8;
    if (in->row->arg & 0x10) {
        op->attr |= OPA_SCALAR;
    }
}

/* A vector op of the instruction's width that is not the row's. */
static TCGOp *wide_op(DisasContext *dc, const X86Insn *in, TCGOpcode opc,
                      unsigned sz, TCGRef d, TCGRef a, TCGRef b)
{
    TCGOp *op = tcg_vop(dc->s, opc, sz, d, a, b);

    op->vt = in->l ? TCG_V256 : TCG_V128;
    op->attr = OPA_ZU;
    return op;
}

/* The even or odd bytes of v as words. */
static TCGRef bytes_to_words(DisasContext *dc, const X86Insn *in, TCGRef v,
                             bool odd, bool is_signed)
{
    TCGRef t = v256(dc);

    if (!odd) {
        wide_op(dc, in, TCG_vshli, MO_16, t, v, TCG_NONE)->imm = 8;
        v = t;
    }
    wide_op(dc, in, is_signed ? TCG_vsari : TCG_vshri, MO_16, t, v,
            TCG_NONE)->imm = 8;
    return t;
}

/* t = sums of pairs of products of the words of a and b */
static TCGRef products(DisasContext *dc, const X86Insn *in, TCGRef a, TCGRef b)
{
    TCGRef t = v256(dc);

    wide_op(dc, in, TCG_vmaddwd, MO_16, t, a, b);
    return t;
}

/*
 * VPDPBUSD, VPMADD52LUQ and kin: dst = op(dst, src1, src2); arg = size, the
 * op's parameter << 4 (see vdp in tcg/ops.def).  Those that neither saturate
 * nor have unsigned words are a few ops that every host has.
 */
void gen_vdp(DisasContext *dc, const X86Insn *in)
{
    unsigned how = in->row->arg >> 4, sz = in->row->arg & 15;
    TCGRef d = sse_dst(dc, in), a = sse_src1(dc, in), b = sse_src(dc, in), t;

    if (in->row->op == TCG_vdp && !(how & 4) && (sz == MO_8 || how == 3)) {
        if (sz == MO_16) {
            t = products(dc, in, a, b);
        } else {
            TCGRef u;
            t = products(dc, in, bytes_to_words(dc, in, a, false, how & 1),
                         bytes_to_words(dc, in, b, false, how & 2));
            u = products(dc, in, bytes_to_words(dc, in, a, true, how & 1),
                         bytes_to_words(dc, in, b, true, how & 2));
            wide_op(dc, in, TCG_vadd, MO_32, t, t, u);
        }
        wide_op(dc, in, TCG_vadd, MO_32, d, d, t);
        return;
    }
    TCGOp *op = wide_op(dc, in, in->row->op, sz, d, d, a);
    op->in[2] = b;
    op->imm = how;
}

/* VCVTPS2PH */
void gen_cvt_ps2ph(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = in->mem ? v256(dc) : dc->xmm[in->rm];
    TCGOp *op = sse_op(dc, in, TCG_cvt_ps2ph, d, sse_reg(dc, in->reg),
                       TCG_NONE);

    op->imm = in->imm & 7;
    if (in->mem && in->l) {
        TCGMem m = x86_mem(dc, in);
        tcg_vop(dc->s, TCG_stv, 0, TCG_NONE, d, TCG_NONE)->mem = m;
    } else if (in->mem) {
        sse_store_elem(dc, in, d, MO_64);
    }
}

/* ---- masked moves and gathers, by helper ----------------------------------- */

/* VMASKMOVPS, VPMASKMOVD...: arg = size, 0x20 store; VEX.W widens PMASKMOV */
void gen_vmaskmov(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = (in->row->arg & 15) + in->w;
    TCGRef addr = x86_mem_addr(dc, x86_mem_unchecked(dc, in));
    TCGRef desc = x86_const(dc, VEC_DESC(in->reg, in->vvvv, 0, sz, in->l));

    tcg_call(dc->s, in->row->arg & 0x20 ? &helper_vmaskstore_info
                                        : &helper_vmaskload_info,
             TCG_NONE, addr, desc);
}

/* VPGATHERDD...: arg = index size; VEX.W = element size */
void gen_vgather(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    unsigned index = in->index == X86_NOREG ? 4 : in->index;
    unsigned isz = in->row->arg, esz = in->w ? MO_64 : MO_32;
    TCGRef base = x86_tmp(dc), seg;

    if ((in->modrm & 7) != 4 || in->reg == index || in->reg == in->vvvv ||
        index == in->vvvv) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_op2(s, TCG_add, MO_64, base,
            in->base == X86_NOREG ? x86_const(dc, 0) : dc->gpr[in->base],
            x86_const(dc, (int64_t)in->disp));
    seg = in->seg_ovr || (dc->mode & HF_ADDSEG) ? dc->seg_base[in->seg]
                                                : x86_const(dc, 0);
    tcg_call(s, &helper_vgather_info, TCG_NONE, base, seg,
             x86_const(dc, VEC_DESC(in->reg, in->vvvv, index, esz, in->l) |
                       isz << 16 | in->scale << 20 |
                       (in->asz == MO_32) << 24));
}
