/* SPDX-License-Identifier: MIT */
/*
 * C helpers of the integer and system instructions, called from generated code
 * with the guest's registers in env->regs.  Flow: gen-*.c -> tcg_call ->
 * (this).
 */
#include "util/osdep.h"
#include <sched.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include "target-i386/translate.h"
#include "target-i386/fpu_state.h"
#include "target-i386/helper.h"
#include "target-i386/sys.h"

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

void x86_raise(CPUX86State *env, unsigned vector, uint32_t error_code)
{
    env->error_code = error_code;
    if (env->sys && !env->h.helper_ra) {
        longjmp(env->sys->jmp, vector + 1);
    }
    tcg_exit_helper(&env->h, vector, !env->sys || !env->sys->pc_final);
}

static void helper_raise(TCGEnv *h, uint64_t vector, uint64_t code)
{
    x86_raise(x86_env(h), vector, code);
}
X86_HELPER(helper_raise, 2, false, HE_NORETURN);

/* Leaves generated code at a new pc with the state as it is. */
static void QEMU_NORETURN leave_at(TCGEnv *h, uint64_t pc)
{
    h->pc = pc;
    tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
}

/*
 * The instruction at pc could not be read beyond address when it was
 * translated.  If it can be now, translate again.
 */
static void helper_fetch_fault(TCGEnv *h, uint64_t pc, uint64_t address)
{
    CPUX86State *env = x86_env(h);
    TCGContext ctx = { .env = h };
    size_t avail = 0;

    if (env->sys) {
        x86_sys_fetch_fault(env, pc, address);
    }
    if (tcg_code_hooks.fetch(&ctx, address, &avail) && avail) {
        tcg_flush_inside(h);
        leave_at(h, pc);
    }
    env->cr2 = address;
    env->error_code = 0x14;     /* user, instruction fetch */
    h->pc = pc;
    tcg_exit_helper(h, EXCP0E_PAGE, false);
}
X86_HELPER(helper_fetch_fault, 2, false, HE_NORETURN);

/* ---- identification, time, random ---------------------------------------- */

static void helper_cpuid(TCGEnv *h)
{
    CPUX86State *env = x86_env(h);
    uint32_t r[4];

    x86_cpuid(env, env->regs[R_EAX], env->regs[R_ECX], r);
    env->regs[R_EAX] = r[0];
    env->regs[R_EBX] = r[1];
    env->regs[R_ECX] = r[2];
    env->regs[R_EDX] = r[3];
}
X86_HELPER(helper_cpuid, 0, false, HE_NOFAULT);

static uint64_t helper_rdtsc(TCGEnv *h)
{
    return host_ticks();
}
X86_HELPER(helper_rdtsc, 0, true, HE_NOGLOBALS | HE_NOFAULT);

/* IA32_TSC_AUX as Linux sets it. */
uint64_t x86_tsc_aux(void)
{
    unsigned cpu = 0, node = 0;

    syscall(SYS_getcpu, &cpu, &node, NULL);
    return node << 12 | (cpu & 0xfff);
}

static uint64_t helper_tsc_aux(TCGEnv *h)
{
    return x86_tsc_aux();
}
X86_HELPER(helper_tsc_aux, 0, true, HE_NOGLOBALS | HE_NOFAULT);

static void helper_yield(TCGEnv *h)
{
    sched_yield();
}
X86_HELPER(helper_yield, 0, false, HE_NOGLOBALS | HE_NOFAULT);

static uint64_t helper_xgetbv(TCGEnv *h, uint64_t ecx)
{
    CPUX86State *env = x86_env(h);

    if ((uint32_t)ecx == 1 && env->model &&
        x86_feat(env->model->feats, X86_FEAT_XGETBV1)) {
        return x86_xinuse(env);
    }
    if ((uint32_t)ecx) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    return env->xcr0;
}
X86_HELPER(helper_xgetbv, 1, true, HE_RDONLY | HE_VREGS);

