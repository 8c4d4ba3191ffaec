/* SPDX-License-Identifier: MIT */
/*
 * Runs a case through the translator with the back end under test.  Guest
 * faults come as host signals and take linux-user's way out.
 */
#include "util/osdep.h"
#include <ucontext.h>
#include <sys/syscall.h>
#ifdef HOST_X86_64
#include <asm/prctl.h>
#endif
#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"
#include "tcg/tcg-int.h"
#include "tests/isa/isa.h"

static CPUX86State *env;
static bool running;
static bool hang;
static uint64_t fault_cr2;

static const uint8_t *emu_fetch(TCGContext *s, uint64_t pc, size_t *avail)
{
    *avail = pc - ISA_CODE < ISA_CODE_SIZE ? ISA_CODE + ISA_CODE_SIZE - pc : 0;
    return (const uint8_t *)(uintptr_t)pc;
}

static bool emu_protect(uint64_t start, uint64_t last)
{
    return true;
}

bool isa_emu_init(const char *backend)
{
    static X86CPUModel all;
    TCGConfig cfg = { .backend = backend };
    GError *err = NULL;

    tcg_frontend = &x86_frontend;
    tcg_ret_flags = true;       /* exact: flags live across returns */
    tcg_code_hooks.fetch = emu_fetch;
    tcg_code_hooks.protect = emu_protect;
    if (!tcg_init(&cfg, &err)) {
        fprintf(stderr, "isa-test: %s\n", err ? err->message : "tcg_init");
        return false;
    }
    env = tcg_env_alloc(sizeof(CPUX86State));
    all = *x86_cpu_model("max", NULL);
    memset(all.feats, 0xff, sizeof(all.feats));     /* the silicon decides */
    env->model = &all;
    x86_cpu_reset_user64(env);
    tcg_thread_init(&env->h);
#ifdef HOST_X86_64
    /* By chance a sequence uses FS or GS: the harness's own. */
    syscall(SYS_arch_prctl, ARCH_GET_FS, &env->segs[R_FS].base);
    syscall(SYS_arch_prctl, ARCH_GET_GS, &env->segs[R_GS].base);
#endif
    return true;
}

bool isa_emu_signal(int sig, siginfo_t *si, void *ctx)
{
    greg_t *g = ((ucontext_t *)ctx)->uc_mcontext.gregs;

    if (!running ||
        tcg_state_from_signal(&env->h, ctx) == TCG_WHERE_OUTSIDE) {
        return false;
    }
    fault_cr2 = g[REG_TRAPNO] == 14 ? g[REG_CR2] : 0;
    tcg_exit_from_signal(&env->h, ctx, g[REG_TRAPNO]);
    return true;
}

void isa_emu_hang(void)
{
    if (running) {
        hang = true;
        tcg_request_exit(&env->h);
    }
}

static void emu_load(const IsaState *in)
{
    QEMU_ALIGNED(64) uint8_t fx[512];

    memcpy(env->regs, in->gpr, sizeof(env->regs));
    x86_set_eflags(env, in->flags);
    env->h.pc = in->pc;
    env->h.exit_request = 0;
    memcpy(fx, in->fx, 512);
    for (int i = 0; i < 16; i++) {
        memcpy(fx + 160 + 16 * i, in->vec[i], 16);
    }
    x86_fxrstor(env, fx);
    for (int i = 0; i < 16; i++) {
        memcpy(env->vreg[i], in->vec[i], 32);
    }
}

static unsigned emu_vector(unsigned reason)
{
    switch (reason) {
    case TCG_EXIT_DIVIDE:
        return 0;
    case EXCP_SYSCALL:
        return ISA_VEC_SYSCALL;
    case TCG_EXIT_STEP:
        return 1;
    case TCG_EXIT_REQUEST:
        return hang ? ISA_HANG : ISA_VEC_OTHER;
    default:
        return reason < 32 ? isa_vector(reason)
                           : ISA_VEC_OTHER + (reason & 0xff);
    }
}

void isa_emu_run(const IsaCase *c, IsaResult *r)
{
    static unsigned runs;
    IsaState in = c->in;
    unsigned reason;

    isa_place(c);
    if (++runs % 2048 == 0) {
        tcg_flush_all();
    } else {
        tcg_invalidate(ISA_CODE, ISA_CODE + ISA_CODE_SIZE - 1);
    }
    in.pc = ISA_CODE + c->off;
    hang = false;
    fault_cr2 = 0;
    env->cr2 = 0;
    if (isa_mode32) {
        x86_cpu_reset_user32(env);
    }
    emu_load(&in);
    running = true;
    do {
        reason = tcg_run(&env->h);
    } while (reason == TCG_EXIT_REQUEST && !hang);
    running = false;
    if (reason == EXCP_INT) {   /* no gate a user may use, but for a few */
        reason = EXCP0D_GPF;
        env->h.pc -= 2;
    }
    x86_fxsave(env, r->st.fx);
#ifdef HOST_X86_64
    if (tcg_backend->has_x87) {
        static const uint32_t mxcsr = 0x1f80;

        asm volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
    }
#endif
    r->vector = emu_vector(reason);
    r->cr2 = r->vector == 14 ? (fault_cr2 ? fault_cr2 : env->cr2) : 0;
    if (isa_mode32) {
        r->cr2 = (uint32_t)r->cr2;  /* as linux-user does */
    }
    memcpy(r->st.gpr, env->regs, sizeof(r->st.gpr));
    r->st.flags = x86_get_eflags(env);
    r->st.pc = env->h.pc;
    for (int i = 0; i < 16; i++) {
        memcpy(r->st.vec[i], env->vreg[i], 32);
    }
    memcpy(r->mem, (void *)(uintptr_t)ISA_DATA, ISA_DATA_SIZE);
}

const char *isa_emu_backend(void)
{
    return tcg_backend->name;
}
