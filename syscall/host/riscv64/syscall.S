/* SPDX-License-Identifier: MIT */
/*
 * Host system calls and guarded guest memory access, riscv64 host.
 * Contract: syscall/process.h, syscall/uaccess.h and host/x86_64/syscall.S.
 */
    .text

/* long host_syscall(nr, a0..a5) */
    .globl host_syscall
    .type host_syscall, @function
host_syscall:
    mv      a7, a0
    mv      a0, a1
    mv      a1, a2
    mv      a2, a3
    mv      a3, a4
    mv      a4, a5
    mv      a5, a6
    ecall
    ret
    .size host_syscall, . - host_syscall

/* long safe_syscall(exit_request, nr, a0..a5) */
    .globl safe_syscall
    .type safe_syscall, @function
safe_syscall:
    mv      t0, a0
    mv      t1, a1
    mv      a0, a2
    mv      a1, a3
    mv      a2, a4
    mv      a3, a5
    mv      a4, a6
    mv      a5, a7
    mv      a7, t1
    .globl safe_syscall_start
safe_syscall_start:
    lw      t2, 0(t0)
    bnez    t2, safe_syscall_interrupted
    ecall
    .globl safe_syscall_end
safe_syscall_end:
    ret
    .globl safe_syscall_interrupted
safe_syscall_interrupted:
    li      a0, -512            /* -QEMU_ERESTARTSYS */
    ret
    .size safe_syscall, . - safe_syscall

    .globl uaccess_start
uaccess_start:

/* long uaccess_copy(dst, src, len): 0 or -EFAULT.  Words only where both
 * sides are aligned: misaligned access may trap to slow emulation. */
    .globl uaccess_copy
    .type uaccess_copy, @function
uaccess_copy:
    or      t0, a0, a1
    andi    t0, t0, 7
    bnez    t0, 1f
    li      t2, 8
0:  bltu    a2, t2, 1f
    ld      t1, 0(a1)
    sd      t1, 0(a0)
    addi    a1, a1, 8
    addi    a0, a0, 8
    addi    a2, a2, -8
    j       0b
1:  beqz    a2, 2f
    lbu     t1, 0(a1)
    sb      t1, 0(a0)
    addi    a1, a1, 1
    addi    a0, a0, 1
    addi    a2, a2, -1
    j       1b
2:  li      a0, 0
    ret
    .size uaccess_copy, . - uaccess_copy

/* long uaccess_strncpy(dst, src, max) */
    .globl uaccess_strncpy
    .type uaccess_strncpy, @function
uaccess_strncpy:
    mv      t0, a0
    li      a0, 0
0:  bgeu    a0, a2, 1f
    lbu     t1, 0(a1)
    sb      t1, 0(t0)
    beqz    t1, 1f
    addi    a1, a1, 1
    addi    t0, t0, 1
    addi    a0, a0, 1
    j       0b
1:  ret
    .size uaccess_strncpy, . - uaccess_strncpy

/* long uaccess_peek(uint64_t *dst, src) */
    .globl uaccess_peek
    .type uaccess_peek, @function
uaccess_peek:
    li      a2, 8
    j       uaccess_copy
    .size uaccess_peek, . - uaccess_peek

    .globl uaccess_end
uaccess_end:
    .globl uaccess_fault
uaccess_fault:
    li      a0, -14             /* -EFAULT */
    ret

    .section .note.GNU-stack, "", @progbits
