/* SPDX-License-Identifier: MIT */
/*
 * The test generator: a random instance of a row (operand form, prefixes,
 * size, registers, addressing mode) and a machine state in which it mostly
 * does something: addresses point into the data page, counts are small where
 * they must be, branch targets land in the code page.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* Rows that can't be compared: they change what the harness stands on, are
 * not the same twice, or leave the process. */
static const char *const untestable[] = {
    "SYSCALL", "SYSENTER", "INT", "INT1", "IRET", "RETF", "CALLF", "JMPF",
    "RDTSC", "RDTSCP", "RDPID", "CPUID", "RDRAND", "RDSEED", "XGETBV",
    "WRFSBASE", "WRGSBASE", "RDFSBASE", "RDGSBASE", "LFS", "LGS", "LSS",
    "SLDT", "STR", "SGDT", "SIDT", "SMSW", "LAR", "LSL", "VERR", "VERW",
    "XSAVE", "XRSTOR", "XSAVEC", "XSAVEOPT", "XSAVES", "XRSTORS", "MONITOR",
    "MWAIT", "FXSAVE", "RSM", "INT3", "SYSEXIT", "SYSRET", "SWAPGS", "FEMMS",
};

bool isa_row_testable(const IsaRow *r)
{
    if (isa_row_attr(r, isa_mode32 ? "o64" : "i64") || r->todo) {
        return false;
    }
    if (isa_mode32 && !r->vex && r->w == 1) {
        return false;
    }
    /* Without a memory operand it is #UD on AMD, nothing on Intel. */
    if (!strcmp(r->enc, "0F 0D")) {
        return false;
    }
    if (!isa_host_has(r->feats)) {
        return false;           /* tests/linux-user/isa-ref.c */
    }
    for (size_t i = 0; i < ARRAY_SIZE(untestable); i++) {
        if (!strcmp(r->name, untestable[i])) {
            return false;
        }
    }
    /* Segment registers hold the harness's own TLS. */
    return !strstr(r->ops, "Sw") && !strstr(r->gen, "_seg");
}

static bool named(const IsaRow *r, const char *prefix)
{
    return !strncmp(r->name, prefix, strlen(prefix));
}

static bool is_gather(const IsaRow *r)
{
    return named(r, "VGATHER") || named(r, "VPGATHER");
}

static bool is_string(const IsaRow *r)
{
    return isa_row_attr(r, "rep");
}

/* ---- encoding ---------------------------------------------------------------- */

/* An instance being put together. */
typedef struct Enc {
    const IsaRow *r;
    uint8_t *p;                 /* next byte */
    unsigned rex;               /* W8 R4 X2 B1 */
    bool opsize, addr32;
    uint8_t reg, rm, mod;
    uint8_t vvvv, l;
    int base, index, scale;     /* -1: none */
    int32_t disp;
    uint8_t *rip_disp;          /* RIP-relative displacement to fill in */
    uint8_t *disp_at;
    bool mem;
    bool seq;                   /* part of a sequence: jumps go on in it */
    bool vsib;                  /* index is a vector register */
    int op_low;                 /* free bits of the opcode */
} Enc;

static void put(Enc *e, unsigned n, uint64_t v)
{
    memcpy(e->p, &v, n);
    e->p += n;
}

static void legacy_prefixes(Enc *e)
{
    const IsaRow *r = e->r;
    bool near = isa_row_attr(r, "f64");
    uint8_t rep = 0;

    if (r->pfx_fixed && r->pfx) {
        if (r->pfx != 0x66 && !r->nf && isa_below(24) == 0 && !near) {
            put(e, 1, 0x66);
            e->opsize = true;
        }
        rep = r->pfx;
    } else if (!near && (!r->pfx_fixed || r->nf) && isa_below(5) == 0) {
        put(e, 1, 0x66);
        e->opsize = true;
    }
    if (isa_row_attr(r, "lock") && e->mem ? isa_below(4) == 0 :
        isa_below(60) == 0) {
        put(e, 1, 0xf0);
    }
    if (is_string(r) ? isa_below(2) == 0 :
        !r->pfx_fixed && !near && isa_below(50) == 0) {
        rep = isa_below(2) ? 0xf2 : 0xf3;
    }
    if (isa_below(12) == 0 && !near) {
        /* CS is not writable, which matters in 32-bit mode. */
        static const uint8_t segs[] = { 0x26, 0x36, 0x3e, 0x2e };
        put(e, 1, segs[isa_below(isa_mode32 ? 3 : 4)]);
    }
    if (isa_below(10) == 0 && !near && !isa_mode32) {
        put(e, 1, 0x67);
        e->addr32 = true;
    }
    if (rep) {
        put(e, 1, rep);
    }
}

