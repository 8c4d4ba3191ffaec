/* SPDX-License-Identifier: MIT */
/* Start of the 32-bit test kernel; traps; the way to other levels and modes. */
    .set MAGIC, 0x1badb002
    .set FLAGS, 3
    .section .multiboot, "a"
    .align 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)

    .text
    .globl _start
_start:
    mov $stack_top, %esp
    push %ebx
    push %eax
    push $0
    popf
    call kernel_main
1:  hlt
    jmp 1b

/* ---- traps ---------------------------------------------------------------- */
#include "stubs.inc"

/* Notes the frame and goes where try() waits; the frame is abandoned. */
trap_common:
    cld
    push %eax
    mov %ss, %ax
    mov %ax, %ss:trap_ss
    mov $16, %ax
    mov %ax, %ds
    mov %ax, %es
    pop %eax
    mov %eax, trap_eax
    pop trap_vector
    pop trap_error
    mov %esp, trap_frame
    mov (%esp), %eax
    mov %eax, trap_ip
    mov 4(%esp), %eax
    mov %eax, trap_cs
    mov 8(%esp), %eax
    mov %eax, trap_flags
    mov %cr2, %eax
    mov %eax, trap_cr2
    incl trap_count
    mov %ecx, trap_ecx
    mov %esi, trap_esi
    mov %edi, trap_edi
    lea 12(%esp), %esi
    mov $trap_more, %edi
    mov $6, %ecx
    rep movsl
    cmpl $0, trap_return
    jne 2f
    mov $16, %ax
    mov %ax, %ss
    mov try_sp, %esp
    mov $1, %eax
    jmp try_out
2:  mov trap_frame, %ecx            /* a trap that goes on */
    mov trap_or, %eax
    or %eax, 8(%ecx)
    mov trap_eax, %eax
    mov trap_ecx, %ecx
    mov trap_esi, %esi
    mov trap_edi, %edi
    push trap_frame
    pop %esp
    iret

/* int try(void (*fn)(void)): 1 if it trapped */
    .globl try
try:
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov %esp, try_sp
    call *20(%esp)
    xor %eax, %eax
try_out:
    push $2
    popf
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

/* void enter_user(void (*fn)(void)): ring 3, flat; comes back by a trap. */
    .globl enter_user
enter_user:
    mov 4(%esp), %eax
    mov user_flags, %ecx
    mov $0x23, %dx
    mov %dx, %ds
    mov %dx, %es
    push $0x23
    push $user_stack_top
    push %ecx
    push user_cs
    push %eax
    iret

/* void enter_v86(void): at 0x8000:0, stack 0x8000:0xff0 */
    .globl enter_v86
enter_v86:
    mov user_flags, %ecx
    or $0x20000, %ecx
    push $0x1111                    /* gs fs ds es */
    push $0x2222
    push $0x3333
    push $0x4444
    push $0x8000
    push $0xff0
    push %ecx
    push $0x8000
    push $0
    iret

/* ---- real mode and back: uint32_t real_mode_trip(uint32_t) ---- */
    .globl real_mode_trip
real_mode_trip:
    push %ebx
    push %esi
    push %edi
    push %ebp
    mov %esp, real_sp
    mov 20(%esp), %ebx
    mov $real_code, %esi
    mov $0x7000, %edi
    mov $real_end - real_code, %ecx
    rep movsb
    sidt real_old_idt
    lidt real_idt
    ljmp $0x38, $(0x7000 + real_16 - real_code)
real_back:
    mov $16, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov %ax, %fs
    mov %ax, %gs
    mov real_sp, %esp
    lidt real_old_idt
    mov %ebx, %eax
    pop %ebp
    pop %edi
    pop %esi
    pop %ebx
    ret

    .set REAL_DATA, 0x40
    .set REAL_RETURN, 8
#define REAL_FLAT 0x10
#include "real.inc"
    .code32

/* ---- another processor: counts the delay at 0x9000 down, then adds 1 to the
 * number at the address in 0x9004, as often as 0x900c says; zero at 0x9000
 * says that it is done ---- */
    .globl ap_code
    .globl ap_end
    .code16
ap_code:
    xor %ax, %ax
    mov %ax, %ds
    movw $1, 0x9008
1:  pause
    mov 0x9000, %ecx
    test %ecx, %ecx
    jz 1b
2:  pause
    dec %ecx
    jnz 2b
    mov 0x9004, %bx
    mov 0x900c, %ecx
3:  lock incl (%bx)
    dec %ecx
    jnz 3b
    movl $0, 0x9000
    jmp 1b
ap_end:
    .code32

/* ---- call gate target: uint32_t sum of two parameters into gate_result ---- */
    .globl gate_target
gate_target:
    push %ebp
    mov %esp, %ebp
    push %eax
    push %ds
    mov $16, %ax
    mov %ax, %ds
    mov 12(%ebp), %eax
    shl $16, %eax
    add 16(%ebp), %eax
    mov %eax, gate_result
    mov %cs, gate_cs
    mov %ss, gate_ss
    pop %ds
    pop %eax
    pop %ebp
    lret $8

/* In ring 3: calls it, then ends by int $0x80. */
    .globl user_call_gate
user_call_gate:
    push $0x1111
    push $0x2222
    lcall $0x4b, $0
    mov %esp, %eax
    int $0x80

/* ---- tasks ---- */
    .globl task_entry
task_entry:
    addl $1, task_runs
    pushf
    pop task_flags
    mov %esp, task_esp
    str task_tr
    cmpl $0, task_leave_jmp
    jne 1f
    iret                            /* by the back link */
    jmp task_entry
1:  ljmp $0x28, $0
    jmp task_entry

    .globl sysenter_target
sysenter_target:
    mov %esp, %ss:sysenter_esp_seen
    mov %cs, %ax
    mov %ax, %ss:sysenter_cs_seen
    mov $user_after_sysexit, %edx
    mov $user_stack_top, %ecx
    sysexit
    .globl user_sysenter
user_sysenter:
    sysenter
user_after_sysexit:
    mov %cs, %eax
    int $0x80

    .data
    .balign 8
real_idt:
    .word 0x3ff
    .long 0
real_old_idt:
    .word 0
    .long 0
    .balign 4
    .macro var name
    .globl \name
\name:
    .long 0
    .endm
    var trap_vector
    var trap_error
    var trap_frame
    var trap_ip
    var trap_cs
    var trap_flags
    var trap_cr2
    var trap_eax
    var trap_ecx
    var trap_esi
    var trap_edi
    var trap_count
    var trap_ss
    var trap_return
    var trap_or
    var try_sp
    var user_flags
    var real_sp
    var unreal_value
    var gate_result
    var gate_cs
    var gate_ss
    var task_runs
    var task_flags
    var task_esp
    var task_tr
    var task_leave_jmp
    var sysenter_esp_seen
    var sysenter_cs_seen
    .globl user_cs
user_cs:
    .long 0x1b
    .globl trap_more
trap_more:
    .skip 24
    .bss
    .balign 4096
    .skip 16384
stack_top:
    .globl stack_top
    .skip 4096
    .globl user_stack_top
user_stack_top:
