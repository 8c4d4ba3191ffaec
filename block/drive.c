/* SPDX-License-Identifier: MIT */
/* The list of drives, what -drive says of them, and their media. */
#include "util/osdep.h"
#include "block/block-int.h"

#include "util/optstr.h"

static GPtrArray *drives;

static const char *const interface_names[BLOCK_INTERFACES] = {
    [IF_NONE] = "none", [IF_IDE] = "ide", [IF_VIRTIO] = "virtio",
};
/* Units on a bus; 0: one bus for all. */
static const int max_units[BLOCK_INTERFACES] = { [IF_IDE] = 2 };

/* The list */

BlockBackend *block_find(const char *id)
{
    for (unsigned i = 0; drives && i < drives->len; i++) {
        BlockBackend *blk = drives->pdata[i];

        if (!strcmp(blk->id, id)) {
            return blk;
        }
    }
    return NULL;
}

BlockBackend *block_find_place(BlockInterface interface, int bus, int unit)
{
    for (unsigned i = 0; drives && i < drives->len; i++) {
        BlockBackend *blk = drives->pdata[i];

        if (interface != IF_NONE && blk->interface == interface &&
            blk->bus == bus && blk->unit == unit) {
            return blk;
        }
    }
    return NULL;
}

void block_foreach(void (*fn)(BlockBackend *blk, void *opaque), void *opaque)
{
    for (unsigned i = 0; drives && i < drives->len; i++) {
        fn(drives->pdata[i], opaque);
    }
}

const char *block_id(const BlockBackend *blk)
{
    return blk->id;
}

const char *block_serial(const BlockBackend *blk)
{
    return blk->serial;
}

const char *block_file(const BlockBackend *blk)
{
    return blk->file;
}

bool block_is_cdrom(const BlockBackend *blk)
{
    return blk->cdrom;
}

bool block_is_read_only(const BlockBackend *blk)
{
    return blk->image.read_only;
}

bool block_has_medium(const BlockBackend *blk)
{
    return blk->image.fd >= 0;
}

uint64_t block_size(const BlockBackend *blk)
{
    return blk->image.size;
}

/* Opening */

/* Where it sits: given by bus and unit, by index, or the first free place. */
static bool find_place(BlockBackend *blk, const BlockOptions *opts,
                       GError **errp)
{
    int units = max_units[blk->interface];
    int index = opts->index;

    if (blk->interface == IF_NONE) {
        return true;
    }
    if (index < 0 && (opts->bus >= 0 || opts->unit >= 0)) {
        blk->bus = MAX(opts->bus, 0);
        blk->unit = MAX(opts->unit, 0);
    } else {
        /* The CD-ROM of -cdrom is the third IDE place, as PCs have it. */
        int i = index >= 0 ? index : 0;

        do {
            blk->bus = units ? i / units : 0;
            blk->unit = units ? i % units : i;
            i++;
        } while (index < 0 &&
                 block_find_place(blk->interface, blk->bus, blk->unit));
    }
    if (block_find_place(blk->interface, blk->bus, blk->unit)) {
        return opt_fail(errp, "two drives at %s, bus %d, unit %d",
                        interface_names[blk->interface], blk->bus, blk->unit);
    }
    if (units && (blk->unit >= units || (blk->interface == IF_IDE &&
                                         blk->bus > 1))) {
        return opt_fail(errp, "there is no %s bus %d, unit %d",
                        interface_names[blk->interface], blk->bus, blk->unit);
    }
    return true;
}

static char *default_id(const BlockBackend *blk)
{
    static int anonymous;

    if (blk->interface == IF_NONE) {
        return g_strdup_printf("#drive%d", anonymous++);
    }
    if (max_units[blk->interface]) {
        return g_strdup_printf("%s%d-%s%d", interface_names[blk->interface],
                               blk->bus, blk->cdrom ? "cd" : "hd",
                               blk->unit);
    }
    return g_strdup_printf("%s%d", interface_names[blk->interface],
                           blk->unit);
}

static void backend_free(gpointer opaque)
{
    BlockBackend *blk = opaque;

    image_close(&blk->image);
    g_free(blk->id);
    g_free(blk->file);
    g_free(blk->serial);
    g_free(blk);
}

