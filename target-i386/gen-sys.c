/* SPDX-License-Identifier: MIT */
/*
 * Generators: flags, identification, time, random numbers, segment registers,
 * fences, and what does nothing.  Privileged instructions raise before they
 * come here (x86_gen).
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"
#include "target-i386/sys-helper.h"

void gen_nop(DisasContext *dc, const X86Insn *in)
{
}

X86Gen gen_xchg_acc;

void gen_prefetch(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_emit(dc->s, TCG_prefetch, 0);

    op->mem = m;
    op->imm = in->row->arg;
}

void gen_pause(DisasContext *dc, const X86Insn *in)
{
    if (in->rex & 1) {          /* F3 is ignored: XCHG r8, rAX */
        gen_xchg_acc(dc, in);
        return;
    }
    tcg_emit(dc->s, TCG_fence, 0)->imm = 4;
    if ((dc->mode & HF_SYS) && dc->env->sys->count > 1) {
        tcg_call(dc->s, &helper_spin_info, TCG_NONE);
    }
}

/* CLFLUSH, CLFLUSHOPT, CLWB: only the faults of a load. */
void gen_clflush(DisasContext *dc, const X86Insn *in)
{
    x86_ld_opnd(dc, in, 0);
}

/* 64 bytes at the line that rAX points into become zero. */
void gen_clzero(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = { .base = dc->gpr[R_EAX], .index = TCG_NONE };
    TCGRef line = x86_tmp(dc), z = x86_vtmp(dc);

    m = x86_mem_seg(dc, in, x86_mem_wrap(dc, in, m), in->seg);
    tcg_op2(dc->s, TCG_and, MO_64, line, x86_mem_addr(dc, m),
            x86_const(dc, -64));
    tcg_vop(dc->s, TCG_vzero, 0, z, TCG_NONE, TCG_NONE);
    for (int i = 0; i < 64; i += 16) {
        m = (TCGMem) { .base = line, .index = TCG_NONE, .disp = i };
        tcg_vop(dc->s, TCG_stv, 0, TCG_NONE, z, TCG_NONE)->mem = m;
    }
}

/* ES:reg = 64 bytes of memory; the destination must be aligned. */
void gen_movdir64b(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    TCGMem m = { .base = dc->gpr[in->reg], .index = TCG_NONE };
    TCGRef to = tcg_local_new(s, TCG_I64), t = x86_tmp(dc), v[4];
    TCGLabel *ok = tcg_label_new(s);

    m = x86_mem_seg(dc, in, x86_mem_wrap(dc, in, m), R_ES);
    tcg_op1(s, TCG_mov, MO_64, to, x86_mem_addr(dc, m));
    tcg_op2(s, TCG_and, MO_64, t, to, x86_const(dc, 63));
    tcg_brcond(s, TCG_COND_EQ, MO_64, t, x86_const(dc, 0), ok);
    x86_gen_raise(dc, EXCP0D_GPF);
    tcg_label_place(s, ok);
    m = x86_mem(dc, in);
    for (int i = 0; i < 4; i++) {
        v[i] = x86_vtmp(dc);
        tcg_vop(s, TCG_ldv, 0, v[i], TCG_NONE, TCG_NONE)->mem =
            x86_mem_plus(dc, m, 16 * i);
    }
    for (int i = 0; i < 4; i++) {
        m = (TCGMem) { .base = to, .index = TCG_NONE, .disp = 16 * i };
        tcg_vop(s, TCG_stv, 0, TCG_NONE, v[i], TCG_NONE)->mem = m;
    }
}

/* Raises #GP if any of reg's low 32 bits in mask is set. */
static void gp_if_set(DisasContext *dc, unsigned reg, uint32_t mask)
{
    TCGLabel *ok = tcg_label_new(dc->s);
    TCGRef t = x86_tmp(dc);

    tcg_op2(dc->s, TCG_and, MO_64, t, dc->gpr[reg], x86_const(dc, mask));
    tcg_brcond(dc->s, TCG_COND_EQ, MO_64, t, x86_const(dc, 0), ok);
    x86_gen_raise(dc, EXCP0D_GPF);
    tcg_label_place(dc->s, ok);
}

