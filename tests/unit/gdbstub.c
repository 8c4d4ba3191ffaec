/* SPDX-License-Identifier: MIT */
/*
 * The debugger's protocol without a guest: frames, registers and their
 * description, plans of vCont, and packets that make no sense.
 */
#include "util/osdep.h"
#include <criterion/criterion.h>

#include "gdbstub/gdbstub.h"
#include "tcg/breakpoint.h"

enum { THREADS = 3, MEM = 4096 };

static CPUX86State *env;
static GdbStub *stub;
static GString *out;            /* what the debugger got */
static uint8_t mem[MEM];
static unsigned resumed;

static void send_bytes(const void *buf, size_t n)
{
    g_string_append_len(out, buf, n);
}

static uint64_t next_thread(uint64_t tid)
{
    return tid < THREADS ? tid + 1 : 0;
}

static CPUX86State *thread_env(uint64_t tid)
{
    return tid && tid <= THREADS ? env : NULL;
}

static size_t read_mem(CPUX86State *e, uint64_t addr, uint8_t *buf, size_t n,
                       bool phys)
{
    n = addr < MEM ? MIN(n, MEM - addr) : 0;
    memcpy(buf, mem + (n ? addr : 0), n);
    return n;
}

static size_t write_mem(CPUX86State *e, uint64_t addr, const uint8_t *buf,
                        size_t n, bool phys)
{
    n = addr < MEM ? MIN(n, MEM - addr) : 0;
    memcpy(mem + (n ? addr : 0), buf, n);
    return n;
}

static void set_ip(CPUX86State *e, uint64_t ip)
{
    e->h.pc = ip;
}

static void regs_written(CPUX86State *e)
{
}

static void resume(void)
{
    resumed++;
}

static void nothing(void)
{
}

static GdbFront front = {
    .pid = 7, .send = send_bytes, .next_thread = next_thread,
    .thread_env = thread_env, .read = read_mem, .write = write_mem,
    .set_ip = set_ip, .regs_written = regs_written, .resume = resume,
    .interrupt = nothing, .kill = nothing, .detach = nothing,
};

static const GdbStop at_start = { .tid = 1, .sig = GDB_SIG_TRAP };

static void start(bool guest32)
{
    front.guest32 = guest32;
    env = tcg_env_alloc(sizeof(CPUX86State));
    env->h.mode = guest32 ? HF_CS32 : HF_CS64;
    out = g_string_new(NULL);
    stub = gdb_new(&front);
    gdb_connected(stub, &at_start);
}

/* Frames text, which may hold NULs, and returns what came back, "+" first. */
static const char *ask_n(const char *text, size_t n)
{
    GString *p = g_string_new("$");
    uint8_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += (uint8_t)text[i];
    }
    g_string_append_len(p, text, n);
    g_string_append_printf(p, "#%02x", sum);
    g_string_truncate(out, 0);
    gdb_feed(stub, (uint8_t *)p->str, p->len);
    g_string_free(p, TRUE);
    return out->str;
}

static const char *ask(const char *text)
{
    return ask_n(text, strlen(text));
}

/* The text of the reply without its frame. */
static char *reply(const char *text)
{
    const char *got = ask(text);
    size_t n = strlen(got);

    cr_assert(n >= 5 && !strncmp(got, "+$", 2) && got[n - 3] == '#', "%s: %s",
              text, got);
    return g_strndup(got + 2, n - 5);
}

static void says(const char *text, const char *want)
{
    char *got = reply(text);

    cr_assert_str_eq(got, want, "%s: %s, not %s", text, got, want);
    g_free(got);
}

Test(gdbstub, frames)
{
    static const char wrong[] = "$?#00";
    static const char lost[] = "$m0,1$qC#b4";

    start(false);
    gdb_feed(stub, (const uint8_t *)wrong, strlen(wrong));
    cr_assert_str_eq(out->str, "-");
    g_string_truncate(out, 0);
    gdb_feed(stub, (const uint8_t *)lost, strlen(lost));
    cr_assert_str_eq(out->str, "+$QC1#c5");
    gdb_feed(stub, (const uint8_t *)"-", 1);
    cr_assert_str_eq(out->str, "+$QC1#c5$QC1#c5");
    /* "X": 04 is sent as it is, '#' and '}' with an escape. */
    cr_assert_str_eq(ask_n("X10,3:\4}\3}]", 11), "+$OK#9a");
    cr_assert(!memcmp(mem + 0x10, "\4#}", 3));
    says("QStartNoAckMode", "OK");
    cr_assert_str_eq(ask("qC"), "$QC1#c5");
}

