/* SPDX-License-Identifier: MIT */
/*
 * IR to bytecode, op by op: tci_lower[] at the end has the lowering of each.
 * An op without a handler of its own gets the ref form; integer arithmetic is
 * in lower-int.c.
 */
#include "util/osdep.h"
#include "tcg/tci/compile.h"

/* ---- references ---------------------------------------------------------- */

static unsigned ref_handler(const TCGOp *op)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    if (op->vt == TCG_V128 && !(op->attr & OPA_ZU)) {
        if (!strcmp(def->outs, "v")) {
            return !strcmp(def->ins, "v") ? H_ref_v_v :
                   !strcmp(def->ins, "vv") ? H_ref_v_vv :
                   !strcmp(def->ins, "vvv") ? H_ref_v_vvv : H_ref;
        }
        if (!strcmp(def->outs, "q") && !strcmp(def->ins, "v")) {
            return H_ref_q_v;
        }
    }
    if (!strcmp(def->outs, "q") && !strcmp(def->ins, "qq")) {
        return H_ref_q_qq;
    }
    return H_ref;
}

/* The ref form with a handler of its own choice. */
static void put_ref(TCIComp *c, const TCGOp *op, unsigned handler)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    unsigned in[4] = { 0 }, out[2] = { 0 }, kinds = 0;
    TCGRefOp ref = {
        .opc = op->opc, .attr = op->attr, .sz = op->sz, .vt = op->vt,
        .cond = op->cond, .fl_def = op->fl_def, .fl_use = op->fl_use,
        .imm = op->imm,
    };
    TCIWord *w;

    for (unsigned i = 0; i < def->nb_in; i++) {
        if (op->in[i] != TCG_NONE) {
            in[i] = tci_in(c, op->in[i]);
            kinds |= (def->ins[i] == 'v' ? TCI_V : TCI_Q) << 2 * i;
        }
    }
    for (unsigned i = 0; i < def->nb_out; i++) {
        out[i] = tci_out(c, op->out[i]);
        kinds |= (def->outs[i] == 'v' ? TCI_V : TCI_Q) << (8 + 2 * i);
    }
    w = tci_put_fault(c, handler, TCI_REF_WORDS);
    w[1] = (TCIWord) { .a = in[0], .b = in[1], .c = in[2], .d = in[3] };
    w[TCI_REF_OUTS] = (TCIWord) { .a = out[0], .b = out[1], .c = kinds,
                                  .d = tcg_flags_home(op->fl_def) };
    w[TCI_REF_FN].h = (const void *)tcg_ref_fn(op->opc);
    memcpy(&w[TCI_REF_OP], &ref, sizeof(ref));
}

/* Zeroes what lies above 128 bits of a vector result. */
static void put_zhigh(TCIComp *c, TCGRef d)
{
    TCIWord *w = tci_put(c, H_vzhigh, 2);

    w[1] = (TCIWord) { .a = tci_out(c, d), .b = 1 };
}

/* op without OPA_ZU, if that can be left to put_zhigh(). */
static bool without_zu(const TCGOp *op, TCGOp *plain)
{
    if (!(op->attr & OPA_ZU) || op->vt != TCG_V128 ||
        op->opc == TCG_vget128 || tcg_op_defs[op->opc].outs[0] != 'v') {
        return false;
    }
    *plain = *op;
    plain->attr &= ~OPA_ZU;
    return true;
}

void tci_lower_ref(TCIComp *c, const TCGOp *op)
{
    TCGOp plain;

    if (without_zu(op, &plain)) {
        put_ref(c, &plain, ref_handler(&plain));
        put_zhigh(c, op->out[0]);
    } else {
        put_ref(c, op, ref_handler(op));
    }
}

/* ---- small helpers ------------------------------------------------------- */

/* Two words: a = b op c, with d. */
TCIWord *tci_put3(TCIComp *c, unsigned h, unsigned a, unsigned b, unsigned cc)
{
    TCIWord *w = tci_put(c, h, 2);
    w[1] = (TCIWord) { .a = a, .b = b, .c = cc };
    return w;
}

/* Three words, the last an immediate. */
TCIWord *tci_put_imm(TCIComp *c, unsigned h, unsigned a, unsigned b,
                     uint64_t imm)
{
    TCIWord *w = tci_put(c, h, 3);
    w[1] = (TCIWord) { .a = a, .b = b };
    w[2].q = imm;
    return w;
}

