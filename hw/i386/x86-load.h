/* SPDX-License-Identifier: MIT */
/* Firmware, and kernels started with -kernel: files on disk to fw_cfg. */
#ifndef HW_I386_X86_LOAD_H
#define HW_I386_X86_LOAD_H

#include "hw/core/machine.h"
#include "hw/nvram/fw_cfg.h"

/* Maps the image at the top of 4 GiB and its end below 1 MiB. */
bool x86_load_firmware(MachineState *m, MemoryRegion *pci_mem, GError **errp);
/* ROM_NAME: the option ROM that starts it, for the boot order. */
bool x86_load_kernel(MachineState *m, FWCfgState *fw, uint64_t ram_below_4g,
                     const char **rom_name, GError **errp);

#endif
