/* SPDX-License-Identifier: MIT */
/*
 * Rows, batch by batch: the code of an instance is placed and translated once
 * and runs with several states.  What fails is simplified before it is shown.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

IsaResult isa_want, isa_got;
uint8_t isa_memory[ISA_DATA_SIZE];

static const IsaCase *current;

/* An assertion in the emulator: say for what. */
static void on_abort(int sig)
{
    printf("ABORT in\n");
    isa_disassemble(stdout, current);
    fflush(stdout);
    signal(SIGABRT, SIG_DFL);
}

static void place_code(const IsaCase *c)
{
    isa_native_code(c);
    isa_emu_code(c);
}

static bool run_placed(const IsaCase *c)
{
    current = c;
    isa_place_data(c);
    isa_native_run(c, &isa_want);
    if (isa_want.vector == ISA_HANG) {
        return true;
    }
    memcpy(isa_want.mem, (void *)(uintptr_t)ISA_DATA, ISA_DATA_SIZE);
    isa_place_data(c);
    isa_emu_run(c, &isa_got);
    memcpy(isa_got.mem, (void *)(uintptr_t)ISA_DATA, ISA_DATA_SIZE);
    return isa_same(c, &isa_want, &isa_got);
}

bool isa_run_case(const IsaCase *c)
{
    place_code(c);
    return run_placed(c);
}

/* ---- failures ------------------------------------------------------------ */

/* Replaces parts of the state by plain ones as long as the case still fails,
 * so that what is left is what matters. */
static void simplify(IsaCase *c)
{
    static IsaCase t;

    isa_case_copy(&t, c);
    for (int i = 0; i < 16; i++) {
        memset(t.in.vec[i], 0, 32);
        if (isa_run_case(&t)) {
            memcpy(t.in.vec[i], c->in.vec[i], 32);
        }
        c->in = t.in;
        t.in.gpr[i] = 0;
        if (isa_run_case(&t)) {
            t.in.gpr[i] = c->in.gpr[i];
        }
        c->in = t.in;
    }
    t.in.flags = 0x202;
    if (!isa_run_case(&t)) {
        c->in = t.in;
    }
    t.in = c->in;
    memset(t.in.fx, 0, 512);
    t.in.fx[0] = 0x7f;
    t.in.fx[1] = 3;
    t.in.fx[24] = 0x80;
    t.in.fx[25] = 0x1f;
    if (!isa_run_case(&t)) {
        c->in = t.in;
    }
}

void isa_fail(const char *title, IsaCase *c)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (getenv("ISA_VERBOSE")) {
        fprintf(f, "as found:\n");
        isa_report(f, c, &isa_want, &isa_got);
    }
    simplify(c);
    isa_run_case(c);
    fprintf(f, "FAIL %s\n", title);
    isa_report(f, c, &isa_want, &isa_got);
    fclose(f);
    fwrite(text, 1, n, stdout);     /* whole: others print too */
    fflush(stdout);
    free(text);
}

/* ---- rows ---------------------------------------------------------------- */

/* Seeds by row, so that one row alone repeats what the whole run did. */
static void seed_row(const IsaRow *r, uint64_t seed)
{
    for (const char *p = r->name; *p; p++) {
        seed = seed * 31 + *p;
    }
    for (const char *p = r->enc; *p; p++) {
        seed = seed * 31 + *p;
    }
    isa_srnd(seed);
}

enum { BATCH = 8, FRESH_MEMORY = 64 };

static void count_run(const IsaRow *r, IsaCase *c, IsaCount *n, bool same,
                      unsigned i)
{
    char title[128];

    n->runs++;
    n->faults += isa_want.vector != ISA_FILL_VECTOR ||
                 isa_want.st.pc == ISA_CODE + c->off;
    if (!same && n->fails++ == 0) {
        snprintf(title, sizeof(title), "%s  \"%s\" %s  case %u", r->name,
                 r->enc, r->ops, i);
        isa_fail(title, c);
        place_code(c);
    }
}

void isa_test_row(const IsaRow *r, IsaCount *n, unsigned count, uint64_t seed)
{
    static IsaCase c;
    Enc e;

    signal(SIGABRT, on_abort);
    memset(&c, 0, sizeof(c));
    c.mem = isa_memory;
    seed_row(r, seed);
    for (unsigned i = 0; i < count; i++) {
        if (i % FRESH_MEMORY == 0) {
            isa_rnd_memory(isa_memory);
        }
        if (i % BATCH == 0) {
            isa_gen_code(r, &e, &c);
            place_code(&c);
            n->forms++;
        }
        isa_gen_state(&e, &c, i % BATCH == 0);
        count_run(r, &c, n, run_placed(&c), i);
    }
}