static void put_mov(TCIComp *c, unsigned sz, TCGRef d, TCGRef a)
{
    if (tci_is_const(c, a)) {
        uint64_t v = ref_zext(sz, tci_val(c, a));
        tci_put_imm(c, H_movi, tci_out(c, d), 0, v);
    } else {
        unsigned b = tci_in(c, a);
        tci_put3(c, H_mov_8 + sz, tci_out(c, d), b, 0);
    }
}

static void lower_mov(TCIComp *c, const TCGOp *op)
{
    put_mov(c, op->sz, op->out[0], op->in[0]);
}

static void lower_ext_s(TCIComp *c, const TCGOp *op)
{
    static const uint16_t h[3][4] = {
        [MO_8] = { [MO_16] = H_movs_8_16, [MO_32] = H_movs_8_32,
                   [MO_64] = H_movs_8_64 },
        [MO_16] = { [MO_32] = H_movs_16_32, [MO_64] = H_movs_16_64 },
        [MO_32] = { [MO_64] = H_movs_32_64 },
    };

    if (op->imm <= op->sz || op->imm > MO_64) {
        put_mov(c, op->sz, op->out[0], op->in[0]);
    } else {
        unsigned b = tci_in(c, op->in[0]);
        tci_put3(c, h[op->sz][op->imm], tci_out(c, op->out[0]), b, 0);
    }
}

static void lower_extract(TCIComp *c, const TCGOp *op)
{
    unsigned b = tci_in(c, op->in[0]);
    TCIWord *w = tci_put_imm(c, H_extract, tci_out(c, op->out[0]), b,
                         ref_field_mask(op->imm));
    w[1].c = op->imm & 63;
}

static void lower_deposit(TCIComp *c, const TCGOp *op)
{
    unsigned a = tci_in(c, op->in[0]), b = tci_in(c, op->in[1]);
    unsigned d = tci_out(c, op->out[0]), pos = op->imm & 63;

    if (op->imm == 8 << 8) {
        tci_put3(c, H_merge_8, d, a, b);
    } else if (op->imm == 16 << 8) {
        tci_put3(c, H_merge_16, d, a, b);
    } else {
        TCIWord *w = tci_put_imm(c, H_deposit, d, a,
                             ref_field_mask(op->imm) << pos);
        w[1].c = b;
        w[1].d = pos;
    }
}

static void lower_bswap(TCIComp *c, const TCGOp *op)
{
    unsigned b = tci_in(c, op->in[0]);
    tci_put3(c, H_bswap_32 + (op->sz == MO_64), tci_out(c, op->out[0]), b, 0);
}

/* ---- memory -------------------------------------------------------------- */

typedef struct Addr {
    unsigned base, index, scale;
    uint64_t disp;
    bool indexed;
} Addr;

static Addr address(TCIComp *c, const TCGMem *m)
{
    Addr a = { .base = TCI_ZERO, .index = TCI_ZERO, .disp = (int64_t)m->disp };

    if (tci_is_const(c, m->base)) {
        a.disp += tci_val(c, m->base);
    } else {
        a.base = tci_in(c, m->base);
    }
    if (tci_is_const(c, m->index)) {
        a.disp += tci_val(c, m->index) << m->scale;
    } else if (m->index != TCG_NONE) {
        a.index = tci_in(c, m->index);
        a.scale = m->scale;
        a.indexed = true;
    }
    return a;
}

/* An instruction with address operand; a = value. */
static TCIWord *put_mem(TCIComp *c, unsigned h, unsigned n, unsigned val,
                        const Addr *a)
{
    TCIWord *w = tci_put_fault(c, h, n);

    w[1] = (TCIWord) { .a = val, .b = a->base, .c = a->index, .d = a->scale };
    w[2].q = a->disp;
    return w;
}

static void lower_lea(TCIComp *c, const TCGOp *op)
{
    Addr a = address(c, &op->mem);
    unsigned h = a.indexed ? H_lea_32 : H_lea_b_32;
    TCIWord *w = tci_put(c, h + op->sz - MO_32, 3);

    w[1] = (TCIWord) { .a = tci_out(c, op->out[0]), .b = a.base,
                       .c = a.index, .d = a.scale };
    w[2].q = a.disp;
}

