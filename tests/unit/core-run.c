/* SPDX-License-Identifier: MIT */
/*
 * Running toy programs: linking, indirect branches, calls, stepping, changed
 * code, full flushes, threads.  On every back end there is.
 */
#include "util/osdep.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/unit/core-toy.h"

extern const TCGBackend tcg_backend_native __attribute__((weak));

static ToyState *start(const char *which)
{
    const TCGBackend *native = &tcg_backend_native;
    ToyState *env;

    if (!strcmp(which, "native") && !native) {
        cr_skip_test("no native back end on this host");
    }
    env = toy_start(which);
    cr_assert(env);
    return env;
}

static unsigned run(ToyState *env, const uint8_t *pc)
{
    env->h.pc = (uintptr_t)pc;
    return tcg_run(&env->h);
}

ParameterizedTestParameters(run, loop)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, loop)
{
    static const uint8_t code[] = {
        1, 0, 100,      /* mov r0, 100 */
        1, 1, 0, 1, 2, 3,
        2, 1, 2,        /* L: add r1, r2 */
        3, 0,           /* dec r0 */
        5, CC_NZ, -8,   /* jnz L */
        8, 7,
    };
    ToyState *env = start(name);

    cr_expect_eq(run(env, code), 7u);
    cr_expect_eq(env->r[1], 300u);
    cr_expect_eq(env->r[0], 0u);
    cr_expect(env->h.flags & FLHOME_Z);
    cr_expect_eq(env->h.pc, (uintptr_t)code + sizeof(code) - 2);
}

ParameterizedTestParameters(run, calls)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

/* A loop over a call, many times: tier-up, links and returns. */
ParameterizedTest(char name[8], run, calls)
{
    static const uint8_t code[] = {
        1, 0, 250,          /*  0: mov r0, 250 */
        1, 1, 0,            /*  3: mov r1, 0 */
        1, 2, 1,            /*  6 */
        1, 3, 100,          /*  9: outer */
        6, 9,               /* 12: call F (23) */
        3, 3,               /* 14: dec r3 */
        5, CC_NZ, -7,       /* 16: jnz 12 */
        3, 0,               /* 19: dec r0 */
        4, 4,               /* 21: jmp 27 */
        2, 1, 2,            /* 23: F: add r1, r2 */
        7,                  /* 26: ret */
        5, CC_NZ, -21,      /* 27: jnz 9 */
        8, 3,
    };
    ToyState *env = start(name);

    cr_expect_eq(run(env, code), 3u);
    cr_expect_eq(env->r[1], 25000u);
    cr_expect_eq(env->sp, (uintptr_t)&env->stack[64]);
}

ParameterizedTestParameters(run, request_with_flags)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

/* A jump back polls: who leaves there takes the flags along. */
ParameterizedTest(char name[8], run, request_with_flags)
{
    static const uint8_t code[] = {
        5, CC_Z, 2,         /* 0: jz 5 */
        8, 4,               /* 3 */
        8, 5,               /* 5 */
        11, 1, 2,           /* 7: mov [r1], r2: asks for the exit */
        3, 0,               /* 10: dec r0 */
        4, -14,             /* 12: jmp 0 */
    };
    ToyState *env = start(name);

    env->r[0] = 1;
    env->r[1] = (uintptr_t)&env->h.exit_request +
                (G_BYTE_ORDER == G_BIG_ENDIAN ? 3 : 0);
    env->r[2] = 1;
    cr_expect_eq(run(env, code + 7), (unsigned)TCG_EXIT_REQUEST);
    cr_expect_eq(env->h.pc, (uintptr_t)code);
    cr_expect(env->h.flags & FLHOME_Z);
    env->h.exit_request = 0;
    cr_expect_eq(run(env, code), 5u);
}

ParameterizedTestParameters(run, indirect)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, indirect)
{
    static const uint8_t code[] = {
        3, 0,               /* 0: dec r0 */
        5, CC_Z, 2,         /* 2: jz 7 */
        9, 1,               /* 5: jmp r1 */
        8, 4,               /* 7 */
    };
    ToyState *env = start(name);

    env->r[0] = 5000;
    env->r[1] = (uintptr_t)code;
    cr_expect_eq(run(env, code), 4u);
    cr_expect_eq(env->r[0], 0u);
}

ParameterizedTestParameters(run, flags_through_a_jump)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, flags_through_a_jump)
{
    static const uint8_t code[] = {
        3, 0,               /* 0: dec r0 */
        9, 1,               /* 2: jmp r1 (to 4) */
        5, CC_NZ, -7,       /* 4: jnz 0 */
        8, 4,
    };
    ToyState *env = start(name);

    env->r[0] = 5000;
    env->r[1] = (uintptr_t)code + 4;
    cr_expect_eq(run(env, code), 4u);
    cr_expect_eq(env->r[0], 0u);
}

