/* SPDX-License-Identifier: MIT */
/*
 * Runs a case on the host processor: loads the whole state, jumps to the
 * bytes, and takes the state out of the signal frame of the exception that
 * ends each run (the code page is filled with a one-byte #UD).
 */
#include "util/osdep.h"
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include "tests/isa/isa.h"

__attribute__((visibility("hidden"))) IsaState isa_native_in;
__attribute__((visibility("hidden"))) uint64_t isa_native_sp;
__attribute__((visibility("hidden"))) extern const char isa_native_back[];
__attribute__((visibility("hidden"))) void isa_native_enter(void);
__attribute__((visibility("hidden"))) void isa_native_enter32(void);

/* Operand of the far jump to 32-bit code. */
__attribute__((visibility("hidden")))
struct QEMU_PACKED { uint32_t pc; uint16_t cs; } isa_native_far;
enum { USER_CS32 = 0x23, USER_CS64 = 0x33 };

__attribute__((used)) static const uint32_t default_mxcsr = 0x1f80;
uint32_t isa_mxcsr_mask = 0xffff;
static IsaResult *native_result;        /* non-NULL while a case runs */
static unsigned run_id, tick_id;

#define S_(x) #x
#define S(x) S_(x)
#define O_VEC 512
#define O_GPR 1024
#define O_FLAGS 1152
#define O_PC 1160
_Static_assert(offsetof(IsaState, vec) == O_VEC, "asm");
_Static_assert(offsetof(IsaState, gpr) == O_GPR, "asm");
_Static_assert(offsetof(IsaState, flags) == O_FLAGS, "asm");
_Static_assert(offsetof(IsaState, pc) == O_PC, "asm");

#define YMM(n) "vmovdqu isa_native_in+" S(O_VEC) "+32*" #n "(%rip), %ymm" #n \
               "\n\t"
#define GPR(n, r) "mov isa_native_in+" S(O_GPR) "+8*" #n "(%rip), %" #r "\n\t"
asm(".text\n"
    "isa_native_enter:\n\t"
    "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
    "push %r15\n\t"
    "mov %rsp, isa_native_sp(%rip)\n\t"
    "fxrstor64 isa_native_in(%rip)\n\t"
    YMM(0) YMM(1) YMM(2) YMM(3) YMM(4) YMM(5) YMM(6) YMM(7)
    YMM(8) YMM(9) YMM(10) YMM(11) YMM(12) YMM(13) YMM(14) YMM(15)
    "lea isa_native_in+" S(O_FLAGS) "(%rip), %rsp\n\tpopfq\n\t"
    GPR(0, rax) GPR(1, rcx) GPR(2, rdx) GPR(3, rbx) GPR(4, rsp) GPR(5, rbp)
    GPR(6, rsi) GPR(7, rdi) GPR(8, r8) GPR(9, r9) GPR(10, r10) GPR(11, r11)
    GPR(12, r12) GPR(13, r13) GPR(14, r14) GPR(15, r15)
    "jmp *isa_native_in+" S(O_PC) "(%rip)\n"
    "isa_native_enter32:\n\t"
    "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t"
    "push %r15\n\t"
    "mov %rsp, isa_native_sp(%rip)\n\t"
    "mov $0x2b, %eax\n\tmov %eax, %ds\n\tmov %eax, %es\n\t"
    "fxrstor64 isa_native_in(%rip)\n\t"
    YMM(0) YMM(1) YMM(2) YMM(3) YMM(4) YMM(5) YMM(6) YMM(7)
    YMM(8) YMM(9) YMM(10) YMM(11) YMM(12) YMM(13) YMM(14) YMM(15)
    "lea isa_native_in+" S(O_FLAGS) "(%rip), %rsp\n\tpopfq\n\t"
    GPR(0, rax) GPR(1, rcx) GPR(2, rdx) GPR(3, rbx) GPR(4, rsp) GPR(5, rbp)
    GPR(6, rsi) GPR(7, rdi) GPR(8, r8) GPR(9, r9) GPR(10, r10) GPR(11, r11)
    GPR(12, r12) GPR(13, r13) GPR(14, r14) GPR(15, r15)
    "ljmpl *isa_native_far(%rip)\n"
    "isa_native_back:\n\t"
    "mov isa_native_sp(%rip), %rsp\n\t"
    "pushq $0x202\n\tpopfq\n\t"
    "fninit\n\tldmxcsr default_mxcsr(%rip)\n\tvzeroupper\n\t"
    "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
    "ret\n");

