/* SPDX-License-Identifier: MIT */
/* The human monitor on memory and ports: x, xp, print, i, o, expressions. */
#include "util/osdep.h"
#include "system/hmp-int.h"

#include "system/cpus.h"
#include "system/memory.h"

#include <capstone/capstone.h>

#define MAX_COUNT 65536

/* Expressions */

typedef struct Expr {
    const char *p;
    GString *out;
    bool bad;
    int depth;
} Expr;

static uint64_t sum(Expr *e);

static void bad(Expr *e, const char *what)
{
    if (!e->bad) {
        g_string_append_printf(e->out, "Error: %s\n", what);
        e->bad = true;
    }
}

static void spaces(Expr *e)
{
    e->p += strspn(e->p, " ");
}

static uint64_t named_register(Expr *e)
{
    size_t n = strspn(e->p, "abcdefghijklmnopqrstuvwxyz0123456789_");
    char *name = g_strndup(e->p, n);
    uint64_t value = 0;

    e->p += n;
    if (!cpus_get_register(hmp_cpu, name, &value)) {
        bad(e, "unknown register");
    }
    g_free(name);
    return value;
}

static uint64_t atom(Expr *e)
{
    uint64_t value;
    char *end;

    spaces(e);
    if (*e->p == '-' || *e->p == '+' || *e->p == '~') {
        char op = *e->p++;

        if (++e->depth > 100) {
            bad(e, "expression too deep");
            return 0;
        }
        value = atom(e);
        e->depth--;
        return op == '-' ? -value : op == '~' ? ~value : value;
    }
    if (*e->p == '(') {
        e->p++;
        if (++e->depth > 100) {
            bad(e, "expression too deep");
            return 0;
        }
        value = sum(e);
        e->depth--;
        spaces(e);
        if (*e->p++ != ')') {
            e->p--;
            bad(e, "missing ')'");
        }
        return value;
    }
    if (*e->p == '$') {
        e->p++;
        return named_register(e);
    }
    errno = 0;
    value = strtoull(e->p, &end, 0);
    if (end == e->p || errno) {
        bad(e, "invalid number");
    }
    e->p = end;
    return value;
}

static uint64_t product(Expr *e)
{
    uint64_t value = atom(e);

    for (spaces(e); !e->bad && *e->p && strchr("*/%&", *e->p); spaces(e)) {
        char op = *e->p++;
        uint64_t right = atom(e);

        if ((op == '/' || op == '%') && !right) {
            bad(e, "division by zero");
            return 0;
        }
        value = op == '*' ? value * right : op == '/' ? value / right :
                op == '%' ? value % right : value & right;
    }
    return value;
}

static uint64_t sum(Expr *e)
{
    uint64_t value = product(e);

    for (spaces(e); !e->bad && *e->p && strchr("+-|^", *e->p); spaces(e)) {
        char op = *e->p++;
        uint64_t right = product(e);

        value = op == '+' ? value + right : op == '-' ? value - right :
                op == '|' ? value | right : value ^ right;
    }
    return value;
}

bool hmp_number(const char *text, uint64_t *value, GString *out)
{
    Expr e = { .p = text, .out = out };

    *value = sum(&e);
    spaces(&e);
    if (!e.bad && *e.p) {
        bad(&e, "unexpected characters in expression");
    }
    return !e.bad;
}

/* Formats: /COUNT FORMAT SIZE, as "/10xw" */

typedef struct Format {
    unsigned count, size;       /* size in bytes; 0: of the CPU mode */
    char kind;                  /* x d u o c i */
} Format;

static bool parse_format(const char *text, Format *f, GString *out)
{
    char *end;

    *f = (Format){ .count = 1, .size = 4, .kind = 'x' };
    if (g_ascii_isdigit(*text)) {
        f->count = strtoul(text, &end, 10);
        text = end;
    }
    for (; *text; text++) {
        switch (*text) {
        case 'b': f->size = 1; break;
        case 'h': f->size = 2; break;
        case 'w': f->size = 4; break;
        case 'g': case 'L': f->size = 8; break;
        case 'x': case 'd': case 'u': case 'o': case 'c': case 'i':
            f->kind = *text;
            break;
        default:
            g_string_append_printf(out, "Error: invalid char in format: "
                                   "'%c'\n", *text);
            return false;
        }
    }
    if (f->kind == 'c') {
        f->size = 1;
    }
    f->count = MIN(f->count, MAX_COUNT);
    return true;
}

