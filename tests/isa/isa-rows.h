/* SPDX-License-Identifier: MIT */
/* The rows of insn.def as the test generator sees them. */
#ifndef TESTS_ISA_ROWS_H
#define TESTS_ISA_ROWS_H

#include "tests/isa/isa.h"

typedef struct IsaRow {
    const char *name, *enc, *ops, *gen, *flags, *feats, *attrs;
    /* from the encoding */
    bool pfx_fixed, nf;         /* a prefix column; "NF" */
    uint8_t pfx;                /* 0, 0x66, 0xf3, 0xf2 */
    uint8_t map;                /* 0 one-byte, 1 0F, 2 0F38, 3 0F3A */
    uint8_t opcode, op_free;    /* opcode, and its bits that vary */
    bool have_opcode;
    bool has_modrm, modrm_fixed;
    uint8_t modrm, modrm_free;  /* a whole ModRM byte, its bits that vary */
    int8_t digit;               /* ModRM.reg or -1 */
    char mod;                   /* 'm', 'r' or 0 for either */
    int8_t w, vex_l;            /* -1: either */
    bool vex, vvvv;
    /* from the operands */
    char rm_size[4];            /* size letters of the memory operand */
    uint8_t nimm;
    char imm[3], imm_size[3][4];
    bool todo;
    bool fpu;                   /* reads or writes x87 or MMX registers */
} IsaRow;

/* Counts of a row, in memory that the worker processes share. */
typedef struct IsaCount {
    uint64_t runs, fails, faults, forms;
} IsaCount;

IsaRow *isa_rows(unsigned *n);
bool isa_row_attr(const IsaRow *r, const char *attr);

/* isa-host.c: why the row can't be compared with this silicon in this
 * process and mode, or NULL. */
const char *isa_row_reason(const IsaRow *r);
bool isa_row_testable(const IsaRow *r);
bool isa_host_has(const char *feats);
bool isa_host_amd(void);
uint64_t isa_host_xcr0(void);

/* isa-enc.c: an instance being put together. */
typedef struct Enc {
    const IsaRow *r;
    uint8_t *p;                 /* next byte */
    unsigned rex;               /* W8 R4 X2 B1 */
    bool opsize, addr32, a16;
    uint8_t reg, rm, mod;
    uint8_t vvvv, l;
    int base, index, scale;     /* -1: none */
    int32_t disp;
    uint8_t *rip_disp;          /* RIP-relative displacement */
    uint8_t *disp_at;
    uint8_t *rel_at;            /* of a relative jump */
    unsigned rel_size;
    bool mem;
    bool seq;                   /* part of a sequence: jumps go on in it */
    uint16_t ptrs;              /* sequences: registers that hold pointers */
    bool vsib;                  /* index is a vector register */
    int seg;                    /* FS 0 or GS 1 override, -1: none */
    int op_low;                 /* free bits of the opcode */
    uint64_t at;                /* an address that is part of the code */
} Enc;

bool isa_named(const IsaRow *r, const char *prefix);
bool isa_row_gathers(const IsaRow *r);
bool isa_row_string(const IsaRow *r);
bool isa_row_image(const IsaRow *r);
unsigned isa_row_mem_bytes(const IsaRow *r);
/* Somewhere in the data, mostly aligned as the operand likes it. */
uint64_t isa_target(const IsaRow *r, bool tame);
/* Random bytes for the row at buf, which will run at pc; their number. */
unsigned isa_encode(Enc *e, const IsaRow *r, uint8_t *buf, uint64_t pc);

/* isa-suit.c: the code of a random instance of the row, and what is compared
 * after it; then a state that suits it, as often as wanted. */
void isa_gen_code(const IsaRow *r, Enc *e, IsaCase *c);
void isa_gen_state(Enc *e, IsaCase *c, bool fresh);
/* Whether the row may be part of a sequence; what c allows then. */
bool isa_row_in_sequence(const IsaRow *r);
bool isa_row_approximate(const IsaRow *r);
void isa_gen_allow(const IsaRow *r, IsaCase *c);

/* isa-state.c */
void isa_rnd_state(IsaState *st);
void isa_rnd_x87(uint8_t fx[512]);
void isa_rnd_control(IsaState *st);     /* MXCSR, flags, bases */
void isa_state32(IsaState *st);     /* what 32-bit code can hold */
void isa_rnd_memory(uint8_t *mem);
uint64_t isa_int(void);
void isa_vec(uint8_t *p, unsigned n);

/* isa-run.c, isa-seq.c */
void isa_test_row(const IsaRow *r, IsaCount *n, unsigned count, uint64_t seed);
/* One group of sequences of rows[]; the number that differ. */
unsigned isa_test_sequences(const IsaRow *const *rows, unsigned nrows,
                            unsigned count, uint64_t seed);

/* A sequence with its input in isa_memory, or NULL; borrowed. */
const IsaCase *isa_make_sequence(const IsaRow *const *rows, unsigned nrows,
                                 uint64_t seed);

/* isa-record.c: exit status.  isa_replay_mode() comes before all set-up. */
int isa_record(const char *name, const IsaRow *rows, unsigned n,
               unsigned count, unsigned sequences, uint64_t seed,
               bool (*selected)(const IsaRow *));
void isa_replay_mode(const char *name);
int isa_replay(bool (*selected)(const char *name));

#endif