static unsigned load_handler(const TCGOp *op)
{
    static const uint16_t h[4][4] = {
        { H_ld_8_b, H_lds_8_16_b, H_lds_8_32_b, H_lds_8_64_b },
        { H_ld_16_b, H_ld_16_b, H_lds_16_32_b, H_lds_16_64_b },
        { H_ld_32_b, H_ld_32_b, H_ld_32_b, H_lds_32_64_b },
        { H_ld_64_b, H_ld_64_b, H_ld_64_b, H_ld_64_b },
    };
    return h[op->sz][op->imm & 3];
}

/*
 * The op behind op if it moves the pointer that op used: push, pop and kin
 * are an access through [B + d] and then B = B + d'.
 */
static const TCGOp *pointer_step(TCIComp *c, const TCGOp *op)
{
    const TCGOp *n = op + 1;

    return op->sz == MO_64 && op->mem.base != TCG_NONE &&
           op->mem.index == TCG_NONE && !tci_is_const(c, op->mem.base) &&
           c->i + 1 < c->s->nb_ops && n->opc == TCG_lea && n->sz == MO_64 &&
           n->out[0] == op->mem.base && n->mem.base == op->mem.base &&
           n->mem.index == TCG_NONE ? n : NULL;
}

static TCGExit *put_exit(TCIComp *c, TCIWord *word, uint64_t target)
{
    TCGExit *e = &c->tb->exits[c->tb->nb_exits++];

    e->target = target;
    e->tb = c->tb;
    e->patch = (word - c->code) * sizeof(*word);
    return e;
}

/* Store and step; with a constant, perhaps the call behind it as well. */
static void put_push(TCIComp *c, const TCGOp *op, const Addr *a)
{
    const TCGOp *call = op + 2;
    TCIWord *w;

    c->i++;
    if (!tci_is_const(c, op->in[0])) {
        w = tci_put_fault(c, H_push, 3);
        w[1] = (TCIWord) { .a = tci_in(c, op->in[0]), .b = a->base };
    } else {
        bool joined = c->i + 1 < c->s->nb_ops && call->opc == TCG_call_pc;

        w = tci_put_fault(c, joined ? H_call_pc : H_pushi, joined ? 5 : 4);
        w[1].b = a->base;
        w[3].q = tci_val(c, op->in[0]);
        if (joined) {
            put_exit(c, &w[4], call->imm);
            c->i++;
        }
    }
    w[2].q = a->disp;
}

/* Load and step, perhaps a return as well. */
static void put_pop(TCIComp *c, const TCGOp *op, const TCGOp *step)
{
    const TCGOp *ret = op + 2;
    bool joined = c->i + 2 < c->s->nb_ops && ret->opc == TCG_ret &&
                  ret->in[0] == op->out[0] && (ret->dead & 1) &&
                  c->s->temps[ret->in[0]].kind == TEMP_EBB;
    unsigned base = tci_in(c, op->mem.base);
    TCIWord *w = tci_put_fault(c, joined ? H_ret : H_pop, 4);

    w[1] = (TCIWord) { .a = joined ? 0 : tci_out(c, op->out[0]), .b = base };
    w[2].q = (int64_t)op->mem.disp;
    w[3].q = (int64_t)step->mem.disp;
    c->i += 1 + joined;
}

static void lower_ld(TCIComp *c, const TCGOp *op)
{
    const TCGOp *step = pointer_step(c, op);
    Addr a;

    if (step) {
        put_pop(c, op, step);
        return;
    }
    a = address(c, &op->mem);
    put_mem(c, load_handler(op) + a.indexed, 3, tci_out(c, op->out[0]), &a);
}

static void put_store(TCIComp *c, unsigned sz, TCGRef r, unsigned slot,
                      const Addr *a)
{
    if (tci_is_const(c, r)) {
        unsigned h = H_sti_8_b + 2 * sz + a->indexed;
        put_mem(c, h, 4, 0, a)[3].q = tci_val(c, r);
    } else {
        put_mem(c, H_st_8_b + 2 * sz + a->indexed, 3, slot, a);
    }
}

static void lower_st(TCIComp *c, const TCGOp *op)
{
    const TCGOp *step = pointer_step(c, op);
    Addr a = address(c, &op->mem);
    unsigned slot = tci_is_const(c, op->in[0]) ? 0 : tci_in(c, op->in[0]);

    if (step && step->mem.disp == op->mem.disp) {
        put_push(c, op, &a);
        return;
    }
    put_store(c, op->sz, op->in[0], slot, &a);
}

