/* SPDX-License-Identifier: MIT */
/* Private to the apic*.c files. */
#ifndef HW_INTC_APIC_INT_H
#define HW_INTC_APIC_INT_H

#include "hw/intc/apic.h"
#include "system/memory.h"
#include "system/timer.h"

/* Register numbers: offset / 16, or MSR - 0x800. */
enum {
    APIC_ID = 0x02, APIC_VERSION = 0x03, APIC_TPR = 0x08, APIC_APR = 0x09,
    APIC_PPR = 0x0a, APIC_EOI = 0x0b, APIC_LDR = 0x0d, APIC_DFR = 0x0e,
    APIC_SVR = 0x0f, APIC_ISR = 0x10, APIC_TMR = 0x18, APIC_IRR = 0x20,
    APIC_ESR = 0x28, APIC_ICR = 0x30, APIC_ICR2 = 0x31, APIC_LVT = 0x32,
    APIC_INITIAL = 0x38, APIC_CURRENT = 0x39, APIC_DIVIDE = 0x3e,
    APIC_SELF_IPI = 0x3f,
};

enum { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR,
       LVT_N };

enum {
    LVT_PENDING = 1 << 12,
    LVT_POLARITY = 1 << 13,
    LVT_REMOTE_IRR = 1 << 14,
    LVT_LEVEL = 1 << 15,
    LVT_MASKED = 1 << 16,
    LVT_PERIODIC = 1 << 17,
    LVT_DEADLINE = 2 << 17,
    LVT_TIMER_MODE = 3 << 17,
};

enum {
    MODE_FIXED, MODE_LOWEST, MODE_SMI, MODE_RESERVED, MODE_NMI, MODE_INIT,
    MODE_SIPI, MODE_EXTINT,
};

enum {
    SVR_ENABLE = 1 << 8,
    BASE_BSP = 1 << 8,
    BASE_X2APIC = 1 << 10,
    BASE_ENABLE = 1 << 11,
    ESR_SEND_VECTOR = 1 << 5,
    ESR_RECEIVE_VECTOR = 1 << 6,
    ESR_REGISTER = 1 << 7,
};

typedef struct ApicState {
    DeviceState parent;
    uint32_t cpu;
    bool x2apic;                /* may be turned on */
    uint64_t base;
    uint32_t id;                /* 8 bits unless in x2APIC mode */
    uint8_t tpr;
    uint32_t ldr;               /* logical id: xAPIC's 8 bits */
    uint8_t dfr;                /* 15: flat, 0: clusters */
    uint32_t svr;
    uint32_t irr[8], isr[8], tmr[8];
    uint32_t esr, esr_pending;
    uint32_t icr, icr2;
    uint32_t lvt[LVT_N];
    uint32_t divide, initial;
    int64_t start;              /* ns: when the counter was loaded */
    uint64_t deadline;
    Timer timer;
    bool intr;
    bool extint_sent;           /* by message: the 8259 pair has a vector */
} ApicState;

/* NULL beyond the last vCPU. */
ApicState *apic_of(unsigned cpu);
unsigned apic_count(void);
static inline bool apic_in_x2apic(const ApicState *s)
{
    return (s->base & (BASE_X2APIC | BASE_ENABLE)) ==
           (BASE_X2APIC | BASE_ENABLE);
}
static inline bool apic_enabled(const ApicState *s)
{
    return (s->base & BASE_ENABLE) && (s->svr & SVR_ENABLE);
}

void apic_update(ApicState *s);
/* Vectors below 16 set ESR_RECEIVE_VECTOR. */
void apic_set_irq(ApicState *s, uint8_t vector, bool level);
void apic_error(ApicState *s, uint32_t bit);
void apic_eoi(ApicState *s);
void apic_local_deliver(ApicState *s, unsigned lvt);
/* Mode, destination and so on of an ICR write; apic-ipi.c. */
void apic_send_ipi(ApicState *s);
void apic_self_ipi(ApicState *s, uint8_t vector);

/* apic-timer.c */
void apic_timer_init(ApicState *s);
uint32_t apic_timer_current(ApicState *s);
/* After a change of LVT, divide, or the initial count (LOADED). */
void apic_timer_update(ApicState *s, bool loaded);

/* Registers by number; false: there is none such (#GP for MSRs). */
bool apic_reg_read(ApicState *s, unsigned reg, uint64_t *value);
bool apic_reg_write(ApicState *s, unsigned reg, uint64_t value);
extern const MemoryRegionOps apic_mem_ops;

#endif