static const uint8_t greg_of[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

/* The YMM halves follow the legacy image in the signal frame at the standard
 * XSAVE offsets (SDM vol. 1, 13.4). */
static void frame_vectors(IsaState *st, const uint8_t *fp)
{
    uint64_t bv;

    memcpy(&bv, fp + 512, 8);
    for (int i = 0; i < 16; i++) {
        if (bv & 2) {
            memcpy(st->vec[i], fp + 160 + 16 * i, 16);
        } else {
            memset(st->vec[i], 0, 16);
        }
        if (bv & 4) {
            memcpy(st->vec[i] + 16, fp + 576 + 16 * i, 16);
        } else {
            memset(st->vec[i] + 16, 0, 16);
        }
    }
    memcpy(st->fx, fp, 512);
    if (!(bv & 1)) {
        memset(st->fx, 0, 24);
        st->fx[0] = 0x7f;
        st->fx[1] = 3;
        memset(st->fx + 32, 0, 128);
    }
}

static void native_signal(int sig, siginfo_t *si, ucontext_t *uc, bool hang)
{
    IsaResult *r = native_result;
    greg_t *g = uc->uc_mcontext.gregs;

    for (int i = 0; i < 16; i++) {
        r->st.gpr[i] = g[greg_of[i]];
    }
    r->st.flags = g[REG_EFL];
    r->st.pc = g[REG_RIP];
    r->vector = hang ? ISA_HANG : isa_vector(g[REG_TRAPNO]);
    r->cr2 = g[REG_TRAPNO] == 14 ? g[REG_CR2] : 0;
    frame_vectors(&r->st, (const uint8_t *)uc->uc_mcontext.fpregs);
    native_result = NULL;
    g[REG_RIP] = (uintptr_t)isa_native_back;
    g[REG_CSGSFS] = (g[REG_CSGSFS] & ~(greg_t)0xffff) | USER_CS64;
    g[REG_EFL] &= ~(greg_t)0x40500;    /* AC, DF, TF */
}

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    static const char msg[] = "isa-test: fault in the harness itself\n";

    if (native_result) {
        native_signal(sig, si, uc, false);
    } else if (!isa_emu_signal(sig, si, uc)) {
        if (write(2, msg, sizeof(msg) - 1)) {
            ;
        }
        signal(sig, SIG_DFL);
    }
}

/* A case that lives for two ticks loops for ever; emulated, for many. */
static void on_tick(int sig, siginfo_t *si, void *uc)
{
    static unsigned ticks;

    if (tick_id != run_id) {
        tick_id = run_id;
        ticks = 0;
    } else if (native_result) {
        native_signal(sig, si, uc, true);
    } else if (++ticks > 30) {
        isa_emu_hang();
    }
}

static void map_at(uint64_t at, size_t size, int prot)
{
    if (mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
             MAP_FIXED_NOREPLACE, -1, 0) != (void *)at) {
        perror("isa-test: mmap");
        exit(2);
    }
}

void isa_memory_init(void)
{
    static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
    struct sigaction sa = { .sa_sigaction = on_fault,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK };
    stack_t ss = { .ss_size = 1 << 18, .ss_sp = g_malloc(1 << 18) };
    struct itimerval it = { { 0, 300000 }, { 0, 300000 } };
    QEMU_ALIGNED(16) uint8_t img[512];

    map_at(ISA_CODE, ISA_CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
    map_at(ISA_DATA, ISA_DATA_SIZE, PROT_READ | PROT_WRITE);
    map_at(ISA_RO, ISA_RO_SIZE, PROT_READ);
    asm volatile("fxsave64 %0" : "=m"(img));
    memcpy(&isa_mxcsr_mask, img + 28, 4);
    isa_mxcsr_mask &= 0xffff;
    sigaltstack(&ss, NULL);
    sigfillset(&sa.sa_mask);
    for (size_t i = 0; i < ARRAY_SIZE(sigs); i++) {
        sigaction(sigs[i], &sa, NULL);
    }
    sa.sa_sigaction = on_tick;
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &it, NULL);
}

void isa_place(const IsaCase *c)
{
    run_id++;
    memset((void *)ISA_CODE, ISA_FILL, ISA_CODE_SIZE);
    memcpy((void *)(ISA_CODE + c->off), c->code, c->len);
    memcpy((void *)ISA_DATA, c->mem, ISA_DATA_SIZE);
}

void isa_native_run(const IsaCase *c, IsaResult *r)
{
    isa_place(c);
    isa_native_in = c->in;
    for (int i = 0; i < 16; i++) {
        memcpy(isa_native_in.fx + 160 + 16 * i, c->in.vec[i], 16);
    }
    isa_native_in.pc = ISA_CODE + c->off;
    native_result = r;
    __asm__ volatile("" ::: "memory");
    if (isa_mode32) {
        isa_native_far.pc = isa_native_in.pc;
        isa_native_far.cs = USER_CS32;
        isa_native_enter32();
    } else {
        isa_native_enter();
    }
    memcpy(r->mem, (void *)ISA_DATA, ISA_DATA_SIZE);
}
