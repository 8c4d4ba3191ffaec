/* SPDX-License-Identifier: MIT */
/*
 * Segments that a program makes with modify_ldt(): 16- and 32-bit code, data
 * and stacks with bases and limits, far transfers between them, and the
 * signals of each violation.
 * guest: i386
 * timeout: 30
 * cflags: -O1 -fno-pic -no-pie -fno-stack-protector
 */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "catch.h"

struct user_desc {                  /* asm/ldt.h */
    unsigned entry_number, base_addr, limit;
    unsigned seg_32bit:1, contents:2, read_exec_only:1, limit_in_pages:1,
             seg_not_present:1, useable:1;
};

#define SEL(i) ((i) << 3 | 7)
enum { DATA, RO, DOWN, CODE32, CODE16, STACK16, ABSENT, XONLY, DATA16, EMPTY,
       FLAT, DOWN16 };

__attribute__((used)) static uint8_t buf[0x3000] __attribute__((aligned(4096)));
static uint8_t stk[0x2000] __attribute__((aligned(4096)));
static sigjmp_buf back;
__attribute__((used)) static uint32_t regs[6];            /* what a snippet leaves */
static uint32_t fn_start;

extern uint8_t code32[], code16[];
struct __attribute__((packed)) far32 { uint32_t off; uint16_t sel; };
__attribute__((used)) static struct far32 to32, to16, home, stack16 = { 0xff0, SEL(STACK16) };
__attribute__((used)) static uint32_t saved_esp;

/* Code that runs with CS bases, at offset 0 and behind. */
asm(".text\n.balign 4096\n"
    "code32:\n\t"
    "call 1f\n1:\tpop %eax\n\t"             /* offset, not address */
    "mov %cs, %ecx\n\t"
    "lea 2f - code32, %edx\n\tjmp *%edx\n\tud2\n"
    "2:\tcall 3f - code32 + code32\n\t"
    "jmp 4f\n"
    "3:\tmov (%esp), %ebx\n\tret\n"
    "4:\tmov %cs:5f - code32, %esi\n\t"
    "lret\n"
    "5:\t.long 0x12345678\n"
    "\t.org code32 + 0x100\n"
    "\tmov %al, %cs:0x20\n\tlret\n"          /* code is not writable */
    "\t.org code32 + 0x200\n"
    "\tjmp code32 + 0x5000\n"                 /* beyond the limit */
    "\t.org code32 + 0x300\n"
    "\tint3\n\tnop\n\tlret\n"
    "\t.org code32 + 0x400\n"
    "\tlcall *to16\n\tlret\n"
    ".balign 4096\n"
    "code16:\n\t.code16\n\t"
    "pushw $0x1234\n\tpopw %dx\n\t"
    "callw 1f\n1:\tpopw %bx\n\t"
    "movw $0x20, %cx\n2:\taddw %cx, %ax\n\tloop 2b\n\t"
    "movl $0xabcd1234, %esi\n\t"
    "enterw $8, $0\n\tmovw %bp, %di\n\tleavew\n\t"
    "enterw $4, $2\n\tleavew\n\t"
    "pushl %esi\n\tpopl %esi\n\tpushaw\n\tpopaw\n\t"
    "pushfw\n\tpopfw\n\t"
    "calll 3f\n\tjmp 4f\n"
    "3:\tretl\n"
    "4:\tlretl\n"
    "\t.org code16 + 0x100\n"
    "\tmovw $0x10, %bx\n\tmovw $0x20, %si\n\t"
    "movw $0x7788, %ds:2(%bx,%si)\n\tmovw %ds:0x32, %ax\n\t"
    "movw $0xfff0, %bx\n\tmovw $0x40, %si\n\t"     /* wraps at 64 KiB */
    "movw %ds:(%bx,%si), %dx\n\tlretl\n"
    "\t.org code16 + 0x200\n"
    "\tint3\n\tnop\n\tlretl\n"
    "\t.org code16 + 0x300\n"
    "\tpushw $7\n\tud2\n"
    ".code32\n.balign 4096\n");

#define SNIPPET(name, text)                                             \
    extern void name(void);                                             \
    asm(".text\n" #name ":\n\t" text                                    \
        "mov %eax, regs\n\tmov %ecx, regs+4\n\tmov %edx, regs+8\n\t"    \
        "mov %ebx, regs+12\n\tmov %esi, regs+16\n\tmov %edi, regs+20\n\t" \
        "ret\n")
