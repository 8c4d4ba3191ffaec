/* SPDX-License-Identifier: MIT */
/* See breakpoint.h.  Debuggers set few: a plain array will do. */
#include "util/osdep.h"
#include "tcg/breakpoint.h"

#include "tcg/tb-int.h"

unsigned tcg_nb_breakpoints;
static uint64_t *pcs;

void tcg_breakpoint_set(uint64_t pc)
{
    if (!tcg_breakpoint_at(pc)) {
        tb_drop_pc(pc);
    }
    pcs = g_renew(uint64_t, pcs, tcg_nb_breakpoints + 1);
    pcs[tcg_nb_breakpoints++] = pc;
}

void tcg_breakpoint_clear(uint64_t pc)
{
    for (unsigned i = 0; i < tcg_nb_breakpoints; i++) {
        if (pcs[i] == pc) {
            pcs[i] = pcs[--tcg_nb_breakpoints];
            return;
        }
    }
}

bool tcg_breakpoint_find(uint64_t pc)
{
    for (unsigned i = 0; i < tcg_nb_breakpoints; i++) {
        if (pcs[i] == pc) {
            return true;
        }
    }
    return false;
}
