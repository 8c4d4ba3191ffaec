/* SPDX-License-Identifier: MIT */
/*
 * User networking: libslirp's TCP/IP stack, seen by the guest as a network of
 * its own (10.0.2.0/24: gateway .2, DNS .3, first guest .15).
 */
#include "util/osdep.h"
#include "net/net-int.h"

#include "system/timer.h"

#include <libslirp.h>

typedef struct SlirpNet {
    Slirp *slirp;
    NetBackend *nb;
    GSource *source;
    GPtrArray *polled;          /* GPollFD, in the order of libslirp */
    char *config;               /* for users */
} SlirpNet;

typedef struct SlirpSource {
    GSource base;
    SlirpNet *s;
} SlirpSource;

static void fail(GError **errp, const char *what, const char *value)
{
    g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "netdev user: %s '%s'", what, value);
}

/* Between libslirp and GLib's main loop */

static int add_poll(int fd, int events, void *opaque)
{
    SlirpNet *s = opaque;
    GPollFD *pfd = g_new0(GPollFD, 1);

    pfd->fd = fd;
    pfd->events = (events & SLIRP_POLL_IN ? G_IO_IN : 0) |
                  (events & SLIRP_POLL_OUT ? G_IO_OUT : 0) |
                  (events & SLIRP_POLL_PRI ? G_IO_PRI : 0) |
                  (events & SLIRP_POLL_ERR ? G_IO_ERR : 0) |
                  (events & SLIRP_POLL_HUP ? G_IO_HUP : 0);
    g_ptr_array_add(s->polled, pfd);
    g_source_add_poll(s->source, pfd);
    return s->polled->len - 1;
}

static int get_revents(int idx, void *opaque)
{
    SlirpNet *s = opaque;
    GPollFD *pfd = s->polled->pdata[idx];

    return (pfd->revents & G_IO_IN ? SLIRP_POLL_IN : 0) |
           (pfd->revents & G_IO_OUT ? SLIRP_POLL_OUT : 0) |
           (pfd->revents & G_IO_PRI ? SLIRP_POLL_PRI : 0) |
           (pfd->revents & G_IO_ERR ? SLIRP_POLL_ERR : 0) |
           (pfd->revents & G_IO_HUP ? SLIRP_POLL_HUP : 0);
}

static void forget_polls(SlirpNet *s)
{
    for (unsigned i = 0; i < s->polled->len; i++) {
        g_source_remove_poll(s->source, s->polled->pdata[i]);
    }
    g_ptr_array_set_size(s->polled, 0);
}

static gboolean source_prepare(GSource *source, gint *timeout)
{
    SlirpNet *s = ((SlirpSource *)source)->s;
    uint32_t ms = UINT32_MAX;

    forget_polls(s);
    slirp_pollfds_fill(s->slirp, &ms, add_poll, s);
    *timeout = ms == UINT32_MAX ? -1 : (gint)MIN(ms, 1000u);
    return FALSE;
}

/* Each turn of the loop: the stack's own timers run from there too. */
static gboolean source_check(GSource *source)
{
    return TRUE;
}

static gboolean source_dispatch(GSource *source, GSourceFunc fn,
                                gpointer opaque)
{
    SlirpNet *s = ((SlirpSource *)source)->s;

    slirp_pollfds_poll(s->slirp, 0, get_revents, s);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
};

/* What libslirp calls */

static ssize_t cb_send_packet(const void *buf, size_t n, void *opaque)
{
    SlirpNet *s = opaque;

    net_to_card(s->nb, buf, n);
    return n;
}

static void cb_guest_error(const char *msg, void *opaque)
{
}

static int64_t cb_clock(void *opaque)
{
    return clock_get_ns(CLOCK_TYPE_VIRTUAL);
}

static void *cb_timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque)
{
    return timer_new(CLOCK_TYPE_VIRTUAL, SCALE_MS, cb, cb_opaque);
}

static void cb_timer_free(void *timer, void *opaque)
{
    timer_free(timer);
}

static void cb_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    timer_mod(timer, expire_ms);
}

static void cb_poll_fd(int fd, void *opaque)
{
}

