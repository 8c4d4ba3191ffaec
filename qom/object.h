/* SPDX-License-Identifier: MIT */
/*
 * Object model: types, classes, interfaces, instances.
 *
 * A type is a TypeInfo registered by name.  Its class is made when first used:
 * the parent's class is copied, class_base_init of every ancestor runs, then
 * class_init fills in methods.  An instance embeds its parent's as the first
 * member; instance_init runs from the root of the hierarchy down, finalize from
 * the leaf up.  An interface is a type whose class holds methods only; every
 * class that implements it has its own copy of that class.
 *
 * Everything here runs under the big lock, except reference counts and casts.
 */
#ifndef QOM_OBJECT_H
#define QOM_OBJECT_H

#include "qom/error.h"
#include "qom/module.h"
#include "util/osdep.h"

typedef struct Object Object;
typedef struct ObjectClass ObjectClass;
typedef struct InterfaceClass InterfaceClass;
typedef struct TypeImpl TypeImpl;
typedef struct TypeInfo TypeInfo;
typedef struct Property Property;
typedef struct PropertyTable PropertyTable;

#define TYPE_OBJECT    "object"
#define TYPE_INTERFACE "interface"
#define TYPE_CONTAINER "container"

#define OBJECT_CAST_CACHE 4

struct ObjectClass {
    TypeImpl *type;
    GPtrArray *interfaces;      /* InterfaceClass, owned */
    PropertyTable *properties;  /* of this class alone */
    const char *cast_cache[OBJECT_CAST_CACHE];
    /* Called before an object leaves its parent in the composition tree. */
    void (*unparent)(Object *obj);
};

struct InterfaceClass {
    ObjectClass parent_class;
    ObjectClass *concrete;      /* the class that implements it */
};

struct Object {
    ObjectClass *class;
    void (*free)(void *mem);    /* NULL for embedded objects */
    PropertyTable *properties;
    Object *parent;             /* borrowed; the parent holds a reference */
    Property *slot;             /* the parent's child property */
    unsigned ref;
};

typedef struct InterfaceInfo {
    const char *type;
} InterfaceInfo;

struct TypeInfo {
    const char *name;
    const char *parent;                 /* NULL: "object" */
    size_t instance_size;               /* 0: the parent's */
    size_t class_size;                  /* 0: the parent's */
    bool abstract;
    const void *class_data;             /* passed to class_init */
    void (*class_init)(ObjectClass *oc, const void *data);
    /* Runs for this class and every class below, before their class_init. */
    void (*class_base_init)(ObjectClass *oc, const void *data);
    void (*instance_init)(Object *obj);
    void (*instance_post_init)(Object *obj);    /* after all instance_init */
    void (*instance_finalize)(Object *obj);
    const InterfaceInfo *interfaces;    /* ends with a NULL type */
};

/* The TypeInfo is copied; its strings and class_data must be static. */
void type_register_static(const TypeInfo *info);
void type_register_static_array(const TypeInfo *infos, int n);

