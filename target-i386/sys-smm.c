/* SPDX-License-Identifier: MIT */
/*
 * System management mode: SMI and RSM, with the 64-bit state save area.
 * Source: AMD APM vol. 2 ch. 10.
 */
#include "util/osdep.h"
#include "target-i386/sys.h"

enum {
    SM_SEGS = 0xfe00, SM_GDTR = 0xfe60, SM_LDTR = 0xfe70, SM_IDTR = 0xfe80,
    SM_TR = 0xfe90, SM_HALT = 0xfec9, SM_EFER = 0xfed0, SM_REV = 0xfefc,
    SM_BASE = 0xff00, SM_CR4 = 0xff48, SM_CR3 = 0xff50, SM_CR0 = 0xff58,
    SM_DR7 = 0xff60, SM_DR6 = 0xff68, SM_RFLAGS = 0xff70, SM_RIP = 0xff78,
    SM_R15 = 0xff80,
    SM_REVISION = 0x00020064,   /* I/O restart no, SMBASE relocation yes */
};

static void put(CPUX86State *env, unsigned off, uint64_t val, unsigned size)
{
    x86_st_sys(env, env->sys->smbase + off, val, size);
}

static uint64_t get(CPUX86State *env, unsigned off, unsigned size)
{
    return x86_ld_sys(env, env->sys->smbase + off, size);
}

static void put_seg(CPUX86State *env, unsigned off, const SegmentCache *s)
{
    put(env, off, s->selector, 2);
    put(env, off + 2, (s->flags >> 8 & 0xff) | (s->flags >> 12 & 0xf00), 2);
    put(env, off + 4, s->limit, 4);
    put(env, off + 8, s->base, 8);
}

static SegmentCache get_seg(CPUX86State *env, unsigned off)
{
    unsigned a = get(env, off + 2, 2);

    return (SegmentCache){
        .selector = get(env, off, 2),
        .flags = (a & 0xff) << 8 | (a & 0xf00) << 12,
        .limit = get(env, off + 4, 4),
        .base = get(env, off + 8, 8),
    };
}

/* The order of the registers in the area, from R15 to RAX. */
static const uint8_t reg_order[16] = {
    15, 14, 13, 12, 11, 10, 9, 8, R_EDI, R_ESI, R_EBP, R_ESP, R_EBX, R_EDX,
    R_ECX, R_EAX,
};

/* State in which handlers start, once all is saved. */
static void handler_state(CPUX86State *env)
{
    X86Sys *s = env->sys;

    s->efer = 0;
    x86_set_eflags(env, 2);
    s->dr[7] = DR7_FIXED;
    s->debug_step = false;
    for (unsigned i = 0; i < 6; i++) {
        env->segs[i] = (SegmentCache){
            .limit = UINT32_MAX,
            .flags = DESC_P | DESC_S | DESC_RW | DESC_A | DESC_G,
        };
    }
    env->segs[R_CS].selector = s->smbase >> 4 & 0xffff;
    env->segs[R_CS].base = s->smbase;
    env->segs[R_CS].flags |= DESC_CODE;
    s->cpl = 0;
    s->nmi_masked = true;
    x86_sys_set_ip(env, 0x8000);
}

void x86_smm_enter(CPUX86State *env)
{
    X86Sys *s = env->sys;
    uint64_t cr0 = s->cr0, cr4 = s->cr4, ip = x86_eip(env);

    /* Memory is seen as the handler will. */
    s->smm = true;
    s->cr0 &= ~(uint64_t)(CR0_PE | CR0_EM | CR0_TS | CR0_PG);
    s->cr4 = 0;
    softmmu_flush(&env->h, false);
    for (unsigned i = 0; i < 6; i++) {
        put_seg(env, SM_SEGS + i * 16, &env->segs[i]);
    }
    put_seg(env, SM_GDTR, &s->gdt);
    put_seg(env, SM_LDTR, &s->ldt);
    put_seg(env, SM_IDTR, &s->idt);
    put_seg(env, SM_TR, &s->tr);
    put(env, SM_HALT, s->halted, 1);
    put(env, SM_EFER, s->efer, 8);
    put(env, SM_REV, SM_REVISION, 4);
    put(env, SM_BASE, s->smbase, 4);
    put(env, SM_CR4, cr4, 8);
    put(env, SM_CR3, s->cr3, 8);
    put(env, SM_CR0, cr0, 8);
    put(env, SM_DR7, s->dr[7], 8);
    put(env, SM_DR6, s->dr[6], 8);
    put(env, SM_RFLAGS, x86_get_eflags(env), 8);
    put(env, SM_RIP, ip, 8);
    for (unsigned i = 0; i < 16; i++) {
        put(env, SM_R15 + i * 8, env->regs[reg_order[i]], 8);
    }
    handler_state(env);
}

void x86_smm_leave(CPUX86State *env)
{
    X86Sys *s = env->sys;
    uint64_t ip, cr0, cr3, cr4, efer;
    uint32_t base, fl;

    for (unsigned i = 0; i < 16; i++) {
        env->regs[reg_order[i]] = get(env, SM_R15 + i * 8, 8);
    }
    for (unsigned i = 0; i < 6; i++) {
        env->segs[i] = get_seg(env, SM_SEGS + i * 16);
    }
    s->gdt = get_seg(env, SM_GDTR);
    s->ldt = get_seg(env, SM_LDTR);
    s->idt = get_seg(env, SM_IDTR);
    s->tr = get_seg(env, SM_TR);
    s->dr[7] = get(env, SM_DR7, 8);
    s->dr[6] = get(env, SM_DR6, 8);
    fl = get(env, SM_RFLAGS, 4);
    ip = get(env, SM_RIP, 8);
    efer = get(env, SM_EFER, 8);
    cr0 = get(env, SM_CR0, 8);
    cr3 = get(env, SM_CR3, 8);
    cr4 = get(env, SM_CR4, 8);
    base = get(env, SM_BASE, 4);
    s->smm = false;
    s->nmi_masked = false;
    s->smbase = base;
    s->efer = efer;
    s->cr0 = (uint32_t)cr0 | CR0_ET;
    s->cr3 = cr3;
    s->cr4 = cr4;
    x86_set_eflags(env, fl);
    s->cpl = fl & VM_MASK ? 3 : s->cr0 & CR0_PE ? x86_seg_dpl(&env->segs[R_SS])
                                                 : 0;
    softmmu_flush(&env->h, false);
    x86_sys_set_ip(env, ip);
    x86_sys_update_debug(env);
}
