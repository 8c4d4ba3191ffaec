/* SPDX-License-Identifier: MIT */
/*
 * Intel 82540EM gigabit Ethernet (317453): registers, serial EEPROM, PHY, and
 * the device.  Packets are in e1000-tx.c and e1000-rx.c.
 */
#include "util/osdep.h"
#include "hw/core/bootorder.h"
#include "hw/net/e1000-int.h"

#define TYPE_E1000 "e1000"

enum { MMIO_SIZE = 0x20000, IO_SIZE = 64 };
enum {
    EECD_SK = 1, EECD_CS = 2, EECD_DI = 4, EECD_DO = 8, EECD_REQ = 0x40,
    EECD_GNT = 0x80, EECD_PRES = 0x100,
    EERD_START = 1, EERD_DONE = 0x10,
    MDIC_WRITE = 1, MDIC_READ = 2, MDIC_READY = 1 << 28, MDIC_INT = 1 << 29,
    MDIC_ERROR = 1 << 30,
    PHY_CTRL = 0, PHY_STATUS = 1, PHY_SPECIFIC_STATUS = 17,
};

static const uint16_t phy_reset[32] = {
    [0] = 0x1140, [1] = 0x796d, [2] = 0x0141, [3] = 0x0c20, [4] = 0x0de1,
    [5] = 0xcde1, [6] = 0x000f, [9] = 0x0e00, [10] = 0x3c00, [16] = 0x0360,
    [17] = 0xac08, [20] = 0x0d60,
};

void e1000_interrupt(E1000State *s, uint32_t cause)
{
    uint32_t *icr = e1000_reg(s, R_ICR);

    *icr |= cause;
    *icr = *icr & ~ICR_ASSERTED ? *icr | ICR_ASSERTED : 0;
    pci_set_irq(&s->parent, (*icr & *e1000_reg(s, R_IMS)) != 0);
}

/* Microwire: three bits of command, six of address, then data out. */
static void write_eecd(E1000State *s, uint32_t v)
{
    uint32_t old = *e1000_reg(s, R_EECD);

    *e1000_reg(s, R_EECD) = v & (EECD_SK | EECD_CS | EECD_DI | EECD_REQ);
    if (!(v & EECD_CS) || !(old & EECD_CS)) {
        s->ee_in = s->ee_count = 0;
        s->ee_reading = false;
        s->ee_out = 1;
    }
    if (!(v & EECD_CS) || !(v & EECD_SK) || (old & EECD_SK)) {
        return;
    }
    if (s->ee_reading) {
        unsigned word = s->ee_in & 63, bit = s->ee_count++;

        s->ee_out = s->eeprom[(word + bit / 16) & 63] >> (15 - bit % 16) & 1;
        return;
    }
    s->ee_in = s->ee_in << 1 | (v & EECD_DI ? 1 : 0);
    /* Leading zeroes are not part of the command. */
    if (s->ee_in && ++s->ee_count == 9) {
        s->ee_reading = s->ee_in >> 6 == 6;
        s->ee_count = s->ee_reading ? 0 : 9;
        s->ee_out = 0;
    } else if (s->ee_count > 9) {
        s->ee_count = 9;
    }
}

static uint32_t read_eecd(E1000State *s)
{
    uint32_t v = *e1000_reg(s, R_EECD);

    return v | EECD_PRES | (v & EECD_REQ ? EECD_GNT : 0) |
           (s->ee_out ? EECD_DO : 0);
}

static void write_phy(E1000State *s, unsigned reg, uint16_t v)
{
    if (reg == PHY_CTRL) {
        if (v & 0x8000) {
            memcpy(s->phy, phy_reset, sizeof(s->phy));
        } else {
            s->phy[reg] = v & ~0x0200;
        }
        if (v & 0x8200) {               /* negotiated at once */
            e1000_interrupt(s, ICR_LSC);
        }
    } else if (reg != PHY_STATUS && reg != 2 && reg != 3 &&
               reg != PHY_SPECIFIC_STATUS) {
        s->phy[reg] = v;
    }
}

static uint16_t read_phy(E1000State *s, unsigned reg)
{
    uint16_t v = s->phy[reg];

    if (!net_link_up(&s->card)) {
        v &= reg == PHY_STATUS ? ~0x0024 : reg == PHY_SPECIFIC_STATUS ? ~0x0400
                                                                     : 0xffff;
    }
    return v;
}

static void write_mdic(E1000State *s, uint32_t v)
{
    unsigned reg = v >> 16 & 31, op = v >> 26 & 3;
    uint32_t out = v & ~(MDIC_READY | MDIC_ERROR);

    if ((v >> 21 & 31) != 1) {
        out |= MDIC_ERROR;
    } else if (op == MDIC_READ) {
        out = (out & ~0xffffu) | read_phy(s, reg);
    } else if (op == MDIC_WRITE) {
        write_phy(s, reg, v);
    }
    *e1000_reg(s, R_MDIC) = out | MDIC_READY;
    if (v & MDIC_INT) {
        e1000_interrupt(s, ICR_MDAC);
    }
}

