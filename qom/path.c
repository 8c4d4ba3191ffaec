/* SPDX-License-Identifier: MIT */
/*
 * The composition tree: children, canonical paths, path resolution.  A child
 * is a property of its parent, so the names of children and of properties
 * share one space.
 */
#include "util/osdep.h"
#include "qom/object-int.h"

Object *object_get_root(void)
{
    static Object *root;

    if (!root) {
        root = object_new(TYPE_CONTAINER);
    }
    return root;
}

Object *object_get_objects_root(void)
{
    return object_container_get(object_get_root(), "/objects");
}

Object *object_container_get(Object *root, const char *path)
{
    char **parts = g_strsplit(path, "/", -1);
    Object *at = root;

    for (char **p = parts; *p; p++) {
        Object *next;

        if (!**p) {
            continue;
        }
        next = object_resolve_path_component(at, *p);
        if (!next) {
            next = object_new(TYPE_CONTAINER);
            object_property_add_child(at, *p, next);
            object_unref(next);
        }
        at = next;
    }
    g_strfreev(parts);
    return at;
}

static GVariant *get_child(Object *obj, const Property *p, GError **errp)
{
    char *path = object_get_canonical_path(p->opaque);
    GVariant *v = value_new_string(path);

    g_free(path);
    return v;
}

static Object *resolve_child(Object *obj, const Property *p)
{
    return p->opaque;
}

static void release_child(Object *obj, const Property *p)
{
    Object *child = p->opaque;

    if (child->class->unparent) {
        child->class->unparent(child);
    }
    child->parent = NULL;
    child->slot = NULL;
    object_unref(child);
}

bool object_property_try_add_child(Object *obj, const char *name,
                                   Object *child, GError **errp)
{
    Property *p;

    g_assert(!child->parent);
    p = object_property_try_add(obj, name, &property_link, get_child, NULL,
                                release_child, child, errp);
    if (!p) {
        return false;
    }
    g_free(p->type);
    p->type = g_strdup_printf("child<%s>", object_get_typename(child));
    p->resolve = resolve_child;
    p->is_child = true;
    child->parent = obj;
    child->slot = p;
    object_ref(child);
    return true;
}

void object_property_add_child(Object *obj, const char *name, Object *child)
{
    GError *err = NULL;

    if (!object_property_try_add_child(obj, name, child, &err)) {
        g_error("%s", err->message);
    }
}

void object_unparent(Object *obj)
{
    if (obj->parent) {
        object_property_del(obj->parent, obj->slot->name);
    }
}

const char *object_get_canonical_path_component(const Object *obj)
{
    return obj->slot ? obj->slot->name : NULL;
}

char *object_get_canonical_path(const Object *obj)
{
    Object *root = object_get_root();
    GString *path;

    if (obj == root) {
        return g_strdup("/");
    }
    path = g_string_new(NULL);
    for (; obj != root; obj = obj->parent) {
        if (!obj->parent) {
            g_string_free(path, true);
            return NULL;
        }
        g_string_prepend(path, obj->slot->name);
        g_string_prepend_c(path, '/');
    }
    return g_string_free(path, false);
}

Object *object_resolve_path_component(Object *parent, const char *part)
{
    Property *p = object_property_find(parent, part);

    return p && p->resolve ? p->resolve(parent, p) : NULL;
}

/* All of PARTS below AT; empty parts are skipped. */
static Object *walk(Object *at, char **parts, const char *type)
{
    for (; *parts && at; parts++) {
        if (**parts) {
            at = object_resolve_path_component(at, *parts);
        }
    }
    return type ? object_dynamic_cast(at, type) : at;
}

/* Tries PARTS at AT and at everything below it: the one object that fits. */
static Object *walk_partial(Object *at, char **parts, const char *type,
                            bool *ambiguous)
{
    Object *found = walk(at, parts, type);

    for (guint i = 0; at->properties && i < at->properties->order->len; i++) {
        Property *p = g_ptr_array_index(at->properties->order, i);
        Object *more;

        if (!p->is_child) {
            continue;
        }
        more = walk_partial(p->opaque, parts, type, ambiguous);
        if (*ambiguous || (more && found && more != found)) {
            *ambiguous = true;
            return NULL;
        }
        found = found ?: more;
    }
    return found;
}

Object *object_resolve_path_type(const char *path, const char *type,
                                 bool *ambiguous)
{
    char **parts = g_strsplit(path, "/", -1);
    bool several = false;
    Object *obj = NULL;

    if (*path == '/') {
        obj = walk(object_get_root(), parts, type);
    } else if (parts[0]) {
        obj = walk_partial(object_get_root(), parts, type, &several);
    }
    g_strfreev(parts);
    if (ambiguous) {
        *ambiguous = several;
    }
    return obj;
}

Object *object_resolve_path(const char *path, bool *ambiguous)
{
    return object_resolve_path_type(path, NULL, ambiguous);
}

Object *object_resolve_path_at(Object *parent, const char *path)
{
    char **parts = g_strsplit(path, "/", -1);
    Object *obj = walk(*path == '/' ? object_get_root() : parent, parts, NULL);

    g_strfreev(parts);
    return obj;
}

static int child_foreach(Object *obj, int (*fn)(Object *, void *),
                         void *opaque, bool recursive)
{
    PropertyTable *table = obj->properties;
    GPtrArray *children = g_ptr_array_new_with_free_func(object_unref);
    int r = 0;

    /* FN may remove what it is called for. */
    for (guint i = 0; table && i < table->order->len; i++) {
        Property *p = g_ptr_array_index(table->order, i);

        if (p->is_child) {
            g_ptr_array_add(children, object_ref(p->opaque));
        }
    }
    for (guint i = 0; i < children->len && r == 0; i++) {
        Object *child = g_ptr_array_index(children, i);

        r = fn(child, opaque);
        if (r == 0 && recursive) {
            r = child_foreach(child, fn, opaque, true);
        }
    }
    g_ptr_array_free(children, true);
    return r;
}

int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque),
                         void *opaque)
{
    return child_foreach(obj, fn, opaque, false);
}

int object_child_foreach_recursive(Object *obj,
                                   int (*fn)(Object *child, void *opaque),
                                   void *opaque)
{
    return child_foreach(obj, fn, opaque, true);
}
