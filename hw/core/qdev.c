/* SPDX-License-Identifier: MIT */
/* Devices: their life from instance to realized and back.  See qdev.h. */
#include "util/osdep.h"
#include "hw/core/qdev.h"

static bool machine_created;
static Object *(*machine_hotplug)(DeviceState *dev);

DeviceState *qdev_new(const char *type)
{
    return DEVICE(object_new(type));
}

void qdev_machine_created(void)
{
    machine_created = true;
}

void device_class_set_parent_realize(DeviceClass *dc, DeviceRealize *hook,
                                     DeviceRealize **parent)
{
    *parent = dc->realize;
    dc->realize = hook;
}

void device_class_set_parent_unrealize(DeviceClass *dc, DeviceUnrealize *hook,
                                       DeviceUnrealize **parent)
{
    *parent = dc->unrealize;
    dc->unrealize = hook;
}

bool qdev_realize(DeviceState *dev, BusState *bus, GError **errp)
{
    if (bus && !qdev_set_parent_bus(dev, bus, errp)) {
        return false;
    }
    return object_property_set_bool(OBJECT(dev), "realized", true, errp);
}

bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, GError **errp)
{
    bool ok = qdev_realize(dev, bus, errp);

    object_unref(dev);
    return ok;
}

void qdev_unrealize(DeviceState *dev)
{
    object_property_set_bool(OBJECT(dev), "realized", false, NULL);
}

void qdev_set_machine_hotplug(Object *(*fn)(DeviceState *dev))
{
    machine_hotplug = fn;
}

Object *qdev_get_hotplug_handler(DeviceState *dev)
{
    Object *handler = machine_hotplug ? machine_hotplug(dev) : NULL;

    if (!handler && dev->parent_bus) {
        handler = dev->parent_bus->hotplug_handler;
    }
    return handler;
}

static HotplugHandlerClass *handler_class(Object *handler)
{
    return handler ? HOTPLUG_HANDLER_GET_CLASS(handler) : NULL;
}

/* Everybody is somewhere in the tree. */
static void adopt(DeviceState *dev)
{
    if (!OBJECT(dev)->parent) {
        Object *home = object_container_get(object_get_root(),
                                            "/machine/unattached");

        object_property_add_child(home, "device[*]", OBJECT(dev));
    }
}

static bool realize_buses(DeviceState *dev, GError **errp)
{
    for (guint i = 0; i < dev->child_buses->len; i++) {
        if (!qbus_realize(g_ptr_array_index(dev->child_buses, i), errp)) {
            return false;
        }
    }
    return true;
}

static void unrealize_buses(DeviceState *dev)
{
    for (guint i = dev->child_buses->len; i > 0; i--) {
        qbus_unrealize(g_ptr_array_index(dev->child_buses, i - 1));
    }
}

static void register_state(DeviceState *dev)
{
    const VMStateDescription *vmsd = DEVICE_GET_CLASS(dev)->vmsd;
    char *path = vmsd ? object_get_canonical_path(OBJECT(dev)) : NULL;

    if (path) {
        vmstate_register(path, vmsd, dev);
        dev->vmstate_registered = true;
    }
    g_free(path);
}

static void unregister_state(DeviceState *dev)
{
    if (dev->vmstate_registered) {
        vmstate_unregister(DEVICE_GET_CLASS(dev)->vmsd, dev);
        dev->vmstate_registered = false;
    }
}

/* What happened after the class's realize, backwards. */
static void undo_realize(DeviceState *dev)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);

    dev->realized = false;
    if (!dev->parent_bus) {
        system_reset_remove(OBJECT(dev));
    }
    unrealize_buses(dev);
    unregister_state(dev);
    if (dc->unrealize) {
        dc->unrealize(dev);
    }
}

static bool do_realize(DeviceState *dev, GError **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    Object *handler = qdev_get_hotplug_handler(dev);
    HotplugHandlerClass *hhc = handler_class(handler);

    if (dev->init_error) {
        g_propagate_error(errp, g_error_copy(dev->init_error));
        return false;
    }
    if (dc->bus_type && !dev->parent_bus) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "device '%s' needs a %s bus",
                    object_get_typename(OBJECT(dev)), dc->bus_type);
        return false;
    }
    if (dev->hotplugged && !dc->hotpluggable) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "device '%s' does not support hot-plugging",
                    object_get_typename(OBJECT(dev)));
        return false;
    }
    adopt(dev);
    if (hhc && hhc->pre_plug && !hhc->pre_plug(handler, dev, errp)) {
        return false;
    }
    if (dc->realize && !dc->realize(dev, errp)) {
        return false;
    }
    register_state(dev);
    if (!dev->parent_bus) {
        system_reset_add(OBJECT(dev));
    }
    if (!realize_buses(dev, errp)) {
        undo_realize(dev);
        return false;
    }
    if (dev->hotplugged) {
        device_cold_reset(dev);
    }
    dev->realized = true;
    if (hhc && hhc->plug && !hhc->plug(handler, dev, errp)) {
        undo_realize(dev);
        return false;
    }
    return true;
}

