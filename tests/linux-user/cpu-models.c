/* SPDX-License-Identifier: MIT */
/*
 * CPU models: for each of several -cpu values, /proc/cpuinfo and CPUID agree
 * bit by bit, and instructions exist just where the model has their feature.
 * The program runs itself once a model, by QEMU_CPU.
 * expect: emulated-only
 * timeout: 60
 * cflags: -O1
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { A, B, C, D };

#define K(s) s, sizeof(s) - 1
/* Flag in /proc/cpuinfo and its bit; instruction bytes that need it, run with
 * rax = rcx = a 64-byte aligned buffer and rdx = 0; NULL: none to try. */
static const struct Flag {
    const char *name;
    uint32_t leaf, sub;
    uint8_t reg, bit;
    const char *code;
    int n;
} flags[] = {
    { "fpu", 1, 0, D, 0, K("\xd9\xe8\xdd\xd8") },
    { "tsc", 1, 0, D, 4, K("\x0f\x31") },
    { "msr", 1, 0, D, 5 }, { "pae", 1, 0, D, 6 },
    { "cx8", 1, 0, D, 8, K("\x0f\xc7\x08") },
    { "apic", 1, 0, D, 9 }, { "sep", 1, 0, D, 11 },
    { "cmov", 1, 0, D, 15, K("\x0f\x44\xd0") },
    { "pse36", 1, 0, D, 17 },
    { "clflush", 1, 0, D, 19, K("\x0f\xae\x38") },
    { "mmx", 1, 0, D, 23, K("\x0f\x77") },
    { "fxsr", 1, 0, D, 24, K("\x0f\xae\x00") },
    { "sse", 1, 0, D, 25, K("\x0f\x58\xc0") },
    { "sse2", 1, 0, D, 26, K("\x66\x0f\x58\xc0") },
    { "ss", 1, 0, D, 27 }, { "ht", 1, 0, D, 28 },
    { "pni", 1, 0, C, 0, K("\xf2\x0f\xd0\xc0") },
    { "pclmulqdq", 1, 0, C, 1, K("\x66\x0f\x3a\x44\xc0\x00") },
    { "ssse3", 1, 0, C, 9, K("\x66\x0f\x38\x00\xc0") },
    { "fma", 1, 0, C, 12, K("\xc4\xe2\x79\x98\xc0") },
    { "cx16", 1, 0, C, 13, K("\x48\x0f\xc7\x08") },
    { "sse4_1", 1, 0, C, 19, K("\x66\x0f\x38\x10\xc0") },
    { "sse4_2", 1, 0, C, 20, K("\xf2\x0f\x38\xf1\xd0") },
    { "movbe", 1, 0, C, 22, K("\x0f\x38\xf0\x10") },
    { "popcnt", 1, 0, C, 23, K("\xf3\x0f\xb8\xd0") },
    { "aes", 1, 0, C, 25, K("\x66\x0f\x38\xdc\xc0") },
    { "xsave", 1, 0, C, 26, K("\x31\xc9\x0f\x01\xd0") },
    { "avx", 1, 0, C, 28, K("\xc5\xf8\x58\xc0") },
    { "f16c", 1, 0, C, 29, K("\xc4\xe2\x79\x13\xc0") },
    { "rdrand", 1, 0, C, 30, K("\x0f\xc7\xf2") },
    { "hypervisor", 1, 0, C, 31 },
    { "fsgsbase", 7, 0, B, 0, K("\xf3\x48\x0f\xae\xc2") },
    { "bmi1", 7, 0, B, 3, K("\xc4\xe2\x78\xf2\xd0") },
    { "avx2", 7, 0, B, 5, K("\xc5\xfd\xfc\xc0") },
    { "bmi2", 7, 0, B, 8, K("\xc4\xe2\x79\xf7\xd0") },
    { "erms", 7, 0, B, 9 },
    { "rdseed", 7, 0, B, 18, K("\x0f\xc7\xfa") },
    { "adx", 7, 0, B, 19, K("\x66\x0f\x38\xf6\xd0") },
    { "clflushopt", 7, 0, B, 23, K("\x66\x0f\xae\x38") },
    { "clwb", 7, 0, B, 24, K("\x66\x0f\xae\x30") },
    { "sha_ni", 7, 0, B, 29, K("\x0f\x38\xc8\xc0") },
    { "avx512f", 7, 0, B, 16 }, { "umip", 7, 0, C, 2 },
    { "pku", 7, 0, C, 3 }, { "ospke", 7, 0, C, 4 },
    { "waitpkg", 7, 0, C, 5, K("\xf3\x0f\xae\xf0") },
    { "gfni", 7, 0, C, 8, K("\x66\x0f\x38\xcf\xc0") },
    { "vaes", 7, 0, C, 9, K("\xc4\xe2\x7d\xdc\xc0") },
    { "vpclmulqdq", 7, 0, C, 10, K("\xc4\xe3\x7d\x44\xc0\x00") },
    { "rdpid", 7, 0, C, 22, K("\xf3\x0f\xc7\xfa") },
    { "cldemote", 7, 0, C, 25 },
    { "movdiri", 7, 0, C, 27, K("\x0f\x38\xf9\x10") },
    { "movdir64b", 7, 0, C, 28, K("\x66\x0f\x38\xf8\x08") },
    { "fsrm", 7, 0, D, 4 },
    { "serialize", 7, 0, D, 14, K("\x0f\x01\xe8") },
    { "avx_vnni", 7, 1, A, 4, K("\xc4\xe2\x79\x50\xc0") },
    { "avx_ifma", 7, 1, A, 23, K("\xc4\xe2\xf9\xb4\xc0") },
    { "xsaveopt", 13, 1, A, 0, K("\x31\xc0\x48\x89\xc8\x0f\xae\x30") },
    { "xsavec", 13, 1, A, 1, K("\x0f\xc7\x20") },
    { "xgetbv1", 13, 1, A, 2, K("\xb9\x01\x00\x00\x00\x0f\x01\xd0") },
    { "lahf_lm", 0x80000001, 0, C, 0, K("\x9f") },
    { "cmp_legacy", 0x80000001, 0, C, 1 },
    { "cr8_legacy", 0x80000001, 0, C, 4 },
    { "abm", 0x80000001, 0, C, 5 },
    { "sse4a", 0x80000001, 0, C, 6, K("\x66\x0f\x79\xc0") },
    { "misalignsse", 0x80000001, 0, C, 7 },
    { "3dnowprefetch", 0x80000001, 0, C, 8 },
    { "topoext", 0x80000001, 0, C, 22 },
    { "mwaitx", 0x80000001, 0, C, 29 },
    { "syscall", 0x80000001, 0, D, 11 }, { "nx", 0x80000001, 0, D, 20 },
    { "mmxext", 0x80000001, 0, D, 22 },
    { "fxsr_opt", 0x80000001, 0, D, 25 },
    { "pdpe1gb", 0x80000001, 0, D, 26 },
    { "rdtscp", 0x80000001, 0, D, 27, K("\x0f\x01\xf9") },
    { "lm", 0x80000001, 0, D, 29 },
    { "3dnowext", 0x80000001, 0, D, 30, K("\x0f\x0f\xc0\xbb\x0f\x0e") },
    { "3dnow", 0x80000001, 0, D, 31, K("\x0f\x0f\xc0\x9e\x0f\x0e") },
    { "clzero", 0x80000008, 0, B, 0, K("\x0f\x01\xfc") },
};

