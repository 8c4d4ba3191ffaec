/* SPDX-License-Identifier: MIT */
/*
 * C helpers of segment registers and far transfers in user mode, and of the
 * checked accesses of code whose segments are not flat or that has set
 * EFLAGS.AC.  Flow: gen-sys.c, gen-flow.c, translate.c -> tcg_call -> (this)
 * -> seg.c.  Source: Intel SDM vol. 2, and vol. 3 ch. 5 and 6.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"
#include "target-i386/seg.h"
#include "target-i386/sys.h"
#include "target-i386/watch.h"

static inline CPUX86State *x86_env(TCGEnv *h)
{
    return (CPUX86State *)h;
}

/* mode: as before the instruction, which is done. */
static void QEMU_NORETURN leave(CPUX86State *env, uint64_t mode)
{
    tcg_exit_helper(&env->h, mode & HF_TF ? TCG_EXIT_STEP : TCG_EXIT_REQUEST,
                    false);
}

/* ---- segment registers --------------------------------------------------- */

static uint64_t helper_get_seg(TCGEnv *h, uint64_t seg)
{
    return x86_env(h)->segs[seg].selector & 0xffff;
}
X86_HELPER(helper_get_seg, 1, true, HE_RDONLY | HE_NOFAULT);

static void find_segment(CPUX86State *env, unsigned seg, unsigned sel,
                         SegmentCache *out)
{
    unsigned vector = x86_user_segment(env, seg, sel, out);

    if (vector) {
        x86_raise(env, vector, sel & 0xfffc);
    }
}

static void helper_load_seg(TCGEnv *h, uint64_t seg, uint64_t sel)
{
    CPUX86State *env = x86_env(h);
    SegmentCache d;

    if (env->sys) {
        x86_sys_load_seg(env, seg, sel);
        return;
    }
    find_segment(env, seg, sel, &d);
    env->segs[seg] = d;
    h->mode = (h->mode & ~(uint64_t)HF_SEG_BITS) | x86_user_mode_bits(env);
}
X86_HELPER(helper_load_seg, 2, false, 0);

/* Behind what may change the mode: if the code that follows was decoded for
 * one that is no longer so, leave. */
static void helper_check_mode(TCGEnv *h, uint64_t mode, uint64_t next)
{
    /* In single-step mode the instruction ends its TB, and traps. */
    if (h->mode != mode && !(mode & HF_TF)) {
        h->pc = next;
        leave(x86_env(h), mode);
    }
}
X86_HELPER(helper_check_mode, 2, false, HE_RDONLY);

/* EFLAGS.AC or TF has been written: brings the mode up to date. */
static void helper_sync_mode(TCGEnv *h, uint64_t mode, uint64_t next)
{
    CPUX86State *env = x86_env(h);

    h->mode = (h->mode & ~(uint64_t)(HF_SEG_BITS | HF_TF)) |
              x86_user_mode_bits(env) | (env->eflags & TF_MASK ? HF_TF : 0);
    helper_check_mode(h, mode, next);
}
X86_HELPER(helper_sync_mode, 2, false, HE_RDONLY);

static void helper_check_base(TCGEnv *h, uint64_t base)
{
    if ((int64_t)(base << 16) >> 16 != (int64_t)base) {
        x86_raise(x86_env(h), EXCP0D_GPF, 0);
    }
}
X86_HELPER(helper_check_base, 1, false, HE_RDONLY);

/* LAR, LSL, VERR, VERW: bit 63 = selector is good. */
static uint64_t helper_lar(TCGEnv *h, uint64_t sel, uint64_t what)
{
    if (x86_env(h)->sys) {
        return x86_sys_query_seg(x86_env(h), sel & 0xffff, what);
    }
    return x86_user_query(x86_env(h), sel & 0xffff, what);
}
X86_HELPER(helper_lar, 2, true, HE_RDONLY | HE_NOFAULT);

/* ---- checked accesses ---------------------------------------------------- */

/*
 * Before an access of size bytes at offset off of segment seg.  how: bit 0 it
 * writes, bit 1 the address of an implicit stack access, bits 8..: the
 * alignment that EFLAGS.AC asks for.
 */
