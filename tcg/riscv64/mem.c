/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer memory rows: loads, stores, read-modify-write, atomics
 * and string operations.  Addresses are the host's.
 *
 * Locked 32- and 64-bit operations are AMOs or LR/SC loops with both ordering
 * bits; a misaligned one, which those cannot do, goes out of line to the
 * interpreter's functions, as smaller ones do in the open.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"
#include "tcg/tci/tci-int.h"

static const uint16_t ld_u[] = { LBU, LHU, LWU, LD };
static const uint16_t ld_s[] = { LB, LH, LW, LD };
static const uint16_t st_w[] = { SB, SH, SW, SD };

void lower_ld(RVJit *j, const TCGOp *op, const RVOp *x)
{
    RVMem m = mem_opnd(j, &op->mem, 0);
    unsigned rd = out_reg(j, op->out[0]), ext = op->imm > op->sz ? op->imm : 0;

    out_guest_ld(j, ext ? ld_s[op->sz] : ld_u[op->sz], rd, m);
    if (ext && ext < MO_64) {
        out_zext(j, ext, rd, rd);
    }
    out_after_load(j);
    out_done(j, op->out[0], rd);
}

void lower_st(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned r = inz(j, op->in[0]);
    RVMem m = mem_opnd(j, &op->mem, 0);

    out_before_store(j);
    out_guest_st(j, st_w[op->sz], r, m);
}

/* ---- read-modify-write ----------------------------------------------------------- */

static uint32_t atomic_word(const TCGOp *op, unsigned kind, bool lock,
                            unsigned fl_def)
{
    TCIAtomic t = { .sz = op->sz, .lock = lock, .kind = kind,
                    .fl_def = fl_def };
    uint32_t word;

    G_STATIC_ASSERT(sizeof(t) == sizeof(word));
    memcpy(&word, &t, sizeof(word));
    return word;
}

/* The call of an interpreter's function: a = function; reg: address, first,
 * second operand; b = the TCIAtomic word.  T1 = its result, sign-extended. */
static void emit_atomic_slow(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    out_st_env(j, MO_64, st->reg[0], KEEP_SLOT + 8);
    out_st_env(j, MO_64, st->reg[1], KEEP_SLOT + 16);
    out_st_env(j, MO_64, st->reg[2], KEEP_SLOT + 24);
    out_movi(j, T1, st->b);
    out_st_env(j, MO_64, T1, KEEP_SLOT);
    out_movi(j, T0, st->a);
    fault_point(j);
    out_call(j, rv_thunks.keep);
    j->vtype = rv_host.v ? VT_E8 : VT_NONE;
    out_sext(j, st->op->sz, T1, T0);
    stub_return(j, st);
}

/* Branches to the slow way if addr is misaligned.  T2 is used. */
static RVStub *align_check(RVJit *j, const TCGOp *op, const void *func,
                           unsigned kind, unsigned addr, unsigned v,
                           unsigned v2)
{
    RVStub *st;

    out_rri(j, ANDI, T2, addr, (1 << op->sz) - 1);
    st = stub_new(j, emit_atomic_slow, out_bnez(j, T2));
    st->a = (uintptr_t)func;
    st->b = atomic_word(op, kind, true, 0);
    st->reg[0] = addr;
    st->reg[1] = v;
    st->reg[2] = v2;
    return st;
}

/* op's flags, of the old value in T1 (sign-extended) and b; the result is put
 * into R_FR. */
static void rmw_flags(RVJit *j, const TCGOp *op, unsigned kind, RVOpnd b,
                      RVFlags *f)
{
    bool logic = kind == TCG_RMW_AND || kind == TCG_RMW_OR ||
                 kind == TCG_RMW_XOR;
    unsigned a = T1;

    *f = (RVFlags){ .kind = kind == TCG_RMW_ADD ? K_ADD : K_SUB,
                    .sz = op->sz };
    if (kind == TCG_RMW_NEG) {
        kind = TCG_RMW_SUB;
        a = ZR;
        b = (RVOpnd){ .reg = T1 };
    }
    if (logic) {
        f->kind = K_LOGIC;
    } else {
        addsub_sources(j, f, kind, op->sz, op->fl_def, a, b, 0xff,
                       fl_fused(j, op));
    }
    emit_alu(j, kind, op->sz, R_FR, a, b);
    if (op->sz < MO_32 || (logic && op->sz == MO_32)) {
        out_sext(j, op->sz, R_FR, R_FR);
    }
    f->r = (RVSrc){ .loc = R_FR };
}

