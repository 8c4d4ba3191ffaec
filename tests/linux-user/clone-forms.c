/* SPDX-License-Identifier: MIT */
/*
 * fork, vfork, clone and posix_spawn: memory, descriptors, handlers, thread
 * ids, stacks and exit statuses go where the flags say.
 * cflags: -O1 -pthread
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char stack[65536] __attribute__((aligned(16)));
static volatile int shared, ptid, ctid;

static int status(int pid)
{
    int st;

    if (waitpid(pid, &st, __WALL) != pid) {
        return -errno;
    }
    return WIFEXITED(st) ? WEXITSTATUS(st) : 1000 + WTERMSIG(st);
}

static void on_usr1(int sig)
{
    shared = 100 + sig;
}

static void forks(void)
{
    int pid = fork();

    shared = 0;
    if (pid == 0) {
        shared = 1;
        _exit(getppid() > 0 ? 3 : 4);
    }
    printf("fork %d %d\n", status(pid), shared);
    pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD,
                  0, &ptid, &ctid, 0);
    if (pid == 0) {
        _exit(ctid == getpid() && ptid == getpid() ? 7 : 8);
    }
    printf("tids %d %d %d\n", ptid == pid, ctid, status(pid));
    /* exit signals */
    pid = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (pid == 0) {
        _exit(9);
    }
    errno = 0;
    int r = waitpid(pid, NULL, 0);
    printf("no signal: %d %d", r, errno);
    printf(" %d\n", status(pid));
    signal(SIGUSR1, on_usr1);
    pid = syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0);
    if (pid == 0) {
        _exit(2);
    }
    printf("usr1 child %d", status(pid));
    printf(" %d\n", shared);
    /* shared file table without shared memory */
    int fd = -1;
    pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        close(0);
        _exit(0);
    }
    status(pid);
    fd = fcntl(0, F_GETFD);
    printf("files shared %d\n", fd);
    open("/dev/null", O_RDONLY);
    printf("bad flags %ld %d\n", syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0,
           0, 0, 0), errno);
    printf("bad flags %ld %d\n", syscall(SYS_clone, CLONE_THREAD | CLONE_VM,
           0, 0, 0, 0), errno);
}

static void vforks(void)
{
    shared = 0;
    int pid = vfork();
    if (pid == 0) {
        shared = 5;
        _exit(6);
    }
    printf("vfork shares %d %d\n", shared, status(pid));
    pid = vfork();
    if (pid == 0) {
        execl("/bin/echo", "echo", "from vfork", NULL);
        _exit(127);
    }
    printf("vfork exec %d\n", status(pid));
    pid = vfork();
    if (pid == 0) {
        execl("/no/such/file", "x", NULL);
        _exit(errno);
    }
    printf("vfork enoent %d\n", status(pid));
    pid = vfork();
    if (pid == 0) {
        raise(SIGKILL);
        _exit(1);
    }
    printf("vfork killed %d\n", status(pid));
    /* the child's handlers are its own */
    signal(SIGUSR1, on_usr1);
    pid = vfork();
    if (pid == 0) {
        struct sigaction sa = { .sa_handler = SIG_IGN };
        sigaction(SIGUSR1, &sa, NULL);
        raise(SIGUSR1);
        _exit(0);
    }
    shared = 0;
    printf("vfork handlers %d", status(pid));
    raise(SIGUSR1);
    printf(" %d\n", shared);
    /* nested */
    pid = vfork();
    if (pid == 0) {
        int p2 = vfork();
        if (p2 == 0) {
            shared = 77;
            _exit(1);
        }
        _exit(status(p2) + 1);
    }
    printf("nested %d %d\n", status(pid), shared);
    /* a child that computes, mallocs and maps */
    pid = vfork();
    if (pid == 0) {
        char *p = malloc(1 << 20);
        memset(p, 1, 1 << 20);
        int sum = 0;
        for (int i = 0; i < 1 << 20; i++) {
            sum += p[i];
        }
        free(p);
        shared = sum;
        _exit(0);
    }
    printf("busy %d %d\n", status(pid), shared);
}

static int clone_fn(void *arg)
{
    char here;

    shared = (&here >= stack && &here < stack + sizeof(stack)) ? 40 : 41;
    shared += *(int *)arg;
    return 12;
}

static int shared_fn(void *arg)
{
    char line[64];

    while (*(volatile int *)arg != 1) {
        usleep(1000);
    }
    snprintf(line, sizeof(line), "%d", 41 + *(int *)arg);
    shared = atoi(line);
    int pid = fork();
    if (pid == 0) {
        _exit(5);
    }
    return 10 + status(pid);
}

static void clones(void)
{
    int arg = 2;
    int pid = clone(clone_fn, stack + sizeof(stack), CLONE_VM | CLONE_VFORK |
                    SIGCHLD, &arg);

    printf("vm|vfork %d %d\n", status(pid), shared);
    pid = clone(clone_fn, stack + sizeof(stack), SIGCHLD, &arg);
    shared = 0;
    printf("stack only %d %d\n", status(pid), shared);
    pid = clone(clone_fn, stack + sizeof(stack), CLONE_VFORK | SIGCHLD, &arg);
    printf("vfork only %d\n", status(pid));
    /* two processes in one memory, both running */
    shared = 0;
    pid = clone(shared_fn, stack + sizeof(stack), CLONE_VM | SIGCHLD, &arg);
    while (shared < 1000) {
        shared++;
    }
    arg = 1;
    printf("vm %d", status(pid));
    printf(" %d\n", shared);
}

