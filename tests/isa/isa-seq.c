/* SPDX-License-Identifier: MIT */
/*
 * Random straight-line sequences of 20 to 200 instructions, some of them
 * closed to a loop.  Instructions that fault on the silicon are taken out
 * until a sequence runs through (or ends with its fault).  A sequence that
 * differs is shrunk: instructions dropped by halves, quarters, one by one.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

enum { MIN_SEQ = 20, MAX_SEQ = 200, MAX_JUMP = 4 };

typedef struct SeqInsn {
    uint8_t b[16];
    uint8_t len, rip_off, rel_off, rel_size;    /* offsets 0: none */
    uint8_t skip;               /* a jump: over so many instructions */
    uint64_t at;                /* address that rip_off leads to */
} SeqInsn;

typedef struct Seq {
    IsaCase c;
    SeqInsn in[MAX_SEQ];
    unsigned n;
    uint32_t count;             /* of the loop; 0: none */
} Seq;

/* Where a loop's counter lives. */
#define COUNTER (ISA_DATA + ISA_DATA_SIZE - 64)

/*
 * The end of a sequence that is a loop, at offset at: LOOP, which leaves the
 * flags alone (loop_tail 2), or a counter in memory (12).
 */
static void loop_branch(IsaCase *c, unsigned at)
{
    static const uint8_t dec[] = { 0xff, 0x0d, 0, 0, 0, 0, 0x0f, 0x85 };
    uint8_t *p = c->code + at;
    int32_t rel;

    c->len = at + c->loop_tail;
    if (c->loop_tail == 2) {
        p[0] = 0xe2;
        p[1] = -(int)c->len;
        return;
    }
    memcpy(p, dec, sizeof(dec));                /* dec dword [counter] */
    rel = isa_mode32 ? COUNTER : COUNTER - (ISA_CODE + c->off + at + 6);
    memcpy(p + 2, &rel, 4);
    rel = -(int32_t)c->len;                     /* jnz start */
    memcpy(p + 8, &rel, 4);
}

/* Puts the instructions together in c->code. */
static void link_code(Seq *s)
{
    unsigned start[MAX_SEQ + MAX_JUMP + 1], at = 0;
    IsaCase *c = &s->c;

    for (unsigned i = 0; i < ARRAY_SIZE(start); i++) {
        start[i] = at;
        at += i < s->n ? s->in[i].len : 0;
    }
    for (unsigned i = 0; i < s->n; i++) {
        SeqInsn *in = &s->in[i];
        uint8_t *p = c->code + start[i];
        int32_t d;

        memcpy(p, in->b, in->len);
        if (in->rip_off) {
            d = isa_mode32 ? in->at :
                in->at - (ISA_CODE + c->off + start[i] + in->len);
            memcpy(p + in->rip_off, &d, 4);
        }
        if (in->rel_off) {
            d = start[i + 1 + in->skip] - start[i + 1];
            memcpy(p + in->rel_off, &d, in->rel_size);
        }
    }
    c->len = at;
    if (c->loop_tail) {
        loop_branch(c, at);
    }
}

static void drop(Seq *s, unsigned k, unsigned count)
{
    for (unsigned i = k < MAX_JUMP ? 0 : k - MAX_JUMP; i < k; i++) {
        unsigned to = i + 1 + s->in[i].skip;
        s->in[i].skip -= to > k ? MIN(count, to - k) : 0;
    }
    memmove(s->in + k, s->in + k + count,
            (s->n - k - count) * sizeof(s->in[0]));
    s->n -= count;
}

/* The instruction at pc, or -1. */
static int find(const Seq *s, uint64_t pc)
{
    uint64_t at = ISA_CODE + s->c.off;

    for (unsigned i = 0; i < s->n; i++) {
        if (at == pc) {
            return i;
        }
        at += s->in[i].len;
    }
    return -1;
}

/* ---- making one ---------------------------------------------------------- */

static void add_insn(Seq *s, const IsaRow *r, uint16_t ptrs)
{
    SeqInsn *in = &s->in[s->n++];
    Enc e = { .seq = true, .ptrs = ptrs };

    memset(in, 0, sizeof(*in));
    in->len = isa_encode(&e, r, in->b, ISA_CODE);
    in->at = e.at;
    in->rip_off = e.rip_disp ? e.rip_disp - in->b : 0;
    if (e.rel_at) {
        in->rel_off = e.rel_at - in->b;
        in->rel_size = e.rel_size;
        in->skip = isa_below(MAX_JUMP);
    }
    isa_gen_allow(r, &s->c);
}

/* Three registers that point into the data. */
static uint16_t pointers(IsaState *st)
{
    uint16_t ptrs = 0;

    for (int i = 0; i < 3; i++) {
        static const uint8_t low[] = { 3, 5, 6, 7 };
        unsigned n = isa_mode32 ? low[isa_below(4)] : 5 + isa_below(11);

        ptrs |= 1 << n;
        st->gpr[n] = ISA_DATA + 0x800 + isa_below(0x1000) / 32 * 32;
    }
    st->gpr[4] = ISA_DATA + 0xc00 + isa_below(0x800) / 16 * 16;
    return ptrs;
}