/* T2 = T1 with bit n (a register) set, reset or complemented. */
static void bit_op(RVJit *j, unsigned kind, unsigned sz, unsigned n)
{
    out_rri(j, ADDI, T2, ZR, 1);
    out_rrr(j, wide(sz, SLL), T2, T2, n);
    if (kind == TCG_RMW_BTR) {
        out_rri(j, XORI, T2, T2, -1);
    }
    out_rrr(j, kind == TCG_RMW_BTS ? OR : kind == TCG_RMW_BTR ? AND : XOR,
            T2, T1, T2);
}

/* By the interpreter's function, in the open. */
static void rmw_by_helper(RVJit *j, const TCGOp *op)
{
    uint32_t word = atomic_word(op, op->imm, op->attr & OPA_LOCK, op->fl_def);
    unsigned a;

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
    fl_home(j, op);
}

/* The kind and operand that others come down to. */
static unsigned plain_kind(unsigned kind, RVOpnd *b)
{
    if (kind == TCG_RMW_INC || kind == TCG_RMW_DEC) {
        *b = (RVOpnd){ .imm = true, .known = true, .v = 1 };
        return kind == TCG_RMW_INC ? TCG_RMW_ADD : TCG_RMW_SUB;
    }
    if (kind == TCG_RMW_NOT) {
        *b = (RVOpnd){ .imm = true, .known = true, .v = -1 };
        return TCG_RMW_XOR;
    }
    return kind;
}

static void rmw_plain(RVJit *j, const TCGOp *op, unsigned kind, RVOpnd b)
{
    RVMem m = mem_opnd(j, &op->mem, 0);
    RVFlags f = { 0 };
    unsigned r = T2;

    out_guest_ld(j, ld_s[op->sz], T1, m);
    if (op->fl_def) {
        rmw_flags(j, op, kind, b, &f);
        r = R_FR;
    } else if (kind == TCG_RMW_NEG) {
        out_rrr(j, SUB, T2, ZR, T1);
    } else if (kind >= TCG_RMW_BTS) {
        bit_op(j, kind, op->sz, b.reg);
    } else {
        emit_alu(j, kind, op->sz, T2, T1, b);
    }
    out_after_load(j);
    out_before_store(j);
    out_guest_st(j, st_w[op->sz], r, m);
    fl_end(j, op, &f);
}

static void out_amo(RVJit *j, unsigned sz, uint32_t w, unsigned rd,
                    unsigned addr, unsigned v)
{
    fault_point(j);
    out_rrr(j, w | (sz == MO_64 ? AMO_D : AMO_W), rd, addr, v);
}

/* T2 = what the AMO takes; its word is returned. */
static uint32_t amo_operand(RVJit *j, unsigned kind, unsigned sz, RVOpnd b)
{
    switch (kind) {
    case TCG_RMW_BTS:
    case TCG_RMW_BTR:
    case TCG_RMW_BTC:
        out_rri(j, ADDI, T2, ZR, 1);
        out_rrr(j, wide(sz, SLL), T2, T2, b.reg);
        if (kind == TCG_RMW_BTR) {
            out_rri(j, XORI, T2, T2, -1);
        }
        return kind == TCG_RMW_BTS ? AMOOR : kind == TCG_RMW_BTR ? AMOAND
                                                                  : AMOXOR;
    case TCG_RMW_SUB:
        if (b.imm) {
            out_rri(j, ADDI, T2, ZR, -b.v);
        } else {
            out_rrr(j, SUB, T2, ZR, b.reg);
        }
        return AMOADD;
    default:
        if (b.imm) {
            out_rri(j, ADDI, T2, ZR, b.v);
        } else {
            out_mv(j, T2, b.reg);
        }
        return kind == TCG_RMW_ADD ? AMOADD : kind == TCG_RMW_AND ? AMOAND
             : kind == TCG_RMW_OR ? AMOOR : AMOXOR;
    }
}