/* Vector loads and stores, whole or of one element. */
static void lower_vmem(TCIComp *c, const TCGOp *op)
{
    bool load = op->opc == TCG_ldv || op->opc == TCG_ldvs;
    bool whole = op->opc == TCG_ldv || op->opc == TCG_stv;
    unsigned full = op->vt == TCG_V256 ? 32 : 16;
    unsigned bytes = whole ? full : 1u << op->sz;
    bool align = op->attr & OPA_ALIGN;
    bool zu = (op->attr & OPA_ZU) && full == 16;
    Addr a = address(c, &op->mem);
    unsigned val = load ? tci_out(c, op->out[0]) : tci_in(c, op->in[0]);
    TCIWord *w;

    if (bytes == 16 && full == 16) {
        unsigned h = load ? align ? H_ldva_128_b : H_ldv_128_b
                          : align ? H_stva_128_b : H_stv_128_b;
        put_mem(c, h + a.indexed, 3, val, &a);
        if (zu && load) {
            put_zhigh(c, op->out[0]);
        }
        return;
    }
    if (bytes == 32 && !align) {
        put_mem(c, (load ? H_ldv_256_b : H_stv_256_b) + a.indexed, 3, val, &a);
        return;
    }
    w = put_mem(c, load ? H_ldv : H_stv, 4, val, &a);
    w[3] = (TCIWord) { .a = bytes, .b = full - bytes + (zu ? 16 : 0),
                       .c = align ? bytes - 1 : 0 };
}

/* ---- read-modify-write --------------------------------------------------- */

/* The 5-word forms. */
static TCIWord *put_atomic(TCIComp *c, unsigned h, const TCGOp *op,
                           unsigned val, const Addr *a)
{
    TCIWord *w = put_mem(c, h, h == H_cmpxchg2 ? 6 : 5, val, a);

    w[4] = (TCIWord) { .a = op->sz, .b = !!(op->attr & OPA_LOCK),
                       .c = op->opc == TCG_rmw ? op->imm : 0,
                       .d = op->fl_def };
    return w;
}

static bool rmw_plain(const TCGOp *op)
{
    return !(op->attr & OPA_LOCK) && op->imm < TCG_RMW_BTS;
}

static void put_rmw_alu(TCIComp *c, const TCGOp *op, unsigned opc,
                        unsigned fl_def, unsigned d, unsigned a, unsigned b)
{
    if (op->imm >= TCG_RMW_INC) {
        tci_put_unary(c, opc, op->sz, fl_def, d, a);
    } else {
        tci_put_alu(c, opc, op->sz, fl_def, d, a, b, op->in[0]);
    }
}

/* Plain ones become load, operation, store.  A store that faults must find
 * the flags untouched: they are computed behind it. */
static void lower_rmw(TCIComp *c, const TCGOp *op)
{
    static const uint16_t opc[] = {
        [TCG_RMW_ADD] = TCG_add, [TCG_RMW_OR] = TCG_or,
        [TCG_RMW_ADC] = TCG_adc, [TCG_RMW_SBB] = TCG_sbb,
        [TCG_RMW_AND] = TCG_and, [TCG_RMW_SUB] = TCG_sub,
        [TCG_RMW_XOR] = TCG_xor, [TCG_RMW_INC] = TCG_inc,
        [TCG_RMW_DEC] = TCG_dec, [TCG_RMW_NEG] = TCG_neg,
        [TCG_RMW_NOT] = TCG_not,
    };
    Addr a = address(c, &op->mem);
    unsigned t, r, b;

    if (!rmw_plain(op)) {
        unsigned val = tci_in(c, op->in[0]);
        put_atomic(c, H_rmw, op, val, &a);
        return;
    }
    b = op->imm >= TCG_RMW_INC || tci_is_const(c, op->in[0])
        ? 0 : tci_in(c, op->in[0]);
    t = tci_scratch(c);
    r = tci_scratch(c);
    put_mem(c, H_ld_8_b + 2 * op->sz + a.indexed, 3, t, &a);
    put_rmw_alu(c, op, opc[op->imm], 0, r, t, b);
    put_store(c, op->sz, TCG_NONE, r, &a);
    if (op->fl_def) {
        put_rmw_alu(c, op, opc[op->imm], op->fl_def, r, t, b);
    }
    tci_scratch_free(c, r);
    tci_scratch_free(c, t);
}

