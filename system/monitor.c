/* SPDX-License-Identifier: MIT */
/* The human monitor's line: a prompt, echo, editing, history. */
#include "util/osdep.h"
#include "system/monitor.h"

#include "util/version.h"

#define PROMPT       "(qemu) "
#define LINE_MAX_LEN 4096
#define HISTORY_MAX  64

typedef struct Monitor {
    CharFrontend fe;
    GString *line;
    GPtrArray *history;         /* char * */
    unsigned at;                /* in the history; its length: the new line */
    int escape;                 /* bytes seen of an escape sequence */
    bool greeted, focused;
} Monitor;

static GPtrArray *monitors;

static void print(Monitor *m, const char *text)
{
    /* Terminals want a carriage return too. */
    for (const char *nl; (nl = strchr(text, '\n')); text = nl + 1) {
        chardev_write(&m->fe, text, nl - text);
        chardev_write(&m->fe, "\r\n", 2);
    }
    chardev_write(&m->fe, text, strlen(text));
}

static void greet(Monitor *m)
{
    if (!m->greeted) {
        print(m, "QEMU " VERSION_TEXT
              " monitor - type 'help' for more information\n");
        m->greeted = true;
    }
    print(m, PROMPT);
    print(m, m->line->str);
}

static void show_line(Monitor *m, const char *text)
{
    g_string_assign(m->line, text);
    print(m, "\r\033[K" PROMPT);
    print(m, text);
}

static void step_history(Monitor *m, int by)
{
    unsigned n = m->history->len;

    if ((by < 0 && m->at == 0) || (by > 0 && m->at >= n)) {
        return;
    }
    m->at += by;
    show_line(m, m->at < n ? m->history->pdata[m->at] : "");
}

static void run_line(Monitor *m)
{
    GString *out = g_string_new(NULL);
    char *line = g_strdup(m->line->str);

    print(m, "\n");
    if (*line) {
        if (m->history->len == HISTORY_MAX) {
            g_ptr_array_remove_index(m->history, 0);
        }
        g_ptr_array_add(m->history, g_strdup(line));
    }
    m->at = m->history->len;
    g_string_truncate(m->line, 0);
    hmp_run(line, out);
    print(m, out->str);
    print(m, PROMPT);
    g_string_free(out, TRUE);
    g_free(line);
}

/* ESC [ A and ESC [ B are the arrows up and down. */
static void in_escape(Monitor *m, uint8_t c)
{
    if (m->escape == 1) {
        m->escape = c == '[' || c == 'O' ? 2 : 0;
    } else if (c >= '@') {
        m->escape = 0;
        if (c == 'A' || c == 'B') {
            step_history(m, c == 'A' ? -1 : 1);
        }
    }
}

static void byte_in(Monitor *m, uint8_t c)
{
    if (m->escape) {
        in_escape(m, c);
    } else if (c == 27) {
        m->escape = 1;
    } else if (c == '\r' || c == '\n') {
        run_line(m);
    } else if (c == 8 || c == 127) {
        if (m->line->len) {
            g_string_truncate(m->line, m->line->len - 1);
            print(m, "\b \b");
        }
    } else if (c == 21 || c == 3) {             /* C-u, C-c */
        show_line(m, "");
    } else if (c == 16 || c == 14) {            /* C-p, C-n */
        step_history(m, c == 16 ? -1 : 1);
    } else if (c >= 32 && m->line->len < LINE_MAX_LEN) {
        g_string_append_c(m->line, c);
        chardev_write_byte(&m->fe, c);
    }
}

static int can_read(void *opaque)
{
    return 256;
}

static void read_bytes(void *opaque, const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        byte_in(opaque, buf[i]);
    }
}

static void on_event(void *opaque, CharEvent event)
{
    Monitor *m = opaque;

    if (event == CHAR_EVENT_OPENED) {
        m->greeted = false;
        g_string_truncate(m->line, 0);
        if (m->focused) {
            greet(m);
        }
    } else if (event == CHAR_EVENT_MUX_IN) {
        m->focused = true;
        print(m, "\n");
        greet(m);
    } else if (event == CHAR_EVENT_MUX_OUT) {
        m->focused = false;
        print(m, "\n");
    }
}

static void monitor_free(gpointer opaque)
{
    Monitor *m = opaque;

    chardev_detach(&m->fe);
    g_string_free(m->line, TRUE);
    g_ptr_array_unref(m->history);
    g_free(m);
}

bool monitor_start(Chardev *chr, MonitorMode mode, GError **errp)
{
    bool shared = chardev_is_mux(chr);
    Monitor *m;

    if (mode != MONITOR_HMP) {
        return qmp_start(chr, mode == MONITOR_QMP_PRETTY, errp);
    }
    m = g_new0(Monitor, 1);
    m->line = g_string_new(NULL);
    m->history = g_ptr_array_new_with_free_func(g_free);
    m->focused = !shared;
    m->fe = (CharFrontend){
        .can_read = can_read, .read = read_bytes, .event = on_event,
        .opaque = m,
    };
    if (!chardev_attach_quiet(&m->fe, chr, errp)) {
        g_string_free(m->line, TRUE);
        g_ptr_array_unref(m->history);
        g_free(m);
        return false;
    }
    if (!monitors) {
        monitors = g_ptr_array_new_with_free_func(monitor_free);
    }
    g_ptr_array_add(monitors, m);
    return true;
}

void monitors_stop(void)
{
    g_clear_pointer(&monitors, g_ptr_array_unref);
    qmp_stop();
}
