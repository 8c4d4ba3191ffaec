/* SPDX-License-Identifier: MIT */
/*
 * Operands of the instruction being translated: addresses, registers, loads,
 * write-back, the stack, exceptions.  Flow: frontend.c and the generators
 * (gen-*.c) -> (this) -> tcg/ir.h.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/helper.h"
#include "tcg/softmmu.h"

X86Gen gen_bt;

TCGRef x86_tmp(DisasContext *dc)
{
    return tcg_temp_new(dc->s, TCG_I64);
}

TCGRef x86_vtmp(DisasContext *dc)
{
    return tcg_temp_new(dc->s, TCG_V128);
}

/* ---- addresses ----------------------------------------------------------- */

static const TCGMem no_mem = { .base = TCG_NONE, .index = TCG_NONE };

static TCGRef lea(DisasContext *dc, unsigned sz, TCGMem m)
{
    TCGRef t = x86_tmp(dc);
    TCGOp *op = tcg_emit(dc->s, TCG_lea, sz);

    op->out[0] = t;
    op->mem = m;
    return t;
}

TCGRef x86_mem_addr(DisasContext *dc, TCGMem m)
{
    if (m.index == TCG_NONE && !m.disp && m.base != TCG_NONE) {
        return m.base;
    }
    return lea(dc, MO_64, m);
}

TCGRef x86_mem_host(DisasContext *dc, TCGMem m, unsigned size,
                    unsigned access)
{
    TCGOp *op;
    TCGRef t;

    if (!(dc->mode & HF_SYS)) {
        return x86_mem_addr(dc, m);
    }
    t = x86_tmp(dc);
    op = tcg_emit(dc->s, TCG_mmu, MO_64);
    op->out[0] = t;
    op->mem = m;
    op->imm = size | access;
    return t;
}

TCGMem x86_mem_wrap(DisasContext *dc, const X86Insn *in, TCGMem m)
{
    TCGMem r = no_mem;

    if (in->asz == MO_64) {
        return m;
    }
    /* Near a 32-bit base: what would wrap faults anyway, at an address where
     * nothing is ever mapped. */
    if (!in->mode64 && in->asz == MO_32 && m.index == TCG_NONE &&
        m.disp >= -0x8000 && m.disp < 0x8000) {
        return m;
    }
    r.base = lea(dc, MO_32, m);
    if (in->asz == MO_16) {
        TCGRef t = x86_tmp(dc);
        tcg_op1(dc->s, TCG_ext_u, MO_16, t, r.base);
        r.base = t;
    }
    return r;
}

TCGMem x86_mem_seg(DisasContext *dc, const X86Insn *in, TCGMem m, unsigned seg)
{
    TCGMem r = no_mem;

    if (in->mode64 ? seg < R_FS : seg < R_FS && !(dc->mode & HF_ADDSEG)) {
        return m;
    }
    bool near = in->mode64 || (m.disp >= -0x8000 && m.disp < 0x8000);
    if (m.base == TCG_NONE && (m.index == TCG_NONE || in->mode64) && near) {
        m.base = dc->seg_base[seg];
        return m;
    }
    if (m.index == TCG_NONE && in->mode64) {
        m.index = dc->seg_base[seg];
        m.scale = 0;
        return m;
    }
    r.base = x86_mem_addr(dc, m);
    r.index = dc->seg_base[seg];
    if (!in->mode64) {              /* linear addresses are 32 bits wide */
        r.base = lea(dc, MO_32, r);
        r.index = TCG_NONE;
    }
    return r;
}

TCGMem x86_mem_noseg(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_mem_raw(dc, in);

    if (in->base == X86_RIP || (m.index == TCG_NONE && in->base == X86_NOREG)) {
        return m;
    }
    return x86_mem_wrap(dc, in, m);
}

TCGMem x86_mem_raw(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = no_mem;

    if (in->base == X86_RIP) {
        uint64_t a = dc->next_pc + (int64_t)in->disp;
        m.base = x86_const(dc, in->asz == MO_64 ? a : (uint32_t)a);
        return m;
    }
    if (in->base != X86_NOREG) {
        m.base = dc->gpr[in->base];
    }
    if (in->index != X86_NOREG) {
        m.index = dc->gpr[in->index];
        m.scale = in->scale;
    }
    m.disp = in->disp;
    if (in->asz == MO_32 && m.base == TCG_NONE && m.index == TCG_NONE &&
        (in->mode64 || in->seg < R_FS)) {
        m.base = x86_const(dc, (uint32_t)in->disp);
        m.disp = 0;
    }
    return m;
}

