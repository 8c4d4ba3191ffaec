/* SPDX-License-Identifier: MIT */
/*
 * The guest's side of signals: handler table, delivery, and the decision what
 * becomes of an interrupted system call (signal(7)).
 */
#include "util/osdep.h"
#include "linux-user/signal.h"

#include "linux-user/gdb.h"

SigHand *sighand_new(void)
{
    SigHand *sh = g_new0(SigHand, 1);

    pthread_mutex_init(&sh->lock, NULL);
    sh->refs = 1;
    return sh;
}

SigHand *sighand_copy(SigHand *old)
{
    SigHand *sh = sighand_new();

    pthread_mutex_lock(&old->lock);
    memcpy(sh->action, old->action, sizeof(sh->action));
    pthread_mutex_unlock(&old->lock);
    return sh;
}

SigHand *sighand_ref(SigHand *sh)
{
    __atomic_fetch_add(&sh->refs, 1, __ATOMIC_RELAXED);
    return sh;
}

void sighand_unref(SigHand *sh)
{
    if (__atomic_sub_fetch(&sh->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        g_free(sh);
    }
}

/* ---- what is queued ------------------------------------------------------ */

/* Slots that may be delivered now: a fault-type signal sent by somebody is
 * blocked here, all others were let through by the kernel. */
static uint32_t deliverable_slots(const TaskState *t)
{
    uint32_t q = t->queued;

    for (int i = 0; i < NB_SYNC; i++) {
        if ((q & (1u << i)) && (t->sigmask & sig_bit(t->slot[i].si_signo))) {
            q &= ~(1u << i);
        }
    }
    return q;
}

bool signal_deliverable(const TaskState *t)
{
    return t->queued && deliverable_slots(t);
}

static bool dequeue(TaskState *t, siginfo_t *info)
{
    uint32_t q = deliverable_slots(t);
    int i;

    if (!q) {
        return false;
    }
    i = __builtin_ctz(q);
    *info = t->slot[i];
    __atomic_fetch_and(&t->queued, ~(1u << i), __ATOMIC_SEQ_CST);
    return true;
}

/* ---- default actions ----------------------------------------------------- */

/* Only reached by fault-type signals, and by others whose handler went away
 * after the host had called ours. */
static void default_action(CPUX86State *env, const siginfo_t *info)
{
    int sig = info->si_signo;

    switch (sig) {
    case SIGCHLD: case SIGURG: case SIGWINCH: case SIGCONT:
        return;
    case SIGTSTP: case SIGTTIN: case SIGTTOU: case SIGSTOP:
        kill(getpid(), SIGSTOP);
        return;
    default:
        signal_report_death(env, sig);
        if (task_of(env)->gdb) {
            gdb_user_exited(env, 0, sig);
        }
        signal_die(sig);
    }
}

/* ---- delivery ------------------------------------------------------------ */

/* env->h.pc points to a system-call instruction that was interrupted: a guest
 * handler is going to run. */
static void settle_restart(CPUX86State *env, bool sa_restart)
{
    TaskState *t = task_of(env);

    if (t->restart && !(t->restart == QEMU_ERESTARTSYS && sa_restart)) {
        env->h.pc += 2;
        if (process_options.guest32) {
            env->regs[R_EAX] = (uint32_t)-EINTR;
        } else {
            env->regs[R_ECX] = env->h.pc;
            env->regs[11] = x86_get_eflags(env);
            env->regs[R_EAX] = -EINTR;
        }
    }
    t->restart = 0;
}

static void set_dfl_locked(TaskState *t, int sig)
{
    GuestSigAction *act = &t->sighand->action[sig - 1];

    act->handler = 0;
    signal_host_action(sig, act);
}

/* Enters the handler of sig, or dies of SIGSEGV where its frame can't be. */
static void run_handler(CPUX86State *env, const siginfo_t *info,
                        const GuestSigAction *act)
{
    TaskState *t = task_of(env);
    uint64_t mask = t->restore_mask ? t->saved_mask : t->sigmask;
    int sig = info->si_signo;

    settle_restart(env, act->flags & SA_RESTART);
    if (!signal_push_frame(env, sig, info, act, mask)) {
        if (sig == SIGSEGV) {
            pthread_mutex_lock(&t->sighand->lock);
            set_dfl_locked(t, sig);
            pthread_mutex_unlock(&t->sighand->lock);
        }
        signal_force_segv(env);
        return;
    }
    t->restore_mask = false;
    t->sigmask |= act->mask | (act->flags & SA_NODEFER ? 0 : sig_bit(sig));
    t->sigmask &= ~SIGMASK_NEVER;
}

void signal_act(CPUX86State *env, const siginfo_t *info)
{
    TaskState *t = task_of(env);
    GuestSigAction act;
    int sig = info->si_signo;

    pthread_mutex_lock(&t->sighand->lock);
    act = t->sighand->action[sig - 1];
    if (act.handler > 1 && (act.flags & SA_RESETHAND)) {
        set_dfl_locked(t, sig);
    }
    pthread_mutex_unlock(&t->sighand->lock);
    if (act.handler == (uintptr_t)SIG_DFL) {
        default_action(env, info);
    } else if (act.handler != (uintptr_t)SIG_IGN) {
        run_handler(env, info, &act);
    }
}

static void deliver_one(CPUX86State *env, const siginfo_t *info)
{
    siginfo_t copy;

    if (likely(!task_of(env)->gdb)) {
        signal_act(env, info);
        return;
    }
    copy = *info;
    if (gdb_user_signal(env, &copy)) {
        signal_act(env, &copy);
    }
}

void signal_deliver(CPUX86State *env)
{
    TaskState *t = task_of(env);
    siginfo_t info;

    while (dequeue(t, &info)) {
        deliver_one(env, &info);
    }
    if (t->restore_mask) {
        t->restore_mask = false;
        t->sigmask = t->saved_mask;
        signal_sync_host_mask(t);
        while (dequeue(t, &info)) {
            deliver_one(env, &info);
        }
    }
    /* Nobody handled it: the system call starts again (pc is on it). */
    t->restart = 0;
    if (!(t->queued & (1u << NB_SYNC))) {
        signal_sync_host_mask(t);
    }
}

void signal_force(CPUX86State *env, const siginfo_t *info)
{
    TaskState *t = task_of(env);
    int sig = info->si_signo;
    GuestSigAction *act = &t->sighand->action[sig - 1];
    bool blocked = t->sigmask & sig_bit(sig);

    pthread_mutex_lock(&t->sighand->lock);
    if (blocked || act->handler == (uintptr_t)SIG_IGN) {
        set_dfl_locked(t, sig);
    }
    pthread_mutex_unlock(&t->sighand->lock);
    t->sigmask &= ~sig_bit(sig);
    deliver_one(env, info);
    if (!(t->queued & (1u << NB_SYNC))) {
        signal_sync_host_mask(t);
    }
}

void signal_force_segv(CPUX86State *env)
{
    siginfo_t info = { .si_signo = SIGSEGV, .si_code = SI_KERNEL };

    signal_force(env, &info);
}

/* ---- temporary masks ----------------------------------------------------- */

void process_sigmask_begin(CPUX86State *env, uint64_t set, uint64_t *host_set)
{
    TaskState *t = task_of(env);

    if (!t->restore_mask) {
        t->saved_mask = t->sigmask;
        t->restore_mask = true;
    }
    t->sigmask = set & ~SIGMASK_NEVER;
    *host_set = t->sigmask & ~SIGMASK_SYNC;
    if (signal_deliverable(t)) {
        tcg_request_exit(&env->h);
    }
}

void process_sigmask_end(CPUX86State *env, int64_t ret)
{
    TaskState *t = task_of(env);

    if (ret == -EINTR || ret == -QEMU_ERESTARTSYS ||
        ret == -QEMU_ERESTARTNOHAND) {
        tcg_request_exit(&env->h);      /* signal_deliver() ends it */
        return;
    }
    /* A signal may have come after the call was done: the kernel let it
     * through under the temporary mask, so it is delivered under it. */
    if (!signal_deliverable(t)) {
        t->restore_mask = false;
        t->sigmask = t->saved_mask;
    }
}
