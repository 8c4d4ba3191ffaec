/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of packed integer operations without the V extension: 128 bits
 * are two 64-bit words in the env, handled as such, or (see nmove.c) element
 * by element.  Additions, comparisons and so on of small elements keep
 * carries from crossing with masks of their top bits.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-nvec.h"

/* ---- operands ------------------------------------------------------------------------- */

static bool in_reach(RVJit *j, TCGRef r)
{
    int pin = ra_pin(&j->ra, r);

    return pin < 0 || imm12(voff(j, pin) + 16 - ENV_BIAS);
}

bool nv_begin(RVJit *j, const TCGOp *op, RVNVec *v)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    if (op->vt == TCG_V256) {
        return false;
    }
    for (unsigned k = 0; k < def->nb_in; k++) {
        if (def->ins[k] == 'v' && !in_reach(j, op->in[k])) {
            return false;
        }
    }
    if (def->outs[0] == 'v' && !in_reach(j, op->out[0])) {
        return false;
    }
    v->a = v->b = v->d = 0;
    if (def->ins[0] == 'v') {
        v->a = voff(j, vin(j, op->in[0]));
    }
    if (def->ins[0] && def->ins[1] == 'v') {
        v->b = voff(j, vin(j, op->in[1]));
    }
    if (def->outs[0] == 'v') {
        v->reg = vout(j, op->out[0]);
        v->d = voff(j, v->reg);
    }
    return true;
}

void nv_end(RVJit *j, const TCGOp *op, const RVNVec *v)
{
    vout_done(j, op, op->out[0], v->reg);
}

/* A word with x in every element. */
static uint64_t each(unsigned sz, uint64_t x)
{
    for (unsigned n = bits_of(sz); n < 64; n *= 2) {
        x |= x << n;
    }
    return x;
}

/* ---- word by word --------------------------------------------------------------------- */

/* T1 = T1 op T2; T3 is free, m is a register with a mask, or T0. */
typedef void Word(RVJit *j, const TCGOp *op, unsigned m);

static void by_words(RVJit *j, const TCGOp *op, const RVOp *x, Word *f,
                     uint64_t mask)
{
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (mask) {
        out_movi(j, T0, mask);
    }
    for (unsigned i = 0; i < 16; i += 8) {
        out_ld_env(j, MO_64, T1, v.a + i);
        if (op->in[1] != TCG_NONE) {
            out_ld_env(j, MO_64, T2, v.b + i);
        }
        f(j, op, T0);
        out_st_env(j, MO_64, T1, v.d + i);
    }
    nv_end(j, op, &v);
}

static void word_bits(RVJit *j, const TCGOp *op, unsigned m)
{
    if (op->opc == TCG_vandn) {
        out_rri(j, XORI, T1, T1, -1);
    }
    out_rrr(j, op->opc == TCG_vor ? OR : op->opc == TCG_vxor ? XOR : AND, T1,
            T1, T2);
}

void lower_nbits(RVJit *j, const TCGOp *op, const RVOp *x)
{
    by_words(j, op, x, word_bits, 0);
}

/* The sum or difference without top bits, and those apart; m: top bits. */
static void word_add(RVJit *j, const TCGOp *op, unsigned m)
{
    bool sub = op->opc == TCG_vsub;

    if (op->sz == MO_64) {
        out_rrr(j, sub ? SUB : ADD, T1, T1, T2);
        return;
    }
    out_rrr(j, XOR, T3, T1, T2);
    if (sub) {
        out_rri(j, XORI, T3, T3, -1);
    }
    out_rrr(j, AND, T3, T3, m);
    out_rrr(j, OR, T1, T1, m);
    if (sub) {
        /* (a | H) - (b & ~H) */
        out_rrr(j, OR, T2, T2, m);
        out_rrr(j, XOR, T2, T2, m);
        out_rrr(j, SUB, T1, T1, T2);
    } else {
        out_rrr(j, XOR, T1, T1, m);
        out_rrr(j, OR, T2, T2, m);
        out_rrr(j, XOR, T2, T2, m);
        out_rrr(j, ADD, T1, T1, T2);
    }
    out_rrr(j, XOR, T1, T1, T3);
}

void lower_nadd(RVJit *j, const TCGOp *op, const RVOp *x)
{
    by_words(j, op, x, word_add,
             op->sz == MO_64 ? 0 : each(op->sz, 1ull << (bits_of(op->sz) - 1)));
}

/* T1 = all ones where its top bits are set; T2 is used. */
static void spread(RVJit *j, unsigned sz)
{
    out_rri(j, SRLI, T2, T1, bits_of(sz) - 1);
    out_rri(j, SLLI, T1, T1, 1);
    out_rrr(j, SUB, T1, T1, T2);
}

