/* SPDX-License-Identifier: MIT */
/*
 * Control, debug and EFER registers with what follows from them; reset; the
 * mode bits of system level.
 * Source: Intel SDM vol. 3 ch. 2 and 10 (table 10-1), AMD APM vol. 2 ch. 3.
 */
#include "util/osdep.h"
#include "target-i386/fpu_state.h"
#include "target-i386/sys.h"

X86SysOps x86_sys_ops;
uint64_t x86_sys_tsc_base;

/* ---- modes ------------------------------------------------------------------ */

/* All of a real-mode segment, for offsets of 16 bits. */
static bool real_flat(const SegmentCache *s)
{
    return s->limit >= 0xffff &&
           (s->flags & (DESC_P | DESC_S | DESC_RW | DESC_CODE | DESC_CE)) ==
           (DESC_P | DESC_S | DESC_RW);
}

/* Can an offset of 32 bits be too large, as it always can but after tricks? */
static bool has_small_seg(const CPUX86State *env)
{
    for (unsigned i = 0; i < 6; i++) {
        if (i != R_CS && env->segs[i].limit != UINT32_MAX) {
            return true;
        }
    }
    return false;
}

static uint64_t seg_bits(const CPUX86State *env)
{
    bool (*flat)(const SegmentCache *) =
        x86_real_or_v86(env) ? real_flat : x86_seg_flat;
    const SegmentCache *s = env->segs;
    uint64_t mode = 0;

    mode |= s[R_CS].flags & DESC_DB ? HF_CS32 : 0;
    mode |= s[R_SS].flags & DESC_DB ? HF_SS32 : 0;
    if (s[R_ES].base || s[R_CS].base || s[R_SS].base || s[R_DS].base) {
        mode |= HF_ADDSEG;
    }
    if (!flat(&s[R_ES]) || !flat(&s[R_SS]) || !flat(&s[R_DS])) {
        mode |= HF_CHECK;
    }
    if (s[R_CS].limit != (mode & HF_CS32 ? UINT32_MAX : 0xffff)) {
        mode |= HF_CSLIM;
    }
    if (x86_real_or_v86(env) && has_small_seg(env)) {
        mode |= HF_LIM16;
    }
    mode |= flat(&s[R_FS]) ? 0 : HF_FSCHK;
    mode |= flat(&s[R_GS]) ? 0 : HF_GSCHK;
    return mode | (s[R_CS].base & UINT32_MAX) << HF_CSBASE_SHIFT;
}

static uint64_t fpu_bits(const CPUX86State *env)
{
    const X86Sys *s = env->sys;
    uint64_t mode = 0;

    mode |= s->cr0 & CR0_TS ? HF_TS : 0;
    mode |= s->cr0 & CR0_EM ? HF_EM : 0;
    mode |= s->cr0 & CR0_MP ? HF_MP : 0;
    mode |= s->ignne ? HF_IGNNE : 0;
    mode |= s->cr4 & CR4_OSFXSR ? 0 : HF_NOSSE;
    if (!(s->cr4 & CR4_OSXSAVE)) {
        mode |= HF_NOXSAVE | HF_NOAVX;
    } else if ((env->xcr0 & 6) != 6) {
        mode |= HF_NOAVX;
    }
    return mode;
}

void x86_sys_update_mode(CPUX86State *env)
{
    X86Sys *s = env->sys;
    uint64_t mode = HF_SYS | (uint64_t)s->cpl << HF_CPL_SHIFT | fpu_bits(env);

    mode |= s->cr0 & CR0_PE ? HF_PE : 0;
    mode |= env->eflags & VM_MASK ? HF_VM : 0;
    mode |= (env->eflags & TF_MASK) || s->debug_step ? HF_TF : 0;
    if (s->cpl == 3 && (env->eflags & AC_MASK) && (s->cr0 & CR0_AM)) {
        mode |= HF_CHECK | HF_FSCHK | HF_GSCHK;
    }
    if (env->segs[R_CS].flags & DESC_L) {
        mode |= HF_CS64;
    } else {
        mode |= seg_bits(env);
    }
    env->h.mode = mode | (env->h.mode & 7ull << HF_X87TOP_SHIFT);
    softmmu_set_mode(&env->h, s->cpl == 3 ? MMU_USER :
                     (s->cr4 & CR4_SMAP) && !(env->eflags & AC_MASK)
                     ? MMU_KSMAP : MMU_KERNEL);
    softmmu_set_addr_mask(&env->h, mode & HF_CS64 ? UINT64_MAX : UINT32_MAX);
}

