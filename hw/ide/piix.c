/* SPDX-License-Identifier: MIT */
/* PIIX3 function 1 (82371SB, 290550): two IDE channels at the legacy ports. */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"

enum { CFG_TIMING = 0x40, BM_BAR = 4, BM_SIZE = 16 };

typedef struct Piix3Ide {
    PCIDevice parent;
    IDEChannel channels[2];
    BMDMA bm[2];
    MemoryRegion bm_bar;
    qemu_irq lines[2];          /* borrowed */
} Piix3Ide;

static const uint16_t command_ports[2] = { 0x1f0, 0x170 };
static const uint16_t control_ports[2] = { 0x3f6, 0x376 };

static bool piix_realize(PCIDevice *dev, GError **errp)
{
    Piix3Ide *s = (Piix3Ide *)dev;
    MemoryRegion *io = get_system_io();

    pci_set_word(dev->config + PCI_STATUS,
                 PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM);
    memset(dev->wmask + CFG_TIMING, 0xff, 5);
    memory_region_init(&s->bm_bar, OBJECT(dev), "piix-bmdma-container",
                       BM_SIZE);
    for (int i = 0; i < 2; i++) {
        s->bm[i].pci = dev;
        ide_channel_init(&s->channels[i], OBJECT(dev), s->lines[i],
                         &s->bm[i]);
        memory_region_init_io(&s->bm[i].io, OBJECT(dev), &bmdma_ops,
                              &s->bm[i], "piix-bmdma", 8);
        memory_region_add_subregion(&s->bm_bar, 8 * i, &s->bm[i].io);
        memory_region_add_subregion(io, command_ports[i],
                                    &s->channels[i].command_io);
        memory_region_add_subregion(io, control_ports[i],
                                    &s->channels[i].control_io);
    }
    pci_register_bar(dev, BM_BAR, PCI_BAR_IO, &s->bm_bar);
    return true;
}

static void piix_exit(PCIDevice *dev)
{
    Piix3Ide *s = (Piix3Ide *)dev;

    for (int i = 0; i < 2; i++) {
        memory_region_del_subregion(get_system_io(),
                                    &s->channels[i].command_io);
        memory_region_del_subregion(get_system_io(),
                                    &s->channels[i].control_io);
    }
}

static void piix_reset_hold(Object *obj, ResetType type)
{
    Piix3Ide *s = (Piix3Ide *)obj;

    for (int i = 0; i < 2; i++) {
        BMDMA *bm = &s->bm[i];

        bm->command = bm->status = 0;
        bm->prd = bm->next_prd = bm->bytes = 0;
        ide_channel_reset(&s->channels[i]);
    }
}

static void piix_finalize(Object *obj)
{
    Piix3Ide *s = (Piix3Ide *)obj;

    for (int i = 0; i < 4; i++) {
        g_free(s->channels[i / 2].drives[i % 2].buf);
    }
}

PCIDevice *piix3_ide_create(PCIBus *bus, qemu_irq lines[2], IDEBus *buses[2],
                            GError **errp)
{
    PCIDevice *dev = pci_new(PCI_DEVFN(1, 1), TYPE_PIIX3_IDE);
    Piix3Ide *s = (Piix3Ide *)dev;

    for (int i = 0; i < 2; i++) {
        char name[] = "ide.0";

        name[4] += i;
        s->lines[i] = lines[i];
        buses[i] = IDE_BUS(qbus_new(TYPE_IDE_BUS, &dev->parent, name));
        buses[i]->ch = &s->channels[i];
    }
    return pci_realize(dev, bus, errp) ? dev : NULL;
}

static const VMStateDescription vmstate_piix_ide = {
    .name = TYPE_PIIX3_IDE,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, Piix3Ide),
        VMSTATE_STRUCT_ARRAY(channels, Piix3Ide, 2, vmstate_ide_channel,
                             IDEChannel),
        VMSTATE_STRUCT_ARRAY(bm, Piix3Ide, 2, vmstate_bmdma, BMDMA),
        VMSTATE_END
    },
};

static void piix_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_INTEL;
    pc->device_id = 0x7010;
    pc->class_id = 0x0101;
    pc->prog_if = 0x80;
    pc->realize = piix_realize;
    pc->exit = piix_exit;
    dc->vmsd = &vmstate_piix_ide;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    dc->category = DEVICE_CATEGORY_STORAGE;
    RESETTABLE_CLASS(oc)->phases.hold = piix_reset_hold;
}

static const TypeInfo piix_types[] = {
    {
        .name = TYPE_PIIX3_IDE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(Piix3Ide),
        .class_init = piix_class_init,
        .instance_finalize = piix_finalize,
    },
};
DEFINE_TYPES(piix_types)
