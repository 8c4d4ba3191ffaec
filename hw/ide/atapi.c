/* SPDX-License-Identifier: MIT */
/*
 * ATAPI CD-ROM: packet commands (SFF-8020i, MMC-3) and how their answers
 * travel (ATA/ATAPI-7 vol. 2, "PACKET").
 */
#include "util/osdep.h"
#include "hw/ide/ide-int.h"
#include "util/bytes.h"

enum {
    SENSE_NONE = 0, SENSE_NOT_READY = 2, SENSE_MEDIUM = 3,
    SENSE_ILLEGAL = 5, SENSE_ATTENTION = 6,
    ASC_INVALID_COMMAND = 0x20, ASC_RANGE = 0x21, ASC_INVALID_FIELD = 0x24,
    ASC_CHANGED = 0x28, ASC_NO_MEDIUM = 0x3a, ASC_LOCKED = 0x53,
    ASC_READ_ERROR = 0x11,
    REASON_COMMAND = 1, REASON_TO_HOST = 2,
};

typedef struct AtapiCommand {
    uint8_t op;
    bool needs_medium;
    bool any_time;              /* not held up by a changed medium */
    void (*run)(IDEDrive *d);
} AtapiCommand;

static bool has_medium(const IDEDrive *d)
{
    return !d->tray_open && block_has_medium(d->blk);
}

static uint32_t blocks(const IDEDrive *d)
{
    return MIN(block_size(d->blk) / CD_SECTOR, UINT32_MAX);
}

/* How a command ends. */

static void command_ok(IDEDrive *d)
{
    bool by_dma = d->dma != DMA_NONE;

    d->dma = DMA_NONE;
    d->sense = d->asc = d->ascq = 0;
    d->count = REASON_COMMAND | REASON_TO_HOST;
    if (by_dma) {
        bmdma_done(d->ch->bm, false);
    }
    ide_finish(d);
}

static void command_error(IDEDrive *d, uint8_t sense, uint8_t asc)
{
    bool by_dma = d->dma != DMA_NONE && bmdma_is_started(d->ch->bm);

    d->dma = DMA_NONE;
    d->sense = sense;
    d->asc = asc;
    d->ascq = 0;
    d->count = REASON_COMMAND | REASON_TO_HOST;
    if (by_dma) {
        bmdma_done(d->ch->bm, false);
    }
    ide_fail(d, sense << 4);
}

/* Answers by PIO: pieces of at most the host's byte limit. */

static void next_piece(IDEDrive *d)
{
    uint32_t n = d->bytes_left;

    if (n > d->byte_limit) {
        n = d->byte_limit & ~1u;
    }
    d->end = d->pos + n;
    d->lba[1] = n;
    d->lba[2] = n >> 8;
    d->count = REASON_TO_HOST;
    d->transfer = XFER_ATAPI_IN;
    d->status = IDE_READY | IDE_SEEK | IDE_DRQ;
    d->bytes_left -= n;
    ide_set_irq(d->ch, true);
}

/* An answer of LEN bytes in BUF, of which the host wants MOST. */
static void reply(IDEDrive *d, uint32_t len, uint32_t most)
{
    d->from_disk = false;
    d->left = 0;
    d->pos = 0;
    d->bytes_left = MIN(len, most);
    if (!d->bytes_left) {
        command_ok(d);
    } else if (d->dma == DMA_ATAPI) {
        d->status = IDE_READY | IDE_SEEK | IDE_DRQ;
        if (bmdma_is_started(d->ch->bm)) {
            atapi_dma_start(d);
        }
    } else {
        next_piece(d);
    }
}

static void on_cd_read(void *opaque, int result)
{
    IDEDrive *d = opaque;
    uint32_t bytes = d->chunk * CD_SECTOR;

    d->req = NULL;
    if (result < 0) {
        command_error(d, SENSE_MEDIUM, ASC_READ_ERROR);
        return;
    }
    d->next += d->chunk;
    d->left -= MIN(d->chunk, d->left);
    d->pos = 0;
    if (d->dma == DMA_ATAPI) {
        if (bmdma_rw(d->ch->bm, d->buf, bytes, true) < bytes) {
            bmdma_done(d->ch->bm, true);
            command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        } else if (d->left) {
            atapi_dma_start(d);
        } else {
            command_ok(d);
        }
        return;
    }
    d->bytes_left = bytes;
    next_piece(d);
}

