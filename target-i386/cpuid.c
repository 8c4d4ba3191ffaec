/* SPDX-License-Identifier: MIT */
/*
 * CPU models and the CPUID instruction.  Flow: -cpu -> x86_cpu_model();
 * CPUID -> helper_cpuid -> x86_cpuid().
 * Source: Intel SDM vol. 2 CPUID, AMD APM vol. 3 appendix E.
 */
#include "util/osdep.h"
#include <sched.h>
#ifdef HOST_X86_64
#include <cpuid.h>
#endif
#include "target-i386/cpu.h"
#include "target-i386/cpuid.h"
#include "target-i386/fpu_state.h"
#include "target-i386/sys.h"
#include "util/optstr.h"

enum { EAX, EBX, ECX, EDX };

typedef struct FeatureRow {
    const char *name;
    uint32_t leaf;
    uint8_t sub, reg, bit, impl;
    const char *models;
} FeatureRow;

static const FeatureRow features[X86_FEAT_COUNT] = {
    [X86_FEAT_BASE] = { .name = "base", .impl = 1, .models = "qcnhsem" },
#define F(id, name, leaf, sub, reg, bit, impl, models) \
    [X86_FEAT_##id] = { name, leaf, sub, reg, bit, impl, models },
#include "target-i386/cpuid.def"
#undef F
};

bool x86_cpuid_system;

/* impl as this program has it. */
static unsigned implemented(unsigned f)
{
    unsigned i = features[f].impl;

    return i < 3 ? i : x86_cpuid_system ? i - 2 : 0;
}

#define INTEL "GenuineIntel"
#define AMD   "AuthenticAMD"

/* letter: the features marked so in cpuid.def; 0: everything implemented.
 * change: options on top. */
static const struct ModelRow {
    X86CPUModel m;
    char letter;
    const char *change;
} models[] = {
#define M(name, vendor, brand, sig, level, xlevel, letter, change) \
    { { name, vendor, brand, sig, level, xlevel }, letter, change },
    M("max", AMD, "QEMU TCG CPU", 0x00a00f11, 0xd, 0x8000001f, 0, "")
    M("qemu64", AMD, "QEMU Virtual CPU", 0x00060fb1, 0xd, 0x8000000a, 'q', "")
    M("qemu32", INTEL, "QEMU Virtual CPU", 0x00000663, 4, 0x80000004, 'q',
      "-lm,-syscall,-lahf_lm")
    M("kvm64", INTEL, "Common KVM processor", 0x00000f61, 0xd, 0x80000008, 'q',
      "-lahf_lm")
    M("kvm32", INTEL, "Common 32-bit KVM processor", 0x00000f61, 5,
      0x80000008, 'q', "-lm,-syscall,-lahf_lm,-cx16")
    M("pentium3", INTEL, "Intel Pentium III", 0x00000673, 2, 0, 'q',
      "-lm,-syscall,-lahf_lm,-cx16,-nx,-sse2,-sse3,-clflush,-hypervisor,+vme?")
    M("coreduo", INTEL, "Genuine Intel(R) CPU           T2600  @ 2.16GHz",
      0x000006e8, 10, 0x80000008, 'q', "-lm,-syscall,-lahf_lm,-cx16,+ss,+monitor?,+vme?")
    M("n270", INTEL, "Intel(R) Atom(TM) CPU N270   @ 1.60GHz", 0x000106c2,
      10, 0x80000008, 'q', "-lm,-syscall,-cx16,+ssse3,+movbe,+ss,+monitor?,+vme?")
    M("athlon", AMD, "QEMU Virtual CPU", 0x00000623, 2, 0x80000008, 'q',
      "-lm,-lahf_lm,-cx16,-sse2,-sse3,-clflush,+mmxext,+3dnow,+3dnowext")
    M("phenom", AMD, "AMD Phenom(tm) 9550 Quad-Core Processor", 0x00100f23, 5,
      0x8000001a, 'q', "+popcnt,+abm,+sse4a,+3dnowprefetch,+mmxext,+rdtscp,"
      "+3dnow,+3dnowext,+fxsr_opt,+pdpe1gb,+cr8legacy,+monitor?,"
      "+vme?")
    M("core2duo", INTEL, "Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz",
      0x000006fb, 10, 0x80000008, 'c', "+monitor?")
    M("Conroe", INTEL, "Intel Celeron_4x0 (Conroe/Merom Class Core 2)",
      0x000006f3, 10, 0x80000008, 'c', "")
    M("Penryn", INTEL, "Intel Core 2 Duo P9xxx (Penryn Class Core 2)",
      0x00010677, 10, 0x80000008, 'c', "+sse4.1")
    M("Nehalem", INTEL, "Intel Core i7 9xx (Nehalem Class Core i7)",
      0x000106a3, 11, 0x80000008, 'n', "")
    M("Westmere", INTEL, "Westmere E56xx/L56xx/X56xx (Nehalem-C)",
      0x000206c1, 11, 0x80000008, 'n', "+aes,+pclmulqdq")
    M("SandyBridge", INTEL, "Intel Xeon E312xx (Sandy Bridge)",
      0x000206a1, 0xd, 0x80000008, 'n', "+aes,+pclmulqdq,+avx?,+xsaveopt?")
    M("IvyBridge", INTEL, "Intel Xeon E3-12xx v2 (Ivy Bridge)",
      0x000306a9, 0xd, 0x80000008, 'n',
      "+aes,+pclmulqdq,+avx?,+xsaveopt?,+f16c?,+rdrand,+fsgsbase,+erms")
    M("Haswell", INTEL, "Intel Core Processor (Haswell)", 0x000306c4, 0xd,
      0x80000008, 'h', "")
    M("Broadwell", INTEL, "Intel Core Processor (Broadwell)", 0x000306d2,
      0xd, 0x80000008, 'h', "+rdseed,+adx,+3dnowprefetch")
    M("Skylake-Client", INTEL, "Intel Core Processor (Skylake)",
      0x000506e3, 0xd, 0x80000008, 's', "")
    M("Skylake-Server", INTEL, "Intel Xeon Processor (Skylake)",
      0x00050654, 0xd, 0x80000008, 's', "+clwb")
    M("Cascadelake-Server", INTEL, "Intel Xeon Processor (Cascadelake)",
      0x00050656, 0xd, 0x80000008, 's', "+clwb")
    M("Icelake-Server", INTEL, "Intel Xeon Processor (Icelake)",
      0x000606a0, 0xd, 0x80000008, 's', "+clwb,+sha-ni,+rdpid,+vaes?,+fsrm")
    M("Opteron_G1", AMD, "AMD Opteron 240 (Gen 1 Class Opteron)",
      0x00000f61, 5, 0x80000008, 'q', "-lahf_lm,-cx16,+mmxext,+3dnow,+3dnowext")
    M("Opteron_G2", AMD, "AMD Opteron 22xx (Gen 2 Class Opteron)",
      0x00000f61, 5, 0x80000008, 'q', "+rdtscp,+mmxext,+3dnow,+3dnowext")
    M("Opteron_G3", AMD, "AMD Opteron 23xx (Gen 3 Class Opteron)",
      0x00100f23, 5, 0x80000008, 'q',
      "+rdtscp,+popcnt,+abm,+sse4a,+mmxext,+3dnow,+3dnowext,+monitor?")
    M("Opteron_G4", AMD, "AMD Opteron 62xx class CPU", 0x00600f12, 0xd,
      0x8000001a, 'n', "+aes,+pclmulqdq,+avx?,+sse4a,+abm,+pdpe1gb,+mmxext")
    M("Opteron_G5", AMD, "AMD Opteron 63xx class CPU", 0x00600f20, 0xd,
      0x8000001a, 'n', "+aes,+pclmulqdq,+avx?,+fma?,+f16c?,+sse4a,+abm,+pdpe1gb,+mmxext")
    M("EPYC", AMD, "AMD EPYC Processor", 0x00800f12, 0xd, 0x8000001e, 'e', "")
    M("Dhyana", AMD, "Hygon Dhyana Processor", 0x00900f01, 0xd, 0x8000001e,
      'e', "-sha-ni")
    M("EPYC-Rome", AMD, "AMD EPYC-Rome Processor", 0x00830f10, 0xd,
      0x8000001e, 'e', "+clwb,+rdpid")
    M("EPYC-Milan", AMD, "AMD EPYC-Milan Processor", 0x00a00f11, 0xd,
      0x8000001e, 'm', "")
    M("EPYC-Genoa", AMD, "AMD EPYC-Genoa Processor", 0x00a10f10, 0xd,
      0x80000022, 'm', "+gfni")
#undef M
};

static void set_feature(X86CPUModel *m, unsigned f, bool on)
{
    uint64_t bit = 1ull << (f & 63);

    m->feats[f >> 6] = on ? m->feats[f >> 6] | bit : m->feats[f >> 6] & ~bit;
}

/* What a feature can't do without; chains go on through the table. */
static const struct { uint8_t f, needs; } needs[] = {
    { X86_FEAT_AVXVNNI, X86_FEAT_AVX2 }, { X86_FEAT_AVXIFMA, X86_FEAT_AVX2 },
    { X86_FEAT_VNNIINT8, X86_FEAT_AVX2 },
    { X86_FEAT_VNNIINT16, X86_FEAT_AVX2 },
    { X86_FEAT_VAES, X86_FEAT_AVX }, { X86_FEAT_VPCLMUL, X86_FEAT_AVX },
    { X86_FEAT_AVX2, X86_FEAT_AVX }, { X86_FEAT_FMA, X86_FEAT_AVX },
    { X86_FEAT_F16C, X86_FEAT_AVX }, { X86_FEAT_AVX, X86_FEAT_OSXSAVE },
    { X86_FEAT_XSAVEOPT, X86_FEAT_OSXSAVE },
    { X86_FEAT_XSAVEC, X86_FEAT_OSXSAVE },
    { X86_FEAT_XGETBV1, X86_FEAT_OSXSAVE },
    { X86_FEAT_OSXSAVE, X86_FEAT_XSAVE },
    { X86_FEAT_SSE4_2, X86_FEAT_SSE4_1 }, { X86_FEAT_SSE4_1, X86_FEAT_SSSE3 },
    { X86_FEAT_SSSE3, X86_FEAT_SSE3 },
};
_Static_assert(X86_FEAT_COUNT <= 256, "needs[] holds bytes");

/* On: with all it needs.  Off: with all that needs it. */
static void switch_feature(X86CPUModel *m, unsigned f, bool on)
{
    set_feature(m, f, on);
    for (unsigned i = 0; i < ARRAY_SIZE(needs); i++) {
        if (on && needs[i].f == f) {
            switch_feature(m, needs[i].needs, true);
        } else if (!on && needs[i].needs == f) {
            switch_feature(m, needs[i].f, false);
        }
    }
}

static unsigned find_feature(const char *name, size_t len)
{
    for (unsigned i = 1; i < X86_FEAT_COUNT; i++) {
        const char *a = features[i].name;
        size_t k = 0;
        /* "sse4.1", "sse4-1" and "sse4_1" are the same. */
        while (k < len && a[k] && (a[k] == name[k] ||
                                   (strchr(".-_", a[k]) &&
                                    strchr(".-_", name[k])))) {
            k++;
        }
        if (k == len && !a[k]) {
            return i;
        }
    }
    return 0;
}

/* One "+name", "-name", "name", "name=on" or "name=off". */
static bool apply_option(X86CPUModel *m, const char *opt, GError **errp)
{
    static const char *const ignored[] = { "enforce", "check", "pmu", "kvm",
                                           "migratable" };
    bool on = opt[0] != '-';
    const char *name = opt[0] == '+' || opt[0] == '-' ? opt + 1 : opt;
    const char *eq = strchr(name, '=');
    size_t len = strcspn(name, "=?");
    unsigned f = find_feature(name, len);

    for (unsigned i = 0; i < ARRAY_SIZE(ignored); i++) {
        if (len == strlen(ignored[i]) && !memcmp(name, ignored[i], len)) {
            return true;
        }
    }
    if (!f) {
        g_set_error(errp, g_quark_from_static_string("cpu"), 0,
                    "Property '%s-x86_64-cpu.%.*s' not found", m->name,
                    (int)len, name);
        return false;
    }
    if (eq && !opt_bool(eq + 1, &on)) {
        return opt_fail(errp, "CPU feature '%.*s' is on or off, not '%s'",
                        (int)len, name, eq + 1);
    }
    if (on && eq == NULL && name[len] == '?') {
        on = implemented(f) == 1;     /* model rows: if it can be on */
    }
    if (on && !implemented(f)) {
        g_printerr("warning: the translator doesn't support requested "
                   "feature: CPUID.%02XH:E%cX.%s [bit %d]\n",
                   features[f].leaf, "ABCD"[features[f].reg],
                   features[f].name, features[f].bit);
        return true;
    }
    switch_feature(m, f, on);
    return true;
}

/* Features that "max" leaves out where the host has to imitate them step by
 * step: programs have better code for such a processor. */
static const uint8_t costly[] = {
    X86_FEAT_AVX, X86_FEAT_AVX2, X86_FEAT_FMA, X86_FEAT_F16C, X86_FEAT_VAES,
    X86_FEAT_VPCLMUL, X86_FEAT_GFNI, X86_FEAT_AVXIFMA,
    X86_FEAT_VNNIINT16,
#ifdef HOST_X86_64
    X86_FEAT_AES, X86_FEAT_PCLMUL, X86_FEAT_SHA, X86_FEAT_BMI2, X86_FEAT_ADX,
#endif
};

static void drop_costly(X86CPUModel *m)
{
#ifdef HOST_X86_64
    uint32_t one[4], seven[2][4] = { 0 };

    __cpuid(1, one[EAX], one[EBX], one[ECX], one[EDX]);
    for (unsigned i = 0; i < 2; i++) {
        __get_cpuid_count(7, i, &seven[i][EAX], &seven[i][EBX],
                          &seven[i][ECX], &seven[i][EDX]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(costly); i++) {
        const FeatureRow *f = &features[costly[i]];
        uint32_t *r = f->leaf == 1 ? one : seven[f->sub];

        if (!(r[f->reg] >> f->bit & 1)) {
            switch_feature(m, costly[i], false);
        }
    }
#else
    for (unsigned i = 0; i < ARRAY_SIZE(costly); i++) {
        switch_feature(m, costly[i], false);
    }
#endif
}

static bool apply_options(X86CPUModel *m, const char *text, GError **errp)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    for (char **p = parts; *p; p++) {
        if (**p && !apply_option(m, *p, errp)) {
            return false;
        }
    }
    return true;
}

/* Versioned names ("Haswell-v4", "Haswell-noTSX") are the plain model here. */
static bool model_named(const struct ModelRow *row, const char *name)
{
    size_t n = strlen(row->m.name);

    if (strncmp(row->m.name, name, n)) {
        return false;
    }
    return !name[n] || (name[n] == '-' && name[n + 1] == 'v' &&
                        name[n + 2] >= '1' && name[n + 2] <= '9') ||
           !strncmp(name + n, "-noTSX", 6) || !strncmp(name + n, "-IBRS", 5) ||
           !strncmp(name + n, "-IBPB", 5);
}

const X86CPUModel *x86_cpu_model(const char *spec, GError **errp)
{
    g_autofree char *first = g_strndup(spec, strcspn(spec, ","));
    const char *name = strcmp(first, "host") ? first : "max";
    const struct ModelRow *row = NULL;
    X86CPUModel *m;

    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        if (model_named(&models[i], name)) {
            row = &models[i];
        }
    }
    if (!row) {
        g_set_error(errp, g_quark_from_static_string("cpu"), 0,
                    "unable to find CPU model '%s'", name);
        return NULL;
    }
    m = g_memdup2(&row->m, sizeof(*m));
    for (unsigned i = 0; i < X86_FEAT_COUNT; i++) {
        if (implemented(i) == 1 &&
            (!row->letter || strchr(features[i].models, row->letter))) {
            set_feature(m, i, true);
        }
    }
    if (!row->letter) {
        drop_costly(m);
    }
    if (!apply_options(m, row->change, errp) ||
        !apply_options(m, spec + strcspn(spec, ","), errp)) {
        g_free(m);
        return NULL;
    }
    return m;
}

