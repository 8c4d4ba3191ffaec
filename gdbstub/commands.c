/* SPDX-License-Identifier: MIT */
/*
 * The debugger's commands: registers, memory, going on, threads; and the
 * session they belong to.  GDB manual, "Packets".
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

/* Numbers of E replies, as GDB's file I/O has them. */
enum { E_SRCH = 3, E_FAULT = 14, E_INVAL = 22 };

/* ---- replies ------------------------------------------------------------- */

void gdb_ok(GdbStub *g)
{
    g_string_assign(g->reply, "OK");
}

void gdb_error(GdbStub *g, int number)
{
    g_string_printf(g->reply, "E%02x", number & 0xff);
}

/* ---- threads ------------------------------------------------------------- */

bool gdb_get_thread(const char **p, uint64_t *tid)
{
    uint64_t pid;

    *tid = 0;
    if (gdb_get_char(p, 'p')) {
        if (gdb_get_char(p, '-')) {
            return gdb_get_hex(p, &pid) && pid == 1;
        }
        if (!gdb_get_hex(p, &pid)) {
            return false;
        }
        if (!gdb_get_char(p, '.')) {
            return true;
        }
    }
    if (gdb_get_char(p, '-')) {
        return gdb_get_hex(p, &pid) && pid == 1;
    }
    return gdb_get_hex(p, tid);
}

void gdb_put_thread(GdbStub *g, GString *out, uint64_t tid)
{
    if (g->multiprocess) {
        g_string_append_printf(out, "p%x.%" PRIx64, g->front->pid, tid);
    } else {
        g_string_append_printf(out, "%" PRIx64, tid);
    }
}

/* tid if it is alive, or else one that is. */
static uint64_t living(GdbStub *g, uint64_t tid)
{
    const GdbFront *f = g->front;

    if (tid && f->thread_env(tid)) {
        return tid;
    }
    return f->thread_env(g->stop.tid) ? g->stop.tid : f->next_thread(0);
}

CPUX86State *gdb_current(GdbStub *g)
{
    return g->front->thread_env(living(g, g->g_tid));
}

/* The same, and says so where there is none. */
static CPUX86State *need_current(GdbStub *g)
{
    CPUX86State *env = gdb_current(g);

    if (!env) {
        gdb_error(g, E_SRCH);
    }
    return env;
}

static void set_thread(GdbStub *g, const char *p, size_t n)
{
    char what = *p;
    uint64_t tid;

    if ((what != 'g' && what != 'c') || (p++, !gdb_get_thread(&p, &tid))) {
        gdb_error(g, E_INVAL);
        return;
    }
    if (tid && !g->front->thread_env(tid)) {
        gdb_error(g, E_SRCH);
        return;
    }
    *(what == 'g' ? &g->g_tid : &g->c_tid) = tid;
    gdb_ok(g);
}

static void thread_alive(GdbStub *g, const char *p, size_t n)
{
    uint64_t tid;

    if (!gdb_get_thread(&p, &tid)) {
        gdb_error(g, E_INVAL);
    } else if (!tid || g->front->thread_env(tid)) {
        gdb_ok(g);
    } else {
        gdb_error(g, E_SRCH);
    }
}

/* ---- registers ----------------------------------------------------------- */

static void read_registers(GdbStub *g, const char *p, size_t n)
{
    CPUX86State *env = need_current(g);

    for (unsigned i = 0; env && i < gdb_regs_count(g); i++) {
        gdb_reg_get(g, env, i, g->reply);
    }
}

static void write_registers(GdbStub *g, const char *p, size_t n)
{
    CPUX86State *env = need_current(g);

    for (unsigned i = 0; env && *p && i < gdb_regs_count(g); i++) {
        if (!gdb_reg_set(g, env, i, &p)) {
            gdb_error(g, E_INVAL);
            return;
        }
    }
    if (env) {
        g->front->regs_written(env);
        gdb_ok(g);
    }
}

