/* SPDX-License-Identifier: MIT */
/*
 * Running guest code: set-up, threads, the loop around generated code, the
 * full flush, fork, and the generic halves of fault handling.
 *
 * A thread is `inside` while it may touch TBs or run generated code.  A flush
 * waits until nobody is; a thread blocked in a system call never is, and one
 * that comes back meanwhile waits at the door.
 */
#include "util/osdep.h"

#include <sys/mman.h>

#include "tcg/breakpoint.h"
#include "tcg/cold.h"
#include "util/log.h"

/* Guest address = host address, everything readable. */
static const uint8_t *fetch_plain(TCGContext *s, uint64_t pc, size_t *avail)
{
    *avail = 4096 - (pc & 4095);
    return (const uint8_t *)(uintptr_t)pc;
}

/* The front defines these; tests may do without. */
TCGCodeHooks tcg_code_hooks __attribute__((weak)) = { .fetch = fetch_plain };
const TCGFrontend *tcg_frontend __attribute__((weak));
const TCGBackend *tcg_backend;
extern const TCGBackend tcg_backend_native __attribute__((weak));
extern const TCGBackend tcg_backend_tci __attribute__((weak));

static TCGThread *threads;          /* tb_lock */
static pthread_mutex_t flush_lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t flush_pending;      /* atomic */
static uint32_t flush_count;        /* flush_lock */

/* ---- set-up ------------------------------------------------------------------ */

static const TCGBackend *pick_backend(const char *name, GError **errp)
{
    const TCGBackend *native = &tcg_backend_native, *tci = &tcg_backend_tci;

    if (!name) {
        name = getenv("QEMU_TCG_BACKEND");
    }
    if (!name || !*name || !strcmp(name, "tcg")) {
        return native ? native : tci;
    }
    if (tci && !strcmp(name, "tci")) {
        return tci;
    }
    if (native && (!strcmp(name, "native") || !strcmp(name, native->name))) {
        return native;
    }
    g_set_error(errp, g_quark_from_static_string("tcg"), EINVAL,
                "unknown translator back end '%s'", name);
    return NULL;
}

bool tcg_init(const TCGConfig *cfg, GError **errp)
{
    tcg_backend = pick_backend(cfg->backend, errp);
    if (!tcg_backend) {
        return false;
    }
    tcg_max_insns = MIN(cfg->max_insns, REGION_MAX_INSNS);
    tcg_no_chain = qemu_loglevel_mask(CPU_LOG_TB_NOCHAIN);
    cold_init(cfg);
    return code_cache_init(cfg->cache_size, cfg->near, errp);
}

/* ---- environments ------------------------------------------------------------ */

void *tcg_env_alloc(size_t state_size)
{
    TCGEnv *env = tcg_lazy_alloc(TCG_ENV_BLOCK_SIZE);

    g_assert(state_size <= TCG_JC_TAG_OFFSET);
    env->self = env;
    pcs_env_new(env);
    return env;
}

void tcg_env_free(void *env)
{
    tcg_lazy_free(env, TCG_ENV_BLOCK_SIZE);
}

/* ---- threads ----------------------------------------------------------------- */

/* Contexts of threads that ended, for those that come. */
static TCGContext *spare_ctx[8];    /* tb_lock */
static unsigned nb_spare_ctx;

static TCGContext *context_get(TCGEnv *env)
{
    TCGContext *s = NULL;

    pthread_mutex_lock(&tb_lock);
    if (nb_spare_ctx) {
        s = spare_ctx[--nb_spare_ctx];
    }
    pthread_mutex_unlock(&tb_lock);
    if (!s) {
        return tcg_context_new(env);
    }
    s->env = env;
    s->near.starts = 0;     /* the bytes were the other thread's */
    return s;
}

static void context_put(TCGContext *s)
{
    pthread_mutex_lock(&tb_lock);
    if (nb_spare_ctx < ARRAY_SIZE(spare_ctx)) {
        spare_ctx[nb_spare_ctx++] = s;
        s = NULL;
    }
    pthread_mutex_unlock(&tb_lock);
    if (s) {
        tcg_context_free(s);
    }
}

void tcg_thread_init(TCGEnv *env)
{
    TCGThread *th = g_new0(TCGThread, 1);

    th->env = env;
    th->ctx = context_get(env);
    env->self = env;
    env->thread = th;
    pcs_init(th);
    pthread_mutex_lock(&tb_lock);
    th->next = threads;
    if (threads) {
        threads->prev = th;
    }
    threads = th;
    pthread_mutex_unlock(&tb_lock);
    if (tcg_backend->thread_init) {
        tcg_backend->thread_init(env);
    }
}

