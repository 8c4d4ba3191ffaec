/* SPDX-License-Identifier: MIT */
/*
 * Host system calls and guarded guest memory access, ppc64 host, ELFv2 ABI.
 * Contract: syscall/process.h, syscall/uaccess.h and host/x86_64/syscall.S.
 * The kernel reports an error as a positive number with CR0.SO set.
 */
    .abiversion 2
    .text

/* long host_syscall(nr, a0..a5) */
    .globl host_syscall
    .type host_syscall, @function
host_syscall:
    mr      0, 3
    mr      3, 4
    mr      4, 5
    mr      5, 6
    mr      6, 7
    mr      7, 8
    mr      8, 9
    sc
    bnslr
    neg     3, 3
    blr
    .size host_syscall, . - host_syscall

/* long safe_syscall(exit_request, nr, a0..a5) */
    .globl safe_syscall
    .type safe_syscall, @function
safe_syscall:
    mr      11, 3
    mr      0, 4
    mr      3, 5
    mr      4, 6
    mr      5, 7
    mr      6, 8
    mr      7, 9
    mr      8, 10
    .globl safe_syscall_start
safe_syscall_start:
    lwz     12, 0(11)
    cmpwi   12, 0
    bne     safe_syscall_interrupted
    sc
    .globl safe_syscall_end
safe_syscall_end:
    bnslr
    neg     3, 3
    blr
    .globl safe_syscall_interrupted
safe_syscall_interrupted:
    li      3, -512             /* -QEMU_ERESTARTSYS */
    blr
    .size safe_syscall, . - safe_syscall

    .globl uaccess_start
uaccess_start:

/* long uaccess_copy(dst, src, len): 0 or -EFAULT */
    .globl uaccess_copy
    .type uaccess_copy, @function
uaccess_copy:
0:  cmpldi  5, 8
    blt     1f
    ld      6, 0(4)
    std     6, 0(3)
    addi    4, 4, 8
    addi    3, 3, 8
    addi    5, 5, -8
    b       0b
1:  cmpldi  5, 0
    beq     2f
    lbz     6, 0(4)
    stb     6, 0(3)
    addi    4, 4, 1
    addi    3, 3, 1
    addi    5, 5, -1
    b       1b
2:  li      3, 0
    blr
    .size uaccess_copy, . - uaccess_copy

/* long uaccess_strncpy(dst, src, max) */
    .globl uaccess_strncpy
    .type uaccess_strncpy, @function
uaccess_strncpy:
    li      6, 0
0:  cmpld   6, 5
    bge     1f
    lbzx    7, 4, 6
    stbx    7, 3, 6
    cmplwi  7, 0
    beq     1f
    addi    6, 6, 1
    b       0b
1:  mr      3, 6
    blr
    .size uaccess_strncpy, . - uaccess_strncpy

/* long uaccess_peek(uint64_t *dst, src) */
    .globl uaccess_peek
    .type uaccess_peek, @function
uaccess_peek:
    ld      6, 0(4)
    std     6, 0(3)
    li      3, 0
    blr
    .size uaccess_peek, . - uaccess_peek

    .globl uaccess_end
uaccess_end:
    .globl uaccess_fault
uaccess_fault:
    li      3, -14              /* -EFAULT */
    blr

    .section .note.GNU-stack, "", @progbits
