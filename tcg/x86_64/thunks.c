/* SPDX-License-Identifier: MIT */
/*
 * Code shared by all TBs: the way in and out, calls of C helpers, and the slow
 * halves of exits.  Helpers run on the C stack; r15 keeps the shadow stack
 * pointer meanwhile, as it is callee-saved and no temp lives across calls.
 */
#include "util/osdep.h"

#include "tcg/softmmu.h"
#include "tcg/x86_64/x86-int.h"

const uint8_t x86_pin_gpr[12] = { R10, RCX, RDX, RBX, R11, RBP,
                                  RSI, RDI, R8, R9, R12, R13 };
const uint8_t x86_pin_vec[14] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                  13 };
int32_t x86_off_gpr[12], x86_off_vec[14];
X86Thunks x86_thunks;

static void out_pins_int(X86Jit *j, bool store)
{
    for (unsigned i = 0; i < 12; i++) {
        if (x86_off_gpr[i]) {
            out_op(j, (store ? 0x89 : 0x8b) | X_W, x86_pin_gpr[i],
                   GS(x86_off_gpr[i]));
        }
    }
}

/* Vector registers' places: 256 bits each, or 128 without AVX. */
static void out_vec(X86Jit *j, bool store, unsigned reg, int32_t off)
{
    unsigned op = (store ? 0x29 : 0x28) | X_0F;

    if (have(HF_AVX)) {
        out_vex(j, op | X_L, reg, 0, GS(off));
    } else {
        out_op(j, op, reg, GS(off));
    }
}

static void out_save_vecs(X86Jit *j)
{
    for (unsigned i = 0; i < 14; i++) {
        if (x86_off_vec[i]) {
            out_vec(j, true, x86_pin_vec[i], x86_off_vec[i]);
        }
    }
}

/* ZF = no upper half at these places has a bit set.  Uses xmm0. */
static void out_test_uppers(X86Jit *j, const int32_t *off, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        /* movaps, then orps */
        out_op(j, (i ? 0x56 : 0x28) | X_0F, 0, GS(off[i] + 16));
    }
    out_vex(j, 0x17 | X_38 | X_66, 0, 0, R(0));         /* vptest */
}

/*
 * The globals' registers, and the temporaries' if temps is set.  Uses EFLAGS.
 *
 * Loads of whole registers leave the processor in the state in which legacy SSE
 * merges upper halves, and each result waits for the register's last one.
 * Where all of them are zero, VZEROUPPER ends that.
 */
static void out_load_vecs(X86Jit *j, bool temps)
{
    unsigned reg[16], n = 0;
    int32_t off[16];

    for (unsigned i = 0; i < 14; i++) {
        if (x86_off_vec[i]) {
            reg[n] = x86_pin_vec[i];
            off[n++] = x86_off_vec[i];
        }
    }
    for (unsigned i = 0; temps && i < 2; i++) {
        reg[n] = 14 + i;
        off[n++] = offsetof(TCGEnv, mmu_vsave[i]);
    }
    if (n && have(HF_AVX)) {
        out_test_uppers(j, off, n);
    }
    for (unsigned i = 0; i < n; i++) {
        out_vec(j, false, reg[i], off[i]);
    }
    if (n && have(HF_AVX)) {
        o8(j, 0x75);                                    /* jnz over it */
        o8(j, 3);
        out_vex(j, 0x77 | X_0F, 0, 0, R(0));            /* vzeroupper */
        j->p--;                                         /* no modrm */
    }
}

static void out_mov_env_imm(X86Jit *j, Opnd m, int32_t imm)
{
    out_op(j, 0xc7 | X_W, 0, m);
    o32(j, imm);
}

static void out_align(X86Jit *j)
{
    while ((uintptr_t)j->p & 15) {
        o8(j, 0xcc);
    }
}

