/* SPDX-License-Identifier: MIT */
/*
 * Lowerings of vector rows: one table row an op gives the SSE opcode, the
 * feature it needs and its form.  Legacy encodings keep bits above 128 as the
 * IR wants; VEX ones serve 256-bit ops and OPA_ZU.  Source: Intel SDM vol. 2.
 */
#include "util/osdep.h"

#include "tcg/x86_64/x86-int.h"

enum {
    VK_NONE,
    VK_BIN,         /* d = a op b */
    VK_UN,          /* d = op a */
    VK_UN1,         /* d = op in[1] when packed, as VK_BIN when scalar */
    VK_SHI,         /* shift by immediate */
    VK_SPECIAL,     /* has a function of its own; row is for the feature */
};

enum { VF_IMM = 1, VF_REG = 2, VF_FP = 4, VF_COMM = 8, VF_TRUNC = 16,
       VF_NO256 = 32, VF_VEX = 64 };

typedef struct VecRow {
    uint8_t kind, flags, digit;
    uint8_t msize;              /* bytes of a memory operand, 0: whole */
    uint32_t opc[4];            /* by element size; 0 = none */
    uint32_t need[4];
} VecRow;

#define P(x)    ((x) | X_0F | X_66)
#define P38(x)  ((x) | X_38 | X_66)
#define P3A(x)  ((x) | X_3A | X_66)
#define N(x)    ((x) | X_0F)
#define F2(x)   ((x) | X_0F | X_F2)
#define F3(x)   ((x) | X_0F | X_F3)
#define ALL4(x) { x, x, x, x }
#define NEED(x) { x, x, x, x }

