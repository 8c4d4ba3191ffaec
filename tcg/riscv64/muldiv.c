/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of multiplication, division and bit operations.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

/* ---- multiplication -------------------------------------------------------------------- */

/* R_FR = CF = OF = (x != y). */
static void overflow_if_ne(RVJit *j, const TCGOp *op, unsigned x, unsigned y)
{
    RVFlags f = { .kind = K_RES, .sz = MO_64, .a.loc = R_FR, .b.loc = R_FR,
                  .r.loc = LOC_NONE };

    if (op->fl_def) {
        out_setcond(j, R_FR, (RVCond){ BNE, x, y });
        fl_end(j, op, &f);
    }
}

void lower_mul(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b, rd;

    if (op->fl_def & ~(FL_C | FL_O)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (op->sz == MO_64) {
        if (op->fl_def) {
            out_rrr(j, MULH, T1, a, b);
        }
        out_rrr(j, MUL, T0, a, b);
        rd = out_reg(j, op->out[0]);
        out_mv(j, rd, T0);
        out_done(j, op->out[0], rd);
        if (op->fl_def) {
            out_rri(j, SRAI, T0, T0, 63);
        }
        overflow_if_ne(j, op, T0, T1);
        return;
    }
    if (!op->fl_def) {
        out_rrr(j, MUL | W, T0, a, b);
    } else {
        out_sext(j, op->sz, T0, a);
        out_sext(j, op->sz, T1, b);
        out_rrr(j, MUL, T0, T0, T1);
    }
    if (op->sz < MO_32) {
        merge_done(j, op, T0);
    } else {
        rd = out_reg(j, op->out[0]);
        out_result(j, op, rd, T0);
        out_done(j, op->out[0], rd);
    }
    if (op->fl_def) {
        out_sext(j, op->sz, T1, T0);
    }
    overflow_if_ne(j, op, T0, T1);
}

/* Results lo in T0, hi in T1. */
static void put_two(RVJit *j, const TCGOp *op)
{
    ra_unlock_all(&j->ra);
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_mv(j, rd, k ? T1 : T0);
            out_done(j, op->out[k], rd);
        }
    }
}

/* T0 = low, T1 = high half of a times b; T2 is used. */
static void mul2_64(RVJit *j, const TCGOp *op, bool sgn, unsigned a,
                    unsigned b)
{
    out_rrr(j, MUL, T0, a, b);
    out_rrr(j, sgn ? MULH : MULHU, T1, a, b);
    if (op->fl_def) {
        if (sgn) {
            out_rri(j, SRAI, T2, T0, 63);
        } else {
            out_mv(j, T2, ZR);
        }
        overflow_if_ne(j, op, T1, T2);
    }
}

/* The same for smaller sizes; 8 bits: all of it in T0. */
static void mul2_small(RVJit *j, const TCGOp *op, bool sgn, unsigned a,
                       unsigned b)
{
    void (*extend)(RVJit *, unsigned, unsigned, unsigned) =
        sgn ? out_sext : out_zext;

    extend(j, op->sz, T0, a);
    extend(j, op->sz, T1, b);
    out_rrr(j, MUL, T2, T0, T1);
    if (op->fl_def) {
        extend(j, op->sz, T1, T2);
        overflow_if_ne(j, op, T1, T2);
    }
    if (op->sz == MO_8) {
        out_zext(j, MO_16, T0, T2);
        out_mv(j, T1, ZR);
    } else {
        out_rri(j, SRLI, T1, T2, bits_of(op->sz));
        out_zext(j, op->sz, T1, T1);
        out_zext(j, op->sz, T0, T2);
    }
}

void lower_mul2(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b;

    if (op->fl_def & ~(FL_C | FL_O)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    (op->sz == MO_64 ? mul2_64 : mul2_small)(j, op, op->opc == TCG_muls2, a,
                                             b);
    put_two(j, op);
}

/* ---- division ------------------------------------------------------------------------------ */

/* What does not fit, or is a division by zero: the reference, with all
 * registers kept. */
static void emit_div_slow(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, st->reg + 3);
    stub_return(j, st);
}

static RVStub *slow(RVJit *j, RVCond c, unsigned lo, unsigned hi, unsigned d)
{
    RVStub *st = stub_new(j, emit_div_slow, out_b(j, c, NULL));

    st->reg[0] = lo;
    st->reg[1] = hi;
    st->reg[2] = d;
    st->reg[3] = T0;
    st->reg[4] = T1;
    return st;
}

