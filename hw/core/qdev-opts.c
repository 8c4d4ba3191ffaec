/* SPDX-License-Identifier: MIT */
/* -device: making devices from option strings, and its help. */
#include "util/osdep.h"
#include "hw/core/qdev.h"
#include "qom/user-creatable.h"

static const char *const category_names[DEVICE_CATEGORIES] = {
    [DEVICE_CATEGORY_MISC] = "Misc",
    [DEVICE_CATEGORY_BRIDGE] = "Controller/Bridge/Hub",
    [DEVICE_CATEGORY_USB] = "USB",
    [DEVICE_CATEGORY_STORAGE] = "Storage",
    [DEVICE_CATEGORY_NETWORK] = "Network",
    [DEVICE_CATEGORY_INPUT] = "Input",
    [DEVICE_CATEGORY_DISPLAY] = "Display",
    [DEVICE_CATEGORY_SOUND] = "Sound",
    [DEVICE_CATEGORY_CPU] = "CPU",
    [DEVICE_CATEGORY_WATCHDOG] = "Watchdog",
};

DeviceState *qdev_find(const char *id, GError **errp)
{
    Object *home = object_container_get(object_get_root(),
                                        "/machine/peripheral");
    Object *obj = *id == '/' ? object_resolve_path(id, NULL)
                             : object_resolve_path_component(home, id);

    if (!obj || !object_dynamic_cast(obj, TYPE_DEVICE)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "device '%s' not found", id);
        return NULL;
    }
    return (DeviceState *)obj;
}

typedef struct BusSearch {
    const char *name;           /* NULL: any */
    const char *type;           /* NULL: any */
    BusState *found;            /* with room, if there is one */
} BusSearch;

/* Everything in the tree: the first with room, else the first at all. */
static int try_bus(Object *obj, void *opaque)
{
    BusState *bus = (BusState *)object_dynamic_cast(obj, TYPE_BUS);
    BusSearch *s = opaque;

    if (bus && (!s->name || strcmp(bus->name, s->name) == 0) &&
        (!s->type || object_dynamic_cast(obj, s->type)) &&
        (!s->found || qbus_is_full(s->found))) {
        s->found = bus;
    }
    return s->found && !qbus_is_full(s->found);
}

static void search_bus(BusSearch *s)
{
    sysbus_get_default();       /* is there when first asked for */
    object_child_foreach_recursive(object_get_root(), try_bus, s);
}

BusState *qbus_find(const char *path, GError **errp)
{
    BusSearch s = { .name = path };
    Object *obj;

    if (*path == '/') {
        obj = object_resolve_path(path, NULL);
        s.found = (BusState *)object_dynamic_cast(obj, TYPE_BUS);
    } else {
        search_bus(&s);
    }
    if (!s.found) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "bus '%s' not found", path);
    }
    return s.found;
}

/* False: there is none where one is needed.  *BUS NULL: none is needed. */
static bool choose_bus(DeviceClass *dc, const char *driver, const char *path,
                       BusState **bus, GError **errp)
{
    BusSearch s = { .type = dc->bus_type };

    *bus = NULL;
    if (path) {
        *bus = qbus_find(path, errp);
        return *bus != NULL;
    }
    if (!dc->bus_type) {
        return true;
    }
    search_bus(&s);
    if (!s.found) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "no '%s' bus found for device '%s'", dc->bus_type, driver);
        return false;
    }
    *bus = s.found;
    return true;
}

static bool set_id(DeviceState *dev, const char *id, GError **errp)
{
    Object *root = object_get_root();

    if (!id) {
        object_property_add_child(
            object_container_get(root, "/machine/peripheral-anon"),
            "device[*]", OBJECT(dev));
        return true;
    }
    if (!opt_is_id(id)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "'%s' is not an id of letters, digits, '-', '.', '_', the "
                    "first a letter", id);
        return false;
    }
    if (!object_property_try_add_child(
            object_container_get(root, "/machine/peripheral"), id,
            OBJECT(dev), NULL)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_EXISTS,
                    "duplicate device id '%s'", id);
        return false;
    }
    dev->id = g_strdup(id);
    return true;
}

static DeviceClass *creatable_class(const char *driver, GError **errp)
{
    ObjectClass *oc = object_class_by_name(driver);

    if (!oc || !object_class_dynamic_cast(oc, TYPE_DEVICE)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "'%s' is not a valid device model name", driver);
        return NULL;
    }
    if (object_class_is_abstract(oc) || !DEVICE_CLASS(oc)->user_creatable) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "'%s' can't be created by users", driver);
        return NULL;
    }
    return DEVICE_CLASS(oc);
}

DeviceState *qdev_device_add(const OptString *opts, GError **errp)
{
    static const char *const skip[] = { "driver", "id", "bus", NULL };
    const char *driver = optstr_get(opts, "driver");
    DeviceClass *dc;
    DeviceState *dev;
    BusState *bus;

    if (!driver) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "a device needs a driver");
        return NULL;
    }
    dc = creatable_class(driver, errp);
    if (!dc ||
        !choose_bus(dc, driver, optstr_get(opts, "bus"), &bus, errp)) {
        return NULL;
    }
    dev = qdev_new(driver);
    if (!set_id(dev, optstr_get(opts, "id"), errp)) {
        object_unref(dev);
        return NULL;
    }
    object_unref(dev);      /* the tree has it */
    if (!object_set_properties(OBJECT(dev), opts, skip, errp) ||
        !qdev_realize(dev, bus, errp)) {
        object_unparent(OBJECT(dev));
        return NULL;
    }
    return dev;
}

DeviceState *qdev_device_add_str(const char *text, GError **errp)
{
    OptString *opts = optstr_parse(text, "driver", errp);
    DeviceState *dev = opts ? qdev_device_add(opts, errp) : NULL;

    optstr_free(opts);
    return dev;
}

static void print_device(GString *out, DeviceClass *dc)
{
    g_string_append_printf(out, "name \"%s\"",
                           object_class_get_name(OBJECT_CLASS(dc)));
    if (dc->bus_type) {
        g_string_append_printf(out, ", bus %s", dc->bus_type);
    }
    if (dc->desc) {
        g_string_append_printf(out, ", desc \"%s\"", dc->desc);
    }
    g_string_append_c(out, '\n');
}

static void print_devices(GString *out)
{
    GSList *list = object_class_get_list(TYPE_DEVICE, false);

    for (int c = 0; c < DEVICE_CATEGORIES; c++) {
        bool any = false;

        for (GSList *l = list; l; l = l->next) {
            DeviceClass *dc = DEVICE_CLASS(l->data);

            if (dc->category != c || !dc->user_creatable) {
                continue;
            }
            if (!any) {
                g_string_append_printf(out, "%s%s devices:\n",
                                       out->len ? "\n" : "",
                                       category_names[c]);
                any = true;
            }
            print_device(out, dc);
        }
    }
    g_slist_free(list);
}

bool qdev_device_help(const OptString *opts, GString *out)
{
    const char *driver = optstr_get(opts, "driver");
    DeviceClass *dc;

    if (!optstr_has_help(opts)) {
        return false;
    }
    if (!driver || opt_is_help(driver)) {
        print_devices(out);
        return true;
    }
    dc = creatable_class(driver, NULL);
    if (dc) {
        g_string_append_printf(out, "%s options:\n", driver);
        object_class_print_properties(OBJECT_CLASS(dc), out);
    }
    return dc != NULL;
}