#define DS(sel) "push %ds\n\tmov $" sel ", %eax\n\tmov %eax, %ds\n\t"
#define DS_END "pop %ds\n\t"
#define ES(sel) "push %es\n\tmov $" sel ", %eax\n\tmov %eax, %es\n\t"
#define ES_END "pop %es\n\t"

SNIPPET(d_read, DS("0x07") "mov 0x10, %ecx\n\tmov 0xffc, %edx\n\t" DS_END);
SNIPPET(d_over, DS("0x07") "mov 0xffd, %edx\n\t" DS_END);
SNIPPET(d_over2, DS("0x07") "mov $0xffff, %ebx\n\tmovb $1, (%ebx)\n\t" DS_END);
SNIPPET(d_write, DS("0x07") "movl $0x55, 0x20\n\tincl 0x20\n\t"
                 "mov 0x20, %esi\n\t" DS_END);
SNIPPET(ro_read, DS("0x0f") "mov 0x20, %esi\n\t" DS_END);
SNIPPET(ro_write, DS("0x0f") "mov %esi, 0x20\n\t" DS_END);
SNIPPET(ro_rmw, DS("0x0f") "lock incl 0x20\n\t" DS_END);
SNIPPET(ro_cmp, DS("0x0f") "cmpl $1, 0x20\n\t" DS_END);
SNIPPET(down_ok, DS("0x17") "mov 0x800, %esi\n\tmov 0x1000, %edx\n\t" DS_END);
SNIPPET(down_low, DS("0x17") "mov 0x7ff, %esi\n\t" DS_END);
SNIPPET(down16_hi, DS("0x5f") "mov 0xffff, %si\n\t" DS_END);
SNIPPET(absent, DS("0x37") DS_END);
SNIPPET(empty, DS("0x4f") DS_END);
SNIPPET(beyond, DS("0x807") DS_END);
SNIPPET(xonly, DS("0x3f") DS_END);
SNIPPET(kernel, DS("0x10") DS_END);
SNIPPET(null_use, DS("0") "mov 0x10, %ecx\n\t" DS_END);
SNIPPET(ss_data_ro, "mov $0x0f, %eax\n\tmov %eax, %ss\n\t");
SNIPPET(ss_absent, "mov $0x37, %eax\n\tmov %eax, %ss\n\t");
SNIPPET(ss_null, "xor %eax, %eax\n\tmov %eax, %ss\n\t");
SNIPPET(ss_rpl, "mov $0x29, %eax\n\tmov %eax, %ss\n\t");
SNIPPET(fs_use, "mov $0x07, %eax\n\tmov %eax, %fs\n\t"
                "mov %fs:0x10, %ecx\n\tmovl $9, %fs:0x30\n\t"
                "mov %fs:0x1000, %edx\n\t");
SNIPPET(fs_null, "xor %eax, %eax\n\tmov %eax, %fs\n\tmov %fs:0, %ecx\n\t");
SNIPPET(lfs, "lfs ptr_data, %ecx\n\tmov %fs:(%ecx), %edx\n\t");
SNIPPET(les, "push %es\n\tles ptr_data, %edi\n\tmov $0x61626364, %eax\n\t"
             "cld\n\tstosl\n\tmov $3, %ecx\n\trep stosl\n\tpop %es\n\t");
SNIPPET(rep_over, ES("0x07") "cld\n\tmov $0xff0, %edi\n\tmov $100, %ecx\n\t"
                  "rep stosl\n\t" ES_END);
SNIPPET(movs, ES("0x07") "cld\n\tmov $buf, %esi\n\tmov $0x100, %edi\n\t"
              "mov $16, %ecx\n\trep movsb\n\t" ES_END);
SNIPPET(query, "mov $0x07, %esi\n\tlar %esi, %eax\n\tlsl %esi, %ecx\n\t"
               "mov $0x0f, %esi\n\tverw %si\n\tsetz %dl\n\tverr %si\n\t"
               "setz %dh\n\tmov $0x3f, %esi\n\tverr %si\n\tsetz %bl\n\t"
               "lar %esi, %edi\n\tmov $0x37, %esi\n\tlsl %esi, %esi\n\t");
SNIPPET(call32, "lcall *to32\n\t");
SNIPPET(call32_w, "movl $0x100, to32\n\tlcall *to32\n\t");
SNIPPET(call32_j, "movl $0x200, to32\n\tlcall *to32\n\t");
SNIPPET(call32_far, "movl $0x5000, to32\n\tlcall *to32\n\t");
SNIPPET(call32_3, "movl $0x300, to32\n\tlcall *to32\n\t");
SNIPPET(call_data, "lcall $0x07, $0\n\t");
SNIPPET(call_absent, "lcall $0x37, $0\n\t");
SNIPPET(jmp_null, "ljmp $0, $0\n\t");
/* 16-bit code on a 16-bit stack, which has its own return address */
#define ON16(text) "mov %esp, saved_esp\n\tlss stack16, %esp\n\t" text  \
    "lss home, %esp\n\t"
