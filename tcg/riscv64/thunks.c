/* SPDX-License-Identifier: MIT */
/*
 * Code shared by all TBs: the way in and out, calls of C helpers, and the slow
 * halves of exits.
 */
#include "util/osdep.h"

#include "tcg/riscv64/rv-int.h"
#include "tcg/softmmu.h"

const uint8_t rv_pin_gpr[NB_PIN] = { 10, 11, 12, 13, 8, 9, 14, 15, 16, 17,
                                     18, 19, 20, 21, 22, 23 };
const uint8_t rv_pin_vec[NB_PIN] = { 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                     26, 27, 28, 29, 30, 31 };
int32_t rv_off_gpr[NB_PIN], rv_off_vec[NB_PIN];
RVThunks rv_thunks;

/* T0 is used if there are vectors. */
static void out_pins(RVJit *j, bool store)
{
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_gpr[i] && store) {
            out_st_env(j, MO_64, rv_pin_gpr[i], rv_off_gpr[i]);
        } else if (rv_off_gpr[i]) {
            out_ld_env(j, MO_64, rv_pin_gpr[i], rv_off_gpr[i]);
        }
    }
    if (!rv_host.v) {
        return;
    }
    j->vtype = VT_NONE;
    for (unsigned i = 0; i < NB_PIN; i++) {
        if (rv_off_vec[i] && store) {
            out_stv_env(j, rv_pin_vec[i], rv_off_vec[i]);
        } else if (rv_off_vec[i]) {
            out_ldv_env(j, rv_pin_vec[i], rv_off_vec[i]);
        }
    }
    vtype_set(j, VT_E8);
}

/* fflags (NX UF OF DZ NV from bit 0) as MXCSR's (IE, DE, ZE OE UE PE). */
static const uint8_t fp_sticky[32] = {
#define F(i) (((i) >> 4 & 1) | ((i) >> 3 & 1) << 2 | ((i) >> 2 & 1) << 3 | \
              ((i) >> 1 & 1) << 4 | ((i) & 1) << 5)
#define F4(i) F(i), F(i + 1), F(i + 2), F(i + 3)
    F4(0), F4(4), F4(8), F4(12), F4(16), F4(20), F4(24), F4(28),
#undef F4
#undef F
};

/* The host's sticky FP exceptions join the guest's.  T1, T2 are used. */
static void out_fp_fold(RVJit *j)
{
    uint32_t *none;

    o32(j, 0x00105073 | T1 << 7);                   /* csrrwi t1, fflags, 0 */
    none = out_b_short(j, (RVCond){ BEQ, T1, ZR }, NULL);
    out_movi(j, T2, (uintptr_t)fp_sticky);
    out_rrr(j, ADD, T1, T1, T2);
    out_rri(j, LBU, T1, T1, 0);
    out_ld_env(j, MO_32, T2, ENVOFF(fpcr));
    out_rrr(j, OR, T1, T1, T2);
    out_st_env(j, MO_32, T1, ENVOFF(fpcr));
    out_bind(j, none, j->p);
}

static void out_fp_begin(RVJit *j)
{
    o32(j, 0x00105073);                             /* fsflagsi 0 */
    out_ld_env(j, MO_32, R_FPX, ENVOFF(fpcr));
    out_movi(j, T2, 0x1f80);
    out_rrr(j, XOR, R_FPX, R_FPX, T2);
    out_rri(j, ANDI, R_FPX, R_FPX, -64);
}

enum { CALLEE_ROOM = 112, HELD = 31 };

static void out_callee_saved(RVJit *j, bool store)
{
    static const uint8_t regs[] = { 1, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25,
                                    26, 27 };

    for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
        if (store) {
            out_st(j, SD, regs[i], HSP, 8 * i);
        } else {
            out_rri(j, LD, regs[i], HSP, 8 * i);
        }
    }
}

