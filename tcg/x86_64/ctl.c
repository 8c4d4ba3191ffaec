/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of control flow: branches and labels inside a region, exits,
 * calls and returns on the shadow stack, indirect branches.
 *
 * A guest call is a host call, a guest return a host return with the target in
 * rax, which the place returned to compares with the pc it stands for.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

static X86Label *label_of(X86Jit *j, const TCGOp *op)
{
    return &j->labels[op->label->id];
}

/* ---- direct exits ---------------------------------------------------------------- */

static void emit_exit_stub(X86Jit *j, X86Stub *st)
{
    TCGExit *e = (TCGExit *)(uintptr_t)st->a;

    /* The return address tells which exit it is: find_exit() in backend.c. */
    e->stub = j->p - j->code;
    out_bind(st->loc, j->p);
    out_call(j, x86_thunks.exit_link);
}

static void add_exit(X86Jit *j, uint8_t *loc, uint64_t target)
{
    TCGExit *e = &j->tb->exits[j->next_exit++];

    e->tb = j->tb;
    e->target = target;
    e->patch = loc - j->code;
    stub_new(j, emit_exit_stub, loc)->a = (uintptr_t)e;
}

void lower_goto_pc(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fl_save(j, op->fl_use);
    out_align_field(j, 1, 4);
    add_exit(j, out_jmp(j, NULL), op->imm);
}

/* ---- branches and labels --------------------------------------------------------- */

/* A guess whether the label ahead will be within a byte's reach; if it is
 * wrong, everything is compiled again without. */
static bool is_near(X86Jit *j, const X86Label *l)
{
    const TCGOp *to = &j->s->ops[l->pos];
    unsigned size = 0;

    if (l->pos - j->at > 24) {
        return false;
    }
    for (const TCGOp *op = j->s->ops + j->at + 1; op < to && size <= 110; op++) {
        uint32_t props = tcg_op_defs[op->opc].props;

        size += op->opc == TCG_insn_start ? 0
              : props & (P_CALL | P_ST | P_VEC) ? 14
              : props & P_END ? 8 : op->opc == TCG_poll ? 16 : 6;
    }
    return size <= 110;
}

/* cc < 0: always. */
static void branch_to(X86Jit *j, int cc, X86Label *l)
{
    if (l->code) {
        intptr_t rel = l->code - (j->p + 2);

        if (rel == (int8_t)rel) {
            o8(j, cc < 0 ? 0xeb : 0x70 | cc);
            o8(j, rel);
        } else if (cc < 0) {
            out_jmp(j, l->code);
        } else {
            out_jcc(j, cc, l->code);
        }
    } else {
        X86Fixup *f = tcg_malloc(j->s, sizeof(*f));

        f->near = !j->no_near && is_near(j, l);
        if (f->near) {
            o8(j, cc < 0 ? 0xeb : 0x70 | cc);
            f->loc = j->p;
            o8(j, 0);
        } else {
            f->loc = cc < 0 ? out_jmp(j, NULL) : out_jcc(j, cc, NULL);
        }
        f->next = l->fixups;
        l->fixups = f;
    }
}

/* Flags as the label wants them: at home, unless this is its only way in. */
static void flags_for(X86Jit *j, X86Label *l, unsigned use)
{
    unsigned live = j->op->fl_live | use;

    if (l->exit_op >= 0) {
        fl_save_for(j, j->s->ops[l->exit_op].fl_use, live);
    } else if (l->refs != 1 || !l->only_branch || l->code) {
        fl_save_for(j, l->fl_live, live);
    }
    fl_load(j, use);
}

static void leave_state(X86Jit *j, X86Label *l)
{
    l->have_state = true;
    l->fl_h = j->fl_h;
    l->fl_m = j->fl_m;
}

static void branch(X86Jit *j, int cc, X86Label *l)
{
    if (l->exit_op >= 0 && cc >= 0) {
        out_align_field(j, 2, 4);
        add_exit(j, out_jcc(j, cc, NULL), j->s->ops[l->exit_op].imm);
        return;
    }
    leave_state(j, l);
    branch_to(j, cc, l);
}

