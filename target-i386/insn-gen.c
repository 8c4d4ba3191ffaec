/* SPDX-License-Identifier: MIT */
/*
 * Host tool of the build: reads the instruction rows of insn.def and prints
 * the decoder's constant tables.  Flow: insn.def -> (this) -> insn-tables.inc
 * -> decode.c.  Errors in a row end the build with the row's text.
 *
 * Output: x86_rows[] sorted by opcode and, within one, most specific first;
 * x86_opcodes[map][opcode] = which rows to try, either directly or through
 * x86_split[], an array indexed by some bits of the match key.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As in decode.h, which needs GLib and so can't be included here. */
enum {
    XK_REG_SHIFT = 3, XK_MOD3 = 1 << 6, XK_PFX_SHIFT = 7,
    XK_W = 1 << 9, XK_L = 1 << 10, XK_MODE64 = 1 << 11,
};
enum { NB_MAPS = 7 };

typedef struct Row {
    const char *name, *enc, *ops, *gen, *flags, *feats, *attrs;
    int map, opcode, count;             /* count: opcodes covered */
    unsigned mask, val;
    int modrm, vex, p66, order;
    char opnd[4][24];
    int nopnd;
    const char *imm;
} Row;

static const Row source[] = {
#define I(name, enc, ops, gen, flags, feats, attrs) \
    { #name, enc, ops, gen, flags, feats, attrs },
#include "target-i386/insn.def"
};
#define NB_SOURCE (sizeof(source) / sizeof(source[0]))

static Row rows[NB_SOURCE];
static int nb_rows;

static void die(const Row *r, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "insn.def: %s \"%s\" \"%s\": ", r->name, r->enc, r->ops);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

static void match(Row *r, unsigned mask, unsigned val)
{
    if ((r->mask & mask) && ((r->mask & mask) != mask ||
                             (r->val & mask) != val)) {
        die(r, "contradicting constraints");
    }
    r->mask |= mask;
    r->val |= val;
}

static void match_pfx(Row *r, const char *t)
{
    if (!strcmp(t, "NF")) {             /* none or 66 */
        match(r, 2 << XK_PFX_SHIFT, 0);
        return;
    }
    unsigned v = !strcmp(t, "66") ? 1 : !strcmp(t, "F3") ? 2 :
                 !strcmp(t, "F2") ? 3 : 0;
    match(r, 3 << XK_PFX_SHIFT, v << XK_PFX_SHIFT);
    r->p66 = v == 1;
}

static int is_hex2(const char *t)
{
    return strlen(t) >= 2 && strspn(t, "0123456789ABCDEF") >= 2 &&
           (!t[2] || t[2] == '+');
}

static void vex_part(Row *r, const char *t)
{
    if (!strcmp(t, "128") || !strcmp(t, "LZ") || !strcmp(t, "L0")) {
        match(r, XK_L, 0);
    } else if (!strcmp(t, "256") || !strcmp(t, "L1")) {
        match(r, XK_L, XK_L);
    } else if (!strcmp(t, "W0")) {
        match(r, XK_W, 0);
    } else if (!strcmp(t, "W1")) {
        match(r, XK_W, XK_W);
    } else if (!strcmp(t, "0F")) {
        r->map = 4;
    } else if (!strcmp(t, "0F38")) {
        r->map = 5;
    } else if (!strcmp(t, "0F3A")) {
        r->map = 6;
    } else if (!strcmp(t, "NP") || !strcmp(t, "66") || !strcmp(t, "F3") ||
               !strcmp(t, "F2")) {
        match_pfx(r, t);
    } else if (strcmp(t, "VEX") && strcmp(t, "LIG") && strcmp(t, "WIG")) {
        die(r, "bad VEX part %s", t);
    }
}

static void opcode_byte(Row *r, const char *t)
{
    int v = strtol(t, NULL, 16);

    if (r->opcode < 0 && r->map == 0 && v == 0x0f && t[2] == 0) {
        r->map = 1;
    } else if (r->opcode < 0 && r->map == 1 && (v == 0x38 || v == 0x3a) &&
               t[2] == 0) {
        r->map = v == 0x38 ? 2 : 3;
    } else if (r->opcode < 0) {
        r->opcode = v;
        r->count = !strcmp(t + 2, "+r") ? 8 : !strcmp(t + 2, "+cc") ? 16 : 1;
        if (r->count == 1 && t[2]) {
            die(r, "bad opcode %s", t);
        }
    } else {
        r->modrm = 1;
        if (v < 0xc0) {
            die(r, "ModRM byte below C0");
        }
        match(r, XK_MOD3 | 7 << XK_REG_SHIFT,
              XK_MOD3 | (v >> 3 & 7) << XK_REG_SHIFT);
        if (!t[2]) {
            match(r, 7, v & 7);
        }
    }
}

static void parse_encoding(Row *r)
{
    char buf[128], *save = NULL, *save2 = NULL;
    int first = 1;

    snprintf(buf, sizeof(buf), "%s", r->enc);
    r->opcode = -1;
    r->count = 1;
    for (char *t = strtok_r(buf, " ", &save); t;
         t = strtok_r(NULL, " ", &save)) {
        if (!strncmp(t, "VEX", 3)) {
            r->vex = 1;
            for (char *p = strtok_r(t, ".", &save2); p;
                 p = strtok_r(NULL, ".", &save2)) {
                vex_part(r, p);
            }
        } else if (first && (!strcmp(t, "NP") || !strcmp(t, "NF") ||
                             !strcmp(t, "66") || !strcmp(t, "F3") ||
                             !strcmp(t, "F2"))) {
            match_pfx(r, t);
        } else if (!strcmp(t, "REX.W")) {
            match(r, XK_W, XK_W);
            continue;
        } else if (!strcmp(t, "W0")) {
            match(r, XK_W, 0);
            continue;
        } else if (t[0] == '/') {
            r->modrm = 1;
            if (t[1] != 'r') {
                match(r, 7 << XK_REG_SHIFT, (t[1] - '0') << XK_REG_SHIFT);
            }
        } else if (!strcmp(t, "m") || !strcmp(t, "r")) {
            r->modrm = 1;
            match(r, XK_MOD3, t[0] == 'r' ? XK_MOD3 : 0);
        } else if (is_hex2(t)) {
            opcode_byte(r, t);
        } else {
            die(r, "bad token %s", t);
        }
        first = 0;
    }
    if (r->opcode < 0) {
        die(r, "no opcode");
    }
}

/* Operand text -> "OK_x, OS_y". */
static void parse_operand(Row *r, const char *t, char *out, size_t n)
{
    static const struct { const char *text, *c; } fixed[] = {
        { "AL", "OK_ACC, OS_B" }, { "AX", "OK_ACC, OS_W" },
        { "eAX", "OK_ACC, OS_Z" }, { "rAX", "OK_ACC, OS_V" },
        { "CL", "OK_CL, OS_B" }, { "DX", "OK_DX, OS_W" },
        { "1", "OK_ONE, OS_B" }, { "ST0", "OK_ST0, OS_NONE" },
        { "STi", "OK_STI, OS_NONE" },
    };
    static const struct { const char *text, *c; } sizes[] = {
        { "", "OS_NONE" }, { "b", "OS_B" }, { "w", "OS_W" }, { "d", "OS_D" },
        { "q", "OS_Q" }, { "dq", "OS_DQ" }, { "qq", "OS_QQ" }, { "t", "OS_T" },
        { "bs", "OS_BS" }, { "v", "OS_V" }, { "z", "OS_Z" }, { "y", "OS_Y" },
        { "x", "OS_X" }, { "ps", "OS_X" }, { "pd", "OS_X" }, { "ss", "OS_D" },
        { "sd", "OS_Q" }, { "p", "OS_P" }, { "s", "OS_S" }, { "a", "OS_V" },
    };
    for (unsigned i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (!strcmp(t, fixed[i].text)) {
            snprintf(out, n, "%s", fixed[i].c);
            if (!strcmp(t, "STi")) {
                r->modrm = 1;
            }
            return;
        }
    }
    if (!strchr("EGZRMIJOASCDXYBVWUHLPQN", t[0])) {
        die(r, "bad operand %s", t);
    }
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (!strcmp(t + 1, sizes[i].text)) {
            snprintf(out, n, "OK_%c, %s", t[0], sizes[i].c);
            if (strchr("EGRMSCDVWUPQN", t[0])) {
                r->modrm = 1;
            }
            if (t[0] == 'M') {
                match(r, XK_MOD3, 0);
            }
            if (strchr("RUN", t[0]) && !strstr(r->attrs, "mod3")) {
                match(r, XK_MOD3, XK_MOD3);
            }
            return;
        }
    }
    die(r, "bad operand size %s", t);
}