/* unsigned enter(TCGEnv *env, const void *code) */
static void emit_enter(RVJit *j)
{
    uint32_t *common;

    rv_thunks.enter = j->p;
    out_rri(j, ADDI, HSP, HSP, -CALLEE_ROOM);
    out_callee_saved(j, true);
    out_rri(j, ADDI, R_ENV, A0, 1024);
    out_rri(j, ADDI, R_ENV, R_ENV, ENV_BIAS - 1024);
    out_st_env(j, MO_64, HSP, ENVOFF(host_sp));
    out_mv(j, T1, A0 + 1);
    out_pins(j, false);
    if (rv_host.v) {
        o32(j, 0x00a05073);                         /* csrwi vxrm, 0 */
    }
    out_ld_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_begin(j);
    out_rri(j, JALR, ZR, T1, 0);

    /* T0 = reason; state in registers. */
    rv_thunks.leave = j->p;
    out_mv(j, HELD, T0);
    out_pins(j, true);
    out_st_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_fold(j);
    common = out_jal(j, ZR, NULL);
    /* State in the env, which s11 points to; reason there too. */
    rv_thunks.leave_raw = j->p;
    out_ld_env(j, MO_32, HELD, ENVOFF(exit_reason));
    o32(j, 0x00105073);
    out_bind(j, common, j->p);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_ld_env(j, MO_64, HSP, ENVOFF(host_sp));
    out_mv(j, A0, HELD);
    out_callee_saved(j, false);
    out_rri(j, ADDI, HSP, HSP, CALLEE_ROOM);
    out_rri(j, JALR, ZR, R_LR, 0);
}

/* Before a call: state to the env, ra - 8 (the call's place) noted.  T0 is
 * kept. */
static void out_before_c(RVJit *j)
{
    out_rri(j, ADDI, R_LR, R_LR, -8);
    out_st_env(j, MO_64, R_LR, ENVOFF(helper_ra));
    out_mv(j, HELD, T0);
    out_pins(j, true);
    out_st_env(j, MO_64, R_SHADOW, ENVOFF(shadow_sp));
    out_fp_fold(j);
    out_mv(j, T0, HELD);
    out_rri(j, ADDI, A0, R_ENV, -1024);
    out_rri(j, ADDI, A0, A0, 1024 - ENV_BIAS);
}

/* T0 = function; arguments are loaded from the slots, or (entered at the other
 * place) T1 and T2 are the first two.  Result in T0; temporaries are lost. */
static void emit_helper(RVJit *j)
{
    uint32_t *call;

    rv_thunks.helper_regs = j->p;
    out_rri(j, ADDI, HSP, HSP, -32);
    out_st(j, SD, R_LR, HSP, 0);
    out_st(j, SD, T1, HSP, 8);
    out_st(j, SD, T2, HSP, 16);
    out_before_c(j);
    out_rri(j, LD, A0 + 1, HSP, 8);
    out_rri(j, LD, A0 + 2, HSP, 16);
    call = out_jal(j, ZR, NULL);

    rv_thunks.helper = j->p;
    out_rri(j, ADDI, HSP, HSP, -32);
    out_st(j, SD, R_LR, HSP, 0);
    out_before_c(j);
    for (unsigned i = 0; i < 5; i++) {
        out_ld_env(j, MO_64, A0 + 1 + i, ARG_SLOT + i * 8);
    }
    out_bind(j, call, j->p);
    out_rri(j, JALR, R_LR, T0, 0);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_mv(j, T1, A0);
    out_pins(j, false);
    out_fp_begin(j);
    out_mv(j, T0, T1);
    out_rri(j, LD, R_LR, HSP, 0);
    out_rri(j, ADDI, HSP, HSP, 32);
    out_rri(j, JALR, ZR, R_LR, 0);
}

/* A stub's call: ra, temporaries, two words and vectors (VTMP ones first). */
enum { KEPT_WORDS = 40, KEPT_VEC = 64, KEPT_ROOM = KEPT_VEC + 16 * (NB_VTMP + VTMP) };

