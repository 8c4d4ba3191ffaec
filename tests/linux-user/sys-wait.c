/* SPDX-License-Identifier: MIT */
/*
 * Pipes and sockets, and waiting for them: poll, select, epoll, with signals
 * that arrive before, during and through temporary signal masks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "show.h"

static volatile sig_atomic_t got, got_mask_usr2;

static void handler(int sig)
{
    sigset_t now;

    got++;
    sigprocmask(SIG_BLOCK, NULL, &now);
    got_mask_usr2 = sigismember(&now, SIGUSR2);
}

static void install(int sig, int flags)
{
    struct sigaction sa = { .sa_handler = handler, .sa_flags = flags };
    sigaction(sig, &sa, NULL);
}

static void block(int how, int sig)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, sig);
    sigprocmask(how, &s, NULL);
}

static int blocked(int sig)
{
    sigset_t s;
    sigprocmask(SIG_BLOCK, NULL, &s);
    return sigismember(&s, sig);
}

static void in_ms(int ms)
{
    struct itimerval it = { { 0, 0 }, { 0, ms * 1000 } };
    setitimer(ITIMER_REAL, &it, NULL);
}

static void polls(void)
{
    int p[2];
    struct pollfd f[3];
    fd_set r, w;
    struct timeval tv = { 0, 1000 };
    struct timespec ts = { 0, 1000000 };

    pipe(p);
    f[0] = (struct pollfd){ p[0], POLLIN };
    f[1] = (struct pollfd){ p[1], POLLOUT };
    f[2] = (struct pollfd){ 99, POLLIN };
    T(poll(f, 2, 10));
    printf("%x %x\n", f[0].revents, f[1].revents);
    write(p[1], "abc", 3);
    T(poll(f, 3, -1));
    printf("%x %x %x\n", f[0].revents, f[1].revents, f[2].revents);
    T(ppoll(f, 1, &ts, NULL));
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r), FD_SET(p[1], &w), FD_SET(p[0], &w);
    T(select(p[1] + 1, &r, &w, NULL, &tv));
    printf("%d %d %d\n", FD_ISSET(p[0], &r), FD_ISSET(p[1], &w),
           FD_ISSET(p[0], &w));
    /* Below 64: the kernel passes over bits past its descriptor table, whose
       size is 64 at least and else depends on the process's history. */
    FD_ZERO(&r);
    FD_SET(61, &r);
    T(select(62, &r, NULL, NULL, &tv));
    T(select(-1, NULL, NULL, NULL, &tv));
    T(pselect(0, NULL, NULL, NULL, &ts, NULL));
    ts.tv_nsec = -1;
    T(pselect(0, NULL, NULL, NULL, &ts, NULL));
    int n;
    T(ioctl(p[0], FIONREAD, &n));
    T(n);
    close(p[1]);
    f[0].revents = 0;
    char buf[10];
    T(read(p[0], buf, 10));
    T(poll(f, 1, 0));
    printf("%x\n", f[0].revents);
    T(read(p[0], buf, 10));
    close(p[0]);
    T(poll((void *)8, 1, 0));
    T(fcntl(p[0], F_GETFL));
}

/* A signal blocked outside and let in by the wait's own mask. */
static void masked(void)
{
    sigset_t empty, usr2;
    struct epoll_event ev;
    struct timespec ts = { 5, 0 };
    int ep = epoll_create1(0);

    sigemptyset(&empty);
    sigemptyset(&usr2);
    sigaddset(&usr2, SIGUSR2);
    install(SIGALRM, 0);
    install(SIGUSR1, SA_RESTART);
    block(SIG_BLOCK, SIGALRM);
    block(SIG_BLOCK, SIGUSR1);

    got = 0;
    raise(SIGALRM);
    T(got);
    T(ppoll(NULL, 0, &ts, &empty));
    T(got);
    T(blocked(SIGALRM));
    in_ms(20);
    T(ppoll(NULL, 0, &ts, &usr2));
    printf("got %d, USR2 blocked in handler %d, after %d\n", got,
           got_mask_usr2, blocked(SIGUSR2));
    in_ms(20);
    T(pselect(0, NULL, NULL, NULL, &ts, &empty));
    T(got);
    raise(SIGUSR1);
    T(pselect(0, NULL, NULL, NULL, NULL, &empty));
    T(got);
    raise(SIGUSR1);
    T(epoll_pwait(ep, &ev, 1, 5000, &empty));
    T(got);
    in_ms(20);
    T(epoll_pwait(ep, &ev, 1, -1, &empty));
    T(got);
    /* stays blocked: the wait times out, the signal stays pending */
    sigset_t both = usr2;
    sigaddset(&both, SIGALRM);
    sigaddset(&both, SIGUSR1);
    raise(SIGALRM);
    T(epoll_pwait(ep, &ev, 1, 10, &both));
    T(got);
    T(sigsuspend(&empty));
    T(got);
    T(blocked(SIGALRM));
    raise(SIGALRM);
    block(SIG_UNBLOCK, SIGALRM);
    T(got);
    block(SIG_UNBLOCK, SIGUSR1);
    close(ep);
}

