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
static inline bool host_insn_writes(uint32_t insn)
{
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
    f->error_code = host_insn_writes(*(const uint32_t *)(uintptr_t)m->pc) << 1;
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
static inline void host_context_fault(const void *uc, HostFault *f)
{
    *f = (HostFault) { false, 0, 0 };
}
#endif
#endif

#endif
