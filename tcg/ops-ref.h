/* SPDX-License-Identifier: MIT */
/*
 * The reference meaning of the integer IR ops, one inline function an op:
 * ref_NAME(env, op, v) reads v[0..] as inputs, writes v[0..] as outputs and
 * updates env->flags within op->fl_def.  Constant folding, the interpreter,
 * fall-back helpers and the unit tests all use these.  The vector families
 * are in ops-ref-vec.h, ops-ref-perm.h, ops-ref-fp.h and ops-ref-crypto.h.
 *
 * Source: Intel SDM vol. 2.  Flags that it calls undefined are what AMD's Zen
 * does: shifts set AF, BSF/BSR take PF from the index, and so on.
 */
#ifndef TCG_OPS_REF_H
#define TCG_OPS_REF_H

#include "util/osdep.h"
#include "tcg/backend.h"

typedef void TCGRefFn(TCGEnv *env, const TCGRefOp *op, TCGVal *v);

/* The function of an op; NULL for memory, control and x87 ops. */
TCGRefFn *tcg_ref_fn(unsigned opc);

/* RCPSS, RSQRTSS of a binary32. */
uint32_t tcg_ref_rcp(uint32_t a);
uint32_t tcg_ref_rsqrt(uint32_t a);

#define REF(name) \
    static inline void ref_##name(TCGEnv *env, const TCGRefOp *op, TCGVal *v)

enum {
    FL_ZSP = FL_Z | FL_S | FL_P,
    FL_CO = FL_C | FL_O,
    FL_NOTC = FL_ALL & ~FL_C,
};

/* ---- sizes --------------------------------------------------------------- */

static inline unsigned ref_bits(unsigned sz)
{
    return 8u << sz;
}

static inline uint64_t ref_mask(unsigned sz)
{
    return UINT64_MAX >> (64 - ref_bits(sz));
}

static inline uint64_t ref_zext(unsigned sz, uint64_t a)
{
    return a & ref_mask(sz);
}

static inline int64_t ref_sext(unsigned sz, uint64_t a)
{
    unsigned n = 64 - ref_bits(sz);
    return (int64_t)(a << n) >> n;
}

static inline unsigned ref_msb(unsigned sz, uint64_t a)
{
    return (a >> (ref_bits(sz) - 1)) & 1;
}

/* The P_MERGE rule: 8 and 16 bits go into the container of in[0]. */
static inline uint64_t ref_merge(unsigned sz, uint64_t old, uint64_t r)
{
    uint64_t m = ref_mask(sz);
    return sz < 2 ? (old & ~m) | (r & m) : r & m;
}

/* ---- flags --------------------------------------------------------------- */

/* Stores the flags of fl (compact) that are in nat, the ones the op writes at
 * all, and in op->fl_def. */
static inline void ref_setfl_nat(TCGEnv *env, const TCGRefOp *op,
                                 unsigned nat, unsigned fl)
{
    uint32_t m = tcg_flags_home(nat & op->fl_def);
    env->flags = (env->flags & ~m) | (tcg_flags_home(fl) & m);
}

static inline unsigned ref_zsp(unsigned sz, uint64_t r)
{
    return (ref_zext(sz, r) == 0 ? FL_Z : 0) | (ref_msb(sz, r) ? FL_S : 0) |
           (__builtin_parity(r & 0xff) ? 0 : FL_P);
}

static inline unsigned ref_add_flags(unsigned sz, uint64_t a, uint64_t b,
                                     uint64_t r, bool carry)
{
    return ref_zsp(sz, r) | (carry ? FL_C : 0) |
           (((a ^ b ^ r) & 0x10) ? FL_A : 0) |
           (ref_msb(sz, (a ^ r) & (b ^ r)) ? FL_O : 0);
}

