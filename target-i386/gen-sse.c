/* SPDX-License-Identifier: MIT */
/*
 * Generators of SSE to SSE4.2, AVX and the cryptography extensions: moves,
 * logic, packed integers, inserts and extracts, blends, string comparison.
 * Most instructions are one IR op, named by the row (row->op, element size in
 * row->arg); what is here beyond that is how operands are merged.
 * Floating point is in gen-sse-fp.c, MMX in gen-mmx.c.  SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/gen-sse.h"

/* ---- one op, operands by shape ------------------------------------------- */

/* dst = op(src1, src2) */
void gen_v2(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), sse_src1(dc, in), b);
}

/* dst = op(src) */
void gen_v1(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, TCG_NONE);
}

/* dst = op(src1, src2, imm8) */
void gen_v2i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), sse_src1(dc, in), b)->imm =
        in->imm & 0xff;
}

/* dst = op(src, imm8) */
void gen_v1i(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, TCG_NONE)->imm =
        in->imm & 0xff;
}

/* PMOVSX, PMOVZX: arg = source element, destination element << 8 */
void gen_vext(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), b, TCG_NONE)->imm =
        (in->row->arg >> 8) & 15;
}

/* PSLLW x, imm8 and kin: the destination of a VEX form is vvvv */
void gen_vshift_imm(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = sse_is_vex(in) ? sse_reg(dc, in->vvvv) : sse_reg(dc, in->rm);

    sse_op(dc, in, in->row->op, d, sse_reg(dc, in->rm), TCG_NONE)->imm =
        in->imm & 0xff;
}

/* PCMPEQ, PXOR, PSUB... of a register with itself do not depend on it. */
void gen_vzeroing(DisasContext *dc, const X86Insn *in)
{
    if (!in->mem && in->rm == (sse_is_vex(in) ? in->vvvv : in->reg)) {
        sse_op(dc, in, TCG_vzero, sse_dst(dc, in), TCG_NONE, TCG_NONE);
    } else {
        gen_v2(dc, in);
    }
}

/* ---- SSE4a ----------------------------------------------------------------- */

/* Bit field of EXTRQ and INSERTQ in 64 bits: len 0 means 64. */
typedef struct Field { TCGRef len, pos; } Field;

/* From bits 5:0 and 13:8 of q. */
static Field field_from(DisasContext *dc, TCGRef q)
{
    Field f = { x86_tmp(dc), x86_tmp(dc) };

    tcg_op2(dc->s, TCG_and, MO_64, f.len, q, x86_const(dc, 63));
    tcg_op1(dc->s, TCG_extract, MO_64, f.pos, q)->imm = 8 | 6 << 8;
    return f;
}

static Field field_imm(DisasContext *dc, const X86Insn *in)
{
    return (Field) { x86_const(dc, in->imm & 63),
                     x86_const(dc, in->imm2 & 63) };
}

/* ~0 >> (64 - len): the shift count is taken modulo 64. */
static TCGRef field_mask(DisasContext *dc, Field f)
{
    TCGRef n = x86_tmp(dc), m = x86_tmp(dc);

    tcg_op1(dc->s, TCG_neg, MO_64, n, f.len);
    tcg_op2(dc->s, TCG_shr, MO_64, m, x86_const(dc, -1), n);
    return m;
}

/* The low half of d = q, the high half = 0 as on AMD's processors. */
static void set_low(DisasContext *dc, TCGRef d, TCGRef q)
{
    tcg_vop(dc->s, TCG_vfromq, MO_64, d, q, TCG_NONE);
}

void gen_extrq(DisasContext *dc, const X86Insn *in)
{
    bool imm = in->row->imm;
    TCGRef d = sse_reg(dc, imm ? in->rm : in->reg);
    TCGRef a = x86_tmp(dc), q = x86_tmp(dc);
    Field f;

    sse_get(dc, a, d, MO_64, 0);
    if (imm) {
        f = field_imm(dc, in);
    } else {
        sse_get(dc, q, sse_reg(dc, in->rm), MO_64, 0);
        f = field_from(dc, q);
    }
    tcg_op2(dc->s, TCG_shr, MO_64, a, a, f.pos);
    tcg_op2(dc->s, TCG_and, MO_64, a, a, field_mask(dc, f));
    set_low(dc, d, a);
}

