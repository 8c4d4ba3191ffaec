/* SPDX-License-Identifier: MIT */
/*
 * Socket streams: TCP and Unix, client and server, with or without telnet
 * (RFC 854).  A server takes one connection at a time; a client that loses its
 * own tries again when reconnect= says so.
 */
#include "util/osdep.h"
#include "chardev/char-int.h"

#include <glib-unix.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { IAC = 255, TN_DONT = 254, TN_DO = 253, TN_WONT = 252, TN_WILL = 251,
       TN_BREAK = 243, TN_IP = 244, TN_ECHO = 1, TN_SGA = 3, TN_BINARY = 0 };

typedef struct SocketState {
    char *host, *port, *path;   /* path: a Unix socket */
    bool server, telnet;
    long reconnect;             /* seconds; 0: never */
    int listen_fd;
    guint listen_source, retry_source;
    int skip;                   /* telnet: bytes of a command to come */
    bool iac;
} SocketState;

static void fail(GError **errp, const char *what, const char *where,
                 const char *why)
{
    g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s '%s': %s", what,
                where, why);
}

static bool unix_address(const char *path, struct sockaddr_un *sun,
                         GError **errp)
{
    *sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof(sun->sun_path)) {
        fail(errp, "socket", path, "the path is too long");
        return false;
    }
    strcpy(sun->sun_path, path);
    return true;
}

/* Binds and listens, or connects; -1 with an error. */
static int use_address(const struct sockaddr *sa, socklen_t len, bool server)
{
    int one = 1;
    int fd = socket(sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    if (server && sa->sa_family != AF_UNIX) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    }
    if (server ? bind(fd, sa, len) || listen(fd, 1) : connect(fd, sa, len)) {
        int err = errno;

        close(fd);
        errno = err;
        return -1;
    }
    return fd;
}

static int open_unix(SocketState *s, GError **errp)
{
    struct sockaddr_un sun;
    int fd;

    if (!unix_address(s->path, &sun, errp)) {
        return -1;
    }
    if (s->server) {
        /* A socket that nobody listens on is left over from before. */
        int probe = use_address((void *)&sun, sizeof(sun), false);

        if (probe >= 0) {
            close(probe);
            fail(errp, "socket", s->path, "somebody listens there already");
            return -1;
        }
        if (errno == ECONNREFUSED) {
            unlink(s->path);
        }
    }
    fd = use_address((void *)&sun, sizeof(sun), s->server);
    if (fd < 0) {
        fail(errp, s->server ? "can't listen on" : "can't connect to",
             s->path, g_strerror(errno));
    }
    return fd;
}

static int open_tcp(SocketState *s, GError **errp)
{
    struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM,
        .ai_flags = s->server ? AI_PASSIVE : 0,
    };
    struct addrinfo *list;
    char *name = g_strdup_printf("%s:%s", s->host, s->port);
    int err = getaddrinfo(*s->host ? s->host : s->server ? NULL : "localhost",
                          s->port, &hints, &list);
    int fd = -1;

    /* The resolver takes numbers modulo 65536. */
    if (g_ascii_isdigit(*s->port) && strtoul(s->port, NULL, 10) > 65535) {
        fail(errp, "address", name, "ports are numbers up to 65535");
        if (!err) {
            freeaddrinfo(list);
        }
    } else if (err) {
        fail(errp, "address", name, gai_strerror(err));
    } else {
        for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
            fd = use_address(a->ai_addr, a->ai_addrlen, s->server);
        }
        if (fd < 0) {
            fail(errp, s->server ? "can't listen on" : "can't connect to",
                 name, g_strerror(errno));
        }
        freeaddrinfo(list);
    }
    g_free(name);
    return fd;
}

static int open_socket(SocketState *s, GError **errp)
{
    return s->path ? open_unix(s, errp) : open_tcp(s, errp);
}

static void connected(Chardev *chr, int fd)
{
    SocketState *s = chr->state;
    int one = 1;

    if (!s->path) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    chr->fd_in = chr->fd_out = fd;
    s->iac = false;
    s->skip = 0;
    if (s->telnet) {
        static const uint8_t hello[] = {
            IAC, TN_WILL, TN_ECHO, IAC, TN_WILL, TN_SGA,
            IAC, TN_WILL, TN_BINARY, IAC, TN_DO, TN_BINARY,
        };
        CharFrontend fe = { .chr = chr };

        chardev_write(&fe, hello, sizeof(hello));
    }
    char_start(chr);
}

static gboolean can_accept(gint fd, GIOCondition cond, gpointer opaque)
{
    Chardev *chr = opaque;
    SocketState *s = chr->state;
    int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

    if (conn < 0) {
        return G_SOURCE_CONTINUE;
    }
    s->listen_source = 0;
    connected(chr, conn);
    return G_SOURCE_REMOVE;
}

