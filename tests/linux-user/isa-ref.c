/* SPDX-License-Identifier: MIT */
/*
 * Instructions that few processors have, against what the manuals' pseudo-code
 * says, written down here once more: GFNI, SSE4a, dot products, IFMA, direct
 * stores, waiting, and what has no result but its faults.
 * expect: emulated-only
 * cpu: max,+gfni,+avx-vnni,+avx-ifma,+avx-vnni-int8,+avx-vnni-int16
 * timeout: 60
 * cflags: -O2 -mavx2 -fno-strict-aliasing
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <immintrin.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef union Vec {
    uint8_t b[32];
    int8_t sb[32];
    uint16_t w[16];
    int16_t sw[16];
    uint32_t d[8];
    uint64_t q[4];
    __m256i v;
} Vec;

static uint64_t seed = 1;
static int failures, checks;
static sigjmp_buf back;
static volatile int got_signal;

static uint64_t rnd(void)
{
    static const uint64_t corner[] = {
        0, ~0ull, 0x8080808080808080, 0x7f7f7f7f7f7f7f7f, 0x8000800080008000,
        0x7fff7fff7fff7fff, 0x8000000080000000, 0x7fffffff7fffffff,
        0x0102040810204080, 0xff00ff00ff00ff00, 0xfffffffffffff, 1,
    };
    seed = seed * 6364136223846793005 + 1442695040888963407;
    uint64_t r = seed >> 33;
    seed = seed * 6364136223846793005 + 1442695040888963407;
    r = r << 33 ^ seed >> 20;
    return (seed >> 60) < 4 ? corner[r % 12] : r;
}

static void check(const char *name, const void *got, const void *want,
                  size_t n)
{
    checks++;
    if (memcmp(got, want, n) && failures++ < 20) {
        printf("%s: got ", name);
        for (size_t i = 0; i < n; i++) {
            printf("%02x", ((const uint8_t *)got)[i]);
        }
        printf(" want ");
        for (size_t i = 0; i < n; i++) {
            printf("%02x", ((const uint8_t *)want)[i]);
        }
        printf("\n");
    }
}

static void expect(const char *name, uint64_t got, uint64_t want)
{
    check(name, &got, &want, 8);
}

static void random_vec(Vec *v)
{
    for (int i = 0; i < 4; i++) {
        v->q[i] = rnd();
    }
}

/* ---- GFNI ---------------------------------------------------------------- */

/* Polynomial product, then long division by x^8 + x^4 + x^3 + x + 1. */
static uint8_t gf_mul(uint8_t a, uint8_t b)
{
    uint32_t p = 0;

    for (int i = 0; i < 8; i++) {
        p ^= b >> i & 1 ? (uint32_t)a << i : 0;
    }
    for (int i = 14; i >= 8; i--) {
        p ^= p >> i & 1 ? 0x11bu << (i - 8) : 0;
    }
    return p;
}

static uint8_t gf_inverse(uint8_t a)
{
    for (int i = 1; i < 256; i++) {
        if (gf_mul(a, i) == 1) {
            return i;
        }
    }
    return 0;
}

static uint8_t gf_affine(uint64_t matrix, uint8_t x, uint8_t imm)
{
    uint8_t r = 0;

    for (int i = 0; i < 8; i++) {
        uint8_t row = matrix >> (7 - i) * 8, bit = 0;
        for (int k = 0; k < 8; k++) {
            bit ^= (row >> k & 1) & (x >> k & 1);
        }
        r |= (bit ^ (imm >> i & 1)) << i;
    }
    return r;
}

/* One instruction on ymm0 (destination), ymm1, ymm2. */
#define RUN3(d, a, c, bytes)                                            \
    asm volatile("vmovdqu %0, %%ymm0\n\tvmovdqu %1, %%ymm1\n\t"         \
                 "vmovdqu %2, %%ymm2\n\t" bytes "\n\t"                  \
                 "vmovdqu %%ymm0, %0"                                   \
                 : "+m"(d) : "m"(a), "m"(c) : "xmm0", "xmm1", "xmm2")
