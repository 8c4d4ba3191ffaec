/* SPDX-License-Identifier: MIT */
/*
 * Bus master IDE (82371SB, 2.7; "Programming Interface for Bus Master IDE
 * Controller" 1.0): physical region descriptors.
 */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"

enum {
    CMD_START = 1, CMD_TO_MEMORY = 8,
    STAT_ACTIVE = 1, STAT_ERROR = 2, STAT_IRQ = 4, STAT_DRIVES = 0x60,
};

bool bmdma_is_started(const BMDMA *bm)
{
    return bm->command & CMD_START;
}

static bool next_descriptor(BMDMA *bm)
{
    uint8_t prd[8];

    if (bm->last || pci_dma_rw(bm->pci, bm->next_prd, prd, 8, false)) {
        return false;
    }
    bm->next_prd += 8;
    bm->addr = pci_get_long(prd) & ~1u;
    bm->bytes = pci_get_long(prd + 4) & 0xfffe;
    bm->bytes = bm->bytes ?: 65536;
    bm->last = prd[7] & 0x80;
    return true;
}

uint32_t bmdma_rw(BMDMA *bm, uint8_t *buf, uint32_t len, bool to_memory)
{
    uint32_t done = 0;

    if (!bmdma_is_started(bm)) {
        return 0;
    }
    while (done < len) {
        uint32_t n;

        if (!bm->bytes && !next_descriptor(bm)) {
            break;
        }
        n = MIN(bm->bytes, len - done);
        if (pci_dma_rw(bm->pci, bm->addr, buf + done, n, to_memory) &
            MEMTX_ERROR) {
            break;
        }
        bm->addr += n;
        bm->bytes -= n;
        done += n;
    }
    return done;
}

void bmdma_done(BMDMA *bm, bool error)
{
    /* Active stays while descriptors are left over. */
    if (bm->last && !bm->bytes) {
        bm->status &= ~STAT_ACTIVE;
    }
    if (error) {
        bm->status = (bm->status & ~STAT_ACTIVE) | STAT_ERROR;
    }
}

static void write_command(BMDMA *bm, uint8_t v)
{
    bool was = bmdma_is_started(bm);

    bm->command = v & (CMD_START | CMD_TO_MEMORY);
    if (!was && (v & CMD_START)) {
        bm->status |= STAT_ACTIVE;
        bm->next_prd = bm->prd;
        bm->bytes = 0;
        bm->last = false;
        ide_dma_start(ide_selected(bm->ch));
    } else if (was && !(v & CMD_START)) {
        bm->status &= ~STAT_ACTIVE;
    }
}

static uint64_t bmdma_read(void *opaque, paddr at, unsigned size)
{
    BMDMA *bm = opaque;

    switch (at) {
    case 0:
        return bm->command;
    case 2:
        return bm->status;
    case 4 ... 7:
        return bm->prd >> (8 * (at & 3)) & 0xff;
    default:
        return 0;
    }
}

static void bmdma_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    BMDMA *bm = opaque;
    unsigned shift = 8 * (at & 3);

    switch (at) {
    case 0:
        write_command(bm, v);
        break;
    case 2:
        bm->status = (bm->status & STAT_ACTIVE) | (v & STAT_DRIVES) |
                     (bm->status & ~v & (STAT_ERROR | STAT_IRQ));
        break;
    case 4 ... 7:
        bm->prd = (bm->prd & ~(0xffu << shift)) | (uint32_t)v << shift;
        bm->prd &= ~3u;
        break;
    }
}

const MemoryRegionOps bmdma_ops = {
    .read = bmdma_read,
    .write = bmdma_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 1 },
};

const VMStateDescription vmstate_bmdma = {
    .name = "bmdma",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(command, BMDMA),
        VMSTATE_UINT8(status, BMDMA),
        VMSTATE_UINT32(prd, BMDMA),
        VMSTATE_UINT32(next_prd, BMDMA),
        VMSTATE_UINT32(addr, BMDMA),
        VMSTATE_UINT32(bytes, BMDMA),
        VMSTATE_BOOL(last, BMDMA),
        VMSTATE_END
    },
};
