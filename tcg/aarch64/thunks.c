/* SPDX-License-Identifier: MIT */
/*
 * Code shared by all TBs: the way in and out, calls of C helpers, and the slow
 * halves of exits.
 */
#include "util/osdep.h"

#include "tcg/aarch64/a64-int.h"
#include "tcg/softmmu.h"

const uint8_t a64_pin_gpr[NB_PIN] = { 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                      19, 20, 21, 22, 23, 24 };
const uint8_t a64_pin_vec[NB_PIN] = { 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                      26, 27, 28, 29, 30, 31 };
int32_t a64_off_gpr[NB_PIN], a64_off_vec[NB_PIN];
A64Thunks a64_thunks;

/* Pairs where neighbours in the env allow it.  T2 is used. */
static void out_pins(A64Jit *j, bool store)
{
    int32_t base = a64_off_gpr[0];
    uint32_t pair = store ? 0xa9000000 : 0xa9400000;

    out_add_imm(j, true, T2, R_ENV, base, T2);
    for (unsigned i = 0; i < NB_PIN; i++) {
        int32_t off = a64_off_gpr[i], d = off - base;

        if (!off) {
            continue;
        }
        if (i + 1 < NB_PIN && a64_off_gpr[i + 1] == off + 8 && d >= -512 &&
            d < 504) {
            o32(j, pair | (d >> 3 & 0x7f) << 15 | a64_pin_gpr[i + 1] << 10 |
                T2 << 5 | a64_pin_gpr[i]);
            i++;
        } else if (store) {
            out_st_env(j, MO_64, a64_pin_gpr[i], off);
        } else {
            out_ld_env(j, MO_64, a64_pin_gpr[i], off);
        }
    }
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (a64_off_vec[i] && store) {
            out_stv_env(j, a64_pin_vec[i], a64_off_vec[i]);
        } else if (a64_off_vec[i]) {
            out_ldv_env(j, a64_pin_vec[i], a64_off_vec[i]);
        }
    }
}

static void out_msr_fpcr(A64Jit *j, unsigned r)
{
    o32(j, 0xd51b4400 | r);
}

/* The host's sticky FP exceptions join the guest's: IOC DZC OFC UFC IXC are
 * bits 0 to 4, IE ZE OE UE PE bits 0 and 2 to 5; with AFP, IDC (bit 7) is DE
 * (bit 1).  C code runs by its own rules. */
static void out_fp_fold(A64Jit *j)
{
    o32(j, 0xd53b4420 | T1);                        /* mrs t1, fpsr */
    out_ld_env(j, MO_32, T2, ENVOFF(fpcr));
    out_logic_imm(j, A_AND, false, R_LR, T1, a64_bitmask(1, false));
    out_rrr(j, A_ORR, false, T2, T2, R_LR);
    if (has(HF_AFP)) {
        out_ubfx(j, false, R_LR, T1, 7, 1);
        out_rrs(j, A_ORR, false, T2, T2, R_LR, LSL, 1);
        out_msr_fpcr(j, ZR);
    }
    out_ubfx(j, false, T1, T1, 1, 4);
    out_rrs(j, A_ORR, false, T2, T2, T1, LSL, 2);
    out_st_env(j, MO_32, T2, ENVOFF(fpcr));
}

/* R_FPX: what the host does not do itself: unmasked exceptions, rounding other
 * than to nearest, FTZ and DAZ; the latter two it does with AFP.  FPCR: FIZ,
 * AH, NEP are bits 0 to 2, FZ is bit 24; DAZ and FTZ are MXCSR's bits 6, 15. */
static void out_fp_begin(A64Jit *j)
{
    bool afp = has(HF_AFP);

    o32(j, 0xd51b4420 | ZR);                        /* msr fpsr, xzr */
    out_ld_env(j, MO_32, R_FPX, ENVOFF(fpcr));
    if (afp) {
        out_ubfx(j, false, T1, R_FPX, 6, 1);
        out_logic_imm(j, A_ORR, false, T1, T1, a64_bitmask(6, false));
        out_ubfx(j, false, T2, R_FPX, 15, 1);
        out_bfi(j, false, T1, T2, 24, 1);
        out_msr_fpcr(j, T1);
    }
    out_movi(j, T2, 0x1f80);
    out_rrr(j, A_EOR, false, R_FPX, R_FPX, T2);
    out_logic_imm(j, A_AND, false, R_FPX, R_FPX,
                  a64_bitmask(afp ? 0x7f80 : 0xffc0, false));
}

static void out_sp(A64Jit *j, int n)
{
    out_arith_imm(j, n < 0 ? A_SUB : A_ADD, true, HSP, HSP, n < 0 ? -n : n);
}