static inline unsigned ref_sub_flags(unsigned sz, uint64_t a, uint64_t b,
                                     uint64_t r, bool borrow)
{
    return ref_zsp(sz, r) | (borrow ? FL_C : 0) |
           (((a ^ b ^ r) & 0x10) ? FL_A : 0) |
           (ref_msb(sz, (a ^ b) & (a ^ r)) ? FL_O : 0);
}

static inline bool ref_cf(const TCGEnv *env)
{
    return env->flags & FLHOME_C;
}

/* A condition over flags in the home format. */
static inline bool ref_cc(uint32_t fl, unsigned cc)
{
    bool r;

    switch (cc >> 1) {
    case CC_O >> 1:
        r = fl & FLHOME_O;
        break;
    case CC_C >> 1:
        r = fl & FLHOME_C;
        break;
    case CC_Z >> 1:
        r = fl & FLHOME_Z;
        break;
    case CC_BE >> 1:
        r = fl & (FLHOME_C | FLHOME_Z);
        break;
    case CC_S >> 1:
        r = fl & FLHOME_S;
        break;
    case CC_P >> 1:
        r = fl & FLHOME_P;
        break;
    case CC_L >> 1:
        r = ((fl >> 15) ^ fl) & 1;
        break;
    default:
        r = (((fl >> 15) ^ fl) & 1) || (fl & FLHOME_Z);
        break;
    }
    return r ^ (cc & 1);
}

static inline bool ref_cond(unsigned cond, unsigned sz, uint64_t a, uint64_t b)
{
    int64_t sa = ref_sext(sz, a), sb = ref_sext(sz, b);

    a = ref_zext(sz, a);
    b = ref_zext(sz, b);
    switch (cond) {
    case TCG_COND_EQ:
        return a == b;
    case TCG_COND_NE:
        return a != b;
    case TCG_COND_LT:
        return sa < sb;
    case TCG_COND_GE:
        return sa >= sb;
    case TCG_COND_LE:
        return sa <= sb;
    case TCG_COND_GT:
        return sa > sb;
    case TCG_COND_LTU:
        return a < b;
    case TCG_COND_GEU:
        return a >= b;
    case TCG_COND_LEU:
        return a <= b;
    default:
        return a > b;
    }
}

/* ---- moves --------------------------------------------------------------- */

REF(mov)
{
    v[0].q = ref_zext(op->sz, v[0].q);
}

REF(ext_u)
{
    v[0].q = ref_zext(op->sz, v[0].q);
}

REF(ext_s)
{
    v[0].q = ref_zext(op->imm, ref_sext(op->sz, v[0].q));
}

static inline uint64_t ref_field_mask(uint64_t imm)
{
    unsigned len = (imm >> 8) & 0xff;
    return len >= 64 ? UINT64_MAX : (1ull << len) - 1;
}

REF(extract)
{
    v[0].q = (v[0].q >> (op->imm & 63)) & ref_field_mask(op->imm);
}

REF(deposit)
{
    unsigned pos = op->imm & 63;
    uint64_t m = ref_field_mask(op->imm) << pos;
    v[0].q = (v[0].q & ~m) | ((v[1].q << pos) & m);
}

REF(bswap)
{
    v[0].q = op->sz == MO_64 ? __builtin_bswap64(v[0].q)
                             : __builtin_bswap32(v[0].q);
}

/* ---- arithmetic and logic ------------------------------------------------ */

static inline void ref_addc(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                            bool cin)
{
    uint64_t a = ref_zext(op->sz, v[0].q), b = ref_zext(op->sz, v[1].q);
    uint64_t r = ref_zext(op->sz, a + b + cin);
    bool cout = cin ? r <= a : r < a;

    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_setfl_nat(env, op, FL_ALL, ref_add_flags(op->sz, a, b, r, cout));
}

static inline uint64_t ref_subb(TCGEnv *env, const TCGRefOp *op, uint64_t a,
                                uint64_t b, bool cin)
{
    uint64_t r;

    a = ref_zext(op->sz, a);
    b = ref_zext(op->sz, b);
    r = ref_zext(op->sz, a - b - cin);
    ref_setfl_nat(env, op, FL_ALL,
                  ref_sub_flags(op->sz, a, b, r, cin ? a <= b : a < b));
    return r;
}

