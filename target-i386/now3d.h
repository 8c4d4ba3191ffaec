/* SPDX-License-Identifier: MIT */
/* 3DNow!; now3d_helper.c. */
#ifndef TARGET_I386_NOW3D_H
#define TARGET_I386_NOW3D_H

#include "target-i386/cpu.h"

/* Is there an instruction 0F 0F /r suffix, with the extensions? */
bool x86_now3d_valid(uint8_t suffix, bool ext);
extern const TCGHelper helper_now3d_info;   /* a, b, suffix -> a */

#endif
