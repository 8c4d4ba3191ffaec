/* SPDX-License-Identifier: MIT */
/*
 * Region building and the passes, looked at op by op.
 */
#include "util/osdep.h"

#include <criterion/criterion.h>

#include "tests/unit/core-toy.h"

static void passes(TCGContext *s)
{
    tcg_pass_flags(s);
    tcg_pass_propagate(s);
    tcg_pass_liveness(s);
}

static unsigned count(TCGContext *s, unsigned opc)
{
    unsigned i, n = 0;

    for (i = 0; i < s->nb_ops; i++) {
        n += s->ops[i].opc == opc;
    }
    return n;
}

static TCGOp *find(TCGContext *s, unsigned opc, unsigned nth)
{
    unsigned i;

    for (i = 0; i < s->nb_ops; i++) {
        if (s->ops[i].opc == opc && nth-- == 0) {
            return &s->ops[i];
        }
    }
    cr_assert_fail("no such op: %s", tcg_op_defs[opc].name);
    return NULL;
}

static void build(TCGContext *s, const uint8_t *code, unsigned insns,
                  unsigned blocks)
{
    tcg_region_build(s, (uintptr_t)code, 0, insns, blocks);
}

Test(region, loop_stays_inside)
{
    static const uint8_t code[] = {
        1, 0, 10,       /* mov r0, 10 */
        3, 0,           /* L: dec r0 */
        5, CC_NZ, -5,   /* jnz L */
        8, 5,
    };
    TCGContext *s = toy_context();

    build(s, code, 512, 64);
    passes(s);
    cr_expect_eq(s->region->nb_blocks, 3u);
    cr_expect_eq(count(s, TCG_goto_pc), 0u);
    cr_expect_eq(count(s, TCG_brcc), 1u);
    cr_expect_eq(count(s, TCG_poll), 1u);
    cr_expect_eq(find(s, TCG_poll, 0)->imm, (uintptr_t)code + 3);
    cr_expect_eq(find(s, TCG_brcc, 0)->label, find(s, TCG_label, 0)->label);
    /* exit reads them all, so nothing may be trimmed here */
    cr_expect_eq(find(s, TCG_dec, 0)->fl_def, FL_ALL & ~FL_C);
    cr_expect_not(s->region->cut);
}

Test(region, dead_flags)
{
    static const uint8_t code[] = {
        2, 0, 1,        /* add: flags dead, the next kills them */
        2, 1, 1,
        3, 2,           /* dec keeps CF of the second add */
        5, CC_C, 0,
        2, 3, 3,
        8, 5,
    };
    TCGContext *s = toy_context();

    build(s, code, 512, 64);
    passes(s);
    cr_expect_eq(find(s, TCG_add, 0)->fl_def, 0);
    cr_expect_eq(find(s, TCG_add, 1)->fl_def, FL_C);
    cr_expect_eq(find(s, TCG_dec, 0)->fl_def, 0);
    cr_expect_eq(find(s, TCG_dec, 0)->fl_live, FL_C);
    cr_expect_eq(find(s, TCG_add, 2)->fl_def, FL_ALL);
}

Test(region, flags_at_exits)
{
    static const uint8_t code[] = {
        2, 0, 1,            /* add */
        5, CC_Z, 2,         /* jz A */
        4, 3,               /* jmp B */
        2, 1, 1,            /* A: add */
        8, 1,               /* B: exit reads all */
    };
    TCGContext *s = toy_context();

    build(s, code, 2, 64);
    passes(s);
    cr_expect(s->region->cut);
    cr_expect_eq(count(s, TCG_goto_pc), 2u);
    /* the fall-through jump leads to an exit that reads everything */
    cr_expect_eq(find(s, TCG_add, 0)->fl_def, FL_ALL);
    cr_expect_eq(tcg_flags_live_at(s, (uintptr_t)code + 8), 0u);
    cr_expect_eq(tcg_flags_live_at(s, (uintptr_t)code + 6), FL_ALL);
}

Test(region, backward_exit_polls)
{
    static const uint8_t code[] = {
        10, 10, 4, -4,      /* nop nop jmp start */
    };
    TCGContext *s = toy_context();

    build(s, code + 1, 2, 64);
    passes(s);
    cr_expect_eq(count(s, TCG_goto_pc), 1u);
    cr_expect_eq(count(s, TCG_poll), 1u);
    cr_expect_eq(find(s, TCG_poll, 0)->imm, (uintptr_t)code);
}