SNIPPET(push16, "mov %ss, home+4\n\tmov %esp, home\n\t"
        ON16("push %eax\n\tpush $0x11223344\n\tpop %ecx\n\tpop %edx\n\t"
             "mov %esp, %ebx\n\tsub $0xff0, %esp\n\tpop %esi\n\t"));
SNIPPET(over16, "mov %ss, home+4\n\tmov %esp, home\n\t"
        ON16("mov $0x1000, %esp\n\tpop %ecx\n\t"));
SNIPPET(wrap16, "mov %ss, home+4\n\tmov %esp, home\n\t"
        ON16("mov $0x5a5a0002, %esp\n\tpush %eax\n\t"));
SNIPPET(bp16, "mov %ss, home+4\n\tmov %esp, home\n\t"
        ON16("mov $0x2000, %ebp\n\tmov (%ebp), %ecx\n\t"));
SNIPPET(call16, "mov %ss, home+4\n\tmov %esp, home\n\tmovl $0, to16\n\t"
        "mov $0x11110000, %eax\n\tmov $0x66660f00, %ebp\n\t"
        ON16("lcall *to16\n\t"));
SNIPPET(call16_ea, "mov %ss, home+4\n\tmov %esp, home\n\tmovl $0x100, to16\n\t"
        ON16("push %ds\n\tmov $0x47, %eax\n\tmov %eax, %ds\n\t"
             "lcall *%ss:0x1f00\n\tpop %ds\n\t"));
SNIPPET(call16_t, "mov %ss, home+4\n\tmov %esp, home\n\tmovl $0x200, to16\n\t"
        ON16("lcall *to16\n\t"));
SNIPPET(call16_u, "mov %ss, home+4\n\tmov %esp, home\n\tmovl $0x300, to16\n\t"
        ON16("lcall *to16\n\t"));
SNIPPET(nested, "mov %ss, home+4\n\tmov %esp, home\n\tmovl $0, to16\n\t"
        "movl $0x400, to32\n\t" ON16("lcall *to32\n\t"));
SNIPPET(wrap4g, "mov $0xfffffffe, %ebx\n\tmov (%ebx), %ecx\n\t");
SNIPPET(wrap4g_ss, "mov $0xfffffffe, %ebp\n\tmov (%ebp), %ecx\n\t");
SNIPPET(flat_ds, DS("0x57") "mov buf, %ecx\n\t" DS_END);
struct far32 ptr_data = { 0x40, SEL(DATA) };

static void handler(int sig, siginfo_t *si, void *ctx)
{
    ucontext_t *uc = ctx;
    greg_t *g = uc->uc_mcontext.gregs;

    printf("  signal %d code %d addr %p trap %d err %x cs %x ss %x ds %x"
           " ip +%x sp %x\n", sig, si->si_code, si->si_addr,
           g[REG_TRAPNO], g[REG_ERR], g[REG_CS] & 0xffff,
           g[REG_SS] & 0xffff, g[REG_DS] & 0xffff,
           (g[REG_CS] & 0xffff) == 0x23 ? g[REG_EIP] - fn_start : g[REG_EIP],
           (g[REG_SS] & 0xffff) == 0x2b ? 0 : g[REG_ESP]);
    if (sig != SIGTRAP) {
        siglongjmp(back, 1);
    }
}

static void run(const char *name, void (*fn)(void))
{
    printf("%s\n", name);
    memset(regs, 0, sizeof(regs));
    fn_start = (uintptr_t)fn;
    to32 = (struct far32) { 0, SEL(CODE32) };
    to16 = (struct far32) { 0, SEL(CODE16) };
    *(struct far32 *)(stk + 0x1f00) = (struct far32) { 0x100, SEL(CODE16) };
    if (!sigsetjmp(back, 1)) {
        asm volatile("push %%ebp\n\tmov $0x66660f00, %%ebp\n\t"
                     "xor %%ebx, %%ebx\n\txor %%esi, %%esi\n\t"
                     "xor %%edi, %%edi\n\tcall *%%eax\n\tpop %%ebp"
                     : "+a"(fn) : : "ecx", "edx", "ebx", "esi", "edi",
                     "memory", "cc");
        for (int i = 0; i < 6; i++) {
            printf("  %x", regs[i]);
        }
        printf("\n");
    }
}

