/* SPDX-License-Identifier: MIT */
/*
 * The register allocator shared by the code-generating back ends; see the
 * header for the model.  Flow: passes -> (this, op by op) -> emission.
 */
#include "util/osdep.h"

#include "tcg/regalloc.h"
#include "tcg/tcg-int.h"

/* ---- slots ------------------------------------------------------------------ */

static int32_t slot_alloc(RA *ra, TCGType type)
{
    if (type == TCG_I64) {
        for (unsigned i = 0; i < RA_NSLOTS; i++) {
            if (!(ra->slot_used[i / 64] >> (i % 64) & 1)) {
                ra->slot_used[i / 64] |= 1ull << (i % 64);
                return offsetof(TCGEnv, spill) + i * 8;
            }
        }
    } else {
        for (unsigned i = 0; i < RA_NVSLOTS; i++) {
            if (!(ra->vslot_used >> i & 1)) {
                ra->vslot_used |= 1u << i;
                return offsetof(TCGEnv, vspill) + i * 32;
            }
        }
    }
    ra->failed = RA_NO_SLOT;
    return type == TCG_I64 ? offsetof(TCGEnv, spill) : offsetof(TCGEnv, vspill);
}

static void slot_free(RA *ra, TCGType type, int32_t off)
{
    if (type == TCG_I64) {
        unsigned i = (off - offsetof(TCGEnv, spill)) / 8;

        ra->slot_used[i / 64] &= ~(1ull << (i % 64));
    } else {
        ra->vslot_used &= ~(1u << ((off - offsetof(TCGEnv, vspill)) / 32));
    }
}

static void note_range(RA *ra, TCGRef r, unsigned i)
{
    if (r != TCG_NONE && ra->s->temps[r].kind == TEMP_LOCAL) {
        if (!ra->t[r].last) {
            ra->t[r].first = i + 1;
        }
        ra->t[r].last = i + 1;
    }
}

/* Extends ranges over loops: a local set before a loop and used inside it
 * must survive to the loop's end. */
static void extend_over(RA *ra, const TCGRef *loc, unsigned n, unsigned head,
                        unsigned tail, bool *again)
{
    for (unsigned k = 0; k < n; k++) {
        RATemp *t = &ra->t[loc[k]];

        if (t->first < head && t->last >= head && t->last < tail) {
            t->last = tail;
            *again = true;
        }
    }
}

static void ranges_loops(RA *ra, const TCGRef *loc, unsigned n)
{
    TCGContext *s = ra->s;
    uint32_t max_id = 0, *pos;
    bool again;

    for (unsigned i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == TCG_label) {
            max_id = MAX(max_id, s->ops[i].label->id);
        }
    }
    pos = tcg_malloc(s, (max_id + 1) * sizeof(*pos));
    do {
        again = false;
        for (unsigned i = 0; i < s->nb_ops; i++) {
            const TCGOp *op = &s->ops[i];

            if (op->opc == TCG_label) {
                pos[op->label->id] = i + 1;
            } else if ((tcg_op_defs[op->opc].props & P_LABEL) &&
                       op->label->id <= max_id && pos[op->label->id] &&
                       pos[op->label->id] <= i) {
                extend_over(ra, loc, n, pos[op->label->id], i + 1, &again);
            }
        }
    } while (again);
}

