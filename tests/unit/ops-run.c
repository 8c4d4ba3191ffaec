/* SPDX-License-Identifier: MIT */
/*
 * Runs generated programs, once by the reference functions and once through
 * the core and a back end; see ops-gen.h.
 */
#include "util/osdep.h"
#include "tcg/host-fpu.h"
#include "tcg/ops-ref.h"
#include "tests/unit/ops-gen.h"
#include "util/bytes.h"

static QEMU_ALIGNED(64) uint8_t ops_mem[OPS_MEM];
/* Not at a page's end. */
static const QEMU_ALIGNED(2 * OPS_MAX) uint8_t code[OPS_MAX + 1];
static const OpsProg *current;
static OpsState *env;
static const OpsMem *mem;       /* NULL: ops_mem */

static uint64_t mem_addr(void)
{
    return mem ? mem->addr : (uintptr_t)ops_mem + OPS_MEM / 2;
}

/* ---- the oracle ---------------------------------------------------------- */

typedef struct Oracle {
    TCGEnv env;
    OpsValues *v;
    uint64_t tq[16];
    uint8_t tv[16][32];
} Oracle;

static uint64_t *q_place(Oracle *o, const OpsArg *a)
{
    return a->kind == OPS_TEMP ? &o->tq[a->index] : &o->v->q[a->index];
}

static uint8_t *v_place(Oracle *o, const OpsArg *a)
{
    return a->kind == OPS_TEMP ? o->tv[a->index] : o->v->v[a->index];
}

static void get(Oracle *o, const OpsArg *a, TCGVal *val)
{
    if (a->kind == OPS_CONST) {
        val->q = a->val;
    } else if (a->kind != OPS_NONE && a->vec) {
        memcpy(&val->v, v_place(o, a), 32);
    } else if (a->kind != OPS_NONE) {
        val->q = *q_place(o, a);
    }
}

static void put(Oracle *o, const TCGRefOp *op, const OpsArg *a,
                const TCGVal *val)
{
    if (a->kind == OPS_NONE) {
        return;
    }
    if (!a->vec) {
        *q_place(o, a) = val->q;
        return;
    }
    memcpy(v_place(o, a), &val->v, op->vt == TCG_V256 ? 32 : 16);
    if (op->vt == TCG_V128 && (op->attr & OPA_ZU)) {
        memset(v_place(o, a) + 16, 0, 16);
    }
}

static void oracle_rmw(Oracle *o, const TCGRefOp *op, uint8_t *m, TCGVal *val)
{
    static const uint16_t opc[] = {
        [TCG_RMW_ADD] = TCG_add, [TCG_RMW_OR] = TCG_or,
        [TCG_RMW_ADC] = TCG_adc, [TCG_RMW_SBB] = TCG_sbb,
        [TCG_RMW_AND] = TCG_and, [TCG_RMW_SUB] = TCG_sub,
        [TCG_RMW_XOR] = TCG_xor, [TCG_RMW_INC] = TCG_inc,
        [TCG_RMW_DEC] = TCG_dec, [TCG_RMW_NEG] = TCG_neg,
        [TCG_RMW_NOT] = TCG_not, [TCG_RMW_BTS] = TCG_bts,
        [TCG_RMW_BTR] = TCG_btr, [TCG_RMW_BTC] = TCG_btc,
    };
    unsigned n = 1u << op->sz;
    TCGRefOp r = *op;

    r.opc = opc[op->imm];
    val[1] = val[0];
    val[0].q = get_le(m, n);
    tcg_ref_exec(&o->env, &r, val);
    put_le(m, val[0].q, n);
}

static void oracle_cmpxchg(Oracle *o, const TCGRefOp *op, uint8_t *m,
                           TCGVal *val)
{
    unsigned n = 1u << op->sz;
    uint64_t old = get_le(m, n), new = val[1].q;
    TCGRefOp r = *op;

    r.opc = TCG_cmp;
    if (old == ref_zext(op->sz, val[0].q)) {
        put_le(m, new, n);
    }
    val[1].q = old;
    tcg_ref_exec(&o->env, &r, val);
    val[0].q = old;
}

