/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of the integer arithmetic rows of tcg/ops.def.  Source for
 * encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

enum { CL_ALL = FL_ALL, CL_NONE = 0 };

/* May EFLAGS be clobbered before the op proper? */
static bool flags_free(X86Jit *j, const TCGOp *op)
{
    return !((op->fl_use | (op->fl_live & ~op->fl_def)) & j->fl_h & ~j->fl_m) &&
           !(op->fl_use & j->fl_h);
}

static void take_fuse(X86Jit *j)
{
    if (j->fuse) {
        j->fuse_mem = mem_opnd(j, &j->fuse->mem);
    }
}

/* ---- moves ------------------------------------------------------------------- */

static void movi_op(X86Jit *j, const TCGOp *op, TCGRef d, uint64_t v)
{
    bool ff = v == 0 && flags_free(j, op);

    if (ra_pin(&j->ra, d) < 0 && !ra_is_ebb(&j->ra, d) &&
        v == (uint64_t)(int64_t)(int32_t)v) {
        out_op(j, 0xc7 | X_W, 0, GS(ra_home(&j->ra, d)));
        o32(j, v);
        ra_out_mem(&j->ra, d);
        return;
    }
    unsigned rd = out_any(j, d, TCG_NONE);

    out_movi(j, rd, v, ff);
    if (ff) {
        j->fl_h = 0;
    }
    out_done(j, d, rd);
}

void lower_mov(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], a = op->in[0];

    if (is_const(j, a)) {
        uint64_t v = const_val(j, a);

        movi_op(j, op, d, op->sz == MO_32 ? (uint32_t)v : v);
        return;
    }
    if (op->sz == MO_64 && ra_pin(&j->ra, d) < 0 &&
        !ra_is_ebb(&j->ra, d) && ra_reg(&j->ra, a) >= 0) {
        out_op(j, 0x89 | X_W, ra_in(&j->ra, a), GS(ra_home(&j->ra, d)));
        ra_out_mem(&j->ra, d);
        return;
    }
    Opnd s = in_rm(j, a);
    unsigned rd = out_any(j, d, a);

    if (!(op->sz == MO_64 && s.reg == (int)rd)) {
        out_op(j, wsz(op->sz, 0x8b), rd, s);
    }
    out_done(j, d, rd);
}

/* dst = src zero-extended from sz. */
static void out_zext(X86Jit *j, unsigned sz, unsigned dst, Opnd src)
{
    if (sz == MO_8) {
        out_op(j, 0xb6 | X_0F | X_BM, dst, src);
    } else if (sz == MO_16) {
        out_op(j, 0xb7 | X_0F, dst, src);
    } else {
        out_op(j, wsz(sz, 0x8b), dst, src);
    }
}

static void out_sext(X86Jit *j, unsigned from, unsigned to, unsigned dst,
                     Opnd src)
{
    uint32_t w = to == MO_64 ? X_W : 0;

    if (from == MO_8) {
        out_op(j, 0xbe | X_0F | X_BM | w, dst, src);
    } else if (from == MO_16) {
        out_op(j, 0xbf | X_0F | w, dst, src);
    } else {
        out_op(j, w ? 0x63 | X_W : 0x8b, dst, src);
    }
    if (to == MO_16) {
        out_op(j, 0xb7 | X_0F, dst, R(dst));
    }
}

void lower_ext_u(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_zext(j, op->sz, rd, s);
    out_done(j, op->out[0], rd);
}

void lower_ext_s(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_sext(j, op->sz, op->imm, rd, s);
    out_done(j, op->out[0], rd);
}

/* dst = bits 8..15 of src; no flags.  High-byte registers exist for the first
 * four only and not with a REX prefix. */
static void out_high_byte(X86Jit *j, unsigned dst, unsigned src)
{
    if (src > RBX || dst >= 8) {
        if (src > RBX) {
            out_mov_rr(j, MO_32, RAX, src);
            src = RAX;
        }
        if (dst >= 8) {
            o8(j, 0x0f);
            o8(j, 0xb6);
            o8(j, 0xc0 | RAX << 3 | (src + 4));
            out_mov_rr(j, MO_32, dst, RAX);
            return;
        }
    }
    o8(j, 0x0f);
    o8(j, 0xb6);
    o8(j, 0xc0 | dst << 3 | (src + 4));
}

static bool lower_extract_high(X86Jit *j, const TCGOp *op)
{
    unsigned src, rd;

    if (op->imm != (8 | 8 << 8)) {
        return false;
    }
    if (ra_reg(&j->ra, op->in[0]) != RAX) {
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
        src = in_reg(j, op->in[0], MO_64);
    } else {
        src = in_reg(j, op->in[0], MO_64);
        if (!(op->dead & OPD_IN)) {
            /* RAX is the source itself and stays valid: rd differs. */
            rd = out_fresh(j, op->out[0]);
            if (rd >= 8) {
                unsigned t = ra_tmp(&j->ra, RC_INT);

                out_mov_rr(j, MO_64, t, RAX);
                out_high_byte(j, rd, RAX);
                out_mov_rr(j, MO_64, RAX, t);
            } else {
                out_high_byte(j, rd, RAX);
            }
            out_done(j, op->out[0], rd);
            return true;
        }
    }
    if (ra_pin(&j->ra, op->out[0]) >= 0) {
        rd = out_any(j, op->out[0], TCG_NONE);
    } else {
        if (src == RAX) {
            ra_steal(&j->ra, op->in[0]);
        }
        rd = RAX;
    }
    out_high_byte(j, rd, src);
    out_done(j, op->out[0], rd);
    return true;
}

