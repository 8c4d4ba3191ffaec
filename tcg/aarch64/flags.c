/* SPDX-License-Identifier: MIT */
/*
 * Where the guest's arithmetic flags are: in the host (fl_h), at their home in
 * the env (fl_m), or both.  In the host SF, ZF, CF, OF are N, Z, C, V, with C
 * inverted behind subtractions (cinv); PF is the parity of R_PF's low byte,
 * AF bit 4 of R_AF.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

void fl_parity(A64Jit *j)
{
    if (j->pf_bit) {
        out_mov(j, false, T0, R_PF);
        return;
    }
    out_rrs(j, A_EOR, false, T0, R_PF, R_PF, LSR, 4);
    out_rrs(j, A_EOR, false, T0, T0, T0, LSR, 2);
    out_rrs(j, A_EOR, false, T0, T0, T0, LSR, 1);
    out_logic_imm(j, A_AND, false, T0, T0, a64_bitmask(1, false));
}

/* T1 = home word with the flags of st. */
static void gather(A64Jit *j, unsigned st)
{
    bool first = true;

    if (st & FL_P) {
        fl_parity(j);
        out_logic_imm(j, A_EOR, false, T0, T0, a64_bitmask(1, false));
        out_lsl(j, false, T1, T0, 10);
        first = false;
    }
    if (first) {
        out_movi(j, T1, 0);
    }
    if (st & FL_A) {
        out_lsr(j, false, T0, R_AF, 4);
        out_bfi(j, false, T1, T0, 12, 1);
    }
    if (!(st & FL_NZCV)) {
        return;
    }
    out_mrs_nzcv(j, T0);
    if (st & (FL_Z | FL_S)) {
        out_lsr(j, false, T2, T0, 30);
        out_bfi(j, false, T1, T2, 14, 2);
    }
    if (st & FL_C) {
        out_lsr(j, false, T2, T0, 29);
        if (j->cinv) {
            out_logic_imm(j, A_EOR, false, T2, T2, a64_bitmask(1, false));
        }
        out_bfi(j, false, T1, T2, 8, 1);
    }
    if (st & FL_O) {
        out_lsr(j, false, T2, T0, 28);
        out_bfi(j, false, T1, T2, 0, 1);
    }
}

/* RMIF: flags of mask (N = 8, Z = 4, C = 2, V = 1) = r rotated right by n. */
static void out_rmif(A64Jit *j, unsigned r, unsigned n, unsigned mask)
{
    o32(j, 0xba000400 | (n & 63) << 15 | r << 5 | mask);
}

static void out_cfinv(A64Jit *j)
{
    o32(j, 0xd500401f);
}

void out_flag_bit(A64Jit *j, unsigned flag, unsigned r, unsigned bit)
{
    unsigned at = flag - 28, tmp = r == T2 ? T1 : T2;

    if (has(HF_FLAGM)) {
        out_rmif(j, r, bit - at, 1 << at);
        return;
    }
    if (bit) {
        out_lsr(j, true, r, r, bit);
    }
    out_mrs_nzcv(j, tmp);
    out_bfi(j, false, tmp, r, flag, 1);
    out_msr_nzcv(j, tmp);
}

void nzcv_with(A64Jit *j, unsigned sz, unsigned r, bool c, int of)
{
    out_nz(j, sz, r);
    if (!c && of < 0) {
        return;
    }
    if (has(HF_FLAGM)) {
        if (c) {
            out_rmif(j, T2, 63, 2);
        }
        if (of >= 0) {
            out_rmif(j, of, 0, 1);
        }
        return;
    }
    out_mrs_nzcv(j, T1);
    if (c) {
        out_bfi(j, false, T1, T2, 29, 1);
    }
    if (of >= 0) {
        out_bfi(j, false, T1, of, 28, 1);
    }
    out_msr_nzcv(j, T1);
}

void fl_save_for(A64Jit *j, unsigned want, unsigned live)
{
    unsigned host = j->fl_h & ~j->fl_m, st;

    live |= want;
    if (!(want & host)) {
        return;
    }
    st = host & live;
    if (live & ~st & j->fl_m) {
        uint32_t mask = tcg_flags_home(st);

        gather(j, st);
        out_movi(j, T2, mask);
        out_rrr(j, A_AND, false, T1, T1, T2);
        out_ld_env(j, MO_32, T0, ENVOFF(flags));
        out_rrr(j, A_BIC, false, T0, T0, T2);
        out_rrr(j, A_ORR, false, T1, T1, T0);
        j->fl_m |= st;
    } else {
        gather(j, st);
        j->fl_m = st;
    }
    out_st_env(j, MO_32, T1, ENVOFF(flags));
}

