/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of SSE floating point.  While MXCSR is as the host computes (R_FPX
 * is zero) the host does; the rest goes to the reference out of line.  Code
 * does not ask before the process has set such an MXCSR (a64_fpx_seen): then
 * all is translated again.  The
 * sticky exception bits collect in FPSR and are joined with MXCSR's whenever C
 * code runs.
 *
 * With FEAT_AFP the host has x86's rules (FPCR.AH, NEP): NaNs, MIN and MAX,
 * tininess, DE and the rest of a scalar's register come out right, and FTZ
 * and DAZ are the host's.  Without it, a NaN result, whose payload rules
 * differ, goes to the reference, and DE is looked for as fpexact.c says.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- the slow way -------------------------------------------------------------- */

static void emit_fp_slow(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, st->reg + 3);
    out_b(j, st->back);
}

void slow_if(A64Jit *j, A64Slow *s, uint32_t *loc)
{
    A64Stub *st;

    if (!loc) {
        return;
    }
    st = stub_new(j, emit_fp_slow, loc);
    st->op = s->op;
    memcpy(st->reg, s->reg, sizeof(s->reg));
    s->st[s->n++] = st;
}

void slow_join(A64Jit *j, A64Slow *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        s->st[i]->back = j->p;
    }
}

uint32_t *if_fpx(A64Jit *j)
{
    return !a64_fpx_seen || j->fp_guarded ? NULL : out_cbz(j, true, false, R_FPX, NULL);
}

/* With AFP comparisons raise exceptions that are not the op's: by integers. */
static uint32_t *if_nan_bits(A64Jit *j, unsigned sz, bool scalar, unsigned v)
{
    uint64_t twice_inf = sz == MO_64 ? 0xffe0ull << 48 : 0xff000000;

    if (scalar) {
        out_vv(j, sz == MO_64 ? 0x9e660000 : 0x1e260000, T0, v);
        out_movi(j, T1, twice_inf);
        out_rrs(j, A_SUBS, sz == MO_64, ZR, T1, T0, LSL, 1);
        return out_bcond(j, CC, NULL);
    }
    out_movi(j, T0, sz == MO_64 ? twice_inf : twice_inf | twice_inf << 32);
    out_vv(j, 0x4e080c00, V8, T0);                      /* dup 2d */
    out_vv(j, 0x4f005400 | ((8 << sz) + 1) << 16, V5, v);   /* shl 1 */
    out_vvv(j, 0x6e203400 | sz << 22, V5, V5, V8);      /* cmhi */
    out_vvv(j, 0x6ea0a400, V5, V5, V5);                 /* umaxp 4s */
    out_vv(j, 0x9e660000, T0, V5);
    return out_cbz(j, true, true, T0, NULL);
}

uint32_t *if_nan(A64Jit *j, unsigned sz, bool scalar, unsigned v)
{
    if (has(HF_AFP)) {
        return if_nan_bits(j, sz, scalar, v);
    }
    if (!scalar) {
        /* fmaxp d, v.2d; fmaxv s, v.4s */
        out_vv(j, sz == MO_64 ? 0x7e70f800 : 0x6e30f800, V5, v);
        v = V5;
    }
    o32(j, 0x1e202000 | fp_ty(sz) | v << 16 | v << 5);  /* fcmp */
    return out_bcond(j, VS, NULL);
}

const TCGOp *fp_half_op(A64Jit *j, const TCGOp *op)
{
    TCGOp *half;

    if (op->vt != TCG_V256) {
        return op;
    }
    half = tcg_malloc(j->s, sizeof(*half));
    *half = *op;
    half->vt = TCG_V128;
    return half;
}

void out_scalar(A64Jit *j, unsigned sz, unsigned d, unsigned a)
{
    out_vmov(j, d, a);
    out_ins(j, sz, d, 0, V4, 0);
}

/* ---- 256 bits ---------------------------------------------------------------------- */