Test(region, jump_into_an_instruction)
{
    /* mov r1, 10 whose last byte is a nop when entered at an offset */
    static const uint8_t code[] = {
        1, 1, 10, 5, CC_Z, -4, 8, 5,
    };
    TCGContext *s = toy_context();

    build(s, code, 512, 64);
    passes(s);
    cr_expect_eq(s->region->nb_ranges, 1u);
    cr_expect_eq(s->region->ranges[0].start, (uintptr_t)code);
    cr_expect_eq(s->region->ranges[0].last, (uintptr_t)code + 7);
    cr_expect_eq(count(s, TCG_insn_start), 4u);
}

Test(region, call_goes_on_behind)
{
    static const uint8_t code[] = {
        6, 2,           /* call F */
        8, 5,
        7,              /* F: ret */
    };
    TCGContext *s = toy_context();

    tcg_core(s)->hot = true;
    build(s, code, 512, 64);
    passes(s);
    cr_expect_eq(count(s, TCG_call_pc), 1u);
    cr_expect_eq(count(s, TCG_exit), 1u);
    cr_expect_eq(count(s, TCG_ret), 0u);
    cr_expect_eq(find(s, TCG_call_pc, 0)->fl_use, 0);
    cr_expect_eq(tcg_core(s)->nb_flag_rets, 0u);
}

Test(region, flags_out_of_a_call_are_noticed)
{
    static const uint8_t code[] = {
        6, 5,           /* call F */
        5, CC_BE, 0,    /* jbe next */
        8, 5,
        7,              /* F: ret */
    };
    TCGContext *s = toy_context();

    build(s, code, 512, 64);
    tcg_pass_flags(s);
    cr_expect_eq(tcg_core(s)->nb_flag_rets, 1u);
    tcg_core(s)->nb_flag_rets = 0;
    tcg_ret_flags = true;
    tcg_code_epoch++;
    tcg_pass_flags(s);
    cr_expect_eq(find(s, TCG_call_pc, 0)->fl_use, FL_ALL);
    /* seen by peeking, too */
    tcg_ret_flags = false;
    build(s, code, 1, 64);
    tcg_region_build(s, (uintptr_t)code, 0, 2, 1);
    tcg_pass_flags(s);
    cr_expect_eq(tcg_core(s)->nb_flag_rets, 1u);
    tcg_core(s)->nb_flag_rets = 0;
}

Test(region, step_is_one_instruction)
{
    static const uint8_t code[] = { 2, 0, 1, 10, 8, 5 };
    TCGContext *s = toy_context();

    build(s, code, 1, 64);
    passes(s);
    cr_expect_eq(count(s, TCG_insn_start), 1u);
    cr_expect_eq(find(s, TCG_exit, 0)->imm, (uint64_t)TCG_EXIT_STEP);
    cr_expect_eq(find(s, TCG_exit, 0)->imm2, (uintptr_t)code + 3);
}

/* A region bigger than the ops it may have ends early but is well-formed. */
Test(region, every_label_is_placed)
{
    static uint8_t code[2000];
    TCGContext *s = toy_context();
    unsigned i;

    srand(1);
    for (unsigned round = 0; round < 300; round++) {
        for (i = 0; i < sizeof(code); i++) {
            code[i] = rand() % 16;
        }
        for (i = 0; i < 500; i++) {
            code[rand() % sizeof(code)] = -(rand() % 30);
        }
        build(s, code + rand() % 100, 1 + rand() % 512, 1 + rand() % 64);
        passes(s);
        for (i = 0; i < s->nb_ops; i++) {
            if (tcg_op_defs[s->ops[i].opc].props & P_LABEL) {
                cr_assert(s->ops[i].label->placed);
            }
        }
        cr_assert(tcg_op_defs[s->ops[s->nb_ops - 1].opc].props & P_END);
    }
}

/* ---- single passes ----------------------------------------------------------- */

static TCGMem mem(TCGRef base, TCGRef index, unsigned scale, int32_t disp)
{
    return (TCGMem){ base, index, scale, disp };
}

Test(passes, constants_fold)
{
    TCGContext *s = toy_context();
    TCGRef a = tcg_temp_new(s, TCG_I64), b = tcg_temp_new(s, TCG_I64);

    tcg_op1(s, TCG_mov, MO_64, a, tcg_const(s, 0xffffffff));
    tcg_op2(s, TCG_add, MO_32, b, a, tcg_const(s, 2));
    tcg_op2(s, TCG_shl, MO_64, b, b, tcg_const(s, 4));
    tcg_op1(s, TCG_mov, MO_64, 0, b);
    tcg_exit(s, 1, 0, 0);
    passes(s);
    cr_assert_eq(s->nb_ops, 2u);
    cr_expect_eq(s->ops[0].opc, TCG_mov);
    cr_expect_eq(s->temps[s->ops[0].in[0]].val, 0x10u);
}