/* clang-format off */
static const VecRow rows[TCG_NB_OPS] = {
    [TCG_vmov]    = { VK_UN, 0, 0, 0, ALL4(N(0x28)) },
    [TCG_vand]    = { VK_BIN, VF_COMM, 0, 0, { P(0xdb), P(0xdb), N(0x54), P(0x54) } },
    [TCG_vandn]   = { VK_BIN, 0, 0, 0, { P(0xdf), P(0xdf), N(0x55), P(0x55) } },
    [TCG_vor]     = { VK_BIN, VF_COMM, 0, 0, { P(0xeb), P(0xeb), N(0x56), P(0x56) } },
    [TCG_vxor]    = { VK_BIN, VF_COMM, 0, 0, { P(0xef), P(0xef), N(0x57), P(0x57) } },
    [TCG_vadd]    = { VK_BIN, VF_COMM, 0, 0, { P(0xfc), P(0xfd), P(0xfe), P(0xd4) } },
    [TCG_vsub]    = { VK_BIN, 0, 0, 0, { P(0xf8), P(0xf9), P(0xfa), P(0xfb) } },
    [TCG_vadds]   = { VK_BIN, VF_COMM, 0, 0, { P(0xec), P(0xed) } },
    [TCG_vaddus]  = { VK_BIN, VF_COMM, 0, 0, { P(0xdc), P(0xdd) } },
    [TCG_vsubs]   = { VK_BIN, 0, 0, 0, { P(0xe8), P(0xe9) } },
    [TCG_vsubus]  = { VK_BIN, 0, 0, 0, { P(0xd8), P(0xd9) } },
    [TCG_vmul]    = { VK_BIN, VF_COMM, 0, 0, { 0, P(0xd5), P38(0x40) }, { 0, 0, HF_SSE41 } },
    [TCG_vmulhs]  = { VK_BIN, VF_COMM, 0, 0, { 0, P(0xe5) } },
    [TCG_vmulhu]  = { VK_BIN, VF_COMM, 0, 0, { 0, P(0xe4) } },
    [TCG_vmulhrs] = { VK_BIN, VF_COMM, 0, 0, ALL4(P38(0x0b)), NEED(HF_SSSE3) },
    [TCG_vmuludq] = { VK_BIN, VF_COMM, 0, 0, ALL4(P(0xf4)) },
    [TCG_vmuldq]  = { VK_BIN, VF_COMM, 0, 0, ALL4(P38(0x28)), NEED(HF_SSE41) },
    [TCG_vmaddwd] = { VK_BIN, VF_COMM, 0, 0, ALL4(P(0xf5)) },
    [TCG_vmaddubs] = { VK_BIN, 0, 0, 0, ALL4(P38(0x04)), NEED(HF_SSSE3) },
    [TCG_vsad]    = { VK_BIN, VF_COMM, 0, 0, ALL4(P(0xf6)) },
    [TCG_vmpsad]  = { VK_BIN, VF_IMM, 0, 0, ALL4(P3A(0x42)), NEED(HF_SSE41) },
    [TCG_vphminpos] = { VK_UN, VF_NO256, 0, 0, ALL4(P38(0x41)), NEED(HF_SSE41) },
    [TCG_vavg]    = { VK_BIN, VF_COMM, 0, 0, { P(0xe0), P(0xe3) } },
    [TCG_vmins]   = { VK_BIN, VF_COMM, 0, 0, { P38(0x38), P(0xea), P38(0x39) }, { HF_SSE41, 0, HF_SSE41 } },
    [TCG_vminu]   = { VK_BIN, VF_COMM, 0, 0, { P(0xda), P38(0x3a), P38(0x3b) }, { 0, HF_SSE41, HF_SSE41 } },
    [TCG_vmaxs]   = { VK_BIN, VF_COMM, 0, 0, { P38(0x3c), P(0xee), P38(0x3d) }, { HF_SSE41, 0, HF_SSE41 } },
    [TCG_vmaxu]   = { VK_BIN, VF_COMM, 0, 0, { P(0xde), P38(0x3e), P38(0x3f) }, { 0, HF_SSE41, HF_SSE41 } },
    [TCG_vabs]    = { VK_UN, 0, 0, 0, { P38(0x1c), P38(0x1d), P38(0x1e) }, NEED(HF_SSSE3) },
    [TCG_vsign]   = { VK_BIN, 0, 0, 0, { P38(0x08), P38(0x09), P38(0x0a) }, NEED(HF_SSSE3) },
    [TCG_vcmpeq]  = { VK_BIN, VF_COMM, 0, 0, { P(0x74), P(0x75), P(0x76), P38(0x29) }, { 0, 0, 0, HF_SSE41 } },
    [TCG_vcmpgt]  = { VK_BIN, 0, 0, 0, { P(0x64), P(0x65), P(0x66), P38(0x37) }, { 0, 0, 0, HF_SSE42 } },
    [TCG_vhadd]   = { VK_BIN, 0, 0, 0, { 0, P38(0x01), P38(0x02) }, NEED(HF_SSSE3) },
    [TCG_vhsub]   = { VK_BIN, 0, 0, 0, { 0, P38(0x05), P38(0x06) }, NEED(HF_SSSE3) },
    [TCG_vhadds]  = { VK_BIN, 0, 0, 0, { 0, P38(0x03) }, NEED(HF_SSSE3) },
    [TCG_vhsubs]  = { VK_BIN, 0, 0, 0, { 0, P38(0x07) }, NEED(HF_SSSE3) },
    [TCG_vshli]   = { VK_SHI, 0, 6, 0, { 0, P(0x71), P(0x72), P(0x73) } },
    [TCG_vshri]   = { VK_SHI, 0, 2, 0, { 0, P(0x71), P(0x72), P(0x73) } },
    [TCG_vsari]   = { VK_SHI, 0, 4, 0, { 0, P(0x71), P(0x72) } },
    [TCG_vshlb]   = { VK_SHI, 0, 7, 0, ALL4(P(0x73)) },
    [TCG_vshrb]   = { VK_SHI, 0, 3, 0, ALL4(P(0x73)) },
    [TCG_vshlv]   = { VK_BIN, 0, 0, 16, { 0, P(0xf1), P(0xf2), P(0xf3) } },
    [TCG_vshrv]   = { VK_BIN, 0, 0, 16, { 0, P(0xd1), P(0xd2), P(0xd3) } },
    [TCG_vsarv]   = { VK_BIN, 0, 0, 16, { 0, P(0xe1), P(0xe2) } },
    [TCG_vpackss] = { VK_BIN, 0, 0, 0, { 0, P(0x63), P(0x6b) } },
    [TCG_vpackus] = { VK_BIN, 0, 0, 0, { 0, P(0x67), P38(0x2b) }, { 0, 0, HF_SSE41 } },
    [TCG_vunpckl] = { VK_BIN, 0, 0, 0, { P(0x60), P(0x61), P(0x62), P(0x6c) } },
    [TCG_vunpckh] = { VK_BIN, 0, 0, 0, { P(0x68), P(0x69), P(0x6a), P(0x6d) } },
    [TCG_vpshufb] = { VK_BIN, 0, 0, 0, ALL4(P38(0x00)), NEED(HF_SSSE3) },
    [TCG_vpshufd] = { VK_UN, VF_IMM, 0, 0, ALL4(P(0x70)) },
    [TCG_vpshuflw] = { VK_UN, VF_IMM, 0, 0, ALL4(F2(0x70)) },
    [TCG_vpshufhw] = { VK_UN, VF_IMM, 0, 0, ALL4(F3(0x70)) },
    [TCG_vshufp]  = { VK_BIN, VF_IMM, 0, 0, { 0, 0, N(0xc6), P(0xc6) } },
    [TCG_valignr] = { VK_BIN, VF_IMM, 0, 0, ALL4(P3A(0x0f)), NEED(HF_SSSE3) },
    [TCG_vblendi] = { VK_BIN, VF_IMM, 0, 0, { 0, P3A(0x0e), P3A(0x0c), P3A(0x0d) }, NEED(HF_SSE41) },
    [TCG_vinsertps] = { VK_BIN, VF_IMM | VF_REG | VF_NO256, 0, 0, ALL4(P3A(0x21)), NEED(HF_SSE41) },
    [TCG_vmerge]  = { VK_BIN, VF_REG | VF_NO256, 0, 0, { 0, 0, F3(0x10), F2(0x10) } },
    [TCG_vlo2hi]  = { VK_BIN, VF_NO256, 0, 8, ALL4(N(0x16)) },
    [TCG_vhi2lo]  = { VK_BIN, VF_REG | VF_NO256, 0, 0, ALL4(N(0x12)) },
    [TCG_vlo]     = { VK_BIN, VF_NO256, 0, 8, ALL4(F2(0x10)) },
    [TCG_vdup]    = { VK_UN, 0, 0, 8, { 0, 0, 0, F2(0x12) }, NEED(HF_SSE3) },
    [TCG_vsldup]  = { VK_UN, 0, 0, 0, ALL4(F3(0x12)), NEED(HF_SSE3) },
    [TCG_vshdup]  = { VK_UN, 0, 0, 0, ALL4(F3(0x16)), NEED(HF_SSE3) },
    /* floating point: prefix by element size and OPA_SCALAR */
    [TCG_fadd]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x58)) },
    [TCG_fsub]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x5c)) },
    [TCG_fmul]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x59)) },
    [TCG_fdiv]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x5e)) },
    [TCG_fmin]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x5d)) },
    [TCG_fmax]    = { VK_BIN, VF_FP, 0, 0, ALL4(N(0x5f)) },
    [TCG_fsqrt]   = { VK_UN1, VF_FP, 0, 0, ALL4(N(0x51)) },
    [TCG_frcp]    = { VK_UN1, VF_FP, 0, 0, { 0, 0, N(0x53) } },
    [TCG_frsqrt]  = { VK_UN1, VF_FP, 0, 0, { 0, 0, N(0x52) } },
    [TCG_fcmp]    = { VK_BIN, VF_FP | VF_IMM, 0, 0, ALL4(N(0xc2)) },
    [TCG_fround]  = { VK_UN1, VF_IMM, 0, 0, { 0, 0, P3A(0x08), P3A(0x09) }, NEED(HF_SSE41) },
    [TCG_fhadd]   = { VK_BIN, 0, 0, 0, { 0, 0, F2(0x7c), P(0x7c) }, NEED(HF_SSE3) },
    [TCG_fhsub]   = { VK_BIN, 0, 0, 0, { 0, 0, F2(0x7d), P(0x7d) }, NEED(HF_SSE3) },
    [TCG_faddsub] = { VK_BIN, 0, 0, 0, { 0, 0, F2(0xd0), P(0xd0) }, NEED(HF_SSE3) },
    [TCG_fdp]     = { VK_BIN, VF_IMM, 0, 0, { 0, 0, P3A(0x40), P3A(0x41) }, NEED(HF_SSE41) },
    [TCG_cvt_f2f] = { VK_BIN, VF_NO256, 0, 0, { 0, 0, F3(0x5a), F2(0x5a) } },
    [TCG_cvt_dq2ps] = { VK_UN, 0, 0, 0, ALL4(N(0x5b)) },
    [TCG_cvt_ps2dq] = { VK_UN, VF_TRUNC, 0, 0, ALL4(P(0x5b)) },
    [TCG_cvt_dq2pd] = { VK_UN, 0, 0, 8, ALL4(F3(0xe6)) },
    [TCG_cvt_pd2dq] = { VK_UN, VF_TRUNC, 0, 0, ALL4(F2(0xe6)) },
    [TCG_cvt_ps2pd] = { VK_UN, 0, 0, 8, ALL4(N(0x5a)) },
    [TCG_cvt_pd2ps] = { VK_UN, 0, 0, 0, ALL4(P(0x5a)) },
    [TCG_vgfmul]  = { VK_BIN, 0, 0, 0, ALL4(P38(0xcf)), NEED(HF_GFNI) },
    [TCG_vgfaff]  = { VK_BIN, VF_IMM, 0, 0, ALL4(P3A(0xce) | X_W), NEED(HF_GFNI) },
    [TCG_vgfaffinv] = { VK_BIN, VF_IMM, 0, 0, ALL4(P3A(0xcf) | X_W), NEED(HF_GFNI) },
    [TCG_vaesenc] = { VK_BIN, 0, 0, 0, ALL4(P38(0xdc)), NEED(HF_AES) },
    [TCG_vaesenclast] = { VK_BIN, 0, 0, 0, ALL4(P38(0xdd)), NEED(HF_AES) },
    [TCG_vaesdec] = { VK_BIN, 0, 0, 0, ALL4(P38(0xde)), NEED(HF_AES) },
    [TCG_vaesdeclast] = { VK_BIN, 0, 0, 0, ALL4(P38(0xdf)), NEED(HF_AES) },
    [TCG_vaesimc] = { VK_UN, VF_NO256, 0, 0, ALL4(P38(0xdb)), NEED(HF_AES) },
    [TCG_vaeskeygen] = { VK_UN, VF_IMM | VF_NO256, 0, 0, ALL4(P3A(0xdf)), NEED(HF_AES) },
    [TCG_vpclmul] = { VK_BIN, VF_IMM, 0, 0, ALL4(P3A(0x44)), NEED(HF_PCLMUL) },
    [TCG_vsha1rnds4] = { VK_BIN, VF_IMM | VF_NO256, 0, 0, ALL4(0xcc | X_3A), NEED(HF_SHA) },
    [TCG_vsha1nexte] = { VK_BIN, VF_NO256, 0, 0, ALL4(0xc8 | X_38), NEED(HF_SHA) },
    [TCG_vsha1msg1] = { VK_BIN, VF_NO256, 0, 0, ALL4(0xc9 | X_38), NEED(HF_SHA) },
    [TCG_vsha1msg2] = { VK_BIN, VF_NO256, 0, 0, ALL4(0xca | X_38), NEED(HF_SHA) },
    [TCG_vsha256msg1] = { VK_BIN, VF_NO256, 0, 0, ALL4(0xcc | X_38), NEED(HF_SHA) },
    [TCG_vsha256msg2] = { VK_BIN, VF_NO256, 0, 0, ALL4(0xcd | X_38), NEED(HF_SHA) },
    /* AVX and AVX2: VEX only */
    [TCG_vbcast]  = { VK_UN, VF_VEX, 0, 0, { P38(0x78), P38(0x79), P38(0x58), P38(0x59) }, NEED(HF_AVX2) },
    [TCG_vperm2]  = { VK_BIN, VF_VEX | VF_IMM, 0, 0, ALL4(P3A(0x06)), NEED(HF_AVX2) },
    [TCG_vins128] = { VK_BIN, VF_VEX | VF_IMM, 0, 16, ALL4(P3A(0x18)), NEED(HF_AVX2) },
    [TCG_vpermil] = { VK_BIN, VF_VEX, 0, 0, { 0, 0, P38(0x0c), P38(0x0d) }, NEED(HF_AVX2) },
    [TCG_vpermq]  = { VK_UN, VF_VEX | VF_IMM, 0, 0, ALL4(P3A(0x00) | X_W), NEED(HF_AVX2) },
    [TCG_vshle]   = { VK_BIN, VF_VEX, 0, 0, { 0, 0, P38(0x47), P38(0x47) | X_W }, NEED(HF_AVX2) },
    [TCG_vshre]   = { VK_BIN, VF_VEX, 0, 0, { 0, 0, P38(0x45), P38(0x45) | X_W }, NEED(HF_AVX2) },
    [TCG_vsare]   = { VK_BIN, VF_VEX, 0, 0, { 0, 0, P38(0x46) }, NEED(HF_AVX2) },
    [TCG_cvt_ph2ps] = { VK_UN, VF_VEX, 0, 8, ALL4(P38(0x13)), NEED(HF_F16C) },
};
/* clang-format on */

