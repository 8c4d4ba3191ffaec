/* SPDX-License-Identifier: MIT */
/* ATA commands: ATA/ATAPI-7 vol. 1, chapter 6. */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"

/* Requests to the host; one at a time and drive. */

void ide_submit(IDEDrive *d, BlockRequestKind kind, uint64_t offset,
                uint32_t bytes, BlockCompletion *done)
{
    struct iovec iov = { d->buf, bytes };

    d->status = IDE_READY | IDE_SEEK | IDE_BUSY;
    d->req = block_submit(d->blk, kind, offset, &iov, bytes ? 1 : 0, bytes,
                          done, d);
}

void ide_cancel(IDEDrive *d)
{
    if (d->req) {
        block_cancel(d->req);
        d->req = NULL;
    }
}

/* Addresses: CHS, 28 bits, 48 bits. */

static bool get_range(IDEDrive *d, bool lba48)
{
    uint64_t lba = d->lba[0] | d->lba[1] << 8 | (uint32_t)d->lba[2] << 16;

    d->lba48 = lba48;
    if (lba48) {
        for (int i = 0; i < 3; i++) {
            lba |= (uint64_t)d->hob_lba[i] << (24 + 8 * i);
        }
        d->left = (d->hob_count << 8 | d->count) ?: 65536;
    } else {
        d->left = d->count ?: 256;
        if (d->select & IDE_DEV_LBA) {
            lba |= (uint64_t)(d->select & 15) << 24;
        } else {
            uint32_t cylinder = d->lba[1] | d->lba[2] << 8;

            if (!d->lba[0] || d->lba[0] > d->secs) {
                return false;
            }
            lba = ((uint64_t)cylinder * d->heads + (d->select & 15)) *
                  d->secs + d->lba[0] - 1;
        }
    }
    d->next = lba;
    return lba < d->sectors && d->left <= d->sectors - lba;
}

/* The task file shows the last sector. */
static void put_address(IDEDrive *d, uint64_t lba)
{
    if (d->lba48 || (d->select & IDE_DEV_LBA)) {
        for (int i = 0; i < 3; i++) {
            d->lba[i] = lba >> (8 * i);
            if (d->lba48) {
                d->hob_lba[i] = lba >> (24 + 8 * i);
            }
        }
        if (!d->lba48) {
            d->select = (d->select & 0xf0) | (lba >> 24 & 15);
        }
    } else {
        uint32_t track = lba / d->secs;

        d->lba[0] = lba % d->secs + 1;
        d->select = (d->select & 0xf0) | track % d->heads;
        d->lba[1] = track / d->heads;
        d->lba[2] = track / d->heads >> 8;
    }
}

uint32_t ide_error_of(int result)
{
    return result == -EACCES || result == -EROFS ? IDE_ABORT
                                                 : IDE_UNCORRECTABLE;
}

/* PIO */

static void advance(IDEDrive *d)
{
    d->next += d->chunk;
    d->left -= MIN(d->chunk, d->left);
    put_address(d, d->next - 1);
    d->count = d->left;
}

static void on_pio_read(void *opaque, int result);

/* From NEXT on as much as the command wants and LIMIT allows, for many blocks. */
static void pio_read(IDEDrive *d, uint32_t limit)
{
    d->fetched = MIN(d->left, limit);
    ide_submit(d, BLOCK_READ, d->next * IDE_SECTOR, d->fetched * IDE_SECTOR,
               on_pio_read);
}

static void pio_read_next(IDEDrive *d)
{
    pio_read(d, IDE_BUF_SIZE / IDE_SECTOR / d->per_irq * d->per_irq);
}

/* The block at AT in BUF is there for the data port. */
static void pio_offer(IDEDrive *d, uint32_t at)
{
    d->chunk = MIN(d->fetched, d->per_irq);
    ide_transfer(d, d->chunk * IDE_SECTOR, XFER_READ);
    d->pos += at;
    d->end += at;
    ide_set_irq(d->ch, true);
}

static void on_pio_read(void *opaque, int result)
{
    IDEDrive *d = opaque;

    d->req = NULL;
    if (result >= 0) {
        pio_offer(d, 0);
    } else if (d->fetched > d->per_irq) {
        pio_read(d, d->per_irq);        /* those before the bad one */
    } else {
        put_address(d, d->next);
        ide_fail(d, ide_error_of(result));
    }
}

static void pio_read_done(IDEDrive *d)
{
    d->fetched -= d->chunk;
    advance(d);
    if (d->fetched) {
        pio_offer(d, d->end);
    } else if (d->left) {
        pio_read_next(d);
    }
}

static void on_pio_write(void *opaque, int result)
{
    IDEDrive *d = opaque;

    d->req = NULL;
    if (result < 0) {
        put_address(d, d->next);
        ide_fail(d, ide_error_of(result));
        return;
    }
    advance(d);
    if (!d->left) {
        ide_finish(d);
        return;
    }
    d->chunk = MIN(d->left, d->per_irq);
    ide_transfer(d, d->chunk * IDE_SECTOR, XFER_WRITE);
    ide_set_irq(d->ch, true);
}

