/* SPDX-License-Identifier: MIT */
/*
 * Generators: integer arithmetic, logic, shifts, bit instructions.
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"

/* Read-modify-write of the memory operand 0. */
static TCGOp *gen_rmw(DisasContext *dc, const X86Insn *in, unsigned rmw,
                      TCGRef val)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_emit(dc->s, TCG_rmw, x86_opnd_size(in, 0));

    op->in[0] = val;
    op->mem = m;
    op->imm = rmw;
    op->attr = in->lock ? OPA_LOCK : 0;
    op->fl_def = in->row->fl_def;
    op->fl_use = in->row->fl_use;
    return op;
}

void gen_alu(DisasContext *dc, const X86Insn *in)
{
    if (x86_opnd_is_mem(in, 0)) {
        gen_rmw(dc, in, in->row->arg, dc->v[1]);
        return;
    }
    TCGRef a = x86_ld_opnd(dc, in, 0), d = x86_out(dc, in, 0, true);
    TCGOp *op = tcg_op2(dc->s, in->row->op, x86_opnd_size(in, 0), d, a,
                        dc->v[1]);
    op->fl_def = in->row->fl_def;
    op->fl_use = in->row->fl_use;
    x86_st_opnd(dc, in, 0, d);
}

void gen_cmp(DisasContext *dc, const X86Insn *in)
{
    TCGOp *op = tcg_emit(dc->s, in->row->op, x86_opnd_size(in, 0));

    op->in[0] = dc->v[0];
    op->in[1] = dc->v[1];
    op->fl_def = in->row->fl_def;
}

void gen_unary(DisasContext *dc, const X86Insn *in)
{
    if (x86_opnd_is_mem(in, 0)) {
        gen_rmw(dc, in, in->row->arg, x86_const(dc, 0));
        return;
    }
    TCGRef a = x86_ld_opnd(dc, in, 0), d = x86_out(dc, in, 0, true);
    tcg_op1(dc->s, in->row->op, x86_opnd_size(in, 0), d, a)->fl_def =
        in->row->fl_def;
    x86_st_opnd(dc, in, 0, d);
}

/* ---- multiply, divide ---------------------------------------------------- */

void gen_mul1(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    bool whole = sz >= MO_32;
    TCGRef lo = whole ? dc->gpr[R_EAX] : x86_tmp(dc);
    TCGRef hi = whole ? dc->gpr[R_EDX] : x86_tmp(dc);
    TCGOp *op = tcg_op2(dc->s, in->row->op, sz, lo, dc->gpr[R_EAX], dc->v[0]);

    op->out[1] = hi;
    op->fl_def = in->row->fl_def;
    if (!whole) {
        x86_st_reg(dc, MO_16, R_EAX, lo);
        if (sz == MO_16) {
            x86_st_reg(dc, MO_16, R_EDX, hi);
        }
    }
}

void gen_div(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    bool whole = sz >= MO_32;
    TCGRef ax = dc->gpr[R_EAX], dx = dc->gpr[R_EDX];
    TCGRef q = whole ? ax : x86_tmp(dc), r = whole ? dx : x86_tmp(dc);
    TCGOp *op = tcg_op3(dc->s, in->row->op, sz, q, ax,
                        sz == MO_8 ? x86_const(dc, 0) : dx, dc->v[0]);

    op->out[1] = r;
    if (sz == MO_16) {
        x86_st_reg(dc, MO_16, R_EAX, q);
        x86_st_reg(dc, MO_16, R_EDX, r);
    } else if (sz == MO_8) {
        tcg_op2(dc->s, TCG_deposit, MO_64, ax, ax, q)->imm = 8 << 8;
        tcg_op2(dc->s, TCG_deposit, MO_64, ax, ax, r)->imm = 8 | 8 << 8;
    }
    /* Undefined by the manuals; AMD's Zen keeps CF and OF. */
    op = tcg_emit(dc->s, TCG_setfl, MO_64);
    op->in[0] = x86_const(dc, AF_MASK);
    op->fl_def = in->row->fl_def;
}

void gen_imul2(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, true);

    tcg_op2(dc->s, TCG_mul, in->osz, d, d, dc->v[1])->fl_def =
        in->row->fl_def;
}

