/* SPDX-License-Identifier: MIT */
/*
 * Devices and buses as objects.
 *
 * A device's life: its type is looked up by name, the class made, the instance
 * initialised (properties at their defaults, then -global), properties set,
 * put on a bus, realized (parents' hooks chained), plugged.  It leaves the
 * same way backwards when it is unparented.  Properties are fixed once it is
 * realized.
 *
 * The composition tree owns devices, a device owns its buses, and a bus holds
 * references to the devices on it.
 */
#ifndef HW_CORE_QDEV_H
#define HW_CORE_QDEV_H

#include "hw/core/irq.h"
#include "hw/core/reset.h"
#include "hw/core/vmstate.h"
#include "qom/property.h"
#include "util/optstr.h"

#define TYPE_DEVICE          "device"
#define TYPE_BUS             "bus"
#define TYPE_HOTPLUG_HANDLER "hotplug-handler"

typedef struct BusState BusState;
typedef struct DevProperty DevProperty;
OBJECT_DECLARE_TYPE(DeviceState, DeviceClass, DEVICE)
OBJECT_DECLARE_TYPE(BusState, BusClass, BUS)

typedef enum DeviceCategory {
    DEVICE_CATEGORY_MISC,
    DEVICE_CATEGORY_BRIDGE,
    DEVICE_CATEGORY_USB,
    DEVICE_CATEGORY_STORAGE,
    DEVICE_CATEGORY_NETWORK,
    DEVICE_CATEGORY_INPUT,
    DEVICE_CATEGORY_DISPLAY,
    DEVICE_CATEGORY_SOUND,
    DEVICE_CATEGORY_CPU,
    DEVICE_CATEGORY_WATCHDOG,
    DEVICE_CATEGORIES
} DeviceCategory;

typedef bool DeviceRealize(DeviceState *dev, GError **errp);
typedef void DeviceUnrealize(DeviceState *dev);

struct DeviceClass {
    ObjectClass parent_class;
    DeviceCategory category;
    const char *desc;
    const char *bus_type;       /* NULL: sits on no bus */
    bool user_creatable;
    bool hotpluggable;
    const VMStateDescription *vmsd;
    /* Chain them: see device_class_set_parent_realize. */
    DeviceRealize *realize;
    DeviceUnrealize *unrealize;
};

typedef struct GPIOList GPIOList;

struct DeviceState {
    Object parent;
    char *id;                   /* the user's; may be NULL */
    bool realized;
    bool hotplugged;
    bool vmstate_registered;
    BusState *parent_bus;       /* borrowed: the bus refers to us */
    GPtrArray *child_buses;     /* BusState, borrowed; the tree owns them */
    GPIOList *gpios;
    ResettableState reset;
    GError *init_error;         /* of -global; realize reports it */
};

struct BusClass {
    ObjectClass parent_class;
    unsigned max_dev;           /* 0: no limit */
    bool (*check_address)(BusState *bus, DeviceState *dev, GError **errp);
    /* Where DEV is, for users and firmware; return new; may be NULL. */
    char *(*get_dev_path)(DeviceState *dev);
    char *(*get_fw_dev_path)(DeviceState *dev);
};

struct BusState {
    Object parent;
    DeviceState *dev;           /* NULL: a root */
    char *name;
    bool realized;
    Object *hotplug_handler;    /* borrowed; NULL: no hot-plug */
    GPtrArray *children;        /* DeviceState, referenced */
    ResettableState reset;
};

/* Devices */
DeviceState *qdev_new(const char *type);            /* returns new */
/* On BUS (NULL only without a bus_type), then realized. */
bool qdev_realize(DeviceState *dev, BusState *bus, GError **errp);
/* The same, and the caller's reference is dropped either way. */
bool qdev_realize_and_unref(DeviceState *dev, BusState *bus, GError **errp);
void qdev_unrealize(DeviceState *dev);
bool qdev_set_parent_bus(DeviceState *dev, BusState *bus, GError **errp);
void device_cold_reset(DeviceState *dev);
/* The class's hook becomes HOOK, which calls *PARENT first or last. */
void device_class_set_parent_realize(DeviceClass *dc, DeviceRealize *hook,
                                     DeviceRealize **parent);
