/* SPDX-License-Identifier: MIT */
/*
 * The CPU state as text, for -d cpu (and fpu: the XMM registers).  Valid
 * where C code sees whole states: between translated blocks.
 */
#include "util/osdep.h"

#include "target-i386/cpu.h"
#include "util/log.h"

static void dump_regs(FILE *f, const CPUX86State *env)
{
    static const char names[16][4] = {
        "RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "RSP",
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
    };
    static const uint8_t index[16] = {
        R_EAX, R_EBX, R_ECX, R_EDX, R_ESI, R_EDI, R_EBP, R_ESP,
        8, 9, 10, 11, 12, 13, 14, 15,
    };
    unsigned i;

    for (i = 0; i < 16; i++) {
        fprintf(f, "%s=%016" PRIx64 "%c", names[i], env->regs[index[i]],
                i % 4 == 3 ? '\n' : ' ');
    }
}

void x86_cpu_dump(FILE *f, void *opaque)
{
    static const char letters[] = "ODSZAPC";
    static const uint16_t bits[] = {
        OF_MASK, DF_MASK, SF_MASK, ZF_MASK, AF_MASK, PF_MASK, CF_MASK,
    };
    const CPUX86State *env = opaque;
    uint32_t fl = x86_get_eflags(env);
    unsigned i, j;

    dump_regs(f, env);
    fprintf(f, "RIP=%016" PRIx64 " RFL=%08x [", env->h.pc, fl);
    for (i = 0; i < ARRAY_SIZE(bits); i++) {
        fputc(fl & bits[i] ? letters[i] : '-', f);
    }
    fprintf(f, "] FS=%016" PRIx64 " GS=%016" PRIx64 "\n",
            env->segs[R_FS].base, env->segs[R_GS].base);
    if (!qemu_loglevel_mask(CPU_LOG_TB_FPU | CPU_LOG_TB_VPU)) {
        return;
    }
    fprintf(f, "MXCSR=%08x\n", env->h.fpcr);
    for (i = 0; i < 16; i++) {
        fprintf(f, "XMM%02u=", i);
        for (j = 16; j-- > 0;) {
            fprintf(f, "%02x", env->vreg[i][j]);
        }
        fputc(i % 2 ? '\n' : ' ', f);
    }
}
