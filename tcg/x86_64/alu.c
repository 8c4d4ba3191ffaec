/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of addition and kin, logic, comparison.
 * Source for encodings and flags: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

static void take_fuse(X86Jit *j)
{
    if (j->fuse) {
        j->fuse_mem = mem_opnd(j, &j->fuse->mem);
    }
}

/* An unpinned global updated in its memory. */
bool in_place_mem(X86Jit *j, TCGRef d, TCGRef a)
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

void alu_swap(X86Jit *j, const TCGOp *op, TCGRef *a, TCGRef *b)
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
    } else if (op->in[0] == op->in[1] || (op->fl_def & (FL_P | FL_A))) {
        lower_fallback(j, op, x);
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
