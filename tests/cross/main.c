/* SPDX-License-Identifier: MIT */
/*
 * Runs what criterion.h registered: unit-test [SUITE/NAME pattern...].  The
 * last line says how many passed, failed and were skipped.
 */
#include "util/osdep.h"

#include <sys/wait.h>

#include "tests/cross/criterion/criterion.h"

static CrTest *tests, **tail = &tests;
static bool failed;

void cr_register(CrTest *t)
{
    *tail = t;
    tail = &t->next;
}

void cr_failed(bool fatal, const char *file, int line, const char *what)
{
    failed = true;
    if (fatal) {
        _exit(1);
    }
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
}

void cr_say(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

static void suite_init(const CrTest *t)
{
    for (const CrTest *s = tests; s; s = s->next) {
        if (!s->fn && !s->param_fn && !strcmp(s->suite, t->suite) &&
            s->opt.init) {
            s->opt.init();
        }
    }
}

static int run(const CrTest *t, void *param)
{
    int status;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        suite_init(t);
        if (t->opt.init) {
            t->opt.init();
        }
        if (t->param_fn) {
            t->param_fn(param);
        } else {
            t->fn();
        }
        if (t->opt.fini) {
            t->opt.fini();
        }
        fflush(NULL);
        _exit(failed);
    }
    while (waitpid(pid, &status, 0) < 0) {
    }
    if (t->opt.signal && WIFSIGNALED(status)) {
        return WTERMSIG(status) != t->opt.signal;
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "signal %d\n", WTERMSIG(status));
        return 1;
    }
    return WEXITSTATUS(status) == t->opt.exit_code ? 0 : WEXITSTATUS(status);
}

static bool wanted(const CrTest *t, int argc, char **argv)
{
    g_autofree char *name = g_strdup_printf("%s/%s", t->suite, t->name);

    for (int i = 1; i < argc; i++) {
        if (g_pattern_match_simple(argv[i], name)) {
            return true;
        }
    }
    return argc < 2;
}

int main(int argc, char **argv)
{
    unsigned count[3] = { 0 };

    for (const CrTest *t = tests; t; t = t->next) {
        struct criterion_test_params p = { 0, NULL, 1 };

        if ((!t->fn && !t->param_fn) || !wanted(t, argc, argv) ||
            t->opt.disabled) {
            continue;
        }
        if (t->params) {
            p = t->params();
        }
        for (size_t i = 0; i < p.length; i++) {
            int r = run(t, (char *)p.params + i * p.size);
            unsigned k = r == 0 ? 0 : r == 77 ? 2 : 1;

            count[k]++;
            if (k == 1) {
                fprintf(stderr, "FAIL %s/%s\n", t->suite, t->name);
            }
        }
    }
    printf("%u passed, %u failed, %u skipped\n", count[0], count[1], count[2]);
    return count[1] != 0;
}
