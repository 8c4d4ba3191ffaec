/* SPDX-License-Identifier: MIT */
/* The devices of the machine "pc" that the command line asks for. */
#include "util/osdep.h"
#include "block/block.h"
#include "hw/i386/pc-int.h"
#include "hw/ide/ide.h"
#include "net/net.h"

static bool add_ide_drive(PCMachineState *s, IDEBus *bus, BlockBackend *blk,
                          unsigned unit, GError **errp)
{
    DeviceState *dev = qdev_new(block_is_cdrom(blk) ? "ide-cd" : "ide-hd");
    Object *home = object_container_get(object_get_root(),
                                        "/machine/unattached");

    object_property_add_child(home, "device[*]", OBJECT(dev));
    object_property_set_str(OBJECT(dev), "drive", block_id(blk), NULL);
    object_property_set_uint(OBJECT(dev), "unit", unit, NULL);
    return qdev_realize_and_unref(dev, (BusState *)bus, errp);
}

static bool init_ide(PCMachineState *s, GError **errp)
{
    qemu_irq lines[2] = { s->gsi[14], s->gsi[15] };
    IDEBus *buses[2];

    if (!piix3_ide_create(s->bus, lines, buses, errp)) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        BlockBackend *blk = block_find_place(IF_IDE, i / 2, i % 2);

        if (blk && !add_ide_drive(s, buses[i / 2], blk, i % 2, errp)) {
            return false;
        }
    }
    return true;
}

static bool init_display(PCMachineState *s, GError **errp)
{
    const char *vga = s->parent.vga ?: "std";

    if (!strcmp(vga, "none")) {
        return true;
    }
    if (strcmp(vga, "std")) {
        g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                    "-vga %s is not supported: there are std and none", vga);
        return false;
    }
    return pci_create_simple(s->bus, PCI_DEVFN(2, 0), "VGA", errp);
}

/* Cards of -nic, and the default one. */
static bool init_nics(PCMachineState *s, GError **errp)
{
    const NicInfo *nics;
    int n = net_nics(&nics);

    for (int i = 0; i < n; i++) {
        const char *model = nics[i].model ?: "e1000";
        PCIDevice *dev;

        if (!strcmp(model, "virtio")) {
            model = "virtio-net-pci";
        }
        if (strcmp(model, "virtio-net-pci") && strcmp(model, "e1000")) {
            g_set_error(errp, QOM_ERROR, QOM_ERROR_VALUE,
                        "unsupported network card model '%s': there are "
                        "e1000 and virtio-net-pci", model);
            return false;
        }
        dev = pci_new(-1, model);
        if (nics[i].netdev) {
            object_property_set_str(OBJECT(dev), "netdev",
                                    net_id(nics[i].netdev), NULL);
        }
        if (nics[i].mac) {
            object_property_set_str(OBJECT(dev), "mac", nics[i].mac, NULL);
        }
        if (!pci_realize(dev, s->bus, errp)) {
            return false;
        }
    }
    return true;
}

/* -drive if=virtio */
static bool init_virtio_drives(PCMachineState *s, GError **errp)
{
    for (int i = 0; i < 16; i++) {
        BlockBackend *blk = block_find_place(IF_VIRTIO, 0, i);
        PCIDevice *dev;

        if (!blk) {
            continue;
        }
        dev = pci_new(-1, "virtio-blk-pci");
        object_property_set_str(OBJECT(dev), "drive", block_id(blk), NULL);
        if (!pci_realize(dev, s->bus, errp)) {
            return false;
        }
    }
    return true;
}

bool pc_init_pci(PCMachineState *s, GError **errp)
{
    return init_ide(s, errp) && init_display(s, errp) &&
           init_nics(s, errp) && init_virtio_drives(s, errp);
}