void lower_extract(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned pos = op->imm & 0xff, len = op->imm >> 8 & 0xff, rd;
    unsigned sz = pos + len <= 32 ? MO_32 : MO_64;
    TCGRef d = op->out[0], a = op->in[0];

    if (pos == 0 && (len == 8 || len == 16 || len == 32 || len == 64)) {
        Opnd s = in_rm(j, a);

        rd = out_any(j, d, a);
        out_zext(j, len == 8 ? MO_8 : len == 16 ? MO_16
                 : len == 32 ? MO_32 : MO_64, rd, s);
        out_done(j, d, rd);
        return;
    }
    if (lower_extract_high(j, op)) {
        return;
    }
    fl_begin(j, op, CL_ALL);
    rd = out_from(j, d, a, sz);
    if (pos) {
        out_op_imm8(j, wsz(sz, 0xc1), 5, R(rd), pos);
    }
    if (pos + len != (sz == MO_32 ? 32 : 64)) {
        if (len < 32) {
            out_alu_imm(j, MO_32, 4, R(rd), (1u << len) - 1, 0);
        } else if (len == 32) {
            out_mov_rr(j, MO_32, rd, rd);
            out_op(j, 0x8b, rd, R(rd));
        } else {
            out_op_imm8(j, 0xc1 | X_W, 4, R(rd), 64 - len);
            out_op_imm8(j, 0xc1 | X_W, 5, R(rd), 64 - len);
        }
    }
    fl_end(j, op, CL_ALL);
    out_done(j, d, rd);
}

/* d = a with b's low byte at bits 8..15. */
static void deposit_high(X86Jit *j, const TCGOp *op)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    int pin = ra_pin(&j->ra, d);

    if (pin >= RCX && pin <= RBX && ra_reg(&j->ra, a) == pin) {
        int32_t imm;

        if (is_imm(j, b, MO_8, &imm)) {
            o8(j, 0xb4 | pin);
            o8(j, imm);
            return;
        }
        int rb = ra_reg(&j->ra, b);

        if (rb < 0 || rb > RBX) {
            ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
            load_to(j, RAX, b, MO_32);
            rb = RAX;
        }
        o8(j, 0x88);                            /* mov ?h, ?l */
        o8(j, 0xc0 | rb << 3 | (pin + 4));
        return;
    }
    /* Through rax: mov ah, ?; 16-bit move back. */
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    load_to(j, RAX, b, MO_32);
    unsigned rd = out_from(j, d, a, MO_64);

    o8(j, 0x88);                                    /* mov ah, al */
    o8(j, 0xc4);
    out_op(j, 0x8a | X_BR | X_BM, RAX, R(rd));      /* mov al, d8 */
    out_op(j, 0x89 | X_66, RAX, R(rd));             /* mov d16, ax */
    out_done(j, d, rd);
}

void lower_deposit(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned pos = op->imm & 0xff, len = op->imm >> 8 & 0xff;
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    int32_t imm;

    if (pos == 0 && (len == 8 || len == 16)) {
        unsigned sz = len == 8 ? MO_8 : MO_16;

        if (is_imm(j, b, sz, &imm)) {
            unsigned rd = out_from(j, d, a, MO_64);

            out_op(j, osz(sz, 0xc6), 0, R(rd));
            o8(j, imm);
            if (sz == MO_16) {
                o8(j, imm >> 8);
            }
            out_done(j, d, rd);
            return;
        }
        Opnd s = in_rm(j, b);
        unsigned rd = out_from(j, d, a, MO_64);

        out_op(j, osz(sz, 0x8a), rd, s);
        out_done(j, d, rd);
        return;
    }
    if (pos == 8 && len == 8) {
        deposit_high(j, op);
        return;
    }
    fl_begin(j, op, CL_ALL);
    unsigned t = ra_tmp(&j->ra, RC_INT), rd;

    load_to(j, t, b, MO_64);
    if (64 - len) {
        out_op_imm8(j, 0xc1 | X_W, 4, R(t), 64 - len);
    }
    if (64 - len - pos) {
        out_op_imm8(j, 0xc1 | X_W, 5, R(t), 64 - len - pos);
    }
    rd = out_from(j, d, a, MO_64);
    /* Rotate the field to the bottom, clear it, rotate back. */
    if (pos) {
        out_op_imm8(j, 0xc1 | X_W, 1, R(rd), pos);
    }
    if (len == 64) {
        out_movi(j, rd, 0, true);
    } else {
        out_op_imm8(j, 0xc1 | X_W, 5, R(rd), len);
        out_op_imm8(j, 0xc1 | X_W, 4, R(rd), len);
    }
    if (pos) {
        out_op_imm8(j, 0xc1 | X_W, 0, R(rd), pos);
    }
    out_op(j, 0x0b | X_W, rd, R(t));
    fl_end(j, op, CL_ALL);
    out_done(j, d, rd);
}

void lower_lea(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0];

    if (op->mem.base == TCG_NONE && op->mem.index == TCG_NONE) {
        uint64_t v = (int64_t)op->mem.disp;

        movi_op(j, op, d, op->sz == MO_32 ? (uint32_t)v : v);
        return;
    }
    Opnd m = mem_opnd(j, &op->mem);
    unsigned rd = out_any(j, d, op->mem.base);

    if (m.index < 0 && m.disp == 0 && m.base >= 0) {
        if (op->sz == MO_32 || m.base != (int)rd) {
            out_op(j, wsz(op->sz, 0x8b), rd, R(m.base));
        }
    } else {
        out_op(j, wsz(op->sz, 0x8d), rd, m);
    }
    out_done(j, d, rd);
}

/* ---- add and kin --------------------------------------------------------------- */

