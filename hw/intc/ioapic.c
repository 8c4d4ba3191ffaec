/* SPDX-License-Identifier: MIT */
/*
 * Intel 82093AA I/O APIC (290566), as version 20h, which adds the EOI register
 * (ICH9 data sheet, 13.5): inputs become messages to local APICs.
 */
#include "util/osdep.h"
#include "hw/intc/apic.h"
#include "hw/intc/intc-info.h"
#include "hw/intc/ioapic.h"
#include "system/memory.h"

enum { IOREGSEL = 0x00, IOWIN = 0x10, IOEOI = 0x40, IO_SIZE = 0x1000 };
enum { REG_ID, REG_VERSION, REG_ARBITRATION, REG_TABLE = 0x10 };

enum {
    RTE_LOGICAL = 1 << 11,
    RTE_STATUS = 1 << 12,
    RTE_LOW_ACTIVE = 1 << 13,
    RTE_REMOTE_IRR = 1 << 14,
    RTE_LEVEL = 1 << 15,
    RTE_MASKED = 1 << 16,
    RTE_READ_ONLY = RTE_STATUS | RTE_REMOTE_IRR,
};

typedef struct IOApicState {
    DeviceState parent;
    MemoryRegion io;
    uint8_t select;
    uint8_t id;
    uint32_t lines;             /* as they are now */
    uint32_t irr;               /* to be sent */
    uint64_t table[IOAPIC_PINS];
} IOApicState;

static void deliver(IOApicState *s, unsigned n)
{
    uint64_t e = s->table[n];
    uint32_t bit = 1u << n;
    unsigned mode = e >> 8 & 7;

    if ((e & RTE_MASKED) || !(s->irr & bit)) {
        return;
    }
    if (e & RTE_LEVEL) {
        if (e & RTE_REMOTE_IRR) {
            return;             /* until its EOI */
        }
        s->table[n] |= RTE_REMOTE_IRR;
    } else {
        s->irr &= ~bit;
    }
    apic_bus_deliver(e >> 56, e & RTE_LOGICAL, mode, e, e & RTE_LEVEL);
}

static void on_line(void *opaque, int n, int level)
{
    IOApicState *s = opaque;
    uint32_t bit = 1u << n;
    bool was = s->lines & bit;

    s->lines = level ? s->lines | bit : s->lines & ~bit;
    if (s->table[n] & RTE_LEVEL) {
        s->irr = level ? s->irr | bit : s->irr & ~bit;
    } else if (level && !was && !(s->table[n] & RTE_MASKED)) {
        s->irr |= bit;          /* an edge while masked is lost */
    } else {
        return;
    }
    deliver(s, n);
}

static void on_eoi(void *opaque, uint8_t vector)
{
    IOApicState *s = opaque;

    for (unsigned n = 0; n < IOAPIC_PINS; n++) {
        if ((uint8_t)s->table[n] == vector &&
            (s->table[n] & RTE_LEVEL) && (s->table[n] & RTE_REMOTE_IRR)) {
            s->table[n] &= ~(uint64_t)RTE_REMOTE_IRR;
            deliver(s, n);
        }
    }
}

static uint32_t read_reg(IOApicState *s)
{
    unsigned n = (s->select - REG_TABLE) >> 1;

    switch (s->select) {
    case REG_ID:
    case REG_ARBITRATION:
        return s->id << 24;
    case REG_VERSION:
        return 0x20 | (IOAPIC_PINS - 1) << 16;
    default:
        if (s->select < REG_TABLE || n >= IOAPIC_PINS) {
            return 0;
        }
        return s->table[n] >> (s->select & 1 ? 32 : 0);
    }
}

static void write_entry(IOApicState *s, unsigned n, bool high, uint32_t v)
{
    uint64_t old = s->table[n], keep = old & RTE_READ_ONLY;
    uint32_t bit = 1u << n;

    if (high) {
        s->table[n] = (uint32_t)old | (uint64_t)v << 32;
    } else {
        s->table[n] = (old & ~0xffffffffull) |
                      (v & 0x1ffff & ~RTE_READ_ONLY) | keep;
    }
    if (!(s->table[n] & RTE_LEVEL)) {
        s->table[n] &= ~(uint64_t)RTE_REMOTE_IRR;
        if (old & RTE_LEVEL) {
            s->irr &= ~bit;
        }
    } else {
        s->irr = s->lines & bit ? s->irr | bit : s->irr & ~bit;
    }
    deliver(s, n);
}

