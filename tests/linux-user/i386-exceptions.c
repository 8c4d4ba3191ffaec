/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that instructions raise in 32-bit code, as signals show them:
 * what only this mode has (INTO, BOUND, POP SS, AAM by zero, far pointers),
 * the end of the address space, alignment, single steps, prefixes.
 * guest: i386
 * timeout: 30
 * cflags: -O1 -fno-pic -no-pie -fcf-protection=none
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "catch.h"

static sigjmp_buf back;
static uint8_t *code, *data;
static uint32_t in_eax, in_ebp, in_esi;
static int steps;

static void report(int sig, siginfo_t *si, void *ctx)
{
    greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;
    uint32_t ip = g[REG_EIP], a = (uintptr_t)si->si_addr;

    ip -= ip - (uintptr_t)code < 0x3000 ? (uintptr_t)code : 0;
    a = a - (uintptr_t)code < 0x3000 ? a - (uintptr_t)code + 0xc0de0000 :
        a - (uintptr_t)data < 0x3000 ? a - (uintptr_t)data + 0xda7a0000 : a;
    if (steps) {
        steps--;
        printf("  step %x\n", ip);
        return;
    }
    printf("  signal %d code %d addr %x trap %d err %x ip %x cs %x fl %x\n",
           sig, si->si_code, a, g[REG_TRAPNO], g[REG_ERR], ip,
           g[REG_CS] & 0xffff, g[REG_EFL] & 0x50100);
    g[REG_EFL] &= ~0x40100;
    siglongjmp(back, 1);
}

/* The kernel leaves EFLAGS.AC as it was. */
static void handler(int sig, siginfo_t *si, void *ctx)
{
    asm volatile("pushf\n\tandl $~0x40000, (%%esp)\n\tpopf" : : : "cc",
                 "memory");
    report(sig, si, ctx);
}

static void run(const char *name, const void *bytes, size_t n, unsigned at)
{
    uint32_t ax = in_eax;
    struct { uint32_t bp; void *fn; } in = { in_ebp, code + at };

    printf("%s\n", name);
    memset(code, 0x90, 0x2000);
    memcpy(code + at, bytes, n);
    if (at + n < 0x2000) {
        code[at + n] = 0xc3;
    }
    if (!sigsetjmp(back, 1)) {
        asm volatile("push %%ebp\n\tpush %%ebx\n\tpush %%ds\n\tpush %%es\n\t"
                     "mov %%ecx, %%ebx\n\tmov (%%edx), %%ebp\n\t"
                     "mov $3, %%ecx\n\tcall *4(%%edx)\n\t"
                     "pop %%es\n\tpop %%ds\n\tpop %%ebx\n\tpop %%ebp\n\t"
                     "cld\n\tpushf\n\tandl $~0x40100, (%%esp)\n\tpopf"
                     : "+a"(ax), "+c"((uint32_t){ (uintptr_t)data })
                     : "d"(&in), "S"(in_esi)
                     : "edi", "cc", "memory");
        printf("  eax %x\n", ax);
    }
}

#define AT(name, at, ...) do {                                          \
        static const uint8_t b[] = { __VA_ARGS__ };                     \
        run(name, b, sizeof(b), at);                                    \
    } while (0)
#define B(name, ...) AT(name, 0, __VA_ARGS__)
#define AC 0x9c, 0x80, 0x4c, 0x24, 0x02, 0x04, 0x9d
#define TF_ON 0x9c, 0x80, 0x4c, 0x24, 0x01, 0x01, 0x9d
#define TF_OFF 0x9c, 0x80, 0x64, 0x24, 0x01, 0xfe, 0x9d
#define STEP(name, ...) do {                                            \
        steps = 30;                                                     \
        B(name, TF_ON, __VA_ARGS__, TF_OFF);                            \
        printf("  left %d\n", steps);                                   \
        steps = 0;                                                      \
    } while (0)