/* 128 by 64 bits, where the high half says nothing. */
static unsigned div64(RVJit *j, bool sgn, unsigned lo, unsigned hi,
                      unsigned d, RVStub **st)
{
    unsigned n = 0;

    if (sgn) {
        out_rri(j, SRAI, T0, lo, 63);
        st[n++] = slow(j, (RVCond){ BNE, T0, hi }, lo, hi, d);
        /* divisors 0 and -1 */
        out_rri(j, ADDI, T0, d, 1);
        out_rri(j, SLTIU, T0, T0, 2);
        st[n++] = slow(j, (RVCond){ BNE, T0, ZR }, lo, hi, d);
    } else {
        if (hi != ZR) {
            st[n++] = slow(j, (RVCond){ BNE, hi, ZR }, lo, hi, d);
        }
        st[n++] = slow(j, (RVCond){ BEQ, d, ZR }, lo, hi, d);
    }
    out_rrr(j, sgn ? DIV : DIVU, T0, lo, d);
    out_rrr(j, sgn ? REM : REMU, T1, lo, d);
    return n;
}

/* Smaller: the dividend in one register, T2; the divisor in T1. */
static unsigned div32(RVJit *j, const TCGOp *op, unsigned lo, unsigned hi,
                      unsigned d, RVStub **st)
{
    bool sgn = op->opc == TCG_divs2;
    unsigned b = bits_of(op->sz), n = 0;

    if (op->sz == MO_8) {
        out_zext(j, MO_16, T2, lo);
    } else {
        out_zext(j, op->sz, T0, lo);
        if (op->sz == MO_16) {
            out_zext(j, MO_16, T2, hi);
            out_rri(j, SLLI, T2, T2, 16);
        } else {
            out_rri(j, SLLI, T2, hi, 32);
        }
        out_rrr(j, OR, T2, T2, T0);
    }
    if (!sgn) {
        out_zext(j, op->sz, T1, d);
        out_rri(j, SRLI, T0, T2, b);
        st[n++] = slow(j, (RVCond){ BGEU, T0, T1 }, lo, hi, d);
        out_rrr(j, DIVU, T0, T2, T1);
        out_rrr(j, REMU, T1, T2, T1);
        return n;
    }
    out_sext(j, op->sz, T1, d);
    if (op->sz < MO_32) {
        out_sext(j, op->sz + 1, T2, T2);
    }
    st[n++] = slow(j, (RVCond){ BEQ, T1, ZR }, lo, hi, d);
    out_rrr(j, DIV, T0, T2, T1);
    out_sext(j, op->sz, T3, T0);
    st[n++] = slow(j, (RVCond){ BNE, T3, T0 }, lo, hi, d);
    out_rrr(j, REM, T1, T2, T1);
    out_zext(j, op->sz, T0, T0);
    out_zext(j, op->sz, T1, T1);
    return n;
}

void lower_div(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned lo = inz(j, op->in[0]), d = inz(j, op->in[2]), n;
    unsigned hi = op->sz == MO_8 ? ZR : inz(j, op->in[1]);
    RVStub *st[3];

    n = op->sz == MO_64 ? div64(j, op->opc == TCG_divs2, lo, hi, d, st)
                        : div32(j, op, lo, hi, d, st);
    while (n--) {
        stub_back(j, st[n]);
    }
    put_two(j, op);
}

/* ---- bits ------------------------------------------------------------------------------- */

/* De Bruijn: the product's top six bits tell which bit was set. */
#define DE_BRUIJN 0x03f79d71b4cb0a89ull

static const uint8_t *bit_table(void)
{
    static uint8_t table[64];
    static bool done;

    if (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
        for (unsigned i = 0; i < 64; i++) {
            table[(DE_BRUIJN << i) >> 58] = i;
        }
        __atomic_store_n(&done, true, __ATOMIC_RELEASE);
    }
    return table;
}

/* rd = index of r's one set bit; T1, T3 are used. */
static void out_bit_index(RVJit *j, unsigned rd, unsigned r)
{
    out_movi(j, T3, DE_BRUIJN);
    out_rrr(j, MUL, T1, r, T3);
    out_rri(j, SRLI, T1, T1, 58);
    out_movi(j, T3, (uintptr_t)bit_table());
    out_rrr(j, ADD, T1, T1, T3);
    out_rri(j, LBU, rd, T1, 0);
}