/* An unpinned global updated in its memory. */
static bool in_place_mem(X86Jit *j, TCGRef d, TCGRef a)
{
    return d == a && ra_pin(&j->ra, d) < 0 && !ra_is_ebb(&j->ra, d) &&
           ra_reg(&j->ra, d) < 0 && j->ra.t[d].in_mem;
}

/* Flagless add or subtract of a constant, or add: LEA where it wins. */
static bool try_lea(X86Jit *j, const TCGOp *op)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    Opnd m = { .reg = -1, .base = -1, .index = -1 };
    int32_t imm;

    if (op->fl_def || op->sz < MO_32 || j->fuse || is_const(j, a) ||
        (op->opc != TCG_add && op->opc != TCG_sub)) {
        return false;
    }
    if (is_imm(j, b, op->sz, &imm)) {
        imm = op->opc == TCG_sub ? -(uint32_t)imm : imm;
        if (op->opc == TCG_sub && imm == INT32_MIN && op->sz == MO_64) {
            return false;
        }
        m.disp = imm;
    } else if (op->opc == TCG_sub || is_const(j, b)) {
        return false;
    }
    if (!fl_precious(j, op) &&
        (in_place_mem(j, d, a) || ra_reg(&j->ra, a) < 0 ||
         (ra_pin(&j->ra, d) >= 0
          ? ra_pin(&j->ra, d) == ra_reg(&j->ra, a)
          : (op->dead & OPD_IN) && ra_is_ebb(&j->ra, a)))) {
        return false;
    }
    m.base = ra_in(&j->ra, a);
    if (!is_const(j, b)) {
        m.index = ra_in(&j->ra, b);
        if ((m.base & 7) == RBP && m.disp == 0) {
            int t = m.base;

            m.base = m.index;
            m.index = t;
        }
    }
    unsigned rd = out_any(j, d, a);

    out_op(j, wsz(op->sz, 0x8d), rd, m);
    out_done(j, d, rd);
    return true;
}

/* Flags-only result: cmp or test do without a register. */
static bool try_no_result(X86Jit *j, const TCGOp *op)
{
    if (!(op->dead & OPD_OUT)) {
        return false;
    }
    if (op->opc == TCG_sub || op->opc == TCG_and) {
        TCGOp cmp = *op;

        cmp.opc = op->opc == TCG_sub ? TCG_cmp : TCG_test;
        cmp.out[0] = TCG_NONE;
        (op->opc == TCG_sub ? lower_cmp : lower_test)(j, &cmp, NULL);
        return true;
    }
    return false;
}

static void alu_swap(X86Jit *j, const TCGOp *op, TCGRef *a, TCGRef *b)
{
    bool comm = op->opc == TCG_add || op->opc == TCG_and ||
                op->opc == TCG_or || op->opc == TCG_xor ||
                op->opc == TCG_mul || op->opc == TCG_adc ||
                op->opc == TCG_adcx || op->opc == TCG_adox;
    TCGRef d = op->out[0], t = *a;

    if (!comm || op->sz < MO_32 || is_const(j, *b)) {
        return;
    }
    if (is_const(j, *a) || (j->fuse && *a == j->fuse_ref) ||
        (d == *b && d != *a) ||
        (d != *a && ra_is_ebb(&j->ra, *b) && ra_reg(&j->ra, *b) >= 0 &&
         (op->dead & OPD_IN << 1) &&
         !(ra_is_ebb(&j->ra, *a) && (op->dead & OPD_IN)) &&
         !(j->fuse && *b == j->fuse_ref))) {
        *a = *b;
        *b = t;
    }
}

static void alu_emit(X86Jit *j, const TCGOp *op, unsigned digit)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    unsigned sz = op->sz, rd;
    int32_t imm;

    if (a == b && sz >= MO_32 &&
        (op->opc == TCG_xor || op->opc == TCG_sub)) {
        rd = out_any(j, d, a);
        out_op(j, osz(sz, digit << 3 | 2), rd, R(rd));
        fl_end(j, op, FL_ALL);
        out_done(j, d, rd);
        return;
    }
    alu_swap(j, op, &a, &b);
    bool immediate = is_imm(j, b, sz, &imm);

    if (sz != MO_32 && in_place_mem(j, d, a) &&
        (immediate || (!(j->fuse && b == j->fuse_ref) && !is_const(j, b)))) {
        Opnd m = GS(ra_home(&j->ra, d));

        if (immediate) {
            out_alu_imm(j, sz, digit, m, imm, 0);
        } else {
            out_op(j, osz(sz, digit << 3), ra_in(&j->ra, b), m);
        }
        ra_out_mem(&j->ra, d);
        fl_end(j, op, FL_ALL);
        return;
    }
    if (immediate) {
        rd = out_from(j, d, a, sz);
        out_alu_imm(j, sz, digit, R(rd), imm, 0);
        if (ra_pin(&j->ra, d) == (int)rd && digit != 2 && digit != 3) {
            fl_source(j, op, digit, sz, R(rd), NULL, imm);
        }
    } else {
        bool swap_and = op->opc == TCG_and && !op->fl_def && sz == MO_64 &&
                        is_const(j, b) && const_val(j, b) <= UINT32_MAX;

        if (swap_and) {
            rd = out_from(j, d, a, MO_32);
            if (const_val(j, b) == UINT32_MAX) {
                out_op(j, 0x8b, rd, R(rd));
            } else {
                out_alu_imm(j, MO_32, digit, R(rd), const_val(j, b), 0);
            }
        } else {
            Opnd s = in_rm(j, b);

            rd = out_from(j, d, a, sz);
            out_op(j, osz(sz, digit << 3 | 2), rd, s);
            if (ra_pin(&j->ra, d) == (int)rd && digit != 2 && digit != 3) {
                fl_source(j, op, digit, sz, R(rd), &s, 0);
            }
        }
    }
    fl_end(j, op, FL_ALL);
    out_done(j, d, rd);
}