void gen_insertq(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = sse_reg(dc, in->reg), m;
    TCGRef a = x86_tmp(dc), b = x86_tmp(dc), q = x86_tmp(dc);
    Field f;

    sse_get(dc, a, d, MO_64, 0);
    sse_get(dc, b, sse_reg(dc, in->rm), MO_64, 0);
    if (in->row->imm) {
        f = field_imm(dc, in);
    } else {
        sse_get(dc, q, sse_reg(dc, in->rm), MO_64, 1);
        f = field_from(dc, q);
    }
    m = field_mask(dc, f);
    tcg_op2(dc->s, TCG_and, MO_64, b, b, m);
    tcg_op2(dc->s, TCG_shl, MO_64, b, b, f.pos);
    tcg_op2(dc->s, TCG_shl, MO_64, m, m, f.pos);
    tcg_op1(dc->s, TCG_not, MO_64, m, m);
    tcg_op2(dc->s, TCG_and, MO_64, a, a, m);
    tcg_op2(dc->s, TCG_or, MO_64, a, a, b);
    set_low(dc, d, a);
}

/* ---- moves ----------------------------------------------------------------- */

/* MOVAPS, MOVUPS, MOVDQA, LDDQU... load or register form */
void gen_vmov(DisasContext *dc, const X86Insn *in)
{
    if (!in->mem) {
        sse_op(dc, in, TCG_vmov, sse_dst(dc, in), sse_reg(dc, in->rm),
               TCG_NONE);
    } else {
        sse_load(dc, in, sse_dst(dc, in));
    }
}

/* ... store form, or register form with the destination in rm */
void gen_vmov_st(DisasContext *dc, const X86Insn *in)
{
    if (!in->mem) {
        sse_op(dc, in, TCG_vmov, sse_reg(dc, in->rm), sse_reg(dc, in->reg),
               TCG_NONE);
    } else {
        sse_store(dc, in, sse_reg(dc, in->reg));
    }
}

/* MOVNTPS, MOVNTDQ; MOVNTDQA is a plain aligned load */
void gen_vmovnt(DisasContext *dc, const X86Insn *in)
{
    sse_store(dc, in, sse_reg(dc, in->reg))->attr |= OPA_NT;
}

/* MOVSS, MOVSD: a load zeroes the rest, a register move keeps it */
void gen_vmovs(DisasContext *dc, const X86Insn *in)
{
    if (in->mem) {
        sse_load_elem(dc, in, sse_dst(dc, in));
    } else {
        sse_op(dc, in, TCG_vmerge, sse_dst(dc, in), sse_src1(dc, in),
               sse_reg(dc, in->rm));
    }
}

void gen_vmovs_st(DisasContext *dc, const X86Insn *in)
{
    if (in->mem) {
        sse_store_elem(dc, in, sse_reg(dc, in->reg), in->row->arg & 15);
    } else {
        TCGRef d = sse_reg(dc, in->rm);
        sse_op(dc, in, TCG_vmerge, d,
               sse_is_vex(in) ? sse_reg(dc, in->vvvv) : d,
               sse_reg(dc, in->reg));
    }
}

/* MOVQ xmm, xmm/m64 and its store form */
void gen_vmovq(DisasContext *dc, const X86Insn *in)
{
    if (in->mem) {
        sse_load_elem(dc, in, sse_dst(dc, in));
    } else {
        sse_op(dc, in, TCG_vzx, sse_dst(dc, in), sse_reg(dc, in->rm),
               TCG_NONE);
    }
}

void gen_vmovq_st(DisasContext *dc, const X86Insn *in)
{
    if (in->mem) {
        sse_store_elem(dc, in, sse_reg(dc, in->reg), MO_64);
    } else {
        sse_op(dc, in, TCG_vzx, sse_reg(dc, in->rm), sse_reg(dc, in->reg),
               TCG_NONE);
    }
}

