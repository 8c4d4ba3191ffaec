/* SPDX-License-Identifier: MIT */
/*
 * A screen and its keyboard and mouse, between the display device and whoever
 * shows it (VNC, screendump).
 *
 * The display device draws into the console's surface, 32 bits a pixel
 * (0x00RRGGBB in host order), when asked to by its update hook: it may skip
 * what did not change, and tells what did.  Input goes to the handlers that
 * keyboards and mice have registered.  All under the big lock.
 */
#ifndef UI_CONSOLE_H
#define UI_CONSOLE_H

#include "util/osdep.h"

typedef struct Console Console;
typedef struct ConsoleListener ConsoleListener;

typedef struct ConsoleOps {
    /* Brings the surface up to date: console_resize and console_damage. */
    void (*update)(void *opaque);
    /* The next update draws everything. */
    void (*invalidate)(void *opaque);
} ConsoleOps;

/* Display devices. */
Console *console_new(const ConsoleOps *ops, void *opaque);      /* new */
void console_free(Console *con);
/* A new size in pixels; the content is black.  Same size: nothing happens. */
void console_resize(Console *con, int width, int height);
uint32_t *console_pixels(Console *con);         /* borrowed; rows of width */
int console_width(const Console *con);
int console_height(const Console *con);
void console_damage(Console *con, int x, int y, int width, int height);

/* Whoever shows them.  The first console made is number 0. */
Console *console_get(int index);                /* NULL: there is none */
void console_update(Console *con);              /* runs the device's hook */
void console_invalidate(Console *con);

struct ConsoleListener {        /* embedded */
    void (*resized)(ConsoleListener *l);
    void (*damaged)(ConsoleListener *l, int x, int y, int width, int height);
    Console *con;
    ConsoleListener *next;
};
void console_listen(Console *con, ConsoleListener *l);
void console_unlisten(ConsoleListener *l);

/* Writes what is on the screen; format "ppm" or "png". */
bool console_screendump(Console *con, const char *path, const char *format,
                        GError **errp);

/*
 * Input.  Keys are named by their code in scan code set 1: 0x01..0x7f, or
 * 0x80 | code for those with an e0 prefix; KEY_PAUSE is e1 1d 45.
 */
#define KEY_EXTENDED 0x80
#define KEY_PAUSE    0x100
enum {
    MOUSE_BUTTON_LEFT = 1,
    MOUSE_BUTTON_RIGHT = 2,
    MOUSE_BUTTON_MIDDLE = 4,
};

typedef struct InputHandler {   /* embedded in keyboards and mice */
    const char *name;
    void (*key)(void *opaque, int code, bool down);
    /* Relative motion, DZ is the wheel (up negative), BUTTONS are held now. */
    void (*mouse)(void *opaque, int dx, int dy, int dz, int buttons);
    void *opaque;
    struct InputHandler *next;
} InputHandler;

void input_register(InputHandler *handler);     /* the newest gets input */
void input_unregister(InputHandler *handler);
void input_key(int code, bool down);
void input_mouse(int dx, int dy, int dz, int buttons);
/* "a", "ret", "ctrl", "f1", "kp_add", "0x1e"; -1: unknown. */
int input_key_by_name(const char *name);
/*
 * Presses KEYS ("ctrl-alt-delete") together and lets go after HOLD_MS (0: 100)
 * of real time; sequences queue up behind each other.
 */
bool input_send_keys(const char *keys, int hold_ms, GError **errp);
/* The code of an X keysym (RFB) on a US keyboard; -1: none. */
int input_key_by_keysym(uint32_t keysym);

#endif
