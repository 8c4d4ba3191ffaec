/* SPDX-License-Identifier: MIT */
/*
 * One forward pass: constants and copies are propagated, ops on constants are
 * folded, and the arithmetic that made an address moves into the TCGMem that
 * uses it.  Facts hold from a value's definition to the next label; a write to
 * a temp bumps its version, which ends all facts about its old value.
 * Runs behind dead flags, whose results say which ops are pure arithmetic.
 */
#include "util/osdep.h"

#include "tcg/tcg-int.h"

enum { NO_ADDR = 0xffff, MAX_ADDRS = 1024 };

/* The value of a temp as an address expression. */
typedef struct AddrExpr {
    TCGMem mem;
    uint32_t base_ver, index_ver;
} AddrExpr;

typedef struct Opt {
    TCGContext *s;
    TCGTempInfo *info;
    uint32_t epoch;
    uint32_t block;
    unsigned nb_addrs;
    AddrExpr addrs[MAX_ADDRS];
} Opt;

static inline bool is_const(const Opt *o, TCGRef r)
{
    return o->s->temps[r].kind == TEMP_CONST;
}

static inline uint64_t const_val(const Opt *o, TCGRef r)
{
    return o->s->temps[r].val;
}

static inline bool fits_s32(uint64_t v)
{
    return (int64_t)v == (int32_t)v;
}

/* Copy sources are recorded resolved, so one step suffices. */
static inline TCGRef resolve(const Opt *o, TCGRef r)
{
    const TCGTempInfo *t = &o->info[r];

    if (t->epoch == o->epoch && t->src != TCG_NONE &&
        o->info[t->src].ver == t->src_ver &&
        (t->block == o->block || o->s->temps[t->src].kind != TEMP_EBB)) {
        return t->src;
    }
    return r;
}

static inline void forget(Opt *o, TCGRef r)
{
    TCGTempInfo *t = &o->info[r];

    t->ver++;
    t->epoch = o->epoch;
    t->src = TCG_NONE;
    t->addr = NO_ADDR;
}

/* ---- constants -------------------------------------------------------------- */

static inline uint64_t width_mask(unsigned sz)
{
    return sz >= MO_64 ? ~0ull : (1ull << (8u << sz)) - 1;
}

static uint64_t sext(uint64_t v, unsigned sz)
{
    unsigned sh = 64 - (8u << sz);

    return (uint64_t)((int64_t)(v << sh) >> sh);
}

static bool fold_shift(unsigned opc, unsigned sz, uint64_t a, uint64_t b,
                       uint64_t *res)
{
    unsigned n = b & (sz == MO_64 ? 63 : 31);

    switch (opc) {
    case TCG_shl:
        *res = a << n;
        return true;
    case TCG_shr:
        *res = (a & width_mask(sz)) >> n;
        return true;
    case TCG_sar:
        *res = (uint64_t)((int64_t)sext(a, sz) >> n);
        return true;
    }
    return false;
}

/* The result of an op that defines no flags, of size 32 or 64. */
static bool fold(const TCGOp *op, uint64_t a, uint64_t b, uint64_t *res)
{
    switch (op->opc) {
    case TCG_mov:
        *res = a;
        break;
    case TCG_ext_u:
        *res = a & width_mask(op->sz);
        return true;
    case TCG_ext_s:
        *res = sext(a, op->sz) & width_mask(op->imm);
        return true;
    case TCG_extract:
        *res = (a >> (op->imm & 63)) & (((op->imm >> 8) & 127) >= 64 ? ~0ull :
               (1ull << ((op->imm >> 8) & 63)) - 1);
        return true;
    case TCG_add: *res = a + b; break;
    case TCG_sub: *res = a - b; break;
    case TCG_and: *res = a & b; break;
    case TCG_or:  *res = a | b; break;
    case TCG_xor: *res = a ^ b; break;
    case TCG_neg: *res = -a; break;
    case TCG_not: *res = ~a; break;
    case TCG_inc: *res = a + 1; break;
    case TCG_dec: *res = a - 1; break;
    default:
        if (!fold_shift(op->opc, op->sz, a, b, res)) {
            return false;
        }
    }
    if (op->sz < MO_32) {
        return false;
    }
    *res &= width_mask(op->sz);
    return true;
}

