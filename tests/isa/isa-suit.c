/* SPDX-License-Identifier: MIT */
/*
 * A machine state for an instance of a row in which it mostly does something:
 * addresses point into the data page, counts are small where they must be,
 * branch targets land in the code page, images and selectors are good ones.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define named isa_named

/* ---- addresses ----------------------------------------------------------- */

/* Small indexes, and now and then one that faults. */
static void vsib_indexes(Enc *e, IsaState *st)
{
    unsigned sz = e->r->opcode & 1 ? 8 : 4;

    for (unsigned i = 0; i < 32; i += sz) {
        int64_t v = (int)isa_below(64) - 16;
        if (isa_below(100) == 0) {
            v = isa_rnd();
        }
        memcpy(st->vec[e->index] + i, &v, sz);
    }
}

/* Bases of FS and GS that leave addresses in the data. */
static uint64_t small_base(void)
{
    return ((int64_t)isa_below(0x100) - 0x80) * 16;
}

/* Gives base and index registers values so that the operand is at at; returns
 * where it is. */
static uint64_t solve_address(Enc *e, IsaState *st, uint64_t at)
{
    uint64_t seg = 0, rest, hi = 0;

    if (e->seg >= 0) {
        seg = st->base[e->seg] = small_base();
    }
    if (e->base == -1 && e->index == -1) {
        return e->at + seg;
    }
    rest = at - seg - (int64_t)e->disp;
    if (e->addr32 && !isa_mode32) {
        hi = isa_rnd() << 32;
    }
    if (e->base >= 0 && e->base == e->index && !e->vsib) {
        uint64_t k = 1 + (1ull << e->scale);
        uint64_t v = (e->addr32 ? (uint32_t)rest : rest) / k;
        st->gpr[e->base] = v;
        return v * k + (int64_t)e->disp + seg;
    }
    if (e->vsib) {
        vsib_indexes(e, st);
    } else if (e->index >= 0) {
        uint64_t v = e->base < 0 ? isa_below(64) :
                     isa_below(3) ? isa_below(256) : isa_int();
        st->gpr[e->index] = v;
        rest -= v << e->scale;
    }
    if (e->base == -2) {
        return e->disp + seg +
               (e->index >= 0 ? st->gpr[e->index] << e->scale : 0);
    }
    if (e->base >= 0) {
        st->gpr[e->base] = e->addr32 ? (uint32_t)rest | hi : rest;
    }
    return at;
}

/* ---- state that suits the row -------------------------------------------------- */

static uint64_t data_pointer(void)
{
    return (ISA_DATA + 1024 + isa_below(ISA_DATA_SIZE - 2048)) &
           ~(uint64_t)(isa_below(3) ? 15 : 0);
}

static void suit_strings(const IsaRow *r, IsaState *st)
{
    st->gpr[RSI] = data_pointer();
    st->gpr[RDI] = isa_below(3) ? data_pointer() :
                   st->gpr[RSI] + isa_below(64) - 32;
    st->gpr[RCX] = isa_below(8) ? isa_below(70) : 0;
    if (named(r, "INS") || named(r, "OUTS")) {
        return;
    }
    if (isa_below(12) == 0) {   /* runs into a guard page */
        st->gpr[isa_below(2) ? RSI : RDI] = st->flags & 0x400 ?
            ISA_DATA + isa_below(64) : ISA_RO - isa_below(64);
    }
}

static void put_mem(IsaCase *c, uint64_t at, unsigned n, uint64_t v)
{
    if (at - ISA_DATA < ISA_DATA_SIZE - 8) {
        memcpy((uint8_t *)c->mem + (at - ISA_DATA), &v, n);
    }
}

static uint64_t get_mem(const IsaCase *c, uint64_t at)
{
    uint64_t v = 0;

    if (at - ISA_DATA < ISA_DATA_SIZE - 8) {
        memcpy(&v, c->mem + (at - ISA_DATA), 8);
    }
    return v;
}

/* Clear of where cases stand. */
static uint64_t code_pointer(void)
{
    return ISA_CODE + 0x800 + isa_below(0x1600);
}

/* A selector: null ones, Linux's, and what is nobody's. */
static uint16_t selector(void)
{
    static const uint16_t some[] = { 0, 1, 3, 0x23, 0x2b, 0x28, 0x2a, 0x10,
                                     0x18, 0x6b, 0x1003, 0xfff3 };

    return isa_below(3) == 0 ? 0x2b : some[isa_below(ARRAY_SIZE(some))];
}

