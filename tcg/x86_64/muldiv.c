/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of multiplication and division.
 * Source for encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

void lower_mul(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    bool merge = op->sz == MO_16;
    unsigned rd;
    int32_t imm;

    if (is_const(j, a) && !is_const(j, b) && !merge) {
        TCGRef t = a;

        a = b;
        b = t;
    }
    if (is_imm(j, b, op->sz, &imm) && !is_const(j, a) &&
        (!merge || d == a)) {
        Opnd s = merge ? R(out_from(j, d, a, MO_64)) : in_rm(j, a);

        rd = merge ? (unsigned)s.reg : out_any(j, d, a);
        if (imm == (int8_t)imm) {
            out_op_imm8(j, wsz(op->sz, 0x6b), rd, s, imm);
        } else {
            out_op(j, wsz(op->sz, 0x69), rd, s);
            oimm(j, merge ? 2 : 4, imm);
        }
    } else {
        alu_swap(j, op, &a, &b);
        Opnd s = in_rm(j, b);

        rd = out_from(j, d, a, op->sz);
        out_op(j, wsz(op->sz, 0xaf) | X_0F, rd, s);
    }
    out_done(j, d, rd);
}

void lower_adx(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];

    alu_swap(j, op, &a, &b);
    Opnd s = in_rm(j, b);
    unsigned rd = out_from(j, op->out[0], a, op->sz);
    out_op(j, wsz(op->sz, x->arg) | X_38, rd, s);
    out_done(j, op->out[0], rd);
}

/*
 * A into RAX for an instruction that replaces it; DIES: nobody wants it behind
 * the instruction.  A cached copy, or a value still needed, is moved out.
 */
static void take_rax(X86Jit *j, TCGRef a, bool dies)
{
    bool there = ra_reg(&j->ra, a) == RAX;

    if (there && ra_is_ebb(&j->ra, a) && dies) {
        return;
    }
    if (there) {
        ra_untmp(&j->ra, RC_INT, RAX);
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    }
    load_to(j, RAX, a, MO_64);
}

/* The instruction has replaced what A had in RAX. */
static void rax_is_gone(X86Jit *j, TCGRef a)
{
    if (ra_reg(&j->ra, a) == RAX) {
        ra_steal(&j->ra, a);
    }
}

static bool wanted(const TCGOp *op, unsigned n)
{
    return op->out[n] != TCG_NONE && !(op->dead & OPD_OUT << n);
}

/*
 * The second result, in RDX, goes to its place; RDX gets its own value back
 * from SAVE.  Only moves: the flags are the instruction's.
 */
static void restore_rdx(X86Jit *j, const TCGOp *op, unsigned save)
{
    TCGRef out = op->out[1];

    if (!wanted(op, 1)) {
        out_mov_rr(j, MO_64, RDX, save);
        return;
    }
    ra_lock(&j->ra, RC_INT, RDX);
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RDX, R(RDX));
    }
    if (ra_pin(&j->ra, out) < 0) {
        out_op(j, 0x87 | X_W, save, R(RDX));
        out_done(j, out, save);
    } else {
        unsigned reg = out_fresh(j, out);

        out_mov_rr(j, MO_64, reg, RDX);
        out_mov_rr(j, MO_64, RDX, save);
        out_done(j, out, reg);
    }
}

/* Widening multiplication: arg = /digit of F6/F7. */
void lower_mul2(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef hi = op->out[1], a = op->in[0], b = op->in[1];
    bool hi_home = hi != TCG_NONE && ra_pin(&j->ra, hi) == RDX;
    int save = -1;
    Opnd s;

    if (ra_reg(&j->ra, b) == RAX ||
        (is_const(j, b) && !is_const(j, a))) {
        TCGRef t = a;

        a = b;
        b = t;
    }
    ra_force(&j->ra, RC_INT, RAX, a);
    s = is_const(j, b) ? R(ra_in(&j->ra, b)) : in_rm(j, b);
    take_rax(j, a, in_dies(j, a));
    if (op->sz != MO_8 && !hi_home) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    rax_is_gone(j, a);
    if (op->sz <= MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
    }
    if (op->sz == MO_8 && wanted(op, 1)) {
        unsigned rh = out_fresh(j, hi);

        out_movi(j, rh, 0, false);
        out_done(j, hi, rh);
    } else if (save >= 0) {
        restore_rdx(j, op, save);
    } else if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RDX, R(RDX));
    }
    if (wanted(op, 0)) {
        out_done(j, op->out[0], RAX);
    }
}