void x86_sys_set_ip(CPUX86State *env, uint64_t ip)
{
    env->h.pc = env->segs[R_CS].flags & DESC_L ? ip :
                (uint32_t)(env->segs[R_CS].base + ip);
    x86_sys_update_mode(env);
}

uint64_t x86_sys_tsc(const CPUX86State *env)
{
    return host_ticks() + env->sys->tsc_offset;
}

/* ---- control registers -------------------------------------------------------- */

static bool feat(const CPUX86State *env, unsigned f)
{
    return x86_feat(env->model->feats, f);
}

static void QEMU_NORETURN gp(CPUX86State *env)
{
    x86_raise(env, EXCP0D_GPF, 0);
}

void x86_sys_write_cr0(CPUX86State *env, uint64_t val)
{
    X86Sys *s = env->sys;
    const uint64_t known = CR0_PG | CR0_CD | CR0_NW | CR0_AM | CR0_WP |
                           CR0_NE | CR0_ET | CR0_TS | CR0_EM | CR0_MP |
                           CR0_PE;
    uint64_t changed;

    if (val >> 32 || ((val & CR0_PG) && !(val & CR0_PE)) ||
        ((val & CR0_NW) && !(val & CR0_CD))) {
        gp(env);
    }
    val = (val & known) | CR0_ET;
    changed = val ^ s->cr0;
    if ((changed & val & CR0_PG) && (s->efer & EFER_LME)) {
        if (!(s->cr4 & CR4_PAE) || (env->segs[R_CS].flags & DESC_L)) {
            gp(env);
        }
        s->efer |= EFER_LMA;
    } else if (changed & s->cr0 & CR0_PG) {
        if ((env->h.mode & HF_CS64) || (s->cr4 & CR4_PCIDE)) {
            gp(env);
        }
        s->efer &= ~(uint64_t)EFER_LMA;
    }
    s->cr0 = val;
    if (changed & (CR0_PG | CR0_WP | CR0_PE)) {
        softmmu_flush(&env->h, false);
    }
    if ((changed & CR0_PE) && !(val & CR0_PE)) {
        s->cpl = 0;
    }
    x86_sys_update_mode(env);
}

void x86_sys_write_cr3(CPUX86State *env, uint64_t val)
{
    X86Sys *s = env->sys;

    if (s->cr4 & CR4_PCIDE) {
        val &= ~(1ull << 63);
    }
    if (x86_long_active(s) ? val & ~s->phys_mask : false) {
        gp(env);
    }
    s->cr3 = x86_long_active(s) ? val : (uint32_t)val;
    softmmu_flush(&env->h, s->cr4 & CR4_PGE);
}

static uint64_t cr4_known(const CPUX86State *env)
{
    uint64_t k = CR4_TSD | CR4_PCE | CR4_OSXMMEXCPT;
    static const struct { uint8_t f; uint32_t bit; } rows[] = {
        { X86_FEAT_VME, CR4_VME | CR4_PVI },
        { X86_FEAT_DE, CR4_DE }, { X86_FEAT_PSE, CR4_PSE },
        { X86_FEAT_PAE, CR4_PAE }, { X86_FEAT_MCE, CR4_MCE },
        { X86_FEAT_PGE, CR4_PGE }, { X86_FEAT_FXSR, CR4_OSFXSR },
        { X86_FEAT_UMIP, CR4_UMIP }, { X86_FEAT_LA57, CR4_LA57 },
        { X86_FEAT_FSGSBASE, CR4_FSGSBASE }, { X86_FEAT_PCID, CR4_PCIDE },
        { X86_FEAT_XSAVE, CR4_OSXSAVE }, { X86_FEAT_SMEP, CR4_SMEP },
        { X86_FEAT_SMAP, CR4_SMAP }, { X86_FEAT_PKU, CR4_PKE },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        k |= feat(env, rows[i].f) ? rows[i].bit : 0;
    }
    return k;
}

