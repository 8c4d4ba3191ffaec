/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of the bit-manipulation rows of BMI, ABM and ADX.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

static void out_rr(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn)
{
    o32(j, w | (uint32_t)sf << 31 | rn << 5 | rd);
}
enum { A_RBIT = 0x5ac00000, A_CLZ = 0x5ac01000 };

/* AF = 0, PF that of a byte of odd parity: clear. */
static void no_pf_af(A64Jit *j, const TCGOp *op)
{
    if (op->fl_def & FL_P) {
        out_movi(j, R_PF, 1);
    }
    if (op->fl_def & FL_A) {
        out_movi(j, R_AF, 0);
    }
}

/* tzcnt, lzcnt: CF = nothing found, ZF = found at once, the others 0. */
void lower_count(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64, trail = op->opc == TCG_tzcnt;
    unsigned a, rd, c = clob(op);

    fl_begin(j, op, c);
    a = ra_in(&j->ra, op->in[0]);
    rd = out_reg(j, op->out[0]);
    if (op->sz == MO_16) {
        /* A bit behind the end. */
        if (trail) {
            out_logic_imm(j, A_ORR, false, T0, a,
                          a64_bitmask(0x10000, false));
        } else {
            out_lsl(j, false, T0, a, 16);
            out_logic_imm(j, A_ORR, false, T0, T0,
                          a64_bitmask(0x8000, false));
        }
        a = T0;
    }
    if (trail) {
        out_rr(j, A_RBIT, sf, T0, a);
        a = T0;
    }
    out_rr(j, A_CLZ, sf, rd, a);
    if (c & FL_NZCV) {
        out_lsr(j, false, T2, rd, 3 + op->sz);          /* all of them */
        nzcv_with(j, MO_32, rd, op->fl_def & FL_C, -1);
    }
    no_pf_af(j, op);
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

void lower_popcnt(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, rd, c = clob(op);

    fl_begin(j, op, c);
    a = ra_in(&j->ra, op->in[0]);
    if (op->sz < MO_32) {
        out_zext(j, op->sz, T0, a);
        a = T0;
    }
    rd = out_reg(j, op->out[0]);
    out_vv(j, op->sz == MO_64 ? 0x9e670000 : 0x1e270000, V4, a);
    out_vv(j, 0x0e205800, V4, V4);                      /* cnt 8b */
    out_vv(j, 0x0e31b800, V4, V4);                      /* addv b */
    out_vv(j, 0x1e260000, rd, V4);                      /* fmov w, s */
    if (c & FL_NZCV) {
        out_nz(j, MO_32, rd);
    }
    no_pf_af(j, op);
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

/* Flags of BLSI and kin and of BZHI: N, Z, P of r; C in bit 0 of T2. */
static void bls_flags(A64Jit *j, const TCGOp *op, unsigned c, unsigned r)
{
    if (c & FL_NZCV) {
        nzcv_with(j, op->sz, r, op->fl_def & FL_C, -1);
    }
    if (c & FL_P) {
        pf_from(j, r);
    }
    if (c & FL_A) {
        out_movi(j, R_AF, 0);
    }
}

void lower_bls(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64;
    unsigned a, rd, c = clob(op);

    fl_begin(j, op, c);
    a = ra_in(&j->ra, op->in[0]);
    if (op->fl_def & FL_C) {
        out_rr(j, A_CLZ, sf, T2, a);
        out_lsr(j, false, T2, T2, 3 + op->sz);          /* a == 0 */
        if (op->opc == TCG_blsi) {
            out_logic_imm(j, A_EOR, false, T2, T2, a64_bitmask(1, false));
        }
    }
    if (op->opc == TCG_blsi) {
        out_rrr(j, A_SUB, sf, T0, ZR, a);
    } else {
        out_arith_imm(j, A_SUB, sf, T0, a, 1);
    }
    rd = out_reg(j, op->out[0]);
    out_rrr(j, op->opc == TCG_blsmsk ? A_EOR : A_AND, sf, rd, a, T0);
    bls_flags(j, op, c, rd);
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

/* r becomes 0 if n >= 64; n is lost. */
static void zero_if_64(A64Jit *j, unsigned r, unsigned n)
{
    uint32_t *loc;

    out_lsr(j, false, n, n, 6);
    loc = out_cbz(j, false, false, n, NULL);
    out_movi(j, r, 0);
    out_bind(loc, j->p);
}

/* The low in1[7:0] bits of in0; CF = there are not that many. */
void lower_bzhi(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, rd, c = clob(op);

    fl_begin(j, op, c);
    a = ra_in(&j->ra, op->in[0]);
    out_zext(j, MO_8, T0, ra_in(&j->ra, op->in[1]));
    if (op->fl_def & FL_C) {
        out_arith_imm(j, A_SUBS, false, ZR, T0, bits_of(op->sz));
        out_cset(j, T2, CS);
    }
    out_movi(j, T1, UINT64_MAX);
    out_rrr(j, A_LSLV, true, T1, T1, T0);
    zero_if_64(j, T1, T0);
    rd = out_reg(j, op->out[0]);
    out_rrr(j, A_BIC, op->sz == MO_64, rd, a, T1);
    bls_flags(j, op, c, rd);
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

/* in1[15:8] bits of in0 from bit in1[7:0] on; flags only Z, C, O. */
void lower_bextr(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned b, rd, c = clob(op);

    if (op->fl_def & ~(FL_Z | FL_C | FL_O)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, c);
    b = ra_in(&j->ra, op->in[1]);
    out_zext(j, op->sz, T1, ra_in(&j->ra, op->in[0]));
    out_zext(j, MO_8, T0, b);
    out_rrr(j, A_LSRV, true, T1, T1, T0);
    zero_if_64(j, T1, T0);
    out_ubfx(j, false, T0, b, 8, 8);
    out_movi(j, T2, UINT64_MAX);
    out_rrr(j, A_LSLV, true, T2, T2, T0);
    zero_if_64(j, T2, T0);
    rd = out_reg(j, op->out[0]);
    out_rrr(j, A_BIC, true, rd, T1, T2);
    if (c & FL_NZCV) {
        out_nz(j, MO_64, rd);
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

/* adcx, adox: CF or OF alone goes in and comes out.  The carry out of bit n
 * is (a & b | (a | b) & ~r)[n]. */
void lower_adx(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64, ox = op->opc == TCG_adox;
    unsigned a, b, rd, fl = ox ? FL_O : FL_C;

    fl_begin(j, op, 0);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (ox) {
        out_cset(j, T0, VS);
        out_rrr(j, A_ADD, sf, T0, T0, a);
        out_rrr(j, A_ADD, sf, T0, T0, b);
    } else {
        fl_polarity(j, false);
        out_rrr(j, A_ADC, sf, T0, a, b);
    }
    if (op->fl_def & fl) {
        out_rrr(j, A_ORR, sf, T1, a, b);
        out_rrr(j, A_BIC, sf, T1, T1, T0);
        out_rrr(j, A_AND, sf, T2, a, b);
        out_rrr(j, A_ORR, sf, T1, T1, T2);
        out_flag_bit(j, ox ? 28 : 29, T1, sf ? 63 : 31);
        j->fl_h |= fl;
        j->fl_m &= ~fl;
    }
    rd = out_reg(j, op->out[0]);
    out_mov(j, sf, rd, T0);
    out_done(j, op->out[0], rd);
}
