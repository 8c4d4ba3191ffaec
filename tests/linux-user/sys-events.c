/* SPDX-License-Identifier: MIT */
/*
 * Timers of every kind, signalfd, timerfd, inotify, pidfd, message queues,
 * SysV semaphores and queues, futexes, waiting for children.
 * cflags: -O2 -pthread -lrt
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "show.h"

static volatile sig_atomic_t count, last_code, last_value;

static void action(int sig, siginfo_t *si, void *uc)
{
    count++;
    last_code = si->si_code;
    last_value = si->si_value.sival_int;
}

static void timers(void)
{
    struct sigaction sa = { .sa_sigaction = action, .sa_flags = SA_SIGINFO };
    struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = SIGRTMIN + 3,
                           .sigev_value.sival_int = 4242 };
    struct itimerspec it = { { 0, 0 }, { 0, 5000000 } }, old;
    struct itimerval iv = { { 0, 0 }, { 0, 5000 } }, ov;
    struct timespec ts, ts2;
    timer_t t;
    uint64_t v;
    int fd;

    sigset_t held, before;

    sigaction(SIGRTMIN + 3, &sa, NULL);
    sigaction(SIGALRM, &sa, NULL);
    /* A slow machine may be late for the wait. */
    sigemptyset(&held);
    sigaddset(&held, SIGRTMIN + 3);
    sigaddset(&held, SIGALRM);
    sigprocmask(SIG_BLOCK, &held, &before);
    T(timer_create(CLOCK_MONOTONIC, &ev, &t));
    T(timer_settime(t, 0, &it, NULL));
    sigsuspend(&before);
    printf("count %d code %d value %d\n", count, last_code, last_value);
    T(timer_gettime(t, &old));
    T(old.it_value.tv_sec + old.it_value.tv_nsec);
    T(timer_getoverrun(t));
    ev.sigev_notify = SIGEV_THREAD_ID;
    ev._sigev_un._tid = gettid();
    timer_t t2;
    T(timer_create(CLOCK_REALTIME, &ev, &t2));
    T(timer_settime(t2, 0, &it, NULL));
    sigsuspend(&before);
    T(count);
    T(timer_delete(t2));
    T(timer_delete(t));
    T(syscall(SYS_timer_delete, 12345));
    T(setitimer(ITIMER_REAL, &iv, &ov));
    sigsuspend(&before);
    T(count);
    sigprocmask(SIG_SETMASK, &before, NULL);
    T(getitimer(ITIMER_REAL, &ov));
    T(setitimer(7, &iv, NULL));
    T(alarm(100));
    T(alarm(0) > 90);

    T(fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    it.it_interval.tv_nsec = 1000000;
    T(timerfd_settime(fd, 0, &it, &old));
    T(read(fd, &v, 8));
    T(v >= 1);
    T(timerfd_gettime(fd, &old));
    T(old.it_interval.tv_nsec);
    T(timerfd_settime(fd, 77, &it, NULL));
    close(fd);

    T(clock_gettime(CLOCK_REALTIME, &ts));
    struct timeval tv;
    T(gettimeofday(&tv, NULL));
    T(labs(tv.tv_sec - ts.tv_sec) <= 1);
    T(labs(time(NULL) - ts.tv_sec) <= 1);
    T(labs(syscall(SYS_time, NULL) - ts.tv_sec) <= 1);
    T(clock_getres(CLOCK_MONOTONIC, &ts));
    T(ts.tv_nsec);
    T(clock_gettime(99, &ts));
    T(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts));
    T(clock_gettime(CLOCK_MONOTONIC, &ts));
    ts2 = ts;
    ts2.tv_nsec += 5000000;
    if (ts2.tv_nsec >= 1000000000) {
        ts2.tv_nsec -= 1000000000;
        ts2.tv_sec++;
    }
    T(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts2, NULL));
    clock_gettime(CLOCK_MONOTONIC, &ts);
    T(ts.tv_sec > ts2.tv_sec ||
      (ts.tv_sec == ts2.tv_sec && ts.tv_nsec >= ts2.tv_nsec));
    struct tms tms;
    T(times(&tms) != -1);
}

static void event_fds(void)
{
    struct signalfd_siginfo si;
    sigset_t s;
    int fd, in, wd, pfd, st;
    char buf[1024];
    struct pollfd p;

    sigemptyset(&s);
    sigaddset(&s, SIGUSR1);
    sigaddset(&s, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &s, NULL);
    T((fd = signalfd(-1, &s, SFD_NONBLOCK | SFD_CLOEXEC)) >= 0);
    T(read(fd, &si, sizeof(si)));
    raise(SIGUSR1);
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 77 });
    T(read(fd, &si, sizeof(si)));
    printf("%d %d\n", si.ssi_signo, si.ssi_pid == getpid());
    T(read(fd, &si, sizeof(si)));
    printf("%d %d\n", si.ssi_signo - SIGRTMIN, si.ssi_int);
    T(read(fd, &si, sizeof(si)));
    close(fd);

    T((in = inotify_init1(IN_NONBLOCK)) >= 0);
    T((wd = inotify_add_watch(in, ".", IN_CREATE | IN_DELETE)));
    T(inotify_add_watch(in, "none", IN_CREATE));
    close(open("watched", O_CREAT | O_WRONLY, 0600));
    unlink("watched");
    T(read(in, buf, sizeof(buf)));
    struct inotify_event *e = (void *)buf;
    printf("%x %s\n", e->mask, e->name);
    T(inotify_rm_watch(in, wd));
    T(inotify_rm_watch(in, 99));
    close(in);

    pid_t pid = fork();
    if (!pid) {
        _exit(9);
    }
    T((pfd = syscall(434, pid, 0)) >= 0);
    p = (struct pollfd){ pfd, POLLIN };
    T(poll(&p, 1, 5000));
    siginfo_t i;
    T(waitid(3 /* P_PIDFD */, pfd, &i, WEXITED | WNOWAIT));
    printf("%d %d %d\n", i.si_code, i.si_status, i.si_pid == pid);
    struct rusage ru;
    T(wait4(pid, &st, 0, &ru) == pid);
    T(WEXITSTATUS(st));
    T(syscall(424, pfd, 0, NULL, 0));
    T(waitpid(-1, &st, WNOHANG));
    pid = fork();
    if (!pid) {
        raise(SIGSTOP);
        raise(SIGKILL);
    }
    T(waitpid(pid, &st, WUNTRACED) == pid);
    printf("stopped %d %d\n", WIFSTOPPED(st), WSTOPSIG(st));
    kill(pid, SIGCONT);
    T(waitpid(pid, &st, 0) == pid);
    printf("signaled %d %d\n", WIFSIGNALED(st), WTERMSIG(st));
}

