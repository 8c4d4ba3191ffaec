/* SPDX-License-Identifier: MIT */
/*
 * Two Intel 8237A DMA controllers (231466) as wired in a PC: channels 0-3 by
 * bytes at 00h, 5-7 by words at C0h, channel 4 the cascade; page registers at
 * 80h-8Fh.  No device moves data by itself: see i8257_transfer.
 */
#include "util/osdep.h"
#include "hw/dma/i8257.h"
#include "system/memory.h"

enum {
    REG_COMMAND = 8,            /* read: status */
    REG_REQUEST, REG_MASK, REG_MODE, REG_CLEAR_FLIPFLOP,
    REG_RESET,                  /* read: temporary */
    REG_CLEAR_MASK, REG_WRITE_MASK,
};
enum {
    MODE_AUTOINIT = 0x10,
    MODE_DOWN = 0x20,
    COMMAND_DISABLE = 0x04,
};

typedef struct Channel {
    uint16_t base_addr, base_count;
    uint16_t addr, count;
    uint8_t mode;
} Channel;

typedef struct Controller {
    MemoryRegion io;
    Channel channels[4];
    uint8_t command, status, mask;
    bool high_byte;             /* the flip-flop */
    uint8_t shift;              /* 1: words, registers two ports apart */
    struct DmaState *dma;
} Controller;

typedef struct DmaState {
    DeviceState parent;
    Controller ctrl[2];
    MemoryRegion page_io;
    uint8_t pages[16];
} DmaState;

/* Page registers by channel: port 80h + this. */
static const uint8_t page_of[8] = { 7, 3, 1, 2, 15, 11, 9, 10 };

static void master_clear(Controller *c)
{
    c->command = c->status = 0;
    c->mask = 15;
    c->high_byte = false;
}

static void write_half(Controller *c, uint16_t *base, uint16_t *now, uint8_t v)
{
    *base = c->high_byte ? (*base & 0xff) | v << 8 : (*base & 0xff00) | v;
    *now = *base;
    c->high_byte = !c->high_byte;
}

static void dma_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    Controller *c = opaque;
    unsigned reg = port >> c->shift & 15;
    Channel *ch = &c->channels[reg >> 1 & 3];

    switch (reg) {
    case 0 ... 7:
        if (reg & 1) {
            write_half(c, &ch->base_count, &ch->count, v);
        } else {
            write_half(c, &ch->base_addr, &ch->addr, v);
        }
        break;
    case REG_COMMAND:
        c->command = v;
        break;
    case REG_REQUEST:
        c->status &= ~(0x10 << (v & 3));
        c->status |= v & 4 ? 0x10 << (v & 3) : 0;
        break;
    case REG_MASK:
        c->mask = v & 4 ? c->mask | 1 << (v & 3) : c->mask & ~(1 << (v & 3));
        break;
    case REG_MODE:
        c->channels[v & 3].mode = v;
        break;
    case REG_CLEAR_FLIPFLOP:
        c->high_byte = false;
        break;
    case REG_RESET:
        master_clear(c);
        break;
    case REG_CLEAR_MASK:
        c->mask = 0;
        break;
    case REG_WRITE_MASK:
        c->mask = v & 15;
        break;
    }
}

static uint64_t dma_read(void *opaque, paddr port, unsigned size)
{
    Controller *c = opaque;
    unsigned reg = port >> c->shift & 15;
    const Channel *ch = &c->channels[reg >> 1 & 3];
    uint16_t v;

    switch (reg) {
    case 0 ... 7:
        v = reg & 1 ? ch->count : ch->addr;
        v = c->high_byte ? v >> 8 : v & 0xff;
        c->high_byte = !c->high_byte;
        return v;
    case REG_COMMAND:
        v = c->status;
        c->status &= 0xf0;
        return v;
    case REG_WRITE_MASK:
        return c->mask | 0xf0;
    default:
        return 0;
    }
}

static const MemoryRegionOps dma_ops = {
    .read = dma_read,
    .write = dma_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void page_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    ((DmaState *)opaque)->pages[port & 15] = v;
}

static uint64_t page_read(void *opaque, paddr port, unsigned size)
{
    return ((DmaState *)opaque)->pages[port & 15];
}

