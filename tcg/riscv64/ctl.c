/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of control flow: branches and labels inside a region, exits,
 * calls and returns on the shadow stack, indirect branches.
 *
 * A guest call pushes (guest return pc, host return address) and links by ra,
 * a guest return pops both, compares the first and jumps by ra: the host's
 * return predictor follows.  The guest pc is in T0 on every way to a thunk.
 *
 * A direct exit is a JAL to its stub, which jumps by a 64-bit word behind it;
 * linking sets the word, and the JAL too if that reaches.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

static RVLabel *label_of(RVJit *j, const TCGOp *op)
{
    return &j->labels[op->label->id];
}

/* ---- direct exits ---------------------------------------------------------------- */

static uint32_t offset(RVJit *j, const uint32_t *p)
{
    return (const uint8_t *)p - (const uint8_t *)j->code;
}

/* ORDER: backend.c knows this layout (RV_STUB_*). */
static void emit_exit_stub(RVJit *j, RVStub *st)
{
    TCGExit *e = (TCGExit *)(uintptr_t)st->a;
    uint64_t slow;

    if (((uintptr_t)j->p & 7) != 0) {
        o32(j, 0x13);
    }
    e->stub = offset(j, j->p);
    out_bind(j, st->loc, j->p);
    o32(j, AUIPC | T1 << 7);
    out_rri(j, LD, T1, T1, RV_STUB_WORD);
    out_rri(j, JALR, ZR, T1, 0);
    o32(j, AUIPC | T0 << 7);            /* RV_STUB_SLOW: T0 = this place */
    out_jump(j, rv_thunks.exit_link);
    slow = (uintptr_t)(j->p - 6) + RV_STUB_SLOW;
    memcpy(j->p, &slow, 8);
    j->p += 2;
}

static void add_exit(RVJit *j, uint32_t *loc, uint64_t target)
{
    TCGExit *e = &j->tb->exits[j->next_exit++];

    e->tb = j->tb;
    e->target = target;
    e->patch = offset(j, loc);
    stub_new(j, emit_exit_stub, loc)->a = (uintptr_t)e;
}

void lower_goto_pc(RVJit *j, const TCGOp *op, const RVOp *x)
{
    fl_save(j, op->fl_use);
    add_exit(j, out_jal(j, ZR, NULL), op->imm);
}

/* ---- branches and labels --------------------------------------------------------- */

static void bind_to(RVJit *j, uint32_t *loc, RVLabel *l)
{
    if (l->code) {
        out_bind(j, loc, l->code);
    } else {
        RVFixup *f = tcg_malloc(j->s, sizeof(*f));

        f->loc = loc;
        f->next = l->fixups;
        l->fixups = f;
    }
}

/* Flags as the label wants them: at home, unless this is its only way in. */
static void flags_for(RVJit *j, RVLabel *l, unsigned use)
{
    unsigned live = j->op->fl_live | use;

    if (l->exit_op >= 0) {
        fl_save_for(j, j->s->ops[l->exit_op].fl_use, live);
    } else if (l->refs != 1 || !l->only_branch || l->code) {
        fl_save_for(j, l->fl_live, live);
    }
}

static void leave_state(RVJit *j, RVLabel *l)
{
    l->have_state = true;
    l->fl_h = j->fl_h;
    l->fl_m = j->fl_m;
    l->fl = j->fl;
}

/* The JAL that is patched. */
static void emit_far_exit(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    add_exit(j, out_jal(j, ZR, NULL), st->a);
}

static void branch(RVJit *j, uint32_t *loc, RVLabel *l)
{
    if (l->exit_op >= 0) {
        stub_new(j, emit_far_exit, loc)->a = j->s->ops[l->exit_op].imm;
        return;
    }
    leave_state(j, l);
    bind_to(j, loc, l);
}

void lower_brcc(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVLabel *l = label_of(j, op);

    flags_for(j, l, op->fl_use);
    branch(j, out_b(j, fl_cond(j, op, op->cond), NULL), l);
}

/* A comparison's operand, extended as the condition wants it. */
static unsigned operand(RVJit *j, const TCGOp *op, TCGRef r, unsigned tmp)
{
    unsigned reg;

    if (is_const(j, r)) {
        int64_t v = sext_of(op->sz, const_val(j, r));

        if (v == 0) {
            return ZR;
        }
        out_movi(j, tmp, v);
        return tmp;
    }
    reg = ra_in(&j->ra, r);
    if (op->sz == MO_64) {
        return reg;
    }
    out_sext(j, op->sz, tmp, reg);
    return tmp;
}

