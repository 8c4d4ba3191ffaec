/* SPDX-License-Identifier: MIT */
/* Message-signalled interrupts: PCI Local Bus Specification 3.0, 6.8. */
#include "util/osdep.h"
#include "hw/pci/pci.h"

enum {
    MSI_FLAGS = 2, MSI_ADDRESS = 4, MSI_ADDRESS_HIGH = 8,
    MSI_ENABLE = 0x01, MSI_64 = 0x80,
    MSIX_FLAGS = 2, MSIX_TABLE = 4, MSIX_PBA = 8, MSIX_CAP_SIZE = 12,
    MSIX_ENABLE = 0x8000, MSIX_MASK_ALL = 0x4000,
    ENTRY_SIZE = 16, ENTRY_DATA = 8, ENTRY_CONTROL = 12,
    PBA_OFFSET = 0x800,         /* in a BAR of 4 KiB */
};

static void send(PCIDevice *dev, uint64_t addr, uint32_t data)
{
    PCIBus *bus = pci_get_bus(dev);

    if (bus->send_msi && pci_can_master(dev)) {
        bus->send_msi(addr, data);
    }
}

/* MSI: 6.8.1 */

bool msi_init(PCIDevice *dev, uint8_t offset, unsigned vectors, bool is64,
              GError **errp)
{
    unsigned log = 0;
    uint8_t cap = pci_add_capability(dev, PCI_CAP_MSI, offset,
                                     is64 ? 14 : 10, errp);

    if (!cap) {
        return false;
    }
    while (1u << log < vectors && log < 5) {
        log++;
    }
    dev->msi_cap = cap;
    pci_set_word(dev->config + cap + MSI_FLAGS,
                 log << 1 | (is64 ? MSI_64 : 0));
    pci_set_word(dev->wmask + cap + MSI_FLAGS, 7 << 4 | MSI_ENABLE);
    pci_set_long(dev->wmask + cap + MSI_ADDRESS, 0xfffffffc);
    if (is64) {
        pci_set_long(dev->wmask + cap + MSI_ADDRESS_HIGH, 0xffffffff);
    }
    pci_set_word(dev->wmask + cap + (is64 ? 12 : 8), 0xffff);
    return true;
}

bool msi_enabled(const PCIDevice *dev)
{
    return dev->msi_cap &&
           (dev->config[dev->msi_cap + MSI_FLAGS] & MSI_ENABLE);
}

void msi_notify(PCIDevice *dev, unsigned vector)
{
    const uint8_t *cap = dev->config + dev->msi_cap;
    bool is64 = cap[MSI_FLAGS] & MSI_64;
    unsigned given = 1u << (cap[MSI_FLAGS] >> 4 & 7);
    uint64_t addr;
    uint32_t data;

    if (!msi_enabled(dev)) {
        return;
    }
    addr = pci_get_long(cap + MSI_ADDRESS);
    if (is64) {
        addr |= (uint64_t)pci_get_long(cap + MSI_ADDRESS_HIGH) << 32;
    }
    data = pci_get_word(cap + (is64 ? 12 : 8));
    if (given > 1) {
        data = (data & ~(given - 1)) | (vector & (given - 1));
    }
    send(dev, addr, data);
}

/* MSI-X: 6.8.2 */

bool msix_enabled(const PCIDevice *dev)
{
    return dev->msix.cap &&
           (pci_get_word(dev->config + dev->msix.cap + MSIX_FLAGS) &
            MSIX_ENABLE);
}

static bool is_masked(const PCIDevice *dev, unsigned n)
{
    return (pci_get_word(dev->config + dev->msix.cap + MSIX_FLAGS) &
            MSIX_MASK_ALL) ||
           (dev->msix.table[n * ENTRY_SIZE + ENTRY_CONTROL] & 1);
}

