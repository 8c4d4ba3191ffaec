/* SPDX-License-Identifier: MIT */
/* Private to qom/: what a type is made of, property tables. */
#ifndef QOM_OBJECT_INT_H
#define QOM_OBJECT_INT_H

#include "qom/object.h"
#include "qom/property.h"

struct TypeImpl {
    TypeInfo info;
    TypeImpl *parent;           /* valid once resolved */
    bool resolved;
    bool broken;                /* a parent or interface is missing */
    bool busy;
    size_t instance_size;
    size_t class_size;
    ObjectClass *class;         /* NULL until first used */
};

struct PropertyTable {
    GHashTable *by_name;
    GPtrArray *order;           /* Property, owned */
};

TypeImpl *type_by_name(const char *name);       /* resolved, or NULL */
TypeImpl *type_parent(TypeImpl *t);
bool type_is_a(TypeImpl *t, TypeImpl *ancestor);

Property *property_table_find(const PropertyTable *table, const char *name);
void object_release_properties(Object *obj);
void object_apply_initial(Object *obj);

#endif