/* PMOVSX/ZX opcodes by source and destination size. */
static uint32_t ext_opc(const TCGOp *op)
{
    static const uint8_t base[3][4] = {
        { 0, 0x20, 0x21, 0x22 }, { 0, 0, 0x23, 0x24 }, { 0, 0, 0, 0x25 },
    };
    unsigned b = op->sz < 3 && op->imm < 4 ? base[op->sz][op->imm] : 0;

    return b ? P38(b + (op->opc == TCG_vextu ? 0x10 : 0)) : 0;
}

static bool wide(const TCGOp *op)
{
    return op->vt == TCG_V256 || (op->attr & OPA_ZU);
}

/* The row of op with its final opcode; false: no native form here. */
static bool vec_row(const TCGOp *op, VecRow *v, uint32_t *opc)
{
    if (op->opc == TCG_vexts || op->opc == TCG_vextu) {
        *v = (VecRow){ VK_UN, 0, 0, 16 >> ((op->imm - op->sz) & 7) };
        *opc = ext_opc(op);
        return *opc && have(HF_SSE41);
    }
    *v = rows[op->opc];
    *opc = v->opc[op->sz & 3];
    if (v->kind == VK_NONE || !*opc || !have(v->need[op->sz & 3])) {
        return false;
    }
    if (v->flags & VF_FP) {
        if (op->sz < MO_32) {
            return false;
        }
        if (op->attr & OPA_SCALAR) {
            *opc |= op->sz == MO_32 ? X_F3 : X_F2;
        } else if (op->sz == MO_64) {
            *opc |= X_66;
        }
    }
    if (((v->flags & VF_VEX) && !wide(op)) || op->sz > MO_64) {
        return false;
    }
    if (op->opc == TCG_fround && (op->attr & OPA_SCALAR)) {
        *opc += 2;
    }
    if ((v->flags & VF_TRUNC) && (op->attr & OPA_TRUNC)) {
        *opc = op->opc == TCG_cvt_ps2dq ? F3(0x5b) : P(0xe6);
    }
    if (op->opc == TCG_fcmp && op->imm > 7 && !(wide(op) && have(HF_AVX))) {
        return false;
    }
    return true;
}