static void oracle_mem(Oracle *o, const OpsInsn *i, TCGVal *val)
{
    const TCGRefOp *op = &i->op;
    uint64_t addr = mem_addr() + i->disp;
    unsigned n = 1u << op->sz, w = op->vt == TCG_V256 ? 32 : 16;
    uint8_t *m;
    TCGVal old;

    if (i->index.kind) {
        addr += o->v->q[i->index.index] << i->scale;
    }
    m = o->v->mem + OPS_MEM / 2 + (addr - mem_addr());
    switch (op->opc) {
    case TCG_lea:
        val[0].q = ref_zext(op->sz, addr);
        break;
    case TCG_ld:
        val[0].q = get_le(m, n);
        if (op->imm > op->sz) {
            val[0].q = ref_zext(op->imm, ref_sext(op->sz, val[0].q));
        }
        break;
    case TCG_st:
        put_le(m, val[0].q, n);
        break;
    case TCG_ldv:
        memcpy(&val[0].v, m, w);
        break;
    case TCG_stv:
        memcpy(m, &val[0].v, w);
        break;
    case TCG_ldvs:
        memset(&val[0], 0, sizeof(val[0]));
        memcpy(&val[0].v, m, n);
        break;
    case TCG_stvs:
        memcpy(m, &val[0].v, n);
        break;
    case TCG_rmw:
        oracle_rmw(o, op, m, val);
        break;
    case TCG_xchg:
        old.q = get_le(m, n);
        put_le(m, val[0].q, n);
        val[0].q = old.q;
        break;
    case TCG_xadd: {
        TCGRefOp r = *op;
        old.q = get_le(m, n);
        val[1] = val[0];
        val[0].q = old.q;
        r.opc = TCG_add;
        tcg_ref_exec(&o->env, &r, val);
        put_le(m, val[0].q, n);
        val[0].q = old.q;
        break;
    }
    default:
        oracle_cmpxchg(o, op, m, val);
        break;
    }
}

/* Whether a branch is taken. */
static bool taken(Oracle *o, const TCGRefOp *op, const TCGVal *val)
{
    return op->opc == TCG_brcc ? ref_cc(o->env.flags, op->cond)
                               : ref_cond(op->cond, op->sz, val[0].q,
                                          val[1].q);
}

bool ops_oracle(const OpsProg *p, OpsValues *v)
{
    Oracle o = { .v = v };

    v->q[NQ - 1] = mem_addr();
    o.env.flags = v->flags;
    o.env.fpcr = v->fpcr;
    for (unsigned k = 0; k < p->n; k++) {
        const OpsInsn *i = &p->insn[k];
        const TCGOpDef *def = &tcg_op_defs[i->op.opc];
        TCGVal val[5] = { { 0 } };

        for (unsigned j = 0; j < def->nb_in; j++) {
            get(&o, &i->in[j], &val[j]);
        }
        if (i->skip) {
            k += taken(&o, &i->op, val) ? i->skip : 0;
            continue;
        }
        if (def->props & P_MEM) {
            oracle_mem(&o, i, val);
        } else {
            tcg_ref_exec(&o.env, &i->op, val);
        }
        for (unsigned j = 0; j < def->nb_out; j++) {
            put(&o, &i->op, &i->out[j], &val[j]);
        }
    }
    v->flags = o.env.flags;
    v->fpcr = o.env.fpcr;
    return true;
}

/* ---- the front end ------------------------------------------------------- */

static TCGRef q_ref[NQ], v_ref[NV];

static void fe_init(TCGContext *s)
{
    for (unsigned i = 0; i < NQ; i++) {
        q_ref[i] = tcg_global_new(s, TCG_I64,
                                  offsetof(OpsState, q) + 8 * i, "q");
    }
    for (unsigned i = 0; i < NV; i++) {
        v_ref[i] = tcg_global_new(s, TCG_V256,
                                  offsetof(OpsState, v) + 64 * i, "v");
    }
}

/* Number of the operation that insn is; the whole program is one if that has
 * no memory of its own. */
static unsigned number(const TCGInsn *insn)
{
    return mem ? insn->pc - (uintptr_t)code : current->n;
}

static void fe_decode(TCGContext *s, uint64_t mode, TCGInsn *insn)
{
    unsigned k = number(insn);

    insn->len = 1;
    if (k < current->n) {
        insn->kind = INSN_NORMAL;
        insn->fl_use = current->insn[k].op.fl_use;
        insn->fl_def = current->insn[k].op.fl_def & ~insn->fl_use;
    } else {
        insn->kind = INSN_STOP;
        insn->fl_use = FL_ALL;
    }
}

