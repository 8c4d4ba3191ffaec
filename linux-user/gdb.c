/* SPDX-License-Identifier: MIT */
/*
 * Threads under a debugger: stopping all of them, talking, and going on; see
 * gdb.h.
 *
 * A thread that has something to report takes the lock.  If another one was
 * first it parks, and sees afterwards whether its own reason still holds.
 * Else it has the others leave generated code and system calls (which start
 * again later), waits until they have parked, and talks while it holds the
 * lock.  A thread that stays away in a system call is left there: it parks
 * when it comes back.
 */
#include "util/osdep.h"
#include "linux-user/gdb-int.h"

#include "linux-user/signal.h"
#include "target-i386/fpu_state.h"
#include "tcg/breakpoint.h"

#include <sys/syscall.h>

/* How long to wait for those in system calls, and how often to wake them. */
enum { ROUND_MS = 2, ROUNDS = 50 };

struct GdbUser gdb_user = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .go = PTHREAD_COND_INITIALIZER,
    .parked = PTHREAD_COND_INITIALIZER,
};

static GdbTask *task_gdb(CPUX86State *env)
{
    return task_of(env)->gdb;
}

GdbTask *gdb_find_task(uint64_t tid)
{
    GdbTask *k = gdb_user.tasks;

    while (k && k->tid != tid) {
        k = k->next;
    }
    return k;
}

/* ---- waking threads up --------------------------------------------------- */

bool gdb_user_woken(const siginfo_t *info)
{
    if (info->si_code == SI_SIGIO && gdb_socket_is(info->si_fd)) {
        __atomic_store_n(&gdb_user.input, true, __ATOMIC_SEQ_CST);
        return true;
    }
    return info->si_code == SI_QUEUE && info->si_pid == getpid() &&
           info->si_ptr == &gdb_user;
}

/* A system call it waits in ends as if for a signal that nobody handles. */
static void wake(const GdbTask *k)
{
    siginfo_t info = {
        .si_signo = SIGTRAP, .si_code = SI_QUEUE,
    };

    info.si_pid = getpid();
    info.si_ptr = &gdb_user;
    syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)k->tid, SIGTRAP, &info);
}

/* Those that stand still must not be the ones that are woken. */
static void block_wake(int how)
{
    uint64_t set = sig_bit(SIGTRAP);

    syscall(SYS_rt_sigprocmask, how, &set, NULL, sizeof(set));
}

/* ---- parking ------------------------------------------------------------- */

static void stand_still_locked(GdbTask *k)
{
    x86_fpu_sync(k->env);
    k->parked = true;
    block_wake(SIG_BLOCK);
    pthread_cond_broadcast(&gdb_user.parked);
}

static void go_on_locked(GdbTask *k)
{
    block_wake(SIG_UNBLOCK);
    k->parked = false;
    x86_fpu_load(k->env);
    /* Watchpoints are in the mode. */
    x86_set_ip(k->env, x86_eip(k->env));
}

static bool must_wait(const GdbTask *k)
{
    return !gdb_user.running || k->action.how == GDB_STAY;
}

static void park_locked(GdbTask *k)
{
    if (must_wait(k)) {
        stand_still_locked(k);
        while (must_wait(k)) {
            pthread_cond_wait(&gdb_user.go, &gdb_user.lock);
        }
        go_on_locked(k);
    }
}

static bool all_parked(bool patient)
{
    for (GdbTask *k = gdb_user.tasks; k; k = k->next) {
        if (!k->parked && (patient || tcg_thread_inside(&k->env->h))) {
            return false;
        }
    }
    return true;
}

static void stop_others_locked(void)
{
    for (unsigned i = 0; !all_parked(i < ROUNDS); i++) {
        struct timespec ts;

        for (GdbTask *k = gdb_user.tasks; k; k = k->next) {
            if (!k->parked) {
                tcg_request_exit(&k->env->h);
                wake(k);
            }
        }
        clock_gettime(CLOCK_REALTIME, &ts);
        ts.tv_nsec += ROUND_MS * 1000000;
        if (ts.tv_nsec >= 1000000000) {
            ts.tv_nsec -= 1000000000;
            ts.tv_sec++;
        }
        pthread_cond_timedwait(&gdb_user.parked, &gdb_user.lock, &ts);
    }
}

/* ---- talking ------------------------------------------------------------- */

static void lost(void)
{
    gdb_disconnected(gdb_user.stub);
    gdb_socket_close();
}

static void talk_locked(void)
{
    uint8_t buf[4096];

    while (gdb_is_connected(gdb_user.stub) &&
           !gdb_is_running(gdb_user.stub)) {
        ssize_t n = gdb_socket_recv(buf, sizeof(buf), true);

        if (n <= 0) {
            lost();
        } else {
            gdb_feed(gdb_user.stub, buf, n);
        }
    }
}

