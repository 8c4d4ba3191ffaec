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