void x86_sys_write_cr4(CPUX86State *env, uint64_t val)
{
    X86Sys *s = env->sys;
    uint64_t changed = val ^ s->cr4;

    if ((val & ~cr4_known(env)) ||
        (x86_long_active(s) && (!(val & CR4_PAE) || (changed & CR4_LA57))) ||
        ((changed & val & CR4_PCIDE) &&
         (!x86_long_active(s) || (s->cr3 & 0xfff)))) {
        gp(env);
    }
    s->cr4 = val;
    if (changed & (CR4_PSE | CR4_PAE | CR4_PGE | CR4_LA57 | CR4_PCIDE |
                   CR4_SMEP | CR4_SMAP | CR4_PKE)) {
        softmmu_flush(&env->h, false);
    }
    x86_sys_update_mode(env);
}

void x86_sys_write_efer(CPUX86State *env, uint64_t val)
{
    X86Sys *s = env->sys;
    uint64_t known = (feat(env, X86_FEAT_SYSCALL) ? EFER_SCE : 0) |
                     (feat(env, X86_FEAT_LM) ? EFER_LME | EFER_LMA : 0) |
                     (feat(env, X86_FEAT_NX) ? EFER_NXE : 0) |
                     (feat(env, X86_FEAT_FXSR_OPT) ? EFER_FFXSR : 0);
    uint64_t changed;

    if ((val & ~known) || (x86_paging(s) && ((val ^ s->efer) & EFER_LME))) {
        gp(env);
    }
    val = (val & ~(uint64_t)EFER_LMA) | (s->efer & EFER_LMA);
    changed = val ^ s->efer;
    s->efer = val;
    if (changed & EFER_NXE) {
        softmmu_flush(&env->h, false);
    }
}

void x86_sys_write_pkru(CPUX86State *env, uint32_t val)
{
    if (val != env->pkru) {
        env->pkru = val;
        if (env->sys->cr4 & CR4_PKE) {
            softmmu_flush(&env->h, false);
        }
    }
}

/* ---- debug registers ------------------------------------------------------------ */