/* What each is to do; false: none of them does anything. */
static bool hand_out_locked(void)
{
    bool any = false;

    for (GdbTask *k = gdb_user.tasks; k; k = k->next) {
        k->action = gdb_action(gdb_user.stub, k->tid);
        k->armed = false;
        k->step_pc = k->env->h.pc;
        any |= k->action.how != GDB_STAY;
    }
    return any;
}

static void let_go_locked(void)
{
    if (gdb_is_connected(gdb_user.stub) && gdb_socket_announce(true)) {
        __atomic_store_n(&gdb_user.input, true, __ATOMIC_SEQ_CST);
    }
    gdb_user.running = true;
    pthread_cond_broadcast(&gdb_user.go);
}

/* Stops everything for stop, and comes back when k may go on.  The guest was
 * running. */
static void stop_locked(GdbTask *k, GdbStop stop)
{
    gdb_user.running = gdb_user.interrupt = false;
    stand_still_locked(k);
    gdb_socket_announce(false);
    stop_others_locked();
    do {
        gdb_report_stop(gdb_user.stub, &stop);
        talk_locked();
        stop.reason = GDB_REASON_NO_RESUMED;
        stop.sig = 0;
    } while (!hand_out_locked());
    k->info = NULL;
    let_go_locked();
    while (must_wait(k)) {
        pthread_cond_wait(&gdb_user.go, &gdb_user.lock);
    }
    go_on_locked(k);
}

/* The same unless another thread is first: then false, once it is over. */
static bool try_stop_locked(GdbTask *k, GdbReason reason, int sig, vaddr addr)
{
    if (must_wait(k)) {
        park_locked(k);
        return false;
    }
    if (gdb_is_connected(gdb_user.stub)) {
        stop_locked(k, (GdbStop) {
            .tid = k->tid, .sig = sig, .reason = reason, .addr = addr,
        });
    }
    return true;
}

/* Input while the guest runs. */
static void serve_input_locked(GdbTask *k)
{
    uint8_t buf[256];
    ssize_t n = gdb_socket_recv(buf, sizeof(buf), false);

    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        lost();
    } else if (n > 0) {
        gdb_feed(gdb_user.stub, buf, n);
    }
    if (gdb_user.interrupt) {
        try_stop_locked(k, GDB_REASON_SIGNAL, GDB_SIG_INT, 0);
    }
}

/* ---- the list of threads ------------------------------------------------- */

static void add_task_locked(CPUX86State *env)
{
    GdbTask *k = g_new0(GdbTask, 1), **end = &gdb_user.tasks;

    k->env = env;
    k->tid = syscall(SYS_gettid);
    k->action.how = GDB_CONT;
    while (*end) {
        end = &(*end)->next;
    }
    *end = k;
    task_of(env)->gdb = k;
}

/* It is no longer under the debugger; the caller frees it. */
static void remove_task_locked(GdbTask *k)
{
    GdbTask **link = &gdb_user.tasks;

    while (*link != k) {
        link = &(*link)->next;
    }
    *link = k->next;
    task_of(k->env)->gdb = NULL;
}

static bool any_resumed(void)
{
    for (GdbTask *k = gdb_user.tasks; k; k = k->next) {
        if (k->action.how != GDB_STAY) {
            return true;
        }
    }
    return false;
}

/* ---- around tcg_run() ---------------------------------------------------- */

/* The debugger gave a signal along with its leave to go on. */
static bool take_signal_locked(GdbTask *k, siginfo_t *info)
{
    int sig = gdb_signal_to_linux(k->action.sig);

    k->action.sig = 0;
    *info = (siginfo_t) { .si_signo = sig, .si_code = SI_USER };
    info->si_pid = getpid();
    info->si_uid = getuid();
    return sig;
}

bool gdb_user_before_run(CPUX86State *env)
{
    GdbTask *k = task_gdb(env);
    siginfo_t info;
    bool has_signal;

    if (!k) {
        return false;
    }
    pthread_mutex_lock(&gdb_user.lock);
    park_locked(k);
    if (__atomic_exchange_n(&gdb_user.input, false, __ATOMIC_SEQ_CST) &&
        gdb_is_connected(gdb_user.stub)) {
        serve_input_locked(k);
    }
    if (!gdb_is_connected(gdb_user.stub)) {
        remove_task_locked(k);
        pthread_mutex_unlock(&gdb_user.lock);
        g_free(k);
        return false;
    }
    has_signal = take_signal_locked(k, &info);
    if (!has_signal && (k->action.how == GDB_STEP || env->watch_kind)) {
        k->armed = true;
        tcg_step_once(&env->h);
    }
    pthread_mutex_unlock(&gdb_user.lock);
    if (has_signal) {
        signal_act(env, &info);
        gdb_user_after_run(env, TCG_EXIT_REQUEST);
    }
    return true;
}

