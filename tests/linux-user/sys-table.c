/* SPDX-License-Identifier: MIT */
/*
 * Every system-call number with arguments that cannot succeed, and with
 * zeros: the error must be the kernel's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not called: they end, fork, block, or change the process for good. */
static const short never[] = {
    SYS_rt_sigreturn, SYS_pause, SYS_clone, SYS_fork, SYS_vfork, SYS_exit,
    SYS_exit_group, 435 /* clone3 */, SYS_kill, SYS_tkill, SYS_tgkill,
    SYS_vhangup, SYS_reboot, SYS_setsid, SYS_sethostname, SYS_setdomainname,
    SYS_acct, SYS_umask, SYS_alarm, SYS_brk, SYS_set_tid_address, SYS_sync,
    SYS_syslog, SYS_personality, SYS_sched_yield,
    /* answered as a kernel without them does */
    SYS_ptrace, 334 /* rseq */, SYS_seccomp, 425, 426, 427 /* io_uring */,
    453 /* map_shadow_stack */, 462 /* mseal */,
    335 /* uretprobe */, 336 /* uprobe */, SYS_ioperm, SYS_iopl,
    /* depend on what the machine's kernel has loaded or set */
    SYS_msgget, SYS_msgrcv, SYS_msgsnd, SYS_semop, SYS_semtimedop,
    SYS_swapon, SYS_swapoff, SYS_init_module, SYS_kexec_load,
    SYS_perf_event_open, SYS_bpf, SYS_lookup_dcookie, SYS_memfd_create,
    447 /* memfd_secret */, SYS_quotactl, SYS_userfaultfd,
};
/* With zeros they succeed and do something, or block. */
static const short not_zero[] = {
    SYS_close, SYS_dup, SYS_dup2, SYS_select, SYS_pselect6, SYS_ppoll,
    SYS_munmap, SYS_setpgid, SYS_munlockall, SYS_getrandom, SYS_getcpu,
    SYS_epoll_create1, SYS_inotify_init, SYS_inotify_init1, SYS_eventfd,
    SYS_eventfd2, SYS_timerfd_create, SYS_shmget, SYS_msgget, SYS_semget,
    SYS_shmat, SYS_shmdt, SYS_signalfd, SYS_signalfd4, SYS_fanotify_init,
    SYS_keyctl, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
    SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_fchown,
    SYS_fchmod, SYS_ftruncate, 436 /* close_range */, SYS_unshare,
    SYS_timer_create, SYS_timer_delete, SYS_io_destroy, SYS_setgroups,
    SYS_mlockall, SYS_set_robust_list, SYS_execveat, SYS_open_tree,
    SYS_shmctl, SYS_msgctl, SYS_semctl, SYS_set_mempolicy,
    SYS_get_mempolicy, SYS_migrate_pages, SYS_arch_prctl, SYS_move_pages,
    SYS_ioprio_get, SYS_ioprio_set, SYS_setpriority, SYS_getpriority,
    SYS_sched_getaffinity, SYS_membarrier, SYS_time, SYS_times,
    SYS_lseek, SYS_readahead, SYS_fadvise64, SYS_sync_file_range,
    SYS_sched_getscheduler, SYS_prctl, SYS_madvise, SYS_mprotect,
    SYS_pkey_mprotect, SYS_msync, SYS_mlock, SYS_munlock, SYS_mremap,
    SYS_remap_file_pages, SYS_rt_sigsuspend, SYS_getpgrp,
};

static int in(const short *list, size_t n, int nr)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == nr) {
            return 1;
        }
    }
    return 0;
}
#define IN(list, nr) in(list, sizeof(list) / sizeof(list[0]), nr)

static void try(const char *what, long nr, long x)
{
    long r;

    errno = 0;
    r = syscall(nr, x, x, x, x, x, x);
    if (r == -1 && errno) {
        printf("%s %ld: %s\n", what, nr, strerrorname_np(errno));
    } else {
        printf("%s %ld: success\n", what, nr);
    }
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int nr = 0; nr < 512; nr++) {
        if (!IN(never, nr)) {
            try("bad", nr, -1);
        }
    }
    for (int nr = 0; nr < 512; nr++) {
        if (!IN(never, nr) && !IN(not_zero, nr)) {
            try("zero", nr, 0);
        }
    }
    for (int i = 0; i < 64; i++) {
        try("unknown", 512 + i * 977, i);
    }
    try("x32", 0x40000000 | SYS_getpid, 0);
    try("negative", -1, 0);
    /* The kernel looks at the low 32 bits of the number only. */
    long r;
    __asm__ volatile("syscall" : "=a"(r) : "0"(0x500000000l | SYS_getpid)
                     : "rcx", "r11", "memory");
    printf("high bits: %d\n", r == getpid());
    return 0;
}
