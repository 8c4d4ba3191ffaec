/* SPDX-License-Identifier: MIT */
/*
 * Signals as signal(7) and the x86-64 ABI have them: handlers, siginfo, fault
 * codes and addresses, alternate stacks, masks, restarts, queueing order,
 * contexts that a handler changes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf jb;
static siginfo_t last;
static ucontext_t last_uc;
static volatile int count, order[64], norder;

static void catch(int sig, siginfo_t *si, void *uc)
{
    last = *si;
    memcpy(&last_uc, uc, sizeof(last_uc));
    siglongjmp(jb, 1);
}

static void note(int sig, siginfo_t *si, void *uc)
{
    last = *si;
    order[norder++ % 64] = sig;
    count++;
}

static void install(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
    struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | flags };

    sigemptyset(&sa.sa_mask);
    if (sigaction(sig, &sa, NULL)) {
        perror("sigaction");
    }
}

#define FAULT(name, code) do {                                              \
        if (!sigsetjmp(jb, 1)) { code; printf("%s: no fault\n", name); }    \
        else printf("%s: sig %d code %d trap %lld err %llx\n", name,        \
                    last.si_signo, last.si_code,                            \
                    (long long)last_uc.uc_mcontext.gregs[REG_TRAPNO],       \
                    (long long)last_uc.uc_mcontext.gregs[REG_ERR]);         \
    } while (0)

static void faults(void)
{
    char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *rw = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile int zero = 0, sink, intmin = INT32_MIN, minus = -1;
    int fd = memfd_create("hole", 0);
    char *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    munmap(gone, 4096);
    ftruncate(fd, 4096);
    install(SIGSEGV, catch, 0);
    install(SIGBUS, catch, 0);
    install(SIGFPE, catch, 0);
    install(SIGILL, catch, 0);
    install(SIGTRAP, catch, 0);
    FAULT("read none", sink = *(volatile char *)none);
    printf(" addr %s\n", last.si_addr == none ? "ok" : "wrong");
    FAULT("write ro", *(volatile char *)(ro + 17) = 1);
    printf(" addr %s cr2 %s\n", last.si_addr == ro + 17 ? "ok" : "wrong",
           last_uc.uc_mcontext.gregs[REG_CR2] == (long)ro + 17 ? "ok" : "wrong");
    FAULT("read gone", sink = *(volatile char *)gone);
    FAULT("write gone", *(volatile char *)gone = 1);
    FAULT("null", sink = *(volatile char *)NULL);
    FAULT("noncanonical", sink = *(volatile char *)0x8000000000000000);
    printf(" addr %p\n", last.si_addr);
    FAULT("exec nx", ((void (*)(void))rw)());
    printf(" addr %s ip %s\n", last.si_addr == rw ? "ok" : "wrong",
           last_uc.uc_mcontext.gregs[REG_RIP] == (long)rw ? "ok" : "wrong");
    FAULT("exec gone", ((void (*)(void))gone)());
    FAULT("div zero", sink = 1 / zero);
    FAULT("div overflow", sink = intmin / minus);
    FAULT("ud2", asm volatile("ud2"));
    FAULT("int3", asm volatile("int3"));
    printf(" addr %p\n", last.si_addr);
    FAULT("hlt", asm volatile("hlt"));
    FAULT("int 0x20", asm volatile("int $0x20"));
    FAULT("movaps", asm volatile("movaps %%xmm0, (%0)" :: "r"(rw + 8) : "memory"));
    FAULT("bus", sink = hole[4096]);
    printf(" addr %s\n", last.si_addr == hole + 4096 ? "ok" : "wrong");
    {
        unsigned csr = 0x1f80 & ~0x200;
        volatile double d = 0;
        FAULT("sse div", asm volatile("ldmxcsr %0" :: "m"(csr)); d = 1 / d);
        csr = 0x1f80;
        asm volatile("ldmxcsr %0" :: "m"(csr));
    }
    {
        unsigned short cw = 0x37f & ~4;
        FAULT("x87 div", asm volatile("fldcw %0; fld1; fldz; fdivrp; fwait"
                                      :: "m"(cw)));
        asm volatile("fninit");
    }
    {   /* tf */
        FAULT("single step", asm volatile("pushf; orl $0x100,(%%rsp); popf; nop"
                                          ::: "memory", "cc"));
    }
    for (int sig = 1; sig < 32; sig++) {
        if (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL ||
            sig == SIGTRAP) {
            signal(sig, SIG_DFL);
        }
    }
}

/* The handler repairs the registers and the instruction goes on. */
static void repair(int sig, siginfo_t *si, void *p)
{
    ucontext_t *uc = p;

    uc->uc_mcontext.gregs[REG_RAX] = (long)&count;
    uc->uc_mcontext.fpregs->_xmm[3].element[0] = 0x1234567;
    count++;
}

