/* SPDX-License-Identifier: MIT */
/*
 * Each back end against the reference meaning of the IR: every op alone with
 * all kinds of operands, then random programs.
 */
#include "util/osdep.h"
#include <criterion/criterion.h>
#include <signal.h>
#include "tests/unit/ops-gen.h"

extern const TCGBackend tcg_backend_native __attribute__((weak));

enum { FORMS = 40, VALUES = 12, PROGRAMS = 3000 };

static bool exact_fp, plain_fp;

/* Runs p on some values; prints the first difference. */
static bool check(const OpsProg *p, unsigned values, const char *title)
{
    static OpsValues in, want, got;

    ops_translate(p);
    for (unsigned i = 0; i < values; i++) {
        ops_random_values(&in, p);
        if (tcg_backend == &tcg_backend_native && !tcg_backend->has_x87 &&
            !exact_fp) {
            in.fpcr |= 0x12;    /* DE and UE are not always seen: they are
                                   left out by being set already */
        }
        if (plain_fp) {
            in.fpcr = (in.fpcr & 0x3f) | 0x1f80;
        }
        want = got = in;
        ops_oracle(p, &want);
        ops_run(&got);
        if (!ops_compare(stderr, &want, &got)) {
            fprintf(stderr, "  %s:\n", title);
            ops_print(stderr, p);
            for (unsigned k = 0; k < 5; k++) {
                const OpsArg *a = &p->insn[0].in[k];
                if (p->n == 1 && a->kind == OPS_GLOBAL && !a->vec) {
                    fprintf(stderr, "    q%u was %016" PRIx64 "\n", a->index,
                            in.q[a->index]);
                }
            }
            fprintf(stderr, "    flags were %02x, fpcr %x\n",
                    tcg_flags_compact(in.flags), in.fpcr);
            return false;
        }
    }
    return true;
}

static void singles(const char *backend)
{
    static OpsProg p;
    unsigned bad = 0;

    cr_assert(ops_start(backend));
    for (unsigned opc = 0; opc < TCG_NB_OPS; opc++) {
        const char *name = tcg_op_defs[opc].name;
        if (!ops_known(opc)) {
            continue;
        }
        ops_seed(opc + 1);
        for (unsigned i = 0; i < FORMS; i++) {
            p.n = 1;
            ops_random_insn(&p.insn[0], opc, NULL);
            if (!check(&p, VALUES, name)) {
                bad++;
                break;
            }
        }
    }
    cr_assert_eq(bad, 0, "%u ops differ from their reference", bad);
}

/* Cuts a failing program down as far as it still fails. */
static void reduce(OpsProg *p)
{
    for (unsigned k = p->n; k-- > 0;) {
        OpsProg q = *p;

        memmove(&q.insn[k], &q.insn[k + 1],
                (q.n - k - 1) * sizeof(q.insn[0]));
        q.n--;
        for (unsigned j = 0; j < k; j++) {
            q.insn[j].skip -= q.insn[j].skip && j + q.insn[j].skip >= k;
            if (p->insn[j].skip && !q.insn[j].skip) {
                q.n = 0;    /* would no longer be a branch */
            }
        }
        ops_seed(k);
        if (q.n && ops_valid(&q) && !check(&q, 30, "smaller")) {
            *p = q;
        }
    }
}

static void programs(const char *backend)
{
    static OpsProg p;
    const char *only = getenv("OPS_SEED");
    unsigned bad = 0;

    cr_assert(ops_start(backend));
    for (unsigned i = 0; i < PROGRAMS && bad < 5; i++) {
        char title[64];

        ops_seed(only ? atoi(only) : 100000 + i);
        snprintf(title, sizeof(title), "program %u", i);
        ops_random_prog(&p, 5 + ops_random() % 46);
        if (!check(&p, 4, title)) {
            bad++;
            if (getenv("OPS_REDUCE")) {
                reduce(&p);
            }
        }
    }
    cr_assert_eq(bad, 0, "random programs differ from the reference");
}

