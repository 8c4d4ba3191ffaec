/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer multiplication, division, bit operations, and of flags
 * as values.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- multiplication and division ------------------------------------------------------- */

/* C = V = not equal, as the host compared last; N = Z = 0. */
static void overflow_flags(A64Jit *j)
{
    out_cset(j, T0, NE);
    out_rrr(j, A_SUB, false, T0, ZR, T0);
    out_logic_imm(j, A_AND, false, T0, T0, a64_bitmask(0x30000000, false));
    out_msr_nzcv(j, T0);
}

static unsigned clob_mul(const TCGOp *op)
{
    return op->fl_def ? FL_NZCV : 0;
}

void lower_mul(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b, rd, c = clob_mul(op);

    if (op->fl_def & ~(FL_C | FL_O) || (op->sz < MO_32 && op->fl_def)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, c);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (op->sz < MO_32) {
        out_rrr(j, A_MUL, false, T0, a, b);
        merge_done(j, op, T0, 0);
        fl_end(j, op, c, false);
        return;
    }
    rd = out_reg(j, op->out[0]);
    if (!op->fl_def) {
        out_rrr(j, A_MUL, op->sz == MO_64, rd, a, b);
    } else if (op->sz == MO_64) {
        out_rrr(j, 0x9b407c00, true, T1, a, b);             /* smulh */
        out_rrr(j, A_MUL, true, rd, a, b);
        out_rrs(j, A_SUBS, true, ZR, T1, rd, ASR, 63);
        overflow_flags(j);
    } else {
        out_rrr(j, 0x9b207c00, true, T1, a, b);             /* smull */
        out_mov(j, false, rd, T1);
        /* cmp t1, w(rd), sxtw */
        o32(j, 0xeb20c000 | rd << 16 | T1 << 5 | ZR);
        overflow_flags(j);
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

void lower_mul2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sgn = op->opc == TCG_muls2, sf = op->sz == MO_64;
    unsigned a, b, c = clob_mul(op);

    if ((op->fl_def & ~(FL_C | FL_O)) || op->sz < MO_32) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, c);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (sf) {
        out_rrr(j, sgn ? 0x9b407c00 : 0x9bc07c00, true, T1, a, b);
        out_rrr(j, A_MUL, true, T0, a, b);
    } else {
        out_rrr(j, sgn ? 0x9b207c00 : 0x9ba07c00, true, T0, a, b);
        out_lsr(j, true, T1, T0, 32);
        out_mov(j, false, T0, T0);
    }
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_mov(j, true, rd, k ? T1 : T0);
            out_done(j, op->out[k], rd);
        }
    }
    if (op->fl_def) {
        if (sgn) {
            out_rrs(j, A_SUBS, sf, ZR, T1, T0, ASR, sf ? 63 : 31);
        } else {
            out_rrr(j, A_SUBS, sf, ZR, T1, ZR);
        }
        overflow_flags(j);
    }
    fl_end(j, op, c, false);
}

void lower_mulx(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    lower_mul2(j, op, x);
}

/* The general case: the reference, with all registers kept. */
static void emit_div_slow(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, st->reg + 3);
    out_b(j, st->back);
}

/* The quotient fits if the high half is the sign of the low one, less the one
 * overflowing pair, for which the host gives what is not an x86 result. */
void lower_div(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sgn = op->opc == TCG_divs2, sf = op->sz == MO_64;
    unsigned lo, hi, d;
    A64Stub *st[3];
    unsigned n = 0;

    if (op->sz < MO_32) {
        lower_fallback(j, op, x);
        return;
    }
    lo = inz(j, op->in[0]);
    hi = inz(j, op->in[1]);
    d = inz(j, op->in[2]);
    if (sgn) {
        out_rrs(j, A_EOR, sf, T0, hi, lo, ASR, sf ? 63 : 31);
        st[n++] = stub_new(j, emit_div_slow, out_cbz(j, true, sf, T0, NULL));
        /* divisors 0 and -1 */
        out_arith_imm(j, A_ADD, sf, T0, d == ZR ? T0 : d, 1);
        out_logic_imm(j, A_AND, sf, T0, T0, a64_bitmask(~1ull, sf));
        st[n++] = stub_new(j, emit_div_slow, out_cbz(j, false, sf, T0, NULL));
    } else {
        if (hi != ZR) {
            st[n++] = stub_new(j, emit_div_slow,
                               out_cbz(j, true, sf, hi, NULL));
        }
        st[n++] = stub_new(j, emit_div_slow, out_cbz(j, false, sf, d, NULL));
    }
    out_rrr(j, sgn ? A_SDIV : A_UDIV, sf, T0, lo, d);
    o32(j, 0x1b008000 | (uint32_t)sf << 31 | d << 16 | lo << 10 | T0 << 5 |
        T1);                                                /* msub */
    for (unsigned k = 0; k < n; k++) {
        st[k]->back = j->p;
        st[k]->reg[0] = lo;
        st[k]->reg[1] = hi;
        st[k]->reg[2] = d;
        st[k]->reg[3] = T0;
        st[k]->reg[4] = T1;
    }
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_mov(j, sf, rd, k ? T1 : T0);
            out_done(j, op->out[k], rd);
        }
    }
}

/* ---- bits ------------------------------------------------------------------------------- */

static void out_rr(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn)
{
    o32(j, w | (uint32_t)sf << 31 | rn << 5 | rd);
}