#define VEX38(w_l_pp, op) ".byte 0xc4, 0xe2, " #w_l_pp ", " #op ", 0xc2"
#define VEX3A(w_l_pp, op, im) \
    ".byte 0xc4, 0xe3, " #w_l_pp ", " #op ", 0xc2, " #im

static void gfni(void)
{
    Vec d, a, c, w, e;

    random_vec(&d);
    random_vec(&a);
    random_vec(&c);
    w = d;
    for (int i = 0; i < 32; i++) {
        w.b[i] = gf_mul(a.b[i], c.b[i]);
    }
    e = d;
    RUN3(e, a, c, VEX38(0x75, 0xcf));
    check("vgf2p8mulb 256", &e, &w, 32);
    e = d;
    memset(w.b + 16, 0, 16);
    RUN3(e, a, c, VEX38(0x71, 0xcf));
    check("vgf2p8mulb 128", &e, &w, 32);
    e = w = d;
    for (int i = 0; i < 16; i++) {
        w.b[i] = gf_mul(d.b[i], c.b[i]);
    }
    RUN3(e, a, c, ".byte 0x66, 0x0f, 0x38, 0xcf, 0xc2");
    check("gf2p8mulb", &e, &w, 32);
    for (int i = 0; i < 32; i++) {
        w.b[i] = gf_affine(c.q[i / 8], a.b[i], 0xa5);
    }
    RUN3(e, a, c, VEX3A(0xf5, 0xce, 0xa5));
    check("vgf2p8affineqb", &e, &w, 32);
    for (int i = 0; i < 32; i++) {
        w.b[i] = gf_affine(c.q[i / 8], gf_inverse(a.b[i]), 0x63);
    }
    RUN3(e, a, c, VEX3A(0xf5, 0xcf, 0x63));
    check("vgf2p8affineinvqb", &e, &w, 32);
    e = w = d;
    for (int i = 0; i < 16; i++) {
        w.b[i] = gf_affine(c.q[i / 8], d.b[i], 0);
    }
    RUN3(e, a, c, ".byte 0x66, 0x0f, 0x3a, 0xce, 0xc2, 0");
    check("gf2p8affineqb", &e, &w, 32);
}

/* ---- SSE4a --------------------------------------------------------------- */

static uint64_t extract(uint64_t a, unsigned len, unsigned pos)
{
    uint64_t r = 0;

    len = len ? len : 64;
    for (unsigned i = 0; i < len; i++) {
        r |= (i + pos < 64 ? a >> (i + pos) & 1 : 0) << i;
    }
    return r;
}

static uint64_t insert(uint64_t a, uint64_t c, unsigned len, unsigned pos)
{
    len = len ? len : 64;
    for (unsigned i = 0; i < len; i++) {
        a = (a & ~(1ull << (i + pos))) | (c >> i & 1) << (i + pos);
    }
    return a;
}

static void sse4a(void)
{
    unsigned len = rnd() % 64, pos = rnd() % (len ? 65 - len : 1);
    Vec d, c, e;
    uint64_t out = rnd();

    pos = pos > 63 ? 0 : pos;
    random_vec(&d);
    random_vec(&c);
    e = d;
    c.q[0] = (c.q[0] & ~0x3f3full) | len | pos << 8;
    RUN3(e, c, c, ".byte 0x66, 0x0f, 0x79, 0xc2");
    expect("extrq", e.q[0], extract(d.q[0], len, pos));
    e = d;
    c.q[0] = rnd();
    c.q[1] = (c.q[1] & ~0x3f3full) | len | pos << 8;
    RUN3(e, c, c, ".byte 0xf2, 0x0f, 0x79, 0xc2");
    expect("insertq", e.q[0], insert(d.q[0], c.q[0], len, pos));
    e = d;
    RUN3(e, c, c, ".byte 0x66, 0x0f, 0x78, 0xc0, 17, 9");
    expect("extrq imm", e.q[0], extract(d.q[0], 17, 9));
    e = d;
    RUN3(e, c, c, ".byte 0xf2, 0x0f, 0x78, 0xc2, 33, 31");
    expect("insertq imm", e.q[0], insert(d.q[0], c.q[0], 33, 31));
    asm volatile("vmovdqu %1, %%ymm0\n\tlea %0, %%rax\n\t"
                 ".byte 0xf2, 0x0f, 0x2b, 0x00"
                 : "=m"(out) : "m"(c) : "xmm0", "rax");
    expect("movntsd", out, c.q[0]);
    asm volatile("vmovdqu %1, %%ymm0\n\tlea %0, %%rax\n\t"
                 ".byte 0xf3, 0x0f, 0x2b, 0x00"
                 : "+m"(out) : "m"(d) : "xmm0", "rax");
    expect("movntss", out, (c.q[0] & ~0xffffffffull) | d.d[0]);
}

