/* SPDX-License-Identifier: MIT */
/* Streams that are files: null, stdio, file, pipe, pty, serial lines. */
#include "util/osdep.h"
#include "chardev/char-int.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#define PTY_POLL_MS 200

static bool sys_error(GError **errp, const char *what, const char *path)
{
    int err = errno;

    g_set_error(errp, G_FILE_ERROR, g_file_error_from_errno(err),
                "%s '%s': %s", what, path, g_strerror(err));
    return false;
}

static const char *need(const OptString *opts, const char *name,
                        const char *kind, GError **errp)
{
    const char *value = optstr_get(opts, name);

    if (!value || !*value) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "chardev '%s' needs %s=", kind, name);
        return NULL;
    }
    return value;
}

/* Null */

static bool null_open(Chardev *chr, const OptString *opts, GError **errp)
{
    chr->open = true;
    return true;
}

const CharKind char_null = { .name = "null", .open = null_open };

/* Stdio */

static struct termios saved_tty;
static bool tty_changed;

void char_terminals_restore(void)
{
    if (tty_changed) {
        tcsetattr(STDIN_FILENO, TCSANOW, &saved_tty);
        tty_changed = false;
    }
}

static void raw_input(bool signals)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &saved_tty) < 0) {
        return;
    }
    raw = saved_tty;
    raw.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR |
                     ICRNL | IXON);
    raw.c_oflag |= OPOST;
    raw.c_lflag &= ~(ECHO | ECHONL | ICANON | IEXTEN);
    if (!signals) {
        raw.c_lflag &= ~ISIG;
    }
    raw.c_cflag = (raw.c_cflag & ~(CSIZE | PARENB)) | CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    /* A background job that asks for it would be stopped. */
    if (tcgetpgrp(STDIN_FILENO) == getpgrp()) {
        tty_changed = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
        atexit(char_terminals_restore);
    }
}

static bool stdio_open(Chardev *chr, const OptString *opts, GError **errp)
{
    GError *err = NULL;
    bool signals = char_opt_bool(opts, "signal", true, &err);
    static bool used;

    if (err) {
        g_propagate_error(errp, err);
        return false;
    }
    if (used) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "stdio is used by two chardevs");
        return false;
    }
    used = true;
    chr->fd_in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    chr->fd_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (chr->fd_out < 0) {
        return sys_error(errp, "can't use", "stdout");
    }
    raw_input(signals);
    char_start(chr);
    return true;
}

static const char *const stdio_options[] = { "signal", NULL };
const CharKind char_stdio = {
    .name = "stdio", .options = stdio_options, .open = stdio_open,
};

/* File */

static bool file_open(Chardev *chr, const OptString *opts, GError **errp)
{
    const char *path = need(opts, "path", "file", errp);
    const char *input = optstr_get(opts, "input-path");
    bool append = char_opt_bool(opts, "append", false, NULL);

    if (!path) {
        return false;
    }
    chr->where = g_strdup(path);
    chr->fd_out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC |
                       (append ? O_APPEND : O_TRUNC), 0666);
    if (chr->fd_out < 0) {
        return sys_error(errp, "can't open", path);
    }
    if (input) {
        chr->fd_in = open(input, O_RDONLY | O_CLOEXEC);
        if (chr->fd_in < 0) {
            return sys_error(errp, "can't open", input);
        }
    }
    char_start(chr);
    return true;
}

static const char *const file_options[] = {
    "path", "append", "input-path", NULL
};
const CharKind char_file = {
    .name = "file", .options = file_options, .open = file_open,
};

/* Pipe: PATH.in and PATH.out, or PATH both ways. */