void x86_cpu_models_print(FILE *f)
{
    fprintf(f, "Available CPUs:\n");
    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        fprintf(f, "x86 %-20s %s\n", models[i].m.name, models[i].m.brand);
    }
    fprintf(f, "\nRecognized CPUID flags:\n");
    for (unsigned i = 1, col = 0; i < X86_FEAT_COUNT; i++) {
        if (implemented(i)) {
            int n = fprintf(f, "%s%s", col ? " " : "  ", features[i].name);
            col += n;
            if (col > 65) {
                fputc('\n', f);
                col = 0;
            }
        }
    }
    fputc('\n', f);
}

/* ---- the instruction ----------------------------------------------------- */

static unsigned nb_cpus(const CPUX86State *env)
{
    static unsigned count;      /* the same for all threads, and for good */
    unsigned n = __atomic_load_n(&count, __ATOMIC_RELAXED);
    cpu_set_t set;

    if (env->sys) {
        return env->sys->count;
    }
    if (n == 0) {
        n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
        n = CLAMP(n, 1, 128);
        __atomic_store_n(&count, n, __ATOMIC_RELAXED);
    }
    return n;
}

static unsigned log2_up(unsigned n)
{
    return n > 1 ? 32 - __builtin_clz(n - 1) : 0;
}

