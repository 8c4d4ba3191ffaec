/* SPDX-License-Identifier: MIT */
/*
 * Physical memory as virtual CPUs see it: their RAM look-ups take no lock, all
 * else goes through the address spaces under the big lock.
 */
#ifndef SYSTEM_CPU_MEMORY_H
#define SYSTEM_CPU_MEMORY_H

#include "system/memory.h"
#include "target-i386/sys.h"

/* Listens to the address spaces; changed() is called when one looks
 * different.  The second time it may find the SMM space that was not there
 * before. */
void cpu_memory_init(void (*changed)(void));
/* No vCPU runs: frees what they might have been looking at. */
void cpu_memory_collect(void);
/* For X86SysOps */
uint8_t *cpu_memory_ram(CPUX86State *env, uint64_t phys, bool *io_write);
uint64_t cpu_memory_read(CPUX86State *env, uint64_t phys, unsigned size);
void cpu_memory_write(CPUX86State *env, uint64_t phys, uint64_t val,
                      unsigned size);
uint64_t cpu_port_in(CPUX86State *env, unsigned port, unsigned size);
void cpu_port_out(CPUX86State *env, unsigned port, uint64_t val,
                  unsigned size);
void cpu_port_in_string(CPUX86State *env, unsigned port, unsigned size,
                        uint8_t *buf, uint64_t n);
void cpu_port_out_string(CPUX86State *env, unsigned port, unsigned size,
                         const uint8_t *buf, uint64_t n);

#endif
