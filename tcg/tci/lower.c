/* SPDX-License-Identifier: MIT */
/*
 * IR to bytecode, op by op: tci_lower[] at the end has the lowering of each.
 * An op without a handler of its own gets the ref form.
 *
 * A comparison whose flags only the next branch, setcc or cmov reads becomes
 * one conditional instruction that leaves the flags alone.
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

static void lower_ref(TCIComp *c, const TCGOp *op)
{
    put_ref(c, op, ref_handler(op));
}

/* ---- small helpers ------------------------------------------------------- */

/* Two words: a = b op c, with d. */
static TCIWord *put3(TCIComp *c, unsigned h, unsigned a, unsigned b,
                     unsigned cc)
{
    TCIWord *w = tci_put(c, h, 2);
    w[1] = (TCIWord) { .a = a, .b = b, .c = cc };
    return w;
}

/* Three words, the last an immediate. */
static TCIWord *put_imm(TCIComp *c, unsigned h, unsigned a, unsigned b,
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
        put_imm(c, H_movi, tci_out(c, d), 0, v);
    } else {
        unsigned b = tci_in(c, a);
        put3(c, H_mov_8 + sz, tci_out(c, d), b, 0);
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
        put3(c, h[op->sz][op->imm], tci_out(c, op->out[0]), b, 0);
    }
}

static void lower_extract(TCIComp *c, const TCGOp *op)
{
    unsigned b = tci_in(c, op->in[0]);
    TCIWord *w = put_imm(c, H_extract, tci_out(c, op->out[0]), b,
                         ref_field_mask(op->imm));
    w[1].c = op->imm & 63;
}

static void lower_deposit(TCIComp *c, const TCGOp *op)
{
    unsigned a = tci_in(c, op->in[0]), b = tci_in(c, op->in[1]);
    unsigned d = tci_out(c, op->out[0]), pos = op->imm & 63;

    if (op->imm == 8 << 8) {
        put3(c, H_merge_8, d, a, b);
    } else if (op->imm == 16 << 8) {
        put3(c, H_merge_16, d, a, b);
    } else {
        TCIWord *w = put_imm(c, H_deposit, d, a,
                             ref_field_mask(op->imm) << pos);
        w[1].c = b;
        w[1].d = pos;
    }
}

static void lower_bswap(TCIComp *c, const TCGOp *op)
{
    unsigned b = tci_in(c, op->in[0]);
    put3(c, H_bswap_32 + (op->sz == MO_64), tci_out(c, op->out[0]), b, 0);
}

/* ---- flags read by the next op ------------------------------------------- */

/* The op that reads op's flags right behind it and is their last reader. */
static const TCGOp *flag_reader(TCIComp *c, const TCGOp *op, unsigned *index)
{
    unsigned j = c->i + 1;
    const TCGOp *n;

    while (j < c->s->nb_ops && c->s->ops[j].opc == TCG_insn_start) {
        j++;
    }
    if (j >= c->s->nb_ops) {
        return NULL;
    }
    n = &c->s->ops[j];
    if ((n->opc != TCG_brcc && n->opc != TCG_cmov &&
         !(n->opc == TCG_setcc && n->sz == MO_8)) ||
        (n->fl_live & op->fl_def) ||
        (tcg_cc_flags(n->cond) & ~op->fl_def)) {
        return NULL;
    }
    *index = j;
    return n;
}

/* Goes on behind the reader: guest instructions in between are counted. */
static void consume(TCIComp *c, unsigned index)
{
    while (++c->i < index) {
        c->tb->insn_pc[c->insn++] = c->s->ops[c->i].imm;
    }
}

static int cc_to_cond(unsigned cc)
{
    static const int8_t map[16] = {
        -1, -1, TCG_COND_LTU, TCG_COND_GEU, TCG_COND_EQ, TCG_COND_NE,
        TCG_COND_LEU, TCG_COND_GTU, -1, -1, -1, -1,
        TCG_COND_LT, TCG_COND_GE, TCG_COND_LE, TCG_COND_GT,
    };
    return map[cc];
}