static void thread_unlist_locked(TCGThread *th)
{
    if (th->next) {
        th->next->prev = th->prev;
    }
    if (th->prev) {
        th->prev->next = th->next;
    } else {
        threads = th->next;
    }
}

void tcg_thread_exit(TCGEnv *env)
{
    TCGThread *th = env->thread;

    pthread_mutex_lock(&tb_lock);
    thread_unlist_locked(th);
    pthread_mutex_unlock(&tb_lock);
    env->thread = NULL;
    pcs_free(th);
    context_put(th->ctx);
    g_free(th);
}

void thread_jc_purge(uint64_t pc)
{
    TCGThread *th;

    for (th = threads; th; th = th->next) {
        pcs_purge(th, pc);
    }
}

/* What the other environment saw of code and stack is worth nothing here. */
void tcg_thread_rebind(TCGEnv *env)
{
    TCGThread *th = env->thread;

    pthread_mutex_lock(&tb_lock);
    th->env = env;
    th->ctx->env = env;
    th->inside = 0;         /* a child may have died in there */
    th->cold = false;
    env->self = env;
    env->thread = th;
    pcs_reset(th);
    pthread_mutex_unlock(&tb_lock);
    if (tcg_backend->thread_init) {
        tcg_backend->thread_init(env);
    }
}

/* ---- full flush -------------------------------------------------------------- */

static void go_inside(TCGThread *th)
{
    for (;;) {
        __atomic_store_n(&th->inside, 1, __ATOMIC_SEQ_CST);
        if (likely(!__atomic_load_n(&flush_pending, __ATOMIC_SEQ_CST)) ||
            th->alone) {
            return;
        }
        __atomic_store_n(&th->inside, 0, __ATOMIC_SEQ_CST);
        pthread_mutex_lock(&flush_lock);
        pthread_mutex_unlock(&flush_lock);
    }
}

static void go_outside(TCGThread *th)
{
    __atomic_store_n(&th->inside, 0, __ATOMIC_RELEASE);
}

static bool anyone_inside(void)
{
    bool any = false;
    TCGThread *th;

    pthread_mutex_lock(&tb_lock);
    for (th = threads; th; th = th->next) {
        if (__atomic_load_n(&th->inside, __ATOMIC_SEQ_CST)) {
            tcg_request_exit(th->env);
            any = true;
        }
    }
    pthread_mutex_unlock(&tb_lock);
    return any;
}

/* Shadow stacks and jump caches hold host addresses. */
static void forget_host_addresses(void)
{
    TCGThread *th;

    pthread_mutex_lock(&tb_lock);
    for (th = threads; th; th = th->next) {
        pcs_reset(th);
    }
    pthread_mutex_unlock(&tb_lock);
}

static void keep_out_locked(void)
{
    __atomic_store_n(&flush_pending, 1, __ATOMIC_SEQ_CST);
    while (anyone_inside()) {
        usleep(50);
    }
}

static void let_in_locked(void)
{
    __atomic_store_n(&flush_pending, 0, __ATOMIC_SEQ_CST);
}

/* Nobody else is inside. */
static void drop_all_locked(void)
{
    tb_reset_all();
    code_cache_reset();
    forget_host_addresses();
    flush_count++;
}

static void flush_locked(void)
{
    keep_out_locked();
    drop_all_locked();
    let_in_locked();
}

void tcg_exclusive_begin(TCGEnv *env)
{
    TCGThread *th = env->thread;

    pthread_mutex_lock(&flush_lock);
    keep_out_locked();
    th->alone = true;
}

void tcg_exclusive_end(TCGEnv *env)
{
    TCGThread *th = env->thread;

    th->alone = false;
    th->slow_once = false;      /* it was asked to stop before that */
    let_in_locked();
    pthread_mutex_unlock(&flush_lock);
}

void tcg_memory_shared(void)
{
    if (tcg_backend && tcg_backend->share) {
        tcg_backend->share();
    }
}

void tcg_flush_all(void)
{
    pthread_mutex_lock(&flush_lock);
    flush_locked();
    pthread_mutex_unlock(&flush_lock);
}

/* The cache is full: whoever comes first flushes for all. */
static void flush_from_run(TCGThread *th)
{
    uint32_t seen = __atomic_load_n(&flush_count, __ATOMIC_RELAXED);

    if (th->alone) {
        drop_all_locked();
        return;
    }
    go_outside(th);
    pthread_mutex_lock(&flush_lock);
    if (flush_count == seen) {
        flush_locked();
    }
    pthread_mutex_unlock(&flush_lock);
    go_inside(th);
}

void tcg_flush_inside(TCGEnv *env)
{
    flush_from_run(env->thread);
}

/* ---- the loop ---------------------------------------------------------------- */

