/* SPDX-License-Identifier: MIT */
/*
 * The intermediate representation: the op table, contexts with their arena,
 * values and labels, and the functions front ends emit with.  A context serves
 * one thread and is reset for each region.
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "tcg/ir.h"
#include "tcg/tcg-int.h"

const TCGOpDef tcg_op_defs[TCG_NB_OPS] = {
#define DEF(n, o, i, p) \
    [TCG_##n] = { #n, o, i, sizeof(o) - 1, sizeof(i) - 1, p },
#include "tcg/ops.def"
#undef DEF
};

/* ---- arena ------------------------------------------------------------------ */

struct TCGChunk {
    TCGChunk *next;
    size_t size;            /* of data */
    QEMU_ALIGNED(16) uint8_t data[];
};

enum { CHUNK_SIZE = 128 * 1024 - sizeof(TCGChunk) };

static void arena_use(TCGArena *a, TCGChunk *c)
{
    a->chunk = c;
    a->cur = c->data;
    a->end = c->data + c->size;
}

static void *arena_grow(TCGArena *a, size_t size)
{
    TCGChunk *c = a->chunk ? a->chunk->next : a->first;

    if (!c || c->size < size) {
        size_t n = MAX(size, (size_t)CHUNK_SIZE);
        TCGChunk *fresh = g_malloc(sizeof(*fresh) + n);

        fresh->size = n;
        fresh->next = c;
        if (a->chunk) {
            a->chunk->next = fresh;
        } else {
            a->first = fresh;
        }
        c = fresh;
    }
    arena_use(a, c);
    a->cur += size;
    return c->data;
}

static void arena_reset(TCGArena *a)
{
    if (a->first) {
        arena_use(a, a->first);
    }
}

void *tcg_malloc_raw(TCGContext *s, size_t size)
{
    TCGArena *a = &tcg_core(s)->arena;
    uint8_t *p = a->cur;

    size = ROUND_UP(size, (size_t)16);
    if (likely((size_t)(a->end - p) >= size)) {
        a->cur = p + size;
    } else {
        p = arena_grow(a, size);
    }
    return p;
}

void *tcg_malloc(TCGContext *s, size_t size)
{
    return memset(tcg_malloc_raw(s, size), 0, size);
}

void *tcg_regrow(TCGContext *s, void *old, size_t old_size, size_t size)
{
    void *p = tcg_malloc_raw(s, size);

    return old_size ? memcpy(p, old, old_size) : p;
}

void *tcg_lazy_alloc(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED) {
        g_error("cannot allocate %zu bytes: %s", size, strerror(errno));
    }
    return p;
}

void tcg_lazy_free(void *p, size_t size)
{
    munmap(p, size);
}

/* ---- contexts --------------------------------------------------------------- */

TCGContext *tcg_context_new(TCGEnv *env)
{
    TCGContext *s = g_new0(TCGContext, 1);
    TCGCore *c = g_new0(TCGCore, 1);

    s->core = c;
    s->arena = &c->arena;
    s->env = env;
    c->ops_base = tcg_lazy_alloc(2 * TCG_MAX_OPS * sizeof(TCGOp));
    c->ops2_base = tcg_lazy_alloc(2 * TCG_MAX_OPS * sizeof(TCGOp));
    s->temps = tcg_lazy_alloc(TCG_MAX_TEMPS * sizeof(TCGTemp));
    c->info = tcg_lazy_alloc(TCG_MAX_TEMPS * sizeof(TCGTempInfo));
    c->live = tcg_lazy_alloc(TCG_MAX_TEMPS / 8 + 8);
    if (tcg_frontend) {
        tcg_frontend->init(s);
    }
    tcg_context_reset(s);
    return s;
}

void tcg_context_free(TCGContext *s)
{
    TCGCore *c = s->core;
    TCGChunk *ch, *next;

    for (ch = c->arena.first; ch; ch = next) {
        next = ch->next;
        g_free(ch);
    }
    tcg_lazy_free(c->ops_base, 2 * TCG_MAX_OPS * sizeof(TCGOp));
    tcg_lazy_free(c->ops2_base, 2 * TCG_MAX_OPS * sizeof(TCGOp));
    tcg_lazy_free(s->temps, TCG_MAX_TEMPS * sizeof(TCGTemp));
    tcg_lazy_free(c->info, TCG_MAX_TEMPS * sizeof(TCGTempInfo));
    tcg_lazy_free(c->live, TCG_MAX_TEMPS / 8 + 8);
    tcg_flags_free(c);
    g_free(c->locals);
    g_free(c->opt);
    g_free(c->ra_globals);
    g_free(s->region);
    g_free(c);
    g_free(s);
}

void tcg_context_reset(TCGContext *s)
{
    TCGCore *c = s->core;

    arena_reset(&c->arena);
    s->ops = c->ops_base;       /* passes may move them */
    s->ops2 = c->ops2_base;
    s->nb_ops = 0;
    s->nb_temps = s->nb_globals;
    s->insn = NULL;
    c->next_label = 0;
    c->nb_locals = 0;
    if (++c->gen == 0) {
        memset(c->const_slot, 0, sizeof(c->const_slot));
        c->gen = 1;
    }
}

