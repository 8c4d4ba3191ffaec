/* SPDX-License-Identifier: MIT */
/*
 * TCGBackend.compile: one walk over a region's ops, allocating and emitting
 * each, then the out-of-line stubs.  Retiring or tiering up overwrites the
 * entry's first instruction with a branch.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

enum { OP_ROOM = 1024, STUB_ROOM = 256 };       /* bytes */

/* ---- callbacks of the register allocator ------------------------------------------ */

static A64Jit *jit(RA *ra)
{
    return container_of(ra, A64Jit, ra);
}

static void host_mov(RA *ra, unsigned cls, TCGType type, unsigned dst,
                     unsigned src)
{
    if (cls == RC_INT) {
        out_mov(jit(ra), true, dst, src);
    } else {
        out_vmov(jit(ra), dst, src);
    }
}

static void host_ld(RA *ra, TCGType type, unsigned reg, int32_t off)
{
    if (type == TCG_I64) {
        out_ld_env(jit(ra), MO_64, reg, off);
    } else {
        out_ldv_env(jit(ra), reg, off);
    }
}

static void host_st(RA *ra, TCGType type, unsigned reg, int32_t off)
{
    if (type == TCG_I64) {
        out_st_env(jit(ra), MO_64, reg, off);
    } else {
        out_stv_env(jit(ra), reg, off);
    }
}

static void host_movi(RA *ra, unsigned reg, uint64_t val)
{
    out_movi(jit(ra), reg, val);
}

static const uint8_t tmp_gpr[] = { 0, 1, 2, 3, 4, 5 };
static const uint8_t tmp_vec[] = { 0, 1, 2, 3 };

const RAHost a64_ra_host = {
    .nb_pin = { NB_PIN, NB_PIN }, .nb_tmp = { 6, 4 },
    .pin = { a64_pin_gpr, a64_pin_vec }, .tmp = { tmp_gpr, tmp_vec },
    .mov = host_mov, .ld = host_ld, .st = host_st, .movi = host_movi,
};

/* ---- preparation ---------------------------------------------------------------------- */

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

static void prepare(A64Jit *j)
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

        j->fp_exact |= op->opc == TCG_fpcr_get || op->opc == TCG_fpcr_set;
        if (op->opc == TCG_insn_start) {
            nb_insns++;
        } else if (op->opc == TCG_goto_pc || op->opc == TCG_call_pc) {
            nb_exits++;
        } else if (op->opc == TCG_label) {
            A64Label *l = &j->labels[op->label->id];

            l->seen = true;
            l->fl_live = op->fl_live;
            l->only_branch = i && ends_flow(op - 1);
            l->exit_op = exit_behind(s, i);
        } else if (tcg_op_defs[op->opc].props & P_LABEL) {
            A64Label *l = &j->labels[op->label->id];

            l->refs++;
            l->loop |= l->seen;
            nb_exits++;
        }
    }
    j->tb->exits = tcg_tb_alloc(s, nb_exits * sizeof(TCGExit));
    j->tb->insn_pc = tcg_malloc_raw(s, nb_insns * sizeof(uint64_t));
}

/* ---- the walk ------------------------------------------------------------------------------ */

/*
 * push and pop: an access through a pinned register and the register's own
 * update behind it go to one instruction with write-back, which does neither
 * on a fault.
 */
static bool write_back(A64Jit *j, const TCGOp *op, const TCGOp *up)
{
    TCGRef b = op->mem.base;
    unsigned rt, post;
    int64_t d;
    int base;

    if (a64_ordered || (op->opc != TCG_st && (op->opc != TCG_ld || op->imm)) ||
        b == TCG_NONE || op->mem.index != TCG_NONE || op->sz < MO_32 ||
        (base = ra_pin(&j->ra, b)) < 0 || up->out[0] != b ||
        up->sz != MO_64 || is_const(j, b)) {
        return false;
    }
    if (up->opc == TCG_lea && up->mem.base == b &&
        up->mem.index == TCG_NONE) {
        d = up->mem.disp;
    } else if ((up->opc == TCG_add || up->opc == TCG_sub) && !up->fl_def &&
               up->in[0] == b && is_const(j, up->in[1])) {
        d = const_val(j, up->in[1]);
        d = up->opc == TCG_sub ? -d : d;
    } else {
        return false;
    }
    if (d < -256 || d > 255 || (op->mem.disp != 0 && op->mem.disp != d) ||
        (op->opc == TCG_ld ? op->out[0] == b : op->in[0] == b)) {
        return false;
    }
    post = op->mem.disp == 0;
    if (op->opc == TCG_ld) {
        rt = out_reg(j, op->out[0]);
    } else {
        rt = inz(j, op->in[0]);
    }
    fault_point(j);
    o32(j, op->sz << 30 | 0x38000000 | (op->opc == TCG_ld) << 22 |
        (d & 0x1ff) << 12 | (post ? 0x400 : 0xc00) | base << 5 | rt);
    if (op->opc == TCG_ld) {
        out_done(j, op->out[0], rt);
    }
    return true;
}

