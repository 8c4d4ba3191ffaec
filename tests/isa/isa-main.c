/* SPDX-License-Identifier: MIT */
/*
 * isa-test [-m 32|64] [-n COUNT] [-s SEED] [-b BACKEND] [-q SEQUENCES]
 *          [-j JOBS] [-l LIST] [-v] [--record FILE | --replay FILE] [ROW...]
 *
 * Runs COUNT random cases of each row whose mnemonic matches one of the glob
 * patterns (default: all) on the silicon and through the back end, then
 * SEQUENCES random sequences.  Prints rows that differ, with the first
 * difference of each; LIST gets a line a row.  Exit status 0 if there was no
 * difference.  --record writes cases with the silicon's results to a file,
 * which --replay compares with the emulation on any host.
 */
#include "util/osdep.h"
#include <fnmatch.h>
#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "tests/isa/isa-rows.h"

bool isa_mode32, isa_replaying;

static struct {
    unsigned count, sequences, verbose, jobs;
    uint64_t seed;
    const char *backend, *list, *record, *replay;
    char **patterns;
    int npatterns;
} opt = { .count = 2000, .sequences = 100000, .seed = 1 };

/* Shared by the workers. */
typedef struct Shared {
    unsigned next_row, next_group;
    unsigned long sequences;
    unsigned bad_sequences, died;
    IsaCount rows[];
} Shared;

static Shared *shared;
static IsaRow *rows;
static unsigned nrows;

static bool selected_name(const char *name)
{
    for (int i = 0; i < opt.npatterns; i++) {
        if (!fnmatch(opt.patterns[i], name, 0)) {
            return true;
        }
    }
    return opt.npatterns == 0;
}

static bool selected(const IsaRow *r)
{
    return selected_name(r->name);
}

/* ---- workers ------------------------------------------------------------- */

static void rows_worker(void)
{
    unsigned i;

    while ((i = __atomic_fetch_add(&shared->next_row, 1, __ATOMIC_RELAXED)) <
           nrows) {
        if (selected(&rows[i]) && isa_row_testable(&rows[i])) {
            isa_test_row(&rows[i], &shared->rows[i], opt.count, opt.seed);
        }
    }
}

enum { GROUP = 100, MAX_BAD = 5 };

/* Groups of sequences, each with a seed of its own. */
static void sequences_worker(void)
{
    const IsaRow **set = g_new(const IsaRow *, nrows);
    unsigned n = 0, g;

    for (unsigned i = 0; i < nrows; i++) {
        if (selected(&rows[i]) && isa_row_testable(&rows[i]) &&
            isa_row_in_sequence(&rows[i]) && !shared->rows[i].fails) {
            set[n++] = &rows[i];
        }
    }
    while (n && (g = __atomic_fetch_add(&shared->next_group, 1,
                                        __ATOMIC_RELAXED)) * GROUP <
           opt.sequences && shared->bad_sequences < MAX_BAD) {
        unsigned k = MIN(GROUP, opt.sequences - g * GROUP);
        unsigned bad = isa_test_sequences(set, n, k, opt.seed + g);

        __atomic_fetch_add(&shared->sequences, k, __ATOMIC_RELAXED);
        __atomic_fetch_add(&shared->bad_sequences, bad, __ATOMIC_RELAXED);
    }
    g_free(set);
}

static void init(void)
{
    if (!isa_emu_init(opt.backend)) {
        exit(2);
    }
    isa_memory_init();
}

static void run_workers(void (*work)(void))
{
    int status;

    fflush(stdout);
    for (unsigned i = 0; i < opt.jobs; i++) {
        if (fork() == 0) {
            init();
            isa_native_init();
            work();
            fflush(stdout);
            _exit(0);
        }
    }
    while (wait(&status) > 0) {
        if (status) {
            printf("isa-test: a worker died: status 0x%x\n", status);
            shared->died++;
        }
    }
}

/* ---- summary ------------------------------------------------------------- */