/* Bytes of memory operand i; 0: it is checked nowhere. */
static unsigned opnd_bytes(const X86Insn *in, unsigned i)
{
    switch (in->row->opnd[i].size) {
    case OS_NONE:
        return 0;
    case OS_P:
        return 2 + (1 << in->osz);
    case OS_S:
        return in->mode64 ? 10 : 6;
    case OS_T:
        return 10;
    default:
        return 1 << x86_opnd_size(in, i);
    }
}

void x86_check_access(DisasContext *dc, const X86Insn *in, TCGMem m,
                      unsigned seg, unsigned size, bool write)
{
    uint64_t flag = (seg < R_FS ? HF_CHECK : seg == R_FS ? HF_FSCHK : HF_GSCHK)
                    | (in->asz == MO_32 ? HF_LIM16 : 0);
    unsigned align = size == 10 ? 8 : size & (size - 1) ? 4 : MIN(size, 16);

    /* Code can't be written by way of CS. */
    if ((likely(!(dc->mode & flag)) && (seg != R_CS || in->mode64)) || !size) {
        return;
    }
    if (size == 16 && !(in->row->attr & (XA_UA | XA_VEX))) {
        align = 0;              /* #GP goes before */
    }
    tcg_call(dc->s, &helper_check_access_info, TCG_NONE,
             lea(dc, in->mode64 ? MO_64 : MO_32, m), x86_const(dc, seg),
             x86_const(dc, size), x86_const(dc, write | align << 8));
}

bool x86_writes_mem(const X86Insn *in)
{
    const X86Row *r = in->row;
    unsigned k = r->opnd[0].kind;

    if ((r->attr & XA_R0) || r->opnd[0].size == OS_P) {
        return false;
    }
    if (x86_is_x87(in)) {
        return softmmu_x87_access(in->opcode << 8 | in->modrm) & MMU_ACC_ST;
    }
    if (k == OK_E) {            /* BT has no bit to change */
        return in->mem && !(r->gen == gen_bt && !r->arg);
    }
    return (k == OK_M && !(r->attr & XA_RAW)) || (k == OK_W && in->mem) ||
           (k == OK_Q && in->mem);
}

/* The ModRM operand's own check. */
static void check_modrm(DisasContext *dc, const X86Insn *in, TCGMem m)
{
    const X86Row *r = in->row;

    if (x86_is_x87(in)) {
        x86_check_access(dc, in, m, in->seg, x86_x87_bytes(in),
                         x86_writes_mem(in));
        return;
    }
    for (unsigned i = 0; i < r->nopnd; i++) {
        unsigned k = r->opnd[i].kind;
        if (k == OK_E || k == OK_M || k == OK_W || k == OK_Q) {
            x86_check_access(dc, in, m, in->seg, opnd_bytes(in, i),
                             x86_writes_mem(in));
            return;
        }
    }
}

TCGMem x86_mem(DisasContext *dc, const X86Insn *in)
{
    if (!dc->mem_done) {
        TCGMem m = x86_mem_noseg(dc, in);
        if (unlikely(dc->mode & (HF_CHECK | HF_FSCHK | HF_GSCHK | HF_LIM16)) ||
            unlikely(in->seg == R_CS)) {
            check_modrm(dc, in, m);
        }
        dc->mem = x86_mem_seg(dc, in, m, in->seg);
        dc->mem_done = true;
    }
    return dc->mem;
}

TCGMem x86_mem_unchecked(DisasContext *dc, const X86Insn *in)
{
    return x86_mem_seg(dc, in, x86_mem_noseg(dc, in), in->seg);
}

TCGMem x86_mem_plus(DisasContext *dc, TCGMem m, int n)
{
    if (__builtin_add_overflow(m.disp, n, &m.disp)) {
        TCGMem r = no_mem;
        m.disp -= n;
        r.base = lea(dc, MO_64, m);
        r.disp = n;
        return r;
    }
    return m;
}

TCGMem x86_mem_moffs(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = no_mem;

    m.base = x86_const(dc, in->imm);
    x86_check_access(dc, in, m, in->seg,
                     1 << x86_opnd_size(in, in->row->opnd[1].kind == OK_O),
                     in->row->opnd[0].kind == OK_O);
    return x86_mem_seg(dc, in, m, in->seg);
}

