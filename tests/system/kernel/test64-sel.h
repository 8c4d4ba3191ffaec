/* SPDX-License-Identifier: MIT */
/*
 * Selectors of the 64-bit test kernel's GDT.  SYSCALL's and SYSENTER's rules
 * put the first seven in this order.
 */
#ifndef TEST64_SEL_H
#define TEST64_SEL_H

#define KCODE           0x08
#define KDATA           0x10
#define UCODE32         0x18
#define UDATA           0x20
#define UCODE           0x28
#define UDATA2          0x30
#define KCODE32         0x38
#define KCODE16         0x40
#define KDATA16         0x48
#define TSS_SEL         0x50    /* 16 bytes */
#define LDT_SEL         0x60    /* 16 bytes */
#define GATE_SEL        0x70    /* 16 bytes */
#define NP_DATA         0x80    /* not present */
#define NP_CODE         0x88
#define CODE_LD         0x90    /* L and D at once */
#define CONFORMING      0x98
#define RO_DATA         0xa0
#define CODE_RING1      0xa8
#define DATA_RING1      0xb0
#define SCRATCH         0xb8    /* 16 bytes */
#define SMALL_DATA      0xc8    /* 4 KiB, ring 3 */
#define UCODE16         0xd0
#define FRESH_DATA      0xd8    /* not accessed yet */
#define GDT_SIZE        0xf0

#endif
