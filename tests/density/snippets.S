/* SPDX-License-Identifier: MIT */
/* Hot guest snippets; each is translated alone, with flags dead behind it.  Add a line SNIP name ... END,
   then run `make density-update` and justify the counts in the commit. */
.macro SNIP name
.section .rodata.str1.1,"aMS",@progbits,1
.Ln_\name: .asciz "\name"
.section .snippets,"aw"
.quad .Ln_\name, .Ls_\name, .Le_\name
.section .snipcode,"ax"
.balign 64
.Ls_\name:
.endm
.macro END name
.Le_\name: test %eax, %eax
    syscall
.endm

.section .snippets,"aw"
.globl density_snippets
density_snippets:

SNIP mov_rr
    mov %rdi, %rax
END mov_rr
SNIP mov_imm
    mov $42, %eax
END mov_imm
SNIP mov_imm64
    movabs $0x123456789abcdef0, %rax
END mov_imm64
SNIP mov_load
    mov (%rdi), %rax
END mov_load
SNIP mov_load_disp
    mov 0x40(%rsp), %rdi
END mov_load_disp
SNIP mov_load_sib
    mov 8(%rdi,%rcx,8), %eax
END mov_load_sib
SNIP mov_store
    mov %rax, (%rdi)
END mov_store
SNIP mov_store_imm
    movl $0, 0x18(%rbx)
END mov_store_imm
SNIP mov_hi_regs
    mov (%r15,%r14,8), %r11
END mov_hi_regs
SNIP mov_store_hi
    mov %r10, 8(%r15)
END mov_store_hi
SNIP mov_byte_load
    mov (%rsi), %al
END mov_byte_load
SNIP mov_byte_store
    mov %al, (%rdi)
END mov_byte_store
SNIP movzx_byte
    movzbl (%rsi), %eax
END movzx_byte
SNIP movzx_reg
    movzbl %al, %eax
END movzx_reg
SNIP movsx_word
    movswl 2(%rsi), %edx
END movsx_word
SNIP movsxd
    movslq %edi, %rdi
END movsxd
SNIP movzx_ah
    movzbl %ah, %ecx
END movzx_ah
SNIP lea_simple
    lea 1(%rdi), %eax
END lea_simple
SNIP lea_scaled
    lea (%rdi,%rsi,4), %rax
END lea_scaled
SNIP lea_mul9
    lea (%rax,%rax,8), %rax
END lea_mul9
SNIP add_rr
    add %rsi, %rax
END add_rr
SNIP add_ri
    add $16, %rsp
END add_ri
SNIP add_rm
    add (%rdi), %rax
END add_rm
SNIP add_mr
    add %eax, 4(%rdi)
END add_mr
SNIP add_mi
    addl $1, (%rdi)
END add_mi
SNIP sub_rr
    sub %ecx, %edx
END sub_rr
SNIP and_ri
    and $0xf, %eax
END and_ri
SNIP and_mask64
    and $-16, %rsp
END and_mask64
SNIP or_rr
    or %edx, %eax
END or_rr
SNIP xor_zero
    xor %eax, %eax
END xor_zero
SNIP xor_rr
    xor %rsi, %rdi
END xor_rr
SNIP not_neg
    not %eax; neg %rdx
END not_neg
SNIP inc_dec
    inc %eax; dec %rcx
END inc_dec
SNIP shl_imm
    shl $4, %rax
END shl_imm
SNIP shr_imm
    shr $3, %ecx
END shr_imm
SNIP sar_imm
    sar $31, %edx
END sar_imm
SNIP shl_cl
    shl %cl, %rax
END shl_cl
SNIP shr_cl_mem
    shrl %cl, (%rdi)
END shr_cl_mem
SNIP rol_imm
    rol $13, %eax
END rol_imm
SNIP ror_imm64
    ror $17, %rdx
END ror_imm64
SNIP shld_imm
    shld $8, %rsi, %rdi
END shld_imm
SNIP imul_rr
    imul %rsi, %rax
END imul_rr
SNIP imul_rri
    imul $100, %edi, %eax
END imul_rri
SNIP mul_wide
    mul %rdi
END mul_wide
SNIP div_32
    xor %edx, %edx; div %ecx
END div_32
SNIP cqo_idiv
    cqto; idiv %rcx
END cqo_idiv
SNIP cdqe
    cltq
END cdqe
SNIP adc_chain
    add %rsi, %rax; adc %rdi, %rdx
END adc_chain
SNIP sbb_self
    cmp %rsi, %rdi; sbb %eax, %eax
END sbb_self
SNIP setcc
    xor %eax, %eax; cmp %esi, %edi; setl %al
END setcc
SNIP setcc_movzx
    test %edi, %edi; sete %al; movzbl %al, %eax
END setcc_movzx
SNIP cmov
    cmp %rsi, %rax; cmovb %rsi, %rax
END cmov
SNIP bt_setc
    bt %ecx, %edx; setc %al
