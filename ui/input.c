/* SPDX-License-Identifier: MIT */
/*
 * Input: who gets keys and motion, key names as "sendkey" takes them, X
 * keysyms as VNC clients send them.  Key codes are those of scan code set 1.
 */
#include "util/osdep.h"
#include "ui/console.h"

typedef struct KeyName {
    const char *name;
    int code;
} KeyName;

#define E KEY_EXTENDED
static const KeyName key_names[] = {
    { "esc", 0x01 }, { "1", 0x02 }, { "2", 0x03 }, { "3", 0x04 },
    { "4", 0x05 }, { "5", 0x06 }, { "6", 0x07 }, { "7", 0x08 },
    { "8", 0x09 }, { "9", 0x0a }, { "0", 0x0b }, { "minus", 0x0c },
    { "equal", 0x0d }, { "backspace", 0x0e }, { "tab", 0x0f },
    { "q", 0x10 }, { "w", 0x11 }, { "e", 0x12 }, { "r", 0x13 },
    { "t", 0x14 }, { "y", 0x15 }, { "u", 0x16 }, { "i", 0x17 },
    { "o", 0x18 }, { "p", 0x19 }, { "bracket_left", 0x1a },
    { "bracket_right", 0x1b }, { "ret", 0x1c }, { "ctrl", 0x1d },
    { "a", 0x1e }, { "s", 0x1f }, { "d", 0x20 }, { "f", 0x21 },
    { "g", 0x22 }, { "h", 0x23 }, { "j", 0x24 }, { "k", 0x25 },
    { "l", 0x26 }, { "semicolon", 0x27 }, { "apostrophe", 0x28 },
    { "grave_accent", 0x29 }, { "shift", 0x2a }, { "backslash", 0x2b },
    { "z", 0x2c }, { "x", 0x2d }, { "c", 0x2e }, { "v", 0x2f },
    { "b", 0x30 }, { "n", 0x31 }, { "m", 0x32 }, { "comma", 0x33 },
    { "dot", 0x34 }, { "slash", 0x35 }, { "shift_r", 0x36 },
    { "asterisk", 0x37 }, { "kp_multiply", 0x37 }, { "alt", 0x38 },
    { "spc", 0x39 }, { "caps_lock", 0x3a }, { "f1", 0x3b }, { "f2", 0x3c },
    { "f3", 0x3d }, { "f4", 0x3e }, { "f5", 0x3f }, { "f6", 0x40 },
    { "f7", 0x41 }, { "f8", 0x42 }, { "f9", 0x43 }, { "f10", 0x44 },
    { "num_lock", 0x45 }, { "scroll_lock", 0x46 }, { "kp_7", 0x47 },
    { "kp_8", 0x48 }, { "kp_9", 0x49 }, { "kp_subtract", 0x4a },
    { "kp_4", 0x4b }, { "kp_5", 0x4c }, { "kp_6", 0x4d }, { "kp_add", 0x4e },
    { "kp_1", 0x4f }, { "kp_2", 0x50 }, { "kp_3", 0x51 }, { "kp_0", 0x52 },
    { "kp_decimal", 0x53 }, { "sysrq", 0x54 }, { "less", 0x56 },
    { "f11", 0x57 }, { "f12", 0x58 },
    { "kp_enter", E | 0x1c }, { "ctrl_r", E | 0x1d }, { "kp_divide", E | 0x35 },
    { "print", E | 0x37 }, { "alt_r", E | 0x38 }, { "home", E | 0x47 },
    { "up", E | 0x48 }, { "pgup", E | 0x49 }, { "left", E | 0x4b },
    { "right", E | 0x4d }, { "end", E | 0x4f }, { "down", E | 0x50 },
    { "pgdn", E | 0x51 }, { "insert", E | 0x52 }, { "delete", E | 0x53 },
    { "meta_l", E | 0x5b }, { "meta_r", E | 0x5c }, { "menu", E | 0x5d },
    { "pause", KEY_PAUSE },
};

/* Keys by what they give on a US keyboard, without and with shift. */
static const char plain[] =
    "\x1b" "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
static const char shifted[] =
    "\x1b!@#$%^&*()_+\b\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

