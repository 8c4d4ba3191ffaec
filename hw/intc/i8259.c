/* SPDX-License-Identifier: MIT */
/*
 * Two Intel 8259A programmable interrupt controllers, the second cascaded into
 * input 2 of the first (Intel 231468, "8259A"), with the edge/level control
 * registers of the PIIX (82371FB data sheet, ELCR 4D0h and 4D1h).
 */
#include "util/osdep.h"
#include "hw/intc/i8259.h"
#include "hw/intc/intc-info.h"
#include "system/memory.h"

enum {
    ICW1_NEEDS_ICW4 = 0x01,
    ICW1_SINGLE = 0x02,
    ICW1_LEVEL = 0x08,
    ICW1 = 0x10,                /* this is ICW1, not an OCW */
    ICW4_AUTO_EOI = 0x02,
    ICW4_NESTED = 0x10,         /* special fully nested */
    OCW3 = 0x08,
    OCW3_READ_ISR = 0x01,
    OCW3_READ = 0x02,
    OCW3_POLL = 0x04,
    OCW3_SPECIAL_MASK = 0x20,
    OCW3_MASK_ENABLE = 0x40,
    CASCADE = 2,
};

enum { INIT_DONE, INIT_ICW2, INIT_ICW3, INIT_ICW4 };

typedef struct Pic {
    uint8_t irr, imr, isr;
    uint8_t lines;              /* as they are now */
    uint8_t elcr;               /* 1: level-triggered */
    uint8_t icw1, base;
    uint8_t init_step;
    uint8_t lowest;             /* the input with the lowest priority */
    bool auto_eoi, rotate_auto, special_mask, nested;
    bool read_isr, poll;
    bool out;
    uint8_t index;
    MemoryRegion io, elcr_io;
    struct PicPair *pair;
} Pic;

typedef struct PicPair {
    DeviceState parent;
    Pic pic[2];
    uint64_t counts[16];        /* for "info irq" */
    qemu_irq out;
} PicPair;

/* How far below the top priority the best of MASK is; 8: none. */
static unsigned best_rank(const Pic *p, uint8_t mask)
{
    for (unsigned r = 0; r < 8; r++) {
        if (mask >> ((p->lowest + 1 + r) & 7) & 1) {
            return r;
        }
    }
    return 8;
}

static unsigned input_of(const Pic *p, unsigned rank)
{
    return (p->lowest + 1 + rank) & 7;
}

/* The input to be served now, or -1. */
static int pending(const Pic *p)
{
    uint8_t busy = p->isr;
    unsigned want = best_rank(p, p->irr & ~p->imr);

    if (p->special_mask) {
        busy &= ~p->imr;
    }
    if (p->nested && p->index == 0) {
        busy &= ~(1 << CASCADE);
    }
    return want < best_rank(p, busy) ? (int)input_of(p, want) : -1;
}

static void set_line(Pic *p, unsigned n, bool level)
{
    uint8_t bit = 1 << n;
    bool by_level = (p->elcr & bit) || (p->icw1 & ICW1_LEVEL);

    if (by_level) {
        p->irr = level ? p->irr | bit : p->irr & ~bit;
    } else if (!level) {
        p->irr &= ~bit;         /* gone before it was acknowledged */
    } else if (!(p->lines & bit)) {
        p->irr |= bit;
    }
    p->lines = level ? p->lines | bit : p->lines & ~bit;
}

static void update(PicPair *s)
{
    Pic *slave = &s->pic[1], *master = &s->pic[0];
    bool out;

    slave->out = pending(slave) >= 0;
    /* The cascade's input follows the slave's INT whatever it was. */
    set_line(master, CASCADE, slave->out);
    out = pending(master) >= 0;
    if (out != master->out) {
        master->out = out;
        qemu_set_irq(s->out, out);
    }
}

static void on_line(void *opaque, int n, int level)
{
    PicPair *s = opaque;

    if (level && !(s->pic[n >> 3].lines >> (n & 7) & 1)) {
        s->counts[n]++;
    }
    if (n != CASCADE) {
        set_line(&s->pic[n >> 3], n & 7, level);
        update(s);
    }
}

static void take(Pic *p, unsigned n)
{
    uint8_t bit = 1 << n;

    if (p->auto_eoi) {
        if (p->rotate_auto) {
            p->lowest = n;
        }
    } else {
        p->isr |= bit;
    }
    if (!(p->elcr & bit) && !(p->icw1 & ICW1_LEVEL)) {
        p->irr &= ~bit;
    }
}

