/* SPDX-License-Identifier: MIT */
/*
 * General queries (q and Q packets): what the stub can do, threads, objects to
 * be read, and the maintenance packets that QEMU documents.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

enum { E_NOENT = 0, E_SRCH = 3, E_INVAL = 22 };

/* ---- features ------------------------------------------------------------ */

static bool feature_is(const char *item, const char *name)
{
    return !strcmp(item, name);
}

static void supported(GdbStub *g, const char *p, size_t n)
{
    const GdbObject *o = g->front->objects;
    char **items = g_strsplit(*p == ':' ? p + 1 : p, ";", 0);

    for (char **i = items; *i; i++) {
        g->multiprocess |= feature_is(*i, "multiprocess+");
        g->swbreak |= feature_is(*i, "swbreak+");
        g->hwbreak |= feature_is(*i, "hwbreak+");
        g->no_resumed |= feature_is(*i, "no-resumed+");
    }
    g_strfreev(items);
    g_string_printf(g->reply, "PacketSize=%x;QStartNoAckMode+;"
                    "vContSupported+;multiprocess+;swbreak+;hwbreak+;"
                    "no-resumed+;QPassSignals+;qXfer:features:read+",
                    GDB_PACKET_MAX);
    for (; o && o->name; o++) {
        g_string_append_printf(g->reply, ";qXfer:%s:read+", o->name);
    }
}

static void start_no_ack(GdbStub *g, const char *p, size_t n)
{
    gdb_ok(g);
    gdb_send_packet(g, g->reply);
    g->silent = true;
    g->no_ack = true;
}

static void pass_signals(GdbStub *g, const char *p, size_t n)
{
    uint64_t sig;

    memset(g->pass, 0, sizeof(g->pass));
    while (gdb_get_hex(&p, &sig)) {
        g->pass[sig & 0xff] = 1;
        gdb_get_char(&p, ';');
    }
    gdb_ok(g);
}

/* ---- threads ------------------------------------------------------------- */

static void current_thread(GdbStub *g, const char *p, size_t n)
{
    if (!n) {
        g_string_assign(g->reply, "QC");
        gdb_put_thread(g, g->reply, g->g_tid ? g->g_tid : g->stop.tid);
    }
}

/* As many as a packet holds, after g->list_tid. */
static void list_threads(GdbStub *g, const char *p, size_t n)
{
    uint64_t tid = g->list_tid;

    while (g->reply->len < GDB_PACKET_MAX / 2 &&
           (tid = g->front->next_thread(tid))) {
        g_string_append_c(g->reply, g->reply->len ? ',' : 'm');
        gdb_put_thread(g, g->reply, tid);
        g->list_tid = tid;
    }
    if (!g->reply->len) {
        g_string_assign(g->reply, "l");
    }
}

static void list_threads_first(GdbStub *g, const char *p, size_t n)
{
    g->list_tid = 0;
    list_threads(g, p, n);
}

static void thread_info(GdbStub *g, const char *p, size_t n)
{
    char *text = NULL;
    uint64_t tid;

    if (!g->front->describe) {
        return;
    }
    if (gdb_get_thread(&p, &tid) && tid && g->front->thread_env(tid)) {
        text = g->front->describe(tid);
    }
    if (text) {
        gdb_put_hex(g->reply, text, strlen(text));
        g_free(text);
    } else {
        gdb_error(g, E_SRCH);
    }
}

/* ---- the process --------------------------------------------------------- */

static void attached(GdbStub *g, const char *p, size_t n)
{
    g_string_assign(g->reply, g->front->attached ? "1" : "0");
}

static void offsets(GdbStub *g, const char *p, size_t n)
{
    uint64_t off;

    if (g->front->load_offset) {
        off = g->front->load_offset();
        g_string_printf(g->reply, "Text=%" PRIx64 ";Data=%" PRIx64
                        ";Bss=%" PRIx64, off, off, off);
    }
}

/* The debugger offers to look symbols up: there is nothing to ask. */
static void symbol(GdbStub *g, const char *p, size_t n)
{
    gdb_ok(g);
}

static bool read_features(GdbStub *g, const char *annex, GString *out)
{
    if (strcmp(annex, "target.xml")) {
        return false;
    }
    g_string_append_len(out, g->target_xml->str, g->target_xml->len);
    return true;
}

static const GdbObject *find_object(const GdbStub *g, const char *name)
{
    static const GdbObject features = { "features", read_features };
    const GdbObject *o = g->front->objects;

    if (!strcmp(name, features.name)) {
        return &features;
    }
    while (o && o->name && strcmp(o->name, name)) {
        o++;
    }
    return o && o->name ? o : NULL;
}