void ide_transfer_done(IDEDrive *d)
{
    IDETransfer kind = d->transfer;

    d->transfer = XFER_NONE;
    d->status = IDE_READY | IDE_SEEK;
    switch (kind) {
    case XFER_READ:
        pio_read_done(d);
        break;
    case XFER_WRITE:
        ide_submit(d, BLOCK_WRITE, d->next * IDE_SECTOR,
                   d->chunk * IDE_SECTOR, on_pio_write);
        break;
    case XFER_PACKET:
        memcpy(d->packet, d->buf, sizeof(d->packet));
        atapi_packet(d);
        break;
    case XFER_ATAPI_IN:
        atapi_continue(d);
        break;
    default:
        break;
    }
}

static void start_pio(IDEDrive *d, bool write, bool lba48, bool multiple)
{
    if (multiple && !d->multiple) {
        ide_fail(d, IDE_ABORT);
        return;
    }
    if (!get_range(d, lba48)) {
        ide_fail(d, IDE_NOT_FOUND | IDE_ABORT);
        return;
    }
    d->per_irq = multiple ? d->multiple : 1;
    if (write) {
        d->chunk = MIN(d->left, d->per_irq);
        ide_transfer(d, d->chunk * IDE_SECTOR, XFER_WRITE);
    } else {
        pio_read_next(d);
    }
}

/* DMA: chunk by chunk through the drive's buffer. */

static void dma_next(IDEDrive *d);

static void dma_end(IDEDrive *d, bool failed, uint8_t error)
{
    d->dma = DMA_NONE;
    bmdma_done(d->ch->bm, failed);
    if (failed) {
        ide_fail(d, error);
    } else {
        ide_finish(d);
    }
}

static void on_dma(void *opaque, int result)
{
    IDEDrive *d = opaque;
    uint32_t bytes = d->chunk * IDE_SECTOR;

    d->req = NULL;
    if (result < 0) {
        put_address(d, d->next);
        dma_end(d, true, ide_error_of(result));
        return;
    }
    if (d->dma == DMA_READ &&
        bmdma_rw(d->ch->bm, d->buf, bytes, true) < bytes) {
        /* Descriptors ended early: the drive still wants to send. */
        dma_end(d, true, IDE_ABORT);
        return;
    }
    advance(d);
    if (d->left) {
        dma_next(d);
    } else {
        dma_end(d, false, 0);
    }
}

static void dma_next(IDEDrive *d)
{
    uint32_t bytes;

    d->chunk = MIN(d->left, IDE_BUF_SIZE / IDE_SECTOR);
    bytes = d->chunk * IDE_SECTOR;
    if (d->dma == DMA_WRITE &&
        bmdma_rw(d->ch->bm, d->buf, bytes, false) < bytes) {
        dma_end(d, true, IDE_ABORT);
        return;
    }
    ide_submit(d, d->dma == DMA_READ ? BLOCK_READ : BLOCK_WRITE,
               d->next * IDE_SECTOR, bytes, on_dma);
}

void ide_dma_start(IDEDrive *d)
{
    if (d->dma == DMA_NONE || d->req) {
        return;
    }
    if (d->dma == DMA_ATAPI) {
        atapi_dma_start(d);
    } else {
        dma_next(d);
    }
}

static void start_dma(IDEDrive *d, bool write, bool lba48)
{
    if (!get_range(d, lba48)) {
        ide_fail(d, IDE_NOT_FOUND | IDE_ABORT);
        return;
    }
    d->dma = write ? DMA_WRITE : DMA_READ;
    d->status = IDE_READY | IDE_SEEK | IDE_DRQ;
    if (bmdma_is_started(d->ch->bm)) {
        ide_dma_start(d);
    }
}

/* Other commands */

static void on_flush(void *opaque, int result)
{
    IDEDrive *d = opaque;

    d->req = NULL;
    if (result < 0) {
        ide_fail(d, ide_error_of(result));
    } else {
        ide_finish(d);
    }
}

static void set_features(IDEDrive *d)
{
    switch (d->feature) {
    case 0x02:
    case 0x82:
        d->write_cache = d->feature == 0x02;
        break;
    case 0x03:                          /* transfer mode */
        if (d->count >> 3 > 1 && d->count >> 3 != 4 && d->count >> 3 != 8) {
            ide_fail(d, IDE_ABORT);
            return;
        }
        d->transfer_mode = d->count;
        break;
    case 0x05: case 0x85:               /* power management */
    case 0x42: case 0xc2:               /* acoustics */
    case 0x55: case 0xaa:               /* look-ahead */
    case 0x66: case 0xcc:               /* defaults over reset */
    case 0x69: case 0x67: case 0x96: case 0x9a:
        break;
    default:
        ide_fail(d, IDE_ABORT);
        return;
    }
    ide_finish(d);
}

