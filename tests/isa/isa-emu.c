/* SPDX-License-Identifier: MIT */
/*
 * Runs a case through the translator with the back end under test.  Guest
 * faults come as host signals and take linux-user's way out.  The translator
 * reads a copy of the code page, so that the native run's way back does not
 * show.
 */
#include "util/osdep.h"
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"
#include "target-i386/fault.h"
#include "target-i386/fpu_state.h"
#include "tcg/tcg-int.h"
#include "linux-user/host-context.h"
#include "linux-user/vector-signal.h"
#include "tests/isa/isa.h"

/* The handlers start with the case's own segment bases. */
#define NO_CANARY __attribute__((no_stack_protector))

static CPUX86State *env;
static bool running, hang;
static bool host_fault;        /* the run ended by one; what it was: */
static uint64_t fault_cr2;
static uint32_t fault_error;
static unsigned run_id;
static uint8_t code_copy[ISA_CODE_SIZE + 64];

static const uint8_t *emu_fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    bool in = pc - ISA_CODE < ISA_CODE_SIZE;

    *avail = in ? ISA_CODE + ISA_CODE_SIZE - pc : 0;
    return in ? code_copy + (pc - ISA_CODE) : code_copy;
}

static bool emu_protect(uint64_t start, uint64_t last)
{
    return true;
}

bool isa_emu_init(const char *backend)
{
    static X86CPUModel all;
    bool cold = backend && !strcmp(backend, "cold");
    TCGConfig cfg = {
        .backend = cold ? NULL : backend, .cold_runs = cold ? TCG_COLD_ALWAYS : 0,
    };
    GError *err = NULL;

    tcg_frontend = &x86_frontend;
    tcg_ret_flags = true;       /* exact: flags live across returns */
    tcg_code_hooks.fetch = emu_fetch;
    tcg_code_hooks.protect = emu_protect;
    if (!tcg_init(&cfg, &err)) {
        fprintf(stderr, "isa-test: %s\n", err ? err->message : "tcg_init");
        return false;
    }
    env = tcg_env_alloc(sizeof(CPUX86State));
    all = *x86_cpu_model("max", NULL);
    memset(all.feats, 0xff, sizeof(all.feats));     /* the silicon decides */
    env->model = &all;
    x86_cpu_reset_user64(env);
    tcg_thread_init(&env->h);
    return true;
}

const char *isa_emu_backend(void)
{
    return tcg_backend->name;
}

/* ---- memory and signals -------------------------------------------------- */

/* The guest's vector for a host fault. */
static unsigned host_vector(int sig, const siginfo_t *si, void *ctx)
{
    int64_t top = (int64_t)(uintptr_t)si->si_addr >> 47;
    bool hard = si->si_code == SI_KERNEL ||
                (sig == SIGSEGV && top != 0 && top != -1);
    HostFault f;

    host_context_fault(ctx, &f);
    fault_error = f.error_code;
    if (sig == SIGSEGV && (hard || isa_mode32 || !f.trapno)) {
        return x86_access_fault(env, hard);
    }
    return f.trapno ? f.trapno : sig == SIGFPE ? 0 : sig == SIGBUS ? 17 : 14;
}

static bool emu_signal(int sig, siginfo_t *si, void *ctx)
{
    TCGWhere where;
    unsigned vector;

    if (!running) {
        return false;
    }
    where = tcg_state_from_signal(&env->h, ctx);
    if (where == TCG_WHERE_OUTSIDE) {
        return false;
    }
    if (where != TCG_WHERE_RESUME) {
        vector = host_vector(sig, si, ctx);
        host_fault = true;
        fault_cr2 = vector == 14 ? (uintptr_t)si->si_addr : 0;
        tcg_exit_from_signal(&env->h, ctx, vector);
    }
    return true;
}

NO_CANARY static void on_fault(int sig, siginfo_t *si, void *uc)
{
    static const char msg[] = "isa-test: fault in the harness itself\n";

    if (isa_native_signal(si, uc) || emu_signal(sig, si, uc)) {
        return;
    }
    if (write(2, msg, sizeof(msg) - 1)) {
        ;
    }
    signal(sig, SIG_DFL);
}