/* One cache as leaf 4 (Intel) and 0x8000001d (AMD) describe it. */
static void cache_leaf(uint32_t sub, uint32_t out[4], unsigned cpus)
{
    static const struct { uint8_t type, level, ways; uint16_t sets; } c[] = {
        { 1, 1, 8, 64 },            /* 32 KiB data */
        { 2, 1, 8, 64 },            /* 32 KiB code */
        { 3, 2, 8, 1024 },          /* 512 KiB */
        { 3, 3, 16, 16384 },        /* 16 MiB, shared */
    };
    if (sub >= ARRAY_SIZE(c)) {
        return;
    }
    unsigned share = c[sub].level == 3 ? cpus - 1 : 0;
    out[EAX] = c[sub].type | c[sub].level << 5 | 1 << 8 | share << 14 |
               ((1u << log2_up(cpus)) - 1) << 26;
    out[EBX] = 63 | (c[sub].ways - 1) << 22;
    out[ECX] = c[sub].sets - 1;
}

static void topology_leaf(uint32_t sub, uint32_t out[4], unsigned cpus)
{
    if (sub == 0) {                 /* one thread a core */
        out[EBX] = 1;
        out[ECX] = 1 << 8;
    } else if (sub == 1) {
        out[EAX] = log2_up(cpus);
        out[EBX] = cpus;
        out[ECX] = 2 << 8 | 1;
    } else {
        out[ECX] = sub;
    }
}