static void read_register(GdbStub *g, const char *p, size_t n)
{
    CPUX86State *env = need_current(g);
    uint64_t i;

    if (!env) {
        return;
    }
    if (!gdb_get_hex(&p, &i) || i >= gdb_regs_count(g)) {
        gdb_error(g, E_INVAL);
        return;
    }
    gdb_reg_get(g, env, i, g->reply);
}

static void write_register(GdbStub *g, const char *p, size_t n)
{
    CPUX86State *env = need_current(g);
    uint64_t i;

    if (!env) {
        return;
    }
    if (!gdb_get_hex(&p, &i) || i >= gdb_regs_count(g) ||
        !gdb_get_char(&p, '=') || !gdb_reg_set(g, env, i, &p)) {
        gdb_error(g, E_INVAL);
        return;
    }
    g->front->regs_written(env);
    gdb_ok(g);
}

/* ---- memory -------------------------------------------------------------- */

/* "addr,len" and what is behind it. */
static bool get_range(const char **p, uint64_t *addr, uint64_t *len)
{
    return gdb_get_hex(p, addr) && gdb_get_char(p, ',') &&
           gdb_get_hex(p, len);
}

static void read_memory(GdbStub *g, const char *p, size_t n)
{
    CPUX86State *env = need_current(g);
    uint8_t buf[GDB_PACKET_MAX / 2 - 8];
    uint64_t addr, len;

    if (!env) {
        return;
    }
    if (!get_range(&p, &addr, &len)) {
        gdb_error(g, E_INVAL);
        return;
    }
    n = g->front->read(env, addr, buf, MIN(len, sizeof(buf)), g->phys);
    if (!n) {
        gdb_error(g, E_FAULT);
    }
    gdb_put_hex(g->reply, buf, n);
}

static void write_bytes(GdbStub *g, uint64_t addr, const uint8_t *buf,
                        uint64_t len)
{
    CPUX86State *env = need_current(g);

    if (!env) {
        return;
    }
    if (g->front->write(env, addr, buf, len, g->phys) == len) {
        gdb_ok(g);
    } else {
        gdb_error(g, E_FAULT);
    }
}

static void write_memory_hex(GdbStub *g, const char *p, size_t n)
{
    uint8_t buf[GDB_PACKET_MAX / 2];
    uint64_t addr, len;

    if (!get_range(&p, &addr, &len) || !gdb_get_char(&p, ':') ||
        len > sizeof(buf) || !gdb_get_bytes(&p, buf, len)) {
        gdb_error(g, E_INVAL);
        return;
    }
    write_bytes(g, addr, buf, len);
}

static void write_memory_binary(GdbStub *g, const char *p, size_t n)
{
    const char *start = p;
    uint64_t addr, len;

    if (!get_range(&p, &addr, &len) || !gdb_get_char(&p, ':') ||
        len != n - (p - start)) {
        gdb_error(g, E_INVAL);
        return;
    }
    write_bytes(g, addr, (const uint8_t *)p, len);
}

/* ---- going on ------------------------------------------------------------ */

static void go_on(GdbStub *g)
{
    g->running = true;
    g->silent = true;
    g->front->resume();
}

static void add_plan(GdbStub *g, uint64_t tid, GdbAction a)
{
    if (g->nb_plans < GDB_MAX_PLANS) {
        g->plan[g->nb_plans++] = (GdbPlan) { a, tid };
    }
}

/* The old commands are about one thread; the others just run. */
static void go_on_simple(GdbStub *g, const char *p, GdbHow how, bool has_sig)
{
    uint64_t sig = 0, addr, tid = living(g, g->c_tid);
    bool has_addr;

    if (has_sig && !gdb_get_hex(&p, &sig)) {
        gdb_error(g, E_INVAL);
        return;
    }
    has_addr = has_sig ? gdb_get_char(&p, ';') : *p;
    if (!tid || (has_addr && !gdb_get_hex(&p, &addr))) {
        gdb_error(g, E_INVAL);
        return;
    }
    if (has_addr) {
        g->front->set_ip(g->front->thread_env(tid), addr);
        g->front->regs_written(g->front->thread_env(tid));
    }
    g->nb_plans = 0;
    add_plan(g, tid, (GdbAction) { .how = how, .sig = sig & 0xff });
    add_plan(g, 0, (GdbAction) { .how = GDB_CONT });
    go_on(g);
}

