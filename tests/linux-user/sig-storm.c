/* SPDX-License-Identifier: MIT */
/*
 * Timers at 1 kHz into SSE, x87 and string loops; SIGSEGV handlers that mend
 * the page and resume; siglongjmp out of timer handlers; an alternate stack
 * that overflows.  Results must not depend on where the signals hit.
 * cflags: -O2 -pthread -lm
 */
#define _GNU_SOURCE
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks, mended;
static volatile double sink;
static sigjmp_buf jb;
static char *area;
enum { PAGES = 300, BUF = 100000 };

static void tick(int sig)
{
    double x = ticks++;

    /* Use every kind of register the interrupted code might hold. */
    for (int i = 0; i < 20; i++)
        x = x * 1.000001 + sqrt(x + i);
    sink = x + sinl(x);
    __asm__ volatile("pxor %%xmm0, %%xmm0; pcmpeqd %%xmm7, %%xmm7; std; cld;"
                     "pxor %%xmm15, %%xmm15; xor %%eax, %%eax"
                     ::: "xmm0", "xmm7", "xmm15", "eax", "cc");
}

static void timer_us(int us)
{
    struct itimerval it = {{0, us}, {0, us}};

    setitimer(ITIMER_REAL, &it, NULL);
}

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    const unsigned char *b = p;

    while (n--)
        h = (h ^ *b++) * 1099511628211u;
    return h;
}

static uint64_t floats(void)
{
    double v[64], s = 0;
    float f[64];
    long double l = 0;

    for (int i = 0; i < 64; i++)
        v[i] = i * 0.37, f[i] = i * 1.25f;
    for (int r = 0; r < 2000; r++) {
        for (int i = 0; i < 64; i++) {
            v[i] = v[i] * 0.999 + f[(i * 7) & 63] * 0.01;
            f[i] = f[i] * 0.5f + (float)v[(i + 3) & 63];
        }
        l += 1.0L / (r + 1) + sqrtl(r);
        s += v[r & 63] + (double)(int)f[r & 63];
    }
    uint64_t h = mix(mix(14695981039346656037u, v, sizeof(v)), f, sizeof(f));
    return mix(mix(h, &s, sizeof(s)), &l, 10);
}

static uint64_t strings(char *a, char *b)
{
    size_t n = BUF, found;
    void *d = b, *s = a;
    int equal;

    for (int i = 0; i < BUF; i++)
        a[i] = (i * 31 + i / 7) % 251 + 1;
    a[BUF - 1] = 0;
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) :: "memory");
    uint64_t h = mix(14695981039346656037u, b, BUF) ^ n;
    d = b, s = a, n = BUF;
    __asm__ volatile("repe cmpsb; sete %b0"
                     : "=q"(equal), "+D"(d), "+S"(s), "+c"(n) :: "cc", "memory");
    h = h * 31 + (equal & 0xff) + n;
    d = b, found = BUF;
    __asm__ volatile("repne scasb" : "+D"(d), "+c"(found) : "a"(0) : "cc", "memory");
    h = h * 31 + found;
    d = b + BUF - 1, s = a + BUF - 2, n = BUF - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(d), "+S"(s), "+c"(n) :: "memory");
    h = mix(h, b, BUF);
    d = b, n = BUF / 8;
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(0x0123456789abcdefu) : "memory");
    return mix(h, b, BUF) + strlen(a) + strcspn(a, "\xff");
}

static void compute(void)
{
    char *a = malloc(BUF), *b = malloc(BUF);
    uint64_t want_f = floats(), want_s = strings(a, b);
    unsigned wrong = 0, rounds = 0;
    struct timespec t0, t;

    signal(SIGALRM, tick);
    timer_us(1000);
    clock_gettime(CLOCK_MONOTONIC, &t0);
    do {
        wrong += floats() != want_f;
        wrong += strings(a, b) != want_s;
        rounds++;
        clock_gettime(CLOCK_MONOTONIC, &t);
    } while (t.tv_sec - t0.tv_sec < 3);
    timer_us(0);
    printf("compute: %u wrong, ticks %s, rounds %s\n", wrong,
           ticks > 50 ? "ok" : "few", rounds > 3 ? "ok" : "few");
    printf("%016lx %016lx\n", want_f, want_s);
    free(a), free(b);
}

