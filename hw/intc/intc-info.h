/* SPDX-License-Identifier: MIT */
/* Interrupt controllers that can tell their state: "info pic", "info irq". */
#ifndef HW_INTC_INTC_INFO_H
#define HW_INTC_INTC_INFO_H

#include "qom/object.h"

#define TYPE_INTERRUPT_INFO "interrupt-info"

typedef struct InterruptInfoClass {
    InterfaceClass parent_class;
    /* State in a few lines of text; may be NULL. */
    void (*print_state)(Object *obj, GString *out);
    /* How often each of *N lines was raised, borrowed; may be NULL. */
    const uint64_t *(*get_counts)(Object *obj, unsigned *n);
} InterruptInfoClass;
DECLARE_CLASS_CHECKERS(InterruptInfoClass, INTERRUPT_INFO)

#endif
