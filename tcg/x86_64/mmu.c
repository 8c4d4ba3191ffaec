/* SPDX-License-Identifier: MIT */
/*
 * Lowering of the mmu op: a guest address through the TLB of the current mode,
 * in eight instructions on a hit.  A miss goes through a thunk that keeps all
 * registers (thunks.c), to tcg/softmmu.c.
 */
#include "util/osdep.h"

#include "tcg/softmmu.h"
#include "tcg/x86_64/x86-int.h"

typedef struct Miss {
    unsigned rd, ri;
    int32_t tag, sp_delta;
    uint8_t *back;
} Miss;

static void emit_miss(X86Jit *j, X86Stub *st)
{
    const Miss *ms = (const Miss *)(uintptr_t)st->a;
    TCGTB *tb = j->tb;

    out_bind(st->loc, j->p);
    j->tb = NULL;
    out_op(j, 0x03 | X_W, ms->rd, M(ms->ri, ms->tag));
    j->tb = tb;
    out_op(j, 0x89 | X_W, ms->rd, ENV(mmu_arg[0]));
    out_op(j, 0xc7 | X_W, 0, ENV(mmu_arg[1]));
    o32(j, st->b);
    /* A fault finds guest rsp up to date. */
    if (ms->sp_delta) {
        out_op(j, 0x8d | X_W, HOST_GUEST_RSP,
               M(HOST_GUEST_RSP, ms->sp_delta));
    }
    out_call(j, x86_thunks.mmu);
    j->insn = st->insn;
    j->fl_h = 0;
    fault_point_call(j);
    if (ms->sp_delta) {
        out_op(j, 0x8d | X_W, HOST_GUEST_RSP,
               M(HOST_GUEST_RSP, -ms->sp_delta));
    }
    out_op(j, 0x8b | X_W, ms->rd, ENV(mmu_arg[0]));
    out_jmp(j, ms->back);
}

/* rax is wanted by more than its share of ops: others first. */
static unsigned take(X86Jit *j)
{
    for (unsigned r = R14; r <= R15; r++) {
        if (j->ra.val[RC_INT][r] == TCG_NONE && !ra_locked(&j->ra, RC_INT, r)) {
            ra_lock(&j->ra, RC_INT, r);
            return r;
        }
    }
    return ra_tmp(&j->ra, RC_INT);
}

static void out_index(X86Jit *j, unsigned ri, unsigned rd)
{
    unsigned n = MMU_PAGE_BITS - TLB_ENTRY_BITS;

    if (have(HF_BMI2)) {                    /* rorx ri32, rd32, n */
        out_vex(j, 0xf0 | X_3A | X_F2, ri, 0, R(rd));
        o8(j, n);
    } else {
        out_mov_rr(j, MO_32, ri, rd);
        out_op_imm8(j, 0xc1, 5, R(ri), n);
    }
}

void lower_mmu(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned size = op->imm & MMU_SIZE_MASK;
    int32_t tag = op->imm & MMU_ACC_ST ? offsetof(TLBEntry, write)
                                       : offsetof(TLBEntry, read);
    Opnd m = mem_opnd(j, &op->mem);
    TCGTB *tb = j->tb;
    Miss *ms = tcg_malloc(j->s, sizeof(*ms));
    uint8_t *loc;
    X86Stub *st;

    ms->rd = take(j);
    if (m.base >= 0 && m.index < 0 && !m.disp) {
        out_mov_rr(j, MO_64, ms->rd, m.base);
    } else {
        out_op(j, 0x8d | X_W, ms->rd, m);
    }
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    ra_lock(&j->ra, RC_INT, ms->rd);
    ms->ri = take(j);
    ms->tag = tag;
    ms->sp_delta = j->sp_delta;
    out_index(j, ms->ri, ms->rd);
    out_op(j, 0x23, ms->ri, ENV(tlb_mask));
    out_op(j, 0x03 | X_W, ms->ri, ENV(tlb_table));
    j->tb = NULL;                           /* the table does not fault */
    out_op(j, 0x2b | X_W, ms->rd, M(ms->ri, tag));
    out_alu_imm(j, MO_64, 7, R(ms->rd), MMU_PAGE - size, 0);
    loc = out_jcc(j, CC_A, NULL);
    out_op(j, 0x03 | X_W, ms->rd, M(ms->ri, offsetof(TLBEntry, host)));
    j->tb = tb;
    ms->back = j->p;
    st = stub_new(j, emit_miss, loc);
    st->a = (uintptr_t)ms;
    st->b = op->imm;
    ra_untmp(&j->ra, RC_INT, ms->ri);
    out_done(j, op->out[0], ms->rd);
}
