/* SPDX-License-Identifier: MIT */
/*
 * A guest thread: what the kernel keeps per task that is not CPU state.
 */
#ifndef LINUX_USER_TASK_H
#define LINUX_USER_TASK_H

#include "syscall/process.h"
#include <pthread.h>

#define GUEST_NSIG 64

/* The x86-64 kernel's struct sigaction. */
typedef struct GuestSigAction {
    uint64_t handler, flags, restorer, mask;
} GuestSigAction;

/* Handlers, shared by CLONE_SIGHAND. */
typedef struct SigHand {
    pthread_mutex_t lock;
    unsigned refs;
    GuestSigAction action[GUEST_NSIG];      /* [sig - 1] */
} SigHand;

typedef struct GuestStack {
    uint64_t sp;
    int32_t flags;
    uint32_t pad;
    uint64_t size;
} GuestStack;

/* Signals that a fault can raise keep the emulator's handler on the host
 * whatever the guest does with them, and are never blocked there. */
enum { SYNC_SEGV, SYNC_BUS, SYNC_FPE, SYNC_ILL, SYNC_TRAP, NB_SYNC };

typedef struct TaskState {
    CPUX86State *env;
    SigHand *sighand;
    uint64_t sigmask;           /* blocked by the guest */
    uint64_t saved_mask;        /* valid if restore_mask */
    bool restore_mask;          /* sigmask is temporary (sigsuspend...) */
    /* Signals that the host delivered and the guest has not seen: one slot
     * for each fault-type signal and one for all others, which stay blocked
     * on the host until it is free again. */
    volatile uint32_t queued;   /* bit i: slot i */
    siginfo_t slot[NB_SYNC + 1];
    volatile bool host_blocked; /* the host mask is "all", not sigmask */
    /* A fault at a guest instruction (EXCP_GUEST_FAULT). */
    siginfo_t fault;
    uint64_t trapno, error_code, cr2;       /* as in the last sigcontext */
    unsigned restart;           /* 0, QEMU_ERESTARTSYS or _ERESTARTNOHAND of
                                   the syscall insn that pc points to */
    GuestStack altstack;        /* flags: SS_DISABLE, SS_AUTODISARM */
    uint64_t clear_child_tid;
    uint64_t robust_list;
    void *host_stack;           /* the host's alternate signal stack */
    bool is_thread;             /* created by pthread_create */
    bool foreign;               /* the C library does not know this thread */
    bool exiting;               /* leave cpu_loop() */
    GPtrArray *garbage;         /* a vfork child's: its parent frees it */
    struct GdbTask *gdb;        /* under a debugger (gdb.h), or NULL */
} TaskState;

extern __thread TaskState *task_self;

static inline TaskState *task_of(CPUX86State *env)
{
    return env->h.opaque;
}

/* Exit reasons of our own (tcg_exit_from_signal). */
enum {
    EXCP_GUEST_FAULT = 0x200,   /* task->fault is to be forced */
    EXCP_SMC_STEP,              /* an instruction writes to its own code */
};

/* A task for env (its opaque); shares or copies nothing. */
TaskState *task_new(CPUX86State *env);
void task_free(TaskState *t);
/* Signal stack and current-task pointer of the calling host thread. */
void task_bind(TaskState *t);

/* Runs guest code until the thread ends (task->exiting). */
void cpu_loop(CPUX86State *env);
/* segments.c: CLONE_SETTLS of a 32-bit guest, tls a user_desc. */
int clone32_check_tls(uint64_t tls);
void clone32_set_tls(CPUX86State *env, uint64_t tls);
/* Robust futexes of a 32-bit guest's dying thread. */
void robust_list_walk32(TaskState *t);
/* exit.c: one futex of them. */
bool robust_death(uint64_t entry, int64_t offset, uint32_t tid);
/* A new CPU with a copy of env's state, and its task; see tcg_env_alloc(). */
CPUX86State *env_copy(const CPUX86State *env);

#endif