int i8259_acknowledge(DeviceState *pair)
{
    PicPair *s = (PicPair *)object_check(pair, TYPE_I8259_PAIR);
    int n = pending(&s->pic[0]), m, vector;

    if (n < 0) {
        vector = s->pic[0].base + 7;    /* spurious: ISR stays */
    } else if (n != CASCADE) {
        vector = s->pic[0].base + n;
        take(&s->pic[0], n);
    } else {
        m = pending(&s->pic[1]);
        take(&s->pic[0], CASCADE);
        if (m >= 0) {
            take(&s->pic[1], m);
        }
        vector = s->pic[1].base + (m < 0 ? 7 : m);
    }
    /* An edge at the cascade: INT falls between two of the slave's. */
    s->pic[0].lines &= ~(1 << CASCADE);
    update(s);
    return vector & 0xff;
}

static void start_init(Pic *p, uint8_t v)
{
    p->icw1 = v;
    p->init_step = INIT_ICW2;
    p->imr = p->isr = 0;
    p->irr &= (v & ICW1_LEVEL) ? 0xff : p->elcr;
    p->lowest = 7;
    p->special_mask = p->read_isr = p->poll = false;
    p->auto_eoi = p->rotate_auto = p->nested = false;
}

static void write_ocw2(Pic *p, uint8_t v)
{
    bool rotate = v & 0x80, specific = v & 0x40, eoi = v & 0x20;
    unsigned n = v & 7, rank;

    if (!eoi) {
        if (specific) {
            p->lowest = rotate ? n : p->lowest;     /* set priority, no-op */
        } else {
            p->rotate_auto = rotate;
        }
        return;
    }
    if (!specific) {
        rank = best_rank(p, p->special_mask ? p->isr & ~p->imr : p->isr);
        if (rank == 8) {
            return;
        }
        n = input_of(p, rank);
    }
    p->isr &= ~(1 << n);
    if (rotate) {
        p->lowest = n;
    }
}

static void write_ocw3(Pic *p, uint8_t v)
{
    if (v & OCW3_POLL) {
        p->poll = true;
    }
    if (v & OCW3_READ) {
        p->read_isr = v & OCW3_READ_ISR;
    }
    if (v & OCW3_MASK_ENABLE) {
        p->special_mask = v & OCW3_SPECIAL_MASK;
    }
}

static void write_data(Pic *p, uint8_t v)
{
    switch (p->init_step) {
    case INIT_DONE:
        p->imr = v;             /* OCW1 */
        break;
    case INIT_ICW2:
        p->base = v & 0xf8;
        p->init_step = !(p->icw1 & ICW1_SINGLE) ? INIT_ICW3
                     : p->icw1 & ICW1_NEEDS_ICW4 ? INIT_ICW4 : INIT_DONE;
        break;
    case INIT_ICW3:
        p->init_step = p->icw1 & ICW1_NEEDS_ICW4 ? INIT_ICW4 : INIT_DONE;
        break;
    default:
        p->auto_eoi = v & ICW4_AUTO_EOI;
        p->nested = v & ICW4_NESTED;
        p->init_step = INIT_DONE;
    }
}

static void pic_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    Pic *p = opaque;

    if (port & 1) {
        write_data(p, v);
    } else if (v & ICW1) {
        start_init(p, v);
    } else if (v & OCW3) {
        write_ocw3(p, v);
    } else {
        write_ocw2(p, v);
    }
    update(p->pair);
}

static uint8_t poll(Pic *p)
{
    int n = pending(p);

    p->poll = false;
    if (n < 0) {
        return 0;
    }
    take(p, n);
    update(p->pair);
    return 0x80 | n;
}

static uint64_t pic_read(void *opaque, paddr port, unsigned size)
{
    Pic *p = opaque;

    if (p->poll) {
        return poll(p);
    }
    if (port & 1) {
        return p->imr;
    }
    return p->read_isr ? p->isr : p->irr;
}

static void elcr_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    Pic *p = opaque;

    /* Lines 0, 1, 2, 8 and 13 are edge-triggered for ever. */
    p->elcr = v & (p->index ? 0xde : 0xf8);
}

static uint64_t elcr_read(void *opaque, paddr port, unsigned size)
{
    return ((Pic *)opaque)->elcr;
}