static void append_value(GString *out, uint64_t v, const Format *f)
{
    int64_t sv = f->size == 8 ? (int64_t)v
                 : (int64_t)(v << (64 - 8 * f->size)) >> (64 - 8 * f->size);

    switch (f->kind) {
    case 'x':
        g_string_append_printf(out, "0x%0*" PRIx64, (int)f->size * 2, v);
        break;
    case 'd':
        g_string_append_printf(out, "%" PRId64, sv);
        break;
    case 'u':
        g_string_append_printf(out, "%" PRIu64, v);
        break;
    case 'o':
        g_string_append_printf(out, "0%" PRIo64, v);
        break;
    case 'c':
        g_string_append_printf(out, g_ascii_isprint(v) ? "'%c'" : "'\\x%02x'",
                               (int)(v & 0xff));
        break;
    }
}

static bool read_guest(bool physical, uint64_t addr, void *buf, size_t n)
{
    if (physical) {
        return address_space_read(&address_space_memory, addr,
                                  MEMTXATTRS_UNSPECIFIED, buf, n) == MEMTX_OK;
    }
    return cpus_read_virtual(hmp_cpu, addr, buf, n);
}

static void cannot_access(GString *out, uint64_t addr)
{
    g_string_append_printf(out, "Cannot access memory at 0x%" PRIx64 "\n",
                           addr);
}

static void dump_values(const Format *f, bool physical, uint64_t addr,
                        GString *out)
{
    unsigned per_line = f->size == 8 ? 2 : f->size == 4 ? 4 : 8;

    for (unsigned i = 0; i < f->count; i++, addr += f->size) {
        uint8_t b[8] = { 0 };
        uint64_t v = 0;

        if (i % per_line == 0) {
            g_string_append_printf(out, "%s%016" PRIx64 ":", i ? "\n" : "",
                                   addr);
        }
        if (!read_guest(physical, addr, b, f->size)) {
            g_string_append_c(out, '\n');
            cannot_access(out, addr);
            return;
        }
        for (unsigned k = 0; k < f->size; k++) {
            v |= (uint64_t)b[k] << 8 * k;
        }
        g_string_append_c(out, ' ');
        append_value(out, v, f);
    }
    g_string_append_c(out, '\n');
}

static size_t bytes_from(bool physical, uint64_t addr, uint8_t *buf, size_t n)
{
    size_t got = 0;

    while (got < n && read_guest(physical, addr + got, buf + got, 1)) {
        got++;
    }
    return got;
}