#define DEFINE_TYPES(infos)                                           \
    static void infos##_register(void)                                \
    {                                                                 \
        type_register_static_array(infos, ARRAY_SIZE(infos));         \
    }                                                                 \
    type_init(infos##_register)

/* Classes.  All results are borrowed and live for ever. */
ObjectClass *object_class_by_name(const char *type);    /* NULL: unknown */
ObjectClass *object_class_get_parent(ObjectClass *oc);
const char *object_class_get_name(const ObjectClass *oc);
bool object_class_is_abstract(const ObjectClass *oc);
bool object_class_is_interface(const ObjectClass *oc);
/* NULL when OC is neither of TYPE nor implements it (or ambiguously). */
ObjectClass *object_class_dynamic_cast(ObjectClass *oc, const char *type);
/* The cast the programmer vouches for: aborts with a message otherwise. */
ObjectClass *object_class_check(ObjectClass *oc, const char *type);
/* Calls FN for each class of or implementing TYPE (NULL: all); order of names.
 */
void object_class_foreach(void (*fn)(ObjectClass *oc, void *opaque),
                          const char *type, bool include_abstract,
                          void *opaque);
/* Returns a new list of borrowed classes, sorted by name. */
GSList *object_class_get_list(const char *type, bool include_abstract);

/* Instances. */
Object *object_new(const char *type);           /* returns new; aborts if bad */
Object *object_new_checked(const char *type, GError **errp);
Object *object_new_with_class(ObjectClass *oc);
/* In place: MEM has SIZE bytes.  The reference belongs to the caller. */
void object_initialize(void *mem, size_t size, const char *type);
/* The same, then made the child NAME of PARENT, which owns it. */
void object_initialize_child(Object *parent, const char *name, void *mem,
                             size_t size, const char *type);
Object *object_ref(void *obj);                  /* NULL is allowed */
void object_unref(void *obj);

static inline ObjectClass *object_get_class(const Object *obj)
{
    return obj->class;
}
const char *object_get_typename(const Object *obj);
Object *object_dynamic_cast(Object *obj, const char *type);
Object *object_check(const void *obj, const char *type);

#define OBJECT(obj)           ((Object *)(obj))
#define OBJECT_CLASS(oc)      ((ObjectClass *)(oc))
#define OBJECT_GET_CLASS(obj) (OBJECT(obj)->class)

/* NAME(obj) is a checked cast of instances to Instance. */
#define OBJECT_DECLARE_SIMPLE_TYPE(Instance, NAME)                    \
    typedef struct Instance Instance;                                 \
    static inline __attribute__((unused)) Instance *NAME(const void *obj) \
    {                                                                 \
        return (Instance *)object_check(obj, TYPE_##NAME);            \
    }

#define DECLARE_CLASS_CHECKERS(Class, NAME)                           \
    static inline __attribute__((unused)) Class *NAME##_CLASS(void *oc) \
    {                                                                 \
        return (Class *)object_class_check(oc, TYPE_##NAME);          \
    }                                                                 \
    static inline __attribute__((unused)) Class *                     \
        NAME##_GET_CLASS(const void *obj)                             \
    {                                                                 \
        return (Class *)object_class_check(OBJECT_GET_CLASS(obj),     \
                                           TYPE_##NAME);              \
    }

/* Also NAME_CLASS(oc) and NAME_GET_CLASS(obj). */
#define OBJECT_DECLARE_TYPE(Instance, Class, NAME)                    \
    typedef struct Class Class;                                       \
    OBJECT_DECLARE_SIMPLE_TYPE(Instance, NAME)                        \
    DECLARE_CLASS_CHECKERS(Class, NAME)

/* The composition tree.  Children are owned by their parent. */
Object *object_get_root(void);                  /* borrowed */
Object *object_get_objects_root(void);          /* "/objects", borrowed */
/* The container at PATH below ROOT, made when missing; borrowed. */
Object *object_container_get(Object *root, const char *path);
/* The child is referenced.  NAME may end in "[*]": the first free index. */
void object_property_add_child(Object *obj, const char *name, Object *child);
bool object_property_try_add_child(Object *obj, const char *name,
                                   Object *child, GError **errp);
void object_unparent(Object *obj);
/* Its name in the parent, borrowed; NULL without parent. */
const char *object_get_canonical_path_component(const Object *obj);
/* Returns new; NULL when it is not below the root. */
char *object_get_canonical_path(const Object *obj);
/*
 * Absolute ("/a/b"), or partial ("b", "a/b"): any place where it fits; two
 * places make it ambiguous and the result NULL.  AMBIGUOUS may be NULL.
 */
Object *object_resolve_path(const char *path, bool *ambiguous);
Object *object_resolve_path_type(const char *path, const char *type,
                                 bool *ambiguous);
/* Relative to PARENT: children and links; "" is PARENT. */
Object *object_resolve_path_at(Object *parent, const char *path);
Object *object_resolve_path_component(Object *parent, const char *part);
/* Stops at the first result that is not 0 and returns it. */
int object_child_foreach(Object *obj, int (*fn)(Object *child, void *opaque),
                         void *opaque);
int object_child_foreach_recursive(Object *obj,
                                   int (*fn)(Object *child, void *opaque),
                                   void *opaque);

#endif