void lower_alu(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (try_lea(j, op)) {
        return;
    }
    fl_begin(j, op, FL_ALL);
    take_fuse(j);
    if (!try_no_result(j, op)) {
        alu_emit(j, op, x->arg);
    }
}

void lower_andn(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (have(HF_BMI1)) {
        unsigned a = ra_in(&j->ra, op->in[0]);
        Opnd b = in_rm(j, op->in[1]);
        unsigned rd = out_any(j, op->out[0], op->in[0]);

        out_vex(j, wsz(op->sz, 0xf2) | X_38, rd, a, b);
        out_done(j, op->out[0], rd);
    } else {
        Opnd b = in_rm(j, op->in[1]);
        unsigned rd = out_from(j, op->out[0], op->in[0], op->sz);

        out_op(j, wsz(op->sz, 0xf7), 2, R(rd));
        out_op(j, wsz(op->sz, 0x23), rd, b);
        out_done(j, op->out[0], rd);
    }
}

/* neg not inc dec: arg = opcode | digit << 24; in place. */
void lower_unary(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned digit = x->arg >> 24;
    uint32_t opc = x->arg & 0xffffff;

    if (op->sz != MO_32 && in_place_mem(j, op->out[0], op->in[0])) {
        out_op(j, osz(op->sz, opc), digit, GS(ra_home(&j->ra, op->out[0])));
        ra_out_mem(&j->ra, op->out[0]);
        return;
    }
    unsigned rd = out_from(j, op->out[0], op->in[0], op->sz);

    out_op(j, osz(op->sz, opc), digit, R(rd));
    out_done(j, op->out[0], rd);
}

/* cmp a, b; returns with flags in EFLAGS, operands maybe swapped (cond then
 * too, if it is given). */
void emit_cmp(X86Jit *j, const TCGOp *op, unsigned sz, TCGRef *pa, TCGRef *pb,
              unsigned *cond)
{
    TCGRef a = *pa, b = *pb;
    int32_t imm;

    if (cond && is_const(j, a) && !is_const(j, b)) {
        static const uint8_t swapped[] = {
            TCG_COND_EQ, TCG_COND_NE, TCG_COND_GT, TCG_COND_LE, TCG_COND_GE,
            TCG_COND_LT, TCG_COND_GTU, TCG_COND_LEU, TCG_COND_GEU,
            TCG_COND_LTU };

        a = *pb;
        b = *pa;
        *cond = swapped[*cond];
    }
    if (is_imm(j, b, sz, &imm)) {
        Opnd s = in_rm(j, a);

        if (imm == 0 && s.reg >= 0) {
            out_op(j, osz(sz, 0x84), s.reg, s);
        } else {
            out_alu_imm(j, sz, 7, s, imm, 0);
        }
        if (!cond) {
            fl_source(j, op, 7, sz, s, NULL, imm);
        }
        return;
    }
    bool fused = j->fuse && a == j->fuse_ref;
    Opnd sb = fused ? R(ra_in(&j->ra, b)) : in_rm(j, b);

    if (sb.reg >= 0) {
        Opnd sa = in_rm(j, a);

        out_op(j, osz(sz, 0x38), sb.reg, sa);
        if (!cond) {
            fl_source(j, op, 7, sz, sa, &sb, 0);
        }
    } else {
        out_op(j, osz(sz, 0x3a), ra_in(&j->ra, a), sb);
    }
}

void lower_cmp(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];
    int32_t imm;

    /* `test r, r` clears AF only by convention, so not if AF matters. */
    if (is_imm(j, b, op->sz, &imm) && imm == 0 && (op->fl_def & FL_A)) {
        out_alu_imm(j, op->sz, 7, in_rm(j, a), 0, 0);
    } else {
        emit_cmp(j, op, op->sz, &a, &b, NULL);
    }
    fl_end(j, op, FL_ALL);
}

void lower_test(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];
    int32_t imm;

    if (is_const(j, a) || ra_reg(&j->ra, a) < 0) {
        TCGRef t = a;

        if (ra_reg(&j->ra, b) >= 0 || is_const(j, a)) {
            a = b;
            b = t;
        }
    }
    if (is_imm(j, b, op->sz, &imm)) {
        Opnd s = in_rm(j, a);

        out_op(j, osz(op->sz, 0xf6), 0, s);
        oimm(j, MIN(1 << op->sz, 4), imm);
        fl_source(j, op, 8, op->sz, s, NULL, imm);
    } else if (j->fuse && a == j->fuse_ref) {
        unsigned rb = ra_in(&j->ra, b);

        out_op(j, osz(op->sz, 0x84), rb, in_rm(j, a));
    } else {
        Opnd sb = in_rm(j, b);

        out_op(j, osz(op->sz, 0x84), ra_in(&j->ra, a), sb);
        fl_source(j, op, 8, op->sz, R(ra_reg(&j->ra, a)), &sb, 0);
    }
    fl_end(j, op, FL_ALL);
}

/* ---- shifts -------------------------------------------------------------------- */

/* Makes rcx the count; returns the register that keeps rcx's own value, or -1
 * if it had it already. */
static int count_to_cl(X86Jit *j, TCGRef cnt)
{
    int save;

    if (ra_reg(&j->ra, cnt) == RCX) {
        ra_lock(&j->ra, RC_INT, RCX);
        return -1;
    }
    if (ra_reg(&j->ra, cnt) >= 0) {
        ra_in(&j->ra, cnt);
    }
    save = ra_tmp(&j->ra, RC_INT);
    out_mov_rr(j, MO_64, save, RCX);
    ra_lock(&j->ra, RC_INT, RCX);
    return save;
}

