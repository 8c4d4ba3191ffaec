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
    .code16
    .text
    .set FW_SELECT, 0x510
    .set FW_DMA_HIGH, 0x514
    .set SCRATCH, 0x3000            /* segment of the DMA descriptor, stack */
    .set INFO, 0x4000               /* segment of the information block */

start:
    .word 0xaa55
    .byte 2                         /* 512-byte blocks */
    lret                            /* init: nothing to do */
    .org 0x18
    .word 0
    .word pnp
    .word 0

    .balign 16
pnp:
    .ascii "$PnP"
    .byte 1, 2                      /* revision, length / 16 */
    .word 0
    .byte 0, 0
    .long 0
    .word maker, product
    .byte 2, 0, 0                   /* mass storage */
    .byte 0x14                      /* shadowable, boots an image */
    .word 0, 0
    .word boot                      /* boot entry vector */
    .word 0, 0

maker:
    .asciz "fw_cfg"
product:
    .asciz "32-bit kernel"

boot:
    cli
    cld
    in $0x92, %al                   /* A20 */
    or $2, %al
    out %al, $0x92
    mov $SCRATCH, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0xfff0, %sp
    mov $items, %si
1:  mov %cs:(%si), %bx              /* key of the address */
    test %bx, %bx
    jz enter
    call number
    bswap %eax
    mov %eax, 12
    movl $0, 8                      /* below 4 GiB */
    mov %cs:2(%si), %bx             /* of the size */
    call number
    test %eax, %eax
    jz 3f
    bswap %eax
    mov %eax, 4
    mov %cs:4(%si), %ax             /* of the data */
    xchg %al, %ah
    mov %ax, 0                      /* control: key, select and read */
    movw $0x0a00, 2
    xor %eax, %eax
    mov $FW_DMA_HIGH, %dx
    out %eax, %dx
    mov $SCRATCH * 16, %eax
    bswap %eax
    add $4, %dx
    out %eax, %dx
2:  mov 0, %eax                     /* done when all but "error" is gone */
    and $~0x01000000, %eax
    jnz 2b
3:  add $6, %si
    jmp 1b

/* EAX: the 32-bit number of item BX. */
number:
    mov $FW_SELECT, %dx
    mov %bx, %ax
    out %ax, %dx
    inc %dx
    mov $4, %cx
1:  in %dx, %al
    ror $8, %eax
    loop 1b
    ret

enter:
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
