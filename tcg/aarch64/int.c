/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of the integer arithmetic rows of tcg/ops.def.  8 and 16-bit
 * flags come from operands shifted to the top of a register.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* d = in0 with its low sz bytes from the bits of src at pos. */
void merge_done(A64Jit *j, const TCGOp *op, unsigned src, unsigned pos)
{
    TCGRef d = op->out[0], a = op->in[0];
    unsigned rd, n = bits_of(op->sz);

    if (is_const(j, a) && !(const_val(j, a) & ~mask_of(op->sz))) {
        rd = out_reg(j, d);
        out_ubfx(j, false, rd, src, pos, n);
    } else {
        unsigned ra = ra_in(&j->ra, a);

        rd = out_reg(j, d);
        if (rd != ra) {
            out_mov(j, true, rd, ra);
        }
        out_bfm(j, A_BFM, true, rd, src, pos, pos + n - 1);
    }
    out_done(j, d, rd);
}

/* ---- moves ------------------------------------------------------------------- */

void lower_mov(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    TCGRef d = op->out[0], a = op->in[0];
    unsigned rd, ra;

    if (is_const(j, a)) {
        uint64_t v = const_val(j, a);

        rd = out_reg(j, d);
        out_movi(j, rd, op->sz == MO_32 ? (uint32_t)v : v);
    } else {
        ra = ra_in(&j->ra, a);
        rd = out_reg(j, d);
        if (op->sz < MO_64 || rd != ra) {
            out_mov(j, op->sz == MO_64, rd, ra);
        }
    }
    out_done(j, d, rd);
}

void lower_ext_u(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned ra = ra_in(&j->ra, op->in[0]), rd = out_reg(j, op->out[0]);

    out_zext(j, op->sz, rd, ra);
    out_done(j, op->out[0], rd);
}

