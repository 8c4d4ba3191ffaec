/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of control flow: branches and labels inside a region, exits,
 * calls and returns on the shadow stack, indirect branches.
 *
 * A guest call pushes (guest return pc, host return address) and uses BL, a
 * guest return pops both, compares the first and uses RET: the host's return
 * predictor follows.  The guest pc is in T0 on every way to a thunk.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

static A64Label *label_of(A64Jit *j, const TCGOp *op)
{
    return &j->labels[op->label->id];
}

/* ---- direct exits ---------------------------------------------------------------- */

static uint32_t offset(A64Jit *j, const uint32_t *p)
{
    return (const uint8_t *)p - (const uint8_t *)j->code;
}

/* The return address tells which exit it is: find_exit() in backend.c. */
static void emit_exit_stub(A64Jit *j, A64Stub *st)
{
    TCGExit *e = (TCGExit *)(uintptr_t)st->a;

    e->stub = offset(j, j->p);
    out_bind(st->loc, j->p);
    out_bl(j, a64_thunks.exit_link);
}

static void add_exit(A64Jit *j, uint32_t *loc, uint64_t target)
{
    TCGExit *e = &j->tb->exits[j->next_exit++];

    e->tb = j->tb;
    e->target = target;
    e->patch = offset(j, loc);
    stub_new(j, emit_exit_stub, loc)->a = (uintptr_t)e;
}

void lower_goto_pc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    fl_save(j, op->fl_use);
    add_exit(j, out_b(j, NULL), op->imm);
}

/* ---- branches and labels --------------------------------------------------------- */

static void bind_to(A64Jit *j, uint32_t *loc, A64Label *l)
{
    if (l->code) {
        out_bind(loc, l->code);
    } else {
        A64Fixup *f = tcg_malloc(j->s, sizeof(*f));

        f->loc = loc;
        f->next = l->fixups;
        l->fixups = f;
    }
}

/* Flags as the label wants them: at home, unless this is its only way in. */
static void flags_for(A64Jit *j, A64Label *l, unsigned use)
{
    unsigned live = j->op->fl_live | use;

    if (l->exit_op >= 0) {
        fl_save_for(j, j->s->ops[l->exit_op].fl_use, live);
    } else if (l->refs != 1 || !l->only_branch || l->code) {
        fl_save_for(j, l->fl_live, live);
    }
    fl_load(j, use);
}

static void leave_state(A64Jit *j, A64Label *l)
{
    l->have_state = true;
    l->fl_h = j->fl_h;
    l->fl_m = j->fl_m;
    l->cinv = j->cinv;
}

/* Conditional branches reach a megabyte, which patched ones may not. */
static void emit_far_exit(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    add_exit(j, out_b(j, NULL), st->a);
}

static void branch(A64Jit *j, uint32_t *loc, A64Label *l)
{
    if (l->exit_op >= 0) {
        stub_new(j, emit_far_exit, loc)->a = j->s->ops[l->exit_op].imm;
        return;
    }
    leave_state(j, l);
    bind_to(j, loc, l);
}

void lower_brcc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Label *l = label_of(j, op);

    flags_for(j, l, op->fl_use);
    if ((op->cond & ~1u) == CC_P && j->pf_bit) {
        branch(j, out_cbz(j, op->cond & 1, false, R_PF, NULL), l);
    } else if ((op->cond & ~1u) == CC_P) {
        fl_parity(j);
        branch(j, out_cbz(j, op->cond & 1, false, T0, NULL), l);
    } else {
        unsigned cond = fl_cond(j, op, op->cond);

        branch(j, out_bcond(j, cond, NULL), l);
    }
}

static const uint8_t cond_a64[] = { EQ, NE, LT, GE, LE, GT, CC, CS, LS, HI };

/* Compares and returns the condition; or, for a test against zero, -1 with the
 * register in *zero. */
