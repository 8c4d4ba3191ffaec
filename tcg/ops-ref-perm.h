/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the vector IR ops that move data: packs, shuffles,
 * inserts, extensions, and the string compares; see ops-ref.h.
 */
#ifndef TCG_OPS_REF_PERM_H
#define TCG_OPS_REF_PERM_H

#include "tcg/ops-ref-vec.h"

static inline void ref_vout(const TCGRefOp *op, TCGVal *v, const TCGVec *r)
{
    memcpy(&v[0].v, r, ref_vbytes(op));
}

/* Low 128 bits of v[0] become lo, hi. */
static inline void ref_v128(TCGVal *v, uint64_t lo, uint64_t hi)
{
    V64S(&v[0].v, 0, lo);
    V64S(&v[0].v, 1, hi);
}

/* ---- pack, unpack -------------------------------------------------------- */

static inline void ref_pack(const TCGRefOp *op, TCGVal *v, bool sgn)
{
    unsigned per = 16 >> op->sz;    /* source elements in a lane */
    unsigned bits = ref_bits(op->sz) / 2;
    TCGVec r;

    for (unsigned i = 0; i < 2 * (ref_vbytes(op) >> op->sz); i++) {
        unsigned lane = i / (2 * per), j = i % (2 * per);
        const TCGVec *s = j < per ? &v[0].v : &v[1].v;
        int32_t x = ref_sext(op->sz,
                             ref_elget(s, op->sz, lane * per + j % per));
        ref_elset(&r, op->sz - 1, i, sgn ? ref_ssat(x, bits)
                                        : ref_usat(x, bits));
    }
    ref_vout(op, v, &r);
}

REF(vpackss)
{
    ref_pack(op, v, true);
}

REF(vpackus)
{
    ref_pack(op, v, false);
}

static inline void ref_unpack(const TCGRefOp *op, TCGVal *v, bool high)
{
    unsigned per = 16 >> op->sz;
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        unsigned k = i / per * per + (high ? per / 2 : 0) + i % per / 2;
        ref_elset(&r, op->sz, i, ref_elget(&v[i & 1].v, op->sz, k));
    }
    ref_vout(op, v, &r);
}

REF(vunpckl)
{
    ref_unpack(op, v, false);
}

REF(vunpckh)
{
    ref_unpack(op, v, true);
}

/* ---- shuffles ------------------------------------------------------------ */

REF(vpshufb)
{
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op); i++) {
        uint8_t c = v[1].v.u8[i];
        r.u8[i] = c & 0x80 ? 0 : v[0].v.u8[(i & 16) + (c & 15)];
    }
    ref_vout(op, v, &r);
}

REF(vpshufd)
{
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        r.u32[i] = v[0].v.u32[(i & 4) + ((op->imm >> (i & 3) * 2) & 3)];
    }
    ref_vout(op, v, &r);
}

/* PSHUFLW, PSHUFHW: first = 0 or 4 within each lane. */
static inline void ref_pshufw(const TCGRefOp *op, TCGVal *v, unsigned first)
{
    TCGVec r = v[0].v;

    for (unsigned lane = first; lane < ref_vbytes(op) / 2; lane += 8) {
        for (unsigned i = 0; i < 4; i++) {
            r.u16[lane + i] = v[0].v.u16[lane + ((op->imm >> i * 2) & 3)];
        }
    }
    ref_vout(op, v, &r);
}

REF(vpshuflw)
{
    ref_pshufw(op, v, 0);
}

REF(vpshufhw)
{
    ref_pshufw(op, v, 4);
}

REF(vshufp)
{
    TCGVec r;

    if (op->sz == MO_32) {
        for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
            unsigned k = (i & 4) + ((op->imm >> (i & 3) * 2) & 3);
            r.u32[i] = v[i & 2 ? 1 : 0].v.u32[k];
        }
    } else {
        for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
            r.u64[i] = v[i & 1].v.u64[(i & 2) + ((op->imm >> i) & 1)];
        }
    }
    ref_vout(op, v, &r);
}