static void rmw_locked(RVJit *j, const TCGOp *op, unsigned kind, RVOpnd b)
{
    unsigned addr = mem_addr(j, &op->mem), v = ZR;
    RVFlags f = { 0 };
    uint32_t *loop, w;
    RVStub *st;

    if (op->in[0] != TCG_NONE) {
        v = inz(j, op->in[0]);
    }
    st = align_check(j, op, tci_rmw, op->imm, addr, v, ZR);
    if (kind == TCG_RMW_NEG) {
        loop = j->p;
        out_amo(j, op->sz, LR | A_AQ | A_RL, T1, addr, ZR);
        out_rrr(j, SUB, T2, ZR, T1);
        out_amo(j, op->sz, SC | A_AQ | A_RL, T2, addr, T2);
        out_b_short(j, (RVCond){ BNE, T2, ZR }, loop);
    } else {
        w = amo_operand(j, kind, op->sz, b);
        out_amo(j, op->sz, w | A_AQ | A_RL, T1, addr, T2);
    }
    stub_back(j, st);
    if (op->fl_def) {
        rmw_flags(j, op, kind, b, &f);
        fl_end(j, op, &f);
    }
}

void lower_rmw(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned kind = op->imm;
    bool lock = op->attr & OPA_LOCK, bit = kind >= TCG_RMW_BTS;
    bool carry = kind == TCG_RMW_ADC || kind == TCG_RMW_SBB;
    RVOpnd b = { .reg = ZR };

    if (carry || (lock && op->sz < MO_32) ||
        (bit && (op->fl_def || op->sz < MO_32))) {
        rmw_by_helper(j, op);
        return;
    }
    fl_begin(j, op);
    if (op->in[0] != TCG_NONE) {
        if (bit) {
            b.reg = inz(j, op->in[0]);
        } else {
            b = alu_src(j, op->in[0], op->sz, kind == TCG_RMW_SUB);
        }
    }
    kind = plain_kind(kind, &b);
    (lock ? rmw_locked : rmw_plain)(j, op, kind, b);
}

/* ---- atomics ------------------------------------------------------------------- */

static void result(RVJit *j, const TCGOp *op, unsigned r)
{
    ra_unlock_all(&j->ra);
    if (!out_dead(op, 0)) {
        unsigned rd = out_reg(j, op->out[0]);

        out_zext(j, op->sz, rd, r);
        out_done(j, op->out[0], rd);
    }
}

/* Small or misaligned for certain: a call in the open; the result in T0. */
static void by_helper(RVJit *j, const TCGOp *op, const void *func,
                      unsigned nb)
{
    bool lock = op->opc == TCG_xchg || (op->attr & OPA_LOCK);
    unsigned a;

    fl_save(j, op->fl_live | op->fl_use);
    a = mem_addr(j, &op->mem);
    out_st_env(j, MO_64, a, ARG_SLOT + 8);
    out_movi(j, T1, atomic_word(op, 0, lock, op->fl_def));
    out_st_env(j, MO_64, T1, ARG_SLOT);
    for (unsigned k = 0; k < nb; k++) {
        out_st_env(j, MO_64, inz(j, op->in[k]), ARG_SLOT + 16 + 8 * k);
        ra_unlock_all(&j->ra);
    }
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, func);
    fl_home(j, op);
    result(j, op, T0);
}

void lower_xadd(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned addr, v;
    RVFlags f = { 0 };
    RVStub *st;

    if (op->sz < MO_32) {
        by_helper(j, op, tci_xadd, 1);
        return;
    }
    fl_begin(j, op);
    v = inz(j, op->in[0]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_xadd, 0, addr, v, ZR);
    out_amo(j, op->sz, AMOADD | A_AQ | A_RL, T1, addr, v);
    stub_back(j, st);
    if (op->fl_def) {
        bool dies = v == (unsigned)ra_pin(&j->ra, op->out[0]);
        RVOpnd b = { .reg = v };

        f = (RVFlags){ .kind = K_ADD, .sz = op->sz };
        addsub_sources(j, &f, TCG_RMW_ADD, op->sz, op->fl_def, T1, b,
                       dies ? v : 0xff, false);
        emit_alu(j, TCG_RMW_ADD, op->sz, R_FR, T1, b);
        f.r = (RVSrc){ .loc = R_FR };
    }
    result(j, op, T1);
    fl_end(j, op, &f);
}