static bool get_realized(Object *obj, GError **errp)
{
    return ((DeviceState *)obj)->realized;
}

static bool set_realized(Object *obj, bool value, GError **errp)
{
    DeviceState *dev = (DeviceState *)obj;

    if (value == dev->realized) {
        return true;
    }
    if (value) {
        return do_realize(dev, errp);
    }
    undo_realize(dev);
    return true;
}

bool qdev_unplug(DeviceState *dev, GError **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    Object *handler = qdev_get_hotplug_handler(dev);
    HotplugHandlerClass *hhc = handler_class(handler);

    if (!hhc) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "bus '%s' does not support hot-plugging",
                    dev->parent_bus ? dev->parent_bus->name : "none");
        return false;
    }
    if (!dc->hotpluggable) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "device '%s' does not support hot-plugging",
                    object_get_typename(OBJECT(dev)));
        return false;
    }
    if (hhc->unplug_request) {
        return hhc->unplug_request(handler, dev, errp);
    }
    if (hhc->unplug && !hhc->unplug(handler, dev, errp)) {
        return false;
    }
    object_unparent(OBJECT(dev));
    return true;
}

/* Reset */

void device_cold_reset(DeviceState *dev)
{
    resettable_reset(OBJECT(dev), RESET_TYPE_COLD);
}

static ResettableState *device_reset_state(Object *obj)
{
    return &((DeviceState *)obj)->reset;
}

static void device_reset_children(Object *obj, ResetPhase *fn, ResetType type)
{
    DeviceState *dev = (DeviceState *)obj;

    for (guint i = 0; i < dev->child_buses->len; i++) {
        fn(g_ptr_array_index(dev->child_buses, i), type);
    }
}

/* The type */

static void device_unparent(Object *obj)
{
    DeviceState *dev = (DeviceState *)obj;

    if (dev->realized) {
        set_realized(obj, false, NULL);
    }
    while (dev->child_buses->len) {
        BusState *bus = g_ptr_array_index(dev->child_buses,
                                          dev->child_buses->len - 1);

        object_unparent(OBJECT(bus));
    }
    if (dev->parent_bus) {
        qdev_set_parent_bus(dev, NULL, NULL);
    }
}

static void device_init(Object *obj)
{
    DeviceState *dev = (DeviceState *)obj;

    dev->child_buses = g_ptr_array_new();
    dev->hotplugged = machine_created;
}

static void device_post_init(Object *obj)
{
    DeviceState *dev = (DeviceState *)obj;

    qdev_global_apply(dev, &dev->init_error);
}

static void device_finalize(Object *obj)
{
    DeviceState *dev = (DeviceState *)obj;

    qdev_free_gpios(dev);
    g_ptr_array_free(dev->child_buses, true);
    g_clear_error(&dev->init_error);
    g_free(dev->id);
}

static void device_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->user_creatable = true;
    dc->hotpluggable = true;
    oc->unparent = device_unparent;
    rc->get_state = device_reset_state;
    rc->child_foreach = device_reset_children;
    object_class_property_add_bool(oc, "realized", get_realized,
                                   set_realized)->internal = true;
    object_class_property_add_field(oc, "hotplugged", &property_bool,
                                    offsetof(DeviceState, hotplugged),
                                    PROP_READ)->internal = true;
    object_class_property_add_link(oc, "parent_bus", TYPE_BUS,
                                   offsetof(DeviceState, parent_bus), NULL,
                                   PROP_READ)->internal = true;
}

static void device_class_base_init(ObjectClass *oc, const void *data)
{
    /* A description is of one type; a subclass has its own or none. */
    ((DeviceClass *)oc)->desc = NULL;
}

static const TypeInfo qdev_types[] = {
    {
        .name = TYPE_DEVICE,
        .instance_size = sizeof(DeviceState),
        .class_size = sizeof(DeviceClass),
        .abstract = true,
        .class_init = device_class_init,
        .class_base_init = device_class_base_init,
        .instance_init = device_init,
        .instance_post_init = device_post_init,
        .instance_finalize = device_finalize,
        .interfaces =
            (const InterfaceInfo[]){ { TYPE_RESETTABLE }, { NULL } },
    }, {
        .name = TYPE_HOTPLUG_HANDLER,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(HotplugHandlerClass),
        .abstract = true,
    },
};
DEFINE_TYPES(qdev_types)
