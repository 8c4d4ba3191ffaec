/* SPDX-License-Identifier: MIT */
/* Network back ends: the list, the frames on their way, -netdev and -nic. */
#include "util/osdep.h"
#include "net/net-int.h"

static GPtrArray *backends;
static GArray *nics;
static unsigned default_macs;

static const NetKind *const kinds[] = { &net_user };
static const char *const later[] = {
    "tap", "bridge", "socket", "stream", "dgram", "hubport", "vde", "l2tpv3",
    "netmap", "vhost-user", "vhost-vdpa", "af-xdp", "passt",
};

/* Frames */

static void deliver(NetBackend *nb)
{
    NetCard *card = nb->card;

    while (card && nb->up && !g_queue_is_empty(&nb->queue) &&
           (!card->can_receive || card->can_receive(card->opaque))) {
        GBytes *frame = g_queue_pop_head(&nb->queue);
        size_t n;
        const uint8_t *data = g_bytes_get_data(frame, &n);

        card->receive(card->opaque, data, n);
        g_bytes_unref(frame);
    }
}

void net_to_card(NetBackend *nb, const uint8_t *frame, size_t n)
{
    NetCard *card = nb->card;

    if (!card || !nb->up || n > NET_MAX_FRAME) {
        return;
    }
    if (g_queue_is_empty(&nb->queue) &&
        (!card->can_receive || card->can_receive(card->opaque))) {
        card->receive(card->opaque, frame, n);
    } else if (g_queue_get_length(&nb->queue) < NET_QUEUE_MAX) {
        g_queue_push_tail(&nb->queue, g_bytes_new(frame, n));
    }
}

void net_send(NetCard *card, const uint8_t *frame, size_t n)
{
    NetBackend *nb = card->peer;

    if (nb && nb->up && n <= NET_MAX_FRAME) {
        nb->kind->from_card(nb, frame, n);
    }
}

void net_accept_frames(NetCard *card)
{
    if (card->peer) {
        deliver(card->peer);
    }
}

bool net_link_up(const NetCard *card)
{
    return card->peer && card->peer->up;
}

/* Cards */

bool net_attach(NetCard *card, NetBackend *nb, GError **errp)
{
    card->peer = NULL;
    if (nb && nb->card) {
        return opt_fail(errp, "netdev '%s' is already in use", nb->id);
    }
    if (nb) {
        nb->card = card;
        card->peer = nb;
    }
    return true;
}

static void drop_queue(NetBackend *nb)
{
    g_queue_clear_full(&nb->queue, (GDestroyNotify)g_bytes_unref);
}

void net_detach(NetCard *card)
{
    if (card->peer) {
        drop_queue(card->peer);
        card->peer->card = NULL;
        card->peer = NULL;
    }
}

bool net_parse_mac(const char *text, uint8_t mac[6], GError **errp)
{
    unsigned b[6];
    int end = 0;

    if (!text) {
        memcpy(mac, "\x52\x54\x00\x12\x34", 5);
        mac[5] = 0x56 + default_macs++;
        return true;
    }
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3],
               &b[4], &b[5], &end) != 6 || text[end] || (b[0] & 1)) {
        return opt_fail(errp, "'%s' is not the address of a network card",
                        text);
    }
    for (int i = 0; i < 6; i++) {
        mac[i] = b[i];
    }
    return true;
}

/* The list */

NetBackend *net_find(const char *id)
{
    for (unsigned i = 0; backends && i < backends->len; i++) {
        NetBackend *nb = backends->pdata[i];

        if (!strcmp(nb->id, id)) {
            return nb;
        }
    }
    return NULL;
}

bool net_card_set_up(NetCard *card, const char *netdev, const char *mac,
                     GError **errp)
{
    NetBackend *nb = netdev ? net_find(netdev) : NULL;

    if (netdev && !nb) {
        return opt_fail(errp, "%s: there is no netdev '%s'", card->model,
                        netdev);
    }
    return net_parse_mac(mac, card->mac, errp) && net_attach(card, nb, errp);
}

bool net_set_link(const char *id, bool up, GError **errp)
{
    NetBackend *nb = net_find(id);

    if (!nb) {
        return opt_fail(errp, "there is no netdev '%s'", id);
    }
    if (nb->up != up) {
        nb->up = up;
        drop_queue(nb);
        if (nb->card && nb->card->link_changed) {
            nb->card->link_changed(nb->card->opaque, up);
        }
    }
    return true;
}

const char *net_id(const NetBackend *nb)
{
    return nb->id;
}

