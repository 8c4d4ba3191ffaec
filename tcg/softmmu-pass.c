/* SPDX-License-Identifier: MIT */
/*
 * Puts an mmu op in front of each guest memory access: it turns the guest's
 * address into the host's, and the access itself is then a plain one.
 * Flow: tcg/region.c -> (this) -> the other passes.
 *
 * In slow mode (one instruction that touches a device, crosses pages...) the
 * address comes from a helper that may give a copy of the operand, and behind
 * a store a second helper writes the copy back.
 */
#include "util/osdep.h"

#include "tcg/region.h"
#include "tcg/softmmu.h"

typedef struct Pass {
    TCGContext *s;
    TCGOp *out;
    unsigned n;
    bool slow, commit;
} Pass;

static unsigned x87_bytes(unsigned opcode)
{
    /* by opcode d8..df and the reg field */
    static const uint8_t size[8][8] = {
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 0, 4, 4, 28, 2, 28, 2 },
        { 4, 4, 4, 4, 4, 4, 4, 4 },
        { 4, 4, 4, 4, 0, 10, 0, 10 },
        { 8, 8, 8, 8, 8, 8, 8, 8 },
        { 8, 8, 8, 8, 108, 0, 108, 2 },
        { 2, 2, 2, 2, 2, 2, 2, 2 },
        { 2, 2, 2, 2, 10, 8, 10, 8 },
    };

    return size[opcode >> 8 & 7][opcode >> 3 & 7];
}

static bool x87_stores(unsigned opcode)
{
    unsigned reg = opcode >> 3 & 7;

    switch (opcode >> 8 & 7) {
    case 1:
        return reg == 2 || reg == 3 || reg >= 6;
    case 3: case 7:
        return (reg >= 1 && reg <= 3) || reg >= 6;
    case 5:
        return (reg >= 1 && reg <= 3) || reg >= 6;
    default:
        return false;
    }
}

uint64_t softmmu_x87_access(unsigned opcode)
{
    return x87_bytes(opcode) | (x87_stores(opcode) ? MMU_ACC_ST : MMU_ACC_LD);
}

/* Bytes and kind of an access; 0: none. */
static uint64_t access_of(const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;
    uint64_t acc = (props & P_LD ? MMU_ACC_LD : 0) |
                   (props & P_ST ? MMU_ACC_ST : 0);

    switch (op->opc) {
    case TCG_ldv:
    case TCG_stv:
        return acc | (op->vt == TCG_V256 ? 32 : 16);
    case TCG_cmpxchg2:
        return acc | 2 << op->sz;
    case TCG_x87m:
        return softmmu_x87_access(op->imm);
    default:
        return acc | 1 << op->sz;
    }
}

static TCGOp *add(Pass *p, TCGOpcode opc, unsigned sz)
{
    TCGOp *op = &p->out[p->n++];

    memset(op, 0, sizeof(*op));
    op->opc = opc;
    op->sz = sz;
    memset(op->out, 0xff, sizeof(op->out));
    memset(op->in, 0xff, sizeof(op->in));
    op->mem.base = op->mem.index = TCG_NONE;
    return op;
}

static void add_call(Pass *p, const TCGHelper *h, TCGRef ret, TCGRef a,
                     TCGRef b)
{
    TCGOp *op = add(p, TCG_call, 0);

    op->helper = h;
    op->out[0] = ret;
    op->in[0] = a;
    op->in[1] = b;
}

static void flush_commit(Pass *p)
{
    if (p->commit) {
        p->commit = false;
        add_call(p, &softmmu_commit_info, TCG_NONE, TCG_NONE, TCG_NONE);
    }
}

/* host = translation of mem */
static void add_mmu(Pass *p, TCGRef host, const TCGMem *mem, uint64_t acc)
{
    TCGRef a;
    TCGOp *op;

    flush_commit(p);
    if (!p->slow && tcg_backend->has_mmu) {
        op = add(p, TCG_mmu, MO_64);
        op->out[0] = host;
        op->mem = *mem;
        op->imm = acc;
        return;
    }
    a = mem->base;
    if (mem->index != TCG_NONE || mem->disp || a == TCG_NONE) {
        a = tcg_temp_new(p->s, TCG_I64);
        op = add(p, TCG_lea, MO_64);
        op->out[0] = a;
        op->mem = *mem;
    }
    add_call(p, p->slow ? &softmmu_slow_info : &softmmu_miss_info, host, a,
             tcg_const(p->s, acc));
    p->commit = p->slow && (acc & MMU_ACC_ST);
}

static void one(Pass *p, const TCGOp *op)
{
    uint32_t props = tcg_op_defs[op->opc].props;
    TCGRef host;

    if (op->opc == TCG_mmu) {
        add_mmu(p, op->out[0], &op->mem, op->imm);
        return;
    }
    if (op->opc == TCG_prefetch) {
        return;
    }
    if ((props & P_MEM) && (props & (P_LD | P_ST)) &&
        !(op->attr & OPA_HOST)) {
        host = tcg_temp_new(p->s, TCG_I64);
        add_mmu(p, host, &op->mem, access_of(op));
        p->out[p->n] = *op;
        p->out[p->n++].mem = (TCGMem){ host, TCG_NONE, 0, 0 };
        return;
    }
    if (props & (P_LABEL | P_END)) {
        flush_commit(p);
    }
    p->out[p->n++] = *op;
}

void tcg_pass_softmmu(TCGContext *s)
{
    Pass p = { .s = s, .out = s->ops2,
               .slow = s->mode & tcg_frontend->slow_mode };
    unsigned i;
    TCGOp *t;

    for (i = 0; i < s->nb_ops; i++) {
        one(&p, &s->ops[i]);
    }
    flush_commit(&p);
    t = s->ops;
    s->ops = s->ops2;
    s->ops2 = t;
    s->nb_ops = p.n;
}
