/* SPDX-License-Identifier: MIT */
/*
 * TCGBackend.compile: one walk over a region's ops, allocating and emitting
 * each, then the out-of-line stubs.  In front of the entry stands a jump that
 * retiring or tiering up makes the entry go to.
 */
#include "util/osdep.h"

#include "tcg/ops-ref.h"
#include "tcg/x86_64/x86-int.h"

enum { OP_ROOM = 768, STUB_ROOM = 64 };

/* ---- callbacks of the register allocator ------------------------------------------ */

static X86Jit *jit(RA *ra)
{
    return container_of(ra, X86Jit, ra);
}

/* Does the current op define all of a 256-bit register? */
static bool op_wide(X86Jit *j)
{
    return have(HF_AVX) && j->op && (tcg_op_defs[j->op->opc].props & P_VEC) &&
           (j->op->vt == TCG_V256 || (j->op->attr & OPA_ZU));
}

static void host_mov(RA *ra, unsigned cls, TCGType type, unsigned dst,
                     unsigned src)
{
    X86Jit *j = jit(ra);

    if (cls == RC_INT) {
        out_mov_rr(j, MO_64, dst, src);
    } else if (dst != src) {
        if (op_wide(j)) {
            out_vex(j, 0x28 | X_0F | X_L, dst, 0, R(src));
        } else {
            out_op(j, 0x28 | X_0F, dst, R(src));
        }
    }
}

/* Spilled temps move by their type; globals in the env by what the op does. */
static bool mem_wide(X86Jit *j, TCGType type, int32_t off)
{
    size_t v = offsetof(TCGEnv, vspill);

    if (off >= v && off < v + sizeof(((TCGEnv *)0)->vspill)) {
        return type == TCG_V256 && have(HF_AVX);
    }
    return op_wide(j);
}

static void host_ld(RA *ra, TCGType type, unsigned reg, int32_t off)
{
    X86Jit *j = jit(ra);

    if (type == TCG_I64) {
        out_op(j, 0x8b | X_W, reg, GS(off));
    } else if (mem_wide(j, type, off)) {
        out_vex(j, 0x28 | X_0F | X_L, reg, 0, GS(off));
    } else {
        out_op(j, 0x28 | X_0F, reg, GS(off));
    }
}

static void host_st(RA *ra, TCGType type, unsigned reg, int32_t off)
{
    X86Jit *j = jit(ra);

    if (type == TCG_I64) {
        out_op(j, 0x89 | X_W, reg, GS(off));
    } else if (mem_wide(j, type, off)) {
        out_vex(j, 0x29 | X_0F | X_L, reg, 0, GS(off));
    } else {
        out_op(j, 0x29 | X_0F, reg, GS(off));
    }
}

static void host_movi(RA *ra, unsigned reg, uint64_t val)
{
    out_movi(jit(ra), reg, val, false);
}

static const uint8_t tmp_gpr[] = { RAX, R14, R15 };
static const uint8_t tmp_vec[] = { 14, 15 };

const RAHost x86_ra_host = {
    .nb_pin = { 12, 14 }, .nb_tmp = { 3, 2 },
    .pin = { x86_pin_gpr, x86_pin_vec }, .tmp = { tmp_gpr, tmp_vec },
    .mov = host_mov, .ld = host_ld, .st = host_st, .movi = host_movi,
};

/* ---- preparation ---------------------------------------------------------------------- */

static void note_branch(X86Jit *j, const TCGOp *op, unsigned *nb_exits)
{
    X86Label *l = &j->labels[op->label->id];

    l->refs++;
    l->loop |= l->seen;
    *nb_exits += 1;
}

static bool ends_flow(const TCGOp *op)
{
    return (tcg_op_defs[op->opc].props & P_END) && op->opc != TCG_brcc &&
           op->opc != TCG_brcond;
}

/* A label with just a direct exit behind it: branches become that exit. */
static int32_t exit_behind(const TCGContext *s, unsigned i)
{
    for (i++; i < s->nb_ops; i++) {
        if (s->ops[i].opc == TCG_goto_pc) {
            return i;
        }
        if (s->ops[i].opc != TCG_insn_start) {
            break;
        }
    }
    return -1;
}

