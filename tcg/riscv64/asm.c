/* SPDX-License-Identifier: MIT */
/*
 * The encoder's longer sequences: constants, addresses, extensions, branches.
 * Source: The RISC-V Instruction Set Manual, vol. I, ch. 2, 28 (B).
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"

/* ---- constants ------------------------------------------------------------------ */

static int64_t low12(uint64_t v)
{
    return (int64_t)(v << 52) >> 52;
}

static unsigned movi_cost(int64_t v)
{
    int64_t lo = low12(v);

    if (imm12(v)) {
        return 1;
    }
    if (v == (int32_t)v) {
        return lo ? 2 : 1;
    }
    v = (uint64_t)v - lo;
    return movi_cost(v >> __builtin_ctzll(v)) + 1 + (lo != 0);
}

static void movi_seq(RVJit *j, unsigned rd, int64_t v)
{
    int64_t lo = low12(v);
    unsigned n;

    if (imm12(v)) {
        out_rri(j, ADDI, rd, ZR, v);
        return;
    }
    if (v == (int32_t)v) {
        o32(j, LUI | ((uint32_t)(v - lo) & 0xfffff000) | rd << 7);
        if (lo) {
            out_rri(j, ADDIW, rd, rd, lo);
        }
        return;
    }
    v = (uint64_t)v - lo;
    n = __builtin_ctzll(v);
    movi_seq(j, rd, v >> n);
    out_rri(j, SLLI, rd, rd, n);
    if (lo) {
        out_rri(j, ADDI, rd, rd, lo);
    }
}

static bool pc_near(const RVJit *j, uint64_t v, int64_t *d)
{
    *d = v - (uintptr_t)j->p;
    return *d >= -0x7ffff000ll && *d < 0x7ffff000ll;
}

void out_movi(RVJit *j, unsigned rd, uint64_t v)
{
    unsigned cost = movi_cost(v), zext = rv_host.zba ? 1 : 2;
    int64_t d;

    if (cost <= 1) {
        movi_seq(j, rd, v);
    } else if (v <= UINT32_MAX && movi_cost((int32_t)v) + zext < cost) {
        movi_seq(j, rd, (int32_t)v);
        out_zext(j, MO_32, rd, rd);
    } else if (cost == 2) {
        movi_seq(j, rd, v);
    } else if (pc_near(j, v, &d)) {
        o32(j, AUIPC | ((uint32_t)(d - low12(d)) & 0xfffff000) | rd << 7);
        out_rri(j, ADDI, rd, rd, low12(d));
    } else if (cost > 3 && j->s) {
        out_literal(j, rd, v);
    } else {
        movi_seq(j, rd, v);
    }
}

void out_addi(RVJit *j, unsigned rd, unsigned rs, int64_t v, unsigned tmp)
{
    if (v == 0) {
        out_mv(j, rd, rs);
    } else if (imm12(v)) {
        out_rri(j, ADDI, rd, rs, v);
    } else if (v >= -4096 && v <= 4094) {
        out_rri(j, ADDI, rd, rs, v / 2);
        out_rri(j, ADDI, rd, rd, v - v / 2);
    } else {
        out_movi(j, tmp, v);
        out_rrr(j, ADD, rd, rs, tmp);
    }
}

/* ---- extensions and addresses ---------------------------------------------------- */

void out_zext(RVJit *j, unsigned sz, unsigned rd, unsigned rs)
{
    if (sz == MO_8) {
        out_rri(j, ANDI, rd, rs, 255);
    } else if (sz == MO_16 && rv_host.zbb) {
        out_rrr(j, ZEXT_H, rd, rs, ZR);
    } else if (sz == MO_32 && rv_host.zba) {
        out_rrr(j, ADD_UW, rd, rs, ZR);
    } else if (sz < MO_64) {
        out_rri(j, SLLI, rd, rs, 64 - bits_of(sz));
        out_rri(j, SRLI, rd, rd, 64 - bits_of(sz));
    } else {
        out_mv(j, rd, rs);
    }
}

void out_sext(RVJit *j, unsigned sz, unsigned rd, unsigned rs)
{
    if (sz == MO_32) {
        out_rri(j, ADDIW, rd, rs, 0);
    } else if (sz < MO_32 && rv_host.zbb) {
        o32(j, (sz == MO_8 ? SEXT_B : SEXT_H) | rs << 15 | rd << 7);
    } else if (sz < MO_32) {
        out_rri(j, SLLI, rd, rs, 64 - bits_of(sz));
        out_rri(j, SRAI, rd, rd, 64 - bits_of(sz));
    } else {
        out_mv(j, rd, rs);
    }
}

void out_shadd(RVJit *j, unsigned n, unsigned rd, unsigned x, unsigned rs,
               unsigned tmp)
{
    if (n == 0) {
        out_rrr(j, ADD, rd, rs, x);
    } else if (rv_host.zba) {
        out_rrr(j, (SH1ADD & ~0x7000) | n << 13, rd, x, rs);
    } else {
        out_rri(j, SLLI, tmp, x, n);
        out_rrr(j, ADD, rd, rs, tmp);
    }
}

/* ---- the env ------------------------------------------------------------------------ */

static unsigned env_addr(RVJit *j, int32_t off, int *disp)
{
    int32_t d = off - ENV_BIAS;

    if (imm12(d)) {
        *disp = d;
        return R_ENV;
    }
    *disp = low12(d);
    o32(j, LUI | ((uint32_t)(d - *disp) & 0xfffff000) | T3 << 7);
    out_rrr(j, ADD, T3, T3, R_ENV);
    return T3;
}

void out_ld_env(RVJit *j, unsigned sz, unsigned rt, int32_t off)
{
    static const uint16_t w[] = { LBU, LHU, LWU, LD };
    int d;
    unsigned base = env_addr(j, off, &d);

    out_rri(j, w[sz], rt, base, d);
}

void out_st_env(RVJit *j, unsigned sz, unsigned rt, int32_t off)
{
    static const uint16_t w[] = { SB, SH, SW, SD };
    int d;
    unsigned base = env_addr(j, off, &d);

    if (j->fc_used) {
        fc_kill(j, off, 1 << sz);
    }
    out_st(j, w[sz], rt, base, d);
}

/* ---- branches ------------------------------------------------------------------------ */

static uint32_t imm_b(int64_t d)
{
    return (uint32_t)(d >> 12 & 1) << 31 | (d >> 5 & 63) << 25 |
           (d >> 1 & 15) << 8 | (d >> 11 & 1) << 7;
}

static uint32_t imm_j(int64_t d)
{
    return (uint32_t)(d >> 20 & 1) << 31 | (d >> 1 & 0x3ff) << 21 |
           (d >> 11 & 1) << 20 | (d >> 12 & 0xff) << 12;
}

void out_bind(RVJit *j, uint32_t *loc, const void *target)
{
    int64_t d = (const uint8_t *)target - (const uint8_t *)loc;

    if ((*loc & 0x7f) == BEQ) {
        if (d < -4096 || d >= 4096) {
            j->unreached = true;
        }
        *loc = (*loc & 0x01fff07f) | imm_b(d);
    } else if ((*loc & 0x7f) == JAL) {
        *loc = (*loc & 0xfff) | imm_j(d);
    } else {
        loc[0] = (loc[0] & 0xfff) | ((uint32_t)(d - low12(d)) & 0xfffff000);
        loc[1] = (loc[1] & 0xfffff) | (uint32_t)d << 20;
    }
}

uint32_t *out_b_short(RVJit *j, RVCond c, const void *target)
{
    uint32_t *loc = j->p;

    out_rrr(j, c.w, 0, c.a, c.b);
    if (target) {
        out_bind(j, loc, target);
    }
    return loc;
}

uint32_t *out_jal(RVJit *j, unsigned rd, const void *target)
{
    uint32_t *loc = j->p;

    o32(j, JAL | rd << 7);
    if (target) {
        out_bind(j, loc, target);
    }
    return loc;
}

uint32_t *out_b(RVJit *j, RVCond c, const void *target)
{
    if (!j->far) {
        return out_b_short(j, c, target);
    }
    out_b_short(j, cond_not(c), j->p + 2);
    return out_jal(j, ZR, target);
}

uint32_t *out_auipc(RVJit *j, unsigned rd)
{
    uint32_t *loc = j->p;

    o32(j, AUIPC | rd << 7);
    out_rri(j, ADDI, rd, rd, 0);
    return loc;
}