static bool try_shiftx(X86Jit *j, const TCGOp *op)
{
    static const uint32_t pfx[] = { X_66, X_F2, X_F3 };    /* shl shr sar */

    if (op->fl_def || op->sz < MO_32 || !have(HF_BMI2) ||
        op->opc < TCG_shl || op->opc > TCG_sar || is_const(j, op->in[0])) {
        return false;
    }
    unsigned cnt = ra_in(&j->ra, op->in[1]);
    Opnd a = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, 0xf7 | X_38 | pfx[op->opc - TCG_shl] |
               (op->sz == MO_64 ? X_W : 0), rd, cnt, a);
    out_done(j, op->out[0], rd);
    return true;
}

static void shift_const(X86Jit *j, const TCGOp *op, unsigned digit)
{
    unsigned n = const_val(j, op->in[1]) & (op->sz == MO_64 ? 63 : 31);
    TCGRef d = op->out[0], a = op->in[0];
    bool rot = digit <= 1;
    unsigned rd;

    if (n == 0) {
        rd = out_from(j, d, a, op->sz);
        if (op->sz == MO_32) {
            out_op(j, 0x8b, rd, R(rd));
        }
        out_done(j, d, rd);
        return;
    }
    if (rot && !op->fl_def && op->sz >= MO_32 && have(HF_BMI2) &&
        (fl_precious(j, op) || d != a) && !is_const(j, a)) {
        Opnd s = in_rm(j, a);
        unsigned bits = 8u << op->sz;

        rd = out_any(j, d, a);
        out_vex(j, 0xf0 | X_3A | X_F2 | (op->sz == MO_64 ? X_W : 0), rd, 0, s);
        o8(j, digit == 1 ? n : bits - n);
        out_done(j, d, rd);
        return;
    }
    unsigned clob = rot ? FL_C | FL_O : digit <= 3 ? FL_C | FL_O : FL_ALL;

    fl_begin(j, op, clob);
    if (op->sz != MO_32 && in_place_mem(j, d, a)) {
        Opnd m = GS(ra_home(&j->ra, d));

        out_op_imm8(j, osz(op->sz, 0xc0), digit, m, n);
        ra_out_mem(&j->ra, d);
        fl_end(j, op, clob);
        return;
    }
    rd = out_from(j, d, a, op->sz);
    if (n == 1) {
        out_op(j, osz(op->sz, 0xd0), digit, R(rd));
    } else {
        out_op_imm8(j, osz(op->sz, 0xc0), digit, R(rd), n);
    }
    fl_end(j, op, clob);
    out_done(j, d, rd);
}

void lower_shift(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0];
    unsigned digit = x->arg, rd;
    unsigned clob = digit <= 3 ? FL_C | FL_O : FL_ALL;
    int save;

    if (is_const(j, op->in[1])) {
        shift_const(j, op, digit);
        return;
    }
    if (try_shiftx(j, op)) {
        return;
    }
    if (op->fl_def || digit == 2 || digit == 3) {
        fl_begin(j, op, clob);
    } else {
        TCGOp o = *op;

        o.fl_use = 0;
        fl_begin(j, &o, clob);
    }
    save = count_to_cl(j, op->in[1]);
    if (save >= 0 && ra_pin(&j->ra, op->in[0]) == RCX) {
        /* The value is rcx's own: it is in save now. */
        rd = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, rd, save);
    } else if (save < 0 && ra_pin(&j->ra, d) == RCX &&
               ra_reg(&j->ra, op->in[0]) == RCX) {
        rd = RCX;
    } else {
        rd = out_from(j, d, op->in[0], op->sz);
    }
    if (save >= 0) {
        load_to(j, RCX, op->in[1], MO_32);
    }
    out_op(j, osz(op->sz, 0xd2), digit, R(rd));
    if (save >= 0) {
        out_mov_rr(j, MO_64, RCX, save);
    }
    fl_end(j, op, clob);
    out_done(j, d, rd);
}

void lower_shiftd(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], cnt = op->in[2];
    unsigned rb, rd;

    if (is_const(j, cnt)) {
        unsigned n = const_val(j, cnt) & (op->sz == MO_64 ? 63 : 31);

        fl_begin(j, op, n ? FL_ALL : 0);
        rb = ra_in(&j->ra, op->in[1]);
        rd = out_from(j, d, op->in[0], op->sz);
        if (n) {
            out_op_imm8(j, wsz(op->sz, x->arg) | X_0F, rb, R(rd), n);
        } else if (op->sz == MO_32) {
            out_op(j, 0x8b, rd, R(rd));
        }
        fl_end(j, op, n ? FL_ALL : 0);
        out_done(j, d, rd);
        return;
    }
    fl_begin(j, op, FL_ALL);
    if (ra_reg(&j->ra, cnt) == RCX) {
        ra_lock(&j->ra, RC_INT, RCX);
        rb = ra_in(&j->ra, op->in[1]);
        rd = out_from(j, d, op->in[0], op->sz);
        if (rd == RCX) {
            unsigned t = ra_tmp(&j->ra, RC_INT);

            out_mov_rr(j, MO_64, t, rd);
            rd = t;
        }
        out_op(j, wsz(op->sz, x->arg + 1) | X_0F, rb, R(rd));
    } else {
        /* rcx is borrowed for the count; nothing else may live in it. */
        unsigned save;
        int32_t off = ra_mem(&j->ra, cnt);

        ra_lock(&j->ra, RC_INT, RCX);
        rb = ra_in(&j->ra, op->in[1]);
        if (rb == RCX) {
            rb = ra_tmp(&j->ra, RC_INT);
            out_mov_rr(j, MO_64, rb, RCX);
        }
        rd = out_from(j, d, op->in[0], op->sz);
        if (rd == RCX) {
            rd = ra_tmp(&j->ra, RC_INT);
            out_mov_rr(j, MO_64, rd, RCX);
        }
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RCX);
        out_op(j, 0x8b, RCX, GS(off));
        out_op(j, wsz(op->sz, x->arg + 1) | X_0F, rb, R(rd));
        out_mov_rr(j, MO_64, RCX, save);
    }
    fl_end(j, op, FL_ALL);
    out_done(j, d, rd);
}

