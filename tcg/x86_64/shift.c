/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of shifts and rotations.
 * Source for encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

/* Makes rcx the count; returns the register that keeps rcx's own value, or -1
 * if it had it already. */
static int count_to_cl(X86Jit *j, TCGRef cnt)
{
    int save;

    if (ra_reg(&j->ra, cnt) == RCX) {
        ra_lock(&j->ra, RC_INT, RCX);
        return -1;
    }
    if (ra_reg(&j->ra, cnt) >= 0) {
        ra_in(&j->ra, cnt);
    }
    save = ra_tmp(&j->ra, RC_INT);
    out_mov_rr(j, MO_64, save, RCX);
    ra_lock(&j->ra, RC_INT, RCX);
    return save;
}

static bool try_shiftx(X86Jit *j, const TCGOp *op)
{
    static const uint32_t pfx[] = { X_66, X_F2, X_F3 };    /* shl shr sar */

    if (op->fl_def || op->sz < MO_32 || !have(HF_BMI2) ||
        op->opc < TCG_shl || op->opc > TCG_sar || is_const(j, op->in[0])) {
        return false;
    }
    unsigned cnt = ra_in(&j->ra, op->in[1]);
    Opnd a = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, 0xf7 | X_38 | pfx[op->opc - TCG_shl] |
               (op->sz == MO_64 ? X_W : 0), rd, cnt, a);
    out_done(j, op->out[0], rd);
    return true;
}

static void shift_const(X86Jit *j, const TCGOp *op, unsigned digit)
{
    unsigned n = const_val(j, op->in[1]) & (op->sz == MO_64 ? 63 : 31);
    TCGRef d = op->out[0], a = op->in[0];
    bool rot = digit <= 1;
    unsigned rd;

    if (n == 0) {
        rd = out_from(j, d, a, op->sz);
        if (op->sz == MO_32) {
            out_op(j, 0x8b, rd, R(rd));
        }
        out_done(j, d, rd);
        return;
    }
    if (rot && !op->fl_def && op->sz >= MO_32 && have(HF_BMI2) &&
        (fl_precious(j, op) || d != a) && !is_const(j, a)) {
        Opnd s = in_rm(j, a);
        unsigned bits = 8u << op->sz;

        rd = out_any(j, d, a);
        out_vex(j, 0xf0 | X_3A | X_F2 | (op->sz == MO_64 ? X_W : 0), rd, 0, s);
        o8(j, digit == 1 ? n : bits - n);
        out_done(j, d, rd);
        return;
    }
    unsigned clob = rot ? FL_C | FL_O : digit <= 3 ? FL_C | FL_O : FL_ALL;

    fl_begin(j, op, clob);
    if (op->sz != MO_32 && in_place_mem(j, d, a)) {
        Opnd m = GS(ra_home(&j->ra, d));

        out_op_imm8(j, osz(op->sz, 0xc0), digit, m, n);
        ra_out_mem(&j->ra, d);
        fl_end(j, op, clob);
        return;
    }
    rd = out_from(j, d, a, op->sz);
    if (n == 1) {
        out_op(j, osz(op->sz, 0xd0), digit, R(rd));
    } else {
        out_op_imm8(j, osz(op->sz, 0xc0), digit, R(rd), n);
    }
    fl_end(j, op, clob);
    out_done(j, d, rd);
}

void lower_shift(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0];
    unsigned digit = x->arg, rd;
    unsigned clob = digit <= 3 ? FL_C | FL_O : FL_ALL;
    int save;

    if (is_const(j, op->in[1])) {
        shift_const(j, op, digit);
        return;
    }
    if (try_shiftx(j, op)) {
        return;
    }
    if (op->fl_def || digit == 2 || digit == 3) {
        fl_begin(j, op, clob);
    } else {
        TCGOp o = *op;

        o.fl_use = 0;
        fl_begin(j, &o, clob);
    }
    save = count_to_cl(j, op->in[1]);
    if (save >= 0 && ra_pin(&j->ra, op->in[0]) == RCX) {
        /* The value is rcx's own: it is in save now. */
        rd = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, rd, save);
    } else if (save < 0 && ra_pin(&j->ra, d) == RCX &&
               ra_reg(&j->ra, op->in[0]) == RCX) {
        rd = RCX;
    } else {
        rd = out_from(j, d, op->in[0], op->sz);
    }
    if (save >= 0) {
        load_to(j, RCX, op->in[1], MO_32);
    }
    out_op(j, osz(op->sz, 0xd2), digit, R(rd));
    if (save >= 0) {
        out_mov_rr(j, MO_64, RCX, save);
    }
    fl_end(j, op, clob);
    out_done(j, d, rd);
}

void lower_shiftd(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], cnt = op->in[2];
    unsigned rb, rd;

    if (is_const(j, cnt)) {
        unsigned n = const_val(j, cnt) & (op->sz == MO_64 ? 63 : 31);

        fl_begin(j, op, n ? FL_ALL : 0);
        rb = ra_in(&j->ra, op->in[1]);
        rd = out_from(j, d, op->in[0], op->sz);
        if (n) {
            out_op_imm8(j, wsz(op->sz, x->arg) | X_0F, rb, R(rd), n);
        } else if (op->sz == MO_32) {
            out_op(j, 0x8b, rd, R(rd));
        }
        fl_end(j, op, n ? FL_ALL : 0);
        out_done(j, d, rd);
        return;
    }
    fl_begin(j, op, FL_ALL);
    if (ra_reg(&j->ra, cnt) == RCX) {
        ra_lock(&j->ra, RC_INT, RCX);
        rb = ra_in(&j->ra, op->in[1]);
        rd = out_from(j, d, op->in[0], op->sz);
        if (rd == RCX) {
            unsigned t = ra_tmp(&j->ra, RC_INT);

            out_mov_rr(j, MO_64, t, rd);
            rd = t;
        }
        out_op(j, wsz(op->sz, x->arg + 1) | X_0F, rb, R(rd));
    } else {
        /* rcx is borrowed for the count; nothing else may live in it. */
        unsigned save;
        int32_t off = ra_mem(&j->ra, cnt);

        ra_lock(&j->ra, RC_INT, RCX);
        rb = ra_in(&j->ra, op->in[1]);
        if (rb == RCX) {
            rb = ra_tmp(&j->ra, RC_INT);
            out_mov_rr(j, MO_64, rb, RCX);
        }
        rd = out_from(j, d, op->in[0], op->sz);
        if (rd == RCX) {
            rd = ra_tmp(&j->ra, RC_INT);
            out_mov_rr(j, MO_64, rd, RCX);
        }
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RCX);
        out_op(j, 0x8b, RCX, GS(off));
        out_op(j, wsz(op->sz, x->arg + 1) | X_0F, rb, R(rd));
        out_mov_rr(j, MO_64, RCX, save);
    }
    fl_end(j, op, FL_ALL);
    out_done(j, d, rd);
}
