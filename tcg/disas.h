/* SPDX-License-Identifier: MIT */
/*
 * Disassembly for the logs, by Capstone.
 */
#ifndef TCG_DISAS_H
#define TCG_DISAS_H

#include "tcg/tcg.h"

/* One guest instruction of the region being translated. */
void disas_guest(FILE *f, TCGContext *s, uint64_t pc, unsigned len);
void disas_host(FILE *f, const uint8_t *code, size_t size);

#endif
