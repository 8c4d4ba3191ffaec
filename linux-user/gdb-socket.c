/* SPDX-License-Identifier: MIT */
/* The debugger's connection in user mode: one, for the process's life. */
#include "util/osdep.h"
#include "linux-user/gdb-int.h"

#include "linux-user/options.h"
#include "syscall/ownfd.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static int sock = -1;

static void moved(int newfd)
{
    sock = newfd;
}

static void QEMU_NORETURN fail(const char *where, const char *what)
{
    die("option -g: %s '%s': %s", what, where, g_strerror(errno));
}

/* The path with the process id in place of one %d; returns new. */
static char *socket_path(const char *where)
{
    const char *pid = strstr(where, "%d");

    return pid ? g_strdup_printf("%.*s%d%s", (int)(pid - where), where,
                                 getpid(), pid + 2)
               : g_strdup(where);
}

static int listen_unix(const char *path)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct stat st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(un.sun_path)) {
        die("option -g: socket path '%s' is too long", path);
    }
    strcpy(un.sun_path, path);
    /* One that a process before us left. */
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        unlink(path);
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ||
        listen(fd, 1) < 0) {
        fail(path, "socket");
    }
    return fd;
}

static int listen_tcp(const char *where)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    uint64_t port;
    int fd, one = 1;

    if (!g_ascii_string_to_unsigned(where, 10, 1, 65535, &port, NULL)) {
        die("option -g: '%s' is neither a port number nor the path of a "
            "socket", where);
    }
    in.sin_port = htons(port);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
        listen(fd, 1) < 0) {
        fail(where, "port");
    }
    return fd;
}

void gdb_socket_open(const char *where)
{
    bool named = g_str_has_prefix(where, "unix:");
    char *path = NULL;
    int server, fd, one = 1;

    if (named || strchr(where, '/')) {
        path = socket_path(where + (named ? 5 : 0));
        server = listen_unix(path);
    } else {
        server = listen_tcp(where);
    }
    do {
        fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    if (fd < 0) {
        fail(where, "waiting at");
    }
    if (path) {
        unlink(path);
    } else {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }
    close(server);
    g_free(path);
    sock = own_fd_add(fd, moved);
    fcntl(sock, F_SETOWN, getpid());
    fcntl(sock, F_SETSIG, SIGTRAP);
}

/* Its number stays reserved: hardly anybody will ask for it. */
void gdb_socket_close(void)
{
    close(sock);
    sock = -1;
}

bool gdb_socket_is(int fd)
{
    return sock >= 0 && fd == sock;
}

void gdb_socket_send(const void *buf, size_t n)
{
    const char *p = buf;

    while (n) {
        ssize_t done = send(sock, p, n, MSG_NOSIGNAL);

        if (done < 0 && errno != EINTR) {
            return;             /* recv() will tell */
        }
        if (done > 0) {
            p += done;
            n -= done;
        }
    }
}

ssize_t gdb_socket_recv(void *buf, size_t n, bool wait)
{
    ssize_t got;

    do {
        got = recv(sock, buf, n, wait ? 0 : MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got;
}

bool gdb_socket_announce(bool on)
{
    struct pollfd p = { .fd = sock, .events = POLLIN };
    int flags = fcntl(sock, F_GETFL);

    fcntl(sock, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
    return poll(&p, 1, 0) > 0;
}
