/* SPDX-License-Identifier: MIT */
/* Virtio block device on PCI: Virtual I/O Device 1.1, 5.2. */
#include "util/osdep.h"
#include "block/block.h"
#include "hw/core/bootorder.h"
#include "hw/virtio/virtio-pci.h"
#include "util/bytes.h"

#define TYPE_VIRTIO_BLK_PCI "virtio-blk-pci"

enum {
    F_SEG_MAX = 2, F_GEOMETRY = 4, F_RO = 5, F_BLK_SIZE = 6, F_FLUSH = 9,
    F_CONFIG_WCE = 11, F_DISCARD = 13, F_WRITE_ZEROES = 14,
    T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11,
    T_WRITE_ZEROES = 13,
    S_OK = 0, S_IOERR = 1, S_UNSUPP = 2,
    HEADER_SIZE = 16, ID_SIZE = 20, CONFIG_SIZE = 60, QUEUE_SIZE = 256,
    SEG_MAX = 254, RANGE_SIZE = 16,
};
#define MAX_RANGE_SECTORS (1u << 22)

typedef struct VirtIOBlk VirtIOBlk;

typedef struct BlkRequest {
    VirtIOBlk *dev;
    VirtQueue *vq;
    VirtQueueElement *e;
    BlockRequest *req;
    struct BlkRequest *next;
} BlkRequest;

struct VirtIOBlk {
    VirtIOPCI parent;
    BlockBackend *blk;
    BlkRequest *requests;       /* under way */
    char *drive, *serial;
    int32_t bootindex;
    bool wce;
};

static VirtIOBlk *blk_of(VirtIODevice *vdev)
{
    return vdev->transport;
}

static void unlink_request(BlkRequest *r)
{
    BlkRequest **at = &r->dev->requests;

    while (*at != r) {
        at = &(*at)->next;
    }
    *at = r->next;
}

/* The last byte the guest gave us is the status. */
static void complete(BlkRequest *r, uint8_t status)
{
    uint32_t room = iov_length(r->e->in, r->e->n_in);
    PCIDevice *dev = &r->dev->parent.parent;
    bool was = pci_dma_begin(dev);

    unlink_request(r);
    iov_write(r->e->in, r->e->n_in, room - 1, &status, 1);
    virtqueue_push(r->vq, r->e, room);
    virtqueue_notify(r->vq);
    pci_dma_end(dev, was);
    g_free(r);
}

static void on_done(void *opaque, int result)
{
    BlkRequest *r = opaque;

    r->req = NULL;
    complete(r, result < 0 ? S_IOERR : S_OK);
}

static void transfer(BlkRequest *r, uint64_t sector, bool write)
{
    VirtIOBlk *s = r->dev;
    const struct iovec *from = write ? r->e->out : r->e->in;
    unsigned n = write ? r->e->n_out : r->e->n_in, used;
    size_t all = iov_length(from, n), len;
    struct iovec *iov;

    len = write ? all - HEADER_SIZE : all - 1;
    if (!len || len % BLOCK_SECTOR || sector > block_size(s->blk) /
        BLOCK_SECTOR || len / BLOCK_SECTOR > block_size(s->blk) /
        BLOCK_SECTOR - sector) {
        complete(r, S_IOERR);
        return;
    }
    iov = g_new(struct iovec, n);
    used = iov_part(iov, from, n, write ? HEADER_SIZE : 0, len);
    r->req = block_submit(s->blk, write ? BLOCK_WRITE : BLOCK_READ,
                          sector * BLOCK_SECTOR, iov, used, len, on_done, r);
    g_free(iov);
}

static void get_id(BlkRequest *r)
{
    const char *serial = r->dev->serial ?: block_serial(r->dev->blk);
    char id[ID_SIZE] = { 0 };

    memcpy(id, serial ?: "", MIN(strlen(serial ?: ""), ID_SIZE));
    iov_write(r->e->in, r->e->n_in, 0, id,
              MIN(ID_SIZE, iov_length(r->e->in, r->e->n_in) - 1));
    complete(r, S_OK);
}

/* One range a request is what we announce. */
static void discard(BlkRequest *r, bool zeroes)
{
    VirtIOBlk *s = r->dev;
    uint8_t range[RANGE_SIZE];
    uint64_t sector, count, all = block_size(s->blk) / BLOCK_SECTOR;

    if (iov_read(r->e->out, r->e->n_out, HEADER_SIZE, range, RANGE_SIZE) !=
            RANGE_SIZE ||
        iov_length(r->e->out, r->e->n_out) != HEADER_SIZE + RANGE_SIZE) {
        complete(r, S_UNSUPP);
        return;
    }
    sector = get_le(range, 8);
    count = get_le(range + 8, 4);
    if (get_le(range + 12, 4) & ~(zeroes ? 1u : 0u)) {
        complete(r, S_UNSUPP);
        return;
    }
    if (sector > all || count > all - sector || count > MAX_RANGE_SECTORS) {
        complete(r, S_IOERR);
        return;
    }
    r->req = block_submit(s->blk, zeroes ? BLOCK_WRITE_ZEROES : BLOCK_DISCARD,
                          sector * BLOCK_SECTOR, NULL, 0,
                          count * BLOCK_SECTOR, on_done, r);
}

static void start(BlkRequest *r, uint32_t type, uint64_t sector)
{
    switch (type & ~0x80000000u) {      /* an old "barrier" flag */
    case T_IN:
        transfer(r, sector, false);
        break;
    case T_OUT:
        transfer(r, sector, true);
        break;
    case T_FLUSH:
        r->req = block_submit(r->dev->blk, BLOCK_FLUSH, 0, NULL, 0, 0,
                              on_done, r);
        break;
    case T_GET_ID:
        get_id(r);
        break;
    case T_DISCARD:
    case T_WRITE_ZEROES:
        discard(r, type == T_WRITE_ZEROES);
        break;
    default:
        complete(r, S_UNSUPP);
    }
}

