/* SPDX-License-Identifier: MIT */
/*
 * Signals of 32-bit programs: both frames, siginfo, contexts that are changed,
 * the alternate stack, floating-point state across handlers.
 * guest: i386
 * cflags: -O1 -lm
 * timeout: 60
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>
#include <ucontext.h>
#include <setjmp.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <errno.h>
#include <math.h>
static volatile int n;
static sigjmp_buf jb;
static volatile double acc;
static void h(int s)
{
    n++;
    acc = sqrt(acc + n);
}
static void hs(int s, siginfo_t *i, void *u)
{
    ucontext_t *c = u;
    printf("segv code %d addr %p trap %d err %d cr2 %x\n", i->si_code,
           i->si_addr, c->uc_mcontext.gregs[REG_TRAPNO],
           c->uc_mcontext.gregs[REG_ERR] & 2, (unsigned)c->uc_mcontext.cr2);
    siglongjmp(jb, 1);
}
static void hq(int s, siginfo_t *i, void *u)
{
    ucontext_t *c = u;
    printf("rt %d val %d code %d pid ok %d cs %x ss %x onstack %d\n", s,
           i->si_value.sival_int, i->si_code, i->si_pid == getpid(),
           c->uc_mcontext.gregs[REG_CS], c->uc_mcontext.gregs[REG_SS],
           (char *)&c > (char *)c->uc_stack.ss_sp &&
               (char *)&c < (char *)c->uc_stack.ss_sp + c->uc_stack.ss_size);
}
static void hf(int s, siginfo_t *i, void *u)
{
    ucontext_t *c = u;
    printf("fpe code %d\n", i->si_code);
    c->uc_mcontext.gregs[REG_EIP] += 2;
    c->uc_mcontext.gregs[REG_EAX] = 77;
}
int main()
{
    struct sigaction a = {0};
    a.sa_handler = h;
    sigaction(SIGALRM, &a, 0);
    signal(SIGUSR1, h);
    struct itimerval it = {{0, 3000}, {0, 3000}};
    setitimer(ITIMER_REAL, &it, 0);
    double x = 1;
    for (long i = 0; n < 10; i++) {
        x = x * 1.0000001 + 0.5;
        if (x > 1e10)
            x = 1;
    }
    memset(&it, 0, sizeof it);
    setitimer(ITIMER_REAL, &it, 0);
    raise(SIGUSR1);
    printf("n>=11 %d\n", n >= 11);
    a.sa_sigaction = hs;
    a.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &a, 0);
    if (!sigsetjmp(jb, 1))
        *(volatile int *)0x1234 = 1;
    if (!sigsetjmp(jb, 1))
        n = *(volatile int *)0x10000;
    static char st[65536];
    stack_t ss = {.ss_sp = st, .ss_size = sizeof st};
    sigaltstack(&ss, 0);
    a.sa_sigaction = hq;
    a.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGRTMIN + 1, &a, 0);
    union sigval v = {.sival_int = 42};
    sigqueue(getpid(), SIGRTMIN + 1, v);
    a.sa_sigaction = hf;
    a.sa_flags = SA_SIGINFO;
    sigaction(SIGFPE, &a, 0);
    int r;
    asm volatile("xorl %%edx,%%edx; movl $5,%%eax; xorl %%ecx,%%ecx; divl %%ecx"
                 : "=a"(r)::"ecx", "edx");
    printf("r %d\n", r);
    pid_t p = fork();
    if (!p) {
        pause();
        _exit(3);
    }
    usleep(20000);
    kill(p, SIGTERM);
    int s;
    waitpid(p, &s, 0);
    printf("sig %d\n", WTERMSIG(s));
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGUSR2);
    sigprocmask(SIG_BLOCK, &m, 0);
    kill(getpid(), SIGUSR2);
    siginfo_t si;
    struct timespec ts = {1, 0};
    printf("tw %d\n", sigtimedwait(&m, &si, &ts) == SIGUSR2);
    p = fork();
    if (!p)
        _exit(7);
    siginfo_t w = {0};
    waitid(P_PID, p, &w, WEXITED);
    printf("waitid %d %d\n", w.si_status, w.si_pid == p);
    return 0;
}