static void emit_one(A64Jit *j, const TCGOp *op)
{
    const A64Op *x = &a64_ops[op->opc];
    bool self = x->clob == CLOB_SELF;
    A64Stub *guard = NULL;

    j->op = op;
    j->fell_back = false;
    if (!x->emit || (x->sizes && !(x->sizes >> op->sz & 1)) ||
        !has(x->need)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->vt == TCG_V256 && a64_fpx_seen &&
        (tcg_op_defs[op->opc].props & P_FP) && x->emit != lower_cvt_half) {
        if (ra_pin(&j->ra, op->out[0]) < 0) {
            lower_fallback(j, op, x);
            return;
        }
        guard = fp_guard(j, op);
    }
    if (!self) {
        fl_begin(j, op, x->clob);
    }
    x->emit(j, op, x);
    if (guard) {
        guard->back = j->p;
        j->fp_guarded = false;
    }
    if (!self && !j->fell_back) {
        fl_end(j, op, x->clob, false);
    }
}

static bool room(A64Jit *j)
{
    return (uint8_t *)j->end - (uint8_t *)j->p >
           OP_ROOM + (intptr_t)j->nb_stubs * STUB_ROOM;
}

static bool emit_ops(A64Jit *j)
{
    TCGContext *s = j->s;

    j->reachable = true;
    for (unsigned i = 0; i < s->nb_ops; i++) {
        const TCGOp *op = &s->ops[i];

        if (!j->reachable && op->opc != TCG_label &&
            op->opc != TCG_insn_start) {
            continue;
        }
        if (!room(j)) {
            return false;
        }
        if (i + 1 < s->nb_ops && write_back(j, op, op + 1)) {
            ra_op_end(&j->ra, op);
            ra_op_end(&j->ra, op + 1);
            i++;
            continue;
        }
        unsigned run = fp_run(j, op, s->nb_ops - i);

        if (run) {
            i += run - 1;
            continue;
        }
        emit_one(j, op);
        ra_op_end(&j->ra, op);
        if (ends_flow(op) && !j->falls) {
            j->reachable = false;
        }
        j->falls = false;
    }
    return true;
}

static void emit_hot(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_movi(j, T0, st->a);
    out_b(j, a64_thunks.exit_hot);
}

/* A tier-0 TB's counter. */
static void emit_entry(A64Jit *j)
{
    TCGTB *tb = j->tb;
    uint32_t *loc;

    j->code = j->p;
    tb->code = (uint8_t *)j->p;
    if (tb->tier == 0) {
        out_movi(j, T0, (uintptr_t)&tb->heat);
        o32(j, 0xb9400000 | T0 << 5 | T1);
        out_arith_imm(j, A_SUB, false, T1, T1, 1);
        o32(j, 0xb9000000 | T0 << 5 | T1);
        out_lsr(j, false, T1, T1, 31);
        loc = out_cbz(j, true, false, T1, NULL);
        stub_new(j, emit_hot, loc)->a = (uintptr_t)tb;
    }
}

static void emit_retired(A64Jit *j)
{
    j->tb->retired = (uint8_t *)j->p - (uint8_t *)j->code;
    out_movi(j, T0, j->tb->pc);
    out_b(j, a64_thunks.lookup);
}

static void drop(TCGTB *tb)
{
    tb->exits = NULL;
    tb->faults = NULL;
    tb->insn_pc = NULL;
    tb->rets = NULL;
    tb->nb_exits = tb->nb_faults = tb->nb_insns = tb->nb_rets = 0;
}

/* Stubs may add stubs; exits must stand in order of their stubs. */
static bool emit_stubs(A64Jit *j)
{
    for (A64Stub *st = j->stubs; st; st = st->next) {
        if ((uint8_t *)j->end - (uint8_t *)j->p <= 2 * STUB_ROOM) {
            return false;
        }
        j->insn = st->insn;
        j->fl_h = st->fl_h;
        j->fl_m = st->fl_m;
        j->cinv = st->cinv;
        j->op = st->op;
        st->emit(j, st);
    }
    return true;
}

int a64_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size)
{
    A64Jit jit, *j = &jit;

    a64_thunks_ready(s);
    tb->exits = NULL;
    tb->faults = NULL;
    tb->insn_pc = NULL;
    tb->rets = NULL;
    tb->nb_exits = tb->nb_faults = tb->nb_insns = tb->nb_rets = 0;
    if (size < 4 * OP_ROOM) {
        return -1;
    }
    memset(j, 0, sizeof(*j));
    j->s = s;
    j->tb = tb;
    j->p = (uint32_t *)buf;
    j->end = (uint32_t *)(buf + size) - 8;
    j->stubs_tail = &j->stubs;
    j->fl_m = FL_ALL;
    ra_init(&j->ra, s, &a64_ra_host);
    prepare(j);
    emit_entry(j);
    if (!emit_ops(j)) {
        drop(tb);
        return -1;
    }
    j->op = NULL;
    tb->hot_size = (uint8_t *)j->p - buf;
    emit_retired(j);
    if (!emit_stubs(j)) {
        drop(tb);
        return -1;
    }
    tb->nb_exits = j->next_exit;
    tb->code_size = (uint8_t *)j->p - buf;
    __builtin___clear_cache((char *)buf, (char *)j->p);
    return 0;
}
