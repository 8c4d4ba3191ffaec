/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the AES, carry-less multiply and SHA IR ops; see
 * ops-ref.h.  Sources: FIPS 197, FIPS 180-4, Intel SDM vol. 2.
 */
#ifndef TCG_OPS_REF_CRYPTO_H
#define TCG_OPS_REF_CRYPTO_H

#include "tcg/ops-ref-perm.h"

/* ---- AES ----------------------------------------------------------------- */

static const uint8_t ref_aes_sbox[256] = {
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b,
    0xfe, 0xd7, 0xab, 0x76, 0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0,
    0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0, 0xb7, 0xfd, 0x93, 0x26,
    0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2,
    0xeb, 0x27, 0xb2, 0x75, 0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0,
    0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84, 0x53, 0xd1, 0x00, 0xed,
    0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f,
    0x50, 0x3c, 0x9f, 0xa8, 0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5,
    0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2, 0xcd, 0x0c, 0x13, 0xec,
    0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14,
    0xde, 0x5e, 0x0b, 0xdb, 0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c,
    0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79, 0xe7, 0xc8, 0x37, 0x6d,
    0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f,
    0x4b, 0xbd, 0x8b, 0x8a, 0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e,
    0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e, 0xe1, 0xf8, 0x98, 0x11,
    0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f,
    0xb0, 0x54, 0xbb, 0x16,
};

static const uint8_t ref_aes_inv_sbox[256] = {
    0x52, 0x09, 0x6a, 0xd5, 0x30, 0x36, 0xa5, 0x38, 0xbf, 0x40, 0xa3, 0x9e,
    0x81, 0xf3, 0xd7, 0xfb, 0x7c, 0xe3, 0x39, 0x82, 0x9b, 0x2f, 0xff, 0x87,
    0x34, 0x8e, 0x43, 0x44, 0xc4, 0xde, 0xe9, 0xcb, 0x54, 0x7b, 0x94, 0x32,
    0xa6, 0xc2, 0x23, 0x3d, 0xee, 0x4c, 0x95, 0x0b, 0x42, 0xfa, 0xc3, 0x4e,
    0x08, 0x2e, 0xa1, 0x66, 0x28, 0xd9, 0x24, 0xb2, 0x76, 0x5b, 0xa2, 0x49,
    0x6d, 0x8b, 0xd1, 0x25, 0x72, 0xf8, 0xf6, 0x64, 0x86, 0x68, 0x98, 0x16,
    0xd4, 0xa4, 0x5c, 0xcc, 0x5d, 0x65, 0xb6, 0x92, 0x6c, 0x70, 0x48, 0x50,
    0xfd, 0xed, 0xb9, 0xda, 0x5e, 0x15, 0x46, 0x57, 0xa7, 0x8d, 0x9d, 0x84,
    0x90, 0xd8, 0xab, 0x00, 0x8c, 0xbc, 0xd3, 0x0a, 0xf7, 0xe4, 0x58, 0x05,
    0xb8, 0xb3, 0x45, 0x06, 0xd0, 0x2c, 0x1e, 0x8f, 0xca, 0x3f, 0x0f, 0x02,
    0xc1, 0xaf, 0xbd, 0x03, 0x01, 0x13, 0x8a, 0x6b, 0x3a, 0x91, 0x11, 0x41,
    0x4f, 0x67, 0xdc, 0xea, 0x97, 0xf2, 0xcf, 0xce, 0xf0, 0xb4, 0xe6, 0x73,
    0x96, 0xac, 0x74, 0x22, 0xe7, 0xad, 0x35, 0x85, 0xe2, 0xf9, 0x37, 0xe8,
    0x1c, 0x75, 0xdf, 0x6e, 0x47, 0xf1, 0x1a, 0x71, 0x1d, 0x29, 0xc5, 0x89,
    0x6f, 0xb7, 0x62, 0x0e, 0xaa, 0x18, 0xbe, 0x1b, 0xfc, 0x56, 0x3e, 0x4b,
    0xc6, 0xd2, 0x79, 0x20, 0x9a, 0xdb, 0xc0, 0xfe, 0x78, 0xcd, 0x5a, 0xf4,
    0x1f, 0xdd, 0xa8, 0x33, 0x88, 0x07, 0xc7, 0x31, 0xb1, 0x12, 0x10, 0x59,
    0x27, 0x80, 0xec, 0x5f, 0x60, 0x51, 0x7f, 0xa9, 0x19, 0xb5, 0x4a, 0x0d,
    0x2d, 0xe5, 0x7a, 0x9f, 0x93, 0xc9, 0x9c, 0xef, 0xa0, 0xe0, 0x3b, 0x4d,
    0xae, 0x2a, 0xf5, 0xb0, 0xc8, 0xeb, 0xbb, 0x3c, 0x83, 0x53, 0x99, 0x61,
    0x17, 0x2b, 0x04, 0x7e, 0xba, 0x77, 0xd6, 0x26, 0xe1, 0x69, 0x14, 0x63,
    0x55, 0x21, 0x0c, 0x7d,
};

