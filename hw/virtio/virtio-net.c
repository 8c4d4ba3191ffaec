/* SPDX-License-Identifier: MIT */
/*
 * Virtio network device on PCI: Virtual I/O Device 1.1, 5.1.  No offloads:
 * frames go as they are.
 */
#include "util/osdep.h"
#include "hw/core/bootorder.h"
#include "hw/virtio/virtio-pci.h"
#include "net/net.h"

#define TYPE_VIRTIO_NET_PCI "virtio-net-pci"

enum {
    F_MAC = 5, F_MRG_RXBUF = 15, F_STATUS = 16, F_CTRL_VQ = 17, F_CTRL_RX = 18,
    F_CTRL_RX_EXTRA = 20, F_CTRL_MAC_ADDR = 23,
    STATUS_LINK_UP = 1, QUEUE_SIZE = 256, CTRL_QUEUE_SIZE = 64,
    HEADER_LEGACY = 10, HEADER_MRG = 12, CONFIG_SIZE = 12,
    CTRL_OK = 0, CTRL_ERR = 1, MAC_TABLE = 64, MAX_BUFFERS = 64,
};
enum { CLASS_RX = 0, CLASS_MAC = 1 };
enum { RX_PROMISC, RX_ALLMULTI, RX_ALLUNI, RX_NOMULTI, RX_NOUNI, RX_NOBCAST,
       RX_MODES };

typedef struct VirtIONet {
    VirtIOPCI parent;
    NetCard card;
    VirtQueue *rx, *tx, *ctrl;
    uint8_t mac[6];
    bool mode[RX_MODES];
    uint8_t table[MAC_TABLE][6];
    uint32_t n_table;
    bool table_overflow;
    char *netdev, *mac_text;
    int32_t bootindex;
} VirtIONet;

static VirtIONet *net_of(VirtIODevice *vdev)
{
    return vdev->transport;
}

static unsigned header_size(const VirtIODevice *vdev)
{
    return virtio_has(vdev, F_MRG_RXBUF) || virtio_has(vdev,
                                                       VIRTIO_F_VERSION_1)
        ? HEADER_MRG : HEADER_LEGACY;
}

/* Receiving */

static bool net_can_receive(void *opaque)
{
    VirtIONet *s = opaque;

    return virtqueue_ready(s->rx) && !virtqueue_empty(s->rx);
}

static bool in_table(const VirtIONet *s, const uint8_t *mac)
{
    for (uint32_t i = 0; i < s->n_table; i++) {
        if (!memcmp(s->table[i], mac, 6)) {
            return true;
        }
    }
    return s->table_overflow;
}

static bool is_for_us(const VirtIONet *s, const uint8_t *frame)
{
    static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };

    if (s->mode[RX_PROMISC]) {
        return true;
    }
    if (!memcmp(frame, broadcast, 6)) {
        return !s->mode[RX_NOBCAST];
    }
    if (frame[0] & 1) {
        return !s->mode[RX_NOMULTI] &&
               (s->mode[RX_ALLMULTI] || in_table(s, frame));
    }
    return !s->mode[RX_NOUNI] && (s->mode[RX_ALLUNI] ||
                                  !memcmp(frame, s->mac, 6) ||
                                  in_table(s, frame));
}

static void put_back(VirtIONet *s, VirtQueueElement **e, unsigned n)
{
    while (n--) {
        virtqueue_unpop(s->rx, e[n]);
    }
}

static void receive(VirtIONet *s, const uint8_t *frame, size_t len)
{
    VirtIODevice *vdev = &s->parent.vdev;
    VirtQueueElement *e[MAX_BUFFERS];
    uint32_t used[MAX_BUFFERS];
    uint8_t header[HEADER_MRG] = { 0 };
    unsigned hdr = header_size(vdev), n = 0;
    size_t done = 0;

    if (len < 14 || !is_for_us(s, frame)) {
        return;
    }
    while (done < len || !n) {
        size_t room, skip = n ? 0 : hdr;

        if (n == MAX_BUFFERS || (n && !virtio_has(vdev, F_MRG_RXBUF))) {
            break;
        }
        e[n] = virtqueue_pop(s->rx);
        if (!e[n]) {
            break;
        }
        room = iov_length(e[n]->in, e[n]->n_in);
        if (room <= skip) {
            n++;
            break;
        }
        used[n] = skip + iov_write(e[n]->in, e[n]->n_in, skip, frame + done,
                                   MIN(room - skip, len - done));
        done += used[n] - skip;
        n++;
    }
    if (done < len) {
        put_back(s, e, n);              /* dropped: no room for all of it */
        return;
    }
    header[10] = n;
    header[11] = n >> 8;
    iov_write(e[0]->in, e[0]->n_in, 0, header, hdr);
    for (unsigned i = 0; i < n; i++) {
        virtqueue_fill(s->rx, e[i], used[i], i);
    }
    virtqueue_flush(s->rx, n);
    virtqueue_notify(s->rx);
}

