/* SPDX-License-Identifier: MIT */
/*
 * The aarch64 encoder's longer parts: immediates, loads and stores of the env,
 * branches.  Source: Arm Architecture Reference Manual, C6.2.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"

/* ---- immediates ----------------------------------------------------------------- */

/* A run of ones, rotated, and repeated at its own period. */
int a64_bitmask(uint64_t v, bool sf)
{
    unsigned start, ones, size;
    uint64_t run;

    if (!sf) {
        v = (uint32_t)v | v << 32;
    }
    if (v == 0 || v == UINT64_MAX) {
        return -1;
    }
    /* Where the first run begins that does not hang over from the top. */
    run = v & (v + 1);
    start = run ? __builtin_ctzll(run) : 0;
    run = start ? v >> start | v << (64 - start) : v;
    ones = __builtin_ctzll(~run);
    size = ones + __builtin_clzll(run);
    if (size != 64 && (v >> size | v << (64 - size)) != v) {
        return -1;
    }
    return (size == 64 ? 1 << 12 : 0) | (-start & (size - 1)) << 6 |
           (((-(size * 2)) & 0x3f) | (ones - 1));
}

void out_logic_imm(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn,
                   int enc)
{
    o32(j, (w & ~0x1f000000u) | 0x12000000 | (uint32_t)sf << 31 |
        (uint32_t)enc << 10 | rn << 5 | rd);
}

void out_movi(A64Jit *j, unsigned rd, uint64_t v)
{
    unsigned zeros = 0, ones = 0, n = 0;
    bool sf = v >> 32, neg;
    int enc;

    for (unsigned i = 0; i < 4; i++) {
        unsigned h = v >> (16 * i) & 0xffff;

        zeros += h == 0;
        ones += h == 0xffff;
    }
    enc = a64_bitmask(v, true);
    if (!sf && (uint32_t)v > 0xffff && (uint16_t)~v == 0) {
        /* movn of 32 bits: upper half all zero after it */
        o32(j, 0x12800000 | 1 << 21 | ((uint32_t)~v >> 16) << 5 | rd);
        return;
    }
    if (!sf && (uint32_t)v >> 16 == 0xffff) {
        o32(j, 0x12800000 | (~v & 0xffff) << 5 | rd);
        return;
    }
    if (enc >= 0 && zeros < 3 && ones < 3) {
        out_logic_imm(j, A_ORR, true, rd, ZR, enc);
        return;
    }
    neg = ones > zeros;
    for (unsigned i = 0; i < 4; i++) {
        unsigned h = v >> (16 * i) & 0xffff;

        if (h == (neg ? 0xffff : 0)) {
            continue;
        }
        if (n++) {
            o32(j, 0xf2800000 | i << 21 | h << 5 | rd);     /* movk */
        } else if (neg) {
            o32(j, 0x92800000 | i << 21 | (h ^ 0xffff) << 5 | rd);
        } else {
            o32(j, 0xd2800000 | i << 21 | h << 5 | rd);
        }
    }
    if (!n) {
        o32(j, (neg ? 0x92800000 : 0xd2800000) | rd);
    }
}

void out_arith_imm(A64Jit *j, uint32_t w, bool sf, unsigned rd, unsigned rn,
                   uint64_t v)
{
    unsigned sh = v >= 4096;

    o32(j, (w & ~0x1f000000u) | 0x11000000 | (uint32_t)sf << 31 | sh << 22 |
        (uint32_t)(sh ? v >> 12 : v) << 10 | rn << 5 | rd);
}

void out_add_imm(A64Jit *j, bool sf, unsigned rd, unsigned rn, int64_t v,
                 unsigned tmp)
{
    if (v == 0 && rd == rn) {
        return;
    }
    if (arith_imm(v)) {
        out_arith_imm(j, A_ADD, sf, rd, rn, v);
    } else if (arith_imm(-v)) {
        out_arith_imm(j, A_SUB, sf, rd, rn, -v);
    } else if (v > 0 && v < 1 << 24) {
        out_arith_imm(j, A_ADD, sf, rd, rn, v & ~0xfffll);
        out_arith_imm(j, A_ADD, sf, rd, rd, v & 0xfff);
    } else if (v < 0 && -v < 1 << 24) {
        out_arith_imm(j, A_SUB, sf, rd, rn, -v & ~0xfffll);
        out_arith_imm(j, A_SUB, sf, rd, rd, -v & 0xfff);
    } else {
        out_movi(j, tmp, v);
        out_rrr(j, A_ADD, sf, rd, rn, tmp);
    }
}

