/* SPDX-License-Identifier: MIT */
/*
 * Cold code: integer arithmetic and moves.  See cold.h; the generators of the
 * same names are in gen-alu.c and gen-mov.c.
 */
#include "util/osdep.h"
#include "target-i386/cold.h"

/* ---- operands ------------------------------------------------------------------ */

static uint64_t moffs(Cold *c, const X86Insn *in)
{
    return in->imm + (in->seg >= R_FS ? c->env->segs[in->seg].base : 0);
}

uint64_t cold_get(Cold *c, const X86Insn *in, unsigned i)
{
    unsigned kind = in->row->opnd[i].kind, sz = x86_opnd_size(in, i);

    if (kind == OK_E) {
        return in->mem ? cold_ld(cold_addr(c, in), sz)
                       : cold_reg(c, in, sz, in->rm);
    }
    if (kind == OK_G) {
        return cold_reg(c, in, sz, in->reg);
    }
    if (kind == OK_I) {
        return in->imm;
    }
    switch (kind) {
    case OK_Z:
        return cold_reg(c, in, sz, (in->opcode & 7) | (in->rex & 1) << 3);
    case OK_ONE:
        return 1;
    case OK_M:
        return cold_ld(cold_addr(c, in), sz);
    case OK_O:
        return cold_ld(moffs(c, in), sz);
    default:
        return cold_reg(c, in, sz, x86_opnd_reg(in, i));
    }
}

void cold_put(Cold *c, const X86Insn *in, unsigned i, uint64_t v)
{
    unsigned kind = in->row->opnd[i].kind, sz = x86_opnd_size(in, i);

    if (kind == OK_G) {
        cold_set_reg(c, in, sz, in->reg, v);
    } else if (kind == OK_E ? in->mem : kind == OK_M) {
        cold_st(cold_addr(c, in), sz, v);
    } else if (unlikely(kind == OK_O)) {
        cold_st(moffs(c, in), sz, v);
    } else {
        cold_set_reg(c, in, sz, x86_opnd_reg(in, i), v);
    }
}

/* ---- flags ----------------------------------------------------------------------- */

void cold_flags(Cold *c)
{
    unsigned sz = c->fl_sz, fl;
    uint64_t a = c->fl_a, b = c->fl_b, r = c->fl_r;

    switch (c->fl) {
    case COLD_FL_HOME:
        return;
    case COLD_FL_ADD:
        fl = ref_add_flags(sz, a, b, r, ref_zext(sz, r) < ref_zext(sz, a));
        break;
    case COLD_FL_SUB:
        fl = ref_sub_flags(sz, a, b, r, ref_zext(sz, a) < ref_zext(sz, b));
        break;
    default:
        fl = ref_zsp(sz, r);
        break;
    }
    c->env->h.flags = tcg_flags_home(fl);
    c->fl = COLD_FL_HOME;
}

bool cold_cond(Cold *c, unsigned cc)
{
    unsigned sz = c->fl_sz;
    bool r;

    if (c->fl == COLD_FL_HOME) {
        return ref_cc(c->env->h.flags, cc);
    }
    switch (cc >> 1) {
    case CC_Z >> 1:
        r = ref_zext(sz, c->fl_r) == 0;
        break;
    case CC_S >> 1:
        r = ref_msb(sz, c->fl_r);
        break;
    case CC_C >> 1:
        if (c->fl != COLD_FL_SUB) {
            goto all;
        }
        r = ref_zext(sz, c->fl_a) < ref_zext(sz, c->fl_b);
        break;
    case CC_BE >> 1:
        if (c->fl != COLD_FL_SUB) {
            goto all;
        }
        r = ref_zext(sz, c->fl_a) <= ref_zext(sz, c->fl_b);
        break;
    default:
    all:
        cold_flags(c);
        return ref_cc(c->env->h.flags, cc);
    }
    return r ^ (cc & 1);
}

/* ---- arithmetic ------------------------------------------------------------------ */

/* An op by its reference into operand 0, which is also its first input; the
 * store can fault, so memory gets its value first and then come the flags. */
