/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of packed integer operations that stay within their lanes, with
 * the V extension.  A 256-bit op runs twice: on the upper halves, which live
 * in the env, and on the lower.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-vec.h"

/* d may be a or b; v0 to v5 and T0 to T2 are free. */
typedef void Lanes(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                   unsigned a, unsigned b);

static void each_half(RVJit *j, const TCGOp *op, const RVOp *x, Lanes *f)
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
        f(j, op, x, V6, V6, V7);
        out_stv_env(j, V6, vupper(j, op->out[0]));
    }
    f(j, op, x, d, a, b);
    vout_done(j, op, op->out[0], d);
}

/* x->arg: the word; bit 0: operands the other way round. */
static void lanes_v3(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                     unsigned a, unsigned b)
{
    vtype_set(j, op->sz);
    out_vvv(j, x->arg, d, a, b);
}

void lower_v3(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_v3);
}

/* Bitwise: any type of whole registers will do. */
static void lanes_bits(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                       unsigned a, unsigned b)
{
    if (j->vtype > VT_E64) {
        vtype_set(j, VT_E64);
    }
    if (op->opc == TCG_vandn) {
        out_vvv(j, vi(V_XOR), V4, a, 31);
        out_vvv(j, V_AND, d, V4, b);
    } else {
        out_vvv(j, x->arg, d, a, b);
    }
}

void lower_vbits(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_bits);
}

static void lanes_cmp(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                      unsigned a, unsigned b)
{
    vtype_set(j, op->sz);
    if (op->opc == TCG_vcmpeq) {
        out_vvv(j, V_MSEQ, V0, a, b);
    } else {
        out_vvv(j, V_MSLT, V0, b, a);
    }
    o32(j, 0x5e003057 | d << 7);                        /* vmv.v.i d, 0 */
    out_vvv(j, vi(V_MERGE), d, d, 31);
}

void lower_vcmp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_cmp);
}

static void lanes_abs(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                      unsigned a, unsigned b)
{
    vtype_set(j, op->sz);
    out_vvv(j, VW(0x03, OPIVX), V4, a, ZR);             /* vrsub.vx */
    out_vvv(j, V_MAX, d, a, V4);
}

void lower_vabs(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_abs);
}

static void lanes_sign(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                       unsigned a, unsigned b)
{
    vtype_set(j, op->sz);
    out_vmov(j, V4, a);
    out_vvv(j, vx(V_MSLT), V0, b, ZR);
    out_vvv(j, VW(0x03, OPIVX) & ~V_MASKED, V4, a, ZR);
    out_vvv(j, vi(V_MSEQ), V0, b, 0);
    out_vvv(j, vi(V_MERGE), d, V4, 0);
}

void lower_vsign(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_sign);
}

/* ---- shifts ---------------------------------------------------------------------------- */

static void lanes_shift(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                        unsigned a, unsigned b)
{
    unsigned bits = 8 << op->sz, n = MIN(op->imm, bits);

    vtype_set(j, op->sz);
    if (op->opc == TCG_vsari) {
        n = MIN(n, bits - 1);
    } else if (n == bits) {
        o32(j, 0x5e003057 | d << 7);
        return;
    }
    if (n < 32) {
        out_vvv(j, vi(x->arg), d, a, n);
    } else {
        out_rri(j, ADDI, T0, ZR, n);
        out_vvv(j, vx(x->arg), d, a, T0);
    }
}

void lower_vshift(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_shift);
}

/* The count is in T1, T2 = -1 if it is in range, else 0. */
static void lanes_shiftv(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                         unsigned a, unsigned b)
{
    vtype_set(j, op->sz);
    out_vvv(j, vx(x->arg), d, a, T1);
    if (op->opc != TCG_vsarv) {
        out_vvv(j, vx(V_AND), d, d, T2);
    }
}

