/* SPDX-License-Identifier: MIT */
/*
 * Port 61h, "NMI status and control" (82371FB PIIX data sheet, 2.5.4): gate and
 * output of counter 2.  The speaker itself is silent.
 */
#include "util/osdep.h"
#include "hw/misc/pc-ports.h"
#include "hw/timer/i8254.h"
#include "system/memory.h"
#include "system/timer.h"

enum {
    CTL_GATE2 = 0x01,
    CTL_SPEAKER = 0x02,
    CTL_WRITABLE = 0x0f,
    CTL_REFRESH = 0x10,
    CTL_OUT2 = 0x20,
};
/* The refresh request toggles every 15.085 microseconds. */
#define REFRESH_NS 15085

typedef struct SpeakerState {
    DeviceState parent;
    MemoryRegion io;
    DeviceState *pit;
    uint8_t control;
} SpeakerState;

static void set_gate(SpeakerState *s)
{
    if (s->pit) {
        qemu_set_irq(qdev_get_gpio_in(s->pit, 2), s->control & CTL_GATE2);
    }
}

static void spk_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    SpeakerState *s = opaque;

    s->control = v & CTL_WRITABLE;
    set_gate(s);
}

static uint64_t spk_read(void *opaque, paddr port, unsigned size)
{
    SpeakerState *s = opaque;
    int64_t now = clock_get_ns(CLOCK_TYPE_VIRTUAL);

    return s->control | (now / REFRESH_NS & 1 ? CTL_REFRESH : 0) |
           (s->pit && pit_get_out(s->pit, 2) ? CTL_OUT2 : 0);
}

static const MemoryRegionOps spk_ops = {
    .read = spk_read,
    .write = spk_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void spk_reset_enter(Object *obj, ResetType type)
{
    ((SpeakerState *)obj)->control = 0;
}

static void spk_reset_hold(Object *obj, ResetType type)
{
    set_gate((SpeakerState *)obj);
}

static void spk_init(Object *obj)
{
    SpeakerState *s = (SpeakerState *)obj;

    memory_region_init_io(&s->io, obj, &spk_ops, s, "pcspk", 1);
}

static bool spk_realize(DeviceState *dev, GError **errp)
{
    memory_region_add_subregion(get_system_io(), 0x61,
                                &((SpeakerState *)dev)->io);
    return true;
}

static void spk_unrealize(DeviceState *dev)
{
    memory_region_del_subregion(get_system_io(), &((SpeakerState *)dev)->io);
}

static const VMStateDescription vmstate_spk = {
    .name = TYPE_PC_SPEAKER,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(control, SpeakerState),
        VMSTATE_END
    },
};

static const DevProperty spk_properties[] = {
    DEFINE_PROP_LINK("pit", SpeakerState, pit, TYPE_DEVICE, DeviceState *),
};

static void spk_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = spk_realize;
    dc->unrealize = spk_unrealize;
    dc->vmsd = &vmstate_spk;
    dc->user_creatable = false;
    rc->phases.enter = spk_reset_enter;
    rc->phases.hold = spk_reset_hold;
    device_class_set_props(dc, spk_properties);
}

static const TypeInfo spk_types[] = {
    {
        .name = TYPE_PC_SPEAKER,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(SpeakerState),
        .class_init = spk_class_init,
        .instance_init = spk_init,
    },
};
DEFINE_TYPES(spk_types)
