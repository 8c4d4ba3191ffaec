/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of shuffles, blends and moves across 128-bit lanes.  What NEON has
 * no instruction for is a table look-up with constant indices.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

static void emit_table(A64Jit *j, A64Stub *st)
{
    uint64_t v[2] = { st->a, st->b };

    out_bind(st->loc, j->p);
    memcpy(j->p, v, 16);
    j->p += 4;
}

void out_table(A64Jit *j, unsigned v, const A64Table *t)
{
    uint32_t *loc = j->p;
    A64Stub *st;

    o32(j, 0x9c000000 | v);                             /* ldr q, literal */
    st = stub_new(j, emit_table, loc);
    memcpy(&st->a, t->b, 8);
    memcpy(&st->b, t->b + 8, 8);
}

/* Word shuffles that are one instruction: with both operands a, unless it
 * is a DUP. */
static uint32_t one_shuffle(unsigned im)
{
    if (im == (im & 3) * 0x55) {
        return 0x4e040400 | (im & 3) << 19;             /* dup 4s */
    }
    switch (im) {
    case 0x44:
        return 0x4e080400;                              /* dup 2d, d[0] */
    case 0xee:
        return 0x4e180400;
    case 0xb1:
        return 0x4ea00800;                              /* rev64 4s */
    case 0x4e:
        return 0x6e004000;                              /* ext 8 */
    case 0xa0:
        return 0x4e802800;                              /* trn1 4s */
    case 0xf5:
        return 0x4e806800;                              /* trn2 4s */
    case 0x50:
        return 0x4e803800;                              /* zip1 4s */
    case 0xfa:
        return 0x4e807800;                              /* zip2 4s */
    default:
        return 0;
    }
}

static bool binary_shuffle(unsigned im)
{
    return im == 0x4e || im == 0xa0 || im == 0xf5 || im == 0x50 || im == 0xfa;
}

static void lanes_shuf(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                       unsigned a, unsigned b)
{
    unsigned im = op->imm & 0xff;
    uint32_t w = op->opc == TCG_vpshufd ? one_shuffle(im) : 0;
    A64Table t;

    if (op->opc == TCG_vpshufd && im == 0xe4) {
        out_vmov(j, d, a);
        return;
    }
    if (w) {
        out_vvv(j, w, d, a, binary_shuffle(im) ? a : 0);
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
        }
        t.b[i] = k;
    }
    out_table(j, V4, &t);
    out_vvv(j, 0x4e000000, d, a, V4);                   /* tbl */
}

void lower_vshuf(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_shuf);
}

/* d = bytes t of b:a. */
static void out_tbl2(A64Jit *j, unsigned d, unsigned a, unsigned b,
                     const A64Table *t)
{
    out_vmov(j, V4, a);
    out_vmov(j, V5, b);
    out_table(j, d, t);
    out_vvv(j, 0x4e002000, d, V4, d);                   /* tbl, two registers */
}

static void lanes_shufpd(A64Jit *j, unsigned im, unsigned d, unsigned a,
                         unsigned b)
{
    switch (im & 3) {
    case 0:
        out_vvv(j, 0x4ec03800, d, a, b);                /* zip1 2d */
        break;
    case 1:
        out_ext(j, d, a, b, 8);
        break;
    case 2:
        out_vmov(j, V4, a);
        out_ins(j, MO_64, V4, 1, b, 1);
        out_vmov(j, d, V4);
        break;
    default:
        out_vvv(j, 0x4ec07800, d, a, b);                /* zip2 2d */
        break;
    }
}

static void lanes_shufp(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                        unsigned a, unsigned b)
{
    unsigned im = op->imm & 0xff;
    A64Table t;

    if (op->sz == MO_64) {
        /* A 256-bit SHUFPD has other bits for the upper half. */
        lanes_shufpd(j, j->upper ? im >> 2 : im, d, a, b);
        return;
    }
    if (im == 0x44 || im == 0xee || im == 0x88 || im == 0xdd) {
        out_vvv(j, im == 0x44 ? 0x4ec03800 : im == 0xee ? 0x4ec07800
                 : im == 0x88 ? 0x4e801800 : 0x4e805800, d, a, b);
        return;
    }
    if (a == b && one_shuffle(im)) {
        out_vvv(j, one_shuffle(im), d, a, binary_shuffle(im) ? a : 0);
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        t.b[i] = (im >> (i / 4 * 2) & 3) * 4 + i % 4 + (i >= 8) * 16;
    }
    out_tbl2(j, d, a, b, &t);
}

void lower_vshufp(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_shufp);
}

static void lanes_pshufb(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    out_movi_b(j, V4, 0x8f);
    out_vvv(j, 0x4e201c00, V4, V4, b);
    out_vvv(j, 0x4e000000, d, a, V4);
}

void lower_vpshufb(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_pshufb);
}

/* x->arg: an instruction that takes a twice (TRN1, TRN2, ZIP1). */
static void lanes_twice(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                        unsigned a, unsigned b)
{
    out_vvv(j, x->arg, d, a, a);
}

void lower_vtrn(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_twice);
}

/* ---- blends ------------------------------------------------------------------ */

static void lanes_blendi(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    unsigned n = 16 >> op->sz, im = op->imm, last = 0, first = 0;
    A64Table t;

    if (j->upper && op->sz > MO_16) {
        im >>= n;
    }
    im &= (1u << n) - 1;
    if (im == 0 || im == (1u << n) - 1) {
        out_vmov(j, d, im ? b : a);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        last = im >> i & 1 ? i : last;
        first = im >> i & 1 ? first : i;
    }
    if (im == 1u << last && d == a) {
        out_ins(j, op->sz, d, last, b, last);
        return;
    }
    if (im == (((1u << n) - 1) ^ 1u << first) && d == b) {
        out_ins(j, op->sz, d, first, a, first);
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        t.b[i] = im >> (i >> op->sz) & 1 ? 0xff : 0;
    }
    out_table(j, V4, &t);
    out_vvv(j, 0x6e601c00, V4, b, a);                   /* bsl */
    out_vmov(j, d, V4);
}

