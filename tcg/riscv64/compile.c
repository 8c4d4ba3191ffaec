/* SPDX-License-Identifier: MIT */
/*
 * TCGBackend.compile: one walk over a region's ops, allocating and emitting
 * each, then the out-of-line stubs.  Conditional branches reach 4 KiB; should
 * one not, all is done again with longer ones.  Retiring or tiering up
 * overwrites the entry's first instruction with a jump.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

enum { OP_ROOM = 1536, STUB_ROOM = 320 };       /* bytes */

/* ---- callbacks of the register allocator ------------------------------------------ */

static RVJit *jit(RA *ra)
{
    return container_of(ra, RVJit, ra);
}

static void host_mov(RA *ra, unsigned cls, TCGType type, unsigned dst,
                     unsigned src)
{
    if (cls == RC_INT) {
        rv_wr(jit(ra), dst);
        out_mv(jit(ra), dst, src);
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

static const uint8_t tmp_gpr[] = { 28, 29, 30, 31 };
static const uint8_t tmp_vec[] = { 8, 9, 10, 11, 12, 13 };

const RAHost rv_ra_host = {
    .nb_pin = { NB_PIN, NB_PIN }, .nb_tmp = { 4, NB_VTMP },
    .pin = { rv_pin_gpr, rv_pin_vec }, .tmp = { tmp_gpr, tmp_vec },
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

static void note_branch(RVJit *j, const TCGOp *op)
{
    RVLabel *l = &j->labels[op->label->id];

    l->refs++;
    l->loop |= l->seen;
}

static void prepare(RVJit *j)
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
            RVLabel *l = &j->labels[op->label->id];

            l->seen = true;
            l->fl_live = op->fl_live;
            l->only_branch = i && ends_flow(op - 1);
            l->exit_op = exit_behind(s, i);
        } else if (tcg_op_defs[op->opc].props & P_LABEL) {
            note_branch(j, op);
            nb_exits++;
        }
    }
    j->tb->insn_pc = tcg_malloc(s, (nb_insns + 1) * sizeof(uint64_t));
    j->tb->exits = tcg_tb_alloc(s, (nb_exits ? nb_exits : 1) *
                                   sizeof(TCGExit));
}

/* ---- emission -------------------------------------------------------------------------- */

static const RVOp *record(const TCGOp *op)
{
    const RVOp *x = &rv_ops[op->opc];

    if (!rv_host.v && (x->flags & RV_V)) {
        x = &rv_ops_nov[op->opc];
    }
    if (rv_exact_fp && (tcg_op_defs[op->opc].props & P_FP)) {
        return NULL;
    }
    if (!x->emit || (x->sizes && !(x->sizes >> op->sz & 1))) {
        return NULL;
    }
    return x;
}

static void emit_one(RVJit *j, const TCGOp *op)
{
    const RVOp *x = record(op);

    j->op = op;
    (x ? x->emit : lower_fallback)(j, op, x);
}

static bool room(RVJit *j)
{
    return (uint8_t *)j->end - (uint8_t *)j->p >
           OP_ROOM + (intptr_t)j->nb_stubs * STUB_ROOM;
}

static bool emit_ops(RVJit *j)
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
        emit_one(j, op);
        ra_op_end(&j->ra, op);
        if (ends_flow(op) && !j->falls) {
            j->reachable = false;
        }
        j->falls = false;
    }
    return true;
}

static void emit_hot(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    out_movi(j, T0, st->a);
    out_jump(j, rv_thunks.exit_hot);
}

/* A tier-0 TB's counter. */
static void emit_entry(RVJit *j)
{
    TCGTB *tb = j->tb;
    uint32_t *loc;

    j->code = j->p;
    tb->code = (uint8_t *)j->p;
    if (tb->tier == 0) {
        out_movi(j, T0, (uintptr_t)&tb->heat);
        out_rri(j, LW, T1, T0, 0);
        out_rri(j, ADDI, T1, T1, -1);
        out_st(j, SW, T1, T0, 0);
        loc = out_b(j, (RVCond){ BLT, T1, ZR }, NULL);
        stub_new(j, emit_hot, loc)->a = (uintptr_t)tb;
    }
}

