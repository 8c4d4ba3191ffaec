/* SPDX-License-Identifier: MIT */
/*
 * The bodies of the interpreter's handlers as macros, one a family; tci_run()
 * in interp.c instantiates them by size, condition and width.  They use its
 * locals: ip, env, and e, the env as bytes.
 */
#ifndef TCG_TCI_HANDLERS_H
#define TCG_TCI_HANDLERS_H

#include "tcg/tci/tci-int.h"
#include "tcg/tci/fp.h"

#ifdef __clang__    /* comparing vectors is what GCC says it is, on POWER too */
#pragma clang diagnostic ignored "-Wdeprecated-altivec-src-compat"
#endif

/* ---- operands ------------------------------------------------------------ */

#define A       (ip[1].a)
#define B       (ip[1].b)
#define C       (ip[1].c)
#define D       (ip[1].d)
#define R(off)  (*(uint64_t *)(e + (off)))
#define V(off)  ((TCGVec *)(e + (off)))
#define NEXT(n) do { ip += (n); goto *ip->h; } while (0)
#define JUMP(t) do { ip = (t); goto *ip->h; } while (0)
#define SAVE_IP() (env->helper_ra = (uintptr_t)ip)
#define ADDR_B() (R(B) + ip[2].q)
#define ADDR_X() (R(B) + (R(C) << D) + ip[2].q)

/* The result r of size N into A; 8 and 16 bits merge into B's container. */
#define WR_8(r)  (R(A) = (R(B) & ~0xffull) | (uint8_t)(r))
#define WR_16(r) (R(A) = (R(B) & ~0xffffull) | (uint16_t)(r))
#define WR_32(r) (R(A) = (uint32_t)(r))
#define WR_64(r) (R(A) = (r))
#define U_8 uint8_t
#define U_16 uint16_t
#define U_32 uint32_t
#define U_64 uint64_t
#define S_8 int8_t
#define S_16 int16_t
#define S_32 int32_t
#define S_64 int64_t

#define EACH_SIZE(M, ...) M(8, __VA_ARGS__) M(16, __VA_ARGS__) \
                          M(32, __VA_ARGS__) M(64, __VA_ARGS__)

/* ---- flags in the home format -------------------------------------------- */

static inline uint32_t fl_zsp(unsigned bits, uint64_t r)
{
    return ((r >> (bits - 1)) & 1) << 15 | (r == 0) << 14 |
           !__builtin_parity(r & 0xff) << 10;
}

static inline uint32_t fl_add(unsigned bits, uint64_t a, uint64_t b,
                              uint64_t r, bool c)
{
    return fl_zsp(bits, r) | c << 8 | ((a ^ b ^ r) & 0x10) << 8 |
           ((((a ^ r) & (b ^ r)) >> (bits - 1)) & 1);
}

static inline uint32_t fl_sub(unsigned bits, uint64_t a, uint64_t b,
                              uint64_t r, bool c)
{
    return fl_zsp(bits, r) | c << 8 | ((a ^ b ^ r) & 0x10) << 8 |
           ((((a ^ b) & (a ^ r)) >> (bits - 1)) & 1);
}

#define PUT_FLAGS(mask, fl) do { \
        uint32_t m_ = (mask); \
        env->flags = (env->flags & ~m_) | ((fl) & m_); \
    } while (0)

/* ---- handler bodies ------------------------------------------------------ */