Test(passes, copies_end_with_their_source)
{
    TCGContext *s = toy_context();
    TCGRef t = tcg_temp_new(s, TCG_I64);

    tcg_op1(s, TCG_mov, MO_64, t, 0);
    tcg_op2(s, TCG_add, MO_64, 1, 1, t);        /* may use r0 */
    tcg_op2(s, TCG_add, MO_64, 0, 0, tcg_const(s, 1));
    tcg_op2(s, TCG_add, MO_64, 2, 2, t);        /* must use t */
    tcg_exit(s, 1, 0, 0);
    passes(s);
    cr_expect_eq(find(s, TCG_add, 0)->in[1], 0);
    cr_expect_eq(find(s, TCG_add, 2)->in[1], t);
}

Test(passes, addresses_fuse)
{
    TCGContext *s = toy_context();
    TCGRef a = tcg_temp_new(s, TCG_I64), b = tcg_temp_new(s, TCG_I64);
    TCGOp *ld;

    tcg_emit(s, TCG_lea, MO_64)->out[0] = a;
    s->ops[s->nb_ops - 1].mem = mem(1, 2, 3, 8);
    tcg_op2(s, TCG_add, MO_64, b, a, tcg_const(s, 16));
    tcg_ld(s, MO_64, 0, 0, mem(b, TCG_NONE, 0, 4));
    tcg_exit(s, 1, 0, 0);
    passes(s);
    cr_assert_eq(s->nb_ops, 3u);    /* lea, load, exit: one level a use */
    ld = find(s, TCG_ld, 0);
    cr_expect_eq(ld->mem.base, a);
    cr_expect_eq(ld->mem.disp, 20);
}

Test(passes, segment_base_fuses)
{
    TCGContext *s = toy_context();
    TCGRef a = tcg_temp_new(s, TCG_I64);
    TCGOp *ld;

    /* fs:[r1 + 8] with the base in r3 */
    tcg_emit(s, TCG_lea, MO_64)->out[0] = a;
    s->ops[s->nb_ops - 1].mem = mem(1, TCG_NONE, 0, 8);
    tcg_ld(s, MO_64, 0, 0, mem(3, a, 0, 0));
    tcg_exit(s, 1, 0, 0);
    passes(s);
    cr_assert_eq(s->nb_ops, 2u);
    ld = find(s, TCG_ld, 0);
    cr_expect_eq(ld->mem.base, 1);
    cr_expect_eq(ld->mem.index, 3);
    cr_expect_eq(ld->mem.disp, 8);
}

Test(passes, wide_constant_addresses)
{
    TCGContext *s = toy_context();
    TCGOp *ld;

    tcg_ld(s, MO_64, 0, 0, mem(tcg_const(s, 0x400000), TCG_NONE, 0, 16));
    tcg_ld(s, MO_64, 0, 1, mem(tcg_const(s, 0x555500000000), TCG_NONE, 0,
                               16));
    tcg_exit(s, 1, 0, 0);
    passes(s);
    ld = find(s, TCG_ld, 0);
    cr_expect_eq(ld->mem.base, TCG_NONE);
    cr_expect_eq(ld->mem.disp, 0x400010);
    ld = find(s, TCG_ld, 1);
    cr_expect_eq(s->temps[ld->mem.base].val, 0x555500000010u);
    cr_expect_eq(ld->mem.disp, 0);
}

Test(passes, overwritten_state_dies_but_not_across_faults)
{
    TCGContext *s = toy_context();

    tcg_op1(s, TCG_mov, MO_64, 0, tcg_const(s, 1));     /* dead */
    tcg_op1(s, TCG_mov, MO_64, 0, tcg_const(s, 2));     /* seen by the fault */
    tcg_ld(s, MO_64, 0, 1, mem(2, TCG_NONE, 0, 0));
    tcg_op1(s, TCG_mov, MO_64, 0, tcg_const(s, 3));
    tcg_exit(s, 1, 0, 0);
    passes(s);
    cr_assert_eq(count(s, TCG_mov), 2u);
    cr_expect_eq(s->temps[find(s, TCG_mov, 0)->in[0]].val, 2u);
}

Test(passes, dead_bits)
{
    TCGContext *s = toy_context();
    TCGRef t = tcg_temp_new(s, TCG_I64), lo = tcg_temp_new(s, TCG_I64);
    TCGOp *op;

    tcg_ld(s, MO_64, 0, t, mem(1, TCG_NONE, 0, 0));
    op = tcg_op2(s, TCG_mulu2, MO_64, 0, t, t);
    op->out[1] = lo;
    tcg_exit(s, 1, 0, 0);
    passes(s);
    op = find(s, TCG_mulu2, 0);
    cr_expect_eq(op->dead, 1 << 0 | 1 << 1 | 1 << 9);
    cr_expect_eq(find(s, TCG_ld, 0)->dead, 0);
}
