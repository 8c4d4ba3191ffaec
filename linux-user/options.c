/* SPDX-License-Identifier: MIT */
/*
 * Options of the user-mode emulator: one row each, with the environment
 * variable that means the same.  Names are those of the established tool.
 */
#include "util/osdep.h"
#include "linux-user/options.h"
#include "linux-user/mm.h"
#include "syscall/ownfd.h"
#include "syscall/process.h"
#include "target-i386/cpu.h"
#include "util/log.h"
#include "util/optstr.h"
#include "util/version.h"
#include <sys/auxv.h>

#define MAX_STACK       (1ull << 40)
#define MIN_STACK       (64ull << 10)

extern char **environ;

struct ProcessOptions process_options = {
    /* Where nothing but us can run what the guest executes. */
    .follow_exec = !HOST_RUNS_X86,
};

typedef struct Option {
    const char *name, *env;
    const char *arg;            /* NULL: none */
    bool keep;                  /* a program started by ours needs it, too */
    void (*set)(UserOptions *o, const char *name, const char *val);
    const char *help;
} Option;

void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fprintf(stderr, "%s: ", PROGRAM_NAME);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    exit(EXIT_FAILURE);
}

/* ---- values -------------------------------------------------------------- */

static bool parse_u64(const char *s, uint64_t *out, const char **end)
{
    char *e;

    if (!g_ascii_isdigit(*s)) {
        return false;
    }
    errno = 0;
    *out = g_ascii_strtoull(s, &e, 0);
    *end = e;
    return errno == 0 && e != s;
}

/* A number of bytes with an optional K, M, G or T behind it. */
static uint64_t parse_size(const char *opt, const char *val)
{
    static const char units[] = "KMGT";
    const char *end, *u;
    uint64_t n;

    if (!parse_u64(val, &n, &end)) {
        die("option -%s: invalid size '%s'", opt, val);
    }
    if (*end && (u = strchr(units, g_ascii_toupper(*end)))) {
        unsigned shift = 10 * (u - units + 1);
        if (n > UINT64_MAX >> shift) {
            die("option -%s: size '%s' is too large", opt, val);
        }
        n <<= shift;
        end++;
    }
    if (*end) {
        die("option -%s: invalid size '%s'", opt, val);
    }
    return n;
}

static void set_cpu(UserOptions *o, const char *name, const char *val)
{
    if (opt_is_help(val)) {
        x86_cpu_models_print(stdout);
        exit(EXIT_SUCCESS);
    }
    o->cpu = val;
}

static void set_gdb(UserOptions *o, const char *name, const char *val)
{
    o->gdb = val;
}

static void set_unsupported(UserOptions *o, const char *name, const char *val)
{
    die("option -%s is not supported yet", name);
}

static void set_prefix(UserOptions *o, const char *name, const char *val)
{
    process_options.interp_prefix = *val ? val : NULL;
}

static void set_stack(UserOptions *o, const char *name, const char *val)
{
    uint64_t n = parse_size(name, val);

    if (n < MIN_STACK || n > MAX_STACK) {
        die("option -%s: stack size '%s' is not between 64K and 1T", name,
            val);
    }
    o->stack_size = TARGET_PAGE_ALIGN(n);
}

static void set_uname(UserOptions *o, const char *name, const char *val)
{
    if (strlen(val) > 64) {
        die("option -%s: release name '%s' is longer than 64 characters",
            name, val);
    }
    process_options.uname_release = val;
}

static void set_argv0(UserOptions *o, const char *name, const char *val)
{
    o->argv0 = val;
}

/* Guest addresses are host addresses; what these two ask for is moot then,
 * but must make sense. */
static void set_base(UserOptions *o, const char *name, const char *val)
{
    const char *end;
    uint64_t n;

    if (!parse_u64(val, &n, &end) || *end) {
        die("option -%s: invalid address '%s'", name, val);
    }
    if (n & ~TARGET_PAGE_MASK || n >= TASK_SIZE_MAX) {
        die("option -%s: address '%s' is not a page of the address space",
            name, val);
    }
}

static void set_reserved(UserOptions *o, const char *name, const char *val)
{
    uint64_t n = parse_size(name, val);

    if (n & ~TARGET_PAGE_MASK || n > TASK_SIZE_MAX + TARGET_PAGE_SIZE) {
        die("option -%s: size '%s' is not a multiple of the page size within "
            "the address space", name, val);
    }
}