static const MemoryRegionOps pic_ops = {
    .read = pic_read,
    .write = pic_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static const MemoryRegionOps elcr_ops = {
    .read = elcr_read,
    .write = elcr_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void pair_print(Object *obj, GString *out)
{
    PicPair *s = (PicPair *)obj;

    for (int i = 1; i >= 0; i--) {
        const Pic *p = &s->pic[i];

        g_string_append_printf(out, "pic%d: irr=%02x imr=%02x isr=%02x hprio=%d "
                               "irq_base=%02x rr_sel=%d elcr=%02x fnm=%d\n",
                               i, p->irr, p->imr, p->isr, (p->lowest + 1) & 7,
                               p->base, p->read_isr, p->elcr, p->nested);
    }
}

static const uint64_t *pair_counts(Object *obj, unsigned *n)
{
    *n = 16;
    return ((PicPair *)obj)->counts;
}

static void pair_reset_enter(Object *obj, ResetType type)
{
    PicPair *s = (PicPair *)obj;

    for (int i = 0; i < 2; i++) {
        Pic *p = &s->pic[i];

        start_init(p, 0);
        p->irr = p->elcr = p->base = 0;
        p->init_step = INIT_DONE;
        p->imr = 0xff;          /* silent until firmware sets it up */
    }
}

static void pair_reset_hold(Object *obj, ResetType type)
{
    update((PicPair *)obj);
}

static void pair_init(Object *obj)
{
    PicPair *s = (PicPair *)obj;

    for (int i = 0; i < 2; i++) {
        Pic *p = &s->pic[i];

        p->pair = s;
        p->index = i;
        memory_region_init_io(&p->io, obj, &pic_ops, p, "pic", 2);
        memory_region_init_io(&p->elcr_io, obj, &elcr_ops, p, "elcr", 1);
    }
    qdev_init_gpio_in(&s->parent, on_line, 16);
    qdev_init_gpio_out(&s->parent, &s->out, 1);
    pair_reset_enter(obj, RESET_TYPE_COLD);
}

static bool pair_realize(DeviceState *dev, GError **errp)
{
    PicPair *s = (PicPair *)dev;

    for (int i = 0; i < 2; i++) {
        memory_region_add_subregion(get_system_io(), i ? 0xa0 : 0x20,
                                    &s->pic[i].io);
        memory_region_add_subregion(get_system_io(), 0x4d0 + i,
                                    &s->pic[i].elcr_io);
    }
    return true;
}

static void pair_unrealize(DeviceState *dev)
{
    PicPair *s = (PicPair *)dev;

    for (int i = 0; i < 2; i++) {
        memory_region_del_subregion(get_system_io(), &s->pic[i].io);
        memory_region_del_subregion(get_system_io(), &s->pic[i].elcr_io);
    }
}

static bool pic_post_load(void *opaque, int version, GError **errp)
{
    Pic *p = opaque;

    p->lowest &= 7;
    p->init_step &= 3;
    p->base &= 0xf8;
    return true;
}

static const VMStateDescription vmstate_pic = {
    .name = "i8259",
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = pic_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(irr, Pic),
        VMSTATE_UINT8(imr, Pic),
        VMSTATE_UINT8(isr, Pic),
        VMSTATE_UINT8(lines, Pic),
        VMSTATE_UINT8(elcr, Pic),
        VMSTATE_UINT8(icw1, Pic),
        VMSTATE_UINT8(base, Pic),
        VMSTATE_UINT8(init_step, Pic),
        VMSTATE_UINT8(lowest, Pic),
        VMSTATE_BOOL(auto_eoi, Pic),
        VMSTATE_BOOL(rotate_auto, Pic),
        VMSTATE_BOOL(special_mask, Pic),
        VMSTATE_BOOL(nested, Pic),
        VMSTATE_BOOL(read_isr, Pic),
        VMSTATE_BOOL(poll, Pic),
        VMSTATE_BOOL(out, Pic),
        VMSTATE_END
    },
};

static const VMStateDescription vmstate_pair = {
    .name = TYPE_I8259_PAIR,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_STRUCT_ARRAY(pic, PicPair, 2, vmstate_pic, Pic),
        VMSTATE_END
    },
};

static void pair_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);
    InterruptInfoClass *ic = INTERRUPT_INFO_CLASS(oc);

    ic->print_state = pair_print;
    ic->get_counts = pair_counts;
    dc->realize = pair_realize;
    dc->unrealize = pair_unrealize;
    dc->vmsd = &vmstate_pair;
    dc->user_creatable = false;
    rc->phases.enter = pair_reset_enter;
    rc->phases.hold = pair_reset_hold;
}

static const TypeInfo i8259_types[] = {
    {
        .name = TYPE_I8259_PAIR,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PicPair),
        .class_init = pair_class_init,
        .instance_init = pair_init,
        .interfaces =
            (const InterfaceInfo[]){ { TYPE_INTERRUPT_INFO }, { NULL } },
    },
};
DEFINE_TYPES(i8259_types)
