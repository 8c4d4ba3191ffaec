/* SPDX-License-Identifier: MIT */
/*
 * snapshot=on: writes go to an unlinked temporary file, in clusters; the first
 * write to a cluster copies what the image holds of it.
 */
#include "util/osdep.h"
#include "block/block-int.h"

#define BITS (8 * sizeof(unsigned long))

static bool is_present(const Overlay *o, uint64_t cluster)
{
    return o->present[cluster / BITS] >> cluster % BITS & 1;
}

Overlay *overlay_new(uint64_t size, GError **errp)
{
    uint64_t clusters = DIV_ROUND_UP(size, (uint64_t)OVERLAY_CLUSTER);
    const char *dir = g_getenv("TMPDIR");
    char *name = g_build_filename(dir ? dir : "/var/tmp", "vl.XXXXXX", NULL);
    int fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
    Overlay *o;

    if (fd < 0 || (unlink(name), ftruncate(fd, size) < 0)) {
        g_set_error(errp, G_FILE_ERROR, g_file_error_from_errno(errno),
                    "can't make the snapshot file '%s': %s", name,
                    g_strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        g_free(name);
        return NULL;
    }
    g_free(name);
    o = g_new0(Overlay, 1);
    o->fd = fd;
    o->size = size;
    o->present = g_new0(unsigned long, clusters / BITS + 1);
    g_mutex_init(&o->lock);
    return o;
}

void overlay_free(Overlay *o)
{
    if (o) {
        close(o->fd);
        g_mutex_clear(&o->lock);
        g_free(o->present);
        g_free(o);
    }
}

static int full_write(int fd, const uint8_t *buf, size_t n, uint64_t offset)
{
    while (n) {
        ssize_t w = pwrite(fd, buf, n, offset);

        if (w < 0 && errno != EINTR) {
            return -errno;
        }
        if (w > 0) {
            buf += w;
            n -= w;
            offset += w;
        }
    }
    return 0;
}

/* What a partial write leaves of the cluster comes from the image. */
static int bring_locked(Overlay *o, const Image *base, uint64_t cluster)
{
    uint64_t start = cluster * OVERLAY_CLUSTER;
    size_t n = MIN((uint64_t)OVERLAY_CLUSTER, o->size - start);
    uint8_t *buf = g_malloc(n);
    int err = image_pread(base, buf, n, start, 0);

    if (!err) {
        err = full_write(o->fd, buf, n, start);
    }
    g_free(buf);
    return err;
}

static int write_part_locked(Overlay *o, const Image *base, uint64_t cluster,
                             uint64_t offset, const uint8_t *buf, size_t n)
{
    if (!is_present(o, cluster)) {
        int err = n < OVERLAY_CLUSTER ? bring_locked(o, base, cluster) : 0;

        if (err) {
            return err;
        }
        o->present[cluster / BITS] |= 1ul << cluster % BITS;
    }
    return full_write(o->fd, buf, n, offset);
}

int overlay_rw(Overlay *o, const Image *base, bool is_write, uint64_t offset,
               uint8_t *buf, size_t n, int flags)
{
    Image file = { .fd = o->fd };
    int err = 0;

    if (!(flags & RWF_NOWAIT)) {
        g_mutex_lock(&o->lock);
    } else if (!g_mutex_trylock(&o->lock)) {
        return -EAGAIN;
    }
    while (n && !err) {
        uint64_t cluster = offset / OVERLAY_CLUSTER;
        size_t part = MIN(n, OVERLAY_CLUSTER - offset % OVERLAY_CLUSTER);

        if (is_write) {
            err = write_part_locked(o, base, cluster, offset, buf, part);
        } else {
            err = image_pread(is_present(o, cluster) ? &file : base, buf,
                              part, offset, flags);
        }
        offset += part;
        buf += part;
        n -= part;
    }
    g_mutex_unlock(&o->lock);
    return err;
}