bool vec_native(const TCGOp *op)
{
    VecRow v;
    uint32_t opc;

    if (wide(op) && !have(op->vt == TCG_V256 ? HF_AVX2 : HF_AVX)) {
        return false;
    }
    if (!vec_row(op, &v, &opc)) {
        return false;
    }
    if (op->vt == TCG_V256 && (v.flags & VF_NO256)) {
        return false;
    }
    /* SHA has no VEX form; AES and PCLMUL no 256-bit one without VAES. */
    if (!wide(op) || op->opc < TCG_vaesenc) {
        return true;
    }
    return op->opc < TCG_vsha1rnds4 &&
           (op->vt != TCG_V256 ||
            have(op->opc == TCG_vpclmul ? HF_VPCLMUL : HF_VAES));
}

/* Bytes that the memory form of op's last input reads. */
static unsigned mem_bytes(const TCGOp *op, const VecRow *v)
{
    unsigned n = op->vt == TCG_V256 ? 32 : 16;

    if ((op->attr & OPA_SCALAR) || op->opc == TCG_cvt_f2f ||
        op->opc == TCG_vbcast) {
        return 1 << op->sz;
    }
    if (v->msize == 16) {
        return op->opc == TCG_vexts || op->opc == TCG_vextu ? n : 16;
    }
    return v->msize ? v->msize * n / 16 : n;
}