static void handle_requests(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOBlk *s = blk_of(vdev);
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq))) {
        uint8_t header[HEADER_SIZE];
        BlkRequest *r;

        if (iov_read(e->out, e->n_out, 0, header, HEADER_SIZE) !=
                HEADER_SIZE || iov_length(e->in, e->n_in) < 1) {
            virtqueue_drop(vq, e);
            virtio_error(vdev, "a block request without header or status");
            return;
        }
        r = g_new0(BlkRequest, 1);
        r->dev = s;
        r->vq = vq;
        r->e = e;
        r->next = s->requests;
        s->requests = r;
        start(r, get_le(header, 4), get_le(header + 8, 8));
    }
}

static void blk_reset(VirtIODevice *vdev)
{
    VirtIOBlk *s = blk_of(vdev);

    while (s->requests) {
        BlkRequest *r = s->requests;

        if (r->req) {
            block_cancel(r->req);
        }
        s->requests = r->next;
        virtqueue_drop(r->vq, r->e);
        g_free(r);
    }
    s->wce = true;
}

static uint64_t blk_features(VirtIODevice *vdev)
{
    VirtIOBlk *s = blk_of(vdev);
    uint64_t f = 1ull << F_SEG_MAX | 1ull << F_GEOMETRY | 1ull << F_BLK_SIZE |
                 1ull << F_FLUSH | 1ull << F_DISCARD | 1ull << F_WRITE_ZEROES;

    return block_is_read_only(s->blk)
        ? (f | 1ull << F_RO) & ~(1ull << F_DISCARD | 1ull << F_WRITE_ZEROES)
        : f;
}

static void blk_get_config(VirtIODevice *vdev, uint8_t *c)
{
    VirtIOBlk *s = blk_of(vdev);
    uint64_t sectors = block_size(s->blk) / BLOCK_SECTOR;

    put_le(c, sectors, 8);
    put_le(c + 12, SEG_MAX, 4);
    put_le(c + 16, MIN(sectors / (16 * 63), 16383), 2);
    c[18] = 16;
    c[19] = 63;
    put_le(c + 20, BLOCK_SECTOR, 4);
    c[32] = s->wce;
    put_le(c + 34, 1, 2);
    put_le(c + 36, MAX_RANGE_SECTORS, 4);
    put_le(c + 40, 1, 4);
    put_le(c + 44, 1, 4);
    put_le(c + 48, MAX_RANGE_SECTORS, 4);
    put_le(c + 52, 1, 4);
    c[56] = 1;
}

static const VirtIOOps blk_ops = {
    .id = VIRTIO_ID_BLOCK,
    .config_size = CONFIG_SIZE,
    .features = blk_features,
    .get_config = blk_get_config,
    .reset = blk_reset,
};

static bool blk_realize(VirtIOPCI *dev, GError **errp)
{
    VirtIOBlk *s = (VirtIOBlk *)dev;

    s->blk = s->drive ? block_find(s->drive) : NULL;
    if (!s->blk) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    TYPE_VIRTIO_BLK_PCI ": there is no drive '%s'",
                    s->drive ?: "");
        return false;
    }
    if (!block_has_medium(s->blk)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    TYPE_VIRTIO_BLK_PCI ": the drive '%s' is empty",
                    s->drive);
        return false;
    }
    if (!block_attach(s->blk, s, errp)) {
        return false;
    }
    s->wce = true;
    virtio_add_queue(&dev->vdev, QUEUE_SIZE, handle_requests);
    bootorder_add(s->bootindex, &dev->parent.parent, "/disk@0,0");
    return true;
}

static void blk_unrealize(VirtIOPCI *dev)
{
    VirtIOBlk *s = (VirtIOBlk *)dev;

    bootorder_remove(&dev->parent.parent);
    blk_reset(&dev->vdev);
    block_detach(s->blk, s);
}

/* Requests under way are done before state is saved. */
static bool blk_pre_save(void *opaque, GError **errp)
{
    block_drain(((VirtIOBlk *)opaque)->blk);
    return true;
}

static const VMStateDescription vmstate_blk = {
    .name = TYPE_VIRTIO_BLK_PCI,
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = blk_pre_save,
    .fields = (const VMStateField[]){
        VMSTATE_VIRTIO_PCI(parent, VirtIOBlk),
        VMSTATE_BOOL(wce, VirtIOBlk),
        VMSTATE_END
    },
};

static const DevProperty blk_properties[] = {
    DEFINE_PROP_DRIVE("drive", VirtIOBlk, drive),
    DEFINE_PROP_STRING("serial", VirtIOBlk, serial),
    DEFINE_PROP_INT32("bootindex", VirtIOBlk, bootindex, -1),
};

static void blk_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);
    VirtIOPCIClass *vc = VIRTIO_PCI_CLASS(oc);

    pc->device_id = 0x1001;
    pc->class_id = 0x0100;
    vc->ops = &blk_ops;
    vc->vectors = 2;
    vc->realize = blk_realize;
    vc->unrealize = blk_unrealize;
    dc->vmsd = &vmstate_blk;
    dc->category = DEVICE_CATEGORY_STORAGE;
    dc->desc = "virtio block device";
    device_class_set_props(dc, blk_properties);
}

static const TypeInfo blk_types[] = {
    {
        .name = TYPE_VIRTIO_BLK_PCI,
        .parent = TYPE_VIRTIO_PCI,
        .instance_size = sizeof(VirtIOBlk),
        .class_init = blk_class_init,
    },
};
DEFINE_TYPES(blk_types)
