/* SPDX-License-Identifier: MIT */
/* Monitors: the human one (HMP), a line a command; and QMP, JSON objects. */
#ifndef SYSTEM_MONITOR_H
#define SYSTEM_MONITOR_H

#include "chardev/char.h"

typedef enum MonitorMode {
    MONITOR_HMP,
    MONITOR_QMP,
    MONITOR_QMP_PRETTY,
} MonitorMode;

/* On a stream that nobody else has, or a mux. */
bool monitor_start(Chardev *chr, MonitorMode mode, GError **errp);
void monitors_stop(void);

/* Runs one command line of HMP; what it prints goes to OUT. */
void hmp_run(const char *line, GString *out);
/* False: this build has no QMP. */
bool qmp_start(Chardev *chr, bool pretty, GError **errp);
void qmp_stop(void);

#endif