static void helper_check_access(TCGEnv *h, uint64_t off, uint64_t seg,
                                uint64_t size, uint64_t how)
{
    CPUX86State *env = x86_env(h);
    const SegmentCache *s = &env->segs[seg];
    bool long_mode = h->mode & HF_CS64;
    uint64_t align = how >> 8, linear = off;

    if (!long_mode) {
        if (!x86_seg_holds(s, off, size, how & 1)) {
            x86_raise(env, seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF, 0);
        }
        linear = (uint32_t)(off + s->base);
    } else if (seg >= R_FS) {
        linear += s->base;
    }
    if (align && (env->eflags & AC_MASK) &&
        (!env->sys || (env->sys->cr0 & CR0_AM)) && (linear & (align - 1)) &&
        (h->mode >> HF_CPL_SHIFT & 3) == 3) {
        x86_raise(env, EXCP11_ALGN, 0);
    }
    if (unlikely(x86_nb_watches) && !env->sys &&
        x86_watch_access(env, linear, size, how & 1)) {
        tcg_exit_helper(h, EXCP_WATCH, true);
    }
}
X86_HELPER(helper_check_access, 4, false, HE_RDONLY);

/* Before a near branch to offset ip. */
static void helper_check_target(TCGEnv *h, uint64_t ip)
{
    CPUX86State *env = x86_env(h);

    if ((uint32_t)ip > env->segs[R_CS].limit) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
}
X86_HELPER(helper_check_target, 1, false, HE_RDONLY);

/* ---- far transfers ------------------------------------------------------- */

typedef struct Stack {
    CPUX86State *env;
    uint64_t sp, mask, base;
} Stack;

static Stack stack_of(CPUX86State *env)
{
    const SegmentCache *ss = &env->segs[R_SS];

    if (env->h.mode & HF_CS64) {
        return (Stack) { env, env->regs[R_ESP], UINT64_MAX, 0 };
    }
    return (Stack) { env, env->regs[R_ESP],
                     ss->flags & DESC_DB ? UINT32_MAX : 0xffff, ss->base };
}

/* Host address of the n bytes at sp + at. */
static void *stack_at(const Stack *st, int64_t at, unsigned n, bool write)
{
    uint64_t off = (st->sp + at) & st->mask;

    if (st->env->h.mode & HF_CHECK) {
        helper_check_access(&st->env->h, off, R_SS, n, write | n << 8);
    }
    off += st->base;
    return (void *)(uintptr_t)(st->mask == UINT64_MAX ? off : (uint32_t)off);
}

static void stack_move(Stack *st, int64_t by)
{
    uint64_t sp = st->sp + by;

    st->env->regs[R_ESP] = st->mask == 0xffff
        ? (st->sp & ~st->mask) | (sp & st->mask) : sp & st->mask;
}

static uint64_t stack_ld(const Stack *st, int64_t at, unsigned sz)
{
    uint64_t v = 0;

    memcpy(&v, stack_at(st, at, 1 << sz, false), 1 << sz);
#if HOST_BIG_ENDIAN
    v = __builtin_bswap64(v);
#endif
    return v;
}

static void stack_st(const Stack *st, int64_t at, unsigned sz, uint64_t v)
{
#if HOST_BIG_ENDIAN
    v = __builtin_bswap64(v);
#endif
    memcpy(stack_at(st, at, 1 << sz, true), &v, 1 << sz);
}

/* Is ip a place that code segment d has? */
static bool target_ok(const SegmentCache *d, uint64_t ip)
{
    return d->flags & DESC_L ? (int64_t)(ip << 16) >> 16 == (int64_t)ip
                             : ip <= d->limit;
}

static void QEMU_NORETURN go(CPUX86State *env, const SegmentCache *d,
                             uint64_t ip)
{
    uint64_t mode = env->h.mode;

    env->segs[R_CS] = *d;
    if (!(d->flags & DESC_L)) {
        for (int i = 0; i < 8; i++) {
            env->regs[i] = (uint32_t)env->regs[i];
        }
    }
    x86_set_ip(env, ip);
    env->h.mode |= mode & HF_TF;
    leave(env, mode);
}

