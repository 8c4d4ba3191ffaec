/* SPDX-License-Identifier: MIT */
/*
 * Words of the V extension, without operands and unmasked.
 * Source: RISC-V "V" Vector Extension 1.0, ch. 19.
 */
#ifndef TCG_RISCV64_VEC_H
#define TCG_RISCV64_VEC_H

#include "tcg/riscv64/rv-int.h"

/* funct3: operand kinds */
enum {
    OPIVV = 0 << 12, OPFVV = 1 << 12, OPMVV = 2 << 12, OPIVI = 3 << 12,
    OPIVX = 4 << 12, OPFVF = 5 << 12, OPMVX = 6 << 12,
};
#define VW(f6, kind) ((uint32_t)(f6) << 26 | 1u << 25 | (kind) | 0x57)
#define V_MASKED (1u << 25)             /* taken away from a word */

enum {
    V0 = 0, V1, V2, V3, V4, V5, V6, V7,
};

/* op vd, vs2, vs1 (or a register or an immediate) */
static inline void out_vvv(RVJit *j, uint32_t w, unsigned vd, unsigned vs2,
                           unsigned vs1)
{
    o32(j, w | vs2 << 20 | (vs1 & 31) << 15 | vd << 7);
}

#define V_ADD    VW(0x00, OPIVV)
#define V_SUB    VW(0x02, OPIVV)
#define V_MINU   VW(0x04, OPIVV)
#define V_MIN    VW(0x05, OPIVV)
#define V_MAXU   VW(0x06, OPIVV)
#define V_MAX    VW(0x07, OPIVV)
#define V_AND    VW(0x09, OPIVV)
#define V_OR     VW(0x0a, OPIVV)
#define V_XOR    VW(0x0b, OPIVV)
#define V_GATHER VW(0x0c, OPIVV)
#define V_MERGE  (VW(0x17, OPIVV) & ~V_MASKED)      /* v0 ? vs1 : vs2 */
#define V_MSEQ   VW(0x18, OPIVV)
#define V_MSLT   VW(0x1b, OPIVV)
#define V_SADDU  VW(0x20, OPIVV)
#define V_SADD   VW(0x21, OPIVV)
#define V_SSUBU  VW(0x22, OPIVV)
#define V_SSUB   VW(0x23, OPIVV)
#define V_SLL    VW(0x25, OPIVV)
#define V_SRL    VW(0x28, OPIVV)
#define V_SRA    VW(0x29, OPIVV)
#define V_MUL    VW(0x25, OPMVV)
#define V_MULHU  VW(0x24, OPMVV)
#define V_MULH   VW(0x27, OPMVV)
#define V_AADDU  VW(0x08, OPMVV)
#define V_WMUL   VW(0x3b, OPMVV)
#define V_WMULSU VW(0x3a, OPMVV)                    /* vs2 signed */
#define V_WADDU  VW(0x30, OPMVV)
#define V_WMACCU_VX VW(0x3c, OPMVX)
#define V_WREDSUMU VW(0x30, OPIVV)

/* The same with a register or an immediate as the last operand. */
static inline uint32_t vx(uint32_t w)
{
    return (w & 0x7000) == OPMVV ? (w & ~0x7000u) | OPMVX
                                 : (w & ~0x7000u) | OPIVX;
}
static inline uint32_t vi(uint32_t w)
{
    return (w & ~0x7000u) | OPIVI;
}

/* Vector types beside those of whole registers: an element, and elements that
 * fill half a register (for operations to or from twice their size). */
enum { VT_HALF = 8 };

/* d = 16 constant bytes; T0 is used, and the type is E8 then. */
void out_vconst(RVJit *j, unsigned d, const uint8_t b[16]);

#endif
