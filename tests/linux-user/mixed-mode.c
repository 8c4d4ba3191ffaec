/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit program that runs 32-bit code: far calls to Linux's 32-bit code
 * segment and back, with instructions that only exist or only wrap there.
 * timeout: 30
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* uint32_t code32(uint32_t a, uint32_t b): eax = a, ecx = b; and the 64-bit
 * stub that calls it, both copied to low memory. */
asm(".section .rodata\n"
    "stub64:\n\t"
    "push %rbx\n\tpush %rbp\n\tmov %rsp, %r12\n\t"
    "mov %edi, %eax\n\tmov %esi, %ecx\n\tmov %rdx, %rsp\n\t"
    "mov $0x2b, %edx\n\tmov %edx, %ds\n\tmov %edx, %es\n\t"
    "lcall *(%r8)\n\t"
    "mov %r12, %rsp\n\tpop %rbp\n\tpop %rbx\n\tmov %r13, %r12\n\tret\n"
    "stub64_end:\n"
    ".code32\n"
    "code32:\n\t"
    "pusha\n\t"
    "inc %eax\n\tdec %ecx\n\t"          /* 40+r, 48+r */
    "mov %eax, %ebx\n\t"
    "lea -1(%ebx,%ecx,8), %edx\n\t"     /* wraps at 32 bits */
    "push %edx\n\tpop %esi\n\t"
    "mov %al, %dl\n\taam $10\n\tdaa\n\taaa\n\taad $10\n\tmovzx %ax, %eax\n\t"
    "xor %esi, %eax\n\t"
    "bswap %eax\n\t"
    "mov %cl, %ch\n\tsbb %ecx, %eax\n\t"
    "call 1f\n1:\tpop %ebp\n\tsub $(1b - code32), %ebp\n\t"
    "add counter - code32(%ebp), %eax\n\t"
    "addl $3, counter - code32(%ebp)\n\t"
    "mov $counter - code32 + 4, %edi\n\tadd %ebp, %edi\n\t"
    "mov $3, %ecx\n\tcld\n\trep stosl\n\t"
    "xor counter - code32(%ebp), %eax\n\t"
    "mov %eax, 28(%esp)\n\t"
    "popa\n\t"
    "lret\n\t"
    ".balign 4\ncounter:\t.long 5, 0, 0, 0\n"
    "code32_end:\n"
    ".code64\n.text\n");
extern const char stub64[], stub64_end[], code32[], code32_end[];

struct __attribute__((packed)) far_ptr { uint32_t off; uint16_t sel; };

int main(void)
{
    char *low = mmap((void *)0x10000000, 0x4000,
                     PROT_READ | PROT_WRITE | PROT_EXEC,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    struct far_ptr *target;
    uint32_t eax;
    uint64_t sum = 0;

    if (low == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    memcpy(low, stub64, stub64_end - stub64);
    memcpy(low + 0x1000, code32, code32_end - code32);
    target = (struct far_ptr *)(low + 0x800);
    target->off = (uintptr_t)low + 0x1000;
    target->sel = 0x23;
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t di = i * 2654435761u, si = i * 40503u;
        register uint64_t dx asm("rdx") = (uintptr_t)low + 0x3ff0;
        register uint64_t r8 asm("r8") = (uintptr_t)target;
        register uint64_t r13 asm("r13");

        asm volatile("mov %%r12, %%r13\n\tsub $128, %%rsp\n\tcall *%6\n\t"
                     "add $128, %%rsp"
                     : "=a"(eax), "+D"(di), "+S"(si), "+r"(dx), "+r"(r8),
                       "=r"(r13)
                     : "r"(low)
                     : "rcx", "r9", "r10", "r11", "cc", "memory");
        sum = sum * 31 + eax;
    }
    printf("%016llx\n", (unsigned long long)sum);
    return 0;
}
