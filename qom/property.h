/* SPDX-License-Identifier: MIT */
/*
 * Properties: named, typed values of objects and classes.
 *
 * Values travel as GVariants.  A PropertyKind says which GVariant type a kind
 * of property has, turns texts and other widths into it with range checks, and
 * moves it from and to a C field.  A setter sees only values of its kind.
 * Strings are byte strings ("ay"), as file names are; "s" is taken as well.
 */
#ifndef QOM_PROPERTY_H
#define QOM_PROPERTY_H

#include "qom/object.h"

typedef struct PropertyKind PropertyKind;

/* Returns new (never floating), or NULL with an error. */
typedef GVariant *PropertyGet(Object *obj, const Property *p, GError **errp);
typedef bool PropertySet(Object *obj, const Property *p, GVariant *value,
                         GError **errp);
/* The property goes away, or the object it is part of does. */
typedef void PropertyRelease(Object *obj, const Property *p);

struct PropertyKind {
    const char *name;           /* as users see it: "uint8", "size" */
    const char *format;         /* GVariant type */
    size_t size;                /* of the C field */
    GVariant *(*load)(const PropertyKind *kind, const void *field);
    void (*store)(const PropertyKind *kind, void *field, GVariant *value);
    /* VALUE (a text, a number) as one of this kind; returns new or NULL. */
    GVariant *(*coerce)(const PropertyKind *kind, const char *property,
                        GVariant *value, GError **errp);
    void (*clear)(const PropertyKind *kind, void *field);   /* may be NULL */
    int64_t min;                /* integers */
    uint64_t max;
    const char *const *values;  /* enumerations: names, NULL at the end */
    const PropertyKind *element;    /* arrays */
};

struct Property {
    char *name;
    char *type;                 /* as users see it: "bool", "link<device>" */
    char *description;          /* may be NULL */
    const PropertyKind *kind;
    PropertyGet *get;           /* NULL: write only */
    PropertySet *set;           /* NULL: read only */
    PropertyRelease *release;
    /* Links and children: the object it stands for, borrowed. */
    Object *(*resolve)(Object *obj, const Property *p);
    bool (*set_object)(Object *obj, const Property *p, Object *value,
                       GError **errp);
    GVariant *initial;          /* applied before instance_init; or NULL */
    void *opaque;
    void (*free_opaque)(void *opaque);
    bool is_child;
    bool internal;              /* not for users: help leaves it out */
};

/* A C array whose length is known at run time: a field of array kinds. */
typedef struct PropertyArray {
    uint32_t len;
    void *data;
} PropertyArray;

extern const PropertyKind property_bool;
extern const PropertyKind property_uint8, property_uint16, property_uint32,
                          property_uint64;
extern const PropertyKind property_int8, property_int16, property_int32,
                          property_int64;
extern const PropertyKind property_size;    /* uint64_t; "4K", "1.5G" */
extern const PropertyKind property_size32;
extern const PropertyKind property_string;  /* char *, owned */
extern const PropertyKind property_link;    /* a path */

/* An enumeration's kind: a C int, 0 for the first name. */
#define PROPERTY_ENUM(kind_name, names) {                             \
        .name = kind_name, .format = "s", .size = sizeof(int),        \
        .load = property_enum_load, .store = property_enum_store,     \
        .coerce = property_enum_coerce, .values = names }
GVariant *property_enum_load(const PropertyKind *kind, const void *field);
void property_enum_store(const PropertyKind *kind, void *field, GVariant *v);
GVariant *property_enum_coerce(const PropertyKind *kind, const char *property,
                               GVariant *value, GError **errp);

/* An array's kind: a PropertyArray.  Texts are lists with commas. */
#define PROPERTY_ARRAY(kind_name, element_kind) {                     \
        .name = kind_name, .format = "av",                            \
        .size = sizeof(PropertyArray), .load = property_array_load,   \
        .store = property_array_store, .clear = property_array_clear, \
        .coerce = property_array_coerce, .element = element_kind }
GVariant *property_array_load(const PropertyKind *kind, const void *field);
void property_array_store(const PropertyKind *kind, void *field, GVariant *v);
void property_array_clear(const PropertyKind *kind, void *field);
GVariant *property_array_coerce(const PropertyKind *kind, const char *property,
                                GVariant *value, GError **errp);

/* Values.  New ones are never floating. */
GVariant *value_new_string(const char *text);       /* NULL: "" */
const char *value_get_string(GVariant *value);      /* borrowed, or NULL */
char *value_print(GVariant *value);                 /* returns new */
/* "64K", "0x100", "1.5M": bytes.  UNIT multiplies a bare number. */
bool parse_size(const char *text, uint64_t unit, uint64_t *bytes,
                GError **errp);

typedef enum PropertyFlags {
    PROP_READ = 1,
    PROP_WRITE = 2,
    PROP_READWRITE = PROP_READ | PROP_WRITE,
    LINK_STRONG = 4,            /* the link holds a reference */
} PropertyFlags;

/*
 * Adding.  OBJ functions add to one object, class functions to all of a class.
 * The name must be free (a programmer's error otherwise), except in try_add.
 * The result is borrowed; the caller may fill in further members.
 */
