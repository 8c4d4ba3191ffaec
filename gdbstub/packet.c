/* SPDX-License-Identifier: MIT */
/*
 * Packets: "$text#sum", acknowledged by + or - until QStartNoAckMode; a single
 * 03h between them is Ctrl-C.  GDB manual, "Overview" of the remote protocol.
 */
#include "util/osdep.h"
#include "gdbstub/gdbstub-int.h"

enum { CTRL_C = 3, ESCAPE = '}', ESCAPE_XOR = 0x20 };

static const char digits[] = "0123456789abcdef";

/* ---- out ----------------------------------------------------------------- */

void gdb_send_packet(GdbStub *g, const GString *text)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < text->len; i++) {
        sum += (uint8_t)text->str[i];
    }
    g_string_assign(g->sent, "$");
    g_string_append_len(g->sent, text->str, text->len);
    g_string_append_printf(g->sent, "#%02x", sum);
    g->front->send(g->sent->str, g->sent->len);
}

void gdb_put_hex(GString *out, const void *buf, size_t n)
{
    const uint8_t *p = buf;

    for (size_t i = 0; i < n; i++) {
        g_string_append_c(out, digits[p[i] >> 4]);
        g_string_append_c(out, digits[p[i] & 15]);
    }
}

void gdb_put_binary(GString *out, const void *buf, size_t n)
{
    const uint8_t *p = buf;

    for (size_t i = 0; i < n; i++) {
        if (p[i] == '#' || p[i] == '$' || p[i] == '*' || p[i] == ESCAPE) {
            g_string_append_c(out, ESCAPE);
            g_string_append_c(out, p[i] ^ ESCAPE_XOR);
        } else {
            g_string_append_c(out, p[i]);
        }
    }
}

/* ---- parts of a command's text ------------------------------------------- */

bool gdb_get_hex(const char **p, uint64_t *val)
{
    unsigned n = 0;

    for (*val = 0; g_ascii_isxdigit(**p); ++*p) {
        if (++n > 16) {
            return false;
        }
        *val = *val << 4 | g_ascii_xdigit_value(**p);
    }
    return n > 0;
}

bool gdb_get_char(const char **p, char c)
{
    bool is = **p == c;

    *p += is;
    return is;
}

bool gdb_get_bytes(const char **p, uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isxdigit((*p)[0]) || !g_ascii_isxdigit((*p)[1])) {
            return false;
        }
        buf[i] = g_ascii_xdigit_value((*p)[0]) << 4 |
                 g_ascii_xdigit_value((*p)[1]);
        *p += 2;
    }
    return true;
}

char *gdb_get_hex_string(const char **p, char end)
{
    size_t n = strspn(*p, "0123456789abcdefABCDEF");
    char *text;

    if ((*p)[n] != end || n % 2) {
        return NULL;
    }
    text = g_malloc0(n / 2 + 1);
    gdb_get_bytes(p, (uint8_t *)text, n / 2);
    return text;
}

/* ---- in ------------------------------------------------------------------ */

static void acknowledge(GdbStub *g, char c)
{
    if (!g->no_ack) {
        g->front->send(&c, 1);
    }
}

/* Removes escapes; the sum was over what came. */
static void unescape(GString *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->len; i++) {
        char c = s->str[i];

        if (c == ESCAPE && i + 1 < s->len) {
            c = s->str[++i] ^ ESCAPE_XOR;
        }
        s->str[n++] = c;
    }
    g_string_truncate(s, n);
}

static void packet_done(GdbStub *g)
{
    if (g->in_sum != g->in_want || g->in_bad) {
        acknowledge(g, '-');
        return;
    }
    acknowledge(g, '+');
    unescape(g->in);
    /* While the guest runs there is nobody to answer. */
    if (!g->running) {
        gdb_command(g, g->in->str, g->in->len);
    }
}

static void byte_between(GdbStub *g, uint8_t c)
{
    if (c == '$') {
        g->in_state = IN_DATA;
        g->in_sum = 0;
        g->in_bad = false;
        g_string_truncate(g->in, 0);
    } else if (c == CTRL_C && g->running) {
        g->front->interrupt();
    } else if (c == '-' && !g->no_ack && g->sent->len) {
        g->front->send(g->sent->str, g->sent->len);
    }
}

static void byte_of_packet(GdbStub *g, uint8_t c)
{
    if (c == '#') {
        g->in_state = IN_SUM1;
    } else if (c == '$') {          /* the rest of the last one got lost */
        byte_between(g, c);
    } else {
        g->in_sum += c;
        if (g->in->len < GDB_PACKET_MAX) {
            g_string_append_c(g->in, c);
        } else {
            g->in_bad = true;
        }
    }
}

static void byte_of_sum(GdbStub *g, uint8_t c)
{
    int digit = g_ascii_xdigit_value(c);

    g->in_bad |= digit < 0;
    g->in_want = g->in_want << 4 | (digit & 15);
}

static void byte_in(GdbStub *g, uint8_t c)
{
    switch (g->in_state) {
    case IN_IDLE:
        byte_between(g, c);
        break;
    case IN_DATA:
        byte_of_packet(g, c);
        break;
    case IN_SUM1:
        byte_of_sum(g, c);
        g->in_state = IN_SUM2;
        break;
    case IN_SUM2:
        byte_of_sum(g, c);
        g->in_state = IN_IDLE;
        packet_done(g);
        break;
    }
}

void gdb_feed(GdbStub *g, const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n && g->connected; i++) {
        byte_in(g, buf[i]);
    }
}
