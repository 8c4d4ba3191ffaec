/* SPDX-License-Identifier: MIT */
/*
 * The i386 signal frames as a 64-bit Linux kernel lays them out for 32-bit
 * programs: sigframe (old handlers) and rt_sigframe (SA_SIGINFO), above them
 * the 112-byte FSAVE image and the FXSAVE/XSAVE image (asm/sigcontext.h).
 */
#include "util/osdep.h"
#include "syscall/compat32.h"
#include "syscall/handlers.h"
#include "linux-user/program.h"
#include "linux-user/signal.h"

#define UC_FP_XSTATE            1
#define KERNEL_SA_RESTORER      0x04000000u
#define KERNEL_SS_AUTODISARM    (1u << 31)
#define FSAVE_SIZE              112
#define FIX_EFLAGS      (AC_MASK | OF_MASK | DF_MASK | TF_MASK | SF_MASK | \
                         ZF_MASK | AF_MASK | PF_MASK | CF_MASK | RF_MASK)

typedef struct SigContext32 {
    uint16_t gs, gsh, fs, fsh, es, esh, ds, dsh;
    uint32_t di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip;
    uint16_t cs, csh;
    uint32_t flags, sp_at_signal;
    uint16_t ss, ssh;
    uint32_t fpstate, oldmask, cr2;
} SigContext32;

typedef struct SigFrame32 {
    uint32_t pretcode;
    int32_t sig;
    SigContext32 sc;
    uint8_t fpstate_unused[624];
    uint32_t extramask;
    uint8_t retcode[8];
} SigFrame32;

typedef struct RtSigFrame32 {
    uint32_t pretcode;
    int32_t sig;
    uint32_t pinfo, puc;
    uint8_t info[128];
    struct {
        uint32_t flags, link;
        Stack32 stack;
        SigContext32 sc;
        uint32_t sigmask[2];
    } uc;
    uint8_t retcode[8];
} RtSigFrame32;

G_STATIC_ASSERT(sizeof(SigContext32) == 88);
G_STATIC_ASSERT(offsetof(SigFrame32, extramask) == 720);
G_STATIC_ASSERT(offsetof(RtSigFrame32, uc) == 144);

/* What debuggers look for; never executed where the stack is not. */
static const uint8_t retcode[8] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };
static const uint8_t rt_retcode[8] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0 };

/* SigContext32's order from di on. */
static const uint8_t sc_regs[8] = {
    R_EDI, R_ESI, R_EBP, R_ESP, R_EBX, R_EDX, R_ECX, R_EAX,
};

/* ---- floating point ------------------------------------------------------ */

/* Tag of a register (SDM vol. 1, 8.1.7): 0 valid, 1 zero, 2 special. */
static unsigned full_tag(const uint8_t st[16])
{
    uint64_t mant;
    uint16_t se;

    memcpy(&mant, st, 8);
    memcpy(&se, st + 8, 2);
    se &= 0x7fff;
    if (se == 0) {
        return mant ? 2 : 1;
    }
    return se == 0x7fff || !(mant >> 63) ? 2 : 0;
}

/* The FSAVE environment and registers from an FXSAVE image. */
static void fsave_from_fx(const CPUX86State *env, const uint8_t *fx,
                          uint8_t out[FSAVE_SIZE])
{
    uint16_t cw, sw, fop;
    uint32_t w[7], tags = 0;
    unsigned top;

    memcpy(&cw, fx, 2);
    memcpy(&sw, fx + 2, 2);
    memcpy(&fop, fx + 6, 2);
    top = sw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        unsigned tag = fx[4] & (1u << i)
                     ? full_tag(fx + 32 + ((i - top) & 7) * 16) : 3;
        tags |= tag << (2 * i);
    }
    w[0] = cw | 0xffff0000u;
    w[1] = sw | 0xffff0000u;
    w[2] = tags | 0xffff0000u;
    memcpy(&w[3], fx + 8, 4);
    w[4] = env->segs[R_CS].selector | (uint32_t)fop << 16;
    memcpy(&w[5], fx + 16, 4);
    w[6] = env->segs[R_DS].selector | 0xffff0000u;
    memcpy(out, w, 28);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(out + 28 + i * 10, fx + 32 + i * 16, 10);
    }
    /* status, and magic 0: an FXSAVE image follows */
    w[0] = sw;
    memcpy(out + 108, w, 4);
}

