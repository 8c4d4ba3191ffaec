/* SPDX-License-Identifier: MIT */
/* The program being run: loading it and what is known about it since. */
#ifndef LINUX_USER_PROGRAM_H
#define LINUX_USER_PROGRAM_H

#include "syscall/process.h"

typedef struct ProgramArgs {
    const char *path;           /* as given on the command line */
    const char *execfn;         /* AT_EXECFN */
    int fd;                     /* AT_EXECFD of binfmt_misc, or -1 */
    char **argv, **envp;
    uint64_t stack_size;
    uint64_t at_flags;
    const char *seed;           /* -seed, or NULL */
} ProgramArgs;

/*
 * Loads path (an ELF file, or a script whose interpreter is one), its
 * interpreter and the vdso, builds the initial stack and sets the CPU's
 * registers.  The address space must be empty.
 */
bool program_load(CPUX86State *env, const ProgramArgs *args, GError **errp);

/* linux-user/vdso.c: maps it; 0 if that failed. */
vaddr vdso_map(void);
/* linux-user/program32.c: a page with int 0x80 and the sigreturn stubs; its
 * start is AT_SYSINFO. */
vaddr vdso32_map(void);
/* Addresses in it: AT_SYSINFO, where its system calls return to, and the
 * stubs of handlers without a restorer. */
extern vaddr vdso32_sysinfo, vdso32_landing_pad;
extern vaddr vdso32_sigreturn, vdso32_rt_sigreturn;

/* linux-user/symbols.c: hooks it into the log. */
void symbols_init(void);

#endif
