/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 signal frame, bit for bit as Linux lays it out: return address,
 * ucontext, siginfo, and above them the 64-byte aligned FXSAVE/XSAVE image
 * (asm/sigcontext.h; Intel SDM vol. 1 ch. 13 for the XSAVE area).
 */
#include "util/osdep.h"
#include "syscall/handlers.h"
#include "linux-user/signal.h"

#define RED_ZONE        128
#define UC_FP_XSTATE            1
#define UC_SIGCONTEXT_SS        2
#define UC_STRICT_RESTORE_SS    4
#define FP_MAGIC1       0x46505853u
#define FP_MAGIC2       0x46505845u
#define XSTATE_FP       1
#define XSTATE_SSE      2
#define XSTATE_YMM      4
#define XSAVE_HEADER    512
#define XSAVE_YMM       576
#define XSAVE_MAX       (576 + 256)
#define KERNEL_SA_RESTORER  0x04000000u
#define KERNEL_SS_AUTODISARM (1u << 31)
#define MXCSR_DEFAULT   0x1f80u
#define FCW_DEFAULT     0x037f
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

G_STATIC_ASSERT(sizeof(GuestSigContext) == 256);
G_STATIC_ASSERT(offsetof(GuestUContext, sigmask) == 296);
G_STATIC_ASSERT(offsetof(GuestSigFrame, info) == 312);
G_STATIC_ASSERT(sizeof(GuestSigFrame) == 440);

/* fpx_sw_bytes at offset 464 of the FXSAVE image. */
typedef struct FpSwBytes {
    uint32_t magic1, extended_size;
    uint64_t xfeatures;
    uint32_t xstate_size, pad[7];
} FpSwBytes;

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
        err = signal_set_altstack(t, &ss, env->regs[R_ESP], 2048);
        if (err) {
            return err;
        }
    }
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

static uint64_t xfeatures(const CPUX86State *env)
{
    return env->xcr0 & (XSTATE_FP | XSTATE_SSE | XSTATE_YMM);
}

/* Bytes of the image, without the trailing magic. */
static uint32_t xstate_size(const CPUX86State *env)
{
    uint64_t f = xfeatures(env);

    return !f ? 512 : f & XSTATE_YMM ? XSAVE_MAX : XSAVE_YMM;
}

uint64_t signal_min_stack(const CPUX86State *env)
{
    return ROUND_UP(sizeof(GuestSigFrame) + RED_ZONE + 63 +
                    xstate_size(env) + 4 + 16, 16);
}

/* The image with the kernel's software bytes; returns its whole size. */
size_t signal_save_fp(CPUX86State *env, uint8_t *img)
{
    uint64_t f = xfeatures(env);
    uint32_t size = xstate_size(env), magic2 = FP_MAGIC2;
    FpSwBytes sw = { 0 };

    memset(img, 0, XSAVE_MAX + 4);
    x86_fxsave(env, img);
    if (!f) {
        memset(img + 464, 0, sizeof(sw));
        return size;
    }
    sw.magic1 = FP_MAGIC1;
    sw.extended_size = size + 4;
    sw.xfeatures = f;
    sw.xstate_size = size;
    memcpy(img + 464, &sw, sizeof(sw));
    memcpy(img + XSAVE_HEADER, &f, 8);
    if (f & XSTATE_YMM) {
        for (int i = 0; i < 16; i++) {
            memcpy(img + XSAVE_YMM + i * 16, &env->vreg[i][16], 16);
        }
    }
    memcpy(img + size, &magic2, 4);
    return size + 4;
}

static void init_image(uint8_t img[512])
{
    uint16_t fcw = FCW_DEFAULT;
    uint32_t mxcsr = MXCSR_DEFAULT;

    memset(img, 0, 512);
    memcpy(img, &fcw, 2);
    memcpy(img + 24, &mxcsr, 4);
}

static void reset_fpstate(CPUX86State *env)
{
    uint8_t img[512];

    init_image(img);
    for (int i = 0; i < 16; i++) {
        memset(&env->vreg[i][16], 0, 16);
    }
    x86_fxrstor(env, img);
}

/* Is the image a whole XSAVE one (magic numbers, sizes)? */
static bool image_extended(CPUX86State *env, uint64_t addr,
                           const uint8_t *fx, FpSwBytes *sw)
{
    uint32_t magic2;

    memcpy(sw, fx + 464, sizeof(*sw));
    return xfeatures(env) && sw->magic1 == FP_MAGIC1 &&
           sw->xstate_size >= XSAVE_YMM &&
           sw->xstate_size <= xstate_size(env) &&
           sw->xstate_size <= sw->extended_size &&
           copy_from_guest(&magic2, addr + sw->xstate_size, 4) == 0 &&
           magic2 == FP_MAGIC2;
}