/* The first byte of the range to be watched. */
static TCGMem monitored(DisasContext *dc, const X86Insn *in, unsigned reg)
{
    TCGMem m = { .base = dc->gpr[reg], .index = TCG_NONE };

    m = x86_mem_wrap(dc, in, m);
    x86_check_access(dc, in, m, in->seg, 1, false);
    return x86_mem_seg(dc, in, m, in->seg);
}

/* One byte of the range is loaded, for its faults. */
static void monitor_range(DisasContext *dc, const X86Insn *in, unsigned reg)
{
    tcg_ld(dc->s, MO_8, 0, x86_tmp(dc), monitored(dc, in, reg));
}

void gen_monitor(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_monitor_info, TCG_NONE,
             x86_mem_addr(dc, monitored(dc, in, R_EAX)));
}

void gen_mwait(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_mwait_info, TCG_NONE, x86_const(dc, dc->next_pc));
}

/* Nothing is watched by the following: waiting ends at once, as it may. */
void gen_monitorx(DisasContext *dc, const X86Insn *in)
{
    gp_if_set(dc, R_ECX, UINT32_MAX);
    monitor_range(dc, in, R_EAX);
}

void gen_mwaitx(DisasContext *dc, const X86Insn *in)
{
    gp_if_set(dc, R_ECX, ~3u);
    tcg_call(dc->s, &helper_yield_info, TCG_NONE);
}

void gen_umonitor(DisasContext *dc, const X86Insn *in)
{
    monitor_range(dc, in, in->rm);
}

/* UMWAIT, TPAUSE: CF = 0, the time limit has not ended it. */
void gen_umwait(DisasContext *dc, const X86Insn *in)
{
    TCGOp *op;

    gp_if_set(dc, in->rm, ~1u);
    tcg_call(dc->s, &helper_yield_info, TCG_NONE);
    op = tcg_emit(dc->s, TCG_setfl, MO_64);
    op->in[0] = x86_const(dc, 0);
    op->fl_def = FL_ALL;
}

void gen_fence(DisasContext *dc, const X86Insn *in)
{
    tcg_emit(dc->s, TCG_fence, 0)->imm = in->row->arg;
}

/* CLC, STC, CMC */
void gen_flmod(DisasContext *dc, const X86Insn *in)
{
    TCGOp *op = tcg_emit(dc->s, TCG_flmod, 0);

    op->imm = in->row->arg;
    op->fl_def = FL_C;
    op->fl_use = in->row->fl_use;
}

/* CLD, STD */
void gen_dflag(DisasContext *dc, const X86Insn *in)
{
    if (in->row->arg) {
        tcg_op2(dc->s, TCG_or, MO_64, dc->eflags, dc->eflags,
                x86_const(dc, DF_MASK));
    } else {
        tcg_op2(dc->s, TCG_and, MO_64, dc->eflags, dc->eflags,
                x86_const(dc, (uint32_t)~DF_MASK));
    }
}

void gen_cpuid(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_cpuid_info, TCG_NONE);
}

/* reg64 = low and high halves of v, as EDX:EAX. */
static void set_edx_eax(DisasContext *dc, TCGRef v)
{
    tcg_op1(dc->s, TCG_ext_u, MO_32, dc->gpr[R_EAX], v);
    tcg_op2(dc->s, TCG_shr, MO_64, dc->gpr[R_EDX], v, x86_const(dc, 32));
}