void lower_ext_s(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned ra = ra_in(&j->ra, op->in[0]), rd = out_reg(j, op->out[0]);

    out_sext(j, op->sz, op->imm == MO_64, rd, ra);
    if (op->imm == MO_16) {
        out_zext(j, MO_16, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

void lower_extract(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned pos = op->imm & 63, len = op->imm >> 8 & 0xff;
    unsigned ra = ra_in(&j->ra, op->in[0]), rd = out_reg(j, op->out[0]);

    if (len == 0) {
        out_movi(j, rd, 0);
    } else {
        out_ubfx(j, true, rd, ra, pos, MIN(len, 64 - pos));
    }
    out_done(j, op->out[0], rd);
}

void lower_deposit(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned pos = op->imm & 63, len = op->imm >> 8 & 0xff;
    unsigned ra = ra_in(&j->ra, op->in[0]), rb = inz(j, op->in[1]);
    unsigned rd = out_reg(j, op->out[0]);

    len = MIN(len, 64 - pos);
    if (rd == rb && rd != ra) {
        out_mov(j, true, T0, rb);
        rb = T0;
    }
    if (rd != ra) {
        out_mov(j, true, rd, ra);
    }
    if (len) {
        out_bfi(j, true, rd, rb, pos, len);
    }
    out_done(j, op->out[0], rd);
}

void lower_lea(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGMem *m = &op->mem;
    bool sf = op->sz == MO_64;
    unsigned rd, r = ZR;
    uint64_t k = (int64_t)m->disp;
    TCGRef base = m->base, index = m->index;

    if (base != TCG_NONE && is_const(j, base)) {
        k += const_val(j, base);
        base = TCG_NONE;
    }
    if (index != TCG_NONE && is_const(j, index)) {
        k += const_val(j, index) << m->scale;
        index = TCG_NONE;
    }
    if (base != TCG_NONE) {
        r = ra_in(&j->ra, base);
    }
    if (index != TCG_NONE) {
        unsigned x1 = ra_in(&j->ra, index);

        rd = out_reg(j, op->out[0]);
        if (k == 0) {
            out_rrs(j, A_ADD, sf, rd, r, x1, LSL, m->scale);
        } else {
            out_rrs(j, A_ADD, sf, T0, r, x1, LSL, m->scale);
            out_add_imm(j, sf, rd, T0, k, T1);
        }
    } else {
        rd = out_reg(j, op->out[0]);
        if (r == ZR) {
            out_movi(j, rd, sf ? k : (uint32_t)k);
        } else if (k == 0) {
            out_mov(j, sf, rd, r);
        } else {
            out_add_imm(j, sf, rd, r, k, T1);
        }
    }
    out_done(j, op->out[0], rd);
}

/* ---- the arithmetic core --------------------------------------------------------- */

static bool is_logic(unsigned kind)
{
    return kind == TCG_RMW_AND || kind == TCG_RMW_OR || kind == TCG_RMW_XOR;
}

static bool is_addsub(unsigned kind)
{
    return kind == TCG_RMW_ADD || kind == TCG_RMW_SUB;
}

A64Src alu_src(A64Jit *j, TCGRef r, unsigned sz, unsigned kind)
{
    A64Src s = { .imm = false };

    if (is_const(j, r)) {
        uint64_t v = const_val(j, r) & mask_of(sz), neg = -v & mask_of(sz);

        s.v = v;
        if (is_addsub(kind) && (arith_imm(v) || arith_imm(neg)) &&
            sz >= MO_32) {
            s.imm = true;
            return s;
        }
        if (is_logic(kind) && a64_bitmask(v, sz == MO_64) >= 0) {
            s.imm = true;
            return s;
        }
        if (v == 0) {
            s.reg = ZR;
            return s;
        }
    }
    s.reg = ra_in(&j->ra, r);
    return s;
}

/* R_AF = a ^ b, as far as bit 4 goes. */
static void af_begin(A64Jit *j, unsigned a, A64Src b)
{
    if (!b.imm) {
        out_rrr(j, A_EOR, false, R_AF, a, b.reg);
    } else if (b.v & 0x10) {
        out_logic_imm(j, A_EOR, false, R_AF, a, a64_bitmask(0x10, false));
    } else {
        out_mov(j, false, R_AF, a);
    }
}

static bool alu_logic(A64Jit *j, unsigned kind, unsigned sz, unsigned rd,
                      unsigned a, A64Src b, unsigned fl)
{
    uint32_t w = kind == TCG_RMW_AND ? A_AND : kind == TCG_RMW_OR ? A_ORR
                                                                  : A_EOR;
    bool sf = sz == MO_64;
    bool fused = kind == TCG_RMW_AND && sz >= MO_32 && (fl & FL_NZCV);

    w = fused ? A_ANDS : w;
    if (b.imm) {
        out_logic_imm(j, w, sf, rd, a, a64_bitmask(b.v, sf));
    } else {
        out_rrr(j, w, sf, rd, a, b.reg);
    }
    if ((fl & FL_NZCV) && !fused) {
        out_nz(j, sz, rd);
    }
    if (fl & FL_A) {
        out_movi(j, R_AF, 0);
    }
    if (fl & FL_P) {
        pf_from(j, rd);
    }
    return false;
}

static bool alu_addsub(A64Jit *j, unsigned kind, unsigned sz, unsigned rd,
                       unsigned a, A64Src b, unsigned fl)
{
    bool sub = kind == TCG_RMW_SUB, sf = sz == MO_64, set = fl & FL_NZCV;
    uint32_t w = sub ? set ? A_SUBS : A_SUB : set ? A_ADDS : A_ADD;

    if (fl & FL_A) {
        af_begin(j, a, b);
    }
    if (sz < MO_32 && set) {
        unsigned sh = 32 - bits_of(sz);

        if (a == ZR) {
            out_rrs(j, w, false, rd, ZR, b.reg, LSL, sh);
        } else {
            out_lsl(j, false, rd, a, sh);
            out_rrs(j, w, false, rd, rd, b.reg, LSL, sh);
        }
        out_lsr(j, false, rd, rd, sh);
    } else if (b.imm) {
        uint64_t neg = -b.v & mask_of(sz);

        if (arith_imm(b.v)) {
            out_arith_imm(j, w, sf, rd, a, b.v);
        } else {
            out_arith_imm(j, w ^ 0x40000000, sf, rd, a, neg);
        }
    } else {
        out_rrr(j, w, sf, rd, a, b.reg);
    }
    if (fl & FL_A) {
        out_rrr(j, A_EOR, false, R_AF, R_AF, rd);
    }
    if (fl & FL_P) {
        pf_from(j, rd);
    }
    return sub;
}

static bool alu_carry(A64Jit *j, unsigned kind, unsigned sz, unsigned rd,
                      unsigned a, A64Src b, unsigned fl)
{
    bool sub = kind == TCG_RMW_SBB, set = fl & FL_NZCV;
    uint32_t w = sub ? set ? A_SBCS : A_SBC : set ? A_ADCS : A_ADC;

    if (fl & FL_A) {
        af_begin(j, a, b);
    }
    fl_polarity(j, sub);
    out_rrr(j, w, sz == MO_64, rd, a, b.reg);
    if (fl & FL_A) {
        out_rrr(j, A_EOR, false, R_AF, R_AF, rd);
    }
    if (fl & FL_P) {
        pf_from(j, rd);
    }
    return set ? sub : j->cinv;
}

bool out_alu(A64Jit *j, unsigned kind, unsigned sz, unsigned rd, unsigned a,
             A64Src b, unsigned fl)
{
    if (is_logic(kind)) {
        return alu_logic(j, kind, sz, rd, a, b, fl);
    }
    if (is_addsub(kind)) {
        return alu_addsub(j, kind, sz, rd, a, b, fl);
    }
    return alu_carry(j, kind, sz, rd, a, b, fl);
}

/* ---- arithmetic rows -------------------------------------------------------------- */

/* x->arg = kind. */
void lower_alu(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned kind = x->arg, a, rd, c = clob(op);
    bool cinv, carry = kind == TCG_RMW_ADC || kind == TCG_RMW_SBB;
    A64Src b;

    if (carry && op->sz < MO_32) {
        lower_fallback(j, op, x);
        return;
    }
    fl_begin(j, op, c);
    b = alu_src(j, op->in[1], op->sz, kind);
    /* Immediate forms take sp where others have the zero register. */
    a = b.imm ? ra_in(&j->ra, op->in[0]) : inz(j, op->in[0]);
    if (op->sz < MO_32) {
        cinv = out_alu(j, kind, op->sz, T0, a, b, op->fl_def);
        merge_done(j, op, T0, 0);
    } else {
        unsigned to;

        rd = out_reg(j, op->out[0]);
        /* R_AF is read again behind the result. */
        to = rd;
        cinv = out_alu(j, kind, op->sz, to, a, b, op->fl_def);
        out_done(j, op->out[0], rd);
    }
    if (carry && !(c & FL_NZCV)) {
        c &= ~FL_NZCV;
    }
    fl_end(j, op, c, cinv);
}

void lower_cmp(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, c = clob(op), sz = op->sz;
    A64Src b;
    bool cinv = true;

    if (!op->fl_def) {
        return;
    }
    fl_begin(j, op, c);
    if (is_const(j, op->in[1]) && !(const_val(j, op->in[1]) & mask_of(sz)) &&
        !(op->fl_def & (FL_A | FL_P))) {
        out_nz(j, sz, inz(j, op->in[0]));
        fl_end(j, op, c, false);
        return;
    }
    b = alu_src(j, op->in[1], sz, TCG_RMW_SUB);
    a = b.imm ? ra_in(&j->ra, op->in[0]) : inz(j, op->in[0]);
    if (op->fl_def & (FL_A | FL_P)) {
        cinv = out_alu(j, TCG_RMW_SUB, sz, T0, a, b, op->fl_def);
    } else if (sz < MO_32) {
        unsigned sh = 32 - bits_of(sz);

        out_lsl(j, false, T0, a, sh);
        out_rrs(j, A_SUBS, false, ZR, T0, b.reg, LSL, sh);
    } else {
        cinv = out_alu(j, TCG_RMW_SUB, sz, ZR, a, b, op->fl_def);
    }
    fl_end(j, op, c, cinv);
}

void lower_test(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a, c = clob(op), sz = op->sz;
    A64Src b;

    if (!op->fl_def) {
        return;
    }
    fl_begin(j, op, c);
    if (op->in[0] == op->in[1]) {
        a = inz(j, op->in[0]);
        if (op->fl_def & FL_NZCV) {
            out_nz(j, sz, a);
        }
        if (op->fl_def & FL_A) {
            out_movi(j, R_AF, 0);
        }
        if (op->fl_def & FL_P) {
            pf_from(j, a);
        }
    } else {
        b = alu_src(j, op->in[1], sz, TCG_RMW_AND);
        a = ra_in(&j->ra, op->in[0]);
        if (sz >= MO_32 && (op->fl_def & FL_NZCV) && !(op->fl_def & FL_P)) {
            out_alu(j, TCG_RMW_AND, sz, ZR, a, b, op->fl_def);
        } else {
            out_alu(j, TCG_RMW_AND, sz, T0, a, b, op->fl_def);
        }
    }
    fl_end(j, op, c, false);
}

void lower_andn(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = inz(j, op->in[0]), b = inz(j, op->in[1]), rd, c = clob(op);

    fl_begin(j, op, c);
    a = inz(j, op->in[0]);
    b = inz(j, op->in[1]);
    rd = out_reg(j, op->out[0]);
    out_rrr(j, A_BIC, op->sz == MO_64, rd, b, a);
    if (c & FL_NZCV) {
        out_nz(j, op->sz, rd);
    }
    if (c & FL_P) {
        pf_from(j, rd);
    }
    if (c & FL_A) {
        out_movi(j, R_AF, 0);
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

void lower_neg(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned c = clob(op), rd;
    A64Src b;

    fl_begin(j, op, c);
    b = (A64Src){ .reg = inz(j, op->in[0]) };
    if (op->sz < MO_32) {
        out_alu(j, TCG_RMW_SUB, op->sz, T0, ZR, b, op->fl_def);
        merge_done(j, op, T0, 0);
    } else {
        rd = out_reg(j, op->out[0]);
        out_alu(j, TCG_RMW_SUB, op->sz, rd, ZR, b, op->fl_def);
        out_done(j, op->out[0], rd);
    }
    fl_end(j, op, c, true);
}

void lower_not(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = inz(j, op->in[0]), rd;

    if (op->sz < MO_32) {
        out_rrr(j, A_ORN, false, T0, ZR, a);
        merge_done(j, op, T0, 0);
    } else {
        rd = out_reg(j, op->out[0]);
        out_rrr(j, A_ORN, op->sz == MO_64, rd, ZR, a);
        out_done(j, op->out[0], rd);
    }
}

/* INC, DEC while CF is live in the host: around the operation it is in T2. */
static void inc_keep_c(A64Jit *j, const TCGOp *op, const A64Op *x, unsigned c)
{
    A64Src b = { .imm = true, .v = 1 };
    unsigned a, rd;

    c &= ~FL_C;
    fl_begin(j, op, c);
    out_cset(j, T2, CS);
    a = ra_in(&j->ra, op->in[0]);
    rd = out_reg(j, op->out[0]);
    out_alu(j, x->arg, op->sz, rd, a, b, op->fl_def);
    out_flag_bit(j, 29, T2, 0);
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

/* x->arg = TCG_RMW_ADD or SUB; CF stays. */
void lower_inc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned c = clob(op), a, rd;
    A64Src b = { .imm = true, .v = 1 };
    bool cinv;

    if (op->sz >= MO_32 && (c & FL_C) &&
        (op->fl_live & j->fl_h & ~j->fl_m & FL_C)) {
        inc_keep_c(j, op, x, c);
        return;
    }
    fl_begin(j, op, c);
    if (op->sz < MO_32) {
        a = ra_in(&j->ra, op->in[0]);
        if (op->fl_def & FL_NZCV) {
            out_movi(j, T1, 1);
            b = (A64Src){ .reg = T1 };
        }
        cinv = out_alu(j, x->arg, op->sz, T0, a, b, op->fl_def);
        merge_done(j, op, T0, 0);
    } else {
        a = ra_in(&j->ra, op->in[0]);
        rd = out_reg(j, op->out[0]);
        cinv = out_alu(j, x->arg, op->sz, rd, a, b, op->fl_def);
        out_done(j, op->out[0], rd);
    }
    fl_end(j, op, c, cinv);
}

/* ---- shifts ------------------------------------------------------------------------- */

/* sz 2, 3, constant count n > 0, with flags. */
static void shift_flags(A64Jit *j, const TCGOp *op, unsigned kind, unsigned n)
{
    bool sf = op->sz == MO_64, want_c = op->fl_def & FL_C;
    bool want_o = op->fl_def & FL_O;
    unsigned b = bits_of(op->sz), a, rd, c = clob(op);
    int of = -1;

    fl_begin(j, op, c);
    a = ra_in(&j->ra, op->in[0]);
    rd = out_reg(j, op->out[0]);
    if (kind == TCG_shl && n == 1 && (want_c || want_o)) {
        out_rrr(j, A_ADDS, sf, rd, a, a);
    } else {
        if (want_c || (want_o && kind == TCG_shl)) {
            out_ubfx(j, sf, T2, a, kind == TCG_shl ? b - n : n - 1, 1);
        }
        if (kind == TCG_shl) {
            out_lsl(j, sf, rd, a, n);
        } else if (kind == TCG_shr) {
            out_lsr(j, sf, rd, a, n);
        } else {
            out_asr(j, sf, rd, a, n);
        }
        if (want_o && kind != TCG_sar) {
            of = T0;
            out_rrs(j, A_EOR, sf, T0, kind == TCG_shl ? T2 : rd, rd,
                    kind == TCG_shl ? LSR : LSL,
                    kind == TCG_shl ? b - 1 : 1);
            if (kind == TCG_shr) {
                out_lsr(j, sf, T0, T0, b - 1);
            }
        }
        if (c & FL_NZCV) {
            nzcv_with(j, op->sz, rd, want_c, of);
        }
    }
    if (c & FL_P) {
        pf_from(j, rd);
    }
    if (c & FL_A) {
        out_movi(j, R_AF, 0x10);
    }
    out_done(j, op->out[0], rd);
    fl_end(j, op, c, false);
}

static void shift_const(A64Jit *j, const TCGOp *op, unsigned kind, unsigned n)
{
    bool sf = op->sz == MO_64;
    unsigned a = ra_in(&j->ra, op->in[0]), to, b = bits_of(op->sz);

    if (op->sz < MO_32) {
        if (kind == TCG_shl) {
            out_lsl(j, false, T0, a, n);
        } else if (kind == TCG_shr) {
            out_zext(j, op->sz, T0, a);
            out_lsr(j, false, T0, T0, n);
        } else {
            out_sext(j, op->sz, false, T0, a);
            out_asr(j, false, T0, T0, n);
        }
        merge_done(j, op, T0, 0);
        return;
    }
    g_assert(n < b);
    to = out_reg(j, op->out[0]);
    if (kind == TCG_shl) {
        out_lsl(j, sf, to, a, n);
    } else if (kind == TCG_shr) {
        out_lsr(j, sf, to, a, n);
    } else {
        out_asr(j, sf, to, a, n);
    }
    out_done(j, op->out[0], to);
}

/* x->arg = host's variable shift; in1 counts. */
void lower_shift(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64;
    unsigned kind = op->opc, a, n, rd;

    if (is_const(j, op->in[1])) {
        n = const_val(j, op->in[1]) & (sf ? 63 : 31);
        if (op->fl_def && n) {
            if (op->sz < MO_32) {
                lower_fallback(j, op, x);
            } else {
                shift_flags(j, op, kind, n);
            }
        } else {
            shift_const(j, op, kind, n);
            if (op->fl_def) {
                j->fell_back = true;
            }
        }
        return;
    }
    if (op->fl_def) {
        lower_fallback(j, op, x);
        return;
    }
    a = ra_in(&j->ra, op->in[0]);
    n = ra_in(&j->ra, op->in[1]);
    if (op->sz < MO_32) {
        if (kind == TCG_sar) {
            out_sext(j, op->sz, false, T0, a);
        } else {
            out_zext(j, op->sz, T0, a);
        }
        out_rrr(j, x->arg, false, T0, T0, n);
        merge_done(j, op, T0, 0);
        return;
    }
    rd = out_reg(j, op->out[0]);
    out_rrr(j, x->arg, sf, rd, a, n);
    out_done(j, op->out[0], rd);
}

void lower_rotate(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64, left = op->opc == TCG_rol;
    unsigned b = bits_of(op->sz), a, n, rd;

    if (op->fl_def || (op->sz < MO_32 && !is_const(j, op->in[1]))) {
        lower_fallback(j, op, x);
        return;
    }
    a = ra_in(&j->ra, op->in[0]);
    if (is_const(j, op->in[1])) {
        n = const_val(j, op->in[1]) & (b - 1);
        n = left ? (b - n) & (b - 1) : n;
        if (op->sz < MO_32) {
            out_zext(j, op->sz, T0, a);
            out_rrs(j, A_ORR, false, T0, T0, T0, LSL, b);
            out_lsr(j, false, T0, T0, n);
            merge_done(j, op, T0, 0);
            return;
        }
        rd = out_reg(j, op->out[0]);
        o32(j, 0x13800000 | (uint32_t)sf << 31 | (uint32_t)sf << 22 |
            a << 16 | n << 10 | a << 5 | rd);           /* ror */
        out_done(j, op->out[0], rd);
        return;
    }
    n = ra_in(&j->ra, op->in[1]);
    if (left) {
        out_rrr(j, A_SUB, false, T0, ZR, n);
        n = T0;
    }
    rd = out_reg(j, op->out[0]);
    out_rrr(j, A_RORV, sf, rd, a, n);
    out_done(j, op->out[0], rd);
}

/* Constant counts without flags: one EXTR. */
void lower_shiftd(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool sf = op->sz == MO_64, left = op->opc == TCG_shld;
    unsigned b = bits_of(op->sz), a, f, n, rd;

    if (op->fl_def || op->sz < MO_32 || !is_const(j, op->in[2])) {
        lower_fallback(j, op, x);
        return;
    }
    n = const_val(j, op->in[2]) & (b - 1);
    a = ra_in(&j->ra, op->in[0]);
    f = ra_in(&j->ra, op->in[1]);
    rd = out_reg(j, op->out[0]);
    if (n == 0) {
        out_mov(j, sf, rd, a);
    } else {
        o32(j, 0x13800000 | (uint32_t)sf << 31 | (uint32_t)sf << 22 |
            (left ? f : a) << 16 | (left ? b - n : n) << 10 |
            (left ? a : f) << 5 | rd);
    }
    out_done(j, op->out[0], rd);
}