void fl_save(A64Jit *j, unsigned live)
{
    fl_save_for(j, live, live);
}

void fl_emit_load(A64Jit *j, unsigned mask, bool cinv)
{
    out_ld_env(j, MO_32, T0, ENVOFF(flags));
    if ((mask & FL_NZCV) && has(HF_FLAGM)) {
        out_rmif(j, T0, 12, 12);
        out_rmif(j, T0, 7, 2);
        out_rmif(j, T0, 0, 1);
        if (cinv) {
            out_cfinv(j);
        }
    } else if (mask & FL_NZCV) {
        out_ubfx(j, false, T1, T0, 14, 2);
        out_lsl(j, false, T1, T1, 30);
        out_ubfx(j, false, T2, T0, 8, 1);
        if (cinv) {
            out_logic_imm(j, A_EOR, false, T2, T2, a64_bitmask(1, false));
        }
        out_bfi(j, false, T1, T2, 29, 1);
        out_bfi(j, false, T1, T0, 28, 1);
        out_msr_nzcv(j, T1);
    }
    if (mask & FL_P) {
        out_ubfx(j, false, R_PF, T0, 10, 1);
        out_logic_imm(j, A_EOR, false, R_PF, R_PF, a64_bitmask(1, false));
    }
    if (mask & FL_A) {
        out_lsr(j, false, R_AF, T0, 8);
    }
}

void fl_load(A64Jit *j, unsigned mask)
{
    unsigned get;

    if (!(mask & ~j->fl_h)) {
        return;
    }
    /* What only the host has must not be lost. */
    if (mask & FL_NZCV & ~j->fl_h) {
        fl_save(j, FL_ALL);
        mask |= FL_NZCV;
    }
    if (mask & FL_P) {
        j->pf_bit = true;
    }
    get = mask & j->fl_m;
    get |= mask & FL_NZCV ? FL_NZCV & j->fl_m : 0;
    fl_emit_load(j, mask, false);
    if (mask & FL_NZCV) {
        j->fl_h &= ~FL_NZCV;
        j->cinv = false;
    }
    j->fl_h |= get;
}

void fl_begin(A64Jit *j, const TCGOp *op, unsigned clob)
{
    unsigned keep = op->fl_live & ~op->fl_def;

    if (op->fl_use & ~j->fl_h) {
        fl_load(j, op->fl_use);
    }
    if (keep & clob & j->fl_h & ~j->fl_m) {
        fl_save_for(j, keep, op->fl_live | op->fl_use);
    }
}

void fl_end(A64Jit *j, const TCGOp *op, unsigned clob, bool cinv)
{
    if (clob & FL_C) {
        j->cinv = cinv;
    }
    j->fl_h = (j->fl_h & ~clob) | op->fl_def;
    j->fl_m &= ~op->fl_def;
}

void fl_polarity(A64Jit *j, bool inv)
{
    if (j->cinv != inv && has(HF_FLAGM)) {
        out_cfinv(j);
        j->cinv = inv;
    } else if (j->cinv != inv) {
        out_mrs_nzcv(j, T0);
        out_logic_imm(j, A_EOR, false, T0, T0, a64_bitmask(1u << 29, false));
        out_msr_nzcv(j, T0);
        j->cinv = inv;
    }
}

unsigned fl_cond(A64Jit *j, const TCGOp *op, unsigned cc)
{
    static const uint8_t map[16] = {
        VS, VC, 0, 0, EQ, NE, LS, HI, MI, PL, 0, 0, LT, GE, LE, GT,
    };

    switch (cc & ~1u) {
    case CC_C:
        return (j->cinv ? CC : CS) ^ (cc & 1);
    case CC_BE:
        fl_polarity(j, true);
        return map[cc];
    case CC_P:
        fl_save_for(j, op->fl_live, op->fl_live | op->fl_use);
        fl_parity(j);
        out_rrr(j, A_ANDS, false, ZR, T0, T0);
        j->fl_h &= ~FL_NZCV;
        return cc == CC_P ? EQ : NE;
    default:
        return map[cc];
    }
}