static void set(int i, uint32_t base, uint32_t limit, int contents, int is32,
                int flags)
{
    struct user_desc d = {
        .entry_number = i, .base_addr = base, .limit = limit,
        .seg_32bit = is32, .contents = contents,
        .read_exec_only = flags & 1, .limit_in_pages = flags >> 1 & 1,
        .seg_not_present = flags >> 2 & 1, .useable = flags >> 3 & 1,
    };

    printf("set %d: %ld\n", i, syscall(SYS_modify_ldt, 0x11, &d, sizeof(d)));
}

static void calls(void)
{
    struct user_desc d = { .entry_number = 8192 };
    uint64_t t[16] = { 1, 2, 3 };
    int r = syscall(SYS_modify_ldt, 0, t, sizeof(t));

    printf("read %d:", r);
    for (unsigned i = 0; i < 16; i++) {
        if (i != DATA && i != RO && i != DOWN && i != CODE32 && i != CODE16 &&
            i != STACK16 && i != XONLY && i != DATA16 && i != DOWN16) {
            printf(" %llx", (long long)t[i]);
        }
    }
    r = syscall(SYS_modify_ldt, 2, t, sizeof(t));
    printf("\ndefault %d %llx\n", r, (long long)t[0]);
    r = syscall(SYS_modify_ldt, 0x11, &d, sizeof(d));
    printf("index %d %d\n", r, errno);
    d.entry_number = 3;
    r = syscall(SYS_modify_ldt, 0x11, &d, 15);
    printf("size %d %d\n", r, errno);
    d.contents = 3;
    r = syscall(SYS_modify_ldt, 0x11, &d, sizeof(d));
    printf("conforming %d %d\n", r, errno);
    r = syscall(SYS_modify_ldt, 0x11, (void *)16, sizeof(d));
    printf("fault %d %d\n", r, errno);
    r = syscall(SYS_modify_ldt, 77, t, sizeof(t));
    printf("func %d %d\n", r, errno);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    catch_faults(handler);
    for (unsigned i = 0; i < sizeof(buf); i++) {
        buf[i] = i * 7;
        if (i < sizeof(stk)) {
            stk[i] = i * 11;
        }
    }
    set(DATA, (uintptr_t)buf, 0xfff, 0, 1, 0);
    set(RO, (uintptr_t)buf, 0xfff, 0, 1, 1);
    set(DOWN, (uintptr_t)buf, 0x7ff, 1, 1, 0);
    set(CODE32, (uintptr_t)code32, 0xfff, 2, 1, 0);
    set(CODE16, (uintptr_t)code16, 0xfff, 2, 0, 0);
    set(STACK16, (uintptr_t)stk, 0x1fff, 0, 0, 0);
    set(ABSENT, 0, 0xfffff, 0, 1, 6);
    set(XONLY, 0, 0xfffff, 2, 1, 3);
    set(DATA16, (uintptr_t)buf, 0xffff, 0, 0, 0);
    set(EMPTY, 0, 0, 0, 0, 5);
    set(FLAT, 0, 0xfffff, 0, 1, 2 | 8);
    set(DOWN16, (uintptr_t)buf, 0x7ff, 1, 0, 0);
    calls();
#define R(x) run(#x, x)
    R(d_read); R(d_over); R(d_over2); R(d_write); R(ro_read); R(ro_write);
    R(ro_rmw); R(ro_cmp); R(down_ok); R(down_low); R(down16_hi); R(absent);
    R(empty); R(beyond); R(xonly); R(kernel); R(null_use); R(ss_data_ro);
    R(ss_absent); R(ss_null); R(ss_rpl); R(fs_use); R(fs_null); R(lfs);
    R(les); R(rep_over); R(movs); R(query); R(call32); R(call32_w);
    R(call32_j); R(call32_far); R(call32_3); R(call_data); R(call_absent);
    R(jmp_null); R(push16); R(over16); R(wrap16); R(bp16); R(call16);
    R(call16_ea); R(call16_t); R(call16_u); R(nested); R(wrap4g);
    R(wrap4g_ss); R(flat_ds);
    for (unsigned i = 0, sum = 0; i < sizeof(buf); i++) {
        sum = sum * 31 + buf[i];
        if (i + 1 == sizeof(buf)) {
            printf("sum %x\n", sum);
        }
    }
    return 0;
}
