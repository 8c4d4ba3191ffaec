/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of shifts and rotates.  Flags of one with a variable count are put
 * home at once, unless the count is zero.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

/* ---- flags by hand ------------------------------------------------------------------ */

/* CF is in T2 (0 or 1), the result, sign-extended, in R_FR. */
static RVFlags shift_state(RVJit *j, const TCGOp *op, bool of_left, bool of)
{
    RVFlags f = { .kind = K_RES, .sz = op->sz, .af = AF_ONE,
                  .r.loc = R_FR };

    if (op->fl_def & FL_C) {
        out_st_env(j, MO_64, T2, FLAG_A);
        f.a.loc = LOC_MEM;
    }
    if (!(op->fl_def & FL_O) || !of) {
        return f;               /* b is x0 */
    }
    f.b.loc = LOC_MEM;
    if (of_left) {
        out_rri(j, SRLI, T3, R_FR, 63);
        out_rrr(j, XOR, T2, T2, T3);
    } else {
        /* msb(r ^ (r << 1)) */
        out_rri(j, SLLI, T3, R_FR, 1);
        out_rrr(j, XOR, T3, T3, R_FR);
        out_rri(j, SRLI, T2, T3, bits_of(op->sz) - 1);
        out_rri(j, ANDI, T2, T2, 1);
    }
    out_st_env(j, MO_64, T2, FLAG_B);
    return f;
}

/* Gives op's flags of state f; count: -1, or the register that must not be
 * zero, else they stay (all live ones are at home then). */
static void flags_done(RVJit *j, const TCGOp *op, const RVFlags *f, int count)
{
    uint32_t *skip;

    if (count < 0) {
        fl_end(j, op, f);
        return;
    }
    skip = out_b_short(j, (RVCond){ BEQ, count, ZR }, NULL);
    j->fl = *f;
    j->fl_h = op->fl_def;
    j->fl_m = op->fl_live & ~op->fl_def;
    fl_save_for(j, op->fl_def, op->fl_live);
    j->fl_h = 0;
    j->fl_m = op->fl_live;
    out_bind(j, skip, j->p);
}

/* The old flags that stay go home, the others are over: results are put into
 * R_FR before guest registers are written. */
static void over(RVJit *j, const TCGOp *op)
{
    fl_begin(j, op);
    j->fl_h = 0;
}

/* All that may stay goes home. */
static void all_home(RVJit *j, const TCGOp *op)
{
    fl_save(j, op->fl_live | op->fl_use | op->fl_def);
    j->fl_h = 0;
}

/* ---- shifts ------------------------------------------------------------------------- */

static uint32_t shift_word(unsigned opc)
{
    return opc == TCG_shl ? SLL : opc == TCG_shr ? SRL : SRA;
}

static void out_shift(RVJit *j, unsigned opc, unsigned rd, unsigned a,
                      int n, unsigned rn)
{
    uint32_t w = shift_word(opc);

    if (n >= 0) {
        out_rri(j, w == SLL ? SLLI : w == SRL ? SRLI : SRAI, rd, a, n);
    } else {
        out_rrr(j, w, rd, a, rn);
    }
}

/* The 64-bit shift of sz 3; a needs no preparation.  T2 = CF. */
static void flagged64(RVJit *j, const TCGOp *op, unsigned a, int n,
                      unsigned rn)
{
    if (op->fl_def & (FL_C | FL_O)) {
        if (n < 0 && op->opc == TCG_shl) {
            out_rrr(j, SUB, T2, ZR, rn);
            out_rrr(j, SRL, T2, a, T2);
        } else if (n < 0) {
            out_rri(j, ADDI, T2, rn, -1);
            out_rrr(j, SRL, T2, a, T2);
        } else {
            out_rri(j, SRLI, T2, a, op->opc == TCG_shl ? 64 - n : n - 1);
        }
        out_rri(j, ANDI, T2, T2, 1);
    }
    out_shift(j, op->opc, R_FR, a, n, rn);
}

/* Smaller: on an extended copy in T0. */
static void flagged32(RVJit *j, const TCGOp *op, unsigned a, int n,
                      unsigned rn)
{
    bool left = op->opc == TCG_shl;

    if (op->opc == TCG_sar) {
        out_sext(j, op->sz, T0, a);
    } else {
        out_zext(j, op->sz, T0, a);
    }
    if (left) {
        out_shift(j, TCG_shl, T0, T0, n, rn);
        out_rri(j, SRLI, T2, T0, bits_of(op->sz));
    } else if (n >= 0) {
        out_rri(j, SRLI, T2, T0, n - 1);
    } else {
        out_rri(j, ADDI, T2, rn, -1);
        out_rrr(j, SRL, T2, T0, T2);
    }
    out_rri(j, ANDI, T2, T2, 1);
    if (!left) {
        out_shift(j, op->opc, T0, T0, n, rn);
    }
    out_sext(j, op->sz, R_FR, T0);
}