static int compare(A64Jit *j, const TCGOp *op, unsigned *zero)
{
    TCGRef a = op->in[0], b = op->in[1];
    unsigned cond = op->cond, ra, rb;
    bool sf = op->sz == MO_64, sgn = cond >= TCG_COND_LT &&
                                      cond <= TCG_COND_GT;

    if (is_const(j, a) && !is_const(j, b)) {
        static const uint8_t swap[] = {
            TCG_COND_EQ, TCG_COND_NE, TCG_COND_GT, TCG_COND_LE, TCG_COND_GE,
            TCG_COND_LT, TCG_COND_GTU, TCG_COND_LEU, TCG_COND_GEU,
            TCG_COND_LTU,
        };
        TCGRef t = a;

        a = b;
        b = t;
        cond = swap[cond];
    }
    ra = ra_in(&j->ra, a);
    if (op->sz < MO_32) {
        (sgn ? out_sext(j, op->sz, false, T0, ra)
             : out_zext(j, op->sz, T0, ra));
        ra = T0;
    }
    if (is_const(j, b)) {
        uint64_t v = const_val(j, b);

        if (op->sz < MO_64) {
            unsigned n = 64 - (8 << op->sz);

            v = sgn ? (uint64_t)((int64_t)(v << n) >> n) : v << n >> n;
        }
        if (v == 0 && zero && cond <= TCG_COND_NE) {
            *zero = ra;
            return -1;
        }
        if (!sf) {
            v = (uint32_t)v;
        }
        if (arith_imm(v)) {
            out_arith_imm(j, A_SUBS, sf, ZR, ra, v);
            return cond_a64[cond];
        }
        out_movi(j, T1, v);
        rb = T1;
    } else {
        rb = ra_in(&j->ra, b);
        if (op->sz < MO_32) {
            (sgn ? out_sext(j, op->sz, false, T1, rb)
                 : out_zext(j, op->sz, T1, rb));
            rb = T1;
        }
    }
    out_rrr(j, A_SUBS, sf, ZR, ra, rb);
    return cond_a64[cond];
}

/* Live flags that the comparison would destroy go home. */
static void before_compare(A64Jit *j, const TCGOp *op)
{
    if (op->fl_live & FL_NZCV & j->fl_h & ~j->fl_m) {
        fl_save(j, op->fl_live);
    }
}

void lower_brcond(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Label *l = label_of(j, op);
    unsigned zero = 0;
    int cond;

    flags_for(j, l, 0);
    before_compare(j, op);
    cond = compare(j, op, &zero);
    if (cond < 0) {
        branch(j, out_cbz(j, op->cond == TCG_COND_NE, op->sz == MO_64, zero,
                          NULL), l);
        return;
    }
    j->fl_h &= ~FL_NZCV;
    branch(j, out_bcond(j, cond, NULL), l);
}

void lower_setcond(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned rd;
    int cond;

    before_compare(j, op);
    cond = compare(j, op, NULL);
    j->fl_h &= ~FL_NZCV;
    rd = out_reg(j, op->out[0]);
    out_cset(j, rd, cond);
    out_done(j, op->out[0], rd);
}

void lower_movcond(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned rd, b, c;
    int cond;

    before_compare(j, op);
    b = inz(j, op->in[2]);
    c = inz(j, op->in[3]);
    cond = compare(j, op, NULL);
    j->fl_h &= ~FL_NZCV;
    rd = out_reg(j, op->out[0]);
    out_csel(j, op->sz == MO_64, rd, b, c, cond);
    out_done(j, op->out[0], rd);
}

void lower_br(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Label *l = label_of(j, op);
    const TCGOp *next = op + 1;

    if (l->exit_op >= 0) {
        lower_goto_pc(j, &j->s->ops[l->exit_op], x);
        return;
    }
    flags_for(j, l, 0);
    leave_state(j, l);
    if (next < j->s->ops + j->s->nb_ops && next->opc == TCG_label &&
        next->label == op->label) {
        j->falls = true;
        return;
    }
    bind_to(j, out_b(j, NULL), l);
}

void lower_label(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Label *l = label_of(j, op);
    bool fall = j->reachable;

    if (fall && l->refs == 1 && l->only_branch && !l->loop) {
        l->code = j->p;             /* its one branch was the op before */
        return;
    }
    if (!fall && !l->fixups && !l->loop) {
        return;                     /* nobody comes here: stay unreachable */
    }
    if (fall) {
        fl_save(j, l->fl_live);
    }
    ra_bb_end(&j->ra);
    j->pf_bit = false;
    if (!fall && l->refs == 1 && l->have_state) {
        j->fl_h = l->fl_h;
        j->fl_m = l->fl_m;
        j->cinv = l->cinv;
    } else {
        j->fl_h = 0;
        j->fl_m = FL_ALL;
    }
    l->code = j->p;
    for (A64Fixup *f = l->fixups; f; f = f->next) {
        out_bind(f->loc, j->p);
    }
    j->reachable = true;
}

void lower_insn_start(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    TCGTB *tb = j->tb;

    j->insn = tb->nb_insns++;
    tb->insn_pc[j->insn] = op->imm;
}

/* ---- polls ------------------------------------------------------------------------ */

/* a = the pc, b = thunk.  Whoever goes on there finds the flags at home. */
static void emit_pc_stub(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    fl_save(j, st->op->fl_live);
    out_movi(j, T0, st->a);
    out_b(j, (void *)(uintptr_t)st->b);
}

void lower_poll(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Stub *st;

    out_ld_env(j, MO_32, T0, ENVOFF(exit_request));
    st = stub_new(j, emit_pc_stub, out_cbz(j, true, false, T0, NULL));
    st->a = op->imm;
    st->b = (uintptr_t)a64_thunks.poll;
}

