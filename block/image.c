/* SPDX-License-Identifier: MIT */
/*
 * A raw image: a regular file or a block device of the host, opened, locked,
 * read and written at byte offsets.
 */
#include "util/osdep.h"
#include "block/block-int.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static bool fail(GError **errp, const char *file, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);
static bool fail(GError **errp, const char *file, const char *fmt, ...)
{
    va_list ap;
    char *why;

    va_start(ap, fmt);
    why = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    g_set_error(errp, G_FILE_ERROR, G_FILE_ERROR_FAILED, "image '%s': %s",
                file, why);
    g_free(why);
    return false;
}

/*
 * Open file description locks belong to the open file, not to the process: a
 * second drive on the same image in one emulator is refused too.
 */
static bool lock_image(int fd, const char *file, bool exclusive,
                       GError **errp)
{
    struct flock fl = {
        .l_type = exclusive ? F_WRLCK : F_RDLCK,
        .l_whence = SEEK_SET,
    };

    if (fcntl(fd, F_OFD_SETLK, &fl) == 0) {
        return true;
    }
    if (errno == EAGAIN || errno == EACCES) {
        return fail(errp, file, "locked: another drive or process %s it",
                    exclusive ? "uses" : "writes");
    }
    return errno == EINVAL || errno == ENOLCK || errno == ENOSYS ||
           fail(errp, file, "can't be locked: %s", g_strerror(errno));
}

static bool find_size(Image *img, const char *file, GError **errp)
{
    struct stat st;
    uint64_t bytes;

    if (fstat(img->fd, &st) < 0) {
        return fail(errp, file, "%s", g_strerror(errno));
    }
    if (S_ISREG(st.st_mode)) {
        bytes = st.st_size;
    } else if (!S_ISBLK(st.st_mode)) {
        return fail(errp, file, "neither a file nor a block device");
    } else if (ioctl(img->fd, BLKGETSIZE64, &bytes) < 0) {
        return fail(errp, file, "its size can't be found: %s",
                    g_strerror(errno));
    }
    img->file_size = bytes;
    img->size = ROUND_UP(bytes, (uint64_t)BLOCK_SECTOR);
    return true;
}

/* A format with a header of its own would be damaged as a raw disk. */
static bool looks_raw(const Image *img, const char *file, GError **errp)
{
    static const struct {
        const char *magic;
        unsigned n;
        const char *name;
    } formats[] = {
        { "QFI\xfb", 4, "qcow2" }, { "KDMV", 4, "vmdk" },
        { "vhdxfile", 8, "vhdx" }, { "conectix", 8, "vpc" },
        { "QED\0", 4, "qed" },
    };
    char head[8] = "";

    if (pread(img->fd, head, sizeof(head), 0) < (ssize_t)sizeof(head)) {
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
        if (!memcmp(head, formats[i].magic, formats[i].n)) {
            return fail(errp, file, "format %s is not supported yet "
                        "(format=raw uses it as it is)", formats[i].name);
        }
    }
    return true;
}

bool image_open(Image *img, const char *file, bool probe, bool read_only,
                bool snapshot, bool no_lock, GError **errp)
{
    bool write = !read_only && !snapshot;
    struct stat st;

    img->read_only = read_only;
    img->overlay = NULL;
    img->fd = -1;
    if (stat(file, &st) == 0 && S_ISDIR(st.st_mode)) {
        return fail(errp, file, "is a directory");
    }
    img->fd = open(file, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC |
                   O_NONBLOCK);
    if (img->fd < 0) {
        return fail(errp, file, "%s", g_strerror(errno));
    }
    if (!find_size(img, file, errp) ||
        (probe && !looks_raw(img, file, errp)) ||
        (!no_lock && !lock_image(img->fd, file, write, errp)) ||
        (snapshot && !read_only &&
         !(img->overlay = overlay_new(img->size, errp)))) {
        close(img->fd);
        img->fd = -1;
        return false;
    }
    return true;
}

void image_close(Image *img)
{
    if (img->fd >= 0) {
        close(img->fd);
    }
    overlay_free(img->overlay);
    img->overlay = NULL;
    img->fd = -1;
    img->size = 0;
}

