/* SPDX-License-Identifier: MIT */
/* Private to the pc*.c files. */
#ifndef HW_I386_PC_INT_H
#define HW_I386_PC_INT_H

#include "hw/i386/pc.h"
#include "hw/i386/x86-load.h"
#include "hw/isa/isa.h"
#include "hw/nvram/fw_cfg.h"
#include "hw/pci/pci.h"

typedef struct PCMachineState {
    MachineState parent;
    MemoryRegion pci_mem;
    uint64_t ram_below_4g;
    qemu_irq *gsi;
    DeviceState *pic, *ioapic, *rtc, *dma;      /* borrowed */
    PCIBus *bus;
    ISABus *isa;
    FWCfgState *fw;
    unsigned serials;           /* bit N: COM N+1 */
} PCMachineState;

/* Display, disks, network cards. */
bool pc_init_pci(PCMachineState *s, GError **errp);
/* CMOS, fw_cfg, tables, kernel. */
bool pc_configure(PCMachineState *s, GError **errp);

#endif
