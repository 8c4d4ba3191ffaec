/* SPDX-License-Identifier: MIT */
/*
 * Code that hardly ever ran is not translated: the front end executes it
 * (TCGFrontend.cold_run) until it was met cold_runs times.  Four fifths of what
 * a small process runs at its start runs once.  Here: the counts, the way in,
 * and the way out of a guest access that faults.
 */
#include "util/osdep.h"

#include "tcg/cold.h"
#include "util/log.h"

/* A process that goes on and on will make good use of translations: it gets
 * them sooner once so many blocks were run cold. */
enum { COUNT_BITS = 16, EARLY_BLOCKS = 10000, LATE_RUNS = 3 };

static unsigned cold_runs;
static unsigned nb_cold_blocks;     /* not exact with threads */
/* By a hash of the pc; places that share one are translated the sooner. */
static uint8_t counts[1 << COUNT_BITS];

void cold_init(const TCGConfig *cfg)
{
    /* What -d shows of code is that of TBs: then all is in TBs. */
    const int shows = CPU_LOG_TB_IN_ASM | CPU_LOG_TB_OP | CPU_LOG_TB_OP_OPT |
                      CPU_LOG_TB_OUT_ASM | CPU_LOG_EXEC | CPU_LOG_TB_CPU |
                      CPU_LOG_TB_NOCHAIN;

    cold_runs = 0;
    if (tcg_frontend && tcg_frontend->cold_run && !cfg->max_insns &&
        !qemu_loglevel_mask(shows)) {
        cold_runs = cfg->cold_runs == TCG_COLD_ALWAYS
                        ? TCG_COLD_ALWAYS
                        : MIN(cfg->cold_runs, (unsigned)UINT8_MAX);
    }
}

static inline uint8_t *count_of(uint64_t pc)
{
    return &counts[pc * 0x9e3779b97f4a7c15ull >> (64 - COUNT_BITS)];
}

void cold_translated(uint64_t pc)
{
    *count_of(pc) = UINT8_MAX;
}

bool cold_seen(uint64_t pc)
{
    return !cold_runs || *count_of(pc);
}

bool tcg_cold_goes_on(TCGContext *s, uint64_t pc)
{
    uint8_t *n = count_of(pc);

    if (*n >= cold_runs || tcg_page_checked(pc) ||
        __atomic_load_n(&s->env->exit_request, __ATOMIC_RELAXED)) {
        return false;
    }
    *n += *n < UINT8_MAX - 1;
    if (unlikely(++nb_cold_blocks == EARLY_BLOCKS) &&
        cold_runs != TCG_COLD_ALWAYS) {
        cold_runs = MIN(cold_runs, (unsigned)LATE_RUNS);
    }
    return true;
}

bool tcg_cold_keeps_flags(void)
{
    return __atomic_load_n(&tcg_ret_flags, __ATOMIC_RELAXED);
}

/* Its plain loads and stores are ordered as the host's are. */
static bool ordered(const TCGThread *th)
{
    return HOST_STRONG_ORDER || !(th->next || th->prev);
}

/* Apart, as a function that calls setjmp is compiled poorly. */
static unsigned __attribute__((noinline)) enter(TCGThread *th)
{
    unsigned reason;

    if (host_setjmp(th->cold_jmp)) {
        reason = th->env->exit_reason;
    } else {
        th->cold = true;
        COMPILER_BARRIER();
        reason = tcg_frontend->cold_run(th->ctx, th->env);
        COMPILER_BARRIER();
    }
    th->cold = false;
    return reason;
}

unsigned cold_run(TCGThread *th, bool ret)
{
    if (!cold_runs || th->step_once || th->slow_once || !ordered(th) ||
        (th->env->mode & (tcg_frontend->soft_mode | tcg_frontend->step_mode))) {
        return TCG_COLD_TRANSLATE;
    }
    th->ctx->mode = th->env->mode;
    if (!tcg_cold_goes_on(th->ctx, th->env->pc)) {
        return TCG_COLD_TRANSLATE;
    }
    /* See returns in tcg/flags.c: hot code may have dropped them. */
    if (ret && !tcg_cold_keeps_flags() &&
        tcg_flags_read_at(th->ctx, th->env->pc)) {
        return TCG_COLD_TRANSLATE;
    }
    return enter(th);
}

TCGWhere cold_state_from_signal(TCGThread *th)
{
    tcg_frontend->cold_sync(th->ctx);
    return TCG_WHERE_HELPER;
}

static void QEMU_NORETURN leave(TCGThread *th)
{
    host_longjmp(th->cold_jmp);
}

void cold_exit_from_signal(TCGThread *th, void *ucontext)
{
    tcg_resume_in(ucontext, (uintptr_t)leave, (uintptr_t)th);
}
