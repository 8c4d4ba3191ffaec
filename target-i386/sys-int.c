/* SPDX-License-Identifier: MIT */
/*
 * Delivery of interrupts and exceptions: through the real-mode table, gates of
 * protected and of long mode; double and triple faults.
 * Source: Intel SDM vol. 3 ch. 6, AMD APM vol. 2 ch. 8.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"
#include "util/log.h"

typedef struct Delivery {
    CPUX86State *env;
    unsigned vector;
    bool soft;              /* INT n, INT3, INTO: the gate's DPL counts */
    bool has_error;
    uint32_t error;
    uint64_t ip;            /* to return to */
    uint32_t eflags;        /* to be pushed */
} Delivery;

/* #GP and kin that name the IDT's entry. */
static void QEMU_NORETURN fail(Delivery *d, unsigned vector)
{
    x86_raise(d->env, vector, d->vector * 8 + 2 + !d->soft);
}

static void QEMU_NORETURN fail_sel(Delivery *d, unsigned vector, unsigned sel)
{
    x86_raise(d->env, vector, (sel & 0xfffc) + !d->soft);
}

static void set_flags(CPUX86State *env, uint32_t clear)
{
    x86_set_eflags(env, x86_get_eflags(env) & ~clear);
}

/* ---- real mode -------------------------------------------------------------------- */

static void deliver_real(Delivery *d)
{
    CPUX86State *env = d->env;
    const SegmentCache *idt = &env->sys->idt;
    X86Stack st = x86_stack(env);
    uint32_t to;

    if (d->vector * 4 + 3 > idt->limit) {
        fail(d, EXCP0D_GPF);
    }
    to = x86_ld_sys(env, idt->base + d->vector * 4, 4);
    x86_stack_push(&st, d->eflags, MO_16);
    x86_stack_push(&st, env->segs[R_CS].selector, MO_16);
    x86_stack_push(&st, d->ip, MO_16);
    x86_stack_done(&st);
    set_flags(env, IF_MASK | TF_MASK | AC_MASK | RF_MASK);
    x86_set_real_seg(env, R_CS, to >> 16, false);
    x86_sys_set_ip(env, to & 0xffff);
}

/* ---- protected mode ----------------------------------------------------------------- */

typedef struct IntGate {
    uint64_t lo, hi;        /* hi: long mode only */
    unsigned type, sel;
    uint64_t off;
} IntGate;

static IntGate read_gate(Delivery *d, bool lma)
{
    CPUX86State *env = d->env;
    const SegmentCache *idt = &env->sys->idt;
    unsigned size = lma ? 16 : 8, dpl;
    uint64_t at = idt->base + d->vector * size;
    IntGate g = { 0 };

    if (d->vector * size + size - 1 > idt->limit) {
        fail(d, EXCP0D_GPF);
    }
    g.lo = x86_ld_sys(env, at, 8);
    g.hi = lma ? x86_ld_sys(env, at + 8, 8) : 0;
    g.type = g.lo >> 40 & 31;
    g.sel = g.lo >> 16 & 0xffff;
    g.off = (g.lo & 0xffff) | (g.lo >> 32 & 0xffff0000) | g.hi << 32;
    dpl = g.lo >> 45 & 3;
    if (lma ? g.type != 14 && g.type != 15
            : g.type != 5 && g.type != 6 && g.type != 7 && g.type != 14 &&
              g.type != 15) {
        fail(d, EXCP0D_GPF);
    }
    if (d->soft && dpl < env->sys->cpl) {
        fail(d, EXCP0D_GPF);
    }
    if (!(g.lo >> 47 & 1)) {
        fail(d, EXCP0B_NOSEG);
    }
    return g;
}

static void through_task(Delivery *d, const IntGate *g)
{
    uint64_t desc, addr;
    unsigned type;

    if ((g->sel & 4) || !(g->sel & 0xfffc) ||
        !x86_read_descriptor(d->env, g->sel, &desc, &addr)) {
        fail_sel(d, EXCP0D_GPF, g->sel);
    }
    type = desc >> 40 & 31;
    if (type != 1 && type != 9) {
        fail_sel(d, EXCP0D_GPF, g->sel);
    }
    if (!(desc >> 47 & 1)) {
        fail_sel(d, EXCP0B_NOSEG, g->sel);
    }
    x86_task_switch(d->env, g->sel, desc, addr, TASK_INT, d->ip,
                    d->has_error ? (int)d->error : -1);
}

