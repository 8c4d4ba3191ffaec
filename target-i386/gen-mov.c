/* SPDX-License-Identifier: MIT */
/*
 * Generators: data movement, exchange, conditional move and set, stack.
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"

void gen_mov(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);

    if (x86_opnd_is_mem(in, 0)) {
        x86_st_opnd(dc, in, 0, dc->v[1]);
        return;
    }
    unsigned reg = x86_opnd_reg(in, 0);
    if (x86_opnd_is_mem(in, 1) && sz >= MO_32) {
        TCGMem m = in->row->opnd[1].kind == OK_E ? x86_mem(dc, in) :
                   x86_mem_moffs(dc, in);
        tcg_ld(dc->s, sz, 0, dc->gpr[reg], m);
        return;
    }
    x86_st_reg(dc, sz, reg, dc->v[1] != TCG_NONE ? dc->v[1] :
                            x86_ld_opnd(dc, in, 1));
}

/* MOVZX, MOVSX, MOVSXD */
void gen_movx(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->osz, ssz = x86_opnd_size(in, 1);
    bool sign = in->row->op == TCG_ext_s && ssz != sz;
    TCGRef d = x86_out(dc, in, 0, false);

    if (in->mem) {
        TCGMem m = x86_mem(dc, in);
        tcg_ld(dc->s, ssz, sign ? sz : 0, d, m);
    } else {
        TCGRef a = x86_ld_reg(dc, ssz, in->rm);
        tcg_op1(dc->s, sign ? TCG_ext_s : TCG_ext_u, ssz, d, a)->imm =
            sign ? sz : 0;
    }
    x86_st_opnd(dc, in, 0, d);
}

void gen_lea(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = in->asz == MO_16 ? x86_mem_noseg(dc, in) : x86_mem_raw(dc, in);
    TCGRef d = x86_out(dc, in, 0, false);
    unsigned sz = in->osz == MO_64 && in->asz == MO_64 ? MO_64 : MO_32;

    if (m.index == TCG_NONE && !m.disp && m.base != TCG_NONE) {
        tcg_op1(dc->s, TCG_mov, sz, d, m.base);
    } else {
        TCGOp *op = tcg_emit(dc->s, TCG_lea, sz);
        op->out[0] = d;
        op->mem = m;
    }
    x86_st_opnd(dc, in, 0, d);
}

void gen_xchg(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    TCGRef b = x86_ld_opnd(dc, in, 1);

    if (in->mem) {
        TCGMem m = x86_mem(dc, in);
        TCGRef d = x86_out(dc, in, 1, false);
        TCGOp *op = tcg_op1(dc->s, TCG_xchg, sz, d, b);
        op->mem = m;
        x86_st_opnd(dc, in, 1, d);
        return;
    }
    TCGRef t = x86_tmp(dc);
    tcg_op1(dc->s, TCG_mov, MO_64, t, x86_ld_opnd(dc, in, 0));
    x86_st_reg(dc, sz, in->rm, b);
    x86_st_reg(dc, sz, in->reg, t);
}

void gen_xchg_acc(DisasContext *dc, const X86Insn *in)
{
    unsigned reg = x86_opnd_reg(in, 0);
    TCGRef t;

    if (reg == R_EAX) {
        return;                 /* NOP, by definition */
    }
    t = x86_tmp(dc);
    tcg_op1(dc->s, TCG_mov, MO_64, t, dc->gpr[reg]);
    x86_st_reg(dc, in->osz, reg, dc->gpr[R_EAX]);
    x86_st_reg(dc, in->osz, R_EAX, t);
}

void gen_cmov(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = dc->gpr[in->reg];
    unsigned cc = in->opcode & 15;
    TCGOp *op = tcg_op2(dc->s, TCG_cmov, in->osz, d, d, dc->v[1]);

    op->cond = cc;
    op->fl_use = tcg_cc_flags(cc);
}

