/* SPDX-License-Identifier: MIT */
/*
 * Option ROM "linuxboot": a boot entry vector that fetches a Linux kernel's
 * setup, its command line, the kernel and its initrd through fw_cfg's DMA
 * interface, and enters setup in real mode (Linux's boot protocol, "Running the
 * kernel").
 *
 * linuxboot.h holds its bytes; scripts/make-option-rom writes it.
 */
    .include "hw/i386/roms/fetch.inc"
    .set SETUP, 0x1000

product:
    .asciz "Linux kernel"

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
