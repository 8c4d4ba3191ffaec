/* SPDX-License-Identifier: MIT */
/*
 * The x86 front end as the translator sees it: globals, decoding with fetch
 * across pages, and the driver that loads operands and calls a generator.
 * Flow: tcg/region.c -> (this) -> decode.c, gen-*.c.
 */
#include "util/osdep.h"
#include "util/log.h"
#include "target-i386/translate.h"

X86Gen gen_todo;

/* ORDER: of worth; the back end pins from the first (see the host's pins). */
static const struct { uint8_t reg; char name[4]; } gpr_order[16] = {
    { 0, "rax" }, { 1, "rcx" }, { 2, "rdx" }, { 3, "rbx" },
    { 4, "rsp" }, { 5, "rbp" }, { 6, "rsi" }, { 7, "rdi" },
    { 8, "r8" }, { 9, "r9" }, { 12, "r12" }, { 13, "r13" },
    { 10, "r10" }, { 11, "r11" }, { 14, "r14" }, { 15, "r15" },
};
static const char xmm_names[16][8] = {
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
    "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
};
static const char seg_names[6][8] = {
    "es_base", "cs_base", "ss_base", "ds_base", "fs_base", "gs_base",
};

/* An SSE exception that MXCSR does not mask, found by a reference op. */
static void simd_trap(TCGEnv *h)
{
    x86_raise((CPUX86State *)h, EXCP13_SIMD, 0);
}

static void x86_init(TCGContext *s)
{
    DisasContext *dc = g_new0(DisasContext, 1);

    tcg_ref_fp_trap = simd_trap;
    s->front = dc;
    dc->s = s;
    for (int i = 0; i < 16; i++) {
        unsigned r = gpr_order[i].reg;
        dc->gpr[r] = tcg_global_new(s, TCG_I64,
                                    offsetof(CPUX86State, regs) + r * 8,
                                    gpr_order[i].name);
    }
    for (int i = 0; i < 16; i++) {
        dc->xmm[i] = tcg_global_new(s, TCG_V256,
                                    offsetof(CPUX86State, vreg) + i * 64,
                                    xmm_names[i]);
    }
    for (int i = 0; i < 6; i++) {
        dc->seg_base[i] = tcg_global_new(
            s, TCG_I64, offsetof(CPUX86State, segs) +
            i * sizeof(SegmentCache) + offsetof(SegmentCache, base),
            seg_names[i]);
    }
    dc->cs_limit = tcg_global_new(
        s, TCG_I64, offsetof(CPUX86State, segs) +
        R_CS * sizeof(SegmentCache) + offsetof(SegmentCache, limit),
        "cs_limit");
    dc->eflags = tcg_global_new(s, TCG_I64, offsetof(CPUX86State, eflags),
                                "eflags");
    dc->fpip = tcg_global_new(s, TCG_I64, offsetof(CPUX86State, fpip), "fpip");
    dc->fpdp = tcg_global_new(s, TCG_I64, offsetof(CPUX86State, fpdp), "fpdp");
    dc->fpop = tcg_global_new(s, TCG_I64, offsetof(CPUX86State, fpop), "fpop");
    dc->intr = tcg_global_new(s, TCG_I64, offsetof(CPUX86State, intr),
                              "intr");
    dc->kernel_gs_base = tcg_global_new(
        s, TCG_I64, offsetof(CPUX86State, kernel_gs_base), "kernel_gs_base");
}

/* ---- decoding ------------------------------------------------------------ */

static const uint64_t *features(TCGContext *s)
{
    CPUX86State *env = (CPUX86State *)s->env;

    return env && env->model ? env->model->feats : NULL;
}

static void x86_fe_decode(TCGContext *s, uint64_t mode, TCGInsn *insn)
{
    X86Insn *in = tcg_malloc_raw(s, sizeof(*in));

    *in = *x86_decoded(s, insn->pc, mode);
    x86_insn_summary(in, mode, insn);
    insn->priv = in;
}