void gen_setcc(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, true);
    unsigned cc = in->opcode & 15;
    bool reg = !in->mem && !x86_is_high8(in, MO_8, in->rm);
    TCGOp *op = tcg_op1(dc->s, TCG_setcc, MO_8, d,
                        reg ? d : x86_const(dc, 0));

    op->cond = cc;
    op->fl_use = tcg_cc_flags(cc);
    x86_st_opnd(dc, in, 0, d);
}

/* CBW, CWDE, CDQE */
void gen_cbw(DisasContext *dc, const X86Insn *in)
{
    TCGRef ax = dc->gpr[R_EAX];
    TCGRef d = in->osz == MO_16 ? x86_tmp(dc) : ax;

    tcg_op1(dc->s, TCG_ext_s, in->osz - 1, d, ax)->imm = in->osz;
    if (d != ax) {
        x86_st_reg(dc, MO_16, R_EAX, d);
    }
}

/* CWD, CDQ, CQO */
void gen_cwd(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = in->osz == MO_16 ? x86_tmp(dc) : dc->gpr[R_EDX];

    tcg_op2(dc->s, TCG_sar, in->osz, d, dc->gpr[R_EAX],
            x86_const(dc, (8 << in->osz) - 1));
    if (in->osz == MO_16) {
        x86_st_reg(dc, MO_16, R_EDX, d);
    }
}

void gen_xlat(DisasContext *dc, const X86Insn *in)
{
    TCGRef al = x86_tmp(dc), t = x86_tmp(dc);
    TCGMem m = { .base = dc->gpr[R_EBX], .index = al };

    tcg_op1(dc->s, TCG_ext_u, MO_8, al, dc->gpr[R_EAX]);
    m = x86_mem_wrap(dc, in, m);
    x86_check_access(dc, in, m, in->seg, 1, false);
    m = x86_mem_seg(dc, in, m, in->seg);
    tcg_ld(dc->s, MO_8, 0, t, m);
    tcg_op2(dc->s, TCG_deposit, MO_64, dc->gpr[R_EAX], dc->gpr[R_EAX],
            t)->imm = 8 << 8;
}

void gen_lahf(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc), ax = dc->gpr[R_EAX];
    TCGOp *op = tcg_emit(dc->s, TCG_getfl, MO_64);

    op->out[0] = t;
    op->fl_use = in->row->fl_use;
    tcg_op2(dc->s, TCG_or, MO_64, t, t, x86_const(dc, 2));
    tcg_op2(dc->s, TCG_deposit, MO_64, ax, ax, t)->imm = 8 | 8 << 8;
}

void gen_sahf(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);
    TCGOp *op = tcg_op1(dc->s, TCG_extract, MO_64, t, dc->gpr[R_EAX]);

    op->imm = 8 | 8 << 8;
    op = tcg_emit(dc->s, TCG_setfl, MO_64);
    op->in[0] = t;
    op->fl_def = in->row->fl_def;
}

void gen_salc(DisasContext *dc, const X86Insn *in)
{
    TCGRef ax = dc->gpr[R_EAX];
    TCGOp *op = tcg_op1(dc->s, TCG_setcc, MO_8, ax, ax);

    op->cond = CC_C;
    op->fl_use = FL_C;
    tcg_op1(dc->s, TCG_neg, MO_8, ax, ax);
}

/* ---- stack --------------------------------------------------------------- */

void gen_push(DisasContext *dc, const X86Insn *in)
{
    x86_push(dc, in, dc->v[0]);
}

void gen_pop(DisasContext *dc, const X86Insn *in)
{
    int n = 1 << in->osz;

    if (!x86_opnd_is_mem(in, 0)) {
        unsigned reg = x86_opnd_reg(in, 0);
        if (in->osz >= MO_32 && reg != R_ESP) {
            TCGMem m = x86_stack_mem(dc, in, 0);
            tcg_ld(dc->s, in->osz, 0, dc->gpr[reg], m);
            x86_add_sp(dc, in, n);
            return;
        }
        TCGRef t = x86_pop_peek(dc, in);
        x86_add_sp(dc, in, n);
        x86_st_reg(dc, in->osz, reg, t);
        return;
    }
    /* The address is computed with the incremented rSP. */
    TCGRef t = x86_pop_peek(dc, in);
    if (in->base == R_ESP) {
        X86Insn shifted = *in;
        shifted.disp += n;
        tcg_st(dc->s, in->osz, t, x86_mem(dc, &shifted));
    } else {
        tcg_st(dc->s, in->osz, t, x86_mem(dc, in));
    }
    x86_add_sp(dc, in, n);
}

