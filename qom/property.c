/* SPDX-License-Identifier: MIT */
/* Property tables: adding, finding, getting and setting by name. */
#include "util/osdep.h"
#include "qom/property.h"
#include "qom/object-int.h"

static void property_free(gpointer mem)
{
    Property *p = mem;

    if (p->free_opaque) {
        p->free_opaque(p->opaque);
    }
    g_clear_pointer(&p->initial, g_variant_unref);
    g_free(p->name);
    g_free(p->type);
    g_free(p->description);
    g_free(p);
}

Property *property_table_find(const PropertyTable *table, const char *name)
{
    return table ? g_hash_table_lookup(table->by_name, name) : NULL;
}

static Property *table_add(PropertyTable **table, Property *p)
{
    if (!*table) {
        *table = g_new0(PropertyTable, 1);
        (*table)->by_name = g_hash_table_new(g_str_hash, g_str_equal);
        (*table)->order = g_ptr_array_new();
    }
    g_hash_table_insert((*table)->by_name, p->name, p);
    g_ptr_array_add((*table)->order, p);
    return p;
}

static Property *property_new(const char *name, const PropertyKind *kind,
                              PropertyGet *get, PropertySet *set,
                              PropertyRelease *release, void *opaque)
{
    Property *p = g_new0(Property, 1);

    p->name = g_strdup(name);
    p->type = g_strdup(kind->name);
    p->kind = kind;
    p->get = get;
    p->set = set;
    p->release = release;
    p->opaque = opaque;
    return p;
}

/* "irq[*]": the first index that is free.  Returns new. */
static char *free_name(Object *obj, const char *name)
{
    size_t len = strlen(name);

    if (len < 3 || strcmp(name + len - 3, "[*]") != 0) {
        return g_strdup(name);
    }
    for (unsigned i = 0;; i++) {
        char *s = g_strdup_printf("%.*s[%u]", (int)(len - 3), name, i);

        if (!object_property_find(obj, s)) {
            return s;
        }
        g_free(s);
    }
}

Property *object_property_try_add(Object *obj, const char *name,
                                  const PropertyKind *kind, PropertyGet *get,
                                  PropertySet *set, PropertyRelease *release,
                                  void *opaque, GError **errp)
{
    char *full = free_name(obj, name);
    Property *p = NULL;

    if (object_property_find(obj, full)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_EXISTS,
                    "'%s' already has a property '%s'",
                    object_get_typename(obj), full);
    } else {
        p = property_new(full, kind, get, set, release, opaque);
        table_add(&obj->properties, p);
    }
    g_free(full);
    return p;
}

Property *object_property_add(Object *obj, const char *name,
                              const PropertyKind *kind, PropertyGet *get,
                              PropertySet *set, PropertyRelease *release,
                              void *opaque)
{
    Property *p = object_property_try_add(obj, name, kind, get, set, release,
                                          opaque, NULL);

    if (!p) {
        g_error("'%s' has two properties '%s'", object_get_typename(obj),
                name);
    }
    return p;
}

Property *object_class_property_add(ObjectClass *oc, const char *name,
                                    const PropertyKind *kind, PropertyGet *get,
                                    PropertySet *set, PropertyRelease *release,
                                    void *opaque)
{
    if (object_class_property_find(oc, name)) {
        g_error("class '%s' has two properties '%s'",
                object_class_get_name(oc), name);
    }
    return table_add(&oc->properties,
                     property_new(name, kind, get, set, release, opaque));
}

void property_set_description(Property *p, const char *text)
{
    g_free(p->description);
    p->description = g_strdup(text);
}

void property_set_initial(Property *p, GVariant *value)
{
    value = g_variant_ref_sink(value);
    p->initial = p->kind->coerce(p->kind, p->name, value, NULL);
    g_assert(p->initial);
    g_variant_unref(value);
}

Property *object_class_property_find(ObjectClass *oc, const char *name)
{
    for (TypeImpl *t = oc->type; t; t = type_parent(t)) {
        Property *p = property_table_find(t->class->properties, name);

        if (p) {
            return p;
        }
    }
    return NULL;
}