static void ipc(void)
{
    struct { long type; char text[32]; } m = { 5, "queued" };
    struct msqid_ds ds;
    struct shmid_ds shds;
    struct sembuf op[2] = { { 0, -1, 0 }, { 1, 2, 0 } };
    struct timespec ts = { 0, 2000000 };
    unsigned short all[2] = { 1, 0 };
    int q, sem, shm;
    char *a, *b;

    T((q = msgget(IPC_PRIVATE, 0600)) >= 0);
    T(msgsnd(q, &m, 7, 0));
    m.type = 9;
    T(msgsnd(q, &m, 3, IPC_NOWAIT));
    T(msgctl(q, IPC_STAT, &ds));
    printf("%d %d\n", (int)ds.msg_qnum, (int)ds.__msg_cbytes);
    T(msgrcv(q, &m, 32, 9, 0));
    T(m.type);
    T(msgrcv(q, &m, 2, 0, 0));
    T(msgrcv(q, &m, 32, 0, MSG_NOERROR));
    T(msgrcv(q, &m, 32, 0, IPC_NOWAIT));
    T(msgctl(q, IPC_RMID, NULL));
    T(msgctl(q, IPC_RMID, NULL));

    T((sem = semget(IPC_PRIVATE, 2, 0600)) >= 0);
    T(semctl(sem, 0, SETALL, all));
    T(semop(sem, op, 2));
    T(semctl(sem, 1, GETVAL));
    T(semtimedop(sem, op, 1, &ts));
    T(semctl(sem, 0, GETALL, all));
    printf("%d %d\n", all[0], all[1]);
    T(semctl(sem, 0, IPC_RMID));

    T((shm = shmget(IPC_PRIVATE, 8192, 0600)) >= 0);
    a = shmat(shm, NULL, 0);
    b = shmat(shm, NULL, SHM_RDONLY);
    T(a != (void *)-1 && b != (void *)-1 && a != b);
    strcpy(a, "same");
    T(strcmp(b, "same"));
    T(shmctl(shm, IPC_STAT, &shds));
    printf("%d %d\n", (int)shds.shm_nattch, (int)shds.shm_segsz);
    T(shmctl(shm, IPC_RMID, NULL));
    T(shmdt(a));
    T(shmdt(b));
    T(shmdt(b));

    struct mq_attr at = { .mq_maxmsg = 2, .mq_msgsize = 16 };
    mqd_t mq = mq_open("/sys-events-test", O_RDWR | O_CREAT | O_NONBLOCK,
                       0600, &at);
    if (mq < 0 && errno == ENOSYS) {
        return;
    }
    char buf[16];
    unsigned prio;
    T(mq >= 0);
    T(mq_send(mq, "low", 3, 1));
    T(mq_send(mq, "high", 4, 5));
    T(mq_send(mq, "full", 4, 5));
    T(mq_receive(mq, buf, 16, &prio));
    T(prio);
    T(mq_receive(mq, buf, 3, &prio));
    T(mq_getattr(mq, &at));
    T(at.mq_curmsgs);
    T(mq_unlink("/sys-events-test"));
    T(mq_close(mq));
}

static uint32_t word = 1, word2;

static void *waker(void *p)
{
    usleep(20000);
    __atomic_store_n(&word, 2, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    return NULL;
}

static void futexes(void)
{
    struct timespec ts = { 0, 2000000 };
    struct { uint64_t val, addr; uint32_t flags, pad; } wv[2] = {
        { 1, (uintptr_t)&word, 2, 0 }, { 1, (uintptr_t)&word2, 2, 0 } };
    pthread_t t;

    T(syscall(SYS_futex, &word, FUTEX_WAIT, 7, NULL, NULL, 0));
    T(syscall(SYS_futex, &word, FUTEX_WAIT, 1, &ts, NULL, 0));
    T(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, &ts, NULL, 0));
    T(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0));
    T(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 1, &word2, 3));
    T(syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 1, &word2,
              FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)));
    T(word2);
    T(syscall(SYS_futex, &word, 99, 1, NULL, NULL, 0));
    T(syscall(SYS_futex, 3, FUTEX_WAKE, 1, NULL, NULL, 0));
    T(syscall(449 /* futex_waitv */, wv, 2, 0, NULL, 0));
    pthread_create(&t, NULL, waker, NULL);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 1) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    }
    T(word);
    pthread_join(t, NULL);
    word = 0;
    T(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    T((word & FUTEX_TID_MASK) == gettid());
    T(syscall(SYS_futex, &word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    T(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    T(word);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    timers();
    event_fds();
    ipc();
    futexes();
    return 0;
}