static void contexts(void)
{
    long v = 0;
    unsigned x;

    install(SIGSEGV, repair, 0);
    count = 40;
    asm volatile("pxor %%xmm3,%%xmm3; xor %%eax,%%eax; stc; movl (%%rax),%%ecx;"
                 "sbb %%rdx,%%rdx; movd %%xmm3,%%ebx"
                 : "=c"(x), "=d"(v) :: "rax", "rbx", "xmm3", "memory");
    printf("repaired: %u carry %ld\n", x, v);
    asm volatile("pxor %%xmm3,%%xmm3; xor %%eax,%%eax; movl (%%rax),%%ecx;"
                 "movd %%xmm3,%%edx" : "=d"(x) :: "rax", "rcx", "xmm3");
    printf("xmm3: %x\n", x);
    signal(SIGSEGV, SIG_DFL);
}

/* ---- alternate stacks ---------------------------------------------------- */

static char *alt;
static volatile int on_alt;

static void alt_handler(int sig, siginfo_t *si, void *p)
{
    char here;
    stack_t ss;

    sigaltstack(NULL, &ss);
    on_alt = &here >= alt && &here < alt + 65536;
    printf("alt: on %d flags %d saved %d\n", on_alt, ss.ss_flags,
           ((ucontext_t *)p)->uc_stack.ss_flags);
    ss.ss_flags = SS_DISABLE;
    printf("alt: change %d %d\n", sigaltstack(&ss, NULL) ? errno : 0, EPERM);
}

static int deep(int n)
{
    volatile char pad[4096];

    pad[0] = n;
    return deep(n + 1) + pad[0];
}

static void altstacks(void)
{
    stack_t ss = { .ss_size = 65536 }, old;

    alt = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0);
    ss.ss_sp = alt;
    sigaltstack(&ss, NULL);
    sigaltstack(NULL, &old);
    printf("alt: %d %d\n", old.ss_sp == alt, old.ss_flags);
    install(SIGUSR1, alt_handler, SA_ONSTACK);
    raise(SIGUSR1);
    ss.ss_flags = 1u << 31;     /* SS_AUTODISARM */
    printf("alt: auto %d\n", sigaltstack(&ss, NULL));
    raise(SIGUSR1);
    sigaltstack(NULL, &old);
    printf("alt: after %x\n", old.ss_flags);
    ss.ss_size = 100;
    ss.ss_flags = 0;
    printf("alt: small %d\n", sigaltstack(&ss, NULL) ? errno : 0);
    ss.ss_size = 65536;
    sigaltstack(&ss, NULL);
    install(SIGSEGV, catch, SA_ONSTACK);
    if (!sigsetjmp(jb, 1)) {
        deep(0);
    } else {
        printf("overflow: sig %d\n", last.si_signo);
    }
    ss.ss_flags = SS_DISABLE;
    sigaltstack(&ss, NULL);
    signal(SIGSEGV, SIG_DFL);
}

/* ---- masks, order, restarts ---------------------------------------------- */

static void masks(void)
{
    sigset_t set, old;
    union sigval v;
    siginfo_t si;
    struct timespec ts = { 0, 0 };

    for (int s = SIGRTMIN; s <= SIGRTMIN + 3; s++) {
        install(s, note, 0);
    }
    install(SIGUSR1, note, 0);
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, &old);
    for (int i = 0; i < 3; i++) {
        for (int s = SIGRTMIN + 3; s >= SIGRTMIN; s--) {
            v.sival_int = i;
            sigqueue(getpid(), s, v);
        }
    }
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigpending(&set);
    printf("pending %d %d %d\n", sigismember(&set, SIGUSR1),
           sigismember(&set, SIGRTMIN), sigismember(&set, SIGUSR2));
    norder = count = 0;
    sigprocmask(SIG_SETMASK, &old, NULL);
    printf("delivered %d:", count);
    for (int i = 0; i < norder; i++) {
        printf(" %d", order[i]);
    }
    printf("\n");
    /* sigwait family */
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGSEGV);
    sigprocmask(SIG_BLOCK, &set, &old);
    v.sival_int = 77;
    sigqueue(getpid(), SIGUSR2, v);
    printf("sigwaitinfo %d", sigwaitinfo(&set, &si));
    printf(" code %d value %d\n", si.si_code, si.si_value.sival_int);
    printf("timed %d %d\n", sigtimedwait(&set, &si, &ts), errno == EAGAIN);
    kill(getpid(), SIGSEGV);
    sigpending(&set);
    printf("segv pending %d\n", sigismember(&set, SIGSEGV));
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    printf("segv waited %d\n", sigwaitinfo(&set, &si));
    sigprocmask(SIG_SETMASK, &old, NULL);
    /* sigsuspend */
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    kill(getpid(), SIGUSR1);
    count = 0;
    printf("suspend %d", sigsuspend(&old));
    printf(" %d count %d\n", errno == EINTR, count);
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("mask back %d\n", sigismember(&set, SIGUSR1));
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void restarts(void)
{
    int p[2];
    char c;
    struct pollfd pf;
    struct itimerval it = { { 0, 0 }, { 0, 30000 } };
    struct timespec ts = { 5, 0 }, rem;
    ssize_t n;

    pipe(p);
    install(SIGALRM, note, 0);
    setitimer(ITIMER_REAL, &it, NULL);
    n = read(p[0], &c, 1);
    printf("read: %zd %d\n", n, errno == EINTR);
    install(SIGALRM, note, SA_RESTART);
    setitimer(ITIMER_REAL, &it, NULL);
    if (fork() == 0) {
        usleep(100000);
        write(p[1], "x", 1);
        _exit(0);
    }
    n = read(p[0], &c, 1);
    printf("read restarted: %zd %c\n", n, c);
    wait(NULL);
    setitimer(ITIMER_REAL, &it, NULL);
    pf.fd = p[0];
    pf.events = POLLIN;
    n = poll(&pf, 1, 5000);
    printf("poll: %zd %d\n", n, errno == EINTR);
    setitimer(ITIMER_REAL, &it, NULL);
    n = nanosleep(&ts, &rem);
    printf("nanosleep: %zd %d rem %d\n", n, errno == EINTR, rem.tv_sec == 4);
    setitimer(ITIMER_REAL, &it, NULL);
    errno = 0;
    n = pause();
    printf("pause: %zd %d\n", n, errno == EINTR);
}

