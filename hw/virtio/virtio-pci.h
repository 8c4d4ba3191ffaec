/* SPDX-License-Identifier: MIT */
/* Virtio devices on PCI, transitional: types below it set ops and queues. */
#ifndef HW_VIRTIO_VIRTIO_PCI_H
#define HW_VIRTIO_VIRTIO_PCI_H

#include "hw/pci/pci.h"
#include "hw/virtio/virtio.h"
#include "system/timer.h"

#define TYPE_VIRTIO_PCI "virtio-pci"
OBJECT_DECLARE_TYPE(VirtIOPCI, VirtIOPCIClass, VIRTIO_PCI)

struct VirtIOPCI {
    PCIDevice parent;
    VirtIODevice vdev;
    MemoryRegion legacy, modern, common, isr, config, notify;
    uint32_t feature_select, guest_feature_select;
    uint32_t guest_features[2];
    uint8_t cfg_cap;
    uint32_t waiting;           /* queues whose next turn is to come */
    Timer next_turn;
    bool disable_legacy, disable_modern;
    uint32_t vectors;           /* UINT32_MAX: the device's choice */
};

struct VirtIOPCIClass {
    PCIDeviceClass parent_class;
    const VirtIOOps *ops;
    unsigned vectors;
    bool (*realize)(VirtIOPCI *dev, GError **errp);
    void (*unrealize)(VirtIOPCI *dev);
};

#define VMSTATE_VIRTIO_PCI(f, S) \
    VMSTATE_STRUCT(f, S, vmstate_virtio_pci, VirtIOPCI)
extern const VMStateDescription vmstate_virtio_pci;

#endif
