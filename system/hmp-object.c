/* SPDX-License-Identifier: MIT */
/* The human monitor on objects: trees, properties, hot-plug. */
#include "util/osdep.h"
#include "system/hmp-int.h"

#include "hw/core/qdev.h"
#include "net/net.h"
#include "qom/user-creatable.h"

/* info qtree */

typedef struct TreePrint {
    GString *out;
    int indent;
} TreePrint;

static void print_bus(BusState *bus, GString *out, int indent);

static void print_property(Object *obj, Property *p, void *opaque)
{
    TreePrint *t = opaque;
    char *text;

    if (p->is_child || p->internal || !p->get) {
        return;
    }
    text = object_property_print(obj, p->name, NULL);
    if (text) {
        g_string_append_printf(t->out, "%*s%s = %s\n", t->indent, "", p->name,
                               text);
        g_free(text);
    }
}

static void print_device(DeviceState *dev, GString *out, int indent)
{
    TreePrint t = { out, indent + 2 };

    g_string_append_printf(out, "%*sdev: %s, id \"%s\"\n", indent, "",
                           object_get_typename(OBJECT(dev)),
                           dev->id ? dev->id : "");
    object_property_foreach(OBJECT(dev), print_property, &t);
    for (unsigned i = 0; i < dev->child_buses->len; i++) {
        print_bus(dev->child_buses->pdata[i], out, indent + 2);
    }
}

static void print_bus(BusState *bus, GString *out, int indent)
{
    g_string_append_printf(out, "%*sbus: %s\n%*stype %s\n", indent, "",
                           bus->name, indent + 2, "",
                           object_get_typename(OBJECT(bus)));
    for (unsigned i = 0; i < bus->children->len; i++) {
        print_device(bus->children->pdata[i], out, indent + 2);
    }
}

/* Devices of the board sit on no bus: shown as if on the machine's own. */
static int print_board_device(Object *obj, void *opaque)
{
    DeviceState *dev = (DeviceState *)object_dynamic_cast(obj, TYPE_DEVICE);

    if (dev && !dev->parent_bus) {
        print_device(dev, opaque, 2);
    }
    return 0;
}

void hmp_info_qtree(char **args, GString *out)
{
    print_bus(sysbus_get_default(), out, 0);
    object_child_foreach_recursive(object_get_root(), print_board_device,
                                   out);
}

/* info qom-tree */

static int print_child(Object *child, void *opaque)
{
    TreePrint *t = opaque;

    g_string_append_printf(t->out, "%*s/%s (%s)\n", t->indent, "",
                           object_get_canonical_path_component(child),
                           object_get_typename(child));
    t->indent += 2;
    object_child_foreach(child, print_child, t);
    t->indent -= 2;
    return 0;
}

static Object *find_object(const char *path, GString *out)
{
    bool ambiguous = false;
    Object *obj = object_resolve_path(path, &ambiguous);

    if (!obj) {
        g_string_append_printf(out, "Error: path '%s' %s\n", path,
                               ambiguous ? "is ambiguous"
                                         : "could not be resolved");
    }
    return obj;
}

void hmp_info_qom_tree(char **args, GString *out)
{
    Object *obj = find_object(args[0] ? args[0] : "/machine", out);
    TreePrint t = { out, 2 };

    if (obj) {
        char *path = object_get_canonical_path(obj);

        g_string_append_printf(out, "%s (%s)\n", path,
                               object_get_typename(obj));
        object_child_foreach(obj, print_child, &t);
        g_free(path);
    }
}

/* Properties */

static void list_property(Object *obj, Property *p, void *opaque)
{
    g_string_append_printf(opaque, "%s (%s)\n", p->name, p->type);
}

static void run_qom_list(char **args, GString *out)
{
    Object *obj = find_object(args[0] ? args[0] : "/", out);

    if (obj) {
        object_property_foreach(obj, list_property, out);
    }
}

static void run_qom_get(char **args, GString *out)
{
    Object *obj = find_object(args[0], out);
    GError *err = NULL;
    char *text;

    if (!obj) {
        return;
    }
    text = object_property_print(obj, args[1], &err);
    if (!text) {
        hmp_error(out, err);
        return;
    }
    g_string_append_printf(out, "%s\n", text);
    g_free(text);
}

static void run_qom_set(char **args, GString *out)
{
    Object *obj = find_object(args[0], out);
    GError *err = NULL;

    if (obj && !object_property_parse_user(obj, args[1], args[2], &err)) {
        hmp_error(out, err);
    }
}

/* Coming and going */

static void run_device_add(char **args, GString *out)
{
    GError *err = NULL;

    if (!qdev_device_add_str(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_device_del(char **args, GString *out)
{
    GError *err = NULL;
    DeviceState *dev = qdev_find(args[0], &err);

    if (!dev || !qdev_unplug(dev, &err)) {
        hmp_error(out, err);
    }
}

static void run_object_add(char **args, GString *out)
{
    GError *err = NULL;

    if (!user_creatable_add_str(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_object_del(char **args, GString *out)
{
    GError *err = NULL;

    if (!user_creatable_del(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_netdev_add(char **args, GString *out)
{
    GError *err = NULL;

    if (!net_new(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_set_link(char **args, GString *out)
{
    GError *err = NULL;
    bool up;

    if (!opt_bool(args[1], &up)) {
        g_string_append(out, "Error: a link is on or off\n");
    } else if (!net_set_link(args[0], up, &err)) {
        hmp_error(out, err);
    }
}

static void run_chardev_add(char **args, GString *out)
{
    GError *err = NULL;

    if (!chardev_new(args[0], &err)) {
        hmp_error(out, err);
    }
}

static void run_chardev_remove(char **args, GString *out)
{
    GError *err = NULL;

    if (!chardev_remove(args[0], &err)) {
        hmp_error(out, err);
    }
}

const HmpCommand hmp_object_commands[] = {
    { "qom-list", "path", "list the properties of an object", 0,
      run_qom_list },
    { "qom-get", "path property", "print a property", 2, run_qom_get },
    { "qom-set", "path property value", "set a property", 3, run_qom_set },
    { "device_add", "driver[,prop=value][,...]", "add a device", 1,
      run_device_add },
    { "device_del", "device", "remove a device", 1, run_device_del },
    { "object_add", "type,id=id[,...]", "make an object", 1,
      run_object_add },
    { "object_del", "id", "destroy an object", 1, run_object_del },
    { "netdev_add", "user,id=id[,...]", "add a network back end", 1,
      run_netdev_add },
    { "set_link", "netdev on|off", "plug or unplug a network's cable", 2,
      run_set_link },
    { "chardev-add", "kind,id=id[,...]", "add a character device", 1,
      run_chardev_add },
    { "chardev-remove", "id", "remove a character device", 1,
      run_chardev_remove },
    { NULL }
};
