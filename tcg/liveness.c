/* SPDX-License-Identifier: MIT */
/*
 * One backward pass: removes ops whose results nobody reads and sets op->dead.
 * Guest state counts as read at every label, branch, fault and call; EBB temps
 * end with their block.
 */
#include "util/osdep.h"

#include "tcg/flags.h"
#include "tcg/liveness.h"

void tcg_pass_liveness(TCGContext *s)
{
    Live l = { .s = s, .bits = tcg_core(s)->live };
    TCGOp *op, *to, *end = s->ops + s->nb_ops;

    live_begin(&l);
    /* Kept ops move up against the end. */
    for (op = to = end; op-- > s->ops;) {
        const TCGOpDef *d = &tcg_op_defs[op->opc];

        if (op->opc == TCG_label) {
            block_edge(&l);
        } else if (op->opc == TCG_insn_start) {
            /* nothing to see */
        } else if (removable(&l, op, d)) {
            continue;
        } else {
            live_visit(&l, op, d);
        }
        if (--to != op) {
            *to = *op;
        }
    }
    s->nb_ops = end - to;
    s->ops = to;
}

/* Trims op, behind which the flags fl (both masks) are live: those before. */
static inline unsigned cold_flags(TCGContext *s, TCGOp *op, uint32_t props,
                                  unsigned fl, const uint16_t *at_label)
{
    unsigned kill, use;

    if (props & P_END) {
        fl = op->opc == TCG_brcc || op->opc == TCG_brcond ? fl : 0;
        if (props & P_LABEL) {
            fl |= at_label[op->label->id] & FL_ALL * TWICE;
        }
    } else if ((op->opc == TCG_call_pc || op->opc == TCG_call_ind) &&
               !tcg_ret_flags && fl && tcg_flags_read_at(s, op->imm2)) {
        note_flag_return(s, op->imm2);
    }
    use = both_effects(s, op, props, &kill);
    if ((props & (P_END | P_CALL)) && leaves(op)) {
        op->fl_use = use & FL_ALL;
    }
    trim_op(op, fl & FL_ALL);
    return (fl & ~kill) | use;
}

/*
 * Dead flags (tcg/flags.c) and the above in one walk, for code not known to be
 * hot.  What a branch back leads to was not seen yet: all flags count as live.
 */
void tcg_pass_cold(TCGContext *s)
{
    TCGCore *c = tcg_core(s);
    Live l = { .s = s, .bits = c->live };
    TCGOp *op, *to, *end = s->ops + s->nb_ops;
    uint16_t *at_label = tcg_malloc_raw(s, c->next_label * sizeof(*at_label));
    unsigned fl = 0;

    live_begin(&l);
    memset(at_label, 0xff, c->next_label * sizeof(*at_label));
    for (op = to = end; op-- > s->ops;) {
        const TCGOpDef *d = &tcg_op_defs[op->opc];

        if (op->opc == TCG_insn_start) {
            op->fl_live = fl;
        } else if (op->opc == TCG_label) {
            op->fl_live = fl;
            at_label[op->label->id] = fl;
            block_edge(&l);
        } else {
            if ((d->props & (P_END | P_CALL)) || op->fl_def || op->fl_use) {
                fl = cold_flags(s, op, d->props, fl, at_label);
            } else {
                op->fl_live = fl;
            }
            if (removable(&l, op, d)) {
                continue;
            }
            live_visit(&l, op, d);
        }
        if (--to != op) {
            *to = *op;
        }
    }
    s->nb_ops = end - to;
    s->ops = to;
    c->entry_reads = fl >> 8;
    c->entry_live = fl & FL_ALL;
}