/* CS of the mode, or one that faults. */
static uint16_t code_selector(void)
{
    static const uint16_t bad[] = { 0, 0x2b, 0x10, 0x1003 };

    return isa_below(8) ? isa_mode32 ? 0x23 : 0x33
                        : bad[isa_below(ARRAY_SIZE(bad))];
}

static void suit_divide(const Enc *e, IsaCase *c, uint64_t at)
{
    IsaState *st = &c->in;
    int rm = e->rm | (e->rex & 1 ? 8 : 0);

    if (isa_below(3) == 0) {
        return;
    }
    /* a high half below the divisor, or a sign extension */
    uint64_t d = e->mem ? get_mem(c, at) : st->gpr[rm];
    if (e->r->opcode == 0xf6) {
        st->gpr[RAX] = (int16_t)(isa_rnd() >> (49 + isa_below(8)));
    } else if (e->rex & 8) {
        st->gpr[RDX] = isa_below(2) ? (int64_t)st->gpr[RAX] >> 63 :
                       d >> 1 ? isa_rnd() % (d >> 1) : 0;
    } else {
        st->gpr[RDX] = isa_below(2) ? -(st->gpr[RAX] >> 31 & 1) :
                       (uint32_t)d >> 1 ? isa_rnd() % ((uint32_t)d >> 1) : 0;
    }
}

/* RETF, IRET: what they pop. */
static void suit_far_return(const Enc *e, IsaCase *c)
{
    unsigned n = e->rex & 8 ? 8 : e->opsize ? 2 : 4;
    uint64_t sp = c->in.gpr[RSP];

    put_mem(c, sp, n, n == 2 ? isa_rnd() : code_pointer());
    put_mem(c, sp + n, n, code_selector());
    if (named(e->r, "IRET")) {
        put_mem(c, sp + 2 * n, n, 0x202 | (isa_rnd() & 0xcd5));
        put_mem(c, sp + 3 * n, n, data_pointer());
        put_mem(c, sp + 4 * n, n, isa_below(8) ? 0x2b : selector());
    }
}

static void suit_image(const Enc *e, IsaCase *c, uint64_t at)
{
    IsaState t;
    uint64_t v;

    c->in.gpr[RAX] = (isa_rnd() & 7) |
                     (isa_below(4) ? 0 : isa_rnd() & ~isa_host_xcr0());
    c->in.gpr[RDX] = isa_rnd() & ~(isa_host_xcr0() >> 32);
    if (!strstr(e->r->name, "RSTOR")) {
        return;
    }
    isa_rnd_state(&t);
    for (int i = 0; i < 160; i += 8) {
        memcpy(&v, t.fx + i, 8);
        put_mem(c, at + i, 8, v);
    }
    put_mem(c, at + 24, 4, isa_below(8) ? t.fx[24] | t.fx[25] << 8
                                        : isa_rnd() & ~0x20000u);
    if (named(e->r, "XRSTOR")) {
        put_mem(c, at + 512, 8, isa_below(16) ? isa_rnd() & 7 : isa_rnd());
        put_mem(c, at + 520, 8, isa_below(4) ? 0 : 1ull << 63 | 7);
        /* Whether the rest is checked in the standard form differs. */
        for (int i = 16; i < 64; i += 8) {
            put_mem(c, at + 512 + i, 8, isa_below(64) || i > 16 ? 0 :
                    isa_rnd());
        }
    }
}

static void suit_x87_memory(const Enc *e, IsaCase *c, uint64_t at)
{
    const IsaRow *r = e->r;
    IsaState t;

    if (named(r, "FLDCW")) {
        put_mem(c, at, 2, 0x37f & ~(isa_below(3) ? 0 : isa_rnd()));
        return;
    }
    isa_rnd_state(&t);
    if (strstr(r->name, "LDMXCSR")) {
        /* This host has a bit 17 that no model announces. */
        put_mem(c, at, 4, isa_below(8) ? t.fx[24] | t.fx[25] << 8 :
                isa_rnd() & ~0x20000u);
    } else {
        put_mem(c, at, 2, t.fx[0] | t.fx[1] << 8);
        put_mem(c, at + 4, 2, t.fx[2] | t.fx[3] << 8);
    }
}

static void suit_branch(const Enc *e, IsaCase *c, uint64_t at)
{
    int rm = e->rm | (e->rex & 1 ? 8 : 0);

    if (e->mem) {
        put_mem(c, at, 8, code_pointer());
    } else if (rm != RSP) {
        c->in.gpr[rm] = code_pointer();
    }
}