/* Multiplication by x in GF(2^8). */
static inline uint8_t ref_aes_x(uint8_t a)
{
    return (a << 1) ^ (a & 0x80 ? 0x1b : 0);
}

/* ShiftRows (dir 1) or its inverse (dir 3), and the substitution by tab. */
static inline void ref_aes_sub(uint8_t *s, const uint8_t *tab, unsigned dir)
{
    uint8_t t[16];

    for (unsigned i = 0; i < 16; i++) {
        unsigned row = i & 3, col = i >> 2;
        t[i] = tab[s[row + 4 * ((col + row * dir) & 3)]];
    }
    memcpy(s, t, 16);
}

static inline void ref_aes_mix(uint8_t *s)
{
    for (unsigned i = 0; i < 16; i += 4) {
        uint8_t *c = s + i, a0 = c[0], all = c[0] ^ c[1] ^ c[2] ^ c[3];
        c[0] ^= all ^ ref_aes_x(c[0] ^ c[1]);
        c[1] ^= all ^ ref_aes_x(c[1] ^ c[2]);
        c[2] ^= all ^ ref_aes_x(c[2] ^ c[3]);
        c[3] ^= all ^ ref_aes_x(c[3] ^ a0);
    }
}

/* The inverse matrix is the direct one times a simpler one. */
static inline void ref_aes_unmix(uint8_t *s)
{
    for (unsigned i = 0; i < 16; i += 4) {
        uint8_t *c = s + i;
        uint8_t u = ref_aes_x(ref_aes_x(c[0] ^ c[2]));
        uint8_t w = ref_aes_x(ref_aes_x(c[1] ^ c[3]));
        c[0] ^= u;
        c[1] ^= w;
        c[2] ^= u;
        c[3] ^= w;
    }
    ref_aes_mix(s);
}

static inline void ref_aes(const TCGRefOp *op, TCGVal *v, bool dec, bool mix)
{
    for (unsigned lane = 0; lane < ref_vbytes(op); lane += 16) {
        uint8_t *s = &v[0].v.u8[lane];
        ref_aes_sub(s, dec ? ref_aes_inv_sbox : ref_aes_sbox, dec ? 3 : 1);
        if (mix) {
            (dec ? ref_aes_unmix : ref_aes_mix)(s);
        }
        for (unsigned i = 0; i < 16; i++) {
            s[i] ^= v[1].v.u8[lane + i];
        }
    }
}

REF(vaesenc)
{
    ref_aes(op, v, false, true);
}

REF(vaesenclast)
{
    ref_aes(op, v, false, false);
}

REF(vaesdec)
{
    ref_aes(op, v, true, true);
}

REF(vaesdeclast)
{
    ref_aes(op, v, true, false);
}

REF(vaesimc)
{
    for (unsigned lane = 0; lane < ref_vbytes(op); lane += 16) {
        ref_aes_unmix(&v[0].v.u8[lane]);
    }
}

REF(vaeskeygen)
{
    uint8_t *s = v[0].v.u8;

    for (unsigned i = 0; i < 16; i += 8) {
        uint8_t w[4];
        for (unsigned j = 0; j < 4; j++) {
            w[j] = ref_aes_sbox[s[i + 4 + j]];
        }
        for (unsigned j = 0; j < 4; j++) {
            s[i + j] = w[j];
            s[i + 4 + j] = w[(j + 1) & 3];
        }
        s[i + 4] ^= op->imm;
    }
}

/* ---- PCLMULQDQ ----------------------------------------------------------- */

