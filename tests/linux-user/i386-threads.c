/* SPDX-License-Identifier: MIT */
/*
 * Threads of 32-bit programs: thread-local storage through GDT entries, robust
 * mutexes, cancellation, timed waits.
 * guest: i386
 * cflags: -O1 -pthread
 * timeout: 60
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <semaphore.h>
#include <time.h>
#include <errno.h>
#include <unistd.h>
static __thread int t;
static int tot;
pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int go;
static void *f(void *a)
{
    t = (int)a;
    pthread_mutex_lock(&m);
    while (!go)
        pthread_cond_wait(&c, &m);
    pthread_mutex_unlock(&m);
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&m);
        tot += t;
        pthread_mutex_unlock(&m);
    }
    return (void *)(t * 2);
}
static void *rob(void *a)
{
    pthread_mutex_lock(a);
    return 0;
}
static void *sl(void *a)
{
    for (;;)
        sleep(10);
}
int main()
{
    pthread_t th[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&th[i], 0, f, (void *)(i + 1));
    pthread_mutex_lock(&m);
    go = 1;
    pthread_cond_broadcast(&c);
    pthread_mutex_unlock(&m);
    int s = 0;
    for (int i = 0; i < 8; i++) {
        void *r;
        pthread_join(th[i], &r);
        s += (int)r;
    }
    printf("%d %d\n", tot, s);
    pthread_mutexattr_t ma;
    pthread_mutexattr_init(&ma);
    pthread_mutexattr_setrobust(&ma, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_t rm;
    pthread_mutex_init(&rm, &ma);
    pthread_create(&th[0], 0, rob, &rm);
    pthread_join(th[0], 0);
    printf("robust %d\n", pthread_mutex_lock(&rm) == EOWNERDEAD);
    pthread_create(&th[0], 0, sl, 0);
    usleep(10000);
    pthread_cancel(th[0]);
    void *r;
    pthread_join(th[0], &r);
    printf("cancel %d\n", r == PTHREAD_CANCELED);
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    ts.tv_nsec += 20000000;
    if (ts.tv_nsec >= 1000000000)
        ts.tv_sec++, ts.tv_nsec -= 1000000000;
    sem_t sm;
    sem_init(&sm, 0, 0);
    int e = sem_timedwait(&sm, &ts);
    printf("sem %d %d\n", e, errno == ETIMEDOUT);
    return 0;
}