/* in1 == 0: in0 stays, ZF = 1. */
void lower_bscan(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64;
    unsigned a, b, rd;

    if ((op->fl_def & ~FL_Z) || op->sz < MO_32) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, FL_NZCV);
    a = ra_in(&j->ra, op->in[0]);
    b = ra_in(&j->ra, op->in[1]);
    rd = out_reg(j, op->out[0]);
    if (op->opc == TCG_bsf) {
        out_rr(j, 0x5ac00000, sf, T0, b);
        out_rr(j, 0x5ac01000, sf, T0, T0);
    } else {
        out_rr(j, 0x5ac01000, sf, T0, b);
        out_movi(j, T1, sf ? 63 : 31);
        out_rrr(j, A_EOR, false, T0, T0, T1);
    }
    out_rrr(j, A_SUBS, sf, ZR, b, ZR);
    out_csel(j, true, rd, a, T0, EQ);
    out_done(j, op->out[0], rd);
    fl_end(j, op, FL_NZCV, true);
}

void lower_bswap(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = ra_in(&j->ra, op->in[0]), rd = out_reg(j, op->out[0]);

    o32(j, (op->sz == MO_64 ? 0xdac00c00 : 0x5ac00800) | a << 5 | rd);
    out_done(j, op->out[0], rd);
}

/* x->arg = TCG_RMW_BTS and so on, 0 for BT.  Only CF may be wanted. */
void lower_bt(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64;
    unsigned a, rd, mask = bits_of(op->sz) - 1;

    if ((op->fl_def & ~FL_C) || (op->sz < MO_32 && x->arg)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, op->fl_def ? FL_NZCV : 0);
    a = inz(j, op->in[0]);
    if (is_const(j, op->in[1])) {
        unsigned n = const_val(j, op->in[1]) & mask;

        out_ubfx(j, true, T0, a, n, 1);
        out_movi(j, T1, 1ull << n);
    } else {
        unsigned n = ra_in(&j->ra, op->in[1]);

        if (op->sz < MO_32) {
            out_logic_imm(j, A_AND, false, T1, n, a64_bitmask(mask, false));
            n = T1;
        }
        out_rrr(j, A_LSRV, sf, T0, a, n);
        out_logic_imm(j, A_AND, false, T0, T0, a64_bitmask(1, false));
        if (x->arg) {
            out_movi(j, T1, 1);
            out_rrr(j, A_LSLV, sf, T1, T1, n);
        }
    }
    if (op->fl_def) {
        out_lsl(j, false, T0, T0, 29);
        out_msr_nzcv(j, T0);
    }
    if (x->arg) {
        rd = out_reg(j, op->out[0]);
        out_rrr(j, x->arg == TCG_RMW_BTS ? A_ORR
                 : x->arg == TCG_RMW_BTR ? A_BIC : A_EOR, sf, rd, a, T1);
        out_done(j, op->out[0], rd);
    }
    fl_end(j, op, op->fl_def ? FL_NZCV : 0, false);
}

/* ---- flags as values ---------------------------------------------------------------------- */

void lower_setcc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned cond, rd;

    fl_load(j, op->fl_use);
    cond = fl_cond(j, op, op->cond);
    if (op->sz == MO_8 && !(is_const(j, op->in[0]) &&
                            const_val(j, op->in[0]) < 256)) {
        out_cset(j, T0, cond);
        merge_done(j, op, T0, 0);
        return;
    }
    rd = out_reg(j, op->out[0]);
    out_cset(j, rd, cond);
    out_done(j, op->out[0], rd);
}

void lower_cmov(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned cond, rd, a, b;

    fl_load(j, op->fl_use);
    cond = fl_cond(j, op, op->cond);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (op->sz < MO_32) {
        out_csel(j, false, T0, b, a, cond);
        merge_done(j, op, T0, 0);
        return;
    }
    rd = out_reg(j, op->out[0]);
    out_csel(j, op->sz == MO_64, rd, b, a, cond);
    out_done(j, op->out[0], rd);
}

void lower_getfl(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned rd;

    fl_save(j, op->fl_live | op->fl_use);
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    out_lsr(j, false, T1, T0, 8);
    out_bfi(j, false, T1, T0, 11, 1);
    out_movi(j, T2, tcg_flags_to_eflags(tcg_flags_home(op->fl_use)));
    rd = out_reg(j, op->out[0]);
    out_rrr(j, A_AND, false, rd, T1, T2);
    out_done(j, op->out[0], rd);
}

void lower_setfl(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a;

    fl_save(j, op->fl_live & ~op->fl_def);
    a = ra_in(&j->ra, op->in[0]);
    out_ubfx(j, false, T0, a, 11, 1);
    out_bfi(j, false, T0, a, 8, 8);
    if (op->fl_live & ~op->fl_def) {
        out_movi(j, T1, tcg_flags_home(op->fl_def));
        out_rrr(j, A_AND, false, T0, T0, T1);
        out_ld_env(j, MO_32, T2, ENVOFF(flags));
        out_rrr(j, A_BIC, false, T2, T2, T1);
        out_rrr(j, A_ORR, false, T0, T0, T2);
        j->fl_m |= op->fl_def;
    } else {
        j->fl_m = op->fl_def;
    }
    out_st_env(j, MO_32, T0, ENVOFF(flags));
    j->fl_h &= ~op->fl_def;
}

void lower_flmod(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    int bit = a64_bitmask(FLHOME_C, false);

    if (!op->fl_def) {
        return;
    }
    fl_save(j, op->fl_live | op->fl_use);
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    if (op->imm == 0) {
        out_logic_imm(j, A_AND, false, T0, T0,
                      a64_bitmask((uint32_t)~FLHOME_C, false));
    } else {
        out_logic_imm(j, op->imm == 1 ? A_ORR : A_EOR, false, T0, T0, bit);
    }
    out_st_env(j, MO_32, T0, ENVOFF(flags));
    j->fl_h &= ~FL_C;
    j->fl_m |= FL_C;
}