void lower_brcc(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    X86Label *l = label_of(j, op);

    flags_for(j, l, op->fl_use);
    branch(j, op->cond, l);
}

void lower_brcond(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    X86Label *l = label_of(j, op);
    TCGRef a = op->in[0], b = op->in[1];
    unsigned cond = op->cond;

    emit_cmp(j, op, op->sz, &a, &b, &cond);
    j->fl_h = 0;
    branch(j, cond_cc(cond), l);
}

void lower_br(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    X86Label *l = label_of(j, op);
    const TCGOp *next = op + 1;

    if (l->exit_op >= 0) {
        const TCGOp *e = &j->s->ops[l->exit_op];

        lower_goto_pc(j, e, x);
        return;
    }
    flags_for(j, l, 0);
    leave_state(j, l);
    if (next < j->s->ops + j->s->nb_ops && next->opc == TCG_label &&
        next->label == op->label) {
        j->falls = true;
        return;
    }
    branch_to(j, -1, l);
}

void lower_label(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    X86Label *l = label_of(j, op);
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
    } else {
        j->fl_h = 0;
        j->fl_m = FL_ALL;
    }
    if (l->loop && j->tb->tier) {
        unsigned pad = -(uintptr_t)j->p & 15;

        out_nops(j, pad <= 10 ? pad : 0);
    }
    l->code = j->p;
    for (X86Fixup *f = l->fixups; f; f = f->next) {
        if (f->near) {
            intptr_t rel = j->p - (f->loc + 1);

            *f->loc = rel;
            j->too_far |= rel > INT8_MAX;
        } else {
            out_bind(f->loc, j->p);
        }
    }
    j->reachable = true;
}

void lower_insn_start(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGTB *tb = j->tb;

    j->insn = tb->nb_insns++;
    tb->insn_pc[j->insn] = op->imm;
}

/* ---- polls ------------------------------------------------------------------------ */

static void emit_poll_stub(X86Jit *j, X86Stub *st)
{
    out_bind(st->loc, j->p);
    out_movi(j, RAX, st->a, false);
    out_jmp(j, x86_thunks.poll);
}

void lower_poll(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    out_alu_imm(j, MO_32, 7, ENV(exit_request), 0, 0);
    stub_new(j, emit_poll_stub, out_jcc(j, CC_NZ, NULL))->a = op->imm;
}

/* ---- indirect branches -------------------------------------------------------------- */

/* a = register with the pc, b = thunk. */
static void emit_ind_stub(X86Jit *j, X86Stub *st)
{
    out_bind(st->loc, j->p);
    if (st->src.valid) {
        fl_remake(j, &st->src, st->a, st->a == R14 ? R15 : R14);
    }
    out_mov_rr(j, MO_64, RAX, st->a);
    out_jmp(j, (void *)(uintptr_t)st->b);
}

void out_jc_index(X86Jit *j, unsigned i, unsigned t)
{
    out_op(j, 0x69, i, R(t));           /* imul i, t, TCG_JC_HASH */
    o32(j, TCG_JC_HASH);
    out_op_imm8(j, 0xc1, 5, R(i), 32 - TCG_JC_BITS);
}

/* As emit_ind_stub, a = the pc, which is a constant. */
static void emit_known_stub(X86Jit *j, X86Stub *st)
{
    out_bind(st->loc, j->p);
    if (st->src.valid) {
        fl_remake(j, &st->src, R14, R15);
    }
    out_movi(j, RAX, st->a, false);
    out_jmp(j, (void *)(uintptr_t)st->b);
}

/* The slot of a known pc; behind this EFLAGS tell if it is there. */
static Opnd out_jc_known(X86Jit *j, uint64_t pc)
{
    int32_t slot = j->bank * TCG_JC_BANK_SIZE + tcg_jc_index(pc) * 8;
    Opnd tag = GS(slot + TCG_JC_TAG_OFFSET);

    if (pc == (uint64_t)(int64_t)(int32_t)pc) {
        out_op(j, 0x81 | X_W, 7, tag);
        o32(j, pc);
    } else {
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_movi(j, t, pc, false);
        out_op(j, 0x3b | X_W, t, tag);
        ra_untmp(&j->ra, RC_INT, t);
    }
    return GS(slot + TCG_JC_HOST_OFFSET);
}

