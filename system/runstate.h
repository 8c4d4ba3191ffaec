/* SPDX-License-Identifier: MIT */
/*
 * What the machine as a whole is doing: running, paused, shut down; and the
 * requests (reset, shutdown, ...) that lead from one to the other.
 */
#ifndef SYSTEM_RUNSTATE_H
#define SYSTEM_RUNSTATE_H

#include "hw/core/runstate.h"

typedef enum RunState {
    RUN_STATE_PRELAUNCH,
    RUN_STATE_RUNNING,
    RUN_STATE_PAUSED,
    RUN_STATE_SUSPENDED,
    RUN_STATE_SHUTDOWN,
    RUN_STATE_DEBUG,            /* for a debugger */
    RUN_STATES
} RunState;

typedef struct RunOptions {
    bool no_reboot, no_shutdown;
    bool qtest;                 /* no vCPU runs */
} RunOptions;

void runstate_init(const RunOptions *opts);
RunState runstate_get(void);
const char *runstate_name(RunState s);          /* as QMP says it */
bool runstate_is_running(void);
void vm_start(void);
void vm_stop(RunState to);
/* The user's wish, in contrast to the guest's. */
void request_reset(void);
void request_shutdown(void);
void request_powerdown(void);
void request_wakeup(void);
void request_quit(int status);
/* A vCPU has come upon something for the debugger. */
void request_debug(void);
/* The virtual clock stands although the machine is started, from vm_start()
 * on. */
void runstate_hold_clock(bool hold);
/* Called when the machine has stopped. */
void runstate_set_stop_hook(void (*fn)(RunState to));
/* In the loop: carries out what was asked for.  True: the emulator ends. */
bool runstate_process(int *status);
/* First reset, before the machine starts. */
void runstate_first_reset(void);

/* NAME with DATA (a JSON object, or NULL): "SHUTDOWN", "RESET", ... */
typedef void RunStateEvent(const char *name, const char *data);
void runstate_set_event_hook(RunStateEvent *fn);
void runstate_event(const char *name, const char *data);

#endif
