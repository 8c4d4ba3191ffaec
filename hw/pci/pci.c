/* SPDX-License-Identifier: MIT */
/* PCI devices: configuration space and base address registers.  See pci.h. */
#include "util/osdep.h"
#include "hw/core/machine.h"
#include "hw/pci/pci.h"

static unsigned bar_offset(int n)
{
    return n == PCI_ROM_BAR ? PCI_ROM_ADDRESS : PCI_BAR0 + 4 * n;
}

/* Base address registers: 6.2.5. */

void pci_register_bar(PCIDevice *dev, int n, uint8_t type, MemoryRegion *mr)
{
    uint64_t size = memory_region_size(mr), mask;
    unsigned at = bar_offset(n);
    PCIBar *bar = &dev->bars[n];

    g_assert(n < PCI_BARS && !bar->mr && (size & (size - 1)) == 0);
    bar->mr = mr;
    bar->size = size;
    bar->type = type;
    mask = ~(size - 1);
    if (n == PCI_ROM_BAR) {
        mask |= 1;
    } else {
        mask &= type & PCI_BAR_IO ? ~3ull : ~15ull;
        dev->config[at] = type;
    }
    pci_set_long(dev->wmask + at, mask);
    if (type & PCI_BAR_64 && n != PCI_ROM_BAR) {
        pci_set_long(dev->wmask + at + 4, mask >> 32);
    }
}

/* Where the registers want BAR N; UINT64_MAX: nowhere. */
static uint64_t bar_wanted(PCIDevice *dev, int n)
{
    const PCIBar *bar = &dev->bars[n];
    const uint8_t *reg = dev->config + bar_offset(n);
    uint8_t command = dev->config[PCI_COMMAND];
    uint64_t addr = pci_get_long(reg);

    if (n == PCI_ROM_BAR) {
        if (!(addr & 1) || !(command & PCI_COMMAND_MEMORY)) {
            return UINT64_MAX;
        }
        addr &= ~0x7ffull;
    } else if (bar->type & PCI_BAR_IO) {
        if (!(command & PCI_COMMAND_IO)) {
            return UINT64_MAX;
        }
        addr &= ~3ull;
        if (addr + bar->size > 0x10000) {
            return UINT64_MAX;
        }
    } else {
        if (!(command & PCI_COMMAND_MEMORY)) {
            return UINT64_MAX;
        }
        addr &= ~15ull;
        if (bar->type & PCI_BAR_64) {
            addr |= (uint64_t)pci_get_long(reg + 4) << 32;
        }
    }
    /* Address 0 is "not set"; all ones is sizing. */
    if (addr == 0 || addr + bar->size < addr ||
        (!(bar->type & PCI_BAR_64) && addr + bar->size > 1ull << 32)) {
        return UINT64_MAX;
    }
    return addr;
}

static void unmap_bar(PCIDevice *dev, PCIBar *bar)
{
    if (bar->mapped) {
        memory_region_del_subregion(bar->mr->container, bar->mr);
        bar->mapped = false;
    }
}

static void update_mappings(PCIDevice *dev)
{
    PCIBus *bus = pci_get_bus(dev);

    memory_region_transaction_begin();
    for (int i = 0; i < PCI_BARS; i++) {
        PCIBar *bar = &dev->bars[i];
        uint64_t addr;

        if (!bar->mr) {
            continue;
        }
        addr = bar_wanted(dev, i);
        if (bar->mapped && bar->addr == addr) {
            continue;
        }
        unmap_bar(dev, bar);
        if (addr != UINT64_MAX) {
            bar->addr = addr;
            bar->mapped = true;
            memory_region_add_subregion_overlap(
                bar->type & PCI_BAR_IO ? bus->io : bus->mem, addr, bar->mr,
                1);
        }
    }
    memory_region_transaction_commit();
}

/* INTx: 6.2.4 */

