/* SPDX-License-Identifier: MIT */
/* Private to hw/ide: drives, channels, bus mastering. */
#ifndef HW_IDE_IDE_INT_H
#define HW_IDE_IDE_INT_H

#include "block/block.h"
#include "hw/ide/ide.h"

enum {
    IDE_ERR = 0x01, IDE_DRQ = 0x08, IDE_SEEK = 0x10, IDE_READY = 0x40,
    IDE_BUSY = 0x80,
    IDE_ABORT = 0x04, IDE_NOT_FOUND = 0x10, IDE_UNCORRECTABLE = 0x40,
    IDE_DEV_SLAVE = 0x10, IDE_DEV_LBA = 0x40,
    IDE_CTL_NIEN = 0x02, IDE_CTL_RESET = 0x04, IDE_CTL_HOB = 0x80,
    IDE_SECTOR = 512, IDE_MULTIPLE = 16, CD_SECTOR = 2048,
    /* As much is moved at once; a multiple of all sector sizes. */
    IDE_BUF_SIZE = 256 * 1024,
};

/* What happens when the bytes between host and drive are through. */
typedef enum IDETransfer {
    XFER_NONE,
    XFER_DATA_IN,               /* identify data and the like: nothing more */
    XFER_READ,
    XFER_WRITE,
    XFER_PACKET,                /* a command packet comes in */
    XFER_ATAPI_IN,
} IDETransfer;

typedef enum IDEDma { DMA_NONE, DMA_READ, DMA_WRITE, DMA_ATAPI } IDEDma;

typedef struct IDEChannel IDEChannel;
typedef struct BMDMA BMDMA;

typedef struct IDEDrive {
    IDEChannel *ch;
    BlockBackend *blk;          /* NULL: nobody there */
    bool cdrom;
    char serial[21], model[41], version[9];
    uint64_t sectors;
    uint16_t cylinders;
    uint8_t heads, secs;
    /* Task file; "hob" are the bytes written before. */
    uint8_t feature, error, count, select, status;
    uint8_t lba[3], hob_lba[3], hob_count, hob_feature;
    uint8_t multiple;
    uint8_t transfer_mode;
    bool write_cache;
    /* The transfer under way. */
    uint8_t *buf;
    uint32_t pos, end;
    uint8_t transfer;           /* IDETransfer */
    uint8_t dma;                /* IDEDma */
    bool lba48;
    uint64_t next;              /* sector */
    uint32_t left;              /* sectors */
    uint32_t chunk;             /* sectors in BUF */
    uint32_t per_irq;
    uint32_t fetched;           /* PIO reads: sectors from NEXT on in BUF */
    BlockRequest *req;
    /* ATAPI */
    uint8_t packet[12];
    uint8_t sense, asc, ascq;
    uint8_t event;              /* media event to tell: 2 new, 3 gone */
    bool tray_open, locked, media_changed;
    uint32_t bytes_left;        /* of an answer; from the drive: LEFT too */
    uint32_t byte_limit;
    bool from_disk;
} IDEDrive;

struct IDEChannel {
    IDEDrive drives[2];
    uint8_t unit;               /* the one selected */
    uint8_t control;
    qemu_irq irq;               /* borrowed */
    bool irq_level;
    BMDMA *bm;
    MemoryRegion command_io, control_io;
};

struct IDEBus {
    BusState parent;
    IDEChannel *ch;
};

/* Bus master interface: 82371SB, 2.7 ("PCI bus master IDE registers"). */
struct BMDMA {
    uint8_t command, status;
    uint32_t prd;               /* base */
    uint32_t next_prd;
    uint32_t addr, bytes;       /* of the current descriptor */
    bool last;
    PCIDevice *pci;
    IDEChannel *ch;
    MemoryRegion io;
};

static inline IDEDrive *ide_selected(IDEChannel *ch)
{
    return &ch->drives[ch->unit];
}

/* core.c */
void ide_channel_init(IDEChannel *ch, Object *owner, qemu_irq irq, BMDMA *bm);
void ide_channel_reset(IDEChannel *ch);
void ide_drive_reset(IDEDrive *d);
void ide_set_irq(IDEChannel *ch, bool level);
void ide_finish(IDEDrive *d);                   /* status good, interrupt */
void ide_fail(IDEDrive *d, uint8_t error);
void ide_signature(IDEDrive *d);
/* BUF's first LEN bytes go to (or come from) the data port. */
void ide_transfer(IDEDrive *d, uint32_t len, IDETransfer kind);
extern const VMStateDescription vmstate_ide_channel;

/* ata.c */
void ide_command(IDEDrive *d, uint8_t command);
void ide_transfer_done(IDEDrive *d);
/* The bus master was started with a DMA command waiting. */
void ide_dma_start(IDEDrive *d);
void ide_cancel(IDEDrive *d);
void ide_submit(IDEDrive *d, BlockRequestKind kind, uint64_t offset,
                uint32_t bytes, BlockCompletion *done);
uint32_t ide_error_of(int result);

/* identify.c */
void ide_identify(IDEDrive *d);
void ide_identify_packet(IDEDrive *d);
void ide_init_drive(IDEDrive *d);

/* atapi.c */
void atapi_packet(IDEDrive *d);
void atapi_continue(IDEDrive *d);
void atapi_dma_start(IDEDrive *d);
void atapi_medium_changed(void *opaque);

/* bmdma.c: bytes moved between BUF and the descriptors' memory. */
uint32_t bmdma_rw(BMDMA *bm, uint8_t *buf, uint32_t len, bool to_memory);
bool bmdma_is_started(const BMDMA *bm);
void bmdma_done(BMDMA *bm, bool error);
extern const MemoryRegionOps bmdma_ops;
extern const VMStateDescription vmstate_bmdma;

#endif