/* The handler's code segment; its DPL says whether levels change. */
static SegmentCache handler_code(Delivery *d, const IntGate *g, bool lma)
{
    CPUX86State *env = d->env;
    uint64_t desc, addr;
    SegmentCache cs;

    if (!(g->sel & 0xfffc)) {
        x86_raise(env, EXCP0D_GPF, !d->soft);
    }
    if (!x86_read_descriptor(env, g->sel, &desc, &addr)) {
        fail_sel(d, EXCP0D_GPF, g->sel);
    }
    x86_seg_unpack(desc, g->sel, &cs);
    if ((cs.flags & (DESC_S | DESC_CODE)) != (DESC_S | DESC_CODE) ||
        x86_seg_dpl(&cs) > env->sys->cpl ||
        (lma && (cs.flags & (DESC_L | DESC_DB)) != DESC_L)) {
        fail_sel(d, EXCP0D_GPF, g->sel);
    }
    if (!(cs.flags & DESC_P)) {
        fail_sel(d, EXCP0B_NOSEG, g->sel);
    }
    if (!lma) {
        cs.flags &= ~(uint32_t)DESC_L;
    }
    if (!(cs.flags & DESC_A)) {
        x86_st_sys(env, addr + 5, (desc >> 40 & 0xff) | 1, 1);
        cs.flags |= DESC_A;
    }
    return cs;
}

static SegmentCache inner_stack(Delivery *d, unsigned dpl, uint32_t *esp)
{
    CPUX86State *env = d->env;
    unsigned sel, vector;
    uint64_t desc, addr;
    SegmentCache ss;

    x86_tss_stack(env, dpl, &sel, esp);
    if (!(sel & 0xfffc) || !x86_read_descriptor(env, sel, &desc, &addr)) {
        fail_sel(d, EXCP0A_TSS, sel);
    }
    x86_seg_unpack(desc, sel, &ss);
    vector = x86_seg_load_fault(&ss, R_SS, sel, dpl);
    if (vector) {
        fail_sel(d, vector == EXCP0C_STACK ? vector : EXCP0A_TSS, sel);
    }
    return ss;
}

static void push_v86_segs(CPUX86State *env, X86Stack *st, unsigned sz)
{
    x86_stack_push(st, env->segs[R_GS].selector, sz);
    x86_stack_push(st, env->segs[R_FS].selector, sz);
    x86_stack_push(st, env->segs[R_DS].selector, sz);
    x86_stack_push(st, env->segs[R_ES].selector, sz);
}

static void enter_handler(CPUX86State *env, const SegmentCache *cs,
                          unsigned cpl, uint64_t off, bool keep_if)
{
    set_flags(env, TF_MASK | VM_MASK | RF_MASK | NT_MASK |
              (keep_if ? 0 : IF_MASK));
    env->segs[R_CS] = *cs;
    env->segs[R_CS].selector = (cs->selector & 0xfffc) | cpl;
    env->sys->cpl = cpl;
    x86_sys_set_ip(env, off);
}

static void deliver_protected(Delivery *d)
{
    CPUX86State *env = d->env;
    IntGate g = read_gate(d, false);
    unsigned cpl = env->sys->cpl, sz, dpl;
    bool v86 = env->eflags & VM_MASK;
    SegmentCache cs, ss;
    X86Stack st;

    if (g.type == 5) {
        through_task(d, &g);
        return;
    }
    sz = g.type & 8 ? MO_32 : MO_16;
    if (sz == MO_16) {
        g.off &= 0xffff;
    }
    cs = handler_code(d, &g, false);
    dpl = x86_seg_dpl(&cs);
    if (!(cs.flags & DESC_CE) && dpl < cpl) {
        uint32_t esp;

        if (v86 && dpl != 0) {
            fail_sel(d, EXCP0D_GPF, g.sel);
        }
        ss = inner_stack(d, dpl, &esp);
        st = x86_stack_new(env, &ss, esp, dpl);
        if (v86) {
            push_v86_segs(env, &st, sz);
        }
        x86_stack_push(&st, env->segs[R_SS].selector, sz);
        x86_stack_push(&st, env->regs[R_ESP], sz);
    } else {
        if (v86 || (!(cs.flags & DESC_CE) && dpl != cpl)) {
            fail_sel(d, EXCP0D_GPF, g.sel);
        }
        dpl = cpl;
        ss = env->segs[R_SS];
        st = x86_stack(env);
    }
    if (g.off > cs.limit) {
        x86_raise(env, EXCP0D_GPF, !d->soft);
    }
    x86_stack_push(&st, d->eflags, sz);
    x86_stack_push(&st, env->segs[R_CS].selector, sz);
    x86_stack_push(&st, d->ip, sz);
    if (d->has_error) {
        x86_stack_push(&st, d->error, sz);
    }
    if (v86) {
        for (unsigned i = 0; i < 6; i++) {
            if (i != R_CS && i != R_SS) {
                env->segs[i] = (SegmentCache){ 0 };
            }
        }
    }
    if (dpl != cpl) {
        ss.selector = (ss.selector & 0xfffc) | dpl;
        env->segs[R_SS] = ss;
        st.ss = &env->segs[R_SS];
    }
    x86_stack_done(&st);
    enter_handler(env, &cs, dpl, g.off, g.type & 1);
}

/* ---- long mode ------------------------------------------------------------------------ */