/* A case that lives for some ticks of processor time loops for ever. */
NO_CANARY static void on_tick(int sig, siginfo_t *si, void *uc)
{
    static unsigned id, ticks;

    ticks = id == run_id ? ticks + 1 : 0;
    id = run_id;
    if (!isa_native_tick(ticks, uc) && running && ticks > 100) {
        hang = true;
        tcg_request_exit(&env->h);
    }
}

static void map_at(uint64_t at, size_t size, int prot)
{
    if (mmap((void *)(uintptr_t)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_FIXED_NOREPLACE, -1, 0) != (void *)(uintptr_t)at) {
        perror("isa-test: mmap");
        exit(2);
    }
}

void isa_memory_init(void)
{
    static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
    struct sigaction sa = { .sa_sigaction = on_fault,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK };
    stack_t ss = { .ss_size = 1 << 18, .ss_sp = g_malloc(1 << 18) };
    struct itimerval it = { { 0, 20000 }, { 0, 20000 } };

    map_at(ISA_CODE, ISA_CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
    map_at(ISA_TRAMP, 0x1000, PROT_READ | PROT_WRITE | PROT_EXEC);
    map_at(ISA_DATA, ISA_DATA_SIZE, PROT_READ | PROT_WRITE);
    map_at(ISA_RO, ISA_RO_SIZE, PROT_READ);
    if (isa_replaying) {        /* nobody else's there */
        map_at(ISA_DATA - 0x10000, 0x10000, PROT_NONE);
        map_at(ISA_RO + ISA_RO_SIZE, 0x10000, PROT_NONE);
        map_at(ISA_CODE + ISA_CODE_SIZE, 0x10000, PROT_NONE);
    }
    (void)*(volatile uint8_t *)(uintptr_t)ISA_RO;   /* present from now on */
    memset(code_copy, ISA_FILL, sizeof(code_copy));
    sigaltstack(&ss, NULL);
    sigfillset(&sa.sa_mask);
    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
        sigaction(sigs[i], &sa, NULL);
    }
    sa.sa_sigaction = on_tick;
    sigaction(SIGPROF, &sa, NULL);
    setitimer(ITIMER_PROF, &it, NULL);
}

void isa_place_data(const IsaCase *c)
{
    run_id++;
    memcpy((void *)(uintptr_t)ISA_DATA, c->mem, ISA_DATA_SIZE);
}

/* ---- one run ------------------------------------------------------------- */

void isa_emu_code(const IsaCase *c)
{
    static unsigned codes, lo, len;

    memset(code_copy + lo, ISA_FILL, len);
    lo = c->off;
    len = MIN(c->len, ISA_CODE_SIZE - c->off);
    memcpy(code_copy + lo, c->code, len);
    if (++codes % 2048 == 0) {
        tcg_flush_all();
    } else {
        tcg_invalidate(ISA_CODE, ISA_CODE + ISA_CODE_SIZE - 1);
        /* Not code that looks at its own page, which is the native run's. */
        tcg_any_checked = false;
    }
}

static void emu_load(const IsaState *in)
{
    QEMU_ALIGNED(64) uint8_t fx[512];

    memcpy(env->regs, in->gpr, sizeof(env->regs));
    x86_set_eflags(env, in->flags);
    env->h.exit_request = 0;
    memcpy(fx, in->fx, 512);
    for (int i = 0; i < 16; i++) {
        memcpy(fx + 160 + 16 * i, in->vec[i], 16);
    }
    x86_fxrstor(env, fx);
    for (int i = 0; i < 16; i++) {
        memcpy(env->vreg[i], in->vec[i], 32);
    }
    if (!isa_mode32) {
        env->segs[R_FS].base = in->base[0];
        env->segs[R_GS].base = in->base[1];
    }
}

static void segments(const IsaCase *c)
{
    static bool changed = true;

    if (!changed && !c->segs) {
        return;
    }
    if (isa_mode32) {
        x86_cpu_reset_user32(env);
    } else {
        x86_cpu_reset_user64(env);
    }
    changed = c->segs;
}

