/* SPDX-License-Identifier: MIT */
/*
 * The signal and code Linux makes of a CPU exception (arch/x86 of the kernel's
 * ABI; SDM vol. 3 ch. 6 for the vectors).  Page faults need the address space:
 * their code is the caller's.
 */
#ifndef LINUX_USER_VECTOR_SIGNAL_H
#define LINUX_USER_VECTOR_SIGNAL_H

#include "util/osdep.h"
#include "target-i386/cpu.h"

/* SIGFPE's code for the exceptions that are flagged and not masked; bits as
 * in MXCSR and the x87 status word. */
static inline int fpe_code(uint32_t err)
{
    return err & 1 ? FPE_FLTINV : err & 4 ? FPE_FLTDIV : err & 8 ? FPE_FLTOVF :
           err & 0x12 ? FPE_FLTUND : err & 0x20 ? FPE_FLTRES : 0;
}

/* The instruction has not happened, and EFLAGS.RF is set. */
static inline bool vector_is_fault(unsigned vector)
{
    return vector != EXCP01_DB && vector != EXCP03_INT3 &&
           vector != EXCP04_INTO;
}

/* Fills signo, code and address; 0 as code of a page fault. */
static inline void vector_siginfo(const CPUX86State *env, unsigned vector,
                                  siginfo_t *info)
{
    static const struct { uint8_t sig; int code; bool at_pc; } vectors[32] = {
        [EXCP00_DIVZ]  = { SIGFPE, FPE_INTDIV, true },
        [EXCP01_DB]    = { SIGTRAP, TRAP_TRACE, true },
        [EXCP03_INT3]  = { SIGTRAP, SI_KERNEL, false },
        [EXCP04_INTO]  = { SIGSEGV, SI_KERNEL, false },
        [EXCP05_BOUND] = { SIGSEGV, SI_KERNEL, false },
        [EXCP06_ILLOP] = { SIGILL, ILL_ILLOPN, true },
        [EXCP07_PREX]  = { SIGSEGV, SI_KERNEL, false },
        [EXCP0A_TSS]   = { SIGSEGV, SI_KERNEL, false },
        [EXCP0B_NOSEG] = { SIGBUS, SI_KERNEL, false },
        [EXCP0C_STACK] = { SIGBUS, SI_KERNEL, false },
        [EXCP0D_GPF]   = { SIGSEGV, SI_KERNEL, false },
        [EXCP0E_PAGE]  = { SIGSEGV, 0, false },
        [EXCP10_COPR]  = { SIGFPE, 0, true },
        [EXCP11_ALGN]  = { SIGBUS, BUS_ADRALN, false },
        [EXCP13_SIMD]  = { SIGFPE, 0, true },
    };

    info->si_signo = vectors[vector].sig ? vectors[vector].sig : SIGSEGV;
    info->si_code = vectors[vector].sig ? vectors[vector].code : SI_KERNEL;
    if (vectors[vector].at_pc) {
        info->si_addr = (void *)(uintptr_t)x86_eip(env);
    }
    if (vector == EXCP10_COPR) {
        uint8_t img[512];
        x86_fxsave((CPUX86State *)env, img);
        info->si_code = fpe_code((img[2] & ~img[0]) & 0x3f);
    } else if (vector == EXCP13_SIMD) {
        info->si_code = fpe_code(~(env->h.fpcr >> 7) & env->h.fpcr & 0x3f);
    }
}

#endif
