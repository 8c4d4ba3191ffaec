/* SPDX-License-Identifier: MIT */
/* CPU features and models; rows in cpuid.def, models in cpuid.c. */
#ifndef TARGET_I386_CPUID_H
#define TARGET_I386_CPUID_H

#include "util/osdep.h"

typedef enum X86Feature {
    X86_FEAT_BASE,
#define F(id, name, leaf, sub, reg, bit, impl, models) X86_FEAT_##id,
#include "target-i386/cpuid.def"
#undef F
    X86_FEAT_COUNT
} X86Feature;

#define X86_FEAT_WORDS ((X86_FEAT_COUNT + 63) / 64)

/* A model as chosen by -cpu, with the user's changes applied. */
typedef struct X86CPUModel {
    const char *name;
    const char *vendor;         /* 12 letters */
    const char *brand;
    uint32_t signature;         /* leaf 1 EAX: family, model, stepping */
    uint32_t level, xlevel;     /* highest leaves */
    uint64_t feats[X86_FEAT_WORDS];     /* bit X86_FEAT_x */
} X86CPUModel;

/* Where the makers' processors differ.  No model: AMD's. */
static inline bool x86_is_amd(const X86CPUModel *m)
{
    return !m || !strcmp(m->vendor, "AuthenticAMD");
}

/* System mode: set before a model is asked for. */
extern bool x86_cpuid_system;

static inline bool x86_feat(const uint64_t *feats, unsigned f)
{
    return feats[f >> 6] >> (f & 63) & 1;
}

#endif
