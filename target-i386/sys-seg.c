/* SPDX-License-Identifier: MIT */
/*
 * Segment registers and far transfers at system level: jumps, calls through
 * gates, returns, IRET.
 * Flow: helpers -> (this) -> seg.c, sys-stack.c, sys-task.c.
 * Source: Intel SDM vol. 2 (JMP, CALL, RET, IRET), vol. 3 ch. 5 and 6.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"

/* ---- segment registers --------------------------------------------------------- */

void x86_set_real_seg(CPUX86State *env, unsigned seg, unsigned sel, bool v86)
{
    SegmentCache *s = &env->segs[seg];

    s->selector = sel & 0xffff;
    s->base = s->selector << 4;
    if (v86) {
        s->limit = 0xffff;
        s->flags = DESC_P | DESC_S | DESC_RW | DESC_A | 3 << DESC_DPL_SHIFT;
    } else if (seg == R_CS) {
        /* Like a writable data segment; the limit stays. */
        s->flags = DESC_P | DESC_S | DESC_RW | DESC_A;
    }
}

static void QEMU_NORETURN raise_sel(CPUX86State *env, unsigned vector,
                                    unsigned sel)
{
    x86_raise(env, vector, sel & 0xfffc);
}

/* Sets the accessed bit. */
static void touch(CPUX86State *env, uint64_t desc, uint64_t addr,
                  SegmentCache *d)
{
    if (!(d->flags & DESC_A)) {
        x86_st_sys(env, addr + 5, (desc >> 40 & 0xff) | 1, 1);
        d->flags |= DESC_A;
    }
}

/* The descriptor of a non-null selector; #GP(sel) if there is none. */
static uint64_t need_descriptor(CPUX86State *env, unsigned sel,
                                uint64_t *addr, unsigned vector)
{
    uint64_t desc;

    if (!x86_read_descriptor(env, sel, &desc, addr)) {
        raise_sel(env, vector, sel);
    }
    return desc;
}

/* A code segment cache as the processor uses it. */
static void unpack_code(CPUX86State *env, uint64_t desc, unsigned sel,
                        SegmentCache *d)
{
    x86_seg_unpack(desc, sel, d);
    if (!x86_long_active(env->sys)) {
        d->flags &= ~(uint32_t)DESC_L;
    }
}

void x86_sys_load_seg(CPUX86State *env, unsigned seg, unsigned sel)
{
    X86Sys *s = env->sys;
    uint64_t desc, addr;
    SegmentCache d;
    unsigned vector;

    sel &= 0xffff;
    if (x86_real_or_v86(env)) {
        x86_set_real_seg(env, seg, sel, env->eflags & VM_MASK);
    } else if (!(sel & 0xfffc)) {
        if (seg == R_SS && (!(env->h.mode & HF_CS64) || s->cpl == 3 ||
                            (sel & 3) != s->cpl)) {
            x86_raise(env, EXCP0D_GPF, 0);
        }
        env->segs[seg] = (SegmentCache){ .selector = sel };
        if (seg == R_SS) {
            env->segs[seg].flags = DESC_P | DESC_S | DESC_RW | DESC_DB |
                                   s->cpl << DESC_DPL_SHIFT;
            env->segs[seg].limit = UINT32_MAX;
        }
    } else {
        desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
        x86_seg_unpack(desc, sel, &d);
        vector = x86_seg_load_fault(&d, seg, sel, s->cpl);
        if (vector) {
            raise_sel(env, vector, sel);
        }
        touch(env, desc, addr, &d);
        env->segs[seg] = d;
    }
    if (seg == R_SS) {
        s->inhibit = true;
        s->inhibit_pc = tcg_helper_pc(&env->h);
    }
    x86_sys_update_mode(env);
}

/* The upper half of a 64-bit system descriptor's base. */
static void upper_base(CPUX86State *env, uint64_t addr, SegmentCache *d)
{
    if (x86_long_active(env->sys)) {
        d->base |= x86_ld_sys(env, addr + 8, 4) << 32;
        if (!x86_canonical(env, d->base)) {
            raise_sel(env, EXCP0D_GPF, d->selector);
        }
    }
}

