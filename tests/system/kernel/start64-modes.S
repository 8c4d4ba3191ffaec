/* SPDX-License-Identifier: MIT */
/*
 * The 64-bit test kernel's ways out of long mode and back, the start of a
 * second processor, and the handlers that interrupts and SMIs come to.
 */
#include "test64-sel.h"
    .set EFER, 0xc0000080
    .set APIC, 0xfee00000

    .macro save_all
    .irp r, rbx, rbp, r12, r13, r14, r15
    push %\r
    .endr
    mov %rsp, trip_sp
    .endm
    .macro restore_all
    mov $KDATA, %eax
    mov %eax, %ss
    mov %eax, %ds
    mov %eax, %es
    mov trip_sp, %rsp
    .irp r, r15, r14, r13, r12, rbp, rbx
    pop %\r
    .endr
    .endm
    .macro note_efer at
    mov $EFER, %ecx
    rdmsr
    mov %eax, mode_efer + 4 * \at
    .endm
    .macro paging on
    mov %cr0, %eax
    .if \on
    or $0x80000000, %eax
    .else
    and $0x7fffffff, %eax
    .endif
    mov %eax, %cr0
    .endm

    .text
/* void switch_paging(uint64_t cr3, uint64_t cr4): with paging off between. */
    .globl switch_paging
switch_paging:
    save_all
    ljmp *to_compat + 6
    .code32
switch32:
    paging 0
    mov %esi, %cr4
    mov %edi, %cr3
    paging 1
    ljmp $KCODE, $1f
    .code64
1:  restore_all
    ret

/* uint32_t mode_trip(uint32_t): compatibility, protected, real mode and back;
 * what CR0's and EFER's bits were on the way is in mode_efer and mode_cr0;
 * gp_count: activations that were refused. */
    .globl mode_trip
mode_trip:
    save_all
    sidt long_idt
    mov %edi, %ebx
    mov $real_code, %esi
    mov $0x7000, %edi
    mov $real_end - real_code, %ecx
    rep movsb
    mov $gp32, %eax                     /* the 32-bit table's only gate */
    mov %ax, idt32 + 13 * 8
    movw $KCODE32, idt32 + 13 * 8 + 2
    movw $0x8e00, idt32 + 13 * 8 + 4
    shr $16, %eax
    mov %ax, idt32 + 13 * 8 + 6
    ljmp *to_compat
    .code32
trip32:
    note_efer 0
    paging 0
    mov %cr0, %eax
    mov %eax, mode_cr0
    note_efer 1
    and $~0x100, %eax                   /* no LME */
    wrmsr
    note_efer 2
    lidt real_idt
    ljmp $KCODE16, $(0x7000 + real_16 - real_code)
real_back:
    mov $KDATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov trip_sp, %esp
    lidt idt32_pointer
    note_efer 3
    or $0x100, %eax                     /* LME */
    wrmsr
    mov %cr4, %eax
    and $~0x20, %eax                    /* no PAE: no long mode */
    mov %eax, %cr4
    movl $1f, gp_resume
    paging 1
1:  mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    movl $2f, gp_resume
    mov %cr0, %eax
    and $~1, %eax                       /* PG without PE */
    or $0x80000000, %eax
    mov %eax, %cr0
2:  note_efer 4
    paging 1
    note_efer 5
    lidt long_idt                       /* gates of 16 bytes again */
    ljmp $KCODE, $3f
    .code64
3:  mov %ebx, %ecx
    restore_all
    mov %ecx, %eax
    ret

    .code32
gp32:
    add $4, %esp
    incl gp_count
    mov gp_resume, %eax
    mov %eax, (%esp)
    iret

    .set REAL_DATA, KDATA16
    .set REAL_RETURN, KCODE32
#include "real.inc"

/* ---- a second processor: copied to 8000h, real mode ---- */
    .code16
    .globl ap_code
ap_code:
    mov %cs, %ax
    mov %ax, %ds
    mov %ax, ap_cs - ap_code
    lgdtl ap_gdt - ap_code
    mov $0x620, %eax                    /* PAE, OSFXSR, OSXMMEXCPT */
    mov %eax, %cr4
    mov $boot_pml4, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $0x900, %eax
    wrmsr
    mov $0x80010023, %eax               /* protection and paging at once */
    mov %eax, %cr0
    ljmpl $KCODE, $ap_start
    .balign 4
ap_gdt:
    .word GDT_SIZE - 1
    .long gdt
    .globl ap_cs
ap_cs:
    .word 0
    .globl ap_end
ap_end:

    .code64
ap_start:
    mov $KDATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $ap_stack_top, %rsp
    call ap_main
1:  hlt
    jmp 1b

/* ---- interrupts ---- */
/* Counts, notes where it came from, and ends the interrupt. */
    .globl ipi_stub
ipi_stub:
    push %rax
    mov 8(%rsp), %rax
    mov %rax, ipi_ip
    lock incl ipi_count
    mov $APIC, %eax
    movl $0, 0xb0(%rax)
    pop %rax
    iretq

/* The first NMI sends another to this processor, which must wait. */
    .globl nmi_stub
nmi_stub:
    push %rax
    push %rcx
    incl nmi_count
    cmpl $1, nmi_count
    jne 2f
    mov $APIC, %eax
    mov 0x20(%rax), %ecx
    mov %ecx, 0x310(%rax)
    movl $0x4400, 0x300(%rax)
    mov $1000, %ecx
1:  pause
    loop 1b
    mov nmi_count, %eax
    mov %eax, nmi_inside
2:  pop %rcx
    pop %rax
    iretq

/* ---- system management mode: at SMBASE + 8000h ---- */
    .code16
    .globl smm_code
smm_code:
    mov %cs, %ax
    xor %bx, %bx
    mov %bx, %ds
    mov %bx, %es
    mov $smm_cs, %edi
    mov %ax, (%edi)
    mov $0xafe00, %esi
    mov $smm_saved, %edi
    mov $128, %ecx
    cld
    addr32 rep movsl
    mov %cr0, %eax
    mov $smm_cr0, %edi
    mov %eax, (%edi)
    mov $smm_count, %edi
    incl (%edi)
    mov $0xaffe0, %edi
    movl $0x5a5a1234, (%edi)            /* RBX */
    rsm
    .globl smm_end
smm_end:
    .code64

    .data
    .balign 8
to_compat:
    .long trip32
    .word KCODE32
    .long switch32
    .word KCODE32
real_idt:
    .word 0x3ff
    .long 0
    .balign 8
idt32_pointer:
    .word 14 * 8 - 1
    .long idt32
long_idt:
    .skip 10
    .balign 8
    .irp name, trip_sp, ipi_ip, mode_cr0, gp_count, gp_resume, ipi_count, \
        nmi_count, nmi_inside, smm_cs, smm_cr0, smm_count
    .globl \name
\name:
    .quad 0
    .endr
    .globl mode_efer
mode_efer:
    .skip 24
    .bss
    .balign 16
idt32:
    .skip 14 * 8
    .balign 16
    .globl smm_saved
smm_saved:
    .skip 512
    .skip 4096
ap_stack_top:
