/* SPDX-License-Identifier: MIT */
/*
 * Generators of privileged instructions, of port I/O, and of what differs at
 * system level; and the checks that come before any instruction there.
 * Flow: rows of insn-int.def -> (this) -> IR.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"
#include "target-i386/sys-helper.h"

/* Ends the TB behind the instruction: what follows may run in another mode. */
void x86_gen_leave(DisasContext *dc)
{
    tcg_exit(dc->s, dc->mode & HF_TF ? TCG_EXIT_STEP : TCG_EXIT_REQUEST, 0,
             dc->next_pc);
}

/* Real and virtual-8086 modes lack some instructions. */
static bool no_protection(DisasContext *dc)
{
    if ((dc->mode & HF_SYS) &&
        (!(dc->mode & HF_PE) || (dc->mode & HF_VM))) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return true;
    }
    return false;
}

/* ---- availability of the FPU ------------------------------------------------------ */

enum { USES_NONE, USES_X87, USES_MMX, USES_SSE, USES_AVX };

X86Gen gen_x87, gen_x87_env, gen_x87_stsw_ax, gen_fwait, gen_fxstate,
    gen_xstate, gen_xgetbv, gen_emms, gen_ldmxcsr, gen_stmxcsr;

static unsigned uses(const X86Insn *in)
{
    const X86Row *r = in->row;
    unsigned use = USES_NONE;

    /* No operand tells what these use. */
    if (r->gen == gen_emms) {
        return USES_MMX;
    }
    if (r->gen == gen_ldmxcsr || r->gen == gen_stmxcsr) {
        return r->attr & XA_VEX ? USES_AVX : USES_SSE;
    }
    if (r->attr & XA_VEX) {
        for (unsigned i = 0; i < r->nopnd; i++) {
            unsigned k = r->opnd[i].kind;

            if (k == OK_V || k == OK_W || k == OK_U || k == OK_H) {
                return USES_AVX;
            }
        }
        return r->nopnd ? USES_NONE : USES_AVX;     /* VZEROUPPER; BMI */
    }
    for (unsigned i = 0; i < r->nopnd; i++) {
        unsigned k = r->opnd[i].kind;

        if (k == OK_V || k == OK_W || k == OK_U) {
            return USES_SSE;
        }
        if (k == OK_P || k == OK_Q || k == OK_N) {
            use = USES_MMX;
        }
    }
    return use;
}

/* Those of MMX too: all that may find an x87 error pending. */
static bool meets_x87_errors(const X86Insn *in)
{
    X86Gen *gen = in->row->gen;

    return x86_is_x87(in) || gen == gen_x87_stsw_ax || gen == gen_fwait ||
           (in->row->attr & XA_X87);
}

/* Does an x87 instruction report a pending error?  FNCLEX and kin do not. */
static bool waits(const X86Insn *in)
{
    return strncmp(in->row->name, "FN", 2) || !strcmp(in->row->name, "FNOP");
}

/* True if the instruction raised. */
static bool check_fpu(DisasContext *dc, const X86Insn *in)
{
    X86Gen *gen = in->row->gen;
    uint64_t m = dc->mode;
    unsigned u;

    if (gen == gen_fwait) {
        if ((m & (HF_TS | HF_MP)) == (HF_TS | HF_MP)) {
            x86_gen_raise(dc, EXCP07_PREX);
            return true;
        }
        return false;
    }
    if (gen == gen_x87 || gen == gen_x87_env || gen == gen_x87_stsw_ax ||
        gen == gen_fxstate) {
        if (m & (HF_TS | HF_EM)) {
            x86_gen_raise(dc, EXCP07_PREX);
            return true;
        }
        return false;
    }
    if ((gen == gen_xstate || gen == gen_xgetbv) && (m & HF_NOXSAVE)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return true;
    }
    u = gen == gen_xstate ? USES_MMX : uses(in);
    if (u == USES_NONE) {
        return false;
    }
    if ((u == USES_SSE && (m & (HF_EM | HF_NOSSE))) ||
        (u == USES_MMX && gen != gen_xstate && (m & HF_EM)) ||
        (u == USES_AVX && (m & HF_NOAVX))) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return true;
    }
    if (m & HF_TS) {
        x86_gen_raise(dc, EXCP07_PREX);
        return true;
    }
    return false;
}

bool x86_gen_sys_checks(DisasContext *dc, const X86Insn *in)
{
    if ((dc->mode & (HF_TS | HF_EM | HF_NOSSE | HF_NOAVX | HF_NOXSAVE)) &&
        check_fpu(dc, in)) {
        return true;
    }
    if (unlikely(dc->mode & HF_IGNNE) && meets_x87_errors(in)) {
        tcg_call(dc->s, &helper_ignne_info, TCG_NONE,
                 x86_const(dc, waits(in)));
    }
    return false;
}