static void xsave_leaf(const CPUX86State *env, uint32_t sub, uint32_t out[4])
{
    const X86CPUModel *m = env->model;

    if (!x86_feat(m->feats, X86_FEAT_XSAVE)) {
        memset(out, 0, 4 * sizeof(out[0]));
        return;
    }
    uint64_t known = x86_xcr0_known(m->feats);
    if (sub == 0) {
        out[EAX] = known;
        out[EBX] = x86_xstate_bytes(env->xcr0, false);
        out[ECX] = x86_xstate_bytes(known, false);
    } else if (sub == 1) {
        out[EBX] = x86_feat(m->feats, X86_FEAT_XSAVEC) ?
                   x86_xstate_bytes(env->xcr0, true) : 0;
    } else if (sub == 2 && (known & X86_XCR0_AVX)) {
        out[EAX] = X86_XS_YMM_SIZE;
        out[EBX] = X86_XS_YMM;
    } else if (sub == 9 && (known & X86_XCR0_PKRU)) {
        out[EAX] = X86_XS_PKRU_SIZE;
        out[EBX] = X86_XS_PKRU;
    }
}

static void string_leaf(const char *s, size_t at, uint32_t out[4])
{
    char buf[48] = "";

    memcpy(buf, s, MIN(strlen(s), sizeof(buf) - 1));
    memcpy(out, buf + at, 16);
#if HOST_BIG_ENDIAN
    for (int i = 0; i < 4; i++) {
        out[i] = __builtin_bswap32(out[i]);
    }
#endif
}

