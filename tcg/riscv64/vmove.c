/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of shuffles, moves of elements, and masks, with the V extension.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-vec.h"

#define V_SLIDEUP   VW(0x0e, OPIVI)
#define V_SLIDEDOWN VW(0x0f, OPIVI)
#define V_MV_V_V    0x5e000057          /* vs2 = 0 */
#define V_MV_X_S    0x42002057
#define V_MV_S_X    0x42006057

/* As vlane.c's. */
typedef void Lanes(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                   unsigned b);

static void each_half(RVJit *j, const TCGOp *op, Lanes *f)
{
    bool two = op->in[1] != TCG_NONE;
    unsigned a = vin(j, op->in[0]), b = two ? vin(j, op->in[1]) : 0, d;

    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        if (vupper(j, op->in[0])) {
            out_ldv_env(j, V6, vupper(j, op->in[0]));
        }
        if (two && vupper(j, op->in[1])) {
            out_ldv_env(j, V7, vupper(j, op->in[1]));
        }
        f(j, op, V6, V6, V7);
        out_stv_env(j, V6, vupper(j, op->out[0]));
    }
    f(j, op, d, a, b);
    vout_done(j, op, op->out[0], d);
}

static void zero(RVJit *j, unsigned v)
{
    o32(j, 0x5e003057 | v << 7);                        /* vmv.v.i v, 0 */
}

/* A vtype with n elements of size sz. */
static void vtype_n(RVJit *j, unsigned sz, unsigned n)
{
    o32(j, 0xc0007057 | sz << 23 | n << 15);
    j->vtype = VT_NONE;
}

/* ---- constants ---------------------------------------------------------------------------- */

static void emit_table(RVJit *j, RVStub *st)
{
    if ((uintptr_t)j->p & 7) {
        o32(j, 0);
    }
    out_bind(j, st->loc, j->p);
    memcpy(j->p, &st->a, 8);
    memcpy(j->p + 2, &st->b, 8);
    j->p += 4;
}

void out_vconst(RVJit *j, unsigned d, const uint8_t b[16])
{
    RVStub *st = stub_new(j, emit_table, out_auipc(j, T0));

    memcpy(&st->a, b, 8);
    memcpy(&st->b, b + 8, 8);
    vtype_set(j, VT_E8);
    o32(j, 0x02000007 | T0 << 15 | d << 7);             /* vle8.v */
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* d = hi:lo >> n bytes, n < 16; hi or lo may be ZERO. */
enum { ZERO = 0xff };
static void shift_pair(RVJit *j, unsigned d, unsigned lo, unsigned hi,
                       unsigned n)
{
    if (n == 0) {
        if (lo == ZERO) {
            vtype_set(j, VT_E8);
            zero(j, d);
        } else {
            out_vmov(j, d, lo);
        }
        return;
    }
    vtype_set(j, VT_E8);
    if (lo == ZERO) {
        zero(j, V4);
        out_vvv(j, V_SLIDEUP, V4, hi, 16 - n);
    } else if (hi == ZERO) {
        zero(j, V4);
        vtype_n(j, VT_E8, 16 - n);
        out_vvv(j, V_SLIDEDOWN, V4, lo, n);
        vtype_set(j, VT_E8);
    } else {
        out_vvv(j, V_SLIDEDOWN, V4, lo, n);
        out_vvv(j, V_SLIDEUP, V4, hi, 16 - n);
    }
    out_vmov(j, d, V4);
}

static void lanes_bytes(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                        unsigned b)
{
    unsigned n = MIN(op->imm, 16);

    if (op->opc == TCG_vshlb) {
        shift_pair(j, d, n ? ZERO : a, a, n == 16 ? 0 : n ? 16 - n : 0);
    } else {
        shift_pair(j, d, n == 16 ? ZERO : a, ZERO, n == 16 ? 0 : n);
    }
}

void lower_vbytes(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, lanes_bytes);
}