static bool open_medium(BlockBackend *blk, const char *file, GError **errp)
{
    if (!image_open(&blk->image, file, blk->probe, blk->want_read_only,
                    blk->snapshot, blk->no_lock, errp)) {
        return false;
    }
    blk->image.no_flush = blk->no_flush;
    g_free(blk->file);
    blk->file = g_strdup(file);
    return true;
}

BlockBackend *block_open(const BlockOptions *opts, GError **errp)
{
    BlockBackend *blk = g_new0(BlockBackend, 1);

    blk->image.fd = -1;
    blk->interface = opts->interface;
    blk->cdrom = opts->cdrom;
    blk->want_read_only = opts->read_only || opts->cdrom;
    blk->probe = !opts->format;
    blk->snapshot = opts->snapshot;
    blk->no_lock = opts->no_lock;
    blk->no_flush = opts->no_flush;
    blk->serial = g_strdup(opts->serial);
    if (opts->format && strcmp(opts->format, "raw") &&
        strcmp(opts->format, "host_device")) {
        opt_fail(errp, "drive format '%s' is not supported yet", opts->format);
    } else if (opts->id && !opt_is_id(opts->id)) {
        opt_fail(errp, "'%s' is not an id", opts->id);
    } else if (!find_place(blk, opts, errp)) {
        /* said */
    } else if (blk->id = opts->id ? g_strdup(opts->id) : default_id(blk),
               block_find(blk->id)) {
        opt_fail(errp, "there is already a drive with id '%s'", blk->id);
    } else if (!opts->file && !opts->cdrom) {
        opt_fail(errp, "drive '%s' needs file=", blk->id);
    } else if (!opts->file || open_medium(blk, opts->file, errp)) {
        if (!drives) {
            drives = g_ptr_array_new_with_free_func(backend_free);
        }
        g_ptr_array_add(drives, blk);
        return blk;
    }
    backend_free(blk);
    return NULL;
}

/* -drive */

static bool parse_flag(const char *name, const char *v, bool *to,
                       GError **errp)
{
    return opt_bool(v, to) ||
           opt_fail(errp, "drive option '%s' is on or off, not '%s'", name,
                    v);
}

static bool parse_number(const char *name, const char *v, int *to,
                         GError **errp)
{
    char *end;
    long n = strtol(v, &end, 10);

    if (!*v || *end || n < 0 || n > 1000) {
        return opt_fail(errp, "drive option '%s' is a small number, not '%s'",
                        name, v);
    }
    *to = n;
    return true;
}

static bool parse_interface(const char *v, BlockInterface *to, GError **errp)
{
    static const char *const later[] = {
        "floppy", "pflash", "scsi", "sd", "mtd", "xen", NULL
    };

    for (int i = 0; i < BLOCK_INTERFACES; i++) {
        if (!strcmp(v, interface_names[i])) {
            *to = i;
            return true;
        }
    }
    return opt_fail(errp, "drive interface '%s' is not supported%s", v,
                    g_strv_contains(later, v) ? " yet" : "");
}

static bool parse_cache(const char *v, BlockOptions *o, GError **errp)
{
    static const char *const modes[] = {
        "none", "writeback", "directsync", "writethrough"
    };

    o->no_flush = !strcmp(v, "unsafe");
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        if (!strcmp(v, modes[i])) {
            return true;
        }
    }
    if (!o->no_flush) {
        opt_fail(errp, "drive option 'cache' can't be '%s'", v);
    }
    return o->no_flush;
}

