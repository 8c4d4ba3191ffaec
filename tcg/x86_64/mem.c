/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer memory rows: loads, stores, read-modify-write, atomics
 * and string operations.  Guest addresses are host addresses.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

/* Loads a return's target, which is wanted in rax? */
static bool is_returned(X86Jit *j, const TCGOp *op)
{
    const TCGOp *end = j->s->ops + j->s->nb_ops;

    for (unsigned k = 1; k <= 2 && op + k < end; k++) {
        if (op[k].opc == TCG_ret) {
            return op[k].in[0] == op->out[0] &&
                   ra_is_ebb(&j->ra, op->out[0]);
        }
    }
    return false;
}

void lower_ld(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);
    unsigned rd, ext = op->imm;

    if (m.base != RAX && m.index != RAX && is_returned(j, op)) {
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
        rd = RAX;
    } else {
        rd = out_any(j, op->out[0], op->mem.base);
    }

    if (ext == 0 || op->sz >= MO_64) {
        if (op->sz <= MO_16) {
            out_op(j, (op->sz ? 0xb7 : 0xb6) | X_0F, rd, m);
        } else {
            out_op(j, wsz(op->sz, 0x8b), rd, m);
        }
    } else if (op->sz == MO_32) {
        out_op(j, ext == 3 ? 0x63 | X_W : 0x8b, rd, m);
    } else {
        out_op(j, (op->sz ? 0xbf : 0xbe) | X_0F | (ext == 3 ? X_W : 0), rd, m);
        if (ext == 1) {
            out_op(j, 0xb7 | X_0F, rd, R(rd));
        }
    }
    out_done(j, op->out[0], rd);
}

void lower_st(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);
    int32_t imm;

    if (is_imm(j, op->in[0], op->sz, &imm) &&
        ra_reg(&j->ra, op->in[0]) < 0) {
        out_op(j, osz(op->sz, 0xc6), 0, m);
        oimm(j, MIN(1 << op->sz, 4), imm);
    } else {
        out_op(j, osz(op->sz, 0x88), ra_in(&j->ra, op->in[0]), m);
    }
}

/* ---- read-modify-write ----------------------------------------------------------- */

static void rmw_bit(X86Jit *j, const TCGOp *op, uint32_t lock)
{
    unsigned digit = op->imm - TCG_RMW_BTS + 5, mask = (8 << op->sz) - 1, t;

    if (is_const(j, op->in[0])) {
        fl_begin(j, op, FL_ALL & ~FL_Z);
        Opnd m = mem_opnd(j, &op->mem);

        out_op_imm8(j, wsz(op->sz, 0xba) | X_0F | lock, digit, m,
                    const_val(j, op->in[0]) & mask);
        fl_end(j, op, FL_ALL & ~FL_Z);
        return;
    }
    /* The index must not reach beyond the operand. */
    fl_save(j, op->fl_live | op->fl_use);
    j->fl_h = 0;
    Opnd m = mem_opnd(j, &op->mem);

    t = ra_tmp(&j->ra, RC_INT);
    load_to(j, t, op->in[0], MO_32);
    out_alu_imm(j, MO_32, 4, R(t), mask, 0);
    out_op(j, wsz(op->sz, 0x83 | digit << 3) | X_0F | lock, t, m);
    /* Other live flags (ZF survives) stay at home, CF is in EFLAGS. */
    j->fl_h = op->fl_def;
    j->fl_m &= ~op->fl_def;
}

void lower_rmw(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const int8_t digit[] = {
        [TCG_RMW_ADD] = 0, [TCG_RMW_OR] = 1, [TCG_RMW_ADC] = 2,
        [TCG_RMW_SBB] = 3, [TCG_RMW_AND] = 4, [TCG_RMW_SUB] = 5,
        [TCG_RMW_XOR] = 6 };
    uint32_t lock = op->attr & OPA_LOCK ? X_LOCK : 0;
    unsigned clob = op->imm == TCG_RMW_NOT ? 0
                  : op->imm == TCG_RMW_INC || op->imm == TCG_RMW_DEC
                  ? FL_ALL & ~FL_C : FL_ALL;
    int32_t imm;
    Opnd m;

    if (op->imm >= TCG_RMW_BTS) {
        rmw_bit(j, op, lock);
        return;
    }
    fl_begin(j, op, clob);
    m = mem_opnd(j, &op->mem);
    switch (op->imm) {
    case TCG_RMW_INC:
        out_op(j, osz(op->sz, 0xfe) | lock, 0, m);
        break;
    case TCG_RMW_DEC:
        out_op(j, osz(op->sz, 0xfe) | lock, 1, m);
        break;
    case TCG_RMW_NEG:
        out_op(j, osz(op->sz, 0xf6) | lock, 3, m);
        break;
    case TCG_RMW_NOT:
        out_op(j, osz(op->sz, 0xf6) | lock, 2, m);
        break;
    default:
        if (is_imm(j, op->in[0], op->sz, &imm)) {
            out_alu_imm(j, op->sz, digit[op->imm], m, imm, lock);
        } else {
            out_op(j, osz(op->sz, digit[op->imm] << 3) | lock,
                   ra_in(&j->ra, op->in[0]), m);
        }
    }
    fl_end(j, op, clob);
}

