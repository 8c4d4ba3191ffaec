/* SPDX-License-Identifier: MIT */
/*
 * Operands: addresses, results, the fault table, and ops and helpers that run
 * in C.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

unsigned inz(A64Jit *j, TCGRef r)
{
    return is_const(j, r) && const_val(j, r) == 0 ? ZR : ra_in(&j->ra, r);
}

unsigned out_reg(A64Jit *j, TCGRef d)
{
    int pin = ra_pin(&j->ra, d);

    return pin >= 0 ? (unsigned)pin : ra_tmp(&j->ra, RC_INT);
}

void out_done(A64Jit *j, TCGRef d, unsigned reg)
{
    ra_out_done(&j->ra, d, reg);
}

/* ---- addresses ------------------------------------------------------------------- */

static bool unsigned_disp(int64_t d, unsigned sz)
{
    return d >= 0 && !(d & ((1 << sz) - 1)) && d >> sz < 4096;
}

static bool disp_fits(int64_t d, unsigned sz)
{
    return (d >= -256 && d < 256) || unsigned_disp(d, sz);
}

A64Mem mem_opnd(A64Jit *j, const TCGMem *m, unsigned sz)
{
    TCGRef base = m->base, index = m->index;
    A64Mem o = { .index = -1, .disp = m->disp };
    uint64_t k = (int64_t)m->disp;
    unsigned scale = m->scale;
    bool abs = base == TCG_NONE;

    if (base != TCG_NONE && is_const(j, base)) {
        k += const_val(j, base);
        base = TCG_NONE;
        abs = true;
    }
    if (index != TCG_NONE && is_const(j, index)) {
        k += const_val(j, index) << scale;
        index = TCG_NONE;
    }
    if (abs) {
        if (index == TCG_NONE) {
            int64_t low = k & ((4096u << sz) - 1);

            if (!unsigned_disp(low, sz)) {
                low = 0;
            }
            out_movi(j, T0, k - low);
            o.base = T0;
            o.disp = low;
            return o;
        }
        out_movi(j, T0, k);
        o.base = T0;
        o.disp = 0;
        if (scale == 0 || scale == sz) {
            o.index = ra_in(&j->ra, index);
            o.shift = scale != 0;
            return o;
        }
        out_rrs(j, A_ADD, true, T0, T0, ra_in(&j->ra, index), LSL, scale);
        return o;
    }
    o.base = ra_in(&j->ra, base);
    if (index != TCG_NONE) {
        unsigned x = ra_in(&j->ra, index);

        if (k == 0 && (scale == 0 || scale == sz)) {
            o.index = x;
            o.shift = scale != 0;
            o.disp = 0;
            return o;
        }
        out_rrs(j, A_ADD, true, T0, o.base, x, LSL, scale);
        o.base = T0;
    }
    if (k != (uint64_t)(int64_t)(int32_t)k || !disp_fits(k, sz)) {
        out_add_imm(j, true, T0, o.base, k, T1);
        o.base = T0;
        k = 0;
    }
    o.disp = k;
    return o;
}

unsigned mem_addr(A64Jit *j, const TCGMem *m)
{
    A64Mem o = mem_opnd(j, m, 0);

    if (o.index >= 0) {
        out_rrr(j, A_ADD, true, T0, o.base, o.index);
        return T0;
    }
    if (o.disp) {
        out_add_imm(j, true, T0, o.base, o.disp, T1);
        return T0;
    }
    return o.base;
}

void out_mem(A64Jit *j, unsigned opc, unsigned sz, bool vec, unsigned rt,
             A64Mem m)
{
    uint32_t w = (sz & 3) << 30 | 0x38000000 | opc << 22 |
                 (uint32_t)vec << 26 | m.base << 5 | rt;

    if (vec && sz == 4) {
        w |= 2 << 22;
    }
    fault_point(j);
    if (m.index >= 0) {
        o32(j, w | 0x00206800 | m.index << 16 | m.shift << 12);
    } else if (unsigned_disp(m.disp, sz)) {
        o32(j, w | 0x01000000 | (m.disp >> sz) << 10);
    } else {
        o32(j, w | (m.disp & 0x1ff) << 12);
    }
}