void gen_push_seg(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_call(dc->s, &helper_get_seg_info, t, x86_const(dc, in->row->arg));
    x86_push(dc, in, t);
}

void gen_pop_seg(DisasContext *dc, const X86Insn *in)
{
    x86_load_seg(dc, in->row->arg, x86_pop_peek(dc, in));
    x86_add_sp(dc, in, 1 << in->osz);
    x86_seg_loaded(dc, in->row->arg);
    x86_ss_loaded(dc, in->row->arg);
}

void gen_pusha(DisasContext *dc, const X86Insn *in)
{
    int n = 1 << in->osz;

    for (int i = 0; i < 8; i++) {
        tcg_st(dc->s, in->osz, dc->gpr[i],
               x86_stack_mem(dc, in, -n * (i + 1)));
    }
    x86_add_sp(dc, in, -n * 8);
}

void gen_popa(DisasContext *dc, const X86Insn *in)
{
    int n = 1 << in->osz;
    TCGRef t[8];

    for (int i = 0; i < 8; i++) {
        if (i != R_ESP) {
            TCGMem m = x86_stack_mem(dc, in, n * (7 - i));
            t[i] = x86_tmp(dc);
            tcg_ld(dc->s, in->osz, 0, t[i], m);
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i != R_ESP) {
            x86_st_reg(dc, in->osz, i, t[i]);
        }
    }
    x86_add_sp(dc, in, n * 8);
}

void gen_pushf(DisasContext *dc, const X86Insn *in)
{
    TCGRef t, u;
    TCGOp *op;

    if (dc->mode & HF_VM) {
        x86_gen_v86_pushf(dc, in);
        return;
    }
    t = x86_tmp(dc);
    u = x86_tmp(dc);
    op = tcg_emit(dc->s, TCG_getfl, MO_64);
    op->out[0] = t;
    op->fl_use = FL_ALL;
    tcg_op2(dc->s, TCG_and, MO_64, u, dc->eflags,
            x86_const(dc, (uint32_t)~(RF_MASK | VM_MASK)));
    tcg_op2(dc->s, TCG_or, MO_64, t, t, u);
    x86_push(dc, in, t);
}

/* What POPF may change at CPL 3: the arithmetic flags and these. */
#define POPF_USER (TF_MASK | DF_MASK | NT_MASK | AC_MASK | ID_MASK)

/* TF traps after the instruction that follows; with AC, it checks alignment. */
static void sync_mode(DisasContext *dc)
{
    TCGContext *s = dc->s;
    TCGLabel *same = tcg_label_new(s);
    TCGRef t = x86_tmp(dc);

    if (s->mode & HF_TF) {
        return;                 /* seen to after each step */
    }
    if (!(s->mode & (HF_CHECK | HF_FSCHK | HF_GSCHK))) {
        tcg_op2(s, TCG_and, MO_64, t, dc->eflags,
                x86_const(dc, TF_MASK | AC_MASK));
        tcg_brcond(s, TCG_COND_EQ, MO_64, t, x86_const(dc, 0), same);
    }
    tcg_call(s, &helper_sync_mode_info, TCG_NONE, x86_const(dc, dc->mode),
             x86_const(dc, dc->next_pc));
    tcg_label_place(s, same);
}