/* ---- signals nobody else may own ----------------------------------------- */

struct ksa { void *h; unsigned long flags; void *rest; unsigned long mask; };

static void reserved(void)
{
    for (int s = 32; s <= 34; s++) {
        struct ksa a = { (void *)SIG_IGN, 0, NULL, 0 }, old;
        long r = syscall(SYS_rt_sigaction, s, &a, &old, 8);
        long k = syscall(SYS_tgkill, getpid(), getpid(), s);
        printf("raw %d: %ld %ld\n", s, r, k);
    }
}

/* ---- deaths -------------------------------------------------------------- */

static void deaths(void)
{
    static const int sigs[] = { SIGTERM, SIGSEGV, SIGABRT, SIGKILL, SIGFPE,
                                SIGTRAP, 40 };

    for (unsigned i = 0; i < sizeof(sigs) / sizeof(*sigs); i++) {
        int st, pid = fork();
        if (pid == 0) {
            signal(sigs[i], SIG_DFL);
            raise(sigs[i]);
            _exit(1);
        }
        waitpid(pid, &st, 0);
        printf("death %d: %d %d\n", sigs[i], WIFSIGNALED(st), WTERMSIG(st));
    }
    /* a real fault that is blocked kills as well */
    int st, pid = fork();
    if (pid == 0) {
        sigset_t set;
        install(SIGSEGV, note, 0);
        sigfillset(&set);
        sigprocmask(SIG_SETMASK, &set, NULL);
        *(volatile int *)8 = 1;
        _exit(1);
    }
    waitpid(pid, &st, 0);
    printf("blocked fault: %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
    /* stop and continue; the child ends only when it has been seen to run */
    int go[2];
    char c;
    pipe(go);
    pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        read(go[0], &c, 1);
        _exit(3);
    }
    waitpid(pid, &st, WUNTRACED);
    printf("stopped: %d %d\n", WIFSTOPPED(st), WSTOPSIG(st));
    kill(pid, SIGCONT);
    waitpid(pid, &st, WCONTINUED);
    printf("continued: %d\n", WIFCONTINUED(st));
    write(go[1], "x", 1);
    waitpid(pid, &st, 0);
    printf("ended: %d\n", WEXITSTATUS(st));
    /* resethand */
    install(SIGUSR2, note, SA_RESETHAND);
    raise(SIGUSR2);
    struct sigaction sa;
    sigaction(SIGUSR2, NULL, &sa);
    printf("resethand: %d\n", sa.sa_handler == SIG_DFL);
    /* a bad frame */
    pid = fork();
    if (pid == 0) {
        asm volatile("mov $8,%rsp; mov $15,%eax; syscall");
        _exit(1);
    }
    waitpid(pid, &st, 0);
    printf("bad frame: %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
}

/* ---- many ---------------------------------------------------------------- */

static volatile int hits;
static volatile int stop;

static void hit(int sig)
{
    hits++;
}

static void *worker(void *p)
{
    unsigned long n = 0;
    volatile double d = 1;

    while (!stop) {
        n++;
        d = d * 1.0000001 + 1e-9;
        if (n % 1000 == 0) {
            getppid();
        }
    }
    return NULL;
}

static void storm(void)
{
    pthread_t th[4];
    int sent = 0;

    signal(SIGUSR1, hit);
    for (int i = 0; i < 4; i++) {
        pthread_create(&th[i], NULL, worker, NULL);
    }
    for (int i = 0; i < 2000; i++) {
        sent += pthread_kill(th[i % 4], SIGUSR1) == 0;
        if (i % 50 == 0) {
            usleep(200);
        }
    }
    stop = 1;
    for (int i = 0; i < 4; i++) {
        pthread_join(th[i], NULL);
    }
    printf("storm: %d %s\n", sent, hits > 0 && hits <= 2000 ? "ok" : "wrong");
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    faults();
    contexts();
    altstacks();
    masks();
    restarts();
    reserved();
    deaths();
    storm();
    return 0;
}