/* Address of any memory operand. */
static TCGMem opnd_mem(DisasContext *dc, const X86Insn *in, unsigned i)
{
    switch (in->row->opnd[i].kind) {
    case OK_O:
        return x86_mem_moffs(dc, in);
    case OK_X:
        return x86_mem_reg(dc, in, R_ESI, in->seg);
    case OK_Y:
        return x86_mem_reg(dc, in, R_EDI, R_ES);
    default:
        return x86_mem(dc, in);
    }
}

TCGMem x86_mem_reg(DisasContext *dc, const X86Insn *in, unsigned reg,
                   unsigned seg)
{
    TCGMem m = no_mem;

    m.base = dc->gpr[reg];
    if (in->asz == MO_16 || (in->mode64 && in->asz == MO_32)) {
        m = x86_mem_wrap(dc, in, m);
    }
    if (unlikely(dc->mode & (HF_CHECK | HF_FSCHK | HF_GSCHK | HF_LIM16))) {
        unsigned i = in->row->opnd[0].kind != OK_X &&
                     in->row->opnd[0].kind != OK_Y;
        x86_check_access(dc, in, m, seg, opnd_bytes(in, i), reg == R_EDI &&
                         in->row->opnd[0].kind == OK_Y);
    }
    return x86_mem_seg(dc, in, m, seg);
}

/* ---- general registers --------------------------------------------------- */

TCGRef x86_ld_reg(DisasContext *dc, unsigned sz, unsigned reg)
{
    if (unlikely(x86_is_high8(dc->in, sz, reg))) {
        TCGRef t = x86_tmp(dc);
        tcg_op1(dc->s, TCG_extract, MO_64, t, dc->gpr[reg - 4])->imm =
            8 | 8 << 8;
        return t;
    }
    return dc->gpr[reg];
}

void x86_st_reg(DisasContext *dc, unsigned sz, unsigned reg, TCGRef val)
{
    TCGRef g = dc->gpr[reg];

    if (sz >= MO_32) {
        if (val != g || sz == MO_32) {
            tcg_op1(dc->s, TCG_mov, sz, g, val);
        }
    } else if (x86_is_high8(dc->in, sz, reg)) {
        g = dc->gpr[reg - 4];
        tcg_op2(dc->s, TCG_deposit, MO_64, g, g, val)->imm = 8 | 8 << 8;
    } else if (val != g) {
        tcg_op2(dc->s, TCG_deposit, MO_64, g, g, val)->imm = (8 << sz) << 8;
    }
}

/* ---- operands ------------------------------------------------------------ */

unsigned x86_opnd_reg(const X86Insn *in, unsigned i)
{
    switch (in->row->opnd[i].kind) {
    case OK_E: case OK_R: case OK_W: case OK_U:
        return in->rm;
    case OK_Q: case OK_N: case OK_STI:
        return in->rm & 7;
    case OK_P:
        return in->reg & 7;
    case OK_S:
        return in->modrm >> 3 & 7;
    case OK_Z:
        return (in->opcode & 7) | (in->rex & 1) << 3;
    case OK_B: case OK_H:
        return in->vvvv;
    case OK_L:
        return in->imm >> 4 & (in->mode64 ? 15 : 7);
    case OK_ACC:
        return R_EAX;
    case OK_CL:
        return R_ECX;
    case OK_DX:
        return R_EDX;
    default:
        return in->reg;
    }
}

static TCGRef load_vector(DisasContext *dc, const X86Insn *in, unsigned sz,
                          TCGMem m)
{
    TCGRef t = tcg_temp_new(dc->s, sz == MO_256 ? TCG_V256 : TCG_V128);
    TCGOp *op = tcg_emit(dc->s, sz >= MO_128 ? TCG_ldv : TCG_ldvs, sz);

    op->out[0] = t;
    op->mem = m;
    op->vt = sz == MO_256 ? TCG_V256 : TCG_V128;
    if (in->row->attr & XA_VEX) {
        op->attr = OPA_ZU;      /* the temp's upper half is nobody's */
    } else if (sz == MO_128 && !(in->row->attr & XA_UA)) {
        op->attr = OPA_ALIGN;
    }
    return t;
}

