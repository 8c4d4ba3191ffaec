/* SPDX-License-Identifier: MIT */
/* User networking in builds without libslirp: says so. */
#include "util/osdep.h"
#include "net/net-int.h"

static bool user_open(NetBackend *nb, const OptString *opts, GError **errp)
{
    g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "netdev 'user' is not in this build (no libslirp)");
    return false;
}

static void user_from_card(NetBackend *nb, const uint8_t *frame, size_t n)
{
}

const NetKind net_user = {
    .name = "user", .open = user_open, .from_card = user_from_card,
};