bool vec_can_fuse(const TCGOp *op, unsigned k, const TCGOp *ld)
{
    unsigned have_bytes, sz = op->sz;
    VecRow v;
    uint32_t opc;

    switch (op->opc) {
    case TCG_cvt_i2f:
        return k == 1 && ld->opc == TCG_ld && ld->sz == op->imm;
    case TCG_vfromq:
        return k == 0 && ld->opc == TCG_ld && ld->sz == sz && sz >= MO_32;
    case TCG_vins:
        return k == 1 && ld->opc == TCG_ld && ld->sz == sz;
    case TCG_cvt_f2i:
        return k == 0 && ld->opc == TCG_ldvs && ld->sz == sz;
    case TCG_fcom:
        return k == 1 && ld->opc == TCG_ldvs && ld->sz == sz;
    case TCG_vbcast:
        if (sz == MO_128) {
            return k == 0 && ld->opc == TCG_ldv && ld->vt == TCG_V128 &&
                   op->vt == TCG_V256 && have(HF_AVX2);
        }
        break;
    case TCG_vtest:
        return k == 1 && ld->opc == TCG_ldv && ld->vt == op->vt &&
               ((ld->attr & OPA_ALIGN) || wide(op));
    default:
        break;
    }
    if (ld->opc == TCG_ld || !vec_native(op) || !vec_row(op, &v, &opc) ||
        (v.flags & VF_REG) || v.kind == VK_SHI ||
        k != (v.kind == VK_UN ? 0 : 1)) {
        return false;
    }
    have_bytes = ld->opc == TCG_ldvs ? 1 << ld->sz
               : ld->vt == TCG_V256 ? 32 : 16;
    return have_bytes == mem_bytes(op, &v) &&
           (have_bytes < 16 || (ld->attr & OPA_ALIGN) || wide(op));
}

/* A cached copy of an unpinned global may lack its upper half. */
void vec_refresh(X86Jit *j, const TCGOp *op)
{
    for (unsigned k = 0; k < 3; k++) {
        TCGRef r = op->in[k];

        if (r != TCG_NONE && ra_cls(&j->ra, r) == RC_VEC &&
            ra_pin(&j->ra, r) < 0 && !ra_is_ebb(&j->ra, r) &&
            ra_reg(&j->ra, r) >= 0) {
            ra_out_mem(&j->ra, r);
        }
    }
}

/* Result of a single instruction: it may take the place of an input. */
static unsigned out_last(X86Jit *j, TCGRef d)
{
    j->ra.busy[RC_VEC] = 0;
    return out_any(j, d, TCG_NONE);
}

static void lower_un(X86Jit *j, const TCGOp *op, const VecRow *v,
                     uint32_t opc, TCGRef a)
{
    Opnd s = in_rm(j, a);
    unsigned rd = out_any(j, op->out[0], a);

    if (tcg_op_defs[op->opc].props & P_FP) {
        fault_point(j);
    }
    if (op->opc == TCG_vmov && j->fuse && !(j->fuse->attr & OPA_ALIGN)) {
        opc = N(0x10);              /* VMOVAPS checks its address, too */
    }
    if (wide(op)) {
        out_vex(j, opc | (op->vt == TCG_V256 ? X_L : 0), rd, 0, s);
    } else {
        if (op->opc == TCG_vmov && s.reg == (int)rd) {
            out_done(j, op->out[0], rd);
            return;
        }
        out_op(j, opc, rd, s);
    }
    if (v->flags & VF_IMM) {
        oimm(j, 1, op->imm);
    }
    out_done(j, op->out[0], rd);
}

static void lower_bin(X86Jit *j, const TCGOp *op, const VecRow *v,
                      uint32_t opc)
{
    TCGRef a = op->in[0], b = op->in[1], d = op->out[0];
    unsigned rd;
    Opnd s;

    if ((v->flags & VF_COMM) && !(j->fuse && b == j->fuse_ref) &&
        ((d == b && d != a) ||
         (d != a && ra_is_ebb(&j->ra, b) && (op->dead & OPD_IN << 1) &&
          !(ra_is_ebb(&j->ra, a) && (op->dead & OPD_IN))))) {
        a = op->in[1];
        b = op->in[0];
    }
    if (v->flags & VF_REG) {
        s = R(ra_in(&j->ra, b));
    } else {
        s = in_rm(j, b);
    }
    if (op->opc == TCG_vlo && s.reg < 0) {
        opc = N(0x12);
    }
    if (wide(op)) {
        unsigned ra = ra_in(&j->ra, a);

        rd = out_last(j, d);
        if (tcg_op_defs[op->opc].props & P_FP) {
            fault_point(j);
        }
        out_vex(j, opc | (op->vt == TCG_V256 && !(op->attr & OPA_SCALAR)
                          ? X_L : 0), rd, ra, s);
    } else {
        rd = out_from(j, d, a, 0);
        if (tcg_op_defs[op->opc].props & P_FP) {
            fault_point(j);
        }
        out_op(j, opc, rd, s);
    }
    if (v->flags & VF_IMM) {
        oimm(j, 1, op->imm);
    }
    out_done(j, d, rd);
}

static void lower_shi(X86Jit *j, const TCGOp *op, const VecRow *v,
                      uint32_t opc)
{
    unsigned n = MIN(op->imm, 255), rd;

    if (wide(op)) {
        unsigned a = ra_in(&j->ra, op->in[0]);

        rd = out_any(j, op->out[0], op->in[0]);
        out_vex(j, opc | (op->vt == TCG_V256 ? X_L : 0), v->digit, rd, R(a));
    } else {
        rd = out_from(j, op->out[0], op->in[0], 0);
        out_op(j, opc, v->digit, R(rd));
    }
    o8(j, n);
    out_done(j, op->out[0], rd);
}