static void deliver_long(Delivery *d)
{
    CPUX86State *env = d->env;
    IntGate g = read_gate(d, true);
    SegmentCache cs = handler_code(d, &g, true);
    unsigned cpl = env->sys->cpl, dpl = x86_seg_dpl(&cs), ist = g.lo >> 32 & 7;
    uint64_t sp;
    X86Stack st;

    if (cs.flags & DESC_CE) {
        dpl = cpl;
    }
    if (ist) {
        sp = x86_tss_rsp(env, 3 + ist);
    } else if (dpl < cpl) {
        sp = x86_tss_rsp(env, dpl);
    } else {
        sp = env->regs[R_ESP];
    }
    if (!x86_canonical(env, g.off)) {
        x86_raise(env, EXCP0D_GPF, !d->soft);
    }
    st = x86_stack_new(env, NULL, sp & ~15ull, dpl);
    x86_stack_push(&st, env->segs[R_SS].selector, MO_64);
    x86_stack_push(&st, env->regs[R_ESP], MO_64);
    x86_stack_push(&st, d->eflags, MO_64);
    x86_stack_push(&st, env->segs[R_CS].selector, MO_64);
    x86_stack_push(&st, d->ip, MO_64);
    if (d->has_error) {
        x86_stack_push(&st, d->error, MO_64);
    }
    if (dpl != cpl) {
        env->segs[R_SS] = (SegmentCache){
            .selector = dpl, .limit = UINT32_MAX,
            .flags = DESC_P | DESC_S | DESC_RW | DESC_DB |
                     dpl << DESC_DPL_SHIFT,
        };
    }
    x86_stack_done(&st);
    enter_handler(env, &cs, dpl, g.off, g.type & 1);
}

/* ---- all of them --------------------------------------------------------------------- */

static void log_interrupt(const Delivery *d)
{
    CPUX86State *env = d->env;

    if (!qemu_loglevel_mask(CPU_LOG_INT)) {
        return;
    }
    qemu_log("%u: v=%02x e=%04x i=%d cpl=%u IP=%04x:%016" PRIx64
             " SP=%04x:%016" PRIx64 " CR2=%016" PRIx64 " AX=%016" PRIx64
             " fl=%08x\n",
             env->sys->index, d->vector, d->has_error ? d->error : 0,
             d->soft, env->sys->cpl,
             env->segs[R_CS].selector, d->ip, env->segs[R_SS].selector,
             env->regs[R_ESP], env->cr2, env->regs[R_EAX], d->eflags);
}

void x86_sys_deliver(CPUX86State *env, unsigned vector, bool soft,
                     bool has_error, uint32_t error, uint64_t ip, bool fault)
{
    X86Sys *s = env->sys;
    Delivery d = {
        .env = env, .vector = vector, .soft = soft, .has_error = has_error,
        .error = error, .ip = ip,
        .eflags = x86_get_eflags(env) | (fault ? RF_MASK : 0),
    };

    log_interrupt(&d);
    if (!(s->cr0 & CR0_PE)) {
        d.eflags &= 0xffff;
        deliver_real(&d);
    } else if (x86_long_active(s)) {
        deliver_long(&d);
    } else {
        deliver_protected(&d);
    }
    s->delivering = -1;
}

static bool contributory(unsigned v)
{
    return v == 0 || (v >= 10 && v <= 13);
}

static bool pushes_error(unsigned v)
{
    return v == 8 || (v >= 10 && v <= 14) || v == 17;
}

void x86_sys_exception(CPUX86State *env, unsigned vector)
{
    X86Sys *s = env->sys;
    int first = s->delivering;
    uint32_t error = env->error_code;
    bool trap = vector == EXCP01_DB && !s->debug_fault;

    if (vector == EXCP10_COPR && !(s->cr0 & CR0_NE)) {
        s->halted = true;       /* until an interrupt, perhaps FERR#'s */
        x86_sys_ops.ferr(env);
        return;
    }
    if (vector == EXCP13_SIMD && !(s->cr4 & CR4_OSXMMEXCPT)) {
        vector = EXCP06_ILLOP;
    }
    if (vector == EXCP01_DB) {
        s->dr[7] &= ~(uint64_t)DR7_GD;
    }
    s->inhibit = s->debug_fault = false;
    if (first == 8 && (contributory(vector) || vector == 14)) {
        qemu_log_mask(CPU_LOG_INT | CPU_LOG_RESET, "Triple fault\n");
        s->delivering = -1;
        s->stop = true;
        x86_sys_ops.triple_fault(env);
        return;
    }
    if (first >= 0 && ((contributory(first) && contributory(vector)) ||
                       (first == 14 && (contributory(vector) ||
                                        vector == 14)))) {
        vector = EXCP08_DBLE;
        error = 0;
    }
    s->delivering = vector;
    x86_sys_deliver(env, vector, false,
                    pushes_error(vector) && (s->cr0 & CR0_PE), error,
                    x86_eip(env), !trap);
}
