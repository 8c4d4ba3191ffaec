/* SPDX-License-Identifier: MIT */
/* Run states and requests: see runstate.h. */
#include "util/osdep.h"
#include "system/runstate.h"

#include "hw/core/reset.h"
#include "system/cpus.h"
#include "system/main-loop.h"
#include "system/timer.h"

/* Who asked for a reset or a shutdown, as events say it. */
typedef enum Cause {
    CAUSE_NONE,
    CAUSE_GUEST,
    CAUSE_HOST,
} Cause;

static RunOptions options;
static RunState state = RUN_STATE_PRELAUNCH;
static RunStateEvent *event_hook;

/* Requests come from any thread and are taken by the loop. */
static gint want_reset, want_shutdown, want_suspend, want_wakeup, want_quit,
    want_debug, exit_status;
static bool hold_clock;
static void (*stop_hook)(RunState to);

static const char *const names[RUN_STATES] = {
    [RUN_STATE_PRELAUNCH] = "prelaunch",
    [RUN_STATE_RUNNING] = "running",
    [RUN_STATE_PAUSED] = "paused",
    [RUN_STATE_SUSPENDED] = "suspended",
    [RUN_STATE_SHUTDOWN] = "shutdown",
    [RUN_STATE_DEBUG] = "debug",
};

RunState runstate_get(void)
{
    return state;
}

const char *runstate_name(RunState s)
{
    return names[s];
}

bool runstate_is_running(void)
{
    return state == RUN_STATE_RUNNING;
}

void runstate_set_event_hook(RunStateEvent *fn)
{
    event_hook = fn;
}

void runstate_event(const char *name, const char *data)
{
    if (event_hook) {
        event_hook(name, data);
    }
}

static void ask(gint *what, int value)
{
    g_atomic_int_set(what, value);
    main_loop_wake();
}

static int take(gint *what)
{
    int value = g_atomic_int_get(what);

    if (value) {
        g_atomic_int_set(what, 0);
    }
    return value;
}

/* What devices ask for. */
static void on_request(MachineRequest what, int arg)
{
    switch (what) {
    case MACHINE_RESET:
        ask(&want_reset, CAUSE_GUEST);
        break;
    case MACHINE_SHUTDOWN:
        ask(&want_shutdown, CAUSE_GUEST);
        break;
    case MACHINE_SUSPEND:
        ask(&want_suspend, 1);
        break;
    case MACHINE_WAKEUP:
        request_wakeup();
        break;
    case MACHINE_EXIT:
        request_quit(arg);
        break;
    default:
        break;
    }
}

void request_reset(void)
{
    ask(&want_reset, CAUSE_HOST);
}

void request_shutdown(void)
{
    ask(&want_shutdown, CAUSE_HOST);
}

void request_powerdown(void)
{
    runstate_event("POWERDOWN", NULL);
    machine_powerdown();
}

void request_wakeup(void)
{
    ask(&want_wakeup, 1);
}

void request_quit(int status)
{
    g_atomic_int_set(&exit_status, status);
    ask(&want_quit, 1);
}

void request_debug(void)
{
    ask(&want_debug, 1);
}

void runstate_hold_clock(bool hold)
{
    hold_clock = hold;
}

void runstate_set_stop_hook(void (*fn)(RunState to))
{
    stop_hook = fn;
}

void runstate_init(const RunOptions *opts)
{
    options = *opts;
    machine_set_request_handler(on_request);
}

static void set_running(bool on)
{
    if (on) {
        if (!hold_clock) {
            virtual_clock_start();
        }
        if (!options.qtest) {
            cpus_resume_all();
        }
    } else {
        if (!options.qtest) {
            cpus_pause_all();
        }
        virtual_clock_stop();
    }
}

void vm_start(void)
{
    if (state == RUN_STATE_RUNNING) {
        return;
    }
    state = RUN_STATE_RUNNING;
    runstate_event("RESUME", NULL);
    set_running(true);
}

void vm_stop(RunState to)
{
    bool was = state == RUN_STATE_RUNNING;

    if (was) {
        set_running(false);
    }
    state = to;
    if (was) {
        runstate_event("STOP", NULL);
        if (stop_hook) {
            stop_hook(to);
        }
    }
}

static void reset_all(ResetType type)
{
    system_reset(type);
    if (!options.qtest) {
        cpus_reset();
    }
}

void runstate_first_reset(void)
{
    reset_all(RESET_TYPE_COLD);
}

static void do_reset(Cause cause)
{
    bool was = state == RUN_STATE_RUNNING;
    char *data = g_strdup_printf("{\"guest\": %s, \"reason\": \"%s\"}",
                                 cause == CAUSE_GUEST ? "true" : "false",
                                 cause == CAUSE_GUEST ? "guest-reset"
                                                      : "host-qmp-system-reset");

    if (was) {
        set_running(false);
    }
    reset_all(RESET_TYPE_COLD);
    runstate_event("RESET", data);
    g_free(data);
    if (was) {
        set_running(true);
    } else if (state != RUN_STATE_PRELAUNCH && state != RUN_STATE_PAUSED) {
        state = RUN_STATE_PAUSED;
    }
}

/* True: the emulator ends. */
static bool do_shutdown(Cause cause)
{
    char *data = g_strdup_printf("{\"guest\": %s, \"reason\": \"%s\"}",
                                 cause == CAUSE_GUEST ? "true" : "false",
                                 cause == CAUSE_GUEST ? "guest-shutdown"
                                                      : "host-qmp-quit");

    runstate_event("SHUTDOWN", data);
    g_free(data);
    if (options.no_shutdown) {
        vm_stop(RUN_STATE_SHUTDOWN);
        return false;
    }
    return true;
}

static void do_suspend(void)
{
    if (state == RUN_STATE_RUNNING) {
        vm_stop(RUN_STATE_SUSPENDED);
        runstate_event("SUSPEND", NULL);
    }
}

static void do_wakeup(void)
{
    if (state == RUN_STATE_SUSPENDED) {
        runstate_event("WAKEUP", NULL);
        reset_all(RESET_TYPE_WAKEUP);
        machine_wakeup();
        vm_start();
    }
}

bool runstate_process(int *status)
{
    Cause cause;

    if (take(&want_quit)) {
        *status = g_atomic_int_get(&exit_status);
        return true;
    }
    if ((cause = take(&want_shutdown)) && do_shutdown(cause)) {
        *status = 0;
        return true;
    }
    if ((cause = take(&want_reset))) {
        if (options.no_reboot) {
            if (do_shutdown(cause)) {
                *status = 0;
                return true;
            }
        } else {
            do_reset(cause);
        }
    }
    if (take(&want_suspend)) {
        do_suspend();
    }
    if (take(&want_wakeup)) {
        do_wakeup();
    }
    if (take(&want_debug) && state == RUN_STATE_RUNNING) {
        vm_stop(RUN_STATE_DEBUG);
    }
    return false;
}