/* VBROADCASTI128, which has no register form */
static void lower_vbcast128(X86Jit *j, const TCGOp *op)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], op->in[0]);

    if (s.reg >= 0) {
        out_vex(j, P3A(0x38) | X_L, rd, s.reg, s);
        oimm(j, 1, 1);
    } else {
        out_vex(j, P38(0x5a) | X_L, rd, 0, s);
    }
    out_done(j, op->out[0], rd);
}

void lower_vec(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    VecRow v;
    uint32_t opc;

    if (op->opc == TCG_vbcast && op->sz == MO_128 && op->vt == TCG_V256 &&
        have(HF_AVX2)) {
        lower_vbcast128(j, op);
        return;
    }
    if (!vec_native(op)) {
        lower_fallback(j, op, x);
        return;
    }
    vec_row(op, &v, &opc);
    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    if (v.kind == VK_SHI) {
        lower_shi(j, op, &v, opc);
    } else if (v.kind == VK_UN) {
        lower_un(j, op, &v, opc, op->in[0]);
    } else if (v.kind == VK_UN1 && !(op->attr & OPA_SCALAR)) {
        lower_un(j, op, &v, opc, op->in[1]);
    } else {
        lower_bin(j, op, &v, opc);
    }
}

/* One instruction in either encoding; v = VEX's second source. */
static void out_either(X86Jit *j, const TCGOp *op, uint32_t opc, unsigned reg,
                       unsigned v, Opnd rm)
{
    if (wide(op) && have(HF_AVX)) {
        out_vex(j, opc | (op->vt == TCG_V256 ? X_L : 0), reg, v, rm);
    } else {
        out_op(j, opc, reg, rm);
    }
}

void lower_vzero(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    out_either(j, op, N(0x57), rd, rd, R(rd));
    out_done(j, op->out[0], rd);
}

void lower_ldv(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    if (op->opc == TCG_ldv) {
        out_either(j, op, op->attr & OPA_ALIGN ? N(0x28) : N(0x10), rd, 0, m);
    } else if (op->sz >= MO_32) {
        TCGOp o = *op;

        o.vt = TCG_V128;
        out_either(j, &o, op->sz == MO_32 ? F3(0x10) : F2(0x10), rd, 0, m);
    } else {
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_op(j, (op->sz ? 0xb7 : 0xb6) | X_0F, t, m);
        out_either(j, op, P(0x6e), rd, 0, R(t));
    }
    out_done(j, op->out[0], rd);
}

void lower_stv(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd m = mem_opnd(j, &op->mem);
    unsigned r;

    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    r = ra_in(&j->ra, op->in[0]);
    if (op->opc == TCG_stv) {
        out_either(j, op, (op->attr & OPA_NT) && (op->attr & OPA_ALIGN)
                   ? N(0x2b) : op->attr & OPA_ALIGN ? N(0x29) : N(0x11),
                   r, 0, m);
    } else if (op->sz >= MO_32) {
        out_op(j, op->sz == MO_32 ? F3(0x11) : N(0x13), r, m);
    } else {
        unsigned t = ra_tmp(&j->ra, RC_INT);

        out_op(j, P(0x7e), r, R(t));
        out_op(j, osz(op->sz, 0x88), t, m);
    }
}

void lower_vblendv(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const uint8_t legacy[4] = { 0x10, 0, 0x14, 0x15 };
    static const uint8_t vex[4] = { 0x4c, 0, 0x4a, 0x4b };
    Opnd s;
    unsigned rd;

    if (op->sz == 1 || !have(HF_SSE41) ||
        (op->vt == TCG_V256 && !have(HF_AVX2)) ||
        (!wide(op) && ra_pin(&j->ra, op->in[2]) != 0)) {
        lower_fallback(j, op, x);
        return;
    }
    if (wide(op)) {
        unsigned a, m;

        vec_refresh(j, op);
        m = ra_in(&j->ra, op->in[2]);
        s = in_rm(j, op->in[1]);
        if (s.reg >= 14 && m >= 14 && m != (unsigned)s.reg &&
            ra_reg(&j->ra, op->in[0]) < 0) {
            /* Both temporaries are taken: one goes to memory. */
            s = GS(ra_mem(&j->ra, op->in[1]));
            ra_untmp(&j->ra, RC_VEC, ra_reg(&j->ra, op->in[1]));
        }
        a = ra_in(&j->ra, op->in[0]);
        rd = out_last(j, op->out[0]);
        out_vex(j, P3A(vex[op->sz]) | (op->vt == TCG_V256 ? X_L : 0), rd, a,
                s);
        oimm(j, 1, m << 4);
        out_done(j, op->out[0], rd);
        return;
    }
    ra_in(&j->ra, op->in[2]);
    s = in_rm(j, op->in[1]);
    rd = out_from(j, op->out[0], op->in[0], 0);
    out_op(j, P38(legacy[op->sz]), rd, s);
    out_done(j, op->out[0], rd);
}

void lower_sha256rnds2(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (ra_pin(&j->ra, op->in[2]) != 0 || wide(op)) {
        lower_fallback(j, op, x);
        return;
    }
    ra_in(&j->ra, op->in[2]);
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd = out_from(j, op->out[0], op->in[0], 0);

    out_op(j, 0xcb | X_38, rd, s);
    out_done(j, op->out[0], rd);
}

/* ---- between the register files ------------------------------------------------ */