static void log_exec(TCGEnv *env, const CoreTB *t)
{
    const char *name;
    FILE *f;

    if (!qemu_log_in_addr_range(t->tb.pc)) {
        return;
    }
    f = qemu_log_lock();
    if (qemu_loglevel_mask(CPU_LOG_EXEC)) {
        name = log_symbol(t->tb.pc);
        fprintf(f, "Trace %p [%016" PRIx64 "/%08" PRIx64 "] %s\n",
                t->tb.code, t->tb.pc, t->tb.mode, name ? name : "");
    }
    if (qemu_loglevel_mask(CPU_LOG_TB_CPU) && log_cpu_hook) {
        log_cpu_hook(f, env);
    }
    qemu_log_unlock(f);
}

/* softmmu: where the code at env->pc is; false: env->exit_reason. */
static bool locate(TCGThread *th, TBPlace *at)
{
    TCGContext *s = th->ctx;
    TCGEnv *env = th->env;

    *at = (TBPlace){ 0, 0 };
    if (likely(!(env->mode & tcg_frontend->soft_mode))) {
        return true;
    }
    if (!tcg_code_hooks.locate(env, env->pc, false, &at->host)) {
        return false;
    }
    pcs_note_page(th, env->pc);
    if ((at->host & 4095) >= REGION_NEAR_END) {
        uint64_t n = 4096 - (at->host & 4095);

        if (tcg_code_hooks.locate(env, env->pc + n, true, &at->host2)) {
            pcs_note_page(th, env->pc + n);
        } else {
            at->host2 = 0;
        }
    }
    s->host = at->host;
    s->host2 = at->host2;
    at->host &= ~4095ull;
    return true;
}

/* NULL: env->exit_reason. */
static CoreTB *find_or_translate(TCGThread *th, TCGEnv *env, TCGExit **link,
                                 TBPlace *at)
{
    uint64_t mode = env->mode;
    bool soft = mode & tcg_frontend->soft_mode;
    CoreTB *t = soft && !th->slow_once && !th->step_once
                ? pcs_entry(th, env->pc) : NULL;

    if (t) {
        *at = (TBPlace){ t->host, t->host2 };
        return t;
    }
    if (!locate(th, at)) {
        return NULL;
    }
    if (unlikely(th->slow_once)) {
        th->slow_once = false;
        mode |= tcg_frontend->slow_mode;
        *link = NULL;
    }
    if (unlikely(__atomic_load_n(&th->step_once, __ATOMIC_RELAXED))) {
        *link = NULL;
        while (!(t = tb_translate(th->ctx, env->pc, mode, NULL, true))) {
            flush_from_run(th);
        }
        th->step_once = false;
        return t;
    }
    /* ORDER: read, then look: what is published later must be noticed. */
    tcg_core(th->ctx)->publish_seq =
        __atomic_load_n(&tb_publish_seq, __ATOMIC_ACQUIRE);
    t = tb_find(env->pc, mode, *at);
    while (unlikely(!t)) {
        t = tb_translate(th->ctx, env->pc, mode, NULL, false);
        if (!t) {
            *link = NULL;
            flush_from_run(th);
        }
    }
    if (soft) {
        pcs_note_entry(th, t);
    }
    return t;
}

/* A tier-0 TB has run often: the same entry again with the full budget. */
static void promote(TCGThread *th, TCGEnv *env, TCGTB *tb)
{
    CoreTB *t = core_tb(tb);

    env->pc = tb->pc;
    __atomic_store_n(&tb->heat, INT32_MAX, __ATOMIC_RELAXED);
    if (t->promoted || __atomic_load_n(&tb->invalid, __ATOMIC_ACQUIRE)) {
        return;
    }
    th->ctx->host = t->entry;
    th->ctx->host2 = t->host2;
    t = tb_translate(th->ctx, tb->pc, tb->mode, t, false);
    if (!t) {
        flush_from_run(th);
    } else {
        pcs_promoted(th, t);
    }
}

