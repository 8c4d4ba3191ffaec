/* SPDX-License-Identifier: MIT */
/* isa-debugcon: a port whose bytes go to a character device (Bochs' E9h). */
#include "util/osdep.h"
#include "chardev/char.h"
#include "hw/isa/isa.h"

#define TYPE_ISA_DEBUGCON "isa-debugcon"

typedef struct DebugconState {
    ISADevice parent;
    MemoryRegion io;
    CharFrontend fe;
    char *chardev;
    uint32_t iobase;
    uint32_t readback;          /* what a read gives: "it is there" */
} DebugconState;

static uint64_t con_read(void *opaque, paddr port, unsigned size)
{
    return ((DebugconState *)opaque)->readback;
}

static void con_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    chardev_write_byte(&((DebugconState *)opaque)->fe, v);
}

static const MemoryRegionOps con_ops = {
    .read = con_read,
    .write = con_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static bool con_realize(DeviceState *dev, GError **errp)
{
    DebugconState *s = (DebugconState *)dev;
    Chardev *chr = s->chardev ? chardev_find(s->chardev) : NULL;

    if (!chr) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    TYPE_ISA_DEBUGCON ": there is no character device '%s'",
                    s->chardev ?: "");
        return false;
    }
    if (!chardev_attach(&s->fe, chr, errp)) {
        return false;
    }
    if (!isa_add_io(&s->parent, &s->io, s->iobase, errp)) {
        chardev_detach(&s->fe);
        return false;
    }
    return true;
}

static void con_unrealize(DeviceState *dev)
{
    DebugconState *s = (DebugconState *)dev;

    isa_del_io(&s->io);
    chardev_detach(&s->fe);
}

static void con_init(Object *obj)
{
    DebugconState *s = (DebugconState *)obj;

    memory_region_init_io(&s->io, obj, &con_ops, s, TYPE_ISA_DEBUGCON, 1);
}

static const DevProperty con_properties[] = {
    DEFINE_PROP_UINT32("iobase", DebugconState, iobase, 0xe9),
    DEFINE_PROP_UINT32("readback", DebugconState, readback, 0xe9),
    DEFINE_PROP_CHR("chardev", DebugconState, chardev),
};

static void con_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = con_realize;
    dc->unrealize = con_unrealize;
    dc->category = DEVICE_CATEGORY_INPUT;
    dc->desc = "debug console of one port";
    device_class_set_props(dc, con_properties);
}

static const TypeInfo con_types[] = {
    {
        .name = TYPE_ISA_DEBUGCON,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(DebugconState),
        .class_init = con_class_init,
        .instance_init = con_init,
    },
};
DEFINE_TYPES(con_types)
