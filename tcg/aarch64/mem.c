/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of integer memory rows: loads, stores and string operations.
 * Addresses are the host's.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"
#include "tcg/tci/tci-int.h"

static void ld_ordered(A64Jit *j, const TCGOp *op)
{
    unsigned ext = op->imm > op->sz ? op->imm : 0, rd;
    A64Mem m = ordered_mem(j, &op->mem);

    rd = out_reg(j, op->out[0]);
    out_load_acquire(j, op->sz, rd, m);
    if (ext) {
        out_sext(j, op->sz, ext == MO_64, rd, rd);
    }
    if (ext == MO_16) {
        out_zext(j, MO_16, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

void lower_ld(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    A64Mem m;
    unsigned rd, ext = op->imm > op->sz ? op->imm : 0;

    if (a64_ordered) {
        ld_ordered(j, op);
        return;
    }
    m = mem_opnd(j, &op->mem, op->sz);
    rd = out_reg(j, op->out[0]);
    out_mem(j, ext == 0 ? 1 : ext == 3 ? 2 : 3, op->sz, false, rd, m);
    if (ext == 1) {
        out_zext(j, MO_16, rd, rd);
    }
    out_done(j, op->out[0], rd);
}

void lower_st(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    unsigned r = inz(j, op->in[0]);

    if (a64_ordered) {
        out_store_release(j, op->sz, r, ordered_mem(j, &op->mem));
    } else {
        out_mem(j, 0, op->sz, false, r, mem_opnd(j, &op->mem, op->sz));
    }
}

/* ---- hints and barriers -------------------------------------------------------------- */

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
    out_after_load(j);
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
