/* SPDX-License-Identifier: MIT */
/*
 * "VGA": the standard VGA on PCI, 1234:1111.  BAR 0 is its memory, BAR 2 has
 * the registers: VGA ports at 400h, VBE ones at 500h (docs/specs/standard-vga
 * of QEMU describes the layout; Linux's bochs driver uses it).
 */
#include "util/osdep.h"
#include "hw/display/vga-int.h"
#include "hw/pci/pci.h"

#define TYPE_VGA_PCI "VGA"

enum { MMIO_SIZE = 4096, MMIO_PORTS = 0x400, MMIO_VBE = 0x500 };

typedef struct VGAPCIState {
    PCIDevice parent;
    VGAState vga;
    MemoryRegion mmio;
    uint32_t vgamem_mb;
} VGAPCIState;

static uint64_t mmio_read(void *opaque, paddr at, unsigned size)
{
    VGAPCIState *s = opaque;
    uint64_t v;

    if (at >= MMIO_PORTS && at < MMIO_PORTS + 0x20) {
        v = 0;
        for (unsigned i = 0; i < size; i++) {
            v |= (vga_port_read(&s->vga, 0x3c0 + at - MMIO_PORTS + i) & 0xff)
                 << (8 * i);
        }
        return v;
    }
    if (at >= MMIO_VBE && at < MMIO_VBE + 2 * N_VBE) {
        return vga_vbe_read(&s->vga, (at - MMIO_VBE) / 2);
    }
    return 0;
}

static void mmio_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    VGAPCIState *s = opaque;

    if (at >= MMIO_PORTS && at < MMIO_PORTS + 0x20) {
        for (unsigned i = 0; i < size; i++) {
            vga_port_write(&s->vga, 0x3c0 + at - MMIO_PORTS + i, v >> (8 * i));
        }
    } else if (at >= MMIO_VBE && at < MMIO_VBE + 2 * N_VBE) {
        vga_vbe_write(&s->vga, (at - MMIO_VBE) / 2, v);
    }
}

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 2 },
};

static bool vga_realize(PCIDevice *dev, GError **errp)
{
    VGAPCIState *s = (VGAPCIState *)dev;
    PCIBus *bus = pci_get_bus(dev);

    if (s->vgamem_mb < 1 || s->vgamem_mb > 256 ||
        (s->vgamem_mb & (s->vgamem_mb - 1))) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    TYPE_VGA_PCI ": vgamem_mb must be a power of two up to "
                    "256");
        return false;
    }
    if (!vga_init(&s->vga, OBJECT(dev), s->vgamem_mb << 20, errp)) {
        return false;
    }
    vga_map(&s->vga, bus->mem, bus->io);
    memory_region_init_io(&s->mmio, OBJECT(dev), &mmio_ops, s, "vga.mmio",
                          MMIO_SIZE);
    pci_register_bar(dev, 0, PCI_BAR_PREFETCH, &s->vga.vram);
    pci_register_bar(dev, 2, PCI_BAR_MEM, &s->mmio);
    return true;
}

static void vga_exit(PCIDevice *dev)
{
    PCIBus *bus = pci_get_bus(dev);

    vga_unmap(&((VGAPCIState *)dev)->vga, bus->mem, bus->io);
}

static void vga_reset_hold(Object *obj, ResetType type)
{
    vga_reset(&((VGAPCIState *)obj)->vga);
}

static const VMStateDescription vmstate_vga_pci = {
    .name = TYPE_VGA_PCI,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, VGAPCIState),
        VMSTATE_STRUCT(vga, VGAPCIState, vmstate_vga, VGAState),
        VMSTATE_END
    },
};

static const DevProperty vga_properties[] = {
    DEFINE_PROP_UINT32("vgamem_mb", VGAPCIState, vgamem_mb, 16),
};

static void vga_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = 0x1234;
    pc->device_id = 0x1111;
    pc->revision = 2;
    pc->class_id = 0x0300;
    pc->romfile = "vgabios-stdvga.bin";
    pc->realize = vga_realize;
    pc->exit = vga_exit;
    dc->vmsd = &vmstate_vga_pci;
    dc->category = DEVICE_CATEGORY_DISPLAY;
    dc->hotpluggable = false;
    dc->desc = "standard VGA";
    RESETTABLE_CLASS(oc)->phases.hold = vga_reset_hold;
    device_class_set_props(dc, vga_properties);
}

static const TypeInfo vga_types[] = {
    {
        .name = TYPE_VGA_PCI,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(VGAPCIState),
        .class_init = vga_class_init,
    },
};
DEFINE_TYPES(vga_types)
