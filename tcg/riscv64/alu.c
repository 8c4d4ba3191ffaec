/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer moves and arithmetic.  A 32-bit result is computed
 * sign-extended, as the host's *W instructions do, which is what flags are
 * made of, and zero-extended into the guest's register.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

void merge_done(RVJit *j, const TCGOp *op, unsigned src)
{
    TCGRef d = op->out[0], a = op->in[0];
    unsigned rd, r;

    if (is_const(j, a) && !(const_val(j, a) & ~mask_of(op->sz))) {
        rd = out_reg(j, d);
        out_zext(j, op->sz, rd, src);
    } else {
        r = ra_in(&j->ra, a);
        out_rrr(j, XOR, T1, r, src);
        out_zext(j, op->sz, T1, T1);
        rd = out_reg(j, d);
        out_rrr(j, XOR, rd, r, T1);
    }
    out_done(j, d, rd);
}

bool upper_dead(const RVJit *j, const TCGOp *op)
{
    const TCGOp *n = op + 1, *end = j->s->ops + j->s->nb_ops;

    while (n < end && n->opc == TCG_insn_start) {
        n++;
    }
    if (n >= end || op->sz != MO_32 || n->sz != MO_32 ||
        n->out[0] != op->out[0]) {
        return false;
    }
    switch (n->opc) {
    case TCG_add: case TCG_sub: case TCG_adc: case TCG_sbb: case TCG_and:
    case TCG_or: case TCG_xor: case TCG_neg: case TCG_not: case TCG_inc:
    case TCG_dec: case TCG_shl: case TCG_shr: case TCG_sar: case TCG_rol:
    case TCG_ror: case TCG_mul: case TCG_mov:
        return true;
    default:
        return false;
    }
}

/* ---- moves ------------------------------------------------------------------- */

void lower_mov(RVJit *j, const TCGOp *op, const RVOp *x)
{
    TCGRef d = op->out[0], a = op->in[0];
    unsigned rd, r;

    if (is_const(j, a)) {
        uint64_t v = const_val(j, a);

        rd = out_reg(j, d);
        out_movi(j, rd, op->sz == MO_32 ? (uint32_t)v : v);
    } else {
        r = ra_in(&j->ra, a);
        rd = out_reg(j, d);
        out_zext(j, op->sz, rd, r);
    }
    out_done(j, d, rd);
}

void lower_ext_u(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = inz(j, op->in[0]), rd = out_reg(j, op->out[0]);

    out_zext(j, op->sz, rd, r);
    out_done(j, op->out[0], rd);
}

