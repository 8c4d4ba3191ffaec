/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the packed-integer IR ops; see ops-ref.h.
 *
 * A TCGVec is the little-endian memory image of the register on every host:
 * bytes are read directly, wider elements through the accessors below.
 */
#ifndef TCG_OPS_REF_VEC_H
#define TCG_OPS_REF_VEC_H

#include "tcg/ops-ref.h"

/* ---- elements ------------------------------------------------------------ */

#if HOST_BIG_ENDIAN
#define REF_LE16(x) __builtin_bswap16(x)
#define REF_LE32(x) __builtin_bswap32(x)
#define REF_LE64(x) __builtin_bswap64(x)
#else
#define REF_LE16(x) ((uint16_t)(x))
#define REF_LE32(x) ((uint32_t)(x))
#define REF_LE64(x) ((uint64_t)(x))
#endif

#define V8(v, i)  ((v)->u8[i])
#define V16(v, i) REF_LE16((v)->u16[i])
#define V32(v, i) REF_LE32((v)->u32[i])
#define V64(v, i) REF_LE64((v)->u64[i])
#define V8S(v, i, x)  ((v)->u8[i] = (x))
#define V16S(v, i, x) ((v)->u16[i] = REF_LE16(x))
#define V32S(v, i, x) ((v)->u32[i] = REF_LE32(x))
#define V64S(v, i, x) ((v)->u64[i] = REF_LE64(x))

/* Element i of log2 size sz, zero-extended. */
static inline uint64_t ref_elget(const TCGVec *v, unsigned sz, unsigned i)
{
    switch (sz) {
    case MO_8:
        return V8(v, i);
    case MO_16:
        return V16(v, i);
    case MO_32:
        return V32(v, i);
    default:
        return V64(v, i);
    }
}

static inline void ref_elset(TCGVec *v, unsigned sz, unsigned i, uint64_t x)
{
    switch (sz) {
    case MO_8:
        V8S(v, i, x);
        break;
    case MO_16:
        V16S(v, i, x);
        break;
    case MO_32:
        V32S(v, i, x);
        break;
    default:
        V64S(v, i, x);
        break;
    }
}

static inline unsigned ref_vbytes(const TCGRefOp *op)
{
    return op->vt == TCG_V256 ? 32 : 16;
}

/* The loop over elements of one width; U, S, BITS name the element's types.
 * a is in[0]'s element, b in[1]'s, r the result's. */
#define REF_VLOOP(bits, EXPR)                                           \
    do {                                                                \
        typedef uint##bits##_t U __attribute__((unused));               \
        typedef int##bits##_t S __attribute__((unused));                \
        enum { BITS = bits };                                           \
        for (unsigned i = 0; i < n * 8 / bits; i++) {                   \
            U a = V##bits(&v[0].v, i), b = V##bits(&v[1].v, i), r;      \
            (void)b;                                                    \
            r = (U)(EXPR);                                              \
            V##bits##S(&v[0].v, i, r);                                  \
        }                                                               \
    } while (0)

/* An elementwise op of every size (a size no instruction has is harmless). */
#define REF_VEC(name, EXPR)                                             \
    REF(name)                                                           \
    {                                                                   \
        unsigned n = ref_vbytes(op);                                    \
        switch (op->sz) {                                               \
        case MO_8:                                                      \
            REF_VLOOP(8, EXPR);                                         \
            break;                                                      \
        case MO_16:                                                     \
            REF_VLOOP(16, EXPR);                                        \
            break;                                                      \
        case MO_32:                                                     \
            REF_VLOOP(32, EXPR);                                        \
            break;                                                      \
        default:                                                        \
            REF_VLOOP(64, EXPR);                                        \
            break;                                                      \
        }                                                               \
    }

#define REF_VEC_FIXED(name, bits, EXPR)                                 \
    REF(name)                                                           \
    {                                                                   \
        unsigned n = ref_vbytes(op);                                    \
        REF_VLOOP(bits, EXPR);                                          \
    }

/* ---- whole register ------------------------------------------------------ */

REF(vmov)
{
}

REF(vzero)
{
    memset(&v[0], 0, sizeof(v[0]));
}

REF_VEC_FIXED(vand, 64, a & b)
REF_VEC_FIXED(vandn, 64, ~a & b)
REF_VEC_FIXED(vor, 64, a | b)
REF_VEC_FIXED(vxor, 64, a ^ b)

REF(vtest)
{
    uint64_t z = 0, c = 0;

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        z |= v[0].v.u64[i] & v[1].v.u64[i];
        c |= ~v[0].v.u64[i] & v[1].v.u64[i];
    }
    ref_setfl_nat(env, op, FL_ALL, (z ? 0 : FL_Z) | (c ? 0 : FL_C));
}

