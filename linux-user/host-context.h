/* SPDX-License-Identifier: MIT */
/* What a host signal frame says about the fault, by host. */
#ifndef LINUX_USER_HOST_CONTEXT_H
#define LINUX_USER_HOST_CONTEXT_H

#include "util/osdep.h"
#include <ucontext.h>

typedef struct HostFault {
    bool known;             /* the next two are x86's own */
    uint32_t trapno;
    uint32_t error_code;
} HostFault;

#if defined(HOST_X86_64)
static inline uintptr_t host_context_pc(const void *uc)
{
    return ((const ucontext_t *)uc)->uc_mcontext.gregs[REG_RIP];
}

static inline void host_context_fault(const void *uc, HostFault *f)
{
    const greg_t *g = ((const ucontext_t *)uc)->uc_mcontext.gregs;

    *f = (HostFault) { true, g[REG_TRAPNO], g[REG_ERR] };
}
#else
static inline uintptr_t host_context_pc(const void *uc)
{
    const mcontext_t *m = &((const ucontext_t *)uc)->uc_mcontext;
#if defined(HOST_AARCH64)
    return m->pc;
#elif defined(HOST_RISCV64)
    return m->__gregs[REG_PC];
#elif defined(HOST_S390X)
    return m->psw.addr;
#elif defined(HOST_PPC64)
    return m->gp_regs[PT_NIP];
#endif
}

#if defined(HOST_AARCH64)
/* Does the load or store at pc write? */
static inline bool host_insn_writes(const void *pc)
{
    uint32_t insn = *(const uint32_t *)pc;

    if ((insn & 0x0a000000) != 0x08000000) {
        return false;
    }
    if ((insn & 0x3a000000) == 0x38000000) {    /* one register */
        return !(insn >> 22 & 1) && ((insn >> 23 & 1) == 0 ||
                                     (insn >> 26 & 1));
    }
    return !(insn >> 22 & 1);                   /* pairs, exclusives */
}

/* The exception syndrome, a record behind the registers: class in bits 26-31
 * (0x20, 0x24: from user mode), bit 6 a write, bits 2-3 the kind. */
static inline void host_context_fault(const void *uc, HostFault *f)
{
    const mcontext_t *m = &((const ucontext_t *)uc)->uc_mcontext;
    const uint8_t *p = m->__reserved, *end = p + sizeof(m->__reserved) - 16;
    const struct { uint32_t magic, size; uint64_t esr; } *r;

    *f = (HostFault) { false, 0, 0 };
    f->error_code = host_insn_writes((const void *)(uintptr_t)m->pc) << 1;
    for (; p <= end; p += r->size) {
        r = (const void *)p;
        if (!r->magic || r->size < 8) {
            return;
        }
        if (r->magic == 0x45535201) {
            bool data = (r->esr >> 26 & 0x3f) == 0x24;

            f->known = data || (r->esr >> 26 & 0x3f) == 0x20;
            f->error_code = ((r->esr & 0x3c) == 0xc ? 1 : 0) |
                            (data && (r->esr & 0x40) ? 2 : 0) |
                            (data ? 0 : 16);
            return;
        }
    }
}
#else

#if defined(HOST_RISCV64)
static inline bool host_insn_writes(const void *pc)
{
    uint16_t low = *(const uint16_t *)pc, high;
    unsigned f3 = low >> 13;

    if ((low & 3) != 3) {           /* C.FSD, C.SW, C.SD; Zcb: C.SB, C.SH */
        return f3 >= 5 ? !(low & 1)
                       : f3 == 4 && (low & 3) == 0 && (low >> 11 & 3) == 1;
    }
    high = ((const uint16_t *)pc)[1];
    switch (low & 0x7f) {
    case 0x23:                      /* integer stores, FP and vector ones */
    case 0x27:
        return true;
    case 0x2f:                      /* atomics but LR */
        return high >> 11 != 2;
    default:
        return false;
    }
}
#elif defined(HOST_PPC64)
static inline bool host_insn_writes(const void *pc)
{
    static const uint16_t xo[] = {
        135, 149, 150, 151, 167, 181, 182, 183, 199, 214, 215, 231, 247, 396,
        407, 439, 487, 660, 662, 663, 694, 695, 716, 726, 727, 759, 908, 918,
        972, 983, 1014,
    };
    uint32_t insn = *(const uint32_t *)pc;

    switch (insn >> 26) {
    case 36 ... 39:                 /* STW, STB */
    case 44:                        /* STH */
    case 45:
    case 47:                        /* STMW */
    case 52 ... 55:                 /* STFS, STFD */
    case 62:                        /* STD */
        return true;
    case 61:
        return (insn & 7) != 1;     /* STXV, STXSD, ... but LXV */
    case 31:
        for (unsigned i = 0; i < ARRAY_SIZE(xo); i++) {
            if (xo[i] == (insn >> 1 & 0x3ff)) {
                return true;
            }
        }
        return false;
    default:
        return false;
    }
}
#elif defined(HOST_S390X)
static inline bool host_insn_writes(const void *pc)
{
    /* First bytes; and last bytes behind 0xe3 and 0xeb. */
    static const uint8_t one[] = {
        0x40, 0x42, 0x50, 0x60, 0x70, 0x90, 0x92, 0x94, 0x96, 0x97, 0xba, 0xbb,
        0xbe, 0xd2, 0xd4, 0xd6, 0xd7,
    };
    static const uint8_t e3[] = {
        0x24, 0x2f, 0x3e, 0x3f, 0x50, 0x70, 0x72, 0x8e,
    };
    static const uint8_t eb[] = {
        0x14, 0x24, 0x26, 0x30, 0x31, 0x3e, 0x52, 0x54, 0x56, 0x57, 0x6a, 0x7a,
        0x90, 0xe3, 0xe4, 0xe6, 0xe7, 0xe8, 0xea, 0xf3, 0xf4, 0xf6, 0xf7, 0xf8,
        0xfa,
    };
    const uint8_t *p = pc;

    switch (p[0]) {
    case 0xe3:
        return memchr(e3, p[5], sizeof(e3));
    case 0xeb:
        return memchr(eb, p[5], sizeof(eb));
    case 0xe5:                      /* MVHHI, MVGHI, MVHI */
        return p[1] == 0x44 || p[1] == 0x48 || p[1] == 0x4c;
    case 0xe7:                      /* VST, VSTEx, VSTM, VSTL */
        return p[5] == 0x0e || (p[5] >= 0x08 && p[5] <= 0x0b) ||
               p[5] == 0x3e || p[5] == 0x3f;
    case 0xed:
        return p[5] == 0x66 || p[5] == 0x67;
    case 0xc4:                      /* STHRL, STGRL, STRL */
        return (p[1] & 15) == 7 || (p[1] & 15) == 11 || (p[1] & 15) == 15;
    default:
        return memchr(one, p[0], sizeof(one));
    }
}
#endif

/* Nothing in the frame says it: look at the instruction. */
static inline void host_context_fault(const void *uc, HostFault *f)
{
    const void *pc = (const void *)host_context_pc(uc);

    *f = (HostFault) { false, 0, host_insn_writes(pc) << 1 };
}
#endif
#endif

#endif