static const MemoryRegionOps page_ops = {
    .read = page_read,
    .write = page_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

unsigned i8257_transfer(DeviceState *dev, unsigned n, void *buf, unsigned len,
                        bool to_memory, bool *tc)
{
    DmaState *s = (DmaState *)object_check(dev, TYPE_I8257);
    Controller *c = &s->ctrl[n >> 2 & 1];
    Channel *ch = &c->channels[n & 3];
    unsigned unit = 1u << c->shift, done = 0;
    uint8_t bit = 1 << (n & 3);
    paddr page;

    *tc = false;
    if (n > 7 || n == 4 || (c->mask & bit) || (c->command & COMMAND_DISABLE)) {
        return 0;
    }
    page = (paddr)(s->pages[page_of[n]] & (c->shift ? 0xfe : 0xff)) << 16;
    while (done + unit <= len && !*tc) {
        paddr at = page + ((paddr)ch->addr << c->shift);

        address_space_rw(&address_space_memory, at, MEMTXATTRS_UNSPECIFIED,
                         (uint8_t *)buf + done, unit, to_memory);
        ch->addr += ch->mode & MODE_DOWN ? -1 : 1;
        *tc = ch->count-- == 0;
        done += unit;
    }
    if (*tc) {
        c->status |= bit;
        if (ch->mode & MODE_AUTOINIT) {
            ch->addr = ch->base_addr;
            ch->count = ch->base_count;
        } else {
            c->mask |= bit;
        }
    }
    return done;
}

static void i8257_reset_enter(Object *obj, ResetType type)
{
    DmaState *s = (DmaState *)obj;

    master_clear(&s->ctrl[0]);
    master_clear(&s->ctrl[1]);
}

static void i8257_init(Object *obj)
{
    DmaState *s = (DmaState *)obj;

    for (int i = 0; i < 2; i++) {
        s->ctrl[i].shift = i;
        s->ctrl[i].dma = s;
        memory_region_init_io(&s->ctrl[i].io, obj, &dma_ops, &s->ctrl[i],
                              "dma", 16 << i);
    }
    memory_region_init_io(&s->page_io, obj, &page_ops, s, "dma-page", 16);
    i8257_reset_enter(obj, RESET_TYPE_COLD);
}

static bool i8257_realize(DeviceState *dev, GError **errp)
{
    DmaState *s = (DmaState *)dev;

    memory_region_add_subregion(get_system_io(), 0x00, &s->ctrl[0].io);
    memory_region_add_subregion(get_system_io(), 0xc0, &s->ctrl[1].io);
    /* Port 80h is the POST code's, port 92h's neighbours ours. */
    memory_region_add_subregion_overlap(get_system_io(), 0x80, &s->page_io,
                                        -1);
    return true;
}

static void i8257_unrealize(DeviceState *dev)
{
    DmaState *s = (DmaState *)dev;

    memory_region_del_subregion(get_system_io(), &s->ctrl[0].io);
    memory_region_del_subregion(get_system_io(), &s->ctrl[1].io);
    memory_region_del_subregion(get_system_io(), &s->page_io);
}

static const VMStateDescription vmstate_channel = {
    .name = "i8257-channel",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT16(base_addr, Channel),
        VMSTATE_UINT16(base_count, Channel),
        VMSTATE_UINT16(addr, Channel),
        VMSTATE_UINT16(count, Channel),
        VMSTATE_UINT8(mode, Channel),
        VMSTATE_END
    },
};

static const VMStateDescription vmstate_controller = {
    .name = "i8257-controller",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(command, Controller),
        VMSTATE_UINT8(status, Controller),
        VMSTATE_UINT8(mask, Controller),
        VMSTATE_BOOL(high_byte, Controller),
        VMSTATE_STRUCT_ARRAY(channels, Controller, 4, vmstate_channel,
                             Channel),
        VMSTATE_END
    },
};

static const VMStateDescription vmstate_dma = {
    .name = TYPE_I8257,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_STRUCT_ARRAY(ctrl, DmaState, 2, vmstate_controller,
                             Controller),
        VMSTATE_BUFFER(pages, DmaState),
        VMSTATE_END
    },
};

static void i8257_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = i8257_realize;
    dc->unrealize = i8257_unrealize;
    dc->vmsd = &vmstate_dma;
    dc->user_creatable = false;
    RESETTABLE_CLASS(oc)->phases.enter = i8257_reset_enter;
}

static const TypeInfo i8257_types[] = {
    {
        .name = TYPE_I8257,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(DmaState),
        .class_init = i8257_class_init,
        .instance_init = i8257_init,
    },
};
DEFINE_TYPES(i8257_types)