static void rex_or_vex(Enc *e)
{
    static const uint8_t pp[] = { 0, 1, 2, 3 };
    const IsaRow *r = e->r;
    unsigned p = r->pfx == 0x66 ? pp[1] : r->pfx == 0xf3 ? pp[2] :
                 r->pfx == 0xf2 ? pp[3] : 0;

    if (!r->vex) {
        if (!isa_mode32 && (e->rex || isa_below(8) == 0)) {
            put(e, 1, 0x40 | e->rex);
        }
        return;
    }
    unsigned low = (~e->vvvv & 15) << 3 | e->l << 2 | p;
    if (r->map == 1 && !(e->rex & 11) && isa_below(2)) {
        put(e, 1, 0xc5);
        put(e, 1, (e->rex & 4 ? 0 : 0x80) | low);
    } else {
        put(e, 1, 0xc4);
        put(e, 1, ((~e->rex & 7) << 5) | r->map);
        put(e, 1, (e->rex & 8 ? 0x80 : 0) | low);
    }
}

static void opcode(Enc *e)
{
    const IsaRow *r = e->r;

    if (!r->vex) {
        if (r->map) {
            put(e, 1, 0x0f);
        }
        if (r->map >= 2) {
            put(e, 1, r->map == 2 ? 0x38 : 0x3a);
        }
    }
    put(e, 1, r->opcode | e->op_low);
}

/* Chooses the ModRM fields; REX bits follow from it. */
static void choose_modrm(Enc *e)
{
    const IsaRow *r = e->r;

    e->base = e->index = -1;
    e->rex |= isa_below(2) && !isa_mode32 ? isa_below(8) : 0;
    if (!r->has_modrm) {
        return;
    }
    e->reg = r->digit >= 0 ? r->digit : isa_below(8);
    if (r->modrm_fixed) {
        uint8_t m = r->modrm | (isa_rnd() & r->modrm_free);
        e->mod = 3;
        e->reg = m >> 3 & 7;
        e->rm = m & 7;
        return;
    }
    e->mem = r->mod == 'm' || (!r->mod && isa_below(2));
    if (!e->mem) {
        e->mod = 3;
        e->rm = isa_below(8);
        return;
    }
    e->vsib = is_gather(r);
    switch (e->vsib ? 2 : isa_below(8)) {
    case 0:                     /* RIP-relative */
        e->mod = 0;
        e->rm = 5;
        return;
    case 1:                     /* disp32, perhaps with an index */
        e->mod = 0;
        e->rm = 4;
        e->base = -2;
        e->index = isa_below(8) | (e->rex & 2 ? 8 : 0);
        break;
    case 2:
    case 3:
    case 4:                     /* base and index */
        e->mod = isa_below(3);
        e->rm = 4;
        e->base = isa_below(8) | (e->rex & 1 ? 8 : 0);
        e->index = isa_below(8) | (e->rex & 2 ? 8 : 0);
        break;
    default:
        e->mod = isa_below(3);
        e->rm = isa_below(8);
        e->base = e->rm | (e->rex & 1 ? 8 : 0);
        if ((e->base & 7) == 4) {
            e->base = -1;
            e->rm = 3;
            e->base = e->rm | (e->rex & 1 ? 8 : 0);
        }
    }
    if (e->mod == 0 && e->base >= 0 && (e->base & 7) == 5) {
        e->mod = 1;
    }
    if (e->index == 4 && !e->vsib) {
        e->index = -1;
    }
    e->scale = isa_below(4);
    e->disp = e->mod == 1 ? (int8_t)isa_rnd() :
              e->mod == 2 ? (int32_t)isa_rnd() >> isa_below(24) : 0;
}

