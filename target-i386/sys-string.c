/* SPDX-License-Identifier: MIT */
/*
 * REP MOVS and STOS page by page, and INS and OUTS, at system level.  Registers
 * are up to date at each element, so that faults and interrupts restart it.
 * Flow: gen-string.c -> (this) -> tcg/softmmu.c.
 */
#include "util/osdep.h"
#include "target-i386/sys-helper.h"
#include "target-i386/translate.h"

typedef struct String {
    CPUX86State *env;
    unsigned op, sz, asz, seg, mmu;
    uint64_t mask;
    int64_t step;
    bool flat64;
    bool odd;               /* something else than plain memory was written */
} String;

static uint64_t linear(const String *s, unsigned seg, unsigned reg)
{
    uint64_t off = s->env->regs[reg] & s->mask;

    if (s->flat64) {
        return seg >= R_FS ? s->env->segs[seg].base + off : off;
    }
    return (uint32_t)(s->env->segs[seg].base + off);
}

static void set_reg(const String *s, unsigned reg, uint64_t val)
{
    uint64_t *r = &s->env->regs[reg];

    *r = s->asz == MO_16 ? (*r & ~0xffffull) | (val & 0xffff) : val & s->mask;
}

static void advance(const String *s, unsigned reg, int64_t n)
{
    set_reg(s, reg, s->env->regs[reg] + n * s->step);
}

/* Elements from addr on in its page, and before the offset in reg wraps. */
static uint64_t run(const String *s, uint64_t addr, unsigned reg)
{
    uint64_t up = (4096 - (addr & 4095)) >> s->sz;
    uint64_t off = s->env->regs[reg] & s->mask;
    uint64_t wrap = (s->mask - off) >> s->sz;

    if (s->step > 0 || !up || !wrap) {
        return MIN(up, wrap);
    }
    return MIN((addr & 4095) >> s->sz, off >> s->sz) + 1;
}

/* The lowest of n elements at addr. */
static uint64_t lowest(const String *s, uint64_t addr, uint64_t n)
{
    return s->step > 0 ? addr : addr - ((n - 1) << s->sz);
}

/* What is there already is copied behind itself, twice as much each time. */
static void fill(uint8_t *p, uint64_t val, unsigned sz, uint64_t n)
{
    uint64_t len = n << sz, done = 1 << sz;

    if (sz == MO_8 || !val) {
        memset(p, val, len);
        return;
    }
    val = GUINT64_TO_LE(val);
    memcpy(p, &val, done);
    for (; done < len; done *= 2) {
        memcpy(p + done, p, MIN(done, len - done));
    }
}

/* As element by element; down: from the highest one. */
static void move(uint8_t *d, const uint8_t *p, unsigned sz, uint64_t n,
                 bool down)
{
    int64_t step = down ? -(1 << sz) : 1 << sz;
    uint64_t len = n << sz;

    if (down ? d >= p || d + len <= p : d <= p || d >= p + len) {
        memmove(d, p, len);
        return;
    }
    if (down) {
        d += len + step;
        p += len + step;
    }
    for (; n; n--, d += step, p += step) {
        uint64_t v;

        memcpy(&v, p, 1 << sz);         /* what was written is read again */
        memcpy(d, &v, 1 << sz);
    }
}

/* n elements between plain memory and where the instruction says. */
static void transfer(const String *s, uint8_t *d, const uint8_t *p, uint64_t n)
{
    CPUX86State *env = s->env;
    unsigned port = env->regs[R_EDX] & 0xffff;

    switch (s->op) {
    case STRING_MOVS:
        move(d, p, s->sz, n, s->step < 0);
        break;
    case STRING_STOS:
        fill(d, env->regs[R_EAX], s->sz, n);
        break;
    case STRING_INS:
        x86_sys_ops.port_in_string(env, port, 1 << s->sz, d, n);
        break;
    case STRING_OUTS:
        x86_sys_ops.port_out_string(env, port, 1 << s->sz, p, n);
        break;
    }
}

/* A run of plain memory; 0: there is none here. */
static uint64_t many(String *s, uint64_t max)
{
    bool loads = s->op == STRING_MOVS || s->op == STRING_OUTS;
    bool stores = s->op != STRING_OUTS;
    uint64_t from = linear(s, s->seg, R_ESI), to = linear(s, R_ES, R_EDI);
    uint64_t n = MIN(max, stores ? run(s, to, R_EDI) : max);
    TCGEnv *h = &s->env->h;
    uint8_t *d = NULL, *p = NULL;

    n = MIN(n, loads ? run(s, from, R_ESI) : n);
    if (n && loads) {
        p = softmmu_host(h, lowest(s, from, n), n << s->sz, MMU_READ, s->mmu);
    }
    if (n && stores && (p || !loads)) {
        d = softmmu_host(h, lowest(s, to, n), n << s->sz, MMU_WRITE, s->mmu);
    }
    if ((loads && !p) || (stores && !d)) {
        return 0;
    }
    transfer(s, d, p, n);
    if (loads) {
        advance(s, R_ESI, n);
    }
    if (stores) {
        advance(s, R_EDI, n);
    }
    return n;
}

