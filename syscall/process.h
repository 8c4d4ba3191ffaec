/* SPDX-License-Identifier: MIT */
/*
 * What system-call handlers may ask of the process front.  syscall/ lies below
 * linux-user/, which implements these.
 */
#ifndef SYSCALL_PROCESS_H
#define SYSCALL_PROCESS_H

#include "target-i386/cpu.h"

/* A handler: a[] are the raw guest arguments; returns a result or a negative
 * host errno.  linux-user implements the ones about memory, signals,
 * processes and threads; syscall/ all others. */
typedef int64_t SysHandler(CPUX86State *env, const uint64_t a[6]);

/* Kernel-internal result: restart per the signal's SA_RESTART. */
#define QEMU_ERESTARTSYS 512
/* The same, for calls that SA_RESTART does not restart (poll, nanosleep...):
 * -EINTR if a guest handler is about to run, else restart. */
#define QEMU_ERESTARTNOHAND 514
/* Result when the handler changed the whole register state itself
 * (rt_sigreturn, execve failure paths never). */
#define QEMU_ESIGRETURN  513

/* Absolute path of the guest's executable, as /proc/self/exe shows it. */
const char *process_exe_path(void);
int process_exe_fd(void);           /* open fd of it, or -1 */
/* Text of the guest's /proc/self/maps; returns new. */
GString *process_maps(bool smaps);
const void *process_auxv(size_t *size);
GString *process_cmdline(void);     /* NUL-separated, returns new */
uint64_t process_start_stack(void);
uint64_t process_start_code(void), process_end_code(void);

/* Whole range mapped for the guest with at least prot (PROT_*)? */
bool guest_range_ok(vaddr start, uint64_t len, int prot);
/* The kernel or C code is about to write guest memory: lift the write
 * protection the translator put on code pages there.  Cheap when there is
 * none. */
void guest_prepare_write(vaddr start, uint64_t len);
/* Guest view of a path: -L prefix lookup.  Borrowed or new in *tofree. */
const char *process_path(const char *path, char **tofree);

/*
 * Around a call that waits under a temporary signal mask (ppoll, pselect6,
 * epoll_pwait...).  begin: `set` (x86-64 kernel sigset, bit n-1 = signal n)
 * becomes the thread's guest mask and the present one is kept for later; if a
 * signal queued inside the emulator is deliverable under it, exit_request is
 * set; *host_set receives the mask for the host's call (reserved signals
 * removed).  The handler then does the call by safe_syscall().
 * end: if ret is -EINTR, -QEMU_ERESTARTSYS or -QEMU_ERESTARTNOHAND, the
 * temporary mask stays until the pending signals were delivered, the first
 * frame saving the old mask (the kernel's saved_sigmask rule); otherwise the
 * old mask is back at once.
 */
void process_sigmask_begin(CPUX86State *env, uint64_t set, uint64_t *host_set);
void process_sigmask_end(CPUX86State *env, int64_t ret);

/* Options that syscall/ looks at. */
extern struct ProcessOptions {
    bool strace;
    bool guest32;                   /* i386 program: qemu-i386 */
    const char *uname_release;      /* -r or NULL */
    const char *interp_prefix;      /* -L or NULL */
    bool follow_exec;
    const char *self_path;          /* the emulator's own executable */
    const char *exec_runner;        /* what runs that, see -exec-runner */
} process_options;

/* System call number nr with args from a 64-bit guest; returns what goes to
 * RAX.  Implemented by syscall/dispatch.c, called by linux-user's cpu loop. */
int64_t syscall_dispatch64(CPUX86State *env, uint64_t nr, const uint64_t a[6]);
/* The same for int 0x80 of a 32-bit guest; syscall/dispatch32.c. */
int64_t syscall_dispatch32(CPUX86State *env, uint32_t nr, const uint64_t a[6]);

/*
 * A host system call by the raw kernel convention: result or negative errno,
 * the C library's errno untouched.  syscall/host/ARCH/syscall.S.
 */
long host_syscall(long nr, long a0, long a1, long a2, long a3, long a4,
                  long a5);

/*
 * A host system call that can block, race-free against guest signals: if
 * env->h.exit_request is already set, or a signal arrives before the kernel is
 * entered, it does not happen and the result is -QEMU_ERESTARTSYS.
 * Host handlers are installed with SA_RESTART, so that the kernel rewinds a
 * restartable call to inside the window.  syscall/host/ARCH/syscall.S.
 */
long safe_syscall(volatile uint32_t *exit_request, long nr, long a0, long a1,
                  long a2, long a3, long a4, long a5);
/* For linux-user's host signal handler: if the context is inside the window,
 * make the call return -QEMU_ERESTARTSYS. */
void safe_syscall_fixup(void *ucontext);

/*
 * Guest memory access from C that can't crash: 0 or -EFAULT.  The string form
 * returns the length or -EFAULT / -ENAMETOOLONG.  syscall/uaccess.c.
 */
int copy_from_guest(void *dst, vaddr src, size_t len);
int copy_to_guest(vaddr dst, const void *src, size_t len);
ssize_t strncpy_from_guest(char *dst, vaddr src, size_t max);
/* For linux-user's SIGSEGV/SIGBUS handler: true if the fault was in one of
 * the above and the context now returns -EFAULT from it. */
bool uaccess_fixup(void *ucontext);

#endif