static void turn_into_mov(TCGOp *op, TCGRef src, unsigned sz)
{
    op->opc = TCG_mov;
    op->sz = sz;
    op->in[0] = src;
    op->in[1] = op->in[2] = TCG_NONE;
    op->mem.base = op->mem.index = TCG_NONE;
    op->imm = 0;
    op->fl_use = 0;
    op->attr = 0;
}

/* x + 0, x & x and the like. */
static bool simplify(Opt *o, TCGOp *op)
{
    TCGRef a = op->in[0], b = op->in[1];

    if (op->sz < MO_32) {
        return false;
    }
    if (a == b) {
        switch (op->opc) {
        case TCG_xor: case TCG_sub:
            turn_into_mov(op, tcg_const(o->s, 0), MO_64);
            return true;
        case TCG_and: case TCG_or:
            turn_into_mov(op, a, op->sz);
            return true;
        }
        return false;
    }
    if (!is_const(o, b) || (const_val(o, b) & width_mask(op->sz))) {
        return false;
    }
    switch (op->opc) {
    case TCG_add: case TCG_sub: case TCG_or: case TCG_xor:
        turn_into_mov(op, a, op->sz);
        return true;
    case TCG_and:
        turn_into_mov(op, tcg_const(o->s, 0), MO_64);
        return true;
    }
    return false;
}

static void try_fold(Opt *o, TCGOp *op, const TCGOpDef *d)
{
    uint64_t res;

    if (d->nb_out != 1 || d->nb_in == 0 || d->nb_in > 2 || op->fl_def ||
        (d->props & (P_VEC | P_MEM | P_SIDE | P_CALL | P_CC))) {
        return;
    }
    if (is_const(o, op->in[0]) &&
        (d->nb_in == 1 || is_const(o, op->in[1]))) {
        if (fold(op, const_val(o, op->in[0]),
                 d->nb_in == 2 ? const_val(o, op->in[1]) : 0, &res)) {
            turn_into_mov(op, tcg_const(o->s, res), MO_64);
        }
        return;
    }
    if (d->nb_in == 2) {
        simplify(o, op);
    }
}

/* ---- operands --------------------------------------------------------------- */

/*
 * May in[i] be replaced by what it is a copy of?  Not the in-place operand of
 * a partial write, nor by a wide constant which a register already holds.
 */
static void propagate(Opt *o, TCGOp *op, const TCGOpDef *d)
{
    unsigned i, nb = op->opc == TCG_call ? op->helper->nb_args : d->nb_in;

    for (i = 0; i < nb; i++) {
        TCGRef old = op->in[i], r;

        if (old == TCG_NONE || is_const(o, old)) {
            continue;
        }
        r = resolve(o, old);
        if (r == old ||
            (i == 0 && (d->props & P_MERGE) && op->sz < MO_32)) {
            continue;
        }
        if (is_const(o, r) && o->s->temps[old].kind == TEMP_GLOBAL &&
            !fits_s32(const_val(o, r)) && d->nb_in != 1) {
            continue;
        }
        op->in[i] = r;
    }
    if ((d->props & P_COMM) && op->sz >= MO_32 && !(d->props & P_VEC) &&
        is_const(o, op->in[0]) && !is_const(o, op->in[1])) {
        TCGRef t = op->in[0];

        op->in[0] = op->in[1];
        op->in[1] = t;
    }
}

/* ---- addresses -------------------------------------------------------------- */

static bool add_disp(TCGMem *m, uint64_t more)
{
    int64_t d = (int64_t)m->disp + (int64_t)more;

    if (!fits_s32(more) || !fits_s32(d)) {
        return false;
    }
    m->disp = d;
    return true;
}

