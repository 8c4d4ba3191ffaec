/* SPDX-License-Identifier: MIT */
/*
 * -strace: a line a system call, `PID name(args) = result`, made from the
 * call's row.  What goes in is written before the call, so that a call which
 * does not return is seen; what comes out after it.  If another thread wrote
 * in between, the rest goes to a line of its own.
 */
#include "util/osdep.h"
#include "syscall/strace-int.h"
#include "syscall/host-nr.h"
#include "util/log.h"

/* Thread that has an unfinished line, or 0; under the log's lock. */
static int unfinished;

/*
 * Writes s, which begins or goes on with a line of this thread's.  Where the
 * last line in the log is not that one, it gets a new line, and name if it
 * goes on.  A new child's line belongs to its parent.
 */
static void emit(const GString *s, bool goes_on, bool ends, const char *name)
{
    int tid = host_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0);
    FILE *f = qemu_log_lock();

    if (!goes_on || unfinished != tid) {
        if (unfinished) {
            fputc('\n', f);
        }
        fprintf(f, goes_on ? "%d <... %s resumed> " : "%d %s(", tid, name);
    }
    fwrite(s->str, 1, s->len, f);
    unfinished = ends ? 0 : tid;
    qemu_log_unlock(f);
}

static unsigned count_args(const SysRow *row)
{
    unsigned n = 0;

    while (n < 6 && row->arg[n].kind != AKK_NONE) {
        n++;
    }
    return n;
}

static void append_args(GString *s, const SysRow *row, const uint64_t a[6],
                        unsigned from, unsigned to, int64_t ret)
{
    unsigned i;

    for (i = from; i < to; i++) {
        if (i) {
            g_string_append_c(s, ',');
        }
        strace_arg(s, row, a, i, ret);
    }
}

static void append_result(GString *s, const SysRow *row, int64_t ret)
{
    if (ret == -QEMU_ESIGRETURN) {
        g_string_append(s, "?");
    } else if (ret == -QEMU_ERESTARTSYS || ret == -QEMU_ERESTARTNOHAND) {
        g_string_append(s, "? ERESTARTSYS (interrupted by a signal)");
    } else if (ret < 0 && ret > -4096) {
        const char *name = strerrorname_np(-ret);
        g_string_append_printf(s, "-1 errno=%d %s (%s)", (int)-ret,
                               name ? name : "?", strerror(-ret));
    } else if (row->ret == 'X') {
        g_string_append_printf(s, "0x%" PRIx64, ret);
    } else if (row->ret == 'O') {
        g_string_append_printf(s, "0%" PRIo64, ret);
    } else {
        g_string_append_printf(s, "%" PRId64, ret);
    }
    g_string_append_c(s, '\n');
}

/* exit and exit_group: nothing comes back. */
static bool never_returns(uint32_t nr)
{
    return nr == 60 || nr == 231;
}

int64_t strace_call(CPUX86State *env, uint32_t nr, const SysRow *row,
                    const uint64_t a[6])
{
    uint64_t saved[6];
    GString *s = g_string_new(NULL);
    const char *name = sys_name64(nr);
    unsigned n = count_args(row), in = 0;
    char unknown[32];
    int64_t ret;

    if (!name) {
        snprintf(unknown, sizeof(unknown), "syscall_%u", nr);
        name = unknown;
    }
    memcpy(saved, a, sizeof(saved));
    while (in < n && row->arg[in].kind < AKK_FIRST_OUT) {
        in++;
    }
    append_args(s, row, saved, 0, in, 0);
    if (never_returns(nr)) {
        g_string_append(s, ") = ?\n");
        emit(s, false, true, name);
        g_string_free(s, true);
        return sys_call_row(env, row, a);
    }
    emit(s, false, false, name);
    ret = sys_call_row(env, row, a);
    g_string_truncate(s, 0);
    append_args(s, row, saved, in, n, ret);
    g_string_append(s, ") = ");
    append_result(s, row, ret);
    emit(s, true, true, name);
    g_string_free(s, true);
    return ret;
}