static void prepare(X86Jit *j)
{
    TCGContext *s = j->s;
    unsigned nb_insns = 0, nb_exits = 0, max_id = 0;

    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];

        if (tcg_op_defs[op->opc].props & P_LABEL) {
            max_id = MAX(max_id, op->label->id);
        }
    }
    j->nb_labels = max_id + 1;
    j->labels = tcg_malloc(s, j->nb_labels * sizeof(*j->labels));
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];

        if (op->opc == TCG_insn_start) {
            nb_insns++;
        } else if (op->opc == TCG_goto_pc || op->opc == TCG_call_pc) {
            nb_exits++;
        } else if (op->opc == TCG_label) {
            X86Label *l = &j->labels[op->label->id];

            l->seen = true;
            l->pos = i;
            l->fl_live = op->fl_live;
            l->only_branch = i && ends_flow(op - 1);
            l->exit_op = exit_behind(s, i);
        } else if (tcg_op_defs[op->opc].props & P_LABEL) {
            note_branch(j, op, &nb_exits);
        }
    }
    j->tb->exits = tcg_tb_alloc(s, nb_exits * sizeof(TCGExit));
    j->tb->insn_pc = tcg_malloc_raw(s, nb_insns * sizeof(uint64_t));
}

/* ---- folding of loads --------------------------------------------------------------------- */

static bool int_can_fuse(const TCGOp *ld, const TCGOp *op)
{
    return ld->opc == TCG_ld && ld->imm == 0 && ld->sz == op->sz;
}

/* May ld become a memory operand of the op behind it? */
static bool can_fuse(X86Jit *j, const TCGOp *ld, const TCGOp *op)
{
    const X86Op *x = &x86_ops[op->opc];
    TCGRef t = ld->out[0];
    int k = -1;

    if (!(x->fuse & 7) || t == TCG_NONE || !ra_is_ebb(&j->ra, t) ||
        !have(x->need) || op->mem.base == t || op->mem.index == t) {
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(op->in); i++) {
        if (op->in[i] == t) {
            if (k >= 0 || !(op->dead & OPD_IN << i)) {
                return false;
            }
            k = i;
        }
    }
    if (k < 0 || !(x->fuse >> k & 1)) {
        return false;
    }
    if (tcg_op_defs[op->opc].props & P_VEC) {
        if (!vec_can_fuse(op, k, ld)) {
            return false;
        }
    } else if (!int_can_fuse(ld, op)) {
        return false;
    }
    if ((x->fuse & X86_FUSE_ANY) || op->out[0] == TCG_NONE) {
        return true;
    }
    /* In-place ops: nothing may be written before the load has succeeded. */
    if (k == 0) {
        return op->sz >= MO_32 && (op->out[0] == op->in[1] ||
                                   ra_is_const(&j->ra, op->in[1]) ||
                                   ra_pin(&j->ra, op->out[0]) < 0);
    }
    return op->out[0] == op->in[0] || ra_pin(&j->ra, op->out[0]) < 0;
}

/* ---- the walk ------------------------------------------------------------------------------ */

/*
 * 32-bit addresses wrap, and those made from a late esp do not.  Within a page
 * that makes no difference: what would wrap faults anyway, being above all that
 * is ever mapped, or in page 0.
 */
enum { SP_FAR = 1 << 20, SP_FAR_32 = 0x800, SP_REACH_32 = 0x1000 - 64 };

/* A change of guest rsp by a constant: just noted. */
static bool sp_adjust(X86Jit *j, const TCGOp *op)
{
    int64_t d;

    if (j->sp == TCG_NONE || op->out[0] != j->sp || op->sz != j->sp_sz) {
        return false;
    }
    if (op->opc == TCG_lea && op->mem.base == j->sp &&
        op->mem.index == TCG_NONE) {
        d = op->mem.disp;
    } else if ((op->opc == TCG_add || op->opc == TCG_sub) && !op->fl_def &&
               op->in[0] == j->sp && ra_is_const(&j->ra, op->in[1])) {
        d = j->s->temps[op->in[1]].val;
        d = op->sz == MO_32 ? (int32_t)d : d;
        d = op->opc == TCG_sub ? -d : d;
    } else {
        return false;
    }
    if (d != (int32_t)d ||
        ABS(d + j->sp_delta) > (op->sz == MO_32 ? SP_FAR_32 : SP_FAR)) {
        return false;
    }
    j->sp_delta += d;
    return true;
}

/* Is a late guest rsp good for the address in op? */
static bool sp_reaches(X86Jit *j, const TCGOp *op)
{
    if (op->mem.index == j->sp) {
        return false;
    }
    if (op->mem.base != j->sp) {
        return true;
    }
    if (j->sp_sz == MO_64 || (op->opc == TCG_lea && op->sz == MO_32)) {
        return ABS((int64_t)op->mem.disp) <= 1 << 30;
    }
    return op->opc != TCG_lea && op->mem.index == TCG_NONE &&
           ABS((int64_t)op->mem.disp + j->sp_delta) <= SP_REACH_32;
}

/* Ops that look at guest rsp only as the base of an address, and do not end
 * the block, go on with it being late. */
