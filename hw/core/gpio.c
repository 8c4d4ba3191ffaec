/* SPDX-License-Identifier: MIT */
/*
 * GPIO lines.  Inputs are irq children of the device; an output is a link
 * property to the input it drives, stored in the device's own pin field.
 */
#include "util/osdep.h"
#include "hw/core/qdev.h"

struct GPIOList {
    char *name;                 /* NULL: unnamed */
    qemu_irq *in;               /* borrowed: children */
    int n_in;
    int n_out;
    GPIOList *next;
};

static GPIOList *find_list(DeviceState *dev, const char *name)
{
    GPIOList *l = dev->gpios;

    while (l && g_strcmp0(l->name, name) != 0) {
        l = l->next;
    }
    return l;
}

static GPIOList *get_list(DeviceState *dev, const char *name)
{
    GPIOList *l = find_list(dev, name);

    if (!l) {
        l = g_new0(GPIOList, 1);
        l->name = g_strdup(name);
        l->next = dev->gpios;
        dev->gpios = l;
    }
    return l;
}

static char *out_name(const char *name, int i)
{
    return g_strdup_printf("%s[%d]", name ?: "unnamed-gpio-out", i);
}

void qdev_init_gpio_in_named(DeviceState *dev, qemu_irq_handler handler,
                             const char *name, int n)
{
    GPIOList *l = get_list(dev, name);

    l->in = g_renew(qemu_irq, l->in, l->n_in + n);
    for (int i = l->n_in; i < l->n_in + n; i++) {
        char *child = g_strdup_printf("%s[%d]", name ?: "unnamed-gpio-in", i);

        l->in[i] = qemu_allocate_irq(handler, dev, i);
        object_property_add_child(OBJECT(dev), child, OBJECT(l->in[i]));
        object_unref(l->in[i]);
        g_free(child);
    }
    l->n_in += n;
}

void qdev_init_gpio_out_named(DeviceState *dev, qemu_irq *pins,
                              const char *name, int n)
{
    GPIOList *l = get_list(dev, name);

    for (int i = 0; i < n; i++) {
        char *property = out_name(name, l->n_out + i);

        object_property_add_link(OBJECT(dev), property, TYPE_IRQ,
                                 (Object **)&pins[i], link_allow_always,
                                 LINK_STRONG);
        g_free(property);
    }
    l->n_out += n;
}

qemu_irq qdev_get_gpio_in_named(DeviceState *dev, const char *name, int n)
{
    GPIOList *l = find_list(dev, name);

    g_assert(l && n >= 0 && n < l->n_in);
    return l->in[n];
}

void qdev_connect_gpio_out_named(DeviceState *dev, const char *name, int n,
                                 qemu_irq pin)
{
    char *property = out_name(name, n);
    GError *err = NULL;

    /* A line in nobody's tree gets a place in it, for its path. */
    if (pin && !OBJECT(pin)->parent) {
        object_property_add_child(
            object_container_get(object_get_root(), "/machine/unattached"),
            "non-qdev-gpio[*]", OBJECT(pin));
    }
    if (!object_property_set_link(OBJECT(dev), property, OBJECT(pin), &err)) {
        g_error("%s", err->message);
    }
    g_free(property);
}

qemu_irq qdev_get_gpio_out_connector(DeviceState *dev, const char *name,
                                     int n)
{
    char *property = out_name(name, n);
    Object *pin = object_property_get_link(OBJECT(dev), property, NULL);

    g_free(property);
    return (qemu_irq)pin;
}

void qdev_free_gpios(DeviceState *dev)
{
    GPIOList *next;

    for (GPIOList *l = dev->gpios; l; l = next) {
        next = l->next;
        g_free(l->in);
        g_free(l->name);
        g_free(l);
    }
    dev->gpios = NULL;
}
