/* SPDX-License-Identifier: MIT */
/*
 * The software x87 against the host's: every x87 opcode (register and memory
 * forms) from random machine states - registers, tags, TOP, control and status
 * words, pending exceptions - comparing the whole state afterwards.  The
 * transcendental ones may differ by one unit in the last place.
 */
#include "util/osdep.h"
#include <criterion/criterion.h>

#ifdef HOST_X86_64
#include <setjmp.h>
#include <sys/mman.h>
#include "target-i386/decode.h"
#include "target-i386/fpu-int.h"
#include "target-i386/fpu_state.h"
#include "tests/unit/fpu-x87.h"

X86Gen gen_x87, gen_x87_env;

typedef struct Case {
    QEMU_ALIGNED(64) uint8_t fx[512];
    QEMU_ALIGNED(64) uint8_t mem[128];
    uint64_t eflags;
    bool fpe;
} Case;

static uint8_t *code;
static sigjmp_buf out;

static void on_fpe(int sig)
{
    siglongjmp(out, 1);
}

/* rdi = fx, rsi = mem, rdx = eflags in and out */
/* FPU_SEED: other random cases. */
static void prepare(void)
{
    const char *seed = getenv("FPU_SEED");
    struct sigaction sa = { .sa_handler = on_fpe, .sa_flags = SA_NODEFER };

    if (seed) {
        x87_seed ^= strtoull(seed, NULL, 0) * 0x9e3779b97f4a7c15;
    }
    if (!code) {
        code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        sigaction(SIGFPE, &sa, NULL);
        tcg_backend = &tcg_backend_tci;
    }
}