REF(valignr)
{
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op); i++) {
        unsigned k = (i & 15) + (op->imm & 0xff);
        r.u8[i] = k < 16 ? v[1].v.u8[(i & 16) + k] :
                  k < 32 ? v[0].v.u8[(i & 16) + k - 16] : 0;
    }
    ref_vout(op, v, &r);
}

REF(vblendi)
{
    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        unsigned bit = op->sz == MO_16 ? i & 7 : i;
        if ((op->imm >> bit) & 1) {
            ref_elset(&v[0].v, op->sz, i, ref_elget(&v[1].v, op->sz, i));
        }
    }
}

REF(vblendv)
{
    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        if (ref_msb(op->sz, ref_elget(&v[2].v, op->sz, i))) {
            ref_elset(&v[0].v, op->sz, i, ref_elget(&v[1].v, op->sz, i));
        }
    }
}

/* ---- elements ------------------------------------------------------------ */

static inline unsigned ref_elem(const TCGRefOp *op)
{
    return op->imm & ((16 >> op->sz) - 1);
}

REF(vins)
{
    ref_elset(&v[0].v, op->sz, ref_elem(op), v[1].q);
}

REF(vget)
{
    v[0].q = ref_elget(&v[0].v, op->sz, ref_elem(op));
}

REF(vinsertps)
{
    uint32_t x = v[1].v.u32[(op->imm >> 6) & 3];

    v[0].v.u32[(op->imm >> 4) & 3] = x;
    for (unsigned i = 0; i < 4; i++) {
        if ((op->imm >> i) & 1) {
            v[0].v.u32[i] = 0;
        }
    }
}

REF(vfromq)
{
    ref_v128(v, ref_zext(op->sz, v[0].q), 0);
}

REF(vzx)
{
    ref_v128(v, ref_elget(&v[0].v, op->sz, 0), 0);
}

REF(vmerge)
{
    ref_elset(&v[0].v, op->sz, 0, ref_elget(&v[1].v, op->sz, 0));
}

REF(vlo2hi)
{
    v[0].v.u64[1] = v[1].v.u64[0];
}

REF(vhi2lo)
{
    v[0].v.u64[0] = v[1].v.u64[1];
}

REF(vlo)
{
    v[0].v.u64[0] = v[1].v.u64[0];
}

REF(vdup)
{
    unsigned per = 16 >> op->sz;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        ref_elset(&v[0].v, op->sz, i,
                 ref_elget(&v[0].v, op->sz, i / per * per));
    }
}

REF(vsldup)
{
    for (unsigned i = 0; i < ref_vbytes(op) / 4; i += 2) {
        v[0].v.u32[i + 1] = v[0].v.u32[i];
    }
}

REF(vshdup)
{
    for (unsigned i = 0; i < ref_vbytes(op) / 4; i += 2) {
        v[0].v.u32[i] = v[0].v.u32[i + 1];
    }
}

/* PMOVSX, PMOVZX: from the low elements of size sz to size imm. */
static inline void ref_vext(const TCGRefOp *op, TCGVal *v, bool sgn)
{
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->imm; i++) {
        uint64_t x = ref_elget(&v[0].v, op->sz, i);
        ref_elset(&r, op->imm, i, sgn ? ref_sext(op->sz, x) : x);
    }
    ref_vout(op, v, &r);
}

REF(vexts)
{
    ref_vext(op, v, true);
}

REF(vextu)
{
    ref_vext(op, v, false);
}

REF(vmovmsk)
{
    uint64_t r = 0;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        r |= (uint64_t)ref_msb(op->sz, ref_elget(&v[0].v, op->sz, i)) << i;
    }
    v[0].q = r;
}

/* ---- PCMPESTRI and kin (SDM vol. 2, 4.1) --------------------------------- */

