/* SPDX-License-Identifier: MIT */
/*
 * Terminals, limits, identity, prctl, scheduling, and what /proc says about
 * the process.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "show.h"

static void terminal(void)
{
    struct termios t = { 0 }, u;
    struct winsize w = { 30, 100, 1, 2 };
    int m, s, n = 0;
    char buf[64] = { 0 }, name[64];

    T((m = open("/dev/ptmx", O_RDWR | O_NOCTTY)) >= 0);
    T(grantpt(m));
    T(unlockpt(m));
    T(ptsname_r(m, name, sizeof(name)));
    T((s = open(name, O_RDWR | O_NOCTTY)) >= 0);
    T(ioctl(m, TIOCGPTN, &n));
    T(isatty(s));
    T(isatty(0));
    T(tcgetattr(s, &t));
    printf("%x %x %x %x %d %d\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag,
           t.c_cc[VMIN], t.c_cc[VINTR]);
    T(ioctl(m, TIOCSWINSZ, &w));
    memset(&w, 0, sizeof(w));
    T(ioctl(s, TIOCGWINSZ, &w));
    printf("%d %d\n", w.ws_row, w.ws_col);
    T(write(m, "line\n", 5));
    T(read(s, buf, sizeof(buf)));
    T(write(s, "out\n", 4));
    for (n = 0; n < 11; n += read(m, buf, sizeof(buf))) {
        continue;                       /* the echo may come separately */
    }
    T(n);
    u = t;
    cfmakeraw(&u);
    cfsetspeed(&u, B9600);
    T(tcsetattr(s, TCSANOW, &u));
    T(tcgetattr(s, &u));
    printf("%x %x %x %x\n", u.c_iflag, u.c_oflag, u.c_cflag, u.c_lflag);
    T(write(m, "x\n", 2));
    while (ioctl(s, FIONREAD, &n) == 0 && n < 2) {
        usleep(1000);
    }
    T(n);
    T(tcflush(s, TCIFLUSH));
    T(tcdrain(s));
    T(tcsendbreak(s, 0));
    T(ioctl(s, TIOCGPGRP, &n));
    T(ioctl(s, TIOCOUTQ, &n));
    T(ioctl(s, 0x12345678, &n));
    T(ioctl(s, 0x54ff, &n));
    T(ioctl(0, TCGETS, &t));
    T(ioctl(99, TCGETS, &t));
    T(ioctl(s, TCGETS, 8));
    if (fork() == 0) {
        setsid();
        signal(SIGHUP, SIG_IGN);
        T(ioctl(s, TIOCSCTTY, 0));
        T(tcgetpgrp(s) == getpid());
        T(tcgetsid(s) == getpid());
        T((n = open("/dev/tty", O_RDWR)) >= 0);
        T(ioctl(s, TIOCNOTTY));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
}

static void limits(void)
{
    static const int kinds[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK,
                                 RLIMIT_NOFILE, RLIMIT_CORE };
    struct rlimit r, q;

    for (int i = 0; i < 5; i++) {
        T(getrlimit(kinds[i], &r));
        r.rlim_cur = r.rlim_max = i < 3 ? 3ul << 30 : 512;
        T(prlimit(0, kinds[i], &r, &q));
        T(syscall(SYS_getrlimit, kinds[i], &q));
        printf("%ld %ld\n", (long)q.rlim_cur, (long)q.rlim_max);
        r.rlim_cur = r.rlim_max + 1;
        T(setrlimit(kinds[i], &r));
    }
    T(getrlimit(99, &r));
    T(prlimit(getpid(), RLIMIT_CPU, NULL, &r));
    T(open("/dev/null", O_RDONLY) >= 0);
    T(dup2(0, 600));
    T(fcntl(0, F_DUPFD, 512));
    T(setpriority(PRIO_PROCESS, 0, 5));
    T(syscall(SYS_getpriority, PRIO_PROCESS, 0));
    struct rusage ru;
    T(getrusage(RUSAGE_SELF, &ru));
    T(ru.ru_maxrss > 0);
    T(getrusage(5, &ru));
}

