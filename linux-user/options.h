/* SPDX-License-Identifier: MIT */
/* The command line of the user-mode emulator. */
#ifndef LINUX_USER_OPTIONS_H
#define LINUX_USER_OPTIONS_H

#include "syscall/process.h"

#define PROGRAM_NAME \
    (process_options.guest32 ? "qemu-i386" : "qemu-x86_64")

typedef struct UserOptions {
    const char *cpu;
    const char *argv0;
    const char *execfn;         /* AT_EXECFN if not the path */
    uint64_t stack_size;        /* 0: the rlimit's */
    GPtrArray *env;             /* "name=value" strings, then NULL */
    const char *seed;
    const char *backend;
    uint64_t tb_size;           /* bytes, 0: default */
    bool one_insn;
    const char *gdb;            /* -g: where a debugger comes, or NULL */
    int log_mask;               /* -d */
    char **self_args;           /* options a child needs, for exec */
    unsigned nb_self_args;
} UserOptions;

/*
 * Environment variables, then arguments.  Returns the index of the program's
 * path in argv.  Ends the process for -h, -version and bad input.
 */
int options_parse(UserOptions *o, int argc, char **argv);
/* "qemu-x86_64: ..." on stderr; exit status 1. */
void die(const char *fmt, ...) G_GNUC_PRINTF(1, 2) QEMU_NORETURN;

#endif