/* Locals live in memory: slots by a linear scan over their ranges. */
static void place_locals(RA *ra)
{
    TCGContext *s = ra->s;
    unsigned n = 0;
    TCGRef *loc;

    for (unsigned r = s->nb_globals; r < s->nb_temps; r++) {
        n += s->temps[r].kind == TEMP_LOCAL;
    }
    if (!n) {
        return;
    }
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];

        for (unsigned k = 0; k < ARRAY_SIZE(op->in); k++) {
            note_range(ra, op->in[k], i);
        }
        note_range(ra, op->mem.base, i);
        note_range(ra, op->mem.index, i);
        for (unsigned k = 0; k < ARRAY_SIZE(op->out); k++) {
            note_range(ra, op->out[k], i);
        }
    }
    loc = tcg_malloc(s, n * sizeof(*loc));
    n = 0;
    for (unsigned r = s->nb_globals; r < s->nb_temps; r++) {
        if (s->temps[r].kind == TEMP_LOCAL && ra->t[r].last) {
            loc[n++] = r;
        }
    }
    ranges_loops(ra, loc, n);
    /* By first use; insertion sort, as they nearly are in order. */
    for (unsigned i = 1; i < n; i++) {
        for (unsigned k = i;
             k && ra->t[loc[k]].first < ra->t[loc[k - 1]].first; k--) {
            TCGRef x = loc[k];

            loc[k] = loc[k - 1];
            loc[k - 1] = x;
        }
    }
    for (unsigned i = 0, lo = 0; i < n; i++) {
        RATemp *t = &ra->t[loc[i]];

        for (unsigned k = lo; k < i; k++) {
            RATemp *o = &ra->t[loc[k]];

            if (o->once && o->last < t->first) {
                slot_free(ra, s->temps[loc[k]].type, o->off);
                o->once = false;
            }
            if (!o->once && k == lo) {
                lo++;
            }
        }
        t->off = slot_alloc(ra, s->temps[loc[i]].type);
        t->once = true;
        t->in_mem = true;
    }
    for (unsigned i = 0; i < n; i++) {
        RATemp *t = &ra->t[loc[i]];

        /* From here on all of them hold their slots for the whole region, so
         * that spills stay clear of them. */
        t->once = false;
        if (s->temps[loc[i]].type == TCG_I64) {
            unsigned k = (t->off - offsetof(TCGEnv, spill)) / 8;

            ra->slot_used[k / 64] |= 1ull << (k % 64);
        } else {
            ra->vslot_used |=
                1u << ((t->off - offsetof(TCGEnv, vspill)) / 32);
        }
    }
}

/* Where the globals are when a region begins; made once a context. */
static const RATemp *globals(TCGContext *s, const RAHost *host)
{
    TCGCore *core = tcg_core(s);
    RATemp *t;

    if (core->ra_globals && core->ra_host == host) {
        return core->ra_globals;
    }
    g_free(core->ra_globals);
    t = g_new0(RATemp, s->nb_globals);
    for (unsigned r = 0; r < s->nb_globals; r++) {
        const TCGTemp *g = &s->temps[r];
        unsigned c = g->type == TCG_I64 ? RC_INT : RC_VEC;

        t[r].reg = -1;
        t[r].off = g->offset;
        if (g->pin < host->nb_pin[c]) {
            t[r].pinned = true;
            t[r].reg = host->pin[c][g->pin];
        } else {
            t[r].in_mem = true;
        }
    }
    core->ra_host = host;
    return core->ra_globals = t;
}

void ra_init(RA *ra, TCGContext *s, const RAHost *host)
{
    static const RATemp blank = { .reg = -1 };
    unsigned nb_globals = s->nb_globals, nb_temps = s->nb_temps;

    memset(ra, 0, sizeof(*ra));
    ra->s = s;
    ra->host = host;
    memset(ra->val, 0xff, sizeof(ra->val));
    for (unsigned c = 0; c < RA_NCLS; c++) {
        for (unsigned i = 0; i < host->nb_tmp[c]; i++) {
            ra->is_tmp[c] |= 1u << host->tmp[c][i];
        }
    }
    ra->t = tcg_malloc_raw(s, nb_temps * sizeof(*ra->t));
    memcpy(ra->t, globals(s, host), nb_globals * sizeof(*ra->t));
    for (unsigned r = nb_globals; r < nb_temps; r++) {
        ra->t[r] = blank;
    }
    if (tcg_core(s)->nb_locals) {
        place_locals(ra);
    }
}

/* ---- registers -------------------------------------------------------------- */

static void touch(RA *ra, unsigned cls, unsigned reg)
{
    ra->busy[cls] |= 1u << reg;
    ra->stamp[cls][reg] = ++ra->clock;
}

static void bind(RA *ra, unsigned cls, unsigned reg, TCGRef r)
{
    ra->val[cls][reg] = r;
    ra->t[r].reg = reg;
}

static void unbind(RA *ra, unsigned cls, unsigned reg)
{
    TCGRef r = ra->val[cls][reg];

    if (r != TCG_NONE) {
        ra->t[r].reg = -1;
        ra->val[cls][reg] = TCG_NONE;
    }
}

static bool is_clean(const RA *ra, TCGRef r)
{
    return r == TCG_NONE || ra->t[r].in_mem || ra_is_const(ra, r);
}

