/* SPDX-License-Identifier: MIT */
/*
 * Registers: a row each (or one for a numbered family) with what the debugger
 * calls it.  The target description, the layout of g packets and register
 * numbers all follow from the rows.  GDB manual, "Target Description Format"
 * and "i386 Features": names, sizes and types are what GDB looks for there.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

#include "target-i386/fpu_state.h"
#include "target-i386/sys.h"

typedef enum GdbWhere { ANYWHERE, USER_ONLY, SYSTEM_ONLY } GdbWhere;

typedef struct GdbReg {
    const char *feature;
    const char *name;           /* %u: a number */
    uint8_t count32, count64;   /* how many each description has */
    uint8_t bits;
    const char *type, *group;   /* group may be NULL */
    uint64_t (*get)(CPUX86State *env, unsigned arg);
    void (*set)(GdbStub *g, CPUX86State *env, unsigned arg, uint64_t val);
    void *(*bytes)(CPUX86State *env, unsigned arg); /* instead of both */
    uint8_t arg;                /* of the first one */
    uint8_t where;              /* GdbWhere */
} GdbReg;

/* One register of a description. */
typedef struct GdbRegInst {
    const GdbReg *row;
    unsigned arg;
} GdbRegInst;

/* ---- general registers --------------------------------------------------- */

static uint64_t get_gpr(CPUX86State *env, unsigned n)
{
    return env->regs[n];
}

static void set_gpr(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    env->regs[n] = val;
}

static uint64_t get_ip(CPUX86State *env, unsigned n)
{
    return x86_eip(env);
}

static void set_ip(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    if (val != x86_eip(env)) {
        g->front->set_ip(env, val);
    }
}

static uint64_t get_flags(CPUX86State *env, unsigned n)
{
    return x86_get_eflags(env);
}

static void set_flags(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    x86_set_eflags(env, val);
}

/* Selectors are shown only: what they name is cached in the CPU. */
static uint64_t get_selector(CPUX86State *env, unsigned n)
{
    return env->segs[n].selector;
}

static uint64_t get_base(CPUX86State *env, unsigned n)
{
    return env->segs[n].base;
}

static void set_base(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    env->segs[n].base = val;
}

/* No call is under way when a debugger looks: it is done, or starts again. */
static uint64_t get_orig_ax(CPUX86State *env, unsigned n)
{
    return UINT64_MAX;
}

static void ignore(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
}

/* ---- x87 and vectors ----------------------------------------------------- */

enum { ST_BITS = 80 };
enum { X87_FCTRL, X87_FSTAT, X87_FTAG, X87_FISEG, X87_FIOFF, X87_FOSEG,
       X87_FOOFF, X87_FOP };

static FPReg *st(CPUX86State *env, unsigned n)
{
    return &env->fpregs[((env->fpus >> 11) + n) & 7];
}

/* mant and se are ten bytes in a row, in the order of the host. */
static void *st_bytes(CPUX86State *env, unsigned n)
{
    return st(env, n);
}

static uint64_t get_x87(CPUX86State *env, unsigned what)
{
    switch (what) {
    case X87_FCTRL:
        return env->fpuc;
    case X87_FSTAT:
        return env->fpus;
    case X87_FTAG:
        return x87_full_tags(env);
    case X87_FIOFF:
        return (uint32_t)env->fpip;
    case X87_FISEG:
        return (uint16_t)(env->fpip >> 32);
    case X87_FOOFF:
        return (uint32_t)env->fpdp;
    case X87_FOSEG:
        return (uint16_t)(env->fpdp >> 32);
    default:
        return env->fpop;
    }
}

static void set_x87(GdbStub *g, CPUX86State *env, unsigned what, uint64_t val)
{
    switch (what) {
    case X87_FCTRL:
        env->fpuc = val;
        break;
    case X87_FSTAT:
        env->fpus = val;
        break;
    case X87_FTAG:
        x87_set_full_tags(env, val);
        break;
    case X87_FOP:
        env->fpop = val & 0x7ff;
        break;
    default:                    /* pointers are shown only */
        break;
    }
}

static void *xmm_bytes(CPUX86State *env, unsigned n)
{
    return env->vreg[n];
}