/* rd = trailing zeros of r, which has a bit set. */
static void out_ctz(RVJit *j, unsigned rd, unsigned r)
{
    if (rv_host.zbb) {
        o32(j, CTZ | r << 15 | rd << 7);
        return;
    }
    out_rrr(j, SUB, T1, ZR, r);
    out_rrr(j, AND, T1, T1, r);
    out_bit_index(j, rd, T1);
}

/* rd = index of r's highest set bit. */
static void out_top(RVJit *j, unsigned rd, unsigned r)
{
    if (rv_host.zbb) {
        o32(j, CLZ | r << 15 | rd << 7);
        out_rri(j, XORI, rd, rd, 63);
        return;
    }
    out_rri(j, SRLI, T1, r, 1);
    out_rrr(j, OR, T1, T1, r);
    for (unsigned n = 2; n < 64; n *= 2) {
        out_rri(j, SRLI, T3, T1, n);
        out_rrr(j, OR, T1, T1, T3);
    }
    out_rri(j, SRLI, T3, T1, 1);
    out_rrr(j, XOR, T1, T1, T3);
    out_bit_index(j, rd, T1);
}

/* tzcnt, lzcnt: the operand with a bit that stops the count. */
void lower_count(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, rd, b = bits_of(op->sz), t = op->fl_def ? R_FR : T2;
    RVFlags f = { .kind = K_RES, .sz = MO_64, .r.loc = R_FR };
    uint32_t *skip = NULL;

    if (op->fl_def & ~(FL_C | FL_Z)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    out_zext(j, op->sz, T0, a);
    if (op->fl_def & FL_C) {
        out_rri(j, SLTIU, T1, T0, 1);
        out_st_env(j, MO_64, T1, FLAG_A);
        f.a.loc = LOC_MEM;
    }
    out_rri(j, ADDI, t, ZR, b);
    skip = out_b_short(j, (RVCond){ BEQ, T0, ZR }, NULL);
    if (op->opc == TCG_tzcnt) {
        out_ctz(j, t, T0);
    } else {
        out_top(j, t, T0);
        out_rri(j, XORI, t, t, b - 1);
    }
    out_bind(j, skip, j->p);
    rd = out_reg(j, op->out[0]);
    out_mv(j, rd, t);
    out_done(j, op->out[0], rd);
    fl_end(j, op, &f);
}

/* in1 == 0: in0 stays, ZF = 1. */
void lower_bscan(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_RES, .sz = MO_64, .r.loc = R_FR };
    unsigned a, b, rd;
    uint32_t *skip;

    if (op->fl_def & ~FL_Z) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    b = inz(j, op->in[1]);
    a = inz(j, op->in[0]);
    out_zext(j, op->sz, T0, b);
    if (op->fl_def) {
        out_mv(j, R_FR, T0);
    }
    out_mv(j, T2, a);
    skip = out_b_short(j, (RVCond){ BEQ, T0, ZR }, NULL);
    if (op->opc == TCG_bsf) {
        out_ctz(j, T2, T0);
    } else {
        out_top(j, T2, T0);
    }
    out_bind(j, skip, j->p);
    if (op->sz == MO_16) {
        merge_done(j, op, T2);
    } else {
        rd = out_reg(j, op->out[0]);
        out_mv(j, rd, T2);
        out_done(j, op->out[0], rd);
    }
    fl_end(j, op, &f);
}

void lower_popcnt(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_LOGIC, .sz = MO_64, .r.loc = R_FR };
    unsigned a, rd;

    if (!rv_host.zbb || (op->fl_def & FL_P)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    if (op->sz < MO_32) {
        out_zext(j, op->sz, T0, a);
        a = T0;
    }
    rd = out_reg(j, op->out[0]);
    o32(j, CPOP | (op->sz == MO_32 ? W : 0) | a << 15 | rd << 7);
    if (op->fl_def) {
        out_mv(j, R_FR, rd);
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, &f);
}

/* T0 = T0 with neighbouring fields of n bits swapped; m: the low ones. */
static void swap_fields(RVJit *j, unsigned n, uint64_t m)
{
    out_movi(j, T1, m);
    out_rri(j, SRLI, T2, T0, n);
    out_rrr(j, AND, T2, T2, T1);
    out_rrr(j, AND, T0, T0, T1);
    out_rri(j, SLLI, T0, T0, n);
    out_rrr(j, OR, T0, T0, T2);
}