REF(add)
{
    ref_addc(env, op, v, false);
}

REF(adc)
{
    ref_addc(env, op, v, ref_cf(env));
}

/* ADCX, ADOX: an addition with fl alone as carry in and out. */
static inline void ref_adx(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                           unsigned fl)
{
    bool cin = env->flags & tcg_flags_home(fl);
    uint64_t a = ref_zext(op->sz, v[0].q);
    uint64_t r = ref_zext(op->sz, a + v[1].q + cin);

    v[0].q = r;
    ref_setfl_nat(env, op, fl, (cin ? r <= a : r < a) ? fl : 0);
}

REF(adcx)
{
    ref_adx(env, op, v, FL_C);
}

REF(adox)
{
    ref_adx(env, op, v, FL_O);
}

REF(sub)
{
    uint64_t r = ref_subb(env, op, v[0].q, v[1].q, false);
    v[0].q = ref_merge(op->sz, v[0].q, r);
}

REF(sbb)
{
    uint64_t r = ref_subb(env, op, v[0].q, v[1].q, ref_cf(env));
    v[0].q = ref_merge(op->sz, v[0].q, r);
}

REF(cmp)
{
    ref_subb(env, op, v[0].q, v[1].q, false);
}

REF(neg)
{
    uint64_t r = ref_subb(env, op, 0, v[0].q, false);
    v[0].q = ref_merge(op->sz, v[0].q, r);
}

static inline void ref_logic(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                             uint64_t r)
{
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_setfl_nat(env, op, FL_ALL, ref_zsp(op->sz, r));
}

REF(and)
{
    ref_logic(env, op, v, v[0].q & v[1].q);
}

REF(or)
{
    ref_logic(env, op, v, v[0].q | v[1].q);
}

REF(xor)
{
    ref_logic(env, op, v, v[0].q ^ v[1].q);
}

REF(andn)
{
    uint64_t r = ref_zext(op->sz, ~v[0].q & v[1].q);
    v[0].q = r;
    ref_setfl_nat(env, op, FL_ALL, ref_zsp(op->sz, r));
}

REF(test)
{
    ref_setfl_nat(env, op, FL_ALL, ref_zsp(op->sz, v[0].q & v[1].q));
}

REF(not)
{
    v[0].q = ref_merge(op->sz, v[0].q, ~v[0].q);
}

REF(inc)
{
    uint64_t a = ref_zext(op->sz, v[0].q), r = a + 1;
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_setfl_nat(env, op, FL_NOTC, ref_add_flags(op->sz, a, 1, r, 0));
}

REF(dec)
{
    uint64_t a = ref_zext(op->sz, v[0].q), r = a - 1;
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_setfl_nat(env, op, FL_NOTC, ref_sub_flags(op->sz, a, 1, r, 0));
}

/* ---- shifts and rotates -------------------------------------------------- */

static inline unsigned ref_count(unsigned sz, uint64_t count)
{
    return count & (sz == MO_64 ? 63 : 31);
}

/* Flags of a shift: ZSP of the result, AF set. */
static inline void ref_shift_flags(TCGEnv *env, const TCGRefOp *op, uint64_t r,
                                   bool cf, bool of)
{
    ref_setfl_nat(env, op, FL_ALL, ref_zsp(op->sz, r) | FL_A |
                  (cf ? FL_C : 0) | (of ? FL_O : 0));
}

REF(shl)
{
    unsigned n = ref_count(op->sz, v[1].q), bits = ref_bits(op->sz);
    uint64_t a = v[0].q, r = ref_zext(op->sz, a << n);

    v[0].q = ref_merge(op->sz, a, r);
    if (n) {
        bool cf = n <= bits && (a >> (bits - n)) & 1;
        ref_shift_flags(env, op, r, cf, cf ^ ref_msb(op->sz, r));
    }
}

