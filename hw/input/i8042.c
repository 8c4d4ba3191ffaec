/* SPDX-License-Identifier: MIT */
/*
 * Intel 8042 as the keyboard controller of a PS/2 (IBM PS/2 Hardware Interface
 * Technical Reference, "Keyboard and Auxiliary Device Controller"): ports 60h
 * and 64h, translation, A20 gate, reset.
 */
#include "util/osdep.h"
#include "hw/core/runstate.h"
#include "hw/input/i8042.h"
#include "hw/input/ps2.h"
#include "system/memory.h"

enum {
    STAT_OBF = 0x01, STAT_SYSTEM = 0x04, STAT_COMMAND = 0x08,
    STAT_UNLOCKED = 0x10, STAT_AUX_OBF = 0x20,
    CTR_KBD_INT = 0x01, CTR_AUX_INT = 0x02, CTR_SYSTEM = 0x04,
    CTR_KBD_OFF = 0x10, CTR_AUX_OFF = 0x20, CTR_TRANSLATE = 0x40,
    OUT_RESET = 0x01, OUT_A20 = 0x02, OUT_KBD_IRQ = 0x10, OUT_AUX_IRQ = 0x20,
};
enum {
    CMD_READ_RAM = 0x20, CMD_WRITE_RAM = 0x60, CMD_AUX_OFF = 0xa7,
    CMD_AUX_ON = 0xa8, CMD_TEST_AUX = 0xa9, CMD_SELF_TEST = 0xaa,
    CMD_TEST_KBD = 0xab, CMD_KBD_OFF = 0xad, CMD_KBD_ON = 0xae,
    CMD_READ_INPUT = 0xc0, CMD_READ_OUTPUT = 0xd0, CMD_WRITE_OUTPUT = 0xd1,
    CMD_WRITE_KBD_OUT = 0xd2, CMD_WRITE_AUX_OUT = 0xd3, CMD_WRITE_AUX = 0xd4,
    CMD_A20_OFF = 0xdd, CMD_A20_ON = 0xdf, CMD_TEST_INPUTS = 0xe0,
    CMD_PULSE = 0xf0,
};

typedef struct I8042State {
    DeviceState parent;
    MemoryRegion data_io, command_io;
    Ps2Keyboard kbd;
    Ps2Mouse mouse;
    uint8_t ctr;                /* byte 0 of its RAM */
    uint8_t ram[32];
    uint8_t status;
    uint8_t outport;
    uint8_t out;                /* the output buffer */
    uint8_t command;            /* whose parameter comes next; 0: none */
    uint8_t reply;              /* the controller's own answer */
    bool has_reply, reply_is_aux;
    bool broken;                /* translation: an F0h came before */
    qemu_irq irqs[2];
    qemu_irq a20;
} I8042State;

static void update_irqs(I8042State *s)
{
    bool full = s->status & STAT_OBF, aux = s->status & STAT_AUX_OBF;
    bool kbd_irq = full && !aux && (s->ctr & CTR_KBD_INT);
    bool aux_irq = full && aux && (s->ctr & CTR_AUX_INT);

    s->outport &= ~(OUT_KBD_IRQ | OUT_AUX_IRQ);
    s->outport |= (full && !aux ? OUT_KBD_IRQ : 0) |
                  (full && aux ? OUT_AUX_IRQ : 0);
    qemu_set_irq(s->irqs[0], kbd_irq);
    qemu_set_irq(s->irqs[1], aux_irq);
}

static void fill(I8042State *s, uint8_t v, bool aux)
{
    s->out = v;
    s->status |= STAT_OBF;
    s->status = aux ? s->status | STAT_AUX_OBF : s->status & ~STAT_AUX_OBF;
}

/* Set 2 from the keyboard into set 1; false: nothing to pass on yet. */
static bool translate(I8042State *s, uint8_t *v)
{
    if (!(s->ctr & CTR_TRANSLATE) || s->kbd.set == 1) {
        return true;
    }
    if (*v == 0xf0) {
        s->broken = true;
        return false;
    }
    *v = ps2_translate(*v) | (s->broken ? 0x80 : 0);
    s->broken = false;
    return true;
}

