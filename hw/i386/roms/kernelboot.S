/* SPDX-License-Identifier: MIT */
/*
 * Option ROM "kernelboot": a boot entry vector that fetches a kernel that
 * starts in 32-bit protected mode (Multiboot, PVH), its information block and
 * its module through fw_cfg's DMA interface, and enters it.
 *
 * The information block begins with four words: the entry point, then EAX,
 * EBX and ESI for it (loader/bootimage.h).
 *
 * kernelboot.h holds its bytes; scripts/make-option-rom writes it.
 */
    .include "hw/i386/roms/fetch.inc"
    .set INFO, 0x4000               /* segment of the information block */

product:
    .asciz "32-bit kernel"

enter:
    in $0x92, %al                   /* A20 */
    or $2, %al
    out %al, $0x92
    mov $SCRATCH, %ax
    mov %ax, %es
    mov $gdt, %si                   /* the table goes to RAM */
    mov $0x100, %di
    mov $gdt_end - gdt, %cx
1:  mov %cs:(%si), %al
    stosb
    inc %si
    loop 1b
    movw $gdt_end - gdt - 1, 0x140
    movl $SCRATCH * 16 + 0x100, 0x142
    lgdtl 0x140
    xor %ebx, %ebx
    mov %cs, %bx
    shl $4, %ebx
    add $flat, %ebx
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    pushl $8
    pushl %ebx
    lretl

    .code32
flat:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov $SCRATCH * 16 + 0xfff0, %esp
    mov $INFO * 16, %edx
    mov (%edx), %ecx
    mov 4(%edx), %eax
    mov 8(%edx), %ebx
    mov 12(%edx), %esi
    xor %edi, %edi
    xor %ebp, %ebp
    jmp *%ecx

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9a000000ffff
    .quad 0x00cf92000000ffff
gdt_end:
    .code16
items:                              /* keys: address, size, data */
    .word 0x16, 0x17, 0x18          /* information block */
    .word 0x07, 0x08, 0x11          /* kernel */
    .word 0x0a, 0x0b, 0x12          /* module */
    .word 0
    .org 1023
    .byte 0                         /* the checksum's */
