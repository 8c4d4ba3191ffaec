/* SPDX-License-Identifier: MIT */
/* Devices and buses: life, properties, lines, reset, options. */
#include "util/osdep.h"
#include "hw/core/qdev.h"

#include <criterion/criterion.h>

#define TYPE_TBUS    "TestBus"
#define TYPE_TDEV    "test-dev"
#define TYPE_TSUB    "test-sub-dev"
#define TYPE_TLAST   "test-last-dev"
#define TYPE_TBRIDGE "test-bridge"

typedef struct TDev {
    DeviceState parent;
    uint32_t iobase;
    int32_t delta;
    uint64_t size;
    bool fancy;
    uint32_t flags;
    char *chr;
    Object *peer;
    qemu_irq out;
    BusState *bus;
} TDev;

static GString *trace;
static DeviceRealize *parent_realize;
static DeviceUnrealize *parent_unrealize;
static ResettablePhases parent_phases;
static bool fail_realize;

static void say(const char *what)
{
    g_string_append(trace, what);
}

static bool tdev_realize(DeviceState *dev, GError **errp)
{
    say("R");
    return true;
}

static void tdev_unrealize(DeviceState *dev)
{
    say("U");
}

static bool tsub_realize(DeviceState *dev, GError **errp)
{
    if (!parent_realize(dev, errp)) {
        return false;
    }
    say("S");
    if (fail_realize) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_GENERIC, "broken");
        return false;
    }
    return true;
}

static void enter(Object *obj, ResetType type)
{
    say("e");
}

static void hold(Object *obj, ResetType type)
{
    say("h");
}

static void leave(Object *obj, ResetType type)
{
    say("x");
}

static const DevProperty tdev_props[] = {
    DEFINE_PROP_UINT32("iobase", TDev, iobase, 0x300),
    DEFINE_PROP_INT32("delta", TDev, delta, -5),
    DEFINE_PROP_SIZE("size", TDev, size, 1ull << 40),
    DEFINE_PROP_BOOL("fancy", TDev, fancy, true),
    DEFINE_PROP_BIT("bit3", TDev, flags, 3, true),
    DEFINE_PROP_BIT("bit4", TDev, flags, 4, false),
    DEFINE_PROP_CHR("chardev", TDev, chr),
    DEFINE_PROP_LINK("peer", TDev, peer, TYPE_TDEV, Object *),
};

static void tdev_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    ResettableClass *rc = RESETTABLE_CLASS(oc);

    device_class_set_props(dc, tdev_props);
    dc->bus_type = TYPE_TBUS;
    dc->realize = tdev_realize;
    dc->unrealize = tdev_unrealize;
    dc->desc = "a test";
    rc->phases = (ResettablePhases){ enter, hold, leave };
}

static void tdev_init(Object *obj)
{
    qdev_init_gpio_out((DeviceState *)obj, &((TDev *)obj)->out, 1);
}

static void tsub_class_init(ObjectClass *oc, const void *data)
{
    device_class_set_parent_realize(DEVICE_CLASS(oc), tsub_realize,
                                    &parent_realize);
}

static void tlast_unrealize(DeviceState *dev)
{
    say("L");
    parent_unrealize(dev);
}

static void tlast_hold(Object *obj, ResetType type)
{
    parent_phases.hold(obj, type);
    say("l");
}

static void tlast_class_init(ObjectClass *oc, const void *data)
{
    device_class_set_parent_unrealize(DEVICE_CLASS(oc), tlast_unrealize,
                                      &parent_unrealize);
    resettable_class_set_parent_phases(RESETTABLE_CLASS(oc), NULL, tlast_hold,
                                       NULL, &parent_phases);
}

static void bridge_init(Object *obj)
{
    TDev *s = (TDev *)obj;

    s->bus = qbus_new(TYPE_TBUS, DEVICE(obj), NULL);
}

static void bridge_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->bus_type = TYPE_SYSTEM_BUS;
    dc->category = DEVICE_CATEGORY_BRIDGE;
    RESETTABLE_CLASS(oc)->phases.hold = hold;
}

static void tbus_class_init(ObjectClass *oc, const void *data)
{
    BUS_CLASS(oc)->max_dev = 2;
}

