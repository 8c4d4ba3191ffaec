/* SPDX-License-Identifier: MIT */
/*
 * Types and their classes: the registry, lazy class construction, interfaces,
 * class casts.  See object.h for the rules.
 */
#include "util/osdep.h"
#include "qom/object-int.h"

static GHashTable *types;       /* name -> TypeImpl; grows only */

G_DEFINE_QUARK(qom-error-quark, qom_error)

void type_register_static(const TypeInfo *info)
{
    TypeImpl *t = g_new0(TypeImpl, 1);

    if (!types) {
        types = g_hash_table_new(g_str_hash, g_str_equal);
    }
    t->info = *info;
    if (!t->info.parent && strcmp(info->name, TYPE_OBJECT) != 0 &&
        strcmp(info->name, TYPE_INTERFACE) != 0) {
        t->info.parent = TYPE_OBJECT;
    }
    if (!g_hash_table_insert(types, (char *)info->name, t)) {
        g_error("type '%s' registered twice", info->name);
    }
}

void type_register_static_array(const TypeInfo *infos, int n)
{
    for (int i = 0; i < n; i++) {
        type_register_static(&infos[i]);
    }
}

static void object_class_base(ObjectClass *oc, const void *data)
{
    /* What belongs to one class alone is not inherited by the copy. */
    memset(oc->cast_cache, 0, sizeof(oc->cast_cache));
}

static void register_roots(void)
{
    static const TypeInfo roots[] = {
        {
            .name = TYPE_OBJECT,
            .instance_size = sizeof(Object),
            .class_size = sizeof(ObjectClass),
            .class_base_init = object_class_base,
            .abstract = true,
        }, {
            .name = TYPE_INTERFACE,
            .class_size = sizeof(InterfaceClass),
            .abstract = true,
        }, {
            .name = TYPE_CONTAINER,
            .parent = TYPE_OBJECT,
            .instance_size = sizeof(Object),
        },
    };

    type_register_static_array(roots, ARRAY_SIZE(roots));
}
type_init(register_roots)

/* Finds parents and sizes; a type with a hole above it does not exist. */
static bool type_resolve(TypeImpl *t)
{
    if (t->resolved) {
        return !t->broken;
    }
    if (t->busy) {
        g_error("type '%s' is its own ancestor", t->info.name);
    }
    t->busy = true;
    t->instance_size = t->info.instance_size;
    t->class_size = t->info.class_size;
    if (t->info.parent) {
        t->parent = type_by_name(t->info.parent);
        t->broken = !t->parent;
        if (t->parent) {
            t->instance_size = t->instance_size ?: t->parent->instance_size;
            t->class_size = t->class_size ?: t->parent->class_size;
            g_assert(t->instance_size >= t->parent->instance_size);
            g_assert(t->class_size >= t->parent->class_size);
        }
    }
    for (const InterfaceInfo *i = t->info.interfaces; i && i->type; i++) {
        t->broken |= !type_by_name(i->type);
    }
    t->busy = false;
    t->resolved = true;
    return !t->broken;
}

TypeImpl *type_by_name(const char *name)
{
    TypeImpl *t = types ? g_hash_table_lookup(types, name) : NULL;

    return t && type_resolve(t) ? t : NULL;
}

TypeImpl *type_parent(TypeImpl *t)
{
    return t->parent;
}

bool type_is_a(TypeImpl *t, TypeImpl *ancestor)
{
    for (; t; t = t->parent) {
        if (t == ancestor) {
            return true;
        }
    }
    return false;
}

static bool type_is_interface(TypeImpl *t)
{
    while (t->parent) {
        t = t->parent;
    }
    return strcmp(t->info.name, TYPE_INTERFACE) == 0;
}

static void type_init_class(TypeImpl *t);

/* OC's own copy of an interface's class, its methods as they are in FROM. */
static void add_interface(ObjectClass *oc, const ObjectClass *from)
{
    InterfaceClass *ic;

    ic = g_memdup2(from, from->type->class_size);
    ic->parent_class.interfaces = NULL;
    ic->parent_class.properties = NULL;
    memset(ic->parent_class.cast_cache, 0,
           sizeof(ic->parent_class.cast_cache));
    ic->concrete = oc;
    g_ptr_array_add(oc->interfaces, ic);
}

static bool has_interface(ObjectClass *oc, TypeImpl *t)
{
    for (guint i = 0; i < oc->interfaces->len; i++) {
        ObjectClass *ic = g_ptr_array_index(oc->interfaces, i);

        if (type_is_a(ic->type, t)) {
            return true;
        }
    }
    return false;
}