static void *ymmh_bytes(CPUX86State *env, unsigned n)
{
    return env->vreg[n] + 16;
}

static uint64_t get_mxcsr(CPUX86State *env, unsigned n)
{
    return env->h.fpcr;
}

static void set_mxcsr(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    env->h.fpcr = val & X86_MXCSR_MASK;
}

/* ---- system registers ---------------------------------------------------- */

enum { SYS_CR0, SYS_CR2, SYS_CR3, SYS_CR4, SYS_EFER, SYS_KGS };

static uint64_t get_sys(CPUX86State *env, unsigned n)
{
    const X86Sys *s = env->sys;

    switch (n) {
    case SYS_CR0:
        return s->cr0;
    case SYS_CR2:
        return env->cr2;
    case SYS_CR3:
        return s->cr3;
    case SYS_CR4:
        return s->cr4;
    case SYS_EFER:
        return s->efer;
    default:
        return env->kernel_gs_base;
    }
}

/* What much follows from, and would be checked, is shown only. */
static void set_sys(GdbStub *g, CPUX86State *env, unsigned n, uint64_t val)
{
    if (n == SYS_CR2) {
        env->cr2 = val;
    } else if (n == SYS_KGS) {
        env->kernel_gs_base = val;
    }
}

/* ---- the rows ------------------------------------------------------------ */

#define CORE "org.gnu.gdb.i386.core"
#define SSE "org.gnu.gdb.i386.sse"
#define LINUX "org.gnu.gdb.i386.linux"
#define SEGMENTS "org.gnu.gdb.i386.segments"
#define AVX "org.gnu.gdb.i386.avx"
#define SYSTEM "org.qemu.gdb.i386.system"

#define GPR64(n, r, type) \
    { CORE, n, 0, 1, 64, type, NULL, get_gpr, set_gpr, NULL, r }
#define GPR32(n, r, type) \
    { CORE, n, 1, 0, 32, type, NULL, get_gpr, set_gpr, NULL, r }
#define SEL(n, r) \
    { CORE, n, 1, 1, 32, "int32", NULL, get_selector, ignore, NULL, r }
#define X87(n, i) \
    { CORE, n, 1, 1, 32, "int", "float", get_x87, set_x87, NULL, i }
#define SYS(n, i) \
    { SYSTEM, n, 0, 1, 64, "int64", "system", get_sys, set_sys, NULL, i, \
      SYSTEM_ONLY }

/* ORDER: of the numbers that GDB gives them itself. */
static const GdbReg rows[] = {
    GPR64("rax", R_EAX, "int64"), GPR64("rbx", R_EBX, "int64"),
    GPR64("rcx", R_ECX, "int64"), GPR64("rdx", R_EDX, "int64"),
    GPR64("rsi", R_ESI, "int64"), GPR64("rdi", R_EDI, "int64"),
    GPR64("rbp", R_EBP, "data_ptr"), GPR64("rsp", R_ESP, "data_ptr"),
    { CORE, "r%u", 0, 8, 64, "int64", NULL, get_gpr, set_gpr, NULL, 8 },
    { CORE, "rip", 0, 1, 64, "code_ptr", NULL, get_ip, set_ip },
    GPR32("eax", R_EAX, "int32"), GPR32("ecx", R_ECX, "int32"),
    GPR32("edx", R_EDX, "int32"), GPR32("ebx", R_EBX, "int32"),
    GPR32("esp", R_ESP, "data_ptr"), GPR32("ebp", R_EBP, "data_ptr"),
    GPR32("esi", R_ESI, "int32"), GPR32("edi", R_EDI, "int32"),
    { CORE, "eip", 1, 0, 32, "code_ptr", NULL, get_ip, set_ip },
    { CORE, "eflags", 1, 1, 32, "i386_eflags", NULL, get_flags, set_flags },
    SEL("cs", R_CS), SEL("ss", R_SS), SEL("ds", R_DS), SEL("es", R_ES),
    SEL("fs", R_FS), SEL("gs", R_GS),
    { CORE, "st%u", 8, 8, ST_BITS, "i387_ext", NULL, NULL, NULL, st_bytes },
    X87("fctrl", X87_FCTRL), X87("fstat", X87_FSTAT), X87("ftag", X87_FTAG),
    X87("fiseg", X87_FISEG), X87("fioff", X87_FIOFF),
    X87("foseg", X87_FOSEG), X87("fooff", X87_FOOFF), X87("fop", X87_FOP),
    { SSE, "xmm%u", 8, 16, 128, "vec128", NULL, NULL, NULL, xmm_bytes },
    { SSE, "mxcsr", 1, 1, 32, "i386_mxcsr", "vector", get_mxcsr, set_mxcsr },
    { LINUX, "orig_eax", 1, 0, 32, "int", "system", get_orig_ax, ignore,
      NULL, 0, USER_ONLY },
    { LINUX, "orig_rax", 0, 1, 64, "int64", "system", get_orig_ax, ignore,
      NULL, 0, USER_ONLY },
    { SEGMENTS, "fs_base", 0, 1, 64, "int64", NULL, get_base, set_base, NULL,
      R_FS },
    { SEGMENTS, "gs_base", 0, 1, 64, "int64", NULL, get_base, set_base, NULL,
      R_GS },
    { AVX, "ymm%uh", 8, 16, 128, "uint128", NULL, NULL, NULL, ymmh_bytes },
    SYS("cr0", SYS_CR0), SYS("cr2", SYS_CR2), SYS("cr3", SYS_CR3),
    SYS("cr4", SYS_CR4), SYS("efer", SYS_EFER), SYS("k_gs_base", SYS_KGS),
};

