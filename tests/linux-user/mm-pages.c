/* SPDX-License-Identifier: MIT */
/*
 * What 4 KiB pages of private memory must do whatever the host's page size:
 * pieces side by side with contents, rights and lives of their own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define P 4096ul
#define N 64

static int fd;
static sigjmp_buf jb;

static void on_fault(int sig)
{
    siglongjmp(jb, sig);
}

static char *map(void *at, size_t pages, int prot, int flags, int file,
                 off_t off)
{
    char *p = mmap(at, pages * P, prot, flags, file, off * P);

    if (p == MAP_FAILED) {
        printf("mmap: errno %d\n", errno);
        exit(1);
    }
    return p;
}

static void digest(const char *what, const char *p, size_t pages)
{
    printf("%s:", what);
    for (size_t i = 0; i < pages; i++) {
        unsigned h = 0;
        for (size_t j = 0; j < P; j++) {
            h = h * 31 + (unsigned char)p[i * P + j];
        }
        printf(" %x", h & 0xfff);
    }
    printf("\n");
}

static void make_file(void)
{
    static char page[P];

    fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < N; i++) {
        memset(page, i + 1, P);
        page[i] = 77;
        if (write(fd, page, P) != P) {
            exit(1);
        }
    }
}

/* A library's segments: the file over itself at odd distances, then bss. */
static void segments(void)
{
    char *a = map(NULL, 40, PROT_READ, MAP_PRIVATE, fd, 0);

    map(a + 7 * P, 9, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 6);
    map(a + 16 * P, 3, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 14);
    map(a + 19 * P, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 16);
    map(a + 24 * P, 16, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
    digest("segments", a, 40);
    memset(a + 20 * P, 9, 2 * P);
    memset(a + 25 * P + 10, 8, P);
    mprotect(a + 19 * P, P, PROT_READ);
    a[23 * P] = 3;
    digest("written", a, 40);
    munmap(a + 10 * P, 3 * P);
    map(a + 11 * P, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED |
        MAP_ANONYMOUS, -1, 0);
    digest("hole filled", a + 11 * P, 1);
    a[11 * P] = 1;
    digest("around", a + 3 * P, 7);
    digest("around", a + 13 * P, 27);
    munmap(a, 40 * P);
}

static void pieces(void)
{
    char *a = map(NULL, N, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    unsigned seed = 1;

    memset(a, 1, N * P);
    for (int i = 0; i < 300; i++) {
        unsigned at, n;
        seed = seed * 1103515245 + 12345;
        at = seed >> 16 & 63, n = 1 + (seed >> 24) % (N - at);
        switch (seed >> 8 & 3) {
        case 0:
            map(a + at * P, n, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
            break;
        case 1:
            map(a + at * P, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED,
                fd, (seed >> 10) % (N - n + 1));
            break;
        case 2:
            memset(a + at * P, i, n * P);
            break;
        case 3:
            munmap(a + at * P, n * P);
            map(a + at * P, n, PROT_READ, MAP_PRIVATE | MAP_FIXED |
                MAP_ANONYMOUS, -1, 0);
            mprotect(a + at * P, n * P, PROT_READ | PROT_WRITE);
            break;
        }
        if (i % 60 == 0) {
            digest("pieces", a, N);
        }
    }
    digest("pieces", a, N);
    if (fork() == 0) {
        memset(a + 5 * P, 0, P);
        digest("child", a, 8);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    digest("parent", a, 8);
    munmap(a, N * P);
}

static void moves(void)
{
    char *a = map(NULL, 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0), *b;

    for (int i = 0; i < 20; i++) {
        memset(a + i * P, i + 1, P);
    }
    b = mremap(a + 3 * P, 5 * P, 9 * P, MREMAP_MAYMOVE);
    digest("moved", b, 9);
    b = mremap(b, 9 * P, 2 * P, 0);
    digest("shrunk", b, 2);
    digest("left", a, 3);
    digest("left", a + 8 * P, 12);
    b = map(NULL, 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    b = mremap(a + 9 * P, 7 * P, 7 * P, MREMAP_MAYMOVE | MREMAP_FIXED,
               b + 5 * P);
    digest("fixed", b, 7);
    printf("none: %d\n", mprotect(a + 10 * P, P, PROT_READ));
    b[P] = 5;
    printf("advice %d\n", madvise(b + P, 3 * P, MADV_DONTNEED));
    digest("dropped", b, 7);
}

static void heap(void)
{
    char *a = sbrk(0);
    size_t used = ((unsigned long)a + P - 1) / P * P - (unsigned long)a;

    brk(a + used + 3 * P);
    memset(a + used, 6, 3 * P);
    brk(a + used + P);
    brk(a + used + 5 * P);
    digest("heap", a + used, 5);
    brk(a);
}

static void shared(void)
{
    char *a = map(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 5), buf[8];
    char *b = map(NULL, 3, PROT_READ, MAP_SHARED, fd, 6);
    unsigned char vec[4];

    memcpy(a + P, "shared!", 8);
    pread(fd, buf, 8, 6 * P);
    printf("file %s other %s\n", buf, b);
    printf("msync %d mincore %d %d\n", msync(a + P, P, MS_SYNC),
           mincore(a, 4 * P, vec), vec[1] & 1);
    munmap(a + P, P);
    memcpy(a + 2 * P, "again", 6);
    printf("%s\n", b + P);
    munmap(a, 4 * P);
    a = map(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fork() == 0) {
        a[2 * P] = 4;
        _exit(0);
    }
    wait(NULL);
    printf("anonymous %d\n", a[2 * P]);
}

/* Rights of a page alone between unmapped ones are exact. */
static void rights(void)
{
    char *a = map(NULL, 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0);
    char *mid = (char *)(((unsigned long)a + 0x1ffff) & ~0xfffful);

    mprotect(mid, 16 * P, PROT_READ);
    signal(SIGSEGV, on_fault);
    if (!sigsetjmp(jb, 1)) {
        mid[5 * P] = 1;
        printf("wrote\n");
    } else {
        printf("refused\n");
    }
    /* The kernel's view of the guest's rights is exact in any case. */
    mprotect(mid + P, P, PROT_READ | PROT_WRITE);
    printf("read into %zd %zd\n", pread(fd, mid + P, 100, 0),
           pread(fd, mid + 17 * P, 100, 0));
    signal(SIGSEGV, SIG_DFL);
}

int main(void)
{
    make_file();
    segments();
    pieces();
    moves();
    heap();
    shared();
    rights();
    return 0;
}
