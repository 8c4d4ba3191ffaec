/* SPDX-License-Identifier: MIT */
/* PCI buses: who is where, INTx lines, configuration cycles.  See pci.h. */
#include "util/osdep.h"
#include "hw/pci/pci.h"

PCIBus *pci_bus_new(DeviceState *owner, const char *name, MemoryRegion *mem,
                    MemoryRegion *io)
{
    PCIBus *bus = PCI_BUS(qbus_new(TYPE_PCI_BUS, owner, name));

    bus->mem = mem;
    bus->io = io;
    return bus;
}

void pci_bus_set_irqs(PCIBus *bus, int (*map)(PCIDevice *dev, int pin),
                      void (*set)(void *opaque, int irq, int level),
                      void *opaque, int n)
{
    g_assert(n <= PCI_MAX_IRQS);
    bus->map_irq = map;
    bus->set_irq = set;
    bus->irq_opaque = opaque;
    bus->n_irqs = n;
}

PCIDevice *pci_find_device(PCIBus *bus, unsigned bus_num, unsigned devfn)
{
    return bus_num == 0 && devfn < 256 ? bus->devices[devfn] : NULL;
}

PCIDevice *pci_new(int devfn, const char *type)
{
    PCIDevice *dev = PCI_DEVICE(qdev_new(type));

    dev->devfn = devfn;
    return dev;
}

bool pci_realize(PCIDevice *dev, PCIBus *bus, GError **errp)
{
    return qdev_realize_and_unref(&dev->parent, &bus->parent, errp);
}

PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *type,
                             GError **errp)
{
    PCIDevice *dev = pci_new(devfn, type);

    return pci_realize(dev, bus, errp) ? dev : NULL;
}

/* ADDR: bus, device, function, register as in CONFIG_ADDRESS. */
static PCIDevice *device_at(PCIBus *bus, uint32_t addr)
{
    return pci_find_device(bus, addr >> 16 & 0xff, addr >> 8 & 0xff);
}

uint32_t pci_host_config_read(PCIBus *bus, uint32_t addr, unsigned size)
{
    PCIDevice *dev = device_at(bus, addr);
    PCIDeviceClass *pc = dev ? PCI_DEVICE_GET_CLASS(dev) : NULL;

    if (!dev || !dev->parent.realized) {
        return UINT32_MAX;
    }
    return pc->config_read ? pc->config_read(dev, addr & 0xff, size)
                           : pci_config_read_default(dev, addr & 0xff, size);
}

void pci_host_config_write(PCIBus *bus, uint32_t addr, uint32_t v,
                           unsigned size)
{
    PCIDevice *dev = device_at(bus, addr);
    PCIDeviceClass *pc = dev ? PCI_DEVICE_GET_CLASS(dev) : NULL;

    if (!dev || !dev->parent.realized) {
        return;
    }
    if (pc->config_write) {
        pc->config_write(dev, addr & 0xff, v, size);
    } else {
        pci_config_write_default(dev, addr & 0xff, v, size);
    }
}

void pci_print(PCIBus *bus, GString *out)
{
    for (int i = 0; i < 256; i++) {
        PCIDevice *dev = bus->devices[i];

        if (!dev) {
            continue;
        }
        g_string_append_printf(out, "  Bus  0, device %3d, function %d: "
                               "%04x:%04x class %04x (%s)\n", PCI_SLOT(i),
                               PCI_FUNC(i),
                               pci_get_word(dev->config + PCI_VENDOR_ID),
                               pci_get_word(dev->config + PCI_DEVICE_ID),
                               pci_get_word(dev->config + PCI_CLASS_DEVICE),
                               object_get_typename(OBJECT(dev)));
        if (dev->config[PCI_INTERRUPT_PIN]) {
            g_string_append_printf(out, "      IRQ %d, pin %c\n",
                                   dev->config[PCI_INTERRUPT_LINE],
                                   '@' + dev->config[PCI_INTERRUPT_PIN]);
        }
        for (int b = 0; b < PCI_BARS; b++) {
            const PCIBar *bar = &dev->bars[b];

            if (bar->mr) {
                g_string_append_printf(out, "      BAR%d: %s at 0x%" PRIx64
                                       " [%" PRIu64 " bytes]\n", b,
                                       bar->type & PCI_BAR_IO ? "I/O"
                                                              : "memory",
                                       bar->mapped ? bar->addr : UINT64_MAX,
                                       bar->size);
            }
        }
    }
}

static bool check_address(BusState *qbus, DeviceState *qdev, GError **errp)
{
    PCIBus *bus = PCI_BUS(qbus);
    PCIDevice *dev = (PCIDevice *)qdev;
    PCIDevice *other;

    if (dev->devfn < 0 || dev->devfn > 255) {
        return true;                    /* realize finds one */
    }
    other = bus->devices[dev->devfn];
    if (other) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "PCI: slot %d function %d not available for %s, in use "
                    "by %s", PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn),
                    object_get_typename(OBJECT(dev)),
                    object_get_typename(OBJECT(other)));
        return false;
    }
    return true;
}

static char *pci_dev_path(DeviceState *qdev)
{
    PCIDevice *dev = (PCIDevice *)qdev;

    return g_strdup_printf("0000:00:%02x.%x", PCI_SLOT(dev->devfn),
                           PCI_FUNC(dev->devfn));
}

/* As OpenFirmware names it: firmware matches these against bootorder. */
static char *pci_fw_path(DeviceState *qdev)
{
    static const struct {
        uint16_t class_id;
        const char *name;
    } names[] = {
        { 0x0100, "scsi" }, { 0x0101, "ide" }, { 0x0102, "fdc" },
        { 0x0200, "ethernet" }, { 0x0300, "display" }, { 0x0600, "host" },
        { 0x0601, "isa" }, { 0x0c03, "usb" },
    };
    PCIDevice *dev = (PCIDevice *)qdev;
    uint16_t class_id = pci_get_word(dev->config + PCI_CLASS_DEVICE);
    char *name = NULL, *path;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i].class_id == class_id) {
            name = g_strdup(names[i].name);
        }
    }
    if (!name) {
        name = g_strdup_printf("pci%04x,%04x",
                               pci_get_word(dev->config + PCI_VENDOR_ID),
                               pci_get_word(dev->config + PCI_DEVICE_ID));
    }
    path = PCI_FUNC(dev->devfn)
        ? g_strdup_printf("%s@%x,%x", name, PCI_SLOT(dev->devfn),
                          PCI_FUNC(dev->devfn))
        : g_strdup_printf("%s@%x", name, PCI_SLOT(dev->devfn));
    g_free(name);
    return path;
}

static void bus_class_init(ObjectClass *oc, const void *data)
{
    BusClass *bc = BUS_CLASS(oc);

    bc->check_address = check_address;
    bc->get_dev_path = pci_dev_path;
    bc->get_fw_dev_path = pci_fw_path;
}

static const TypeInfo pci_bus_types[] = {
    {
        .name = TYPE_PCI_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(PCIBus),
        .class_init = bus_class_init,
    },
};
DEFINE_TYPES(pci_bus_types)
