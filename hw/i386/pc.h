/* SPDX-License-Identifier: MIT */
/* The machine "pc": i440FX and PIIX3.  Made by name: see hw/core/machine.h. */
#ifndef HW_I386_PC_H
#define HW_I386_PC_H

#include "hw/core/machine.h"
#include "system/memory.h"

#define TYPE_PC_MACHINE "pc-i440fx" MACHINE_TYPE_SUFFIX

/*
 * What a vCPU in system management mode accesses: memory with SMRAM in front.
 * NULL before machine_build; address_space_memory is for all other modes.
 */
AddressSpace *pc_smm_address_space(void);

/* I/O port accesses go to address_space_io; interrupts: hw/intc/apic.h. */

#endif
