/* SPDX-License-Identifier: MIT */
/*
 * Local APICs (Intel SDM vol. 3A ch. 11) and what a vCPU asks of interrupt
 * controllers.  CPU numbers count from 0; the APIC id starts out the same.
 * All functions expect the big lock.
 */
#ifndef HW_INTC_APIC_H
#define HW_INTC_APIC_H

#include "hw/core/qdev.h"
#include "hw/core/vcpu.h"

#define TYPE_APIC "apic"
#define APIC_DEFAULT_ADDRESS 0xfee00000u

/* INTA: the vector to take, local APIC first, then the 8259 pair through
 * LVT0 or past a disabled APIC; -1: it went away. */
int x86_interrupt_acknowledge(unsigned cpu);

/* IA32_APIC_BASE.  False: #GP. */
uint64_t apic_get_base(unsigned cpu);
bool apic_set_base(unsigned cpu, uint64_t value);
/* Where the vCPU, and it alone, finds the registers in memory now. */
#define APIC_NO_PAGE UINT64_MAX
uint64_t apic_page(unsigned cpu);
/* They are there, AT bytes from the page's start. */
uint32_t apic_page_read(unsigned cpu, unsigned at);
void apic_page_write(unsigned cpu, unsigned at, uint32_t value);
/* The task priority; CR8 is its upper four bits. */
uint8_t apic_get_tpr(unsigned cpu);
void apic_set_tpr(unsigned cpu, uint8_t tpr);
/* MSRs 0x800 to 0x8ff.  False: #GP. */
bool apic_msr_read(unsigned cpu, uint32_t msr, uint64_t *value);
bool apic_msr_write(unsigned cpu, uint32_t msr, uint64_t value);
/* IA32_TSC_DEADLINE, in ticks of the guest's TSC. */
uint64_t apic_get_tsc_deadline(unsigned cpu);
void apic_set_tsc_deadline(unsigned cpu, uint64_t value);
/* The vCPU takes INIT: all but the id and the base are reset. */
void apic_init_reset(unsigned cpu);
/* NMI by a pin of the machine: LINT1. */
void apic_deliver_nmi(unsigned cpu);

/* A message-signalled interrupt: a write of DATA to ADDR (0xfeexxxxx). */
void apic_send_msi(uint64_t addr, uint32_t data);
/* By fields, as the I/O APIC has them. */
void apic_bus_deliver(uint8_t dest, bool logical, unsigned mode,
                      uint8_t vector, bool level);
/* Called with the vector of each level-triggered EOI. */
void apic_set_eoi_handler(void (*fn)(void *opaque, uint8_t vector),
                          void *opaque);
/* ExtINT's source: the 8259 pair.  ACK returns the vector. */
void apic_set_extint(int (*ack)(void *opaque), void *opaque);
/* The pair's INT pin changed: goes to LVT0 of those that listen. */
void apic_extint_level(bool level);

/* Makes the local APICs 0 to N-1 below OWNER. */
bool apic_create(Object *owner, unsigned n, bool x2apic, GError **errp);
/* For "info lapic"; N of vCPU. */
void apic_print(GString *out, unsigned cpu);

#endif