REF(shr)
{
    unsigned n = ref_count(op->sz, v[1].q);
    uint64_t a = ref_zext(op->sz, v[0].q), r = a >> n;

    v[0].q = ref_merge(op->sz, v[0].q, r);
    if (n) {
        ref_shift_flags(env, op, r, (a >> (n - 1)) & 1,
                        ref_msb(op->sz, r ^ (r << 1)));
    }
}

REF(sar)
{
    unsigned n = ref_count(op->sz, v[1].q);
    int64_t a = ref_sext(op->sz, v[0].q), r = a >> n;

    v[0].q = ref_merge(op->sz, v[0].q, r);
    if (n) {
        ref_shift_flags(env, op, r, (a >> (n - 1)) & 1, false);
    }
}

static inline void ref_rot_flags(TCGEnv *env, const TCGRefOp *op, bool cf,
                                 bool of)
{
    ref_setfl_nat(env, op, FL_CO, (cf ? FL_C : 0) | (of ? FL_O : 0));
}

static inline uint64_t ref_rotl(unsigned sz, uint64_t a, unsigned n)
{
    unsigned bits = ref_bits(sz);

    a = ref_zext(sz, a);
    n &= bits - 1;
    return n ? ref_zext(sz, (a << n) | (a >> (bits - n))) : a;
}

REF(rol)
{
    unsigned n = ref_count(op->sz, v[1].q);
    uint64_t r = ref_rotl(op->sz, v[0].q, n);

    v[0].q = ref_merge(op->sz, v[0].q, r);
    if (n) {
        ref_rot_flags(env, op, r & 1, (r & 1) ^ ref_msb(op->sz, r));
    }
}

REF(ror)
{
    unsigned n = ref_count(op->sz, v[1].q);
    uint64_t r = ref_rotl(op->sz, v[0].q, -n);

    v[0].q = ref_merge(op->sz, v[0].q, r);
    if (n) {
        ref_rot_flags(env, op, ref_msb(op->sz, r),
                      ref_msb(op->sz, r ^ (r << 1)));
    }
}

REF(rcl)
{
    unsigned bits = ref_bits(op->sz), n = ref_count(op->sz, v[1].q);
    uint64_t a = ref_zext(op->sz, v[0].q), r = a;
    bool cf = ref_cf(env);

    if (!n) {
        v[0].q = ref_merge(op->sz, v[0].q, r);
        return;
    }
    for (n %= bits + 1; n; n--) {
        bool out = ref_msb(op->sz, r);
        r = ref_zext(op->sz, r << 1) | cf;
        cf = out;
    }
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_rot_flags(env, op, cf, cf ^ ref_msb(op->sz, r));
}

REF(rcr)
{
    unsigned bits = ref_bits(op->sz), n = ref_count(op->sz, v[1].q);
    uint64_t a = ref_zext(op->sz, v[0].q), r = a;
    bool cf = ref_cf(env);

    if (!n) {
        v[0].q = ref_merge(op->sz, v[0].q, r);
        return;
    }
    for (n %= bits + 1; n; n--) {
        bool out = r & 1;
        r = (r >> 1) | ((uint64_t)cf << (bits - 1));
        cf = out;
    }
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_rot_flags(env, op, cf, ref_msb(op->sz, r ^ (r << 1)));
}

/* A 16-bit double shift by more than 16: Zen repeats in1, with CF = 0. */
REF(shld)
{
    unsigned n = ref_count(op->sz, v[2].q), bits = ref_bits(op->sz);
    uint64_t a = ref_zext(op->sz, v[0].q), b = ref_zext(op->sz, v[1].q), r;
    bool cf, of;

    if (!n) {
        v[0].q = ref_merge(op->sz, v[0].q, a);
        return;
    }
    if (op->sz == MO_16) {
        uint64_t w = (a << 32) | (b << 16) | b;
        r = (w << n) >> 32;
        cf = n <= 16 && ((w << n) >> 48) & 1;
        of = cf ^ (n < 16 && ref_msb(MO_16, r));
    } else {
        r = (a << n) | (b >> (bits - n));
        cf = (a >> (bits - n)) & 1;
        of = cf ^ ref_msb(op->sz, r);
    }
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_shift_flags(env, op, r, cf, of);
}