void gen_imul3(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, false);

    tcg_op2(dc->s, TCG_mul, in->osz, d, dc->v[1], dc->v[2])->fl_def =
        in->row->fl_def;
    x86_st_opnd(dc, in, 0, d);
}

void gen_mulx(DisasContext *dc, const X86Insn *in)
{
    TCGRef hi = dc->gpr[in->reg];
    TCGRef lo = in->vvvv == in->reg ? x86_tmp(dc) : dc->gpr[in->vvvv];

    tcg_op2(dc->s, TCG_mulx, x86_opnd_size(in, 0), lo, dc->gpr[R_EDX],
            dc->v[2])->out[1] = hi;
}

void gen_bcd(DisasContext *dc, const X86Insn *in)
{
    if (in->row->arg == 0xd4 && !(in->imm & 0xff)) {
        x86_gen_raise(dc, EXCP00_DIVZ);
        return;
    }
    tcg_call(dc->s, &helper_bcd_info, TCG_NONE, x86_const(dc, in->row->arg),
             x86_const(dc, in->imm));
}

/* ---- shifts -------------------------------------------------------------- */

/* Sets the flags of a shift: certain for a constant count, else conditional. */
static void shift_flags(TCGOp *op, const X86Insn *in, bool constant)
{
    const X86Row *r = in->row;

    op->fl_def = r->fl_def | r->fl_cond;
    op->fl_use = r->fl_use | (constant ? 0 : r->fl_cond);
}

static TCGOp *shift_op(DisasContext *dc, const X86Insn *in, TCGRef d, TCGRef a,
                       unsigned sz)
{
    TCGOp *op = tcg_op2(dc->s, in->row->op, sz, d, a, dc->v[1]);

    if (in->row->nopnd == 3) {
        op->in[2] = dc->v[2];
    }
    op->fl_use = in->row->fl_use;
    return op;
}

void gen_shift(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0), last = in->row->nopnd - 1;
    bool constant = in->row->opnd[last].kind != OK_CL;
    unsigned count = in->row->opnd[last].kind == OK_ONE ? 1 :
                     in->imm & (sz == MO_64 ? 63 : 31);
    TCGRef a = x86_ld_opnd(dc, in, 0), d = x86_out(dc, in, 0, true);
    bool none = constant && !count;

    if (none) {
        /* Only the write happens. */
        if (x86_opnd_is_mem(in, 0)) {
            x86_st_opnd(dc, in, 0, a);
        } else if (sz == MO_32) {
            x86_st_reg(dc, sz, x86_opnd_reg(in, 0), a);
        }
        return;
    }
    if (!x86_opnd_is_mem(in, 0)) {
        shift_flags(shift_op(dc, in, d, a, sz), in, constant);
        x86_st_opnd(dc, in, 0, d);
        return;
    }
    /* The store can fault: flags only behind it, by an op that the passes
     * drop if nobody reads them. */
    shift_op(dc, in, d, a, sz);
    x86_st_opnd(dc, in, 0, d);
    shift_flags(shift_op(dc, in, x86_tmp(dc), a, sz), in, constant);
}

void gen_shiftd(DisasContext *dc, const X86Insn *in)
{
    gen_shift(dc, in);
}

void gen_rorx(DisasContext *dc, const X86Insn *in)
{
    tcg_op2(dc->s, TCG_ror, x86_opnd_size(in, 0), dc->gpr[in->reg], dc->v[1],
            dc->v[2]);
}

/* ---- bits ---------------------------------------------------------------- */

/* Memory form with a register bit offset: moves the address to the word that
 * holds the bit, operand-size granular, signed. */
static void bit_string_address(DisasContext *dc, const X86Insn *in, TCGRef off)
{
    TCGContext *s = dc->s;
    unsigned sz = in->osz;
    TCGRef t = x86_tmp(dc);
    TCGMem m = x86_mem_noseg(dc, in);

    if (sz == MO_64) {
        tcg_op2(s, TCG_sar, MO_64, t, off, x86_const(dc, 6));
    } else {
        tcg_op1(s, TCG_ext_s, sz, t, off)->imm = MO_64;
        tcg_op2(s, TCG_sar, MO_64, t, t, x86_const(dc, 3 + sz));
    }
    if (m.index != TCG_NONE) {
        m.base = x86_mem_addr(dc, m);
        m.disp = 0;
    }
    m.index = t;
    m.scale = sz;
    m = x86_mem_wrap(dc, in, m);
    x86_check_access(dc, in, m, in->seg, 1 << sz, in->row->arg != 0);
    dc->mem = x86_mem_seg(dc, in, m, in->seg);
    dc->mem_done = true;
}