/* xadd, xchg, cmpxchg: one result. */
static void lower_swap(TCIComp *c, const TCGOp *op)
{
    unsigned h = op->opc == TCG_xadd ? H_xadd :
                 op->opc == TCG_xchg ? H_xchg : H_cmpxchg;
    Addr a = address(c, &op->mem);
    unsigned val = tci_in(c, op->in[0]);
    unsigned new = h == H_cmpxchg ? tci_in(c, op->in[1]) : 0;
    TCIWord *w = put_atomic(c, h, op, val, &a);

    w[3] = (TCIWord) { .a = tci_out(c, op->out[0]), .b = new };
}

static void lower_cmpxchg2(TCIComp *c, const TCGOp *op)
{
    Addr a = address(c, &op->mem);
    unsigned in[4];
    TCIWord *w;

    for (unsigned i = 0; i < 4; i++) {
        in[i] = tci_in(c, op->in[i]);
    }
    w = put_atomic(c, H_cmpxchg2, op, 0, &a);
    w[3] = (TCIWord) { .a = in[0], .b = in[1], .c = in[2], .d = in[3] };
    w[5].a = tci_out(c, op->out[0]);
    w[5].b = op->out[1] == TCG_NONE ? TCI_TRASH + 32
                                    : tci_out(c, op->out[1]);
}

static void lower_prefetch(TCIComp *c, const TCGOp *op)
{
}

/* Registers that lie evenly apart are done at once. */
static void lower_vzeroupper(TCIComp *c, const TCGOp *op)
{
    TCIWord *w = NULL;
    unsigned last = 0;

    for (unsigned i = 0; i < c->s->nb_globals; i++) {
        const TCGTemp *t = &c->s->temps[i];
        if (t->type != TCG_V256) {
            continue;
        }
        if (w && (w[1].b == 1 || t->offset - last == w[1].c) &&
            (unsigned)t->offset > last) {
            w[1].c = t->offset - last;
            w[1].b++;
        } else {
            w = tci_put(c, H_vzhigh, 2);
            w[1] = (TCIWord) { .a = t->offset, .b = 1 };
        }
        last = t->offset;
    }
}

static void lower_fence(TCIComp *c, const TCGOp *op)
{
    if (op->imm == 3) {
        tci_put(c, H_fence, 1);
    }
}

/* Progress goes into the outputs: bring them up to date first. */
static void lower_rep(TCIComp *c, const TCGOp *op)
{
    bool movs = op->opc == TCG_rep_movs;
    unsigned nb = movs ? 3 : 2, val = movs ? 0 : tci_in(c, op->in[2]);
    unsigned out[3] = { 0, 0, val };
    TCIWord *w;

    for (unsigned i = 0; i < nb; i++) {
        out[i] = tci_out(c, op->out[i]);
        if (op->out[i] != op->in[i]) {
            put_mov(c, MO_64, op->out[i], op->in[i]);
        }
    }
    w = tci_put_fault(c, movs ? H_rep_movs : H_rep_stos, 2);
    w[1] = (TCIWord) { .a = out[0], .b = out[1], .c = out[2], .d = op->sz };
}

/* ---- control ------------------------------------------------------------- */

static void lower_poll(TCIComp *c, const TCGOp *op)
{
    tci_put(c, H_poll, 2)[1].q = op->imm;
}

/* goto_pc and call_pc alike: the return finds its own way. */
static void lower_goto_pc(TCIComp *c, const TCGOp *op)
{
    put_exit(c, &tci_put(c, H_goto, 2)[1], op->imm);
}

static void lower_goto_ind(TCIComp *c, const TCGOp *op)
{
    unsigned a = tci_in(c, op->in[0]);
    tci_put3(c, H_goto_ind, a, 0, 0);
}

static void lower_exit(TCIComp *c, const TCGOp *op)
{
    TCIWord *w = tci_put(c, H_exit, 4);

    w[1].q = op->imm;
    w[2].q = op->imm2;
    w[3].q = (int64_t)op->mem.disp;
}

static void lower_call(TCIComp *c, const TCGOp *op)
{
    const TCGHelper *h = op->helper;
    unsigned in[5] = { 0 };
    TCIWord *w;

    for (unsigned i = 0; i < h->nb_args; i++) {
        in[i] = tci_in(c, op->in[i]);
    }
    w = tci_put_fault(c, H_call, 5);
    w[1] = (TCIWord) { .a = tci_out(c, op->out[0]), .b = h->nb_args,
                       .c = h->has_ret };
    w[2].h = h->func;
    w[3] = (TCIWord) { .a = in[0], .b = in[1], .c = in[2], .d = in[3] };
    w[4].a = in[4];
}