/* ---- dot products, IFMA -------------------------------------------------- */

/* As in the manual: the products, their sum, then the accumulator. */
static uint32_t dot(uint32_t acc, const Vec *a, const Vec *c, int i, int size,
                    int sa, int sc, int sat)
{
    __int128 sum = sa || sc ? (int32_t)acc : (__int128)acc;

    for (int k = 0; k < 4 / size; k++) {
        int j = i * (4 / size) + k;
        int64_t x = size == 1 ? (sa ? a->sb[j] : a->b[j])
                              : (sa ? a->sw[j] : a->w[j]);
        int64_t y = size == 1 ? (sc ? c->sb[j] : c->b[j])
                              : (sc ? c->sw[j] : c->w[j]);
        sum += x * y;
    }
    if (sat && (sa || sc)) {
        sum = sum > INT32_MAX ? INT32_MAX : sum < INT32_MIN ? INT32_MIN : sum;
    } else if (sat) {
        sum = sum > UINT32_MAX ? UINT32_MAX : sum;
    }
    return (uint32_t)sum;
}

static uint64_t ifma(uint64_t acc, uint64_t a, uint64_t c, int high)
{
    unsigned __int128 p = (unsigned __int128)(a << 12 >> 12) * (c << 12 >> 12);

    return acc + ((uint64_t)(high ? p >> 52 : p) << 12 >> 12);
}

static void vnni(void)
{
    Vec d, a, c, w, e;

    random_vec(&d);
    random_vec(&a);
    random_vec(&c);
#define DOT(name, pp, op, size, sa, sc, sat) do {                       \
        for (int i = 0; i < 8; i++) {                                   \
            w.d[i] = dot(d.d[i], &a, &c, i, size, sa, sc, sat);         \
        }                                                               \
        e = d;                                                          \
        RUN3(e, a, c, VEX38(0x74 | pp, op));                            \
        check(name " 256", &e, &w, 32);                                 \
        e = d;                                                          \
        memset(w.b + 16, 0, 16);                                        \
        RUN3(e, a, c, VEX38(0x70 | pp, op));                            \
        check(name " 128", &e, &w, 32);                                 \
    } while (0)
    DOT("vpdpbusd", 1, 0x50, 1, 0, 1, 0);
    DOT("vpdpbusds", 1, 0x51, 1, 0, 1, 1);
    DOT("vpdpwssd", 1, 0x52, 2, 1, 1, 0);
    DOT("vpdpwssds", 1, 0x53, 2, 1, 1, 1);
    DOT("vpdpbssd", 3, 0x50, 1, 1, 1, 0);
    DOT("vpdpbssds", 3, 0x51, 1, 1, 1, 1);
    DOT("vpdpbsud", 2, 0x50, 1, 1, 0, 0);
    DOT("vpdpbsuds", 2, 0x51, 1, 1, 0, 1);
    DOT("vpdpbuud", 0, 0x50, 1, 0, 0, 0);
    DOT("vpdpbuuds", 0, 0x51, 1, 0, 0, 1);
    DOT("vpdpwsud", 2, 0xd2, 2, 1, 0, 0);
    DOT("vpdpwsuds", 2, 0xd3, 2, 1, 0, 1);
    DOT("vpdpwusd", 1, 0xd2, 2, 0, 1, 0);
    DOT("vpdpwusds", 1, 0xd3, 2, 0, 1, 1);
    DOT("vpdpwuud", 0, 0xd2, 2, 0, 0, 0);
    DOT("vpdpwuuds", 0, 0xd3, 2, 0, 0, 1);
    for (int high = 0; high < 2; high++) {
        for (int i = 0; i < 4; i++) {
            w.q[i] = ifma(d.q[i], a.q[i], c.q[i], high);
        }
        e = d;
        if (high) {
            RUN3(e, a, c, VEX38(0xf5, 0xb5));
        } else {
            RUN3(e, a, c, VEX38(0xf5, 0xb4));
        }
        check("vpmadd52", &e, &w, 32);
    }
}

