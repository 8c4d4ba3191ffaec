/* SPDX-License-Identifier: MIT */
/*
 * Software x87: FLDENV, FNSTENV, FRSTOR and FNSAVE in the 28-byte (32-bit
 * protected mode) and 14-byte (16-bit) formats.  Also serves the 16-bit ones
 * where the state lives in the host's unit.  SDM vol. 1, 8.1.10.
 */
#include "util/osdep.h"
#include "target-i386/fpu-int.h"
#include "target-i386/fpu_state.h"

#define HELPER(name) \
    void helper_x87_##name(CPUX86State *env, uint64_t a, uint64_t param)

uint16_t x87_full_tags(const CPUX86State *env)
{
    uint16_t tags = 0;

    for (int p = 7; p >= 0; p--) {
        float80 v = { env->fpregs[p].mant, env->fpregs[p].se };
        F80Class c = f80_class(v);
        unsigned t = !(env->fptags >> p & 1) ? 3 : c == F80_ZERO ? 1 :
                     c == F80_NORMAL ? 0 : 2;
        tags = tags << 2 | t;
    }
    return tags;
}

void x87_set_full_tags(CPUX86State *env, uint16_t tags)
{
    env->fptags = 0;
    for (int p = 0; p < 8; p++) {
        if ((tags >> 2 * p & 3) != 3) {
            env->fptags |= 1 << p;
        }
    }
}

static unsigned env_size(uint64_t param)
{
    return param & X87_ENV16 ? 14 : 28;
}

static void store_env(const CPUX86State *env, uint64_t a, uint64_t param)
{
    if (param & X87_ENV16) {
        x87_st16(a, env->fpuc);
        x87_st16(a + 2, env->fpus);
        x87_st16(a + 4, x87_full_tags(env));
        x87_st16(a + 6, env->fpip);
        x87_st16(a + 8, env->fpip ? env->segs[R_CS].selector : 0);
        x87_st16(a + 10, env->fpdp);
        x87_st16(a + 12, 0);
    } else {
        x87_st32(a, 0xffff0000 | env->fpuc);
        x87_st32(a + 4, 0xffff0000 | env->fpus);
        x87_st32(a + 8, 0xffff0000 | x87_full_tags(env));
        x87_st32(a + 12, env->fpip);
        x87_st32(a + 16, (uint32_t)env->fpop << 16 |
                         (env->fpip ? env->segs[R_CS].selector : 0));
        x87_st32(a + 20, env->fpdp);
        x87_st32(a + 24, 0xffff0000);
    }
}

typedef struct EnvImage { uint16_t cw, sw, tags, op; uint32_t ip, dp; } EnvImage;

/* The hardware's order: the control word, the image's last byte, the rest. */
static void probe_image(uint64_t a, uint64_t param, unsigned regs,
                        void (*probe)(uint64_t addr))
{
    for (int i = 0; i < (param & X87_ENV16 ? 2 : 4); i++) {
        probe(a + i);
    }
    probe(a + env_size(param) + regs - 1);
}

static EnvImage fetch_env(uint64_t a, uint64_t param)
{
    unsigned step = param & X87_ENV16 ? 2 : 4;
    EnvImage e = {
        .cw = x87_ld16(a), .sw = x87_ld16(a + step),
        .tags = x87_ld16(a + 2 * step),
    };

    if (param & X87_ENV16) {
        e.ip = x87_ld16(a + 6);
        e.dp = x87_ld16(a + 10);
    } else {
        e.ip = x87_ld32(a + 12);
        e.op = x87_ld32(a + 16) >> 16 & 0x7ff;
        e.dp = x87_ld32(a + 20);
    }
    return e;
}

static void set_env(CPUX86State *env, const EnvImage *e)
{
    env->fpuc = (e->cw & FC_BITS) | FC_ONE;
    env->fpus = e->sw;
    x87_set_full_tags(env, e->tags);
    env->fpip = e->ip;
    env->fpdp = e->dp;
    env->fpop = e->op;
    x87_update_es(env);
}

HELPER(stenv)
{
    x86_fpu_sync(env);
    x87_sync_pointers(env);
    probe_image(a, param, 0, x87_probe_write);
    store_env(env, a, param);
    env->fpuc |= FP_ALL;
    x87_update_es(env);
    x86_fpu_load(env);
}

HELPER(ldenv)
{
    EnvImage e;

    x86_fpu_sync(env);
    x87_wait(env);
    probe_image(a, param, 0, x87_probe_read);
    e = fetch_env(a, param);
    set_env(env, &e);
    x86_fpu_load(env);
}

HELPER(save)
{
    uint64_t p = a + env_size(param);

    x86_fpu_sync(env);
    x87_sync_pointers(env);
    probe_image(a, param, 80, x87_probe_write);
    store_env(env, a, param);
    for (int i = 0; i < 8; i++, p += 10) {
        float80 v = x87_st(env, i);
        x87_st64(p, v.mant);
        x87_st16(p + 8, v.se);
    }
    helper_x87_init(env, 0, 0);
    x86_fpu_load(env);
}

HELPER(rstor)
{
    uint64_t p = a + env_size(param);
    float80 v[8];
    EnvImage e;

    x86_fpu_sync(env);
    x87_wait(env);
    probe_image(a, param, 80, x87_probe_read);
    e = fetch_env(a, param);
    for (int i = 0; i < 8; i++, p += 10) {
        v[i].mant = x87_ld64(p);
        v[i].se = x87_ld16(p + 8);
    }
    set_env(env, &e);
    for (int i = 0; i < 8; i++) {
        env->fpregs[x87_phys(env, i)].mant = v[i].mant;
        env->fpregs[x87_phys(env, i)].se = v[i].se;
    }
    x86_fpu_load(env);
}
