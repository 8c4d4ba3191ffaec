/* SPDX-License-Identifier: MIT */
/*
 * Virtio over PCI (Virtual I/O Device 1.1, 4.1): BAR 0 has the legacy
 * registers, BAR 1 MSI-X, BAR 4 the structures of version 1.
 */
#include "util/osdep.h"
#include "hw/virtio/virtio-pci.h"

enum {
    LEGACY_HOST_FEATURES = 0, LEGACY_GUEST_FEATURES = 4, LEGACY_PFN = 8,
    LEGACY_SIZE = 12, LEGACY_SELECT = 14, LEGACY_NOTIFY = 16,
    LEGACY_STATUS = 18, LEGACY_ISR = 19, LEGACY_CONFIG_VECTOR = 20,
    LEGACY_QUEUE_VECTOR = 22, LEGACY_BAR_SIZE = 128,
};
enum {
    COMMON_DFSELECT = 0x00, COMMON_DF = 0x04, COMMON_GFSELECT = 0x08,
    COMMON_GF = 0x0c, COMMON_CONFIG_VECTOR = 0x10, COMMON_QUEUES = 0x12,
    COMMON_STATUS = 0x14, COMMON_GENERATION = 0x15, COMMON_SELECT = 0x16,
    COMMON_SIZE = 0x18, COMMON_QUEUE_VECTOR = 0x1a, COMMON_ENABLE = 0x1c,
    COMMON_NOTIFY_OFF = 0x1e, COMMON_DESC = 0x20, COMMON_AVAIL = 0x28,
    COMMON_USED = 0x30, COMMON_END = 0x38,
};
enum {
    MODERN_BAR = 4, MSIX_BAR = 1, MODERN_SIZE = 0x4000, PART_SIZE = 0x1000,
    NOTIFY_MULTIPLIER = 4,
    CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_PCI,
};

static VirtQueue *selected(VirtIODevice *vdev)
{
    return vdev->queue_select < VIRTIO_QUEUES
        ? &vdev->queues[vdev->queue_select] : NULL;
}

static void notify_guest(void *opaque, uint16_t vector)
{
    VirtIOPCI *s = opaque;

    if (msix_enabled(&s->parent)) {
        if (vector != VIRTIO_NO_VECTOR) {
            msix_notify(&s->parent, vector);
        }
    } else {
        pci_set_irq(&s->parent, s->vdev.isr & 1);
    }
}

static bool can_dma(void *opaque)
{
    return pci_can_master(&((VirtIOPCI *)opaque)->parent);
}

static uint8_t read_isr(VirtIOPCI *s)
{
    uint8_t v = s->vdev.isr;

    s->vdev.isr = 0;
    pci_set_irq(&s->parent, 0);
    return v;
}

static uint16_t check_vector(VirtIOPCI *s, uint16_t v)
{
    return v < s->parent.msix.n ? v : VIRTIO_NO_VECTOR;
}

static void set_status(VirtIOPCI *s, uint8_t v)
{
    virtio_set_status(&s->vdev, v);
    if (!v) {
        s->guest_features[0] = s->guest_features[1] = 0;
        pci_set_irq(&s->parent, 0);
    }
}

/* Rings may be registers, of this device too. */
static void notify_queue(VirtIOPCI *s, unsigned n)
{
    PCIDevice *dev = &s->parent;

    if (pci_can_dma(dev)) {
        bool was = pci_dma_begin(dev);

        if (virtio_queue_notify(&s->vdev, n)) {
            s->waiting |= 1u << n;
            timer_mod_ns(&s->next_turn, clock_get_ns(CLOCK_TYPE_VIRTUAL));
        }
        pci_dma_end(dev, was);
    }
}

static void on_next_turn(void *opaque)
{
    VirtIOPCI *s = opaque;
    uint32_t waiting = s->waiting;

    s->waiting = 0;
    for (unsigned n = 0; n < VIRTIO_QUEUES; n++) {
        if (waiting >> n & 1) {
            notify_queue(s, n);
        }
    }
}

/* Legacy: 4.1.4.8 */

static unsigned legacy_header(VirtIOPCI *s)
{
    return msix_enabled(&s->parent) ? 24 : 20;
}

