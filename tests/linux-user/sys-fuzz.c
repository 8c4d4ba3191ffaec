/* SPDX-License-Identifier: MIT */
/*
 * Random system calls with odd arguments.  A guest may well kill itself this
 * way, but never the emulator: nothing but its own death by a signal may be
 * seen, and nothing on stderr.  Calls that reach beyond the process are left
 * out, and root's rights are given up: no file of the host is at stake.
 * args: 60 400
 * expect: emulated-only
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static const short leave_out[] = {
    SYS_exit, SYS_exit_group, SYS_fork, SYS_vfork, SYS_clone, 435,
    SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo, 424, SYS_reboot, SYS_sethostname,
    SYS_setdomainname, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_mount, SYS_umount2, SYS_swapon, SYS_swapoff,
    SYS_chroot, SYS_pivot_root, SYS_acct, SYS_kexec_load,
    SYS_kexec_file_load, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_vhangup, SYS_quotactl, 443, SYS_syslog,
    SYS_setrlimit, SYS_prlimit64, SYS_sched_setparam,
    SYS_sched_setscheduler, SYS_sched_setaffinity, SYS_sched_setattr,
    SYS_setpriority, SYS_ioprio_set, SYS_migrate_pages, SYS_move_pages,
    SYS_ptrace, SYS_process_vm_writev, SYS_bpf, SYS_perf_event_open,
    SYS_shmctl, SYS_semctl, SYS_msgctl, SYS_shmget, SYS_semget, SYS_msgget,
    SYS_msgsnd, SYS_semop, SYS_semtimedop, SYS_keyctl, SYS_add_key,
    SYS_request_key, SYS_unshare, SYS_setns, SYS_userfaultfd,
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid,
    SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups, SYS_capset,
    SYS_mlockall, SYS_mlock, 325 /* mlock2 */, SYS_sync, SYS_syncfs,
    SYS_alarm, SYS_setitimer, SYS_setsid, SYS_setpgid, SYS_fanotify_init,
    SYS_fanotify_mark, 429, 430, 431, 432, 433, 442, 467 /* mounts */,
    444, 445, 446 /* landlock */, 440, 448 /* other processes */,
    SYS_fallocate, SYS_ftruncate, SYS_truncate, SYS_sendfile, SYS_splice,
    SYS_copy_file_range, SYS_prctl, SYS_memfd_create, 447,
    /* files that belong to others may be open */
    SYS_chmod, SYS_fchmod, SYS_fchmodat, 452, SYS_chown, SYS_fchown,
    SYS_lchown, SYS_fchownat, SYS_mknod, SYS_mknodat, SYS_utime, SYS_utimes,
    SYS_utimensat, SYS_futimesat, SYS_setxattr, SYS_lsetxattr,
    SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
    463, 466, 469, SYS_name_to_handle_at, SYS_open_by_handle_at,
    SYS_link, SYS_linkat, SYS_rename, SYS_renameat, SYS_renameat2,
    SYS_unlink, SYS_unlinkat, SYS_rmdir, SYS_symlink, SYS_symlinkat,
    SYS_mkdir, SYS_mkdirat, SYS_creat,
};

static uint64_t state;

static uint64_t rnd(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static char *page, *edge, *ro, *none;

static uint64_t value(void)
{
    switch (rnd() % 20) {
    case 0: return 0;
    case 1: return 1;
    case 2: return -1;
    case 3: return (uintptr_t)page + (rnd() & 0xff8);
    case 4: return (uintptr_t)edge - (rnd() % 40);
    case 5: return (uintptr_t)ro;
    case 6: return (uintptr_t)none;
    case 7: return (uintptr_t)value;
    case 8: return (uintptr_t)&state;
    case 9: return 4096ull << (rnd() % 40);
    case 10: return rnd() % 10;
    case 11: return 1ull << (rnd() % 64);
    case 12: return 0x7ffffffff000ull - (rnd() % 3) * 4096;
    case 13: return 0x800000000000ull;
    case 14: return rnd() & ~0xfffull & 0x7fffffffffffull;
    case 15: return rnd();
    case 16: return -(rnd() % 200);
    case 17: return (uintptr_t)__builtin_frame_address(0);
    case 18: return rnd() % 5000;
    default: return 8;
    }
}

static int skip(int nr)
{
    for (size_t i = 0; i < sizeof(leave_out) / sizeof(leave_out[0]); i++) {
        if (leave_out[i] == nr) {
            return 1;
        }
    }
    return 0;
}

static void interrupt(int sig)
{
}

/* A process that gave up its rights may not see its own /proc otherwise. */
static void become_nobody(void)
{
    if (geteuid() == 0 &&
        (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
         setresuid(65534, 65534, 65534) || prctl(PR_SET_DUMPABLE, 1))) {
        puts("root's rights stay");
        exit(1);
    }
}

static volatile int *done;

static void child(int seed, int calls)
{
    struct sigaction sa = { .sa_handler = interrupt };
    struct itimerval every = { { 0, 20000 }, { 0, 20000 } };
    stack_t ss = { .ss_sp = malloc(65536), .ss_size = 65536 };
    struct rlimit r = { 1ull << 32, 1ull << 32 };
    int n = open("scratch", O_RDWR | O_CREAT, 0600), p[2];

    setrlimit(RLIMIT_AS, &r);
    r.rlim_cur = r.rlim_max = 100;
    setrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max = 0;
    setrlimit(RLIMIT_FSIZE, &r);
    setrlimit(RLIMIT_CORE, &r);
    become_nobody();
    dup2(n, 0);
    dup2(n, 1);
    pipe(p);
    state = seed * 0x9e3779b97f4a7c15ull + 1;
    memcpy(page, "no/such/file", 13);
    sigaltstack(&ss, NULL);
    sa.sa_flags = SA_ONSTACK;
    sigaction(SIGALRM, &sa, NULL);      /* ends waits, most of the time */
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; i < calls; i++) {
        int nr;
        do {
            nr = rnd() % 470;
        } while (skip(nr));
        uint64_t a[6];
        for (int k = 0; k < 6; k++) {
            a[k] = value();
        }
        /* Terminal tricks and stderr are for the parent. */
        if (a[0] == 2 || nr == SYS_execve || nr == SYS_execveat) {
            a[0] = 0;
        }
        if (nr == SYS_open || nr == SYS_openat) {
            a[1 + (nr == SYS_openat)] &= ~O_CREAT;
        }
        syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        *done = *done + 1;
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    int children = atoi(argv[1]), calls = atoi(argv[2]), first = 1;

    if (argc > 3) {
        first = atoi(argv[3]);
    }
    page = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    edge = page + 4096;
    none = page + 4096;
    ro = page + 3 * 4096;
    done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mprotect(none, 4096, PROT_NONE);
    mprotect(ro, 4096, PROT_READ);
    for (int i = first; i < first + children; i++) {
        pid_t pid = fork();
        int st;
        if (pid == 0) {
            child(i, calls);
        }
        /* It may stop itself, or wait for ever in a way alarm can't end. */
        for (int k = 0; waitpid(pid, &st, WNOHANG) != pid; k++) {
            usleep(10000);
            if (k == 300) {
                printf("seed %d hangs\n", i);
                kill(pid, SIGKILL);
            }
        }
        if (WIFSIGNALED(st) && WTERMSIG(st) == SIGABRT) {
            printf("seed %d aborts\n", i);
        }
    }
    if (argc > 3) {
        printf("%d calls\n", *done);
    }
    puts("ok");
    return 0;
}