ParameterizedTestParameters(run, flags_out_of_a_function)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, flags_out_of_a_function)
{
    static const uint8_t code[] = {
        3, 0,               /* 0: F: dec r0 */
        7,                  /* 2: ret */
        6, -5,              /* 3: call F */
        5, CC_NZ, 2,        /* 5: jnz 10 */
        8, 1,               /* 8 */
        8, 2,               /* 10 */
    };
    ToyState *env = start(name);

    /* F is translated first, as a callee of nobody in particular. */
    env->r[0] = 9;
    env->sp -= 8;
    env->stack[63] = GUINT64_TO_LE((uintptr_t)&code[10]);
    cr_expect_eq(run(env, code), 2u);
    env->r[0] = 2;
    cr_expect_eq(run(env, code + 3), 2u);
    env->r[0] = 1;
    cr_expect_eq(run(env, code + 3), 1u);
}

ParameterizedTestParameters(run, steps)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, steps)
{
    static const uint8_t code[] = { 6, 3, 8, 5, 10, 3, 0, 7, };
    static const uint8_t pcs[] = { 5, 7, 2 };
    ToyState *env = start(name);
    unsigned i;

    env->h.mode = toy_frontend.step_mode;
    env->h.pc = (uintptr_t)code;
    for (i = 0; i < 3; i++) {
        cr_assert_eq(tcg_run(&env->h), (unsigned)TCG_EXIT_STEP);
        cr_expect_eq(env->h.pc, (uintptr_t)code + pcs[i]);
    }
    env->h.mode = 0;
    cr_expect_eq(tcg_run(&env->h), 5u);
    tcg_step_once(&env->h);
    env->h.pc = (uintptr_t)code + 4;
    cr_expect_eq(tcg_run(&env->h), (unsigned)TCG_EXIT_STEP);
    cr_expect_eq(env->h.pc, (uintptr_t)code + 5);
}

ParameterizedTestParameters(run, changed_code)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

/* The target of an indirect jump changes each time. */
ParameterizedTest(char name[8], run, changed_code)
{
    static uint8_t code[3 * 4096] = { 9, 3 };   /* jmp r3 */
    ToyState *env = start(name);
    uint8_t *f = code + 8192;
    unsigned i;

    env->r[3] = (uintptr_t)f;
    for (i = 1; i < 6; i++) {
        /* mov r2, i; add r1, r2; exit */
        memcpy(f, (uint8_t[]){ 1, 2, i, 2, 1, 2, 12, 50 }, 8);
        tcg_invalidate((uintptr_t)f, (uintptr_t)f + 7);
        env->r[1] = 0;
        cr_expect_eq(run(env, code), 50u);
        cr_expect_eq(env->r[1], i);
    }
    cr_expect_eq(tcg_invalidate((uintptr_t)f + 4096, (uintptr_t)f + 9000), 0u);
    cr_expect_geq(tcg_invalidate((uintptr_t)code, (uintptr_t)code + 20), 1u);
}

/* A watched page tells data beside code from code, until the code is gone. */
Test(run, data_beside_code)
{
    static QEMU_ALIGNED(4096) uint8_t code[4096];
    uintptr_t a = (uintptr_t)code;
    ToyState *env = start("tci");

    memcpy(code + 0x400, (uint8_t[]){ 1, 2, 7, 12, 50 }, 5);
    cr_assert_eq(run(env, code + 0x400), 50u);
    cr_expect_eq(tcg_page_write(a + 0x400, a + 0x400), TCG_PAGE_PLAIN);
    tcg_page_guard(a >> 12);
    cr_expect_eq(tcg_page_write(a, a + 0x3ff), TCG_PAGE_DATA);
    cr_expect_eq(tcg_page_write(a + 0x440, a + 0xfff), TCG_PAGE_DATA);
    cr_expect_eq(tcg_page_write(a + 0x3ff, a + 0x400), TCG_PAGE_CODE);
    cr_expect_eq(tcg_page_write(a + 0x404, a + 0x404), TCG_PAGE_CODE);
    cr_expect_eq(tcg_invalidate(a + 0x400, a + 0x404), 1u);
    cr_expect_eq(tcg_page_write(a, a + 7), TCG_PAGE_CODE);
    tcg_page_unguard(a >> 12);
    cr_expect_eq(tcg_page_write(a, a + 7), TCG_PAGE_PLAIN);
}

ParameterizedTestParameters(run, code_written_often)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

/* Losing its TBs often, a page's code comes to check itself; then it is seen
 * to change without being told.  The code also overwrites itself. */
