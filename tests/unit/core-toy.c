/* SPDX-License-Identifier: MIT */
/*
 * The toy guest's front end; see core-toy.h.
 */
#include "util/osdep.h"

#include "tests/unit/core-toy.h"

static TCGRef toy_r[4], toy_sp;

static void toy_init(TCGContext *s)
{
    static const char names[4][3] = { "r0", "r1", "r2", "r3" };
    unsigned i;

    for (i = 0; i < 4; i++) {
        toy_r[i] = tcg_global_new(s, TCG_I64,
                                  offsetof(ToyState, r) + i * 8, names[i]);
    }
    toy_sp = tcg_global_new(s, TCG_I64, offsetof(ToyState, sp), "sp");
}

static void toy_peek(TCGContext *s, uint64_t mode, TCGInsn *insn)
{
    static const uint8_t len[] = { 0, 3, 3, 2, 2, 3, 2, 1, 2, 2, 1, 3, 2 };
    const uint8_t *p = (const uint8_t *)(uintptr_t)insn->pc;
    unsigned op = p[0];

    insn->kind = INSN_NORMAL;
    if (op == 0 || op >= sizeof(len)) {
        insn->len = 1;
        insn->kind = INSN_STOP;
        return;
    }
    insn->len = len[op];
    insn->target = insn->pc + insn->len +
                   (int8_t)p[op == 5 ? 2 : op == 4 || op == 6 ? 1 : 0];
    switch (op) {
    case 2: insn->fl_def = FL_ALL; break;
    case 3: insn->fl_def = FL_ALL & ~FL_C; break;
    case 4: insn->kind = INSN_JUMP; break;
    case 5: insn->kind = INSN_COND; insn->fl_use = tcg_cc_flags(p[1]); break;
    case 6: insn->kind = INSN_CALL; break;
    case 7: insn->kind = INSN_RET; break;
    case 8: case 12: insn->kind = INSN_STOP; insn->fl_use = FL_ALL; break;
    case 9: insn->kind = INSN_JUMP_IND; break;
    }
}

static TCGMem at(TCGRef base)
{
    return (TCGMem){ .base = base, .index = TCG_NONE };
}

static void toy_call(TCGContext *s, const TCGInsn *insn)
{
    uint64_t next = insn->pc + insn->len;

    tcg_op2(s, TCG_sub, MO_64, toy_sp, toy_sp, tcg_const(s, 8));
    tcg_st(s, MO_64, tcg_const(s, next), at(toy_sp));
    tcg_call_pc(s, insn->target, next);
}

static void toy_gen_ret(TCGContext *s)
{
    TCGRef t = tcg_temp_new(s, TCG_I64);

    tcg_ld(s, MO_64, 0, t, at(toy_sp));
    tcg_op2(s, TCG_add, MO_64, toy_sp, toy_sp, tcg_const(s, 8));
    tcg_ret(s, t);
}

static void toy_gen(TCGContext *s, const TCGInsn *insn)
{
    const uint8_t *p = (const uint8_t *)(uintptr_t)insn->pc;
    uint64_t next = insn->pc + insn->len;

    switch (p[0]) {
    case 1:
        tcg_op1(s, TCG_mov, MO_64, toy_r[p[1] & 3], tcg_const(s, p[2]));
        break;
    case 2:
        tcg_op2(s, TCG_add, MO_64, toy_r[p[1] & 3], toy_r[p[1] & 3],
                toy_r[p[2] & 3])->fl_def = FL_ALL;
        break;
    case 3:
        tcg_op1(s, TCG_dec, MO_64, toy_r[p[1] & 3],
                toy_r[p[1] & 3])->fl_def = FL_ALL & ~FL_C;
        break;
    case 4:
        tcg_goto_pc(s, insn->target);
        break;
    case 5:
        tcg_brcc_pc(s, p[1], insn->target, next);
        break;
    case 6:
        toy_call(s, insn);
        break;
    case 7:
        toy_gen_ret(s);
        break;
    case 9:
        tcg_goto_ind(s, toy_r[p[1] & 3]);
        break;
    case 10:
        break;
    case 11:
        tcg_st(s, MO_8, toy_r[p[2] & 3], at(toy_r[p[1] & 3]));
        break;
    case 8:
        tcg_exit(s, p[1], 0, insn->pc);
        break;
    case 12:
        tcg_exit(s, p[1], 0, next);
        break;
    default:
        tcg_exit(s, 99, 0, insn->pc);
    }
}

const TCGFrontend toy_frontend = {
    .name = "toy", .state_size = sizeof(ToyState),
    .init = toy_init, .decode = toy_peek, .peek = toy_peek, .gen = toy_gen,
    .cs_arch = -1, .step_mode = 1 << 6,
};

TCGContext *toy_context(void)
{
    tcg_frontend = &toy_frontend;
    return tcg_context_new(NULL);
}

ToyState *toy_start(const char *backend)
{
    TCGConfig cfg = { .backend = backend };
    ToyState *env;

    tcg_frontend = &toy_frontend;
    if (!tcg_init(&cfg, NULL)) {
        return NULL;
    }
    env = tcg_env_alloc(sizeof(*env));
    tcg_thread_init(&env->h);
    env->sp = (uintptr_t)&env->stack[64];
    return env;
}
