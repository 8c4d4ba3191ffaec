/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPU threads: each runs x86_sys_exec() without the big lock while
 * there is something to run, and sleeps on its condition else; and what
 * devices ask of vCPUs (hw/core/vcpu.h).
 */
#include "util/osdep.h"
#include "system/cpus.h"

#include "hw/core/vcpu.h"
#include "hw/intc/apic.h"
#include "system/cpu-memory.h"
#include "system/cpus-int.h"
#include "system/main-loop.h"
#include "system/runstate.h"
#include "system/timer.h"
#include "target-i386/fpu_state.h"
#include "util/log.h"

#include <sys/mman.h>
#include <sys/syscall.h>

VCPU *vcpus;
static unsigned nb_vcpus;
static GCond stopped_cond;
static const char *backend;
static size_t cache_size;
static unsigned max_insns;      /* of a translation block; 0: default */
static _Thread_local VCPU *self;

void cpus_set_accel(bool interpreter, unsigned cache_mib, bool one_insn)
{
    backend = interpreter ? "tci" : NULL;
    cache_size = (size_t)cache_mib << 20;
    max_insns = one_insn;
}

unsigned cpus_count(void)
{
    return nb_vcpus;
}

/* ---- host faults ------------------------------------------------------------------- */

enum { ALT_STACK = 64 << 10 };

/* Not a page that is absent, but an address that is none.  So x86 reports
 * vectors that are not aligned; generated code of other hosts accesses such an
 * address then, which an emulated host may report as 0. */
static bool is_no_address(int sig, const siginfo_t *info)
{
    uintptr_t addr = (uintptr_t)info->si_addr;

    return info->si_code == SI_KERNEL ||
           (sig == SIGSEGV && (!addr || addr >> 48));
}

/* A floating-point exception that the guest does not mask, an unaligned
 * vector access, or the translator's own stack guard. */
static void on_host_fault(int sig, siginfo_t *info, void *uc)
{
    CPUX86State *env = self ? self->env : NULL;
    unsigned vector = EXCP0D_GPF;

    switch (tcg_state_from_signal(&env->h, uc)) {
    case TCG_WHERE_RESUME:
        return;
    case TCG_WHERE_CODE:
    case TCG_WHERE_HELPER:
        if (sig == SIGFPE) {
            unsigned csr = env->h.fpcr;

            vector = info->si_code == FPE_INTDIV ? EXCP00_DIVZ
                   : csr & ~(csr >> 7) & 0x3f ? EXCP13_SIMD : EXCP10_COPR;
        } else if (!is_no_address(sig, info)) {
            break;
        }
        env->error_code = 0;
        tcg_exit_from_signal(&env->h, uc, vector);
        return;
    default:
        break;
    }
    signal(sig, SIG_DFL);       /* the emulator's own fault */
}

static void catch_faults(void)
{
    static const int sigs[] = { SIGSEGV, SIGBUS, SIGFPE };
    struct sigaction act = {
        .sa_sigaction = on_host_fault,
        .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(sigs); i++) {
        sigaction(sigs[i], &act, NULL);
    }
}

/* Generated code has no stack that a handler could use; other signals are the
 * main thread's. */