static bool pipe_open(Chardev *chr, const OptString *opts, GError **errp)
{
    const char *path = need(opts, "path", "pipe", errp);
    char *in, *out;

    if (!path) {
        return false;
    }
    chr->where = g_strdup(path);
    in = g_strconcat(path, ".in", NULL);
    out = g_strconcat(path, ".out", NULL);
    chr->fd_in = open(in, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    chr->fd_out = open(out, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    g_free(in);
    g_free(out);
    if (chr->fd_in < 0 || chr->fd_out < 0) {
        char_close_fds(chr);
        chr->fd_in = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        chr->fd_out = chr->fd_in;
        if (chr->fd_in < 0) {
            return sys_error(errp, "can't open", path);
        }
    }
    char_start(chr);
    return true;
}

static const char *const path_options[] = { "path", NULL };
const CharKind char_pipe = {
    .name = "pipe", .options = path_options, .open = pipe_open,
};

/* Pseudo-terminal */

typedef struct PtyState {
    guint poll;
    int master;
} PtyState;

static bool pty_connected(int master)
{
    GPollFD pfd = { .fd = master, .events = G_IO_OUT };

    return g_poll(&pfd, 1, 0) >= 0 && !(pfd.revents & G_IO_HUP);
}

static gboolean pty_poll(gpointer opaque)
{
    Chardev *chr = opaque;
    PtyState *s = chr->state;

    if (!pty_connected(s->master)) {
        return G_SOURCE_CONTINUE;
    }
    s->poll = 0;
    chr->fd_in = chr->fd_out = fcntl(s->master, F_DUPFD_CLOEXEC, 3);
    char_start(chr);
    return G_SOURCE_REMOVE;
}

/* Nobody has it open (any more): look for one now and then. */
static void pty_hangup(Chardev *chr)
{
    PtyState *s = chr->state;

    char_stop(chr);
    if (!s->poll) {
        s->poll = g_timeout_add(PTY_POLL_MS, pty_poll, chr);
    }
}

static bool pty_open(Chardev *chr, const OptString *opts, GError **errp)
{
    PtyState *s = g_new0(PtyState, 1);
    char name[64];
    struct termios tty;
    int slave;

    chr->state = s;
    s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (s->master < 0 || grantpt(s->master) || unlockpt(s->master) ||
        ptsname_r(s->master, name, sizeof(name))) {
        return sys_error(errp, "can't make", "a pseudo-terminal");
    }
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        return sys_error(errp, "can't open", name);
    }
    tcgetattr(slave, &tty);
    cfmakeraw(&tty);
    tcsetattr(slave, TCSAFLUSH, &tty);
    close(slave);
    chr->where = g_strdup(name);
    fprintf(stderr, "char device redirected to %s (label %s)\n", name,
            chr->id);
    pty_hangup(chr);
    return true;
}

static void pty_close(Chardev *chr)
{
    PtyState *s = chr->state;

    if (s && s->poll) {
        g_source_remove(s->poll);
    }
    if (s && s->master >= 0) {
        close(s->master);
    }
}

const CharKind char_pty = {
    .name = "pty", .open = pty_open, .close = pty_close,
    .hangup = pty_hangup,
};

/* A serial line, or another character device of the host. */

static bool serial_open(Chardev *chr, const OptString *opts, GError **errp)
{
    const char *path = need(opts, "path", "serial", errp);
    struct termios tty;

    if (!path) {
        return false;
    }
    chr->where = g_strdup(path);
    chr->fd_in = chr->fd_out =
        open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (chr->fd_in < 0) {
        return sys_error(errp, "can't open", path);
    }
    if (tcgetattr(chr->fd_in, &tty) == 0) {
        cfmakeraw(&tty);
        cfsetspeed(&tty, B115200);
        tcsetattr(chr->fd_in, TCSANOW, &tty);
    }
    char_start(chr);
    return true;
}

static void serial_break(Chardev *chr, bool on)
{
    ioctl(chr->fd_out, on ? TIOCSBRK : TIOCCBRK);
}

const CharKind char_serial = {
    .name = "serial", .options = path_options, .open = serial_open,
    .send_break = serial_break,
};
