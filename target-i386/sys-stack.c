/* SPDX-License-Identifier: MIT */
/*
 * Stacks as far transfers and interrupts see them, also of levels still to be
 * entered; and descriptor access.
 * Source: Intel SDM vol. 3 ch. 5.8 and 6.12.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"

/* ---- stacks ------------------------------------------------------------------ */

static unsigned stack_mmu(CPUX86State *env, unsigned cpl)
{
    if (cpl == 3) {
        return MMU_USER;
    }
    return (env->sys->cr4 & CR4_SMAP) && !(env->eflags & AC_MASK)
           ? MMU_KSMAP : MMU_KERNEL;
}

X86Stack x86_stack_new(CPUX86State *env, const SegmentCache *ss, uint64_t sp,
                       unsigned cpl)
{
    X86Stack st = { .env = env, .sp = sp, .ss = ss,
                    .mmu = stack_mmu(env, cpl) };

    if (!ss) {
        st.mask = UINT64_MAX;
    } else {
        st.mask = ss->flags & DESC_DB ? UINT32_MAX : 0xffff;
        st.base = ss->base;
    }
    return st;
}

X86Stack x86_stack(CPUX86State *env)
{
    bool flat = env->segs[R_CS].flags & DESC_L;

    return x86_stack_new(env, flat ? NULL : &env->segs[R_SS],
                         env->regs[R_ESP], env->sys->cpl);
}

static uint64_t stack_addr(const X86Stack *st, unsigned n, bool write)
{
    uint64_t off = st->sp & st->mask;

    if (!st->ss) {
        if (!x86_canonical(st->env, off)) {
            x86_raise(st->env, EXCP0C_STACK, 0);
        }
        return off;
    }
    if (!x86_seg_holds(st->ss, off, n, write)) {
        x86_raise(st->env, EXCP0C_STACK, 0);
    }
    return (uint32_t)(st->base + off);
}

void x86_stack_push(X86Stack *st, uint64_t val, unsigned sz)
{
    uint64_t a;

    st->sp = (st->sp & ~st->mask) | ((st->sp - (1 << sz)) & st->mask);
    a = stack_addr(st, 1 << sz, true);
    val = GUINT64_TO_LE(val);
    softmmu_write(&st->env->h, a, &val, 1 << sz, st->mmu);
}

uint64_t x86_stack_pop(X86Stack *st, unsigned sz)
{
    uint64_t val = 0;

    softmmu_read(&st->env->h, stack_addr(st, 1 << sz, false), &val, 1 << sz,
                 st->mmu);
    st->sp = (st->sp & ~st->mask) | ((st->sp + (1 << sz)) & st->mask);
    return GUINT64_FROM_LE(val);
}

void x86_stack_done(const X86Stack *st)
{
    uint64_t *sp = &st->env->regs[R_ESP];

    *sp = st->mask == 0xffff ? (*sp & ~0xffffull) | (st->sp & 0xffff)
                             : st->sp & st->mask;
}

/* ---- descriptors ---------------------------------------------------------------- */

bool x86_read_descriptor(CPUX86State *env, unsigned sel, uint64_t *desc,
                         uint64_t *addr)
{
    const X86Sys *s = env->sys;
    const SegmentCache *t = sel & 4 ? &s->ldt : &s->gdt;
    unsigned off = sel & 0xfff8;

    if (off + 7 > t->limit || ((sel & 4) && !(t->flags & DESC_P))) {
        return false;
    }
    *addr = t->base + off;
    if (!x86_long_active(s)) {
        *addr = (uint32_t)*addr;
    }
    *desc = x86_ld_sys(env, *addr, 8);
    return true;
}

uint64_t x86_sys_query_seg(CPUX86State *env, unsigned sel, unsigned what)
{
    uint64_t desc, addr;
    SegmentCache d;

    if (!(sel & 0xfffc) || !x86_read_descriptor(env, sel, &desc, &addr)) {
        return 0;
    }
    x86_seg_unpack(desc, sel, &d);
    return x86_seg_query(&d, sel, env->sys->cpl, what,
                         x86_long_active(env->sys));
}

/* ---- the TSS's stacks -------------------------------------------------------------- */

void x86_tss_stack(CPUX86State *env, unsigned dpl, unsigned *ss, uint32_t *esp)
{
    const SegmentCache *tr = &env->sys->tr;
    bool big = tr->flags & 8 << 8;
    unsigned off = big ? 4 + dpl * 8 : 2 + dpl * 4;

    if (off + (big ? 5 : 3) > tr->limit) {
        x86_raise(env, EXCP0A_TSS, tr->selector & 0xfffc);
    }
    if (big) {
        *esp = x86_ld_sys(env, tr->base + off, 4);
        *ss = x86_ld_sys(env, tr->base + off + 4, 2);
    } else {
        *esp = x86_ld_sys(env, tr->base + off, 2);
        *ss = x86_ld_sys(env, tr->base + off + 2, 2);
    }
}

/* n: 0..2 RSPn, 3 + i: ISTi (i from 1) */
uint64_t x86_tss_rsp(CPUX86State *env, unsigned n)
{
    const SegmentCache *tr = &env->sys->tr;
    unsigned off = n < 3 ? 4 + n * 8 : 36 + (n - 4) * 8;

    if (off + 7 > tr->limit) {
        x86_raise(env, EXCP0A_TSS, tr->selector & 0xfffc);
    }
    return x86_ld_sys(env, tr->base + off, 8);
}