/* ---- multiplication, division ---------------------------------------------------- */

void lower_mul(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    bool merge = op->sz == MO_16;
    unsigned rd;
    int32_t imm;

    if (is_const(j, a) && !is_const(j, b) && !merge) {
        TCGRef t = a;

        a = b;
        b = t;
    }
    if (is_imm(j, b, op->sz, &imm) && !is_const(j, a) &&
        (!merge || d == a)) {
        Opnd s = in_rm(j, a);

        rd = out_any(j, d, a);
        if (imm == (int8_t)imm) {
            out_op_imm8(j, wsz(op->sz, 0x6b), rd, s, imm);
        } else {
            out_op(j, wsz(op->sz, 0x69), rd, s);
            oimm(j, merge ? 2 : 4, imm);
        }
    } else {
        alu_swap(j, op, &a, &b);
        Opnd s = in_rm(j, b);

        rd = out_from(j, d, a, op->sz);
        out_op(j, wsz(op->sz, 0xaf) | X_0F, rd, s);
    }
    out_done(j, d, rd);
}

void lower_adx(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];

    alu_swap(j, op, &a, &b);
    Opnd s = in_rm(j, b);
    unsigned rd = out_from(j, op->out[0], a, op->sz);
    out_op(j, wsz(op->sz, x->arg) | X_38, rd, s);
    out_done(j, op->out[0], rd);
}

/* Widening multiplication: arg = /digit of F6/F7. */
void lower_mul2(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef lo = op->out[0], hi = op->out[1], a = op->in[0], b = op->in[1];
    int save = -1;
    Opnd s;

    if (ra_reg(&j->ra, b) == RAX ||
        (is_const(j, b) && !is_const(j, a))) {
        TCGRef t = a;

        a = b;
        b = t;
    }
    ra_force(&j->ra, RC_INT, RAX, a);
    s = is_const(j, b) ? R(ra_in(&j->ra, b)) : in_rm(j, b);
    if (ra_reg(&j->ra, a) == RAX) {
        if (!ra_is_ebb(&j->ra, a) || !in_dies(j, a)) {
            /* A cached copy or a value still needed: move it out. */
            ra_untmp(&j->ra, RC_INT, RAX);
            ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
            load_to(j, RAX, a, MO_64);
        }
    } else {
        load_to(j, RAX, a, MO_64);
    }
    if (s.reg == RAX) {
        s = R(RAX);
    }
    bool hi_in_rdx = hi != TCG_NONE && ra_pin(&j->ra, hi) == RDX;

    if (op->sz != MO_8 && !hi_in_rdx) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    if (ra_reg(&j->ra, a) == RAX) {
        ra_steal(&j->ra, a);
    }
    if (op->sz <= MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
    }
    /* The flags are the product's; moves leave them. */
    if (op->sz == MO_8) {
        if (hi != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            unsigned rh = out_fresh(j, hi);

            out_movi(j, rh, 0, false);
            out_done(j, hi, rh);
        }
    } else if (hi_in_rdx) {
        if (op->sz == MO_16) {
            out_op(j, 0xb7 | X_0F, RDX, R(RDX));
        }
    } else {
        bool want = hi != TCG_NONE && !(op->dead & OPD_OUT << 1);

        if (want) {
            /* rdx gets its own value back, hi takes the other register. */
            ra_lock(&j->ra, RC_INT, RDX);
            if (op->sz == MO_16) {
                out_op(j, 0xb7 | X_0F, RDX, R(RDX));
            }
            if (lo != TCG_NONE && ra_pin(&j->ra, hi) < 0) {
                out_op(j, 0x87 | X_W, save, R(RDX));
                out_done(j, hi, save);
            } else {
                unsigned rh = out_fresh(j, hi);

                out_mov_rr(j, MO_64, rh, RDX);
                out_mov_rr(j, MO_64, RDX, save);
                out_done(j, hi, rh);
            }
        } else {
            out_mov_rr(j, MO_64, RDX, save);
        }
    }
    if (lo != TCG_NONE && !(op->dead & OPD_OUT)) {
        out_done(j, lo, RAX);
    }
}

void lower_mulx(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1], lo = op->out[0], hi = op->out[1];
    bool no_lo = lo == TCG_NONE || (op->dead & OPD_OUT);
    bool no_hi = hi == TCG_NONE || (op->dead & OPD_OUT << 1);
    int save = -1;

    if (ra_pin(&j->ra, b) == RDX) {
        a = b;
        b = op->in[0];
    }
    /* RDX keeps the guest's rdx unless that is written. */
    bool move = ra_pin(&j->ra, a) != RDX;
    bool keep = move && (no_lo || ra_pin(&j->ra, lo) != RDX) &&
                (no_hi || ra_pin(&j->ra, hi) != RDX);
    Opnd s = is_const(j, b) ? R(ra_in(&j->ra, b)) : in_rm(j, b);
    if (keep) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    if (move) {
        load_to(j, RDX, a, MO_64);
    }
    /* One instruction: the results may take the inputs' registers. */
    j->ra.busy[RC_INT] = keep ? 1u << save : 0;
    unsigned rh = no_hi ? ra_tmp(&j->ra, RC_INT) : out_fresh(j, hi);
    unsigned rl = no_lo ? rh : out_fresh(j, lo);
    out_vex(j, wsz(op->sz, x->arg) | X_38, rh, rl, s);
    if (keep) {
        out_mov_rr(j, MO_64, RDX, save);
    }
    if (!no_lo) {
        out_done(j, lo, rl);
    }
    if (!no_hi) {
        out_done(j, hi, rh);
    }
}