static void lanes_alignr(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                         unsigned b)
{
    unsigned n = op->imm & 0xff;

    if (n < 16) {
        shift_pair(j, d, b, a, n);
    } else if (n < 32) {
        shift_pair(j, d, a, ZERO, n - 16);
    } else {
        shift_pair(j, d, ZERO, ZERO, 0);
    }
}

void lower_valignr(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, lanes_alignr);
}

/* ---- shuffles ------------------------------------------------------------------------------ */

static void out_gather(RVJit *j, unsigned d, unsigned a, const uint8_t b[16])
{
    out_vconst(j, V4, b);
    out_vvv(j, V_GATHER, V5, a, V4);
    out_vmov(j, d, V5);
}

static void lanes_shuf(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                       unsigned b)
{
    unsigned im = op->imm;
    uint8_t t[16];

    if (op->opc == TCG_vpshufd && im == (im & 3) * 0x55) {
        vtype_set(j, VT_E32);
        out_vvv(j, vi(V_GATHER), V5, a, im & 3);
        out_vmov(j, d, V5);
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        unsigned k = i;

        if (op->opc == TCG_vpshufd) {
            k = (im >> (i / 4 * 2) & 3) * 4 + i % 4;
        } else if (op->opc == TCG_vpshuflw && i < 8) {
            k = (im >> (i / 2 * 2) & 3) * 2 + i % 2;
        } else if (op->opc == TCG_vpshufhw && i >= 8) {
            k = 8 + (im >> ((i - 8) / 2 * 2) & 3) * 2 + i % 2;
        } else if (op->opc == TCG_vsldup) {
            k = i & ~4u;
        } else if (op->opc == TCG_vshdup) {
            k = i | 4;
        } else if (op->opc == TCG_vdup) {
            k = i & 7;
        }
        t[i] = k;
    }
    out_gather(j, d, a, t);
}

void lower_vshuf(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, lanes_shuf);
}

/* Low half of d from lo, the rest stays. */
static void low_from(RVJit *j, unsigned d, unsigned lo)
{
    vtype_set(j, VT_E64 | VT_ONE);
    out_vvv(j, V_MV_V_V, d, 0, lo);
}

static void lanes_shufp(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                        unsigned b)
{
    unsigned im = op->imm;
    uint8_t t[16];

    for (unsigned i = 0; i < 16; i++) {
        t[i] = op->sz == MO_32 ? (im >> (i / 4 * 2) & 3) * 4 + i % 4
                               : (im >> (i / 8) & 1) * 8 + i % 8;
    }
    out_vconst(j, V4, t);
    out_vvv(j, V_GATHER, V2, a, V4);
    out_vvv(j, V_GATHER, V3, b, V4);
    low_from(j, V3, V2);
    out_vmov(j, d, V3);
}

/* A 256-bit SHUFPD has other bits for the upper half. */
void lower_vshufp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    if (op->vt == TCG_V256 && op->sz == MO_64) {
        lower_fallback(j, op, x);
    } else {
        each_half(j, op, lanes_shufp);
    }
}

/* Indices past the register give 0; so do those with the top bit set. */
static void lanes_pshufb(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                         unsigned b)
{
    vtype_set(j, VT_E8);
    out_rri(j, ADDI, T0, ZR, -113);                     /* 0x8f */
    out_vvv(j, vx(V_AND), V4, b, T0);
    out_vvv(j, V_GATHER, V5, a, V4);
    out_vmov(j, d, V5);
}

void lower_vpshufb(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, lanes_pshufb);
}

void lower_vbcast(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, d;

    if (op->sz > MO_64) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    vtype_set(j, op->sz);
    out_vvv(j, vi(V_GATHER), V5, a, 0);
    out_vmov(j, d, V5);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        out_stv_env(j, V5, vupper(j, op->out[0]));
    }
    vout_done(j, op, op->out[0], d);
}

/* Widening, 128 bits only. */
void lower_vext(RVJit *j, const TCGOp *op, const RVOp *x)
{
    static const uint8_t factor[] = { 0, 6, 4, 2 };     /* vf2, vf4, vf8 */
    unsigned a, d;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    vtype_set(j, op->imm);
    out_vvv(j, VW(0x12, OPMVV), V4, a, factor[op->imm - op->sz] +
            (op->opc == TCG_vexts));
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
}