/* ---- interrupt flag -------------------------------------------------------------------- */

/* Is the privilege for IF known to be there? */
static bool level0(const DisasContext *dc)
{
    return !(dc->mode & HF_PE) ||
           (!(dc->mode & HF_VM) && !(dc->mode >> HF_CPL_SHIFT & 3));
}

void gen_cli(DisasContext *dc, const X86Insn *in)
{
    if (!level0(dc)) {
        tcg_call(dc->s, &helper_set_if_info, TCG_NONE, x86_const(dc, 0));
        return;
    }
    tcg_op2(dc->s, TCG_and, MO_64, dc->eflags, dc->eflags,
            x86_const(dc, (uint32_t)~IF_MASK));
}

/* Does an event wait? */
static void leave_if_intr(DisasContext *dc)
{
    TCGLabel *none = tcg_label_new(dc->s);

    tcg_brcond(dc->s, TCG_COND_EQ, MO_64, dc->intr, x86_const(dc, 0), none);
    tcg_call(dc->s, &helper_sti_leave_info, TCG_NONE,
             x86_const(dc, dc->next_pc));
    tcg_label_place(dc->s, none);
}

void gen_sti(DisasContext *dc, const X86Insn *in)
{
    if (!level0(dc)) {
        tcg_call(dc->s, &helper_set_if_info, TCG_NONE, x86_const(dc, 1));
    } else {
        tcg_op2(dc->s, TCG_or, MO_64, dc->eflags, dc->eflags,
                x86_const(dc, IF_MASK));
    }
    if (!(dc->mode & HF_TF)) {
        leave_if_intr(dc);
    }
}

void x86_gen_v86_pushf(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = tcg_local_new(dc->s, TCG_I64);

    tcg_call(dc->s, &helper_v86_pushf_info, t, x86_const(dc, in->osz));
    x86_push(dc, in, t);
}

/* The kernel's local_irq_restore: only IF and the arithmetic flags differ. */
static void popf_inline(DisasContext *dc, const X86Insn *in)
{
    const uint32_t mask = TF_MASK | DF_MASK | NT_MASK | AC_MASK | ID_MASK |
                          IOPL_MASK | IF_MASK;
    const uint32_t odd = TF_MASK | AC_MASK;
    TCGContext *s = dc->s;
    TCGRef t = tcg_local_new(s, TCG_I64), u = x86_tmp(dc), e = dc->eflags;
    TCGLabel *slow = tcg_label_new(s), *done = tcg_label_new(s);
    TCGMem m = x86_stack_mem(dc, in, 0);
    TCGOp *op;

    tcg_ld(s, in->osz, 0, t, m);
    x86_add_sp(dc, in, 1 << in->osz);
    tcg_op2(s, TCG_or, MO_64, u, t, e);
    tcg_op2(s, TCG_and, MO_64, u, u, x86_const(dc, odd));
    tcg_op2(s, TCG_or, MO_64, u, u, dc->intr);
    tcg_brcond(s, TCG_COND_NE, MO_64, u, x86_const(dc, 0), slow);
    u = x86_tmp(dc);
    tcg_op2(s, TCG_and, MO_64, u, t, x86_const(dc, mask));
    tcg_op2(s, TCG_and, MO_64, e, e, x86_const(dc, (uint32_t)~(mask | RF_MASK)));
    tcg_op2(s, TCG_or, MO_64, e, e, u);
    op = tcg_emit(s, TCG_setfl, MO_64);
    op->in[0] = t;
    op->fl_def = FL_ALL;
    tcg_br(s, done);
    tcg_label_place(s, slow);
    tcg_call(s, &helper_popf_info, TCG_NONE, t, x86_const(dc, in->osz),
             x86_const(dc, dc->next_pc));
    tcg_label_place(s, done);
}

void x86_gen_sys_popf(DisasContext *dc, const X86Insn *in)
{
    TCGRef t;

    if (level0(dc) && in->osz != MO_16 && !(dc->mode & HF_TF)) {
        popf_inline(dc, in);
        return;
    }
    t = tcg_local_new(dc->s, TCG_I64);
    tcg_op1(dc->s, TCG_mov, MO_64, t, x86_pop_peek(dc, in));
    if (dc->mode & HF_VM) {
        tcg_call(dc->s, &helper_v86_popf_info, TCG_NONE, t,
                 x86_const(dc, in->osz));
    }
    x86_add_sp(dc, in, 1 << in->osz);
    tcg_call(dc->s, &helper_popf_info, TCG_NONE, t, x86_const(dc, in->osz),
             x86_const(dc, dc->next_pc));
}

/* STAC 1, CLAC 0 */
void gen_stac(DisasContext *dc, const X86Insn *in)
{
    if (dc->mode >> HF_CPL_SHIFT & 3) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_set_ac_info, TCG_NONE,
             x86_const(dc, in->row->arg));
}

