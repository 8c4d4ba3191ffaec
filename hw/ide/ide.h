/* SPDX-License-Identifier: MIT */
/*
 * IDE channels, disks and CD-ROM drives (ATA/ATAPI-7).  A channel is a bus
 * with two places; devices "ide-hd" and "ide-cd" sit on it.
 */
#ifndef HW_IDE_IDE_H
#define HW_IDE_IDE_H

#include "hw/pci/pci.h"

#define TYPE_IDE_BUS   "IDE"
#define TYPE_PIIX3_IDE "piix3-ide"
OBJECT_DECLARE_SIMPLE_TYPE(IDEBus, IDE_BUS)

/* On BUS at 01.1; LINES: interrupts 14 and 15.  BUSES: the channels'. */
PCIDevice *piix3_ide_create(PCIBus *bus, qemu_irq lines[2], IDEBus *buses[2],
                            GError **errp);

#endif