static void update_intx(PCIDevice *dev)
{
    PCIBus *bus = pci_get_bus(dev);
    uint16_t command = pci_get_word(dev->config + PCI_COMMAND);
    bool show = dev->intx && !(command & PCI_COMMAND_INTX_DISABLE);
    int pin = dev->config[PCI_INTERRUPT_PIN] - 1, irq;

    dev->config[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
    dev->config[PCI_STATUS] |= dev->intx ? PCI_STATUS_INTERRUPT : 0;
    if (show == dev->intx_shown) {
        return;
    }
    dev->intx_shown = show;
    if (pin < 0 || pin > 3 || !bus->map_irq) {
        return;
    }
    irq = bus->map_irq(dev, pin);
    if (irq < 0 || irq >= bus->n_irqs) {
        return;
    }
    bus->irq_count[irq] += show ? 1 : -1;
    bus->set_irq(bus->irq_opaque, irq, bus->irq_count[irq] > 0);
}

void pci_set_irq(PCIDevice *dev, int level)
{
    dev->intx = level;
    update_intx(dev);
}

bool pci_bus_irq_level(PCIBus *bus, int irq)
{
    return irq >= 0 && irq < bus->n_irqs && bus->irq_count[irq] > 0;
}

/* Configuration space */

uint32_t pci_config_read_default(PCIDevice *dev, unsigned addr, unsigned size)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < size && addr + i < PCI_CONFIG_SIZE; i++) {
        v |= (uint32_t)dev->config[addr + i] << (8 * i);
    }
    return v;
}

static bool touches(unsigned addr, unsigned size, unsigned first, unsigned n)
{
    return addr < first + n && first < addr + size;
}

void pci_config_write_default(PCIDevice *dev, unsigned addr, uint32_t v,
                              unsigned size)
{
    for (unsigned i = 0; i < size && addr + i < PCI_CONFIG_SIZE; i++) {
        uint8_t byte = v >> (8 * i), *reg = &dev->config[addr + i];
        uint8_t mask = dev->wmask[addr + i];

        *reg = (*reg & ~mask) | (byte & mask);
        *reg &= ~(byte & dev->w1cmask[addr + i]);
    }
    if (touches(addr, size, PCI_COMMAND, 2) ||
        touches(addr, size, PCI_BAR0, 24) ||
        touches(addr, size, PCI_ROM_ADDRESS, 4)) {
        update_mappings(dev);
    }
    if (touches(addr, size, PCI_COMMAND, 2)) {
        update_intx(dev);
    }
    msi_config_changed(dev, addr, size);
}

uint8_t pci_add_capability(PCIDevice *dev, uint8_t id, uint8_t offset,
                           uint8_t size, GError **errp)
{
    unsigned at = offset ?: ROUND_UP(MAX(dev->last_cap_end, 0x40), 4);

    if (at + size > PCI_CONFIG_SIZE) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "no room for capability 0x%02x in the configuration space",
                    id);
        return 0;
    }
    dev->config[at] = id;
    dev->config[at + 1] = dev->config[PCI_CAPABILITIES];
    dev->config[PCI_CAPABILITIES] = at;
    dev->config[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
    memset(dev->wmask + at, 0, size);
    dev->last_cap_end = MAX(dev->last_cap_end, MIN(at + size, 255));
    return at;
}

bool pci_dma_begin(PCIDevice *dev)
{
    PCIBus *bus = pci_get_bus(dev);
    bool was = bus->in_dma;

    bus->in_dma = true;
    return was;
}

void pci_dma_end(PCIDevice *dev, bool was)
{
    pci_get_bus(dev)->in_dma = was;
}

bool pci_can_dma(PCIDevice *dev)
{
    return pci_can_master(dev) && !pci_get_bus(dev)->in_dma;
}

MemTxResult pci_dma_rw(PCIDevice *dev, uint64_t addr, void *buf, uint64_t len,
                       bool is_write)
{
    MemTxAttrs attrs = { .requester_id = dev->devfn };
    MemTxResult r;

    if (!pci_can_dma(dev)) {
        if (!is_write) {
            memset(buf, 0xff, len);
        }
        return MEMTX_ERROR;
    }
    pci_dma_begin(dev);
    r = address_space_rw(&address_space_memory, addr, attrs, buf, len,
                         is_write);
    pci_dma_end(dev, false);
    return r;
}

/* A device's life */

