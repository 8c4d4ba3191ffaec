/* Threads that spin, signals, a child: what the debugger sees of a process. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

volatile int step, caught;
volatile long spins[2];
volatile int stop;
pthread_barrier_t barrier;

void handler(int sig)
{
    caught += sig;
}

void *spin(void *arg)
{
    pthread_barrier_wait(&barrier);
    while (!stop)
        spins[(long)arg]++;
    return NULL;
}

void marker(int n)
{
    step = n;
}

int main(int argc, char **argv)
{
    pthread_t t[2];
    int status;

    signal(SIGUSR1, handler);
    pthread_barrier_init(&barrier, NULL, 3);
    for (long i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, spin, (void *)i);
    pthread_barrier_wait(&barrier);
    marker(1);
    raise(SIGUSR1);
    marker(2);
    raise(SIGUSR1);
    stop = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    if (fork() == 0) {
        marker(9);              /* nobody stops here */
        _exit(5);
    }
    wait(&status);
    if (vfork() == 0) {
        marker(8);              /* nor here, in the parent's memory */
        _exit(6);
    }
    marker(3);
    printf("child %d caught %d\n", WEXITSTATUS(status), caught);
    fflush(stdout);
    if (argc > 1)
        pause();
    *(volatile int *)8 = 1;
}
