/* SPDX-License-Identifier: MIT */
/*
 * PCI (Local Bus Specification 3.0): devices with 256 bytes of configuration
 * space, base address registers mapped as memory regions, expansion ROMs,
 * capabilities, messages, and INTx lines routed by the bus's owner.
 */
#ifndef HW_PCI_PCI_H
#define HW_PCI_PCI_H

#include "hw/core/qdev.h"
#include "system/memory.h"
#include "util/bytes.h"

#define TYPE_PCI_BUS    "PCI"
#define TYPE_PCI_DEVICE "pci-device"
OBJECT_DECLARE_SIMPLE_TYPE(PCIBus, PCI_BUS)
OBJECT_DECLARE_TYPE(PCIDevice, PCIDeviceClass, PCI_DEVICE)

#define PCI_CONFIG_SIZE 256
#define PCI_DEVFN(slot, fn) ((slot) << 3 | (fn))
#define PCI_SLOT(devfn) ((devfn) >> 3)
#define PCI_FUNC(devfn) ((devfn) & 7)
#define PCI_BARS 7              /* six and the ROM */
#define PCI_ROM_BAR 6
#define PCI_MAX_IRQS 8

/* Configuration space: offsets and bits. */
enum {
    PCI_VENDOR_ID = 0x00, PCI_DEVICE_ID = 0x02, PCI_COMMAND = 0x04,
    PCI_STATUS = 0x06, PCI_REVISION = 0x08, PCI_CLASS_PROG = 0x09,
    PCI_CLASS_DEVICE = 0x0a, PCI_CACHE_LINE = 0x0c, PCI_LATENCY = 0x0d,
    PCI_HEADER_TYPE = 0x0e, PCI_BAR0 = 0x10, PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM_ID = 0x2e, PCI_ROM_ADDRESS = 0x30, PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c, PCI_INTERRUPT_PIN = 0x3d,
};
enum {
    PCI_COMMAND_IO = 0x001, PCI_COMMAND_MEMORY = 0x002,
    PCI_COMMAND_MASTER = 0x004, PCI_COMMAND_PARITY = 0x040,
    PCI_COMMAND_SERR = 0x100, PCI_COMMAND_INTX_DISABLE = 0x400,
    PCI_STATUS_INTERRUPT = 0x0008, PCI_STATUS_CAPABILITIES = 0x0010,
    PCI_STATUS_FAST_BACK = 0x0080, PCI_STATUS_DEVSEL_MEDIUM = 0x0200,
    PCI_HEADER_MULTIFUNCTION = 0x80,
};
enum {
    PCI_BAR_MEM = 0, PCI_BAR_IO = 1, PCI_BAR_64 = 4, PCI_BAR_PREFETCH = 8,
};
enum { PCI_CAP_VENDOR = 0x09, PCI_CAP_MSI = 0x05, PCI_CAP_MSIX = 0x11 };

#define PCI_VENDOR_INTEL  0x8086
#define PCI_VENDOR_REDHAT 0x1af4
#define PCI_SUBSYSTEM_QEMU 0x1100

struct PCIBus {
    BusState parent;
    PCIDevice *devices[256];    /* by devfn; borrowed */
    MemoryRegion *mem, *io;     /* where BARs go; borrowed */
    /* Which of the bus's lines a device's pin (0: INTA) drives. */
    int (*map_irq)(PCIDevice *dev, int pin);
    void (*set_irq)(void *opaque, int irq, int level);
    void (*send_msi)(uint64_t addr, uint32_t data);
    void *irq_opaque;
    int n_irqs;
    int irq_count[PCI_MAX_IRQS];        /* pins that are up */
    uint8_t first_slot;         /* for devices without an address */
    bool in_dma;                /* see pci_dma_begin */
};

typedef struct PCIBar {
    MemoryRegion *mr;           /* NULL: there is none; borrowed */
    uint64_t size;
    uint64_t addr;              /* where it is mapped, if */
    bool mapped;
    uint8_t type;
} PCIBar;

#define MSIX_MAX_VECTORS 64

typedef struct MSIXState {
    uint8_t cap;                /* offset; 0: none */
    uint16_t n;                 /* vectors */
    uint8_t table[MSIX_MAX_VECTORS * 16];
    uint8_t pba[MSIX_MAX_VECTORS / 8];
    MemoryRegion table_io, pba_io, bar;
} MSIXState;

struct PCIDevice {
    DeviceState parent;
    int32_t devfn;              /* property addr; -1: the bus chooses */
    bool multifunction;
    char *romfile;              /* property; "" for none */
    uint32_t rombar;
    uint8_t config[PCI_CONFIG_SIZE];
    uint8_t wmask[PCI_CONFIG_SIZE];     /* bits that can be written */
    uint8_t w1cmask[PCI_CONFIG_SIZE];   /* bits that a 1 clears */
    uint8_t reset_config[PCI_CONFIG_SIZE];
    PCIBar bars[PCI_BARS];
    MemoryRegion rom;
    uint8_t last_cap_end;
    uint8_t msi_cap;
    MSIXState msix;
    bool intx;                  /* what the device drives */
    bool intx_shown;            /* what the bus sees */
};

