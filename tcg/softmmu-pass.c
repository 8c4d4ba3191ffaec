/* SPDX-License-Identifier: MIT */
/*
 * Puts an mmu op in front of each guest memory access: it turns the guest's
 * address into the host's, and the access itself is then a plain one.
 * Flow: tcg/region.c -> (this) -> the other passes.
 *
 * Accesses that are near each other (pushes, fields of a structure, constants)
 * share one, from one label to the next: it is made for all the bytes from the
 * first to the last, so that what would fault does so at the first.  Where
 * loads come before stores the page must be ready to be written, else the
 * first instruction runs alone and the others by themselves; so a store behind
 * a branch, which may never come, does not join loads in front of it.
 *
 * In slow mode (one instruction that touches a device, crosses pages...) the
 * address comes from a helper that may give a copy of the operand, and behind
 * a store a second helper writes the copy back.
 */
#include "util/osdep.h"

#include "tcg/region.h"
#include "tcg/softmmu.h"

/* Accesses at small distances from one base, or to one page of constant
 * addresses. */
typedef struct Group {
    TCGRef base, index, host;   /* base TCG_NONE: the page */
    uint8_t scale;
    bool st;                    /* some store... */
    bool ld_first;              /* but the first is a load */
    bool branched;              /* behind a branch, seen from the first */
    bool crosses;               /* some member is */
    unsigned members;
    int32_t first;              /* where the first is */
    int64_t lo, hi;             /* bytes, from what base was at first */
    int64_t moved;              /* how much base has grown since */
    uint64_t page;
} Group;

enum { GROUP_OPEN = 6, GROUP_SPAN = 256, PAGE = 4096 };

typedef struct Pass {
    TCGContext *s;
    TCGOp *out;
    unsigned n;
    bool slow, commit;
    Group *groups;
    unsigned nb_groups;
    uint16_t *group_of;         /* by op; 0: none, else index + 1 */
    int32_t *off;               /* where in its group, as lo and hi are */
    unsigned open[GROUP_OPEN], nb_open;
    TCGRef alone;               /* by this base accesses do not share */
} Pass;

static unsigned x87_bytes(unsigned opcode)
{
    /* by opcode d8..df and the reg field */
    static const uint8_t size[8][8] = {
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 0, 4, 4, 28, 2, 28, 2 },
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 4, 4, 4, 0, 10, 0, 10 },
        { 8, 8, 8, 8, 8, 8, 8, 8 },
        { 8, 8, 8, 8, 108, 0, 108, 2 },
        { 2, 2, 2, 2, 2, 2, 2, 2 },
        { 2, 2, 2, 2, 10, 8, 10, 8 },
    };

    return size[opcode >> 8 & 7][opcode >> 3 & 7];
}

static bool x87_stores(unsigned opcode)
{
    unsigned reg = opcode >> 3 & 7;

    switch (opcode >> 8 & 7) {
    case 1:
        return reg == 2 || reg == 3 || reg >= 6;
    case 3: case 7:
        return (reg >= 1 && reg <= 3) || reg >= 6;
    case 5:
        return (reg >= 1 && reg <= 3) || reg >= 6;
    default:
        return false;
    }
}

uint64_t softmmu_x87_access(unsigned opcode)
{
    return x87_bytes(opcode) | (x87_stores(opcode) ? MMU_ACC_ST : MMU_ACC_LD);
}

/* Bytes and kind of an access; 0: none. */
static uint64_t access_of(const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;
    uint64_t acc = (props & P_LD ? MMU_ACC_LD : 0) |
                   (props & P_ST ? MMU_ACC_ST : 0);

    switch (op->opc) {
    case TCG_ldv:
    case TCG_stv:
        return acc | (op->vt == TCG_V256 ? 32 : 16);
    case TCG_cmpxchg2:
        return acc | 2 << op->sz;
    case TCG_x87m:
        return softmmu_x87_access(op->imm);
    default:
        return acc | 1 << op->sz;
    }
}

static TCGOp *add(Pass *p, TCGOpcode opc, unsigned sz)
{
    TCGOp *op = &p->out[p->n++];

    memset(op, 0, sizeof(*op));
    op->opc = opc;
    op->sz = sz;
    memset(op->out, 0xff, sizeof(op->out));
    memset(op->in, 0xff, sizeof(op->in));
    op->mem.base = op->mem.index = TCG_NONE;
    return op;
}

static void add_call(Pass *p, const TCGHelper *h, TCGRef ret, TCGRef a,
                     TCGRef b)
{
    TCGOp *op = add(p, TCG_call, 0);

    op->helper = h;
    op->out[0] = ret;
    op->in[0] = a;
    op->in[1] = b;
}

static void flush_commit(Pass *p)
{
    if (p->commit) {
        p->commit = false;
        add_call(p, &softmmu_commit_info, TCG_NONE, TCG_NONE, TCG_NONE);
    }
}

