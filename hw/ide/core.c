/* SPDX-License-Identifier: MIT */
/*
 * An IDE channel: its registers (ATA/ATAPI-7 vol. 2, 5), the data port and
 * interrupts.  Both drives see what is written to the task file.
 */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"

enum { REG_DATA, REG_ERROR, REG_COUNT, REG_LBA0, REG_LBA1, REG_LBA2,
       REG_SELECT, REG_STATUS };

void ide_set_irq(IDEChannel *ch, bool level)
{
    ch->irq_level = level;
    if (level && ch->bm) {
        ch->bm->status |= 4;
    }
    qemu_set_irq(ch->irq, level && !(ch->control & IDE_CTL_NIEN));
}

void ide_finish(IDEDrive *d)
{
    d->status = IDE_READY | IDE_SEEK;
    d->error = 0;
    d->transfer = XFER_NONE;
    ide_set_irq(d->ch, true);
}

void ide_fail(IDEDrive *d, uint8_t error)
{
    d->status = IDE_READY | IDE_ERR;
    d->error = error;
    d->transfer = XFER_NONE;
    ide_set_irq(d->ch, true);
}

void ide_signature(IDEDrive *d)
{
    d->select &= ~15;
    d->count = 1;
    d->lba[0] = 1;
    d->lba[1] = d->cdrom ? 0x14 : 0;
    d->lba[2] = d->cdrom ? 0xeb : 0;
}

void ide_transfer(IDEDrive *d, uint32_t len, IDETransfer kind)
{
    d->pos = 0;
    d->end = len;
    d->transfer = kind;
    d->status = IDE_READY | IDE_SEEK | IDE_DRQ;
}

/* Registers */

static void write_task_file(IDEChannel *ch, unsigned reg, uint8_t v)
{
    ch->control &= ~IDE_CTL_HOB;
    for (int i = 0; i < 2; i++) {
        IDEDrive *d = &ch->drives[i];

        switch (reg) {
        case REG_ERROR:
            d->hob_feature = d->feature;
            d->feature = v;
            break;
        case REG_COUNT:
            d->hob_count = d->count;
            d->count = v;
            break;
        case REG_LBA0 ... REG_LBA2:
            d->hob_lba[reg - REG_LBA0] = d->lba[reg - REG_LBA0];
            d->lba[reg - REG_LBA0] = v;
            break;
        default:
            d->select = v | 0xa0;
        }
    }
}

static void write_command(IDEChannel *ch, uint8_t v)
{
    IDEDrive *d = ide_selected(ch);

    /* A busy drive takes a reset of its own, nothing else. */
    if (!d->blk || ((d->status & (IDE_BUSY | IDE_DRQ)) &&
                    !(v == 0x08 && d->cdrom))) {
        return;
    }
    ide_set_irq(ch, false);
    d->error = 0;
    ide_command(d, v);
}

static void command_write(void *opaque, paddr reg, uint64_t v, unsigned size)
{
    IDEChannel *ch = opaque;
    IDEDrive *d = ide_selected(ch);

    if (reg == REG_DATA) {
        if ((d->status & IDE_DRQ) && (d->transfer == XFER_WRITE ||
                                      d->transfer == XFER_PACKET)) {
            for (unsigned i = 0; i < size && d->pos < d->end; i++) {
                d->buf[d->pos++] = v >> (8 * i);
            }
            if (d->pos >= d->end) {
                ide_transfer_done(d);
            }
        }
        return;
    }
    if (size != 1) {
        return;
    }
    if (reg == REG_STATUS) {
        write_command(ch, v);
        return;
    }
    write_task_file(ch, reg, v);
    if (reg == REG_SELECT) {
        ch->unit = v & IDE_DEV_SLAVE ? 1 : 0;
    }
}