static void x86_fe_peek(TCGContext *s, uint64_t mode, TCGInsn *insn)
{
    x86_insn_summary(x86_decoded(s, insn->pc, mode), mode, insn);
}

/* ---- generation ---------------------------------------------------------- */

/* CR1, CR5 to CR7, CR9 to CR15 and DR8 to DR15: #UD at any privilege. */
static bool no_such_register(const X86Insn *in)
{
    for (unsigned i = 0; i < in->row->nopnd; i++) {
        unsigned kind = in->row->opnd[i].kind;

        if ((kind == OK_C && !(0x11d >> in->reg & 1)) ||
            (kind == OK_D && in->reg > 7)) {
            return true;
        }
    }
    return false;
}

/* What depends on the mode and stands before any operand; true if it raised. */
static bool gen_checks(DisasContext *dc, const X86Insn *in)
{
    const X86Row *r = in->row;

    if ((r->attr & (dc->mode & HF_SYS ? XA_PRIV : XA_PRIV | XA_IOPL)) &&
        (dc->mode >> HF_CPL_SHIFT & 3)) {
        x86_gen_raise(dc, no_such_register(in) ? EXCP06_ILLOP
                                               : EXCP0D_GPF);
        return true;
    }
    if (r->attr & XA_TODO) {
        qemu_log_mask(LOG_UNIMP, "0x%016" PRIx64 ": %s is not implemented\n",
                      in->pc, r->name);
        gen_todo(dc, in);
        return true;
    }
    return false;
}

X86Gen gen_fwait;

static void x86_fe_gen(TCGContext *s, const TCGInsn *insn)
{
    DisasContext *dc = s->front;
    const X86Insn *in = insn->priv;
    const X86Row *r = in->row;

    dc->in = in;
    dc->env = (CPUX86State *)s->env;
    dc->feats = features(s);
    dc->mode = s->mode;
    dc->next_pc = insn->pc + insn->len;
    if (!in->mode64) {
        dc->next_pc = (uint32_t)dc->next_pc;
    }
    dc->mem_done = false;
    dc->v[0] = dc->v[1] = dc->v[2] = dc->v[3] = TCG_NONE;
    if (unlikely(dc->mode & HF_CSLIM)) {
        x86_check_code(dc);
    }
    if (unlikely(r->attr & (XA_PRIV | XA_IOPL | XA_TODO)) &&
        gen_checks(dc, in)) {
        return;
    }
    if ((dc->mode & HF_SYS) && x86_gen_sys_checks(dc, in)) {
        return;
    }
    if ((r->attr & XA_X87) && !tcg_backend->has_x87) {
        gen_fwait(dc, in);
    }
    if (!(r->attr & XA_RAW)) {
        for (unsigned i = r->attr & XA_R0 ? 0 : 1; i < r->nopnd; i++) {
            dc->v[i] = x86_ld_opnd(dc, in, i);
        }
    }
    r->gen(dc, in);
}

/* Capstone's CS_MODE_64, CS_MODE_32, CS_MODE_16. */
static int x86_cs_mode(uint64_t mode)
{
    return mode & HF_CS64 ? 8 : mode & HF_CS32 ? 4 : 2;
}

const TCGFrontend x86_frontend = {
    .name = "x86",
    .state_size = sizeof(CPUX86State),
    .init = x86_init,
    .decode = x86_fe_decode,
    .peek = x86_fe_peek,
    .gen = x86_fe_gen,
    .cold_run = x86_cold_run,
    .cold_sync = x86_cold_sync,
    .step_mode = HF_TF,
    .soft_mode = HF_SYS,
    .slow_mode = HF_SLOW,
    .user_mode = 3 << HF_CPL_SHIFT,
    .addr64_mode = HF_CS64,
    .cs_arch = 3,           /* CS_ARCH_X86 */
    .cs_mode = x86_cs_mode,
};

const TCGFrontend *tcg_frontend = &x86_frontend;
