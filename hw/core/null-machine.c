/* SPDX-License-Identifier: MIT */
/* The machine "none": no board, no devices; for tools and tests. */
#include "util/osdep.h"
#include "hw/core/machine.h"

static bool none_init(MachineState *m, GError **errp)
{
    return true;
}

static void none_class_init(ObjectClass *oc, const void *data)
{
    MachineClass *mc = (MachineClass *)oc;

    mc->desc = "empty machine";
    mc->max_cpus = 1;
    mc->default_ram_size = 0;
    mc->init = none_init;
}

static const TypeInfo none_types[] = {
    {
        .name = "none" MACHINE_TYPE_SUFFIX,
        .parent = TYPE_MACHINE,
        .class_init = none_class_init,
    },
};
DEFINE_TYPES(none_types)
