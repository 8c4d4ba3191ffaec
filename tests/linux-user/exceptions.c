/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that instructions raise in 64-bit code, as signals show them:
 * #SS and #GP, alignment checks, faults across pages, traps, illegal and too
 * long instructions, and what modify_ldt() lets 64-bit programs do.
 * timeout: 30
 * cflags: -O1 -fno-pic -no-pie -mno-red-zone -fcf-protection=none
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static uint8_t *code;           /* page with the snippet, another, a hole */
static uint8_t *data;           /* page, page without access */
static uint64_t in_rax, in_rsp, in_rbp, in_rcx = 3;
static int steps;

static void report(int sig, siginfo_t *si, void *ctx)
{
    ucontext_t *uc = ctx;
    greg_t *g = uc->uc_mcontext.gregs;
    uint64_t ip = g[REG_RIP], a = (uintptr_t)si->si_addr;

    if (ip - (uintptr_t)code < 0x3000) {
        ip -= (uintptr_t)code;
    }
    if (a - (uintptr_t)code < 0x3000) {
        a = a - (uintptr_t)code + 0xc0de0000;
    } else if (a - (uintptr_t)data < 0x3000) {
        a = a - (uintptr_t)data + 0xda7a0000;
    }
    if (steps) {
        steps--;
        printf("  step %lx\n", (long)ip);
        return;
    }
    printf("  signal %d code %d addr %lx trap %d err %lx ip %lx cs %lx fl %lx"
           " sp %lx\n", sig, si->si_code, (long)a, (int)g[REG_TRAPNO],
           (long)g[REG_ERR], (long)ip, (long)g[REG_CSGSFS] & 0xffff,
           (long)g[REG_EFL] & 0x50100, in_rsp ? (long)g[REG_RSP] : 0l);
    g[REG_EFL] &= ~0x40100l;
    siglongjmp(back, 1);
}

/* The kernel leaves EFLAGS.AC as it was. */
static void handler(int sig, siginfo_t *si, void *ctx)
{
    asm volatile("pushf\n\tandl $~0x40000, (%%rsp)\n\tpopf" : : : "cc",
                 "memory");
    report(sig, si, ctx);
}

static void run(const char *name, const void *bytes, size_t n, unsigned at)
{
    uint64_t ax = in_rax;

    printf("%s\n", name);
    memset(code, 0x90, 0x2000);
    memcpy(code + at, bytes, n);
    if (at + n < 0x2000) {
        code[at + n] = 0xc3;
    }
    if (!sigsetjmp(back, 1)) {
        register uint64_t sp asm("r13") = in_rsp, bp asm("r14") = in_rbp;
        register void *fn asm("r15") = code + at;
        asm volatile("push %%rbp\n\tmov %%rsp, %%r12\n\t"
                     "mov %2, %%rbp\n\ttest %1, %1\n\tjz 1f\n\t"
                     "mov %1, %%rsp\n1:\tcall *%3\n\t"
                     "mov %%r12, %%rsp\n\tpop %%rbp\n\tcld\n\t"
                     "pushf\n\tandl $~0x40100, (%%rsp)\n\tpopf"
                     : "+a"(ax) : "r"(sp), "r"(bp), "r"(fn), "b"(data),
                       "c"(in_rcx)
                     : "r12", "rdx", "rsi", "rdi", "r8", "r9", "r10",
                       "r11", "cc", "memory");
        printf("  rax %lx\n", (long)ax);
    }
}

#define B(name, ...) do {                                               \
        static const uint8_t b[] = { __VA_ARGS__ };                     \
        run(name, b, sizeof(b), 0);                                     \
    } while (0)
#define AT(name, at, ...) do {                                          \
        static const uint8_t b[] = { __VA_ARGS__ };                     \
        run(name, b, sizeof(b), at);                                    \
    } while (0)

