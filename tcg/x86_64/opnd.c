/* SPDX-License-Identifier: MIT */
/*
 * From the IR's values to host operands: inputs as registers, immediates,
 * env memory or folded loads; outputs; guest addresses; and the fault table.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

Opnd in_rm(X86Jit *j, TCGRef r)
{
    const RATemp *t = &j->ra.t[r];

    if (j->fuse && r == j->fuse_ref) {
        return j->fuse_mem;
    }
    if (t->reg < 0 && t->in_mem && !is_const(j, r)) {
        return GS(t->off);
    }
    return R(ra_in(&j->ra, r));
}

unsigned in_reg(X86Jit *j, TCGRef r, unsigned sz)
{
    if (j->fuse && r == j->fuse_ref) {
        unsigned reg = ra_tmp(&j->ra, RC_INT);

        if (sz <= MO_16) {
            out_op(j, (sz ? 0xb7 : 0xb6) | X_0F, reg, j->fuse_mem);
        } else {
            out_op(j, wsz(sz, 0x8b), reg, j->fuse_mem);
        }
        return reg;
    }
    return ra_in(&j->ra, r);
}

bool is_imm(X86Jit *j, TCGRef r, unsigned sz, int32_t *imm)
{
    uint64_t v;

    if (!is_const(j, r)) {
        return false;
    }
    v = const_val(j, r);
    switch (sz) {
    case MO_8:
        *imm = (int8_t)v;
        return true;
    case MO_16:
        *imm = (int16_t)v;
        return true;
    case MO_32:
        *imm = (int32_t)v;
        return true;
    default:
        *imm = (int32_t)v;
        return v == (uint64_t)(int64_t)*imm;
    }
}

/* reg = r, by a move that leaves EFLAGS alone. */
void load_to(X86Jit *j, unsigned reg, TCGRef r, unsigned sz)
{
    const RATemp *t = &j->ra.t[r];

    if (j->s->temps[r].type != TCG_I64) {
        if (t->reg >= 0) {
            x86_ra_host.mov(&j->ra, RC_VEC, j->s->temps[r].type, reg, t->reg);
        } else if (t->in_mem) {
            x86_ra_host.ld(&j->ra, j->s->temps[r].type, reg, t->off);
        }
    } else if (is_const(j, r)) {
        uint64_t v = const_val(j, r);

        out_movi(j, reg, sz == MO_32 ? (uint32_t)v : v, false);
    } else if (t->reg >= 0) {
        out_mov_rr(j, sz == MO_32 ? MO_32 : MO_64, reg, t->reg);
    } else if (t->in_mem) {
        out_op(j, wsz(sz == MO_32 ? MO_32 : MO_64, 0x8b), reg, GS(t->off));
    }
}

bool in_dies(X86Jit *j, TCGRef r)
{
    for (unsigned k = 0; k < ARRAY_SIZE(j->op->in); k++) {
        if (j->op->in[k] == r && (j->op->dead & OPD_IN << k)) {
            return true;
        }
    }
    return r == j->op->mem.base && (j->op->dead & OPD_BASE);
}

unsigned out_from(X86Jit *j, TCGRef d, TCGRef a, unsigned sz)
{
    unsigned cls = ra_cls(&j->ra, d);
    int pin = ra_pin(&j->ra, d), areg = ra_reg(&j->ra, a);
    bool fused = j->fuse && a == j->fuse_ref;

    if (pin >= 0 && !fused) {
        if (areg == pin) {
            return pin;
        }
        if (!ra_locked(&j->ra, cls, pin)) {
            ra_lock(&j->ra, cls, pin);
            load_to(j, pin, a, sz);
            return pin;
        }
    } else if (areg >= 0 && !ra_locked(&j->ra, cls, areg) && in_dies(j, a) &&
               ra_steal(&j->ra, a) >= 0) {
        ra_lock(&j->ra, cls, areg);
        return areg;
    }
    if (fused) {
        return in_reg(j, a, sz);
    }
    if (areg >= 0 && (j->ra.is_tmp[cls] >> areg & 1)) {
        /* Not to be pushed out while it is copied. */
        bool was = ra_locked(&j->ra, cls, areg);
        unsigned reg;

        ra_lock(&j->ra, cls, areg);
        if (!(j->ra.is_tmp[cls] & ~j->ra.busy[cls]) && !was) {
            /* None is left: a goes to memory and leaves its register. */
            ra_vacate(&j->ra, a);
            return areg;
        }
        reg = ra_tmp(&j->ra, cls);
        load_to(j, reg, a, sz);
        if (!was) {
            ra_untmp(&j->ra, cls, areg);
        }
        return reg;
    }
    unsigned reg = ra_tmp(&j->ra, cls);

    load_to(j, reg, a, sz);
    return reg;
}

