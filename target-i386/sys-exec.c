/* SPDX-License-Identifier: MIT */
/*
 * The inner loop of a virtual CPU: runs translated code, and sees to what made
 * it stop: exceptions, interrupts, single steps, system calls, HLT.
 * Flow: the front's vCPU thread -> (this) -> tcg_run().
 */
#include "util/osdep.h"
#include "target-i386/sys.h"
#include "tcg/breakpoint.h"
#include "util/log.h"

bool x86_sys_has_work(const CPUX86State *env)
{
    const X86Sys *s = env->sys;
    uint64_t intr = __atomic_load_n(&env->intr, __ATOMIC_SEQ_CST);

    if (intr & (CPU_INTR_STOP | CPU_INTR_RESET | CPU_INTR_INIT |
                CPU_INTR_FLUSH)) {
        return true;
    }
    if (s->stop) {
        return false;
    }
    if (s->wait_sipi) {
        return intr & CPU_INTR_SIPI;
    }
    return ((intr & CPU_INTR_HARD) && (env->eflags & IF_MASK)) ||
           (s->mwait && ((intr & CPU_INTR_LINE) || x86_mwait_over(env))) ||
           ((intr & CPU_INTR_NMI) && !s->nmi_masked) ||
           ((intr & CPU_INTR_SMI) && !s->smm);
}

/* ---- system calls ----------------------------------------------------------------- */

static void flat_segment(CPUX86State *env, unsigned seg, unsigned sel,
                         uint32_t flags)
{
    env->segs[seg] = (SegmentCache){
        .selector = sel, .limit = UINT32_MAX,
        .flags = DESC_P | DESC_S | DESC_A | DESC_G | DESC_RW | flags,
    };
}

