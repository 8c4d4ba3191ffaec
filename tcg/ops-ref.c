/* SPDX-License-Identifier: MIT */
/*
 * Executes one IR op by its reference meaning: the table from opcode to
 * function.  Ops that touch memory, control flow or the host's x87 have none.
 */
#include "util/osdep.h"
#include "tcg/ops-ref.h"
#include "tcg/ops-ref-vec.h"
#include "tcg/ops-ref-perm.h"
#include "tcg/ops-ref-fp.h"
#include "tcg/ops-ref-avx.h"
#include "tcg/ops-ref-crypto.h"

#define ref_lea         NULL
#define ref_brcond      NULL
#define ref_brcc        NULL
#define ref_br          NULL
#define ref_label       NULL
#define ref_ld          NULL
#define ref_st          NULL
#define ref_ldv         NULL
#define ref_stv         NULL
#define ref_ldvs        NULL
#define ref_stvs        NULL
#define ref_rmw         NULL
#define ref_xadd        NULL
#define ref_xchg        NULL
#define ref_cmpxchg     NULL
#define ref_cmpxchg2    NULL
#define ref_mmu         NULL
#define ref_prefetch    NULL
#define ref_fence       NULL
#define ref_rep_movs    NULL
#define ref_rep_stos    NULL
#define ref_insn_start  NULL
#define ref_poll        NULL
#define ref_goto_pc     NULL
#define ref_goto_ind    NULL
#define ref_call_pc     NULL
#define ref_call_ind    NULL
#define ref_ret         NULL
#define ref_exit        NULL
#define ref_call        NULL
#define ref_x87r        NULL
#define ref_x87m        NULL
#define ref_x87stsw     NULL
#define ref_mmget       NULL
#define ref_mmput       NULL
#define ref_emms        NULL
#define ref_vzeroupper  NULL

void (*tcg_ref_fp_trap)(TCGEnv *env);

static TCGRefFn *const ref_table[TCG_NB_OPS] = {
#define DEF(name, outs, ins, props) [TCG_##name] = ref_##name,
#include "tcg/ops.def"
#undef DEF
};

TCGRefFn *tcg_ref_fn(unsigned opc)
{
    return ref_table[opc];
}

void tcg_ref_exec(TCGEnv *env, const TCGRefOp *op, TCGVal *val)
{
    ref_table[op->opc](env, op, val);
}
