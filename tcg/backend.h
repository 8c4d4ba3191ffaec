/* SPDX-License-Identifier: MIT */
/*
 * What the translator core asks of a back end, and what it offers to it.
 */
#ifndef TCG_BACKEND_H
#define TCG_BACKEND_H

#include "tcg/tcg.h"

/* A patchable direct exit (goto_pc, call_pc) of a TB. */
typedef struct TCGExit {
    uint64_t target;        /* guest pc */
    uint32_t patch;         /* offset in the TB's code of the patched place */
    uint32_t stub;          /* offset of its out-of-line unlinked path */
    /* core: */
    TCGTB *tb;              /* owner */
    TCGTB *dest;            /* linked to, or NULL */
    struct TCGExit *next_in;    /* other exits linked to dest */
} TCGExit;

/* One op that may fault, or a helper call's return address. */
typedef struct TCGFaultPoint {
    uint32_t host:21;       /* offset of the host instruction (or return) */
    uint32_t where:10;      /* index of guest instruction in TB's pc table */
    uint32_t fl_in_host:1;  /* live guest flags sit in the host's flag register */
    int32_t sp_delta;       /* back end: guest rsp is that much above its
                               register */
} TCGFaultPoint;

struct TCGTB {
    uint64_t pc, mode;
    uint8_t *code;              /* entry; RX */
    uint32_t code_size;
    uint32_t hot_size;          /* before the out-of-line part */
    uint32_t nb_exits, nb_faults, nb_insns, nb_ranges;
    TCGExit *exits;
    TCGFaultPoint *faults;      /* sorted by host offset */
    uint64_t *insn_pc;          /* guest pc by instruction index */
    uint32_t retired;           /* back end: offset of the retired entry */
    uint32_t nb_rets;           /* back end: places a guest return may reach */
    uint32_t *rets;             /* their code offsets; tcg_malloc, like faults */
    struct { uint64_t start, last; } *ranges;   /* guest bytes it came from */
    uint32_t invalid;           /* set once; atomic */
    uint32_t tier;
    int32_t heat;               /* tier 0: counted down by generated code */
};

enum {
    TCG_COMPILE_SIZE = -1,      /* size too small: the core retries elsewhere */
    TCG_COMPILE_COMPLEX = -2,   /* too much alive: fewer instructions, please */
};

/* A buffer the back end emits into; grows until sealed. */
typedef struct TCGBackend {
    const char *name;
    bool has_x87;               /* x87r, x87m, x87stsw, mmget, mmput, emms */
    bool has_mmu;               /* lowers the mmu op */
    bool jc_split;              /* targets that may read flags have the
                                   complement of their pc as their tag */
    bool jc_banks;              /* code uses the bank of tcg_jc_bank(mode) */
    uint8_t nb_pinned_gpr, nb_pinned_vec;
    size_t max_cache;           /* what its branches reach; 0 = any size */
    /* Emits the prologue and shared thunks into the cache; once. */
    bool (*init)(uint8_t *buf, size_t size, size_t *used, GError **errp);
    void (*thread_init)(TCGEnv *env);
    /*
     * Translates s->ops (after the passes) to code at buf.  Fills tb's code,
     * code_size, exits (from tcg_tb_alloc), faults, insn_pc, rets (arrays from
     * tcg_malloc; the core copies them).  Returns 0, or why not (TCG_COMPILE_*).
     */
    int (*compile)(TCGContext *s, TCGTB *tb, uint8_t *buf, size_t size);
    /* Enters tb; returns when generated code leaves.  *last receives the exit
     * that wants linking or NULL (see TCG_EXIT_LINK below). */
    unsigned (*enter)(TCGEnv *env, TCGTB *tb);
    /* Atomically redirect: to dest's code, or (dest NULL) back to the stub. */
    void (*patch)(TCGExit *e, TCGTB *dest);
    /* The TB was invalidated: make its entry, and every place inside it that
     * a shadow-stack return can reach, leave to the core.  Other threads may
     * be executing it. */
    void (*retire)(TCGTB *tb);
    /* Tier up: make old's entry jump to new's. */
    void (*redirect)(TCGTB *old, TCGTB *fresh);
    TCGWhere (*state_from_signal)(TCGEnv *env, void *ucontext);
    void (*exit_from_signal)(TCGEnv *env, void *ucontext);
    void (*exit_helper)(TCGEnv *env) QEMU_NORETURN;
    /* Other processes see this one's memory: keep x86's order from now on.
     * NULL if it is always kept. */
    void (*share)(void);
    /* The DE and UE bits of fpcr shall be exact from now on, if they are not
     * always so; NULL if they can't be. */
    void (*exact_fp)(void);
    /* Capstone's numbers for -d out_asm; -1 = none. */
    int cs_arch, cs_mode;
} TCGBackend;

