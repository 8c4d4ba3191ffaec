/* SPDX-License-Identifier: MIT */
/*
 * MXCSR's DE and UE on hosts without FEAT_AFP.  Those see no denormal operand,
 * and call a result tiny before it is rounded, x86 afterwards: a result that
 * becomes the least normal number raises UE on the former alone.
 *
 * Few programs look, so checks are only made once one has loaded MXCSR: from
 * then on, operands that are denormal and results near the least normal number
 * go to the reference.  In a region that touches MXCSR they are always made.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

bool a64_fp_exact;

static bool wanted(const A64Jit *j)
{
    return !has(HF_AFP) && (a64_fp_exact || j->fp_exact);
}

/* V8 or T0 = something that is not all ones, or zero, if v must be seen to. */
static uint32_t *small(A64Jit *j, A64Check c, unsigned v)
{
    A64Table t;
    uint64_t mask;

    if (c.scalar) {
        unsigned bits = c.sz == MO_64 ? 52 : 23, n = c.sz == MO_64 ? 11 : 8;

        out_vv(j, c.sz == MO_64 ? 0x9e660000 : 0x1e260000, T0, v);
        out_ubfx(j, true, T0, T0, bits + c.out, n - c.out);
        return out_cbz(j, false, true, T0, NULL);
    }
    mask = c.sz == MO_64 ? 0x7ff0ull << 48 : 0x7f8000007f800000;
    if (c.out) {
        mask &= mask << 1;
    }
    memcpy(t.b, &mask, 8);
    memcpy(t.b + 8, &mask, 8);
    out_table(j, V8, &t);
    out_vvv(j, 0x4e208c00 | c.sz << 22, V8, V8, v);     /* cmtst */
    out_vvv(j, 0x6ea0ac00, V9, V8, V8);                 /* uminp 4s */
    out_vv(j, 0x9e660000, T0, V9);
    out_rrr(j, A_ORN, true, T0, ZR, T0);
    return out_cbz(j, true, true, T0, NULL);
}

/* a: the check; b: where it goes on if all is zero or normal. */
static void emit_small(A64Jit *j, A64Stub *st)
{
    unsigned v = st->a & 31, sz = st->a >> 8 & 3;
    const void *go_on = (const void *)(uintptr_t)st->b;

    out_bind(st->loc, j->p);
    if (st->a >> 16 & 1) {
        out_vv(j, sz == MO_64 ? 0x9e660000 : 0x1e260000, T0, v);
        out_lsl(j, sz == MO_64, T0, T0, 1);
    } else {
        out_vv(j, 0x0f005400 | 1 << 30 | ((8 << sz) + 1) << 16, V9, v);
        out_vv(j, 0x4e209800 | sz << 22, V9, V9);       /* shl 1, cmeq 0 */
        out_vvv(j, 0x4ea01c00, V8, V8, V9);
        out_vvv(j, 0x6ea0ac00, V8, V8, V8);
        out_vv(j, 0x9e660000, T0, V8);
        out_rrr(j, A_ORN, true, T0, ZR, T0);
    }
    if (st->a >> 24 & 1) {
        /* All that UFC says: for a zero it is true, else the reference says. */
        uint32_t *ref = out_cbz(j, true, true, T0, NULL);

        o32(j, 0xd53b4420 | T0);                        /* mrs t0, fpsr */
        out_logic_imm(j, A_AND, false, T1, T0, a64_bitmask(8, false));
        out_cbz(j, false, false, T1, go_on);
        out_ld_env(j, MO_32, T0, ENVOFF(fpcr));
        out_rrs(j, A_ORR, false, T0, T0, T1, LSL, 1);
        out_st_env(j, MO_32, T0, ENVOFF(fpcr));
        out_b(j, go_on);
        out_bind(ref, j->p);
        o32(j, 0xd53b4420 | T0);
        out_logic_imm(j, A_AND, true, T0, T0, a64_bitmask(~8ull, true));
        o32(j, 0xd51b4420 | T0);                        /* msr fpsr, t0 */
    } else {
        out_cbz(j, false, true, T0, go_on);
    }
    emit_ref_keep(j, st->op, st->reg, st->reg + 3);
    if (st->fcom) {
        fl_emit_load(j, st->op->fl_def, true);
    }
    out_b(j, st->back);
}

static A64Stub *check(A64Jit *j, A64Slow *s, A64Check c, unsigned v)
{
    A64Stub *st = stub_new(j, emit_small, small(j, c, v));

    st->op = s->op;
    memcpy(st->reg, s->reg, sizeof(s->reg));
    st->a = v | c.sz << 8 | c.scalar << 16 | c.out << 24;
    st->b = (uintptr_t)j->p;
    st->fcom = s->op->opc == TCG_fcom;
    s->st[s->n++] = st;
    return st;
}

void exact_in(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v)
{
    if (wanted(j)) {
        check(j, s, (A64Check){ .sz = sz, .scalar = scalar }, v);
    }
}

void exact_out(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v)
{
    if (wanted(j)) {
        check(j, s, (A64Check){ .sz = sz, .scalar = scalar, .out = true }, v);
    }
}

/* To integers x86 converts denormals without DE, AFP with it. */
void exact_to_int(A64Jit *j, A64Slow *s, unsigned sz, bool scalar, unsigned v)
{
    if (has(HF_AFP)) {
        check(j, s, (A64Check){ .sz = sz, .scalar = scalar }, v);
    }
}

/* ---- MXCSR as a value -------------------------------------------------------------- */

bool a64_fpx_seen;

bool a64_fpx(uint32_t fpcr)
{
    return (fpcr ^ 0x1f80) & (has(HF_AFP) ? 0x7f80 : 0xffc0);
}

/* The program looks after MXCSR: what was translated so far does not. */
static void set_fpcr(TCGEnv *env, uint64_t val)
{
    bool exact = !has(HF_AFP) && !a64_fp_exact;
    bool fpx = a64_fpx(val) && !a64_fpx_seen;

    env->fpcr = val;
    if (exact || fpx) {
        a64_fp_exact |= exact;
        a64_fpx_seen |= fpx;
        tcg_flush_inside(env);
        tcg_exit_helper(env, TCG_EXIT_REQUEST, true);   /* once more */
    }
}

/* a = the pc to go on from. */
static void emit_fpx_leave(A64Jit *j, A64Stub *st)
{
    uint32_t *seen;

    out_bind(st->loc, j->p);
    out_movi(j, T0, (uintptr_t)&a64_fpx_seen);
    o32(j, 0x39400000 | T0 << 5 | T0);                  /* ldrb */
    seen = out_cbz(j, true, false, T0, NULL);
    out_bind(seen, st->back);
    out_movi(j, T0, st->a);
    out_b(j, a64_thunks.lookup);
}

void out_fpx_check(A64Jit *j, uint64_t pc)
{
    A64Stub *st;

    if (!a64_fpx_seen) {
        st = stub_new(j, emit_fpx_leave,
                      out_cbz(j, true, false, R_FPX, NULL));
        st->a = pc;
        st->back = j->p;
    }
}

void lower_fpcr_set(A64Jit *j, const TCGOp *op, const A64Op *x)
{
    fl_save(j, op->fl_live);
    out_st_env(j, MO_64, inz(j, op->in[0]), ARG_SLOT);
    ra_unlock_all(&j->ra);
    ra_kill_dead(&j->ra, op);
    ra_spill_all(&j->ra);
    j->fl_h = 0;
    out_helper_call(j, set_fpcr);
}
