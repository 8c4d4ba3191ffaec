/* SPDX-License-Identifier: MIT */
/*
 * Generators of the x87 and state-saving rows.  Where the back end has the
 * host's x87, an instruction runs as itself on the guest's registers there;
 * else it is a call of its helper (fpu_helper.h).
 *
 * Images stored by the host's FNSTENV and FNSAVE hold the address of host
 * code; those fields are cleared in guest memory.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/fpu_helper.h"
#include "tcg/softmmu.h"

X86Gen gen_x87, gen_x87_env, gen_x87_stsw_ax, gen_fwait, gen_fxstate,
       gen_xstate;

/* D9 D0, FNOP: does nothing but raise a pending exception. */
enum { X87_OP_FNOP = 0xd9d0 };

static void x87_native(DisasContext *dc, unsigned opcode, const X86Insn *in)
{
    bool mem = in && in->mem;
    TCGMem m = mem ? x86_mem(dc, in) : (TCGMem) { TCG_NONE, TCG_NONE };
    TCGOp *op = tcg_emit(dc->s, mem ? TCG_x87m : TCG_x87r, 0);

    op->imm = opcode;
    if (mem) {
        op->mem = m;
    } else if (in) {
        op->fl_use = in->row->fl_use;
        op->fl_def = in->row->fl_def;
    }
}

/* The memory operand as a helper can use it. */
static TCGRef x87_addr(DisasContext *dc, const X86Insn *in)
{
    uint64_t acc = softmmu_x87_access(in->opcode << 8 | in->modrm);
    unsigned size = acc & MMU_SIZE_MASK;

    if (size >= 28 && in->osz == MO_16) {
        size -= 14;
    }
    return x86_mem_host(dc, x86_mem(dc, in), size, acc & ~MMU_SIZE_MASK);
}

static void x87_call(DisasContext *dc, unsigned helper, const X86Insn *in,
                     unsigned param)
{
    TCGRef a = in && in->mem ? x87_addr(dc, in) :
               x86_const(dc, in ? in->modrm & 7 : 0);

    tcg_call(dc->s, &x87_helpers[helper], TCG_NONE, a, x86_const(dc, param));
}

void gen_x87(DisasContext *dc, const X86Insn *in)
{
    if (tcg_backend->has_x87) {
        x87_native(dc, in->opcode << 8 | in->modrm, in);
    } else {
        x87_call(dc, in->row->arg & 0xff, in, in->row->arg >> 8);
    }
}

void gen_fwait(DisasContext *dc, const X86Insn *in)
{
    if (tcg_backend->has_x87) {
        x87_native(dc, X87_OP_FNOP, NULL);
    } else {
        x87_call(dc, X87_H_nop, NULL, 0);
    }
}

static uint64_t helper_stsw_ax(CPUX86State *env)
{
    return env->fpus;
}
X86_HELPER(helper_stsw_ax, 0, true, HE_NOGLOBALS | HE_NOFAULT);

void gen_x87_stsw_ax(DisasContext *dc, const X86Insn *in)
{
    TCGRef rax = dc->gpr[R_EAX];

    if (tcg_backend->has_x87) {
        tcg_op1(dc->s, TCG_x87stsw, MO_16, rax, rax);
    } else {
        TCGRef t = x86_tmp(dc);
        tcg_call(dc->s, &helper_stsw_ax_info, t);
        x86_st_reg(dc, MO_16, R_EAX, t);
    }
}

/* ---- environments -------------------------------------------------------- */

/* Last instruction's opcode and addresses in the 28-byte format. */
static void clear_env_pointers(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);

    for (int i = 12; i < 28; i += 4) {
        tcg_st(dc->s, MO_32, x86_const(dc, 0), x86_mem_plus(dc, m, i));
    }
}

void gen_x87_env(DisasContext *dc, const X86Insn *in)
{
    unsigned h = in->row->arg & 0xff;
    bool store = h == X87_H_stenv || h == X87_H_save;

    if (!tcg_backend->has_x87) {
        x87_call(dc, h, in, in->osz == MO_16 ? X87_ENV16 : 0);
    } else if (in->osz == MO_16) {
        if (!store) {
            x87_native(dc, X87_OP_FNOP, NULL);
        }
        x87_call(dc, h, in, X87_ENV16);
    } else {
        x87_native(dc, in->opcode << 8 | in->modrm, in);
        if (store) {
            clear_env_pointers(dc, in);
        }
    }
}

/* ---- FXSAVE, XSAVE ------------------------------------------------------- */

static const TCGHelper fxstate[2] = {
    { helper_fxsave, "fxsave", 2, false, HE_RDONLY | HE_VREGS },
    { helper_fxrstor, "fxrstor", 2, false, HE_VREGS },
};
static const TCGHelper xsave = {
    helper_xsave, "xsave", 4, false, HE_RDONLY | HE_VREGS,
};
static const TCGHelper xrstor = {
    helper_xrstor, "xrstor", 3, false, HE_VREGS,
};

void gen_fxstate(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &fxstate[in->row->arg], TCG_NONE,
             x86_mem_host(dc, x86_mem(dc, in), 512,
                          in->row->arg ? MMU_ACC_LD : MMU_ACC_ST),
             x86_const(dc, in->mode64 ? 16 : 8));
}

void gen_xstate(DisasContext *dc, const X86Insn *in)
{
    bool avx = !dc->feats || x86_feat(dc->feats, X86_FEAT_AVX);
    TCGRef addr = x86_mem_host(dc, x86_mem(dc, in), avx ? 832 : 576,
                               in->row->arg == X86_XRSTOR ? MMU_ACC_LD
                               : MMU_ACC_LD | MMU_ACC_ST);
    TCGRef mask = x86_tmp(dc);
    TCGRef nb_xmm = x86_const(dc, in->mode64 ? 16 : 8);

    tcg_op2(dc->s, TCG_deposit, MO_64, mask, dc->gpr[R_EAX],
            dc->gpr[R_EDX])->imm = 32 | 32 << 8;
    if (in->row->arg == X86_XRSTOR) {
        tcg_call(dc->s, &xrstor, TCG_NONE, addr, mask, nb_xmm);
    } else {
        tcg_call(dc->s, &xsave, TCG_NONE, addr, mask,
                 x86_const(dc, in->row->arg), nb_xmm);
    }
}