void lower_xchg(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned v, addr;
    RVStub *st;

    if (op->sz < MO_32) {
        by_helper(j, op, tci_xchg, 1);
        return;
    }
    v = inz(j, op->in[0]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_xchg, 0, addr, v, ZR);
    out_amo(j, op->sz, AMOSWAP | A_AQ | A_RL, T1, addr, v);
    stub_back(j, st);
    result(j, op, T1);
}

/* T1 = the old value; v is stored if that was e.  T2 and T3 are used. */
static void cas_loop(RVJit *j, unsigned sz, unsigned addr, unsigned e,
                     unsigned v)
{
    uint32_t *loop, *differs, *done;

    if (sz == MO_32) {
        out_sext(j, MO_32, T2, e);
        e = T2;
    }
    loop = j->p;
    out_amo(j, sz, LR | A_AQ | A_RL, T1, addr, ZR);
    differs = out_b_short(j, (RVCond){ BNE, T1, e }, NULL);
    out_amo(j, sz, SC | A_AQ | A_RL, T3, addr, v);
    out_b_short(j, (RVCond){ BNE, T3, ZR }, loop);
    done = out_jal(j, ZR, NULL);
    /* Hardware writes in either case, and faults if it can't. */
    out_bind(j, differs, j->p);
    out_amo(j, sz, SC | A_AQ | A_RL, T3, addr, T1);
    out_bind(j, done, j->p);
}

/* What flags are made of: e less the old value in T1. */
static void cmpxchg_flags(RVJit *j, const TCGOp *op, unsigned e, RVFlags *f)
{
    out_st_env(j, MO_64, T1, FLAG_B);
    f->b.loc = LOC_MEM;
    if (e >= 8 && e < 24 && e != (unsigned)ra_pin(&j->ra, op->out[0])) {
        f->a = (RVSrc){ .loc = e, .raw = op->sz == MO_32 };
    } else if (e != ZR) {
        out_sext(j, op->sz, R_FR, e);
        f->a.loc = R_FR;
    }
}

void lower_cmpxchg(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned e, v, addr;
    RVFlags f = { .kind = K_SUB, .sz = op->sz, .r.loc = LOC_NONE };
    RVStub *st;

    if (op->sz < MO_32) {
        by_helper(j, op, tci_cmpxchg, 2);
        return;
    }
    fl_begin(j, op);
    e = inz(j, op->in[0]);
    v = inz(j, op->in[1]);
    addr = mem_addr(j, &op->mem);
    st = align_check(j, op, tci_cmpxchg, 0, addr, e, v);
    if (rv_host.zacas) {
        out_sext(j, op->sz, T1, e);
        out_amo(j, op->sz, AMOCAS | A_AQ | A_RL, T1, addr, v);
    } else {
        cas_loop(j, op->sz, addr, e, v);
    }
    stub_back(j, st);
    if (op->fl_def) {
        cmpxchg_flags(j, op, e, &f);
    }
    result(j, op, T1);
    fl_end(j, op, &f);
}

/* v: four values in the env. */
static void cmpxchg2_help(TCGEnv *env, uint64_t word, uint64_t addr,
                          uint64_t *v)
{
    TCIAtomic t;
    uint32_t w = word;

    memcpy(&t, &w, sizeof(t));
    tci_cmpxchg2(env, t, addr, v);
}

/* Not aligned to 16 bytes: a fault, which the function raises. */
static void emit_cas_fault(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    out_st_env(j, MO_64, T0, KEEP_SLOT + 8);
    out_addi(j, T1, R_ENV, (int32_t)st->b - ENV_BIAS, T1);
    out_st_env(j, MO_64, T1, KEEP_SLOT + 16);
    out_movi(j, T1, st->a);
    out_st_env(j, MO_64, T1, KEEP_SLOT);
    out_movi(j, T0, (uintptr_t)cmpxchg2_help);
    fault_point(j);
    out_call(j, rv_thunks.keep);
    stub_return(j, st);
}