static void word_eq(RVJit *j, const TCGOp *op, unsigned m)
{
    out_rrr(j, XOR, T1, T1, T2);
    if (op->sz == MO_64) {
        out_rri(j, SLTIU, T1, T1, 1);
        out_rrr(j, SUB, T1, ZR, T1);
        return;
    }
    if (op->sz == MO_8 && rv_host.zbb) {
        out_rri(j, 0x5013, T1, T1, 0x287);              /* orc.b */
        out_rri(j, XORI, T1, T1, -1);
        return;
    }
    /* m: all but the top bits */
    out_rrr(j, AND, T2, T1, m);
    out_rrr(j, ADD, T2, T2, m);
    out_rrr(j, OR, T1, T1, T2);
    out_rrr(j, OR, T1, T1, m);
    out_rri(j, XORI, T1, T1, -1);
    spread(j, op->sz);
}

void lower_neq(RVJit *j, const TCGOp *op, const RVOp *x)
{
    by_words(j, op, x, word_eq,
             op->sz == MO_64 ? 0
             : ~each(op->sz, 1ull << (bits_of(op->sz) - 1)));
}

/* T3 = all ones in elements where x < y, unsigned, by top bits:
 * (~x & y) | (~(x ^ y) & ~((x | H) - (y & ~H))).  m: H; t is another
 * register. */
static void less(RVJit *j, unsigned sz, unsigned x, unsigned y, unsigned m,
                 unsigned t)
{
    out_rrr(j, OR, T3, x, m);
    out_rrr(j, OR, t, y, m);
    out_rrr(j, XOR, t, t, m);
    out_rrr(j, SUB, T3, T3, t);
    out_rrr(j, XOR, t, x, y);
    out_rrr(j, OR, T3, T3, t);
    out_rri(j, XORI, T3, T3, -1);
    out_rri(j, XORI, t, x, -1);
    out_rrr(j, AND, t, t, y);
    out_rrr(j, OR, T3, T3, t);
    out_rrr(j, AND, T3, T3, m);
    out_rri(j, SRLI, t, T3, bits_of(sz) - 1);
    out_rri(j, SLLI, T3, T3, 1);
    out_rrr(j, SUB, T3, T3, t);
}

