/* SPDX-License-Identifier: MIT */
/*
 * New threads and processes: clone(2) in its four shapes.
 *
 *   thread  CLONE_THREAD: a host thread on a copy of the CPU state
 *   vfork   CLONE_VM | CLONE_VFORK: a host process in our memory with a CPU
 *           state and host stack of its own; this thread sleeps meanwhile
 *   shared  CLONE_VM alone: a host process with thread-local storage, too
 *   fork    all others
 *
 * Guest pointers are host pointers, so the kernel itself writes thread ids
 * where the child is a process.
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/order.h"
#include "linux-user/gdb.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include "util/log.h"
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define CLONE_NEWNS_ALL (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | \
                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
                         CLONE_NEWNET)
#define CLONE_TIDS      (CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | \
                         CLONE_CHILD_CLEARTID | CLONE_SETTLS)
#define CLONE_DETACHED_OLD 0x00400000
/* Host stacks: C code only, guest code has its own. */
#define THREAD_STACK    (256 * 1024)
#define VFORK_STACK     (256 * 1024)

typedef struct CloneArgs {
    uint64_t flags;         /* with the exit signal in the low byte */
    uint64_t stack, ptid, ctid, tls, pidfd;
} CloneArgs;

CPUX86State *env_copy(const CPUX86State *old)
{
    CPUX86State *env = tcg_env_alloc(sizeof(CPUX86State));
    TCGEnv fresh = env->h;

    memcpy(env, old, sizeof(*env));
    /* What the translator keeps per thread starts anew. */
    env->h.self = fresh.self;
    env->h.thread = fresh.thread;
    env->h.shadow_sp = fresh.shadow_sp;
    env->h.shadow_base = fresh.shadow_base;
    env->h.shadow_limit = fresh.shadow_limit;
    env->h.host_sp = fresh.host_sp;
    env->h.helper_ra = 0;
    env->h.exit_request = 0;
    env->h.opaque = NULL;
    return env;
}

/* What differs in the child's registers. */
static void child_regs(CPUX86State *env, const CloneArgs *c)
{
    env->regs[R_EAX] = 0;
    if (!process_options.guest32) {
        env->regs[R_ECX] = env->h.pc;
        env->regs[11] = x86_get_eflags(env);
    }
    if (c->stack) {
        env->regs[R_ESP] = c->stack;
    }
    if (c->flags & CLONE_SETTLS) {
        if (process_options.guest32) {
            clone32_set_tls(env, c->tls);
        } else {
            env->segs[R_FS].base = c->tls;
        }
    }
}

/* A signal that came first is seen first, whatever its flags say: go back to
 * the instruction (ERESTARTNOINTR of the kernel). */
static int64_t again(CPUX86State *env)
{
    env->h.pc -= 2;
    signal_sync_host_mask(task_of(env));
    tcg_request_exit(&env->h);
    return -QEMU_ESIGRETURN;
}

/* ---- threads ------------------------------------------------------------- */

typedef struct ThreadStart {
    CPUX86State *env;
    const CloneArgs *c;
    pid_t tid;
    int err;
    bool debugged;
    sem_t ready;
} ThreadStart;

static void put_tid(uint64_t addr, int32_t tid)
{
    (void)put_u32(addr, tid);
}

/* pthread_create shares more than the guest may have asked for. */
static int unshare_rest(uint64_t flags)
{
    int what = (flags & CLONE_FS ? 0 : CLONE_FS) |
               (flags & CLONE_FILES ? 0 : CLONE_FILES) |
               (flags & CLONE_SYSVSEM ? 0 : CLONE_SYSVSEM) |
               (flags & (CLONE_NEWNS_ALL & ~(CLONE_NEWUSER | CLONE_NEWPID)));

    return what && unshare(what) < 0 ? -errno : 0;
}

static void *thread_main(void *opaque)
{
    ThreadStart *s = opaque;
    CPUX86State *env = s->env;
    TaskState *t = task_of(env);
    bool debugged = s->debugged;
    int err;

    s->tid = syscall(SYS_gettid);
    err = s->err = unshare_rest(s->c->flags);
    if (!err) {
        if (s->c->flags & CLONE_PARENT_SETTID) {
            put_tid(s->c->ptid, s->tid);
        }
        if (s->c->flags & CLONE_CHILD_SETTID) {
            put_tid(s->c->ctid, s->tid);
        }
    }
    task_bind(t);
    tcg_thread_init(&env->h);
    sem_post(&s->ready);        /* s is gone from here on */
    if (!err) {
        if (debugged) {
            gdb_user_task_start(env);
        }
        signal_sync_host_mask(t);
        cpu_loop(env);
        signal_host_block_all(t);
    }
    tcg_thread_exit(&env->h);
    task_free(t);
    tcg_env_free(env);
    return NULL;
}

