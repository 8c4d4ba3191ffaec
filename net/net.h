/* SPDX-License-Identifier: MIT */
/*
 * Networks on the host's side: a NetBackend ("-netdev user,id=n0") and the
 * network card attached to it hand each other Ethernet frames, without the
 * frame check sequence.
 *
 * Everything is under the big lock.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "util/osdep.h"

typedef struct NetBackend NetBackend;
typedef struct NetCard NetCard;

#define NET_MAX_FRAME (64 * 1024 + 64)

/* The device's end; embedded in the device. */
struct NetCard {
    NetBackend *peer;           /* NULL: not attached; frames vanish */
    const char *model;
    uint8_t mac[6];
    bool (*can_receive)(void *opaque);
    void (*receive)(void *opaque, const uint8_t *frame, size_t n);
    void (*link_changed)(void *opaque, bool up);
    void *opaque;
};

typedef struct NicInfo {        /* -nic, or the default card */
    char *model;                /* NULL: the machine's default */
    char *mac;                  /* NULL: the next of 52:54:00:12:34:56... */
    NetBackend *netdev;         /* NULL: none */
} NicInfo;

NetBackend *net_find(const char *id);           /* borrowed */
const char *net_id(const NetBackend *nb);
/* SPEC as of -netdev: "user,id=n0,hostfwd=tcp::2222-:22". */
NetBackend *net_new(const char *spec, GError **errp);
/* As of -nic: "user,model=virtio-net-pci,mac=...", "none". */
bool net_add_nic(const char *spec, GError **errp);
/* The cards that the machine is to make; NIC_DEFAULT: nothing was said. */
#define NIC_DEFAULT (-1)
int net_nics(const NicInfo **nics);
void net_cleanup(void);
void net_print_help(GString *out);              /* -netdev help */
void net_foreach(void (*fn)(NetBackend *nb, void *opaque), void *opaque);
char *net_describe(const NetBackend *nb);       /* returns new */

bool net_attach(NetCard *card, NetBackend *nb, GError **errp);
/* What a card's properties say: the back end's id (NULL: none), the address. */
bool net_card_set_up(NetCard *card, const char *netdev, const char *mac,
                     GError **errp);
void net_detach(NetCard *card);
/* Plugs or unplugs the cable of a back end. */
bool net_set_link(const char *id, bool up, GError **errp);
/* Parses "52:54:00:12:34:56"; text NULL: the next free default address. */
bool net_parse_mac(const char *text, uint8_t mac[6], GError **errp);
void net_send(NetCard *card, const uint8_t *frame, size_t n);
/* can_receive has become true: what was queued comes now. */
void net_accept_frames(NetCard *card);
bool net_link_up(const NetCard *card);

#endif
