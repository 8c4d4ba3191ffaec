/* SPDX-License-Identifier: MIT */
/*
 * Properties by convenience: typed getter and setter pairs, C fields, links
 * and aliases.  Each is a Property whose opaque is a small closure.
 */
#include "util/osdep.h"
#include "qom/property.h"
#include "qom/object-int.h"

/* Exactly one of OBJ and OC is given. */
static Property *add_any(Object *obj, ObjectClass *oc, const char *name,
                         const PropertyKind *kind, PropertyGet *get,
                         PropertySet *set, void *opaque)
{
    Property *p;

    if (obj) {
        p = object_property_add(obj, name, kind, get, set, NULL, opaque);
    } else {
        p = object_class_property_add(oc, name, kind, get, set, NULL, opaque);
    }
    p->free_opaque = g_free;
    return p;
}

/* bool, string, enumeration: a pair of functions. */

typedef struct BoolPair {
    BoolGet *get;
    BoolSet *set;
} BoolPair;

static GVariant *get_bool(Object *obj, const Property *p, GError **errp)
{
    BoolPair *pair = p->opaque;
    GError *err = NULL;
    bool value = pair->get(obj, &err);

    if (err) {
        g_propagate_error(errp, err);
        return NULL;
    }
    return g_variant_ref_sink(g_variant_new_boolean(value));
}

static bool set_bool(Object *obj, const Property *p, GVariant *v,
                     GError **errp)
{
    BoolPair *pair = p->opaque;

    return pair->set(obj, g_variant_get_boolean(v), errp);
}

static Property *add_bool(Object *obj, ObjectClass *oc, const char *name,
                          BoolGet *get, BoolSet *set)
{
    BoolPair pair = { get, set };

    return add_any(obj, oc, name, &property_bool, get ? get_bool : NULL,
                   set ? set_bool : NULL, g_memdup2(&pair, sizeof(pair)));
}

Property *object_property_add_bool(Object *obj, const char *name, BoolGet *get,
                                   BoolSet *set)
{
    return add_bool(obj, NULL, name, get, set);
}

Property *object_class_property_add_bool(ObjectClass *oc, const char *name,
                                         BoolGet *get, BoolSet *set)
{
    return add_bool(NULL, oc, name, get, set);
}

typedef struct StrPair {
    StrGet *get;
    StrSet *set;
} StrPair;

static GVariant *get_str(Object *obj, const Property *p, GError **errp)
{
    StrPair *pair = p->opaque;
    GError *err = NULL;
    char *text = pair->get(obj, &err);
    GVariant *v = NULL;

    if (err) {
        g_propagate_error(errp, err);
    } else {
        v = value_new_string(text);
    }
    g_free(text);
    return v;
}

static bool set_str(Object *obj, const Property *p, GVariant *v, GError **errp)
{
    StrPair *pair = p->opaque;

    return pair->set(obj, value_get_string(v), errp);
}

static Property *add_str(Object *obj, ObjectClass *oc, const char *name,
                         StrGet *get, StrSet *set)
{
    StrPair pair = { get, set };

    return add_any(obj, oc, name, &property_string, get ? get_str : NULL,
                   set ? set_str : NULL, g_memdup2(&pair, sizeof(pair)));
}

Property *object_property_add_str(Object *obj, const char *name, StrGet *get,
                                  StrSet *set)
{
    return add_str(obj, NULL, name, get, set);
}

Property *object_class_property_add_str(ObjectClass *oc, const char *name,
                                        StrGet *get, StrSet *set)
{
    return add_str(NULL, oc, name, get, set);
}

typedef struct EnumPair {
    EnumGet *get;
    EnumSet *set;
} EnumPair;

static GVariant *get_enum(Object *obj, const Property *p, GError **errp)
{
    EnumPair *pair = p->opaque;
    GError *err = NULL;
    int value = pair->get(obj, &err);

    if (err) {
        g_propagate_error(errp, err);
        return NULL;
    }
    return p->kind->load(p->kind, &value);
}

