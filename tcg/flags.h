/* SPDX-License-Identifier: MIT */
/*
 * What single ops do to the flags, for the passes; see tcg/flags.c.
 */
#ifndef TCG_FLAGS_H
#define TCG_FLAGS_H

#include "tcg/tcg-int.h"

enum { TWICE = 0x101 };     /* times a mask: into both halves */

/* Both masks of what is live at a guest pc. */
unsigned tcg_flags_both_at(TCGContext *s, uint64_t pc);

/* Do returns end all flags? */
static inline bool ret_ends(TCGContext *s)
{
    return tcg_core(s)->hot && !tcg_ret_flags;
}

/*
 * Shifts by a variable count, and partial updates in general, name in fl_use
 * the flags they may leave as they were: such flags are neither killed nor
 * read.  Returns the flags really read; *kill is what is surely overwritten.
 */
static inline unsigned op_effect(const TCGOp *op, unsigned *kill)
{
    unsigned use = op->fl_use, def = op->fl_def;

    if (!(use & def)) {
        *kill = def;
        return use;
    }
    switch (op->opc) {
    case TCG_shl: case TCG_shr: case TCG_sar: case TCG_rol: case TCG_ror:
    case TCG_shld: case TCG_shrd:
        *kill = def & ~use;
        return use & ~def;
    case TCG_rcl: case TCG_rcr:
        *kill = def & ~use;
        return use & ((~def & FL_ALL) | FL_C);
    case TCG_flmod:
        *kill = def & ~use;
        return use & ~def;
    default:
        *kill = def;
        return use;
    }
}

static inline void trim_op(TCGOp *op, unsigned live)
{
    unsigned kill, real = op_effect(op, &kill);

    op->fl_live = live;
    op->fl_def &= live;
    op->fl_use &= real | op->fl_def;
    /* A carry-in that only carry-out would have seen. */
    if (op->opc == TCG_flmod && !op->fl_def) {
        op->fl_use = 0;
    }
}

static inline bool leaves(const TCGOp *op)
{
    switch (op->opc) {
    case TCG_goto_pc: case TCG_call_pc: case TCG_ret: case TCG_goto_ind:
    case TCG_call_ind: case TCG_exit:
        return true;
    default:
        return false;
    }
}

/* As op_effect, with both masks. */
static inline unsigned both_effects(TCGContext *s, const TCGOp *op,
                                    uint32_t props, unsigned *kill)
{
    unsigned use;

    if ((props & (P_END | P_CALL)) && leaves(op)) {
        *kill = FL_ALL * TWICE;
        switch (op->opc) {
        case TCG_goto_pc:
        case TCG_call_pc:
            return tcg_flags_both_at(s, op->imm);
        case TCG_ret:
            return ret_ends(s) ? 0 : FL_ALL;
        default:
            return FL_ALL;
        }
    }
    use = op_effect(op, kill);
    *kill *= TWICE;
    if (op->opc == TCG_call && (op->helper->effects & HE_NORETURN)) {
        return use;
    }
    return use * TWICE;
}

/* What stands behind this call reads the flags it left. */
static inline void note_flag_return(TCGContext *s, uint64_t retpc)
{
    TCGCore *c = tcg_core(s);

    if (c->nb_flag_rets < TCG_MAX_FLAG_RETS) {
        c->flag_rets[c->nb_flag_rets] = retpc;
    }
    c->nb_flag_rets++;
}

#endif