static unsigned run_loop(TCGThread *th, TCGEnv *env)
{
    TCGExit *link = NULL;
    unsigned lookup = 0;

    for (;;) {
        unsigned reason;
        uint64_t pc;
        TBPlace at;
        CoreTB *t;

        if (__atomic_load_n(&env->exit_request, __ATOMIC_RELAXED)) {
            return TCG_EXIT_REQUEST;
        }
        if (tcg_breakpoint_at(env->pc) && !th->step_once) {
            return TCG_EXIT_BREAKPOINT;
        }
        pc = env->pc;
        reason = cold_run(th, lookup == TCG_EXIT_LOOKUP_RET);
        if (reason < TCG_COLD_LEAVE) {
            return reason;
        }
        if (env->pc != pc) {
            link = NULL;
            lookup = 0;
        }
        if (reason == TCG_COLD_LEAVE) {
            continue;
        }
        t = find_or_translate(th, env, &link, &at);
        if (unlikely(!t)) {
            return env->exit_reason;
        }
        if (link) {
            tb_link(link, t);
            link = NULL;
        }
        if (lookup) {
            if (unlikely(t->entry_reads) && tcg_keep_ret_flags()) {
                flush_from_run(th);
                continue;
            }
            lookup = 0;
            pcs_found(th, t);
        }
        if (unlikely(qemu_loglevel_mask(CPU_LOG_EXEC | CPU_LOG_TB_CPU))) {
            log_exec(env, t);
        }
        reason = tcg_backend->enter(env, &t->tb);
        switch (reason) {
        case TCG_EXIT_LINK:
            link = (TCGExit *)(uintptr_t)env->exit_arg;
            env->pc = link->target;
            break;
        case TCG_EXIT_LOOKUP:
        case TCG_EXIT_LOOKUP_RET:
            lookup = reason;
            break;
        case TCG_EXIT_HOT:
            promote(th, env, (TCGTB *)(uintptr_t)env->exit_arg);
            break;
        case TCG_EXIT_FLAG_RET:
            tcg_keep_ret_flags();
            flush_from_run(th);
            break;
        case TCG_EXIT_STALE:
            tb_drop(env->pc, env->mode, at);
            break;
        default:
            return reason;
        }
    }
}

unsigned tcg_run(TCGEnv *env)
{
    TCGThread *th = env->thread;
    unsigned reason;

    go_inside(th);
    pcs_enter(th);
    reason = run_loop(th, env);
    env->exit_reason = reason;
    go_outside(th);
    return reason;
}

bool tcg_thread_inside(const TCGEnv *env)
{
    const TCGThread *th = env->thread;

    return __atomic_load_n(&th->inside, __ATOMIC_SEQ_CST);
}

void tcg_step_once(TCGEnv *env)
{
    TCGThread *th = env->thread;

    __atomic_store_n(&th->step_once, true, __ATOMIC_RELAXED);
}

void tcg_slow_once(TCGEnv *env)
{
    TCGThread *th = env->thread;

    th->slow_once = true;
}

/* ---- faults ------------------------------------------------------------------ */

TCGWhere tcg_state_from_signal(TCGEnv *env, void *ucontext)
{
    if (!env || !env->thread) {
        return TCG_WHERE_OUTSIDE;
    }
    if (((TCGThread *)env->thread)->cold) {
        return cold_state_from_signal(env->thread);
    }
    return tcg_backend->state_from_signal(env, ucontext);
}

void tcg_exit_from_signal(TCGEnv *env, void *ucontext, unsigned reason)
{
    env->exit_reason = reason;
    if (((TCGThread *)env->thread)->cold) {
        cold_exit_from_signal(env->thread, ucontext);
        return;
    }
    tcg_backend->exit_from_signal(env, ucontext);
}

uint64_t tcg_helper_pc(TCGEnv *env)
{
    const CoreTB *t = code_find(env->helper_ra);

    if (!t) {
        return env->pc;
    }
    return tcg_tb_guest_pc(&t->tb, env->helper_ra - (uintptr_t)t->tb.code,
                           NULL);
}

void tcg_exit_helper(TCGEnv *env, unsigned reason, bool restore_pc)
{
    if (restore_pc) {
        env->pc = tcg_helper_pc(env);
    }
    env->exit_reason = reason;
    tcg_backend->exit_helper(env);
}

/* ---- fork -------------------------------------------------------------------- */

/* ORDER: flush_lock, tb_lock, the cache's lock. */
void tcg_fork_prepare(void)
{
    pthread_mutex_lock(&flush_lock);
    pthread_mutex_lock(&tb_lock);
    code_cache_lock();
}

void tcg_fork_parent(void)
{
    code_cache_unlock();
    pthread_mutex_unlock(&tb_lock);
    pthread_mutex_unlock(&flush_lock);
}

void tcg_fork_child(TCGEnv *env)
{
    TCGThread *self = env->thread, *th, *next;

    code_cache_fork_child();
    tb_fork_child();
    pthread_mutex_init(&flush_lock, NULL);
    flush_pending = 0;
    for (th = threads; th; th = next) {
        next = th->next;
        if (th != self) {
            pcs_free(th);
            tcg_context_free(th->ctx);
            g_free(th);
        }
    }
    threads = self;
    self->next = self->prev = NULL;
    self->env = env;
    if (tcg_backend->thread_init) {
        tcg_backend->thread_init(env);
    }
}