REF(shrd)
{
    unsigned n = ref_count(op->sz, v[2].q), bits = ref_bits(op->sz);
    uint64_t a = ref_zext(op->sz, v[0].q), b = ref_zext(op->sz, v[1].q), r, w;

    if (!n) {
        v[0].q = ref_merge(op->sz, v[0].q, a);
        return;
    }
    if (op->sz == MO_16) {
        w = (b << 32) | (b << 16) | a;
        r = w >> n;
        w = n <= 16 ? w : 0;
    } else {
        w = a;
        r = (a >> n) | (b << (bits - n));
    }
    v[0].q = ref_merge(op->sz, v[0].q, r);
    ref_shift_flags(env, op, r, (w >> (n - 1)) & 1,
                    ref_msb(op->sz, r ^ (r << 1)));
}

/* ---- multiplication and division ----------------------------------------- */

REF(mul)
{
    __int128 p = (__int128)ref_sext(op->sz, v[0].q) * ref_sext(op->sz, v[1].q);
    bool over = p != ref_sext(op->sz, p);

    v[0].q = ref_merge(op->sz, v[0].q, p);
    ref_setfl_nat(env, op, FL_CO, over ? FL_CO : 0);
}

/* Splits a product into lo and hi as x86 does. */
static inline void ref_mul2(unsigned sz, TCGVal *v, unsigned __int128 p)
{
    if (sz == MO_8) {
        v[0].q = (uint16_t)p;
        v[1].q = 0;
    } else {
        v[0].q = ref_zext(sz, p);
        v[1].q = ref_zext(sz, p >> ref_bits(sz));
    }
}

REF(mulu2)
{
    unsigned __int128 p = (unsigned __int128)ref_zext(op->sz, v[0].q) *
                          ref_zext(op->sz, v[1].q);
    bool over = p >> ref_bits(op->sz);

    ref_mul2(op->sz, v, p);
    ref_setfl_nat(env, op, FL_CO, over ? FL_CO : 0);
}

REF(muls2)
{
    __int128 p = (__int128)ref_sext(op->sz, v[0].q) * ref_sext(op->sz, v[1].q);
    bool over = p != ref_sext(op->sz, p);

    ref_mul2(op->sz, v, p);
    ref_setfl_nat(env, op, FL_CO, over ? FL_CO : 0);
}

REF(mulx)
{
    ref_mul2(op->sz, v, (unsigned __int128)ref_zext(op->sz, v[0].q) *
                        ref_zext(op->sz, v[1].q));
}

/* The dividend of a division, zero-extended. */
static inline unsigned __int128 ref_dividend(unsigned sz, const TCGVal *v)
{
    if (sz == MO_8) {
        return (uint16_t)v[0].q;
    }
    return (unsigned __int128)ref_zext(sz, v[1].q) << ref_bits(sz) |
           ref_zext(sz, v[0].q);
}

REF(divu2)
{
    unsigned __int128 n = ref_dividend(op->sz, v);
    uint64_t d = ref_zext(op->sz, v[2].q);

    if (n >> ref_bits(op->sz) >= d) {   /* covers d == 0 */
        tcg_exit_helper(env, TCG_EXIT_DIVIDE, true);
    }
    if (op->sz < MO_64) {
        v[0].q = (uint64_t)n / d;
        v[1].q = (uint64_t)n % d;
    } else {
        v[0].q = n / d;
        v[1].q = n % d;
    }
}