static void vendor_leaf(const char *s, uint32_t out[4])
{
    uint32_t v[4] = { 0 };
    char buf[49] = "";

    memcpy(buf, s, 12);
    string_leaf(buf, 0, v);
    out[EBX] = v[0];
    out[EDX] = v[1];
    out[ECX] = v[2];
}

static bool has_subleaf(const X86CPUModel *m, uint32_t leaf, unsigned sub)
{
    for (unsigned i = 1; i < X86_FEAT_COUNT; i++) {
        if (features[i].leaf == leaf && features[i].sub == sub &&
            x86_feat(m->feats, i)) {
            return true;
        }
    }
    return false;
}

/* What the system's registers say. */
static void system_leaf1(const CPUX86State *env, uint32_t out[4])
{
    const X86Sys *s = env->sys;

    out[EBX] |= s->apic_id << 24;
    out[ECX] &= ~(1u << 27);
    if (s->cr4 & CR4_OSXSAVE) {
        out[ECX] |= 1u << 27;
    }
    if (!(s->misc_enable & MISC_ENABLE_MONITOR)) {
        out[ECX] &= ~(1u << 3);
    }
    if (x86_sys_ops.get_apic_base &&
        !(x86_sys_ops.get_apic_base((CPUX86State *)env) & 1 << 11)) {
        out[EDX] &= ~(1u << 9);
    }
}