/* Sign extension keeps both orders. */
static RVCond compare(RVJit *j, const TCGOp *op)
{
    static const struct {
        uint16_t w;
        bool swap;
    } map[] = {
        [TCG_COND_EQ] = { BEQ, false }, [TCG_COND_NE] = { BNE, false },
        [TCG_COND_LT] = { BLT, false }, [TCG_COND_GE] = { BGE, false },
        [TCG_COND_LE] = { BGE, true }, [TCG_COND_GT] = { BLT, true },
        [TCG_COND_LTU] = { BLTU, false }, [TCG_COND_GEU] = { BGEU, false },
        [TCG_COND_LEU] = { BGEU, true }, [TCG_COND_GTU] = { BLTU, true },
    };
    unsigned a = operand(j, op, op->in[0], T0);
    unsigned b = operand(j, op, op->in[1], T1);

    if (map[op->cond].swap) {
        return (RVCond){ map[op->cond].w, b, a };
    }
    return (RVCond){ map[op->cond].w, a, b };
}

void lower_brcond(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVLabel *l = label_of(j, op);

    flags_for(j, l, 0);
    branch(j, out_b(j, compare(j, op), NULL), l);
}

void lower_setcond(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVCond c = compare(j, op);
    unsigned rd = out_reg(j, op->out[0]);

    out_setcond(j, rd, c);
    out_done(j, op->out[0], rd);
}

void lower_movcond(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned a, b, rd;
    RVCond c = compare(j, op);

    /* Five temporaries would be more than there are. */
    if (ra_pin(&j->ra, op->out[0]) < 0 || ra_reg(&j->ra, op->in[2]) < 0 ||
        ra_reg(&j->ra, op->in[3]) < 0) {
        out_setcond(j, T0, c);
        c = (RVCond){ BNE, T0, ZR };
        ra_unlock_all(&j->ra);
    }
    a = inz(j, op->in[2]);
    b = inz(j, op->in[3]);
    if (op->sz < MO_64) {
        out_select(j, T0, c, a, b);
        rd = out_reg(j, op->out[0]);
        out_zext(j, op->sz, rd, T0);
    } else {
        rd = out_reg(j, op->out[0]);
        out_select(j, rd, c, a, b);
    }
    out_done(j, op->out[0], rd);
}

void lower_br(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVLabel *l = label_of(j, op);
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
    bind_to(j, out_jal(j, ZR, NULL), l);
}

void lower_label(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVLabel *l = label_of(j, op);
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
    if (!fall && l->refs == 1 && l->have_state) {
        j->fl_h = l->fl_h;
        j->fl_m = l->fl_m;
        j->fl = l->fl;
    } else {
        j->fl_h = 0;
        j->fl_m = FL_ALL;
    }
    j->vtype = VT_NONE;
    fc_clear(j);
    l->code = j->p;
    for (RVFixup *f = l->fixups; f; f = f->next) {
        out_bind(j, f->loc, j->p);
    }
    j->reachable = true;
}

void lower_insn_start(RVJit *j, const TCGOp *op, const RVOp *x)
{
    TCGTB *tb = j->tb;

    j->insn = tb->nb_insns++;
    tb->insn_pc[j->insn] = op->imm;
}

/* ---- polls ------------------------------------------------------------------------ */

/* a = the pc, b = thunk.  Whoever goes on there finds the flags at home. */
static void emit_pc_stub(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    fl_save(j, st->op->fl_live);
    out_movi(j, T0, st->a);
    out_jump(j, (void *)(uintptr_t)st->b);
}

void lower_poll(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVStub *st;

    out_ld_env(j, MO_32, T0, ENVOFF(exit_request));
    st = stub_new(j, emit_pc_stub, out_bnez(j, T0));
    st->a = op->imm;
    st->b = (uintptr_t)rv_thunks.poll;
}

/* ---- indirect branches -------------------------------------------------------------- */

/* a = register with the pc, b = thunk. */
static void emit_ind_stub(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    out_mv(j, T0, st->a);
    out_jump(j, (void *)(uintptr_t)st->b);
}

static void ind_stub(RVJit *j, uint32_t *loc, unsigned t, uint32_t *thunk)
{
    RVStub *st = stub_new(j, emit_ind_stub, loc);

    st->a = t;
    st->b = (uintptr_t)thunk;
}