/* Out of the way if the branch's last test says so; defer: flags are made
 * again there. */
static X86Stub *ind_stub(X86Jit *j, void (*emit)(X86Jit *, X86Stub *),
                         uint64_t target, const uint8_t *thunk, bool defer)
{
    X86Stub *st = stub_new(j, emit, out_jcc(j, CC_NZ, NULL));

    st->a = target;
    st->b = (uintptr_t)thunk;
    st->src = j->flsrc;
    st->src.valid = defer;
    return st;
}

static void goto_known(X86Jit *j, const TCGOp *op, bool defer)
{
    uint64_t pc = const_val(j, op->in[0]);
    Opnd host;

    if (!op->imm) {
        out_alu_imm(j, MO_32, 7, ENV(exit_request), 0, 0);
        ind_stub(j, emit_known_stub, pc, x86_thunks.poll, defer);
    }
    host = out_jc_known(j, pc);
    ind_stub(j, emit_known_stub, pc, x86_thunks.lookup_split[j->bank], defer);
    out_op(j, 0xff, 4, host);
}

void lower_goto_ind(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned t, i;
    bool defer = fl_defer(j, op->fl_use);

    if (is_const(j, op->in[0])) {
        goto_known(j, op, defer);
        return;
    }
    t = ra_in(&j->ra, op->in[0]);
    i = ra_tmp(&j->ra, RC_INT);
    out_alu_imm(j, MO_32, 7, ENV(exit_request), 0, 0);
    ind_stub(j, emit_ind_stub, t, x86_thunks.poll, defer);
    out_jc_index(j, i, t);
    out_op(j, 0x3b | X_W, t, jc_opnd(j->bank, i, TCG_JC_TAG_OFFSET));
    ind_stub(j, emit_ind_stub, t, x86_thunks.lookup_split[j->bank], defer);
    out_op(j, 0xff, 4, jc_opnd(j->bank, i, TCG_JC_HOST_OFFSET));
}

/* ---- calls and returns ---------------------------------------------------------------- */

static void out_push(X86Jit *j, unsigned reg)
{
    if (reg >= 8) {
        o8(j, 0x41);
    }
    o8(j, 0x50 | (reg & 7));
}

/* The place a return comes back to, rax = guest pc: is it this one's?  The
 * miss thunk reads the pc out of these encodings; retiring spoils it. */
static void out_ret_site(X86Jit *j, uint64_t pc)
{
    note_ret_site(j);
    if (pc == (uint64_t)(int64_t)(int32_t)pc) {
        o8(j, 0x48);                        /* cmp rax, imm32 */
        o8(j, 0x3d);
        o32(j, pc);
    } else if (rip_reach(j, pc)) {
        out_op(j, 0x8d | X_W, R14, (Opnd){ .reg = -1, .base = -1,
                                           .index = -1, .rip = pc });
        out_op(j, 0x39 | X_W, RAX, R(R14));
    } else {
        o8(j, 0x49);                        /* mov r14, imm64 */
        o8(j, 0xbe);
        o64(j, pc);
        out_op(j, 0x39 | X_W, RAX, R(R14));
    }
    out_jcc(j, CC_NZ, x86_thunks.ret_miss[j->bank]);
    j->fl_h = 0;
    j->fl_m = FL_ALL;
}

/* Retiring changes 4 bytes of the first instruction, linking the call's own:
 * neither may straddle what is written atomically.  Hot code gets its return
 * places aligned, which is worth a sixth on fib. */
static void pad_for_site(X86Jit *j, unsigned call_len, bool linked)
{
    unsigned n = 0, at = (uintptr_t)j->p, mask = j->tb->tier ? 7 : 0;

    while (((at + n + call_len) & mask) ||
           ((at + n + call_len + 3) & 15) > 12 ||
           ((at + n + call_len + 2) & 15) > 12 ||
           (linked && ((at + n + 1) & 15) > 12)) {
        n++;
    }
    out_nops(j, n);
}