Property *object_property_find(Object *obj, const char *name)
{
    Property *p = property_table_find(obj->properties, name);

    return p ? p : object_class_property_find(obj->class, name);
}

Property *object_property_find_err(Object *obj, const char *name,
                                   GError **errp)
{
    Property *p = object_property_find(obj, name);

    if (!p) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "'%s' has no property '%s'", object_get_typename(obj),
                    name);
    }
    return p;
}

void object_property_foreach(Object *obj,
                             void (*fn)(Object *obj, Property *p, void *opaque),
                             void *opaque)
{
    for (guint i = 0; obj->properties && i < obj->properties->order->len;
         i++) {
        fn(obj, g_ptr_array_index(obj->properties->order, i), opaque);
    }
    for (TypeImpl *t = obj->class->type; t; t = type_parent(t)) {
        PropertyTable *table = t->class->properties;

        for (guint i = 0; table && i < table->order->len; i++) {
            fn(obj, g_ptr_array_index(table->order, i), opaque);
        }
    }
}

void object_class_property_foreach(ObjectClass *oc,
                                   void (*fn)(ObjectClass *oc, Property *p,
                                              void *opaque),
                                   void *opaque)
{
    for (TypeImpl *t = oc->type; t; t = type_parent(t)) {
        PropertyTable *table = t->class->properties;

        for (guint i = 0; table && i < table->order->len; i++) {
            fn(oc, g_ptr_array_index(table->order, i), opaque);
        }
    }
}

/* Taken out of the table first: release may look at the object again. */
static void remove_property(Object *obj, Property *p)
{
    g_hash_table_remove(obj->properties->by_name, p->name);
    g_ptr_array_remove(obj->properties->order, p);
    if (p->release) {
        p->release(obj, p);
    }
    property_free(p);
}

void object_property_del(Object *obj, const char *name)
{
    Property *p = property_table_find(obj->properties, name);

    if (p) {
        remove_property(obj, p);
    }
}

static void release_class_property(Object *obj, Property *p, void *opaque)
{
    if (p->release) {
        p->release(obj, p);
    }
}

void object_release_properties(Object *obj)
{
    PropertyTable *table = obj->properties;

    /* Latest first: what came later may depend on what was there. */
    while (table && table->order->len) {
        remove_property(obj, g_ptr_array_index(table->order,
                                               table->order->len - 1));
    }
    if (table) {
        g_hash_table_destroy(table->by_name);
        g_ptr_array_free(table->order, true);
        g_free(table);
        obj->properties = NULL;
    }
    object_property_foreach(obj, release_class_property, NULL);
}

/* Ancestors' first, so that a class may change what it inherits. */
static void apply_initial(Object *obj, TypeImpl *t)
{
    PropertyTable *table = t->class->properties;

    if (type_parent(t)) {
        apply_initial(obj, type_parent(t));
    }
    for (guint i = 0; table && i < table->order->len; i++) {
        Property *p = g_ptr_array_index(table->order, i);

        if (p->initial && !p->set(obj, p, p->initial, NULL)) {
            g_error("the initial value of '%s' is refused", p->name);
        }
    }
}

void object_apply_initial(Object *obj)
{
    apply_initial(obj, obj->class->type);
}

GVariant *object_property_get(Object *obj, const char *name, GError **errp)
{
    Property *p = object_property_find_err(obj, name, errp);

    if (!p) {
        return NULL;
    }
    if (!p->get) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_ACCESS,
                    "property '%s' of '%s' is not readable", name,
                    object_get_typename(obj));
        return NULL;
    }
    return p->get(obj, p, errp);
}

bool object_property_set(Object *obj, const char *name, GVariant *value,
                         GError **errp)
{
    Property *p = object_property_find_err(obj, name, errp);
    GVariant *exact = NULL;
    bool ok = false;

    value = g_variant_ref_sink(value);
    if (p && !p->set) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_ACCESS,
                    "property '%s' of '%s' is not writable", name,
                    object_get_typename(obj));
    } else if (p) {
        exact = p->kind->coerce(p->kind, p->name, value, errp);
    }
    if (exact) {
        ok = p->set(obj, p, exact, errp);
        g_variant_unref(exact);
    }
    g_variant_unref(value);
    return ok;
}

