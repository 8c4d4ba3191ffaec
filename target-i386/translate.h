/* SPDX-License-Identifier: MIT */
/*
 * What the generators (gen-*.c) share: the context of the instruction being
 * translated, its loaded operands, addresses, write-back, and exceptions.
 *
 * Flow of one instruction, x86_gen() in frontend.c: the legality that depends
 * on the mode, then operands 1.. (and 0 if the row says r0) are loaded into
 * dc->v[], unless the row says raw; then row->gen(dc, in) emits the core and
 * writes operand 0.
 *
 * Rules for generators:
 *  - Globals may be written only behind the last op that can fault.
 *  - op->fl_def / fl_use of what is emitted decide about flags; use
 *    in->row->fl_def for the common case.
 *  - Emit as little as possible: translation speed counts.
 */
#ifndef TARGET_I386_TRANSLATE_H
#define TARGET_I386_TRANSLATE_H

#include "target-i386/decode.h"

/* What runs cold code; see cold.h. */
typedef struct Cold {
    CPUX86State *env;
    TCGContext *s;
    uint64_t pc;                /* of the next instruction */
    unsigned exit;
    uint8_t fl, fl_sz;          /* how the flags came about, COLD_FL_* */
    uint64_t fl_a, fl_b, fl_r;  /* operands and result */
} Cold;

/* One per TCGContext (s->front). */
struct DisasContext {
    TCGContext *s;
    CPUX86State *env;           /* of the translating thread; constants only
                                   (model), never guest registers */
    const uint64_t *feats;      /* enabled features; NULL: all */
    uint64_t mode;
    const X86Insn *in;
    uint64_t next_pc;
    TCGRef v[4];                /* loaded operands; TCG_NONE if not loaded */
    bool mem_done;
    TCGMem mem;                 /* see x86_mem */
    /* globals */
    TCGRef gpr[16], xmm[16], seg_base[6];
    TCGRef eflags;              /* CPUX86State.eflags */
    TCGRef fpip, fpdp, fpop;    /* of the software x87 */
    TCGRef cs_limit;
    TCGRef intr, kernel_gs_base;    /* system level */
    Cold cold;
};

/* Instructions decoded lately: those from bytes whose change is told, good
 * until it is. */
enum { X86_NB_MEMOS = 2048 };
typedef struct X86Memo {
    X86Insn in;
    uint64_t mode;
    uint32_t epoch;         /* tcg_fetch_epoch, which is never 0; 0: empty */
} X86Memo;
extern __thread X86Memo x86_memos[X86_NB_MEMOS];

const X86Insn *x86_decode_anew(TCGContext *s, uint64_t pc, uint64_t mode,
                               X86Memo *m);
/* The decoded instruction at pc, good until the next one is asked for. */
static inline const X86Insn *x86_decoded(TCGContext *s, uint64_t pc,
                                         uint64_t mode)
{
    X86Memo *m = &x86_memos[(pc ^ pc >> 11) % X86_NB_MEMOS];

    if (likely(m->in.pc == pc && m->mode == mode &&
               m->epoch == __atomic_load_n(&tcg_fetch_epoch,
                                           __ATOMIC_ACQUIRE))) {
        return &m->in;
    }
    return x86_decode_anew(s, pc, mode, m);
}
/* TCGFrontend.cold_run, cold_sync */
unsigned x86_cold_run(TCGContext *s, TCGEnv *h);
void x86_cold_sync(TCGContext *s);

/* An x87 instruction (not MMX), and the bytes of its memory operand. */
bool x86_is_x87(const X86Insn *in);
unsigned x86_x87_bytes(const X86Insn *in);
/* Is the ModRM operand written? */
bool x86_writes_mem(const X86Insn *in);

/* ---- addresses ----------------------------------------------------------- */

/* Address of the ModRM memory operand, computed once per instruction. */
TCGMem x86_mem(DisasContext *dc, const X86Insn *in);
/* The same where the mode's checks don't apply (masked elements). */
TCGMem x86_mem_unchecked(DisasContext *dc, const X86Insn *in);
/* Without segment base; raw: also not wrapped at the address size. */
TCGMem x86_mem_noseg(DisasContext *dc, const X86Insn *in);
TCGMem x86_mem_raw(DisasContext *dc, const X86Insn *in);
/* Adds the base of a segment if it can be other than zero. */
TCGMem x86_mem_seg(DisasContext *dc, const X86Insn *in, TCGMem m,
                   unsigned seg);
/* Where the mode asks for it: checks size bytes at offset m of seg. */
void x86_check_access(DisasContext *dc, const X86Insn *in, TCGMem m,
                      unsigned seg, unsigned size, bool write);
/* Wraps at the address size. */
TCGMem x86_mem_wrap(DisasContext *dc, const X86Insn *in, TCGMem m);
/* seg:[reg] by address size, for string instructions and XLAT's kind. */
TCGMem x86_mem_reg(DisasContext *dc, const X86Insn *in, unsigned reg,
                   unsigned seg);
/* SS:[rSP + disp] */
TCGMem x86_stack_mem(DisasContext *dc, const X86Insn *in, int disp);
/* Address of the O operand (MOV's moffs). */
TCGMem x86_mem_moffs(DisasContext *dc, const X86Insn *in);
/* m plus n bytes. */
TCGMem x86_mem_plus(DisasContext *dc, TCGMem m, int n);
/* The same as a value. */
TCGRef x86_mem_addr(DisasContext *dc, TCGMem m);

/* ---- general registers --------------------------------------------------- */

/* Does register number reg, as a byte operand, mean AH, CH, DH or BH? */
static inline bool x86_is_high8(const X86Insn *in, unsigned sz, unsigned reg)
{
    return sz == MO_8 && reg >= 4 && reg < 8 && !in->rex;
}