void gen_bt(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->osz;
    bool write = in->row->arg != 0;
    TCGRef off = dc->v[1];

    if (in->row->opnd[1].kind == OK_I) {
        off = x86_const(dc, in->imm & ((8 << sz) - 1));
    } else if (in->mem) {
        bit_string_address(dc, in, off);
    }
    if (in->mem && write) {
        if (in->row->opnd[1].kind != OK_I) {
            TCGRef t = x86_tmp(dc);
            tcg_op2(dc->s, TCG_and, MO_64, t, off,
                    x86_const(dc, (8 << sz) - 1));
            off = t;
        }
        gen_rmw(dc, in, in->row->arg, off);
        return;
    }
    TCGRef a = x86_ld_opnd(dc, in, 0);
    TCGRef d = write ? x86_out(dc, in, 0, true) : TCG_NONE;
    TCGOp *op = tcg_op2(dc->s, in->row->op, sz, d, a, off);
    op->fl_def = FL_C;
}

void gen_bscan(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, true);

    tcg_op2(dc->s, in->row->op, in->osz, d, d, dc->v[1])->fl_def =
        in->row->fl_def;
}

void gen_count(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, false);

    tcg_op1(dc->s, in->row->op, in->osz, d, dc->v[1])->fl_def =
        in->row->fl_def;
    x86_st_opnd(dc, in, 0, d);
}

void gen_bswap(DisasContext *dc, const X86Insn *in)
{
    unsigned reg = x86_opnd_reg(in, 0);

    if (in->osz == MO_16) {
        x86_st_reg(dc, MO_16, reg, x86_const(dc, 0));
        return;
    }
    tcg_op1(dc->s, TCG_bswap, in->osz, dc->gpr[reg], dc->gpr[reg]);
}

/* Byte-swapped val, in d. */
static void swap_bytes(DisasContext *dc, unsigned sz, TCGRef d, TCGRef val)
{
    if (sz == MO_16) {
        tcg_op2(dc->s, TCG_rol, MO_16, d, val, x86_const(dc, 8));
    } else {
        tcg_op1(dc->s, TCG_bswap, sz, d, val);
    }
}

void gen_movbe_ld(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = x86_out(dc, in, 0, false);

    swap_bytes(dc, in->osz, d, dc->v[1]);
    x86_st_opnd(dc, in, 0, d);
}

void gen_movbe_st(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    swap_bytes(dc, in->osz, t, dc->v[1]);
    x86_st_opnd(dc, in, 0, t);
}

void gen_crc32(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = dc->gpr[in->reg];

    tcg_op2(dc->s, TCG_crc32, x86_opnd_size(in, 1), d, d, dc->v[1]);
}

void gen_adx(DisasContext *dc, const X86Insn *in)
{
    TCGRef d = dc->gpr[in->reg];
    TCGOp *op = tcg_op2(dc->s, in->row->op, x86_opnd_size(in, 0), d, d,
                        dc->v[1]);

    op->fl_def = in->row->fl_def;
    op->fl_use = in->row->fl_use;
}

void gen_bmi1op(DisasContext *dc, const X86Insn *in)
{
    tcg_op1(dc->s, in->row->op, x86_opnd_size(in, 0), dc->gpr[in->vvvv],
            dc->v[1])->fl_def = in->row->fl_def;
}

void gen_bmi2op(DisasContext *dc, const X86Insn *in)
{
    tcg_op2(dc->s, in->row->op, x86_opnd_size(in, 0), dc->gpr[in->reg],
            dc->v[1], dc->v[2])->fl_def = in->row->fl_def;
}

/* ---- atomics ------------------------------------------------------------- */

