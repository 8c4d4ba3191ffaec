/* SPDX-License-Identifier: MIT */
/*
 * C helpers of the privileged instructions and of those that differ at system
 * level.  Flow: gen-priv.c -> tcg_call -> (this) -> sys-*.c.
 * Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"
#include "target-i386/sys-helper.h"
#include "target-i386/translate.h"
#include "target-i386/fpu_state.h"

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

static void QEMU_NORETURN gp(CPUX86State *env)
{
    x86_raise(env, EXCP0D_GPF, 0);
}

static void QEMU_NORETURN leave_at(TCGEnv *h, uint64_t pc)
{
    h->pc = pc;
    tcg_exit_helper(h, h->mode & HF_TF ? TCG_EXIT_STEP : TCG_EXIT_REQUEST,
                    false);
}

/* ---- flags -------------------------------------------------------------------- */

/* An interrupt waits and IF was just set: one instruction more, then it. */
static void helper_sti_leave(TCGEnv *h, uint64_t next)
{
    X86Sys *s = x86_env(h)->sys;

    s->inhibit = true;
    s->inhibit_pc = next - 1;
    leave_at(h, next);
}
X86_HELPER(helper_sti_leave, 1, false, HE_NORETURN);

static void helper_popf(TCGEnv *h, uint64_t val, uint64_t sz, uint64_t next)
{
    CPUX86State *env = x86_env(h);
    uint32_t mask = ARITH_MASK | TF_MASK | DF_MASK | NT_MASK | AC_MASK |
                    ID_MASK;
    uint64_t mode = h->mode;

    if ((env->eflags & VM_MASK) && x86_if_is_virtual(env)) {
        x86_set_virtual_if(env, val & IF_MASK);
    }
    if (!(env->sys->cr0 & CR0_PE) || env->sys->cpl == 0) {
        mask |= IOPL_MASK | IF_MASK;
    } else if (env->sys->cpl <= x86_iopl(env)) {
        mask |= IF_MASK;
    }
    if (sz == MO_16) {
        mask &= 0xffff;
    }
    x86_set_eflags(env, (x86_get_eflags(env) & ~(mask | RF_MASK)) |
                   (val & mask));
    x86_sys_update_mode(env);
    if (mode & HF_TF) {
        return;                     /* the step ends it anyway */
    }
    if (mode != h->mode ||
        (__atomic_load_n(&env->intr, __ATOMIC_RELAXED) &&
         (env->eflags & IF_MASK))) {
        leave_at(h, next);
    }
}
X86_HELPER(helper_popf, 3, false, HE_FLREAD | HE_FLWRITE);

static void helper_set_ac(TCGEnv *h, uint64_t on)
{
    CPUX86State *env = x86_env(h);

    env->eflags = (env->eflags & ~(uint64_t)AC_MASK) | (on ? AC_MASK : 0);
    x86_sys_update_mode(env);
}
X86_HELPER(helper_set_ac, 1, false, HE_NOFAULT);

/* ---- control registers ------------------------------------------------------------ */

static uint64_t helper_read_cr(TCGEnv *h, uint64_t n)
{
    CPUX86State *env = x86_env(h);
    const X86Sys *s = env->sys;

    switch (n) {
    case 0:
        return s->cr0;
    case 2:
        return env->cr2;
    case 3:
        return s->cr3;
    case 4:
        return s->cr4;
    case 8:
        return x86_sys_ops.get_tpr(env) >> 4;
    default:
        x86_raise(env, EXCP06_ILLOP, 0);
    }
}
X86_HELPER(helper_read_cr, 1, true, HE_RDONLY);

static void helper_write_cr(TCGEnv *h, uint64_t n, uint64_t val)
{
    CPUX86State *env = x86_env(h);

    switch (n) {
    case 0:
        x86_sys_write_cr0(env, val);
        break;
    case 2:
        env->cr2 = val;
        break;
    case 3:
        x86_sys_write_cr3(env, val);
        break;
    case 4:
        x86_sys_write_cr4(env, val);
        break;
    case 8:
        if (val & ~15ull) {
            gp(env);
        }
        x86_sys_ops.set_tpr(env, val << 4);
        break;
    default:
        x86_raise(env, EXCP06_ILLOP, 0);
    }
}
X86_HELPER(helper_write_cr, 2, false, 0);