static void own(void)
{
    B("into", 0xb8, 0xff, 0xff, 0xff, 0x7f, 0x40, 0xce);
    B("into, no", 0x31, 0xc0, 0xce);
    B("int 4", 0xcd, 4);
    B("int 3", 0xcd, 3);
    B("int3", 0xcc);
    B("int 5", 0xcd, 5);
    B("int 0x81", 0xcd, 0x81);
    B("66 int 3", 0x66, 0xcd, 3);
    B("bound ok", 0xb8, 5, 0, 0, 0, 0x62, 0x03);
    B("bound low", 0xb8, 0xff, 0xff, 0xff, 0xff, 0x62, 0x03);
    B("bound high", 0xb8, 0, 1, 0, 0, 0x62, 0x03);
    B("bound 16", 0x66, 0xb8, 0, 1, 0x66, 0x62, 0x03);
    B("bound reg", 0x62, 0xc0);
    B("aam 0", 0xd4, 0);
    B("aad 0", 0xb8, 0x34, 0x12, 0, 0, 0xd5, 0);
    B("div 0", 0x31, 0xc9, 0xf7, 0xf1);
    B("idiv overflow", 0x31, 0xc0, 0xba, 0, 0, 0, 0x80, 0xb9, 0xff, 0xff, 0xff,
      0xff, 0xf7, 0xf9);
    B("les reg", 0xc4, 0xc0);
    B("lds reg 16", 0x66, 0xc5, 0xc0);
    B("les", 0xc4, 0x43, 0x10);
    B("les bad", 0xc4, 0x43, 0x18);
    B("lss bad", 0x0f, 0xb2, 0x43, 0x20);
    B("pop es bad", 0x6a, 0x10, 0x07);
    B("pop ss null", 0x6a, 0x00, 0x17);
    B("pop ds null", 0x6a, 0x00, 0x1f, 0x8b, 0x03);
    B("push seg 16", 0x66, 0x06, 0x66, 0x58);
    B("callf", 0x9a, 0, 0, 0, 0, 0x10, 0);
    B("jmpf data", 0xea, 0, 0, 0, 0, 0x2b, 0);
    B("jmpf 64", 0xea, 0, 0, 0, 0, 0x10, 0);
    B("retf ring 0", 0x6a, 0x08, 0x6a, 0, 0xcb);
    B("iret bad", 0x9c, 0x6a, 0x08, 0x6a, 0, 0xcf);
    B("arpl", 0xb8, 0x10, 0, 0, 0, 0xb9, 3, 0, 0, 0, 0x63, 0xc8);
    B("salc", 0xf9, 0xd6);
    B("syscall n", 0xb8, 0x0f, 0x27, 0, 0, 0xcd, 0x80);
    B("movsxd is arpl", 0x63, 0xc0);
    B("hlt", 0xf4);
    B("outsb", 0x6e);
    B("lldt", 0x0f, 0x00, 0xd0);
    B("ud2", 0x0f, 0x0b);
    B("82 /7", 0x82, 0xf8, 0);
    B("lock 82", 0xf0, 0x82, 0x03, 0);
    B("lock inc reg", 0xf0, 0x40);
    B("rdfsbase", 0xf3, 0x0f, 0xae, 0xc0);
    B("cmpxchg16b", 0x48, 0x0f, 0xc7, 0x0b);
    B("vex r8", 0xc4, 0x41, 0x78, 0x58, 0xc0);
    B("vaddps", 0xc5, 0xf8, 0x58, 0xc0);
}