unsigned out_fresh(X86Jit *j, TCGRef d)
{
    unsigned cls = ra_cls(&j->ra, d);
    int pin = ra_pin(&j->ra, d);

    if (pin >= 0 && !ra_locked(&j->ra, cls, pin)) {
        ra_lock(&j->ra, cls, pin);
        return pin;
    }
    return ra_tmp(&j->ra, cls);
}

unsigned out_any(X86Jit *j, TCGRef d, TCGRef a)
{
    unsigned cls = ra_cls(&j->ra, d);
    int pin = ra_pin(&j->ra, d);

    if (pin >= 0) {
        ra_lock(&j->ra, cls, pin);
        return pin;
    }
    if (a != TCG_NONE && ra_cls(&j->ra, a) == cls && in_dies(j, a)) {
        int reg = ra_steal(&j->ra, a);

        if (reg >= 0) {
            ra_lock(&j->ra, cls, reg);
            return reg;
        }
    }
    return ra_tmp(&j->ra, cls);
}

void out_done(X86Jit *j, TCGRef d, unsigned reg)
{
    ra_out_done(&j->ra, d, reg);
}

/* ---- guest addresses --------------------------------------------------------- */

static bool add_disp(Opnd *o, int64_t v)
{
    v += o->disp;
    if (v != (int32_t)v) {
        return false;
    }
    o->disp = v;
    return true;
}

static Opnd mem_const_base(X86Jit *j, const TCGMem *m)
{
    uint64_t addr = const_val(j, m->base) + (int64_t)m->disp;
    Opnd o = { .reg = -1, .base = -1, .index = -1 };
    int64_t delta;

    if (addr == (uint64_t)(int64_t)(int32_t)addr) {
        o.disp = addr;
        return o;
    }
    if (rip_reach(j, addr)) {
        o.rip = addr;
        return o;
    }
    o.base = ra_near_const(&j->ra, addr, &delta);
    if (o.base >= 0) {
        o.disp = delta;
    } else {
        o.base = ra_in(&j->ra, m->base);
        o.disp = m->disp;
    }
    return o;
}

static bool resident(X86Jit *j, TCGRef r)
{
    return ra_reg(&j->ra, r) >= 0;
}

static Opnd mem_opnd_two(X86Jit *j, const TCGMem *m)
{
    Opnd o = { .reg = -1, .base = -1, .index = -1, .disp = m->disp };
    TCGRef base = m->base, index = m->index;

    if (index != TCG_NONE && is_const(j, index) &&
        add_disp(&o, (int64_t)(const_val(j, index) << m->scale))) {
        index = TCG_NONE;
    }
    if (base != TCG_NONE && index != TCG_NONE && !resident(j, base) &&
        !resident(j, index) && !is_const(j, index)) {
        /* Both to be loaded: keep one register only. */
        unsigned b = ra_tmp(&j->ra, RC_INT), i;

        load_to(j, b, base, MO_64);
        i = ra_in(&j->ra, index);
        out_op(j, 0x8d | X_W, b, (Opnd){ .reg = -1, .base = b, .index = i,
                                         .scale = m->scale });
        ra_untmp(&j->ra, RC_INT, i);
        o.base = b;
        return o;
    }
    if (base != TCG_NONE) {
        if (is_const(j, base)) {
            TCGMem mb = { base, TCG_NONE, 0, o.disp };
            if (index != TCG_NONE && !add_disp(&o, const_val(j, base))) {
                o.base = ra_in(&j->ra, base);
            } else if (index == TCG_NONE) {
                return mem_const_base(j, &mb);
            }
        } else {
            o.base = ra_in(&j->ra, base);
            if (base == j->sp) {
                o.disp += j->sp_delta;
            }
        }
    }
    if (index != TCG_NONE) {
        o.index = ra_in(&j->ra, index);
        o.scale = m->scale;
        if (o.base < 0 && o.scale == 0) {
            o.base = o.index;
            o.index = -1;
        } else if (o.base < 0 && o.scale == 1 && o.disp == (int8_t)o.disp) {
            o.base = o.index;
            o.scale = 0;
        }
    }
    return o;
}

