/* SPDX-License-Identifier: MIT */
/*
 * IR to bytecode, the driver: walks the ops once, gives temps their slots in
 * the frame, resolves labels and fills in the TB's tables.
 */
#include "util/osdep.h"
#include "tcg/tci/compile.h"

/* ---- words --------------------------------------------------------------- */

TCIWord *tci_put(TCIComp *c, unsigned handler, unsigned n)
{
    TCIWord *w = c->p;

    if (c->p + n > c->end) {
        c->full = true;
        w = c->spare;
    } else {
        c->p += n;
    }
    memset(w, 0, n * sizeof(*w));
    w->h = tci_labels[handler];
    return w;
}

TCIWord *tci_put_fault(TCIComp *c, unsigned handler, unsigned n)
{
    TCIWord *w = tci_put(c, handler, n);
    TCGTB *tb = c->tb;

    tb->faults[tb->nb_faults++] = (TCGFaultPoint) {
        .host = (w - c->code) * sizeof(*w),
        .where = c->insn ? c->insn - 1 : 0,
    };
    return w;
}

void tci_target(TCIComp *c, TCIWord *word, TCGLabel *l)
{
    TCIFixup *f = tcg_malloc(c->s, sizeof(*f));

    f->word = word;
    f->label = l;
    f->next = c->fixups;
    c->fixups = f;
}

/* ---- the frame ----------------------------------------------------------- */

static unsigned take_q(TCIComp *c, bool local)
{
    for (unsigned i = 0; i < ARRAY_SIZE(c->qused); i++) {
        uint64_t avail = ~c->qused[i];
        unsigned bit = avail ? __builtin_ctzll(avail) : 64;
        if (bit < 64 && 64 * i + bit < TCI_NB_QSLOTS) {
            c->qused[i] |= 1ull << bit;
            c->qlocal[i] |= (uint64_t)local << bit;
            return TCI_QSLOTS + 8 * (64 * i + bit);
        }
    }
    c->full = true;
    return TCI_TRASH;
}

static unsigned take_v(TCIComp *c, bool local)
{
    unsigned bit;

    if (!~c->vused) {
        c->full = true;
        return TCI_TRASH;
    }
    bit = __builtin_ctzll(~c->vused);
    c->vused |= 1ull << bit;
    c->vlocal |= (uint64_t)local << bit;
    return TCI_VSLOTS + 32 * bit;
}

static void give(TCIComp *c, unsigned slot)
{
    if (slot >= TCI_QSLOTS) {
        unsigned n = (slot - TCI_QSLOTS) / 8;
        c->qused[n / 64] &= ~(1ull << n % 64);
    } else if (slot >= TCI_VSLOTS) {
        c->vused &= ~(1ull << (slot - TCI_VSLOTS) / 32);
    }
}

unsigned tci_scratch(TCIComp *c)
{
    return take_q(c, false);
}

void tci_scratch_free(TCIComp *c, unsigned slot)
{
    give(c, slot);
}

/* priv[0] of a temp is its slot, 0 if it has none. */
static unsigned place(TCIComp *c, TCGRef r)
{
    TCGTemp *t = &c->s->temps[r];
    bool local = t->kind == TEMP_LOCAL;

    if (t->kind == TEMP_GLOBAL) {
        return t->offset;
    }
    if (!t->priv[0]) {
        t->priv[0] = t->type == TCG_I64 || t->kind == TEMP_CONST
                     ? take_q(c, local) : take_v(c, local);
        if (!local) {
            c->block[c->nb_block++] = r;
        }
    }
    return t->priv[0];
}

unsigned tci_out(TCIComp *c, TCGRef r)
{
    return r == TCG_NONE ? TCI_TRASH : place(c, r);
}

unsigned tci_in(TCIComp *c, TCGRef r)
{
    TCGTemp *t;

    if (r == TCG_NONE) {
        return TCI_ZERO;
    }
    t = &c->s->temps[r];
    if (t->kind == TEMP_CONST && !t->val) {
        return TCI_ZERO;
    }
    if (t->kind == TEMP_CONST && !t->priv[0]) {
        unsigned slot = place(c, r);
        TCIWord *w = tci_put(c, H_movi, 3);
        w[1].a = slot;
        w[2].q = t->val;
        return slot;
    }
    return place(c, r);
}

/* Everything but locals dies at the end of a block. */
static void end_block(TCIComp *c)
{
    while (c->nb_block) {
        c->s->temps[c->block[--c->nb_block]].priv[0] = 0;
    }
    memcpy(c->qused, c->qlocal, sizeof(c->qused));
    c->vused = c->vlocal;
}

