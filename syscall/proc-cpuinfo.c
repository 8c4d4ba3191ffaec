/* SPDX-License-Identifier: MIT */
/*
 * /proc/cpuinfo as an x86 kernel would print it for the guest's CPU model.
 * What is the machine's and not the model's (number of processors, clock,
 * cache, topology) is taken over from an x86 host's own file.
 * Bits: Intel SDM vol. 2, CPUID; names: those the Linux kernel prints.
 */
#include "util/osdep.h"
#include "syscall/path.h"

enum { EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf, subleaf;
    unsigned reg;
    const char *names;          /* bit 0 first; "-" prints nothing */
} words[] = {
    { 1, 0, EDX, "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca "
      "cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 "
      "pbe" },
    { 0x80000001, 0, EDX, "- - - - - - - - - - - syscall - - - - - - - mp nx "
      "- mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow" },
    { 1, 0, ECX, "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 "
      "cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe "
      "popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor" },
    { 0x80000001, 0, ECX, "lahf_lm cmp_legacy svm extapic cr8_legacy abm "
      "sse4a misalignsse 3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 "
      "tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc "
      "perfctr_llc mwaitx - -" },
    { 7, 0, EBX, "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms "
      "invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed adx smap "
      "avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd "
      "sha_ni avx512bw avx512vl" },
    { 0xd, 1, EAX, "xsaveopt xsavec xgetbv1 xsaves" },
    { 7, 1, EAX, "- - - - avx_vnni avx512_bf16 - cmpccxadd - - - - - - - - - - "
      "- - - amx_fp16 - avx_ifma" },
    { 0x80000008, 0, EBX, "clzero irperf xsaveerptr - rdpru - - - - "
      "wbnoinvd" },
    { 7, 0, ECX, "- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni "
      "vaes vpclmulqdq avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 "
      "- - - - - rdpid - bus_lock_detect cldemote - movdiri movdir64b enqcmd "
      "- -" },
    { 7, 0, EDX, "- - avx512_4vnniw avx512_4fmaps fsrm - - - "
      "avx512_vp2intersect - md_clear - - - serialize - tsxldtrk - "
      "pconfig arch_lbr - - amx_bf16 avx512_fp16 amx_tile amx_int8" },
};

static void append_flags(CPUX86State *env, GString *out)
{
    uint32_t r[4], max[4];
    unsigned i, j;
    char **name;

    g_string_append(out, "flags\t\t:");
    for (i = 0; i < ARRAY_SIZE(words); i++) {
        x86_cpuid(env, words[i].leaf & 0x80000000, 0, max);
        if (words[i].leaf > max[EAX]) {
            continue;
        }
        x86_cpuid(env, words[i].leaf, words[i].subleaf, r);
        name = g_strsplit(words[i].names, " ", 0);
        for (j = 0; name[j]; j++) {
            if ((r[words[i].reg] >> j & 1) && strcmp(name[j], "-")) {
                g_string_append_printf(out, " %s", name[j]);
            }
        }
        g_strfreev(name);
    }
    g_string_append_c(out, '\n');
}

/* Value of a line of a host's block, or def; returns new. */
static char *host_value(const char *block, const char *key, const char *def)
{
    size_t n = strlen(key);
    const char *p, *end;

    for (p = block; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        if (!strncmp(p, key, n) && (p[n] == '\t' || p[n] == ' ')) {
            p = strstr(p, ": ");
            if (!p) {
                break;
            }
            end = strchr(p, '\n');
            return end ? g_strndup(p + 2, end - p - 2) : g_strdup(p + 2);
        }
    }
    return g_strdup(def);
}

static void append_host(GString *out, const char *block, const char *key,
                        const char *tabs, const char *def)
{
    char *v = host_value(block, key, def);

    g_string_append_printf(out, "%s%s: %s\n", key, tabs, v);
    g_free(v);
}

