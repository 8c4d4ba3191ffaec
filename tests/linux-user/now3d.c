/* SPDX-License-Identifier: MIT */
/*
 * 3DNow!, which no processor has had since 2011, against the manual's words:
 * arithmetic is SSE's with denormals as zero and infinities made finite, the
 * rest is written down bit by bit.
 * expect: emulated-only
 * cpu: phenom
 * timeout: 30
 * cflags: -O2 -fno-strict-aliasing -lm
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <xmmintrin.h>

static int failures, checks;
static uint64_t seed = 7;
static sigjmp_buf back;

static uint32_t rnd32(void)
{
    static const uint32_t corner[] = {
        0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff,
        0x00800000, 0x80800000, 0x007fffff, 1, 0x4f000000, 0xcf000000,
        0x46fffe00, 0xc7000000, 0x4b800000, 0x7fffffff, 0xffffffff,
    };
    seed = seed * 6364136223846793005 + 1442695040888963407;
    uint32_t r = seed >> 32;
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (seed >> 60) < 5 ? corner[r % 17] : r;
}

/* A number that is neither infinite nor NaN: those are not supported. */
static uint32_t number(void)
{
    uint32_t r = rnd32();

    return (r & 0x7f800000) == 0x7f800000 ? r ^ 0x40000000 : r;
}

static float f(uint32_t a)
{
    float x;
    a = a & 0x7f800000 ? a : a & 0x80000000;
    memcpy(&x, &a, 4);
    return x;
}

static uint32_t u(float x)
{
    uint32_t a;
    memcpy(&a, &x, 4);
    return (a & 0x7f800000) == 0x7f800000 ? (a & 0x80000000) | 0x7f7fffff : a;
}

#define RUN(a, b, suffix) ({                                            \
        uint64_t r_ = a, b_ = b;                                        \
        asm volatile("movq %0, %%mm1\n\tmovq %1, %%mm2\n\t"             \
                     ".byte 0x0f, 0x0f, 0xca, " #suffix "\n\t"          \
                     "movq %%mm1, %0\n\t.byte 0x0f, 0x0e"               \
                     : "+m"(r_) : "m"(b_) : "memory");                  \
        r_;                                                             \
    })

static void check(const char *name, uint64_t a, uint64_t b, uint64_t got,
                  uint64_t want)
{
    checks++;
    if (got != want && failures++ < 20) {
        printf("%s %016llx %016llx: got %016llx want %016llx\n", name,
               (long long)a, (long long)b, (long long)got, (long long)want);
    }
}

#define PAIR(lo, hi) ((uint64_t)(uint32_t)(hi) << 32 | (uint32_t)(lo))
#define EACH(name, suffix, expr) do {                                   \
        uint32_t x = a, y = b, lo = expr, hi;                           \
        x = a >> 32, y = b >> 32, hi = expr;                            \
        check(name, a, b, RUN(a, b, suffix), PAIR(lo, hi));             \
    } while (0)

static uint32_t truncated(int32_t i)        /* int to float, toward zero */
{
    _mm_setcsr(_mm_getcsr() | 0x6000);
    float x = (float)*(volatile int32_t *)&i;
    volatile float y = x;
    _mm_setcsr(_mm_getcsr() & ~0x6000);
    return u(y);
}

static int32_t clamp(uint32_t a, double lo, double hi)
{
    double d = trunc(f(a));

    return d < lo ? lo : d > hi ? hi : d;
}

static uint32_t positive_zero(uint32_t a)
{
    return f(a) == 0 ? 0 : a;
}

static void near(const char *name, uint32_t a, uint64_t got, double want)
{
    uint32_t r = got;
    float x;

    checks++;
    memcpy(&x, &r, 4);
    if ((got >> 32 != r || fabs(x / want - 1) > 1.0 / (1 << 14)) &&
        failures++ < 20) {
        printf("%s %08x: %016llx, %g wanted\n", name, a, (long long)got, want);
    }
}