/* Data breakpoints, before anything is done. */
static void check(const String *s)
{
    TCGEnv *h = &s->env->h;

    if (likely(!(s->env->sys->dr[7] & 0xff))) {
        return;
    }
    if (s->op == STRING_MOVS || s->op == STRING_OUTS) {
        mmu_hooks.check(h, linear(s, s->seg, R_ESI), 1 << s->sz, MMU_ACC_LD);
    }
    if (s->op != STRING_OUTS) {
        mmu_hooks.check(h, linear(s, R_ES, R_EDI), 1 << s->sz, MMU_ACC_ST);
    }
}

/* #GP or #SS if an element of INS or OUTS is not within its segment. */
static void check_limit(const String *s)
{
    bool stores = s->op != STRING_OUTS;
    unsigned seg = stores ? R_ES : s->seg;
    uint64_t off = s->env->regs[stores ? R_EDI : R_ESI] & s->mask;

    if (!s->flat64 && !x86_seg_holds(&s->env->segs[seg], off, 1 << s->sz,
                                     stores)) {
        x86_raise(s->env, seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF, 0);
    }
}

static void element(String *s)
{
    CPUX86State *env = s->env;
    TCGEnv *h = &env->h;
    unsigned size = 1 << s->sz, port = env->regs[R_EDX] & 0xffff;
    uint64_t v = 0;

    check(s);
    if (s->op > STRING_STOS) {
        check_limit(s);
    }
    if (s->op == STRING_MOVS || s->op == STRING_OUTS) {
        softmmu_read(h, linear(s, s->seg, R_ESI), &v, size, s->mmu);
    } else if (s->op == STRING_STOS) {
        v = GUINT64_TO_LE(env->regs[R_EAX]);
    } else {
        softmmu_probe(h, linear(s, R_ES, R_EDI), size, MMU_WRITE, s->mmu);
        v = GUINT64_TO_LE(x86_sys_ops.port_in(env, port, size));
    }
    if (s->op == STRING_OUTS) {
        x86_sys_ops.port_out(env, port, GUINT64_FROM_LE(v), size);
    } else {
        softmmu_write(h, linear(s, R_ES, R_EDI), &v, size, s->mmu);
        advance(s, R_EDI, 1);
        s->odd = true;
    }
    if (s->op == STRING_MOVS || s->op == STRING_OUTS) {
        advance(s, R_ESI, 1);
    }
}

/* An element done in single-step mode: traps, in the midst of it with RF set. */
static void step(CPUX86State *env, uint64_t pc, bool more)
{
    env->eflags &= ~(uint64_t)RF_MASK;
    if (more) {
        env->eflags |= RF_MASK;
        env->h.pc = pc;
        tcg_exit_helper(&env->h, TCG_EXIT_STEP, false);
    }
}

static void helper_string(TCGEnv *h, uint64_t desc, uint64_t pc, uint64_t next)
{
    CPUX86State *env = (CPUX86State *)h;
    String s = {
        .env = env, .op = desc & 15, .sz = desc >> STRING_SZ_SHIFT & 15,
        .asz = desc >> STRING_ASZ_SHIFT & 15,
        .seg = desc >> STRING_SEG_SHIFT & 15, .mmu = h->mmu->mode,
        .flat64 = h->mode & HF_CS64,
    };
    bool rep = desc & STRING_REP, io = s.op > STRING_STOS;
    bool limits = h->mode & (HF_CHECK | HF_FSCHK | HF_GSCHK |
                             (s.asz == MO_32 ? HF_LIM16 : 0));

    s.mask = s.asz == MO_64 ? UINT64_MAX : s.asz == MO_32 ? UINT32_MAX
                                                          : 0xffff;
    s.step = env->eflags & DF_MASK ? -(1 << s.sz) : 1 << s.sz;
    if (io && (!rep || (env->regs[R_ECX] & s.mask))) {
        x86_check_io(env, env->regs[R_EDX] & 0xffff, 1 << s.sz);
    }
    if (!rep) {
        element(&s);
        return;
    }
    while (env->regs[R_ECX] & s.mask) {
        uint64_t left = env->regs[R_ECX] & s.mask, n = 0;

        if (__atomic_load_n(&h->exit_request, __ATOMIC_RELAXED)) {
            h->pc = pc;
            tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
        }
        if (!io || (s.step > 0 && !limits)) {
            n = many(&s, h->mode & HF_TF ? 1 : left);
        }
        if (!n) {
            element(&s);
            n = 1;
        }
        set_reg(&s, R_ECX, left - n);
        if (h->mode & HF_TF) {
            step(env, pc, left > 1);
        }
    }
    if (s.odd && !(h->mode & HF_TF)) {      /* it may have been this code */
        h->pc = next;
        tcg_exit_helper(h, TCG_EXIT_REQUEST, false);
    }
}
X86_HELPER(helper_string, 3, false, 0);
