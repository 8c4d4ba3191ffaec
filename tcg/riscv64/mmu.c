/* SPDX-License-Identifier: MIT */
/*
 * Lowering of the mmu op: a guest address through the TLB of the current mode,
 * in twelve instructions on a hit.  A miss goes through a thunk that keeps
 * every register but T0 to T2 and ra (thunks.c), to tcg/softmmu.c.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"
#include "tcg/softmmu.h"

/* reg[0] = the thunk's answer for the address in reg[1]; b = the access.
 * Flags not at home are in the fault table, for rv_exit_helper(). */
static void emit_miss(RVJit *j, RVStub *st)
{
    out_bind(j, st->loc, j->p);
    out_mv(j, T0, st->reg[1]);
    out_movi(j, T1, st->b);
    fault_point(j);
    out_call(j, rv_thunks.mmu);
    j->vtype = rv_host.v ? VT_E8 : VT_NONE;
    out_mv(j, st->reg[0], T0);
    stub_return(j, st);
}

/* T1 = the entry that addr could be in; T2 is used. */
static void out_entry(RVJit *j, unsigned addr)
{
    out_ld_env(j, MO_64, T1, ENVOFF(tlb_mask));
    out_rri(j, SRLI, T2, addr, MMU_PAGE_BITS - TLB_ENTRY_BITS);
    out_rrr(j, AND, T1, T1, T2);
    out_ld_env(j, MO_64, T2, ENVOFF(tlb_table));
    out_rrr(j, ADD, T1, T1, T2);
}

/* Branches if size bytes at offset off do not lie in the page. */
static uint32_t *out_beyond(RVJit *j, unsigned off, unsigned size)
{
    if (size == 1) {
        out_rri(j, SRLI, T3, off, MMU_PAGE_BITS);
        return out_bnez(j, T3);
    }
    o32(j, LUI | MMU_PAGE | T3 << 7);
    out_rri(j, ADDI, T3, T3, -(int)size);
    return out_b(j, (RVCond){ BLTU, T3, off }, NULL);
}

void lower_mmu(RVJit *j, const TCGOp *op, const RVOp *x)
{
    unsigned size = op->imm & MMU_SIZE_MASK;
    unsigned tag = op->imm & MMU_ACC_ST ? offsetof(TLBEntry, write)
                                        : offsetof(TLBEntry, read);
    unsigned addr = mem_addr(j, &op->mem), rd;
    RVStub *st;

    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    rd = out_reg(j, op->out[0]);
    out_entry(j, addr);
    out_rri(j, LD, T2, T1, tag);
    out_rri(j, LD, T1, T1, offsetof(TLBEntry, host));
    out_rrr(j, SUB, T2, addr, T2);
    st = stub_new(j, emit_miss, out_beyond(j, T2, size));
    /* rd may be the address's register: up to here that was needed. */
    out_rrr(j, ADD, rd, T1, T2);
    st->reg[0] = rd;
    st->reg[1] = addr;
    st->b = op->imm;
    stub_back(j, st);
    out_done(j, op->out[0], rd);
}
