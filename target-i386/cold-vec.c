/* SPDX-License-Identifier: MIT */
/*
 * Cold code: vector instructions whose core is one IR op without floating
 * point, and moves.  See cold.h; the generators of the same names are in
 * gen-sse.c.
 */
#include "util/osdep.h"
#include "target-i386/cold.h"

static bool is_vex(const X86Insn *in)
{
    return in->row->attr & XA_VEX;
}

static void *vreg(Cold *c, unsigned n)
{
    return c->env->vreg[n];
}

static unsigned width(const X86Insn *in)
{
    return is_vex(in) && in->l && !(in->row->arg & 0x10) ? 32 : 16;
}

/* Guest bytes to a register's image or back; n is a power of two. */
static void load_bytes(void *to, uint64_t addr, unsigned n)
{
    uint64_t v[4];
    unsigned i;

    if (n < 8) {
        unsigned sz = n == 4 ? MO_32 : n == 2 ? MO_16 : MO_8;

        v[0] = GUINT64_TO_LE(cold_ld(addr, sz));
    } else {
        for (i = 0; i < n / 8; i++) {
            v[i] = GUINT64_TO_LE(cold_ld(addr + i * 8, MO_64));
        }
    }
    memcpy(to, v, n);
}

static void store_bytes(uint64_t addr, const void *from, unsigned n)
{
    const uint8_t *p = from;
    uint64_t v;
    unsigned i;

    for (i = 0; i < n; i += 8) {
        memcpy(&v, p + i, 8);
        cold_st(addr + i, MO_64, GUINT64_FROM_LE(v));
    }
}

/* A store in parts must fail as a whole. */
static bool in_parts(uint64_t addr, unsigned n)
{
    return (addr ^ (addr + n - 1)) >> 12;
}

/* Writes the low n bytes; the rest up to 16 becomes zero (if part), what is
 * above them zero with VEX. */
static void set_vreg(Cold *c, const X86Insn *in, unsigned reg, const void *v,
                     unsigned n)
{
    uint8_t *r = vreg(c, reg);

    memmove(r, v, n);
    memset(r + n, 0, n < 16 ? 16 - n : 0);
    if (is_vex(in) && n < 32) {
        memset(r + 16, 0, 16);
    }
}

static bool misaligned(const X86Insn *in, uint64_t addr, unsigned n)
{
    return !(in->row->attr & XA_UA) && (addr & (n - 1));
}

/* The r/m operand; false: leave it to the translator. */
static bool get_src(Cold *c, const X86Insn *in, TCGVal *v)
{
    unsigned i = in->row->attr & XA_VVVV ? 2 : 1;
    unsigned kind = in->row->opnd[i].kind, sz = x86_opnd_size(in, i);
    uint64_t addr;

    if (kind != OK_W && kind != OK_U) {
        return false;
    }
    if (!in->mem) {
        memcpy(v, vreg(c, in->rm), 32);
        return true;
    }
    if (sz > MO_256) {
        return false;
    }
    addr = cold_addr(c, in);
    if (sz == MO_128 && !is_vex(in) && misaligned(in, addr, 16)) {
        return false;
    }
    memset(v, 0, 32);
    load_bytes(v, addr, 1 << sz);
    return true;
}

static unsigned op(Cold *c, const X86Insn *in, unsigned opc, unsigned dst,
                   TCGVal *v, uint64_t imm)
{
    const TCGOpDef *d = &tcg_op_defs[opc];
    unsigned n = width(in);
    const TCGRefOp ref = {
        .opc = opc, .sz = in->row->arg & 15, .imm = imm,
        .vt = n == 32 ? TCG_V256 : TCG_V128,
        .attr = is_vex(in) ? OPA_ZU : 0,
    };

    if ((d->props & (P_FP | P_FLD | P_FLU)) || d->outs[0] != 'v' ||
        !tcg_ref_fn(opc)) {
        return COLD_NOT;
    }
    tcg_ref_exec(&c->env->h, &ref, v);
    set_vreg(c, in, dst, v, n);
    return COLD_NEXT;
}

static unsigned one(Cold *c, const X86Insn *in, uint64_t imm)
{
    TCGVal v[5];

    return get_src(c, in, &v[0]) ? op(c, in, in->row->op, in->reg, v, imm)
                                 : COLD_NOT;
}

static unsigned two(Cold *c, const X86Insn *in, unsigned opc, uint64_t imm)
{
    TCGVal v[5];

    if (!get_src(c, in, &v[1])) {
        return COLD_NOT;
    }
    memcpy(&v[0], vreg(c, in->row->attr & XA_VVVV ? in->vvvv : in->reg), 32);
    return op(c, in, opc, in->reg, v, imm);
}

unsigned cold_v1(Cold *c, const X86Insn *in)
{
    return one(c, in, 0);
}