/* A step that began at k->step_pc: is it over? */
static bool step_done(GdbTask *k, unsigned reason)
{
    uint64_t pc = k->env->h.pc;
    const GdbAction *a = &k->action;

    if (a->how != GDB_STEP ||
        !((k->armed && reason == TCG_EXIT_STEP) || pc != k->step_pc)) {
        return false;
    }
    k->step_pc = pc;
    return pc < a->start || pc >= a->end || tcg_breakpoint_at(pc);
}

void gdb_user_after_run(CPUX86State *env, unsigned reason)
{
    GdbTask *k = task_gdb(env);
    GdbReason why = GDB_REASON_SIGNAL;
    bool stop = false;

    if (!k) {                   /* a new process */
        return;
    }
    pthread_mutex_lock(&gdb_user.lock);
    if (env->watch_kind && reason != EXCP_WATCH &&
        reason != TCG_EXIT_REQUEST) {
        why = gdb_watch_reason(env->watch_kind);
        env->watch_kind = 0;
        while (!try_stop_locked(k, why, GDB_SIG_TRAP, env->watch_addr)) {
        }
    } else if (reason == TCG_EXIT_BREAKPOINT) {
        stop = gdb_breakpoint_reason(gdb_user.stub, env->h.pc, &why);
    } else {
        stop = step_done(k, reason);
    }
    /* If others come first these happen again, or are of no interest then. */
    if (stop) {
        try_stop_locked(k, why, GDB_SIG_TRAP, 0);
    }
    pthread_mutex_unlock(&gdb_user.lock);
}

bool gdb_user_signal(CPUX86State *env, siginfo_t *info)
{
    GdbTask *k = task_gdb(env);
    int sig = gdb_signal_from_linux(info->si_signo);
    siginfo_t other = { 0 };
    bool pass = true;

    pthread_mutex_lock(&gdb_user.lock);
    k->info = info;
    while (gdb_is_connected(gdb_user.stub) &&
           !gdb_passes_signal(gdb_user.stub, sig)) {
        if (try_stop_locked(k, GDB_REASON_SIGNAL, sig, 0)) {
            pass = take_signal_locked(k, &other) ||
                   !gdb_is_connected(gdb_user.stub);
            break;
        }
        k->info = info;
    }
    if (pass && other.si_signo && other.si_signo != info->si_signo) {
        *info = other;
    }
    k->info = NULL;
    pthread_mutex_unlock(&gdb_user.lock);
    return pass;
}

/* ---- life ---------------------------------------------------------------- */

void gdb_user_task_start(CPUX86State *env)
{
    pthread_mutex_lock(&gdb_user.lock);
    if (gdb_is_connected(gdb_user.stub)) {
        add_task_locked(env);
    }
    pthread_mutex_unlock(&gdb_user.lock);
}

/* The last one takes the process along; and if the debugger waits for this
 * thread alone it must be told. */
void gdb_user_task_end(CPUX86State *env, int status)
{
    GdbTask *k = task_gdb(env);

    pthread_mutex_lock(&gdb_user.lock);
    park_locked(k);
    remove_task_locked(k);
    if (!gdb_user.tasks) {
        gdb_report_exit(gdb_user.stub, status, 0);
    } else if (!any_resumed() && gdb_is_connected(gdb_user.stub)) {
        stop_locked(k, (GdbStop) {
            .tid = gdb_user.tasks->tid, .reason = GDB_REASON_NO_RESUMED,
        });
    }
    pthread_mutex_unlock(&gdb_user.lock);
    g_free(k);
}

void gdb_user_exited(CPUX86State *env, int status, int sig)
{
    pthread_mutex_lock(&gdb_user.lock);
    park_locked(task_gdb(env));
    gdb_report_exit(gdb_user.stub, status, gdb_signal_from_linux(sig));
    pthread_mutex_unlock(&gdb_user.lock);
}

/* The lock may have been another thread's. */
void gdb_user_fork_child(CPUX86State *env)
{
    pthread_mutex_init(&gdb_user.lock, NULL);
    lost();
    task_of(env)->gdb = NULL;
    gdb_user.tasks = NULL;
}

void gdb_user_start(CPUX86State *env, const char *where)
{
    GdbTask *k;

    gdb_socket_open(where);
    pthread_mutex_lock(&gdb_user.lock);
    gdb_user.stub = gdb_new(gdb_user_front());
    add_task_locked(env);
    k = task_gdb(env);
    gdb_connected(gdb_user.stub, &(GdbStop) {
        .tid = k->tid, .sig = GDB_SIG_TRAP,
    });
    stop_locked(k, (GdbStop) { .tid = k->tid, .sig = GDB_SIG_TRAP });
    pthread_mutex_unlock(&gdb_user.lock);
}
