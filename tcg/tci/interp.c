/* SPDX-License-Identifier: MIT */
/*
 * The interpreter's loop: direct-threaded code, one handler per operation,
 * size and operand form.  Whatever has no handler of its own goes through the
 * reference function of its IR op (the ref handlers).
 *
 * Guest state is always in the env, written in op order.  An instruction that
 * may fault or call out leaves its address in env->helper_ra first, which the
 * TB's fault table turns into the guest pc.
 */
#include "util/osdep.h"
#include "tcg/tci/tci-int.h"
#include "tcg/tci/handlers.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("no-gcse", "fp-contract=off")
#endif

const void *const *tci_labels;

/* ---- references ---------------------------------------------------------- */

#define REF_OP  ((const TCGRefOp *)(ip + TCI_REF_OP))
#define REF_CALL(v) (((TCGRefFn *)ip[TCI_REF_FN].h)(env, REF_OP, v))

/* The general form: any signature, any vector width. */
static void __attribute__((noinline))
run_ref(TCGEnv *env, const TCIWord *ip)
{
    char *e = (char *)env;
    const uint16_t in[4] = { ip[1].a, ip[1].b, ip[1].c, ip[1].d };
    const uint16_t out[2] = { ip[2].a, ip[2].b };
    unsigned kinds = ip[2].c, vlen = REF_OP->vt == TCG_V256 ? 32 : 16;
    TCGVal v[4];

    for (unsigned i = 0; i < 4; i++) {
        unsigned k = (kinds >> 2 * i) & 3;
        if (k == TCI_Q) {
            v[i].q = R(in[i]);
        } else if (k == TCI_V) {
            memcpy(&v[i].v, e + in[i], 32);    /* VEXTRACTI128 reads all */
        }
    }
    REF_CALL(v);
    for (unsigned i = 0; i < 2; i++) {
        unsigned k = (kinds >> (8 + 2 * i)) & 3;
        if (k == TCI_Q) {
            R(out[i]) = v[i].q;
        } else if (k == TCI_V) {
            memcpy(e + out[i], &v[i].v, vlen);
            if (vlen == 16 && (REF_OP->attr & OPA_ZU)) {
                memset(e + out[i] + 16, 0, 16);
            }
        }
    }
}

/* A C helper: word 1 result and number of arguments, 2 function, 3..4 args. */
static uint64_t __attribute__((noinline))
run_helper(TCGEnv *env, const TCIWord *ip)
{
    char *e = (char *)env;
    const void *f = ip[2].h;
    typedef uint64_t F0(TCGEnv *);
    typedef uint64_t F1(TCGEnv *, uint64_t);
    typedef uint64_t F2(TCGEnv *, uint64_t, uint64_t);
    typedef uint64_t F3(TCGEnv *, uint64_t, uint64_t, uint64_t);
    typedef uint64_t F4(TCGEnv *, uint64_t, uint64_t, uint64_t, uint64_t);
    typedef uint64_t F5(TCGEnv *, uint64_t, uint64_t, uint64_t, uint64_t,
                        uint64_t);

    switch (ip[1].b) {
    case 0:
        return ((F0 *)f)(env);
    case 1:
        return ((F1 *)f)(env, R(ip[3].a));
    case 2:
        return ((F2 *)f)(env, R(ip[3].a), R(ip[3].b));
    case 3:
        return ((F3 *)f)(env, R(ip[3].a), R(ip[3].b), R(ip[3].c));
    case 4:
        return ((F4 *)f)(env, R(ip[3].a), R(ip[3].b), R(ip[3].c),
                         R(ip[3].d));
    default:
        return ((F5 *)f)(env, R(ip[3].a), R(ip[3].b), R(ip[3].c),
                         R(ip[3].d), R(ip[4].a));
    }
}

/* ldv, stv of any width and ldvs, stvs: word 3: a = bytes, b = bytes to
 * clear behind them, c = alignment mask. */
static void __attribute__((noinline))
run_ldv(TCGEnv *env, const TCIWord *ip)
{
    char *e = (char *)env;
    uint64_t p = ADDR_X();
    uint8_t tmp[32];

    if (p & ip[3].c) {
        tci_unaligned(p);
    }
    memcpy(tmp, (void *)(uintptr_t)p, ip[3].a);
    tci_after_load();
    memcpy(e + A, tmp, ip[3].a);
    memset(e + A + ip[3].a, 0, ip[3].b);
}

