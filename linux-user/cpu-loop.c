/* SPDX-License-Identifier: MIT */
/*
 * The loop of a guest thread: run translated code, and see to what made it
 * stop.  Signals are delivered here, between two guest instructions.
 */
#include "util/osdep.h"
#include "linux-user/gdb.h"
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include "linux-user/program.h"
#include "target-i386/fault.h"

#define VSYSCALL_BASE   0xffffffffff600000ull

/* ---- requests ------------------------------------------------------------ */

static void serve_requests(CPUX86State *env)
{
    TaskState *t = task_of(env);

    /* ORDER: clear, then look: what comes later sets it again. */
    __atomic_store_n(&env->h.exit_request, 0, __ATOMIC_SEQ_CST);
    if (signal_deliverable(t) || t->restore_mask) {
        signal_deliver(env);
    }
    t->restart = 0;
}

/* ---- single steps -------------------------------------------------------- */

/* TB-key mode and EFLAGS must agree on TF and AC. */
static void sync_step_mode(CPUX86State *env)
{
    x86_set_ip(env, x86_eip(env));
}

static void after_step(CPUX86State *env)
{
    bool trap = env->h.mode & HF_TF;    /* TF as it was before */

    sync_step_mode(env);
    if (trap) {
        signal_exception(env, EXCP01_DB);
    }
}

/* ---- system calls -------------------------------------------------------- */

static void after_syscall(CPUX86State *env, int64_t ret, bool int80)
{
    if (likely(ret > -QEMU_ERESTARTSYS || ret < -QEMU_ERESTARTNOHAND)) {
        env->regs[R_EAX] = process_options.guest32 ? (uint32_t)ret : ret;
        if (!int80) {
            env->regs[R_ECX] = env->h.pc;
            env->regs[11] = x86_get_eflags(env);
        }
    } else if (ret != -QEMU_ESIGRETURN) {
        task_of(env)->restart = -ret;
        env->h.pc -= 2;
        tcg_request_exit(&env->h);
    }
    if (unlikely(env->h.exit_request)) {
        serve_requests(env);
    }
}

static void do_int80(CPUX86State *env)
{
    const uint64_t a[6] = {
        (uint32_t)env->regs[R_EBX], (uint32_t)env->regs[R_ECX],
        (uint32_t)env->regs[R_EDX], (uint32_t)env->regs[R_ESI],
        (uint32_t)env->regs[R_EDI], (uint32_t)env->regs[R_EBP],
    };

    if (unlikely(env->h.exit_request)) {
        env->h.pc -= 2;
        serve_requests(env);
        return;
    }
    after_syscall(env, syscall_dispatch32(env, (uint32_t)env->regs[R_EAX], a),
                  true);
}

/*
 * SYSENTER and, on AMD, SYSCALL in 32-bit code, as the vdso uses them: EBP is
 * on the stack, and they return to the vdso whoever ran them.  A call to
 * restart is the INT 80h in front of that place.
 */
static void fast_syscall32(CPUX86State *env)
{
    uint32_t ebp;

    if (!process_options.guest32) {
        env->h.pc -= 2;         /* there is no vdso to return to */
        signal_exception(env, EXCP06_ILLOP);
        return;
    }
    env->h.pc = vdso32_landing_pad;
    if (copy_from_guest(&ebp, (uint32_t)env->regs[R_ESP], 4)) {
        env->regs[R_EAX] = (uint32_t)-EFAULT;
        return;
    }
    env->regs[R_EBP] = ebp;
    do_int80(env);
}

static void on_sysenter(CPUX86State *env)
{
    env->regs[R_ESP] = (uint32_t)env->regs[R_EBP];
    fast_syscall32(env);
}

static void do_syscall(CPUX86State *env)
{
    const uint64_t a[6] = {
        env->regs[R_EDI], env->regs[R_ESI], env->regs[R_EDX],
        env->regs[10], env->regs[8], env->regs[9],
    };

    if (unlikely(env->h.exit_request)) {
        /* As if the signal had come before the instruction. */
        env->h.pc -= 2;
        serve_requests(env);
        return;
    }
    after_syscall(env, syscall_dispatch64(env, env->regs[R_EAX], a), false);
}

static void on_syscall(CPUX86State *env)
{
    if (env->h.mode & HF_CS64) {
        do_syscall(env);
    } else {
        env->regs[R_ECX] = (uint32_t)env->regs[R_EBP];
        fast_syscall32(env);
    }
}

/* As the kernel kills who misuses the page: no trap number, no address. */
static void vsyscall_misused(CPUX86State *env)
{
    siginfo_t info = { .si_signo = SIGSEGV, .si_code = SI_KERNEL };

    env->eflags |= RF_MASK;
    signal_force(env, &info);
}

/* The legacy page at the top of the address space: three entry points that
 * programs from before the vdso call. */
