/* SPDX-License-Identifier: MIT */
/*
 * The program counter in a host signal context, riscv64 host.
 */
#include "util/osdep.h"
#include "syscall/uaccess.h"

#include <ucontext.h>

uintptr_t host_context_pc(const void *ucontext)
{
    const ucontext_t *uc = ucontext;
    return uc->uc_mcontext.__gregs[REG_PC];
}

void host_context_set_pc(void *ucontext, uintptr_t pc)
{
    ucontext_t *uc = ucontext;
    uc->uc_mcontext.__gregs[REG_PC] = pc;
}
