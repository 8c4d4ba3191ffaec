/* SPDX-License-Identifier: MIT */
/* The ISA bus: see isa.h. */
#include "util/osdep.h"
#include "hw/isa/isa.h"

ISABus *isa_bus_new(DeviceState *dev, const char *name)
{
    return ISA_BUS(qbus_new(TYPE_ISA_BUS, dev, name));
}

bool isa_get_irq(ISADevice *dev, unsigned n, qemu_irq *irq, GError **errp)
{
    if (n >= ISA_IRQS) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "%s: there is no ISA interrupt %u",
                    object_get_typename(OBJECT(dev)), n);
        return false;
    }
    *irq = dev->parent.parent_bus
        ? ISA_BUS(dev->parent.parent_bus)->irqs[n] : NULL;
    return true;
}

bool isa_add_io(ISADevice *dev, MemoryRegion *mr, uint32_t port,
                GError **errp)
{
    if (port > 0xffff || port + memory_region_size(mr) > 0x10000) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "%s: port 0x%x is beyond the last one",
                    object_get_typename(OBJECT(dev)), port);
        return false;
    }
    memory_region_add_subregion(get_system_io(), port, mr);
    return true;
}

void isa_del_io(MemoryRegion *mr)
{
    if (mr->container) {
        memory_region_del_subregion(mr->container, mr);
    }
}

static char *isa_fw_path(DeviceState *dev)
{
    Object *obj = OBJECT(dev);
    GVariant *v = object_property_get(obj, "iobase", NULL);
    char *text = v ? value_print(v) : NULL;
    char *path = text ? g_strdup_printf("%s@%04x", object_get_typename(obj),
                                        (unsigned)strtoul(text, NULL, 0))
                      : g_strdup(object_get_typename(obj));

    g_free(text);
    if (v) {
        g_variant_unref(v);
    }
    return path;
}

static void isa_bus_class_init(ObjectClass *oc, const void *data)
{
    BUS_CLASS(oc)->get_fw_dev_path = isa_fw_path;
}

static void isa_device_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->bus_type = TYPE_ISA_BUS;
    dc->hotpluggable = false;
}

static const TypeInfo isa_types[] = {
    {
        .name = TYPE_ISA_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(ISABus),
        .class_init = isa_bus_class_init,
    }, {
        .name = TYPE_ISA_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(ISADevice),
        .abstract = true,
        .class_init = isa_device_class_init,
    },
};
DEFINE_TYPES(isa_types)
