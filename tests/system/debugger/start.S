/* SPDX-License-Identifier: MIT */
/*
 * Start of the kernel that is debugged: from Multiboot's 32-bit state to long
 * mode with the first GiB mapped twice, at 0 and at 1 GiB; the timer's
 * interrupt; and what the second processor runs.
 */
    .set MAGIC, 0x1badb002
    .section .multiboot, "a"
    .align 4
    .long MAGIC, 0, -MAGIC

    .text
    .code32
    .globl _start
_start:
    mov $stack_top, %esp
    movl $pdpt + 3, pml4
    movl $pd + 3, pdpt
    movl $pd + 3, pdpt + 8
    xor %ecx, %ecx
    mov $0x83, %eax
1:  mov %eax, pd(, %ecx, 8)
    add $0x200000, %eax
    inc %ecx
    cmp $512, %ecx
    jb 1b
    movl $0xfee00083, pd + 511 * 8      /* the local APIC, at 3FE00000h */
    mov $0x220, %eax                    /* PAE, OSFXSR */
    mov %eax, %cr4
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov $0x80000033, %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $start64
    .code64
start64:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    call kernel_main
1:  hlt
    jmp 1b

    .globl on_timer
on_timer:
    push %rax
    incq ticks
    mov $0x20, %al
    out %al, $0x20
    pop %rax
    iretq

    /* Copied to 8000h: counts for ever, in real mode. */
    .globl second, second_end
    .code16
second:
    xor %ax, %ax
    mov %ax, %ds
1:  incl 0x9000
    jmp 1b
second_end:

    .data
    .align 8
gdt: .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
    .word 23
    .long gdt

    .bss
    .align 4096
pml4: .skip 4096
pdpt: .skip 4096
pd: .skip 4096
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", %progbits
