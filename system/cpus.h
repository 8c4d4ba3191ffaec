/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs as the front sees them: one thread each, which run guest code
 * without the big lock.  Everything here is called under the big lock.
 */
#ifndef SYSTEM_CPUS_H
#define SYSTEM_CPUS_H

#include "hw/core/machine.h"

/* Before cpus_create: the interpreter instead of code; code cache, 0: default;
 * translation blocks of one instruction. */
void cpus_set_accel(bool interpreter, unsigned cache_mib, bool one_insn);
/* Makes m->smp.cpus vCPUs of model m->cpu_type, stopped; before the devices. */
bool cpus_create(MachineState *m, GError **errp);
unsigned cpus_count(void);
/* The state after power-on; none may run. */
void cpus_reset(void);
void cpus_resume_all(void);
/* Returns when none runs; gives the lock away meanwhile. */
void cpus_pause_all(void);
/* At exit: the threads end. */
void cpus_destroy_all(void);
/* By the machine's pin, to all of them. */
void cpus_nmi(void);

/* For the monitor; the vCPUs may run on.  CPU counts from 0. */
bool cpus_is_halted(unsigned cpu);
uint64_t cpus_get_pc(unsigned cpu);             /* with the base of CS */
int cpus_thread_id(unsigned cpu);
/* "rax", "eip", "pc", "cr3", "cs": false when there is no such register. */
bool cpus_get_register(unsigned cpu, const char *name, uint64_t *value);
void cpus_dump_registers(GString *out, unsigned cpu);
void cpus_dump_tlb(GString *out, unsigned cpu);         /* "info tlb" */
void cpus_dump_mem(GString *out, unsigned cpu);         /* "info mem" */
/* Guest virtual memory of CPU as its page tables map it now. */
bool cpus_read_virtual(unsigned cpu, vaddr addr, void *buf, size_t n);
bool cpus_write_virtual(unsigned cpu, vaddr addr, const void *buf, size_t n);
bool cpus_translate(unsigned cpu, vaddr addr, paddr *phys);
/* 16, 32 or 64: the code size now, for disassembly. */
int cpus_code_bits(unsigned cpu);

#endif
