/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of the x87 and MMX rows: the guest's own instructions, run by the
 * host's unit on the guest's resident state.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

void lower_x87r(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fl_begin(j, op, op->fl_def ? FL_ALL : 0);
    fault_point(j);
    if (op->imm >> 8) {                     /* else FWAIT */
        o8(j, op->imm >> 8);
    }
    o8(j, op->imm);
    fl_end(j, op, op->fl_def ? FL_ALL : 0);
}

void lower_x87m(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);

    fault_point(j);
    out_op(j, op->imm >> 8 & 0xff, op->imm >> 3 & 7, m);
}

void lower_x87stsw(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd;

    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    rd = out_from(j, op->out[0], op->in[0], MO_64);
    fault_point(j);
    o8(j, 0xdf);                            /* fnstsw ax */
    o8(j, 0xe0);
    out_op(j, 0x8b | X_66, rd, R(RAX));     /* mov rd16, ax */
    out_done(j, op->out[0], rd);
}

void lower_mmget(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    fault_point(j);
    out_op(j, 0xd6 | X_0F | X_F3, rd, R(op->imm & 7));
    out_done(j, op->out[0], rd);
}

void lower_mmput(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned a = ra_in(&j->ra, op->in[0]);

    fault_point(j);
    out_op(j, 0xd6 | X_0F | X_F2, op->imm & 7, R(a));
}

void lower_emms(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fault_point(j);
    o8(j, 0x0f);
    o8(j, 0x77);
}
