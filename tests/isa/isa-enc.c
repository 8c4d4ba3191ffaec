/* SPDX-License-Identifier: MIT */
/*
 * Instruction bytes for the tests: a random instance of a row, in any operand
 * form, size, prefix and addressing mode that the row allows.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

bool isa_named(const IsaRow *r, const char *prefix)
{
    return !strncmp(r->name, prefix, strlen(prefix));
}

bool isa_row_gathers(const IsaRow *r)
{
    return isa_named(r, "VGATHER") || isa_named(r, "VPGATHER");
}

bool isa_row_string(const IsaRow *r)
{
    return isa_row_attr(r, "rep");
}

/* FXSAVE, XSAVE and kin. */
bool isa_row_image(const IsaRow *r)
{
    return isa_named(r, "FXSAVE") || isa_named(r, "FXRSTOR") ||
           isa_named(r, "XSAVE") || isa_named(r, "XRSTOR");
}

static void put(Enc *e, unsigned n, uint64_t v)
{
    for (unsigned i = 0; i < n; i++) {
        *e->p++ = v >> 8 * i;
    }
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
    if (isa_named(r, "VER")) {
        ;                       /* LOCK's #UD comes behind their faults */
    } else if (isa_row_attr(r, "lock") && e->mem ? isa_below(4) == 0 :
        isa_below(60) == 0) {
        put(e, 1, 0xf0);
    }
    if (isa_row_string(r) ? isa_below(2) == 0 :
        !r->pfx_fixed && !near && isa_below(50) == 0) {
        rep = isa_below(2) ? 0xf2 : 0xf3;
    }
    if (isa_below(12) == 0 && !near) {
        /* CS is not writable, which matters in 32-bit mode; there FS and GS
         * hold no segment. */
        static const uint8_t segs[] = { 0x26, 0x36, 0x3e, 0x2e, 0x64, 0x65 };
        unsigned k = isa_below(isa_mode32 ? 3 : e->seq || !isa_bases ? 4 : 6);

        put(e, 1, segs[k]);
        e->seg = k >= 4 ? (int)k - 4 : -1;
    }
    if (isa_below(10) == 0 && !near && !isa_mode32 && !e->seq) {
        put(e, 1, 0x67);
        e->addr32 = true;
    } else if (e->a16) {
        put(e, 1, 0x67);
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

/* In a sequence the registers are what they are: an address that is part of
 * the code, or a register that was given a pointer. */
static bool seq_address(Enc *e)
{
    unsigned n;

    if (e->vsib || isa_below(16) == 0) {
        return false;
    }
    if (isa_below(2) || !e->ptrs) {
        e->mod = 0;
        e->rm = 5;              /* RIP-relative or absolute */
        return true;
    }
    do {
        n = isa_below(isa_mode32 ? 8 : 16);
    } while (!(e->ptrs >> n & 1));
    e->mod = isa_below(8) ? 1 : 2;
    e->rm = n & 7;
    e->base = n;
    e->rex = (e->rex & 0xe) | n >> 3;
    if (e->rm == 4) {           /* SIB without an index */
        e->index = -1;
        e->rex &= 0xd;
    }
    e->disp = e->mod == 1 ? (int8_t)isa_rnd() & ~15 : (int)isa_below(512) - 256;
    return true;
}

/* A general register, seldom one that a sequence needs as a pointer. */
static unsigned pick_reg(const Enc *e, unsigned high)
{
    unsigned n = isa_below(8);

    for (int i = 0; i < 4 && e->ptrs >> (n | high) & 1; i++) {
        n = isa_below(8);
    }
    return n;
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
    e->reg = r->digit >= 0 ? r->digit : pick_reg(e, e->rex & 4 ? 8 : 0);
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
        e->rm = pick_reg(e, e->rex & 1 ? 8 : 0);
        return;
    }
    e->vsib = isa_row_gathers(r);
    if (e->seq && seq_address(e)) {
        return;
    }
    if (e->a16) {
        e->mod = isa_below(3);
        e->rm = isa_below(8);
        e->disp = isa_rnd();
        return;
    }
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
    if (e->rm == 4 && !e->a16) {
        put(e, 1, e->scale << 6 | (e->index < 0 ? 4 : e->index & 7) << 3 |
            (e->base == -2 ? 5 : e->base & 7));
    }
    if (e->a16) {
        put(e, e->mod == 1 ? 1 : e->mod == 2 || e->rm == 6 ? 2 : 0, e->disp);
        return;
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
    if (isa_named(r, "ENTER")) {
        return isa_rnd() & 0x1ff;
    }
    return isa_below(3) ? isa_rnd() : isa_int();
}

/* To the next instruction, or clear of this one and what stands behind it. */
static int jump_distance(void)
{
    switch (isa_below(4)) {
    case 0:
        return 0;
    case 1:
        return -17 - (int)isa_below(112);
    default:
        return 16 + isa_below(112);
    }
}

static void emit_imm(Enc *e, unsigned i)
{
    const IsaRow *r = e->r;
    char c = r->imm_size[i][0];

    switch (r->imm[i]) {
    case 'J':
        e->rel_at = e->p;
        e->rel_size = c == 'b' ? 1 : 4;
        put(e, e->rel_size, e->seq ? 0 : jump_distance());
        break;
    case 'L':
        put(e, 1, isa_rnd());
        break;
    case 'O':
        put(e, e->a16 ? 2 : e->addr32 ? 4 : 8, e->at);
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

unsigned isa_row_mem_bytes(const IsaRow *r)
{
    const char *s = r->rm_size;

    return !strcmp(s, "b") ? 1 : !strcmp(s, "w") ? 2 :
           !strcmp(s, "d") || !strcmp(s, "ss") ? 4 :
           !strcmp(s, "dq") || s[0] == 'x' || s[0] == 'p' ? 16 :
           !strcmp(s, "qq") ? 32 : 8;
}

uint64_t isa_target(const IsaRow *r, bool tame)
{
    unsigned align = isa_row_mem_bytes(r);
    uint64_t at = ISA_DATA + isa_below(ISA_DATA_SIZE - 1024) + 256;

    if (isa_row_image(r)) {
        at = ISA_DATA + isa_below(ISA_DATA_SIZE - 1024);
        return isa_below(16) ? at & ~63ull : at;
    }
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

/* ---- the whole ----------------------------------------------------------- */

static void choose(Enc *e, const IsaRow *r)
{
    choose_modrm(e);
    if (r->w >= 0) {
        e->rex = (e->rex & 7) | r->w << 3;
    } else if (isa_below(3) == 0 && (r->vex || !isa_mode32)) {
        e->rex |= 8;
    }
    if (strstr(r->ops, "Mp")) {
        e->rex &= 7;            /* 64-bit offset: on Intel only */
    }
    e->l = r->vex_l >= 0 ? r->vex_l : isa_below(2);
    e->vvvv = r->vvvv ? isa_below(16) : isa_below(50) ? 0 : isa_below(16);
    e->vvvv &= isa_mode32 ? 7 : 15;
    e->addr32 = isa_mode32;
    e->seg = -1;
    e->op_low = isa_rnd() & r->op_free;
    if (r->op_free == 7 && e->ptrs) {
        e->op_low = pick_reg(e, e->rex & 1 ? 8 : 0);
    }
}

unsigned isa_encode(Enc *e, const IsaRow *r, uint8_t *buf, uint64_t pc)
{
    int32_t d;

    e->r = r;
    e->p = buf;
    e->rip_disp = e->disp_at = e->rel_at = NULL;
    e->rex = e->mod = e->reg = e->rm = 0;
    e->mem = e->vsib = e->opsize = false;
    e->disp = e->scale = 0;
    e->a16 = isa_mode32 && !e->seq && !isa_row_gathers(r) &&
             !isa_row_attr(r, "f64") && isa_below(24) == 0;
    choose(e, r);
    e->at = isa_target(r, e->seq);
    if (e->mem && e->mod == 0 && e->base == -2) {
        /* [index * scale + disp32], the index small */
        e->disp = e->at - (isa_below(64) << e->scale);
    }
    if (!r->vex) {
        legacy_prefixes(e);
    } else if (e->a16) {
        put(e, 1, 0x67);
    } else if (isa_below(10) == 0 && !isa_mode32 && !e->seq) {
        put(e, 1, 0x67);
        e->addr32 = true;
    }
    rex_or_vex(e);
    opcode(e);
    emit_modrm(e);
    for (unsigned i = 0; i < r->nimm; i++) {
        emit_imm(e, i);
    }
    if (e->rip_disp) {
        d = isa_mode32 ? e->at : e->at - (pc + (e->p - buf));
        for (int i = 0; i < 4; i++) {
            e->rip_disp[i] = (uint32_t)d >> 8 * i;
        }
    }
    return e->p - buf;
}
