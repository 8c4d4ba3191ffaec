/* SPDX-License-Identifier: MIT */
/* The data access of an instruction that faulted; fault.c. */
#ifndef TARGET_I386_FAULT_H
#define TARGET_I386_FAULT_H

#include "target-i386/decode.h"

typedef struct X86Access {
    uint64_t offset, addr;      /* in the segment; linear */
    unsigned seg, size;
    bool write;
} X86Access;

/* Decodes the instruction at pc in the current mode; false: unreadable. */
bool x86_decode_pc(CPUX86State *env, uint64_t pc, X86Insn *in);
/* The ModRM operand of the instruction at h.pc; false: it has none. */
bool x86_explicit_access(CPUX86State *env, X86Access *a);

/*
 * The vector of the fault that the instruction at h.pc raised: #SS or #GP for
 * an address that is not canonical, or beyond 4 GiB in 32-bit code; #PF
 * otherwise.  hard: the host says it is no page fault.
 */
unsigned x86_access_fault(CPUX86State *env, bool hard);

/* Is it an MMX instruction that a pending x87 exception comes before? */
bool x86_pending_first(CPUX86State *env);

#endif
