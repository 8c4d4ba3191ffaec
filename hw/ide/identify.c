/* SPDX-License-Identifier: MIT */
/* IDENTIFY DEVICE and IDENTIFY PACKET DEVICE data: ATA/ATAPI-7 vol. 1, 6.17
 * and 6.18. */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"

static void put_word(IDEDrive *d, unsigned word, uint16_t v)
{
    d->buf[2 * word] = v;
    d->buf[2 * word + 1] = v >> 8;
}

/* Two characters a word, the first one high, padded with spaces. */
static void put_text(IDEDrive *d, unsigned word, const char *text, unsigned n)
{
    size_t len = strlen(text);

    for (unsigned i = 0; i < n; i++) {
        d->buf[2 * word + (i ^ 1)] = i < len ? text[i] : ' ';
    }
}

static void put_modes(IDEDrive *d)
{
    uint8_t mode = d->transfer_mode;

    put_word(d, 53, 7);
    put_word(d, 63, 7 | (mode >> 3 == 4 ? 0x100 << (mode & 7) : 0));
    put_word(d, 64, 3);
    for (int i = 65; i <= 68; i++) {
        put_word(d, i, 120);
    }
    put_word(d, 88, 0x3f | (mode >> 3 == 8 ? 0x100 << (mode & 7) : 0));
    put_word(d, 93, 1 | 0x4000 | 0x2000);       /* 80-wire cable */
}

void ide_identify(IDEDrive *d)
{
    uint64_t chs = (uint64_t)d->cylinders * d->heads * d->secs;
    uint32_t lba28 = MIN(d->sectors, 0x0fffffff);

    memset(d->buf, 0, IDE_SECTOR);
    put_word(d, 0, 0x0040);
    put_word(d, 1, d->cylinders);
    put_word(d, 3, d->heads);
    put_word(d, 6, d->secs);
    put_text(d, 10, d->serial, 20);
    put_word(d, 20, 3);
    put_word(d, 21, 512);
    put_word(d, 22, 4);
    put_text(d, 23, d->version, 8);
    put_text(d, 27, d->model, 40);
    put_word(d, 47, 0x8000 | IDE_MULTIPLE);
    put_word(d, 48, 1);
    put_word(d, 49, 0x0f00);            /* DMA, LBA, IORDY */
    put_word(d, 51, 0x200);
    put_word(d, 52, 0x200);
    put_word(d, 54, d->cylinders);
    put_word(d, 55, d->heads);
    put_word(d, 56, d->secs);
    put_word(d, 57, chs);
    put_word(d, 58, chs >> 16);
    put_word(d, 59, d->multiple ? 0x100 | d->multiple : 0);
    put_word(d, 60, lba28);
    put_word(d, 61, lba28 >> 16);
    put_modes(d);
    put_word(d, 80, 0xf0);              /* ATA-4 to ATA-7 */
    put_word(d, 81, 0x16);
    put_word(d, 82, 0x4020);            /* NOP, write cache */
    put_word(d, 83, 0x7400);            /* flush, flush ext, LBA48 */
    put_word(d, 84, 0x4000);
    put_word(d, 85, 0x4000 | (d->write_cache ? 0x20 : 0));
    put_word(d, 86, 0x3400);
    put_word(d, 87, 0x4000);
    for (int i = 0; i < 4; i++) {
        put_word(d, 100 + i, d->sectors >> (16 * i));
    }
}

void ide_identify_packet(IDEDrive *d)
{
    memset(d->buf, 0, IDE_SECTOR);
    put_word(d, 0, 0x8580);             /* CD-ROM, removable, 12 bytes */
    put_text(d, 10, d->serial, 20);
    put_word(d, 20, 3);
    put_word(d, 21, 512);
    put_word(d, 22, 4);
    put_text(d, 23, d->version, 8);
    put_text(d, 27, d->model, 40);
    put_word(d, 48, 1);
    put_word(d, 49, 0x0f00);
    put_modes(d);
    put_word(d, 71, 30);
    put_word(d, 72, 30);
    put_word(d, 80, 0xf0);
    put_word(d, 82, 0x4210);            /* NOP, device reset, packet */
    put_word(d, 83, 0x4000);
    put_word(d, 84, 0x4000);
    put_word(d, 85, 0x4210);
    put_word(d, 87, 0x4000);
}

/* Geometry and names of what is behind the drive. */
void ide_init_drive(IDEDrive *d)
{
    uint64_t cylinders;

    d->sectors = block_size(d->blk) / IDE_SECTOR;
    d->heads = 16;
    d->secs = 63;
    cylinders = d->sectors / (16 * 63);
    d->cylinders = CLAMP(cylinders, 2, 16383);
    d->write_cache = true;
    d->transfer_mode = 8 << 3 | 5;      /* UDMA 5 */
    if (!d->model[0]) {
        g_strlcpy(d->model, d->cdrom ? "QEMU DVD-ROM" : "QEMU HARDDISK",
                  sizeof(d->model));
    }
    if (!d->version[0]) {
        g_strlcpy(d->version, "2.5+", sizeof(d->version));
    }
}