/* ---- atomics ------------------------------------------------------------------- */

/* Address in at most one temporary, and not rax, which is then locked. */
static Opnd mem_opnd1(X86Jit *j, const TCGMem *mem)
{
    RA *ra = &j->ra;
    Opnd m = mem_opnd(j, mem);
    bool tb = m.base >= 0 && (ra->is_tmp[RC_INT] >> m.base & 1);
    bool ti = m.index >= 0 && (ra->is_tmp[RC_INT] >> m.index & 1);
    unsigned t;

    if (m.base == RAX || m.index == RAX) {
        t = ra_tmp(ra, RC_INT);
        out_op(j, 0x8d | X_W, t, m);
    } else if (tb && ti) {
        ra_force(ra, RC_INT, RAX, TCG_NONE);
        out_op(j, 0x8d | X_W, RAX, m);
        ra_untmp(ra, RC_INT, m.base);
        ra_untmp(ra, RC_INT, m.index);
        t = ra_tmp(ra, RC_INT);
        out_mov_rr(j, MO_64, t, RAX);
        ra_untmp(ra, RC_INT, RAX);
        return M(t, 0);
    } else {
        ra_force(ra, RC_INT, RAX, TCG_NONE);
        return m;
    }
    if (tb) {
        ra_untmp(ra, RC_INT, m.base);
    }
    if (ti) {
        ra_untmp(ra, RC_INT, m.index);
    }
    ra_force(ra, RC_INT, RAX, TCG_NONE);
    return M(t, 0);
}

/* xadd, xchg: arg = opcode of the byte form. */
static void exchange(X86Jit *j, const TCGOp *op, uint32_t opc)
{
    TCGRef d = op->out[0];
    Opnd m = mem_opnd(j, &op->mem);
    int pin = d == TCG_NONE ? -1 : ra_pin(&j->ra, d);
    bool direct = pin >= 0 && op->in[0] == d && op->sz >= MO_32;
    unsigned r;

    if (direct) {
        r = pin;
    } else {
        r = ra_tmp(&j->ra, RC_INT);
        load_to(j, r, op->in[0], op->sz);
    }
    out_op(j, osz(op->sz, opc & 0xff) | (opc & ~0xff), r, m);
    if (d != TCG_NONE && !(op->dead & OPD_OUT)) {
        if (op->sz == MO_8) {
            out_op(j, 0xb6 | X_0F | X_BM, r, R(r));
        } else if (op->sz == MO_16) {
            out_op(j, 0xb7 | X_0F, r, R(r));
        }
        out_done(j, d, r);
    }
}

void lower_xadd(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    exchange(j, op, 0xc0 | X_0F | (op->attr & OPA_LOCK ? X_LOCK : 0));
}

void lower_xchg(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    exchange(j, op, 0x86);
}

void lower_cmpxchg(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t lock = op->attr & OPA_LOCK ? X_LOCK : 0;
    TCGRef d = op->out[0];
    unsigned r;
    Opnd m;

    /* rax is the comparand's; everything else moves out of it. */
    m = mem_opnd1(j, &op->mem);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    r = ra_in(&j->ra, op->in[1]);
    load_to(j, RAX, op->in[0], op->sz);
    out_op(j, osz(op->sz, 0xb0) | X_0F | lock, r, m);
    if (d != TCG_NONE && !(op->dead & OPD_OUT)) {
        if (op->sz == MO_8) {
            out_op(j, 0xb6 | X_0F | X_BM, RAX, R(RAX));
        } else if (op->sz == MO_16) {
            out_op(j, 0xb7 | X_0F, RAX, R(RAX));
        } else if (op->sz == MO_32) {
            out_op(j, 0x8b, RAX, R(RAX));
        }
        out_done(j, d, RAX);
    }
}