struct PCIDeviceClass {
    DeviceClass parent_class;
    uint16_t vendor_id, device_id, subsystem_vendor, subsystem_id;
    uint16_t class_id;
    uint8_t prog_if, revision;
    bool stays_awake;           /* suspend to RAM leaves its registers */
    const char *romfile;        /* default of the property; may be NULL */
    bool (*realize)(PCIDevice *dev, GError **errp);
    void (*exit)(PCIDevice *dev);
    /* NULL: the defaults below. */
    uint32_t (*config_read)(PCIDevice *dev, unsigned addr, unsigned size);
    void (*config_write)(PCIDevice *dev, unsigned addr, uint32_t v,
                         unsigned size);
};

/* Buses */
PCIBus *pci_bus_new(DeviceState *owner, const char *name, MemoryRegion *mem,
                    MemoryRegion *io);
void pci_bus_set_irqs(PCIBus *bus, int (*map)(PCIDevice *dev, int pin),
                      void (*set)(void *opaque, int irq, int level),
                      void *opaque, int n);
static inline PCIBus *pci_get_bus(PCIDevice *dev)
{
    return PCI_BUS(dev->parent.parent_bus);
}
/* NULL: nobody there. */
PCIDevice *pci_find_device(PCIBus *bus, unsigned bus_num, unsigned devfn);
/* By the machine, at a place; returns new, in the tree. */
PCIDevice *pci_new(int devfn, const char *type);
bool pci_realize(PCIDevice *dev, PCIBus *bus, GError **errp);
PCIDevice *pci_create_simple(PCIBus *bus, int devfn, const char *type,
                             GError **errp);
/* Is the line IRQ of the bus up? */
bool pci_bus_irq_level(PCIBus *bus, int irq);

/* Configuration accesses, clipped to the space. */
uint32_t pci_config_read_default(PCIDevice *dev, unsigned addr, unsigned size);
void pci_config_write_default(PCIDevice *dev, unsigned addr, uint32_t v,
                              unsigned size);
uint32_t pci_host_config_read(PCIBus *bus, uint32_t addr, unsigned size);
void pci_host_config_write(PCIBus *bus, uint32_t addr, uint32_t v,
                           unsigned size);

/* For devices, in realize. */
void pci_register_bar(PCIDevice *dev, int n, uint8_t type, MemoryRegion *mr);
/* Its offset, or 0 with an error when there is no room. */
uint8_t pci_add_capability(PCIDevice *dev, uint8_t id, uint8_t offset,
                           uint8_t size, GError **errp);
void pci_set_irq(PCIDevice *dev, int level);

static inline void pci_set_word(uint8_t *p, uint16_t v)
{
    put_le(p, v, 2);
}
static inline void pci_set_long(uint8_t *p, uint32_t v)
{
    put_le(p, v, 4);
}
static inline uint16_t pci_get_word(const uint8_t *p)
{
    return get_le(p, 2);
}
static inline uint32_t pci_get_long(const uint8_t *p)
{
    return get_le(p, 4);
}

/*
 * DMA may reach registers, of the device itself or of another: what it starts
 * there does no DMA, or devices would go round for ever.  Devices that do not
 * use pci_dma_rw put these around a piece of work; end gets begin's result.
 */
bool pci_dma_begin(PCIDevice *dev);
void pci_dma_end(PCIDevice *dev, bool was);
/* A bus master, and in no other device's DMA. */
bool pci_can_dma(PCIDevice *dev);
/* As bus master; MEMTX_ERROR while that is not allowed. */
MemTxResult pci_dma_rw(PCIDevice *dev, uint64_t addr, void *buf, uint64_t len,
                       bool is_write);
static inline bool pci_can_master(const PCIDevice *dev)
{
    return dev->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

/* Messages: hw/pci/msi.c. */
bool msi_init(PCIDevice *dev, uint8_t offset, unsigned vectors, bool is64,
              GError **errp);
bool msi_enabled(const PCIDevice *dev);
void msi_notify(PCIDevice *dev, unsigned vector);
/* A BAR of its own with table and pending bits. */
bool msix_init_bar(PCIDevice *dev, unsigned vectors, int bar, uint8_t offset,
                   GError **errp);
void msix_uninit(PCIDevice *dev);
bool msix_enabled(const PCIDevice *dev);
void msix_notify(PCIDevice *dev, unsigned vector);
void msix_reset(PCIDevice *dev);
/* Called by the default write: a mask may have gone. */
void msi_config_changed(PCIDevice *dev, unsigned addr, unsigned size);

extern const VMStateDescription vmstate_pci_device;
#define VMSTATE_PCI_DEVICE(f, S) \
    VMSTATE_STRUCT(f, S, vmstate_pci_device, PCIDevice)

void pci_print(PCIBus *bus, GString *out);      /* for "info pci" */

#endif
