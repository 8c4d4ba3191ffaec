/* SPDX-License-Identifier: MIT */
/*
 * Operands: addresses, results, the fault table, and ops and helpers that run
 * in C.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-vec.h"

unsigned inz(RVJit *j, TCGRef r)
{
    return is_const(j, r) && const_val(j, r) == 0 ? ZR : ra_in(&j->ra, r);
}

unsigned out_reg(RVJit *j, TCGRef d)
{
    int pin = ra_pin(&j->ra, d);

    if (pin >= 0) {
        rv_wr(j, pin);
        return pin;
    }
    return ra_tmp(&j->ra, RC_INT);
}

void out_done(RVJit *j, TCGRef d, unsigned reg)
{
    ra_out_done(&j->ra, d, reg);
}

/* ---- addresses ------------------------------------------------------------------- */

static RVMem with_disp(RVJit *j, unsigned base, int64_t k, unsigned room)
{
    int64_t lo = (int64_t)((uint64_t)k << 52) >> 52;

    if (imm12(k) && imm12(k + room)) {
        return (RVMem){ base, k };
    }
    if (k + room >= 2048 && k + room < 4096 && k >= 0) {
        out_rri(j, ADDI, T0, base, 2047);
        return (RVMem){ T0, k - 2047 };
    }
    if (!imm12(lo + room)) {
        lo = 0;
    }
    out_movi(j, T1, k - lo);
    out_rrr(j, ADD, T0, base, T1);
    return (RVMem){ T0, lo };
}

static RVMem absolute(RVJit *j, uint64_t k, unsigned room)
{
    int64_t lo = (int64_t)(k << 52) >> 52, d = k - (uintptr_t)j->p;

    if (k == (uint64_t)(int64_t)(int32_t)k ||
        d < -0x7ffff000ll || d >= 0x7ffff000ll) {
        lo = imm12(lo + room) ? lo : 0;
        if (k - lo == 0) {
            return (RVMem){ ZR, lo };
        }
        out_movi(j, T0, k - lo);
        return (RVMem){ T0, lo };
    }
    lo = (int64_t)((uint64_t)d << 52) >> 52;
    o32(j, AUIPC | ((uint32_t)(d - lo) & 0xfffff000) | T0 << 7);
    if (!imm12(lo + room)) {
        out_rri(j, ADDI, T0, T0, lo);
        lo = 0;
    }
    return (RVMem){ T0, lo };
}

RVAddr addr_parts(RVJit *j, const TCGMem *m)
{
    RVAddr a = { m->base, m->index, (int64_t)m->disp };

    if (a.base != TCG_NONE && is_const(j, a.base)) {
        a.disp += const_val(j, a.base);
        a.base = TCG_NONE;
    }
    if (a.index != TCG_NONE && is_const(j, a.index)) {
        a.disp += const_val(j, a.index) << m->scale;
        a.index = TCG_NONE;
    }
    return a;
}

unsigned addr_sum(RVJit *j, const TCGMem *m, const RVAddr *a)
{
    unsigned b = 0, x;

    if (a->base != TCG_NONE) {
        b = ra_in(&j->ra, a->base);
    }
    if (a->index == TCG_NONE) {
        return b;
    }
    x = ra_in(&j->ra, a->index);
    if (a->base != TCG_NONE) {
        out_shadd(j, m->scale, T0, x, b, T0);
    } else if (m->scale) {
        out_rri(j, SLLI, T0, x, m->scale);
    } else {
        return x;
    }
    return T0;
}

RVMem mem_opnd(RVJit *j, const TCGMem *m, unsigned room)
{
    RVAddr a = addr_parts(j, m);

    if (a.base == TCG_NONE && a.index == TCG_NONE) {
        return absolute(j, a.disp, room);
    }
    return with_disp(j, addr_sum(j, m, &a), a.disp, room);
}

unsigned mem_addr(RVJit *j, const TCGMem *m)
{
    RVMem o = mem_opnd(j, m, 0);

    if (o.disp || o.base == ZR) {
        out_rri(j, ADDI, T0, o.base, o.disp);
        return T0;
    }
    return o.base;
}