static void suit_selectors(const Enc *e, IsaCase *c, uint64_t at)
{
    const IsaRow *r = e->r;
    int rm = e->rm | (e->rex & 1 ? 8 : 0);

    if (named(r, "POP")) {
        put_mem(c, c->in.gpr[RSP], 2, selector());
    } else if (strstr(r->ops, "Mp")) {
        bool far = named(r, "CALLF") ||
           named(r, "POPA") || named(r, "JMPF");
        unsigned n = e->rex & 8 ? 8 : e->opsize ? 2 : 4;
        put_mem(c, at, n, far ? code_pointer() : isa_int());
        put_mem(c, at + n, 2, far ? code_selector() : selector());
    } else if (e->mem) {
        put_mem(c, at, 2, selector());
    } else if (!strstr(r->ops, ",Sw") && rm != RSP) {
        c->in.gpr[rm] = selector() | (isa_rnd() << 16);
    }
}

static void suit_exchange(const Enc *e, IsaCase *c, uint64_t at)
{
    IsaState *st = &c->in;
    int rm = e->rm | (e->rex & 1 ? 8 : 0);

    if (isa_below(2)) {
        return;
    }
    st->gpr[RAX] = e->mem ? get_mem(c, at) : st->gpr[rm];
    if (named(e->r, "CMPXCHG8B") || named(e->r, "CMPXCHG16B")) {
        st->gpr[RDX] = e->rex & 8 ? get_mem(c, at + 8) : get_mem(c, at + 4);
    }
}

static void suit_bit_offset(const Enc *e, IsaCase *c, uint64_t at)
{
    int reg = e->reg | (e->rex & 4 ? 8 : 0);

    if (e->mem && e->r->digit < 0) {
        c->in.gpr[reg] = (int64_t)isa_below(8192) - 2048;
    }
}

static void suit_popf(const Enc *e, IsaCase *c, uint64_t at)
{
    put_mem(c, c->in.gpr[RSP], 8, 0x202 | (isa_rnd() & 0xcd5));
}

static void suit_ret(const Enc *e, IsaCase *c, uint64_t at)
{
    put_mem(c, c->in.gpr[RSP], 8, code_pointer());
}

static void suit_retf(const Enc *e, IsaCase *c, uint64_t at)
{
    suit_far_return(e, c);
}

/* By the beginning of the mnemonic; the first that fits. */
static const struct {
    const char *name;
    void (*fn)(const Enc *e, IsaCase *c, uint64_t at);
} suits[] = {
    { "DIV", suit_divide }, { "IDIV", suit_divide },
    { "CMPXCHG", suit_exchange }, { "POPF", suit_popf },
    { "FXSAVE", suit_image }, { "FXRSTOR", suit_image },
    { "XSAVE", suit_image }, { "XRSTOR", suit_image },
    { "FRSTOR", suit_x87_memory }, { "FLDENV", suit_x87_memory },
    { "LDMXCSR", suit_x87_memory }, { "VLDMXCSR", suit_x87_memory },
    { "FLDCW", suit_x87_memory },
    { "RETF", suit_retf }, { "IRET", suit_retf },
    { "CALLF", suit_selectors }, { "JMPF", suit_selectors },
    { "LAR", suit_selectors }, { "LSL", suit_selectors },
    { "VERR", suit_selectors }, { "VERW", suit_selectors },
    { "BT", suit_bit_offset },
};

static void suit(Enc *e, IsaCase *c, uint64_t at)
{
    const IsaRow *r = e->r;

    for (unsigned i = 0; i < ARRAY_SIZE(suits); i++) {
        if (named(r, suits[i].name)) {
            suits[i].fn(e, c, at);
            return;
        }
    }
    if (isa_row_attr(r, "calli") || isa_row_attr(r, "jumpi")) {
        suit_branch(e, c, at);
    } else if (isa_row_attr(r, "ret")) {
        suit_ret(e, c, at);
    } else if (c->segs) {
        suit_selectors(e, c, at);
    }
}

static void suit_early(const IsaRow *r, IsaCase *c)
{
    IsaState *st = &c->in;

    st->gpr[RSP] = data_pointer();
    if (isa_row_string(r)) {
        suit_strings(r, st);
    } else if (named(r, "XLAT")) {
        st->gpr[RBX] = data_pointer();
    } else if (strstr(r->name, "MASKMOVDQU") || named(r, "MASKMOVQ")) {
        /* away from page ends: which bytes are probed differs by processor */
        st->gpr[RDI] = ISA_DATA + 0x400 + isa_below(0x800);
    } else if (named(r, "ENTER") || named(r, "LEAVE")) {
        st->gpr[RBP] = data_pointer();
    } else if (named(r, "LOOP") || named(r, "JRCXZ")) {
        st->gpr[RCX] = isa_below(3);
    }
}