static uint64_t helper_read_dr(TCGEnv *h, uint64_t n)
{
    return x86_sys_read_dr(x86_env(h), n);
}
X86_HELPER(helper_read_dr, 1, true, HE_RDONLY);

static void helper_write_dr(TCGEnv *h, uint64_t n, uint64_t val)
{
    x86_sys_write_dr(x86_env(h), n, val);
}
X86_HELPER(helper_write_dr, 2, false, HE_RDONLY);

/* LMSW can set PE but not clear it. */
static void helper_lmsw(TCGEnv *h, uint64_t val)
{
    CPUX86State *env = x86_env(h);
    uint64_t cr0 = env->sys->cr0;

    x86_sys_write_cr0(env, (cr0 & ~0xeull) | (val & 0xf) | (cr0 & CR0_PE));
}
X86_HELPER(helper_lmsw, 1, false, 0);

static void helper_clts(TCGEnv *h)
{
    x86_env(h)->sys->cr0 &= ~(uint64_t)CR0_TS;
    x86_sys_update_mode(x86_env(h));
}
X86_HELPER(helper_clts, 0, false, HE_RDONLY | HE_NOFAULT);

/* ---- tables and segments --------------------------------------------------------------- */

static void helper_set_table(TCGEnv *h, uint64_t idt, uint64_t base,
                             uint64_t limit)
{
    CPUX86State *env = x86_env(h);
    SegmentCache t = { .base = base, .limit = limit };

    if ((h->mode & HF_CS64) && !x86_canonical(env, base)) {
        gp(env);
    }
    if (idt) {
        env->sys->idt = t;
    } else {
        env->sys->gdt = t;
    }
}
X86_HELPER(helper_set_table, 3, false, HE_RDONLY);

static void helper_lldt(TCGEnv *h, uint64_t sel, uint64_t tr)
{
    if (tr) {
        x86_sys_load_tr(x86_env(h), sel);
    } else {
        x86_sys_load_ldt(x86_env(h), sel);
    }
}
X86_HELPER(helper_lldt, 2, false, HE_RDONLY);

/* SLDT, STR, SGDT, SIDT, SMSW; limits of the two tables: 5, 6. */
static uint64_t helper_sysreg(TCGEnv *h, uint64_t what)
{
    CPUX86State *env = x86_env(h);
    const X86Sys *s = env->sys;

    if (s->cpl && (s->cr4 & CR4_UMIP)) {
        gp(env);
    }
    switch (what) {
    case 0:
        return s->ldt.selector;
    case 1:
        return s->tr.selector;
    case 2:
        return s->gdt.base;
    case 3:
        return s->idt.base;
    case 4:
        return s->cr0;
    case 5:
        return s->gdt.limit & 0xffff;
    default:
        return s->idt.limit & 0xffff;
    }
}
X86_HELPER(helper_sysreg, 1, true, HE_RDONLY);

static void helper_need_cr4(TCGEnv *h, uint64_t bit)
{
    if (!(x86_env(h)->sys->cr4 & bit)) {
        x86_raise(x86_env(h), EXCP06_ILLOP, 0);
    }
}
X86_HELPER(helper_need_cr4, 1, false, HE_RDONLY);

/* ---- TLB ---------------------------------------------------------------------------------- */

static void helper_invlpg(TCGEnv *h, uint64_t addr)
{
    softmmu_flush_page(h, addr);
}
X86_HELPER(helper_invlpg, 1, false, HE_RDONLY | HE_NOFAULT);

static void helper_invpcid(TCGEnv *h, uint64_t type, uint64_t lo, uint64_t hi)
{
    CPUX86State *env = x86_env(h);

    if (type > 3 || lo >> 12 ||
        (type < 2 && lo && !(env->sys->cr4 & CR4_PCIDE)) ||
        (type == 0 && !x86_canonical(env, hi))) {
        gp(env);
    }
    if (type == 0) {
        softmmu_flush_page(h, hi);
    } else {
        softmmu_flush(&env->h, type != 2);
    }
}
X86_HELPER(helper_invpcid, 3, false, HE_RDONLY);

/* ---- system calls' returns ------------------------------------------------------------------ */

static void user_segment(CPUX86State *env, unsigned seg, unsigned sel,
                         uint32_t flags)
{
    env->segs[seg] = (SegmentCache){
        .selector = sel | 3, .limit = UINT32_MAX,
        .flags = DESC_P | DESC_S | DESC_A | DESC_G | DESC_RW |
                 3 << DESC_DPL_SHIFT | flags,
    };
}