static void write_reg(IOApicState *s, uint32_t v)
{
    unsigned n = (s->select - REG_TABLE) >> 1;

    if (s->select == REG_ID) {
        s->id = v >> 24 & 15;
    } else if (s->select >= REG_TABLE && n < IOAPIC_PINS) {
        write_entry(s, n, s->select & 1, v);
    }
}

static uint64_t ioapic_read(void *opaque, paddr at, unsigned size)
{
    IOApicState *s = opaque;

    switch (at & 0xff) {
    case IOREGSEL:
        return s->select;
    case IOWIN:
        return size == 4 ? read_reg(s) : 0;
    default:
        return 0;
    }
}

static void ioapic_write(void *opaque, paddr at, uint64_t v, unsigned size)
{
    IOApicState *s = opaque;

    switch (at & 0xff) {
    case IOREGSEL:
        s->select = v;
        break;
    case IOWIN:
        if (size == 4) {
            write_reg(s, v);
        }
        break;
    case IOEOI:
        on_eoi(s, v);
        break;
    }
}

static const MemoryRegionOps ioapic_ops = {
    .read = ioapic_read,
    .write = ioapic_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
};

static void ioapic_print(Object *obj, GString *out)
{
    IOApicState *s = (IOApicState *)obj;

    g_string_append_printf(out, "ioapic0: id %u lines %06x irr %06x\n", s->id,
                           s->lines, s->irr);
    for (int n = 0; n < IOAPIC_PINS; n++) {
        uint64_t e = s->table[n];

        g_string_append_printf(out, "pin %-2d %016" PRIx64 " vec=%u %s %s%s%s "
                               "dest=%u\n", n, e, (unsigned)(e & 0xff),
                               e & RTE_LEVEL ? "level" : "edge ",
                               e & RTE_LOGICAL ? "logical" : "physical",
                               e & RTE_MASKED ? " masked" : "",
                               e & RTE_REMOTE_IRR ? " remote-irr" : "",
                               (unsigned)(e >> 56));
    }
}

static void ioapic_reset_enter(Object *obj, ResetType type)
{
    IOApicState *s = (IOApicState *)obj;

    s->select = s->id = 0;
    s->irr = 0;
    for (int n = 0; n < IOAPIC_PINS; n++) {
        s->table[n] = RTE_MASKED;
    }
}

static void ioapic_init(Object *obj)
{
    IOApicState *s = (IOApicState *)obj;

    memory_region_init_io(&s->io, obj, &ioapic_ops, s, "ioapic", IO_SIZE);
    qdev_init_gpio_in(&s->parent, on_line, IOAPIC_PINS);
    ioapic_reset_enter(obj, RESET_TYPE_COLD);
}

static bool ioapic_realize(DeviceState *dev, GError **errp)
{
    IOApicState *s = (IOApicState *)dev;

    memory_region_add_subregion(get_system_memory(), IOAPIC_ADDRESS, &s->io);
    apic_set_eoi_handler(on_eoi, s);
    return true;
}

static void ioapic_unrealize(DeviceState *dev)
{
    IOApicState *s = (IOApicState *)dev;

    memory_region_del_subregion(get_system_memory(), &s->io);
    apic_set_eoi_handler(NULL, NULL);
}

static const VMStateDescription vmstate_ioapic = {
    .name = TYPE_IOAPIC,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(select, IOApicState),
        VMSTATE_UINT8(id, IOApicState),
        VMSTATE_UINT32(lines, IOApicState),
        VMSTATE_UINT32(irr, IOApicState),
        VMSTATE_UINT_ARRAY(table, IOApicState, IOAPIC_PINS),
        VMSTATE_END
    },
};

static void ioapic_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = ioapic_realize;
    dc->unrealize = ioapic_unrealize;
    dc->vmsd = &vmstate_ioapic;
    dc->user_creatable = false;
    INTERRUPT_INFO_CLASS(oc)->print_state = ioapic_print;
    RESETTABLE_CLASS(oc)->phases.enter = ioapic_reset_enter;
}

static const TypeInfo ioapic_types[] = {
    {
        .name = TYPE_IOAPIC,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(IOApicState),
        .class_init = ioapic_class_init,
        .instance_init = ioapic_init,
        .interfaces =
            (const InterfaceInfo[]){ { TYPE_INTERRUPT_INFO }, { NULL } },
    },
};
DEFINE_TYPES(ioapic_types)