TCGRef x86_ld_opnd(DisasContext *dc, const X86Insn *in, unsigned i)
{
    unsigned kind = in->row->opnd[i].kind, sz = x86_opnd_size(in, i);
    TCGRef t;

    switch (kind) {
    case OK_E:
        if (!in->mem) {
            return x86_ld_reg(dc, sz, in->rm);
        }
        break;
    case OK_G: case OK_Z: case OK_R: case OK_B: case OK_ACC: case OK_CL:
    case OK_DX:
        return x86_ld_reg(dc, sz, x86_opnd_reg(in, i));
    case OK_I:
        return x86_const(dc, in->imm);
    case OK_ONE:
        return x86_const(dc, 1);
    case OK_W:
        if (in->mem) {
            return load_vector(dc, in, sz, x86_mem(dc, in));
        }
        return dc->xmm[in->rm];
    case OK_V: case OK_U: case OK_H: case OK_L:
        return dc->xmm[x86_opnd_reg(in, i)];
    case OK_M: case OK_O: case OK_X: case OK_Y:
        break;
    default:
        return TCG_NONE;
    }
    if (sz > MO_64) {
        return TCG_NONE;        /* M without a loadable size */
    }
    TCGMem m = opnd_mem(dc, in, i);
    t = x86_tmp(dc);
    tcg_ld(dc->s, sz, 0, t, m);
    return t;
}

static void store_vector(DisasContext *dc, const X86Insn *in, unsigned sz,
                         TCGRef val)
{
    TCGMem m = x86_mem(dc, in);
    TCGOp *op = tcg_emit(dc->s, sz >= MO_128 ? TCG_stv : TCG_stvs, sz);

    op->in[0] = val;
    op->mem = m;
    op->vt = sz == MO_256 ? TCG_V256 : TCG_V128;
    if (sz == MO_128 && !(in->row->attr & (XA_UA | XA_VEX))) {
        op->attr = OPA_ALIGN;
    }
}

void x86_st_opnd(DisasContext *dc, const X86Insn *in, unsigned i, TCGRef val)
{
    unsigned kind = in->row->opnd[i].kind, sz = x86_opnd_size(in, i), reg;

    switch (kind) {
    case OK_E: case OK_M: case OK_O: case OK_X: case OK_Y:
        if (kind != OK_E || in->mem) {
            TCGMem m = opnd_mem(dc, in, i);
            tcg_st(dc->s, sz, val, m);
            return;
        }
        break;
    case OK_W:
        if (in->mem) {
            store_vector(dc, in, sz, val);
            return;
        }
        /* fall through */
    case OK_V: case OK_U: case OK_H:
        reg = x86_opnd_reg(in, i);
        if (val != dc->xmm[reg]) {
            TCGOp *op = tcg_op1(dc->s, TCG_vmov, MO_64, dc->xmm[reg], val);
            op->vt = sz == MO_256 ? TCG_V256 : TCG_V128;
            op->attr = in->row->attr & XA_VEX ? OPA_ZU : 0;
        }
        return;
    }
    reg = x86_opnd_reg(in, i);
    if (val != dc->gpr[reg] || x86_is_high8(in, sz, reg)) {
        x86_st_reg(dc, sz, reg, val);
    }
}

TCGRef x86_out(DisasContext *dc, const X86Insn *in, unsigned i, bool merge)
{
    unsigned sz = x86_opnd_size(in, i), reg;

    if (x86_opnd_is_mem(in, i)) {
        return x86_tmp(dc);
    }
    reg = x86_opnd_reg(in, i);
    if (sz >= MO_32 || (merge && !x86_is_high8(in, sz, reg))) {
        return dc->gpr[reg];
    }
    return x86_tmp(dc);
}

/* ---- stack --------------------------------------------------------------- */

static unsigned stack_size(DisasContext *dc, const X86Insn *in)
{
    return in->mode64 ? MO_64 : dc->mode & HF_SS32 ? MO_32 : MO_16;
}

TCGMem x86_stack_mem(DisasContext *dc, const X86Insn *in, int disp)
{
    TCGMem m = no_mem;
    unsigned ssz = stack_size(dc, in);

    m.base = dc->gpr[R_ESP];
    m.disp = disp;
    if (ssz == MO_64) {
        x86_check_access(dc, in, m, R_SS, 1 << in->osz, disp < 0);
        return m;
    }
    if (ssz == MO_16) {
        TCGRef t = x86_tmp(dc);
        m.base = lea(dc, MO_32, m);
        m.disp = 0;
        tcg_op1(dc->s, TCG_ext_u, MO_16, t, m.base);
        m.base = t;
    }
    x86_check_access(dc, in, m, R_SS, 1 << in->osz, disp < 0);
    return x86_mem_seg(dc, in, m, R_SS);
}

