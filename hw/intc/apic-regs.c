/* SPDX-License-Identifier: MIT */
/*
 * The local APIC's registers, in memory (SDM vol. 3A, table 11-1) and as MSRs
 * (table 11-6).
 */
#include "util/osdep.h"
#include "hw/intc/apic-int.h"

#define VERSION (0x14 | (LVT_N - 1) << 16)

static const uint32_t lvt_writable[LVT_N] = {
    [LVT_TIMER] = 0x000700ff,
    [LVT_THERMAL] = 0x000107ff,
    [LVT_PERF] = 0x000107ff,
    [LVT_LINT0] = 0x0001a7ff,
    [LVT_LINT1] = 0x0001a7ff,
    [LVT_ERROR] = 0x000100ff,
};

static uint32_t logical_id(const ApicState *s)
{
    return apic_in_x2apic(s) ? (s->id >> 4) << 16 | 1u << (s->id & 15)
                             : s->ldr << 24;
}

/* The current processor priority: 11.8.3.1. */
static uint32_t ppr(const ApicState *s)
{
    for (int i = 7; i >= 0; i--) {
        if (s->isr[i]) {
            uint32_t v = (32 * i + 31 - __builtin_clz(s->isr[i])) & 0xf0;

            return MAX(v, s->tpr & 0xf0) == (s->tpr & 0xf0) ? s->tpr : v;
        }
    }
    return s->tpr;
}

bool apic_reg_read(ApicState *s, unsigned reg, uint64_t *v)
{
    bool x2 = apic_in_x2apic(s);

    *v = 0;
    switch (reg) {
    case APIC_ID:
        *v = x2 ? s->id : s->id << 24;
        break;
    case APIC_VERSION:
        *v = VERSION;
        break;
    case APIC_TPR:
        *v = s->tpr;
        break;
    case APIC_APR:
        return !x2;
    case APIC_PPR:
        *v = ppr(s);
        break;
    case APIC_LDR:
        *v = logical_id(s);
        break;
    case APIC_DFR:
        *v = s->dfr << 28 | 0x0fffffff;
        return !x2;
    case APIC_SVR:
        *v = s->svr;
        break;
    case APIC_ISR ... APIC_ISR + 7:
        *v = s->isr[reg - APIC_ISR];
        break;
    case APIC_TMR ... APIC_TMR + 7:
        *v = s->tmr[reg - APIC_TMR];
        break;
    case APIC_IRR ... APIC_IRR + 7:
        *v = s->irr[reg - APIC_IRR];
        break;
    case APIC_ESR:
        *v = s->esr;
        break;
    case APIC_ICR:
        *v = s->icr | (x2 ? (uint64_t)s->icr2 << 32 : 0);
        break;
    case APIC_ICR2:
        *v = s->icr2;
        return !x2;
    case APIC_LVT ... APIC_LVT + LVT_N - 1:
        *v = s->lvt[reg - APIC_LVT];
        break;
    case APIC_INITIAL:
        *v = s->initial;
        break;
    case APIC_CURRENT:
        *v = apic_timer_current(s);
        break;
    case APIC_DIVIDE:
        *v = s->divide;
        break;
    default:
        return false;
    }
    return true;
}

static void write_lvt(ApicState *s, unsigned n, uint32_t v)
{
    v &= lvt_writable[n];
    if (!(s->svr & SVR_ENABLE)) {
        v |= LVT_MASKED;
    }
    s->lvt[n] = v;
    if (n == LVT_TIMER) {
        if (!(v & LVT_DEADLINE)) {
            s->deadline = 0;
        }
        apic_timer_update(s, false);
    }
    apic_update(s);
}

static void write_svr(ApicState *s, uint32_t v)
{
    s->svr = v & 0x1ff;
    if (!(s->svr & SVR_ENABLE)) {
        for (int i = 0; i < LVT_N; i++) {
            s->lvt[i] |= LVT_MASKED;
        }
    }
    apic_update(s);
}

static bool write_icr(ApicState *s, uint64_t v)
{
    s->icr = v & 0x000ccfff;
    if (apic_in_x2apic(s)) {
        s->icr2 = v >> 32;
    }
    apic_send_ipi(s);
    return true;
}

