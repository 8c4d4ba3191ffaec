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

/* Widening multiplication: arg = /digit of F6/F7. */
void lower_mul2(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef lo = op->out[0], hi = op->out[1], a = op->in[0], b = op->in[1];
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
    if (ra_reg(&j->ra, a) == RAX) {
        if (!ra_is_ebb(&j->ra, a) || !in_dies(j, a)) {
            /* A cached copy or a value still needed: move it out. */
            ra_untmp(&j->ra, RC_INT, RAX);
            ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
            load_to(j, RAX, a, MO_64);
        }
    } else {
        load_to(j, RAX, a, MO_64);
    }
    if (s.reg == RAX) {
        s = R(RAX);
    }
    bool hi_in_rdx = hi != TCG_NONE && ra_pin(&j->ra, hi) == RDX;

    if (op->sz != MO_8 && !hi_in_rdx) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    if (ra_reg(&j->ra, a) == RAX) {
        ra_steal(&j->ra, a);
    }
    if (op->sz <= MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
    }
    /* The flags are the product's; moves leave them. */
    if (op->sz == MO_8) {
        if (hi != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            unsigned rh = out_fresh(j, hi);

            out_movi(j, rh, 0, false);
            out_done(j, hi, rh);
        }
    } else if (hi_in_rdx) {
        if (op->sz == MO_16) {
            out_op(j, 0xb7 | X_0F, RDX, R(RDX));
        }
    } else {
        bool want = hi != TCG_NONE && !(op->dead & OPD_OUT << 1);

        if (want) {
            /* rdx gets its own value back, hi takes the other register. */
            ra_lock(&j->ra, RC_INT, RDX);
            if (op->sz == MO_16) {
                out_op(j, 0xb7 | X_0F, RDX, R(RDX));
            }
            if (ra_pin(&j->ra, hi) < 0) {
                out_op(j, 0x87 | X_W, save, R(RDX));
                out_done(j, hi, save);
            } else {
                unsigned rh = out_fresh(j, hi);

                out_mov_rr(j, MO_64, rh, RDX);
                out_mov_rr(j, MO_64, RDX, save);
                out_done(j, hi, rh);
            }
        } else {
            out_mov_rr(j, MO_64, RDX, save);
        }
    }
    if (lo != TCG_NONE && !(op->dead & OPD_OUT)) {
        out_done(j, lo, RAX);
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

/* arg = /digit: 6 unsigned, 7 signed. */
void lower_div(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef quo = op->out[0], rem = op->out[1], hi = op->in[1];
    bool hi_home, rem_home = rem != TCG_NONE && ra_pin(&j->ra, rem) == RDX;
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
    if (ra_reg(&j->ra, op->in[0]) == RAX) {
        if (!ra_is_ebb(&j->ra, op->in[0]) || !(op->dead & OPD_IN)) {
            ra_untmp(&j->ra, RC_INT, RAX);
            ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
            load_to(j, RAX, op->in[0], MO_64);
        }
    } else {
        load_to(j, RAX, op->in[0], MO_64);
    }
    if (op->sz == MO_8) {
        unsigned rr;

        fault_point(j);
        out_op(j, 0xf6 | X_BM, x->arg, s);
        if (ra_reg(&j->ra, op->in[0]) == RAX) {
            ra_steal(&j->ra, op->in[0]);
        }
        if (rem != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            rr = out_fresh(j, rem);
            if (rr < 8) {
                out_high_byte(j, rr, RAX);
            } else {
                out_mov_rr(j, MO_32, rr, RAX);
                out_high_byte(j, RAX, RAX);
                out_op(j, 0x87, rr, R(RAX));
            }
            out_done(j, rem, rr);
        }
        if (quo != TCG_NONE && !(op->dead & OPD_OUT)) {
            out_zext(j, MO_8, RAX, R(RAX));
            out_done(j, quo, RAX);
        }
        return;
    }
    hi_home = ra_reg(&j->ra, hi) == RDX;
    if (!rem_home) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    if (!hi_home) {
        if (s.reg == RDX || (s.reg < 0 && (s.base == RDX || s.index == RDX))) {
            unsigned t = ra_tmp(&j->ra, RC_INT);

            out_op(j, 0x8b | X_W, t, s);
            s = R(t);
        }
        load_to(j, RDX, hi, MO_64);
    }
    fault_point(j);
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    if (ra_reg(&j->ra, op->in[0]) == RAX) {
        ra_steal(&j->ra, op->in[0]);
    }
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
        if (rem != TCG_NONE) {
            out_op(j, 0xb7 | X_0F, RDX, R(RDX));
        }
    }
    if (!rem_home) {
        if (rem != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            if (ra_pin(&j->ra, rem) < 0) {
                out_op(j, 0x87 | X_W, save, R(RDX));
                out_done(j, rem, save);
            } else {
                int pin = ra_pin(&j->ra, rem);

                out_mov_rr(j, MO_64, pin, RDX);
                out_mov_rr(j, MO_64, RDX, save);
            }
        } else {
            out_mov_rr(j, MO_64, RDX, save);
        }
    }
    if (quo != TCG_NONE && !(op->dead & OPD_OUT)) {
        out_done(j, quo, RAX);
    }
}