static void parse_imm(Row *r, const char *t)
{
    const char *k = t[0] == 'O' ? "IMM_O" : t[0] == 'A' ? "IMM_A" :
                    t[0] == 'L' ? "IMM_B" :
                    t[0] == 'J' ? (t[1] == 'b' ? "IMM_BS" : "IMM_Z") : NULL;

    if (t[0] == 'I') {
        k = !strcmp(t + 1, "b") ? "IMM_B" : !strcmp(t + 1, "bs") ? "IMM_BS" :
            !strcmp(t + 1, "w") ? "IMM_W" : !strcmp(t + 1, "z") ? "IMM_Z" :
            !strcmp(t + 1, "v") ? "IMM_V" : NULL;
        if (!k) {
            die(r, "bad immediate %s", t);
        }
    }
    if (!k || (t[0] == 'L' && r->imm)) {
        return;
    }
    if (!r->imm) {
        r->imm = k;
    } else if (!strcmp(r->imm, "IMM_W") && !strcmp(k, "IMM_B")) {
        r->imm = "IMM_WB";
    } else if (!strcmp(r->imm, "IMM_B") && !strcmp(k, "IMM_B")) {
        r->imm = "IMM_BB";
    } else {
        die(r, "two immediates");
    }
}

static void parse_operands(Row *r)
{
    char buf[64], *save = NULL;

    snprintf(buf, sizeof(buf), "%s", r->ops);
    for (char *t = strtok_r(buf, ",", &save); t;
         t = strtok_r(NULL, ",", &save)) {
        if (r->nopnd == 4) {
            die(r, "more than four operands");
        }
        parse_operand(r, t, r->opnd[r->nopnd], sizeof(r->opnd[0]));
        if (r->opnd[r->nopnd][3] == t[0] && r->opnd[r->nopnd][4] == ',') {
            parse_imm(r, t);            /* not a fixed operand */
        }
        r->nopnd++;
    }
}

