/* SPDX-License-Identifier: MIT */
/*
 * A toy guest for tests of the translator core.  Instructions, by first byte:
 *
 *   01 r imm8   mov r, imm          06 rel8   call
 *   02 r r      add (all flags)     07        ret
 *   03 r        dec (not CF)        08 n      exit with reason n
 *   04 rel8     jmp                 09 r      jmp r
 *   05 cc rel8  jcc                 0a        nop
 *   0b r r      store byte [r] = r  0c n      exit, then go on (system call)
 */
#ifndef CORE_TOY_H
#define CORE_TOY_H

#include "tcg/tb-int.h"

typedef struct ToyState {
    TCGEnv h;
    uint64_t r[4], sp;
    uint64_t stack[64];
} ToyState;

extern const TCGFrontend toy_frontend;

/* A fresh context, for tests of single passes. */
TCGContext *toy_context(void);
ToyState *toy_start(const char *backend);

#endif