typedef struct Temps {
    TCGRef q[16], v[16];
} Temps;

static TCGRef to_ref(TCGContext *s, Temps *t, const OpsArg *a)
{
    TCGRef *place = a->vec ? &t->v[a->index & 15] : &t->q[a->index & 15];

    switch (a->kind) {
    case OPS_NONE:
        return TCG_NONE;
    case OPS_CONST:
        return tcg_const(s, a->val);
    case OPS_GLOBAL:
        return a->vec ? v_ref[a->index] : q_ref[a->index];
    default:
        if (*place == TCG_NONE) {
            *place = tcg_temp_new(s, a->vec ? TCG_V128 : TCG_I64);
        }
        return *place;
    }
}

static void emit(TCGContext *s, const OpsInsn *i, Temps *t, TCGLabel *target)
{
    TCGRef in[5], out[3], base, index;
    TCGOp *op;

    for (unsigned k = 0; k < 5; k++) {
        in[k] = to_ref(s, t, &i->in[k]);
    }
    for (unsigned k = 0; k < 3; k++) {
        out[k] = to_ref(s, t, &i->out[k]);
    }
    base = i->base.kind == OPS_CONST ? tcg_const(s, mem_addr())
                                     : to_ref(s, t, &i->base);
    index = to_ref(s, t, &i->index);
    if (i->op.opc == TCG_brcc) {
        tcg_brcc(s, i->op.cond, target);
        return;
    }
    if (i->op.opc == TCG_brcond) {
        tcg_brcond(s, i->op.cond, i->op.sz, in[0], in[1], target);
        return;
    }
    op = tcg_emit(s, i->op.opc, i->op.sz);
    op->attr = i->op.attr;
    op->vt = i->op.vt;
    op->cond = i->op.cond;
    op->fl_def = i->op.fl_def;
    op->fl_use = i->op.fl_use;
    op->imm = i->op.imm;
    memcpy(op->in, in, sizeof(in));
    memcpy(op->out, out, sizeof(out));
    if (tcg_op_defs[i->op.opc].props & P_MEM) {
        op->mem = (TCGMem) { base, index, i->scale, i->disp };
    }
}

static void gen_all(TCGContext *s)
{
    TCGLabel *label[OPS_MAX + 1] = { NULL };
    Temps t;

    memset(&t, 0xff, sizeof(t));
    for (unsigned k = 0; k < current->n; k++) {
        const OpsInsn *i = &current->insn[k];
        unsigned to = k + 1 + i->skip;

        if (label[k]) {
            tcg_label_place(s, label[k]);
            memset(&t, 0xff, sizeof(t));
        }
        if (i->skip && !label[to]) {
            label[to] = tcg_label_new(s);
        }
        emit(s, i, &t, label[to]);
        if (i->skip) {
            memset(&t, 0xff, sizeof(t));
        }
    }
    if (label[current->n]) {
        tcg_label_place(s, label[current->n]);
    }
}

static void fe_gen(TCGContext *s, const TCGInsn *insn)
{
    unsigned k = number(insn);
    Temps t;

    if (k < current->n) {
        memset(&t, 0xff, sizeof(t));
        emit(s, &current->insn[k], &t, NULL);
        return;
    }
    if (!mem) {
        gen_all(s);
    }
    tcg_exit(s, OPS_DONE, 0, insn->pc);
}

static const TCGFrontend fe = {
    .name = "ops", .state_size = sizeof(OpsState), .init = fe_init,
    .decode = fe_decode, .peek = fe_decode, .gen = fe_gen, .cs_arch = -1,
    .soft_mode = OPS_SOFT_MODE, .slow_mode = 2 * OPS_SOFT_MODE,
};

/* ---- running ------------------------------------------------------------- */

bool ops_start(const char *backend)
{
    TCGConfig cfg = { .backend = backend };

    tcg_frontend = &fe;
    if (!tcg_init(&cfg, NULL)) {
        return false;
    }
    env = tcg_env_alloc(sizeof(*env));
    tcg_thread_init(&env->h);
    return true;
}

TCGEnv *ops_env(void)
{
    return &env->h;
}