static void init_config(PCIDevice *dev)
{
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    uint8_t *c = dev->config;

    pci_set_word(c + PCI_VENDOR_ID, pc->vendor_id);
    pci_set_word(c + PCI_DEVICE_ID, pc->device_id);
    c[PCI_REVISION] = pc->revision;
    c[PCI_CLASS_PROG] = pc->prog_if;
    pci_set_word(c + PCI_CLASS_DEVICE, pc->class_id);
    pci_set_word(c + PCI_SUBSYSTEM_VENDOR,
                 pc->subsystem_vendor ?: PCI_VENDOR_REDHAT);
    pci_set_word(c + PCI_SUBSYSTEM_ID,
                 pc->subsystem_id ?: PCI_SUBSYSTEM_QEMU);
    pci_set_word(dev->wmask + PCI_COMMAND,
                 PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
                 PCI_COMMAND_PARITY | PCI_COMMAND_SERR |
                 PCI_COMMAND_INTX_DISABLE);
    pci_set_word(dev->w1cmask + PCI_STATUS, 0xf900);
    dev->wmask[PCI_CACHE_LINE] = 0xff;
    dev->wmask[PCI_LATENCY] = 0xff;
    dev->wmask[PCI_INTERRUPT_LINE] = 0xff;
}

static bool load_rom(PCIDevice *dev, GError **errp)
{
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    const char *name = dev->romfile ?: pc->romfile;
    char *path, *data = NULL;
    gsize len = 0;
    uint64_t size = 2048;
    bool ok;

    if (!name || !*name || !dev->rombar) {
        return true;
    }
    path = machine_find_file(name);
    if (!path) {
        if (!dev->romfile) {
            return true;        /* the default one is not installed */
        }
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "%s: cannot find the ROM file '%s'",
                    object_get_typename(OBJECT(dev)), name);
        return false;
    }
    ok = g_file_get_contents(path, &data, &len, errp);
    g_free(path);
    if (!ok) {
        return false;
    }
    while (size < len) {
        size *= 2;
    }
    ok = len <= 16 << 20;
    if (!ok) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "the ROM file '%s' is too large", name);
    }
    ok = ok && memory_region_init_rom(&dev->rom, OBJECT(dev), "rom", size,
                                      errp);
    if (ok) {
        memcpy(memory_region_get_ram_ptr(&dev->rom), data, len);
        pci_register_bar(dev, PCI_ROM_BAR, PCI_BAR_MEM, &dev->rom);
    }
    g_free(data);
    return ok;
}

static void leave_bus(PCIDevice *dev)
{
    PCIBus *bus = pci_get_bus(dev);

    pci_set_irq(dev, 0);
    memory_region_transaction_begin();
    for (int i = 0; i < PCI_BARS; i++) {
        unmap_bar(dev, &dev->bars[i]);
    }
    memory_region_transaction_commit();
    msix_uninit(dev);
    if (dev->devfn >= 0 && bus->devices[dev->devfn] == dev) {
        bus->devices[dev->devfn] = NULL;
    }
}

static bool pci_device_realize(DeviceState *qdev, GError **errp)
{
    PCIDevice *dev = (PCIDevice *)qdev;
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);
    PCIBus *bus = pci_get_bus(dev);

    for (int i = bus->first_slot; i < 32 && dev->devfn < 0; i++) {
        if (!bus->devices[PCI_DEVFN(i, 0)]) {
            dev->devfn = PCI_DEVFN(i, 0);
        }
    }
    if (dev->devfn < 0 || dev->devfn > 255) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "no free slot for '%s' on bus '%s'",
                    object_get_typename(OBJECT(dev)), bus->parent.name);
        return false;
    }
    if (bus->devices[dev->devfn]) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "PCI: slot %d function %d is taken by '%s'",
                    PCI_SLOT(dev->devfn), PCI_FUNC(dev->devfn),
                    object_get_typename(OBJECT(bus->devices[dev->devfn])));
        return false;
    }
    init_config(dev);
    if (dev->multifunction) {
        dev->config[PCI_HEADER_TYPE] |= PCI_HEADER_MULTIFUNCTION;
    }
    bus->devices[dev->devfn] = dev;
    if ((pc->realize && !pc->realize(dev, errp)) || !load_rom(dev, errp)) {
        leave_bus(dev);
        return false;
    }
    memcpy(dev->reset_config, dev->config, PCI_CONFIG_SIZE);
    return true;
}