static void run_c(GdbStub *g, const char *p, size_t n)
{
    go_on_simple(g, p, GDB_CONT, false);
}

static void run_c_signal(GdbStub *g, const char *p, size_t n)
{
    go_on_simple(g, p, GDB_CONT, true);
}

static void run_s(GdbStub *g, const char *p, size_t n)
{
    go_on_simple(g, p, GDB_STEP, false);
}

static void run_s_signal(GdbStub *g, const char *p, size_t n)
{
    go_on_simple(g, p, GDB_STEP, true);
}

static void vcont_query(GdbStub *g, const char *p, size_t n)
{
    g_string_assign(g->reply, "vCont;c;C;s;S;r");
}

/* One action without its thread. */
static bool get_action(const char **p, GdbAction *a)
{
    uint64_t sig = 0;
    char c = **p;

    *p += c != 0;
    *a = (GdbAction) { .how = c == 'c' || c == 'C' ? GDB_CONT : GDB_STEP };
    switch (c) {
    case 'c':
    case 's':
        return true;
    case 'C':
    case 'S':
        if (!gdb_get_hex(p, &sig)) {
            return false;
        }
        a->sig = sig & 0xff;
        return true;
    case 'r':
        return gdb_get_hex(p, &a->start) && gdb_get_char(p, ',') &&
               gdb_get_hex(p, &a->end);
    default:
        return false;
    }
}

static void vcont(GdbStub *g, const char *p, size_t n)
{
    GdbAction a;
    uint64_t tid;

    g->nb_plans = 0;
    do {
        tid = 0;
        if (!get_action(&p, &a) ||
            (gdb_get_char(&p, ':') && !gdb_get_thread(&p, &tid))) {
            g->nb_plans = 0;
            break;
        }
        add_plan(g, tid, a);
    } while (gdb_get_char(&p, ';'));
    if (!g->nb_plans || *p) {
        gdb_error(g, E_INVAL);
        return;
    }
    go_on(g);
}

GdbAction gdb_action(const GdbStub *g, uint64_t tid)
{
    if (!g->connected) {
        return (GdbAction) { .how = GDB_CONT };
    }
    for (unsigned i = 0; i < g->nb_plans; i++) {
        if (!g->plan[i].tid || g->plan[i].tid == tid) {
            return g->plan[i].action;
        }
    }
    return (GdbAction) { .how = GDB_STAY };
}

/* ---- stops --------------------------------------------------------------- */

void gdb_put_stop(GdbStub *g, GString *out)
{
    static const char *const watch[] = {
        [GDB_REASON_WATCH] = "watch", [GDB_REASON_RWATCH] = "rwatch",
        [GDB_REASON_AWATCH] = "awatch",
    };
    const GdbStop *s = &g->stop;

    if (s->reason == GDB_REASON_NO_RESUMED && g->no_resumed) {
        g_string_append_c(out, 'N');
        return;
    }
    g_string_append_printf(out, "T%02xthread:", s->sig);
    gdb_put_thread(g, out, living(g, s->tid));
    g_string_append_c(out, ';');
    if (s->reason == GDB_REASON_SWBREAK && g->swbreak) {
        g_string_append(out, "swbreak:;");
    } else if (s->reason == GDB_REASON_HWBREAK && g->hwbreak) {
        g_string_append(out, "hwbreak:;");
    } else if (s->reason < ARRAY_SIZE(watch) && watch[s->reason]) {
        g_string_append_printf(out, "%s:%" PRIx64 ";", watch[s->reason],
                               s->addr);
    }
}

static void why(GdbStub *g, const char *p, size_t n)
{
    gdb_put_stop(g, g->reply);
}

void gdb_report_stop(GdbStub *g, const GdbStop *stop)
{
    GString *text = g_string_new(NULL);

    g->stop = *stop;
    g->g_tid = g->c_tid = stop->tid;
    if (g->connected && g->running) {
        gdb_put_stop(g, text);
        gdb_send_packet(g, text);
    }
    g->running = false;
    g_string_free(text, TRUE);
}