static void emit_modrm(Enc *e)
{
    if (!e->r->has_modrm) {
        return;
    }
    put(e, 1, e->mod << 6 | e->reg << 3 | e->rm);
    if (!e->mem) {
        return;
    }
    if (e->rm == 4) {
        put(e, 1, e->scale << 6 | (e->index < 0 ? 4 : e->index & 7) << 3 |
            (e->base == -2 ? 5 : e->base & 7));
    }
    e->disp_at = e->p;
    if (e->mod == 0 && e->rm == 5) {
        e->rip_disp = e->p;
        put(e, 4, 0);
    } else if (e->mod == 0 && e->base == -2) {
        put(e, 4, e->disp);
    } else if (e->mod == 1) {
        put(e, 1, e->disp);
    } else if (e->mod == 2) {
        put(e, 4, e->disp);
    }
}

static uint64_t imm_value(const IsaRow *r)
{
    if (named(r, "ENTER")) {
        return isa_rnd() & 0x1ff;
    }
    return isa_below(3) ? isa_rnd() : isa_int();
}

static void emit_imm(Enc *e, unsigned i, uint64_t mem_at)
{
    const IsaRow *r = e->r;
    char c = r->imm_size[i][0];

    switch (r->imm[i]) {
    case 'J':
        put(e, c == 'b' ? 1 : 4, e->seq ? (int)isa_below(24)
                                        : (int8_t)isa_rnd());
        break;
    case 'L':
        put(e, 1, isa_rnd());
        break;
    case 'O':
        put(e, e->addr32 || isa_mode32 ? 4 : 8, mem_at);
        break;
    case 'A':
        put(e, e->opsize ? 4 : 6, isa_rnd());
        break;
    default:
        put(e, c == 'b' ? 1 : c == 'w' ? 2 :
            e->opsize && !(e->rex & 8) ? 2 : c == 'v' && e->rex & 8 ? 8 : 4,
            imm_value(r));
    }
}

/* ---- addresses ----------------------------------------------------------------- */

static unsigned mem_bytes(const IsaRow *r)
{
    const char *s = r->rm_size;

    return !strcmp(s, "b") ? 1 : !strcmp(s, "w") ? 2 :
           !strcmp(s, "d") || !strcmp(s, "ss") ? 4 :
           !strcmp(s, "dq") || s[0] == 'x' || s[0] == 'p' ? 16 :
           !strcmp(s, "qq") ? 32 : 8;
}

/* Somewhere in the data, mostly aligned as the operand likes it. */
static uint64_t target_address(const IsaRow *r, bool tame)
{
    unsigned align = mem_bytes(r);
    uint64_t at = ISA_DATA + isa_below(ISA_DATA_SIZE - 1024) + 256;

    if (tame || isa_below(6)) {
        at &= ~(uint64_t)(align >= 16 ? 31 : align - 1);
        return at;
    }
    switch (isa_below(12)) {
    case 0:                     /* around the end of the writable data */
        return ISA_RO - isa_below(48);
    case 1:
        return ISA_RO + isa_below(ISA_RO_SIZE - 64);
    case 2:
        return ISA_RO + ISA_RO_SIZE - isa_below(48);
    case 3:
        return ISA_DATA - isa_below(48);
    case 4:                     /* page crossing */
        return ISA_DATA + 0x1000 - isa_below(48);
    }
    return at;
}

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