END bt_setc
SNIP bsf
    bsf %rdi, %rax
END bsf
SNIP tzcnt
    tzcnt %rdi, %rax
END tzcnt
SNIP popcnt
    popcnt %rdi, %rax
END popcnt
SNIP bswap
    bswap %eax
END bswap
SNIP xchg_rr
    xchg %rax, %rdx
END xchg_rr
SNIP xchg_mem
    xchg %eax, (%rdi)
END xchg_mem
SNIP lock_add
    lock addl $1, (%rdi)
END lock_add
SNIP lock_xadd
    lock xadd %eax, (%rdi)
END lock_xadd
SNIP lock_cmpxchg
    lock cmpxchg %ecx, (%rdi)
END lock_cmpxchg
SNIP push_pop
    push %rbx; pop %rbx
END push_pop
SNIP push_many
    push %rbp; push %rbx; sub $8, %rsp
END push_many
SNIP epilogue
    add $8, %rsp; pop %rbx; pop %rbp
END epilogue
SNIP push_imm
    push $1; add $8, %rsp
END push_imm
SNIP leave
    mov %rsp, %rbp; leave
END leave
SNIP enter_frame
    push %rbp; mov %rsp, %rbp; sub $0x20, %rsp
END enter_frame
SNIP tls_load
    mov %fs:0x28, %rax
END tls_load
SNIP tls_store
    mov %rax, %fs:0x10
END tls_store
SNIP cmp_jcc
    1: cmp %rsi, %rdi; jne 1b
END cmp_jcc
SNIP test_jcc
    1: test %rdi, %rdi; je 1b
END test_jcc
SNIP cmp_mem_jcc
    1: cmpl $5, 8(%rdi); jg 1b
END cmp_mem_jcc
SNIP cmp_byte_jcc
    1: cmpb $0x2f, (%rdi); je 1b
END cmp_byte_jcc
SNIP test_bit_jcc
    1: testb $4, 0x20(%rbx); jne 1b
END test_bit_jcc
SNIP dec_jnz
    1: dec %ecx; jnz 1b
END dec_jnz
SNIP loop_strlen
    1: add $1, %rax; cmpb $0, (%rax); jne 1b
END loop_strlen
SNIP loop_sum
    1: add (%rdi), %rax; add $8, %rdi; cmp %rdi, %rsi; jne 1b
END loop_sum
SNIP loop_copy
    1: mov (%rsi,%rcx), %al; mov %al, (%rdi,%rcx); inc %rcx; cmp %rdx, %rcx; jb 1b
END loop_copy
SNIP loop_hash
    1: movzbl (%rdi), %edx; inc %rdi; imul $31, %eax, %eax; add %edx, %eax; cmp %rsi, %rdi; jne 1b
END loop_hash
SNIP loop_crc
    1: mov %eax, %edx; shr $8, %eax; xor (%rsi), %dl; inc %rsi; movzbl %dl, %edx; xor (%rdi,%rdx,4), %eax; dec %ecx; jnz 1b
END loop_crc
SNIP loop_list
    1: mov (%rdi), %rdi; inc %eax; test %rdi, %rdi; jne 1b
END loop_list
SNIP loop_adc
    1: mov (%rsi,%rcx,8), %rax; adc %rax, (%rdi,%rcx,8); lea 1(%rcx), %rcx; dec %rdx; jnz 1b
END loop_adc
SNIP diamond
    cmp $10, %edi; jle 1f; add $1, %eax; jmp 2f; 1: sub $1, %eax; 2: mov %eax, %edx
END diamond
SNIP switch_bound
    1: cmp $7, %edi; ja 1b; mov %edi, %eax
END switch_bound
SNIP two_conditions
    1: cmp $5, %eax; jl 1b; jg 1b
END two_conditions
SNIP call_direct
    call 1f; 1: lea 8(%rsp), %rsp
END call_direct
SNIP rep_movsb
    rep movsb
END rep_movsb
SNIP rep_stosq
    rep stosq
END rep_stosq
SNIP stos_lods
    stosb; lodsb
END stos_lods
SNIP movaps_rr
    movaps %xmm1, %xmm0
END movaps_rr
SNIP movaps_load
    movaps (%rdi), %xmm0
END movaps_load
SNIP movups_load
    movups 16(%rdi), %xmm1
END movups_load
SNIP movups_store
    movups %xmm0, (%rsi)
END movups_store
SNIP movsd_load
    movsd 8(%rdi), %xmm0
END movsd_load
SNIP movsd_store
    movsd %xmm0, (%rdi)
END movsd_store
SNIP movss_rr
    movss %xmm1, %xmm0
END movss_rr
SNIP movq_xr
    movq %xmm0, %rax
END movq_xr
SNIP movq_rx
    movq %rax, %xmm0
END movq_rx
SNIP movd_xr
    movd %xmm0, %eax
END movd_xr
SNIP pxor_zero
    pxor %xmm0, %xmm0