/* unsigned enter(TCGEnv *env, const void *code) */
static void emit_enter(X86Jit *j)
{
    static const uint8_t save[] = { RBX, RBP, R12, R13, R14, R15 };

    x86_thunks.enter = j->p;
    for (unsigned i = 0; i < ARRAY_SIZE(save); i++) {
        if (save[i] >= 8) {
            o8(j, 0x41);
        }
        o8(j, 0x50 | (save[i] & 7));
    }
    out_alu_imm(j, MO_64, 5, R(RSP), 8, 0);
    out_op(j, 0x89 | X_W, RSP, ENV(host_sp));
    out_mov_rr(j, MO_64, RAX, RSI);
    out_load_vecs(j, false);
    out_pins_int(j, false);
    out_op(j, 0x8b | X_W, RSP, ENV(shadow_sp));
    out_op(j, 0xff, 4, R(RAX));                     /* jmp rax */

    /* eax = reason; state in registers. */
    out_align(j);
    x86_thunks.leave = j->p;
    out_pins_int(j, true);
    out_save_vecs(j);
    out_op(j, 0x89 | X_W, RSP, ENV(shadow_sp));
    uint8_t *short_jmp = j->p;
    o8(j, 0xeb);
    o8(j, 0);
    /* State in the env; reason there too. */
    x86_thunks.leave_raw = j->p;
    out_op(j, 0x8b, RAX, ENV(exit_reason));
    short_jmp[1] = j->p - (short_jmp + 2);
    out_mov_env_imm(j, ENV(helper_ra), 0);
    out_op(j, 0x8b | X_W, RSP, ENV(host_sp));
    if (have(HF_AVX)) {
        out_vex(j, 0x77 | X_0F, 0, 0, R(0));        /* vzeroupper + ... */
        j->p--;                                     /* it has no modrm */
    }
    out_alu_imm(j, MO_64, 0, R(RSP), 8, 0);
    for (unsigned i = ARRAY_SIZE(save); i-- > 0;) {
        if (save[i] >= 8) {
            o8(j, 0x41);
        }
        o8(j, 0x58 | (save[i] & 7));
    }
    o8(j, 0xc3);
}

/* rax = function, arguments in the slots; result in rax.  Temps are free. */
static void emit_helper(X86Jit *j, bool ref)
{
    static const uint8_t arg[] = { RSI, RDX, RCX, R8, R9 };

    out_pins_int(j, true);
    out_save_vecs(j);
    out_op(j, 0x8b | X_W, R14, M(RSP, 0));
    out_alu_imm(j, MO_64, 5, R(R14), 1, 0);         /* see fault_point_call */
    out_op(j, 0x89 | X_W, R14, ENV(helper_ra));
    out_mov_rr(j, MO_64, R15, RSP);
    out_op(j, 0x8d | X_W, RCX, M(RSP, 8));
    out_op(j, 0x89 | X_W, RCX, ENV(shadow_sp));
    out_op(j, 0x8b | X_W, RSP, ENV(host_sp));
    out_op(j, 0x8b | X_W, RDI, ENV(self));
    if (ref) {
        out_op(j, 0xae | X_0F, 3, ENV(fpcr));       /* stmxcsr */
        out_mov_rr(j, MO_64, RSI, RAX);
        out_op(j, 0x8d | X_W, RDX, M(RDI, REF_SLOT));
        out_movi(j, RAX, (uintptr_t)tcg_ref_exec, false);
    } else {
        for (unsigned i = 0; i < ARRAY_SIZE(arg); i++) {
            out_op(j, 0x8b | X_W, arg[i], GS(ARG_SLOT + i * 8));
        }
    }
    if (have(HF_AVX)) {
        out_vex(j, 0x77 | X_0F, 0, 0, R(0));
        j->p--;
    }
    out_op(j, 0xff, 2, R(RAX));                     /* call rax */
    if (ref) {
        out_op(j, 0xae | X_0F, 2, ENV(fpcr));       /* ldmxcsr */
    }
    out_mov_env_imm(j, ENV(helper_ra), 0);
    out_mov_rr(j, MO_64, RSP, R15);
    out_load_vecs(j, false);
    out_pins_int(j, false);
    o8(j, 0xc3);
}

/* A TLB miss: mmu_arg in and out; every register survives. */
static void emit_mmu(X86Jit *j)
{
    static const uint8_t tmp[] = { RAX, R14, R15 };
    const int32_t save = offsetof(TCGEnv, mmu_save);

    for (unsigned i = 0; i < ARRAY_SIZE(tmp); i++) {
        out_op(j, 0x89 | X_W, tmp[i], GS(save + 8 * i));
    }
    out_pins_int(j, true);
    out_save_vecs(j);
    for (unsigned i = 0; i < 2; i++) {
        out_vec(j, true, 14 + i, offsetof(TCGEnv, mmu_vsave[i]));
    }
    out_op(j, 0x8b | X_W, R14, M(RSP, 0));
    out_alu_imm(j, MO_64, 5, R(R14), 1, 0);
    out_op(j, 0x89 | X_W, R14, ENV(helper_ra));
    out_mov_rr(j, MO_64, R15, RSP);
    out_op(j, 0x8d | X_W, RCX, M(RSP, 8));
    out_op(j, 0x89 | X_W, RCX, ENV(shadow_sp));
    out_op(j, 0x8b | X_W, RSP, ENV(host_sp));
    out_op(j, 0x8b | X_W, RDI, ENV(self));
    out_op(j, 0x8b | X_W, RSI, ENV(mmu_arg[0]));
    out_op(j, 0x8b | X_W, RDX, ENV(mmu_arg[1]));
    if (have(HF_AVX)) {
        out_vex(j, 0x77 | X_0F, 0, 0, R(0));
        j->p--;
    }
    out_movi(j, RAX, (uintptr_t)softmmu_miss, false);
    out_op(j, 0xff, 2, R(RAX));                     /* call rax */
    out_op(j, 0x89 | X_W, RAX, ENV(mmu_arg[0]));
    out_mov_env_imm(j, ENV(helper_ra), 0);
    out_mov_rr(j, MO_64, RSP, R15);
    out_load_vecs(j, true);
    out_pins_int(j, false);
    for (unsigned i = 0; i < ARRAY_SIZE(tmp); i++) {
        out_op(j, 0x8b | X_W, tmp[i], GS(save + 8 * i));
    }
    o8(j, 0xc3);
}

