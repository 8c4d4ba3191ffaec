/* SPDX-License-Identifier: MIT */
/*
 * mmap, munmap, mprotect, mremap, brk, madvise, mincore, shm: results, errors
 * and contents as the kernel's, and /proc/self/maps agrees with them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define P 4096ul

static sigjmp_buf jb;

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    siglongjmp(jb, sig * 100 + si->si_code);
}

static int rd(const void *p)
{
    int r = sigsetjmp(jb, 1);
    return r ? -r : *(volatile const unsigned char *)p;
}

static int wr(void *p, int v)
{
    int r = sigsetjmp(jb, 1);
    if (r) {
        return -r;
    }
    *(volatile unsigned char *)p = v;
    return 0;
}

/* "rwxp" of the line that holds p, or "none". */
static const char *perms(const void *p)
{
    static char text[8];
    char line[512];
    FILE *f = fopen("/proc/self/maps", "r");

    strcpy(text, "none");
    while (fgets(line, sizeof(line), f)) {
        unsigned long a, b;
        char q[8];
        if (sscanf(line, "%lx-%lx %4s", &a, &b, q) == 3 &&
            (unsigned long)p >= a && (unsigned long)p < b) {
            strcpy(text, q);
            break;
        }
    }
    fclose(f);
    return text;
}

