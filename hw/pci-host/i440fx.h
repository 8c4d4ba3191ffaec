/* SPDX-License-Identifier: MIT */
/* i440FX: the host bridge with configuration ports, PAM and SMRAM. */
#ifndef HW_PCI_HOST_I440FX_H
#define HW_PCI_HOST_I440FX_H

#include "hw/pci/pci.h"

#define TYPE_I440FX_PCIHOST "i440FX-pcihost"
#define TYPE_I440FX "i440FX"

/*
 * Makes the host bridge below OWNER with its bus and device 0.  RAM is all of
 * the machine's; PCI memory lies below system memory's RAM.
 */
PCIBus *i440fx_create(Object *owner, MemoryRegion *ram, MemoryRegion *pci_mem,
                      GError **errp);
/* What a vCPU in SMM accesses; NULL before. */
AddressSpace *i440fx_smm_address_space(void);

#endif