void device_class_set_parent_unrealize(DeviceClass *dc, DeviceUnrealize *hook,
                                       DeviceUnrealize **parent);
/* From now on devices are plugged into a running machine. */
void qdev_machine_created(void);

/* Buses.  NAME NULL: made from the device's id or the type, with a number. */
/* The tree owns it (a root bus: the caller); borrowed (new). */
BusState *qbus_new(const char *type, DeviceState *parent, const char *name);
bool qbus_realize(BusState *bus, GError **errp);
void qbus_unrealize(BusState *bus);
bool qbus_is_full(const BusState *bus);
static inline void qbus_set_hotplug_handler(BusState *bus, Object *handler)
{
    bus->hotplug_handler = handler;
}
/* The machine's root bus; made when first asked for. */
#define TYPE_SYSTEM_BUS "System"
BusState *sysbus_get_default(void);

/* Hot-plug: who is asked before and told after devices come and go. */
typedef struct HotplugHandlerClass {
    InterfaceClass parent_class;
    bool (*pre_plug)(Object *handler, DeviceState *dev, GError **errp);
    bool (*plug)(Object *handler, DeviceState *dev, GError **errp);
    bool (*unplug_request)(Object *handler, DeviceState *dev, GError **errp);
    bool (*unplug)(Object *handler, DeviceState *dev, GError **errp);
} HotplugHandlerClass;
DECLARE_CLASS_CHECKERS(HotplugHandlerClass, HOTPLUG_HANDLER)
/* The machine's handler for DEV comes before the bus's; FN may say NULL. */
void qdev_set_machine_hotplug(Object *(*fn)(DeviceState *dev));
Object *qdev_get_hotplug_handler(DeviceState *dev);
bool qdev_unplug(DeviceState *dev, GError **errp);

/* GPIO lines by name (NULL: the unnamed ones). */
void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler,
                             const char *name, int n);
void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins,
                              const char *name, int n);
qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n);
void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n,
                                 qemu_irq pin);
qemu_irq qdev_get_gpio_out_connector(DeviceState *dev, const char *name,
                                     int n);
void qdev_free_gpios(DeviceState *dev);
#define qdev_init_gpio_in(dev, handler, n) \
    qdev_init_gpio_in_named(dev, handler, NULL, n)
#define qdev_init_gpio_out(dev, pins, n) \
    qdev_init_gpio_out_named(dev, pins, NULL, n)
#define qdev_get_gpio_in(dev, n) qdev_get_gpio_in_named(dev, NULL, n)
#define qdev_connect_gpio_out(dev, n, pin) \
    qdev_connect_gpio_out_named(dev, NULL, n, pin)

/* Property tables: a row a property. */
struct DevProperty {
    const char *name;
    const PropertyKind *kind;
    size_t offset;
    bool has_default;
    int64_t number;             /* default of numbers and bools */
    const char *text;           /* default of strings and enumerations */
    const char *link_type;
    const char *type;           /* as users see it, when not the kind's */
    bool is_bit;
    uint8_t bit;
    const char *desc;
};

void device_class_set_props_n(DeviceClass *dc, const DevProperty *props,
                              int n);
#define device_class_set_props(dc, props) \
    device_class_set_props_n(dc, props, ARRAY_SIZE(props))

#define DEV_FIELD(S, f, T)                                            \
    (offsetof(S, f) + 0 * sizeof((T *)0 == &((S *)0)->f))
#define DEFINE_PROP_NUMBER(n, S, f, d, T, k)                          \
    { .name = n, .kind = &property_##k, .offset = DEV_FIELD(S, f, T), \
      .has_default = true, .number = d }