void lower_mulx(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1], lo = op->out[0], hi = op->out[1];
    bool no_lo = lo == TCG_NONE || (op->dead & OPD_OUT);
    bool no_hi = hi == TCG_NONE || (op->dead & OPD_OUT << 1);
    int save = -1;

    if (ra_pin(&j->ra, b) == RDX) {
        a = b;
        b = op->in[0];
    }
    /* RDX keeps the guest's rdx unless that is written. */
    bool move = ra_pin(&j->ra, a) != RDX;
    bool keep = move && (no_lo || ra_pin(&j->ra, lo) != RDX) &&
                (no_hi || ra_pin(&j->ra, hi) != RDX);
    Opnd s = is_const(j, b) ? R(ra_in(&j->ra, b)) : in_rm(j, b);
    if (keep) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    if (move) {
        load_to(j, RDX, a, MO_64);
    }
    /* One instruction: the results may take the inputs' registers. */
    j->ra.busy[RC_INT] = keep ? 1u << save : 0;
    unsigned rh = no_hi ? ra_tmp(&j->ra, RC_INT) : out_fresh(j, hi);
    unsigned rl = no_lo ? rh : out_fresh(j, lo);
    out_vex(j, wsz(op->sz, x->arg) | X_38, rh, rl, s);
    if (keep) {
        out_mov_rr(j, MO_64, RDX, save);
    }
    if (!no_lo) {
        out_done(j, lo, rl);
    }
    if (!no_hi) {
        out_done(j, hi, rh);
    }
}

/* 8 bits: AX by the divisor; the remainder comes in AH. */
static void div8(X86Jit *j, const TCGOp *op, const X86Op *x, Opnd s)
{
    fault_point(j);
    out_op(j, 0xf6 | X_BM, x->arg, s);
    rax_is_gone(j, op->in[0]);
    if (wanted(op, 1)) {
        unsigned reg = out_fresh(j, op->out[1]);

        if (reg < 8) {
            out_high_byte(j, reg, RAX);
        } else {
            out_mov_rr(j, MO_32, reg, RAX);
            out_high_byte(j, RAX, RAX);
            out_op(j, 0x87, reg, R(RAX));
        }
        out_done(j, op->out[1], reg);
    }
    if (wanted(op, 0)) {
        out_zext(j, MO_8, RAX, R(RAX));
        out_done(j, op->out[0], RAX);
    }
}

/* The dividend's upper half into RDX; the divisor may have to leave it. */
static Opnd take_rdx(X86Jit *j, TCGRef hi, Opnd s)
{
    if (ra_reg(&j->ra, hi) == RDX) {
        return s;
    }
    if (s.reg == RDX || (s.reg < 0 && (s.base == RDX || s.index == RDX))) {
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_op(j, 0x8b | X_W, t, s);
        s = R(t);
    }
    load_to(j, RDX, hi, MO_64);
    return s;
}

/* arg = /digit: 6 unsigned, 7 signed. */
void lower_div(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef rem = op->out[1];
    bool rem_home = rem != TCG_NONE && ra_pin(&j->ra, rem) == RDX;
    int save = -1;
    Opnd s;

    ra_force(&j->ra, RC_INT, RAX, op->in[0]);
    s = is_const(j, op->in[2]) ? R(ra_in(&j->ra, op->in[2]))
                               : in_rm(j, op->in[2]);
    if (s.reg == RAX) {
        /* Divisor sits where the dividend goes. */
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_mov_rr(j, MO_64, t, RAX);
        s = R(t);
    }
    take_rax(j, op->in[0], op->dead & OPD_IN);
    if (op->sz == MO_8) {
        div8(j, op, x, s);
        return;
    }
    if (!rem_home) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    s = take_rdx(j, op->in[1], s);
    fault_point(j);
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    rax_is_gone(j, op->in[0]);
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
    }
    if (save >= 0) {
        restore_rdx(j, op, save);
    } else if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RDX, R(RDX));
    }
    if (wanted(op, 0)) {
        out_done(j, op->out[0], RAX);
    }
}