static void interrupted(void)
{
    int p[2], n;
    char c;
    struct timespec ts = { 5, 0 }, rem = { 9, 9 };

    pipe(p);
    install(SIGALRM, 0);
    in_ms(20);
    T(read(p[0], &c, 1));
    in_ms(20);
    T(poll(NULL, 0, 5000));
    in_ms(20);
    T(nanosleep(&ts, &rem));
    T(rem.tv_sec);
    in_ms(20);
    T(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rem));
    T(rem.tv_sec);
    in_ms(20);
    T(waitpid(-1, &n, 0));
    install(SIGALRM, SA_RESTART);
    in_ms(20);
    T(select(0, NULL, NULL, NULL, NULL));
    in_ms(20);
    T(nanosleep(&ts, NULL));
    int before = got;
    if (fork() == 0) {
        usleep(60000);
        write(p[1], "z", 1);
        _exit(3);
    }
    in_ms(20);
    T(read(p[0], &c, 1));
    T(c);
    T(got - before);
    in_ms(20);
    T(wait(&n) > 0);
    T(WEXITSTATUS(n));
    close(p[0]);
    signal(SIGPIPE, SIG_IGN);
    T(write(p[1], "z", 1));
}

static void epolls(void)
{
    int ep = epoll_create1(EPOLL_CLOEXEC), e = eventfd(3, EFD_NONBLOCK);
    struct epoll_event ev = { EPOLLIN | EPOLLET, { .u64 = 0x123456789abcdef } },
                       out[4];
    uint64_t v;

    T(epoll_ctl(ep, EPOLL_CTL_ADD, e, &ev));
    T(epoll_ctl(ep, EPOLL_CTL_ADD, e, &ev));
    T(epoll_wait(ep, out, 4, 100));
    printf("%x %lx\n", out[0].events, (long)out[0].data.u64);
    T(epoll_wait(ep, out, 4, 0));
    ev.events = EPOLLIN | EPOLLOUT | EPOLLONESHOT;
    T(epoll_ctl(ep, EPOLL_CTL_MOD, e, &ev));
    T(epoll_wait(ep, out, 4, 100));
    printf("%x\n", out[0].events);
    T(epoll_wait(ep, out, 4, 0));
    T(epoll_wait(ep, out, 0, 0));
    T(epoll_wait(ep, out, -1, 0));
    T(syscall(441 /* epoll_pwait2 */, ep, out, 4,
              &(struct timespec){ 0, 1000 }, NULL, 0));
    T(read(e, &v, 8));
    T(v);
    T(read(e, &v, 8));
    T(read(e, &v, 4));
    T(epoll_ctl(ep, EPOLL_CTL_DEL, e, NULL));
    T(epoll_ctl(ep, EPOLL_CTL_DEL, e, NULL));
    T(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &ev));
    T(epoll_ctl(e, EPOLL_CTL_ADD, ep, &ev));
}

static void send_fd(int s, int fd)
{
    union { struct cmsghdr h; char b[CMSG_SPACE(sizeof(int))]; } u = { 0 };
    struct iovec v[2] = { { "with", 4 }, { "fd", 2 } };
    struct msghdr m = { .msg_iov = v, .msg_iovlen = 2, .msg_control = &u,
                        .msg_controllen = sizeof(u) };

    u.h.cmsg_level = SOL_SOCKET;
    u.h.cmsg_type = SCM_RIGHTS;
    u.h.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&u.h), &fd, sizeof(int));
    T(sendmsg(s, &m, 0));
}