REF(divs2)
{
    unsigned bits = ref_bits(op->sz);
    unsigned __int128 n = ref_dividend(op->sz, v);
    int64_t sd = ref_sext(op->sz, v[2].q);
    uint64_t d = sd < 0 ? -(uint64_t)sd : sd, q, r;
    bool neg = (n >> (2 * bits - 1)) & 1;

    if (neg) {
        n = -n;
        if (bits < 64) {
            n &= ((unsigned __int128)1 << 2 * bits) - 1;
        }
    }
    if (n >> bits >= d) {
        tcg_exit_helper(env, TCG_EXIT_DIVIDE, true);
    }
    q = op->sz < MO_64 ? (uint64_t)n / d : n / d;
    r = op->sz < MO_64 ? (uint64_t)n % d : n % d;
    if (q > (1ull << (bits - 1)) - !(neg ^ (sd < 0))) {
        tcg_exit_helper(env, TCG_EXIT_DIVIDE, true);
    }
    v[0].q = ref_zext(op->sz, neg ^ (sd < 0) ? -q : q);
    v[1].q = ref_zext(op->sz, neg ? -r : r);
}

/* ---- bits ---------------------------------------------------------------- */

/* Zen: PF is the parity of the index, ZF alone is documented. */
static inline void ref_bscan(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                             uint64_t src, unsigned index)
{
    unsigned fl = FL_P;

    if (src) {
        v[0].q = ref_merge(op->sz, v[0].q, index);
        fl = __builtin_parity(index) ? 0 : FL_P;
    } else {
        fl |= FL_Z;
    }
    ref_setfl_nat(env, op, FL_ALL, fl);
}

REF(bsf)
{
    uint64_t s = ref_zext(op->sz, v[1].q);
    ref_bscan(env, op, v, s, s ? __builtin_ctzll(s) : 0);
}

REF(bsr)
{
    uint64_t s = ref_zext(op->sz, v[1].q);
    ref_bscan(env, op, v, s, s ? 63 - __builtin_clzll(s) : 0);
}

static inline void ref_zcnt(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                            bool none, unsigned n)
{
    v[0].q = n;
    ref_setfl_nat(env, op, FL_ALL & ~FL_O,
                  (none ? FL_C : 0) | (n ? 0 : FL_Z));
}

REF(tzcnt)
{
    uint64_t s = ref_zext(op->sz, v[0].q);
    ref_zcnt(env, op, v, !s, s ? __builtin_ctzll(s) : ref_bits(op->sz));
}

REF(lzcnt)
{
    uint64_t s = ref_zext(op->sz, v[0].q);
    ref_zcnt(env, op, v, !s, ref_bits(op->sz) -
                             (s ? 64 - __builtin_clzll(s) : 0));
}

REF(popcnt)
{
    v[0].q = __builtin_popcountll(ref_zext(op->sz, v[0].q));
    ref_setfl_nat(env, op, FL_ALL, v[0].q ? 0 : FL_Z);
}

/* Sets CF to the addressed bit; returns its mask. */
static inline uint64_t ref_bit(TCGEnv *env, const TCGRefOp *op,
                               const TCGVal *v)
{
    uint64_t m = 1ull << (v[1].q & (ref_bits(op->sz) - 1));
    ref_setfl_nat(env, op, FL_C, v[0].q & m ? FL_C : 0);
    return m;
}

REF(bt)
{
    ref_bit(env, op, v);
}

REF(bts)
{
    v[0].q = ref_merge(op->sz, v[0].q, v[0].q | ref_bit(env, op, v));
}

REF(btr)
{
    v[0].q = ref_merge(op->sz, v[0].q, v[0].q & ~ref_bit(env, op, v));
}

REF(btc)
{
    v[0].q = ref_merge(op->sz, v[0].q, v[0].q ^ ref_bit(env, op, v));
}