static void set_page(UserOptions *o, const char *name, const char *val)
{
    const char *end;
    uint64_t n;

    if (!parse_u64(val, &n, &end) || *end || n < TARGET_PAGE_SIZE ||
        (n & (n - 1))) {
        die("option -%s: page size '%s' is not a power of two of at least %u",
            name, val, (unsigned)TARGET_PAGE_SIZE);
    }
    if (n > 65536) {
        die("option -%s: page size '%s' is more than 64K", name, val);
    }
    mm_host_page = n;
}

static size_t env_name_len(const char *s)
{
    return strcspn(s, "=");
}

static void env_unset(UserOptions *o, const char *var, size_t len)
{
    for (unsigned i = 0; i < o->env->len; i++) {
        const char *e = o->env->pdata[i];
        if (e && env_name_len(e) == len && !strncmp(e, var, len)) {
            g_ptr_array_remove_index(o->env, i--);
        }
    }
}

static void env_set_one(UserOptions *o, const char *name, const char *val)
{
    if (!strchr(val, '=') || *val == '=') {
        die("option -%s: '%s' is not of the form name=value", name, val);
    }
    env_unset(o, val, env_name_len(val));
    g_ptr_array_add(o->env, (char *)val);
}

static void env_unset_one(UserOptions *o, const char *name, const char *val)
{
    if (!*val || strchr(val, '=')) {
        die("option -%s: '%s' is not the name of a variable", name, val);
    }
    env_unset(o, val, strlen(val));
}

static void each_item(UserOptions *o, const char *name, const char *val,
                      void (*fn)(UserOptions *, const char *, const char *))
{
    char **item = g_strsplit(val, ",", -1);

    for (unsigned i = 0; item[i]; i++) {
        if (*item[i]) {
            fn(o, name, item[i]);   /* kept: the environment borrows it */
        }
    }
    g_free(item);
}

static void set_env(UserOptions *o, const char *name, const char *val)
{
    each_item(o, name, val, env_set_one);
}

static void unset_env(UserOptions *o, const char *name, const char *val)
{
    each_item(o, name, val, env_unset_one);
}

static void check_error(const char *name, bool ok, GError *err)
{
    if (!ok) {
        die("option -%s: %s", name, err->message);
    }
}

static void set_log(UserOptions *o, const char *name, const char *val)
{
    int mask;

    if (opt_is_help(val)) {
        qemu_print_log_usage(stdout);
        exit(EXIT_SUCCESS);
    }
    mask = qemu_str_to_log_mask(val);
    if (!mask) {
        die("option -%s: unknown log item in '%s' (-%s help lists them)",
            name, val, name);
    }
    o->log_mask |= mask;
    if (mask & LOG_STRACE) {
        process_options.strace = true;
    }
}

static void set_logfile(UserOptions *o, const char *name, const char *val)
{
    GError *err = NULL;
    bool ok = qemu_set_log_filename(val, &err) &&
              (!qemu_loglevel || qemu_set_log(qemu_loglevel, &err));

    check_error(name, ok, err);
}

static void set_dfilter(UserOptions *o, const char *name, const char *val)
{
    GError *err = NULL;
    bool ok = qemu_set_dfilter_ranges(val, &err);

    check_error(name, ok, err);
}

static void set_one_insn(UserOptions *o, const char *name, const char *val)
{
    o->one_insn = true;
}

static void set_strace(UserOptions *o, const char *name, const char *val)
{
    process_options.strace = true;
}

static void set_seed(UserOptions *o, const char *name, const char *val)
{
    const char *end;
    uint64_t n;

    if (!parse_u64(val, &n, &end) || *end) {
        die("option -%s: invalid seed number '%s'", name, val);
    }
    o->seed = val;
}

static void set_tb_size(UserOptions *o, const char *name, const char *val)
{
    const char *end;
    uint64_t n;

    if (!parse_u64(val, &n, &end) || *end || n > 16384) {
        die("option -%s: invalid translation cache size '%s' "
            "(MiB, at most 16384)", name, val);
    }
    o->tb_size = n << 20;
}

