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
    stub_return(j, st);
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
        stub_back(j, s->st[i]);
    }
}

/* ---- elements -------------------------------------------------------------------------- */

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

/* Branches if one of the n registers is a NaN. */
static uint32_t *if_nan(RVJit *j, unsigned sz, const uint8_t *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        out_rrr(j, F_EQ | fmt(sz), i ? T2 : T1, f[i], f[i]);
        if (i) {
            out_rrr(j, AND, T1, T1, T2);
        }
    }
    return out_beqz(j, T1);
}

static void load_elems(RVJit *j, unsigned sz, uint8_t *f, unsigned v,
                       unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        f[i] = fc_get(j, sz, voff(j, v) + (i << sz));
    }
}

static void store_elems(RVJit *j, unsigned sz, const uint8_t *f, unsigned v,
                        unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fc_put(j, sz, f[i], voff(j, v) + (i << sz));
    }
    fc_unlock(j);
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

static unsigned minmax(RVJit *j, const TCGOp *op, unsigned a, unsigned b)
{
    bool max = op->opc == TCG_fmax;
    unsigned r = fc_new(j);
    uint32_t *first, *end;

    out_rrr(j, F_LT | fmt(op->sz), T1, max ? b : a, max ? a : b);
    first = out_b_short(j, (RVCond){ BNE, T1, ZR }, NULL);
    out_rrr(j, F_SGNJ | fmt(op->sz), r, b, b);
    end = out_jal(j, ZR, NULL);
    out_bind(j, first, j->p);
    out_rrr(j, F_SGNJ | fmt(op->sz), r, a, a);
    out_bind(j, end, j->p);
    return r;
}

static unsigned arith(RVJit *j, const TCGOp *op, unsigned a, unsigned b)
{
    uint32_t w = op->opc == TCG_fadd ? F_ADD : op->opc == TCG_fsub ? F_SUB
               : op->opc == TCG_fmul ? F_MUL : F_DIV;
    unsigned r = fc_new(j);

    if (op->opc == TCG_fsqrt) {
        out_rrr(j, F_SQRT | fmt(op->sz), r, b, 0);
    } else {
        out_rrr(j, w | fmt(op->sz), r, a, b);
    }
    return r;
}