/* BLSI and kin: OF = AF = 0, and PF from the result as everywhere. */
static inline void ref_bls(TCGEnv *env, const TCGRefOp *op, TCGVal *v,
                           uint64_t r, bool cf)
{
    v[0].q = ref_zext(op->sz, r);
    ref_setfl_nat(env, op, FL_ALL, ref_zsp(op->sz, r) | (cf ? FL_C : 0));
}

REF(blsi)
{
    uint64_t a = ref_zext(op->sz, v[0].q);
    ref_bls(env, op, v, a & -a, a != 0);
}

REF(blsr)
{
    uint64_t a = ref_zext(op->sz, v[0].q);
    ref_bls(env, op, v, a & (a - 1), a == 0);
}

REF(blsmsk)
{
    uint64_t a = ref_zext(op->sz, v[0].q);
    ref_bls(env, op, v, a ^ (a - 1), a == 0);
}

REF(bextr)
{
    unsigned start = v[1].q & 0xff, len = (v[1].q >> 8) & 0xff;
    uint64_t r = start < 64 ? ref_zext(op->sz, v[0].q) >> start : 0;

    if (len < 64) {
        r &= (1ull << len) - 1;
    }
    v[0].q = r;
    ref_setfl_nat(env, op, FL_ALL,
                  (ref_zsp(op->sz, r) & ~FL_S) | FL_A);
}

REF(bzhi)
{
    unsigned n = v[1].q & 0xff;
    uint64_t r = ref_zext(op->sz, v[0].q);

    if (n < ref_bits(op->sz)) {
        r &= (1ull << n) - 1;
    }
    ref_bls(env, op, v, r, n >= ref_bits(op->sz));
}

REF(pdep)
{
    uint64_t src = v[0].q, r = 0;

    for (uint64_t m = ref_zext(op->sz, v[1].q); m; m &= m - 1, src >>= 1) {
        if (src & 1) {
            r |= m & -m;
        }
    }
    v[0].q = r;
}

REF(pext)
{
    uint64_t src = v[0].q, r = 0, bit = 1;

    for (uint64_t m = ref_zext(op->sz, v[1].q); m; m &= m - 1, bit <<= 1) {
        if (src & m & -m) {
            r |= bit;
        }
    }
    v[0].q = r;
}

/* CRC-32C, bit-reversed polynomial 0x82f63b78, a nibble at a time. */
REF(crc32)
{
    static const uint32_t tab[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
        0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    uint32_t crc = v[0].q;

    for (unsigned i = 0; i < 1u << op->sz; i++) {
        crc ^= (v[1].q >> (8 * i)) & 0xff;
        crc = (crc >> 4) ^ tab[crc & 15];
        crc = (crc >> 4) ^ tab[crc & 15];
    }
    v[0].q = crc;
}

/* ---- flags as values ----------------------------------------------------- */

REF(setcc)
{
    v[0].q = ref_merge(op->sz, v[0].q, ref_cc(env->flags, op->cond));
}

REF(cmov)
{
    uint64_t r = ref_cc(env->flags, op->cond) ? v[1].q : v[0].q;
    v[0].q = ref_merge(op->sz, v[0].q, r);
}

REF(getfl)
{
    v[0].q = tcg_flags_to_eflags(env->flags & tcg_flags_home(op->fl_use));
}

REF(setfl)
{
    ref_setfl_nat(env, op, FL_ALL,
                  tcg_flags_compact(tcg_flags_from_eflags(v[0].q)));
}

REF(flmod)
{
    bool cf = op->imm == 2 ? !ref_cf(env) : op->imm;
    ref_setfl_nat(env, op, FL_C, cf ? FL_C : 0);
}

/* ---- comparisons --------------------------------------------------------- */

REF(setcond)
{
    v[0].q = ref_cond(op->cond, op->sz, v[0].q, v[1].q);
}

REF(movcond)
{
    bool c = ref_cond(op->cond, op->sz, v[0].q, v[1].q);
    v[0].q = ref_zext(op->sz, c ? v[2].q : v[3].q);
}

#endif
