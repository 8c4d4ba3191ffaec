/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 signal frame, bit for bit as Linux lays it out: return address,
 * ucontext, siginfo, and above them the 64-byte aligned FXSAVE/XSAVE image
 * (asm/sigcontext.h; Intel SDM vol. 1 ch. 13 for the XSAVE area).
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "syscall/order.h"
#include "linux-user/signal.h"
#include "target-i386/fpu_state.h"
#include "target-i386/seg.h"

#define RED_ZONE        128
#define UC_FP_XSTATE            1
#define UC_SIGCONTEXT_SS        2
#define UC_STRICT_RESTORE_SS    4
#define KERNEL_SA_RESTORER  0x04000000u
#define KERNEL_SS_AUTODISARM (1u << 31)
/* Flags that sigreturn may change: AC OF DF TF SF ZF AF PF CF RF. */
#define FIX_EFLAGS      (AC_MASK | OF_MASK | DF_MASK | TF_MASK | SF_MASK | \
                         ZF_MASK | AF_MASK | PF_MASK | CF_MASK | RF_MASK)

typedef struct GuestSigContext {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
} GuestSigContext;

typedef struct GuestUContext {
    uint64_t flags, link;
    GuestStack stack;
    GuestSigContext mc;
    uint64_t sigmask;
} GuestUContext;

typedef struct GuestSigFrame {
    uint64_t pretcode;
    GuestUContext uc;
    uint8_t info[128];
} GuestSigFrame;

/* For swap_fields(). */
#define STACK_FIELDS    "q2iq"
#define UCONTEXT_FIELDS "2q" STACK_FIELDS "18q4h13qq"

G_STATIC_ASSERT(sizeof(GuestSigContext) == 256);
G_STATIC_ASSERT(offsetof(GuestUContext, sigmask) == 296);
G_STATIC_ASSERT(offsetof(GuestSigFrame, info) == 312);
G_STATIC_ASSERT(sizeof(GuestSigFrame) == 440);

/* Register numbers in sigcontext's order. */
static const uint8_t sc_regs[16] = {
    8, 9, 10, 11, 12, 13, 14, 15,
    R_EDI, R_ESI, R_EBP, R_EBX, R_EDX, R_EAX, R_ECX, R_ESP,
};

/* ---- alternate stack ----------------------------------------------------- */

bool signal_on_altstack(const TaskState *t, uint64_t sp)
{
    /* With SS_AUTODISARM the stack was disarmed on entry. */
    return !(t->altstack.flags & KERNEL_SS_AUTODISARM) &&
           sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size;
}

static int ss_flags(const TaskState *t, uint64_t sp)
{
    if (!t->altstack.size) {
        return SS_DISABLE;
    }
    return signal_on_altstack(t, sp) ? SS_ONSTACK : 0;
}

GuestStack signal_get_altstack(const TaskState *t, uint64_t sp)
{
    return (GuestStack) {
        .sp = t->altstack.sp, .size = t->altstack.size,
        .flags = ss_flags(t, sp) |
                 (t->altstack.flags & KERNEL_SS_AUTODISARM),
    };
}

int signal_set_altstack(TaskState *t, const GuestStack *ss, uint64_t sp,
                        uint64_t min_size)
{
    unsigned auto_flag = ss->flags & KERNEL_SS_AUTODISARM;
    unsigned mode = ss->flags & ~KERNEL_SS_AUTODISARM;

    if (signal_on_altstack(t, sp)) {
        return -EPERM;
    }
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0) {
        return -EINVAL;
    }
    if (mode == SS_DISABLE) {
        t->altstack = (GuestStack) { .flags = SS_DISABLE | auto_flag };
        return 0;
    }
    if (ss->size < min_size) {
        return -ENOMEM;
    }
    t->altstack = (GuestStack) {
        .sp = ss->sp, .size = ss->size, .flags = auto_flag,
    };
    return 0;
}

int64_t sys_sigaltstack(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    GuestStack old = signal_get_altstack(t, env->regs[R_ESP]), ss;

    if (a[0]) {
        int err;
        if (copy_from_guest(&ss, a[0], sizeof(ss))) {
            return -EFAULT;
        }
        swap_fields(&ss, STACK_FIELDS);
        err = signal_set_altstack(t, &ss, env->regs[R_ESP], 2048);
        if (err) {
            return err;
        }
    }
    swap_fields(&old, STACK_FIELDS);
    if (a[1] && copy_to_guest(a[1], &old, sizeof(old))) {
        return -EFAULT;
    }
    return 0;
}

/* ---- floating-point and vector state ------------------------------------- */

bool signal_altstack_free(const TaskState *t, uint64_t sp)
{
    return t->altstack.size && ss_flags(t, sp) == 0;
}

uint64_t signal_min_stack(const CPUX86State *env)
{
    return ROUND_UP(sizeof(GuestSigFrame) + RED_ZONE + 63 +
                    x86_xsave_size(env) + 16, 16);
}

/* The image with the kernel's software bytes; returns its whole size. */
size_t signal_save_fp(CPUX86State *env, uint8_t *img)
{
    memset(img, 0, X86_XSAVE_MAX);
    x86_xsave(env, img);
    return x86_xsave_size(env);
}

bool signal_restore_fp(CPUX86State *env, uint64_t addr)
{
    uint8_t img[X86_XSAVE_MAX];
    unsigned size;

    if (!addr) {
        x86_fpu_reset(env);
        return true;
    }
    if (copy_from_guest(img, addr, 512)) {
        return false;
    }
    size = x86_xrstor_size(env, img);
    if (size > 512) {
        /* An unreadable second magic makes it a plain FXSAVE image. */
        if (copy_from_guest(img + size - 4, addr + size - 4, 4)) {
            memset(img + size - 4, 0, 4);
        } else if (copy_from_guest(img + 512, addr + 512, size - 512)) {
            return false;
        }
    }
    return x86_xrstor(env, img);
}