/* rdx:rax, rcx:rbx against 2 * sz bytes. */
void lower_cmpxchg2(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t lock = op->attr & OPA_LOCK ? X_LOCK : 0;
    uint32_t opc = wsz(op->sz, 0xc7) | X_0F | lock;
    static const uint8_t fix[4] = { RAX, RDX, RBX, RCX };
    int32_t off[4];
    bool native = true;
    Opnd m;

    for (unsigned k = 1; k < 4; k++) {
        native &= ra_pin(&j->ra, op->in[k]) == fix[k];
    }
    native &= op->out[1] != TCG_NONE && ra_pin(&j->ra, op->out[1]) == RDX;
    m = mem_opnd1(j, &op->mem);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    if (native) {
        load_to(j, RAX, op->in[0], MO_64);
        out_op(j, opc, 1, m);
    } else {
        /* Borrow the fixed registers; inputs go by memory. */
        int32_t keep = REF_SLOT;
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_op(j, 0x8d | X_W, t, m);
        for (unsigned k = 0; k < 4; k++) {
            off[k] = REF_SLOT + 32 + 8 * k;
            if (op->in[k] != TCG_NONE) {
                load_to(j, RAX, op->in[k], MO_64);
                out_op(j, 0x89 | X_W, RAX, GS(off[k]));
            }
        }
        for (unsigned k = 1; k < 4; k++) {
            out_op(j, 0x89 | X_W, fix[k], GS(keep + 8 * k));
        }
        /* Provoke the fault while the registers are still the guest's. */
        out_alu_imm(j, MO_8, 1, M(t, 0), 0, X_LOCK);
        for (unsigned k = 0; k < 4; k++) {
            out_op(j, 0x8b | X_W, fix[k], GS(off[k]));
        }
        out_op(j, opc, 1, M(t, 0));
        out_op(j, 0x89 | X_W, RDX, GS(off[1]));
        for (unsigned k = 1; k < 4; k++) {
            out_op(j, 0x8b | X_W, fix[k], GS(keep + 8 * k));
        }
        ra_untmp(&j->ra, RC_INT, t);
    }
    if (op->sz == MO_32) {
        out_op(j, 0x8b, RAX, R(RAX));
    }
    ra_unlock_all(&j->ra);
    ra_lock(&j->ra, RC_INT, RAX);
    if (op->out[1] != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
        if (native) {
            if (op->sz == MO_32) {
                out_op(j, 0x8b, RDX, R(RDX));
            }
        } else {
            unsigned rd = out_fresh(j, op->out[1]);

            out_op(j, wsz(op->sz, 0x8b), rd, GS(off[1]));
            out_done(j, op->out[1], rd);
        }
    }
    if (op->out[0] != TCG_NONE && !(op->dead & OPD_OUT)) {
        out_done(j, op->out[0], RAX);
    }
}

void lower_prefetch(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);

    if (op->imm == 4) {
        out_op(j, 0x0d | X_0F, 1, m);
    } else {
        out_op(j, 0x18 | X_0F, op->imm, m);
    }
}

void lower_fence(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (op->imm == 4) {
        o8(j, 0xf3);
        o8(j, 0x90);
    } else {
        o8(j, 0x0f);
        o8(j, 0xae);
        o8(j, op->imm == 1 ? 0xe8 : op->imm == 2 ? 0xf8 : 0xf0);
    }
}

/* ---- strings --------------------------------------------------------------------- */

static void out_rep(X86Jit *j, unsigned sz, unsigned byte)
{
    o8(j, 0xf3);
    if (sz == MO_16) {
        o8(j, 0x66);
    } else if (sz == MO_64) {
        o8(j, 0x48);
    }
    o8(j, byte | (sz != MO_8));
}

/* Operands and results are the guest's own registers?  Else they are swapped
 * in from memory around the instruction. */
static void string_op(X86Jit *j, const TCGOp *op, unsigned byte,
                      const uint8_t *regs, unsigned n)
{
    bool native = true;

    for (unsigned k = 0; k < n; k++) {
        native &= op->in[k] == op->out[k] &&
                  ra_pin(&j->ra, op->in[k]) == regs[k];
    }
    if (native) {
        fault_point(j);
        out_rep(j, op->sz, byte);
        return;
    }
    unsigned t = ra_tmp(&j->ra, RC_INT);

    for (unsigned k = 0; k < n; k++) {
        load_to(j, t, op->in[k], MO_64);
        out_op(j, 0x89 | X_W, t, GS(REF_SLOT + 8 * k));
    }
    for (unsigned k = 0; k < n; k++) {
        out_op(j, 0x89 | X_W, regs[k], GS(REF_SLOT + 32 + 8 * k));
    }
    for (unsigned k = 0; k < n; k++) {
        out_op(j, 0x8b | X_W, regs[k], GS(REF_SLOT + 8 * k));
    }
    fault_point(j);
    out_rep(j, op->sz, byte);
    for (unsigned k = 0; k < n; k++) {
        out_op(j, 0x89 | X_W, regs[k], GS(REF_SLOT + 8 * k));
    }
    for (unsigned k = 0; k < n; k++) {
        out_op(j, 0x8b | X_W, regs[k], GS(REF_SLOT + 32 + 8 * k));
    }
    ra_untmp(&j->ra, RC_INT, t);
    for (unsigned k = 0; k < n; k++) {
        if (op->out[k] != TCG_NONE && !(op->dead & OPD_OUT << k)) {
            unsigned rd = out_any(j, op->out[k], TCG_NONE);

            out_op(j, 0x8b | X_W, rd, GS(REF_SLOT + 8 * k));
            out_done(j, op->out[k], rd);
            ra_unlock_all(&j->ra);
        }
    }
}

void lower_rep_movs(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const uint8_t regs[] = { RDI, RSI, RCX };

    string_op(j, op, 0xa4, regs, 3);
}

void lower_rep_stos(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const uint8_t regs[] = { RDI, RCX };

    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    load_to(j, RAX, op->in[2], MO_64);
    string_op(j, op, 0xaa, regs, 2);
}