static void helper_sysret(TCGEnv *h, uint64_t sz)
{
    CPUX86State *env = x86_env(h);
    X86Sys *s = env->sys;
    unsigned sel = s->star >> 48;
    uint64_t ip = env->regs[R_ECX];

    if (!(s->efer & EFER_SCE)) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (!(s->cr0 & CR0_PE) || s->cpl) {
        gp(env);
    }
    if (x86_long_active(s)) {
        if (sz == MO_64) {
            /* AMD's fault at the target, in ring 3. */
            if (!x86_canonical(env, ip) && !x86_is_amd(env->model)) {
                gp(env);
            }
            user_segment(env, R_CS, sel + 16, DESC_CODE | DESC_L);
        } else {
            ip = (uint32_t)ip;
            user_segment(env, R_CS, sel, DESC_CODE | DESC_DB);
        }
        x86_set_eflags(env, (env->regs[11] & 0x3c7fd7) | 2);
    } else {
        ip = (uint32_t)ip;
        user_segment(env, R_CS, sel, DESC_CODE | DESC_DB);
        x86_set_eflags(env, x86_get_eflags(env) | IF_MASK);
    }
    user_segment(env, R_SS, sel + 8, DESC_DB);
    s->cpl = 3;
    x86_sys_set_ip(env, ip);
    tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
}
X86_HELPER(helper_sysret, 1, false, HE_NORETURN | HE_FLREAD | HE_FLWRITE);

static void helper_sysexit(TCGEnv *h, uint64_t sz)
{
    CPUX86State *env = x86_env(h);
    X86Sys *s = env->sys;
    unsigned sel = s->sysenter_cs & 0xfffc;
    uint64_t ip = env->regs[R_EDX], sp = env->regs[R_ECX];

    if (x86_long_active(s) && x86_is_amd(env->model)) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (!sel || s->cpl || !(s->cr0 & CR0_PE)) {
        gp(env);
    }
    if (sz == MO_64) {
        if (!x86_canonical(env, ip) || !x86_canonical(env, sp)) {
            gp(env);
        }
        user_segment(env, R_CS, sel + 32, DESC_CODE | DESC_L);
        user_segment(env, R_SS, sel + 40, DESC_DB);
    } else {
        ip = (uint32_t)ip;
        sp = (uint32_t)sp;
        user_segment(env, R_CS, sel + 16, DESC_CODE | DESC_DB);
        user_segment(env, R_SS, sel + 24, DESC_DB);
    }
    env->regs[R_ESP] = sp;
    s->cpl = 3;
    x86_sys_set_ip(env, ip);
    tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
}
X86_HELPER(helper_sysexit, 1, false, HE_NORETURN);

static void helper_rsm(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);

    if (!env->sys->smm) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    x86_smm_leave(env);
    tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
}
X86_HELPER(helper_rsm, 0, false, HE_NORETURN | HE_FLREAD | HE_FLWRITE);

/* ---- MSRs, counters, XCR0 --------------------------------------------------------------------- */

static uint64_t helper_rdmsr(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);
    uint64_t val = 0;

    if (!x86_sys_rdmsr(env, env->regs[R_ECX], &val)) {
        gp(env);
    }
    return val;
}
X86_HELPER(helper_rdmsr, 0, true, HE_RDONLY);

static void helper_wrmsr(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);

    if (!x86_sys_wrmsr(env, env->regs[R_ECX],
                       (uint32_t)env->regs[R_EAX] | env->regs[R_EDX] << 32)) {
        gp(env);
    }
}
X86_HELPER(helper_wrmsr, 0, false, 0);

static void helper_rdpmc(TCGEnv *h)
{
    gp(x86_env(h));
}
X86_HELPER(helper_rdpmc, 0, false, HE_NORETURN);

static uint64_t helper_sys_rdtsc(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);

    if (env->sys->cpl && (env->sys->cr4 & CR4_TSD)) {
        gp(env);
    }
    return x86_sys_tsc(env);
}
X86_HELPER(helper_sys_rdtsc, 0, true, HE_RDONLY);

static uint64_t helper_sys_tsc_aux(TCGEnv *h)
{
    return x86_env(h)->sys->tsc_aux;
}
X86_HELPER(helper_sys_tsc_aux, 0, true, HE_NOGLOBALS | HE_NOFAULT);