/* ---- elements ------------------------------------------------------------------------------- */

/* vmerge, vlo: in0 with in1's lowest element; 128 bits only. */
void lower_vinsel(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b, d, sz = op->opc == TCG_vlo ? MO_64 : op->sz;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    if (d == b && d != a) {
        out_vmov(j, V4, b);
        b = V4;
    }
    out_vmov(j, d, a);
    vtype_set(j, sz | VT_ONE);
    out_vvv(j, V_MV_V_V, d, 0, b);
    vout_done(j, op, op->out[0], d);
}

/* vlo2hi: low of both; vhi2lo: high of in1, high of in0. */
static void lanes_halves(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                         unsigned b)
{
    vtype_set(j, VT_E64);
    if (op->opc == TCG_vlo2hi) {
        if (d == b) {
            out_vmov(j, V4, b);
            b = V4;
        }
        out_vmov(j, d, a);
        out_vvv(j, V_SLIDEUP, d, b, 1);
        return;
    }
    out_vvv(j, V_SLIDEDOWN, V4, b, 1);
    out_vmov(j, d, a);
    low_from(j, d, V4);
}

void lower_vhalves(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, lanes_halves);
}

void lower_vins(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, r, d, i = op->imm & ((16 >> op->sz) - 1);

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    r = inz(j, op->in[1]);
    d = vout(j, op->out[0]);
    out_vmov(j, d, a);
    vtype_n(j, op->sz, i + 1);
    if (i) {
        out_vvv(j, V_MV_S_X, V4, 0, r);
        out_vvv(j, V_SLIDEUP, d, V4, i);
    } else {
        out_vvv(j, V_MV_S_X, d, 0, r);
    }
    vout_done(j, op, op->out[0], d);
}

void lower_vget(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, d, i = op->imm & ((16 >> op->sz) - 1);

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = out_reg(j, op->out[0]);
    if (i || j->vtype == VT_NONE || (j->vtype & 3) < op->sz) {
        vtype_set(j, op->sz);
    }
    if (i) {
        out_vvv(j, V_SLIDEDOWN, V4, a, i);
        a = V4;
    }
    out_vvv(j, V_MV_X_S, d, a, 0);
    out_zext(j, op->sz, d, d);
    out_done(j, op->out[0], d);
}

void lower_vfromq(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = inz(j, op->in[0]), d = vout(j, op->out[0]);

    vec_from_int(j, op->sz, d, r);
    vout_done(j, op, op->out[0], d);
}

void lower_vzx(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    vtype_set(j, op->sz);
    zero(j, V4);
    vtype_set(j, op->sz | VT_ONE);
    out_vvv(j, V_MV_V_V, V4, 0, a);
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
}

void lower_vget128(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, d;

    if ((op->imm & 1) && !vupper(j, op->in[0])) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    if (op->imm & 1) {
        out_ldv_env(j, d, vupper(j, op->in[0]));
    } else {
        out_vmov(j, d, a);
    }
    vout_done(j, op, op->out[0], d);
}

/* Half imm of in0 = low half of in1. */
void lower_vins128(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);
    int32_t up = vupper(j, op->out[0]);

    if (up && (op->imm & 1)) {
        out_stv_env(j, b, up);
    } else if (up && vupper(j, op->in[0])) {
        for (unsigned i = 0; i < 16; i += 8) {
            out_ld_env(j, MO_64, T1, vupper(j, op->in[0]) + i);
            out_st_env(j, MO_64, T1, up + i);
        }
    }
    out_vmov(j, d, op->imm & 1 ? a : b);
    vout_done(j, op, op->out[0], d);
}

/* ---- masks ---------------------------------------------------------------------------------- */