static bool set_enum(Object *obj, const Property *p, GVariant *v,
                     GError **errp)
{
    EnumPair *pair = p->opaque;
    int value = 0;

    p->kind->store(p->kind, &value, v);
    return pair->set(obj, value, errp);
}

static Property *add_enum(Object *obj, ObjectClass *oc, const char *name,
                          const PropertyKind *kind, EnumGet *get, EnumSet *set)
{
    EnumPair pair = { get, set };

    return add_any(obj, oc, name, kind, get ? get_enum : NULL,
                   set ? set_enum : NULL, g_memdup2(&pair, sizeof(pair)));
}

Property *object_property_add_enum(Object *obj, const char *name,
                                   const PropertyKind *kind, EnumGet *get,
                                   EnumSet *set)
{
    return add_enum(obj, NULL, name, kind, get, set);
}

Property *object_class_property_add_enum(ObjectClass *oc, const char *name,
                                         const PropertyKind *kind,
                                         EnumGet *get, EnumSet *set)
{
    return add_enum(NULL, oc, name, kind, get, set);
}

/* Fields: an address, or an offset in the instance. */

typedef struct FieldRef {
    void *address;              /* NULL: the offset counts */
    size_t offset;
} FieldRef;

static void *field_of(Object *obj, const FieldRef *f)
{
    return f->address ?: (char *)obj + f->offset;
}

static GVariant *get_field(Object *obj, const Property *p, GError **errp)
{
    return p->kind->load(p->kind, field_of(obj, p->opaque));
}

static bool set_field(Object *obj, const Property *p, GVariant *v,
                      GError **errp)
{
    p->kind->store(p->kind, field_of(obj, p->opaque), v);
    return true;
}

static void release_field(Object *obj, const Property *p)
{
    p->kind->clear(p->kind, field_of(obj, p->opaque));
}

static Property *add_field(Object *obj, ObjectClass *oc, const char *name,
                           const PropertyKind *kind, FieldRef ref, int flags)
{
    Property *p = add_any(obj, oc, name, kind,
                          flags & PROP_READ ? get_field : NULL,
                          flags & PROP_WRITE ? set_field : NULL,
                          g_memdup2(&ref, sizeof(ref)));

    if (kind->clear) {
        p->release = release_field;
    }
    return p;
}

Property *object_property_add_ptr(Object *obj, const char *name,
                                  const PropertyKind *kind, void *field,
                                  int flags)
{
    return add_field(obj, NULL, name, kind, (FieldRef){ field, 0 }, flags);
}

Property *object_class_property_add_field(ObjectClass *oc, const char *name,
                                          const PropertyKind *kind,
                                          size_t offset, int flags)
{
    return add_field(NULL, oc, name, kind, (FieldRef){ NULL, offset }, flags);
}

/* Links */

typedef struct LinkRef {
    FieldRef field;
    const char *type;
    LinkCheck *check;
    int flags;
} LinkRef;

bool link_allow_always(Object *obj, const char *name, Object *value,
                       GError **errp)
{
    return true;
}

static Object **link_field(Object *obj, const Property *p)
{
    LinkRef *l = p->opaque;

    return field_of(obj, &l->field);
}

static Object *resolve_link(Object *obj, const Property *p)
{
    return *link_field(obj, p);
}

static GVariant *get_link(Object *obj, const Property *p, GError **errp)
{
    Object *target = *link_field(obj, p);
    char *path = target ? object_get_canonical_path(target) : NULL;
    GVariant *v = value_new_string(path);

    g_free(path);
    return v;
}

static bool set_link_object(Object *obj, const Property *p, Object *value,
                            GError **errp)
{
    LinkRef *l = p->opaque;
    Object **field = link_field(obj, p);
    Object *old = *field;

    if (value && !object_dynamic_cast(value, l->type)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "property '%s' links to a '%s', not to a '%s'", p->name,
                    l->type, object_get_typename(value));
        return false;
    }
    if (l->check && !l->check(obj, p->name, value, errp)) {
        return false;
    }
    if (l->flags & LINK_STRONG) {
        object_ref(value);
    }
    *field = value;
    if (l->flags & LINK_STRONG) {
        object_unref(old);
    }
    return true;
}