/* ---- values ----------------------------------------------------------------- */

static TCGRef temp_alloc(TCGContext *s, TCGTempKind kind, TCGType type)
{
    TCGRef r = s->nb_temps++;

    g_assert(r < TCG_MAX_TEMPS);
    s->temps[r] = (TCGTemp){ .kind = kind, .type = type };
    return r;
}

TCGRef tcg_global_new(TCGContext *s, TCGType type, size_t env_offset,
                      const char *name)
{
    TCGRef r;

    /* ORDER: globals first; no temp may exist yet. */
    g_assert(s->nb_temps == s->nb_globals && s->nb_globals < TCG_MAX_GLOBALS);
    r = temp_alloc(s, TEMP_GLOBAL, type);
    s->nb_globals = s->nb_temps;
    s->temps[r].offset = env_offset;
    s->temps[r].name = name;
    s->temps[r].pin = tcg_core(s)->pins[type != TCG_I64]++;
    return r;
}

TCGRef tcg_temp_new(TCGContext *s, TCGType type)
{
    return temp_alloc(s, TEMP_EBB, type);
}

TCGRef tcg_local_new(TCGContext *s, TCGType type)
{
    TCGCore *c = tcg_core(s);
    TCGRef r = temp_alloc(s, TEMP_LOCAL, type);

    if (c->nb_locals == c->cap_locals) {
        c->cap_locals = MAX(64u, c->cap_locals * 2);
        c->locals = g_renew(TCGRef, c->locals, c->cap_locals);
    }
    return c->locals[c->nb_locals++] = r;
}

/* Interning is by a direct-mapped table: a clash makes a second temp of the
 * same value, which costs nothing but its space. */
TCGRef tcg_const(TCGContext *s, uint64_t val)
{
    TCGCore *c = s->core;
    unsigned h = (val ^ (val >> 9) ^ (val >> 32)) % TCG_CONST_SLOTS;
    TCGRef r = c->const_slot[h].ref;

    if (c->const_slot[h].gen == c->gen && s->temps[r].val == val) {
        return r;
    }
    r = temp_alloc(s, TEMP_CONST, TCG_I64);
    s->temps[r].val = val;
    c->const_slot[h].gen = c->gen;
    c->const_slot[h].ref = r;
    return r;
}

/* ---- ops -------------------------------------------------------------------- */

TCGOp *tcg_emit(TCGContext *s, TCGOpcode opc, unsigned sz)
{
    static const TCGOp blank = {
        .out = { TCG_NONE, TCG_NONE, TCG_NONE },
        .in = { TCG_NONE, TCG_NONE, TCG_NONE, TCG_NONE, TCG_NONE },
        .mem = { .base = TCG_NONE, .index = TCG_NONE },
    };
    TCGOp *op = &s->ops[s->nb_ops++];

    g_assert(s->nb_ops <= TCG_MAX_OPS);
    *op = blank;
    op->opc = opc;
    op->sz = sz;
    return op;
}

TCGLabel *tcg_label_new(TCGContext *s)
{
    TCGLabel *l = tcg_malloc(s, sizeof(*l));

    l->id = tcg_core(s)->next_label++;
    return l;
}

void tcg_label_place(TCGContext *s, TCGLabel *l)
{
    g_assert(!l->placed);
    l->placed = true;
    tcg_emit(s, TCG_label, 0)->label = l;
}

void tcg_br(TCGContext *s, TCGLabel *l)
{
    l->refs++;
    tcg_emit(s, TCG_br, 0)->label = l;
}

void tcg_brcond(TCGContext *s, TCGCond c, unsigned sz, TCGRef a, TCGRef b,
                TCGLabel *l)
{
    TCGOp *op = tcg_emit(s, TCG_brcond, sz);

    l->refs++;
    op->cond = c;
    op->in[0] = a;
    op->in[1] = b;
    op->label = l;
}

unsigned tcg_cc_flags(TCGCc cc)
{
    static const uint8_t reads[8] = {
        FL_O, FL_C, FL_Z, FL_C | FL_Z, FL_S, FL_P, FL_S | FL_O,
        FL_Z | FL_S | FL_O,
    };
    return reads[(cc >> 1) & 7];
}

void tcg_brcc(TCGContext *s, TCGCc cc, TCGLabel *l)
{
    TCGOp *op = tcg_emit(s, TCG_brcc, 0);

    l->refs++;
    op->cond = cc;
    op->fl_use = tcg_cc_flags(cc);
    op->label = l;
}

void tcg_call(TCGContext *s, const TCGHelper *h, unsigned ret, ...)
{
    TCGOp *op = tcg_emit(s, TCG_call, 0);
    va_list ap;
    unsigned i;

    g_assert(h->nb_args <= ARRAY_SIZE(op->in));
    op->helper = h;
    op->out[0] = ret;
    va_start(ap, ret);
    for (i = 0; i < h->nb_args; i++) {
        op->in[i] = va_arg(ap, int);
    }
    va_end(ap);
    /* What never comes back hands the whole state to the front. */
    if (h->effects & (HE_FLREAD | HE_NORETURN)) {
        op->fl_use = FL_ALL;
    }
    if (h->effects & HE_FLWRITE) {
        op->fl_def = FL_ALL;
    }
}
