/* SPDX-License-Identifier: MIT */
/*
 * Running code without translating it; see tcg/cold.c.
 */
#ifndef TCG_COLD_H
#define TCG_COLD_H

#include "tcg/tb-int.h"

void cold_init(const TCGConfig *cfg);
/* Runs from th->env->pc on, if that is cold: TCG_COLD_* or an exit reason.
 * ret: a guest return led there. */
unsigned cold_run(TCGThread *th, bool ret);
/* There is a TB at pc now. */
void cold_translated(uint64_t pc);
/* Was a block at pc ever run?  At times also if not; always where nobody
 * counts. */
bool cold_seen(uint64_t pc);
/* For a fault while th->cold. */
TCGWhere cold_state_from_signal(TCGThread *th);
void cold_exit_from_signal(TCGThread *th, void *ucontext);

#endif
