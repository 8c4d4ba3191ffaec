/* SPDX-License-Identifier: MIT */
/*
 * C helpers of the integer and system instructions, called from generated code
 * with the guest's registers in env->regs.  Flow: gen-*.c -> tcg_call ->
 * (this).
 */
#include "util/osdep.h"
#include <sys/random.h>
#include <sys/syscall.h>
#include "target-i386/translate.h"
#include "target-i386/helper.h"

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

void x86_raise(CPUX86State *env, unsigned vector, uint32_t error_code)
{
    env->error_code = error_code;
    tcg_exit_helper(&env->h, vector, true);
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

/* The instruction before pc set TF: the next one runs in a mode with it. */
static void helper_leave(TCGEnv *h, uint64_t pc)
{
    leave_at(h, pc);
}
X86_HELPER(helper_leave, 1, false, HE_NORETURN);

/*
 * The instruction at pc could not be read beyond address when it was
 * translated.  If it can be now, translate again.
 */
static void helper_fetch_fault(TCGEnv *h, uint64_t pc, uint64_t address)
{
    CPUX86State *env = x86_env(h);
    TCGContext ctx = { .env = h };
    size_t avail = 0;

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

/* IA32_TSC_AUX as Linux sets it: node << 12 | CPU. */
static uint64_t helper_tsc_aux(TCGEnv *h)
{
    unsigned cpu = 0, node = 0;

    syscall(SYS_getcpu, &cpu, &node, NULL);
    return node << 12 | (cpu & 0xfff);
}
X86_HELPER(helper_tsc_aux, 0, true, HE_NOGLOBALS | HE_NOFAULT);

static uint64_t helper_xgetbv(TCGEnv *h, uint64_t ecx)
{
    CPUX86State *env = x86_env(h);

    if ((uint32_t)ecx > 1) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    return env->xcr0;
}
X86_HELPER(helper_xgetbv, 1, true, HE_RDONLY);

static uint64_t helper_rdrand(TCGEnv *h)
{
    uint64_t v = 0;

    if (getrandom(&v, sizeof(v), 0) != sizeof(v)) {
        v = host_ticks() * 0x9e3779b97f4a7c15;
    }
    return v;
}
X86_HELPER(helper_rdrand, 0, true, HE_NOGLOBALS | HE_NOFAULT);

/* ---- segments (user mode: Linux's fixed descriptors) --------------------- */

static uint64_t helper_get_seg(TCGEnv *h, uint64_t seg)
{
    return x86_env(h)->segs[seg].selector & 0xffff;
}
X86_HELPER(helper_get_seg, 1, true, HE_RDONLY | HE_NOFAULT);

enum { USER32_CS = 0x23, USER_DS = 0x2b, USER_CS = 0x33, PERCPU_SEL = 0x7b };

static void load_seg(CPUX86State *env, unsigned seg, unsigned sel)
{
    SegmentCache d;

    if (!x86_user_descriptor(env, seg, sel, &d)) {
        x86_raise(env, EXCP0D_GPF, sel & 0xfffc);
    }
    env->segs[seg] = d;
    env->h.mode = (env->h.mode & ~(uint64_t)HF_SEG_BITS) |
                  x86_user_mode_bits(env);
}

static void helper_load_seg(TCGEnv *h, uint64_t seg, uint64_t sel)
{
    load_seg(x86_env(h), seg, sel);
}
X86_HELPER(helper_load_seg, 2, false, 0);

/* Behind a segment load: if the code that follows was decoded for a mode that
 * is no longer so, leave. */
static void helper_check_mode(TCGEnv *h, uint64_t mode, uint64_t next)
{
    if (h->mode != mode) {
        leave_at(h, next);
    }
}
X86_HELPER(helper_check_mode, 2, false, HE_RDONLY);

static void helper_check_base(TCGEnv *h, uint64_t base)
{
    if ((int64_t)(base << 16) >> 16 != (int64_t)base) {
        x86_raise(x86_env(h), EXCP0D_GPF, 0);
    }
}
X86_HELPER(helper_check_base, 1, false, HE_RDONLY);

/* LAR (what 0), LSL (1), VERR (2), VERW (3): bit 63 = selector is good. */
static uint64_t helper_lar(TCGEnv *h, uint64_t sel, uint64_t what)
{
    SegmentCache d;
    bool code;

    if ((sel | 3) == PERCPU_SEL) {      /* its limit tells the CPU's number */
        return what == 3 ? 0 :
               1ull << 63 | (what ? helper_tsc_aux(h) : 0x0040f500);
    }
    if ((sel & ~3) == 0 ||
        (!x86_user_descriptor(x86_env(h), R_DS, sel, &d) &&
         !x86_user_descriptor(x86_env(h), R_CS, sel, &d))) {
        return 0;
    }
    code = d.flags & 1 << 11;
    if (what >= 2 && ((d.flags & 1 << 9) == 0 || (what == 3 && code))) {
        return 0;                       /* not readable, not writable */
    }
    return 1ull << 63 | (what ? d.limit : d.flags & 0x00ffff00);
}
X86_HELPER(helper_lar, 2, true, HE_RDONLY | HE_NOFAULT);

/* ---- far transfers within the flat user segments ------------------------- */

static uint64_t guest_ld(uint64_t addr, unsigned sz)
{
    switch (sz) {
    case MO_16:
        return *(uint16_t *)(uintptr_t)addr;
    case MO_32:
        return *(uint32_t *)(uintptr_t)addr;
    default:
        return *(uint64_t *)(uintptr_t)addr;
    }
}

/* Loads CS, which can change between 64- and 32-bit code, and goes to pc. */
static void QEMU_NORETURN far_jump(CPUX86State *env, unsigned sel, uint64_t pc)
{
    load_seg(env, R_CS, sel | 3);
    if (!(env->h.mode & HF_CS64)) {
        for (int i = 0; i < 8; i++) {
            env->regs[i] = (uint32_t)env->regs[i];
        }
    }
    leave_at(&env->h, env->h.mode & HF_CS64 ? pc : (uint32_t)pc);
}

/* Raises what loading sel into CS would. */
static void check_code_selector(CPUX86State *env, unsigned sel)
{
    SegmentCache d;

    if ((sel & 3) != 3 || !x86_user_descriptor(env, R_CS, sel, &d)) {
        x86_raise(env, EXCP0D_GPF, sel & 0xfffc);
    }
}

static void set_sp(CPUX86State *env, uint64_t sp)
{
    env->regs[R_ESP] = env->h.mode & HF_CS64 ? sp : (uint32_t)sp;
}

static void helper_far(TCGEnv *h, uint64_t sel, uint64_t target, uint64_t sz,
                       uint64_t call, uint64_t next)
{
    CPUX86State *env = x86_env(h);

    sel = (sel & 0xffff) | 3;           /* JMP and CALL ignore RPL here */
    check_code_selector(env, sel);
    if (call) {
        unsigned n = 1 << sz;
        uint64_t sp = env->regs[R_ESP];
        memcpy((void *)(uintptr_t)(sp - 2 * n), &next, n);
        uint64_t cs = env->segs[R_CS].selector;
        memcpy((void *)(uintptr_t)(sp - n), &cs, n);
        set_sp(env, sp - 2 * n);
    }
    far_jump(env, sel, sz == MO_64 ? target : sz == MO_32 ? (uint32_t)target :
                       (uint16_t)target);
}
X86_HELPER(helper_far, 5, false, HE_NORETURN);

static void helper_retf(TCGEnv *h, uint64_t sz, uint64_t bytes)
{
    CPUX86State *env = x86_env(h);
    unsigned n = 1 << sz;
    uint64_t sp = env->regs[R_ESP];
    uint64_t pc = guest_ld(sp, sz), cs = guest_ld(sp + n, MO_16);

    check_code_selector(env, cs);
    set_sp(env, sp + 2 * n + bytes);
    far_jump(env, cs, pc);
}
X86_HELPER(helper_retf, 2, false, HE_NORETURN);

static void helper_iret(TCGEnv *h, uint64_t sz)
{
    CPUX86State *env = x86_env(h);
    unsigned n = 1 << sz;
    uint64_t sp = env->regs[R_ESP];
    uint64_t pc = guest_ld(sp, sz), cs = guest_ld(sp + n, MO_16);
    uint64_t fl = guest_ld(sp + 2 * n, sz);
    const uint32_t mask = ARITH_MASK | TF_MASK | DF_MASK | NT_MASK | AC_MASK |
                          ID_MASK | RF_MASK;

    check_code_selector(env, cs);
    if (h->mode & HF_CS64) {
        uint64_t new_sp = guest_ld(sp + 3 * n, sz);
        uint64_t ss = guest_ld(sp + 4 * n, MO_16);
        load_seg(env, R_SS, ss);
        env->regs[R_ESP] = new_sp;
    } else {
        env->regs[R_ESP] = (uint32_t)(sp + 3 * n);
    }
    x86_set_eflags(env, (x86_get_eflags(env) & ~mask) | (fl & mask));
    far_jump(env, cs, pc);
}
X86_HELPER(helper_iret, 1, false, HE_NORETURN | HE_FLREAD | HE_FLWRITE);

/* ---- decimal arithmetic (16- and 32-bit modes) ---------------------------- */

static void set_szp(CPUX86State *env, uint8_t al, unsigned keep)
{
    unsigned f = keep | (al & 0x80 ? SF_MASK : 0) | (al ? 0 : ZF_MASK) |
                 (__builtin_parity(al) ? 0 : PF_MASK);

    env->h.flags = tcg_flags_from_eflags(f);
}

static void decimal_adjust(CPUX86State *env, bool sub)
{
    unsigned fl = tcg_flags_to_eflags(env->h.flags);
    uint8_t al = env->regs[R_EAX], old = al;
    unsigned out = 0;
    bool cf = fl & CF_MASK;

    if ((al & 15) > 9 || (fl & AF_MASK)) {
        out |= AF_MASK | (cf || (sub ? old < 6 : old > 0xf9) ? CF_MASK : 0);
        al = sub ? al - 6 : al + 6;
    }
    if (old > 0x99 || cf) {
        al = sub ? al - 0x60 : al + 0x60;
        out |= CF_MASK;
    }
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffull) | al;
    set_szp(env, al, out);
}

static void ascii_adjust(CPUX86State *env, bool sub)
{
    unsigned fl = tcg_flags_to_eflags(env->h.flags), out = 0;
    uint16_t ax = env->regs[R_EAX];

    if ((ax & 15) > 9 || (fl & AF_MASK)) {
        ax = sub ? ax - 0x106 : ax + 0x106;
        out = CF_MASK | AF_MASK;
    }
    ax &= 0xff0f;
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffffull) | ax;
    set_szp(env, ax, out);
}

static void helper_bcd(TCGEnv *h, uint64_t opcode, uint64_t imm)
{
    CPUX86State *env = x86_env(h);
    uint8_t al = env->regs[R_EAX], ah = env->regs[R_EAX] >> 8, base = imm;

    switch (opcode) {
    case 0x27: case 0x2f:
        decimal_adjust(env, opcode == 0x2f);
        return;
    case 0x37: case 0x3f:
        ascii_adjust(env, opcode == 0x3f);
        return;
    case 0xd4:
        ah = al / base;
        al = al % base;
        break;
    default:
        al += ah * base;
        ah = 0;
    }
    env->regs[R_EAX] = (env->regs[R_EAX] & ~0xffffull) | ah << 8 | al;
    set_szp(env, al, 0);
}
X86_HELPER(helper_bcd, 2, false, HE_NOFAULT | HE_FLREAD | HE_FLWRITE);