static void emit_exit_arg(X86Jit *j, unsigned reason)
{
    out_op(j, 0x89 | X_W, RAX, ENV(exit_arg));
    out_movi(j, RAX, reason, false);
    out_jmp(j, x86_thunks.leave);
}

static uint8_t *out_jcc8(X86Jit *j, unsigned cc)
{
    o8(j, 0x70 | cc);
    o8(j, 0);
    return j->p - 1;
}

static void bind8(X86Jit *j, uint8_t *loc)
{
    *loc = j->p - (loc + 1);
}

static void out_cmp_word(X86Jit *j, uint8_t b0, uint8_t b1)
{
    out_op(j, 0x81 | X_66, 7, M(R15, 0));
    o8(j, b0);
    o8(j, b1);
}

/* Looks for rax among the frames above, reading the pcs out of the code at
 * the return places (out_ret_site). */
static void emit_ret_search(X86Jit *j)
{
    uint8_t *loop, *next[3], *differs[3];

    out_mov_rr(j, MO_64, R14, RSP);
    loop = j->p;
    out_op(j, 0x8b | X_W, R15, M(R14, 0));
    out_cmp_word(j, 0x48, 0x3d);
    next[0] = out_jcc8(j, CC_NZ);
    out_op(j, 0x63 | X_W, R15, M(R15, 2));
    differs[0] = j->p + 1;
    o8(j, 0xeb);
    o8(j, 0);
    bind8(j, next[0]);
    out_cmp_word(j, 0x4c, 0x8d);
    next[1] = out_jcc8(j, CC_NZ);
    out_op(j, 0x89 | X_W, R15, ENV(spill));
    out_op(j, 0x63 | X_W, R15, M(R15, 3));
    out_alu_imm(j, MO_64, 0, R(R15), 7, 0);
    out_op(j, 0x03 | X_W, R15, ENV(spill));
    differs[1] = j->p + 1;
    o8(j, 0xeb);
    o8(j, 0);
    bind8(j, next[1]);
    out_cmp_word(j, 0x49, 0xbe);
    next[2] = out_jcc8(j, CC_NZ);
    out_op(j, 0x8b | X_W, R15, M(R15, 2));
    bind8(j, differs[0]);
    bind8(j, differs[1]);
    out_op(j, 0x3b | X_W, R15, R(RAX));
    differs[2] = out_jcc8(j, CC_NZ);
    out_mov_rr(j, MO_64, RSP, R14);
    o8(j, 0xc3);
    bind8(j, next[2]);
    bind8(j, differs[2]);
    out_alu_imm(j, MO_64, 0, R(R14), 8, 0);
    out_op(j, 0x8d | X_W, R15, M(RSP, 16 * 8));
    out_op(j, 0x3b | X_W, R14, R(R15));
    out_jcc(j, CC_C, loop);
}

/* rax = guest pc, flags at home: through the indirect-branch cache. */
static void emit_jc(X86Jit *j, unsigned bank, const uint8_t *miss)
{
    Opnd tag = jc_opnd(bank, R14, TCG_JC_TAG_OFFSET);
    uint8_t *hit;

    out_jc_index(j, R14, RAX);
    out_op(j, 0x3b | X_W, RAX, tag);
    hit = out_jcc8(j, CC_Z);
    out_mov_rr(j, MO_64, R15, RAX);
    out_op(j, 0xf7 | X_W, 2, R(R15));               /* not */
    out_op(j, 0x3b | X_W, R15, tag);
    out_jcc(j, CC_NZ, miss);
    bind8(j, hit);
    out_op(j, 0xff, 4, jc_opnd(bank, R14, TCG_JC_HOST_OFFSET));
}

