/* SPDX-License-Identifier: MIT */
/*
 * The debugger in system mode (-gdb, -s, "gdbserver"): the protocol of gdbstub/
 * on a character stream.  A vCPU is a thread to the debugger, its number the
 * vCPU's plus one.  All runs in the main loop under the big lock, and nothing
 * is changed while the machine runs.
 */
#include "util/osdep.h"
#include "system/gdb.h"

#include "gdbstub/gdbstub.h"
#include "system/cpus.h"
#include "system/cpus-int.h"
#include "system/memory.h"
#include "system/monitor.h"
#include "system/runstate.h"
#include "target-i386/watch.h"
#include "util/optstr.h"

#define CHARDEV_ID "gdb"
enum { PAGE = 4096 };

static GdbStub *stub;
static CharFrontend stream;
static bool own_chardev;        /* made here, not by -chardev */
static bool feeding;            /* in gdb_feed() */
static unsigned sstep = GDB_SSTEP_ALL;
static bool watched;            /* there were watchpoints at the last resume */

/* ---- vCPUs ----------------------------------------------------------------- */

static uint64_t next_thread(uint64_t tid)
{
    return tid < cpus_count() ? tid + 1 : 0;
}

static CPUX86State *thread_env(uint64_t tid)
{
    return tid && tid <= cpus_count() ? vcpus[tid - 1].env : NULL;
}

static char *describe(uint64_t tid)
{
    return g_strdup_printf("CPU#%u [%s]", (unsigned)tid - 1,
                           cpus_is_halted(tid - 1) ? "halted" : "running");
}

static void set_ip(CPUX86State *env, uint64_t ip)
{
    env->sys->halted = false;
    x86_sys_set_ip(env, ip);
}

static void regs_written(CPUX86State *env)
{
    x86_sys_update_mode(env);
    vcpus[env->sys->index].fpu_written = true;
}

/* ---- memory ---------------------------------------------------------------- */

/* Page by page: all of it, or up to the first that is not mapped. */
static size_t access_mem(CPUX86State *env, uint64_t addr, uint8_t *buf,
                         size_t n, bool phys, bool write)
{
    size_t done = 0;

    while (done < n) {
        size_t len = MIN(n - done, PAGE - (addr & (PAGE - 1)));
        paddr at = addr;

        if (!phys && !cpus_translate(env->sys->index, addr, &at)) {
            break;
        }
        if (write) {
            address_space_write_rom(&address_space_memory, at,
                                    MEMTXATTRS_UNSPECIFIED, buf + done, len);
        } else {
            address_space_read(&address_space_memory, at,
                               MEMTXATTRS_UNSPECIFIED, buf + done, len);
        }
        addr += len;
        done += len;
    }
    return done;
}

static size_t read_mem(CPUX86State *env, uint64_t addr, uint8_t *buf,
                       size_t n, bool phys)
{
    return access_mem(env, addr, buf, n, phys, false);
}

static size_t write_mem(CPUX86State *env, uint64_t addr, const uint8_t *buf,
                        size_t n, bool phys)
{
    return access_mem(env, addr, (uint8_t *)buf, n, phys, true);
}

/* ---- going on -------------------------------------------------------------- */

static void prepare(VCPU *v, bool *stepping)
{
    GdbAction a = gdb_action(stub, v->index + 1);
    X86Debug *d = &v->env->sys->debug;
    bool step = a.how == GDB_STEP && (sstep & GDB_SSTEP_ENABLE);
    bool halted = v->env->sys->halted;

    v->held = a.how == GDB_STAY;
    v->env->watch_kind = 0;
    *d = (X86Debug) {
        .on = step, .step = step, .step_pc = v->env->h.pc,
        .start = a.start, .end = a.end,
        /* What is halted waits for an interrupt, and for time to pass. */
        .no_irq = step && (sstep & GDB_SSTEP_NOIRQ) && !halted,
    };
    *stepping |= step && !halted;
}

static void resume(void)
{
    RunState s = runstate_get();
    bool stepping = false;

    if (s == RUN_STATE_SHUTDOWN) {
        gdb_report_stop(stub, &(GdbStop) { .tid = 1, .sig = GDB_SIG_QUIT });
        return;
    }
    for (unsigned i = 0; i < cpus_count(); i++) {
        prepare(&vcpus[i], &stepping);
    }
    if (x86_nb_watches || watched) {
        watched = x86_nb_watches;
        cpus_memory_changed();
    }
    runstate_hold_clock(stepping && (sstep & GDB_SSTEP_NOTIMER));
    vm_start();
}

static void interrupt(void)
{
    vm_stop(RUN_STATE_PAUSED);
}

