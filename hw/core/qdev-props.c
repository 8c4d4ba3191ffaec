/* SPDX-License-Identifier: MIT */
/* Property tables of device classes, and -global.  See qdev.h. */
#include "util/osdep.h"
#include "hw/core/qdev.h"

static void *field_of(Object *obj, const Property *p)
{
    return (char *)obj + ((const DevProperty *)p->opaque)->offset;
}

static GVariant *get_row(Object *obj, const Property *p, GError **errp)
{
    const DevProperty *row = p->opaque;

    if (row->is_bit) {
        uint32_t v = *(uint32_t *)field_of(obj, p);

        return g_variant_ref_sink(g_variant_new_boolean(v >> row->bit & 1));
    }
    return p->kind->load(p->kind, field_of(obj, p));
}

static bool set_row(Object *obj, const Property *p, GVariant *v,
                    GError **errp)
{
    const DevProperty *row = p->opaque;
    uint32_t *bits = field_of(obj, p);

    if (((DeviceState *)obj)->realized) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "property '%s' of '%s' can't be set after realize",
                    p->name, object_get_typename(obj));
        return false;
    }
    if (!row->is_bit) {
        p->kind->store(p->kind, field_of(obj, p), v);
    } else if (g_variant_get_boolean(v)) {
        *bits |= 1u << row->bit;
    } else {
        *bits &= ~(1u << row->bit);
    }
    return true;
}

static void release_row(Object *obj, const Property *p)
{
    p->kind->clear(p->kind, field_of(obj, p));
}

static bool check_link(Object *obj, const char *name, Object *value,
                       GError **errp)
{
    if (((DeviceState *)obj)->realized) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "link '%s' of '%s' can't be set after realize", name,
                    object_get_typename(obj));
        return false;
    }
    return true;
}

static GVariant *default_of(const DevProperty *row)
{
    if (row->text) {
        return g_variant_new_bytestring(row->text);
    }
    if (row->kind == &property_bool) {
        return g_variant_new_boolean(row->number);
    }
    /* Beyond INT64_MAX it is a large unsigned one. */
    if (row->kind->min == 0) {
        return g_variant_new_uint64(row->number);
    }
    return g_variant_new_int64(row->number);
}

static void add_row(ObjectClass *oc, const DevProperty *row)
{
    Property *p;

    if (row->link_type) {
        p = object_class_property_add_link(oc, row->name, row->link_type,
                                           row->offset, check_link,
                                           LINK_STRONG);
    } else {
        p = object_class_property_add(oc, row->name, row->kind, get_row,
                                      set_row, NULL, (void *)row);
        if (row->kind->clear) {
            p->release = release_row;
        }
    }
    if (row->type) {
        g_free(p->type);
        p->type = g_strdup(row->type);
    }
    if (row->desc) {
        property_set_description(p, row->desc);
    }
    if (row->has_default) {
        property_set_initial(p, default_of(row));
    }
}

void device_class_set_props_n(DeviceClass *dc, const DevProperty *props, int n)
{
    for (int i = 0; i < n; i++) {
        add_row(OBJECT_CLASS(dc), &props[i]);
    }
}

/* -global */

typedef struct GlobalProperty {
    char *driver;
    char *property;
    char *value;
    bool used;
} GlobalProperty;

static GPtrArray *globals;

void qdev_global_add(const char *driver, const char *property,
                     const char *value)
{
    GlobalProperty *g = g_new0(GlobalProperty, 1);

    if (!globals) {
        globals = g_ptr_array_new();
    }
    g->driver = g_strdup(driver);
    g->property = g_strdup(property);
    g->value = g_strdup(value);
    g_ptr_array_add(globals, g);
}

static bool parse_pairs(const char *text, GError **errp)
{
    OptString *opts = optstr_parse(text, NULL, errp);
    const char *driver, *property, *value;
    bool ok;

    if (!opts) {
        return false;
    }
    driver = optstr_get(opts, "driver");
    property = optstr_get(opts, "property");
    value = optstr_get(opts, "value");
    ok = driver && property && value;
    if (ok) {
        qdev_global_add(driver, property, value);
    } else {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "'%s' is not DRIVER.PROPERTY=VALUE", text);
    }
    optstr_free(opts);
    return ok;
}

bool qdev_global_parse(const char *text, GError **errp)
{
    const char *dot = strchr(text, '.');
    const char *eq = strchr(text, '=');
    char *driver, *property;

    if (!dot || !eq || dot > eq || dot == text || eq == dot + 1) {
        return parse_pairs(text, errp);
    }
    driver = g_strndup(text, dot - text);
    property = g_strndup(dot + 1, eq - dot - 1);
    qdev_global_add(driver, property, eq + 1);
    g_free(driver);
    g_free(property);
    return true;
}

bool qdev_global_apply(DeviceState *dev, GError **errp)
{
    for (guint i = 0; globals && i < globals->len; i++) {
        GlobalProperty *g = g_ptr_array_index(globals, i);

        if (!object_dynamic_cast(OBJECT(dev), g->driver)) {
            continue;
        }
        g->used = true;
        if (!object_property_parse_user(OBJECT(dev), g->property, g->value,
                                        errp)) {
            g_prefix_error(errp, "global %s.%s=%s: ", g->driver, g->property,
                           g->value);
            return false;
        }
    }
    return true;
}

bool qdev_global_unused(GString *out)
{
    bool any = false;

    for (guint i = 0; globals && i < globals->len; i++) {
        GlobalProperty *g = g_ptr_array_index(globals, i);

        if (!g->used) {
            any = true;
            g_string_append_printf(out, "global %s.%s=%s is not used\n",
                                   g->driver, g->property, g->value);
        }
    }
    return any;
}

void qdev_global_clear(void)
{
    for (guint i = 0; globals && i < globals->len; i++) {
        GlobalProperty *g = g_ptr_array_index(globals, i);

        g_free(g->driver);
        g_free(g->property);
        g_free(g->value);
        g_free(g);
    }
    g_clear_pointer(&globals, g_ptr_array_unref);
}