static const AddrExpr *addr_of(const Opt *o, TCGRef r)
{
    const TCGTempInfo *t = &o->info[r];
    const AddrExpr *e;

    if (t->epoch != o->epoch || t->addr == NO_ADDR) {
        return NULL;
    }
    e = &o->addrs[t->addr];
    if ((e->mem.base != TCG_NONE &&
         o->info[e->mem.base].ver != e->base_ver) ||
        (e->mem.index != TCG_NONE &&
         o->info[e->mem.index].ver != e->index_ver)) {
        return NULL;
    }
    return e;
}

/* m + (more, which stands where m's base did); false if it does not fit. */
static bool merge_base(TCGMem *m, const TCGMem *more)
{
    TCGMem n = *more;

    if (m->index != TCG_NONE) {
        if (n.index != TCG_NONE) {
            /* Both indexed: fits only if one part is unscaled and free. */
            if (n.base != TCG_NONE || n.scale != 0) {
                return false;
            }
            n.base = n.index;
        }
        n.index = m->index;
        n.scale = m->scale;
    }
    if (!add_disp(&n, (int64_t)m->disp)) {
        return false;
    }
    *m = n;
    return true;
}

static void fold_const_parts(Opt *o, TCGMem *m)
{
    if (m->index != TCG_NONE && is_const(o, m->index) &&
        add_disp(m, const_val(o, m->index) << m->scale)) {
        m->index = TCG_NONE;
        m->scale = 0;
    }
    if (m->base != TCG_NONE && is_const(o, m->base)) {
        uint64_t v = const_val(o, m->base);

        if (add_disp(m, v)) {
            m->base = TCG_NONE;
        } else if (m->disp) {
            m->base = tcg_const(o->s, v + (int64_t)m->disp);
            m->disp = 0;
        }
    }
}

static void fuse_address(Opt *o, TCGMem *m)
{
    const AddrExpr *e;

    if (m->base != TCG_NONE) {
        m->base = resolve(o, m->base);
    }
    if (m->index != TCG_NONE) {
        m->index = resolve(o, m->index);
        e = addr_of(o, m->index);
        /* [x + t] with t an expression: t takes the base's place. */
        if (e && m->scale == 0 && !(m->base != TCG_NONE &&
                                    addr_of(o, m->base))) {
            TCGRef t = m->base;

            m->base = m->index;
            m->index = t;
        }
    }
    if (m->base != TCG_NONE) {
        e = addr_of(o, m->base);
        if (e) {
            merge_base(m, &e->mem);
        }
    }
    fold_const_parts(o, m);
    if (m->base == TCG_NONE && m->index != TCG_NONE && m->scale == 0) {
        m->base = m->index;
        m->index = TCG_NONE;
    }
}

/* What op computes, as an address expression. */
static bool as_address(const Opt *o, const TCGOp *op, TCGMem *m)
{
    *m = (TCGMem){ op->in[0], TCG_NONE, 0, 0 };
    if (op->sz != MO_64) {
        return false;
    }
    switch (op->opc) {
    case TCG_lea:
        *m = op->mem;
        return true;
    case TCG_add:
        if (!is_const(o, op->in[1])) {
            m->index = op->in[1];
            return true;
        }
        return add_disp(m, const_val(o, op->in[1]));
    case TCG_sub:
        return is_const(o, op->in[1]) &&
               add_disp(m, -const_val(o, op->in[1]));
    case TCG_shl:
        if (is_const(o, op->in[1]) && const_val(o, op->in[1]) <= 3) {
            *m = (TCGMem){ TCG_NONE, op->in[0], const_val(o, op->in[1]), 0 };
            return true;
        }
        return false;
    default:
        return false;
    }
}

/* ---- the pass --------------------------------------------------------------- */