bool signal_restore_fp(CPUX86State *env, uint64_t addr)
{
    uint8_t img[XSAVE_MAX], init[512];
    uint64_t have = XSTATE_FP | XSTATE_SSE, bv = have;
    uint32_t mxcsr;
    FpSwBytes sw;

    if (!addr) {
        reset_fpstate(env);
        return true;
    }
    if (copy_from_guest(img, addr, 512)) {
        return false;
    }
    if (image_extended(env, addr, img, &sw)) {
        if (copy_from_guest(img + 512, addr + 512, sw.xstate_size - 512)) {
            return false;
        }
        memcpy(&bv, img + XSAVE_HEADER, 8);
        have = sw.xfeatures & xfeatures(env);
        if (sw.xstate_size < XSAVE_MAX) {
            have &= ~(uint64_t)XSTATE_YMM;
        }
        if (bv & ~xfeatures(env)) {
            return false;       /* XRSTOR would fault */
        }
    }
    memcpy(&mxcsr, img + 24, 4);
    if (mxcsr & 0xffff0000u) {
        return false;
    }
    init_image(init);
    if (!(bv & XSTATE_FP)) {
        memcpy(img, init, 24);
        memcpy(img + 32, init + 32, 128);
    }
    if (!(bv & XSTATE_SSE)) {
        memcpy(img + 160, init + 160, 256);
    }
    for (int i = 0; i < 16; i++) {
        if (have & bv & XSTATE_YMM) {
            memcpy(&env->vreg[i][16], img + XSAVE_YMM + i * 16, 16);
        } else {
            memset(&env->vreg[i][16], 0, 16);
        }
    }
    x86_fxrstor(env, img);
    return true;
}

/* ---- push ---------------------------------------------------------------- */

static void fill_context(CPUX86State *env, GuestSigContext *mc, uint64_t mask)
{
    TaskState *t = task_of(env);
    uint64_t *r = &mc->r8;

    for (int i = 0; i < 16; i++) {
        r[i] = env->regs[sc_regs[i]];
    }
    mc->ip = env->h.pc;
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
    env->h.pc = act->handler;
    env->eflags &= ~(DF_MASK | RF_MASK | TF_MASK);
    env->h.mode &= ~(uint64_t)HF_TF;
    reset_fpstate(env);
}

bool signal_push_frame(CPUX86State *env, int sig, const siginfo_t *info,
                       const GuestSigAction *act, uint64_t mask)
{
    TaskState *t = task_of(env);
    uint8_t img[XSAVE_MAX + 4];
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
                 (xfeatures(env) ? UC_FP_XSTATE : 0);
    f.uc.stack = signal_get_altstack(t, env->regs[R_ESP]);
    fill_context(env, &f.uc.mc, mask);
    f.uc.mc.fpstate = fp;
    f.uc.sigmask = mask;
    if (act->flags & SA_SIGINFO) {
        memcpy(f.info, info, sizeof(f.info));
    }
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

static void restore_context(CPUX86State *env, const GuestSigContext *mc)
{
    const uint64_t *r = &mc->r8;
    uint32_t fl = x86_get_eflags(env);

    for (int i = 0; i < 16; i++) {
        env->regs[sc_regs[i]] = r[i];
    }
    env->h.pc = mc->ip;
    x86_set_eflags(env, (fl & ~FIX_EFLAGS) | (mc->flags & FIX_EFLAGS));
    env->h.mode = (env->h.mode & ~(uint64_t)HF_TF) |
                  (env->eflags & TF_MASK ? HF_TF : 0);
}

int64_t sys_rt_sigreturn(CPUX86State *env, const uint64_t a[6])
{
    TaskState *t = task_of(env);
    uint64_t frame = env->regs[R_ESP] - 8;
    GuestUContext uc;

    if (copy_from_guest(&uc, frame + offsetof(GuestSigFrame, uc),
                        sizeof(uc))) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    t->sigmask = uc.sigmask & ~SIGMASK_NEVER;
    t->restart = 0;
    restore_context(env, &uc.mc);
    if (!signal_restore_fp(env, uc.mc.fpstate)) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    /* The kernel ignores what is wrong with the saved stack, too. */
    signal_set_altstack(t, &uc.stack, env->regs[R_ESP], 0);
    signal_sync_host_mask(t);
    if (signal_deliverable(t)) {
        tcg_request_exit(&env->h);
    }
    return -QEMU_ESIGRETURN;
}