void gen_popf(DisasContext *dc, const X86Insn *in)
{
    if (dc->mode & HF_SYS) {
        x86_gen_sys_popf(dc, in);
        return;
    }
    TCGContext *s = dc->s;
    TCGRef t = x86_pop_peek(dc, in), u = x86_tmp(dc), e = dc->eflags;
    uint32_t mask = POPF_USER & (in->osz == MO_16 ? 0xffff : 0xffffffff);
    TCGOp *op;

    x86_add_sp(dc, in, 1 << in->osz);
    tcg_op2(s, TCG_and, MO_64, u, t, x86_const(dc, mask));
    tcg_op2(s, TCG_and, MO_64, e, e, x86_const(dc, (uint32_t)~mask));
    tcg_op2(s, TCG_or, MO_64, e, e, u);
    op = tcg_emit(s, TCG_setfl, MO_64);
    op->in[0] = t;
    op->fl_def = FL_ALL;
    sync_mode(dc);
}

/* SS:[rBP + disp] */
static TCGMem frame_mem(DisasContext *dc, const X86Insn *in, int disp)
{
    TCGMem m = { .base = dc->gpr[R_EBP], .index = TCG_NONE, .disp = disp };

    if (!in->mode64 && !(dc->mode & HF_SS32)) {
        TCGRef t = x86_tmp(dc);
        TCGOp *op = tcg_emit(dc->s, TCG_lea, MO_32);
        op->out[0] = t;
        op->mem = m;
        m = (TCGMem) { .base = x86_tmp(dc), .index = TCG_NONE };
        tcg_op1(dc->s, TCG_ext_u, MO_16, m.base, t);
    }
    x86_check_access(dc, in, m, R_SS, 1 << in->osz, false);
    return x86_mem_seg(dc, in, m, R_SS);
}

/* ENTER: frame pointers of the enclosing levels are copied for level > 1. */
void gen_enter(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    int n = 1 << in->osz, level = in->imm2 & 31;
    TCGRef bp = dc->gpr[R_EBP], fp = x86_tmp(dc);
    TCGMem top = { .base = dc->gpr[R_ESP], .index = TCG_NONE, .disp = -n };
    TCGOp *op;

    tcg_st(s, in->osz, bp, x86_stack_mem(dc, in, -n));
    op = tcg_emit(s, TCG_lea, MO_64);
    op->out[0] = fp;
    op->mem = top;
    for (int i = 1; i < level; i++) {
        TCGRef t = x86_tmp(dc);
        tcg_ld(s, in->osz, 0, t, frame_mem(dc, in, -n * i));
        tcg_st(s, in->osz, t, x86_stack_mem(dc, in, -n * (i + 1)));
    }
    if (level) {
        tcg_st(s, in->osz, fp, x86_stack_mem(dc, in, -n * (level + 1)));
    }
    /* The new top of the stack must be there. */
    tcg_ld(s, in->osz, 0, x86_tmp(dc),
           x86_stack_mem(dc, in, -n * (level + 1) - (int)in->imm));
    x86_add_sp(dc, in, -n * (level + 1) - (int)in->imm);
    x86_st_reg(dc, in->osz, R_EBP, fp);
}

void gen_leave(DisasContext *dc, const X86Insn *in)
{
    TCGRef sp = dc->gpr[R_ESP], bp = dc->gpr[R_EBP], t = x86_tmp(dc);
    TCGMem after = { .base = bp, .index = TCG_NONE, .disp = 1 << in->osz };
    TCGMem m = frame_mem(dc, in, 0);
    TCGOp *op;

    tcg_ld(dc->s, in->osz, 0, t, m);
    if (in->mode64 || (dc->mode & HF_SS32)) {
        op = tcg_emit(dc->s, TCG_lea, in->mode64 ? MO_64 : MO_32);
        op->out[0] = sp;
        op->mem = after;
    } else {
        TCGRef u = x86_tmp(dc);
        op = tcg_emit(dc->s, TCG_lea, MO_32);
        op->out[0] = u;
        op->mem = after;
        x86_st_reg(dc, MO_16, R_ESP, u);
    }
    x86_st_reg(dc, in->osz, R_EBP, t);
}
