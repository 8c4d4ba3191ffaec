/* SPDX-License-Identifier: MIT */
/*
 * From host faults and CPU exceptions to the guest's signals, with the codes,
 * addresses, trap numbers and error codes that Linux on x86-64 gives
 * (Intel SDM vol. 3 ch. 6 for vectors and error codes).
 */
#include "util/osdep.h"
#include <sys/mman.h>
#include "linux-user/signal.h"
#include "linux-user/mm.h"
#include "linux-user/options.h"
#include "util/log.h"
#include "linux-user/host-context.h"
#include "linux-user/vector-signal.h"
#include "target-i386/fault.h"

#define PF_PRESENT  1
#define PF_WRITE    2
#define PF_USER     4
#define PF_FETCH    16
#define PF_PK       32
#define KERNEL_ADDRESSES 0x7ffffffff000ull

/* ---- exceptions ---------------------------------------------------------- */

static void page_fault_info(TaskState *t, uint64_t addr, uint32_t err,
                            siginfo_t *info)
{
    MMArea a;
    bool mapped = mm_lookup(addr, &a);

    info->si_addr = (void *)addr;
    info->si_code = mapped ? SEGV_ACCERR : SEGV_MAPERR;
    if ((err & PF_FETCH) && mapped && (a.prot & PROT_EXEC)) {
        /* Allowed, but not there: behind the end of the file. */
        info->si_signo = SIGBUS;
        info->si_code = BUS_ADRERR;
    }
    err |= PF_USER;
    if (!mapped || !a.prot) {
        err &= ~PF_PRESENT;
    } else if (a.prot && (err & PF_FETCH)) {
        err |= PF_PRESENT;
    }
    if (addr >= KERNEL_ADDRESSES) {     /* it never tells whether mapped */
        err |= PF_PRESENT;
    }
    t->cr2 = addr;
    t->error_code = err;
}

static void exception_info(CPUX86State *env, unsigned vector, siginfo_t *info)
{
    TaskState *t = task_of(env);

    memset(info, 0, sizeof(*info));
    vector_siginfo(env, vector, info);
    t->trapno = vector;
    if (vector_is_fault(vector)) {
        env->eflags |= RF_MASK;
    }
    t->error_code = vector == EXCP0D_GPF || vector == EXCP0C_STACK ||
                    vector == EXCP0B_NOSEG || vector == EXCP0A_TSS
                    ? env->error_code : 0;
    if (vector == EXCP0E_PAGE) {
        page_fault_info(t, env->cr2, env->error_code, info);
    }
}

/* INT1 is a trap that has no status bit of its own. */
void signal_icebp(CPUX86State *env)
{
    siginfo_t info;

    exception_info(env, EXCP01_DB, &info);
    info.si_code = TRAP_BRKPT;
    signal_force(env, &info);
}

void signal_exception(CPUX86State *env, unsigned vector)
{
    siginfo_t info;

    exception_info(env, vector & 31, &info);
    signal_force(env, &info);
}

/* ---- host faults --------------------------------------------------------- */

/* Does the code that runs now come from the page of addr?  Then it must not
 * go on after the write: what follows may be what was written. */
static bool writes_own_page(TaskState *t, uint64_t addr, void *uc)
{
    uint64_t lo = addr & TARGET_PAGE_MASK, hi = lo + TARGET_PAGE_SIZE - 1;
    uintptr_t pc = host_context_pc(uc);
    const TCGTB *tb = tcg_tb_from_host(pc);

    if (!tb && t->env->h.helper_ra) {
        tb = tcg_tb_from_host(t->env->h.helper_ra);
    }
    if (!tb) {
        return false;
    }
    for (uint32_t i = 0; i < tb->nb_ranges; i++) {
        if (tb->ranges[i].start <= hi && tb->ranges[i].last >= lo) {
            return true;
        }
    }
    return false;
}

/* A write to a page of translated code: true if dealt with. */
static bool code_write(TaskState *t, siginfo_t *info, const HostFault *f,
                       void *uc)
{
    uint64_t addr = (uintptr_t)info->si_addr;
    bool own;

    if (f->known && (!(f->error_code & PF_WRITE) ||
                     (f->error_code & PF_PK))) {
        return false;
    }
    own = writes_own_page(t, addr, uc);
    if (!mm_code_write_fault(addr, f->known && (f->error_code & PF_PRESENT))) {
        return false;
    }
    if (own) {
        TCGWhere where = tcg_state_from_signal(&t->env->h, uc);
        if (where == TCG_WHERE_CODE || where == TCG_WHERE_HELPER) {
            tcg_exit_from_signal(&t->env->h, uc, EXCP_SMC_STEP);
        }
    }
    return true;
}

static bool noncanonical(const siginfo_t *info)
{
    int64_t top = (int64_t)(uintptr_t)info->si_addr >> 47;

    return top != 0 && top != -1;
}

/* No page fault, but #GP or #SS?  Other hosts have a page fault where x86 has
 * none, too, and 32-bit code sees the end of its segments. */