void msix_notify(PCIDevice *dev, unsigned n)
{
    const uint8_t *e;

    if (!msix_enabled(dev) || n >= dev->msix.n) {
        return;
    }
    if (is_masked(dev, n)) {
        dev->msix.pba[n / 8] |= 1 << n % 8;
        return;
    }
    dev->msix.pba[n / 8] &= ~(1 << n % 8);
    e = dev->msix.table + n * ENTRY_SIZE;
    send(dev, pci_get_long(e) | (uint64_t)pci_get_long(e + 4) << 32,
         pci_get_long(e + ENTRY_DATA));
}

/* What waited for a mask to go. */
static void send_pending(PCIDevice *dev)
{
    for (unsigned i = 0; msix_enabled(dev) && i < dev->msix.n; i++) {
        if ((dev->msix.pba[i / 8] >> i % 8 & 1) && !is_masked(dev, i)) {
            msix_notify(dev, i);
        }
    }
}

static uint64_t table_read(void *opaque, paddr at, unsigned size)
{
    PCIDevice *dev = opaque;

    return pci_get_long(dev->msix.table + at);
}

static void table_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PCIDevice *dev = opaque;

    if (at % ENTRY_SIZE == ENTRY_CONTROL) {
        v &= 1;
    }
    pci_set_long(dev->msix.table + at, v);
    send_pending(dev);
}

static uint64_t pba_read(void *opaque, paddr at, unsigned size)
{
    PCIDevice *dev = opaque;

    return pci_get_long(dev->msix.pba + at);
}

static void pba_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
}

static const MemoryRegionOps table_ops = {
    .read = table_read,
    .write = table_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

static const MemoryRegionOps pba_ops = {
    .read = pba_read,
    .write = pba_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

bool msix_init_bar(PCIDevice *dev, unsigned vectors, int bar, uint8_t offset,
                   GError **errp)
{
    MSIXState *m = &dev->msix;
    uint8_t cap;

    if (vectors < 1 || vectors > MSIX_MAX_VECTORS) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "there are 1 to %u MSI-X vectors, not %u",
                    MSIX_MAX_VECTORS, vectors);
        return false;
    }
    cap = pci_add_capability(dev, PCI_CAP_MSIX, offset, MSIX_CAP_SIZE, errp);
    if (!cap) {
        return false;
    }
    m->cap = cap;
    m->n = vectors;
    pci_set_word(dev->config + cap + MSIX_FLAGS, vectors - 1);
    pci_set_word(dev->wmask + cap + MSIX_FLAGS, MSIX_ENABLE | MSIX_MASK_ALL);
    pci_set_long(dev->config + cap + MSIX_TABLE, bar);
    pci_set_long(dev->config + cap + MSIX_PBA, PBA_OFFSET | bar);
    memory_region_init(&m->bar, OBJECT(dev), "msix", 4096);
    memory_region_init_io(&m->table_io, OBJECT(dev), &table_ops, dev,
                          "msix-table", vectors * ENTRY_SIZE);
    memory_region_init_io(&m->pba_io, OBJECT(dev), &pba_ops, dev, "msix-pba",
                          sizeof(m->pba));
    memory_region_add_subregion(&m->bar, 0, &m->table_io);
    memory_region_add_subregion(&m->bar, PBA_OFFSET, &m->pba_io);
    pci_register_bar(dev, bar, PCI_BAR_MEM, &m->bar);
    msix_reset(dev);
    return true;
}

void msix_uninit(PCIDevice *dev)
{
    /* The regions stay until the device goes. */
    dev->msix.n = 0;
}

void msix_reset(PCIDevice *dev)
{
    MSIXState *m = &dev->msix;

    if (!m->cap) {
        return;
    }
    memset(m->table, 0, m->n * ENTRY_SIZE);
    for (unsigned i = 0; i < m->n; i++) {
        m->table[i * ENTRY_SIZE + ENTRY_CONTROL] = 1;
    }
    memset(m->pba, 0, DIV_ROUND_UP(m->n, 8));
}

void msi_config_changed(PCIDevice *dev, unsigned addr, unsigned size)
{
    if (dev->msix.cap && addr < dev->msix.cap + 4u &&
        addr + size > dev->msix.cap) {
        send_pending(dev);
    }
}