/* arg = /digit: 6 unsigned, 7 signed. */
void lower_div(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef quo = op->out[0], rem = op->out[1], hi = op->in[1];
    bool hi_home, rem_home = rem != TCG_NONE && ra_pin(&j->ra, rem) == RDX;
    int save = -1;
    Opnd s;

    ra_force(&j->ra, RC_INT, RAX, op->in[0]);
    s = is_const(j, op->in[2]) ? R(ra_in(&j->ra, op->in[2]))
                               : in_rm(j, op->in[2]);
    if (s.reg == RAX) {
        /* Divisor sits where the dividend goes. */
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_mov_rr(j, MO_64, t, RAX);
        s = R(t);
    }
    if (ra_reg(&j->ra, op->in[0]) == RAX) {
        if (!ra_is_ebb(&j->ra, op->in[0]) || !(op->dead & OPD_IN)) {
            ra_untmp(&j->ra, RC_INT, RAX);
            ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
            load_to(j, RAX, op->in[0], MO_64);
        }
    } else {
        load_to(j, RAX, op->in[0], MO_64);
    }
    if (op->sz == MO_8) {
        unsigned rr;

        fault_point(j);
        out_op(j, 0xf6 | X_BM, x->arg, s);
        if (ra_reg(&j->ra, op->in[0]) == RAX) {
            ra_steal(&j->ra, op->in[0]);
        }
        if (rem != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            rr = out_fresh(j, rem);
            if (rr < 8) {
                out_high_byte(j, rr, RAX);
            } else {
                out_mov_rr(j, MO_32, rr, RAX);
                out_high_byte(j, RAX, RAX);
                out_op(j, 0x87, rr, R(RAX));
            }
            out_done(j, rem, rr);
        }
        if (quo != TCG_NONE && !(op->dead & OPD_OUT)) {
            out_zext(j, MO_8, RAX, R(RAX));
            out_done(j, quo, RAX);
        }
        return;
    }
    hi_home = ra_reg(&j->ra, hi) == RDX;
    if (!rem_home) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RDX);
    }
    if (!hi_home) {
        if (s.reg == RDX || (s.reg < 0 && (s.base == RDX || s.index == RDX))) {
            unsigned t = ra_tmp(&j->ra, RC_INT);

            out_op(j, 0x8b | X_W, t, s);
            s = R(t);
        }
        load_to(j, RDX, hi, MO_64);
    }
    fault_point(j);
    out_op(j, osz(op->sz, 0xf6), x->arg, s);
    if (ra_reg(&j->ra, op->in[0]) == RAX) {
        ra_steal(&j->ra, op->in[0]);
    }
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, RAX, R(RAX));
        if (rem != TCG_NONE) {
            out_op(j, 0xb7 | X_0F, RDX, R(RDX));
        }
    }
    if (!rem_home) {
        if (rem != TCG_NONE && !(op->dead & OPD_OUT << 1)) {
            if (ra_pin(&j->ra, rem) < 0) {
                out_op(j, 0x87 | X_W, save, R(RDX));
                out_done(j, rem, save);
            } else {
                int pin = ra_pin(&j->ra, rem);

                out_mov_rr(j, MO_64, pin, RDX);
                out_mov_rr(j, MO_64, RDX, save);
            }
        } else {
            out_mov_rr(j, MO_64, RDX, save);
        }
    }
    if (quo != TCG_NONE && !(op->dead & OPD_OUT)) {
        out_done(j, quo, RAX);
    }
}

/* ---- bits -------------------------------------------------------------------------- */

void lower_bscan(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_64);

    out_op(j, wsz(op->sz, x->arg) | X_0F, rd, s);
    out_done(j, op->out[0], rd);
}

/* tzcnt lzcnt popcnt */
void lower_count(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_op(j, wsz(op->sz, x->arg) | X_0F | X_F3, rd, s);
    if (op->sz == MO_16) {
        out_op(j, 0xb7 | X_0F, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

void lower_bswap(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_from(j, op->out[0], op->in[0], op->sz);
    unsigned rex = (op->sz == MO_64 ? 0x48 : 0x40) | rd >> 3;

    if (rex != 0x40) {
        o8(j, rex);
    }
    o8(j, 0x0f);
    o8(j, 0xc8 | (rd & 7));
    out_done(j, op->out[0], rd);
}

/* bt bts btr btc: arg = /digit of 0F BA */
void lower_bt(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef b = op->in[1];
    bool has_out = op->opc != TCG_bt;
    Opnd s = { 0 };
    unsigned rb = 0, rd;

    if (op->sz == MO_8) {
        lower_fallback(j, op, x);
        return;
    }
    if (!is_const(j, b)) {
        rb = ra_in(&j->ra, b);
    }
    if (has_out) {
        rd = out_from(j, op->out[0], op->in[0], op->sz);
        s = R(rd);
    } else if (is_const(j, b)) {
        s = in_rm(j, op->in[0]);
    } else {
        s = R(in_reg(j, op->in[0], op->sz));
    }
    if (is_const(j, b)) {
        out_op_imm8(j, wsz(op->sz, 0xba) | X_0F, x->arg, s,
                    const_val(j, b) & ((8 << op->sz) - 1));
    } else {
        out_op(j, wsz(op->sz, 0x83 | x->arg << 3) | X_0F, rb, s);
    }
    if (has_out) {
        out_done(j, op->out[0], s.reg);
    }
}

/* blsr blsmsk blsi: arg = /digit of VEX 0F38 F3 */
void lower_bls(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, 0xf3) | X_38, x->arg, rd, s);
    out_done(j, op->out[0], rd);
}

/* bzhi bextr: the control in vvvv */
void lower_bzhi(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned c = ra_in(&j->ra, op->in[1]);
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, x->arg) | X_38, rd, c, s);
    out_done(j, op->out[0], rd);
}

