/* SPDX-License-Identifier: MIT */
/*
 * The log: categories by name, one output stream, address ranges that limit
 * the block dumps.  Nothing is opened until something is to be written.
 */
#include "util/osdep.h"

#include <sys/syscall.h>

#include "util/log.h"

int qemu_loglevel;
const char *(*log_symbol_hook)(uint64_t addr);
void (*log_cpu_hook)(FILE *f, void *env);
int (*log_fd_hook)(int fd);

const QEMULogItem qemu_log_items[] = {
    { CPU_LOG_TB_OUT_ASM, "out_asm",
      "show generated host assembly code for each compiled TB" },
    { CPU_LOG_TB_IN_ASM, "in_asm",
      "show target assembly code for each compiled TB" },
    { CPU_LOG_TB_OP, "op", "show micro ops for each compiled TB" },
    { CPU_LOG_TB_OP_OPT, "op_opt", "show micro ops after optimization" },
    { CPU_LOG_TB_OP_IND, "op_ind", "show micro ops before indirect lowering" },
    { CPU_LOG_INT, "int", "show interrupts/exceptions in short format" },
    { CPU_LOG_EXEC, "exec",
      "show trace before each executed TB (lots of logs)" },
    { CPU_LOG_TB_CPU, "cpu",
      "show CPU registers before entering a TB (lots of logs)" },
    { CPU_LOG_TB_FPU, "fpu", "include FPU registers in the 'cpu' logging" },
    { CPU_LOG_MMU, "mmu", "log MMU-related activities" },
    { CPU_LOG_PCALL, "pcall", "x86 only: show protected mode far calls/"
      "returns/exceptions" },
    { CPU_LOG_RESET, "cpu_reset", "show CPU state before CPU resets" },
    { LOG_UNIMP, "unimp", "log unimplemented functionality" },
    { LOG_GUEST_ERROR, "guest_errors",
      "log when the guest OS does something invalid" },
    { CPU_LOG_PAGE, "page",
      "dump pages at beginning of user mode emulation" },
    { CPU_LOG_TB_NOCHAIN, "nochain",
      "do not chain compiled TBs so that \"exec\" and \"cpu\" show "
      "complete traces" },
    { CPU_LOG_PLUGIN, "plugin", "output from TCG plugins" },
    { LOG_STRACE, "strace", "log every user-mode syscall, its input, and "
      "its result" },
    { LOG_PER_THREAD, "tid", "open a separate log file per thread; filename "
      "must contain '%d'" },
    { CPU_LOG_TB_VPU, "vpu", "include VPU registers in the 'cpu' logging" },
    { 0, NULL, NULL },
};

void qemu_print_log_usage(FILE *f)
{
    const QEMULogItem *it;

    fputs("Log items (comma separated):\n", f);
    for (it = qemu_log_items; it->mask; it++) {
        fprintf(f, "%-15s %s\n", it->name, it->help);
    }
}

int qemu_str_to_log_mask(const char *str)
{
    char **words = g_strsplit(str, ",", 0);
    int mask = 0, i;

    for (i = 0; words[i]; i++) {
        const QEMULogItem *it;

        if (g_str_equal(words[i], "all")) {
            for (it = qemu_log_items; it->mask; it++) {
                mask |= it->mask;
            }
            mask &= ~LOG_PER_THREAD;
            continue;
        }
        for (it = qemu_log_items; it->mask; it++) {
            if (g_str_equal(words[i], it->name)) {
                break;
            }
        }
        if (!it->mask) {
            g_strfreev(words);
            return 0;
        }
        mask |= it->mask;
    }
    g_strfreev(words);
    return mask;
}

/* ---- output ------------------------------------------------------------------ */

static char *log_name;              /* pattern, or NULL: standard error */
static FILE *log_file;
static __thread FILE *thread_file;
static GMutex log_mutex;

static FILE *open_log(int id)
{
    char *pos = strstr(log_name, "%d");
    char *name = pos ? g_strdup_printf("%.*s%d%s", (int)(pos - log_name),
                                       log_name, id, pos + 2)
                     : g_strdup(log_name);
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *f = NULL;

    g_free(name);
    if (fd >= 0) {
        f = fdopen(log_fd_hook ? log_fd_hook(fd) : fd, "w");
    }
    if (f) {
        setvbuf(f, NULL, _IOLBF, 0);
    }
    return f;
}

