/* SPDX-License-Identifier: MIT */
/*
 * isa-test [-m 32|64] [-n COUNT] [-s SEED] [-b BACKEND] [-q SEQUENCES] [-v] [ROW...]
 *
 * Runs COUNT random instances of each row whose mnemonic matches one of the
 * glob patterns (default: all) on the silicon and through the back end, then
 * SEQUENCES random straight-line sequences.  Prints rows that differ, with
 * the first difference of each.  Exit status 0 if there was none.
 */
#include "util/osdep.h"
#include <fnmatch.h>
#include <time.h>
#include "tests/isa/isa-rows.h"

static struct {
    unsigned count, sequences, verbose;
    uint64_t seed;
    const char *backend;
    char **patterns;
    int npatterns;
} opt = { .count = 40, .sequences = 1500, .seed = 1 };

bool isa_mode32;
static uint8_t memory[ISA_DATA_SIZE];
static IsaResult want, got;

static bool selected(const IsaRow *r)
{
    for (int i = 0; i < opt.npatterns; i++) {
        if (!fnmatch(opt.patterns[i], r->name, 0)) {
            return true;
        }
    }
    return opt.npatterns == 0;
}

/* Seeds by row, so that one row alone repeats what the whole run did. */
static void seed_row(const IsaRow *r)
{
    uint64_t h = opt.seed;

    for (const char *p = r->name; *p; p++) {
        h = h * 31 + *p;
    }
    for (const char *p = r->enc; *p; p++) {
        h = h * 31 + *p;
    }
    isa_srnd(h);
}

static const IsaCase *current;

/* An assertion in the emulator: say for what. */
static void on_abort(int sig)
{
    printf("ABORT in\n");
    isa_disassemble(current);
    fflush(stdout);
    signal(SIGABRT, SIG_DFL);
}

static bool run_case(const IsaCase *c)
{
    current = c;
    isa_native_run(c, &want);
    isa_emu_run(c, &got);
    return isa_same(c, &want, &got);
}

/* Replaces parts of the state by plain ones as long as the case still fails,
 * so that what is left is what matters. */
static void simplify(IsaCase *c)
{
    IsaCase t;

    for (int i = 0; i < 16; i++) {
        t = *c;
        memset(t.in.vec[i], 0, 32);
        if (!run_case(&t)) {
            *c = t;
        }
    }
    for (int i = 0; i < 16; i++) {
        t = *c;
        t.in.gpr[i] = 0;
        if (c->in.gpr[i] && !run_case(&t)) {
            *c = t;
        }
    }
    t = *c;
    t.in.flags = 0x202;
    if (!run_case(&t)) {
        *c = t;
    }
    t = *c;
    memset(t.in.fx, 0, 512);
    t.in.fx[0] = 0x7f;
    t.in.fx[1] = 3;
    t.in.fx[24] = 0x80;
    t.in.fx[25] = 0x1f;
    if (!run_case(&t)) {
        *c = t;
    }
}

static void report(const char *title, IsaCase *c)
{
    simplify(c);
    run_case(c);
    printf("FAIL %s\n", title);
    isa_report(c, &want, &got);
    fflush(stdout);
}

static void test_row(IsaRow *r)
{
    IsaCase c = { .mem = memory };

    seed_row(r);
    for (unsigned i = 0; i < opt.count; i++) {
        if (i % 16 == 0) {
            isa_rnd_memory(memory);
        }
        isa_gen_case(r, &c);
        r->runs++;
        if (!run_case(&c) && r->fails++ == 0) {
            char title[128];
            snprintf(title, sizeof(title), "%s  \"%s\" %s  case %u", r->name,
                     r->enc, r->ops, i);
            report(title, &c);
        }
        if (want.vector != ISA_FILL_VECTOR ||
            want.st.pc == ISA_CODE + c.off) {
            r->faults++;
        }
    }
}

/* ---- sequences ---------------------------------------------------------------- */

enum { MAX_SEQ = 16 };

/*
 * The end of a sequence that is a loop, at offset at: LOOP, which leaves the
 * flags alone (loop_tail 2), or a counter in memory (12).
 */
static void loop_branch(IsaCase *c, unsigned at)
{
    const uint64_t counter = ISA_DATA + ISA_DATA_SIZE - 64;
    static const uint8_t dec[] = { 0xff, 0x0d, 0, 0, 0, 0, 0x0f, 0x85 };
    uint8_t *p = c->code + at;
    int32_t rel;

    c->len = at + c->loop_tail;
    if (c->loop_tail == 2) {
        p[0] = 0xe2;
        p[1] = -(int)c->len;
        return;
    }
    memcpy(p, dec, sizeof(dec));                /* dec dword [rip + rel] */
    rel = counter - (ISA_CODE + c->off + at + 6);
    memcpy(p + 2, &rel, 4);
    rel = -(int32_t)c->len;                     /* jnz start */
    memcpy(p + 8, &rel, 4);
}

/* Makes a loop that runs often enough for code to be translated again. */
static void close_loop(IsaCase *c)
{
    uint32_t count = 2 + isa_below(isa_below(3) ? 40 : 4000);

    c->loop_tail = c->len < 120 && isa_below(2) ? 2 : 12;
    loop_branch(c, c->len);
    c->in.gpr[1] = c->loop_tail == 2 ? count : c->in.gpr[1];
    memcpy(memory + ISA_DATA_SIZE - 64, &count, 4);
}

