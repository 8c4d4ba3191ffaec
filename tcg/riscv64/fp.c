/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of SSE floating point for hosts without the V extension: elements
 * go through F registers.  While MXCSR is at its default (R_FPX is zero) the
 * host computes; a NaN result, whose payload rules differ, and whatever else
 * the two disagree on goes to the reference out of line.  The sticky exception
 * bits collect in fflags and are joined with MXCSR's whenever C code runs.
 * Not seen here: DE, for which the host has no bit.
 *
 * Results stay in F registers until all were checked: the reference wants the
 * operands unchanged.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-fp.h"

/* ---- the slow way -------------------------------------------------------------------- */

/* reg: up to two inputs, [2] = the result's register. */
static void emit_fp_slow(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, st->reg + 2);
    if (st->vtype != VT_NONE) {
        vtype_set(j, st->vtype);
    }
    out_jal(j, ZR, st->back);
}

void fp_slow_if(RVJit *j, RVSlow *s, const TCGOp *op, uint32_t *loc,
                unsigned a, unsigned b, unsigned d)
{
    RVStub *st = stub_new(j, emit_fp_slow, loc);

    st->op = op;
    st->reg[0] = a;
    st->reg[1] = b;
    st->reg[2] = d;
    s->st[s->n++] = st;
}

void fp_slow_join(RVJit *j, RVSlow *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        s->st[i]->back = j->p;
        s->st[i]->vtype = j->vtype;
    }
}

/* ---- elements -------------------------------------------------------------------------- */

/* Element i of "register" v, or of the upper half at env offset up. */
static void out_fld(RVJit *j, unsigned sz, unsigned f, int32_t off)
{
    out_rri(j, sz == MO_64 ? FLD : FLW, f, R_ENV, off - ENV_BIAS);
}

static void out_fst(RVJit *j, unsigned sz, unsigned f, int32_t off)
{
    out_st(j, sz == MO_64 ? FSD : FSW, f, R_ENV, off - ENV_BIAS);
}

/* The env's near part is all that F loads reach. */
static bool reaches(int32_t off)
{
    return imm12(off - ENV_BIAS) && imm12(off - ENV_BIAS + 16);
}

static bool near_op(RVJit *j, const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    for (unsigned k = 0; k < def->nb_in; k++) {
        if (def->ins[k] == 'v' && ra_pin(&j->ra, op->in[k]) >= 0 &&
            !reaches(voff(j, ra_pin(&j->ra, op->in[k])))) {
            return false;
        }
    }
    for (unsigned k = 0; k < def->nb_out; k++) {
        if (def->outs[k] == 'v' && ra_pin(&j->ra, op->out[k]) >= 0 &&
            !reaches(voff(j, ra_pin(&j->ra, op->out[k])))) {
            return false;
        }
    }
    return true;
}

/* T1 = f[0] to f[n - 1] are no NaNs. */
static uint32_t *if_nan(RVJit *j, unsigned sz, unsigned f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        out_rrr(j, F_EQ | fmt(sz), i ? T2 : T1, f + i, f + i);
        if (i) {
            out_rrr(j, AND, T1, T1, T2);
        }
    }
    return out_beqz(j, T1);
}

/* The elements above the lowest, if the result is elsewhere. */
static void copy_rest(RVJit *j, unsigned sz, unsigned d, unsigned a)
{
    if (d == a) {
        return;
    }
    if (sz == MO_32) {
        out_ld_env(j, MO_32, T1, voff(j, a) + 4);
        out_st_env(j, MO_32, T1, voff(j, d) + 4);
    }
    out_ld_env(j, MO_64, T1, voff(j, a) + 8);
    out_st_env(j, MO_64, T1, voff(j, d) + 8);
}

/* ---- arithmetic -------------------------------------------------------------------------- */

/* F registers: a in FA + i, b in FB + i; results over a's. */
enum { FA = 0, FB = 10 };

static void minmax(RVJit *j, const TCGOp *op, unsigned i)
{
    bool max = op->opc == TCG_fmax;
    uint32_t *keep;

    out_rrr(j, F_LT | fmt(op->sz), T1, max ? FB + i : FA + i,
            max ? FA + i : FB + i);
    keep = out_b_short(j, (RVCond){ BNE, T1, ZR }, NULL);
    out_rrr(j, F_SGNJ | fmt(op->sz), FA + i, FB + i, FB + i);
    out_bind(j, keep, j->p);
}