/* EXPR over a, b, cin; FL over a, b, r, cin */
#define ALU(N, name, EXPR, FL)                                              \
    L_##name##_rr_##N: {                                                    \
        U_##N a = R(B), b = R(C);                                           \
        uint32_t cin __attribute__((unused)) = (env->flags >> 8) & 1;       \
        WR_##N((U_##N)(EXPR));                                              \
        NEXT(2);                                                            \
    }                                                                       \
    L_##name##_ri_##N: {                                                    \
        U_##N a = R(B), b = ip[2].q;                                        \
        uint32_t cin __attribute__((unused)) = (env->flags >> 8) & 1;       \
        WR_##N((U_##N)(EXPR));                                              \
        NEXT(3);                                                            \
    }                                                                       \
    L_##name##f_rr_##N: {                                                   \
        U_##N a = R(B), b = R(C), r;                                        \
        uint32_t cin __attribute__((unused)) = (env->flags >> 8) & 1;       \
        r = EXPR;                                                           \
        PUT_FLAGS(D, FL(N, a, b, r, cin));                                  \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_##name##f_ri_##N: {                                                   \
        U_##N a = R(B), b = ip[2].q, r;                                     \
        uint32_t cin __attribute__((unused)) = (env->flags >> 8) & 1;       \
        r = EXPR;                                                           \
        PUT_FLAGS(D, FL(N, a, b, r, cin));                                  \
        WR_##N(r);                                                          \
        NEXT(3);                                                            \
    }

#define FL_ADD(N, a, b, r, c)   fl_add(N, a, b, r, r < a)
#define FL_ADC(N, a, b, r, c)   fl_add(N, a, b, r, c ? r <= a : r < a)
#define FL_SUB(N, a, b, r, c)   fl_sub(N, a, b, r, a < b)
#define FL_SBB(N, a, b, r, c)   fl_sub(N, a, b, r, c ? a <= b : a < b)
#define FL_LOGIC(N, a, b, r, c) fl_zsp(N, r)

/* Flags only; operands are A, B or A, immediate. */
#define COMPARE(N, name, EXPR, FL)                                          \
    L_##name##_rr_##N: {                                                    \
        U_##N a = R(A), b = R(B), r = EXPR;                                 \
        PUT_FLAGS(D, FL(N, a, b, r, 0));                                    \
        NEXT(2);                                                            \
    }                                                                       \
    L_##name##_ri_##N: {                                                    \
        U_##N a = R(A), b = ip[2].q, r = EXPR;                              \
        PUT_FLAGS(D, FL(N, a, b, r, 0));                                    \
        NEXT(3);                                                            \
    }

#define UNARY(N, ...)                                                       \
    L_incf_##N: {                                                           \
        U_##N a = R(B), r = a + 1;                                          \
        PUT_FLAGS(D & ~FLHOME_C, fl_add(N, a, 1, r, 0));                    \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_decf_##N: {                                                           \
        U_##N a = R(B), r = a - 1;                                          \
        PUT_FLAGS(D & ~FLHOME_C, fl_sub(N, a, 1, r, 0));                    \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_neg_##N: {                                                            \
        U_##N r = -R(B);                                                    \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_negf_##N: {                                                           \
        U_##N b = R(B), r = -b;                                             \
        PUT_FLAGS(D, fl_sub(N, 0, b, r, b != 0));                           \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_not_##N: {                                                            \
        U_##N r = ~R(B);                                                    \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }

/* EXPR over a, the signed sa, and the masked count n */
#define SHIFT(N, name, EXPR)                                                \
    L_##name##_rr_##N: {                                                    \
        U_##N a = R(B);                                                     \
        S_##N sa __attribute__((unused)) = a;                               \
        unsigned n = R(C) & (N == 64 ? 63 : 31);                            \
        WR_##N((U_##N)(EXPR));                                              \
        NEXT(2);                                                            \
    }                                                                       \
    L_##name##_ri_##N: {                                                    \
        U_##N a = R(B);                                                     \
        S_##N sa __attribute__((unused)) = a;                               \
        unsigned n = C;                                                     \
        WR_##N((U_##N)(EXPR));                                              \
        NEXT(2);                                                            \
    }
#define ROTL(N, a, n) ((a) << ((n) & (N - 1)) | (a) >> (-(n) & (N - 1)))