static void watch_listener(Chardev *chr)
{
    SocketState *s = chr->state;

    if (!s->listen_source) {
        s->listen_source = g_unix_fd_add(s->listen_fd, G_IO_IN, can_accept,
                                         chr);
    }
}

static gboolean retry(gpointer opaque)
{
    Chardev *chr = opaque;
    SocketState *s = chr->state;
    int fd = open_socket(s, NULL);

    if (fd < 0) {
        return G_SOURCE_CONTINUE;
    }
    s->retry_source = 0;
    connected(chr, fd);
    return G_SOURCE_REMOVE;
}

static void socket_hangup(Chardev *chr)
{
    SocketState *s = chr->state;

    char_stop(chr);
    if (s->server) {
        watch_listener(chr);
    } else if (s->reconnect && !s->retry_source) {
        s->retry_source = g_timeout_add_seconds(s->reconnect, retry, chr);
    }
}

/* Takes telnet commands out of what was typed. */
static size_t socket_filter(Chardev *chr, uint8_t *buf, size_t n)
{
    SocketState *s = chr->state;
    size_t out = 0;

    if (!s->telnet) {
        return n;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t c = buf[i];

        if (s->skip) {
            s->skip--;
        } else if (s->iac) {
            s->iac = false;
            if (c == IAC) {
                buf[out++] = c;
            } else if (c >= TN_WILL) {
                s->skip = 1;
            } else if (c == TN_BREAK || c == TN_IP) {
                char_event(chr, CHAR_EVENT_BREAK);
            }
        } else if (c == IAC) {
            s->iac = true;
        } else {
            buf[out++] = c;
        }
    }
    return out;
}

static bool read_options(SocketState *s, const OptString *opts, bool *wait,
                         GError **errp)
{
    const char *path = optstr_get(opts, "path");
    const char *host = optstr_get(opts, "host");
    const char *port = optstr_get(opts, "port");
    GError *err = NULL;

    s->server = char_opt_bool(opts, "server", false, &err);
    *wait = !err && char_opt_bool(opts, "wait", s->server, &err);
    s->telnet = !err && char_opt_bool(opts, "telnet", false, &err);
    if (err || !char_opt_long(opts, "reconnect", &s->reconnect, &err)) {
        g_propagate_error(errp, err);
        return false;
    }
    if (!path == !port) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "chardev 'socket' needs either path= or port=");
        return false;
    }
    s->path = g_strdup(path);
    s->host = g_strdup(host ? host : "");
    s->port = g_strdup(port);
    return true;
}

static bool socket_open(Chardev *chr, const OptString *opts, GError **errp)
{
    SocketState *s = g_new0(SocketState, 1);
    bool wait;
    int fd;

    chr->state = s;
    s->listen_fd = -1;
    if (!read_options(s, opts, &wait, errp)) {
        return false;
    }
    chr->where = s->path ? g_strdup(s->path)
                         : g_strdup_printf("%s:%s", s->host, s->port);
    fd = open_socket(s, s->reconnect && !s->server ? NULL : errp);
    if (fd < 0) {
        if (!s->reconnect || s->server) {
            return false;
        }
        s->retry_source = g_timeout_add_seconds(s->reconnect, retry, chr);
    } else if (!s->server) {
        connected(chr, fd);
    } else {
        s->listen_fd = fd;
        if (wait) {
            struct pollfd pfd = { .fd = fd, .events = POLLIN };

            fprintf(stderr, "waiting for a connection on %s\n", chr->where);
            while (poll(&pfd, 1, -1) < 0 && errno == EINTR) {
            }
            fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
            if (fd >= 0) {
                connected(chr, fd);
                return true;
            }
        }
        watch_listener(chr);
    }
    return true;
}

static void socket_close(Chardev *chr)
{
    SocketState *s = chr->state;

    if (!s) {
        return;
    }
    if (s->listen_source) {
        g_source_remove(s->listen_source);
    }
    if (s->retry_source) {
        g_source_remove(s->retry_source);
    }
    if (s->listen_fd >= 0) {
        close(s->listen_fd);
        if (s->path) {
            unlink(s->path);
        }
    }
    g_free(s->path);
    g_free(s->host);
    g_free(s->port);
}

static const char *const socket_options[] = {
    "path", "host", "port", "server", "wait", "telnet", "reconnect", "nodelay",
    "ipv4", "ipv6", "to", "delay", NULL
};
const CharKind char_socket = {
    .name = "socket", .options = socket_options, .open = socket_open,
    .close = socket_close, .hangup = socket_hangup, .filter = socket_filter,
};