static void cb_notify(void *opaque)
{
    g_main_context_wakeup(NULL);
}

static const SlirpCb callbacks = {
    .send_packet = cb_send_packet,
    .guest_error = cb_guest_error,
    .clock_get_ns = cb_clock,
    .timer_new = cb_timer_new,
    .timer_free = cb_timer_free,
    .timer_mod = cb_timer_mod,
    .register_poll_fd = cb_poll_fd,
    .unregister_poll_fd = cb_poll_fd,
    .notify = cb_notify,
};

/* Options */

static bool parse_ip(const char *text, struct in_addr *to, GError **errp)
{
    if (inet_pton(AF_INET, text, to) == 1) {
        return true;
    }
    fail(errp, "not an IPv4 address:", text);
    return false;
}

/* "10.0.2.0/24"; the addresses not given follow from it. */
static bool parse_net(const char *text, SlirpConfig *cfg, GError **errp)
{
    char *copy = g_strdup(text);
    char *slash = strchr(copy, '/');
    unsigned bits = 24;
    bool ok;

    if (slash) {
        *slash = 0;
        bits = strtoul(slash + 1, NULL, 10);
    }
    ok = bits >= 4 && bits <= 29;
    if (!ok) {
        fail(errp, "bad network", text);
    } else if ((ok = parse_ip(copy, &cfg->vnetwork, errp))) {
        uint32_t mask = 0xffffffffu << (32 - bits);
        uint32_t net = ntohl(cfg->vnetwork.s_addr) & mask;

        cfg->vnetmask.s_addr = htonl(mask);
        cfg->vnetwork.s_addr = htonl(net);
        cfg->vhost.s_addr = htonl(net | 2);
        cfg->vnameserver.s_addr = htonl(net | 3);
        cfg->vdhcp_start.s_addr = htonl(net | (bits <= 27 ? 15 : 4));
    }
    g_free(copy);
    return ok;
}

static bool parse_bool(const char *name, const char *v, bool *to,
                       GError **errp)
{
    if (!opt_bool(v, to)) {
        fail(errp, name, v);
        return false;
    }
    return true;
}

static bool parse_option(const char *name, const char *v, SlirpConfig *cfg,
                         GError **errp)
{
    bool flag = false;

    if (!strcmp(name, "host")) {
        return parse_ip(v, &cfg->vhost, errp);
    } else if (!strcmp(name, "dns")) {
        return parse_ip(v, &cfg->vnameserver, errp);
    } else if (!strcmp(name, "dhcpstart")) {
        return parse_ip(v, &cfg->vdhcp_start, errp);
    } else if (!strcmp(name, "hostname")) {
        cfg->vhostname = v;
    } else if (!strcmp(name, "domainname")) {
        cfg->vdomainname = v;
    } else if (!strcmp(name, "tftp")) {
        cfg->tftp_path = v;
    } else if (!strcmp(name, "tftp-server-name")) {
        cfg->tftp_server_name = v;
    } else if (!strcmp(name, "bootfile")) {
        cfg->bootfile = v;
    } else if (!strcmp(name, "restrict")) {
        bool ok = parse_bool(name, v, &flag, errp);

        cfg->restricted = flag;
        return ok;
    } else if (!strcmp(name, "ipv4")) {
        return parse_bool(name, v, &cfg->in_enabled, errp);
    } else if (!strcmp(name, "ipv6")) {
        return parse_bool(name, v, &cfg->in6_enabled, errp);
    } else if (!strcmp(name, "smb") || !strcmp(name, "guestfwd") ||
               !strcmp(name, "dnssearch") || !strcmp(name, "smbserver")) {
        fail(errp, "not supported yet:", name);
        return false;
    } else if (strcmp(name, "type") && strcmp(name, "id") &&
               strcmp(name, "net") && strcmp(name, "hostfwd") &&
               strcmp(name, "model") && strcmp(name, "mac")) {
        fail(errp, "no option", name);
        return false;
    }
    return true;
}

static bool parse_port(const char *text, int *port)
{
    char *end;
    long n = strtol(text, &end, 10);

    *port = n;
    return *text && !*end && n > 0 && n < 65536;
}

