/* SPDX-License-Identifier: MIT */
/*
 * System calls of 32-bit programs: the structures, split arguments and old
 * forms that only they have.
 * guest: i386
 * cflags: -O1 -lrt
 * timeout: 60
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <poll.h>
#include <mqueue.h>
#include <dirent.h>
#include <utime.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/times.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/signalfd.h>
#include <sys/sendfile.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/ioctl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>

#define SYS(n, ...)                                                            \
    ({                                                                         \
        long r_ = syscall(n, ##__VA_ARGS__);                                   \
        r_ < 0 ? -errno : r_;                                                  \
    })
#define T(fmt, ...) printf("%d: " fmt "\n", __LINE__, ##__VA_ARGS__)
static int fd, fd2, sv[2];
static char buf[512], r1[4], r2[5];
static struct iovec iv[2] = {{"abc", 3}, {"defg", 4}};
static struct iovec rv[2] = {{r1, 3}, {r2, 4}};
static volatile int hits;
static void on_signal(int s)
{
    hits++;
}
static void old_handler(int s)
{
    hits += 100;
}

static void offsets(void)
{
    struct stat64 s64;
    struct stat st;
    long long pos;
    fd = open("f", O_RDWR | O_CREAT | O_TRUNC | O_LARGEFILE, 0640);
    T("pwrite %ld", SYS(SYS_pwrite64, fd, "hello", 5, 0x10, 1));
    T("stat64 %d", stat64("f", &s64));
    T("size %lld", (long long)s64.st_size);
    T("stat %d", stat("f", &st));
    T("errno %d", errno);
    T("newstat %ld", SYS(106, "f", buf));
    T("pread %ld", SYS(SYS_pread64, fd, buf, 5, 0x10, 1));
    T("%.5s", buf);
    T("llseek %ld", SYS(SYS__llseek, fd, 1, 5, &pos, 0));
    T("%llx", pos);
    T("lseek %ld", SYS(SYS_lseek, fd, 0, 1));
    T("ftruncate %ld", SYS(SYS_ftruncate64, fd, 100, 0));
    T("truncate %ld", SYS(SYS_truncate64, "f", 200, 0));
    T("newstat %ld", SYS(106, "f", buf));
    T("%u %o", *(unsigned *)(buf + 20), *(unsigned short *)(buf + 8));
    T("fallocate %ld", SYS(SYS_fallocate, fd, 0, 0, 0, 4096, 0));
    T("fadvise %ld %ld", SYS(SYS_fadvise64, fd, 0, 0, 100, 1),
      SYS(SYS_fadvise64_64, fd, 0, 0, 100, 0, 2));
    T("sync %ld %ld", SYS(SYS_sync_file_range, fd, 0, 0, 100, 0, 2),
      SYS(SYS_readahead, fd, 0, 0, 100));
}

static void vectors(void)
{
    T("pwritev %ld", SYS(SYS_pwritev, fd, iv, 2, 10, 0));
    T("preadv %ld", SYS(SYS_preadv, fd, rv, 2, 10, 0));
    T("%s %s", r1, r2);
    T("preadv2 %ld", SYS(SYS_preadv2, fd, rv, 2, 10, 0, 0));
    lseek(fd, 10, 0);
    T("readv %d", (int)readv(fd, rv, 2));
    T("writev %d", (int)writev(fd, iv, 2));
    T("process_vm %d", (int)process_vm_readv(getpid(), rv, 1, iv, 1, 0));
    T("faults %ld %ld", SYS(SYS_readv, fd, 1, 1),
      SYS(SYS_writev, fd, iv, 5000));
}

static void locks(void)
{
    struct flock fl = {.l_type = F_WRLCK, .l_start = 1, .l_len = 5};
    struct flock64 f64 = {.l_type = F_WRLCK};
    T("setlk %d", fcntl(fd, F_SETLK, &fl));
    fflush(stdout);
    if (!fork()) {
        fl = (struct flock){.l_type = F_WRLCK};
        T("getlk %d", fcntl(fd, F_GETLK, &fl));
        T("%d %d %d %d", fl.l_type, (int)fl.l_start, (int)fl.l_len,
          fl.l_pid == getppid());
        T("getlk64 %d", fcntl(fd, F_GETLK64, &f64));
        T("%lld", (long long)f64.l_start);
        fflush(stdout);
        _exit(0);
    }
    wait(0);
    T("old call, new lock %ld", SYS(SYS_fcntl, fd, F_GETLK64, &f64));
}

static void directories(void)
{
    DIR *d;
    struct dirent *e;
    struct statfs sf;
    struct statfs64 sf6;
    int n = 0;
    long at = 0;
    char name[256] = "";
    mkdir("d", 0755);
    for (int i = 0; i < 50; i++) {
        char s[20];
        sprintf(s, "d/x%d", i);
        close(open(s, O_CREAT | O_WRONLY, 0600));
    }
    d = opendir("d");
    while ((e = readdir(d))) {
        n++;
        if (n == 20)
            at = telldir(d);
        if (n == 21)
            strcpy(name, e->d_name);
    }
    T("entries %d", n);
    seekdir(d, at);
    e = readdir(d);
    T("seekdir %d", e && !strcmp(e->d_name, name));
    closedir(d);
    n = open("/proc/self", O_RDONLY | O_DIRECTORY);
    T("getdents %d", SYS(SYS_getdents, n, buf, 512) > 0);
    T("%s %d %d", buf + 10, *(short *)(buf + 8), buf[*(short *)(buf + 8) - 1]);
    T("readdir %ld", SYS(89, n, buf));
    close(n);
    T("statfs %d", statfs("/proc", &sf));
    T("%lx", (long)sf.f_type);
    T("fstatfs %d", fstatfs64(fd, &sf6));
    T("bad %ld", SYS(268, "/", 10, &sf6));
}

static void files(void)
{
    long off = 10;
    long long o6 = 10;
    struct utimbuf ub = {1000, 2000};
    struct stat st;
    struct statx sx;
    struct timespec tp[2] = {{5, 6}, {7, 8}};
    struct timeval tv[2] = {{9, 10}, {11, 12}};
    fd2 = open("g", O_RDWR | O_CREAT, 0600);
    T("sendfile %ld", SYS(SYS_sendfile, fd2, fd, &off, 7));
    T("%ld", off);
    T("sendfile64 %ld", SYS(SYS_sendfile64, fd2, fd, &o6, 7));
    T("%lld", o6);
    T("utime %d", utime("g", &ub));
    stat("g", &st);
    T("%ld %ld", (long)st.st_atime, (long)st.st_mtime);
    T("utimensat %d", utimensat(AT_FDCWD, "g", tp, 0));
    stat("g", &st);
    T("%ld %ld", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    T("utimes %ld %ld", SYS(SYS_utimes, "g", tv),
      SYS(SYS_futimesat, AT_FDCWD, "g", tv));
    stat("g", &st);
    T("%ld %ld", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    T("statx %d", statx(AT_FDCWD, "g", 0, STATX_SIZE, &sx));
    T("%d", (int)sx.stx_size);
    T("readlink %d",
      SYS(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", buf, sizeof buf) > 0);
}

static void memory(void)
{
    unsigned om[6] = {0, 4096, 3, 0x22, -1, 0};
    char *big[40], *p, *b0;
    int k = 0;
    p = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = 1;
    p = mremap(p, 8192, 1 << 20, MREMAP_MAYMOVE);
    T("mremap %d", p != MAP_FAILED && p[0] == 1);
    while (k < 40 && (big[k] = mmap(0, 200 << 20, 0,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                                    -1, 0)) != MAP_FAILED)
        k++;
    T("fills %d", k >= 14 && k <= 20);
    for (int i = 0; i < k; i++)
        munmap(big[i], 200 << 20);
    T("fixed %p", mmap((void *)0x30000000, 4096, 3,
                       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    T("hint %p",
      mmap((void *)0x30001000, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    T("high %ld", SYS(SYS_mmap2, 0xfffff000, 4096, 3,
                      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    T("old mmap %d", SYS(90, om) != 0);
    p = mmap(0, 4096, 1, MAP_SHARED, fd, 0);
    T("%.7s", p + 10);
    b0 = sbrk(0);
    sbrk(1 << 20);
    T("brk %d", (char *)sbrk(0) - b0 == 1 << 20);
}

static void messages(void)
{
    char cb[CMSG_SPACE(8)] = {0}, rb[300];
    int one = 1;
    struct stat st;
    struct msghdr mh = {.msg_iov = iv,
                        .msg_iovlen = 2,
                        .msg_control = cb,
                        .msg_controllen = sizeof cb},
                  rh = {.msg_iov = rv,
                        .msg_iovlen = 2,
                        .msg_control = rb,
                        .msg_controllen = sizeof rb};
    struct cmsghdr *c = CMSG_FIRSTHDR(&mh);
    T("socketpair %d", socketpair(AF_UNIX, SOCK_DGRAM, 0, sv));
    setsockopt(sv[1], SOL_SOCKET, SO_PASSCRED, &one, 4);
    setsockopt(sv[1], SOL_SOCKET, SO_TIMESTAMP, &one, 4);
    c->cmsg_len = CMSG_LEN(8);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    ((int *)CMSG_DATA(c))[0] = fd;
    ((int *)CMSG_DATA(c))[1] = fd2;
    T("sendmsg %d", (int)sendmsg(sv[0], &mh, 0));
    T("recvmsg %d", (int)recvmsg(sv[1], &rh, 0));
    T("%s %x %d", r1, rh.msg_flags, (int)rh.msg_controllen);
    for (c = CMSG_FIRSTHDR(&rh); c; c = CMSG_NXTHDR(&rh, c)) {
        T("control %d %d", c->cmsg_type, (int)c->cmsg_len);
        if (c->cmsg_type == SCM_CREDENTIALS)
            T("pid %d", ((struct ucred *)CMSG_DATA(c))->pid == getpid());
        if (c->cmsg_type == SCM_RIGHTS) {
            T("right %d", fstat(((int *)CMSG_DATA(c))[0], &st));
            T("%d", (int)st.st_size);
        }
    }
}

static void sockets(void)
{
    struct mmsghdr mm[2] = {0};
    struct timespec rt = {1, 0};
    unsigned sc[6] = {AF_INET, SOCK_STREAM, 0};
    struct timeval to = {1, 500000};
    socklen_t tl = sizeof to;
    struct ifconf ic;
    struct ifreq ir[10];
    int is, nb;
    mm[0].msg_hdr.msg_iov = iv;
    mm[0].msg_hdr.msg_iovlen = 1;
    mm[1].msg_hdr.msg_iov = iv + 1;
    mm[1].msg_hdr.msg_iovlen = 1;
    T("sendmmsg %d", sendmmsg(sv[0], mm, 2, 0));
    T("%d", mm[1].msg_len);
    mm[0].msg_hdr.msg_iov = rv;
    mm[1].msg_hdr.msg_iov = rv + 1;
    T("recvmmsg %d", recvmmsg(sv[1], mm, 2, MSG_DONTWAIT, &rt));
    T("%d %d", mm[0].msg_len, mm[1].msg_len);
    is = SYS(SYS_socketcall, 1, sc);
    T("socketcall %d", is > 0);
    T("setsockopt %d", setsockopt(is, SOL_SOCKET, SO_RCVTIMEO, &to, sizeof to));
    memset(&to, 0, sizeof to);
    T("getsockopt %d", getsockopt(is, SOL_SOCKET, SO_RCVTIMEO, &to, &tl));
    T("%ld %ld %d", to.tv_sec, to.tv_usec, tl);
    ic.ifc_len = sizeof ir;
    ic.ifc_req = ir;
    T("ifconf %d", ioctl(is, SIOCGIFCONF, &ic));
    T("%d", ic.ifc_len);
    strcpy(ir[0].ifr_name, "lo");
    T("flags %d", ioctl(is, SIOCGIFFLAGS, ir));
    T("%x", ir[0].ifr_flags);
    T("index %d", ioctl(is, SIOCGIFINDEX, ir));
    T("%d", ir[0].ifr_ifindex);
    write(sv[0], "xyz", 3);
    T("fionread %d", ioctl(sv[1], FIONREAD, &nb));
    T("%d", nb);
}

static void waiting(void)
{
    fd_set rs;
    struct timeval t0 = {0, 1000};
    struct timespec tn = {0, 1000};
    sigset_t ss;
    unsigned os[5] = {sv[1] + 1, (unsigned)&rs, 0, 0, (unsigned)&t0},
             w2[3] = {1u << sv[1], 0xdeadbeef, 0xdeadbeef};
    struct pollfd pf = {sv[1], POLLIN};
    struct epoll_event ev = {EPOLLIN, {.u64 = 0x1122334455667788ull}}, er;
    int ep = epoll_create1(0);
    FD_ZERO(&rs);
    FD_SET(sv[1], &rs);
    sigemptyset(&ss);
    T("select %d", select(sv[1] + 1, &rs, 0, 0, &t0));
    T("pselect %d", pselect(sv[1] + 1, &rs, 0, 0, &tn, &ss));
    T("old select %ld", SYS(82, os));
    T("ppoll %d", ppoll(&pf, 1, &tn, &ss));
    T("%x", pf.revents);
    T("poll %d", poll(&pf, 1, 10));
    T("32 descriptors %ld", SYS(142, sv[1] + 1, w2, 0, 0, &t0));
    T("%x", w2[1]);
    epoll_ctl(ep, EPOLL_CTL_ADD, sv[1], &ev);
    T("epoll %d", epoll_wait(ep, &er, 1, 10));
    T("%llx", (long long)er.data.u64);
    T("epoll_pwait2 %ld", SYS(441, ep, &er, 1, 0, 0, 0));
    T("futex %ld", SYS(SYS_futex, &hits, 0, 12345, 0));
    T("futex %ld", SYS(SYS_futex, &hits, 0, hits, &tn));
}

static void queues(void)
{
    int q = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);
    struct {
        long t;
        char x[16];
    } ms = {3, "message"}, mr;
    struct msqid_ds qd;
    T("msgsnd %d", msgsnd(q, &ms, 8, 0));
    T("stat %d", msgctl(q, IPC_STAT, &qd));
    T("%d %d", (int)qd.msg_qnum, (int)qd.msg_cbytes);
    qd.msg_qbytes = 8192;
    T("set %d", msgctl(q, IPC_SET, &qd));
    msgctl(q, IPC_STAT, &qd);
    T("%d %o", (int)qd.msg_qbytes, qd.msg_perm.mode);
    T("msgrcv %d", (int)msgrcv(q, &mr, 16, 0, 0));
    T("%ld %s", mr.t, mr.x);
    msgctl(q, IPC_RMID, 0);
}

static void semaphores(void)
{
    int se = semget(IPC_PRIVATE, 3, 0600);
    union {
        int v;
        void *p;
    } su = {.v = 5};
    struct sembuf so = {1, -2, 0}, sw = {1, -9, 0};
    struct timespec tn = {0, 1000000};
    struct semid_ds sd;
    unsigned short va[3];
    T("setval %d", semctl(se, 1, SETVAL, su));
    T("semop %d", semop(se, &so, 1));
    T("getval %d", semctl(se, 1, GETVAL));
    T("semtimedop %d", semtimedop(se, &sw, 1, &tn));
    T("%d", errno);
    su.p = &sd;
    T("stat %d", semctl(se, 0, IPC_STAT, su));
    T("%d", (int)sd.sem_nsems);
    su.p = va;
    T("getall %d", semctl(se, 0, GETALL, su));
    T("%d", va[1]);
    semctl(se, 0, IPC_RMID);
}

static void segments(void)
{
    int sh = shmget(IPC_PRIVATE, 10000, 0600);
    char *sa = shmat(sh, 0, 0);
    struct shmid_ds hd;
    T("shmat %d", sa != (void *)-1);
    sa[9999] = 7;
    T("stat %d", shmctl(sh, IPC_STAT, &hd));
    T("%d %d", (int)hd.shm_segsz, (int)hd.shm_nattch);
    T("shmdt %d", shmdt(sa));
    sa = shmat(sh, (void *)0x31000000, 0);
    T("%p %d", sa, sa[9999]);
    shmdt(sa);
    shmctl(sh, IPC_RMID, 0);
}

static void clocks(void)
{
    struct timespec c1, c2;
    struct timeval gt;
    long tt;
    struct tms tm;
    struct rusage ru;
    struct {
        long long s, n;
    } w = {0, 1000000 | 0x1234500000000LL};
    clock_gettime(CLOCK_MONOTONIC, &c1);
    T("nanosleep %ld", SYS(SYS_nanosleep, &(struct timespec){0, 2000000}, 0));
    T("padding %ld", SYS(407, 1, 0, &w));
    clock_gettime(CLOCK_MONOTONIC, &c2);
    T("slept %d",
      (c2.tv_sec - c1.tv_sec) * 1000000000LL + c2.tv_nsec - c1.tv_nsec >=
          3000000);
    gettimeofday(&gt, 0);
    T("gettimeofday %d", labs(gt.tv_sec - time(0)) < 2);
    T("time %d", SYS(13, &tt) == tt);
    T("getres %d", clock_getres(1, &c1));
    T("%ld", c1.tv_nsec);
    T("times %d", times(&tm) != -1);
    T("getrusage %d", getrusage(0, &ru));
    T("%d", ru.ru_maxrss > 0);
}

static void timers(void)
{
    struct itimerval it = {{0, 0}, {0, 3000}}, io;
    timer_t ti;
    struct sigevent sg = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    struct itimerspec is = {{0, 0}, {0, 2000000}}, ig;
    struct timespec rem = {9, 9};
    unsigned long long ex;
    int tf = timerfd_create(1, 0);
    sigset_t ss, old;
    struct timespec tn = {1, 0};
    signal(SIGALRM, on_signal);
    sigemptyset(&ss);
    sigaddset(&ss, SIGALRM);
    sigprocmask(SIG_BLOCK, &ss, &old);
    setitimer(0, &it, 0);
    T("getitimer %d", getitimer(0, &io));
    sigsuspend(&old);
    T("hits %d", hits);
    T("timer_create %d", timer_create(CLOCK_MONOTONIC, &sg, &ti));
    T("timer_settime %d", timer_settime(ti, 0, &is, 0));
    T("timer_gettime %d", timer_gettime(ti, &ig));
    sigsuspend(&old);
    T("hits %d", hits);
    timerfd_settime(tf, 0, &is, 0);
    T("timerfd %d", (int)read(tf, &ex, 8));
    T("%llu", ex);
    sigprocmask(SIG_SETMASK, &old, 0);
    it.it_value.tv_usec = 20000;
    setitimer(0, &it, 0);
    T("interrupted %ld", SYS(SYS_nanosleep, &tn, &rem));
    T("%d", (int)rem.tv_sec);
}

static void old_signals(void)
{
    struct {
        void *h;
        unsigned m, f;
        void *r;
    } sa = {old_handler, 0, 0x10000000, 0}, oo;
    unsigned m1 = 1 << (SIGUSR1 - 1), m2 = 0;
    hits = 0;
    T("sigaction %ld", SYS(67, SIGUSR1, &sa, 0));
    raise(SIGUSR1);
    T("hits %d", hits);
    T("%ld", SYS(67, SIGUSR1, 0, &oo));
    T("%d", oo.h == (void *)old_handler);
    T("sigprocmask %ld", SYS(126, 0, &m1, &m2));
    raise(SIGUSR1);
    T("sigpending %ld", SYS(73, &m2));
    T("%x %d", m2, hits);
    T("sgetmask %lx", SYS(68));
    T("sigsuspend %ld", SYS(72, 0, 0, 0));
    T("hits %d", hits);
    T("ssetmask %lx", SYS(69, 0));
    T("signal %d", SYS(48, SIGUSR2, on_signal) == 0);
    raise(SIGUSR2);
    T("hits %d", hits);
}

static void identity(void)
{
    struct rlimit rl;
    unsigned orl[2];
    struct sysinfo si;
    cpu_set_t cs;
    unsigned short gg[70], ri[3];
    T("getrlimit %d", getrlimit(RLIMIT_NOFILE, &rl));
    T("%d", (int)rl.rlim_cur);
    T("old %ld", SYS(76, RLIMIT_CORE, orl));
    T("%x", orl[1]);
    T("ugetrlimit %ld", SYS(191, RLIMIT_AS, orl));
    T("%x", orl[1]);
    T("sysinfo %d", sysinfo(&si));
    T("%d", si.mem_unit);
    T("affinity %ld %ld %ld", SYS(242, 0, 4, &cs), SYS(242, 0, 128, &cs),
      SYS(241, 0, 4, &cs));
    T("nice %ld", SYS(34, 1));
    T("uids %ld %ld", SYS(24), SYS(199));
    T("getgroups %d", SYS(80, 70, gg) >= 0);
    T("chown %ld", SYS(182, "g", 65535, 65535));
    T("getresuid %ld", SYS(165, ri, ri + 1, ri + 2));
    T("%d", ri[0]);
    T("no such %ld %ld", SYS(17), SYS(500));
    T("fault %ld %ld", SYS(SYS_uname, 1),
      SYS(SYS_clock_gettime, 0, 0xfffffff0));
    T("tid %d", SYS(SYS_set_tid_address, 0) == getpid());
}

static void children(void)
{
    int p, ws;
    struct rusage ru;
    char *av[] = {"sh", "-c", "exit $X", 0}, *en[] = {"X=12", 0};
    fflush(stdout);
    p = fork();
    if (!p)
        _exit(5);
    T("wait4 %d", wait4(p, &ws, 0, &ru) == p);
    T("%x", ws);
    p = vfork();
    if (!p)
        _exit(6);
    T("waitpid %d", SYS(7, p, &ws, 0) == p);
    T("%x", ws);
    fflush(stdout);
    p = fork();
    if (!p) {
        execl("/bin/sh", "sh", "-c", "exit 9", (char *)0);
        _exit(1);
    }
    waitpid(p, &ws, 0);
    T("execl %x", ws);
    p = vfork();
    if (!p) {
        execve("/bin/sh", av, en);
        _exit(1);
    }
    waitpid(p, &ws, 0);
    T("execve %x", ws);
}

static void posix_queues(void)
{
    struct mq_attr ma = {.mq_maxmsg = 2, .mq_msgsize = 16}, mg;
    struct timespec c1;
    char mb[16], name[32];
    unsigned pr;
    mqd_t mq;
    sigset_t ss;
    int sfd;
    struct signalfd_siginfo fi;
    sprintf(name, "/i386-%d", getpid());
    mq = mq_open(name, O_RDWR | O_CREAT, 0600, &ma);
    T("mq_open %d", mq >= 0);
    mq_unlink(name);
    T("mq_send %d", mq_send(mq, "hi", 2, 1));
    T("mq_getattr %d", mq_getattr(mq, &mg));
    T("%ld %ld", mg.mq_curmsgs, mg.mq_maxmsg);
    T("mq_receive %d", (int)mq_receive(mq, mb, 16, &pr));
    T("%u", pr);
    clock_gettime(0, &c1);
    T("mq_timedreceive %d", (int)mq_timedreceive(mq, mb, 16, &pr, &c1));
    T("%d", errno);
    sigemptyset(&ss);
    sigaddset(&ss, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ss, 0);
    sfd = signalfd(-1, &ss, 0);
    raise(SIGUSR1);
    T("signalfd %d", (int)read(sfd, &fi, sizeof fi));
    T("%d", fi.ssi_signo);
}

int main(void)
{
    offsets();
    vectors();
    locks();
    directories();
    files();
    memory();
    messages();
    sockets();
    waiting();
    queues();
    semaphores();
    segments();
    clocks();
    timers();
    old_signals();
    identity();
    children();
    posix_queues();
    return 0;
}
