/* SPDX-License-Identifier: MIT */
/*
 * Cold code: control flow, and the loop that runs it all.  See cold.h; the
 * generators of the same names are in gen-flow.c and gen-sys.c.
 */
#include "util/osdep.h"
#include "target-i386/cold.h"
#include "target-i386/fault.h"

/* ---- branches -------------------------------------------------------------------- */

unsigned cold_jcc(Cold *c, const X86Insn *in)
{
    if (cold_cond(c, in->opcode & 15)) {
        c->pc = x86_insn_target(in);
    }
    return COLD_BRANCH;
}

unsigned cold_jmp(Cold *c, const X86Insn *in)
{
    c->pc = x86_insn_target(in);
    return COLD_BRANCH;
}

static bool canonical(uint64_t a)
{
    return (int64_t)(a << 16) >> 16 == (int64_t)a;
}

/* A branch to where no code can be faults itself, before anything else. */
static unsigned bad_target(Cold *c, const X86Insn *in)
{
    c->env->error_code = 0;
    c->pc = in->pc;
    c->exit = EXCP0D_GPF;
    return COLD_EXIT;
}

unsigned cold_jmp_ind(Cold *c, const X86Insn *in)
{
    uint64_t target = cold_get(c, in, 0);

    if (unlikely(!canonical(target))) {
        return bad_target(c, in);
    }
    c->pc = target;
    return COLD_BRANCH;
}

/* ---- calls ----------------------------------------------------------------------- */

/*
 * Does the code behind a call read the flags that the callee leaves?  Then the
 * translator must know before the call runs: see returns in tcg/flags.c.
 */
static bool flags_wanted(Cold *c, uint64_t retpc)
{
    return !tcg_cold_keeps_flags() && tcg_flags_read_at(c->s, retpc);
}

/* A call of the next instruction only asks for the pc. */
static unsigned call(Cold *c, uint64_t target)
{
    uint64_t *sp = &c->env->regs[R_ESP], retpc = c->pc;

    if (target != retpc && flags_wanted(c, retpc)) {
        return COLD_NOT;
    }
    cold_st(*sp - 8, MO_64, retpc);
    *sp -= 8;
    c->pc = target;
    return COLD_BRANCH;
}

unsigned cold_call(Cold *c, const X86Insn *in)
{
    return call(c, x86_insn_target(in));
}

unsigned cold_call_ind(Cold *c, const X86Insn *in)
{
    uint64_t target = cold_get(c, in, 0);

    return likely(canonical(target)) ? call(c, target) : bad_target(c, in);
}

unsigned cold_ret(Cold *c, const X86Insn *in)
{
    uint64_t *sp = &c->env->regs[R_ESP];
    uint64_t target = cold_ld(*sp, MO_64);

    if (unlikely(!canonical(target))) {
        return bad_target(c, in);
    }
    c->pc = target;
    *sp += 8 + in->imm;
    return COLD_BRANCH;
}

/* ---- system ------------------------------------------------------------------------ */

unsigned cold_syscall(Cold *c, const X86Insn *in)
{
    c->exit = in->row->arg;
    return COLD_EXIT;
}

unsigned cold_cpuid(Cold *c, const X86Insn *in)
{
    uint64_t *regs = c->env->regs;
    uint32_t r[4];

    x86_cpuid(c->env, regs[R_EAX], regs[R_ECX], r);
    regs[R_EAX] = r[0];
    regs[R_EBX] = r[1];
    regs[R_ECX] = r[2];
    regs[R_EDX] = r[3];
    return COLD_NEXT;
}

unsigned cold_xgetbv(Cold *c, const X86Insn *in)
{
    uint64_t *regs = c->env->regs;

    if ((uint32_t)regs[R_ECX]) {
        return COLD_NOT;
    }
    regs[R_EAX] = (uint32_t)c->env->xcr0;
    regs[R_EDX] = c->env->xcr0 >> 32;
    return COLD_NEXT;
}

unsigned cold_rdtsc(Cold *c, const X86Insn *in)
{
    uint64_t t = host_ticks();

    if (in->row->arg) {
        return COLD_NOT;        /* RDTSCP */
    }
    c->env->regs[R_EAX] = (uint32_t)t;
    c->env->regs[R_EDX] = t >> 32;
    return COLD_NEXT;
}

/* ---- the loop ------------------------------------------------------------------------ */

static ColdFn *const cold_fn[] = {
    NULL,
#define COLD(name) cold_##name,
#include "target-i386/cold.def"
#undef COLD
};

/* The modes it is for: 64-bit user code without anything special. */
static bool plain_mode(uint64_t mode)
{
    return (mode & HF_CS64) && (mode >> HF_CPL_SHIFT & 3) == 3 &&
           !(mode & (HF_TF | HF_CHECK | HF_FSCHK | HF_GSCHK));
}

void x86_cold_sync(TCGContext *s)
{
    DisasContext *dc = s->front;

    cold_flags(&dc->cold);
}

unsigned x86_cold_run(TCGContext *s, TCGEnv *h)
{
    Cold *c = &((DisasContext *)s->front)->cold;
    unsigned ret;

    if (!plain_mode(h->mode)) {
        return TCG_COLD_TRANSLATE;
    }
    s->mode = h->mode;
    c->env = (CPUX86State *)h;
    c->s = s;
    c->fl = COLD_FL_HOME;
    c->pc = h->pc;
    for (;;) {
        const X86Insn *in = x86_decoded(s, c->pc, h->mode);
        ColdFn *fn = cold_fn[in->row->cold];

        h->pc = c->pc;
        if (unlikely(!fn || in->asz != MO_64)) {
            ret = TCG_COLD_TRANSLATE;
            break;
        }
        c->pc += in->len;
        ret = fn(c, in);
        if (likely(ret == COLD_NEXT)) {
            continue;
        }
        if (ret == COLD_NOT) {
            ret = TCG_COLD_TRANSLATE;
            break;
        }
        h->pc = c->pc;
        if (ret == COLD_EXIT) {
            ret = c->exit;
            break;
        }
        if (!tcg_cold_goes_on(s, c->pc)) {
            ret = TCG_COLD_LEAVE;
            break;
        }
    }
    cold_flags(c);
    return ret;
}
