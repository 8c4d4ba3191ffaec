/* SPDX-License-Identifier: MIT */
/*
 * The instruction tests: each case is some instruction bytes and a whole
 * machine state; it runs once on the silicon and once through a back end of
 * the translator, and everything visible afterwards must agree.
 *
 *   isa-gen.c     rows of insn.def -> bytes and states
 *   isa-native.c  runs a case on the host processor
 *   isa-emu.c     runs a case through the translator
 *   isa-cmp.c     compares, prints, disassembles
 *   isa-main.c    command line, loops, shrinking
 */
#ifndef TESTS_ISA_H
#define TESTS_ISA_H

#include "util/osdep.h"

/* Fixed places low enough for 32-bit addresses and disp32. */
#define ISA_CODE        0x20000000ull   /* one page of code, executable */
#define ISA_CODE_SIZE   0x1000
#define ISA_DATA        0x10000000ull   /* writable, guard pages around */
#define ISA_DATA_SIZE   0x2000
#define ISA_RO          (ISA_DATA + ISA_DATA_SIZE)  /* a read-only page */
#define ISA_RO_SIZE     0x1000

/* What fills the code page, and the exception it raises: a one-byte #UD in
 * 64-bit mode; HLT in 32-bit mode, which has none. */
#define ISA_FILL        (isa_mode32 ? 0xf4 : 0x06)
#define ISA_FILL_VECTOR (isa_mode32 ? 13 : 6)

/* -m 32: 32-bit code, on the silicon by a far jump to Linux's 32-bit CS. */
extern bool isa_mode32;

enum { ISA_HANG = 0x1000, ISA_VEC_SYSCALL = 0x100, ISA_VEC_OTHER = 0x200 };

typedef struct IsaState {
    QEMU_ALIGNED(64) uint8_t fx[512];   /* FXSAVE image: x87 and MXCSR */
    uint8_t vec[16][32];
    uint64_t gpr[16];
    uint64_t flags;
    uint64_t pc;
} IsaState;

typedef struct IsaResult {
    IsaState st;
    unsigned vector;        /* exception that ended the run */
    uint64_t cr2;           /* #PF: address */
    uint8_t mem[ISA_DATA_SIZE];
} IsaResult;

typedef struct IsaCase {
    IsaState in;
    const uint8_t *mem;     /* initial data page contents */
    uint8_t code[256];
    unsigned len;
    uint32_t off;           /* of the code in its page */
    unsigned loop_tail;     /* bytes of the branch back at the end, or 0 */
    uint32_t fl_mask;       /* EFLAGS bits to compare */
    bool no_vec, no_x87, no_mxcsr, no_cr2;   /* parts not compared */
    bool store_late;        /* a faulting store may come behind a change of
                               the x87 or SSE status */
    uint16_t fsw_ignore;    /* x87 status bits not compared */
    bool x87_ulp;           /* software x87 may be off by one in the last place */
    uint64_t skip_at;       /* guest memory not compared */
    unsigned skip_len;
} IsaCase;

/* #SS and #GP of a non-canonical address depend on the base register; guest
 * registers live in others, so take them as one. */
static inline unsigned isa_vector(unsigned v)
{
    return v == 12 ? 13 : v;
}

/* isa-native.c */
void isa_memory_init(void);
void isa_place(const IsaCase *c);       /* code and data into their pages */
void isa_native_run(const IsaCase *c, IsaResult *r);
extern uint32_t isa_mxcsr_mask;

/* isa-emu.c */
bool isa_emu_init(const char *backend);
const char *isa_emu_backend(void);
void isa_emu_run(const IsaCase *c, IsaResult *r);
/* Called by the one signal handler; true if it was the translator's. */
bool isa_emu_signal(int sig, siginfo_t *si, void *uc);
void isa_emu_hang(void);

/* isa-cmp.c */
bool isa_same(const IsaCase *c, const IsaResult *a, const IsaResult *b);
void isa_disassemble(const IsaCase *c);
void isa_report(const IsaCase *c, const IsaResult *want,
                const IsaResult *got);

/* The harness's random numbers: seeded, one stream. */
uint64_t isa_rnd(void);
void isa_srnd(uint64_t seed);
static inline uint32_t isa_below(uint32_t n)
{
    return (isa_rnd() >> 32) % n;
}

#endif