static void read_next(IDEDrive *d)
{
    d->chunk = MIN(d->left, IDE_BUF_SIZE / CD_SECTOR);
    ide_submit(d, BLOCK_READ, d->next * CD_SECTOR, d->chunk * CD_SECTOR,
               on_cd_read);
}

void atapi_continue(IDEDrive *d)
{
    if (d->bytes_left) {
        next_piece(d);
    } else if (d->from_disk && d->left) {
        read_next(d);
    } else {
        command_ok(d);
    }
}

void atapi_dma_start(IDEDrive *d)
{
    if (d->from_disk) {
        read_next(d);
        return;
    }
    bmdma_rw(d->ch->bm, d->buf, d->bytes_left, true);
    d->bytes_left = 0;
    command_ok(d);
}

/* Commands */

static void cmd_nothing(IDEDrive *d)
{
    command_ok(d);
}

static void cmd_request_sense(IDEDrive *d)
{
    uint8_t *b = d->buf;

    memset(b, 0, 18);
    b[0] = 0x70;
    b[2] = d->sense;
    b[7] = 10;
    b[12] = d->asc;
    b[13] = d->ascq;
    reply(d, 18, d->packet[4]);
}

static void cmd_inquiry(IDEDrive *d)
{
    uint8_t *b = d->buf;

    if (d->packet[1] & 3) {             /* no vital product data */
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        return;
    }
    memset(b, ' ', 36);
    b[0] = 5;                           /* CD-ROM */
    b[1] = 0x80;                        /* removable */
    b[2] = 0;
    b[3] = 0x21;
    b[4] = 31;
    b[5] = b[6] = b[7] = 0;
    memcpy(b + 8, "QEMU", 4);
    memcpy(b + 16, "QEMU DVD-ROM", 12);
    memcpy(b + 32, "2.5+", 4);
    reply(d, 36, get_be(d->packet + 3, 2));
}

static void cmd_read_capacity(IDEDrive *d)
{
    put_be(d->buf, MAX(blocks(d), 1) - 1, 4);
    put_be(d->buf + 4, CD_SECTOR, 4);
    reply(d, 8, 8);
}

static void start_read(IDEDrive *d, uint32_t lba, uint32_t n)
{
    uint32_t all = blocks(d);

    if (lba > all || n > all - lba) {
        command_error(d, SENSE_ILLEGAL, ASC_RANGE);
        return;
    }
    if (!n) {
        command_ok(d);
        return;
    }
    d->from_disk = true;
    d->next = lba;
    d->left = n;
    if (d->dma != DMA_ATAPI) {
        read_next(d);
        return;
    }
    d->status = IDE_READY | IDE_SEEK | IDE_DRQ;
    if (bmdma_is_started(d->ch->bm)) {
        atapi_dma_start(d);
    }
}

static void cmd_read(IDEDrive *d)
{
    start_read(d, get_be(d->packet + 2, 4), d->packet[0] == 0x28
               ? get_be(d->packet + 7, 2) : get_be(d->packet + 6, 4));
}

/* READ CD: user data alone, or nothing. */
static void cmd_read_cd(IDEDrive *d)
{
    uint32_t n = get_be(d->packet + 6, 3);
    uint8_t what = d->packet[9] & 0xf8;

    if (!n || !what) {
        command_ok(d);
    } else if (what == 0x10) {
        start_read(d, get_be(d->packet + 2, 4), n);
    } else {
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
    }
}

static void cmd_seek(IDEDrive *d)
{
    if (get_be(d->packet + 2, 4) >= blocks(d)) {
        command_error(d, SENSE_ILLEGAL, ASC_RANGE);
    } else {
        command_ok(d);
    }
}

static void put_msf(uint8_t *p, uint32_t lba, bool msf)
{
    if (msf) {
        lba += 150;
        p[0] = 0;
        p[1] = lba / 75 / 60;
        p[2] = lba / 75 % 60;
        p[3] = lba % 75;
    } else {
        put_be(p, lba, 4);
    }
}

static unsigned put_track(uint8_t *p, uint8_t track, uint32_t lba, bool msf)
{
    memset(p, 0, 8);
    p[1] = 0x14;                        /* data track */
    p[2] = track;
    put_msf(p + 4, lba, msf);
    return 8;
}