static uint64_t legacy_read(void *opaque, paddr at, unsigned size)
{
    VirtIOPCI *s = opaque;
    VirtIODevice *vdev = &s->vdev;
    VirtQueue *vq = selected(vdev);

    if (at >= legacy_header(s)) {
        return virtio_config_read(vdev, at - legacy_header(s), size);
    }
    switch (at) {
    case LEGACY_HOST_FEATURES:
        return (uint32_t)vdev->host_features;
    case LEGACY_GUEST_FEATURES:
        return (uint32_t)vdev->guest_features;
    case LEGACY_PFN:
        return vq ? vq->desc >> 12 : 0;
    case LEGACY_SIZE:
        return vq ? vq->max : 0;
    case LEGACY_SELECT:
        return vdev->queue_select;
    case LEGACY_STATUS:
        return vdev->status;
    case LEGACY_ISR:
        return read_isr(s);
    case LEGACY_CONFIG_VECTOR:
        return vdev->config_vector;
    case LEGACY_QUEUE_VECTOR:
        return vq ? vq->vector : VIRTIO_NO_VECTOR;
    default:
        return 0;
    }
}

static void legacy_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    VirtIOPCI *s = opaque;
    VirtIODevice *vdev = &s->vdev;
    VirtQueue *vq = selected(vdev);

    if (at >= legacy_header(s)) {
        virtio_config_write(vdev, at - legacy_header(s), v, size);
        return;
    }
    switch (at) {
    case LEGACY_GUEST_FEATURES:
        virtio_set_features(vdev, (uint32_t)v);
        break;
    case LEGACY_PFN:
        if (!v) {
            set_status(s, 0);
        } else if (vq && vq->max) {
            virtio_queue_set_legacy(vq, (v & UINT32_MAX) << 12);
        }
        break;
    case LEGACY_SELECT:
        vdev->queue_select = v;
        break;
    case LEGACY_NOTIFY:
        notify_queue(s, v);
        break;
    case LEGACY_STATUS:
        set_status(s, v);
        break;
    case LEGACY_CONFIG_VECTOR:
        vdev->config_vector = check_vector(s, v);
        break;
    case LEGACY_QUEUE_VECTOR:
        if (vq) {
            vq->vector = check_vector(s, v);
        }
        break;
    }
}

/* Version 1: 4.1.4.3 */

static uint32_t half(uint64_t v, paddr at)
{
    return v >> (at & 4 ? 32 : 0);
}

static uint64_t common_read(void *opaque, paddr at, unsigned size)
{
    VirtIOPCI *s = opaque;
    VirtIODevice *vdev = &s->vdev;
    VirtQueue *vq = selected(vdev);
    unsigned n = 0;

    switch (at) {
    case COMMON_DFSELECT:
        return s->feature_select;
    case COMMON_DF:
        return s->feature_select < 2
            ? (uint32_t)(vdev->host_features >> (32 * s->feature_select)) : 0;
    case COMMON_GFSELECT:
        return s->guest_feature_select;
    case COMMON_GF:
        return s->guest_feature_select < 2
            ? s->guest_features[s->guest_feature_select] : 0;
    case COMMON_CONFIG_VECTOR:
        return vdev->config_vector;
    case COMMON_QUEUES:
        while (n < VIRTIO_QUEUES && vdev->queues[n].max) {
            n++;
        }
        return n;
    case COMMON_STATUS:
        return vdev->status;
    case COMMON_GENERATION:
        return vdev->generation;
    case COMMON_SELECT:
        return vdev->queue_select;
    }
    if (!vq) {
        return 0;
    }
    switch (at) {
    case COMMON_SIZE:
        return vq->size;
    case COMMON_QUEUE_VECTOR:
        return vq->vector;
    case COMMON_ENABLE:
        return vq->enabled;
    case COMMON_NOTIFY_OFF:
        return vdev->queue_select;
    case COMMON_DESC: case COMMON_DESC + 4:
        return half(vq->desc, at);
    case COMMON_AVAIL: case COMMON_AVAIL + 4:
        return half(vq->avail, at);
    case COMMON_USED: case COMMON_USED + 4:
        return half(vq->used, at);
    default:
        return 0;
    }
}