void out_guest_ld(RVJit *j, uint32_t w, unsigned rd, RVMem m)
{
    fault_point(j);
    out_rri(j, w, rd, m.base, m.disp);
}

void out_guest_st(RVJit *j, uint32_t w, unsigned rs, RVMem m)
{
    fault_point(j);
    out_st(j, w, rs, m.base, m.disp);
}

/* x86's order out of two weak fences: loads before everything behind them,
 * stores behind stores. */
void out_after_load(RVJit *j)
{
    if (rv_ordered && !rv_host.ztso) {
        o32(j, 0x0230000f);                     /* fence r, rw */
    }
}

void out_before_store(RVJit *j)
{
    if (rv_ordered && !rv_host.ztso) {
        o32(j, 0x0110000f);                     /* fence w, w */
    }
}

/* ---- fault table ------------------------------------------------------------- */

void *array_grow(RVJit *j, const void *p, size_t size, unsigned *cap)
{
    unsigned old = *cap;
    void *n;

    *cap = old ? old * 2 : 16;
    n = tcg_malloc(j->s, *cap * size);
    if (old) {
        memcpy(n, p, old * size);
    }
    return n;
}

/* Number of the current flags' description, or -1 if they are at home. */
static int32_t fault_flags(RVJit *j)
{
    RVFaultFlags f;

    if (!(j->fl_h & ~j->fl_m)) {
        return -1;
    }
    memset(&f, 0, sizeof(f));
    f.f = j->fl;
    f.mask = j->fl_h & ~j->fl_m;
    if (j->nb_ff && !memcmp(&j->ff[j->nb_ff - 1], &f, sizeof(f))) {
        return j->nb_ff - 1;
    }
    if (j->nb_ff == j->cap_ff) {
        j->ff = array_grow(j, j->ff, sizeof(f), &j->cap_ff);
    }
    j->ff[j->nb_ff] = f;
    return j->nb_ff++;
}

void fault_point(RVJit *j)
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
        tb->faults = array_grow(j, tb->faults, sizeof(TCGFaultPoint),
                                &j->cap_faults);
    }
    tb->faults[tb->nb_faults++] = (TCGFaultPoint){
        .host = host,
        .where = j->insn,
        .fl_in_host = (j->fl_h & ~j->fl_m) != 0,
        .sp_delta = fault_flags(j),
    };
}

RVStub *stub_new(RVJit *j, void (*emit)(RVJit *, RVStub *), uint32_t *loc)
{
    RVStub *st = tcg_malloc(j->s, sizeof(*st));

    st->emit = emit;
    st->loc = loc;
    st->op = j->op;
    st->insn = j->insn;
    st->fl_h = j->fl_h;
    st->fl_m = j->fl_m;
    st->fl = j->fl;
    st->vtype = j->vtype;
    j->nb_stubs++;
    *j->stubs_tail = st;
    j->stubs_tail = &st->next;
    return st;
}

void stub_back(RVJit *j, RVStub *st)
{
    st->back = j->p;
    st->vtype = j->vtype;
    for (unsigned i = 0; i < 32; i++) {
        st->fc[i] = j->fc_used >> i & 1 ? j->fc[i] : 0;
    }
}

void stub_return(RVJit *j, RVStub *st)
{
    if (st->vtype != VT_NONE) {
        vtype_set(j, st->vtype);
    }
    for (unsigned i = 0; i < 32; i++) {
        if (st->fc[i]) {
            out_rri(j, st->fc[i] >> 15 ? FLD : FLW, i, R_ENV,
                    (st->fc[i] & 0x7fff) - ENV_BIAS);
        }
    }
    out_jal(j, ZR, st->back);
}

static void emit_literal(RVJit *j, RVStub *st)
{
    if ((uintptr_t)j->p & 7) {
        o32(j, 0);
    }
    out_bind(j, st->loc, j->p);
    memcpy(j->p, &st->a, 8);
    j->p += 2;
}

void out_literal(RVJit *j, unsigned rd, uint64_t v)
{
    uint32_t *loc = j->p;

    o32(j, AUIPC | rd << 7);
    out_rri(j, LD, rd, rd, 0);
    stub_new(j, emit_literal, loc)->a = v;
}

/* ---- vectors ------------------------------------------------------------------- */

/* A 256-bit temp lives in memory; its register is just a copy of the low
 * half. */
static bool wide_temp(RVJit *j, TCGRef d)
{
    return ra_pin(&j->ra, d) < 0 && j->s->temps[d].type == TCG_V256;
}

unsigned vout(RVJit *j, TCGRef d)
{
    int pin = ra_pin(&j->ra, d);

    return pin >= 0 ? (unsigned)pin : ra_tmp(&j->ra, RC_VEC);
}

int32_t vupper(RVJit *j, TCGRef r)
{
    return j->s->temps[r].type == TCG_V256 ? ra_home(&j->ra, r) + 16 : 0;
}

void vout_done(RVJit *j, const TCGOp *op, TCGRef d, unsigned reg)
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

int32_t voff(RVJit *j, unsigned reg)
{
    static const unsigned slots = offsetof(TCGEnv, host_v);

    return reg >= VPIN ? rv_off_vec[reg - VPIN] : slots + (reg - VTMP) * 16;
}

void vtype_set(RVJit *j, unsigned vt)
{
    if (j->vtype != vt) {
        unsigned sew = vt & 3, n = 16 >> sew;

        n = vt & VT_ONE ? 1 : vt & VT_HALF ? n / 2 : n;
        o32(j, 0xc0007057 | sew << 23 | (vt & VT_HALF ? 7u << 20 : 0) |
            n << 15);                                   /* vsetivli */
        j->vtype = vt;
    }
}

/* Any whole-register setting will do. */
static unsigned vtype_whole(RVJit *j)
{
    if (j->vtype > VT_E64) {
        vtype_set(j, VT_E8);
    }
    return j->vtype;
}

static void env_vec(RVJit *j, unsigned reg, int32_t off, uint32_t w)
{
    static const uint16_t width[] = { 0 << 12, 5 << 12, 6 << 12, 7 << 12 };
    unsigned sew = vtype_whole(j);

    out_addi(j, T0, R_ENV, off - ENV_BIAS, T0);
    o32(j, w | width[sew] | T0 << 15 | reg << 7);
}

static void copy16(RVJit *j, int32_t to, int32_t from)
{
    if (to != from) {
        out_ld_env(j, MO_64, T0, from);
        out_ld_env(j, MO_64, T1, from + 8);
        out_st_env(j, MO_64, T0, to);
        out_st_env(j, MO_64, T1, to + 8);
    }
}

void out_ldv_env(RVJit *j, unsigned reg, int32_t off)
{
    if (rv_host.v) {
        env_vec(j, reg, off, 0x02000007);               /* vle */
    } else {
        copy16(j, voff(j, reg), off);
    }
}

void out_stv_env(RVJit *j, unsigned reg, int32_t off)
{
    if (rv_host.v) {
        env_vec(j, reg, off, 0x02000027);               /* vse */
    } else {
        copy16(j, off, voff(j, reg));
    }
}

void out_vmov(RVJit *j, unsigned d, unsigned s)
{
    if (d == s) {
        return;
    }
    if (rv_host.v) {
        o32(j, 0x9e003057 | s << 20 | d << 7);          /* vmv1r.v */
    } else {
        copy16(j, voff(j, d), voff(j, s));
    }
}

/* ---- the reference as a lowering --------------------------------------------- */

static void emit_desc(RVJit *j, RVStub *st)
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
    out_bind(j, st->loc, j->p);
    memcpy(j->p, &ref, sizeof(ref));
    j->p += DIV_ROUND_UP(sizeof(ref), 4);
}

/* rd = address of op's description. */
static void out_desc(RVJit *j, const TCGOp *op, unsigned rd)
{
    stub_new(j, emit_desc, out_auipc(j, rd))->op = op;
}