static void spawns(void)
{
    char *argv[] = { "sh", "-c", "echo spawned $X; exit 9", NULL };
    char *envp[] = { "X=env", NULL };
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    sigset_t set;
    pid_t pid;
    int r;

    r = posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, envp);
    printf("spawn %d %d\n", r, status(pid));
    r = posix_spawn(&pid, "/no/such", NULL, NULL, argv, envp);
    printf("spawn fails %d\n", r);
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&at);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP |
                             POSIX_SPAWN_SETSIGDEF);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    posix_spawnattr_setsigmask(&at, &set);
    posix_spawnattr_setsigdefault(&at, &set);
    r = posix_spawnp(&pid, "sh", &fa, &at, argv, environ);
    printf("spawnp %d %d\n", r, status(pid));
    printf("system %d\n", system("exit 3") >> 8);
    FILE *f = popen("echo piped", "r");
    char line[32] = "";
    fgets(line, sizeof(line), f);
    printf("popen %d %s", pclose(f), line);
}

/* ---- threads ------------------------------------------------------------- */

static __thread int tls = 5;
static pthread_barrier_t bar;

static void *thread(void *p)
{
    tls += (intptr_t)p;
    pthread_barrier_wait(&bar);
    return (void *)(intptr_t)(tls + (gettid() != getpid()) * 1000);
}

static void *forker(void *p)
{
    int pid = fork();

    if (pid == 0) {
        pthread_t th;
        void *r;
        pthread_barrier_init(&bar, NULL, 1);
        tls = 5;
        pthread_create(&th, NULL, thread, (void *)3);
        pthread_join(th, &r);
        exit((intptr_t)r == 1008 && gettid() == getpid() ? 21 : 22);
    }
    return (void *)(intptr_t)status(pid);
}

static void *leaver(void *p)
{
    usleep(50000);
    syscall(SYS_exit, 0);
    return NULL;
}

static void *robust(void *p)
{
    pthread_mutex_lock(p);
    return NULL;
}

static void threads(void)
{
    pthread_t th[6];
    pthread_mutexattr_t ma;
    pthread_mutex_t m;
    int sum = 0, pid;
    void *r;

    pthread_barrier_init(&bar, NULL, 6);
    for (intptr_t i = 0; i < 6; i++) {
        pthread_create(&th[i], NULL, thread, (void *)i);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(th[i], &r);
        sum += (intptr_t)r;
    }
    printf("threads %d\n", sum);
    pthread_create(&th[0], NULL, forker, NULL);
    pthread_join(th[0], &r);
    printf("fork in thread %ld\n", (long)r);
    for (int i = 0; i < 300; i++) {
        pthread_barrier_init(&bar, NULL, 1);
        if (pthread_create(&th[0], NULL, thread, (void *)1)) {
            printf("create failed at %d\n", i);
        }
        pthread_join(th[0], &r);
    }
    printf("many %ld\n", (long)r);
    pthread_mutexattr_init(&ma);
    pthread_mutexattr_setrobust(&ma, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&m, &ma);
    pthread_create(&th[0], NULL, robust, &m);
    pthread_join(th[0], NULL);
    printf("robust %d\n", pthread_mutex_lock(&m) == EOWNERDEAD);
    /* the main thread leaves first */
    pid = fork();
    if (pid == 0) {
        pthread_create(&th[0], NULL, leaver, NULL);
        syscall(SYS_exit, 33);
    }
    printf("main left %d\n", status(pid));
    pid = fork();
    if (pid == 0) {
        pthread_create(&th[0], NULL, leaver, NULL);
        pthread_exit(NULL);
    }
    printf("pthread_exit in main %d\n", status(pid));
    /* exec from a thread */
    pid = fork();
    if (pid == 0) {
        pthread_create(&th[0], NULL, (void *(*)(void *))system, "exec sleep 0");
        execl("/bin/sh", "sh", "-c", "exit 14", NULL);
    }
    printf("exec with threads %d\n", status(pid));
    pid = fork();
    if (pid == 0) {
        pthread_create(&th[0], NULL, leaver, NULL);
        exit(15);
    }
    printf("exit_group %d\n", status(pid));
}

/* A raw thread without any library: CLONE_CHILD_CLEARTID and its wake. */
static int raw_fn(void *arg)
{
    *(volatile int *)arg = gettid();
    return 0;
}

static void raw_thread(void)
{
    volatile int tid = 1, seen = 0;
    int r = clone(raw_fn, stack + sizeof(stack), CLONE_VM | CLONE_FS |
                  CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                  CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID |
                  CLONE_PARENT_SETTID, (void *)&seen, &ptid, NULL, &tid);

    for (int v; (v = tid) != 0; ) {
        syscall(SYS_futex, &tid, FUTEX_WAIT, v, NULL, NULL, 0);
    }
    printf("raw thread %d %d %d\n", r > 0, ptid == r, seen == r);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    forks();
    vforks();
    clones();
    spawns();
    threads();
    raw_thread();
    return 0;
}