static const TypeInfo test_types[] = {
    { .name = TYPE_TBUS, .parent = TYPE_BUS, .class_init = tbus_class_init },
    { .name = TYPE_TDEV, .parent = TYPE_DEVICE,
      .instance_size = sizeof(TDev), .class_init = tdev_class_init,
      .instance_init = tdev_init },
    { .name = TYPE_TSUB, .parent = TYPE_TDEV, .class_init = tsub_class_init },
    { .name = TYPE_TLAST, .parent = TYPE_TSUB,
      .class_init = tlast_class_init },
    { .name = TYPE_TBRIDGE, .parent = TYPE_DEVICE,
      .instance_size = sizeof(TDev), .class_init = bridge_class_init,
      .instance_init = bridge_init },
};
DEFINE_TYPES(test_types)

static DeviceState *bridge;
static BusState *bus;

static void setup(void)
{
    module_call_init(MODULE_INIT_QOM);
    trace = g_string_new(NULL);
    bridge = qdev_device_add_str(TYPE_TBRIDGE ",id=br", NULL);
    cr_assert_not_null(bridge);
    bus = ((TDev *)bridge)->bus;
}

static void expect(const char *what)
{
    cr_assert_str_eq(trace->str, what);
    g_string_truncate(trace, 0);
}

static void expect_error(const char *option, int code)
{
    GError *err = NULL;

    cr_assert_null(qdev_device_add_str(option, &err), "%s", option);
    cr_assert(g_error_matches(err, QOM_ERROR, code), "%s: %s", option,
              err->message);
    g_clear_error(&err);
}

TestSuite(qom_qdev, .init = setup);

Test(qom_qdev, defaults_and_realize_chain)
{
    TDev *d = (TDev *)qdev_new(TYPE_TSUB);
    GError *err = NULL;

    cr_assert_eq(d->iobase, 0x300);
    cr_assert_eq(d->delta, -5);
    cr_assert_eq(d->size, 1ull << 40);
    cr_assert(d->fancy);
    cr_assert_eq(d->flags, 8);
    cr_assert_not(qdev_realize(DEVICE(d), NULL, &err));
    g_clear_error(&err);
    fail_realize = true;
    cr_assert_not(qdev_realize(DEVICE(d), bus, &err));
    cr_assert_str_eq(err->message, "broken");
    g_clear_error(&err);
    cr_assert_not(d->parent.realized);
    fail_realize = false;
    expect("RS");
    cr_assert(qdev_realize_and_unref(DEVICE(d), bus, &err));
    expect("RS");
    cr_assert_not(object_property_parse(OBJECT(d), "iobase", "1", &err));
    cr_assert(g_error_matches(err, QOM_ERROR, QOM_ERROR_STATE));
    g_clear_error(&err);
    object_unparent(OBJECT(d));
    expect("U");
    cr_assert_eq(bus->children->len, 0);
}

Test(qom_qdev, unrealize_and_reset_chains)
{
    DeviceState *d = qdev_new(TYPE_TLAST);

    cr_assert(qdev_realize_and_unref(d, bus, NULL));
    expect("RS");
    device_cold_reset(d);
    expect("ehlx");
    object_unparent(OBJECT(d));
    expect("LU");
}

