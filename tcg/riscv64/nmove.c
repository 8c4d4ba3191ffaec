/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of shuffles and of element-wise operations without the V
 * extension: elements are loaded from and stored to the env one by one.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-nvec.h"

static const uint16_t ld_s[] = { LB, LH, LW, LD };

static void out_elem(RVJit *j, bool sgn, unsigned sz, unsigned rd, int32_t off)
{
    if (sgn) {
        out_rri(j, ld_s[sz], rd, R_ENV, off - ENV_BIAS);
    } else {
        out_ld_env(j, sz, rd, off);
    }
}

/* ---- shuffles: all elements that move are read before any is written ------------------------- */

typedef struct Moves {
    unsigned n;
    struct { int32_t from, to; uint8_t sz; } m[8];
} Moves;

static void add(Moves *mv, unsigned sz, int32_t to, int32_t from)
{
    if (to == from) {
        return;
    }
    mv->m[mv->n].sz = sz;
    mv->m[mv->n].to = to;
    mv->m[mv->n++].from = from;
}

/* Up to eight: in two rounds if the first one's targets are not wanted. */
static void do_moves(RVJit *j, const Moves *mv)
{
    static const uint8_t scratch[] = { T0, T1, T2, T3 };
    unsigned r[8];

    for (unsigned i = 0; i < mv->n; i++) {
        r[i] = i < 4 ? scratch[i] : ra_tmp(&j->ra, RC_INT);
    }
    for (unsigned i = 0; i < mv->n; i++) {
        out_ld_env(j, mv->m[i].sz, r[i], mv->m[i].from);
    }
    for (unsigned i = 0; i < mv->n; i++) {
        out_st_env(j, mv->m[i].sz, r[i], mv->m[i].to);
    }
}

void lower_nshuf(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned im = op->imm;
    Moves mv = { .n = 0 };
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    switch (op->opc) {
    case TCG_vpshuflw:
    case TCG_vpshufhw: {
        unsigned at = op->opc == TCG_vpshufhw ? 8 : 0;

        for (unsigned i = 0; i < 4; i++) {
            add(&mv, MO_16, v.d + at + 2 * i,
                v.a + at + 2 * (im >> (2 * i) & 3));
        }
        add(&mv, MO_64, v.d + (at ^ 8), v.a + (at ^ 8));
        break;
    }
    case TCG_vdup:
        add(&mv, MO_64, v.d, v.a);
        add(&mv, MO_64, v.d + 8, v.a);
        break;
    default:
        for (unsigned i = 0; i < 4; i++) {
            unsigned k = op->opc == TCG_vpshufd ? im >> (2 * i) & 3
                       : op->opc == TCG_vsldup ? i & ~1u : i | 1;

            add(&mv, MO_32, v.d + 4 * i, v.a + 4 * k);
        }
        break;
    }
    do_moves(j, &mv);
    nv_end(j, op, &v);
}

/* Shuffles of two. */
void lower_npick(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned im = op->imm;
    Moves mv = { .n = 0 };
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    switch (op->opc) {
    case TCG_vshufp:
        if (op->sz == MO_64) {
            add(&mv, MO_64, v.d, v.a + 8 * (im & 1));
            add(&mv, MO_64, v.d + 8, v.b + 8 * (im >> 1 & 1));
        } else {
            for (unsigned i = 0; i < 4; i++) {
                add(&mv, MO_32, v.d + 4 * i,
                    (i < 2 ? v.a : v.b) + 4 * (im >> (2 * i) & 3));
            }
        }
        break;
    case TCG_vlo2hi:
        add(&mv, MO_64, v.d, v.a);
        add(&mv, MO_64, v.d + 8, v.b);
        break;
    case TCG_vhi2lo:
        add(&mv, MO_64, v.d, v.b + 8);
        add(&mv, MO_64, v.d + 8, v.a + 8);
        break;
    default: {              /* vmerge, vlo */
        unsigned sz = op->opc == TCG_vlo ? MO_64 : op->sz;

        add(&mv, sz, v.d, v.b);
        if (sz == MO_32) {
            add(&mv, MO_32, v.d + 4, v.a + 4);
        }
        add(&mv, MO_64, v.d + 8, v.a + 8);
        break;
    }
    }
    do_moves(j, &mv);
    nv_end(j, op, &v);
}

