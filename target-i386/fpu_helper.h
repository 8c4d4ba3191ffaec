/* SPDX-License-Identifier: MIT */
/*
 * The software x87 for hosts (and the interpreter) that have none: a helper
 * for each instruction shape, named by the rows of insn-x87.def through
 * X87(name, parameter).  Each is called as f(env, a, parameter), a being the
 * guest address of a memory form and the stack index i of an STi form.
 * Flow: gen-x87.c -> (these) -> fpu/.
 */
#ifndef TARGET_I386_FPU_HELPER_H
#define TARGET_I386_FPU_HELPER_H

#include "target-i386/cpu.h"

/* H(name, effects): nothing here touches a global but EFLAGS; the memory forms
 * fault, and all waiting ones may raise #MF. */
#define X87_HELPERS(H)                                                       \
    H(arith_m32, HE_NOGLOBALS)      /* ST0 = ST0 op mem; X87_ADD.. */        \
    H(arith_m64, HE_NOGLOBALS)                                               \
    H(arith_i16, HE_NOGLOBALS)                                               \
    H(arith_i32, HE_NOGLOBALS)                                               \
    H(arith_st0, HE_NOGLOBALS)      /* ST0 = ST0 op STi */                   \
    H(arith_sti, HE_NOGLOBALS)      /* STi = STi op ST0 */                   \
    H(arith_pop, HE_NOGLOBALS)                                               \
    H(com, HE_NOGLOBALS)            /* pops, X87_QUIET */                    \
    H(com2, HE_NOGLOBALS)           /* FCOMPP */                             \
    H(comi, HE_NOGLOBALS | HE_FLWRITE)                                       \
    H(tst, HE_NOGLOBALS)                                                     \
    H(xam, HE_NOGLOBALS)                                                     \
    H(ld_m32, HE_NOGLOBALS)                                                  \
    H(ld_m64, HE_NOGLOBALS)                                                  \
    H(ld_m80, HE_NOGLOBALS)                                                  \
    H(ld_st, HE_NOGLOBALS)                                                   \
    H(ild_m16, HE_NOGLOBALS)                                                 \
    H(ild_m32, HE_NOGLOBALS)                                                 \
    H(ild_m64, HE_NOGLOBALS)                                                 \
    H(bld, HE_NOGLOBALS)                                                     \
    H(ld_const, HE_NOGLOBALS)       /* 0: 1, log2(10), log2(e), pi, ... */   \
    H(st_m32, HE_NOGLOBALS)         /* pops */                               \
    H(st_m64, HE_NOGLOBALS)                                                  \
    H(st_m80, HE_NOGLOBALS)                                                  \
    H(st_st, HE_NOGLOBALS)          /* pops, X87_NCE */                      \
    H(ist_m16, HE_NOGLOBALS)        /* pops, X87_TRUNC */                    \
    H(ist_m32, HE_NOGLOBALS)                                                 \
    H(ist_m64, HE_NOGLOBALS)                                                 \
    H(bstp, HE_NOGLOBALS)                                                    \
    H(xch, HE_NOGLOBALS)                                                     \
    H(cmov, HE_NOGLOBALS | HE_FLREAD)   /* TCGCc */                          \
    H(chs, HE_NOGLOBALS)                                                     \
    H(abs, HE_NOGLOBALS)                                                     \
    H(xm1, HE_NOGLOBALS)                                                     \
    H(yl2x, HE_NOGLOBALS)                                                    \
    H(ptan, HE_NOGLOBALS)                                                    \
    H(patan, HE_NOGLOBALS)                                                   \
    H(xtract, HE_NOGLOBALS)                                                  \
    H(prem, HE_NOGLOBALS)           /* 1: FPREM1 */                          \
    H(yl2xp1, HE_NOGLOBALS)                                                  \
    H(sqrt, HE_NOGLOBALS)                                                    \
    H(sincos, HE_NOGLOBALS)                                                  \
    H(rndint, HE_NOGLOBALS)                                                  \
    H(scale, HE_NOGLOBALS)                                                   \
    H(sin, HE_NOGLOBALS)                                                     \
    H(cos, HE_NOGLOBALS)                                                     \
    H(incstp, HE_NOGLOBALS)         /* added to TOP, modulo 8 */             \
    H(free, HE_NOGLOBALS)           /* pops */                               \
    H(nop, HE_NOGLOBALS)            /* FNOP, FWAIT */                        \
    H(clex, HE_NOGLOBALS)                                                    \
    H(init, HE_NOGLOBALS)                                                    \
    H(ldcw, HE_NOGLOBALS)                                                    \
    H(stcw, HE_NOGLOBALS)                                                    \
    H(stsw, HE_NOGLOBALS)                                                    \
    H(ldenv, HE_NOGLOBALS)          /* X87_ENV16: 16-bit format */           \
    H(stenv, HE_NOGLOBALS)                                                   \
    H(rstor, HE_NOGLOBALS)                                                   \
    H(save, HE_NOGLOBALS)

typedef enum X87HelperIndex {
#define H(name, effects) X87_H_##name,
    X87_HELPERS(H)
#undef H
    X87_NB_HELPERS
} X87HelperIndex;

/* A row's argument. */
#define X87(name, param) (X87_H_##name | (param) << 8)

enum { X87_ADD, X87_MUL, X87_COM, X87_COMP, X87_SUB, X87_SUBR, X87_DIV,
       X87_DIVR };
enum { X87_POP = 1, X87_QUIET = 0x10, X87_TRUNC = 0x20, X87_NCE = 0x40 };
enum { X87_ENV16 = 1 };

#define H(name, effects) \
    void helper_x87_##name(CPUX86State *env, uint64_t a, uint64_t param);
X87_HELPERS(H)
#undef H
extern const TCGHelper x87_helpers[X87_NB_HELPERS];

/* FXSAVE, FXRSTOR and XSAVE kin; w: the 64-bit form, n: XMM registers. */
enum { X86_XSAVE, X86_XSAVEOPT, X86_XSAVEC, X86_XRSTOR };
void helper_fxsave(CPUX86State *env, uint64_t addr, uint64_t nb_xmm);
void helper_fxrstor(CPUX86State *env, uint64_t addr, uint64_t nb_xmm);
void helper_xsave(CPUX86State *env, uint64_t addr, uint64_t mask,
                  uint64_t kind, uint64_t nb_xmm);
void helper_xrstor(CPUX86State *env, uint64_t addr, uint64_t mask,
                   uint64_t nb_xmm);

#endif
