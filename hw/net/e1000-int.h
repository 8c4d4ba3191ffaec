/* SPDX-License-Identifier: MIT */
/* Private to hw/net/e1000*.c: Intel 82540EM. */
#ifndef HW_NET_E1000_INT_H
#define HW_NET_E1000_INT_H

#include "hw/pci/pci.h"
#include "net/net.h"
#include "system/timer.h"

/* Registers, by byte offset. */
enum {
    R_CTRL = 0x0000, R_STATUS = 0x0008, R_EECD = 0x0010, R_EERD = 0x0014,
    R_MDIC = 0x0020, R_ICR = 0x00c0, R_ICS = 0x00c8, R_IMS = 0x00d0,
    R_IMC = 0x00d8, R_RCTL = 0x0100, R_TCTL = 0x0400, R_PBA = 0x1000,
    R_RDBAL = 0x2800, R_RDBAH = 0x2804, R_RDLEN = 0x2808, R_RDH = 0x2810,
    R_RDT = 0x2818, R_TDBAL = 0x3800, R_TDBAH = 0x3804, R_TDLEN = 0x3808,
    R_TDH = 0x3810, R_TDT = 0x3818, R_STATS = 0x4000, R_STATS_END = 0x4100,
    R_MTA = 0x5200, R_RA = 0x5400, R_END = 0x6000,
};
enum {
    CTRL_RST = 1 << 26, CTRL_PHY_RST = 1u << 31,
    STATUS_FD = 1, STATUS_LU = 2, STATUS_1000 = 0x80,
    ICR_TXDW = 0x01, ICR_TXQE = 0x02, ICR_LSC = 0x04, ICR_RXDMT0 = 0x10,
    ICR_RXO = 0x40, ICR_RXT0 = 0x80, ICR_MDAC = 0x200, ICR_ASSERTED = 1u << 31,
    RCTL_EN = 0x02, RCTL_UPE = 0x08, RCTL_MPE = 0x10, RCTL_LPE = 0x20,
    RCTL_BAM = 0x8000, RCTL_BSEX = 1 << 25, RCTL_SECRC = 1 << 26,
    TCTL_EN = 0x02,
};
#define E1000_PACKET_MAX 65792
#define DESC_SIZE 16

/* Checksums and segmentation, as a context descriptor sets them up. */
typedef struct TxContext {
    uint8_t ipcss, ipcso, tucss, tucso, hdrlen;
    uint16_t ipcse, tucse, mss;
    bool ip4, tcp;
} TxContext;

typedef struct E1000State {
    PCIDevice parent;
    MemoryRegion mmio, io;
    NetCard card;
    uint32_t regs[R_END / 4];
    uint16_t phy[32], eeprom[64];
    uint32_t io_addr;
    /* The serial EEPROM's wires. */
    uint16_t ee_in, ee_out;
    uint8_t ee_count;
    bool ee_reading;
    /* The packet being collected. */
    TxContext tx;
    uint8_t packet[E1000_PACKET_MAX];
    uint32_t packet_len;
    uint8_t tx_options;
    bool tx_segment, tx_first, tx_bad;
    bool busy;                  /* descriptors that are our registers */
    unsigned tx_work;           /* of the turn under way */
    Timer tx_timer;             /* the next turn */
    char *netdev, *mac_text;
    int32_t bootindex;
} E1000State;

static inline uint32_t *e1000_reg(E1000State *s, unsigned at)
{
    return &s->regs[at / 4];
}
void e1000_interrupt(E1000State *s, uint32_t cause);

/* e1000-tx.c */
void e1000_transmit(E1000State *s);
/* e1000-rx.c */
bool e1000_can_receive(void *opaque);
void e1000_receive(void *opaque, const uint8_t *frame, size_t len);

#endif