static void result(RVJit *j, const TCGOp *op, unsigned r)
{
    unsigned rd;

    if (op->sz < MO_32) {
        merge_done(j, op, r);
    } else {
        rd = out_reg(j, op->out[0]);
        out_result(j, op, rd, r);
        out_done(j, op->out[0], rd);
    }
}

static void shift_flags(RVJit *j, const TCGOp *op, int n)
{
    unsigned a, rn = ZR;
    int count = -1;
    RVFlags f;

    if (n < 0) {
        all_home(j, op);
        rn = ra_in(&j->ra, op->in[1]);
        /* Kept across merge_done() and so on. */
        out_rri(j, ANDI, T1, rn, op->sz == MO_64 ? 63 : 31);
        out_st_env(j, MO_64, T1, FLAG_TMP);
        rn = T1;
        count = T1;
    } else {
        over(j, op);
    }
    a = inz(j, op->in[0]);
    if (op->sz == MO_64) {
        flagged64(j, op, a, n, rn);
    } else {
        flagged32(j, op, a, n, rn);
    }
    f = shift_state(j, op, op->opc == TCG_shl, op->opc != TCG_sar);
    result(j, op, R_FR);
    if (count >= 0) {
        out_ld_env(j, MO_64, T1, FLAG_TMP);
    }
    flags_done(j, op, &f, count);
}

static void shift_plain(RVJit *j, const TCGOp *op, int n)
{
    unsigned a = inz(j, op->in[0]), rn = ZR, rd;
    uint32_t w = shift_word(op->opc);
    bool left = op->opc == TCG_shl;

    if (n < 0) {
        rn = ra_in(&j->ra, op->in[1]);
    }
    if (op->sz == MO_64) {
        rd = out_reg(j, op->out[0]);
        out_shift(j, op->opc, rd, a, n, rn);
        out_done(j, op->out[0], rd);
        return;
    }
    if (op->sz == MO_32) {
        rd = out_reg(j, op->out[0]);
        if (n == 0) {
            out_zext(j, MO_32, rd, a);
        } else if (n < 0) {
            out_rrr(j, w | W, rd, a, rn);
            out_result(j, op, rd, rd);
        } else if (left && upper_dead(j, op)) {
            out_rri(j, SLLIW, rd, a, n);
        } else if (left && !rv_host.zba) {
            out_rri(j, SLLI, rd, a, 32 + n);
            out_rri(j, SRLI, rd, rd, 32);
        } else {
            out_rri(j, left ? SLLIW : w == SRL ? SRLIW : SRAIW, rd, a, n);
            if (w != SRL) {
                out_result(j, op, rd, rd);
            }
        }
        out_done(j, op->out[0], rd);
        return;
    }
    if (op->opc == TCG_sar) {
        out_sext(j, op->sz, T0, a);
    } else if (!left) {
        out_zext(j, op->sz, T0, a);
    } else {
        out_mv(j, T0, a);
    }
    if (n < 0) {
        out_rri(j, ANDI, T1, rn, 31);
        rn = T1;
    }
    out_shift(j, op->opc, T0, T0, n, rn);
    merge_done(j, op, T0);
}

void lower_shift(RVJit *j, const TCGOp *op, const RVOp *x)
{
    int n = -1;

    if (is_const(j, op->in[1])) {
        n = const_val(j, op->in[1]) & (op->sz == MO_64 ? 63 : 31);
    }
    if (op->fl_def && n) {
        shift_flags(j, op, n);
    } else {
        shift_plain(j, op, n);
    }
}

/* ---- rotates ------------------------------------------------------------------------- */

/* rd = x rotated left or right, as 32 or 64 bits; T2 and T3 are used. */
static void out_rotate(RVJit *j, bool sf, bool left, unsigned rd, unsigned x,
                       int n, unsigned rn)
{
    unsigned b = sf ? 64 : 32;
    uint32_t w = sf ? 0 : W;

    if (n >= 0) {
        n = left ? (b - n) & (b - 1) : n & (b - 1);
        if (rv_host.zbb) {
            out_rri(j, RORI | w, rd, x, n);
        } else if (n == 0) {
            out_mv(j, rd, x);
        } else {
            out_rri(j, SRLI | w, T2, x, n);
            out_rri(j, SLLI | w, T3, x, b - n);
            out_rrr(j, OR, rd, T2, T3);
        }
        return;
    }
    if (rv_host.zbb) {
        out_rrr(j, (left ? ROL : ROR) | w, rd, x, rn);
        return;
    }
    out_rrr(j, SUB, T2, ZR, rn);
    out_rrr(j, (left ? SRL : SLL) | w, T3, x, T2);
    out_rrr(j, (left ? SLL : SRL) | w, T2, x, rn);
    out_rrr(j, OR, rd, T2, T3);
}