Opnd mem_opnd(X86Jit *j, const TCGMem *m)
{
    Opnd o = mem_opnd_two(j, m);
    uint32_t tmp = j->ra.is_tmp[RC_INT];

    if (is_tight(j, j->at) && o.base >= 0 && (tmp >> o.base & 1) &&
        o.index >= 0 && (tmp >> o.index & 1)) {
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_op(j, 0x8d | X_W, t, o);
        ra_untmp(&j->ra, RC_INT, o.base);
        ra_untmp(&j->ra, RC_INT, o.index);
        return M(t, 0);
    }
    return o;
}

/* Brings guest rsp's register up to date; EFLAGS stay. */
void sp_settle(X86Jit *j)
{
    if (j->sp_delta) {
        out_op(j, wsz(j->sp_sz, 0x8d), HOST_GUEST_RSP,
               M(HOST_GUEST_RSP, j->sp_delta));
        j->sp_delta = 0;
    }
}

/* ---- fault table ------------------------------------------------------------- */

void fault_point(X86Jit *j)
{
    TCGTB *tb = j->tb;
    uint32_t host = j->p - j->code;

    if (!tb) {
        return;
    }
    if (tb->nb_faults && tb->faults[tb->nb_faults - 1].host == host) {
        return;
    }
    if (tb->nb_faults == j->cap_faults) {
        j->cap_faults = j->cap_faults ? j->cap_faults * 2 : 32;
        tb->faults = tcg_regrow(j->s, tb->faults,
                                tb->nb_faults * sizeof(*tb->faults),
                                j->cap_faults * sizeof(*tb->faults));
    }
    tb->faults[tb->nb_faults++] = (TCGFaultPoint){
        .host = host,
        .where = j->insn,
        .fl_in_host = (j->fl_h & ~j->fl_m) != 0,
        .sp_delta = j->sp_delta,
    };
}

/* Behind a call of a helper: its place is the last byte of the call, because
 * the instruction behind may have a fault of its own. */
void fault_point_call(X86Jit *j)
{
    j->p--;
    fault_point(j);
    j->p++;
}

void note_ret_site(X86Jit *j)
{
    TCGTB *tb = j->tb;

    if (tb->nb_rets == j->cap_rets) {
        j->cap_rets = j->cap_rets ? j->cap_rets * 2 : 8;
        tb->rets = tcg_regrow(j->s, tb->rets, tb->nb_rets * sizeof(*tb->rets),
                              j->cap_rets * sizeof(*tb->rets));
    }
    tb->rets[tb->nb_rets++] = j->p - j->code;
}

X86Stub *stub_new(X86Jit *j, void (*emit)(X86Jit *, X86Stub *), uint8_t *loc)
{
    X86Stub *st = tcg_malloc(j->s, sizeof(*st));

    st->emit = emit;
    st->loc = loc;
    st->insn = j->insn;
    j->nb_stubs++;
    *j->stubs_tail = st;
    j->stubs_tail = &st->next;
    return st;
}

/* ---- the reference as a lowering --------------------------------------------- */