static void on_vsyscall(CPUX86State *env)
{
    static const uint16_t nr[3] = { 96, 201, 309 };  /* gettimeofday time getcpu */
    uint64_t off = env->h.pc - VSYSCALL_BASE, ret_pc;
    const uint64_t a[6] = {
        env->regs[R_EDI], env->regs[R_ESI], env->regs[R_EDX],
    };
    int64_t ret;

    if ((off & 0x3ff) || off > 0x800 ||
        copy_from_guest(&ret_pc, env->regs[R_ESP], 8)) {
        vsyscall_misused(env);
        return;
    }
    ret = syscall_dispatch64(env, nr[off >> 10], a);
    if (ret == -EFAULT) {
        vsyscall_misused(env);
        return;
    }
    env->regs[R_EAX] = ret;
    env->regs[R_ESP] += 8;
    env->h.pc = ret_pc;
}

static void on_page_fault(CPUX86State *env)
{
    if (env->h.pc >> 12 == VSYSCALL_BASE >> 12 && env->cr2 == env->h.pc &&
        !process_options.guest32) {
        on_vsyscall(env);
    } else {
        signal_exception(env, EXCP0E_PAGE);
    }
}

/* ---- software interrupts ---------------------------------------- */

static void on_int(CPUX86State *env)
{
    unsigned n = env->h.exit_arg & 0xff;

    if (n == 0x80) {            /* the i386 calls, in 64-bit programs too */
        do_int80(env);
        return;
    }
    if (n == 3 || n == 4) {     /* gates that user code may call */
        signal_exception(env, n);
        return;
    }
    env->h.pc -= env->h.exit_arg >> 8;
    env->error_code = n * 8 + 2;
    signal_exception(env, EXCP0D_GPF);
}

static void on_gp(CPUX86State *env)
{
    env->error_code = 0;
    signal_exception(env, EXCP0D_GPF);
}

static void on_fault(CPUX86State *env)
{
    if (unlikely(x86_pending_first(env))) {
        signal_exception(env, EXCP10_COPR);
        return;
    }
    signal_force(env, &task_of(env)->fault);
}

static void handle(CPUX86State *env, unsigned reason);

/* One instruction that writes to the page it comes from: its translation is
 * not protected against that write and used just once. */
static void on_smc_step(CPUX86State *env)
{
    unsigned reason;

    mm_smc_step = true;
    tcg_step_once(&env->h);
    reason = tcg_run(&env->h);
    mm_smc_step = false;
    handle(env, reason);
}

/* A breakpoint or watchpoint in a process that the debugger left, but which
 * shares the translations of one that it did not. */
static void pass_by(CPUX86State *env)
{
    tcg_step_once(&env->h);
}

/* ---- the loop ------------------------------------------------------------ */

static void handle(CPUX86State *env, unsigned reason)
{
    static void (*const own[])(CPUX86State *) = {
        [EXCP01_DB] = signal_icebp,
        [EXCP0E_PAGE] = on_page_fault,
        [EXCP_SYSCALL] = on_syscall,
        [EXCP_INT] = on_int,
        [EXCP_SYSENTER] = on_sysenter,
        [EXCP_HLT] = on_gp,
        [EXCP_GUEST_FAULT] = on_fault,
        [EXCP_SMC_STEP] = on_smc_step,
        [EXCP_WATCH] = pass_by,
    };

    if (reason < ARRAY_SIZE(own) && own[reason]) {
        own[reason](env);
    } else if (reason == TCG_EXIT_STEP) {
        after_step(env);
    } else if (reason == TCG_EXIT_REQUEST) {
        sync_step_mode(env);
    } else if (reason == TCG_EXIT_BREAKPOINT) {
        pass_by(env);
    } else if (reason == TCG_EXIT_DIVIDE) {
        signal_exception(env, EXCP00_DIVZ);
    } else if (reason < 32) {
        signal_exception(env, reason);
    }
    if (unlikely(env->h.exit_request)) {
        serve_requests(env);
    }
}

static void debugged_loop(CPUX86State *env)
{
    TaskState *t = task_of(env);

    while (!t->exiting && gdb_user_before_run(env)) {
        unsigned reason = tcg_run(&env->h);

        if (reason != TCG_EXIT_BREAKPOINT && reason != EXCP_WATCH) {
            handle(env, reason);
        }
        gdb_user_after_run(env, reason);
    }
    if (t->gdb) {
        gdb_user_task_end(env, 0);
    }
}

void cpu_loop(CPUX86State *env)
{
    TaskState *t = task_of(env);

    if (unlikely(t->gdb)) {
        debugged_loop(env);
    }
    while (!t->exiting) {
        unsigned reason = tcg_run(&env->h);
        if (likely(reason == EXCP_SYSCALL && (env->h.mode & HF_CS64))) {
            do_syscall(env);
        } else {
            handle(env, reason);
        }
    }
}
