/* SPDX-License-Identifier: MIT */
/* The system calls that linux-user implements, for binaries without it. */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"

#define STUB(name) \
    int64_t sys_##name(CPUX86State *env, const uint64_t a[6]) \
    { \
        return -ENOSYS; \
    }

STUB(arch_prctl)
STUB(brk)
STUB(clone)
STUB(clone3)
STUB(execve)
STUB(execveat)
STUB(exit)
STUB(exit_group)
STUB(fork)
STUB(get_robust_list)
STUB(kill)
STUB(madvise)
STUB(mmap)
STUB(modify_ldt)
STUB(mprotect)
STUB(mincore)
STUB(mremap)
STUB(msync)
STUB(munmap)
STUB(pause)
STUB(pidfd_send_signal)
STUB(pkey_mprotect)
STUB(remap_file_pages)
STUB(rt_sigaction)
STUB(rt_sigpending)
STUB(rt_sigprocmask)
STUB(rt_sigqueueinfo)
STUB(rt_sigreturn)
STUB(rt_sigsuspend)
STUB(rt_sigtimedwait)
STUB(rt_tgsigqueueinfo)
STUB(set_robust_list)
STUB(set_tid_address)
STUB(shmat)
STUB(shmdt)
STUB(sigaltstack)
STUB(tgkill)
STUB(tkill)
STUB(vfork)

/* The 32-bit table's. */
#define STUB32(name) \
    int64_t sys32_##name(CPUX86State *env, const uint64_t a[6]) \
    { \
        return -ENOSYS; \
    }

STUB32(clone)
STUB32(execve)
STUB32(execveat)
STUB32(get_robust_list)
STUB32(get_thread_area)
STUB32(mmap)
STUB32(mmap2)
STUB32(pidfd_send_signal)
STUB32(rt_sigaction)
STUB32(rt_sigqueueinfo)
STUB32(rt_sigreturn)
STUB32(rt_sigtimedwait)
STUB32(rt_sigtimedwait_time64)
STUB32(rt_tgsigqueueinfo)
STUB32(set_robust_list)
STUB32(set_thread_area)
STUB32(sgetmask)
STUB32(sigaction)
STUB32(sigaltstack)
STUB32(signal)
STUB32(sigpending)
STUB32(sigprocmask)
STUB32(sigreturn)
STUB32(sigsuspend)
STUB32(ssetmask)
