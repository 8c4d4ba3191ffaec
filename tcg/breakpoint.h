/* SPDX-License-Identifier: MIT */
/*
 * A debugger's breakpoints.  No translation starts at one or goes beyond it, so
 * that control comes to tcg_run()'s loop there, which returns
 * TCG_EXIT_BREAKPOINT.  While there is none nothing is different.
 *
 * They are guest pcs, as in TCGEnv.pc, and change only while no thread is
 * inside tcg_run().
 */
#ifndef TCG_BREAKPOINT_H
#define TCG_BREAKPOINT_H

#include "util/osdep.h"

extern unsigned tcg_nb_breakpoints;

/* Set more than once it must be cleared as often. */
void tcg_breakpoint_set(uint64_t pc);
void tcg_breakpoint_clear(uint64_t pc);
bool tcg_breakpoint_find(uint64_t pc);

static inline bool tcg_breakpoint_at(uint64_t pc)
{
    return unlikely(tcg_nb_breakpoints) && tcg_breakpoint_find(pc);
}

#endif