static void brand_string(CPUX86State *env, char brand[49])
{
    uint32_t r[4];
    unsigned i;
    char *p;

    memset(brand, 0, 49);
    x86_cpuid(env, 0x80000000, 0, r);
    if (r[EAX] >= 0x80000004) {
        for (i = 0; i < 3; i++) {
            x86_cpuid(env, 0x80000002 + i, 0, r);
            memcpy(brand + i * 16, r, 16);
        }
    }
    for (p = brand; *p == ' '; p++) {
    }
    memmove(brand, p, strlen(p) + 1);
    g_strchomp(brand);
    if (!brand[0]) {
        strcpy(brand, "unknown");
    }
}

static void append_model(CPUX86State *env, GString *out, const char *block)
{
    uint32_t r[4], id, family, model;
    char vendor[13] = "", brand[49];

    x86_cpuid(env, 0, 0, r);
    memcpy(vendor, &r[EBX], 4);
    memcpy(vendor + 4, &r[EDX], 4);
    memcpy(vendor + 8, &r[ECX], 4);
    x86_cpuid(env, 1, 0, r);
    id = r[EAX];
    family = id >> 8 & 15;
    model = id >> 4 & 15;
    if (family == 6 || family == 15) {
        model |= id >> 12 & 0xf0;
    }
    if (family == 15) {
        family += id >> 20 & 0xff;
    }
    brand_string(env, brand);
    g_string_append_printf(out, "vendor_id\t: %s\ncpu family\t: %u\n"
                           "model\t\t: %u\nmodel name\t: %s\n"
                           "stepping\t: %u\n",
                           vendor, family, model, brand, id & 15);
    append_host(out, block, "microcode", "\t", "0x1");
    append_host(out, block, "cpu MHz", "\t\t", "2000.000");
    append_host(out, block, "cache size", "\t", "512 KB");
}

static void append_sizes(CPUX86State *env, GString *out)
{
    uint32_t r[4], line;
    unsigned phys = 36, virt = 32;

    x86_cpuid(env, 1, 0, r);
    line = (r[EBX] >> 8 & 0xff) * 8;
    x86_cpuid(env, 0x80000008, 0, r);
    if (r[EAX]) {
        phys = r[EAX] & 0xff;
        virt = r[EAX] >> 8 & 0xff;
    }
    g_string_append_printf(out, "clflush size\t: %u\n"
                           "cache_alignment\t: %u\n"
                           "address sizes\t: %u bits physical, "
                           "%u bits virtual\n", line, line, phys, virt);
}

static void append_block(CPUX86State *env, GString *out, const char *block,
                         unsigned n, unsigned count)
{
    char self[12], total[12];
    uint32_t r[4];

    snprintf(self, sizeof(self), "%u", n);
    snprintf(total, sizeof(total), "%u", count);
    g_string_append_printf(out, "processor\t: %u\n", n);
    append_model(env, out, block);
    append_host(out, block, "physical id", "\t", "0");
    append_host(out, block, "siblings", "\t", total);
    append_host(out, block, "core id", "\t\t", self);
    append_host(out, block, "cpu cores", "\t", total);
    append_host(out, block, "apicid", "\t\t", self);
    append_host(out, block, "initial apicid", "\t", self);
    x86_cpuid(env, 0, 0, r);
    g_string_append_printf(out, "fpu\t\t: yes\nfpu_exception\t: yes\n"
                           "cpuid level\t: %u\nwp\t\t: yes\n", r[EAX]);
    append_flags(env, out);
    g_string_append(out, "bugs\t\t:\n");
    append_host(out, block, "bogomips", "\t", "4000.00");
    append_sizes(env, out);
    g_string_append(out, "power management:\n\n");
}

GString *proc_cpuinfo(CPUX86State *env)
{
    GString *out = g_string_new(NULL);
    char *text = NULL, **blocks;
    unsigned i, n = 0, count = 0;

    g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL);
    blocks = g_strsplit(text ? text : "processor\t: 0\n", "\n\n", 0);
    for (i = 0; blocks[i]; i++) {
        count += g_str_has_prefix(blocks[i], "processor");
    }
    for (i = 0; blocks[i]; i++) {
        if (g_str_has_prefix(blocks[i], "processor")) {
            append_block(env, out, blocks[i], n++, MAX(count, 1));
        }
    }
    g_strfreev(blocks);
    g_free(text);
    return out;
}
