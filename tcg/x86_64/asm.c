/* SPDX-License-Identifier: MIT */
/*
 * The x86-64 instruction encoder.  Source: Intel SDM vol. 2, chapter 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

static void out_modrm(X86Jit *j, unsigned reg, Opnd rm)
{
    unsigned r = (reg & 7) << 3;

    if (rm.reg >= 0) {
        o8(j, 0xc0 | r | (rm.reg & 7));
        return;
    }
    if (rm.rip) {
        o8(j, 0x05 | r);
        j->rip_loc = j->p;
        o32(j, rm.rip - (uintptr_t)(j->p + 4));
        return;
    }
    if (rm.base < 0) {
        unsigned idx = rm.index < 0 ? 4 : rm.index & 7;

        o8(j, 0x04 | r);
        o8(j, (rm.index < 0 ? 0 : rm.scale << 6) | idx << 3 | 5);
        o32(j, rm.disp);
        return;
    }
    unsigned mod = rm.disp == 0 && (rm.base & 7) != RBP ? 0
                 : rm.disp == (int8_t)rm.disp ? 0x40 : 0x80;

    if (rm.index < 0 && (rm.base & 7) != RSP) {
        o8(j, mod | r | (rm.base & 7));
    } else {
        o8(j, mod | r | 4);
        o8(j, (rm.index < 0 ? 4 << 3 : rm.scale << 6 | (rm.index & 7) << 3) |
                  (rm.base & 7));
    }
    if (mod == 0x40) {
        o8(j, rm.disp);
    } else if (mod == 0x80) {
        o32(j, rm.disp);
    }
}

static unsigned rex_bits(unsigned reg, Opnd rm)
{
    unsigned b = (reg & 8) >> 1;        /* R */

    if (rm.reg >= 0) {
        b |= (rm.reg & 8) >> 3;
    } else {
        b |= rm.base >= 8 ? 1 : 0;
        b |= rm.index >= 8 ? 2 : 0;
    }
    return b;
}

/* Memory that is neither the env nor the stack is the guest's. */
static bool is_guest_mem(uint32_t opc, Opnd rm)
{
    return rm.reg < 0 && !rm.gs && rm.base != RSP &&
           (opc & (0xff | X_0F | X_38 | X_3A)) != 0x8d;
}

void out_op(X86Jit *j, uint32_t opc, unsigned reg, Opnd rm)
{
    unsigned rex = rex_bits(reg, rm) | (opc & X_W ? 8 : 0);
    bool force = ((opc & X_BR) && reg >= 4) ||
                 ((opc & X_BM) && rm.reg >= 4);

    if (is_guest_mem(opc, rm)) {
        fault_point(j);
    }
    if (opc & X_LOCK) {
        o8(j, 0xf0);
    }
    if (rm.gs) {
        o8(j, 0x65);
    }
    if (opc & X_66) {
        o8(j, 0x66);
    }
    if (opc & X_F3) {
        o8(j, 0xf3);
    } else if (opc & X_F2) {
        o8(j, 0xf2);
    }
    if (rex || force) {
        o8(j, 0x40 | rex);
    }
    if (opc & (X_0F | X_38 | X_3A)) {
        o8(j, 0x0f);
    }
    if (opc & X_38) {
        o8(j, 0x38);
    } else if (opc & X_3A) {
        o8(j, 0x3a);
    }
    o8(j, opc);
    out_modrm(j, reg, rm);
}

void out_op_imm8(X86Jit *j, uint32_t opc, unsigned reg, Opnd rm, unsigned imm)
{
    out_op(j, opc, reg, rm);
    oimm(j, 1, imm);
}

void out_vex(X86Jit *j, uint32_t opc, unsigned reg, unsigned v, Opnd rm)
{
    unsigned rex = rex_bits(reg, rm);
    unsigned pp = opc & X_66 ? 1 : opc & X_F3 ? 2 : opc & X_F2 ? 3 : 0;
    unsigned map = opc & X_3A ? 3 : opc & X_38 ? 2 : 1;
    unsigned tail = (~v & 15) << 3 | (opc & X_L ? 4 : 0) | pp;

    if (is_guest_mem(opc, rm)) {
        fault_point(j);
    }
    if (rm.gs) {
        o8(j, 0x65);
    }
    if (map == 1 && !(opc & X_W) && !(rex & 3)) {
        o8(j, 0xc5);
        o8(j, (rex & 4 ? 0 : 0x80) | tail);
    } else {
        o8(j, 0xc4);
        o8(j, (~rex & 7) << 5 | map);
        o8(j, (opc & X_W ? 0x80 : 0) | tail);
    }
    o8(j, opc);
    out_modrm(j, reg, rm);
}

