/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of packed integer and vector data movement on NEON.  A 256-bit op
 * runs twice: on the upper halves, which live in the env, and on the lower.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- loads and stores ---------------------------------------------------------------- */

/* a: the address's low bits in T1. */
static void emit_misaligned(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_logic_imm(j, A_ORR, true, T1, T1, a64_bitmask(1ull << 55, true));
    fault_point(j);
    o32(j, 0x39400000 | T1 << 5 | ZR);          /* ldrb wzr, [t1] */
}

/* Memory operand of a whole vector; ALIGN: a fault if it is not aligned. */
static A64Mem vmem(A64Jit *j, const TCGOp *op)
{
    unsigned a;

    if (!(op->attr & OPA_ALIGN) && op->vt == TCG_V128) {
        return mem_opnd(j, &op->mem, 4);
    }
    a = mem_addr(j, &op->mem);
    if (op->attr & OPA_ALIGN) {
        out_logic_imm(j, A_AND, false, T1, a,
                      a64_bitmask(op->vt == TCG_V256 ? 31 : 15, false));
        stub_new(j, emit_misaligned, out_cbz(j, true, false, T1, NULL));
    }
    return (A64Mem){ .base = a, .index = -1 };
}

void lower_ldv(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Mem m = vmem(j, op);
    unsigned d = vout(j, op->out[0]);

    if (op->vt == TCG_V256) {
        m.disp = 16;
        out_mem(j, 1, 4, true, V6, m);
        m.disp = 0;
        out_mem(j, 1, 4, true, V7, m);
        out_after_load(j);
        out_vmov(j, d, V7);
        if (vupper(j, op->out[0])) {
            out_stv_env(j, V6, vupper(j, op->out[0]));
        }
    } else {
        out_mem(j, 1, 4, true, d, m);
        out_after_load(j);
    }
    vout_done(j, op, op->out[0], d);
}

void lower_stv(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned r = vin(j, op->in[0]);
    A64Mem m = vmem(j, op);

    out_before_store(j);
    if (op->vt == TCG_V256) {
        if (vupper(j, op->in[0])) {
            out_ldv_env(j, V6, vupper(j, op->in[0]));
        }
        /* Both halves or none: read the first's place before. */
        m.disp = 16;
        out_mem(j, 0, 4, true, V6, m);
        m.disp = 0;
    }
    out_mem(j, 0, 4, true, r, m);
}

void lower_ldvs(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Mem m = mem_opnd(j, &op->mem, op->sz);
    unsigned d = vout(j, op->out[0]);

    out_mem(j, 1, op->sz, true, d, m);
    out_after_load(j);
    vout_done(j, op, op->out[0], d);
}

void lower_stvs(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned r = vin(j, op->in[0]);
    A64Mem m = mem_opnd(j, &op->mem, op->sz);

    out_before_store(j);
    out_mem(j, 0, op->sz, true, r, m);
}

/* ---- lane-wise ops --------------------------------------------------------------------- */

void vld_upper(A64Jit *j, unsigned v, TCGRef r)
{
    if (vupper(j, r)) {
        out_ldv_env(j, v, vupper(j, r));
    }
}

void vst_upper(A64Jit *j, unsigned v, TCGRef r)
{
    if (vupper(j, r)) {
        out_stv_env(j, v, vupper(j, r));
    }
}

void each_half(A64Jit *j, const TCGOp *op, const A64Op *x, A64Lanes *f)
{
    bool two = op->in[1] != TCG_NONE;
    unsigned a = vin(j, op->in[0]), b = two ? vin(j, op->in[1]) : 0, d;

    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        vld_upper(j, V6, op->in[0]);
        if (two) {
            vld_upper(j, V7, op->in[1]);
        }
        j->upper = true;
        f(j, op, x, V6, V6, V7);
        j->upper = false;
        vst_upper(j, V6, op->out[0]);
    }
    f(j, op, x, d, a, b);
    vout_done(j, op, op->out[0], d);
}

enum { X_SZ = A64_SZ, X_SWAP = A64_SWAP };

static void lanes_v3(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                     unsigned a, unsigned b)
{
    uint32_t w = (x->arg & ~31u) | (x->arg & X_SZ ? op->sz << 22 : 0);

    if (x->arg & X_SWAP) {
        out_vvv(j, w, d, b, a);
    } else {
        out_vvv(j, w, d, a, b);
    }
}

