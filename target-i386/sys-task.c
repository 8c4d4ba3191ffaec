/* SPDX-License-Identifier: MIT */
/*
 * Hardware task switches (legacy protected mode).
 * Source: Intel SDM vol. 3 ch. 7.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"

/* What a TSS holds, of either size. */
typedef struct Tss {
    uint32_t cr3, eip, eflags, regs[8], sel[6], ldt;
    bool trap;
} Tss;

static void QEMU_NORETURN raise_ts(CPUX86State *env, unsigned vector,
                                   unsigned sel)
{
    x86_raise(env, vector, sel & 0xfffc);
}

static Tss tss_read(CPUX86State *env, uint64_t base, bool big)
{
    static const uint8_t order[8] = { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP,
                                      R_EBP, R_ESI, R_EDI };
    Tss t = { 0 };
    unsigned i;

    if (big) {
        t.cr3 = x86_ld_sys(env, base + 0x1c, 4);
        t.eip = x86_ld_sys(env, base + 0x20, 4);
        t.eflags = x86_ld_sys(env, base + 0x24, 4);
        for (i = 0; i < 8; i++) {
            t.regs[order[i]] = x86_ld_sys(env, base + 0x28 + i * 4, 4);
        }
        for (i = 0; i < 6; i++) {
            t.sel[i] = x86_ld_sys(env, base + 0x48 + i * 4, 2);
        }
        t.ldt = x86_ld_sys(env, base + 0x60, 2);
        t.trap = x86_ld_sys(env, base + 0x64, 1) & 1;
    } else {
        t.eip = x86_ld_sys(env, base + 0x0e, 2);
        t.eflags = x86_ld_sys(env, base + 0x10, 2);
        for (i = 0; i < 8; i++) {
            t.regs[order[i]] = x86_ld_sys(env, base + 0x12 + i * 2, 2) |
                               0xffff0000;
        }
        for (i = 0; i < 4; i++) {
            t.sel[i] = x86_ld_sys(env, base + 0x22 + i * 2, 2);
        }
        t.ldt = x86_ld_sys(env, base + 0x2a, 2);
    }
    return t;
}

static void tss_save(CPUX86State *env, uint64_t base, bool big, uint32_t eip,
                     uint32_t eflags)
{
    unsigned i;

    if (big) {
        x86_st_sys(env, base + 0x20, eip, 4);
        x86_st_sys(env, base + 0x24, eflags, 4);
        for (i = 0; i < 8; i++) {
            x86_st_sys(env, base + 0x28 + i * 4, env->regs[i], 4);
        }
        for (i = 0; i < 6; i++) {
            x86_st_sys(env, base + 0x48 + i * 4, env->segs[i].selector, 2);
        }
    } else {
        x86_st_sys(env, base + 0x0e, eip, 2);
        x86_st_sys(env, base + 0x10, eflags, 2);
        for (i = 0; i < 8; i++) {
            x86_st_sys(env, base + 0x12 + i * 2, env->regs[i], 2);
        }
        for (i = 0; i < 4; i++) {
            x86_st_sys(env, base + 0x22 + i * 2, env->segs[i].selector, 2);
        }
    }
}

static void set_busy(CPUX86State *env, unsigned sel, bool busy)
{
    uint64_t desc, addr;
    unsigned b;

    if (x86_read_descriptor(env, sel & 0xfffc, &desc, &addr)) {
        b = desc >> 40 & 0xff;
        x86_st_sys(env, addr + 5, busy ? b | 2 : b & ~2u, 1);
    }
}

/* ---- the new task's segments: faults are its own ------------------------------ */

static void load_data(CPUX86State *env, unsigned seg, unsigned sel,
                      unsigned cpl)
{
    uint64_t desc, addr;
    SegmentCache d;
    unsigned vector;

    env->segs[seg] = (SegmentCache){ .selector = sel };
    if (!(sel & 0xfffc)) {
        if (seg == R_SS || seg == R_CS) {
            raise_ts(env, EXCP0A_TSS, sel);
        }
        return;
    }
    if (!x86_read_descriptor(env, sel, &desc, &addr)) {
        raise_ts(env, EXCP0A_TSS, sel);
    }
    x86_seg_unpack(desc, sel, &d);
    if (seg == R_CS) {
        bool conforming = d.flags & DESC_CE;

        d.flags &= ~(uint32_t)DESC_L;
        vector = (d.flags & (DESC_S | DESC_CODE)) != (DESC_S | DESC_CODE) ||
                 (conforming ? x86_seg_dpl(&d) > cpl
                             : x86_seg_dpl(&d) != cpl)
                 ? EXCP0A_TSS : d.flags & DESC_P ? 0 : EXCP0B_NOSEG;
    } else {
        vector = x86_seg_load_fault(&d, seg, sel, cpl);
    }
    if (vector) {
        raise_ts(env, vector == EXCP0D_GPF ? EXCP0A_TSS : vector, sel);
    }
    if (!(d.flags & DESC_A)) {
        x86_st_sys(env, addr + 5, (desc >> 40 & 0xff) | 1, 1);
        d.flags |= DESC_A;
    }
    env->segs[seg] = d;
}