static void net_receive(void *opaque, const uint8_t *frame, size_t len)
{
    VirtIONet *s = opaque;
    bool was = pci_dma_begin(&s->parent.parent);

    receive(s, frame, len);
    pci_dma_end(&s->parent.parent, was);
}

static void handle_rx(VirtIODevice *vdev, VirtQueue *vq)
{
    net_accept_frames(&net_of(vdev)->card);
}

/* Sending */

static void handle_tx(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONet *s = net_of(vdev);
    unsigned hdr = header_size(vdev);
    VirtQueueElement *e;
    bool any = false;

    while ((e = virtqueue_pop(vq))) {
        size_t len = iov_length(e->out, e->n_out);

        if (len > hdr && len - hdr <= NET_MAX_FRAME) {
            uint8_t *frame = g_malloc(len - hdr);

            iov_read(e->out, e->n_out, hdr, frame, len - hdr);
            net_send(&s->card, frame, len - hdr);
            g_free(frame);
        }
        virtqueue_push(vq, e, 0);
        any = true;
    }
    if (any) {
        virtqueue_notify(vq);
    }
}

/* Control: 5.1.6.5 */

static uint8_t control_mac(VirtIONet *s, VirtQueueElement *e, uint8_t command)
{
    size_t at = 2;

    if (command == 1) {                 /* set the address */
        return iov_read(e->out, e->n_out, at, s->mac, 6) == 6 ? CTRL_OK
                                                              : CTRL_ERR;
    }
    if (command != 0) {
        return CTRL_ERR;
    }
    s->n_table = 0;
    s->table_overflow = false;
    for (int list = 0; list < 2; list++) {      /* unicast, multicast */
        uint8_t raw[4];
        uint32_t n;

        if (iov_read(e->out, e->n_out, at, raw, 4) != 4) {
            return CTRL_ERR;
        }
        at += 4;
        n = pci_get_long(raw);
        if (n > iov_length(e->out, e->n_out) / 6) {
            return CTRL_ERR;
        }
        for (uint32_t i = 0; i < n; i++, at += 6) {
            if (s->n_table == MAC_TABLE) {
                s->table_overflow = true;
            } else if (iov_read(e->out, e->n_out, at, s->table[s->n_table],
                                6) != 6) {
                return CTRL_ERR;
            } else {
                s->n_table++;
            }
        }
    }
    return CTRL_OK;
}

static void handle_ctrl(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIONet *s = net_of(vdev);
    VirtQueueElement *e;

    while ((e = virtqueue_pop(vq))) {
        uint8_t header[3] = { 0 }, ack = CTRL_ERR;
        size_t n = iov_read(e->out, e->n_out, 0, header, 3);

        if (n < 2 || !iov_length(e->in, e->n_in)) {
            virtqueue_drop(vq, e);
            virtio_error(vdev, "a control command without a header");
            return;
        }
        if (header[0] == CLASS_RX && header[1] < RX_MODES && n == 3) {
            s->mode[header[1]] = header[2];
            ack = CTRL_OK;
        } else if (header[0] == CLASS_MAC) {
            ack = control_mac(s, e, header[1]);
        }
        iov_write(e->in, e->n_in, 0, &ack, 1);
        virtqueue_push(vq, e, 1);
        virtqueue_notify(vq);
    }
}

static void net_link_changed(void *opaque, bool up)
{
    virtio_notify_config(&((VirtIONet *)opaque)->parent.vdev);
}

static uint64_t net_features(VirtIODevice *vdev)
{
    return 1ull << F_MAC | 1ull << F_MRG_RXBUF | 1ull << F_STATUS |
           1ull << F_CTRL_VQ | 1ull << F_CTRL_RX | 1ull << F_CTRL_RX_EXTRA |
           1ull << F_CTRL_MAC_ADDR;
}