/* After a TEST of a value with itself: a signed comparison with 0. */
static int cc_to_cond_zero(unsigned cc)
{
    return cc == CC_S ? TCG_COND_LT : cc == CC_NS ? TCG_COND_GE :
           cc == CC_C || cc == CC_NC || cc == CC_BE || cc == CC_A ? -1 :
           cc_to_cond(cc);
}

static unsigned swap_cond(unsigned cond)
{
    static const uint8_t map[] = {
        TCG_COND_EQ, TCG_COND_NE, TCG_COND_GT, TCG_COND_LE, TCG_COND_GE,
        TCG_COND_LT, TCG_COND_GTU, TCG_COND_LEU, TCG_COND_GEU, TCG_COND_LTU,
    };
    return map[cond];
}

/* Handler of a cond family: rr by size, then ri by size, for each cond. */
static unsigned cond_handler(unsigned first, unsigned cond, unsigned sz,
                             bool imm)
{
    return first + 8 * cond + 4 * imm + sz;
}

/* An immediate operand: a constant, or TCG_NONE for 0. */
static bool is_imm(const TCIComp *c, TCGRef r)
{
    return r == TCG_NONE || tci_is_const(c, r);
}

static uint64_t imm_val(const TCIComp *c, TCGRef r)
{
    return r == TCG_NONE ? 0 : tci_val(c, r);
}

static void put_brcond(TCIComp *c, unsigned cond, unsigned sz, TCGRef a,
                       TCGRef b, TCGLabel *l)
{
    bool imm;
    unsigned x, y;
    TCIWord *w;

    if (tci_is_const(c, a) && !is_imm(c, b)) {
        TCGRef t = a;
        a = b;
        b = t;
        cond = swap_cond(cond);
    }
    imm = is_imm(c, b);
    x = tci_in(c, a);
    y = imm ? 0 : tci_in(c, b);
    w = tci_put(c, cond_handler(H_br_eq_rr_8, cond, sz, imm), imm ? 4 : 3);
    w[1] = (TCIWord) { .a = x, .b = y };
    if (imm) {
        w[3].q = imm_val(c, b);
    }
    tci_target(c, &w[2], l);
}

static void put_setcond(TCIComp *c, unsigned cond, unsigned sz, unsigned d,
                        TCGRef a, TCGRef b)
{
    bool imm = is_imm(c, b);
    unsigned x = tci_in(c, a), y = imm ? 0 : tci_in(c, b);
    unsigned h = cond_handler(H_sc_eq_rr_8, cond, sz, imm);

    if (imm) {
        put_imm(c, h, d, x, imm_val(c, b));
    } else {
        put3(c, h, d, x, y);
    }
}

/* cmov or setcc by a truth value in a slot. */
static void put_reader(TCIComp *c, const TCGOp *n, unsigned truth)
{
    unsigned x = tci_in(c, n->in[0]);
    TCIWord *w;

    if (n->opc == TCG_setcc) {
        put3(c, H_merge_8, tci_out(c, n->out[0]), x, truth);
    } else {
        unsigned y = tci_in(c, n->in[1]);
        w = put3(c, H_sel_16 + n->sz - MO_16, tci_out(c, n->out[0]), truth, y);
        w[1].d = x;
    }
}

/* a cond b, then the reader's effect. */
static void put_cond_reader(TCIComp *c, unsigned cond, const TCGOp *op,
                            TCGRef b, const TCGOp *n)
{
    if (n->opc == TCG_brcc) {
        put_brcond(c, cond, op->sz, op->in[0], b, n->label);
    } else {
        unsigned t = tci_scratch(c);
        put_setcond(c, cond, op->sz, t, op->in[0], b);
        put_reader(c, n, t);
        tci_scratch_free(c, t);
    }
}