/* Each op when there are more values than registers. */
static void scarce(const char *backend)
{
    static OpsProg p;
    const char *forms = getenv("OPS_FORMS");
    unsigned bad = 0;

    cr_assert(ops_start(backend));
    for (unsigned opc = 0; opc < TCG_NB_OPS; opc++) {
        if (!ops_known(opc)) {
            continue;
        }
        ops_seed(opc + 1);
        for (int i = forms ? atoi(forms) : FORMS; i > 0; i--) {
            ops_scarce_prog(&p, opc);
            if (!check(&p, 3, tcg_op_defs[opc].name)) {
                bad++;
                break;
            }
        }
    }
    cr_assert_eq(bad, 0, "%u ops differ from their reference", bad);
}

Test(ops, tci_each_op)
{
    singles("tci");
}

Test(ops, tci_programs)
{
    programs("tci");
}

Test(ops, native_each_op)
{
    if (&tcg_backend_native) {
        singles("native");
    }
}

static void on_bus(int sig, siginfo_t *info, void *uc)
{
    if (tcg_state_from_signal(ops_env(), uc) != TCG_WHERE_RESUME) {
        _exit(3);
    }
}

/* Memory operations in x86's order; on some hosts a misaligned one faults and
 * is mended. */
Test(ops, native_ordered)
{
    struct sigaction sa = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };
    static OpsProg p;
    unsigned bad = 0;

    if (!&tcg_backend_native || !tcg_backend_native.share) {
        return;
    }
    cr_assert(ops_start("native"));
    sigaction(SIGBUS, &sa, NULL);
    tcg_memory_shared();
    for (unsigned opc = 0; opc < TCG_NB_OPS; opc++) {
        if (!ops_known(opc) || !(tcg_op_defs[opc].props & P_MEM)) {
            continue;
        }
        ops_seed(opc + 1);
        for (unsigned i = 0; i < 4 * FORMS; i++) {
            if (i % 4) {
                p.n = 1;
                ops_random_insn(&p.insn[0], opc, NULL);
            } else {
                ops_scarce_prog(&p, opc);
            }
            if (!check(&p, VALUES, tcg_op_defs[opc].name)) {
                bad++;
                break;
            }
        }
    }
    cr_assert_eq(bad, 0, "%u ops differ from their reference", bad);
}

/* Code that never saw anything but the default MXCSR. */
Test(ops, native_plain_fp)
{
    static OpsProg p;
    unsigned bad = 0;

    if (!&tcg_backend_native) {
        return;
    }
    cr_assert(ops_start("native"));
    plain_fp = true;
    for (unsigned i = 0; i < 4 * TCG_NB_OPS && bad < 5; i++) {
        unsigned opc;

        ops_seed(200000 + i);
        ops_random_prog(&p, 10 + ops_random() % 40);
        for (unsigned k = 0; k < p.n; k++) {
            do {
                opc = TCG_fadd + ops_random() %
                      (ops_random() % 2 ? 4 : TCG_ffma + 1 - TCG_fadd);
            } while (!ops_known(opc));
            if (!p.insn[k].skip && ops_random() % 4) {
                ops_random_insn(&p.insn[k], opc, NULL);
            }
        }
        if (ops_valid(&p) && !check(&p, 4, "plain program")) {
            bad++;
            if (getenv("OPS_REDUCE")) {
                reduce(&p);
            }
        }
    }
    cr_assert_eq(bad, 0, "programs differ from the reference");
}

/* Floating point with every sticky bit. */
Test(ops, native_exact_fp)
{
    static OpsProg p;
    unsigned bad = 0;

    if (!&tcg_backend_native || !tcg_backend_native.exact_fp) {
        return;
    }
    cr_assert(ops_start("native"));
    tcg_backend_native.exact_fp();
    exact_fp = true;
    for (unsigned opc = 0; opc < TCG_NB_OPS; opc++) {
        if (!ops_known(opc) || !(tcg_op_defs[opc].props & P_FP)) {
            continue;
        }
        ops_seed(opc + 1);
        for (unsigned i = 0; i < 4 * FORMS; i++) {
            p.n = 1;
            ops_random_insn(&p.insn[0], opc, NULL);
            if (!check(&p, 4 * VALUES, tcg_op_defs[opc].name)) {
                bad++;
                break;
            }
        }
    }
    cr_assert_eq(bad, 0, "%u ops differ from their reference", bad);
}

Test(ops, native_scarce)
{
    if (&tcg_backend_native) {
        scarce("native");
    }
}

Test(ops, native_programs)
{
    if (&tcg_backend_native) {
        programs("native");
    }
}