/* The count is the low half of in1, for both halves. */
void lower_vshiftv(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned bits = 8 << op->sz, b = vin(j, op->in[1]), a, d;
    uint32_t *ok;

    vtype_set(j, VT_E64);
    out_vvv(j, 0x42002057, T1, b, 0);                   /* vmv.x.s */
    if (op->opc == TCG_vsarv) {
        out_rri(j, SLTIU, T2, T1, bits);
        ok = out_b_short(j, (RVCond){ BNE, T2, ZR }, NULL);
        out_rri(j, ADDI, T1, ZR, bits - 1);
        out_bind(j, ok, j->p);
    } else {
        out_rri(j, SLTIU, T2, T1, bits);
        out_rrr(j, SUB, T2, ZR, T2);
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        if (vupper(j, op->in[0])) {
            out_ldv_env(j, V6, vupper(j, op->in[0]));
        }
        lanes_shiftv(j, op, x, V6, V6, b);
        out_stv_env(j, V6, vupper(j, op->out[0]));
    }
    lanes_shiftv(j, op, x, d, a, b);
    vout_done(j, op, op->out[0], d);
}

/* Each element by its own count. */
static void lanes_shifte(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                         unsigned a, unsigned b)
{
    unsigned bits = 8 << op->sz;

    vtype_set(j, op->sz);
    out_rri(j, ADDI, T0, ZR, op->opc == TCG_vsare ? bits - 1 : bits);
    if (op->opc == TCG_vsare) {
        out_vvv(j, vx(V_MINU), V4, b, T0);
        out_vvv(j, x->arg, d, a, V4);
        return;
    }
    out_vvv(j, VW(0x1a, OPIVX), V0, b, T0);             /* vmsltu.vx */
    out_vvv(j, x->arg, V4, a, b);
    o32(j, 0x5e003057 | V5 << 7);
    out_vvv(j, V_MERGE, d, V5, V4);
}

void lower_vshifte(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_shifte);
}

/* ---- multiplication ----------------------------------------------------------------------- */

/* Even 32-bit elements to 64. */
static void lanes_muldq(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                        unsigned a, unsigned b)
{
    uint32_t back = op->opc == TCG_vmuldq ? V_SRA : V_SRL;

    vtype_set(j, VT_E64);
    out_rri(j, ADDI, T0, ZR, 32);
    out_vvv(j, vx(V_SLL), V4, a, T0);
    out_vvv(j, vx(V_SLL), V5, b, T0);
    out_vvv(j, vx(back), V4, V4, T0);
    out_vvv(j, vx(back), V5, V5, T0);
    out_vvv(j, V_MUL, d, V4, V5);
}

void lower_vmuldq(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_muldq);
}

/* Products of twice the width in v4 and v5, neighbours then added. */
static void lanes_madd(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                       unsigned a, unsigned b)
{
    bool bytes = op->opc == TCG_vmaddubs;
    unsigned from = bytes ? VT_E8 : VT_E16;

    vtype_set(j, from);
    if (bytes) {
        out_vvv(j, V_WMULSU, V4, b, a);
    } else {
        out_vvv(j, V_WMUL, V4, a, b);
    }
    vtype_set(j, from + 1);
    out_rri(j, ADDI, T0, ZR, bytes ? 16 : 32);
    out_vvv(j, VW(0x2c, OPIVI), V2, V4, 0);             /* vnsrl */
    out_vvv(j, VW(0x2c, OPIVX), V3, V4, T0);
    out_vvv(j, bytes ? V_SADD : V_ADD, d, V2, V3);
}

void lower_vmadd(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_madd);
}

/* d = low half rs, high half rt. */
static void from_two(RVJit *j, unsigned d, unsigned rs, unsigned rt)
{
    vtype_set(j, VT_E64);
    out_vvv(j, 0x5e004057, d, 0, rt);                   /* vmv.v.x */
    o32(j, 0x42006057 | rs << 15 | d << 7);             /* vmv.s.x */
}