/* Branch on a & b: cc is Z, NZ, S or NS. */
static void put_brtest(TCIComp *c, unsigned cc, unsigned sz, unsigned a,
                       TCGRef rb, unsigned b, TCGLabel *l)
{
    bool imm = tci_is_const(c, rb);
    unsigned first = cc == CC_Z ? H_brt_z_rr_8 : cc == CC_NZ ? H_brt_nz_rr_8 :
                     cc == CC_S ? H_brt_s_rr_8 : H_brt_ns_rr_8;
    TCIWord *w = tci_put(c, first + 4 * imm + sz, imm ? 4 : 3);

    w[1] = (TCIWord) { .a = a, .b = b };
    if (imm) {
        w[3].q = tci_val(c, rb);
    }
    tci_target(c, &w[2], l);
}

static bool cc_is_zs(unsigned cc)
{
    return cc == CC_Z || cc == CC_NZ || cc == CC_S || cc == CC_NS;
}

static void lower_compare(TCIComp *c, const TCGOp *op)
{
    bool test = op->opc == TCG_test, same = op->in[0] == op->in[1];
    bool imm = tci_is_const(c, op->in[1]);
    unsigned j, x, y;
    const TCGOp *n = flag_reader(c, op, &j);
    int cond = -1;

    if (!op->fl_def) {
        return;
    }
    if (n) {
        cond = !test ? cc_to_cond(n->cond)
                     : same ? cc_to_cond_zero(n->cond) : -1;
    }
    if (cond >= 0) {
        put_cond_reader(c, cond, op, test ? TCG_NONE : op->in[1], n);
        consume(c, j);
        return;
    }
    x = tci_in(c, op->in[0]);
    y = imm ? 0 : tci_in(c, op->in[1]);
    if (n && test && n->opc == TCG_brcc && cc_is_zs(n->cond)) {
        put_brtest(c, n->cond, op->sz, x, op->in[1], y, n->label);
        consume(c, j);
    } else {
        unsigned h = (test ? H_test_rr_8 : H_cmp_rr_8) + 4 * imm + op->sz;
        TCIWord *w = tci_put(c, h, imm ? 3 : 2);
        w[1] = (TCIWord) { .a = x, .b = y, .d = tcg_flags_home(op->fl_def) };
        if (imm) {
            w[2].q = tci_val(c, op->in[1]);
        }
    }
}

/* ---- arithmetic and logic ------------------------------------------------ */

/* First handler of a TCI_ALU family: rr, ri, f_rr, f_ri, by size each. */
static unsigned alu_family(unsigned opc)
{
    switch (opc) {
    case TCG_add:
    case TCG_inc:
        return H_add_rr_8;
    case TCG_sub:
    case TCG_dec:
        return H_sub_rr_8;
    case TCG_and:
        return H_and_rr_8;
    case TCG_or:
        return H_or_rr_8;
    case TCG_xor:
        return H_xor_rr_8;
    case TCG_adc:
        return H_adc_rr_8;
    default:
        return H_sbb_rr_8;
    }
}

/* d = a opc b in slots; rb is b's value if constant. */
static void put_alu(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
                    unsigned d, unsigned a, unsigned b, TCGRef rb)
{
    bool imm = tci_is_const(c, rb);
    unsigned h = alu_family(opc) + sz + (imm ? 4 : 0) + (fl_def ? 8 : 0);
    TCIWord *w = tci_put(c, h, imm ? 3 : 2);

    w[1] = (TCIWord) { .a = d, .b = a, .c = b, .d = tcg_flags_home(fl_def) };
    if (imm) {
        w[2].q = tci_val(c, rb);
    }
}

static void put_unary(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
                      unsigned d, unsigned a)
{
    unsigned h = opc == TCG_not ? H_not_8 : opc == TCG_inc ? H_incf_8 :
                 opc == TCG_dec ? H_decf_8 : fl_def ? H_negf_8 : H_neg_8;

    if (!fl_def && (opc == TCG_inc || opc == TCG_dec)) {
        TCIWord *w = tci_put(c, alu_family(opc) + 4 + sz, 3);
        w[1] = (TCIWord) { .a = d, .b = a };
        w[2].q = 1;
    } else {
        TCIWord *w = put3(c, h + sz, d, a, 0);
        w[1].d = tcg_flags_home(fl_def);
    }
}