END pxor_zero
SNIP addsd
    addsd %xmm1, %xmm0
END addsd
SNIP addsd_mem
    addsd (%rdi), %xmm0
END addsd_mem
SNIP mulsd
    mulsd %xmm1, %xmm0
END mulsd
SNIP divss
    divss %xmm1, %xmm0
END divss
SNIP sqrtsd
    sqrtsd %xmm0, %xmm0
END sqrtsd
SNIP addpd_mulpd
    mulpd %xmm2, %xmm0; addpd %xmm0, %xmm1
END addpd_mulpd
SNIP mulps_mem
    mulps (%rdi), %xmm0
END mulps_mem
SNIP matmul_inner
    1: movupd (%rsi,%rax), %xmm0; mulpd %xmm1, %xmm0; addpd (%rdi,%rax), %xmm0; movaps %xmm0, (%rdi,%rax); add $16, %rax; cmp %rdx, %rax; jne 1b
END matmul_inner
SNIP comisd_ja
    1: comisd %xmm1, %xmm0; ja 1b
END comisd_ja
SNIP ucomisd_jp
    1: ucomisd %xmm1, %xmm0; jp 1b; jne 1b
END ucomisd_jp
SNIP cvtsi2sd
    pxor %xmm0, %xmm0; cvtsi2sd %eax, %xmm0
END cvtsi2sd
SNIP cvttsd2si
    cvttsd2si %xmm0, %rax
END cvttsd2si
SNIP cvtss2sd
    cvtss2sd %xmm0, %xmm0
END cvtss2sd
SNIP andps_mem
    andps (%rdi), %xmm0
END andps_mem
SNIP paddd
    paddd %xmm1, %xmm0
END paddd
SNIP paddd_mem
    paddd (%rdi), %xmm0
END paddd_mem
SNIP psubb
    psubb %xmm2, %xmm3
END psubb
SNIP pmullw
    pmullw %xmm1, %xmm0
END pmullw
SNIP pmaddwd
    pmaddwd (%rdi), %xmm0
END pmaddwd
SNIP pcmpeqb_mask
    pcmpeqb %xmm1, %xmm0; pmovmskb %xmm0, %eax
END pcmpeqb_mask
SNIP strlen_sse2
    1: movdqa (%rdi), %xmm1; pcmpeqb %xmm0, %xmm1; pmovmskb %xmm1, %edx; add $16, %rdi; test %edx, %edx; je 1b
END strlen_sse2
SNIP punpck
    punpcklbw %xmm1, %xmm0; punpckhwd %xmm3, %xmm2
END punpck
SNIP pshufd
    pshufd $0x4e, %xmm0, %xmm1
END pshufd
SNIP pshufb
    pshufb %xmm1, %xmm0
END pshufb
SNIP shufps
    shufps $0x1b, %xmm1, %xmm0
END shufps
SNIP pslld
    pslld $5, %xmm0
END pslld
SNIP psrldq
    psrldq $8, %xmm0
END psrldq
SNIP palignr
    palignr $4, %xmm1, %xmm0
END palignr
SNIP packuswb
    packuswb %xmm1, %xmm0
END packuswb
SNIP pextrq
    pextrq $1, %xmm0, %rax
END pextrq
SNIP pinsrw
    pinsrw $3, %eax, %xmm0
END pinsrw
SNIP pmovzxbw
    pmovzxbw %xmm0, %xmm1
END pmovzxbw
SNIP ptest_jz
    1: ptest %xmm0, %xmm0; jz 1b
END ptest_jz
SNIP xmm15
    paddd %xmm15, %xmm0
END xmm15
SNIP xmm14_dst
    paddd %xmm1, %xmm14
END xmm14_dst
SNIP x87_load_add
    fldt (%rdi); faddp
END x87_load_add
SNIP x87_mul_store
    fldl (%rdi); fmull (%rsi); fstpl (%rdx)
END x87_mul_store
SNIP x87_recip
    fld1; fdivp %st, %st(1); faddp
END x87_recip
SNIP stack_args
    mov 0x10(%rsp), %eax; add 0x18(%rsp), %eax; mov %eax, 0x20(%rsp)
END stack_args
SNIP bitfield
    mov %edi, %eax; shr $5, %eax; and $0x3f, %eax; or $0x40, %eax
END bitfield
SNIP abs
    mov %edi, %eax; cltd; xor %edx, %eax; sub %edx, %eax
END abs
SNIP min_max
    cmp %esi, %edi; mov %esi, %eax; cmovle %edi, %eax
END min_max
SNIP ptr_update
    mov (%rdi), %rax; lea 8(%rax), %rdx; mov %rdx, (%rdi)
END ptr_update
SNIP refcount
    mov (%rdi), %rax; sub $1, %rax; mov %rax, (%rdi); je 1f; 1: mov %eax, %ecx
END refcount
SNIP empty
END empty

.section .snippets,"aw"
.quad 0, 0, 0
.section .note.GNU-stack,"",@progbits
