/* SPDX-License-Identifier: MIT */
/* QMP on objects and devices. */
#include "util/osdep.h"
#include "system/qmp-int.h"

#include "chardev/char.h"
#include "hw/core/qdev.h"
#include "net/net.h"
#include "qom/user-creatable.h"

static Object *find_path(JsonObject *args, GError **errp)
{
    const char *path = qmp_arg_str(args, "path", true, errp);
    bool ambiguous = false;
    Object *obj = path ? object_resolve_path(path, &ambiguous) : NULL;

    if (path && !obj) {
        g_set_error(errp, QMP_ERROR, ambiguous ? QMP_ERROR_GENERIC
                    : QMP_ERROR_NO_DEVICE,
                    ambiguous ? "Path '%s' is ambiguous"
                              : "Device '%s' not found", path);
    }
    return obj;
}

static void list_property(Object *obj, Property *p, void *opaque)
{
    JsonObject *o = json_object_new();

    json_object_set_string_member(o, "name", p->name);
    json_object_set_string_member(o, "type", p->type);
    json_array_add_object_element(opaque, o);
}

static JsonNode *qom_list(JsonObject *args, GError **errp)
{
    Object *obj = find_path(args, errp);
    JsonArray *list;

    if (!obj) {
        return NULL;
    }
    list = json_array_new();
    object_property_foreach(obj, list_property, list);
    return qmp_from_array(list);
}

/* Byte strings are text here; the rest is JSON-GLib's own mapping. */
static JsonNode *from_value(GVariant *v)
{
    const char *text = value_get_string(v);

    if (text && g_utf8_validate(text, -1, NULL)) {
        return qmp_from_string(text);
    }
    return json_gvariant_serialize(v);
}

static JsonNode *qom_get(JsonObject *args, GError **errp)
{
    Object *obj = find_path(args, errp);
    const char *name = qmp_arg_str(args, "property", true, errp);
    GVariant *value = obj && name ? object_property_get(obj, name, errp)
                                  : NULL;
    JsonNode *node = NULL;

    if (value) {
        node = from_value(value);
        g_variant_unref(value);
    }
    return node;
}

/* A JSON value as users would write it in an option; returns new. */
static char *to_text(JsonNode *node)
{
    GType type = json_node_get_value_type(node);

    if (type == G_TYPE_STRING) {
        return json_node_dup_string(node);
    }
    if (type == G_TYPE_BOOLEAN) {
        return g_strdup(json_node_get_boolean(node) ? "on" : "off");
    }
    if (type == G_TYPE_INT64) {
        return g_strdup_printf("%" PRId64, json_node_get_int(node));
    }
    if (type == G_TYPE_DOUBLE) {
        return g_strdup_printf("%g", json_node_get_double(node));
    }
    return NULL;
}

static JsonNode *qom_set(JsonObject *args, GError **errp)
{
    Object *obj = find_path(args, errp);
    const char *name = qmp_arg_str(args, "property", true, errp);
    JsonNode *value = json_object_get_member(args, "value");
    char *text = value ? to_text(value) : NULL;

    if (!text) {
        qmp_fail(errp, "Parameter 'value' is missing or no plain value");
    } else if (obj && name) {
        object_property_parse_user(obj, name, text, errp);
    }
    g_free(text);
    return NULL;
}

static JsonNode *list_types(JsonObject *args, GError **errp)
{
    const char *implements = qmp_arg_str(args, "implements", false, errp);
    bool abstract = qmp_arg_bool(args, "abstract", false, errp);
    JsonArray *list;
    GSList *types;

    if (*errp) {
        return NULL;
    }
    list = json_array_new();
    types = object_class_get_list(implements, abstract);
    for (GSList *t = types; t; t = t->next) {
        ObjectClass *parent = object_class_get_parent(t->data);
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name",
                                      object_class_get_name(t->data));
        if (parent) {
            json_object_set_string_member(o, "parent",
                                          object_class_get_name(parent));
        }
        json_array_add_object_element(list, o);
    }
    g_slist_free(types);
    return qmp_from_array(list);
}