/* arg: three-register instruction | X_SZ: element size in bits 22, 23 |
 * X_SWAP: operands the other way round. */
void lower_v3(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_v3);
}

static void lanes_v2(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                     unsigned a, unsigned b)
{
    out_vv(j, (x->arg & ~31u) | (x->arg & X_SZ ? op->sz << 22 : 0), d, a);
}

void lower_v2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    if (op->opc == TCG_vmov) {
        unsigned a = vin(j, op->in[0]), d;

        if (op->vt == TCG_V256 && vupper(j, op->out[0]) &&
            vupper(j, op->in[0])) {
            out_ldv_env(j, V6, vupper(j, op->in[0]));
            out_stv_env(j, V6, vupper(j, op->out[0]));
        }
        d = vout(j, op->out[0]);
        out_vmov(j, d, a);
        vout_done(j, op, op->out[0], d);
        return;
    }
    each_half(j, op, x, lanes_v2);
}

void lower_vzero(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned d = vout(j, op->out[0]);

    o32(j, 0x6f00e400 | d);                             /* movi d.2d, 0 */
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        out_stv_env(j, d, vupper(j, op->out[0]));
    }
    vout_done(j, op, op->out[0], d);
}

void lower_vzeroupper(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    o32(j, 0x6f00e400 | V4);
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (a64_off_vec[i]) {
            out_stv_env(j, V4, a64_off_vec[i] + 16);
        }
    }
}

/* Shifts by a constant: SHL, USHR, SSHR. */
static void lanes_shift(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                        unsigned a, unsigned b)
{
    unsigned bits = 8 << op->sz, n = MIN(op->imm, bits);

    if (op->opc == TCG_vsari) {
        n = MIN(n, bits - 1);
    } else if (n == bits) {
        o32(j, 0x6f00e400 | d);
        return;
    }
    if (n == 0) {
        out_vmov(j, d, a);
    } else if (op->opc == TCG_vshli) {
        out_vv(j, 0x4f005400 | (bits + n) << 16, d, a);
    } else {
        out_vv(j, (op->opc == TCG_vsari ? 0x4f000400 : 0x6f000400) |
               (2 * bits - n) << 16, d, a);
    }
}

void lower_vshift(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_shift);
}

static void lanes_bytes(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                        unsigned a, unsigned b)
{
    unsigned n = MIN(op->imm, 16);

    o32(j, 0x6f00e400 | V4);
    if (n == 16) {
        out_vmov(j, d, V4);
    } else if (n == 0) {
        out_vmov(j, d, a);
    } else if (op->opc == TCG_vshlb) {
        out_ext(j, d, V4, a, 16 - n);
    } else {
        out_ext(j, d, a, V4, n);
    }
}

void lower_vbytes(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_bytes);
}

static void lanes_alignr(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                         unsigned a, unsigned b)
{
    unsigned n = op->imm & 0xff;

    if (n < 16) {
        out_ext(j, d, b, a, n);
    } else {
        o32(j, 0x6f00e400 | V4);
        if (n < 32) {
            out_ext(j, d, a, V4, n - 16);
        } else {
            out_vmov(j, d, V4);
        }
    }
}

void lower_valignr(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_alignr);
}

/* SQXTN or SQXTUN of both, the second behind the first. */
static void lanes_pack(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                       unsigned a, unsigned b)
{
    uint32_t w = x->arg | (op->sz - 1) << 22;

    out_vv(j, w, V4, a);
    out_vv(j, w | 1 << 30, V4, b);
    out_vmov(j, d, V4);
}

void lower_vpack(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_pack);
}

/* Products of twice the width: low and high halves' in V4 and V5. */
static void lanes_mulwide(A64Jit *j, const TCGOp *op, const A64Op *x,
                          unsigned d, unsigned a, unsigned b)
{
    bool uns = op->opc == TCG_vmulhu || op->opc == TCG_vmuludq;
    uint32_t w = uns ? 0x2e60c000 : 0x0e60c000;

    if (op->opc == TCG_vmuludq || op->opc == TCG_vmuldq) {
        out_vv(j, 0x0ea12800, V4, a);                   /* xtn */
        out_vv(j, 0x0ea12800, V5, b);
        out_vvv(j, w + (1 << 22), d, V4, V5);
        return;
    }
    out_vvv(j, w, V4, a, b);
    out_vvv(j, w | 1 << 30, V5, a, b);
    if (op->opc == TCG_vmaddwd) {
        out_vvv(j, 0x4ea0bc00, d, V4, V5);              /* addp 4s */
    } else {
        out_vvv(j, 0x4e405800, d, V4, V5);              /* uzp2 8h */
    }
}