static void disassemble(const Format *f, bool physical, uint64_t addr,
                        GString *out)
{
    int bits = cpus_code_bits(hmp_cpu);
    csh cs;

    if (cs_open(CS_ARCH_X86, bits == 64 ? CS_MODE_64 : bits == 16
                ? CS_MODE_16 : CS_MODE_32, &cs) != CS_ERR_OK) {
        return;
    }
    cs_option(cs, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
    for (unsigned i = 0; i < f->count; i++) {
        uint8_t code[16];
        size_t n = bytes_from(physical, addr, code, 15);
        cs_insn *insn;

        if (!n) {
            cannot_access(out, addr);
            break;
        }
        if (cs_disasm(cs, code, n, addr, 1, &insn) != 1) {
            g_string_append_printf(out, "0x%08" PRIx64 ":  .byte 0x%02x\n",
                                   addr, code[0]);
            addr++;
            continue;
        }
        g_string_append_printf(out, "0x%08" PRIx64 ":  %s %s\n", addr,
                               insn->mnemonic, insn->op_str);
        addr += insn->size;
        cs_free(insn, 1);
    }
    cs_close(&cs);
}

/* The arguments behind an optional "/FORMAT" are one expression. */
static bool format_and_value(char **args, Format *f, uint64_t *value,
                             GString *out)
{
    bool has = args[0][0] == '/';
    char *text = g_strjoinv(" ", args + has);
    bool ok = parse_format(has ? args[0] + 1 : "", f, out) &&
              hmp_number(text, value, out);

    g_free(text);
    return ok;
}

static void examine(char **args, bool physical, GString *out)
{
    uint64_t addr;
    Format f;

    if (!format_and_value(args, &f, &addr, out)) {
        return;
    }
    if (f.kind == 'i') {
        disassemble(&f, physical, addr, out);
    } else {
        dump_values(&f, physical, addr, out);
    }
}

static void run_x(char **args, GString *out)
{
    examine(args, false, out);
}

static void run_xp(char **args, GString *out)
{
    examine(args, true, out);
}

static void run_print(char **args, GString *out)
{
    uint64_t value;
    Format f;

    if (format_and_value(args, &f, &value, out)) {
        if (f.kind == 'x') {
            g_string_append_printf(out, "%#" PRIx64, value);
        } else {
            f.size = 8;
            append_value(out, value, &f);
        }
        g_string_append_c(out, '\n');
    }
}

static void run_in(char **args, GString *out)
{
    uint64_t port, value;
    Format f;

    if (format_and_value(args, &f, &port, out)) {
        f.size = MIN(f.size, 4);
        value = address_space_load(&address_space_io, port & 0xffff, f.size,
                                   MEMTXATTRS_UNSPECIFIED, NULL);
        g_string_append_printf(out, "port%c[0x%04x] = 0x%0*" PRIx64 "\n",
                               f.size == 1 ? 'b' : f.size == 2 ? 'w' : 'l',
                               (int)(port & 0xffff), (int)f.size * 2, value);
    }
}

static void run_out(char **args, GString *out)
{
    bool has = args[0][0] == '/';
    uint64_t port, value;
    Format f;

    if (!args[has] || !args[has + 1]) {
        g_string_append(out, "o: expects [/size] port value\n");
    } else if (parse_format(has ? args[0] + 1 : "b", &f, out) &&
               hmp_number(args[has], &port, out) &&
               hmp_number(args[has + 1], &value, out)) {
        address_space_store(&address_space_io, port & 0xffff, value,
                            MIN(f.size, 4), MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void run_gva2gpa(char **args, GString *out)
{
    uint64_t addr;
    paddr phys;

    if (!hmp_number(args[0], &addr, out)) {
        return;
    }
    if (cpus_translate(hmp_cpu, addr, &phys)) {
        g_string_append_printf(out, "gpa: %#" PRIx64 "\n", phys);
    } else {
        g_string_append(out, "Unmapped\n");
    }
}

/* memsave and pmemsave ADDR SIZE FILE */
static void save(char **args, bool physical, GString *out)
{
    uint64_t addr, size;
    FILE *f;

    if (!hmp_number(args[0], &addr, out) || !hmp_number(args[1], &size, out)) {
        return;
    }
    f = fopen(args[2], "wbe");
    if (!f) {
        g_string_append_printf(out, "Error: '%s': %s\n", args[2],
                               g_strerror(errno));
        return;
    }
    while (size) {
        uint8_t buf[4096];
        size_t n = MIN(size, sizeof(buf));

        if (!read_guest(physical, addr, buf, n)) {
            cannot_access(out, addr);
            break;
        }
        if (fwrite(buf, 1, n, f) != n) {
            break;
        }
        addr += n;
        size -= n;
    }
    if (ferror(f) | fclose(f)) {
        g_string_append_printf(out, "Error: '%s' could not be written\n",
                               args[2]);
    }
}

static void run_memsave(char **args, GString *out)
{
    save(args, false, out);
}

static void run_pmemsave(char **args, GString *out)
{
    save(args, true, out);
}

const HmpCommand hmp_memory_commands[] = {
    { "x", "/fmt addr", "virtual memory dump starting at 'addr'", 1, run_x },
    { "xp", "/fmt addr", "physical memory dump starting at 'addr'", 1,
      run_xp },
    { "print|p", "/fmt expr", "print expression value (use $reg)", 1,
      run_print },
    { "i", "/fmt addr", "I/O port read", 1, run_in },
    { "o", "/fmt addr value", "I/O port write", 2, run_out },
    { "gva2gpa", "addr", "the physical address of a virtual one", 1,
      run_gva2gpa },
    { "memsave", "addr size file", "save virtual memory", 3, run_memsave },
    { "pmemsave", "addr size file", "save physical memory", 3,
      run_pmemsave },
    { NULL }
};