/* ---- push ---------------------------------------------------------------- */

static void fill_context(CPUX86State *env, GuestSigContext *mc, uint64_t mask)
{
    TaskState *t = task_of(env);
    uint64_t *r = &mc->r8;

    for (int i = 0; i < 16; i++) {
        r[i] = env->regs[sc_regs[i]];
    }
    mc->ip = x86_eip(env);
    mc->flags = x86_get_eflags(env);
    mc->cs = env->segs[R_CS].selector;
    mc->ss = env->segs[R_SS].selector;
    mc->err = t->error_code;
    mc->trapno = t->trapno;
    mc->oldmask = mask;
    mc->cr2 = t->cr2;
}

/* Where the frame goes: *fp receives the FP image's place. 0: impossible. */
static uint64_t place_frame(CPUX86State *env, const GuestSigAction *act,
                            size_t fp_size, uint64_t *fp, bool *entering)
{
    TaskState *t = task_of(env);
    uint64_t sp = env->regs[R_ESP] - RED_ZONE;
    bool nested = signal_on_altstack(t, env->regs[R_ESP]);

    *entering = false;
    if ((act->flags & SA_ONSTACK) && !nested && ss_flags(t, sp) == 0 &&
        t->altstack.size) {
        sp = t->altstack.sp + t->altstack.size;
        *entering = true;
    }
    *fp = sp = (sp - fp_size) & ~63ull;
    sp = ((sp - sizeof(GuestSigFrame)) & ~15ull) - 8;
    /* Running over the end of the alternate stack. */
    if ((nested || *entering) &&
        !(sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size)) {
        return 0;
    }
    return sp;
}

static void enter_handler(CPUX86State *env, int sig, uint64_t frame,
                          const GuestSigAction *act)
{
    env->regs[R_EDI] = sig;
    env->regs[R_EAX] = 0;
    env->regs[R_ESI] = frame + offsetof(GuestSigFrame, info);
    env->regs[R_EDX] = frame + offsetof(GuestSigFrame, uc);
    env->regs[R_ESP] = frame;
    env->eflags &= ~(DF_MASK | RF_MASK | TF_MASK);
    /* A stack segment that 64-bit code can run with stays. */
    x86_user_return(env, 0x33, x86_user_query(env, env->segs[R_SS].selector,
                                              X86_VERW)
                               ? env->segs[R_SS].selector : 0x2b,
                    act->handler);
    x86_fpu_reset(env);
}

bool signal_push_frame(CPUX86State *env, int sig, const siginfo_t *info,
                       const GuestSigAction *act, uint64_t mask)
{
    TaskState *t = task_of(env);
    uint8_t img[X86_XSAVE_MAX];
    GuestSigFrame f = { 0 };
    size_t fp_size;
    uint64_t at, fp;
    bool entering;

    if (process_options.guest32) {
        return signal_push_frame32(env, sig, info, act, mask);
    }
    fp_size = signal_save_fp(env, img);
    at = place_frame(env, act, fp_size, &fp, &entering);
    if (!at || !(act->flags & KERNEL_SA_RESTORER)) {
        return false;
    }
    f.pretcode = act->restorer;
    f.uc.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
                 (env->xcr0 ? UC_FP_XSTATE : 0);
    f.uc.stack = signal_get_altstack(t, env->regs[R_ESP]);
    fill_context(env, &f.uc.mc, mask);
    f.uc.mc.fpstate = fp;
    f.uc.sigmask = mask;
    if (act->flags & SA_SIGINFO) {
        siginfo_to_guest(info, f.info);
    }
    swap_fields(&f, "q" UCONTEXT_FIELDS);
    if (copy_to_guest(fp, img, fp_size) ||
        copy_to_guest(at, &f, sizeof(f))) {
        return false;
    }
    if (t->altstack.flags & KERNEL_SS_AUTODISARM) {
        t->altstack = (GuestStack) { .flags = SS_DISABLE };
    }
    enter_handler(env, sig, at, act);
    return true;
}

/* ---- pop ----------------------------------------------------------------- */

/* 0, or the exception that returning there raises. */
static unsigned restore_context(CPUX86State *env, const GuestSigContext *mc)
{
    const uint64_t *r = &mc->r8;
    uint32_t fl = x86_get_eflags(env);

    for (int i = 0; i < 16; i++) {
        env->regs[sc_regs[i]] = r[i];
    }
    x86_set_eflags(env, (fl & ~FIX_EFLAGS) | (mc->flags & FIX_EFLAGS));
    env->eflags &= ~(uint64_t)RF_MASK;  /* over with the next instruction */
    return x86_user_return(env, mc->cs | 3, mc->ss | 3, mc->ip);
}

int64_t sys_rt_sigreturn(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    uint64_t frame = env->regs[R_ESP] - 8;
    GuestUContext uc;
    unsigned vector;

    if (copy_from_guest(&uc, frame + offsetof(GuestSigFrame, uc),
                        sizeof(uc))) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    swap_fields(&uc, UCONTEXT_FIELDS);
    t->sigmask = uc.sigmask & ~SIGMASK_NEVER;
    t->restart = 0;
    vector = restore_context(env, &uc.mc);
    if (!signal_restore_fp(env, uc.mc.fpstate)) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    /* The kernel ignores what is wrong with the saved stack, too. */
    signal_set_altstack(t, &uc.stack, env->regs[R_ESP], 0);
    signal_sync_host_mask(t);
    if (vector) {
        signal_exception(env, vector);
    }
    if (signal_deliverable(t)) {
        tcg_request_exit(&env->h);
    }
    return -QEMU_ESIGRETURN;
}
