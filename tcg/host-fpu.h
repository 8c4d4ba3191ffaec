/* SPDX-License-Identifier: MIT */
/*
 * The host's own x87 and MXCSR, where tcg_backend->has_x87 says that guest
 * state lives there; weak elsewhere.  Implemented in the back end's folder.
 */
#ifndef TCG_HOST_FPU_H
#define TCG_HOST_FPU_H

#include "util/osdep.h"

/* The FXSAVE image, 16-byte aligned.  Saving fills only the x87 part (bytes
 * 0..159 count); loading replaces the x87 state and MXCSR and clobbers the
 * XMM registers as any C function may.  MXCSR must be a valid one. */
void tcg_host_fpu_save(uint8_t image[512]) __attribute__((weak));
void tcg_host_fpu_load(const uint8_t image[512]) __attribute__((weak));
/* The 28-byte environment, which FXSAVE does not have whole on AMD. */
void tcg_host_fpu_env(uint8_t image[28]) __attribute__((weak));
uint32_t tcg_host_mxcsr_get(void) __attribute__((weak));
void tcg_host_mxcsr_set(uint32_t mxcsr) __attribute__((weak));

#endif
