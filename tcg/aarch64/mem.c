/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer memory rows: loads, stores, read-modify-write, atomics
 * and string operations.  Guest addresses are host addresses.
 *
 * Atomic accesses are exclusive-load loops; a misaligned one, which those
 * cannot do, goes out of line to the interpreter's functions.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"
#include "tcg/tci/tci-int.h"

void lower_ld(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Mem m = mem_opnd(j, &op->mem, op->sz);
    unsigned rd = out_reg(j, op->out[0]), ext = op->imm > op->sz ? op->imm : 0;

    out_mem(j, ext == 0 ? 1 : ext == 3 ? 2 : 3, op->sz, false, rd, m);
    if (ext == 1) {
        out_zext(j, MO_16, rd, rd);
    }
    out_after_load(j);
    out_done(j, op->out[0], rd);
}

void lower_st(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned r = inz(j, op->in[0]);
    A64Mem m = mem_opnd(j, &op->mem, op->sz);

    out_before_store(j);
    out_mem(j, 0, op->sz, false, r, m);
}

/* ---- read-modify-write ----------------------------------------------------------- */

static void out_ldaxr(A64Jit *j, unsigned sz, unsigned rt, unsigned rn)
{
    fault_point(j);
    o32(j, sz << 30 | 0x085ffc00 | rn << 5 | rt);
}

static void out_stlxr(A64Jit *j, unsigned sz, unsigned rs, unsigned rt,
                      unsigned rn)
{
    fault_point(j);
    o32(j, sz << 30 | 0x0800fc00 | rs << 16 | rn << 5 | rt);
}

/* The call of an interpreter's function: a = function; reg: address, first,
 * second operand; b = the TCIAtomic word. */
static void emit_atomic_slow(A64Jit *j, A64Stub *st)
{
    const TCGOp *op = st->op;

    out_bind(st->loc, j->p);
    out_movi(j, T1, st->b);
    out_st_env(j, MO_64, T1, KEEP_SLOT);
    out_st_env(j, MO_64, st->reg[0], KEEP_SLOT + 8);
    out_st_env(j, MO_64, st->reg[1], KEEP_SLOT + 16);
    out_st_env(j, MO_64, st->reg[2], KEEP_SLOT + 24);
    out_movi(j, T0, st->a);
    fault_point(j);
    out_bl(j, a64_thunks.keep);
    if (op->fl_def) {
        fl_emit_load(j, op->fl_def, st->reg[3]);
    }
    out_ld_env(j, MO_64, T1, KEEP_SLOT);
    out_b(j, st->back);
}

/* Branches to the slow way if addr is misaligned. */
static A64Stub *align_check(A64Jit *j, const TCGOp *op, const void *func,
                            unsigned kind, unsigned addr, unsigned v,
                            unsigned v2)
{
    TCIAtomic t = { .sz = op->sz, .lock = true, .kind = kind,
                    .fl_def = op->fl_def };
    uint32_t word;
    A64Stub *st;

    if (op->sz == MO_8) {
        return NULL;
    }
    G_STATIC_ASSERT(sizeof(t) == sizeof(word));
    memcpy(&word, &t, sizeof(word));
    out_logic_imm(j, A_AND, false, T3, addr,
                  a64_bitmask((1 << op->sz) - 1, false));
    st = stub_new(j, emit_atomic_slow, out_cbz(j, true, false, T3, NULL));
    st->a = (uintptr_t)func;
    st->b = word;
    st->reg[0] = addr;
    st->reg[1] = v;
    st->reg[2] = v2;
    return st;
}

static void slow_back(A64Jit *j, A64Stub *st, bool cinv)
{
    if (st) {
        st->back = j->p;
        st->reg[3] = cinv;
    }
}

