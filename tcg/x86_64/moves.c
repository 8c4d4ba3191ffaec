/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of moves between integer registers: copies, extensions, fields.
 * Source for encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

/* May EFLAGS be clobbered before the op proper? */
bool flags_free(X86Jit *j, const TCGOp *op)
{
    return !((op->fl_use | (op->fl_live & ~op->fl_def)) & j->fl_h & ~j->fl_m) &&
           !(op->fl_use & j->fl_h);
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
void out_zext(X86Jit *j, unsigned sz, unsigned dst, Opnd src)
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
void out_high_byte(X86Jit *j, unsigned dst, unsigned src)
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
    fl_begin(j, op, FL_ALL);
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
    fl_end(j, op, FL_ALL);
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
    fl_begin(j, op, FL_ALL);
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
    fl_end(j, op, FL_ALL);
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