static void emit_desc(X86Jit *j, X86Stub *st)
{
    const TCGOp *op = (const TCGOp *)(uintptr_t)st->a;
    TCGRefOp ref = {
        .opc = op->opc, .attr = op->attr, .sz = op->sz, .vt = op->vt,
        .cond = op->cond, .fl_def = op->fl_def, .fl_use = op->fl_use,
        .imm = op->imm,
    };

    while ((uintptr_t)j->p & 7) {
        o8(j, 0xcc);
    }
    out_bind(st->loc, j->p);
    memcpy(j->p, &ref, sizeof(ref));
    j->p += sizeof(ref);
}

static void store_slot(X86Jit *j, TCGRef r, int32_t slot)
{
    const TCGTemp *t = &j->s->temps[r];
    int32_t imm;

    if (is_imm(j, r, MO_64, &imm)) {
        out_op(j, 0xc7 | X_W, 0, GS(slot));
        o32(j, imm);
    } else {
        unsigned reg = ra_in(&j->ra, r);

        x86_ra_host.st(&j->ra, t->type, reg, slot);
    }
    ra_unlock_all(&j->ra);
}

/* reg = the result in slot, with what the op says of bits above 128. */
static void load_result(X86Jit *j, const TCGOp *op, TCGRef d, unsigned reg,
                        int32_t slot)
{
    if (j->s->temps[d].type == TCG_I64) {
        out_op(j, 0x8b | X_W, reg, GS(slot));
    } else if (have(HF_AVX) &&
               (op->vt == TCG_V256 || (op->attr & OPA_ZU))) {
        out_vex(j, 0x28 | X_0F | (op->vt == TCG_V256 ? X_L : 0), reg, 0,
                GS(slot));
    } else {
        out_op(j, 0x28 | X_0F, reg, GS(slot));
    }
}

void lower_fallback(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];
    uint8_t *loc;

    sp_settle(j);
    fl_save(j, op->fl_live | op->fl_use);
    if ((def->props & P_VEC) && op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    for (unsigned k = 0; k < def->nb_in; k++) {
        if (op->in[k] != TCG_NONE) {
            store_slot(j, op->in[k], REF_SLOT + k * 32);
        }
    }
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    o8(j, 0x48);                            /* lea rax, [rip + desc] */
    o8(j, 0x8d);
    o8(j, 0x05);
    loc = j->p;
    o32(j, 0);
    stub_new(j, emit_desc, loc)->a = (uintptr_t)op;
    out_call(j, x86_thunks.ref);
    fault_point_call(j);
    for (unsigned k = 0; k < def->nb_out; k++) {
        TCGRef d = op->out[k];

        if (d != TCG_NONE && !(op->dead & OPD_OUT << k)) {
            unsigned reg = out_fresh(j, d);

            load_result(j, op, d, reg, REF_SLOT + k * 32);
            out_done(j, d, reg);
        }
    }
    j->fl_h = 0;
    j->fl_m |= op->fl_def;
    j->fell_back = true;
}

void lower_call(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    const TCGHelper *h = op->helper;
    unsigned reads = h->effects & HE_FLREAD ? FL_ALL : op->fl_use;
    intptr_t rel;

    fl_save(j, (op->fl_live & ~op->fl_def) | reads);
    for (unsigned k = 0; k < h->nb_args; k++) {
        store_slot(j, op->in[k], ARG_SLOT + k * 8);
    }
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    rel = (intptr_t)h->func - (intptr_t)(j->p + 7);
    if (rel == (int32_t)rel) {
        o8(j, 0x48);
        o8(j, 0x8d);
        o8(j, 0x05);
        o32(j, rel);
    } else {
        out_movi(j, RAX, (uintptr_t)h->func, true);
    }
    out_call(j, h->effects & HE_NOGLOBALS ? x86_thunks.helper_pure
                                          : x86_thunks.helper);
    j->fl_h = 0;
    if (h->effects & HE_FLWRITE) {
        j->fl_m = FL_ALL;
    }
    fault_point_call(j);
    if (h->has_ret && op->out[0] != TCG_NONE && !(op->dead & OPD_OUT)) {
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
        out_done(j, op->out[0], RAX);
    }
}
