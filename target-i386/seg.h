/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors: their parts, what may be loaded where, limits, and the
 * TB-key bits that follow from the segment registers.  Nothing here knows
 * where descriptors come from, except the user-mode part at the end.
 * Source: Intel SDM vol. 3 ch. 3 and 5, AMD APM vol. 2 ch. 4.
 */
#ifndef TARGET_I386_SEG_H
#define TARGET_I386_SEG_H

#include "target-i386/cpu.h"

/* SegmentCache.flags: a descriptor's second word less its base bits, so with
 * limit bits 16 to 19; SegmentCache.limit is in bytes. */
enum {
    DESC_A = 1 << 8,        /* accessed */
    DESC_RW = 1 << 9,       /* data: writable; code: readable */
    DESC_CE = 1 << 10,      /* data: expands down; code: conforming */
    DESC_CODE = 1 << 11,
    DESC_S = 1 << 12,       /* code or data, not a system descriptor */
    DESC_DPL_SHIFT = 13,
    DESC_P = 1 << 15,
    DESC_AVL = 1 << 20,
    DESC_L = 1 << 21,
    DESC_DB = 1 << 22,
    DESC_G = 1 << 23,
    DESC_FLAGS = 0x00ffff00,
};

static inline unsigned x86_seg_dpl(const SegmentCache *s)
{
    return s->flags >> DESC_DPL_SHIFT & 3;
}

/* A descriptor's eight bytes to and from its parts (code and data segments;
 * LDT and TSS but for the upper half of a 64-bit base). */
void x86_seg_unpack(uint64_t desc, unsigned sel, SegmentCache *out);
uint64_t x86_seg_pack(const SegmentCache *s);

/*
 * May sel, whose descriptor is d, be loaded into data or stack segment
 * register seg by MOV, POP, LDS...?  0, or the vector to raise with error
 * code sel & ~3.  Not for null selectors.
 */
unsigned x86_seg_load_fault(const SegmentCache *d, unsigned seg, unsigned sel,
                            unsigned cpl);
/* The same for CS by a far jump, call (rpl as in the selector) or return. */
unsigned x86_seg_code_fault(const SegmentCache *d, unsigned sel, unsigned cpl,
                            bool ret);

/* Reads and writes of all 4 GiB (write: data, not code) can't fault. */
bool x86_seg_flat(const SegmentCache *s);
/* Are bytes off .. off + size - 1 accessible? */
bool x86_seg_holds(const SegmentCache *s, uint32_t off, unsigned size,
                   bool write);

/* What LAR, LSL, VERR and VERW look for. */
enum { X86_LAR, X86_LSL, X86_VERR, X86_VERW };
/* bit 63 set, and LAR's or LSL's result; 0: ZF = 0. */
uint64_t x86_seg_query(const SegmentCache *d, unsigned sel, unsigned cpl,
                       unsigned what, bool long_mode);

/* The bits of h.mode that follow from segments and EFLAGS.AC at this CPL. */
uint64_t x86_seg_mode(const CPUX86State *env, unsigned cpl);

/* ---- user mode ----------------------------------------------------------- */

/* The process's LDT, as modify_ldt() leaves it.  Entries are written whole. */
enum { X86_LDT_MAX = 8192 };
extern uint64_t x86_user_ldt[X86_LDT_MAX];
extern unsigned x86_user_ldt_count;

#endif