static void put_slice(GdbStub *g, const GString *all, uint64_t off,
                      uint64_t len)
{
    uint64_t left;

    if (off > all->len) {
        gdb_error(g, E_INVAL);
        return;
    }
    left = all->len - off;
    len = MIN(len, GDB_PACKET_MAX / 2 - 8);     /* all may be escaped */
    g_string_assign(g->reply, left > len ? "m" : "l");
    gdb_put_binary(g->reply, all->str + off, MIN(left, len));
}

/* "object:read:annex:offset,length" */
static void transfer(GdbStub *g, const char *p, size_t n)
{
    char **part = g_strsplit(p, ":", 4);
    const GdbObject *o;
    const char *range;
    uint64_t off, len;
    GString *all;

    if (g_strv_length(part) == 4 && !strcmp(part[1], "read") &&
        (o = find_object(g, part[0]))) {
        range = part[3];
        all = g_string_new(NULL);
        if (!gdb_get_hex(&range, &off) || !gdb_get_char(&range, ',') ||
            !gdb_get_hex(&range, &len)) {
            gdb_error(g, E_INVAL);
        } else if (!o->read(g, part[2], all)) {
            gdb_error(g, E_NOENT);
        } else {
            put_slice(g, all, off, len);
        }
        g_string_free(all, TRUE);
    }
    g_strfreev(part);
}

/* ---- monitor commands ---------------------------------------------------- */

static void monitor(GdbStub *g, const char *p, size_t n)
{
    enum { CHUNK = GDB_PACKET_MAX / 2 - 8 };
    char *line;
    GString *out;

    if (!g->front->monitor) {
        return;
    }
    line = gdb_get_hex_string(&p, 0);
    if (!line) {
        gdb_error(g, E_INVAL);
        return;
    }
    out = g_string_new(NULL);
    g->front->monitor(line, out);
    for (size_t i = 0; i < out->len; i += CHUNK) {
        g_string_assign(g->reply, "O");
        gdb_put_hex(g->reply, out->str + i, MIN(out->len - i, CHUNK));
        gdb_send_packet(g, g->reply);
    }
    gdb_ok(g);
    g_string_free(out, TRUE);
    g_free(line);
}

/* ---- QEMU's own ---------------------------------------------------------- */

static void phys_mode(GdbStub *g, const char *p, size_t n)
{
    if (g->front->has_phys) {
        g_string_assign(g->reply, g->phys ? "1" : "0");
    }
}

static void set_phys_mode(GdbStub *g, const char *p, size_t n)
{
    uint64_t on;

    if (!g->front->has_phys) {
        return;
    }
    if (!gdb_get_hex(&p, &on)) {
        gdb_error(g, E_INVAL);
        return;
    }
    g->phys = on;
    gdb_ok(g);
}

static void sstep_bits(GdbStub *g, const char *p, size_t n)
{
    if (g->front->sstep) {
        g_string_printf(g->reply, "ENABLE=%x,NOIRQ=%x,NOTIMER=%x",
                        GDB_SSTEP_ENABLE, GDB_SSTEP_NOIRQ,
                        GDB_SSTEP_NOTIMER);
    }
}

static void sstep(GdbStub *g, const char *p, size_t n)
{
    if (g->front->sstep) {
        g_string_printf(g->reply, "0x%x", *g->front->sstep);
    }
}

static void set_sstep(GdbStub *g, const char *p, size_t n)
{
    uint64_t val;

    if (!g->front->sstep) {
        return;
    }
    p += g_str_has_prefix(p, "0x") ? 2 : 0;
    if (!gdb_get_hex(&p, &val) || (val & ~(uint64_t)GDB_SSTEP_ALL)) {
        gdb_error(g, E_INVAL);
        return;
    }
    *g->front->sstep = val;
    gdb_ok(g);
}

/* ---- the tables ---------------------------------------------------------- */

void gdb_query(GdbStub *g, const char *args, size_t n)
{
    static const GdbCommand queries[] = {
        { "Supported", supported }, { "C", current_thread },
        { "fThreadInfo", list_threads_first },
        { "sThreadInfo", list_threads },
        { "ThreadExtraInfo,", thread_info }, { "Attached", attached },
        { "Offsets", offsets }, { "Symbol:", symbol },
        { "Xfer:", transfer }, { "Rcmd,", monitor },
        { "qemu.PhyMemMode", phys_mode }, { "qemu.sstepbits", sstep_bits },
        { "qemu.sstep", sstep },
        { NULL }
    };

    gdb_run_table(g, queries, args, n);
}

void gdb_query_set(GdbStub *g, const char *args, size_t n)
{
    static const GdbCommand settings[] = {
        { "StartNoAckMode", start_no_ack }, { "PassSignals:", pass_signals },
        { "qemu.PhyMemMode:", set_phys_mode }, { "qemu.sstep=", set_sstep },
        { NULL }
    };

    gdb_run_table(g, settings, args, n);
}