/* T2 = T1 with bit n set, reset or complemented; T3 is used. */
static void bit_op(A64Jit *j, unsigned kind, bool sf, unsigned n)
{
    out_movi(j, T3, 1);
    out_rrr(j, A_LSLV, sf, T3, T3, n);
    out_rrr(j, kind == TCG_RMW_BTS ? A_ORR : kind == TCG_RMW_BTR ? A_BIC
            : A_EOR, true, T2, T1, T3);
}

/* What rmw_value() leaves in T2, of T1 and b; flags fl. */
static bool rmw_value(A64Jit *j, const TCGOp *op, A64Src b, unsigned fl)
{
    unsigned kind = op->imm;
    A64Src one = { .imm = true, .v = 1 };

    switch (kind) {
    case TCG_RMW_INC:
    case TCG_RMW_DEC:
        if (op->sz < MO_32 && (fl & FL_NZCV)) {
            out_movi(j, T3, 1);
            one = (A64Src){ .reg = T3 };
        }
        return out_alu(j, kind == TCG_RMW_INC ? TCG_RMW_ADD : TCG_RMW_SUB,
                       op->sz, T2, T1, one, fl);
    case TCG_RMW_NEG:
        return out_alu(j, TCG_RMW_SUB, op->sz, T2, ZR,
                       (A64Src){ .reg = T1 }, fl);
    case TCG_RMW_NOT:
        out_rrr(j, A_ORN, op->sz == MO_64, T2, ZR, T1);
        return false;
    case TCG_RMW_BTS:
    case TCG_RMW_BTR:
    case TCG_RMW_BTC:
        bit_op(j, kind, op->sz == MO_64, b.reg);
        return false;
    default:
        return out_alu(j, kind, op->sz, T2, T1, b, fl);
    }
}

/* By the interpreter's function, in the open. */
static void rmw_by_helper(A64Jit *j, const TCGOp *op)
{
    TCIAtomic t = { .sz = op->sz, .lock = op->attr & OPA_LOCK,
                    .kind = op->imm, .fl_def = op->fl_def };
    uint32_t word;
    unsigned a;

    memcpy(&word, &t, sizeof(word));
    fl_save(j, op->fl_live | op->fl_use);
    a = mem_addr(j, &op->mem);
    out_st_env(j, MO_64, a, ARG_SLOT + 8);
    out_movi(j, T1, word);
    out_st_env(j, MO_64, T1, ARG_SLOT);
    if (op->in[0] != TCG_NONE) {
        out_st_env(j, MO_64, inz(j, op->in[0]), ARG_SLOT + 16);
    }
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, tci_rmw);
    j->fl_m |= op->fl_def;
}

void lower_rmw(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned kind = op->imm, c, addr, v;
    bool lock = op->attr & OPA_LOCK, cinv, bit = kind >= TCG_RMW_BTS;
    bool carry = kind == TCG_RMW_ADC || kind == TCG_RMW_SBB;
    A64Src b = { .reg = ZR };
    A64Mem m;

    if (carry || (bit && (op->fl_def || op->sz < MO_32))) {
        rmw_by_helper(j, op);
        return;
    }
    c = op->fl_def & FL_NZCV ? op->fl_def | FL_NZCV : op->fl_def;
    fl_begin(j, op, c);
    if (op->in[0] != TCG_NONE) {
        b = bit ? (A64Src){ .reg = ra_in(&j->ra, op->in[0]) }
                : alu_src(j, op->in[0], op->sz, kind);
    }
    if (!lock) {
        m = mem_opnd(j, &op->mem, op->sz);
        out_mem(j, 1, op->sz, false, T1, m);
        /* Not yet the flags: the store may fault. */
        rmw_value(j, op, b, 0);
        out_after_load(j);
        out_before_store(j);
        out_mem(j, 0, op->sz, false, T2, m);
        cinv = op->fl_def ? rmw_value(j, op, b, op->fl_def) : false;
        fl_end(j, op, c, cinv);
        return;
    }
    addr = mem_addr(j, &op->mem);
    v = ZR;
    if (b.imm) {
        v = ra_in(&j->ra, op->in[0]);
    } else if (op->in[0] != TCG_NONE) {
        v = b.reg;
    }
    A64Stub *st = align_check(j, op, tci_rmw, kind, addr, v, ZR);
    uint32_t *loop = j->p;

    out_ldaxr(j, op->sz, T1, addr);
    rmw_value(j, op, b, 0);
    out_stlxr(j, op->sz, T3, T2, addr);
    out_cbz(j, true, false, T3, loop);
    cinv = op->fl_def ? rmw_value(j, op, b, op->fl_def) : false;
    slow_back(j, st, cinv);
    fl_end(j, op, c, cinv);
}

