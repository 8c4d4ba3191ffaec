/* SPDX-License-Identifier: MIT */
/* The hot snippets of 32-bit code; see snippets.S.  Counted on x86-64 hosts only. */
.macro SNIP name
.section .rodata.str1.1,"aMS",@progbits,1
.Lm_\name: .asciz "i386_\name"
.section .snippets32,"aw"
.quad .Lm_\name, .Lt_\name, .Lf_\name
.section .snipcode32,"ax"
.balign 64
.Lt_\name:
.code32
.endm
.macro END name
.Lf_\name: test %eax, %eax
    int $0x80
.code64
.endm

.section .snippets32,"aw"
.globl density_snippets32
density_snippets32:

SNIP empty
END empty
SNIP mov_rr
    mov %edi, %eax
END mov_rr
SNIP mov_imm
    mov $42, %eax
END mov_imm
SNIP mov_load
    mov (%edi), %eax
END mov_load
SNIP mov_load_stack
    mov 0x40(%esp), %edi
END mov_load_stack
SNIP mov_load_sib
    mov 8(%edi,%ecx,4), %eax
END mov_load_sib
SNIP mov_load_abs
    mov 0x804a000, %eax
END mov_load_abs
SNIP mov_store
    mov %eax, 4(%edi)
END mov_store
SNIP mov_store_imm
    movl $1, 4(%edi)
END mov_store_imm
SNIP mov_tls
    mov %gs:0x14, %eax
END mov_tls
SNIP movzx_load
    movzbl (%esi,%ecx), %eax
END movzx_load
SNIP movsx_load
    movswl 2(%esi), %eax
END movsx_load
SNIP add_rr
    add %esi, %edi
END add_rr
SNIP add_load
    add 4(%esi), %edi
END add_load
SNIP add_store
    addl $1, 4(%esi)
END add_store
SNIP sub_imm
    sub $0x1c, %esp
END sub_imm
SNIP add64
    add %eax, %ebx
    adc %edx, %ecx
END add64
SNIP sub64
    sub 8(%esp), %ebx
    sbb 12(%esp), %ecx
END sub64
SNIP lea
    lea 8(%esi,%edi,4), %eax
END lea
SNIP shl
    shl $3, %eax
END shl
SNIP shld
    shld $5, %eax, %edx
END shld
SNIP sar_cl
    sar %cl, %eax
END sar_cl
SNIP imul
    imul %esi, %eax
END imul
SNIP mul64
    mull 8(%esp)
END mul64
SNIP div
    xor %edx, %edx
    div %ecx
END div
SNIP cmp_sete
    cmp %esi, %edi
    sete %al
END cmp_sete
SNIP cmp_cmov
    cmp %esi, %edi
    cmovl %ecx, %eax
END cmp_cmov
SNIP push_pop
    push %ebx
    push %esi
    pop %esi
    pop %ebx
END push_pop
SNIP push_args
    push 8(%ebp)
    push $3
    add $8, %esp
END push_args
SNIP prologue
    push %ebp
    mov %esp, %ebp
    sub $0x18, %esp
END prologue
SNIP epilogue
    add $0x18, %esp
    pop %ebx
    pop %ebp
END epilogue
SNIP strlen_step
    movzbl (%eax), %edx
    inc %eax
    add %edx, %ecx
END strlen_step
SNIP x87_add
    fldl 8(%esp)
    faddl 16(%esp)
    fstpl 24(%esp)
END x87_add
SNIP sse_add
    movsd 8(%esp), %xmm0
    addsd 16(%esp), %xmm0
    movsd %xmm0, 24(%esp)
END sse_add
SNIP sse_vec
    movups (%esi), %xmm0
    mulps (%edi), %xmm0
    movups %xmm0, (%ebx)
END sse_vec

.section .snippets32,"aw"
.quad 0, 0, 0
.section .note.GNU-stack,"",@progbits
