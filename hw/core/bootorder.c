/* SPDX-License-Identifier: MIT */
/* Where to boot from: see bootorder.h. */
#include "util/osdep.h"
#include "hw/core/bootorder.h"

typedef struct BootEntry {
    int32_t index;
    DeviceState *dev;
    char *text;                 /* a suffix, or without a device the path */
} BootEntry;

static GPtrArray *entries;
static bool is_strict;

static void add(int32_t index, DeviceState *dev, const char *text)
{
    BootEntry *e;
    guint at = 0;

    if (index < 0) {
        return;
    }
    if (!entries) {
        entries = g_ptr_array_new();
    }
    e = g_new0(BootEntry, 1);
    e->index = index;
    e->dev = dev;
    e->text = g_strdup(text);
    while (at < entries->len &&
           ((BootEntry *)g_ptr_array_index(entries, at))->index <= index) {
        at++;
    }
    g_ptr_array_insert(entries, at, e);
}

void bootorder_add(int32_t index, DeviceState *dev, const char *suffix)
{
    add(index, dev, suffix);
}

void bootorder_add_path(int32_t index, const char *path)
{
    add(index, NULL, path);
}

void bootorder_remove(DeviceState *dev)
{
    for (guint i = entries ? entries->len : 0; i > 0; i--) {
        BootEntry *e = g_ptr_array_index(entries, i - 1);

        if (e->dev == dev) {
            g_ptr_array_remove_index(entries, i - 1);
            g_free(e->text);
            g_free(e);
        }
    }
}

void bootorder_set_strict(bool strict)
{
    is_strict = strict;
}

static void append_path(GString *out, DeviceState *dev)
{
    BusState *bus = dev->parent_bus;
    BusClass *bc = bus ? BUS_GET_CLASS(bus) : NULL;
    char *part = NULL;

    if (bus && bus->dev) {
        append_path(out, bus->dev);
    }
    if (bc && bc->get_fw_dev_path) {
        part = bc->get_fw_dev_path(dev);
    } else if (!bus && !strcmp(object_get_typename(OBJECT(dev)),
                               "i440FX-pcihost")) {
        part = g_strdup("pci@i0cf8");
    }
    if (part) {
        g_string_append_printf(out, "/%s", part);
        g_free(part);
    }
}

char *bootorder_list(void)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; entries && i < entries->len; i++) {
        BootEntry *e = g_ptr_array_index(entries, i);

        if (out->len) {
            g_string_append_c(out, '\n');
        }
        if (e->dev) {
            append_path(out, e->dev);
        }
        g_string_append(out, e->text ?: "");
    }
    if (out->len && is_strict) {
        g_string_append(out, "\nHALT");
    }
    if (!out->len) {
        g_string_free(out, true);
        return NULL;
    }
    return g_string_free(out, false);
}