/* ---- atomics ------------------------------------------------------------------- */

static void result(A64Jit *j, const TCGOp *op, unsigned r)
{
    if (!out_dead(op, 0)) {
        unsigned rd = out_reg(j, op->out[0]);

        out_zext(j, op->sz, rd, r);
        out_done(j, op->out[0], rd);
    }
}

void lower_xadd(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned addr, v, c = op->fl_def ? op->fl_def | FL_NZCV : 0;
    A64Stub *st;
    uint32_t *loop;

    fl_begin(j, op, c);
    v = inz(j, op->in[0]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_xadd, 0, addr, v, ZR);
    loop = j->p;
    out_ldaxr(j, op->sz, T1, addr);
    out_rrr(j, A_ADD, true, T2, T1, v);
    out_stlxr(j, op->sz, T3, T2, addr);
    out_cbz(j, true, false, T3, loop);
    if (op->fl_def) {
        out_alu(j, TCG_RMW_ADD, op->sz, T2, T1, (A64Src){ .reg = v },
                op->fl_def);
    }
    slow_back(j, st, false);
    result(j, op, T1);
    fl_end(j, op, c, false);
}

void lower_xchg(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned v = inz(j, op->in[0]), addr = mem_addr(j, &op->mem);
    A64Stub *st = align_check(j, op, tci_xchg, 0, addr, v, ZR);
    uint32_t *loop = j->p;

    out_ldaxr(j, op->sz, T1, addr);
    out_stlxr(j, op->sz, T3, v, addr);
    out_cbz(j, true, false, T3, loop);
    slow_back(j, st, false);
    result(j, op, T1);
}

void lower_cmpxchg(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned e, v, addr;
    bool sf = op->sz == MO_64;
    uint32_t *loop, *differs;
    A64Stub *st;

    fl_begin(j, op, FL_ALL);
    e = inz(j, op->in[0]);
    v = inz(j, op->in[1]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_cmpxchg, 0, addr, e, v);
    loop = j->p;
    out_ldaxr(j, op->sz, T1, addr);
    out_rrr(j, A_EOR, sf, T2, T1, e);
    if (op->sz < MO_32) {
        out_zext(j, op->sz, T2, T2);
    }
    differs = out_cbz(j, true, sf, T2, NULL);
    out_stlxr(j, op->sz, T3, v, addr);
    out_cbz(j, true, false, T3, loop);
    uint32_t *done = out_b(j, NULL);
    /* Hardware writes in either case, and faults if it can't. */
    out_bind(differs, j->p);
    out_stlxr(j, op->sz, T3, T1, addr);
    out_cbz(j, true, false, T3, loop);
    out_bind(done, j->p);
    if (op->fl_def) {
        out_alu(j, TCG_RMW_SUB, op->sz, T2, e, (A64Src){ .reg = T1 },
                op->fl_def);
    }
    slow_back(j, st, true);
    result(j, op, T1);
    fl_end(j, op, FL_ALL, true);
}

/* x1 = address, x2 = four values in REF_SLOT. */
static void cmpxchg2_help(TCGEnv *env, uint64_t word, uint64_t addr,
                          uint64_t *v)
{
    TCIAtomic t;
    uint32_t w = word;

    memcpy(&t, &w, sizeof(t));
    tci_cmpxchg2(env, t, addr, v);
}