/* RDTSC, RDTSCP */
void gen_rdtsc(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_call(dc->s, dc->mode & HF_SYS ? &helper_sys_rdtsc_info
                                      : &helper_rdtsc_info, t);
    set_edx_eax(dc, t);
    if (in->row->arg) {
        tcg_call(dc->s, dc->mode & HF_SYS ? &helper_sys_tsc_aux_info
                 : &helper_tsc_aux_info, dc->gpr[R_ECX]);
    }
}

void gen_rdpid(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, dc->mode & HF_SYS ? &helper_sys_tsc_aux_info
             : &helper_tsc_aux_info, dc->gpr[in->rm]);
}

void gen_xgetbv(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_call(dc->s, &helper_xgetbv_info, t, dc->gpr[R_ECX]);
    set_edx_eax(dc, t);
}

/* RDRAND, RDSEED: never fail here; CF = 1, the others 0. */
void gen_rdrand(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);
    TCGOp *op;

    tcg_call(dc->s, &helper_rdrand_info, t);
    x86_st_reg(dc, in->osz, in->rm, t);
    op = tcg_emit(dc->s, TCG_setfl, MO_64);
    op->in[0] = x86_const(dc, CF_MASK);
    op->fl_def = FL_ALL;
}

/* ---- segment registers --------------------------------------------------- */

void gen_mov_from_seg(DisasContext *dc, const X86Insn *in)
{
    unsigned seg = in->modrm >> 3 & 7;
    TCGRef t = x86_tmp(dc);

    if (seg > R_GS) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_get_seg_info, t, x86_const(dc, seg));
    if (in->mem) {
        tcg_st(dc->s, MO_16, t, x86_mem(dc, in));
    } else {
        x86_st_reg(dc, in->osz, in->rm, t);
    }
}

void gen_mov_to_seg(DisasContext *dc, const X86Insn *in)
{
    unsigned seg = in->modrm >> 3 & 7;

    if (seg > R_GS || seg == R_CS) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    x86_load_seg(dc, seg, x86_ld_opnd(dc, in, 1));
    x86_seg_loaded(dc, seg);
    x86_ss_loaded(dc, seg);
}

/* LES, LDS, LSS, LFS, LGS */
void gen_lseg(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);
    TCGRef off = x86_tmp(dc), sel = x86_tmp(dc);

    tcg_ld(dc->s, in->osz, 0, off, m);
    tcg_ld(dc->s, MO_16, 0, sel, x86_mem_plus(dc, m, 1 << in->osz));
    x86_load_seg(dc, in->row->arg, sel);
    x86_st_reg(dc, in->osz, in->reg, off);
    x86_seg_loaded(dc, in->row->arg);
}

void gen_rdbase(DisasContext *dc, const X86Insn *in)
{
    if (dc->mode & HF_SYS) {
        tcg_call(dc->s, &helper_need_cr4_info, TCG_NONE,
                 x86_const(dc, CR4_FSGSBASE));
    }
    tcg_op1(dc->s, TCG_mov, x86_opnd_size(in, 0), dc->gpr[in->rm],
            dc->seg_base[in->row->arg]);
}

void gen_wrbase(DisasContext *dc, const X86Insn *in)
{
    if (dc->mode & HF_SYS) {
        tcg_call(dc->s, &helper_need_cr4_info, TCG_NONE,
                 x86_const(dc, CR4_FSGSBASE));
    }
    unsigned sz = x86_opnd_size(in, 0);

    if (sz == MO_64) {
        tcg_call(dc->s, &helper_check_base_info, TCG_NONE, dc->v[0]);
    }
    tcg_op1(dc->s, TCG_mov, sz, dc->seg_base[in->row->arg], dc->v[0]);
}

/* ZF = t's bit 63; the other flags stay. */
static void set_zf_from_top(DisasContext *dc, TCGRef t)
{
    TCGRef z = x86_tmp(dc);
    TCGOp *op;

    tcg_op2(dc->s, TCG_shr, MO_64, z, t, x86_const(dc, 63));
    tcg_op2(dc->s, TCG_shl, MO_64, z, z, x86_const(dc, 6));
    op = tcg_emit(dc->s, TCG_setfl, MO_64);
    op->in[0] = z;
    op->fl_def = FL_Z;
}

