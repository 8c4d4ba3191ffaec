/* SPDX-License-Identifier: MIT */
/*
 * What the instruction at h.pc was about to access, worked out again after a
 * fault that the host reported in its own terms: #SS and #GP differ by the
 * segment, and a read-modify-write faults as a write.
 * Flow: signal-fault.c -> (this).  Source: Intel SDM vol. 1 ch. 3.3.7, vol. 3
 * ch. 5.3 and 6.15.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/fault.h"
#include "target-i386/fpu_state.h"
#include "target-i386/sys.h"

static bool canonical(const CPUX86State *env, uint64_t a)
{
    return env->sys ? x86_canonical(env, a)
                    : (int64_t)(a << 16) >> 16 == (int64_t)a;
}

/* System mode reads code by its host address. */
static bool locate(CPUX86State *env, uint64_t pc, TCGContext *ctx)
{
    ctx->page = pc & ~4095ull;
    if (!tcg_code_hooks.locate(&env->h, ctx->page, true, &ctx->page_host)) {
        return false;
    }
    if (!tcg_code_hooks.locate(&env->h, ctx->page + 4096, true,
                               &ctx->host2)) {
        ctx->host2 = 0;
    }
    return true;
}

bool x86_decode_pc(CPUX86State *env, uint64_t pc, X86Insn *in)
{
    const uint64_t *feats = env->model ? env->model->feats : NULL;
    TCGContext ctx = { .env = &env->h };
    uint8_t buf[15];
    size_t n = 0, more = 0;
    const uint8_t *p;

    if (env->sys && !locate(env, pc, &ctx)) {
        return false;
    }
    p = tcg_code_hooks.fetch(&ctx, pc, &n);
    n = p ? MIN(n, sizeof(buf)) : 0;
    memcpy(buf, p, n);
    if (n && n < sizeof(buf)) {
        p = tcg_code_hooks.fetch(&ctx, pc + n, &more);
        more = p ? MIN(more, sizeof(buf) - n) : 0;
        memcpy(buf + n, p, more);
    }
    x86_decode(buf, n + more, pc, env->h.mode, feats, in);
    return in->len != 0;
}

static unsigned operand_bytes(const X86Insn *in, unsigned i)
{
    unsigned log2;

    switch (in->row->opnd[i].size) {
    case OS_P:
        return 2 + (1 << in->osz);
    case OS_S:
        return in->mode64 ? 10 : 6;
    case OS_T:
        return 10;
    default:
        log2 = x86_opnd_size(in, i);
        return log2 > MO_256 ? 1 : 1 << log2;
    }
}

static uint64_t reg(const CPUX86State *env, unsigned r)
{
    return r == X86_NOREG ? 0 : env->regs[r];
}

/* Offset of the ModRM operand, bit strings aside. */
static uint64_t modrm_offset(const CPUX86State *env, const X86Insn *in)
{
    uint64_t off = in->base == X86_RIP ? in->pc + in->len
                                       : reg(env, in->base);

    off += (reg(env, in->index) << in->scale) + (int64_t)in->disp;
    return in->asz == MO_64 ? off : in->asz == MO_32 ? (uint32_t)off :
           (uint16_t)off;
}

static void set_access(const CPUX86State *env, const X86Insn *in, uint64_t off,
                       X86Access *a)
{
    bool based = !in->mode64 || a->seg >= R_FS;

    a->offset = off;
    a->addr = off + (based ? env->segs[a->seg].base : 0);
    if (!in->mode64) {
        a->addr = (uint32_t)a->addr;
    }
}

/* The ModRM or moffs operand. */
static bool explicit_access(const CPUX86State *env, const X86Insn *in,
                            X86Access *a)
{
    const X86Row *r = in->row;

    for (unsigned i = 0; i < r->nopnd; i++) {
        unsigned k = r->opnd[i].kind;
        if (k == OK_O || (in->mem && (k == OK_E || k == OK_M || k == OK_W ||
                                      k == OK_Q))) {
            a->seg = in->seg;
            a->size = operand_bytes(in, i);
            a->write = k == OK_E && x86_writes_mem(in);
            set_access(env, in, k == OK_O ? in->imm : modrm_offset(env, in),
                       a);
            return true;
        }
    }
    return false;
}

bool x86_explicit_access(CPUX86State *env, X86Access *a)
{
    X86Insn in;

    return x86_decode_pc(env, env->h.pc, &in) && explicit_access(env, &in, a);
}

/* Outside the canonical half, or beyond a flat segment's end? */
static bool outside(const CPUX86State *env, const X86Insn *in,
                    const X86Access *a)
{
    return in->mode64 ? !canonical(env, a->addr) ||
                        !canonical(env, a->addr + a->size - 1)
                      : (uint32_t)a->offset > UINT32_MAX - (a->size - 1);
}

/* String operands use rSI and rDI, everything else that is implicit rSP. */
static bool is_string(const X86Insn *in)
{
    for (unsigned i = 0; i < in->row->nopnd; i++) {
        if (in->row->opnd[i].kind == OK_X || in->row->opnd[i].kind == OK_Y) {
            return true;
        }
    }
    return false;
}

extern X86Gen gen_pop, gen_pop_seg, gen_popf, gen_ret, gen_leave;

/* A push or pop over the end of a flat 32-bit stack segment? */
static bool beyond_stack(const CPUX86State *env, const X86Insn *in)
{
    static X86Gen *const pops[] = { gen_pop, gen_pop_seg, gen_popf, gen_ret };
    uint32_t n = 1 << in->osz, at = env->regs[R_ESP] - n;

    if (in->row->gen == gen_leave) {
        at = env->regs[R_EBP];
    } else if (!(in->row->attr & (XA_D64 | XA_F64)) ||
               in->row->kind == INSN_COND || in->row->kind == INSN_JUMP ||
               in->row->kind == INSN_JUMP_IND) {
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(pops); i++) {
        if (in->row->gen == pops[i]) {
            at += n;
        }
    }
    return at > UINT32_MAX - (n - 1);
}

unsigned x86_access_fault(CPUX86State *env, bool hard)
{
    X86Access a, sp = { .seg = R_SS };
    X86Insn in;

    if (!x86_decode_pc(env, env->h.pc, &in)) {
        return hard ? EXCP0D_GPF : EXCP0E_PAGE;
    }
    if (explicit_access(env, &in, &a) && outside(env, &in, &a)) {
        return a.seg == R_SS ? EXCP0C_STACK : EXCP0D_GPF;
    }
    if (!in.mode64 && beyond_stack(env, &in)) {
        return EXCP0C_STACK;
    }
    if (!hard) {
        return EXCP0E_PAGE;
    }
    if (is_string(&in)) {
        return EXCP0D_GPF;
    }
    /* Stack accesses go at most 64 KiB from rSP or rBP. */
    for (unsigned r = R_ESP; r <= R_EBP; r++) {
        set_access(env, &in, env->regs[r], &sp);
        if (in.mode64 && (!canonical(env, sp.addr) ||
                          !canonical(env, sp.addr - 0x10000) ||
                          !canonical(env, sp.addr + 0x10000)) &&
            (r == R_ESP || in.opcode == 0xc9 || in.opcode == 0xc8)) {
            return EXCP0C_STACK;
        }
    }
    return EXCP0D_GPF;
}

bool x86_pending_first(CPUX86State *env)
{
    X86Insn in;

    if (!x86_decode_pc(env, env->h.pc, &in) || !(in.row->attr & XA_X87)) {
        return false;
    }
    x86_fpu_sync(env);
    return env->fpus & 0x80;
}
