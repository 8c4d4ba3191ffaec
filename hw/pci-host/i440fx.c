/* SPDX-License-Identifier: MIT */
/*
 * Intel 82441FX (290549), the host bridge of the 440FX: configuration
 * mechanism 1 at ports CF8h and CFCh, attribute registers that put RAM or PCI
 * at C0000h to FFFFFh, and SMRAM at A0000h.  Mechanism 2 (PCI 2.1, 3.7.4.2) is
 * there as well.  PIIX3's reset control register CF9h lies inside our ports
 * and so is here.
 */
#include "util/osdep.h"
#include "hw/core/runstate.h"
#include "hw/pci-host/i440fx.h"

enum {
    PAM0 = 0x59, PAM_LAST = 0x5f, SMRAM = 0x72,
    PAM_READ = 1, PAM_WRITE = 2,
    SMRAM_OPEN = 0x40, SMRAM_CLOSED = 0x20, SMRAM_LOCKED = 0x10,
    SMRAM_ENABLE = 0x08, SMRAM_SEGMENT = 0x02,
    N_PAM = 13,
};
enum { RCR_HARD = 2, RCR_CPU = 4 };

typedef struct PamSegment {
    MemoryRegion pci;           /* reads and writes go to PCI */
    MemoryRegion rom;           /* RAM that can't be written */
    MemoryRegion split;         /* reads from PCI, writes to RAM */
    paddr start;
    struct I440FXState *bridge;
} PamSegment;

typedef struct I440FXState {
    PCIDevice parent;
    MemoryRegion *ram, *pci_mem;
    PamSegment pam[N_PAM];
    MemoryRegion vga;           /* A0000h in front of RAM */
    MemoryRegion nobody;        /* below 1 MiB on PCI, where nothing is */
    MemoryRegion smm_root, smm_mem, smram;
    AddressSpace smm_as, pci_as;
} I440FXState;

typedef struct PCIHostState {
    DeviceState parent;
    PCIBus *bus;
    MemoryRegion address_io, data_io, mech2_io;
    uint32_t address;
    uint8_t cse, forward;       /* mechanism 2 */
    uint8_t rcr;
    I440FXState *bridge;
} PCIHostState;

static AddressSpace *smm_address_space;

AddressSpace *i440fx_smm_address_space(void)
{
    return smm_address_space;
}

/* Ports */

static void write_rcr(PCIHostState *s, uint8_t v)
{
    if ((v & RCR_CPU) && !(s->rcr & RCR_CPU)) {
        machine_request(MACHINE_RESET, 0);
    }
    s->rcr = v & (RCR_HARD | RCR_CPU);
}

static void address_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PCIHostState *s = opaque;

    if (size == 4 && at == 0) {
        s->address = v & 0x80fffffc;
    } else if (size == 1 && at == 0) {
        s->cse = v;
        memory_region_set_enabled(&s->mech2_io, v >> 4);
    } else if (size == 1 && at == 1) {
        write_rcr(s, v);
    } else if (size == 1 && at == 2) {
        s->forward = v;
    }
}

static uint64_t address_read(void *opaque, paddr at, unsigned size)
{
    PCIHostState *s = opaque;

    if (size == 4) {
        return s->address;
    }
    if (size == 1) {
        return at == 0 ? s->cse : at == 1 ? s->rcr : at == 2 ? s->forward
                                                            : 0xff;
    }
    return 0xffff;
}

static void data_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PCIHostState *s = opaque;

    if (s->address >> 31) {
        pci_host_config_write(s->bus, s->address | at, v, size);
    }
}

static uint64_t data_read(void *opaque, paddr at, unsigned size)
{
    PCIHostState *s = opaque;

    return s->address >> 31
        ? pci_host_config_read(s->bus, s->address | at, size) : UINT32_MAX;
}

/* C000h to CFFFh: device in bits 8 to 11, the function in CSE. */
static uint32_t mech2_address(const PCIHostState *s, paddr at)
{
    return (uint32_t)s->forward << 16 | (at >> 8 & 15) << 11 |
           (s->cse >> 1 & 7) << 8 | (at & 0xff);
}

static void mech2_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PCIHostState *s = opaque;

    pci_host_config_write(s->bus, mech2_address(s, at), v, size);
}

static uint64_t mech2_read(void *opaque, paddr at, unsigned size)
{
    PCIHostState *s = opaque;

    return pci_host_config_read(s->bus, mech2_address(s, at), size);
}

#define HOST_OPS(name)                                                \
    static const MemoryRegionOps name##_ops = {                       \
        .read = name##_read,                                          \
        .write = name##_write,                                        \
        .endianness = DEVICE_LITTLE_ENDIAN,                           \
        .valid = { .min_access_size = 1, .max_access_size = 4 },      \
    }
HOST_OPS(address);
HOST_OPS(data);
HOST_OPS(mech2);