static int has_attr(const Row *r, const char *a)
{
    size_t n = strlen(a);

    for (const char *p = r->attrs; (p = strstr(p, a)); p += n) {
        if ((p == r->attrs || p[-1] == ' ') && (p[n] == 0 || p[n] == ' ')) {
            return 1;
        }
    }
    return 0;
}

static const struct { const char *text, *c; } attrs[] = {
    { "lock", "XA_LOCK" }, { "rep", "XA_REP" }, { "repz", "XA_REPZ" },
    { "d64", "XA_D64" }, { "f64", "XA_F64" }, { "r0", "XA_R0" },
    { "raw", "XA_RAW" }, { "cnt", "XA_CNT" }, { "cc", "XA_CC" },
    { "ua", "XA_UA" }, { "priv", "XA_PRIV" }, { "iopl", "XA_IOPL" },
    { "mod3", "XA_MOD3" }, { "x87", "XA_X87" }, { "i64", "" }, { "o64", "" },
};
static const struct { const char *text, *c; } kinds[] = {
    { "jump", "INSN_JUMP" }, { "cond", "INSN_COND" }, { "call", "INSN_CALL" },
    { "calli", "INSN_CALL_IND" }, { "jumpi", "INSN_JUMP_IND" },
    { "ret", "INSN_RET" }, { "stop", "INSN_STOP" },
};

static void check_attrs(const Row *r)
{
    char buf[128], *save = NULL;

    snprintf(buf, sizeof(buf), "%s", r->attrs);
    for (char *t = strtok_r(buf, " ", &save); t;
         t = strtok_r(NULL, " ", &save)) {
        int ok = 0;
        for (unsigned i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
            ok |= !strcmp(t, attrs[i].text);
        }
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            ok |= !strcmp(t, kinds[i].text);
        }
        if (!ok) {
            die(r, "bad attribute %s", t);
        }
    }
}

static int popcount(unsigned x)
{
    return __builtin_popcount(x);
}

static int row_order(const void *pa, const void *pb)
{
    const Row *a = pa, *b = pb;

    if (a->map != b->map) {
        return a->map - b->map;
    }
    if (popcount(a->mask) != popcount(b->mask)) {
        return popcount(b->mask) - popcount(a->mask);
    }
    return a->order - b->order;
}

static void print_flag_set(const char *p)
{
    int n = 0;

    for (; *p; p++) {
        if (*p != '?' && *p != '!') {
            printf("%sFL_%c", n++ ? "|" : "", *p - 'a' + 'A');
        }
    }
    if (!n) {
        printf("0");
    }
}

