/* SPDX-License-Identifier: MIT */
/*
 * What scripts/bench-system runs inside a guest and on the host: one workload
 * by name, its wall time in seconds on standard output.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Lists, a matrix of integers, a state machine and a checksum, as in CoreMark. */
typedef struct Node {
    struct Node *next;
    uint32_t v;
} Node;

static void integer_loop(void)
{
    static Node nodes[256];
    static int a[24][24], b[24][24], c[24][24];
    uint32_t crc = 0;

    for (int round = 0; round < 3000; round++) {
        for (int i = 0; i < 256; i++) {
            nodes[i].next = &nodes[(i * 77 + 1) & 255];
            nodes[i].v = i * 2654435761u + round;
        }
        Node *n = nodes;
        for (int i = 0; i < 2048; i++, n = n->next) {
            n->v = (n->v >> 3) ^ (n->v << 5);
            crc += n->v;
        }
        for (int i = 0; i < 24; i++) {
            for (int j = 0; j < 24; j++) {
                int s = 0;
                for (int k = 0; k < 24; k++) {
                    s += a[i][k] * b[k][j];
                }
                c[i][j] = s;
            }
        }
        a[round % 24][round % 23] += c[3][4] + 1;
        b[round % 23][round % 24] += crc & 15;
        for (int i = 0; i < 4000; i++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
            switch (crc & 7) {
            case 0: crc += 3; break;
            case 3: crc ^= i; break;
            case 5: crc -= 7; break;
            }
        }
    }
    fprintf(stderr, "%u\n", crc);
}

static void double_loop(void)
{
    double s = 0;

    for (int i = 1; i < 1500000; i++) {
        s += sin(i * 0.001) * sqrt(i) / (1 + exp(-i * 1e-6));
    }
    fprintf(stderr, "%.3f\n", s);
}

static void strings(void)
{
    char *p = malloc(1 << 20);
    volatile size_t n = 0;

    memset(p, 'a', 1 << 20);
    p[(1 << 20) - 1] = 0;
    for (int i = 0; i < 600; i++) {
        n += strlen(p);
        n += strchr(p, 'b') != NULL;
    }
    free(p);
}

static void getppids(void)
{
    for (int i = 0; i < 500000; i++) {
        syscall(SYS_getppid);
    }
}

static void faults(void)
{
    for (int i = 0; i < 4; i++) {
        size_t n = 64 << 20;
        char *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        madvise(p, n, MADV_NOHUGEPAGE);
        for (size_t at = 0; at < n; at += 4096) {
            p[at] = 1;
        }
        munmap(p, n);
    }
}

static void forks(void)
{
    for (int i = 0; i < 1000; i++) {
        pid_t pid = fork();

        if (pid == 0) {
            _exit(0);
        }
        waitpid(pid, NULL, 0);
    }
}

static void pings(void)
{
    int a[2], b[2];
    char c = 0;

    if (pipe(a) || pipe(b)) {
        exit(1);
    }
    if (fork() == 0) {
        for (int i = 0; i < 10000; i++) {
            if (read(a[0], &c, 1) != 1 || write(b[1], &c, 1) != 1) {
                _exit(1);
            }
        }
        _exit(0);
    }
    for (int i = 0; i < 10000; i++) {
        if (write(a[1], &c, 1) != 1 || read(b[0], &c, 1) != 1) {
            exit(1);
        }
    }
    wait(NULL);
}

static const struct {
    const char *name;
    void (*run)(void);
} works[] = {
    { "integer", integer_loop }, { "double", double_loop },
    { "strings", strings }, { "getppid", getppids }, { "faults", faults },
    { "forks", forks }, { "pings", pings },
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        if (argc == 2 && !strcmp(argv[1], works[i].name)) {
            double start = now();

            works[i].run();
            printf("%.6f\n", now() - start);
            return 0;
        }
    }
    fprintf(stderr, "guest: which of integer double strings getppid faults "
            "forks pings\n");
    return 2;
}