/* ---- addition, subtraction ----------------------------------------------- */

static inline int32_t ref_clamp(int32_t x, int32_t lo, int32_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* Signed saturation of x to bits (8 or 16). */
static inline int32_t ref_ssat(int32_t x, unsigned bits)
{
    return ref_clamp(x, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
}

static inline int32_t ref_usat(int32_t x, unsigned bits)
{
    return ref_clamp(x, 0, (1 << bits) - 1);
}

REF_VEC(vadd, a + b)
REF_VEC(vsub, a - b)

/* Saturating ops of 8- and 16-bit elements. */
#define REF_VEC_SAT(name, EXPR)                                         \
    REF(name)                                                           \
    {                                                                   \
        unsigned n = ref_vbytes(op);                                    \
        if (op->sz == MO_8) {                                           \
            REF_VLOOP(8, EXPR);                                         \
        } else {                                                        \
            REF_VLOOP(16, EXPR);                                        \
        }                                                               \
    }

REF_VEC_SAT(vadds, ref_ssat((S)a + (S)b, BITS))
REF_VEC_SAT(vaddus, ref_usat((int32_t)a + b, BITS))
REF_VEC_SAT(vsubs, ref_ssat((S)a - (S)b, BITS))
REF_VEC_SAT(vsubus, ref_usat((int32_t)a - b, BITS))

/* Horizontal ones: each 128-bit lane yields pairs of in0, then of in1. */
#define REF_HORIZ(bits, EXPR)                                           \
    do {                                                                \
        typedef int##bits##_t S __attribute__((unused));                \
        enum { N = 128 / bits };                                        \
        TCGVec r;                                                       \
        for (unsigned i = 0; i < n * 8 / bits; i++) {                   \
            unsigned lane = i / N * N, j = i % N;                       \
            const TCGVec *s = j < N / 2 ? &v[0].v : &v[1].v;            \
            unsigned k = lane + 2 * (j % (N / 2));                      \
            uint##bits##_t a = V##bits(s, k), b = V##bits(s, k + 1);    \
            V##bits##S(&r, i, (uint##bits##_t)(EXPR));                  \
        }                                                               \
        memcpy(&v[0].v, &r, n);                                         \
    } while (0)

#define REF_VEC_HORIZ(name, EXPR)                                       \
    REF(name)                                                           \
    {                                                                   \
        unsigned n = ref_vbytes(op);                                    \
        if (op->sz == MO_16) {                                          \
            REF_HORIZ(16, EXPR);                                        \
        } else {                                                        \
            REF_HORIZ(32, EXPR);                                        \
        }                                                               \
    }

REF_VEC_HORIZ(vhadd, a + b)
REF_VEC_HORIZ(vhsub, a - b)

REF(vhadds)
{
    unsigned n = ref_vbytes(op);
    REF_HORIZ(16, ref_ssat((S)a + (S)b, 16));
}

REF(vhsubs)
{
    unsigned n = ref_vbytes(op);
    REF_HORIZ(16, ref_ssat((S)a - (S)b, 16));
}

/* ---- multiplication ------------------------------------------------------ */

REF(vmul)
{
    unsigned n = ref_vbytes(op);
    if (op->sz == MO_16) {
        REF_VLOOP(16, (uint32_t)a * b);
    } else {
        REF_VLOOP(32, a * b);
    }
}

REF_VEC_FIXED(vmulhs, 16, ((int32_t)(S)a * (S)b) >> 16)
REF_VEC_FIXED(vmulhu, 16, ((uint32_t)a * b) >> 16)
REF_VEC_FIXED(vmulhrs, 16, ((((int32_t)(S)a * (S)b) >> 14) + 1) >> 1)
REF_VEC_FIXED(vmuludq, 64, (a & UINT32_MAX) * (b & UINT32_MAX))
REF_VEC_FIXED(vmuldq, 64, (int64_t)(int32_t)a * (int32_t)b)

REF(vmaddwd)
{
    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        uint32_t a = V32(&v[0].v, i), b = V32(&v[1].v, i);
        uint32_t lo = (int32_t)(int16_t)a * (int16_t)b;
        uint32_t hi = (int32_t)(int16_t)(a >> 16) * (int16_t)(b >> 16);
        V32S(&v[0].v, i, lo + hi);
    }
}

REF(vmaddubs)
{
    for (unsigned i = 0; i < ref_vbytes(op) / 2; i++) {
        const uint8_t *a = &v[0].v.u8[2 * i];
        const int8_t *b = &v[1].v.s8[2 * i];
        V16S(&v[0].v, i, ref_ssat(a[0] * b[0] + a[1] * b[1], 16));
    }
}

REF(vsad)
{
    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        uint64_t sum = 0;
        for (unsigned j = 8 * i; j < 8 * i + 8; j++) {
            sum += abs(v[0].v.u8[j] - v[1].v.u8[j]);
        }
        V64S(&v[0].v, i, sum);
    }
}

