/* SPDX-License-Identifier: MIT */
/*
 * Translated blocks, the code cache and the threads that run them: what
 * tcg/cache.c, tb.c, translate.c and run.c share.
 */
#ifndef TCG_TB_INT_H
#define TCG_TB_INT_H

#include <pthread.h>

#include "tcg/region.h"

typedef struct CoreTB CoreTB;
typedef struct TBPage TBPage;

/* A TB on the list of one guest page. */
typedef struct TBPageRef {
    CoreTB *tb;
    struct TBPageRef *next, **pprev;
} TBPageRef;

struct CoreTB {
    TCGTB tb;               /* first: back ends see only this */
    TCGExit *incoming;      /* exits linked to this; tb_lock */
    uint32_t seq;           /* tb_publish_seq when it was not to be found */
    bool promoted;          /* a tier-1 TB has taken over */
    uint64_t host, host2;   /* softmmu: the pages it comes from */
    uint64_t entry;         /* host address of its first byte */
    bool check;             /* compares its source on entry */
    uint8_t entry_reads;    /* flags an instruction reads on entry */
    uint8_t entry_live;     /* flags that may be read */
    uint32_t nb_refs;
    TBPageRef *refs;
};

static inline CoreTB *core_tb(TCGTB *tb)
{
    return container_of(tb, CoreTB, tb);
}

/* ---- tcg/cache.c: where code lives ------------------------------------------ */

typedef struct CodeSlab CodeSlab;

bool code_cache_init(size_t size, uint64_t near, GError **errp);
/* A slab with at least need bytes left, for the caller alone until put back;
 * NULL: the cache is full.  room receives the place and what is left. */
CodeSlab *code_slab_get(size_t need, uint8_t **place, size_t *room);
/* Adds tb (its code at the place given by get); makes it findable by host pc.
 * NULL: nothing was made. */
void code_slab_put(CodeSlab *slab, CoreTB *tb);
CoreTB *code_find(uintptr_t host_pc);
/* Forgets all code.  No thread may be inside. */
void code_cache_reset(void);
void code_cache_lock(void);
void code_cache_unlock(void);
void code_cache_fork_child(void);
bool code_cache_contains(uintptr_t host_pc);

/* ---- tcg/tb.c ---------------------------------------------------------------- */

extern pthread_mutex_t tb_lock;

/* Counts published TBs. */
extern uint32_t tb_publish_seq;
/* Where code is: 0 and 0 without softmmu. */
typedef struct TBPlace {
    uint64_t host, host2;   /* its page, and the next if the pc is near */
} TBPlace;
/* The live TB for (pc, mode, place), or NULL.  Lock-free. */
CoreTB *tb_find(uint64_t pc, uint64_t mode, TBPlace at);
/* A new TB with the ranges of s->region, not yet known to anyone. */
CoreTB *tb_new(TCGContext *s);
/* Moves what the back end allocated to where TBs live. */
void tb_keep_arrays(TCGContext *s, CoreTB *tb);
/* Marks the start of a decode; tb_publish fails if the code changed since. */
uint32_t tb_epoch(void);
/* Makes tb known, links it both ways, replaces old (its tier-0 version, or
 * NULL).  Returns what is to be run: tb, or an equal one that came first (tb
 * is then dead and stays unpublished), or NULL if its bytes changed since
 * epoch. */
CoreTB *tb_publish(CoreTB *tb, CoreTB *old, uint32_t epoch);
/* t will be run by this thread only, and found by nobody. */
void tb_keep_private(CoreTB *t);
void tb_link(TCGExit *e, CoreTB *dest);
/* Drops the TB for (pc, mode, place), whose source bytes were seen to differ. */
void tb_drop(uint64_t pc, uint64_t mode, TBPlace at);
/* Drops all that translate the instruction at pc, wherever it was. */
void tb_drop_pc(uint64_t pc);
/* Drops the TBs from the byte of code at place, which has not changed: they had
 * better be made otherwise. */
void tb_translate_anew(uint64_t place);
void tb_reset_all(void);
void tb_fork_child(void);

/* ---- tcg/translate.c ---------------------------------------------------------- */

enum { TCG_TIER0_HEAT = 1000 };

extern unsigned tcg_max_insns;      /* 0: the tiers' own budgets */
extern bool tcg_no_chain;

/* Translates; NULL: the cache is full, or what it holds is wrong: flush.  once: a TB of one
 * instruction that nobody else will find. */
CoreTB *tb_translate(TCGContext *s, uint64_t pc, uint64_t mode, CoreTB *old,
                     bool once);

bool tcg_keep_ret_flags(void);

/* ---- tcg/run.c: threads -------------------------------------------------------- */

enum { PCS_PAGE_BITS = 10, PCS_ENTRIES = 64 };

/* tcg/pcs.c */
typedef struct PcBank {
    uint64_t mode;              /* all that is in it is for this */
    bool stale;                 /* to be emptied before it is used */
    bool local;                 /* some page of it is not global */
    bool any;                   /* pages were noted: */
    uint64_t first, last;       /* their numbers' bounds */
    uint64_t pages[(1 << PCS_PAGE_BITS) / 64];  /* and a filter of them */
    CoreTB *entries[PCS_ENTRIES];   /* softmmu: what the core found last */
    void *shadow_map;
    uintptr_t shadow_sp;        /* while another bank is current; 0: empty */
} PcBank;

typedef struct TCGThread TCGThread;
struct TCGThread {
    TCGEnv *env;
    TCGContext *ctx;
    TCGThread *next, *prev;     /* threads_lock */
    uint32_t inside;            /* may touch TBs; atomic */
    bool step_once;             /* atomic: set by signal handlers */
    bool slow_once;
    bool alone;                 /* tcg_exclusive_begin */
    PcBank banks[TCG_JC_BANKS];
    unsigned bank;              /* the current one */
    bool cold;                  /* in tcg_frontend->cold_run */
    HostJmpBuf cold_jmp;        /* out of there */
};

/* Drops tb from every thread's indirect-branch cache. */
void thread_jc_purge(uint64_t pc);

/* ---- tcg/pcs.c: what threads remember by pc -------------------------------------- */

void pcs_env_new(TCGEnv *env);
void pcs_init(TCGThread *th);
void pcs_free(TCGThread *th);
/* Host addresses of code are void. */
void pcs_reset(TCGThread *th);
/* Before code is run in env->mode. */
void pcs_enter(TCGThread *th);
/* softmmu: code at pc is about to be run; env->code_global is its page's. */
void pcs_note_page(TCGThread *th, uint64_t pc);
/* softmmu: what was found for pc before, or NULL; it was found. */
CoreTB *pcs_entry(const TCGThread *th, uint64_t pc);
void pcs_note_entry(TCGThread *th, CoreTB *t);
/* An indirect branch wants t; t has taken an older one's place. */
void pcs_found(TCGThread *th, const CoreTB *t);
void pcs_promoted(TCGThread *th, const CoreTB *t);
void pcs_purge(TCGThread *th, uint64_t pc);

#endif
