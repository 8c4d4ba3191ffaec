/* SPDX-License-Identifier: MIT */
/*
 * The register allocator shared by the code-generating back ends: one forward
 * pass, done op by op while the back end emits.  Guest globals sit in pinned
 * registers all the time; the few others are write-through memory in the env
 * with clean copies cached in temporary registers; block-local temps live in
 * temporary registers and are spilled to the env when those run out.
 *
 * Within one op a back end calls ra_in() and kin for inputs, then ra_out() for
 * outputs, emits, calls ra_out_done(), and lastly ra_op_end(), which unlocks
 * the registers and frees what died.
 */
#ifndef TCG_REGALLOC_H
#define TCG_REGALLOC_H

#include "tcg/tcg.h"
#include "tcg/backend.h"

enum { RC_INT, RC_VEC, RA_NCLS, RA_NREGS = 32, RA_NSLOTS = 96, RA_NVSLOTS = 10 };
enum { RA_NO_REG = 1, RA_NO_SLOT };

typedef struct RA RA;

/* Host facts. */
typedef struct RAHost {
    uint8_t nb_pin[RA_NCLS], nb_tmp[RA_NCLS];
    const uint8_t *pin[RA_NCLS];    /* host register by global's pin index */
    const uint8_t *tmp[RA_NCLS];    /* temporaries, preferred first */
    void (*mov)(RA *ra, unsigned cls, TCGType type, unsigned dst,
                unsigned src);
    void (*ld)(RA *ra, TCGType type, unsigned reg, int32_t env_off);
    void (*st)(RA *ra, TCGType type, unsigned reg, int32_t env_off);
    void (*movi)(RA *ra, unsigned reg, uint64_t val);
} RAHost;

typedef struct RATemp {
    int8_t reg;         /* register holding the value, or -1 */
    bool in_mem;        /* the memory at off holds the value */
    bool pinned;
    bool once;          /* spilled EBB temp: slot to be freed */
    int32_t off;        /* env offset of its memory, 0 = none yet */
    uint32_t first, last;   /* locals: op range for slot sharing */
} RATemp;

struct RA {
    TCGContext *s;
    const RAHost *host;
    RATemp *t;                              /* by TCGRef */
    TCGRef val[RA_NCLS][RA_NREGS];          /* temporaries' contents */
    uint32_t busy[RA_NCLS];                 /* locked for the current op */
    uint32_t is_tmp[RA_NCLS];
    uint32_t stamp[RA_NCLS][RA_NREGS], clock;
    uint64_t slot_used[2];
    uint16_t vslot_used;
    uint8_t failed;                         /* RA_NO_*: what was made is void */
};

static inline unsigned ra_cls(const RA *ra, TCGRef r)
{
    return ra->s->temps[r].type == TCG_I64 ? RC_INT : RC_VEC;
}

static inline const TCGTemp *ra_temp(const RA *ra, TCGRef r)
{
    return &ra->s->temps[r];
}

static inline bool ra_is_const(const RA *ra, TCGRef r)
{
    return ra->s->temps[r].kind == TEMP_CONST;
}

static inline bool ra_is_ebb(const RA *ra, TCGRef r)
{
    return ra->s->temps[r].kind == TEMP_EBB;
}

static inline int ra_reg(const RA *ra, TCGRef r)
{
    return ra->t[r].reg;
}

static inline void ra_lock(RA *ra, unsigned cls, unsigned reg)
{
    ra->busy[cls] |= 1u << reg;
}

static inline bool ra_locked(const RA *ra, unsigned cls, unsigned reg)
{
    return ra->busy[cls] >> reg & 1;
}

/* Starts a region: allocates from the arena, gives locals their slots. */
void ra_init(RA *ra, TCGContext *s, const RAHost *host);

/* Register with the value, loaded or made if need be; locked. */
unsigned ra_in(RA *ra, TCGRef r);
/* A temporary with unspecified contents; locked.  If all are, `failed` is set
 * and the caller goes on with any: the back end looks after each op. */
unsigned ra_tmp(RA *ra, unsigned cls);
/* Empties a certain temporary (its value moves on) and locks it.  keep: if it
 * holds this value already it stays. */
void ra_force(RA *ra, unsigned cls, unsigned reg, TCGRef keep);
/* Gives back a temporary from ra_tmp before the op's end. */
void ra_untmp(RA *ra, unsigned cls, unsigned reg);
/* Pinned register of r, or -1. */
static inline int ra_pin(const RA *ra, TCGRef r)
{
    return ra->t[r].pinned ? ra->t[r].reg : -1;
}
/* reg (a temporary locked by this op, or r's pin) now holds the new value of
 * r; moves or stores it to where it belongs. */
void ra_out_done(RA *ra, TCGRef r, unsigned reg);
/* r's memory was given a new value directly. */
void ra_out_mem(RA *ra, TCGRef r);
/* Memory home with the current value (spills a temp): env offset. */
int32_t ra_mem(RA *ra, TCGRef r);
/* Memory home to write to. */
int32_t ra_home(RA *ra, TCGRef r);
/* Takes over the register of a dying EBB temp: the register or -1. */
int ra_steal(RA *ra, TCGRef r);
/* r goes to memory; its register, still with the value, is free to change. */
void ra_vacate(RA *ra, TCGRef r);
void ra_op_end(RA *ra, const TCGOp *op);
/* Unlocks everything, frees nothing. */
void ra_unlock_all(RA *ra);
/* Frees the inputs that die at op. */
void ra_kill_dead(RA *ra, const TCGOp *op);
/* Before a call: living temps to memory, caches dropped. */
void ra_spill_all(RA *ra);
/* At a merge point: nothing is known but pinned registers and memory. */
void ra_bb_end(RA *ra);
/* A temporary that holds a constant within 32 bits of val, or -1; locked. */
int ra_near_const(RA *ra, uint64_t val, int64_t *delta);

/* Bits of op->dead as the liveness pass leaves them. */
enum {
    OPD_IN = 1,             /* << i: in[i] dies here */
    OPD_BASE = 1 << 6, OPD_INDEX = 1 << 7,
    OPD_OUT = 1 << 8,       /* << i: out[i] is never read */
};

#endif