static const char *const models[] = {
    "max", "qemu64", "kvm64", "phenom", "core2duo", "Penryn", "Nehalem",
    "Westmere", "SandyBridge", "Haswell", "Skylake-Client", "Icelake-Server",
    "Opteron_G3", "Opteron_G5", "EPYC", "EPYC-Milan", "EPYC-Genoa", "max,-avx2", "max,-xsave",
    "Haswell,+sha-ni,-fma", "EPYC,-sse4.2", "max,+avx-vnni,+avx-ifma,+gfni",
};

static int failures;
static sigjmp_buf back;
static uint8_t buf[1024] __attribute__((aligned(64)));

#define FAIL(...) (printf(__VA_ARGS__), failures++)

static uint32_t cpuid(uint32_t leaf, uint32_t sub, int reg)
{
    uint32_t r[4], max;

    __cpuid_count(leaf & 0x80000000, 0, max, r[1], r[2], r[3]);
    if (leaf > max) {
        return 0;
    }
    __cpuid_count(leaf, sub, r[0], r[1], r[2], r[3]);
    return r[reg];
}

static char cpuinfo[65536];

static const char *field(const char *key, char *out, size_t n)
{
    const char *p = cpuinfo;
    size_t len = strlen(key);

    out[0] = 0;
    for (; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        if (!strncmp(p, key, len) && (p[len] == '\t' || p[len] == ' ')) {
            p = strchr(p, ':') + 1;
            snprintf(out, n, "%.*s ", (int)strcspn(p, "\n"), p);
            break;
        }
    }
    return out;
}

