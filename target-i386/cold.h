/* SPDX-License-Identifier: MIT */
/*
 * Cold code: most of what a process runs at its start runs once, which is far
 * cheaper interpreted than translated.  This executes 64-bit user code row by
 * row, straight from the decoder, for as long as each place was met a few
 * times at most; whatever is not done here is left to the translator, whole
 * and untouched.  Flow: tcg/run.c -> x86_cold_run() -> cold_NAME().
 *
 * Rules for cold_NAME():
 *  - The state may change only behind the last access that can fault.
 *  - COLD_NOT before anything changed is always right.
 *  - What an instruction means stands in tcg/ops-ref.h; use it.
 */
#ifndef TARGET_I386_COLD_H
#define TARGET_I386_COLD_H

#include "target-i386/translate.h"
#include "tcg/ops-ref.h"

/* Where a call costs more than what it does. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum {
    COLD_NEXT,      /* done */
    COLD_BRANCH,    /* done; goes on at c->pc, a block of its own */
    COLD_NOT,       /* not for here: nothing was done */
    COLD_EXIT,      /* done; leaves with c->exit, to go on at c->pc */
};

typedef unsigned ColdFn(Cold *c, const X86Insn *in);
#define COLD(name) ColdFn cold_##name;
#include "target-i386/cold.def"
#undef COLD

/* ---- flags ----------------------------------------------------------------- */

/* They are worked out when read. */
enum { COLD_FL_HOME, COLD_FL_ADD, COLD_FL_SUB, COLD_FL_LOGIC };

/* Puts them where TCGEnv.flags has them. */
void cold_flags(Cold *c);
bool cold_cond(Cold *c, unsigned cc);

static inline void cold_set_flags(Cold *c, unsigned how, unsigned sz,
                                  uint64_t a, uint64_t b, uint64_t r)
{
    c->fl = how;
    c->fl_sz = sz;
    c->fl_a = a;
    c->fl_b = b;
    c->fl_r = r;
}

/* ---- guest memory ------------------------------------------------------------ */

typedef struct ColdMem {
    union { uint8_t b; uint16_t w; uint32_t d; uint64_t q; };
} __attribute__((packed, may_alias)) ColdMem;

static inline uint64_t cold_ld(uint64_t addr, unsigned sz)
{
    const volatile ColdMem *m = (const volatile ColdMem *)(uintptr_t)addr;

    COMPILER_BARRIER();     /* a fault's handler looks at the state */
    switch (sz) {
    case MO_8:
        return m->b;
    case MO_16:
        return GUINT16_FROM_LE(m->w);
    case MO_32:
        return GUINT32_FROM_LE(m->d);
    default:
        return GUINT64_FROM_LE(m->q);
    }
}

static inline void cold_st(uint64_t addr, unsigned sz, uint64_t v)
{
    volatile ColdMem *m = (volatile ColdMem *)(uintptr_t)addr;

    COMPILER_BARRIER();     /* a fault's handler looks at the state */
    switch (sz) {
    case MO_8:
        m->b = v;
        break;
    case MO_16:
        m->w = GUINT16_TO_LE(v);
        break;
    case MO_32:
        m->d = GUINT32_TO_LE(v);
        break;
    default:
        m->q = GUINT64_TO_LE(v);
        break;
    }
}

/* Address of the ModRM operand; addresses of 64 bits only (x86_cold_run). */
static inline uint64_t cold_addr_noseg(Cold *c, const X86Insn *in)
{
    uint64_t a = (int64_t)in->disp;

    if (in->base == X86_RIP) {
        a += in->pc + in->len;
    } else if (in->base != X86_NOREG) {
        a += c->env->regs[in->base];
    }
    if (in->index != X86_NOREG) {
        a += c->env->regs[in->index] << in->scale;
    }
    return a;
}

static inline uint64_t cold_addr(Cold *c, const X86Insn *in)
{
    uint64_t a = cold_addr_noseg(c, in);

    return unlikely(in->seg >= R_FS) ? a + c->env->segs[in->seg].base : a;
}

/* ---- operands ------------------------------------------------------------------ */

static inline uint64_t cold_reg(Cold *c, const X86Insn *in, unsigned sz,
                                unsigned reg)
{
    return unlikely(x86_is_high8(in, sz, reg)) ? c->env->regs[reg - 4] >> 8
                                               : c->env->regs[reg];
}

static inline void cold_set_reg(Cold *c, const X86Insn *in, unsigned sz,
                                unsigned reg, uint64_t v)
{
    uint64_t *r = &c->env->regs[reg];

    if (sz == MO_64) {
        *r = v;
    } else if (sz == MO_32) {
        *r = (uint32_t)v;
    } else if (x86_is_high8(in, sz, reg)) {
        r -= 4;
        *r = (*r & ~0xff00ull) | (v & 0xff) << 8;
    } else {
        *r = ref_merge(sz, *r, v);
    }
}

/* General operand i; bits above its size are junk. */
uint64_t cold_get(Cold *c, const X86Insn *in, unsigned i);
void cold_put(Cold *c, const X86Insn *in, unsigned i, uint64_t v);

/* cold-mem.c: may aligned memory be changed atomically? */
bool cold_can_lock(uint64_t addr, unsigned sz);
/* What was there; opc: TCG_add sub and or xor, TCG_mov to exchange. */
uint64_t cold_fetch_op(uint64_t addr, unsigned sz, unsigned opc, uint64_t b);

/* Runs an op's reference on v; fl_def and fl_use as in the IR. */
static inline void cold_ref(Cold *c, unsigned opc, unsigned sz,
                            unsigned fl_def, unsigned fl_use, TCGVal *v)
{
    const TCGRefOp op = {
        .opc = opc, .sz = sz, .fl_def = fl_def, .fl_use = fl_use,
    };

    cold_flags(c);
    tcg_ref_exec(&c->env->h, &op, v);
}

#endif