static void net_get_config(VirtIODevice *vdev, uint8_t *c)
{
    VirtIONet *s = net_of(vdev);

    memcpy(c, s->mac, 6);
    c[6] = net_link_up(&s->card) ? STATUS_LINK_UP : 0;
    c[8] = 1;                           /* queue pairs */
}

/* Before version 1 the address is set by writing it here. */
static void net_set_config(VirtIODevice *vdev, const uint8_t *c)
{
    if (!virtio_has(vdev, VIRTIO_F_VERSION_1) &&
        !virtio_has(vdev, F_CTRL_MAC_ADDR)) {
        memcpy(net_of(vdev)->mac, c, 6);
    }
}

static void net_reset(VirtIODevice *vdev)
{
    VirtIONet *s = net_of(vdev);

    memset(s->mode, 0, sizeof(s->mode));
    s->mode[RX_PROMISC] = true;         /* until the driver says otherwise */
    s->n_table = 0;
    s->table_overflow = false;
    memcpy(s->mac, s->card.mac, 6);
}

static const VirtIOOps net_ops = {
    .id = VIRTIO_ID_NET,
    .config_size = CONFIG_SIZE,
    .features = net_features,
    .get_config = net_get_config,
    .set_config = net_set_config,
    .reset = net_reset,
};

static bool net_realize(VirtIOPCI *dev, GError **errp)
{
    VirtIONet *s = (VirtIONet *)dev;

    s->card.model = TYPE_VIRTIO_NET_PCI;
    s->card.can_receive = net_can_receive;
    s->card.receive = net_receive;
    s->card.link_changed = net_link_changed;
    s->card.opaque = s;
    s->rx = virtio_add_queue(&dev->vdev, QUEUE_SIZE, handle_rx);
    s->tx = virtio_add_queue(&dev->vdev, QUEUE_SIZE, handle_tx);
    s->ctrl = virtio_add_queue(&dev->vdev, CTRL_QUEUE_SIZE, handle_ctrl);
    if (!net_card_set_up(&s->card, s->netdev, s->mac_text, errp)) {
        return false;
    }
    net_reset(&dev->vdev);
    bootorder_add(s->bootindex, &dev->parent.parent, "/ethernet-phy@0");
    return true;
}

static void net_unrealize(VirtIOPCI *dev)
{
    VirtIONet *s = (VirtIONet *)dev;

    bootorder_remove(&dev->parent.parent);
    net_detach(&s->card);
}

static bool net_post_load(void *opaque, int version, GError **errp)
{
    VirtIONet *s = opaque;

    if (s->n_table > MAC_TABLE) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: %u addresses in a network card", s->n_table);
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_net = {
    .name = TYPE_VIRTIO_NET_PCI,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = net_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_VIRTIO_PCI(parent, VirtIONet),
        VMSTATE_BUFFER(mac, VirtIONet),
        VMSTATE_BUFFER(table, VirtIONet),
        VMSTATE_UINT32(n_table, VirtIONet),
        VMSTATE_BOOL(table_overflow, VirtIONet),
        VMSTATE_END
    },
};

static const DevProperty net_properties[] = {
    DEFINE_PROP_NETDEV("netdev", VirtIONet, netdev),
    DEFINE_PROP_STRING("mac", VirtIONet, mac_text),
    DEFINE_PROP_INT32("bootindex", VirtIONet, bootindex, -1),
};

static void net_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);
    VirtIOPCIClass *vc = VIRTIO_PCI_CLASS(oc);

    pc->device_id = 0x1000;
    pc->class_id = 0x0200;
    vc->ops = &net_ops;
    vc->vectors = 4;
    vc->realize = net_realize;
    vc->unrealize = net_unrealize;
    dc->vmsd = &vmstate_net;
    dc->category = DEVICE_CATEGORY_NETWORK;
    dc->desc = "virtio network card";
    device_class_set_props(dc, net_properties);
}

static const TypeInfo net_types[] = {
    {
        .name = TYPE_VIRTIO_NET_PCI,
        .parent = TYPE_VIRTIO_PCI,
        .instance_size = sizeof(VirtIONet),
        .class_init = net_class_init,
    },
};
DEFINE_TYPES(net_types)
