/* SPDX-License-Identifier: MIT */
/* C helpers of the integer and system instructions; helper.c. */
#ifndef TARGET_I386_HELPER_H
#define TARGET_I386_HELPER_H

#include "target-i386/cpu.h"

extern const TCGHelper helper_raise_info;       /* vector, error code */
extern const TCGHelper helper_fetch_fault_info; /* pc, address */
extern const TCGHelper helper_cpuid_info;       /* by and into registers */
extern const TCGHelper helper_rdtsc_info;       /* -> 64 bits */
extern const TCGHelper helper_tsc_aux_info;     /* -> IA32_TSC_AUX */
extern const TCGHelper helper_yield_info;       /* lets other threads run */
extern const TCGHelper helper_xgetbv_info;      /* ecx -> XCR */
extern const TCGHelper helper_rdrand_info;      /* -> 64 random bits */
extern const TCGHelper helper_get_seg_info;     /* R_* -> selector */
extern const TCGHelper helper_load_seg_info;    /* R_*, selector */
extern const TCGHelper helper_check_mode_info;  /* mode, next pc */
extern const TCGHelper helper_sync_mode_info;   /* mode, next pc */
extern const TCGHelper helper_check_access_info; /* offset, R_*, bytes, how */
extern const TCGHelper helper_check_target_info; /* offset in CS */
extern const TCGHelper helper_check_base_info;  /* canonical? else #GP */
extern const TCGHelper helper_iret_info;        /* operand size */
extern const TCGHelper helper_retf_info;        /* operand size, bytes */
extern const TCGHelper helper_far_info;         /* selector, target, osz, call,
                                                   next pc */
extern const TCGHelper helper_lar_info;         /* selector, lsl -> value|ok */
extern const TCGHelper helper_bcd_info;         /* opcode, imm */

#endif
