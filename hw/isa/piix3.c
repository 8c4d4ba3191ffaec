/* SPDX-License-Identifier: MIT */
/*
 * Intel 82371SB (PIIX3, 290550) function 0: the ISA bridge and PIRQ routing,
 * registers 60h to 63h.
 */
#include "util/osdep.h"
#include "hw/isa/piix3.h"

enum { PIRQ_ROUTE = 0x60, N_PIRQS = 4, PIRQ_DISABLED = 0x80 };

typedef struct Piix3State {
    PCIDevice parent;
    ISABus *isa;
    qemu_irq lines[ISA_IRQS];   /* borrowed */
    uint16_t driven;            /* lines that PIRQs hold up */
} Piix3State;

static const uint8_t reset_values[][2] = {
    { 0x04, 0x07 }, { 0x06, 0x00 }, { 0x07, 0x02 }, { 0x4c, 0x4d },
    { 0x4e, 0x03 }, { 0x60, 0x80 }, { 0x61, 0x80 }, { 0x62, 0x80 },
    { 0x63, 0x80 }, { 0x69, 0x02 }, { 0x70, 0x80 }, { 0x76, 0x0c },
    { 0x77, 0x0c }, { 0x78, 0x02 }, { 0xa0, 0x08 }, { 0xa8, 0x0f },
};

/* An ISA line is up while any PIRQ routed to it is. */
static void update_lines(Piix3State *s)
{
    PCIBus *bus = pci_get_bus(&s->parent);
    uint16_t up = 0, change;

    for (int i = 0; i < N_PIRQS; i++) {
        uint8_t route = s->parent.config[PIRQ_ROUTE + i];

        if (!(route & PIRQ_DISABLED) && pci_bus_irq_level(bus, i)) {
            up |= 1 << (route & 15);
        }
    }
    change = up ^ s->driven;
    s->driven = up;
    for (int i = 0; i < ISA_IRQS; i++) {
        if (change >> i & 1) {
            qemu_set_irq(s->lines[i], up >> i & 1);
        }
    }
}

static void on_pirq(void *opaque, int irq, int level)
{
    update_lines(opaque);
}

/* Pins rotate over the slots as on the reference board. */
static int map_pirq(PCIDevice *dev, int pin)
{
    return (pin + PCI_SLOT(dev->devfn) - 1) & 3;
}

static void piix3_config_write(PCIDevice *dev, unsigned addr, uint32_t v,
                               unsigned size)
{
    pci_config_write_default(dev, addr, v, size);
    if (addr < PIRQ_ROUTE + N_PIRQS && addr + size > PIRQ_ROUTE) {
        update_lines((Piix3State *)dev);
    }
}

static bool piix3_realize(PCIDevice *dev, GError **errp)
{
    for (size_t i = 0; i < ARRAY_SIZE(reset_values); i++) {
        dev->config[reset_values[i][0]] = reset_values[i][1];
    }
    pci_set_word(dev->wmask + PCI_COMMAND, PCI_COMMAND_SERR | 0x08);
    memset(dev->wmask + 0x40, 0xff, 0xc0);
    memset(dev->wmask + PIRQ_ROUTE, 0x8f, N_PIRQS);
    return true;
}

static void piix3_reset_hold(Object *obj, ResetType type)
{
    update_lines((Piix3State *)obj);
}

static bool piix3_post_load(void *opaque, int version, GError **errp)
{
    update_lines(opaque);
    return true;
}

static const VMStateDescription vmstate_piix3 = {
    .name = TYPE_PIIX3,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = piix3_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, Piix3State),
        VMSTATE_UINT16(driven, Piix3State),
        VMSTATE_END
    },
};

ISABus *piix3_create(PCIBus *bus, qemu_irq *lines, GError **errp)
{
    PCIDevice *dev = pci_new(PCI_DEVFN(1, 0), TYPE_PIIX3);
    Piix3State *s = (Piix3State *)dev;

    dev->multifunction = true;
    memcpy(s->lines, lines, sizeof(s->lines));
    s->isa = isa_bus_new(&dev->parent, "isa.0");
    memcpy(s->isa->irqs, lines, sizeof(s->isa->irqs));
    pci_bus_set_irqs(bus, map_pirq, on_pirq, s, N_PIRQS);
    return pci_realize(dev, bus, errp) ? s->isa : NULL;
}

static void piix3_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_INTEL;
    pc->device_id = 0x7000;
    pc->class_id = 0x0601;
    pc->realize = piix3_realize;
    pc->config_write = piix3_config_write;
    dc->vmsd = &vmstate_piix3;
    dc->user_creatable = false;
    dc->hotpluggable = false;
    dc->desc = "ISA bridge";
    RESETTABLE_CLASS(oc)->phases.hold = piix3_reset_hold;
}

static const TypeInfo piix3_types[] = {
    {
        .name = TYPE_PIIX3,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(Piix3State),
        .class_init = piix3_class_init,
    },
};
DEFINE_TYPES(piix3_types)