static const struct {
    uint32_t keysym;
    int code;
} keysyms[] = {
    { 0xff08, 0x0e }, { 0xff09, 0x0f }, { 0xfe20, 0x0f }, { 0xff0d, 0x1c },
    { 0xff1b, 0x01 }, { 0xffff, E | 0x53 }, { 0xff50, E | 0x47 },
    { 0xff51, E | 0x4b }, { 0xff52, E | 0x48 }, { 0xff53, E | 0x4d },
    { 0xff54, E | 0x50 }, { 0xff55, E | 0x49 }, { 0xff56, E | 0x51 },
    { 0xff57, E | 0x4f }, { 0xff63, E | 0x52 }, { 0xff61, E | 0x37 },
    { 0xff13, KEY_PAUSE }, { 0xff14, 0x46 }, { 0xff7f, 0x45 },
    { 0xff67, E | 0x5d }, { 0xff8d, E | 0x1c }, { 0xff95, 0x47 },
    { 0xff97, 0x48 }, { 0xff9a, 0x49 }, { 0xff96, 0x4b }, { 0xff9d, 0x4c },
    { 0xff98, 0x4d }, { 0xff9c, 0x4f }, { 0xff99, 0x50 }, { 0xff9b, 0x51 },
    { 0xff9e, 0x52 }, { 0xff9f, 0x53 }, { 0xffaa, 0x37 }, { 0xffab, 0x4e },
    { 0xffad, 0x4a }, { 0xffae, 0x53 }, { 0xffaf, E | 0x35 },
    { 0xffb0, 0x52 }, { 0xffb1, 0x4f }, { 0xffb2, 0x50 }, { 0xffb3, 0x51 },
    { 0xffb4, 0x4b }, { 0xffb5, 0x4c }, { 0xffb6, 0x4d }, { 0xffb7, 0x47 },
    { 0xffb8, 0x48 }, { 0xffb9, 0x49 }, { 0xffe1, 0x2a }, { 0xffe2, 0x36 },
    { 0xffe3, 0x1d }, { 0xffe4, E | 0x1d }, { 0xffe5, 0x3a },
    { 0xffe7, 0x38 }, { 0xffe8, E | 0x38 }, { 0xffe9, 0x38 },
    { 0xffea, E | 0x38 }, { 0xffeb, E | 0x5b }, { 0xffec, E | 0x5c },
    { 0xfe03, E | 0x38 },
};
#undef E

/* Handlers */

static InputHandler *handlers;

void input_register(InputHandler *handler)
{
    handler->next = handlers;
    handlers = handler;
}

void input_unregister(InputHandler *handler)
{
    InputHandler **p = &handlers;

    while (*p && *p != handler) {
        p = &(*p)->next;
    }
    if (*p) {
        *p = handler->next;
    }
}

void input_key(int code, bool down)
{
    for (InputHandler *h = handlers; h; h = h->next) {
        if (h->key) {
            h->key(h->opaque, code, down);
            return;
        }
    }
}

void input_mouse(int dx, int dy, int dz, int buttons)
{
    for (InputHandler *h = handlers; h; h = h->next) {
        if (h->mouse) {
            h->mouse(h->opaque, dx, dy, dz, buttons);
            return;
        }
    }
}

/* Names */

int input_key_by_name(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(key_names); i++) {
        if (!strcmp(key_names[i].name, name)) {
            return key_names[i].code;
        }
    }
    if (g_str_has_prefix(name, "0x")) {
        char *end;
        long code = strtol(name, &end, 16);

        if (name[2] && !*end && code > 0 && code < 0x100) {
            return code;
        }
    }
    return -1;
}

int input_key_by_keysym(uint32_t keysym)
{
    if (keysym >= 0xffbe && keysym <= 0xffc7) {
        return 0x3b + keysym - 0xffbe;          /* F1 to F10 */
    }
    if (keysym == 0xffc8 || keysym == 0xffc9) {
        return 0x57 + keysym - 0xffc8;          /* F11, F12 */
    }
    for (unsigned i = 0; i < ARRAY_SIZE(keysyms); i++) {
        if (keysyms[i].keysym == keysym) {
            return keysyms[i].code;
        }
    }
    for (unsigned i = 0; keysym && keysym < 0x80 && i < sizeof(plain) - 1;
         i++) {
        if ((uint8_t)plain[i] == keysym || (uint8_t)shifted[i] == keysym) {
            return i + 1;
        }
    }
    return -1;
}

/* Typing */

typedef struct Typing {
    int codes[16];
    int n;
    int hold_ms;
} Typing;

static GQueue typing = G_QUEUE_INIT;
static bool keys_held;

static gboolean type_next(gpointer unused)
{
    Typing *t = g_queue_peek_head(&typing);

    if (keys_held) {
        for (int i = t->n - 1; i >= 0; i--) {
            input_key(t->codes[i], false);
        }
        g_free(g_queue_pop_head(&typing));
        keys_held = false;
        t = g_queue_peek_head(&typing);
        if (t) {
            g_timeout_add(MIN(t->hold_ms, 20), type_next, NULL);
        }
        return G_SOURCE_REMOVE;
    }
    for (int i = 0; i < t->n; i++) {
        input_key(t->codes[i], true);
    }
    keys_held = true;
    g_timeout_add(t->hold_ms, type_next, NULL);
    return G_SOURCE_REMOVE;
}

bool input_send_keys(const char *keys, int hold_ms, GError **errp)
{
    char **names = g_strsplit(keys, "-", 0);
    Typing *t = g_new0(Typing, 1);
    bool ok = *names != NULL;

    t->hold_ms = hold_ms > 0 ? hold_ms : 100;
    for (char **n = names; *n && ok; n++) {
        int code = input_key_by_name(*n);

        if (code < 0 || t->n == ARRAY_SIZE(t->codes)) {
            g_set_error(errp, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        code < 0 ? "unknown key '%s'" : "too many keys: '%s'",
                        code < 0 ? *n : keys);
            ok = false;
        } else {
            t->codes[t->n++] = code;
        }
    }
    g_strfreev(names);
    if (!ok || !t->n) {
        g_free(t);
        return ok;
    }
    g_queue_push_tail(&typing, t);
    if (g_queue_get_length(&typing) == 1) {
        type_next(NULL);
    }
    return true;
}
