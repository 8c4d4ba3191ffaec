/* SPDX-License-Identifier: MIT */
/*
 * Small ports of a PC: system control port A (92h; PS/2 technical reference),
 * the POST code (80h), the coprocessor's error latch (F0h; 82371FB, 2.5.5).
 */
#include "util/osdep.h"
#include "hw/core/runstate.h"
#include "hw/core/vcpu.h"
#include "hw/misc/pc-ports.h"
#include "system/memory.h"
#include "util/log.h"

enum { P92_RESET = 1, P92_A20 = 2 };

typedef struct PortsState {
    DeviceState parent;
    MemoryRegion p92, post, ferr;
    uint8_t control;            /* port 92h */
    uint8_t code;               /* port 80h */
    bool kbd_a20;
    qemu_irq irq13;
} PortsState;

/* Either source opens the gate. */
static void update_a20(PortsState *s)
{
    vcpu_set_a20(s->kbd_a20 || (s->control & P92_A20));
}

static void p92_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    PortsState *s = opaque;
    uint8_t old = s->control;

    s->control = v;
    update_a20(s);
    if ((v & P92_RESET) && !(old & P92_RESET)) {
        machine_request(MACHINE_RESET, 0);
    }
}

static uint64_t p92_read(void *opaque, paddr port, unsigned size)
{
    return ((PortsState *)opaque)->control;
}

static void post_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    ((PortsState *)opaque)->code = v;
    qemu_log_mask(LOG_TRACE, "post code %02x\n", (unsigned)v & 0xff);
}

static uint64_t post_read(void *opaque, paddr port, unsigned size)
{
    return ((PortsState *)opaque)->code;
}

/* Lets go of IRQ 13, and the processor of the error (IGNNE#). */
static void ferr_write(void *opaque, paddr port, uint64_t v, unsigned size)
{
    qemu_set_irq(((PortsState *)opaque)->irq13, 0);
    vcpu_event(vcpu_current, VCPU_EVENT_IGNNE, 0);
}

static uint64_t ferr_read(void *opaque, paddr port, unsigned size)
{
    return 0xff;
}

#define PORT_OPS(name)                                                \
    static const MemoryRegionOps name##_ops = {                       \
        .read = name##_read,                                          \
        .write = name##_write,                                        \
        .endianness = DEVICE_LITTLE_ENDIAN,                           \
        .valid = { .min_access_size = 1, .max_access_size = 1 },      \
    }
PORT_OPS(p92);
PORT_OPS(post);
PORT_OPS(ferr);

static void on_kbd_a20(void *opaque, int n, int level)
{
    PortsState *s = opaque;

    s->kbd_a20 = level;
    update_a20(s);
}

static void on_ferr(void *opaque, int n, int level)
{
    qemu_set_irq(((PortsState *)opaque)->irq13, 1);
}

static void ports_reset_enter(Object *obj, ResetType type)
{
    PortsState *s = (PortsState *)obj;

    s->control = s->code = 0;
    s->kbd_a20 = true;          /* firmware expects it open */
}

static void ports_reset_hold(Object *obj, ResetType type)
{
    update_a20((PortsState *)obj);
}

static void ports_init(Object *obj)
{
    PortsState *s = (PortsState *)obj;

    memory_region_init_io(&s->p92, obj, &p92_ops, s, "port92", 1);
    memory_region_init_io(&s->post, obj, &post_ops, s, "ioport80", 1);
    memory_region_init_io(&s->ferr, obj, &ferr_ops, s, "ioportF0", 1);
    qdev_init_gpio_in_named(&s->parent, on_kbd_a20, PC_PORTS_A20, 1);
    qdev_init_gpio_in_named(&s->parent, on_ferr, PC_PORTS_FERR, 1);
    qdev_init_gpio_out(&s->parent, &s->irq13, 1);
}

static bool ports_realize(DeviceState *dev, GError **errp)
{
    PortsState *s = (PortsState *)dev;

    memory_region_add_subregion(get_system_io(), 0x92, &s->p92);
    memory_region_add_subregion(get_system_io(), 0x80, &s->post);
    memory_region_add_subregion(get_system_io(), 0xf0, &s->ferr);
    return true;
}

static void ports_unrealize(DeviceState *dev)
{
    PortsState *s = (PortsState *)dev;

    memory_region_del_subregion(get_system_io(), &s->p92);
    memory_region_del_subregion(get_system_io(), &s->post);
    memory_region_del_subregion(get_system_io(), &s->ferr);
}

static const VMStateDescription vmstate_ports = {
    .name = TYPE_PC_PORTS,
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]){
        VMSTATE_UINT8(control, PortsState),
        VMSTATE_UINT8(code, PortsState),
        VMSTATE_BOOL(kbd_a20, PortsState),
        VMSTATE_END
    },
};

static void ports_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    dc->realize = ports_realize;
    dc->unrealize = ports_unrealize;
    dc->vmsd = &vmstate_ports;
    dc->user_creatable = false;
    rc->phases.enter = ports_reset_enter;
    rc->phases.hold = ports_reset_hold;
}

static const TypeInfo ports_types[] = {
    {
        .name = TYPE_PC_PORTS,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(PortsState),
        .class_init = ports_class_init,
        .instance_init = ports_init,
    },
};
DEFINE_TYPES(ports_types)