/* ---- vectors ------------------------------------------------------------- */

/* The handler of the ops that have one at this size; -1 if none. */
static int vec_handler(const TCGOp *op)
{
    bool sized = op->sz == MO_8 || !HOST_BIG_ENDIAN;

    switch (op->opc) {
    case TCG_vmov:
        return H_vmovx;
    case TCG_vzero:
        return H_vzerox;
    case TCG_vand:
        return H_vandx;
    case TCG_vandn:
        return H_vandnx;
    case TCG_vor:
        return H_vorx;
    case TCG_vxor:
        return H_vxorx;
    case TCG_vadd:
        return sized ? H_vaddx_8 + op->sz : -1;
    case TCG_vsub:
        return sized ? H_vsubx_8 + op->sz : -1;
    case TCG_vcmpeq:
        return H_vcmpeqx_8 + op->sz;
    case TCG_vminu:
        return op->sz == MO_8 ? H_vminux_8 : -1;
    case TCG_vmovmsk:
        return op->sz == MO_8 ? H_vmovmskx_8 : -1;
    case TCG_vfromq:
        return op->vt == TCG_V128 ? (int)H_vfromq_32 + (op->sz == MO_64) : -1;
    default:
        return -1;
    }
}

static void lower_vec(TCIComp *c, const TCGOp *op)
{
    int h = vec_handler(op);
    unsigned a, b;

    if (h < 0) {
        tci_lower_ref(c, op);
        return;
    }
    if (op->vt == TCG_V256) {
        h += H_vmovy - H_vmovx;
    }
    a = tci_in(c, op->in[0]);
    b = tci_in(c, op->in[1]);
    tci_put3(c, h, tci_out(c, op->out[0]), a, b);
    if (op->vt == TCG_V128 && (op->attr & OPA_ZU) &&
        tcg_op_defs[op->opc].outs[0] == 'v') {
        put_zhigh(c, op->out[0]);
    }
}

/* ---- floating point ------------------------------------------------------ */

static int fp_handler(const TCGOp *op)
{
    bool scalar = op->attr & OPA_SCALAR, f64 = op->sz == MO_64;
    unsigned form = (scalar ? 0 : 2) + f64;
    unsigned ints = 2 * f64 + (op->imm == MO_64);

    switch (op->opc) {
    case TCG_fadd:
        return H_fadd_s_32 + form;
    case TCG_fsub:
        return H_fsub_s_32 + form;
    case TCG_fmul:
        return H_fmul_s_32 + form;
    case TCG_fdiv:
        return H_fdiv_s_32 + form;
    case TCG_fmin:
        return H_fmin_s_32 + form;
    case TCG_fmax:
        return H_fmax_s_32 + form;
    case TCG_fsqrt:
        return H_fsqrt_s_32 + form;
    case TCG_fcmp:
        return scalar && op->imm < 8 ? (int)H_fcmp_s_32 + f64 : -1;
    case TCG_fcom:
        return H_fcom_32 + f64;
    case TCG_cvt_i2f:
        return H_i2f_32_32 + ints;
    case TCG_cvt_f2i:
        return op->attr & OPA_TRUNC ? (int)(H_f2i_32_32 + ints) : -1;
    default:
        return H_f2f_32 + f64;
    }
}

static void lower_fp(TCIComp *c, const TCGOp *op)
{
    int h = fp_handler(op);
    TCGOp plain;

    if (h < 0 || op->vt != TCG_V128) {
        tci_lower_ref(c, op);
    } else if (without_zu(op, &plain)) {
        put_ref(c, &plain, h);
        put_zhigh(c, op->out[0]);
    } else {
        put_ref(c, op, h);
    }
}

/* MXCSR as the guest sees it: with what the host's unit collected. */
static void lower_fpcr(TCIComp *c, const TCGOp *op)
{
    tci_put(c, H_fp_fold, 1);
    tci_lower_ref(c, op);
}

/* Ops of the host's x87, which this back end never announces. */
static void lower_none(TCIComp *c, const TCGOp *op)
{
    g_assert_not_reached();
}