REF(vpclmul)
{
    for (unsigned lane = 0; lane < ref_vbytes(op) / 8; lane += 2) {
        uint64_t a = V64(&v[0].v, lane + (op->imm & 1));
        uint64_t b = V64(&v[1].v, lane + ((op->imm >> 4) & 1));
        uint64_t lo = 0, hi = 0;
        for (unsigned i = 0; i < 64; i++) {
            uint64_t m = -((b >> i) & 1);
            lo ^= (a << i) & m;
            hi ^= i ? (a >> (64 - i)) & m : 0;
        }
        V64S(&v[0].v, lane, lo);
        V64S(&v[0].v, lane + 1, hi);
    }
}

/* ---- GFNI ---------------------------------------------------------------- */

static inline uint8_t ref_gf_mul(uint8_t a, uint8_t b)
{
    uint8_t r = 0;

    for (unsigned i = 0; i < 8; i++) {
        r ^= b >> i & 1 ? a : 0;
        a = ref_aes_x(a);
    }
    return r;
}

/* a to the power 254 */
static inline uint8_t ref_gf_inverse(uint8_t a)
{
    uint8_t r = 1;

    for (unsigned i = 0; i < 7; i++) {
        a = ref_gf_mul(a, a);
        r = ref_gf_mul(r, a);
    }
    return r;
}

/* Row 7 - i of the matrix (its byte i) gives bit 7 - i. */
static inline uint8_t ref_gf_affine(const uint8_t *m, uint8_t a, uint8_t c)
{
    for (unsigned i = 0; i < 8; i++) {
        c ^= __builtin_parity(m[7 - i] & a) << i;
    }
    return c;
}

REF(vgfmul)
{
    for (unsigned i = 0; i < ref_vbytes(op); i++) {
        v[0].v.u8[i] = ref_gf_mul(v[0].v.u8[i], v[1].v.u8[i]);
    }
}

REF(vgfaff)
{
    for (unsigned i = 0; i < ref_vbytes(op); i++) {
        v[0].v.u8[i] = ref_gf_affine(&v[1].v.u8[i & ~7u], v[0].v.u8[i],
                                     op->imm);
    }
}

REF(vgfaffinv)
{
    for (unsigned i = 0; i < ref_vbytes(op); i++) {
        v[0].v.u8[i] = ref_gf_affine(&v[1].v.u8[i & ~7u],
                                     ref_gf_inverse(v[0].v.u8[i]), op->imm);
    }
}

/* ---- dot products -------------------------------------------------------- */

static inline int64_t ref_dp_element(const TCGVec *v, unsigned sz, unsigned i,
                                     bool is_signed)
{
    uint64_t a = sz == MO_8 ? v->u8[i] : V16(v, i);

    return is_signed ? ref_sext(sz, a) : (int64_t)a;
}

REF(vdp)
{
    unsigned n = sizeof(uint32_t) >> op->sz, im = op->imm;

    for (unsigned i = 0; i < ref_vbytes(op) / 4; i++) {
        uint32_t acc = V32(&v[0].v, i);
        int64_t sum = im & 3 ? (int32_t)acc : (int64_t)acc;
        for (unsigned k = i * n; k < (i + 1) * n; k++) {
            sum += ref_dp_element(&v[1].v, op->sz, k, im & 1) *
                   ref_dp_element(&v[2].v, op->sz, k, im & 2);
        }
        if (im & 4) {
            sum = im & 3 ? MAX(MIN(sum, INT32_MAX), INT32_MIN)
                         : MIN(sum, UINT32_MAX);
        }
        V32S(&v[0].v, i, sum);
    }
}

REF(vmadd52)
{
    const uint64_t m = (1ull << 52) - 1;

    for (unsigned i = 0; i < ref_vbytes(op) / 8; i++) {
        unsigned __int128 p = (unsigned __int128)(V64(&v[1].v, i) & m) *
                              (V64(&v[2].v, i) & m);
        V64S(&v[0].v, i, V64(&v[0].v, i) +
                         ((uint64_t)(op->imm & 1 ? p >> 52 : p) & m));
    }
}

/* ---- SHA-1 --------------------------------------------------------------- */

static inline uint32_t ref_rol32(uint32_t a, unsigned n)
{
    return (a << n) | (a >> (32 - n));
}