static void print_flags(const Row *r)
{
    char use[16] = "";
    const char *gt = strchr(r->flags, '>');

    if (r->flags[0] && !gt) {
        die(r, "flags without >");
    }
    if (strspn(r->flags, "oszapc>?!") != strlen(r->flags)) {
        die(r, "bad flags");
    }
    if (gt) {
        memcpy(use, r->flags, gt - r->flags);
    }
    printf(".fl_use=");
    print_flag_set(use);
    printf(", .fl_%s=", gt && gt[1] == '?' ? "cond" : "def");
    print_flag_set(gt ? gt + 1 : "");
}

static int is_cold(const char *name)
{
    static const char *const names[] = {
#define COLD(name) #name,
#include "target-i386/cold.def"
#undef COLD
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(name, names[i])) {
            return 1;
        }
    }
    return 0;
}

static void print_gen(const Row *r)
{
    char name[64] = "", op[64] = "-", arg[64] = "0";

    if (sscanf(r->gen, "%63s %63s %63[^\n]", name, op, arg) < 1) {
        die(r, "no generator");
    }
    printf(".gen=gen_%s, .op=%s%s, .arg=%s, ", name,
           strcmp(op, "-") ? "TCG_" : "", strcmp(op, "-") ? op : "0", arg);
    if (is_cold(name)) {
        printf(".cold=COLD_%s, ", name);
    }
}

static void print_row(const Row *r)
{
    char feats[64], *save = NULL;
    const char *kind = "INSN_NORMAL";

    printf("{ .name=\"%s\", ", r->name);
    print_gen(r);
    printf(".mask=0x%x, .val=0x%x, .attr=0", r->mask, r->val);
    for (unsigned i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
        if (has_attr(r, attrs[i].text) && attrs[i].c[0]) {
            printf("|%s", attrs[i].c);
        }
    }
    printf("%s%s%s%s", r->modrm ? "|XA_MODRM" : "", r->vex ? "|XA_VEX" : "",
           r->p66 ? "|XA_P66" : "",
           !strncmp(r->gen, "todo", 4) ? "|XA_TODO" : "");
    for (int i = 0; i < r->nopnd; i++) {
        if (!strncmp(r->opnd[i], "OK_H", 4) ||
            !strncmp(r->opnd[i], "OK_B", 4)) {
            printf("|XA_VVVV");
            break;
        }
    }
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (has_attr(r, kinds[i].text)) {
            kind = kinds[i].c;
        }
    }
    printf(", .kind=%s, .nopnd=%d, .opnd={", kind, r->nopnd);
    for (int i = 0; i < r->nopnd; i++) {
        printf("{%s},", r->opnd[i]);
    }
    printf("}, .imm=%s, ", r->imm ? r->imm : "IMM_NONE");
    snprintf(feats, sizeof(feats), "%s", r->feats);
    const char *f1 = strtok_r(feats, "+", &save);
    const char *f2 = strtok_r(NULL, "+", &save);
    printf(".feat=X86_FEAT_%s, .feat2=X86_FEAT_%s, ", f1, f2 ? f2 : "BASE");
    print_flags(r);
    printf(" },\n");
}

/* ---- dispatch ------------------------------------------------------------ */

static struct { int shift, mask; } splits[] = {
    { 0, 0 }, { XK_REG_SHIFT, 7 }, { XK_REG_SHIFT, 15 },
    { XK_PFX_SHIFT, 3 }, { XK_PFX_SHIFT - 1, 7 }, { 0, 127 },
};
static unsigned short cand[16384];
static int nb_cand;
static struct Entry { int start, n; } split_tab[16384];
static int nb_split;

static int opcode_rows(int map, int op, short *out)
{
    int n = 0;

    for (int i = 0; i < nb_rows; i++) {
        const Row *r = &rows[i];
        if (r->map == map && op >= r->opcode && op < r->opcode + r->count) {
            out[n++] = i;
        }
    }
    return n;
}

/* Rows of list that can match when the key's bits (mask) are val. */
static int filter(const short *list, int n, unsigned mask, unsigned val,
                  short *out)
{
    int m = 0;

    for (int i = 0; i < n; i++) {
        const Row *r = &rows[list[i]];
        if (((r->val ^ val) & r->mask & mask) == 0) {
            out[m++] = list[i];
        }
    }
    return m;
}