static void __attribute__((noinline))
run_stv(TCGEnv *env, const TCIWord *ip)
{
    char *e = (char *)env;
    uint64_t p = ADDR_X();

    if (p & ip[3].c) {
        tci_unaligned(p);
    }
    tci_before_store();
    if (unlikely((p & 0xfff) + ip[3].a > 0x1000)) {
        tci_probe_next_page(p);
    }
    memcpy((void *)(uintptr_t)p, e + A, ip[3].a);
}

static TCIAtomic atomic_of(const TCIWord *ip)
{
    return (TCIAtomic) { .sz = ip[4].a, .lock = ip[4].b & 1,
                         .kind = ip[4].c, .fl_def = ip[4].d };
}

static void __attribute__((noinline))
run_cmpxchg2(TCGEnv *env, const TCIWord *ip)
{
    char *e = (char *)env;
    uint64_t v[4] = { R(ip[3].a), R(ip[3].b), R(ip[3].c), R(ip[3].d) };

    tci_cmpxchg2(env, atomic_of(ip), ADDR_X(), v);
    R(ip[5].a) = v[0];
    R(ip[5].b) = v[1];
}

/* ---- the loop ------------------------------------------------------------ */

unsigned tci_run(TCGEnv *env, const TCIWord *ip)
{
    static const void *const labels[TCI_NB_HANDLERS] = {
#define X(n) &&L_##n,
        TCI_HANDLERS(X)
#undef X
    };
    char *const e = (char *)env;

    if (!env) {
        tci_labels = labels;
        return 0;
    }
    JUMP(ip);

L_movi:
    R(A) = ip[2].q;
    NEXT(3);
L_mov_8:
    R(A) = (uint8_t)R(B);
    NEXT(2);
L_mov_16:
    R(A) = (uint16_t)R(B);
    NEXT(2);
L_mov_32:
    R(A) = (uint32_t)R(B);
    NEXT(2);
L_mov_64:
    R(A) = R(B);
    NEXT(2);
L_movs_8_16:
    R(A) = (uint16_t)(int8_t)R(B);
    NEXT(2);
L_movs_8_32:
    R(A) = (uint32_t)(int8_t)R(B);
    NEXT(2);
L_movs_8_64:
    R(A) = (int8_t)R(B);
    NEXT(2);
L_movs_16_32:
    R(A) = (uint32_t)(int16_t)R(B);
    NEXT(2);
L_movs_16_64:
    R(A) = (int16_t)R(B);
    NEXT(2);
L_movs_32_64:
    R(A) = (int32_t)R(B);
    NEXT(2);
L_merge_8:
    WR_8(R(C));
    NEXT(2);
L_merge_16:
    WR_16(R(C));
    NEXT(2);
L_extract:      /* c = position, word 2 = mask */
    R(A) = (R(B) >> C) & ip[2].q;
    NEXT(3);
L_deposit: {    /* d = position, word 2 = mask in place */
    uint64_t m = ip[2].q;
    R(A) = (R(B) & ~m) | ((R(C) << D) & m);
    NEXT(3);
}
L_bswap_32:
    R(A) = __builtin_bswap32(R(B));
    NEXT(2);
L_bswap_64:
    R(A) = __builtin_bswap64(R(B));
    NEXT(2);
L_lea_32:
    R(A) = (uint32_t)ADDR_X();
    NEXT(3);
L_lea_64:
    R(A) = ADDR_X();
    NEXT(3);
L_lea_b_32:
    R(A) = (uint32_t)ADDR_B();
    NEXT(3);
L_lea_b_64:
    R(A) = ADDR_B();
    NEXT(3);

    EACH_SIZE(ALU, add, a + b, FL_ADD)
    EACH_SIZE(ALU, adc, a + b + cin, FL_ADC)
    EACH_SIZE(ALU, sub, a - b, FL_SUB)
    EACH_SIZE(ALU, sbb, a - b - cin, FL_SBB)
    EACH_SIZE(ALU, and, a & b, FL_LOGIC)
    EACH_SIZE(ALU, or, a | b, FL_LOGIC)
    EACH_SIZE(ALU, xor, a ^ b, FL_LOGIC)
    EACH_SIZE(COMPARE, cmp, a - b, FL_SUB)
    EACH_SIZE(COMPARE, test, a & b, FL_LOGIC)
    EACH_SIZE(UNARY, )
    EACH_SIZE(SHIFT, shl, (uint64_t)a << n)
    EACH_SIZE(SHIFT, shr, (uint64_t)a >> n)
    EACH_SIZE(SHIFT, sar, (int64_t)sa >> n)
    SHIFT(8, rol, ROTL(8, a, n))
    SHIFT(16, rol, ROTL(16, a, n))
    SHIFT(32, rol, ROTL(32, a, n))
    SHIFT(64, rol, ROTL(64, a, n))
    EACH_SIZE(MUL, )

L_mulu2_32: {   /* A lo, B hi, C, D factors */
    uint64_t p = (uint64_t)(uint32_t)R(C) * (uint32_t)R(D);
    R(A) = (uint32_t)p;
    R(B) = p >> 32;
    NEXT(2);
}
L_mulu2_64: {
    unsigned __int128 p = (unsigned __int128)R(C) * R(D);
    R(A) = p;
    R(B) = p >> 64;
    NEXT(2);
}
L_muls2_32: {
    uint64_t p = (int64_t)(int32_t)R(C) * (int32_t)R(D);
    R(A) = (uint32_t)p;
    R(B) = p >> 32;
    NEXT(2);
}
L_muls2_64: {
    __int128 p = (__int128)(int64_t)R(C) * (int64_t)R(D);
    R(A) = p;
    R(B) = p >> 64;
    NEXT(2);
}

    EACH_SIZE(COND, eq, U, ==)
    EACH_SIZE(COND, ne, U, !=)
    EACH_SIZE(COND, lt, S, <)
    EACH_SIZE(COND, ge, S, >=)
    EACH_SIZE(COND, le, S, <=)
    EACH_SIZE(COND, gt, S, >)
    EACH_SIZE(COND, ltu, U, <)
    EACH_SIZE(COND, geu, U, >=)
    EACH_SIZE(COND, leu, U, <=)
    EACH_SIZE(COND, gtu, U, >)
    EACH_SIZE(BRTEST, z, U, ==)
    EACH_SIZE(BRTEST, nz, U, !=)
    EACH_SIZE(BRTEST, s, S, <)
    EACH_SIZE(BRTEST, ns, S, >=)
    CC(o, CC_O) CC(no, CC_NO) CC(c, CC_C) CC(nc, CC_NC)
    CC(z, CC_Z) CC(nz, CC_NZ) CC(be, CC_BE) CC(a, CC_A)
    CC(s, CC_S) CC(ns, CC_NS) CC(p, CC_P) CC(np, CC_NP)
    CC(l, CC_L) CC(ge, CC_GE) CC(le, CC_LE) CC(g, CC_G)

L_sel_16: {     /* A = B ? C : D */
    uint64_t f = R(D), r = R(B) ? R(C) : f;
    R(A) = (f & ~0xffffull) | (uint16_t)r;
    NEXT(2);
}
L_sel_32:
    R(A) = (uint32_t)(R(B) ? R(C) : R(D));
    NEXT(2);
L_sel_64:
    R(A) = R(B) ? R(C) : R(D);
    NEXT(2);
L_br:
    JUMP(ip[1].p);

    LOAD(ld_8, tci_ld8(p))
    LOAD(ld_16, tci_ld16(p))
    LOAD(ld_32, tci_ld32(p))
    LOAD(ld_64, tci_ld64(p))
    LOAD(lds_8_16, (uint16_t)(int8_t)tci_ld8(p))
    LOAD(lds_8_32, (uint32_t)(int8_t)tci_ld8(p))
    LOAD(lds_8_64, (int8_t)tci_ld8(p))
    LOAD(lds_16_32, (uint32_t)(int16_t)tci_ld16(p))
    LOAD(lds_16_64, (int16_t)tci_ld16(p))
    LOAD(lds_32_64, (int32_t)tci_ld32(p))
    EACH_SIZE(STORE, )

    VLDST(Vx_64, v_128, )
    VLDST(Vy_64, v_256, )
    VLDST(Vx_64, va_128, if (unlikely(p & 15)) { tci_unaligned(p); })
L_ldv:
L_ldvs:
    SAVE_IP();
    run_ldv(env, ip);
    NEXT(4);
L_stv:
L_stvs:
    SAVE_IP();
    run_stv(env, ip);
    NEXT(4);

    VEC_OPS(x)
    VEC_OPS(y)
L_vmovmskx_8:
    R(A) = vmovmsk_8(TCI_LE(64, R(B)), TCI_LE(64, R(B + 8)));
    NEXT(2);
L_vmovmsky_8:
    R(A) = vmovmsk_8(TCI_LE(64, R(B)), TCI_LE(64, R(B + 8))) |
           (uint64_t)vmovmsk_8(TCI_LE(64, R(B + 16)),
                               TCI_LE(64, R(B + 24))) << 16;
    NEXT(2);
L_vfromq_32: {
    uint64_t x = (uint32_t)R(B);
    R(A) = TCI_LE(64, x);
    R(A + 8) = 0;
    NEXT(2);
}
L_vfromq_64: {
    uint64_t x = R(B);
    R(A) = TCI_LE(64, x);
    R(A + 8) = 0;
    NEXT(2);
}
L_vzhigh:       /* the upper halves of b registers, c bytes apart */
    for (unsigned i = B, at = A + 16; i; i--, at += C) {
        VR(Vx_64, at) = (Vx_64) { 0 };
    }
    NEXT(2);

L_rmw:
    SAVE_IP();
    tci_rmw(env, atomic_of(ip), ADDR_X(), R(A));
    NEXT(5);
L_xadd:
    SAVE_IP();
    R(ip[3].a) = tci_xadd(env, atomic_of(ip), ADDR_X(), R(A));
    NEXT(5);
L_xchg:
    SAVE_IP();
    R(ip[3].a) = tci_xchg(env, atomic_of(ip), ADDR_X(), R(A));
    NEXT(5);
L_cmpxchg:
    SAVE_IP();
    R(ip[3].a) = tci_cmpxchg(env, atomic_of(ip), ADDR_X(), R(A),
                             R(ip[3].b));
    NEXT(5);
L_cmpxchg2:
    SAVE_IP();
    run_cmpxchg2(env, ip);
    NEXT(6);
L_fence:
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    NEXT(1);
L_rep_movs:     /* outputs A, B, C; d = size */
    SAVE_IP();
    tci_rep_movs(env, D, &R(A), &R(B), &R(C));
    NEXT(2);
L_rep_stos:     /* outputs A, B; c = value */
    SAVE_IP();
    tci_rep_stos(env, D, &R(A), &R(B), R(C));
    NEXT(2);

    FP_OP(fadd) FP_OP(fsub) FP_OP(fmul) FP_OP(fdiv)
    FP_OP(fmin) FP_OP(fmax) FP_OP(fsqrt)
    FP_COMPARE(32, ) FP_COMPARE(64, )
    FP_CONVERT(32, 32, float, 0x1p31f) FP_CONVERT(32, 64, float, 0x1p63f)
    FP_CONVERT(64, 32, double, 0x1p31) FP_CONVERT(64, 64, double, 0x1p63)

L_f2f_32: {     /* to f64 */
    uint32_t b = V32(V(B), 0);
    if (unlikely(!tci_fp_default(env) || !tci_ord32(b))) {
        goto L_ref;
    }
    uint64_t r = tci_b64(tci_f32(b));
    if (ip[2].a != A) {
        memmove(V(ip[2].a), V(A), 16);
    }
    V64S(V(ip[2].a), 0, r);
    NEXT(TCI_REF_WORDS);
}
L_f2f_64: {     /* to f32 */
    uint64_t b = V64(V(B), 0);
    if (unlikely(!tci_fp_default(env) || !tci_ord64(b))) {
        goto L_ref;
    }
    asm volatile("" : "+r"(b));     /* not before: it sets sticky bits */
    uint32_t r = tci_b32(tci_f64(b));
    if (unlikely(!(tci_safe32(r) || tci_zero64(b)))) {
        goto L_ref;
    }
    if (ip[2].a != A) {
        memmove(V(ip[2].a), V(A), 16);
    }
    V32S(V(ip[2].a), 0, r);
    NEXT(TCI_REF_WORDS);
}

L_fp_fold:
    tci_fp_fold(env);
    NEXT(1);

L_ref:
    SAVE_IP();
    run_ref(env, ip);
    NEXT(TCI_REF_WORDS);
L_ref_q_qq: {
    SAVE_IP();
    TCGVal v[2];
    v[0].q = R(A);
    v[1].q = R(B);
    REF_CALL(v);
    R(ip[2].a) = v[0].q;
    NEXT(TCI_REF_WORDS);
}
L_ref_v_v: {
    SAVE_IP();
    TCGVal v[1];
    memcpy(&v[0].v, e + A, 16);
    REF_CALL(v);
    memcpy(e + ip[2].a, &v[0].v, 16);
    NEXT(TCI_REF_WORDS);
}
L_ref_v_vv: {
    SAVE_IP();
    TCGVal v[2];
    memcpy(&v[0].v, e + A, 16);
    memcpy(&v[1].v, e + B, 16);
    REF_CALL(v);
    memcpy(e + ip[2].a, &v[0].v, 16);
    NEXT(TCI_REF_WORDS);
}
L_ref_v_vvv: {
    SAVE_IP();
    TCGVal v[3];
    memcpy(&v[0].v, e + A, 16);
    memcpy(&v[1].v, e + B, 16);
    memcpy(&v[2].v, e + C, 16);
    REF_CALL(v);
    memcpy(e + ip[2].a, &v[0].v, 16);
    NEXT(TCI_REF_WORDS);
}
L_ref_q_v: {
    SAVE_IP();
    TCGVal v[1];
    memcpy(&v[0].v, e + A, 16);
    REF_CALL(v);
    R(ip[2].a) = v[0].q;
    NEXT(TCI_REF_WORDS);
}

L_call: {
    SAVE_IP();
    tci_fp_fold(env);
    uint64_t r = run_helper(env, ip);
    env->helper_ra = 0;
    if (ip[1].c) {
        R(A) = r;
    }
    NEXT(5);
}
L_poll:
    if (unlikely(__atomic_load_n(&env->exit_request, __ATOMIC_RELAXED))) {
        env->pc = ip[1].q;
        return TCG_EXIT_REQUEST;
    }
    NEXT(2);
L_heat: {
    TCGTB *tb = (TCGTB *)ip[1].h;
    if (unlikely(--tb->heat == 0)) {
        env->pc = tb->pc;
        env->exit_arg = (uintptr_t)tb;
        return TCG_EXIT_HOT;
    }
    NEXT(2);
}
L_goto:
    JUMP(__atomic_load_n(&ip[1].p, __ATOMIC_ACQUIRE));
L_link:
    env->exit_arg = ip[1].q;
    env->pc = ip[2].q;
    return TCG_EXIT_LINK;
L_goto_ind:
    env->pc = R(A);
indirect: {
    unsigned i = tcg_jc_index(env->pc);
    if (unlikely(__atomic_load_n(&env->exit_request, __ATOMIC_RELAXED))) {
        return TCG_EXIT_REQUEST;
    }
    if (unlikely(R(TCG_JC_TAG_OFFSET + i * 8) != env->pc)) {
        return TCG_EXIT_LOOKUP_RET;     /* for all we know */
    }
    JUMP((const TCIWord *)R(TCG_JC_HOST_OFFSET + i * 8));
}

    /* Access through [B + word 2] and a new B. */
L_push: {
    SAVE_IP();
    uint64_t p = ADDR_B();
    tci_st64(p, R(A));
    R(B) = p;
    NEXT(3);
}
L_pushi: {
    SAVE_IP();
    uint64_t p = ADDR_B();
    tci_st64(p, ip[3].q);
    R(B) = p;
    NEXT(4);
}
L_call_pc: {
    SAVE_IP();
    uint64_t p = ADDR_B();
    tci_st64(p, ip[3].q);
    R(B) = p;
    JUMP(__atomic_load_n(&ip[4].p, __ATOMIC_ACQUIRE));
}
L_pop: {
    SAVE_IP();
    uint64_t x = tci_ld64(ADDR_B());
    R(A) = x;
    R(B) += ip[3].q;
    NEXT(4);
}
L_ret:
    SAVE_IP();
    env->pc = tci_ld64(ADDR_B());
    R(B) += ip[3].q;
    goto indirect;
L_exit:
    env->pc = ip[2].q;
    env->exit_arg = ip[3].q;
    return ip[1].q;
L_retired:
    env->pc = ip[TCI_HEAD_PC - TCI_HEAD_WORDS].q;
    return TCG_EXIT_LOOKUP;
L_redirected:
    JUMP(__atomic_load_n(&ip[TCI_HEAD_DEST - TCI_HEAD_WORDS].p,
                         __ATOMIC_ACQUIRE));
}
