/* SPDX-License-Identifier: MIT */
/*
 * The instruction tests: each case is some instruction bytes and a whole
 * machine state; it runs once on the silicon and once through a back end of
 * the translator, and everything visible afterwards must agree.
 *
 *   isa-enc.c     rows of insn.def -> instruction bytes
 *   isa-suit.c    states that suit the bytes
 *   isa-native.c  runs a case on the host processor
 *   isa-emu.c     runs a case through the translator
 *   isa-cmp.c     compares, prints, disassembles
 *   isa-run.c     rows, batch by batch; simplifies what fails
 *   isa-seq.c     random sequences; shrinks what fails
 *   isa-record.c  results written to a file, replayed on another host
 *   isa-main.c    command line, worker processes, summary
 */
#ifndef TESTS_ISA_H
#define TESTS_ISA_H

#include "util/osdep.h"

/* Fixed places low enough for 32-bit addresses and disp32. */
#define ISA_CODE        0x2b5d4000ull   /* code, executable; then a gap */
#define ISA_CODE_SIZE   0x2000
#define ISA_DATA        0x10000000ull   /* writable, guard pages around */
#define ISA_DATA_SIZE   0x2000
#define ISA_RO          (ISA_DATA + ISA_DATA_SIZE)  /* a read-only page */
#define ISA_RO_SIZE     0x1000
#define ISA_TRAMP       0x35a73000ull   /* from 32-bit code back to us */
#define ISA_CODE_MAX    3200            /* bytes of a case's code */

/* What fills the code page, and the exception it raises: a one-byte #UD in
 * 64-bit mode; HLT in 32-bit mode, which has none. */
#define ISA_FILL        (isa_mode32 ? 0xf4 : 0x06)
#define ISA_FILL_VECTOR (isa_mode32 ? 13 : 6)

/* -m 32: 32-bit code, on the silicon by a far jump to Linux's 32-bit CS. */
extern bool isa_mode32;

enum { ISA_HANG = 0x1000, ISA_VEC_OTHER = 0x200 };

typedef struct IsaState {
    QEMU_ALIGNED(64) uint8_t fx[512];   /* FXSAVE image: x87 and MXCSR */
    uint8_t vec[16][32];
    uint64_t gpr[16];
    uint64_t flags;
    uint64_t pc;
    uint64_t base[2];       /* of FS and GS; set and compared in 64-bit mode */
    uint16_t sel[4];        /* ES, DS, FS, GS; only results */
} IsaState;

typedef struct IsaResult {
    IsaState st;
    unsigned vector;        /* exception that ended the run */
    uint64_t cr2;           /* #PF: address */
    uint32_t error_code;
    int sig, si_code;       /* the signal Linux makes of it */
    uint64_t sig_addr;
    uint8_t mem[ISA_DATA_SIZE];
} IsaResult;

typedef struct IsaCase {
    IsaState in;
    uint8_t *mem;           /* initial data page contents */
    unsigned len;
    uint32_t off;           /* of the code in its page */
    unsigned loop_tail;     /* bytes of the branch back at the end, or 0 */
    uint32_t fl_mask;       /* EFLAGS bits to compare */
    bool no_vec, no_x87, no_mxcsr, no_cr2;   /* parts not compared */
    bool store_late;        /* a faulting store may come behind a change of
                               the x87 or SSE status */
    bool approx;            /* RCPPS and kin: the maker's own bits */
    bool stores_same;       /* stores here where hardware finds no change */
    bool seq;               /* a sequence: may have faulted half-way */
    bool segs;              /* may load segment registers */
    bool frame;             /* Linux emulates it where the processor has
                               UMIP: its error codes, its register sizes */
    uint16_t low_junk;      /* registers whose low 32 bits are not compared */
    uint16_t junk;          /* registers that are not compared at all */
    uint16_t fsw_ignore;    /* x87 status bits not compared */
    bool x87_ulp;           /* software x87 may be off by one in the last place */
    uint64_t skip_at[2];    /* guest memory not compared */
    unsigned skip_len[2];
    uint8_t code[ISA_CODE_MAX];     /* last: see isa_case_copy() */
} IsaCase;

/* The head, and as much of the code as there is. */
static inline void isa_case_copy(IsaCase *to, const IsaCase *from)
{
    memcpy(to, from, offsetof(IsaCase, code) + from->len);
}

/* #SS and #GP of a non-canonical address depend on the base register; guest
 * registers live in others, so take them as one. */
static inline unsigned isa_vector(unsigned v)
{
    return v == 12 ? 13 : v;
}

/* isa-native.c: only on an x86-64 host. */
void isa_native_init(void);
void isa_native_code(const IsaCase *c);     /* the code into its page */
void isa_native_run(const IsaCase *c, IsaResult *r);
/* What to do with a case that is stuck: how often the timer went off. */
bool isa_native_tick(unsigned ticks, void *uc);
bool isa_native_signal(siginfo_t *si, void *uc);
extern uint32_t isa_mxcsr_mask;
extern bool isa_bases;          /* FS and GS bases can be set */

/* isa-emu.c */
bool isa_emu_init(const char *backend);
const char *isa_emu_backend(void);
void isa_memory_init(void);                 /* the pages above, handlers */
void isa_place_data(const IsaCase *c);
void isa_emu_code(const IsaCase *c);
void isa_emu_run(const IsaCase *c, IsaResult *r);

/* isa-cmp.c */
extern bool isa_replaying;      /* on another host: no signal frames */
bool isa_same(const IsaCase *c, const IsaResult *a, const IsaResult *b);
void isa_disassemble(FILE *f, const IsaCase *c);
void isa_report(FILE *f, const IsaCase *c, const IsaResult *want,
                const IsaResult *got);

/* isa-run.c: one case whole, natively and emulated; the results. */
extern IsaResult isa_want, isa_got;
extern uint8_t isa_memory[ISA_DATA_SIZE];
bool isa_run_case(const IsaCase *c);
/* Prints a failing case after its state was simplified. */
void isa_fail(const char *title, IsaCase *c);

/* The harness's random numbers: seeded, one stream. */
uint64_t isa_rnd(void);
void isa_srnd(uint64_t seed);
static inline uint32_t isa_below(uint32_t n)
{
    return ((isa_rnd() >> 32) * n) >> 32;
}

#endif