static void *anon(size_t pages, int prot)
{
    return mmap(NULL, pages * P, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#define E(expr) do { errno = 0; long r_ = (long)(expr);                       \
        printf("%s: %s%d\n", #expr, r_ == -1 ? "errno " : "ok ",              \
               r_ == -1 ? errno : 0); } while (0)

static void maps(void)
{
    char *a = anon(8, PROT_READ | PROT_WRITE), *b;

    memset(a, 7, 8 * P);
    E(mmap(a, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    E(mmap(a + 1, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    E(mmap(NULL, P, PROT_READ, MAP_PRIVATE, -1, 0));
    E(mmap(NULL, P, PROT_READ, MAP_ANONYMOUS, -1, 0));
    E(mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1));
    E(mmap(NULL, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    E(mmap((void *)(1ul << 62), P, PROT_READ,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    E(mmap(NULL, -1ul, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    E(mmap(a, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
           -1, 0));
    E(munmap(a + 1, P));
    E(munmap(a, 0));
    E(munmap((void *)(1ul << 62), P));
    E(munmap(a + 2 * P, P));
    E(munmap(a + 2 * P, P));
    printf("hole %d %s\n", rd(a + 2 * P), perms(a + 2 * P));
    printf("around %d %d\n", rd(a + P), rd(a + 3 * P));
    b = mmap(a + 2 * P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_FIXED_NOREPLACE, -1, 0);
    printf("filled %d %d\n", b == a + 2 * P, rd(b));
    b = mmap(a, 3 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_FIXED, -1, 0);
    printf("fixed %d %d %d\n", b == a, rd(a), rd(a + 3 * P));
    b = mmap(a, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("hint in use moves %d\n", b != a && b != MAP_FAILED);
    munmap(b, P);
    munmap(a, 8 * P);
    b = mmap(a, 8 * P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("hint free taken %d\n", b == a);
    munmap(b, 8 * P);
    for (int i = 0; i < 3; i++) {
        b = mmap(NULL, 16 * P, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        printf("32bit %d\n", b != MAP_FAILED && (uintptr_t)b < 1ul << 31);
    }
    E(mmap(NULL, 1ul << 31, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
           -1, 0));
    b = mmap((void *)0x10000000, P, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("low %p\n", b);
    E(mmap(NULL, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    b = mmap(NULL, 8 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_GROWSDOWN, -1, 0);
    printf("growsdown %d\n", b != MAP_FAILED);
}

static void protects(void)
{
    char *a = anon(6, PROT_READ | PROT_WRITE);

    memset(a, 9, 6 * P);
    E(mprotect(a + 1, P, PROT_READ));
    E(mprotect(a, P, 0x1000));
    E(mprotect(a, 0, PROT_READ));
    E(mprotect(a, -P, PROT_READ));
    E(mprotect(a + P, P, PROT_READ));
    printf("%s %s %s\n", perms(a), perms(a + P), perms(a + 2 * P));
    printf("%d %d %d\n", wr(a, 1), wr(a + P, 1), wr(a + 2 * P, 1));
    E(mprotect(a + P, P, PROT_NONE));
    printf("%d %s\n", rd(a + P), perms(a + P));
    E(mprotect(a + P, P, PROT_READ | PROT_WRITE));
    printf("%d\n", rd(a + P));
    munmap(a + 3 * P, P);
    E(mprotect(a, 6 * P, PROT_READ));
    printf("before hole %s after %s\n", perms(a + 2 * P), perms(a + 4 * P));
    E(mprotect(a, 2 * P, PROT_READ | PROT_WRITE | PROT_EXEC));
    printf("%s\n", perms(a));
    E(mprotect(a, P, PROT_WRITE));
    printf("write-only reads %d\n", rd(a));
    E(mprotect(a, P, PROT_EXEC));
    E(mprotect(a, P, PROT_READ | PROT_GROWSDOWN));
    E(mprotect(a, P, PROT_READ | PROT_GROWSDOWN | PROT_GROWSUP));
    munmap(a, 6 * P);
}

static void remaps(void)
{
    char *a = anon(4, PROT_READ | PROT_WRITE), *b, *c;

    for (int i = 0; i < 4; i++) {
        a[i * P] = i + 1;
    }
    b = mremap(a, 4 * P, 64 * P, MREMAP_MAYMOVE);
    printf("grown %d %d %d %d\n", rd(b), rd(b + 3 * P), rd(b + 4 * P),
           wr(b + 63 * P, 5));
    if (b != a) {
        printf("old %d\n", rd(a) == -1101);
    } else {
        printf("old 1\n");
    }
    b = mremap(b, 64 * P, 2 * P, 0);
    printf("shrunk %d %d\n", rd(b + P), rd(b + 2 * P));
    c = anon(4, PROT_NONE);
    a = mremap(b, 2 * P, 2 * P, MREMAP_MAYMOVE | MREMAP_FIXED, c + P);
    /* No access: a MAP_GROWSDOWN neighbour would grow into the hole. */
    unsigned char resident;
    int gone = mincore(b, P, &resident) == -1 && errno == ENOMEM;
    printf("moved %d %d %d %s\n", a == c + P, rd(a + P), rd(c), perms(c + 3 * P));
    printf("source gone %d\n", gone);
    E(mremap(a, 2 * P, 0, MREMAP_MAYMOVE));
    E(mremap(a + 1, P, P, 0));
    E(mremap(a, P, P, 64));
    E(mremap(a, P, P, MREMAP_FIXED, c));
    E(mremap(a, P, P, MREMAP_MAYMOVE | MREMAP_FIXED, a));
    E(mremap((void *)0x123450000000, P, 2 * P, MREMAP_MAYMOVE));
    E(mremap(a, 2 * P, 3 * P, 0));
    b = mremap(a, P, P, MREMAP_MAYMOVE | 4 /* DONTUNMAP */);
    printf("dontunmap %d %d %d\n", b != a, rd(b), rd(a));
    b = mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *b = 33;
    a = mremap(b, 0, P, MREMAP_MAYMOVE);
    printf("duplicated %d %d\n", rd(a), rd(b));
    *a = 34;
    printf("shared %d\n", rd(b));
}

static void brks(void)
{
    char *a = sbrk(0), *b;

    a = (char *)(((uintptr_t)a + P - 1) & -P);
    E(brk(a + 10 * P));
    printf("%d %d %s\n", wr(a + 9 * P, 3), rd(a + 9 * P), perms(a + 9 * P));
    E(brk(a + 2 * P));
    printf("%d\n", rd(a + 9 * P));
    E(brk(a + 10 * P));
    printf("zero again %d\n", rd(a + 9 * P));
    b = (char *)syscall(SYS_brk, 1);
    printf("bad brk keeps %d\n", b == a + 10 * P);
    b = (char *)syscall(SYS_brk, 0);
    printf("same %d\n", b == a + 10 * P);
    b = mmap(a + 20 * P, P, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_FIXED_NOREPLACE, -1, 0);
    printf("%d\n", b == a + 20 * P);
    b = (char *)syscall(SYS_brk, a + 30 * P);
    printf("blocked %d\n", b == a + 10 * P);
}

static void files(void)
{
    char name[] = "mm-XXXXXX";
    int fd = mkstemp(name), ro;
    char *a, *b;
    unsigned char vec[8];

    unlink(name);
    for (int i = 0; i < 3; i++) {
        char page[P];
        memset(page, 'a' + i, P);
        write(fd, page, P);
    }
    write(fd, "tail", 4);
    a = mmap(NULL, 5 * P, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    b = mmap(NULL, 2 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, P);
    printf("%c %c %c %d %d\n", rd(a), rd(a + 2 * P), rd(a + 3 * P),
           rd(a + 3 * P + 4), rd(a + 4 * P));
    printf("b %c %c\n", rd(b), rd(b + P));
    wr(a + P, 'S');
    printf("seen %c\n", rd(b));
    wr(b, 'V');
    printf("private %c %c\n", rd(a + P), rd(b));
    E(madvise(b, P, MADV_DONTNEED));
    printf("dropped %c\n", rd(b));
    E(msync(a, 4 * P, MS_SYNC));
    E(msync(a + 1, P, MS_SYNC));
    E(mincore(a, 4 * P, vec));
    ftruncate(fd, P);
    printf("truncated %d %d\n", rd(a), rd(a + P));
    ro = open("/proc/self/exe", O_RDONLY);
    E(mmap(NULL, P, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0));
    a = mmap(NULL, P, PROT_READ, MAP_SHARED, ro, 0);
    E(mprotect(a, P, PROT_READ | PROT_WRITE));
    printf("%d %d %d\n", rd(a), rd(a + 1), rd(a + 2));
    E(mmap(NULL, P, PROT_READ, MAP_PRIVATE, 1000, 0));
}

static void advise(void)
{
    char *a = anon(4, PROT_READ | PROT_WRITE);
    unsigned char vec[4];

    memset(a, 5, 4 * P);
    E(madvise(a, 2 * P, MADV_DONTNEED));
    printf("%d %d\n", rd(a), rd(a + 2 * P));
    E(madvise(a, P, 9999));
    E(madvise(a + 1, P, MADV_DONTNEED));
    E(madvise(a, 0, MADV_NORMAL));
    munmap(a + P, P);
    E(madvise(a, 4 * P, MADV_DONTNEED));
    printf("%d\n", rd(a + 3 * P));
    E(mincore(a, 4 * P, vec));
    E(mincore(a, P, vec));
    printf("resident %d\n", vec[0] & 1);
    E(mlock(a, P));
    E(munlock(a, P));
    E(mlock(a, 2 * P));
}

static void shm(void)
{
    int id = shmget(IPC_PRIVATE, 3 * P, IPC_CREAT | 0600);
    char *a, *b, *c;

    a = shmat(id, NULL, 0);
    b = shmat(id, NULL, SHM_RDONLY);
    *a = 11;
    printf("shm %d %s %s\n", rd(b), perms(a), perms(b));
    printf("ro %d\n", wr(b, 1));
    E(shmdt(a));
    printf("detached %d\n", rd(a));
    E(shmdt(a));
    c = anon(3, PROT_READ | PROT_WRITE);
    E(shmat(id, c, 0));
    a = shmat(id, c, SHM_REMAP);
    printf("remap %d %d\n", a == c, rd(c));
    E(shmdt(c));
    E(shmdt(b));
    shmctl(id, IPC_RMID, NULL);
    E(shmat(id, NULL, 0));
}

static void children(void)
{
    char *priv = anon(1, PROT_READ | PROT_WRITE);
    char *shared = mmap(NULL, P, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int st;

    if (fork() == 0) {
        *priv = *shared = 1;
        munmap(priv, P);
        _exit(rd(priv) == -1101 ? 5 : 6);
    }
    wait(&st);
    printf("fork %d %d %d\n", WEXITSTATUS(st), rd(priv), rd(shared));
}

static void exec_rights(void)
{
    unsigned char *a = anon(1, PROT_READ | PROT_WRITE);
    int (*fn)(void) = (void *)a;
    int r;

    memcpy(a, "\xb8\x2a\0\0\0\xc3", 6);
    r = sigsetjmp(jb, 1);
    printf("nx %d\n", r ? r : fn());
    mprotect(a, P, PROT_READ | PROT_EXEC);
    r = sigsetjmp(jb, 1);
    printf("x %d\n", r ? r : fn());
    mprotect(a, P, PROT_READ);
    r = sigsetjmp(jb, 1);
    printf("nx again %d\n", r ? r : fn());
    mprotect(a, P, PROT_READ | PROT_EXEC);
    r = sigsetjmp(jb, 1);
    printf("x %d\n", r ? r : fn());
    mprotect(a, P, PROT_READ | PROT_WRITE);
    r = sigsetjmp(jb, 1);
    printf("rw %d\n", r ? r : fn());
    mprotect(a, P, PROT_EXEC);
    r = sigsetjmp(jb, 1);
    printf("x only %d\n", r ? r : fn());
    munmap(a, P);
    r = sigsetjmp(jb, 1);
    printf("gone %d\n", r ? r : fn());
}

static void large(void)
{
    /* many small mappings, then holes in them */
    enum { N = 2000 };
    char *a = anon(N, PROT_READ | PROT_WRITE);
    unsigned long sum = 0;

    for (int i = 0; i < N; i += 2) {
        mprotect(a + i * P, P, PROT_READ);
    }
    for (int i = 1; i < N; i += 4) {
        munmap(a + i * P, P);
    }
    for (int i = 0; i < N; i++) {
        sum = sum * 31 + rd(a + i * P) + wr(a + i * P, 1);
    }
    printf("large %lx\n", sum);
    E(munmap(a, N * P));
    printf("reserve %d\n", mmap(NULL, 1ul << 40, PROT_NONE, MAP_PRIVATE |
           MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED);
}

int main(void)
{
    struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

    setvbuf(stdout, NULL, _IONBF, 0);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    maps();
    protects();
    remaps();
    brks();
    files();
    advise();
    shm();
    children();
    exec_rights();
    large();
    return 0;
}
