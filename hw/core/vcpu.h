/* SPDX-License-Identifier: MIT */
/*
 * What devices ask of virtual CPUs.  The front implements it and installs it
 * once; without one (unit tests, -qtest) everything asked for is dropped.
 *
 * All of it is called under the big lock, from any thread.  What vCPUs ask of
 * devices is in hw/intc/apic.h (interrupts) and system/memory.h (accesses).
 */
#ifndef HW_CORE_VCPU_H
#define HW_CORE_VCPU_H

#include "hw/core/irq.h"

#define MAX_VCPUS 255

typedef enum VCPUEvent {
    VCPU_EVENT_NMI,
    VCPU_EVENT_SMI,
    VCPU_EVENT_INIT,            /* the local APIC was reset already */
    VCPU_EVENT_SIPI,            /* arg: the vector; dropped unless waiting */
    VCPU_EVENT_IGNNE,           /* the pending x87 error is to be ignored */
    VCPU_EVENTS
} VCPUEvent;

typedef struct VCPUOps {
    /*
     * While up the vCPU takes x86_interrupt_acknowledge()'s vector as soon as
     * its flags let it, waking from HLT for it.
     */
    void (*set_intr)(unsigned cpu, bool level);
    void (*event)(unsigned cpu, VCPUEvent event, unsigned arg);
    void (*set_a20)(bool open);
    /* The guest's time-stamp counter now, and its rate. */
    uint64_t (*get_tsc)(unsigned cpu);
    uint64_t (*tsc_frequency)(void);
} VCPUOps;

void vcpu_set_ops(const VCPUOps *ops);          /* borrowed; NULL: none */

void vcpu_set_intr(unsigned cpu, bool level);
void vcpu_event(unsigned cpu, VCPUEvent event, unsigned arg);
void vcpu_set_a20(bool open);
uint64_t vcpu_get_tsc(unsigned cpu);            /* without ops: ns */
uint64_t vcpu_tsc_frequency(void);

/* The board's FERR#: a vCPU that is to report x87 errors that way pulses it.
 * Without one nobody hears of them. */
void vcpu_connect_ferr(qemu_irq line);
void vcpu_pulse_ferr(void);

/*
 * Which vCPU this thread runs: the local APICs share an address.  A vCPU
 * thread sets it when it starts; other threads act as vCPU 0.
 */
extern _Thread_local unsigned vcpu_current;

#endif
