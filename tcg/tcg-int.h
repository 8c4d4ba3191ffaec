/* SPDX-License-Identifier: MIT */
/*
 * What the files of the translator core share and nobody else sees.
 */
#ifndef TCG_TCG_INT_H
#define TCG_TCG_INT_H

#include "tcg/tcg.h"
#include "tcg/backend.h"

/* Room for one region.  The soft limits end a region early; the margin above
 * them is what a single guest instruction may emit. */
enum {
    TCG_MAX_OPS = 32768,
    TCG_SOFT_OPS = TCG_MAX_OPS - 4096,
    TCG_MAX_TEMPS = 65024,
    TCG_SOFT_TEMPS = TCG_MAX_TEMPS - 8192,
    TCG_MAX_GLOBALS = 128,
    TCG_CONST_SLOTS = 512,
    TCG_MAX_FLAG_RETS = 16,
};

/* ---- arena ---------------------------------------------------------------- */

typedef struct TCGChunk TCGChunk;
typedef struct TCGArena {
    uint8_t *cur, *end;
    TCGChunk *first, *chunk;
} TCGArena;

/* ---- per-context state ---------------------------------------------------- */

/* What the passes know of each temp; see tcg/opt.c. */
typedef struct TCGTempInfo {
    uint32_t ver;           /* counts writes */
    uint32_t epoch;         /* of the facts below */
    uint32_t src_ver;
    uint32_t block;         /* the basic block src was noted in */
    TCGRef src;             /* copy of (or constant), TCG_NONE: unknown */
    uint16_t addr;          /* index of an address expression, or 0xffff */
} TCGTempInfo;

typedef struct TCGCore {
    TCGArena arena;
    uint8_t *tb_mem, *tb_mem_end;           /* tcg_tb_alloc */
    uint32_t tb_mem_gen;
    uint32_t publish_seq;                   /* tcg/tb.c */
    uint32_t next_label;
    uint32_t gen;                           /* stamps const_slot */
    struct { uint32_t gen; TCGRef ref; } const_slot[TCG_CONST_SLOTS];
    TCGOp *ops_base, *ops2_base;            /* lazily touched */
    unsigned pins[2];                       /* globals so far: int, vector */
    TCGTempInfo *info;                      /* TCG_MAX_TEMPS, lazily touched */
    uint32_t epoch;
    uint64_t *live;                         /* a bit a temp */
    TCGRef *locals;                         /* the region's TEMP_LOCALs */
    unsigned nb_locals, cap_locals;
    struct TCGFlagCache *flag_cache;        /* tcg/flags.c */
    void *flag_blocks;
    struct Opt *opt;
    struct RATemp *ra_globals;              /* tcg/regalloc.c */
    const struct RAHost *ra_host;
    bool hot;                               /* translated anew: tier 1 */
    bool stays;                             /* will not be */
    uint8_t entry_reads;                    /* flags the region reads */
    uint8_t entry_live;                     /* flags it may read */
    unsigned nb_flag_rets;                  /* calls with a reader behind */
    uint64_t flag_rets[TCG_MAX_FLAG_RETS];
} TCGCore;

static inline TCGCore *tcg_core(TCGContext *s)
{
    return s->core;
}

/* A context with the front end's globals made; never fails. */
TCGContext *tcg_context_new(TCGEnv *env);
void tcg_context_free(TCGContext *s);
/* Forgets everything but the globals. */
void tcg_context_reset(TCGContext *s);
/* Zero pages that cost nothing until touched; never fails. */
void *tcg_lazy_alloc(size_t size);
void tcg_lazy_free(void *p, size_t size);

/*
 * Pages whose code is overwritten again and again are no longer protected:
 * TBs made from them compare their source bytes on entry.  A lossy set, by
 * page; false positives only cost speed.
 */
enum { TCG_CHECKED_SLOTS = 4096 };
extern uint8_t tcg_checked_page[TCG_CHECKED_SLOTS];
extern bool tcg_any_checked;

static inline unsigned tcg_checked_slot(uint64_t pc)
{
    uint64_t nr = pc >> 12;

    return (nr ^ (nr >> 12) ^ (nr >> 24)) % TCG_CHECKED_SLOTS;
}

static inline bool tcg_page_checked(uint64_t pc)
{
    return unlikely(__atomic_load_n(&tcg_any_checked, __ATOMIC_RELAXED)) &&
           __atomic_load_n(&tcg_checked_page[tcg_checked_slot(pc)],
                           __ATOMIC_RELAXED);
}

static inline uint64_t tcg_frontend_slow_mode(void)
{
    return tcg_frontend ? tcg_frontend->slow_mode : 0;
}

/* ---- passes ----------------------------------------------------------------- */

/* Goes up whenever translated code changed. */
extern uint32_t tcg_code_epoch;

/* Flags survive returns and indirect branches; see tcg/flags.c.  Set once. */
extern bool tcg_ret_flags;

void tcg_pass_softmmu(TCGContext *s);       /* tcg/softmmu-pass.c */
void tcg_pass_flags(TCGContext *s);         /* tcg/flags.c */
void tcg_flags_free(TCGCore *c);
void tcg_pass_propagate(TCGContext *s);     /* tcg/opt.c */
void tcg_pass_liveness(TCGContext *s);      /* tcg/liveness.c */
/* Flags and liveness in one, where nothing stands between. */
void tcg_pass_cold(TCGContext *s);

#endif