static unsigned by_ref(Cold *c, const X86Insn *in, unsigned def, unsigned use,
                       uint64_t b, uint64_t third)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t a = cold_get(c, in, 0);
    TCGVal v[5];

    if (x86_opnd_is_mem(in, 0)) {
        v[0].q = a;
        v[1].q = b;
        v[2].q = third;
        cold_ref(c, in->row->op, sz, 0, use & FL_C, v);
        cold_put(c, in, 0, v[0].q);
    }
    v[0].q = a;
    v[1].q = b;
    v[2].q = third;
    cold_ref(c, in->row->op, sz, def, use, v);
    if (!x86_opnd_is_mem(in, 0)) {
        cold_put(c, in, 0, v[0].q);
    }
    return COLD_NEXT;
}

/* As cold_get, cold_put, with what is frequent inline. */
ALWAYS_INLINE uint64_t get(Cold *c, const X86Insn *in, unsigned i,
                           unsigned sz)
{
    unsigned kind = in->row->opnd[i].kind;

    if (kind == OK_G) {
        return cold_reg(c, in, sz, in->reg);
    }
    if (kind == OK_E) {
        return in->mem ? cold_ld(cold_addr(c, in), sz)
                       : cold_reg(c, in, sz, in->rm);
    }
    return kind == OK_I ? in->imm : cold_get(c, in, i);
}

ALWAYS_INLINE void put(Cold *c, const X86Insn *in, unsigned i, unsigned sz,
                       uint64_t v)
{
    unsigned kind = in->row->opnd[i].kind;

    if (kind == OK_G || (kind == OK_E && !in->mem)) {
        cold_set_reg(c, in, sz, kind == OK_G ? in->reg : in->rm, v);
    } else if (kind == OK_E) {
        cold_st(cold_addr(c, in), sz, v);
    } else {
        cold_put(c, in, i, v);
    }
}

unsigned cold_alu(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0), how = COLD_FL_LOGIC;
    uint64_t a, b, r;

    b = get(c, in, 1, sz);
    if (in->row->op == TCG_adc || in->row->op == TCG_sbb) {
        return in->lock ? COLD_NOT : by_ref(c, in, FL_ALL, FL_C, b, 0);
    }
    if (unlikely(in->lock)) {
        uint64_t addr = cold_addr(c, in);

        if (!cold_can_lock(addr, sz)) {
            return COLD_NOT;
        }
        a = cold_fetch_op(addr, sz, in->row->op, b);
    } else {
        a = get(c, in, 0, sz);
    }
    switch (in->row->op) {
    case TCG_add:
        r = a + b;
        how = COLD_FL_ADD;
        break;
    case TCG_sub:
        r = a - b;
        how = COLD_FL_SUB;
        break;
    case TCG_and:
        r = a & b;
        break;
    case TCG_or:
        r = a | b;
        break;
    default:
        r = a ^ b;
        break;
    }
    if (likely(!in->lock)) {
        put(c, in, 0, sz, r);
    }
    cold_set_flags(c, how, sz, a, b, r);
    return COLD_NEXT;
}

unsigned cold_cmp(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t a = get(c, in, 0, sz), b = get(c, in, 1, sz);

    if (in->row->op == TCG_test) {
        cold_set_flags(c, COLD_FL_LOGIC, sz, 0, 0, a & b);
    } else {
        cold_set_flags(c, COLD_FL_SUB, sz, a, b, a - b);
    }
    return COLD_NEXT;
}

unsigned cold_unary(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0), opc = in->row->op;
    uint64_t addr;
    TCGVal v[5];

    if (likely(!in->lock)) {
        return by_ref(c, in, in->row->fl_def, 0, 0, 0);
    }
    addr = cold_addr(c, in);
    if ((opc != TCG_inc && opc != TCG_dec) || !cold_can_lock(addr, sz)) {
        return COLD_NOT;
    }
    v[0].q = cold_fetch_op(addr, sz, opc == TCG_inc ? TCG_add : TCG_sub, 1);
    cold_ref(c, opc, sz, in->row->fl_def, 0, v);
    return COLD_NEXT;
}