void gdb_report_exit(GdbStub *g, int status, int sig)
{
    GString *text = g_string_new(NULL);

    if (g->connected && g->running) {
        g_string_append_printf(text, "%c%02x", sig ? 'X' : 'W',
                               (sig ? sig : status) & 0xff);
        if (g->multiprocess) {
            g_string_append_printf(text, ";process:%x", g->front->pid);
        }
        gdb_send_packet(g, text);
    }
    g_string_free(text, TRUE);
}

bool gdb_passes_signal(const GdbStub *g, int sig)
{
    return g->pass[sig & 0xff];
}

/* ---- the end ------------------------------------------------------------- */

/* The reply goes out before what it announces. */
static void reply_now(GdbStub *g)
{
    gdb_ok(g);
    gdb_send_packet(g, g->reply);
    g->silent = true;
}

static void detach(GdbStub *g, const char *p, size_t n)
{
    reply_now(g);
    gdb_disconnected(g);
    g->front->detach();
}

static void kill_now(GdbStub *g, const char *p, size_t n)
{
    g->silent = true;
    g->front->kill();
}

static void vkill(GdbStub *g, const char *p, size_t n)
{
    reply_now(g);
    g->front->kill();
}

/* ---- the table ----------------------------------------------------------- */

static const GdbCommand commands[] = {
    { "?", why },
    { "g", read_registers }, { "G", write_registers },
    { "p", read_register }, { "P", write_register },
    { "m", read_memory }, { "M", write_memory_hex },
    { "X", write_memory_binary },
    { "vCont?", vcont_query }, { "vCont;", vcont },
    { "c", run_c }, { "C", run_c_signal },
    { "s", run_s }, { "S", run_s_signal },
    { "Z", gdb_insert_point }, { "z", gdb_remove_point },
    { "H", set_thread }, { "T", thread_alive },
    { "q", gdb_query }, { "Q", gdb_query_set },
    { "vFile:", gdb_vfile },
    { "D", detach }, { "k", kill_now }, { "vKill;", vkill },
    { NULL }
};

bool gdb_run_table(GdbStub *g, const GdbCommand *table, const char *text,
                   size_t n)
{
    for (; table->name; table++) {
        size_t len = strlen(table->name);

        if (n >= len && !memcmp(text, table->name, len)) {
            table->run(g, text + len, n - len);
            return true;
        }
    }
    return false;
}

void gdb_command(GdbStub *g, const char *text, size_t n)
{
    g->silent = false;
    g_string_truncate(g->reply, 0);
    gdb_run_table(g, commands, text, n);
    if (!g->silent) {
        gdb_send_packet(g, g->reply);
    }
}

/* ---- sessions ------------------------------------------------------------ */

GdbStub *gdb_new(const GdbFront *front)
{
    GdbStub *g = g_new0(GdbStub, 1);

    g->front = front;
    g->in = g_string_new(NULL);
    g->sent = g_string_new(NULL);
    g->reply = g_string_new(NULL);
    g->points = g_array_new(FALSE, FALSE, sizeof(GdbPoint));
    gdb_regs_init(g);
    return g;
}

void gdb_connected(GdbStub *g, const GdbStop *stop)
{
    g->connected = true;
    g->running = false;
    g->in_state = IN_IDLE;
    g->no_ack = g->multiprocess = g->swbreak = g->hwbreak = false;
    g->no_resumed = g->phys = false;
    g->nb_plans = 0;
    memset(g->pass, 0, sizeof(g->pass));
    g_string_truncate(g->sent, 0);
    g->stop = *stop;
    g->g_tid = g->c_tid = stop->tid;
}

void gdb_disconnected(GdbStub *g)
{
    gdb_remove_all_points(g);
    gdb_vfile_close_all(g);
    g->connected = false;
}

bool gdb_is_connected(const GdbStub *g)
{
    return g->connected;
}

bool gdb_is_running(const GdbStub *g)
{
    return g->running;
}