static uint64_t read_data(IDEDrive *d, unsigned size)
{
    uint32_t v = 0;

    if (!(d->status & IDE_DRQ) || d->transfer == XFER_WRITE ||
        d->transfer == XFER_PACKET) {
        return 0;
    }
    for (unsigned i = 0; i < size && d->pos < d->end; i++) {
        v |= (uint32_t)d->buf[d->pos++] << (8 * i);
    }
    if (d->pos >= d->end) {
        ide_transfer_done(d);
    }
    return v;
}

static uint8_t status_of(const IDEChannel *ch)
{
    const IDEDrive *d = &ch->drives[ch->unit];

    return d->blk ? d->status : 0;
}

static uint64_t command_read(void *opaque, paddr reg, unsigned size)
{
    IDEChannel *ch = opaque;
    IDEDrive *d = ide_selected(ch);
    bool hob = ch->control & IDE_CTL_HOB, any;

    if (reg == REG_DATA) {
        return read_data(d, size);
    }
    any = ch->drives[0].blk || ch->drives[1].blk;
    if (size != 1 || !any) {
        return size == 1 && reg != REG_STATUS ? 0xff : 0;
    }
    switch (reg) {
    case REG_ERROR:
        return hob ? d->hob_feature : d->error;
    case REG_COUNT:
        return hob ? d->hob_count : d->count;
    case REG_LBA0 ... REG_LBA2:
        return hob ? d->hob_lba[reg - REG_LBA0] : d->lba[reg - REG_LBA0];
    case REG_SELECT:
        return d->select;
    default:
        ide_set_irq(ch, false);
        return status_of(ch);
    }
}

static void control_write(void *opaque, paddr reg, uint64_t v, unsigned size)
{
    IDEChannel *ch = opaque;
    uint8_t old = ch->control;

    ch->control = v;
    if ((v & IDE_CTL_RESET) && !(old & IDE_CTL_RESET)) {
        for (int i = 0; i < 2; i++) {
            ide_drive_reset(&ch->drives[i]);
            ch->drives[i].status = IDE_BUSY | IDE_SEEK;
            ch->drives[i].error = 1;
        }
        ch->unit = 0;
    } else if (!(v & IDE_CTL_RESET) && (old & IDE_CTL_RESET)) {
        for (int i = 0; i < 2; i++) {
            IDEDrive *d = &ch->drives[i];

            d->status = d->cdrom ? 0 : IDE_READY | IDE_SEEK;
            d->select = 0xa0;
            ide_signature(d);
        }
    }
    qemu_set_irq(ch->irq, ch->irq_level && !(v & IDE_CTL_NIEN));
}

static uint64_t control_read(void *opaque, paddr reg, unsigned size)
{
    return status_of(opaque);
}

static const MemoryRegionOps command_ops = {
    .read = command_read,
    .write = command_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
};

