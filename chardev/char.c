/* SPDX-License-Identifier: MIT */
/*
 * Character streams: the list, front ends, the mux, queues.
 *
 * Input is read when somebody can take it; output that the host does not take
 * is queued.  Descriptors that came from outside (a shell's terminal) are not
 * made non-blocking, which would change them for others: each read and
 * write asks poll first, and a write is at most as long as a pipe takes at once.
 */
#include "util/osdep.h"
#include "chardev/char-int.h"

#include <glib-unix.h>
#include <poll.h>

#define ESCAPE_KEY 1    /* C-a */

static GPtrArray *chardevs;
static void (*quit_hook)(void);

void chardev_set_quit_hook(void (*fn)(void))
{
    quit_hook = fn;
}

/* Front ends */

static CharFrontend *focused(const Chardev *chr)
{
    return chr->focus < chr->fes->len ? chr->fes->pdata[chr->focus] : NULL;
}

static void fe_event(CharFrontend *fe, CharEvent event)
{
    if (fe && fe->event) {
        fe->event(fe->opaque, event);
    }
}

void char_event(Chardev *chr, CharEvent event)
{
    for (unsigned i = 0; i < chr->fes->len; i++) {
        fe_event(chr->fes->pdata[i], event);
    }
}

static bool attach(CharFrontend *fe, Chardev *chr, bool take_focus,
                   GError **errp)
{
    fe->chr = NULL;
    if (!chr) {
        return true;
    }
    if (chr->fes->len && !chr->mux) {
        g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "chardev '%s' is already in use", chr->id);
        return false;
    }
    fe->chr = chr;
    take_focus |= chr->fes->len == 0;
    if (take_focus) {
        fe_event(focused(chr), CHAR_EVENT_MUX_OUT);
    }
    g_ptr_array_add(chr->fes, fe);
    if (take_focus) {
        chr->focus = chr->fes->len - 1;
    }
    if (chr->open) {
        fe_event(fe, CHAR_EVENT_OPENED);
    }
    if (chr->mux && take_focus) {
        fe_event(fe, CHAR_EVENT_MUX_IN);
    }
    char_deliver(chr);
    return true;
}

bool chardev_attach(CharFrontend *fe, Chardev *chr, GError **errp)
{
    return attach(fe, chr, true, errp);
}

bool chardev_attach_quiet(CharFrontend *fe, Chardev *chr, GError **errp)
{
    return attach(fe, chr, false, errp);
}

bool chardev_is_mux(const Chardev *chr)
{
    return chr->mux;
}

void chardev_detach(CharFrontend *fe)
{
    Chardev *chr = fe->chr;

    if (!chr) {
        return;
    }
    g_ptr_array_remove(chr->fes, fe);
    chr->focus = chr->fes->len ? chr->fes->len - 1 : 0;
    fe->chr = NULL;
}

/* Output */

static ssize_t write_some(int fd, const uint8_t *buf, size_t n)
{
    struct pollfd pfd = { .fd = fd, .events = POLLOUT };
    ssize_t w;

    if (poll(&pfd, 1, 0) <= 0 || !(pfd.revents & POLLOUT)) {
        return pfd.revents & (POLLERR | POLLHUP | POLLNVAL) ? -1 : 0;
    }
    do {
        w = write(fd, buf, MIN(n, PIPE_BUF));
    } while (w < 0 && errno == EINTR);
    return w < 0 && errno == EAGAIN ? 0 : w;
}

/* Writes what goes; false when the other end is gone. */
static bool flush_out(Chardev *chr)
{
    while (chr->out->len) {
        ssize_t w = write_some(chr->fd_out, chr->out->data, chr->out->len);

        if (w <= 0) {
            if (w < 0) {
                g_byte_array_set_size(chr->out, 0);
            }
            return w == 0;
        }
        g_byte_array_remove_range(chr->out, 0, w);
    }
    return true;
}