static void kill_machine(void)
{
    request_quit(0);
}

static void detach(void)
{
    resume();
}

/* ---- stops ----------------------------------------------------------------- */

static GdbReason reason_of(VCPU *v, vaddr *addr)
{
    GdbReason why = GDB_REASON_SIGNAL;

    *addr = v->env->watch_addr;
    switch (v->env->sys->debug.event) {
    case X86_DEBUG_BREAKPOINT:
        gdb_breakpoint_reason(stub, v->env->h.pc, &why);
        break;
    case X86_DEBUG_WATCH:
        why = gdb_watch_reason(v->env->watch_kind);
        break;
    default:
        break;
    }
    return why;
}

/* The machine has stopped, whoever wanted it. */
static void on_stop(RunState to)
{
    GdbStop stop = {
        .tid = 1,
        .sig = to == RUN_STATE_DEBUG ? GDB_SIG_TRAP
             : to == RUN_STATE_SHUTDOWN ? GDB_SIG_QUIT : GDB_SIG_INT,
    };

    for (unsigned i = cpus_count(); i-- > 0; ) {
        VCPU *v = &vcpus[i];

        if (to == RUN_STATE_DEBUG && v->env->sys->debug.event) {
            stop.tid = i + 1;
            stop.reason = reason_of(v, &stop.addr);
        }
        v->held = false;
        v->env->watch_kind = 0;
        v->env->sys->debug = (X86Debug) { .on = false };
    }
    runstate_hold_clock(false);
    if (gdb_is_connected(stub)) {
        gdb_report_stop(stub, &stop);
    }
}

/* ---- the stream ------------------------------------------------------------ */

static void send_bytes(const void *buf, size_t n)
{
    chardev_write(&stream, buf, n);
}

static int can_read(void *opaque)
{
    return GDB_PACKET_MAX;
}

static void read_bytes(void *opaque, const uint8_t *buf, size_t n)
{
    /* A monitor may have let it run behind the debugger's back. */
    if (!gdb_is_running(stub) && runstate_is_running()) {
        vm_stop(RUN_STATE_PAUSED);
    }
    feeding = true;
    gdb_feed(stub, buf, n);
    feeding = false;
}

static void on_event(void *opaque, CharEvent event)
{
    if (event == CHAR_EVENT_OPENED) {
        if (runstate_is_running()) {
            vm_stop(RUN_STATE_PAUSED);
        }
        gdb_connected(stub, &(GdbStop) { .tid = 1, .sig = GDB_SIG_TRAP });
    } else if (event == CHAR_EVENT_CLOSED) {
        gdb_disconnected(stub);
    }
}

/* tcp: and unix: wait for a debugger to come, without being told so. */
static char *full_spec(const char *spec)
{
    bool socket = g_str_has_prefix(spec, "tcp:") ||
                  g_str_has_prefix(spec, "unix:");

    return g_strconcat(spec, socket && !strstr(spec, "server")
                             ? ",server=on,wait=off" : "", NULL);
}

static void start(void)
{
    static const GdbFront front = {
        .attached = true, .pid = 1, .has_phys = true, .sstep = &sstep,
        .send = send_bytes, .next_thread = next_thread,
        .thread_env = thread_env, .describe = describe, .read = read_mem,
        .write = write_mem, .set_ip = set_ip, .regs_written = regs_written,
        .resume = resume, .interrupt = interrupt, .kill = kill_machine,
        .detach = detach, .monitor = hmp_run,
    };

    if (!stub) {
        stub = gdb_new(&front);
        runstate_set_stop_hook(on_stop);
    }
}

static void close_stream(void)
{
    if (stream.chr) {
        gdb_disconnected(stub);
        chardev_detach(&stream);
    }
    if (own_chardev) {
        chardev_remove(CHARDEV_ID, NULL);
        own_chardev = false;
    }
}

bool gdb_server_start(const char *spec, GError **errp)
{
    GError *err = NULL;
    Chardev *chr;
    char *full;

    if (feeding) {
        return opt_fail(errp, "not from the debugger itself");
    }
    start();
    close_stream();
    full = full_spec(spec);
    chr = chardev_new_legacy(CHARDEV_ID, full, &err);
    g_free(full);
    if (err) {
        g_propagate_error(errp, err);
        return false;
    }
    own_chardev = chr && !strcmp(chardev_id(chr), CHARDEV_ID);
    stream = (CharFrontend) {
        .can_read = can_read, .read = read_bytes, .event = on_event,
    };
    return !chr || chardev_attach(&stream, chr, errp);
}

void gdb_server_stop(int status)
{
    if (stub) {
        gdb_report_exit(stub, status, 0);
        close_stream();
    }
}
