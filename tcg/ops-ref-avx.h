/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the vector IR ops that AVX, AVX2, FMA and F16C
 * added: moves across lanes, shifts by element, fused multiply-add, half
 * precision; see ops-ref.h.
 */
#ifndef TCG_OPS_REF_AVX_H
#define TCG_OPS_REF_AVX_H

#include "tcg/ops-ref-fp.h"

/* ---- across lanes -------------------------------------------------------- */

REF(vbcast)
{
    TCGVec r;
    unsigned n = 1u << op->sz;

    for (unsigned i = 0; i < ref_vbytes(op); i += n) {
        memcpy(&r.u8[i], v[0].v.u8, n);
    }
    ref_vout(op, v, &r);
}

REF(vperm2)
{
    TCGVec r;

    for (unsigned i = 0; i < 2; i++) {
        unsigned c = op->imm >> i * 4;
        memcpy(&r.u8[i * 16], &v[c >> 1 & 1].v.u8[(c & 1) * 16], 16);
        if (c & 8) {
            memset(&r.u8[i * 16], 0, 16);
        }
    }
    ref_vout(op, v, &r);
}

REF(vins128)
{
    memcpy(&v[0].v.u8[(op->imm & 1) * 16], v[1].v.u8, 16);
}

REF(vget128)
{
    memmove(v[0].v.u8, &v[0].v.u8[(op->imm & 1) * 16], 16);
}

REF(vpermil)
{
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) >> op->sz; i++) {
        uint64_t c = ref_elget(&v[1].v, op->sz, i);
        unsigned k = op->sz == MO_32 ? (i & 4) + (c & 3)
                                     : (i & 2) + (c >> 1 & 1);
        ref_elset(&r, op->sz, i, ref_elget(&v[0].v, op->sz, k));
    }
    ref_vout(op, v, &r);
}

REF(vpermd)
{
    TCGVec r;

    for (unsigned i = 0; i < 8; i++) {
        V32S(&r, i, V32(&v[0].v, V32(&v[1].v, i) & 7));
    }
    ref_vout(op, v, &r);
}

REF(vpermq)
{
    TCGVec r;

    for (unsigned i = 0; i < 4; i++) {
        V64S(&r, i, V64(&v[0].v, op->imm >> i * 2 & 3));
    }
    ref_vout(op, v, &r);
}

/* ---- shifts, each element by its own count --------------------------------- */

REF_VEC(vshle, REF_SHL(a, b))
REF_VEC(vshre, REF_SHR(a, b))
REF_VEC(vsare, REF_SAR(a, b))

/* ---- fused multiply-add ------------------------------------------------------ */

/* Order of multiplication and addition by the digits of the mnemonic. */
static inline void ref_fma_order(unsigned form, uint64_t x[3])
{
    uint64_t d = x[0], h = x[1], w = x[2];

    switch (form) {
    case 0:     /* 132 */
        x[1] = w;
        x[2] = h;
        break;
    case 1:     /* 213 */
        x[0] = h;
        x[1] = d;
        break;
    default:    /* 231 */
        x[0] = h;
        x[1] = w;
        x[2] = d;
    }
}

REF(ffma)
{
    FPStatus st = ref_fp_begin(env);
    unsigned kind = op->imm & 15;
    TCGVec r = v[0].v;

    for (unsigned i = 0; i < ref_fp_count(op); i++) {
        uint64_t x[3];
        unsigned neg = kind < 4 ? kind :
                       ((i ^ kind) & 1) ? 0 : FP_FMA_NEG_ADDEND;
        for (unsigned k = 0; k < 3; k++) {
            x[k] = ref_elget(&v[k].v, op->sz, i);
        }
        ref_fma_order(op->imm >> 4 & 3, x);
        ref_elset(&r, op->sz, i, op->sz == MO_32
                  ? f32_fma(x[0], x[1], x[2], neg, &st)
                  : f64_fma(x[0], x[1], x[2], neg, &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

/* ---- half precision ------------------------------------------------------------ */

/* Exact; a signalling NaN becomes quiet.  DAZ does not apply. */
static inline uint32_t ref_f32_from_f16(uint16_t h, FPStatus *st)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, m = h & 0x3ff;
    int e = h >> 10 & 31;

    if (e == 31) {
        if (m && !(m & 0x200)) {
            st->flags |= FP_IE;
            m |= 0x200;
        }
        return sign | 0x7f800000 | m << 13;
    }
    if (e == 0) {
        if (!m) {
            return sign;
        }
        e = 1;
        while (!(m & 0x400)) {
            m <<= 1;
            e--;
        }
        m &= 0x3ff;
    }
    return sign | (uint32_t)(e + 112) << 23 | m << 13;
}

/* frac has 13 + 11 bits below: rounds off the low `drop` bits. */
static inline uint32_t ref_f16_round(uint32_t m, unsigned drop, bool neg,
                                     unsigned rc, bool *inexact)
{
    uint32_t rest = m & ((1u << drop) - 1), half = 1u << (drop - 1);
    uint32_t r = m >> drop;

    *inexact = rest != 0;
    switch (rc) {
    case FP_RN:
        return r + (rest > half || (rest == half && (r & 1)));
    case FP_RD:
        return r + (rest && neg);
    case FP_RU:
        return r + (rest && !neg);
    default:
        return r;
    }
}

/* FTZ does not apply. */
static inline uint16_t ref_f16_from_f32(uint32_t a, unsigned rc, FPStatus *st)
{
    uint16_t sign = a >> 16 & 0x8000;
    int e = (int)(a >> 23 & 255) - 112;
    uint32_t m = a & 0x7fffff, r;
    unsigned drop = 13;
    bool inexact, tiny;

    if (e == 143) {
        if (m && !(m & 0x400000)) {
            st->flags |= FP_IE;
        }
        return sign | 0x7c00 | (m ? 0x200 | m >> 13 : 0);
    }
    if (e == -112) {
        if (!m || st->daz) {
            return sign;
        }
        st->flags |= FP_DE;
        e = -111;
    } else {
        m |= 0x800000;
    }
    if (e <= 0) {               /* denormal, or rounds to zero */
        drop = MIN(14 - e, 26);
    }
    r = ref_f16_round(m, drop, sign, rc, &inexact);
    /* tininess is judged after rounding to full precision */
    tiny = e < 0 || (e == 0 &&
        !(ref_f16_round(m, 13, sign, rc, &(bool){ false }) & 0x800));
    if (tiny && (inexact || !(st->masks & FP_UE))) {
        st->flags |= FP_UE;
    }
    r = e <= 0 ? r : r + (uint32_t)(e << 10) - 0x400;
    if (r >= 0x7c00) {
        st->flags |= FP_OE | FP_PE;
        return sign | (rc == FP_RZ || rc == (sign ? FP_RU : FP_RD) ? 0x7bff
                                                                   : 0x7c00);
    }
    st->flags |= inexact ? FP_PE : 0;
    return sign | r;
}

REF(cvt_ph2ps)
{
    FPStatus st = ref_fp_begin(env);
    TCGVec r;

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        V32S(&r, i, ref_f32_from_f16(V16(&v[0].v, i), &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

/* imm: rounding control, bit 2 = MXCSR's */
REF(cvt_ps2ph)
{
    FPStatus st = ref_fp_begin(env);
    unsigned rc = op->imm & 4 ? st.rounding : op->imm & 3;
    TCGVec r = { 0 };

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        V16S(&r, i, ref_f16_from_f32(V32(&v[0].v, i), rc, &st));
    }
    ref_fp_end(env, &st);
    ref_vout(op, v, &r);
}

#endif