/* CMPXCHG16B by AMOCAS.Q; address and values are in the slots, no temporary
 * is in use. */
static void cmpxchg16(RVJit *j, const TCGOp *op, uint32_t word, int32_t vals)
{
    enum { NEW = 28, OLD = T1, X = 30 };
    RVFlags f = { .kind = K_RES, .sz = MO_64, .r.loc = R_FR };
    RVStub *st;

    out_ld_env(j, MO_64, T0, ARG_SLOT + 8);
    out_rri(j, ANDI, T2, T0, 15);
    st = stub_new(j, emit_cas_fault, out_bnez(j, T2));
    st->a = word;
    st->b = vals;
    stub_back(j, st);
    for (unsigned k = 0; k < 2; k++) {
        out_ld_env(j, MO_64, OLD + k, vals + 8 * k);
        out_ld_env(j, MO_64, NEW + k, vals + 16 + 8 * k);
    }
    fault_point(j);
    out_rrr(j, AMO_Q | AMOCAS | A_AQ | A_RL, OLD, T0, NEW);
    if (op->fl_def) {
        out_ld_env(j, MO_64, X, vals);
        out_rrr(j, XOR, R_FR, OLD, X);
        out_ld_env(j, MO_64, X, vals + 8);
        out_rrr(j, XOR, X, OLD + 1, X);
        out_rrr(j, OR, R_FR, R_FR, X);
        fl_end(j, op, &f);
    }
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_mv(j, rd, OLD + k);
            out_done(j, op->out[k], rd);
        }
    }
}

void lower_cmpxchg2(RVJit *j, const TCGOp *op, const RVOp *x)
{
    uint32_t word = atomic_word(op, 0, op->attr & OPA_LOCK, op->fl_def);
    int32_t vals = REF_SLOT + 64;
    bool cas = rv_host.zacas && op->sz == MO_64;
    unsigned a;

    fl_save(j, op->fl_live & (cas ? ~op->fl_def : FL_ALL));
    a = mem_addr(j, &op->mem);
    out_st_env(j, MO_64, a, ARG_SLOT + 8);
    for (unsigned k = 0; k < 4; k++) {
        out_st_env(j, MO_64, inz(j, op->in[k]), vals + 8 * k);
        ra_unlock_all(&j->ra);
    }
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    if (cas) {
        cmpxchg16(j, op, word, vals);
        return;
    }
    out_movi(j, T1, word);
    out_st_env(j, MO_64, T1, ARG_SLOT);
    out_addi(j, T1, R_ENV, vals - ENV_BIAS, T1);
    out_st_env(j, MO_64, T1, ARG_SLOT + 16);
    out_helper_call(j, cmpxchg2_help);
    for (unsigned k = 0; k < 2; k++) {
        if (!out_dead(op, k)) {
            unsigned rd = out_reg(j, op->out[k]);

            out_ld_env(j, MO_64, rd, vals + 8 * k);
            out_done(j, op->out[k], rd);
        }
    }
    fl_home(j, op);
}

void lower_prefetch(RVJit *j, const TCGOp *op, const RVOp *x)
{
}

void lower_fence(RVJit *j, const TCGOp *op, const RVOp *x)
{
    static const uint32_t insn[] = {
        0x00000013, 0x0220000f, 0x0110000f, 0x0330000f, 0x0100000f,
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
static void string_op(RVJit *j, const TCGOp *op, const void *func, unsigned n,
                      bool val)
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
        out_addi(j, T0, R_ENV, at[k] - ENV_BIAS, T0);
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
    out_after_load(j);
    for (unsigned k = 0; k < n; k++) {
        if (!out_dead(op, k) && at[k] == slot + 8 * (int32_t)k) {
            unsigned rd = out_reg(j, op->out[k]);

            out_ld_env(j, MO_64, rd, at[k]);
            out_done(j, op->out[k], rd);
        }
    }
}

void lower_rep_movs(RVJit *j, const TCGOp *op, const RVOp *x)
{
    string_op(j, op, movs_help, 3, false);
}

void lower_rep_stos(RVJit *j, const TCGOp *op, const RVOp *x)
{
    string_op(j, op, stos_help, 2, true);
}