unsigned cold_v2(Cold *c, const X86Insn *in)
{
    return two(c, in, in->row->op, 0);
}

unsigned cold_v1i(Cold *c, const X86Insn *in)
{
    return one(c, in, in->imm & 0xff);
}

unsigned cold_v2i(Cold *c, const X86Insn *in)
{
    return two(c, in, in->row->op, in->imm & 0xff);
}

unsigned cold_vzeroing(Cold *c, const X86Insn *in)
{
    return two(c, in, in->row->op, 0);
}

unsigned cold_vshift_imm(Cold *c, const X86Insn *in)
{
    TCGVal v[5];

    memcpy(&v[0], vreg(c, in->rm), 32);
    return op(c, in, in->row->op, is_vex(in) ? in->vvvv : in->rm, v,
              in->imm & 0xff);
}

/* ---- moves ------------------------------------------------------------------------- */

unsigned cold_vmov(Cold *c, const X86Insn *in)
{
    unsigned n = width(in);
    uint8_t v[32];

    if (in->mem) {
        uint64_t addr = cold_addr(c, in);

        if (misaligned(in, addr, n)) {
            return COLD_NOT;
        }
        load_bytes(v, addr, n);
        set_vreg(c, in, in->reg, v, n);
    } else {
        set_vreg(c, in, in->reg, vreg(c, in->rm), n);
    }
    return COLD_NEXT;
}

unsigned cold_vmov_st(Cold *c, const X86Insn *in)
{
    unsigned n = width(in);

    if (in->mem) {
        uint64_t addr = cold_addr(c, in);

        if (misaligned(in, addr, n) || in_parts(addr, n)) {
            return COLD_NOT;
        }
        store_bytes(addr, vreg(c, in->reg), n);
    } else {
        set_vreg(c, in, in->rm, vreg(c, in->reg), n);
    }
    return COLD_NEXT;
}

unsigned cold_vmovq(Cold *c, const X86Insn *in)
{
    uint8_t v[8];

    if (in->mem) {
        load_bytes(v, cold_addr(c, in), 8);
        set_vreg(c, in, in->reg, v, 8);
    } else {
        set_vreg(c, in, in->reg, vreg(c, in->rm), 8);
    }
    return COLD_NEXT;
}

unsigned cold_vmovq_st(Cold *c, const X86Insn *in)
{
    if (in->mem) {
        store_bytes(cold_addr(c, in), vreg(c, in->reg), 8);
    } else {
        set_vreg(c, in, in->rm, vreg(c, in->reg), 8);
    }
    return COLD_NEXT;
}

unsigned cold_vfrom_e(Cold *c, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;
    uint64_t v = in->mem ? cold_ld(cold_addr(c, in), sz)
                         : c->env->regs[in->rm];

    v = GUINT64_TO_LE(v);
    set_vreg(c, in, in->reg, &v, 1 << sz);
    return COLD_NEXT;
}

unsigned cold_vto_e(Cold *c, const X86Insn *in)
{
    unsigned sz = in->w ? MO_64 : MO_32;
    uint64_t v;

    memcpy(&v, vreg(c, in->reg), 8);
    v = GUINT64_FROM_LE(v);
    if (in->mem) {
        cold_st(cold_addr(c, in), sz, v);
    } else {
        cold_set_reg(c, in, sz, in->rm, v);
    }
    return COLD_NEXT;
}

unsigned cold_vmovhalf(Cold *c, const X86Insn *in)
{
    unsigned opc = in->row->op;

    if (!in->mem) {
        opc = opc == TCG_vlo ? TCG_vhi2lo : TCG_vlo2hi;
    }
    return two(c, in, opc, 0);
}

unsigned cold_vmovhalf_st(Cold *c, const X86Insn *in)
{
    uint8_t *r = vreg(c, in->reg);

    store_bytes(cold_addr(c, in), in->row->arg >> 4 ? r + 8 : r, 8);
    return COLD_NEXT;
}

unsigned cold_vmovmsk(Cold *c, const X86Insn *in)
{
    const TCGRefOp ref = {
        .opc = TCG_vmovmsk, .sz = in->row->arg & 15,
        .vt = width(in) == 32 ? TCG_V256 : TCG_V128,
    };
    TCGVal v[5];

    memcpy(&v[0], vreg(c, in->rm), 32);
    tcg_ref_exec(&c->env->h, &ref, v);
    c->env->regs[in->reg] = v[0].q;
    return COLD_NEXT;
}

/* VZEROUPPER, VZEROALL */
unsigned cold_vzero_regs(Cold *c, const X86Insn *in)
{
    unsigned i, keep = in->row->arg ? 0 : 16;

    for (i = 0; i < (in->mode64 ? 16 : 8); i++) {
        memset((uint8_t *)vreg(c, i) + keep, 0, 32 - keep);
    }
    return COLD_NEXT;
}