static void list_row(FILE *f, const IsaRow *r, const IsaCount *n)
{
    const char *why = isa_row_reason(r);

    fprintf(f, "%-16s %-24s %-12s ", r->name, r->enc, r->ops);
    if (why) {
        fprintf(f, "not run: %s\n", why);
    } else {
        fprintf(f, "forms %" PRIu64 " cases %" PRIu64 " faults %" PRIu64
                " differ %" PRIu64 "\n", n->forms, n->runs, n->faults,
                n->fails);
    }
}

static int summary(void)
{
    unsigned fails = 0, tested = 0, todo = 0, absent = 0;
    uint64_t runs = 0, faults = 0;
    FILE *list = opt.list ? fopen(opt.list, "w") : NULL;

    for (unsigned i = 0; i < nrows; i++) {
        const IsaCount *n = &shared->rows[i];

        if (!selected(&rows[i])) {
            continue;
        }
        todo += rows[i].todo;
        tested += n->runs > 0;
        absent += !n->runs && !rows[i].todo &&
                  !isa_row_attr(&rows[i], isa_mode32 ? "o64" : "i64");
        runs += n->runs;
        faults += n->faults;
        fails += n->fails > 0;
        if (list) {
            list_row(list, &rows[i], n);
        }
        if (opt.verbose || n->fails) {
            list_row(stdout, &rows[i], n);
        }
    }
    if (list) {
        fclose(list);
    }
    printf("%s%s: %u rows, %" PRIu64 " cases (%" PRIu64 " ended in a fault), "
           "%lu sequences; %u rows not run here, %u todo; %u rows and %u "
           "sequences differ\n", opt.backend ? opt.backend : "native",
           isa_mode32 ? ", 32-bit" : "", tested, runs, faults,
           shared->sequences, absent, todo, fails, shared->bad_sequences);
    return fails || shared->bad_sequences || shared->died;
}

/* ---- command line -------------------------------------------------------- */

static void usage(void)
{
    fprintf(stderr, "usage: isa-test [-m 32|64] [-n count] [-s seed] "
            "[-b backend] [-q sequences] [-j jobs] [-l list] [-v] "
            "[--record file | --replay file] [row...]\n");
    exit(2);
}

static void parse_args(int argc, char **argv)
{
    static const struct option longs[] = {
        { "record", required_argument, NULL, 'R' },
        { "replay", required_argument, NULL, 'P' },
        { NULL, 0, NULL, 0 },
    };
    int o;

    while ((o = getopt_long(argc, argv, "m:n:s:b:q:j:l:v", longs, NULL)) !=
           -1) {
        switch (o) {
        case 'n': opt.count = strtoul(optarg, NULL, 0); break;
        case 's': opt.seed = strtoull(optarg, NULL, 0); break;
        case 'b': opt.backend = optarg; break;
        case 'q': opt.sequences = strtoul(optarg, NULL, 0); break;
        case 'j': opt.jobs = strtoul(optarg, NULL, 0); break;
        case 'l': opt.list = optarg; break;
        case 'm': isa_mode32 = atoi(optarg) == 32; break;
        case 'v': opt.verbose++; break;
        case 'R': opt.record = optarg; break;
        case 'P': opt.replay = optarg; break;
        default: usage();
        }
    }
    opt.patterns = argv + optind;
    opt.npatterns = argc - optind;
    if (!opt.jobs) {
        opt.jobs = sysconf(_SC_NPROCESSORS_ONLN);
    }
}

int main(int argc, char **argv)
{
    size_t size;

    parse_args(argc, argv);
    rows = isa_rows(&nrows);
    if (opt.replay) {
        isa_replay_mode(opt.replay);
        init();
        return isa_replay(selected_name);
    }
    if (opt.record) {
        init();
        isa_native_init();
        return isa_record(opt.record, rows, nrows, opt.count, opt.sequences,
                          opt.seed, selected);
    }
    size = sizeof(*shared) + nrows * sizeof(shared->rows[0]);
    shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("isa-test: mmap");
        return 2;
    }
    run_workers(rows_worker);
    if (opt.sequences) {
        run_workers(sequences_worker);
    }
    return summary();
}