static bool sp_may_wait(X86Jit *j, const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;

    if ((props & (P_END | P_CALL | P_LABEL)) || op->opc == TCG_poll ||
        op->opc == TCG_rep_movs || op->opc == TCG_rep_stos ||
        !sp_reaches(j, op) || (j->fuse && !sp_reaches(j, j->fuse)) ||
        (op->mem.base == j->sp && op->out[0] == j->sp)) {
        return false;
    }
    for (unsigned k = 0; k < ARRAY_SIZE(op->in); k++) {
        if (op->in[k] == j->sp) {
            return false;
        }
    }
    return op->out[0] != j->sp && op->out[1] != j->sp && op->out[2] != j->sp;
}

static void emit_one(X86Jit *j, const TCGOp *op)
{
    const X86Op *x = &x86_ops[op->opc];
    bool self = x->clob == X86_CLOB_SELF;

    j->op = op;
    if (op->opc == TCG_insn_start) {
        x->emit(j, op, x);
        return;
    }
    if (sp_adjust(j, op)) {
        return;
    }
    if (j->sp_delta && !sp_may_wait(j, op)) {
        if (op->opc == TCG_mov && op->sz == j->sp_sz && op->in[0] == j->sp &&
            op->out[0] != j->sp && ra_pin(&j->ra, op->out[0]) >= 0) {
            out_op(j, wsz(j->sp_sz, 0x8d), ra_pin(&j->ra, op->out[0]),
                   M(HOST_GUEST_RSP, j->sp_delta));
            return;
        }
        sp_settle(j);
    }
    if (!x->emit || !have(x->need) ||
        (is_tight(j, j->at) && tcg_ref_fn(op->opc))) {
        lower_fallback(j, op, x);
        return;
    }
    if (!self) {
        fl_begin(j, op, x->clob);
        if (j->fuse) {
            j->fuse_mem = mem_opnd(j, &j->fuse->mem);
        }
    }
    j->fell_back = false;
    x->emit(j, op, x);
    if (!self && !j->fell_back) {
        fl_end(j, op, x->clob);
    }
}

static bool room(X86Jit *j)
{
    return j->end - j->p > OP_ROOM + (intptr_t)j->nb_stubs * STUB_ROOM;
}

/* `branch A; br B; A:` becomes the inverse branch to B. */
static bool invert_branch(X86Jit *j, const TCGOp *op, TCGOp *inv)
{
    const TCGOp *end = j->s->ops + j->s->nb_ops, *a = op + 2;

    if ((op->opc != TCG_brcc && op->opc != TCG_brcond) || a >= end ||
        op[1].opc != TCG_br || a->opc != TCG_label || a->label != op->label ||
        j->labels[op->label->id].refs != 1 || op[1].label == op->label) {
        return false;
    }
    *inv = *op;
    inv->cond ^= 1;
    inv->label = op[1].label;
    return true;
}

static bool emit_ops(X86Jit *j)
{
    TCGContext *s = j->s;
    TCGOp inv;

    j->reachable = true;
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];
        uint32_t props = tcg_op_defs[op->opc].props;

        if (!j->reachable && op->opc != TCG_label &&
            op->opc != TCG_insn_start) {
            continue;
        }
        j->at = i;
        if (!room(j)) {
            return false;
        }
        if ((op->opc == TCG_ld || op->opc == TCG_ldv ||
             op->opc == TCG_ldvs) && i + 1 < s->nb_ops &&
            !is_tight(j, i + 1) && can_fuse(j, op, op + 1)) {
            j->fuse = op;
            j->fuse_ref = op->out[0];
            continue;
        }
        if ((props & P_LABEL) && invert_branch(j, op, &inv)) {
            emit_one(j, &inv);
            i++;
        } else {
            emit_one(j, op);
        }
        if (unlikely(j->ra.failed)) {
            return false;
        }
        ra_op_end(&j->ra, op);
        fl_source_step(j, op);
        if (j->fuse) {
            ra_kill_dead(&j->ra, j->fuse);
            j->fuse = NULL;
        }
        if ((props & P_END) && ends_flow(op) && !j->falls) {
            j->reachable = false;
        }
        j->falls = false;
    }
    return true;
}

static void emit_retired(X86Jit *j, X86Stub *st)
{
    j->tb->retired = j->p - j->code;
    out_bind(st->loc, j->p);
    out_movi(j, RAX, st->a, false);
    out_jmp(j, x86_thunks.lookup);
}

static void emit_hot(X86Jit *j, X86Stub *st)
{
    out_bind(st->loc, j->p);
    out_movi(j, RAX, st->a, false);
    out_jmp(j, x86_thunks.exit_hot);
}