static void basic_leaf(const CPUX86State *env, uint32_t leaf, uint32_t sub,
                       uint32_t out[4])
{
    const X86CPUModel *m = env->model;
    unsigned cpus = leaf == 1 || leaf == 4 || leaf == 0xb ? nb_cpus(env) : 1;

    switch (leaf) {
    case 0:
        out[EAX] = m->level;
        vendor_leaf(m->vendor, out);
        break;
    case 1:
        out[EAX] = m->signature;
        out[EBX] = 8 << 8 | cpus << 16;
        if (env->sys) {
            system_leaf1(env, out);
        }
        if (cpus > 1) {
            out[EDX] |= 1 << 28;
        }
        break;
    case 2:
        if (!strcmp(m->vendor, INTEL)) {
            out[EAX] = 0x00feff01;      /* see leaf 4 */
        }
        break;
    case 4:
        if (!strcmp(m->vendor, INTEL)) {
            cache_leaf(sub, out, cpus);
        }
        break;
    case 5:
        if (x86_feat(m->feats, X86_FEAT_MONITOR)) {
            out[EAX] = out[EBX] = MMU_LINE_SIZE;
            out[ECX] = 3;           /* hints, and breaks if masked */
            out[EDX] = 1 << 4;      /* one kind of C1 */
        }
        break;
    case 7:
        out[EAX] = sub == 0 ? has_subleaf(m, 7, 1) : out[EAX];
        if (sub == 0 && env->sys && (env->sys->cr4 & CR4_PKE)) {
            out[ECX] |= 1 << 4;
        }
        break;
    case 0xb:
        topology_leaf(sub, out, cpus);
        out[EDX] = env->sys ? env->sys->apic_id : 0;
        break;
    case 0xd:
        xsave_leaf(env, sub, out);
        break;
    }
}