/* MOVLPS/MOVHLPS and MOVHPS/MOVLHPS: row->op merges the loaded half, the
 * register form is fixed by it */
void gen_vmovhalf(DisasContext *dc, const X86Insn *in)
{
    TCGOpcode opc = in->row->op;
    TCGRef b = sse_src(dc, in);

    if (!in->mem) {
        opc = opc == TCG_vlo ? TCG_vhi2lo : TCG_vlo2hi;
    }
    sse_op(dc, in, opc, sse_dst(dc, in), sse_src1(dc, in), b);
}

/* MOVLPS, MOVHPS store: arg = which half, in bits 4.. */
void gen_vmovhalf_st(DisasContext *dc, const X86Insn *in)
{
    TCGRef v = sse_reg(dc, in->reg);

    if (in->row->arg >> 4) {
        TCGRef t = tcg_temp_new(dc->s, TCG_I64);

        sse_get(dc, t, v, MO_64, 1);
        tcg_st(dc->s, MO_64, t, x86_mem(dc, in));
    } else {
        sse_store_elem(dc, in, v, MO_64);
    }
}

/* MOVD, MOVQ between XMM and general registers */
void gen_vfrom_e(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;

    if (in->mem) {
        sse_load_sz(dc, in, sse_dst(dc, in), sz);
    } else {
        sse_op(dc, in, TCG_vfromq, sse_dst(dc, in), dc->gpr[in->rm],
               TCG_NONE)->sz = sz;
    }
}

void gen_vto_e(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;

    if (in->mem) {
        sse_store_elem(dc, in, sse_reg(dc, in->reg), sz);
    } else {
        sse_get(dc, dc->gpr[in->rm], sse_reg(dc, in->reg), sz, 0);
    }
}

/* PMOVMSKB, MOVMSKPS, MOVMSKPD */
void gen_vmovmsk(DisasContext *dc, const X86Insn *in)
{
    sse_op(dc, in, TCG_vmovmsk, dc->gpr[in->reg], sse_reg(dc, in->rm),
           TCG_NONE);
}

/* ---- inserts and extracts ---------------------------------------------------- */

static unsigned elem_size(const X86Insn *in)
{
    unsigned sz = in->row->arg & 15;

    return sz == MO_32 && in->w ? MO_64 : sz;   /* PEXTRQ, PINSRQ */
}

/* PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS r/m, xmm, imm8 */
void gen_vextract(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->row->op == TCG_vget ? elem_size(in) : MO_32;
    unsigned n = in->imm & ((16 >> sz) - 1);

    if (in->mem) {
        TCGRef t = tcg_temp_new(dc->s, TCG_I64);

        sse_get(dc, t, sse_reg(dc, in->reg), sz, n);
        tcg_st(dc->s, sz, t, x86_mem(dc, in));
    } else {
        sse_get(dc, dc->gpr[in->rm], sse_reg(dc, in->reg), sz, n);
    }
}

/* PEXTRW r, xmm, imm8 of SSE2: destination in reg */
void gen_vextract_w(DisasContext *dc, const X86Insn *in)
{
    sse_get(dc, dc->gpr[in->reg], sse_reg(dc, in->rm), MO_16, in->imm & 7);
}

/* PINSRB, PINSRW, PINSRD, PINSRQ */
void gen_vinsert(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = elem_size(in);
    TCGRef t = sse_src(dc, in);
    TCGOp *op = sse_op(dc, in, TCG_vins, sse_dst(dc, in), sse_src1(dc, in), t);

    op->sz = sz;
    op->imm = in->imm & ((16 >> sz) - 1);
}

/* INSERTPS: from memory the source element is the only one */
void gen_vinsertps(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, TCG_vinsertps, sse_dst(dc, in), sse_src1(dc, in), b)->imm =
        in->imm & (in->mem ? 0x3f : 0xff);
}

/* ---- blends, tests ------------------------------------------------------------ */

/* BLENDVPS and kin, SHA256RNDS2: XMM0 is the third operand */
void gen_v3_xmm0(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, in->row->op, sse_dst(dc, in), sse_src1(dc, in), b)->in[2] =
        sse_reg(dc, 0);
}