/* The next byte into an empty output buffer. */
static void advance(I8042State *s)
{
    if (s->status & STAT_OBF) {
        return;
    }
    if (s->has_reply) {
        s->has_reply = false;
        fill(s, s->reply, s->reply_is_aux);
    }
    while (!(s->status & STAT_OBF) && !(s->ctr & CTR_KBD_OFF) &&
           !ps2_empty(&s->kbd.queue)) {
        bool is_reply = s->kbd.queue.n_replies;
        uint8_t v = ps2_take(&s->kbd.queue);

        if (is_reply && (s->ctr & CTR_TRANSLATE)) {
            v = ps2_translate(v);       /* FAh and AAh stay */
        } else if (!is_reply && !translate(s, &v)) {
            continue;
        }
        fill(s, v, false);
    }
    if (!(s->status & STAT_OBF) && !(s->ctr & CTR_AUX_OFF) &&
        !ps2_empty(&s->mouse.queue)) {
        fill(s, ps2_take(&s->mouse.queue), true);
    }
    update_irqs(s);
}

static void on_ready(void *opaque)
{
    advance(opaque);
}

static void answer(I8042State *s, uint8_t v, bool aux)
{
    s->reply = v;
    s->has_reply = true;
    s->reply_is_aux = aux;
    advance(s);
}

static void write_outport(I8042State *s, uint8_t v)
{
    s->outport = v;
    qemu_set_irq(s->a20, (v & OUT_A20) != 0);
    if (!(v & OUT_RESET)) {
        machine_request(MACHINE_RESET, 0);
    }
    update_irqs(s);
}

static void write_command(I8042State *s, uint8_t v)
{
    s->command = 0;
    s->status |= STAT_COMMAND;
    switch (v) {
    case CMD_READ_RAM ... CMD_READ_RAM + 31:
        answer(s, v == CMD_READ_RAM ? s->ctr : s->ram[v & 31], false);
        break;
    case CMD_WRITE_RAM ... CMD_WRITE_RAM + 31:
    case CMD_WRITE_OUTPUT ... CMD_WRITE_AUX:
        s->command = v;
        break;
    case CMD_AUX_OFF:
    case CMD_AUX_ON:
        s->ctr = v == CMD_AUX_OFF ? s->ctr | CTR_AUX_OFF
                                  : s->ctr & ~CTR_AUX_OFF;
        advance(s);
        break;
    case CMD_TEST_AUX:
    case CMD_TEST_KBD:
        answer(s, 0, false);
        break;
    case CMD_SELF_TEST:
        s->status |= STAT_SYSTEM;
        answer(s, 0x55, false);
        break;
    case CMD_KBD_OFF:
    case CMD_KBD_ON:
        s->ctr = v == CMD_KBD_OFF ? s->ctr | CTR_KBD_OFF
                                  : s->ctr & ~CTR_KBD_OFF;
        advance(s);
        break;
    case CMD_READ_INPUT:
        answer(s, 0x80, false);
        break;
    case CMD_READ_OUTPUT:
        answer(s, s->outport, false);
        break;
    case CMD_A20_OFF:
    case CMD_A20_ON:
        s->outport = v == CMD_A20_ON ? s->outport | OUT_A20
                                     : s->outport & ~OUT_A20;
        qemu_set_irq(s->a20, v == CMD_A20_ON);
        break;
    case CMD_TEST_INPUTS:
        answer(s, 0, false);
        break;
    case CMD_PULSE ... 0xff:
        if (!(v & 1)) {
            machine_request(MACHINE_RESET, 0);
        }
        break;
    }
}

static void write_data(I8042State *s, uint8_t v)
{
    uint8_t command = s->command;

    s->command = 0;
    s->status &= ~STAT_COMMAND;
    switch (command) {
    case 0:
        s->ctr &= ~CTR_KBD_OFF;         /* sending opens the line */
        ps2_kbd_write(&s->kbd, v);
        break;
    case CMD_WRITE_RAM:
        s->ctr = v;
        s->status = v & CTR_SYSTEM ? s->status | STAT_SYSTEM
                                   : s->status & ~STAT_SYSTEM;
        break;
    case CMD_WRITE_RAM + 1 ... CMD_WRITE_RAM + 31:
        s->ram[command & 31] = v;
        break;
    case CMD_WRITE_OUTPUT:
        write_outport(s, v);
        break;
    case CMD_WRITE_KBD_OUT:
        answer(s, v, false);
        break;
    case CMD_WRITE_AUX_OUT:
        answer(s, v, true);
        break;
    case CMD_WRITE_AUX:
        s->ctr &= ~CTR_AUX_OFF;
        ps2_mouse_write(&s->mouse, v);
        break;
    }
    advance(s);
    update_irqs(s);
}

