/* SPDX-License-Identifier: MIT */
/*
 * Paths that mean something else to the guest than to the host: the parts of
 * /proc that describe the process, and what -L shadows.
 */
#ifndef SYSCALL_PATH_H
#define SYSCALL_PATH_H

#include "syscall/table.h"

/* Files of /proc with contents or targets of the guest's. */
typedef enum ProcFile {
    PROC_NONE,
    PROC_EXE,
    PROC_MAPS,
    PROC_SMAPS,
    PROC_AUXV,
    PROC_CMDLINE,
    PROC_STAT,
    PROC_CPUINFO,
} ProcFile;

/* Quick test: may the guest string at p need a closer look? */
bool path_interesting(vaddr p);
/* Replaces the RPATH argument in a[] where /proc or -L says so; *tofree is
 * for g_free().  0 or a negative errno. */
int64_t path_redirect(const SysRow *row, uint64_t a[6], char **tofree);
/* Which file of /proc an absolute path names. */
ProcFile proc_classify(const char *path);
/* A path by which the host reaches the guest's executable; buf[32]. */
const char *proc_exe_host_path(char *buf);

/* Opens what the guest sees at a path classified so: descriptor or negative
 * errno.  path is the absolute path, flags the guest's open flags.
 * syscall/procfs.c. */
int64_t proc_open(CPUX86State *env, ProcFile file, const char *path,
                  int flags);
/* Text of /proc/cpuinfo; returns new.  syscall/proc-cpuinfo.c. */
GString *proc_cpuinfo(CPUX86State *env);

#endif