static void set_half(uint64_t *v, paddr at, uint32_t bits)
{
    *v = at & 4 ? (uint32_t)*v | (uint64_t)bits << 32
                : (*v & ~0xffffffffull) | bits;
}

static void queue_write(VirtIOPCI *s, VirtQueue *vq, paddr at, uint32_t v)
{
    switch (at) {
    case COMMON_SIZE:
        if (v && v <= vq->max && !(v & (v - 1)) && !vq->enabled) {
            vq->size = v;
        }
        break;
    case COMMON_QUEUE_VECTOR:
        vq->vector = check_vector(s, v);
        break;
    case COMMON_ENABLE:
        if (v == 1 && vq->max) {
            vq->enabled = true;
        }
        break;
    case COMMON_DESC: case COMMON_DESC + 4:
        set_half(&vq->desc, at, v);
        break;
    case COMMON_AVAIL: case COMMON_AVAIL + 4:
        set_half(&vq->avail, at, v);
        break;
    case COMMON_USED: case COMMON_USED + 4:
        set_half(&vq->used, at, v);
        break;
    }
}

static void common_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    VirtIOPCI *s = opaque;
    VirtIODevice *vdev = &s->vdev;
    VirtQueue *vq = selected(vdev);

    switch (at) {
    case COMMON_DFSELECT:
        s->feature_select = v;
        break;
    case COMMON_GFSELECT:
        s->guest_feature_select = v;
        break;
    case COMMON_GF:
        if (s->guest_feature_select < 2) {
            s->guest_features[s->guest_feature_select] = v;
            virtio_set_features(vdev, s->guest_features[0] |
                                (uint64_t)s->guest_features[1] << 32);
        }
        break;
    case COMMON_CONFIG_VECTOR:
        vdev->config_vector = check_vector(s, v);
        break;
    case COMMON_STATUS:
        set_status(s, v);
        break;
    case COMMON_SELECT:
        vdev->queue_select = v;
        break;
    default:
        if (vq) {
            queue_write(s, vq, at, v);
        }
    }
}

static uint64_t isr_read(void *opaque, paddr at, unsigned size)
{
    return read_isr(opaque);
}

static void isr_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
}

static uint64_t config_read(void *opaque, paddr at, unsigned size)
{
    return virtio_config_read(&((VirtIOPCI *)opaque)->vdev, at, size);
}

static void config_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    virtio_config_write(&((VirtIOPCI *)opaque)->vdev, at, v, size);
}

static uint64_t notify_read(void *opaque, paddr at, unsigned size)
{
    return 0;
}

static void notify_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    notify_queue(opaque, at / NOTIFY_MULTIPLIER);
}

#define VIRTIO_OPS(name)                                              \
    static const MemoryRegionOps name##_ops = {                       \
        .read = name##_read,                                          \
        .write = name##_write,                                        \
        .endianness = DEVICE_LITTLE_ENDIAN,                           \
        .valid = { .min_access_size = 1, .max_access_size = 4 },      \
    }
VIRTIO_OPS(legacy);
VIRTIO_OPS(common);
VIRTIO_OPS(isr);
VIRTIO_OPS(config);
VIRTIO_OPS(notify);

/* Capabilities: 4.1.4 */

static bool add_cap(VirtIOPCI *s, uint8_t at, uint8_t type, uint32_t offset,
                    uint32_t len, GError **errp)
{
    PCIDevice *dev = &s->parent;
    uint8_t size = type == CAP_NOTIFY || type == CAP_PCI ? 20 : 16;
    uint8_t cap = pci_add_capability(dev, PCI_CAP_VENDOR, at, size, errp);

    if (!cap) {
        return false;
    }
    dev->config[cap + 2] = size;
    dev->config[cap + 3] = type;
    dev->config[cap + 4] = type == CAP_PCI ? 0 : MODERN_BAR;
    pci_set_long(dev->config + cap + 8, offset);
    pci_set_long(dev->config + cap + 12, len);
    if (type == CAP_NOTIFY) {
        pci_set_long(dev->config + cap + 16, NOTIFY_MULTIPLIER);
    } else if (type == CAP_PCI) {
        s->cfg_cap = cap;
        dev->wmask[cap + 4] = 0xff;
        memset(dev->wmask + cap + 8, 0xff, 12);
    }
    return true;
}