static void jump_by(RVJit *j, unsigned rd, unsigned t, const void *target)
{
    uint32_t *loc = j->p;

    o32(j, AUIPC | t << 7);
    out_rri(j, JALR, rd, t, 0);
    out_bind(j, loc, target);
}

void out_jump(RVJit *j, const void *target)
{
    jump_by(j, ZR, T1, target);
}

void out_call(RVJit *j, const void *target)
{
    jump_by(j, R_LR, R_LR, target);
}

void out_setcond(RVJit *j, unsigned rd, RVCond c)
{
    uint32_t w = c.w & ~(uint32_t)B_NOT;
    bool not = c.w & B_NOT;

    if (w == BEQ) {
        unsigned r = c.b == ZR ? c.a : c.b;

        if (c.a != ZR && c.b != ZR) {
            out_rrr(j, XOR, rd, c.a, c.b);
            r = rd;
        }
        if (not) {
            out_rrr(j, SLTU, rd, ZR, r);
        } else {
            out_rri(j, SLTIU, rd, r, 1);
        }
        return;
    }
    out_rrr(j, w == BLT ? SLT : SLTU, rd, c.a, c.b);
    if (not) {
        out_rri(j, XORI, rd, rd, 1);
    }
}

static void select_zicond(RVJit *j, unsigned rd, RVCond c, unsigned x,
                          unsigned y)
{
    unsigned t = T0;
    uint32_t eqz = CZERO_EQZ;

    if ((c.w & ~(uint32_t)B_NOT) == BEQ && c.b == ZR) {
        t = c.a;
        eqz = c.w == BEQ ? CZERO_NEZ : CZERO_EQZ;
    } else {
        out_setcond(j, T0, c);
    }
    if (y == ZR) {
        out_rrr(j, eqz, rd, x, t);
    } else if (x == ZR) {
        out_rrr(j, eqz ^ CZERO_EQZ ^ CZERO_NEZ, rd, y, t);
    } else {
        out_rrr(j, eqz, T1, x, t);
        out_rrr(j, eqz ^ CZERO_EQZ ^ CZERO_NEZ, T2, y, t);
        out_rrr(j, OR, rd, T1, T2);
    }
}

void out_select(RVJit *j, unsigned rd, RVCond c, unsigned x, unsigned y)
{
    uint32_t *loc, *end;

    if (rv_host.zicond) {
        select_zicond(j, rd, c, x, y);
    } else if (rd == y || rd == x) {
        loc = out_b_short(j, rd == y ? cond_not(c) : c, NULL);
        out_mv(j, rd, rd == y ? x : y);
        out_bind(j, loc, j->p);
    } else {
        loc = out_b_short(j, c, NULL);
        out_rri(j, ADDI, rd, y, 0);
        end = out_jal(j, ZR, NULL);
        out_bind(j, loc, j->p);
        out_rri(j, ADDI, rd, x, 0);
        out_bind(j, end, j->p);
    }
}

/* ---- indirect branches ----------------------------------------------------------------- */

uint32_t *out_jc_jump(RVJit *j, unsigned t, unsigned link)
{
    uint32_t *miss;

    G_STATIC_ASSERT(TCG_JC_TAG_OFFSET == 0x4000 &&
                    TCG_JC_HOST_OFFSET == 0xc000 && ENV_BIAS == 2048);
    out_movi(j, T0, (int32_t)TCG_JC_HASH);
    out_rrr(j, MUL | W, T0, t, T0);
    out_rri(j, SRLIW, T0, T0, 32 - TCG_JC_BITS);
    out_shadd(j, 3, T0, T0, R_ENV, T0);
    o32(j, LUI | 4 << 12 | T1 << 7);
    out_rrr(j, ADD, T0, T0, T1);
    out_rri(j, LD, T1, T0, -2048);
    miss = out_b(j, (RVCond){ BNE, T1, t }, NULL);
    o32(j, LUI | 8 << 12 | T1 << 7);
    out_rrr(j, ADD, T0, T0, T1);
    out_rri(j, LD, T1, T0, -2048);
    out_rri(j, JALR, link, T1, 0);
    return miss;
}