/* One data track, and the lead-out (AAh). */
static void cmd_read_toc(IDEDrive *d)
{
    bool msf = d->packet[1] & 2;
    unsigned format = d->packet[2] & 15, start = d->packet[6], len = 4;
    uint8_t *b = d->buf;

    format = format ?: d->packet[9] >> 6;
    if (format == 0 && (start <= 1 || start == 0xaa)) {
        if (start <= 1) {
            len += put_track(b + len, 1, 0, msf);
        }
        len += put_track(b + len, 0xaa, blocks(d), msf);
        b[2] = b[3] = 1;
    } else if (format == 1) {           /* session */
        len += put_track(b + len, 1, 0, msf);
        b[2] = b[3] = 1;
    } else if (format == 2) {           /* raw */
        static const uint8_t points[] = { 0xa0, 0xa1, 0xa2, 1 };

        b[2] = b[3] = 1;
        for (unsigned i = 0; i < ARRAY_SIZE(points); i++, len += 11) {
            memset(b + len, 0, 11);
            b[len] = 1;
            b[len + 1] = 0x14;
            b[len + 3] = points[i];
            b[len + 8] = points[i] < 0xa2 && points[i] > 1 ? 1 : 0;
            if (points[i] == 0xa2) {
                put_msf(b + len + 7, blocks(d), true);
            } else if (points[i] == 1) {
                put_msf(b + len + 7, 0, true);
            }
        }
    } else {
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        return;
    }
    put_be(b, len - 2, 2);
    reply(d, len, get_be(d->packet + 7, 2));
}

static void cmd_get_configuration(IDEDrive *d)
{
    uint8_t *b = d->buf;
    bool dvd = blocks(d) > 1433600 / 4;     /* more than a CD holds */
    uint16_t profile = !has_medium(d) ? 0 : dvd ? 0x10 : 0x08;
    unsigned len = 8;

    memset(b, 0, 64);
    put_be(b + 6, profile, 2);
    put_be(b + len, 0, 2);              /* profile list */
    b[len + 2] = 3;
    b[len + 3] = 8;
    put_be(b + len + 4, 0x10, 2);
    b[len + 6] = profile == 0x10;
    put_be(b + len + 8, 0x08, 2);
    b[len + 10] = profile == 0x08;
    len += 12;
    put_be(b + len, 1, 2);              /* core: ATAPI */
    b[len + 2] = 0x0b;
    b[len + 3] = 8;
    put_be(b + len + 4, 2, 4);
    b[len + 8] = 1;
    len += 12;
    put_be(b + len, 3, 2);              /* removable medium: tray */
    b[len + 2] = 3;
    b[len + 3] = 4;
    b[len + 4] = 0x29;
    len += 8;
    put_be(b, len - 4, 4);
    reply(d, len, get_be(d->packet + 7, 2));
}

static void cmd_event_status(IDEDrive *d)
{
    uint8_t *b = d->buf;

    if (!(d->packet[1] & 1)) {          /* polled alone */
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        return;
    }
    memset(b, 0, 8);
    b[3] = 1 << 4;                      /* media events are supported */
    if (d->packet[4] & 1 << 4) {
        put_be(b, 6, 2);
        b[2] = 4;
        b[4] = d->event;
        b[5] = (d->tray_open ? 1 : 0) | (has_medium(d) ? 2 : 0);
        d->event = 0;
        reply(d, 8, get_be(d->packet + 7, 2));
    } else {
        put_be(b, 2, 2);
        b[2] = 0x80;
        reply(d, 4, get_be(d->packet + 7, 2));
    }
}

static void cmd_mode_sense(IDEDrive *d)
{
    uint8_t *b = d->buf;
    unsigned page = d->packet[2] & 0x3f, len = 8;

    if (d->packet[2] >> 6 == 3) {       /* saved values */
        command_error(d, SENSE_ILLEGAL, 0x39);
        return;
    }
    memset(b, 0, 64);
    b[2] = d->tray_open ? 0x71 : has_medium(d) ? 0x12 : 0x70;
    if (page == 0x01 || page == 0x3f) { /* error recovery */
        b[len] = 1;
        b[len + 1] = 6;
        b[len + 3] = 5;
        len += 8;
    }
    if (page == 0x0e || page == 0x3f) { /* audio */
        b[len] = 0x0e;
        b[len + 1] = 14;
        len += 16;
    }
    if (page == 0x2a || page == 0x3f) { /* capabilities */
        b[len] = 0x2a;
        b[len + 1] = 18;
        b[len + 2] = 0x3b;
        b[len + 4] = 0x70;
        b[len + 5] = 3 << 5;
        b[len + 6] = 0x29 | (d->locked ? 2 : 0);
        put_be(b + len + 8, 706, 2);
        put_be(b + len + 10, 2, 2);
        put_be(b + len + 12, 512, 2);
        put_be(b + len + 14, 706, 2);
        len += 20;
    }
    if (len == 8) {
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        return;
    }
    put_be(b, len - 2, 2);
    reply(d, len, get_be(d->packet + 7, 2));
}

