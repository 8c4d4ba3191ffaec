/* SPDX-License-Identifier: MIT */
/* The system-call table and its dispatch, without a process around them. */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include <criterion/criterion.h>
#include <sys/utsname.h>

typedef struct Row {
    const char *name;
    int nr64, nr32;
} Row;

static const Row rows[] = {
#define S(name, nr64, nr32, how, ret, ...) {#name, nr64, nr32},
#include "syscall/syscall.def"
#undef S
};

static CPUX86State *env;

static void setup(void)
{
    env = tcg_env_alloc(sizeof(CPUX86State));
}

TestSuite(syscalls, .init = setup);

Test(syscalls, numbers_are_unique)
{
    int by64[1024], by32[1024];

    memset(by64, -1, sizeof(by64));
    memset(by32, -1, sizeof(by32));
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        int a = rows[i].nr64, b = rows[i].nr32;

        cr_assert(a < 1024 && b < 1024, "%s", rows[i].name);
        cr_assert(a >= 0 || b >= 0, "%s has no number", rows[i].name);
        if (a >= 0) {
            cr_expect(by64[a] < 0, "%s and another at %d", rows[i].name, a);
            by64[a] = i;
        }
        if (b >= 0) {
            cr_expect(by32[b] < 0, "%s and another at i386 %d", rows[i].name,
                      b);
            by32[b] = i;
        }
    }
    for (int n = 0; n <= 334; n++) {    /* no holes up to rseq */
        cr_expect(by64[n] >= 0, "x86-64 number %d has no row", n);
    }
}

Test(syscalls, unknown_numbers)
{
    static const uint64_t odd[] = {
        335, 423, 600, 1023, 1024, 4096, 0x40000000, 0xffffffff, ~0ull,
    };
    uint64_t a[6] = {0};

    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        cr_expect_eq(syscall_dispatch64(env, odd[i], a), -ENOSYS,
                     "number %" PRIu64, odd[i]);
    }
}

/* The kernel looks at EAX alone (entry_SYSCALL_64: movslq %eax). */
Test(syscalls, upper_half_of_rax_is_ignored)
{
    uint64_t a[6] = {0};

    cr_expect_eq(syscall_dispatch64(env, (1ull << 32) | 39, a), getpid());
}

Test(syscalls, passes_through)
{
    uint64_t none[6] = {0};
    uint64_t bad[6] = {1, 8, 16};
    int p[2];
    char c = 0;

    cr_expect_eq(syscall_dispatch64(env, 39, none), getpid());
    cr_expect_eq(syscall_dispatch64(env, 1, bad), -EFAULT);
    cr_assert_eq(pipe(p), 0);
    uint64_t w[6] = {p[1], (uintptr_t)"x", 1};
    uint64_t r[6] = {p[0], (uintptr_t)&c, 1};
    cr_expect_eq(syscall_dispatch64(env, 1, w), 1);
    cr_expect_eq(syscall_dispatch64(env, 0, r), 1);
    cr_expect_eq(c, 'x');
}

Test(syscalls, signal_in_front_of_a_wait)
{
    int p[2];
    char c;

    cr_assert_eq(pipe(p), 0);
    uint64_t r[6] = {p[0], (uintptr_t)&c, 1};
    tcg_request_exit(&env->h);      /* as a guest signal does */
    cr_expect_eq(syscall_dispatch64(env, 0, r), -QEMU_ERESTARTSYS);
}

Test(syscalls, truthful_refusals)
{
    uint64_t a[6] = {8, 0};

    cr_expect_eq(syscall_dispatch64(env, 425, a), -ENOSYS);  /* io_uring_setup */
    cr_expect_eq(syscall_dispatch64(env, 334, a), -ENOSYS);  /* rseq */
}

Test(syscalls, uname_is_x86)
{
    struct utsname u;
    uint64_t a[6] = {(uintptr_t)&u};

    process_options.uname_release = "6.1.99-test";
    cr_expect_eq(syscall_dispatch64(env, 63, a), 0);
    cr_expect_str_eq(u.machine, "x86_64");
    cr_expect_str_eq(u.release, "6.1.99-test");
}
