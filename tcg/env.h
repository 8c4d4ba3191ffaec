/* SPDX-License-Identifier: MIT */
/*
 * The head of every guest CPU's state, shared by the front ends and the back
 * ends.  A front end embeds TCGEnv as the first member of its CPU state and
 * allocates the whole with tcg_env_alloc().  Generated code reaches the state
 * through one host register (x86-64: the gs base).
 */
#ifndef TCG_ENV_H
#define TCG_ENV_H

#include "util/osdep.h"

/*
 * Guest arithmetic flags in memory ("home" format), TCGEnv.flags:
 * bit 0 = OF, bits 8..15 = CF(8) PF(10) AF(12) ZF(14) SF(15), all other
 * bits are don't-care when read.  It is what x86 LAHF + SETO produce.
 */
#define FLHOME_O   (1u << 0)
#define FLHOME_C   (1u << 8)
#define FLHOME_P   (1u << 10)
#define FLHOME_A   (1u << 12)
#define FLHOME_Z   (1u << 14)
#define FLHOME_S   (1u << 15)
#define FLHOME_ALL (FLHOME_O | FLHOME_C | FLHOME_P | FLHOME_A | FLHOME_Z | \
                    FLHOME_S)

/* The same six flags as a compact set, used in IR ops' masks. */
enum {
    FL_C = 1, FL_P = 2, FL_A = 4, FL_Z = 8, FL_S = 16, FL_O = 32,
    FL_ALL = 63,
};

#define TCG_JC_BITS 12
#define TCG_JC_SIZE (1 << TCG_JC_BITS)
#define TCG_JC_HASH 0x9e3779b1u
/* Offsets from the env of the two halves of the indirect-branch cache, and of
 * its second bank from the first (tcg_jc_bank). */
#define TCG_JC_TAG_OFFSET   0x4000
#define TCG_JC_HOST_OFFSET  (TCG_JC_TAG_OFFSET + TCG_JC_SIZE * 8)
#define TCG_JC_BANKS        2
#define TCG_JC_BANK_SIZE    (TCG_JC_SIZE * 16)
#define TCG_ENV_BLOCK_SIZE  (TCG_JC_TAG_OFFSET + TCG_JC_BANKS * TCG_JC_BANK_SIZE)

/* Slot of a guest pc in both halves; functions are aligned to 16, so the bits
 * above must have their say.  An empty slot's tag must not map to the
 * slot: the core fills slot 0 with tag 1 and the others with tag 0. */
static inline unsigned tcg_jc_index(uint64_t pc)
{
    return (uint32_t)pc * TCG_JC_HASH >> (32 - TCG_JC_BITS);
}

typedef struct TCGEnv TCGEnv;
struct TCGEnv {
    TCGEnv *self;            /* this address: lets gs:0 find the env */
    uint32_t exit_request;   /* non-zero: leave at the next poll; atomic */
    uint32_t flags;          /* home of the arithmetic flags */
    uint64_t pc;             /* guest pc, exact whenever C code runs at exits */
    uint32_t fpcr;           /* SSE control and status (x86 MXCSR layout) */
    uint32_t exit_reason;    /* what tcg_run() will return */
    uint64_t exit_arg;       /* operand of the exit op (interrupt number...) */
    uintptr_t helper_ra;     /* host return address while a helper runs, or 0 */
    uintptr_t shadow_sp;     /* saved shadow return stack pointer */
    uintptr_t shadow_base;   /* empty shadow stack */
    uintptr_t shadow_limit;  /* lowest usable address (guard page below) */
    uintptr_t host_sp;       /* C stack pointer at tcg_run() */
    uint64_t mode;           /* current TB-key mode flags */
    /* The data TLB of the current mode (softmmu.h); system mode only. */
    uint64_t tlb_mask;       /* byte offset of the last entry */
    uintptr_t tlb_table;
    uint64_t spill[96];      /* the back end's frame for temps */
    QEMU_ALIGNED(32) uint8_t vspill[16][32];
    uint64_t host[8];        /* the back end's own */
    QEMU_ALIGNED(16) uint64_t host_v[6][2];
    uint64_t mmu_arg[2];     /* of the miss thunk: address -> host, access */
    uint64_t mmu_save[4];
    QEMU_ALIGNED(32) uint8_t mmu_vsave[2][32];
    struct SoftMMU *mmu;     /* NULL: guest address = host address */
    bool code_global;        /* of the page last located: translations of it
                                outlive tcg_forget_pcs(env, true) */
    void *thread;            /* core-private per-thread state */
    void *opaque;            /* front-private */
};

/* Returns a zeroed block of TCG_ENV_BLOCK_SIZE, page aligned; never fails. */
void *tcg_env_alloc(size_t state_size);
void tcg_env_free(void *env);

static inline unsigned tcg_flags_compact(uint32_t home)
{
    return (home & FLHOME_C ? FL_C : 0) | (home & FLHOME_P ? FL_P : 0) |
           (home & FLHOME_A ? FL_A : 0) | (home & FLHOME_Z ? FL_Z : 0) |
           (home & FLHOME_S ? FL_S : 0) | (home & FLHOME_O ? FL_O : 0);
}

static inline uint32_t tcg_flags_home(unsigned compact)
{
    return (compact & FL_C ? FLHOME_C : 0) | (compact & FL_P ? FLHOME_P : 0) |
           (compact & FL_A ? FLHOME_A : 0) | (compact & FL_Z ? FLHOME_Z : 0) |
           (compact & FL_S ? FLHOME_S : 0) | (compact & FL_O ? FLHOME_O : 0);
}

/* x86 EFLAGS bit layout (CF 0, PF 2, AF 4, ZF 6, SF 7, OF 11). */
static inline uint32_t tcg_flags_to_eflags(uint32_t home)
{
    return ((home >> 8) & 0xd5) | ((home & 1) << 11);
}

static inline uint32_t tcg_flags_from_eflags(uint32_t eflags)
{
    return ((eflags & 0xd5) << 8) | ((eflags >> 11) & 1);
}

#endif