#define DEFINE_PROP_BOOL(n, S, f, d)                                  \
    DEFINE_PROP_NUMBER(n, S, f, d, bool, bool)
#define DEFINE_PROP_UINT8(n, S, f, d)                                 \
    DEFINE_PROP_NUMBER(n, S, f, d, uint8_t, uint8)
#define DEFINE_PROP_UINT16(n, S, f, d)                                \
    DEFINE_PROP_NUMBER(n, S, f, d, uint16_t, uint16)
#define DEFINE_PROP_UINT32(n, S, f, d)                                \
    DEFINE_PROP_NUMBER(n, S, f, d, uint32_t, uint32)
#define DEFINE_PROP_UINT64(n, S, f, d)                                \
    DEFINE_PROP_NUMBER(n, S, f, d, uint64_t, uint64)
#define DEFINE_PROP_INT32(n, S, f, d)                                 \
    DEFINE_PROP_NUMBER(n, S, f, d, int32_t, int32)
#define DEFINE_PROP_INT64(n, S, f, d)                                 \
    DEFINE_PROP_NUMBER(n, S, f, d, int64_t, int64)
#define DEFINE_PROP_SIZE(n, S, f, d)                                  \
    DEFINE_PROP_NUMBER(n, S, f, d, uint64_t, size)
/* One bit of a uint32_t. */
#define DEFINE_PROP_BIT(n, S, f, b, d)                                \
    { .name = n, .kind = &property_bool, .is_bit = true, .bit = b,    \
      .offset = DEV_FIELD(S, f, uint32_t), .has_default = true, .number = d }
#define DEFINE_PROP_STRING(n, S, f)                                   \
    { .name = n, .kind = &property_string, .offset = DEV_FIELD(S, f, char *) }
/* Names of back ends, looked up at realize. */
#define DEFINE_PROP_NAME(n, S, f, t)                                  \
    { .name = n, .kind = &property_string, .type = t,                 \
      .offset = DEV_FIELD(S, f, char *) }
#define DEFINE_PROP_CHR(n, S, f)    DEFINE_PROP_NAME(n, S, f, "chardev")
#define DEFINE_PROP_NETDEV(n, S, f) DEFINE_PROP_NAME(n, S, f, "netdev")
#define DEFINE_PROP_DRIVE(n, S, f)  DEFINE_PROP_NAME(n, S, f, "drive")
#define DEFINE_PROP_LINK(n, S, f, t, T)                               \
    { .name = n, .kind = &property_link, .link_type = t,              \
      .offset = DEV_FIELD(S, f, T) }
/* KIND is a PROPERTY_ENUM; the field an int; the default a name. */
#define DEFINE_PROP_ENUM(n, S, f, d, k)                               \
    { .name = n, .kind = k, .offset = offsetof(S, f), .has_default = true, \
      .text = d }
/* KIND is a PROPERTY_ARRAY; the field a PropertyArray. */
#define DEFINE_PROP_ARRAY(n, S, f, k)                                 \
    { .name = n, .kind = k, .offset = DEV_FIELD(S, f, PropertyArray) }

/* -global driver.property=value; also driver=,property=,value= */
bool qdev_global_parse(const char *text, GError **errp);
void qdev_global_add(const char *driver, const char *property,
                     const char *value);
/* Globals that no device took, one warning a line; true if there are any. */
bool qdev_global_unused(GString *out);
void qdev_global_clear(void);
bool qdev_global_apply(DeviceState *dev, GError **errp);

/* -device DRIVER[,id=ID][,bus=BUS][,property=value]... */
DeviceState *qdev_device_add(const OptString *opts, GError **errp);
DeviceState *qdev_device_add_str(const char *text, GError **errp);
/* "help" and "DRIVER,help": true when it was printed, which for a wrong DRIVER
 * it is not. */
bool qdev_device_help(const OptString *opts, GString *out);
/* By id or path; borrowed. */
DeviceState *qdev_find(const char *id, GError **errp);
BusState *qbus_find(const char *path, GError **errp);

#endif
