/* SPDX-License-Identifier: MIT */
/*
 * The translator as its users see it: what a front end provides, how guest
 * code is run, and how signals, faults and written code are told to it.
 */
#ifndef TCG_TCG_H
#define TCG_TCG_H

#include "tcg/ir.h"

typedef struct TCGTB TCGTB;

/* How an instruction ends its block, for the region builder. */
typedef enum TCGInsnKind {
    INSN_NORMAL,
    INSN_JUMP,      /* to target */
    INSN_COND,      /* to target or the next */
    INSN_CALL,      /* to target; comes back to the next */
    INSN_CALL_IND,  /* comes back to the next */
    INSN_JUMP_IND,
    INSN_RET,
    INSN_STOP,      /* leaves the TB and does not go on in it (system call,
                       fault, anything that must return to the main loop) */
} TCGInsnKind;

typedef struct TCGInsn {
    uint64_t pc;
    uint8_t len;            /* bytes; 1..15; 0 only for a fetch fault */
    uint8_t kind;           /* TCGInsnKind */
    uint8_t fl_use;         /* flags it may read; one that it leaves unchanged
                               on a condition is in neither mask */
    uint8_t fl_def;         /* flags it certainly overwrites */
    uint64_t target;        /* direct target */
    void *priv;             /* the front end's decoded form, in the arena */
} TCGInsn;

typedef struct TCGFrontend {
    const char *name;
    size_t state_size;
    /* Creates the globals; once per TCGContext. */
    void (*init)(TCGContext *s);
    /* Decodes the instruction at insn->pc for the given mode.  Never fails: an
     * undecodable or unreadable one becomes an INSN_STOP that raises. */
    void (*decode)(TCGContext *s, uint64_t mode, TCGInsn *insn);
    /* As decode but only len, kind, target, fl_*; must be cheap. */
    void (*peek)(TCGContext *s, uint64_t mode, TCGInsn *insn);
    /* Emits the IR of one decoded instruction.  The core has emitted
     * insn_start.  Instructions that end a block emit the way out (tcg_goto_pc
     * and kin); for INSN_NORMAL the core goes on to the next. */
    void (*gen)(TCGContext *s, const TCGInsn *insn);
    /*
     * Runs code that hardly ever ran, from env->pc on, without translating it:
     * one block, and on while tcg_cold_goes_on().  Returns an exit reason, or
     * TCG_COLD_*; the whole guest state is in env then.  NULL: none of this.
     */
    unsigned (*cold_run)(TCGContext *s, TCGEnv *env);
    /* A guest access in there faulted: brings env up to date. */
    void (*cold_sync)(TCGContext *s);
    /* Prints one guest instruction's text for -d in_asm; NULL: Capstone. */
    void (*disas)(FILE *f, uint64_t pc, const uint8_t *bytes, unsigned len);
    /* Capstone's numbers for -d in_asm; the second for these mode bits. */
    int cs_arch;
    int (*cs_mode)(uint64_t mode);
    /* Mode bits under which a TB is one instruction that ends with
     * TCG_EXIT_STEP (x86: TF). */
    uint64_t step_mode;
    /* Under soft_mode guest addresses go through the TLB; slow_mode is added
     * for a TB of one instruction whose accesses may be of any kind. */
    uint64_t soft_mode, slow_mode;
    /* softmmu: mode bits that are all set in user code and no other. */
    uint64_t user_mode;
    /* Guest addresses are 32 bits wide under modes without this; 0: never. */
    uint64_t addr64_mode;
} TCGFrontend;

/*
 * Guest code bytes: host address of the guest's pc and how many bytes behind
 * it may be executed (0: fetch fault).  Set by linux-user or softmmu.  The
 * callee notes that [pc, pc + used) becomes translated code when told through
 * tcg_code_hooks.protect.
 */
typedef struct TCGCodeHooks {
    const uint8_t *(*fetch)(TCGContext *s, uint64_t pc, size_t *avail);
    /* The pages of [start, last] now hold translated code: make writes to
     * them trap (user: mprotect + page flag).  Called before the TB is live,
     * after the bytes were read; returns false if the bytes may have changed
     * meanwhile (translate again). */
    bool (*protect)(uint64_t start, uint64_t last);
    /*
     * softmmu: the host address of the code at pc.  False: it can't be
     * fetched; env->exit_reason says why, unless probe is set.  TBs are then
     * known by host address, which all of protect, tcg_invalidate and
     * TCGTB.ranges mean; a region stays within its page.
     */
    bool (*locate)(TCGEnv *env, uint64_t pc, bool probe, uint64_t *host);
} TCGCodeHooks;
extern TCGCodeHooks tcg_code_hooks;
/* The one front end linked in. */
extern const TCGFrontend *tcg_frontend;

