/* SPDX-License-Identifier: MIT */
/*
 * Virtio devices (OASIS Virtual I/O Device 1.1) apart from how they are
 * reached: status, features, split virtqueues.  Embedded in a transport.
 *
 * A queue's memory is the guest's: nothing read from it is trusted, and a
 * queue that makes no sense puts the device into "needs reset".
 */
#ifndef HW_VIRTIO_VIRTIO_H
#define HW_VIRTIO_VIRTIO_H

#include "hw/core/qdev.h"
#include "system/memory.h"

#include <sys/uio.h>

#define VIRTIO_QUEUES     8
#define VIRTIO_CONFIG_MAX 64
#define VIRTIO_NO_VECTOR  0xffff
#define VIRTIO_NO_LIMIT   UINT32_MAX

enum {
    VIRTIO_ID_NET = 1, VIRTIO_ID_BLOCK = 2,
    VIRTIO_STATUS_DRIVER_OK = 4, VIRTIO_STATUS_FEATURES_OK = 8,
    VIRTIO_STATUS_NEEDS_RESET = 0x40,
    VIRTIO_F_NOTIFY_ON_EMPTY = 24, VIRTIO_F_ANY_LAYOUT = 27,
    VIRTIO_F_INDIRECT = 28, VIRTIO_F_EVENT_IDX = 29, VIRTIO_F_VERSION_1 = 32,
};

typedef struct VirtIODevice VirtIODevice;

typedef struct VirtQueue {
    VirtIODevice *vdev;
    uint16_t max;               /* 0: there is none */
    uint16_t size;
    uint16_t vector;
    bool enabled;
    uint64_t desc, avail, used;
    uint16_t last_avail;        /* the next one to take */
    uint16_t used_index;
    uint16_t signalled_used;
    bool signalled_valid;
    uint16_t in_use;
    uint32_t turn;              /* elements it may still take */
    void (*handle)(VirtIODevice *vdev, struct VirtQueue *vq);
} VirtQueue;

typedef struct VirtIOOps {
    uint16_t id;
    uint16_t config_size;
    uint64_t (*features)(VirtIODevice *vdev);
    void (*get_config)(VirtIODevice *vdev, uint8_t *config);
    void (*set_config)(VirtIODevice *vdev, const uint8_t *config);
    void (*set_status)(VirtIODevice *vdev, uint8_t status);
    void (*reset)(VirtIODevice *vdev);
} VirtIOOps;

struct VirtIODevice {
    const VirtIOOps *ops;
    /* The transport's: VECTOR as the guest chose it. */
    void (*notify)(void *opaque, uint16_t vector);
    bool (*can_dma)(void *opaque);
    void *transport;
    uint8_t status;
    uint8_t isr;
    uint64_t host_features, guest_features;
    uint16_t config_vector;
    uint16_t queue_select;
    uint8_t generation;
    VirtQueue queues[VIRTIO_QUEUES];
};

/* A chain taken from a queue: OUT is read by the device, IN written. */
typedef struct VirtQueueElement {
    uint16_t head;
    unsigned n_out, n_in;
    struct iovec *out, *in;
} VirtQueueElement;

void virtio_init(VirtIODevice *vdev, const VirtIOOps *ops,
                 void (*notify)(void *opaque, uint16_t vector),
                 bool (*can_dma)(void *opaque), void *transport);
VirtQueue *virtio_add_queue(VirtIODevice *vdev, uint16_t size,
                            void (*handle)(VirtIODevice *vdev,
                                           VirtQueue *vq));
void virtio_reset(VirtIODevice *vdev);
void virtio_set_status(VirtIODevice *vdev, uint8_t status);
void virtio_set_features(VirtIODevice *vdev, uint64_t features);
/* The legacy layout: all in one piece from a page on. */
void virtio_queue_set_legacy(VirtQueue *vq, uint64_t addr);
/*
 * A driver that goes on adding could hold the device for ever: true when the
 * queue has had its turn and more of it has to wait.
 */
bool virtio_queue_notify(VirtIODevice *vdev, unsigned n);
void virtio_notify_config(VirtIODevice *vdev);
uint64_t virtio_config_read(VirtIODevice *vdev, unsigned at, unsigned size);
void virtio_config_write(VirtIODevice *vdev, unsigned at, uint64_t v,
                         unsigned size);
static inline bool virtio_has(const VirtIODevice *vdev, unsigned feature)
{
    return vdev->guest_features >> feature & 1;
}

/* virtqueue.c */
bool virtqueue_ready(const VirtQueue *vq);
bool virtqueue_empty(VirtQueue *vq);
/* NULL: nothing there.  The element is returned by push or discarded. */
VirtQueueElement *virtqueue_pop(VirtQueue *vq);
/* LEN bytes were written; frees E. */
void virtqueue_push(VirtQueue *vq, VirtQueueElement *e, uint32_t len);
/* The same in two steps, for several at once; flush makes N visible. */
void virtqueue_fill(VirtQueue *vq, VirtQueueElement *e, uint32_t len,
                    unsigned n);
void virtqueue_flush(VirtQueue *vq, unsigned n);
/* As if it had not been taken; only the latest ones. */
void virtqueue_unpop(VirtQueue *vq, VirtQueueElement *e);
/* Without giving it back: a reset. */
void virtqueue_drop(VirtQueue *vq, VirtQueueElement *e);
/* Tells the guest, if it wants to know. */
void virtqueue_notify(VirtQueue *vq);
void virtio_error(VirtIODevice *vdev, const char *what);

size_t iov_length(const struct iovec *iov, unsigned n);
/* Between a buffer and an iov from OFFSET on; returns bytes copied. */
size_t iov_read(const struct iovec *iov, unsigned n, size_t offset, void *buf,
                size_t len);
size_t iov_write(const struct iovec *iov, unsigned n, size_t offset,
                 const void *buf, size_t len);
/* The part of an iov of LEN bytes from OFFSET; returns the entries used. */
unsigned iov_part(struct iovec *to, const struct iovec *iov, unsigned n,
                  size_t offset, size_t len);

extern const VMStateDescription vmstate_virtio;

#endif