unsigned cold_shift(Cold *c, const X86Insn *in)
{
    const X86Row *r = in->row;
    uint64_t n = cold_get(c, in, 1);
    unsigned sz = x86_opnd_size(in, 0);

    if (r->opnd[1].kind == OK_I && !(n & (sz == MO_64 ? 63 : 31))) {
        return COLD_NOT;
    }
    return by_ref(c, in, r->fl_def | r->fl_cond,
                  r->fl_use | (r->opnd[1].kind == OK_CL ? r->fl_cond : 0),
                  n, 0);
}

static unsigned multiply(Cold *c, const X86Insn *in, uint64_t a, uint64_t b)
{
    TCGVal v[5];

    v[0].q = a;
    v[1].q = b;
    cold_ref(c, TCG_mul, in->osz, in->row->fl_def, 0, v);
    cold_put(c, in, 0, v[0].q);
    return COLD_NEXT;
}

unsigned cold_imul2(Cold *c, const X86Insn *in)
{
    return multiply(c, in, cold_get(c, in, 0), cold_get(c, in, 1));
}

unsigned cold_imul3(Cold *c, const X86Insn *in)
{
    return multiply(c, in, cold_get(c, in, 1), cold_get(c, in, 2));
}

unsigned cold_mul1(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t *regs = c->env->regs;
    TCGVal v[5];

    v[0].q = regs[R_EAX];
    v[1].q = cold_get(c, in, 0);
    cold_ref(c, in->row->op, sz, in->row->fl_def, 0, v);
    if (sz >= MO_32) {
        regs[R_EAX] = v[0].q;
        regs[R_EDX] = v[1].q;
    } else {
        cold_set_reg(c, in, MO_16, R_EAX, v[0].q);
        if (sz == MO_16) {
            cold_set_reg(c, in, MO_16, R_EDX, v[1].q);
        }
    }
    return COLD_NEXT;
}

/* Those that surely don't trap: a dividend of one word. */
unsigned cold_div(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);
    uint64_t *regs = c->env->regs, d, a;

    if (sz < MO_32) {
        return COLD_NOT;
    }
    d = ref_zext(sz, cold_get(c, in, 0));
    a = ref_zext(sz, regs[R_EAX]);
    if (d == 0 || ref_zext(sz, regs[R_EDX]) != 0) {
        return COLD_NOT;
    }
    if (in->row->op == TCG_divs2 && (ref_msb(sz, a) || ref_msb(sz, d))) {
        return COLD_NOT;
    }
    regs[R_EAX] = a / d;
    regs[R_EDX] = a % d;
    cold_flags(c);              /* as gen_div() sets them */
    c->env->h.flags &= ~(FLHOME_S | FLHOME_Z | FLHOME_P);
    c->env->h.flags |= FLHOME_A;
    return COLD_NEXT;
}

/* ---- bits --------------------------------------------------------------------------- */

unsigned cold_bt(Cold *c, const X86Insn *in)
{
    uint64_t n = cold_get(c, in, 1);
    TCGVal v[5];

    if (in->mem) {
        return COLD_NOT;
    }
    v[0].q = c->env->regs[in->rm];
    v[1].q = n;
    cold_ref(c, in->row->op, in->osz, FL_C, 0, v);
    if (in->row->arg) {
        cold_put(c, in, 0, v[0].q);
    }
    return COLD_NEXT;
}

unsigned cold_bscan(Cold *c, const X86Insn *in)
{
    TCGVal v[5];

    v[1].q = cold_get(c, in, 1);
    v[0].q = c->env->regs[in->reg];
    cold_ref(c, in->row->op, in->osz, in->row->fl_def, 0, v);
    c->env->regs[in->reg] = v[0].q;
    return COLD_NEXT;
}

unsigned cold_count(Cold *c, const X86Insn *in)
{
    TCGVal v[5];

    v[0].q = cold_get(c, in, 1);
    cold_ref(c, in->row->op, in->osz, in->row->fl_def, 0, v);
    cold_put(c, in, 0, v[0].q);
    return COLD_NEXT;
}