static bool set_link(Object *obj, const Property *p, GVariant *v,
                     GError **errp)
{
    LinkRef *l = p->opaque;
    const char *path = value_get_string(v);
    bool ambiguous = false;
    Object *target = NULL;

    if (*path) {
        target = object_resolve_path_type(path, l->type, &ambiguous);
        if (!target && !ambiguous && object_resolve_path(path, NULL)) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                        "property '%s': '%s' is not a '%s'", p->name, path,
                        l->type);
            return false;
        }
        if (!target) {
            g_set_error(errp, QOM_ERROR,
                        ambiguous ? QOM_ERROR_AMBIGUOUS : QOM_ERROR_NOT_FOUND,
                        ambiguous ? "property '%s': several objects fit '%s'"
                                  : "property '%s': no object '%s'",
                        p->name, path);
            return false;
        }
    }
    return set_link_object(obj, p, target, errp);
}

static void release_link(Object *obj, const Property *p)
{
    LinkRef *l = p->opaque;
    Object **field = link_field(obj, p);

    if (l->flags & LINK_STRONG) {
        object_unref(*field);
        *field = NULL;
    }
}

static Property *add_link(Object *obj, ObjectClass *oc, const char *name,
                          const LinkRef *ref)
{
    bool settable = ref->check || (ref->flags & PROP_WRITE);
    Property *p = add_any(obj, oc, name, &property_link, get_link,
                          settable ? set_link : NULL,
                          g_memdup2(ref, sizeof(*ref)));

    g_free(p->type);
    p->type = g_strdup_printf("link<%s>", ref->type);
    p->resolve = resolve_link;
    p->set_object = set_link_object;
    p->release = release_link;
    return p;
}

Property *object_property_add_link(Object *obj, const char *name,
                                   const char *type, Object **target,
                                   LinkCheck *check, int flags)
{
    LinkRef ref = { { target, 0 }, type, check, flags };

    return add_link(obj, NULL, name, &ref);
}

Property *object_class_property_add_link(ObjectClass *oc, const char *name,
                                         const char *type, size_t offset,
                                         LinkCheck *check, int flags)
{
    LinkRef ref = { { NULL, offset }, type, check, flags };

    return add_link(NULL, oc, name, &ref);
}

/* Aliases: everything is passed on. */

typedef struct AliasRef {
    Object *target;
    char *name;
} AliasRef;

static GVariant *get_alias(Object *obj, const Property *p, GError **errp)
{
    AliasRef *a = p->opaque;

    return object_property_get(a->target, a->name, errp);
}

static bool set_alias(Object *obj, const Property *p, GVariant *v,
                      GError **errp)
{
    AliasRef *a = p->opaque;

    return object_property_set(a->target, a->name, v, errp);
}

static Object *resolve_alias(Object *obj, const Property *p)
{
    AliasRef *a = p->opaque;

    return object_property_get_link(a->target, a->name, NULL);
}

static bool set_alias_object(Object *obj, const Property *p, Object *value,
                             GError **errp)
{
    AliasRef *a = p->opaque;

    return object_property_set_link(a->target, a->name, value, errp);
}

static void free_alias(void *opaque)
{
    AliasRef *a = opaque;

    g_free(a->name);
    g_free(a);
}

Property *object_property_add_alias(Object *obj, const char *name,
                                    Object *target, const char *target_name)
{
    Property *t = object_property_find(target, target_name);
    AliasRef *a = g_new0(AliasRef, 1);
    Property *p;

    g_assert(t);
    a->target = target;
    a->name = g_strdup(target_name);
    p = add_any(obj, NULL, name, t->kind, t->get ? get_alias : NULL,
                t->set ? set_alias : NULL, a);
    p->free_opaque = free_alias;
    g_free(p->type);
    /* A child stays its parent's; through another name it is a link. */
    p->type = t->is_child ? g_strdup_printf("link%s", t->type + 5)
                          : g_strdup(t->type);
    p->resolve = t->resolve ? resolve_alias : NULL;
    p->set_object = t->set_object ? set_alias_object : NULL;
    return p;
}