void lower_vins(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const uint32_t opc[4] = { P3A(0x20), P(0xc4), P3A(0x22),
                                     P3A(0x22) | X_W };
    unsigned rd;
    Opnd s;

    if ((op->sz != MO_16 && !have(HF_SSE41)) || op->vt == TCG_V256) {
        lower_fallback(j, op, x);
        return;
    }
    s = in_rm(j, op->in[1]);
    if (wide(op)) {
        unsigned a = ra_in(&j->ra, op->in[0]);

        rd = out_last(j, op->out[0]);
        out_vex(j, opc[op->sz], rd, a, s);
    } else {
        rd = out_from(j, op->out[0], op->in[0], 0);
        out_op(j, opc[op->sz], rd, s);
    }
    oimm(j, 1, op->imm);
    out_done(j, op->out[0], rd);
}

void lower_vget(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned r, rd;

    if (op->imm << op->sz >= 16 ||
        (op->sz != MO_16 && !have(HF_SSE41) &&
         !(op->imm == 0 && op->sz >= MO_32))) {
        lower_fallback(j, op, x);
        return;
    }
    r = ra_in(&j->ra, op->in[0]);
    rd = out_any(j, op->out[0], TCG_NONE);
    if (op->sz >= MO_32 && op->imm == 0) {
        out_op(j, P(0x7e) | (op->sz == MO_64 ? X_W : 0), r, R(rd));
    } else if (op->sz == MO_16) {
        out_op_imm8(j, P(0xc5), rd, R(r), op->imm);
    } else {
        out_op_imm8(j, op->sz == MO_8 ? P3A(0x14)
                    : P3A(0x16) | (op->sz == MO_64 ? X_W : 0), r, R(rd),
                    op->imm);
    }
    out_done(j, op->out[0], rd);
}

void lower_vfromq(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], TCG_NONE);
    TCGOp o = *op;

    o.vt = TCG_V128;
    out_either(j, &o, P(0x6e) | (op->sz == MO_64 ? X_W : 0), rd, 0, s);
    out_done(j, op->out[0], rd);
}

void lower_vzx(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGOp o = *op;
    unsigned r, rd;

    o.vt = TCG_V128;
    if (op->sz < MO_32 || (op->sz == MO_32 && !have(HF_SSE41))) {
        lower_fallback(j, op, x);
        return;
    }
    r = ra_in(&j->ra, op->in[0]);
    rd = out_any(j, op->out[0], op->in[0]);
    if (op->sz == MO_64) {
        out_either(j, &o, F3(0x7e), rd, 0, R(r));
    } else {
        out_either(j, &o, P3A(0x21), rd, r, R(r));
        o8(j, 0x0e);
    }
    out_done(j, op->out[0], rd);
}

void lower_vmovmsk(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t opc = op->sz == MO_8 ? P(0xd7) : op->sz == MO_32 ? N(0x50)
                 : P(0x50);
    unsigned r, rd;

    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    r = ra_in(&j->ra, op->in[0]);
    rd = out_any(j, op->out[0], TCG_NONE);
    out_either(j, op, opc, rd, 0, R(r));
    out_done(j, op->out[0], rd);
}