static void store_slot(RVJit *j, const TCGOp *op, TCGRef r, int32_t slot)
{
    if (j->s->temps[r].type == TCG_I64) {
        out_st_env(j, MO_64, inz(j, r), slot);
    } else {
        out_stv_env(j, vin(j, r), slot);
        if (vupper(j, r)) {
            int32_t up = vupper(j, r);

            out_ld_env(j, MO_64, T0, up);
            out_ld_env(j, MO_64, T1, up + 8);
            out_st_env(j, MO_64, T0, slot + 16);
            out_st_env(j, MO_64, T1, slot + 24);
        } else if (op->opc == TCG_vget128) {
            out_st_env(j, MO_64, ZR, slot + 16);
            out_st_env(j, MO_64, ZR, slot + 24);
        }
    }
    ra_unlock_all(&j->ra);
}

void out_helper_call(RVJit *j, const void *func)
{
    out_movi(j, T0, (uintptr_t)func);
    fault_point(j);
    out_call(j, rv_thunks.helper);
    j->vtype = rv_host.v ? VT_E8 : VT_NONE;
    fc_clear(j);
}

static void load_result(RVJit *j, const TCGOp *op, TCGRef d, int32_t slot)
{
    unsigned reg;

    if (j->s->temps[d].type == TCG_I64) {
        reg = out_reg(j, d);
        out_ld_env(j, MO_64, reg, slot);
        out_done(j, d, reg);
        return;
    }
    reg = vout(j, d);
    out_ldv_env(j, reg, slot);
    if (op->vt == TCG_V256 && vupper(j, d)) {
        int32_t up = vupper(j, d);

        out_ld_env(j, MO_64, T0, slot + 16);
        out_ld_env(j, MO_64, T1, slot + 24);
        out_st_env(j, MO_64, T0, up);
        out_st_env(j, MO_64, T1, up + 8);
    }
    vout_done(j, op, d, reg);
}

void lower_fallback(RVJit *j, const TCGOp *op, const RVOp *x)
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
    out_desc(j, op, T1);
    out_addi(j, T2, R_ENV, REF_SLOT - ENV_BIAS, T2);
    out_movi(j, T0, (uintptr_t)tcg_ref_exec);
    fault_point(j);
    out_call(j, rv_thunks.helper_regs);
    j->vtype = rv_host.v ? VT_E8 : VT_NONE;
    fc_clear(j);
    for (unsigned k = 0; k < def->nb_out; k++) {
        if (!out_dead(op, k)) {
            load_result(j, op, op->out[k], REF_SLOT + k * 32);
        }
    }
    fl_home(j, op);
}

void emit_ref_keep(RVJit *j, const TCGOp *op, const uint8_t *in,
                   const uint8_t *out)
{
    const TCGOpDef *def = &tcg_op_defs[op->opc];

    for (unsigned k = 0; k < def->nb_in; k++) {
        if (def->ins[k] == 'q') {
            out_st_env(j, MO_64, in[k], REF_SLOT + k * 32);
        }
    }
    for (unsigned k = 0; k < def->nb_in; k++) {
        if (def->ins[k] == 'v') {
            out_stv_env(j, in[k], REF_SLOT + k * 32);
        }
    }
    out_desc(j, op, T1);
    out_st_env(j, MO_64, T1, KEEP_SLOT);
    out_addi(j, T1, R_ENV, REF_SLOT - ENV_BIAS, T1);
    out_st_env(j, MO_64, T1, KEEP_SLOT + 8);
    out_movi(j, T0, (uintptr_t)tcg_ref_exec);
    fault_point(j);
    out_call(j, rv_thunks.keep);
    j->vtype = rv_host.v ? VT_E8 : VT_NONE;
    for (unsigned k = 0; k < def->nb_out; k++) {
        if (def->outs[k] == 'v') {
            out_ldv_env(j, out[k], REF_SLOT + k * 32);
        }
    }
    for (unsigned k = 0; k < def->nb_out; k++) {
        if (def->outs[k] == 'q') {
            out_ld_env(j, MO_64, out[k], REF_SLOT + k * 32);
        }
    }
}

void lower_call(RVJit *j, const TCGOp *op, const RVOp *x)
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
    if (h->has_ret && !out_dead(op, 0)) {
        unsigned rd = out_reg(j, op->out[0]);

        out_mv(j, rd, T0);
        out_done(j, op->out[0], rd);
    }
}
