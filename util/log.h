/* SPDX-License-Identifier: MIT */
/*
 * -d, -D and -dfilter: what to log, where, and for which guest addresses.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/osdep.h"

enum {
    CPU_LOG_TB_OUT_ASM = 1 << 0,
    CPU_LOG_TB_IN_ASM  = 1 << 1,
    CPU_LOG_TB_OP      = 1 << 2,
    CPU_LOG_TB_OP_OPT  = 1 << 3,
    CPU_LOG_INT        = 1 << 4,
    CPU_LOG_EXEC       = 1 << 5,
    CPU_LOG_PCALL      = 1 << 6,
    CPU_LOG_TB_CPU     = 1 << 7,
    CPU_LOG_RESET      = 1 << 8,
    LOG_UNIMP          = 1 << 9,
    LOG_GUEST_ERROR    = 1 << 10,
    CPU_LOG_MMU        = 1 << 11,
    CPU_LOG_TB_NOCHAIN = 1 << 12,
    CPU_LOG_PAGE       = 1 << 13,
    LOG_TRACE          = 1 << 14,
    CPU_LOG_TB_OP_IND  = 1 << 15,
    CPU_LOG_TB_FPU     = 1 << 16,
    CPU_LOG_PLUGIN     = 1 << 17,
    LOG_STRACE         = 1 << 18,
    LOG_PER_THREAD     = 1 << 19,
    CPU_LOG_TB_VPU     = 1 << 20,
};

extern int qemu_loglevel;

static inline bool qemu_loglevel_mask(int mask)
{
    return (qemu_loglevel & mask) != 0;
}

typedef struct QEMULogItem {
    int mask;
    const char *name, *help;
} QEMULogItem;
extern const QEMULogItem qemu_log_items[];  /* ends with mask 0 */

void qemu_print_log_usage(FILE *f);
/* Comma-separated names to a mask; 0 if one is unknown. */
int qemu_str_to_log_mask(const char *str);
/* Sets the mask (added to what was set); opens the file when first needed. */
bool qemu_set_log(int mask, GError **errp);
/* May hold one %d, the process id (the thread's with -d tid). */
bool qemu_set_log_filename(const char *name, GError **errp);
/* start+length, start-length, first..last; comma-separated. */
bool qemu_set_dfilter_ranges(const char *spec, GError **errp);
bool qemu_log_in_addr_range(uint64_t addr);

/* The stream, locked so that lines of several threads don't mix; never NULL. */
FILE *qemu_log_lock(void);
void qemu_log_unlock(FILE *f);
void qemu_log(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
#define qemu_log_mask(mask, ...)            \
    do {                                    \
        if (unlikely(qemu_loglevel_mask(mask))) { \
            qemu_log(__VA_ARGS__);          \
        }                                   \
    } while (0)
/* The child of a fork gets a file of its own if the name has %d. */
void qemu_log_fork_child(void);

/* Name (and line, if known) of a guest address for logs, or NULL; borrowed
 * until the next call by this thread.  Hook set by the front. */
extern const char *(*log_symbol_hook)(uint64_t addr);
const char *log_symbol(uint64_t addr);
/* Prints the guest CPU state, for -d cpu.  Hook set by the front. */
extern void (*log_cpu_hook)(FILE *f, void *env);
/* Takes over the descriptor of a log file that was opened and returns its
 * final number.  Hook set by the front. */
extern int (*log_fd_hook)(int fd);

#endif