static void reset_registers(E1000State *s)
{
    memset(s->regs, 0, sizeof(s->regs));
    memcpy(s->phy, phy_reset, sizeof(s->phy));
    s->tx_first = true;
    s->packet_len = 0;
    s->ee_reading = false;
    s->ee_count = 0;
    s->ee_out = 1;
    memset(&s->tx, 0, sizeof(s->tx));
    timer_del(&s->tx_timer);
    *e1000_reg(s, R_PBA) = 0x00100030;
    s->regs[R_RA / 4] = pci_get_long(s->card.mac);
    s->regs[R_RA / 4 + 1] = 1u << 31 | pci_get_word(s->card.mac + 4);
    pci_set_irq(&s->parent, 0);
}

static uint32_t read_status(E1000State *s)
{
    return STATUS_FD | STATUS_1000 | (net_link_up(&s->card) ? STATUS_LU : 0);
}

static uint64_t mmio_read(void *opaque, paddr at, unsigned size)
{
    E1000State *s = opaque;
    uint32_t v;

    if (at >= R_END) {
        return 0;
    }
    switch (at) {
    case R_STATUS:
        return read_status(s);
    case R_EECD:
        return read_eecd(s);
    case R_ICR:
        v = *e1000_reg(s, R_ICR);
        *e1000_reg(s, R_ICR) = 0;
        e1000_interrupt(s, 0);
        return v;
    case R_ICS:
    case R_IMC:
        return 0;
    case R_STATS ... R_STATS_END - 4:
        return 0;                       /* nobody counts */
    default:
        return *e1000_reg(s, at);
    }
}

static void mmio_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    E1000State *s = opaque;

    if (at >= R_END) {
        return;
    }
    switch (at) {
    case R_CTRL:
        if (v & CTRL_RST) {
            reset_registers(s);
        }
        *e1000_reg(s, at) = v & ~(CTRL_RST | CTRL_PHY_RST);
        break;
    case R_STATUS:
        break;
    case R_EECD:
        write_eecd(s, v);
        break;
    case R_EERD:
        *e1000_reg(s, at) = v & EERD_START
            ? (v & 0xff00) | EERD_DONE |
              (uint32_t)s->eeprom[v >> 8 & 63] << 16 : v & 0xffff;
        break;
    case R_MDIC:
        write_mdic(s, v);
        break;
    case R_ICR:
        *e1000_reg(s, at) &= ~v;
        e1000_interrupt(s, 0);
        break;
    case R_ICS:
        e1000_interrupt(s, v);
        break;
    case R_IMS:
        *e1000_reg(s, at) |= v;
        e1000_interrupt(s, 0);
        break;
    case R_IMC:
        *e1000_reg(s, R_IMS) &= ~v;
        e1000_interrupt(s, 0);
        break;
    case R_RCTL:
    case R_RDT:
        *e1000_reg(s, at) = at == R_RDT ? v & 0xffff : v;
        net_accept_frames(&s->card);
        break;
    case R_RDLEN:
    case R_TDLEN:
        *e1000_reg(s, at) = v & 0xfff80;
        break;
    case R_RDH:
    case R_TDH:
        *e1000_reg(s, at) = v & 0xffff;
        break;
    case R_TDT:
    case R_TCTL:
        *e1000_reg(s, at) = at == R_TDT ? v & 0xffff : v;
        e1000_transmit(s);
        break;
    default:
        *e1000_reg(s, at) = v;
    }
}

static const MemoryRegionOps mmio_ops = {
    .read = mmio_read,
    .write = mmio_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

/* IOADDR and IODATA: the same registers through two ports. */
static uint64_t io_read(void *opaque, paddr at, unsigned size)
{
    E1000State *s = opaque;

    return at == 0 ? s->io_addr : at == 4 ? mmio_read(s, s->io_addr & ~3u, 4)
                                          : 0;
}

static void io_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    E1000State *s = opaque;

    if (at == 0) {
        s->io_addr = v & (MMIO_SIZE - 1);
    } else if (at == 4) {
        mmio_write(s, s->io_addr & ~3u, v, 4);
    }
}