Test(gdbstub, memory)
{
    start(false);
    says("M20,4:deadbeef", "OK");
    says("m20,4", "deadbeef");
    says("mffe,8", "0000");
    says("m1000,1", "E0e");
    says("Mfff,2:0102", "E0e");
}

static unsigned bits_described(const char *xml, unsigned *regs)
{
    static const char mark[] = "bitsize=\"";
    unsigned bits = 0;

    for (*regs = 0; (xml = strstr(xml, mark)); ++*regs) {
        xml += strlen(mark);
        bits += strtoul(xml, NULL, 10);
    }
    return bits;
}

/* Each register takes what it was given, or is for looking at only. */
static void registers(bool guest32)
{
    unsigned n, kept = 0;
    char *all, *xml;

    start(guest32);
    xml = reply("qXfer:features:read:target.xml:0,2000");
    all = reply("g");
    cr_assert_eq(strlen(all), bits_described(xml, &n) / 4);
    for (unsigned i = 0; i < n; i++) {
        char *read = g_strdup_printf("p%x", i), *old = reply(read), *set, *new;

        memset(old, '5', strlen(old));
        set = g_strdup_printf("P%x=%s", i, old);
        says(set, "OK");
        new = reply(read);
        cr_assert_eq(strlen(old), strlen(new));
        kept += !strcmp(old, new);
        g_free(read);
        g_free(old);
        g_free(set);
        g_free(new);
    }
    /* But for selectors, flags, x87 pointers and control, the call's number. */
    cr_assert_geq(kept, n - 20, "%u of %u", kept, n);
    g_free(all);
    g_free(xml);
}

Test(gdbstub, registers64)
{
    registers(false);
}

Test(gdbstub, registers32)
{
    registers(true);
}

static void plan(uint64_t tid, GdbHow how, int sig)
{
    GdbAction a = gdb_action(stub, tid);

    cr_assert_eq(a.how, how);
    cr_assert_eq(a.sig, sig);
}

static void go(const char *text)
{
    unsigned before = resumed;

    cr_assert_str_eq(ask(text), "+", "%s", text);
    cr_assert_eq(resumed, before + 1);
    cr_assert(gdb_is_running(stub));
}

Test(gdbstub, plans)
{
    start(false);
    go("vCont;s:2;C0b:p7.3;c");
    plan(1, GDB_CONT, 0);
    plan(2, GDB_STEP, 0);
    plan(3, GDB_CONT, 11);
    gdb_report_stop(stub, &(GdbStop) {
        .tid = 2, .sig = GDB_SIG_TRAP, .reason = GDB_REASON_WATCH,
        .addr = 0x1234,
    });
    cr_assert(g_str_has_suffix(out->str, "$T05thread:2;watch:1234;#2e"), "%s",
              out->str);
    go("vCont;r1000,1010:3");
    plan(1, GDB_STAY, 0);
    cr_assert_eq(gdb_action(stub, 3).end, 0x1010);
    gdb_report_stop(stub, &at_start);
    go("S05");
    plan(1, GDB_STEP, 5);
    plan(2, GDB_CONT, 0);
    gdb_report_exit(stub, 3, 0);
    cr_assert(g_str_has_suffix(out->str, "$W03#ba"));
}

Test(gdbstub, points)
{
    GdbReason why;

    start(false);
    says("Z0,1000,1", "OK");
    says("Z0,1000,1", "OK");
    says("Z1,2000,1", "OK");
    cr_assert(tcg_breakpoint_at(0x1000) && tcg_breakpoint_at(0x2000));
    cr_assert(gdb_breakpoint_reason(stub, 0x2000, &why));
    cr_assert_eq(why, GDB_REASON_HWBREAK);
    says("z0,1000,1", "OK");
    cr_assert(!tcg_breakpoint_at(0x1000));
    says("z0,1000,1", "E16");
    gdb_disconnected(stub);
    cr_assert_eq(tcg_nb_breakpoints, 0);
}

Test(gdbstub, nonsense)
{
    static const char letters[] =
        "?gGpPmMXcCsSZzHTqQvkD;:,=.-+*}0123456789abcdef";
    GRand *r = g_rand_new_with_seed(1);

    start(false);
    for (unsigned i = 0; i < 50000; i++) {
        char text[64];
        unsigned n = g_rand_int_range(r, 0, sizeof(text));

        for (unsigned k = 0; k < n; k++) {
            text[k] = letters[g_rand_int_range(r, 0, sizeof(letters))];
        }
        ask_n(text, n);
        if (!gdb_is_connected(stub)) {
            gdb_connected(stub, &at_start);
        } else if (gdb_is_running(stub)) {
            gdb_report_stop(stub, &at_start);
        }
    }
    says("qAttached", "0");
    g_rand_free(r);
}