Test(qom_qdev, options)
{
    TDev *d = (TDev *)qdev_device_add_str(
        TYPE_TDEV ",id=d0,iobase=0x20,chardev=a,,b,fancy=off,bit4", NULL);

    cr_assert_not_null(d);
    cr_assert_eq(d->iobase, 0x20);
    cr_assert_str_eq(d->chr, "a,b");
    cr_assert_not(d->fancy);
    cr_assert_eq(d->flags, 0x18);
    cr_assert_eq(qdev_find("d0", NULL), DEVICE(d));
    cr_assert_eq(d->parent.parent_bus, bus);
    expect_error("nothing", QOM_ERROR_NOT_FOUND);
    expect_error("device", QOM_ERROR_TYPE);
    expect_error("container", QOM_ERROR_NOT_FOUND);
    expect_error(TYPE_OR_IRQ, QOM_ERROR_TYPE);
    expect_error(TYPE_TDEV ",id=d0", QOM_ERROR_EXISTS);
    expect_error(TYPE_TDEV ",id=0", QOM_ERROR_VALUE);
    expect_error(TYPE_TDEV ",bus=none", QOM_ERROR_NOT_FOUND);
    expect_error(TYPE_TDEV ",bus=main-system-bus", QOM_ERROR_TYPE);
    expect_error(TYPE_TBRIDGE ",bus=testbus.0", QOM_ERROR_TYPE);
    expect_error(TYPE_TDEV ",iobase=big", QOM_ERROR_VALUE);
    expect_error(TYPE_TDEV ",peer=br", QOM_ERROR_TYPE);
    expect_error(TYPE_TDEV ",realized=on", QOM_ERROR_ACCESS);
    expect_error("", QOM_ERROR_VALUE);
    cr_assert_eq(bus->children->len, 1);
    cr_assert_not_null(qdev_device_add_str(TYPE_TDEV ",bus=testbus.0,peer=d0",
                                           NULL));
    expect_error(TYPE_TDEV, QOM_ERROR_STATE);   /* full */
    object_unparent(OBJECT(bridge));
    cr_assert_null(qdev_find("d0", NULL));
}

Test(qom_qdev, help)
{
    OptString *opts = optstr_parse("help", "driver", NULL);
    GString *out = g_string_new(NULL);

    cr_assert(qdev_device_help(opts, out));
    cr_assert_not_null(strstr(out->str,
        "Controller/Bridge/Hub devices:\nname \"test-bridge\", bus System"));
    cr_assert_not_null(strstr(out->str,
        "name \"test-dev\", bus TestBus, desc \"a test\""));
    cr_assert_null(strstr(out->str, "or-irq"));
    optstr_free(opts);
    opts = optstr_parse(TYPE_TDEV ",help", "driver", NULL);
    g_string_truncate(out, 0);
    cr_assert(qdev_device_help(opts, out));
    cr_assert_str_eq(out->str, "test-dev options:\n"
        "  bit3=<bool> (default: true)\n"
        "  bit4=<bool> (default: false)\n"
        "  chardev=<chardev>\n"
        "  delta=<int32> (default: -5)\n"
        "  fancy=<bool> (default: true)\n"
        "  iobase=<uint32> (default: 768)\n"
        "  peer=<link<test-dev>>\n"
        "  size=<size> (default: 1099511627776)\n");
    optstr_free(opts);
    opts = optstr_parse("no-such-dev,help", "driver", NULL);
    cr_assert_not(qdev_device_help(opts, out));
    optstr_free(opts);
    g_string_free(out, true);
}

Test(qom_qdev, globals)
{
    TDev *d;
    GString *out = g_string_new(NULL);

    cr_assert(qdev_global_parse(TYPE_TDEV ".iobase=7", NULL));
    cr_assert(qdev_global_parse("driver=" TYPE_TSUB ",property=delta,value=9",
                                NULL));
    cr_assert(qdev_global_parse("other.x=1", NULL));
    cr_assert_not(qdev_global_parse("nonsense", NULL));
    d = (TDev *)qdev_new(TYPE_TSUB);
    cr_assert_eq(d->iobase, 7);
    cr_assert_eq(d->delta, 9);
    object_unref(d);
    cr_assert(qdev_global_unused(out));
    cr_assert_str_eq(out->str, "global other.x=1 is not used\n");
    cr_assert(qdev_global_parse(TYPE_TDEV ".iobase=x", NULL));
    expect_error(TYPE_TDEV, QOM_ERROR_VALUE);
    qdev_global_clear();
    cr_assert(qdev_global_parse("device.realized=on", NULL));
    expect_error(TYPE_TDEV, QOM_ERROR_ACCESS);
    qdev_global_clear();
    cr_assert_not_null(qdev_device_add_str(TYPE_TDEV, NULL));
    g_string_free(out, true);
}