static inline uint32_t ref_ror32(uint32_t a, unsigned n)
{
    return (a >> n) | (a << (32 - n));
}

static inline uint32_t ref_sha_ch(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (~x & z);
}

static inline uint32_t ref_sha_maj(uint32_t x, uint32_t y, uint32_t z)
{
    return (x & y) ^ (x & z) ^ (y & z);
}

/* The first word of a SHA-1 quartet is the highest element. */
REF(vsha1rnds4)
{
    static const uint32_t k[4] = {
        0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6,
    };
    TCGVec *s = &v[0].v;
    uint32_t a = V32(s, 3), b = V32(s, 2), c = V32(s, 1), d = V32(s, 0), e = 0;

    for (unsigned i = 0; i < 4; i++) {
        unsigned f = op->imm & 3;
        uint32_t t = f == 0 ? ref_sha_ch(b, c, d) :
                     f == 2 ? ref_sha_maj(b, c, d) : b ^ c ^ d;
        t += ref_rol32(a, 5) + V32(&v[1].v, 3 - i) + e + k[f];
        e = d;
        d = c;
        c = ref_rol32(b, 30);
        b = a;
        a = t;
    }
    V32S(s, 3, a);
    V32S(s, 2, b);
    V32S(s, 1, c);
    V32S(s, 0, d);
}

REF(vsha1nexte)
{
    uint32_t t = ref_rol32(V32(&v[0].v, 3), 30) + V32(&v[1].v, 3);

    memcpy(&v[0].v, &v[1].v, 16);
    V32S(&v[0].v, 3, t);
}

REF(vsha1msg1)
{
    TCGVec *s = &v[0].v;

    s->u64[1] ^= s->u64[0];
    s->u64[0] ^= v[1].v.u64[1];
}

REF(vsha1msg2)
{
    TCGVec *s = &v[0].v;
    uint32_t w16 = ref_rol32(V32(s, 3) ^ V32(&v[1].v, 2), 1);

    V32S(s, 3, w16);
    V32S(s, 2, ref_rol32(V32(s, 2) ^ V32(&v[1].v, 1), 1));
    V32S(s, 1, ref_rol32(V32(s, 1) ^ V32(&v[1].v, 0), 1));
    V32S(s, 0, ref_rol32(V32(s, 0) ^ w16, 1));
}

/* ---- SHA-256 ------------------------------------------------------------- */

static inline uint32_t ref_sha256_s0(uint32_t x)
{
    return ref_ror32(x, 7) ^ ref_ror32(x, 18) ^ (x >> 3);
}

static inline uint32_t ref_sha256_s1(uint32_t x)
{
    return ref_ror32(x, 17) ^ ref_ror32(x, 19) ^ (x >> 10);
}

REF(vsha256rnds2)
{
    TCGVec *s = &v[0].v, *t = &v[1].v;
    uint32_t a = V32(t, 3), b = V32(t, 2), e = V32(t, 1), f = V32(t, 0);
    uint32_t c = V32(s, 3), d = V32(s, 2), g = V32(s, 1), h = V32(s, 0);

    for (unsigned i = 0; i < 2; i++) {
        uint32_t x = ref_sha_ch(e, f, g) + V32(&v[2].v, i) + h +
                     (ref_ror32(e, 6) ^ ref_ror32(e, 11) ^ ref_ror32(e, 25));
        uint32_t y = ref_sha_maj(a, b, c) +
                     (ref_ror32(a, 2) ^ ref_ror32(a, 13) ^ ref_ror32(a, 22));
        h = g;
        g = f;
        f = e;
        e = d + x;
        d = c;
        c = b;
        b = a;
        a = x + y;
    }
    V32S(s, 3, a);
    V32S(s, 2, b);
    V32S(s, 1, e);
    V32S(s, 0, f);
}

REF(vsha256msg1)
{
    TCGVec *s = &v[0].v;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t next = i < 3 ? V32(s, i + 1) : V32(&v[1].v, 0);
        V32S(s, i, V32(s, i) + ref_sha256_s0(next));
    }
}

REF(vsha256msg2)
{
    TCGVec *s = &v[0].v;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t w = i < 2 ? V32(&v[1].v, i + 2) : V32(s, i - 2);
        V32S(s, i, V32(s, i) + ref_sha256_s1(w));
    }
}

#endif
