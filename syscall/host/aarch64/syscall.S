/* SPDX-License-Identifier: MIT */
/*
 * Host system calls and guarded guest memory access, aarch64 host.
 * Contract: syscall/process.h, syscall/uaccess.h and host/x86_64/syscall.S.
 */
    .text

/* long host_syscall(nr, a0..a5) */
    .globl host_syscall
    .type host_syscall, %function
host_syscall:
    mov     x8, x0
    mov     x0, x1
    mov     x1, x2
    mov     x2, x3
    mov     x3, x4
    mov     x4, x5
    mov     x5, x6
    svc     #0
    ret
    .size host_syscall, . - host_syscall

/* long safe_syscall(exit_request, nr, a0..a5) */
    .globl safe_syscall
    .type safe_syscall, %function
safe_syscall:
    mov     x9, x0
    mov     x8, x1
    mov     x0, x2
    mov     x1, x3
    mov     x2, x4
    mov     x3, x5
    mov     x4, x6
    mov     x5, x7
    .globl safe_syscall_start
safe_syscall_start:
    ldr     w10, [x9]
    cbnz    w10, safe_syscall_interrupted
    svc     #0
    .globl safe_syscall_end
safe_syscall_end:
    ret
    .globl safe_syscall_interrupted
safe_syscall_interrupted:
    mov     x0, #-512           /* -QEMU_ERESTARTSYS */
    ret
    .size safe_syscall, . - safe_syscall

    .globl uaccess_start
uaccess_start:

/* long uaccess_copy(dst, src, len): 0 or -EFAULT */
    .globl uaccess_copy
    .type uaccess_copy, %function
uaccess_copy:
0:  cmp     x2, #8
    b.lo    1f
    ldr     x3, [x1], #8
    str     x3, [x0], #8
    sub     x2, x2, #8
    b       0b
1:  cbz     x2, 2f
    ldrb    w3, [x1], #1
    strb    w3, [x0], #1
    sub     x2, x2, #1
    b       1b
2:  mov     x0, #0
    ret
    .size uaccess_copy, . - uaccess_copy

/* long uaccess_strncpy(dst, src, max) */
    .globl uaccess_strncpy
    .type uaccess_strncpy, %function
uaccess_strncpy:
    mov     x3, #0
0:  cmp     x3, x2
    b.hs    1f
    ldrb    w4, [x1, x3]
    strb    w4, [x0, x3]
    cbz     w4, 1f
    add     x3, x3, #1
    b       0b
1:  mov     x0, x3
    ret
    .size uaccess_strncpy, . - uaccess_strncpy

/* long uaccess_peek(uint64_t *dst, src) */
    .globl uaccess_peek
    .type uaccess_peek, %function
uaccess_peek:
    ldr     x3, [x1]
    str     x3, [x0]
    mov     x0, #0
    ret
    .size uaccess_peek, . - uaccess_peek

    .globl uaccess_end
uaccess_end:
    .globl uaccess_fault
uaccess_fault:
    mov     x0, #-14            /* -EFAULT */
    ret

    .section .note.GNU-stack, "", %progbits
