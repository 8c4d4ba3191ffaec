/* SPDX-License-Identifier: MIT */
/* Objects that users make: -object TYPE,id=ID,property=value,... */
#ifndef QOM_USER_CREATABLE_H
#define QOM_USER_CREATABLE_H

#include "qom/property.h"
#include "util/optstr.h"

#define TYPE_USER_CREATABLE "user-creatable"

typedef struct UserCreatableClass {
    InterfaceClass parent_class;
    /* After all properties are set; may be NULL. */
    bool (*complete)(Object *obj, GError **errp);
    bool (*can_be_deleted)(Object *obj);        /* NULL: always */
} UserCreatableClass;
DECLARE_CLASS_CHECKERS(UserCreatableClass, USER_CREATABLE)

/* Made below /objects, which owns it; borrowed, or NULL. */
Object *user_creatable_add(const OptString *opts, GError **errp);
/* "TYPE,id=ID,..." */
Object *user_creatable_add_str(const char *text, GError **errp);
bool user_creatable_del(const char *id, GError **errp);
/* Sets every pair except the names in SKIP (NULL at the end). */
bool object_set_properties(Object *obj, const OptString *opts,
                           const char *const *skip, GError **errp);
/* "-object help" and "-object TYPE,help": true when it was
 * printed.  Nothing is known of a wrong TYPE. */
bool user_creatable_print_help(const OptString *opts, GString *out);
/* One line a property that users can set, sorted. */
void object_class_print_properties(ObjectClass *oc, GString *out);

#endif