/* rd = 32 bits of ra from bit pos on, its elements of size sz moved to twice
 * the distance; m16, m8: masks. */
static void widen(RVJit *j, unsigned sz, unsigned rd, unsigned r, unsigned pos,
                  unsigned m16, unsigned m8)
{
    if (pos) {
        out_rri(j, SRLI, rd, r, 32);
    } else {
        out_zext(j, MO_32, rd, r);
    }
    out_rri(j, SLLI, T3, rd, 16);
    out_rrr(j, OR, rd, rd, T3);
    out_rrr(j, AND, rd, rd, m16);
    if (sz == MO_8) {
        out_rri(j, SLLI, T3, rd, 8);
        out_rrr(j, OR, rd, rd, T3);
        out_rrr(j, AND, rd, rd, m8);
    }
}

static void unpack_small(RVJit *j, const TCGOp *op, const RVNVec *v,
                         unsigned half)
{
    unsigned m16 = ra_tmp(&j->ra, RC_INT), m8 = ZR, t;

    if (op->sz == MO_8) {
        m8 = ra_tmp(&j->ra, RC_INT);
        out_movi(j, m8, 0x00ff00ff00ff00ff);
    }
    t = ra_tmp(&j->ra, RC_INT);
    out_movi(j, m16, 0x0000ffff0000ffff);
    out_ld_env(j, MO_64, T1, v->a + half);
    out_ld_env(j, MO_64, T2, v->b + half);
    for (unsigned i = 0; i < 2; i++) {
        widen(j, op->sz, T0, T1, i, m16, m8);
        widen(j, op->sz, t, T2, i, m16, m8);
        out_rri(j, SLLI, t, t, bits_of(op->sz));
        out_rrr(j, OR, T0, T0, t);
        out_st_env(j, MO_64, T0, v->d + 8 * i);
    }
}

void lower_nunpack(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned half = op->opc == TCG_vunpckh ? 8 : 0;
    Moves mv = { .n = 0 };
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->sz < MO_32) {
        unpack_small(j, op, &v, half);
    } else {
        unsigned n = 1 << op->sz;

        for (unsigned i = 0; i < 8 / n; i++) {
            add(&mv, op->sz, v.d + 2 * i * n, v.a + half + i * n);
            add(&mv, op->sz, v.d + (2 * i + 1) * n, v.b + half + i * n);
        }
        do_moves(j, &mv);
    }
    nv_end(j, op, &v);
}

/* ---- single elements -------------------------------------------------------------------------- */

void lower_nins(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned i = op->imm & ((16 >> op->sz) - 1), r;
    Moves mv = { .n = 0 };
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    r = inz(j, op->in[1]);
    add(&mv, MO_64, v.d, v.a);
    add(&mv, MO_64, v.d + 8, v.a + 8);
    do_moves(j, &mv);
    out_st_env(j, op->sz, r, v.d + (i << op->sz));
    nv_end(j, op, &v);
}

void lower_nget(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned i = op->imm & ((16 >> op->sz) - 1), d;
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    d = out_reg(j, op->out[0]);
    out_ld_env(j, op->sz, d, v.a + (i << op->sz));
    out_done(j, op->out[0], d);
}

void lower_nzx(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->sz != MO_64 || v.d != v.a) {
        out_ld_env(j, op->sz, T1, v.a);
        out_st_env(j, MO_64, T1, v.d);
    }
    out_st_env(j, MO_64, ZR, v.d + 8);
    nv_end(j, op, &v);
}