static FILE *log_stream(void)
{
    if (!log_name) {
        return stderr;
    }
    if (qemu_loglevel & LOG_PER_THREAD) {
        if (!thread_file) {
            thread_file = open_log(syscall(SYS_gettid));
        }
        return thread_file ? thread_file : stderr;
    }
    if (!log_file) {
        g_mutex_lock(&log_mutex);
        if (!log_file) {
            log_file = open_log(getpid());
        }
        g_mutex_unlock(&log_mutex);
    }
    return log_file ? log_file : stderr;
}

bool qemu_set_log(int mask, GError **errp)
{
    if ((mask & LOG_PER_THREAD) && (!log_name || !strstr(log_name, "%d"))) {
        g_set_error(errp, g_quark_from_static_string("log"), EINVAL,
                    "Filename template with '%%d' required for 'tid'");
        return false;
    }
    qemu_loglevel |= mask;
    if (mask && log_name && !(qemu_loglevel & LOG_PER_THREAD) && !log_file) {
        log_file = open_log(getpid());
        if (!log_file) {
            g_set_error(errp, g_quark_from_static_string("log"), errno,
                        "Error opening logfile %s: %s", log_name,
                        strerror(errno));
            return false;
        }
    }
    return true;
}

bool qemu_set_log_filename(const char *name, GError **errp)
{
    const char *p = strchr(name, '%');

    if (p && (p[1] != 'd' || strchr(p + 2, '%'))) {
        g_set_error(errp, g_quark_from_static_string("log"), EINVAL,
                    "Bad logfile template: %s", name);
        return false;
    }
    g_free(log_name);
    log_name = g_strdup(name);
    if (log_file) {
        fclose(log_file);
        log_file = NULL;
    }
    return true;
}

void qemu_log_fork_child(void)
{
    if (log_file && log_name && strstr(log_name, "%d")) {
        fclose(log_file);
        log_file = NULL;
    }
    thread_file = NULL;
}

FILE *qemu_log_lock(void)
{
    FILE *f = log_stream();

    flockfile(f);
    return f;
}

void qemu_log_unlock(FILE *f)
{
    fflush(f);
    funlockfile(f);
}

void qemu_log(const char *fmt, ...)
{
    FILE *f = qemu_log_lock();
    va_list ap;

    va_start(ap, fmt);
    vfprintf(f, fmt, ap);
    va_end(ap);
    qemu_log_unlock(f);
}

/* ---- address ranges ---------------------------------------------------------- */

static struct LogRange { uint64_t first, last; } *ranges;
static unsigned nb_ranges;

bool qemu_log_in_addr_range(uint64_t addr)
{
    unsigned i;

    for (i = 0; i < nb_ranges; i++) {
        if (addr >= ranges[i].first && addr <= ranges[i].last) {
            return true;
        }
    }
    return nb_ranges == 0;
}

static bool parse_u64(const char *s, const char *end, uint64_t *val)
{
    char *text = g_strndup(s, end - s), *stop;
    bool ok;

    errno = 0;
    *val = strtoull(text, &stop, 0);
    ok = *text && *text != '-' && !*stop && !errno;
    g_free(text);
    return ok;
}

static bool parse_range(const char *w, struct LogRange *r)
{
    const char *op = strpbrk(w, "+-."), *rest;
    uint64_t a, b;

    if (!op) {
        return false;
    }
    rest = op + 1;
    if (*op == '.') {
        if (*rest++ != '.') {
            return false;
        }
    }
    if (!parse_u64(w, op, &a) || !parse_u64(rest, rest + strlen(rest), &b)) {
        return false;
    }
    switch (*op) {
    case '+':
        *r = (struct LogRange){ a, a + b - 1 };
        return b && a + b - 1 >= a;
    case '-':
        *r = (struct LogRange){ a - b + 1, a };
        return b && b <= a + 1;
    default:
        *r = (struct LogRange){ a, b };
        return a <= b;
    }
}

bool qemu_set_dfilter_ranges(const char *spec, GError **errp)
{
    char **words = g_strsplit(spec, ",", 0);
    unsigned i, n = g_strv_length(words);
    struct LogRange *r = g_new0(struct LogRange, n + 1);
    bool ok = n > 0;

    for (i = 0; i < n; i++) {
        if (!parse_range(words[i], &r[i])) {
            g_set_error(errp, g_quark_from_static_string("log"), EINVAL,
                        "Bad range specifier '%s'", words[i]);
            ok = false;
            break;
        }
    }
    g_strfreev(words);
    if (ok) {
        g_free(ranges);
        ranges = r;
        nb_ranges = n;
    } else {
        g_free(r);
    }
    return ok;
}

const char *log_symbol(uint64_t addr)
{
    return log_symbol_hook ? log_symbol_hook(addr) : NULL;
}