void lower_fp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool scalar = op->attr & OPA_SCALAR;
    bool select = op->opc == TCG_fmin || op->opc == TCG_fmax;
    unsigned a, b, d, n = scalar ? 1 : 16 >> op->sz;
    uint8_t fa[4] = { 0 }, fb[4], fr[4];
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    if (op->opc != TCG_fsqrt) {
        load_elems(j, op->sz, fa, a, n);
    }
    load_elems(j, op->sz, fb, b, n);
    for (unsigned i = 0; i < n; i++) {
        fr[i] = (select ? minmax : arith)(j, op, fa[i], fb[i]);
    }
    if (!select) {
        fp_slow_if(j, &s, op, if_nan(j, op->sz, fr, n), a, b, d);
    }
    store_elems(j, op->sz, fr, d, n);
    if (scalar) {
        copy_rest(j, op->sz, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* T1 = -1 if a and b compare so, else 0. */
static void predicate(RVJit *j, const TCGOp *op, unsigned a, unsigned b)
{
    uint32_t f = fmt(op->sz);
    bool not = op->imm >= 3 && op->imm != 7;

    switch (op->imm & 3) {
    case 0:
        out_rrr(j, F_EQ | f, T1, a, b);
        break;
    case 1:
        out_rrr(j, F_LT | f, T1, a, b);
        break;
    case 2:
        out_rrr(j, F_LE | f, T1, a, b);
        break;
    default:
        out_rrr(j, F_EQ | f, T1, a, a);
        out_rrr(j, F_EQ | f, T2, b, b);
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
    uint8_t fa[4], fb[4];
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || op->imm > 7 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    load_elems(j, op->sz, fa, a, n);
    load_elems(j, op->sz, fb, b, n);
    fc_unlock(j);
    for (unsigned i = 0; i < n; i++) {
        predicate(j, op, fa[i], fb[i]);
        out_st_env(j, op->sz, T1, voff(j, d) + (i << op->sz));
    }
    if (scalar) {
        copy_rest(j, op->sz, d, a);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ---- comparisons into flags -------------------------------------------------------------- */

/* The lowest element as an F register; until fc_unlock. */
static unsigned scalar_in(RVJit *j, unsigned sz, unsigned v)
{
    unsigned f;

    if (!rv_host.v) {
        return fc_get(j, sz, voff(j, v));
    }
    f = fc_new(j);
    fp_from_vec(j, sz, f, v);
    return f;
}

/* reg: operands, [3]: K_BOOL. */
static void emit_unordered(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    if (st->op->attr & OPA_SIG) {
        out_rrr(j, F_LT | fmt(st->op->sz), ZR, st->reg[0], st->reg[1]);
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
    stub_return(j, st);
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

/* Of F registers a and b. */
static void fcom_flags(RVJit *j, const TCGOp *op, int cc, RVFlags *f,
                       unsigned a, unsigned b)
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
                    R_FR, a, b);
        }
        return;
    }
    f->kind = K_FCOM;
    f->a.loc = f->b.loc = LOC_MEM;
    out_rrr(j, w | F_LT, R_FR, a, b);
    out_st_env(j, MO_64, R_FR, FLAG_A);
    out_st_env(j, MO_64, ZR, FLAG_B);
    out_rrr(j, w | F_EQ, R_FR, a, b);
}

void lower_fcom(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVStub *slow, *un;
    RVFlags f = { 0 };
    unsigned a, b, fa, fb;
    int cc = op->fl_def ? next_cc(j, op) : -1;

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op);
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    slow = stub_new(j, emit_fcom_slow, out_bnez(j, R_FPX));
    fa = scalar_in(j, op->sz, a);
    fb = scalar_in(j, op->sz, b);
    fc_unlock(j);
    out_rrr(j, F_EQ | fmt(op->sz), T1, fa, fa);
    out_rrr(j, F_EQ | fmt(op->sz), T2, fb, fb);
    out_rrr(j, AND, T1, T1, T2);
    un = stub_new(j, emit_unordered, out_beqz(j, T1));
    if (op->fl_def) {
        fcom_flags(j, op, cc, &f, fa, fb);
    }
    slow->reg[0] = a;
    slow->reg[1] = b;
    slow->reg[3] = un->reg[3] = cc >= 0;
    slow->reg[4] = cc >= 0 ? cc : 0;
    un->reg[0] = fa;
    un->reg[1] = fb;
    un->back = j->p;
    stub_back(j, slow);
    if (op->fl_def) {
        fl_end(j, op, &f);
    }
}

/* ---- conversions --------------------------------------------------------------------------- */

/* d = a with f as its lowest element. */
static void scalar_out(RVJit *j, unsigned sz, unsigned d, unsigned a,
                       unsigned f)
{
    if (rv_host.v) {
        out_vmov(j, d, a);
        fp_to_vec(j, sz, d, f);
    } else {
        fc_put(j, sz, f, voff(j, d));
        copy_rest(j, sz, d, a);
    }
    fc_unlock(j);
}

/* F_CVT words: integer from and to floating point. */
static uint32_t int_word(unsigned isz, unsigned sz)
{
    return fmt(sz) | (isz == MO_64 ? 2u << 20 : 0);
}

void lower_cvt_i2f(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, r, d, f;
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
    f = fc_new(j);
    out_rrr(j, F_CVT_F_I | int_word(op->imm, op->sz) | F_DYN, f, r, 0);
    scalar_out(j, op->sz, d, a, f);
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* T1 = fa as an integer; a branch if that may be a saturated one. */
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
    unsigned a, rd, f;
    RVSlow s = { .n = 0 };

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, T1);
    f = scalar_in(j, op->sz, a);
    fc_unlock(j);
    fp_slow_if(j, &s, op, out_f2i(j, op, op->sz, op->imm, f), a, 0, T1);
    fp_slow_join(j, &s);
    rd = out_reg(j, op->out[0]);
    out_zext(j, op->imm, rd, T1);
    out_done(j, op->out[0], rd);
}

/* sz 2: f32 to f64, sz 3: f64 to f32, of in1. */
void lower_cvt_f2f(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned to = op->sz == MO_32 ? MO_64 : MO_32, a, b, d;
    uint8_t f;
    RVSlow s = { .n = 0 };

    if (!rv_host.v && !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    b = vin(j, op->in[1]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, b, d);
    f = fc_new(j);
    out_rrr(j, to == MO_64 ? F_CVT_D_S : F_CVT_S_D, f,
            scalar_in(j, op->sz, b), to == MO_64 ? 0 : 1);
    fp_slow_if(j, &s, op, if_nan(j, to, &f, 1), a, b, d);
    scalar_out(j, to, d, a, f);
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}

/* ---- packed conversions, 128 bits ----------------------------------------------------------- */

static void packed_i2f(RVJit *j, const TCGOp *op, unsigned a, unsigned n,
                       unsigned to, uint8_t *f)
{
    for (unsigned i = 0; i < n; i++) {
        out_ld_env(j, MO_32, T1, voff(j, a) + 4 * i);
        f[i] = fc_new(j);
        out_rrr(j, F_CVT_F_I | int_word(MO_32, to) | F_DYN, f[i], T1, 0);
    }
}

static void packed_f2f(RVJit *j, const TCGOp *op, unsigned a, unsigned n,
                       unsigned to, uint8_t *f)
{
    unsigned sz = to == MO_64 ? MO_32 : MO_64;

    for (unsigned i = 0; i < n; i++) {
        f[i] = fc_new(j);
        out_rrr(j, to == MO_64 ? F_CVT_D_S : F_CVT_S_D, f[i],
                fc_get(j, sz, voff(j, a) + (i << sz)), to == MO_64 ? 0 : 1);
    }
}

void lower_cvt_packed(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool dbl = op->opc == TCG_cvt_dq2pd || op->opc == TCG_cvt_ps2pd;
    bool f2f = op->opc == TCG_cvt_ps2pd || op->opc == TCG_cvt_pd2ps;
    unsigned to = dbl ? MO_64 : MO_32, a, d;
    unsigned n = op->opc == TCG_cvt_dq2ps ? 4 : 2;
    uint8_t f[4];
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    (f2f ? packed_f2f : packed_i2f)(j, op, a, n, to, f);
    if (f2f) {
        fp_slow_if(j, &s, op, if_nan(j, to, f, n), a, 0, d);
    }
    store_elems(j, to, f, d, n);
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
    uint8_t f[4];
    RVSlow s = { .n = 0 };

    if (op->vt == TCG_V256 || !near_op(j, op)) {
        lower_fallback(j, op, x);
        return;
    }
    a = vin(j, op->in[0]);
    d = vout(j, op->out[0]);
    fp_slow_if(j, &s, op, out_bnez(j, R_FPX), a, 0, d);
    for (unsigned i = 0; i < n; i++) {
        f[i] = fc_get(j, sz, voff(j, a) + (i << sz));
        fp_slow_if(j, &s, op, out_f2i(j, op, sz, MO_32, f[i]), a, 0, d);
        f[i] = fc_new(j);
        out_rrr(j, F_MV_W_X, f[i], T1, 0);
    }
    store_elems(j, MO_32, f, d, n);
    if (sz == MO_64) {
        out_st_env(j, MO_64, ZR, voff(j, d) + 8);
    }
    fp_slow_join(j, &s);
    vout_done(j, op, op->out[0], d);
}