/* IMUL's plain form */
#define MUL(N, ...)                                                         \
    L_mul_rr_##N: {                                                         \
        uint64_t r = R(B) * R(C);                                           \
        WR_##N(r);                                                          \
        NEXT(2);                                                            \
    }                                                                       \
    L_mul_ri_##N: {                                                         \
        uint64_t r = R(B) * ip[2].q;                                        \
        WR_##N(r);                                                          \
        NEXT(3);                                                            \
    }

/* br: word 1 a, b; word 2 target; word 3 immediate.  sc: A = B cond C. */
#define COND(N, cond, T, OP)                                                \
    L_br_##cond##_rr_##N:                                                   \
        if ((T##_##N)R(A) OP (T##_##N)R(B)) {                               \
            JUMP(ip[2].p);                                                  \
        }                                                                   \
        NEXT(3);                                                            \
    L_br_##cond##_ri_##N:                                                   \
        if ((T##_##N)R(A) OP (T##_##N)ip[3].q) {                            \
            JUMP(ip[2].p);                                                  \
        }                                                                   \
        NEXT(4);                                                            \
    L_sc_##cond##_rr_##N:                                                   \
        R(A) = (T##_##N)R(B) OP (T##_##N)R(C);                              \
        NEXT(2);                                                            \
    L_sc_##cond##_ri_##N:                                                   \
        R(A) = (T##_##N)R(B) OP (T##_##N)ip[2].q;                           \
        NEXT(3);

#define BRTEST(N, name, T, OP)                                              \
    L_brt_##name##_rr_##N:                                                  \
        if ((T##_##N)(R(A) & R(B)) OP 0) {                                  \
            JUMP(ip[2].p);                                                  \
        }                                                                   \
        NEXT(3);                                                            \
    L_brt_##name##_ri_##N:                                                  \
        if ((T##_##N)(R(A) & ip[3].q) OP 0) {                               \
            JUMP(ip[2].p);                                                  \
        }                                                                   \
        NEXT(4);

#define CC(name, code)                                                      \
    L_brcc_##name:                                                          \
        if (ref_cc(env->flags, code)) {                                     \
            JUMP(ip[1].p);                                                  \
        }                                                                   \
        NEXT(2);                                                            \
    L_setcc_##name:                                                         \
        WR_8(ref_cc(env->flags, code));                                     \
        NEXT(2);

#define LOAD(name, EXPR)                                                    \
    L_##name##_b: {                                                         \
        SAVE_IP();                                                          \
        uint64_t p = ADDR_B();                                              \
        R(A) = EXPR;                                                        \
        NEXT(3);                                                            \
    }                                                                       \
    L_##name##_x: {                                                         \
        SAVE_IP();                                                          \
        uint64_t p = ADDR_X();                                              \
        R(A) = EXPR;                                                        \
        NEXT(3);                                                            \
    }

#define STORE(N, ...)                                                       \
    L_st_##N##_b:                                                           \
        SAVE_IP();                                                          \
        tci_st##N(ADDR_B(), R(A));                                          \
        NEXT(3);                                                            \
    L_st_##N##_x:                                                           \
        SAVE_IP();                                                          \
        tci_st##N(ADDR_X(), R(A));                                          \
        NEXT(3);                                                            \
    L_sti_##N##_b:                                                          \
        SAVE_IP();                                                          \
        tci_st##N(ADDR_B(), ip[3].q);                                       \
        NEXT(4);                                                            \
    L_sti_##N##_x:                                                          \
        SAVE_IP();                                                          \
        tci_st##N(ADDR_X(), ip[3].q);                                       \
        NEXT(4);

/* Whole registers; CHECK looks at the address p */
#define VLDST1(T, name, ADDR, CHECK)                                       \
    L_ld##name: {                                                           \
        SAVE_IP();                                                          \
        uint64_t p = ADDR;                                                  \
        T x;                                                                \
        CHECK;                                                          \
        memcpy(&x, (void *)(uintptr_t)p, sizeof(T));                        \
        tci_after_load();                                                   \
        VR(T, A) = x;                                                       \
        NEXT(3);                                                            \
    }                                                                       \
    L_st##name: {                                                           \
        SAVE_IP();                                                          \
        uint64_t p = ADDR;                                                  \
        CHECK;                                                          \
        tci_before_store();                                                 \
        if (unlikely((p & 0xfff) > 0x1000 - sizeof(T))) {                   \
            tci_probe_next_page(p);                                         \
        }                                                                   \
        memcpy((void *)(uintptr_t)p, e + A, sizeof(T));                     \
        NEXT(3);                                                            \
    }
#define VLDST(T, name, CHECK) VLDST1(T, name##_b, ADDR_B(), CHECK) \
                              VLDST1(T, name##_x, ADDR_X(), CHECK)

/* ---- vectors ------------------------------------------------------------- */

#define VEC_TYPES(w, bytes)                                                 \
    typedef uint8_t QEMU_ALIGNED(8) V##w##_8                                \
        __attribute__((vector_size(bytes)));                                \
    typedef uint16_t QEMU_ALIGNED(8) V##w##_16                              \
        __attribute__((vector_size(bytes)));                                \
    typedef uint32_t QEMU_ALIGNED(8) V##w##_32                              \
        __attribute__((vector_size(bytes)));                                \
    typedef uint64_t QEMU_ALIGNED(8) V##w##_64                              \
        __attribute__((vector_size(bytes)));
VEC_TYPES(x, 16)
VEC_TYPES(y, 32)
#define VR(T, off) (*(T *)(e + (off)))

#define VLOGIC(w, name, EXPR)                                               \
    L_##name##w: {                                                          \
        V##w##_64 a = VR(V##w##_64, B), b = VR(V##w##_64, C);               \
        VR(V##w##_64, A) = EXPR;                                            \
        NEXT(2);                                                            \
    }
#define VELEM(N, w, name, EXPR)                                             \
    L_##name##w##_##N: {                                                    \
        V##w##_##N a = VR(V##w##_##N, B), b = VR(V##w##_##N, C);            \
        VR(V##w##_##N, A) = (V##w##_##N)(EXPR);                             \
        NEXT(2);                                                            \
    }
#define VEC_OPS(w)                                                          \
    L_vmov##w:                                                              \
        VR(V##w##_64, A) = VR(V##w##_64, B);                                \
        NEXT(2);                                                            \
    L_vzero##w:                                                             \
        VR(V##w##_64, A) = (V##w##_64) { 0 };                               \
        NEXT(2);                                                            \
    VLOGIC(w, vand, a & b)                                                  \
    VLOGIC(w, vandn, ~a & b)                                                \
    VLOGIC(w, vor, a | b)                                                   \
    VLOGIC(w, vxor, a ^ b)                                                  \
    EACH_SIZE(VELEM, w, vadd, a + b)                                        \
    EACH_SIZE(VELEM, w, vsub, a - b)                                        \
    EACH_SIZE(VELEM, w, vcmpeq, a == b)                                     \
    VELEM(8, w, vminu, (a & (V##w##_8)(a < b)) | (b & ~(V##w##_8)(a < b)))

static inline unsigned vmovmsk_8(uint64_t lo, uint64_t hi)
{
    /* Gathers the top bits of eight bytes into the product's top byte. */
    const uint64_t top = 0x8080808080808080ull, mul = 0x0002040810204081ull;
    return ((lo & top) * mul) >> 56 | (((hi & top) * mul) >> 56) << 8;
}

/* ---- floating point: the ref form's words, the host's arithmetic --------- */

#define FP_SCALAR(N, name)                                                  \
    L_##name##_s_##N: {                                                     \
        TCGVec *d = V(ip[2].a);                                             \
        U_##N a = V##N(V(A), 0), b = V##N(V(B), 0), r;                      \
        if (unlikely(!tci_fp_default(env) || !tci_ord##N(a) ||              \
                     !tci_ord##N(b) || !tci_##name##N(a, b, &r))) {         \
            goto L_ref;                                                     \
        }                                                                   \
        if (ip[2].a != A) {                                                 \
            memmove(d, V(A), 16);                                           \
        }                                                                   \
        V##N##S(d, 0, r);                                                   \
        NEXT(TCI_REF_WORDS);                                                \
    }
#define FP_PACKED(N, name)                                                  \
    L_##name##_p_##N: {                                                     \
        U_##N r[128 / N];                                                   \
        bool ok = tci_fp_default(env);                                      \
        for (unsigned i = 0; i < 128 / N; i++) {                            \
            U_##N a = V##N(V(A), i), b = V##N(V(B), i);                     \
            ok = ok && tci_ord##N(a) && tci_ord##N(b) &&                    \
                 tci_##name##N(a, b, &r[i]);                                \
        }                                                                   \
        if (unlikely(!ok)) {                                                \
            goto L_ref;                                                     \
        }                                                                   \
        for (unsigned i = 0; i < 128 / N; i++) {                            \
            V##N##S(V(ip[2].a), i, r[i]);                                   \
        }                                                                   \
        NEXT(TCI_REF_WORDS);                                                \
    }
#define FP_OP(name) FP_SCALAR(32, name) FP_SCALAR(64, name) \
                    FP_PACKED(32, name) FP_PACKED(64, name)

#define FP_COMPARE(N, ...)                                                  \
    L_fcmp_s_##N: {                                                         \
        U_##N a = V##N(V(A), 0), b = V##N(V(B), 0);                         \
        if (unlikely(!tci_fp_default(env) || !tci_ord##N(a) ||              \
                     !tci_ord##N(b))) {                                     \
            goto L_ref;                                                     \
        }                                                                   \
        if (ip[2].a != A) {                                                 \
            memmove(V(ip[2].a), V(A), 16);                                  \
        }                                                                   \
        V##N##S(V(ip[2].a), 0, -(U_##N)tci_fcmp(REF_OP->imm & 7,            \
                tci_f##N(a) < tci_f##N(b), tci_f##N(a) == tci_f##N(b)));    \
        NEXT(TCI_REF_WORDS);                                                \
    }                                                                       \
    L_fcom_##N: {                                                           \
        U_##N a = V##N(V(A), 0), b = V##N(V(B), 0);                         \
        if (unlikely(!tci_ord##N(a) || !tci_ord##N(b))) {                   \
            goto L_ref;                                                     \
        }                                                                   \
        PUT_FLAGS(ip[2].d, tci_fcom_flags(tci_f##N(a) < tci_f##N(b),        \
                                          tci_f##N(a) == tci_f##N(b)));     \
        NEXT(TCI_REF_WORDS);                                                \
    }

/* Integer of I bits to and from a float of N. */
#define FP_CONVERT(N, I, T, LIMIT)                                          \
    L_i2f_##N##_##I: {                                                      \
        if (unlikely(!tci_fp_default(env))) {                               \
            goto L_ref;                                                     \
        }                                                                   \
        U_##N r = tci_b##N((T)(S_##I)R(B));                                 \
        if (ip[2].a != A) {                                                 \
            memmove(V(ip[2].a), V(A), 16);                                  \
        }                                                                   \
        V##N##S(V(ip[2].a), 0, r);                                          \
        NEXT(TCI_REF_WORDS);                                                \
    }                                                                       \
    L_f2i_##N##_##I: {      /* truncating */                                \
        U_##N a = V##N(V(A), 0);                                            \
        T f = tci_f##N(a);                                                  \
        if (unlikely(!tci_fp_default(env) || !tci_ord##N(a) ||              \
                     !(f > -LIMIT && f < LIMIT))) {                         \
            goto L_ref;                                                     \
        }                                                                   \
        R(ip[2].a) = (U_##I)(S_##I)f;                                       \
        NEXT(TCI_REF_WORDS);                                                \
    }

#endif