static void load_ldt(CPUX86State *env, unsigned sel)
{
    uint64_t desc, addr;
    SegmentCache d;

    env->sys->ldt = (SegmentCache){ .selector = sel };
    if (!(sel & 0xfffc)) {
        return;
    }
    if ((sel & 4) || !x86_read_descriptor(env, sel, &desc, &addr)) {
        raise_ts(env, EXCP0A_TSS, sel);
    }
    x86_seg_unpack(desc, sel, &d);
    if ((d.flags & DESC_S) || (d.flags >> 8 & 15) != 2 ||
        !(d.flags & DESC_P)) {
        raise_ts(env, EXCP0A_TSS, sel);
    }
    env->sys->ldt = d;
}

static void load_segments(CPUX86State *env, const Tss *t)
{
    static const uint8_t order[] = { R_SS, R_ES, R_DS, R_FS, R_GS };
    unsigned cpl = t->sel[R_CS] & 3, i;

    if (t->eflags & VM_MASK) {
        env->sys->cpl = 3;
        for (i = 0; i < 6; i++) {
            x86_set_real_seg(env, i, t->sel[i], true);
        }
        load_ldt(env, t->ldt);
        return;
    }
    for (i = 0; i < 6; i++) {
        env->segs[i] = (SegmentCache){ .selector = t->sel[i] };
    }
    env->sys->cpl = cpl;
    load_ldt(env, t->ldt);
    load_data(env, R_CS, t->sel[R_CS], cpl);
    for (i = 0; i < ARRAY_SIZE(order); i++) {
        load_data(env, order[i], t->sel[order[i]], cpl);
    }
}

/* ---- the switch ----------------------------------------------------------------- */

static void load_registers(CPUX86State *env, const Tss *t, bool big)
{
    for (unsigned i = 0; i < 8; i++) {
        env->regs[i] = t->regs[i];
    }
    x86_set_eflags(env, big ? t->eflags
                            : (x86_get_eflags(env) & 0xffff0000) |
                              (t->eflags & 0xffff));
    env->eflags &= ~(uint64_t)RF_MASK;
}

void x86_task_switch(CPUX86State *env, unsigned sel, uint64_t desc,
                     uint64_t addr, unsigned how, uint64_t next_ip,
                     int error_code)
{
    X86Sys *s = env->sys;
    SegmentCache tss;
    bool big, old_big = s->tr.flags & 8 << 8;
    uint32_t eflags = x86_get_eflags(env);
    unsigned old_sel = s->tr.selector;
    Tss t;

    x86_seg_unpack(desc, sel, &tss);
    big = tss.flags & 8 << 8;
    if (!(tss.flags & DESC_P)) {
        raise_ts(env, EXCP0B_NOSEG, sel);
    }
    if (tss.limit < (big ? 103 : 43)) {
        raise_ts(env, EXCP0A_TSS, sel);
    }
    t = tss_read(env, tss.base, big);
    softmmu_probe(&env->h, s->tr.base, old_big ? 104 : 44, MMU_WRITE,
                  x86_sys_mmu(env));
    if (how == TASK_JMP || how == TASK_IRET) {
        set_busy(env, old_sel, false);
    }
    if (how == TASK_IRET) {
        eflags &= ~(uint32_t)NT_MASK;
    }
    tss_save(env, s->tr.base, old_big, next_ip, eflags);
    if (how == TASK_CALL || how == TASK_INT) {
        x86_st_sys(env, tss.base, old_sel, 2);
        t.eflags |= NT_MASK;
    }
    if (how != TASK_IRET) {
        set_busy(env, sel, true);
    }
    tss.flags |= 2 << 8;
    s->tr = tss;
    s->cr0 |= CR0_TS;
    if (big && x86_paging(s)) {
        s->cr3 = t.cr3;
        softmmu_flush(&env->h, s->cr4 & CR4_PGE);
    }
    s->dr[7] &= ~0x155ull;
    load_registers(env, &t, big);
    /* From here on faults are the new task's. */
    s->pc_final = true;
    env->h.pc = t.eip;
    load_segments(env, &t);
    if (t.eip > env->segs[R_CS].limit) {
        x86_sys_set_ip(env, t.eip);
        x86_raise(env, EXCP0D_GPF, 0);
    }
    x86_sys_set_ip(env, t.eip);
    if (error_code >= 0) {
        X86Stack st = x86_stack(env);

        x86_stack_push(&st, error_code, big ? MO_32 : MO_16);
        x86_stack_done(&st);
    }
    if (t.trap) {
        s->dr[6] |= DR6_BT;
        x86_raise(env, EXCP01_DB, 0);
    }
}
