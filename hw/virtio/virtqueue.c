/* SPDX-License-Identifier: MIT */
/* Split virtqueues: Virtual I/O Device 1.1, 2.6. */
#include "util/osdep.h"
#include "hw/virtio/virtio.h"
#include "util/bytes.h"

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4, DESC_SIZE = 16 };
enum { AVAIL_NO_INTERRUPT = 1 };
#define MAX_SEGMENTS 1024

typedef struct Desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags, next;
} Desc;

static AddressSpace *space(void)
{
    return &address_space_memory;
}

static uint16_t get16(uint64_t addr)
{
    return address_space_lduw_le(space(), addr, MEMTXATTRS_UNSPECIFIED, NULL);
}

static void set16(uint64_t addr, uint16_t v)
{
    address_space_stw_le(space(), addr, v, MEMTXATTRS_UNSPECIFIED, NULL);
}

static void read_desc(uint64_t table, unsigned i, Desc *d)
{
    uint8_t raw[DESC_SIZE];

    address_space_read(space(), table + (uint64_t)i * DESC_SIZE,
                       MEMTXATTRS_UNSPECIFIED, raw, DESC_SIZE);
    d->addr = get_le(raw, 8);
    d->len = get_le(raw + 8, 4);
    d->flags = get_le(raw + 12, 2);
    d->next = get_le(raw + 14, 2);
}

bool virtqueue_ready(const VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;

    return vq->enabled && vq->desc && vq->size &&
           (vdev->status & VIRTIO_STATUS_DRIVER_OK) &&
           !(vdev->status & VIRTIO_STATUS_NEEDS_RESET) &&
           vdev->can_dma(vdev->transport);
}

static uint16_t avail_index(const VirtQueue *vq)
{
    return get16(vq->avail + 2);
}

bool virtqueue_empty(VirtQueue *vq)
{
    return !virtqueue_ready(vq) || avail_index(vq) == vq->last_avail;
}

/* Elements */

static void unmap(VirtQueueElement *e, uint32_t written)
{
    for (unsigned i = 0; i < e->n_in; i++) {
        uint32_t n = MIN(written, e->in[i].iov_len);

        address_space_unmap(space(), e->in[i].iov_base, e->in[i].iov_len,
                            true, n);
        written -= n;
    }
    for (unsigned i = 0; i < e->n_out; i++) {
        address_space_unmap(space(), e->out[i].iov_base, e->out[i].iov_len,
                            false, 0);
    }
}

static void free_element(VirtQueueElement *e, uint32_t written)
{
    unmap(e, written);
    g_free(e->in);
    g_free(e->out);
    g_free(e);
}

typedef struct Walk {
    VirtQueueElement *e;
    struct iovec iov[MAX_SEGMENTS];
    unsigned n, n_out;
} Walk;

static bool map_desc(Walk *w, const Desc *d)
{
    bool write = d->flags & DESC_WRITE;
    uint64_t addr = d->addr, left = d->len;

    if (!write && w->n > w->n_out) {
        return false;                   /* read-only ones come first */
    }
    while (left) {
        uint64_t len = left;
        void *host;

        if (w->n == MAX_SEGMENTS) {
            return false;
        }
        host = address_space_map(space(), addr, &len, write,
                                 MEMTXATTRS_UNSPECIFIED);
        if (!host) {
            return false;
        }
        w->iov[w->n++] = (struct iovec){ host, len };
        w->n_out += !write;
        addr += len;
        left -= len;
    }
    return true;
}

/* All descriptors of a chain; false: it makes no sense. */
static bool walk_chain(VirtQueue *vq, Walk *w, unsigned head)
{
    uint64_t table = vq->desc;
    unsigned entries = vq->size, seen = 0;
    bool indirect = false;
    unsigned i = head;
    Desc d;

    for (;;) {
        if (i >= entries || seen++ > MAX_SEGMENTS) {
            return false;
        }
        read_desc(table, i, &d);
        if (d.flags & DESC_INDIRECT) {
            if (indirect || !d.len || d.len % DESC_SIZE ||
                !virtio_has(vq->vdev, VIRTIO_F_INDIRECT)) {
                return false;
            }
            indirect = true;
            table = d.addr;
            entries = d.len / DESC_SIZE;
            i = 0;
            continue;
        }
        if (!map_desc(w, &d)) {
            return false;
        }
        if (!(d.flags & DESC_NEXT)) {
            return true;
        }
        i = d.next;
    }
}

static void take_segments(VirtQueueElement *e, const Walk *w)
{
    e->n_out = w->n_out;
    e->n_in = w->n - w->n_out;
    e->out = g_memdup2(w->iov, e->n_out * sizeof(*w->iov));
    e->in = g_memdup2(w->iov + e->n_out, e->n_in * sizeof(*w->iov));
}