static void command_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    write_command(opaque, v);
}

static uint64_t command_read(void *opaque, paddr port, unsigned size)
{
    return ((I8042State *)opaque)->status;
}

static void data_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    write_data(opaque, v);
}

static uint64_t data_read(void *opaque, paddr port, unsigned size)
{
    I8042State *s = opaque;
    uint8_t v = s->out;

    if (s->status & STAT_OBF) {
        s->status &= ~(STAT_OBF | STAT_AUX_OBF);
        update_irqs(s);
        advance(s);
    }
    return v;
}

static const MemoryRegionOps data_ops = {
    .read = data_read,
    .write = data_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static const MemoryRegionOps command_ops = {
    .read = command_read,
    .write = command_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 1 },
};

static void i8042_reset_enter(Object *obj, ResetType type)
{
    I8042State *s = (I8042State *)obj;

    s->ctr = CTR_KBD_INT | CTR_AUX_INT;
    s->status = STAT_COMMAND | STAT_UNLOCKED;
    s->outport = OUT_RESET | OUT_A20;
    s->command = 0;
    s->out = 0;
    s->has_reply = s->broken = false;
    memset(s->ram, 0, sizeof(s->ram));
    ps2_kbd_reset(&s->kbd);
    ps2_mouse_reset(&s->mouse);
}

static void i8042_reset_hold(Object *obj, ResetType type)
{
    update_irqs((I8042State *)obj);
}

static void i8042_init(Object *obj)
{
    I8042State *s = (I8042State *)obj;

    memory_region_init_io(&s->data_io, obj, &data_ops, s, "i8042-data", 1);
    memory_region_init_io(&s->command_io, obj, &command_ops, s, "i8042-cmd",
                          1);
    qdev_init_gpio_out(&s->parent, s->irqs, 2);
    qdev_init_gpio_out_named(&s->parent, &s->a20, I8042_A20, 1);
}

static bool i8042_realize(DeviceState *dev, GError **errp)
{
    I8042State *s = (I8042State *)dev;

    ps2_kbd_init(&s->kbd, on_ready, s);
    ps2_mouse_init(&s->mouse, on_ready, s);
    memory_region_add_subregion(get_system_io(), 0x60, &s->data_io);
    memory_region_add_subregion(get_system_io(), 0x64, &s->command_io);
    i8042_reset_enter(OBJECT(dev), RESET_TYPE_COLD);
    return true;
}

static void i8042_unrealize(DeviceState *dev)
{
    I8042State *s = (I8042State *)dev;

    ps2_kbd_free(&s->kbd);
    ps2_mouse_free(&s->mouse);
    memory_region_del_subregion(get_system_io(), &s->data_io);
    memory_region_del_subregion(get_system_io(), &s->command_io);
}

static bool i8042_post_load(void *opaque, int version, GError **errp)
{
    I8042State *s = opaque;

    s->kbd.set = s->kbd.set == 1 ? 1 : 2;
    return true;
}

static const VMStateDescription vmstate_i8042 = {
    .name = TYPE_I8042,
    .version_id = 1,
    .minimum_version_id = 1,
    .post_load = i8042_post_load,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(ctr, I8042State),
        VMSTATE_BUFFER(ram, I8042State),
        VMSTATE_UINT8(status, I8042State),
        VMSTATE_UINT8(outport, I8042State),
        VMSTATE_UINT8(out, I8042State),
        VMSTATE_UINT8(command, I8042State),
        VMSTATE_UINT8(reply, I8042State),
        VMSTATE_BOOL(has_reply, I8042State),
        VMSTATE_BOOL(reply_is_aux, I8042State),
        VMSTATE_BOOL(broken, I8042State),
        VMSTATE_STRUCT(kbd, I8042State, vmstate_ps2_kbd, Ps2Keyboard),
        VMSTATE_STRUCT(mouse, I8042State, vmstate_ps2_mouse, Ps2Mouse),
        VMSTATE_END
    },
};

static void i8042_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = i8042_realize;
    dc->unrealize = i8042_unrealize;
    dc->vmsd = &vmstate_i8042;
    dc->user_creatable = false;
    rc->phases.enter = i8042_reset_enter;
    rc->phases.hold = i8042_reset_hold;
}

static const TypeInfo i8042_types[] = {
    {
        .name = TYPE_I8042,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(I8042State),
        .class_init = i8042_class_init,
        .instance_init = i8042_init,
    },
};
DEFINE_TYPES(i8042_types)