TCILowerFn *const tci_lower[TCG_NB_OPS] = {
    [0 ... TCG_NB_OPS - 1] = tci_lower_ref,
    [TCG_mov] = lower_mov, [TCG_ext_u] = lower_mov, [TCG_ext_s] = lower_ext_s,
    [TCG_extract] = lower_extract, [TCG_deposit] = lower_deposit,
    [TCG_bswap] = lower_bswap, [TCG_lea] = lower_lea,
    [TCG_add] = tci_lower_alu, [TCG_sub] = tci_lower_alu,
    [TCG_adc] = tci_lower_alu, [TCG_sbb] = tci_lower_alu,
    [TCG_and] = tci_lower_alu, [TCG_or] = tci_lower_alu,
    [TCG_xor] = tci_lower_alu, [TCG_neg] = tci_lower_unary,
    [TCG_not] = tci_lower_unary, [TCG_inc] = tci_lower_unary,
    [TCG_dec] = tci_lower_unary, [TCG_cmp] = tci_lower_compare,
    [TCG_test] = tci_lower_compare, [TCG_shl] = tci_lower_shift,
    [TCG_shr] = tci_lower_shift, [TCG_sar] = tci_lower_shift,
    [TCG_rol] = tci_lower_shift, [TCG_ror] = tci_lower_shift,
    [TCG_mul] = tci_lower_mul, [TCG_mulu2] = tci_lower_mul2,
    [TCG_muls2] = tci_lower_mul2, [TCG_mulx] = tci_lower_mul2,
    [TCG_setcc] = tci_lower_setcc, [TCG_cmov] = tci_lower_cmov,
    [TCG_brcc] = tci_lower_brcc, [TCG_brcond] = tci_lower_brcond,
    [TCG_setcond] = tci_lower_setcond, [TCG_movcond] = tci_lower_movcond,
    [TCG_br] = tci_lower_br,
    [TCG_ld] = lower_ld, [TCG_st] = lower_st,
    [TCG_ldv] = lower_vmem, [TCG_stv] = lower_vmem, [TCG_ldvs] = lower_vmem,
    [TCG_stvs] = lower_vmem,
    [TCG_rmw] = lower_rmw, [TCG_xadd] = lower_swap, [TCG_xchg] = lower_swap,
    [TCG_cmpxchg] = lower_swap, [TCG_cmpxchg2] = lower_cmpxchg2,
    [TCG_fence] = lower_fence, [TCG_prefetch] = lower_prefetch,
    [TCG_rep_movs] = lower_rep, [TCG_rep_stos] = lower_rep,
    [TCG_poll] = lower_poll, [TCG_goto_pc] = lower_goto_pc,
    [TCG_call_pc] = lower_goto_pc, [TCG_goto_ind] = lower_goto_ind,
    [TCG_call_ind] = lower_goto_ind, [TCG_ret] = lower_goto_ind,
    [TCG_exit] = lower_exit, [TCG_call] = lower_call,
    [TCG_vmov] = lower_vec, [TCG_vzero] = lower_vec, [TCG_vand] = lower_vec,
    [TCG_vandn] = lower_vec, [TCG_vor] = lower_vec, [TCG_vxor] = lower_vec,
    [TCG_vadd] = lower_vec, [TCG_vsub] = lower_vec,
    [TCG_vcmpeq] = lower_vec, [TCG_vminu] = lower_vec,
    [TCG_vmovmsk] = lower_vec, [TCG_vfromq] = lower_vec,
    [TCG_fadd] = lower_fp, [TCG_fsub] = lower_fp, [TCG_fmul] = lower_fp,
    [TCG_fdiv] = lower_fp, [TCG_fmin] = lower_fp, [TCG_fmax] = lower_fp,
    [TCG_fsqrt] = lower_fp, [TCG_fcmp] = lower_fp, [TCG_fcom] = lower_fp,
    [TCG_cvt_i2f] = lower_fp, [TCG_cvt_f2i] = lower_fp,
    [TCG_cvt_f2f] = lower_fp,
    [TCG_fpcr_get] = lower_fpcr, [TCG_fpcr_set] = lower_fpcr,
    [TCG_x87r] = lower_none, [TCG_x87m] = lower_none,
    [TCG_x87stsw] = lower_none, [TCG_mmget] = lower_none,
    [TCG_mmput] = lower_none, [TCG_emms] = lower_none,
    [TCG_vzeroupper] = lower_vzeroupper,
};
