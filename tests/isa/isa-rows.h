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
    /* results */
    unsigned runs, fails, faults;
} IsaRow;

IsaRow *isa_rows(unsigned *n);
bool isa_row_attr(const IsaRow *r, const char *attr);

/* isa-host.c: feature IDs of cpuid.def joined by + */
bool isa_host_has(const char *feats);

/* isa-gen.c: false if the row can't be tested in this process. */
bool isa_row_testable(const IsaRow *r);
/* A random instance of the row, with a state that suits it, in c. */
void isa_gen_case(const IsaRow *r, IsaCase *c);
/* Appends an instance of the row to c's code, its state unchanged but for
 * what c allows; for sequences.  False if the row does not fit in one. */
bool isa_gen_append(const IsaRow *r, IsaCase *c, unsigned *len);

/* isa-state.c */
void isa_rnd_state(IsaState *st);
void isa_state32(IsaState *st);     /* what 32-bit code can hold */
void isa_rnd_memory(uint8_t *mem);
uint64_t isa_int(void);
uint32_t isa_f32(void);
uint64_t isa_f64(void);
void isa_f80(uint8_t p[10]);
void isa_vec(uint8_t *p, unsigned n);

#endif
