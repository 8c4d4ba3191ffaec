/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores in x86's order (docs/memory-model.md), used once there is a
 * second thread or memory is shared.  Loads acquire, stores release; a misaligned
 * one faults on hosts without FEAT_LSE2, or where it crosses 16 bytes, and is
 * patched into a plain access and a barrier, for which a NOP keeps the place.
 */
#include "util/osdep.h"

#include <ucontext.h>

#include "tcg/aarch64/a64-int.h"

enum {
    A_NOP = 0xd503201f, A_DMB_ISHLD = 0xd50339bf, A_DMB_ISHST = 0xd5033abf,
    A_DMB_ISH = 0xd5033bbf,
    /* size in the top two bits */
    A_LDAR = 0x08dffc00, A_LDAPR = 0x38bfc000, A_STLR = 0x089ffc00,
    A_LDAPUR = 0x19400000, A_STLUR = 0x19000000,
    A_LDR = 0x39400000, A_STR = 0x39000000, A_LDUR = 0x38400000,
    A_STUR = 0x38000000,
};

void out_after_load(A64Jit *j)
{
    if (a64_ordered) {
        o32(j, A_DMB_ISHLD);
    }
}

void out_before_store(A64Jit *j)
{
    if (a64_ordered) {
        o32(j, A_DMB_ISHST);
    }
}

void out_after_locked(A64Jit *j)
{
    if (a64_ordered) {
        o32(j, A_DMB_ISH);
    }
}

/* Base and, with FEAT_LRCPC2, a displacement. */
A64Mem ordered_mem(A64Jit *j, const TCGMem *m)
{
    A64Mem o = mem_opnd(j, m, MO_8);

    if (o.index >= 0) {
        out_rrr(j, A_ADD, true, T0, o.base, o.index);
        return (A64Mem){ .base = T0, .index = -1 };
    }
    if (o.disp && (!has(HF_LRCPC2) || o.disp < -256 || o.disp > 255)) {
        out_add_imm(j, true, T0, o.base, o.disp, T1);
        return (A64Mem){ .base = T0, .index = -1 };
    }
    return o;
}

void out_load_acquire(A64Jit *j, unsigned sz, unsigned rt, A64Mem o)
{
    uint32_t w = has(HF_LRCPC2) ? A_LDAPUR | (o.disp & 0x1ff) << 12
                 : has(HF_LRCPC) ? A_LDAPR : A_LDAR;

    fault_point(j);
    o32(j, w | sz << 30 | o.base << 5 | rt);
    o32(j, A_NOP);
}

void out_store_release(A64Jit *j, unsigned sz, unsigned rt, A64Mem o)
{
    uint32_t w = has(HF_LRCPC2) ? A_STLUR | (o.disp & 0x1ff) << 12 : A_STLR;

    o32(j, A_NOP);
    fault_point(j);
    o32(j, w | sz << 30 | o.base << 5 | rt);
}

/* ---- misaligned accesses ---------------------------------------------------------- */

static void set_word(uint32_t *at, uint32_t w)
{
    __atomic_store_n(at, w, __ATOMIC_RELEASE);
    __builtin___clear_cache((char *)at, (char *)(at + 1));
}

/* The plain form of an ordered access, or 0. */
static uint32_t plain_form(uint32_t w, bool *store)
{
    uint32_t keep = w & 0xc00003ff;

    *store = false;
    if ((w & 0x3ffffc00) == A_LDAR || (w & 0x3ffffc00) == A_LDAPR) {
        return A_LDR | keep;
    }
    if ((w & 0x3fe00c00) == A_LDAPUR) {
        return A_LDUR | keep | (w & 0x1ff000);
    }
    *store = true;
    if ((w & 0x3ffffc00) == A_STLR) {
        return A_STR | keep;
    }
    if ((w & 0x3fe00c00) == A_STLUR) {
        return A_STUR | keep | (w & 0x1ff000);
    }
    return 0;
}

bool a64_patch_misaligned(void *ucontext)
{
    const ucontext_t *uc = ucontext;
    uint32_t *at = (uint32_t *)(uintptr_t)uc->uc_mcontext.pc, w = *at, plain;
    unsigned rn = w >> 5 & 31, size = 1u << (w >> 30);
    uint64_t addr;
    bool store;

    plain = plain_form(w, &store);
    if (!plain || rn == HSP) {
        return false;
    }
    addr = uc->uc_mcontext.regs[rn];
    if ((w & 0x3f000000) == A_STLUR) {
        addr += (int64_t)((uint64_t)w << 43) >> 55;
    }
    if (!(addr & (size - 1))) {
        return false;
    }
    /* The barrier first: others may be executing this. */
    set_word(store ? at - 1 : at + 1, store ? A_DMB_ISHST : A_DMB_ISHLD);
    set_word(at, plain);
    return true;
}
