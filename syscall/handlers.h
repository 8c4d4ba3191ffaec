/* SPDX-License-Identifier: MIT */
/*
 * One declaration of sys_NAME() for each row of syscall.def that may need one:
 * OWN rows, and the L_ and C_ rows of hosts that lack the call or its layout.
 * linux-user implements those about memory, signals and processes; syscall/
 * all others.
 */
#ifndef SYSCALL_HANDLERS_H
#define SYSCALL_HANDLERS_H

#include "syscall/process.h"

#define S(name, nr64, nr32, how, ret, ...) SysHandler sys_##name;
#include "syscall/syscall.def"
#undef S

#endif