static void drop(IsaCase *t, const unsigned *len, unsigned k)
{
    unsigned at = 0;

    for (unsigned i = 0; i < k; i++) {
        at += len[i];
    }
    memmove(t->code + at, t->code + at + len[k], t->len - at - len[k]);
    t->len -= len[k];
    if (t->loop_tail && t->len > t->loop_tail) {
        loop_branch(t, t->len - t->loop_tail);
    }
}

/* Drops instructions one at a time as long as the sequence still fails. */
static void shrink(IsaCase *c, unsigned *len, unsigned n)
{
    for (unsigned i = 0; i < n;) {
        IsaCase t = *c;

        drop(&t, len, i);
        if (t.len && !run_case(&t)) {
            *c = t;
            memmove(len + i, len + i + 1, (n - i - 1) * sizeof(len[0]));
            n--;
            i = 0;
        } else {
            i++;
        }
    }
}

static bool test_sequence(IsaRow **set, unsigned nset)
{
    static IsaCase c;
    unsigned len[MAX_SEQ + 1], n = 0, want_n = 2 + isa_below(MAX_SEQ - 2);

    memset(&c, 0, sizeof(c));
    c.mem = memory;
    isa_rnd_state(&c.in);
    if (isa_mode32) {
        isa_state32(&c.in);
    }
    for (int i = 0; i < (isa_mode32 ? 8 : 16); i++) {
        if (i == 4 || isa_below(3) == 0) {
            c.in.gpr[i] = ISA_DATA + 0x800 + isa_below(0x1000) / 32 * 32;
        }
    }
    c.fl_mask = 0xcd5;
    c.off = 0x100;
    for (unsigned tries = 0; tries < 60 && n < want_n; tries++) {
        IsaRow *r = set[isa_below(nset)];
        if (!isa_gen_append(r, &c, &len[n])) {
            continue;
        }
        c.len += len[n];
        isa_native_run(&c, &want);
        if (want.vector == ISA_FILL_VECTOR && want.st.pc >= ISA_CODE + c.off + c.len) {
            n++;
        } else if (isa_below(16) == 0) {
            n++;                /* let it end with a fault */
            break;
        } else {
            c.len -= len[n];
        }
    }
    if (c.len == 0) {
        return true;
    }
    if (isa_below(2) == 0) {
        close_loop(&c);
        len[n++] = c.loop_tail;
        isa_native_run(&c, &want);
        if (want.vector == ISA_HANG) {
            return true;
        }
    }
    if (run_case(&c)) {
        return true;
    }
    shrink(&c, len, n);
    report("sequence", &c);
    return false;
}

static unsigned test_sequences(IsaRow *rows, unsigned n)
{
    IsaRow **set = g_new(IsaRow *, n);
    unsigned nset = 0, fails = 0;

    for (unsigned i = 0; i < n; i++) {
        if (selected(&rows[i]) && isa_row_testable(&rows[i]) &&
            !rows[i].fails && rows[i].faults < rows[i].runs) {
            set[nset++] = &rows[i];
        }
    }
    isa_srnd(opt.seed);
    for (unsigned i = 0; nset && i < opt.sequences && fails < 5; i++) {
        if (i % 16 == 0) {
            isa_rnd_memory(memory);
        }
        fails += !test_sequence(set, nset);
    }
    g_free(set);
    return fails;
}

static void parse_args(int argc, char **argv)
{
    int o;

    while ((o = getopt(argc, argv, "m:n:s:b:q:v")) != -1) {
        switch (o) {
        case 'n': opt.count = strtoul(optarg, NULL, 0); break;
        case 's': opt.seed = strtoull(optarg, NULL, 0); break;
        case 'b': opt.backend = optarg; break;
        case 'q': opt.sequences = strtoul(optarg, NULL, 0); break;
        case 'm': isa_mode32 = atoi(optarg) == 32; break;
        case 'v': opt.verbose++; break;
        default:
            fprintf(stderr, "usage: isa-test [-m 32|64] [-n count] [-s seed] "
                    "[-b backend] [-q sequences] [-v] [row...]\n");
            exit(2);
        }
    }
    opt.patterns = argv + optind;
    opt.npatterns = argc - optind;
}

int main(int argc, char **argv)
{
    unsigned n, fail_rows = 0, todo = 0, tested = 0, seqs;
    unsigned long runs = 0, faults = 0;
    IsaRow *rows = isa_rows(&n);

    setvbuf(stdout, NULL, _IOLBF, 0);

    parse_args(argc, argv);
    if (!isa_emu_init(opt.backend)) {
        return 2;
    }
    isa_memory_init();
    signal(SIGABRT, on_abort);
    for (unsigned i = 0; i < n; i++) {
        if (!selected(&rows[i])) {
            continue;
        }
        todo += rows[i].todo;
        if (!isa_row_testable(&rows[i])) {
            continue;
        }
        test_row(&rows[i]);
        tested++;
        runs += rows[i].runs;
        faults += rows[i].faults;
        fail_rows += rows[i].fails > 0;
        if (opt.verbose || rows[i].fails) {
            printf("%-16s %-24s %-12s runs %u faults %u differ %u\n",
                   rows[i].name, rows[i].enc, rows[i].ops, rows[i].runs,
                   rows[i].faults, rows[i].fails);
        }
    }
    seqs = test_sequences(rows, n);
    printf("%s: %u rows, %lu cases (%lu ended in a fault), %u todo; %u rows "
           "and %u sequences differ\n", isa_emu_backend(),
           tested, runs, faults, todo, fail_rows, seqs);
    return fail_rows || seqs;
}
