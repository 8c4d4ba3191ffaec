/* SPDX-License-Identifier: MIT */
/*
 * Runs a case on the host processor: loads the whole state and jumps to the
 * bytes.  Behind them stands a jump back here that saves the whole state; the
 * rest of the code page is filled with a one-byte #UD, and what raises an
 * exception is read out of the signal frame.  A system-call filter answers
 * ENOSYS to every call made from the code page.
 */
#include "util/osdep.h"
#include "tests/isa/isa.h"

uint32_t isa_mxcsr_mask = 0xffff;
bool isa_bases;

#ifdef HOST_X86_64
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <asm/prctl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN IsaState isa_native_in, isa_native_out;
HIDDEN uint64_t isa_native_sp;
HIDDEN uint64_t isa_native_base[2];     /* the harness's FS and GS bases */
HIDDEN uint8_t isa_native_has_bases;    /* RDFSBASE and kin may be used */
HIDDEN extern const char isa_native_back[], isa_native_exit[];
HIDDEN void isa_native_enter(void);
HIDDEN void isa_native_enter32(void);

/* Operand of the far jump to 32-bit code. */
HIDDEN struct QEMU_PACKED { uint32_t pc; uint16_t cs; } isa_native_far;
enum { USER_CS32 = 0x23, USER_DS = 0x2b, USER_CS64 = 0x33 };

__attribute__((used)) static const uint32_t default_mxcsr = 0x1f80;
static IsaResult *native_result;        /* non-NULL while a case runs */

#define S_(x) #x
#define S(x) S_(x)
#define O_VEC 512
#define O_GPR 1024
#define O_FLAGS 1152
#define O_PC 1160
#define O_BASE 1168
#define O_SEL 1184
_Static_assert(offsetof(IsaState, vec) == O_VEC, "asm");
_Static_assert(offsetof(IsaState, gpr) == O_GPR, "asm");
_Static_assert(offsetof(IsaState, flags) == O_FLAGS, "asm");
_Static_assert(offsetof(IsaState, pc) == O_PC, "asm");
_Static_assert(offsetof(IsaState, base) == O_BASE, "asm");
_Static_assert(offsetof(IsaState, sel) == O_SEL, "asm");

#define IN(o) "isa_native_in+" S(o) "(%rip)"
#define OUT(o) "isa_native_out+" S(o) "(%rip)"
#define YMM(n) "vmovdqu isa_native_in+" S(O_VEC) "+32*" #n "(%rip), %ymm" #n \
               "\n\t"
#define GPR(n, r) "mov isa_native_in+" S(O_GPR) "+8*" #n "(%rip), %" #r "\n\t"
#define YMM_OUT(n) "vmovdqu %ymm" #n ", isa_native_out+" S(O_VEC) "+32*" #n \
                   "(%rip)\n\t"
#define GPR_OUT(n, r) "mov %" #r ", isa_native_out+" S(O_GPR) "+8*" #n \
                      "(%rip)\n\t"
#define ALL_YMM(Y) Y(0) Y(1) Y(2) Y(3) Y(4) Y(5) Y(6) Y(7) \
                   Y(8) Y(9) Y(10) Y(11) Y(12) Y(13) Y(14) Y(15)
#define ALL_GPR(G) G(0, rax) G(1, rcx) G(2, rdx) G(3, rbx) G(4, rsp) \
    G(5, rbp) G(6, rsi) G(7, rdi) G(8, r8) G(9, r9) G(10, r10) G(11, r11) \
    G(12, r12) G(13, r13) G(14, r14) G(15, r15)
#define ENTER \
    "push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\t" \
    "push %r15\n\t" \
    "mov %rsp, isa_native_sp(%rip)\n\t" \
    "fxrstor64 isa_native_in(%rip)\n\t" ALL_YMM(YMM)
#define LOAD_INT \
    "lea " IN(O_FLAGS) ", %rsp\n\tpopfq\n\t" ALL_GPR(GPR)

