/* SPDX-License-Identifier: MIT */
/*
 * A small stand-in for Criterion, for cross-built unit tests: each Test() runs
 * in a process of its own, parameterised ones once a parameter.
 */
#ifndef TESTS_CROSS_CRITERION_H
#define TESTS_CROSS_CRITERION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct criterion_test_params {
    size_t size;
    void *params;
    size_t length;
};

struct cr_options {
    void (*init)(void);
    void (*fini)(void);
    double timeout;
    int signal, exit_code;
    bool disabled;
    const char *description;
};

typedef struct CrTest {
    const char *suite, *name;
    void (*fn)(void);
    void (*param_fn)(void *);
    struct criterion_test_params (*params)(void);
    struct cr_options opt;
    struct CrTest *next;
} CrTest;
void cr_register(CrTest *t);
void cr_failed(bool fatal, const char *file, int line, const char *what);
void cr_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define CR_NAME(a, b) cr_##a##__##b
#define CR_REGISTER(s, n, f, pf, p, ...)                                    \
    static CrTest CR_NAME(s, n##_test) = {                                  \
        #s, #n, f, pf, p, { __VA_ARGS__ }, NULL };                          \
    __attribute__((constructor)) static void CR_NAME(s, n##_reg)(void)      \
    {                                                                       \
        cr_register(&CR_NAME(s, n##_test));                                 \
    }
#define Test(s, n, ...)                                                     \
    static void CR_NAME(s, n)(void);                                        \
    CR_REGISTER(s, n, CR_NAME(s, n), NULL, NULL, __VA_ARGS__)               \
    static void CR_NAME(s, n)(void)
/* Options of a suite: a test without a function. */
#define TestSuite(s, ...) \
    CR_REGISTER(s, suite, NULL, NULL, NULL, __VA_ARGS__)
#define ParameterizedTestParameters(s, n)                                   \
    static struct criterion_test_params CR_NAME(s, n##_params)(void)
#define ParameterizedTest(param, s, n, ...)                                 \
    static struct criterion_test_params CR_NAME(s, n##_params)(void);       \
    static void CR_NAME(s, n)(param);                                       \
    CR_REGISTER(s, n, NULL, (void (*)(void *))CR_NAME(s, n),                \
                CR_NAME(s, n##_params), __VA_ARGS__)                        \
    static void CR_NAME(s, n)(param)
#define cr_make_param_array(type, array, len)                               \
    (struct criterion_test_params) { sizeof(type), (void *)(array), (len) }

#define CR_CHECK(fatal, cond, what, ...)                                    \
    do {                                                                    \
        if (!(cond)) {                                                      \
            cr_failed(false, __FILE__, __LINE__, what);                     \
            __VA_OPT__(cr_say(__VA_ARGS__);)                                \
            if (fatal) {                                                    \
                cr_failed(true, __FILE__, __LINE__, NULL);                  \
            }                                                               \
        }                                                                   \
    } while (0)
#define CR_OP(f, a, op, b, ...) \
    CR_CHECK(f, (a) op (b), #a " " #op " " #b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert(c, ...) CR_CHECK(true, c, #c __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_not(c, ...) CR_CHECK(true, !(c), #c __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_eq(a, b, ...) CR_OP(true, a, ==, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_neq(a, b, ...) CR_OP(true, a, !=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_gt(a, b, ...) CR_OP(true, a, >, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_geq(a, b, ...) CR_OP(true, a, >=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_lt(a, b, ...) CR_OP(true, a, <, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_leq(a, b, ...) CR_OP(true, a, <=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect(c, ...) CR_CHECK(false, c, #c __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_not(c, ...) \
    CR_CHECK(false, !(c), #c __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_eq(a, b, ...) CR_OP(false, a, ==, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_neq(a, b, ...) CR_OP(false, a, !=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_gt(a, b, ...) CR_OP(false, a, >, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_geq(a, b, ...) CR_OP(false, a, >=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_lt(a, b, ...) CR_OP(false, a, <, b __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_leq(a, b, ...) CR_OP(false, a, <=, b __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_null(a, ...) \
    CR_CHECK(true, !(a), #a __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_not_null(a, ...) \
    CR_CHECK(true, a, #a __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_null(a, ...) \
    CR_CHECK(false, !(a), #a __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_not_null(a, ...) \
    CR_CHECK(false, a, #a __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) \
    CR_CHECK(true, !strcmp(a, b), #a __VA_OPT__(,) __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) \
    CR_CHECK(false, !strcmp(a, b), #a __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_arr_eq(a, b, n, ...) \
    CR_CHECK(true, !memcmp(a, b, n), #a __VA_OPT__(,) __VA_ARGS__)
#define cr_assert_fail(...) CR_CHECK(true, false, "fail" __VA_OPT__(,) __VA_ARGS__)
#define cr_skip_test(...) _exit(77)

#endif
