/* SPDX-License-Identifier: MIT */
/*
 * Runs of floating-point arithmetic: without FEAT_AFP results must be looked at
 * for NaNs, and what follows them in a chain of operations carries them along.
 * So a run is computed in scratch registers, looked at once, and put into the
 * guest's registers then.  If there is a NaN, the reference does all of it
 * from the start: the guest's registers still hold the operands.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

static const uint8_t scratch[] = { V4, V6, V7, V8, V9 };
enum { NB_SCRATCH = ARRAY_SIZE(scratch), MAX_RUN = 12 };

/* A guest register that the run has written. */
typedef struct Written {
    TCGRef ref;
    uint8_t reg;        /* scratch with the new value */
    bool check;         /* nothing else shows its NaN */
} Written;

typedef struct Step {
    const TCGOp *op;
    uint8_t reg[3];     /* operands, result */
} Step;

typedef struct Run {
    Written w[NB_SCRATCH];
    unsigned nb_w, n;
    Step step[MAX_RUN];
} Run;

static bool arithmetic(const TCGOp *op)
{
    return op->opc == TCG_fadd || op->opc == TCG_fsub ||
           op->opc == TCG_fmul || op->opc == TCG_fdiv;
}

static Written *written(Run *r, TCGRef ref)
{
    for (unsigned i = 0; i < r->nb_w; i++) {
        if (r->w[i].ref == ref) {
            return &r->w[i];
        }
    }
    return NULL;
}

static int operand(A64Jit *j, Run *r, TCGRef ref)
{
    Written *w = written(r, ref);

    return w ? w->reg : ra_reg(&j->ra, ref);
}

/* Makes op the run's next step, unless it can't be. */
static bool add_step(A64Jit *j, Run *r, const TCGOp *op)
{
    const TCGOp *first = r->n ? r->step[0].op : op;
    bool scalar = op->attr & OPA_SCALAR;
    Written *a, *b, *d;
    int ra, rb;

    if (!arithmetic(op) || op->vt != TCG_V128 || op->sz != first->sz ||
        ((op->attr ^ first->attr) & (OPA_SCALAR | OPA_ZU)) || r->n == MAX_RUN ||
        ra_pin(&j->ra, op->out[0]) < 0 ||
        (scalar && op->in[0] != op->out[0])) {
        return false;
    }
    a = written(r, op->in[0]);
    b = written(r, op->in[1]);
    d = written(r, op->out[0]);
    ra = operand(j, r, op->in[0]);
    rb = operand(j, r, op->in[1]);
    if (ra < 0 || rb < 0 || (d && d != a && d != b) ||
        (!d && r->nb_w == NB_SCRATCH)) {
        return false;
    }
    if (!d) {
        d = &r->w[r->nb_w];
        d->ref = op->out[0];
        d->reg = scratch[r->nb_w++];
    }
    if (a) {
        a->check = false;
    }
    if (b) {
        b->check = false;
    }
    d->check = true;
    r->step[r->n++] = (Step){ op, { ra, rb, d->reg } };
    return true;
}

/* a: the Run. */
static void emit_slow_run(A64Jit *j, A64Stub *st)
{
    const Run *r = (const Run *)(uintptr_t)st->a;

    out_bind(st->loc, j->p);
    for (unsigned i = 0; i < r->n; i++) {
        emit_ref_keep(j, r->step[i].op, r->step[i].reg, r->step[i].reg + 2);
    }
    out_b(j, st->back);
}

static uint32_t *check(A64Jit *j, const Run *r, const TCGOp *op)
{
    bool scalar = op->attr & OPA_SCALAR;
    uint32_t fmax = (scalar ? 0x1e204800 : 0x4e20f400) | fp_ty(op->sz);
    unsigned v = 0;

    for (unsigned i = 0; i < r->nb_w; i++) {
        if (!r->w[i].check) {
            continue;
        }
        if (v) {
            out_vvv(j, fmax, V5, v, r->w[i].reg);
        }
        v = v ? V5 : r->w[i].reg;
    }
    return if_nan(j, op->sz, scalar, v);
}

static void commit(A64Jit *j, const Run *r)
{
    for (unsigned i = 0; i < r->nb_w; i++) {
        const TCGOp *last = NULL;
        unsigned d;

        for (unsigned k = 0; k < r->n; k++) {
            last = r->step[k].op->out[0] == r->w[i].ref ? r->step[k].op : last;
        }
        d = vout(j, r->w[i].ref);
        if (last->attr & OPA_SCALAR) {
            out_ins(j, last->sz, d, 0, r->w[i].reg, 0);
        } else {
            out_vmov(j, d, r->w[i].reg);
        }
        vout_done(j, last, r->w[i].ref, d);
    }
}

/* Emits the run that begins with ops[0], if there is one: the number of ops
 * it takes, or 0. */
unsigned fp_run(A64Jit *j, const TCGOp *ops, unsigned n)
{
    unsigned used = 0, cl = FL_NZCV;
    Run *r;
    A64Stub *st;

    if (has(HF_AFP) || a64_fpx_seen || a64_fp_exact || j->fp_exact ||
        !arithmetic(ops)) {
        return 0;
    }
    r = tcg_malloc(j->s, sizeof(*r));
    for (unsigned i = 0; i < n; i++) {
        if (ops[i].opc == TCG_insn_start) {
            continue;
        }
        if (!add_step(j, r, &ops[i])) {
            break;
        }
        used = i + 1;
    }
    if (r->n < 2) {
        return 0;
    }
    j->op = ops;
    fl_begin(j, ops, cl);
    for (unsigned i = 0; i < used; i++) {
        if (ops[i].opc == TCG_insn_start) {
            lower_insn_start(j, &ops[i], NULL);
        }
    }
    for (unsigned i = 0; i < r->n; i++) {
        const Step *s = &r->step[i];

        fp_arithmetic(j, s->op, s->op->attr & OPA_SCALAR, s->reg[2], s->reg[0],
                      s->reg[1]);
    }
    st = stub_new(j, emit_slow_run, check(j, r, ops));
    st->a = (uintptr_t)r;
    st->back = j->p;
    commit(j, r);
    fl_end(j, &ops[used - 1], cl, false);
    for (unsigned i = 0; i < used; i++) {
        ra_op_end(&j->ra, &ops[i]);
    }
    return used;
}