/* Are the host addresses of this mode the guest's, of 32 bits? */
static inline bool tcg_addr32(uint64_t mode)
{
    const TCGFrontend *f = tcg_frontend;

    return f->addr64_mode && !(mode & (f->addr64_mode | f->soft_mode));
}

enum { TCG_NEAR_MIN = 16 };

struct TCGContext {     /* one per thread; borrowed by everything it calls */
    TCGTemp *temps;
    unsigned nb_temps, nb_globals;
    TCGOp *ops, *ops2;          /* ops2: what passes write to */
    unsigned nb_ops;
    uint64_t mode;              /* of the region being translated */
    uint64_t host, host2;       /* softmmu: where the region's page is, and
                                   the next if the pc is near its end */
    uint64_t page, page_host;   /* softmmu: pc and host address of the first
                                   byte of the region's page */
    bool no_protect;            /* the code read now checks itself, or is used
                                   once: leave its pages unprotected */
    uint32_t fetch_gen;         /* a new one for each region: what was read
                                   unprotected is good for just one */
    /*
     * Set by the fetch hook or empty (starts == 0): from starts places on
     * from pc TCG_NEAR_MIN bytes can be read in bytes[], until fetch is called
     * again, and all of it is good while tcg_fetch_epoch is epoch.
     */
    struct {
        uint64_t pc;
        const uint8_t *bytes;
        uint32_t starts, epoch;
    } near;
    TCGEnv *env;
    const TCGInsn *insn;        /* the one being generated */
    struct TCGArena *arena;     /* reset per region */
    void *front;                /* the front end's per-thread data */
    struct TCGRegion *region;   /* tcg/region.c */
    void *core;                 /* tcg-private */
};

/* Arena memory lives until the region is finished; zeroed, or not. */
void *tcg_malloc(TCGContext *s, size_t size);
void *tcg_malloc_raw(TCGContext *s, size_t size);
/* A larger array with the same beginning, not zeroed behind it. */
void *tcg_regrow(TCGContext *s, void *old, size_t old_size, size_t size);

/* ---- set-up -------------------------------------------------------------- */

typedef struct TCGConfig {
    size_t cache_size;          /* bytes of code cache; 0 = default */
    const char *backend;        /* NULL = native; "tci" */
    unsigned max_insns;         /* region budget; 0 = default; 1 = singlestep */
    unsigned cold_runs;         /* this often code runs untranslated first */
    uint64_t near;              /* put the code cache within 2 GiB of this
                                   guest address if possible; 0 = anywhere */
} TCGConfig;

/* ---- cold code: see TCGFrontend.cold_run ---------------------------------- */

enum {
    TCG_COLD_LEAVE = 0x30000,   /* there is, or should be, a TB for env->pc */
    TCG_COLD_TRANSLATE,         /* the instruction at env->pc needs one */
};
/* For TCGConfig.cold_runs: what can be is never translated; for tests. */
#define TCG_COLD_ALWAYS UINT_MAX

/* A block at pc is to be run: by cold_run?  Counts. */
bool tcg_cold_goes_on(TCGContext *s, uint64_t pc);
/* Are flags kept over all returns?  Else: does the code at pc read them? */
bool tcg_cold_keeps_flags(void);
bool tcg_flags_read_at(TCGContext *s, uint64_t pc);

bool tcg_init(const TCGConfig *cfg, GError **errp);
/* Per thread, before tcg_run; the env must come from tcg_env_alloc. */
void tcg_thread_init(TCGEnv *env);
void tcg_thread_exit(TCGEnv *env);
/* A child that shares memory runs on a copied env (vfork): rebind it. */
void tcg_thread_rebind(TCGEnv *env);
/* Around fork(): take and release every core lock. */
void tcg_fork_prepare(void);
void tcg_fork_parent(void);
void tcg_fork_child(TCGEnv *env);

/* Memory of this process is, or is about to be, shared with another one: keep
 * x86's memory order from now on.  From outside tcg_run(). */
void tcg_memory_shared(void);

/* ---- running ------------------------------------------------------------- */

/* Exit reasons below 0x10000 belong to the front end. */
enum {
    TCG_EXIT_REQUEST = 0x10000, /* exit_request was set */
    TCG_EXIT_DIVIDE,            /* division fault of a div op at env->pc */
    TCG_EXIT_STEP,              /* max_insns == 1: an instruction was done */
    TCG_EXIT_BREAKPOINT,        /* env->pc is one (breakpoint.h) */
};