static void extended_leaf(const CPUX86State *env, uint32_t leaf, uint32_t sub,
                          uint32_t out[4])
{
    const X86CPUModel *m = env->model;
    bool amd = !strcmp(m->vendor, AMD);
    /* Not for the names and the caches' sizes, which are asked for often. */
    bool sizes = leaf >= 0x80000002 && leaf <= 0x80000006;
    unsigned cpus = sizes ? 1 : nb_cpus(env);

    switch (leaf) {
    case 0x80000000:
        out[EAX] = m->xlevel;
        if (amd) {
            vendor_leaf(m->vendor, out);
        }
        break;
    case 0x80000001:
        out[EAX] = amd ? m->signature : 0;
        if (amd) {      /* AMD repeats leaf 1's EDX, and has TOPOEXT */
            uint32_t one[4];
            x86_cpuid(env, 1, 0, one);
            out[EDX] |= one[EDX] & 0x0183f3ff;
            if (m->xlevel >= 0x8000001d) {
                out[ECX] |= 1 << 22;
            }
            if (cpus > 1) {             /* CMP_LEGACY */
                out[ECX] |= 1 << 1;
            }
        }
        break;
    case 0x80000002 ... 0x80000004:
        string_leaf(m->brand, (leaf - 0x80000002) * 16, out);
        break;
    case 0x80000005:
        if (amd) {
            out[EAX] = out[EBX] = 0xff40ff40;
            out[ECX] = out[EDX] = 32u << 24 | 8 << 16 | 1 << 8 | 64;
        }
        break;
    case 0x80000006:
        out[ECX] = 512u << 16 | 6 << 12 | 1 << 8 | 64;
        if (amd) {
            out[EAX] = out[EBX] = 0x42004200;
            out[EDX] = 32u << 18 | 8 << 12 | 1 << 8 | 64;
        }
        break;
    case 0x80000008:
        out[EAX] = (x86_feat(m->feats, X86_FEAT_LA57) ? 57 : 48) << 8 | 40;
        if (amd) {
            out[ECX] = cpus > 1 ? log2_up(cpus) << 12 | (cpus - 1) : 0;
        }
        break;
    case 0x8000001d:
        if (amd) {
            cache_leaf(sub, out, cpus);
            out[EAX] &= 0x03ffffff;
        }
        break;
    }
}

void x86_cpuid(const CPUX86State *env, uint32_t leaf, uint32_t sub,
               uint32_t out[4])
{
    const X86CPUModel *m = env->model;

    memset(out, 0, 4 * sizeof(out[0]));
    if (!m || (leaf < 0x80000000 ? leaf > m->level && leaf != 0x40000000 :
               leaf > m->xlevel)) {
        return;
    }
    for (unsigned i = 1; i < X86_FEAT_COUNT; i++) {
        if (features[i].leaf == leaf &&
            (features[i].sub == sub || leaf == 1 || leaf >= 0x80000000) &&
            x86_feat(m->feats, i)) {
            out[features[i].reg] |= 1u << features[i].bit;
        }
    }
    if (leaf == 0x40000000) {
        out[EAX] = 0x40000000;
        vendor_leaf("TCGTCGTCGTCG", out);
        uint32_t t = out[ECX];
        out[ECX] = out[EDX];
        out[EDX] = t;
    } else if (leaf < 0x80000000) {
        basic_leaf(env, leaf, sub, out);
    } else {
        extended_leaf(env, leaf, sub, out);
    }
}