/* The temporaries and nb_vec vectors to the frame, or back; T1 is used if
 * there are vectors. */
static void out_temps(RVJit *j, bool store, unsigned nb_vec)
{
    for (unsigned i = 0; i < 4; i++) {
        if (store) {
            out_st(j, SD, 28 + i, HSP, 8 + 8 * i);
        } else {
            out_rri(j, LD, 28 + i, HSP, 8 + 8 * i);
        }
    }
    if (!rv_host.v) {
        return;
    }
    if (store) {
        j->vtype = VT_NONE;
        vtype_set(j, VT_E8);
    }
    for (unsigned i = 0; i < nb_vec; i++) {
        unsigned v = i < NB_VTMP ? VTMP + i : i - NB_VTMP;

        out_rri(j, ADDI, T1, HSP, KEPT_VEC + 16 * i);
        o32(j, (store ? 0x02000027 : 0x02000007) | T1 << 15 | v << 7);
                                                    /* vse8.v, vle8.v */
    }
}

/* Calls T0; the result is put into the frame. */
static void out_kept_call(RVJit *j, unsigned nb_vec)
{
    out_rri(j, JALR, R_LR, T0, 0);
    out_st_env(j, MO_64, ZR, ENVOFF(helper_ra));
    out_st(j, SD, A0, HSP, KEPT_WORDS);
    out_pins(j, false);
    out_fp_begin(j);
    out_temps(j, false, nb_vec);
    out_rri(j, LD, T0, HSP, KEPT_WORDS);
    out_rri(j, LD, R_LR, HSP, 0);
    out_rri(j, ADDI, HSP, HSP, KEPT_ROOM);
    out_rri(j, JALR, ZR, R_LR, 0);
}

/* The same for stubs: T0 = function, arguments in KEEP_SLOT, every register
 * but T0 to T2 and ra is kept; result in T0. */
static void emit_keep(RVJit *j)
{
    rv_thunks.keep = j->p;
    out_rri(j, ADDI, HSP, HSP, -KEPT_ROOM);
    out_st(j, SD, R_LR, HSP, 0);
    out_temps(j, true, NB_VTMP + VTMP);
    out_before_c(j);
    out_st_env(j, MO_64, R_FR, FLAG_FR);
    for (unsigned i = 0; i < 4; i++) {
        out_ld_env(j, MO_64, A0 + 1 + i, KEEP_SLOT + i * 8);
    }
    out_kept_call(j, NB_VTMP + VTMP);
}

/* A TLB miss: T0 = address, T1 = access, result in T0.  Between two ops, so
 * that scratch vectors are free. */
static void emit_mmu(RVJit *j)
{
    rv_thunks.mmu = j->p;
    out_rri(j, ADDI, HSP, HSP, -KEPT_ROOM);
    out_st(j, SD, R_LR, HSP, 0);
    out_st(j, SD, T1, HSP, KEPT_WORDS);
    out_temps(j, true, NB_VTMP);
    out_before_c(j);
    out_st_env(j, MO_64, R_FR, FLAG_FR);
    out_mv(j, A0 + 1, T0);
    out_rri(j, LD, A0 + 2, HSP, KEPT_WORDS);
    out_movi(j, T0, (uintptr_t)softmmu_miss);
    out_kept_call(j, NB_VTMP);
}

static void emit_exit_arg(RVJit *j, unsigned reason)
{
    out_st_env(j, MO_64, T0, ENVOFF(exit_arg));
    out_movi(j, T0, reason);
    out_jump(j, rv_thunks.leave);
}

static uint32_t *emit_pc_exit(RVJit *j, unsigned reason)
{
    uint32_t *at = j->p;

    out_st_env(j, MO_64, T0, ENVOFF(pc));
    out_movi(j, T0, reason);
    out_jump(j, rv_thunks.leave);
    return at;
}