/* System calls: all fail with ENOSYS. */
static bool no_syscall(unsigned reason)
{
    if (reason == EXCP_SYSCALL) {
        env->regs[R_ECX] = env->h.pc;
        env->regs[11] = x86_get_eflags(env);
    } else if (reason != EXCP_INT || (env->h.exit_arg & 0xff) != 0x80) {
        return false;
    }
    env->regs[R_EAX] = -ENOSYS;
    return true;
}

/* The exception that an exit stands for. */
static unsigned emu_vector(unsigned reason)
{
    unsigned n = env->h.exit_arg & 0xff;

    switch (reason) {
    case TCG_EXIT_DIVIDE:
        return 0;
    case EXCP_INT:
        if (n == 3 || n == 4) {
            return n;
        }
        env->error_code = n * 8 + 2;
        env->h.pc -= env->h.exit_arg >> 8;
        return EXCP0D_GPF;
    case TCG_EXIT_STEP:
        return 1;
    case TCG_EXIT_REQUEST:
        return hang ? ISA_HANG : ISA_VEC_OTHER;
    default:
        return reason < 32 ? reason : ISA_VEC_OTHER + (reason & 0xff);
    }
}

static void emu_fault(IsaResult *r)
{
    uint64_t page;
    siginfo_t si;

    memset(&si, 0, sizeof(si));
    if (r->vector < 32) {
        vector_siginfo(env, r->vector, &si);
    }
    r->cr2 = 0;
    r->error_code = r->vector >= 10 && r->vector <= 13 ? env->error_code : 0;
    if (r->vector == 14) {
        r->cr2 = host_fault ? fault_cr2 : env->cr2;
        r->error_code = host_fault ? fault_error : env->error_code;
        if (isa_mode32) {           /* as linux-user does */
            r->cr2 = (uint32_t)r->cr2;
        }
        page = r->cr2 & ~0xfffull;
        si.si_code = (page - ISA_DATA < ISA_DATA_SIZE + ISA_RO_SIZE) ||
                     page - ISA_CODE < ISA_CODE_SIZE ||
                     page == ISA_TRAMP ? SEGV_ACCERR : SEGV_MAPERR;
        si.si_addr = (void *)(uintptr_t)r->cr2;
        if (si.si_code == SEGV_ACCERR && (r->error_code & 16)) {
            r->error_code |= 1;     /* as linux-user does */
        }
    }
    if (r->vector == 1) {           /* INT1 */
        si.si_code = TRAP_BRKPT;
    }
    r->sig = r->vector == 12 ? SIGSEGV : si.si_signo;
    r->vector = isa_vector(r->vector);
    r->si_code = si.si_code;
    r->sig_addr = (uintptr_t)si.si_addr;
}

static void emu_save(IsaResult *r)
{
    static const uint8_t seg_of[4] = { R_ES, R_DS, R_FS, R_GS };

    memcpy(r->st.gpr, env->regs, sizeof(r->st.gpr));
    r->st.flags = x86_get_eflags(env);
    r->st.pc = env->h.pc;
    for (int i = 0; i < 16; i++) {
        memcpy(r->st.vec[i], env->vreg[i], 32);
    }
    for (int i = 0; i < 4; i++) {
        r->st.sel[i] = env->segs[seg_of[i]].selector;
    }
    r->st.base[0] = env->segs[R_FS].base;
    r->st.base[1] = env->segs[R_GS].base;
}

void isa_emu_run(const IsaCase *c, IsaResult *r)
{
    unsigned reason;

    segments(c);
    emu_load(&c->in);
    env->h.pc = ISA_CODE + c->off;
    hang = false;
    host_fault = false;
    env->cr2 = 0;
    env->error_code = 0;
    running = true;
    do {
        reason = tcg_run(&env->h);
    } while ((reason == TCG_EXIT_REQUEST && !hang) || no_syscall(reason));
    running = false;
    r->vector = emu_vector(reason);
    emu_fault(r);
    x86_fxsave(env, r->st.fx);
#ifdef HOST_X86_64
    if (tcg_backend->has_x87) {
        static const uint32_t mxcsr = 0x1f80;

        asm volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
    }
#endif
    emu_save(r);
}