/* Widening, from the top: what is written was read. */
void lower_next(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    for (unsigned i = 16 >> op->imm; i-- > 0;) {
        out_elem(j, op->opc == TCG_vexts, op->sz, T1, v.a + (i << op->sz));
        out_st_env(j, op->imm, T1, v.d + (i << op->imm));
    }
    nv_end(j, op, &v);
}

/* ---- element by element -------------------------------------------------------------------------- */

/* T1 = T1 op T2, both extended from op->sz. */
static void element(RVJit *j, const TCGOp *op)
{
    unsigned bits = bits_of(op->sz);

    switch (op->opc) {
    case TCG_vmul:
        out_rrr(j, MUL | W, T1, T1, T2);
        break;
    case TCG_vmulhs:
    case TCG_vmulhu:
        out_rrr(j, MUL | W, T1, T1, T2);
        out_rri(j, SRLI, T1, T1, 16);
        break;
    case TCG_vmulhrs:
        out_rrr(j, MUL | W, T1, T1, T2);
        out_rri(j, SRAI, T1, T1, 14);
        out_rri(j, ADDI, T1, T1, 1);
        out_rri(j, SRAI, T1, T1, 1);
        break;
    case TCG_vabs:
        out_rri(j, SRAI, T2, T1, 63);
        out_rrr(j, XOR, T1, T1, T2);
        out_rrr(j, SUB, T1, T1, T2);
        break;
    case TCG_vcmpgt:
        out_rrr(j, SLT, T1, T2, T1);
        out_rrr(j, SUB, T1, ZR, T1);
        break;
    case TCG_vaddus:
        /* the sum, or all ones if it has a carry */
        out_rrr(j, ADD, T1, T1, T2);
        out_rri(j, SRLI, T2, T1, bits);
        out_rrr(j, SUB, T2, ZR, T2);
        out_rrr(j, OR, T1, T1, T2);
        break;
    default:                /* vsubus: the difference, or 0 */
        out_rrr(j, SUB, T1, T1, T2);
        out_rri(j, SRAI, T2, T1, 63);
        out_rri(j, XORI, T2, T2, -1);
        out_rrr(j, AND, T1, T1, T2);
        break;
    }
}

void lower_nelem(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool uns = op->opc == TCG_vmulhu || op->opc == TCG_vaddus ||
               op->opc == TCG_vsubus;
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    for (unsigned i = 0; i < 16; i += 1 << op->sz) {
        out_elem(j, !uns, op->sz, T1, v.a + i);
        if (op->in[1] != TCG_NONE) {
            out_elem(j, !uns, op->sz, T2, v.b + i);
        }
        element(j, op);
        out_st_env(j, op->sz, T1, v.d + i);
    }
    nv_end(j, op, &v);
}

/* Even 32-bit elements to 64; 16-bit ones to sums of two products. */
void lower_nmulwide(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVNVec v;

    if (!nv_begin(j, op, &v)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->opc != TCG_vmaddwd) {
        for (unsigned i = 0; i < 16; i += 8) {
            out_elem(j, op->opc == TCG_vmuldq, MO_32, T1, v.a + i);
            out_elem(j, op->opc == TCG_vmuldq, MO_32, T2, v.b + i);
            out_rrr(j, MUL, T1, T1, T2);
            out_st_env(j, MO_64, T1, v.d + i);
        }
        nv_end(j, op, &v);
        return;
    }
    for (unsigned i = 0; i < 16; i += 4) {
        out_elem(j, true, MO_16, T0, v.a + i);
        out_elem(j, true, MO_16, T1, v.b + i);
        out_rrr(j, MUL | W, T0, T0, T1);
        out_elem(j, true, MO_16, T1, v.a + i + 2);
        out_elem(j, true, MO_16, T2, v.b + i + 2);
        out_rrr(j, MUL | W, T1, T1, T2);
        out_rrr(j, ADD, T0, T0, T1);
        out_st_env(j, MO_32, T0, v.d + i);
    }
    nv_end(j, op, &v);
}