/* host = translation of mem */
static void add_mmu(Pass *p, TCGRef host, const TCGMem *mem, uint64_t acc)
{
    TCGRef a;
    TCGOp *op;

    flush_commit(p);
    if (!p->slow && tcg_backend->has_mmu) {
        op = add(p, TCG_mmu, MO_64);
        op->out[0] = host;
        op->mem = *mem;
        op->imm = acc;
        return;
    }
    a = mem->base;
    if (mem->index != TCG_NONE || mem->disp || a == TCG_NONE) {
        a = tcg_temp_new(p->s, TCG_I64);
        op = add(p, TCG_lea, MO_64);
        op->out[0] = a;
        op->mem = *mem;
    }
    add_call(p, p->slow ? &softmmu_slow_info : &softmmu_miss_info, host, a,
             tcg_const(p->s, acc));
    p->commit = p->slow && (acc & MMU_ACC_ST);
}

/* ---- groups ---------------------------------------------------------------------- */

static bool is_access(const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;

    return (props & P_MEM) && (props & (P_LD | P_ST)) &&
           !(op->attr & OPA_HOST);
}

/* An access as groups see it. */
typedef struct Access {
    TCGRef base, index;
    uint8_t scale;
    uint64_t page;              /* base TCG_NONE */
    int64_t disp;
    unsigned size;
    bool st;
} Access;

/* False: it can't share. */
static bool classify(Pass *p, const TCGOp *op, Access *a)
{
    uint64_t acc = access_of(op), addr;
    const TCGTemp *c;

    *a = (Access){ .base = op->mem.base, .index = op->mem.index,
                   .scale = op->mem.scale, .disp = op->mem.disp,
                   .size = acc & MMU_SIZE_MASK, .st = acc & MMU_ACC_ST };
    if (a->base == TCG_NONE || a->base == p->alone || a->size > 64) {
        return false;
    }
    c = &p->s->temps[a->base];
    if (c->kind != TEMP_CONST) {
        return true;
    }
    addr = c->val + a->disp;
    a->base = TCG_NONE;
    a->page = addr & ~(uint64_t)(PAGE - 1);
    a->disp = addr & (PAGE - 1);
    return a->index == TCG_NONE && a->disp + a->size <= PAGE;
}

static bool fits(const Group *g, const Access *a)
{
    int64_t off = g->moved + a->disp;

    if (g->base != a->base || g->index != a->index || g->scale != a->scale ||
        (a->st && !g->st && g->branched)) {
        return false;
    }
    return g->base == TCG_NONE
           ? g->page == a->page
           : MAX(g->hi, off + a->size) - MIN(g->lo, off) <= GROUP_SPAN;
}

/* An open group that the access can join; NULL: none. */
static Group *find_group(Pass *p, const Access *a)
{
    unsigned i;

    for (i = 0; i < p->nb_open; i++) {
        Group *g = &p->groups[p->open[i]];

        if (fits(g, a)) {
            return g;
        }
    }
    return NULL;
}

static Group *new_group(Pass *p, const Access *a)
{
    Group *g = &p->groups[p->nb_groups];

    *g = (Group){ .base = a->base, .index = a->index, .scale = a->scale,
                  .page = a->page, .host = TCG_NONE, .st = a->st,
                  .first = a->disp, .lo = a->disp, .hi = a->disp };
    if (p->nb_open == GROUP_OPEN) {
        memmove(p->open, p->open + 1, sizeof(p->open) - sizeof(p->open[0]));
        p->nb_open--;
    }
    p->open[p->nb_open++] = p->nb_groups++;
    return g;
}

static void join(Pass *p, unsigned i, const TCGOp *op)
{
    Access a;
    Group *g;
    int64_t off;

    if (!classify(p, op, &a)) {
        return;
    }
    g = find_group(p, &a);
    if (!g) {
        g = new_group(p, &a);
    } else if (a.st && !g->st) {
        g->st = g->ld_first = true;
    }
    off = g->moved + a.disp;
    g->lo = MIN(g->lo, off);
    g->hi = MAX(g->hi, off + a.size);
    g->crosses |= g->branched;
    g->members++;
    p->group_of[i] = g - p->groups + 1;
    p->off[i] = off;
}

/* By how much an op moves the register it writes; false: something else. */
static bool moves_by(Pass *p, const TCGOp *op, TCGRef r, int64_t *by)
{
    const TCGTemp *c;

    if (op->sz != MO_64 || op->out[0] != r) {
        return false;
    }
    if (op->opc == TCG_lea && op->mem.base == r &&
        op->mem.index == TCG_NONE) {
        *by = op->mem.disp;
        return true;
    }
    if ((op->opc == TCG_add || op->opc == TCG_sub) && op->in[0] == r &&
        op->in[1] != TCG_NONE) {
        c = &p->s->temps[op->in[1]];
        *by = op->opc == TCG_sub ? -(int64_t)c->val : (int64_t)c->val;
        return c->kind == TEMP_CONST && *by == (int32_t)*by;
    }
    return false;
}