static void set_accel(UserOptions *o, const char *name, const char *val)
{
    char **item = g_strsplit(val, ",", -1);

    if (!item[0] || (strcmp(item[0], "tcg") && strcmp(item[0], "tci"))) {
        die("option -%s: unknown accelerator '%s' (tcg or tci)", name, val);
    }
    o->backend = strcmp(item[0], "tci") ? NULL : "tci";
    for (unsigned i = 1; item[i]; i++) {
        if (g_str_has_prefix(item[i], "tb-size=")) {
            set_tb_size(o, name, item[i] + 8);
        } else if (!g_str_has_prefix(item[i], "thread=")) {
            die("option -%s: unknown property '%s'", name, item[i]);
        }
    }
    g_strfreev(item);
}

static void set_execfn(UserOptions *o, const char *name, const char *val)
{
    o->execfn = val;
}

static void set_follow(UserOptions *o, const char *name, const char *val)
{
    process_options.follow_exec = true;
}

static void set_runner(UserOptions *o, const char *name, const char *val)
{
    process_options.exec_runner = *val ? val : NULL;
}

static void show_version(UserOptions *o, const char *name, const char *val)
{
    printf("%s version %s\n", PROGRAM_NAME, VERSION_TEXT);
    exit(EXIT_SUCCESS);
}

static void show_help(UserOptions *o, const char *name, const char *val);

static const Option options[] = {
    { "h", NULL, NULL, false, show_help, "print this help" },
    { "help", NULL, NULL, false, show_help, "" },
    { "g", "QEMU_GDB", "port|path", false, set_gdb,
      "wait gdb connection to 'port' or a socket (%d in 'path': the pid)" },
    { "L", "QEMU_LD_PREFIX", "path", true, set_prefix,
      "set the elf interpreter prefix to 'path'" },
    { "s", "QEMU_STACK_SIZE", "size", true, set_stack,
      "set the stack size to 'size' bytes" },
    { "cpu", "QEMU_CPU", "model", true, set_cpu,
      "select CPU (-cpu help for list)" },
    { "E", "QEMU_SET_ENV", "var=value", false, set_env,
      "sets targets environment variable (see below)" },
    { "U", "QEMU_UNSET_ENV", "var", false, unset_env,
      "unsets targets environment variable (see below)" },
    { "0", "QEMU_ARGV0", "argv0", false, set_argv0,
      "forces target process argv[0] to be 'argv0'" },
    { "r", "QEMU_UNAME", "uname", true, set_uname,
      "set qemu uname release string to 'uname'" },
    { "B", "QEMU_GUEST_BASE", "address", true, set_base,
      "set guest_base address to 'address'" },
    { "R", "QEMU_RESERVED_VA", "size", true, set_reserved,
      "reserve 'size' bytes for guest virtual address space" },
    { "D", "QEMU_LOG_FILENAME", "logfile", true, set_logfile,
      "write logs to 'logfile' (default stderr)" },
    { "d", "QEMU_LOG", "item[,...]", true, set_log,
      "enable logging of specified items (use '-d help' for a list of items)" },
    { "dfilter", "QEMU_DFILTER", "range[,...]", true, set_dfilter,
      "filter logging based on address range" },
    { "p", "QEMU_PAGESIZE", "pagesize", true, set_page,
      "set the host page size to 'pagesize'" },
    { "one-insn-per-tb", "QEMU_ONE_INSN_PER_TB", NULL, true, set_one_insn,
      "run with one guest instruction per emulated TB" },
    { "singlestep", "QEMU_SINGLESTEP", NULL, true, set_one_insn,
      "the same" },
    { "strace", "QEMU_STRACE", NULL, true, set_strace, "log system calls" },
    { "seed", "QEMU_RAND_SEED", "number", true, set_seed,
      "seed for pseudo-random number generator" },
    { "accel", "QEMU_ACCEL", "tcg|tci[,tb-size=MiB]", true, set_accel,
      "select the translator's back end" },
    { "tb-size", "QEMU_TB_SIZE", "MiB", true, set_tb_size,
      "size of the translation cache" },
    { "follow-exec", "QEMU_FOLLOW_EXEC", NULL, true, set_follow,
      "run x86-64 programs that the program executes in the emulator, too" },
    /* The emulator itself needs an emulator, and no binfmt_misc entry does it:
     * this one, called as RUNNER -0 ARGV0 SELF ARGS... */
    { "exec-runner", "QEMU_EXEC_RUNNER", "path", true, set_runner, "" },
    { "execfn", NULL, "path", false, set_execfn, "" },   /* exec.c */
    { "plugin", "QEMU_PLUGIN", "file", false, set_unsupported, "" },
    { "trace", "QEMU_TRACE", "pattern", false, set_unsupported, "" },
    { "perfmap", "QEMU_PERFMAP", NULL, false, set_unsupported, "" },
    { "jitdump", "QEMU_JITDUMP", NULL, false, set_unsupported, "" },
    { "version", "QEMU_VERSION", NULL, false, show_version,
      "display version information and exit" },
};