extern const TCGBackend *tcg_backend;           /* the chosen one */
extern const TCGBackend tcg_backend_native;     /* weak: absent on hosts without */
extern const TCGBackend tcg_backend_tci;

/* The bank of the indirect-branch cache for code of this mode. */
static inline unsigned tcg_jc_bank(uint64_t mode)
{
    const TCGFrontend *f = tcg_frontend;

    return tcg_backend->jc_banks && f && (mode & f->soft_mode) &&
           (mode & f->user_mode) == f->user_mode;
}

/* Core-internal reasons returned by enter(). */
enum {
    TCG_EXIT_LINK = 0x20000,    /* env->exit_arg = (uintptr_t)TCGExit: look up
                                   its target, link, go on there */
    TCG_EXIT_LOOKUP,            /* continue at env->pc (indirect miss, retired) */
    TCG_EXIT_HOT,               /* env->exit_arg = (uintptr_t)TCGTB: tier up */
    TCG_EXIT_LOOKUP_RET,        /* as LOOKUP, by a guest return */
    TCG_EXIT_FLAG_RET,          /* a call is next behind which flags are read */
    TCG_EXIT_STALE,             /* the TB at env->pc found its source changed */
};

/* Services of the core to back ends. */
/* Zeroed memory that stays as long as the TB being translated. */
void *tcg_tb_alloc(TCGContext *s, size_t size);
/* The place in the code cache whose address ends in these 32 bits, or 0. */
uintptr_t tcg_code_address(uint32_t low);
TCGTB *tcg_tb_from_host(uintptr_t host_pc);     /* lock-free; NULL if none */
uint64_t tcg_tb_guest_pc(const TCGTB *tb, uint32_t host_offset,
                         const TCGFaultPoint **fp);
/* For a direct exit: which flags may be live on arrival at pc. */
unsigned tcg_flags_live_at(TCGContext *s, uint64_t pc);

/* Makes a signal's context call f(arg), on its own stack.  In tcg/tci. */
void tcg_resume_in(void *ucontext, uintptr_t f, uintptr_t arg);

/* ---- reference execution: the meaning of each op (tcg/ops-ref.h) --------- */

/* The register's little-endian memory image on every host; on a big-endian
 * one the wider views need swapping (accessors in tcg/ops-ref-vec.h). */
typedef union TCGVec {
    uint8_t u8[32]; int8_t s8[32]; uint16_t u16[16]; int16_t s16[16];
    uint32_t u32[8]; int32_t s32[8]; uint64_t u64[4]; int64_t s64[4];
    float f32[8]; double f64[4];    /* element 0 is the lowest on any host */
} QEMU_ALIGNED(32) TCGVec;

typedef union TCGVal {
    uint64_t q;
    TCGVec v;
} TCGVal;

typedef struct TCGRefOp {       /* the static part of a TCGOp */
    uint16_t opc, attr;
    uint8_t sz, vt, cond, fl_def, fl_use;
    uint64_t imm;
} TCGRefOp;

/*
 * Executes one op without memory operand and control flow: reads val[0..] as
 * inputs in order, flags from and to env->flags, and writes the outputs to
 * val[0..].  A back end without a lowering for an op calls this.
 */
void tcg_ref_exec(TCGEnv *env, const TCGRefOp *op, TCGVal *val);
/* Front end's hook for an FP exception that fpcr does not mask: raises it
 * (tcg_exit_helper); fpcr has the sticky bits already.  May be NULL. */
extern void (*tcg_ref_fp_trap)(TCGEnv *env);

#endif