/* The jump in front of the entry, and a tier-0 TB's counter. */
static void emit_entry(X86Jit *j)
{
    TCGTB *tb = j->tb;
    uint8_t *start = (uint8_t *)ROUND_UP((uintptr_t)j->p + 8, (uintptr_t)16);

    /* Where in its cache line a small function with calls starts is worth up
     * to a fifth on the development host (fib): the inner places are good. */
    while (tb->tier && (((uintptr_t)start >> 4) + 1) % 4 < 2) {
        start += 16;
    }

    j->p = start - 8;
    stub_new(j, emit_retired, out_jmp(j, NULL))->a = tb->pc;
    while (j->p < start) {
        o8(j, 0xcc);
    }
    j->code = tb->code = j->p;
    if (tb->tier == 0) {
        o8(j, 0x48);                        /* mov rax, &tb->heat */
        o8(j, 0xb8);
        o64(j, (uintptr_t)&tb->heat);
        o8(j, 0x83);                        /* sub dword [rax], 1 */
        o8(j, 0x28);
        o8(j, 1);
        stub_new(j, emit_hot, out_jcc(j, CC_S, NULL))->a = (uintptr_t)tb;
    }
}

static void drop(TCGTB *tb)
{
    tb->exits = NULL;
    tb->faults = NULL;
    tb->insn_pc = NULL;
    tb->rets = NULL;
    tb->nb_exits = tb->nb_faults = tb->nb_insns = tb->nb_rets = 0;
}

static int compile(X86Jit *j, TCGContext *s, TCGTB *tb, uint8_t *buf,
                   size_t size)
{
    X86Jit was = { .no_near = j->no_near, .tight = j->tight,
                   .nb_tight = j->nb_tight };
    bool ok;

    *j = was;
    j->s = s;
    j->tb = tb;
    j->bank = tcg_jc_bank(tb->mode);
    j->p = buf;
    j->end = buf + size;
    j->stubs_tail = &j->stubs;
    j->fl_m = FL_ALL;
    ra_init(&j->ra, s, &x86_ra_host);
    j->sp = TCG_NONE;
    j->sp_sz = tcg_addr32(tb->mode) ? MO_32 : MO_64;
    for (unsigned r = 0; r < s->nb_globals; r++) {
        if (s->temps[r].type == TCG_I64 &&
            ra_pin(&j->ra, r) == HOST_GUEST_RSP) {
            j->sp = r;
        }
    }
    prepare(j);
    emit_entry(j);
    ok = emit_ops(j);
    j->op = NULL;
    /* Stubs are entered from everywhere: no register holds a known constant. */
    ra_bb_end(&j->ra);
    tb->hot_size = j->p - j->code;
    for (X86Stub *st = j->stubs; ok && st; st = st->next) {
        ok = j->end - j->p > STUB_ROOM;
        if (ok) {
            st->emit(j, st);
        }
    }
    if (!ok || j->too_far) {
        drop(tb);
        return -1;
    }
    tb->nb_exits = j->next_exit;
    tb->code_size = j->p - j->code;
    return 0;
}

/*
 * An op ran out of temporaries: next time it is lowered with few, by the
 * reference or, if it has an address, with that in one register and without a
 * folded load.  The lowerings of memory rows and branches fit into three then.
 * False: that was done already.
 */
static bool mark_tight(X86Jit *j)
{
    TCGContext *s = j->s;

    if (!j->tight) {
        j->tight = tcg_malloc(s, s->nb_ops);
        memset(j->tight, 0, s->nb_ops);
    }
    if (j->tight[j->at]) {
        return false;
    }
    j->tight[j->at] = 1;
    if (++j->nb_tight > 16) {
        for (unsigned i = 0; i < s->nb_ops; i++) {
            j->tight[i] |= s->ops[i].opc == s->ops[j->at].opc;
        }
    }
    return true;
}

int x86_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size)
{
    X86Jit jit;

    x86_thunks_ready(s);
    tb->exits = NULL;
    tb->faults = NULL;
    tb->insn_pc = NULL;
    tb->rets = NULL;
    tb->nb_exits = tb->nb_faults = tb->nb_insns = tb->nb_rets = 0;
    if (size < 4 * OP_ROOM) {
        return -1;
    }
    jit.no_near = false;
    jit.tight = NULL;
    jit.nb_tight = 0;
    while (compile(&jit, s, tb, buf, size) < 0) {
        if (jit.ra.failed) {
            if (jit.ra.failed != RA_NO_REG || !mark_tight(&jit)) {
                return TCG_COMPILE_COMPLEX;
            }
        } else if (jit.too_far && !jit.no_near) {
            jit.no_near = true;
        } else {
            return TCG_COMPILE_SIZE;
        }
    }
    return 0;
}