static void canonical(void)
{
    in_rax = 0x8000000000000000;
    B("mov (%rax)", 0x48, 0x8b, 0x08);
    B("mov to (%rax)", 0x48, 0x89, 0x08);
    B("add (%rax)", 0x48, 0x01, 0x08);
    B("movaps (%rax)", 0x0f, 0x28, 0x00);
    B("movups (%rax)", 0x0f, 0x10, 0x00);
    B("fld (%rax)", 0xdd, 0x00);
    B("fxsave (%rax)", 0x0f, 0xae, 0x00);
    B("lock cmpxchg16b (%rax)", 0xf0, 0x48, 0x0f, 0xc7, 0x08);
    B("push (%rax)", 0xff, 0x30);
    B("call *(%rax)", 0xff, 0x10);
    B("prefetch (%rax)", 0x0f, 0x18, 0x08);
    B("clflush (%rax)", 0x0f, 0xae, 0x38);
    B("rep movs", 0x48, 0x89, 0xc6, 0x48, 0x89, 0xdf, 0xf3, 0xa4);
    B("rep stos", 0x48, 0x89, 0xc7, 0xf3, 0xaa);
    B("rep stos -> kernel", 0x48, 0x0f, 0xba, 0xe8, 47, 0x48, 0xc1, 0xf8, 16,
      0x48, 0x89, 0xc7, 0xf3, 0xaa);
    B("xlat", 0x48, 0x89, 0xc3, 0xd7);
    in_rbp = in_rax;
    B("mov (%rbp)", 0x48, 0x8b, 0x4d, 0x00);
    B("mov to (%rbp)", 0x48, 0x89, 0x4d, 0x00);
    B("mov ds:(%rbp)", 0x3e, 0x48, 0x8b, 0x4d, 0x00);
    B("mov fs:(%rbp)", 0x64, 0x48, 0x8b, 0x4d, 0x00);
    B("mov (%rax,%rbp)", 0x48, 0x8b, 0x0c, 0x28);
    B("mov (%rbp,%rax)", 0x48, 0x8b, 0x4c, 0x05, 0x00);
    B("movaps (%rbp)", 0x0f, 0x28, 0x45, 0x00);
    B("lock inc (%rbp)", 0xf0, 0xff, 0x45, 0x00);
    B("leave", 0xc9);
    B("vmovups (%rbp)", 0xc5, 0xfc, 0x10, 0x45, 0x00);
    B("fld (%rbp)", 0xdd, 0x45, 0x00);
    B("mov (%r13)", 0x49, 0x8b, 0x4d, 0x00);
    B("edge", 0x48, 0xbd, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00, 0x00,
      0x48, 0x8b, 0x45, 0x00);
    in_rbp = 0;
    /* the stack itself */
    B("push", 0x48, 0x89, 0xc4, 0x50);
    B("pop", 0x48, 0x89, 0xc4, 0x58);
    B("call", 0x48, 0x89, 0xc4, 0xe8, 0, 0, 0, 0);
    B("ret", 0x48, 0x89, 0xc4, 0xc3);
    B("pushf", 0x48, 0x89, 0xc4, 0x9c);
    B("popf", 0x48, 0x89, 0xc4, 0x9d);
    B("enter", 0x48, 0x89, 0xc4, 0xc8, 8, 0, 0);
    B("iret", 0x48, 0x89, 0xc4, 0x48, 0xcf);
    B("lret", 0x48, 0x89, 0xc4, 0xcb);
    B("push [data] on it", 0x48, 0x89, 0xc4, 0xff, 0x33);
    B("mov (%rsp)", 0x48, 0x89, 0xc4, 0x48, 0x8b, 0x0c, 0x24);
    B("mov kernel", 0x48, 0xc7, 0xc0, 0, 0, 0, 0x80, 0x48, 0x8b, 0x00);
    B("jmp *%rax", 0x48, 0xc7, 0xc0, 0, 0, 0, 0x80, 0xff, 0xe0);
    in_rax = 0x8000000000001000;
    B("push kernel", 0x48, 0xc7, 0xc4, 0, 0, 0, 0x80, 0x50);
}

