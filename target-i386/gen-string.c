/* SPDX-License-Identifier: MIT */
/*
 * Generators: string instructions and their REP forms.  The common REP MOVS
 * and REP STOS (direction up, flat addresses) are one IR op each; the rest are
 * loops inside the TB that can be interrupted and restarted at each element.
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"
#include "target-i386/sys-helper.h"

/* What one element does; returns the value compared, if it does. */
typedef void StringStep(DisasContext *dc, const X86Insn *in, TCGRef step);

void x86_add_reg(DisasContext *dc, const X86Insn *in, unsigned reg, int n)
{
    TCGMem m = { .base = dc->gpr[reg], .index = TCG_NONE, .disp = n };
    TCGRef t = in->asz == MO_16 ? x86_tmp(dc) : dc->gpr[reg];
    TCGOp *op = tcg_emit(dc->s, TCG_lea, in->asz == MO_64 ? MO_64 : MO_32);

    op->out[0] = t;
    op->mem = m;
    if (in->asz == MO_16) {
        x86_st_reg(dc, MO_16, reg, t);
    }
}

/* reg += step, at address size */
static void advance(DisasContext *dc, const X86Insn *in, unsigned reg,
                    TCGRef step)
{
    TCGMem m = { .base = dc->gpr[reg], .index = step };
    TCGRef t = in->asz == MO_16 ? x86_tmp(dc) : dc->gpr[reg];
    TCGOp *op = tcg_emit(dc->s, TCG_lea, in->asz == MO_64 ? MO_64 : MO_32);

    op->out[0] = t;
    op->mem = m;
    if (in->asz == MO_16) {
        x86_st_reg(dc, MO_16, reg, t);
    }
}

/* +size or -size by DF, in a temp that survives branches if local. */
static TCGRef string_step(DisasContext *dc, unsigned sz, bool local)
{
    TCGContext *s = dc->s;
    TCGRef d = local ? tcg_local_new(s, TCG_I64) : x86_tmp(dc);
    TCGRef t = x86_tmp(dc);

    /* size - 2 * size * DF; DF is bit 10 */
    tcg_op1(s, TCG_extract, MO_64, t, dc->eflags)->imm = 10 | 1 << 8;
    tcg_op2(s, TCG_shl, MO_64, t, t, x86_const(dc, sz + 1));
    tcg_op2(s, TCG_sub, MO_64, d, x86_const(dc, 1 << sz), t);
    return d;
}

static unsigned string_size(const X86Insn *in)
{
    unsigned i = in->row->opnd[0].kind == OK_ACC ? 1 : 0;

    return x86_opnd_size(in, i);
}

/* ---- MOVS, STOS, LODS ---------------------------------------------------- */

static void step_movs(DisasContext *dc, const X86Insn *in, TCGRef step)
{
    unsigned sz = string_size(in);
    TCGRef t = x86_tmp(dc);
    TCGMem src = x86_mem_reg(dc, in, R_ESI, in->seg);
    TCGMem dst = x86_mem_reg(dc, in, R_EDI, R_ES);

    tcg_ld(dc->s, sz, 0, t, src);
    tcg_st(dc->s, sz, t, dst);
    advance(dc, in, R_ESI, step);
    advance(dc, in, R_EDI, step);
}

static void step_stos(DisasContext *dc, const X86Insn *in, TCGRef step)
{
    TCGMem dst = x86_mem_reg(dc, in, R_EDI, R_ES);

    tcg_st(dc->s, string_size(in), dc->gpr[R_EAX], dst);
    advance(dc, in, R_EDI, step);
}

static void step_lods(DisasContext *dc, const X86Insn *in, TCGRef step)
{
    unsigned sz = string_size(in);
    TCGMem src = x86_mem_reg(dc, in, R_ESI, in->seg);
    TCGRef t = x86_tmp(dc);

    tcg_ld(dc->s, sz, 0, t, src);
    x86_st_reg(dc, sz, R_EAX, t);
    advance(dc, in, R_ESI, step);
}

/* Behind an element in single-step mode, which traps there: once more, unless
 * rCX has come to its end. */
