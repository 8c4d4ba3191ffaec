/* SPDX-License-Identifier: MIT */
/*
 * qemu-x86_64: runs one Linux program for x86-64; under its other name,
 * qemu-i386, one for i386.  Start-up order: options,
 * CPU model, program image, translator, signals, and off.
 */
#include "util/osdep.h"
#include "linux-user/exec.h"
#include "linux-user/gdb.h"
#include "linux-user/mm.h"
#include "linux-user/options.h"
#include "linux-user/program.h"
#include "linux-user/signal.h"
#include "syscall/ownfd.h"
#include "target-i386/cpu.h"
#include "util/log.h"
#include <sys/auxv.h>
#include <sys/resource.h>

#define AT_FLAGS_PRESERVE_ARGV0 1
#define DEFAULT_STACK   (8ull << 20)
#define UNLIMITED_STACK (1ull << 30)

static uint64_t stack_size(const UserOptions *o)
{
    struct rlimit r;

    if (o->stack_size) {
        return o->stack_size;
    }
    if (getrlimit(RLIMIT_STACK, &r) < 0) {
        return DEFAULT_STACK;
    }
    if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur > UNLIMITED_STACK) {
        return UNLIMITED_STACK;
    }
    return TARGET_PAGE_ALIGN(MAX(r.rlim_cur, 256 << 10));
}

/*
 * Path and argv of the program.  binfmt_misc with its P flag passes the path
 * and then the original argv[0]; with O it passes the open file.
 */
static void program_args(const UserOptions *o, int argc, char **argv, int at,
                         ProgramArgs *p)
{
    uint64_t flags = getauxval(AT_FLAGS);
    const char *argv0 = o->argv0;

    p->path = argv[at];
    p->execfn = o->execfn ? o->execfn : p->path;
    if (flags & AT_FLAGS_PRESERVE_ARGV0) {
        if (at + 1 < argc) {
            at++;
            argv0 = argv0 ? argv0 : argv[at];
        }
        p->at_flags = 0;
    }
    p->argv = argv + at;
    if (argv0) {
        p->argv[0] = (char *)argv0;
    }
    errno = 0;
    p->fd = getauxval(AT_EXECFD);
    if (errno || p->fd <= 2) {
        p->fd = -1;
    }
    p->envp = (char **)o->env->pdata;
    p->stack_size = stack_size(o);
    p->seed = o->seed;
}

static void remember_self(const UserOptions *o)
{
    int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);

    if (fd < 0) {
        die("option -follow-exec: can't open /proc/self/exe: %s",
            g_strerror(errno));
    }
    process_options.self_path = g_file_read_link("/proc/self/exe", NULL);
    exec_set_self(own_fd_add(fd, exec_self_fd_moved), o->self_args,
                  o->nb_self_args);
}

static void fail(GError *err)
{
    die("%s", err->message);
}

/* The name decides: qemu-i386 runs 32-bit programs. */
static void choose_guest(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    process_options.guest32 =
        g_str_has_prefix(slash ? slash + 1 : argv0, "qemu-i386");
    if (process_options.guest32 && HOST_BIG_ENDIAN) {
        die("32-bit guests need a little-endian host");
    }
}

/* So often code runs before it is translated, at first; by measurement. */
enum { COLD_RUNS = 12 };

int main(int argc, char **argv)
{
    UserOptions o = { .cpu = "max" };
    ProgramArgs p = { 0 };
    GError *err = NULL;
    CPUX86State *env;
    TaskState *t;
    int at;

    choose_guest(argc ? argv[0] : "");
    at = options_parse(&o, argc, argv);
    program_args(&o, argc, argv, at, &p);
    symbols_init();
    mm_init();
    env = tcg_env_alloc(sizeof(CPUX86State));
    t = task_new(env);
    t->sighand = sighand_new();
    task_bind(t);
    env->model = x86_cpu_model(o.cpu, &err);
    if (!env->model) {
        fail(err);
    }
    if (process_options.guest32) {
        x86_cpu_reset_user32(env);
    } else {
        x86_cpu_reset_user64(env);
    }
    if (!program_load(env, &p, &err)) {
        fail(err);
    }
    if (process_options.follow_exec) {
        remember_self(&o);
    }
    TCGConfig cfg = {
        .cache_size = o.tb_size, .backend = o.backend,
        .max_insns = o.one_insn, .cold_runs = o.gdb ? 0 : COLD_RUNS, .near = process_options.guest32 ? 0 : process_start_code(),
    };
    if (!tcg_init(&cfg, &err)) {
        fail(err);
    }
    tcg_thread_init(&env->h);
    signal_init(t);
    if (o.gdb) {
        signal_catch_default(t);
        gdb_user_start(env, o.gdb);
    }
    cpu_loop(env);
    return 0;
}