/* Both halves at once: an exception that is not masked must find nothing of
 * the result written.  a: offsets of the inputs' upper halves, b: the
 * result's. */
static void emit_wide_slow(A64Jit *j, A64Stub *st)
{
    const TCGOpDef *def = &tcg_op_defs[st->op->opc];

    out_bind(st->loc, j->p);
    for (unsigned k = 0; k < def->nb_in; k++) {
        unsigned up = st->a >> 16 * k & 0xffff;

        if (up) {
            out_ldv_env(j, V6, up);
            out_stv_env(j, V6, REF_SLOT + k * 32 + 16);
        }
    }
    emit_ref_keep(j, st->op, st->reg, st->reg + 3);
    if (st->b) {
        out_ldv_env(j, V6, REF_SLOT + 16);
        out_stv_env(j, V6, st->b);
    }
    out_b(j, st->back);
}

/* Asks once for a 256-bit op; NULL if the halves may ask for themselves. */
A64Stub *fp_guard(A64Jit *j, const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    A64Stub *st;

    fl_begin(j, op, FL_NZCV);
    for (unsigned k = 0; k < def->nb_in; k++) {
        vin(j, op->in[k]);
    }
    /* The lowering must find room without pushing anything out: the stub's way
     * does not come by. */
    ra_untmp(&j->ra, RC_VEC, ra_tmp(&j->ra, RC_VEC));
    st = stub_new(j, emit_wide_slow, if_fpx(j));
    for (unsigned k = 0; k < def->nb_in; k++) {
        st->reg[k] = vin(j, op->in[k]);
        st->a |= (uint64_t)vupper(j, op->in[k]) << 16 * k;
    }
    st->reg[3] = ra_pin(&j->ra, op->out[0]);
    st->b = vupper(j, op->out[0]);
    j->fp_guarded = true;
    return st;
}

/* ---- arithmetic ------------------------------------------------------------------ */

static void minmax(A64Jit *j, const TCGOp *op, bool scalar, unsigned a,
                   unsigned b)
{
    uint32_t w = (scalar ? 0x7ea0e400 : 0x6ea0e400) | fp_ty(op->sz);

    /* min: b > a ? a : b */
    if (op->opc == TCG_fmin) {
        out_vvv(j, w, V4, b, a);
    } else {
        out_vvv(j, w, V4, a, b);
    }
    out_vvv(j, 0x6e601c00, V4, a, b);                   /* bsl */
}

/* V4, V5 = no NaN in a, in b: as integers, for a comparison of one with itself
 * would raise DE; the comparison of both is for the exceptions. */
static void ordered(A64Jit *j, unsigned sz, unsigned a, unsigned b,
                    uint32_t fcmeq)
{
    uint32_t ty = sz << 22;

    out_vvv(j, fcmeq, V4, a, b);
    out_movi(j, T0, sz == MO_64 ? 0xffe0ull << 48 : 0xff000000ff000000);
    out_vv(j, 0x4e080c00, V8, T0);                      /* dup 2d */
    out_vv(j, 0x4f005400 | ((8 << sz) + 1) << 16, V4, a);   /* shl 1 */
    out_vv(j, 0x4f005400 | ((8 << sz) + 1) << 16, V5, b);
    out_vvv(j, 0x6e203c00 | ty, V4, V8, V4);            /* cmhs */
    out_vvv(j, 0x6e203c00 | ty, V5, V8, V5);
}