unsigned cold_bswap(Cold *c, const X86Insn *in)
{
    uint64_t *r = &c->env->regs[x86_opnd_reg(in, 0)];

    if (in->osz == MO_16) {
        return COLD_NOT;
    }
    *r = in->osz == MO_64 ? __builtin_bswap64(*r) : __builtin_bswap32(*r);
    return COLD_NEXT;
}

/* ---- moves -------------------------------------------------------------------------- */

unsigned cold_mov(Cold *c, const X86Insn *in)
{
    unsigned sz = x86_opnd_size(in, 0);

    put(c, in, 0, sz, get(c, in, 1, sz));
    return COLD_NEXT;
}

unsigned cold_movx(Cold *c, const X86Insn *in)
{
    unsigned ssz = x86_opnd_size(in, 1);
    uint64_t v = cold_get(c, in, 1);

    v = in->row->op == TCG_ext_s ? (uint64_t)ref_sext(ssz, v)
                                 : ref_zext(ssz, v);
    cold_put(c, in, 0, v);
    return COLD_NEXT;
}

unsigned cold_lea(Cold *c, const X86Insn *in)
{
    cold_set_reg(c, in, in->osz, in->reg, cold_addr_noseg(c, in));
    return COLD_NEXT;
}

unsigned cold_xchg_acc(Cold *c, const X86Insn *in)
{
    unsigned reg = x86_opnd_reg(in, 0);
    uint64_t a = c->env->regs[R_EAX];

    if (reg != R_EAX) {
        cold_set_reg(c, in, in->osz, R_EAX, c->env->regs[reg]);
        cold_set_reg(c, in, in->osz, reg, a);
    }
    return COLD_NEXT;
}

unsigned cold_cmov(Cold *c, const X86Insn *in)
{
    uint64_t v = cold_get(c, in, 1);

    if (!cold_cond(c, in->opcode & 15)) {
        v = c->env->regs[in->reg];
    }
    cold_put(c, in, 0, v);
    return COLD_NEXT;
}

unsigned cold_setcc(Cold *c, const X86Insn *in)
{
    cold_put(c, in, 0, cold_cond(c, in->opcode & 15));
    return COLD_NEXT;
}

unsigned cold_cbw(Cold *c, const X86Insn *in)
{
    cold_set_reg(c, in, in->osz, R_EAX,
                 ref_sext(in->osz - 1, c->env->regs[R_EAX]));
    return COLD_NEXT;
}

unsigned cold_cwd(Cold *c, const X86Insn *in)
{
    cold_set_reg(c, in, in->osz, R_EDX,
                 ref_msb(in->osz, c->env->regs[R_EAX]) ? ~0ull : 0);
    return COLD_NEXT;
}

unsigned cold_nop(Cold *c, const X86Insn *in)
{
    return COLD_NEXT;
}

/* ---- stack -------------------------------------------------------------------------- */

unsigned cold_push(Cold *c, const X86Insn *in)
{
    uint64_t *sp = &c->env->regs[R_ESP], v;

    if (in->osz != MO_64) {
        return COLD_NOT;
    }
    v = cold_get(c, in, 0);
    cold_st(*sp - 8, MO_64, v);
    *sp -= 8;
    return COLD_NEXT;
}

unsigned cold_pop(Cold *c, const X86Insn *in)
{
    uint64_t *regs = c->env->regs, v;

    if (in->osz != MO_64 || x86_opnd_is_mem(in, 0)) {
        return COLD_NOT;
    }
    v = cold_ld(regs[R_ESP], MO_64);
    regs[R_ESP] += 8;
    regs[x86_opnd_reg(in, 0)] = v;
    return COLD_NEXT;
}

unsigned cold_leave(Cold *c, const X86Insn *in)
{
    uint64_t *regs = c->env->regs, v;

    if (in->osz != MO_64) {
        return COLD_NOT;
    }
    v = cold_ld(regs[R_EBP], MO_64);
    regs[R_ESP] = regs[R_EBP] + 8;
    regs[R_EBP] = v;
    return COLD_NEXT;
}