static void arith(RVJit *j, const TCGOp *op, unsigned n)
{
    uint32_t w = op->opc == TCG_fadd ? F_ADD : op->opc == TCG_fsub ? F_SUB
               : op->opc == TCG_fmul ? F_MUL : F_DIV;

    for (unsigned i = 0; i < n; i++) {
        if (op->opc == TCG_fsqrt) {
            out_rrr(j, F_SQRT | fmt(op->sz), FA + i, FB + i, 0);
        } else {
            out_rrr(j, w | fmt(op->sz), FA + i, FA + i, FB + i);
        }
    }
}

void lower_fp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool scalar = op->attr & OPA_SCALAR, sqrt = op->opc == TCG_fsqrt;
    bool select = op->opc == TCG_fmin || op->opc == TCG_fmax;
    unsigned a, b, d, n = scalar ? 1 : 16 >> op->sz;
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    for (unsigned i = 0; i < n; i++) {
        if (!sqrt) {
            out_fld(j, op->sz, FA + i, voff(j, a) + (i << op->sz));
        }
        if (a == b && !sqrt) {
            out_rrr(j, F_SGNJ | fmt(op->sz), FB + i, FA + i, FA + i);
        } else {
            out_fld(j, op->sz, FB + i, voff(j, b) + (i << op->sz));
        }
    }
    if (select) {
        for (unsigned i = 0; i < n; i++) {
            minmax(j, op, i);
        }
    } else {
        arith(j, op, n);
        fp_slow_if(j, &s, op, if_nan(j, op->sz, FA, n), a, b, d);
    }
    for (unsigned i = 0; i < n; i++) {
        out_fst(j, op->sz, FA + i, voff(j, d) + (i << op->sz));
    }
    if (scalar) {
        copy_rest(j, op->sz, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* T1 = -1 if element i of FA, FB compares so, else 0. */
static void predicate(RVJit *j, const TCGOp *op)
{
    uint32_t f = fmt(op->sz);
    bool not = op->imm >= 3 && op->imm != 7;

    switch (op->imm & 3) {
    case 0:
        out_rrr(j, F_EQ | f, T1, FA, FB);
        break;
    case 1:
        out_rrr(j, F_LT | f, T1, FA, FB);
        break;
    case 2:
        out_rrr(j, F_LE | f, T1, FA, FB);
        break;
    default:
        out_rrr(j, F_EQ | f, T1, FA, FA);
        out_rrr(j, F_EQ | f, T2, FB, FB);
        out_rrr(j, AND, T1, T1, T2);
        break;
    }
    if (not) {
        out_rri(j, ADDI, T1, T1, -1);
    } else {
        out_rrr(j, SUB, T1, ZR, T1);
    }
}

void lower_fcmp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool scalar = op->attr & OPA_SCALAR;
    unsigned a, b, d, n = scalar ? 1 : 16 >> op->sz;
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || op->imm > 7 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    for (unsigned i = 0; i < n; i++) {
        out_fld(j, op->sz, FA, voff(j, a) + (i << op->sz));
        out_fld(j, op->sz, FB, voff(j, b) + (i << op->sz));
        predicate(j, op);
        out_st_env(j, op->sz, T1, voff(j, d) + (i << op->sz));
    }
    if (scalar) {
        copy_rest(j, op->sz, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ---- comparisons into flags -------------------------------------------------------------- */

/* reg[3]: K_BOOL. */
static void emit_unordered(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    if (st->op->attr & OPA_SIG) {
        out_rrr(j, F_LT | fmt(st->op->sz), ZR, FA, FB);
    }
    if (st->op->fl_def) {
        out_rri(j, ADDI, R_FR, ZR, 1);
    }
    if (st->op->fl_def && !st->reg[3]) {
        out_st_env(j, MO_64, R_FR, FLAG_A);
        out_st_env(j, MO_64, R_FR, FLAG_B);
    }
    out_jal(j, ZR, st->back);
}

static void emit_fcom_slow(RVJit *j, RVStub *st)
{
    RVCond c;

    out_bind(j, st->loc, j->p);
    emit_ref_keep(j, st->op, st->reg, NULL);
    if (st->vtype != VT_NONE) {
        vtype_set(j, st->vtype);
    }
    if (st->reg[3]) {
        j->fl_h = 0;
        j->fl_m = FL_ALL;
        c = fl_cond(j, st->op, st->reg[4]);
        out_setcond(j, R_FR, c);
    } else if (st->op->fl_def) {
        out_ld_env(j, MO_32, T1, ENVOFF(flags));
        out_rri(j, SRLI, R_FR, T1, 14);
        out_rri(j, ANDI, R_FR, R_FR, 1);
        out_rri(j, ANDI, T2, T1, FLHOME_C);
        out_st_env(j, MO_64, T2, FLAG_A);
        out_rri(j, ANDI, T2, T1, FLHOME_P);
        out_st_env(j, MO_64, T2, FLAG_B);
    }
    out_jal(j, ZR, st->back);
}

/* The condition of the one reader, which is next; or -1. */
static int next_cc(RVJit *j, const TCGOp *op)
{
    const TCGOp *n = op + 1;

    if (!fl_fused(j, op)) {
        return -1;
    }
    while (n->opc == TCG_insn_start) {
        n++;
    }
    switch (n->cond & ~1u) {
    case CC_C:
    case CC_Z:
    case CC_BE:
    case CC_P:
        return n->cond & ~1u;
    default:
        return -1;
    }
}

/* FA, FB hold the operands. */
static void fcom_flags(RVJit *j, const TCGOp *op, int cc, RVFlags *f)
{
    uint32_t w = fmt(op->sz);

    f->sz = MO_64;
    f->r.loc = R_FR;
    if (cc >= 0) {
        f->kind = K_BOOL;
        if (cc == CC_P) {
            out_mv(j, R_FR, ZR);
        } else {
            out_rrr(j, w | (cc == CC_C ? F_LT : cc == CC_Z ? F_EQ : F_LE),
                    R_FR, FA, FB);
        }
        return;
    }
    f->kind = K_FCOM;
    f->a.loc = f->b.loc = LOC_MEM;
    out_rrr(j, w | F_LT, R_FR, FA, FB);
    out_st_env(j, MO_64, R_FR, FLAG_A);
    out_st_env(j, MO_64, ZR, FLAG_B);
    out_rrr(j, w | F_EQ, R_FR, FA, FB);
}

void lower_fcom(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVStub *slow, *un;
    RVFlags f = { 0 };
    unsigned a, b;
    int cc = op->fl_def ? next_cc(j, op) : -1;

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    slow = stub_new(j, emit_fcom_slow, out_bnez(j, R_FPX));
    if (rv_host.v) {
        fp_from_vec(j, op->sz, FA, a);
        fp_from_vec(j, op->sz, FB, b);
    } else {
        out_fld(j, op->sz, FA, voff(j, a));
        out_fld(j, op->sz, FB, voff(j, b));
    }
    out_rrr(j, F_EQ | fmt(op->sz), T1, FA, FA);
    out_rrr(j, F_EQ | fmt(op->sz), T2, FB, FB);
    out_rrr(j, AND, T1, T1, T2);
    un = stub_new(j, emit_unordered, out_beqz(j, T1));
    if (op->fl_def) {
        fcom_flags(j, op, cc, &f);
    }
    slow->reg[0] = a;
    slow->reg[1] = b;
    slow->reg[3] = un->reg[3] = cc >= 0;
    slow->reg[4] = cc >= 0 ? cc : 0;
    slow->back = un->back = j->p;
    slow->vtype = j->vtype;
    if (op->fl_def) {
        fl_end(j, op, &f);
    }
}

/* ---- conversions --------------------------------------------------------------------------- */

/* F_CVT words: integer from and to floating point. */
static uint32_t int_word(unsigned isz, unsigned sz)
{
    return fmt(sz) | (isz == MO_64 ? 2u << 20 : 0);
}

void lower_cvt_i2f(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, r, d;
    RVSlow s = { .n = 0 };

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    r = inz(j, op->in[1]);
    d = vout(j, op->out[0]);
    /* Doubles hold any 32-bit integer. */
    if (op->sz == MO_32 || op->imm == MO_64) {
        fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, r, d);
    }
    out_rrr(j, F_CVT_F_I | int_word(op->imm, op->sz) | F_DYN, FA, r, 0);
    if (rv_host.v) {
        out_vmov(j, d, a);
        fp_to_vec(j, op->sz, d, FA);
    } else {
        out_fst(j, op->sz, FA, voff(j, d));
        copy_rest(j, op->sz, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* T1 = FA as an integer; a branch if that may be a saturated one. */
static uint32_t *out_f2i(RVJit *j, const TCGOp *op, unsigned sz,
                         unsigned isz, unsigned fa)
{
    bool sf = isz == MO_64;

    out_rrr(j, F_CVT_I_F | int_word(isz, sz) |
            (op->attr & OPA_TRUNC ? F_RTZ : F_DYN), T1, fa, 0);
    out_rri(j, sf ? SRAI : SRAIW, T2, T1, sf ? 63 : 31);
    out_rrr(j, XOR, T2, T2, T1);
    out_rri(j, sf ? ADDI : ADDIW, T2, T2, 1);
    return out_b(j, (RVCond){ BLT, T2, ZR }, NULL);
}

void lower_cvt_f2i(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, rd;
    RVSlow s = { .n = 0 };

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, T1);
    if (rv_host.v) {
        fp_from_vec(j, op->sz, FA, a);
    } else {
        out_fld(j, op->sz, FA, voff(j, a));
    }
    fp_slow_if(j, &s, op, out_f2i(j, op, op->sz, op->imm, FA), a, 0, T1);
    fp_slow_join(j, &s);
    rd = out_reg(j, op->out[0]);
    out_zext(j, op->imm, rd, T1);
    out_done(j, op->out[0], rd);
}

/* sz 2: f32 to f64, sz 3: f64 to f32, of in1. */
void lower_cvt_f2f(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned to = op->sz == MO_32 ? MO_64 : MO_32, a, b, d;
    RVSlow s = { .n = 0 };

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    if (rv_host.v) {
        fp_from_vec(j, op->sz, FA, b);
    } else {
        out_fld(j, op->sz, FA, voff(j, b));
    }
    out_rrr(j, to == MO_64 ? F_CVT_D_S : F_CVT_S_D, FA, FA,
            to == MO_64 ? 0 : 1);
    fp_slow_if(j, &s, op, if_nan(j, to, FA, 1), a, b, d);
    if (rv_host.v) {
        out_vmov(j, d, a);
        fp_to_vec(j, to, d, FA);
    } else {
        out_fst(j, to, FA, voff(j, d));
        copy_rest(j, to, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ---- packed conversions, 128 bits ----------------------------------------------------------- */

static void packed_i2f(RVJit *j, const TCGOp *op, unsigned a, unsigned n,
                       unsigned to)
{
    for (unsigned i = 0; i < n; i++) {
        out_ld_env(j, MO_32, T1, voff(j, a) + 4 * i);
        out_rrr(j, F_CVT_F_I | int_word(MO_32, to) | F_DYN, FA + i, T1, 0);
    }
}

static void packed_f2f(RVJit *j, const TCGOp *op, unsigned a, unsigned n,
                       unsigned to)
{
    unsigned sz = to == MO_64 ? MO_32 : MO_64;

    for (unsigned i = 0; i < n; i++) {
        out_fld(j, sz, FA + i, voff(j, a) + (i << sz));
        out_rrr(j, to == MO_64 ? F_CVT_D_S : F_CVT_S_D, FA + i, FA + i,
                to == MO_64 ? 0 : 1);
    }
}

void lower_cvt_packed(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool dbl = op->opc == TCG_cvt_dq2pd || op->opc == TCG_cvt_ps2pd;
    bool f2f = op->opc == TCG_cvt_ps2pd || op->opc == TCG_cvt_pd2ps;
    unsigned to = dbl ? MO_64 : MO_32, a, d;
    unsigned n = op->opc == TCG_cvt_dq2ps ? 4 : 2;
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    (f2f ? packed_f2f : packed_i2f)(j, op, a, n, to);
    if (f2f) {
        fp_slow_if(j, &s, op, if_nan(j, to, FA, n), a, 0, d);
    }
    for (unsigned i = 0; i < n; i++) {
        out_fst(j, to, FA + i, voff(j, d) + (i << to));
    }
    if (op->opc == TCG_cvt_pd2ps) {
        out_st_env(j, MO_64, ZR, voff(j, d) + 8);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ps2dq, pd2dq: results wait in F registers, as bit patterns. */
void lower_cvt_to_dq(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned sz = op->opc == TCG_cvt_ps2dq ? MO_32 : MO_64;
    unsigned a, d, n = 16 >> sz;
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    for (unsigned i = 0; i < n; i++) {
        out_fld(j, sz, FA + i, voff(j, a) + (i << sz));
        fp_slow_if(j, &s, op, out_f2i(j, op, sz, MO_32, FA + i), a, 0, d);
        out_rrr(j, F_MV_W_X, FA + i, T1, 0);
    }
    for (unsigned i = 0; i < n; i++) {
        out_fst(j, MO_32, FA + i, voff(j, d) + 4 * i);
    }
    if (sz == MO_64) {
        out_st_env(j, MO_64, ZR, voff(j, d) + 8);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}