/* A lea that computes nothing but a constant, a copy, or a sum. */
static void simplify_lea(Opt *o, TCGOp *op)
{
    TCGMem *m = &op->mem;

    if (m->index != TCG_NONE) {
        return;
    }
    if (m->base == TCG_NONE) {
        uint64_t v = (int64_t)m->disp;

        turn_into_mov(op, tcg_const(o->s, v & width_mask(op->sz)), MO_64);
        m->disp = 0;
    } else if (!m->disp) {
        turn_into_mov(op, m->base, op->sz);
    }
}

static void note_result(Opt *o, TCGOp *op)
{
    TCGRef d = op->out[0];
    TCGTempInfo *t = &o->info[d];
    const TCGTempInfo *u;
    AddrExpr e;

    if (op->opc == TCG_mov) {
        TCGRef src = op->in[0];
        bool wide = op->sz == MO_64 ||
            (is_const(o, src) && const_val(o, src) <= UINT32_MAX);

        if (wide && src != d) {
            t->src = src;
            t->src_ver = o->info[src].ver;
            t->block = o->block;
        }
        return;
    }
    if (o->s->temps[d].kind != TEMP_EBB || o->nb_addrs == MAX_ADDRS ||
        !as_address(o, op, &e.mem) ||
        e.mem.base == d || e.mem.index == d) {
        return;
    }
    if (e.mem.base != TCG_NONE) {
        u = &o->info[e.mem.base];
        e.base_ver = u->ver;
    }
    if (e.mem.index != TCG_NONE) {
        u = &o->info[e.mem.index];
        e.index_ver = u->ver;
    }
    o->addrs[o->nb_addrs] = e;
    t->addr = o->nb_addrs++;
}

static void new_epoch(Opt *o)
{
    if (++o->epoch == 0) {
        memset(o->info, 0, TCG_MAX_TEMPS * sizeof(o->info[0]));
        o->epoch = 1;
    }
    o->nb_addrs = 0;
}

/* A helper may change any global it is not said to leave alone. */
static void forget_globals(Opt *o)
{
    unsigned i;

    for (i = 0; i < o->s->nb_globals; i++) {
        forget(o, i);
    }
}

static void visit(Opt *o, TCGOp *op)
{
    const TCGOpDef *d = &tcg_op_defs[op->opc];
    unsigned i, nb_out = d->nb_out;

    if (d->nb_in || op->opc == TCG_call) {
        propagate(o, op, d);
        try_fold(o, op, d);
    }
    if (d->props & P_MEM) {
        fuse_address(o, &op->mem);
        if (op->opc == TCG_lea) {
            simplify_lea(o, op);
        }
    }
    if (d->props & P_CALL) {
        if (op->opc == TCG_call) {
            nb_out = op->out[0] != TCG_NONE;
            if (!(op->helper->effects & (HE_NOGLOBALS | HE_RDONLY))) {
                forget_globals(o);
            }
        } else {
            new_epoch(o);
            forget_globals(o);
        }
    }
    for (i = 0; i < nb_out; i++) {
        if (op->out[i] != TCG_NONE) {
            forget(o, op->out[i]);
        }
    }
    if (nb_out == 1 && op->out[0] != TCG_NONE && !(d->props & P_VEC)) {
        note_result(o, op);
    }
    if (d->props & P_END) {
        o->block++;     /* its temps are dead, copies of globals are not */
    }
}

void tcg_pass_propagate(TCGContext *s)
{
    TCGCore *c = tcg_core(s);
    Opt *o = c->opt;
    unsigned i;

    if (!o) {
        o = c->opt = g_malloc(sizeof(*o));
    }
    o->s = s;
    o->info = c->info;
    o->epoch = c->epoch;
    o->block = 0;
    new_epoch(o);
    for (i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == TCG_insn_start) {
            continue;
        }
        if (s->ops[i].opc == TCG_label) {
            new_epoch(o);
        } else {
            visit(o, &s->ops[i]);
        }
    }
    c->epoch = o->epoch;
}