void lower_vblendi(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_blendi);
}

/* mask may be V4. */
static void blendv(A64Jit *j, unsigned sz, unsigned a, unsigned b,
                   unsigned mask)
{
    out_vv(j, 0x4e20a800 | sz << 22, V4, mask);         /* cmlt 0 */
    out_vvv(j, 0x6e601c00, V4, b, a);                   /* bsl */
}

void lower_vblendv(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned c = vin(j, op->in[2]), d = vout(j, op->out[0]);

    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        vld_upper(j, V7, op->in[1]);
        vld_upper(j, V4, op->in[2]);
        blendv(j, op->sz, V6, V7, V4);
        vst_upper(j, V4, op->out[0]);
    }
    blendv(j, op->sz, a, b, c);
    out_vmov(j, d, V4);
    vout_done(j, op, op->out[0], d);
}

/* Element imm[7:6] of in1 into place imm[5:4] of in0; imm[3:0] become zero. */
static void lanes_insertps(A64Jit *j, const TCGOp *op, const A64Op *x,
                           unsigned d, unsigned a, unsigned b)
{
    unsigned im = op->imm, to = im >> 4 & 3, from = im >> 6 & 3;
    A64Table t;

    if (!(im & 15) && d == a) {
        out_ins(j, MO_32, d, to, b, from);
        return;
    }
    for (unsigned i = 0; i < 16; i++) {
        unsigned k = i / 4;

        t.b[i] = im >> k & 1 ? 0xff
                 : k == to ? 16 + from * 4 + i % 4 : i;
    }
    out_tbl2(j, d, a, b, &t);
}

void lower_vinsertps(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_insertps);
}

/* ---- across lanes ------------------------------------------------------------- */

/* The low half to both. */
void lower_vbcast128(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    vst_upper(j, a, op->out[0]);
    out_vmov(j, d, a);
    vout_done(j, op, op->out[0], d);
}

/* v = the half of in0:in1 that control c names. */
static void pick_half(A64Jit *j, const TCGOp *op, unsigned c, unsigned v,
                      unsigned a, unsigned b)
{
    if (c & 8) {
        out_vzero(j, v);
    } else if (c & 1) {
        vld_upper(j, v, op->in[c >> 1 & 1]);
    } else {
        out_vmov(j, v, c & 2 ? b : a);
    }
}

void lower_vperm2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);

    pick_half(j, op, op->imm >> 4, V6, a, b);
    pick_half(j, op, op->imm, V7, a, b);
    vst_upper(j, V6, op->out[0]);
    out_vmov(j, d, V7);
    vout_done(j, op, op->out[0], d);
}

/* idx = byte indices of the words that its elements name, less those above
 * max; tmp is used. */
static void word_indices(A64Jit *j, unsigned idx, unsigned from, unsigned tmp,
                         unsigned max)
{
    static const A64Table step = { { 0, 1, 2, 3, 0, 1, 2, 3,
                                     0, 1, 2, 3, 0, 1, 2, 3 } };

    out_movi_s(j, tmp, max);
    out_vvv(j, 0x4e201c00, idx, from, tmp);             /* and */
    out_movi_b(j, tmp, 4);
    out_vvv(j, 0x4ea09c00, idx, idx, tmp);              /* mul 4s */
    out_table(j, tmp, &step);
    out_vvv(j, 0x4e208400, idx, idx, tmp);              /* add 16b */
}

static void lanes_permil(A64Jit *j, const TCGOp *op, const A64Op *x,
                         unsigned d, unsigned a, unsigned b)
{
    if (op->sz == MO_32) {
        word_indices(j, V4, b, V5, 3);
        out_vvv(j, 0x4e000000, d, a, V4);               /* tbl */
        return;
    }
    out_vv(j, 0x4f7e5400, V4, b);                       /* shl 2d, 62 */
    out_vv(j, 0x4f410400, V4, V4);                      /* sshr 2d, 63 */
    out_vv(j, 0x4e180400, V5, a);                       /* dup 2d, d[1] */
    out_vv(j, 0x4e080400, d, a);
    out_vvv(j, 0x6e601c00, V4, V5, d);                  /* bsl */
    out_vmov(j, d, V4);
}

void lower_vpermil(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_permil);
}

void lower_vpermd(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);

    out_vmov(j, V4, a);
    vld_upper(j, V5, op->in[0]);
    vld_upper(j, V7, op->in[1]);
    word_indices(j, V7, V7, V6, 7);
    out_vvv(j, 0x4e002000, V7, V4, V7);                 /* tbl, two registers */
    vst_upper(j, V7, op->out[0]);
    word_indices(j, V7, b, V6, 7);
    out_vvv(j, 0x4e002000, d, V4, V7);
    vout_done(j, op, op->out[0], d);
}

void lower_vpermq(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    out_vmov(j, V4, a);
    vld_upper(j, V5, op->in[0]);
    for (unsigned h = 2; h-- > 0;) {
        unsigned to = h ? V6 : d, c = op->imm >> h * 4;
        A64Table t;

        for (unsigned i = 0; i < 16; i++) {
            t.b[i] = (c >> (i / 8 * 2) & 3) * 8 + i % 8;
        }
        out_table(j, V7, &t);
        out_vvv(j, 0x4e002000, to, V4, V7);
        if (h) {
            vst_upper(j, V6, op->out[0]);
        }
    }
    vout_done(j, op, op->out[0], d);
}
