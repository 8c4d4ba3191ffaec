/* SPDX-License-Identifier: MIT */
/*
 * Intel 82540EM, transmission: descriptors, checksums, TCP segmentation ("PCI/
 * PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual",
 * 317453, chapter 3.3 on).
 */
#include "util/osdep.h"
#include "hw/net/e1000-int.h"
#include "util/bytes.h"

enum {
    CMD_EOP = 0x01, CMD_IC = 0x04, CMD_TSE = 0x04, CMD_RS = 0x08,
    CMD_DEXT = 0x20, STATUS_DD = 0x01,
    TUCMD_TCP = 0x01, TUCMD_IP = 0x02,
    OPT_IXSM = 1, OPT_TXSM = 2,
    TCP_FIN_PSH = 0x09,
};
/*
 * Descriptors and frames at once: a full ring of segmented packets is
 * millions.  The rest comes after others had their turn.
 */
enum { TX_TURN = 4096, TX_PAUSE_NS = 20000 };

/* The Internet checksum of [START, END] (END 0: all) at AT. */
static void put_sum(uint8_t *frame, uint32_t len, uint32_t at, uint32_t start,
                    uint32_t end)
{
    uint32_t sum = 0;

    if (end && end + 1 < len) {
        len = end + 1;
    }
    if (start >= len || at + 2 > len) {
        return;
    }
    for (uint32_t i = start; i < len; i++) {
        sum += (i - start) & 1 ? frame[i] : frame[i] << 8;
    }
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    put_be(frame + at, ~sum, 2);
}

static void send(E1000State *s, uint8_t *frame, uint32_t len)
{
    s->tx_work++;
    if (len >= 14) {
        net_send(&s->card, frame, len);
    }
}

static void add_checksums(E1000State *s, uint8_t *frame, uint32_t len)
{
    const TxContext *c = &s->tx;

    if (s->tx_options & OPT_TXSM) {
        put_sum(frame, len, c->tucso, c->tucss, c->tucse);
    }
    if (s->tx_options & OPT_IXSM) {
        put_sum(frame, len, c->ipcso, c->ipcss, c->ipcse);
    }
}

/* The pseudo header's sum in the packet lacks the length. */
static void add_length(uint8_t *field, uint32_t n)
{
    uint32_t sum = get_be(field, 2) + n;

    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    put_be(field, sum, 2);
}

/* 3.5: the N-th segment's headers. */
static void fix_headers(const TxContext *c, uint8_t *f, uint32_t len,
                        uint32_t offset, unsigned n, bool last)
{
    uint32_t seq;

    if (c->ip4) {
        put_be(f + c->ipcss + 2, len - c->ipcss, 2);
        put_be(f + c->ipcss + 4, get_be(f + c->ipcss + 4, 2) + n, 2);
    } else {
        put_be(f + c->ipcss + 4, len - c->ipcss - 40, 2);
    }
    if (c->tcp) {
        seq = get_be(f + c->tucss + 4, 4) + offset;
        put_be(f + c->tucss + 4, seq, 4);
        if (!last) {
            f[c->tucss + 13] &= ~TCP_FIN_PSH;
        }
    } else {
        put_be(f + c->tucss + 4, len - c->tucss, 2);
    }
    add_length(f + c->tucso, len - c->tucss);
}

static void send_segments(E1000State *s)
{
    const TxContext *c = &s->tx;
    uint32_t hdr = c->hdrlen, payload;
    uint8_t *frame;
    unsigned n = 0;

    /* All fields must lie in the headers. */
    if (!c->mss || hdr < 14 || s->packet_len <= hdr || c->ipcss + 8u > hdr ||
        c->tucss + (c->tcp ? 14u : 6u) > hdr || c->tucso + 2u > hdr) {
        return;
    }
    payload = s->packet_len - hdr;
    frame = g_malloc(hdr + MIN(c->mss, payload));
    for (uint32_t at = 0; at < payload; at += c->mss, n++) {
        uint32_t part = MIN(c->mss, payload - at);

        memcpy(frame, s->packet, hdr);
        memcpy(frame + hdr, s->packet + hdr + at, part);
        fix_headers(c, frame, hdr + part, at, n, at + part == payload);
        add_checksums(s, frame, hdr + part);
        send(s, frame, hdr + part);
    }
    g_free(frame);
}