static void out_callee_saved(A64Jit *j, bool store)
{
    for (unsigned i = 0; i < 6; i++) {
        o32(j, (store ? 0xa9000000 : 0xa9400000) | (2 * i) << 15 |
            (20 + 2 * i) << 10 | HSP << 5 | (19 + 2 * i));
    }
    /* stp, ldp d8, d9, [sp, 96] */
    o32(j, (store ? 0x6d000000 : 0x6d400000) | 12 << 15 | V9 << 10 |
        HSP << 5 | V8);
}

/* unsigned enter(TCGEnv *env, const void *code) */
static void emit_enter(A64Jit *j)
{
    uint32_t *common;

    a64_thunks.enter = j->p;
    out_sp(j, -112);
    out_callee_saved(j, true);
    out_mov(j, true, R_ENV, 0);
    out_arith_imm(j, A_ADD, true, T0, HSP, 0);
    out_st_env(j, MO_64, T0, ENVOFF(host_sp));
    out_pins(j, false);
    out_ld_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_begin(j);
    o32(j, 0xd61f0000 | 1 << 5);

    /* T0 = reason; state in registers. */
    a64_thunks.leave = j->p;
    out_pins(j, true);
    out_st_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_fold(j);
    common = out_b(j, NULL);
    /* State in the env, which x28 points to; reason there too. */
    a64_thunks.leave_raw = j->p;
    if (has(HF_AFP)) {
        out_msr_fpcr(j, ZR);
    }
    out_ld_env(j, MO_32, T0, ENVOFF(exit_reason));
    out_bind(common, j->p);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_ld_env(j, MO_64, T1, ENVOFF(host_sp));
    out_arith_imm(j, A_ADD, true, HSP, T1, 0);
    out_mov(j, false, 0, T0);
    out_callee_saved(j, false);
    out_sp(j, 112);
    o32(j, 0xd65f03c0);
}

/* T0 = function; x1 and on are loaded from the slots first, unless entered
 * behind that.  Result in x0; temporaries and NZCV are lost. */
static void emit_helper(A64Jit *j)
{
    a64_thunks.helper = j->p;
    for (unsigned i = 0; i < 5; i++) {
        out_ld_env(j, MO_64, 1 + i, ARG_SLOT + i * 8);
    }
    a64_thunks.helper_regs = j->p;
    o32(j, 0xa9bf7bfd);                             /* stp x29, x30, [sp, -16]! */
    out_arith_imm(j, A_SUB, true, R_LR, R_LR, 4);
    out_st_env(j, MO_64, R_LR, ENVOFF(helper_ra));
    out_pins(j, true);
    out_st_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_fold(j);
    out_mov(j, true, 0, R_ENV);
    o32(j, 0xd63f0000 | T0 << 5);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_pins(j, false);
    out_fp_begin(j);
    o32(j, 0xa8c17bfd);                             /* ldp x29, x30, [sp], 16 */
    o32(j, 0xd65f03c0);
}

/* The same for stubs: arguments in KEEP_SLOT, every register but T0 to T2 and
 * x30 is kept, NZCV too; the result is put into KEEP_SLOT.  mmu: the function
 * is softmmu_miss. */
static void emit_keep(A64Jit *j)
{
    a64_thunks.mmu = j->p;
    out_movi(j, T0, (uintptr_t)softmmu_miss);
    a64_thunks.keep = j->p;
    out_sp(j, -240);
    o32(j, 0xa9000000 | 30 << 10 | HSP << 5 | 0);   /* stp x0, x30, [sp] */
    for (unsigned i = 0; i < 2; i++) {
        o32(j, 0xa9000000 | (2 + 2 * i) << 15 | (2 + 2 * i) << 10 | HSP << 5 |
            (1 + 2 * i));
    }
    out_mrs_nzcv(j, T1);
    o32(j, 0xa9000000 | 6 << 15 | T1 << 10 | HSP << 5 | 5);
    for (unsigned i = 0; i <= V9; i++) {
        o32(j, 0x3d800000 | (4 + i) << 10 | HSP << 5 | i);
    }
    for (unsigned i = 0; i < 4; i++) {
        out_ld_env(j, MO_64, 1 + i, KEEP_SLOT + i * 8);
    }
    /* The call proper returns here; the fault table knows the stub's place. */
    o32(j, 0xf9400000 | 1 << 10 | HSP << 5 | R_LR);
    out_arith_imm(j, A_SUB, true, R_LR, R_LR, 4);
    out_st_env(j, MO_64, R_LR, ENVOFF(helper_ra));
    out_pins(j, true);
    out_st_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_fold(j);
    out_mov(j, true, 0, R_ENV);
    o32(j, 0xd63f0000 | T0 << 5);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_st_env(j, MO_64, 0, KEEP_SLOT);
    out_pins(j, false);
    out_fp_begin(j);
    for (unsigned i = 0; i <= V9; i++) {
        o32(j, 0x3dc00000 | (4 + i) << 10 | HSP << 5 | i);
    }
    o32(j, 0xa9400000 | 6 << 15 | T1 << 10 | HSP << 5 | 5);
    out_msr_nzcv(j, T1);
    for (unsigned i = 0; i < 2; i++) {
        o32(j, 0xa9400000 | (2 + 2 * i) << 15 | (2 + 2 * i) << 10 | HSP << 5 |
            (1 + 2 * i));
    }
    o32(j, 0xa9400000 | 30 << 10 | HSP << 5 | 0);
    out_sp(j, 240);
    o32(j, 0xd65f03c0);
}