void lower_vmulwide(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_mulwide);
}

static void lanes_sad(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned d,
                      unsigned a, unsigned b)
{
    out_vvv(j, 0x6e207400, V4, a, b);                   /* uabd */
    out_vv(j, 0x6e202800, V4, V4);                      /* uaddlp, thrice */
    out_vv(j, 0x6e602800, V4, V4);
    out_vv(j, 0x6ea02800, d, V4);
}

void lower_vsad(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    each_half(j, op, x, lanes_sad);
}

/* ---- elements --------------------------------------------------------------------------- */

/* vmerge, vlo: in0 with in1's lowest element; 128 bits only. */
void lower_vinsel(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]), d;
    unsigned sz = op->opc == TCG_vlo ? MO_64 : op->sz;

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    d = vout(j, op->out[0]);
    if (d == b && d != a) {
        out_vmov(j, V4, b);
        b = V4;
    }
    out_vmov(j, d, a);
    out_ins(j, sz, d, 0, b, 0);
    vout_done(j, op, op->out[0], d);
}

void lower_vdup(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, d;

    if (op->opc == TCG_vdup) {
        static const A64Op dup = { .arg = 0x4ec03800 };     /* zip1 2d */

        if (op->sz != MO_64) {
            lower_fallback(j, op, x);
        } else {
            lower_vtrn(j, op, &dup);
        }
        return;
    }
    if (op->sz > MO_64) {
        lower_vbcast128(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    out_vv(j, 0x4e000400 | 1 << op->sz << 16, d, a);
    if (op->vt == TCG_V256 && vupper(j, op->out[0])) {
        out_stv_env(j, d, vupper(j, op->out[0]));
    }
    vout_done(j, op, op->out[0], d);
}

void lower_vins(A64Jit *j, const TCGOp *op, const A64Op *x)
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
    out_vv(j, 0x4e001c00 | (1 << op->sz | i << (op->sz + 1)) << 16, d, r);
    vout_done(j, op, op->out[0], d);
}

void lower_vget(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, d, i = op->imm & ((16 >> op->sz) - 1);

    if (op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = out_reg(j, op->out[0]);
    out_vv(j, (op->sz == MO_64 ? 0x4e003c00 : 0x0e003c00) |
           (1 << op->sz | i << (op->sz + 1)) << 16, d, a);
    out_done(j, op->out[0], d);
}

void lower_vfromq(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned r = inz(j, op->in[0]), d = vout(j, op->out[0]);

    out_vv(j, op->sz == MO_64 ? 0x9e670000 : 0x1e270000, d, r);
    vout_done(j, op, op->out[0], d);
}

void lower_vzx(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    out_vv(j, op->sz == MO_64 ? 0x1e604000 : 0x1e204000, d, a);
    vout_done(j, op, op->out[0], d);
}

/* Widening, a step at a time. */
static void widen(A64Jit *j, const TCGOp *op, unsigned d, unsigned a)
{
    for (unsigned s = op->sz; s < op->imm; s++) {
        out_vv(j, (op->opc == TCG_vexts ? 0x0f00a400 : 0x2f00a400) |
               (8 << s) << 16, d, s == op->sz ? a : d);
    }
}

void lower_vext(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    if (op->vt == TCG_V256) {
        /* The upper half comes from the elements behind the first ones. */
        out_ext(j, V6, a, a, 16 >> (op->imm - op->sz));
        widen(j, op, V6, V6);
        vst_upper(j, V6, op->out[0]);
    }
    widen(j, op, d, a);
    vout_done(j, op, op->out[0], d);
}

/* d = top bits of a's elements. */
static void mask_half(A64Jit *j, const TCGOp *op, unsigned d, unsigned a)
{
    static const A64Table bits = { { 1, 2, 4, 8, 16, 32, 64, 128,
                                  1, 2, 4, 8, 16, 32, 64, 128 } };

    if (op->sz == MO_8) {
        out_table(j, V5, &bits);
        out_vv(j, 0x4e20a800, V4, a);                   /* cmlt 16b, 0 */
        out_vvv(j, 0x4e201c00, V4, V4, V5);
        for (unsigned i = 0; i < 3; i++) {
            out_vvv(j, 0x4e20bc00, V4, V4, V4);         /* addp 16b */
        }
        out_vv(j, 0x0e023c00, d, V4);                   /* umov h[0] */
    } else if (op->sz == MO_64) {
        out_vv(j, 0x4e083c00, T0, a);
        out_vv(j, 0x4e183c00, d, a);
        out_lsr(j, true, d, d, 63);
        out_lsr(j, true, T0, T0, 63);
        out_rrs(j, A_ORR, false, d, T0, d, LSL, 1);
    } else {
        out_vv(j, 0x6f210400, V4, a);                   /* ushr 4s, 31 */
        out_vv(j, 0x4e083c00, T0, V4);
        out_vv(j, 0x4e183c00, T1, V4);
        out_rrs(j, A_ORR, true, T0, T0, T1, LSL, 2);    /* bits 0 32 2 34 */
        out_lsr(j, true, d, T0, 31);
        out_rrr(j, A_ORR, false, d, d, T0);
        out_logic_imm(j, A_AND, false, d, d, a64_bitmask(15, false));
    }
}

void lower_vmovmsk(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = out_reg(j, op->out[0]);

    mask_half(j, op, d, a);
    if (op->vt == TCG_V256 && vupper(j, op->in[0])) {
        out_ldv_env(j, V6, vupper(j, op->in[0]));
        mask_half(j, op, T2, V6);
        out_rrs(j, A_ORR, false, d, d, T2, LSL, 16 >> op->sz);
    }
    out_done(j, op->out[0], d);
}

/* Low half = half imm of a 256-bit one. */
void lower_vget128(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), d = vout(j, op->out[0]);

    if ((op->imm & 1) && vupper(j, op->in[0])) {
        out_ldv_env(j, d, vupper(j, op->in[0]));
    } else {
        out_vmov(j, d, a);
    }
    vout_done(j, op, op->out[0], d);
}

/* Half imm of in0 = low half of in1. */
void lower_vins128(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);
    int32_t up = vupper(j, op->out[0]);

    if (up && (op->imm & 1)) {
        out_stv_env(j, b, up);
    } else if (up && vupper(j, op->in[0])) {
        out_ldv_env(j, V6, vupper(j, op->in[0]));
        out_stv_env(j, V6, up);
    }
    out_vmov(j, d, op->imm & 1 ? a : b);
    vout_done(j, op, op->out[0], d);
}

