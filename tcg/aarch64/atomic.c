/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of read-modify-write of memory and of the locked instructions.
 *
 * Atomic accesses are one instruction with FEAT_LSE, else exclusive-load loops
 * with a barrier behind; a misaligned one goes out of line to the interpreter's
 * functions.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"
#include "tcg/tci/tci-int.h"

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
    if (op->opc == TCG_rmw && op->imm >= TCG_RMW_BTS && op->fl_def) {
        out_ld_env(j, MO_32, T0, ENVOFF(flags));
        out_flag_bit(j, 29, T0, 8);    /* the others stay */
    } else if (op->fl_def) {
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

/* FEAT_LSE: the instruction for kind with acquire and release, or 0; *change:
 * how the operand is changed first (1: negated, 2: inverted). */
static uint32_t lse_insn(unsigned kind, unsigned *change)
{
    *change = kind == TCG_RMW_SUB || kind == TCG_RMW_DEC ? 1
              : kind == TCG_RMW_AND || kind == TCG_RMW_NOT ? 2 : 0;
    switch (kind) {
    case TCG_RMW_ADD:
    case TCG_RMW_SUB:
    case TCG_RMW_INC:
    case TCG_RMW_DEC:
        return 0x38e00000;                              /* ldaddal */
    case TCG_RMW_AND:
    case TCG_RMW_BTR:
        return 0x38e01000;                              /* ldclral */
    case TCG_RMW_XOR:
    case TCG_RMW_NOT:
    case TCG_RMW_BTC:
        return 0x38e02000;                              /* ldeoral */
    case TCG_RMW_OR:
    case TCG_RMW_BTS:
        return 0x38e03000;                              /* ldsetal */
    default:
        return 0;
    }
}

/* T1 = the old value; b: the operand of op, which T2 may change. */
static void rmw_lse(A64Jit *j, const TCGOp *op, uint32_t w, unsigned change,
                    A64Src b, unsigned addr)
{
    bool sf = op->sz == MO_64;
    unsigned kind = op->imm, v = b.reg;

    if (kind == TCG_RMW_INC || kind == TCG_RMW_DEC) {
        out_movi(j, T2, kind == TCG_RMW_INC ? 1 : UINT64_MAX);
        v = T2;
    } else if (kind == TCG_RMW_NOT) {
        out_movi(j, T2, UINT64_MAX);
        v = T2;
    } else if (kind >= TCG_RMW_BTS) {
        out_movi(j, T2, 1);
        out_rrr(j, A_LSLV, sf, T2, T2, b.reg);
        v = T2;
    } else if (b.imm) {
        out_movi(j, T2, change == 1 ? -b.v : change == 2 ? ~b.v : b.v);
        v = T2;
    } else if (change) {
        out_rrr(j, change == 1 ? A_SUB : A_ORN, sf, T2, ZR, b.reg);
        v = T2;
    }
    fault_point(j);
    o32(j, w | op->sz << 30 | v << 16 | addr << 5 | T1);
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

/* Not locked: the memory operand twice. */
static void rmw_plain(A64Jit *j, const TCGOp *op, A64Src b, unsigned c)
{
    bool cinv;
    A64Mem m;

    if (a64_ordered) {
        unsigned addr = mem_addr(j, &op->mem);

        if (addr != T0) {
            out_mov(j, true, T0, addr);
        }
        m = (A64Mem){ .base = T0, .index = -1 };
        out_load_acquire(j, op->sz, T1, m);
        rmw_value(j, op, b, 0);
        out_store_release(j, op->sz, T2, m);
    } else {
        m = mem_opnd(j, &op->mem, op->sz);
        out_mem(j, 1, op->sz, false, T1, m);
        /* Not yet the flags: the store may fault. */
        rmw_value(j, op, b, 0);
        out_mem(j, 0, op->sz, false, T2, m);
    }
    cinv = op->fl_def ? rmw_value(j, op, b, op->fl_def) : false;
    fl_end(j, op, c, cinv);
}

/* Locked BTS and kin: CF is the bit that was; no other flag changes. */
static void bit_flag(A64Jit *j, const TCGOp *op, unsigned n)
{
    if (op->fl_def & FL_C) {
        fl_polarity(j, false);
        out_rrr(j, A_LSRV, op->sz == MO_64, T1, T1, n);
        out_flag_bit(j, 29, T1, 0);
    }
}

void lower_rmw(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned kind = op->imm, c, addr, v, change;
    bool lock = op->attr & OPA_LOCK, cinv, bit = kind >= TCG_RMW_BTS;
    bool carry = kind == TCG_RMW_ADC || kind == TCG_RMW_SBB;
    A64Src b = { .reg = ZR };
    uint32_t w;

    if ((carry && (lock || op->sz < MO_32)) || (bit && (op->sz < MO_32 || (op->fl_def && !lock)))) {
        rmw_by_helper(j, op);
        return;
    }
    c = bit ? op->fl_def & FL_C
        : op->fl_def & FL_NZCV ? op->fl_def | FL_NZCV : op->fl_def;
    fl_begin(j, op, bit ? 0 : c);
    if (op->in[0] != TCG_NONE) {
        b = bit ? (A64Src){ .reg = ra_in(&j->ra, op->in[0]) }
                : alu_src(j, op->in[0], op->sz, kind);
    }
    if (carry) {
        fl_polarity(j, kind == TCG_RMW_SBB);    /* before T0 is the address */
    }
    if (!lock) {
        rmw_plain(j, op, b, c);
        return;
    }
    if (bit) {
        fl_polarity(j, false);      /* the same on both ways */
    }
    addr = mem_addr(j, &op->mem);
    v = ZR;
    if (b.imm) {
        v = ra_in(&j->ra, op->in[0]);
    } else if (op->in[0] != TCG_NONE) {
        v = b.reg;
    }
    A64Stub *st = align_check(j, op, tci_rmw, kind, addr, v, ZR);

    w = has(HF_LSE) ? lse_insn(kind, &change) : 0;
    if (w) {
        rmw_lse(j, op, w, change, b, addr);
    } else {
        uint32_t *loop = j->p;

        out_ldaxr(j, op->sz, T1, addr);
        rmw_value(j, op, b, 0);
        out_stlxr(j, op->sz, T3, T2, addr);
        out_cbz(j, true, false, T3, loop);
        out_after_locked(j);
    }
    if (bit) {
        bit_flag(j, op, b.reg);
        cinv = false;
    } else {
        cinv = op->fl_def ? rmw_value(j, op, b, op->fl_def) : false;
    }
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
    if (has(HF_LSE)) {
        fault_point(j);
        o32(j, 0x38e00000 | op->sz << 30 | v << 16 | addr << 5 | T1);
    } else {
        loop = j->p;
        out_ldaxr(j, op->sz, T1, addr);
        out_rrr(j, A_ADD, true, T2, T1, v);
        out_stlxr(j, op->sz, T3, T2, addr);
        out_cbz(j, true, false, T3, loop);
        out_after_locked(j);
    }
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
    uint32_t *loop;

    if (has(HF_LSE)) {
        fault_point(j);
        o32(j, 0x38e08000 | op->sz << 30 | v << 16 | addr << 5 | T1);
    } else {
        loop = j->p;
        out_ldaxr(j, op->sz, T1, addr);
        out_stlxr(j, op->sz, T3, v, addr);
        out_cbz(j, true, false, T3, loop);
        out_after_locked(j);
    }
    slow_back(j, st, false);
    result(j, op, T1);
}

/* T1 = the old value, whatever came of it. */
static void cmpxchg_loop(A64Jit *j, const TCGOp *op, unsigned e, unsigned v,
                         unsigned addr)
{
    bool sf = op->sz == MO_64;
    uint32_t *loop = j->p, *differs, *done;

    out_ldaxr(j, op->sz, T1, addr);
    out_rrr(j, A_EOR, sf, T2, T1, e);
    if (op->sz < MO_32) {
        out_zext(j, op->sz, T2, T2);
    }
    differs = out_cbz(j, true, sf, T2, NULL);
    out_stlxr(j, op->sz, T3, v, addr);
    out_cbz(j, true, false, T3, loop);
    done = out_b(j, NULL);
    /* Hardware writes in either case, and faults if it can't. */
    out_bind(differs, j->p);
    out_stlxr(j, op->sz, T3, T1, addr);
    out_cbz(j, true, false, T3, loop);
    out_bind(done, j->p);
    out_after_locked(j);
}

void lower_cmpxchg(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned e, v, addr;
    A64Stub *st;

    fl_begin(j, op, FL_ALL);
    e = inz(j, op->in[0]);
    v = inz(j, op->in[1]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_cmpxchg, 0, addr, e, v);
    if (has(HF_LSE)) {
        out_zext(j, op->sz, T1, e);
        fault_point(j);
        o32(j, 0x08e0fc00 | op->sz << 30 | T1 << 16 | addr << 5 | v);
    } else {
        cmpxchg_loop(j, op, e, v, addr);
    }
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
