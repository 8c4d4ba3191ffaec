/* SPDX-License-Identifier: MIT */
/*
 * Lowering of the mmu op: a guest address through the TLB of the current mode,
 * in eight instructions on a hit, nine where the guest's flags are in NZCV.  A
 * miss goes through a thunk that keeps all registers (thunks.c), to
 * tcg/softmmu.c.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"
#include "tcg/softmmu.h"

enum { A_LDP = (int)0xa9400000 };

/* Two words from rn + off: r1 the lower. */
static void out_ldp(A64Jit *j, unsigned r1, unsigned r2, unsigned rn,
                    unsigned off)
{
    o32(j, (uint32_t)A_LDP | off / 8 << 15 | r2 << 10 | rn << 5 | r1);
}

/* reg[0] = guest address, reg[1] = result */
static void emit_miss(A64Jit *j, A64Stub *st)
{
    out_bind(st->loc, j->p);
    out_st_env(j, MO_64, st->reg[0], KEEP_SLOT);
    out_movi(j, T1, st->op->imm);
    out_st_env(j, MO_64, T1, KEEP_SLOT + 8);
    /* A fault finds the flags at home. */
    fl_save(j, st->op->fl_live);
    fault_point(j);
    out_bl(j, a64_thunks.mmu);
    out_ld_env(j, MO_64, st->reg[1], KEEP_SLOT);
    out_b(j, st->back);
}

/* Branches away if T2 + size is beyond the page; T3 is used, NZCV if cmp. */
static uint32_t *out_page_check(A64Jit *j, unsigned size, bool cmp)
{
    unsigned last = T2;

    if (cmp) {
        out_arith_imm(j, A_SUBS, true, ZR, T2, MMU_PAGE - size);
        return out_bcond(j, HI, NULL);
    }
    if (size > 1) {
        out_arith_imm(j, A_ADD, true, T3, T2, size - 1);
        last = T3;
    }
    out_lsr(j, true, T3, last, MMU_PAGE_BITS);
    return out_cbz(j, true, true, T3, NULL);
}

void lower_mmu(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    bool keep = op->fl_live & j->fl_h & FL_NZCV;
    unsigned addr = mem_addr(j, &op->mem), rd;
    uint32_t *miss;
    A64Stub *st;

    G_STATIC_ASSERT(offsetof(TCGEnv, tlb_table) ==
                    offsetof(TCGEnv, tlb_mask) + 8);
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    if (addr != T0 && j->ra.val[RC_INT][addr] != TCG_NONE) {
        ra_lock(&j->ra, RC_INT, addr);
    }
    rd = out_reg(j, op->out[0]);        /* may be addr: written last */
    out_ldp(j, T1, T2, R_ENV, offsetof(TCGEnv, tlb_mask));
    out_rrs(j, A_AND, true, T1, T1, addr, LSR,
            MMU_PAGE_BITS - TLB_ENTRY_BITS);
    out_rrr(j, A_ADD, true, T1, T1, T2);
    if (op->imm & MMU_ACC_ST) {
        out_ldp(j, T1, T2, T1, offsetof(TLBEntry, host));
    } else {
        out_ldp(j, T2, T1, T1, offsetof(TLBEntry, read));
    }
    out_rrr(j, A_SUB, true, T2, addr, T2);
    miss = out_page_check(j, op->imm & MMU_SIZE_MASK, !keep);
    if (!keep) {
        j->fl_h &= ~FL_NZCV;
    }
    out_rrr(j, A_ADD, true, rd, T1, T2);
    st = stub_new(j, emit_miss, miss);
    st->reg[0] = addr;
    st->reg[1] = rd;
    st->back = j->p;
    out_done(j, op->out[0], rd);
}