/* Value with the low (1 << sz) bytes = the register; bits above are junk. */
TCGRef x86_ld_reg(DisasContext *dc, unsigned sz, unsigned reg);
/* Writes the low bytes of val; sz MO_32 zero-extends, smaller ones merge. */
void x86_st_reg(DisasContext *dc, unsigned sz, unsigned reg, TCGRef val);

/* ---- operands by index --------------------------------------------------- */

/* Is operand i in memory? */
static inline bool x86_opnd_is_mem(const X86Insn *in, unsigned i)
{
    switch (in->row->opnd[i].kind) {
    case OK_E: case OK_W: case OK_Q:
        return in->mem;
    case OK_M: case OK_O: case OK_X: case OK_Y:
        return true;
    default:
        return false;
    }
}

/* Register number of a non-memory register operand. */
unsigned x86_opnd_reg(const X86Insn *in, unsigned i);
/*
 * Loads operand i: general ones as TCG_I64 (junk above its size), immediates
 * as constants, V/W/U/H/L as vectors: a register's global itself; memory of
 * 16 (32) bytes with ldv, alignment checked unless XA_UA or VEX; memory of 1
 * to 8 bytes with ldvs (zeroes above).  MMX operands (P, Q, N) are not loaded
 * here.  M is loaded as TCG_I64: for a vector from memory only, write a W operand
 * and the "m" constraint.
 */
TCGRef x86_ld_opnd(DisasContext *dc, const X86Insn *in, unsigned i);
/* Writes operand i: registers, memory (vectors: low bytes of the operand's
 * size; aligned as in x86_ld_opnd).  Dropped if val is the register's own
 * global, where the op computed it in place. */
void x86_st_opnd(DisasContext *dc, const X86Insn *in, unsigned i, TCGRef val);
/*
 * Where to compute the new value of register operand i: the global if a write
 * of its size replaces it whole (or, merge: if the op's in[0] is that global,
 * so that 8/16-bit P_MERGE results are right), else a new temp.  Follow with
 * x86_st_opnd, which is free for the global.
 */
TCGRef x86_out(DisasContext *dc, const X86Insn *in, unsigned i, bool merge);
TCGRef x86_tmp(DisasContext *dc);           /* new TCG_I64 temp */
TCGRef x86_vtmp(DisasContext *dc);          /* new TCG_V128 temp */

static inline TCGRef x86_const(DisasContext *dc, uint64_t v)
{
    return tcg_const(dc->s, v);
}

/* ---- stack --------------------------------------------------------------- */

/* Operand size of pushes is in->osz; rsp is written behind the store. */
void x86_push(DisasContext *dc, const X86Insn *in, TCGRef val);
/* Loads the top of the stack into a new temp; rsp is not changed. */
TCGRef x86_pop_peek(DisasContext *dc, const X86Insn *in);
/* rsp += n, no flags. */
void x86_add_sp(DisasContext *dc, const X86Insn *in, int64_t n);
/* reg += n at address size, no flags (rCX, rSI, rDI). */
void x86_add_reg(DisasContext *dc, const X86Insn *in, unsigned reg, int n);

/* ---- exceptions ---------------------------------------------------------- */

/* Raises at this instruction, unconditionally; error code 0. */
void x86_gen_raise(DisasContext *dc, unsigned vector);
void x86_gen_raise_err(DisasContext *dc, unsigned vector, uint32_t code);
/* The target of a branch: offset v (of any width) in the code segment. */
TCGRef x86_linear_pc(DisasContext *dc, TCGRef v);
/* Before an instruction: is it within CS's limit?  Before a direct branch: is
 * its target? */
void x86_check_code(DisasContext *dc);
void x86_check_target(DisasContext *dc, uint64_t pc);
/* The offset of the next instruction, as calls push it. */
TCGRef x86_return_ip(DisasContext *dc);
/* Loads a segment register; in 32-bit code, x86_seg_loaded() must follow once
 * everything else is written. */
void x86_load_seg(DisasContext *dc, unsigned seg, TCGRef sel);
void x86_seg_loaded(DisasContext *dc, unsigned seg);
/* Behind MOV SS and POP SS, which no single-step trap follows. */
void x86_ss_loaded(DisasContext *dc, unsigned seg);
/* Leaves with a front-end reason and the next pc (system calls, traps). */
void x86_gen_exit_next(DisasContext *dc, unsigned reason, uint64_t arg);

/* ---- system level (gen-priv.c) ------------------------------------------- */

/* What stands before any instruction there; true if it raised. */
bool x86_gen_sys_checks(DisasContext *dc, const X86Insn *in);
void x86_gen_leave(DisasContext *dc);
void x86_gen_v86_pushf(DisasContext *dc, const X86Insn *in);
void x86_gen_sys_popf(DisasContext *dc, const X86Insn *in);
void x86_gen_sys_sysreg(DisasContext *dc, const X86Insn *in);
/* #UD where there is no protection; true if so. */
bool x86_gen_no_protection(DisasContext *dc);
/* op as in sys-helper.h */
void x86_gen_string_helper(DisasContext *dc, const X86Insn *in, unsigned op,
                           unsigned sz);
/* A guest address as C helpers can use it: the host's.  access: MMU_ACC_*. */
TCGRef x86_mem_host(DisasContext *dc, TCGMem m, unsigned size,
                    unsigned access);

/* Defines fn##_info for a helper uint64_t or void fn(TCGEnv *env, uint64_t..) */
#define X86_HELPER(fn, args, ret, eff)                                   \
    const TCGHelper fn##_info = {                                        \
        .func = (const void *)fn, .name = #fn, .nb_args = args,          \
        .has_ret = ret, .effects = eff,                                  \
    }

#endif
