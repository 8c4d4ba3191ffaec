/* SPDX-License-Identifier: MIT */
/*
 * The guest's vdso, in the guest's language: the five functions of vdso(7)
 * for x86-64.  They are system calls, which here cost an exit from generated
 * code and no kernel entry where the host has a vdso of its own.
 * scripts/gen-vdso builds linux-user/vdso-image.h from this.
 */
        .text
        .macro  VDSO_CALL name nr
        .globl  __vdso_\name
        .type   __vdso_\name, @function
        .weak   \name
        .type   \name, @function
        .balign 16
\name:
__vdso_\name:
        .cfi_startproc
        movl    $\nr, %eax
        syscall
        ret
        .cfi_endproc
        .size   __vdso_\name, . - __vdso_\name
        .size   \name, . - \name
        .endm

        VDSO_CALL clock_gettime 228
        VDSO_CALL gettimeofday 96
        VDSO_CALL time 201
        VDSO_CALL clock_getres 229
        VDSO_CALL getcpu 309

        .section .note.Linux, "a", @note
        .balign 4
        .long   6, 4, 0
        .asciz  "Linux"
        .balign 4
        .long   0x060100
        .section .note.GNU-stack, "", @progbits
