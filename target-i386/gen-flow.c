/* SPDX-License-Identifier: MIT */
/*
 * Generators: jumps, calls, returns, loops, interrupts, system calls.
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"

void gen_jcc(DisasContext *dc, const X86Insn *in)
{
    uint64_t target = x86_insn_target(in);

    if (unlikely(dc->mode & HF_CSLIM)) {
        TCGLabel *no = tcg_label_new(dc->s);
        tcg_brcc(dc->s, (in->opcode & 15) ^ 1, no);
        x86_check_target(dc, target);
        tcg_goto_pc(dc->s, target);
        tcg_label_place(dc->s, no);
        tcg_goto_pc(dc->s, dc->next_pc);
        return;
    }
    tcg_brcc_pc(dc->s, in->opcode & 15, target, dc->next_pc);
}

void gen_jmp(DisasContext *dc, const X86Insn *in)
{
    x86_check_target(dc, x86_insn_target(in));
    tcg_goto_pc(dc->s, x86_insn_target(in));
}

void gen_call(DisasContext *dc, const X86Insn *in)
{
    x86_check_target(dc, x86_insn_target(in));
    x86_push(dc, in, x86_return_ip(dc));
    tcg_call_pc(dc->s, x86_insn_target(in), dc->next_pc);
}

/* A branch target of operand size from a register or memory. */
static TCGRef branch_target(DisasContext *dc, const X86Insn *in, TCGRef v)
{
    if (in->osz != MO_64 && !in->mem) {
        TCGRef t = x86_tmp(dc);
        tcg_op1(dc->s, TCG_ext_u, in->osz, t, v);
        v = t;
    }
    return x86_linear_pc(dc, v);
}

void gen_jmp_ind(DisasContext *dc, const X86Insn *in)
{
    tcg_goto_ind(dc->s, branch_target(dc, in, dc->v[0]));
}

void gen_call_ind(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = branch_target(dc, in, dc->v[0]);

    if (t == dc->gpr[R_ESP]) {
        t = x86_tmp(dc);
        tcg_op1(dc->s, TCG_mov, MO_64, t, dc->gpr[R_ESP]);
    }
    x86_push(dc, in, x86_return_ip(dc));
    tcg_call_ind(dc->s, t, dc->next_pc);
}

void gen_ret(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_pop_peek(dc, in);

    x86_add_sp(dc, in, (1 << in->osz) + in->imm);
    tcg_ret(dc->s, x86_linear_pc(dc, t));
}

/* LOOPNE, LOOPE, LOOP, JRCXZ */
void gen_loop(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    TCGRef cx = dc->gpr[R_ECX], zero = x86_const(dc, 0);
    uint64_t taken = x86_insn_target(in);
    unsigned how = in->row->arg;

    if (how == 3) {
        tcg_brcond_pc(s, TCG_COND_EQ, in->asz, cx, zero, taken, dc->next_pc);
        return;
    }
    x86_add_reg(dc, in, R_ECX, -1);
    if (how == 2) {
        tcg_brcond_pc(s, TCG_COND_NE, in->asz, cx, zero, taken, dc->next_pc);
        return;
    }
    TCGLabel *out = tcg_label_new(s);
    tcg_brcc(s, how ? CC_NZ : CC_Z, out);
    tcg_brcond(s, TCG_COND_EQ, in->asz, cx, zero, out);
    tcg_goto_pc(s, taken);
    tcg_label_place(s, out);
    tcg_goto_pc(s, dc->next_pc);
}

/* ---- far transfers ------------------------------------------------------- */