static uint64_t ip_of_size(uint64_t ip, unsigned sz)
{
    return sz == MO_64 ? ip : sz == MO_32 ? (uint32_t)ip : (uint16_t)ip;
}

/* JMP and CALL to another segment; next is the linear return address. */
static void helper_far(TCGEnv *h, uint64_t sel, uint64_t target, uint64_t sz,
                       uint64_t call, uint64_t next)
{
    CPUX86State *env = x86_env(h);
    uint64_t mode = h->mode;
    SegmentCache d;

    if (env->sys) {
        x86_sys_far(env, sel, target, sz, call,
                    h->mode & HF_CS64 ? next
                    : (uint32_t)(next - env->segs[R_CS].base));
        leave(env, mode);
    }
    sel = (sel & 0xffff) | 3;           /* RPL is CPL afterwards */
    find_segment(env, R_CS, sel, &d);
    target = ip_of_size(target, sz);
    if (call) {
        int n = 1 << sz;
        Stack st = stack_of(env);
        uint64_t ret = next - env->segs[R_CS].base;
        /* ORDER: both must be writable before the first is written. */
        stack_at(&st, -2 * n, n, true);
        stack_st(&st, -n, sz, env->segs[R_CS].selector);
        stack_st(&st, -2 * n, sz, ret);
        if (!target_ok(&d, target)) {
            x86_raise(env, EXCP0D_GPF, 0);
        }
        stack_move(&st, -2 * n);
    } else if (!target_ok(&d, target)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    go(env, &d, target);
}
X86_HELPER(helper_far, 5, false, HE_NORETURN);

static void helper_retf(TCGEnv *h, uint64_t sz, uint64_t bytes)
{
    CPUX86State *env = x86_env(h);
    Stack st;
    int n = 1 << sz;
    uint64_t ip, sel, mode = h->mode;
    SegmentCache d;

    if (env->sys) {
        x86_sys_retf(env, sz, bytes);
        leave(env, mode);
    }
    st = stack_of(env);
    ip = stack_ld(&st, 0, sz);
    sel = stack_ld(&st, n, MO_16);
    find_segment(env, R_CS, sel, &d);
    if (!target_ok(&d, ip)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    stack_move(&st, 2 * n + bytes);
    go(env, &d, ip);
}
X86_HELPER(helper_retf, 2, false, HE_NORETURN);

static void helper_iret(TCGEnv *h, uint64_t sz)
{
    CPUX86State *env = x86_env(h);
    Stack st;
    int n = 1 << sz;
    uint64_t ip, sel, fl, mode = h->mode;
    uint32_t mask = ARITH_MASK | TF_MASK | DF_MASK | NT_MASK | AC_MASK |
                    ID_MASK | RF_MASK;
    SegmentCache d, ss;

    if (env->sys) {
        x86_sys_iret(env, sz);
        leave(env, mode);
    }
    st = stack_of(env);
    ip = stack_ld(&st, 0, sz);
    sel = stack_ld(&st, n, MO_16);
    fl = stack_ld(&st, 2 * n, sz);
    if (env->eflags & NT_MASK) {        /* a task switch: not in long mode */
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (sz == MO_16) {
        mask &= 0xffff;
    }
    find_segment(env, R_CS, sel, &d);
    if (!target_ok(&d, ip)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (h->mode & HF_CS64) {
        uint64_t sp = stack_ld(&st, 3 * n, sz);
        find_segment(env, R_SS, stack_ld(&st, 4 * n, MO_16), &ss);
        env->segs[R_SS] = ss;
        env->regs[R_ESP] = sp;
    } else {
        stack_move(&st, 3 * n);
    }
    x86_set_eflags(env, (x86_get_eflags(env) & ~mask) | (fl & mask));
    go(env, &d, ip);
}
X86_HELPER(helper_iret, 1, false, HE_NORETURN | HE_FLREAD | HE_FLWRITE);