static void predicate(A64Jit *j, const TCGOp *op, bool scalar, unsigned a,
                      unsigned b)
{
    uint32_t ty = fp_ty(op->sz);
    uint32_t eq = (scalar ? 0x5e20e400 : 0x4e20e400) | ty;
    uint32_t ge = (scalar ? 0x7e20e400 : 0x6e20e400) | ty;
    uint32_t gt = (scalar ? 0x7ea0e400 : 0x6ea0e400) | ty;
    bool not = (op->imm & 7) >= 3 && (op->imm & 7) != 7;

    switch (op->imm & 3) {
    case 0:
        out_vvv(j, eq, V4, a, b);
        break;
    case 1:
        out_vvv(j, gt, V4, b, a);
        break;
    case 2:
        out_vvv(j, ge, V4, b, a);
        break;
    default:
        if (has(HF_AFP)) {
            ordered(j, op->sz, a, b, eq);
        } else {
            out_vvv(j, eq, V4, a, a);
            out_vvv(j, eq, V5, b, b);
        }
        out_vvv(j, 0x4e201c00, V4, V4, V5);
        break;
    }
    if (not) {
        out_vv(j, 0x6e205800, V4, V4);
    }
}

/* Predicates 8 and above differ from the low ones with NaNs only. */
static void avx_predicate(A64Jit *j, const TCGOp *op, A64Slow *s, bool scalar,
                          unsigned a, unsigned b)
{
    if (has(HF_AFP)) {
        slow_if(j, s, if_nan(j, op->sz, scalar, a));
        slow_if(j, s, if_nan(j, op->sz, scalar, b));
    } else {
        out_vvv(j, (scalar ? 0x1e204800 : 0x4e20f400) | fp_ty(op->sz), V4, a,
                b);                                     /* fmax */
        slow_if(j, s, if_nan(j, op->sz, scalar, V4));
    }
    predicate(j, op, scalar, a, b);
}

static const struct {
    uint16_t opc;
    uint32_t s, v;
} arith[] = {
    { TCG_fadd, 0x1e202800, 0x4e20d400 },
    { TCG_fsub, 0x1e203800, 0x4ea0d400 },
    { TCG_fmul, 0x1e200800, 0x6e20dc00 },
    { TCG_fdiv, 0x1e201800, 0x6e20fc00 },
    { TCG_fsqrt, 0x1e21c000, 0x6ea1f800 },
    { TCG_fmin, 0x1e205800, 0x4ea0f400 },   /* with AFP only */
    { TCG_fmax, 0x1e204800, 0x4e20f400 },
};

void fp_arithmetic(A64Jit *j, const TCGOp *op, bool scalar, unsigned d,
                   unsigned a, unsigned b)
{
    bool sqrt = op->opc == TCG_fsqrt;

    for (unsigned i = 0; i < ARRAY_SIZE(arith); i++) {
        if (arith[i].opc == op->opc) {
            out_vvv(j, (scalar ? arith[i].s : arith[i].v) | fp_ty(op->sz), d,
                    sqrt ? b : a, sqrt ? 0 : b);
            return;
        }
    }
}

/* V4 = a op b for one half; op is a V128 one. */
static void fp_half(A64Jit *j, const TCGOp *op, unsigned a, unsigned b)
{
    bool scalar = op->attr & OPA_SCALAR;
    A64Slow s = { .op = op, .reg = { a, b, 0, V4 } };

    slow_if(j, &s, if_fpx(j));
    if (op->opc != TCG_fsqrt) {
        exact_in(j, &s, op->sz, scalar, a);
    }
    exact_in(j, &s, op->sz, scalar, b);
    if (op->opc == TCG_fmin || op->opc == TCG_fmax) {
        minmax(j, op, scalar, a, b);
    } else if (op->opc == TCG_fcmp) {
        if (op->imm > 7) {
            avx_predicate(j, op, &s, scalar, a, b);
        } else {
            predicate(j, op, scalar, a, b);
        }
    } else {
        fp_arithmetic(j, op, scalar, V4, a, b);
        slow_if(j, &s, if_nan(j, op->sz, scalar, V4));
        if (op->opc != TCG_fsqrt) {
            exact_out(j, &s, op->sz, scalar, V4);
        }
    }
    slow_join(j, &s);
}