/* ---- indirect branches -------------------------------------------------------------- */

/* a = register with the pc, b = thunk; back: the return address, if a call. */
static void emit_ind_stub(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_mov(j, true, T0, st->a);
    out_b(j, (void *)(uintptr_t)st->b);
}

static void ind_stub(A64Jit *j, uint32_t *loc, unsigned t, uint32_t *thunk)
{
    A64Stub *st = stub_new(j, emit_ind_stub, loc);

    st->a = t;
    st->b = (uintptr_t)thunk;
}

void lower_goto_ind(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned t;

    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    out_ld_env(j, MO_32, T0, ENVOFF(exit_request));
    ind_stub(j, out_cbz(j, true, false, T0, NULL), t, a64_thunks.poll);
    ind_stub(j, out_jc_jump(j, t, false), t, a64_thunks.lookup);
}

/* ---- calls and returns ---------------------------------------------------------------- */

static void note_ret(A64Jit *j, uint32_t off)
{
    TCGTB *tb = j->tb;

    if (tb->nb_rets == j->cap_rets) {
        j->cap_rets = j->cap_rets ? j->cap_rets * 2 : 8;
        tb->rets = tcg_regrow(j->s, tb->rets, tb->nb_rets * sizeof(*tb->rets),
                              j->cap_rets * sizeof(*tb->rets));
    }
    tb->rets[tb->nb_rets++] = off;
}

/* Where a return goes on once the TB was retired. */
static void emit_dead_ret(A64Jit *j, A64Stub *st)
{
    note_ret(j, offset(j, (uint32_t *)(uintptr_t)st->b));
    note_ret(j, offset(j, j->p));
    out_movi(j, T0, st->a);
    out_b(j, a64_thunks.lookup_ret);
}

/* A register that holds v (the return pc was just pushed), or -1. */
static int const_reg(A64Jit *j, uint64_t v)
{
    int64_t delta;
    int reg = ra_near_const(&j->ra, v, &delta);

    return reg >= 0 && delta == 0 ? reg : -1;
}

/* Pushes the frame; the place returned to is bound by out_ret_site. */
static uint32_t *out_frame(A64Jit *j, uint64_t pc, int reg)
{
    uint32_t *adr;

    if (reg < 0) {
        out_movi(j, T0, pc);
        reg = T0;
    }
    adr = j->p;
    o32(j, 0x10000000 | T1);
    /* stp reg, t1, [shadow, -16]! */
    o32(j, 0xa9bf0000 | T1 << 10 | R_SHADOW << 5 | reg);
    return adr;
}

static void out_ret_site(A64Jit *j, uint32_t *adr, uint64_t pc)
{
    A64Stub *st = stub_new(j, emit_dead_ret, NULL);

    st->a = pc;
    st->b = (uintptr_t)j->p;
    out_bind(adr, j->p);
    j->fl_h = 0;
    j->fl_m = FL_ALL;
}

void lower_call_pc(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    uint32_t *adr;
    int reg;

    fl_save(j, op->fl_use);
    reg = const_reg(j, op->imm2);
    ra_spill_all(&j->ra);
    adr = out_frame(j, op->imm2, reg);
    add_exit(j, out_bl(j, NULL), op->imm);
    out_ret_site(j, adr, op->imm2);
}

void lower_call_ind(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    uint32_t *adr;
    unsigned t;
    int reg;

    /* No poll: calls without end run out of stack. */
    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    reg = const_reg(j, op->imm2);
    ra_kill_dead(&j->ra, op);
    ra_unlock_all(&j->ra);
    ra_spill_all(&j->ra);
    adr = out_frame(j, op->imm2, reg);
    ind_stub(j, out_jc_jump(j, t, true), t, a64_thunks.lookup);
    out_ret_site(j, adr, op->imm2);
}

void lower_ret(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned t;

    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    /* ldp t1, x30, [shadow], 16 */
    o32(j, 0xa8c10000 | R_LR << 10 | R_SHADOW << 5 | T1);
    out_rrr(j, A_EOR, true, T1, T1, t);
    ind_stub(j, out_cbz(j, true, true, T1, NULL), t, a64_thunks.ret_miss);
    /* The base's frames want the pc. */
    o32(j, 0xd65f03c0);
}

/* ---- exits to the main loop -------------------------------------------------------------- */

void lower_exit(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    fl_save(j, FL_ALL);
    out_movi(j, T0, op->imm2);
    out_st_env(j, MO_64, T0, ENVOFF(pc));
    out_movi(j, T0, (int64_t)op->mem.disp);
    out_st_env(j, MO_64, T0, ENVOFF(exit_arg));
    out_movi(j, T0, op->imm);
    out_b(j, a64_thunks.leave);
}
