/* SPDX-License-Identifier: MIT */
/*
 * 16-bit code in an LDT segment: what the compiler makes for -m16 (32-bit
 * operands and addresses by prefix), and handwritten code with 16-bit
 * addresses, strings, loops, jump tables and far pointers.
 * guest: i386
 * timeout: 30
 * cflags: -O2 -fno-pic -no-pie -fno-stack-protector -fno-toplevel-reorder -fcf-protection=none -fno-jump-tables -fno-asynchronous-unwind-tables -fno-align-loops -fno-align-jumps -fno-align-labels -fno-align-functions
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct user_desc {                  /* asm/ldt.h */
    unsigned entry_number, base_addr, limit;
    unsigned seg_32bit:1, contents:2, read_exec_only:1, limit_in_pages:1,
             seg_not_present:1, useable:1;
};
struct __attribute__((packed)) far32 { uint32_t off; uint16_t sel; };

#define CODE __attribute__((section(".text16"), noinline, used))
/* What the compiled code works on, by pointer: its absolute addresses would
 * be 16 bits wide. */
typedef struct Work {
    uint32_t arg[4], words[500];
    uint8_t bytes[4096];
    double numbers[64], half, x, scale;
} Work;
static Work work = { .half = 0.5, .x = 0.875, .scale = 16 };
static __attribute__((used)) Work *work_pointer = &work;
static __attribute__((used)) struct far32 entry;
static __attribute__((aligned(4096))) uint8_t seg16[65536];

asm(".section .text16,\"ax\",@progbits\n.balign 4096\n.globl start16\n"
    "start16:\n\t.code16gcc\n");

static CODE uint32_t crc32(const uint8_t *p, unsigned n)
{
    uint32_t c = ~0u;

    while (n--) {
        c ^= *p++;
        for (int i = 0; i < 8; i++) {
            c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
        }
    }
    return ~c;
}

static CODE void sort(uint32_t *a, int n)
{
    for (int gap = n / 2; gap; gap /= 2) {
        for (int i = gap; i < n; i++) {
            for (int j = i - gap; j >= 0 && a[j] > a[j + gap]; j -= gap) {
                uint32_t t = a[j];
                a[j] = a[j + gap];
                a[j + gap] = t;
            }
        }
    }
}

static CODE uint64_t mix(uint64_t a, uint16_t b, int8_t c)
{
    a = a * 6364136223846793005ull + b;
    a ^= a >> (c & 63);
    a += (int64_t)c << 40;
    return a / 7 + a % 13 + __builtin_bswap32(a) + (uint16_t)(b * b);
}

static CODE double poly(const double *p, int n, double x)
{
    double s = 0;

    for (int i = 0; i < n; i++) {
        s = s * x + p[i];
    }
    return s;
}

CODE void work16(Work *w)
{
    uint64_t m = 88172645463325252ull;

    for (unsigned i = 0; i < sizeof(w->bytes); i++) {
        m = m * 6364136223846793005ull + 1442695040888963407ull;
        w->bytes[i] = m >> 56;
    }
    for (int i = 0; i < 500; i++) {
        m ^= m << 13, m ^= m >> 7, m ^= m << 17;
        w->words[i] = m;
    }
    for (int i = 0; i < 64; i++) {
        w->numbers[i] = (int)w->words[i] * w->half;
    }
    w->arg[0] = crc32(w->bytes, sizeof(w->bytes));
    sort(w->words, 500);
    for (int i = 0; i < 500; i++) {
        m = m + mix(w->words[i], i, i - 250);
    }
    w->arg[1] = m;
    w->arg[2] = m >> 32;
    w->arg[3] = (int)(poly(w->numbers, 64, w->x) * w->scale);
}

asm(".section .text16\n"
    "enter_c:\tpushl %eax\n\tcalll work16\n\tpopl %eax\n\tlretl\n"
    "\t.code32\n.text\n");
