/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of bit operations, of what conditions yield, and of the flags as
 * values.
 * Source for encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

void lower_bscan(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_64);

    out_op(j, wsz(op->sz, x->arg) | X_0F, rd, s);
    out_done(j, op->out[0], rd);
}

/* tzcnt lzcnt popcnt */
void lower_count(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_op(j, wsz(op->sz, x->arg) | X_0F | X_F3, rd, s);
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

void lower_bswap(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_from(j, op->out[0], op->in[0], op->sz);
    unsigned rex = (op->sz == MO_64 ? 0x48 : 0x40) | rd >> 3;

    if (rex != 0x40) {
        o8(j, rex);
    }
    o8(j, 0x0f);
    o8(j, 0xc8 | (rd & 7));
    out_done(j, op->out[0], rd);
}

/* bt bts btr btc: arg = /digit of 0F BA */
void lower_bt(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef b = op->in[1];
    bool has_out = op->opc != TCG_bt;
    Opnd s = { 0 };
    unsigned rb = 0, rd;

    if (op->sz == MO_8) {
        lower_fallback(j, op, x);
        return;
    }
    if (!is_const(j, b)) {
        rb = ra_in(&j->ra, b);
    }
    if (has_out) {
        rd = out_from(j, op->out[0], op->in[0], op->sz);
        s = R(rd);
    } else if (is_const(j, b)) {
        s = in_rm(j, op->in[0]);
    } else {
        s = R(in_reg(j, op->in[0], op->sz));
    }
    if (is_const(j, b)) {
        out_op_imm8(j, wsz(op->sz, 0xba) | X_0F, x->arg, s,
                    const_val(j, b) & ((8 << op->sz) - 1));
    } else {
        out_op(j, wsz(op->sz, 0x83 | x->arg << 3) | X_0F, rb, s);
    }
    if (has_out) {
        out_done(j, op->out[0], s.reg);
    }
}

/* blsr blsmsk blsi: arg = /digit of VEX 0F38 F3 */
void lower_bls(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, 0xf3) | X_38, x->arg, rd, s);
    out_done(j, op->out[0], rd);
}

/* bzhi bextr: the control in vvvv */
void lower_bzhi(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned c = ra_in(&j->ra, op->in[1]);
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, x->arg) | X_38, rd, c, s);
    out_done(j, op->out[0], rd);
}

void lower_pdep(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned a = ra_in(&j->ra, op->in[0]);
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, x->arg) | X_38, rd, a, s);
    out_done(j, op->out[0], rd);
}

void lower_crc32(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_32);
    uint32_t opc = op->sz == MO_8 ? 0xf0 | X_BM
                 : 0xf1 | (op->sz == MO_16 ? X_66 : op->sz == MO_64 ? X_W : 0);

    out_op(j, opc | X_F2 | X_38, rd, s);
    if (op->sz == MO_64) {
        out_op(j, 0x8b, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

/* ---- conditions ---------------------------------------------------------------------- */

void lower_setcc(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_64);

    out_op(j, 0x90 | op->cond | X_0F | X_BM, 0, R(rd));
    out_done(j, op->out[0], rd);
}

void lower_cmov(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    unsigned cc = op->cond, rd;

    if (op->sz != MO_16 && d == b && d != a && !is_const(j, a) &&
        !(j->fuse && a == j->fuse_ref)) {
        TCGRef t = a;

        a = b;
        b = t;
        cc ^= 1;
    }
    Opnd s = in_rm(j, b);

    rd = out_from(j, d, a, op->sz);
    out_op(j, wsz(op->sz, 0x40 | cc) | X_0F, rd, s);
    out_done(j, d, rd);
}

void lower_setcond(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];
    unsigned cond = op->cond, rd;

    emit_cmp(j, op, op->sz, &a, &b, &cond);
    rd = out_any(j, op->out[0], TCG_NONE);
    out_op(j, 0x90 | cond_cc(cond) | X_0F | X_BM, 0, R(rd));
    out_op(j, 0xb6 | X_0F | X_BM, rd, R(rd));
    out_done(j, op->out[0], rd);
}

void lower_movcond(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1], c = op->in[2], e = op->in[3];
    unsigned cond = op->cond, rd;

    emit_cmp(j, op, op->sz, &a, &b, &cond);
    ra_unlock_all(&j->ra);
    Opnd s = in_rm(j, c);

    rd = out_from(j, op->out[0], e, MO_64);
    out_op(j, 0x40 | cond_cc(cond) | X_0F | (op->sz == MO_32 ? 0 : X_W), rd,
           s);
    if (op->sz <= MO_16) {
        out_zext(j, op->sz, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

/* fl_use flags in EFLAGS layout. */
void lower_getfl(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t mask = tcg_flags_to_eflags(tcg_flags_home(op->fl_use));
    unsigned rd;

    if (op->fl_live & j->fl_h & ~j->fl_m) {
        fl_save(j, op->fl_live | op->fl_use);
    }
    if (op->fl_use & ~j->fl_h) {
        fl_save(j, op->fl_use | op->fl_live);
        fl_load(j, op->fl_use);
    }
    rd = out_any(j, op->out[0], TCG_NONE);
    o8(j, 0x9c);                                /* pushfq */
    if (rd >= 8) {
        o8(j, 0x41);
    }
    o8(j, 0x58 | (rd & 7));
    out_alu_imm(j, MO_32, 4, R(rd), mask, 0);
    j->fl_h = 0;
    out_done(j, op->out[0], rd);
}

/* fl_def flags from EFLAGS layout, to the home. */
void lower_setfl(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned keep = op->fl_live & ~op->fl_def, t;
    uint32_t mask = tcg_flags_home(op->fl_def);

    if (!op->fl_def) {
        return;
    }
    fl_save(j, keep | op->fl_use);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    t = ra_tmp(&j->ra, RC_INT);
    load_to(j, t, op->in[0], MO_32);
    out_zext(j, MO_8, RAX, R(t));
    out_op_imm8(j, 0xc1, 4, R(RAX), 8);         /* shl eax, 8 */
    out_op_imm8(j, 0xc1, 5, R(t), 11);          /* shr t, 11 */
    out_alu_imm(j, MO_32, 4, R(t), 1, 0);
    out_op(j, 0x0b, RAX, R(t));
    if (keep) {
        out_alu_imm(j, MO_32, 4, R(RAX), mask, 0);
        out_op(j, 0x8b, t, ENV(flags));
        out_alu_imm(j, MO_32, 4, R(t), ~mask, 0);
        out_op(j, 0x0b, RAX, R(t));
    }
    out_op(j, 0x89, RAX, ENV(flags));
    j->fl_h = 0;
    j->fl_m = keep ? j->fl_m | op->fl_def : op->fl_def;
}

void lower_flmod(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (!op->fl_def) {
        return;
    }
    if (j->p == j->code) {
        /* Retiring writes two bytes here: nobody must stand between them. */
        out_nops(j, 2);
    }
    o8(j, op->imm == 0 ? 0xf8 : op->imm == 1 ? 0xf9 : 0xf5);
}