static void addresses(void)
{
    in_eax = 0xfffffffe;
    B("end, word", 0x66, 0x8b, 0x00);
    B("end, dword", 0x8b, 0x00);
    B("end, store", 0x89, 0x08);
    B("end, rmw", 0x01, 0x08);
    B("end, push [m]", 0xff, 0x30);
    B("end, movups", 0x0f, 0x10, 0x00);
    B("end, fld", 0xdd, 0x00);
    B("end, fs", 0x64, 0x8b, 0x00);
    in_ebp = 0xfffffffd;
    B("end, (ebp)", 0x8b, 0x45, 0x00);
    B("wrap, 4(ebp)", 0x8b, 0x45, 0x04);
    B("wrap, (eax,ebp)", 0x8b, 0x04, 0x28);
    B("wrap, -8(ecx)", 0x8b, 0x41, 0xf8);
    B("wrap, byte", 0x8a, 0x45, 0x02);
    in_eax = 0xc0000000;
    B("kernel", 0x8b, 0x00);
    B("null", 0x31, 0xc0, 0x8b, 0x00);
    B("null write", 0x31, 0xc0, 0x89, 0x00);
    B("addr16", 0x67, 0x8b, 0x07);
    B("addr16 disp", 0x67, 0x8b, 0x06, 0x34, 0x12);
    B("addr16 bp", 0x67, 0x8b, 0x46, 0x00);
    B("addr16 stos", 0xbf, 0xff, 0xff, 0x01, 0x00, 0x67, 0xaa);
    B("jump null", 0x31, 0xc0, 0xff, 0xe0);
    B("jump 16", 0x66, 0xe9, 0x00, 0x00);
    B("call 16", 0x66, 0xe8, 0x00, 0x00);
    B("ret 16", 0x66, 0xc3);
    B("jmp high", 0xb8, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xe0);
    AT("jmp over the end", 0x1ffb, 0xe9, 0, 0, 0, 0);
    AT("cut off", 0x1ffd, 0xb8, 0, 0);
    in_eax = (uintptr_t)data + 0xffe;
    B("across", 0x8b, 0x00);
    B("across shld", 0x0f, 0xa5, 0x08);
    B("across push", 0xff, 0x30);
    B("esp at end", 0x89, 0xe0, 0x8d, 0xa3, 0x04, 0x10, 0, 0, 0x50);
    B("esp bad", 0x89, 0xe0, 0xbc, 0x10, 0, 0, 0, 0x50);
    B("esp zero push", 0x89, 0xe0, 0x31, 0xe4, 0x50);
    B("esp 2 push", 0x89, 0xe0, 0xbc, 2, 0, 0, 0, 0x50);
    B("pusha bad", 0x89, 0xe0, 0xbc, 0x10, 0, 0, 0, 0x60);
    B("enter bad", 0x89, 0xe0, 0xbc, 0x10, 0, 0, 0, 0xc8, 4, 0, 0);
    in_eax = 0;
}

static void others(void)
{
    B("ac word", AC, 0x66, 0x8b, 0x43, 0x01);
    B("ac dword", AC, 0x8b, 0x43, 0x02);
    B("ac push", AC, 0x83, 0xec, 0x02, 0x50);
    B("ac les", AC, 0xc4, 0x43, 0x12);
    B("ac bound", AC, 0x62, 0x43, 0x02);
    B("ac popa", AC, 0x83, 0xec, 0x26, 0x61);
    B("ac moffs", AC, 0xa1, 1, 0, 0, 0x30);
    B("ac ret", AC, 0x58, 0x83, 0xec, 0x06, 0x89, 0x04, 0x24, 0xc3);
    STEP("pop ss", 0x16, 0x17, 0x90, 0x90);
    STEP("mov ss, pop ss", 0x16, 0x8c, 0xd0, 0x8e, 0xd0, 0x17, 0x90, 0x90);
    STEP("lss", 0x16, 0x6a, 0x00, 0x89, 0xe0, 0x89, 0x04, 0x24, 0x0f, 0xb2,
         0x24, 0x24, 0x58, 0x58, 0x90);
    STEP("rep stosw", 0x89, 0xdf, 0x66, 0xf3, 0xab);
    STEP("repne scasb", 0x89, 0xdf, 0xb9, 9, 0, 0, 0, 0x31, 0xc0, 0xf2, 0xae);
    STEP("loop", 0xb9, 2, 0, 0, 0, 0xe2, 0xfe, 0x90);
    STEP("retf", 0x0e, 0xe8, 0, 0, 0, 0, 0x83, 0x04, 0x24, 0x05, 0xcb, 0x90);
    STEP("iret", 0x9c, 0x0e, 0xe8, 0, 0, 0, 0, 0x83, 0x04, 0x24, 0x05, 0xcf,
         0x90);
    STEP("int 0x80", 0xb8, 0x0f, 0x27, 0, 0, 0xcd, 0x80, 0x90);
    STEP("pop es", 0x06, 0x07, 0x90);
    STEP("into", 0x31, 0xc0, 0xce, 0x90);
    STEP("daa", 0x27, 0x2f, 0x37);
}

int main(void)
{
    static const uint32_t image[] = {
        0, 64, 0, 0, 0x1234, 0x2b, 0x5678, 0x10, 0x9abc, 0x33,
    };

    setvbuf(stdout, NULL, _IOLBF, 0);
    catch_faults(handler);
    code = mmap((void *)0x20000000, 0x3000, PROT_READ | PROT_WRITE | PROT_EXEC,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    data = mmap((void *)0x30000000, 0x2000, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    mprotect(code + 0x2000, 0x1000, PROT_NONE);
    mprotect(data + 0x1000, 0x1000, PROT_NONE);
    memcpy(data, image, sizeof(image));
    own();
    memcpy(data, image, sizeof(image));
    addresses();
    others();
    return 0;
}