static void sockets(void)
{
    int s[2], l, c, a, n, one = 1;
    char buf[64] = { 0 };
    union { struct cmsghdr h; char b[256]; } u = { 0 };
    struct iovec v = { buf, sizeof(buf) };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &u,
                        .msg_controllen = sizeof(u) };
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_un un = { .sun_family = AF_UNIX }, un2;
    socklen_t len = sizeof(in);
    struct mmsghdr mm[2] = { 0 };
    struct ucred cred;

    T(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    send_fd(s[0], s[1]);
    T(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC));
    printf("%s flags %x clen %d type %d cloexec %d\n", buf,
           m.msg_flags & ~MSG_CMSG_CLOEXEC, (int)m.msg_controllen,
           u.h.cmsg_type, fcntl(*(int *)CMSG_DATA(&u.h), F_GETFD));
    len = sizeof(cred);
    T(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
    T(cred.pid == getpid());
    T(send(s[0], "xyz", 3, MSG_DONTWAIT));
    T(recv(s[1], buf, 2, MSG_PEEK));
    T(recv(s[1], buf, 9, 0));
    T(recv(s[1], buf, 9, MSG_DONTWAIT));
    T(shutdown(s[0], SHUT_WR));
    T(recv(s[1], buf, 9, 0));

    T(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    for (int i = 0; i < 2; i++) {
        mm[i].msg_hdr.msg_iov = &v;
        mm[i].msg_hdr.msg_iovlen = 1;
    }
    v.iov_len = 5;
    T(sendmmsg(s[0], mm, 2, 0));
    T(recvmmsg(s[1], mm, 2, MSG_WAITFORONE, NULL));
    T(mm[1].msg_len);
    T(send(s[0], "truncated", 9, 0));
    T(recv(s[1], buf, 4, MSG_TRUNC));

    T(l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    T(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    T(bind(l, (void *)&in, sizeof(in)));
    T(listen(l, 5));
    len = sizeof(in);
    T(getsockname(l, (void *)&in, &len));
    printf("len %d family %d\n", len, in.sin_family);
    T(c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    n = connect(c, (void *)&in, sizeof(in));
    printf("connect %s\n", n == 0 || errno == EINPROGRESS ? "ok" : "bad");
    len = sizeof(in);
    T(a = accept4(l, (void *)&in, &len, SOCK_CLOEXEC));
    T(poll(&(struct pollfd){ c, POLLOUT }, 1, 1000));
    len = sizeof(n);
    T(getsockopt(c, SOL_SOCKET, SO_ERROR, &n, &len));
    T(n);
    T(write(c, "tcp", 3));
    T(recvfrom(a, buf, 64, 0, NULL, NULL));
    T(accept4(l, NULL, NULL, 12345));
    fcntl(l, F_SETFL, O_NONBLOCK);
    T(accept(l, NULL, NULL));
    T(connect(l, (void *)&in, 3));
    T(getpeername(l, (void *)&in, &len));

    strcpy(un.sun_path, "sock");
    l = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind(l, (void *)&un, sizeof(un)));
    T(bind(l, (void *)&un, sizeof(un)));
    c = socket(AF_UNIX, SOCK_DGRAM, 0);
    T(bind(c, (void *)&un, sizeof(sa_family_t)) == 0);
    T(sendto(c, "dgram", 5, 0, (void *)&un, sizeof(un)));
    len = sizeof(un2);
    T(recvfrom(l, buf, 64, 0, (void *)&un2, &len));
    printf("from len %d abstract %d\n", len, un2.sun_path[0] == 0);
    T(socket(AF_UNIX, 77, 0));
    T(socket(12345, SOCK_STREAM, 0));
    T(setsockopt(l, SOL_SOCKET, 7777, &n, 4));
    T(getsockopt(l, SOL_SOCKET, SO_TYPE, &n, (void *)8));
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    polls();
    masked();
    interrupted();
    epolls();
    sockets();
    return 0;
}