/* 4.1.4.7: a window to BAR 4 through configuration space. */
static bool window_access(VirtIOPCI *s, uint64_t *v, bool write)
{
    const uint8_t *cap = s->parent.config + s->cfg_cap;
    uint32_t offset = pci_get_long(cap + 8), len = pci_get_long(cap + 12);
    static const struct {
        const MemoryRegionOps *ops;
    } parts[] = { { &common_ops }, { &isr_ops }, { &config_ops },
                  { &notify_ops } };
    const MemoryRegionOps *ops;

    if (cap[4] != MODERN_BAR || (len != 1 && len != 2 && len != 4) ||
        offset % len || offset + len > MODERN_SIZE) {
        return false;
    }
    ops = parts[offset / PART_SIZE].ops;
    if (write) {
        ops->write(s, offset % PART_SIZE, *v, len);
    } else {
        *v = ops->read(s, offset % PART_SIZE, len);
    }
    return true;
}

static uint32_t pci_config_read(PCIDevice *dev, unsigned addr, unsigned size)
{
    VirtIOPCI *s = (VirtIOPCI *)dev;
    uint64_t v;

    if (s->cfg_cap && addr < s->cfg_cap + 20u &&
        addr + size > s->cfg_cap + 16u && window_access(s, &v, false)) {
        pci_set_long(dev->config + s->cfg_cap + 16, v);
    }
    return pci_config_read_default(dev, addr, size);
}

static void pci_config_write(PCIDevice *dev, unsigned addr, uint32_t v,
                             unsigned size)
{
    VirtIOPCI *s = (VirtIOPCI *)dev;
    uint64_t data;

    pci_config_write_default(dev, addr, v, size);
    if (s->cfg_cap && addr < s->cfg_cap + 20u &&
        addr + size > s->cfg_cap + 16u) {
        data = pci_get_long(dev->config + s->cfg_cap + 16);
        window_access(s, &data, true);
    }
}

static bool init_modern(VirtIOPCI *s, GError **errp)
{
    Object *obj = OBJECT(s);

    memory_region_init(&s->modern, obj, "virtio-pci", MODERN_SIZE);
    memory_region_init_io(&s->common, obj, &common_ops, s,
                          "virtio-pci-common", PART_SIZE);
    memory_region_init_io(&s->isr, obj, &isr_ops, s, "virtio-pci-isr",
                          PART_SIZE);
    memory_region_init_io(&s->config, obj, &config_ops, s,
                          "virtio-pci-device", PART_SIZE);
    memory_region_init_io(&s->notify, obj, &notify_ops, s,
                          "virtio-pci-notify", PART_SIZE);
    memory_region_add_subregion(&s->modern, 0, &s->common);
    memory_region_add_subregion(&s->modern, 0x1000, &s->isr);
    memory_region_add_subregion(&s->modern, 0x2000, &s->config);
    memory_region_add_subregion(&s->modern, 0x3000, &s->notify);
    pci_register_bar(&s->parent, MODERN_BAR, PCI_BAR_64 | PCI_BAR_PREFETCH,
                     &s->modern);
    return add_cap(s, 0x40, CAP_COMMON, 0, PART_SIZE, errp) &&
           add_cap(s, 0x50, CAP_ISR, 0x1000, PART_SIZE, errp) &&
           add_cap(s, 0x60, CAP_DEVICE, 0x2000, PART_SIZE, errp) &&
           add_cap(s, 0x70, CAP_NOTIFY, 0x3000, PART_SIZE, errp) &&
           add_cap(s, 0x84, CAP_PCI, 0, 0, errp);
}

