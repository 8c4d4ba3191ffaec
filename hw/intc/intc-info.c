/* SPDX-License-Identifier: MIT */
/* The interface of intc-info.h. */
#include "util/osdep.h"
#include "hw/intc/intc-info.h"

static const TypeInfo intc_info_types[] = {
    {
        .name = TYPE_INTERRUPT_INFO,
        .parent = TYPE_INTERFACE,
        .class_size = sizeof(InterruptInfoClass),
    },
};
DEFINE_TYPES(intc_info_types)