static void end_packet(E1000State *s)
{
    if (s->tx_bad) {
        return;
    }
    if (s->tx_segment) {
        send_segments(s);
    } else {
        add_checksums(s, s->packet, s->packet_len);
        send(s, s->packet, s->packet_len);
    }
}

static void set_context(E1000State *s, const uint8_t *d)
{
    uint32_t cmd = pci_get_long(d + 8);

    s->tx = (TxContext){
        .ipcss = d[0], .ipcso = d[1], .ipcse = pci_get_word(d + 2),
        .tucss = d[4], .tucso = d[5], .tucse = pci_get_word(d + 6),
        .tcp = cmd >> 24 & TUCMD_TCP, .ip4 = cmd >> 24 & TUCMD_IP,
        .hdrlen = d[13], .mss = pci_get_word(d + 14),
    };
}

static void take_data(E1000State *s, const uint8_t *d, bool extended)
{
    uint32_t lower = pci_get_long(d + 8);
    uint32_t len = extended ? lower & 0xfffff : lower & 0xffff;
    uint64_t addr = pci_get_long(d) | (uint64_t)pci_get_long(d + 4) << 32;

    if (s->tx_first) {
        s->packet_len = 0;
        s->tx_bad = false;
        s->tx_options = extended ? d[13] : 0;
        s->tx_segment = extended && (lower >> 24 & CMD_TSE);
        s->tx_first = false;
    }
    if (len > E1000_PACKET_MAX - s->packet_len) {
        s->tx_bad = true;               /* dropped at its end */
    } else {
        pci_dma_rw(&s->parent, addr, s->packet + s->packet_len, len, false);
        s->packet_len += len;
    }
    if (lower >> 24 & CMD_EOP) {
        if (!extended && (lower >> 24 & CMD_IC)) {
            put_sum(s->packet, s->packet_len, d[10], d[13], 0);
        }
        end_packet(s);
        s->tx_first = true;
    }
}

void e1000_transmit(E1000State *s)
{
    uint32_t *head = e1000_reg(s, R_TDH), n = *e1000_reg(s, R_TDLEN) / 16;
    uint32_t tail = *e1000_reg(s, R_TDT), cause = ICR_TXQE;
    uint64_t base = *e1000_reg(s, R_TDBAL) & ~15u;

    base |= (uint64_t)*e1000_reg(s, R_TDBAH) << 32;
    if (!(*e1000_reg(s, R_TCTL) & TCTL_EN) || tail >= n || s->busy ||
        !pci_can_dma(&s->parent)) {
        return;
    }
    s->busy = true;
    for (s->tx_work = 0; s->tx_work < TX_TURN && *head != tail; s->tx_work++) {
        uint64_t at = base + (uint64_t)*head * DESC_SIZE;
        uint8_t d[DESC_SIZE];
        uint32_t lower;
        bool extended;

        pci_dma_rw(&s->parent, at, d, DESC_SIZE, false);
        lower = pci_get_long(d + 8);
        extended = lower >> 24 & CMD_DEXT;
        if (extended && (lower >> 20 & 15) == 0) {
            set_context(s, d);
        } else {
            take_data(s, d, extended);
        }
        if (lower >> 24 & CMD_RS) {
            d[12] |= STATUS_DD;
            pci_dma_rw(&s->parent, at + 12, d + 12, 1, true);
            cause |= ICR_TXDW;
        }
        *head = *head + 1 >= n ? 0 : *head + 1;
    }
    s->busy = false;
    if (*head != tail) {
        timer_mod_ns(&s->tx_timer,
                     clock_get_ns(CLOCK_TYPE_VIRTUAL) + TX_PAUSE_NS);
        cause &= ~ICR_TXQE;
    }
    e1000_interrupt(s, cause);
    net_accept_frames(&s->card);        /* answers that came meanwhile */
}