ParameterizedTest(char name[8], run, code_written_often)
{
    static QEMU_ALIGNED(4096) uint8_t code[4096] = {
        1, 0, 1,            /* 0: mov r0, 1 (imm overwritten) */
        11, 1, 2,           /* 3: store byte [r1] = r2 */
        1, 3, 5,            /* 6: mov r3, 5 (imm may be the one written) */
        8, 6,               /* 9 */
    };
    ToyState *env = start(name);
    unsigned i;

    env->r[1] = (uintptr_t)code + 100;
    for (i = 0; i < 100; i++) {
        code[2] = i;
        if (i < 60) {
            tcg_invalidate((uintptr_t)code, (uintptr_t)code + 4095);
        }
        cr_assert_eq(run(env, code), 6u);
        cr_assert_eq(env->r[0], i);
    }
    env->r[1] = (uintptr_t)code + 8;
    for (i = 0; i < 10; i++) {
        env->r[2] = i;
        cr_assert_eq(run(env, code), 6u);
        cr_assert_eq(env->r[3], i);
    }
}

ParameterizedTestParameters(run, flushes)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

/* More code than the smallest cache takes, executed twice. */
ParameterizedTest(char name[8], run, flushes)
{
    enum { N = 40000 };
    TCGConfig cfg = { .backend = name, .cache_size = 1 };
    uint8_t *code = tcg_lazy_alloc(N * 8 + 8);
    const TCGBackend *native = &tcg_backend_native;
    ToyState *env;
    unsigned i, round;

    if (!strcmp(name, "native") && !native) {
        cr_skip_test("no native back end on this host");
    }
    for (i = 0; i < N; i++) {
        memcpy(code + i * 8, (uint8_t[]){ 2, 1, 2, 12, 2, 10, 10, 10 }, 8);
    }
    memcpy(code + N * 8, (uint8_t[]){ 8, 6 }, 2);
    tcg_frontend = &toy_frontend;
    cr_assert(tcg_init(&cfg, NULL));
    env = tcg_env_alloc(sizeof(*env));
    tcg_thread_init(&env->h);
    for (round = 0; round < 2; round++) {
        env->r[1] = 0;
        env->r[2] = 1;
        env->h.pc = (uintptr_t)code;
        while (tcg_run(&env->h) == 2) {
        }
        cr_expect_eq(env->r[1], (uint64_t)N);
        if (round == 0) {
            tcg_flush_all();
        }
    }
}

/* ---- threads ------------------------------------------------------------------ */

static uint8_t *shared;
static int stop;

static void *worker(void *arg)
{
    ToyState *env = tcg_env_alloc(sizeof(*env));
    uintptr_t bad = 0;
    unsigned i;

    tcg_thread_init(&env->h);
    env->sp = (uintptr_t)&env->stack[64];
    for (i = 0; i < 300; i++) {
        env->r[1] = 0;
        env->r[2] = 1;
        env->h.pc = (uintptr_t)shared;
        for (;;) {
            unsigned r = tcg_run(&env->h);

            if (r == TCG_EXIT_REQUEST) {
                __atomic_store_n(&env->h.exit_request, 0, __ATOMIC_SEQ_CST);
                continue;
            }
            bad += r != 9;
            break;
        }
        bad += env->r[1] != 200;
    }
    tcg_thread_exit(&env->h);
    return (void *)bad;
}

static void *breaker(void *arg)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        tcg_invalidate((uintptr_t)shared, (uintptr_t)shared + 100);
        usleep(100);
        tcg_flush_all();
    }
    return NULL;
}

ParameterizedTestParameters(run, threads)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, threads)
{
    static uint8_t code[] = {
        1, 0, 200,          /*  0 */
        6, 7,               /*  3: call 12 */
        3, 0,               /*  5 */
        5, CC_NZ, -7,       /*  7: jnz 3 */
        8, 9,               /* 10 */
        2, 1, 2, 7,         /* 12 */
    };
    pthread_t t[4], b;
    unsigned i;

    start(name);
    shared = code;
    for (i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    pthread_create(&b, NULL, breaker, NULL);
    for (i = 0; i < 4; i++) {
        void *bad;

        pthread_join(t[i], &bad);
        cr_expect_eq((uintptr_t)bad, 0u);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(b, NULL);
}

ParameterizedTestParameters(run, forks)
{
    static char names[2][8] = { "tci", "native" };

    return cr_make_param_array(char[8], names, 2);
}

ParameterizedTest(char name[8], run, forks)
{
    static const uint8_t code[] = { 1, 0, 9, 3, 0, 5, CC_NZ, -5, 8, 8 };
    ToyState *env = start(name);
    int status = 0;
    pid_t pid;

    cr_expect_eq(run(env, code), 8u);
    tcg_fork_prepare();
    pid = fork();
    if (pid == 0) {
        tcg_fork_child(&env->h);
        tcg_flush_all();
        _exit(run(env, code) == 8 && env->r[0] == 0 ? 0 : 1);
    }
    tcg_fork_parent();
    cr_assert_gt(pid, 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    cr_expect_eq(run(env, code), 8u);
}