static void one(void)
{
    uint64_t a = PAIR(number(), number()), b = PAIR(number(), number());
    uint32_t al = a, ah = a >> 32, bl = b, bh = b >> 32;
    uint64_t want = 0;

    EACH("pfadd", 0x9e, u(f(x) + f(y)));
    EACH("pfsub", 0x9a, u(f(x) - f(y)));
    EACH("pfsubr", 0xaa, u(f(y) - f(x)));
    EACH("pfmul", 0xb4, u(f(x) * f(y)));
    EACH("pfmax", 0xa4, positive_zero(f(x) > f(y) ? x : y));
    EACH("pfmin", 0x94, positive_zero(f(x) < f(y) ? x : y));
    EACH("pfcmpeq", 0xb0, -(f(x) == f(y)));
    EACH("pfcmpge", 0x90, -(f(x) >= f(y)));
    EACH("pfcmpgt", 0xa0, -(f(x) > f(y)));
    EACH("pi2fd", 0x0d, truncated(y));
    EACH("pi2fw", 0x0c, u((float)(int16_t)y));
    EACH("pf2id", 0x1d, clamp(y, INT32_MIN, INT32_MAX));
    EACH("pf2iw", 0x1c, clamp(y, INT16_MIN, INT16_MAX));
    check("pfacc", a, b, RUN(a, b, 0xae),
          PAIR(u(f(al) + f(ah)), u(f(bl) + f(bh))));
    check("pfnacc", a, b, RUN(a, b, 0x8a),
          PAIR(u(f(al) - f(ah)), u(f(bl) - f(bh))));
    check("pfpnacc", a, b, RUN(a, b, 0x8e),
          PAIR(u(f(al) - f(ah)), u(f(bl) + f(bh))));
    check("pswapd", a, b, RUN(a, b, 0xbb), PAIR(bh, bl));
    for (int i = 0; i < 8; i++) {
        unsigned s = (a >> i * 8 & 255) + (b >> i * 8 & 255) + 1;
        want |= (uint64_t)(s / 2) << i * 8;
    }
    check("pavgusb", a, b, RUN(a, b, 0xbf), want);
    want = 0;
    for (int i = 0; i < 4; i++) {
        int p = (int16_t)(a >> i * 16) * (int16_t)(b >> i * 16);
        want |= (uint64_t)(uint16_t)((p + 0x8000) >> 16) << i * 16;
    }
    check("pmulhrw", a, b, RUN(a, b, 0xb7), want);
    /* far from overflow: the sequences of the manual */
    uint32_t e = 0x20000000 + (bl & 0x3fffffff);
    uint64_t v = PAIR(e, e), r = RUN(0, v, 0x96), s;
    near("pfrcp", e, r, 1 / (double)f(e));
    s = RUN(v, r, 0xa6);
    near("pfrcpit", e, RUN(s, r, 0xb6), 1 / (double)f(e));
    r = RUN(0, v, 0x97);
    near("pfrsqrt", e, r, 1 / sqrt(f(e)));
    s = RUN(RUN(r, r, 0xb4), v, 0xa7);
    near("pfrsqit", e, RUN(s, r, 0xb6), 1 / sqrt(f(e)));
}

static void on_ill(int sig)
{
    siglongjmp(back, 1);
}

int main(void)
{
    unsigned csr;

    _mm_setcsr(_mm_getcsr() | 0x8040);      /* flush and denormals are zero */
    for (int i = 0; i < 20000; i++) {
        one();
    }
    /* MXCSR is not touched */
    _mm_setcsr(0x1f80 | 0x6000);
    RUN(PAIR(0x7f7fffff, 1), PAIR(0x7f7fffff, 3), 0xb4);
    csr = _mm_getcsr();
    _mm_setcsr(0x1f80);
    check("mxcsr", 0, 0, csr, 0x7f80);
    signal(SIGILL, on_ill);
    if (!sigsetjmp(back, 1)) {
        RUN(0, 0, 0x9f);
        check("bad suffix", 0, 0, 0, 1);
    }
    printf("%d checks, %d failed\n", checks, failures);
    printf(failures ? "failed\n" : "ok\n");
    return failures != 0;
}