static void thread_signals(VCPU *v, stack_t *old)
{
    stack_t ss = { .ss_sp = v->alt_stack, .ss_size = ALT_STACK };
    sigset_t set;

    sigaltstack(&ss, old);
    sigfillset(&set);
    sigdelset(&set, SIGSEGV);
    sigdelset(&set, SIGBUS);
    sigdelset(&set, SIGFPE);
    sigdelset(&set, SIGILL);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

/* ---- threads -------------------------------------------------------------------------- */

enum { MWAIT_PAUSE_US = 1000, MWAIT_PAUSE_MAX_US = 64000 };

static bool may_run(const VCPU *v)
{
    const X86Sys *s = v->env->sys;

    return v->run && ((!s->halted && !s->stop && !s->wait_sipi) ||
                      x86_sys_has_work(v->env));
}

/* A store that ends MWAIT may come untold: such a vCPU looks again, ever more
 * seldom. */
static void wait_for_work(VCPU *v, int64_t *pause)
{
    bool looks = v->run && v->env->sys->mwait;

    bql_wait(&v->cond, looks ? *pause : -1);
    *pause = MIN(*pause * 2, MWAIT_PAUSE_MAX_US);
}

static void *vcpu_thread(void *arg)
{
    VCPU *v = arg;
    int64_t pause = MWAIT_PAUSE_US;
    stack_t signal_stack;

    self = v;
    vcpu_current = v->index;
    v->tid = syscall(SYS_gettid);
    thread_signals(v, &signal_stack);
    tcg_thread_init(&v->env->h);
    x86_sys_reset(v->env);
    bql_lock();
    while (!v->quit) {
        if (!may_run(v)) {
            if (!v->run && !v->stopped) {
                x86_fpu_sync(v->env);           /* for those who look */
            }
            v->stopped = !v->run;
            v->idle = v->run;
            g_cond_broadcast(&stopped_cond);
            wait_for_work(v, &pause);
            v->idle = false;
            continue;
        }
        v->stopped = false;
        pause = MWAIT_PAUSE_US;
        if (v->fpu_written) {
            v->fpu_written = false;
            x86_fpu_load(v->env);
        }
        bql_unlock();
        x86_sys_exec(v->env);
        bql_lock();
        if (v->env->sys->debug.event) {
            v->run = false;
            request_debug();
        }
    }
    v->stopped = true;
    bql_unlock();
    tcg_thread_exit(&v->env->h);
    sigaltstack(&signal_stack, NULL);   /* whoever set it up takes it back */
    return NULL;
}

static void kick(VCPU *v, unsigned mask)
{
    x86_sys_interrupt_set(v->env, mask);
    g_cond_signal(&v->cond);
}

void cpus_resume_all(void)
{
    cpu_memory_init(cpus_memory_changed);
    for (unsigned i = 0; i < nb_vcpus; i++) {
        x86_sys_interrupt_clear(vcpus[i].env, CPU_INTR_STOP);
        vcpus[i].run = !vcpus[i].held;
        g_cond_signal(&vcpus[i].cond);
    }
}

static bool all_stopped(void)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        if (!vcpus[i].stopped && &vcpus[i] != self) {
            return false;
        }
    }
    return true;
}

void cpus_pause_all(void)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        vcpus[i].run = false;
        kick(&vcpus[i], CPU_INTR_STOP);
    }
    while (!all_stopped()) {
        bql_wait(&stopped_cond, -1);
    }
    cpu_memory_collect();
}

void cpus_reset(void)
{
    cpu_memory_init(cpus_memory_changed);
    x86_sys_tsc_base = host_ticks();
    for (unsigned i = 0; i < nb_vcpus; i++) {
        x86_sys_interrupt_clear(vcpus[i].env, CPU_INTR_INIT | CPU_INTR_SIPI |
                                CPU_INTR_SMI | CPU_INTR_NMI);
        kick(&vcpus[i], CPU_INTR_RESET);
    }
}

void cpus_destroy_all(void)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        vcpus[i].quit = true;
        vcpus[i].run = false;
        kick(&vcpus[i], CPU_INTR_STOP);
    }
    bql_unlock();
    for (unsigned i = 0; i < nb_vcpus; i++) {
        pthread_join(vcpus[i].thread, NULL);
    }
    bql_lock();
}

/* ---- what devices ask ------------------------------------------------------------------- */

void cpus_memory_changed(void)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        kick(&vcpus[i], CPU_INTR_FLUSH);
    }
}

static void vcpu_intr(unsigned cpu, bool level)
{
    if (cpu >= nb_vcpus) {
        return;
    }
    if (level) {
        kick(&vcpus[cpu], CPU_INTR_HARD);
    } else {
        x86_sys_interrupt_clear(vcpus[cpu].env, CPU_INTR_HARD);
    }
}