static int64_t clone_thread(CPUX86State *env, const CloneArgs *c)
{
    TaskState *t = task_of(env), *nt;
    ThreadStart s = { .env = env_copy(env), .c = c, .debugged = t->gdb };
    pthread_attr_t attr;
    pthread_t th;
    int err;

    nt = task_new(s.env);
    nt->sighand = sighand_ref(t->sighand);
    nt->sigmask = t->sigmask;
    nt->is_thread = true;
    nt->clear_child_tid = c->flags & CLONE_CHILD_CLEARTID ? c->ctid : 0;
    child_regs(s.env, c);
    sem_init(&s.ready, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    signal_host_block_all(t);
    err = pthread_create(&th, &attr, thread_main, &s);
    pthread_attr_destroy(&attr);
    if (!err) {
        while (sem_wait(&s.ready) < 0) {
        }
    }
    sem_destroy(&s.ready);
    if (!t->queued) {
        signal_sync_host_mask(t);
    }
    if (err) {
        task_free(nt);
        tcg_env_free(s.env);
        return -err;
    }
    return s.err ? s.err : s.tid;
}

/* ---- vfork --------------------------------------------------------------- */

/* What the kernel wrote there is in the host's order. */
static void reorder_tid(uint64_t addr)
{
    int32_t tid;

    if (HOST_BIG_ENDIAN && copy_from_guest(&tid, addr, sizeof(tid)) == 0) {
        put_tid(addr, tid);
    }
}

static void reorder_parent(const CloneArgs *c)
{
    if (c->flags & CLONE_PIDFD) {
        reorder_tid(c->pidfd);
    } else if (c->flags & CLONE_PARENT_SETTID) {
        reorder_tid(c->ptid);
    }
}

typedef struct ProcessStart {
    CPUX86State *env;
    CloneArgs c;
} ProcessStart;

static int vfork_main(void *opaque)
{
    ProcessStart *s = opaque;
    CPUX86State *env = s->env;
    TaskState *t = task_of(env);

    task_self = t;
    if (s->c.flags & CLONE_CHILD_SETTID) {
        reorder_tid(s->c.ctid);
    }
    tcg_thread_rebind(&env->h);
    signal_sync_host_mask(t);
    cpu_loop(env);
    syscall(SYS_exit, 0);
    return 0;
}

static int64_t clone_vfork(CPUX86State *env, const CloneArgs *c)
{
    TaskState *t = task_of(env), *nt;
    ProcessStart start = { .c = *c };
    CPUX86State *child;
    void *stack;
    long pid;

    stack = mmap(NULL, VFORK_STACK, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        return -ENOMEM;
    }
    signal_host_block_all(t);
    if (signal_deliverable(t)) {
        munmap(stack, VFORK_STACK);
        return again(env);
    }
    child = env_copy(env);
    child->h.thread = env->h.thread;
    nt = task_new(child);
    nt->sighand = c->flags & CLONE_SIGHAND ? sighand_ref(t->sighand)
                                           : sighand_copy(t->sighand);
    nt->sigmask = t->sigmask;
    nt->altstack = t->altstack;
    nt->host_stack = t->host_stack;
    nt->garbage = g_ptr_array_new_with_free_func(g_free);
    child_regs(child, c);
    start.env = child;
    pid = clone(vfork_main, (char *)stack + VFORK_STACK,
                c->flags & ~(uint64_t)CLONE_SETTLS, &start,
                (void *)(c->flags & CLONE_PIDFD ? c->pidfd : c->ptid), NULL,
                (void *)c->ctid);
    if (pid < 0) {
        pid = -errno;
    } else {
        reorder_parent(c);
    }
    /* The child has its own memory now, or is gone. */
    task_self = t;
    tcg_thread_rebind(&env->h);
    nt->host_stack = NULL;
    g_ptr_array_free(nt->garbage, true);
    task_free(nt);
    tcg_env_free(child);
    munmap(stack, VFORK_STACK);
    signal_sync_host_mask(t);
    return pid;
}

/* ---- a process in our memory --------------------------------------------- */

/*
 * CLONE_VM alone: both run, so the child needs thread-local storage of its
 * own, which only the C library can lay out.  These are its internals; where
 * they are missing the call fails.
 */
extern void *_dl_allocate_tls(void *mem) __attribute__((weak));
extern void __ctype_init(void) __attribute__((weak));

#if defined(HOST_X86_64)
static void *nothing(void *opaque)
{
    return NULL;
}

/* The library stops taking its locks for granted with the first thread. */
static void be_multithreaded(void)
{
    pthread_t th;

    if (pthread_create(&th, NULL, nothing, NULL) == 0) {
        pthread_join(th, NULL);
    }
}
#endif

static void *new_tls(void)
{
#if defined(HOST_X86_64)
    uint64_t *tcb, *mine = __builtin_thread_pointer();

    be_multithreaded();

    tcb = _dl_allocate_tls ? _dl_allocate_tls(NULL) : NULL;
    if (tcb) {
        /* tcbhead_t: tcb, dtv, self, multiple_threads, sysinfo, stack guard,
         * pointer guard */
        tcb[0] = tcb[2] = (uintptr_t)tcb;
        tcb[3] = 1;
        tcb[5] = mine[5];
        tcb[6] = mine[6];
    }
    return tcb;
#else
    return NULL;
#endif
}

static int shared_main(void *opaque)
{
    CPUX86State *env = opaque;
    TaskState *t = task_of(env);

    if (__ctype_init) {
        __ctype_init();
    }
    task_bind(t);
    tcg_thread_init(&env->h);
    signal_sync_host_mask(t);
    cpu_loop(env);
    syscall(SYS_exit, 0);
    return 0;
}

static int64_t clone_shared(CPUX86State *env, const CloneArgs *c)
{
    TaskState *t = task_of(env), *nt;
    CPUX86State *child;
    void *stack, *tls = new_tls();
    long pid;

    if (!tls) {
        return -EINVAL;
    }
    stack = mmap(NULL, THREAD_STACK, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        return -ENOMEM;
    }
    signal_host_block_all(t);
    child = env_copy(env);
    nt = task_new(child);
    nt->sighand = c->flags & CLONE_SIGHAND ? sighand_ref(t->sighand)
                                           : sighand_copy(t->sighand);
    nt->sigmask = t->sigmask;
    nt->foreign = true;
    child_regs(child, c);
    pid = clone(shared_main, (char *)stack + THREAD_STACK,
                c->flags | CLONE_SETTLS, child,
                (void *)(c->flags & CLONE_PIDFD ? c->pidfd : c->ptid), tls,
                (void *)c->ctid);
    if (pid < 0) {
        pid = -errno;
        task_free(nt);
        tcg_env_free(child);
        munmap(stack, THREAD_STACK);
    }
    /* What the child uses is never freed: nobody learns when it ends. */
    if (!t->queued) {
        signal_sync_host_mask(t);
    }
    return pid;
}

/* ---- fork ---------------------------------------------------------------- */

static long raw_clone(const CloneArgs *c)
{
    uint64_t flags = c->flags & ~(uint64_t)CLONE_SETTLS;
    uint64_t ptid = c->flags & CLONE_PIDFD ? c->pidfd : c->ptid;

#if defined(HOST_X86_64)
    long r = syscall(SYS_clone, flags, 0, ptid, c->ctid, 0);
#elif defined(HOST_S390X)
    long r = syscall(SYS_clone, 0, flags, ptid, c->ctid, 0);
#else
    long r = syscall(SYS_clone, flags, 0, ptid, 0, c->ctid);
#endif
    return r < 0 ? -errno : r;
}

/* The C library's fork keeps the library whole; it can only do the plain
 * kind, and thread ids are the caller's business. */
static long plain_fork(void)
{
    pid_t pid = fork();

    return pid < 0 ? -errno : pid;
}

static void fork_child(CPUX86State *env, const CloneArgs *c)
{
    TaskState *t = task_of(env);

    mm_fork_child();
    tcg_fork_child(&env->h);
    qemu_log_fork_child();
    pthread_mutex_init(&t->sighand->lock, NULL);
    if (t->gdb) {
        gdb_user_fork_child(env);
    }
    t->is_thread = false;
    t->queued = 0;
    t->robust_list = 0;
    t->clear_child_tid = c->flags & CLONE_CHILD_CLEARTID ? c->ctid : 0;
    env->h.exit_request = 0;
    child_regs(env, c);
    signal_sync_host_mask(t);
}

static int64_t clone_fork(CPUX86State *env, const CloneArgs *c)
{
    TaskState *t = task_of(env);
    bool plain = (c->flags & ~(uint64_t)CLONE_TIDS) == SIGCHLD && !t->foreign;
    long pid;

    signal_host_block_all(t);
    if (signal_deliverable(t)) {
        return again(env);
    }
    /* ORDER: the translator looks at the areas while it holds its locks. */
    tcg_fork_prepare();
    mm_fork_prepare();
    pid = plain ? plain_fork() : raw_clone(c);
    if (pid == 0) {
        fork_child(env, c);
        if (c->flags & CLONE_CHILD_SETTID) {
            put_tid(c->ctid, syscall(SYS_gettid));
        }
        return -QEMU_ESIGRETURN;    /* child_regs() set rax */
    }
    mm_fork_parent();
    tcg_fork_parent();
    /* ORDER: a bad address faults, and the handler takes the mm lock. */
    if (pid > 0 && plain && (c->flags & CLONE_PARENT_SETTID)) {
        put_tid(c->ptid, pid);
    } else if (pid > 0) {
        reorder_parent(c);
    }
    signal_sync_host_mask(t);
    return pid;
}

/* ---- the system calls ---------------------------------------------------- */

static int64_t do_clone(CPUX86State *env, const CloneArgs *c)
{
    uint64_t f = c->flags;

    if (((f & CLONE_THREAD) && !(f & CLONE_SIGHAND)) ||
        ((f & CLONE_SIGHAND) && !(f & CLONE_VM)) ||
        ((f & CLONE_NEWNS) && (f & CLONE_FS)) ||
        ((f & CLONE_NEWUSER) && (f & CLONE_FS)) ||
        ((f & CLONE_THREAD) && (f & (CLONE_NEWUSER | CLONE_NEWPID))) ||
        ((f & CLONE_THREAD) && (f & CLONE_PIDFD)) ||
        ((f & CLONE_NEWIPC) && (f & CLONE_SYSVSEM))) {
        return -EINVAL;
    }
    if ((f & CLONE_SETTLS) && c->tls >= TASK_SIZE_MAX) {
        return -EPERM;
    }
    if (f & CLONE_THREAD) {
        return clone_thread(env, c);
    }
    if ((f & CLONE_VM) && (f & CLONE_VFORK)) {
        return clone_vfork(env, c);
    }
    if (f & CLONE_VM) {
        return clone_shared(env, c);
    }
    return clone_fork(env, c);
}

int64_t sys_clone(CPUX86State *env, const uint64_t a[6])
{
    CloneArgs c = {
        .flags = a[0] & 0xffffffff & ~(uint64_t)CLONE_DETACHED_OLD,
        .stack = a[1], .ptid = a[2], .pidfd = a[2], .ctid = a[3], .tls = a[4],
    };

    if ((c.flags & CLONE_PIDFD) && (c.flags & CLONE_PARENT_SETTID)) {
        return -EINVAL;
    }
    return do_clone(env, &c);
}

/* struct clone_args as of CLONE_ARGS_SIZE_VER0; later fields must be zero. */
int64_t sys_clone3(CPUX86State *env, const uint64_t a[6])
{
    uint64_t v[11] = { 0 };     /* flags pidfd child_tid parent_tid exit_signal
                                   stack stack_size tls set_tid ... */
    uint64_t size = a[1];
    CloneArgs c;

    if (size > 4096) {
        return -E2BIG;
    }
    if (size < 64) {
        return -EINVAL;
    }
    if (copy_from_guest(v, a[0], MIN(size, sizeof(v)))) {
        return -EFAULT;
    }
    swap_fields(v, "11q");
    if (v[8] || v[9] || v[10] || size > sizeof(v) || (v[0] >> 32) ||
        ((v[0] & CLONE_PIDFD) && (v[0] & CLONE_PARENT_SETTID))) {
        return -ENOSYS;     /* set_tid, cgroup: as a kernel before clone3 */
    }
    if ((v[0] & (CLONE_DETACHED_OLD | CSIGNAL)) || v[4] > GUEST_NSIG ||
        ((v[0] & (CLONE_THREAD | CLONE_PARENT)) && v[4]) ||
        (!v[5]) != (!v[6])) {
        return -EINVAL;
    }
    c = (CloneArgs) {
        .flags = v[0] | v[4], .pidfd = v[1], .ctid = v[2], .ptid = v[3],
        .stack = v[5] ? v[5] + v[6] : 0, .tls = v[7],
    };
    if (process_options.guest32 && (c.flags & CLONE_SETTLS)) {
        int err = clone32_check_tls(c.tls);
        if (err) {
            return err;
        }
    }
    return do_clone(env, &c);
}

int64_t sys_fork(CPUX86State *env, const uint64_t a[6])
{
    CloneArgs c = { .flags = SIGCHLD };

    return do_clone(env, &c);
}

int64_t sys_vfork(CPUX86State *env, const uint64_t a[6])
{
    CloneArgs c = { .flags = CLONE_VM | CLONE_VFORK | SIGCHLD };

    return do_clone(env, &c);
}
