/* SPDX-License-Identifier: MIT */
/*
 * Code that is written and run: patched in place, by itself, across pages,
 * through system calls, by another thread, through a second mapping, W^X
 * flips, remapped, made by fault handlers, and behind a file's end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define P 4096ul
typedef int Fn(void);

/* mov $v, %eax; ret */
static void put(void *p, int v)
{
    unsigned char c[6] = { 0xb8, 0, 0, 0, 0, 0xc3 };

    memcpy(c + 1, &v, 4);
    memcpy(p, c, 6);
}

static unsigned char *code(size_t pages, int prot)
{
    return mmap(NULL, pages * P, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

static void in_place(void)
{
    unsigned char *a = code(2, RWX);
    long sum = 0;

    for (int i = 0; i < 2000; i++) {
        put(a, i);
        sum += ((Fn *)a)();
    }
    printf("in place %ld\n", sum);
    /* just the immediate */
    sum = 0;
    for (int i = 0; i < 2000; i++) {
        memcpy(a + 1, &i, 4);
        sum += ((Fn *)a)();
    }
    printf("immediate %ld\n", sum);
    /* across a page boundary */
    sum = 0;
    for (int i = 0; i < 500; i++) {
        put(a + P - 3, i);
        sum += ((Fn *)(a + P - 3))();
    }
    printf("crossing %ld\n", sum);
    /* a neighbour on the same page */
    put(a, 1);
    sum = 0;
    for (int i = 0; i < 500; i++) {
        a[2048] = i;
        sum += ((Fn *)a)() + a[2048];
    }
    printf("data beside %ld\n", sum);
}

static void self(void)
{
    /* mov byte [rip+n], 42: changes the next instruction's immediate
     *   c6 05 <rel32> 2a        movb $42, rel(%rip)
     *   b8 01 00 00 00          mov $1, %eax
     *   c3 */
    static const unsigned char img[] = {
        0xc6, 0x05, 1, 0, 0, 0, 0x2a, 0xb8, 1, 0, 0, 0, 0xc3,
    };
    unsigned char *a = code(1, RWX);

    memcpy(a, img, sizeof(img));
    printf("self %d", ((Fn *)a)());
    for (int i = 0; i < 3; i++) {
        a[8] = 1;
        a[6] = 50 + i;
        printf(" %d", ((Fn *)a)());
    }
    printf("\n");
    /* A loop that patches its own body:
     *   31 c0           xor %eax,%eax
     *   b9 0a 00 00 00  mov $10,%ecx
     * l:
     *   83 c0 01        add $1,%eax
     *   fe 05 fa ff ff ff   incb (l+2)
     *   ff c9           dec %ecx
     *   75 f3           jne l
     *   c3 */
    static const unsigned char loop[] = {
        0x31, 0xc0, 0xb9, 10, 0, 0, 0, 0x83, 0xc0, 1,
        0xfe, 0x05, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xc9, 0x75, 0xf3, 0xc3,
    };
    memcpy(a, loop, sizeof(loop));
    printf("loop %d", ((Fn *)a)());
    printf(" %d\n", ((Fn *)a)());
    /* rep movsb over what comes next:
     *   48 8d 35 .. lea src(%rip),%rsi ; 48 8d 3d lea dst(%rip),%rdi
     *   b9 05 00 00 00 mov $5,%ecx ; f3 a4 ; dst: b8 .. ; c3 ; src */
    static const unsigned char rep[] = {
        0x48, 0x8d, 0x35, 20, 0, 0, 0, 0x48, 0x8d, 0x3d, 7, 0, 0, 0,
        0xb9, 5, 0, 0, 0, 0xf3, 0xa4, 0xb8, 1, 0, 0, 0, 0xc3,
        0xb8, 77, 0, 0, 0,
    };
    memcpy(a, rep, sizeof(rep));
    printf("rep %d\n", ((Fn *)a)());
}

static void by_kernel(void)
{
    unsigned char *a = code(1, RWX), img[6];
    int p[2];
    long sum = 0;

    pipe(p);
    for (int i = 0; i < 200; i++) {
        put(img, i);
        write(p[1], img, 6);
        if (read(p[0], a, 6) != 6) {
            printf("read failed\n");
        }
        sum += ((Fn *)a)();
    }
    printf("read %ld\n", sum);
    sum = 0;
    for (int i = 0; i < 200; i++) {
        struct iovec v = { a, 6 };
        put(img, i);
        write(p[1], img, 6);
        readv(p[0], &v, 1);
        sum += ((Fn *)a)();
    }
    printf("readv %ld\n", sum);
}

static void flips(void)
{
    unsigned char *a = code(4, PROT_READ | PROT_WRITE);
    long sum = 0;

    for (int i = 0; i < 300; i++) {
        mprotect(a, 4 * P, PROT_READ | PROT_WRITE);
        put(a + (i & 3) * P, i);
        mprotect(a, 4 * P, PROT_READ | PROT_EXEC);
        for (int k = 0; k <= (i < 3 ? i : 3); k++) {
            sum = sum * 3 + ((Fn *)(a + k * P))();
        }
    }
    printf("flips %lx\n", sum);
}

static void twice(void)
{
    int fd = memfd_create("jit", 0);
    unsigned char *w, *x;
    long sum = 0;

    ftruncate(fd, P);
    w = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    x = mmap(NULL, P, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    for (int i = 0; i < 300; i++) {
        put(w, i);
        sum += ((Fn *)x)();
    }
    printf("double mapped %ld\n", sum);
}

static void remaps(void)
{
    unsigned char *a = code(1, RWX), *b = code(1, RWX), *c;
    int fd = memfd_create("x", 0);

    put(a, 1);
    put(b, 2);
    printf("remap %d %d", ((Fn *)a)(), ((Fn *)b)());
    c = mremap(b, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, a);
    printf(" %d", ((Fn *)a)());
    put(a, 3);
    printf(" %d", ((Fn *)a)());
    a = mmap(a, P, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    put(a, 4);
    printf(" %d", ((Fn *)a)());
    munmap(a, P);
    a = mmap(a, P, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    put(a, 5);
    printf(" %d", ((Fn *)a)());
    madvise(a, P, MADV_DONTNEED);
    put(a, 6);
    printf(" %d", ((Fn *)a)());
    unsigned char img[6];
    put(img, 7);
    pwrite(fd, img, 6, 0);
    mmap(a, P, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
    printf(" %d\n", ((Fn *)a)());
    (void)c;
}

/* ---- faults make code ---------------------------------------------------- */

static unsigned char *page;
static sigjmp_buf jb;

static void maker(int sig, siginfo_t *si, void *uc)
{
    unsigned char *at = (void *)((uintptr_t)si->si_addr & -P);

    if (at != page) {
        siglongjmp(jb, 1);
    }
    mmap(at, P, RWX, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    put(at, 99);
}

static void made_by_fault(void)
{
    struct sigaction sa = { .sa_sigaction = maker, .sa_flags = SA_SIGINFO };

    sigaction(SIGSEGV, &sa, NULL);
    for (int i = 0; i < 3; i++) {
        page = code(1, PROT_NONE);
        munmap(page, P);
        printf("made %d\n", ((Fn *)page)());
        munmap(page, P);
        page = NULL;
        if (!sigsetjmp(jb, 1)) {
            page = (void *)1;
            ((Fn *)(uintptr_t)0x12340000)();
        } else {
            printf("and gone\n");
        }
    }
    signal(SIGSEGV, SIG_DFL);
}

/* ---- threads ------------------------------------------------------------- */

static unsigned char *hot;
static volatile int stop;
static volatile long bad, runs;

static void *runner(void *p)
{
    while (!stop) {
        int v = ((Fn *)hot)();
        if (v < 0 || v > 3000) {
            __atomic_fetch_add(&bad, 1, __ATOMIC_RELAXED);
        }
        __atomic_fetch_add(&runs, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads(void)
{
    pthread_t th[2];
    int last = 0;

    hot = code(1, RWX);
    put(hot, 0);
    for (int i = 0; i < 2; i++) {
        pthread_create(&th[i], NULL, runner, NULL);
    }
    for (int i = 1; i <= 3000; i++) {
        __atomic_store_n((int *)(hot + 1), i, __ATOMIC_SEQ_CST);
        if (i % 100 == 0) {
            usleep(500);
        }
    }
    last = ((Fn *)hot)();
    stop = 1;
    for (int i = 0; i < 2; i++) {
        pthread_join(th[i], NULL);
    }
    printf("threads %d %ld %d\n", last, bad, runs > 0);
}

static void short_bus(int sig, siginfo_t *si, void *uc)
{
    printf("signal %d code %d at %d\n", sig, si->si_code,
           (int)((uintptr_t)si->si_addr % P));
    siglongjmp(jb, 1);
}

/* An instruction of which the file has only the start, then all. */
static void behind_end(void)
{
    struct sigaction sa = { .sa_sigaction = short_bus, .sa_flags = SA_SIGINFO };
    static const unsigned char img[] = { 0x90, 0x90, 0xb8, 42, 0, 0, 0, 0xc3 };
    char name[] = "/tmp/smcXXXXXX";
    int fd = mkstemp(name);
    unsigned char *a;

    unlink(name);
    if (ftruncate(fd, P) || pwrite(fd, img, 4, P - 4) != 4) {
        return;
    }
    a = mmap(NULL, 2 * P, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    sigaction(SIGBUS, &sa, NULL);
    for (int i = 0; i < 2; i++) {
        if (!sigsetjmp(jb, 1)) {
            printf("wrong %d\n", ((Fn *)(a + P - 4))());
        }
    }
    if (pwrite(fd, img + 4, 4, P) == 4) {
        printf("behind end %d\n", ((Fn *)(a + P - 4))());
    }
    signal(SIGBUS, SIG_DFL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    in_place();
    self();
    by_kernel();
    flips();
    twice();
    remaps();
    made_by_fault();
    behind_end();
    threads();
    return 0;
}
