/* SPDX-License-Identifier: MIT */
/*
 * Host system calls and guarded guest memory access, s390x host.
 * Contract: syscall/process.h, syscall/uaccess.h and host/x86_64/syscall.S.
 * r6 and r7 carry arguments but belong to the caller: kept in its save area.
 */
    .text

/* long host_syscall(nr, a0..a5) */
    .globl host_syscall
    .type host_syscall, @function
host_syscall:
    stmg    %r6, %r7, 48(%r15)
    lgr     %r1, %r2
    lgr     %r2, %r3
    lgr     %r3, %r4
    lgr     %r4, %r5
    lgr     %r5, %r6
    lg      %r6, 160(%r15)
    lg      %r7, 168(%r15)
    svc     0
    lmg     %r6, %r7, 48(%r15)
    br      %r14
    .size host_syscall, . - host_syscall

/* long safe_syscall(exit_request, nr, a0..a5) */
    .globl safe_syscall
    .type safe_syscall, @function
safe_syscall:
    stmg    %r6, %r7, 48(%r15)
    lgr     %r1, %r2
    lgr     %r0, %r3
    lgr     %r2, %r4
    lgr     %r3, %r5
    lgr     %r4, %r6
    lg      %r5, 160(%r15)
    lg      %r6, 168(%r15)
    lg      %r7, 176(%r15)
    .globl safe_syscall_start
safe_syscall_start:
    chsi    0(%r1), 0
    jne     safe_syscall_interrupted
    lgr     %r1, %r0
    svc     0
    .globl safe_syscall_end
safe_syscall_end:
    lmg     %r6, %r7, 48(%r15)
    br      %r14
    .globl safe_syscall_interrupted
safe_syscall_interrupted:
    lghi    %r2, -512           /* -QEMU_ERESTARTSYS */
    j       safe_syscall_end
    .size safe_syscall, . - safe_syscall

    .globl uaccess_start
uaccess_start:

/* long uaccess_copy(dst, src, len): 0 or -EFAULT */
    .globl uaccess_copy
    .type uaccess_copy, @function
uaccess_copy:
0:  clgfi   %r4, 8
    jl      1f
    lg      %r1, 0(%r3)
    stg     %r1, 0(%r2)
    aghi    %r3, 8
    aghi    %r2, 8
    aghi    %r4, -8
    j       0b
1:  ltgr    %r4, %r4
    jz      2f
    ic      %r1, 0(%r3)
    stc     %r1, 0(%r2)
    aghi    %r3, 1
    aghi    %r2, 1
    aghi    %r4, -1
    j       1b
2:  lghi    %r2, 0
    br      %r14
    .size uaccess_copy, . - uaccess_copy

/* long uaccess_strncpy(dst, src, max) */
    .globl uaccess_strncpy
    .type uaccess_strncpy, @function
uaccess_strncpy:
    lghi    %r5, 0
0:  clgr    %r5, %r4
    jhe     1f
    llgc    %r1, 0(%r5,%r3)
    stc     %r1, 0(%r5,%r2)
    ltgr    %r1, %r1
    jz      1f
    aghi    %r5, 1
    j       0b
1:  lgr     %r2, %r5
    br      %r14
    .size uaccess_strncpy, . - uaccess_strncpy

/* long uaccess_peek(uint64_t *dst, src) */
    .globl uaccess_peek
    .type uaccess_peek, @function
uaccess_peek:
    lg      %r1, 0(%r3)
    stg     %r1, 0(%r2)
    lghi    %r2, 0
    br      %r14
    .size uaccess_peek, . - uaccess_peek

    .globl uaccess_end
uaccess_end:
    .globl uaccess_fault
uaccess_fault:
    lghi    %r2, -14            /* -EFAULT */
    br      %r14

    .section .note.GNU-stack, "", @progbits