/* ---- ports ------------------------------------------------------------------------------- */

static TCGRef port_of(DisasContext *dc, const X86Insn *in, unsigned i)
{
    return in->row->opnd[i].kind == OK_I ? x86_const(dc, in->imm & 0xff)
                                         : dc->gpr[R_EDX];
}

static bool user_mode(DisasContext *dc)
{
    if (!(dc->mode & HF_SYS)) {
        x86_gen_raise(dc, EXCP0D_GPF);
        return true;
    }
    return false;
}

static unsigned port_size(const X86Insn *in)
{
    return in->opcode & 1 ? in->osz == MO_16 ? MO_16 : MO_32 : MO_8;
}

void gen_in(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    if (user_mode(dc)) {
        return;
    }
    tcg_call(dc->s, &helper_in_info, t, port_of(dc, in, 1),
             x86_const(dc, port_size(in)));
    x86_st_reg(dc, port_size(in), R_EAX, t);
}

void gen_out(DisasContext *dc, const X86Insn *in)
{
    if (user_mode(dc)) {
        return;
    }
    tcg_call(dc->s, &helper_out_info, TCG_NONE, port_of(dc, in, 0),
             dc->gpr[R_EAX], x86_const(dc, port_size(in)),
             x86_const(dc, dc->next_pc));
}

void x86_gen_string_helper(DisasContext *dc, const X86Insn *in, unsigned op,
                           unsigned sz)
{
    uint64_t desc = op | sz << STRING_SZ_SHIFT | in->asz << STRING_ASZ_SHIFT |
                    in->seg << STRING_SEG_SHIFT |
                    (in->rep ? STRING_REP : 0);

    tcg_call(dc->s, &helper_string_info, TCG_NONE, x86_const(dc, desc),
             x86_const(dc, in->pc), x86_const(dc, dc->next_pc));
}

/* INS, OUTS */
void gen_io(DisasContext *dc, const X86Insn *in)
{
    if (user_mode(dc)) {
        return;
    }
    x86_gen_string_helper(dc, in, in->opcode & 2 ? STRING_OUTS : STRING_INS,
                          port_size(in));
}

/* ---- control and debug registers ------------------------------------------------------------ */

void gen_hlt(DisasContext *dc, const X86Insn *in)
{
    x86_gen_exit_next(dc, EXCP_HLT, 0);
}

static unsigned cr_size(const X86Insn *in)
{
    return in->mode64 ? MO_64 : MO_32;
}

void gen_mov_from_cr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_call(dc->s, in->row->arg ? &helper_read_dr_info : &helper_read_cr_info,
             t, x86_const(dc, in->reg));
    x86_st_reg(dc, cr_size(in), in->rm, t);
}

void gen_mov_to_cr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = dc->gpr[in->rm];

    if (!in->mode64) {
        t = x86_tmp(dc);
        tcg_op1(dc->s, TCG_ext_u, MO_32, t, dc->gpr[in->rm]);
    }
    tcg_call(dc->s, in->row->arg ? &helper_write_dr_info
                                 : &helper_write_cr_info, TCG_NONE,
             x86_const(dc, in->reg), t);
    x86_gen_leave(dc);
}

void gen_lmsw(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_op1(dc->s, TCG_ext_u, MO_16, t, x86_ld_opnd(dc, in, 0));
    tcg_call(dc->s, &helper_lmsw_info, TCG_NONE, t);
    x86_gen_leave(dc);
}

void gen_clts(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_clts_info, TCG_NONE);
    x86_gen_leave(dc);
}

/* ---- tables ------------------------------------------------------------------------------------ */

/* LGDT 0, LIDT 1 */
void gen_lgdt(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);
    TCGRef limit = x86_tmp(dc), base = x86_tmp(dc);

    tcg_ld(dc->s, MO_16, 0, limit, m);
    tcg_ld(dc->s, in->mode64 ? MO_64 : MO_32, 0, base, x86_mem_plus(dc, m, 2));
    if (!in->mode64 && in->osz == MO_16) {
        TCGRef t = x86_tmp(dc);

        tcg_op2(dc->s, TCG_and, MO_64, t, base, x86_const(dc, 0xffffff));
        base = t;
    }
    tcg_call(dc->s, &helper_set_table_info, TCG_NONE,
             x86_const(dc, in->row->arg), base, limit);
}

/* LLDT 0, LTR 1 */
void gen_lldt(DisasContext *dc, const X86Insn *in)
{
    TCGRef t;

    if (no_protection(dc)) {
        return;
    }
    t = x86_tmp(dc);
    tcg_op1(dc->s, TCG_ext_u, MO_16, t, x86_ld_opnd(dc, in, 0));
    tcg_call(dc->s, &helper_lldt_info, TCG_NONE, t,
             x86_const(dc, in->row->arg));
}