void net_foreach(void (*fn)(NetBackend *nb, void *opaque), void *opaque)
{
    for (unsigned i = 0; backends && i < backends->len; i++) {
        fn(backends->pdata[i], opaque);
    }
}

char *net_describe(const NetBackend *nb)
{
    char *more = nb->kind->describe ? nb->kind->describe((NetBackend *)nb)
                                    : NULL;
    char *text = g_strdup_printf("type=%s%s%s", nb->kind->name,
                                 more ? "," : "", more ? more : "");

    g_free(more);
    return text;
}

static void backend_free(gpointer opaque)
{
    NetBackend *nb = opaque;

    if (nb->card) {
        nb->card->peer = NULL;
    }
    drop_queue(nb);
    if (nb->kind->close && nb->state) {
        nb->kind->close(nb);
    }
    g_free(nb->id);
    g_free(nb);
}

static const NetKind *find_kind(const char *name, GError **errp)
{
    for (unsigned i = 0; name && i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kinds[i]->name, name)) {
            return kinds[i];
        }
    }
    for (unsigned i = 0; name && i < ARRAY_SIZE(later); i++) {
        if (!strcmp(later[i], name)) {
            opt_fail(errp, "netdev '%s' is not supported yet", name);
            return NULL;
        }
    }
    opt_fail(errp, "'%s' is not a netdev", name ? name : "");
    return NULL;
}

void net_print_help(GString *out)
{
    g_string_append(out, "Available netdev backend types:\n");
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        g_string_append_printf(out, "%s\n", kinds[i]->name);
    }
}

static NetBackend *create(const OptString *opts, const char *id,
                          GError **errp)
{
    const NetKind *kind = find_kind(optstr_get(opts, "type"), errp);
    NetBackend *nb;

    if (!kind) {
        return NULL;
    }
    if (!id) {
        opt_fail(errp, "netdev '%s' needs an id", kind->name);
        return NULL;
    }
    if (net_find(id)) {
        opt_fail(errp, "there is already a netdev with id '%s'", id);
        return NULL;
    }
    nb = g_new0(NetBackend, 1);
    nb->id = g_strdup(id);
    nb->kind = kind;
    nb->up = true;
    g_queue_init(&nb->queue);
    if (!kind->open(nb, opts, errp)) {
        backend_free(nb);
        return NULL;
    }
    if (!backends) {
        backends = g_ptr_array_new_with_free_func(backend_free);
    }
    g_ptr_array_add(backends, nb);
    return nb;
}

NetBackend *net_new(const char *spec, GError **errp)
{
    OptString *opts = optstr_parse(spec, "type", errp);
    NetBackend *nb = NULL;

    if (opts) {
        const char *id = optstr_get(opts, "id");

        if (!id || opt_is_id(id)) {
            nb = create(opts, id, errp);
        } else {
            opt_fail(errp, "'%s' is not an id", id);
        }
        optstr_free(opts);
    }
    return nb;
}

static void nic_clear(gpointer p)
{
    NicInfo *nic = p;

    g_free(nic->model);
    g_free(nic->mac);
}

bool net_add_nic(const char *spec, GError **errp)
{
    OptString *opts = optstr_parse(spec, "type", errp);
    const char *type = opts ? optstr_get(opts, "type") : NULL;
    NicInfo nic = { 0 };
    bool ok = opts != NULL;

    if (!nics) {
        nics = g_array_new(FALSE, TRUE, sizeof(NicInfo));
        g_array_set_clear_func(nics, nic_clear);
    }
    if (ok && g_strcmp0(type, "none")) {
        const char *id = optstr_get(opts, "id");
        char *name = id ? g_strdup(id)
                        : g_strdup_printf("#nic%u", nics->len);

        nic.netdev = create(opts, name, errp);
        nic.model = g_strdup(optstr_get(opts, "model"));
        nic.mac = g_strdup(optstr_get(opts, "mac"));
        g_free(name);
        ok = nic.netdev != NULL;
        if (ok) {
            g_array_append_val(nics, nic);
        } else {
            nic_clear(&nic);
        }
    }
    if (opts) {
        optstr_free(opts);
    }
    return ok;
}

int net_nics(const NicInfo **list)
{
    *list = nics ? (NicInfo *)nics->data : NULL;
    return nics ? nics->len : NIC_DEFAULT;
}

void net_cleanup(void)
{
    g_clear_pointer(&nics, g_array_unref);
    g_clear_pointer(&backends, g_ptr_array_unref);
}