static void vcpu_take_event(unsigned cpu, VCPUEvent event, unsigned arg)
{
    CPUX86State *env;

    if (cpu >= nb_vcpus) {
        return;
    }
    env = vcpus[cpu].env;
    switch (event) {
    case VCPU_EVENT_NMI:
        kick(&vcpus[cpu], CPU_INTR_NMI);
        break;
    case VCPU_EVENT_SMI:
        kick(&vcpus[cpu], CPU_INTR_SMI);
        break;
    case VCPU_EVENT_INIT:
        x86_sys_interrupt_clear(env, CPU_INTR_SIPI);
        kick(&vcpus[cpu], CPU_INTR_INIT);
        break;
    case VCPU_EVENT_SIPI:
        if (env->sys->wait_sipi ||
            (__atomic_load_n(&env->intr, __ATOMIC_SEQ_CST) &
             (CPU_INTR_INIT | CPU_INTR_RESET))) {
            env->sys->sipi_vector = arg;
            kick(&vcpus[cpu], CPU_INTR_SIPI);
        }
        break;
    case VCPU_EVENT_IGNNE:
        env->sys->ignne = true;
        kick(&vcpus[cpu], CPU_INTR_FLUSH);      /* another mode, now */
        break;
    default:
        break;
    }
}

static void set_a20(bool open)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        X86Sys *s = vcpus[i].env->sys;
        uint64_t mask = open ? UINT64_MAX : ~(1ull << 20);

        if (s->a20_mask != mask) {
            __atomic_store_n(&s->a20_mask, mask, __ATOMIC_SEQ_CST);
            kick(&vcpus[i], CPU_INTR_FLUSH);
        }
    }
}

static uint64_t get_tsc(unsigned cpu)
{
    return cpu < nb_vcpus ? x86_sys_tsc(vcpus[cpu].env) : host_ticks();
}

static uint64_t start_ticks;
static int64_t start_ns;

/* Measured from the start of the program to now, then kept. */
static uint64_t tsc_frequency(void)
{
    static uint64_t hz;

    if (!hz) {
        int64_t ns = clock_get_ns(CLOCK_TYPE_REALTIME) - start_ns;
        uint64_t ticks;

        if (ns < 20 * SCALE_MS) {
            g_usleep(20000 - ns / 1000);
        }
        ticks = host_ticks() - start_ticks;
        ns = clock_get_ns(CLOCK_TYPE_REALTIME) - start_ns;
        hz = (__int128)ticks * NANOSECONDS_PER_SECOND / ns;
    }
    return hz;
}

void cpus_nmi(void)
{
    for (unsigned i = 0; i < nb_vcpus; i++) {
        apic_deliver_nmi(i);
    }
}

static const VCPUOps vcpu_ops = {
    .set_intr = vcpu_intr, .event = vcpu_take_event, .set_a20 = set_a20,
    .get_tsc = get_tsc, .tsc_frequency = tsc_frequency,
};

/* ---- what vCPUs ask ----------------------------------------------------------------------- */

static unsigned index_of(const CPUX86State *env)
{
    return env->sys->index;
}

/* The value of a call under the big lock. */
#define LOCKED(call)                \
    ({                              \
        __typeof__(call) v_;        \
                                    \
        bql_lock();                 \
        v_ = (call);                \
        bql_unlock();               \
        v_;                         \
    })

static int ack_interrupt(CPUX86State *env)
{
    return LOCKED(x86_interrupt_acknowledge(index_of(env)));
}

static uint64_t get_apic_base(CPUX86State *env)
{
    return LOCKED(apic_get_base(index_of(env)));
}

static bool set_apic_base(CPUX86State *env, uint64_t val)
{
    bool ok;

    bql_lock();
    ok = apic_set_base(index_of(env), val);
    if (ok) {
        env->sys->apic_page = apic_page(index_of(env));
        kick(&vcpus[index_of(env)], CPU_INTR_FLUSH);
    }
    bql_unlock();
    return ok;
}

/* The local APIC was reset with the machine. */
static void reset_apic_base(CPUX86State *env)
{
    bql_lock();
    env->sys->apic_page = apic_page(index_of(env));
    bql_unlock();
}