void lower_vtest(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (!have(HF_SSE41)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    unsigned a = ra_in(&j->ra, op->in[0]);

    out_either(j, op, P38(0x17), a, 0, in_rm(j, op->in[1]));
    fl_end(j, op, FL_ALL);
}

void lower_fcom(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t opc = (op->attr & OPA_SIG ? 0x2f : 0x2e) | X_0F |
                   (op->sz == MO_64 ? X_66 : 0);
    unsigned a = ra_in(&j->ra, op->in[0]);
    Opnd s = in_rm(j, op->in[1]);

    fault_point(j);
    out_op(j, opc, a, s);
    fl_end(j, op, FL_ALL);
}

void lower_cvt_i2f(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t opc = (op->sz == MO_32 ? F3(0x2a) : F2(0x2a)) |
                   (op->imm == MO_64 ? X_W : 0);
    Opnd s = in_rm(j, op->in[1]);
    unsigned rd;

    if (wide(op)) {
        unsigned a = ra_in(&j->ra, op->in[0]);

        rd = out_last(j, op->out[0]);
        fault_point(j);
        out_vex(j, opc, rd, a, s);
    } else {
        rd = out_from(j, op->out[0], op->in[0], 0);
        fault_point(j);
        out_op(j, opc, rd, s);
    }
    out_done(j, op->out[0], rd);
}

void lower_cvt_f2i(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    uint32_t opc = (op->attr & OPA_TRUNC ? 0x2c : 0x2d) | X_0F |
                   (op->sz == MO_32 ? X_F3 : X_F2) |
                   (op->imm == MO_64 ? X_W : 0);
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    fault_point(j);
    out_op(j, opc, rd, s);
    out_done(j, op->out[0], rd);
}

/* PCMPxSTRx: lengths in eax, edx; index to ecx, mask to xmm0. */
void lower_pcmpstr(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    bool mask = op->opc == TCG_vpcmpstrm, expl = op->attr & OPA_EXPL;
    uint32_t opc = P3A(mask ? (expl ? 0x60 : 0x62) : (expl ? 0x61 : 0x63)) |
                   (op->attr & OPA_W ? X_W : 0);
    TCGRef d = op->out[0];
    unsigned a;
    int save = -1;
    Opnd s;

    if (!have(HF_SSE42) ||
        (mask && ra_pin(&j->ra, d) != 0) ||
        (expl && ra_reg(&j->ra, op->in[3]) != RDX)) {
        lower_fallback(j, op, x);
        return;
    }
    if (expl) {
        ra_force(&j->ra, RC_INT, RAX, TCG_NONE);
        load_to(j, RAX, op->in[2], MO_64);
    }
    a = ra_in(&j->ra, op->in[0]);
    s = R(ra_in(&j->ra, op->in[1]));
    if (!mask && ra_pin(&j->ra, d) != RCX) {
        save = ra_tmp(&j->ra, RC_INT);
        out_mov_rr(j, MO_64, save, RCX);
    }
    out_either(j, op, opc, a, 0, s);
    oimm(j, 1, op->imm);
    fl_end(j, op, FL_ALL);
    if (save >= 0) {
        out_op(j, 0x87 | X_W, save, R(RCX));
        if (!(op->dead & OPD_OUT)) {
            out_done(j, d, save);
        }
    }
}

/* ---- AVX2, FMA, F16C ------------------------------------------------------------ */

static uint32_t len_bit(const TCGOp *op)
{
    return op->vt == TCG_V256 ? X_L : 0;
}

void lower_vpermd(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    vec_refresh(j, op);
    unsigned idx = ra_in(&j->ra, op->in[1]);
    Opnd s = in_rm(j, op->in[0]);
    unsigned rd = out_last(j, op->out[0]);

    out_vex(j, P38(0x36) | X_L, rd, idx, s);
    out_done(j, op->out[0], rd);
}

void lower_vget128(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    TCGOp wide_op = *op;

    wide_op.vt = TCG_V256;
    vec_refresh(j, &wide_op);
    j->op = &wide_op;                       /* the input comes whole */
    unsigned a = ra_in(&j->ra, op->in[0]);

    j->op = op;
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    out_vex(j, P3A(0x19) | X_L, a, 0, R(rd));
    o8(j, op->imm & 1);
    out_done(j, op->out[0], rd);
}

/* imm bits 5:4 pick the operand order, 3:0 the operation. */
void lower_ffma(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    static const uint8_t low[] = { 0x8, 0xc, 0xa, 0xe, 0x6, 0x7 };
    unsigned opc = 0x90 + (op->imm >> 4 & 3) * 0x10 + low[op->imm & 7];
    bool scalar = op->attr & OPA_SCALAR;

    if (!wide(op)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    unsigned b = ra_in(&j->ra, op->in[1]);
    Opnd s = in_rm(j, op->in[2]);

    if (s.reg >= 14 && b >= 14 && b != (unsigned)s.reg) {
        /* Both temporaries are taken: one goes to memory. */
        s = GS(ra_mem(&j->ra, op->in[2]));
        ra_untmp(&j->ra, RC_VEC, ra_reg(&j->ra, op->in[2]));
    }
    unsigned rd = out_from(j, op->out[0], op->in[0], 0);

    fault_point(j);
    out_vex(j, P38(opc + scalar) | (op->sz == MO_64 ? X_W : 0) |
               (scalar ? 0 : len_bit(op)), rd, b, s);
    out_done(j, op->out[0], rd);
}

/* Pinned registers at once, the others' memory by hand; without AVX all upper
 * halves are in memory. */
void lower_vzeroupper(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    bool avx = have(HF_AVX);
    int zero = -1;

    if (avx) {
        out_vex(j, X_0F | 0x77, 0, 0, R(0));
        j->p--;                         /* it has no modrm */
    }
    for (TCGRef r = 0; r < j->s->nb_globals; r++) {
        bool pinned = ra_pin(&j->ra, r) >= 0;

        if (ra_cls(&j->ra, r) != RC_VEC || (pinned && avx)) {
            continue;
        }
        if (!pinned && ra_reg(&j->ra, r) >= 0) {
            ra_out_mem(&j->ra, r);
        }
        if (zero < 0) {
            zero = ra_tmp(&j->ra, RC_VEC);
            out_op(j, N(0x57), zero, R(zero));
        }
        out_op(j, N(0x29), zero, GS(j->s->temps[r].offset + 16));
    }
}

void lower_ps2ph(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    if (!wide(op)) {
        lower_fallback(j, op, x);
        return;
    }
    if (op->vt == TCG_V256) {
        vec_refresh(j, op);
    }
    unsigned a = ra_in(&j->ra, op->in[0]);
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    fault_point(j);
    out_vex(j, P3A(0x1d) | len_bit(op), a, 0, R(rd));
    oimm(j, 1, op->imm);
    out_done(j, op->out[0], rd);
}

void lower_fpcr_get(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    unsigned rd = out_any(j, op->out[0], TCG_NONE);

    out_op(j, 0xae | X_0F, 3, ENV(fpcr));
    out_op(j, 0x8b, rd, ENV(fpcr));
    out_done(j, op->out[0], rd);
}

void lower_fpcr_set(X86Jit *j, const TCGOp *op, const X86Op *x)
{
    int32_t imm;

    if (is_imm(j, op->in[0], MO_32, &imm)) {
        out_op(j, 0xc7, 0, ENV(fpcr));
        o32(j, imm);
    } else {
        out_op(j, 0x89, ra_in(&j->ra, op->in[0]), ENV(fpcr));
    }
    out_op(j, 0xae | X_0F, 2, ENV(fpcr));
}
