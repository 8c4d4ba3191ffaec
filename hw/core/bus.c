/* SPDX-License-Identifier: MIT */
/* Buses: what devices sit on.  See qdev.h. */
#include "util/osdep.h"
#include "hw/core/qdev.h"

static bool may_join(BusState *bus, DeviceState *dev, GError **errp)
{
    DeviceClass *dc = DEVICE_GET_CLASS(dev);
    BusClass *bc = BUS_GET_CLASS(bus);

    if (!dc->bus_type || !object_dynamic_cast(OBJECT(bus), dc->bus_type)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "device '%s' can't go on %s bus",
                    object_get_typename(OBJECT(dev)),
                    object_get_typename(OBJECT(bus)));
        return false;
    }
    if (qbus_is_full(bus)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE, "bus '%s' is full",
                    bus->name);
        return false;
    }
    if (dev->hotplugged && bus->realized && !qdev_get_hotplug_handler(dev) &&
        !bus->hotplug_handler) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "bus '%s' does not support hot-plugging", bus->name);
        return false;
    }
    return !bc->check_address || bc->check_address(bus, dev, errp);
}

bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, GError **errp)
{
    BusState *old = dev->parent_bus;

    if (old == bus) {
        return true;
    }
    if (dev->realized && bus) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "a realized device stays on its bus");
        return false;
    }
    if (bus && !may_join(bus, dev, errp)) {
        return false;
    }
    object_ref(dev);
    if (bus) {
        g_ptr_array_add(bus->children, object_ref(dev));
    }
    resettable_change_parent(OBJECT(dev), OBJECT(bus), OBJECT(old));
    dev->parent_bus = bus;
    if (old) {
        g_ptr_array_remove(old->children, dev);
        object_unref(dev);
    }
    object_unref(dev);
    return true;
}

bool qbus_is_full(const BusState *bus)
{
    BusClass *bc = BUS_GET_CLASS(bus);

    return bc->max_dev && bus->children->len >= bc->max_dev;
}

/* "pci.0": the type in small letters and how many there are; or "ID.0". */
static char *default_name(const char *type, DeviceState *parent)
{
    static GHashTable *counts;
    char *low, *name;
    guint n;

    if (parent && parent->id) {
        return g_strdup_printf("%s.%u", parent->id, parent->child_buses->len);
    }
    if (!counts) {
        counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
    low = g_ascii_strdown(type, -1);
    n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, low));
    name = g_strdup_printf("%s.%u", low, n);
    g_hash_table_insert(counts, low, GUINT_TO_POINTER(n + 1));
    return name;
}

static void attach(BusState *bus, const char *type, DeviceState *parent,
                   const char *name)
{
    bus->name = name ? g_strdup(name) : default_name(type, parent);
    bus->dev = parent;
    if (parent) {
        g_ptr_array_add(parent->child_buses, bus);
        object_property_add_child(OBJECT(parent), bus->name, OBJECT(bus));
        object_unref(bus);
        for (unsigned i = 0; i < parent->reset.count; i++) {
            resettable_assert_reset(OBJECT(bus), RESET_TYPE_COLD);
        }
    }
}

BusState *qbus_new(const char *type, DeviceState *parent, const char *name)
{
    BusState *bus = BUS(object_new(type));

    attach(bus, type, parent, name);
    return bus;
}

bool qbus_realize(BusState *bus, GError **errp)
{
    if (!bus->realized) {
        bus->realized = true;
        if (!bus->dev) {
            system_reset_add(OBJECT(bus));
        }
    }
    return true;
}

void qbus_unrealize(BusState *bus)
{
    if (!bus->realized) {
        return;
    }
    for (guint i = bus->children->len; i > 0; i--) {
        DeviceState *dev = g_ptr_array_index(bus->children, i - 1);

        qdev_unrealize(dev);
    }
    if (!bus->dev) {
        system_reset_remove(OBJECT(bus));
    }
    bus->realized = false;
}

BusState *sysbus_get_default(void)
{
    Object *home = object_container_get(object_get_root(),
                                        "/machine/unattached");
    Object *bus = object_resolve_path_component(home, "main-system-bus");

    if (!bus) {
        bus = OBJECT(qbus_new(TYPE_SYSTEM_BUS, NULL, "main-system-bus"));
        object_property_add_child(home, "main-system-bus", bus);
        object_unref(bus);
        qbus_realize(BUS(bus), NULL);
    }
    return BUS(bus);
}

static ResettableState *bus_reset_state(Object *obj)
{
    return &((BusState *)obj)->reset;
}

static void bus_reset_children(Object *obj, ResetPhase *fn, ResetType type)
{
    BusState *bus = (BusState *)obj;

    for (guint i = 0; i < bus->children->len; i++) {
        fn(g_ptr_array_index(bus->children, i), type);
    }
}

static void bus_unparent(Object *obj)
{
    BusState *bus = (BusState *)obj;

    qbus_unrealize(bus);
    while (bus->children->len) {
        DeviceState *dev = g_ptr_array_index(bus->children,
                                             bus->children->len - 1);

        if (OBJECT(dev)->parent) {
            object_unparent(OBJECT(dev));
        } else {
            qdev_set_parent_bus(dev, NULL, NULL);
        }
    }
    if (bus->dev) {
        g_ptr_array_remove(bus->dev->child_buses, bus);
        bus->dev = NULL;
    }
}

static void bus_init(Object *obj)
{
    ((BusState *)obj)->children = g_ptr_array_new();
}

static void bus_finalize(Object *obj)
{
    BusState *bus = (BusState *)obj;

    g_ptr_array_free(bus->children, true);
    g_free(bus->name);
}

static void bus_class_init(ObjectClass *oc, const void *data)
{
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    oc->unparent = bus_unparent;
    rc->get_state = bus_reset_state;
    rc->child_foreach = bus_reset_children;
    object_class_property_add_field(oc, "realized", &property_bool,
                                    offsetof(BusState, realized), PROP_READ);
}

static const TypeInfo bus_types[] = {
    {
        .name = TYPE_BUS,
        .instance_size = sizeof(BusState),
        .class_size = sizeof(BusClass),
        .abstract = true,
        .class_init = bus_class_init,
        .instance_init = bus_init,
        .instance_finalize = bus_finalize,
        .interfaces =
            (const InterfaceInfo[]){ { TYPE_RESETTABLE }, { NULL } },
    }, {
        .name = TYPE_SYSTEM_BUS,
        .parent = TYPE_BUS,
    },
};
DEFINE_TYPES(bus_types)