/* es = ds = a 64 KiB data segment; the stack stays 32-bit. */
asm(".section .text16\n\t.code16\n"
    "enter_asm:\n\t"
    "pushl %ebp\n\tpushl %ebx\n\t"
    "movw $0x100, %di\n\tmovw $600, %cx\n\tmovw $0x1234, %ax\n\tcld\n"
    "1:\tstosw\n\trolw $3, %ax\n\txorw %di, %ax\n\tloop 1b\n\t"
    "movw $0x100, %si\n\tmovw $0xff80, %di\n\tmovw $0x180, %cx\n\t"
    "rep movsb\n\tmovw %di, 0x10\n\tmovw %si, 0x12\n\t"
    "movw $0x100, %si\n\txorw %bx, %bx\n\tmovw $64, %cx\n"
    "2:\tlodsw\n\taddw %ax, %bx\n\tadcw $0, %bx\n\tloopw 2b\n\t"
    "movw %bx, 0x14\n\t"
    "movw $0x200, %si\n\tmovw $0x300, %di\n\tmovw $5, 0x200\n\t"
    "movw $5, 0x300\n\tmovw $9, %cx\n\trepe cmpsw\n\tmovw %cx, 0x16\n\t"
    "movb $0x77, 0x345\n\tmovb $0x77, %al\n\tmovw $0x300, %di\n\t"
    "movw $0x100, %cx\n\trepne scasb\n\tmovw %di, 0x18\n\t"
    "movw $0x400, %bx\n\tmovb $7, %al\n\txlatb\n\tmovw %ax, 0x1a\n\t"
    "xorw %cx, %cx\n\tjcxz 3f\n\tud2\n"
    "3:\tmovw $0x120, %bx\n\tmovw $0x10, %si\n\tmovw $4, %bp\n\t"
    "movw -2(%bx,%si), %ax\n\taddw 6(%bx), %ax\n\tsubw 0x100(%si), %ax\n\t"
    "leaw 5(%bx,%di), %dx\n\txorw %dx, %ax\n\tmovw %ax, 0x1c\n\t"
    "movl $4, %ebp\n\taddr32 movzwl %ds:0x140(,%ebp,2), %edx\n\t"
    "movl %edx, 0x20\n\t"
    "movw $tab - start16, %bx\n\tcs jmp *2(%bx)\n"
    "tab:\t.word 9f - start16, 4f - start16\n"
    "4:\tmovw $6f - start16, 0x24\n\tcallw *0x24\n\tjmp 7f\n"
    "6:\taddr32 movw (%esp), %ax\n\tsubw $tab - start16, %ax\n\t"
    "movw %ax, 0x26\n\tretw\n"
    "7:\tmovw $0x30, 0x28\n\tmovw %ds, 0x2a\n\tles 0x28, %di\n\t"
    "movw %di, 0x2c\n\tmovw %es:(%di), %ax\n\t"
    "movw $8f - start16, 0x28\n\tmovw %cs, 0x2a\n\tlcallw *0x28\n\tjmp 1f\n"
    "8:\tincw 0x30\n\tlretw\n"
    "1:\tmovw $0x7fff, %ax\n\tincw %ax\n\tseto 0x32\n\tpushfw\n\tpopw %ax\n\t"
    "andw $0x8d5, %ax\n\tmovw %ax, 0x34\n\t"
    "movw $1000, %ax\n\tmovw $77, %cx\n\tmulw %cx\n\tdivw %cx\n\t"
    "movw %ax, 0x36\n\tcwtd\n\tmovw %dx, 0x38\n\tmovb $200, %al\n\tcbtw\n\t"
    "movw %ax, 0x3a\n\tmovw $0x99, %ax\n\tadd $0x19, %al\n\tdaa\n\t"
    "movw %ax, 0x3c\n\t"
    "popl %ebx\n\tpopl %ebp\n\tlretl\n9:\tud2\n"
    "\t.code32\n.text\n");

extern uint8_t start16[], enter_c[], enter_asm[];

static void set(int i, void *base, uint32_t limit, int contents)
{
    struct user_desc d = { .entry_number = i, .base_addr = (uintptr_t)base,
                           .limit = limit, .contents = contents };

    if (syscall(SYS_modify_ldt, 0x11, &d, sizeof(d))) {
        perror("modify_ldt");
    }
}

int main(void)
{
    uint32_t sum = 0;

    set(1, start16, 0xffff, 2);
    set(2, seg16, 0xffff, 0);
    entry = (struct far32) { enter_c - start16, 1 << 3 | 7 };
    asm volatile("mov work_pointer, %%eax\n\tlcall *entry"
                 : : : "eax", "ecx", "edx", "memory", "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
                 "st(7)");
    printf("crc %08x mix %08x%08x poly %d\n", work.arg[0], work.arg[2],
           work.arg[1], (int)work.arg[3]);
    for (int i = 1; i < 500; i++) {
        sum += work.words[i - 1] <= work.words[i];
    }
    printf("sorted %u\n", sum);
    for (unsigned i = 0; i < sizeof(seg16); i++) {
        seg16[i] = i * 13 + (i >> 8);
    }
    entry.off = enter_asm - start16;
    asm volatile("push %%ds\n\tpush %%es\n\tmov $0x17, %%eax\n\t"
                 "mov %%eax, %%es\n\tmov %%eax, %%ds\n\tlcall *%%ss:entry\n\t"
                 "pop %%es\n\tpop %%ds" : : : "eax", "ecx", "edx", "esi",
                 "edi", "memory", "cc");
    for (int i = 0x10; i < 0x40; i += 2) {
        printf(" %04x", seg16[i] | seg16[i + 1] << 8);
    }
    sum = 0;
    for (unsigned i = 0; i < sizeof(seg16); i++) {
        sum = sum * 31 + seg16[i];
    }
    printf("\nsegment %08x\n", sum);
    return 0;
}
