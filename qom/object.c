/* SPDX-License-Identifier: MIT */
/* Instances: construction, reference counts, destruction, casts. */
#include "util/osdep.h"
#include "qom/object-int.h"

static void run_init(Object *obj, TypeImpl *t)
{
    if (type_parent(t)) {
        run_init(obj, type_parent(t));
    }
    if (t->info.instance_init) {
        t->info.instance_init(obj);
    }
}

static void run_post_init(Object *obj, TypeImpl *t)
{
    if (type_parent(t)) {
        run_post_init(obj, type_parent(t));
    }
    if (t->info.instance_post_init) {
        t->info.instance_post_init(obj);
    }
}

static void initialize(void *mem, size_t size, ObjectClass *oc)
{
    TypeImpl *t = oc->type;
    Object *obj = mem;

    g_assert(!t->info.abstract && t->instance_size >= sizeof(Object));
    g_assert(size >= t->instance_size);
    memset(mem, 0, t->instance_size);
    obj->class = oc;
    obj->ref = 1;
    object_apply_initial(obj);
    run_init(obj, t);
    run_post_init(obj, t);
}

void object_initialize(void *mem, size_t size, const char *type)
{
    ObjectClass *oc = object_class_by_name(type);

    if (!oc) {
        g_error("type '%s' is not known", type);
    }
    initialize(mem, size, oc);
}

void object_initialize_child(Object *parent, const char *name, void *mem,
                             size_t size, const char *type)
{
    object_initialize(mem, size, type);
    object_property_add_child(parent, name, mem);
    object_unref(mem);
}

Object *object_new_with_class(ObjectClass *oc)
{
    size_t size = oc->type->instance_size;
    Object *obj = g_malloc(size);

    initialize(obj, size, oc);
    obj->free = g_free;
    return obj;
}

Object *object_new(const char *type)
{
    ObjectClass *oc = object_class_by_name(type);

    if (!oc) {
        g_error("type '%s' is not known", type);
    }
    return object_new_with_class(oc);
}

Object *object_new_checked(const char *type, GError **errp)
{
    ObjectClass *oc = object_class_by_name(type);

    if (!oc) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "'%s' is not a known type", type);
        return NULL;
    }
    if (object_class_is_abstract(oc) || object_class_is_interface(oc)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_TYPE,
                    "type '%s' is abstract", type);
        return NULL;
    }
    return object_new_with_class(oc);
}

Object *object_ref(void *mem)
{
    Object *obj = mem;

    if (obj) {
        unsigned old = __atomic_fetch_add(&obj->ref, 1, __ATOMIC_RELAXED);

        g_assert(old > 0);
    }
    return obj;
}

static void finalize(Object *obj)
{
    void (*release)(void *) = obj->free;

    object_release_properties(obj);
    for (TypeImpl *t = obj->class->type; t; t = type_parent(t)) {
        if (t->info.instance_finalize) {
            t->info.instance_finalize(obj);
        }
    }
    if (release) {
        release(obj);
    }
}

void object_unref(void *mem)
{
    Object *obj = mem;
    unsigned old;

    if (!obj) {
        return;
    }
    old = __atomic_fetch_sub(&obj->ref, 1, __ATOMIC_ACQ_REL);
    g_assert(old > 0);
    if (old == 1) {
        g_assert(!obj->parent);
        finalize(obj);
    }
}

const char *object_get_typename(const Object *obj)
{
    return object_class_get_name(obj->class);
}

Object *object_dynamic_cast(Object *obj, const char *type)
{
    return obj && object_class_dynamic_cast(obj->class, type) ? obj : NULL;
}

Object *object_check(const void *mem, const char *type)
{
    Object *obj = (Object *)mem;

    if (obj) {
        object_class_check(obj->class, type);
    }
    return obj;
}