/* T0 = guest pc; temporaries are free. */
static void emit_lookup(RVJit *j)
{
    enum { P = 28, END = 29, PC = 30 };
    uint32_t *miss, *loop, *next, *poll;

    rv_thunks.lookup = emit_pc_exit(j, TCG_EXIT_LOOKUP);
    rv_thunks.lookup_ret = emit_pc_exit(j, TCG_EXIT_LOOKUP_RET);
    rv_thunks.poll = emit_pc_exit(j, TCG_EXIT_REQUEST);

    /* A return whose frame was another's.  Frames may have been skipped
     * (longjmp, unwinding), else it is an indirect branch. */
    rv_thunks.ret_miss = j->p;
    out_mv(j, P, R_SHADOW);
    out_rri(j, ADDI, END, R_SHADOW, 16 * 16);
    loop = j->p;
    out_rri(j, LD, T1, P, 0);
    out_rri(j, LD, R_LR, P, 8);
    out_rri(j, ADDI, P, P, 16);
    next = out_b_short(j, (RVCond){ BNE, T1, T0 }, NULL);
    out_mv(j, R_SHADOW, P);
    out_rri(j, JALR, ZR, R_LR, 0);
    out_bind(j, next, j->p);
    out_b_short(j, (RVCond){ BLTU, P, END }, loop);
    /* Above the base there is nothing. */
    out_ld_env(j, MO_64, T1, ENVOFF(shadow_base));
    next = out_b_short(j, (RVCond){ BGEU, T1, R_SHADOW }, NULL);
    out_mv(j, R_SHADOW, T1);
    out_bind(j, next, j->p);
    out_ld_env(j, MO_32, T1, ENVOFF(exit_request));
    poll = out_b_short(j, (RVCond){ BNE, T1, ZR }, NULL);
    out_bind(j, poll, rv_thunks.poll);
    out_mv(j, PC, T0);
    miss = out_jc_jump(j, PC, ZR);
    out_bind(j, miss, j->p);
    out_mv(j, T0, PC);
    out_jal(j, ZR, rv_thunks.lookup_ret);

    rv_thunks.ret_base = j->p;
    out_jal(j, ZR, rv_thunks.lookup_ret);
}

enum { THUNK_ROOM = 8192 };
static uint8_t *thunk_buf;
static GMutex thunk_lock;
static bool thunk_done;

bool rv_thunks_reserve(uint8_t *buf, size_t size, size_t *used)
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
    RVJit *j = g_new0(RVJit, 1);

    j->p = (uint32_t *)thunk_buf;
    j->vtype = VT_NONE;
    emit_enter(j);
    emit_helper(j);
    emit_keep(j);
    emit_mmu(j);
    rv_thunks.exit_link = j->p;
    emit_exit_arg(j, TCG_EXIT_LINK);
    rv_thunks.exit_hot = j->p;
    emit_exit_arg(j, TCG_EXIT_HOT);
    emit_lookup(j);
    g_assert((uint8_t *)j->p <= thunk_buf + THUNK_ROOM);
    __builtin___clear_cache((char *)thunk_buf, (char *)j->p);
    g_free(j);
}

void rv_thunks_ready(TCGContext *s)
{
    if (__atomic_load_n(&thunk_done, __ATOMIC_ACQUIRE)) {
        return;
    }
    g_mutex_lock(&thunk_lock);
    if (!thunk_done) {
        for (unsigned r = 0; r < s->nb_globals; r++) {
            const TCGTemp *t = &s->temps[r];

            if (t->type == TCG_I64 && t->pin < NB_PIN) {
                rv_off_gpr[t->pin] = t->offset;
            } else if (t->type != TCG_I64 && t->pin < NB_PIN) {
                rv_off_vec[t->pin] = t->offset;
            }
        }
        thunks_emit();
        __atomic_store_n(&thunk_done, true, __ATOMIC_RELEASE);
    }
    g_mutex_unlock(&thunk_lock);
}
