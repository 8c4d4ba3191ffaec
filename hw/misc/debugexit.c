/* SPDX-License-Identifier: MIT */
/* isa-debug-exit: a write of V ends the emulator with status V * 2 + 1. */
#include "util/osdep.h"
#include "hw/core/runstate.h"
#include "hw/isa/isa.h"

#define TYPE_ISA_DEBUG_EXIT "isa-debug-exit"

typedef struct DebugExitState {
    ISADevice parent;
    MemoryRegion io;
    uint32_t iobase, iosize;
} DebugExitState;

static uint64_t exit_read(void *opaque, paddr port, unsigned size)
{
    return 0;
}

static void exit_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    machine_request(MACHINE_EXIT, (int)(v << 1 | 1));
}

static const MemoryRegionOps exit_ops = {
    .read = exit_read,
    .write = exit_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
};

static bool exit_realize(DeviceState *dev, GError **errp)
{
    DebugExitState *s = (DebugExitState *)dev;

    if (s->iosize == 0 || s->iosize > 0x1000) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    TYPE_ISA_DEBUG_EXIT ": iosize must be 1 to 4096");
        return false;
    }
    memory_region_init_io(&s->io, OBJECT(dev), &exit_ops, s,
                          TYPE_ISA_DEBUG_EXIT, s->iosize);
    return isa_add_io(&s->parent, &s->io, s->iobase, errp);
}

static void exit_unrealize(DeviceState *dev)
{
    isa_del_io(&((DebugExitState *)dev)->io);
}

static const DevProperty exit_properties[] = {
    DEFINE_PROP_UINT32("iobase", DebugExitState, iobase, 0x501),
    DEFINE_PROP_UINT32("iosize", DebugExitState, iosize, 0x02),
};

static void exit_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = exit_realize;
    dc->unrealize = exit_unrealize;
    dc->desc = "ends the emulator when written to";
    device_class_set_props(dc, exit_properties);
}

static const TypeInfo exit_types[] = {
    {
        .name = TYPE_ISA_DEBUG_EXIT,
        .parent = TYPE_ISA_DEVICE,
        .instance_size = sizeof(DebugExitState),
        .class_init = exit_class_init,
    },
};
DEFINE_TYPES(exit_types)