void x86_sys_load_ldt(CPUX86State *env, unsigned sel)
{
    uint64_t desc, addr;
    SegmentCache d;

    sel &= 0xffff;
    if (!(sel & 0xfffc)) {
        env->sys->ldt = (SegmentCache){ .selector = sel };
        return;
    }
    if (sel & 4) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
    x86_seg_unpack(desc, sel, &d);
    if ((d.flags & DESC_S) || (d.flags >> 8 & 15) != 2) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    if (!(d.flags & DESC_P)) {
        raise_sel(env, EXCP0B_NOSEG, sel);
    }
    upper_base(env, addr, &d);
    env->sys->ldt = d;
}

void x86_sys_load_tr(CPUX86State *env, unsigned sel)
{
    uint64_t desc, addr;
    SegmentCache d;
    unsigned type;

    sel &= 0xffff;
    if (!(sel & 0xfffc)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (sel & 4) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
    x86_seg_unpack(desc, sel, &d);
    type = d.flags >> 8 & 15;
    if ((d.flags & DESC_S) ||
        !(type == 9 || (type == 1 && !x86_long_active(env->sys)))) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    if (!(d.flags & DESC_P)) {
        raise_sel(env, EXCP0B_NOSEG, sel);
    }
    upper_base(env, addr, &d);
    x86_st_sys(env, addr + 5, (desc >> 40 & 0xff) | 2, 1);
    d.flags |= 2 << 8;
    env->sys->tr = d;
}

void x86_drop_segs(CPUX86State *env, unsigned cpl)
{
    static const uint8_t segs[] = { R_ES, R_DS, R_FS, R_GS };

    for (unsigned i = 0; i < ARRAY_SIZE(segs); i++) {
        SegmentCache *s = &env->segs[segs[i]];
        bool conforming = (s->flags & (DESC_CODE | DESC_CE)) ==
                          (DESC_CODE | DESC_CE);

        if ((s->flags & DESC_P) && !conforming && x86_seg_dpl(s) < cpl) {
            uint64_t base = segs[i] >= R_FS ? s->base : 0;

            *s = (SegmentCache){ .base = base };
        }
    }
}

/* ---- going there ------------------------------------------------------------------ */

static uint64_t ip_of_size(uint64_t ip, unsigned sz)
{
    return sz == MO_64 ? ip : sz == MO_32 ? (uint32_t)ip : (uint16_t)ip;
}

/* #GP(0) if code segment d has no such place. */
static void check_target(CPUX86State *env, const SegmentCache *d, uint64_t ip)
{
    if (d->flags & DESC_L ? !x86_canonical(env, ip) : ip > d->limit) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
}

static void go(CPUX86State *env, const SegmentCache *d, unsigned cpl,
               uint64_t ip)
{
    bool was64 = env->h.mode & HF_CS64;

    env->segs[R_CS] = *d;
    env->segs[R_CS].selector = (d->selector & 0xfffc) | cpl;
    env->sys->cpl = cpl;
    if (was64 && !(d->flags & DESC_L)) {
        for (int i = 0; i < 8; i++) {
            env->regs[i] = (uint32_t)env->regs[i];
        }
    }
    x86_sys_set_ip(env, ip);
}

static void real_far(CPUX86State *env, unsigned sel, uint64_t off,
                     unsigned sz, bool call, uint64_t next_ip)
{
    if (off > 0xffff && off > env->segs[R_CS].limit) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (call) {
        X86Stack st = x86_stack(env);

        x86_stack_push(&st, env->segs[R_CS].selector, sz);
        x86_stack_push(&st, next_ip, sz);
        x86_stack_done(&st);
    }
    x86_set_real_seg(env, R_CS, sel, env->eflags & VM_MASK);
    x86_sys_set_ip(env, off);
}

/* ---- call gates -------------------------------------------------------------------- */

typedef struct Gate {
    unsigned sel, params, sz;
    uint64_t off;
} Gate;

static Gate read_gate(CPUX86State *env, unsigned sel, uint64_t desc,
                      uint64_t addr)
{
    unsigned type = desc >> 40 & 15;
    Gate g = {
        .sel = desc >> 16 & 0xffff, .params = desc >> 32 & 31,
        .sz = type == 4 ? MO_16 : MO_32,
        .off = (desc & 0xffff) | (desc >> 32 & 0xffff0000),
    };

    if (x86_long_active(env->sys)) {
        uint64_t hi = x86_ld_sys(env, addr + 8, 8);

        if (hi >> 40 & 0x1f) {
            raise_sel(env, EXCP0D_GPF, sel);
        }
        g.off |= hi << 32;
        g.sz = MO_64;
        g.params = 0;
    } else if (type == 4) {
        g.off &= 0xffff;
    }
    return g;
}

/* Calls inner code: a new stack from the TSS, parameters copied. */
static void call_inner(CPUX86State *env, const Gate *g, const SegmentCache *cs,
                       uint64_t next_ip)
{
    unsigned dpl = x86_seg_dpl(cs), ss_sel = dpl, i;
    X86Stack old = x86_stack(env), st;
    SegmentCache ss;
    uint64_t desc, addr, params[31];

    if (g->sz == MO_64) {
        ss = (SegmentCache){ .selector = dpl, .limit = UINT32_MAX,
                             .flags = DESC_P | DESC_S | DESC_RW | DESC_DB |
                                      dpl << DESC_DPL_SHIFT };
        st = x86_stack_new(env, NULL, x86_tss_rsp(env, dpl), dpl);
    } else {
        uint32_t esp;
        unsigned vector;

        x86_tss_stack(env, dpl, &ss_sel, &esp);
        if (!(ss_sel & 0xfffc)) {
            raise_sel(env, EXCP0A_TSS, ss_sel);
        }
        desc = need_descriptor(env, ss_sel, &addr, EXCP0A_TSS);
        x86_seg_unpack(desc, ss_sel, &ss);
        vector = x86_seg_load_fault(&ss, R_SS, ss_sel, dpl);
        if (vector) {
            raise_sel(env, vector == EXCP0C_STACK ? vector : EXCP0A_TSS,
                      ss_sel);
        }
        st = x86_stack_new(env, &ss, esp, dpl);
        for (i = 0; i < g->params; i++) {
            params[i] = x86_stack_pop(&old, g->sz);
        }
    }
    x86_stack_push(&st, env->segs[R_SS].selector, g->sz);
    x86_stack_push(&st, env->regs[R_ESP], g->sz);
    for (i = g->params; i-- > 0;) {
        x86_stack_push(&st, params[i], g->sz);
    }
    x86_stack_push(&st, env->segs[R_CS].selector, g->sz);
    x86_stack_push(&st, next_ip, g->sz);
    env->segs[R_SS] = ss;
    x86_stack_done(&st);
    go(env, cs, dpl, g->off);
}

static void through_gate(CPUX86State *env, unsigned sel, uint64_t desc,
                         uint64_t addr, bool call, uint64_t next_ip)
{
    unsigned cpl = env->sys->cpl, dpl = desc >> 45 & 3;
    SegmentCache cs;
    bool conforming;
    Gate g;

    if (dpl < cpl || dpl < (sel & 3)) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    if (!(desc >> 47 & 1)) {
        raise_sel(env, EXCP0B_NOSEG, sel);
    }
    g = read_gate(env, sel, desc, addr);
    if (!(g.sel & 0xfffc)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    desc = need_descriptor(env, g.sel, &addr, EXCP0D_GPF);
    unpack_code(env, desc, g.sel, &cs);
    dpl = x86_seg_dpl(&cs);
    conforming = cs.flags & DESC_CE;
    if ((cs.flags & (DESC_S | DESC_CODE)) != (DESC_S | DESC_CODE) ||
        dpl > cpl || (!call && !conforming && dpl != cpl) ||
        (g.sz == MO_64 && (cs.flags & (DESC_L | DESC_DB)) != DESC_L)) {
        raise_sel(env, EXCP0D_GPF, g.sel);
    }
    if (!(cs.flags & DESC_P)) {
        raise_sel(env, EXCP0B_NOSEG, g.sel);
    }
    check_target(env, &cs, g.off);
    touch(env, desc, addr, &cs);
    if (call && !conforming && dpl < cpl) {
        call_inner(env, &g, &cs, next_ip);
        return;
    }
    if (call) {
        X86Stack st = x86_stack(env);

        x86_stack_push(&st, env->segs[R_CS].selector, g.sz);
        x86_stack_push(&st, next_ip, g.sz);
        x86_stack_done(&st);
    }
    go(env, &cs, cpl, g.off);
}

/* ---- JMP and CALL ------------------------------------------------------------------- */

static void far_system(CPUX86State *env, unsigned sel, uint64_t desc,
                       uint64_t addr, bool call, uint64_t next_ip)
{
    unsigned type = desc >> 40 & 15, dpl = desc >> 45 & 3;
    bool lma = x86_long_active(env->sys);

    if (type == 12 || (type == 4 && !lma)) {
        through_gate(env, sel, desc, addr, call, next_ip);
        return;
    }
    if (lma || (type != 1 && type != 9 && type != 5)) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    if (dpl < env->sys->cpl || dpl < (sel & 3)) {
        raise_sel(env, EXCP0D_GPF, sel);
    }
    if (!(desc >> 47 & 1)) {
        raise_sel(env, EXCP0B_NOSEG, sel);
    }
    if (type == 5) {
        sel = desc >> 16 & 0xffff;
        if (!(sel & 0xfffc) || (sel & 4)) {
            raise_sel(env, EXCP0D_GPF, sel);
        }
        desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
        type = desc >> 40 & 31;
        if (type != 1 && type != 9) {
            raise_sel(env, EXCP0D_GPF, sel);
        }
        if (!(desc >> 47 & 1)) {
            raise_sel(env, EXCP0B_NOSEG, sel);
        }
    }
    x86_task_switch(env, sel, desc, addr, call ? TASK_CALL : TASK_JMP,
                    next_ip, -1);
}

void x86_sys_far(CPUX86State *env, unsigned sel, uint64_t off, unsigned sz,
                 bool call, uint64_t next_ip)
{
    unsigned cpl = env->sys->cpl, vector;
    uint64_t desc, addr;
    SegmentCache d;

    sel &= 0xffff;
    off = ip_of_size(off, sz);
    if (x86_real_or_v86(env)) {
        real_far(env, sel, off, sz, call, next_ip);
        return;
    }
    if (!(sel & 0xfffc)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
    unpack_code(env, desc, sel, &d);
    if (!(d.flags & DESC_S)) {
        far_system(env, sel, desc, addr, call, next_ip);
        return;
    }
    vector = x86_seg_code_fault(&d, sel, cpl, false);
    if (vector) {
        raise_sel(env, vector, sel);
    }
    check_target(env, &d, off);
    touch(env, desc, addr, &d);
    if (call) {
        X86Stack st = x86_stack(env);

        x86_stack_push(&st, env->segs[R_CS].selector, sz);
        x86_stack_push(&st, next_ip, sz);
        x86_stack_done(&st);
    }
    go(env, &d, cpl, off);
}

/* ---- returns ----------------------------------------------------------------------- */

/* Code segment of a return to sel; raises what it must. */
static void return_code(CPUX86State *env, unsigned sel, SegmentCache *d)
{
    uint64_t desc, addr;
    unsigned vector;

    if (!(sel & 0xfffc)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
    unpack_code(env, desc, sel, d);
    vector = x86_seg_code_fault(d, sel, env->sys->cpl, true);
    if (vector) {
        raise_sel(env, vector, sel);
    }
    touch(env, desc, addr, d);
}

/* Stack segment of a return to level cpl. */
static void return_stack(CPUX86State *env, unsigned sel, unsigned cpl,
                         const SegmentCache *cs, SegmentCache *ss)
{
    uint64_t desc, addr;
    unsigned vector;

    if (!(sel & 0xfffc)) {
        if (!(cs->flags & DESC_L) || cpl == 3 || (sel & 3) != cpl) {
            x86_raise(env, EXCP0D_GPF, 0);
        }
        *ss = (SegmentCache){ .selector = sel, .limit = UINT32_MAX,
                              .flags = DESC_P | DESC_S | DESC_RW | DESC_DB |
                                       cpl << DESC_DPL_SHIFT };
        return;
    }
    desc = need_descriptor(env, sel, &addr, EXCP0D_GPF);
    x86_seg_unpack(desc, sel, ss);
    vector = x86_seg_load_fault(ss, R_SS, sel, cpl);
    if (vector) {
        raise_sel(env, vector, sel);
    }
    touch(env, desc, addr, ss);
}

static void set_new_sp(CPUX86State *env, const SegmentCache *cs,
                       const SegmentCache *ss, uint64_t sp, unsigned extra)
{
    X86Stack st = x86_stack_new(env, cs->flags & DESC_L ? NULL : ss, sp,
                                cs->selector & 3);

    st.sp = (sp & ~st.mask) | ((sp + extra) & st.mask);
    x86_stack_done(&st);
}

void x86_sys_retf(CPUX86State *env, unsigned sz, unsigned bytes)
{
    X86Stack st = x86_stack(env);
    uint64_t ip = x86_stack_pop(&st, sz), sp;
    unsigned sel = x86_stack_pop(&st, sz) & 0xffff, rpl = sel & 3;
    SegmentCache cs, ss;

    ip = ip_of_size(ip, sz);
    if (x86_real_or_v86(env)) {
        if (ip > 0xffff && ip > env->segs[R_CS].limit) {
            x86_raise(env, EXCP0D_GPF, 0);
        }
        st.sp = (st.sp & ~st.mask) | ((st.sp + bytes) & st.mask);
        x86_stack_done(&st);
        x86_set_real_seg(env, R_CS, sel, env->eflags & VM_MASK);
        x86_sys_set_ip(env, ip);
        return;
    }
    return_code(env, sel, &cs);
    if (rpl == env->sys->cpl) {
        check_target(env, &cs, ip);
        st.sp = (st.sp & ~st.mask) | ((st.sp + bytes) & st.mask);
        x86_stack_done(&st);
        go(env, &cs, rpl, ip);
        return;
    }
    st.sp = (st.sp & ~st.mask) | ((st.sp + bytes) & st.mask);
    sp = x86_stack_pop(&st, sz);
    sel = x86_stack_pop(&st, sz) & 0xffff;
    return_stack(env, sel, rpl, &cs, &ss);
    check_target(env, &cs, ip);
    env->segs[R_SS] = ss;
    set_new_sp(env, &cs, &ss, sp, bytes);
    go(env, &cs, rpl, ip);
    x86_drop_segs(env, rpl);
    x86_sys_update_mode(env);
}

static void iret_real(CPUX86State *env, unsigned sz)
{
    X86Stack st = x86_stack(env);
    uint32_t mask = ARITH_MASK | TF_MASK | IF_MASK | DF_MASK | NT_MASK |
                    AC_MASK | ID_MASK | RF_MASK;
    uint64_t ip, fl;
    unsigned sel;

    if (env->eflags & VM_MASK) {
        x86_check_v86_flags(env, sz);
    } else {
        mask |= IOPL_MASK;
    }
    ip = ip_of_size(x86_stack_pop(&st, sz), sz);
    sel = x86_stack_pop(&st, sz) & 0xffff;
    fl = x86_stack_pop(&st, sz);
    if (ip > 0xffff && ip > env->segs[R_CS].limit) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    if (sz == MO_16) {
        mask &= 0xffff;
    }
    if (env->eflags & VM_MASK) {
        x86_check_v86_new_flags(env, fl);
    }
    if (x86_if_is_virtual(env)) {
        x86_set_virtual_if(env, fl & IF_MASK);
        mask &= ~(uint32_t)IF_MASK;
    }
    x86_stack_done(&st);
    x86_set_real_seg(env, R_CS, sel, env->eflags & VM_MASK);
    x86_set_eflags(env, (x86_get_eflags(env) & ~mask) | (fl & mask));
    x86_sys_set_ip(env, ip);
}

/* Back to virtual-8086 mode: everything is on the stack. */
static void iret_v86(CPUX86State *env, X86Stack *st, uint64_t ip,
                     unsigned cs, uint64_t fl)
{
    const uint8_t order[] = { R_ES, R_DS, R_FS, R_GS };
    uint32_t esp = x86_stack_pop(st, MO_32), ss = x86_stack_pop(st, MO_32);
    uint32_t sel[4];

    for (unsigned i = 0; i < 4; i++) {
        sel[i] = x86_stack_pop(st, MO_32);
    }
    x86_set_eflags(env, fl);
    env->sys->cpl = 3;
    x86_set_real_seg(env, R_CS, cs, true);
    x86_set_real_seg(env, R_SS, ss, true);
    for (unsigned i = 0; i < 4; i++) {
        x86_set_real_seg(env, order[i], sel[i], true);
    }
    env->regs[R_ESP] = esp;
    x86_sys_set_ip(env, ip & 0xffff);
}

static void iret_task(CPUX86State *env)
{
    X86Sys *s = env->sys;
    unsigned sel;
    uint64_t desc, addr;

    if (x86_long_active(s)) {
        x86_raise(env, EXCP0D_GPF, 0);
    }
    sel = x86_ld_sys(env, s->tr.base, 2);
    if ((sel & 4) || !(sel & 0xfffc)) {
        raise_sel(env, EXCP0A_TSS, sel);
    }
    desc = need_descriptor(env, sel, &addr, EXCP0A_TSS);
    if ((desc >> 40 & 0x17) != 3) {         /* busy, 16 or 32 bits */
        raise_sel(env, EXCP0A_TSS, sel);
    }
    x86_task_switch(env, sel, desc, addr, TASK_IRET, x86_eip(env), -1);
}

/* What IRET may change of EFLAGS at level cpl. */
static uint32_t iret_mask(CPUX86State *env, unsigned cpl, unsigned sz)
{
    uint32_t mask = ARITH_MASK | TF_MASK | DF_MASK | NT_MASK | AC_MASK |
                    ID_MASK | RF_MASK;

    if (cpl == 0) {
        mask |= IOPL_MASK | VIF_MASK | VIP_MASK;
    }
    if (cpl <= x86_iopl(env)) {
        mask |= IF_MASK;
    }
    return sz == MO_16 ? mask & 0xffff : mask;
}

/* RF only matters where breakpoints are looked for; there it is cleared behind
 * the next instruction. */
static void drop_rf(CPUX86State *env)
{
    if (!env->sys->debug_step) {
        env->eflags &= ~(uint64_t)RF_MASK;
    }
}

void x86_sys_iret(CPUX86State *env, unsigned sz)
{
    X86Sys *s = env->sys;
    bool long64 = env->h.mode & HF_CS64;
    X86Stack st = x86_stack(env);
    uint64_t ip, fl, sp = 0;
    unsigned sel, rpl, old = s->cpl, mask;
    SegmentCache cs, ss = { 0 };
    bool outer;

    s->nmi_masked = false;
    if (x86_real_or_v86(env)) {
        iret_real(env, sz);
        drop_rf(env);
        return;
    }
    if (env->eflags & NT_MASK) {
        iret_task(env);
        return;
    }
    ip = ip_of_size(x86_stack_pop(&st, sz), sz);
    sel = x86_stack_pop(&st, sz) & 0xffff;
    fl = x86_stack_pop(&st, sz);
    if ((fl & VM_MASK) && sz == MO_32 && old == 0 && !x86_long_active(s)) {
        iret_v86(env, &st, ip, sel, fl);
        return;
    }
    return_code(env, sel, &cs);
    rpl = sel & 3;
    outer = long64 || rpl != old;
    if (outer) {
        sp = x86_stack_pop(&st, sz);
        return_stack(env, x86_stack_pop(&st, sz) & 0xffff, rpl, &cs, &ss);
    }
    check_target(env, &cs, ip);
    mask = iret_mask(env, old, sz);
    x86_set_eflags(env, (x86_get_eflags(env) & ~mask) | (fl & mask));
    if (outer) {
        env->segs[R_SS] = ss;
        set_new_sp(env, &cs, &ss, sp, 0);
    } else {
        x86_stack_done(&st);
    }
    drop_rf(env);
    go(env, &cs, rpl, ip);
    if (rpl != old) {
        x86_drop_segs(env, rpl);
        x86_sys_update_mode(env);
    }
}