void ops_use_memory(const OpsMem *m)
{
    mem = m;
    env->h.mode = m ? OPS_SOFT_MODE : 0;
}

void ops_translate(const OpsProg *p)
{
    static unsigned count;

    current = p;
    if (++count % 4096 == 0) {
        tcg_flush_all();
    } else {
        tcg_invalidate((uintptr_t)code, (uintptr_t)code + sizeof(code) - 1);
    }
}

static uint8_t *half(unsigned i)
{
    return mem ? mem->half[i] : ops_mem + i * OPS_MEM / 2;
}

static void put_values(const OpsValues *v)
{
    memcpy(env->q, v->q, sizeof(env->q));
    env->q[NQ - 1] = mem_addr();
    for (unsigned i = 0; i < NV; i++) {
        memcpy(env->v[i], v->v[i], 32);
    }
    for (unsigned i = 0; i < 2; i++) {
        memcpy(half(i), v->mem + i * OPS_MEM / 2, OPS_MEM / 2);
    }
    env->h.flags = v->flags;
    env->h.fpcr = v->fpcr;
}

static void get_values(OpsValues *v)
{
    memcpy(v->q, env->q, sizeof(env->q));
    for (unsigned i = 0; i < NV; i++) {
        memcpy(v->v[i], env->v[i], 32);
    }
    for (unsigned i = 0; i < 2; i++) {
        memcpy(v->mem + i * OPS_MEM / 2, half(i), OPS_MEM / 2);
    }
    v->flags = env->h.flags;
    v->fpcr = env->h.fpcr;
}

unsigned ops_run(OpsValues *v)
{
    unsigned reason;

    put_values(v);
    env->h.pc = (uintptr_t)code;
    if (tcg_backend->has_x87) {
        tcg_host_mxcsr_set(v->fpcr);
    }
    while ((reason = tcg_run(&env->h)) == OPS_SLOW) {
        tcg_slow_once(&env->h);
    }
    if (tcg_backend->has_x87) {
        env->h.fpcr = tcg_host_mxcsr_get();
        tcg_host_mxcsr_set(0x1f80);
    }
    get_values(v);
    if (reason == OPS_DONE) {
        return current->n;
    }
    g_assert_cmpuint(reason, ==, OPS_FAULT);
    return env->h.pc - (uintptr_t)code;
}

static bool same_vec(FILE *f, unsigned i, const OpsValues *want,
                     const OpsValues *got)
{
    const uint8_t *w = want->v[i], *g = got->v[i];

    if (!memcmp(w, g, 32)) {
        return true;
    }
    fprintf(f, "    v%u want %016" PRIx64 " %016" PRIx64 " %016" PRIx64
            " %016" PRIx64 "\n        got  %016" PRIx64 " %016" PRIx64
            " %016" PRIx64 " %016" PRIx64 "\n", i,
            get_le(w + 24, 8), get_le(w + 16, 8), get_le(w + 8, 8),
            get_le(w, 8), get_le(g + 24, 8), get_le(g + 16, 8),
            get_le(g + 8, 8), get_le(g, 8));
    return false;
}

bool ops_compare(FILE *f, const OpsValues *want, const OpsValues *got)
{
    bool same = true;

    for (unsigned i = 0; i < NQ; i++) {
        if (want->q[i] != got->q[i]) {
            fprintf(f, "    q%u want %016" PRIx64 " got %016" PRIx64 "\n", i,
                    want->q[i], got->q[i]);
            same = false;
        }
    }
    for (unsigned i = 0; i < NV; i++) {
        same &= same_vec(f, i, want, got);
    }
    if ((want->flags ^ got->flags) & FLHOME_ALL) {
        fprintf(f, "    flags want %02x got %02x\n",
                tcg_flags_compact(want->flags), tcg_flags_compact(got->flags));
        same = false;
    }
    if (want->fpcr != got->fpcr) {
        fprintf(f, "    fpcr want %x got %x\n", want->fpcr, got->fpcr);
        same = false;
    }
    for (unsigned i = 0; i < OPS_MEM; i++) {
        if (want->mem[i] != got->mem[i]) {
            fprintf(f, "    mem[%d] want %02x got %02x\n", (int)i - OPS_MEM / 2,
                    want->mem[i], got->mem[i]);
            return false;
        }
    }
    return same;
}