/* "tcp:HOSTADDR:PORT-GUESTADDR:PORT", addresses may be empty. */
static bool add_hostfwd(SlirpNet *s, const SlirpConfig *cfg, const char *text,
                        GError **errp)
{
    char **part = g_strsplit(text, ":", 0);
    struct in_addr host = { INADDR_ANY }, guest = cfg->vdhcp_start;
    int host_port = 0, guest_port = 0;
    bool ok = g_strv_length(part) == 4, udp = false;

    if (ok) {
        char *dash = strchr(part[2], '-');
        const char *guest_addr = dash ? dash + 1 : "";

        if (dash) {
            *dash = 0;
        }
        udp = !strcmp(part[0], "udp");
        ok = dash && (udp || !strcmp(part[0], "tcp") || !*part[0]) &&
             parse_port(part[2], &host_port) &&
             parse_port(part[3], &guest_port) &&
             (!*part[1] || inet_pton(AF_INET, part[1], &host) == 1) &&
             (!*guest_addr || inet_pton(AF_INET, guest_addr, &guest) == 1);
    }
    g_strfreev(part);
    if (!ok) {
        fail(errp, "bad port forwarding", text);
        return false;
    }
    if (slirp_add_hostfwd(s->slirp, udp, host, host_port, guest,
                          guest_port) < 0) {
        fail(errp, "can't forward", text);
        return false;
    }
    return true;
}

static bool user_open(NetBackend *nb, const OptString *opts, GError **errp)
{
    const char *net = optstr_get(opts, "net");
    SlirpConfig cfg = { .version = 4, .in_enabled = true,
                        .in6_enabled = true, .vprefix_len = 64 };
    SlirpNet *s;

    inet_pton(AF_INET6, "fec0::", &cfg.vprefix_addr6);
    inet_pton(AF_INET6, "fec0::2", &cfg.vhost6);
    inet_pton(AF_INET6, "fec0::3", &cfg.vnameserver6);
    if (!parse_net(net ? net : "10.0.2.0/24", &cfg, errp)) {
        return false;
    }
    for (int i = 0; i < opts->n; i++) {
        if (!parse_option(opts->pairs[i].name, opts->pairs[i].value, &cfg,
                          errp)) {
            return false;
        }
    }
    nb->state = s = g_new0(SlirpNet, 1);
    s->nb = nb;
    s->polled = g_ptr_array_new_with_free_func(g_free);
    s->config = g_strdup_printf("net=%s,restrict=%s", net ? net
                                : "10.0.2.0/24",
                                cfg.restricted ? "on" : "off");
    s->slirp = slirp_new(&cfg, &callbacks, s);
    if (!s->slirp) {
        fail(errp, "can't set up network", net ? net : "10.0.2.0/24");
        return false;
    }
    for (int i = 0; i < opts->n; i++) {
        if (!strcmp(opts->pairs[i].name, "hostfwd") &&
            !add_hostfwd(s, &cfg, opts->pairs[i].value, errp)) {
            return false;
        }
    }
    s->source = g_source_new(&source_funcs, sizeof(SlirpSource));
    ((SlirpSource *)s->source)->s = s;
    g_source_attach(s->source, NULL);
    return true;
}

static void user_close(NetBackend *nb)
{
    SlirpNet *s = nb->state;

    if (s->source) {
        forget_polls(s);
        g_source_destroy(s->source);
        g_source_unref(s->source);
    }
    if (s->slirp) {
        slirp_cleanup(s->slirp);
    }
    g_ptr_array_unref(s->polled);
    g_free(s->config);
    g_free(s);
}

static void user_from_card(NetBackend *nb, const uint8_t *frame, size_t n)
{
    SlirpNet *s = nb->state;

    slirp_input(s->slirp, frame, n);
    g_main_context_wakeup(NULL);
}

static char *user_describe(NetBackend *nb)
{
    return g_strdup(((SlirpNet *)nb->state)->config);
}

const NetKind net_user = {
    .name = "user", .open = user_open, .close = user_close,
    .from_card = user_from_card, .describe = user_describe,
};