/* h.pc is the next instruction's. */
static void do_syscall(CPUX86State *env)
{
    X86Sys *s = env->sys;
    unsigned sel = s->star >> 32 & 0xfffc;
    uint32_t fl = x86_get_eflags(env);
    bool long64 = env->h.mode & HF_CS64;
    uint64_t next = x86_eip(env), to;

    if (!(s->efer & EFER_SCE)) {
        env->h.pc -= 2;
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (x86_long_active(s)) {
        env->regs[R_ECX] = next;
        env->regs[11] = fl & ~(uint32_t)RF_MASK;
        fl &= ~(uint32_t)(s->sfmask | RF_MASK);
        to = long64 ? s->lstar : s->cstar;
        flat_segment(env, R_CS, sel, DESC_CODE | DESC_L);
    } else {
        env->regs[R_ECX] = (uint32_t)next;
        fl &= ~(uint32_t)(IF_MASK | RF_MASK | VM_MASK);
        to = (uint32_t)s->star;
        flat_segment(env, R_CS, sel, DESC_CODE | DESC_DB);
    }
    flat_segment(env, R_SS, sel + 8, DESC_DB);
    x86_set_eflags(env, fl);
    s->cpl = 0;
    x86_sys_set_ip(env, to);
}

static void do_sysenter(CPUX86State *env)
{
    X86Sys *s = env->sys;
    unsigned sel = s->sysenter_cs & 0xfffc;
    bool lma = x86_long_active(s);

    if (lma && x86_is_amd(env->model)) {
        env->h.pc -= 2;
        x86_raise(env, EXCP06_ILLOP, 0);
    }
    if (!sel || !(s->cr0 & CR0_PE)) {
        env->h.pc -= 2;
        x86_raise(env, EXCP0D_GPF, 0);
    }
    x86_set_eflags(env, x86_get_eflags(env) &
                   ~(uint32_t)(VM_MASK | IF_MASK | RF_MASK));
    flat_segment(env, R_CS, sel, DESC_CODE | (lma ? DESC_L : DESC_DB));
    flat_segment(env, R_SS, sel + 8, DESC_DB);
    s->cpl = 0;
    env->regs[R_ESP] = lma ? s->sysenter_esp : (uint32_t)s->sysenter_esp;
    x86_sys_set_ip(env, lma ? s->sysenter_eip : (uint32_t)s->sysenter_eip);
}

/* INT3, INTO, INT n; h.pc is the next instruction's, and what delivery raises
 * is the instruction's own. */
static void do_int(CPUX86State *env, unsigned reason)
{
    unsigned n = reason == EXCP_INT ? env->h.exit_arg & 0xff : reason;
    uint64_t next = x86_eip(env);

    env->h.pc -= env->h.exit_arg >> 8;
    if (reason != EXCP_INT || !(env->eflags & VM_MASK) ||
        !x86_v86_int(env, n, next)) {
        x86_sys_deliver(env, n, true, false, 0, next, false);
    }
}

/* ---- debugging ---------------------------------------------------------------------- */

/* DR6 bits of instruction breakpoints at pc. */
static unsigned code_bps(const CPUX86State *env)
{
    const X86Sys *s = env->sys;
    unsigned hit = 0;

    for (unsigned i = 0; i < 4; i++) {
        if ((s->dr[7] >> (2 * i) & 3) && !(s->dr[7] >> (16 + 4 * i) & 3) &&
            s->dr[i] == env->h.pc) {
            hit |= 1 << i;
        }
    }
    return hit;
}

static void trap_debug(CPUX86State *env, uint64_t bits)
{
    env->sys->dr[6] |= bits;
    x86_sys_exception(env, EXCP01_DB);
}

/* Are we right behind what puts interrupts and traps off? */
static bool in_shadow(const CPUX86State *env)
{
    const X86Sys *s = env->sys;

    return s->inhibit && env->h.pc - s->inhibit_pc - 1 < 15;
}

/* An instruction was run alone; tf as before it.  MOV SS puts the trap off. */
static void after_step(CPUX86State *env, bool tf)
{
    X86Sys *s = env->sys;
    uint64_t bits = (tf && !in_shadow(env) ? DR6_BS : 0) | s->bp_hit;

    s->bp_hit = 0;
    x86_sys_update_mode(env);
    if (bits) {
        trap_debug(env, bits);
    }
}

/* A debugger's stop: the first reason counts. */
static void debug_event(X86Sys *s, unsigned event)
{
    if (!s->debug.event) {
        s->debug.event = event;
        s->debug.on = true;
    }
}

/* An instruction that hits a watchpoint was run alone, or is still to be. */
static void after_watch(CPUX86State *env, unsigned reason)
{
    if (env->watch_kind && reason == TCG_EXIT_REQUEST) {
        env->watch_kind = 0;
    } else if (env->watch_kind) {
        debug_event(env->sys, X86_DEBUG_WATCH);
    }
}

/* Has a step come to its end, or is something else to be told? */
static bool debug_due(CPUX86State *env)
{
    X86Debug *d = &env->sys->debug;
    uint64_t pc = env->h.pc;

    if (d->step && (d->stepped || pc != d->step_pc)) {
        d->stepped = false;
        d->step_pc = pc;
        if (pc < d->start || pc >= d->end || tcg_breakpoint_at(pc)) {
            debug_event(env->sys, X86_DEBUG_STEP);
        }
    }
    return d->event;
}

/* ---- events -------------------------------------------------------------------------- */

static void start_up(CPUX86State *env)
{
    X86Sys *s = env->sys;

    s->wait_sipi = s->halted = false;
    x86_set_real_seg(env, R_CS, s->sipi_vector << 8, false);
    x86_sys_set_ip(env, 0);
}

static void hardware_interrupt(CPUX86State *env)
{
    int vector = x86_sys_ops.ack_interrupt(env);

    if (vector >= 0) {
        x86_sys_wake(env);
        x86_sys_deliver(env, vector, false, false, 0, x86_eip(env), false);
    }
}

static void end_mwait(CPUX86State *env)
{
    if (env->sys->mwait) {
        x86_sys_wake(env);
    }
}

/* False: the front wants the thread. */
static bool serve_events(CPUX86State *env)
{
    X86Sys *s = env->sys;
    uint64_t intr = __atomic_load_n(&env->intr, __ATOMIC_SEQ_CST);

    if (intr & CPU_INTR_STOP) {
        return false;
    }
    /* It may be long ago: the shadow only counts right behind its cause. */
    s->inhibit = in_shadow(env);
    if (intr & CPU_INTR_RESET) {
        /* What came behind it stays: another vCPU may be ahead. */
        x86_sys_interrupt_clear(env, CPU_INTR_RESET);
        x86_sys_reset(env);
        return true;
    }
    if (intr & CPU_INTR_FLUSH) {
        x86_sys_interrupt_clear(env, CPU_INTR_FLUSH);
        end_mwait(env);
        s->line = 0;                /* that memory may be gone */
        softmmu_flush(&env->h, false);
    }
    if (s->stop) {
        return true;
    }
    if ((intr & CPU_INTR_INIT) && !s->smm) {
        x86_sys_interrupt_clear(env, CPU_INTR_INIT);
        x86_sys_init_signal(env);
        return true;
    }
    if (s->wait_sipi) {
        if (intr & CPU_INTR_SIPI) {
            x86_sys_interrupt_clear(env, CPU_INTR_SIPI);
            start_up(env);
        }
        return true;
    }
    x86_sys_interrupt_clear(env, intr & (CPU_INTR_SIPI | CPU_INTR_LINE));
    if (intr & CPU_INTR_LINE) {
        end_mwait(env);
    }
    if (s->inhibit || unlikely(s->debug.no_irq)) {
        return true;
    }
    if ((intr & CPU_INTR_SMI) && !s->smm) {
        x86_sys_interrupt_clear(env, CPU_INTR_SMI);
        x86_sys_wake(env);
        x86_smm_enter(env);
    } else if ((intr & CPU_INTR_NMI) && !s->nmi_masked) {
        x86_sys_interrupt_clear(env, CPU_INTR_NMI);
        s->nmi_masked = true;
        x86_sys_wake(env);
        x86_sys_deliver(env, EXCP02_NMI, false, false, 0, x86_eip(env),
                        false);
    } else if ((intr & CPU_INTR_HARD) && (env->eflags & IF_MASK)) {
        hardware_interrupt(env);
    }
    return true;
}

/* ---- the loop -------------------------------------------------------------------------- */

/* One instruction in slow mode while no other vCPU runs: what it changes lies
 * in two pages, and may be locked. */
static unsigned run_alone(CPUX86State *env)
{
    unsigned reason;

    tcg_exclusive_begin(&env->h);
    tcg_slow_once(&env->h);
    env->h.mode |= HF_TF;
    reason = tcg_run(&env->h);
    tcg_exclusive_end(&env->h);
    x86_sys_update_mode(env);
    return reason;
}

static void handle(CPUX86State *env, unsigned reason, bool tf)
{
    X86Sys *s = env->sys;

    switch (reason) {
    case TCG_EXIT_REQUEST:
        x86_sys_update_mode(env);
        break;
    case TCG_EXIT_STEP:
        s->debug.stepped = true;
        after_step(env, tf);
        break;
    case TCG_EXIT_BREAKPOINT:
        debug_event(s, X86_DEBUG_BREAKPOINT);
        break;
    case EXCP_SLOW:
        if (softmmu_crossed(&env->h) && s->count > 1) {
            handle(env, run_alone(env), tf);
            break;
        }
        tcg_slow_once(&env->h);
        if (s->bp_hit || env->watch_kind) {
            /* The data breakpoint traps behind the instruction. */
            s->bp_hit = 0;
            env->h.mode |= HF_TF;
            s->debug_step = true;
            reason = tcg_run(&env->h);
            x86_sys_update_debug(env);
            after_watch(env, reason);
            handle(env, reason, tf);
        }
        break;
    case EXCP_SYSCALL:
        do_syscall(env);
        break;
    case EXCP_SYSENTER:
        do_sysenter(env);
        break;
    case EXCP_HLT:
    case EXCP_MWAIT:
        s->inhibit = false;
        if (tf) {
            after_step(env, tf);
        } else if (reason == EXCP_HLT) {
            s->halted = true;
        } else {
            x86_mwait(env);
        }
        break;
    case EXCP_INT:
    case EXCP03_INT3:
    case EXCP04_INTO:
        do_int(env, reason);
        break;
    case TCG_EXIT_DIVIDE:
        x86_sys_exception(env, EXCP00_DIVZ);
        break;
    default:
        if (reason < 32) {
            x86_sys_exception(env, reason);
        }
    }
}

/* Instruction breakpoints, then one turn of translated code. */
static void run_some(CPUX86State *env)
{
    X86Sys *s = env->sys;
    bool tf = env->eflags & TF_MASK, shadow = in_shadow(env);

    if (unlikely(s->debug_step)) {
        unsigned hit = env->eflags & RF_MASK ? 0 : code_bps(env);

        env->eflags &= ~(uint64_t)RF_MASK;
        if (hit && !shadow) {
            trap_debug(env, hit);
            return;
        }
    }
    s->inhibit = false;
    if (unlikely(shadow) && __atomic_load_n(&env->intr, __ATOMIC_RELAXED)) {
        tcg_step_once(&env->h);
    }
    if (unlikely(s->debug.step)) {
        tcg_step_once(&env->h);
    }
    handle(env, tcg_run(&env->h), tf);
}

void x86_sys_exec(CPUX86State *env)
{
    X86Sys *s = env->sys;
    volatile int vector = setjmp(s->jmp);

    s->jmp_valid = true;
    if (vector) {
        x86_sys_exception(env, vector - 1);
    }
    for (;;) {
        s->pc_final = false;
        if (unlikely(s->debug.on) && debug_due(env)) {
            break;
        }
        __atomic_store_n(&env->h.exit_request, 0, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&env->intr, __ATOMIC_SEQ_CST) &&
            !serve_events(env)) {
            break;
        }
        if (s->mwait && x86_mwait_over(env)) {
            x86_sys_wake(env);
        }
        if (s->halted || s->stop || s->wait_sipi) {
            if (!x86_sys_has_work(env)) {
                break;
            }
            continue;
        }
        run_some(env);
    }
    s->jmp_valid = false;
}