void gen_xadd(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    TCGRef src = x86_ld_opnd(dc, in, 1);

    if (in->mem) {
        TCGMem m = x86_mem(dc, in);
        TCGRef old = x86_out(dc, in, 1, false);
        TCGOp *op = tcg_op1(dc->s, TCG_xadd, sz, old, src);
        op->mem = m;
        op->attr = in->lock ? OPA_LOCK : 0;
        op->fl_def = in->row->fl_def;
        x86_st_opnd(dc, in, 1, old);
        return;
    }
    TCGRef old = x86_tmp(dc), sum = x86_tmp(dc);
    tcg_op1(dc->s, TCG_mov, MO_64, old, x86_ld_opnd(dc, in, 0));
    tcg_op2(dc->s, TCG_add, sz, sum, old, src)->fl_def = in->row->fl_def;
    x86_st_opnd(dc, in, 1, old);
    x86_st_opnd(dc, in, 0, sum);
}

/* Accumulator after a compare-and-exchange: old if they differed. */
static void cmpxchg_acc(DisasContext *dc, unsigned sz, TCGRef old)
{
    TCGRef ax = dc->gpr[R_EAX];

    if (sz == MO_32) {
        /* Equal: EAX is not written, so the upper half stays. */
        TCGOp *op = tcg_op2(dc->s, TCG_cmov, MO_64, ax, ax, old);
        op->cond = CC_NZ;
        op->fl_use = FL_Z;
    } else {
        x86_st_reg(dc, sz, R_EAX, old);
    }
}

void gen_cmpxchg(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    TCGRef ax = dc->gpr[R_EAX], old = x86_tmp(dc), t;
    TCGOp *op;

    if (in->mem) {
        TCGMem m = x86_mem(dc, in);
        bool direct = sz == MO_64;
        op = tcg_op2(dc->s, TCG_cmpxchg, sz, direct ? ax : old, ax, dc->v[1]);
        op->mem = m;
        op->attr = in->lock ? OPA_LOCK : 0;
        op->fl_def = in->row->fl_def;
        if (!direct) {
            cmpxchg_acc(dc, sz, old);
        }
        return;
    }
    /* Register destination: pick by ZF with ops that leave the flags.  If
     * they differ the destination is not written, upper half included. */
    TCGRef cur = x86_ld_opnd(dc, in, 0), src = dc->v[1];
    tcg_op1(dc->s, TCG_mov, sz == MO_32 ? MO_32 : MO_64, old, cur);
    op = tcg_emit(dc->s, TCG_cmp, sz);
    op->in[0] = ax;
    op->in[1] = old;
    op->fl_def = in->row->fl_def;
    t = x86_tmp(dc);
    if (sz == MO_32) {
        tcg_op1(dc->s, TCG_mov, MO_32, t, src);
        src = t;
    }
    op = tcg_op2(dc->s, TCG_cmov, MO_64, t, sz == MO_32 ? cur : old, src);
    op->cond = CC_Z;
    op->fl_use = FL_Z;
    x86_st_reg(dc, sz == MO_32 ? MO_64 : sz, in->rm, t);
    if (in->rm != R_EAX) {
        cmpxchg_acc(dc, sz, old);
    }
}

void gen_cmpxchg2(DisasContext *dc, const X86Insn *in)
{
    unsigned sz = in->row->arg;
    TCGRef ax = dc->gpr[R_EAX], dx = dc->gpr[R_EDX];
    bool direct = sz == MO_64;
    TCGRef lo = direct ? ax : x86_tmp(dc), hi = direct ? dx : x86_tmp(dc);
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_op2(dc->s, TCG_cmpxchg2, sz, lo, ax, dx);

    op->out[1] = hi;
    op->in[2] = dc->gpr[R_EBX];
    op->in[3] = dc->gpr[R_ECX];
    op->mem = m;
    op->attr = (in->lock ? OPA_LOCK : 0) | (direct ? OPA_ALIGN : 0);
    op->fl_def = FL_Z;
    if (!direct) {
        TCGRef regs[2] = { ax, dx }, vals[2] = { lo, hi };
        for (int i = 0; i < 2; i++) {
            op = tcg_op2(dc->s, TCG_cmov, MO_64, regs[i], regs[i], vals[i]);
            op->cond = CC_NZ;
            op->fl_use = FL_Z;
        }
    }
}