static int longest(const short *list, int n, int s)
{
    short out[512];
    int max = 0;

    for (int v = 0; v <= splits[s].mask; v++) {
        int m = filter(list, n, splits[s].mask << splits[s].shift,
                       v << splits[s].shift, out);
        max = m > max ? m : max;
    }
    return max;
}

static int add_cand(const short *list, int n)
{
    int start;

    for (start = 0; start + n <= nb_cand; start++) {
        int i;
        for (i = 0; i < n && cand[start + i] == list[i]; i++) {
        }
        if (i == n) {
            return start;
        }
    }
    start = nb_cand;
    for (int i = 0; i < n; i++) {
        cand[nb_cand++] = list[i];
    }
    return start;
}

static void print_opcode(int map, int op)
{
    short list[512], out[512];
    int n = opcode_rows(map, op, list), best = 0, best_len = n;
    int modrm = 0, mod3 = n > 0;

    if (!n) {
        return;
    }
    for (int i = 0; i < n; i++) {
        modrm |= rows[list[i]].modrm;
        mod3 &= has_attr(&rows[list[i]], "mod3");
    }
    for (int i = 0; i < n; i++) {
        /* Rows without ModRM beside rows with: only what the mode splits. */
        if (rows[list[i]].modrm != modrm &&
            !(rows[list[i]].mask & XK_MODE64)) {
            die(&rows[list[i]], "ModRM or not?");
        }
    }
    for (unsigned s = 1; n > 2 && s < sizeof(splits) / sizeof(splits[0]);
         s++) {
        int len = longest(list, n, s);
        if (len < best_len && (best_len > 2 || len == 1)) {
            best = s;
            best_len = len;
        }
    }
    int start = nb_split, count = n;
    if (!best) {
        start = add_cand(list, n);
    } else {
        nb_split += splits[best].mask + 1;
        for (int v = 0; v <= splits[best].mask; v++) {
            int m = filter(list, n, splits[best].mask << splits[best].shift,
                           v << splits[best].shift, out);
            split_tab[start + v].start = add_cand(out, m);
            split_tab[start + v].n = m;
        }
    }
    int one = n == 1 && !rows[list[0]].mask &&
              !strcmp(rows[list[0]].feats, "BASE");
    printf("  [%d][0x%02x] = { %d, %d, %d, 0x%x, %d, %d },\n", map, op,
           one ? list[0] : start, count, splits[best].shift,
           best ? splits[best].mask : 0, mod3 ? 2 : modrm, one);
}

static void print_generators(void)
{
    for (int i = 0; i < nb_rows; i++) {
        char name[64], other[64];
        int seen = 0;
        sscanf(rows[i].gen, "%63s", name);
        for (int j = 0; j < i && !seen; j++) {
            sscanf(rows[j].gen, "%63s", other);
            seen = !strcmp(name, other);
        }
        if (!seen) {
            printf("X86Gen gen_%s;\n", name);
        }
    }
}

int main(void)
{
    for (unsigned i = 0; i < NB_SOURCE; i++) {
        Row *r = &rows[nb_rows++];
        *r = source[i];
        r->order = i;
        parse_encoding(r);
        parse_operands(r);
        check_attrs(r);
        if (has_attr(r, "i64")) {
            match(r, XK_MODE64, 0);
        }
        if (has_attr(r, "o64")) {
            match(r, XK_MODE64, XK_MODE64);
        }
    }
    qsort(rows, nb_rows, sizeof(rows[0]), row_order);
    printf("/* Generated by insn-gen from insn.def. */\n");
    print_generators();
    printf("static const X86Row x86_rows[] = {\n");
    for (int i = 0; i < nb_rows; i++) {
        print_row(&rows[i]);
    }
    printf("};\nstatic const X86Opcode x86_opcodes[XM_COUNT][256] = {\n");
    for (int m = 0; m < NB_MAPS; m++) {
        for (int op = 0; op < 256; op++) {
            print_opcode(m, op);
        }
    }
    printf("};\nstatic const X86Chain x86_split[] = {\n");
    for (int i = 0; i < nb_split; i++) {
        printf("{%d,%d},%s", split_tab[i].start, split_tab[i].n,
               i % 8 == 7 ? "\n" : "");
    }
    printf("{0,0}};\nstatic const uint16_t x86_cand[] = {\n");
    for (int i = 0; i < nb_cand; i++) {
        printf("%d,%s", cand[i], i % 16 == 15 ? "\n" : "");
    }
    printf("0};\n");
    return 0;
}