static void pci_device_unrealize(DeviceState *qdev)
{
    PCIDevice *dev = (PCIDevice *)qdev;
    PCIDeviceClass *pc = PCI_DEVICE_GET_CLASS(dev);

    leave_bus(dev);
    if (pc->exit) {
        pc->exit(dev);
    }
}

static void pci_reset_enter(Object *obj, ResetType type)
{
    PCIDevice *dev = (PCIDevice *)obj;

    dev->intx = false;
    if (!dev->parent.realized || (type == RESET_TYPE_WAKEUP &&
                                  PCI_DEVICE_GET_CLASS(dev)->stays_awake)) {
        return;
    }
    update_intx(dev);
    memcpy(dev->config, dev->reset_config, PCI_CONFIG_SIZE);
    update_mappings(dev);
    msix_reset(dev);
}

/* The bus counts what devices show: not shown while state is replaced. */
static bool pci_pre_load(void *opaque, GError **errp)
{
    pci_set_irq(opaque, 0);
    return true;
}

static bool pci_post_load(void *opaque, int version, GError **errp)
{
    PCIDevice *dev = opaque;

    dev->config[PCI_INTERRUPT_PIN] = dev->reset_config[PCI_INTERRUPT_PIN];
    update_mappings(dev);
    update_intx(dev);
    return true;
}

const VMStateDescription vmstate_pci_device = {
    .name = TYPE_PCI_DEVICE,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_load = pci_pre_load,
    .post_load = pci_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_BUFFER(config, PCIDevice),
        VMSTATE_BOOL(intx, PCIDevice),
        VMSTATE_BUFFER(msix.table, PCIDevice),
        VMSTATE_BUFFER(msix.pba, PCIDevice),
        VMSTATE_END
    },
};

/* "addr" as users write it: SLOT or SLOT.FUNCTION, hexadecimal. */

static GVariant *addr_load(const PropertyKind *kind, const void *field)
{
    return g_variant_ref_sink(g_variant_new_int32(*(const int32_t *)field));
}

static void addr_store(const PropertyKind *kind, void *field, GVariant *v)
{
    *(int32_t *)field = g_variant_get_int32(v);
}

static GVariant *addr_coerce(const PropertyKind *kind, const char *property,
                             GVariant *v, GError **errp)
{
    const char *text = value_get_string(v);
    unsigned long slot, fn = 0;
    char *end;

    if (!text) {
        return property_int32.coerce(&property_int32, property, v, errp);
    }
    slot = strtoul(text, &end, 16);
    if (end != text && *end == '.') {
        fn = strtoul(end + 1, &end, 16);
    }
    if (end == text || *end || slot > 31 || fn > 7 || !g_ascii_isxdigit(*text)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "property '%s' takes SLOT or SLOT.FUNCTION (0-1f, 0-7), "
                    "not '%s'", property, text);
        return NULL;
    }
    return g_variant_ref_sink(g_variant_new_int32(PCI_DEVFN(slot, fn)));
}

static const PropertyKind addr_kind = {
    .name = "pci-address", .format = "i", .size = sizeof(int32_t),
    .load = addr_load, .store = addr_store, .coerce = addr_coerce,
    .min = INT32_MIN,
};

static const DevProperty pci_properties[] = {
    { .name = "addr", .kind = &addr_kind, .has_default = true, .number = -1,
      .offset = DEV_FIELD(PCIDevice, devfn, int32_t),
      .desc = "slot and function" },
    DEFINE_PROP_BOOL("multifunction", PCIDevice, multifunction, false),
    DEFINE_PROP_STRING("romfile", PCIDevice, romfile),
    DEFINE_PROP_UINT32("rombar", PCIDevice, rombar, 1),
};

static void pci_device_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = pci_device_realize;
    dc->unrealize = pci_device_unrealize;
    dc->bus_type = TYPE_PCI_BUS;
    RESETTABLE_CLASS(oc)->phases.enter = pci_reset_enter;
    device_class_set_props(dc, pci_properties);
}

static const TypeInfo pci_types[] = {
    {
        .name = TYPE_PCI_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCIDevice),
        .class_size = sizeof(PCIDeviceClass),
        .abstract = true,
        .class_init = pci_device_class_init,
    },
};
DEFINE_TYPES(pci_types)