static void any_bits(A64Jit *j, unsigned v, unsigned r)
{
    out_vvv(j, 0x6ea0a400, v, v, v);                    /* umaxp 4s */
    out_vv(j, 0x9e660000, r, v);                        /* fmov x, d */
}

void lower_vtest(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b;
    bool wide;

    if (op->fl_def & ~(FL_Z | FL_C)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, FL_NZCV);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    wide = op->vt == TCG_V256 && vupper(j, op->in[0]) &&
           vupper(j, op->in[1]);
    if (wide) {
        out_ldv_env(j, V6, vupper(j, op->in[0]));
        out_ldv_env(j, V7, vupper(j, op->in[1]));
    }
    if (op->fl_def & FL_C) {
        out_vvv(j, 0x4e601c00, V4, b, a);               /* bic */
        if (wide) {
            out_vvv(j, 0x4e601c00, V5, V7, V6);
            out_vvv(j, 0x4ea01c00, V4, V4, V5);
        }
        any_bits(j, V4, T0);
        out_rrr(j, A_SUBS, true, ZR, T0, ZR);
        out_cset(j, T2, EQ);
    }
    out_vvv(j, 0x4e201c00, V4, a, b);
    if (wide) {
        out_vvv(j, 0x4e201c00, V5, V6, V7);
        out_vvv(j, 0x4ea01c00, V4, V4, V5);
    }
    any_bits(j, V4, T0);
    if (!(op->fl_def & FL_C)) {
        out_nz(j, MO_64, T0);
        fl_end(j, op, FL_NZCV, false);
        return;
    }
    out_rrr(j, A_SUBS, true, ZR, T0, ZR);
    out_cset(j, T0, EQ);
    out_lsl(j, false, T0, T0, 30);
    out_bfi(j, false, T0, T2, 29, 1);
    out_msr_nzcv(j, T0);
    fl_end(j, op, FL_NZCV, false);
}
