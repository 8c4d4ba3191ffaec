/* SPDX-License-Identifier: MIT */
/*
 * Private to the x87 helpers: the register stack, exceptions and memory.
 * SDM vol. 1 ch. 8.
 */
#ifndef TARGET_I386_FPU_INT_H
#define TARGET_I386_FPU_INT_H

#include "target-i386/fpu_helper.h"
#include "fpu/softfloat.h"

/* Status word.  The low six bits are FP_IE.. */
enum {
    FS_SF = 1 << 6, FS_ES = 1 << 7, FS_C0 = 1 << 8, FS_C1 = 1 << 9,
    FS_C2 = 1 << 10, FS_TOP_SHIFT = 11, FS_C3 = 1 << 14, FS_B = 1 << 15,
    FS_CC = FS_C0 | FS_C1 | FS_C2 | FS_C3,
};
/* Control word bits that exist; bit 6 reads as 1. */
enum { FC_BITS = 0x1f3f, FC_ONE = 0x40, FC_INIT = 0x37f };

static inline unsigned x87_top(const CPUX86State *env)
{
    return env->fpus >> FS_TOP_SHIFT & 7;
}

static inline void x87_set_top(CPUX86State *env, unsigned top)
{
    env->fpus = (env->fpus & ~(7 << FS_TOP_SHIFT)) |
                (top & 7) << FS_TOP_SHIFT;
}

static inline unsigned x87_phys(const CPUX86State *env, unsigned i)
{
    return (x87_top(env) + i) & 7;
}

static inline bool x87_empty(const CPUX86State *env, unsigned i)
{
    return !(env->fptags >> x87_phys(env, i) & 1);
}

static inline float80 x87_st(const CPUX86State *env, unsigned i)
{
    const FPReg *r = &env->fpregs[x87_phys(env, i)];

    return (float80) { r->mant, r->se };
}

static inline void x87_set_st(CPUX86State *env, unsigned i, float80 v)
{
    unsigned p = x87_phys(env, i);

    env->fpregs[p].mant = v.mant;
    env->fpregs[p].se = v.se;
    env->fptags |= 1 << p;
}

static inline void x87_pop(CPUX86State *env)
{
    env->fptags &= ~(1 << x87_top(env));
    x87_set_top(env, x87_top(env) + 1);
}

/* Start of a waiting instruction: raises a pending #MF; clears C1. */
void x87_wait(CPUX86State *env);
/* Sets exception flags and, if one is unmasked, ES and B. */
void x87_signal(CPUX86State *env, unsigned flags);
/* ES and B from the flags and masks, after either was loaded. */
void x87_update_es(CPUX86State *env);
/* True if ST(i) is not empty, else signals underflow; then *masked says
 * whether the default NaN is to be used for the result. */
bool x87_have(CPUX86State *env, unsigned i, bool *masked);
/* Pushes v; signals overflow. */
void x87_push(CPUX86State *env, float80 v);
/* May one more register be pushed?  Signals overflow; if that is masked, the
 * default NaN has been pushed. */
bool x87_room(CPUX86State *env);
/* Takes over flags and C1 of an operation; false if an unmasked exception
 * means that the result is not to be stored. */
bool x87_accept(CPUX86State *env, const FPStatus *st);

static inline FPStatus x87_status(const CPUX86State *env)
{
    return fp_status_x87(env->fpuc);
}

/*
 * Guest memory.  A helper's access that faults unwinds to the instruction, so
 * it comes before any change of the state, and a write that could stop half
 * way is preceded by probes.
 */
static inline void *x87_mem(uint64_t addr)
{
    return (void *)(uintptr_t)addr;
}

/* Faults if the byte can't be written; changes nothing. */
static inline void x87_probe_write(uint64_t addr)
{
    __atomic_fetch_or((uint8_t *)x87_mem(addr), 0, __ATOMIC_RELAXED);
}

static inline void x87_probe_read(uint64_t addr)
{
    *(volatile uint8_t *)x87_mem(addr);
}

/* A load whose value is not needed may still fault: it stays. */
#define X87_KEEP(v) asm volatile("" : : "r"(v))

static inline uint16_t x87_ld16(uint64_t addr)
{
    uint16_t v;
    memcpy(&v, x87_mem(addr), 2);
    X87_KEEP(v);
    return GUINT16_FROM_LE(v);
}

static inline uint32_t x87_ld32(uint64_t addr)
{
    uint32_t v;
    memcpy(&v, x87_mem(addr), 4);
    X87_KEEP(v);
    return GUINT32_FROM_LE(v);
}

static inline uint64_t x87_ld64(uint64_t addr)
{
    uint64_t v;
    memcpy(&v, x87_mem(addr), 8);
    X87_KEEP(v);
    return GUINT64_FROM_LE(v);
}

static inline void x87_st16(uint64_t addr, uint16_t v)
{
    v = GUINT16_TO_LE(v);
    memcpy(x87_mem(addr), &v, 2);
}

static inline void x87_st32(uint64_t addr, uint32_t v)
{
    v = GUINT32_TO_LE(v);
    memcpy(x87_mem(addr), &v, 4);
}

static inline void x87_st64(uint64_t addr, uint64_t v)
{
    v = GUINT64_TO_LE(v);
    memcpy(x87_mem(addr), &v, 8);
}

#endif