static void compare_flags(void)
{
    static char list[4096];
    char word[64];

    field("flags", list, sizeof(list));
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const struct Flag *f = &flags[i];
        int have = cpuid(f->leaf, f->sub, f->reg) >> f->bit & 1;
        snprintf(word, sizeof(word), " %s ", f->name);
        int shown = strstr(list, word) != NULL;
        if (have != shown) {
            FAIL("%s: CPUID %d, /proc/cpuinfo %d\n", f->name, have, shown);
        }
    }
    /* and nothing is shown that CPUID does not know */
    for (char *save, *w = strtok_r(list, " ", &save); w;
         w = strtok_r(NULL, " ", &save)) {
        unsigned i = 0;
        while (i < sizeof(flags) / sizeof(flags[0]) &&
               strcmp(w, flags[i].name)) {
            i++;
        }
        if (i == sizeof(flags) / sizeof(flags[0]) && !strstr(
                " de pse mce mtrr pge mca pat vme pcid x2apic smep smap "
                "tsc_deadline_timer invpcid arat ", w)) {
            FAIL("%s: unknown flag shown\n", w);
        }
    }
}

static void compare_identity(void)
{
    char v[256];
    uint32_t id[4] = { cpuid(0, 0, B), cpuid(0, 0, D), cpuid(0, 0, C) };
    uint32_t sig = cpuid(1, 0, A), fam = sig >> 8 & 15;
    uint32_t mod = (sig >> 4 & 15) | (fam >= 6 ? sig >> 12 & 0xf0 : 0);

    fam += fam == 15 ? sig >> 20 & 0xff : 0;
    if (strncmp(field("vendor_id", v, sizeof(v)) + 1, (char *)id, 12)) {
        FAIL("vendor %s\n", v);
    }
    if (atoi(field("cpu family", v, sizeof(v))) != (int)fam ||
        atoi(field("model", v, sizeof(v))) != (int)mod ||
        atoi(field("stepping", v, sizeof(v))) != (int)(sig & 15)) {
        FAIL("family, model, stepping\n");
    }
    if (atoi(field("cpuid level", v, sizeof(v))) != (int)cpuid(0, 0, A)) {
        FAIL("level %s\n", v);
    }
    if (atoi(field("clflush size", v, sizeof(v))) !=
        (int)(cpuid(1, 0, B) >> 8 & 255) * 8) {
        FAIL("clflush %s\n", v);
    }
    uint32_t sizes = cpuid(0x80000008, 0, A);
    int phys = 0, virt = 0;
    sscanf(field("address sizes", v, sizeof(v)),
           " %d bits physical, %d bits virtual", &phys, &virt);
    if (sizes && (phys != (int)(sizes & 255) ||
                  virt != (int)(sizes >> 8 & 255))) {
        FAIL("address sizes %s\n", v);
    }
    uint32_t brand[13] = { 0 };
    for (int i = 0; i < 12; i++) {
        brand[i] = cpuid(0x80000002 + i / 4, 0, i % 4);
    }
    if (strncmp(field("model name", v, sizeof(v)) + 1, (char *)brand,
                strlen((char *)brand))) {
        FAIL("model name %s, not %s\n", v, (char *)brand);
    }
}

