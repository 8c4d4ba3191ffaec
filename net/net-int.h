/* SPDX-License-Identifier: MIT */
/* The inside of network back ends. */
#ifndef NET_NET_INT_H
#define NET_NET_INT_H

#include "net/net.h"
#include "util/optstr.h"

#define NET_QUEUE_MAX 512       /* frames waiting for the card */

typedef struct NetKind {
    const char *name;
    bool (*open)(NetBackend *nb, const OptString *opts, GError **errp);
    void (*close)(NetBackend *nb);
    void (*from_card)(NetBackend *nb, const uint8_t *frame, size_t n);
    char *(*describe)(NetBackend *nb);
} NetKind;

struct NetBackend {
    char *id;
    const NetKind *kind;
    void *state;                /* of the kind */
    NetCard *card;
    GQueue queue;               /* GBytes */
    bool up;
};

extern const NetKind net_user;

/* A frame for the card; what does not fit in the queue is dropped. */
void net_to_card(NetBackend *nb, const uint8_t *frame, size_t n);

#endif