static void rep_again(DisasContext *dc, const X86Insn *in, TCGLabel *done)
{
    bool sys = dc->mode & HF_SYS;

    tcg_brcond(dc->s, TCG_COND_EQ, in->asz, dc->gpr[R_ECX], x86_const(dc, 0),
               done);
    if (sys) {                  /* its breakpoint was before the first one */
        tcg_op2(dc->s, TCG_or, MO_64, dc->eflags, dc->eflags,
                x86_const(dc, RF_MASK));
    }
    tcg_goto_pc(dc->s, in->pc);
    tcg_label_place(dc->s, done);
    if (sys) {
        tcg_op2(dc->s, TCG_and, MO_64, dc->eflags, dc->eflags,
                x86_const(dc, (uint32_t)~RF_MASK));
    }
}

/* while (rCX) { step; rCX--; } with a way out at each element */
static void rep_loop(DisasContext *dc, const X86Insn *in, StringStep *f)
{
    TCGContext *s = dc->s;
    TCGLabel *top = tcg_label_new(s), *done = tcg_label_new(s);
    TCGRef step = string_step(dc, string_size(in), true);
    TCGRef cx = dc->gpr[R_ECX], zero = x86_const(dc, 0);

    tcg_brcond(s, TCG_COND_EQ, in->asz, cx, zero, done);
    tcg_label_place(s, top);
    tcg_emit(s, TCG_poll, MO_64)->imm = in->pc;
    f(dc, in, step);
    x86_add_reg(dc, in, R_ECX, -1);
    if (dc->mode & HF_TF) {
        rep_again(dc, in, done);
        return;
    }
    tcg_brcond(s, TCG_COND_NE, in->asz, cx, zero, top);
    tcg_label_place(s, done);
}

/* Can the rep_movs and rep_stos ops do it (if DF is clear)? */
static bool flat(DisasContext *dc, const X86Insn *in)
{
    if (in->seg >= R_FS || (dc->mode & (HF_CHECK | HF_SYS | HF_TF))) {
        return false;
    }
    return in->mode64 ? in->asz == MO_64 :
           in->asz == MO_32 && !(dc->mode & HF_ADDSEG);
}

static void rep_fast(DisasContext *dc, const X86Insn *in, StringStep *f,
                     bool stos)
{
    TCGContext *s = dc->s;
    TCGLabel *slow = tcg_label_new(s), *done = tcg_label_new(s);
    TCGRef t = x86_tmp(dc), di = dc->gpr[R_EDI], si = dc->gpr[R_ESI];
    TCGRef cx = dc->gpr[R_ECX];
    TCGOp *op;

    tcg_op1(s, TCG_extract, MO_64, t, dc->eflags)->imm = 10 | 1 << 8;
    tcg_brcond(s, TCG_COND_NE, MO_64, t, x86_const(dc, 0), slow);
    if (stos) {
        op = tcg_op3(s, TCG_rep_stos, string_size(in), di, di, cx,
                     dc->gpr[R_EAX]);
        op->out[1] = cx;
    } else {
        op = tcg_op3(s, TCG_rep_movs, string_size(in), di, di, si, cx);
        op->out[1] = si;
        op->out[2] = cx;
    }
    tcg_br(s, done);
    tcg_label_place(s, slow);
    rep_loop(dc, in, f);
    tcg_label_place(s, done);
}

static void plain_string(DisasContext *dc, const X86Insn *in, StringStep *f)
{
    if (in->rep) {
        rep_loop(dc, in, f);
    } else {
        f(dc, in, string_step(dc, string_size(in), false));
    }
}

/* At system level a helper goes from page to page. */
static bool by_helper(DisasContext *dc, const X86Insn *in)
{
    unsigned checks = in->seg < R_FS ? HF_CHECK
                                     : HF_CHECK | HF_FSCHK | HF_GSCHK;

    checks |= in->asz == MO_32 ? HF_LIM16 : 0;
    return in->rep && (dc->mode & HF_SYS) && !(dc->mode & (checks | HF_TF));
}

