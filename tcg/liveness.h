/* SPDX-License-Identifier: MIT */
/*
 * Which values are read behind an op, for the passes; see tcg/liveness.c.
 */
#ifndef TCG_LIVENESS_H
#define TCG_LIVENESS_H

#include "tcg/tcg-int.h"

typedef struct Live {
    TCGContext *s;
    uint64_t *bits;
    unsigned words;             /* that cover all temps */
    unsigned global_words;      /* whole ones, and a mask for the rest */
    uint64_t global_rest;
    unsigned nb_locals;
    const TCGRef *locals;
} Live;

static inline bool live(const Live *l, TCGRef r)
{
    return l->bits[r >> 6] >> (r & 63) & 1;
}

static inline void set_live(Live *l, TCGRef r)
{
    l->bits[r >> 6] |= 1ull << (r & 63);
}

static inline void set_dead(Live *l, TCGRef r)
{
    l->bits[r >> 6] &= ~(1ull << (r & 63));
}

static inline void globals_live(Live *l)
{
    unsigned i;

    for (i = 0; i < l->global_words; i++) {
        l->bits[i] = ~0ull;
    }
    l->bits[i] |= l->global_rest;
}

/* At a block's edge only globals and locals live.  EBB temps met so far are
 * dead there already: their definition was passed. */
static inline void block_edge(Live *l)
{
    unsigned i;

    globals_live(l);
    for (i = 0; i < l->nb_locals; i++) {
        set_live(l, l->locals[i]);
    }
}

static inline void live_begin(Live *l)
{
    l->nb_locals = tcg_core(l->s)->nb_locals;
    l->locals = tcg_core(l->s)->locals;
    l->words = l->s->nb_temps / 64 + 1;
    l->global_words = l->s->nb_globals / 64;
    l->global_rest = (1ull << (l->s->nb_globals % 64)) - 1;
    memset(l->bits, 0, l->words * sizeof(l->bits[0]));
    block_edge(l);
}

static inline bool reads_globals(const TCGOp *op, uint32_t props)
{
    unsigned e;

    if (op->opc != TCG_call) {
        return props & (P_FAULT | P_END | P_CALL | P_FP);   /* #XM */
    }
    e = op->helper->effects;
    return !(e & HE_NOGLOBALS) || !(e & HE_NOFAULT);
}

/* A 128-bit result leaves the rest of a wider global alone. */
static inline bool partial_write(const Live *l, const TCGOp *op,
                                 uint32_t props, TCGRef r)
{
    return (props & P_VEC) && op->vt < l->s->temps[r].type &&
           !(op->attr & OPA_ZU) && l->s->temps[r].type != TCG_I64;
}

static inline bool removable(const Live *l, const TCGOp *op,
                             const TCGOpDef *d)
{
    unsigned i;

    if ((d->props & (P_SIDE | P_FAULT | P_ST | P_END | P_CALL | P_LABEL |
                     P_FP)) || op->fl_def) {
        return false;
    }
    if (op->opc == TCG_mov && op->sz == MO_64 && op->in[0] == op->out[0]) {
        return true;
    }
    for (i = 0; i < d->nb_out; i++) {
        if (op->out[i] != TCG_NONE && live(l, op->out[i])) {
            return false;
        }
    }
    return true;
}

/* Notes whether r dies here.  Constants are never asked about. */
static inline unsigned dies(const Live *l, TCGRef r, unsigned bit)
{
    return r != TCG_NONE && !live(l, r) &&
           l->s->temps[r].kind != TEMP_CONST ? 1u << bit : 0;
}

static inline void revive(Live *l, TCGRef r)
{
    if (r != TCG_NONE) {
        set_live(l, r);
    }
}

static inline void live_visit(Live *l, TCGOp *op, const TCGOpDef *d)
{
    unsigned i, nb_in = d->nb_in, nb_out = d->nb_out, dead = 0;

    if (op->opc == TCG_call) {
        nb_in = op->helper->nb_args;
        nb_out = op->out[0] != TCG_NONE;
    }
    if (d->props & P_END) {
        block_edge(l);
    }
    for (i = 0; i < nb_out; i++) {
        TCGRef r = op->out[i];

        if (r != TCG_NONE && !partial_write(l, op, d->props, r)) {
            if (!live(l, r)) {
                dead |= 1u << (8 + i);
            }
            set_dead(l, r);
        }
    }
    if (reads_globals(op, d->props)) {
        globals_live(l);
    }
    /* All are judged before any is revived: x + x has two last uses. */
    for (i = 0; i < nb_in; i++) {
        dead |= dies(l, op->in[i], i);
    }
    if (d->props & P_MEM) {
        dead |= dies(l, op->mem.base, 6) | dies(l, op->mem.index, 7);
        revive(l, op->mem.base);
        revive(l, op->mem.index);
    }
    for (i = 0; i < nb_in; i++) {
        revive(l, op->in[i]);
    }
    op->dead = dead;
}

#endif
