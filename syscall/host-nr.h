/* SPDX-License-Identifier: MIT */
/*
 * __NR_name for every row of syscall.def: the host's own number, or -1.
 * Numbers from 424 on are the same on every architecture, so those newer than
 * the C library's headers are given here.
 */
#ifndef SYSCALL_HOST_NR_H
#define SYSCALL_HOST_NR_H

#include <asm/unistd.h>

#if defined(HOST_X86_64) && !defined(__NR_uprobe)
#define __NR_uprobe 336
#endif

#ifndef __NR_read
#define __NR_read -1
#endif
#ifndef __NR_uretprobe
#define __NR_uretprobe -1
#endif
#ifndef __NR_uprobe
#define __NR_uprobe -1
#endif
#ifndef __NR_write
#define __NR_write -1
#endif
#ifndef __NR_open
#define __NR_open -1
#endif
#ifndef __NR_close
#define __NR_close -1
#endif
#ifndef __NR_stat
#define __NR_stat -1
#endif
#ifndef __NR_fstat
#define __NR_fstat -1
#endif
#ifndef __NR_lstat
#define __NR_lstat -1
#endif
#ifndef __NR_poll
#define __NR_poll -1
#endif
#ifndef __NR_lseek
#define __NR_lseek -1
#endif
#ifndef __NR_mmap
#define __NR_mmap -1
#endif
#ifndef __NR_mprotect
#define __NR_mprotect -1
#endif
#ifndef __NR_munmap
#define __NR_munmap -1
#endif
#ifndef __NR_brk
#define __NR_brk -1
#endif
#ifndef __NR_rt_sigaction
#define __NR_rt_sigaction -1
#endif
#ifndef __NR_rt_sigprocmask
#define __NR_rt_sigprocmask -1
#endif
#ifndef __NR_rt_sigreturn
#define __NR_rt_sigreturn -1
#endif
#ifndef __NR_ioctl
#define __NR_ioctl -1
#endif
#ifndef __NR_pread64
#define __NR_pread64 -1
#endif
#ifndef __NR_pwrite64
#define __NR_pwrite64 -1
#endif
#ifndef __NR_readv
#define __NR_readv -1
#endif
#ifndef __NR_writev
#define __NR_writev -1
#endif
#ifndef __NR_access
#define __NR_access -1
#endif
#ifndef __NR_pipe
#define __NR_pipe -1
#endif
#ifndef __NR_select
#define __NR_select -1
#endif
#ifndef __NR_sched_yield
#define __NR_sched_yield -1
#endif
#ifndef __NR_mremap
#define __NR_mremap -1
#endif
#ifndef __NR_msync
#define __NR_msync -1
#endif
#ifndef __NR_mincore
#define __NR_mincore -1
#endif
#ifndef __NR_madvise
#define __NR_madvise -1
#endif
#ifndef __NR_shmget
#define __NR_shmget -1
#endif
#ifndef __NR_shmat
#define __NR_shmat -1
#endif
#ifndef __NR_shmctl
#define __NR_shmctl -1
#endif
#ifndef __NR_dup
#define __NR_dup -1
#endif
#ifndef __NR_dup2
#define __NR_dup2 -1
#endif
#ifndef __NR_pause
#define __NR_pause -1
#endif
#ifndef __NR_nanosleep
#define __NR_nanosleep -1
#endif
#ifndef __NR_getitimer
#define __NR_getitimer -1
#endif
#ifndef __NR_alarm
#define __NR_alarm -1
#endif
#ifndef __NR_setitimer
#define __NR_setitimer -1
#endif
#ifndef __NR_getpid
#define __NR_getpid -1
#endif
#ifndef __NR_sendfile
#define __NR_sendfile -1
#endif
#ifndef __NR_socket
#define __NR_socket -1
#endif
#ifndef __NR_connect
#define __NR_connect -1
#endif
#ifndef __NR_accept
#define __NR_accept -1
#endif
#ifndef __NR_sendto
#define __NR_sendto -1
#endif
#ifndef __NR_recvfrom
#define __NR_recvfrom -1
#endif
#ifndef __NR_sendmsg
#define __NR_sendmsg -1
#endif
#ifndef __NR_recvmsg
#define __NR_recvmsg -1
#endif
#ifndef __NR_shutdown
#define __NR_shutdown -1
#endif
#ifndef __NR_bind
#define __NR_bind -1
#endif
#ifndef __NR_listen
#define __NR_listen -1
#endif
#ifndef __NR_getsockname
#define __NR_getsockname -1
#endif
#ifndef __NR_getpeername
#define __NR_getpeername -1
#endif
#ifndef __NR_socketpair
#define __NR_socketpair -1
#endif
#ifndef __NR_setsockopt
#define __NR_setsockopt -1
#endif
#ifndef __NR_getsockopt
#define __NR_getsockopt -1
#endif
#ifndef __NR_clone
#define __NR_clone -1
#endif
#ifndef __NR_fork
#define __NR_fork -1
#endif
#ifndef __NR_vfork
#define __NR_vfork -1
#endif
#ifndef __NR_execve
#define __NR_execve -1
#endif
#ifndef __NR_exit
#define __NR_exit -1
#endif
#ifndef __NR_wait4
#define __NR_wait4 -1
#endif
#ifndef __NR_kill
#define __NR_kill -1
#endif
#ifndef __NR_uname
#define __NR_uname -1
#endif
#ifndef __NR_semget
#define __NR_semget -1
#endif
#ifndef __NR_semop
#define __NR_semop -1
#endif
#ifndef __NR_semctl
#define __NR_semctl -1
#endif
#ifndef __NR_shmdt
#define __NR_shmdt -1
#endif
#ifndef __NR_msgget
#define __NR_msgget -1
#endif
#ifndef __NR_msgsnd
#define __NR_msgsnd -1
#endif
#ifndef __NR_msgrcv
#define __NR_msgrcv -1
#endif
#ifndef __NR_msgctl
#define __NR_msgctl -1
#endif
#ifndef __NR_fcntl
#define __NR_fcntl -1
#endif
#ifndef __NR_flock
#define __NR_flock -1
#endif
#ifndef __NR_fsync
#define __NR_fsync -1
#endif
#ifndef __NR_fdatasync
#define __NR_fdatasync -1
#endif
#ifndef __NR_truncate
#define __NR_truncate -1
#endif
#ifndef __NR_ftruncate
#define __NR_ftruncate -1
#endif
#ifndef __NR_getdents
#define __NR_getdents -1
#endif
#ifndef __NR_getcwd
#define __NR_getcwd -1
#endif
#ifndef __NR_chdir
#define __NR_chdir -1
#endif
#ifndef __NR_fchdir
#define __NR_fchdir -1
#endif
#ifndef __NR_rename
#define __NR_rename -1
#endif
#ifndef __NR_mkdir
#define __NR_mkdir -1
#endif
#ifndef __NR_rmdir
#define __NR_rmdir -1
#endif
#ifndef __NR_creat
#define __NR_creat -1
#endif
#ifndef __NR_link
#define __NR_link -1
#endif
#ifndef __NR_unlink
#define __NR_unlink -1
#endif
#ifndef __NR_symlink
#define __NR_symlink -1
#endif
#ifndef __NR_readlink
#define __NR_readlink -1
#endif
#ifndef __NR_chmod
#define __NR_chmod -1
#endif
#ifndef __NR_fchmod
#define __NR_fchmod -1
#endif
#ifndef __NR_chown
#define __NR_chown -1
#endif
#ifndef __NR_fchown
#define __NR_fchown -1
#endif
#ifndef __NR_lchown
#define __NR_lchown -1
#endif
#ifndef __NR_umask
#define __NR_umask -1
#endif
#ifndef __NR_gettimeofday
#define __NR_gettimeofday -1
#endif
#ifndef __NR_getrlimit
#define __NR_getrlimit -1
#endif
#ifndef __NR_getrusage
#define __NR_getrusage -1
#endif
#ifndef __NR_sysinfo
#define __NR_sysinfo -1
#endif
#ifndef __NR_times
#define __NR_times -1
#endif
#ifndef __NR_ptrace
#define __NR_ptrace -1
#endif
#ifndef __NR_getuid
#define __NR_getuid -1
#endif
#ifndef __NR_syslog
#define __NR_syslog -1
#endif
#ifndef __NR_getgid
#define __NR_getgid -1
#endif
#ifndef __NR_setuid
#define __NR_setuid -1
#endif
#ifndef __NR_setgid
#define __NR_setgid -1
#endif
#ifndef __NR_geteuid
#define __NR_geteuid -1
#endif
#ifndef __NR_getegid
#define __NR_getegid -1
#endif
#ifndef __NR_setpgid
#define __NR_setpgid -1
#endif
#ifndef __NR_getppid
#define __NR_getppid -1
#endif
#ifndef __NR_getpgrp
#define __NR_getpgrp -1
#endif
#ifndef __NR_setsid
#define __NR_setsid -1
#endif
#ifndef __NR_setreuid
#define __NR_setreuid -1
#endif
#ifndef __NR_setregid
#define __NR_setregid -1
#endif
#ifndef __NR_getgroups
#define __NR_getgroups -1
#endif
#ifndef __NR_setgroups
#define __NR_setgroups -1
#endif
#ifndef __NR_setresuid
#define __NR_setresuid -1
#endif
#ifndef __NR_getresuid
#define __NR_getresuid -1
#endif
#ifndef __NR_setresgid
#define __NR_setresgid -1
#endif
#ifndef __NR_getresgid
#define __NR_getresgid -1
#endif
#ifndef __NR_getpgid
#define __NR_getpgid -1
#endif
#ifndef __NR_setfsuid
#define __NR_setfsuid -1
#endif
#ifndef __NR_setfsgid
#define __NR_setfsgid -1
#endif
#ifndef __NR_getsid
#define __NR_getsid -1
#endif
#ifndef __NR_capget
#define __NR_capget -1
#endif
#ifndef __NR_capset
#define __NR_capset -1
#endif
#ifndef __NR_rt_sigpending
#define __NR_rt_sigpending -1
#endif
#ifndef __NR_rt_sigtimedwait
#define __NR_rt_sigtimedwait -1
#endif
#ifndef __NR_rt_sigqueueinfo
#define __NR_rt_sigqueueinfo -1
#endif
#ifndef __NR_rt_sigsuspend
#define __NR_rt_sigsuspend -1
#endif
#ifndef __NR_sigaltstack
#define __NR_sigaltstack -1
#endif
#ifndef __NR_utime
#define __NR_utime -1
#endif
#ifndef __NR_mknod
#define __NR_mknod -1
#endif
#ifndef __NR_uselib
#define __NR_uselib -1
#endif
#ifndef __NR_personality
#define __NR_personality -1
#endif
#ifndef __NR_ustat
#define __NR_ustat -1
#endif
#ifndef __NR_statfs
#define __NR_statfs -1
#endif
#ifndef __NR_fstatfs
#define __NR_fstatfs -1
#endif
#ifndef __NR_sysfs
#define __NR_sysfs -1
#endif
#ifndef __NR_getpriority
#define __NR_getpriority -1
#endif
#ifndef __NR_setpriority
#define __NR_setpriority -1
#endif
#ifndef __NR_sched_setparam
#define __NR_sched_setparam -1
#endif
#ifndef __NR_sched_getparam
#define __NR_sched_getparam -1
#endif
#ifndef __NR_sched_setscheduler
#define __NR_sched_setscheduler -1
#endif
#ifndef __NR_sched_getscheduler
#define __NR_sched_getscheduler -1
#endif
#ifndef __NR_sched_get_priority_max
#define __NR_sched_get_priority_max -1
#endif
#ifndef __NR_sched_get_priority_min
#define __NR_sched_get_priority_min -1
#endif
#ifndef __NR_sched_rr_get_interval
#define __NR_sched_rr_get_interval -1
#endif
#ifndef __NR_mlock
#define __NR_mlock -1
#endif
#ifndef __NR_munlock
#define __NR_munlock -1
#endif
#ifndef __NR_mlockall
#define __NR_mlockall -1
#endif
#ifndef __NR_munlockall
#define __NR_munlockall -1
#endif
#ifndef __NR_vhangup
#define __NR_vhangup -1
#endif
#ifndef __NR_modify_ldt
#define __NR_modify_ldt -1
#endif
#ifndef __NR_pivot_root
#define __NR_pivot_root -1
#endif
#ifndef __NR__sysctl
#define __NR__sysctl -1
#endif
#ifndef __NR_prctl
#define __NR_prctl -1
#endif
#ifndef __NR_arch_prctl
#define __NR_arch_prctl -1
#endif
#ifndef __NR_adjtimex
#define __NR_adjtimex -1
#endif
#ifndef __NR_setrlimit
#define __NR_setrlimit -1
#endif
#ifndef __NR_chroot
#define __NR_chroot -1
#endif
#ifndef __NR_sync
#define __NR_sync -1
#endif
#ifndef __NR_acct
#define __NR_acct -1
#endif
#ifndef __NR_settimeofday
#define __NR_settimeofday -1
#endif
#ifndef __NR_mount
#define __NR_mount -1
#endif
#ifndef __NR_umount2
#define __NR_umount2 -1
#endif
#ifndef __NR_swapon
#define __NR_swapon -1
#endif
#ifndef __NR_swapoff
#define __NR_swapoff -1
#endif
#ifndef __NR_reboot
#define __NR_reboot -1
#endif
#ifndef __NR_sethostname
#define __NR_sethostname -1
#endif
#ifndef __NR_setdomainname
#define __NR_setdomainname -1
#endif
#ifndef __NR_iopl
#define __NR_iopl -1
#endif
#ifndef __NR_ioperm
#define __NR_ioperm -1
#endif
#ifndef __NR_create_module
#define __NR_create_module -1
#endif
#ifndef __NR_init_module
#define __NR_init_module -1
#endif
#ifndef __NR_delete_module
#define __NR_delete_module -1
#endif
#ifndef __NR_get_kernel_syms
#define __NR_get_kernel_syms -1
#endif
#ifndef __NR_query_module
#define __NR_query_module -1
#endif
#ifndef __NR_quotactl
#define __NR_quotactl -1
#endif
#ifndef __NR_nfsservctl
#define __NR_nfsservctl -1
#endif
#ifndef __NR_getpmsg
#define __NR_getpmsg -1
#endif
#ifndef __NR_putpmsg
#define __NR_putpmsg -1
#endif
#ifndef __NR_afs_syscall
#define __NR_afs_syscall -1
#endif
#ifndef __NR_tuxcall
#define __NR_tuxcall -1
#endif
#ifndef __NR_security
#define __NR_security -1
#endif
#ifndef __NR_gettid
#define __NR_gettid -1
#endif
#ifndef __NR_readahead
#define __NR_readahead -1
#endif
#ifndef __NR_setxattr
#define __NR_setxattr -1
#endif
#ifndef __NR_lsetxattr
#define __NR_lsetxattr -1
#endif
#ifndef __NR_fsetxattr
#define __NR_fsetxattr -1
#endif
#ifndef __NR_getxattr
#define __NR_getxattr -1
#endif
#ifndef __NR_lgetxattr
#define __NR_lgetxattr -1
#endif
#ifndef __NR_fgetxattr
#define __NR_fgetxattr -1
#endif
#ifndef __NR_listxattr
#define __NR_listxattr -1
#endif
#ifndef __NR_llistxattr
#define __NR_llistxattr -1
#endif
#ifndef __NR_flistxattr
#define __NR_flistxattr -1
#endif
#ifndef __NR_removexattr
#define __NR_removexattr -1
#endif
#ifndef __NR_lremovexattr
#define __NR_lremovexattr -1
#endif
#ifndef __NR_fremovexattr
#define __NR_fremovexattr -1
#endif
#ifndef __NR_tkill
#define __NR_tkill -1
#endif
#ifndef __NR_time
#define __NR_time -1
#endif
#ifndef __NR_futex
#define __NR_futex -1
#endif
#ifndef __NR_sched_setaffinity
#define __NR_sched_setaffinity -1
#endif
#ifndef __NR_sched_getaffinity
#define __NR_sched_getaffinity -1
#endif
#ifndef __NR_set_thread_area
#define __NR_set_thread_area -1
#endif
#ifndef __NR_io_setup
#define __NR_io_setup -1
#endif
#ifndef __NR_io_destroy
#define __NR_io_destroy -1
#endif
#ifndef __NR_io_getevents
#define __NR_io_getevents -1
#endif
#ifndef __NR_io_submit
#define __NR_io_submit -1
#endif
#ifndef __NR_io_cancel
#define __NR_io_cancel -1
#endif
#ifndef __NR_get_thread_area
#define __NR_get_thread_area -1
#endif
#ifndef __NR_lookup_dcookie
#define __NR_lookup_dcookie -1
#endif
#ifndef __NR_epoll_create
#define __NR_epoll_create -1
#endif
#ifndef __NR_epoll_ctl_old
#define __NR_epoll_ctl_old -1
#endif
#ifndef __NR_epoll_wait_old
#define __NR_epoll_wait_old -1
#endif
#ifndef __NR_remap_file_pages
#define __NR_remap_file_pages -1
#endif
#ifndef __NR_getdents64
#define __NR_getdents64 -1
#endif
#ifndef __NR_set_tid_address
#define __NR_set_tid_address -1
#endif
#ifndef __NR_restart_syscall
#define __NR_restart_syscall -1
#endif
#ifndef __NR_semtimedop
#define __NR_semtimedop -1
#endif
#ifndef __NR_fadvise64
#define __NR_fadvise64 -1
#endif
#ifndef __NR_timer_create
#define __NR_timer_create -1
#endif
#ifndef __NR_timer_settime
#define __NR_timer_settime -1
#endif
#ifndef __NR_timer_gettime
#define __NR_timer_gettime -1
#endif
#ifndef __NR_timer_getoverrun
#define __NR_timer_getoverrun -1
#endif
#ifndef __NR_timer_delete
#define __NR_timer_delete -1
#endif
#ifndef __NR_clock_settime
#define __NR_clock_settime -1
#endif
#ifndef __NR_clock_gettime
#define __NR_clock_gettime -1
#endif
#ifndef __NR_clock_getres
#define __NR_clock_getres -1
#endif
#ifndef __NR_clock_nanosleep
#define __NR_clock_nanosleep -1
#endif
#ifndef __NR_exit_group
#define __NR_exit_group -1
#endif
#ifndef __NR_epoll_wait
#define __NR_epoll_wait -1
#endif
#ifndef __NR_epoll_ctl
#define __NR_epoll_ctl -1
#endif
#ifndef __NR_tgkill
#define __NR_tgkill -1
#endif
#ifndef __NR_utimes
#define __NR_utimes -1
#endif
#ifndef __NR_vserver
#define __NR_vserver -1
#endif
#ifndef __NR_mbind
#define __NR_mbind -1
#endif
#ifndef __NR_set_mempolicy
#define __NR_set_mempolicy -1
#endif
#ifndef __NR_get_mempolicy
#define __NR_get_mempolicy -1
#endif
#ifndef __NR_mq_open
#define __NR_mq_open -1
#endif
#ifndef __NR_mq_unlink
#define __NR_mq_unlink -1
#endif
#ifndef __NR_mq_timedsend
#define __NR_mq_timedsend -1
#endif
#ifndef __NR_mq_timedreceive
#define __NR_mq_timedreceive -1
#endif
#ifndef __NR_mq_notify
#define __NR_mq_notify -1
#endif
#ifndef __NR_mq_getsetattr
#define __NR_mq_getsetattr -1
#endif
#ifndef __NR_kexec_load
#define __NR_kexec_load -1
#endif
#ifndef __NR_waitid
#define __NR_waitid -1
#endif
#ifndef __NR_add_key
#define __NR_add_key -1
#endif
#ifndef __NR_request_key
#define __NR_request_key -1
#endif
#ifndef __NR_keyctl
#define __NR_keyctl -1
#endif
#ifndef __NR_ioprio_set
#define __NR_ioprio_set -1
#endif
#ifndef __NR_ioprio_get
#define __NR_ioprio_get -1
#endif
#ifndef __NR_inotify_init
#define __NR_inotify_init -1
#endif
#ifndef __NR_inotify_add_watch
#define __NR_inotify_add_watch -1
#endif
#ifndef __NR_inotify_rm_watch
#define __NR_inotify_rm_watch -1
#endif
#ifndef __NR_migrate_pages
#define __NR_migrate_pages -1
#endif
#ifndef __NR_openat
#define __NR_openat -1
#endif
#ifndef __NR_mkdirat
#define __NR_mkdirat -1
#endif
#ifndef __NR_mknodat
#define __NR_mknodat -1
#endif
#ifndef __NR_fchownat
#define __NR_fchownat -1
#endif
#ifndef __NR_futimesat
#define __NR_futimesat -1
#endif
#ifndef __NR_newfstatat
#define __NR_newfstatat -1
#endif
#ifndef __NR_unlinkat
#define __NR_unlinkat -1
#endif
#ifndef __NR_renameat
#define __NR_renameat -1
#endif
#ifndef __NR_linkat
#define __NR_linkat -1
#endif
#ifndef __NR_symlinkat
#define __NR_symlinkat -1
#endif
#ifndef __NR_readlinkat
#define __NR_readlinkat -1
#endif
#ifndef __NR_fchmodat
#define __NR_fchmodat -1
#endif
#ifndef __NR_faccessat
#define __NR_faccessat -1
#endif
#ifndef __NR_pselect6
#define __NR_pselect6 -1
#endif
#ifndef __NR_ppoll
#define __NR_ppoll -1
#endif
#ifndef __NR_unshare
#define __NR_unshare -1
#endif
#ifndef __NR_set_robust_list
#define __NR_set_robust_list -1
#endif
#ifndef __NR_get_robust_list
#define __NR_get_robust_list -1
#endif
#ifndef __NR_splice
#define __NR_splice -1
#endif
#ifndef __NR_tee
#define __NR_tee -1
#endif
#ifndef __NR_sync_file_range
#define __NR_sync_file_range -1
#endif
#ifndef __NR_vmsplice
#define __NR_vmsplice -1
#endif
#ifndef __NR_move_pages
#define __NR_move_pages -1
#endif
#ifndef __NR_utimensat
#define __NR_utimensat -1
#endif
#ifndef __NR_epoll_pwait
#define __NR_epoll_pwait -1
#endif
#ifndef __NR_signalfd
#define __NR_signalfd -1
#endif
#ifndef __NR_timerfd_create
#define __NR_timerfd_create -1
#endif
#ifndef __NR_eventfd
#define __NR_eventfd -1
#endif
#ifndef __NR_fallocate
#define __NR_fallocate -1
#endif
#ifndef __NR_timerfd_settime
#define __NR_timerfd_settime -1
#endif
#ifndef __NR_timerfd_gettime
#define __NR_timerfd_gettime -1
#endif
#ifndef __NR_accept4
#define __NR_accept4 -1
#endif
#ifndef __NR_signalfd4
#define __NR_signalfd4 -1
#endif
#ifndef __NR_eventfd2
#define __NR_eventfd2 -1
#endif
#ifndef __NR_epoll_create1
#define __NR_epoll_create1 -1
#endif
#ifndef __NR_dup3
#define __NR_dup3 -1
#endif
#ifndef __NR_pipe2
#define __NR_pipe2 -1
#endif
#ifndef __NR_inotify_init1
#define __NR_inotify_init1 -1
#endif
#ifndef __NR_preadv
#define __NR_preadv -1
#endif
#ifndef __NR_pwritev
#define __NR_pwritev -1
#endif
#ifndef __NR_rt_tgsigqueueinfo
#define __NR_rt_tgsigqueueinfo -1
#endif
#ifndef __NR_perf_event_open
#define __NR_perf_event_open -1
#endif
#ifndef __NR_recvmmsg
#define __NR_recvmmsg -1
#endif
#ifndef __NR_fanotify_init
#define __NR_fanotify_init -1
#endif
#ifndef __NR_fanotify_mark
#define __NR_fanotify_mark -1
#endif
#ifndef __NR_prlimit64
#define __NR_prlimit64 -1
#endif
#ifndef __NR_name_to_handle_at
#define __NR_name_to_handle_at -1
#endif
#ifndef __NR_open_by_handle_at
#define __NR_open_by_handle_at -1
#endif
#ifndef __NR_clock_adjtime
#define __NR_clock_adjtime -1
#endif
#ifndef __NR_syncfs
#define __NR_syncfs -1
#endif
#ifndef __NR_sendmmsg
#define __NR_sendmmsg -1
#endif
#ifndef __NR_setns
#define __NR_setns -1
#endif
#ifndef __NR_getcpu
#define __NR_getcpu -1
#endif
#ifndef __NR_process_vm_readv
#define __NR_process_vm_readv -1
#endif
#ifndef __NR_process_vm_writev
#define __NR_process_vm_writev -1
#endif
#ifndef __NR_kcmp
#define __NR_kcmp -1
#endif
#ifndef __NR_finit_module
#define __NR_finit_module -1
#endif
#ifndef __NR_sched_setattr
#define __NR_sched_setattr -1
#endif
#ifndef __NR_sched_getattr
#define __NR_sched_getattr -1
#endif
#ifndef __NR_renameat2
#define __NR_renameat2 -1
#endif
#ifndef __NR_seccomp
#define __NR_seccomp -1
#endif
#ifndef __NR_getrandom
#define __NR_getrandom -1
#endif
#ifndef __NR_memfd_create
#define __NR_memfd_create -1
#endif
#ifndef __NR_kexec_file_load
#define __NR_kexec_file_load -1
#endif
#ifndef __NR_bpf
#define __NR_bpf -1
#endif
#ifndef __NR_execveat
#define __NR_execveat -1
#endif
#ifndef __NR_userfaultfd
#define __NR_userfaultfd -1
#endif
#ifndef __NR_membarrier
#define __NR_membarrier -1
#endif
#ifndef __NR_mlock2
#define __NR_mlock2 -1
#endif
#ifndef __NR_copy_file_range
#define __NR_copy_file_range -1
#endif
#ifndef __NR_preadv2
#define __NR_preadv2 -1
#endif
#ifndef __NR_pwritev2
#define __NR_pwritev2 -1
#endif
#ifndef __NR_pkey_mprotect
#define __NR_pkey_mprotect -1
#endif
#ifndef __NR_pkey_alloc
#define __NR_pkey_alloc -1
#endif
#ifndef __NR_pkey_free
#define __NR_pkey_free -1
#endif
#ifndef __NR_statx
#define __NR_statx -1
#endif
#ifndef __NR_io_pgetevents
#define __NR_io_pgetevents -1
#endif
#ifndef __NR_rseq
#define __NR_rseq -1
#endif
#ifndef __NR_pidfd_send_signal
#define __NR_pidfd_send_signal 424
#endif
#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#endif
#ifndef __NR_io_uring_enter
#define __NR_io_uring_enter 426
#endif
#ifndef __NR_io_uring_register
#define __NR_io_uring_register 427
#endif
#ifndef __NR_open_tree
#define __NR_open_tree 428
#endif
#ifndef __NR_move_mount
#define __NR_move_mount 429
#endif
#ifndef __NR_fsopen
#define __NR_fsopen 430
#endif
#ifndef __NR_fsconfig
#define __NR_fsconfig 431
#endif
#ifndef __NR_fsmount
#define __NR_fsmount 432
#endif
#ifndef __NR_fspick
#define __NR_fspick 433
#endif
#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif
#ifndef __NR_clone3
#define __NR_clone3 435
#endif
#ifndef __NR_close_range
#define __NR_close_range 436
#endif
#ifndef __NR_openat2
#define __NR_openat2 437
#endif
#ifndef __NR_pidfd_getfd
#define __NR_pidfd_getfd 438
#endif
#ifndef __NR_faccessat2
#define __NR_faccessat2 439
#endif
#ifndef __NR_process_madvise
#define __NR_process_madvise 440
#endif
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif
#ifndef __NR_mount_setattr
#define __NR_mount_setattr 442
#endif
#ifndef __NR_quotactl_fd
#define __NR_quotactl_fd 443
#endif
#ifndef __NR_landlock_create_ruleset
#define __NR_landlock_create_ruleset 444
#endif
#ifndef __NR_landlock_add_rule
#define __NR_landlock_add_rule 445
#endif
#ifndef __NR_landlock_restrict_self
#define __NR_landlock_restrict_self 446
#endif
#ifndef __NR_memfd_secret
#define __NR_memfd_secret 447
#endif
#ifndef __NR_process_mrelease
#define __NR_process_mrelease 448
#endif
#ifndef __NR_futex_waitv
#define __NR_futex_waitv 449
#endif
#ifndef __NR_set_mempolicy_home_node
#define __NR_set_mempolicy_home_node 450
#endif
#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif
#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif
#ifndef __NR_map_shadow_stack
#define __NR_map_shadow_stack 453
#endif
#ifndef __NR_futex_wake
#define __NR_futex_wake 454
#endif
#ifndef __NR_futex_wait
#define __NR_futex_wait 455
#endif
#ifndef __NR_futex_requeue
#define __NR_futex_requeue 456
#endif
#ifndef __NR_statmount
#define __NR_statmount 457
#endif
#ifndef __NR_listmount
#define __NR_listmount 458
#endif
#ifndef __NR_lsm_get_self_attr
#define __NR_lsm_get_self_attr 459
#endif
#ifndef __NR_lsm_set_self_attr
#define __NR_lsm_set_self_attr 460
#endif
#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif
#ifndef __NR_mseal
#define __NR_mseal 462
#endif
#ifndef __NR_setxattrat
#define __NR_setxattrat 463
#endif
#ifndef __NR_getxattrat
#define __NR_getxattrat 464
#endif
#ifndef __NR_listxattrat
#define __NR_listxattrat 465
#endif
#ifndef __NR_removexattrat
#define __NR_removexattrat 466
#endif
#ifndef __NR_open_tree_attr
#define __NR_open_tree_attr 467
#endif
#ifndef __NR_file_getattr
#define __NR_file_getattr 468
#endif
#ifndef __NR_file_setattr
#define __NR_file_setattr 469
#endif

#endif
