/* SPDX-License-Identifier: MIT */
/*
 * Generators of MMX instructions, SSE's and SSSE3's additions to it included.
 * An MMX operand becomes a V128 value with a zero upper half, the row's op
 * works on that, and the low half goes back; where the operation mixes the
 * halves (pack, high unpack, horizontal add, align) the two operands are first
 * joined into one vector.  Any access to an MMX register but EMMS puts the
 * x87 stack into MMX state: TOP = 0, all tags valid (SDM vol. 1, 9.5.1).
 */
#include "util/osdep.h"
#include "target-i386/gen-sse.h"
#include "target-i386/now3d.h"

/* ---- register access ----------------------------------------------------- */

static void mmx_enter(CPUX86State *env)
{
    env->fpus &= ~(7 << 11);
    env->fptags = 0xff;
}

static uint64_t helper_mmget(TCGEnv *h, uint64_t n)
{
    CPUX86State *env = container_of(h, CPUX86State, h);

    mmx_enter(env);
    return env->fpregs[n].mant;
}

static void helper_mmput(TCGEnv *h, uint64_t n, uint64_t val)
{
    CPUX86State *env = container_of(h, CPUX86State, h);

    mmx_enter(env);
    env->fpregs[n].mant = val;
    env->fpregs[n].se = 0xffff;
}

static void helper_emms(TCGEnv *h)
{
    CPUX86State *env = container_of(h, CPUX86State, h);

    mmx_enter(env);             /* AMD's EMMS clears TOP too */
    env->fptags = 0;
}

static const TCGHelper mmget = {
    helper_mmget, "mmget", 1, true, HE_NOGLOBALS | HE_NOFAULT
};
static const TCGHelper mmput = {
    helper_mmput, "mmput", 2, false, HE_NOGLOBALS | HE_NOFAULT
};
static const TCGHelper emms = {
    helper_emms, "emms", 0, false, HE_NOGLOBALS | HE_NOFAULT
};

/* mm[n] in the low half of a new vector, zeros above */
static TCGRef mm_get(DisasContext *dc, unsigned n)
{
    TCGRef v = tcg_temp_new(dc->s, TCG_V128);

    if (tcg_backend->has_x87) {
        TCGOp *op = tcg_emit(dc->s, TCG_mmget, MO_64);
        op->vt = TCG_V128;
        op->out[0] = v;
        op->imm = n & 7;
    } else {
        TCGRef q = tcg_temp_new(dc->s, TCG_I64);
        tcg_call(dc->s, &mmget, q, tcg_const(dc->s, n & 7));
        tcg_vop(dc->s, TCG_vfromq, MO_64, v, q, TCG_NONE);
    }
    return v;
}

static void mm_put(DisasContext *dc, unsigned n, TCGRef v)
{
    if (tcg_backend->has_x87) {
        TCGOp *op = tcg_emit(dc->s, TCG_mmput, MO_64);
        op->vt = TCG_V128;
        op->in[0] = v;
        op->imm = n & 7;
    } else {
        TCGRef q = tcg_temp_new(dc->s, TCG_I64);
        sse_get(dc, q, v, MO_64, 0);
        tcg_call(dc->s, &mmput, TCG_NONE, tcg_const(dc->s, n & 7), q);
    }
}

/* The Q operand: the load, which may fault, goes first of all. */
static TCGRef mm_src(DisasContext *dc, const X86Insn *in)
{
    if (in->mem) {
        TCGRef v = tcg_temp_new(dc->s, TCG_V128);
        sse_load_sz(dc, in, v, x86_opnd_size(in, 1));
        return v;
    }
    return mm_get(dc, in->rm);
}

static TCGRef v128(DisasContext *dc)
{
    return tcg_temp_new(dc->s, TCG_V128);
}

/* ---- shapes ------------------------------------------------------------------ */

static unsigned esz(const X86Insn *in)
{
    return in->row->arg & 15;
}

