/* SPDX-License-Identifier: MIT */
/*
 * The i386 guest's vdso, in the guest's language: the system-call entry of
 * AT_SYSINFO, the return stubs of handlers without a restorer, and the time
 * functions of vdso(7).  scripts/gen-vdso builds linux-user/vdso32-image.h
 * from this.
 */
        .text
        .globl  __kernel_vsyscall
        .type   __kernel_vsyscall, @function
        .balign 16
__kernel_vsyscall:
        .cfi_startproc
        pushl   %ecx
        .cfi_adjust_cfa_offset 4
        .cfi_rel_offset ecx, 0
        pushl   %edx
        .cfi_adjust_cfa_offset 4
        .cfi_rel_offset edx, 0
        pushl   %ebp
        .cfi_adjust_cfa_offset 4
        .cfi_rel_offset ebp, 0
        movl    %esp, %ebp
        sysenter
        int     $0x80                   /* a restarted call comes here */
int80_landing_pad:
        popl    %ebp
        .cfi_restore ebp
        .cfi_adjust_cfa_offset -4
        popl    %edx
        .cfi_restore edx
        .cfi_adjust_cfa_offset -4
        popl    %ecx
        .cfi_restore ecx
        .cfi_adjust_cfa_offset -4
        ret
        .cfi_endproc
        .size   __kernel_vsyscall, . - __kernel_vsyscall

/* No unwind information: unwinders know these by their bytes. */
        .globl  __kernel_sigreturn
        .type   __kernel_sigreturn, @function
        .balign 16
        nop                             /* unwinders look one byte before */
        .balign 16
__kernel_sigreturn:
        popl    %eax
        movl    $119, %eax
        int     $0x80
        .size   __kernel_sigreturn, . - __kernel_sigreturn

        .globl  __kernel_rt_sigreturn
        .type   __kernel_rt_sigreturn, @function
        .balign 16
__kernel_rt_sigreturn:
        movl    $173, %eax
        int     $0x80
        .size   __kernel_rt_sigreturn, . - __kernel_rt_sigreturn

        .macro  VDSO_CALL name nr
        .globl  __vdso_\name
        .type   __vdso_\name, @function
        .balign 16
__vdso_\name:
        .cfi_startproc
        pushl   %ebx
        .cfi_adjust_cfa_offset 4
        .cfi_rel_offset ebx, 0
        movl    8(%esp), %ebx
        movl    12(%esp), %ecx
        movl    16(%esp), %edx
        movl    $\nr, %eax
        int     $0x80
        popl    %ebx
        .cfi_restore ebx
        .cfi_adjust_cfa_offset -4
        ret
        .cfi_endproc
        .size   __vdso_\name, . - __vdso_\name
        .endm

        VDSO_CALL clock_gettime 265
        VDSO_CALL clock_gettime64 403
        VDSO_CALL gettimeofday 78
        VDSO_CALL time 13
        VDSO_CALL clock_getres 266
        VDSO_CALL getcpu 318

        .section .note.Linux, "a", @note
        .balign 4
        .long   6, 4, 0
        .asciz  "Linux"
        .balign 4
        .long   0x060100
        .section .note.GNU-stack, "", @progbits