static void identity(void)
{
    uid_t a, b, c;
    gid_t g[3] = { 7, 8, 9 };
    char name[17] = { 0 };
    struct utsname u;
    struct sysinfo si;
    int v;

    T(getresuid(&a, &b, &c));
    printf("%d\n", a == getuid() && b == geteuid());
    if (geteuid() == 0) {
        T(setgroups(3, g));
        T(getgroups(0, NULL));
        T(getgroups(2, g));
        if (fork() == 0) {
            T(syscall(SYS_setresgid, 10, 11, 12));
            T(syscall(SYS_setresuid, 20, 21, 22));
            printf("%d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
            T(setuid(0));
            T(setreuid(-1, 22));
            T(seteuid(20));
            T(syscall(SYS_setfsuid, -1));
            T(access("/root", R_OK));
            T(chroot("/"));
            T(sethostname("x", 1));
            T(setrlimit(RLIMIT_AS, &(struct rlimit){ -1, -1 }));
            fflush(stdout);
            _exit(0);
        }
        wait(NULL);
    }
    T(prctl(PR_SET_NAME, "a-rather-long-name"));
    T(prctl(PR_GET_NAME, name));
    puts(name);
    T(prctl(PR_SET_PDEATHSIG, SIGUSR1));
    T(prctl(PR_GET_PDEATHSIG, &v));
    T(v);
    T(prctl(PR_SET_PDEATHSIG, 0));
    T(prctl(PR_GET_DUMPABLE));
    T(prctl(PR_SET_KEEPCAPS, 1));
    T(prctl(PR_GET_KEEPCAPS));
    T(prctl(PR_SET_TIMERSLACK, 12345));
    T(prctl(PR_GET_TIMERSLACK));
    T(prctl(PR_CAPBSET_READ, 999));
    T(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    T(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    T(prctl(123456));
    T(prctl(PR_SET_CHILD_SUBREAPER, 1));
    T(prctl(PR_GET_CHILD_SUBREAPER, &v));
    T(v);
    T(uname(&u));
    printf("%s %s\n", u.sysname, u.machine);
    T(sysinfo(&si));
    T(si.mem_unit > 0 && si.totalram > 0);
    T(getrandom(name, 16, 0));
    T(getrandom(name, 16, 0xff));
    T(getpgid(0) == getpgrp());
    T(getsid(0) > 0);
    T(getpgid(999999));
    T(syscall(SYS_personality, 0xffffffff));
}

static void scheduling(void)
{
    struct sched_param p = { 0 };
    cpu_set_t set;
    unsigned cpu, node;
    struct timespec ts;

    T(sched_getscheduler(0));
    T(sched_setscheduler(0, SCHED_BATCH, &p));
    T(sched_getscheduler(0));
    T(sched_getparam(0, &p));
    p.sched_priority = 500;
    T(sched_setscheduler(0, SCHED_FIFO, &p));
    T(sched_get_priority_max(SCHED_RR));
    T(sched_get_priority_min(77));
    T(sched_rr_get_interval(0, &ts));
    T(sched_getaffinity(0, sizeof(set), &set));
    T(CPU_COUNT(&set) > 0);
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    T(sched_setaffinity(0, sizeof(set), &set));
    T(sched_getcpu());
    T(syscall(SYS_getcpu, &cpu, &node, NULL));
    T(cpu);
    CPU_ZERO(&set);
    T(sched_setaffinity(0, sizeof(set), &set));
}

/* Whole file, or -1. */
static long slurp(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    long n, all = 0;

    while (fd >= 0 && (n = read(fd, buf + all, size - 1 - all)) > 0) {
        all += n;
    }
    buf[fd >= 0 ? all : 0] = 0;
    close(fd);
    return fd >= 0 ? all : -1;
}

static int data_word;

/* Is addr in a mapping of maps with these permissions and this file? */
static int mapped(const char *maps, void *addr, const char *perm,
                  const char *file)
{
    const char *p;

    for (p = maps; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        unsigned long lo, hi;
        char pr[8], name[PATH_MAX] = "";
        if (sscanf(p, "%lx-%lx %7s %*s %*s %*s%*[ ]%4095[^\n]", &lo, &hi, pr,
                   name) >= 3 && (unsigned long)addr >= lo &&
            (unsigned long)addr < hi) {
            return !strcmp(pr, perm) && (!file || !strcmp(name, file));
        }
    }
    return 0;
}

static void proc(int argc, char **argv)
{
    static char buf[1 << 20], exe[PATH_MAX], real[PATH_MAX];
    char path[64];
    struct stat st, st2;
    int n, d, on_stack;
    Elf64_auxv_t *av;

    n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    T(n > 0);
    T(strcmp(exe, realpath(argv[0], real)));
    snprintf(path, sizeof(path), "/proc/%d/exe", getpid());
    memset(real, 0, sizeof(real));
    T(readlink(path, real, sizeof(real)) == n && !strcmp(exe, real));
    T((d = open("/proc/self", O_PATH | O_DIRECTORY)) >= 0);
    memset(real, 0, sizeof(real));
    T(readlinkat(d, "exe", real, sizeof(real)) == n && !strcmp(exe, real));
    T(readlinkat(d, "exe", real, 3));
    T(stat("/proc/self/exe", &st));
    T(stat(exe, &st2));
    T(st.st_ino == st2.st_ino && st.st_size == st2.st_size);
    T(lstat("/proc/self/exe", &st));
    T(S_ISLNK(st.st_mode));
    T(fstatat(d, "exe", &st, 0));
    T(slurp("/proc/self/exe", buf, sizeof(buf)) == st2.st_size);
    T(memcmp(buf, ELFMAG, 4));
    T(open("/proc/self/exe", O_RDONLY | O_NOFOLLOW));
    T(open("/proc/self/exe", O_WRONLY));
    T(access("/proc/self/exe", X_OK));

    T(slurp("/proc/self/maps", buf, sizeof(buf)) > 0);
    T(mapped(buf, proc, "r-xp", exe));
    T(mapped(buf, &data_word, "rw-p", NULL));
    T(mapped(buf, &on_stack, "rw-p", "[stack]"));
    T(mapped(buf, malloc(1), "rw-p", "[heap]"));
    T(!!strstr(buf, "qemu"));
    T(openat(d, "maps", O_RDONLY) >= 0);
    T(slurp("/proc/thread-self/maps", buf, sizeof(buf)) > 0);
    T(slurp("/proc/self/smaps", buf, sizeof(buf)) > 0);
    T(!!strstr(buf, "Rss:"));

    T(slurp("/proc/self/auxv", buf, sizeof(buf)) % 16);
    for (av = (void *)buf; av->a_type; av++) {
        if (av->a_type != AT_HWCAP &&
            getauxval(av->a_type) != av->a_un.a_val) {
            printf("auxv %ld differs\n", (long)av->a_type);
        }
    }
    n = slurp("/proc/self/cmdline", buf, sizeof(buf));
    T(n == strlen(argv[0]) + 1 + strlen(argv[1]) + 1);
    T(strcmp(buf, argv[0]) || strcmp(buf + strlen(buf) + 1, argv[1]));
    T(slurp("/proc/self/stat", buf, sizeof(buf)) > 0);
    unsigned long code, end, stack;
    sscanf(strrchr(buf, ')'), ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
           "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %lu",
           &code, &end, &stack);
    T((unsigned long)proc >= code && (unsigned long)proc < end);
    T(labs((long)stack - (long)argv) < 65536);
    T(atoi(buf) == getpid());
    T(slurp("/proc/self/status", buf, sizeof(buf)) > 0);
    T(atoi(strstr(buf, "Threads:") + 8));
    T(slurp("/proc/self/comm", buf, sizeof(buf)) > 0);
    printf("%s", buf);
    T(slurp("/proc/cpuinfo", buf, sizeof(buf)) > 0);
    T(strstr(buf, "vendor_id") && strstr(buf, " sse2 ") &&
      strstr(buf, " cx16 "));
    T(open("/proc/self/maps", O_RDONLY | O_DIRECTORY));
    T(open("/proc/self/nothing", O_RDONLY));
    T(open("/proc/999999999/exe", O_RDONLY));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2) {
        execl("/proc/self/exe", argv[0], "again", NULL);
        perror("execl");
        return 1;
    }
    printf("%s\n", argv[1]);
    proc(argc, argv);
    terminal();
    limits();
    identity();
    scheduling();
    return 0;
}