/* Valid elements: explicit |length| saturated, or up to the first zero. */
static inline unsigned ref_str_len(const TCGRefOp *op, const TCGVec *s,
                                   uint64_t len)
{
    unsigned sz = op->imm & 1, max = 16 >> sz, n;

    if (op->attr & OPA_EXPL) {
        int64_t l = op->attr & OPA_W ? (int64_t)len : (int32_t)len;
        uint64_t u = l < 0 ? -(uint64_t)l : l;
        return u > max ? max : u;
    }
    for (n = 0; n < max && ref_elget(s, sz, n); n++) {
    }
    return n;
}

static inline int32_t ref_str_elem(const TCGRefOp *op, const TCGVec *s,
                                   unsigned i)
{
    uint64_t x = ref_elget(s, op->imm & 1, i);
    return op->imm & 2 ? ref_sext(op->imm & 1, x) : (int32_t)x;
}

/* IntRes1 over needle a (la elements valid) and string b (lb). */
static inline unsigned ref_str_agg(const TCGRefOp *op, const TCGVec *a,
                                   unsigned la, const TCGVec *b, unsigned lb)
{
    unsigned max = 16 >> (op->imm & 1), res = 0, i, j;

    for (i = 0; i < max; i++) {
        bool hit = false;
        switch ((op->imm >> 2) & 3) {
        case 0:     /* equal any */
            for (j = 0; j < la && !hit; j++) {
                hit = i < lb && ref_str_elem(op, a, j) ==
                                ref_str_elem(op, b, i);
            }
            break;
        case 1:     /* ranges */
            for (j = 0; j + 1 < la && !hit; j += 2) {
                hit = i < lb &&
                      ref_str_elem(op, a, j) <= ref_str_elem(op, b, i) &&
                      ref_str_elem(op, a, j + 1) >= ref_str_elem(op, b, i);
            }
            break;
        case 2:     /* equal each */
            hit = i < la && i < lb
                  ? ref_str_elem(op, a, i) == ref_str_elem(op, b, i)
                  : i >= la && i >= lb;
            break;
        default:    /* equal ordered */
            hit = true;
            for (j = 0; j < la && i + j < max && hit; j++) {
                hit = i + j < lb && ref_str_elem(op, a, j) ==
                                    ref_str_elem(op, b, i + j);
            }
            break;
        }
        res |= hit << i;
    }
    return res;
}

/* IntRes2; sets the flags. */
static inline unsigned ref_pcmpstr(TCGEnv *env, const TCGRefOp *op,
                                   const TCGVal *v)
{
    unsigned max = 16 >> (op->imm & 1), all = (1u << max) - 1;
    unsigned la = ref_str_len(op, &v[0].v, v[2].q);
    unsigned lb = ref_str_len(op, &v[1].v, v[3].q);
    unsigned res = ref_str_agg(op, &v[0].v, la, &v[1].v, lb);

    if ((op->imm >> 4 & 3) == 1) {
        res ^= all;
    } else if ((op->imm >> 4 & 3) == 3) {
        res ^= (1u << lb) - 1;
    }
    ref_setfl_nat(env, op, FL_ALL, (res ? FL_C : 0) | (lb < max ? FL_Z : 0) |
                  (la < max ? FL_S : 0) | (res & 1 ? FL_O : 0));
    return res;
}

REF(vpcmpstri)
{
    unsigned res = ref_pcmpstr(env, op, v);

    if (!res) {
        v[0].q = 16 >> (op->imm & 1);
    } else if (op->imm & 0x40) {
        v[0].q = 31 - __builtin_clz(res);
    } else {
        v[0].q = __builtin_ctz(res);
    }
}

REF(vpcmpstrm)
{
    unsigned sz = op->imm & 1, res = ref_pcmpstr(env, op, v);

    if (!(op->imm & 0x40)) {
        ref_v128(v, res, 0);
        return;
    }
    for (unsigned i = 0; i < 16u >> sz; i++) {
        ref_elset(&v[0].v, sz, i, (res >> i) & 1 ? UINT64_MAX : 0);
    }
}

#endif
