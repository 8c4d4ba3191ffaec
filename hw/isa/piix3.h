/* SPDX-License-Identifier: MIT */
/* PIIX3 function 0: the ISA bridge, which routes PCI interrupts to ISA ones. */
#ifndef HW_ISA_PIIX3_H
#define HW_ISA_PIIX3_H

#include "hw/isa/isa.h"
#include "hw/pci/pci.h"

#define TYPE_PIIX3 "PIIX3"

/* On BUS at 01.0; LINES: 16 inputs.  Takes the bus's INTx. */
ISABus *piix3_create(PCIBus *bus, qemu_irq *lines, GError **errp);

#endif
