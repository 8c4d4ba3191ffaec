/* SPDX-License-Identifier: MIT */
/*
 * x87 and SSE control state across exceptions, signals, fork and threads:
 * SIGFPE with its codes and frames, handlers that mend the frame, registers
 * that survive, defaults that handlers start with.
 * cflags: -O1 -pthread -lm
 */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

static sigjmp_buf out;
static volatile int code;
static volatile unsigned seen_cw, seen_sw, seen_csr, in_cw, in_sw, in_csr;
static volatile int frame_ok;

static unsigned get_cw(void)
{
    uint16_t v;
    __asm__ volatile("fnstcw %0" : "=m"(v));
    return v;
}

static unsigned get_sw(void)
{
    uint16_t v;
    __asm__ volatile("fnstsw %0" : "=m"(v));
    return v;
}

static unsigned get_csr(void)
{
    uint32_t v;
    __asm__ volatile("stmxcsr %0" : "=m"(v));
    return v;
}

static void check_frame(const struct _libc_fpstate *fp)
{
    const uint32_t *sw = (const uint32_t *)((const char *)fp + 464);
    uint32_t magic2;
    uint64_t bv;

    if (sw[0] != 0x46505853) {
        return;
    }
    memcpy(&magic2, (const char *)fp + sw[4], 4);
    memcpy(&bv, (const char *)fp + 512, 8);
    frame_ok = magic2 == 0x46505845 && sw[1] == sw[4] + 4 &&
               ((uintptr_t)fp & 63) == 0 && (sw[2] & 3) == 3 && !(bv >> 32);
}

static void note(siginfo_t *si, ucontext_t *uc)
{
    struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;

    in_cw = get_cw();
    in_sw = get_sw();
    in_csr = get_csr();
    code = si->si_code;
    seen_cw = fp->cwd;
    seen_sw = fp->swd;
    seen_csr = fp->mxcsr;
    check_frame(fp);
}

static void on_fpe_jump(int sig, siginfo_t *si, void *uc)
{
    note(si, uc);
    siglongjmp(out, 1);
}

/* Masks everything and clears the flags in the frame, so that the instruction
 * goes through when it is run again. */
static void on_fpe_mend(int sig, siginfo_t *si, void *ctx)
{
    ucontext_t *uc = ctx;

    note(si, uc);
    uc->uc_mcontext.fpregs->cwd |= 0x3f;
    uc->uc_mcontext.fpregs->swd &= ~0x80ff;
    uc->uc_mcontext.fpregs->mxcsr |= 0x1f80;
}

static void handle(int sig, void (*f)(int, siginfo_t *, void *))
{
    struct sigaction sa = { .sa_sigaction = f, .sa_flags = SA_SIGINFO };

    sigaction(sig, &sa, NULL);
}

static void report(const char *what)
{
    printf("%s: code %d cw %04x sw %04x mxcsr %04x; in handler %04x %04x %04x;"
           " frame %d\n", what, code, seen_cw, seen_sw & 0x3fff & ~0x4700,
           seen_csr, in_cw, in_sw, in_csr, frame_ok);
    code = 0;
}

static volatile long double one = 1, zero, huge_ld = 0x1p16383L, nan_ld;

static void x87_exceptions(void)
{
    static const struct { int bit; const char *name; } kinds[] = {
        { FE_INVALID, "x87 invalid" }, { FE_DIVBYZERO, "x87 divide" },
        { FE_OVERFLOW, "x87 overflow" }, { FE_INEXACT, "x87 inexact" },
    };
    volatile long double r = 0;

    handle(SIGFPE, on_fpe_jump);
    for (unsigned i = 0; i < 4; i++) {
        fesetenv(FE_DFL_ENV);
        uint16_t cw = 0x37f & ~kinds[i].bit;
        if (sigsetjmp(out, 1) == 0) {
            __asm__ volatile("fldcw %0" : : "m"(cw));
            r = i == 0 ? zero / zero : i == 1 ? one / zero :
                i == 2 ? huge_ld * huge_ld : one / 3;
            __asm__ volatile("fwait");
            printf("no exception\n");
        }
        __asm__ volatile("fninit");
        report(kinds[i].name);
    }
    (void)r;
}

static void x87_mended(void)
{
    uint16_t cw = 0x37b;
    long double r;

    handle(SIGFPE, on_fpe_mend);
    /* The divide stops with its operands in place; the waiting store traps and
     * after the frame is mended stores the dividend. */
    __asm__ volatile("fninit\n\tfldcw %1\n\tfldz\n\tfld1\n\tfdiv %%st(1)\n\t"
                     "fwait\n\tfstp %%st(1)"
                     : "=t"(r) : "m"(cw));
    printf("mended: %.5Lg cw %04x sw %04x\n", r, get_cw(), get_sw() & 0x38ff);
    report("x87 mended");
    __asm__ volatile("fninit");
}

static void sse_mended(void)
{
    volatile double a = 1, b = 0;
    uint32_t csr = 0x1f80 & ~0x200;

    __asm__ volatile("ldmxcsr %0" : : "m"(csr));
    a = a / b;
    printf("sse mended: %g mxcsr %04x\n", a, get_csr());
    report("sse divide");
    fesetenv(FE_DFL_ENV);
}