static void mend(int sig, siginfo_t *si, void *uc)
{
    char *p = (char *)((uintptr_t)si->si_addr & -4096);

    if (p < area || p >= area + PAGES * 4096)
        _exit(99);
    mended++;
    mprotect(p, 4096, PROT_READ | PROT_WRITE);
}

static void resume(void)
{
    struct sigaction sa = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
    uint64_t h = 14695981039346656037u;

    sigaction(SIGSEGV, &sa, NULL);
    area = mmap(NULL, PAGES * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    timer_us(1000);
    for (int i = 0; i < PAGES / 3; i++)     /* plain stores and updates */
        area[i * 4096 + 7] += i, *(uint64_t *)(area + i * 4096 + 4088) ^= i;
    for (int i = PAGES / 3; i < PAGES / 2; i++)     /* vector, crossing pages */
        __asm__ volatile("movd %0, %%xmm3; pshufd $0, %%xmm3, %%xmm3;"
                         "movups %%xmm3, (%1)"
                         :: "r"(i), "r"(area + i * 4096 - 8) : "xmm3", "memory");
    void *d = area + PAGES / 2 * 4096;
    size_t n = (PAGES - PAGES / 2) * 4096 / 4;
    __asm__ volatile("rep stosl" : "+D"(d), "+c"(n) : "a"(0x5a5aa5a5) : "memory");
    timer_us(0);
    h = mix(h, area, PAGES * 4096);
    printf("resume: %d mended, left %zu, %016lx\n", (int)mended, n, h);
    signal(SIGSEGV, SIG_DFL);
}

static void jump(int sig)
{
    siglongjmp(jb, 1);
}

static int spin(int depth)
{
    volatile char pad[64];

    if (depth == 0)
        for (volatile unsigned i = 0;; i++)
            pad[i & 63] = i;
    pad[0] = spin(depth - 1);
    return pad[0];
}

static void jumps(void)
{
    volatile int n = 0;

    signal(SIGALRM, jump);
    while (n < 300) {
        if (sigsetjmp(jb, 1) == 0) {
            struct itimerval it = {{0, 0}, {0, 1000}};
            setitimer(ITIMER_REAL, &it, NULL);
            spin(n % 40);
        }
        n++;
    }
    printf("jumps: %d\n", n);
}

static int eat(int n)
{
    volatile char b[1024];

    b[0] = n;
    return n ? eat(n - 1) + b[0] : b[0];
}

static void overflowing(int sig)
{
    printf("overflow: %d\n", eat(1 << 20));
}

static void overflow(void)
{
    int st;

    fflush(stdout);
    if (fork() == 0) {
        struct rlimit none = {0, 0};
        struct sigaction sa = {.sa_handler = overflowing, .sa_flags = SA_ONSTACK};
        char *m = mmap(NULL, 3 * 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        stack_t ss = {.ss_sp = m + 65536, .ss_size = 65536};
        setrlimit(RLIMIT_CORE, &none);
        mprotect(m + 65536, 65536, PROT_READ | PROT_WRITE);
        sigaltstack(&ss, NULL);
        sigaction(SIGUSR1, &sa, NULL);
        sigaction(SIGSEGV, &sa, NULL);
        raise(SIGUSR1);
        _exit(0);
    }
    wait(&st);
    printf("overflow: %s %d\n", WIFSIGNALED(st) ? "signal" : "exit",
           WIFSIGNALED(st) ? WTERMSIG(st) : WEXITSTATUS(st));
}

int main(void)
{
    compute();
    resume();
    jumps();
    overflow();
    return 0;
}