/* ---- what is compared ---------------------------------------------------- */

static void skip(IsaCase *c, unsigned i, uint64_t at, unsigned len)
{
    c->skip_at[i] = at;
    c->skip_len[i] = len;
}

/* Bytes of the row's memory operand that hold host addresses (x87 environment:
 * instruction and data pointers) or the processor's own MXCSR mask. */
static void note_unstable(const Enc *e, IsaCase *c, uint64_t at)
{
    bool env16 = e->opsize && !(e->rex & 8);

    skip(c, 0, 0, 0);
    skip(c, 1, 0, 0);
    if (named(e->r, "FNSTENV") || named(e->r, "FNSAVE")) {
        skip(c, 0, at + (env16 ? 6 : 12), env16 ? 8 : 16);
    } else if (named(e->r, "FXSAVE") || named(e->r, "XSAVE")) {
        skip(c, 0, at + 6, 18);
        skip(c, 1, at + 28, 4);
        if (named(e->r, "XSAVEOPT")) {  /* leaves out what it likes */
            skip(c, 0, at, 512);
            skip(c, 1, at + 576, 256);
        }
    } else if (c->frame) {
        skip(c, 0, at, 10);     /* written in parts */
    }
}

/* EFLAGS bits behind "!" in the row. */
static uint32_t undefined_flags(const IsaRow *r)
{
    static const struct { char c; uint32_t bit; } fl[] = {
        { 'o', 0x800 }, { 's', 0x80 }, { 'z', 0x40 }, { 'a', 0x10 },
        { 'p', 4 }, { 'c', 1 },
    };
    const char *u = strchr(r->flags, '!');
    uint32_t mask = 0;

    for (unsigned i = 0; u && i < ARRAY_SIZE(fl); i++) {
        if (strchr(u, fl[i].c)) {
            mask |= fl[i].bit;
        }
    }
    return mask;
}

/* The software x87 rounds these correctly, the hardware only nearly so. */
static bool is_transcendental(const IsaRow *r)
{
    static const char *const names[] = {
        "F2XM1", "FYL2X", "FPTAN", "FPATAN", "FSIN", "FCOS",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (named(r, names[i])) {
            return true;
        }
    }
    return false;
}

/* Rows whose several accesses fault in an order of their own. */
static bool odd_cr2(const IsaRow *r)
{
    return strstr(r->name, "MASKMOV") || named(r, "CMPS") ||
           named(r, "RETF") || named(r, "IRET") || named(r, "CALLF") ||
           named(r, "POPA") ||
           named(r, "SGDT") || named(r, "SIDT") || isa_row_image(r);
}

/* Rows that change x87 or SSE status before they fault, or whose pending x87
 * exception comes behind the fault of their operand. */
static bool late_store(const IsaRow *r)
{
    return isa_row_attr(r, "x87") || named(r, "CMPS") ||
           named(r, "RETF") || named(r, "IRET") ||
           !strcmp(r->name, "VCVTPS2PH") ||
           strstr(r->gen, "cvt_to_mm");
}

/* Registers whose value is the processor's own affair, or chance. */
static void own_values(const Enc *e, IsaCase *c)
{
    const IsaRow *r = e->r;
    int rm = e->rm | (e->rex & 1 ? 8 : 0);

    c->low_junk = named(r, "CPUID") ? 0xf : named(r, "RDTSCP") ? 7 :
                  named(r, "RDTSC") || named(r, "XGETBV") ? 5 :
                  named(r, "RDPID") ? 1 << rm : 0;
    c->frame = named(r, "SGDT") || named(r, "SIDT") || named(r, "SLDT") ||
               named(r, "STR") || named(r, "SMSW");
    c->junk = c->frame && !e->mem ? 1 << rm : named(r, "RDRAND") || named(r, "RDSEED") ? 1 << rm : 0;
}

static bool loads_segment(const IsaRow *r)
{
    return strstr(r->ops, "Sw") || strstr(r->gen, "_seg") ||
           isa_named(r, "CALLF") ||
           named(r, "POPA") || isa_named(r, "JMPF") ||
           isa_named(r, "RETF") || isa_named(r, "IRET") ||
           !strncmp(r->gen, "lseg", 4);
}

/* EDX:EAX choose the parts of an image. */
static bool uses_mask(const Enc *e)
{
    return e->base == RAX || e->base == RDX || e->index == RAX ||
           e->index == RDX;
}

