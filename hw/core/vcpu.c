/* SPDX-License-Identifier: MIT */
/* What devices ask of virtual CPUs: see vcpu.h. */
#include "util/osdep.h"
#include "hw/core/vcpu.h"
#include "system/timer.h"

static const VCPUOps *ops;      /* set before any vCPU runs */
static qemu_irq ferr;           /* likewise */
_Thread_local unsigned vcpu_current;

void vcpu_set_ops(const VCPUOps *o)
{
    ops = o;
}

void vcpu_set_intr(unsigned cpu, bool level)
{
    if (ops && ops->set_intr) {
        ops->set_intr(cpu, level);
    }
}

void vcpu_event(unsigned cpu, VCPUEvent event, unsigned arg)
{
    if (ops && ops->event) {
        ops->event(cpu, event, arg);
    }
}

void vcpu_set_a20(bool open)
{
    if (ops && ops->set_a20) {
        ops->set_a20(open);
    }
}

void vcpu_connect_ferr(qemu_irq line)
{
    ferr = line;
}

void vcpu_pulse_ferr(void)
{
    qemu_set_irq(ferr, 1);
}

uint64_t vcpu_get_tsc(unsigned cpu)
{
    return ops && ops->get_tsc ? ops->get_tsc(cpu)
                               : (uint64_t)clock_get_ns(CLOCK_TYPE_VIRTUAL);
}

uint64_t vcpu_tsc_frequency(void)
{
    uint64_t hz = ops && ops->tsc_frequency ? ops->tsc_frequency() : 0;

    return hz ?: NANOSECONDS_PER_SECOND;
}