static void inherit_interfaces(ObjectClass *oc)
{
    TypeImpl *t = oc->type;

    oc->interfaces = g_ptr_array_new();
    if (t->parent) {
        GPtrArray *above = t->parent->class->interfaces;

        for (guint i = 0; i < above->len; i++) {
            add_interface(oc, g_ptr_array_index(above, i));
        }
    }
    for (const InterfaceInfo *i = t->info.interfaces; i && i->type; i++) {
        TypeImpl *it = type_by_name(i->type);

        if (!type_is_interface(it)) {
            g_error("'%s' of type '%s' is no interface", i->type,
                    t->info.name);
        }
        if (!has_interface(oc, it)) {
            type_init_class(it);
            add_interface(oc, it->class);
        }
    }
}

static void type_init_class(TypeImpl *t)
{
    ObjectClass *oc;

    if (t->class) {
        return;
    }
    oc = g_malloc0(t->class_size);
    if (t->parent) {
        type_init_class(t->parent);
        memcpy(oc, t->parent->class, t->parent->class_size);
    }
    oc->type = t;
    oc->properties = NULL;
    t->class = oc;
    inherit_interfaces(oc);
    /* A class inherits by copy: ancestors may want to repair their share. */
    for (TypeImpl *p = t; p; p = p->parent) {
        if (p->info.class_base_init) {
            p->info.class_base_init(oc, t->info.class_data);
        }
    }
    if (t->info.class_init) {
        t->info.class_init(oc, t->info.class_data);
    }
}

ObjectClass *object_class_by_name(const char *name)
{
    TypeImpl *t = type_by_name(name);

    if (!t) {
        return NULL;
    }
    type_init_class(t);
    return t->class;
}

ObjectClass *object_class_get_parent(ObjectClass *oc)
{
    TypeImpl *p = oc->type->parent;

    if (!p) {
        return NULL;
    }
    type_init_class(p);
    return p->class;
}

const char *object_class_get_name(const ObjectClass *oc)
{
    return oc->type->info.name;
}

bool object_class_is_abstract(const ObjectClass *oc)
{
    return oc->type->info.abstract;
}

bool object_class_is_interface(const ObjectClass *oc)
{
    return type_is_interface(oc->type);
}

ObjectClass *object_class_dynamic_cast(ObjectClass *oc, const char *name)
{
    TypeImpl *target;
    ObjectClass *found = NULL;

    if (!oc) {
        return NULL;
    }
    target = type_by_name(name);
    if (!target) {
        return NULL;
    }
    if (type_is_a(oc->type, target)) {
        return oc;
    }
    if (!oc->interfaces || !type_is_interface(target)) {
        return NULL;
    }
    for (guint i = 0; i < oc->interfaces->len; i++) {
        ObjectClass *ic = g_ptr_array_index(oc->interfaces, i);

        if (type_is_a(ic->type, target)) {
            if (found) {
                return NULL;
            }
            found = ic;
        }
    }
    return found;
}

ObjectClass *object_class_check(ObjectClass *oc, const char *name)
{
    ObjectClass *r;

    for (int i = 0; i < OBJECT_CAST_CACHE; i++) {
        if (__atomic_load_n(&oc->cast_cache[i], __ATOMIC_RELAXED) == name) {
            return oc;
        }
    }
    r = object_class_dynamic_cast(oc, name);
    if (!r) {
        g_error("class '%s' is not a '%s'", object_class_get_name(oc), name);
    }
    if (r == oc) {      /* interface casts give another pointer */
        for (int i = OBJECT_CAST_CACHE - 1; i > 0; i--) {
            __atomic_store_n(&oc->cast_cache[i], oc->cast_cache[i - 1],
                             __ATOMIC_RELAXED);
        }
        __atomic_store_n(&oc->cast_cache[0], name, __ATOMIC_RELAXED);
    }
    return r;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(object_class_get_name(a), object_class_get_name(b));
}

GSList *object_class_get_list(const char *type, bool include_abstract)
{
    GSList *list = NULL;
    GList *names = types ? g_hash_table_get_keys(types) : NULL;

    for (GList *n = names; n; n = n->next) {
        ObjectClass *oc = object_class_by_name(n->data);

        if (!oc || object_class_is_interface(oc) ||
            (oc->type->info.abstract && !include_abstract) ||
            (type && !object_class_dynamic_cast(oc, type))) {
            continue;
        }
        list = g_slist_prepend(list, oc);
    }
    g_list_free(names);
    return g_slist_sort(list, compare_names);
}

void object_class_foreach(void (*fn)(ObjectClass *oc, void *opaque),
                          const char *type, bool include_abstract,
                          void *opaque)
{
    GSList *list = object_class_get_list(type, include_abstract);

    for (GSList *l = list; l; l = l->next) {
        fn(l->data, opaque);
    }
    g_slist_free(list);
}