static void on_usr1(int sig, siginfo_t *si, void *uc)
{
    note(si, uc);
    /* Spoil everything. */
    __asm__ volatile("fninit\n\tfldl2e\n\tfldlg2\n\tfld1\n\tfldz"
                     : : : "memory");
    uint16_t cw = 0xc7f;
    uint32_t csr = 0x7f80;
    __asm__ volatile("fldcw %0\n\tldmxcsr %1\n\tpxor %%xmm1, %%xmm1\n\t"
                     "pcmpeqd %%xmm5, %%xmm5" : : "m"(cw), "m"(csr)
                     : "xmm1", "xmm5");
}

static void registers_survive(void)
{
    long pid = getpid(), nr = SYS_kill, r = nr;
    double x[2] = { 1.5, -2.5 }, y[2] = { 0 };
    long double st0, st1;
    uint16_t cw = 0x77f;
    uint32_t csr = 0x3f80;

    handle(SIGUSR1, on_usr1);
    __asm__ volatile("fldcw %[cw]\n\tldmxcsr %[csr]\n\tmovupd %[x], %%xmm5\n\t"
                     "fldpi\n\tfld1\n\tsyscall\n\tmovupd %%xmm5, %[y]\n\t"
                     "fstpt %[st0]\n\tfstpt %[st1]"
                     : "+a"(r), [y] "=m"(y), [st0] "=m"(st0), [st1] "=m"(st1)
                     : "D"(pid), "S"((long)SIGUSR1), [cw] "m"(cw),
                       [csr] "m"(csr), [x] "m"(x)
                     : "rcx", "r11", "memory", "xmm5");
    printf("survive: %ld %.12Lf %.12Lf %g %g cw %04x mxcsr %04x\n", r, st0, st1,
           y[0], y[1], get_cw(), get_csr());
    report("usr1");
    fesetenv(FE_DFL_ENV);
}

static void over_fork(void)
{
    long nr = SYS_fork;
    long double st0;
    int status;

    fesetround(FE_DOWNWARD);
    fflush(stdout);
    __asm__ volatile("fldl2t\n\tsyscall\n\tfstpt %1"
                     : "+a"(nr), "=m"(st0) : : "rcx", "r11", "memory");
    if (nr == 0) {
        printf("child: %.18Lf round %x cw %04x mxcsr %04x\n", st0, fegetround(),
               get_cw(), get_csr());
        fflush(stdout);
        _exit(0);
    }
    waitpid(nr, &status, 0);
    printf("parent: %.18Lf round %x status %d\n", st0, fegetround(), status);
}

static void *thread(void *arg)
{
    printf("thread: round %x cw %04x mxcsr %04x\n", fegetround(), get_cw(),
           get_csr());
    fesetround(FE_UPWARD);
    return NULL;
}

static void over_threads(void)
{
    pthread_t t;

    fesetround(FE_TOWARDZERO);
    pthread_create(&t, NULL, thread, NULL);
    pthread_join(t, NULL);
    printf("after thread: round %x\n", fegetround());
    fesetround(FE_TONEAREST);
}

static void environments(void)
{
    struct { uint16_t w[54]; } save;
    uint8_t fx[512] __attribute__((aligned(16)));
    fenv_t env;

    __asm__ volatile("fninit\n\tfld1\n\tfldz\n\tfldpi\n\tfnsave %0"
                     : "=m"(save));
    printf("fnsave: %04x %04x %04x then %04x\n", save.w[0], save.w[2],
           save.w[4], get_sw());
    save.w[0] = 0x77f;
    __asm__ volatile("frstor %1\n\tfxsave %0\n\tfninit" : "=m"(fx) : "m"(save));
    printf("fxsave: cw %02x%02x sw %02x%02x tags %02x st0 %02x%02x\n", fx[1],
           fx[0], fx[3], fx[2], fx[4], fx[41], fx[40]);
    feraiseexcept(FE_INEXACT | FE_OVERFLOW);
    fegetenv(&env);
    feclearexcept(FE_ALL_EXCEPT);
    fesetenv(&env);
    printf("flags %x\n", fetestexcept(FE_ALL_EXCEPT));
    feholdexcept(&env);
    printf("held %x\n", fetestexcept(FE_ALL_EXCEPT));
    fesetenv(FE_DFL_ENV);
}

static void functions(void)
{
    volatile long double x = 0.7L, y = 3.1L;
    long double s, c;

    __asm__("fsincos" : "=t"(c), "=u"(s) : "0"(x));
    printf("%.17Lg %.17Lg %.17Lg %.17Lg %.17Lg %.17Lg %.17Lg\n", s, c, expl(x),
           logl(y), powl(x, y), atan2l(y, x), fmodl(y, x));
    printf("%.17Lg %.17Lg %ld %.17Lg\n", cbrtl(y), sqrtl(y), lrintl(y * 7),
           rintl(-2.5L));
}

int main(void)
{
    printf("start: cw %04x sw %04x mxcsr %04x\n", get_cw(), get_sw(),
           get_csr());
    x87_exceptions();
    x87_mended();
    sse_mended();
    registers_survive();
    over_fork();
    over_threads();
    environments();
    functions();
    return 0;
}