/* Comparisons, minima and maxima of elements up to 32 bits. */
void lower_nless(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool gt = op->opc == TCG_vcmpgt, uns = op->opc == TCG_vminu ||
                                           op->opc == TCG_vmaxu;
    bool min = op->opc == TCG_vminu || op->opc == TCG_vmins;
    unsigned t;
    RVNVec v;

    if (op->sz == MO_64 || !nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    t = ra_tmp(&j->ra, RC_INT);
    out_movi(j, T0, each(op->sz, 1ull << (bits_of(op->sz) - 1)));
    for (unsigned i = 0; i < 16; i += 8) {
        out_ld_env(j, MO_64, T1, v.a + i);
        out_ld_env(j, MO_64, T2, v.b + i);
        if (!uns) {
            out_rrr(j, XOR, T1, T1, T0);
            out_rrr(j, XOR, T2, T2, T0);
        }
        /* gt: b < a; min: a where a < b; max: a where b < a */
        less(j, op->sz, min ? T1 : T2, min ? T2 : T1, T0, t);
        if (!gt) {
            out_rrr(j, XOR, T1, T1, T2);
            out_rrr(j, AND, T1, T1, T3);
            out_rrr(j, XOR, T3, T1, T2);
            if (!uns) {
                out_rrr(j, XOR, T3, T3, T0);
            }
        }
        out_st_env(j, MO_64, T3, v.d + i);
    }
    nv_end(j, op, &v);
}

/* (a | b) - ((a ^ b) >> 1), no bit crossing. */
static void word_avg(RVJit *j, const TCGOp *op, unsigned m)
{
    out_rrr(j, XOR, T3, T1, T2);
    out_rri(j, SRLI, T3, T3, 1);
    out_rrr(j, AND, T3, T3, m);
    out_rrr(j, OR, T1, T1, T2);
    out_rrr(j, SUB, T1, T1, T3);
}

void lower_navg(RVJit *j, const TCGOp *op, const RVOp *x)
{
    by_words(j, op, x, word_avg,
             ~each(op->sz, 1ull << (bits_of(op->sz) - 1)));
}

/* Shifts by a constant, but arithmetic ones of small elements. */
static void word_shift(RVJit *j, const TCGOp *op, unsigned m)
{
    out_rri(j, op->opc == TCG_vshli ? SLLI : SRLI, T1, T1, op->imm);
    if (op->sz != MO_64) {
        out_rrr(j, AND, T1, T1, m);
    }
}

static void zero_all(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    out_st_env(j, MO_64, ZR, v.d);
    out_st_env(j, MO_64, ZR, v.d + 8);
    nv_end(j, op, &v);
}

void lower_nshift(RVJit *j, const TCGOp *op, const RVOp *x)
{
    static const uint16_t ld[] = { LB, LH, LW };
    unsigned bits = bits_of(op->sz);
    uint64_t mask;
    RVNVec v;

    if (op->opc != TCG_vsari) {
        if (op->imm >= bits) {
            zero_all(j, op, x);
            return;
        }
        mask = op->opc == TCG_vshli ? mask_of(op->sz) << op->imm &
                                      mask_of(op->sz)
                                    : mask_of(op->sz) >> op->imm;
        by_words(j, op, x, word_shift,
                 op->sz == MO_64 ? 0 : each(op->sz, mask));
        return;
    }
    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    for (unsigned i = 0; i < 16; i += 1 << op->sz) {
        out_rri(j, ld[op->sz], T1, R_ENV, v.a + i - ENV_BIAS);
        out_rri(j, SRAI, T1, T1, MIN(op->imm, bits - 1));
        out_st_env(j, op->sz, T1, v.d + i);
    }
    nv_end(j, op, &v);
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* T0, T1, T2, T3 = four words, low first, made of the env's. */
static void word_at(RVJit *j, unsigned rd, const int32_t *w, unsigned bit,
                    unsigned tmp)
{
    unsigned k = bit / 64, n = bit % 64;

    if (w[k]) {
        out_ld_env(j, MO_64, rd, w[k]);
        if (n) {
            out_rri(j, SRLI, rd, rd, n);
        }
    } else {
        out_mv(j, rd, ZR);
    }
    if (n && w[k + 1]) {
        out_ld_env(j, MO_64, tmp, w[k + 1]);
        out_rri(j, SLLI, tmp, tmp, 64 - n);
        out_rrr(j, OR, rd, rd, tmp);
    }
}

/* vshlb, vshrb, valignr: 16 bytes out of a row of words (0: zero). */
void lower_nbytes(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned n = MIN(op->imm & 0xff, 32);
    int32_t w[8] = { 0 };
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->opc == TCG_vshlb) {
        n = op->imm >= 16 ? 0 : 16 - n;
        w[2] = v.a;
        w[3] = v.a + 8;
    } else if (op->opc == TCG_vshrb) {
        n = op->imm >= 16 ? 16 : n;
        w[0] = v.a;
        w[1] = v.a + 8;
    } else {
        w[0] = v.b;
        w[1] = v.b + 8;
        w[2] = v.a;
        w[3] = v.a + 8;
    }
    word_at(j, T1, w, 8 * n, T0);
    word_at(j, T2, w, 8 * n + 64, T0);
    out_st_env(j, MO_64, T1, v.d);
    out_st_env(j, MO_64, T2, v.d + 8);
    nv_end(j, op, &v);
}

/* ---- masks ---------------------------------------------------------------------------------- */

/* rd = top bits of the elements of the word at off. */
static void word_mask(RVJit *j, unsigned sz, unsigned rd, int32_t off,
                      unsigned h, unsigned mul)
{
    out_ld_env(j, MO_64, rd, off);
    if (sz == MO_64) {
        out_rri(j, SRLI, rd, rd, 63);
    } else if (sz == MO_32) {
        out_rri(j, SRLIW, T3, rd, 31);
        out_rri(j, SRLI, rd, rd, 63);
        out_rri(j, SLLI, rd, rd, 1);
        out_rrr(j, OR, rd, rd, T3);
    } else {
        out_rrr(j, AND, rd, rd, h);
        out_rri(j, SRLI, rd, rd, 7);
        out_rrr(j, MUL, rd, rd, mul);
        out_rri(j, SRLI, rd, rd, 56);
    }
}

void lower_nmovmsk(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned d, mul = ZR;
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->sz == MO_8) {
        mul = ra_tmp(&j->ra, RC_INT);
        out_movi(j, T0, 0x8080808080808080);
        out_movi(j, mul, 0x0102040810204080);
    }
    word_mask(j, op->sz, T1, v.a, T0, mul);
    word_mask(j, op->sz, T2, v.a + 8, T0, mul);
    d = out_reg(j, op->out[0]);
    out_rri(j, SLLI, T2, T2, 8 >> op->sz);
    out_rrr(j, OR, d, T1, T2);
    out_done(j, op->out[0], d);
}

/* ZF: in0 & in1 is zero, CF: ~in0 & in1 is. */
void lower_ntest(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_FCOM, .sz = MO_64, .r.loc = R_FR };
    RVNVec v;

    if (!op->fl_def) {
        return;
    }
    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    for (unsigned i = 0; i < 16; i += 8) {
        out_ld_env(j, MO_64, T1, v.a + i);
        out_ld_env(j, MO_64, T2, v.b + i);
        out_rrr(j, AND, i ? T3 : R_FR, T1, T2);
        if (op->fl_def & FL_C) {
            out_rri(j, XORI, T1, T1, -1);
            out_rrr(j, AND, i ? T1 : T0, T1, T2);
        }
    }
    out_rrr(j, OR, R_FR, R_FR, T3);
    out_rri(j, SLTIU, R_FR, R_FR, 1);
    if (op->fl_def & FL_C) {
        out_rrr(j, OR, T1, T1, T0);
        out_rri(j, SLTIU, T1, T1, 1);
        out_st_env(j, MO_64, T1, FLAG_A);
        f.a.loc = LOC_MEM;
    }
    fl_end(j, op, &f);
}