void x86_add_sp(DisasContext *dc, const X86Insn *in, int64_t n)
{
    unsigned ssz = stack_size(dc, in);
    TCGRef sp = dc->gpr[R_ESP];
    TCGMem m = no_mem;

    m.base = sp;
    m.disp = n;
    if (ssz == MO_16) {
        TCGRef t = lea(dc, MO_32, m);
        tcg_op2(dc->s, TCG_deposit, MO_64, sp, sp, t)->imm = 16 << 8;
        return;
    }
    TCGOp *op = tcg_emit(dc->s, TCG_lea, ssz);
    op->out[0] = sp;
    op->mem = m;
}

void x86_push(DisasContext *dc, const X86Insn *in, TCGRef val)
{
    int n = 1 << in->osz;

    tcg_st(dc->s, in->osz, val, x86_stack_mem(dc, in, -n));
    x86_add_sp(dc, in, -n);
}

TCGRef x86_pop_peek(DisasContext *dc, const X86Insn *in)
{
    TCGMem m = x86_stack_mem(dc, in, 0);
    TCGRef t = x86_tmp(dc);

    tcg_ld(dc->s, in->osz, 0, t, m);
    return t;
}

/* ---- code addresses ------------------------------------------------------ */

static uint32_t cs_base(const DisasContext *dc)
{
    return dc->mode >> HF_CSBASE_SHIFT;
}

TCGRef x86_linear_pc(DisasContext *dc, TCGRef v)
{
    TCGMem m = { .base = v, .index = TCG_NONE };

    if (dc->mode & HF_CSLIM) {
        tcg_call(dc->s, &helper_check_target_info, TCG_NONE, v);
    }
    if (likely(!cs_base(dc))) {
        return v;
    }
    m.index = dc->seg_base[R_CS];
    return lea(dc, MO_32, m);
}

void x86_check_code(DisasContext *dc)
{
    TCGLabel *ok = tcg_label_new(dc->s);
    uint32_t last = dc->next_pc - 1 - cs_base(dc);

    tcg_brcond(dc->s, TCG_COND_LEU, MO_32, x86_const(dc, last), dc->cs_limit,
               ok);
    x86_gen_raise(dc, EXCP0D_GPF);
    tcg_label_place(dc->s, ok);
}

void x86_check_target(DisasContext *dc, uint64_t pc)
{
    if (unlikely(dc->mode & HF_CSLIM)) {
        tcg_call(dc->s, &helper_check_target_info, TCG_NONE,
                 x86_const(dc, (uint32_t)(pc - cs_base(dc))));
    }
}

TCGRef x86_return_ip(DisasContext *dc)
{
    uint64_t ip = dc->next_pc;

    return x86_const(dc, dc->in->mode64 ? ip : (uint32_t)(ip - cs_base(dc)));
}

/* ---- exceptions ---------------------------------------------------------- */

void x86_gen_raise_err(DisasContext *dc, unsigned vector, uint32_t code)
{
    tcg_call(dc->s, &helper_raise_info, TCG_NONE, x86_const(dc, vector),
             x86_const(dc, code));
    tcg_exit(dc->s, vector, 0, dc->in->pc);
}

void x86_gen_raise(DisasContext *dc, unsigned vector)
{
    x86_gen_raise_err(dc, vector, 0);
}

void x86_load_seg(DisasContext *dc, unsigned seg, TCGRef sel)
{
    TCGRef t = x86_tmp(dc);

    tcg_op1(dc->s, TCG_ext_u, MO_16, t, sel);
    tcg_call(dc->s, &helper_load_seg_info, TCG_NONE, x86_const(dc, seg), t);
}

void x86_seg_loaded(DisasContext *dc, unsigned seg)
{
    if (!dc->in->mode64) {
        tcg_call(dc->s, &helper_check_mode_info, TCG_NONE,
                 x86_const(dc, dc->mode), x86_const(dc, dc->next_pc));
    }
}

void x86_ss_loaded(DisasContext *dc, unsigned seg)
{
    if (unlikely(dc->mode & HF_TF) && seg == R_SS && !(dc->mode & HF_SYS)) {
        tcg_exit(dc->s, TCG_EXIT_REQUEST, 0, dc->next_pc);
    }
}

void x86_gen_exit_next(DisasContext *dc, unsigned reason, uint64_t arg)
{
    tcg_exit(dc->s, reason, arg, dc->next_pc);
}