/* ---- types --------------------------------------------------------------- */

typedef struct FlagName { const char *name; uint8_t bit; } FlagName;

static const FlagName eflags_names[] = {
    { "CF", 0 }, { "", 1 }, { "PF", 2 }, { "AF", 4 }, { "ZF", 6 },
    { "SF", 7 }, { "TF", 8 }, { "IF", 9 }, { "DF", 10 }, { "OF", 11 },
    { "NT", 14 }, { "RF", 16 }, { "VM", 17 }, { "AC", 18 }, { "VIF", 19 },
    { "VIP", 20 }, { "ID", 21 }, { NULL }
};

static const FlagName mxcsr_names[] = {
    { "IE", 0 }, { "DE", 1 }, { "ZE", 2 }, { "OE", 3 }, { "UE", 4 },
    { "PE", 5 }, { "DAZ", 6 }, { "IM", 7 }, { "DM", 8 }, { "ZM", 9 },
    { "OM", 10 }, { "UM", 11 }, { "PM", 12 }, { "FZ", 15 }, { NULL }
};

static void put_flags(GString *x, const char *id, const FlagName *f)
{
    g_string_append_printf(x, "<flags id=\"%s\" size=\"4\">", id);
    for (; f->name; f++) {
        g_string_append_printf(x, "<field name=\"%s\" start=\"%u\" end=\"%u\""
                               "/>", f->name, f->bit, f->bit);
    }
    g_string_append(x, "</flags>");
}