static uint8_t get_tpr(CPUX86State *env)
{
    return LOCKED(apic_get_tpr(index_of(env)));
}

static void set_tpr(CPUX86State *env, uint8_t tpr)
{
    bql_lock();
    apic_set_tpr(index_of(env), tpr);
    bql_unlock();
}

static bool msr_read(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    return LOCKED(apic_msr_read(index_of(env), msr, val));
}

static bool msr_write(CPUX86State *env, uint32_t msr, uint64_t val)
{
    return LOCKED(apic_msr_write(index_of(env), msr, val));
}

static uint64_t get_deadline(CPUX86State *env)
{
    return LOCKED(apic_get_tsc_deadline(index_of(env)));
}

static void set_deadline(CPUX86State *env, uint64_t val)
{
    bql_lock();
    apic_set_tsc_deadline(index_of(env), val);
    bql_unlock();
}

static void triple_fault(CPUX86State *env)
{
    bql_lock();
    machine_request(MACHINE_RESET, 0);
    bql_unlock();
}

static void line_written(unsigned cpu)
{
    bool locked = bql_locked();     /* a device's write */

    if (!locked) {
        bql_lock();
    }
    kick(&vcpus[cpu], CPU_INTR_LINE);
    if (!locked) {
        bql_unlock();
    }
}

static void ferr(CPUX86State *env)
{
    bql_lock();
    vcpu_pulse_ferr();
    bql_unlock();
}

/* ---- making them ---------------------------------------------------------------------------- */

static void ram_written(void *host, uint64_t len)
{
    tcg_invalidate((uintptr_t)host, (uintptr_t)host + len - 1);
    softmmu_line_written((uintptr_t)host, len);
}

bool cpus_create(MachineState *m, GError **errp)
{
    TCGConfig cfg = { .cache_size = cache_size, .backend = backend,
                      .max_insns = max_insns };
    const struct X86CPUModel *model;

    start_ticks = host_ticks();
    start_ns = clock_get_ns(CLOCK_TYPE_REALTIME);
    model = x86_cpu_model(m->cpu_type, errp);
    if (!model || !tcg_init(&cfg, errp)) {
        return false;
    }
    tcg_memory_shared();        /* with the devices' threads */
    x86_sys_init();
    x86_sys_ops = (X86SysOps){
        .ack_interrupt = ack_interrupt, .port_in = cpu_port_in,
        .port_out = cpu_port_out, .port_in_string = cpu_port_in_string,
        .port_out_string = cpu_port_out_string,
        .get_apic_base = get_apic_base,
        .set_apic_base = set_apic_base,
        .reset_apic_base = reset_apic_base, .get_tpr = get_tpr,
        .set_tpr = set_tpr, .apic_msr_read = msr_read,
        .apic_msr_write = msr_write, .get_tsc_deadline = get_deadline,
        .set_tsc_deadline = set_deadline, .ram = cpu_memory_ram,
        .mem_read = cpu_memory_read, .mem_write = cpu_memory_write,
        .triple_fault = triple_fault, .line_written = line_written,
        .ferr = ferr,
    };
    catch_faults();
    memory_ram_written = ram_written;
    cpu_memory_init(cpus_memory_changed);
    vcpus = g_new0(VCPU, m->smp.cpus);
    for (unsigned i = 0; i < m->smp.cpus; i++) {
        VCPU *v = &vcpus[i];

        v->index = i;
        v->stopped = true;
        v->alt_stack = g_malloc(ALT_STACK);
        v->env = tcg_env_alloc(sizeof(CPUX86State));
        v->env->model = model;
        x86_sys_new(v->env, i, m->smp.cpus);
        g_cond_init(&v->cond);
        nb_vcpus++;
        if (pthread_create(&v->thread, NULL, vcpu_thread, v)) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_GENERIC,
                        "cannot create a thread for vCPU %u", i);
            return false;
        }
    }
    vcpu_set_ops(&vcpu_ops);
    return true;
}