static void native_max(IDEDrive *d, bool ext)
{
    uint64_t last = d->sectors - 1;

    d->lba48 = ext;
    if (!ext) {
        last = MIN(last, 0x0ffffffe);
        d->select |= IDE_DEV_LBA;
    }
    put_address(d, last);
    ide_finish(d);
}

static void verify(IDEDrive *d, bool lba48)
{
    if (!get_range(d, lba48)) {
        ide_fail(d, IDE_NOT_FOUND | IDE_ABORT);
        return;
    }
    put_address(d, d->next + d->left - 1);
    ide_finish(d);
}

static void diagnose(IDEChannel *ch)
{
    ch->unit = 0;
    ide_drive_reset(&ch->drives[0]);
    ide_drive_reset(&ch->drives[1]);
    ide_set_irq(ch, true);
}

/* Commands that only move data. */
static const struct {
    uint8_t code;
    bool dma, write, ext, multiple;
} transfers[] = {
    { 0x20 }, { 0x21 },
    { 0x24, .ext = true },
    { 0x25, .dma = true, .ext = true },
    { 0x29, .ext = true, .multiple = true },
    { 0x30, .write = true }, { 0x31, .write = true },
    { 0x34, .write = true, .ext = true },
    { 0x35, .dma = true, .write = true, .ext = true },
    { 0x39, .write = true, .ext = true, .multiple = true },
    { 0x3d, .dma = true, .write = true, .ext = true },      /* FUA */
    { 0xc4, .multiple = true },
    { 0xc5, .write = true, .multiple = true },
    { 0xc8, .dma = true }, { 0xc9, .dma = true },
    { 0xca, .dma = true, .write = true }, { 0xcb, .dma = true, .write = true },
    { 0xce, .write = true, .ext = true, .multiple = true }, /* FUA */
};

static bool transfer_command(IDEDrive *d, uint8_t command)
{
    for (size_t i = 0; i < ARRAY_SIZE(transfers); i++) {
        if (transfers[i].code != command) {
            continue;
        }
        if (transfers[i].dma) {
            start_dma(d, transfers[i].write, transfers[i].ext);
        } else {
            start_pio(d, transfers[i].write, transfers[i].ext,
                      transfers[i].multiple);
        }
        return true;
    }
    return false;
}

static void disk_command(IDEDrive *d, uint8_t command)
{
    if (transfer_command(d, command)) {
        return;
    }
    switch (command) {
    case 0x10 ... 0x1f:                 /* recalibrate */
    case 0x70 ... 0x7f:                 /* seek */
    case 0x91:                          /* geometry: ours stays */
        ide_finish(d);
        break;
    case 0x27:
        native_max(d, true);
        break;
    case 0x40: case 0x41:
        verify(d, false);
        break;
    case 0x42:
        verify(d, true);
        break;
    case 0xc6:                          /* set multiple */
        if (d->count > IDE_MULTIPLE || (d->count & (d->count - 1))) {
            ide_fail(d, IDE_ABORT);
            break;
        }
        d->multiple = d->count;
        ide_finish(d);
        break;
    case 0xe7: case 0xea:
        ide_submit(d, BLOCK_FLUSH, 0, 0, on_flush);
        break;
    case 0xec:
        ide_identify(d);
        ide_transfer(d, IDE_SECTOR, XFER_DATA_IN);
        ide_set_irq(d->ch, true);
        break;
    case 0xf8:
        native_max(d, false);
        break;
    default:
        ide_fail(d, IDE_ABORT);
    }
}

static void cdrom_command(IDEDrive *d, uint8_t command)
{
    switch (command) {
    case 0x08:                          /* device reset */
        ide_drive_reset(d);
        break;
    case 0xa0:                          /* packet */
        if (d->feature & 2) {
            ide_fail(d, IDE_ABORT);     /* no overlap */
            break;
        }
        ide_transfer(d, sizeof(d->packet), XFER_PACKET);
        d->count = 1;                   /* command, from the host */
        break;
    case 0xa1:
        ide_identify_packet(d);
        ide_transfer(d, IDE_SECTOR, XFER_DATA_IN);
        ide_set_irq(d->ch, true);
        break;
    case 0xec: case 0x20:               /* "I am an ATAPI device" */
        ide_signature(d);
        ide_fail(d, IDE_ABORT);
        break;
    default:
        ide_fail(d, IDE_ABORT);
    }
}

void ide_command(IDEDrive *d, uint8_t command)
{
    switch (command) {
    case 0x90:
        diagnose(d->ch);
        break;
    case 0xef:
        set_features(d);
        break;
    case 0xe5: case 0x98:               /* power mode: active */
        d->count = 0xff;
        ide_finish(d);
        break;
    case 0xe0 ... 0xe3: case 0xe6:      /* idle, standby, sleep */
    case 0x94 ... 0x97: case 0x99:
        ide_finish(d);
        break;
    default:
        if (d->cdrom) {
            cdrom_command(d, command);
        } else {
            disk_command(d, command);
        }
    }
}