/* {"driver": D, "id": I, NAME: VALUE...} as an option string. */
static char *to_options(JsonObject *args, const char *implied, GError **errp)
{
    const char *first = qmp_arg_str(args, implied, true, errp);
    GList *names = first ? json_object_get_members(args) : NULL;
    GString *text = g_string_new(first);

    for (GList *n = names; n && !*errp; n = n->next) {
        char *value;

        if (!strcmp(n->data, implied)) {
            continue;
        }
        value = to_text(json_object_get_member(args, n->data));
        if (!value) {
            qmp_fail(errp, "Parameter '%s' is no plain value",
                     (char *)n->data);
        } else {
            char **parts = g_strsplit(value, ",", 0);
            char *doubled = g_strjoinv(",,", parts);

            g_string_append_printf(text, ",%s=%s", (char *)n->data, doubled);
            g_free(doubled);
            g_strfreev(parts);
        }
        g_free(value);
    }
    g_list_free(names);
    if (*errp) {
        g_string_free(text, TRUE);
        return NULL;
    }
    return g_string_free(text, FALSE);
}

static JsonNode *device_add(JsonObject *args, GError **errp)
{
    char *text = to_options(args, "driver", errp);

    if (text) {
        qdev_device_add_str(text, errp);
        g_free(text);
    }
    return NULL;
}

static JsonNode *device_del(JsonObject *args, GError **errp)
{
    const char *id = qmp_arg_str(args, "id", true, errp);
    DeviceState *dev = id ? qdev_find(id, NULL) : NULL;

    if (id && !dev) {
        g_set_error(errp, QMP_ERROR, QMP_ERROR_NO_DEVICE,
                    "Device '%s' not found", id);
    } else if (dev) {
        qdev_unplug(dev, errp);
    }
    return NULL;
}

static JsonNode *object_add(JsonObject *args, GError **errp)
{
    char *text = to_options(args, "qom-type", errp);

    if (text) {
        user_creatable_add_str(text, errp);
        g_free(text);
    }
    return NULL;
}

static JsonNode *object_del(JsonObject *args, GError **errp)
{
    const char *id = qmp_arg_str(args, "id", true, errp);

    if (id) {
        user_creatable_del(id, errp);
    }
    return NULL;
}

static JsonNode *set_link(JsonObject *args, GError **errp)
{
    const char *name = qmp_arg_str(args, "name", true, errp);
    bool up = qmp_arg_bool(args, "up", true, errp);

    if (!*errp) {
        net_set_link(name, up, errp);
    }
    return NULL;
}

static JsonNode *remove_chardev(JsonObject *args, GError **errp)
{
    const char *id = qmp_arg_str(args, "id", true, errp);

    if (id) {
        chardev_remove(id, errp);
    }
    return NULL;
}

static void list_class_property(ObjectClass *oc, Property *p, void *opaque)
{
    JsonObject *o;

    if (p->internal || p->is_child) {
        return;
    }
    o = json_object_new();
    json_object_set_string_member(o, "name", p->name);
    json_object_set_string_member(o, "type", p->type);
    if (p->description) {
        json_object_set_string_member(o, "description", p->description);
    }
    json_array_add_object_element(opaque, o);
}

static JsonNode *list_device_properties(JsonObject *args, GError **errp)
{
    const char *type = qmp_arg_str(args, "typename", true, errp);
    ObjectClass *oc = type ? object_class_by_name(type) : NULL;
    JsonArray *list;

    if (!type) {
        return NULL;
    }
    if (!oc || !object_class_dynamic_cast(oc, TYPE_DEVICE)) {
        g_set_error(errp, QMP_ERROR, QMP_ERROR_NO_DEVICE,
                    "Device '%s' not found", type);
        return NULL;
    }
    list = json_array_new();
    object_class_property_foreach(oc, list_class_property, list);
    return qmp_from_array(list);
}

#define ARGS(...) (const char *const[]){ __VA_ARGS__, NULL }
const QmpCommand qmp_object_commands[] = {
    { "qom-list", qom_list, ARGS("path") },
    { "qom-get", qom_get, ARGS("path", "property") },
    { "qom-set", qom_set, ARGS("path", "property", "value") },
    { "qom-list-types", list_types, ARGS("implements", "abstract") },
    { "device_add", device_add, ARGS("*") },
    { "device_del", device_del, ARGS("id") },
    { "object-add", object_add, ARGS("*") },
    { "object-del", object_del, ARGS("id") },
    { "set_link", set_link, ARGS("name", "up") },
    { "chardev-remove", remove_chardev, ARGS("id") },
    { "device-list-properties", list_device_properties, ARGS("typename") },
    { NULL }
};
