/* SPDX-License-Identifier: MIT */
/*
 * A whole machine "pc" in this process, without vCPUs, driven by registers.
 * What can't be made ends the process.
 */
#ifndef TESTS_UNIT_PC_MACHINE_H
#define TESTS_UNIT_PC_MACHINE_H

#include "hw/core/runstate.h"
#include "hw/core/vcpu.h"
#include "hw/i386/pc.h"
#include "hw/intc/apic.h"
#include "system/memory.h"
#include "system/timer.h"

#define PC_CPUS 4

/* What devices asked of vCPUs. */
typedef struct PcCpu {
    bool intr;
    unsigned events[VCPU_EVENTS];
    unsigned arg[VCPU_EVENTS];
} PcCpu;
extern PcCpu pc_cpus[PC_CPUS];
extern bool pc_a20;

/* The clock stands; OPTS: "name=value" properties of the machine or NULL. */
MachineState *pc_make(const char *const *opts);
MachineState *pc_make_sized(uint64_t ram, const char *const *opts);
void pc_reset(void);

static inline void outb(unsigned port, uint8_t v)
{
    address_space_stb(&address_space_io, port, v, MEMTXATTRS_UNSPECIFIED,
                      NULL);
}
static inline void outw(unsigned port, uint16_t v)
{
    address_space_stw_le(&address_space_io, port, v, MEMTXATTRS_UNSPECIFIED,
                         NULL);
}
static inline void outl(unsigned port, uint32_t v)
{
    address_space_stl_le(&address_space_io, port, v, MEMTXATTRS_UNSPECIFIED,
                         NULL);
}
static inline uint8_t inb(unsigned port)
{
    return address_space_ldub(&address_space_io, port, MEMTXATTRS_UNSPECIFIED,
                              NULL);
}
static inline uint16_t inw(unsigned port)
{
    return address_space_lduw_le(&address_space_io, port,
                                 MEMTXATTRS_UNSPECIFIED, NULL);
}
static inline uint32_t inl(unsigned port)
{
    return address_space_ldl_le(&address_space_io, port,
                                MEMTXATTRS_UNSPECIFIED, NULL);
}
static inline uint32_t readl(paddr at)
{
    return address_space_ldl_le(&address_space_memory, at,
                                MEMTXATTRS_UNSPECIFIED, NULL);
}
static inline void writel(paddr at, uint32_t v)
{
    address_space_stl_le(&address_space_memory, at, v, MEMTXATTRS_UNSPECIFIED,
                         NULL);
}
static inline uint8_t readb(paddr at)
{
    return address_space_ldub(&address_space_memory, at,
                              MEMTXATTRS_UNSPECIFIED, NULL);
}
static inline void writeb(paddr at, uint8_t v)
{
    address_space_stb(&address_space_memory, at, v, MEMTXATTRS_UNSPECIFIED,
                      NULL);
}
static inline uint16_t readw(paddr at)
{
    return address_space_lduw_le(&address_space_memory, at,
                                 MEMTXATTRS_UNSPECIFIED, NULL);
}
static inline void writew(paddr at, uint16_t v)
{
    address_space_stw_le(&address_space_memory, at, v, MEMTXATTRS_UNSPECIFIED,
                         NULL);
}

/* Configuration space of bus 0. */
uint32_t pci_in(unsigned slot, unsigned fn, unsigned reg);
void pci_out(unsigned slot, unsigned fn, unsigned reg, uint32_t v);
/* The whole state saved and loaded again. */
void pc_save_and_load(void);
/* Host requests complete. */
void pc_run_host(void);
/* Both 8259s as a BIOS sets them, vectors 20h and 28h, all masked. */
void pc_init_pic(void);
/* The local APIC on. */
void pc_enable_apic(void);

#endif
