/* SPDX-License-Identifier: MIT */
/*
 * XSAVE, XSAVEOPT, XSAVEC and XRSTOR against the host's, the images in signal
 * frames, and moving x87 state between the CPU state and the host's unit.
 */
#include "util/osdep.h"
#include <criterion/criterion.h>

#ifdef HOST_X86_64
#include "target-i386/fpu-int.h"
#include "target-i386/fpu_state.h"
#include "tests/unit/fpu-x87.h"

enum { SIZE = 832 };
typedef struct Image { QEMU_ALIGNED(64) uint8_t b[SIZE + 64]; } Image;

static CPUX86State *env;
static const TCGBackend resident = { .name = "resident", .has_x87 = true };

static void put(uint8_t *p, uint64_t v, unsigned n)
{
    memcpy(p, &v, n);
}

static uint64_t get(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

static void fill(uint8_t *p, unsigned n)
{
    for (unsigned i = 0; i < n; i += 8) {
        put(p + i, x87_rnd(), 8);
    }
}

/* A valid standard-format image; components at random in their initial
 * state. */
static void random_image(Image *m)
{
    uint64_t r = x87_rnd();

    memset(m, 0, sizeof(*m));
    put(m->b, 0x37f, 2);
    put(m->b + 24, 0x1f80, 4);
    put(m->b + 512, 7, 8);
    if (r & 1) {
        put(m->b, 0x7f | (r >> 8 & 15) << 8, 2);
        put(m->b + 2, r >> 16 & 0x7f3f, 2);
        m->b[4] = r >> 32;
        for (int i = 0; i < 8; i++) {
            x87_put(m->b + 32 + 16 * i, x87_operand());
        }
    }
    if (r & 2) {
        fill(m->b + 160, 256);
    }
    if (r & 4) {
        fill(m->b + 576, 256);
    }
    if (r & 8) {
        put(m->b + 24, 0x1f80 | (r >> 40 & 0xe03f), 4);
    }
}

static void env_from(const Image *m)
{
    x86_fxrstor(env, m->b);
    for (int i = 0; i < 16; i++) {
        memcpy(env->vreg[i] + 16, m->b + 576 + 16 * i, 16);
    }
}

#define CLOBBERS "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",    \
    "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",       \
    "xmm14", "xmm15"
#define NATIVE(name, insn)                                                    \
static void name(const Image *in, Image *out, uint32_t mask)                  \
{                                                                             \
    uint32_t mxcsr = 0x1f80, all = 7;                                         \
    asm volatile("xrstor64 (%3)\n\tmov %2, %%eax\n\t" insn " (%1)\n\t"        \
                 "fninit\n\tldmxcsr %4"                                       \
                 : "+&a"(all) : "r"(out), "r"(mask), "r"(in), "m"(mxcsr),     \
                 "d"(0)                                                       \
                 : CLOBBERS);                                                 \
}
NATIVE(native_xsave, "xsave64")
NATIVE(native_xsaveopt, "xsaveopt64")
NATIVE(native_xsavec, "xsavec64")

static void setup(void)
{
    env = tcg_env_alloc(sizeof(CPUX86State));
    tcg_backend = &tcg_backend_tci;
    env->xcr0 = 7;
}

/* Pointers to the last x87 instruction and MXCSR_MASK are the host's own. */
static void forget_pointers(Image *m)
{
    memset(m->b + 6, 0, 18);
    memset(m->b + 28, 0, 4);
}

static int difference(Image *n, Image *s)
{
    forget_pointers(n);
    forget_pointers(s);
    for (unsigned i = 0; i < sizeof(n->b); i++) {
        if (n->b[i] != s->b[i]) {
            return i;
        }
    }
    return -1;
}

/*
 * When a process is preempted between loading and saving, and its MXCSR is not
 * the initial one, the kernel's own XSAVEC and XRSTOR leave the SSE component
 * in use where it was not (SDM vol. 1, 13.10).  Therefore a difference counts
 * only if it stays.
 */
enum { TRIES = 20 };

static void report(const char *what, const Image *n, const Image *s,
                   uint32_t mask, int i)
{
    cr_assert_lt(i, 0, "%s mask %x: byte %d is %02x, the host has %02x; bv %"
                 PRIx64 " and %" PRIx64, what, mask, i, s->b[MAX(i, 0)],
                 n->b[MAX(i, 0)], get(s->b + 512, 8), get(n->b + 512, 8));
}

Test(fpu_state, xsave, .init = setup)
{
    static void (*const native[])(const Image *, Image *, uint32_t) = {
        [X86_XSAVE] = native_xsave, [X86_XSAVEOPT] = native_xsaveopt,
        [X86_XSAVEC] = native_xsavec,
    };
    static const char *const names[] = { "xsave", "xsaveopt", "xsavec" };

    for (unsigned i = 0; i < 3000; i++) {
        Image in, was, n, s;
        uint32_t mask = x87_rnd() & 7;
        unsigned kind = i % 3;
        int diff = 0;

        random_image(&in);
        fill(was.b, sizeof(was.b));
        memset(was.b + 512, 0, 64);
        was.b[512] = x87_rnd() & 7;
        s = was;
        env_from(&in);
        helper_xsave(env, (uintptr_t)&s, mask, kind, 16);
        for (unsigned k = 0; k < TRIES && diff >= 0; k++) {
            n = was;
            native[kind](&in, &n, mask);
            diff = difference(&n, &s);
        }
        report(names[kind], &n, &s, mask, diff);
    }
}

static void native_xrstor(const Image *before, const Image *in, uint32_t mask,
                          Image *out)
{
    uint32_t mxcsr = 0x1f80, all = 7;

    memset(out, 0, sizeof(*out));
    asm volatile("xrstor64 (%1)\n\tmov %2, %%eax\n\txrstor64 (%3)\n\t"
                 "mov $7, %%eax\n\txsave64 (%4)\n\tfninit\n\tldmxcsr %5"
                 : "+&a"(all) : "r"(before), "r"(mask), "r"(in), "r"(out),
                   "m"(mxcsr), "d"(0) : CLOBBERS);
}

Test(fpu_state, xrstor, .init = setup)
{
    for (unsigned i = 0; i < 3000; i++) {
        Image before, in, n, s;
        uint32_t mask = x87_rnd() & 7;
        int diff = 0;

        random_image(&before);
        random_image(&in);
        in.b[512] = x87_rnd() & 7;
        if (i & 1) {        /* compacted */
            put(in.b + 520, 1ull << 63 | 7, 8);
        }
        memset(&s, 0, sizeof(s));
        env_from(&before);
        helper_xrstor(env, (uintptr_t)&in, mask, 16);
        helper_xsave(env, (uintptr_t)&s, 7, X86_XSAVE, 16);
        for (unsigned k = 0; k < TRIES && diff >= 0; k++) {
            native_xrstor(&before, &in, mask, &n);
            diff = difference(&n, &s);
        }
        report("xrstor", &n, &s, mask, diff);
    }
}

Test(fpu_state, frame, .init = setup)
{
    Image in;
    uint8_t frame[X86_XSAVE_MAX], again[X86_XSAVE_MAX];

    for (unsigned i = 0; i < 100; i++) {
        random_image(&in);
        env_from(&in);
        cr_assert_eq(x86_xsave_size(env), SIZE + 4);
        x86_xsave(env, frame);
        cr_assert_eq(get(frame + 464, 4), 0x46505853);
        cr_assert_eq(get(frame + 464 + 16, 4), SIZE);
        cr_assert_eq(get(frame + SIZE, 4), 0x46505845);
        x86_fpu_reset(env);
        cr_assert_eq(x86_xrstor_size(env, frame), SIZE + 4);
        x86_xrstor(env, frame);
        x86_xsave(env, again);
        cr_assert(!memcmp(frame, again, SIZE + 4));
    }
    /* Without the second magic it is a plain FXSAVE image: no upper halves. */
    put(frame + SIZE, 0, 4);
    x86_xrstor(env, frame);
    cr_assert_eq(get(env->vreg[3] + 16, 8), 0);
    cr_assert_eq(get(env->vreg[3], 8), get(frame + 160 + 48, 8));
    /* Nonsense is survived. */
    for (unsigned i = 0; i < 1000; i++) {
        fill(frame, SIZE);
        put(frame + 464, i & 1 ? 0x46505853 : x87_rnd(), 4);
        put(frame + SIZE, 0x46505845, 4);
        put(frame + 480, x87_rnd() % 1000, 4);
        cr_assert_leq(x86_xrstor_size(env, frame), X86_XSAVE_MAX);
        x86_xrstor(env, frame);
        cr_assert(!(x86_get_mxcsr(env) & ~0xffffu));
    }
}

/* Through the host's registers and back. */
Test(fpu_state, resident, .init = setup)
{
    for (unsigned i = 0; i < 1000; i++) {
        Image in;
        uint8_t soft[512], host[512];

        random_image(&in);
        put(in.b + 24, 0x1f80, 4);
        env_from(&in);
        x86_fxsave(env, soft);
        tcg_backend = &resident;
        x86_fpu_load(env);
        x86_fxsave(env, host);
        cr_assert(!memcmp(soft, host, 512));
        memset(env->fpregs, 0, sizeof(env->fpregs));
        env->fpuc = env->fpus = env->fptags = 0;
        x86_fpu_sync(env);
        x86_fpu_reset(env);
        x86_fxrstor(env, host);
        x86_fpu_sync(env);
        tcg_backend = &tcg_backend_tci;
        x86_fxsave(env, host);
        cr_assert(!memcmp(soft, host, 512));
    }
}

#endif
