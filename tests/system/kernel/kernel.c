/* SPDX-License-Identifier: MIT */
/* Output, checks and expectations of the test kernels; see kernel.h. */
#include "kernel.h"

static unsigned nb_checks, nb_failed;

void *memset(void *p, int c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((char *)p)[i] = c;
    }
    return p;
}

void *memcpy(void *d, const void *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ((char *)d)[i] = ((const char *)s)[i];
    }
    return d;
}

/* ---- output and checks ---------------------------------------------------- */

void put_string(const char *s)
{
    for (; *s; s++) {
        outb(0xe9, *s);
    }
}

static void put_hex(uint64_t v)
{
    for (int i = sizeof(long) * 8 - 4; i >= 0; i -= 4) {
        outb(0xe9, "0123456789abcdef"[v >> i & 15]);
    }
}

void mask_irqs(void)
{
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
}

void report(const char *name, const char *what, uint64_t got, uint64_t want)
{
    nb_failed++;
    put_string("FAIL ");
    put_string(name);
    put_string(": ");
    put_string(what);
    put_string(" is ");
    put_hex(got);
    put_string(", not ");
    put_hex(want);
    put_string("\n");
}

void equal(const char *name, const char *what, uint64_t got, uint64_t want)
{
    nb_checks++;
    if (got != want) {
        report(name, what, got, want);
    }
}

void finish(void)
{
    char text[12];
    unsigned n = nb_checks, i = sizeof(text) - 1;

    text[i] = 0;
    do {
        text[--i] = '0' + n % 10;
        n /= 10;
    } while (n);
    put_string(nb_failed ? "FAILED, of " : "PASS ");
    put_string(text + i);
    put_string(" checks\n");
    outb(0xf4, nb_failed ? 1 : 0);
    for (;;) {
        __asm__ volatile("hlt");
    }
}

/* ---- code that traps -------------------------------------------------------- */

void traps(const char *name, void (*fn)(void), unsigned vector,
           unsigned long error)
{
    trap_vector = trap_error = 0xffff;
    equal(name, "trapped", try(fn), 1);
    equal(name, "vector", trap_vector, vector);
    equal(name, "error code", trap_error, error);
}

void fine(const char *name, void (*fn)(void))
{
    int trapped = try(fn);

    equal(name, "trapped", trapped, 0);
    if (trapped) {
        report(name, "vector", trap_vector, -1);
        report(name, "error code", trap_error, -1);
        report(name, "ip", trap_ip, 0);
    }
}

static void (*user_fn)(void);
static void go_user(void)
{
    enter_user(user_fn);
}

void user_traps(const char *name, void (*fn)(void), unsigned vector,
                unsigned long error)
{
    user_fn = fn;
    traps(name, go_user, vector, error);
    if (vector != 0x80) {
        equal(name, "cs", trap_cs & 0xffff, user_cs);
    }
}
