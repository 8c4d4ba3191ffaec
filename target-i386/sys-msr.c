/* SPDX-License-Identifier: MIT */
/*
 * Model-specific registers: one row each, with where it lives, or functions.
 * Source: Intel SDM vol. 4, AMD APM vol. 2 appendix A.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"
#include "util/log.h"

typedef struct MsrRow {
    uint32_t first, last;
    uint16_t offset;            /* in X86Sys, of the first; 0: functions */
    uint8_t stride;
    bool canonical;             /* addresses */
    bool read_only;
    uint64_t writable;          /* other bits: #GP; 0: all */
    uint8_t nb_types, types;    /* low bytes that are memory types, of these */
    bool (*rd)(CPUX86State *env, uint32_t msr, uint64_t *val);
    bool (*wr)(CPUX86State *env, uint32_t msr, uint64_t val);
    uint64_t value;             /* read_only without functions */
} MsrRow;

#define IN(f) .offset = offsetof(X86Sys, f)

/* ---- rows with functions -------------------------------------------------------- */

static bool rd_tsc(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = x86_sys_tsc(env);
    return true;
}

static bool wr_tsc(CPUX86State *env, uint32_t msr, uint64_t val)
{
    uint64_t was = x86_sys_tsc(env);

    env->sys->tsc_offset += val - was;
    env->sys->tsc_adjust += val - was;
    return true;
}

static bool wr_tsc_adjust(CPUX86State *env, uint32_t msr, uint64_t val)
{
    env->sys->tsc_offset += val - env->sys->tsc_adjust;
    env->sys->tsc_adjust = val;
    return true;
}

static bool rd_apic_base(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = x86_sys_ops.get_apic_base(env);
    return true;
}

static bool wr_apic_base(CPUX86State *env, uint32_t msr, uint64_t val)
{
    return x86_sys_ops.set_apic_base(env, val);
}

static bool rd_x2apic(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    return x86_sys_ops.apic_msr_read(env, msr, val);
}

static bool wr_x2apic(CPUX86State *env, uint32_t msr, uint64_t val)
{
    return x86_sys_ops.apic_msr_write(env, msr, val);
}

static bool rd_deadline(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = x86_sys_ops.get_tsc_deadline(env);
    return true;
}

static bool wr_deadline(CPUX86State *env, uint32_t msr, uint64_t val)
{
    x86_sys_ops.set_tsc_deadline(env, val);
    return true;
}

static bool rd_efer(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = env->sys->efer;
    return true;
}

static bool wr_efer(CPUX86State *env, uint32_t msr, uint64_t val)
{
    x86_sys_write_efer(env, val);
    return true;
}

static bool rd_base(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = env->segs[msr & 1 ? R_GS : R_FS].base;
    return true;
}

static bool wr_base(CPUX86State *env, uint32_t msr, uint64_t val)
{
    if (!x86_canonical(env, val)) {
        return false;
    }
    env->segs[msr & 1 ? R_GS : R_FS].base = val;
    return true;
}

static bool rd_kernel_gs(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = env->kernel_gs_base;
    return true;
}

static bool wr_kernel_gs(CPUX86State *env, uint32_t msr, uint64_t val)
{
    env->kernel_gs_base = val;
    return true;
}

/* Are the low n bytes memory types of those in the set? */
static bool memory_types(uint64_t val, unsigned n, unsigned set)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned t = val >> (8 * i) & 0xff;

        if (t > 7 || !(set >> t & 1)) {
            return false;
        }
    }
    return true;
}
enum { MTRR_TYPES = 0x73, PAT_TYPES = 0xf3 };

/* Bases and masks in turn. */
static bool wr_mtrr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    X86MTRRRange *r = &env->sys->mtrr[(msr & 15) >> 1];
    bool mask = msr & 1;

    if ((val & (~env->sys->phys_mask | (mask ? 0x7ff : 0xf00))) ||
        (!mask && !memory_types(val, 1, MTRR_TYPES))) {
        return false;
    }
    *(mask ? &r->mask : &r->base) = val;
    return true;
}

/* Microcode updates: accepted, none applied. */
static bool wr_nothing(CPUX86State *env, uint32_t msr, uint64_t val)
{
    return true;
}

static bool rd_zero(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = 0;
    return true;
}

static bool rd_smbase(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    *val = env->sys->smbase;
    return env->sys->smm;
}

/* ---- the table --------------------------------------------------------------------- */

