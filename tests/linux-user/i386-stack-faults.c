/* SPDX-License-Identifier: MIT */
/*
 * What esp is when a push or pop in the middle of a run of them faults, what
 * is read and computed from esp between, and esp that wraps at either end.
 * Each snippet is run often enough to be translated.
 * guest: i386
 * timeout: 30
 * cflags: -O1 -fno-pic -no-pie -fno-stack-protector
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { RUNS = 400 };

typedef struct Result {
    int sig;
    uint32_t addr, eip, esp, eax, ecx, edx, ebx;
} Result;

static sigjmp_buf back;
static Result res;
static uint8_t *page;               /* the middle one of three: mapped */
__attribute__((used)) static uint32_t esp_in, saved_esp, out[5];
__attribute__((used)) static uint32_t words[64];

#define SNIPPET(name, body) \
    extern const char name[], name##_end[]; \
    asm(".text\n" #name ":\n\t" body "\n" #name "_end:\n\tjmp finish\n")

asm(".text\nfinish:\n\t"
    "mov %esp, out\n\tmov saved_esp, %esp\n\t"
    "mov %eax, out+4\n\tmov %ecx, out+8\n\tmov %edx, out+12\n\t"
    "mov %ebx, out+16\n\tpop %ebp\n\tpop %edi\n\tpop %esi\n\tpop %ebx\n\tret\n"
    "enter_at:\n\t"
    "mov 4(%esp), %eax\n\tpush %ebx\n\tpush %esi\n\tpush %edi\n\t"
    "push %ebp\n\tmov %esp, saved_esp\n\tmov esp_in, %esp\n\t"
    "mov $1, %ecx\n\tmov $2, %edx\n\tmov $3, %ebx\n\tmov $4, %esi\n\t"
    "jmp *%eax\n");
void enter_at(const void *snippet);

SNIPPET(pushes, "push %ebx; push %esi; mov %esp, %ecx; push $7; push %ecx\n\t"
        "sub $12, %esp; push %edx; lea 8(%esp), %eax; push %eax");
SNIPPET(pops, "pop %eax; pop %ecx; lea -4(%esp), %edx; add $8, %esp\n\t"
        "pop %ebx; mov %esp, %ecx; pop %eax; pop %ecx");
SNIPPET(reads, "push $5; push $6; mov (%esp), %eax; add 4(%esp), %eax\n\t"
        "mov %esp, 4(%esp); mov $1, %edx; lea (%esp,%edx,4), %ecx\n\t"
        "mov (%esp,%edx,4), %ebx; pushl (%esp); pop 4(%esp)\n\t"
        "mov 4(%esp), %edx; and $-64, %esp; push %esp; pop %esi; push %esi");
SNIPPET(flags, "cmp $2, %ecx; push %ebx; lea -8(%esp), %esp; push %esi\n\t"
        "setc %al; movzbl %al, %eax; pop %edx; lea 8(%esp), %esp; pop %ecx\n\t"
        "sub $16, %esp; setc %bl; push %ebx; add $20, %esp");
SNIPPET(below, "sub $0x20, %esp; mov words+0x80(%esp), %eax\n\t"
        "lea 0x30(%esp), %ecx; mov %esp, %edx; push %eax; nop");
SNIPPET(above, "add $0x20, %esp; mov words+0x80(%esp), %eax\n\t"
        "lea -0x30(%esp), %ecx; mov %esp, %edx; pop %ebx; nop");
SNIPPET(frame, "sub $0x1800, %esp; push %eax; add $0x1804, %esp; push %ebx\n\t"
        "sub $0x700, %esp; sub $0x700, %esp; mov %edx, 0xdfc(%esp)\n\t"
        "mov 0xe00(%esp), %eax; add $0xe04, %esp");
SNIPPET(leaves, "mov $-2, %ebp; push %ebx; leave");
SNIPPET(around, "add $0x10100, %esp; pop %eax; mov -12(%esp), %ecx\n\t"
        "sub $0x10200, %esp; mov %esp, %edx; add $0x10200, %esp; push %eax");

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    const greg_t *g = ((ucontext_t *)uc)->uc_mcontext.gregs;

    res = (Result) { sig, (uint32_t)si->si_addr, g[REG_EIP], g[REG_ESP],
                     g[REG_EAX], g[REG_ECX], g[REG_EDX], g[REG_EBX] };
    siglongjmp(back, 1);
}

static Result once(const char *code, uint32_t esp)
{
    esp_in = esp;
    memset(&res, 0, sizeof(res));
    if (!sigsetjmp(back, 0)) {
        enter_at(code);
        res = (Result) { .esp = out[0], .eax = out[1], .ecx = out[2],
                         .edx = out[3], .ebx = out[4] };
    }
    return res;
}

/* Numbers near the page or the code are printed from there. */
static void show(const char *what, uint32_t v)
{
    uint32_t off = v - (uint32_t)page;

    if (off + 4096 < 3 * 4096) {
        printf(" %s=page%+d", what, (int)off);
    } else {
        printf(" %s=%x", what, v);
    }
}

static void run(const char *name, const char *code, uint32_t esp)
{
    Result r, first;

    for (int i = 0; i < RUNS; i++) {
        for (unsigned k = 0; k < 1024; k++) {
            ((uint32_t *)page)[k] = 0x1000 + k;
        }
        r = once(code, esp);
        if (i && memcmp(&r, &first, sizeof(r))) {
            printf("%s: run %d differs:", name, i);
            i = RUNS;
        }
        first = i ? first : r;
    }
    printf("%s sig %d", name, r.sig);
    show("esp_in", esp);
    if (r.sig) {
        printf(" eip=+%u", r.eip - (uint32_t)code);
        show("addr", r.addr);
    }
    show("esp", r.esp);
    show("eax", r.eax == (uint32_t)code ? 0 : r.eax);
    show("ecx", r.ecx);
    show("edx", r.edx);
    show("ebx", r.ebx);
    printf("\n");
}

#define RUN(name, esp) run(#name, name, esp)

int main(void)
{
    static uint8_t alt[65536];
    stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
    struct sigaction sa = { .sa_sigaction = on_fault,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

    page = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page += 4096;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    sigaltstack(&ss, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    for (unsigned i = 0; i < 64; i++) {
        words[i] = i * 0x01010101;
    }
    for (uint32_t k = 0; k <= 48; k += 4) {
        RUN(pushes, (uint32_t)page + k);
        RUN(pops, (uint32_t)page + 4096 - k);
    }
    RUN(pushes, (uint32_t)page + 6);
    RUN(pops, (uint32_t)page + 4090);
    RUN(reads, (uint32_t)page + 512);
    RUN(reads, (uint32_t)page + 64 + 8);
    RUN(flags, (uint32_t)page + 512);
    RUN(flags, (uint32_t)page + 12);
    uint32_t *low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (unsigned k = 0; k < 1024; k++) {
        low[k] = 0x5000 + k;
    }
    RUN(around, -0x20);
    RUN(leaves, (uint32_t)page + 64);
    RUN(frame, (uint32_t)page + 4096);
    RUN(frame, (uint32_t)page + 6144);
    for (uint32_t k = 0; k <= 0x26; k += 2) {
        RUN(below, k);
        RUN(above, -k);
        RUN(pushes, k);
        RUN(pops, -k);
    }
    return 0;
}
