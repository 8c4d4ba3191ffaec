/* SPDX-License-Identifier: MIT */
/* The inside of a character stream: the kinds, and the descriptor machinery. */
#ifndef CHARDEV_CHAR_INT_H
#define CHARDEV_CHAR_INT_H

#include "chardev/char.h"
#include "util/optstr.h"

#define CHAR_INPUT_MAX  512             /* read at once */
#define CHAR_OUTPUT_MAX (1024 * 1024)   /* queued, then dropped */

typedef struct CharKind {
    const char *name;           /* of -chardev */
    const char *const *options; /* beside id, mux, logfile, logappend */
    /* Opens the descriptors; *_open with char_start. */
    bool (*open)(Chardev *chr, const OptString *opts, GError **errp);
    void (*close)(Chardev *chr);
    void (*hangup)(Chardev *chr);       /* the other end has gone */
    /* Takes out-of-band bytes away; returns what is left.  May be NULL. */
    size_t (*filter)(Chardev *chr, uint8_t *buf, size_t n);
    void (*send_break)(Chardev *chr, bool on);
} CharKind;

struct Chardev {
    char *id;
    const CharKind *kind;
    char *where;                /* for users: path, address */
    void *state;                /* of the kind; freed with g_free */
    int fd_in, fd_out;          /* -1: none */
    guint in_source, out_source;
    bool open;
    GByteArray *in, *out;       /* not delivered yet, not written yet */
    int log_fd;
    bool mux;
    bool escape;                /* C-a was typed */
    GPtrArray *fes;             /* CharFrontend, borrowed */
    unsigned focus;
};

extern const CharKind char_null, char_stdio, char_file, char_pipe, char_pty,
    char_serial, char_socket;

/* Watches FD_IN, tells the front ends that somebody is there. */
/* Returns the new stream, listed; its id is in OPTS. */
Chardev *char_create(const CharKind *kind, const OptString *opts,
                     GError **errp);
void char_start(Chardev *chr);
/* Stops watching, closes both descriptors, tells the front ends. */
void char_stop(Chardev *chr);
/* Stops watching and closes the descriptors only. */
void char_close_fds(Chardev *chr);
/* Front ends of CHR, all of them. */
void char_event(Chardev *chr, CharEvent event);
/* Bytes typed at CHR, through the mux's escapes. */
void char_deliver(Chardev *chr);
bool char_opt_bool(const OptString *opts, const char *name, bool otherwise,
                   GError **errp);
bool char_opt_long(const OptString *opts, const char *name, long *value,
                   GError **errp);
void char_terminals_restore(void);

#endif
