/* SPDX-License-Identifier: MIT */
/*
 * Lines of memory that sleeping vCPUs wait for (MWAIT).  While one sleeps, its
 * line's page has no write tags, as with pages of code, so that stores there
 * come by softmmu.c: those that meet a line in slow mode, so that they can be told
 * behind the store.  A store that was past its look-up when the line was
 * announced comes unseen: who sleeps looks again now and then.
 * Flow: the front's MWAIT -> (this) -> mmu_hooks.line_written.
 */
#include "util/osdep.h"

#include "tcg/softmmu.h"

static uintptr_t lines[MMU_LINES];      /* atomic; 0: none */
static unsigned end;                    /* atomic: none at or behind it */
unsigned softmmu_nb_lines;

static uintptr_t line_of(unsigned who)
{
    return __atomic_load_n(&lines[who], __ATOMIC_ACQUIRE);
}

void softmmu_await_line(unsigned who, uintptr_t line)
{
    unsigned was = __atomic_load_n(&end, __ATOMIC_RELAXED);
    uintptr_t old;

    while (was <= who &&
           !__atomic_compare_exchange_n(&end, &was, who + 1, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
    }
    old = __atomic_exchange_n(&lines[who], line, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&softmmu_nb_lines, !!line - !!old, __ATOMIC_SEQ_CST);
    if (line) {
        softmmu_guard_page(line & ~(uintptr_t)4095);
    }
}

bool softmmu_page_has_line(uintptr_t page)
{
    unsigned n = __atomic_load_n(&end, __ATOMIC_RELAXED);

    for (unsigned i = 0; i < n; i++) {
        if ((line_of(i) & ~(uintptr_t)4095) == page) {
            return true;
        }
    }
    return false;
}

bool softmmu_meets_line(uintptr_t host, uint64_t len, bool tell)
{
    unsigned n = __atomic_load_n(&end, __ATOMIC_RELAXED);
    bool meets = false;

    for (unsigned i = 0; i < n; i++) {
        uintptr_t line = line_of(i);

        if (line && host < line + MMU_LINE_SIZE && line < host + len) {
            meets = true;
            if (tell) {
                mmu_hooks.line_written(i);
            }
        }
    }
    return meets;
}