void lower_ext_s(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = inz(j, op->in[0]), rd = out_reg(j, op->out[0]);

    out_sext(j, op->sz, rd, r);
    if (op->imm < MO_64) {
        out_zext(j, op->imm, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

/* rd = len bits of r from pos on. */
static void out_field(RVJit *j, unsigned rd, unsigned r, unsigned pos,
                      unsigned len)
{
    if (len == 64) {
        out_mv(j, rd, r);
    } else if (pos + len == 64) {
        out_rri(j, SRLI, rd, r, pos);
    } else if (pos == 0 && len < 12) {
        out_rri(j, ANDI, rd, r, (1 << len) - 1);
    } else if (pos == 0 && (len == 16 || len == 32)) {
        out_zext(j, len == 16 ? MO_16 : MO_32, rd, r);
    } else if (pos + len == 32) {
        out_rri(j, SRLIW, rd, r, pos);
        if (pos == 0) {
            out_zext(j, MO_32, rd, rd);
        }
    } else if (len < 12) {
        out_rri(j, SRLI, rd, r, pos);
        out_rri(j, ANDI, rd, rd, (1 << len) - 1);
    } else {
        out_rri(j, SLLI, rd, r, 64 - pos - len);
        out_rri(j, SRLI, rd, rd, 64 - len);
    }
}

void lower_extract(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned pos = op->imm & 63, len = op->imm >> 8 & 0xff;
    unsigned r = inz(j, op->in[0]), rd = out_reg(j, op->out[0]);

    if (len == 0) {
        out_mv(j, rd, ZR);
    } else {
        out_field(j, rd, r, pos, MIN(len, 64 - pos));
    }
    out_done(j, op->out[0], rd);
}

/* a ^ (((a >> pos) ^ b) & mask) << pos */
void lower_deposit(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned pos = op->imm & 63, len = op->imm >> 8 & 0xff;
    unsigned a = inz(j, op->in[0]), b = inz(j, op->in[1]), rd;

    len = MIN(len, 64 - pos);
    if (len == 0 || len == 64) {
        rd = out_reg(j, op->out[0]);
        out_mv(j, rd, len ? b : a);
        out_done(j, op->out[0], rd);
        return;
    }
    if (pos) {
        out_rri(j, SRLI, T0, a, pos);
        out_rrr(j, XOR, T0, T0, b);
    } else {
        out_rrr(j, XOR, T0, a, b);
    }
    if (pos == 0 && (len < 12 || len == 16 || len == 32)) {
        out_field(j, T0, T0, 0, len);
    } else {
        out_rri(j, SLLI, T0, T0, 64 - len);
        if (64 - len != pos) {
            out_rri(j, SRLI, T0, T0, 64 - len - pos);
        }
        pos = 0;
    }
    g_assert(pos == 0);
    rd = out_reg(j, op->out[0]);
    out_rrr(j, XOR, rd, a, T0);
    out_done(j, op->out[0], rd);
}

/* rd = register + k, as op's size wants it. */
static void lea_sum(RVJit *j, const TCGOp *op, unsigned b, uint64_t k)
{
    unsigned rd = out_reg(j, op->out[0]);

    if (op->sz == MO_64) {
        out_addi(j, rd, b, k, T1);
    } else if (upper_dead(j, op)) {
        out_addi(j, rd, b, (int32_t)k, T1);
    } else {
        out_addi(j, T0, b, (int32_t)k, T1);
        out_zext(j, MO_32, rd, T0);
    }
    out_done(j, op->out[0], rd);
}

void lower_lea(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVAddr a = addr_parts(j, &op->mem);
    unsigned rd, b, i;

    if (a.base == TCG_NONE && a.index == TCG_NONE) {
        rd = out_reg(j, op->out[0]);
        out_movi(j, rd, op->sz == MO_32 ? (uint32_t)a.disp : a.disp);
        out_done(j, op->out[0], rd);
    } else if (a.base != TCG_NONE && a.index != TCG_NONE && !a.disp &&
               op->sz == MO_64) {
        b = ra_in(&j->ra, a.base);
        i = ra_in(&j->ra, a.index);
        rd = out_reg(j, op->out[0]);
        out_shadd(j, op->mem.scale, rd, i, b, T0);
        out_done(j, op->out[0], rd);
    } else {
        b = addr_sum(j, &op->mem, &a);
        lea_sum(j, op, b, a.disp);
    }
}

/* ---- the arithmetic core --------------------------------------------------------- */

RVOpnd alu_src(RVJit *j, TCGRef r, unsigned sz, bool neg)
{
    RVOpnd s = { .imm = false };

    if (is_const(j, r)) {
        s.known = true;
        s.v = sext_of(sz, const_val(j, r));
        if (imm12(s.v) && (!neg || imm12(-s.v))) {
            s.imm = true;
            return s;
        }
    }
    s.reg = inz(j, r);
    return s;
}

void emit_alu(RVJit *j, unsigned kind, unsigned sz, unsigned rd, unsigned a,
              RVOpnd b)
{
    static const struct {
        uint32_t r, i;
    } w[] = {
        [TCG_RMW_ADD] = { ADD, ADDI }, [TCG_RMW_SUB] = { SUB, ADDI },
        [TCG_RMW_AND] = { AND, ANDI }, [TCG_RMW_OR] = { OR, ORI },
        [TCG_RMW_XOR] = { XOR, XORI },
    };
    bool arith = kind == TCG_RMW_ADD || kind == TCG_RMW_SUB;
    uint32_t wide32 = arith && sz == MO_32 ? W : 0;

    if (b.imm) {
        out_rri(j, w[kind].i | wide32, rd, a,
                kind == TCG_RMW_SUB ? -b.v : b.v);
    } else {
        out_rrr(j, w[kind].r | wide32, rd, a, b.reg);
    }
}

/* Copies source reg to a place that survives the op: T2 if the reader is
 * next, else the env. */
static RVSrc hold(RVJit *j, unsigned sz, unsigned reg, int32_t place,
                  bool fused)
{
    if (reg == ZR) {
        return (RVSrc){ .loc = ZR };
    }
    if (fused) {
        out_sext(j, sz, T2, reg);
        return (RVSrc){ .loc = T2 };
    }
    if (sz != MO_64) {
        out_sext(j, sz, T2, reg);
        reg = T2;
    }
    out_st_env(j, MO_64, reg, place);
    return (RVSrc){ .loc = LOC_MEM };
}

static bool is_guest_reg(const RVJit *j, unsigned reg)
{
    return reg == ZR || (reg >= 8 && reg < 24);
}

/* A source of flags: in place if it is a guest's register, which rd is not. */
static RVSrc keep(RVJit *j, unsigned sz, unsigned reg, unsigned rd,
                  int32_t place, bool fused)
{
    if (reg != rd && is_guest_reg(j, reg)) {
        return (RVSrc){ .loc = reg, .raw = sz != MO_64 };
    }
    return hold(j, sz, reg, place, fused);
}

static RVSrc keep_b(RVJit *j, RVFlags *f, unsigned sz, RVOpnd b, unsigned rd,
                    bool fused)
{
    if (b.known) {
        f->kb = b.v;
        return (RVSrc){ .loc = LOC_CONST };
    }
    return keep(j, sz, b.reg, rd, FLAG_B, fused);
}

/* What of an addition's or subtraction's operands flags fl need; rd is about
 * to change.  T2 may hold one of them for a reader that is next. */
void addsub_sources(RVJit *j, RVFlags *f, unsigned kind, unsigned sz,
                    unsigned fl, unsigned a, RVOpnd b, unsigned rd,
                    bool fused)
{
    bool sub = kind == TCG_RMW_SUB;
    bool both = fl & (FL_O | FL_A) || (sub && (fl & FL_C));

    f->a.loc = f->b.loc = LOC_NONE;
    if (!both && !(fl & FL_C)) {
        return;
    }
    if (both) {
        /* T2 holds one of them at most. */
        bool second = fused && !b.known &&
                      (b.reg == rd || !is_guest_reg(j, b.reg));

        f->a = keep(j, sz, a, rd, FLAG_A, fused && !second);
        f->b = keep_b(j, f, sz, b, rd, fused);
    } else {
        f->b = keep_b(j, f, sz, b, rd, fused);
    }
}

/* The op's result is in reg, sign-extended (sz 2 and less: not yet below). */
static RVSrc result_src(RVJit *j, unsigned sz, unsigned reg)
{
    if (sz < MO_32) {
        out_sext(j, sz, R_FR, reg);
        return (RVSrc){ .loc = R_FR };
    }
    if (sz == MO_64 && !is_guest_reg(j, reg)) {
        out_mv(j, R_FR, reg);
        reg = R_FR;
    }
    return (RVSrc){ .loc = reg };
}

static bool is_logic(unsigned kind)
{
    return kind == TCG_RMW_AND || kind == TCG_RMW_OR || kind == TCG_RMW_XOR;
}

/* x->arg = kind. */
static void alu(RVJit *j, const TCGOp *op, unsigned kind, unsigned a, RVOpnd b)
{
    unsigned sz = op->sz, fl = op->fl_def, rd, t;
    bool fused = fl && fl_fused(j, op);
    RVFlags f = { .sz = sz, .kind = is_logic(kind) ? K_LOGIC
                            : kind == TCG_RMW_ADD ? K_ADD : K_SUB };
    int pin = ra_pin(&j->ra, op->out[0]);

    rd = sz == MO_64 || pin >= 0 ? out_reg(j, op->out[0]) : 0;
    t = sz == MO_64 ? rd : sz == MO_32 && fl ? R_FR : T0;
    if (sz == MO_32 && !fl && pin >= 0 && upper_dead(j, op)) {
        t = rd;
    }
    if (fl && !is_logic(kind)) {
        addsub_sources(j, &f, kind, sz, fl, a, b, pin >= 0 ? pin : (int)rd,
                       fused);
    }
    emit_alu(j, kind, sz, t, a, b);
    if (sz == MO_32 && fl && is_logic(kind)) {
        out_sext(j, MO_32, R_FR, t);
    }
    if (fl) {
        f.r = result_src(j, sz, t);
    }
    if (sz < MO_32) {
        merge_done(j, op, t);
    } else if (sz == MO_32) {
        rd = rd ? rd : out_reg(j, op->out[0]);
        out_result(j, op, rd, t);
        out_done(j, op->out[0], rd);
    } else {
        out_done(j, op->out[0], rd);
    }
    fl_end(j, op, &f);
}

void lower_alu(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned kind = x->arg, a;
    RVOpnd b;

    fl_begin(j, op);
    b = alu_src(j, op->in[1], op->sz, kind == TCG_RMW_SUB);
    a = inz(j, op->in[0]);
    alu(j, op, kind, a, b);
}

void lower_neg(RVJit *j, const TCGOp *op, const RVOp *x)
{
    fl_begin(j, op);
    alu(j, op, TCG_RMW_SUB, ZR, (RVOpnd){ .reg = inz(j, op->in[0]) });
}

void lower_inc(RVJit *j, const TCGOp *op, const RVOp *x)
{
    fl_begin(j, op);
    alu(j, op, x->arg, inz(j, op->in[0]),
        (RVOpnd){ .imm = true, .known = true, .v = 1 });
}

/* T2 = CF as a number; flags that op leaves alone are saved. */
static void carry_in(RVJit *j, const TCGOp *op)
{
    unsigned stay = op->fl_live & ~op->fl_def & j->fl_h & ~j->fl_m;

    fl_carry(j, T2);
    if (op->fl_def && stay) {
        out_st_env(j, MO_64, T2, FLAG_TMP);
        fl_save_for(j, stay, op->fl_live & ~op->fl_def);
        out_ld_env(j, MO_64, T2, FLAG_TMP);
    }
    if (op->fl_def) {
        j->fl_h = 0;
    }
}

/* R_FR = a and b and T2, added or subtracted; FLAG_A = the carry of either
 * step. */
static void carry_steps(RVJit *j, unsigned sz, bool sub, unsigned a,
                        unsigned b)
{
    uint32_t w = wide(sz, sub ? SUB : ADD);

    out_rrr(j, w, R_FR, a, b);
    out_rrr(j, SLTU, T3, sub ? a : R_FR, sub ? b : a);
    out_st_env(j, MO_64, T3, FLAG_A);
    if (sub) {
        out_rrr(j, SLTU, T3, R_FR, T2);
        out_rrr(j, w, R_FR, R_FR, T2);
    } else {
        out_rrr(j, w, R_FR, R_FR, T2);
        out_rrr(j, SLTU, T3, R_FR, T2);
    }
    out_ld_env(j, MO_64, T2, FLAG_A);
    out_rrr(j, OR, T3, T3, T2);
    out_st_env(j, MO_64, T3, FLAG_A);
}

/* OF and AF of R_FR = a +- b +- carry. */
static void carry_flags(RVJit *j, unsigned fl, bool sub, unsigned a,
                        unsigned b, RVFlags *f)
{
    out_rrr(j, XOR, T2, a, b);
    if (fl & FL_A) {
        out_rrr(j, XOR, T3, T2, R_FR);
        out_st_env(j, MO_64, T3, FLAG_AF);
        f->af = AF_MEM;
    }
    if (fl & FL_O) {
        out_rrr(j, XOR, T3, a, R_FR);
        if (!sub) {
            out_rri(j, XORI, T2, T2, -1);
        }
        out_rrr(j, AND, T2, T2, T3);
        out_rri(j, SRLI, T2, T2, 63);
        out_st_env(j, MO_64, T2, FLAG_B);
        f->b.loc = LOC_MEM;
    }
}

static void carry_plain(RVJit *j, const TCGOp *op, uint32_t w, unsigned a,
                        unsigned b)
{
    unsigned rd = out_reg(j, op->out[0]);

    out_rrr(j, w, T0, a, b);
    out_rrr(j, wide(op->sz, w), rd, T0, T2);
    if (op->sz == MO_32) {
        out_zext(j, MO_32, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

void lower_carry(RVJit *j, const TCGOp *op, const RVOp *x)
{
    bool sub = x->arg == TCG_RMW_SBB;
    uint32_t w = sub ? SUB : ADD;
    RVFlags f = { .kind = K_RES, .sz = op->sz, .af = AF_ZERO, .r.loc = R_FR };
    unsigned a, b, rd;

    if (op->sz < MO_32) {
        lower_fallback(j, op, x);
        return;
    }
    carry_in(j, op);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (!op->fl_def) {
        carry_plain(j, op, w, a, b);
        return;
    }
    if (op->sz == MO_32) {
        out_sext(j, MO_32, T0, a);
        out_sext(j, MO_32, T1, b);
        a = T0;
        b = T1;
    }
    if (op->fl_def & FL_C) {
        carry_steps(j, op->sz, sub, a, b);
        f.a.loc = LOC_MEM;
    } else {
        out_rrr(j, wide(op->sz, w), R_FR, a, b);
        out_rrr(j, wide(op->sz, w), R_FR, R_FR, T2);
    }
    if (op->fl_def & (FL_O | FL_A)) {
        carry_flags(j, op->fl_def, sub, a, b, &f);
    }
    rd = out_reg(j, op->out[0]);
    out_zext(j, op->sz, rd, R_FR);
    out_done(j, op->out[0], rd);
    fl_end(j, op, &f);
}

/* ---- comparisons ------------------------------------------------------------------- */

/* A source of flags with no result in its way. */
static RVSrc source(RVJit *j, unsigned sz, unsigned reg, int32_t place,
                    bool fused)
{
    if (fused || is_guest_reg(j, reg)) {
        return (RVSrc){ .loc = reg, .raw = sz != MO_64 && reg != ZR };
    }
    return hold(j, sz, reg, place, false);
}

void lower_cmp(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_SUB, .sz = op->sz, .r.loc = LOC_NONE };
    bool fused;
    unsigned a, b;

    if (!op->fl_def) {
        return;
    }
    fused = fl_fused(j, op);
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    if (is_const(j, op->in[1])) {
        f.b.loc = LOC_CONST;
        f.kb = sext_of(op->sz, const_val(j, op->in[1]));
    } else {
        b = ra_in(&j->ra, op->in[1]);
        f.b = source(j, op->sz, b, FLAG_B, fused);
    }
    f.a = source(j, op->sz, a, FLAG_A, fused);
    fl_end(j, op, &f);
}

void lower_test(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_LOGIC, .sz = op->sz };
    unsigned a;
    RVOpnd b;

    if (!op->fl_def) {
        return;
    }
    fl_begin(j, op);
    a = inz(j, op->in[0]);
    if (op->in[0] == op->in[1]) {
        if (fl_fused(j, op) || is_guest_reg(j, a)) {
            f.r = (RVSrc){ .loc = a, .raw = op->sz != MO_64 && a != ZR };
        } else {
            out_sext(j, op->sz, R_FR, a);
            f.r.loc = R_FR;
        }
    } else {
        b = alu_src(j, op->in[1], op->sz, false);
        emit_alu(j, TCG_RMW_AND, op->sz, R_FR, a, b);
        /* A small positive mask leaves nothing to extend. */
        if (!(b.imm && b.v >= 0) && op->sz != MO_64) {
            out_sext(j, op->sz, R_FR, R_FR);
        }
        f.r.loc = R_FR;
    }
    fl_end(j, op, &f);
}

void lower_andn(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVFlags f = { .kind = K_LOGIC, .sz = op->sz };
    unsigned a, b, rd, t;

    fl_begin(j, op);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    t = op->fl_def ? R_FR : T0;
    if (rv_host.zbb) {
        out_rrr(j, ANDN, t, b, a);
    } else {
        out_rri(j, XORI, T0, a, -1);
        out_rrr(j, AND, t, T0, b);
    }
    rd = out_reg(j, op->out[0]);
    out_zext(j, op->sz, rd, t);
    if (op->fl_def) {
        out_sext(j, op->sz, R_FR, R_FR);
        f.r.loc = R_FR;
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, &f);
}

void lower_not(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a = inz(j, op->in[0]), rd;

    if (op->sz < MO_32) {
        out_rri(j, XORI, T0, a, -1);
        merge_done(j, op, T0);
        return;
    }
    rd = out_reg(j, op->out[0]);
    out_rri(j, XORI, rd, a, -1);
    if (op->sz == MO_32) {
        out_zext(j, MO_32, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

/* ---- flags as values ---------------------------------------------------------------- */

void lower_setcc(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVCond c = fl_cond(j, op, op->cond);
    unsigned rd;

    if (op->sz < MO_32 && !(is_const(j, op->in[0]) &&
                            const_val(j, op->in[0]) < 256)) {
        out_setcond(j, T0, c);
        if (op->sz == MO_8) {
            unsigned a = ra_in(&j->ra, op->in[0]);

            out_rri(j, ANDI, T1, a, -256);
            rd = out_reg(j, op->out[0]);
            out_rrr(j, OR, rd, T1, T0);
            out_done(j, op->out[0], rd);
        } else {
            merge_done(j, op, T0);
        }
        return;
    }
    rd = out_reg(j, op->out[0]);
    out_setcond(j, rd, c);
    out_done(j, op->out[0], rd);
}

void lower_cmov(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVCond c = fl_cond(j, op, op->cond);
    unsigned a, b, rd;

    /* What is compared may be in a temporary that loads would take. */
    if (is_const(j, op->in[0]) || is_const(j, op->in[1]) ||
        ra_reg(&j->ra, op->in[0]) < 0 || ra_reg(&j->ra, op->in[1]) < 0) {
        out_setcond(j, T0, c);
        c = (RVCond){ BNE, T0, ZR };
    }
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    if (op->sz < MO_32) {
        out_select(j, T0, c, b, a);
        merge_done(j, op, T0);
        return;
    }
    if (op->sz == MO_32) {
        out_select(j, T0, c, b, a);
        rd = out_reg(j, op->out[0]);
        out_zext(j, MO_32, rd, T0);
    } else {
        rd = out_reg(j, op->out[0]);
        out_select(j, rd, c, b, a);
    }
    out_done(j, op->out[0], rd);
}

void lower_getfl(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned rd;

    fl_save(j, op->fl_live | op->fl_use);
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    out_rri(j, SRLI, T1, T0, 8);
    out_rri(j, ANDI, T0, T0, 1);
    out_rri(j, SLLI, T0, T0, 11);
    out_rrr(j, OR, T1, T1, T0);
    out_movi(j, T0, tcg_flags_to_eflags(tcg_flags_home(op->fl_use)));
    rd = out_reg(j, op->out[0]);
    out_rrr(j, AND, rd, T0, T1);
    out_done(j, op->out[0], rd);
}

void lower_setfl(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, stay = op->fl_live & ~op->fl_def;

    fl_save(j, stay);
    a = inz(j, op->in[0]);
    out_rri(j, SRLI, T0, a, 11);
    out_rri(j, ANDI, T0, T0, 1);
    out_rri(j, ANDI, T1, a, 255);
    out_rri(j, SLLI, T1, T1, 8);
    out_rrr(j, OR, T0, T0, T1);
    if (stay) {
        out_movi(j, T1, tcg_flags_home(op->fl_def));
        out_rrr(j, AND, T0, T0, T1);
        out_ld_env(j, MO_32, T2, ENVOFF(flags));
        out_rri(j, XORI, T1, T1, -1);
        out_rrr(j, AND, T2, T2, T1);
        out_rrr(j, OR, T0, T0, T2);
        j->fl_m |= op->fl_def;
    } else {
        j->fl_m = op->fl_def;
    }
    out_st_env(j, MO_32, T0, ENVOFF(flags));
    j->fl_h &= ~op->fl_def;
}

/* CF: clear, set, complement. */
void lower_flmod(RVJit *j, const TCGOp *op, const RVOp *x)
{
    if (!op->fl_def) {
        return;
    }
    fl_save(j, op->fl_live | op->fl_use);
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    if (op->imm == 0) {
        out_rri(j, ANDI, T0, T0, ~FLHOME_C);
    } else {
        out_rri(j, op->imm == 1 ? ORI : XORI, T0, T0, FLHOME_C);
    }
    out_st_env(j, MO_32, T0, ENVOFF(flags));
    j->fl_h &= ~FL_C;
    j->fl_m |= FL_C;
}