static const MsrRow rows[] = {
    { 0x00000010, 0x10, .rd = rd_tsc, .wr = wr_tsc },
    { 0x00000017, 0x17, .read_only = true },                /* platform id */
    { 0x0000001b, 0x1b, .rd = rd_apic_base, .wr = wr_apic_base },
    { 0x0000003a, 0x3a, .read_only = true, .value = 1 },    /* features locked */
    { 0x0000003b, 0x3b, IN(tsc_adjust), .wr = wr_tsc_adjust },
    { 0x00000079, 0x79, .rd = rd_zero, .wr = wr_nothing },
    { 0x0000008b, 0x8b, .rd = rd_zero, .wr = wr_nothing },
    { 0x0000009e, 0x9e, .rd = rd_smbase },
    { 0x000000ce, 0xce, .read_only = true },
    { 0x000000e1, 0xe1, IN(umwait_control), .writable = 0xfffffffd },
    { 0x000000fe, 0xfe, .read_only = true, .value = 0x508 },    /* MTRRcap */
    { 0x00000174, 0x174, IN(sysenter_cs) },
    { 0x00000175, 0x175, IN(sysenter_esp), .canonical = true },
    { 0x00000176, 0x176, IN(sysenter_eip), .canonical = true },
    { 0x00000179, 0x179, .read_only = true, .value = 10 | 1 << 8 },
    { 0x0000017a, 0x17a, IN(mcg_status) },
    { 0x0000017b, 0x17b, IN(mcg_ctl) },
    { 0x00000198, 0x198, .read_only = true, .value = 1000 | 4ull << 40 },
    { 0x000001a0, 0x1a0, IN(misc_enable) },
    { 0x000001d9, 0x1d9, .rd = rd_zero, .wr = wr_nothing },
    { 0x00000200, 0x20f, IN(mtrr), .stride = 8, .wr = wr_mtrr },
    { 0x00000250, 0x250, IN(mtrr_fixed[0]), .nb_types = 8,
      .types = MTRR_TYPES },
    { 0x00000258, 0x259, IN(mtrr_fixed[1]), .stride = 8, .nb_types = 8,
      .types = MTRR_TYPES },
    { 0x00000268, 0x26f, IN(mtrr_fixed[3]), .stride = 8, .nb_types = 8,
      .types = MTRR_TYPES },
    { 0x00000277, 0x277, IN(pat), .nb_types = 8, .types = PAT_TYPES },
    { 0x000002ff, 0x2ff, IN(mtrr_def), .writable = 0xcff, .nb_types = 1,
      .types = MTRR_TYPES },
    { 0x00000400, 0x427, .rd = rd_zero, .wr = wr_nothing },     /* MC banks */
    { 0x000006e0, 0x6e0, .rd = rd_deadline, .wr = wr_deadline },
    { 0x00000800, 0x8ff, .rd = rd_x2apic, .wr = wr_x2apic },
    { 0xc0000080, 0xc0000080, .rd = rd_efer, .wr = wr_efer },
    { 0xc0000081, 0xc0000081, IN(star) },
    { 0xc0000082, 0xc0000082, IN(lstar), .canonical = true },
    { 0xc0000083, 0xc0000083, IN(cstar), .canonical = true },
    { 0xc0000084, 0xc0000084, IN(sfmask) },
    { 0xc0000100, 0xc0000101, .rd = rd_base, .wr = wr_base },
    { 0xc0000102, 0xc0000102, .canonical = true, .rd = rd_kernel_gs,
      .wr = wr_kernel_gs },
    { 0xc0000103, 0xc0000103, IN(tsc_aux), .writable = UINT32_MAX },
    { 0xc0010010, 0xc0010010, .rd = rd_zero, .wr = wr_nothing },  /* SYSCFG */
    { 0xc0010015, 0xc0010015, .rd = rd_zero, .wr = wr_nothing },  /* HWCR */
    { 0xc001001f, 0xc001001f, .rd = rd_zero, .wr = wr_nothing },
    { 0xc0010055, 0xc0010055, .rd = rd_zero, .wr = wr_nothing },
    { 0xc0010058, 0xc0010058, .rd = rd_zero, .wr = wr_nothing },
    { 0xc0010114, 0xc0010114, .rd = rd_zero, .wr = wr_nothing },  /* VM_CR */
    { 0xc0010117, 0xc0010117, .rd = rd_zero, .wr = wr_nothing },
    { 0xc0011020, 0xc001102f, .rd = rd_zero, .wr = wr_nothing },
};

static const MsrRow *find(uint32_t msr)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (msr >= rows[i].first && msr <= rows[i].last) {
            return &rows[i];
        }
    }
    qemu_log_mask(LOG_UNIMP, "MSR 0x%08x is unknown\n", msr);
    return NULL;
}

static uint64_t *place(CPUX86State *env, const MsrRow *r, uint32_t msr)
{
    return (uint64_t *)((uint8_t *)env->sys + r->offset +
                        (msr - r->first) * r->stride);
}

bool x86_sys_rdmsr(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    const MsrRow *r = find(msr);

    if (!r) {
        return false;
    }
    if (r->rd) {
        return r->rd(env, msr, val);
    }
    *val = r->offset ? *place(env, r, msr) : r->value;
    return true;
}

bool x86_sys_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    const MsrRow *r = find(msr);

    if (!r || r->read_only || (r->canonical && !x86_canonical(env, val)) ||
        (r->writable && (val & ~r->writable)) ||
        !memory_types(val, r->nb_types, r->types)) {
        return false;
    }
    if (r->wr) {
        return r->wr(env, msr, val);
    }
    if (!r->offset) {
        return false;
    }
    *place(env, r, msr) = val;
    return true;
}
