/* SPDX-License-Identifier: MIT */
/*
 * Character streams between a device (or a monitor) and the host.
 *
 * A Chardev is the host's end: null, stdio, file, pipe, pty, serial line,
 * socket.  It has an id ("-chardev stdio,id=c0").  A device attaches a front
 * end to it; with mux=on (or "mon:") several front ends share one stream, and
 * the escape C-a c turns to the next.
 *
 * Everything is under the big lock and runs from the main loop.
 */
#ifndef CHARDEV_CHAR_H
#define CHARDEV_CHAR_H

#include "util/osdep.h"

typedef struct Chardev Chardev;
typedef struct CharFrontend CharFrontend;

typedef enum CharEvent {
    CHAR_EVENT_OPENED,          /* somebody is at the other end */
    CHAR_EVENT_CLOSED,
    CHAR_EVENT_BREAK,
    CHAR_EVENT_MUX_IN,          /* this front end has the input now */
    CHAR_EVENT_MUX_OUT,
} CharEvent;

/* The device's end; embedded in the device, hooks may be NULL. */
struct CharFrontend {
    Chardev *chr;               /* NULL: not attached; writes vanish */
    int (*can_read)(void *opaque);      /* bytes it takes now */
    void (*read)(void *opaque, const uint8_t *buf, size_t n);
    void (*event)(void *opaque, CharEvent event);
    void *opaque;
};

/* By id; borrowed; NULL when there is none. */
Chardev *chardev_find(const char *id);
const char *chardev_id(const Chardev *chr);
/*
 * SPEC as of -chardev: "stdio,id=c0,mux=on", "socket,id=s,path=/x,server=on".
 * Borrowed: the list of chardevs owns it.
 */
Chardev *chardev_new(const char *spec, GError **errp);
/*
 * SPEC as of -serial, -monitor, -debugcon: "stdio", "mon:stdio", "null",
 * "none" (gives NULL without an error), "pty", "file:PATH", "pipe:PATH",
 * "tcp:HOST:PORT,server,nowait", "unix:PATH,server,nowait", "telnet:...", "vc",
 * "chardev:ID", or the path of a character device.  ID names what is made.
 */
Chardev *chardev_new_legacy(const char *id, const char *spec, GError **errp);
/* False when there is none, or a device or monitor has it. */
bool chardev_remove(const char *id, GError **errp);
void chardev_print_help(GString *out);          /* -chardev help */
/* C-a x on a mux calls FN. */
void chardev_set_quit_hook(void (*fn)(void));
/* Puts terminals back, flushes; at exit. */
void chardev_cleanup(void);
/* For "info chardev" and "query-chardev". */
void chardev_foreach(void (*fn)(Chardev *chr, void *opaque), void *opaque);
char *chardev_describe(const Chardev *chr);             /* returns new */

/*
 * False when CHR has a front end and is no mux.  The hooks are filled in by the
 * caller before; CHR NULL leaves it unattached.
 */
bool chardev_attach(CharFrontend *fe, Chardev *chr, GError **errp);
/* The same, but on a mux with front ends the input stays where it is. */
bool chardev_attach_quiet(CharFrontend *fe, Chardev *chr, GError **errp);
bool chardev_is_mux(const Chardev *chr);
void chardev_detach(CharFrontend *fe);
/*
 * All of it is taken: what the host does not take at once is queued (up to
 * 1 MiB, then dropped) and written as it can.
 */
void chardev_write(CharFrontend *fe, const void *buf, size_t n);
void chardev_write_byte(CharFrontend *fe, uint8_t byte);
/* can_read has gone up from 0. */
void chardev_accept_input(CharFrontend *fe);
/* A break condition on the line (serial ports); others ignore it. */
void chardev_send_break(CharFrontend *fe, bool on);

#endif