static bool segment_fault(TaskState *t, int sig, const siginfo_t *info,
                          const HostFault *f)
{
    bool hard = info->si_code == SI_KERNEL ||
                (sig == SIGSEGV && noncanonical(info));
    unsigned vector = EXCP0E_PAGE;

    if ((sig == SIGSEGV || sig == SIGBUS) &&
        (hard || !f->trapno || !(t->env->h.mode & HF_CS64))) {
        vector = x86_access_fault(t->env, hard);
    }
    t->trapno = vector;
    return vector != EXCP0E_PAGE;
}

/* Where a page fault at addr is, on x86: the first byte that may not be
 * written of an operand that is read, modified and written. */
static uint64_t first_fault(TaskState *t, uint64_t addr, uint32_t *err)
{
    X86Access a;
    MMArea area;

    if (!(t->env->h.mode & HF_CS64)) {
        addr = (uint32_t)addr;
    }
    if ((*err & PF_WRITE) || !x86_explicit_access(t->env, &a) || !a.write ||
        a.addr > addr || addr - a.addr >= a.size) {
        return addr;
    }
    *err |= PF_WRITE;
    if (a.addr == addr || !mm_lookup(a.addr, &area) ||
        (area.prot & PROT_WRITE)) {
        return addr;
    }
    *err |= PF_PRESENT;
    return a.addr;
}

static void host_fault_info(TaskState *t, int sig, const siginfo_t *info,
                            const HostFault *f)
{
    siginfo_t *out = &t->fault;
    uint32_t err = f->error_code;

    memset(out, 0, sizeof(*out));
    t->env->eflags |= RF_MASK;
    out->si_signo = sig;
    out->si_code = info->si_code;
    out->si_addr = info->si_addr;
    t->trapno = f->trapno;
    t->error_code = 0;
    if ((sig == SIGSEGV || sig == SIGBUS) &&
        segment_fault(t, sig, info, f)) {
        out->si_signo = t->trapno == EXCP0C_STACK ? SIGBUS : SIGSEGV;
        out->si_code = SI_KERNEL;
        out->si_addr = NULL;
    } else if (sig == SIGSEGV) {
        uint64_t addr = first_fault(t, (uintptr_t)info->si_addr, &err);
        t->trapno = EXCP0E_PAGE;
        page_fault_info(t, addr, err, out);
    } else if (sig == SIGBUS && info->si_code == BUS_ADRERR) {
        t->trapno = EXCP0E_PAGE;
        t->cr2 = (uintptr_t)info->si_addr;
        t->error_code = f->error_code | PF_USER;
    } else if (sig == SIGFPE || sig == SIGILL) {
        out->si_addr = (void *)(uintptr_t)x86_eip(t->env);
    }
}

static void emulator_fault(int sig, const siginfo_t *info, void *uc)
    QEMU_NORETURN;
static void emulator_fault(int sig, const siginfo_t *info, void *uc)
{
    char msg[160];
    int n = snprintf(msg, sizeof(msg), "%s: internal fault: signal %d"
                     " code %d address %p at host pc 0x%" PRIxPTR "\n",
                     PROGRAM_NAME, sig,
                     info->si_code, info->si_addr, host_context_pc(uc));

    if (write(STDERR_FILENO, msg, n) < 0) {
        /* nothing left to do */
    }
    signal_die(sig);
}

bool signal_host_fault(TaskState *t, int sig, siginfo_t *info, void *uc)
{
    HostFault f;

    host_context_fault(uc, &f);
    if (sig == SIGSEGV && info->si_code != SI_KERNEL &&
        code_write(t, info, &f, uc)) {
        return true;
    }
    if ((sig == SIGSEGV || sig == SIGBUS) && uaccess_fixup(uc)) {
        return true;
    }
    switch (tcg_state_from_signal(&t->env->h, uc)) {
    case TCG_WHERE_RESUME:
        return true;
    case TCG_WHERE_CODE:
    case TCG_WHERE_HELPER:
        host_fault_info(t, sig, info, &f);
        tcg_exit_from_signal(&t->env->h, uc, EXCP_GUEST_FAULT);
        return true;
    default:
        emulator_fault(sig, info, uc);
    }
}

/* ---- death --------------------------------------------------------------- */

void signal_report_death(CPUX86State *env, int sig)
{
    TaskState *t = task_of(env);

    if (!qemu_loglevel_mask(CPU_LOG_INT | LOG_GUEST_ERROR)) {
        return;
    }
    qemu_log("guest killed by signal %d (%s) at pc 0x%" PRIx64
             ", trap %" PRIu64 " error 0x%" PRIx64 " cr2 0x%" PRIx64 "\n",
             sig, strsignal(sig), env->h.pc, t->trapno, t->error_code, t->cr2);
    const char *where = log_symbol(env->h.pc);
    if (where) {
        qemu_log("  at %s\n", where);
    }
}