static void host_init(Object *obj)
{
    PCIHostState *s = (PCIHostState *)obj;

    memory_region_init_io(&s->address_io, obj, &address_ops, s,
                          "pci-conf-idx", 4);
    memory_region_init_io(&s->data_io, obj, &data_ops, s, "pci-conf-data", 4);
    memory_region_init_io(&s->mech2_io, obj, &mech2_ops, s, "pci-conf-mech2",
                          0x1000);
    memory_region_set_enabled(&s->mech2_io, false);
}

static bool host_realize(DeviceState *dev, GError **errp)
{
    PCIHostState *s = (PCIHostState *)dev;

    memory_region_add_subregion(get_system_io(), 0xcf8, &s->address_io);
    memory_region_add_subregion(get_system_io(), 0xcfc, &s->data_io);
    memory_region_add_subregion_overlap(get_system_io(), 0xc000, &s->mech2_io,
                                        10);
    return true;
}

static void host_unrealize(DeviceState *dev)
{
    PCIHostState *s = (PCIHostState *)dev;

    memory_region_del_subregion(get_system_io(), &s->address_io);
    memory_region_del_subregion(get_system_io(), &s->data_io);
    memory_region_del_subregion(get_system_io(), &s->mech2_io);
}

static void host_reset_enter(Object *obj, ResetType type)
{
    PCIHostState *s = (PCIHostState *)obj;

    s->address = 0;
    s->cse = s->forward = s->rcr = 0;
    memory_region_set_enabled(&s->mech2_io, false);
}

static bool host_post_load(void *opaque, int version, GError **errp)
{
    PCIHostState *s = opaque;

    s->address &= 0x80fffffc;
    memory_region_set_enabled(&s->mech2_io, s->cse >> 4);
    return true;
}

static const VMStateDescription vmstate_host = {
    .name = TYPE_I440FX_PCIHOST,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = host_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT32(address, PCIHostState),
        VMSTATE_UINT8(cse, PCIHostState),
        VMSTATE_UINT8(forward, PCIHostState),
        VMSTATE_UINT8(rcr, PCIHostState),
        VMSTATE_END
    },
};

/* Attribute registers */

static uint64_t split_read(void *opaque, paddr at, unsigned size)
{
    PamSegment *p = opaque;

    return address_space_load(&p->bridge->pci_as, p->start + at, size,
                              MEMTXATTRS_UNSPECIFIED, NULL);
}

static void split_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    PamSegment *p = opaque;

    memory_region_dispatch_write(p->bridge->ram, p->start + at, v, size,
                                 MEMTXATTRS_UNSPECIFIED);
}

static const MemoryRegionOps split_ops = {
    .read = split_read,
    .write = split_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static void update_pam(I440FXState *s)
{
    memory_region_transaction_begin();
    for (int i = 0; i < N_PAM; i++) {
        uint8_t reg = s->parent.config[PAM0 + (i + 1) / 2];
        uint8_t attr = (i == 0 || i % 2 == 0 ? reg >> 4 : reg) & 3;
        PamSegment *p = &s->pam[i];

        memory_region_set_enabled(&p->pci, attr == 0);
        memory_region_set_enabled(&p->rom, attr == PAM_READ);
        memory_region_set_enabled(&p->split, attr == PAM_WRITE);
    }
    memory_region_transaction_commit();
}

static void update_smram(I440FXState *s)
{
    uint8_t reg = s->parent.config[SMRAM];
    bool on = reg & SMRAM_ENABLE;

    memory_region_transaction_begin();
    memory_region_set_enabled(&s->vga, !(on && (reg & SMRAM_OPEN)));
    memory_region_set_enabled(&s->smram, on);
    memory_region_transaction_commit();
}

static void i440fx_config_write(PCIDevice *dev, unsigned addr, uint32_t v,
                                unsigned size)
{
    I440FXState *s = (I440FXState *)dev;
    uint8_t old = dev->config[SMRAM];

    pci_config_write_default(dev, addr, v, size);
    if (old & SMRAM_LOCKED) {
        dev->config[SMRAM] = old;       /* until reset */
    } else if (dev->config[SMRAM] & SMRAM_LOCKED) {
        dev->config[SMRAM] &= ~SMRAM_OPEN;
    }
    if (addr <= PAM_LAST && addr + size > PAM0) {
        update_pam(s);
    }
    if (dev->config[SMRAM] != old) {
        update_smram(s);
    }
}

/* Aborted cycles: RAM below must not show through. */
static uint64_t nobody_read(void *opaque, paddr at, unsigned size)
{
    return UINT64_MAX;
}

static void nobody_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
}