void gen_vptest(DisasContext *dc, const X86Insn *in)
{
    TCGRef b = sse_src(dc, in);

    sse_op(dc, in, TCG_vtest, TCG_NONE, sse_reg(dc, in->reg), b)->fl_def =
        FL_ALL;
}

/* PCMPESTRI, PCMPISTRI, PCMPESTRM, PCMPISTRM; arg bit 4 = explicit lengths */
void gen_pcmpstr(DisasContext *dc, const X86Insn *in)
{
    bool expl = in->row->arg & 0x10;
    TCGRef b = sse_src(dc, in);
    TCGRef d = in->row->op == TCG_vpcmpstri ? dc->gpr[R_ECX] :
               sse_reg(dc, 0);
    TCGOp *op = sse_op(dc, in, in->row->op, d, sse_reg(dc, in->reg), b);

    op->in[2] = expl ? dc->gpr[R_EAX] : tcg_const(dc->s, 0);
    op->in[3] = expl ? dc->gpr[R_EDX] : tcg_const(dc->s, 0);
    op = &dc->s->ops[dc->s->nb_ops - 1];    /* constants may have moved it */
    op->sz = 0;
    op->imm = in->imm & 0xff;
    op->fl_def = FL_ALL;
    op->attr |= (expl ? OPA_EXPL : 0) | (expl && in->w ? OPA_W : 0);
}

/* ---- byte-masked store ----------------------------------------------------------- */

/* DS:rDI */
static TCGMem mem_di(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = { dc->gpr[R_EDI], TCG_NONE, 0, 0 };

    if (in->asz != MO_64) {
        m.base = tcg_temp_new(dc->s, TCG_I64);
        tcg_op1(dc->s, TCG_ext_u, in->asz, m.base, dc->gpr[R_EDI]);
    }
    if (in->seg_ovr || (dc->mode & HF_ADDSEG)) {
        m.index = dc->seg_base[in->seg_ovr ? in->seg : R_DS];
    }
    return m;
}

/*
 * MASKMOVDQU, MASKMOVQ: stores the n bytes of v whose mask byte has its top
 * bit set at DS:rDI; the others are not touched, nor can they fault.
 */
void sse_masked_store(DisasContext *dc, const X86Insn *in, TCGRef v,
                      TCGRef mask, unsigned n)
{
    TCGContext *s = dc->s;
    TCGRef bits = tcg_local_new(s, TCG_I64);
    TCGRef half[2] = { tcg_local_new(s, TCG_I64), tcg_local_new(s, TCG_I64) };
    TCGRef zero = tcg_const(s, 0);
    TCGMem m = mem_di(dc, in);
    TCGRef addr = tcg_local_new(s, TCG_I64);
    TCGOp *op = tcg_emit(s, TCG_lea, MO_64);

    op->out[0] = addr;
    op->mem = m;
    tcg_vop(s, TCG_vmovmsk, MO_8, bits, mask, TCG_NONE);
    for (unsigned h = 0; h < n / 8; h++) {
        sse_get(dc, half[h], v, MO_64, h);
    }
    for (unsigned b = 0; b < n; b++) {
        TCGLabel *skip = tcg_label_new(s);
        TCGRef t = tcg_temp_new(s, TCG_I64), byte;

        tcg_op1(s, TCG_extract, MO_64, t, bits)->imm = b | 1 << 8;
        tcg_brcond(s, TCG_COND_EQ, MO_64, t, zero, skip);
        byte = tcg_temp_new(s, TCG_I64);
        tcg_op1(s, TCG_extract, MO_64, byte, half[b / 8])->imm =
            (b & 7) * 8 | 8 << 8;
        tcg_st(s, MO_8, byte, (TCGMem){ addr, TCG_NONE, 0, b });
        tcg_label_place(s, skip);
    }
}

void gen_maskmovdqu(DisasContext *dc, const X86Insn *in)
{
    sse_masked_store(dc, in, sse_reg(dc, in->reg), sse_reg(dc, in->rm), 16);
}