/* T0 = in0 rotated, sign-extended from 32 bits if smaller than 64. */
static void rotate(RVJit *j, const TCGOp *op, unsigned a, int n, unsigned rn)
{
    bool left = op->opc == TCG_rol;

    if (op->sz < MO_32) {
        out_zext(j, op->sz, T0, a);
        out_rri(j, SLLI, T2, T0, bits_of(op->sz));
        out_rrr(j, OR, T0, T0, T2);
        if (op->sz == MO_8) {
            out_rri(j, SLLI, T2, T0, 16);
            out_rrr(j, OR, T0, T0, T2);
        }
        a = T0;
    }
    out_rotate(j, op->sz == MO_64, left, T0, a, n, rn);
}

void lower_rotate(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool left = op->opc == TCG_rol;
    unsigned a, rn = ZR, top = bits_of(op->sz) - 1;
    int n = -1;
    RVFlags f = { .kind = K_RES, .sz = op->sz, .r.loc = LOC_NONE };

    if (is_const(j, op->in[1])) {
        n = const_val(j, op->in[1]) & (op->sz == MO_64 ? 63 : 31);
    }
    if (!op->fl_def || n == 0) {
        a = inz(j, op->in[0]);
        rn = n < 0 ? ra_in(&j->ra, op->in[1]) : ZR;
        rotate(j, op, a, n, rn);
        result(j, op, T0);
        return;
    }
    if (n < 0) {
        all_home(j, op);
    } else {
        over(j, op);
    }
    a = inz(j, op->in[0]);
    if (n < 0) {
        rn = ra_in(&j->ra, op->in[1]);
        out_rri(j, ANDI, T1, rn, op->sz == MO_64 ? 63 : 31);
        out_st_env(j, MO_64, T1, FLAG_TMP);
    }
    rotate(j, op, a, n, rn);
    /* T2 = CF, T3 = OF */
    out_rri(j, SRLI, T2, T0, left ? 0 : top);
    out_rri(j, SRLI, T3, T0, left ? top : top - 1);
    out_rrr(j, XOR, T3, T3, T2);
    out_rri(j, ANDI, T2, T2, 1);
    out_rri(j, ANDI, T3, T3, 1);
    out_st_env(j, MO_64, T2, FLAG_A);
    out_st_env(j, MO_64, T3, FLAG_B);
    f.a.loc = f.b.loc = LOC_MEM;
    result(j, op, T0);
    if (n < 0) {
        out_ld_env(j, MO_64, T1, FLAG_TMP);
    }
    flags_done(j, op, &f, n < 0 ? T1 : -1);
}

/* ---- double shifts -------------------------------------------------------------------- */

/* sz 2, 3; a filled from f. */
void lower_shiftd(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool sf = op->sz == MO_64, left = op->opc == TCG_shld;
    unsigned b = bits_of(op->sz), a, f, rn;
    uint32_t w = sf ? 0 : W;
    int n = -1;
    RVFlags st;

    if (is_const(j, op->in[2])) {
        n = const_val(j, op->in[2]) & (b - 1);
    }
    if (op->sz < MO_32 || (op->fl_def && n < 0)) {
        lower_fallback(j, op, x);
        return;
    }
    if (n && op->fl_def) {
        over(j, op);
    }
    a = inz(j, op->in[0]);
    f = inz(j, op->in[1]);
    if (n == 0) {
        result(j, op, a);
        return;
    }
    if (n < 0) {
        /* (f >> 1) >> (b - 1 - n), so that a count of 0 is right */
        rn = ra_in(&j->ra, op->in[2]);
        out_rri(j, XORI, T1, rn, -1);
        out_rri(j, (left ? SRLI : SLLI) | w, T0, f, 1);
        out_rrr(j, (left ? SRL : SLL) | w, T0, T0, T1);
        out_rrr(j, (left ? SLL : SRL) | w, T1, a, rn);
        out_rrr(j, OR, T0, T0, T1);
        result(j, op, T0);
        return;
    }
    out_rri(j, (left ? SRLI : SLLI) | w, T0, f, b - n);
    out_rri(j, (left ? SLLI : SRLI) | w, T1, a, n);
    if (!op->fl_def) {
        out_rrr(j, OR, T0, T0, T1);
        result(j, op, T0);
        return;
    }
    out_rri(j, SRLI, T2, a, left ? b - n : n - 1);
    out_rri(j, ANDI, T2, T2, 1);
    out_rrr(j, OR, R_FR, T0, T1);
    st = shift_state(j, op, left, true);
    result(j, op, R_FR);
    flags_done(j, op, &st, -1);
}