VirtQueueElement *virtqueue_pop(VirtQueue *vq)
{
    VirtQueueElement *e;
    uint16_t index, head;
    Walk w;
    bool ok;

    if (!virtqueue_ready(vq) || !vq->turn) {
        return NULL;
    }
    index = avail_index(vq);
    if (index == vq->last_avail) {
        return NULL;
    }
    if ((uint16_t)(index - vq->last_avail) > vq->size ||
        vq->in_use >= vq->size) {
        virtio_error(vq->vdev, "the available ring overflows");
        return NULL;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    head = get16(vq->avail + 4 + 2 * (vq->last_avail % vq->size));
    w.n = w.n_out = 0;
    ok = walk_chain(vq, &w, head);
    e = g_new0(VirtQueueElement, 1);
    e->head = head;
    take_segments(e, &w);
    if (!ok) {
        free_element(e, 0);
        virtio_error(vq->vdev, "a bad descriptor chain");
        return NULL;
    }
    vq->last_avail++;
    vq->in_use++;
    vq->turn -= vq->turn != VIRTIO_NO_LIMIT;
    if (virtio_has(vq->vdev, VIRTIO_F_EVENT_IDX)) {
        set16(vq->used + 4 + 8ull * vq->size, vq->last_avail);
        /* ORDER: told to the guest before the index is looked at again. */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    return e;
}

void virtqueue_fill(VirtQueue *vq, VirtQueueElement *e, uint32_t len,
                    unsigned n)
{
    uint64_t at = vq->used + 4 +
                  8ull * ((uint16_t)(vq->used_index + n) % vq->size);

    address_space_stl_le(space(), at, e->head, MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stl_le(space(), at + 4, len, MEMTXATTRS_UNSPECIFIED, NULL);
    free_element(e, len);
}

void virtqueue_flush(VirtQueue *vq, unsigned n)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);
    vq->used_index += n;
    set16(vq->used + 2, vq->used_index);
    vq->in_use -= MIN(n, vq->in_use);
}

void virtqueue_push(VirtQueue *vq, VirtQueueElement *e, uint32_t len)
{
    virtqueue_fill(vq, e, len, 0);
    virtqueue_flush(vq, 1);
}

void virtqueue_unpop(VirtQueue *vq, VirtQueueElement *e)
{
    vq->last_avail--;
    virtqueue_drop(vq, e);
}

void virtqueue_drop(VirtQueue *vq, VirtQueueElement *e)
{
    vq->in_use -= MIN(1, vq->in_use);
    free_element(e, 0);
}

static bool wants_interrupt(VirtQueue *vq)
{
    uint16_t old = vq->signalled_used, new = vq->used_index, event;
    bool valid = vq->signalled_valid;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (virtio_has(vq->vdev, VIRTIO_F_NOTIFY_ON_EMPTY) && !vq->in_use &&
        virtqueue_empty(vq)) {
        return true;
    }
    if (!virtio_has(vq->vdev, VIRTIO_F_EVENT_IDX)) {
        return !(get16(vq->avail) & AVAIL_NO_INTERRUPT);
    }
    vq->signalled_valid = true;
    vq->signalled_used = new;
    event = get16(vq->avail + 4 + 2ull * vq->size);
    return !valid ||
           (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

void virtqueue_notify(VirtQueue *vq)
{
    VirtIODevice *vdev = vq->vdev;

    if (virtqueue_ready(vq) && wants_interrupt(vq)) {
        vdev->isr |= 1;
        vdev->notify(vdev->transport, vq->vector);
    }
}

/* Vectors of buffers */

size_t iov_length(const struct iovec *iov, unsigned n)
{
    size_t len = 0;

    for (unsigned i = 0; i < n; i++) {
        len += iov[i].iov_len;
    }
    return len;
}

unsigned iov_part(struct iovec *to, const struct iovec *iov, unsigned n,
                  size_t offset, size_t len)
{
    unsigned used = 0;

    for (unsigned i = 0; i < n && len; i++) {
        size_t part;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        part = MIN(iov[i].iov_len - offset, len);
        to[used++] = (struct iovec){ (uint8_t *)iov[i].iov_base + offset,
                                     part };
        offset = 0;
        len -= part;
    }
    return used;
}

static size_t iov_copy(const struct iovec *iov, unsigned n, size_t offset,
                       uint8_t *buf, size_t len, bool into)
{
    size_t done = 0;

    for (unsigned i = 0; i < n && done < len; i++) {
        size_t part;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        part = MIN(iov[i].iov_len - offset, len - done);
        if (into) {
            memcpy((uint8_t *)iov[i].iov_base + offset, buf + done, part);
        } else {
            memcpy(buf + done, (uint8_t *)iov[i].iov_base + offset, part);
        }
        offset = 0;
        done += part;
    }
    return done;
}

size_t iov_read(const struct iovec *iov, unsigned n, size_t offset, void *buf,
                size_t len)
{
    return iov_copy(iov, n, offset, buf, len, false);
}

size_t iov_write(const struct iovec *iov, unsigned n, size_t offset,
                 const void *buf, size_t len)
{
    return iov_copy(iov, n, offset, (uint8_t *)buf, len, true);
}
