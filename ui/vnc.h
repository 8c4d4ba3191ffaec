/* SPDX-License-Identifier: MIT */
/* A screen over the network: a VNC (RFB, RFC 6143) server by LibVNCServer. */
#ifndef UI_VNC_H
#define UI_VNC_H

#include "ui/console.h"

/*
 * SPEC as of -vnc and -display vnc=: "HOST:DISPLAY[,to=N][,password=on]",
 * "unix:PATH" is not supported, "none" does nothing.  Shows CON (NULL:
 * nothing is started); clients see NAME (may be NULL) in its title.
 */
bool vnc_start(const char *spec, const char *name, Console *con,
               GError **errp);
void vnc_stop(void);
char *vnc_describe(void);       /* for "info vnc"; returns new */

#endif
