/* SPDX-License-Identifier: MIT */
/*
 * What devices ask of the machine as a whole (reset, power off), and what the
 * user asks of devices (press the power button).  The front installs a
 * handler; a request is carried out by the main loop, not at once.
 */
#ifndef HW_CORE_RUNSTATE_H
#define HW_CORE_RUNSTATE_H

#include "util/osdep.h"

typedef enum MachineRequest {
    MACHINE_RESET,
    MACHINE_SHUTDOWN,
    MACHINE_SUSPEND,            /* to RAM */
    MACHINE_WAKEUP,             /* from there */
    MACHINE_EXIT,               /* arg: the emulator's exit status */
    MACHINE_REQUESTS
} MachineRequest;

void machine_request(MachineRequest what, int arg);
void machine_set_request_handler(void (*fn)(MachineRequest what, int arg));
/* Requests so far, for tests. */
unsigned machine_request_count(MachineRequest what);

/* "system_powerdown": every notifier is called. */
void machine_powerdown(void);
void powerdown_notifier_add(void (*fn)(void *opaque), void *opaque);
void powerdown_notifier_remove(void *opaque);
/* A suspended machine wakes: RESET_TYPE_WAKEUP, then these. */
void machine_wakeup(void);
void wakeup_notifier_add(void (*fn)(void *opaque), void *opaque);

#endif
