/* SPDX-License-Identifier: MIT */
/* VNC in builds without LibVNCServer: says so. */
#include "util/osdep.h"
#include "ui/vnc.h"

bool vnc_start(const char *spec, const char *name, Console *con,
               GError **errp)
{
    if (!strcmp(spec, "none")) {
        return true;
    }
    g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "vnc: not in this build (no LibVNCServer)");
    return false;
}

void vnc_stop(void)
{
}

char *vnc_describe(void)
{
    return g_strdup("Server: not in this build");
}