Property *object_property_try_add(Object *obj, const char *name,
                                  const PropertyKind *kind, PropertyGet *get,
                                  PropertySet *set, PropertyRelease *release,
                                  void *opaque, GError **errp);
Property *object_property_add(Object *obj, const char *name,
                              const PropertyKind *kind, PropertyGet *get,
                              PropertySet *set, PropertyRelease *release,
                              void *opaque);
Property *object_class_property_add(ObjectClass *oc, const char *name,
                                    const PropertyKind *kind, PropertyGet *get,
                                    PropertySet *set, PropertyRelease *release,
                                    void *opaque);
void property_set_description(Property *p, const char *text);
void property_set_initial(Property *p, GVariant *value);    /* sinks VALUE */

typedef bool BoolGet(Object *obj, GError **errp);
typedef bool BoolSet(Object *obj, bool value, GError **errp);
typedef char *StrGet(Object *obj, GError **errp);           /* returns new */
typedef bool StrSet(Object *obj, const char *value, GError **errp);
typedef int EnumGet(Object *obj, GError **errp);
typedef bool EnumSet(Object *obj, int value, GError **errp);

Property *object_property_add_bool(Object *obj, const char *name, BoolGet *get,
                                   BoolSet *set);
Property *object_class_property_add_bool(ObjectClass *oc, const char *name,
                                         BoolGet *get, BoolSet *set);
Property *object_property_add_str(Object *obj, const char *name, StrGet *get,
                                  StrSet *set);
Property *object_class_property_add_str(ObjectClass *oc, const char *name,
                                        StrGet *get, StrSet *set);
/* KIND is a PROPERTY_ENUM. */
Property *object_property_add_enum(Object *obj, const char *name,
                                   const PropertyKind *kind, EnumGet *get,
                                   EnumSet *set);
Property *object_class_property_add_enum(ObjectClass *oc, const char *name,
                                         const PropertyKind *kind,
                                         EnumGet *get, EnumSet *set);
/* A field of any kind, given by address or by offset in the instance. */
Property *object_property_add_ptr(Object *obj, const char *name,
                                  const PropertyKind *kind, void *field,
                                  int flags);
Property *object_class_property_add_field(ObjectClass *oc, const char *name,
                                          const PropertyKind *kind,
                                          size_t offset, int flags);
/*
 * A pointer to another object.  CHECK may refuse (NULL: always allowed);
 * without PROP_WRITE only code sets it.
 */
typedef bool LinkCheck(Object *obj, const char *name, Object *value,
                       GError **errp);
bool link_allow_always(Object *obj, const char *name, Object *value,
                       GError **errp);
Property *object_property_add_link(Object *obj, const char *name,
                                   const char *type, Object **target,
                                   LinkCheck *check, int flags);
Property *object_class_property_add_link(ObjectClass *oc, const char *name,
                                         const char *type, size_t offset,
                                         LinkCheck *check, int flags);
/* NAME of OBJ is TARGET_NAME of TARGET, which must live as long. */
Property *object_property_add_alias(Object *obj, const char *name,
                                    Object *target, const char *target_name);

/* Finding.  Class properties are inherited; results are borrowed. */
Property *object_property_find(Object *obj, const char *name);
Property *object_class_property_find(ObjectClass *oc, const char *name);
Property *object_property_find_err(Object *obj, const char *name,
                                   GError **errp);
void object_property_del(Object *obj, const char *name);
/* Own ones in the order they were added, then the class's upwards. */
void object_property_foreach(Object *obj,
                             void (*fn)(Object *obj, Property *p, void *opaque),
                             void *opaque);
void object_class_property_foreach(ObjectClass *oc,
                                   void (*fn)(ObjectClass *oc, Property *p,
                                              void *opaque),
                                   void *opaque);

/* Getting and setting by name. */
GVariant *object_property_get(Object *obj, const char *name, GError **errp);
/* VALUE is borrowed (a floating one is consumed). */
bool object_property_set(Object *obj, const char *name, GVariant *value,
                         GError **errp);
/* From a text as users write it. */
bool object_property_parse(Object *obj, const char *name, const char *text,
                           GError **errp);
/* The same for what users may set: not what is internal. */
bool object_property_parse_user(Object *obj, const char *name,
                                const char *text, GError **errp);
char *object_property_print(Object *obj, const char *name, GError **errp);

/* On failure these return false, 0 or NULL and set the error. */
bool object_property_get_bool(Object *obj, const char *name, GError **errp);
int64_t object_property_get_int(Object *obj, const char *name, GError **errp);
uint64_t object_property_get_uint(Object *obj, const char *name,
                                  GError **errp);
char *object_property_get_str(Object *obj, const char *name, GError **errp);
int object_property_get_enum(Object *obj, const char *name, GError **errp);
Object *object_property_get_link(Object *obj, const char *name, GError **errp);
bool object_property_set_bool(Object *obj, const char *name, bool value,
                              GError **errp);
bool object_property_set_int(Object *obj, const char *name, int64_t value,
                             GError **errp);
bool object_property_set_uint(Object *obj, const char *name, uint64_t value,
                              GError **errp);
bool object_property_set_str(Object *obj, const char *name, const char *value,
                             GError **errp);
bool object_property_set_link(Object *obj, const char *name, Object *value,
                              GError **errp);

#endif
