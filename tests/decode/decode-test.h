/* SPDX-License-Identifier: MIT */
/* What three decoders make of some bytes, and why they may disagree. */
#ifndef TESTS_DECODE_TEST_H
#define TESTS_DECODE_TEST_H

#include "util/osdep.h"
#include <Zydis/Zydis.h>
#include "target-i386/decode.h"

/* Lengths are 0 where the bytes are invalid. */
typedef struct Opinion {
    const uint8_t *bytes;
    unsigned mode;              /* 16, 32, 64 */
    unsigned ours, zydis, capstone;
    const X86Insn *in;
    const ZydisDecodedInstruction *z;
    const char *cs_name;        /* "" if invalid */
} Opinion;

/* A settled kind of disagreement; docs/decoder-disagreements.md lists them. */
typedef struct KnownClass {
    const char *name;
    bool (*fits)(const Opinion *o);
} KnownClass;

extern const KnownClass known_classes[];
extern const unsigned nb_known_classes;

/* Index of the first class that explains the disagreement, or -1. */
int classify(const Opinion *o);

#endif
