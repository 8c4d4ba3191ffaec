/* SPDX-License-Identifier: MIT */
/*
 * What the host's processor can do beyond Armv8.0, as the kernel reports it.
 * AFP is asked from the processor, too: its bits of FPCR read as zero where
 * it is missing, and some kernels do not report it.
 */
#include "util/osdep.h"

#include <sys/auxv.h>

#include "tcg/aarch64/a64-int.h"

unsigned a64_features;

static bool afp_probe(void)
{
    uint64_t want = 7, got;

    __asm__ volatile("msr fpcr, %1\n\tmrs %0, fpcr\n\tmsr fpcr, xzr"
                     : "=r"(got) : "r"(want));
    return got == want;
}

void a64_features_init(void)
{
    static const struct {
        uint8_t word, bit;
        uint16_t feature;
    } map[] = {
        { 0, 3, HF_AES }, { 0, 4, HF_PMULL }, { 0, 5, HF_SHA1 },
        { 0, 6, HF_SHA2 }, { 0, 7, HF_CRC32 }, { 0, 8, HF_LSE },
        { 0, 15, HF_LRCPC }, { 0, 25, HF_LSE2 }, { 0, 26, HF_LRCPC2 },
        { 0, 27, HF_FLAGM }, { 1, 20, HF_AFP },
    };
    unsigned long word[2] = { getauxval(AT_HWCAP), getauxval(AT_HWCAP2) };

    a64_features = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(map); i++) {
        if (word[map[i].word] >> map[i].bit & 1) {
            a64_features |= map[i].feature;
        }
    }
    if (!has(HF_AFP) && afp_probe()) {
        a64_features |= HF_AFP;
    }
}
