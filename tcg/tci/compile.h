/* SPDX-License-Identifier: MIT */
/*
 * Between the two halves of the bytecode compiler: compile.c drives, places
 * values and resolves labels; lower.c has a lowering for each IR op.
 */
#ifndef TCG_TCI_COMPILE_H
#define TCG_TCI_COMPILE_H

#include "tcg/tci/tci-int.h"

typedef struct TCIFixup TCIFixup;
struct TCIFixup {
    TCIFixup *next;
    TCIWord *word;
    TCGLabel *label;
};

typedef struct TCIComp {
    TCGContext *s;
    TCGTB *tb;
    TCIWord *code, *p, *end;    /* first word, next, limit */
    bool full;                  /* ran over the limit: output is garbage */
    bool dead;                  /* unreachable until the next label */
    unsigned i;                 /* index of the op being lowered */
    unsigned insn;              /* guest instructions seen */
    TCIFixup *fixups;
    TCIWord spare[16];          /* where words go once full */
    /* frame */
    uint64_t qused[DIV_ROUND_UP(TCI_NB_QSLOTS, 64)], vused;
    uint64_t qlocal[DIV_ROUND_UP(TCI_NB_QSLOTS, 64)], vlocal;
    TCGRef *block;              /* temps placed in this block */
    unsigned nb_block;
} TCIComp;

typedef void TCILowerFn(TCIComp *c, const TCGOp *op);
extern TCILowerFn *const tci_lower[TCG_NB_OPS];

/* Appends an instruction of n words, operands zero. */
TCIWord *tci_put(TCIComp *c, unsigned handler, unsigned n);
/* The same, of an op that may fault or leave. */
TCIWord *tci_put_fault(TCIComp *c, unsigned handler, unsigned n);
/* word.p = where label ends up */
void tci_target(TCIComp *c, TCIWord *word, TCGLabel *l);

/* Places, as offsets from the env; inputs may emit a load of a constant. */
unsigned tci_in(TCIComp *c, TCGRef r);
unsigned tci_out(TCIComp *c, TCGRef r);
/* A slot for use within the lowering of one op, to be freed there. */
unsigned tci_scratch(TCIComp *c);
void tci_scratch_free(TCIComp *c, unsigned slot);

/* Two words: a, b, c in word 1. */
TCIWord *tci_put3(TCIComp *c, unsigned h, unsigned a, unsigned b, unsigned cc);
/* Three words, the last an immediate. */
TCIWord *tci_put_imm(TCIComp *c, unsigned h, unsigned a, unsigned b,
                     uint64_t imm);
TCILowerFn tci_lower_ref;

/* lower-int.c: d = a opc b in slots; rb is b's value if constant. */
void tci_put_alu(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
                 unsigned d, unsigned a, unsigned b, TCGRef rb);
void tci_put_unary(TCIComp *c, unsigned opc, unsigned sz, unsigned fl_def,
                   unsigned d, unsigned a);
TCILowerFn tci_lower_compare, tci_lower_alu, tci_lower_unary, tci_lower_shift,
    tci_lower_mul, tci_lower_mul2, tci_lower_setcc, tci_lower_cmov,
    tci_lower_brcc, tci_lower_brcond, tci_lower_setcond, tci_lower_movcond,
    tci_lower_br;

static inline bool tci_is_const(const TCIComp *c, TCGRef r)
{
    return r != TCG_NONE && c->s->temps[r].kind == TEMP_CONST;
}

static inline uint64_t tci_val(const TCIComp *c, TCGRef r)
{
    return c->s->temps[r].val;
}

#endif
