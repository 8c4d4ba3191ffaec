/* SPDX-License-Identifier: MIT */
/*
 * Requests in the background: worker threads do the input and output, but what
 * the host has in memory is read at once; the main loop calls the completions,
 * in the order in which the work ended.  A flush
 * is ordered after the requests that completed before it was submitted, which
 * is all that a disk with a write cache promises.
 */
#include "util/osdep.h"
#include "block/block-int.h"

#define WORKERS 4

struct BlockRequest {
    BlockBackend *blk;
    BlockRequestKind kind;
    uint64_t offset, bytes;
    struct iovec *iov;
    int niov;
    BlockCompletion *done;      /* NULL: cancelled */
    void *opaque;
    int result;
    bool finished;              /* under finished_lock */
};

static GThreadPool *pool;
static GMutex finished_lock;
static GCond finished_cond;

static int perform(BlockRequest *r)
{
    Image *img = &r->blk->image;

    switch (r->kind) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        return image_rw(img, r->kind == BLOCK_WRITE, r->offset, r->iov,
                        r->niov, 0);
    case BLOCK_FLUSH:
        return image_flush(img);
    case BLOCK_DISCARD:
        return image_discard(img, r->offset, r->bytes);
    case BLOCK_WRITE_ZEROES:
        return image_zero(img, r->offset, r->bytes);
    }
    return -EINVAL;
}

static gboolean complete(gpointer opaque)
{
    BlockRequest *r = opaque;
    BlockBackend *blk = r->blk;

    blk->in_flight--;
    if (r->done) {
        r->done(r->opaque, r->result);
    }
    g_free(r->iov);
    g_free(r);
    return G_SOURCE_REMOVE;
}

static void finish(BlockRequest *r, int result)
{
    GSource *source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, complete, r, NULL);
    g_mutex_lock(&finished_lock);
    r->result = result;
    r->finished = true;
    g_source_attach(source, NULL);
    g_cond_broadcast(&finished_cond);
    g_mutex_unlock(&finished_lock);
    g_source_unref(source);
}

static void work(gpointer data, gpointer unused)
{
    finish(data, perform(data));
}

/* Reads that need not wait spare two changes of threads. */
static bool read_at_once(BlockRequest *r)
{
    int result;

    if (r->kind != BLOCK_READ) {
        return false;
    }
    result = image_rw(&r->blk->image, false, r->offset, r->iov, r->niov,
                      RWF_NOWAIT);
    if (result == -EAGAIN || result == -EOPNOTSUPP) {
        return false;
    }
    finish(r, result);
    return true;
}

BlockRequest *block_submit(BlockBackend *blk, BlockRequestKind kind,
                           uint64_t offset, const struct iovec *iov, int niov,
                           uint64_t bytes, BlockCompletion *done,
                           void *opaque)
{
    BlockRequest *r = g_new0(BlockRequest, 1);

    *r = (BlockRequest){
        .blk = blk, .kind = kind, .offset = offset, .bytes = bytes,
        .iov = g_memdup2(iov, niov * sizeof(*iov)), .niov = niov,
        .done = done, .opaque = opaque,
    };
    blk->in_flight++;
    if (read_at_once(r)) {
        return r;
    }
    if (!pool) {
        pool = g_thread_pool_new(work, NULL, WORKERS, FALSE, NULL);
    }
    g_thread_pool_push(pool, r, NULL);
    return r;
}

void block_cancel(BlockRequest *r)
{
    r->done = NULL;
    g_mutex_lock(&finished_lock);
    while (!r->finished) {
        g_cond_wait(&finished_cond, &finished_lock);
    }
    g_mutex_unlock(&finished_lock);
}

void block_drain(BlockBackend *blk)
{
    while (blk->in_flight) {
        g_main_context_iteration(NULL, TRUE);
    }
}

void block_requests_stop(void)
{
    if (pool) {
        g_thread_pool_free(pool, FALSE, TRUE);
        pool = NULL;
    }
}