/* LAR, LSL */
void gen_lar(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc), sel = x86_tmp(dc), keep;
    TCGOp *op;

    if (x86_gen_no_protection(dc)) {
        return;
    }
    tcg_op1(dc->s, TCG_ext_u, MO_16, sel, dc->v[1]);
    tcg_call(dc->s, &helper_lar_info, t, sel, x86_const(dc, in->row->arg));
    set_zf_from_top(dc, t);
    keep = x86_tmp(dc);
    tcg_op1(dc->s, TCG_ext_u, MO_32, t, t);
    op = tcg_op2(dc->s, TCG_cmov, MO_64, keep, dc->gpr[in->reg], t);
    op->cond = CC_Z;
    op->fl_use = FL_Z;
    /* Failed: the whole register stays, the upper half too. */
    x86_st_reg(dc, in->osz == MO_16 ? MO_16 : MO_64, in->reg, keep);
}

/* VERR, VERW */
void gen_verr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc), sel = x86_tmp(dc);

    if (x86_gen_no_protection(dc)) {
        return;
    }
    tcg_op1(dc->s, TCG_ext_u, MO_16, sel, dc->v[0]);
    tcg_call(dc->s, &helper_lar_info, t, sel,
             x86_const(dc, 2 + in->row->arg));
    set_zf_from_top(dc, t);
}

void gen_arpl(DisasContext *dc, const X86Insn *in)
{
    TCGContext *s = dc->s;
    TCGRef dst = x86_tmp(dc), a = x86_tmp(dc), b = x86_tmp(dc);
    TCGRef res = x86_tmp(dc), less = x86_tmp(dc);
    TCGOp *op;

    tcg_op1(s, TCG_ext_u, MO_16, dst, x86_ld_opnd(dc, in, 0));
    tcg_op2(s, TCG_and, MO_64, a, dst, x86_const(dc, 3));
    tcg_op2(s, TCG_and, MO_64, b, dc->v[1], x86_const(dc, 3));
    tcg_op2(s, TCG_setcond, MO_64, less, a, b)->cond = TCG_COND_LTU;
    tcg_op2(s, TCG_sub, MO_64, res, dst, a);
    tcg_op2(s, TCG_add, MO_64, res, res, b);
    op = tcg_op3(s, TCG_movcond, MO_64, res, a, b, res);
    op->in[3] = dst;
    op->cond = TCG_COND_LTU;
    x86_st_opnd(dc, in, 0, res);
    tcg_op2(s, TCG_shl, MO_64, less, less, x86_const(dc, 6));
    op = tcg_emit(s, TCG_setfl, MO_64);
    op->in[0] = less;
    op->fl_def = FL_Z;
}

/* SLDT, STR, SGDT, SIDT, SMSW: the values Linux shows to user programs on
 * processors with UMIP. */
void gen_sysreg(DisasContext *dc, const X86Insn *in)
{
    static const uint64_t value[] = {
        0, 0x40, 0xfffffffffffe0000, 0xffffffffffff0000, 0x80050033,
    };
    TCGRef v = x86_const(dc, value[in->row->arg]);

    if (dc->mode & HF_SYS) {
        x86_gen_sys_sysreg(dc, in);
        return;
    }
    if (in->row->opnd[0].kind == OK_M) {
        TCGMem m = x86_mem(dc, in);
        tcg_st(dc->s, MO_16, x86_const(dc, 0), m);
        m = x86_mem_plus(dc, m, 2);
        tcg_st(dc->s, in->mode64 ? MO_64 : MO_32, v, m);
    } else if (in->mem) {
        tcg_st(dc->s, MO_16, v, x86_mem(dc, in));
    } else {
        x86_st_reg(dc, in->osz, in->rm, v);
    }
}
