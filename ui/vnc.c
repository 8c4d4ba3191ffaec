/* SPDX-License-Identifier: MIT */
/* The VNC server: LibVNCServer, its sockets watched by the main loop. */
#include "util/osdep.h"
#include "ui/vnc.h"

#include "util/optstr.h"

#include <arpa/inet.h>
#include <glib-unix.h>
#include <rfb/rfb.h>

#define REFRESH_MS      33      /* while somebody watches */
#define REFRESH_IDLE_MS 500     /* how often to look for a client */

typedef struct Vnc {
    rfbScreenInfoPtr screen;
    Console *con;
    char *title;
    ConsoleListener listener;
    guint timer;
    guint listen_source;
    int x, y, buttons;          /* of the pointer */
} Vnc;

static Vnc *vnc;

/* The screen: the surface is LibVNCServer's frame buffer itself. */

static void set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

static void resized(ConsoleListener *l)
{
    Vnc *v = container_of(l, Vnc, listener);

    rfbNewFramebuffer(v->screen, (char *)console_pixels(l->con),
                      console_width(l->con), console_height(l->con), 8, 3,
                      4);
    set_format(v->screen);
    v->x = v->y = 0;
}

static void damaged(ConsoleListener *l, int x, int y, int width, int height)
{
    Vnc *v = container_of(l, Vnc, listener);

    rfbMarkRectAsModified(v->screen, x, y, x + width, y + height);
}

/* Input */

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    int code = input_key_by_keysym(keysym);

    if (code >= 0) {
        input_key(code, down);
    }
}

static void on_pointer(int mask, int x, int y, rfbClientPtr client)
{
    int buttons = (mask & 1 ? MOUSE_BUTTON_LEFT : 0) |
                  (mask & 2 ? MOUSE_BUTTON_MIDDLE : 0) |
                  (mask & 4 ? MOUSE_BUTTON_RIGHT : 0);
    int dz = mask & 8 ? -1 : mask & 16 ? 1 : 0;

    if (x != vnc->x || y != vnc->y || dz || buttons != vnc->buttons) {
        input_mouse(x - vnc->x, y - vnc->y, dz, buttons);
    }
    vnc->x = x;
    vnc->y = y;
    vnc->buttons = buttons;
}

/* Turns */

static bool watched(void)
{
    return vnc->screen->clientHead != NULL;
}

static gboolean turn(gpointer unused)
{
    if (watched()) {
        console_update(vnc->con);
    }
    rfbProcessEvents(vnc->screen, 0);
    vnc->timer = g_timeout_add(watched() ? REFRESH_MS : REFRESH_IDLE_MS, turn,
                               NULL);
    return G_SOURCE_REMOVE;
}

/* Somebody knocks: take them at once. */
static gboolean knocked(gint fd, GIOCondition cond, gpointer unused)
{
    if (vnc->timer) {
        g_source_remove(vnc->timer);
    }
    turn(NULL);
    return G_SOURCE_CONTINUE;
}

static bool parse(const char *spec, in_addr_t *addr, int *port, int *last,
                  GError **errp)
{
    OptString *opts = optstr_parse(spec, "vnc", errp);
    const char *place = opts ? optstr_get(opts, "vnc") : NULL;
    const char *to = opts ? optstr_get(opts, "to") : NULL;
    const char *colon = place ? strrchr(place, ':') : NULL;
    char *host = colon ? g_strndup(place, colon - place) : NULL;
    char *end = NULL;
    long n = colon ? strtol(colon + 1, &end, 10) : -1;
    long n2 = to ? strtol(to, NULL, 10) : n;
    bool ok = colon && colon[1] && !*end && n >= 0 && n < 59000 && n2 >= n;

    *addr = INADDR_ANY;
    if (ok && *host && strcmp(host, "localhost")) {
        ok = inet_pton(AF_INET, host, addr) == 1;
    } else if (ok && *host) {
        *addr = htonl(INADDR_LOOPBACK);
    }
    *port = 5900 + n;
    *last = 5900 + n2;
    for (int i = 0; ok && i < opts->n; i++) {
        static const char *const known[] = {
            "vnc", "to", "share", "lossy", "non-adaptive", "power-control",
            "key-delay-ms", "id", "password"
        };
        unsigned k = 0;

        while (k < ARRAY_SIZE(known) && strcmp(known[k],
                                               opts->pairs[i].name)) {
            k++;
        }
        /* Without the means to check one, a password would be a lie. */
        ok = k < ARRAY_SIZE(known) &&
             (strcmp(known[k], "password") ||
              !strcmp(opts->pairs[i].value, "off"));
    }
    g_free(host);
    if (opts) {
        optstr_free(opts);
    }
    if (!ok && errp && !*errp) {
        g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "vnc: '%s' is not HOST:DISPLAY, or has an option that is "
                    "not supported", spec);
    }
    return ok;
}

static void quiet(const char *format, ...)
{
}

static bool listens(Vnc *v, in_addr_t addr, int port)
{
    v->screen->port = port;
    v->screen->ipv6port = -1;
    v->screen->listenInterface = addr;
    rfbInitServer(v->screen);
    return v->screen->listenSock >= 0;
}

bool vnc_start(const char *spec, const char *name, Console *con,
               GError **errp)
{
    int argc = 0, port, last;
    in_addr_t addr;
    Vnc *v;

    if (!strcmp(spec, "none")) {
        return true;
    }
    if (!parse(spec, &addr, &port, &last, errp)) {
        return false;
    }
    if (!con) {
        return true;            /* nothing to show */
    }
    rfbLog = rfbErr = quiet;
    vnc = v = g_new0(Vnc, 1);
    v->con = con;
    v->screen = rfbGetScreen(&argc, NULL, console_width(con),
                             console_height(con), 8, 3, 4);
    v->screen->frameBuffer = (char *)console_pixels(con);
    v->title = name ? g_strdup_printf("QEMU (%s)", name) : g_strdup("QEMU");
    v->screen->desktopName = v->title;
    v->screen->alwaysShared = TRUE;
    v->screen->kbdAddEvent = on_key;
    v->screen->ptrAddEvent = on_pointer;
    v->screen->cursor = NULL;
    set_format(v->screen);
    while (!listens(v, addr, port)) {
        if (port++ >= last) {
            g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                        "vnc: can't listen on port %d", last);
            vnc_stop();
            return false;
        }
    }
    v->listener.resized = resized;
    v->listener.damaged = damaged;
    console_listen(con, &v->listener);
    v->listen_source = g_unix_fd_add(v->screen->listenSock, G_IO_IN, knocked,
                                     NULL);
    turn(NULL);
    return true;
}

void vnc_stop(void)
{
    if (!vnc) {
        return;
    }
    if (vnc->listener.con) {
        console_unlisten(&vnc->listener);
    }
    if (vnc->timer) {
        g_source_remove(vnc->timer);
    }
    if (vnc->listen_source) {
        g_source_remove(vnc->listen_source);
    }
    rfbShutdownServer(vnc->screen, TRUE);
    g_free(vnc->title);
    rfbScreenCleanup(vnc->screen);
    g_clear_pointer(&vnc, g_free);
}

char *vnc_describe(void)
{
    int n = 0;

    if (!vnc) {
        return g_strdup("Server: disabled");
    }
    for (rfbClientPtr c = vnc->screen->clientHead; c; c = c->next) {
        n++;
    }
    return g_strdup_printf("Server: port %d, %d client%s", vnc->screen->port,
                           n, n == 1 ? "" : "s");
}