/* What Intel's manual says must hold between leaves. */
static void compare_leaves(void)
{
    uint32_t xcr0, hi;

    if (cpuid(1, 0, C) >> 27 & 1) {
        asm volatile("xgetbv" : "=a"(xcr0), "=d"(hi) : "c"(0));
        uint32_t size = 576, have = cpuid(13, 0, A);
        for (int i = 2; i < 32; i++) {
            if (have >> i & 1) {
                uint32_t end = cpuid(13, i, B) + cpuid(13, i, A);
                size = end > size ? end : size;
            }
        }
        if (size != cpuid(13, 0, C) || (xcr0 & ~have) || (~xcr0 & 3)) {
            FAIL("leaf 13: %u bytes, %u shown, xcr0 %x\n", size,
                 cpuid(13, 0, C), xcr0);
        }
        if (!(cpuid(1, 0, C) >> 28 & 1) != !(xcr0 >> 2 & 1)) {
            FAIL("AVX and XCR0\n");
        }
    } else if (cpuid(1, 0, C) >> 28 & 1) {
        FAIL("AVX without OSXSAVE\n");
    }
    if (cpuid(7, 1, A) && cpuid(7, 0, A) < 1) {
        FAIL("leaf 7: sub-leaf 1 is not counted\n");
    }
    if (!memcmp(&(uint32_t){ cpuid(0, 0, B) }, "Genu", 4) &&
        cpuid(0, 0, A) >= 4 && !(cpuid(4, 0, A) & 31)) {
        FAIL("leaf 4 is empty\n");
    }
    if (cpuid(0, 0, A) >= 11 && (!(cpuid(11, 0, B)) ||
                                 (cpuid(11, 0, C) >> 8 & 255) != 1)) {
        FAIL("leaf 11 is empty\n");
    }
    if (cpuid(0, 0, A) < cpuid(0x12345, 0, A)) {
        FAIL("beyond the last leaf\n");
    }
}

static void on_ill(int sig)
{
    siglongjmp(back, sig);
}

static void try_instructions(void)
{
    uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const struct Flag *f = &flags[i];
        int have = cpuid(f->leaf, f->sub, f->reg) >> f->bit & 1;
        if (!f->code) {
            continue;
        }
        memcpy(page, f->code, f->n);
        page[f->n] = 0xc3;
        int sig = sigsetjmp(back, 1);
        if (!sig) {
            asm volatile("sub $256, %%rsp\n\tcall *%0\n\tadd $256, %%rsp"
                         : : "r"(page), "a"(buf), "c"(buf), "d"(0)
                         : "memory", "rbx", "xmm0", "cc");
        }
        /* Without XGETBV1 its instruction is there, and raises #GP. */
        int want = have ? 0 : !strcmp(f->name, "xgetbv1") &&
                              cpuid(1, 0, C) >> 27 & 1 ? SIGSEGV : SIGILL;
        if (sig != want) {
            FAIL("%s: announced %d, signal %d\n", f->name, have, sig);
        }
    }
}

static int child(void)
{
    FILE *f = fopen("/proc/cpuinfo", "r");

    cpuinfo[fread(cpuinfo, 1, sizeof(cpuinfo) - 1, f)] = 0;
    fclose(f);
    signal(SIGILL, on_ill);
    signal(SIGSEGV, on_ill);
    compare_flags();
    compare_identity();
    compare_leaves();
    try_instructions();
    return failures != 0;
}

int main(int argc, char **argv)
{
    int bad = 0, status;

    if (argc > 1) {
        return child();
    }
    setvbuf(stdout, NULL, _IONBF, 0);
    for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        pid_t pid = fork();
        if (!pid) {
            setenv("QEMU_CPU", models[i], 1);
            execl("/proc/self/exe", argv[0], "child", NULL);
            _exit(127);
        }
        waitpid(pid, &status, 0);
        if (status) {
            printf("%s: status %x\n", models[i], status);
            bad++;
        }
    }
    printf(bad ? "failed\n" : "ok\n");
    return bad != 0;
}