void gen_movs(DisasContext *dc, const X86Insn *in)
{
    if (by_helper(dc, in)) {
        x86_gen_string_helper(dc, in, STRING_MOVS, string_size(in));
        return;
    }
    if (in->rep && flat(dc, in)) {
        rep_fast(dc, in, step_movs, false);
    } else {
        plain_string(dc, in, step_movs);
    }
}

void gen_stos(DisasContext *dc, const X86Insn *in)
{
    if (by_helper(dc, in)) {
        x86_gen_string_helper(dc, in, STRING_STOS, string_size(in));
        return;
    }
    if (in->rep && flat(dc, in)) {
        rep_fast(dc, in, step_stos, true);
    } else {
        plain_string(dc, in, step_stos);
    }
}

void gen_lods(DisasContext *dc, const X86Insn *in)
{
    plain_string(dc, in, step_lods);
}

/* ---- CMPS, SCAS ---------------------------------------------------------- */

/* Loads the two values of one comparison into a, b and advances. */
static void compare_step(DisasContext *dc, const X86Insn *in, TCGRef step,
                         TCGRef a, TCGRef b)
{
    unsigned sz = string_size(in);
    bool scas = a == dc->gpr[R_EAX];
    TCGMem dst = x86_mem_reg(dc, in, R_EDI, R_ES), src;

    if (!scas) {                /* the silicon reads rSI's first */
        src = x86_mem_reg(dc, in, R_ESI, in->seg);
        tcg_ld(dc->s, sz, 0, a, src);
    }
    tcg_ld(dc->s, sz, 0, b, dst);
    if (!scas) {
        advance(dc, in, R_ESI, step);
    }
    advance(dc, in, R_EDI, step);
}

static void compare_flags(DisasContext *dc, unsigned sz, TCGRef a, TCGRef b)
{
    TCGOp *op = tcg_emit(dc->s, TCG_cmp, sz);

    op->in[0] = a;
    op->in[1] = b;
    op->fl_def = FL_ALL;
}

/* The flags of the last comparison are computed behind the loop. */
static void rep_compare(DisasContext *dc, const X86Insn *in, TCGRef a,
                        TCGRef b)
{
    TCGContext *s = dc->s;
    unsigned sz = string_size(in);
    TCGLabel *top = tcg_label_new(s), *out = tcg_label_new(s);
    TCGLabel *none = tcg_label_new(s);
    TCGRef step = string_step(dc, sz, true);
    TCGRef cx = dc->gpr[R_ECX], zero = x86_const(dc, 0);

    tcg_brcond(s, TCG_COND_EQ, in->asz, cx, zero, none);
    tcg_label_place(s, top);
    tcg_emit(s, TCG_poll, MO_64)->imm = in->pc;
    compare_step(dc, in, step, a, b);
    x86_add_reg(dc, in, R_ECX, -1);
    if (dc->mode & HF_TF) {
        compare_flags(dc, sz, a, b);
        tcg_brcond(s, in->rep == 0xf3 ? TCG_COND_NE : TCG_COND_EQ, sz, a, b,
                   none);
        rep_again(dc, in, none);
        return;
    }
    tcg_brcond(s, in->rep == 0xf3 ? TCG_COND_NE : TCG_COND_EQ, sz, a, b, out);
    tcg_brcond(s, TCG_COND_NE, in->asz, cx, zero, top);
    tcg_label_place(s, out);
    compare_flags(dc, sz, a, b);
    tcg_label_place(s, none);
}

static void gen_compare(DisasContext *dc, const X86Insn *in, bool scas)
{
    unsigned sz = string_size(in);
    bool rep = in->rep != 0;
    TCGRef b = rep ? tcg_local_new(dc->s, TCG_I64) : x86_tmp(dc);
    TCGRef a = scas ? dc->gpr[R_EAX] :
               rep ? tcg_local_new(dc->s, TCG_I64) : x86_tmp(dc);

    if (rep) {
        rep_compare(dc, in, a, b);
    } else {
        compare_step(dc, in, string_step(dc, sz, false), a, b);
        compare_flags(dc, sz, a, b);
    }
}

void gen_cmps(DisasContext *dc, const X86Insn *in)
{
    gen_compare(dc, in, false);
}

void gen_scas(DisasContext *dc, const X86Insn *in)
{
    gen_compare(dc, in, true);
}