static void alignment(void)
{
#define AC 0x9c, 0x81, 0x0c, 0x24, 0, 0, 4, 0, 0x9d
    B("ac off", 0x8b, 0x43, 0x01);
    B("ac aligned", AC, 0x8b, 0x43, 0x04);
    B("ac byte", AC, 0x8a, 0x43, 0x01);
    B("ac word", AC, 0x66, 0x8b, 0x43, 0x01);
    B("ac word even", AC, 0x66, 0x8b, 0x43, 0x02);
    B("ac dword", AC, 0x8b, 0x43, 0x02);
    B("ac dword write", AC, 0x89, 0x43, 0x02);
    B("ac qword", AC, 0x48, 0x8b, 0x43, 0x04);
    B("ac rmw", AC, 0x01, 0x43, 0x02);
    B("ac lock", AC, 0xf0, 0x01, 0x43, 0x02);
    B("ac movups 8", AC, 0x0f, 0x10, 0x43, 0x08);
    B("ac movups 1", AC, 0x0f, 0x10, 0x43, 0x01);
    B("ac movdqu 4", AC, 0xf3, 0x0f, 0x6f, 0x43, 0x04);
    B("ac movdqu st 4", AC, 0xf3, 0x0f, 0x7f, 0x43, 0x04);
    B("ac lddqu 4", AC, 0xf2, 0x0f, 0xf0, 0x43, 0x04);
    B("ac movaps 8", AC, 0x0f, 0x28, 0x43, 0x08);
    B("ac vmovups y 16", AC, 0xc5, 0xfc, 0x10, 0x43, 0x10);
    B("ac vmovups x 8", AC, 0xc5, 0xf8, 0x10, 0x43, 0x08);
    B("ac vaddps x 8", AC, 0xc5, 0xf8, 0x58, 0x43, 0x08);
    B("ac movsd 4", AC, 0xf2, 0x0f, 0x10, 0x43, 0x04);
    B("ac movss 2", AC, 0xf3, 0x0f, 0x10, 0x43, 0x02);
    B("ac fld m64", AC, 0xdd, 0x43, 0x04, 0xdd, 0xd8);
    B("ac fld m80 8", AC, 0xdb, 0x6b, 0x08, 0xdd, 0xd8);
    B("ac fld m80 4", AC, 0xdb, 0x6b, 0x04, 0xdd, 0xd8);
    B("ac fild m16", AC, 0xdf, 0x43, 0x01, 0xdd, 0xd8);
    B("ac fnstcw", AC, 0xd9, 0x7b, 0x01);
    B("ac stmxcsr", AC, 0x0f, 0xae, 0x5b, 0x02);
    B("ac push", AC, 0x48, 0xff, 0xcc, 0x50);
    B("ac stosd", AC, 0x48, 0x8d, 0x7b, 0x02, 0xab);
    B("ac rep stosd", AC, 0x48, 0x8d, 0x7b, 0x02, 0xf3, 0xab);
    B("ac rep movsq", AC, 0x48, 0x8d, 0x7b, 0x08, 0x48, 0x8d, 0x73, 0x41,
      0xf3, 0x48, 0xa5);
    B("ac rep stosb", AC, 0x48, 0x8d, 0x7b, 0x01, 0xf3, 0xaa);
    B("ac bt", AC, 0x0f, 0xa3, 0x4b, 0x01);
    B("ac cmpxchg8b", AC, 0x0f, 0xc7, 0x4b, 0x04);
    B("ac cmpxchg16b", AC, 0x48, 0x0f, 0xc7, 0x4b, 0x08);
    B("ac fs", AC, 0x64, 0x8b, 0x04, 0x25, 0x11, 0, 0, 0);
    B("ac movbe", AC, 0x0f, 0x38, 0xf0, 0x43, 0x02);
    B("ac movntdq 8", AC, 0x66, 0x0f, 0xe7, 0x43, 0x08);
    B("ac pextrd", AC, 0x66, 0x0f, 0x3a, 0x16, 0x43, 0x02, 0);
    B("ac movq mm", AC, 0x0f, 0x6f, 0x43, 0x04, 0x0f, 0x77);
    B("ac maskmov", AC, 0xc4, 0xe2, 0x79, 0x2c, 0x43, 0x02);
    B("ac paddd 4", AC, 0x66, 0x0f, 0xfe, 0x43, 0x04);
    B("ac jump out", AC, 0xeb, 0x00, 0x8b, 0x43, 0x02);
    B("ac off again", AC, 0x9c, 0x81, 0x24, 0x24, 0xff, 0xff, 0xfb, 0xff,
      0x9d, 0x8b, 0x43, 0x01);
}