void lower_goto_ind(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned t;

    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    out_ld_env(j, MO_32, T0, ENVOFF(exit_request));
    ind_stub(j, out_bnez(j, T0), t, rv_thunks.poll);
    ind_stub(j, out_jc_jump(j, t, ZR), t, rv_thunks.lookup);
}

/* ---- calls and returns ---------------------------------------------------------------- */

static void note_ret(RVJit *j, uint32_t off)
{
    TCGTB *tb = j->tb;

    if (tb->nb_rets == j->cap_rets) {
        tb->rets = array_grow(j, tb->rets, sizeof(uint32_t), &j->cap_rets);
    }
    tb->rets[tb->nb_rets++] = off;
}

/* Where a return goes on once the TB was retired. */
static void emit_dead_ret(RVJit *j, RVStub *st)
{
    note_ret(j, offset(j, (uint32_t *)(uintptr_t)st->b));
    note_ret(j, offset(j, j->p));
    out_movi(j, T0, st->a);
    out_jump(j, rv_thunks.lookup_ret);
}

/* A register that holds v (the return pc was just pushed), or -1. */
static int const_reg(RVJit *j, uint64_t v)
{
    int64_t delta;
    int reg = ra_near_const(&j->ra, v, &delta);

    return reg >= 0 && delta == 0 ? reg : -1;
}

/* Pushes the frame; the place returned to is bound by out_ret_site. */
static uint32_t *out_frame(RVJit *j, uint64_t pc, int reg)
{
    uint32_t *at;

    if (reg < 0) {
        out_movi(j, T0, pc);
        reg = T0;
    }
    at = out_auipc(j, T1);
    out_rri(j, ADDI, R_SHADOW, R_SHADOW, -16);
    out_st(j, SD, reg, R_SHADOW, 0);
    out_st(j, SD, T1, R_SHADOW, 8);
    return at;
}

static void out_ret_site(RVJit *j, uint32_t *at, uint64_t pc)
{
    RVStub *st = stub_new(j, emit_dead_ret, NULL);

    st->a = pc;
    st->b = (uintptr_t)j->p;
    out_bind(j, at, j->p);
    j->fl_h = 0;
    j->fl_m = FL_ALL;
    j->vtype = VT_NONE;
    fc_clear(j);
}

void lower_call_pc(RVJit *j, const TCGOp *op, const RVOp *x)
{
    uint32_t *at;
    int reg;

    fl_save(j, op->fl_use);
    reg = const_reg(j, op->imm2);
    ra_spill_all(&j->ra);
    at = out_frame(j, op->imm2, reg);
    add_exit(j, out_jal(j, R_LR, NULL), op->imm);
    out_ret_site(j, at, op->imm2);
}

void lower_call_ind(RVJit *j, const TCGOp *op, const RVOp *x)
{
    uint32_t *at;
    unsigned t;
    int reg;

    /* No poll: calls without end run out of stack. */
    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    reg = const_reg(j, op->imm2);
    ra_kill_dead(&j->ra, op);
    ra_unlock_all(&j->ra);
    ra_spill_all(&j->ra);
    at = out_frame(j, op->imm2, reg);
    ind_stub(j, out_jc_jump(j, t, R_LR), t, rv_thunks.lookup);
    out_ret_site(j, at, op->imm2);
}

void lower_ret(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned t;

    fl_save(j, op->fl_use);
    t = ra_in(&j->ra, op->in[0]);
    out_rri(j, LD, T1, R_SHADOW, 0);
    out_rri(j, LD, R_LR, R_SHADOW, 8);
    out_rri(j, ADDI, R_SHADOW, R_SHADOW, 16);
    ind_stub(j, out_b(j, (RVCond){ BNE, T1, t }, NULL), t,
             rv_thunks.ret_miss);
    /* The base's frames equal no pc. */
    out_rri(j, JALR, ZR, R_LR, 0);
}

/* ---- exits to the main loop -------------------------------------------------------------- */

void lower_exit(RVJit *j, const TCGOp *op, const RVOp *x)
{
    fl_save(j, FL_ALL);
    out_movi(j, T0, op->imm2);
    out_st_env(j, MO_64, T0, ENVOFF(pc));
    out_movi(j, T0, (int64_t)op->mem.disp);
    out_st_env(j, MO_64, T0, ENVOFF(exit_arg));
    out_movi(j, T0, op->imm);
    out_jump(j, rv_thunks.leave);
}