/* ---- fault table ------------------------------------------------------------- */

void fault_point(A64Jit *j)
{
    TCGTB *tb = j->tb;
    uint32_t host = (uint8_t *)j->p - (uint8_t *)j->code;

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
    /* Where the flags are goes along in sp_delta. */
    tb->faults[tb->nb_faults++] = (TCGFaultPoint){
        .host = host,
        .where = j->insn,
        .fl_in_host = (j->fl_h & ~j->fl_m) != 0,
        .sp_delta = j->fl_h | j->fl_m << 8 | j->cinv << 16,
    };
}

A64Stub *stub_new(A64Jit *j, void (*emit)(A64Jit *, A64Stub *),
                  uint32_t *loc)
{
    A64Stub *st = tcg_malloc(j->s, sizeof(*st));

    st->emit = emit;
    st->loc = loc;
    st->op = j->op;
    st->insn = j->insn;
    st->fl_h = j->fl_h;
    st->fl_m = j->fl_m;
    st->cinv = j->cinv;
    j->nb_stubs++;
    *j->stubs_tail = st;
    j->stubs_tail = &st->next;
    return st;
}

/* ---- vectors ------------------------------------------------------------------- */

/* A 256-bit temp lives in memory; its register is just a copy of the low
 * half. */
static bool wide_temp(A64Jit *j, TCGRef d)
{
    return ra_pin(&j->ra, d) < 0 && j->s->temps[d].type == TCG_V256;
}

unsigned vout(A64Jit *j, TCGRef d)
{
    int pin = ra_pin(&j->ra, d);

    return pin >= 0 ? (unsigned)pin : ra_tmp(&j->ra, RC_VEC);
}

int32_t vupper(A64Jit *j, TCGRef r)
{
    return j->s->temps[r].type == TCG_V256 ? ra_home(&j->ra, r) + 16 : 0;
}

void vout_done(A64Jit *j, const TCGOp *op, TCGRef d, unsigned reg)
{
    int32_t up = vupper(j, d);

    if (wide_temp(j, d)) {
        out_stv_env(j, reg, up - 16);
        ra_out_mem(&j->ra, d);
    } else {
        ra_out_done(&j->ra, d, reg);
    }
    if (up && op->vt == TCG_V128 && (op->attr & OPA_ZU)) {
        out_st_env(j, MO_64, ZR, up);
        out_st_env(j, MO_64, ZR, up + 8);
    }
}

/* ---- the reference as a lowering --------------------------------------------- */

static void emit_desc(A64Jit *j, A64Stub *st)
{
    const TCGOp *op = st->op;
    TCGRefOp ref = {
        .opc = op->opc, .attr = op->attr, .sz = op->sz, .vt = op->vt,
        .cond = op->cond, .fl_def = op->fl_def, .fl_use = op->fl_use,
        .imm = op->imm,
    };

    if ((uintptr_t)j->p & 7) {
        o32(j, 0);
    }
    out_bind(st->loc, j->p);
    memcpy(j->p, &ref, sizeof(ref));
    j->p += DIV_ROUND_UP(sizeof(ref), 4);
}

/* x(rd) = address of op's description. */
static void out_desc(A64Jit *j, const TCGOp *op, unsigned rd)
{
    uint32_t *loc = j->p;

    o32(j, 0x10000000 | rd);                    /* adr */
    stub_new(j, emit_desc, loc)->op = op;
}

static void store_slot(A64Jit *j, const TCGOp *op, TCGRef r, int32_t slot)
{
    if (j->s->temps[r].type == TCG_I64) {
        out_st_env(j, MO_64, inz(j, r), slot);
    } else {
        out_stv_env(j, vin(j, r), slot);
        if (vupper(j, r)) {
            out_ldv_env(j, V6, vupper(j, r));
            out_stv_env(j, V6, slot + 16);
        }
    }
    ra_unlock_all(&j->ra);
}