/* Bases that op writes; what may change translations ends all. */
static void after(Pass *p, const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;
    bool branch = op->opc == TCG_brcc || op->opc == TCG_brcond;
    unsigned i, k, n = 0;

    if ((props & (P_LABEL | P_END | P_CALL)) && !branch) {
        p->alone = TCG_NONE;
        p->nb_open = 0;
        return;
    }
    for (i = 0; i < p->nb_open; i++) {
        Group *g = &p->groups[p->open[i]];
        bool keep = true;
        int64_t by = 0;

        g->branched |= branch;
        for (k = 0; k < ARRAY_SIZE(op->out); k++) {
            if (op->out[k] == TCG_NONE) {
                continue;
            }
            if (op->out[k] == g->index) {
                keep = false;
            } else if (op->out[k] == g->base) {
                keep = moves_by(p, op, g->base, &by) &&
                       ABS(g->moved + by) < 1 << 20;
                g->moved += by;
            }
        }
        if (keep) {
            p->open[n++] = p->open[i];
        }
    }
    p->nb_open = n;
}

/* Where groups that begin at this instruction were given up, those by its base
 * are until the next label. */
static void give_up(Pass *p, const TCGOp *op, uint64_t pc)
{
    if (softmmu_group_given_up(pc - p->s->page + p->s->page_host)) {
        p->alone = op->mem.base;
    }
}

static void find_groups(Pass *p)
{
    TCGContext *s = p->s;
    uint64_t pc = 0;
    unsigned i;

    p->alone = TCG_NONE;

    p->group_of = tcg_malloc(s, s->nb_ops * sizeof(*p->group_of));
    p->off = tcg_malloc_raw(s, s->nb_ops * sizeof(*p->off));
    p->groups = tcg_malloc_raw(s, s->nb_ops * sizeof(*p->groups));
    for (i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == TCG_insn_start) {
            pc = s->ops[i].imm;
        } else if (is_access(&s->ops[i])) {
            give_up(p, &s->ops[i], pc);
            join(p, i, &s->ops[i]);
        }
        after(p, &s->ops[i]);
    }
}

/* The access by way of its group's address; false: it is alone. */
static bool by_group(Pass *p, unsigned i, const TCGOp *op)
{
    Group *g;
    TCGOp *o;

    if (!p->group_of || !p->group_of[i]) {
        return false;
    }
    g = &p->groups[p->group_of[i] - 1];
    if (g->members < 2) {
        return false;
    }
    if (g->host == TCG_NONE) {
        TCGMem m = op->mem;

        g->host = g->crosses ? tcg_local_new(p->s, TCG_I64)
                             : tcg_temp_new(p->s, TCG_I64);
        m.disp += g->lo - p->off[i];
        add_mmu(p, g->host, &m, (g->hi - g->lo) | MMU_ACC_GROUP |
                (g->st ? MMU_ACC_ST : MMU_ACC_LD) |
                (g->ld_first ? MMU_ACC_LD_FIRST : 0) |
                (uint64_t)(g->first - g->lo) << MMU_FIRST_SHIFT);
    }
    o = &p->out[p->n++];
    *o = *op;
    o->mem = (TCGMem){ g->host, TCG_NONE, 0, p->off[i] - g->lo };
    return true;
}

/* ---- one op ------------------------------------------------------------------------ */

static void one(Pass *p, const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;
    TCGRef host;

    if (op->opc == TCG_mmu) {
        add_mmu(p, op->out[0], &op->mem, op->imm);
        return;
    }
    if (op->opc == TCG_prefetch) {
        return;
    }
    if ((props & P_MEM) && (props & (P_LD | P_ST)) &&
        !(op->attr & OPA_HOST)) {
        host = tcg_temp_new(p->s, TCG_I64);
        add_mmu(p, host, &op->mem, access_of(op));
        p->out[p->n] = *op;
        p->out[p->n++].mem = (TCGMem){ host, TCG_NONE, 0, 0 };
        return;
    }
    if (props & (P_LABEL | P_END)) {
        flush_commit(p);
    }
    p->out[p->n++] = *op;
}

void tcg_pass_softmmu(TCGContext *s)
{
    Pass p = { .s = s, .out = s->ops2,
               .slow = s->mode & tcg_frontend->slow_mode };
    unsigned i;
    TCGOp *t;

    if (!p.slow && tcg_backend->has_mmu) {
        find_groups(&p);
    }
    for (i = 0; i < s->nb_ops; i++) {
        if (!by_group(&p, i, &s->ops[i])) {
            one(&p, &s->ops[i]);
        }
    }
    flush_commit(&p);
    t = s->ops;
    s->ops = s->ops2;
    s->ops2 = t;
    s->nb_ops = p.n;
}