static const MemoryRegionOps nobody_ops = {
    .read = nobody_read,
    .write = nobody_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static void init_pam(I440FXState *s)
{
    for (int i = 0; i < N_PAM; i++) {
        PamSegment *p = &s->pam[i];
        paddr start = i ? 0xc0000 + (i - 1) * 0x4000 : 0xf0000;
        uint64_t size = i ? 0x4000 : 0x10000;

        p->start = start;
        p->bridge = s;
        memory_region_init_alias(&p->pci, OBJECT(s), "pam-pci", s->pci_mem,
                                 start, size);
        memory_region_init_alias(&p->rom, OBJECT(s), "pam-rom", s->ram, start,
                                 size);
        memory_region_set_readonly(&p->rom, true);
        memory_region_init_io(&p->split, OBJECT(s), &split_ops, p, "pam-split",
                              size);
        memory_region_add_subregion_overlap(get_system_memory(), start,
                                            &p->pci, 1);
        memory_region_add_subregion_overlap(get_system_memory(), start,
                                            &p->rom, 1);
        memory_region_add_subregion_overlap(get_system_memory(), start,
                                            &p->split, 1);
    }
}

static bool i440fx_realize(PCIDevice *dev, GError **errp)
{
    I440FXState *s = (I440FXState *)dev;

    dev->config[PCI_COMMAND] = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    pci_set_word(dev->config + PCI_STATUS,
                 PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM);
    pci_set_word(dev->wmask + PCI_COMMAND, PCI_COMMAND_SERR);
    memset(dev->wmask + 0x50, 0xff, 0x72 - 0x50);
    dev->wmask[SMRAM] = 0x78;
    dev->config[SMRAM] = SMRAM_SEGMENT;
    dev->wmask[0x93] = 0xff;
    memory_region_transaction_begin();
    memory_region_init_io(&s->nobody, OBJECT(s), &nobody_ops, s, "pci-nobody",
                          0x60000);
    memory_region_add_subregion_overlap(s->pci_mem, 0xa0000, &s->nobody, -1);
    init_pam(s);
    memory_region_init_alias(&s->vga, OBJECT(s), "smram-vga", s->pci_mem,
                             0xa0000, 0x20000);
    memory_region_add_subregion_overlap(get_system_memory(), 0xa0000, &s->vga,
                                        1);
    memory_region_init(&s->smm_root, OBJECT(s), "smm", MEMORY_SIZE_ALL);
    memory_region_init_alias(&s->smm_mem, OBJECT(s), "smm-system",
                             get_system_memory(), 0, MEMORY_SIZE_ALL);
    memory_region_init_alias(&s->smram, OBJECT(s), "smram", s->ram, 0xa0000,
                             0x20000);
    memory_region_add_subregion(&s->smm_root, 0, &s->smm_mem);
    memory_region_add_subregion_overlap(&s->smm_root, 0xa0000, &s->smram, 1);
    memory_region_transaction_commit();
    address_space_init(&s->smm_as, &s->smm_root, "smm");
    address_space_init(&s->pci_as, s->pci_mem, "pci");
    smm_address_space = &s->smm_as;
    update_pam(s);
    update_smram(s);
    return true;
}

static void i440fx_reset_hold(Object *obj, ResetType type)
{
    I440FXState *s = (I440FXState *)obj;

    update_pam(s);
    update_smram(s);
}

static bool i440fx_post_load(void *opaque, int version, GError **errp)
{
    update_pam(opaque);
    update_smram(opaque);
    return true;
}

static const VMStateDescription vmstate_i440fx = {
    .name = TYPE_I440FX,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = i440fx_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, I440FXState),
        VMSTATE_END
    },
};

PCIBus *i440fx_create(Object *owner, MemoryRegion *ram, MemoryRegion *pci_mem,
                      GError **errp)
{
    DeviceState *host = qdev_new(TYPE_I440FX_PCIHOST);
    PCIHostState *s = (PCIHostState *)host;
    PCIDevice *dev;

    object_property_add_child(owner, "i440fx", OBJECT(host));
    s->bus = pci_bus_new(host, "pci.0", pci_mem, get_system_io());
    if (!qdev_realize_and_unref(host, NULL, errp)) {
        return NULL;
    }
    dev = pci_new(0, TYPE_I440FX);
    s->bridge = (I440FXState *)dev;
    s->bridge->ram = ram;
    s->bridge->pci_mem = pci_mem;
    return pci_realize(dev, s->bus, errp) ? s->bus : NULL;
}

static void host_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = host_realize;
    dc->unrealize = host_unrealize;
    dc->vmsd = &vmstate_host;
    dc->user_creatable = false;
    RESETTABLE_CLASS(oc)->phases.enter = host_reset_enter;
}

static void i440fx_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_INTEL;
    pc->device_id = 0x1237;
    pc->revision = 2;
    pc->class_id = 0x0600;
    pc->realize = i440fx_realize;
    pc->config_write = i440fx_config_write;
    pc->stays_awake = true;     /* firmware runs from the RAM behind PAM */
    dc->vmsd = &vmstate_i440fx;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    dc->desc = "Host bridge";
    RESETTABLE_CLASS(oc)->phases.hold = i440fx_reset_hold;
}

static const TypeInfo i440fx_types[] = {
    {
        .name = TYPE_I440FX_PCIHOST,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PCIHostState),
        .class_init = host_class_init,
        .instance_init = host_init,
    }, {
        .name = TYPE_I440FX,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(I440FXState),
        .class_init = i440fx_class_init,
    },
};
DEFINE_TYPES(i440fx_types)