static void pages(void)
{
    uint8_t *end = data + 0x1000, nops[15];

    in_rax = (uintptr_t)end - 2;
    B("load across", 0x8b, 0x00);
    B("store across", 0x89, 0x08);
    B("add across", 0x01, 0x08);
    B("shl across", 0xd3, 0x20);
    B("shld across", 0x0f, 0xa5, 0x08);
    B("movups across", 0x0f, 0x10, 0x00);
    mprotect(data, 0x1000, PROT_READ);
    B("ro load across", 0x8b, 0x00);
    B("ro store across", 0x89, 0x08);
    B("ro add across", 0x01, 0x08);
    B("ro shl across", 0xd3, 0x20);
    B("ro shl $3 across", 0xc1, 0x20, 3);
    B("ro shld across", 0x0f, 0xa5, 0x08);
    B("ro rcl across", 0xd3, 0x10);
    B("ro xchg across", 0x87, 0x08);
    B("ro cmpxchg across", 0x0f, 0xb1, 0x08);
    B("ro xadd across", 0x0f, 0xc1, 0x08);
    B("ro btc across", 0x0f, 0xba, 0x38, 3);
    B("ro not across", 0xf7, 0x10);
    B("ro shl inside", 0xd3, 0x60, 0xf0);
    B("ro setcc", 0x0f, 0x90, 0x00);
    B("ro cmp across", 0x39, 0x08);
    mprotect(data, 0x1000, PROT_READ | PROT_WRITE);
    /* code at the end of its pages; the third page can't be read */
    AT("mov imm at the end", 0x1ffb, 0xb8, 1, 2, 3, 4);
    AT("mov imm over it", 0x1ffc, 0xb8, 1, 2, 3);
    AT("prefix at the end", 0x1fff, 0x66);
    AT("jmp over it", 0x1ffd, 0xe9, 0, 0);
    AT("ud at the end", 0x1ffe, 0x0f, 0x0b);
    AT("vex over it", 0x1ffd, 0xc4, 0xe2, 0x79);
    memset(nops, 0x66, 15);
    nops[14] = 0x90;
    run("15 bytes", nops, 15, 0);
    memset(nops, 0x66, 15);
    run("too long", nops, 15, 0);
    run("too long at the end", nops, 15, 0x1ff1);
    run("14 at the end", nops, 14, 0x1ff2);
}

static void traps(void)
{
    B("int3", 0xcc);
    B("int 3", 0xcd, 3);
    B("int 1", 0xcd, 1);
    B("int 4", 0xcd, 4);
    B("int 0", 0xcd, 0);
    B("int 13", 0xcd, 13);
    B("int 0x2c", 0xcd, 0x2c);
    B("int 0xff", 0xcd, 0xff);
    B("int 0x80", 0xb8, 0x0f, 0x27, 0, 0, 0xcd, 0x80);
    B("ud2", 0x0f, 0x0b);
    B("ud1", 0x0f, 0xb9, 0xc0);
    B("ud0", 0x0f, 0xff, 0xc0);
    B("hlt", 0xf4);
    B("cli", 0xfa);
    B("in", 0xec);
    B("insb", 0x6c);
    B("mov cr0", 0x0f, 0x20, 0xc0);
    B("rdmsr", 0x0f, 0x32);
    B("wbinvd", 0x0f, 0x09);
    B("lgdt", 0x0f, 0x01, 0x13);
    B("sysret", 0x48, 0x0f, 0x07);
    B("swapgs", 0x0f, 0x01, 0xf8);
    B("monitor", 0x0f, 0x01, 0xc8);
    B("mwait", 0x0f, 0x01, 0xc9);
    B("invlpg", 0x0f, 0x01, 0x3b);
    B("clts", 0x0f, 0x06);
    B("rsm", 0x0f, 0xaa);
    B("lldt", 0x0f, 0x00, 0xd0);
    B("str", 0x0f, 0x00, 0xc8);
    B("push es", 0x06);
    B("into", 0xce);
    B("lock nop", 0xf0, 0x90);
    B("lock add reg", 0xf0, 0x01, 0xc0);
    B("lock mov", 0xf0, 0x89, 0x03);
    B("lock cmp", 0xf0, 0x39, 0x03);
    B("lock bt", 0xf0, 0x0f, 0xa3, 0x03);
    B("lock add to reg", 0xf0, 0x03, 0x03);
    B("lock btc", 0xf0, 0x0f, 0xba, 0x3b, 0);
    B("lock test", 0xf0, 0x85, 0x03);
    B("lock shl", 0xf0, 0xd1, 0x23);
    B("mov cs", 0x8e, 0xc8);
    B("mov seg6", 0x8e, 0xf0);
    B("lea reg", 0x8d, 0xc0);
    B("jmpf reg", 0xff, 0xe8);
    B("ff /7", 0xff, 0xf8);
    B("vex lock", 0xf0, 0xc5, 0xf8, 0x58, 0xc0);
    B("vex rex", 0x40, 0xc5, 0xf8, 0x58, 0xc0);
    B("mov ss, null", 0x31, 0xc0, 0x8e, 0xd0);
    B("mov ds, 0x1234", 0xb8, 0x34, 0x12, 0, 0, 0x8e, 0xd8);
    B("div 0", 0x31, 0xc9, 0x31, 0xd2, 0xf7, 0xf1);
    B("wrfsbase", 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0x80, 0xf3, 0x48, 0x0f,
      0xae, 0xd8);
    steps = 6;
    B("tf", 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d, 0x90, 0x31, 0xc0,
      0xff, 0xc0, 0x9c, 0x81, 0x24, 0x24, 0xff, 0xfe, 0xff, 0xff, 0x9d);
    steps = 0;
}