void gen_far(DisasContext *dc, const X86Insn *in)
{
    TCGRef off, sel;

    if (in->row->opnd[0].kind == OK_A) {
        off = x86_const(dc, in->imm);
        sel = x86_const(dc, in->imm2);
    } else {
        TCGMem m = x86_mem(dc, in);
        off = x86_tmp(dc);
        sel = x86_tmp(dc);
        tcg_ld(dc->s, in->osz, 0, off, m);
        m = x86_mem_plus(dc, m, 1 << in->osz);
        tcg_ld(dc->s, MO_16, 0, sel, m);
    }
    tcg_call(dc->s, &helper_far_info, TCG_NONE, sel, off,
             x86_const(dc, in->osz), x86_const(dc, !in->row->arg),
             x86_const(dc, dc->next_pc));
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

void gen_retf(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_retf_info, TCG_NONE, x86_const(dc, in->osz),
             x86_const(dc, in->imm));
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

void gen_iret(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_iret_info, TCG_NONE, x86_const(dc, in->osz));
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

/* ---- interrupts, exceptions, system calls -------------------------------- */

void gen_int(DisasContext *dc, const X86Insn *in)
{
    x86_gen_exit_next(dc, EXCP_INT, (in->imm & 0xff) | in->len << 8);
}

void gen_int3(DisasContext *dc, const X86Insn *in)
{
    x86_gen_exit_next(dc, EXCP03_INT3, in->len << 8);
}

void gen_int1(DisasContext *dc, const X86Insn *in)
{
    x86_gen_exit_next(dc, EXCP01_DB, 0);
}

void gen_into(DisasContext *dc, const X86Insn *in)
{
    TCGLabel *no = tcg_label_new(dc->s);

    tcg_brcc(dc->s, CC_NO, no);
    x86_gen_exit_next(dc, EXCP04_INTO, in->len << 8);
    tcg_label_place(dc->s, no);
}

void gen_bound(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    TCGRef lo = tcg_local_new(s, TCG_I64), hi = tcg_local_new(s, TCG_I64);
    TCGRef v = dc->gpr[in->reg];
    TCGLabel *bad = tcg_label_new(s), *ok = tcg_label_new(s);
    TCGMem m = x86_mem(dc, in);

    tcg_ld(s, in->osz, 0, lo, m);
    tcg_ld(s, in->osz, 0, hi, x86_mem_plus(dc, m, 1 << in->osz));
    tcg_brcond(s, TCG_COND_LT, in->osz, v, lo, bad);
    tcg_brcond(s, TCG_COND_LE, in->osz, v, hi, ok);
    tcg_label_place(s, bad);
    x86_gen_raise(dc, EXCP05_BOUND);
    tcg_label_place(s, ok);
}

void gen_syscall(DisasContext *dc, const X86Insn *in)
{
    x86_gen_exit_next(dc, in->row->arg, 0);
}

/* In 32-bit code only AMD's processors have it. */
void gen_syscall32(DisasContext *dc, const X86Insn *in)
{
    if (!x86_is_amd(dc->env->model)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
    } else {
        x86_gen_exit_next(dc, in->row->arg, 0);
    }
}

/* In 64-bit code only Intel's processors have it; not in user mode. */
void gen_sysenter(DisasContext *dc, const X86Insn *in)
{
    if (in->mode64 && (!(dc->mode & HF_SYS) || x86_is_amd(dc->env->model))) {
        x86_gen_raise(dc, EXCP06_ILLOP);
    } else {
        x86_gen_exit_next(dc, EXCP_SYSENTER, 0);
    }
}

void gen_ud(DisasContext *dc, const X86Insn *in)
{
    x86_gen_raise(dc, EXCP06_ILLOP);
}

void gen_todo(DisasContext *dc, const X86Insn *in)
{
    x86_gen_raise(dc, EXCP06_ILLOP);
}

void gen_too_long(DisasContext *dc, const X86Insn *in)
{
    x86_gen_raise(dc, EXCP0D_GPF);
}

void gen_fetch_fault(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_fetch_fault_info, TCG_NONE,
             x86_const(dc, in->pc), x86_const(dc, in->fault));
    tcg_exit(dc->s, EXCP0E_PAGE, 0, in->pc);
}
