/* SPDX-License-Identifier: MIT */
/*
 * Cold code: atomic read-modify-write of aligned memory, and string stores.
 * See cold.h; the generators of the same names are in gen-alu.c, gen-mov.c and
 * gen-string.c.
 */
#include "util/osdep.h"
#include "target-i386/cold.h"

/* ---- atomics --------------------------------------------------------------------- */

bool cold_can_lock(uint64_t addr, unsigned sz)
{
    return !HOST_BIG_ENDIAN && !(addr & ((1u << sz) - 1));
}

/* *addr = val if it is *old; false and *old if not. */
static bool swap_if(uint64_t addr, unsigned sz, uint64_t *old, uint64_t val)
{
    COMPILER_BARRIER();
    switch (sz) {
#define CASE(n, type) \
    case n: { \
        type was = *old; \
        bool ok = __atomic_compare_exchange_n((type *)(uintptr_t)addr, &was, \
            (type)val, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        *old = was; \
        return ok; \
    }
    CASE(MO_8, uint8_t)
    CASE(MO_16, uint16_t)
    CASE(MO_32, uint32_t)
    default:
    CASE(MO_64, uint64_t)
#undef CASE
    }
}

static uint64_t apply(unsigned opc, uint64_t a, uint64_t b)
{
    switch (opc) {
    case TCG_add: return a + b;
    case TCG_sub: return a - b;
    case TCG_and: return a & b;
    case TCG_or:  return a | b;
    case TCG_xor: return a ^ b;
    default:      return b;     /* exchange */
    }
}

uint64_t cold_fetch_op(uint64_t addr, unsigned sz, unsigned opc, uint64_t b)
{
    uint64_t old = cold_ld(addr, sz);

    while (!swap_if(addr, sz, &old, apply(opc, old, b))) {
        /* old was read anew */
    }
    return old;
}

unsigned cold_xchg(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t a, b = cold_get(c, in, 1);

    if (in->mem) {
        uint64_t addr = cold_addr(c, in);

        if (!cold_can_lock(addr, sz)) {
            return COLD_NOT;
        }
        a = cold_fetch_op(addr, sz, TCG_mov, b);
    } else {
        a = cold_get(c, in, 0);
        cold_put(c, in, 0, b);
    }
    cold_put(c, in, 1, a);
    return COLD_NEXT;
}

unsigned cold_xadd(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t addr, old, b = cold_get(c, in, 1);

    if (!in->mem || !cold_can_lock(addr = cold_addr(c, in), sz)) {
        return COLD_NOT;
    }
    old = cold_fetch_op(addr, sz, TCG_add, b);
    cold_put(c, in, 1, old);
    cold_set_flags(c, COLD_FL_ADD, sz, old, b, old + b);
    return COLD_NEXT;
}

unsigned cold_cmpxchg(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t addr, old, a = c->env->regs[R_EAX];

    if (!in->mem || !cold_can_lock(addr = cold_addr(c, in), sz)) {
        return COLD_NOT;
    }
    old = ref_zext(sz, a);
    if (!swap_if(addr, sz, &old, cold_get(c, in, 1))) {
        cold_set_reg(c, in, MAX(sz, MO_16), R_EAX,
                     sz == MO_8 ? (a & ~0xffull) | old : old);
    }
    cold_set_flags(c, COLD_FL_SUB, sz, a, old, a - old);
    return COLD_NEXT;
}

/* ---- strings --------------------------------------------------------------------- */

enum { STRING_MAX = 4096 };     /* longer ones are better translated */

/* Each element's progress shows in the registers if the next one faults. */
static unsigned string(Cold *c, const X86Insn *in, bool load)
{
    unsigned sz = x86_opnd_size(in, 0), size = 1 << sz;
    uint64_t *regs = c->env->regs, n = in->rep ? regs[R_ECX] : 1, v;

    if ((c->env->eflags & DF_MASK) || in->seg >= R_FS || n > STRING_MAX) {
        return COLD_NOT;
    }
    for (; n; n--) {
        v = load ? cold_ld(regs[R_ESI], sz) : regs[R_EAX];
        cold_st(regs[R_EDI], sz, v);
        regs[R_EDI] += size;
        if (load) {
            regs[R_ESI] += size;
        }
        if (in->rep) {
            regs[R_ECX]--;
        }
    }
    return COLD_NEXT;
}

unsigned cold_movs(Cold *c, const X86Insn *in)
{
    return string(c, in, true);
}

unsigned cold_stos(Cold *c, const X86Insn *in)
{
    return string(c, in, false);
}