static void far_jumps(void)
{
    struct user_desc d = {
        .entry_number = 1, .base_addr = (uintptr_t)code + 0x100,
        .limit = 0xfff, .seg_32bit = 1, .contents = 2,
    };
    long r = syscall(SYS_modify_ldt, 0x11, &d, sizeof(d));

    printf("ldt %ld\n", r);
    /* push $0xf; push $0x20; lretq -> code + 0x120: a 32-bit segment */
    static const uint8_t jump[] = { 0x6a, 0x0f, 0x6a, 0x20, 0x48, 0xcb };
    static const uint8_t body[] = {
        0xe8, 0, 0, 0, 0, 0x58,             /* call 1f; 1: pop %eax */
        0x40,                               /* inc %eax */
        0xea, 0, 0, 0, 0, 0x33, 0,          /* ljmp $0x33, ... */
    };
    uint8_t all[0x140];
    uint32_t to = (uintptr_t)code + 0x90;
    memset(all, 0x90, sizeof(all));
    memcpy(all, jump, sizeof(jump));
    all[0x90] = 0x48, all[0x91] = 0x89, all[0x92] = 0xe0;  /* mov %rsp,%rax */
    all[0x93] = 0x31, all[0x94] = 0xc0, all[0x95] = 0xc3;
    memcpy(all + 0x120, body, sizeof(body));
    memcpy(all + 0x120 + 8, &to, 4);
    in_rsp = (uintptr_t)data + 0xff0;
    run("32-bit ldt code", all, sizeof(all), 0);
    memcpy(all + 0x120, "\x0f\x0b", 2);
    run("ud2 in it", all, sizeof(all), 0);
    memcpy(all + 0x120, "\xe9\x00\x10\x00\x00", 5);
    run("jump out of it", all, sizeof(all), 0);
    in_rsp = 0;
    B("lret to null", 0x6a, 0, 0x6a, 0, 0x48, 0xcb);
    B("lret to ring 0", 0x6a, 0x10, 0x6a, 0, 0x48, 0xcb);
    B("lret to data", 0x6a, 0x2b, 0x6a, 0, 0x48, 0xcb);
    B("mov gs, ldt code", 0xb8, 0x0f, 0, 0, 0, 0x8e, 0xe8, 0x8c, 0xe9);
    r = syscall(SYS_modify_ldt, 0x11, &d, 1);
    printf("size: %ld %d\n", r, errno);
}

static void vsyscall(void)
{
    typedef long F(void *, void *, void *);
    struct timeval tv, tv2;
    time_t t = 0, r;
    unsigned cpu = 99, node = 99;

    gettimeofday(&tv, NULL);
    printf("vsyscall %ld", ((F *)0xffffffffff600000)(&tv2, NULL, NULL));
    r = ((F *)0xffffffffff600400)(&t, NULL, NULL);
    printf(" %d %d", t == r, (int)(r - tv.tv_sec) < 3);
    printf(" %ld %d\n", ((F *)0xffffffffff600800)(&cpu, &node, NULL),
           cpu < 4096);
    B("vsyscall inside", 0x48, 0xc7, 0xc0, 5, 0, 0x60, 0xff, 0xff, 0xe0);
    B("vsyscall no entry", 0x48, 0xc7, 0xc0, 0, 0x0c, 0x60, 0xff, 0xff, 0xe0);
    B("vsyscall read", 0x48, 0xc7, 0xc0, 0, 0, 0x60, 0xff, 0x8a, 0x00);
}

int main(void)
{
    struct sigaction sa = { .sa_sigaction = handler,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK };
    static char alt[65536];
    stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };

    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaltstack(&ss, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGTRAP, &sa, NULL);
    sigaction(SIGFPE, &sa, NULL);
    code = mmap((void *)0x20000000, 0x3000, PROT_READ | PROT_WRITE | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    data = mmap((void *)0x30000000, 0x2000, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mprotect(code + 0x2000, 0x1000, PROT_NONE);
    mprotect(data + 0x1000, 0x1000, PROT_NONE);
    canonical();
    in_rax = 0;
    alignment();
    pages();
    in_rax = 0;
    traps();
    far_jumps();
    vsyscall();
    return 0;
}