static void spill(RA *ra, unsigned cls, unsigned reg)
{
    TCGRef r = ra->val[cls][reg];

    if (r == TCG_NONE) {
        return;
    }
    if (!is_clean(ra, r)) {
        RATemp *t = &ra->t[r];

        if (!t->off) {
            t->off = slot_alloc(ra, ra_temp(ra, r)->type);
            t->once = true;
        }
        ra->host->st(ra, ra_temp(ra, r)->type, reg, t->off);
        t->in_mem = true;
    }
    unbind(ra, cls, reg);
}

/* Best temporary to take: empty, else the oldest clean, else the oldest. */
static int pick(RA *ra, unsigned cls, bool cheap)
{
    int best = -1;
    uint64_t best_cost = UINT64_MAX;

    for (unsigned i = 0; i < ra->host->nb_tmp[cls]; i++) {
        unsigned reg = ra->host->tmp[cls][i];
        TCGRef r = ra->val[cls][reg];
        uint64_t cost;

        if (ra_locked(ra, cls, reg)) {
            continue;
        }
        cost = r == TCG_NONE ? 0
             : (is_clean(ra, r) ? 1ull << 32 : 1ull << 33) +
               ra->stamp[cls][reg];
        if (cost < best_cost) {
            best_cost = cost;
            best = reg;
        }
    }
    if (cheap && best_cost >= 1ull << 33) {
        return -1;
    }
    return best;
}

unsigned ra_tmp(RA *ra, unsigned cls)
{
    int reg = pick(ra, cls, false);

    if (unlikely(reg < 0)) {
        ra->failed = ra->failed ? ra->failed : RA_NO_REG;
        return ra->host->tmp[cls][0];
    }
    spill(ra, cls, reg);
    touch(ra, cls, reg);
    return reg;
}

void ra_untmp(RA *ra, unsigned cls, unsigned reg)
{
    ra->busy[cls] &= ~(1u << reg);
}

unsigned ra_in(RA *ra, TCGRef r)
{
    RATemp *t = &ra->t[r];
    unsigned cls = ra_cls(ra, r), reg;

    if (t->reg < 0) {
        reg = ra_tmp(ra, cls);
        if (ra_is_const(ra, r)) {
            ra->host->movi(ra, reg, ra_temp(ra, r)->val);
        } else if (t->in_mem) {
            ra->host->ld(ra, ra_temp(ra, r)->type, reg, t->off);
        } /* else: read before written, any value will do */
        bind(ra, cls, reg, r);
    }
    touch(ra, cls, t->reg);
    return t->reg;
}

void ra_force(RA *ra, unsigned cls, unsigned reg, TCGRef keep)
{
    TCGRef r = ra->val[cls][reg];

    if (r != TCG_NONE && r != keep) {
        int to;

        ra->busy[cls] |= 1u << reg;
        to = is_clean(ra, r) ? -1 : pick(ra, cls, true);
        if (to >= 0) {
            spill(ra, cls, to);
            ra->host->mov(ra, cls, ra_temp(ra, r)->type, to, reg);
            ra->val[cls][reg] = TCG_NONE;
            bind(ra, cls, to, r);
            ra->stamp[cls][to] = ra->stamp[cls][reg];
        } else {
            spill(ra, cls, reg);
        }
    }
    touch(ra, cls, reg);
}

void ra_vacate(RA *ra, TCGRef r)
{
    spill(ra, ra_cls(ra, r), ra->t[r].reg);
}

int ra_steal(RA *ra, TCGRef r)
{
    int reg = ra->t[r].reg;

    if (reg < 0 || !ra_is_ebb(ra, r)) {
        return -1;
    }
    unbind(ra, ra_cls(ra, r), reg);
    return reg;
}

static void drop_slot(RA *ra, TCGRef r)
{
    RATemp *t = &ra->t[r];

    t->in_mem = false;
    if (t->once) {
        slot_free(ra, ra_temp(ra, r)->type, t->off);
        t->once = false;
        t->off = 0;
    }
}