asm(".text\n"
    "isa_native_enter:\n\t"
    ENTER
    "cmpb $0, isa_native_has_bases(%rip)\n\tje 1f\n\t"
    "mov " IN(O_BASE) ", %rax\n\twrfsbase %rax\n\t"
    "mov " IN(O_BASE + 8) ", %rax\n\twrgsbase %rax\n"
    "1:\n\t"
    LOAD_INT
    "jmp *" IN(O_PC) "\n"
    "isa_native_enter32:\n\t"
    ENTER
    "mov $0x2b, %eax\n\tmov %eax, %ds\n\tmov %eax, %es\n\t"
    LOAD_INT
    "ljmpl *isa_native_far(%rip)\n"
    "isa_native_exit:\n\t"
    ALL_GPR(GPR_OUT)
    "lea " OUT(O_FLAGS + 8) ", %rsp\n\tpushfq\n\t"
    "mov isa_native_sp(%rip), %rsp\n\t"
    "pushq $0x202\n\tpopfq\n\t"
    "fxsave64 isa_native_out(%rip)\n\t" ALL_YMM(YMM_OUT)
    "mov %es, " OUT(O_SEL) "\n\tmov %ds, " OUT(O_SEL + 2) "\n\t"
    "mov %fs, " OUT(O_SEL + 4) "\n\tmov %gs, " OUT(O_SEL + 6) "\n\t"
    "cmpb $0, isa_native_has_bases(%rip)\n\tje isa_native_back\n\t"
    "rdfsbase %rax\n\tmov %rax, " OUT(O_BASE) "\n\t"
    "rdgsbase %rax\n\tmov %rax, " OUT(O_BASE + 8) "\n"
    "isa_native_back:\n\t"
    "mov isa_native_sp(%rip), %rsp\n\t"
    "pushq $0x202\n\tpopfq\n\t"
    "call isa_native_own_segments\n\t"
    "fninit\n\tldmxcsr default_mxcsr(%rip)\n\tvzeroupper\n\t"
    "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbp\n\tpop %rbx\n\t"
    "ret\n"
    /* The harness's own segments again: uses rax only. */
    "isa_native_own_segments:\n\t"
    "mov %fs, %eax\n\ttest %eax, %eax\n\tje 1f\n\t"
    "xor %eax, %eax\n\tmov %eax, %fs\n"
    "1:\n\t"
    "mov %gs, %eax\n\ttest %eax, %eax\n\tje 2f\n\t"
    "xor %eax, %eax\n\tmov %eax, %gs\n"
    "2:\n\t"
    "cmpb $0, isa_native_has_bases(%rip)\n\tje 3f\n\t"
    "mov isa_native_base(%rip), %rax\n\twrfsbase %rax\n\t"
    "mov isa_native_base+8(%rip), %rax\n\twrgsbase %rax\n"
    "3:\n\t"
    "mov %ds, %eax\n\ttest %eax, %eax\n\tje 4f\n\t"
    "xor %eax, %eax\n\tmov %eax, %ds\n"
    "4:\n\t"
    "mov %es, %eax\n\ttest %eax, %eax\n\tje 5f\n\t"
    "xor %eax, %eax\n\tmov %eax, %es\n"
    "5:\n\t"
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

/* Called with the case's own segments: no thread-local storage before they
 * are read and put back. */
static void take_segments(IsaState *st)
{
    asm volatile("mov %%es, %0" : "=r"(st->sel[0]));
    asm volatile("mov %%ds, %0" : "=r"(st->sel[1]));
    asm volatile("mov %%fs, %0" : "=r"(st->sel[2]));
    asm volatile("mov %%gs, %0" : "=r"(st->sel[3]));
    if (isa_native_has_bases) {
        asm volatile("rdfsbase %0" : "=r"(st->base[0]));
        asm volatile("rdgsbase %0" : "=r"(st->base[1]));
    }
    asm volatile("sub $128, %%rsp; call isa_native_own_segments;"
                 "add $128, %%rsp" : : : "rax", "memory", "cc");
}

static void take_frame(siginfo_t *si, ucontext_t *uc, bool hang)
{
    IsaResult *r = native_result;
    greg_t *g = uc->uc_mcontext.gregs;

    take_segments(&r->st);
    for (int i = 0; i < 16; i++) {
        r->st.gpr[i] = g[greg_of[i]];
    }
    r->st.flags = g[REG_EFL];
    r->st.pc = g[REG_RIP];
    r->vector = hang ? ISA_HANG : isa_vector(g[REG_TRAPNO]);
    r->cr2 = g[REG_TRAPNO] == 14 ? g[REG_CR2] : 0;
    r->error_code = g[REG_ERR];
    r->sig = g[REG_TRAPNO] == 12 ? SIGSEGV : si->si_signo;  /* isa_vector */
    r->si_code = si->si_code;
    r->sig_addr = (uintptr_t)si->si_addr;
    frame_vectors(&r->st, (const uint8_t *)uc->uc_mcontext.fpregs);
    native_result = NULL;
    g[REG_RIP] = (uintptr_t)isa_native_back;
    g[REG_CSGSFS] = (g[REG_CSGSFS] & ~(greg_t)0xffff) | USER_CS64;
    g[REG_EFL] &= ~(greg_t)0x40500;    /* AC, DF, TF */
}

bool isa_native_signal(siginfo_t *si, void *uc)
{
    if (!native_result) {
        return false;
    }
    take_frame(si, uc, false);
    return true;
}

bool isa_native_tick(unsigned ticks, void *uc)
{
    siginfo_t none;

    if (!native_result) {
        return false;
    }
    if (ticks >= 3) {
        memset(&none, 0, sizeof(none));
        take_frame(&none, uc, true);
    }
    return true;
}

/* System calls from the code page fail with ENOSYS and do nothing. */
static void filter_calls(void)
{
    enum { IP = offsetof(struct seccomp_data, instruction_pointer) };
    struct sock_filter prog[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IP + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, IP),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ISA_CODE + ISA_CODE_SIZE, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ISA_CODE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    struct sock_fprog p = { ARRAY_SIZE(prog), prog };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p)) {
        perror("isa-test: no system-call filter");
        exit(2);
    }
}