static void show_help(UserOptions *o, const char *name, const char *val)
{
    printf("usage: %s [options] program [arguments...]\n"
           "Linux CPU emulator (compiled for x86_64 emulation)\n\n"
           "Options and associated environment variables:\n\n"
           "%-26s %-20s %s\n", PROGRAM_NAME, "Argument", "Env-variable",
           "Description");
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        const Option *opt = &options[i];
        char left[64];
        if (*opt->help) {
            snprintf(left, sizeof(left), "-%s %s", opt->name,
                     opt->arg ? opt->arg : "");
            printf("%-26s %-20s %s\n", left, opt->env ? opt->env : "",
                   opt->help);
        }
    }
    printf("\nYou can use -E and -U options or the QEMU_SET_ENV and\n"
           "QEMU_UNSET_ENV environment variables to set and unset\n"
           "environment variables for the target process.\n"
           "It is possible to provide several variables by separating them\n"
           "by commas in getsubopt(3) style. Additionally it is possible to\n"
           "provide the -E and -U options multiple times.\n");
    exit(EXIT_SUCCESS);
}

/* ---- parsing ------------------------------------------------------------- */

static void apply(UserOptions *o, const Option *opt, const char *val)
{
    opt->set(o, opt->name, val);
    if (opt->keep) {
        o->self_args = g_renew(char *, o->self_args, o->nb_self_args + 2);
        o->self_args[o->nb_self_args++] = g_strdup_printf("-%s", opt->name);
        if (opt->arg) {
            o->self_args[o->nb_self_args++] = (char *)val;
        }
    }
}

static void parse_environment(UserOptions *o)
{
    bool any = false;

    /* Whoever starts a set-user-ID program through binfmt_misc must not
     * choose its interpreter or log file. */
    if (getauxval(AT_SECURE)) {
        return;
    }
    for (char **e = environ; *e; e++) {
        any |= !strncmp(*e, "QEMU_", 5);
    }
    for (unsigned i = 0; any && i < ARRAY_SIZE(options); i++) {
        const char *val = options[i].env ? getenv(options[i].env) : NULL;
        if (val && (options[i].arg || strcmp(val, "0"))) {
            apply(o, &options[i], val);
        }
    }
}

static const Option *find_option(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        if (!strcmp(options[i].name, name)) {
            return &options[i];
        }
    }
    return NULL;
}

/* The guest must not meet the log's descriptor. */
static int keep_log_fd(int fd)
{
    return own_fd_add(fd, NULL);
}

int options_parse(UserOptions *o, int argc, char **argv)
{
    GError *err = NULL;
    int i = 1;

    log_fd_hook = keep_log_fd;
    o->env = g_ptr_array_new();
    for (char **e = environ; *e; e++) {
        g_ptr_array_add(o->env, *e);
    }
    o->self_args = g_new(char *, 1);
    o->self_args[o->nb_self_args++] = argc ? argv[0] : (char *)PROGRAM_NAME;
    parse_environment(o);
    while (i < argc && argv[i][0] == '-') {
        const char *name = argv[i] + (argv[i][1] == '-' ? 2 : 1);
        const Option *opt = find_option(name);
        if (!opt) {
            die("unknown option '%s'; -help lists them", argv[i]);
        }
        if (opt->arg && i + 1 >= argc) {
            die("option -%s needs an argument (%s)", opt->name, opt->arg);
        }
        apply(o, opt, opt->arg ? argv[i + 1] : NULL);
        i += opt->arg ? 2 : 1;
    }
    if (o->log_mask && !qemu_set_log(o->log_mask, &err)) {
        die("option -D: %s", err->message);
    }
    if (i >= argc) {
        die("no program given; usage: %s [options] program [arguments...]",
            PROGRAM_NAME);
    }
    g_ptr_array_add(o->env, NULL);
    return i;
}
