/* SPDX-License-Identifier: MIT */
/* Intel 82540EM, reception: address filter and descriptors (317453, 3.2). */
#include "util/osdep.h"
#include "hw/net/e1000-int.h"

enum { STATUS_DD = 1, STATUS_EOP = 2, STATUS_IXSM = 4, RAH_VALID = 1u << 31,
       MIN_FRAME = 60, CRC = 4 };

static uint32_t buffer_size(uint32_t rctl)
{
    uint32_t size = 2048 >> (rctl >> 16 & 3);

    return rctl & RCTL_BSEX && (rctl >> 16 & 3) ? size * 16 : size;
}

static uint32_t descriptors(E1000State *s)
{
    return *e1000_reg(s, R_RDLEN) / DESC_SIZE;
}

static uint32_t available(E1000State *s)
{
    uint32_t n = descriptors(s), head = *e1000_reg(s, R_RDH);
    uint32_t tail = *e1000_reg(s, R_RDT);

    if (!n || head >= n || tail >= n) {
        return 0;
    }
    return tail >= head ? tail - head : n - head + tail;
}

bool e1000_can_receive(void *opaque)
{
    E1000State *s = opaque;

    return !s->busy && (*e1000_reg(s, R_RCTL) & RCTL_EN) && available(s) > 0 &&
           pci_can_dma(&s->parent);
}

static bool is_for_us(E1000State *s, const uint8_t *mac)
{
    static const uint8_t shifts[4] = { 4, 3, 2, 0 };
    uint32_t rctl = *e1000_reg(s, R_RCTL), hash;
    static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };

    if ((!(mac[0] & 1) && (rctl & RCTL_UPE)) ||
        ((mac[0] & 1) && (rctl & RCTL_MPE)) ||
        (!memcmp(mac, all, 6) && (rctl & RCTL_BAM))) {
        return true;
    }
    for (int i = 0; i < 16; i++) {
        uint32_t low = s->regs[R_RA / 4 + 2 * i];
        uint32_t high = s->regs[R_RA / 4 + 2 * i + 1];

        if ((high & RAH_VALID) && low == pci_get_long(mac) &&
            (high & 0xffff) == pci_get_word(mac + 4)) {
            return true;
        }
    }
    hash = (mac[4] | mac[5] << 8) >> shifts[rctl >> 12 & 3] & 0xfff;
    return (mac[0] & 1) && (s->regs[R_MTA / 4 + (hash >> 5)] >> (hash & 31) &
                            1);
}

static void put_descriptor(E1000State *s, const uint8_t *data, uint32_t n,
                           uint32_t crc, bool last)
{
    uint32_t *head = e1000_reg(s, R_RDH);
    uint64_t at = (*e1000_reg(s, R_RDBAL) & ~15u) |
                  (uint64_t)*e1000_reg(s, R_RDBAH) << 32;
    uint8_t d[DESC_SIZE];
    uint64_t addr;

    at += (uint64_t)*head * DESC_SIZE;
    pci_dma_rw(&s->parent, at, d, DESC_SIZE, false);
    addr = pci_get_long(d) | (uint64_t)pci_get_long(d + 4) << 32;
    if (addr) {
        pci_dma_rw(&s->parent, addr, (void *)data, n, true);
    }
    pci_set_word(d + 8, n + (last ? crc : 0));
    pci_set_word(d + 10, 0);
    d[12] = STATUS_DD | STATUS_IXSM | (last ? STATUS_EOP : 0);
    d[13] = 0;
    pci_set_word(d + 14, 0);
    pci_dma_rw(&s->parent, at + 8, d + 8, 8, true);
    *head = *head + 1 >= descriptors(s) ? 0 : *head + 1;
}

void e1000_receive(void *opaque, const uint8_t *frame, size_t len)
{
    E1000State *s = opaque;
    uint32_t rctl = *e1000_reg(s, R_RCTL), size = buffer_size(rctl), done = 0;
    uint32_t cause = ICR_RXT0, least;
    uint8_t *padded;

    if (len < 14 || !e1000_can_receive(s) ||
        !is_for_us(s, frame) || (len > 1522 && !(rctl & RCTL_LPE)) ||
        len > 16384) {
        return;
    }
    if ((MAX(len, MIN_FRAME) + size - 1) / size > available(s)) {
        e1000_interrupt(s, ICR_RXO);
        return;
    }
    s->busy = true;
    padded = g_malloc0(MAX(len, MIN_FRAME));
    memcpy(padded, frame, len);
    len = MAX(len, MIN_FRAME);
    while (done < len) {
        uint32_t n = MIN(size, len - done);

        put_descriptor(s, padded + done, n, rctl & RCTL_SECRC ? 0 : CRC,
                       done + n == len);
        done += n;
    }
    g_free(padded);
    s->busy = false;
    least = descriptors(s) >> ((rctl >> 8 & 3) + 1);
    if (available(s) <= least) {
        cause |= ICR_RXDMT0;
    }
    e1000_interrupt(s, cause);
}