static unsigned dr_number(CPUX86State *env, unsigned n)
{
    X86Sys *s = env->sys;

    if (n > 7 || ((n == 4 || n == 5) && (s->cr4 & CR4_DE))) {
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (s->dr[7] & DR7_GD) {
        s->dr[6] |= DR6_BD;
        s->debug_fault = true;
        x86_raise(env, EXCP01_DB, 0);
    }
    return n == 4 || n == 5 ? n + 2 : n;
}

uint64_t x86_sys_read_dr(CPUX86State *env, unsigned n)
{
    return env->sys->dr[dr_number(env, n)];
}

/* Breakpoints on instructions are looked for step by step. */
static bool has_code_bp(const X86Sys *s)
{
    for (unsigned i = 0; i < 4; i++) {
        if ((s->dr[7] >> (2 * i) & 3) && !(s->dr[7] >> (16 + 4 * i) & 3)) {
            return true;
        }
    }
    return false;
}

void x86_sys_update_debug(CPUX86State *env)
{
    env->sys->debug_step = has_code_bp(env->sys);
    softmmu_flush(&env->h, false);
    x86_sys_update_mode(env);
}

void x86_sys_write_dr(CPUX86State *env, unsigned n, uint64_t val)
{
    X86Sys *s = env->sys;

    n = dr_number(env, n);
    if (n >= 6 && val >> 32) {
        gp(env);
    }
    if (n == 6) {
        val = (val & 0xe00f) | DR6_FIXED;
    } else if (n == 7) {
        val = (val & 0xffff2fff) | DR7_FIXED;
    }
    s->dr[n] = val;
    if (n != 6) {
        x86_sys_update_debug(env);
    }
}

/* ---- reset ----------------------------------------------------------------------- */

void x86_sys_new(CPUX86State *env, unsigned index, unsigned count)
{
    X86Sys *s = g_new0(X86Sys, 1);

    env->sys = s;
    s->index = s->apic_id = index;
    s->count = count;
    s->delivering = -1;
    s->a20_mask = UINT64_MAX;
    s->phys_mask = (1ull << 40) - 1;
    softmmu_init(&env->h);
}

static void reset_seg(CPUX86State *env, unsigned seg, unsigned sel,
                      uint64_t base, uint32_t flags)
{
    env->segs[seg] = (SegmentCache){
        .selector = sel, .base = base, .limit = 0xffff, .flags = flags,
    };
}

/* What RESET and INIT share. */
static void reset_common(CPUX86State *env)
{
    X86Sys *s = env->sys;

    x86_sys_wake(env);
    memset(env->regs, 0, sizeof(env->regs));
    env->regs[R_EDX] = env->model->signature;
    x86_set_eflags(env, 2);
    reset_seg(env, R_CS, 0xf000, 0xffff0000, DESC_P | DESC_S | DESC_RW |
              DESC_A);
    for (unsigned i = 0; i < 6; i++) {
        if (i != R_CS) {
            reset_seg(env, i, 0, 0, DESC_P | DESC_S | DESC_RW | DESC_A);
        }
    }
    s->gdt = s->idt = (SegmentCache){ .limit = 0xffff };
    s->ldt = (SegmentCache){ .limit = 0xffff, .flags = DESC_P | 2 << 8 };
    s->tr = (SegmentCache){ .limit = 0xffff, .flags = DESC_P | 11 << 8 };
    s->cpl = 0;
    s->cr0 = (s->cr0 & (CR0_CD | CR0_NW)) | CR0_ET;
    s->cr3 = s->cr4 = 0;
    s->efer = 0;
    env->cr2 = 0;
    memset(s->dr, 0, sizeof(s->dr));
    s->dr[6] = DR6_FIXED;
    s->dr[7] = DR7_FIXED;
    s->debug_step = s->inhibit = s->nmi_masked = s->smm = s->stop = false;
    s->ignne = false;
    s->bp_hit = 0;
    s->delivering = -1;
    s->halted = s->wait_sipi = s->index != 0;
    softmmu_flush(&env->h, false);
    x86_sys_set_ip(env, 0xfff0);
}

void x86_sys_reset(CPUX86State *env)
{
    X86Sys *s = env->sys;

    s->cr0 = CR0_CD | CR0_NW;
    s->star = s->lstar = s->cstar = s->sfmask = 0;
    env->kernel_gs_base = 0;
    s->sysenter_cs = s->sysenter_esp = s->sysenter_eip = 0;
    s->pat = 0x0007040600070406;
    s->tsc_aux = 0;
    s->umwait_control = 0;
    s->misc_enable = MISC_ENABLE_FAST_STRINGS |
                     (feat(env, X86_FEAT_MONITOR) ? MISC_ENABLE_MONITOR : 0);
    s->mcg_status = 0;
    s->mcg_ctl = UINT64_MAX;
    s->mtrr_def = 0;
    memset(s->mtrr, 0, sizeof(s->mtrr));
    memset(s->mtrr_fixed, 0, sizeof(s->mtrr_fixed));
    s->smbase = 0x30000;
    s->tsc_offset = -x86_sys_tsc_base;
    s->tsc_adjust = 0;
    env->xcr0 = 1;
    env->pkru = 0;
    x86_sys_ops.reset_apic_base(env);
    reset_common(env);
    x86_fpu_reset(env);
}

void x86_sys_init_signal(CPUX86State *env)
{
    reset_common(env);
    if (x86_sys_ops.init_reset) {
        x86_sys_ops.init_reset(env);
    }
}