void lower_cmpxchg2(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    TCIAtomic t = { .sz = op->sz, .lock = op->attr & OPA_LOCK,
                    .fl_def = op->fl_def };
    int32_t vals = REF_SLOT + 64;
    uint32_t word;
    unsigned a;

    memcpy(&word, &t, sizeof(word));
    fl_save(j, op->fl_live);
    a = mem_addr(j, &op->mem);
    out_st_env(j, MO_64, a, ARG_SLOT + 8);
    for (unsigned k = 0; k < 4; k++) {
        out_st_env(j, MO_64, inz(j, op->in[k]), vals + 8 * k);
        ra_unlock_all(&j->ra);
    }
    out_movi(j, T1, word);
    out_st_env(j, MO_64, T1, ARG_SLOT);
    out_add_imm(j, true, T1, R_ENV, vals, T1);
    out_st_env(j, MO_64, T1, ARG_SLOT + 16);
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, cmpxchg2_help);
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_ld_env(j, MO_64, rd, vals + 8 * k);
            out_done(j, op->out[k], rd);
        }
    }
    j->fl_m |= op->fl_def;
}

void lower_prefetch(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned a = mem_addr(j, &op->mem);

    /* prfm pldl1keep, [a] */
    o32(j, 0xf9800000 | (op->imm == 4 ? 16 : 0) | a << 5);
}

void lower_fence(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    static const uint32_t insn[] = {
        0xd503201f, 0xd50339bf, 0xd5033abf, 0xd5033bbf, 0xd503203f,
    };

    o32(j, insn[MIN(op->imm, 4)]);
}

/* ---- strings --------------------------------------------------------------------- */

static uint64_t movs_help(TCGEnv *env, uint64_t sz, uint64_t *di,
                          uint64_t *si, uint64_t *cx)
{
    tci_rep_movs(env, sz, di, si, cx);
    return 0;
}

static uint64_t stos_help(TCGEnv *env, uint64_t sz, uint64_t *di,
                          uint64_t *cx, uint64_t val)
{
    tci_rep_stos(env, sz, di, cx, val);
    return 0;
}

/* The functions work on the globals' homes, so that progress shows on a fault;
 * other operands go through slots. */
static void string_op(A64Jit *j, const TCGOp *op, const void *func,
                      unsigned n, bool val)
{
    int32_t slot = REF_SLOT + 64, at[3];

    fl_save(j, op->fl_live);
    for (unsigned k = 0; k < n; k++) {
        const TCGTemp *t = &j->s->temps[op->in[k]];

        if (op->in[k] == op->out[k] && t->kind == TEMP_GLOBAL) {
            at[k] = t->offset;
        } else {
            at[k] = slot + 8 * k;
            out_st_env(j, MO_64, inz(j, op->in[k]), at[k]);
            ra_unlock_all(&j->ra);
        }
        out_add_imm(j, true, T0, R_ENV, at[k], T0);
        out_st_env(j, MO_64, T0, ARG_SLOT + 8 + 8 * k);
    }
    if (val) {
        out_st_env(j, MO_64, inz(j, op->in[n]), ARG_SLOT + 8 + 8 * n);
    }
    out_movi(j, T0, op->sz);
    out_st_env(j, MO_64, T0, ARG_SLOT);
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, func);
    for (unsigned k = 0; k < n; k++) {
        if (!out_dead(op, k) && at[k] == slot + 8 * (int32_t)k) {
            unsigned rd = out_reg(j, op->out[k]);

            out_ld_env(j, MO_64, rd, at[k]);
            out_done(j, op->out[k], rd);
        }
    }
}

void lower_rep_movs(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    string_op(j, op, movs_help, 3, false);
}

void lower_rep_stos(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    string_op(j, op, stos_help, 2, true);
}
