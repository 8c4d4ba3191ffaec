/* SPDX-License-Identifier: MIT */
/*
 * FIP, FDP and FOP where the x87 is the host's: its instruction pointer leads
 * through the translator's fault points back to the guest's instruction, whose
 * bytes give the opcode.  The data pointer is the guest's already.
 * Flow: gen-x87.c (behind FNSTENV, FNSAVE), fpu_state.c -> (this).
 * Source: Intel SDM vol. 1 ch. 8.1.8; which instructions count was seen on
 * AMD's Zen.
 */
#include "util/osdep.h"
#include "target-i386/translate.h"
#include "target-i386/fault.h"
#include "target-i386/fpu-int.h"
#include "target-i386/fpu_helper.h"
#include "target-i386/fpu_state.h"
#include "tcg/host-fpu.h"

bool x87_sets_pointers(unsigned opcode, unsigned modrm)
{
    unsigned reg = modrm >> 3 & 7;
    bool mem = modrm < 0xc0;

    switch (opcode) {
    case 0xd9:
        return !mem || reg < 4;
    case 0xdb:
        return mem || reg != 4;
    case 0xdd:
        return !mem || (reg != 4 && reg != 6 && reg != 7);
    case 0xdf:
        return modrm != 0xe0;
    default:
        return (opcode & 0xf8) == 0xd8;
    }
}

bool x87_pointers_of_host(CPUX86State *env, uintptr_t host, uint64_t *ip,
                          uint16_t *op)
{
    const TCGTB *tb = tcg_tb_from_host(host);
    const TCGFaultPoint *fp = NULL;
    X86Insn in;
    uint64_t pc;

    if (!tb) {
        return false;
    }
    pc = tcg_tb_guest_pc(tb, host - (uintptr_t)tb->code, &fp);
    if (!fp || !x86_decode_pc(env, pc, &in) ||
        !x87_sets_pointers(in.opcode, in.modrm)) {
        return false;
    }
    *ip = in.mode64 ? pc : (uint32_t)(pc - in.cs_base);
    *op = (in.opcode & 7) << 8 | in.modrm;
    return true;
}

void x87_sync_pointers(CPUX86State *env)
{
    uint8_t image[28];
    uint32_t w[7];
    uint64_t ip;
    uint16_t op;

    if (!tcg_backend->has_x87 || (env->h.mode & HF_SYS)) {
        return;
    }
    tcg_host_fpu_env(image);
    memcpy(w, image, sizeof(w));
    env->fpip = w[3];
    env->fpop = w[4] >> 16;
    env->fpdp = w[5];
    if (tcg_code_address(w[3]) &&
        x87_pointers_of_host(env, tcg_code_address(w[3]), &ip, &op)) {
        env->fpip = ip;
        env->fpop = op;
    }
}

/* The 28-byte environment at addr has just been stored by the host. */
static void helper_x87_fix_env(TCGEnv *h, uint64_t addr)
{
    CPUX86State *env = container_of(h, CPUX86State, h);
    uint32_t ip32 = x87_ld32(addr + 12);
    uintptr_t host = tcg_code_address(ip32);
    uint64_t ip;
    uint16_t op;

    if (host && x87_pointers_of_host(env, host, &ip, &op)) {
        x87_st32(addr + 12, ip);
        x87_st32(addr + 16, (uint32_t)op << 16 |
                            env->segs[R_CS].selector);
    }
}
X86_HELPER(helper_x87_fix_env, 1, false, HE_NOGLOBALS | HE_NOFAULT);
