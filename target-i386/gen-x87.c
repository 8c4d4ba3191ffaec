/* SPDX-License-Identifier: MIT */
/*
 * Generators of the x87 and state-saving rows.  Where the back end has the
 * host's x87, an instruction runs as itself on the guest's registers there;
 * else it is a call of its helper (fpu_helper.h).
 *
 * Images stored by the host's FNSTENV and FNSAVE hold the address of host
 * code; fpu_pointers.c puts the guest's there.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/fpu_helper.h"
#include "target-i386/fpu_state.h"
#include "tcg/softmmu.h"

X86Gen gen_x87, gen_x87_env, gen_x87_stsw_ax, gen_fwait, gen_fxstate,
       gen_xstate;

/* Does nothing but raise a pending exception. */
enum { X87_OP_FWAIT = 0x9b };

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

bool x86_is_x87(const X86Insn *in)
{
    return in->row->gen == gen_x87 || in->row->gen == gen_x87_env;
}

unsigned x86_x87_bytes(const X86Insn *in)
{
    unsigned size = softmmu_x87_access(in->opcode << 8 | in->modrm) &
                    MMU_SIZE_MASK;

    return size >= 28 && in->osz == MO_16 ? size - 14 : size;
}

/* The memory operand as a helper can use it. */
static TCGRef x87_addr(DisasContext *dc, const X86Insn *in)
{
    uint64_t acc = softmmu_x87_access(in->opcode << 8 | in->modrm);

    return x86_mem_host(dc, x86_mem(dc, in), x86_x87_bytes(in),
                        acc & ~MMU_SIZE_MASK);
}

/* Where the software's unit has them; it raises before they change. */
static void set_pointers(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;

    tcg_op1(s, TCG_mov, MO_64, dc->fpip,
            x86_const(dc, in->mode64 ? in->pc
                                     : (uint32_t)(in->pc - in->cs_base)));
    tcg_op1(s, TCG_mov, MO_64, dc->fpop,
            x86_const(dc, (in->opcode & 7) << 8 | in->modrm));
    if (in->mem) {
        tcg_op1(s, TCG_mov, MO_64, dc->fpdp,
                x86_mem_addr(dc, x86_mem(dc, in)));
    }
}

static void x87_call(DisasContext *dc, unsigned helper, const X86Insn *in,
                     unsigned param)
{
    TCGRef a = in && in->mem ? x87_addr(dc, in) :
               x86_const(dc, in ? in->modrm & 7 : 0);

    tcg_call(dc->s, &x87_helpers[helper], TCG_NONE, a, x86_const(dc, param));
    if (in && x87_sets_pointers(in->opcode, in->modrm)) {
        set_pointers(dc, in);
    }
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
        x87_native(dc, X87_OP_FWAIT, NULL);
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
static void fix_env_pointers(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);

    if (!(dc->mode & HF_SYS)) {
        tcg_call(dc->s, &helper_x87_fix_env_info, TCG_NONE,
                 x86_mem_addr(dc, m));
        return;
    }
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
            x87_native(dc, X87_OP_FWAIT, NULL);
        }
        x87_call(dc, h, in, X87_ENV16);
    } else {
        x87_native(dc, in->opcode << 8 | in->modrm, in);
        if (store) {
            fix_env_pointers(dc, in);
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
    uint64_t known = dc->feats ? x86_xcr0_known(dc->feats) : X86_XCR0_AVX;
    TCGRef addr = x86_mem_host(dc, x86_mem(dc, in),
                               x86_xstate_bytes(known, false),
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