/* ---- stores, waiting, hints ---------------------------------------------- */

static void on_signal(int sig)
{
    got_signal = sig;
    siglongjmp(back, 1);
}

/* Runs the statement; the signal it raised, or 0. */
#define SIGNAL_OF(statement) ({                                         \
        got_signal = 0;                                                 \
        if (!sigsetjmp(back, 1)) {                                      \
            statement;                                                  \
        }                                                               \
        got_signal;                                                     \
    })

static void stores(void)
{
    static uint8_t to[256] __attribute__((aligned(64))), from[80], want[256];
    uint64_t v = rnd();

    for (unsigned i = 0; i < sizeof(from); i++) {
        from[i] = rnd();
    }
    memset(to, 0x5a, sizeof(to));
    memcpy(want, to, sizeof(to));
    memcpy(want + 64, from + 3, 64);
    /* movdir64b 3(%rsi), %rdi */
    asm volatile(".byte 0x66, 0x0f, 0x38, 0xf8, 0x7e, 0x03"
                 : : "D"(to + 64), "S"(from) : "memory");
    check("movdir64b", to, want, sizeof(to));
    expect("movdir64b unaligned",
           SIGNAL_OF(asm volatile(".byte 0x66, 0x0f, 0x38, 0xf8, 0x7e, 0x03"
                                  : : "D"(to + 68), "S"(from) : "memory")),
           SIGSEGV);
    check("movdir64b unaligned", to, want, sizeof(to));
    memcpy(want + 9, &v, 8);
    memcpy(want + 20, &v, 4);
    asm volatile(".byte 0x48, 0x0f, 0x38, 0xf9, 0x47, 0x09\n\t" /* movdiri */
                 ".byte 0x0f, 0x38, 0xf9, 0x47, 0x14"
                 : : "D"(to), "a"(v) : "memory");
    check("movdiri", to, want, sizeof(to));
    memset(want + 128, 0, 64);
    asm volatile(".byte 0x0f, 0x01, 0xfc" : : "a"(to + 160) : "memory");
    check("clzero", to, want, sizeof(to));
    expect("clzero null", SIGNAL_OF(asm volatile(".byte 0x0f, 0x01, 0xfc"
                                                 : : "a"(0) : "memory")),
           SIGSEGV);
}

static uint64_t flags_after_tpause(uint32_t how)
{
    uint64_t fl;

    asm volatile("mov $-1, %%al\n\tadd $1, %%al\n\tmov $0, %%eax\n\t"
                 "mov $0, %%edx\n\t"
                 ".byte 0x66, 0x0f, 0xae, 0xf1\n\t"     /* tpause %ecx */
                 "pushf\n\tpop %0"
                 : "=r"(fl) : "c"(how) : "rax", "rdx", "cc");
    return fl & 0x8d5;
}

