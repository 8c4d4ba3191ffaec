/* SPDX-License-Identifier: MIT */
/* The debugger in system mode: see gdb.c and docs/debugging.md. */
#ifndef SYSTEM_GDB_H
#define SYSTEM_GDB_H

#include "chardev/char.h"

#define GDB_SERVER_DEFAULT "tcp::1234"

/*
 * Where a debugger may come: as -serial has it, and "tcp::1234" or "unix:PATH"
 * listen.  "none": no longer.  Under the big lock.
 */
bool gdb_server_start(const char *spec, GError **errp);
/* At exit, with the emulator's status. */
void gdb_server_stop(int status);

#endif