static uint64_t helper_rdrand(TCGEnv *h)
{
    uint64_t v = 0;

    if (getrandom(&v, sizeof(v), 0) != sizeof(v)) {
        v = host_ticks() * 0x9e3779b97f4a7c15;
    }
    return v;
}
X86_HELPER(helper_rdrand, 0, true, HE_NOGLOBALS | HE_NOFAULT);

/* ---- decimal arithmetic (16- and 32-bit modes) ---------------------------- */

/* Flags that the manuals leave undefined are those of the addition or
 * subtraction that AMD's Zen does: of AL and the whole correction for DAA, DAS
 * and AAD; of AX and 0106h or 0 for AAA and AAS. */
static void set_szpo(CPUX86State *env, unsigned bits, uint32_t a, uint32_t c,
                     bool sub, unsigned keep)
{
    uint32_t r = sub ? a - c : a + c, top = 1u << (bits - 1);
    bool of = (sub ? (a ^ c) & (a ^ r) : ~(a ^ c) & (a ^ r)) & top;
    unsigned f = keep | (r & top ? SF_MASK : 0) |
                 (r & (top * 2 - 1) ? 0 : ZF_MASK) | (of ? OF_MASK : 0) |
                 (__builtin_parity(r & 0xff) ? 0 : PF_MASK);

    env->h.flags = tcg_flags_from_eflags(f);
}

static void decimal_adjust(CPUX86State *env, bool sub)
{
    unsigned fl = tcg_flags_to_eflags(env->h.flags);
    uint8_t old = env->regs[R_EAX], c = 0;
    unsigned out = 0;
    bool cf = fl & CF_MASK;

    if ((old & 15) > 9 || (fl & AF_MASK)) {
        out |= AF_MASK | (cf || (sub ? old < 6 : old > 0xf9) ? CF_MASK : 0);
        c = 6;
    }
    if (old > 0x99 || cf) {
        c |= 0x60;
        out |= CF_MASK;
    }
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffull) |
                       (uint8_t)(sub ? old - c : old + c);
    set_szpo(env, 8, old, c, sub, out);
}

static void ascii_adjust(CPUX86State *env, bool sub)
{
    unsigned fl = tcg_flags_to_eflags(env->h.flags);
    uint16_t ax = env->regs[R_EAX];
    bool adjust = (ax & 15) > 9 || (fl & AF_MASK);
    uint16_t c = adjust ? 0x106 : 0;

    set_szpo(env, 16, ax, c, sub, adjust ? CF_MASK | AF_MASK : 0);
    ax = (sub ? ax - c : ax + c) & 0xff0f;
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffffull) | ax;
}

static void ascii_adjust_product(CPUX86State *env, uint8_t base)
{
    uint8_t al = env->regs[R_EAX], ah = env->regs[R_EAX] >> 8, c = ah * base;
    unsigned out = (al + c > 0xff ? CF_MASK : 0) |
                   ((al & 15) + (c & 15) > 15 ? AF_MASK : 0);

    set_szpo(env, 8, al, c, false, out);
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffffull) | (uint8_t)(al + c);
}

static void helper_bcd(TCGEnv *h, uint64_t opcode, uint64_t imm)
{
    CPUX86State *env = x86_env(h);
    uint8_t al = env->regs[R_EAX], base = imm;

    switch (opcode) {
    case 0x27: case 0x2f:
        decimal_adjust(env, opcode == 0x2f);
        return;
    case 0x37: case 0x3f:
        ascii_adjust(env, opcode == 0x3f);
        return;
    case 0xd5:
        ascii_adjust_product(env, base);
        return;
    default:
        set_szpo(env, 8, al % base, 0, false, 0);
        env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffffull) |
                           al / base << 8 | al % base;
    }
}
X86_HELPER(helper_bcd, 2, false, HE_NOFAULT | HE_FLREAD | HE_FLWRITE);
