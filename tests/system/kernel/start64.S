/* SPDX-License-Identifier: MIT */
/*
 * Start of the 64-bit test kernel: from Multiboot's 32-bit state to long mode;
 * trap stubs; try() and the way to ring 3.
 */
#include "test64-sel.h"
    .set MAGIC, 0x1badb002
    .set FLAGS, 3
    .set EFER, 0xc0000080
    .section .multiboot, "a"
    .align 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)

    .text
    .code32
    .globl _start
_start:
    mov $stack_top, %esp
    mov %eax, boot_magic
    mov %ebx, boot_info
    call boot_tables
    mov $0x20, %eax                     /* PAE */
    mov %eax, %cr4
    mov $boot_pml4, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $0x900, %eax                     /* LME, NXE */
    wrmsr
    mov %cr0, %eax
    and $~0xc, %eax                     /* no EM, TS */
    or $0x80010023, %eax                /* PG, WP, NE, MP, PE */
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $KCODE, $start64

/* The first GiB and the last of the first four, in 2 MiB pages; ring 3 has
 * the page of .user. */
boot_tables:
    movl $boot_pdpt + 7, boot_pml4
    movl $boot_pd + 7, boot_pdpt
    movl $boot_pd3 + 3, boot_pdpt + 24
    xor %ecx, %ecx
    mov $0x83, %eax
1:  mov %eax, boot_pd(, %ecx, 8)
    mov %eax, boot_pd3(, %ecx, 8)
    orl $0xc0000010, boot_pd3(, %ecx, 8)    /* devices: not cached */
    add $0x200000, %eax
    inc %ecx
    cmp $512, %ecx
    jb 1b
    mov $user_start, %eax
    shr $21, %eax
    orl $4, boot_pd(, %eax, 8)
    ret

    .code64
start64:
    mov $KDATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    mov $stack_top, %rsp
    mov boot_magic, %edi
    mov boot_info, %esi
    push $2
    popfq
    call kernel_main
1:  hlt
    jmp 1b

/* ---- traps ---------------------------------------------------------------- */
#include "stubs.inc"

/* Notes everything and goes where try() waits; the frame is abandoned. */
trap_common:
    mov %rax, trap_rax
    mov %rcx, trap_rcx
    mov %rdx, trap_rdx
    mov %rbx, trap_rbx
    mov %r11, trap_r11
    xor %eax, %eax
    mov %ss, %ax
    mov %rax, trap_handler_ss
    mov %cs, %ax
    mov %rax, trap_handler_cs
    pushfq
    pop trap_handler_flags
    pop trap_vector
    pop trap_error
    mov %rsp, trap_frame
    cmpq $0, trap_return
    jne trap_go_on
    .irp field, ip, cs, flags, sp, ss
    pop trap_\field
    .endr
    mov %cr2, %rax
    mov %rax, trap_cr2
    mov try_sp, %rsp
    mov $KDATA, %eax
    mov %eax, %ss
    mov $1, %eax
    jmp try_out

trap_go_on:
    decq trap_return
    mov trap_logged, %rcx
    incq trap_logged
    and $31, %ecx
    shl $5, %ecx
    mov trap_vector, %rax
    mov %rax, trap_log(%rcx)
    mov (%rsp), %rax
    mov %rax, trap_log + 8(%rcx)
    mov 16(%rsp), %rax
    mov %rax, trap_log + 16(%rcx)
    mov %dr6, %rax
    mov %rax, trap_log + 24(%rcx)
    mov trap_skip, %rax
    add %rax, (%rsp)
    mov trap_or, %rax
    or %rax, 16(%rsp)
    mov trap_rax, %rax
    mov trap_rcx, %rcx
    iretq

/* int try(void (*fn)(void)): 1 if it trapped */
    .globl try
try:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, try_sp
    push $2
    popfq
    call *%rdi
    xor %eax, %eax
try_out:
    push $2
    popfq
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

/* void enter_user(void (*fn)(void)): ring 3; comes back by a trap. */
    .globl enter_user
enter_user:
    mov $UDATA + 3, %eax
    mov %eax, %ds
    mov %eax, %es
    push user_ss
    push $user_stack_top
    push user_flags
    push user_cs
    push %rdi
    iretq

    .data
    .balign 8
gdt_pointer:
    .word GDT_SIZE - 1
    .long gdt
    .balign 8
boot_magic:
    .long 0
boot_info:
    .long 0
    .macro var name, value=0
    .globl \name
\name:
    .quad \value
    .endm
    .irp name, vector, error, ip, cs, flags, sp, ss, cr2, frame, rax, rcx, \
        rdx, rbx, r11, handler_ss, handler_cs, handler_flags, return, or, \
        skip, logged
    var trap_\name
    .endr
    var try_sp
    var user_flags, 2
    var user_cs, UCODE + 3
    var user_ss, UDATA + 3

    .bss
    .macro space name, size
    .balign 4096
    .globl \name
\name:
    .skip \size
    .endm
    space boot_pml4, 4096
    space boot_pdpt, 4096
    space boot_pd, 4096
    space boot_pd3, 4096
    space trap_log, 1024
    space boot_stack, 16384
    .globl stack_top
stack_top:
    space trap_stack, 8192
    .globl trap_stack_top
trap_stack_top:

    .section .user.bss, "aw"
    space user_stack, 8192
    .globl user_stack_top
user_stack_top:
    .skip 64                            /* some write a little above it */
