/* SPDX-License-Identifier: MIT */
/* "#!" lines, by Linux's rules. */
#ifndef LOADER_SCRIPT_H
#define LOADER_SCRIPT_H

#include "util/osdep.h"

typedef struct ScriptLine {
    char interp[256];
    char arg[256];              /* empty: none */
} ScriptLine;

/*
 * Parses the first len bytes of a file (at least 256 where it has them).
 * Returns 0, -ENOEXEC (no or bad "#!" line), or 1 if it is no script at all.
 */
int script_parse(const char *buf, size_t len, ScriptLine *out);

#endif