static void waiting(void)
{
    static char line[64];
    unsigned cpu = 0;
    uint64_t pid, fl;
    uint32_t lo, hi;

    expect("tpause flags", flags_after_tpause(1), 0);
    expect("tpause bad", SIGNAL_OF(flags_after_tpause(2)), SIGSEGV);
    asm volatile(".byte 0xf3, 0x0f, 0xae, 0xf0\n\t"     /* umonitor %rax */
                 "xor %%ecx, %%ecx\n\txor %%edx, %%edx\n\t"
                 "xor %%eax, %%eax\n\t"
                 ".byte 0xf2, 0x0f, 0xae, 0xf1"         /* umwait %ecx */
                 : : "a"(line) : "rcx", "rdx", "cc");
    expect("umonitor null", SIGNAL_OF(asm volatile(".byte 0xf3,0x0f,0xae,0xf0"
                                                   : : "a"(0))), SIGSEGV);
    asm volatile(".byte 0x0f, 0x01, 0xfa\n\t"           /* monitorx */
                 ".byte 0x0f, 0x01, 0xfb"               /* mwaitx */
                 : : "a"(line), "c"(0), "d"(0), "b"(0));
    expect("monitorx hint", SIGNAL_OF(asm volatile(".byte 0x0f, 0x01, 0xfa"
                            : : "a"(line), "c"(1), "d"(0))), SIGSEGV);
    expect("mwaitx hint", SIGNAL_OF(asm volatile(".byte 0x0f, 0x01, 0xfb"
                            : : "a"(0), "c"(8), "d"(0))), SIGSEGV);
    asm volatile(".byte 0x0f, 0x01, 0xe8" : : : "memory");      /* serialize */
    asm volatile(".byte 0x0f, 0x1c, 0x00" : : "a"(0));          /* cldemote */
    asm volatile(".byte 0x66, 0x0f, 0xae, 0x30" : : "a"(line)); /* clwb */
    asm volatile(".byte 0x66, 0x0f, 0xae, 0x38" : : "a"(line)); /* clflushopt */
    asm volatile(".byte 0x0f, 0x0d, 0x08\n\t.byte 0x0f, 0x0d, 0x10"
                 : : "a"(0));                   /* prefetchw, prefetchwt1 */
    expect("clwb null", SIGNAL_OF(asm volatile(".byte 0x66,0x0f,0xae,0x30"
                                               : : "a"(0))), SIGSEGV);
    asm volatile(".byte 0xf3, 0x0f, 0xc7, 0xf8" : "=a"(pid));   /* rdpid */
    syscall(SYS_getcpu, &cpu, NULL, NULL);
    expect("rdpid", (pid & 0xfff) < 4096 && pid >> 32 == 0, 1);
    asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(pid));
    expect("rdtscp aux", pid >> 32, 0);
    asm volatile("mov $-1, %%al\n\tadd $1, %%al\n\t"
                 ".byte 0x48, 0x0f, 0xc7, 0xf9\n\tpushf\n\tpop %0"  /* rdseed */
                 : "=r"(fl) : : "rcx", "rax", "cc");
    expect("rdseed flags", fl & 0x8d5, 1);
    asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    expect("xcr0", lo, 7);
    asm volatile("vzeroupper\n\txgetbv" : "=a"(lo), "=d"(hi) : "c"(1));
    expect("xinuse", lo & ~3u, 0);
    expect("xgetbv 2", SIGNAL_OF(asm volatile("xgetbv" : "=a"(lo), "=d"(hi)
                                              : "c"(2))), SIGSEGV);
    /* xsaves, rdpkru, enqcmd, incssp: not there */
    expect("xsaves", SIGNAL_OF(asm volatile(".byte 0x0f, 0xc7, 0x28"
                                            : : "a"(line))), SIGILL);
    expect("rdpkru", SIGNAL_OF(asm volatile(".byte 0x0f, 0x01, 0xee"
                                            : : "c"(0) : "eax", "edx")),
           SIGILL);
    expect("enqcmd", SIGNAL_OF(asm volatile(".byte 0xf2,0x0f,0x38,0xf8,0x06"
                                            : : "a"(line))), SIGILL);
    expect("3dnow", SIGNAL_OF(asm volatile(".byte 0x0f,0x0f,0xc1,0x9e")),
           SIGILL);
    asm volatile(".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : : : "rax");  /* rdssp */
}

int main(void)
{
    signal(SIGSEGV, on_signal);
    signal(SIGILL, on_signal);
    for (int i = 0; i < 1500; i++) {
        gfni();
        sse4a();
        vnni();
    }
    for (int i = 0; i < 20; i++) {
        stores();
    }
    waiting();
    printf("%d checks, %d failed\n", checks, failures);
    printf(failures ? "failed\n" : "ok\n");
    return failures != 0;
}