bool object_property_parse(Object *obj, const char *name, const char *text,
                           GError **errp)
{
    return object_property_set(obj, name, g_variant_new_bytestring(text),
                               errp);
}

bool object_property_parse_user(Object *obj, const char *name,
                                const char *text, GError **errp)
{
    Property *p = object_property_find(obj, name);

    if (p && p->internal) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_ACCESS,
                    "property '%s' of '%s' can't be set by users", name,
                    object_get_typename(obj));
        return false;
    }
    return object_property_parse(obj, name, text, errp);
}

char *object_property_print(Object *obj, const char *name, GError **errp)
{
    GVariant *v = object_property_get(obj, name, errp);
    char *text;

    if (!v) {
        return NULL;
    }
    text = value_print(v);
    g_variant_unref(v);
    return text;
}

/* The value as one of KIND: false, 0 and NULL stand for a failure. */
static GVariant *get_as(Object *obj, const char *name,
                        const PropertyKind *kind, GError **errp)
{
    GVariant *v = object_property_get(obj, name, errp);
    GVariant *exact;

    if (!v) {
        return NULL;
    }
    exact = kind->coerce(kind, name, v, errp);
    g_variant_unref(v);
    return exact;
}

bool object_property_get_bool(Object *obj, const char *name, GError **errp)
{
    GVariant *v = get_as(obj, name, &property_bool, errp);
    bool r = v && g_variant_get_boolean(v);

    g_clear_pointer(&v, g_variant_unref);
    return r;
}

int64_t object_property_get_int(Object *obj, const char *name, GError **errp)
{
    GVariant *v = get_as(obj, name, &property_int64, errp);
    int64_t r = v ? g_variant_get_int64(v) : 0;

    g_clear_pointer(&v, g_variant_unref);
    return r;
}

uint64_t object_property_get_uint(Object *obj, const char *name, GError **errp)
{
    GVariant *v = get_as(obj, name, &property_uint64, errp);
    uint64_t r = v ? g_variant_get_uint64(v) : 0;

    g_clear_pointer(&v, g_variant_unref);
    return r;
}

char *object_property_get_str(Object *obj, const char *name, GError **errp)
{
    GVariant *v = get_as(obj, name, &property_string, errp);
    char *r = v ? g_strdup(value_get_string(v)) : NULL;

    g_clear_pointer(&v, g_variant_unref);
    return r;
}

int object_property_get_enum(Object *obj, const char *name, GError **errp)
{
    Property *p = object_property_find_err(obj, name, errp);
    GVariant *v;
    int r = 0;

    if (!p) {
        return 0;
    }
    if (!p->kind->values) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "property '%s' is no enumeration", name);
        return 0;
    }
    v = object_property_get(obj, name, errp);
    if (v) {
        property_enum_store(p->kind, &r, v);
        g_variant_unref(v);
    }
    return r;
}

Object *object_property_get_link(Object *obj, const char *name, GError **errp)
{
    Property *p = object_property_find_err(obj, name, errp);

    if (!p) {
        return NULL;
    }
    if (!p->resolve) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "property '%s' is not a link", name);
        return NULL;
    }
    return p->resolve(obj, p);
}

bool object_property_set_bool(Object *obj, const char *name, bool value,
                              GError **errp)
{
    return object_property_set(obj, name, g_variant_new_boolean(value), errp);
}

bool object_property_set_int(Object *obj, const char *name, int64_t value,
                             GError **errp)
{
    return object_property_set(obj, name, g_variant_new_int64(value), errp);
}

bool object_property_set_uint(Object *obj, const char *name, uint64_t value,
                              GError **errp)
{
    return object_property_set(obj, name, g_variant_new_uint64(value), errp);
}

bool object_property_set_str(Object *obj, const char *name, const char *value,
                             GError **errp)
{
    return object_property_parse(obj, name, value, errp);
}

bool object_property_set_link(Object *obj, const char *name, Object *value,
                              GError **errp)
{
    Property *p = object_property_find_err(obj, name, errp);

    if (!p) {
        return false;
    }
    if (!p->set_object) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "property '%s' is not a link", name);
        return false;
    }
    return p->set_object(obj, p, value, errp);
}