void lower_pdep(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned a = ra_in(&j->ra, op->in[0]);
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    out_vex(j, wsz(op->sz, x->arg) | X_38, rd, a, s);
    out_done(j, op->out[0], rd);
}

void lower_crc32(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_32);
    uint32_t opc = op->sz == MO_8 ? 0xf0 | X_BM
                 : 0xf1 | (op->sz == MO_16 ? X_66 : op->sz == MO_64 ? X_W : 0);

    out_op(j, opc | X_F2 | X_38, rd, s);
    if (op->sz == MO_64) {
        out_op(j, 0x8b, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

/* ---- conditions ---------------------------------------------------------------------- */

void lower_setcc(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_from(j, op->out[0], op->in[0], MO_64);

    out_op(j, 0x90 | op->cond | X_0F | X_BM, 0, R(rd));
    out_done(j, op->out[0], rd);
}

void lower_cmov(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef d = op->out[0], a = op->in[0], b = op->in[1];
    unsigned cc = op->cond, rd;

    if (op->sz != MO_16 && d == b && d != a && !is_const(j, a) &&
        !(j->fuse && a == j->fuse_ref)) {
        TCGRef t = a;

        a = b;
        b = t;
        cc ^= 1;
    }
    Opnd s = in_rm(j, b);

    rd = out_from(j, d, a, op->sz);
    out_op(j, wsz(op->sz, 0x40 | cc) | X_0F, rd, s);
    out_done(j, d, rd);
}

void lower_setcond(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1];
    unsigned cond = op->cond, rd;

    emit_cmp(j, op, op->sz, &a, &b, &cond);
    rd = out_any(j, op->out[0], TCG_NONE);
    out_op(j, 0x90 | cond_cc(cond) | X_0F | X_BM, 0, R(rd));
    out_op(j, 0xb6 | X_0F | X_BM, rd, R(rd));
    out_done(j, op->out[0], rd);
}

void lower_movcond(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGRef a = op->in[0], b = op->in[1], c = op->in[2], e = op->in[3];
    unsigned cond = op->cond, rd;

    emit_cmp(j, op, op->sz, &a, &b, &cond);
    ra_unlock_all(&j->ra);
    Opnd s = in_rm(j, c);

    rd = out_from(j, op->out[0], e, MO_64);
    out_op(j, 0x40 | cond_cc(cond) | X_0F | (op->sz == MO_32 ? 0 : X_W), rd,
           s);
    if (op->sz <= MO_16) {
        out_zext(j, op->sz, rd, R(rd));
    }
    out_done(j, op->out[0], rd);
}

/* fl_use flags in EFLAGS layout. */
void lower_getfl(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t mask = tcg_flags_to_eflags(tcg_flags_home(op->fl_use));
    unsigned rd;

    if (op->fl_live & j->fl_h & ~j->fl_m) {
        fl_save(j, op->fl_live | op->fl_use);
    }
    if (op->fl_use & ~j->fl_h) {
        fl_save(j, op->fl_use | op->fl_live);
        fl_load(j, op->fl_use);
    }
    rd = out_any(j, op->out[0], TCG_NONE);
    o8(j, 0x9c);                                /* pushfq */
    if (rd >= 8) {
        o8(j, 0x41);
    }
    o8(j, 0x58 | (rd & 7));
    out_alu_imm(j, MO_32, 4, R(rd), mask, 0);
    j->fl_h = 0;
    out_done(j, op->out[0], rd);
}

/* fl_def flags from EFLAGS layout, to the home. */
void lower_setfl(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned keep = op->fl_live & ~op->fl_def, t;
    uint32_t mask = tcg_flags_home(op->fl_def);

    if (!op->fl_def) {
        return;
    }
    fl_save(j, keep | op->fl_use);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    t = ra_tmp(&j->ra, RC_INT);
    load_to(j, t, op->in[0], MO_32);
    out_zext(j, MO_8, RAX, R(t));
    out_op_imm8(j, 0xc1, 4, R(RAX), 8);         /* shl eax, 8 */
    out_op_imm8(j, 0xc1, 5, R(t), 11);          /* shr t, 11 */
    out_alu_imm(j, MO_32, 4, R(t), 1, 0);
    out_op(j, 0x0b, RAX, R(t));
    if (keep) {
        out_alu_imm(j, MO_32, 4, R(RAX), mask, 0);
        out_op(j, 0x8b, t, ENV(flags));
        out_alu_imm(j, MO_32, 4, R(t), ~mask, 0);
        out_op(j, 0x0b, RAX, R(t));
    }
    out_op(j, 0x89, RAX, ENV(flags));
    j->fl_h = 0;
    j->fl_m = keep ? j->fl_m | op->fl_def : op->fl_def;
}

void lower_flmod(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (!op->fl_def) {
        return;
    }
    o8(j, op->imm == 0 ? 0xf8 : op->imm == 1 ? 0xf9 : 0xf5);
}