/* ---- extension ------------------------------------------------------------------- */

void out_zext(A64Jit *j, unsigned sz, unsigned rd, unsigned rn)
{
    if (sz < MO_32) {
        out_ubfx(j, false, rd, rn, 0, 8 << sz);
    } else {
        out_mov(j, sz == MO_64, rd, rn);
    }
}

void out_sext(A64Jit *j, unsigned sz, bool sf, unsigned rd, unsigned rn)
{
    if (sz == MO_64 || (sz == MO_32 && !sf)) {
        out_mov(j, sf, rd, rn);
    } else {
        out_bfm(j, A_SBFM, sf, rd, rn, 0, (8 << sz) - 1);
    }
}

/* ---- the env ------------------------------------------------------------------------ */

void out_ld_env(A64Jit *j, unsigned sz, unsigned rt, int32_t off)
{
    o32(j, sz << 30 | 0x39400000 | (off >> sz) << 10 | R_ENV << 5 | rt);
}

void out_st_env(A64Jit *j, unsigned sz, unsigned rt, int32_t off)
{
    o32(j, sz << 30 | 0x39000000 | (off >> sz) << 10 | R_ENV << 5 | rt);
}

void out_ldv_env(A64Jit *j, unsigned rt, int32_t off)
{
    o32(j, 0x3dc00000 | (off >> 4) << 10 | R_ENV << 5 | rt);
}

void out_stv_env(A64Jit *j, unsigned rt, int32_t off)
{
    o32(j, 0x3d800000 | (off >> 4) << 10 | R_ENV << 5 | rt);
}

/* ---- branches ----------------------------------------------------------------------- */

void out_bind(uint32_t *loc, const void *target)
{
    int64_t d = (const uint32_t *)target - loc;
    uint32_t w = *loc;

    if ((w & 0x7c000000) == 0x14000000) {           /* b, bl */
        *loc = (w & 0xfc000000) | (d & 0x3ffffff);
    } else if ((w & 0x7e000000) == 0x36000000) {    /* tbz, tbnz */
        *loc = (w & ~(0x3fffu << 5)) | (d & 0x3fff) << 5;
    } else if ((w & 0x9f000000) == 0x10000000) {    /* adr, in bytes */
        d *= 4;
        *loc = (w & ~(0x7ffffu << 5 | 3u << 29)) | (d & 3) << 29 |
               (d >> 2 & 0x7ffff) << 5;
    } else {                                        /* b.cond, cbz, ldr */
        *loc = (w & ~(0x7ffffu << 5)) | (d & 0x7ffff) << 5;
    }
}

static uint32_t *branch(A64Jit *j, uint32_t w, const void *target)
{
    uint32_t *loc = j->p;

    o32(j, w);
    if (target) {
        out_bind(loc, target);
    }
    return loc;
}

uint32_t *out_b(A64Jit *j, const void *target)
{
    return branch(j, 0x14000000, target);
}

uint32_t *out_bl(A64Jit *j, const void *target)
{
    return branch(j, 0x94000000, target);
}

uint32_t *out_bcond(A64Jit *j, unsigned cond, const void *target)
{
    return branch(j, 0x54000000 | cond, target);
}

uint32_t *out_cbz(A64Jit *j, bool nz, bool sf, unsigned rt,
                  const void *target)
{
    return branch(j, 0x34000000 | (uint32_t)nz << 24 | (uint32_t)sf << 31 | rt,
                  target);
}

uint32_t *out_jc_jump(A64Jit *j, unsigned t, bool call)
{
    uint32_t *miss;

    out_movi(j, T1, TCG_JC_HASH);
    out_rrr(j, A_MUL, false, T1, t, T1);
    out_lsr(j, false, T1, T1, 32 - TCG_JC_BITS);
    out_rrs(j, A_ADD, true, T1, R_ENV, T1, LSL, 3);
    o32(j, 0xf9400000 | (TCG_JC_TAG_OFFSET >> 3) << 10 | T1 << 5 | T2);
    /* No flags are live, but PF and AF sources and home stay. */
    out_rrr(j, A_EOR, true, T2, T2, t);
    miss = out_cbz(j, true, true, T2, NULL);
    out_arith_imm(j, A_ADD, true, T1, T1,
                  TCG_JC_HOST_OFFSET - TCG_JC_TAG_OFFSET);
    o32(j, 0xf9400000 | (TCG_JC_TAG_OFFSET >> 3) << 10 | T1 << 5 | T1);
    o32(j, (call ? 0xd63f0000 : 0xd61f0000) | T1 << 5);
    return miss;
}