/* Makes a loop that runs often enough for code to be translated again. */
static void close_loop(Seq *s)
{
    IsaCase *c = &s->c;

    if (s->count == 0) {
        return;
    }
    c->loop_tail = c->len < 120 && isa_below(2) ? 2 : 12;
    if (c->loop_tail == 2) {
        c->in.gpr[1] = s->count;
    }
    memcpy(isa_memory + ISA_DATA_SIZE - 64, &s->count, 4);
    link_code(s);
}

static void generate(Seq *s, const IsaRow *const *rows, unsigned nrows)
{
    unsigned want = MIN_SEQ + isa_below(MAX_SEQ - MIN_SEQ + 1), kind;
    uint16_t ptrs;

    memset(&s->c, 0, sizeof(s->c));
    s->c.mem = isa_memory;
    s->n = s->count = 0;
    isa_rnd_state(&s->c.in);
    if (isa_mode32) {
        isa_state32(&s->c.in);
    }
    ptrs = pointers(&s->c.in);
    s->c.fl_mask = 0xcd5;
    s->c.seq = true;
    s->c.off = 0x100;
    kind = isa_below(256);
    if (kind < 16) {
        s->count = 2 + isa_below(40);
    } else if (kind < 18) {     /* short, and hot */
        s->count = 1000 + isa_below(3000);
        want = 2 + isa_below(16);
    }
    while (s->n < want) {
        add_insn(s, rows[isa_below(nrows)], ptrs);
    }
    link_code(s);
}

/* A code address popped off the stack may be used as a pointer. */
static bool knows_code(const IsaState *st)
{
    for (int i = 0; i < 16; i++) {
        if (st->gpr[i] - (ISA_CODE - 0x1000) < ISA_CODE_SIZE + 0x2000) {
            return true;
        }
    }
    return false;
}

/*
 * Takes out what faults: false if nothing is left.  The last try's fault may
 * stay, with what is behind it.
 */
static bool settle(Seq *s)
{
    for (unsigned tries = 0; tries < 2 * MAX_SEQ; tries++) {
        int k;

        isa_place_data(&s->c);
        isa_native_code(&s->c);
        isa_native_run(&s->c, &isa_want);
        if (isa_want.vector == ISA_HANG || knows_code(&isa_want.st)) {
            return false;
        }
        k = find(s, isa_want.st.pc);
        if (k < 0 || isa_below(24) == 0) {
            return s->n > 0;
        }
        drop(s, k, 1);
        link_code(s);
    }
    return s->n > 0;
}

/* ---- shrinking ----------------------------------------------------------- */

static bool fails(Seq *s)
{
    link_code(s);
    return s->c.len && !isa_run_case(&s->c);
}

/* Drops instructions as long as the sequence still fails. */
static void shrink(Seq *s)
{
    static Seq t;
    unsigned chunk = s->n / 2 ? s->n / 2 : 1;

    while (chunk) {
        bool any = false;

        for (unsigned i = 0; i + chunk <= s->n;) {
            t = *s;
            drop(&t, i, chunk);
            if (t.n && fails(&t)) {
                *s = t;
                any = true;
            } else {
                i += chunk;
            }
        }
        chunk = any && chunk == 1 ? 1 : chunk / 2;
    }
    link_code(s);
}

static bool test_sequence(Seq *s, const IsaRow *const *rows, unsigned nrows,
                          uint64_t seed)
{
    char title[96];
    unsigned n;

    generate(s, rows, nrows);
    if (!settle(s)) {
        return true;
    }
    close_loop(s);
    if (s->c.loop_tail && !settle(s)) {
        return true;
    }
    if (isa_run_case(&s->c)) {
        return true;
    }
    n = s->n;
    shrink(s);
    snprintf(title, sizeof(title), "sequence of %u, shrunk to %u; group %"
             PRIu64, n, s->n, seed);
    isa_fail(title, &s->c);
    return false;
}

const IsaCase *isa_make_sequence(const IsaRow *const *rows, unsigned nrows,
                                 uint64_t seed)
{
    static Seq s;

    isa_srnd(seed);
    isa_rnd_memory(isa_memory);
    generate(&s, rows, nrows);
    if (!settle(&s)) {
        return NULL;
    }
    close_loop(&s);
    return settle(&s) ? &s.c : NULL;
}

unsigned isa_test_sequences(const IsaRow *const *rows, unsigned nrows,
                            unsigned count, uint64_t seed)
{
    static Seq s;
    unsigned bad = 0;

    isa_srnd(seed);
    for (unsigned i = 0; i < count && bad < 3; i++) {
        if (i % 16 == 0) {
            isa_rnd_memory(isa_memory);
        }
        bad += !test_sequence(&s, rows, nrows, seed);
    }
    return bad;
}