void lower_call_pc(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fl_save(j, op->fl_use);
    ra_spill_all(&j->ra);
    pad_for_site(j, 5, true);
    add_exit(j, out_call(j, NULL), op->imm);
    out_ret_site(j, op->imm2);
}

/* Pushes the return site at this offset by way of t. */
static void out_push_site(X86Jit *j, unsigned t, unsigned site)
{
    o8(j, 0x4c);                            /* lea t, [rip + site] */
    o8(j, 0x8d);
    o8(j, 0x05 | (t & 7) << 3);
    out_bind(j->p, j->code + site);
    j->p += 4;
    out_push(j, t);
}

/* a = register with the pc, b = thunk, insn = offset of the return site. */
static void emit_call_ind_stub(X86Jit *j, X86Stub *st)
{
    unsigned t = st->a == R14 ? R15 : R14;

    out_bind(st->loc, j->p);
    if (st->src.valid) {
        fl_remake(j, &st->src, st->a, t);
    }
    out_push_site(j, t, st->insn);
    out_mov_rr(j, MO_64, RAX, st->a);
    out_jmp(j, (void *)(uintptr_t)st->b);
}

/* The same, a = the pc, which is a constant. */
static void emit_call_known_stub(X86Jit *j, X86Stub *st)
{
    out_bind(st->loc, j->p);
    if (st->src.valid) {
        fl_remake(j, &st->src, R14, R15);
    }
    out_push_site(j, R14, st->insn);
    out_movi(j, RAX, st->a, false);
    out_jmp(j, (void *)(uintptr_t)st->b);
}

static void call_known(X86Jit *j, const TCGOp *op, bool defer)
{
    uint64_t pc = const_val(j, op->in[0]);
    X86Stub *miss;
    Opnd host;

    ra_spill_all(&j->ra);
    host = out_jc_known(j, pc);
    miss = ind_stub(j, emit_call_known_stub, pc,
                    x86_thunks.lookup_split[j->bank], defer);
    pad_for_site(j, 9, false);
    out_op(j, 0xff, 2, host);
    miss->insn = j->p - j->code;
    out_ret_site(j, op->imm2);
}

void lower_call_ind(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    /* No poll: calls without end run out of stack. */
    bool defer = fl_defer(j, op->fl_use);
    unsigned t, i;
    X86Stub *miss;

    if (is_const(j, op->in[0])) {
        call_known(j, op, defer);
        return;
    }
    t = ra_in(&j->ra, op->in[0]);
    ra_kill_dead(&j->ra, op);
    i = ra_tmp(&j->ra, RC_INT);
    ra_unlock_all(&j->ra);
    ra_spill_all(&j->ra);
    out_jc_index(j, i, t);
    out_op(j, 0x3b | X_W, t, jc_opnd(j->bank, i, TCG_JC_TAG_OFFSET));
    miss = ind_stub(j, emit_call_ind_stub, t,
                    x86_thunks.lookup_split[j->bank], defer);
    pad_for_site(j, i >= 8 ? 9 : 8, false);
    out_op(j, 0xff, 2, jc_opnd(j->bank, i, TCG_JC_HOST_OFFSET));
    miss->insn = j->p - j->code;
    out_ret_site(j, op->imm2);
}

void lower_ret(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fl_save(j, op->fl_use);
    if (ra_reg(&j->ra, op->in[0]) != RAX) {
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
        load_to(j, RAX, op->in[0], MO_64);
    }
    o8(j, 0xc3);
}

/* ---- exits to the main loop -------------------------------------------------------------- */

static void store_imm64(X86Jit *j, Opnd m, uint64_t v)
{
    if (v == (uint64_t)(int64_t)(int32_t)v) {
        out_op(j, 0xc7 | X_W, 0, m);
        o32(j, v);
    } else {
        out_movi(j, RAX, v, false);
        out_op(j, 0x89 | X_W, RAX, m);
    }
}

void lower_exit(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    fl_save(j, FL_ALL);
    ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
    store_imm64(j, ENV(pc), op->imm2);
    store_imm64(j, ENV(exit_arg), (int64_t)op->mem.disp);
    out_movi(j, RAX, op->imm, true);
    out_jmp(j, x86_thunks.leave);
}