/* rax = guest pc: to the core. */
static void emit_lookup(X86Jit *j)
{
    x86_thunks.lookup = j->p;
    out_op(j, 0x89 | X_W, RAX, ENV(pc));
    out_movi(j, RAX, TCG_EXIT_LOOKUP, false);
    out_jmp(j, x86_thunks.leave);
    x86_thunks.lookup_ret = j->p;
    out_op(j, 0x89 | X_W, RAX, ENV(pc));
    out_movi(j, RAX, TCG_EXIT_LOOKUP_RET, false);
    out_jmp(j, x86_thunks.leave);

    /* rax = guest pc, exit_request found set. */
    out_align(j);
    x86_thunks.poll = j->p;
    out_op(j, 0x89 | X_W, RAX, ENV(pc));
    out_movi(j, RAX, TCG_EXIT_REQUEST, false);
    out_jmp(j, x86_thunks.leave);
}

/* The same by way of a bank of the cache. */
static void emit_bank(X86Jit *j, unsigned bank)
{
    /* rax = guest pc, flags at home: also targets that may read them. */
    out_align(j);
    x86_thunks.lookup_split[bank] = j->p;
    emit_jc(j, bank, x86_thunks.lookup);

    /* A return came back to the wrong place, rax = guest pc.  Frames may have
     * been skipped (longjmp, unwinding), else it is an indirect branch. */
    out_align(j);
    x86_thunks.ret_miss[bank] = j->p;
    emit_ret_search(j);
    out_alu_imm(j, MO_32, 7, ENV(exit_request), 0, 0);
    out_jcc(j, CC_NZ, x86_thunks.poll);
    emit_jc(j, bank, x86_thunks.lookup_ret);
}

/* Where shadow-stack returns into retired TBs and past the base end up. */
static void emit_ret_sites(X86Jit *j)
{
    out_align(j);
    x86_thunks.ret_base = j->p;
    out_op(j, 0x8b | X_W, RSP, ENV(shadow_base));
    out_jmp(j, x86_thunks.lookup_ret);
}

/* Fixed places at the start, known before the code is: where a shadow stack
 * begins. */
enum { THUNK_ROOM = 8192 };
static uint8_t *thunk_buf;
static GMutex thunk_lock;
static bool thunk_done;

bool x86_thunks_reserve(uint8_t *buf, size_t size, size_t *used)
{
    if (size < THUNK_ROOM) {
        return false;
    }
    thunk_buf = buf;
    x86_thunks.ret_base_vec = buf;
    *used = THUNK_ROOM;
    return true;
}

static void thunks_emit(void)
{
    X86Jit *j = g_new0(X86Jit, 1);

    j->ra.host = &x86_ra_host;
    memset(j->ra.val, 0xff, sizeof(j->ra.val));
    j->p = thunk_buf + 16;
    out_align(j);
    emit_enter(j);
    out_align(j);
    x86_thunks.helper = x86_thunks.helper_pure = j->p;
    emit_helper(j, false);
    out_align(j);
    x86_thunks.ref = j->p;
    emit_helper(j, true);
    out_align(j);
    x86_thunks.mmu = j->p;
    emit_mmu(j);
    out_align(j);
    x86_thunks.exit_link = j->p;
    o8(j, 0x58);                                    /* pop rax */
    emit_exit_arg(j, TCG_EXIT_LINK);
    out_align(j);
    x86_thunks.exit_hot = j->p;
    emit_exit_arg(j, TCG_EXIT_HOT);
    out_align(j);
    emit_lookup(j);
    for (unsigned bank = 0; bank < TCG_JC_BANKS; bank++) {
        emit_bank(j, bank);
    }
    emit_ret_sites(j);
    g_assert(j->p <= thunk_buf + THUNK_ROOM);
    j->p = thunk_buf;
    out_jmp(j, x86_thunks.ret_base);
    g_free(j);
}

void x86_thunks_ready(TCGContext *s)
{
    if (__atomic_load_n(&thunk_done, __ATOMIC_ACQUIRE)) {
        return;
    }
    g_mutex_lock(&thunk_lock);
    if (!thunk_done) {
        for (unsigned r = 0; r < s->nb_globals; r++) {
            const TCGTemp *t = &s->temps[r];

            if (t->type == TCG_I64 && t->pin < 12) {
                x86_off_gpr[t->pin] = t->offset;
            } else if (t->type != TCG_I64 && t->pin < 14) {
                x86_off_vec[t->pin] = t->offset;
            }
        }
        thunks_emit();
        __atomic_store_n(&thunk_done, true, __ATOMIC_RELEASE);
    }
    g_mutex_unlock(&thunk_lock);
}
