/* SPDX-License-Identifier: MIT */
/* Virtio devices: status, features, configuration.  See virtio.h. */
#include "util/osdep.h"
#include "hw/virtio/virtio.h"

void virtio_init(VirtIODevice *vdev, const VirtIOOps *ops,
                 void (*notify)(void *opaque, uint16_t vector),
                 bool (*can_dma)(void *opaque), void *transport)
{
    vdev->ops = ops;
    vdev->notify = notify;
    vdev->can_dma = can_dma;
    vdev->transport = transport;
    vdev->config_vector = VIRTIO_NO_VECTOR;
    for (int i = 0; i < VIRTIO_QUEUES; i++) {
        vdev->queues[i].vdev = vdev;
        vdev->queues[i].vector = VIRTIO_NO_VECTOR;
        vdev->queues[i].turn = VIRTIO_NO_LIMIT;
    }
}

VirtQueue *virtio_add_queue(VirtIODevice *vdev, uint16_t size,
                            void (*handle)(VirtIODevice *vdev, VirtQueue *vq))
{
    unsigned n = 0;

    while (vdev->queues[n].max) {
        n++;
        g_assert(n < VIRTIO_QUEUES);
    }
    vdev->queues[n].max = vdev->queues[n].size = size;
    vdev->queues[n].handle = handle;
    return &vdev->queues[n];
}

void virtio_reset(VirtIODevice *vdev)
{
    vdev->status = 0;
    if (vdev->ops->set_status) {
        vdev->ops->set_status(vdev, 0);
    }
    if (vdev->ops->reset) {
        vdev->ops->reset(vdev);
    }
    vdev->isr = 0;
    vdev->guest_features = 0;
    vdev->config_vector = VIRTIO_NO_VECTOR;
    vdev->queue_select = 0;
    for (int i = 0; i < VIRTIO_QUEUES; i++) {
        VirtQueue *vq = &vdev->queues[i];

        vq->size = vq->max;
        vq->vector = VIRTIO_NO_VECTOR;
        vq->enabled = vq->signalled_valid = false;
        vq->desc = vq->avail = vq->used = 0;
        vq->last_avail = vq->used_index = vq->in_use = 0;
    }
}

void virtio_set_features(VirtIODevice *vdev, uint64_t features)
{
    if (!(vdev->status & VIRTIO_STATUS_FEATURES_OK)) {
        vdev->guest_features = features & vdev->host_features;
    }
}

void virtio_set_status(VirtIODevice *vdev, uint8_t status)
{
    if (status == 0) {
        virtio_reset(vdev);
        return;
    }
    vdev->status = status | (vdev->status & VIRTIO_STATUS_NEEDS_RESET);
    if (vdev->ops->set_status) {
        vdev->ops->set_status(vdev, vdev->status);
    }
}

/* 2.6.2: descriptors, the available ring, page-aligned the used ring. */
void virtio_queue_set_legacy(VirtQueue *vq, uint64_t addr)
{
    vq->desc = addr;
    vq->avail = addr + 16ull * vq->max;
    vq->used = ROUND_UP(vq->avail + 6 + 2ull * vq->max, 4096);
    vq->size = vq->max;
    vq->enabled = addr != 0;
    vq->last_avail = vq->used_index = 0;
    vq->signalled_valid = false;
}

bool virtio_queue_notify(VirtIODevice *vdev, unsigned n)
{
    VirtQueue *vq = n < VIRTIO_QUEUES ? &vdev->queues[n] : NULL;
    bool over;

    if (!vq || !vq->handle || !virtqueue_ready(vq)) {
        return false;
    }
    vq->turn = vq->max;
    vq->handle(vdev, vq);
    over = !vq->turn;
    vq->turn = VIRTIO_NO_LIMIT;
    return over;
}

void virtio_notify_config(VirtIODevice *vdev)
{
    if (vdev->status & VIRTIO_STATUS_DRIVER_OK) {
        vdev->generation++;
        vdev->isr |= 3;
        vdev->notify(vdev->transport, vdev->config_vector);
    }
}

void virtio_error(VirtIODevice *vdev, const char *what)
{
    if (!(vdev->status & VIRTIO_STATUS_NEEDS_RESET)) {
        vdev->status |= VIRTIO_STATUS_NEEDS_RESET;
        virtio_notify_config(vdev);
    }
}

uint64_t virtio_config_read(VirtIODevice *vdev, unsigned at, unsigned size)
{
    uint8_t config[VIRTIO_CONFIG_MAX] = { 0 };
    uint64_t v = 0;

    vdev->ops->get_config(vdev, config);
    for (unsigned i = 0; i < size && at + i < vdev->ops->config_size; i++) {
        v |= (uint64_t)config[at + i] << (8 * i);
    }
    return v;
}

void virtio_config_write(VirtIODevice *vdev, unsigned at, uint64_t v,
                         unsigned size)
{
    uint8_t config[VIRTIO_CONFIG_MAX] = { 0 };

    if (!vdev->ops->set_config) {
        return;
    }
    vdev->ops->get_config(vdev, config);
    for (unsigned i = 0; i < size && at + i < vdev->ops->config_size; i++) {
        config[at + i] = v >> (8 * i);
    }
    vdev->ops->set_config(vdev, config);
}

static bool virtio_post_load(void *opaque, int version, GError **errp)
{
    VirtIODevice *vdev = opaque;

    vdev->guest_features &= vdev->host_features;
    for (int i = 0; i < VIRTIO_QUEUES; i++) {
        VirtQueue *vq = &vdev->queues[i];

        if (vq->size > vq->max || (vq->size & (vq->size - 1))) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                        "state: virtqueue %d has %u entries", i, vq->size);
            return false;
        }
        vq->signalled_valid = false;
    }
    return true;
}

static const VMStateDescription vmstate_virtqueue = {
    .name = "virtqueue",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT16(size, VirtQueue),
        VMSTATE_UINT16(vector, VirtQueue),
        VMSTATE_BOOL(enabled, VirtQueue),
        VMSTATE_UINT64(desc, VirtQueue),
        VMSTATE_UINT64(avail, VirtQueue),
        VMSTATE_UINT64(used, VirtQueue),
        VMSTATE_UINT16(last_avail, VirtQueue),
        VMSTATE_UINT16(used_index, VirtQueue),
        VMSTATE_END
    },
};

const VMStateDescription vmstate_virtio = {
    .name = "virtio",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = virtio_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(status, VirtIODevice),
        VMSTATE_UINT8(isr, VirtIODevice),
        VMSTATE_UINT64(guest_features, VirtIODevice),
        VMSTATE_UINT16(config_vector, VirtIODevice),
        VMSTATE_UINT16(queue_select, VirtIODevice),
        VMSTATE_UINT8(generation, VirtIODevice),
        VMSTATE_STRUCT_ARRAY(queues, VirtIODevice, VIRTIO_QUEUES,
                             vmstate_virtqueue, VirtQueue),
        VMSTATE_END
    },
};