/* If just a branch on Z or S reads op's flags: that branch, by the result. */
static bool fuse_result(TCIComp *c, const TCGOp *op, unsigned *index,
                        const TCGOp **n)
{
    *n = op->fl_def ? flag_reader(c, op, index) : NULL;
    return *n && (*n)->opc == TCG_brcc && cc_is_zs((*n)->cond);
}

static void lower_alu(TCIComp *c, const TCGOp *op)
{
    TCGRef ra = op->in[0], rb = op->in[1];
    unsigned j, a, b, d;
    const TCGOp *n;
    bool fuse = fuse_result(c, op, &j, &n);

    if (tci_is_const(c, ra) && op->sz >= MO_32 &&
        (tcg_op_defs[op->opc].props & P_COMM)) {
        ra = op->in[1];
        rb = op->in[0];
    }
    a = tci_in(c, ra);
    b = tci_is_const(c, rb) ? 0 : tci_in(c, rb);
    d = tci_out(c, op->out[0]);
    put_alu(c, op->opc, op->sz, fuse ? 0 : op->fl_def, d, a, b, rb);
    if (fuse) {
        put_brtest(c, n->cond, op->sz, d, TCG_NONE, d, n->label);
        consume(c, j);
    }
}

static void lower_unary(TCIComp *c, const TCGOp *op)
{
    unsigned j, a = tci_in(c, op->in[0]), d = tci_out(c, op->out[0]);
    const TCGOp *n;
    bool fuse = fuse_result(c, op, &j, &n);

    put_unary(c, op->opc, op->sz, fuse ? 0 : op->fl_def, d, a);
    if (fuse) {
        put_brtest(c, n->cond, op->sz, d, TCG_NONE, d, n->label);
        consume(c, j);
    }
}