/* d = a op b where the host has x86's rules. */
static void afp_half(A64Jit *j, const TCGOp *op, unsigned d, unsigned a,
                     unsigned b)
{
    bool scalar = op->attr & OPA_SCALAR, sqrt = op->opc == TCG_fsqrt;
    unsigned to = scalar && sqrt && d != a ? V4 : d;
    A64Slow s = { .op = op, .reg = { a, b, 0, to } };

    slow_if(j, &s, if_fpx(j));
    if (to != d) {
        out_vmov(j, to, a);     /* the rest of a one-operand result is old */
    }
    fp_arithmetic(j, op, scalar, to, a, b);
    slow_join(j, &s);
    out_vmov(j, d, to);
}

static void lower_fp_afp(A64Jit *j, const TCGOp *op)
{
    unsigned a = vin(j, op->in[0]), b = vin(j, op->in[1]);
    unsigned d = vout(j, op->out[0]);
    const TCGOp *half = fp_half_op(j, op);

    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        vld_upper(j, V7, op->in[1]);
        afp_half(j, half, V6, V6, V7);
        vst_upper(j, V6, op->out[0]);
    }
    afp_half(j, half, d, a, b);
    vout_done(j, op, op->out[0], d);
}

void lower_fp(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b, d, c;
    const TCGOp *half;

    if (has(HF_AFP) && op->opc != TCG_fcmp) {
        fl_begin(j, op, 0);
        lower_fp_afp(j, op);
        fl_end(j, op, 0, false);
        return;
    }
    c = op->opc == TCG_fcmp && op->imm > 7 ? FL_NZCV : fp_clob();
    fl_begin(j, op, c);
    half = fp_half_op(j, op);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    if (op->vt == TCG_V256) {
        vld_upper(j, V6, op->in[0]);
        vld_upper(j, V7, op->in[1]);
        fp_half(j, half, V6, V7);
        vst_upper(j, V4, op->out[0]);
    }
    fp_half(j, half, a, b);
    if (op->attr & OPA_SCALAR) {
        out_scalar(j, op->sz, d, a);
    } else {
        out_vmov(j, d, V4);
    }
    vout_done(j, op, op->out[0], d);
    fl_end(j, op, c, false);
}

/* ---- comparisons into flags -------------------------------------------------------------- */

static void emit_unordered(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_movi(j, T0, 0x40000000);        /* ZF, CF by an inverted C */
    out_msr_nzcv(j, T0);
    if (st->op->fl_def & FL_P) {
        out_movi(j, R_PF, 0);
    }
    out_b(j, st->back);
}

static void emit_fcom_slow(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, NULL);
    fl_emit_load(j, st->op->fl_def, true);
    out_b(j, st->back);
}

void lower_fcom(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, b;
    A64Stub *slow, *un;
    A64Slow s = { .op = op };

    fl_begin(j, op, FL_ALL);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    s.reg[0] = a;
    s.reg[1] = b;
    slow = NULL;
    if (a64_fpx_seen) {
        slow = stub_new(j, emit_fcom_slow, if_fpx(j));
        slow->reg[0] = a;
        slow->reg[1] = b;
    }
    exact_in(j, &s, op->sz, true, a);
    exact_in(j, &s, op->sz, true, b);
    if (op->fl_def & FL_P) {
        out_movi(j, R_PF, 1);
        j->pf_bit = true;
    }
    if (op->fl_def & FL_A) {
        out_movi(j, R_AF, 0);
    }
    o32(j, 0x1e202000 | fp_ty(op->sz) | b << 16 | a << 5 |
        (op->attr & OPA_SIG ? 0x10 : 0));
    un = stub_new(j, emit_unordered, out_bcond(j, VS, NULL));
    if (op->fl_def & FL_S) {
        out_mrs_nzcv(j, T0);
        out_logic_imm(j, A_AND, false, T0, T0, a64_bitmask(0x7fffffff, false));
        out_msr_nzcv(j, T0);
    }
    un->back = j->p;
    if (slow) {
        slow->back = j->p;
    }
    slow_join(j, &s);
    fl_end(j, op, FL_ALL, true);
}
