/* SPDX-License-Identifier: MIT */
/*
 * Flags handed over returns, indirect calls and indirect jumps by code that
 * long ran hot without anybody reading them there: the first reader must get
 * them right, at every distance behind the call.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLEE(n) __asm__(".text; .balign 64; callee" #n ": cmp %rsi, %rdi; ret")
CALLEE(0); CALLEE(1); CALLEE(2); CALLEE(3); CALLEE(4); CALLEE(5);
extern char callee0[], callee1[], callee2[], callee3[], callee4[], callee5[];

/* The warm-up: called from here, nobody looks at the flags. */
__attribute__((noinline)) static uint64_t warm(void *f)
{
    uint64_t s = 0;

    for (long i = 0; i < 200000; i++) {
        __asm__ volatile("sub $128, %%rsp; call *%1; add $128, %%rsp; add $1, %0"
                         : "+r"(s) : "r"(f), "D"(i), "S"(7L) : "cc", "memory");
    }
    return s;
}

/* sub and add of rsp would spoil the flags: lea. */
#define AROUND(call, between, read) \
    "lea -128(%%rsp), %%rsp; " call "; " between read "; lea 128(%%rsp), %%rsp"
#define READER(name, call, between) \
    __attribute__((noinline)) static unsigned name(void *f, long a, long b) \
    { \
        unsigned char below, equal; \
        __asm__ volatile(AROUND(call, between, "setb %0; sete %1") \
                         : "=&q"(below), "=&q"(equal) \
                         : "r"(f), "D"(a), "S"(b) \
                         : "cc", "memory", "r8", "r9"); \
        return below * 2 + equal; \
    }

#define MOVS4 "mov %%rdi, %%r8; mov %%rsi, %%r9; lea 1(%%r8), %%r8; mov %%r8, %%r9; "
READER(at_once, "call callee0", "")
READER(indirect, "call *%2", "")
READER(later, "call callee2", MOVS4)
READER(far_behind, "call callee3", MOVS4 MOVS4 MOVS4 MOVS4 MOVS4 MOVS4)
READER(by_jump, "call 1f; jmp 2f; 1: jmp *%2; 2:", "")
READER(behind_jump, "call callee5", "jmp 3f; .balign 64; 3: ")

/* A computed jump whose target reads what the code before it compared. */
__attribute__((noinline)) static unsigned through_jump(long a, long b, int which)
{
    unsigned r;

    __asm__ volatile("lea 5f(%%rip), %%r8; lea 6f(%%rip), %%r9; test %3, %3;"
                     "cmovz %%r9, %%r8; cmp %2, %1; jmp *%%r8;"
                     "5: mov $0, %0; setb %b0; jmp 7f;"
                     "6: mov $100, %0; 7:"
                     : "=&q"(r) : "r"(a), "r"(b), "r"(which)
                     : "cc", "r8", "r9");
    return r;
}

int main(void)
{
    void *callees[] = {callee0, callee1, callee2, callee3, callee4, callee5};
    uint64_t s = 0;

    for (int i = 0; i < 6; i++)
        s += warm(callees[i]);
    for (int i = 0; i < 200000; i++)
        s += through_jump(i, 5, 0);
    printf("%lu\n", s);
    fflush(stdout);
    /* Each in a process of its own: the first reader is what counts. */
    for (int k = 0; k < 7; k++) {
        if (fork() == 0) {
            for (long i = 0; i < 3; i++)
                printf("%d: %u\n", k,
                       k == 0 ? at_once(callee0, i, 1)
                       : k == 1 ? indirect(callee1, i, 1)
                       : k == 2 ? later(callee2, i, 1)
                       : k == 3 ? far_behind(callee3, i, 1)
                       : k == 4 ? by_jump(callee4, i, 1)
                       : k == 5 ? behind_jump(callee5, i, 1)
                                : through_jump(i, 1, 1));
            fflush(stdout);
            _exit(0);
        }
        wait(NULL);
    }
    return 0;
}