static void lower_shift(TCIComp *c, const TCGOp *op)
{
    bool imm = tci_is_const(c, op->in[1]);
    unsigned first = op->opc == TCG_shl ? H_shl_rr_8 :
                     op->opc == TCG_shr ? H_shr_rr_8 :
                     op->opc == TCG_sar ? H_sar_rr_8 : H_rol_rr_8;
    unsigned a, b, d, j = 0, n = 0;
    const TCGOp *reader = NULL;
    bool fuse = false;

    if (imm) {
        n = ref_count(op->sz, tci_val(c, op->in[1]));
        if (op->opc == TCG_ror) {
            n = -n & (ref_bits(op->sz) - 1);
        } else if (n && op->opc != TCG_rol) {
            fuse = fuse_result(c, op, &j, &reader);
        }
    }
    if ((op->fl_def && !fuse) || (op->opc == TCG_ror && !imm)) {
        lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = imm ? n : tci_in(c, op->in[1]);
    d = tci_out(c, op->out[0]);
    put3(c, first + 4 * imm + op->sz, d, a, b);
    if (fuse) {
        put_brtest(c, reader->cond, op->sz, d, TCG_NONE, d, reader->label);
        consume(c, j);
    }
}

static void lower_mul(TCIComp *c, const TCGOp *op)
{
    bool imm = tci_is_const(c, op->in[1]);
    unsigned a, b, d;

    if (op->fl_def) {
        lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = imm ? 0 : tci_in(c, op->in[1]);
    d = tci_out(c, op->out[0]);
    if (imm) {
        put_imm(c, H_mul_ri_8 + op->sz, d, a, tci_val(c, op->in[1]));
    } else {
        put3(c, H_mul_rr_8 + op->sz, d, a, b);
    }
}

static void lower_mul2(TCIComp *c, const TCGOp *op)
{
    unsigned h = op->opc == TCG_muls2 ? H_muls2_32 : H_mulu2_32;
    unsigned a, b, lo, hi;
    TCIWord *w;

    if (op->fl_def || op->sz < MO_32) {
        lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = tci_in(c, op->in[1]);
    lo = tci_out(c, op->out[0]);
    hi = op->out[1] == TCG_NONE ? TCI_TRASH + 32 : tci_out(c, op->out[1]);
    w = put3(c, h + op->sz - MO_32, lo, hi, a);
    w[1].d = b;
}

/* ---- conditions ---------------------------------------------------------- */

static void lower_setcc(TCIComp *c, const TCGOp *op)
{
    unsigned a;

    if (op->sz != MO_8) {
        lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    put3(c, H_setcc_o + op->cond, tci_out(c, op->out[0]), a, 0);
}

static void lower_cmov(TCIComp *c, const TCGOp *op)
{
    unsigned t = tci_scratch(c);

    put3(c, H_setcc_o + op->cond, t, TCI_ZERO, 0);
    put_reader(c, op, t);
    tci_scratch_free(c, t);
}

static void lower_brcc(TCIComp *c, const TCGOp *op)
{
    tci_target(c, &tci_put(c, H_brcc_o + op->cond, 2)[1], op->label);
}

static void lower_brcond(TCIComp *c, const TCGOp *op)
{
    put_brcond(c, op->cond, op->sz, op->in[0], op->in[1], op->label);
}

static void lower_setcond(TCIComp *c, const TCGOp *op)
{
    /* The inputs first: they may emit. */
    tci_in(c, op->in[0]);
    put_setcond(c, op->cond, op->sz, tci_out(c, op->out[0]), op->in[0],
                op->in[1]);
}

static void lower_movcond(TCIComp *c, const TCGOp *op)
{
    unsigned t = tci_scratch(c), x, y, d;
    TCIWord *w;

    put_setcond(c, op->cond, op->sz, t, op->in[0], op->in[1]);
    x = tci_in(c, op->in[2]);
    y = tci_in(c, op->in[3]);
    d = tci_out(c, op->out[0]);
    w = put3(c, op->sz == MO_32 ? H_sel_32 : H_sel_64, d, t, x);
    w[1].d = y;
    if (op->sz < MO_32) {
        put3(c, H_mov_8 + op->sz, d, d, 0);
    }
    tci_scratch_free(c, t);
}

static void lower_br(TCIComp *c, const TCGOp *op)
{
    tci_target(c, &tci_put(c, H_br, 2)[1], op->label);
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

static void lower_ld(TCIComp *c, const TCGOp *op)
{
    Addr a = address(c, &op->mem);
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
    Addr a = address(c, &op->mem);
    unsigned slot = tci_is_const(c, op->in[0]) ? 0 : tci_in(c, op->in[0]);

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

    if (bytes == 16 && !(zu && load)) {
        unsigned h = load ? align ? H_ldva_128_b : H_ldv_128_b
                          : align ? H_stva_128_b : H_stv_128_b;
        put_mem(c, h + a.indexed, 3, val, &a);
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
        put_unary(c, opc, op->sz, fl_def, d, a);
    } else {
        put_alu(c, opc, op->sz, fl_def, d, a, b, op->in[0]);
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
    TCGExit *e = &c->tb->exits[c->tb->nb_exits++];
    TCIWord *w = tci_put(c, H_goto, 2);

    e->target = op->imm;
    e->tb = c->tb;
    e->patch = (&w[1] - c->code) * sizeof(*w);
}

static void lower_goto_ind(TCIComp *c, const TCGOp *op)
{
    unsigned a = tci_in(c, op->in[0]);
    put3(c, H_goto_ind, a, 0, 0);
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
        return H_vmov;
    case TCG_vzero:
        return H_vzero;
    case TCG_vand:
        return H_vand;
    case TCG_vandn:
        return H_vandn;
    case TCG_vor:
        return H_vor;
    case TCG_vxor:
        return H_vxor;
    case TCG_vadd:
        return sized ? H_vadd_8 + op->sz : -1;
    case TCG_vsub:
        return sized ? H_vsub_8 + op->sz : -1;
    case TCG_vcmpeq:
        return H_vcmpeq_8 + op->sz;
    case TCG_vminu:
        return op->sz == MO_8 ? H_vminu_8 : -1;
    case TCG_vmovmsk:
        return op->sz == MO_8 ? H_vmovmsk_8 : -1;
    default:
        return -1;
    }
}

static void lower_vec(TCIComp *c, const TCGOp *op)
{
    int h = vec_handler(op);
    unsigned a, b;

    if (h < 0 || op->vt != TCG_V128 || (op->attr & OPA_ZU)) {
        lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = tci_in(c, op->in[1]);
    put3(c, h, tci_out(c, op->out[0]), a, b);
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

    if (h < 0 || op->vt != TCG_V128 || (op->attr & OPA_ZU)) {
        lower_ref(c, op);
    } else {
        put_ref(c, op, h);
    }
}

/* MXCSR as the guest sees it: with what the host's unit collected. */
static void lower_fpcr(TCIComp *c, const TCGOp *op)
{
    tci_put(c, H_fp_fold, 1);
    lower_ref(c, op);
}

/* Ops of the host's x87, which this back end never announces. */
static void lower_none(TCIComp *c, const TCGOp *op)
{
    g_assert_not_reached();
}

TCILowerFn *const tci_lower[TCG_NB_OPS] = {
    [0 ... TCG_NB_OPS - 1] = lower_ref,
    [TCG_mov] = lower_mov, [TCG_ext_u] = lower_mov, [TCG_ext_s] = lower_ext_s,
    [TCG_extract] = lower_extract, [TCG_deposit] = lower_deposit,
    [TCG_bswap] = lower_bswap, [TCG_lea] = lower_lea,
    [TCG_add] = lower_alu, [TCG_sub] = lower_alu, [TCG_adc] = lower_alu,
    [TCG_sbb] = lower_alu, [TCG_and] = lower_alu, [TCG_or] = lower_alu,
    [TCG_xor] = lower_alu, [TCG_neg] = lower_unary, [TCG_not] = lower_unary,
    [TCG_inc] = lower_unary, [TCG_dec] = lower_unary,
    [TCG_cmp] = lower_compare, [TCG_test] = lower_compare,
    [TCG_shl] = lower_shift, [TCG_shr] = lower_shift, [TCG_sar] = lower_shift,
    [TCG_rol] = lower_shift, [TCG_ror] = lower_shift,
    [TCG_mul] = lower_mul, [TCG_mulu2] = lower_mul2, [TCG_muls2] = lower_mul2,
    [TCG_mulx] = lower_mul2,
    [TCG_setcc] = lower_setcc, [TCG_cmov] = lower_cmov,
    [TCG_brcc] = lower_brcc, [TCG_brcond] = lower_brcond,
    [TCG_setcond] = lower_setcond, [TCG_movcond] = lower_movcond,
    [TCG_br] = lower_br,
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
    [TCG_vmovmsk] = lower_vec,
    [TCG_fadd] = lower_fp, [TCG_fsub] = lower_fp, [TCG_fmul] = lower_fp,
    [TCG_fdiv] = lower_fp, [TCG_fmin] = lower_fp, [TCG_fmax] = lower_fp,
    [TCG_fsqrt] = lower_fp, [TCG_fcmp] = lower_fp, [TCG_fcom] = lower_fp,
    [TCG_cvt_i2f] = lower_fp, [TCG_cvt_f2i] = lower_fp,
    [TCG_cvt_f2f] = lower_fp,
    [TCG_fpcr_get] = lower_fpcr, [TCG_fpcr_set] = lower_fpcr,
    [TCG_x87r] = lower_none, [TCG_x87m] = lower_none,
    [TCG_x87stsw] = lower_none, [TCG_mmget] = lower_none,
    [TCG_mmput] = lower_none, [TCG_emms] = lower_none,
};
