/* SPDX-License-Identifier: MIT */
/*
 * Option strings: "driver,prop=value,flag".  A comma in a value is doubled.
 * A name without a value means "on"; the first part without '=' is the value
 * of the implied name, if there is one.
 */
#ifndef UTIL_OPTSTR_H
#define UTIL_OPTSTR_H

#include "util/osdep.h"

typedef struct OptPair {
    char *name;
    char *value;
    bool bare;                  /* no '=' was given */
} OptPair;

typedef struct OptString {
    OptPair *pairs;
    int n;
} OptString;

/* IMPLIED may be NULL.  Returns new; NULL for an empty name. */
OptString *optstr_parse(const char *text, const char *implied, GError **errp);
void optstr_free(OptString *opts);
/* The last value of NAME, borrowed; NULL: not given. */
const char *optstr_get(const OptString *opts, const char *name);
/* "help" or "?" stands alone somewhere in it. */
bool optstr_has_help(const OptString *opts);

/* A name users may give: letters, digits, "-", ".", "_", the first a letter. */
bool opt_is_id(const char *id);
/* "help" or "?". */
bool opt_is_help(const char *text);
/* "on", "yes", "true", "y" or their opposites into *VALUE; false: neither. */
bool opt_bool(const char *text, bool *value);
/* Says what is wrong with an option or its value.  Always false. */
bool opt_fail(GError **errp, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

#endif
