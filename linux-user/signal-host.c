/* SPDX-License-Identifier: MIT */
/*
 * The host side of signals: dispositions, mask, and the handler.
 *
 * A signal that the guest handles gets the emulator's handler.  It runs on its
 * own stack, puts the siginfo into the task, asks the thread to leave
 * generated code, and returns with every signal blocked, so that more of them
 * queue up in the kernel with all its rules.  The cpu loop then builds the
 * guest's frame and lifts the block.  Signals that the guest ignores or leaves
 * at their default are so on the host too and never get here, except for the
 * fault-type ones.
 */
#include "util/osdep.h"
#include "linux-user/signal.h"

#include "linux-user/gdb.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define HOST_STACK_SIZE (128 * 1024)
#define KERNEL_SA_RESTORER 0x04000000ul

/* The host kernel's struct sigaction. */
typedef struct HostSigAction {
    void *handler;
    unsigned long flags;
#if HOST_HAS_SA_RESTORER
    void *restorer;
#endif
    uint64_t mask;
#if !HOST_HAS_SA_RESTORER
    uint64_t mask_again;    /* QEMU 7.2 has a restorer on every host */
#endif
} HostSigAction;

static void block_all(HostSigAction *h)
{
    h->mask = ~0ull;
#if !HOST_HAS_SA_RESTORER
    h->mask_again = ~0ull;
#endif
}

__thread TaskState *task_self;
/* What the C library put in for its own handlers: flags and restorer. */
static HostSigAction model_action;
static bool catch_default;

static const uint8_t sync_signal[NB_SYNC] = {
    [SYNC_SEGV] = SIGSEGV, [SYNC_BUS] = SIGBUS, [SYNC_FPE] = SIGFPE,
    [SYNC_ILL] = SIGILL, [SYNC_TRAP] = SIGTRAP,
};

int signal_sync_index(int sig)
{
    for (int i = 0; i < NB_SYNC; i++) {
        if (sync_signal[i] == sig) {
            return i;
        }
    }
    return -1;
}

/* The raw calls: the C library keeps two signals to itself. */
static void raw_sigaction(int sig, const HostSigAction *act, HostSigAction *old)
{
    syscall(SYS_rt_sigaction, sig, act, old, sizeof(uint64_t));
}

static void raw_setmask(uint64_t mask)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

static void queue_signal(TaskState *t, int sig, const siginfo_t *info,
                         ucontext_t *uc)
{
    int i = signal_sync_index(sig);
    uint64_t all = ~SIGMASK_SYNC;

    if (i < 0) {
        i = NB_SYNC;
    }
    if (!(t->queued & (1u << i))) {
        t->slot[i] = *info;
        t->queued |= 1u << i;
    }
    if (i == NB_SYNC) {
        t->host_blocked = true;
        memcpy(&uc->uc_sigmask, &all, sizeof(all));
    }
    tcg_request_exit(&t->env->h);
    safe_syscall_fixup(uc);
}

static void host_handler(int sig, siginfo_t *info, void *uc)
{
    TaskState *t = task_self;
    int saved_errno = errno;

    if (t->gdb && sig == SIGTRAP && gdb_user_woken(info)) {
        tcg_request_exit(&t->env->h);
        safe_syscall_fixup(uc);
        errno = saved_errno;
        return;
    }
    /* si_code <= 0: another process sent it, whatever its number. */
    if (signal_sync_index(sig) < 0 || info->si_code <= 0 ||
        !signal_host_fault(t, sig, info, uc)) {
        queue_signal(t, sig, info, uc);
    }
    errno = saved_errno;
}

void signal_host_action(int sig, const GuestSigAction *act)
{
    HostSigAction h = model_action;

    if (signal_sync_index(sig) >= 0) {
        return;
    }
    if (act->handler == (uintptr_t)SIG_IGN ||
        (act->handler == (uintptr_t)SIG_DFL && !catch_default)) {
        h.handler = (void *)(uintptr_t)act->handler;
    } else {
        h.handler = host_handler;
    }
    block_all(&h);
    h.flags = (model_action.flags & KERNEL_SA_RESTORER) | SA_SIGINFO |
              SA_ONSTACK | SA_RESTART |
              (act->flags & (SA_NOCLDSTOP | SA_NOCLDWAIT));
    raw_sigaction(sig, &h, NULL);
}