void out_helper_call(A64Jit *j, const void *func)
{
    out_movi(j, T0, (uintptr_t)func);
    fault_point(j);
    out_bl(j, a64_thunks.helper);
}

void lower_fallback(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    fl_save(j, op->fl_live | op->fl_use);
    for (unsigned k = 0; k < def->nb_in; k++) {
        if (op->in[k] != TCG_NONE) {
            store_slot(j, op, op->in[k], REF_SLOT + k * 32);
        }
    }
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_desc(j, op, 1);
    out_add_imm(j, true, 2, R_ENV, REF_SLOT, T0);
    out_movi(j, T0, (uintptr_t)tcg_ref_exec);
    fault_point(j);
    out_bl(j, a64_thunks.helper_regs);
    for (unsigned k = 0; k < def->nb_out; k++) {
        TCGRef d = op->out[k];
        int32_t slot = REF_SLOT + k * 32;

        if (out_dead(op, k)) {
            continue;
        }
        if (j->s->temps[d].type == TCG_I64) {
            unsigned reg = out_reg(j, d);

            out_ld_env(j, MO_64, reg, slot);
            out_done(j, d, reg);
        } else {
            unsigned reg = vout(j, d);

            out_ldv_env(j, reg, slot);
            if (op->vt == TCG_V256 && vupper(j, d)) {
                out_ldv_env(j, V6, slot + 16);
                out_stv_env(j, V6, vupper(j, d));
            }
            vout_done(j, op, d, reg);
        }
    }
    j->fl_h = 0;
    j->fl_m |= op->fl_def;
    j->fell_back = true;
}

void emit_ref_keep(A64Jit *j, const TCGOp *op, const uint8_t *in,
                   const uint8_t *out)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    for (unsigned k = 0; k < def->nb_in; k++) {
        if (def->ins[k] == 'q') {
            out_st_env(j, MO_64, in[k], REF_SLOT + k * 32);
        } else {
            out_stv_env(j, in[k], REF_SLOT + k * 32);
        }
    }
    out_desc(j, op, T0);
    out_st_env(j, MO_64, T0, KEEP_SLOT);
    out_add_imm(j, true, T0, R_ENV, REF_SLOT, T1);
    out_st_env(j, MO_64, T0, KEEP_SLOT + 8);
    out_movi(j, T0, (uintptr_t)tcg_ref_exec);
    fault_point(j);
    out_bl(j, a64_thunks.keep);
    for (unsigned k = 0; k < def->nb_out; k++) {
        if (def->outs[k] == 'q') {
            out_ld_env(j, MO_64, out[k], REF_SLOT + k * 32);
        } else {
            out_ldv_env(j, out[k], REF_SLOT + k * 32);
        }
    }
}

void lower_call(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    const TCGHelper *h = op->helper;
    unsigned reads = h->effects & HE_FLREAD ? FL_ALL : op->fl_use;

    fl_save(j, (op->fl_live & ~op->fl_def) | reads);
    if (!(h->effects & HE_NOFAULT)) {
        out_before_store(j);        /* it may access the guest's memory */
    }
    for (unsigned k = 0; k < h->nb_args; k++) {
        store_slot(j, op, op->in[k], ARG_SLOT + k * 8);
    }
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, h->func);
    if (!(h->effects & HE_NOFAULT)) {
        out_after_load(j);
    }
    if (h->effects & HE_FLWRITE) {
        j->fl_m = FL_ALL;
    }
    if ((h->effects & HE_VREGS) && !(h->effects & (HE_NOGLOBALS | HE_RDONLY)) &&
        !h->has_ret && op + 1 < j->s->ops + j->s->nb_ops &&
        op[1].opc == TCG_insn_start) {
        out_fpx_check(j, op[1].imm);
    }
    if (h->has_ret && !out_dead(op, 0)) {
        ra_force(&j->ra, RC_INT, 0, TCG_NONE);
        out_done(j, op->out[0], 0);
    }
}
