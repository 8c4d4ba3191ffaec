/* SPDX-License-Identifier: MIT */
/* Devices made of wires alone: one line to several, several or-ed to one. */
#include "util/osdep.h"
#include "hw/core/qdev.h"

typedef struct WireState {
    DeviceState parent;
    uint16_t num_lines;
    uint16_t wired;                     /* lines there are already */
    qemu_irq out[MAX_IRQ_LINES];
    uint8_t level[MAX_IRQ_LINES];       /* inputs of the or */
} WireState;

static bool check_lines(WireState *s, GError **errp)
{
    if (s->num_lines == 0 || s->num_lines > MAX_IRQ_LINES) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "num-lines is %u, not 1 to %d", s->num_lines,
                    MAX_IRQ_LINES);
        return false;
    }
    return true;
}

static void split_handler(void *opaque, int n, int level)
{
    WireState *s = opaque;

    for (int i = 0; i < s->num_lines; i++) {
        qemu_set_irq(s->out[i], level);
    }
}

static void split_init(Object *obj)
{
    qdev_init_gpio_in((DeviceState *)obj, split_handler, 1);
}

static bool split_realize(DeviceState *dev, GError **errp)
{
    WireState *s = (WireState *)dev;

    if (!check_lines(s, errp)) {
        return false;
    }
    /* Lines stay when it is unrealized. */
    if (s->num_lines > s->wired) {
        qdev_init_gpio_out(dev, s->out + s->wired, s->num_lines - s->wired);
        s->wired = s->num_lines;
    }
    return true;
}

static void or_update(WireState *s)
{
    qemu_set_irq(s->out[0], memchr(s->level, 1, s->num_lines) != NULL);
}

static void or_handler(void *opaque, int n, int level)
{
    WireState *s = opaque;

    s->level[n] = level != 0;
    or_update(s);
}

static void or_reset_enter(Object *obj, ResetType type)
{
    WireState *s = (WireState *)obj;

    memset(s->level, 0, sizeof(s->level));
}

static void or_init(Object *obj)
{
    qdev_init_gpio_out((DeviceState *)obj, ((WireState *)obj)->out, 1);
}

static bool or_realize(DeviceState *dev, GError **errp)
{
    WireState *s = (WireState *)dev;

    if (!check_lines(s, errp)) {
        return false;
    }
    if (s->num_lines > s->wired) {
        qdev_init_gpio_in(dev, or_handler, s->num_lines - s->wired);
        s->wired = s->num_lines;
    }
    return true;
}

static const VMStateDescription vmstate_or = {
    .name = TYPE_OR_IRQ,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT_ARRAY(level, WireState, MAX_IRQ_LINES),
        VMSTATE_END
    },
};

static const DevProperty wire_properties[] = {
    DEFINE_PROP_UINT16("num-lines", WireState, num_lines, 1),
};

static void split_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    device_class_set_props(dc, wire_properties);
    dc->realize = split_realize;
    dc->user_creatable = false;
}

static void or_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    device_class_set_props(dc, wire_properties);
    dc->realize = or_realize;
    dc->vmsd = &vmstate_or;
    dc->user_creatable = false;
    RESETTABLE_CLASS(oc)->phases.enter = or_reset_enter;
}

static const TypeInfo wire_types[] = {
    {
        .name = TYPE_SPLIT_IRQ,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(WireState),
        .instance_init = split_init,
        .class_init = split_class_init,
    }, {
        .name = TYPE_OR_IRQ,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(WireState),
        .instance_init = or_init,
        .class_init = or_class_init,
    },
};
DEFINE_TYPES(wire_types)
