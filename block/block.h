/* SPDX-License-Identifier: MIT */
/*
 * Disks on the host's side: raw images and host devices.
 *
 * A BlockBackend is one opened drive ("-drive file=x.img,format=raw,id=d0").  It
 * holds an OFD lock on the image (shared for reading, exclusive for
 * writing), so two emulators can't write to one image.  With snapshot=on writes go
 * to an unlinked temporary file and the image stays as it was.
 *
 * Requests of devices run in a pool of threads; their completion is called
 * from the main loop under the big lock.  Offsets and lengths are in bytes.
 */
#ifndef BLOCK_BLOCK_H
#define BLOCK_BLOCK_H

#include "util/osdep.h"

#include <sys/uio.h>

typedef struct BlockBackend BlockBackend;
typedef struct BlockRequest BlockRequest;

#define BLOCK_SECTOR 512

typedef enum BlockInterface {
    IF_NONE,                    /* by a -device with drive=ID */
    IF_IDE,
    IF_VIRTIO,
    BLOCK_INTERFACES
} BlockInterface;

/* What -drive says; strings are the owner's. */
typedef struct BlockOptions {
    const char *id;             /* NULL: named by interface and number */
    const char *file;           /* NULL: an empty removable drive */
    const char *format;         /* NULL: raw */
    const char *serial;
    BlockInterface interface;
    int bus, unit, index;       /* -1: the next free one */
    bool cdrom;
    bool read_only;
    bool snapshot;
    bool no_lock;               /* file.locking=off */
    bool no_flush;              /* cache=unsafe */
} BlockOptions;

typedef enum BlockRequestKind {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,
    BLOCK_DISCARD,
    BLOCK_WRITE_ZEROES,
} BlockRequestKind;

/* RESULT is 0 or a negative errno; never called from within the submission. */
typedef void BlockCompletion(void *opaque, int result);

/* Borrowed: the list of drives owns it.  Fails with one clear message. */
BlockBackend *block_open(const BlockOptions *opts, GError **errp);
/* TEXT as of -drive, for example "file=x.img,if=virtio,format=raw". */
BlockBackend *block_open_drive(const char *text, BlockInterface default_if,
                               GError **errp);
void block_close(BlockBackend *blk);
void block_close_all(void);                     /* waits, flushes */

BlockBackend *block_find(const char *id);       /* borrowed; NULL: none */
/* The drive for a place on an interface: bus and unit; NULL: none. */
BlockBackend *block_find_place(BlockInterface interface, int bus, int unit);
void block_foreach(void (*fn)(BlockBackend *blk, void *opaque), void *opaque);
const char *block_id(const BlockBackend *blk);
const char *block_serial(const BlockBackend *blk);      /* may be NULL */
const char *block_file(const BlockBackend *blk);        /* may be NULL */
bool block_is_cdrom(const BlockBackend *blk);
bool block_is_read_only(const BlockBackend *blk);
bool block_has_medium(const BlockBackend *blk);
uint64_t block_size(const BlockBackend *blk);           /* bytes; 0: empty */

/* One device claims a drive; the second is refused. */
bool block_attach(BlockBackend *blk, void *device, GError **errp);
void block_detach(BlockBackend *blk, void *device);
/* Removable media: CHANGED is called after the medium came or went. */
void block_set_change_notify(BlockBackend *blk,
                             void (*changed)(void *opaque), void *opaque);
/* Drives of an interface that no device claimed: the first; NULL: none. */
BlockBackend *block_find_unclaimed(void);
bool block_eject(BlockBackend *blk, GError **errp);
bool block_change(BlockBackend *blk, const char *file, GError **errp);

/* At once, in the calling thread; 0 or a negative errno. */
int block_read(BlockBackend *blk, uint64_t offset, void *buf, size_t n);
int block_write(BlockBackend *blk, uint64_t offset, const void *buf, size_t n);
int block_flush(BlockBackend *blk);
/*
 * In the background.  The vector is copied, the buffers stay the caller's until
 * DONE.  For FLUSH the vector is empty; for DISCARD and WRITE_ZEROES the
 * length is BYTES.  Out of range gives -EINVAL, read-only -EACCES.
 */
BlockRequest *block_submit(BlockBackend *blk, BlockRequestKind kind,
                           uint64_t offset, const struct iovec *iov, int niov,
                           uint64_t bytes, BlockCompletion *done,
                           void *opaque);
/* DONE will not be called; returns once the buffers are not used any more. */
void block_cancel(BlockRequest *req);
/* Waits until nothing is in flight, completions called. */
void block_drain(BlockBackend *blk);

#endif