static const MemoryRegionOps io_ops = {
    .read = io_read,
    .write = io_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void fill_eeprom(E1000State *s)
{
    uint16_t sum = 0;

    for (int i = 0; i < 3; i++) {
        s->eeprom[i] = pci_get_word(s->card.mac + 2 * i);
    }
    s->eeprom[10] = 0x4408;             /* 82540EM: control words */
    s->eeprom[11] = PCI_SUBSYSTEM_QEMU;
    s->eeprom[12] = PCI_VENDOR_REDHAT;
    s->eeprom[13] = 0x100e;
    s->eeprom[14] = PCI_VENDOR_INTEL;
    s->eeprom[15] = 0xb280;
    for (int i = 0; i < 63; i++) {
        sum += s->eeprom[i];
    }
    s->eeprom[63] = 0xbaba - sum;
}

static void link_changed(void *opaque, bool up)
{
    e1000_interrupt(opaque, ICR_LSC);
}

static void on_tx_timer(void *opaque)
{
    e1000_transmit(opaque);
}

static bool e1000_realize(PCIDevice *dev, GError **errp)
{
    E1000State *s = (E1000State *)dev;

    s->card.model = TYPE_E1000;
    s->card.can_receive = e1000_can_receive;
    s->card.receive = e1000_receive;
    s->card.link_changed = link_changed;
    s->card.opaque = s;
    if (!net_card_set_up(&s->card, s->netdev, s->mac_text, errp)) {
        return false;
    }
    dev->config[PCI_INTERRUPT_PIN] = 1;
    fill_eeprom(s);
    memory_region_init_io(&s->mmio, OBJECT(dev), &mmio_ops, s, "e1000-mmio",
                          MMIO_SIZE);
    memory_region_init_io(&s->io, OBJECT(dev), &io_ops, s, "e1000-io",
                          IO_SIZE);
    pci_register_bar(dev, 0, PCI_BAR_MEM, &s->mmio);
    pci_register_bar(dev, 1, PCI_BAR_IO, &s->io);
    timer_init_ns(&s->tx_timer, CLOCK_TYPE_VIRTUAL, on_tx_timer, s);
    reset_registers(s);
    bootorder_add(s->bootindex, &dev->parent, "/ethernet-phy@0");
    return true;
}

static void e1000_exit(PCIDevice *dev)
{
    E1000State *s = (E1000State *)dev;

    timer_del(&s->tx_timer);
    bootorder_remove(&dev->parent);
    net_detach(&s->card);
}

static void e1000_reset_hold(Object *obj, ResetType type)
{
    E1000State *s = (E1000State *)obj;

    if (s->parent.parent.realized) {
        reset_registers(s);
    }
}

static bool e1000_post_load(void *opaque, int version, GError **errp)
{
    E1000State *s = opaque;

    if (s->packet_len > E1000_PACKET_MAX) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "state: a packet of %u bytes", s->packet_len);
        return false;
    }
    s->io_addr &= MMIO_SIZE - 1;
    return true;
}

static const VMStateDescription vmstate_tx = {
    .name = "e1000-tx",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(ipcss, TxContext),
        VMSTATE_UINT8(ipcso, TxContext),
        VMSTATE_UINT8(tucss, TxContext),
        VMSTATE_UINT8(tucso, TxContext),
        VMSTATE_UINT8(hdrlen, TxContext),
        VMSTATE_UINT16(ipcse, TxContext),
        VMSTATE_UINT16(tucse, TxContext),
        VMSTATE_UINT16(mss, TxContext),
        VMSTATE_BOOL(ip4, TxContext),
        VMSTATE_BOOL(tcp, TxContext),
        VMSTATE_END
    },
};

static const VMStateDescription vmstate_e1000 = {
    .name = TYPE_E1000,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = e1000_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_PCI_DEVICE(parent, E1000State),
        VMSTATE_UINT_ARRAY(regs, E1000State, R_END / 4),
        VMSTATE_UINT_ARRAY(phy, E1000State, 32),
        VMSTATE_UINT32(io_addr, E1000State),
        VMSTATE_UINT16(ee_in, E1000State),
        VMSTATE_UINT16(ee_out, E1000State),
        VMSTATE_UINT8(ee_count, E1000State),
        VMSTATE_BOOL(ee_reading, E1000State),
        VMSTATE_STRUCT(tx, E1000State, vmstate_tx, TxContext),
        VMSTATE_BUFFER(packet, E1000State),
        VMSTATE_UINT32(packet_len, E1000State),
        VMSTATE_UINT8(tx_options, E1000State),
        VMSTATE_BOOL(tx_segment, E1000State),
        VMSTATE_BOOL(tx_first, E1000State),
        VMSTATE_BOOL(tx_bad, E1000State),
        VMSTATE_TIMER(tx_timer, E1000State),
        VMSTATE_END
    },
};

static const DevProperty e1000_properties[] = {
    DEFINE_PROP_NETDEV("netdev", E1000State, netdev),
    DEFINE_PROP_STRING("mac", E1000State, mac_text),
    DEFINE_PROP_INT32("bootindex", E1000State, bootindex, -1),
};

static void e1000_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    pc->vendor_id = PCI_VENDOR_INTEL;
    pc->device_id = 0x100e;
    pc->revision = 3;
    pc->class_id = 0x0200;
    pc->realize = e1000_realize;
    pc->exit = e1000_exit;
    dc->vmsd = &vmstate_e1000;
    dc->category = DEVICE_CATEGORY_NETWORK;
    dc->desc = "Intel Gigabit Ethernet (82540EM)";
    RESETTABLE_CLASS(oc)->phases.hold = e1000_reset_hold;
    device_class_set_props(dc, e1000_properties);
}

static const TypeInfo e1000_types[] = {
    {
        .name = TYPE_E1000,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(E1000State),
        .class_init = e1000_class_init,
    },
};
DEFINE_TYPES(e1000_types)
