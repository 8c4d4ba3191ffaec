/* SPDX-License-Identifier: MIT */
/*
 * The debugger in user mode (-g).  There is no thread for it: the guest thread
 * that stops first talks to the debugger, while the others wait; when the
 * debugger speaks to a running guest, a signal of ours fetches a thread.
 *
 * Threads under a debugger have TaskState.gdb and run cpu_loop()'s other loop,
 * which calls here around tcg_run(); without -g nothing here is ever called.
 */
#ifndef LINUX_USER_GDB_H
#define LINUX_USER_GDB_H

#include "linux-user/task.h"

/* Waits for a debugger at a port number or the path of a socket ("unix:" may
 * stand before it; %d in it is the process id).  Ends the process with a
 * message if that cannot be. */
void gdb_user_start(CPUX86State *env, const char *where);
/* A thread of a process under a debugger begins and ends. */
void gdb_user_task_start(CPUX86State *env);
void gdb_user_task_end(CPUX86State *env, int status);
/* In a new process: the debugger stays with the parent. */
void gdb_user_fork_child(CPUX86State *env);

/* Stands still while the debugger wants it; arms a single step.  False: the
 * debugger is gone. */
bool gdb_user_before_run(CPUX86State *env);
/* tcg_run() returned reason, which has been dealt with: is that, or where the
 * thread is now, of interest? */
void gdb_user_after_run(CPUX86State *env, unsigned reason);
/* A signal is about to be acted on: tells the debugger, which may have it
 * dropped (false) or changed. */
bool gdb_user_signal(CPUX86State *env, siginfo_t *info);
/* The process is about to end. */
void gdb_user_exited(CPUX86State *env, int status, int sig);

/* For the host signal handler: was SIGTRAP only to wake the thread up? */
bool gdb_user_woken(const siginfo_t *info);

#endif