REF(vmpsad)
{
    TCGVec r;

    for (unsigned lane = 0; lane < ref_vbytes(op); lane += 16) {
        unsigned ctl = lane ? op->imm >> 3 : op->imm;
        const uint8_t *a = &v[0].v.u8[lane + (ctl & 4)];
        const uint8_t *b = &v[1].v.u8[lane + (ctl & 3) * 4];
        for (unsigned i = 0; i < 8; i++) {
            unsigned sum = 0;
            for (unsigned j = 0; j < 4; j++) {
                sum += abs(a[i + j] - b[j]);
            }
            V16S(&r, lane / 2 + i, sum);
        }
    }
    memcpy(&v[0].v, &r, ref_vbytes(op));
}

REF(vphminpos)
{
    unsigned best = 0;

    for (unsigned i = 1; i < 8; i++) {
        if (V16(&v[0].v, i) < V16(&v[0].v, best)) {
            best = i;
        }
    }
    uint64_t r = V16(&v[0].v, best) | best << 16;
    V64S(&v[0].v, 0, r);
    V64S(&v[0].v, 1, 0);
}

/* ---- comparison, selection ----------------------------------------------- */

REF_VEC_SAT(vavg, ((uint32_t)a + b + 1) >> 1)
REF_VEC(vmins, (S)a < (S)b ? a : b)
REF_VEC(vminu, a < b ? a : b)
REF_VEC(vmaxs, (S)a > (S)b ? a : b)
REF_VEC(vmaxu, a > b ? a : b)
REF_VEC(vabs, (S)a < 0 ? -a : a)
REF_VEC(vsign, (S)b < 0 ? -a : b ? a : 0)
REF_VEC(vcmpeq, a == b ? -1 : 0)
REF_VEC(vcmpgt, (S)a > (S)b ? -1 : 0)

/* ---- shifts -------------------------------------------------------------- */

#define REF_SHL(a, c) ((c) < BITS ? a << (c) : 0)
#define REF_SHR(a, c) ((c) < BITS ? a >> (c) : 0)
#define REF_SAR(a, c) ((S)a >> ((c) < BITS ? (c) : BITS - 1))

/* by count c, the same for all elements */
#define REF_VEC_SHIFT(name, COUNT, EXPR)                                \
    REF(name)                                                           \
    {                                                                   \
        unsigned n = ref_vbytes(op);                                    \
        uint64_t c = COUNT;                                             \
        switch (op->sz) {                                               \
        case MO_8:                                                      \
            REF_VLOOP(8, EXPR);                                         \
            break;                                                      \
        case MO_16:                                                     \
            REF_VLOOP(16, EXPR);                                        \
            break;                                                      \
        case MO_32:                                                     \
            REF_VLOOP(32, EXPR);                                        \
            break;                                                      \
        default:                                                        \
            REF_VLOOP(64, EXPR);                                        \
            break;                                                      \
        }                                                               \
    }

REF_VEC_SHIFT(vshli, op->imm, REF_SHL(a, c))
REF_VEC_SHIFT(vshri, op->imm, REF_SHR(a, c))
REF_VEC_SHIFT(vsari, op->imm, REF_SAR(a, c))
REF_VEC_SHIFT(vshlv, V64(&v[1].v, 0), REF_SHL(a, c))
REF_VEC_SHIFT(vshrv, V64(&v[1].v, 0), REF_SHR(a, c))
REF_VEC_SHIFT(vsarv, V64(&v[1].v, 0), REF_SAR(a, c))

/* Bytes within each 128-bit lane. */
REF(vshlb)
{
    unsigned c = op->imm > 15 ? 16 : op->imm;

    for (unsigned lane = 0; lane < ref_vbytes(op); lane += 16) {
        memmove(&v[0].v.u8[lane + c], &v[0].v.u8[lane], 16 - c);
        memset(&v[0].v.u8[lane], 0, c);
    }
}

REF(vshrb)
{
    unsigned c = op->imm > 15 ? 16 : op->imm;

    for (unsigned lane = 0; lane < ref_vbytes(op); lane += 16) {
        memmove(&v[0].v.u8[lane], &v[0].v.u8[lane + c], 16 - c);
        memset(&v[0].v.u8[lane + 16 - c], 0, c);
    }
}

#endif