/* The handler may have changed the old image: it counts. */
static void fx_from_fsave(const uint8_t in[FSAVE_SIZE], uint8_t fx[160])
{
    uint32_t w[7];

    memcpy(w, in, 28);
    memcpy(fx, &w[0], 2);
    memcpy(fx + 2, &w[1], 2);
    fx[4] = 0;
    for (unsigned i = 0; i < 8; i++) {
        fx[4] |= (w[2] >> (2 * i) & 3) != 3 ? 1u << i : 0;
    }
    memcpy(fx + 6, (uint8_t *)&w[4] + 2, 2);
    memcpy(fx + 8, &w[3], 4);
    memcpy(fx + 16, &w[5], 4);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(fx + 32 + i * 16, in + 28 + i * 10, 10);
    }
}

static bool restore_fp32(CPUX86State *env, uint32_t addr)
{
    uint8_t old[FSAVE_SIZE], fx[160];

    if (addr) {
        if (copy_from_guest(old, addr, sizeof(old)) ||
            copy_from_guest(fx, addr + FSAVE_SIZE, sizeof(fx))) {
            return false;
        }
        fx_from_fsave(old, fx);
        if (copy_to_guest(addr + FSAVE_SIZE, fx, sizeof(fx))) {
            return false;
        }
        addr += FSAVE_SIZE;
    }
    return signal_restore_fp(env, addr);
}

/* ---- push ---------------------------------------------------------------- */

static void fill_context(CPUX86State *env, SigContext32 *sc, uint32_t fp,
                         uint64_t mask)
{
    TaskState *t = task_of(env);
    uint32_t *r = &sc->di;

    for (unsigned i = 0; i < 8; i++) {
        r[i] = env->regs[sc_regs[i]];
    }
    sc->gs = env->segs[R_GS].selector;
    sc->fs = env->segs[R_FS].selector;
    sc->es = env->segs[R_ES].selector;
    sc->ds = env->segs[R_DS].selector;
    sc->cs = env->segs[R_CS].selector;
    sc->ss = env->segs[R_SS].selector;
    sc->ip = x86_eip(env);
    sc->flags = x86_get_eflags(env);
    sc->sp_at_signal = sc->sp;
    sc->trapno = t->trapno;
    sc->err = t->error_code;
    sc->cr2 = t->cr2;
    sc->oldmask = mask;
    sc->fpstate = fp;
}

/* Puts the FP images on the stack; returns the frame's place or 0. */
static uint32_t place_frame(CPUX86State *env, const GuestSigAction *act,
                            size_t size, uint32_t *fp)
{
    TaskState *t = task_of(env);
    uint8_t img[SIGNAL_FP_MAX], old[FSAVE_SIZE];
    uint64_t sp = (uint32_t)env->regs[R_ESP];
    bool nested = signal_on_altstack(t, sp), entering = false;
    size_t fp_size = signal_save_fp(env, img);

    if ((act->flags & SA_ONSTACK) && !nested && signal_altstack_free(t, sp)) {
        sp = t->altstack.sp + t->altstack.size;
        entering = true;
    }
    sp = (sp - fp_size) & ~63ull;
    *fp = sp - FSAVE_SIZE;
    fsave_from_fx(env, img, old);
    if (sp > UINT32_MAX || copy_to_guest(sp, img, fp_size) ||
        copy_to_guest(*fp, old, sizeof(old))) {
        return 0;
    }
    sp = ((*fp - size + 4) & ~15ull) - 4;
    if ((nested || entering) &&
        !(sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size)) {
        return 0;
    }
    return sp;
}

static void enter_handler(CPUX86State *env, uint32_t frame, int sig,
                          uint32_t dx, uint32_t cx, const GuestSigAction *act)
{
    x86_user_descriptor(env, R_ES, 0x2b, &env->segs[R_ES]);
    x86_user_descriptor(env, R_DS, 0x2b, &env->segs[R_DS]);
    env->regs[R_EAX] = sig;
    env->regs[R_EDX] = dx;
    env->regs[R_ECX] = cx;
    env->regs[R_ESP] = frame;
    env->eflags &= ~(uint64_t)(DF_MASK | RF_MASK | TF_MASK);
    x86_user_return(env, 0x23, 0x2b, (uint32_t)act->handler);
    signal_restore_fp(env, 0);
}

static bool push_old(CPUX86State *env, int sig, const GuestSigAction *act,
                     uint64_t mask)
{
    SigFrame32 f = { .sig = sig, .extramask = mask >> 32 };
    uint32_t fp, at = place_frame(env, act, sizeof(f), &fp);

    if (!at) {
        return false;
    }
    f.pretcode = act->flags & KERNEL_SA_RESTORER ? act->restorer
                                                 : vdso32_sigreturn;
    fill_context(env, &f.sc, fp, mask);
    memcpy(f.retcode, retcode, sizeof(retcode));
    if (copy_to_guest(at, &f, sizeof(f))) {
        return false;
    }
    enter_handler(env, at, sig, 0, 0, act);
    return true;
}

