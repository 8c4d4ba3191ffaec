/* SPDX-License-Identifier: MIT */
/* QMP in builds without JSON-GLib: says so. */
#include "util/osdep.h"
#include "system/monitor.h"

bool qmp_start(Chardev *chr, bool pretty, GError **errp)
{
    g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "QMP is not in this build (no JSON-GLib)");
    return false;
}

void qmp_stop(void)
{
}