/* SLDT, STR, SGDT, SIDT, SMSW at system level. */
void x86_gen_sys_sysreg(DisasContext *dc, const X86Insn *in)
{
    unsigned what = in->row->arg;
    TCGRef v, limit;

    if (what < 2 && no_protection(dc)) {
        return;
    }
    v = tcg_local_new(dc->s, TCG_I64);
    tcg_call(dc->s, &helper_sysreg_info, v, x86_const(dc, what));
    if (in->row->opnd[0].kind == OK_M) {
        TCGMem m = x86_mem(dc, in);

        limit = tcg_local_new(dc->s, TCG_I64);
        tcg_call(dc->s, &helper_sysreg_info, limit, x86_const(dc, what + 3));
        tcg_st(dc->s, MO_16, limit, m);
        tcg_st(dc->s, in->mode64 ? MO_64 : MO_32, v, x86_mem_plus(dc, m, 2));
    } else if (in->mem) {
        tcg_st(dc->s, MO_16, v, x86_mem(dc, in));
    } else {
        x86_st_reg(dc, in->osz, in->rm, v);
    }
}

bool x86_gen_no_protection(DisasContext *dc)
{
    return no_protection(dc);
}

/* ---- TLB ------------------------------------------------------------------------------------------ */

void gen_invlpg(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem_seg(dc, in, x86_mem_noseg(dc, in), in->seg);

    tcg_call(dc->s, &helper_invlpg_info, TCG_NONE, x86_mem_addr(dc, m));
    x86_gen_leave(dc);
}

void gen_invpcid(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem(dc, in);
    TCGRef lo = x86_tmp(dc), hi = x86_tmp(dc);

    tcg_ld(dc->s, MO_64, 0, lo, m);
    tcg_ld(dc->s, MO_64, 0, hi, x86_mem_plus(dc, m, 8));
    tcg_call(dc->s, &helper_invpcid_info, TCG_NONE, dc->gpr[in->reg], lo, hi);
    x86_gen_leave(dc);
}

/* INVD, WBINVD: nothing is cached. */
void gen_wbinvd(DisasContext *dc, const X86Insn *in)
{
}

/* ---- system calls, SMM ------------------------------------------------------------------------------ */

void gen_swapgs(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc), gs = dc->seg_base[R_GS];

    tcg_op1(dc->s, TCG_mov, MO_64, t, gs);
    tcg_op1(dc->s, TCG_mov, MO_64, gs, dc->kernel_gs_base);
    tcg_op1(dc->s, TCG_mov, MO_64, dc->kernel_gs_base, t);
}

void gen_sysret(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_sysret_info, TCG_NONE, x86_const(dc, in->osz));
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

void gen_sysexit(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_sysexit_info, TCG_NONE, x86_const(dc, in->osz));
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

void gen_rsm(DisasContext *dc, const X86Insn *in)
{
    if (!(dc->mode & HF_SYS)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_rsm_info, TCG_NONE);
    tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, in->pc);
}

/* ---- MSRs, XCR0, protection keys --------------------------------------------------------------------- */

static void set_edx_eax(DisasContext *dc, TCGRef v)
{
    tcg_op1(dc->s, TCG_ext_u, MO_32, dc->gpr[R_EAX], v);
    tcg_op2(dc->s, TCG_shr, MO_64, dc->gpr[R_EDX], v, x86_const(dc, 32));
}

void gen_rdmsr(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    tcg_call(dc->s, &helper_rdmsr_info, t);
    set_edx_eax(dc, t);
}

void gen_wrmsr(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_wrmsr_info, TCG_NONE);
    x86_gen_leave(dc);
}

void gen_rdpmc(DisasContext *dc, const X86Insn *in)
{
    tcg_call(dc->s, &helper_rdpmc_info, TCG_NONE);
    tcg_exit(dc->s, EXCP0D_GPF, 0, in->pc);
}

void gen_xsetbv(DisasContext *dc, const X86Insn *in)
{
    if (dc->mode & HF_NOXSAVE) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_xsetbv_info, TCG_NONE);
    x86_gen_leave(dc);
}

void gen_rdpkru(DisasContext *dc, const X86Insn *in)
{
    TCGRef t = x86_tmp(dc);

    if (!(dc->mode & HF_SYS)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_rdpkru_info, t);
    set_edx_eax(dc, t);
}

void gen_wrpkru(DisasContext *dc, const X86Insn *in)
{
    if (!(dc->mode & HF_SYS)) {
        x86_gen_raise(dc, EXCP06_ILLOP);
        return;
    }
    tcg_call(dc->s, &helper_wrpkru_info, TCG_NONE);
}