static void free_dead(TCIComp *c, const TCGOp *op)
{
    for (unsigned i = 0; i < ARRAY_SIZE(op->in) + 2; i++) {
        unsigned bit = i < 5 ? i : i + 1;
        TCGRef r = i < 5 ? op->in[i] : i == 5 ? op->mem.base : op->mem.index;
        TCGTemp *t;
        if (!(op->dead >> bit & 1) || r == TCG_NONE || r == op->out[0] ||
            r == op->out[1] || r == op->out[2]) {
            continue;
        }
        t = &c->s->temps[r];
        if (t->kind == TEMP_EBB && t->priv[0]) {
            /* It stays in c->block[], which is harmless. */
            give(c, t->priv[0]);
            t->priv[0] = 0;
        }
    }
}

/* ---- the driver ---------------------------------------------------------- */

/* Sizes the TB's tables and clears what passes left behind. */
static void prepare(TCIComp *c)
{
    TCGContext *s = c->s;
    TCGTB *tb = c->tb;
    unsigned exits = 0, insns = 0;

    for (unsigned i = 0; i < s->nb_temps; i++) {
        s->temps[i].priv[0] = 0;
    }
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];
        if (tcg_op_defs[op->opc].props & P_LABEL) {
            op->label->priv = 0;
        }
        exits += op->opc == TCG_goto_pc || op->opc == TCG_call_pc;
        insns += op->opc == TCG_insn_start;
    }
    tb->exits = tcg_tb_alloc(s, exits * sizeof(TCGExit));
    tb->faults = tcg_malloc_raw(s, (3 * s->nb_ops + 1) *
                                   sizeof(*tb->faults));
    tb->insn_pc = tcg_malloc(s, (insns + 1) * sizeof(uint64_t));
    tb->nb_exits = tb->nb_faults = tb->nb_insns = 0;
    c->block = tcg_malloc(s, (6 * s->nb_ops + 1) * sizeof(*c->block));
}

static void lower_ops(TCIComp *c)
{
    TCGContext *s = c->s;

    for (c->i = 0; c->i < s->nb_ops && !c->full; c->i++) {
        const TCGOp *op = &s->ops[c->i], *last;
        uint32_t props;
        if (op->opc == TCG_insn_start) {
            c->tb->insn_pc[c->insn++] = op->imm;
            continue;
        }
        if (op->opc == TCG_label) {
            end_block(c);
            c->dead = false;
            op->label->priv = c->p - c->code + 1;
            continue;
        }
        if (c->dead) {
            continue;
        }
        tci_lower[op->opc](c, op);
        free_dead(c, op);
        last = &s->ops[c->i];   /* op may have been joined with a later one */
        if (last != op) {
            free_dead(c, last);
        }
        props = tcg_op_defs[last->opc].props;
        if (props & P_END) {
            end_block(c);
        }
        c->dead = last->opc == TCG_br || last->opc == TCG_call_pc ||
                  last->opc == TCG_call_ind ||
                  ((props & P_END) && (props & P_SIDE));
    }
}

/* The out-of-line unlinked paths, and every branch target. */
static void finish(TCIComp *c)
{
    TCGTB *tb = c->tb;

    for (unsigned i = 0; i < tb->nb_exits; i++) {
        TCGExit *e = &tb->exits[i];
        TCIWord *w = tci_put(c, H_link, 3);
        w[1].h = e;
        w[2].q = e->target;
        e->stub = (w - c->code) * sizeof(*w);
        if (!c->full) {
            c->code[e->patch / sizeof(*w)].p = w;
        }
    }
    for (TCIFixup *f = c->fixups; f && !c->full; f = f->next) {
        f->word->p = c->code + f->label->priv - 1;
    }
}

int tci_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size)
{
    TCIComp c = { .s = s, .tb = tb };
    TCIWord *head = (TCIWord *)ROUND_UP((uintptr_t)buf, sizeof(TCIWord));

    c.end = (TCIWord *)(buf + size);
    if (head + TCI_HEAD_WORDS >= c.end) {
        return -1;
    }
    head[TCI_HEAD_PC].q = tb->pc;
    head[TCI_HEAD_DEST].q = 0;
    c.code = c.p = head + TCI_HEAD_WORDS;
    prepare(&c);
    if (tb->tier == 0 && tb->heat > 0) {
        tci_put(&c, H_heat, 2)[1].h = tb;
    }
    lower_ops(&c);
    finish(&c);
    if (c.full) {
        tb->exits = NULL;
        tb->faults = NULL;
        tb->insn_pc = NULL;
        tb->nb_exits = tb->nb_faults = tb->nb_insns = 0;
        return -1;
    }
    tb->nb_insns = c.insn;
    tb->code = (uint8_t *)c.code;
    tb->code_size = (uint8_t *)c.p - tb->code;
    return 0;
}
