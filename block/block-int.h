/* SPDX-License-Identifier: MIT */
/* The inside of drives: the image, its overlay, the list, requests. */
#ifndef BLOCK_BLOCK_INT_H
#define BLOCK_BLOCK_INT_H

#include "block/block.h"

#define OVERLAY_CLUSTER (64 * 1024)

/* snapshot=on: what was written, in a file of its own. */
typedef struct Overlay {
    int fd;
    uint64_t size;              /* of the disk, bytes */
    GMutex lock;
    unsigned long *present;     /* a bit a cluster */
} Overlay;

typedef struct Image {
    int fd;                     /* -1: no medium */
    uint64_t size;              /* bytes, a multiple of a sector */
    uint64_t file_size;         /* what is there; the rest reads as 0 */
    bool read_only;
    bool no_flush;
    Overlay *overlay;
} Image;

struct BlockBackend {
    char *id, *file, *serial;
    BlockInterface interface;
    int bus, unit;
    bool cdrom, probe, snapshot, no_lock, want_read_only, no_flush;
    Image image;
    void *device;               /* who has it */
    void (*changed)(void *opaque);
    void *changed_opaque;
    unsigned in_flight;         /* under the big lock */
};

/*
 * image.c: all return 0 or a negative errno, or true.  PROBE refuses a file that
 * starts like another format's.
 */
bool image_open(Image *img, const char *file, bool probe, bool read_only,
                bool snapshot, bool no_lock, GError **errp);
void image_close(Image *img);
/* flags: 0, or RWF_NOWAIT for a read that gives -EAGAIN or -EOPNOTSUPP if it
 * would have to wait for a disk or a lock. */
int image_rw(Image *img, bool is_write, uint64_t offset,
             const struct iovec *iov, int niov, int flags);
int image_flush(Image *img);
int image_discard(Image *img, uint64_t offset, uint64_t bytes);
int image_zero(Image *img, uint64_t offset, uint64_t bytes);

/* overlay.c */
Overlay *overlay_new(uint64_t size, GError **errp);
void overlay_free(Overlay *o);
int overlay_rw(Overlay *o, const Image *base, bool is_write, uint64_t offset,
               uint8_t *buf, size_t n, int flags);
/* Reads the image itself; past its end is 0. */
int image_pread(const Image *img, void *buf, size_t n, uint64_t offset,
                int flags);

/* request.c */
void block_requests_stop(void);
static inline bool block_in_range(const Image *img, uint64_t offset,
                                  uint64_t n)
{
    return img->fd >= 0 && n <= img->size && offset <= img->size - n;
}

#endif