static gboolean out_ready(gint fd, GIOCondition cond, gpointer opaque)
{
    Chardev *chr = opaque;

    if (!flush_out(chr) || !chr->out->len) {
        chr->out_source = 0;
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void write_all(int fd, const uint8_t *buf, size_t n)
{
    while (n) {
        ssize_t w = write(fd, buf, n);

        if (w <= 0) {
            return;
        }
        buf += w;
        n -= w;
    }
}

void chardev_write(CharFrontend *fe, const void *buf, size_t n)
{
    Chardev *chr = fe->chr;

    if (!chr || !n) {
        return;
    }
    if (chr->log_fd >= 0) {
        write_all(chr->log_fd, buf, n);
    }
    if (chr->fd_out < 0 || chr->out->len + n > CHAR_OUTPUT_MAX) {
        return;
    }
    g_byte_array_append(chr->out, buf, n);
    if (chr->out_source == 0 && flush_out(chr) && chr->out->len) {
        chr->out_source = g_unix_fd_add(chr->fd_out, G_IO_OUT, out_ready,
                                        chr);
    }
}

void chardev_write_byte(CharFrontend *fe, uint8_t byte)
{
    chardev_write(fe, &byte, 1);
}

void chardev_send_break(CharFrontend *fe, bool on)
{
    if (fe->chr && fe->chr->kind->send_break) {
        fe->chr->kind->send_break(fe->chr, on);
    }
}

/* The mux */

static void say(Chardev *chr, const char *text)
{
    CharFrontend fe = { .chr = chr };

    chardev_write(&fe, text, strlen(text));
}

static void turn_focus(Chardev *chr)
{
    if (chr->fes->len) {
        fe_event(focused(chr), CHAR_EVENT_MUX_OUT);
        chr->focus = (chr->focus + 1) % chr->fes->len;
        fe_event(focused(chr), CHAR_EVENT_MUX_IN);
    }
}

static const char mux_help[] =
    "\r\n"
    "C-a h    print this help\r\n"
    "C-a x    exit the emulator\r\n"
    "C-a b    send a break\r\n"
    "C-a c    switch between console and monitor\r\n"
    "C-a C-a  send C-a\r\n";

/* After the escape; true when the byte itself is meant for the front end. */
static bool mux_command(Chardev *chr, uint8_t c)
{
    switch (c) {
    case ESCAPE_KEY:
        return true;
    case 'h': case '?':
        say(chr, mux_help);
        break;
    case 'x':
        say(chr, "QEMU: Terminated\r\n");
        flush_out(chr);
        if (quit_hook) {
            quit_hook();
        }
        break;
    case 'b':
        fe_event(focused(chr), CHAR_EVENT_BREAK);
        break;
    case 'c':
        turn_focus(chr);
        break;
    }
    return false;
}

/* Input */

static size_t room(CharFrontend *fe)
{
    int n = fe && fe->can_read ? fe->can_read(fe->opaque) : 0;

    return n > 0 ? n : 0;
}

/* One byte of a mux; false when the front end can't take it now. */
static bool deliver_mux(Chardev *chr, uint8_t c)
{
    if (chr->escape) {
        if (c == ESCAPE_KEY && !room(focused(chr))) {
            return false;
        }
        chr->escape = false;
        if (!mux_command(chr, c)) {
            return true;
        }
    } else if (c == ESCAPE_KEY) {
        chr->escape = true;
        return true;
    } else if (focused(chr) && !room(focused(chr))) {
        return false;
    }
    if (focused(chr) && focused(chr)->read) {
        focused(chr)->read(focused(chr)->opaque, &c, 1);
    }
    return true;
}

static gboolean in_ready(gint fd, GIOCondition cond, gpointer opaque);

static void watch_in(Chardev *chr)
{
    if (!chr->in_source && chr->fd_in >= 0) {
        chr->in_source = g_unix_fd_add(chr->fd_in, G_IO_IN | G_IO_HUP,
                                       in_ready, chr);
    }
}

void char_deliver(Chardev *chr)
{
    while (chr->in->len) {
        uint8_t buf[CHAR_INPUT_MAX];
        size_t n = 1;

        if (chr->mux) {
            if (!deliver_mux(chr, chr->in->data[0])) {
                return;
            }
            if (chr->in->len) {
                g_byte_array_remove_range(chr->in, 0, 1);
            }
            continue;
        }
        n = MIN(MIN(room(focused(chr)), chr->in->len), sizeof(buf));
        if (!n) {
            return;
        }
        memcpy(buf, chr->in->data, n);
        g_byte_array_remove_range(chr->in, 0, n);
        focused(chr)->read(focused(chr)->opaque, buf, n);
    }
    watch_in(chr);
}

static gboolean in_ready(gint fd, GIOCondition cond, gpointer opaque)
{
    Chardev *chr = opaque;
    uint8_t buf[CHAR_INPUT_MAX];
    ssize_t n = read(fd, buf, sizeof(buf));

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return G_SOURCE_CONTINUE;
    }
    if (n <= 0) {
        chr->in_source = 0;
        if (chr->kind->hangup) {
            chr->kind->hangup(chr);
        }
        return G_SOURCE_REMOVE;
    }
    if (chr->kind->filter) {
        n = chr->kind->filter(chr, buf, n);
    }
    g_byte_array_append(chr->in, buf, n);
    chr->in_source = 0;
    char_deliver(chr);          /* watches again when all is delivered */
    return G_SOURCE_REMOVE;
}

void chardev_accept_input(CharFrontend *fe)
{
    if (fe->chr) {
        char_deliver(fe->chr);
    }
}

/* Life */

void char_start(Chardev *chr)
{
    chr->open = true;
    char_event(chr, CHAR_EVENT_OPENED);
    watch_in(chr);
}

static void drop_source(guint *source)
{
    if (*source) {
        g_source_remove(*source);
        *source = 0;
    }
}

void char_close_fds(Chardev *chr)
{
    drop_source(&chr->in_source);
    drop_source(&chr->out_source);
    if (chr->fd_in >= 0) {
        close(chr->fd_in);
    }
    if (chr->fd_out >= 0 && chr->fd_out != chr->fd_in) {
        close(chr->fd_out);
    }
    chr->fd_in = chr->fd_out = -1;
    g_byte_array_set_size(chr->in, 0);
    g_byte_array_set_size(chr->out, 0);
}

void char_stop(Chardev *chr)
{
    bool was = chr->open;

    char_close_fds(chr);
    chr->open = false;
    if (was) {
        char_event(chr, CHAR_EVENT_CLOSED);
    }
}

static bool open_log(Chardev *chr, const OptString *opts, GError **errp)
{
    const char *path = optstr_get(opts, "logfile");
    bool append = char_opt_bool(opts, "logappend", false, NULL);

    if (!path) {
        return true;
    }
    chr->log_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC |
                       (append ? O_APPEND : O_TRUNC), 0666);
    if (chr->log_fd < 0) {
        g_set_error(errp, G_FILE_ERROR, g_file_error_from_errno(errno),
                    "can't open log file '%s': %s", path, g_strerror(errno));
        return false;
    }
    return true;
}

