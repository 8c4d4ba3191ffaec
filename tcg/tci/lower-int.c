/* SPDX-License-Identifier: MIT */
/*
 * IR to bytecode: integer arithmetic, conditions and branches.
 *
 * A comparison whose flags only the next branch, setcc or cmov reads becomes
 * one conditional instruction that leaves the flags alone.
 */
#include "util/osdep.h"
#include "tcg/tci/compile.h"

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
        tci_put_imm(c, h, d, x, imm_val(c, b));
    } else {
        tci_put3(c, h, d, x, y);
    }
}

/* cmov or setcc by a truth value in a slot. */
static void put_reader(TCIComp *c, const TCGOp *n, unsigned truth)
{
    unsigned x = tci_in(c, n->in[0]);
    TCIWord *w;

    if (n->opc == TCG_setcc) {
        tci_put3(c, H_merge_8, tci_out(c, n->out[0]), x, truth);
    } else {
        unsigned y = tci_in(c, n->in[1]);
        w = tci_put3(c, H_sel_16 + n->sz - MO_16, tci_out(c, n->out[0]),
                     truth, y);
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

void tci_lower_compare(TCIComp *c, const TCGOp *op)
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
void tci_put_alu(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
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

void tci_put_unary(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
                      unsigned d, unsigned a)
{
    unsigned h = opc == TCG_not ? H_not_8 : opc == TCG_inc ? H_incf_8 :
                 opc == TCG_dec ? H_decf_8 : fl_def ? H_negf_8 : H_neg_8;

    if (!fl_def && (opc == TCG_inc || opc == TCG_dec)) {
        TCIWord *w = tci_put(c, alu_family(opc) + 4 + sz, 3);
        w[1] = (TCIWord) { .a = d, .b = a };
        w[2].q = 1;
    } else {
        TCIWord *w = tci_put3(c, h + sz, d, a, 0);
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

void tci_lower_alu(TCIComp *c, const TCGOp *op)
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
    tci_put_alu(c, op->opc, op->sz, fuse ? 0 : op->fl_def, d, a, b, rb);
    if (fuse) {
        put_brtest(c, n->cond, op->sz, d, TCG_NONE, d, n->label);
        consume(c, j);
    }
}

void tci_lower_unary(TCIComp *c, const TCGOp *op)
{
    unsigned j, a = tci_in(c, op->in[0]), d = tci_out(c, op->out[0]);
    const TCGOp *n;
    bool fuse = fuse_result(c, op, &j, &n);

    tci_put_unary(c, op->opc, op->sz, fuse ? 0 : op->fl_def, d, a);
    if (fuse) {
        put_brtest(c, n->cond, op->sz, d, TCG_NONE, d, n->label);
        consume(c, j);
    }
}

void tci_lower_shift(TCIComp *c, const TCGOp *op)
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
        tci_lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = imm ? n : tci_in(c, op->in[1]);
    d = tci_out(c, op->out[0]);
    tci_put3(c, first + 4 * imm + op->sz, d, a, b);
    if (fuse) {
        put_brtest(c, reader->cond, op->sz, d, TCG_NONE, d, reader->label);
        consume(c, j);
    }
}

void tci_lower_mul(TCIComp *c, const TCGOp *op)
{
    bool imm = tci_is_const(c, op->in[1]);
    unsigned a, b, d;

    if (op->fl_def) {
        tci_lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = imm ? 0 : tci_in(c, op->in[1]);
    d = tci_out(c, op->out[0]);
    if (imm) {
        tci_put_imm(c, H_mul_ri_8 + op->sz, d, a, tci_val(c, op->in[1]));
    } else {
        tci_put3(c, H_mul_rr_8 + op->sz, d, a, b);
    }
}

void tci_lower_mul2(TCIComp *c, const TCGOp *op)
{
    unsigned h = op->opc == TCG_muls2 ? H_muls2_32 : H_mulu2_32;
    unsigned a, b, lo, hi;
    TCIWord *w;

    if (op->fl_def || op->sz < MO_32) {
        tci_lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    b = tci_in(c, op->in[1]);
    lo = tci_out(c, op->out[0]);
    hi = op->out[1] == TCG_NONE ? TCI_TRASH + 32 : tci_out(c, op->out[1]);
    w = tci_put3(c, h + op->sz - MO_32, lo, hi, a);
    w[1].d = b;
}

/* ---- conditions ---------------------------------------------------------- */

void tci_lower_setcc(TCIComp *c, const TCGOp *op)
{
    unsigned a;

    if (op->sz != MO_8) {
        tci_lower_ref(c, op);
        return;
    }
    a = tci_in(c, op->in[0]);
    tci_put3(c, H_setcc_o + op->cond, tci_out(c, op->out[0]), a, 0);
}

void tci_lower_cmov(TCIComp *c, const TCGOp *op)
{
    unsigned t = tci_scratch(c);

    tci_put3(c, H_setcc_o + op->cond, t, TCI_ZERO, 0);
    put_reader(c, op, t);
    tci_scratch_free(c, t);
}

void tci_lower_brcc(TCIComp *c, const TCGOp *op)
{
    tci_target(c, &tci_put(c, H_brcc_o + op->cond, 2)[1], op->label);
}

void tci_lower_brcond(TCIComp *c, const TCGOp *op)
{
    put_brcond(c, op->cond, op->sz, op->in[0], op->in[1], op->label);
}

void tci_lower_setcond(TCIComp *c, const TCGOp *op)
{
    /* The inputs first: they may emit. */
    tci_in(c, op->in[0]);
    put_setcond(c, op->cond, op->sz, tci_out(c, op->out[0]), op->in[0],
                op->in[1]);
}

void tci_lower_movcond(TCIComp *c, const TCGOp *op)
{
    unsigned t = tci_scratch(c), x, y, d;
    TCIWord *w;

    put_setcond(c, op->cond, op->sz, t, op->in[0], op->in[1]);
    x = tci_in(c, op->in[2]);
    y = tci_in(c, op->in[3]);
    d = tci_out(c, op->out[0]);
    w = tci_put3(c, op->sz == MO_32 ? H_sel_32 : H_sel_64, d, t, x);
    w[1].d = y;
    if (op->sz < MO_32) {
        tci_put3(c, H_mov_8 + op->sz, d, d, 0);
    }
    tci_scratch_free(c, t);
}

void tci_lower_br(TCIComp *c, const TCGOp *op)
{
    tci_target(c, &tci_put(c, H_br, 2)[1], op->label);
}