static void helper_xsetbv(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);
    uint64_t val = (uint32_t)env->regs[R_EAX] | env->regs[R_EDX] << 32;
    uint64_t known = x86_xcr0_known(env->model->feats);

    if ((uint32_t)env->regs[R_ECX] || !(val & X86_XCR0_X87) ||
        (val & ~known) ||
        (val & (X86_XCR0_SSE | X86_XCR0_AVX)) == X86_XCR0_AVX) {
        gp(env);
    }
    env->xcr0 = val;
    x86_sys_update_mode(env);
}
X86_HELPER(helper_xsetbv, 0, false, HE_RDONLY);

static uint64_t helper_rdpkru(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);

    if (!(env->sys->cr4 & CR4_PKE)) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if ((uint32_t)env->regs[R_ECX]) {
        gp(env);
    }
    return env->pkru;
}
X86_HELPER(helper_rdpkru, 0, true, HE_RDONLY);

static void helper_wrpkru(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);

    if (!(env->sys->cr4 & CR4_PKE)) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if ((uint32_t)env->regs[R_ECX] || (uint32_t)env->regs[R_EDX]) {
        gp(env);
    }
    x86_sys_write_pkru(env, env->regs[R_EAX]);
}
X86_HELPER(helper_wrpkru, 0, false, HE_RDONLY);

/* ---- x87 errors ---------------------------------------------------------------------------------- */

/* Before an x87 instruction under IGNNE#, which the board holds until FERR# is
 * gone.  One that waits for errors forgets them instead of raising them. */
static void helper_ignne(TCGEnv *h, uint64_t waits)
{
    CPUX86State *env = x86_env(h);

    if (!env->sys->ignne) {
        return;                     /* since this code was entered */
    }
    x86_fpu_sync(env);
    if (!(env->fpus & X86_FSW_ES)) {
        env->sys->ignne = false;
    } else if (waits) {
        env->fpus &= ~X86_FSW_ERRORS;
        x86_fpu_load(env);
    }
    x86_sys_update_mode(env);
}
X86_HELPER(helper_ignne, 1, false, HE_NOFAULT);

/* ---- ports ------------------------------------------------------------------------------------- */

/* What the TSS's bitmap says. */
static void check_io_bitmap(CPUX86State *env, unsigned port, unsigned size)
{
    const X86Sys *s = env->sys;
    unsigned type = s->tr.flags >> 8 & 15, at, bits;

    if (!(s->tr.flags & DESC_P) || (type & 8) == 0 || s->tr.limit < 103) {
        gp(env);
    }
    at = x86_ld_sys(env, s->tr.base + 0x66, 2) + (port >> 3);
    if (at + 1 > s->tr.limit) {
        gp(env);
    }
    bits = x86_ld_sys(env, s->tr.base + at, 2) >> (port & 7);
    if (bits & ((1 << size) - 1)) {
        gp(env);
    }
}

void x86_check_io(CPUX86State *env, unsigned port, unsigned size)
{
    const X86Sys *s = env->sys;

    if ((s->cr0 & CR0_PE) &&
        (s->cpl > x86_iopl(env) || (env->eflags & VM_MASK))) {
        check_io_bitmap(env, port, size);
    }
    if (unlikely(s->dr[7] & 0xff) && (s->cr4 & CR4_DE)) {
        x86_sys_check_bps(env, port, size, DR7_RW_IO);
    }
}

static uint64_t helper_in(TCGEnv *h, uint64_t port, uint64_t sz)
{
    CPUX86State *env = x86_env(h);

    x86_check_io(env, port & 0xffff, 1 << sz);
    return x86_sys_ops.port_in(env, port & 0xffff, 1 << sz);
}
X86_HELPER(helper_in, 2, true, HE_RDONLY);

static void helper_out(TCGEnv *h, uint64_t port, uint64_t val, uint64_t sz,
                       uint64_t next)
{
    CPUX86State *env = x86_env(h);

    x86_check_io(env, port & 0xffff, 1 << sz);
    x86_sys_ops.port_out(env, port & 0xffff,
                         sz == MO_8 ? (uint8_t)val : sz == MO_16
                         ? (uint16_t)val : (uint32_t)val, 1 << sz);
    /* Memory may look different now. */
    if (__atomic_load_n(&env->intr, __ATOMIC_RELAXED)) {
        leave_at(h, next);
    }
}
X86_HELPER(helper_out, 4, false, HE_RDONLY);
