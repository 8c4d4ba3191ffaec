/* SPDX-License-Identifier: MIT */
/* Screens: surfaces, and who watches them. */
#include "util/osdep.h"
#include "ui/console.h"

#define MAX_SIDE 16384

struct Console {
    const ConsoleOps *ops;
    void *opaque;
    int width, height;
    uint32_t *pixels;
    ConsoleListener *listeners;
};

static GPtrArray *consoles;

Console *console_new(const ConsoleOps *ops, void *opaque)
{
    Console *con = g_new0(Console, 1);

    con->ops = ops;
    con->opaque = opaque;
    if (!consoles) {
        consoles = g_ptr_array_new();
    }
    g_ptr_array_add(consoles, con);
    console_resize(con, 640, 480);
    return con;
}

void console_free(Console *con)
{
    while (con->listeners) {
        console_unlisten(con->listeners);
    }
    g_ptr_array_remove(consoles, con);
    g_free(con->pixels);
    g_free(con);
}

Console *console_get(int index)
{
    return consoles && index >= 0 && index < (int)consoles->len
               ? consoles->pdata[index] : NULL;
}

void console_resize(Console *con, int width, int height)
{
    width = CLAMP(width, 1, MAX_SIDE);
    height = CLAMP(height, 1, MAX_SIDE);
    if (con->pixels && con->width == width && con->height == height) {
        return;
    }
    g_free(con->pixels);
    con->pixels = g_new0(uint32_t, (size_t)width * height);
    con->width = width;
    con->height = height;
    for (ConsoleListener *l = con->listeners; l; l = l->next) {
        if (l->resized) {
            l->resized(l);
        }
    }
}

uint32_t *console_pixels(Console *con)
{
    return con->pixels;
}

int console_width(const Console *con)
{
    return con->width;
}

int console_height(const Console *con)
{
    return con->height;
}

void console_damage(Console *con, int x, int y, int width, int height)
{
    int x2 = MIN(x + width, con->width), y2 = MIN(y + height, con->height);

    x = MAX(x, 0);
    y = MAX(y, 0);
    if (x >= x2 || y >= y2) {
        return;
    }
    for (ConsoleListener *l = con->listeners; l; l = l->next) {
        if (l->damaged) {
            l->damaged(l, x, y, x2 - x, y2 - y);
        }
    }
}

void console_update(Console *con)
{
    if (con->ops->update) {
        con->ops->update(con->opaque);
    }
}

void console_invalidate(Console *con)
{
    if (con->ops->invalidate) {
        con->ops->invalidate(con->opaque);
    }
}

void console_listen(Console *con, ConsoleListener *l)
{
    l->con = con;
    l->next = con->listeners;
    con->listeners = l;
}

void console_unlisten(ConsoleListener *l)
{
    ConsoleListener **p = &l->con->listeners;

    while (*p != l) {
        p = &(*p)->next;
    }
    *p = l->next;
    l->con = NULL;
}
