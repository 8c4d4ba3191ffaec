/* SPDX-License-Identifier: MIT */
/* The ISA bus: 16 interrupt lines and the machine's ports. */
#ifndef HW_ISA_ISA_H
#define HW_ISA_ISA_H

#include "hw/core/qdev.h"
#include "system/memory.h"

#define TYPE_ISA_BUS    "ISA"
#define TYPE_ISA_DEVICE "isa-device"
OBJECT_DECLARE_SIMPLE_TYPE(ISABus, ISA_BUS)
OBJECT_DECLARE_SIMPLE_TYPE(ISADevice, ISA_DEVICE)

#define ISA_IRQS 16

struct ISABus {
    BusState parent;
    qemu_irq irqs[ISA_IRQS];    /* borrowed */
};

struct ISADevice {
    DeviceState parent;
};

/* Borrowed: the bus below DEV (NULL: a root bus, the caller's). */
ISABus *isa_bus_new(DeviceState *dev, const char *name);
/* The line N of the bus DEV is on; false when there is none. */
bool isa_get_irq(ISADevice *dev, unsigned n, qemu_irq *irq, GError **errp);
/* MR at PORT; false when it goes beyond the last port. */
bool isa_add_io(ISADevice *dev, MemoryRegion *mr, uint32_t port,
                GError **errp);
void isa_del_io(MemoryRegion *mr);

#endif
