/* SPDX-License-Identifier: MIT */
/*
 * Where the guest's arithmetic flags are: in EFLAGS (fl_h), at their home in
 * the env (fl_m), or both.  Saving is LAHF, SETO, store; none of them changes
 * EFLAGS.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

/* Live flags are spread over both places: merge into the home. */
static void save_merged(X86Jit *j, unsigned host)
{
    uint32_t mask = tcg_flags_home(host);

    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    o8(j, 0x9f);                                    /* lahf */
    out_op(j, 0x90 | CC_O | X_0F | X_BM, 0, R(RAX)); /* seto al */
    out_op(j, 0x81, 4, R(RAX));                     /* and eax, mask */
    o32(j, mask);
    out_op(j, 0x81, 4, ENV(flags));
    o32(j, ~mask);
    out_op(j, 0x09, RAX, ENV(flags));               /* or [flags], eax */
    ra_untmp(&j->ra, RC_INT, RAX);
    j->fl_m |= host;
    j->fl_h = 0;
}

void fl_save(X86Jit *j, unsigned live)
{
    fl_save_for(j, live, live);
}

void fl_save_for(X86Jit *j, unsigned want, unsigned live)
{
    unsigned host = j->fl_h & ~j->fl_m;

    live |= want;
    if (!(want & host)) {
        return;
    }
    if (live & ~j->fl_h & j->fl_m) {
        save_merged(j, host);
        return;
    }
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    o8(j, 0x9f);                                    /* lahf */
    /* Even if OF is not wanted: bits 1 to 7 of the home must stay zero. */
    out_op(j, 0x90 | CC_O | X_0F | X_BM, 0, R(RAX)); /* seto al */
    out_op(j, 0x89, RAX, ENV(flags));
    ra_untmp(&j->ra, RC_INT, RAX);
    j->fl_m = j->fl_h;
}

void fl_load(X86Jit *j, unsigned mask)
{
    if (!(mask & ~j->fl_h)) {
        return;
    }
    /* What only EFLAGS has must not be lost. */
    fl_save(j, FL_ALL);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    out_op(j, 0x8b, RAX, ENV(flags));
    if ((j->fl_m & FL_O) && (mask & FL_O)) {
        o8(j, 0x04);                                /* add al, 0x7f */
        o8(j, 0x7f);
        o8(j, 0x9e);                                /* sahf */
        j->fl_h = j->fl_m;
    } else {
        o8(j, 0x9e);
        j->fl_h = j->fl_m & ~FL_O;
    }
    ra_untmp(&j->ra, RC_INT, RAX);
}

void fl_begin(X86Jit *j, const TCGOp *op, unsigned clob)
{
    unsigned keep = op->fl_live & ~op->fl_def;
    unsigned need = op->fl_use;

    if (op->fl_def) {
        need |= keep & ~clob;
    }
    if (need & ~j->fl_h) {
        /* Those only at home come in; those the op destroys go out first. */
        fl_save(j, op->fl_live | op->fl_use);
        fl_load(j, need | (keep & ~clob));
    }
    if (keep & clob & j->fl_h & ~j->fl_m) {
        fl_save(j, op->fl_live | op->fl_use);
        fl_load(j, need);       /* merging costs EFLAGS */
    }
}

void fl_end(X86Jit *j, const TCGOp *op, unsigned clob)
{
    j->fl_h = (j->fl_h & ~clob) | op->fl_def;
    j->fl_m &= ~op->fl_def;
}

/* ---- flags made again ------------------------------------------------------- */

void fl_source(X86Jit *j, const TCGOp *op, unsigned digit, unsigned sz, Opnd a,
               const Opnd *b, int32_t imm)
{
    uint32_t tmp = j->ra.is_tmp[RC_INT];

    if (a.reg < 0 || (tmp >> a.reg & 1) ||
        (b && (b->reg < 0 || (tmp >> b->reg & 1))) ||
        (b && b->reg == a.reg && digit != 7 && digit != 8)) {
        return;
    }
    j->flsrc_new = (X86FlagSrc){
        .valid = true, .imm = !b, .digit = digit, .sz = sz, .a = a.reg,
        .b = b ? b->reg : a.reg, .flags = op->fl_def, .val = imm,
    };
}

void fl_source_step(X86Jit *j, const TCGOp *op)
{
    if (j->flsrc_new.valid) {
        j->flsrc = j->flsrc_new;
        j->flsrc_new.valid = false;
        return;
    }
    if (!j->flsrc.valid) {
        return;
    }
    if (op->fl_def || op->opc == TCG_label ||
        (tcg_op_defs[op->opc].props & P_CALL)) {
        j->flsrc.valid = false;
        return;
    }
    for (unsigned k = 0; k < ARRAY_SIZE(op->out); k++) {
        int pin = op->out[k] == TCG_NONE ||
                  ra_cls(&j->ra, op->out[k]) != RC_INT
                  ? -1 : ra_pin(&j->ra, op->out[k]);

        if (pin >= 0 && (pin == j->flsrc.a || pin == j->flsrc.b)) {
            j->flsrc.valid = false;
        }
    }
}

bool fl_defer(X86Jit *j, unsigned want)
{
    if (j->flsrc.valid && !(want & ~j->flsrc.flags) &&
        !(want & ~j->fl_h) && (want & ~j->fl_m)) {
        return true;
    }
    fl_save(j, want);
    return false;
}

static void out_src(X86Jit *j, const X86FlagSrc *s, unsigned digit)
{
    if (digit == 8) {
        if (s->imm) {
            out_op(j, osz(s->sz, 0xf6), 0, R(s->a));
            oimm(j, MIN(1 << s->sz, 4), s->val);
        } else {
            out_op(j, osz(s->sz, 0x84), s->b, R(s->a));
        }
    } else if (s->imm) {
        out_alu_imm(j, s->sz, digit, R(s->a), s->val, 0);
    } else {
        out_op(j, osz(s->sz, digit << 3), s->b, R(s->a));
    }
}

void fl_remake(X86Jit *j, const X86FlagSrc *src, unsigned keep,
               unsigned scratch)
{
    /* Addition and subtraction are undone first, exclusive or undoes itself;
     * and, or repeated change nothing, nor do cmp and test. */
    if (src->digit == 0 || src->digit == 5) {
        out_src(j, src, src->digit ^ 5);
    } else if (src->digit == 6) {
        out_src(j, src, 6);
    }
    out_src(j, src, src->digit);
    if (keep == RAX) {
        out_mov_rr(j, MO_64, scratch, RAX);
    }
    o8(j, 0x9f);                                    /* lahf */
    out_op(j, 0x90 | CC_O | X_0F | X_BM, 0, R(RAX)); /* seto al */
    out_op(j, 0x89, RAX, ENV(flags));
    if (keep == RAX) {
        out_mov_rr(j, MO_64, RAX, scratch);
    }
}
