/* SPDX-License-Identifier: MIT */
/* The devices "ide-hd" and "ide-cd": drives of the host put into a place. */
#include "util/osdep.h"
#include "hw/core/bootorder.h"
#include "hw/ide/ide-int.h"

#define TYPE_IDE_DEVICE "ide-device"
#define TYPE_IDE_HD     "ide-hd"
#define TYPE_IDE_CD     "ide-cd"

typedef struct IDEDevice {
    DeviceState parent;
    char *drive, *serial, *model, *version;
    uint32_t unit;              /* UINT32_MAX: a free one */
    int32_t bootindex;
    IDEDrive *place;
} IDEDevice;

static bool choose_unit(IDEDevice *s, IDEChannel *ch, GError **errp)
{
    for (unsigned i = 0; i < 2 && s->unit == UINT32_MAX; i++) {
        if (!ch->drives[i].blk) {
            s->unit = i;
        }
    }
    if (s->unit > 1) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "an IDE bus has the units 0 and 1 alone");
        return false;
    }
    if (ch->drives[s->unit].blk) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "IDE unit %u is in use", s->unit);
        return false;
    }
    return true;
}

static bool ide_dev_realize(DeviceState *dev, GError **errp)
{
    IDEDevice *s = (IDEDevice *)dev;
    IDEBus *bus = IDE_BUS(dev->parent_bus);
    bool cdrom = object_dynamic_cast(OBJECT(dev), TYPE_IDE_CD);
    BlockBackend *blk = s->drive ? block_find(s->drive) : NULL;
    const char *serial;
    IDEDrive *d;

    if (!blk) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_NOT_FOUND,
                    "%s: there is no drive '%s'",
                    object_get_typename(OBJECT(dev)), s->drive ?: "");
        return false;
    }
    if (!cdrom && !block_has_medium(blk)) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_STATE,
                    "ide-hd: the drive '%s' is empty", s->drive);
        return false;
    }
    if (!choose_unit(s, bus->ch, errp) || !block_attach(blk, s, errp)) {
        return false;
    }
    d = s->place = &bus->ch->drives[s->unit];
    d->blk = blk;
    d->cdrom = cdrom;
    serial = s->serial ?: block_serial(blk);
    if (serial) {
        g_strlcpy(d->serial, serial, sizeof(d->serial));
    } else {
        g_snprintf(d->serial, sizeof(d->serial), "QM%05u",
                   dev->parent_bus->name[strlen(dev->parent_bus->name) - 1] %
                   2 * 2 + s->unit + 1);
    }
    g_strlcpy(d->model, s->model ?: "", sizeof(d->model));
    g_strlcpy(d->version, s->version ?: "", sizeof(d->version));
    ide_init_drive(d);
    ide_drive_reset(d);
    if (cdrom) {
        block_set_change_notify(blk, atapi_medium_changed, d);
    }
    bootorder_add(s->bootindex, dev, cdrom ? NULL : "/disk@0");
    return true;
}

static void ide_dev_unrealize(DeviceState *dev)
{
    IDEDevice *s = (IDEDevice *)dev;

    bootorder_remove(dev);
    ide_cancel(s->place);
    if (s->place->cdrom) {
        block_set_change_notify(s->place->blk, NULL, NULL);
    }
    block_detach(s->place->blk, s);
    s->place->blk = NULL;
    s->place->cdrom = false;
}

static char *ide_fw_path(DeviceState *dev)
{
    return g_strdup_printf("drive@%x", ((IDEDevice *)dev)->unit);
}

static void ide_bus_class_init(ObjectClass *oc, const void *data)
{
    BUS_CLASS(oc)->max_dev = 2;
    BUS_CLASS(oc)->get_fw_dev_path = ide_fw_path;
}

static const DevProperty ide_properties[] = {
    DEFINE_PROP_DRIVE("drive", IDEDevice, drive),
    DEFINE_PROP_UINT32("unit", IDEDevice, unit, UINT32_MAX),
    DEFINE_PROP_STRING("serial", IDEDevice, serial),
    DEFINE_PROP_STRING("model", IDEDevice, model),
    DEFINE_PROP_STRING("ver", IDEDevice, version),
    DEFINE_PROP_INT32("bootindex", IDEDevice, bootindex, -1),
};

static void ide_dev_class_init(ObjectClass *oc, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);

    dc->realize = ide_dev_realize;
    dc->unrealize = ide_dev_unrealize;
    dc->bus_type = TYPE_IDE_BUS;
    dc->category = DEVICE_CATEGORY_STORAGE;
    dc->hotpluggable = false;
    device_class_set_props(dc, ide_properties);
}

static void ide_hd_class_init(ObjectClass *oc, const void *data)
{
    DEVICE_CLASS(oc)->desc = "virtual IDE disk";
}

static void ide_cd_class_init(ObjectClass *oc, const void *data)
{
    DEVICE_CLASS(oc)->desc = "virtual IDE CD-ROM";
}

static const TypeInfo ide_types[] = {
    {
        .name = TYPE_IDE_BUS,
        .parent = TYPE_BUS,
        .instance_size = sizeof(IDEBus),
        .class_init = ide_bus_class_init,
    }, {
        .name = TYPE_IDE_DEVICE,
        .parent = TYPE_DEVICE,
        .instance_size = sizeof(IDEDevice),
        .abstract = true,
        .class_init = ide_dev_class_init,
    }, {
        .name = TYPE_IDE_HD,
        .parent = TYPE_IDE_DEVICE,
        .class_init = ide_hd_class_init,
    }, {
        .name = TYPE_IDE_CD,
        .parent = TYPE_IDE_DEVICE,
        .class_init = ide_cd_class_init,
    },
};
DEFINE_TYPES(ide_types)
