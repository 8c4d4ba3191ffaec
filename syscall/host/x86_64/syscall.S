/* SPDX-License-Identifier: MIT */
/*
 * Host system calls and guarded guest memory access, x86-64 host.
 * Contract: syscall/process.h and syscall/uaccess.h.
 *
 * safe_syscall: from safe_syscall_start to safe_syscall_end the kernel has not
 * begun the call, or has rewound it for a restart; safe_syscall_fixup() sends
 * a context found there to safe_syscall_interrupted.
 */
    .text

/* long host_syscall(nr, a0..a5) */
    .globl host_syscall
    .type host_syscall, @function
    .p2align 4
host_syscall:
    mov     %rdi, %rax
    mov     %rsi, %rdi
    mov     %rdx, %rsi
    mov     %rcx, %rdx
    mov     %r8, %r10
    mov     %r9, %r8
    mov     8(%rsp), %r9
    syscall
    ret
    .size host_syscall, . - host_syscall

/* long safe_syscall(exit_request, nr, a0..a5) */
    .globl safe_syscall
    .type safe_syscall, @function
    .p2align 4
safe_syscall:
    mov     %rdi, %r11
    mov     %rsi, %rax
    mov     %rdx, %rdi
    mov     %rcx, %rsi
    mov     %r8, %rdx
    mov     %r9, %r10
    mov     8(%rsp), %r8
    mov     16(%rsp), %r9
    .globl safe_syscall_start
safe_syscall_start:
    cmpl    $0, (%r11)
    jne     safe_syscall_interrupted
    syscall
    .globl safe_syscall_end
safe_syscall_end:
    ret
    .globl safe_syscall_interrupted
safe_syscall_interrupted:
    mov     $-512, %rax         /* -QEMU_ERESTARTSYS */
    ret
    .size safe_syscall, . - safe_syscall

/*
 * Between uaccess_start and uaccess_end nothing is on the stack, so that a
 * fault can return -EFAULT from uaccess_fault.
 */
    .globl uaccess_start
uaccess_start:

/* long uaccess_copy(dst, src, len): 0 or -EFAULT */
    .globl uaccess_copy
    .type uaccess_copy, @function
    .p2align 4
uaccess_copy:
    mov     %rdx, %rcx
    shr     $3, %rcx
    cmp     $32, %rcx
    ja      2f
    test    %rcx, %rcx
    jz      1f
0:  mov     (%rsi), %rax
    mov     %rax, (%rdi)
    add     $8, %rsi
    add     $8, %rdi
    dec     %rcx
    jnz     0b
1:  and     $7, %edx
    jz      4f
3:  mov     (%rsi), %al
    mov     %al, (%rdi)
    inc     %rsi
    inc     %rdi
    dec     %edx
    jnz     3b
4:  xor     %eax, %eax
    ret
2:  mov     %rdx, %rcx
    rep movsb
    xor     %eax, %eax
    ret
    .size uaccess_copy, . - uaccess_copy

/* long uaccess_strncpy(dst, src, max): length without the NUL, max if there
 * was no NUL in max bytes, or -EFAULT */
    .globl uaccess_strncpy
    .type uaccess_strncpy, @function
    .p2align 4
uaccess_strncpy:
    xor     %eax, %eax
0:  cmp     %rdx, %rax
    jae     1f
    mov     (%rsi,%rax), %cl
    mov     %cl, (%rdi,%rax)
    test    %cl, %cl
    jz      1f
    inc     %rax
    jmp     0b
1:  ret
    .size uaccess_strncpy, . - uaccess_strncpy

/* long uaccess_peek(uint64_t *dst, src): 8 bytes, 0 or -EFAULT */
    .globl uaccess_peek
    .type uaccess_peek, @function
    .p2align 4
uaccess_peek:
    mov     (%rsi), %rax
    mov     %rax, (%rdi)
    xor     %eax, %eax
    ret
    .size uaccess_peek, . - uaccess_peek

    .globl uaccess_end
uaccess_end:
    .globl uaccess_fault
uaccess_fault:
    mov     $-14, %rax          /* -EFAULT */
    ret

    .section .note.GNU-stack, "", @progbits
