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
    return false;
}
#else
static bool host_feature(const char *id, size_t len)
{
    return false;
}
#endif

bool isa_host_amd(void)
{
#ifdef HOST_X86_64
    uint32_t a, b, c, d;

    __cpuid(0, a, b, c, d);
    return b == 0x68747541;             /* Auth */
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

uint64_t isa_host_xcr0(void)
{
#ifdef HOST_X86_64
    uint32_t lo, hi;

    if (isa_host_has("OSXSAVE")) {
        asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
        return lo | (uint64_t)hi << 32;
    }
#endif
    return 7;
}

/* Rows that leave the process or depend on another processor's make. */
static const struct {
    const char *name, *enc, *reason;
} special[] = {
    { "SYSENTER", NULL, "enters the kernel's vdso path; tested by "
                        "tests/linux-user/i386-syscalls.c" },
    { NULL, "0F 0D", "with a register #UD on AMD, nothing on Intel" },
    { "FEMMS", NULL, "3DNow!: no host has it" },
};

const char *isa_row_reason(const IsaRow *r)
{
    if (isa_row_attr(r, isa_mode32 ? "o64" : "i64") ||
        (isa_mode32 && !r->vex && r->w == 1)) {
        return "not in this mode";
    }
    if (r->todo) {
        return "todo: privileged";
    }
    if (isa_mode32 && !strcmp(r->name, "SYSCALL")) {
        return "comes back through the vdso";
    }
    for (unsigned i = 0; i < ARRAY_SIZE(special); i++) {
        if (special[i].name ? !strcmp(r->name, special[i].name)
                            : !strcmp(r->enc, special[i].enc)) {
            return special[i].reason;
        }
    }
    if (!isa_host_has(r->feats)) {
        return "this processor lacks it; tests/linux-user/isa-ref.c";
    }
    return NULL;
}

bool isa_row_testable(const IsaRow *r)
{
    return !isa_row_reason(r);
}