static const MemoryRegionOps control_ops = {
    .read = control_read,
    .write = control_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

/* A drive's life */

void ide_drive_reset(IDEDrive *d)
{
    ide_cancel(d);
    d->transfer = XFER_NONE;
    d->dma = DMA_NONE;
    d->pos = d->end = d->left = d->chunk = d->fetched = d->bytes_left = 0;
    d->feature = d->hob_feature = d->hob_count = 0;
    memset(d->hob_lba, 0, sizeof(d->hob_lba));
    d->multiple = IDE_MULTIPLE;
    d->error = 1;                       /* diagnostics passed */
    d->sense = d->asc = d->ascq = 0;
    d->locked = false;
    d->select = 0xa0;
    d->status = d->cdrom ? 0 : IDE_READY | IDE_SEEK;
    ide_signature(d);
}

void ide_channel_reset(IDEChannel *ch)
{
    ch->unit = 0;
    ch->control = 0;
    ide_drive_reset(&ch->drives[0]);
    ide_drive_reset(&ch->drives[1]);
    ide_set_irq(ch, false);
}

void ide_channel_init(IDEChannel *ch, Object *owner, qemu_irq irq, BMDMA *bm)
{
    ch->irq = irq;
    ch->bm = bm;
    bm->ch = ch;
    for (int i = 0; i < 2; i++) {
        ch->drives[i].ch = ch;
        ch->drives[i].buf = g_malloc0(IDE_BUF_SIZE);
    }
    memory_region_init_io(&ch->command_io, owner, &command_ops, ch, "ide", 8);
    memory_region_init_io(&ch->control_io, owner, &control_ops, ch,
                          "ide-control", 1);
}

/* What PIO reads take for granted. */
static bool is_pio_possible(const IDEDrive *d)
{
    return d->transfer != XFER_READ ||
           (d->per_irq && d->chunk <= d->fetched && d->fetched <= d->left &&
            d->fetched - d->chunk <= (IDE_BUF_SIZE - d->end) / IDE_SECTOR);
}

static bool drive_post_load(void *opaque, int version, GError **errp)
{
    IDEDrive *d = opaque;

    if (d->pos > d->end || d->end > IDE_BUF_SIZE ||
        d->transfer > XFER_ATAPI_IN || d->dma > DMA_ATAPI ||
        d->chunk > IDE_BUF_SIZE / IDE_SECTOR || d->per_irq > 128 ||
        d->multiple > IDE_MULTIPLE || !is_pio_possible(d)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: an IDE drive is in no possible state");
        return false;
    }
    return true;
}

static const VMStateDescription vmstate_ide_drive = {
    .name = "ide-drive",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = drive_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(feature, IDEDrive),
        VMSTATE_UINT8(error, IDEDrive),
        VMSTATE_UINT8(count, IDEDrive),
        VMSTATE_UINT8(select, IDEDrive),
        VMSTATE_UINT8(status, IDEDrive),
        VMSTATE_BUFFER(lba, IDEDrive),
        VMSTATE_BUFFER(hob_lba, IDEDrive),
        VMSTATE_UINT8(hob_count, IDEDrive),
        VMSTATE_UINT8(hob_feature, IDEDrive),
        VMSTATE_UINT8(multiple, IDEDrive),
        VMSTATE_UINT8(transfer_mode, IDEDrive),
        VMSTATE_BOOL(write_cache, IDEDrive),
        VMSTATE_UINT32(pos, IDEDrive),
        VMSTATE_UINT32(end, IDEDrive),
        VMSTATE_UINT8(transfer, IDEDrive),
        VMSTATE_UINT8(dma, IDEDrive),
        VMSTATE_BOOL(lba48, IDEDrive),
        VMSTATE_UINT64(next, IDEDrive),
        VMSTATE_UINT32(left, IDEDrive),
        VMSTATE_UINT32(chunk, IDEDrive),
        VMSTATE_UINT32(per_irq, IDEDrive),
        VMSTATE_UINT32(fetched, IDEDrive),
        VMSTATE_BUFFER(packet, IDEDrive),
        VMSTATE_UINT8(sense, IDEDrive),
        VMSTATE_UINT8(asc, IDEDrive),
        VMSTATE_UINT8(ascq, IDEDrive),
        VMSTATE_UINT8(event, IDEDrive),
        VMSTATE_BOOL(tray_open, IDEDrive),
        VMSTATE_BOOL(locked, IDEDrive),
        VMSTATE_BOOL(media_changed, IDEDrive),
        VMSTATE_UINT32(bytes_left, IDEDrive),
        VMSTATE_UINT32(byte_limit, IDEDrive),
        VMSTATE_BOOL(from_disk, IDEDrive),
        VMSTATE_BUFFER_POINTER(buf, IDEDrive, IDE_BUF_SIZE),
        VMSTATE_END
    },
};

static bool channel_post_load(void *opaque, int version, GError **errp)
{
    ((IDEChannel *)opaque)->unit &= 1;
    return true;
}

const VMStateDescription vmstate_ide_channel = {
    .name = "ide-channel",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = channel_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(unit, IDEChannel),
        VMSTATE_UINT8(control, IDEChannel),
        VMSTATE_BOOL(irq_level, IDEChannel),
        VMSTATE_STRUCT_ARRAY(drives, IDEChannel, 2, vmstate_ide_drive,
                             IDEDrive),
        VMSTATE_END
    },
};