/* ORDER: RV_RETIRED_* in backend.c. */
static void emit_retired(RVJit *j)
{
    uint64_t lookup;

    if ((uintptr_t)j->p & 7) {
        o32(j, 0x13);
    }
    j->tb->retired = (uint8_t *)j->p - (uint8_t *)j->code;
    o32(j, AUIPC | T1 << 7);
    out_rri(j, LD, T1, T1, RV_RETIRED_WORD);
    out_rri(j, JALR, ZR, T1, 0);
    o32(j, 0x13);
    lookup = (uintptr_t)(j->p - 4) + RV_RETIRED_LOOKUP;
    memcpy(j->p, &lookup, 8);
    j->p += 2;
    out_movi(j, T0, j->tb->pc);
    out_jump(j, rv_thunks.lookup);
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
static bool emit_stubs(RVJit *j)
{
    for (RVStub *st = j->stubs; st; st = st->next) {
        if ((uint8_t *)j->end - (uint8_t *)j->p <= 4 * STUB_ROOM) {
            return false;
        }
        j->insn = st->insn;
        j->fl_h = st->fl_h;
        j->fl_m = st->fl_m;
        j->fl = st->fl;
        j->vtype = VT_NONE;
        fc_clear(j);
        j->op = st->op;
        st->emit(j, st);
    }
    return true;
}

/* Faults name their flags by the offset of the description. */
static bool emit_fault_flags(RVJit *j)
{
    TCGTB *tb = j->tb;
    size_t size = j->nb_ff * sizeof(*j->ff);
    uint32_t at;

    if ((uintptr_t)j->p & 7) {
        o32(j, 0);
    }
    if ((size_t)((uint8_t *)j->end - (uint8_t *)j->p) < size + 16) {
        return false;
    }
    at = (uint8_t *)j->p - (uint8_t *)j->code;
    if (size) {
        memcpy(j->p, j->ff, size);
    }
    j->p += DIV_ROUND_UP(size, 4);
    for (unsigned i = 0; i < tb->nb_faults; i++) {
        TCGFaultPoint *fp = &tb->faults[i];

        if (fp->sp_delta >= 0) {
            fp->sp_delta = at + fp->sp_delta * sizeof(*j->ff);
        }
    }
    return true;
}

static int compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size,
                   bool far, bool *unreached)
{
    RVJit jit, *j = &jit;

    tb->exits = NULL;
    tb->faults = NULL;
    tb->insn_pc = NULL;
    tb->rets = NULL;
    tb->nb_exits = tb->nb_faults = tb->nb_insns = tb->nb_rets = 0;
    memset(j, 0, sizeof(*j));
    j->s = s;
    j->tb = tb;
    j->far = far;
    j->p = (uint32_t *)buf;
    j->end = (uint32_t *)(buf + size) - 8;
    j->stubs_tail = &j->stubs;
    j->fl_m = FL_ALL;
    j->vtype = VT_NONE;
    ra_init(&j->ra, s, &rv_ra_host);
    prepare(j);
    emit_entry(j);
    if (!emit_ops(j)) {
        drop(tb);
        return TCG_COMPILE_SIZE;
    }
    j->op = NULL;
    tb->hot_size = (uint8_t *)j->p - buf;
    emit_retired(j);
    if (!emit_stubs(j) || !emit_fault_flags(j)) {
        drop(tb);
        return TCG_COMPILE_SIZE;
    }
    if (j->ra.failed) {
        drop(tb);
        return TCG_COMPILE_COMPLEX;
    }
    if (j->unreached) {
        drop(tb);
        *unreached = true;
        return TCG_COMPILE_SIZE;
    }
    tb->nb_exits = j->next_exit;
    tb->code_size = (uint8_t *)j->p - buf;
    __builtin___clear_cache((char *)buf, (char *)j->p);
    return 0;
}

int rv_compile(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size)
{
    bool unreached = false;
    int r;

    rv_thunks_ready(s);
    if (size < 4 * OP_ROOM) {
        return TCG_COMPILE_SIZE;
    }
    r = compile(s, tb, buf, size, false, &unreached);
    if (unreached) {
        r = compile(s, tb, buf, size, true, &unreached);
    }
    return r;
}