static void run_native(const uint8_t *insn, unsigned len, Case *c)
{
    static const uint8_t pre[] = {
        0x48, 0x0f, 0xae, 0x0f,     /* fxrstor64 [rdi] */
        0xff, 0x32, 0x9d,           /* push [rdx]; popf */
    };
    static const uint8_t post[] = {
        0x9c, 0x8f, 0x02,           /* pushf; pop [rdx] */
        0x48, 0x0f, 0xae, 0x07,     /* fxsave64 [rdi] */
        0xdb, 0xe3, 0xc3,           /* fninit; ret */
    };
    uint8_t *p = code;

    memcpy(p, pre, sizeof(pre));
    memcpy(p + sizeof(pre), insn, len);
    memcpy(p + sizeof(pre) + len, post, sizeof(post));
    if (sigsetjmp(out, 1)) {
        asm volatile("fninit");
        c->fpe = true;
        return;
    }
    asm volatile("sub $256, %%rsp\n\tcall *%0\n\tadd $256, %%rsp"
                 : : "r"(code), "D"(c->fx), "S"(c->mem), "d"(&c->eflags)
                 : "memory", "cc", "rax", "xmm0", "xmm1", "xmm2", "xmm3",
                   "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                   "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void put16(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, 2);
}

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

static void random_memory(uint8_t *mem)
{
    float80 v = x87_operand();
    FPStatus st = { .masks = FP_ALL };
    uint64_t q = x87_rnd();

    for (unsigned i = 0; i < 128; i += 8) {
        uint64_t r = x87_rnd();
        memcpy(mem + i, &r, 8);
    }
    switch (x87_rnd() % 5) {
    case 0:
        q = f64_from_f80(v, &st);
        memcpy(mem, &q, 8);
        break;
    case 1:
        q = f32_from_f80(v, &st);
        memcpy(mem, &q, 4);
        break;
    case 2:
        x87_put(mem, v);
        break;
    case 3:     /* decimal */
        for (int i = 0; i < 9; i++) {
            mem[i] = mem[i] % 10 | (mem[i] / 16) % 10 << 4;
        }
        break;
    default:    /* denormal or small */
        q >>= q & 63;
        memcpy(mem, &q, 8);
        break;
    }
}

static void random_state(Case *c)
{
    uint64_t r = x87_rnd();
    unsigned masks = r & 3 ? 63 : r >> 8 & 63, flags = 0;

    memset(c, 0, sizeof(*c));
    if ((r >> 16 & 7) == 0) {
        flags = (r >> 20) & 0x7f;       /* SF too */
        if ((r >> 28 & 3)) {
            flags &= masks | 0x40;
        }
    }
    put16(c->fx, 0x40 | masks | (r >> 30 & 15) << 8);
    put16(c->fx + 2, flags | (flags & ~masks & 63 ? 0x8080 : 0) |
          (r >> 34 & 0x4700) | (r >> 50 & 7) << 11);
    c->fx[4] = (r >> 53 & 3) ? 0x7f << (r >> 56 & 1) | (r >> 57 & 1)
                             : x87_rnd();
    if ((r >> 53 & 3) == 3) {       /* a plausible stack */
        unsigned top = get16(c->fx + 2) >> 11 & 7;
        c->fx[4] = 0;
        for (unsigned i = 0; i < 2 + (r >> 60 & 3); i++) {
            c->fx[4] |= 1 << ((top + i) & 7);
        }
    }
    put16(c->fx + 24, 0x1f80);
    for (int i = 0; i < 8; i++) {
        x87_put(c->fx + 32 + 16 * i, x87_operand());
    }
    c->eflags = 0x202 | (x87_rnd() & 0x8d5);
    random_memory(c->mem);
}

static bool run_soft(const X86Insn *in, Case *c)
{
    CPUX86State *env = tcg_env_alloc(sizeof(CPUX86State));
    unsigned h = in->row->arg & 0xff;
    typedef void Helper(CPUX86State *, uint64_t, uint64_t);

    x86_fxrstor(env, c->fx);
    env->h.flags = tcg_flags_from_eflags(c->eflags);
    ((Helper *)x87_helpers[h].func)(env, in->mem ? (uintptr_t)c->mem
                                    : in->modrm & 7, in->row->arg >> 8);
    x86_fxsave(env, c->fx);
    c->eflags = (c->eflags & ~0x8d5ull) | tcg_flags_to_eflags(env->h.flags);
    tcg_env_free(env);
    return true;
}

/* Distance in units of the last place; large if not comparable. */
static uint64_t ulps(float80 a, float80 b)
{
    __int128 x = (__int128)(a.se & 0x7fff) << 63 | (a.mant & INT64_MAX);
    __int128 y = (__int128)(b.se & 0x7fff) << 63 | (b.mant & INT64_MAX);
    __int128 d = x > y ? x - y : y - x;

    return a.se >> 15 != b.se >> 15 || d > 1000 ? 1000 : d;
}

static bool same_state(const Case *n, const Case *s, uint64_t tolerance,
                       bool env_image, uint64_t *distance)
{
    bool ok = get16(n->fx) == get16(s->fx) && n->fx[4] == s->fx[4];
    unsigned sw = get16(n->fx + 2) ^ get16(s->fx + 2);

    for (int i = 0; i < 8; i++) {
        uint64_t d = ulps(x87_get(n->fx + 32 + 16 * i),
                          x87_get(s->fx + 32 + 16 * i));
        *distance = d > *distance ? d : *distance;
        ok &= d <= tolerance;
    }
    if (tolerance) {
        sw &= ~FS_C1;       /* how its last step rounded is the host's secret */
    }
    if (env_image) {        /* the last instruction's pointers differ */
        ok &= !memcmp(n->mem, s->mem, 12) && !memcmp(n->mem + 28, s->mem + 28,
                                                     100);
    } else {
        ok &= !memcmp(n->mem, s->mem, 128);
    }
    return ok && !sw && !((n->eflags ^ s->eflags) & 0x8d5);
}

static void dump(const char *what, const Case *c)
{
    fprintf(stderr, "%-6s cw %04x sw %04x tags %02x eflags %" PRIx64 "%s\n  mem",
            what, get16(c->fx), get16(c->fx + 2), c->fx[4], c->eflags,
            c->fpe ? " #MF" : "");
    for (int i = 0; i < 32; i++) {
        fprintf(stderr, "%s%02x", i % 4 ? "" : " ", c->mem[i]);
    }
    for (int i = 0; i < 8; i++) {
        float80 v = x87_get(c->fx + 32 + 16 * i);
        fprintf(stderr, "%s%d %04x:%016" PRIx64, i % 4 ? "  " : "\n  ", i,
                v.se, v.mant);
    }
    fputc('\n', stderr);
}

static bool is_transcendental(unsigned h)
{
    return h == X87_H_xm1 || h == X87_H_yl2x || h == X87_H_yl2xp1 ||
           h == X87_H_ptan || h == X87_H_patan || h == X87_H_sin ||
           h == X87_H_cos || h == X87_H_sincos;
}

static bool is_env(unsigned h)
{
    return h == X87_H_stenv || h == X87_H_save;
}

typedef struct Tally { unsigned runs, same, near; } Tally;

/* One random case; false if it disagrees. */
static bool run_case(const X86Insn *in, const uint8_t *insn, unsigned len,
                     Tally *t)
{
    Case start, n, s;
    unsigned h = in->row->arg & 0xff;
    uint64_t d = 0;

    random_state(&start);
    n = s = start;
    run_native(insn, len, &n);
    if (n.fpe) {
        return get16(start.fx + 2) & FS_ES;
    }
    run_soft(in, &s);
    t->runs++;
    if (!same_state(&n, &s, is_transcendental(h), is_env(h), &d)) {
        fprintf(stderr, "%s (%02x %02x), distance %u\n", in->row->name,
                insn[0], insn[1], (unsigned)d);
        dump("start", &start);
        dump("host", &n);
        dump("soft", &s);
        return false;
    }
    t->same += d == 0;
    return true;
}

static bool check_insn(uint8_t opcode, uint8_t modrm, unsigned count)
{
    uint8_t insn[15] = { opcode, modrm < 0xc0 ? (modrm & 0x38) | 6 : modrm };
    Tally t = { 0 };
    X86Insn in;

    x86_decode(insn, sizeof(insn), 0, HF_CS64, NULL, &in);
    if (in.row->gen != gen_x87 && in.row->gen != gen_x87_env) {
        return true;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!run_case(&in, insn, 2, &t)) {
            return false;
        }
    }
    if (is_transcendental(in.row->arg & 0xff) && getenv("FPU_TALLY")) {
        fprintf(stderr, "%s: %.2f%% of %u identical\n", in.row->name,
                100.0 * t.same / t.runs, t.runs);
    }
    return true;
}

static void check_range(uint8_t opcode)
{
    unsigned bad = 0;

    prepare();
    for (unsigned reg = 0; reg < 8; reg++) {
        bad += !check_insn(opcode, reg << 3, 2000);
    }
    for (unsigned m = 0xc0; m < 0x100; m++) {
        bad += !check_insn(opcode, m, opcode == 0xd9 && m >= 0xf0 ? 20000 : 1000);
    }
    cr_assert_eq(bad, 0, "%u instructions of %02x", bad, opcode);
}

Test(fpu_helpers, d8) { check_range(0xd8); }
Test(fpu_helpers, d9) { check_range(0xd9); }
Test(fpu_helpers, da) { check_range(0xda); }
Test(fpu_helpers, db) { check_range(0xdb); }
Test(fpu_helpers, dc) { check_range(0xdc); }
Test(fpu_helpers, dd) { check_range(0xdd); }
Test(fpu_helpers, de) { check_range(0xde); }
Test(fpu_helpers, df) { check_range(0xdf); }

#endif
