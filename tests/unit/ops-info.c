/* SPDX-License-Identifier: MIT */
/*
 * What tcg/ops.def says in prose: the sizes, flags and immediates of each op
 * that the generator may draw.
 */
#include "util/osdep.h"
#include "tests/unit/ops-gen.h"

#define S(a, b)  (((2 << (b)) - 1) & ~((1 << (a)) - 1))
#define CO       (FL_C | FL_O)
#define NOTC     (FL_ALL & ~FL_C)
#define NOTO     (FL_ALL & ~FL_O)
#define BOTH     3

/* clang-format off */
static const OpsInfo table[TCG_NB_OPS] = {
    /* integers */
    [TCG_mov] = { S(2, 3) }, [TCG_ext_u] = { S(0, 3) },
    [TCG_ext_s] = { S(0, 2), 0, 0, OPS_IMM_EXT },
    [TCG_extract] = { S(3, 3), 0, 0, OPS_IMM_FIELD },
    [TCG_deposit] = { S(3, 3), 0, 0, OPS_IMM_FIELD },
    [TCG_lea] = { S(2, 3) },
    [TCG_add] = { S(0, 3), 0, FL_ALL }, [TCG_sub] = { S(0, 3), 0, FL_ALL },
    [TCG_adc] = { S(0, 3), 0, FL_ALL }, [TCG_sbb] = { S(0, 3), 0, FL_ALL },
    [TCG_adcx] = { S(2, 3), 0, FL_C }, [TCG_adox] = { S(2, 3), 0, FL_O },
    [TCG_and] = { S(0, 3), 0, FL_ALL }, [TCG_or] = { S(0, 3), 0, FL_ALL },
    [TCG_xor] = { S(0, 3), 0, FL_ALL }, [TCG_andn] = { S(2, 3), 0, FL_ALL },
    [TCG_neg] = { S(0, 3), 0, FL_ALL }, [TCG_not] = { S(0, 3) },
    [TCG_inc] = { S(0, 3), 0, NOTC }, [TCG_dec] = { S(0, 3), 0, NOTC },
    [TCG_cmp] = { S(0, 3), 0, FL_ALL }, [TCG_test] = { S(0, 3), 0, FL_ALL },
    [TCG_shl] = { S(0, 3), 0, FL_ALL }, [TCG_shr] = { S(0, 3), 0, FL_ALL },
    [TCG_sar] = { S(0, 3), 0, FL_ALL }, [TCG_rol] = { S(0, 3), 0, CO },
    [TCG_ror] = { S(0, 3), 0, CO }, [TCG_rcl] = { S(0, 3), 0, CO },
    [TCG_rcr] = { S(0, 3), 0, CO }, [TCG_shld] = { S(1, 3), 0, FL_ALL },
    [TCG_shrd] = { S(1, 3), 0, FL_ALL }, [TCG_mul] = { S(1, 3), 0, CO },
    [TCG_mulu2] = { S(0, 3), 0, CO }, [TCG_muls2] = { S(0, 3), 0, CO },
    [TCG_mulx] = { S(2, 3) },
    [TCG_divu2] = { S(0, 3) }, [TCG_divs2] = { S(0, 3) },
    [TCG_bsf] = { S(1, 3), 0, FL_ALL }, [TCG_bsr] = { S(1, 3), 0, FL_ALL },
    [TCG_tzcnt] = { S(1, 3), 0, NOTO }, [TCG_lzcnt] = { S(1, 3), 0, NOTO },
    [TCG_popcnt] = { S(1, 3), 0, FL_ALL }, [TCG_bswap] = { S(2, 3) },
    [TCG_bt] = { S(1, 3), 0, FL_C }, [TCG_bts] = { S(1, 3), 0, FL_C },
    [TCG_btr] = { S(1, 3), 0, FL_C }, [TCG_btc] = { S(1, 3), 0, FL_C },
    [TCG_blsi] = { S(2, 3), 0, FL_ALL }, [TCG_blsr] = { S(2, 3), 0, FL_ALL },
    [TCG_blsmsk] = { S(2, 3), 0, FL_ALL },
    [TCG_bextr] = { S(2, 3), 0, FL_ALL }, [TCG_bzhi] = { S(2, 3), 0, FL_ALL },
    [TCG_pdep] = { S(2, 3) }, [TCG_pext] = { S(2, 3) },
    [TCG_crc32] = { S(0, 3) },
    [TCG_setcc] = { S(0, 0) }, [TCG_cmov] = { S(1, 3) },
    [TCG_getfl] = { S(3, 3) }, [TCG_setfl] = { S(3, 3), 0, FL_ALL },
    [TCG_flmod] = { S(3, 3), 0, FL_C, OPS_IMM_3 },
    [TCG_setcond] = { S(0, 3) }, [TCG_movcond] = { S(2, 3) },
    [TCG_brcond] = { S(0, 3) }, [TCG_brcc] = { S(3, 3) },
    /* memory */
    [TCG_ld] = { S(0, 3), 0, 0, OPS_IMM_LOAD }, [TCG_st] = { S(0, 3) },
    [TCG_ldv] = { S(3, 3), BOTH, 0, 0, OPA_ZU },
    [TCG_stv] = { S(3, 3), BOTH, 0, 0, OPA_NT },
    [TCG_ldvs] = { S(0, 3), 1, 0, 0, OPA_ZU },
    [TCG_stvs] = { S(0, 3), 1 },
    [TCG_rmw] = { S(0, 3), 0, FL_ALL, OPS_IMM_RMW, OPA_LOCK },
    [TCG_xadd] = { S(0, 3), 0, FL_ALL, 0, OPA_LOCK },
    [TCG_xchg] = { S(0, 3) },
    [TCG_cmpxchg] = { S(0, 3), 0, FL_ALL, 0, OPA_LOCK },
    /* vectors */
    [TCG_vmov] = { S(3, 3), BOTH }, [TCG_vzero] = { S(3, 3), BOTH },
    [TCG_vand] = { S(3, 3), BOTH }, [TCG_vandn] = { S(3, 3), BOTH },
    [TCG_vor] = { S(3, 3), BOTH }, [TCG_vxor] = { S(3, 3), BOTH },
    [TCG_vtest] = { S(3, 3), BOTH, FL_ALL },
    [TCG_vadd] = { S(0, 3), BOTH }, [TCG_vsub] = { S(0, 3), BOTH },
    [TCG_vadds] = { S(0, 1), BOTH }, [TCG_vaddus] = { S(0, 1), BOTH },
    [TCG_vsubs] = { S(0, 1), BOTH }, [TCG_vsubus] = { S(0, 1), BOTH },
    [TCG_vmul] = { S(1, 2), BOTH }, [TCG_vmulhs] = { S(1, 1), BOTH },
    [TCG_vmulhu] = { S(1, 1), BOTH }, [TCG_vmulhrs] = { S(1, 1), BOTH },
    [TCG_vmuludq] = { S(2, 2), BOTH }, [TCG_vmuldq] = { S(2, 2), BOTH },
    [TCG_vmaddwd] = { S(1, 1), BOTH }, [TCG_vmaddubs] = { S(0, 0), BOTH },
    [TCG_vsad] = { S(0, 0), BOTH }, [TCG_vmpsad] = { S(0, 0), BOTH },
    [TCG_vphminpos] = { S(1, 1), 1 }, [TCG_vavg] = { S(0, 1), BOTH },
    [TCG_vmins] = { S(0, 2), BOTH }, [TCG_vminu] = { S(0, 2), BOTH },
    [TCG_vmaxs] = { S(0, 2), BOTH }, [TCG_vmaxu] = { S(0, 2), BOTH },
    [TCG_vabs] = { S(0, 2), BOTH }, [TCG_vsign] = { S(0, 2), BOTH },
    [TCG_vcmpeq] = { S(0, 3), BOTH }, [TCG_vcmpgt] = { S(0, 3), BOTH },
    [TCG_vhadd] = { S(1, 2), BOTH }, [TCG_vhsub] = { S(1, 2), BOTH },
    [TCG_vhadds] = { S(1, 1), BOTH }, [TCG_vhsubs] = { S(1, 1), BOTH },
    [TCG_vshli] = { S(1, 3), BOTH, 0, OPS_IMM_SHIFT },
    [TCG_vshri] = { S(1, 3), BOTH, 0, OPS_IMM_SHIFT },
    [TCG_vsari] = { S(1, 2), BOTH, 0, OPS_IMM_SHIFT },
    [TCG_vshlv] = { S(1, 3), BOTH }, [TCG_vshrv] = { S(1, 3), BOTH },
    [TCG_vsarv] = { S(1, 2), BOTH },
    [TCG_vshlb] = { S(0, 0), BOTH, 0, OPS_IMM_SHIFT },
    [TCG_vshrb] = { S(0, 0), BOTH, 0, OPS_IMM_SHIFT },
    [TCG_vpackss] = { S(1, 2), BOTH }, [TCG_vpackus] = { S(1, 2), BOTH },
    [TCG_vunpckl] = { S(0, 3), BOTH }, [TCG_vunpckh] = { S(0, 3), BOTH },
    [TCG_vpshufb] = { S(0, 0), BOTH }, [TCG_vpshufd] = { S(2, 2), BOTH },
    [TCG_vpshuflw] = { S(1, 1), BOTH }, [TCG_vpshufhw] = { S(1, 1), BOTH },
    [TCG_vshufp] = { S(2, 3), BOTH }, [TCG_valignr] = { S(0, 0), BOTH },
    [TCG_vblendi] = { S(1, 3), BOTH },
    [TCG_vblendv] = { 1 | S(2, 3), BOTH },
    [TCG_vins] = { S(0, 3), 1, 0, OPS_IMM_ELEM },
    [TCG_vget] = { S(0, 3), 1, 0, OPS_IMM_ELEM },
    [TCG_vinsertps] = { S(2, 2), 1 }, [TCG_vfromq] = { S(2, 3), 1 },
    [TCG_vzx] = { S(0, 3), 1 }, [TCG_vmerge] = { S(2, 3), 1 },
    [TCG_vlo2hi] = { S(3, 3), 1 }, [TCG_vhi2lo] = { S(3, 3), 1 },
    [TCG_vlo] = { S(3, 3), 1 }, [TCG_vdup] = { S(3, 3), BOTH },
    [TCG_vsldup] = { S(2, 2), BOTH }, [TCG_vshdup] = { S(2, 2), BOTH },
    [TCG_vexts] = { S(0, 2), BOTH, 0, OPS_IMM_EXT },
    [TCG_vextu] = { S(0, 2), BOTH, 0, OPS_IMM_EXT },
    [TCG_vmovmsk] = { 1 | S(2, 3), BOTH },
    [TCG_vpcmpstri] = { S(0, 0), 1, FL_ALL, OPS_IMM_STR, OPA_EXPL | OPA_W },
    [TCG_vpcmpstrm] = { S(0, 0), 1, FL_ALL, OPS_IMM_STR, OPA_EXPL | OPA_W },
    [TCG_vperm2] = { S(3, 3), 2 }, [TCG_vins128] = { S(3, 3), 2 },
    [TCG_vget128] = { S(3, 3), 1, 0, 0, 0, OPA_ZU },
    [TCG_vbcast] = { S(0, 4), BOTH }, [TCG_vpermil] = { S(2, 3), BOTH },
    [TCG_vpermd] = { S(2, 2), 2 }, [TCG_vpermq] = { S(3, 3), 2 },
    [TCG_vshle] = { S(2, 3), BOTH }, [TCG_vshre] = { S(2, 3), BOTH },
    [TCG_vsare] = { S(2, 2), BOTH },
    /* floating point */
    [TCG_fadd] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fsub] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fmul] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fdiv] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fmin] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fmax] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fsqrt] = { S(2, 3), BOTH, 0, 0, OPA_SCALAR },
    [TCG_frcp] = { S(2, 2), BOTH, 0, 0, OPA_SCALAR },
    [TCG_frsqrt] = { S(2, 2), BOTH, 0, 0, OPA_SCALAR },
    [TCG_fcmp] = { S(2, 3), BOTH, 0, OPS_IMM_CMP, OPA_SCALAR },
    [TCG_fround] = { S(2, 3), BOTH, 0, OPS_IMM_ELEM, OPA_SCALAR },
    [TCG_fcom] = { S(2, 3), 1, FL_ALL, 0, OPA_SIG, OPA_SCALAR },
    [TCG_fhadd] = { S(2, 3), BOTH }, [TCG_fhsub] = { S(2, 3), BOTH },
    [TCG_faddsub] = { S(2, 3), BOTH }, [TCG_fdp] = { S(2, 3), 1 },
    [TCG_cvt_i2f] = { S(2, 3), 1, 0, OPS_IMM_INT },
    [TCG_cvt_f2i] = { S(2, 3), 1, 0, OPS_IMM_INT, OPA_TRUNC },
    [TCG_cvt_f2f] = { S(2, 3), 1 },
    [TCG_cvt_dq2ps] = { S(2, 2), BOTH },
    [TCG_cvt_ps2dq] = { S(2, 2), BOTH, 0, 0, OPA_TRUNC },
    [TCG_cvt_dq2pd] = { S(2, 2), BOTH },
    [TCG_cvt_pd2dq] = { S(3, 3), BOTH, 0, 0, OPA_TRUNC },
    [TCG_cvt_ps2pd] = { S(2, 2), BOTH }, [TCG_cvt_pd2ps] = { S(3, 3), BOTH },
    [TCG_ffma] = { S(2, 3), BOTH, 0, OPS_IMM_FMA, OPA_SCALAR },
    [TCG_cvt_ph2ps] = { S(2, 2), BOTH }, [TCG_cvt_ps2ph] = { S(2, 2), BOTH },
    [TCG_vgfmul] = { S(3, 3), BOTH }, [TCG_vgfaff] = { S(3, 3), BOTH },
    [TCG_vgfaffinv] = { S(3, 3), BOTH }, [TCG_vdp] = { S(0, 1), BOTH },
    [TCG_vmadd52] = { S(3, 3), BOTH },
    /* cryptography */
    [TCG_vaesenc] = { S(3, 3), 1 }, [TCG_vaesenclast] = { S(3, 3), 1 },
    [TCG_vaesdec] = { S(3, 3), 1 }, [TCG_vaesdeclast] = { S(3, 3), 1 },
    [TCG_vaesimc] = { S(3, 3), 1 }, [TCG_vaeskeygen] = { S(3, 3), 1 },
    [TCG_vpclmul] = { S(3, 3), 1 },
};
/* clang-format on */

/* An op too new for the table: 32- and 64-bit sizes, 128-bit vectors. */
OpsInfo ops_info(unsigned opc)
{
    OpsInfo i = table[opc];

    if (!i.sizes) {
        i.sizes = S(2, 3);
        i.flags = tcg_op_defs[opc].props & P_FLD ? FL_ALL : 0;
    }
    if (!i.vts) {
        i.vts = 1;
    }
    return i;
}