/* Gives base and index registers values so that the operand is at at. */
static uint64_t solve_address(Enc *e, IsaState *st, uint64_t at)
{
    uint64_t rest = at - (int64_t)e->disp, hi = 0;

    if (e->addr32 && !isa_mode32) {
        hi = isa_rnd() << 32;
    }
    if (e->base >= 0 && e->base == e->index && !e->vsib) {
        uint64_t k = 1 + (1ull << e->scale);
        uint64_t v = (e->addr32 ? (uint32_t)rest : rest) / k;
        st->gpr[e->base] = v;
        return v * k + (int64_t)e->disp;
    }
    if (e->vsib) {
        vsib_indexes(e, st);
    } else if (e->index >= 0) {
        uint64_t v = isa_below(3) ? isa_below(256) : isa_int();
        if (e->base < 0) {      /* [index * scale + disp32] */
            v = isa_below(64);
        }
        st->gpr[e->index] = v;
        rest -= v << e->scale;
    }
    if (e->base >= 0) {
        st->gpr[e->base] = e->addr32 ? (uint32_t)rest | hi : rest;
    } else if (e->base == -2) {
        int32_t d = rest;
        memcpy(e->disp_at, &d, 4);
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

static uint64_t code_pointer(void)
{
    return ISA_CODE + isa_below(ISA_CODE_SIZE);
}

static void suit_divide(Enc *e, IsaCase *c, uint64_t at)
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

static void suit(Enc *e, IsaCase *c, uint64_t at)
{
    const IsaRow *r = e->r;
    IsaState *st = &c->in;
    int rm = e->rm | (e->rex & 1 ? 8 : 0), reg = e->reg | (e->rex & 4 ? 8 : 0);

    if (named(r, "DIV") || named(r, "IDIV")) {
        suit_divide(e, c, at);
    } else if (named(r, "CMPXCHG8B") || named(r, "CMPXCHG16B")) {
        if (isa_below(2)) {
            st->gpr[RAX] = get_mem(c, at);
            st->gpr[RDX] = e->rex & 8 ? get_mem(c, at + 8) : get_mem(c, at + 4);
        }
    } else if (named(r, "CMPXCHG")) {
        if (isa_below(2)) {
            st->gpr[RAX] = e->mem ? get_mem(c, at) : st->gpr[rm];
        }
    } else if (named(r, "BT") && e->mem && r->digit < 0) {
        st->gpr[reg] = (int64_t)isa_below(8192) - 2048;
    } else if (isa_row_attr(r, "calli") || isa_row_attr(r, "jumpi")) {
        if (e->mem) {
            put_mem(c, at, 8, code_pointer());
        } else if (rm != RSP) {
            st->gpr[rm] = code_pointer();
        }
    } else if (isa_row_attr(r, "ret")) {
        put_mem(c, st->gpr[RSP], 8, code_pointer());
    } else if (named(r, "POPF")) {
        put_mem(c, st->gpr[RSP], 8, 0x202 | (isa_rnd() & 0xcd5));
    } else if (named(r, "FXRSTOR") || named(r, "FRSTOR") ||
               named(r, "FLDENV") || named(r, "LDMXCSR")) {
        IsaState t;
        isa_rnd_state(&t);
        if (named(r, "FXRSTOR")) {
            for (int i = 0; i < 512 && isa_below(40); i += 8) {
                uint64_t v;
                memcpy(&v, t.fx + i, 8);
                if (i < 160) {
                    put_mem(c, at + i, 8, v);
                }
            }
            /* This host has a bit 17 that no model announces. */
            put_mem(c, at + 24, 4, isa_below(8) ? t.fx[24] | t.fx[25] << 8
                                                : isa_rnd() & ~0x20000u);
        } else if (named(r, "LDMXCSR")) {
            uint32_t v;
            memcpy(&v, t.fx + 24, 4);
            put_mem(c, at, 4, isa_below(8) ? v : isa_rnd());
        } else {
            put_mem(c, at, 2, t.fx[0] | t.fx[1] << 8);
            put_mem(c, at + 4, 2, t.fx[2] | t.fx[3] << 8);
        }
    } else if (named(r, "FLDCW")) {
        put_mem(c, at, 2, 0x37f & ~(isa_below(3) ? 0 : isa_rnd()));
    }
}

static void suit_early(const IsaRow *r, IsaCase *c)
{
    IsaState *st = &c->in;

    st->gpr[RSP] = data_pointer();
    if (is_string(r)) {
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

/* ---- whole cases -------------------------------------------------------------- */

static unsigned encode(Enc *e, IsaState *st, uint8_t *buf, uint64_t pc,
                       uint64_t *at, bool tame)
{
    const IsaRow *r = e->r;

    e->p = buf;
    e->seq = !st;
    choose_modrm(e);
    if (r->w >= 0) {
        e->rex = (e->rex & 7) | r->w << 3;
    } else if (isa_below(3) == 0 && (r->vex || !isa_mode32)) {
        e->rex |= 8;
    }
    e->l = r->vex_l >= 0 ? r->vex_l : isa_below(2);
    e->vvvv = r->vvvv ? isa_below(16) : isa_below(50) ? 0 : isa_below(16);
    e->vvvv &= isa_mode32 ? 7 : 15;
    e->addr32 = isa_mode32;
    e->op_low = isa_rnd() & r->op_free;
    if (r->vex) {
        if (isa_below(10) == 0 && !isa_mode32) {
            put(e, 1, 0x67);
            e->addr32 = true;
        }
    } else {
        legacy_prefixes(e);
    }
    rex_or_vex(e);
    opcode(e);
    emit_modrm(e);
    *at = target_address(r, tame);
    if (e->mem && !e->rip_disp && st) {
        *at = solve_address(e, st, *at);
    }
    for (unsigned i = 0; i < r->nimm; i++) {
        emit_imm(e, i, *at);
    }
    if (e->rip_disp) {
        int32_t d = isa_mode32 ? *at : *at - (pc + (e->p - buf));
        memcpy(e->rip_disp, &d, 4);
    }
    return e->p - buf;
}

/* Bytes of the row's memory operand that hold host addresses (x87 environment:
 * instruction and data pointers). */
static void note_unstable(const Enc *e, IsaCase *c, uint64_t at)
{
    c->skip_at = c->skip_len = 0;
    if (named(e->r, "FNSTENV") || named(e->r, "FNSAVE")) {
        bool env16 = e->opsize && !(e->rex & 8);
        c->skip_at = at + (env16 ? 6 : 12);
        c->skip_len = env16 ? 8 : 16;
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
    return strstr(r->name, "MASKMOV") || named(r, "CMPS");
}

/* Rows that change x87 or SSE status before they fault, or whose pending x87
 * exception comes behind the fault of their operand. */
static bool late_store(const IsaRow *r)
{
    return isa_row_attr(r, "x87") || named(r, "CMPS") || !strcmp(r->name, "VCVTPS2PH") ||
           strstr(r->gen, "cvt_to_mm");
}

void isa_gen_case(const IsaRow *r, IsaCase *c)
{
    Enc e = { .r = r };
    uint64_t at;

    isa_rnd_state(&c->in);
    if (isa_mode32) {
        isa_state32(&c->in);
    }
    c->fl_mask = 0xcd5 & ~undefined_flags(r);
    c->off = 0x200 + isa_below(0x400);
    c->x87_ulp = is_transcendental(r);
    suit_early(r, c);
    c->len = encode(&e, &c->in, c->code, ISA_CODE + c->off, &at, false);
    suit(&e, c, at);
    if (isa_mode32) {
        isa_state32(&c->in);
    }
    note_unstable(&e, c, at);
    if (named(r, "DIV") || named(r, "IDIV")) {
        c->fl_mask = 0x400;     /* undefined, and different by processor */
    }
    if ((named(r, "SHLD") || named(r, "SHRD")) && e.opsize && !(e.rex & 8)) {
        c->fl_mask &= ~0x800;   /* counts above 15 */
    }
    c->store_late = late_store(r);
    c->no_cr2 = odd_cr2(r);
}

bool isa_gen_append(const IsaRow *r, IsaCase *c, unsigned *len)
{
    /* In a sequence the registers are what they are: addresses come from
     * RIP, absolute ones, or pointers that happen to be good. */
    Enc e = { .r = r };
    uint64_t at;

    if (isa_row_attr(r, "stop") || isa_row_attr(r, "ret") ||
        isa_row_attr(r, "calli") || isa_row_attr(r, "jumpi") ||
        is_transcendental(r) || named(r, "POPF") ||     /* AC or TF by chance */
        named(r, "LOOP") ||     /* for how long? */
        named(r, "DIV") || named(r, "IDIV")) {      /* leave junk in flags */
        return false;
    }
    c->store_late |= late_store(r);
    c->no_cr2 |= odd_cr2(r);
    *len = encode(&e, NULL, c->code + c->len, ISA_CODE + c->off + c->len, &at,
                  true);
    return !named(r, "FNSTENV") && !named(r, "FNSAVE");
}