static void cmd_start_stop(IDEDrive *d)
{
    bool start = d->packet[4] & 1, load = d->packet[4] & 2;

    if (load && !start && d->locked) {
        command_error(d, has_medium(d) ? SENSE_ILLEGAL : SENSE_NOT_READY,
                      ASC_LOCKED);
        return;
    }
    if (load) {
        d->tray_open = !start;
        d->event = start ? 2 : 0;
        d->media_changed |= start && has_medium(d);
    }
    command_ok(d);
}

static void cmd_prevent(IDEDrive *d)
{
    d->locked = d->packet[4] & 1;
    command_ok(d);
}

static void cmd_disc_information(IDEDrive *d)
{
    memset(d->buf, 0, 34);
    d->buf[1] = 32;
    d->buf[2] = 0x0e;                   /* complete, closed */
    d->buf[3] = d->buf[4] = d->buf[5] = d->buf[6] = 1;
    d->buf[7] = 0x20;
    reply(d, 34, get_be(d->packet + 7, 2));
}

static void cmd_mechanism(IDEDrive *d)
{
    memset(d->buf, 0, 8);
    d->buf[5] = 1;
    reply(d, 8, get_be(d->packet + 8, 2));
}

static void cmd_dvd_structure(IDEDrive *d)
{
    uint8_t *b = d->buf;

    if (d->packet[7] != 0) {            /* the physical format alone */
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_FIELD);
        return;
    }
    memset(b, 0, 2052);
    put_be(b, 2050, 2);
    b[4] = 1;                           /* DVD-ROM */
    b[5] = 0x0f;
    b[6] = 1;
    put_be(b + 8, 0x30000, 4);
    put_be(b + 12, 0x30000 + MAX(blocks(d), 1) - 1, 4);
    reply(d, 2052, get_be(d->packet + 8, 2));
}

static const AtapiCommand commands[] = {
    { 0x00, true, false, cmd_nothing },         /* test unit ready */
    { 0x03, false, true, cmd_request_sense },
    { 0x12, false, true, cmd_inquiry },
    { 0x1b, false, false, cmd_start_stop },
    { 0x1e, false, false, cmd_prevent },
    { 0x25, true, false, cmd_read_capacity },
    { 0x28, true, false, cmd_read },
    { 0x2b, true, false, cmd_seek },
    { 0x43, true, false, cmd_read_toc },
    { 0x46, false, true, cmd_get_configuration },
    { 0x4a, false, true, cmd_event_status },
    { 0x51, true, false, cmd_disc_information },
    { 0x5a, false, false, cmd_mode_sense },
    { 0xa8, true, false, cmd_read },
    { 0xad, true, false, cmd_dvd_structure },
    { 0xbb, false, false, cmd_nothing },        /* set speed */
    { 0xbd, false, false, cmd_mechanism },
    { 0xbe, true, false, cmd_read_cd },
};

void atapi_packet(IDEDrive *d)
{
    const AtapiCommand *c = NULL;
    uint32_t limit = d->lba[1] | d->lba[2] << 8;

    d->byte_limit = limit > 1 ? MIN(limit, 0xfffe) : 0xfffe;
    d->dma = d->feature & 1 ? DMA_ATAPI : DMA_NONE;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].op == d->packet[0]) {
            c = &commands[i];
        }
    }
    if (!c) {
        command_error(d, SENSE_ILLEGAL, ASC_INVALID_COMMAND);
        return;
    }
    if (d->media_changed && !c->any_time) {
        d->media_changed = false;
        command_error(d, SENSE_ATTENTION, ASC_CHANGED);
        return;
    }
    if (c->needs_medium && !has_medium(d)) {
        command_error(d, SENSE_NOT_READY, ASC_NO_MEDIUM);
        return;
    }
    c->run(d);
}

void atapi_medium_changed(void *opaque)
{
    IDEDrive *d = opaque;

    d->tray_open = false;
    d->event = block_has_medium(d->blk) ? 2 : 3;
    d->media_changed = block_has_medium(d->blk);
}