/* mm = op(mm, src), element-wise */
void gen_mm2(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), a = mm_get(dc, in->reg);

    tcg_vop(dc->s, in->row->op, esz(in), a, a, b);
    mm_put(dc, in->reg, a);
}

/* 0F 0F /r suffix */
void gen_now3d(DisasContext *dc, const X86Insn *in)
{
    bool ext = !dc->feats || x86_feat(dc->feats, X86_FEAT_3DNOWEXT);
    TCGRef b, a, p = x86_tmp(dc), q = x86_tmp(dc);

    if (!x86_now3d_valid(in->imm, ext)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    b = mm_src(dc, in);
    a = mm_get(dc, in->reg);
    sse_get(dc, p, a, MO_64, 0);
    sse_get(dc, q, b, MO_64, 0);
    tcg_call(dc->s, &helper_now3d_info, p, p, q, x86_const(dc, in->imm & 0xff));
    a = v128(dc);
    tcg_vop(dc->s, TCG_vfromq, MO_64, a, p, TCG_NONE);
    mm_put(dc, in->reg, a);
}

/* mm = op(src) */
void gen_mm1(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), d = v128(dc);

    tcg_vop(dc->s, in->row->op, esz(in), d, b, TCG_NONE);
    mm_put(dc, in->reg, d);
}

/* PSHUFW */
void gen_mm1i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), d = v128(dc);

    tcg_vop(dc->s, in->row->op, esz(in), d, b, TCG_NONE)->imm = in->imm & 0xff;
    mm_put(dc, in->reg, d);
}

/* PACKSSWB, PHADDW...: op of the joined operands with itself */
void gen_mm_join(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), a = mm_get(dc, in->reg);

    tcg_vop(dc->s, TCG_vunpckl, MO_64, a, a, b);
    tcg_vop(dc->s, in->row->op, esz(in), a, a, a);
    mm_put(dc, in->reg, a);
}

/* PUNPCKHBW...: the upper half of the low unpack */
void gen_mm_unpckh(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), a = mm_get(dc, in->reg);

    tcg_vop(dc->s, TCG_vunpckl, esz(in), a, a, b);
    tcg_vop(dc->s, TCG_vshrb, 0, a, a, TCG_NONE)->imm = 8;
    mm_put(dc, in->reg, a);
}

/* PSHUFB: indexes have three bits */
void gen_mm_pshufb(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), a = mm_get(dc, in->reg), m = v128(dc);

    tcg_vop(dc->s, TCG_vfromq, MO_64, m,
            tcg_const(dc->s, 0x8787878787878787), TCG_NONE);
    tcg_vop(dc->s, TCG_vand, 0, m, m, b);
    tcg_vop(dc->s, TCG_vpshufb, 0, a, a, m);
    mm_put(dc, in->reg, a);
}

/* PALIGNR: destination:source >> imm bytes */
void gen_mm_palignr(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), a = mm_get(dc, in->reg), d = v128(dc);

    tcg_vop(dc->s, TCG_vunpckl, MO_64, d, b, a);
    tcg_vop(dc->s, TCG_vshrb, 0, d, d, TCG_NONE)->imm = MIN(in->imm & 0xff, 16);
    mm_put(dc, in->reg, d);
}

/* PSLLW mm, imm8 and kin */
void gen_mm_shift_imm(DisasContext *dc, const X86Insn *in)
{
    TCGRef a = mm_get(dc, in->rm);

    tcg_vop(dc->s, in->row->op, esz(in), a, a, TCG_NONE)->imm = in->imm & 0xff;
    mm_put(dc, in->rm, a);
}

/* ---- moves -------------------------------------------------------------------- */

void gen_mm_mov(DisasContext *dc, const X86Insn *in)
{
    mm_put(dc, in->reg, mm_src(dc, in));
}

