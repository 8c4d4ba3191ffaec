/* SPDX-License-Identifier: MIT */
/* QMP's commands: a row each. */
#ifndef SYSTEM_QMP_INT_H
#define SYSTEM_QMP_INT_H

#include "util/osdep.h"

#include <json-glib/json-glib.h>

/*
 * A command gets its arguments (never NULL) and returns the value for
 * "return" (new; NULL: {}), or sets the error.
 */
typedef struct QmpCommand {
    const char *name;           /* NULL at the end */
    JsonNode *(*run)(JsonObject *args, GError **errp);
    const char *const *args;    /* names allowed; NULL: none */
} QmpCommand;

extern const QmpCommand qmp_machine_commands[];
extern const QmpCommand qmp_query_commands[];
extern const QmpCommand qmp_object_commands[];
const QmpCommand *const *qmp_tables(void);      /* ends with NULL */

/* Arguments; a missing or mistyped one that is needed sets the error. */
const char *qmp_arg_str(JsonObject *args, const char *name, bool needed,
                        GError **errp);
bool qmp_arg_int(JsonObject *args, const char *name, bool needed,
                 int64_t *value, GError **errp);
bool qmp_arg_bool(JsonObject *args, const char *name, bool otherwise,
                  GError **errp);

/* Results */
JsonNode *qmp_from_object(JsonObject *obj);     /* takes OBJ */
JsonNode *qmp_from_array(JsonArray *array);     /* takes ARRAY */
JsonNode *qmp_from_string(const char *text);

#define QMP_ERROR g_quark_from_static_string("qmp")
enum { QMP_ERROR_GENERIC, QMP_ERROR_NO_COMMAND, QMP_ERROR_NO_DEVICE };
void qmp_fail(GError **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

#endif
