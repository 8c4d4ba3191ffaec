/* SPDX-License-Identifier: MIT */
/*
 * Reads insn.def's rows for the test generator.  It parses the text of the
 * encoding itself, apart from the decoder's own table tool, so that a slip in
 * either shows up as a difference.
 */
#include "util/osdep.h"
#include "tests/isa/isa-rows.h"

static IsaRow rows[] = {
#define I(name, enc, ops, gen, flags, feats, attrs) \
    { #name, enc, ops, gen, flags, feats, attrs },
#include "target-i386/insn.def"
#undef I
};

static bool has_word(const char *text, const char *w)
{
    size_t n = strlen(w);

    for (const char *p = text; (p = strstr(p, w)); p += n) {
        if ((p == text || p[-1] == ' ') && (!p[n] || p[n] == ' ')) {
            return true;
        }
    }
    return false;
}

bool isa_row_attr(const IsaRow *r, const char *attr)
{
    return has_word(r->attrs, attr);
}

static void parse_prefix(IsaRow *r, const char *t)
{
    r->pfx_fixed = true;
    r->pfx = !strcmp(t, "66") ? 0x66 : !strcmp(t, "F3") ? 0xf3 :
             !strcmp(t, "F2") ? 0xf2 : 0;
    r->nf = !strcmp(t, "NF");
}

static bool is_prefix(const char *t)
{
    return !strcmp(t, "NP") || !strcmp(t, "NF") || !strcmp(t, "66") ||
           !strcmp(t, "F3") || !strcmp(t, "F2");
}

static void parse_vex(IsaRow *r, char *t)
{
    char *save = NULL;

    r->vex = true;
    r->vex_l = r->w = -1;
    r->map = 1;
    for (char *p = strtok_r(t, ".", &save); p; p = strtok_r(NULL, ".", &save)) {
        if (!strcmp(p, "128") || !strcmp(p, "LZ") || !strcmp(p, "L0")) {
            r->vex_l = 0;
        } else if (!strcmp(p, "256") || !strcmp(p, "L1")) {
            r->vex_l = 1;
        } else if (!strcmp(p, "W0") || !strcmp(p, "W1")) {
            r->w = p[1] - '0';
        } else if (!strcmp(p, "0F38")) {
            r->map = 2;
        } else if (!strcmp(p, "0F3A")) {
            r->map = 3;
        } else if (is_prefix(p)) {
            parse_prefix(r, p);
        }
    }
}

static void parse_byte(IsaRow *r, const char *t)
{
    unsigned v = strtoul(t, NULL, 16);

    if (r->have_opcode) {
        r->has_modrm = true;
        r->modrm = v;
        r->modrm_free = t[2] ? 7 : 0;
        r->modrm_fixed = true;
    } else if (!r->vex && r->map == 0 && !strcmp(t, "0F")) {
        r->map = 1;
    } else if (!r->vex && r->map == 1 && !strcmp(t, "38")) {
        r->map = 2;
    } else if (!r->vex && r->map == 1 && !strcmp(t, "3A")) {
        r->map = 3;
    } else {
        r->opcode = v;
        r->have_opcode = true;
        r->op_free = !strcmp(t + 2, "+r") ? 7 : !strcmp(t + 2, "+cc") ? 15 : 0;
    }
}

static void parse_encoding(IsaRow *r)
{
    char buf[64], *save = NULL;

    snprintf(buf, sizeof(buf), "%s", r->enc);
    r->w = r->vex_l = r->digit = -1;
    r->mod = 0;
    for (char *t = strtok_r(buf, " ", &save); t;
         t = strtok_r(NULL, " ", &save)) {
        if (!strncmp(t, "VEX", 3)) {
            parse_vex(r, t);
        } else if (!r->have_opcode && !r->map && !r->pfx_fixed &&
                   is_prefix(t)) {
            parse_prefix(r, t);
        } else if (!strcmp(t, "REX.W")) {
            r->w = 1;
        } else if (!strcmp(t, "W0")) {
            r->w = 0;
        } else if (t[0] == '/') {
            r->has_modrm = true;
            r->digit = t[1] == 'r' ? -1 : t[1] - '0';
        } else if (!strcmp(t, "m") || !strcmp(t, "r")) {
            r->has_modrm = true;
            r->mod = t[0];
        } else {
            parse_byte(r, t);
        }
    }
}

static void parse_operands(IsaRow *r)
{
    char buf[64], *save = NULL;

    snprintf(buf, sizeof(buf), "%s", r->ops);
    for (char *t = strtok_r(buf, ",", &save); t;
         t = strtok_r(NULL, ",", &save)) {
        if (!strcmp(t, "AL") || !strcmp(t, "rAX") || !strcmp(t, "CL") ||
            !strcmp(t, "DX") || !strcmp(t, "1") || !strcmp(t, "ST0") ||
            !strcmp(t, "eAX") || !strcmp(t, "AX")) {
            continue;
        }
        if (!strcmp(t, "STi") || strchr("EGRMSCDVWUPQN", t[0])) {
            r->has_modrm = true;
        }
        if (strcmp(t, "STi") && strchr("RUN", t[0])) {
            r->mod = 'r';
        } else if (t[0] == 'M') {
            r->mod = 'm';
        }
        if (strchr("EMWQ", t[0])) {
            snprintf(r->rm_size, sizeof(r->rm_size), "%s", t + 1);
        }
        if (strchr("IJOAL", t[0])) {
            r->imm[r->nimm++] = t[0];
            snprintf(r->imm_size[r->nimm - 1], sizeof(r->imm_size[0]), "%s",
                     t + 1);
        }
        if (strchr("BH", t[0])) {
            r->vvvv = true;
        }
    }
}

/* x87 and MMX registers: ESC opcodes, P, Q and N operands, whole images. */
static bool uses_x87(const IsaRow *r)
{
    return (!r->map && !r->vex && (r->opcode & 0xf8) == 0xd8) ||
           strpbrk(r->ops, "PQN") || isa_row_attr(r, "x87") ||
           isa_row_image(r) || !strcmp(r->name, "EMMS") ||
           !strcmp(r->name, "FWAIT");
}

IsaRow *isa_rows(unsigned *n)
{
    static bool done;

    if (!done) {
        for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
            parse_encoding(&rows[i]);
            parse_operands(&rows[i]);
            rows[i].todo = !strncmp(rows[i].gen, "todo", 4);
            rows[i].fpu = uses_x87(&rows[i]);
        }
        done = true;
    }
    *n = ARRAY_SIZE(rows);
    return rows;
}
