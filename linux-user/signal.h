/* SPDX-License-Identifier: MIT */
/* Signals between the host kernel and the guest. */
#ifndef LINUX_USER_SIGNAL_H
#define LINUX_USER_SIGNAL_H

#include "linux-user/task.h"

static inline uint64_t sig_bit(int sig)
{
    return 1ull << (sig - 1);
}

/* Fault-type signals' bits, and those nobody can block. */
#define SIGMASK_SYNC \
    (sig_bit(SIGSEGV) | sig_bit(SIGBUS) | sig_bit(SIGFPE) | sig_bit(SIGILL) | \
     sig_bit(SIGTRAP))
#define SIGMASK_NEVER (sig_bit(SIGKILL) | sig_bit(SIGSTOP))

/* SYNC_* of a signal, or -1. */
int signal_sync_index(int sig);

/* ---- signal-host.c ------------------------------------------------------- */

/* Reads the inherited dispositions and mask; installs the fault handlers. */
void signal_init(TaskState *t);
/* From now on signals without a handler come to us, too, for a debugger. */
void signal_catch_default(TaskState *t);
/* Host disposition of sig for the guest's action. */
void signal_host_action(int sig, const GuestSigAction *act);
/* The host's mask becomes the guest's. */
void signal_sync_host_mask(TaskState *t);
/* Blocks everything on the host until signal_sync_host_mask(). */
void signal_host_block_all(TaskState *t);
/* Before execve: dispositions and mask as the new program must find them. */
void signal_exec_prepare(TaskState *t);
void signal_exec_failed(TaskState *t);
/* Dies by sig, as its default action does. */
void signal_die(int sig) QEMU_NORETURN;

/* ---- signal.c ------------------------------------------------------------ */

SigHand *sighand_new(void);
SigHand *sighand_copy(SigHand *sh);
SigHand *sighand_ref(SigHand *sh);
void sighand_unref(SigHand *sh);

/* Delivers what is queued and not blocked: frames are built, or the process
 * dies; decides the fate of an interrupted system call. */
void signal_deliver(CPUX86State *env);
/* Does with a signal what its action says. */
void signal_act(CPUX86State *env, const siginfo_t *info);
/* A signal that can't be refused (force_sig_info of the kernel). */
void signal_force(CPUX86State *env, const siginfo_t *info);
/* SIGSEGV with SI_KERNEL, for bad frames. */
void signal_force_segv(CPUX86State *env);
bool signal_deliverable(const TaskState *t);

/* ---- signal-frame.c ------------------------------------------------------ */

/* Pushes the frame of sig and enters the handler; false: stack unusable. */
bool signal_push_frame(CPUX86State *env, int sig, const siginfo_t *info,
                       const GuestSigAction *act, uint64_t mask);
bool signal_on_altstack(const TaskState *t, uint64_t sp);
int signal_set_altstack(TaskState *t, const GuestStack *ss, uint64_t sp,
                        uint64_t min_size);
/* Bytes a frame may need: AT_MINSIGSTKSZ. */
uint64_t signal_min_stack(const CPUX86State *env);

/* The FXSAVE or XSAVE image with the kernel's software bytes; returns its whole
 * size, at most SIGNAL_FP_MAX.  Restoring: from guest memory, 0: reset. */
#define SIGNAL_FP_MAX (576 + 256 + 4)
size_t signal_save_fp(CPUX86State *env, uint8_t *img);
bool signal_restore_fp(CPUX86State *env, uint64_t addr);
GuestStack signal_get_altstack(const TaskState *t, uint64_t sp);
/* Is the alternate stack free to be entered from sp? */
bool signal_altstack_free(const TaskState *t, uint64_t sp);

/* ---- signal32.c ---------------------------------------------------------- */

bool signal_push_frame32(CPUX86State *env, int sig, const siginfo_t *info,
                         const GuestSigAction *act, uint64_t mask);

/* ---- signal-fault.c ------------------------------------------------------ */

/* A host SIGSEGV, SIGBUS... raised by the host kernel: true if dealt with. */
bool signal_host_fault(TaskState *t, int sig, siginfo_t *info, void *uc);
/* A CPU exception that generated code or a helper raised. */
void signal_exception(CPUX86State *env, unsigned vector);
void signal_icebp(CPUX86State *env);
/* The guest dies of this: tells where with -d guest_errors... */
void signal_report_death(CPUX86State *env, int sig);

#endif