Test(qom_qdev, reset_counts)
{
    DeviceState *d = qdev_device_add_str(TYPE_TDEV, NULL);

    g_string_truncate(trace, 0);
    device_cold_reset(d);
    expect("ehx");
    system_reset(RESET_TYPE_COLD);
    expect("ehhx");     /* the device's, and the bridge's hold */
    resettable_assert_reset(OBJECT(bus), RESET_TYPE_COLD);
    expect("eh");
    resettable_assert_reset(OBJECT(d), RESET_TYPE_COLD);
    expect("");
    resettable_release_reset(OBJECT(bus), RESET_TYPE_COLD);
    expect("");
    device_cold_reset(d);
    expect("");         /* still held */
    resettable_release_reset(OBJECT(d), RESET_TYPE_COLD);
    expect("x");
    resettable_release_reset(OBJECT(d), RESET_TYPE_COLD);
    expect("");
    /* Who comes to a bus in reset is reset. */
    resettable_assert_reset(OBJECT(bus), RESET_TYPE_COLD);
    g_string_truncate(trace, 0);
    d = qdev_new(TYPE_TDEV);
    cr_assert(qdev_set_parent_bus(d, bus, NULL));
    expect("eh");
    cr_assert(resettable_is_in_reset(OBJECT(d)));
    qdev_set_parent_bus(d, NULL, NULL);
    expect("x");
    object_unref(d);
}

static int levels[4];

static void on_line(void *opaque, int n, int level)
{
    levels[n] = level;
}

Test(qom_qdev, lines)
{
    qemu_irq *irqs = qemu_allocate_irqs(on_line, NULL, 4);
    DeviceState *or = qdev_new(TYPE_OR_IRQ), *split = qdev_new(TYPE_SPLIT_IRQ);
    TDev *d = (TDev *)qdev_new(TYPE_TDEV);
    qemu_irq inverted = qemu_irq_invert(irqs[3]);
    GError *err = NULL;

    cr_assert(object_property_set_uint(OBJECT(or), "num-lines", 2, NULL));
    cr_assert(object_property_set_uint(OBJECT(split), "num-lines", 2, NULL));
    cr_assert(qdev_realize(or, NULL, NULL));
    cr_assert(qdev_realize(split, NULL, NULL));
    qdev_connect_gpio_out(or, 0, irqs[0]);
    qdev_connect_gpio_out(split, 0, irqs[1]);
    qdev_connect_gpio_out(split, 1, irqs[2]);
    qemu_irq_raise(qdev_get_gpio_in(or, 0));
    qemu_irq_raise(qdev_get_gpio_in(or, 1));
    qemu_irq_lower(qdev_get_gpio_in(or, 0));
    cr_assert_eq(levels[0], 1);
    qemu_irq_lower(qdev_get_gpio_in(or, 1));
    cr_assert_eq(levels[0], 0);
    qemu_set_irq(d->out, 1);            /* connected to nothing */
    qdev_connect_gpio_out(DEVICE(d), 0, qdev_get_gpio_in(split, 0));
    qemu_set_irq(d->out, 1);
    cr_assert(levels[1] && levels[2]);
    cr_assert_eq(qdev_get_gpio_out_connector(DEVICE(d), NULL, 0), d->out);
    qemu_irq_lower(inverted);
    cr_assert_eq(levels[3], 1);
    qemu_irq_pulse(inverted);
    cr_assert_eq(levels[3], 1);
    object_unref(d);
    d = NULL;
    object_unparent(OBJECT(or));
    object_unparent(OBJECT(split));
    object_unref(or);
    object_unref(split);
    split = qdev_new(TYPE_SPLIT_IRQ);
    object_property_set_uint(OBJECT(split), "num-lines", 257, NULL);
    cr_assert_not(qdev_realize(split, NULL, &err));
    g_clear_error(&err);
    object_unref(split);
    qemu_free_irq(inverted);
    qemu_free_irqs(irqs, 4);
}

static bool hp_pre_plug(Object *h, DeviceState *dev, GError **errp)
{
    say("p");
    return true;
}

static bool hp_plug(Object *h, DeviceState *dev, GError **errp)
{
    say("P");
    return true;
}

static bool hp_unplug(Object *h, DeviceState *dev, GError **errp)
{
    say("O");
    return true;
}

static void handler_class_init(ObjectClass *oc, const void *data)
{
    HotplugHandlerClass *hc = HOTPLUG_HANDLER_CLASS(oc);

    hc->pre_plug = hp_pre_plug;
    hc->plug = hp_plug;
    hc->unplug = hp_unplug;
}