static bool parse_pair(const char *name, const char *v, BlockOptions *o,
                       GError **errp)
{
    static const char *const hints[] = {
        "aio", "discard", "detect-zeroes", "werror", "rerror",
        "auto-read-only", "copy-on-read"
    };
    bool flag;

    if (!strcmp(name, "file") || !strcmp(name, "file.filename")) {
        o->file = v;
    } else if (!strcmp(name, "id")) {
        o->id = v;
    } else if (!strcmp(name, "format") || !strcmp(name, "driver")) {
        o->format = v;
    } else if (!strcmp(name, "serial")) {
        o->serial = v;
    } else if (!strcmp(name, "if")) {
        return parse_interface(v, &o->interface, errp);
    } else if (!strcmp(name, "index")) {
        return parse_number(name, v, &o->index, errp);
    } else if (!strcmp(name, "bus")) {
        return parse_number(name, v, &o->bus, errp);
    } else if (!strcmp(name, "unit")) {
        return parse_number(name, v, &o->unit, errp);
    } else if (!strcmp(name, "readonly") || !strcmp(name, "read-only")) {
        return parse_flag(name, v, &o->read_only, errp);
    } else if (!strcmp(name, "snapshot")) {
        return parse_flag(name, v, &o->snapshot, errp);
    } else if (!strcmp(name, "cache")) {
        return parse_cache(v, o, errp);
    } else if (!strcmp(name, "file.locking")) {
        o->no_lock = !strcmp(v, "off");
        return !strcmp(v, "auto") || parse_flag(name, v, &flag, errp);
    } else if (!strcmp(name, "media")) {
        o->cdrom = !strcmp(v, "cdrom");
        if (!o->cdrom && strcmp(v, "disk")) {
            return opt_fail(errp, "drive option 'media' is disk or cdrom, "
                            "not '%s'", v);
        }
    } else {
        for (unsigned i = 0; i < ARRAY_SIZE(hints); i++) {
            if (!strcmp(name, hints[i])) {
                return true;    /* about speed, or the host's errors */
            }
        }
        return opt_fail(errp, "drive has no option '%s'", name);
    }
    return true;
}

BlockBackend *block_open_drive(const char *text, BlockInterface default_if,
                               GError **errp)
{
    OptString *opts = optstr_parse(text, NULL, errp);
    BlockOptions o = {
        .interface = default_if, .bus = -1, .unit = -1, .index = -1,
    };
    BlockBackend *blk = NULL;
    bool ok = opts != NULL;

    for (int i = 0; ok && i < opts->n; i++) {
        ok = parse_pair(opts->pairs[i].name, opts->pairs[i].value, &o, errp);
    }
    if (ok) {
        blk = block_open(&o, errp);
    }
    if (opts) {
        optstr_free(opts);
    }
    return blk;
}

/* Use */

void block_close(BlockBackend *blk)
{
    block_drain(blk);
    image_flush(&blk->image);
    g_ptr_array_remove(drives, blk);
}

void block_close_all(void)
{
    while (drives && drives->len) {
        block_close(drives->pdata[drives->len - 1]);
    }
    block_requests_stop();
}

bool block_attach(BlockBackend *blk, void *device, GError **errp)
{
    if (blk->device) {
        return opt_fail(errp, "drive '%s' is already in use by another device",
                        blk->id);
    }
    blk->device = device;
    return true;
}

void block_detach(BlockBackend *blk, void *device)
{
    if (blk->device == device) {
        blk->device = NULL;
        blk->changed = NULL;
    }
}

BlockBackend *block_find_unclaimed(void)
{
    for (unsigned i = 0; drives && i < drives->len; i++) {
        BlockBackend *blk = drives->pdata[i];

        if (blk->interface != IF_NONE && !blk->device) {
            return blk;
        }
    }
    return NULL;
}

void block_set_change_notify(BlockBackend *blk, void (*changed)(void *opaque),
                             void *opaque)
{
    blk->changed = changed;
    blk->changed_opaque = opaque;
}

bool block_eject(BlockBackend *blk, GError **errp)
{
    if (!blk->cdrom) {
        return opt_fail(errp, "drive '%s' is not removable", blk->id);
    }
    block_drain(blk);
    image_close(&blk->image);
    g_clear_pointer(&blk->file, g_free);
    if (blk->changed) {
        blk->changed(blk->changed_opaque);
    }
    return true;
}

bool block_change(BlockBackend *blk, const char *file, GError **errp)
{
    Image old = blk->image;

    if (!blk->cdrom) {
        return opt_fail(errp, "drive '%s' is not removable", blk->id);
    }
    block_drain(blk);
    if (!open_medium(blk, file, errp)) {
        blk->image = old;
        return false;
    }
    image_close(&old);
    if (blk->changed) {
        blk->changed(blk->changed_opaque);
    }
    return true;
}

int block_read(BlockBackend *blk, uint64_t offset, void *buf, size_t n)
{
    struct iovec iov = { buf, n };

    return image_rw(&blk->image, false, offset, &iov, 1, 0);
}

int block_write(BlockBackend *blk, uint64_t offset, const void *buf, size_t n)
{
    struct iovec iov = { (void *)buf, n };

    return image_rw(&blk->image, true, offset, &iov, 1, 0);
}

int block_flush(BlockBackend *blk)
{
    return image_flush(&blk->image);
}