/* The ways to look at an XMM register. */
static void put_vec128(GString *x)
{
    static const struct { const char *id, *elem, *field; unsigned n; } v[] = {
        { "v4f", "ieee_single", "v4_float", 4 },
        { "v2d", "ieee_double", "v2_double", 2 },
        { "v16i8", "int8", "v16_int8", 16 },
        { "v8i16", "int16", "v8_int16", 8 },
        { "v4i32", "int32", "v4_int32", 4 },
        { "v2i64", "int64", "v2_int64", 2 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(v); i++) {
        g_string_append_printf(x, "<vector id=\"%s\" type=\"%s\" "
                               "count=\"%u\"/>", v[i].id, v[i].elem, v[i].n);
    }
    g_string_append(x, "<union id=\"vec128\">");
    for (unsigned i = 0; i < ARRAY_SIZE(v); i++) {
        g_string_append_printf(x, "<field name=\"%s\" type=\"%s\"/>",
                               v[i].field, v[i].id);
    }
    g_string_append(x, "<field name=\"uint128\" type=\"uint128\"/></union>");
}

/* ---- the description ----------------------------------------------------- */

static void open_feature(GString *x, const char *name)
{
    g_string_append_printf(x, "<feature name=\"%s\">", name);
    if (!strcmp(name, CORE)) {
        put_flags(x, "i386_eflags", eflags_names);
    } else if (!strcmp(name, SSE)) {
        put_vec128(x);
        put_flags(x, "i386_mxcsr", mxcsr_names);
    }
}

static void add_instance(GdbStub *g, const GdbReg *r, unsigned i)
{
    GdbRegInst *in = g_new(GdbRegInst, 1);
    const char *number = strchr(r->name, '%');
    GString *x = g->target_xml;

    *in = (GdbRegInst) { r, r->arg + i };
    g_ptr_array_add(g->regs, in);
    g_string_append(x, "<reg name=\"");
    if (number) {
        g_string_append_printf(x, "%.*s%u%s", (int)(number - r->name),
                               r->name, r->arg + i, number + 2);
    } else {
        g_string_append(x, r->name);
    }
    g_string_append_printf(x, "\" bitsize=\"%u\" type=\"%s\"", r->bits,
                           r->type);
    if (r->group) {
        g_string_append_printf(x, " group=\"%s\"", r->group);
    }
    g_string_append(x, "/>");
}

void gdb_regs_init(GdbStub *g)
{
    const GdbFront *f = g->front;
    GdbWhere not_here = f->has_phys ? USER_ONLY : SYSTEM_ONLY;
    const char *feature = NULL;
    GString *x = g_string_new("<?xml version=\"1.0\"?>"
                              "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                              "<target><architecture>");

    g->regs = g_ptr_array_new();
    g->target_xml = x;
    g_string_append(x, f->guest32 ? "i386" : "i386:x86-64");
    g_string_append(x, "</architecture>");
    if (f->osabi) {
        g_string_append_printf(x, "<osabi>%s</osabi>", f->osabi);
    }
    for (const GdbReg *r = rows; r < rows + ARRAY_SIZE(rows); r++) {
        unsigned n = f->guest32 ? r->count32 : r->count64;

        if (!n || r->where == not_here) {
            continue;
        }
        if (g_strcmp0(feature, r->feature)) {
            g_string_append(x, feature ? "</feature>" : "");
            open_feature(x, feature = r->feature);
        }
        for (unsigned i = 0; i < n; i++) {
            add_instance(g, r, i);
        }
    }
    g_string_append(x, "</feature></target>");
}

unsigned gdb_regs_count(const GdbStub *g)
{
    return g->regs->len;
}

/* ---- access -------------------------------------------------------------- */

/* Ten bytes of the x87's, whatever the host's byte order; vectors are kept in
 * the guest's. */
static void swap_st(uint8_t *b)
{
    if (HOST_BIG_ENDIAN) {
        for (unsigned i = 0; i < 4; i++) {
            uint8_t c = b[i];

            b[i] = b[7 - i];
            b[7 - i] = c;
        }
        b[8] ^= b[9];
        b[9] ^= b[8];
        b[8] ^= b[9];
    }
}

void gdb_reg_get(GdbStub *g, CPUX86State *env, unsigned n, GString *out)
{
    const GdbRegInst *in = g->regs->pdata[n];
    uint8_t buf[16];
    uint64_t val;

    if (in->row->bytes) {
        memcpy(buf, in->row->bytes(env, in->arg), in->row->bits / 8);
        if (in->row->bits == ST_BITS) {
            swap_st(buf);
        }
    } else {
        val = GUINT64_TO_LE(in->row->get(env, in->arg));
        memcpy(buf, &val, 8);
    }
    gdb_put_hex(out, buf, in->row->bits / 8);
}

bool gdb_reg_set(GdbStub *g, CPUX86State *env, unsigned n, const char **p)
{
    const GdbRegInst *in = g->regs->pdata[n];
    uint8_t buf[16] = { 0 };
    uint64_t val;

    if (!gdb_get_bytes(p, buf, in->row->bits / 8)) {
        return false;
    }
    if (in->row->bytes) {
        if (in->row->bits == ST_BITS) {
            swap_st(buf);
        }
        memcpy(in->row->bytes(env, in->arg), buf, in->row->bits / 8);
    } else {
        memcpy(&val, buf, 8);
        in->row->set(g, env, in->arg, GUINT64_FROM_LE(val));
    }
    return true;
}
