/* SPDX-License-Identifier: MIT */
/*
 * Option ROM "linuxboot": a boot entry vector that fetches a Linux kernel's
 * setup, its command line, the kernel and its initrd through fw_cfg's DMA
 * interface, and enters setup in real mode (Linux's boot protocol, "Running the
 * kernel").
 *
 * linuxboot.h holds its bytes; scripts/make-option-rom writes it.
 */
    .code16
    .text
    .set FW_SELECT, 0x510
    .set FW_DMA_HIGH, 0x514
    .set SCRATCH, 0x3000            /* segment of the DMA descriptor, stack */
    .set SETUP, 0x1000

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
    .asciz "Linux kernel"

boot:
    cli
    cld
    mov $SCRATCH, %ax
    mov %ax, %ds
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
    mov $SETUP, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov $0xfff0, %sp
    ljmp $SETUP + 0x20, $0

items:                              /* keys: address, size, data */
    .word 0x16, 0x17, 0x18          /* setup */
    .word 0x13, 0x14, 0x15          /* command line */
    .word 0x07, 0x08, 0x11          /* kernel */
    .word 0x0a, 0x0b, 0x12          /* initrd */
    .word 0
    .org 1023
    .byte 0                         /* the checksum's */
