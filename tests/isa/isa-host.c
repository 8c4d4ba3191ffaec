/* SPDX-License-Identifier: MIT */
/*
 * What the host processor has, and which rows can't be compared with it.
 * Features by name from cpuid.def, asked of CPUID (SDM vol. 2, CPUID).
 */
#include "util/osdep.h"
#include "target-i386/cpuid.h"
#include "tests/isa/isa-rows.h"
#ifdef HOST_X86_64
#include <cpuid.h>
#endif

enum { EAX, EBX, ECX, EDX };

static const struct {
    const char *id;
    uint32_t leaf, sub;
    uint8_t reg, bit;
} features[] = {
#define F(id, name, leaf, sub, reg, bit, impl, models) \
    { #id, leaf, sub, reg, bit },
#include "target-i386/cpuid.def"
#undef F
};

static bool host_feature(const char *id, size_t len)
{
#ifdef HOST_X86_64
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        uint32_t r[4];

        if (strlen(features[i].id) != len ||
            memcmp(features[i].id, id, len)) {
            continue;
        }
        return __get_cpuid_count(features[i].leaf, features[i].sub, &r[0],
                                 &r[1], &r[2], &r[3]) &&
               r[features[i].reg] >> features[i].bit & 1;
    }
#endif
    return false;
}

/* Feature names joined by +; BASE is always there. */
bool isa_host_has(const char *feats)
{
    while (*feats) {
        size_t n = strcspn(feats, "+");

        if (!(n == 4 && !memcmp(feats, "BASE", 4)) &&
            !host_feature(feats, n)) {
            return false;
        }
        feats += n + (feats[n] == '+');
    }
    return true;
}
