/* SPDX-License-Identifier: MIT */
/*
 * Interrupt lines: a qemu_irq is the input of somebody, and whoever drives it
 * holds a pointer to it.  NULL is a pin that is connected to nothing.
 */
#ifndef HW_CORE_IRQ_H
#define HW_CORE_IRQ_H

#include "qom/object.h"

#define TYPE_IRQ "irq"
OBJECT_DECLARE_SIMPLE_TYPE(IRQState, IRQ)
typedef struct IRQState *qemu_irq;
typedef void (*qemu_irq_handler)(void *opaque, int n, int level);

struct IRQState {
    Object parent;
    qemu_irq_handler handler;
    void *opaque;
    int n;
};

void qemu_set_irq(qemu_irq irq, int level);
static inline void qemu_irq_raise(qemu_irq irq)
{
    qemu_set_irq(irq, 1);
}
static inline void qemu_irq_lower(qemu_irq irq)
{
    qemu_set_irq(irq, 0);
}
static inline void qemu_irq_pulse(qemu_irq irq)
{
    qemu_set_irq(irq, 1);
    qemu_set_irq(irq, 0);
}

/* Return new; N of them are numbered from 0. */
qemu_irq qemu_allocate_irq(qemu_irq_handler handler, void *opaque, int n);
qemu_irq *qemu_allocate_irqs(qemu_irq_handler handler, void *opaque, int n);
void qemu_free_irq(qemu_irq irq);
void qemu_free_irqs(qemu_irq *irqs, int n);
/* Returns new: a line that drives IRQ the other way round. */
qemu_irq qemu_irq_invert(qemu_irq irq);

/* Devices: property "num-lines"; unnamed GPIO lines. */
#define TYPE_SPLIT_IRQ "split-irq"      /* one in, num-lines out */
#define TYPE_OR_IRQ    "or-irq"         /* num-lines in, one out */
#define MAX_IRQ_LINES  256

#endif
