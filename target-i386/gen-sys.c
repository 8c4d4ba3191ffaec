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
}

/* CLFLUSH, CLFLUSHOPT, CLWB: only the faults of a load. */
void gen_clflush(DisasContext *dc, const X86Insn *in)
{
    x86_ld_opnd(dc, in, 0);
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

    tcg_call(dc->s, &helper_rdtsc_info, t);
    set_edx_eax(dc, t);
    if (in->row->arg) {
        tcg_call(dc->s, &helper_tsc_aux_info, dc->gpr[R_ECX]);
    }
}

void gen_rdpid(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_tsc_aux_info, dc->gpr[in->rm]);
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
    x86_load_seg(dc, seg, dc->v[1]);
    x86_seg_loaded(dc, seg);
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
    tcg_op1(dc->s, TCG_mov, x86_opnd_size(in, 0), dc->gpr[in->rm],
            dc->seg_base[in->row->arg]);
}

void gen_wrbase(DisasContext *dc, const X86Insn *in)
{
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

    tcg_op1(dc->s, TCG_ext_u, MO_16, sel, dc->v[1]);
    tcg_call(dc->s, &helper_lar_info, t, sel, x86_const(dc, in->row->arg));
    set_zf_from_top(dc, t);
    keep = x86_tmp(dc);
    op = tcg_op2(dc->s, TCG_cmov, MO_64, keep, dc->gpr[in->reg], t);
    op->cond = CC_Z;
    op->fl_use = FL_Z;
    x86_st_reg(dc, in->osz, in->reg, keep);
}

/* VERR, VERW */
void gen_verr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc), sel = x86_tmp(dc);

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
