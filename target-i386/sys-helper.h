/* SPDX-License-Identifier: MIT */
/* C helpers of the system level; sys-helper.c, sys-string.c, sys-mwait.c,
 * sys-v86.c. */
#ifndef TARGET_I386_SYS_HELPER_H
#define TARGET_I386_SYS_HELPER_H

#include "target-i386/sys.h"

extern const TCGHelper helper_sti_leave_info;   /* next pc */
extern const TCGHelper helper_set_if_info;      /* 0, 1 */
extern const TCGHelper helper_v86_pushf_info;   /* size -> flags */
extern const TCGHelper helper_v86_popf_info;    /* value, size: may it? */
extern const TCGHelper helper_popf_info;        /* value, size, next pc */
extern const TCGHelper helper_set_ac_info;      /* 0, 1 */
extern const TCGHelper helper_read_cr_info;     /* number -> value */
extern const TCGHelper helper_write_cr_info;    /* number, value */
extern const TCGHelper helper_read_dr_info, helper_write_dr_info;
extern const TCGHelper helper_lmsw_info, helper_clts_info;
extern const TCGHelper helper_set_table_info;   /* IDT?, base, limit */
extern const TCGHelper helper_lldt_info;        /* selector, TR? */
extern const TCGHelper helper_sysreg_info;      /* which -> value */
extern const TCGHelper helper_need_cr4_info;    /* #UD if the bit is clear */
extern const TCGHelper helper_invlpg_info;      /* address */
extern const TCGHelper helper_invpcid_info;     /* type, descriptor lo, hi */
extern const TCGHelper helper_sysret_info, helper_sysexit_info; /* size */
extern const TCGHelper helper_rsm_info;
extern const TCGHelper helper_rdmsr_info, helper_wrmsr_info;
extern const TCGHelper helper_rdpmc_info;
extern const TCGHelper helper_sys_rdtsc_info, helper_sys_tsc_aux_info;
extern const TCGHelper helper_xsetbv_info;
extern const TCGHelper helper_rdpkru_info, helper_wrpkru_info;
extern const TCGHelper helper_in_info;          /* port, size -> value */
extern const TCGHelper helper_out_info;         /* port, value, size, next */
extern const TCGHelper helper_ignne_info;       /* does it wait? */
extern const TCGHelper helper_spin_info;
extern const TCGHelper helper_monitor_info;     /* address */
extern const TCGHelper helper_mwait_info;       /* next pc */
extern const TCGHelper helper_string_info;      /* X86_STRING_*, pc, next */

/* helper_string's first argument */
enum {
    STRING_MOVS, STRING_STOS, STRING_INS, STRING_OUTS,
    STRING_SZ_SHIFT = 4, STRING_ASZ_SHIFT = 8, STRING_SEG_SHIFT = 12,
    STRING_REP = 1 << 16,
};

#endif