bool apic_reg_write(ApicState *s, unsigned reg, uint64_t v)
{
    bool x2 = apic_in_x2apic(s);

    switch (reg) {
    case APIC_ID:
        if (!x2) {
            s->id = v >> 24 & 0xff;
        }
        return !x2;
    case APIC_TPR:
        apic_set_tpr(s->cpu, v);
        return !x2 || v <= 0xff;
    case APIC_EOI:
        apic_eoi(s);
        return !x2 || v == 0;
    case APIC_LDR:
        if (!x2) {
            s->ldr = v >> 24 & 0xff;
        }
        return !x2;
    case APIC_DFR:
        if (!x2) {
            s->dfr = v >> 28 & 15;
        }
        return !x2;
    case APIC_SVR:
        write_svr(s, v);
        return true;
    case APIC_ESR:
        s->esr = s->esr_pending;
        s->esr_pending = 0;
        return !x2 || v == 0;
    case APIC_ICR:
        return write_icr(s, v);
    case APIC_ICR2:
        if (!x2) {
            s->icr2 = v & 0xff000000;
        }
        return !x2;
    case APIC_LVT ... APIC_LVT + LVT_N - 1:
        write_lvt(s, reg - APIC_LVT, v);
        return true;
    case APIC_INITIAL:
        if (!(s->lvt[LVT_TIMER] & LVT_DEADLINE)) {
            s->initial = v;
            apic_timer_update(s, true);
        }
        return true;
    case APIC_DIVIDE:
        s->divide = v & 0xb;
        apic_timer_update(s, false);
        return true;
    case APIC_SELF_IPI:
        if (x2) {
            apic_self_ipi(s, v);
        }
        return x2;
    default:
        return false;
    }
}

bool apic_msr_read(unsigned cpu, uint32_t msr, uint64_t *value)
{
    ApicState *s = apic_of(cpu);
    unsigned reg = msr - 0x800;

    return s && apic_in_x2apic(s) && reg < 0x40 && reg != APIC_EOI &&
           reg != APIC_SELF_IPI && apic_reg_read(s, reg, value);
}

bool apic_msr_write(unsigned cpu, uint32_t msr, uint64_t value)
{
    ApicState *s = apic_of(cpu);
    unsigned reg = msr - 0x800;

    if (!s || !apic_in_x2apic(s) || reg >= 0x40 ||
        (reg != APIC_ICR && value >> 32)) {
        return false;
    }
    return apic_reg_write(s, reg, value);
}

/* ---- in memory --------------------------------------------------------------- */

enum { PAGE = 0x1000 };

uint64_t apic_page(unsigned cpu)
{
    ApicState *s = apic_of(cpu);

    return s && (s->base & BASE_ENABLE) && !apic_in_x2apic(s)
           ? s->base & ~(uint64_t)(PAGE - 1) : APIC_NO_PAGE;
}

uint32_t apic_page_read(unsigned cpu, unsigned at)
{
    ApicState *s = apic_of(cpu);
    uint64_t v = 0;

    if (!(at & 15) && !apic_reg_read(s, at >> 4, &v)) {
        apic_error(s, ESR_REGISTER);
    }
    return v;
}

void apic_page_write(unsigned cpu, unsigned at, uint32_t v)
{
    ApicState *s = apic_of(cpu);

    if (!(at & 15) && !apic_reg_write(s, at >> 4, v)) {
        apic_error(s, ESR_REGISTER);
    }
}

/* The page may be where the APIC of the vCPU that accesses is; elsewhere, and
 * further up, are messages. */
static bool own_page(paddr at)
{
    return at < PAGE && apic_page(vcpu_current) == APIC_DEFAULT_ADDRESS;
}

static uint64_t apic_mem_read(void *opaque, paddr at, unsigned size)
{
    return own_page(at) ? apic_page_read(vcpu_current, at)
                        : at < PAGE ? 0 : UINT32_MAX;
}

static void apic_mem_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    ApicState *s = apic_of(vcpu_current);

    if (own_page(at)) {
        apic_page_write(vcpu_current, at, v);
    } else if (at >= PAGE || !s || !apic_in_x2apic(s)) {
        apic_send_msi(APIC_DEFAULT_ADDRESS + at, v);
    }
}

const MemoryRegionOps apic_mem_ops = {
    .read = apic_mem_read,
    .write = apic_mem_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};