static void chardev_free(gpointer opaque)
{
    Chardev *chr = opaque;

    for (unsigned i = 0; i < chr->fes->len; i++) {
        ((CharFrontend *)chr->fes->pdata[i])->chr = NULL;
    }
    if (chr->kind->close) {
        chr->kind->close(chr);
    }
    char_close_fds(chr);
    if (chr->log_fd >= 0) {
        close(chr->log_fd);
    }
    g_byte_array_unref(chr->in);
    g_byte_array_unref(chr->out);
    g_ptr_array_unref(chr->fes);
    g_free(chr->id);
    g_free(chr->where);
    g_free(chr->state);
    g_free(chr);
}

Chardev *char_create(const CharKind *kind, const OptString *opts,
                     GError **errp)
{
    const char *id = optstr_get(opts, "id");
    Chardev *chr = g_new0(Chardev, 1);

    chr->id = g_strdup(id);
    chr->kind = kind;
    chr->fd_in = chr->fd_out = chr->log_fd = -1;
    chr->in = g_byte_array_new();
    chr->out = g_byte_array_new();
    chr->fes = g_ptr_array_new();
    chr->mux = char_opt_bool(opts, "mux", false, NULL);
    if (!open_log(chr, opts, errp) || !kind->open(chr, opts, errp)) {
        chardev_free(chr);
        return NULL;
    }
    if (!chardevs) {
        chardevs = g_ptr_array_new_with_free_func(chardev_free);
    }
    g_ptr_array_add(chardevs, chr);
    return chr;
}

bool chardev_remove(const char *id, GError **errp)
{
    Chardev *chr = chardev_find(id);

    if (!chr) {
        return opt_fail(errp, "there is no chardev '%s'", id);
    }
    if (chr->fes->len) {
        return opt_fail(errp, "chardev '%s' is in use", id);
    }
    g_ptr_array_remove(chardevs, chr);
    return true;
}

void chardev_cleanup(void)
{
    for (unsigned i = 0; chardevs && i < chardevs->len; i++) {
        Chardev *chr = chardevs->pdata[i];

        if (chr->fd_out >= 0) {
            flush_out(chr);
        }
    }
    g_clear_pointer(&chardevs, g_ptr_array_unref);
    char_terminals_restore();
}

Chardev *chardev_find(const char *id)
{
    for (unsigned i = 0; chardevs && i < chardevs->len; i++) {
        Chardev *chr = chardevs->pdata[i];

        if (!strcmp(chr->id, id)) {
            return chr;
        }
    }
    return NULL;
}

const char *chardev_id(const Chardev *chr)
{
    return chr->id;
}

void chardev_foreach(void (*fn)(Chardev *chr, void *opaque), void *opaque)
{
    for (unsigned i = 0; chardevs && i < chardevs->len; i++) {
        fn(chardevs->pdata[i], opaque);
    }
}

char *chardev_describe(const Chardev *chr)
{
    return g_strdup_printf("%s%s%s%s", chr->kind->name, chr->where ? ":" : "",
                           chr->where ? chr->where : "",
                           chr->mux ? " (mux)" : "");
}