int image_pread(const Image *img, void *buf, size_t n, uint64_t offset,
                int flags)
{
    uint8_t *p = buf;

    while (n) {
        struct iovec iov = { p, n };
        ssize_t r = preadv2(img->fd, &iov, 1, offset, flags);

        if (r < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        if (r == 0) {
            memset(p, 0, n);
            return 0;
        }
        p += r;
        offset += r;
        n -= r;
    }
    return 0;
}

static int image_pwrite(const Image *img, const void *buf, size_t n,
                        uint64_t offset)
{
    const uint8_t *p = buf;

    while (n) {
        ssize_t w = pwrite(img->fd, p, n, offset);

        if (w < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        p += w;
        offset += w;
        n -= w;
    }
    return 0;
}

/* The whole vector in one call; false: piece by piece, please. */
static bool all_at_once(Image *img, bool is_write, uint64_t offset,
                        const struct iovec *iov, int niov, size_t total,
                        int flags)
{
    ssize_t n;

    if (img->overlay || niov > IOV_MAX) {
        return false;
    }
    n = is_write ? pwritev(img->fd, iov, niov, offset)
                 : preadv2(img->fd, iov, niov, offset, flags);
    return n == (ssize_t)total;
}

int image_rw(Image *img, bool is_write, uint64_t offset,
             const struct iovec *iov, int niov, int flags)
{
    size_t total = 0;

    for (int i = 0; i < niov; i++) {
        total += iov[i].iov_len;
    }
    if (!block_in_range(img, offset, total)) {
        return img->fd < 0 ? -ENOMEDIUM : -EINVAL;
    }
    if (is_write && img->read_only) {
        return -EACCES;
    }
    if (all_at_once(img, is_write, offset, iov, niov, total, flags)) {
        return 0;
    }
    for (int i = 0; i < niov; i++) {
        int err;

        if (img->overlay) {
            err = overlay_rw(img->overlay, img, is_write, offset,
                             iov[i].iov_base, iov[i].iov_len, flags);
        } else if (is_write) {
            err = image_pwrite(img, iov[i].iov_base, iov[i].iov_len, offset);
        } else {
            err = image_pread(img, iov[i].iov_base, iov[i].iov_len, offset,
                              flags);
        }
        if (err) {
            return err;
        }
        offset += iov[i].iov_len;
    }
    return 0;
}

int image_flush(Image *img)
{
    if (img->fd < 0) {
        return -ENOMEDIUM;
    }
    if (img->overlay || img->read_only || img->no_flush) {
        return 0;
    }
    return fdatasync(img->fd) < 0 ? -errno : 0;
}

static int check_change(const Image *img, uint64_t offset, uint64_t bytes)
{
    if (!block_in_range(img, offset, bytes)) {
        return img->fd < 0 ? -ENOMEDIUM : -EINVAL;
    }
    return img->read_only ? -EACCES : 0;
}

/* A hint: what can't be given back stays as it is. */
int image_discard(Image *img, uint64_t offset, uint64_t bytes)
{
    int err = check_change(img, offset, bytes);

    if (err || img->overlay || !bytes) {
        return err;
    }
    if (fallocate(img->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                  bytes) < 0 && errno != EOPNOTSUPP && errno != ENODEV) {
        return -errno;
    }
    return 0;
}

int image_zero(Image *img, uint64_t offset, uint64_t bytes)
{
    static const uint8_t zeros[OVERLAY_CLUSTER];
    int err = check_change(img, offset, bytes);

    if (err || !bytes) {
        return err;
    }
    if (!img->overlay &&
        fallocate(img->fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset,
                  bytes) == 0 && offset + bytes <= img->file_size) {
        return 0;
    }
    while (bytes && !err) {
        struct iovec iov = {
            (void *)zeros, MIN(bytes, sizeof(zeros))
        };

        err = image_rw(img, true, offset, &iov, 1, 0);
        offset += iov.iov_len;
        bytes -= iov.iov_len;
    }
    return err;
}
