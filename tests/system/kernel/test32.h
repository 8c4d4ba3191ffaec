/* SPDX-License-Identifier: MIT */
/* What the files of the 32-bit test kernel share: tables, traps, checks. */
#ifndef TEST32_H
#define TEST32_H

#include "kernel.h"

/* ---- start32.S ------------------------------------------------------------- */

/* The last trap's frame; kernel.h has what all kernels note. */
extern volatile uint32_t trap_eax, trap_ecx, trap_esi, trap_edi, trap_ss,
    trap_more[6];
extern volatile uint32_t trap_count;    /* how many there were */
extern volatile uint32_t trap_return;   /* traps go on: they return, */
extern volatile uint32_t trap_or;       /* with these flags set, too */
extern volatile uint32_t gate_result, gate_cs, gate_ss, task_runs, task_flags,
    task_esp, task_tr, task_leave_jmp, sysenter_esp_seen, sysenter_cs_seen;
extern char trap_stubs[], stack_top[], user_stack_top[], gate_target[],
    task_entry[], sysenter_target[];
void enter_v86(void);               /* with user_flags */
void user_call_gate(void);
void user_sysenter(void);
uint32_t real_mode_trip(uint32_t);
extern volatile uint32_t unreal_value;  /* written there, above 1 MiB */

/* ---- tables (test32.c) ----------------------------------------------------- */

typedef struct Tss {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, eax, ecx,
        edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, iomap;
    uint8_t bits[40];
} Tss;
extern uint64_t gdt[32], idt[256];
extern Tss tss, tss2;
extern char task_stack[4096], trap_stack[8192];

uint64_t gate(unsigned sel, uint32_t off, unsigned flags, unsigned params);
void load_idt(uint64_t *table, unsigned limit);

/* ---- code that traps ------------------------------------------------------ */

void f_ud(void);            /* UD2 */
void f_bad_msr(void);       /* RDMSR of one that is not there */

/* ---- local APIC ------------------------------------------------------------ */

enum { APIC_EOI = 0xb0, APIC_SVR = 0xf0, APIC_IRR = 0x200, APIC_ICR = 0x300,
       APIC_ICR2 = 0x310, APIC_TIMER = 0x320, APIC_LINT0 = 0x350, APIC_INITIAL = 0x380 };

static inline volatile uint32_t *apic_reg(unsigned reg)
{
    return (volatile uint32_t *)(0xfee00000 + reg);
}

static inline void apic_write(unsigned reg, uint32_t v)
{
    *apic_reg(reg) = v;
}

/* Has the vector been requested and not been taken yet? */
static inline bool apic_pending(unsigned vector)
{
    return *apic_reg(APIC_IRR + vector / 32 * 16) >> vector % 32 & 1;
}

/* One interrupt, in some microseconds. */
static inline void apic_timer(unsigned vector, uint32_t count)
{
    apic_write(APIC_TIMER, vector);
    apic_write(APIC_INITIAL, count);
}

static inline void apic_ipi(unsigned cpu, uint32_t icr)
{
    apic_write(APIC_ICR2, cpu << 24);
    apic_write(APIC_ICR, icr);
}

/* ---- the tests ------------------------------------------------------------- */

void test_exceptions(void);
void test_segments(void);
void test_user(void);
void test_gates(void);
void test_tasks(void);
void test_sysenter(void);
void test_v86(void);
void test_vme(void);
void test_real(void);
void test_debug(void);
void test_string(void);
void test_irq(void);
void test_smp(void);
/* Leave paging on. */
void test_paging32(void);
void test_code(void);
void test_pae(void);

#endif