void ra_out_done(RA *ra, TCGRef r, unsigned reg)
{
    RATemp *t = &ra->t[r];
    unsigned cls = ra_cls(ra, r);

    if (t->pinned) {
        if (t->reg != (int)reg) {
            ra->host->mov(ra, cls, ra_temp(ra, r)->type, t->reg, reg);
        }
        return;
    }
    if (t->reg != (int)reg) {
        if (t->reg >= 0) {
            unbind(ra, cls, t->reg);
        }
        if (!(ra->is_tmp[cls] >> reg & 1)) {
            unsigned to = ra_tmp(ra, cls);

            ra->host->mov(ra, cls, ra_temp(ra, r)->type, to, reg);
            reg = to;
        }
        unbind(ra, cls, reg);
        bind(ra, cls, reg, r);
    }
    touch(ra, cls, reg);
    if (ra_is_ebb(ra, r)) {
        drop_slot(ra, r);
    } else {
        ra->host->st(ra, ra_temp(ra, r)->type, reg, t->off);
    }
}

void ra_out_mem(RA *ra, TCGRef r)
{
    RATemp *t = &ra->t[r];

    if (t->reg >= 0) {
        unbind(ra, ra_cls(ra, r), t->reg);
    }
    t->in_mem = true;
}

int32_t ra_home(RA *ra, TCGRef r)
{
    RATemp *t = &ra->t[r];

    if (!t->off) {
        t->off = slot_alloc(ra, ra_temp(ra, r)->type);
        t->once = true;
    }
    return t->off;
}

int32_t ra_mem(RA *ra, TCGRef r)
{
    RATemp *t = &ra->t[r];
    int32_t off = ra_home(ra, r);

    if (t->pinned || (!t->in_mem && t->reg >= 0)) {
        ra->host->st(ra, ra_temp(ra, r)->type, t->reg, off);
        t->in_mem = !t->pinned;
    }
    return off;
}

void ra_unlock_all(RA *ra)
{
    ra->busy[RC_INT] = ra->busy[RC_VEC] = 0;
}

static void release(RA *ra, TCGRef r)
{
    if (r != TCG_NONE && ra_is_ebb(ra, r)) {
        if (ra->t[r].reg >= 0) {
            unbind(ra, ra_cls(ra, r), ra->t[r].reg);
        }
        drop_slot(ra, r);
    }
}

static bool is_out(const TCGOp *op, TCGRef r)
{
    return r == op->out[0] || r == op->out[1] || r == op->out[2];
}

void ra_kill_dead(RA *ra, const TCGOp *op)
{
    if (!op->dead) {
        return;
    }
    for (unsigned k = 0; k < ARRAY_SIZE(op->in); k++) {
        if ((op->dead & OPD_IN << k) && !is_out(op, op->in[k])) {
            release(ra, op->in[k]);
        }
    }
    if ((op->dead & OPD_BASE) && !is_out(op, op->mem.base)) {
        release(ra, op->mem.base);
    }
    if ((op->dead & OPD_INDEX) && !is_out(op, op->mem.index)) {
        release(ra, op->mem.index);
    }
    for (unsigned k = 0; k < ARRAY_SIZE(op->out); k++) {
        if (op->dead & OPD_OUT << k) {
            release(ra, op->out[k]);
        }
    }
}

void ra_op_end(RA *ra, const TCGOp *op)
{
    ra_unlock_all(ra);
    ra_kill_dead(ra, op);
}

void ra_spill_all(RA *ra)
{
    for (unsigned c = 0; c < RA_NCLS; c++) {
        for (unsigned i = 0; i < ra->host->nb_tmp[c]; i++) {
            spill(ra, c, ra->host->tmp[c][i]);
        }
    }
}

void ra_bb_end(RA *ra)
{
    for (unsigned c = 0; c < RA_NCLS; c++) {
        for (unsigned i = 0; i < ra->host->nb_tmp[c]; i++) {
            unsigned reg = ra->host->tmp[c][i];
            TCGRef r = ra->val[c][reg];

            if (r != TCG_NONE && ra_is_ebb(ra, r)) {
                drop_slot(ra, r);
            }
            unbind(ra, c, reg);
        }
    }
}

int ra_near_const(RA *ra, uint64_t val, int64_t *delta)
{
    for (unsigned i = 0; i < ra->host->nb_tmp[RC_INT]; i++) {
        unsigned reg = ra->host->tmp[RC_INT][i];
        TCGRef r = ra->val[RC_INT][reg];

        if (r != TCG_NONE && ra_is_const(ra, r)) {
            int64_t d = val - ra_temp(ra, r)->val;

            if (d == (int32_t)d) {
                touch(ra, RC_INT, reg);
                *delta = d;
                return reg;
            }
        }
    }
    return -1;
}