void lower_bswap(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = inz(j, op->in[0]), rd;

    if (rv_host.zbb) {
        rd = out_reg(j, op->out[0]);
        o32(j, REV8 | a << 15 | rd << 7);
    } else {
        out_mv(j, T0, a);
        swap_fields(j, 8, 0x00ff00ff00ff00ff);
        swap_fields(j, 16, 0x0000ffff0000ffff);
        rd = out_reg(j, op->out[0]);
        out_rri(j, SRLI, T1, T0, 32);
        out_rri(j, SLLI, T0, T0, 32);
        out_rrr(j, OR, rd, T0, T1);
    }
    if (op->sz == MO_32) {
        out_rri(j, SRLI, rd, rd, 32);
    }
    out_done(j, op->out[0], rd);
}

/* T1 = the bit's number, or n if constant: R_FR = the bit. */
static void test_bit(RVJit *j, unsigned a, int n, unsigned rn)
{
    if (n >= 0 && rv_host.zbs) {
        out_rri(j, BEXTI, R_FR, a, n);
    } else if (n < 0 && rv_host.zbs) {
        out_rrr(j, BEXT, R_FR, a, rn);
    } else {
        if (n >= 0) {
            out_rri(j, SRLI, R_FR, a, n);
        } else {
            out_rrr(j, SRL, R_FR, a, rn);
        }
        out_rri(j, ANDI, R_FR, R_FR, 1);
    }
}

/* T0 = a with that bit changed; T2 is used. */
static void change_bit(RVJit *j, unsigned kind, unsigned a, int n,
                       unsigned rn)
{
    uint32_t w = kind == TCG_RMW_BTS ? BSET : kind == TCG_RMW_BTR ? BCLR
                                                                  : BINV;

    if (rv_host.zbs) {
        if (n >= 0) {
            out_rri(j, (w & ~0x7f) | 0x13, T0, a, n);
        } else {
            out_rrr(j, w, T0, a, rn);
        }
        return;
    }
    if (n >= 0) {
        out_movi(j, T2, 1ull << n);
    } else {
        out_rri(j, ADDI, T2, ZR, 1);
        out_rrr(j, SLL, T2, T2, rn);
    }
    if (kind == TCG_RMW_BTR) {
        out_rri(j, XORI, T2, T2, -1);
        out_rrr(j, AND, T0, a, T2);
    } else {
        out_rrr(j, kind == TCG_RMW_BTS ? OR : XOR, T0, a, T2);
    }
}

/* x->arg = TCG_RMW_BTS and so on, 0 for BT.  Only CF may be wanted. */
void lower_bt(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_RES, .sz = MO_64, .a.loc = R_FR,
                  .r.loc = LOC_NONE };
    unsigned a, rn = ZR, mask = bits_of(op->sz) - 1, rd;
    int n = -1;

    if (op->fl_def & ~FL_C) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    if (is_const(j, op->in[1])) {
        n = const_val(j, op->in[1]) & mask;
    } else {
        rn = ra_in(&j->ra, op->in[1]);
        if (op->sz < MO_64) {
            out_rri(j, ANDI, T1, rn, mask);
            rn = T1;
        }
    }
    if (op->fl_def) {
        test_bit(j, a, n, rn);
    }
    if (x->arg) {
        change_bit(j, x->arg, a, n, rn);
        if (op->sz < MO_32) {
            merge_done(j, op, T0);
        } else {
            rd = out_reg(j, op->out[0]);
            out_zext(j, op->sz, rd, T0);
            out_done(j, op->out[0], rd);
        }
    }
    fl_end(j, op, &f);
}

void lower_bls(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_RES, .sz = op->sz, .af = AF_ZERO,
                  .r.loc = R_FR };
    unsigned a, rd;

    fl_begin(j, op);
    a = inz(j, op->in[0]);
    if (op->fl_def & FL_C) {
        out_zext(j, op->sz, T1, a);
        if (op->opc == TCG_blsi) {
            out_rrr(j, SLTU, T1, ZR, T1);
        } else {
            out_rri(j, SLTIU, T1, T1, 1);
        }
        out_st_env(j, MO_64, T1, FLAG_A);
        f.a.loc = LOC_MEM;
    }
    if (op->opc == TCG_blsi) {
        out_rrr(j, SUB, T0, ZR, a);
    } else {
        out_rri(j, ADDI, T0, a, -1);
    }
    out_rrr(j, op->opc == TCG_blsmsk ? XOR : AND, T0, a, T0);
    if (op->fl_def) {
        out_sext(j, op->sz, R_FR, T0);
    }
    rd = out_reg(j, op->out[0]);
    out_zext(j, op->sz, rd, T0);
    out_done(j, op->out[0], rd);
    fl_end(j, op, &f);
}