static bool virtio_pci_realize(PCIDevice *dev, GError **errp)
{
    VirtIOPCI *s = (VirtIOPCI *)dev;
    VirtIOPCIClass *vc = VIRTIO_PCI_GET_CLASS(dev);
    unsigned vectors = s->vectors == UINT32_MAX ? vc->vectors : s->vectors;

    if (s->disable_legacy && s->disable_modern) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "%s: legacy and modern mode can't both be disabled",
                    object_get_typename(OBJECT(dev)));
        return false;
    }
    timer_init_ns(&s->next_turn, CLOCK_TYPE_VIRTUAL, on_next_turn, s);
    virtio_init(&s->vdev, vc->ops, notify_guest, can_dma, s);
    if (!vc->realize(s, errp)) {
        return false;
    }
    s->vdev.host_features = vc->ops->features(&s->vdev) |
        1ull << VIRTIO_F_INDIRECT | 1ull << VIRTIO_F_EVENT_IDX |
        1ull << VIRTIO_F_ANY_LAYOUT | 1ull << VIRTIO_F_NOTIFY_ON_EMPTY;
    if (!s->disable_modern) {
        s->vdev.host_features |= 1ull << VIRTIO_F_VERSION_1;
    }
    dev->config[PCI_INTERRUPT_PIN] = 1;
    pci_set_word(dev->config + PCI_SUBSYSTEM_ID, vc->ops->id);
    if (s->disable_legacy) {
        pci_set_word(dev->config + PCI_DEVICE_ID, 0x1040 + vc->ops->id);
        pci_set_word(dev->config + PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_QEMU);
        dev->config[PCI_REVISION] = 1;
    } else {
        memory_region_init_io(&s->legacy, OBJECT(dev), &legacy_ops, s,
                              "virtio-pci-legacy", LEGACY_BAR_SIZE);
        pci_register_bar(dev, 0, PCI_BAR_IO, &s->legacy);
    }
    if ((!s->disable_modern && !init_modern(s, errp)) ||
        (vectors && !msix_init_bar(dev, vectors, MSIX_BAR, 0x98, errp))) {
        vc->unrealize(s);
        return false;
    }
    return true;
}

static void virtio_pci_exit(PCIDevice *dev)
{
    VirtIOPCI *s = (VirtIOPCI *)dev;

    timer_del(&s->next_turn);
    virtio_reset(&s->vdev);
    VIRTIO_PCI_GET_CLASS(dev)->unrealize(s);
}

static void virtio_pci_reset_hold(Object *obj, ResetType type)
{
    VirtIOPCI *s = (VirtIOPCI *)obj;

    if (s->parent.parent.realized) {
        virtio_reset(&s->vdev);
        s->feature_select = s->guest_feature_select = 0;
        s->guest_features[0] = s->guest_features[1] = 0;
    }
}

const VMStateDescription vmstate_virtio_pci = {
    .name = TYPE_VIRTIO_PCI,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, VirtIOPCI),
        VMSTATE_STRUCT(vdev, VirtIOPCI, vmstate_virtio, VirtIODevice),
        VMSTATE_UINT32(feature_select, VirtIOPCI),
        VMSTATE_UINT32(guest_feature_select, VirtIOPCI),
        VMSTATE_UINT_ARRAY(guest_features, VirtIOPCI, 2),
        VMSTATE_UINT32(waiting, VirtIOPCI),
        VMSTATE_TIMER(next_turn, VirtIOPCI),
        VMSTATE_END
    },
};

static const DevProperty virtio_pci_properties[] = {
    DEFINE_PROP_BOOL("disable-legacy", VirtIOPCI, disable_legacy, false),
    DEFINE_PROP_BOOL("disable-modern", VirtIOPCI, disable_modern, false),
    DEFINE_PROP_UINT32("vectors", VirtIOPCI, vectors, UINT32_MAX),
};

static void virtio_pci_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_REDHAT;
    pc->realize = virtio_pci_realize;
    pc->exit = virtio_pci_exit;
    pc->config_read = pci_config_read;
    pc->config_write = pci_config_write;
    RESETTABLE_CLASS(oc)->phases.hold = virtio_pci_reset_hold;
    device_class_set_props(dc, virtio_pci_properties);
}

static const TypeInfo virtio_pci_types[] = {
    {
        .name = TYPE_VIRTIO_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(VirtIOPCI),
        .class_size = sizeof(VirtIOPCIClass),
        .abstract = true,
        .class_init = virtio_pci_class_init,
    },
};
DEFINE_TYPES(virtio_pci_types)