void isa_native_init(void)
{
    QEMU_ALIGNED(16) uint8_t img[512];
    uint8_t *t = (uint8_t *)ISA_TRAMP;
    uint64_t to = (uintptr_t)isa_native_exit;

    asm volatile("fxsave64 %0" : "=m"(img));
    memcpy(&isa_mxcsr_mask, img + 28, 4);
    isa_mxcsr_mask &= 0xffff;
    isa_bases = getauxval(AT_HWCAP2) >> 1 & 1;
    isa_native_has_bases = isa_bases;
    syscall(SYS_arch_prctl, ARCH_GET_FS, &isa_native_base[0]);
    syscall(SYS_arch_prctl, ARCH_GET_GS, &isa_native_base[1]);
    memcpy(t, "\xff\x25\0\0\0\0", 6);
    memcpy(t + 6, &to, 8);
    filter_calls();
}

/* Behind the code: a jump to isa_native_exit. */
static void put_exit(uint8_t *p)
{
    uint32_t tramp = ISA_TRAMP;

    if (isa_mode32) {
        p[0] = 0xea;
        memcpy(p + 1, &tramp, 4);
        p[5] = USER_CS64;
        p[6] = 0;
    } else {
        memcpy(p, (void *)ISA_TRAMP, 14);
    }
}

void isa_native_code(const IsaCase *c)
{
    static unsigned lo, hi = ISA_CODE_SIZE;     /* what may not be fill */
    uint8_t *page = (uint8_t *)ISA_CODE;

    memset(page + lo, ISA_FILL, hi - lo);
    lo = c->off;
    hi = MIN(c->off + c->len, ISA_CODE_SIZE);
    memcpy(page + lo, c->code, hi - lo);
    if (hi + 16 <= ISA_CODE_SIZE) {
        put_exit(page + hi);
        hi += 16;
    }
}

/* The run ended behind the code: as if by the filler there. */
static void take_state(const IsaCase *c, IsaResult *r)
{
    r->st = isa_native_out;
    r->st.pc = ISA_CODE + c->off + c->len;
    r->vector = ISA_FILL_VECTOR;
    r->cr2 = 0;
    r->error_code = 0;
    r->sig = isa_mode32 ? SIGSEGV : SIGILL;
    r->si_code = isa_mode32 ? SI_KERNEL : ILL_ILLOPN;
    r->sig_addr = isa_mode32 ? 0 : r->st.pc;
}

void isa_native_run(const IsaCase *c, IsaResult *r)
{
    isa_native_in = c->in;
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
    __asm__ volatile("" ::: "memory");
    if (r->vector == 1 && r->st.pc == ISA_CODE + c->off && !native_result) {
        /* INT1 is a trap; some hypervisors report it as a fault. */
        r->st.pc += c->len;
        r->sig_addr += c->len;
    }
    if (native_result) {
        native_result = NULL;
        take_state(c, r);
    }
}

#else

void isa_native_init(void)
{
    fprintf(stderr, "isa-test: this host runs no x86 code: --replay only\n");
    exit(2);
}

void isa_native_code(const IsaCase *c)
{
}

void isa_native_run(const IsaCase *c, IsaResult *r)
{
}

bool isa_native_signal(siginfo_t *si, void *uc)
{
    return false;
}

bool isa_native_tick(unsigned ticks, void *uc)
{
    return false;
}
#endif