/* MOVQ, MOVNTQ store; register form of MOVQ */
void gen_mm_mov_st(DisasContext *dc, const X86Insn *in)
{
    TCGRef v = mm_get(dc, in->reg);

    if (in->mem) {
        sse_store_elem(dc, in, v, MO_64);
    } else {
        mm_put(dc, in->rm, v);
    }
}

/* MOVD, MOVQ mm, r/m */
void gen_mm_from_e(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;
    TCGRef v = v128(dc);

    if (in->mem) {
        sse_load_sz(dc, in, v, sz);
    } else {
        tcg_vop(dc->s, TCG_vfromq, sz, v, dc->gpr[in->rm], TCG_NONE);
    }
    mm_put(dc, in->reg, v);
}

void gen_mm_to_e(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;
    TCGRef v = mm_get(dc, in->reg);

    if (in->mem) {
        sse_store_elem(dc, in, v, sz);
    } else {
        sse_get(dc, dc->gpr[in->rm], v, sz, 0);
    }
}

void gen_movq2dq(DisasContext *dc, const X86Insn *in)
{
    tcg_vop(dc->s, TCG_vmov, 0, sse_reg(dc, in->reg), mm_get(dc, in->rm),
            TCG_NONE);
}

void gen_movdq2q(DisasContext *dc, const X86Insn *in)
{
    mm_put(dc, in->reg, sse_reg(dc, in->rm));
}

void gen_mm_movmsk(DisasContext *dc, const X86Insn *in)
{
    tcg_vop(dc->s, TCG_vmovmsk, MO_8, dc->gpr[in->reg],
            mm_get(dc, in->rm), TCG_NONE);
}

void gen_mm_pextrw(DisasContext *dc, const X86Insn *in)
{
    sse_get(dc, dc->gpr[in->reg], mm_get(dc, in->rm), MO_16, in->imm & 3);
}

void gen_mm_pinsrw(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = sse_src(dc, in), a = mm_get(dc, in->reg);

    tcg_vop(dc->s, TCG_vins, MO_16, a, a, t)->imm = in->imm & 3;
    mm_put(dc, in->reg, a);
}

void gen_maskmovq(DisasContext *dc, const X86Insn *in)
{
    sse_masked_store(dc, in, mm_get(dc, in->reg), mm_get(dc, in->rm), 8);
}

void gen_emms(DisasContext *dc, const X86Insn *in)
{
    if (tcg_backend->has_x87) {
        tcg_emit(dc->s, TCG_emms, 0);
    } else {
        tcg_call(dc->s, &emms, TCG_NONE);
    }
}

/* ---- conversions ---------------------------------------------------------------- */

/* CVTPI2PS keeps the upper half; the two zeros above convert exactly */
void gen_cvtpi2ps(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in), t = v128(dc), d = sse_reg(dc, in->reg);

    tcg_vop(dc->s, TCG_cvt_dq2ps, MO_32, t, b, TCG_NONE);
    tcg_vop(dc->s, TCG_vlo, MO_64, d, d, t);
}

/* CVTPI2PD: from memory it leaves the x87 state alone */
void gen_cvtpi2pd(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = mm_src(dc, in);

    tcg_vop(dc->s, TCG_cvt_dq2pd, MO_64, sse_reg(dc, in->reg), b, TCG_NONE);
}

/* CVTPS2PI, CVTTPS2PI, CVTPD2PI, CVTTPD2PI: arg bit 5 = truncate.  Only the
 * low two singles may raise exceptions. */
void gen_cvt_to_mm(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in), t = v128(dc);
    TCGOp *op;

    if (in->row->op == TCG_cvt_ps2dq && !in->mem) {
        tcg_vop(dc->s, TCG_vzx, MO_64, t, b, TCG_NONE);
        b = t;
    }
    op = tcg_vop(dc->s, in->row->op, esz(in), t, b, TCG_NONE);
    op->attr = in->row->arg & 0x20 ? OPA_TRUNC : 0;
    mm_put(dc, in->reg, t);
}