void signal_catch_default(TaskState *t)
{
    catch_default = true;
    for (int sig = 1; sig <= GUEST_NSIG; sig++) {
        const GuestSigAction *act = &t->sighand->action[sig - 1];

        if (!(sig_bit(sig) & SIGMASK_NEVER) &&
            act->handler == (uintptr_t)SIG_DFL) {
            signal_host_action(sig, act);
        }
    }
}

static void install_sync(int sig)
{
    HostSigAction h = model_action;

    h.handler = host_handler;
    block_all(&h);
    h.flags = (model_action.flags & KERNEL_SA_RESTORER) | SA_SIGINFO |
              SA_ONSTACK | SA_RESTART;
    raw_sigaction(sig, &h, NULL);
}

void signal_init(TaskState *t)
{
    struct sigaction sa = { .sa_handler = SIG_DFL };
    uint64_t mask = 0;

    for (int sig = 1; sig <= GUEST_NSIG; sig++) {
        HostSigAction h;
        if (sig != SIGKILL && sig != SIGSTOP) {
            raw_sigaction(sig, NULL, &h);
            t->sighand->action[sig - 1].handler =
                h.handler == (void *)SIG_IGN ? (uintptr_t)SIG_IGN : 0;
        }
    }
    /* Learn the restorer from the C library. */
    sigaction(SIGSEGV, &sa, NULL);
    raw_sigaction(SIGSEGV, NULL, &model_action);
    for (int i = 0; i < NB_SYNC; i++) {
        install_sync(sync_signal[i]);
    }
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
    t->sigmask = mask & ~SIGMASK_NEVER;
    if (mask & SIGMASK_SYNC) {
        signal_sync_host_mask(t);
    }
}

void signal_sync_host_mask(TaskState *t)
{
    t->host_blocked = false;
    raw_setmask(t->sigmask & ~SIGMASK_SYNC);
}

void signal_host_block_all(TaskState *t)
{
    t->host_blocked = true;
    raw_setmask(~SIGMASK_SYNC);
}

void signal_exec_prepare(TaskState *t)
{
    for (int i = 0; i < NB_SYNC; i++) {
        int sig = sync_signal[i];
        if (t->sighand->action[sig - 1].handler == (uintptr_t)SIG_IGN) {
            HostSigAction h = { .handler = (void *)SIG_IGN };
            raw_sigaction(sig, &h, NULL);
        }
    }
    /* A signal may come in between: it is queued and dies with the exec as a
     * handled one does natively. */
    if (t->sigmask & SIGMASK_SYNC) {
        raw_setmask(t->sigmask);
    }
}

void signal_exec_failed(TaskState *t)
{
    for (int i = 0; i < NB_SYNC; i++) {
        int sig = sync_signal[i];
        if (t->sighand->action[sig - 1].handler == (uintptr_t)SIG_IGN) {
            install_sync(sig);
        }
    }
    if ((t->sigmask & SIGMASK_SYNC) && !t->host_blocked) {
        signal_sync_host_mask(t);
    }
}

void signal_die(int sig)
{
    struct rlimit none = { 0 };
    HostSigAction h = { .handler = (void *)SIG_DFL };

    /* The emulator's own image would be a misleading core. */
    if (getrlimit(RLIMIT_CORE, &none) == 0) {
        none.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &none);
    }
    raw_sigaction(sig, &h, NULL);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
    raw_setmask(~sig_bit(sig));
    /* Not fatal after all (it was a stop signal): end the process anyway. */
    syscall(SYS_exit_group, 128 + sig);
    __builtin_unreachable();
}

TaskState *task_new(CPUX86State *env)
{
    TaskState *t = g_new0(TaskState, 1);

    t->env = env;
    t->altstack.flags = SS_DISABLE;
    env->h.opaque = t;
    return t;
}

void task_free(TaskState *t)
{
    if (t->host_stack) {
        stack_t off = { .ss_flags = SS_DISABLE };
        sigaltstack(&off, NULL);
        munmap(t->host_stack, HOST_STACK_SIZE);
    }
    if (t->sighand) {
        sighand_unref(t->sighand);
    }
    g_free(t);
}

void task_bind(TaskState *t)
{
    stack_t ss = { .ss_size = HOST_STACK_SIZE };

    if (!t->host_stack) {
        t->host_stack = mmap(NULL, HOST_STACK_SIZE, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                             -1, 0);
        g_assert(t->host_stack != MAP_FAILED);
    }
    ss.ss_sp = t->host_stack;
    sigaltstack(&ss, NULL);
    task_self = t;
}
