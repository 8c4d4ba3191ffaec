/* SPDX-License-Identifier: MIT */
/* Objects that users make: see user-creatable.h. */
#include "util/osdep.h"
#include "qom/user-creatable.h"

bool object_set_properties(Object *obj, const OptString *opts,
                           const char *const *skip, GError **errp)
{
    for (int i = 0; i < opts->n; i++) {
        const OptPair *p = &opts->pairs[i];

        if (!g_strv_contains(skip, p->name) &&
            !object_property_parse_user(obj, p->name, p->value, errp)) {
            return false;
        }
    }
    return true;
}

static Object *create(const char *type, const char *id, const OptString *opts,
                      GError **errp)
{
    static const char *const skip[] = { "qom-type", "id", NULL };
    ObjectClass *oc = object_class_by_name(type);
    UserCreatableClass *ucc;
    Object *obj;

    if (!oc || !object_class_dynamic_cast(oc, TYPE_USER_CREATABLE)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "'%s' is not an object type that can be created", type);
        return NULL;
    }
    obj = object_new_checked(type, errp);
    if (!obj) {
        return NULL;
    }
    ucc = USER_CREATABLE_GET_CLASS(obj);
    if (!object_set_properties(obj, opts, skip, errp) ||
        !object_property_try_add_child(object_get_objects_root(), id, obj,
                                       errp)) {
        object_unref(obj);
        return NULL;
    }
    object_unref(obj);
    if (ucc->complete && !ucc->complete(obj, errp)) {
        object_unparent(obj);
        return NULL;
    }
    return obj;
}

Object *user_creatable_add(const OptString *opts, GError **errp)
{
    const char *type = optstr_get(opts, "qom-type");
    const char *id = optstr_get(opts, "id");

    if (!type) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "an object needs a type");
        return NULL;
    }
    if (!id || !opt_is_id(id)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "object '%s' needs an id of letters, digits, '-', '.', "
                    "'_', the first a letter", type);
        return NULL;
    }
    return create(type, id, opts, errp);
}

Object *user_creatable_add_str(const char *text, GError **errp)
{
    OptString *opts = optstr_parse(text, "qom-type", errp);
    Object *obj = opts ? user_creatable_add(opts, errp) : NULL;

    optstr_free(opts);
    return obj;
}

bool user_creatable_del(const char *id, GError **errp)
{
    Object *obj = object_resolve_path_component(object_get_objects_root(), id);
    UserCreatableClass *ucc;

    if (!obj || !object_dynamic_cast(obj, TYPE_USER_CREATABLE)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND, "no object '%s'",
                    id);
        return false;
    }
    ucc = USER_CREATABLE_GET_CLASS(obj);
    if (ucc->can_be_deleted && !ucc->can_be_deleted(obj)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "object '%s' is in use", id);
        return false;
    }
    object_unparent(obj);
    return true;
}

static void collect_line(ObjectClass *oc, Property *p, void *opaque)
{
    GString *line;

    if (!p->set || p->internal) {
        return;
    }
    line = g_string_new(NULL);
    g_string_printf(line, "  %s=<%s>", p->name, p->type);
    if (p->kind->values) {
        char *all = g_strjoinv("/", (char **)p->kind->values);

        g_string_append_printf(line, " - %s", all);
        g_free(all);
    }
    if (p->description) {
        g_string_append_printf(line, " - %s", p->description);
    }
    if (p->initial) {
        char *text = value_print(p->initial);

        g_string_append_printf(line, " (default: %s)", text);
        g_free(text);
    }
    g_ptr_array_add(opaque, g_string_free(line, false));
}

static gint compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void object_class_print_properties(ObjectClass *oc, GString *out)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    object_class_property_foreach(oc, collect_line, lines);
    g_ptr_array_sort(lines, compare_lines);
    for (guint i = 0; i < lines->len; i++) {
        g_string_append_printf(out, "%s\n",
                               (char *)g_ptr_array_index(lines, i));
    }
    g_ptr_array_free(lines, true);
}

bool user_creatable_print_help(const OptString *opts, GString *out)
{
    const char *type = optstr_get(opts, "qom-type");
    ObjectClass *oc;
    GSList *list;

    if (!optstr_has_help(opts)) {
        return false;
    }
    if (type && !opt_is_help(type)) {
        oc = object_class_by_name(type);
        if (!oc || !object_class_dynamic_cast(oc, TYPE_USER_CREATABLE)) {
            return false;       /* making one says what is wrong */
        }
        g_string_append_printf(out, "%s options:\n", type);
        object_class_print_properties(oc, out);
        return true;
    }
    g_string_append(out, "List of user creatable objects:\n");
    list = object_class_get_list(TYPE_USER_CREATABLE, false);
    for (GSList *l = list; l; l = l->next) {
        g_string_append_printf(out, "  %s\n",
                               object_class_get_name(l->data));
    }
    g_slist_free(list);
    return true;
}

static const TypeInfo user_creatable_types[] = {
    {
        .name = TYPE_USER_CREATABLE,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(UserCreatableClass),
        .abstract = true,
    },
};
DEFINE_TYPES(user_creatable_types)
