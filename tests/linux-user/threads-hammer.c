/* SPDX-License-Identifier: MIT */
/*
 * Eight threads hammer atomics, mutexes, condition variables, semaphores and
 * rwlocks for the given seconds; every invariant is checked at the end.
 * args: 10
 * expect: emulated-only
 * cflags: -O2 -pthread -mcx16
 * timeout: 60
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { N = 8 };
static atomic_int stop;
static _Atomic uint64_t added, xored, casn;
static _Atomic uint8_t byte_sum;
static uint64_t bitmap[N] __attribute__((aligned(64)));
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t turn_mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_cv = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t sem;
static uint64_t plain, spun, ring[16], turns;
static unsigned turn;
static uint64_t rw_a, rw_b;
static __int128 wide __attribute__((aligned(16)));
static __thread uint64_t tls_count;
static int failures;

static struct { uint64_t adds, plain, spun, turns, wide, rw, sem; } per[N];

/* Message passing through plain stores ordered by the x86 memory model. */
static volatile uint64_t mp_data[N][8], mp_flag[N][8];

static void add_wide(void)
{
    __int128 old = wide, new;
    for (;;) {
        new = old + (((__int128)1 << 64) | 1);
        __int128 was = __sync_val_compare_and_swap(&wide, old, new);
        if (was == old)
            break;
        old = was;
    }
}

static void *hammer(void *arg)
{
    unsigned id = (uintptr_t)arg, peer = (id + 1) % N;
    uint64_t seen = 0, x = id * 88172645463325252u + 1;

    for (uint64_t i = 0; !atomic_load(&stop); i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        atomic_fetch_add(&added, 3);
        atomic_fetch_xor(&xored, x), atomic_fetch_xor(&xored, x);
        byte_sum++;
        uint64_t c = atomic_load(&casn);
        while (!atomic_compare_exchange_weak(&casn, &c, c + 1))
            ;
        __asm__ volatile("lock btsq %1, %0; lock btrq %1, %0"
                         : "+m"(bitmap[peer]) : "r"((uint64_t)id) : "cc");
        per[id].adds++, tls_count++;
        if (i % 4 == 0) {
            pthread_mutex_lock(&mu);
            plain++, ring[x & 15]++;
            pthread_mutex_unlock(&mu);
            per[id].plain++;
        }
        if (i % 8 == 1) {
            pthread_spin_lock(&spin);
            spun++;
            pthread_spin_unlock(&spin);
            per[id].spun++;
        }
        if (i % 16 == 3) {
            add_wide(), per[id].wide++;
        }
        if (i % 32 == 5) {
            if (x & 7) {
                pthread_rwlock_rdlock(&rw);
                if (rw_a != rw_b)
                    failures++;
            } else {
                pthread_rwlock_wrlock(&rw);
                rw_a++, rw_b++, per[id].rw++;
            }
            pthread_rwlock_unlock(&rw);
        }
        if (i % 64 == 7) {
            sem_wait(&sem), per[id].sem++, sem_post(&sem);
        }
        mp_data[id][0] = i, mp_flag[id][0] = i;
        uint64_t f = mp_flag[peer][0], d = mp_data[peer][0];
        if (d < f || f < seen)
            failures++;
        seen = f;
        if (i % 256 == 9) {
            struct timespec ts;
            clock_gettime(CLOCK_REALTIME, &ts);
            ts.tv_nsec += 1000000;
            if (ts.tv_nsec >= 1000000000)
                ts.tv_sec++, ts.tv_nsec -= 1000000000;
            pthread_mutex_lock(&turn_mu);
            if (turn != id)
                pthread_cond_timedwait(&turn_cv, &turn_mu, &ts);
            if (turn == id) {
                turn = (turn + 1) % N, turns++, per[id].turns++;
                pthread_cond_broadcast(&turn_cv);
            }
            pthread_mutex_unlock(&turn_mu);
        }
    }
    if (tls_count != per[id].adds)
        failures++;
    return (void *)(uintptr_t)(id * 3);
}

static void check(const char *what, uint64_t got, uint64_t want)
{
    printf("%s %s\n", what, got == want && want ? "ok" : "WRONG");
    if (got != want)
        fprintf(stderr, "%s: %lu, want %lu\n", what, got, want);
}

int main(int argc, char **argv)
{
    pthread_t t[N];
    uint64_t a = 0, p = 0, s = 0, tu = 0, w = 0, r = 0, rings = 0, sum = 0;

    pthread_spin_init(&spin, 0);
    sem_init(&sem, 0, 2);
    for (uintptr_t i = 0; i < N; i++)
        pthread_create(&t[i], NULL, hammer, (void *)i);
    struct timespec ts = {.tv_sec = atoi(argv[1])};
    nanosleep(&ts, NULL);
    atomic_store(&stop, 1);
    for (int i = 0; i < N; i++) {
        void *ret;
        pthread_join(t[i], &ret);
        sum += (uintptr_t)ret;
        a += per[i].adds, p += per[i].plain, s += per[i].spun;
        tu += per[i].turns, w += per[i].wide, r += per[i].rw;
    }
    for (int i = 0; i < 16; i++)
        rings += ring[i];
    check("joined", sum, 84);
    check("fetch_add", added, a * 3);
    check("cas", casn, a);
    check("byte", (uint8_t)byte_sum + 256, (uint8_t)a + 256);
    check("xor", xored + 1, 1);
    check("mutex", plain, p);
    check("ring", rings, p);
    check("spin", spun, s);
    check("cond", turns, tu);
    check("wide", (uint64_t)wide, w);
    check("wide high", (uint64_t)(wide >> 64), w);
    check("rwlock", rw_a, r);
    for (int i = 0; i < N; i++)
        if (bitmap[i])
            failures++;
    printf(failures ? "failures %d\n" : "ok\n", failures);
    return failures != 0;
}