void out_alu_imm(X86Jit *j, unsigned sz, unsigned digit, Opnd rm, int32_t imm,
                 uint32_t extra)
{
    if (sz == MO_8) {
        out_op_imm8(j, 0x80 | X_BM | extra, digit, rm, imm);
    } else if (imm == (int8_t)imm) {
        out_op_imm8(j, wsz(sz, 0x83) | extra, digit, rm, imm);
    } else {
        out_op(j, wsz(sz, 0x81) | extra, digit, rm);
        oimm(j, sz == MO_16 ? 2 : 4, imm);
    }
}

void out_mov_rr(X86Jit *j, unsigned sz, unsigned dst, unsigned src)
{
    if (dst != src) {
        out_op(j, wsz(sz, 0x8b), dst, R(src));
    }
}

void out_movi(X86Jit *j, unsigned reg, uint64_t val, bool flags)
{
    uint32_t busy = j->ra.busy[RC_INT];
    int64_t delta;
    int near;

    if (val == 0 && flags) {
        out_op(j, 0x33, reg, R(reg));
    } else if (val == (uint32_t)val) {
        if (reg >= 8) {
            o8(j, 0x41);
        }
        o8(j, 0xb8 | (reg & 7));
        o32(j, val);
    } else if (val == (uint64_t)(int32_t)val) {
        out_op(j, 0xc7 | X_W, 0, R(reg));
        o32(j, val);
    } else if (j->tb && rip_reach(j, val)) {
        out_op(j, 0x8d | X_W, reg, (Opnd){ .reg = -1, .base = -1, .index = -1,
                                           .rip = val });
    } else if ((near = ra_near_const(&j->ra, val, &delta)) >= 0) {
        j->ra.busy[RC_INT] = busy;      /* needed just here */
        if (delta) {
            out_op(j, 0x8d | X_W, reg, M(near, delta));
        } else {
            out_mov_rr(j, MO_64, reg, near);
        }
    } else {
        o8(j, 0x48 | reg >> 3);
        o8(j, 0xb8 | (reg & 7));
        o64(j, val);
    }
}

void out_nops(X86Jit *j, unsigned n)
{
    static const uint8_t nop[8][8] = {
        { 0x90 },
        { 0x66, 0x90 },
        { 0x0f, 0x1f, 0x00 },
        { 0x0f, 0x1f, 0x40, 0x00 },
        { 0x0f, 0x1f, 0x44, 0x00, 0x00 },
        { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
        { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
        { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
    };

    while (n) {
        unsigned k = MIN(n, 8);

        memcpy(j->p, nop[k - 1], k);
        j->p += k;
        n -= k;
    }
}

void out_bind(uint8_t *loc, const void *target)
{
    int32_t rel = (const uint8_t *)target - (loc + 4);

    memcpy(loc, &rel, 4);
}

static uint8_t *out_rel32(X86Jit *j, const void *target)
{
    uint8_t *loc = j->p;

    o32(j, 0);
    if (target) {
        out_bind(loc, target);
    }
    return loc;
}

uint8_t *out_jmp(X86Jit *j, const void *target)
{
    o8(j, 0xe9);
    return out_rel32(j, target);
}

uint8_t *out_call(X86Jit *j, const void *target)
{
    o8(j, 0xe8);
    return out_rel32(j, target);
}

uint8_t *out_jcc(X86Jit *j, unsigned cc, const void *target)
{
    o8(j, 0x0f);
    o8(j, 0x80 | cc);
    return out_rel32(j, target);
}

void out_align_field(X86Jit *j, unsigned skip, unsigned n)
{
    unsigned at = ((uintptr_t)j->p + skip) & 15;

    if (at + n > 16) {
        out_nops(j, 16 - at);
    }
}