static void lanes_sad(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                      unsigned a, unsigned b)
{
    vtype_set(j, VT_E8);
    out_vvv(j, V_MAXU, V4, a, b);
    out_vvv(j, V_MINU, V5, a, b);
    out_vvv(j, V_SUB, V4, V4, V5);
    out_vvv(j, VW(0x0f, OPIVI), V5, V4, 8);             /* vslidedown */
    vtype_set(j, VT_E16);
    o32(j, 0x5e003057 | V3 << 7);
    vtype_set(j, VT_E8 | VT_HALF);
    out_vvv(j, V_WREDSUMU, V2, V4, V3);
    out_vvv(j, V_WREDSUMU, V5, V5, V3);
    vtype_set(j, VT_E16);
    out_vvv(j, 0x42002057, T0, V2, 0);
    out_vvv(j, 0x42002057, T1, V5, 0);
    from_two(j, d, T0, T1);
}

void lower_vsad(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_sad);
}

/* ---- packing and interleaving --------------------------------------------------------------- */

/* Both operands clipped to half their elements' size. */
static void lanes_pack(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                       unsigned a, unsigned b)
{
    bool uns = op->opc == TCG_vpackus;
    uint32_t clip = uns ? VW(0x2e, OPIVI) : VW(0x2f, OPIVI);

    if (uns) {
        vtype_set(j, op->sz);
        out_vvv(j, vx(V_MAX), V4, a, ZR);
        out_vvv(j, vx(V_MAX), V5, b, ZR);
        a = V4;
        b = V5;
    }
    vtype_set(j, (op->sz - 1) | VT_HALF);
    out_vvv(j, clip, V2, a, 0);
    out_vvv(j, clip, V3, b, 0);
    vtype_set(j, op->sz - 1);
    out_vvv(j, VW(0x0e, OPIVI), V2, V3, 16 >> op->sz);  /* vslideup */
    out_vmov(j, d, V2);
}

void lower_vpack(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_pack);
}

/* d = low of a, low of b */
static void low_low(RVJit *j, unsigned d, unsigned a, unsigned b)
{
    vtype_set(j, VT_E64);
    if (d == b) {
        out_vmov(j, V4, b);
        b = V4;
    }
    out_vmov(j, d, a);
    out_vvv(j, VW(0x0e, OPIVI), d, b, 1);
}

/* a + b * 2^size, as a + b + b * (2^size - 1) */
static void interleave(RVJit *j, unsigned sz, unsigned d, unsigned a,
                       unsigned b)
{
    vtype_set(j, sz | VT_HALF);
    out_rri(j, ADDI, T0, ZR, -1);
    out_vvv(j, V_WADDU, V2, a, b);
    out_vvv(j, V_WMACCU_VX, V2, b, T0);
    out_vmov(j, d, V2);
}

static void lanes_unpack(RVJit *j, const TCGOp *op, const RVOp *x, unsigned d,
                         unsigned a, unsigned b)
{
    bool high = op->opc == TCG_vunpckh;

    if (op->sz == MO_64 && !high) {
        low_low(j, d, a, b);
        return;
    }
    if (high) {
        vtype_set(j, VT_E64);
        out_vvv(j, VW(0x0f, OPIVI), V4, a, 1);
        if (op->sz < MO_64) {
            out_vvv(j, VW(0x0f, OPIVI), V5, b, 1);
            interleave(j, op->sz, d, V4, V5);
            return;
        }
        /* The high of b stays where it is. */
        out_vmov(j, V5, b);
        vtype_set(j, VT_E64 | VT_ONE);
        out_vvv(j, 0x5e000057, V5, 0, V4);              /* vmv.v.v */
        out_vmov(j, d, V5);
        return;
    }
    interleave(j, op->sz, d, a, b);
}

void lower_vunpack(RVJit *j, const TCGOp *op, const RVOp *x)
{
    each_half(j, op, x, lanes_unpack);
}