static void emit_exit_arg(A64Jit *j, unsigned reg, unsigned reason)
{
    out_st_env(j, MO_64, reg, ENVOFF(exit_arg));
    out_movi(j, T0, reason);
    out_b(j, a64_thunks.leave);
}

static uint32_t *emit_pc_exit(A64Jit *j, unsigned reason)
{
    uint32_t *at = j->p;

    out_st_env(j, MO_64, T0, ENVOFF(pc));
    out_movi(j, T0, reason);
    out_b(j, a64_thunks.leave);
    return at;
}

/* T0 = guest pc. */
static void emit_lookup(A64Jit *j)
{
    uint32_t *miss, *loop, *next, *poll;

    a64_thunks.lookup = emit_pc_exit(j, TCG_EXIT_LOOKUP);
    a64_thunks.lookup_ret = emit_pc_exit(j, TCG_EXIT_LOOKUP_RET);
    a64_thunks.poll = emit_pc_exit(j, TCG_EXIT_REQUEST);

    /* A return whose frame was another's.  Frames may have been skipped
     * (longjmp, unwinding), else it is an indirect branch. */
    a64_thunks.ret_miss = j->p;
    out_mov(j, true, 0, R_SHADOW);
    out_add_imm(j, true, 1, R_SHADOW, 16 * 16, T1);
    loop = j->p;
    o32(j, 0xa8c10000 | T2 << 10 | 0 << 5 | T1);    /* ldp t1, t2, [x0], 16 */
    out_rrr(j, A_SUBS, true, ZR, T1, T0);
    next = out_bcond(j, NE, NULL);
    out_mov(j, true, R_SHADOW, 0);
    o32(j, 0xd61f0000 | T2 << 5);
    out_bind(next, j->p);
    out_rrr(j, A_SUBS, true, ZR, 0, 1);
    out_bcond(j, CC, loop);
    /* Above the base there is nothing. */
    out_ld_env(j, MO_64, T1, ENVOFF(shadow_base));
    out_rrr(j, A_SUBS, true, ZR, R_SHADOW, T1);
    out_csel(j, true, R_SHADOW, T1, R_SHADOW, HI);
    out_ld_env(j, MO_32, T1, ENVOFF(exit_request));
    poll = out_cbz(j, true, false, T1, NULL);
    out_bind(poll, a64_thunks.poll);
    miss = out_jc_jump(j, T0, false);
    out_bind(miss, a64_thunks.lookup_ret);

    a64_thunks.ret_base = j->p;
    out_b(j, a64_thunks.lookup_ret);
}

enum { THUNK_ROOM = 4096 };
static uint8_t *thunk_buf;
static GMutex thunk_lock;
static bool thunk_done;

bool a64_thunks_reserve(uint8_t *buf, size_t size, size_t *used)
{
    if (size < THUNK_ROOM) {
        return false;
    }
    thunk_buf = buf;
    *used = THUNK_ROOM;
    return true;
}

static void thunks_emit(void)
{
    A64Jit *j = g_new0(A64Jit, 1);

    j->p = (uint32_t *)thunk_buf;
    emit_enter(j);
    emit_helper(j);
    emit_keep(j);
    a64_thunks.exit_link = j->p;
    emit_exit_arg(j, R_LR, TCG_EXIT_LINK);
    a64_thunks.exit_hot = j->p;
    emit_exit_arg(j, T0, TCG_EXIT_HOT);
    emit_lookup(j);
    g_assert((uint8_t *)j->p <= thunk_buf + THUNK_ROOM);
    __builtin___clear_cache((char *)thunk_buf, (char *)j->p);
    g_free(j);
}

void a64_thunks_ready(TCGContext *s)
{
    if (__atomic_load_n(&thunk_done, __ATOMIC_ACQUIRE)) {
        return;
    }
    g_mutex_lock(&thunk_lock);
    if (!thunk_done) {
        for (unsigned r = 0; r < s->nb_globals; r++) {
            const TCGTemp *t = &s->temps[r];

            if (t->type == TCG_I64 && t->pin < NB_PIN) {
                a64_off_gpr[t->pin] = t->offset;
            } else if (t->type != TCG_I64 && t->pin < NB_PIN) {
                a64_off_vec[t->pin] = t->offset;
            }
        }
        thunks_emit();
        __atomic_store_n(&thunk_done, true, __ATOMIC_RELEASE);
    }
    g_mutex_unlock(&thunk_lock);
}