static bool push_rt(CPUX86State *env, int sig, const siginfo_t *info,
                    const GuestSigAction *act, uint64_t mask)
{
    RtSigFrame32 f = { .sig = sig };
    TaskState *t = task_of(env);
    GuestStack ss = signal_get_altstack(t, (uint32_t)env->regs[R_ESP]);
    uint32_t fp, at = place_frame(env, act, sizeof(f), &fp);

    if (!at) {
        return false;
    }
    f.pretcode = act->flags & KERNEL_SA_RESTORER ? act->restorer
                                                 : vdso32_rt_sigreturn;
    f.pinfo = at + offsetof(RtSigFrame32, info);
    f.puc = at + offsetof(RtSigFrame32, uc);
    siginfo_to_32(info, f.info);
    f.uc.flags = env->xcr0 ? UC_FP_XSTATE : 0;
    f.uc.stack = (Stack32) { ss.sp, ss.flags, ss.size };
    fill_context(env, &f.uc.sc, fp, mask);
    f.uc.sigmask[0] = mask;
    f.uc.sigmask[1] = mask >> 32;
    memcpy(f.retcode, rt_retcode, sizeof(rt_retcode));
    if (copy_to_guest(at, &f, sizeof(f))) {
        return false;
    }
    enter_handler(env, at, sig, f.pinfo, f.puc, act);
    return true;
}

bool signal_push_frame32(CPUX86State *env, int sig, const siginfo_t *info,
                         const GuestSigAction *act, uint64_t mask)
{
    TaskState *t = task_of(env);

    if (act->flags & SA_SIGINFO ? !push_rt(env, sig, info, act, mask)
                                : !push_old(env, sig, act, mask)) {
        return false;
    }
    if (t->altstack.flags & KERNEL_SS_AUTODISARM) {
        t->altstack = (GuestStack) { .flags = SS_DISABLE };
    }
    return true;
}

/* ---- pop ----------------------------------------------------------------- */

static void restore_segment(CPUX86State *env, unsigned seg, uint16_t sel)
{
    SegmentCache s;

    if (!x86_user_descriptor(env, seg, sel, &s)) {
        s = (SegmentCache) { 0 };
    }
    env->segs[seg] = s;
}

static bool restore_context(CPUX86State *env, const SigContext32 *sc,
                            unsigned *vector)
{
    const uint32_t *r = &sc->di;
    uint32_t fl = x86_get_eflags(env);

    for (unsigned i = 0; i < 8; i++) {
        env->regs[sc_regs[i]] = r[i];
    }
    restore_segment(env, R_GS, sc->gs);
    restore_segment(env, R_FS, sc->fs);
    restore_segment(env, R_ES, sc->es);
    restore_segment(env, R_DS, sc->ds);
    x86_set_eflags(env, (fl & ~FIX_EFLAGS) | (sc->flags & FIX_EFLAGS));
    env->eflags &= ~(uint64_t)RF_MASK;  /* over with the next instruction */
    *vector = x86_user_return(env, sc->cs | 3, sc->ss | 3, sc->ip);
    return restore_fp32(env, sc->fpstate);
}

static int64_t do_return(CPUX86State *env, const SigContext32 *sc,
                         uint64_t mask)
{
    TaskState *t = task_of(env);
    unsigned vector;

    t->sigmask = mask & ~SIGMASK_NEVER;
    t->restart = 0;
    if (!restore_context(env, sc, &vector)) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    signal_sync_host_mask(t);
    if (vector) {
        signal_exception(env, vector);
    }
    if (signal_deliverable(t)) {
        tcg_request_exit(&env->h);
    }
    return -QEMU_ESIGRETURN;
}

int64_t sys32_sigreturn(CPUX86State *env, const uint64_t a[6])
{
    uint32_t at = (uint32_t)env->regs[R_ESP] - 8;
    SigFrame32 f;

    if (copy_from_guest(&f, at, sizeof(f))) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    return do_return(env, &f.sc, f.sc.oldmask | (uint64_t)f.extramask << 32);
}

int64_t sys32_rt_sigreturn(CPUX86State *env, const uint64_t a[6])
{
    uint32_t at = (uint32_t)env->regs[R_ESP] - 4;
    TaskState *t = task_of(env);
    RtSigFrame32 f;
    GuestStack ss;
    int64_t ret;

    if (copy_from_guest(&f, at, sizeof(f))) {
        signal_force_segv(env);
        return -QEMU_ESIGRETURN;
    }
    ss = (GuestStack) {
        .sp = f.uc.stack.sp, .flags = f.uc.stack.flags,
        .size = f.uc.stack.size,
    };
    ret = do_return(env, &f.uc.sc,
                    f.uc.sigmask[0] | (uint64_t)f.uc.sigmask[1] << 32);
    signal_set_altstack(t, &ss, (uint32_t)env->regs[R_ESP], 0);
    return ret;
}
