/* SPDX-License-Identifier: MIT */
/*
 * A debugger's watchpoints on linear addresses.  User mode: while there are
 * any, code is translated with the checks of each access that segment limits
 * need (HF_CHECK), which come by here.  System mode: their pages never hit in
 * the TLB.  The instruction that hits is done before the debugger is told.
 *
 * They change only while no thread runs guest code.
 */
#ifndef TARGET_I386_WATCH_H
#define TARGET_I386_WATCH_H

#include "target-i386/cpu.h"

enum { X86_WATCH_READ = 1, X86_WATCH_WRITE = 2 };

extern unsigned x86_nb_watches;

void x86_watch_add(uint64_t addr, uint64_t len, unsigned kind);
void x86_watch_remove(uint64_t addr, uint64_t len, unsigned kind);
/* Is there one in the 4 KiB page of addr? */
bool x86_watch_in_page(uint64_t addr);
/* Is it hit?  Then it is noted in env->watch_*, which debuggers are told once
 * the instruction is done; only the first one of an instruction is. */
bool x86_watch_access(CPUX86State *env, uint64_t addr, unsigned size,
                      bool write);

#endif
