/* SPDX-License-Identifier: MIT */
/*
 * Guest memory operations of the interpreter that are more than one load or
 * store: read-modify-write, atomics, the repeated string moves.
 *
 * An atomic access that the host cannot do in one piece (it is misaligned on
 * a host that minds, or is 16 bytes where there is no such instruction) takes
 * a lock: atomic against others of its kind.
 */
#include "util/osdep.h"
#include <sched.h>
#include "tcg/tci/tci-int.h"

static int big_lock;

static void tci_lock(TCGEnv *env)
{
    while (__atomic_exchange_n(&big_lock, 1, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
    tci_state(env)->locked = true;
}

void tci_unlock(TCGEnv *env)
{
    tci_state(env)->locked = false;
    __atomic_store_n(&big_lock, 0, __ATOMIC_RELEASE);
}

void tci_unaligned(uint64_t addr)
{
    for (;;) {
#ifdef HOST_X86_64
        /* The hardware's own, which may be a page fault instead.  An operand
         * of 32 bytes may well be aligned to 16. */
        asm volatile("movaps (%0), %%xmm0"
                     : : "r"(addr & 15 ? addr : addr | 8) : "xmm0");
#else
        /* No page can be there; the front takes it for what it means. */
        *(volatile char *)(uintptr_t)(1ull << 55 | (addr & 31));
#endif
    }
}

/* A store that crosses pages must fault before anything is written. */
void tci_probe_next_page(uint64_t addr)
{
    __atomic_fetch_or((uint8_t *)(uintptr_t)((addr | 0xfff) + 1), 0,
                      __ATOMIC_RELAXED);
}

#ifdef HOST_AARCH64
/* 16 aligned bytes; v = old, which is updated if it is not what is there. */
static bool cas_window(uint64_t addr, uint64_t v[2], const uint64_t new[2])
{
    uint64_t lo, hi, differs, t, failed;
    bool same;

    /* It was one access only if the store succeeds. */
    asm volatile("1: ldaxp %0, %1, [%5]\n\t"
                 "eor %2, %0, %6\n\t"
                 "eor %3, %1, %7\n\t"
                 "orr %2, %2, %3\n\t"
                 "cmp %2, #0\n\t"
                 "csel %3, %8, %0, eq\n\t"
                 "csel %2, %9, %1, eq\n\t"
                 "stlxp %w4, %3, %2, [%5]\n\t"
                 "cbnz %w4, 1b\n\t"
                 "dmb ish"
                 : "=&r"(lo), "=&r"(hi), "=&r"(differs), "=&r"(t),
                   "=&r"(failed)
                 : "r"(addr), "r"(v[0]), "r"(v[1]), "r"(new[0]), "r"(new[1])
                 : "cc", "memory");
    same = lo == v[0] && hi == v[1];
    v[0] = lo;
    v[1] = hi;
    return same;
}

/* Misaligned, but inside 16 aligned bytes. */
static bool cas_inside(unsigned sz, uint64_t addr, uint64_t *old,
                       uint64_t val)
{
    unsigned at = (addr & 15) * 8, bits = 8u << sz;
    unsigned __int128 mask = (((unsigned __int128)1 << bits) - 1) << at;
    uint64_t *p = (uint64_t *)(uintptr_t)(addr & ~15ull);
    unsigned __int128 w = p[0] | (unsigned __int128)p[1] << 64, n;
    uint64_t want = bits == 64 ? *old : *old & ((1ull << bits) - 1), got;
    uint64_t v[2], next[2];

    for (;;) {
        got = (w & mask) >> at;
        n = got == want ? (w & ~mask) | ((unsigned __int128)val << at & mask)
                        : w;
        v[0] = w, v[1] = w >> 64;
        next[0] = n, next[1] = n >> 64;
        if (cas_window((uintptr_t)p, v, next)) {
            *old = got;
            return got == want;
        }
        w = v[0] | (unsigned __int128)v[1] << 64;
    }
}
#endif

/* Whether the host's atomics can touch this place. */
static bool host_atomic(unsigned sz, uint64_t addr)
{
#ifdef HOST_X86_64
    return true;
#elif defined(HOST_AARCH64)
    return (addr & 15) + (1u << sz) <= 16;
#else
    return !(addr & ((1u << sz) - 1));
#endif
}

/* Compare-and-swap of sz bytes; *old is updated on failure. */
static bool cas(unsigned sz, uint64_t addr, uint64_t *old, uint64_t new)
{
    bool ok;

#ifdef HOST_AARCH64
    if (addr & ((1u << sz) - 1)) {
        return cas_inside(sz, addr, old, new);
    }
#endif
    switch (sz) {
#define CASE(mo, bits) \
    case mo: { \
        uint##bits##_t o = TCI_LE(bits, (uint##bits##_t)*old); \
        uint##bits##_t n = TCI_LE(bits, (uint##bits##_t)new); \
        ok = __atomic_compare_exchange_n((uint##bits##_t *)(uintptr_t)addr, \
                                         &o, n, false, __ATOMIC_SEQ_CST, \
                                         __ATOMIC_SEQ_CST); \
        *old = TCI_LE(bits, o); \
        return ok; \
    }
    CASE(MO_8, 8)
    CASE(MO_16, 16)
    CASE(MO_32, 32)
    CASE(MO_64, 64)
#undef CASE
    }
    return true;
}

static const uint16_t rmw_opc[] = {
    [TCG_RMW_ADD] = TCG_add, [TCG_RMW_OR] = TCG_or, [TCG_RMW_ADC] = TCG_adc,
    [TCG_RMW_SBB] = TCG_sbb, [TCG_RMW_AND] = TCG_and, [TCG_RMW_SUB] = TCG_sub,
    [TCG_RMW_XOR] = TCG_xor, [TCG_RMW_INC] = TCG_inc, [TCG_RMW_DEC] = TCG_dec,
    [TCG_RMW_NEG] = TCG_neg, [TCG_RMW_NOT] = TCG_not, [TCG_RMW_BTS] = TCG_bts,
    [TCG_RMW_BTR] = TCG_btr, [TCG_RMW_BTC] = TCG_btc,
};

/* old op val; the flags come out in *fl and the env keeps its own, so that a
 * store that faults finds the state before the instruction. */
static uint64_t rmw_value(TCGEnv *env, unsigned opc, TCIAtomic t, uint64_t old,
                          uint64_t val, uint32_t *fl)
{
    TCGRefOp op = { .opc = opc, .sz = t.sz, .fl_def = t.fl_def,
                    .fl_use = FL_ALL };
    uint32_t keep = env->flags;
    TCGVal v[2];

    v[0].q = old;
    v[1].q = val;
    tcg_ref_fn(opc)(env, &op, v);
    *fl = env->flags;
    env->flags = keep;
    return v[0].q;
}

/* mem = mem opc val with opc's flags; returns the old value. */
static uint64_t fetch_op(TCGEnv *env, unsigned opc, TCIAtomic t,
                         uint64_t addr, uint64_t val)
{
    uint64_t old = tci_ld(t.sz, addr), new;
    uint32_t fl;

    if (!t.lock) {
        new = rmw_value(env, opc, t, old, val, &fl);
        tci_st(t.sz, addr, new);
    } else if (host_atomic(t.sz, addr)) {
        do {
            new = rmw_value(env, opc, t, old, val, &fl);
        } while (!cas(t.sz, addr, &old, new));
    } else {
        tci_lock(env);
        old = tci_ld(t.sz, addr);
        new = rmw_value(env, opc, t, old, val, &fl);
        tci_st(t.sz, addr, new);
        tci_unlock(env);
    }
    env->flags = fl;
    return old;
}

uint64_t tci_rmw(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val)
{
    return fetch_op(env, rmw_opc[t.kind], t, addr, val);
}

uint64_t tci_xadd(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val)
{
    return fetch_op(env, TCG_add, t, addr, val);
}

uint64_t tci_xchg(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t val)
{
    uint64_t old = tci_ld(t.sz, addr);

    if (host_atomic(t.sz, addr)) {
        while (!cas(t.sz, addr, &old, val)) {
        }
    } else {
        tci_lock(env);
        old = tci_ld(t.sz, addr);
        tci_st(t.sz, addr, val);
        tci_unlock(env);
    }
    return old;
}

uint64_t tci_cmpxchg(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t cmp,
                     uint64_t val)
{
    uint64_t old = ref_zext(t.sz, cmp);
    uint32_t fl;

    if (t.lock && host_atomic(t.sz, addr)) {
        if (!cas(t.sz, addr, &old, val)) {
            /* Hardware writes in either case. */
            __atomic_fetch_or((uint8_t *)(uintptr_t)addr, 0,
                              __ATOMIC_RELAXED);
        }
    } else {
        if (t.lock) {
            tci_lock(env);
        }
        old = tci_ld(t.sz, addr);
        /* Hardware writes in either case. */
        tci_st(t.sz, addr, old == ref_zext(t.sz, cmp) ? val : old);
        if (t.lock) {
            tci_unlock(env);
        }
    }
    /* CMP accumulator, old */
    rmw_value(env, TCG_cmp, t, cmp, old, &fl);
    env->flags = fl;
    return old;
}

/* 16 bytes, host order of the halves: v[0] low. */
static void cas128(TCGEnv *env, uint64_t addr, uint64_t v[4])
{
#ifdef HOST_X86_64
    uint64_t lo = v[0], hi = v[1];

    asm volatile("lock cmpxchg16b %2"
                 : "+a"(lo), "+d"(hi),
                   "+m"(*(unsigned __int128 *)(uintptr_t)addr)
                 : "b"(v[2]), "c"(v[3]) : "cc", "memory");
    v[0] = lo;
    v[1] = hi;
#elif defined(HOST_AARCH64)
    cas_window(addr, v, v + 2);
#else
    uint64_t lo, hi;
    uint8_t first = tci_ld8(addr);
    bool eq;

    /* A write fault comes before the lock; what others write stays. */
    while (!__atomic_compare_exchange_n((uint8_t *)(uintptr_t)addr, &first,
                                        first, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
    }
    tci_lock(env);
    lo = tci_ld64(addr);
    hi = tci_ld64(addr + 8);
    eq = lo == v[0] && hi == v[1];
    tci_st64(addr, eq ? v[2] : lo);
    tci_st64(addr + 8, eq ? v[3] : hi);
    tci_unlock(env);
    v[0] = lo;
    v[1] = hi;
#endif
}

void tci_cmpxchg2(TCGEnv *env, TCIAtomic t, uint64_t addr, uint64_t v[4])
{
    uint64_t lo = v[0], hi = v[1];
    bool eq;

    if (t.sz == MO_64) {
        if (addr & 15) {
            tci_unaligned(addr);
        }
        cas128(env, addr, v);
        eq = v[0] == lo && v[1] == hi;
    } else {
        uint64_t cmp = (uint32_t)lo | hi << 32;
        uint64_t old = cmp, new = (uint32_t)v[2] | v[3] << 32;
        if (host_atomic(MO_64, addr)) {
            if (!cas(MO_64, addr, &old, new)) {
                __atomic_fetch_or((uint8_t *)(uintptr_t)addr, 0,
                                  __ATOMIC_RELAXED);
            }
        } else {
            tci_lock(env);
            old = tci_ld64(addr);
            tci_st64(addr, old == cmp ? new : old);
            tci_unlock(env);
        }
        v[0] = (uint32_t)old;
        v[1] = old >> 32;
        eq = old == cmp;
    }
    if (t.fl_def & FL_Z) {
        env->flags = (env->flags & ~FLHOME_Z) | (eq ? FLHOME_Z : 0);
    }
}

/* ---- string instructions ------------------------------------------------- */

/* Elements (log2 size sz) from addr that lie whole within addr's page. */
static uint64_t page_elems(uint64_t addr, unsigned sz)
{
    return (4096 - (addr & 4095)) >> sz;
}

/*
 * Chunks end at page borders of both sides, so whatever faults does so at a
 * chunk's first element, with all progress before it in the outputs.
 */
void tci_rep_movs(TCGEnv *env, unsigned sz, uint64_t *di, uint64_t *si,
                  uint64_t *cx)
{
    while (*cx) {
        uint64_t d = *di, s = *si, n = *cx, bytes;

        n = MIN(n, page_elems(d, sz));
        n = MIN(n, page_elems(s, sz));
        if (n <= 1 || d - s < (n << sz)) {
            /* A border is crossed, or the copy feeds on itself. */
            tci_st(sz, d, tci_ld(sz, s));
            n = 1;
        } else {
            /* The first one faults, if any does, at its own address. */
            tci_st(sz, d, tci_ld(sz, s));
            tci_before_store();
            memmove((void *)(uintptr_t)(d + (1 << sz)),
                    (void *)(uintptr_t)(s + (1 << sz)), (n - 1) << sz);
        }
        bytes = n << sz;
        *di = d + bytes;
        *si = s + bytes;
        *cx -= n;
    }
}

void tci_rep_stos(TCGEnv *env, unsigned sz, uint64_t *di, uint64_t *cx,
                  uint64_t val)
{
    while (*cx) {
        uint64_t d = *di, n = MIN(*cx, page_elems(d, sz));

        if (n <= 1) {
            tci_st(sz, d, val);
            n = 1;
        } else if (sz == MO_8) {
            tci_st(sz, d, val);
            memset((void *)(uintptr_t)(d + 1), val, n - 1);
        } else {
            for (uint64_t i = 0; i < n; i++) {
                tci_st(sz, d + (i << sz), val);
            }
        }
        *di = d + (n << sz);
        *cx -= n;
    }
}