/* rd = top bits of v's elements; T0 is free. */
static void mask_half(RVJit *j, const TCGOp *op, unsigned rd, unsigned v)
{
    vtype_set(j, op->sz);
    out_vvv(j, vx(V_MSLT), V4, v, ZR);
    if (op->sz == MO_8) {
        vtype_set(j, VT_E16);
        out_vvv(j, V_MV_X_S, rd, V4, 0);
        out_zext(j, MO_16, rd, rd);
    } else {
        out_vvv(j, V_MV_X_S, rd, V4, 0);
        out_rri(j, ANDI, rd, rd, (1 << (16 >> op->sz)) - 1);
    }
}

void lower_vmovmsk(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = vin(j, op->in[0]), d;
    bool wide = op->vt == TCG_V256 && vupper(j, op->in[0]);

    if (wide) {
        out_ldv_env(j, V6, vupper(j, op->in[0]));
        mask_half(j, op, T2, V6);
        out_rri(j, SLLI, T2, T2, 16 >> op->sz);
    }
    d = out_reg(j, op->out[0]);
    mask_half(j, op, d, a);
    if (wide) {
        out_rrr(j, OR, d, d, T2);
    }
    out_done(j, op->out[0], d);
}

/* Top bit of in2's element: in1. */
void lower_vblendv(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b, c, d;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    c = vin(j, op->in[2]);
    d = vout(j, op->out[0]);
    vtype_set(j, op->sz);
    out_vvv(j, vx(V_MSLT), V0, c, ZR);
    out_vvv(j, V_MERGE, d, a, b);
    vout_done(j, op, op->out[0], d);
}

static void lanes_blendi(RVJit *j, const TCGOp *op, unsigned d, unsigned a,
                         unsigned b)
{
    out_movi(j, T0, op->imm & 0xff);
    vtype_set(j, op->sz);
    out_vvv(j, V_MV_S_X, V0, 0, T0);
    out_vvv(j, V_MERGE, d, a, b);
}

void lower_vblendi(RVJit *j, const TCGOp *op, const RVOp *x)
{
    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
    } else {
        each_half(j, op, lanes_blendi);
    }
}

/* rd = 0 if v is all zeroes; T0 is used. */
static void any_bits(RVJit *j, unsigned rd, unsigned v)
{
    vtype_set(j, VT_E64);
    out_vvv(j, V_SLIDEDOWN, V5, v, 1);
    out_vvv(j, V_MV_X_S, rd, v, 0);
    out_vvv(j, V_MV_X_S, T0, V5, 0);
    out_rrr(j, OR, rd, rd, T0);
}

/* ZF: in0 & in1 is zero, CF: ~in0 & in1 is. */
void lower_vtest(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_FCOM, .sz = MO_64, .r.loc = R_FR };
    unsigned a, b;
    bool wide;

    if (!op->fl_def) {
        return;
    }
    fl_begin(j, op);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    wide = op->vt == TCG_V256 && vupper(j, op->in[0]) &&
           vupper(j, op->in[1]);
    vtype_set(j, VT_E64);
    if (wide) {
        out_ldv_env(j, V6, vupper(j, op->in[0]));
        out_ldv_env(j, V7, vupper(j, op->in[1]));
        out_vvv(j, V_AND, V3, V6, V7);
        out_vvv(j, vi(V_XOR), V6, V6, 31);
        out_vvv(j, V_AND, V6, V6, V7);
    }
    out_vvv(j, V_AND, V4, a, b);
    if (wide) {
        out_vvv(j, V_OR, V4, V4, V3);
    }
    any_bits(j, R_FR, V4);
    out_rri(j, SLTIU, R_FR, R_FR, 1);
    if (op->fl_def & FL_C) {
        out_vvv(j, vi(V_XOR), V4, a, 31);
        out_vvv(j, V_AND, V4, V4, b);
        if (wide) {
            out_vvv(j, V_OR, V4, V4, V6);
        }
        any_bits(j, T1, V4);
        out_rri(j, SLTIU, T1, T1, 1);
        out_st_env(j, MO_64, T1, FLAG_A);
        f.a.loc = LOC_MEM;
    }
    fl_end(j, op, &f);
}