void isa_gen_code(const IsaRow *r, Enc *e, IsaCase *c)
{
    memset(e, 0, sizeof(*e));
    c->fl_mask = 0xcd5 & ~undefined_flags(r);
    c->off = 0x200 + isa_below(0x400);
    c->loop_tail = 0;
    c->x87_ulp = is_transcendental(r);
    c->stores_same = named(r, "ARPL");
    c->approx = isa_row_approximate(r);
    do {
        c->len = isa_encode(e, r, c->code, ISA_CODE + c->off);
    } while (isa_row_image(r) && uses_mask(e));
    if (isa_below(40) == 0 && !e->rip_disp && !e->rel_at) {
        /* across the end of the page: the fetch faults, or the next one */
        c->off = ISA_CODE_SIZE - isa_below(c->len + 1);
        c->off -= c->off == ISA_CODE_SIZE;
    }
    /* Undefined flags are AMD's. */
    if (!isa_host_amd() && (named(r, "DIV") || named(r, "IDIV"))) {
        c->fl_mask = 0x400;
    }
    if (!isa_host_amd() && (named(r, "SHLD") || named(r, "SHRD")) &&
        e->opsize && !(e->rex & 8)) {
        c->fl_mask &= ~0x800;   /* counts above 15 */
    }
    if (named(r, "RDSEED")) {
        c->fl_mask = 0x400;     /* the source may run dry */
    }
    c->store_late = late_store(r);
    c->no_cr2 = odd_cr2(r);
    c->segs = loads_segment(r);
    own_values(e, c);
}

/* The registers that the instruction names, and two others, get new values. */
static void refresh_vectors(const Enc *e, IsaState *st)
{
    const uint8_t r[] = {
        e->reg | (e->rex & 4 ? 8 : 0), e->rm | (e->rex & 1 ? 8 : 0), e->vvvv,
        0, isa_below(16), isa_below(16),
    };

    for (unsigned i = 0; i < ARRAY_SIZE(r); i++) {
        isa_vec(st->vec[r[i]], 32);
    }
    if (isa_below(4) == 0) {
        memcpy(st->vec[r[isa_below(3)]], st->vec[r[isa_below(3)]], 32);
    }
}

void isa_gen_state(Enc *e, IsaCase *c, bool fresh)
{
    const IsaRow *r = e->r;
    IsaState *st = &c->in;
    uint64_t at;

    if (fresh) {
        isa_rnd_state(st);
    } else {
        refresh_vectors(e, st);
        isa_rnd_control(st);
        if (r->fpu) {
            isa_rnd_x87(st->fx);
        }
    }
    suit_early(r, c);
    at = solve_address(e, st, isa_target(r, false));
    if (at - ISA_DATA < ISA_DATA_SIZE - 64) {
        isa_vec(c->mem + (at - ISA_DATA), 32);
    }
    suit(e, c, at);
    if (isa_mode32) {
        isa_state32(st);
    }
    note_unstable(e, c, at);
}

/* ---- sequences ----------------------------------------------------------- */

bool isa_row_approximate(const IsaRow *r)
{
    return strstr(r->name, "RCPPS") || strstr(r->name, "RCPSS") ||
           strstr(r->name, "RSQRT");
}

bool isa_row_in_sequence(const IsaRow *r)
{
    static const char *const not[] = {
        "POPF",                 /* AC or TF by chance */
        "LOOP",                 /* for how long? */
        "FNSTENV", "FNSAVE", "FXSAVE", "XSAVE",     /* store junk */
        "ARPL",                 /* may store what is there, see stores_same */
        "CPUID", "RDTSC", "RDPID", "RDRAND", "RDSEED", "XGETBV",
        "WRFSBASE", "WRGSBASE", "SGDT", "SIDT", "SLDT", "STR", "SMSW",
    };

    if (isa_row_attr(r, "stop") || isa_row_attr(r, "ret") ||
        isa_row_attr(r, "calli") || isa_row_attr(r, "jumpi") ||
        is_transcendental(r) || loads_segment(r) ||
        (!isa_host_amd() && (named(r, "DIV") || named(r, "IDIV"))) ||
        strstr(r->name, "MASKMOV") ||   /* a mask of zeros may fault */
        (strstr(r->name, "RSTOR") && !named(r, "FRSTOR")) ||
        strstr(r->name, "LDMXCSR")) {   /* valid by chance, bit 17 too */
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(not); i++) {
        if (named(r, not[i])) {
            return false;
        }
    }
    return true;
}

void isa_gen_allow(const IsaRow *r, IsaCase *c)
{
    c->store_late |= late_store(r);
    c->no_cr2 |= odd_cr2(r);
}