static const TypeInfo handler_types[] = {
    { .name = "test-handler", .parent = TYPE_OBJECT,
      .class_init = handler_class_init,
      .interfaces =
          (const InterfaceInfo[]){ { TYPE_HOTPLUG_HANDLER }, { NULL } } },
};
DEFINE_TYPES(handler_types)

static Object *machine_handler;

static Object *handler_of(DeviceState *dev)
{
    return machine_handler;
}

/* The machine's handler is asked before the bus's. */
Test(qom_qdev, hotplug_by_the_machine)
{
    DeviceState *d;

    qdev_machine_created();
    qdev_set_machine_hotplug(handler_of);
    expect_error(TYPE_TDEV, QOM_ERROR_STATE);
    machine_handler = object_new("test-handler");
    g_string_truncate(trace, 0);
    d = qdev_device_add_str(TYPE_TDEV, NULL);
    cr_assert_not_null(d);
    expect("pRehxP");
    cr_assert_eq(qdev_get_hotplug_handler(d), machine_handler);
    cr_assert(qdev_unplug(d, NULL));
    expect("OU");
    object_unref(machine_handler);
}

Test(qom_qdev, hotplug)
{
    Object *handler = object_new("test-handler");
    DeviceState *d;
    GError *err = NULL;

    qdev_machine_created();
    expect_error(TYPE_TDEV, QOM_ERROR_STATE);
    qbus_set_hotplug_handler(bus, handler);
    g_string_truncate(trace, 0);
    d = qdev_device_add_str(TYPE_TDEV ",id=hot", &err);
    cr_assert_not_null(d);
    expect("pRehxP");
    cr_assert(qdev_unplug(d, &err));
    expect("OU");
    cr_assert_null(qdev_find("hot", NULL));
    qbus_set_hotplug_handler(bus, NULL);
    object_unref(handler);
}

/* Option strings made of likely pieces: any answer, but no crash. */
Test(qom_qdev, any_options_are_harmless)
{
    static const char *const heads[] = {
        TYPE_TDEV, TYPE_TSUB, TYPE_TBRIDGE, TYPE_OR_IRQ, "isa-pit", "device",
        "irq", "memory-region", "container", "driver", "help", "",
    };
    static const char *const names[] = {
        "iobase", "delta", "size", "fancy", "bit3", "chardev", "peer", "id",
        "bus", "realized", "hotplugged", "parent_bus", "driver",
        "unnamed-gpio-out[0]", "testbus.0", "num-lines", "type", "", "a.b",
    };
    static const char *const values[] = {
        "on", "off", "0", "-1", "0xffffffffffffffff", "1K", "d0", "d1", "br",
        "/", "/machine", "/machine/peripheral/d0", "main-system-bus", "",
        "testbus.0", "d1.0", "\xff\xfe", "..", ",,", "16E", "1e9",
        "/machine/peripheral/br/testbus.0", "unnamed-gpio-in[0]", "help",
    };
    GRand *r = g_rand_new_with_seed(1);
    int made = 0;

    for (int i = 0; i < 4000; i++) {
        GString *s = g_string_new(heads[g_rand_int_range(
            r, 0, ARRAY_SIZE(heads))]);
        GError *err = NULL;

        for (int n = g_rand_int_range(r, 0, 3); n > 0; n--) {
            g_string_append_printf(
                s, ",%s%s%s", names[g_rand_int_range(r, 0, ARRAY_SIZE(names))],
                g_rand_int_range(r, 0, 8) ? "=" : "",
                values[g_rand_int_range(r, 0, ARRAY_SIZE(values))]);
        }
        if (qdev_device_add_str(s->str, &err)) {
            made++;
            cr_assert_null(err);
        } else {
            cr_assert_not_null(err, "%s", s->str);
        }
        g_clear_error(&err);
        if (i % 7 == 0) {
            DeviceState *d = qdev_find(i % 2 ? "d0" : "d1", NULL);

            if (d) {
                object_unparent(OBJECT(d));
            }
        }
        if (i % 50 == 0) {
            system_reset(RESET_TYPE_COLD);
        }
        g_string_free(s, true);
    }
    cr_assert_gt(made, 10);
    g_rand_free(r);
}