/*
 * Runs guest code from env->pc in env->mode until an exit op, an exit request
 * or a fault; returns env->exit_reason with the whole guest state in env.
 */
unsigned tcg_run(TCGEnv *env);

/* Asks the thread of env to leave generated code soon; async-signal-safe. */
static inline void tcg_request_exit(TCGEnv *env)
{
    __atomic_store_n(&env->exit_request, 1, __ATOMIC_SEQ_CST);
}

/* Is the thread of env in tcg_run()?  After tcg_request_exit() not for long. */
bool tcg_thread_inside(const TCGEnv *env);

/*
 * The next TB of this thread is one instruction, translated afresh, used once
 * and ended by TCG_EXIT_STEP (an instruction that writes to its own page...).
 * Async-signal-safe.
 */
void tcg_step_once(TCGEnv *env);

/*
 * softmmu: the instruction at env->pc is run again by a TB of its own that can
 * do accesses of any kind; tcg_run() goes on behind it.
 */
void tcg_slow_once(TCGEnv *env);
/* Around a tcg_run(): no other thread is in generated code or translates. */
void tcg_exclusive_begin(TCGEnv *env);
void tcg_exclusive_end(TCGEnv *env);
/*
 * softmmu: guest pcs may mean other code than before: drops what the thread
 * remembers by pc (indirect branches, returns) at the next tcg_run(), which
 * must come before more code runs.  keep_global: but for code_global pages.
 * The second for pcs in [first, last] alone.
 */
void tcg_forget_pcs(TCGEnv *env, bool keep_global);
void tcg_forget_pcs_in(TCGEnv *env, uint64_t first, uint64_t last);

/* ---- faults and signals -------------------------------------------------- */

typedef enum TCGWhere {
    TCG_WHERE_OUTSIDE,      /* in the emulator's own C code */
    TCG_WHERE_CODE,         /* in generated code, at an op that may fault */
    TCG_WHERE_HELPER,       /* in a C helper called by generated code */
    TCG_WHERE_RESUME,       /* the back end repaired the context (its own stack
                               guard was hit): just return from the handler */
} TCGWhere;

/*
 * For a host signal handler: if the interrupted host code is a guest
 * instruction (generated code or a helper's access), fills env with the exact
 * guest state before that instruction (pc included) and says so.
 */
TCGWhere tcg_state_from_signal(TCGEnv *env, void *ucontext);
/* After the above: change the ucontext so that on return from the handler
 * tcg_run() returns reason. */
void tcg_exit_from_signal(TCGEnv *env, void *ucontext, unsigned reason);
/*
 * For helpers: leave generated code, tcg_run() returns reason.  If restore_pc,
 * env->pc is recomputed from the helper's call site.
 */
void tcg_exit_helper(TCGEnv *env, unsigned reason, bool restore_pc)
    QEMU_NORETURN;
/* Guest pc of the running helper's call site. */
uint64_t tcg_helper_pc(TCGEnv *env);

/* ---- code changes -------------------------------------------------------- */

/* Guest code in [start, last] changed or will: TBs that overlap die.  Safe
 * while other threads run them (they finish the current TB at most). Returns
 * the number of TBs dropped. */
unsigned tcg_invalidate(uint64_t start, uint64_t last);
/* Goes up when code may have changed: what was fetched before is no longer to
 * be used.  Fronts add changes of their own by tcg_fetch_changed(). */
extern uint32_t tcg_fetch_epoch;
static inline void tcg_fetch_changed(void)
{
    while (!__atomic_add_fetch(&tcg_fetch_epoch, 1, __ATOMIC_ACQ_REL)) {
        /* 0 stands for never */
    }
}
/* softmmu: must writes to this page (address >> 12) be told? */
bool tcg_page_guarded(uint64_t nr);
/* softmmu: what a write to [start, last], within a page, is about to hit. */
typedef enum TCGPageWrite {
    TCG_PAGE_PLAIN,         /* nobody watches the page */
    TCG_PAGE_DATA,          /* watched, but no code was translated from there */
    TCG_PAGE_CODE,          /* tcg_invalidate() and tcg_page_unguard() it */
} TCGPageWrite;
TCGPageWrite tcg_page_write(uint64_t start, uint64_t last);
/* softmmu: from now on; true if they were not before. */
bool tcg_page_guard(uint64_t nr);
/* softmmu: writes are no longer told if no code is left on the page. */
void tcg_page_unguard(uint64_t nr);
void tcg_flush_all(void);
/* The same from a helper, which must then leave by tcg_exit_helper(): the code
 * that called it is gone. */
void tcg_flush_inside(TCGEnv *env);

#endif
