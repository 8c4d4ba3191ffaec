/* SPDX-License-Identifier: MIT */
/*
 * The CPU's state as a process finds it.  Flow: linux-user -> (this).
 * Source: the x86-64 psABI's process initialisation; Linux's start_thread.
 */
#include "util/osdep.h"
#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"

static void set_seg(CPUX86State *env, unsigned seg, uint32_t selector,
                    uint32_t flags)
{
    env->segs[seg] = (SegmentCache){
        .selector = selector, .flags = flags, .limit = 0xffffffff,
    };
}

static void reset_user(CPUX86State *env)
{
    memset(env->regs, 0, sizeof(env->regs));
    memset(env->vreg, 0, sizeof(env->vreg));
    memset(env->fpregs, 0, sizeof(env->fpregs));
    memset(env->tls, 0, sizeof(env->tls));
    env->fpuc = 0x37f;
    env->fpus = 0;
    env->fptags = 0;
    env->fpop = 0;
    env->fpip = env->fpdp = 0;
    env->h.fpcr = 0x1f80;
    env->h.flags = 0;
    env->eflags = 2 | IF_MASK;
    env->xcr0 = 3;
    if (env->model && x86_feat(env->model->feats, X86_FEAT_AVX)) {
        env->xcr0 |= 4;
    }
    env->error_code = 0;
    env->cr2 = 0;
}

void x86_cpu_reset_user64(CPUX86State *env)
{
    reset_user(env);
    set_seg(env, R_CS, 0x33, 0x00affb00);
    set_seg(env, R_SS, 0x2b, 0x00cff300);
    set_seg(env, R_DS, 0, 0);
    set_seg(env, R_ES, 0, 0);
    set_seg(env, R_FS, 0, 0);
    set_seg(env, R_GS, 0, 0);
    env->h.mode = x86_user_mode_bits(env);
}

void x86_cpu_reset_user32(CPUX86State *env)
{
    reset_user(env);
    set_seg(env, R_CS, 0x23, 0x00cffb00);
    set_seg(env, R_SS, 0x2b, 0x00cff300);
    set_seg(env, R_DS, 0x2b, 0x00cff300);
    set_seg(env, R_ES, 0x2b, 0x00cff300);
    set_seg(env, R_FS, 0, 0);
    set_seg(env, R_GS, 0, 0);
    env->h.mode = x86_user_mode_bits(env);
}

/* ---- segments ------------------------------------------------------------ */

enum { SEG_L = 1 << 21, SEG_DB = 1 << 22, SEG_CODE = 1 << 11,
       SEG_RW = 1 << 9 };

bool x86_user_descriptor(const CPUX86State *env, unsigned seg, unsigned sel,
                         SegmentCache *out)
{
    unsigned index = sel >> 3;

    *out = (SegmentCache){ .selector = sel, .limit = 0xffffffff };
    if ((sel & ~3) == 0) {              /* null */
        return seg != R_SS && seg != R_CS;
    }
    if (sel & 4) {                      /* no LDT */
        return false;
    }
    switch (sel | 3) {
    case 0x23:
        out->flags = 0x00cffb00;
        break;
    case 0x2b:
        out->flags = 0x00cff300;
        break;
    case 0x33:
        out->flags = 0x00affb00;
        break;
    default:
        if (index < 12 || index > 14 || !env->tls[index - 12].flags) {
            return false;
        }
        *out = env->tls[index - 12];
        out->selector = sel;
    }
    bool code = out->flags & SEG_CODE;
    if (seg == R_CS) {
        return code;
    }
    if (seg == R_SS) {
        return !code && (out->flags & SEG_RW);
    }
    return !code || (out->flags & SEG_RW);
}

uint64_t x86_user_mode_bits(const CPUX86State *env)
{
    uint64_t mode = 3 << HF_CPL_SHIFT;

    if (env->segs[R_CS].flags & SEG_L) {
        return mode | HF_CS64;
    }
    mode |= env->segs[R_CS].flags & SEG_DB ? HF_CS32 : 0;
    mode |= env->segs[R_SS].flags & SEG_DB ? HF_SS32 : 0;
    if (env->segs[R_ES].base || env->segs[R_CS].base ||
        env->segs[R_SS].base || env->segs[R_DS].base) {
        mode |= HF_ADDSEG;
    }
    return mode;
}
